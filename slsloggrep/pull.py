"""Pulls from all sources together: adds up their coverage, and keeps what was wanted of streams.

What to ask for, and when to stop, is `slsloggrep.investigate`'s plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from slsloggrep.errors import SourceError
from slsloggrep.model import Coverage, Event, Gap, Millis, Query, Span, merge_stretches
from slsloggrep.sources.base import Source

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
    """The stretches of log streams that are wanted whole, and those that were read already."""

    def __init__(self) -> None:
        self._wanted: dict[tuple[str, str], list[tuple[Millis, Millis]]] = {}
        self._read: dict[tuple[str, str], list[tuple[Millis, Millis]]] = {}

    def want(self, event: Event) -> None:
        """Want the longest possible invocation around an event.

        An event without a log stream says nothing of its neighbours: nothing is wanted for it.
        """
        if not event.log_stream:
            return
        key = (event.log_group, event.log_stream)
        time = event.timestamp
        for stretches in (self._read, self._wanted):
            # A stretch that leaves room on both sides of the event holds its whole invocation.
            if any(
                since <= time - LONGEST_INVOCATION and time + LONGEST_INVOCATION < until
                for since, until in stretches.get(key, ())
            ):
                return
        room = LONGEST_INVOCATION + ROOM
        stretch = (time - room, time + room + 1)
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
        for index, source in enumerate(self._sources):
            if index in self._failed:
                continue
            if self.cancelled:
                gap = Gap(source.name, "interrupted before all was asked for")
                self._totals[index] += Coverage(source=source.name, gaps=(gap,))
                continue
            try:
                found = source.fetch(query, self._reporter(index))
                for event in found:
                    self._answered = True
                    yield event
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
