"""Numbers as people read them: counts with their nouns, sizes, memory, shares.

Numbers of one column that line up are the affair of those who draw columns.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

ABSENT = "-"
"""Stands for a figure that nothing tells."""
_PLURALS = {"index": "indices"}
"""Those that do not end with an s alone."""


def number_text(number: float, decimals: int = 0) -> str:
    """Return a number with thin groups of three: `1 234 567`, `0.25`."""
    return f"{number:,.{decimals}f}".replace(",", " ")


def decimals_for(numbers: Iterable[float | None], most: int) -> int:
    """Return how many decimals the largest of some numbers needs for three digits, at most so many.

    Numbers of one column share them, so that they are compared by eye.
    """
    known = [abs(number) for number in numbers if number is not None and math.isfinite(number)]
    largest = max(known, default=0.0)
    digits = math.floor(math.log10(largest)) if largest > 0 else 0
    return min(max(2 - digits, 0), most)


def amount_text(number: float, decimals: int) -> str:
    """Return a number with so many decimals; what they round to nothing as less than the least."""
    # Halves are rounded to the even neighbour, which may be nothing: the rounded number tells.
    if number > 0 and round(number, decimals) == 0:
        return "<" + number_text(10.0**-decimals, decimals)
    return number_text(number, decimals)


def share_text(share: float) -> str:
    """Return a share with its sign: `0.3 %`, `12 %`."""
    return f"{percent_text(share)} %" if math.isfinite(share) else ABSENT


def percent_text(share: float) -> str:
    """Return a share in percent: `0.3`, `12`; what is not all is never `100`, some never `0`."""
    percent = share * 100
    if not math.isfinite(percent):
        return ABSENT
    if 0 < percent < 0.05:
        return "<0.1"
    if 0.05 <= percent < 9.95:
        return f"{percent:.1f}"
    return f"{min(percent, 99.0) if percent < 100 else percent:.0f}"


def bytes_text(size: int) -> str:
    """Return a size in decimal units: `842 B`, `1.2 kB`, `3.4 MB`."""
    if size < 1000:
        return f"{size} B"
    scaled, unit = size / 1000, "kB"
    for larger in ("MB", "GB", "TB"):
        if scaled < 999.95:
            break
        scaled, unit = scaled / 1000, larger
    return f"{scaled:.1f} {unit}"


def memory_text(used_mb: float | None, size_mb: float | None) -> str:
    """Return memory used of the size configured: `91 of 256 MB`; empty where neither is known."""
    if used_mb is not None and size_mb is not None:
        return f"{used_mb:.0f} of {size_mb:.0f} MB"
    if used_mb is not None:
        return f"{used_mb:.0f} MB used"
    return f"{size_mb:.0f} MB" if size_mb is not None else ""


def count_text(count: int, noun: str) -> str:
    """Return a count with its noun: `1 invocation`, `7 invocations`, `12 345 records`."""
    number = f"{count:,}".replace(",", " ")
    return f"{number} {noun if count == 1 else _PLURALS.get(noun, f'{noun}s')}"
