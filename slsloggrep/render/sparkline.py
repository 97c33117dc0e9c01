"""Sparklines and gauges: counts as marks of different height, a share as a bar.

How counts are shared out to the cells at hand. What they count belongs to those who call.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

from rich.text import Text

from slsloggrep.render.theme import FAINT, SPARK, Glyphs


def squeeze(counts: Sequence[float], cells: int) -> list[float]:
    """Return counts over at most so many cells, shared out where a cell's edge parts them."""
    if cells < 1 or len(counts) <= cells:
        return list(counts)
    squeezed = [0.0] * cells
    scale = cells / len(counts)
    for index, count in enumerate(counts):
        left, right = index * scale, (index + 1) * scale
        for cell in range(int(left), min(math.ceil(right), cells)):
            overlap = min(right, cell + 1) - max(left, cell)
            squeezed[cell] += count * max(overlap, 0.0) / scale
    return squeezed


def draw_sparkline(
    counts: Sequence[float], glyphs: Glyphs, style: str = SPARK, *, most: float = 0
) -> Text:
    """Return one mark for each count: the highest for the most, one of its own for nothing.

    `most` is what the highest mark stands for where that is more than any of the counts.
    """
    most = max(*counts, most) if counts else most
    levels = len(glyphs.heights) - 1
    line = Text(no_wrap=True)
    marks = [math.ceil(count / most * levels) if count > 0 else 0 for count in counts]
    for empty, run in groupby(marks, key=lambda mark: mark == 0):
        line.append("".join(glyphs.heights[mark] for mark in run), FAINT if empty else style)
    return line


def draw_gauge(share: float, cells: int, glyphs: Glyphs, style: str = SPARK) -> Text:
    """Return a bar of so many cells that is full by a share, 0 to 1, to half a cell."""
    full, half, empty = glyphs.gauge
    halves = round(min(max(share, 0.0), 1.0) * cells * 2)
    filled = full * (halves // 2) + half * (halves % 2)
    return Text(no_wrap=True).append(filled, style).append(empty * (cells - len(filled)), FAINT)


def draw_bar_of(count: float, most: float, cells: int, glyphs: Glyphs, style: str = SPARK) -> Text:
    """Return a bar for a count, as long as the cells for the most; half a cell for the least."""
    full, half = glyphs.halves["rr"], glyphs.halves["r "]
    if count <= 0 or most <= 0:
        return Text(no_wrap=True)
    halves = max(round(count / most * cells * 2), 1)
    return Text(no_wrap=True).append(full * (halves // 2) + half * (halves % 2), style)
