"""The world outside as one value: streams, terminal, width, clock, environment, interrupts.

Everything in `slsloggrep.cli` takes it from here, and so a test can put another in its place.
What is written to the streams, and when, belongs to the commands.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, tzinfo
from pathlib import Path
from types import FrameType
from typing import BinaryIO, TextIO, cast

UNCUT_WIDTH = 100
"""Columns for what needs a width (a time axis) where stdout is no terminal and COLUMNS is unset."""
NARROWEST = 40


class Cancellation:
    """Whether the user asked to stop; set by the first Ctrl-C, read by whoever works."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def __bool__(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        """Ask to stop."""
        self._event.set()


_COPIED = ("try:", "next:")
"""How lines begin that hold commands."""


class OutputError(Exception):
    """Standard output cannot take what is written to it, and not because its reader went away."""


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What the program can see and touch of the process it runs in."""

    stdin: BinaryIO | None
    stdin_is_terminal: bool
    stdout: TextIO
    stdout_is_terminal: bool
    stderr: TextIO
    stderr_is_terminal: bool
    width: int
    """Columns of stdout."""
    stderr_width: int = 80
    height: int | None = None
    """Lines of stdout's terminal; None where that is none, or has not told."""
    env: Mapping[str, str] = field(default_factory=dict)
    argv: tuple[str, ...] = ()
    """The command line, without the program's name."""
    clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000
    """The time of day in milliseconds since the epoch."""
    stopwatch: Callable[[], float] = time.monotonic
    """Seconds, for durations; it never goes back."""
    local_zone: Callable[[], tzinfo] = lambda: UTC
    measure: Callable[[], int] | None = None
    """Tells the columns of stdout at present, where they may change."""
    cores: int = 1
    """Of the machine, as far as this process may use them."""
    opener: Callable[[str], bool] = lambda _url: False
    """Shows a URL in the browser; tells whether there is one."""
    handles_interrupts: bool = False
    """Whether SIGINT is this program's to handle: not so in a test, nor off the main thread."""

    @classmethod
    def of_process(cls) -> Environment:
        """Return the environment of the running process."""
        stdout = sys.stdout or _open_nowhere()
        stderr = sys.stderr or _open_nowhere()
        for stream in (stdout, stderr):
            # Log text may hold what the locale's encoding has no bytes for: shown, never fatal.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        return cls(
            stdin=_unbuffered(sys.stdin) if sys.stdin else None,
            stdin_is_terminal=bool(sys.stdin) and _is_terminal(sys.stdin),
            stdout=stdout,
            stdout_is_terminal=_is_terminal(stdout),
            stderr=stderr,
            stderr_is_terminal=_is_terminal(stderr),
            width=_columns(stdout),
            stderr_width=_columns(stderr),
            height=_lines(stdout),
            env=os.environ,
            measure=lambda: _columns(stdout),
            local_zone=_machine_zone,
            opener=_open_in_browser,
            cores=_usable_cores(),
            handles_interrupts=threading.current_thread() is threading.main_thread(),
        )

    def has_colour(self, choice: str, *, terminal: bool) -> bool:
        """Tell whether a stream gets colours; `choice` is `auto`, `always` or `never`.

        `auto` heeds NO_COLOR (no-color.org) before CLICOLOR_FORCE and CLICOLOR=0
        (bixense.com/clicolors), and TERM=dumb; else it is whether the stream is a terminal.
        """
        if choice != "auto":
            return choice == "always"
        if self.env.get("NO_COLOR"):
            return False
        if self.env.get("CLICOLOR_FORCE", "0") not in {"", "0"}:
            return True
        return terminal and self.env.get("CLICOLOR") != "0" and self.env.get("TERM") != "dumb"

    @contextmanager
    def writing(self) -> Iterator[TextIO]:
        """Lend stdout for data; a reader that went away ends the writing and is no error.

        Raises OutputError where the disk is full or the like.
        """
        try:
            yield self.stdout
            self.stdout.flush()
        except BrokenPipeError:
            self.abandon_stdout()
        except OSError as error:
            self.abandon_stdout()
            raise OutputError(error.strerror or str(error)) from error

    def write(self, text: str) -> None:
        """Write data to stdout, whole, as `writing` does."""
        with self.writing() as stdout:
            stdout.write(text)

    @property
    def columns(self) -> int:
        """The columns of stdout at present: a terminal may have been resized since the start."""
        return self.width if self.measure is None else self.measure()

    def put(self, text: str) -> None:
        """Write a piece of data that others will follow, at once.

        Raises BrokenPipeError where the reader went away, OutputError for a full disk or the like.
        """
        try:
            self.stdout.write(text)
            self.stdout.flush()
        except BrokenPipeError:
            self.abandon_stdout()
            raise
        except OSError as error:
            self.abandon_stdout()
            raise OutputError(error.strerror or str(error)) from error

    def reader_left(self) -> bool:
        """Tell whether nobody reads stdout any more, without writing to it."""
        try:
            poll = select.poll()
            poll.register(self.stdout.fileno(), 0)
            events = poll.poll(0)
        except (AttributeError, OSError, ValueError):
            return False  # no such thing on this system, or not a stream of the system's
        return any(flags & (select.POLLERR | select.POLLHUP) for _, flags in events)

    def say(self, line: str) -> None:
        """Write one line for the person to stderr; log text in it is made harmless.

        A terminal would cut words in two where it has no more room: it is cut between them, but
        for what is there to be copied.
        """
        from slsloggrep.harmless import visible

        text = visible(line, newlines=False)
        if (
            self.stderr_is_terminal
            and len(text) > self.stderr_width
            and not text.startswith(_COPIED)
        ):
            import textwrap

            text = textwrap.fill(
                text,
                self.stderr_width,
                subsequent_indent="  ",
                break_long_words=False,
                break_on_hyphens=False,
            )
        self.write_aside(text + "\n")

    def write_aside(self, text: str) -> None:
        """Write text that is harmless already to stderr; that it cannot be written is no error."""
        try:
            self.stderr.write(text)
            self.stderr.flush()
        except OSError:
            # Where nobody can be told, there is still the work to do and an exit code to give.
            _redirect_to_nowhere(self.stderr)

    def abandon_stdout(self) -> None:
        """Send to nowhere what is still buffered, lest the interpreter complains when it ends."""
        _redirect_to_nowhere(self.stdout)

    @contextmanager
    def interrupts(self) -> Iterator[Cancellation]:
        """Turn the first Ctrl-C into a cancellation; a second one ends the process at once.

        Where the caller had it ignored (nohup, a shell's background job), it stays ignored.
        """
        cancellation = Cancellation()
        if not self.handles_interrupts or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            yield cancellation
            return

        def cancel(_signal: int, _frame: FrameType | None) -> None:
            cancellation.set()
            signal.signal(signal.SIGINT, signal.SIG_DFL)

        before = signal.signal(signal.SIGINT, cancel)
        try:
            yield cancellation
        finally:
            signal.signal(signal.SIGINT, before)


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _columns(stream: TextIO) -> int:
    """Return the width of a stream: COLUMNS, else its terminal's, else one that cuts little."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return max(int(columns), NARROWEST)
    try:
        # Zero is what a terminal says that was never told its size.
        return max(os.get_terminal_size(stream.fileno()).columns or UNCUT_WIDTH, NARROWEST)
    except (OSError, ValueError):  # no terminal, or not even a stream of the system's
        return UNCUT_WIDTH


def _lines(stream: TextIO) -> int | None:
    """Return the height of a stream's terminal; None where it is none, or has not told."""
    try:
        return os.get_terminal_size(stream.fileno()).lines or None
    except (OSError, ValueError):
        return None


def _unbuffered(stdin: TextIO) -> BinaryIO:
    """Return the bytes of standard input as they come.

    Through its buffer, a read would wait for more than has come; and the buffer's lock, held by a
    thread that waits for a silent pipe, would abort the interpreter when it ends.
    """
    return cast(BinaryIO, getattr(stdin.buffer, "raw", stdin.buffer))


def _open_nowhere() -> TextIO:
    """Return a stream for one that the shell closed (`>&-`), for which Python has None."""
    return open(os.devnull, "w", encoding="utf-8")


def _redirect_to_nowhere(stream: TextIO) -> None:
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        return  # not a stream of the operating system's: nothing of it is left to flush


def _open_in_browser(url: str) -> bool:
    import webbrowser

    try:
        return webbrowser.open(url)
    except webbrowser.Error:
        return False


def _machine_zone() -> tzinfo:
    """Return the zone of this machine with its rules, not merely its present offset."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        if name := os.environ.get("TZ", "").lstrip(":"):
            return ZoneInfo(name)
        with Path("/etc/localtime").open("rb") as rules:
            return ZoneInfo.from_file(rules, key="local")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # No database, or TZ as a POSIX rule; this knows the rules of the present year.
        from dateutil.tz import tzlocal

        return tzlocal()
