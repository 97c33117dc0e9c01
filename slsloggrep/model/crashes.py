"""Crashes: what did not end well, told apart by fingerprint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from slsloggrep.model.invocations import Invocation, Status
from slsloggrep.model.records import Millis, Record
from slsloggrep.model.transactions import Transaction


class Frame(NamedTuple):
    """One frame of a stack trace."""

    text: str
    """As written, without the white space around it; Python's source line is part of its frame."""
    function: str = ""
    """Function, or method with its class; empty: nothing tells it."""
    file: str = ""
    """As written; empty: nothing tells it."""
    line: int | None = None
    own: bool = True
    """The user's own code: neither the runtime's nor a library's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """An invocation, an init or a run of another service that did not end well."""

    time: Millis
    """When it ended."""
    function: str
    """Empty where nothing tells it; of an execution the state machine."""
    request_id: str | None
    log_group: str
    log_stream: str
    kind: Status
    """Neither ok nor incomplete."""
    error_type: str | None
    message: str | None
    fingerprint: str
    """16 hexadecimal digits: what is the same crash has the same, in every run."""
    title: str
    """What crashed and how, in one line that is the same for all crashes of the fingerprint."""
    frames: tuple[Frame, ...] = ()
    """Of the error's stack trace, in the order in which they were written."""
    version: str | None = None
    logged: bool = False
    """Not a crash: an error that was handled, and only logged."""
    invocation: Invocation | None = None
    """None: it is no invocation that failed, but another service's run."""
    records: tuple[Record, ...] = ()
    """Those that show the failure, in order; never empty."""

    @property
    def culprit(self) -> Frame | None:
        """The innermost frame of the user's own code, without one the innermost of all."""
        # Python alone writes the innermost call last.
        written = any(frame.text.startswith('File "') for frame in self.frames)
        inner_first = tuple(reversed(self.frames)) if written else self.frames
        return next((f for f in inner_first if f.own), next(iter(inner_first), None))


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashGroup:
    """All crashes of one fingerprint."""

    fingerprint: str
    kind: Status
    error_type: str | None
    title: str
    functions: tuple[str, ...]
    """That it was seen in: the most frequent first, of equals by name."""
    versions: tuple[str, ...]
    """Of the functions, in order."""
    times: tuple[Millis, ...]
    """Of each crash, in order; never empty."""
    request_ids: tuple[str, ...]
    """The newest first, each once."""
    sample: Crash
    """The newest, of those that tell most."""
    is_new: bool | None = None
    """Whether it was not seen in the time before the window; None: that was not looked at."""

    @property
    def function(self) -> str:
        """The function in which it was seen most often."""
        return self.functions[0]

    @property
    def count(self) -> int:
        """How many crashes there are."""
        return len(self.times)

    @property
    def first_seen(self) -> Millis:
        """When the first of them ended."""
        return self.times[0]

    @property
    def last_seen(self) -> Millis:
        """When the last of them ended."""
        return self.times[-1]


class Undone(NamedTuple):
    """What usually runs after a function, and did not run after it crashed."""

    function: str
    seen: int
    """After so many of the invocations of the crashed function that ended well it ran."""
    compared: int
    """Of so many that were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashReport:
    """All that the logs know of one crash."""

    crash: Crash
    what_happened: tuple[str, ...]
    """Sentences in plain words."""
    advice: tuple[str, ...]
    """What to try next, the most promising first."""
    environment_start: Millis | None
    """When the environment was first seen, by its INIT_START if that was read."""
    earlier: tuple[Invocation, ...]
    """Of the same environment, before the crash, by time: how its memory grew, what it served."""
    attempts: tuple[Invocation, ...]
    """All attempts of the same request, the crash among them, by time."""
    transaction: Transaction | None
    """That the crash is part of; None: nothing joins it to others."""
    upstream: tuple[Invocation, ...]
    """Members that began before it: who called, as far as time tells."""
    downstream: tuple[Invocation, ...]
    """Members of other functions that began after it."""
    undone: tuple[Undone, ...]
    """The most usual first."""
    alike: int
    """Crashes of the same fingerprint in the window, this one included."""
