"""Collects events from sources: each once, in order, whatever order and however often they came.

The same event arrives twice where Firehose delivered it twice, where two sources hold the same
group, or where two passes read the same object. Events with a real CloudWatch ID are one by that
ID. Events without one are one by group, stream, time and message; but a program may print the
same line twice within a millisecond, and both lines are true. So such repeats are counted within
their container (an object), and the copy that has the most of them wins.

Beyond a bound the events go to a temporary file in sorted runs, so that memory does not grow with
the answer.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import BinaryIO

import msgspec

from slsloggrep.model import Event

IN_MEMORY = 200_000
"""Events that are held before a run goes to disk: some 100 MB of ordinary log lines."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Event)


class Collection:
    """A set of events that can be added to and iterated in order, any number of times."""

    def __init__(self, events: Iterable[Event] = (), *, in_memory: int = IN_MEMORY) -> None:
        self._limit = in_memory
        self._held: list[Event] = []
        self._runs: list[BinaryIO] = []
        self._sorted = True
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
        if not self._runs:
            yield from self._held
            return
        runs = [_read(run) for run in self._runs]
        yield from _unique(heapq.merge(*runs, self._held, key=_order))

    def __bool__(self) -> bool:
        return bool(self._held or self._runs)

    def _compact(self) -> None:
        if not self._sorted:
            self._held.sort(key=_order)
            self._held = list(_unique(self._held))
            self._sorted = True

    def _spill(self) -> None:
        run = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the collection
        for event in self._held:
            data = _encoder.encode(event)
            run.write(len(data).to_bytes(4, "little"))
            run.write(data)
        self._runs.append(run)
        self._held = []

    def close(self) -> None:
        """Remove the temporary files."""
        for run in self._runs:
            run.close()
        self._runs = []


def _order(event: Event) -> tuple[int, str, str, str, str, int]:
    return event.order


def _read(run: BinaryIO) -> Iterator[Event]:
    run.seek(0)
    offset = 0
    while True:
        # Several iterations may be under way over one file: each keeps its own offset.
        run.seek(offset)
        block = run.read(1 << 20)
        position = 0
        while len(block) - position >= 4:
            size = int.from_bytes(block[position : position + 4], "little")
            end = position + 4 + size
            if end > len(block):
                if position == 0:
                    block += run.read(end - len(block))
                else:
                    break
            yield _decoder.decode(block[position + 4 : end])
            position = end
        if position == 0:
            return
        offset += position


def _unique(events: Iterable[Event]) -> Iterator[Event]:
    """Drop repeats out of sorted events; repeats share time, group and stream."""
    for _, group in groupby(events, key=lambda event: event[0:1] + event[2:4]):
        together = list(group)
        if len(together) == 1:
            yield together[0]
        else:
            yield from _unique_of_moment(together)


def _unique_of_moment(together: list[Event]) -> Iterator[Event]:
    seen: set[str] = set()
    copies: dict[tuple[str, str], dict[tuple[str, str], dict[int, Event]]] = {}
    for event in together:
        if not event.has_global_id:
            of_event = copies.setdefault((event.event_id, event.message), {})
            place = (event.source, event.container)
            of_event.setdefault(place, {}).setdefault(event.position, event)
    kept: set[int] = set()
    for places in copies.values():
        # The most repeats win; among equals the first container, so that order does not matter.
        best = min(places, key=lambda place: (-len(places[place]), place[1], place[0]))
        kept.update(id(event) for event in places[best].values())
    for event in together:
        if event.has_global_id:
            if event.event_id not in seen:
                seen.add(event.event_id)
                yield event
        elif id(event) in kept:
            yield event
