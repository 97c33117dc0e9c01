"""What does not fit into memory, in sorted runs of a temporary file.

Knows nothing of what is kept: items become bytes and come back from them by functions that are
given. Which of them are one and the same is decided by those who keep them.
"""

from __future__ import annotations

import heapq
import tempfile
import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO, Generic, NamedTuple, TypeVar

import msgspec

from slsloggrep.model import Event
from slsloggrep.scratch import give_up

_T = TypeVar("_T")

_BLOCK = 1 << 16
"""Bytes of a run that are held while it is merged: a thousand runs are 64 MB."""

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()


class Spool:
    """A temporary file that is closed when nothing refers to it, an iteration included."""

    def __init__(self) -> None:
        self.file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - see the class
        weakref.finalize(self, give_up, self.file)

    def write(self, items: Iterable[bytes]) -> Run:
        """Append items to the file, and return where they are."""
        start = end = self.file.seek(0, 2)
        for data in items:
            end += self.file.write(len(data).to_bytes(8, "little")) + self.file.write(data)
        return Run(self, start, end)


class Run(NamedTuple):
    """Items between two offsets of a file."""

    spool: Spool
    start: int
    end: int

    def items(self) -> Iterator[bytes]:
        """Yield the items as they were written."""
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
            yield block[position + 8 : position + 8 + size]
            position += 8 + size


class Sorter(Generic[_T]):
    """Sorts any number of items in bounded memory; all are added before they are iterated.

    `weigh` tells how much of the `room` in memory an item takes. Equal keys keep no order.
    """

    def __init__(
        self,
        *,
        key: Callable[[_T], Any],
        pack: Callable[[_T], bytes],
        unpack: Callable[[bytes], _T],
        room: int,
        weigh: Callable[[_T], int] = lambda _item: 1,
    ) -> None:
        self._key = key
        self._pack = pack
        self._unpack = unpack
        self._room = room
        self._weigh = weigh
        self._held: list[_T] = []
        self._weight = 0
        self._runs: list[Run] = []
        self._spool: Spool | None = None

    def add(self, item: _T) -> None:
        """Take an item in."""
        self._held.append(item)
        self._weight += self._weigh(item)
        if self._weight >= self._room:
            self._spool = self._spool or Spool()
            self._held.sort(key=self._key)
            self._runs.append(self._spool.write(map(self._pack, self._held)))
            self._held = []
            self._weight = 0

    def __iter__(self) -> Iterator[_T]:
        self._held.sort(key=self._key)
        runs: list[Iterable[_T]] = [map(self._unpack, run.items()) for run in self._runs]
        return heapq.merge(*runs, tuple(self._held), key=self._key)


def pack_event(event: Event) -> bytes:
    """Return an event as bytes; its text may be any."""
    try:
        return _encoder.encode(event)
    except UnicodeEncodeError:
        # Log text may hold lone surrogates (JSON can spell them), which UTF-8 proper cannot.
        return _encoder.encode(
            [
                item.encode("utf-8", "surrogatepass") if isinstance(item, str) else item
                for item in event
            ]
        )


def unpack_event(data: bytes) -> Event:
    """Return the event that `pack_event` made these bytes of."""
    items = _decoder.decode(data)
    if isinstance(items[1], bytes):
        items = [
            item.decode("utf-8", "surrogatepass") if isinstance(item, bytes) else item
            for item in items
        ]
    return Event._make(items)
