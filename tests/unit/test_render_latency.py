import re
from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from figured_samples import CHANGES, ROWS, SLOWEST, TOTAL, change, latency
from hostile_samples import HOSTILE, SGR, harmful
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import RenderableType
from shown_samples import show

from slsloggrep.model import BIN_EDGES_MS, Change, Latency, bin_of
from slsloggrep.render.latency import (
    LatencyView,
    render_changes,
    render_histogram,
    render_latency,
    render_slowest,
)

TABLE_AT_80 = """\
function                  runs  err  t/o        p50        p95      p99      max
                                                 ms         ms       ms       ms
charge-card             12 345   48   31      245        612        980    3 000
checkout-a…l-1-handler  48 210    7    0       25         62        100      125
send-receipt             9 870    0    0        3.3        8.2       13       16
nightly-report               2    0    0  104 952    262 380    419 808  524 760
────────────────────────────────────────────────────────────────────────────────
in all                  70 427   55   31                                 524 760
no room for cold starts, cold share, mean, p90, of limit, init p50, init max,
memory, billed, used, cost, times: a wider terminal or -o json has them
"""

TABLE_AT_60 = """\
function            runs  err        p50        p95      max
                                      ms         ms       ms
charge-card       12 345   48      245        612      3 000
checkou…-handler  48 210    7       25         62        125
send-receipt       9 870    0        3.3        8.2       16
nightly-report         2    0  104 952    262 380    524 760
────────────────────────────────────────────────────────────
in all            70 427   55                        524 760
no room for timeouts, cold starts, cold share, mean, p90,
p99, of limit, init p50, init max, memory, billed, used,
cost, times: a wider terminal or -o json has them
"""

HISTOGRAM_AT_60 = """\

charge-card
12 344 invocations · p50 245 ms · p95 612 ms · p99 980 ms
limit 3.00 s · each line begins at 1.3 times the one before
133 ms  █████████▌                              1 234
178 ms  ███████████████████                     2 469
237 ms  ██████████████████████████████████████  4 938  p50
316 ms  ███████████████████                     2 469
422 ms  █████████▌                              1 234
562 ms                                              0  p95
750 ms                                              0  p99
        ⋮
2.37 s                                              0  limit
"""

SLOWEST_AT_80 = """\

2 m 03 s  ✓ ok          nightly-report                  2026-11-23T17:00:00.123Z
          22222222-2222-4222-8222-000000000000 · memory 91 of 128 MB
          init 400 ms
  3.00 s  ✗ timeout     charge-card                     2026-11-23T17:00:01.123Z
          22222222-2222-4222-8222-000000000001 · memory 91 of 128 MB
  2.10 s  ✗ init_error  checkout-api-p…ntral-1-handler  2026-11-23T17:00:02.123Z
          22222222-2222-4222-8222-000000000002 · memory 91 of 128 MB
"""

CHANGE_AT_80 = """\
1 of 1 row differs by more than chance (Mann-Whitney U)

charge-card  slower, more than chance: p < 0.0001
                 before     after     change
  p50            245 ms    343 ms     +98 ms   +40 %
  p95            612 ms    858 ms    +246 ms   +40 %
  p99            980 ms  1 372 ms    +392 ms   +40 %
  max          3 000 ms  4 200 ms  +1 200 ms   +40 %
  mean           270 ms    377 ms    +107 ms   +40 %
  init p50       401 ms    401 ms       0 ms     0 %
  invocations    12 345    12 345          0     0 %
  errors             48        51         +3  +6.2 %
  timeouts           31        31          0     0 %
  cold starts       212       212          0     0 %
"""

CHANGES_AT_120 = """\
2 of 5 rows differ by more than chance (Mann-Whitney U)

                                                    ───────────── p50 ms ────────────  ───────────── p95 ms ────────────
function                                            before      after  change          before      after  change
charge-card                             slower       245        343       +98   +40 %   612        858      +246   +40 %
checkout-api-prod-eu-central-1-handler  faster        25         20        -5   -20 %    62         50       -12   -20 %
send-receipt                            chance         3.3        3.3       0  +1.0 %     8.2        8.3    +0.1  +1.0 %
nightly-report                          not before     -    104 952         -             -    262 380         -
charge-card                             too few      245        245         0     0 %   612        612         0     0 %
no room for p99 ms, max ms, mean ms, init p50 ms, invocations, errors, timeouts, cold starts: a wider terminal or -o
json has them
"""  # noqa: E501 - as wide as the terminal is

