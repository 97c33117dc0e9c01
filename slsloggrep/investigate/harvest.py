"""What an investigation has found so far, and the reading of what lies around it.

Hits are events that answer the question by themselves; around them lie the other lines of their
invocations, which do not. Which events are hits, and what the lines mean, is decided by others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter

from slsloggrep.model import Event, Record, Span
from slsloggrep.parse import Parser, is_environment
from slsloggrep.pull import Pull
from slsloggrep.stitch import Collection, Stitched, stitch
from slsloggrep.stitch.collection import IN_MEMORY
from slsloggrep.stitch.invocations import place_of
from slsloggrep.stitch.spool import Sorter, pack_event, unpack_event


class Harvest:
    """Hits, and what was read around them."""

    def __init__(self, pull: Pull, parser: Parser) -> None:
        self._pull = pull
        self._parser = parser
        self._events = Collection()
        self._hits = Collection()
        """What lies in a stream: it is read again with its neighbours."""

    def __bool__(self) -> bool:
        return bool(self._events or self._hits)

    def __iter__(self) -> Iterator[Event]:
        """Yield what was read, and hits that were not read again, each event once.

        So it is where the run was cancelled, or an object vanished between two passes. Of events
        without an ID only those count of which nothing equal was read again: their place in the
        object tells them apart, and it may be counted otherwise in another pass.
        """
        read: set[int] = set()
        for event in self._events:
            read.add(content_of(event))
            yield event
        for event in self._hits:
            if content_of(event) not in read:
                yield event

    def add(self, hit: Event) -> bool:
        """Add a hit; return whether there may be lines around it that belong to it.

        API Gateway and Step Functions name the request or the execution in each of their lines,
        and a stream of theirs holds those of everybody.
        """
        if not hit.log_stream:
            self._events.add(hit)
            return False
        self._hits.add(hit)
        return is_environment(hit.log_group, hit.log_stream) or self._parser.parse(hit).run is None

    def read(self, spans: Sequence[Span], *, late: bool = False) -> None:
        """Read stretches of log streams whole."""
        for event in self._pull.events_of(spans, late=late):
            self._events.add(event)

    def stitch(self) -> Stitched:
        """Return the invocations that all of it makes."""
        return stitch(map(self._parser.parse, self))

    def streams(self) -> Iterator[list[Record]]:
        """Yield the records of one log stream after another, each in the order of `stitch.join`.

        Held at once are those of one log stream; what has none is one for each log group.
        """
        by_stream = Sorter[Event](
            key=attrgetter("log_group", "log_stream"),
            pack=pack_event,
            unpack=unpack_event,
            room=IN_MEMORY,
        )
        for event in self:
            by_stream.add(event)
        for _, together in groupby(by_stream, key=attrgetter("log_group", "log_stream")):
            yield sorted(map(self._parser.parse, together), key=place_of)


def content_of(event: Event) -> int:
    """Return what is equal for copies of an event, whether they have an ID or not."""
    return hash((event.timestamp, event.log_group, event.log_stream, event.message))
