"""Figures: what the ends of invocations state of time, memory and money, and tables of that."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

from slsloggrep.model.invocations import Status
from slsloggrep.model.records import Event, Millis

_BINS_PER_DECADE = 8
"""A third between the edges of a bin: as fine as a line of marks can show."""
_DECADES = 7
"""From 0.1 ms to 1,000 s: Lambda's longest limit is 900 s."""

BIN_EDGES_MS: tuple[float, ...] = tuple(
    10 ** (step / _BINS_PER_DECADE - 1) for step in range(_DECADES * _BINS_PER_DECADE + 1)
)
"""Where the bins of a distribution meet, ascending: one more bin than there are edges."""


def bin_of(duration_ms: float) -> int:
    """Return which bin of a distribution a duration falls into, 0 to `len(BIN_EDGES_MS)`.

    Bin `i` begins at edge `i - 1` and ends before edge `i`; the first has no beginning, the last
    no end.
    """
    return bisect_right(BIN_EDGES_MS, duration_ms)


def identity_of(event: Event, request_id: str) -> int:
    """Return 64 bits that are equal for copies of a request's REPORT (or START), in this process.

    By log group, log stream, request and time, and not by the event's ID: some copies have none
    (export tasks, Insights, GetLogEvents), and no request reports twice in one stream within a
    millisecond; attempts differ in time. Copies of which only one tells its group and stream are
    not recognised.
    """
    return hash((event.log_group, event.log_stream, request_id, event.timestamp))


def identities_of(
    log_group: str, log_streams: Iterable[str], request_ids: Iterable[str], times: Iterable[Millis]
) -> list[int]:
    """Return what `identity_of` does for each REPORT of one log group, given in columns."""
    places = zip(repeat(log_group), log_streams, request_ids, times)
    return list(map(hash, places))


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureBatch:
    """What REPORTs of one log group state whose invocations ended well, in columns of one length.

    Only what states no failure: a source that finds anything else gives the event itself.
    """

    log_group: str
    log_streams: Sequence[str]
    request_ids: Sequence[str]
    identities: Sequence[int]
    """As `identity_of` gives them."""
    times: Sequence[Millis]
    """When each REPORT came."""
    durations_ms: Sequence[float]
    billed_ms: Sequence[float | None]
    memory_mb: Sequence[float | None]
    max_memory_mb: Sequence[float | None]
    init_ms: Sequence[float | None]
    restore_ms: Sequence[float | None]


class Bound(NamedTuple):
    """The START or the REPORT of an invocation."""

    log_group: str
    log_stream: str
    request_id: str
    time: Millis


@dataclass(frozen=True, slots=True, kw_only=True)
class Ends:
    """STARTs and REPORTs that did not find each other in one stretch of a source."""

    started: Sequence[Bound]
    reported: Sequence[Bound]
    latest: Millis | None = None
    """Some START or REPORT of the stretch, with or without a partner, was so late; None: that was
    not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """One row of a table of running times. Durations are ms, memory is MB, absent figures None."""

    function: str
    by: tuple[tuple[str, str], ...] = ()
    """What else the row is of: `(("version", "7"), ("cold", "yes"))`."""
    invocations: int
    """Requests that ended, each attempt once: those that failed are part of them, those of which
    no end was seen are not."""
    errors: int
    """That ended neither ok nor incomplete, timeouts included."""
    timeouts: int
    cold_starts: int
    """That waited for an init or a restore, as REPORT states it, or whose init failed."""
    mean_ms: float | None
    p50_ms: float | None
    p90_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    max_ms: float | None
    init_p50_ms: float | None
    """Of inits and restores that REPORT states."""
    init_max_ms: float | None
    memory_mb: float | None
    """The size that most invocations had, of equals the largest."""
    max_memory_mb: float | None
    billed_ms: float | None
    """In all."""
    gb_seconds: float | None
    cost_usd: float | None
    """Of duration and requests; None: nothing tells it."""
    timeout_s: float | None = None
    """The limit, where a timeout has shown it."""
    bins: tuple[int, ...] = ()
    """Invocations by duration: one count for each bin of `bin_of`; empty: not counted."""
    incomplete: int = 0
    """Of which no end was seen: they are no part of the invocations."""
    relative_error: float | None = None
    """How far the percentiles may be off, as a share of their value; None: they are exact."""
    notes: tuple[str, ...] = ()
    """What a reader has to know of the figures: whose price was taken, what may count twice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A row before and after, and whether the difference is more than chance."""

    before: Latency | None
    after: Latency | None
    p_value: float | None
    """Of durations that differ so much by chance alone; None: too few, or only on one side."""
    larger_than_chance: bool | None
    errors_p_value: float | None = None
    """Of shares of errors that differ so much by chance alone; None: too few, or on one side."""
    errors_larger_than_chance: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """One of the slowest invocations, ready to be traced."""

    function: str
    request_id: str
    log_group: str
    log_stream: str
    end: Millis
    duration_ms: float
    init_ms: float | None
    max_memory_mb: float | None
    memory_mb: float | None
    status: Status
