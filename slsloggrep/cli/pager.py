"""A pager for what is longer than the screen: which one, when, and how it ends.

What is written belongs to those who write. Nothing is started for what fits on the screen, or
where stdout is no terminal.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Protocol

from slsloggrep.cli.context import Environment
from slsloggrep.cli.hyperlinks import passes_hyperlinks
from slsloggrep.cli.programs import words_of

if TYPE_CHECKING:  # loaded when a pager is started
    import subprocess

VARIABLES = ("SLSLOGGREP_PAGER", "PAGER")
"""What names the pager; the first that is set counts."""

NO_PAGER = "Show what is longer than the screen without a pager."
"""The help of `--no-pager`."""

_DEFAULT = ("less",)
_LESS = "FRX"
"""Quit at once if it fits, let colours through, leave the screen as it is: git's choice."""
_PATIENCE = 2.0
"""Seconds that a pager has to tell its version."""


class Writable(Protocol):
    """What text is written to."""

    def write(self, text: str, /) -> object:
        """Write text."""


class _ReaderLeftError(Exception):
    """The pager was quit before all was written."""


def pager_command(env: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the pager that variables name, as words, `less` where none does; None for none."""
    named = next((env[name] for name in VARIABLES if name in env), None)
    if named is None:
        return None if env.get("TERM", "dumb") == "dumb" or sys.platform == "win32" else _DEFAULT
    try:
        words = tuple(words_of(named))
    except ValueError:  # a quote that is never closed
        return (named,)
    return None if words in {(), ("cat",)} else words


@contextmanager
def paging(environment: Environment, *, wanted: bool = True) -> Iterator[Writable]:
    """Lend what to write a text to; where it gets longer than the screen, a pager shows it.

    Returns when the pager has ended. To quit it early is no error, and Ctrl-C is the pager's.
    Raises OutputError as `Environment.writing` does.
    """
    command = None
    if wanted and environment.stdout_is_terminal and environment.height is not None:
        command = pager_command(environment.env)
    with environment.writing() as stdout:
        if command is None or environment.height is None:
            yield stdout
            return
        pages = _Pages(environment, command, environment.height)
        with _interrupts_left_to_pager(environment):
            try:
                with suppress(_ReaderLeftError):
                    yield pages
            finally:
                pages.close()


@contextmanager
def _interrupts_left_to_pager(environment: Environment) -> Iterator[None]:
    if not environment.handles_interrupts or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        yield
        return
    # A handler and not SIG_IGN, which the pager would inherit.
    before = signal.signal(signal.SIGINT, lambda _signal, _frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


class _Pages:
    """Holds back a screen of text, and starts the pager with the line after it."""

    def __init__(self, environment: Environment, command: Sequence[str], height: int) -> None:
        self._environment = environment
        self._command = command
        self._held: list[str] = []
        self._room = height - 1  # the prompt of the shell needs the last line
        self._process: subprocess.Popen[str] | None = None
        self._is_direct = False
        self._variables = {"LESS": _LESS, "LV": "-c", **environment.env}
        self._passes_links: bool | None = None

    def write(self, text: str) -> None:
        """Take text; raises _ReaderLeftError where nobody wants more."""
        if self._process is None and not self._is_direct:
            self._held.append(text)
            self._room -= text.count("\n")
            if self._room >= 0:
                return
            self._start()
            text = "".join(self._held)
            self._held.clear()
        if self._process is None:
            self._environment.stdout.write(text)
            return
        assert self._process.stdin is not None  # noqa: S101 - it was started with a pipe
        try:
            self._process.stdin.write(self._suited(text))
        except OSError:  # EPIPE; Windows says EINVAL
            raise _ReaderLeftError from None

    def close(self) -> None:
        """Write what was held back, and wait until the pager ends."""
        if self._process is None:
            self._environment.stdout.write("".join(self._held))
            return
        assert self._process.stdin is not None  # noqa: S101 - it was started with a pipe
        with suppress(OSError):
            self._process.stdin.close()
        self._process.wait()

    def _suited(self, text: str) -> str:
        """Return text as the pager can show it; it is asked when the first hyperlink comes."""
        if "\x1b]8;" not in text:
            return text
        from slsloggrep.render.hyperlinks import without_links

        if self._passes_links is None:
            self._passes_links = passes_hyperlinks(self._command, self._variables, _ask)
        return text if self._passes_links else without_links(text)

    def _start(self) -> None:
        import subprocess

        environment = self._environment
        environment.stdout.flush()
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own pager
                self._command,
                stdin=subprocess.PIPE,
                env=self._variables,
                text=True,
                encoding=getattr(environment.stdout, "encoding", None) or "utf-8",
                errors="backslashreplace",
            )
        except OSError as error:
            self._is_direct = True
            if self._command is not _DEFAULT:
                environment.say(
                    f"slsloggrep: the pager '{self._command[0]}' cannot be started: "
                    f"{error.strerror or error}"
                )


def _ask(command: Sequence[str]) -> str:
    """Return what a program says of itself; nothing where it cannot, or takes its time."""
    import subprocess

    try:
        done = subprocess.run(  # noqa: S603 - the user's own pager
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            text=True,
            errors="replace",
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout
