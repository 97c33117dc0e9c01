"""Figures that were added up elsewhere: in which bins, and what becomes of them here.

The edges are those of a sketch and those of the distributions that are shown, together. So what is
counted in them is neither rougher nor finer than what is sketched here: both give the same answer,
with the same stated error.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from slsloggrep.analyse.sketch import Sketches, edges_between
from slsloggrep.analyse.sums import scaled
from slsloggrep.analyse.tally import Tally
from slsloggrep.model import BIN_EDGES_MS, bin_of
from slsloggrep.model.sums import FigureSum

_LOW = -3
_HIGH = 20
"""Powers of two, in ms: an eighth of one, and 17 minutes. REPORTs beyond are for rows."""


@cache
def sum_edges() -> tuple[float, ...]:
    """Return where durations in ms are to be told apart, ascending; outside nothing is counted."""
    edges = edges_between(_LOW, _HIGH)
    shown = (edge for edge in BIN_EDGES_MS if edges[0] < edge < edges[-1])
    return tuple(sorted({*edges, *shown}))


def add_sum(summed: FigureSum, tally: Tally) -> None:
    """Add to a row's tally what a sum holds, but for what only a multiset tells."""
    tally.invocations += summed.invocations
    tally.timed += summed.invocations
    tally.total += scaled(summed.total_ms)
    if tally.longest is None or summed.longest_ms > tally.longest:
        tally.longest = summed.longest_ms
    if not tally.bins:
        tally.bins = [0] * (len(BIN_EDGES_MS) + 1)
    for (low, _), count in zip(pairwise(sum_edges()), summed.durations, strict=True):
        tally.bins[bin_of(low)] += count
    tally.cold += sum(summed.inits)
    for name, figure in (
        ("init_max", summed.init_longest_ms),
        ("max_memory", summed.max_memory_mb),
    ):
        known = getattr(tally, name)
        if figure is not None and (known is None or figure > known):
            setattr(tally, name, figure)
    for size, sized in summed.sizes.items():
        if size is not None:
            tally.sizes[size] += sized.invocations
        if sized.billed:
            count, total = tally.billed.get(size, (0, 0))
            tally.billed[size] = (count + sized.billed, total + scaled(sized.billed_ms))


def add_counts(sketches: Sketches, number: int, counts: Sequence[int]) -> None:
    """Add a distribution to the sketch of a row."""
    sketches.add_counts(number, sum_edges()[:-1], counts)
