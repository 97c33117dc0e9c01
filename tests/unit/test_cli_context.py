"""The injected environment: colours, closed pipes, interrupts."""

from __future__ import annotations

import io
import os
import signal
from typing import Any

import pytest

from slsloggrep.cli.context import Environment, OutputError


def environment(**attributes: Any) -> Environment:
    defaults: dict[str, Any] = {
        "stdin": None,
        "stdin_is_terminal": False,
        "stdout": io.StringIO(),
        "stdout_is_terminal": False,
        "stderr": io.StringIO(),
        "stderr_is_terminal": False,
        "width": 80,
    }
    return Environment(**{**defaults, **attributes})


class Breaking(io.StringIO):
    """A stream whose other end is gone, or whose disk is full."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self.error = error

    def write(self, _text: str) -> int:
        raise self.error


def test_a_terminal_gets_lines_that_are_cut_between_words() -> None:
    """Words and URLs stay whole, and so does what is there to be copied; a file gets lines."""
    note = "note: s3://a-bucket/with/a/long/prefix is read without its newest objects"
    for terminal, lines in (
        (
            True,
            [
                "note:",
                "  s3://a-bucket/with/a/long/prefix",
                "  is read without its newest",
                "  objects",
            ],
        ),
        (False, [note]),
    ):
        told = environment(stderr_is_terminal=terminal, stderr_width=30)
        told.say(note)
        assert isinstance(told.stderr, io.StringIO)
        assert told.stderr.getvalue().splitlines() == lines
    command = "next: slsloggrep trace ord-71866 -S s3://a-bucket/with/a/long/prefix"
    told = environment(stderr_is_terminal=True, stderr_width=30)
    told.say(command)
    assert isinstance(told.stderr, io.StringIO)
    assert told.stderr.getvalue() == f"{command}\n"


@pytest.mark.parametrize(
    ("choice", "env", "terminal", "coloured"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"CLICOLOR_FORCE": "1"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "0"}, False, False),
        ("auto", {"CLICOLOR": "0"}, True, False),
        ("auto", {"CLICOLOR": "1"}, False, False),
        ("auto", {"CLICOLOR": ""}, True, True),
        ("auto", {"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True, True),
        ("always", {"CLICOLOR": "0"}, False, True),
        ("auto", {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, True, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("always", {"NO_COLOR": "1", "TERM": "dumb"}, False, True),
        ("never", {"CLICOLOR_FORCE": "1"}, True, False),
    ],
)
def test_colours(choice: str, env: dict[str, str], terminal: bool, coloured: bool) -> None:
    """A flag decides; else NO_COLOR, CLICOLOR_FORCE, CLICOLOR, TERM=dumb, and the terminal."""
    assert environment(env=env).has_colour(choice, terminal=terminal) is coloured


def test_a_reader_that_went_away_is_no_error() -> None:
    """`| head` ends the writing without a word."""
    environment(stdout=Breaking(BrokenPipeError())).write("data")


def test_a_full_disk_is_an_error() -> None:
    """Data that could not be written is never passed over in silence."""
    with pytest.raises(OutputError, match="No space left"):
        environment(stdout=Breaking(OSError(28, "No space left on device"))).write("data")


def test_notes_are_harmless_and_never_fatal() -> None:
    """Log text in a note is shown, not obeyed; a stderr that is gone stops nothing."""
    stderr = io.StringIO()
    environment(stderr=stderr).say("object \x1b]0;evil\x07\u202ename\nsecond")
    assert stderr.getvalue() == "object \\x1b]0;evil\\x07\\u202ename\\nsecond\n"
    environment(stderr=Breaking(OSError(5, "gone"))).say("x")


def test_the_first_interrupt_cancels_and_the_second_is_deadly() -> None:
    """After the first Ctrl-C the signal has its default action; the end puts back what was."""

    def ours(_signal: int, _frame: object) -> None:
        return

    # Not what the tests' caller has set: a background job of a shell has it ignored.
    before = signal.signal(signal.SIGINT, ours)
    try:
        with environment(handles_interrupts=True).interrupts() as cancellation:
            assert not cancellation
            os.kill(os.getpid(), signal.SIGINT)
            assert cancellation
            assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
        assert signal.getsignal(signal.SIGINT) == ours
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interrupt_that_is_ignored_stays_ignored() -> None:
    """A background job of a shell, or one under nohup, is not ended by the terminal's Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with environment(handles_interrupts=True).interrupts() as cancellation:
            os.kill(os.getpid(), signal.SIGINT)
            assert not cancellation
        assert signal.getsignal(signal.SIGINT) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
