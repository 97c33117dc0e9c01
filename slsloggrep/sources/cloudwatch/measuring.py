"""Measures by asking: of events that CloudWatch gave, those of REPORTs become rows of figures.

What travels is narrowed at the far end, by a filter pattern or by an Insights query: START and
REPORT, and what holds one of the literals. What they state is computed here, from the message. An
aggregation over there (`stats ... by @duration`) would be exact too, as a multiset of durations,
but of no use: it loses what each invocation is told by. Then an invocation that failed in the old
style could not take the place of its REPORT, which says nothing of the failure; a REPORT that
came twice would count twice; and slowest invocations, hours and environments would be gone. And a
row with all of that as columns is longer than the message.

A row is recognised by `identity_of` when its invocation is read whole later, by whichever engine.
Other repeats are dropped by event IDs, which neither Insights nor GetLogEvents tells; so what was
told by one of them is read whole by it too: see `Told`. Which engine that is, is decided by the
source, as for any other reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from slsloggrep.decode.reports import Stated, read_end, read_report
from slsloggrep.model import Bound, Ends, Event, FigureBatch, Millis, Query, identities_of
from slsloggrep.sources.base import Purpose
from slsloggrep.sources.cloudwatch.estimate import Engines
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.tasks import GroupKey, key_of

WORDS: dict[Purpose, tuple[str, ...]] = {
    "figures": ("REPORT ", "platform.report", "Executed "),
    "ends": ("START ", "REPORT ", "platform.start", "platform.report"),
}
"""What events hold that are measured; `Executed` is Azure's host's, whoever copied its log here."""

_LONGEST: Millis = 16 * 60_000
"""Lambda stops a function after 15 min (Developer Guide, gettingstarted-limits)."""

_ROWS = 1000
"""Rows of a log group that make a batch."""


class Told:
    """By which engine the REPORTs of each log group were told when it was measured last."""

    def __init__(self) -> None:
        self._by_insights: dict[GroupKey, bool] = {}

    def note(self, groups: Iterable[Group], *, by_insights: bool) -> None:
        """Note that groups are measured by one engine or the other."""
        self._by_insights.update((key_of(group), by_insights) for group in groups)

    @property
    def with_ids(self) -> frozenset[GroupKey]:
        """The groups whose REPORTs were told with their event IDs."""
        return frozenset(key for key, by_insights in self._by_insights.items() if not by_insights)

    def apply(self, engines: Engines) -> Engines:
        """Return engines by which groups are read whole: what Insights told, it reads."""
        moved = tuple(g for g in engines.filter if self._by_insights.get(key_of(g)))
        if not moved:
            return engines
        return engines._replace(
            filter=tuple(g for g in engines.filter if not self._by_insights.get(key_of(g))),
            insights=(*engines.insights, *moved),
        )


def measure_events(
    events: Iterable[Event], query: Query, purpose: Purpose
) -> Iterator[Event | FigureBatch | Ends]:
    """Yield what events state, in place of those that state it plainly; see `Meter.measure`.

    Events that hold one of the query's literals are handed on as they are.
    """
    if purpose == "figures":
        return _figures_of(events, query)
    return _ends_of(events, query.literals)


@dataclass(slots=True)
class _Rows:
    """REPORTs of one log group."""

    events: list[Event] = field(default_factory=list)
    stated: list[Stated] = field(default_factory=list)

    def batch(self, log_group: str) -> FigureBatch:
        """Return them as columns."""
        requests, durations, billed, memory, used, inits, restores = zip(*self.stated, strict=True)
        streams = [event.log_stream for event in self.events]
        times = [event.timestamp for event in self.events]
        return FigureBatch(
            log_group=log_group,
            log_streams=streams,
            request_ids=requests,
            identities=identities_of(log_group, streams, requests, times),
            times=times,
            durations_ms=durations,
            billed_ms=billed,
            memory_mb=memory,
            max_memory_mb=used,
            init_ms=inits,
            restore_ms=restores,
        )


def _figures_of(events: Iterable[Event], query: Query) -> Iterator[Event | FigureBatch]:
    groups: dict[str, _Rows] = {}
    for event in events:
        stated = read_report(event.message)
        if stated is None or holds(event, query.literals):
            yield event
        elif query.in_window(event.timestamp):
            rows = groups.setdefault(event.log_group, _Rows())
            rows.events.append(event)
            rows.stated.append(stated)
            if len(rows.events) == _ROWS:
                yield groups.pop(event.log_group).batch(event.log_group)
    for log_group, rows in groups.items():
        yield rows.batch(log_group)


def _ends_of(events: Iterable[Event], literals: Sequence[str]) -> Iterator[Event | Ends]:
    """Yield the ends that did not find each other, when all have come: they come in any order."""
    pairs = Pairs()
    for event in events:
        end = read_end(event.message)
        if end is None or holds(event, literals):
            yield event
        else:
            request_id, is_report = end
            bound = Bound(event.log_group, event.log_stream, request_id, event.timestamp)
            pairs.add(bound, is_report=is_report)
    yield from pairs.ends()


class Pairs:
    """STARTs and REPORTs in any order; those that found each other are not held."""

    def __init__(self) -> None:
        self._lonely: dict[tuple[str, str, str], set[tuple[Millis, bool]]] = {}
        self.latest: Millis | None = None
        """When the last one was, with or without a partner."""

    def add(self, bound: Bound, *, is_report: bool) -> None:
        """Take in a START or a REPORT."""
        if self.latest is None or bound.time > self.latest:
            self.latest = bound.time
        key = bound[:3]
        ends = self._lonely.setdefault(key, set())
        ends.add((bound.time, is_report))
        if len(ends) > 1 and _are_near(ends) and not _unpaired(ends):
            # Most are, and are not held until the end. Where one more START comes between such two,
            # it is handed on in place of the first: who reads around it, reads both.
            del self._lonely[key]

    def ends(self) -> Iterator[Ends]:
        """Yield what is left, if anything is."""
        started: list[Bound] = []
        reported: list[Bound] = []
        for key, ends in self._lonely.items():
            for time, is_report in _unpaired(ends):
                (reported if is_report else started).append(Bound(*key, time))
        if started or reported:
            yield Ends(started=started, reported=reported)


def _are_near(ends: Iterable[tuple[Millis, bool]]) -> bool:
    times = [time for time, _ in ends]
    return max(times) - min(times) <= _LONGEST


def _unpaired(ends: Iterable[tuple[Millis, bool]]) -> list[tuple[Millis, bool]]:
    """Return what remains of one request's ends where each REPORT ends the START before it."""
    open_starts: list[tuple[Millis, bool]] = []
    reports: list[tuple[Millis, bool]] = []
    for end in sorted(ends):
        if not end[1]:
            open_starts.append(end)
        elif open_starts:
            open_starts.pop()
        else:
            reports.append(end)
    return open_starts + reports


def holds(event: Event, literals: Sequence[str]) -> bool:
    """Tell whether an event may hold a literal: behind a backslash it may stand in any spelling."""
    message = event.message
    return "\\" in message or any(literal in message for literal in literals)
