"""Sums that somebody else has added up make the rows that single invocations would make."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import asdict, replace
from datetime import timedelta, timezone
from itertools import pairwise
from math import fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.analyse.ledger import Ledger
from slsloggrep.analyse.sketch import edges_between
from slsloggrep.analyse.summed import sum_edges
from slsloggrep.model import BIN_EDGES_MS, FigureBatch, Latency
from slsloggrep.model.sums import FigureSum, Sized

EDGES = sum_edges()

Run = tuple[float, float | None, float | None, float | None, float | None]
"""Duration, billed time, memory size, memory used, init."""


def hundredths(low: int, high: int) -> st.SearchStrategy[float]:
    return st.integers(low, high).map(lambda number: number / 100)


RUNS: st.SearchStrategy[list[Run]] = st.lists(
    st.tuples(
        hundredths(13, 100_000_000),
        st.none() | st.integers(1, 900_000).map(float),
        st.none() | st.sampled_from([128.0, 512.0, 1024.0]),
        st.none() | st.integers(1, 1024).map(float),
        st.none() | hundredths(13, 1_000_000),
    ),
    min_size=1,
    max_size=60,
)


def counted(values: list[float]) -> list[int]:
    """Count values between edges, as a server does."""
    counts = [0] * (len(EDGES) - 1)
    for value in values:
        counts[bisect_right(EDGES, value) - 1] += 1
    return counts


def added(runs: list[Run], function: str = "pay") -> FigureSum:
    sizes: dict[float | None, list[float | None]] = defaultdict(list)
    for _, billed, size, _, _ in runs:
        sizes[size].append(billed)
    inits = [init for *_, init in runs if init is not None]
    return FigureSum(
        function=function,
        invocations=len(runs),
        durations=counted([run[0] for run in runs]),
        total_ms=fsum(run[0] for run in runs),
        longest_ms=max(run[0] for run in runs),
        inits=counted(inits),
        init_longest_ms=max(inits, default=None),
        max_memory_mb=max((run[3] for run in runs if run[3] is not None), default=None),
        sizes={
            size: Sized(
                len(all_of), len(known := [b for b in all_of if b is not None]), fsum(known)
            )
            for size, all_of in sizes.items()
        },
    )


def batch(runs: list[Run], function: str = "pay", first: int = 0) -> FigureBatch:
    count = len(runs)
    return FigureBatch(
        log_group=f"/aws/lambda/{function}",
        log_streams=["s"] * count,
        request_ids=[str(first + number) for number in range(count)],
        identities=[first + number for number in range(count)],
        times=[1000] * count,
        durations_ms=[run[0] for run in runs],
        billed_ms=[run[1] for run in runs],
        memory_mb=[run[2] for run in runs],
        max_memory_mb=[run[3] for run in runs],
        init_ms=[run[4] for run in runs],
        restore_ms=[None] * count,
    )


def alike(rows: tuple[Latency, ...]) -> list[dict[str, object]]:
    """Return rows whose sums are equal but for how they were rounded on the way."""
    found = [asdict(row) for row in rows]
    for row in found:
        for name in ("mean_ms", "billed_ms", "gb_seconds", "cost_usd"):
            row[name] = row[name] and pytest.approx(row[name], rel=1e-12)
    return found


@settings(max_examples=60)
@given(runs=RUNS, more=RUNS)
def test_sums_make_the_rows_that_invocations_make(runs: list[Run], more: list[Run]) -> None:
    """Counts, percentiles, bins, sizes and maxima are equal, in whatever pieces they come."""
    sums, rows = Ledger(approximate=True), Ledger(approximate=True)
    sums.add_sum(added(runs))
    sums.add(batch(more, first=100))
    sums.add_sum(added(more, "other"))
    rows.add(batch([*runs, *more]))
    rows.add(batch(more, "other", first=1000))
    assert alike(rows.rows()) == [asdict(row) for row in sums.rows()]
    total, true = sums.total(), rows.total()
    assert total is not None
    assert true is not None
    assert alike((true,)) == [asdict(total)]


def test_edges_are_those_of_the_sketch_and_of_what_is_shown() -> None:
    """So that no stretch between two of them lies in two bins of either."""
    assert list(EDGES) == sorted(set(EDGES))
    assert set(edges_between(-3, 20)) <= set(EDGES)
    assert {edge for edge in BIN_EDGES_MS if EDGES[0] < edge < EDGES[-1]} <= set(EDGES)
    assert (EDGES[0], EDGES[-1]) == (0.125, 1_048_576.0)
    doubling = [high / low for low, high in pairwise(edges_between(3, 4))]
    assert len(doubling) == 64
    assert max(doubling) == 65 / 64


@pytest.mark.parametrize(
    ("options", "takes"),
    [
        ({"approximate": True}, True),
        ({}, False),
        ({"approximate": True, "by": ("hour", "status")}, True),
        ({"approximate": True, "by": ("hour", "cold")}, False),
        ({"approximate": True, "by": ("version",)}, False),
        ({"approximate": True, "slowest": 5}, False),
    ],
)
def test_sums_will_do_where_no_invocation_is_asked_for(
    options: dict[str, object], takes: bool
) -> None:
    """Exact percentiles, other rows than functions' and the slowest need every one of them."""
    assert Ledger(**options).takes_sums is takes  # type: ignore[arg-type] # as the table says


@pytest.mark.parametrize(("by", "slot"), [("hour", 900_000), ("minute", 60_000), ("status", None)])
def test_sums_lie_within_one_row(by: str, slot: int | None) -> None:
    """Hours begin on the quarters of some zones: a sum of a quarter is of one hour in any zone."""
    runs: list[Run] = [(1.0, None, None, None, None)]
    zone = timezone(timedelta(hours=5, minutes=45))
    sums, rows = (Ledger(approximate=True, by=(by,), zone=zone) for _ in range(2))
    assert sums.slot == slot
    for number, time in enumerate((0, 899_999, 900_000, 3_600_000)):
        begun = time if slot is None else time // slot * slot
        sums.add_sum(replace(added(runs), time=begun))
        rows.add(replace(batch(runs, first=number), times=[time]))
    assert [row.by for row in sums.rows()] == [row.by for row in rows.rows()]
    assert alike(rows.rows()) == [asdict(row) for row in sums.rows()]


def test_exact_figures_take_no_sums() -> None:
    """A sum in an exact table would be a lie about it."""
    with pytest.raises(TypeError):
        Ledger().add_sum(added([(1.0, None, None, None, None)]))
