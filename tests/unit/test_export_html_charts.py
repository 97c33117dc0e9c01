import math

import pytest
from html_samples import CHART, DISTRIBUTION, WATERFALL
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.export.html.charts import (
    CHART_PX,
    CRASHES_PX,
    draw_chart,
    draw_distribution,
    draw_spark,
    draw_waterfall,
)
from slsloggrep.model.outlines import (
    Bar,
    Chart,
    Cut,
    Distribution,
    Quantile,
    Slice,
    Tone,
    Waterfall,
)


def share(text: str) -> float:
    assert text.endswith("%")
    return float(text[:-1]) / 100


def test_bars_lie_where_the_outline_says() -> None:
    """Init and run of a bar begin and end at their shares of the axis."""
    first, second, _, last = draw_waterfall(WATERFALL).bars
    assert first.init is not None
    assert (first.init.x, first.init.width) == ("0%", "13%")
    assert (first.run.x, first.run.width) == ("13%", "29%")
    assert second.init is None
    assert (last.run.x, last.run.width) == ("97%", "3%")


@given(*(st.floats(allow_nan=True, allow_infinity=True) for _ in range(3)))
def test_bars_stay_on_the_axis_and_are_seen(since: float, run: float, until: float) -> None:
    """Whatever the figures are, a bar has a width and lies within the axis."""
    bar = Bar("x", since, run, until, "", "", Tone.GOOD, "")
    (drawn,) = draw_waterfall(Waterfall(start="", end="", bars=(bar,))).bars
    for box in (drawn.run, *([drawn.init] if drawn.init else [])):
        assert share(box.x) >= 0
        assert share(box.width) > 0 or box is drawn.init
        assert share(box.x) + share(box.width) <= 1 + 1e-4


def test_cuts_without_room_are_not_labelled() -> None:
    """Labels of cuts that would lie on each other are left to the words below."""
    cuts = tuple(Cut(left, left + 0.01, "2 m 03 s") for left in (0.3, 0.32, 0.34, 0.8))
    drawn = draw_waterfall(Waterfall(start="", end="", bars=(), cuts=cuts))
    assert len(drawn.cuts) == 4
    assert [flag.x for flag in drawn.named] == ["30.5%", "80.5%"]


def test_crashes_have_a_scale_of_their_own() -> None:
    """The most of each panel fills it, however few crashes there are among invocations."""
    drawn = draw_chart(CHART)
    assert max(box.height for box in drawn.total) == CHART_PX
    assert max(box.height for box in drawn.bad) == CRASHES_PX
    assert drawn.bad_most == "7"
    assert all(box.height == 0 for box in drawn.bad[:12])


def test_what_is_not_nothing_is_seen() -> None:
    """One among a million has a height; nothing has none."""
    slices = (Slice("a", 1_000_000, 0), Slice("b", 1, 0), Slice("c", 0, 0), Slice("d", None, 0))
    chart = Chart(title="", start="", end="", step="", slices=slices)
    heights = [box.height for box in draw_chart(chart).total]
    assert heights[0] == CHART_PX
    assert heights[1] == 2
    assert heights[2:] == [0, 0]


def test_invocations_that_were_not_counted_have_no_panel() -> None:
    """Where nothing but crashes was counted, no invocations are drawn as zero."""
    slices = (Slice("a", None, 2), Slice("b", None, 0))
    chart = Chart(title="", start="", end="", step="", slices=slices)
    assert draw_chart(chart).total == ()


@pytest.mark.parametrize("marked", [None, -1, 24])
def test_a_mark_outside_the_chart_is_none(marked: int | None) -> None:
    """A slice that is not there is not marked."""
    chart = Chart(title="", start="", end="", step="", slices=CHART.slices, marked=marked)
    assert draw_chart(chart).flag is None


@given(st.lists(st.floats(0, 1), max_size=12))
def test_labels_do_not_touch(positions: list[float]) -> None:
    """Labels of one row lie side by side, in the order of their values, and inside the chart."""
    quantiles = tuple(Quantile(f"p{n}", "123 ms", p) for n, p in enumerate(positions))
    drawn = draw_distribution(
        Distribution(title="", start="", end="", counts=(), bins=(), quantiles=quantiles)
    )
    width = 0.024 * len("pN 123 ms")
    ends: dict[int, float] = {}
    for flag in drawn.flags:
        at = share(flag.x)
        left = at - {"start": 0, "middle": width / 2, "end": width}[flag.anchor]
        assert left >= ends.get(flag.row, -math.inf) - 1e-3
        assert left >= -1e-3
        assert left + width <= 1 + 0.024 + 1e-3
        ends[flag.row] = left + width
    assert drawn.rows == len({flag.row for flag in drawn.flags})


def test_a_distribution_has_a_bar_for_each_bin() -> None:
    """Bars stand side by side over the axis; the highest is the most frequent."""
    drawn = draw_distribution(DISTRIBUTION)
    assert len(drawn.bars) == len(DISTRIBUTION.counts)
    heights = [box.height for box in drawn.bars]
    assert heights.index(max(heights)) == DISTRIBUTION.counts.index(310)
    assert drawn.most == "310"


def test_nothing_is_drawn_of_nothing() -> None:
    """Empty charts have no bars, and divide by nothing."""
    assert draw_spark(()) == ()
    assert all(box.height == 0 for box in draw_spark((0, 0)))
    chart = Chart(title="", start="", end="", step="", slices=(), marked=0)
    assert draw_chart(chart).bad == ()
