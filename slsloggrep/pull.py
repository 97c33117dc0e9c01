"""Pulls from all sources together: adds up their coverage, and keeps what was wanted of streams.

What to ask for, and when to stop, is `slsloggrep.investigate`'s plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

from slsloggrep.errors import SourceError
from slsloggrep.model import (
    Coverage,
    Ends,
    Event,
    FigureBatch,
    Gap,
    Millis,
    Query,
    Span,
    merge_stretches,
)
from slsloggrep.model.sums import FigureSum
from slsloggrep.sources.base import Capability, Meter, Purpose, Report, Source
from slsloggrep.sources.summing import Summer, Summing

_Item = TypeVar("_Item")

LONGEST_INVOCATION: Millis = 16 * 60_000
"""Lambda stops a function after 15 min (Developer Guide, gettingstarted-limits); its log lines
may come a little before and after."""

ROOM: Millis = 90_000
"""Read more than needed on both sides: hits near each other then ask for one stretch only."""


class Watch(Protocol):
    """The one who waits: hears how far things are, and may lose patience."""

    def progress(self, coverage: Coverage) -> None:
        """Hear the running total of one source; called often."""
        ...

    @property
    def cancelled(self) -> bool:
        """Tell whether to stop and show what was found."""
        ...


class Spans:
    """The stretches of log streams that are wanted whole, and those that were read already.

    `reach` is how far an invocation is thought to extend from any event of it, `room` what is read
    beyond that.
    """

    def __init__(self, reach: Millis = LONGEST_INVOCATION, room: Millis = ROOM) -> None:
        self._reach = reach
        self._room = room
        self._wanted: dict[tuple[str, str], list[tuple[Millis, Millis]]] = {}
        self._read: dict[tuple[str, str], list[tuple[Millis, Millis]]] = {}

    def want(self, event: Event) -> None:
        """Want the longest possible invocation around an event.

        An event without a log stream says nothing of its neighbours: nothing is wanted for it.
        """
        if event.log_stream:
            self.want_around(event.log_group, event.log_stream, event.timestamp)

    def want_around(
        self, log_group: str, log_stream: str, time: Millis, until: Millis | None = None
    ) -> None:
        """Want the longest possible invocation around a moment of a log stream.

        With `until`, around all moments from one to the other.
        """
        key = (log_group, log_stream)
        last = time if until is None else until
        for stretches in (self._read, self._wanted):
            # A stretch that leaves room on both sides of the event holds its whole invocation.
            if any(
                since <= time - self._reach and last + self._reach < end
                for since, end in stretches.get(key, ())
            ):
                return
        room = self._reach + self._room
        stretch = (time - room, last + room + 1)
        self._wanted[key] = merge_stretches([*self._wanted.get(key, ()), stretch])

    def take(self) -> tuple[Span, ...]:
        """Return what is wanted and was not taken before."""
        spans: list[Span] = []
        for key in sorted(self._wanted):
            stretches = self._wanted[key]
            spans.extend(Span(*key, since, until) for since, until in stretches)
            self._read[key] = merge_stretches([*self._read.get(key, ()), *stretches])
        self._wanted.clear()
        return tuple(spans)


class Pull:
    """Pulls from all sources and adds up their coverage."""

    def __init__(self, sources: Sequence[Source], watch: Watch) -> None:
        self._sources = sources
        self._watch = watch
        self._totals = [Coverage(source=source.name) for source in sources]
        self._failed: dict[int, SourceError] = {}
        self._answered = False
        """A source could be read: there is an answer, be it a partial one."""

    @property
    def coverage(self) -> tuple[Coverage, ...]:
        """What each source could read so far."""
        return tuple(self._totals)

    @property
    def cancelled(self) -> bool:
        """Tell whether the one who waits has lost patience."""
        return self._watch.cancelled

    def events(self, query: Query, *, enough: Callable[[], bool] | None = None) -> Iterator[Event]:
        """Yield what all sources give for a query, one source after another.

        `enough` is asked after each event: true, and no more of that source is asked for.
        A source that cannot be used (any more) is a gap as long as there is an answer of any;
        raises its SourceError where there is none.
        """
        yield from self._ask(lambda source, report: source.fetch(query, report), enough)

    @property
    def adds_up(self) -> bool:
        """Tell whether figures can be added up at the far end.

        Not of several sources: what both of them hold would count twice.
        """
        if len(self._sources) != 1:
            return False
        source = self._sources[0]
        return Capability.AGGREGATE in source.capabilities and isinstance(source, Summer)

    def measured(
        self,
        query: Query,
        purpose: Purpose,
        literals: Sequence[str],
        *,
        rest: bool = False,
    ) -> Iterator[Event | FigureBatch | Ends]:
        """Yield what all sources measure for a query: figures or ends, and events beside them.

        A source that measures nothing itself gives the events with any of the query's literals or
        of `literals`: those that state what would be measured. With `rest` (see `adds_up`) figures
        that `sums` gives are left out. Errors are as in `events`.
        """
        wide = replace(query, literals=(*query.literals, *literals))

        def ask(source: Source, report: Report) -> Iterator[Event | FigureBatch | Ends]:
            if rest and isinstance(source, Summer):
                return source.measure_rest(query, report)
            if Capability.AGGREGATE in source.capabilities and isinstance(source, Meter):
                return source.measure(query, purpose, report)
            return source.fetch(wide, report)

        yield from self._ask(ask, None)

    def sums(self, query: Query, summing: Summing) -> Iterator[FigureSum | FigureBatch | Event]:
        """Yield the figures that `measured` left out, added up; see `Summer.add_up`."""

        def ask(source: Source, report: Report) -> Iterator[FigureSum | FigureBatch | Event]:
            return source.add_up(query, summing, report) if isinstance(source, Summer) else iter(())

        yield from self._ask(ask, None)

    def _ask(
        self,
        ask: Callable[[Source, Report], Iterator[_Item]],
        enough: Callable[[], bool] | None,
    ) -> Iterator[_Item]:
        for index, source in enumerate(self._sources):
            if index in self._failed:
                continue
            if self.cancelled:
                gap = Gap(source.name, "interrupted before all was asked for")
                self._totals[index] += Coverage(source=source.name, gaps=(gap,))
                continue
            try:
                for item in ask(source, self._reporter(index)):
                    self._answered = True
                    yield item
                    if enough is not None and enough():
                        break
                self._answered = True
            except SourceError as error:
                self._failed[index] = error
                if len(self._failed) == len(self._sources) and not self._answered:
                    raise self._failed[min(self._failed)] from error
                gap = Gap(source.name, error.reason)
                self._totals[index] += Coverage(source=source.name, gaps=(gap,))

    def events_of(self, spans: Sequence[Span], *, late: bool = False) -> Iterator[Event]:
        """Yield the events of stretches of log streams, and only those."""
        if not spans:
            return
        wanted: dict[tuple[str, str], list[tuple[Millis, Millis]]] = {}
        for span in spans:
            wanted.setdefault((span.log_group, span.log_stream), []).append(
                (span.since, span.until)
            )
        for event in self.events(Query(spans=tuple(spans), late=late)):
            stretches = wanted.get((event.log_group, event.log_stream), ())
            if any(since <= event.timestamp < until for since, until in stretches):
                yield event

    def _reporter(self, index: int) -> Callable[[Coverage], None]:
        def report(increment: Coverage) -> None:
            self._totals[index] += increment
            self._watch.progress(self._totals[index])

        return report
