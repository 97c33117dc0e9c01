"""Waterfalls, charts over time and distributions as text in a fixed pitch.

Text rather than Mermaid's charts: it shows in every chat and terminal, and GitHub's gantt has no
place for what was cut out of an axis, nor for an invocation of a millisecond. What they show, and
what an axis is, belongs to the outline; fences to `slsloggrep.export.markdown.blocks`.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterator, Sequence

from slsloggrep.harmless import visible
from slsloggrep.model.outlines import Bar, Chart, Cut, Distribution, Tone, Waterfall
from slsloggrep.wording import count_text, number_text

AXIS = 40
"""Cells of an axis: with names and figures beside it, it fits into an issue without scrolling."""
_LONGEST_LABEL = 28
_NAMED_CUTS = 6
"""Pauses whose lengths are told; the others are counted."""
_HEIGHTS = "▁▂▃▄▅▆▇█"
_NONE = "·"
_RUN, _INIT, _CUT = "█", "░", "╱"  # noqa: RUF001 - drawn, not a solidus
_SIGNS = {Tone.GOOD: "✓", Tone.NOTABLE: "◌", Tone.BAD: "✗"}


def spark(counts: Sequence[int], most: int = 0) -> str:
    """Return a mark for each count, the highest for the most, a dot for none at all."""
    most = max([most, *counts])
    return "".join(
        _HEIGHTS[math.ceil(count / most * len(_HEIGHTS)) - 1] if count > 0 else _NONE
        for count in counts
    )


def waterfall_lines(waterfall: Waterfall) -> Iterator[str]:
    """Yield a waterfall: the axis, a line for each invocation, and what its signs stand for."""
    labels = [_shortened(visible(bar.label, newlines=False)) for bar in waterfall.bars]
    width = max(map(_columns, labels), default=0)
    start, end = (visible(text, newlines=False) for text in (waterfall.start, waterfall.end))
    gap = max(AXIS - _columns(start) - _columns(end), 1)
    yield f"{'':{width}}  {start}{'':{gap}}{end}"
    for bar, label in zip(waterfall.bars, labels, strict=True):
        status = visible(f"{_SIGNS.get(bar.tone, ' ')} {bar.status}", newlines=False)
        duration = visible(bar.duration, newlines=False)
        yield f"{_padded(label, width)}  {_drawn(bar, waterfall.cuts)}  {status:14} {duration:>9}"
    yield ""
    yield f"{_RUN} running   {_INIT} init" + _cuts(waterfall.cuts)


def chart_lines(chart: Chart) -> Iterator[str]:
    """Yield a chart: a line for invocations, where they were counted, and one for crashes."""
    totals = [piece.total for piece in chart.slices]
    step = visible(chart.step, newlines=False)
    name = max(len("invocations"), len("crashes"))
    if any(total is not None for total in totals):
        counts = [total or 0 for total in totals]
        drawn = "".join(
            " " if total is None else mark
            for total, mark in zip(totals, spark(counts), strict=True)
        )
        most = number_text(max(counts, default=0))
        yield f"{'invocations':{name}}  {drawn}  at most {most} in {step}"
    bad = [piece.bad for piece in chart.slices]
    most = number_text(max(bad, default=0))
    yield f"{'crashes':{name}}  {spark(bad)}  at most {most} in {step}"
    start, end = (visible(text, newlines=False) for text in (chart.start, chart.end))
    if chart.marked is not None:
        yield f"{'':{name}}  {'':{chart.marked}}▲ {visible(chart.marked_label, newlines=False)}"
    gap = max(len(chart.slices) - _columns(start) - _columns(end), 3)
    yield f"{'':{name}}  {start}{'':{gap}}{end}"


def distribution_lines(distribution: Distribution) -> Iterator[str]:
    """Yield a distribution: a line for each bin from the first to the last that holds anything."""
    held = [index for index, count in enumerate(distribution.counts) if count]
    if held:
        shown = range(held[0], held[-1] + 1)
        names = [visible(distribution.bins[index], newlines=False) for index in shown]
        width = max(map(_columns, names))
        most = max(distribution.counts)
        for index, name in zip(shown, names, strict=True):
            count = distribution.counts[index]
            bar = _RUN * math.ceil(count / most * AXIS)
            yield f"{_padded(name, width)}  {bar}{' ' if bar else ''}{count}"
    figures = [
        visible(f"{quantile.label} {quantile.text}", newlines=False)
        for quantile in distribution.quantiles
    ]
    if figures:
        yield ""
        yield "   ".join(figures)


def _drawn(bar: Bar, cuts: Sequence[Cut]) -> str:
    """Return an invocation on the axis: a cell at least, however short it was."""
    cells = [" "] * AXIS
    for cut in cuts:
        left = _cell(cut.left)
        cells[left : max(_end(cut.right), left + 1)] = _CUT * max(_end(cut.right) - left, 1)
    left = _cell(bar.run)
    right = max(_end(bar.until), left + 1)
    if bar.since < bar.run:
        first = min(_cell(bar.since), max(left - 1, 0))
        cells[first:left] = _INIT * (left - first)
    cells[left:right] = _RUN * (right - left)
    return "".join(cells)


def _cell(position: float) -> int:
    return min(max(math.floor(position * AXIS), 0), AXIS - 1)


def _end(position: float) -> int:
    return min(max(math.ceil(position * AXIS), 0), AXIS)


def _cuts(cuts: Sequence[Cut]) -> str:
    if not cuts:
        return ""
    named = [visible(cut.length, newlines=False) for cut in cuts[:_NAMED_CUTS]]
    more = [f"{len(cuts) - _NAMED_CUTS} more"] if len(cuts) > _NAMED_CUTS else []
    lengths = ", ".join([*named, *more])
    return f"   {_CUT} nothing ran: {count_text(len(cuts), 'pause')} cut out ({lengths})"


def _shortened(label: str) -> str:
    if len(label) <= _LONGEST_LABEL:
        return label
    head = (_LONGEST_LABEL - 1) // 2
    return f"{label[:head]}…{label[len(label) - (_LONGEST_LABEL - 1 - head) :]}"


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _columns(text))


def _columns(text: str) -> int:
    """Return how many columns a text takes: East Asian characters take two, marks none."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