VIEW = LatencyView()
ALL = LatencyView(total=TOTAL)
PIPE = LatencyView(terminal=False)
TEST = "Mann-Whitney U"
WIDTHS = [20, 40, 60, 80, 100, 120, 155, 156, 200, 250]


def everything(view: LatencyView = VIEW) -> list[RenderableType]:
    return [
        render_latency(ROWS, replace(view, total=TOTAL)),
        render_histogram(ROWS, view),
        render_slowest(SLOWEST, view),
        render_changes(CHANGES, view, TEST),
        render_changes(CHANGES[:2], view, TEST),
    ]


def heads(page: str) -> list[str]:
    return page.splitlines()[0].split()


def test_a_table_reads_well_at_80_columns() -> None:
    """The figures that matter most, numbers at the right, and what is missing by name."""
    assert show(render_latency(ROWS, ALL), 80) == TABLE_AT_80


def test_a_table_reads_well_at_60_columns() -> None:
    """Names give way before errors and percentiles do."""
    assert show(render_latency(ROWS, ALL), 60) == TABLE_AT_60


@pytest.mark.parametrize(
    ("sort", "shown"),
    [
        ("init", ["init p50", "init max"]),
        ("cold", ["cold starts", "cold share"]),
        ("cost", ["cost"]),
        ("mean", ["mean"]),
        ("p90", ["p90"]),
    ],
)
def test_what_rows_are_sorted_by_is_not_left_out(sort: str, shown: list[str]) -> None:
    """Though other figures matter more: an order that cannot be seen tells nothing."""
    missing = show(render_latency(ROWS, ALL), 80).partition("no room for ")[2]
    assert all(head in missing for head in shown)
    page = show(render_latency(ROWS, replace(ALL, sort=sort)), 80)
    assert not any(head in page.partition("no room for ")[2].split(":")[0] for head in shown)


def test_at_200_columns_everything_is_there() -> None:
    """All that the issue asks for, down to the distribution."""
    page = show(render_latency(ROWS, ALL), 200)
    assert "no room" not in page
    for head in ("runs", "err", "t/o", "cold", "mean", "p50", "p90", "p95", "p99", "max", "limit"):
        assert head in heads(page)
    for needle in ("init p50", "init max", "250 of 256", "billed", "GB-s", "cost", "1.8ms-2m13s"):
        assert needle in page


def test_a_histogram_reads_well_at_60_columns() -> None:
    """Figures first, then a bar for each stretch, with what lies in it."""
    assert show(render_histogram(ROWS[:1], VIEW), 60) == HISTOGRAM_AT_60


def test_the_slowest_read_well_at_80_columns() -> None:
    """How long, how it ended, where and when; then what `trace` takes."""
    assert show(render_slowest(SLOWEST, VIEW), 80) == SLOWEST_AT_80


def test_one_change_reads_well_at_80_columns() -> None:
    """Every figure before and after, absolute and relative, and whether it is chance."""
    assert show(render_changes(CHANGES[:1], VIEW, TEST), 80) == CHANGE_AT_80


def test_many_changes_read_well_at_120_columns() -> None:
    """A line each, the verdict before the figures."""
    assert show(render_changes(CHANGES, VIEW, TEST), 120) == CHANGES_AT_120


@pytest.mark.parametrize("width", WIDTHS)
def test_no_line_exceeds_the_width(width: int) -> None:
    """Whatever is shown, on any terminal."""
    for renderable in everything():
        page = show(renderable, width)
        assert max(map(cell_len, page.splitlines())) <= width


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_what_a_table_left_out_is_named_and_the_rest_is_there(width: int) -> None:
    """Every figure either has its column or is told to have none."""
    page = show(render_latency(ROWS, ALL), width)
    table, _, note = page.partition("no room for ")
    left_out = " ".join(note.split()).partition(":")[0].split(", ") if note else []
    names = {
        "invocations": "runs",
        "errors": "err",
        "timeouts": "t/o",
        "of limit": "limit",
        "cold share": "cold",
        "cold starts": "cold",
    }
    shown = table.splitlines()[0]
    for name in (
        *("invocations", "errors", "timeouts", "mean", "p50", "p90", "p95", "p99", "max"),
        *("of limit", "init p50", "init max", "memory", "billed", "used", "cost", "times"),
    ):
        assert (name in left_out) is not (name in shown or names.get(name, name) in shown)
    assert shown.count("cold") + sum(name.startswith("cold") for name in left_out) == 2


@pytest.mark.parametrize("width", [60, 80, 156, 200])
def test_requests_are_whole_for_trace_to_take(width: int) -> None:
    """Each stands on one line, whatever else does."""
    page = show(render_slowest(SLOWEST, VIEW), width)
    for slow in SLOWEST:
        assert slow.request_id in page
        assert slow.status.value in page


def test_in_a_pipe_nothing_is_cut_or_left_out() -> None:
    """Fixed columns under long heads, whole names, one line each."""
    page = show(render_latency(ROWS, replace(PIPE, total=TOTAL)), 40, terminal=False)
    assert "no room" not in page
    assert page.splitlines()[0].startswith("function  ")
    for needle in (
        "invocations",
        "timeouts",
        "cold starts",
        "of limit",
        *(r.function for r in ROWS),
    ):
        assert needle in page
    assert len(page.splitlines()) == 2 + len(ROWS) + 2
    page = show(render_slowest(SLOWEST, PIPE), 40, terminal=False)
    assert len(page.splitlines()) == 1 + len(SLOWEST)
    assert "checkout-api-prod-eu-central-1-handler" in page
    page = show(render_changes(CHANGES, PIPE, TEST), 40, terminal=False)
    assert "no room" not in page
    assert "cold starts" in page


def test_meaning_needs_neither_colour_nor_unicode() -> None:
    """Figures are figures; marks, bars and signs have spellings in ASCII."""
    for renderable in everything():
        page = show(renderable, 200, encoding="ascii")
        assert page.isascii()
    assert "====" in show(render_histogram(ROWS, VIEW), encoding="ascii")
    assert "x timeout" in show(render_slowest(SLOWEST, VIEW), encoding="ascii")


def test_pages_under_the_table_begin_with_an_empty_line() -> None:
    """The last row of one is not taken for the first of the next."""
    for renderable in (render_histogram(ROWS[:1], VIEW), render_slowest(SLOWEST, VIEW)):
        for terminal in (True, False):
            assert show(renderable, terminal=terminal).startswith("\n")
            assert "\n\n" not in show(renderable, terminal=terminal)


def test_what_is_not_told_of_all_is_left_empty() -> None:
    """Dashes in the row of all would say that nothing was measured."""
    last = show(render_latency(ROWS, ALL), 80).splitlines()[7]
    assert last.split() == ["in", "all", "70", "427", "55", "31", "524", "760"]


def test_a_sum_of_which_a_part_is_not_known_says_so() -> None:
    """One row without a price makes the price of all at least that."""
    assert re.search(r"in all .* 0\.0178\+", show(render_latency(ROWS, ALL), 200))
    assert "+" not in show(render_latency(ROWS[:3], ALL), 200)


def test_without_a_total_there_is_no_last_row() -> None:
    """Nothing is added up here."""
    for rows in (ROWS, ROWS[:1]):
        assert "in all" not in show(render_latency(rows, VIEW), 80)


def test_who_knows_the_percentiles_of_all_can_show_them() -> None:
    """The last row then is what was given."""
    total = latency("whatever", 9, 77.0)
    page = show(render_latency(ROWS[:1], replace(VIEW, total=total)), 80)
    assert "whatever" not in page
    assert re.search(r"in all +9 +0 .* 77 ", page)


def test_what_rows_are_told_apart_by_has_columns() -> None:
    """One for each key, in the order in which they come."""
    rows = [
        replace(ROWS[0], by=(("version", "7"), ("cold", "yes"))),
        replace(ROWS[0], by=(("version", "8"), ("cold", "no"))),
    ]
    page = show(render_latency(rows, VIEW), 100)
    assert heads(page)[:3] == ["function", "version", "cold"]
    assert re.search(r"^charge-card +7 +yes +12 345", page, re.MULTILINE)
    assert "version=8  cold=no" in show(render_histogram(rows, VIEW), 100)
    assert "charge-card version=8 cold=no" in show(
        render_changes([Change(before=rows[1], after=None, p_value=None, larger_than_chance=None)],
                       VIEW, TEST), 100)  # fmt: skip


def test_absent_figures_are_told_from_zero() -> None:
    """A dash is not a nought."""
    row = latency("f", 0, None, memory_mb=None, max_memory_mb=None, timeout_s=None)
    cells = show(render_latency([row], VIEW), 250).splitlines()[2].split()
    assert cells[:2] == ["f", "0"]
    assert cells.count("-") == 11
    assert "? of 256" in show(render_latency(ROWS[3:], VIEW), 250)


def test_nearness_to_the_limit_is_of_the_longest() -> None:
    """3.00 s of 3 s are all of it; where no limit was seen there is none to be near."""
    lines = show(render_latency(ROWS, ALL), 250).splitlines()
    column = lines[0].index("of limit") + len("of limit")
    assert [line[column - 8 : column].strip() for line in lines[2:6]] == ["100", "-", "-", "-"]


def test_distributions_of_all_rows_share_their_scale() -> None:
    """The faster a function, the further left its marks; ends of the scale stand above."""
    lines = show(render_latency(ROWS, ALL), 250).splitlines()
    column = lines[0].index("times")
    peaks = [line[column:].index("█") for line in lines[2:6]]
    assert peaks[2] < peaks[1] < peaks[0] < peaks[3]
    assert lines[1][column:] == "1.8ms-2m13s"


def test_a_histogram_counts_each_invocation_once() -> None:
    """The lines' counts add up to the bins', whether bins share lines or not."""
    spread = tuple(1 if 5 <= index < 50 else 0 for index in range(len(BIN_EDGES_MS) + 1))
    for row, lines in ((ROWS[1], 5), (replace(ROWS[1], bins=spread), 23)):
        page = show(render_histogram([row], VIEW), 80).splitlines()
        counts = [int(m[1].replace(" ", "")) for m in map(_COUNT.search, page) if m]
        assert sum(counts) == sum(row.bins)
        assert sum(count > 0 for count in counts) == lines


_COUNT = re.compile(r"^ *[\d.]+ (?:m?s|m \d\d s)  [█▌ ]+ (\d[\d ]*?)(?:  .*)?$")


def test_percentiles_and_limits_stand_where_they_lie() -> None:
    """In the line whose stretch holds them."""
    for line in HISTOGRAM_AT_60.splitlines():
        for name, figure in (("p50", 245), ("p95", 612), ("p99", 980), ("limit", 3000)):
            if line.endswith(name):
                number, unit = line.split()[:2]
                begin = float(number) * (1000 if unit == "s" else 1)
                assert begin <= figure < begin * 10 ** (1 / 8) * 1.01


def test_many_empty_lines_are_one() -> None:
    """A limit far off is told without a page of nothing."""
    row = latency("f", 100, 5.0, timeout_s=900.0)
    page = show(render_histogram([row], VIEW), 80)
    assert page.count("⋮") == 1
    assert len(page.splitlines()) < 15
    assert page.rstrip().endswith("limit")


def test_what_has_no_distribution_has_no_bars() -> None:
    """There is nothing to be drawn."""
    page = show(render_histogram([latency("f", 0, None)], VIEW), 80)
    assert page == "\nf\n0 invocations\n"
    assert show(render_histogram([replace(ROWS[0], bins=())], VIEW), 80).count("\n") <= 4


