"""What is told to somebody who mistyped: the near name, of whatever it was."""

from __future__ import annotations

import io

import pytest

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.wording import suggestion


def told(*argv: str) -> tuple[int, str]:
    stderr = io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=False,
        stdout=io.StringIO(),
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=False,
        width=80,
        env={"SLSLOGGREP_PROJECT_FILE": "/dev/null"},
    )
    return run(argv, environment), stderr.getvalue()


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        # options
        (("crashes", "--sinse", "2h"), "no such option '--sinse'; did you mean '--since'?"),
        (("crashes", "--groupz"), "no such option '--groupz'; did you mean '--group'?"),
        (("config", "show", "--orgin"), "no such option '--orgin'; did you mean '--origin'?"),
        # values
        (("latency", "--by", "colt"), "no value of '--by' is 'colt'; did you mean 'cold'?"),
        (("trace", "x", "-o", "jsn"), "no value of '--output' is 'jsn'; did you mean 'json'?"),
        (("grep", "x", "--color", "alwys"), "no value of '--color' is 'alwys'; did you mean"),
        (("completion", "bsh"), "no value of SHELL is 'bsh'; did you mean 'bash'?"),
        (("grep", "x", "-l", "eror"), "no level is called 'eror'; did you mean 'error'?"),
        (("grep", "x", "--tz", "Europe/Berln"), "is called 'Europe/Berln'; did you mean 'Europe/B"),
        (("grep", "x", "--tz", "Berlin"), "is called 'Berlin'; did you mean 'Europe/Berlin'?"),
        (
            ("latency", "-S", "demo:", "-s", "10m", "-o", "csv", "--table", "latncy"),
            "there is no table 'latncy' here; did you mean 'latency'?",
        ),
        # names of other things
        (("schema", "trce"), "there is no schema 'trce'; did you mean 'trace'?"),
        (("crashes", "-S", "clodwatch:"), "'clodwatch:'; did you mean 'cloudwatch:'?"),
        (("crashes", "-S", "opensarch+https://x"), "; did you mean 'opensearch+https:'?"),
        (("crashes", "-S", "demp:"), "; did you mean 'demo:'?"),
    ],
)
def test_a_slip_is_told_with_what_was_meant(argv: tuple[str, ...], said: str) -> None:
    """One near name, in the same words everywhere; all that there are stand behind `try:`."""
    code, stderr = told(*argv, *(() if "-S" in argv or argv[0] not in SOURCED else ("-S", "demo:")))
    assert code == 2
    assert said in stderr.splitlines()[0]


SOURCED = ("crashes", "latency", "trace", "grep")


@pytest.mark.parametrize(
    "argv",
    [
        ("crashes", "--xyzzy"),
        ("latency", "--by", "xyzzy"),
        ("grep", "x", "-l", "xyzzy"),
        ("grep", "x", "--tz", "xyzzy"),
        ("schema", "xyzzy"),
        ("crashes", "-S", "xyzzy://x"),
    ],
)
def test_what_is_like_nothing_is_not_guessed(argv: tuple[str, ...]) -> None:
    """No name is suggested that is not near."""
    code, stderr = told(*argv, *(() if "-S" in argv or argv[0] not in SOURCED else ("-S", "demo:")))
    assert code == 2
    assert "xyzzy" in stderr
    assert "did you mean" not in stderr


def test_all_values_are_told_to_try() -> None:
    """Whoever is not helped by the near one sees them all."""
    _, stderr = told("latency", "--by", "colt")
    assert stderr.splitlines()[1] == (
        "try: version, cold, memory, hour, minute, environment or status; slsloggrep latency --help"
    )


@pytest.mark.parametrize(
    ("name", "names", "expected"),
    [
        ("trac", ("trace", "tail"), "; did you mean 'trace'?"),
        ("TRACE", ("trace",), "; did you mean 'trace'?"),
        ("x", ("trace", "tail"), ""),
        ("", ("trace",), ""),
        ("trace", (), ""),
    ],
)
def test_a_suggestion_is_a_near_name(name: str, names: tuple[str, ...], expected: str) -> None:
    """Capitals are no difference; what is unlike all is nothing."""
    assert suggestion(name, names) == expected
