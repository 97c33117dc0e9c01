"""Invocations of any number of events, stitched one log stream after another, in bounded memory.

Gives what `stitch` gives, in order of time. Held at once are the records of one log stream; what
came of the others waits as compact events, on disk where it is much, and is parsed a second time
when its turn comes. Which invocations are wanted is told by whoever asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

import msgspec

from slsloggrep.model import Event, Invocation, Millis, Record
from slsloggrep.stitch.collection import IN_MEMORY
from slsloggrep.stitch.invocations import destination_of, join, place_of
from slsloggrep.stitch.outcome import conclude
from slsloggrep.stitch.spool import Sorter, pack_event, unpack_event

ROOM = 20_000
"""Records that are held as such: some 20 MB."""
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[Millis, str | None, bool, bool, list[bytes]])


class _Entry(NamedTuple):
    """What came of a log stream: an invocation, or a record that is in none."""

    start: Millis
    request_id: str | None
    """Of an invocation that has one."""
    is_lone: bool
    is_wanted: bool
    """Else only its place counts: whether another one with its request is the last."""
    records: tuple[Record, ...]
    """Of one that is not wanted, the first."""
    invocation: Invocation | None = None
    """Where it was not put away meanwhile."""

    @property
    def key(self) -> tuple[Any, ...]:
        return self.start, self.records[0].event.order


class Shelf:
    """The invocations and the lone records of some events; iterate it any number of times."""

    def __init__(
        self,
        events: Iterable[Event],
        parse: Callable[[Event], Record],
        *,
        wants: Callable[[Invocation], bool],
        wants_lone: Callable[[Record], bool],
        room: int = ROOM,
        in_memory: int = IN_MEMORY,
    ) -> None:
        """Stitch events, of which none is there twice, in any order.

        `wants` hears each invocation once, as its own log stream tells of it. `room` records
        and `in_memory` events are held beside those of one log stream.
        """
        self._parse = parse
        self._wants = wants
        self._wants_lone = wants_lone
        self._destinations: dict[str, Record] = {}
        self._entries = Sorter[_Entry](
            key=lambda entry: entry.key,
            pack=_pack,
            unpack=self._unpack,
            room=room,
            weigh=lambda entry: len(entry.records),
        )
        by_stream = Sorter[Event](key=_place, pack=pack_event, unpack=unpack_event, room=in_memory)
        for event in events:
            by_stream.add(event)
        for _, together in groupby(by_stream, key=lambda event: event[2:4]):
            self._stitch(together)

    def __iter__(self) -> Iterator[Invocation | Record]:
        """Yield what is wanted by time: an invocation's start, or a record's own."""
        last = self._last_of_destinations()
        for entry in self._entries:
            if not entry.is_wanted:
                continue
            if entry.is_lone:
                yield entry.records[0]
                continue
            invocation = entry.invocation or conclude(entry.records)
            if last.get(invocation.request_id) == entry.key and not invocation.states_response:
                stated = self._destinations[str(invocation.request_id)]
                invocation = replace(invocation, response=stated.response, states_response=True)
            yield invocation

    def _stitch(self, events: Iterable[Event]) -> None:
        records = sorted(map(self._parse, events), key=place_of)
        for record in records:
            request_id = destination_of(record)
            if request_id is not None:
                self._destinations[request_id] = record
        stitched = join(records)
        for invocation in stitched.invocations:
            if self._wants(invocation):
                entry = _Entry(
                    invocation.start,
                    invocation.request_id,
                    is_lone=False,
                    is_wanted=True,
                    records=tuple(invocation.records),
                    invocation=invocation,
                )
            elif invocation.request_id is not None:
                entry = _Entry(
                    invocation.start,
                    invocation.request_id,
                    is_lone=False,
                    is_wanted=False,
                    records=(invocation.records[0],),
                )
            else:
                continue
            self._entries.add(entry)
        for record in stitched.unattributed:
            if self._wants_lone(record):
                self._entries.add(
                    _Entry(
                        record.event.timestamp,
                        None,
                        is_lone=True,
                        is_wanted=True,
                        records=(record,),
                    )
                )

    def _last_of_destinations(self) -> dict[str | None, tuple[Any, ...]]:
        """Return the place of the last invocation of each request that a destination was told."""
        if not self._destinations:
            return {}
        return {
            entry.request_id: entry.key
            for entry in self._entries
            if not entry.is_lone and entry.request_id in self._destinations
        }

    def _unpack(self, data: bytes) -> _Entry:
        start, request_id, is_lone, is_wanted, events = _decoder.decode(data)
        records = tuple(self._parse(unpack_event(event)) for event in events)
        return _Entry(start, request_id, is_lone, is_wanted, records)


def _pack(entry: _Entry) -> bytes:
    events = [pack_event(record.event) for record in entry.records]
    return _encoder.encode((entry.start, entry.request_id, entry.is_lone, entry.is_wanted, events))


def _place(event: Event) -> tuple[Any, ...]:
    return event.log_group, event.log_stream, *event.order, event.message, event.event_id