def test_a_difference_is_the_one_of_the_figures_beside_it() -> None:
    """Who subtracts what is shown gets what is shown."""
    for before, after in ((24.6, 19.7), (244.6, 343.4), (3.34, 3.26), (9.94, 10.06), (1.0, 5000.2)):
        row = latency("f", 10, before)
        page = show(
            render_changes(
                [Change(before=row, after=replace(row, p50_ms=after), p_value=None,
                        larger_than_chance=None)],
                VIEW, TEST,
            ), 80)  # fmt: skip
        line = next(line for line in page.splitlines() if line.startswith("  p50"))
        first, second, difference = (
            float(m.replace(" ", ""))
            for m in re.findall(r"[-+]?\d[\d ]*(?:\.\d)?(?= ms)", line[5:])
        )
        assert difference == pytest.approx(second - first, abs=0.051 if second < 10 else 0.5)


def test_whether_a_change_is_chance_is_said_in_words() -> None:
    """Slower, faster, chance, too few, only on one side."""
    page = show(render_changes(CHANGES[:4], VIEW, TEST), 100)
    assert "charge-card  slower, more than chance: p < 0.0001" in page
    assert "handler  faster, more than chance: p = 0.003" in page
    assert "send-receipt  no more than chance: p = 0.62" in page
    assert "nightly-report  not before: nothing to compare" in page
    gone = Change(before=ROWS[0], after=None, p_value=None, larger_than_chance=None)
    few = change(ROWS[0], 1.2, None)
    page = show(render_changes([gone, few], VIEW, TEST), 100)
    assert "not after: nothing to compare" in page
    assert "too few to tell" in page
    assert "0 of 2 rows differ by more than chance (Mann-Whitney U)" in page


def test_errors_that_changed_are_told_beside_running_times() -> None:
    """One verdict does not hide the other."""
    both = replace(CHANGES[0], errors_p_value=0.0002, errors_larger_than_chance=True)
    page = show(render_changes([both], VIEW, TEST), 120)
    assert "slower, more than chance: p < 0.0001  more errors, more than chance: p = 0.0002" in page
    fewer = Change(
        before=ROWS[0],
        after=replace(ROWS[0], errors=0),
        p_value=0.5,
        larger_than_chance=False,
        errors_p_value=0.004,
        errors_larger_than_chance=True,
    )
    page = show(render_changes([fewer, both] * 3, VIEW, TEST), 120)
    assert "6 of 6 rows differ by more than chance" in page
    assert "slower, more errors" in page
    assert re.search(r"charge-card +fewer errors ", page)


def test_a_single_row_that_does_not_differ_agrees_with_its_verb() -> None:
    """As one that does; of several, only one that does is singular."""
    alike = replace(CHANGES[0], larger_than_chance=False, errors_larger_than_chance=False)
    for changes, told in (([alike], "0 of 1 row differs"), ([alike] * 2, "0 of 2 rows differ")):
        assert f"{told} by" in show(render_changes(changes, VIEW, TEST), 80)


def test_versions_side_by_side_are_both_named() -> None:
    """Before and after differ in what the row is of."""
    sides = [replace(ROWS[0], by=(("version", v), ("cold", "no"))) for v in ("7", "8")]
    changed = Change(before=sides[0], after=sides[1], p_value=None, larger_than_chance=None)
    assert "charge-card version=7→8 cold=no" in show(render_changes([changed], VIEW, TEST), 100)


def test_what_is_incomplete_has_a_column_only_where_there_is_any() -> None:
    """They are no part of the invocations."""
    assert "incomplete" not in show(render_latency(ROWS, PIPE), terminal=False)
    page = show(render_latency([replace(ROWS[0], incomplete=4)], PIPE), terminal=False)
    column = page.index("incomplete") + len("incomplete")
    assert page.splitlines()[2][:column].endswith("    4")


def test_percentiles_that_are_not_exact_say_so() -> None:
    """At their heads, and how far off they may be."""
    page = show(render_latency([replace(ROWS[0], relative_error=0.01)], VIEW), 100)
    assert "~p50" in page
    assert " mean" in show(render_latency([replace(ROWS[0], relative_error=0.01)], VIEW), 250)
    assert "~ percentiles are within 1.0 % of their value" in page
    assert "~" not in show(render_latency(ROWS, ALL), 250)


