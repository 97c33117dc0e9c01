"""Figures that the platform states: durations in ms, memory in MB, sizes in bytes."""

from __future__ import annotations

LARGEST = 1e10
"""No invocation takes longer in ms (115 days), has more memory in MB, or answers more bytes."""


def plausible(figure: float) -> float | None:
    """Return a figure, or None where no platform can have stated it (NaN, infinite, negative)."""
    return figure if 0 <= figure <= LARGEST else None
