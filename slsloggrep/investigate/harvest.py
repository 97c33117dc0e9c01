"""What an investigation has found so far, and the reading of what lies around it.

Hits are events that answer the question by themselves; around them lie the other lines of their
invocations, which do not. Which events are hits, and what the lines mean, is decided by others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slsloggrep.model import Event, Millis, Span
from slsloggrep.parse import Parser, is_environment
from slsloggrep.pull import Pull
from slsloggrep.stitch import Collection, Stitched, stitch


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
        """Yield what was read, in order, each event once; call `keep_hits` before."""
        return iter(self._events)

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

    def keep_hits(self) -> None:
        """Take in what was found, but not read again: the run was cancelled, an object vanished.

        Of events without an ID only those are added of which nothing equal was read again: their
        place in the object tells them apart, and it may be counted otherwise in another pass.
        """
        read = {_content(event) for event in self._events}
        for event in self._hits:
            if _content(event) not in read:
                self._events.add(event)

    def stitch(self) -> Stitched:
        """Return the invocations that all of it makes."""
        return stitch(self._parser.parse(event) for event in self._events)


def _content(event: Event) -> tuple[Millis, str, str, str]:
    return event.timestamp, event.log_group, event.log_stream, event.message
