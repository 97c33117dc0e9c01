from __future__ import annotations

import gc
import random
import tempfile
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from typing import BinaryIO
from zoneinfo import ZoneInfo

import pytest
from figure_samples import GROUP, STREAM, T0, End, batch, expected, in_batch, many

from slsloggrep.analyse import dimensions
from slsloggrep.analyse.accounts import REMEMBERED
from slsloggrep.analyse.columns import Columns, Figures
from slsloggrep.analyse.dimensions import version_of
from slsloggrep.analyse.ledger import Ledger
from slsloggrep.analyse.prices import Price
from slsloggrep.analyse.sketch import RELATIVE_ERROR
from slsloggrep.analyse.spill import Spill
from slsloggrep.errors import UsageError
from slsloggrep.model import Latency, Status

HEX = "0123456789abcdef0123456789abcdef"


def filled(*ends: End, ledger: Ledger | None = None) -> Ledger:
    ledger = ledger or Ledger()
    for end in ends:
        if end.status is None:
            ledger.add(batch([end]))
        else:
            ledger.add_invocation(end.whole)
    return ledger


def only(ledger: Ledger) -> Latency:
    (row,) = ledger.rows()
    return row


def by_value(ledger: Ledger) -> dict[str, int]:
    """Return invocations by the value of the only dimension, in the order of the rows."""
    return {row.by[0][1]: row.invocations for row in ledger.rows()}


# What counts


def test_a_row_states_what_its_invocations_come_to() -> None:
    """All figures of one row, from figures that can be checked by hand."""
    ends = [
        End(number=1, duration=10.0, billed=10.0, used=60.0, init=200.0),
        End(number=2, duration=20.0, billed=20.0, used=70.0),
        End(number=3, duration=40.0, billed=1000.0, used=128.0, restore=300.0),
        End(number=4, duration=3000.0, billed=3000.0, status=Status.TIMEOUT, timeout_s=3.0),
    ]
    row = only(filled(*ends))
    assert (row.function, row.by) == ("pay", ())
    assert (row.invocations, row.errors, row.timeouts, row.cold_starts) == (4, 1, 1, 2)
    assert (row.mean_ms, row.p50_ms, row.max_ms) == (767.5, 30.0, 3000.0)
    assert (row.p90_ms, row.p95_ms, row.p99_ms) == (2112.0, 2556.0, 2911.2)
    assert (row.init_p50_ms, row.init_max_ms) == (250.0, 300.0)
    assert (row.memory_mb, row.max_memory_mb) == (128.0, 128.0)
    assert (row.billed_ms, row.gb_seconds) == (4030.0, 0.50375)
    assert row.cost_usd == pytest.approx(0.50375 * 0.0000166667 + 4 * 0.0000002, rel=1e-12)
    assert row.timeout_s == 3.0
    assert sum(row.bins) == 4
    assert row.relative_error is None


def test_nothing_makes_no_rows() -> None:
    """An empty ledger, and one of empty batches, has no row, no slowest and no total."""
    ledger = Ledger(slowest=3)
    ledger.add(batch([]))
    assert (ledger.rows(), ledger.slowest(), ledger.total()) == ((), (), None)


def test_one_invocation_is_all_of_its_percentiles() -> None:
    """There is no line between ranks, and no second row to make a total of."""
    ledger = filled(End(number=1, duration=12.34))
    row = only(ledger)
    assert {row.mean_ms, row.p50_ms, row.p99_ms, row.max_ms} == {12.34}
    assert ledger.total() is None


