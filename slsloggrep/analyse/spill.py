"""Figures on disk, parted so that all copies of an invocation lie in one part.

Tens of millions of invocations are more than memory holds, and a copy of the first may come last.
So what does not fit is parted by identity: each part is read back alone, and rid of copies there.
"""

from __future__ import annotations

import struct
import weakref
from collections.abc import Callable, Iterator
from typing import BinaryIO

from slsloggrep.analyse.columns import ROW_BYTES, Columns
from slsloggrep.scratch import give_up

_BITS = 8
_PARTS = 1 << _BITS
_SLICE = 1 << 16
"""Invocations that are parted at once: each is an object while it is."""
_LAST_SHIFT = 56
"""Beyond it, identities have no more bits to be told apart by: what is left is one identity's."""


class Spill:
    """Figures in a temporary file, by identity."""

    def __init__(self, open_file: Callable[[], BinaryIO], budget: int, shift: int = 0) -> None:
        self._open_file = open_file
        self._file = open_file()
        weakref.finalize(self, give_up, self._file)
        self._budget = budget
        self._shift = shift
        self._size = 0
        self._places: list[list[tuple[int, int]]] = [[] for _ in range(_PARTS)]
        """Offsets and sizes in bytes, for each part."""

    def add(self, columns: Columns) -> None:
        """Write invocations."""
        columns = columns.grouped()
        rows = struct.iter_unpack(f"{ROW_BYTES}s", columns.pack())
        packed = [bytearray() for _ in range(_PARTS)]
        shift, last = self._shift, _PARTS - 1
        for start in range(0, len(columns), _SLICE):
            parts: list[list[bytes]] = [[] for _ in range(_PARTS)]
            identities = columns.identities[start : start + _SLICE]
            # The identities come first: the shorter one ends the slice, and takes no row too many.
            for identity, (row,) in zip(identities, rows):  # noqa: B905
                parts[identity >> shift & last].append(row)
            for whole, part in zip(packed, parts, strict=True):
                whole += b"".join(part)
        self._file.seek(self._size)
        for whole, places in zip(packed, self._places, strict=True):
            if whole:
                self._file.write(whole)
                places.append((self._size, len(whole)))
                self._size += len(whole)

    def read(self) -> Iterator[Columns]:
        """Yield the invocations, half a budget of them at once, copies always together.

        Half, because they are counted while they are there.
        """
        held: list[bytes] = []
        count = 0
        most = self._budget // 2
        for places in self._places:
            rows = sum(size for _, size in places) // ROW_BYTES
            if held and count + rows > most:
                yield Columns.unpack(b"".join(held))
                held, count = [], 0
            if rows > most and self._shift < _LAST_SHIFT:
                yield from self._read_deeper(places)
            elif rows:
                held += [self._chunk(*place) for place in places]
                count += rows
        if held:
            yield Columns.unpack(b"".join(held))

    def close(self) -> None:
        """Give the disk back."""
        self._file.close()

    def _read_deeper(self, places: list[tuple[int, int]]) -> Iterator[Columns]:
        deeper = Spill(self._open_file, self._budget, self._shift + _BITS)
        for place in places:
            deeper.add(Columns.unpack(self._chunk(*place)))
        yield from deeper.read()
        deeper.close()

    def _chunk(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)
