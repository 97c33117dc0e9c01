"""Every end of a run becomes an exit code and, where there is one, a line that says why."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest

from slsloggrep.cli.app import COMMANDS, App, make_app
from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.errors import SourceError


def environment(**attributes: Any) -> Environment:
    defaults: dict[str, Any] = {
        "stdin": None,
        "stdin_is_terminal": True,
        "stdout": io.StringIO(),
        "stdout_is_terminal": False,
        "stderr": io.StringIO(),
        "stderr_is_terminal": False,
        "width": 80,
    }
    return Environment(**{**defaults, **attributes})


def run_raising(
    error: BaseException, monkeypatch: pytest.MonkeyPatch, **env: str
) -> tuple[int, str]:
    def invoke(_app: App, _ctx: object) -> int:
        raise error

    monkeypatch.setattr(App, "invoke", invoke)
    stderr = io.StringIO()
    code = run(["demo"], environment(stderr=stderr, env=env))
    return code, stderr.getvalue()


def test_a_known_error_is_a_line_and_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error says what failed and what to try, and gives its own code."""
    error = SourceError("s3://b", "s3://b: denied", hint="allow s3:ListBucket")
    assert run_raising(error, monkeypatch) == (
        4,
        "slsloggrep: s3://b: denied\ntry: allow s3:ListBucket\n",
    )


def test_a_defect_is_a_short_message_with_a_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A defect shows no page of frames, and cannot be taken for an answer."""
    code, told = run_raising(KeyError("x"), monkeypatch)
    assert code == 70
    assert told.count("\n") == 2
    assert "KeyError: 'x'" in told
    assert "SLSLOGGREP_DEBUG=1" in told


def test_a_defect_shows_its_frames_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """SLSLOGGREP_DEBUG shows where it happened."""
    code, told = run_raising(KeyError("x"), monkeypatch, SLSLOGGREP_DEBUG="1")
    assert code == 70
    assert "Traceback" in told
    assert "in invoke" in told


def test_a_closed_pipe_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody who pipes into head wants to hear of it."""
    assert run_raising(BrokenPipeError(), monkeypatch) == (0, "")


def test_output_that_cannot_be_written_has_a_code_of_its_own() -> None:
    """A full disk is told, even for the version."""

    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    stderr = io.StringIO()
    assert run(["--version"], environment(stdout=Full(), stderr=stderr)) == 74
    assert (
        stderr.getvalue() == "slsloggrep: the output cannot be written: No space left on device\n"
    )


def test_every_command_has_the_summary_of_the_table_examples_and_exit_codes() -> None:
    """The table that the help shows is what the commands say; each has two examples or more."""
    assert len(COMMANDS) >= 4
    for name, summary in COMMANDS.items():
        command = make_app(environment()).get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert (command.help or "").splitlines()[0] == summary
        assert len(command.examples) == 3  # type: ignore[attr-defined]
        assert command.exit_codes  # type: ignore[attr-defined]
        assert command.name == name


def test_the_exit_codes_of_the_help_are_those_of_the_contract() -> None:
    """What the help promises is what the program's errors give."""
    from slsloggrep.cli.app import EXIT_CODES
    from slsloggrep.errors import ExitCode

    assert [code for code, _ in EXIT_CODES] == sorted(int(code) for code in ExitCode)


def test_nothing_of_the_process_is_touched_at_import() -> None:
    """No POSIX-only module is needed before a command runs: Windows has none."""
    assert "fcntl" not in vars(sys.modules["slsloggrep.cli.context"])