def test_times_are_in_the_zone_that_was_asked_for() -> None:
    """With its offset, as `--since` takes it back."""
    view = replace(VIEW, tz=timezone(timedelta(hours=2)))
    assert "2026-11-23T19:00:01.123+02:00" in show(render_slowest(SLOWEST, view), 100)


def test_nothing_is_nothing() -> None:
    """No rows, no lines but the heads."""
    assert len(show(render_latency((), VIEW), 250).splitlines()) == 2
    assert show(render_slowest((), VIEW)) == ""
    assert show(render_histogram((), VIEW)) == ""
    assert show(render_changes((), VIEW, "")) == "0 of 0 rows differ by more than chance\n"


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    ("terminal", "encoding"), [(True, "utf-8"), (False, "utf-8"), (True, "ascii")]
)
@pytest.mark.parametrize("width", [60, 200])
def test_names_are_harmless(text: str, terminal: bool, encoding: str, width: int) -> None:
    """Nothing is obeyed, wherever the text stands."""
    view = LatencyView(terminal=terminal)
    row = replace(ROWS[0], function=text, by=((text, text), ("version", text)))
    slow = replace(SLOWEST[0], function=text, request_id=text, log_group=text)
    changed = change(row, 2.0, 0.001, real=True)
    for renderable in (
        render_latency([row, ROWS[1]], view),
        render_histogram([row], view),
        render_slowest([slow], view),
        render_changes([changed] * 6, view, text),
        render_changes([changed], view, text),
    ):
        written = show(renderable, width, terminal=terminal, colour=terminal, encoding=encoding)
        assert harmful(written) == set()
        if terminal:
            assert max(map(cell_len, SGR.sub("", written).splitlines())) <= width


_FIGURE = st.none() | st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 1e6)
_COUNTED = st.integers(0, 10**12)
_BINS = len(BIN_EDGES_MS) + 1


@st.composite
def _rows(draw: st.DrawFn) -> Latency:
    parts: dict[str, Any] = {
        name: draw(_FIGURE)
        for name in Latency.__dataclass_fields__
        if name.endswith(("_ms", "_mb", "_seconds", "_usd", "_s"))
    }
    return Latency(
        function=draw(st.text(max_size=150)),
        by=draw(st.sampled_from([(), (("version", "7"),), (("hour", "2026-11-23T17:00Z"),)])),
        invocations=draw(_COUNTED),
        errors=draw(_COUNTED),
        timeouts=draw(_COUNTED),
        cold_starts=draw(_COUNTED),
        bins=draw(
            st.just(())
            | st.lists(
                _COUNTED, min_size=len(BIN_EDGES_MS) + 1, max_size=len(BIN_EDGES_MS) + 1
            ).map(tuple)
        ),
        **parts,
    )


@given(st.lists(_rows(), max_size=7), st.integers(20, 220))
def test_whatever_the_figures_it_is_shown_within_the_width(rows: list[Latency], width: int) -> None:
    """Absent, infinite, negative, huge: no figure breaks a table."""
    changes = [
        Change(before=row, after=other, p_value=row.p50_ms, larger_than_chance=bool(row.errors % 2))
        for row, other in zip(rows, [None, *rows], strict=False)
    ]
    for renderable in (
        render_latency(rows, VIEW),
        render_latency(rows[1:], replace(VIEW, total=rows[0] if rows else None)),
        render_histogram(rows, VIEW),
        render_changes(changes, VIEW, TEST),
    ):
        page = show(renderable, width)
        assert max(map(cell_len, page.splitlines()), default=0) <= width


def test_bins_meet_at_their_edges() -> None:
    """Eight to a decade from 0.1 ms to 1,000 s; a bin has its beginning, and not its end."""
    assert len(BIN_EDGES_MS) == 57
    assert BIN_EDGES_MS[::8] == pytest.approx([0.1, 1, 10, 100, 1000, 10_000, 100_000, 1_000_000])
    assert [bin_of(d) for d in (0.0, 0.0999, 0.1, 0.11, 999.9, 1000.0, 900_000, 1e6, 1e9)] == [
        *(0, 0, 1, 1, 32, 33, 56, 57, 57)
    ]
    assert all(bin_of(edge) == index + 1 for index, edge in enumerate(BIN_EDGES_MS))