def test_copies_count_once() -> None:
    """The same REPORT, delivered again, in the same batch or another, is one invocation."""
    end = End(number=1)
    ledger = Ledger()
    ledger.add(batch([end, end]))
    ledger.add(batch([end]))
    assert only(ledger).invocations == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_was_read_whole_goes_before_a_batch(order: tuple[int, ...]) -> None:
    """A REPORT that states success may end an invocation that failed: whoever read it whole knows.

    In any order, and told apart by status, it is one invocation, and an error.
    """
    failed = End(number=1, status=Status.ERROR)
    copies = [in_batch(failed), failed, in_batch(failed)]
    row = only(filled(*[copies[place] for place in order], ledger=Ledger(by=("status",))))
    assert row.by == (("status", "error"),)
    assert (row.invocations, row.errors) == (1, 1)


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_of_copies_in_different_places_the_known_place_counts(order: tuple[int, ...]) -> None:
    """Where an archive lost the group, the copy that has it tells the function, in any order."""
    end = End(number=1)
    places = [batch([end]), batch([replace(end, log_group="")], identities=[end.identity])]
    ledger = Ledger()
    for place in order:
        ledger.add(places[place])
    assert only(ledger).function == "pay"


def test_an_invocation_without_an_end_is_counted_apart() -> None:
    """It is no invocation that ended, has no figures, and is not hidden."""
    row = only(filled(End(number=1), End(number=2, status=Status.INCOMPLETE, reported=False)))
    assert (row.invocations, row.errors, row.incomplete) == (1, 0, 1)
    alone = only(filled(End(number=2, status=Status.INCOMPLETE, reported=False)))
    assert (alone.invocations, alone.incomplete, alone.p50_ms, alone.bins) == (0, 1, None, ())


def test_an_init_without_a_request_is_no_invocation() -> None:
    """An init that failed before any request came serves nobody."""
    ledger = Ledger()
    whole = End(number=1, status=Status.INIT_ERROR, reported=False).whole
    ledger.add_invocation(replace(whole, request_id=None))
    assert ledger.rows() == ()


def test_a_failure_without_a_report_counts_without_a_duration() -> None:
    """It is an invocation and an error; percentiles are of those whose duration is known."""
    lost = End(
        number=2, status=Status.EXIT, reported=False,
        duration=None, billed=None, memory=None, used=None,
    )  # fmt: skip
    row = only(filled(End(number=1, duration=10.0), lost))
    assert (row.invocations, row.errors, row.mean_ms, sum(row.bins)) == (2, 1, 10.0, 1)


def test_failures_without_a_report_are_told_apart_by_their_starts() -> None:
    """Two attempts of one request are two, the same attempt given twice is one."""
    lost = End(number=2, status=Status.EXIT, reported=False, duration=None)
    again = replace(lost, time=lost.time + 60_000)
    assert only(filled(lost, lost, again)).invocations == 2


def test_an_invocation_without_records_is_told_by_what_it_states() -> None:
    """Nothing to compare but its own figures: copies are one, others are not."""
    whole = replace(End(number=1, status=Status.ERROR).whole, records=())
    ledger = Ledger()
    for each in (whole, whole, replace(whole, start=whole.start + 1)):
        ledger.add_invocation(each)
    assert only(ledger).invocations == 2


@pytest.mark.parametrize(
    ("end", "cold"),
    [
        (End(number=1), 0),
        (End(number=1, init=0.0), 1),
        (End(number=1, restore=5.0), 1),
        (End(number=1, status=Status.OK, cold=True), 1),
        (End(number=1, status=Status.OK, cold=True, init=5.0), 1),
        (End(number=1, status=Status.OK), 0),
    ],
)
def test_cold_starts(end: End, cold: int) -> None:
    """An init, a restore, or a record of either makes a start cold: once."""
    row = only(filled(end, ledger=Ledger(by=("cold",))))
    assert row.cold_starts == cold
    assert row.by == (("cold", "yes" if cold else "no"),)


def test_an_init_goes_before_a_restore() -> None:
    """Where REPORT states both, the init counts; where there is none, the restore does."""
    ends = [End(number=1, init=7.0, restore=9.0), End(number=2, restore=11.0)]
    row = only(filled(*ends))
    assert (row.init_p50_ms, row.init_max_ms) == (9.0, 11.0)
    ledger = Ledger()
    ledger.add(batch(ends))
    assert only(ledger) == row


# Figures that are not there


