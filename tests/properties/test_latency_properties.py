"""Tables of running times equal their definition, whatever came in which order and how often."""

from __future__ import annotations

import statistics
from array import array
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import groupby
from math import isclose
from typing import Any
from zoneinfo import ZoneInfo

from figure_samples import (
    End,
    batch,
    expected,
    expected_slowest,
    in_batch,
    percentile_of,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.analyse.comparison import LEVEL, fisher, holm, mann_whitney
from slsloggrep.analyse.dimensions import DIMENSIONS
from slsloggrep.analyse.ledger import Ledger
from slsloggrep.analyse.percentiles import Runs, percentile
from slsloggrep.analyse.sketch import RELATIVE_ERROR, Sketches
from slsloggrep.analyse.sums import exact_sum, unscaled
from slsloggrep.model import BIN_EDGES_MS, Latency, Status, bin_of

CLOCKS_SET_BACK = int(datetime(2026, 10, 25, 1, tzinfo=UTC).timestamp() * 1000)
"""In Berlin: the hour from 2 to 3 comes twice."""
ZONES = (UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu"))
GROUPS = ("/aws/lambda/pay", "/aws/lambda/orders")
STREAMS = tuple(
    f"2026/10/25/[{version}]{n:032x}" for n, version in enumerate(("7", "10", "$LATEST"))
)

durations = st.one_of(
    st.integers(0, 10**8).map(lambda hundredths: hundredths / 100),
    st.floats(0, 1e6, allow_subnormal=True),
    st.sampled_from(BIN_EDGES_MS),
)
figures = st.one_of(st.none(), st.integers(0, 10**6).map(float), st.floats(0, 1e6))


@st.composite
def all_ends(draw: st.DrawFn) -> list[End]:
    """Draw invocations of two functions over six hours."""
    ends = []
    for number in range(draw(st.integers(0, 30))):
        status = draw(st.one_of(st.none(), st.none(), st.sampled_from(Status)))
        reported = status is None or (status is not Status.INCOMPLETE and draw(st.booleans()))
        known = reported or (status is Status.OK and draw(st.booleans()))
        ends.append(
            End(
                number=number,
                log_group=draw(st.sampled_from(GROUPS)),
                log_stream=draw(st.sampled_from((*STREAMS, ""))),
                time=CLOCKS_SET_BACK + draw(st.integers(-180, 180)) * 60_000,
                duration=draw(durations) if known else None,
                billed=draw(figures) if reported else None,
                memory=draw(st.sampled_from((128.0, 1769.0, 128.5, None))) if reported else None,
                used=draw(figures) if reported else None,
                init=draw(st.one_of(st.none(), durations)) if reported else None,
                restore=draw(st.one_of(st.none(), st.none(), durations)) if reported else None,
                status=status,
                cold=status not in (None, Status.INCOMPLETE) and draw(st.booleans()),
                timeout_s=3.0 if status is Status.TIMEOUT and draw(st.booleans()) else None,
                reported=reported,
            )
        )
    return ends


@st.composite
def delivered(draw: st.DrawFn, ends: list[End]) -> list[End]:
    """Draw in which order and how often ends come; what was read whole may be in batches, too."""
    copies = []
    for end in ends:
        copies += [end] * draw(st.integers(1, 3))
        if end.status is not None and end.reported:
            copies += [in_batch(end)] * draw(st.integers(0, 2))
    return draw(st.permutations(copies))


def feed(ledger: Ledger, copies: list[End], size: int) -> Ledger:
    """Give ends to a ledger, neighbours in batches of a size."""
    for (row, group), same in groupby(copies, key=lambda end: (end.status is None, end.log_group)):
        neighbours = list(same)
        if not row:
            for end in neighbours:
                ledger.add_invocation(end.whole)
            continue
        for start in range(0, len(neighbours), size):
            rows = batch(neighbours[start : start + size])
            assert rows.log_group == group
            ledger.add(rows)
    return ledger


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_table_equals_its_definition(data: st.DataObject) -> None:
    """Rows and slowest are those of the invocations, each once, bit by bit.

    Whatever rows are told by, in whichever order and however often ends come, how they are cut into
    batches, and however little memory there is.
    """
    ends = data.draw(all_ends())
    by = data.draw(st.lists(st.sampled_from(DIMENSIONS), unique=True, max_size=3))
    zone = data.draw(st.sampled_from(ZONES))
    since, until = data.draw(
        st.tuples(*[st.one_of(st.none(), st.integers(-180, 180))] * 2).map(
            lambda bounds: [None if b is None else CLOCKS_SET_BACK + b * 60_000 for b in bounds]
        )
    )
    copies = data.draw(delivered(ends))
    ledger = Ledger(
        since=since,
        until=until,
        by=by,
        zone=zone,
        slowest=5,
        budget_rows=data.draw(st.sampled_from((2, 3, 7, 1000))),
    )
    feed(ledger, copies, data.draw(st.integers(1, 5)))
    within = [
        end
        for end in ends
        if (since is None or end.time >= since) and (until is None or end.time < until)
    ]
    assert {(row.function, row.by): row for row in ledger.rows()} == expected(within, by, zone)
    assert ledger.slowest() == expected_slowest(within, 5)


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_sketch_counts_exactly_and_keeps_its_error(data: st.DataObject) -> None:
    """Approximate rows differ from the exact ones in percentiles alone, and within the error.

    A maximum may be that of an invocation that is counted in another row; nothing is forgotten
    here, for so many blocks are remembered.
    """
    ends = data.draw(all_ends())
    by = data.draw(st.lists(st.sampled_from(DIMENSIONS), unique=True, max_size=2))
    copies = data.draw(delivered(ends))
    budget = data.draw(st.sampled_from((16, 40)))
    ledger = feed(Ledger(by=by, budget_rows=budget, approximate=True), copies, 3)
    exact = expected(ends, by)
    rows = {(row.function, row.by): row for row in ledger.rows()}
    assert {key: comparable(row) for key, row in rows.items()} == {
        key: comparable(row) for key, row in exact.items()
    }
    for key, row in rows.items():
        assert row.relative_error == RELATIVE_ERROR
        for name in ("p50_ms", "p90_ms", "p95_ms", "p99_ms", "init_p50_ms"):
            rough, true = getattr(row, name), getattr(exact[key], name)
            assert (rough is None) == (true is None)
            if rough is not None:
                assert isclose(rough, true, rel_tol=RELATIVE_ERROR * 1.01, abs_tol=1e-300)


def comparable(row: Latency) -> Latency:
    """Return what a sketch promises to count exactly."""
    rough: dict[str, Any] = dict.fromkeys(
        ("p50_ms", "p90_ms", "p95_ms", "p99_ms", "init_p50_ms", "relative_error")
    )
    maxima = dict.fromkeys(("max_ms", "init_max_ms", "max_memory_mb"))
    return replace(row, **rough, **maxima)


@given(st.lists(durations, min_size=1, max_size=200), st.integers(0, 100))
def test_a_percentile_is_that_of_its_definition(values: list[float], percent: int) -> None:
    """It equals the definition in fractions, and agrees with `statistics`, up to its rounding."""
    values.sort()
    answer = percentile(Runs([array("d", values)]), percent)
    assert answer == percentile_of(values, percent)
    if len(values) > 1 and 0 < percent < 100:
        quantiles = statistics.quantiles(values, n=100, method="inclusive")
        assert answer is not None
        assert isclose(answer, quantiles[percent - 1], rel_tol=1e-9, abs_tol=1e-300)


@given(st.lists(st.lists(durations, max_size=60), min_size=1, max_size=8), st.booleans())
def test_ranks_over_runs_are_those_of_all_values(runs: list[list[float]], narrow: bool) -> None:
    """However values are spread over sorted runs, every rank is that of the sorted whole."""
    everything = sorted(value for run in runs for value in run)
    ranked = Runs([array("d", sorted(run)) for run in runs], few=0 if narrow else 4096)
    assert ranked.count == len(everything)
    assert [ranked.at(rank) for rank in range(len(everything))] == everything
    fine = ranked.fine()
    assert sum(fine.values()) == len(everything)


@given(st.lists(durations, min_size=1, max_size=200))
def test_a_sketch_stands_for_each_value_within_its_error(values: list[float]) -> None:
    """Each rank of a sketch is within the stated error of the exact one; nothing is lost."""
    sketches = Sketches()
    sketches.add(1, values)
    sketch = sketches.of(1)
    assert sketch.count == len(values)
    for rank, value in enumerate(sorted(values)):
        assert isclose(sketch.at(rank), value, rel_tol=RELATIVE_ERROR * 1.0001, abs_tol=1e-300)
    sketches.remove(1, values)
    assert sketches.of(1).count == 0


@given(st.lists(st.floats(-1e300, 1e300), max_size=50))
def test_a_sum_is_exact(values: list[float]) -> None:
    """A sum has no rounding before it is shown, so no order and no cutting can change it."""
    assert Fraction(exact_sum(values), 1 << 1074) == sum(map(Fraction, values))
    half = len(values) // 2
    assert exact_sum(values[:half]) + exact_sum(values[half:]) == exact_sum(values)
    if values:
        assert unscaled(exact_sum(values), len(values)) == float(
            sum(map(Fraction, values)) / len(values)
        )


@given(durations)
def test_a_bin_holds_what_lies_between_its_edges(duration: float) -> None:
    """Every duration has one bin, whose lower edge belongs to it and whose upper does not."""
    number = bin_of(duration)
    assert number == 0 or BIN_EDGES_MS[number - 1] <= duration
    assert number == len(BIN_EDGES_MS) or duration < BIN_EDGES_MS[number]


samples = st.lists(st.integers(0, 12), min_size=1, max_size=30).map(Counter)


@given(samples, samples)
def test_the_test_is_two_sided_and_looks_at_ranks_only(
    one: Counter[int], other: Counter[int]
) -> None:
    """Which side comes first, and what the values are beyond their order, changes no p."""
    p = mann_whitney(one, other)
    assert 0 <= p <= 1
    assert mann_whitney(other, one) == p
    stretched = [Counter({3 * v**2 + 1: n for v, n in side.items()}) for side in (one, other)]
    assert mann_whitney(*stretched) == p
    assert mann_whitney(one, one) == 1


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 20), st.integers(0, 20))
def test_fisher_is_the_sum_over_all_splits(a: int, b: int, c: int, d: int) -> None:
    """The p is the share of splits with the same margins that are no likelier, in fractions."""
    if not (a + b and c + d):
        return
    marked, tries, everyone = a + c, a + b, a + b + c + d
    ways = {
        hits: binomial(marked, hits) * binomial(everyone - marked, tries - hits)
        for hits in range(max(0, marked - (c + d)), min(marked, tries) + 1)
    }
    true = Fraction(sum(w for w in ways.values() if w <= ways[a]), sum(ways.values()))
    assert isclose(fisher(a, a + b, c, c + d), float(true), rel_tol=1e-9)


def binomial(n: int, k: int) -> int:
    """Return n over k."""
    result = 1
    for step in range(k):
        result = result * (n - step) // (step + 1)
    return result


@given(st.lists(st.one_of(st.none(), st.floats(0, 0.02)), max_size=12))
def test_holm_rejects_the_smallest_and_no_more_than_each_alone(values: list[float | None]) -> None:
    """What is called sure is below the level by itself, and so is whatever has a smaller p."""
    answers = holm(values)
    known = sorted(p for p in values if p is not None)
    sure = 0
    for rank, p in enumerate(known):
        if p >= LEVEL / (len(known) - rank):
            break
        sure += 1
    assert [a is None for a in answers] == [p is None for p in values]
    assert (
        sorted(p for p, a in zip(values, answers, strict=True) if p is not None and a)
        == known[:sure]
    )
