import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from slsloggrep.outline.spreading import spread_times
from slsloggrep.render.figures import amounts, milliseconds, percents
from slsloggrep.render.sparkline import (
    draw_bar_of,
    draw_gauge,
    draw_sparkline,
    squeeze,
)
from slsloggrep.render.tables import Column, draw_table
from slsloggrep.render.theme import ASCII, FAINT, NOTABLE, UNICODE
from slsloggrep.wording import percent_text, share_text

CONSOLE = Console(width=80, color_system=None, legacy_windows=False, _environ={})
COUNTS = st.lists(st.integers(0, 10**9), max_size=80)


def table(columns: list[Column], width: int | None) -> list[str]:
    return [line.plain for line in draw_table(CONSOLE, columns, width, UNICODE)]


def column(head: str, *cells: str, **parts: object) -> Column:
    return Column(head=head, cells=[Text(cell) for cell in cells], **parts)  # type: ignore[arg-type]


NAMES = column("function", "a-very-long-name-of-a-function", "f", right=False, least=8)
HEAVY = column("invocations", "1 234", "5", short="runs", weight=9)
WIDE = column("memory", "1234 of 5678", "1 of 2", weight=5)
NARROW = column("p", "1", "22", weight=1)


def test_with_room_everything_is_there_under_long_heads() -> None:
    """Numbers stand at the right of their columns, names at the left."""
    assert table([NAMES, HEAVY, NARROW], 80) == [
        "function                        invocations   p",
        "a-very-long-name-of-a-function        1 234   1",
        "f                                         5  22",
    ]


def test_first_heads_become_short_and_names_give_way() -> None:
    """A name is cut in its middle, down to its least, before anything is left out."""
    assert table([NAMES, HEAVY, NARROW], 25) == [
        "function         runs   p",
        "a-very…unction  1 234   1",
        "f                   5  22",
    ]


def test_prose_is_cut_at_its_end() -> None:
    """The beginning of a sentence tells more than its end; of a name both do."""
    said = column("error", "no such bucket", right=False, least=4, prose=True)
    assert table([said], 10)[1] == "no such b…"
    assert table([NAMES], 10)[1] == "a-ve…ction"


def test_what_weighs_most_stays_and_whatever_still_fits_goes_in() -> None:
    """The wide column has no room; the narrow one of less weight has, and the note says so."""
    lines = table([NAMES, HEAVY, WIDE, NARROW], 27)
    assert lines[0].split() == ["function", "runs", "p"]
    assert " ".join(lines[3:]) == "no room for memory: a wider terminal or -o json has them"


def test_even_what_should_always_stay_is_named_where_it_cannot() -> None:
    """A width for nothing still leaves no doubt."""
    lines = table([NAMES, column("status", "ok", "ok")], 10)
    assert lines[0] == "function"
    assert " ".join(" ".join(lines[3:]).split()).startswith("no room for status")


def test_a_note_can_be_left_to_others() -> None:
    """Where the page tells what was left out, the table does not."""
    lines = list(draw_table(CONSOLE, [NAMES, WIDE], 12, UNICODE, told=False))
    assert len(lines) == 3


def test_columns_of_a_group_stay_or_go_together() -> None:
    """Half a comparison is none."""
    before = column("before", "1000", group="p50", weight=5)
    after = column("after", "2000", group="p50", weight=5)
    function = column("function", "f", right=False)
    assert table([function, before, after], 23) == [
        "          ──── p50 ────",
        "function  before  after",
        "f           1000   2000",
    ]
    assert table([function, before, after], 22)[:2] == ["function", "f"]


def test_without_a_width_nothing_is_cut_or_left_out() -> None:
    """What is drawn has all of its cells."""
    drawn = column("bar", "==", "=", weight=1, most=6, grow=lambda n: [Text("=" * n)] * 2)
    lines = table([NAMES, HEAVY, WIDE, NARROW, drawn], None)
    assert lines[0].split() == ["function", "invocations", "memory", "p", "bar"]
    assert lines[1].startswith("a-very-long-name-of-a-function ")
    assert lines[1].endswith("======")