def test_managed_instances_state_no_memory_and_no_bill() -> None:
    """What nobody tells is None, and not nothing: no cost, no size, no note of a price."""
    row = only(filled(*many([1.0, 2.0], billed=None, memory=None, used=None)))
    assert (row.memory_mb, row.max_memory_mb, row.billed_ms) == (None, None, None)
    assert (row.gb_seconds, row.cost_usd, row.notes) == (None, None, ())
    assert row.p50_ms == 1.5


def test_billed_time_of_unknown_size_costs_nothing_that_is_known() -> None:
    """It is billed time all the same."""
    row = only(filled(End(number=1, memory=None), End(number=2)))
    assert (row.billed_ms, row.gb_seconds) == (22.0, 11 / 1000 / 8)


def test_the_usual_size_of_memory() -> None:
    """The size that most had; of equals the largest."""
    small, large = many([1.0, 2.0], memory=128.0), many([1.0, 2.0], 10, memory=512.0)
    assert only(filled(*small, *large)).memory_mb == 512.0
    assert only(filled(*small, *large[:1])).memory_mb == 128.0


def test_gb_seconds_are_of_each_size() -> None:
    """Two sizes are not multiplied by one of them."""
    ends = [End(number=1, billed=1000.0, memory=1024.0), End(number=2, billed=500.0, memory=512.0)]
    assert only(filled(*ends)).gb_seconds == 1.25


def test_a_price_of_ones_own() -> None:
    """Cost is GB-seconds and requests at the given price, and the price's notes are said."""
    price = Price(
        gb_second=2.0, request=0.5, region="x", architecture="arm64", notes=("so it is",)
    )  # fmt: skip
    ends = [End(number=1, billed=1000.0, memory=1024.0), End(number=2, status=Status.ERROR,
            reported=False, billed=None, memory=None)]  # fmt: skip
    row = only(filled(*ends, ledger=Ledger(price=price)))
    assert (row.cost_usd, row.notes) == (3.0, ("so it is",))


# Windows


def test_a_window_takes_its_beginning_and_leaves_its_end() -> None:
    """By the REPORT's time: since is inclusive, until exclusive; batches are cut row by row."""
    ends = [replace(end, time=T0 + 10 * end.number) for end in many([1.0, 2.0, 4.0, 8.0])]
    ledger = Ledger(since=T0 + 10, until=T0 + 30)
    ledger.add(batch(ends))
    row = only(ledger)
    assert (row.invocations, row.mean_ms, row.billed_ms) == (2, 3.0, 22.0)
    whole = [replace(end, status=Status.ERROR) for end in ends]
    assert only(filled(*whole, ledger=Ledger(since=T0 + 10, until=T0 + 30))).mean_ms == 3.0
    assert only(filled(*ends, ledger=Ledger(since=T0 + 30))).invocations == 1
    assert only(filled(*ends, ledger=Ledger(until=T0 + 10))).invocations == 1


def test_an_invocation_lies_where_its_report_lies() -> None:
    """Lines after REPORT do not carry it out of the window."""
    whole = replace(End(number=1, status=Status.ERROR).whole, end=T0 + 60_000)
    ledger = Ledger(since=T0, until=T0 + 1)
    ledger.add_invocation(whole)
    assert only(ledger).invocations == 1


def test_an_invocation_outside_the_window_leaves_no_limit() -> None:
    """What does not count says nothing about what does."""
    late = End(number=1, status=Status.TIMEOUT, timeout_s=3.0, time=T0 + 5000)
    assert only(filled(late, End(number=2), ledger=Ledger(until=T0 + 5000))).timeout_s is None


# Limits


def reporting(status: str, **figures: object) -> Ledger:
    """Return a ledger of one timeout whose REPORT states a status."""
    whole = End(number=1, status=Status.TIMEOUT, **figures).whole
    report = whole.records[-1]
    assert report.platform is not None
    platform = replace(report.platform, status=status)
    ledger = Ledger()
    ledger.add_invocation(
        replace(whole, records=(*whole.records[:-1], replace(report, platform=platform)))
    )
    return ledger


