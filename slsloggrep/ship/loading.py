"""What ships: events of all sources, sorted by log stream, stitched, and given to the loader.

Everything is read before the first document is sent: what belongs to an invocation, and which of
two equal events is a repeat, is known only when all is at hand. It waits in sorted runs on disk,
and in memory are the lines of one log stream that are not given away yet. So an invocation is
whole, whatever the order in which an archive holds its lines, and the same logs give the same
documents.

A window that was asked for is read wider by the longest invocation: what began before it or ends
after it is still whole. Of what is read so only the window's own events are shipped, and the
invocations that end in it; windows side by side ship each of them once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Protocol

from slsloggrep.analyse.crashes import crashes_of
from slsloggrep.analyse.prices import Price
from slsloggrep.model import Coverage, Event, Invocation, Millis, Query, Record
from slsloggrep.parse import Parser
from slsloggrep.pull import LONGEST_INVOCATION, Pull, Watch
from slsloggrep.ship.documents import Document, event_document, invocation_document
from slsloggrep.sources.base import Source
from slsloggrep.stitch.collection import IN_MEMORY, unique
from slsloggrep.stitch.ongoing import Ongoing
from slsloggrep.stitch.spool import Sorter, pack_event, unpack_event

SETTLE: Millis = 60_000
"""How long after a REPORT lines of its invocation are waited for, in the logs' own time. Those
that come later are known by their request ID."""


class Window(Protocol):
    """A stretch of time: `since` inclusive, `until` exclusive; None is unbounded."""

    @property
    def since(self) -> Millis | None:
        """Its beginning."""
        ...

    @property
    def until(self) -> Millis | None:
        """Its end."""
        ...

    def holds(self, time: Millis) -> bool:
        """Tell whether a time lies in it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be shipped of the events at hand."""

    window: Window
    invocations: bool = True
    price: Price | None = None


def query_of(window: Window) -> Query:
    """Return what is read for a window: all of it, and the longest invocation on either side."""
    return Query(
        since=None if window.since is None else window.since - LONGEST_INVOCATION,
        until=None if window.until is None else window.until + LONGEST_INVOCATION,
    )


class Stock:
    """All events that were read, each once, by log stream and then by time."""

    def __init__(self, *, in_memory: int = IN_MEMORY) -> None:
        self._events = Sorter[Event](
            key=_place, pack=pack_event, unpack=unpack_event, room=in_memory
        )
        self.added = 0
        """How many were added, repeats included."""

    def read(self, sources: Sequence[Source], window: Window, watch: Watch) -> tuple[Coverage, ...]:
        """Read what sources hold of a window and of what lies around it; return the coverage.

        Raises SourceError where no source can be used at all.
        """
        pull = Pull(sources, watch)
        query = query_of(window)
        for event in pull.events(query):
            if query.in_window(event.timestamp):
                self.add(event)
        return pull.coverage

    def add(self, event: Event) -> None:
        """Take an event in."""
        self._events.add(event)
        self.added += 1

    def __iter__(self) -> Iterator[Event]:
        return unique(self._events)


def documents(events: Iterable[Event], parser: Parser, wanted: Wanted) -> Iterator[Document]:
    """Yield the documents of events that come by log stream and time, each of them once."""
    for _, of_stream in groupby(events, key=_stream):
        yield from _Streamed(parser, wanted).documents(of_stream)


class _Streamed:
    """One log stream on its way: what its lines make, and what of it was seen before."""

    def __init__(self, parser: Parser, wanted: Wanted) -> None:
        self._parser = parser
        self._wanted = wanted
        self._ongoing = Ongoing(SETTLE)
        self._repeats: dict[int, int] = {}
        """Of records that wait, by identity: the equal lines before them; mostly there are none."""

    def documents(self, events: Iterable[Event]) -> Iterator[Document]:
        looked: Millis | None = None
        for time, moment in groupby(events, key=_time):
            for record, repeat in self._records(moment):
                if repeat:
                    self._repeats[id(record)] = repeat
                self._ongoing.add(record, time)
            # Each look stitches all that waits: once in a while is enough.
            if looked is None or time - looked >= SETTLE:
                looked = time
                yield from self._given(self._ongoing.take(time))
        yield from self._given(self._ongoing.finish())

    def _records(self, moment: Iterable[Event]) -> Iterator[tuple[Record, int]]:
        """Yield the records of one moment, and how many equal lines without an ID come before."""
        known: dict[str, int] = {}
        for sequence, event in enumerate(moment):
            repeat = 0
            if not event.has_global_id:
                repeat = known.get(event.message, 0)
                known[event.message] = repeat + 1
            # Its place in a container means nothing once it is out of there.
            yield self._parser.parse(event._replace(container="", position=sequence)), repeat

    def _given(self, items: Iterable[Any]) -> Iterator[Document]:
        for item in items:
            if not isinstance(item, Invocation):
                yield from self._event(item.record, None, item.request_id)
                continue
            for record in item.records:
                yield from self._event(record, item, None)
            if self._wanted.invocations and self._wanted.window.holds(item.end):
                yield _whole(item, self._wanted.price)

    def _event(
        self, record: Record, invocation: Invocation | None, request_id: str | None
    ) -> Iterator[Document]:
        repeat = self._repeats.pop(id(record), 0)
        if self._wanted.window.holds(record.event.timestamp):
            yield event_document(
                record, invocation=invocation, request_id=request_id, repeat=repeat
            )


def _whole(invocation: Invocation, price: Price | None) -> Document:
    crash = None
    if invocation.status.failed:
        crash = next(iter(crashes_of([invocation], ())), None)
    return invocation_document(invocation, price=price, crash=crash)


def _stream(event: Event) -> tuple[str, str]:
    return event.log_group, event.log_stream


def _time(event: Event) -> Millis:
    return event.timestamp


def _place(event: Event) -> tuple[Any, ...]:
    """Return a key by stream and time that no two different events share."""
    return (
        event.log_group,
        event.log_stream,
        *event.order,
        event.message,
        event.event_id,
        event.source,
    )
