"""Percentiles by a sketch: within a stated error, in memory that does not grow with the input.

Values are counted in bins whose width is a 64th of the power of two below them. Counts add up, so
sketches merge without loss, and no order of the input can change them; they can be taken out again,
too. (This is DDSketch's guarantee, with bins that need no logarithm: the leading bits of the float.
Masson, Rim, Lee: DDSketch, VLDB 2019.) Exact answers are `slsloggrep.analyse.percentiles`'.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate

from slsloggrep.analyse.percentiles import FINE, leading_bits

_DROPPED = 46
"""Bits of a float that are not kept: 6 of its fraction are."""
RELATIVE_ERROR = 1 / 129
"""At most 0.8 %: a bin's ends are a and b <= a * 65/64, and 2ab / (a + b) stands for it."""


class Sketches:
    """Sketches of multisets of durations, by key."""

    def __init__(self) -> None:
        self._counts: dict[int, Counter[int]] = {}

    def add(self, key: int, values: Sequence[float]) -> None:
        """Add durations in ms, none of them negative."""
        if values:
            counts = self._counts.setdefault(key, Counter())
            counts.update(leading_bits(array("d", values), _DROPPED))

    def add_counts(self, key: int, lows: Sequence[float], counts: Sequence[int]) -> None:
        """Add durations that were counted in stretches of which each lies within one bin.

        A stretch is told by its lower end, which is part of it.
        """
        bins = self._counts.setdefault(key, Counter())
        for number, count in zip(leading_bits(array("d", lows), _DROPPED), counts, strict=True):
            if count:
                bins[number] += count

    def remove(self, key: int, values: Sequence[float]) -> None:
        """Take durations out again that were added."""
        if values:
            counts = self._counts.setdefault(key, Counter())
            counts.subtract(leading_bits(array("d", values), _DROPPED))

    def of(self, *keys: int) -> Sketch:
        """Return the sketch of keys together."""
        counts: Counter[int] = Counter()
        for key in keys:
            counts.update(self._counts.get(key, {}))
        return Sketch(counts)

    def close(self) -> None:
        """Give the memory back."""
        self._counts.clear()


class Sketch:
    """A multiset of durations whose values are known within `RELATIVE_ERROR`."""

    def __init__(self, counts: dict[int, int]) -> None:
        self._bins = sorted(number for number, count in counts.items() if count > 0)
        self._counts = [counts[number] for number in self._bins]
        self._ends = list(accumulate(self._counts))
        self.count = self._ends[-1] if self._ends else 0

    def at(self, rank: int) -> float:
        """Return what stands for the bin that a rank falls into."""
        return _middle(self._bins[bisect_right(self._ends, rank)])

    def fine(self) -> Counter[int]:
        """Count the values by their leading bits; no finer than the sketch."""
        shift = _DROPPED - FINE
        return Counter(
            {n << shift: count for n, count in zip(self._bins, self._counts, strict=True)}
        )


def edges_between(low: int, high: int) -> list[float]:
    """Return where bins meet, from one power of two, 2**`low`, to another, both included."""
    first, last = (next(leading_bits(array("d", [2.0**power]), _DROPPED)) for power in (low, high))
    return [_edge(number) for number in range(first, last + 1)]


def _middle(number: int) -> float:
    low = _edge(number)
    high = _edge(number + 1)
    return 2 * low * (high / (low + high))


def _edge(number: int) -> float:
    value: float = struct.unpack("d", struct.pack("q", number << _DROPPED))[0]
    return value
