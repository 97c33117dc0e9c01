"""A search for crashes: who shows a failure, and how what lies around it ended.

Pass 1 asks all sources for the signs of failure (`parse.signs`), and for STARTs that no REPORT
follows. A sign alone is no crash: a handler may have caught the error, and a timeout has no line
of its own. So pass 2 reads the invocations around them whole (`failures`). What is a crash then,
and which crashes are the same, is decided by `analyse`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from slsloggrep.analyse.crashes import crashes_of
from slsloggrep.analyse.groups import group
from slsloggrep.analyse.silence import GRACE, LIVE_GRACE
from slsloggrep.investigate.failures import Failures, around
from slsloggrep.investigate.windows import Window, default_window
from slsloggrep.model import (
    Bound,
    Coverage,
    Crash,
    CrashGroup,
    Ends,
    Event,
    Fact,
    FigureBatch,
    Level,
    Millis,
    Query,
    Record,
)
from slsloggrep.parse import Parser
from slsloggrep.parse.signs import FAILURE_SIGNS, shows_failure
from slsloggrep.pull import Pull, Watch
from slsloggrep.sources.base import Capability, Source

BOUNDS = ("START ", "REPORT ", "platform.start", "platform.report")
"""What states the START or the REPORT of an invocation, for sources that do not pair them."""

_FIRST_PART: Millis = 15 * 60_000
_PARTS = 64
"""Of a window that is read backwards the first part is at least so long, or such a part of it."""

_SKEW: Millis = 1000
"""A REPORT is no end of what started later than this."""

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashFinding:
    """What crashed, and what could be read."""

    crashes: tuple[Crash, ...]
    """The newest first; with a limit, so many of them."""
    groups: tuple[CrashGroup, ...]
    """Of these crashes; the most frequent first."""
    found: int
    """How many were found, without the limit."""
    since: Millis | None
    """Nothing that is older was read: later than the window's beginning, if the limit was met."""
    coverage: tuple[Coverage, ...]
    window: Window
    interrupted: bool


def find_crashes(
    sources: Sequence[Source],
    *,
    parser: Parser,
    since: Millis | None,
    until: Millis | None,
    now: Millis,
    limit: int | None,
    logged: bool,
    lines: bool,
    baseline: Millis | None,
    watch: Watch,
) -> CrashFinding:
    """Find what crashed in a window, the newest first.

    `limit` keeps the newest: sources without an end are then read backwards from the end, and no
    further than needed. `logged` takes in errors that were handled and logged, `lines` tells
    crashes apart by line numbers, too. `baseline` is how long before the window is searched, for
    what is not new. Raises SourceError where no source can be used at all.
    """
    pull = Pull(sources, watch)
    window = default_window(sources, since, until, now)
    crashes: list[Crash] = []
    known_places: set[tuple[object, ...]] = set()
    read_from = window.since
    for part in _parts(window, sources, now, limit):
        for crash in search_crashes(
            pull, parser, part, now=now, logged=logged, lines=lines, sources=sources
        ):
            # When an invocation without an end was given up may depend on what else was read.
            place = _place(crash)
            if place not in known_places:
                known_places.add(place)
                crashes.append(crash)
        read_from = part.since
        if watch.cancelled or (limit is not None and len(crashes) >= limit):
            break
    known = None
    if baseline is not None and window.since is not None and not watch.cancelled:
        before = Window(since=window.since - baseline, until=window.since, reason="before")
        older = search_crashes(
            pull, parser, before, now=now, logged=logged, lines=lines, sources=sources
        )
        known = frozenset(crash.fingerprint for crash in older)
    kept = crashes[:limit]
    return CrashFinding(
        crashes=tuple(kept),
        groups=group(kept, before=known),
        found=len(crashes),
        since=read_from,
        coverage=pull.coverage,
        window=window,
        interrupted=watch.cancelled,
    )


def _place(crash: Crash) -> tuple[object, ...]:
    """Return what two tellings of one crash have in common."""
    first = crash.records[0].event
    start = crash.invocation.start if crash.invocation else first.timestamp
    error = first.message if crash.logged else ""
    return crash.log_group, crash.log_stream, crash.request_id or first.message, start, error


