"""`crashes`, `crashes show` and `latency` as people use them: words, formats, following, codes."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from followed_samples import NOW, Scripted, event, pulse
from stream_samples import A, B, end, report, start

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.sources.base import Capability

OK = [event(0, start(A)), event(30, end(A)), event(30, report(A, duration=30, init=120.0))]
FAILED = [event(40, start(B)), event(60, report(B, duration=20, status="error"))]
CALLS = [*OK, *FAILED]


class Outcome:
    """What came of a run."""

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code, self.stdout, self.stderr = code, stdout, stderr

    @property
    def document(self) -> Any:
        return json.loads(self.stdout)


Ask = Callable[..., Outcome]


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Give a function that runs a command over a scripted source in an injected environment."""

    def run_command(
        *args: str,
        source: Any = None,
        terminal: bool = False,
        width: int = 100,
        env: dict[str, str] | None = None,
    ) -> Outcome:
        opened = source or Scripted(held=CALLS, capabilities=Capability.TEXT)
        monkeypatch.setattr("slsloggrep.sources.base.open_source", lambda *_: opened)
        out, err = io.StringIO(), io.StringIO()
        environment = Environment(
            stdin=None,
            stdin_is_terminal=True,
            stdout=out,
            stdout_is_terminal=terminal,
            stderr=err,
            stderr_is_terminal=False,
            width=width,
            env=env or {},
            clock=lambda: NOW + 1_000,
            stopwatch=lambda: 0.0,
        )
        return Outcome(run(args, environment), out.getvalue(), err.getvalue())

    return run_command


def test_what_crashed_is_listed(ask: Ask) -> None:
    """And nothing else; 0 as something was found."""
    outcome = ask("crashes", "-S", "x:y")
    assert outcome.code == 0
    assert B in outcome.stdout
    assert A not in outcome.stdout
    assert len(outcome.stdout.splitlines()) == 1


@pytest.mark.parametrize("words", [("--group",), ("--groups",), ("--group", "-o", "text")])
def test_groups_are_asked_for_by_a_bare_group_too(ask: Ask, words: tuple[str, ...]) -> None:
    """With a name behind it, it is the log group that it is everywhere."""
    outcome = ask("crashes", *words, "-S", "x:y")
    assert outcome.code == 0
    assert "1 crash in 1 group" in outcome.stdout
    named = ask("crashes", "--group", "/aws/lambda/other", "-S", "x:y")
    assert named.code == 1
    assert ask("grep", "x", "-S", "x:y", "--group").code == 2


def test_nothing_that_crashed_is_a_code_of_1(ask: Ask) -> None:
    """Where everything was read, that can be trusted."""
    outcome = ask("crashes", "-S", "x:y", "-o", "json", source=Scripted(held=OK))
    assert outcome.code == 1
    assert outcome.document["crashes"] == outcome.document["groups"] == []


@pytest.mark.parametrize(
    "words",
    [
        ("crashes", "show", "{}", "-S", "x:y", "-o", "json"),
        ("crashes", "-S", "x:y", "show", "{}", "-o", "json"),
        ("crashes", "-o", "json", "-S", "x:y", "show", "{}"),
    ],
)
def test_show_is_told_from_functions_wherever_it_stands(ask: Ask, words: tuple[str, ...]) -> None:
    """As long as it is the first word that is no option's value."""
    fingerprint = ask("crashes", "-S", "x:y", "-o", "json").document["crashes"][0]["fingerprint"]
    for name in (B, B[:8], fingerprint, fingerprint[:6], fingerprint.upper()):
        outcome = ask(*(word.format(name) for word in words))
        assert outcome.code == 0, outcome.stderr
        assert outcome.document["crash"]["request_id"] == B


def test_a_function_may_be_called_show(ask: Ask) -> None:
    """By -F, or behind another one."""
    assert ask("crashes", "-F", "show", "-S", "x:y").code == 1
    assert ask("crashes", "pay", "show", "-S", "x:y").code == 0


def test_an_unknown_crash_is_a_code_of_1(ask: Ask) -> None:
    """Of a fingerprint, of a request that ended well, of one that there is not."""
    for name in ("abcdef0123", A, "cccccccc-0000-4000-8000-00000000000c"):
        outcome = ask("crashes", "show", name, "-S", "x:y", "-o", "json")
        assert outcome.code == 1, name
        assert outcome.document["crash"] is None


