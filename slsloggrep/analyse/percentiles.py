"""Percentiles, exact, in bounded memory: sorted runs on disk, and the ranks wanted out of them.

A percentile is defined as by SQL's PERCENTILE_CONT: of n ascending values it lies at rank
`(n - 1) * percent / 100`, counted from 0, on the straight line between the two values around that
rank. Which invocations are counted is decided elsewhere; `slsloggrep.analyse.sketch` answers the
same questions roughly, without a file.
"""

from __future__ import annotations

import mmap
import struct
import weakref
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, repeat
from operator import rshift
from typing import BinaryIO, Protocol

from slsloggrep.scratch import give_up

FINE = 42
"""Bits of a float that are dropped to compare distributions: values within 0.1 % are one."""
_FEW = 4096
"""Values that are sorted rather than narrowed down any further."""
_SHORT = 100
"""Runs that are shorter are sorted together: asking each of them would take longer."""
_CHUNK = 1 << 16


class Ranked(Protocol):
    """A multiset of durations, none negative, that knows its ranks."""

    @property
    def count(self) -> int:
        """How many values there are."""

    def at(self, rank: int) -> float:
        """Return the value at a rank from 0 to `count - 1`, ascending."""

    def fine(self) -> Counter[int]:
        """Count the values by their leading bits: ascending with the value, 0.1 % apart or more."""


def percentile(values: Ranked, percent: int) -> float | None:
    """Return a percentile, rounded once to the nearest float; None where there is no value."""
    if not values.count:
        return None
    rank, rest = divmod((values.count - 1) * percent, 100)
    low = values.at(rank)
    if not rest:
        return low
    high = values.at(rank + 1)
    if high == low:
        return low
    below, below_unit = low.as_integer_ratio()
    above, above_unit = high.as_integer_ratio()
    weighted = below * (100 - rest) * above_unit + above * rest * below_unit
    return weighted / (100 * below_unit * above_unit)


class Samples:
    """Multisets of durations by key: in memory up to a bound, beyond it in sorted runs on disk."""

    def __init__(self, budget: int, open_file: Callable[[], BinaryIO]) -> None:
        self._budget = budget
        self._open_file = open_file
        self._held: dict[int, list[array[float]]] = {}
        self._count = 0
        self._file: BinaryIO | None = None
        self._size = 0
        self._runs: dict[int, list[slice]] = {}
        self._written: memoryview[float] | None = None

    def add(self, key: int, values: Sequence[float]) -> None:
        """Add durations in ms, ascending, none of them negative."""
        if not values:
            return
        self._held.setdefault(key, []).append(array("d", values))
        self._count += len(values)
        if self._count > self._budget:
            self._write()

    def of(self, *keys: int) -> Ranked:
        """Return the durations of keys together; it sees what was added until now."""
        runs: list[Sequence[float]] = []
        for key in keys:
            runs += [self._read()[run] for run in self._runs.get(key, ())]
            runs += self._held.get(key, ())
        if len(runs) > 1 and sum(map(len, runs)) <= min(self._budget, _SHORT * len(runs)):
            runs = [array("d", sorted(chain.from_iterable(runs)))]
        return Runs(runs)

    def close(self) -> None:
        """Give memory and disk back."""
        self._held.clear()
        self._runs.clear()
        self._written = None
        if self._file is not None:
            self._file.close()

    def _write(self) -> None:
        if self._file is None:
            self._file = self._open_file()
            weakref.finalize(self, give_up, self._file)
        for key, runs in self._held.items():
            values = array("d", sorted(chain.from_iterable(runs)))
            self._file.write(values.tobytes())
            self._runs.setdefault(key, []).append(slice(self._size, self._size + len(values)))
            self._size += len(values)
        self._held = {}
        self._count = 0
        self._written = None

    def _read(self) -> memoryview[float]:
        if self._written is None:
            if self._file is None:
                return memoryview(array("d"))
            self._file.flush()
            mapped = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)
            self._written = memoryview(mapped).cast("B").cast("d")
        return self._written


class Runs:
    """A multiset of durations in ascending runs, of which none need be in memory."""

    def __init__(self, runs: Sequence[Sequence[float]], few: int = _FEW) -> None:
        """Take in runs; what `few` or less can be is sorted instead of narrowed down further."""
        self._few = few
        self._runs = [run for run in runs if len(run)]
        self.count = sum(map(len, self._runs))

    def at(self, rank: int) -> float:
        """Return the value at a rank.

        The bits of floats that are not negative ascend with their values. So the value is found
        bit by bit: each step asks every run how much of it lies below.
        """
        runs = self._runs
        if len(runs) == 1:
            return runs[0][rank]
        starts = [0] * len(runs)
        ends = [len(run) for run in runs]
        low = _bits(min(run[0] for run in runs))
        high = _bits(max(run[-1] for run in runs))
        while low < high and sum(ends) - sum(starts) > self._few:
            middle = (low + high) // 2
            pivot = _float(middle)
            cuts = [
                bisect_right(run, pivot, start, end)
                for run, start, end in zip(runs, starts, ends, strict=True)
            ]
            below = sum(cuts) - sum(starts)
            if rank < below:
                ends, high = cuts, middle
            else:
                rank -= below
                starts, low = cuts, middle + 1
        if low == high:
            return _float(low)
        left = zip(runs, starts, ends, strict=True)
        return sorted(chain.from_iterable(run[start:end] for run, start, end in left))[rank]

    def fine(self) -> Counter[int]:
        """Count the values by their leading bits."""
        counts: Counter[int] = Counter()
        for chunk in self._chunks():
            counts.update(leading_bits(chunk, FINE))
        return counts

    def _chunks(self) -> Iterator[array[float]]:
        for run in self._runs:
            for start in range(0, len(run), _CHUNK):
                yield array("d", run[start : start + _CHUNK])


def leading_bits(values: array[float], dropped: int) -> Iterator[int]:
    """Yield the bits of each float, those at the end dropped; they ascend with the values."""
    return map(rshift, array("q", values.tobytes()), repeat(dropped))


def _bits(value: float) -> int:
    bits: int = struct.unpack("q", struct.pack("d", value))[0]
    return bits


def _float(bits: int) -> float:
    value: float = struct.unpack("d", struct.pack("q", bits))[0]
    return value