def test_a_timeout_shows_the_limit_by_how_long_it_ran() -> None:
    """New-style REPORTs state no limit: 3016.78 ms is one of 3 s."""
    assert only(reporting("timeout", duration=3016.78)).timeout_s == 3.0
    assert only(reporting("error", duration=3016.78)).timeout_s is None
    assert only(reporting("timeout", duration=0.5)).timeout_s is None


def test_the_newest_limit_counts() -> None:
    """A limit that was raised is the limit now, in whatever order timeouts come."""
    old = End(number=1, status=Status.TIMEOUT, timeout_s=3.0)
    new = End(number=2, status=Status.TIMEOUT, timeout_s=30.0, time=T0 + 1)
    assert only(filled(new, old)).timeout_s == 30.0
    assert only(filled(old, new)).timeout_s == 30.0


def test_a_limit_is_the_functions() -> None:
    """All rows of a function know it; those of another function, or another version, do not."""
    timeout = End(number=1, status=Status.TIMEOUT, timeout_s=3.0)
    other = End(number=3, log_stream=f"2026/11/23/[8]{HEX}")
    by_status = filled(timeout, End(number=2), ledger=Ledger(by=("status",)))
    assert [row.timeout_s for row in by_status.rows()] == [3.0, 3.0]
    by_version = filled(timeout, End(number=2), other, ledger=Ledger(by=("version", "status")))
    limits = {row.by: row.timeout_s for row in by_version.rows()}
    assert limits[(("version", "7"), ("status", "ok"))] == 3.0
    assert limits[(("version", "8"), ("status", "ok"))] is None
    apart = filled(timeout, End(number=2, log_group="/aws/lambda/orders"))
    assert {row.function: row.timeout_s for row in apart.rows()} == {"pay": 3.0, "orders": None}


# What rows are told by


@pytest.mark.parametrize(
    ("log_stream", "version"),
    [
        (f"2023/02/20/[$LATEST]{HEX}", "$LATEST"),
        (f"2023/07/05/[56]{HEX}", "56"),
        (f"2025/05/06/orders[$LATEST]{HEX}", "$LATEST"),
        (f"2025/05/06/orders[56]{HEX}", "56"),
        (f"2024-02-13-[$LATEST]{HEX}", "$LATEST"),
        ("app/web/1", "unknown"),
        ("", "unknown"),
    ],
)
def test_versions_of_streams(log_stream: str, version: str) -> None:
    """The stream's name states the version, in its own group and in a custom one."""
    assert version_of(log_stream) == version
    row = only(filled(End(number=1, log_stream=log_stream), ledger=Ledger(by=("version",))))
    assert row.by == (("version", version),)


def test_an_invocation_knows_its_version_better_than_its_stream() -> None:
    """START names it; the stream's is taken where it does not."""
    whole = End(number=1, status=Status.ERROR).whole
    ledger = Ledger(by=("version",))
    ledger.add_invocation(replace(whole, version="12"))
    assert only(ledger).by == (("version", "12"),)


def test_functions_of_a_custom_group_come_from_their_streams() -> None:
    """One batch of one group may hold several functions."""
    ends = [
        End(number=n, log_group="shared", log_stream=f"2025/05/06/{name}[1]{HEX}")
        for n, name in enumerate(("pay", "orders", "pay", "pay"))
    ]
    ledger = Ledger()
    ledger.add(batch(ends))
    assert {row.function: row.invocations for row in ledger.rows()} == {"orders": 1, "pay": 3}


def test_an_invocation_whose_function_is_unknown_is_placed_by_its_stream() -> None:
    """As rows of batches are."""
    ledger = Ledger(slowest=1)
    ledger.add_invocation(replace(End(number=1, status=Status.ERROR).whole, function=""))
    assert only(ledger).function == "pay"
    assert [slow.function for slow in ledger.slowest()] == ["pay"]