@given(
    st.lists(
        st.tuples(
            st.text("ab日 ", max_size=12),
            st.lists(st.text("xy本", max_size=30), min_size=3, max_size=3),
            st.integers(0, 5),
            st.booleans(),
            st.sampled_from(["", "", "g", "h"]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.integers(8, 120),
)
def test_no_table_exceeds_its_width(
    columns: list[tuple[str, list[str], int, bool, str]], width: int
) -> None:
    """Whatever stands in it; and what is not in it is named, or was never to go."""
    built = [
        Column(
            head=head,
            short=head[:3],
            cells=[Text(cell) for cell in cells],
            weight=weight,
            least=2 if cut else None,
            group=f"{group}{weight}" if group and weight else "",
        )
        for head, cells, weight, cut, group in columns
    ]
    for line in table(built, width):
        assert cell_len(line) <= width


@given(COUNTS, st.integers(1, 40))
def test_squeezing_loses_nothing(counts: list[int], cells: int) -> None:
    """As many cells as asked for at most, and the same sum."""
    squeezed = squeeze(counts, cells)
    assert len(squeezed) == min(len(counts), cells)
    assert sum(squeezed) == pytest.approx(sum(counts))


@given(st.lists(st.integers(-(10**12), 10**12)), st.integers(-(10**12), 10**12), st.integers(1, 60))
def test_every_time_has_its_mark(times: list[int], since: int, cells: int) -> None:
    """Those outside of the window count at its ends."""
    counts = spread_times(times, since, since + 1000, cells)
    assert len(counts) == cells
    assert sum(counts) == len(times)


def test_a_window_is_parted_evenly() -> None:
    """A part has its beginning, and not its end."""
    assert spread_times([0, 249, 250, 999], 0, 1000, 4) == [2, 1, 0, 1]
    assert spread_times([5], 5, 5, 3) == [1, 0, 0]


@given(COUNTS, st.sampled_from([UNICODE, ASCII]))
def test_a_sparkline_tells_something_from_nothing(counts: list[int], glyphs: object) -> None:
    """One mark each: that of nothing for nothing alone, the highest for the most."""
    marks = draw_sparkline(counts, glyphs).plain  # type: ignore[arg-type]
    heights = glyphs.heights  # type: ignore[attr-defined]
    assert len(marks) == len(counts)
    for mark, count in zip(marks, counts, strict=True):
        assert (mark == heights[0]) is (count == 0)
        if count and count == max(counts):
            assert mark == heights[-1]


def test_gauges_and_bars_are_exact_to_half_a_cell() -> None:
    """A gauge is always as wide; the least that there is has half a cell of a bar."""
    assert [draw_gauge(share, 4, UNICODE).plain for share in (-1, 0, 0.375, 0.5, 1, 2)] == [
        "────",
        "────",
        "━╸──",
        "━━──",
        "━━━━",
        "━━━━",
    ]
    bars = [draw_bar_of(count, 1000, 4, UNICODE).plain for count in (0, 1, 500, 625, 1000)]
    assert bars == ["", "▌", "██", "██▌", "████"]


def test_milliseconds_line_up_on_their_decimal_point() -> None:
    """Tenths below 10 ms only, and room for them in the whole column."""
    cells = [cell.plain for cell in milliseconds([3.25, 0.04, 9.96, 1234.5, None, float("nan")])]
    assert cells == ["3.2", "0.0", "10  ", "1 234  ", "-  ", "-  "]
    assert [cell.plain for cell in milliseconds([15.0, 1234.0])] == ["15", "1 234"]
    assert [cell.plain for cell in milliseconds([0.0, 1234.0])] == ["0", "1 234"]


def test_percents_line_up_and_near_limits_stand_out() -> None:
    """15 is not mistaken for 1.5."""
    cells = percents([0.067, 0.15, 1.0, None, 0.0], notable=0.9)
    assert [cell.plain for cell in cells] == ["6.7", "15  ", "100  ", "-  ", "0  "]
    assert [cell.style for cell in cells] == ["", "", NOTABLE, FAINT, FAINT]
    assert [cell.plain for cell in percents([0.5, 1.0])] == ["50", "100"]


def test_amounts_have_as_many_decimals_as_the_largest_needs() -> None:
    """And what they round to nothing is not shown as nothing."""
    assert [cell.plain for cell in amounts([0.01234, 0.00001, 0, None], 4)] == [
        "0.0123",
        "<0.0001",
        "0.0000",
        "-",
    ]
    assert [cell.plain for cell in amounts([1234.5, 0.2], 4)] == ["1 234", "<1"]
    assert [cell.plain for cell in amounts([12.345], 4)] == ["12.3"]
    assert [cell.plain for cell in amounts([float("inf")], 2)] == ["-"]


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0, "0"),
        (0.0001, "<0.1"),
        (0.0012, "0.1"),
        (0.017, "1.7"),
        (0.5, "50"),
        (0.9999, "99"),
        (1.0, "100"),
        (1.2, "120"),
        (float("nan"), "-"),
    ],
)
def test_shares_round_neither_to_nothing_nor_to_all(share: float, text: str) -> None:
    """99.99 % of the limit is not the limit."""
    assert percent_text(share) == text
    assert share_text(share) == (text if text == "-" else f"{text} %")
