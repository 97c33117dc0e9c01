"""The waterfall: a common time axis, cut where nothing ran, and the bars over it.

Where a time lies on the axis is `slsloggrep.outline.axis`'s affair, what a bar belongs to
`slsloggrep.render.trace`'s. Each cut states its length.
"""

from __future__ import annotations

import math
from itertools import groupby

from rich.text import Text

from slsloggrep.outline.axis import Axis, Stretch
from slsloggrep.render.theme import FAINT, Glyphs
from slsloggrep.wording import duration_text


def draw_bar(axis: Axis, stretch: Stretch, glyphs: Glyphs, style: str) -> Text:
    """Return one invocation's bar, exactly as wide as the axis, at half a cell's precision.

    However short it is, an invocation has half a cell.
    """
    halves = _fill(axis, stretch)
    cells = []
    strokes = _strokes(axis)
    for cell in range(axis.cells):
        pair = halves[2 * cell] + halves[2 * cell + 1]
        cut = pair == "  " and cell in strokes
        cells.append((glyphs.cut, FAINT) if cut else (glyphs.halves[pair], style))
    bar = Text(no_wrap=True)
    for look, run in groupby(cells, key=lambda cell: "" if cell[0] == " " else cell[1]):
        bar.append("".join(sign for sign, _ in run), look)
    return bar


def draw_axis(axis: Axis, glyphs: Glyphs) -> tuple[Text, list[float]]:
    """Return the line over the bars, and the lengths in ms of the cuts that it has no room for.

    A cut shows its length, coarsely where there is little room: `1m02s`, or `1m`.
    """
    left, line, right = glyphs.axis
    drawn = [glyphs.cut if _in_cut(axis, cell) else line for cell in range(axis.cells)]
    silent = []
    for piece in axis.pieces:
        if not piece.cut:
            continue
        exact = duration_text(piece.until - piece.since)
        whole, unit = exact.split(" ")[:2]
        labels = (exact.replace(" ", ""), whole.split(".")[0] + unit)
        first, room = math.ceil(piece.left), math.floor(piece.right) - math.ceil(piece.left)
        label = next((label for label in labels if len(label) + 2 <= room), None)
        if label is None:
            silent.append(piece.until - piece.since)
        else:
            first += (room - len(label)) // 2
            drawn[first : first + len(label)] = label
    if drawn:
        drawn[0], drawn[-1] = left, right
    return Text("".join(drawn), FAINT, no_wrap=True), silent


def _fill(axis: Axis, stretch: Stretch) -> list[str]:
    halves = [" "] * (2 * axis.cells)
    if not halves:
        return halves
    since, run, until = (2 * axis.position(time) for time in stretch)
    first = min(math.floor(since), len(halves) - 1)
    last = min(max(math.ceil(until), first + 1), len(halves))
    middle = first
    if stretch.run > stretch.since and last - first > 1:
        # Where rounding leaves no half to the init it takes one, but never the run's last.
        middle = min(max(round(run), first + 1), last - 1)
    halves[first:middle] = "i" * (middle - first)
    halves[middle:last] = "r" * (last - middle)
    return halves


def _in_cut(axis: Axis, cell: int) -> bool:
    return any(p.cut and p.left <= cell and cell + 1 <= p.right for p in axis.pieces)


def _strokes(axis: Axis) -> set[int]:
    """Return the middle of each cut: enough to see in every row that the time jumps there."""
    middles = (math.floor((p.left + p.right) / 2) for p in axis.pieces if p.cut)
    return {cell for middle in middles for cell in (middle - 1, middle) if _in_cut(axis, cell)}