def test_a_prefix_of_several_fingerprints_is_refused(ask: Ask) -> None:
    """With both of them."""
    crashes = []
    for number in range(400):
        request = f"{number:08x}-0000-4000-8000-00000000000a"
        error = f"[ERROR] Error{number:x}x: no stock\nTraceback (most recent call last):\n"
        crashes += [
            event(1000 * number, start(request)),
            event(1000 * number + 1, error),
            event(1000 * number + 2, report(request, status="error")),
        ]
    source = Scripted(held=crashes, capabilities=Capability.TEXT)
    document = ask("crashes", "-S", "x:y", "-o", "json", source=source).document
    fingerprints = {crash["fingerprint"] for crash in document["crashes"]}
    assert len(fingerprints) == 400
    alike = ask("crashes", "show", "000000", "-S", "x:y", source=source)
    assert alike.code == 2, "all 256 requests from 0x00 to 0xff begin like that"
    assert "is the beginning of 256 names" in alike.stderr
    assert ask("crashes", "show", "00000", "-S", "x:y", source=source).code == 2, "too short"


def test_the_bell_and_the_program_are_for_what_is_followed(ask: Ask) -> None:
    """Else they would be forgotten in silence."""
    for words in (("--bell",), ("--exec", "true")):
        assert ask("crashes", "-S", "x:y", *words).code == 2
    for words in (("--groups",), ("-n", "3"), ("--baseline", "1d"), ("-o", "json")):
        assert ask("crashes", "-S", "x:y", "-f", *words).code == 2


def followed(*said: Any) -> Scripted:
    return Scripted([pulse(0), *said, pulse(9_000)])


def test_crashes_are_told_as_they_come(ask: Ask) -> None:
    """One line each, and a count at the end."""
    outcome = ask("crashes", "-S", "x:y", "-f", "-s", "1h", source=followed(*CALLS))
    assert outcome.code == 0
    assert B in outcome.stdout
    assert A not in outcome.stdout
    assert "1 crash of 1 fingerprint" in outcome.stderr


def test_the_bell_rings_in_a_terminal_only(ask: Ask) -> None:
    """In a pipe it would be a strange character."""
    source = followed(*CALLS)
    words = ("crashes", "-S", "x:y", "-f", "-s", "1h", "--bell")
    assert "\a" in ask(*words, source=source, terminal=True).stdout
    assert "\a" not in ask(*words, source=followed(*CALLS)).stdout


def test_a_program_runs_for_each_crash(ask: Ask, tmp_path: Path) -> None:
    """With what crashed in its variables."""
    script = tmp_path / "note.py"
    script.write_text(
        "import os, pathlib, sys\n"
        "pathlib.Path(sys.argv[1]).write_text(os.environ['SLSLOGGREP_CRASH_REQUEST_ID'])\n"
    )
    out = tmp_path / "out"
    program = f"{sys.executable} {script} {out}"
    words = ("crashes", "-S", "x:y", "-f", "-s", "1h", "-o", "ndjson", "--exec", program)
    outcome = ask(*words, source=followed(*CALLS))
    assert json.loads(outcome.stdout)["crash"]["request_id"] == B
    assert out.read_text() == B


def test_running_times_count_what_ended(ask: Ask) -> None:
    """Both, and that one of them failed."""
    (row,) = ask("latency", "-S", "x:y", "-o", "json").document["functions"]
    assert (row["function"], row["invocations"], row["errors"]) == ("pay", 2, 1)
    assert (row["cold_starts"], row["max_ms"], row["p50_ms"]) == (1, 30.0, 25.0)