def test_rows_of_a_batch_are_told_apart_by_what_each_states() -> None:
    """Cold, memory, hour and stream may differ within one batch; figures stay with their row."""
    other = f"2026/11/23/[8]{HEX}"
    ends = [
        End(number=0, duration=1.0, billed=1.0, memory=128.0),
        End(number=1, duration=2.0, billed=3.0, memory=512.0, init=7.0, log_stream=other),
        End(number=2, duration=4.0, billed=5.0, memory=128.0, time=T0 + 3_600_000),
        End(number=3, duration=8.0, billed=9.0, memory=None, log_stream=other),
    ]
    for by in dimensions.DIMENSIONS:
        ledger = Ledger(by=(by,))
        ledger.add(batch(ends))
        assert {(row.function, row.by): row for row in ledger.rows()} == expected(ends, (by,))


def test_hours_are_those_of_the_zone() -> None:
    """Berlin's hour from 2 to 3 comes twice in October; the offset tells which came first."""
    base = int(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp() * 1000)
    ends = [replace(End(number=n), time=base + n * 1_800_000) for n in range(4)]
    ledger = filled(*ends, ledger=Ledger(by=("hour",), zone=ZoneInfo("Europe/Berlin")))
    assert by_value(ledger) == {"2026-10-25T02:00+02:00": 1, "2026-10-25T02:00+01:00": 2,
                                "2026-10-25T03:00+01:00": 1}  # fmt: skip
    utc = filled(*ends, ledger=Ledger(by=("minute",)))
    assert list(by_value(utc)) == ["2026-10-25T00:30Z", "2026-10-25T01:00Z",
                                   "2026-10-25T01:30Z", "2026-10-25T02:00Z"]  # fmt: skip


def test_hours_of_a_zone_of_three_quarters() -> None:
    """Kathmandu is 5:45 ahead: its hours begin at a quarter past."""
    base = int(datetime(2026, 1, 1, 0, 14, tzinfo=UTC).timestamp() * 1000)
    ends = [replace(End(number=n), time=base + n * 60_000) for n in range(2)]
    ledger = filled(*ends, ledger=Ledger(by=("hour",), zone=ZoneInfo("Asia/Kathmandu")))
    assert list(by_value(ledger)) == ["2026-01-01T05:00+05:45", "2026-01-01T06:00+05:45"]


@pytest.mark.parametrize("time", [10**18, -(10**18), 253_402_300_799_999])
def test_a_time_of_no_calendar_is_unknown(time: int) -> None:
    """A damaged timestamp is a row of its own, or an hour at the edge, and no crash."""
    ledger = Ledger(by=("hour",), zone=ZoneInfo("Asia/Kathmandu"))
    ledger.add(batch([End(number=1, time=time)]))
    ledger.add_invocation(End(number=2, time=time, status=Status.ERROR).whole)
    assert by_value(ledger) == {"unknown": 2}


def test_rows_follow_each_other_naturally() -> None:
    """Versions and sizes as numbers, `$LATEST` after them, what is unknown last."""
    streams = [f"2026/11/23/[{v}]{HEX}" for v in ("10", "9", "$LATEST")]
    ends = [End(number=n, log_stream=stream) for n, stream in enumerate((*streams, "odd"))]
    assert list(by_value(filled(*ends, ledger=Ledger(by=("version",))))) == [
        "9", "10", "$LATEST", "unknown",
    ]  # fmt: skip
    sizes = [End(number=n, memory=size) for n, size in enumerate((None, 1024.0, 128.0, 128.5))]
    assert list(by_value(filled(*sizes, ledger=Ledger(by=("memory",))))) == [
        "128", "128.5", "1024", "unknown",
    ]  # fmt: skip


def test_a_dimension_given_twice_is_one() -> None:
    """`--by cold --by cold` tells apart once."""
    assert only(filled(End(number=1), ledger=Ledger(by=("cold", "cold")))).by == (("cold", "no"),)


def test_a_strange_dimension_is_refused() -> None:
    """It is named, with what there is."""
    with pytest.raises(UsageError, match="'colour' is nothing") as caught:
        Ledger(by=("colour",))
    assert "version" in str(caught.value.hint)