def _parts(
    window: Window, sources: Sequence[Source], now: Millis, limit: int | None
) -> Iterator[Window]:
    """Yield the window in parts, the newest first, or whole where that saves nothing."""
    since = window.since
    if limit is None or since is None or not _is_endless(sources):
        yield window
        return
    until, end = window.until, window.until if window.until is not None else now
    length = max(_FIRST_PART, (end - since) // _PARTS)
    while end - length > since:
        end -= length
        yield replace(window, since=end, until=until)
        until = end
        length *= 2
    yield replace(window, since=since, until=until)


def search_crashes(
    pull: Pull,
    parser: Parser,
    window: Window,
    *,
    now: Millis,
    sources: Sequence[Source],
    logged: bool = False,
    lines: bool = False,
) -> list[Crash]:
    """Return what crashed in a window, the newest first."""
    search = _CrashSearch(pull, parser, window, logged=logged, lines=lines)
    search.begin()
    is_live = _is_endless(sources)
    return search.complete(
        lambda latest: _read_until(window, now, latest, is_live=is_live),
        grace=LIVE_GRACE if is_live else GRACE,
    )


class _CrashSearch:
    """The passes of one search, and what they brought."""

    def __init__(
        self, pull: Pull, parser: Parser, window: Window, *, logged: bool, lines: bool
    ) -> None:
        self._pull = pull
        self._parser = parser
        self._logged = logged
        self._lines = lines
        self._window = window
        since, until = around(window)
        self._query = Query(since=since, until=until, literals=FAILURE_SIGNS)
        self._failures = Failures(pull, parser, self._query)
        self._pairing = Pairing()
        self._latest: Millis | None = None
        """The logs are known to be read up to then."""

    def begin(self) -> None:
        """Run pass 1: find who shows a failure, and who never ended."""
        for item in self._items():
            if isinstance(item, Ends):
                self._pairing.take(item)
                self._reach(item.latest)
            elif isinstance(item, Event):
                self._reach(item.timestamp)
                record = self._parser.parse(item)
                self._pairing.look(record)
                if self._is_hit(record):
                    self._failures.add(record)
        for start in self._pairing.started:
            self._failures.add_open(start)

    def complete(
        self, read_until: Callable[[Millis | None], Millis | None], *, grace: Millis
    ) -> list[Crash]:
        """Read what lies around the hits, and return what crashed, the newest first.

        `read_until` tells from the youngest event that was seen up to when the logs were read;
        within `grace` before that an end may still be on its way.
        Crashes at the edge of what was read are left out: they were not looked for, and are cut.
        """
        stitched = self._failures.read()
        self._reach(self._failures.latest)
        found = crashes_of(
            stitched.invocations,
            stitched.unattributed,
            logged=self._logged,
            lines=self._lines,
            read_until=read_until(self._latest),
            grace=grace,
        )
        return [c for c in found if self._window.holds(c.time) and self._was_looked_for(c)]

    def _reach(self, time: Millis | None) -> None:
        if time is not None and (self._latest is None or time > self._latest):
            self._latest = time

    def _items(self) -> Iterator[Event | FigureBatch | Ends]:
        if not self._logged:
            return self._pull.measured(self._query, "ends", BOUNDS)
        # That a line is an error may show in nothing but its parsed level.
        return self._pull.events(replace(self._query, literals=()))

    def _is_hit(self, record: Record) -> bool:
        if shows_failure(record):
            return True
        return self._logged and record.level is not None and record.level >= Level.ERROR

    def _was_looked_for(self, crash: Crash) -> bool:
        invocation = crash.invocation
        return (
            invocation is None
            or self._failures.holds_hit(invocation)
            or self._failures.is_open(invocation)
        )


class Pairing:
    """STARTs and REPORTs that have not found each other."""

    def __init__(self) -> None:
        self._started: dict[Key, Bound] = {}
        self._reported: dict[Key, Millis] = {}
        """When, by those that no START was seen of yet, or that were delivered twice."""
        self._again: list[Bound] = []
        """STARTs behind which their request started once more before any REPORT."""

    @property
    def started(self) -> tuple[Bound, ...]:
        """The STARTs without a REPORT."""
        return (*self._started.values(), *self._again)

    def take(self, ends: Ends) -> None:
        """Take in what a source could not pair."""
        for bound in ends.started:
            self._start(bound)
        for bound in ends.reported:
            self._report(bound)

    def look(self, record: Record) -> None:
        """Take in a record that may be a START or a REPORT."""
        if record.fact not in (Fact.START, Fact.REPORT) or record.request_id is None:
            return
        event = record.event
        bound = Bound(event.log_group, event.log_stream, record.request_id, event.timestamp)
        if record.fact is Fact.START:
            self._start(bound)
        else:
            self._report(bound)

    def _start(self, bound: Bound) -> None:
        key = bound[:3]
        reported = self._reported.get(key)
        if reported is not None and bound.time <= reported + _SKEW:
            del self._reported[key]
            return
        known = self._started.setdefault(key, bound)
        if known.time != bound.time:
            self._again.append(min(known, bound, key=lambda b: b.time))
            self._started[key] = max(known, bound, key=lambda b: b.time)

    def _report(self, bound: Bound) -> None:
        key = bound[:3]
        started = self._started.get(key)
        if started is not None and started.time <= bound.time + _SKEW:
            del self._started[key]
        else:
            self._reported[key] = max(bound.time, self._reported.get(key, bound.time))


def _is_endless(sources: Sequence[Source]) -> bool:
    """Tell whether all sources are places that logs are written to, and have no end."""
    return all(Capability.FOLLOW in source.capabilities for source in sources)


def _read_until(
    window: Window, now: Millis, latest: Millis | None, *, is_live: bool
) -> Millis | None:
    """Return up to when the logs are known to be read; None: nothing is known.

    What has no end was read up to now. An archive ends somewhere before now: it was read up to the
    youngest event that was seen, whatever the window.
    """
    last = now if is_live else latest
    return last if last is None or window.until is None else min(last, window.until)
