import math
from dataclasses import replace

from shown_samples import fact, invocation

from slsloggrep.model import Fact
from slsloggrep.outline.axis import Stretch, build_axis, invocation_stretch
from slsloggrep.render.theme import UNICODE
from slsloggrep.render.waterfall import draw_axis, draw_bar


def bars(stretches: list[Stretch], cells: int) -> list[str]:
    axis = build_axis(stretches, cells)
    return [draw_bar(axis, stretch, UNICODE, "").plain for stretch in stretches]


def test_bars_lie_on_one_axis() -> None:
    """Bars start and end where their times lie, init lighter than work."""
    drawn = bars([Stretch(0, 20, 60), Stretch(60, 60, 100)], 10)
    assert drawn == ["░░████    ", "      ████"]


def test_half_cells_tell_times_apart() -> None:
    """A bar ends at half a cell's precision."""
    assert bars([Stretch(0, 0, 50), Stretch(50, 50, 100)], 5) == ["██▌  ", "  ▐██"]


def test_an_invocation_without_init_shows_none() -> None:
    """Rounding makes up no init."""
    for offset in range(0, 100, 7):
        drawn = bars([Stretch(0, 0, 200), Stretch(offset, offset, offset + 33)], 17)
        assert all("░" not in bar for bar in drawn)


def test_nothing_that_ran_is_invisible() -> None:
    """However short it is, an invocation has at least half a cell."""
    drawn = bars([Stretch(0, 0, 1000), Stretch(500, 500, 500), Stretch(1000, 1000, 1000)], 10)
    assert all(bar.strip() for bar in drawn)


def test_a_long_pause_is_cut_out_and_stated() -> None:
    """A retry two minutes later leaves the first attempts their shape."""
    stretches = [Stretch(0, 0, 1000), Stretch(1100, 1100, 2000), Stretch(122_000, 122_000, 124_000)]
    axis = build_axis(stretches, 50)
    line, silent = draw_axis(axis, UNICODE)
    assert f"{UNICODE.cut}2m00s{UNICODE.cut}" in line.plain
    assert silent == []
    first, second, _ = (draw_bar(axis, s, UNICODE, "").plain for s in stretches)
    assert first.count("█") >= 8
    assert second.count("█") >= 8
    assert 2 * UNICODE.cut in first


def test_a_cut_without_room_for_its_length_is_told_apart() -> None:
    """No pause goes unstated: coarsely on the axis, or in the list of those without room."""
    stretches = [Stretch(t, t, t + 10) for t in range(0, 2_000_000, 100_000)]
    line, silent = draw_axis(build_axis(stretches, 40), UNICODE)
    assert len(line.plain) == 40
    assert len(silent) == 19
    line, silent = draw_axis(build_axis(stretches[:3], 25), UNICODE)
    assert line.plain.count("1m") == 2
    assert silent == []


def test_the_axis_is_monotone() -> None:
    """Later is never further left, whatever is cut out; all cells are used."""
    stretches = [Stretch(t * t * 50, t * t * 50 + 5, t * t * 50 + 40) for t in range(30)]
    axis = build_axis(stretches, 61)
    positions = [axis.position(time) for time in range(0, 42_200, 10)]
    assert positions == sorted(positions)
    assert positions[0] == 0
    assert math.isclose(positions[-1], 61)


def test_simultaneous_instants_have_a_place() -> None:
    """An axis without any length is no division by zero."""
    assert bars([Stretch(5, 5, 5), Stretch(5, 5, 5)], 4) == ["▌   ", "▌   "]
    assert build_axis([], 10).pieces == ()


def test_init_lies_before_start() -> None:
    """START ends the init; the reported duration, not the last event, ends the run."""
    stretch = invocation_stretch(invocation("f", "r", 0, 1000, init_ms=400.0))
    assert stretch.run - stretch.since == 400
    assert stretch.until - stretch.run == 1000


def test_figures_that_are_no_numbers_are_ignored() -> None:
    """A NaN in a REPORT line does not break the drawing."""
    broken = invocation("f", "r", 0, 1000, init_ms=float("nan"))
    assert invocation_stretch(broken).since == invocation_stretch(broken).run


def test_an_init_ahead_of_the_request_is_not_part_of_its_bar() -> None:
    """Provisioned concurrency initialises long before: nobody waited for that."""
    ahead = invocation("f", "r", 0, 1000, init_ms=400.0)
    init = fact(-60_000, Fact.INIT_START, "INIT_START", "f")
    ahead = replace(ahead, records=(init, *ahead.records))
    assert invocation_stretch(ahead).since == invocation_stretch(ahead).run
