"""Collects events from sources: each once, in order, whatever order and however often they came.

The same event arrives twice where Firehose delivered it twice, where two sources hold the same
group, or where two passes read the same object. Events with a real CloudWatch ID are one by that
ID. Events without one are one by group, stream, time and message; but a program may print the
same line twice within a millisecond, and both lines are true. So such repeats are counted within
their container (an object), and the copy that has the most of them wins. Where the same line is
held with IDs by one source and without by another, the lines with IDs count as such a copy.

Beyond a bound the events go to a temporary file in sorted runs, so that memory does not grow with
the answer.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from slsloggrep.model import Event
from slsloggrep.stitch.spool import Run, Spool, pack_event, unpack_event

IN_MEMORY = 50_000
"""Events that are held before a run goes to disk: some 30 MB of ordinary log lines, and as much
again while they are sorted."""

_Place = tuple[str, str]
"""Source and container."""


class Collection:
    """A set of events that can be added to and iterated in order, any number of times.

    What is added while an iteration is under way shows in the next one.
    """

    def __init__(self, events: Iterable[Event] = (), *, in_memory: int = IN_MEMORY) -> None:
        self._limit = max(in_memory, 2)
        self._held: list[Event] = []
        self._sorted = True
        self._runs: list[Run] = []
        self._spool: Spool | None = None
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """Add an event; repeats are told apart when the collection is iterated."""
        self._held.append(event)
        self._sorted = False
        if len(self._held) >= self._limit:
            self._compact()
            # Repeats may have been most of it; what is left must leave room for a useful run.
            if len(self._held) > self._limit // 2:
                self._spill()

    def __iter__(self) -> Iterator[Event]:
        self._compact()
        held = tuple(self._held)
        if not self._runs:
            return unique(held)
        runs: list[Iterable[Event]] = [map(unpack_event, run.items()) for run in self._runs]
        return unique(heapq.merge(*runs, held, key=_total_order))

    def __bool__(self) -> bool:
        return bool(self._held or self._runs)

    def close(self) -> None:
        """Empty the collection; its file goes as soon as no iteration needs it any more."""
        self._spool = None
        self._runs = []
        self._held = []

    def _compact(self) -> None:
        """Drop what was read twice from the same place, and no more.

        Which of several containers has the most repeats of a line is not known before the end.
        """
        if self._sorted:
            return
        self._held.sort(key=_total_order)
        known: set[tuple[Any, ...]] = set()
        kept: list[Event] = []
        for event in self._held:
            if kept and kept[-1].timestamp != event.timestamp:
                known.clear()
            identity = (
                event.event_id
                if event.has_global_id
                else (event.source, event.container, event.position),
                event.log_group,
                event.log_stream,
                "" if event.has_global_id else event.message,
            )
            if identity not in known:
                known.add(identity)
                kept.append(event)
        self._held = kept
        self._sorted = True

    def _spill(self) -> None:
        self._spool = self._spool or Spool()
        self._runs.append(self._spool.write(map(pack_event, self._held)))
        self._held = []


def _total_order(event: Event) -> tuple[Any, ...]:
    """Return a key that no two different events share: ties never depend on who came first."""
    return (*event.order, event.message, event.event_id, event.source)


def unique(events: Iterable[Event]) -> Iterator[Event]:
    """Drop repeats out of events that are sorted within each time, group and stream.

    What shares those three must stand together, in the order of the collection.
    """
    for _, group in groupby(events, key=lambda event: (event.timestamp, *event[2:4])):
        together = list(group)
        if len(together) == 1:
            yield together[0]
        else:
            yield from _unique_of_moment(together)


def _unique_of_moment(together: list[Event]) -> Iterator[Event]:
    with_ids: dict[str, Event] = {}
    copies: dict[str, dict[_Place, dict[int, Event]]] = {}
    for event in together:
        if event.has_global_id:
            with_ids.setdefault(event.event_id, event)
        else:
            places = copies.setdefault(event.message, {})
            place = places.setdefault((event.source, event.container), {})
            place.setdefault(event.position, event)
    known: dict[str, int] = {}
    for event in with_ids.values():
        known[event.message] = known.get(event.message, 0) + 1
    kept = {id(event) for event in with_ids.values()}
    for message, places in copies.items():
        # The most repeats win; among equals the first container, so that order does not matter.
        best = min(places, key=lambda place: (-len(places[place]), place[1], place[0]))
        missing = max(0, len(places[best]) - known.get(message, 0))
        if missing:
            kept.update(id(event) for event in list(places[best].values())[-missing:])
    for event in together:
        if id(event) in kept:
            yield event
