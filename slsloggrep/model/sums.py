"""Sums: what a source adds up at its far end, where no row of its own is needed of any REPORT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from slsloggrep.model.records import Millis


class Sized(NamedTuple):
    """What the invocations of one memory size come to."""

    invocations: int
    billed: int
    """Of how many billed time is known."""
    billed_ms: float
    """In all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSum:
    """What REPORTs of one function come to whose invocations ended well, each with a duration.

    Distributions are counts, one for each stretch between two edges that were asked for: from the
    lower one, inclusive, to the upper one, exclusive.
    """

    function: str
    time: Millis | None = None
    """Some moment of the stretch that all of them ended in; None: of any."""
    invocations: int
    durations: Sequence[int]
    total_ms: float
    """Of all durations, as exact as the far end adds."""
    longest_ms: float
    inits: Sequence[int]
    """Of inits and, where there is none, of restores."""
    init_longest_ms: float | None
    max_memory_mb: float | None
    sizes: Mapping[float | None, Sized]
    """By memory size; None: it is not stated."""