def test_two_windows_stand_side_by_side(ask: Ask) -> None:
    """In text and in JSON; the window of --compare is the one before."""
    held = [*CALLS, event(-7_200_000, start(A)), event(-7_199_900, report(A, duration=100))]
    source = Scripted(held=held, capabilities=Capability.TEXT)
    words = ("latency", "-S", "x:y", "-s", "1h", "--compare", "3h..1h")
    (change,) = ask(*words, "-o", "json", source=source).document["changes"]
    assert (change["before"]["max_ms"], change["after"]["max_ms"]) == (100.0, 30.0)
    assert change["larger_than_chance"] is None, "too few to tell"
    assert ask(*words, source=source).code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("--compare", "yesterday"),
        ("--compare", "3h..1h", "--compare-version"),
        ("--compare", "3h..1h", "-s", "2h"),
        ("--compare", "3h..1h"),
        ("--compare", "3h..1h", "-s", "1h", "--sort", "p99"),
        ("--compare", "3h..1h", "-s", "1h", "--slowest", "3"),
        ("--compare-version", "--histogram"),
        ("--price", "much"),
        ("--price", "1,2,3"),
        ("--by", "colour"),
        ("--sort", "name"),
    ],
)
def test_what_makes_no_sense_is_refused(ask: Ask, words: tuple[str, ...]) -> None:
    """Before anything is read."""
    source = Scripted(held=CALLS, capabilities=Capability.TEXT)
    outcome = ask("latency", "-S", "x:y", *words, source=source)
    assert outcome.code == 2
    assert source.queries == []


def test_your_own_price_is_taken(ask: Ask) -> None:
    """For each GB-second and each request."""
    words = ("latency", "-S", "x:y", "-o", "json", "--price", "0.01,0.001")
    document = ask(*words).document
    (row,) = document["functions"]
    assert row["cost_usd"] == pytest.approx(row["gb_seconds"] * 0.01 + 2 * 0.001)
    assert document["prices"]["gb_second_usd"] == 0.01


def test_a_function_that_logs_no_bounds_is_not_incomplete(ask: Ask) -> None:
    """At system log level WARN nothing is missing where a handled error was logged."""
    line = {"timestamp": "2026-11-23T11:00:00.000Z", "level": "ERROR", "requestId": B}
    line |= {"errorType": "Gone", "errorMessage": "not there", "message": "caught"}
    handled = event(500, json.dumps(line), group="/aws/lambda/quiet")
    source = Scripted(held=[*OK, handled], capabilities=Capability.TEXT)
    document = ask("latency", "-S", "x:y", "-o", "json", source=source).document
    assert [row["function"] for row in document["functions"]] == ["pay"]


def test_a_baseline_that_is_no_duration_is_refused_before_anything_is_read(ask: Ask) -> None:
    """As every other word that makes no sense."""
    source = Scripted(held=CALLS, capabilities=Capability.TEXT)
    assert ask("crashes", "-S", "x:y", "--baseline", "often", source=source).code == 2
    assert source.queries == []


def test_a_word_that_names_no_crash_shows_none(ask: Ask) -> None:
    """Not one whose transaction happens to mention the word."""
    assert ask("crashes", "show", "order ord-7 received by the shop", "-S", "x:y").code == 1
    assert ask("crashes", "show", "received", "-S", "x:y").code == 1


def test_what_is_followed_tells_silent_ends_as_well(ask: Ask) -> None:
    """An environment that started over, and left a request without an end."""
    silent = [
        event(0, start(A)),
        event(5_000, "INIT_START Runtime Version: python:3.12.v1\n"),
        event(5_300, start(B)),
        event(5_400, report(B, init=200.0)),
    ]
    source = Scripted([pulse(0), *silent, pulse(60_000)], held=silent)
    told = ask("crashes", "-S", "x:y", "-f", "-s", "1h", "-o", "ndjson", source=source)
    assert [json.loads(line)["crash"]["request_id"] for line in told.stdout.splitlines()] == [A]


def test_the_earlier_window_is_the_one_before(ask: Ask) -> None:
    """Whichever of the two --compare names; both are said."""
    held = [*CALLS, event(-7_200_000, start(A)), event(-7_199_900, report(A, duration=100))]
    source = Scripted(held=held, capabilities=Capability.TEXT)
    words = ("latency", "-S", "x:y", "-s", "3h", "-u", "1h", "--compare", "1h..")
    outcome = ask(*words, "-o", "json", source=source)
    (change,) = outcome.document["changes"]
    assert (change["before"]["max_ms"], change["after"]["max_ms"]) == (100.0, 30.0)
    assert outcome.document["before"]["since"] < outcome.document["after"]["since"]
    assert "compared with what ended from" in outcome.stderr
    assert "Fisher" in outcome.document["test"]
