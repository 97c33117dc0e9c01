"""Times spread over a window: how many lie in each of its parts, how long a part well is."""

from __future__ import annotations

from collections.abc import Iterable

from slsloggrep.model import Millis

_STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
_DAY_S = 86_400


def spread_times(times: Iterable[Millis], since: Millis, until: Millis, cells: int) -> list[int]:
    """Return how many of the times lie in each of so many equal parts of a window.

    Times outside of the window count to its first or its last part.
    """
    counts = [0] * cells
    length = max(until - since, 1)
    for time in times:
        part = (time - since) * cells // length
        counts[min(max(part, 0), cells - 1)] += 1
    return counts


def round_step(length: Millis, most: int) -> Millis:
    """Return how long a part is that people can read, so that no more than `most` fill a length."""
    for step in _STEPS_S:
        if step * 1000 * most >= length:
            return step * 1000
    days = -(-length // (most * _DAY_S * 1000))
    return max(days, 1) * _DAY_S * 1000
