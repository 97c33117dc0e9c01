"""What the generated system is made of, and what is true of it: functions, log streams, runs.

Only values: how lines are spelled is `truth_platform`'s and `truth_lines`' work, what happens is
`truth_scenes`', when it happens `truth_system`'s. Nothing here knows the program under test, so
that an error in its reading cannot be repeated in what its answers are compared with.

Times are ms since the epoch, durations whole microseconds: both formats of Lambda's logs hold them
without rounding, and sums and quantiles of them are exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import NamedTuple

FAILED = frozenset({"error", "timeout", "oom", "exit", "init_error", "extension"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function as it is configured."""

    name: str
    runtime: str
    """Lambda's name of it: `python3.12`."""
    json: bool = False
    """The log format of platform and runtime; else text."""
    level: str = "INFO"
    """The system log level, in JSON format."""
    new_style: bool = True
    """Failures are told by REPORT's status; else by lines of their own."""
    late_timeout: bool = False
    """The old style's timeout line comes after REPORT."""
    returns: bool = False
    """The stdout sink of older runtimes, which writes carriage returns for newlines."""
    xray: bool = False
    mode: str = "on-demand"
    """Or `snap-start`, `provisioned-concurrency`, `lambda-managed-instances`."""
    group: str = ""
    """A custom log group; empty: the function's own."""
    version: str = "$LATEST"
    memory_mb: int = 128
    limit_ms: int = 3_000
    """The timeout."""

    @property
    def language(self) -> str:
        """The runtime without its number; `go` and `rust` bring their own."""
        return self.runtime.rstrip("0123456789.x").removeprefix("provided-")

    @property
    def log_group(self) -> str:
        """Where its logs are."""
        return self.group or f"/aws/lambda/{self.name}"

    @property
    def arn(self) -> str:
        """Unqualified."""
        return f"arn:aws:lambda:us-east-1:123456789012:function:{self.name}"


class Line(NamedTuple):
    """One log event, before it has an ID."""

    time: int
    message: str


@dataclass(slots=True)
class Stream:
    """A log stream: what one environment wrote, in order."""

    group: str
    name: str
    lines: list[Line] = field(default_factory=list)

    def write(self, time: int, *messages: str) -> int:
        """Append events, never before the last one; return the time that the last has."""
        for message in messages:
            time = max(time, self.lines[-1].time if self.lines else 0)
            self.lines.append(Line(time, message))
        return time


class Request(NamedTuple):
    """What a function was asked; an asynchronous one is asked again under the same ID."""

    id: str
    trace_id: str
    span_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What is true of one invocation, or of an init that no request followed."""

    function: str
    request_id: str | None
    """None: an init that failed, and nothing followed."""
    group: str
    stream: str
    version: str
    start: int
    end: int | None
    """When REPORT came; None: it did not."""
    duration_us: int | None = None
    billed_ms: int | None = None
    memory_mb: int | None = None
    used_mb: int | None = None
    init_us: int | None = None
    """Of the init or the restore, as REPORT states it."""
    cold: bool = False
    """Its REPORT states an init or a restore, or its init failed. One that was made in advance, and
    one that Lambda repeats without a word (and adds to the duration), is nobody's."""
    status: str = "ok"
    error_type: str | None = None
    """As the logs state it."""
    cause: str | None = None
    """What was wrong: runs that share it failed for the same reason."""
    vanished: bool = False
    """Nothing tells its end; that it did end is concluded from what came later, or did not."""
    told: bool = True
    """False: the platform wrote no line of it, so that nobody can count it."""

    @property
    def crashed(self) -> bool:
        """Tell whether it is a crash."""
        return self.status in FAILED

    @property
    def counted(self) -> bool:
        """Tell whether it is an invocation whose end the logs tell."""
        ended = self.status != "incomplete" and not self.vanished
        return self.told and ended and self.request_id is not None

    @property
    def duration_ms(self) -> Fraction | None:
        """The duration, exactly."""
        return None if self.duration_us is None else Fraction(self.duration_us, 1000)

    @property
    def init_ms(self) -> Fraction | None:
        """The init's duration, exactly."""
        return None if self.init_us is None else Fraction(self.init_us, 1000)


@dataclass(frozen=True, slots=True)
class System:
    """What was written, and what is true."""

    streams: tuple[Stream, ...]
    runs: tuple[Run, ...]
    now: int
    """When it was looked at: nothing is later."""

    @property
    def crashes(self) -> list[Run]:
        """All that did not end well."""
        return [run for run in self.runs if run.crashed]

    @property
    def counted(self) -> list[Run]:
        """All invocations whose end the logs tell."""
        return [run for run in self.runs if run.counted]


def hexadecimal(rng: Random, digits: int) -> str:
    """Return so many random digits."""
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def uuid(rng: Random) -> str:
    """Return a random UUID, of version 4."""
    digits = hexadecimal(rng, 32)
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def request(rng: Random, time: int) -> Request:
    """Return a new request of some time; its trace ID says so."""
    trace_id = f"1-{time // 1000:08x}-{hexadecimal(rng, 24)}"
    return Request(uuid(rng), trace_id, hexadecimal(rng, 16))
