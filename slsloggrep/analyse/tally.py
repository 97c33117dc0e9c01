"""Counts and sums of one row of the table, out of columns in any order and any pieces.

Everything here adds up exactly, so that pieces need no order: counts, exact sums, maxima. The
percentiles come from a multiset of durations that is kept elsewhere.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import filterfalse
from math import isnan

from slsloggrep.analyse.columns import COLD, ERROR, INCOMPLETE, TIMEOUT, Columns
from slsloggrep.analyse.percentiles import Ranked, percentile
from slsloggrep.analyse.prices import Price
from slsloggrep.analyse.sums import SCALE, exact_sum, unscaled
from slsloggrep.model import BIN_EDGES_MS, Latency

_UNITS = 1 << SCALE
_GB_SECOND = 1000 * 1024
"""Of ms times MB."""


class Tally:
    """What the invocations of one row of the table come to."""

    __slots__ = (
        "billed",
        "bins",
        "cold",
        "errors",
        "incomplete",
        "init_max",
        "invocations",
        "longest",
        "max_memory",
        "sizes",
        "timed",
        "timeouts",
        "total",
    )

    def __init__(self) -> None:
        self.invocations = 0
        self.errors = 0
        self.timeouts = 0
        self.cold = 0
        self.incomplete = 0
        self.timed = 0
        """Invocations of which the duration is known."""
        self.total = 0
        """Of durations, an exact sum."""
        self.longest: float | None = None
        self.init_max: float | None = None
        self.bins: list[int] = []
        self.sizes: Counter[float] = Counter()
        """Invocations by memory size."""
        self.max_memory: float | None = None
        self.billed: dict[float | None, tuple[int, int]] = {}
        """Of how many invocations billed time is known, and its exact sum, by memory size."""

    def add(self, part: Columns, sign: int = 1) -> tuple[list[float], list[float]]:
        """Take in invocations of this row; return their durations and inits, ascending.

        With a sign of -1 they are taken out again; then the maxima stay what they were.
        """
        self._count(part.marks, sign)
        durations = _known(part.durations)
        durations.sort()
        if durations:
            self.timed += sign * len(durations)
            self.total += sign * exact_sum(durations)
            self.longest = _larger(self.longest, durations[-1])
            self._bin(durations, sign)
        inits = _known(part.inits)
        inits.sort()
        if inits:
            self.cold += sign * len(inits)
            self.init_max = _larger(self.init_max, inits[-1])
        used = _known(part.max_memory)
        if used:
            self.max_memory = _larger(self.max_memory, max(used))
        self._bill(part, sign)
        return durations, inits

    def merge(self, other: Tally) -> None:
        """Take in what another row comes to; the sizes of memory and the bill are left out."""
        for name in ("invocations", "errors", "timeouts", "cold", "incomplete", "timed", "total"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in ("longest", "init_max"):
            figure = getattr(other, name)
            if figure is not None:
                setattr(self, name, _larger(getattr(self, name), figure))
        if other.bins:
            mine = self.bins or [0] * len(other.bins)
            self.bins = [a + b for a, b in zip(mine, other.bins, strict=True)]

    def _count(self, marks: bytearray, sign: int) -> None:
        plain = marks.count(0)
        self.invocations += sign * plain
        if plain == len(marks):
            return
        for mark, count in Counter(marks).items():
            if mark & INCOMPLETE:
                self.incomplete += sign * count
            elif mark:
                self.invocations += sign * count
                self.errors += sign * count * bool(mark & ERROR)
                self.timeouts += sign * count * bool(mark & TIMEOUT)
                self.cold += sign * count * bool(mark & COLD)

    def _bin(self, durations: Sequence[float], sign: int) -> None:
        if not self.bins:
            self.bins = [0] * (len(BIN_EDGES_MS) + 1)
        start = 0
        for number, edge in enumerate(BIN_EDGES_MS):
            if start == len(durations):
                return
            end = bisect_left(durations, edge, start)
            self.bins[number] += sign * (end - start)
            start = end
        self.bins[-1] += sign * (len(durations) - start)

    def _bill(self, part: Columns, sign: int) -> None:
        size = part.memory[0]
        billed = _known(part.billed)
        if part.memory.count(size) == len(part):
            self.sizes[size] += sign * len(part)
            self._add_billed(size, billed, sign)
            return
        sizes = Counter(_known(part.memory))
        for size, count in sizes.items():
            self.sizes[size] += sign * count
        if billed:
            by_size: dict[float | None, list[float]] = {}
            for size, time in zip(part.memory, part.billed, strict=True):
                if time == time:
                    by_size.setdefault(size if size == size else None, []).append(time)
            for known, times in by_size.items():
                self._add_billed(known, times, sign)

    def _add_billed(self, size: float | None, times: Sequence[float], sign: int) -> None:
        if times:
            count, total = self.billed.get(size, (0, 0))
            self.billed[size] = (count + sign * len(times), total + sign * exact_sum(times))


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What a row of the table says beside its counts."""

    price: Price | None = None
    """None: there is no cost."""
    timeout_s: float | None = None
    relative_error: float | None = None
    notes: tuple[str, ...] = ()


def conclude(
    function: str,
    by: tuple[tuple[str, str], ...],
    tally: Tally,
    durations: Ranked,
    inits: Ranked,
    basis: Basis,
) -> Latency:
    """Return the row of the table that a tally and its multisets make."""
    billed = {size: total for size, (count, total) in tally.billed.items() if count}
    gb_seconds, cost = _cost(tally.invocations, billed, basis.price)
    priced = basis.price.notes if basis.price is not None and cost is not None else ()
    return Latency(
        function=function,
        by=by,
        invocations=tally.invocations,
        errors=tally.errors,
        timeouts=tally.timeouts,
        cold_starts=tally.cold,
        mean_ms=unscaled(tally.total, tally.timed) if tally.timed else None,
        p50_ms=percentile(durations, 50),
        p90_ms=percentile(durations, 90),
        p95_ms=percentile(durations, 95),
        p99_ms=percentile(durations, 99),
        max_ms=tally.longest if tally.timed else None,
        init_p50_ms=percentile(inits, 50),
        init_max_ms=tally.init_max if inits.count else None,
        memory_mb=max(((count, size) for size, count in tally.sizes.items() if count > 0),
                      default=(0, None))[1],
        max_memory_mb=tally.max_memory,
        billed_ms=unscaled(sum(billed.values())) if billed else None,
        gb_seconds=gb_seconds,
        cost_usd=cost,
        timeout_s=basis.timeout_s,
        bins=tuple(tally.bins) if tally.timed else (),
        incomplete=tally.incomplete,
        relative_error=basis.relative_error,
        notes=(*priced, *basis.notes),
    )  # fmt: skip


def _cost(
    invocations: int, billed: Mapping[float | None, int], price: Price | None
) -> tuple[float | None, float | None]:
    """Return GB-seconds and dollars: of each invocation, and of what is billed of known size."""
    known = {size: total for size, total in billed.items() if size is not None}
    if not known or price is None:
        return None, None
    used = sum(total * Fraction(size) for size, total in known.items()) / (_UNITS * _GB_SECOND)
    dollars = used * Fraction(price.gb_second) + invocations * Fraction(price.request)
    return float(used), float(dollars)


def _known(figures: array[float]) -> list[float]:
    """Return the figures that are not NaN."""
    # A sum takes a third of the time, and is NaN as soon as anything in it is.
    return list(filterfalse(isnan, figures)) if isnan(sum(figures)) else figures.tolist()


def _larger(one: float | None, other: float) -> float:
    return other if one is None or other > one else one
