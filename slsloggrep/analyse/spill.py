"""Figures on disk, parted so that all copies of an invocation lie in one part.

Tens of millions of invocations are more than memory holds, and a copy of the first may come last.
So what does not fit is parted by identity: each part is read back alone, and rid of copies there.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

from slsloggrep.analyse.columns import ROW_BYTES, Columns

_PARTS = 128
_BITS = 7
_LAST_SHIFT = 56
"""Beyond it, identities have no more bits to be told apart by: what is left is one identity's."""


class Spill:
    """Figures in a temporary file, by identity."""

    def __init__(self, open_file: Callable[[], BinaryIO], budget: int, shift: int = 0) -> None:
        self._open_file = open_file
        self._file = open_file()
        self._budget = budget
        self._shift = shift
        self._size = 0
        self._places: list[list[tuple[int, int]]] = [[] for _ in range(_PARTS)]
        """Offsets and sizes in bytes, for each part."""

    def add(self, columns: Columns) -> None:
        """Write invocations."""
        columns = columns.grouped()
        parts: list[list[bytes]] = [[] for _ in range(_PARTS)]
        rows = struct.iter_unpack(f"{ROW_BYTES}s", columns.pack())
        shift, last = self._shift, _PARTS - 1
        for identity, (row,) in zip(columns.identities, rows, strict=True):
            parts[identity >> shift & last].append(row)
        self._file.seek(self._size)
        for part, places in zip(parts, self._places, strict=True):
            if part:
                size = self._file.write(b"".join(part))
                places.append((self._size, size))
                self._size += size

    def read(self) -> Iterator[Columns]:
        """Yield the invocations, as many at once as the budget allows, copies always together."""
        held: list[bytes] = []
        count = 0
        for places in self._places:
            rows = sum(size for _, size in places) // ROW_BYTES
            if held and count + rows > self._budget:
                yield Columns.unpack(b"".join(held))
                held, count = [], 0
            if rows > self._budget and self._shift < _LAST_SHIFT:
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
