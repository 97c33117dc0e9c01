"""Where the bars, lines and labels of charts lie: an outline's figures as SVG geometry.

Positions along an axis are in percent of it (`12.5%`), so that a chart is as wide as the page is,
and its text is never stretched; heights are in px. How they look is the style's affair.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from slsloggrep.model.outlines import Chart, Distribution, Waterfall
from slsloggrep.wording.numbers import number_text

CHART_PX = 88
"""Height of the invocations' panel, and of a distribution."""
CRASHES_PX = 48
_LEAST_PX = 2.0
"""What is not nothing is seen."""
_LEAST_SHARE = 0.004
"""Of the axis, for a bar that would be too short to be seen or hit."""
_GAP = 0.16
"""Between bars of a histogram, as a share of each."""
_LABEL_SHARE = 0.024
"""Of the axis that one character of a label takes, on a phone."""
_SPARK_PX = 18


class Box(NamedTuple):
    """A rectangle: `x` and `width` in percent, `y` and `height` in px."""

    x: str
    width: str
    y: float = 0.0
    height: float = 0.0
    label: str = ""


class Flag(NamedTuple):
    """A line across a chart with its label."""

    x: str
    row: int
    """Of the label, from the top: labels in one row do not touch."""
    anchor: str
    """SVG's `text-anchor`: labels at the ends stay inside."""
    label: str
    text: str


class DrawnBar(NamedTuple):
    """One invocation of a waterfall."""

    init: Box | None
    run: Box


class DrawnWaterfall(NamedTuple):
    """A waterfall's geometry."""

    bars: tuple[DrawnBar, ...]
    cuts: tuple[Box, ...]
    named: tuple[Flag, ...]
    """Cuts whose length has room on the axis."""


class DrawnChart(NamedTuple):
    """A chart's geometry; boxes are one a slice, of height 0 where there is nothing."""

    total: tuple[Box, ...]
    """Empty: nowhere were invocations counted."""
    bad: tuple[Box, ...]
    columns: tuple[Box, ...]
    """The whole stretch of each slice."""
    total_most: str
    bad_most: str
    total_px: int
    bad_px: int
    flag: Flag | None


class DrawnDistribution(NamedTuple):
    """A distribution's geometry."""

    bars: tuple[Box, ...]
    columns: tuple[Box, ...]
    flags: tuple[Flag, ...]
    rows: int
    """Of labels over the chart."""
    most: str
    px: int


def draw_waterfall(waterfall: Waterfall) -> DrawnWaterfall:
    """Return where a waterfall's bars and cuts lie."""
    bars = []
    for bar in waterfall.bars:
        since, run, until = (_share(value) for value in (bar.since, bar.run, bar.until))
        run = max(run, since)
        left = min(run, 1 - _LEAST_SHARE)
        init = Box(_percent(since), _percent(run - since)) if run > since else None
        bars.append(DrawnBar(init, Box(_percent(left), _percent(max(until - left, _LEAST_SHARE)))))
    cuts = tuple(
        Box(_percent(_share(cut.left)), _percent(max(_share(cut.right) - _share(cut.left), 0.0)))
        for cut in waterfall.cuts
    )
    middles = [(_share((cut.left + cut.right) / 2), cut.length, "") for cut in waterfall.cuts]
    named = tuple(flag for flag in _flags(middles) if flag.row == 0)
    return DrawnWaterfall(tuple(bars), cuts, named)


def draw_chart(chart: Chart) -> DrawnChart:
    """Return where a chart's bars lie: invocations above, crashes below, each on its own scale.

    On one scale, a handful of crashes among thousands of invocations would not be seen.
    """
    totals = [piece.total for piece in chart.slices]
    counted = [total for total in totals if total is not None]
    bads = [piece.bad for piece in chart.slices]
    columns = _columns(len(chart.slices), 0.0)
    total = _bars([total or 0 for total in totals], CHART_PX) if counted else ()
    flag = None
    if chart.marked is not None and 0 <= chart.marked < len(chart.slices):
        place = chart.marked / len(chart.slices)
        flag = next(iter(_flags([(place, chart.marked_label, "")])))
    return DrawnChart(
        total,
        _bars(bads, CRASHES_PX),
        columns,
        number_text(max(counted, default=0)),
        number_text(max(bads, default=0)),
        CHART_PX,
        CRASHES_PX,
        flag,
    )


def draw_distribution(distribution: Distribution) -> DrawnDistribution:
    """Return where a distribution's bars and quantiles lie."""
    quantiles = sorted(distribution.quantiles, key=lambda quantile: _share(quantile.position))
    flags = tuple(_flags([(_share(q.position), q.label, q.text) for q in quantiles]))
    return DrawnDistribution(
        _bars(distribution.counts, CHART_PX),
        _columns(len(distribution.counts), 0.0),
        flags,
        1 + max((flag.row for flag in flags), default=-1),
        number_text(max(distribution.counts, default=0)),
        CHART_PX,
    )


def draw_spark(counts: Sequence[int]) -> tuple[Box, ...]:
    """Return the bars of a small chart in a cell."""
    return _bars(counts, _SPARK_PX)


def _bars(counts: Sequence[int], px: int) -> tuple[Box, ...]:
    most = max(counts, default=0)
    boxes = []
    for column, count in zip(_columns(len(counts), _GAP), counts, strict=True):
        height = max(px * count / most, _LEAST_PX) if count > 0 else 0.0
        boxes.append(column._replace(y=round(px - height, 1), height=round(height, 1)))
    return tuple(boxes)


def _columns(count: int, gap: float) -> tuple[Box, ...]:
    width = 1 / count if count else 0.0
    return tuple(
        Box(_percent((index + gap / 2) * width), _percent(width * (1 - gap)))
        for index in range(count)
    )


def _flags(places: Iterable[tuple[float, str, str]]) -> Iterable[Flag]:
    """Yield labels in rows, so that none lies on another; places in ascending order."""
    ends: list[float] = []
    for place, label, text in places:
        width = _LABEL_SHARE * (len(label) + len(text) + 1)
        if place < width / 2:
            anchor, left = "start", place
        elif place > 1 - width / 2:
            anchor, left = "end", place - width
        else:
            anchor, left = "middle", place - width / 2
        row = next((row for row, end in enumerate(ends) if end <= left), len(ends))
        ends[row : row + 1] = [left + width]
        yield Flag(_percent(place), row, anchor, label, text)


def _share(value: float) -> float:
    return min(max(value, 0.0), 1.0) if math.isfinite(value) else 0.0


def _percent(share: float) -> str:
    return f"{share * 100:.2f}".rstrip("0").rstrip(".") + "%"
