"""The exception tree and the exit codes of the program.

Every error that a user can cause or meet is a `SlsloggrepError`: it says what failed, on which
value, and what to try, and it knows the exit code it leads to. Anything else that escapes is a
defect of the program. How an error is shown belongs to `slsloggrep.cli`.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the process tells its caller; the meanings are promised in the README."""

    FOUND = 0
    NOTHING = 1
    """Nothing matched, and everything that was asked for was read."""
    USAGE = 2
    PARTIAL = 3
    """There is an answer, but something was not read: the coverage says what."""
    UNUSABLE = 4
    """A source could not be used at all: credentials, network, no such bucket or group."""
    INTERRUPTED = 130


class SlsloggrepError(Exception):
    """An error with one line that says what failed and, where known, a line with what to try."""

    exit_code = ExitCode.UNUSABLE

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(SlsloggrepError):
    """The command line, a setting or a value given by the user makes no sense."""

    exit_code = ExitCode.USAGE


class SourceError(SlsloggrepError):
    """A source cannot be used at all: nothing could be read from it.

    What could be read in part is not an error but a gap in the coverage.
    """

    def __init__(self, source: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.source = source

    @property
    def words(self) -> str:
        """What failed, without the source's name: for those who name it themselves."""
        return self.message.removeprefix(f"{self.source}: ")

    @property
    def reason(self) -> str:
        """What failed and what to try, in one line: the reason of a gap that names the source."""
        return "; ".join(filter(None, (self.words, self.hint)))


class AbsentError(SourceError):
    """Nothing that was named is there; it may yet appear, for whoever waits for it."""


class GivenUpError(SourceError):
    """The user gave up before it was known what is to be read."""

    exit_code = ExitCode.INTERRUPTED


class MissingExtraError(SlsloggrepError):
    """A library is needed that comes with an optional extra of the package."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the extra '{extra}', which is not installed",
            hint=f"pip install 'slsloggrep[{extra}]'",
        )
        self.extra = extra
