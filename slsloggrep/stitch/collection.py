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
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, BinaryIO, NamedTuple

import msgspec

from slsloggrep.model import Event

IN_MEMORY = 200_000
"""Events that are held before a run goes to disk: some 100 MB of ordinary log lines."""

_BLOCK = 1 << 16
"""Bytes of a run that are held while it is merged: a thousand runs are 64 MB."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[int, bytes, bytes, bytes, bytes, bytes, bytes, int])

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
        self._runs: list[_Run] = []
        self._spool: _Spool | None = None
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
            return _unique(held)
        runs: list[Iterable[Event]] = [run.events() for run in self._runs]
        return _unique(heapq.merge(*runs, held, key=_total_order))

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
        if self._spool is None:
            self._spool = _Spool()
        file = self._spool.file
        start = end = file.seek(0, 2)
        for event in self._held:
            data = _encoder.encode(_stored(event))
            end += file.write(len(data).to_bytes(8, "little")) + file.write(data)
        self._runs.append(_Run(self._spool, start, end))
        self._held = []


class _Spool:
    """A temporary file that is closed when nothing refers to it, an iteration included."""

    def __init__(self) -> None:
        self.file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - see the class
        weakref.finalize(self, self.file.close)


class _Run(NamedTuple):
    """Sorted events between two offsets of a file."""

    spool: _Spool
    start: int
    end: int

    def events(self) -> Iterator[Event]:
        file = self.spool.file
        offset = self.start
        block = b""
        position = 0
        while offset + position < self.end:
            size = int.from_bytes(block[position : position + 8], "little")
            if position + 8 > len(block) or position + 8 + size > len(block):
                # Several iterations may be under way over one file: each keeps its own offset.
                offset += position
                position = 0
                file.seek(offset)
                block = file.read(min(_BLOCK, self.end - offset))
                size = int.from_bytes(block[:8], "little")
                if 8 + size > len(block):
                    block += file.read(8 + size - len(block))
            yield _restored(_decoder.decode(block[position + 8 : position + 8 + size]))
            position += 8 + size


def _stored(event: Event) -> tuple[int | bytes, ...]:
    # Log text may hold lone surrogates (JSON can spell them), which UTF-8 proper cannot.
    return tuple(
        item.encode("utf-8", "surrogatepass") if isinstance(item, str) else item for item in event
    )


def _restored(items: tuple[Any, ...]) -> Event:
    return Event._make(
        item.decode("utf-8", "surrogatepass") if isinstance(item, bytes) else item for item in items
    )


def _total_order(event: Event) -> tuple[Any, ...]:
    """Return a key that no two different events share: ties never depend on who came first."""
    return (*event.order, event.message, event.event_id, event.source)


def _unique(events: Iterable[Event]) -> Iterator[Event]:
    """Drop repeats out of sorted events; repeats share time, group and stream."""
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