def test_forgetting_streams_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are more streams than are remembered: they are understood again."""
    monkeypatch.setattr(dimensions, "_KNOWN_STREAMS", 2)
    ends = [End(number=n, log_stream=f"2026/11/23/[{n % 3}]{n % 7:032x}") for n in range(50)]
    for by in (("version",), ("version", "cold")):
        ledger = filled(*ends, ledger=Ledger(by=by, budget_rows=4))
        assert {(row.function, row.by): row for row in ledger.rows()} == expected(ends, by)


# Order


def test_rows_are_sorted_by_any_column() -> None:
    """The largest first, absent ones last, equal ones by function; `top` cuts afterwards."""
    ends = [
        *many([5.0] * 3, 0, log_group="/aws/lambda/a"),
        *many([9.0], 10, log_group="/aws/lambda/b", billed=None),
        *many([5.0] * 2, 20, log_group="/aws/lambda/c"),
    ]
    ledger = filled(*ends)

    def names(sort: str, top: int | None = None) -> list[str]:
        return [row.function for row in ledger.rows(sort=sort, top=top)]

    assert names("function") == ["a", "b", "c"]
    assert names("invocations") == ["a", "c", "b"]
    assert names("p95") == ["b", "a", "c"]
    assert names("billed") == ["a", "c", "b"]
    assert names("max", top=2) == ["b", "a"]
    for sort in ("errors", "timeouts", "cold", "mean", "p50", "p90", "p99", "init", "memory"):
        assert len(names(sort)) == 3
    assert names("cost") == ["a", "c", "b"]
    free = End(number=30, log_group="/aws/lambda/z", billed=0.0)
    unbilled = End(number=31, log_group="/aws/lambda/y", billed=None)
    billed = filled(free, unbilled).rows(sort="billed")
    assert [row.billed_ms for row in billed] == [0.0, None]


def test_a_strange_column_is_refused() -> None:
    """It is named, with what there is."""
    with pytest.raises(UsageError, match="'colour'") as caught:
        filled(End(number=1)).rows(sort="colour")
    assert "p95" in str(caught.value.hint)


def test_the_total_is_of_all_invocations() -> None:
    """Percentiles of all together are no mean of percentiles; sizes of memory mean nothing."""
    ends = [
        *many([1.0, 2.0, 3.0], 0),
        *many([10.0, 20.0], 10, log_group="/aws/lambda/orders", init=4.0),
        End(number=20, status=Status.INCOMPLETE, reported=False),
    ]
    total = filled(*ends).total()
    assert total is not None
    alone = only(filled(*[replace(end, log_group=GROUP) for end in ends]))
    same = replace(alone, function="", memory_mb=None, max_memory_mb=None, cost_usd=None)
    assert replace(total, cost_usd=None) == same
    assert total.cost_usd == pytest.approx(alone.cost_usd, rel=1e-12)


# The slowest


def test_the_slowest_are_found_over_all_functions() -> None:
    """The longest first; of equals the one that ended first; failures with their status."""
    ends = [
        *many([float(n) for n in range(100)]),
        End(number=500, duration=99.0, time=T0 - 1, log_group="/aws/lambda/orders"),
        End(number=501, duration=3000.0, status=Status.TIMEOUT, init=5.0),
    ]
    random.Random(1).shuffle(ends)
    slowest = filled(*ends, ledger=Ledger(slowest=4)).slowest()
    assert [(slow.duration_ms, slow.function, slow.status) for slow in slowest] == [
        (3000.0, "pay", Status.TIMEOUT),
        (99.0, "orders", Status.OK),
        (99.0, "pay", Status.OK),
        (98.0, "pay", Status.OK),
    ]
    assert slowest[0].init_ms == 5.0
    assert slowest[0].request_id == "000001f5-0000-4000-8000-00000000000a"


def test_the_slowest_of_equals_do_not_depend_on_order() -> None:
    """A hundred timeouts at the limit: the same five, however they come, and however often."""
    ends = many([3000.0] * 100)
    first = filled(*ends, ledger=Ledger(slowest=5)).slowest()
    random.Random(2).shuffle(ends)
    assert filled(*ends, *ends, ledger=Ledger(slowest=5)).slowest() == first
    assert [slow.request_id[:8] for slow in first] == [f"{n:08x}" for n in range(5)]


def test_the_slowest_lie_in_the_window() -> None:
    """As rows do."""
    ends = [End(number=n, duration=float(n), time=T0 + n) for n in range(5)]
    ledger = Ledger(slowest=9, since=T0 + 1, until=T0 + 3)
    ledger.add(batch(ends))
    assert [slow.duration_ms for slow in ledger.slowest()] == [2.0, 1.0]


# Memory


class Files:
    """Opens temporary files, and remembers them."""

    def __init__(self) -> None:
        self.opened: list[BinaryIO] = []

    def __call__(self) -> BinaryIO:
        self.opened.append(tempfile.TemporaryFile())  # noqa: SIM115 - the ledger closes it
        return self.opened[-1]


def everything(seed: int) -> list[End]:
    """Return invocations of all kinds, some of them twice, in no order."""
    rnd = random.Random(seed)
    streams = [f"2026/11/23/[{n % 4}]{n:032x}" for n in range(9)]
    ends = []
    for number in range(3000):
        status = rnd.choice((None, None, None, *Status))
        reported = status is not Status.INCOMPLETE
        ends.append(
            End(
                number=number,
                log_group=rnd.choice((GROUP, "/aws/lambda/orders")),
                log_stream=rnd.choice(streams),
                time=T0 + rnd.randrange(10**7),
                duration=round(rnd.lognormvariate(4, 1), 2) if reported else None,
                billed=float(rnd.randrange(1000)) if reported else None,
                memory=rnd.choice((128.0, 512.0)) if reported else None,
                used=float(rnd.randrange(128)) if reported else None,
                init=rnd.choice((None, None, 5.5)) if reported else None,
                status=status,
                reported=reported,
            )
        )
    twins = [in_batch(end) for end in ends if end.status is not None and end.reported]
    copies = [*ends, *rnd.sample(ends, 1000), *rnd.sample(twins, len(twins) // 2)]
    rnd.shuffle(copies)
    return copies


@pytest.mark.parametrize("budget", [7, 100, 1999])
@pytest.mark.parametrize("by", [(), ("version", "hour"), ("status",)])
def test_the_answer_from_disk_is_the_answer_from_memory(budget: int, by: tuple[str, ...]) -> None:
    """Bit by bit, slowest and total included; and the files are given back."""
    ends = everything(1)
    files, none = Files(), Files()
    spilled = filled(*ends, ledger=Ledger(by=by, slowest=9, budget_rows=budget, open_file=files))
    held = filled(*ends, ledger=Ledger(by=by, slowest=9, budget_rows=10_000, open_file=none))
    assert held.rows() == spilled.rows()
    assert held.total() == spilled.total()
    assert held.slowest() == spilled.slowest()
    assert {(row.function, row.by): row for row in held.rows()} == expected(ends, by)
    assert files.opened
    assert not none.opened
    spilled.close()
    assert all(file.closed for file in files.opened)


def test_copies_alone_need_no_disk() -> None:
    """A REPORT that comes ten thousand times takes no more room than one."""
    files = Files()
    ledger = Ledger(budget_rows=10, open_file=files)
    for _ in range(1000):
        ledger.add(batch([End(number=1)] * 10))
    assert only(ledger).invocations == 1
    assert not files.opened


def test_a_part_that_is_too_large_is_parted_again() -> None:
    """Identities whose low bits are equal all fall into one part: the next bits tell them apart."""
    ends = many([float(n) for n in range(64)])
    identities = [n << 16 for n in range(64)]
    ledger = Ledger(budget_rows=4)
    for end, identity in zip(ends, identities, strict=True):
        ledger.add(batch([end, end], identities=[identity, identity]))
    assert only(ledger) == only(filled(*ends))


@pytest.mark.parametrize("step", [1, 1 << 8, 1 << 16])
def test_what_is_read_back_at_once_is_half_a_budget(step: int) -> None:
    """Whatever bits identities differ in, parts are small, and all copies lie in one of them."""
    columns = Columns()
    for n in range(1000):
        columns.append(Figures(identity=n // 2 * step, number=n % 3, duration=float(n)))
    spill = Spill(tempfile.TemporaryFile, 100)
    spill.add(columns)
    parts = list(spill.read())
    assert max(map(len, parts)) <= 50
    assert len(parts) < 100
    identities = [set(part.identities) for part in parts]
    assert sum(map(len, identities)) == len(set().union(*identities)) == 500
    rows = [row for part in parts for row in zip(part.numbers(), part.durations, strict=True)]
    assert sorted(rows, key=lambda row: row[1]) == [(n % 3, float(n)) for n in range(1000)]


def test_a_ledger_that_is_forgotten_gives_its_files_back() -> None:
    """Whoever is interrupted asks for no table, and leaves nothing behind."""
    files = Files()
    ledger = filled(*many([1.0] * 10), ledger=Ledger(budget_rows=2, open_file=files))
    assert files.opened
    del ledger
    gc.collect()
    assert all(file.closed for file in files.opened)


# Approximately


def test_a_sketch_says_so_and_opens_no_file() -> None:
    """Rows carry the error, counts are exact, and there is no disk, however little memory."""
    ends = everything(2)
    files = Files()
    ledger = filled(*ends, ledger=Ledger(budget_rows=500, open_file=files, approximate=True))
    rough, exact = ledger.rows(), filled(*ends).rows()
    assert not files.opened
    for row, true in zip(rough, exact, strict=True):
        assert row.relative_error == RELATIVE_ERROR
        assert (row.invocations, row.errors, row.mean_ms) == (
            true.invocations,
            true.errors,
            true.mean_ms,
        )
        assert (row.billed_ms, row.cost_usd, row.bins) == (
            true.billed_ms,
            true.cost_usd,
            true.bins,
        )
        assert row.p99_ms == pytest.approx(true.p99_ms, rel=RELATIVE_ERROR)
        assert row.notes == true.notes
    total = ledger.total()
    assert total is not None
    assert total.relative_error == RELATIVE_ERROR


def test_a_sketch_takes_a_row_out_that_was_read_whole_later() -> None:
    """Counted as ok long before: when it turns out to have failed, it counts as that alone."""
    ends = many([float(n) for n in range(100)])
    failed = [replace(end, status=Status.ERROR) for end in ends[:10]]
    ledger = Ledger(by=("status",), budget_rows=16, approximate=True)
    filled(*ends, *failed, *failed, *ends[:10], ledger=ledger)
    assert by_value(ledger) == {"error": 10, "ok": 90}


def test_a_sketch_takes_less_memory_than_an_exact_answer() -> None:
    """Of the same rows with the same budget: its blocks are smaller, and it sorts no durations."""
    batches = [batch(many(map(float, range(500)), first=500 * n)) for n in range(60)]

    def peak(*, approximate: bool) -> int:
        tracemalloc.start()
        ledger = Ledger(budget_rows=10_000, approximate=approximate)
        for each in batches:
            ledger.add(each)
        assert only(ledger).invocations == 30_000
        reached = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return reached

    assert peak(approximate=True) < peak(approximate=False) / 2


def test_a_sketch_says_when_it_forgot() -> None:
    """Beyond what it remembers copies count twice, and the rows say how far apart that is."""
    count = 4 * REMEMBERED + 8
    ends = many([1.0] * count)
    ledger = filled(*ends, ends[0], ledger=Ledger(budget_rows=4, approximate=True))
    row = only(ledger)
    assert row.invocations == count + 1
    assert row.notes[-1] == "copies of an invocation that came 64 or more apart count twice"
    assert len(only(filled(*ends[:40], ledger=Ledger(budget_rows=4, approximate=True))).notes) == 2


def test_a_stream_is_an_environment() -> None:
    """Told apart by environment there is a row for each stream, the nameless one last."""
    streams = ("2026/11/23/[7]bb", STREAM, "")
    ends = [End(number=n, log_stream=stream) for n, stream in enumerate(streams)]
    ledger = filled(*ends, ledger=Ledger(by=("environment",)))
    assert list(by_value(ledger)) == [STREAM, "2026/11/23/[7]bb", "unknown"]
