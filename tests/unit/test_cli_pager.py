"""What is longer than the screen goes through a pager, and nothing else does."""

from __future__ import annotations

import io
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.cli.pager import pager_command, paging

HEIGHT = 10
KEEPING = "import os, sys; open(sys.argv[1], 'w').write(os.environ['LESS'] + sys.stdin.read())"
LEAVING = "import sys; sys.stdin.readline()"


def environment(**attributes: Any) -> Environment:
    defaults: dict[str, Any] = {
        "stdin": None,
        "stdin_is_terminal": False,
        "stdout": io.StringIO(),
        "stdout_is_terminal": True,
        "stderr": io.StringIO(),
        "stderr_is_terminal": True,
        "width": 80,
        "stderr_width": 100,
        "height": HEIGHT,
        "env": {"TERM": "xterm"},
    }
    return Environment(**{**defaults, **attributes})


def python(code: str, *arguments: object) -> str:
    """Return a value of PAGER that runs code."""
    return shlex.join([sys.executable, "-c", code, *map(str, arguments)])


def shown(terminal: Environment) -> str:
    assert isinstance(terminal.stdout, io.StringIO)
    return terminal.stdout.getvalue()


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"TERM": "xterm"}, ("less",)),
        ({"TERM": "dumb"}, None),
        ({}, None),
        ({"PAGER": "more -s", "TERM": "dumb"}, ("more", "-s")),
        ({"PAGER": "more", "SLSLOGGREP_PAGER": "most"}, ("most",)),
        ({"PAGER": "more", "SLSLOGGREP_PAGER": ""}, None),
        ({"PAGER": "cat", "TERM": "xterm"}, None),
        ({"PAGER": " ", "TERM": "xterm"}, None),
        ({"PAGER": "'my pager' -x"}, ("my pager", "-x")),
        ({"PAGER": "it's"}, ("it's",)),
    ],
)
def test_variables_name_the_pager(env: dict[str, str], expected: tuple[str, ...] | None) -> None:
    """The program's own goes before PAGER, both before less; empty or cat is none."""
    assert pager_command(env) == expected


def test_what_fits_on_the_screen_is_not_paged(tmp_path: Path) -> None:
    """A line for the prompt is left over; no process is started."""
    kept = tmp_path / "kept"
    terminal = environment(env={"PAGER": python(KEEPING, kept)})
    text = "line\n" * (HEIGHT - 1)
    with paging(terminal) as stdout:
        stdout.write(text)
    assert shown(terminal) == text
    assert not kept.exists()


def test_what_is_longer_goes_to_the_pager_whole(tmp_path: Path) -> None:
    """What was held back comes first, and LESS is git's where it is not set."""
    kept = tmp_path / "kept"
    terminal = environment(env={"PAGER": python(KEEPING, kept)})
    with paging(terminal) as stdout:
        for number in range(HEIGHT * 3):
            stdout.write(f"{number} \u00e9\n")
    assert kept.read_text(encoding="utf-8") == "FRX" + "".join(
        f"{number} \u00e9\n" for number in range(HEIGHT * 3)
    )
    assert shown(terminal) == ""


def test_the_users_own_flags_for_less_stay(tmp_path: Path) -> None:
    """LESS is the user's where it is set."""
    kept = tmp_path / "kept"
    terminal = environment(env={"PAGER": python(KEEPING, kept), "LESS": "S"})
    with paging(terminal) as stdout:
        stdout.write("\n" * HEIGHT)
    assert kept.read_text() == "S" + "\n" * HEIGHT


def test_to_quit_the_pager_early_is_no_error() -> None:
    """Writing ends, and so does the block; nothing is shown beside the pager."""
    terminal = environment(env={"PAGER": python(LEAVING)})
    written = 0
    with paging(terminal) as stdout:
        for _ in range(10_000):
            stdout.write("line\n" * 1_000)
            written += 1
    assert written < 10_000
    assert shown(terminal) == ""


def test_a_pager_that_is_not_there_is_told_and_done_without() -> None:
    """Nothing of the text is lost."""
    terminal = environment(env={"PAGER": "/nowhere/pager -x"})
    with paging(terminal) as stdout:
        for _ in range(HEIGHT * 2):
            stdout.write("line\n")
    assert shown(terminal) == "line\n" * (HEIGHT * 2)
    assert isinstance(terminal.stderr, io.StringIO)
    assert terminal.stderr.getvalue() == (
        "slsloggrep: the pager '/nowhere/pager' cannot be started: No such file or directory\n"
    )


def test_a_machine_without_less_has_nothing_to_hear() -> None:
    """Nobody named it."""
    terminal = environment(env={"TERM": "xterm", "PATH": "/nowhere"})
    with paging(terminal) as stdout:
        stdout.write("line\n" * (HEIGHT * 2))
    assert shown(terminal) == "line\n" * (HEIGHT * 2)
    assert isinstance(terminal.stderr, io.StringIO)
    assert terminal.stderr.getvalue() == ""


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [({"stdout_is_terminal": False}, True), ({"height": None}, True), ({}, False)],
)
def test_only_a_terminal_is_paged(attributes: dict[str, Any], wanted: bool, tmp_path: Path) -> None:
    """A pipe, a terminal without a size, and whoever says so have none."""
    kept = tmp_path / "kept"
    terminal = environment(env={"PAGER": python(KEEPING, kept)}, **attributes)
    with paging(terminal, wanted=wanted) as stdout:
        stdout.write("line\n" * (HEIGHT * 2))
    assert shown(terminal) == "line\n" * (HEIGHT * 2)
    assert not kept.exists()


@pytest.mark.parametrize(
    ("options", "is_paged"),
    [((), True), (("--no-pager",), False), (("-o", "json"), False), (("-o", "ndjson"), False)],
)
def test_text_is_paged_and_data_is_not(
    options: tuple[str, ...], is_paged: bool, tmp_path: Path
) -> None:
    """A command's text, unless --no-pager says otherwise; its code stays what it found."""
    kept = tmp_path / "kept"
    terminal = environment(env={"PAGER": python(KEEPING, kept), "TERM": "xterm"})
    assert run(["grep", "-l", "error", "-S", "demo:", *options], terminal) == 0
    assert kept.exists() is is_paged
    assert bool(shown(terminal)) is not is_paged
    if is_paged:
        assert "\x1b[" in kept.read_text()  # colours are kept


def test_the_code_is_the_commands_though_the_pager_was_quit() -> None:
    """A partial answer is one, whoever stopped reading it."""
    terminal = environment(height=3, env={"PAGER": python(LEAVING)})
    assert run(["latency", "-S", "demo:"], terminal) == 0
    assert isinstance(terminal.stderr, io.StringIO)
    assert "searched" in terminal.stderr.getvalue()


@pytest.mark.parametrize(("options", "is_paged"), [((), True), (("--no-pager",), False)])
def test_the_help_that_is_asked_for_by_name_is_paged(
    options: tuple[str, ...], is_paged: bool, tmp_path: Path
) -> None:
    """As a manual is; `--help` stays where it is."""
    kept = tmp_path / "kept"
    terminal = environment(env={"PAGER": python(KEEPING, kept)})
    assert run(["help", "trace", *options], terminal) == 0
    assert kept.exists() is is_paged
    assert run(["trace", "--help"], terminal) == 0
    assert "Usage: slsloggrep trace" in shown(terminal)
