"""Puts events that come as they are found into the order of their times, and marks what is late.

An event waits for a short while, for older ones that may still be on their way. What was there
already when the following began is sorted as a whole. Whatever comes after younger events were
given away is given away at once, with how far back it belongs: nothing waits for ever, and nothing
is lost. Where events come from, and that each comes once, is `slsloggrep.follow`'s knowledge.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

from slsloggrep.model import Event, Millis
from slsloggrep.stitch.collection import Collection

_STREAMS = 20_000
"""Log streams whose last event is remembered; of more, the half that was silent longest is not."""


class Arrival(NamedTuple):
    """An event whose turn it is."""

    event: Event
    place: Millis
    """Where it stands in the order: its time, or when it came where its clock was ahead."""
    late: Millis | None
    """So much older than what was given away before it; None: it comes in order."""


@dataclass(slots=True)
class _Waiting:
    order: tuple[Any, ...]
    """Within its stream; no two are equal."""
    event: Event
    place: Millis
    late: Millis | None

    def __lt__(self, other: _Waiting) -> bool:
        return self.order < other.order


_Stream = tuple[str, str]


class Reordering:
    """Events on their way through a buffer of `hold` milliseconds.

    Begins with the backlog: until `begin` is called, nothing is given away, whatever there is.
    """

    def __init__(self, hold: Millis) -> None:
        self._hold = hold
        self._backlog: Collection | None = Collection()
        self._numbers = count(1)
        self._streams: dict[_Stream, list[_Waiting]] = {}
        """What waits of each stream, as heaps: the order within a stream never depends on luck."""
        self._heads: list[tuple[Millis, Millis, _Stream, tuple[Any, ...]]] = []
        """The first of each stream, and some that were the first: those are passed over."""
        self._newest: Millis | None = None
        """The greatest place that was given away."""
        self._last: dict[_Stream, tuple[Any, ...]] = {}
        """The order of what was given away last, by stream."""

    @property
    def in_backlog(self) -> bool:
        """Tell whether `begin` was not called yet."""
        return self._backlog is not None

    def add(self, event: Event, now: Millis) -> None:
        """Take an event in; `now` is the time of day at its source."""
        number = next(self._numbers)
        if not event.position and not event.has_global_id:
            # The order of coming is all there is; and without it, equal lines of one moment would
            # be taken for copies.
            event = event._replace(position=number)
        if self._backlog is not None:
            self._backlog.add(event)
            return
        self._wait(event, min(event.timestamp, now), number)

    def begin(self, now: Millis, read: Millis) -> Iterator[Arrival]:
        """End the backlog and yield it in order, but for what may still have to wait.

        `read`: up to when everything that can be expected has come.
        """
        backlog, self._backlog = self._backlog, None
        if backlog is None:
            return
        for event in backlog:
            place = min(event.timestamp, now)
            if place + self._hold <= read:
                yield self._given(event, self._order(event, 0), place, None)
            else:
                self._wait(event, place, next(self._numbers))
        backlog.close()

    def due(self, read: Millis) -> Iterator[Arrival]:
        """Yield in order what has waited long enough."""
        if self._backlog is None:
            yield from self._release(read - self._hold)

    def drain(self, now: Millis) -> Iterator[Arrival]:
        """Yield all that is left, in order."""
        if self._backlog is not None:
            yield from self.begin(now, now)
        yield from self._release(None)

    def _wait(self, event: Event, place: Millis, number: int) -> None:
        stream = (event.log_group, event.log_stream)
        order = self._order(event, number)
        waiting = _Waiting(order, event, place, self._lateness(stream, order, place))
        queue = self._streams.setdefault(stream, [])
        heapq.heappush(queue, waiting)
        if queue[0] is waiting:
            self._announce(stream, waiting)

    def _announce(self, stream: _Stream, first: _Waiting) -> None:
        heapq.heappush(self._heads, (first.place, first.event.timestamp, stream, first.order))

    def _release(self, until: Millis | None) -> Iterator[Arrival]:
        while self._heads and (until is None or self._heads[0][0] <= until):
            *_, stream, order = heapq.heappop(self._heads)
            queue = self._streams.get(stream)
            if not queue or queue[0].order != order:
                continue
            first = heapq.heappop(queue)
            if queue:
                self._announce(stream, queue[0])
            else:
                del self._streams[stream]
            yield self._given(first.event, order, first.place, first.late)

    def _given(
        self, event: Event, order: tuple[Any, ...], place: Millis, late: Millis | None
    ) -> Arrival:
        if self._newest is None or place > self._newest:
            self._newest = place
        elif late is None:
            place = self._newest  # it waited for an older one of its stream
        stream = (event.log_group, event.log_stream)
        self._last[stream] = order
        if len(self._last) > _STREAMS:
            self._forget()
        return Arrival(event, place, late)

    def _lateness(self, stream: _Stream, order: tuple[Any, ...], place: Millis) -> Millis | None:
        if self._newest is not None and place < self._newest:
            return self._newest - place
        last = self._last.get(stream)
        if last is not None and order < last:
            # A clock that is ahead hides it: what was given away has a greater time, not place.
            return max(int(last[0]) - int(order[0]), 1)
        return None

    def _order(self, event: Event, number: int) -> tuple[Any, ...]:
        """Return a key for one stream; what nothing tells apart keeps the order of its coming."""
        time, _, _, *rest = event.order
        return (time, *rest, number)

    def _forget(self) -> None:
        kept = sorted(self._last.items(), key=lambda item: item[1][0])[_STREAMS // 2 :]
        self._last = dict(kept)
