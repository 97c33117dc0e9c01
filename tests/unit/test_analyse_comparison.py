from __future__ import annotations

import random
from array import array
from collections import Counter
from math import isclose

import pytest
from figure_samples import End, batch, many

from slsloggrep.analyse.comparison import (
    LEAST,
    LEVEL,
    TEST_NAME,
    compare,
    compare_versions,
    fisher,
    holm,
    mann_whitney,
)
from slsloggrep.analyse.ledger import Ledger
from slsloggrep.analyse.percentiles import Runs
from slsloggrep.model import Status

STREAMS = {v: f"2026/11/23/[{v}]{'0' * 32}" for v in ("3", "9", "10", "$LATEST")}


def ledger(*ends: End, by: tuple[str, ...] = (), budget: int = 1000) -> Ledger:
    made = Ledger(by=by, budget_rows=budget)
    for end in ends:
        if end.status is None:
            made.add(batch([end]))
        else:
            made.add_invocation(end.whole)
    return made


def drawn(seed: int, count: int, shift: float = 0.0) -> list[float]:
    """Return durations as functions have them: skewed, with a heavy tail and two decimals."""
    rnd = random.Random(seed)
    return [round(rnd.lognormvariate(4 + shift, 0.8), 2) for _ in range(count)]


def fine(values: list[float]) -> Counter[int]:
    return Runs([array("d", sorted(values))]).fine()


def test_the_test_has_its_known_values() -> None:
    """As `scipy.stats.mannwhitneyu(..., method="asymptotic")` computes them, with ties.

    x = [1..5], y = [3..9]: U = 4.5, p = 0.0410. By hand: mean 17.5, ties of 3, 4 and 5 take
    18 / 132 off the variance's 13, so z = 12.5 / sqrt(35 / 12 * (13 - 18 / 132)) = 2.0409.
    """
    one, other = Counter(range(1, 6)), Counter(range(3, 10))
    assert isclose(mann_whitney(one, other), 0.04126, abs_tol=5e-5)


def test_all_equal_is_no_difference() -> None:
    """Where every duration ties with every other there is nothing to tell apart."""
    assert mann_whitney(Counter({5: 100}), Counter({5: 50})) == 1.0


def test_identical_distributions_are_flagged_at_the_level() -> None:
    """Of 3,000 pairs out of one distribution about one in a hundred has p < 0.01.

    The bounds are four standard deviations of that count around 30.
    """
    flagged = sum(
        mann_whitney(fine(drawn(2 * n, 40)), fine(drawn(2 * n + 1, 60))) < LEVEL
        for n in range(3000)
    )
    assert 8 <= flagged <= 52


def test_shifts_are_found() -> None:
    """A quarter slower is found in nearly all of 100 pairs of 500 invocations each."""
    found = sum(
        mann_whitney(fine(drawn(n, 500)), fine(drawn(5000 + n, 500, shift=0.223))) < LEVEL
        for n in range(100)
    )
    assert found >= 90


def test_a_single_giant_is_no_shift() -> None:
    """One invocation that hung for 15 minutes moves the mean, and is no proof of anything."""
    calm = drawn(1, 200)
    assert mann_whitney(fine(calm), fine([*calm[1:], 900_000.0])) > 0.5


def test_fisher_has_its_known_values() -> None:
    """The lady tasting tea: 3 of 4 right has p = 34 / 70, all right 2 / 70."""
    assert isclose(fisher(3, 4, 1, 4), 34 / 70)
    assert isclose(fisher(4, 4, 0, 4), 2 / 70)
    assert fisher(0, 1000, 0, 50) == 1.0


def test_fisher_holds_for_millions() -> None:
    """Large tables neither overflow nor take long; equal shares are no difference."""
    assert fisher(50_000, 10_000_000, 50_000, 10_000_000) == pytest.approx(1.0)
    assert fisher(50_000, 10_000_000, 51_500, 10_000_000) < 1e-5
    assert fisher(0, 10_000_000, 900_000, 10_000_000) == 0.0


def test_holm_takes_all_rows_into_account() -> None:
    """0.004 is below 0.01 alone, and not among five; what is None is not counted."""
    assert holm([0.004]) == [True]
    assert holm([0.004, None, None]) == [True, None, None]
    assert holm([0.004, 0.5, 0.5, 0.5, 0.5]) == [False] * 5
    assert holm([0.001, 0.004, 0.5]) == [True, True, False]
    # The second misses its bound of 0.005, so the third is out, too.
    assert holm([0.001, 0.006, 0.006]) == [True, False, False]


def test_rows_are_compared_by_function_and_by() -> None:
    """A row is the same where all that it is told by is; one on one side only has no p."""
    before = ledger(*many(drawn(1, 200)), *many([1.0] * 30, 500, log_group="/aws/lambda/gone"))
    after = ledger(
        *many([d * 2 for d in drawn(2, 200)], 1000),
        *many([1.0] * 30, 2000, log_group="/aws/lambda/new"),
    )
    gone, new, pay = compare(before, after)
    assert gone.before is not None
    assert gone.after is None
    assert (gone.p_value, gone.larger_than_chance, gone.errors_p_value) == (None, None, None)
    assert new.before is None
    assert new.after is not None
    assert pay.p_value is not None
    assert pay.p_value < 1e-6
    assert pay.larger_than_chance is True
    assert pay.errors_larger_than_chance is False


def test_too_few_are_not_judged() -> None:
    """A side with fewer than the least number of durations gives no p, however far they are."""
    before, few = many([1.0] * LEAST), many([900.0] * (LEAST - 1), 100)
    (change,) = compare(ledger(*before), ledger(*few))
    assert (change.p_value, change.larger_than_chance) == (None, None)
    enough = many([900.0] * LEAST, 100)
    (change,) = compare(ledger(*before), ledger(*enough))
    assert change.larger_than_chance is True


def test_shares_of_errors_are_compared() -> None:
    """Durations that stayed the same do not hide that more invocations fail."""
    durations = [float(n % 10) for n in range(100)]
    failing = [
        End(number=1000 + n, duration=d, status=Status.ERROR if n < 30 else Status.OK)
        for n, d in enumerate(durations)
    ]
    (change,) = compare(ledger(*many(durations)), ledger(*failing))
    assert change.larger_than_chance is False
    assert change.errors_p_value is not None
    assert change.errors_p_value < 1e-6
    assert change.errors_larger_than_chance is True


def test_comparing_needs_no_memory() -> None:
    """The p of what was spilled to disk is the p of what was not."""
    one, other = many(drawn(1, 300)), many(drawn(2, 300, shift=0.1), 1000)
    assert compare(ledger(*one, budget=10), ledger(*other, budget=10)) == compare(
        ledger(*one), ledger(*other)
    )


def versions(**counts: int) -> Ledger:
    """Return a ledger of versions with so many invocations; `latest` is `$LATEST`."""
    ends = []
    for name, count in counts.items():
        version = "$LATEST" if name == "latest" else name.removeprefix("v")
        ends += many(drawn(count, count), 10_000 * len(ends) + 1, log_stream=STREAMS[version])
    return ledger(*ends, by=("version",))


def pair(made: Ledger) -> tuple[str | None, str | None]:
    (change,) = compare_versions(made)
    sides = (change.before, change.after)
    before, after = (dict(row.by)["version"] if row else None for row in sides)
    return before, after


def test_versions_are_in_order_of_their_numbers() -> None:
    """10 comes after 9, not after 1."""
    assert pair(versions(v3=30, v10=30, v9=30)) == ("9", "10")


def test_latest_is_the_newest() -> None:
    """`$LATEST` is what is worked on: newer than anything published."""
    assert pair(versions(latest=30, v9=30, v10=30)) == ("10", "$LATEST")


def test_versions_without_enough_invocations_are_passed_over() -> None:
    """A version that was hardly used says nothing, if there are two that do."""
    assert pair(versions(latest=5, v9=30, v10=30)) == ("9", "10")
    assert pair(versions(latest=5, v10=30)) == ("10", "$LATEST")


def test_a_function_of_one_version_has_nothing_before() -> None:
    """It is listed all the same."""
    assert pair(versions(v9=30)) == (None, "9")


def test_streams_without_a_version_are_no_version() -> None:
    """What has no version is not taken for the newest."""
    made = ledger(*many([1.0] * 30, log_stream="stream"), by=("version",))
    assert compare_versions(made) == ()


def test_versions_are_told_apart_by_what_else_rows_are() -> None:
    """With memory, too, there is a pair for each size."""
    ends = [
        *many([1.0] * 30, 0, log_stream=STREAMS["9"], memory=128.0),
        *many([1.0] * 30, 100, log_stream=STREAMS["10"], memory=128.0),
        *many([1.0] * 30, 200, log_stream=STREAMS["10"], memory=512.0),
    ]
    small, large = compare_versions(ledger(*ends, by=("memory", "version")))
    assert small.before is not None
    assert dict(small.before.by) == {"memory": "128", "version": "9"}
    assert large.before is None


def test_versions_have_to_be_told_apart() -> None:
    """A ledger that mixes versions cannot compare them: that is the caller's mistake."""
    with pytest.raises(ValueError, match="versions"):
        compare_versions(ledger())


def test_the_test_is_named() -> None:
    """The name says which test, at which level, and that rows are corrected for."""
    assert "Mann-Whitney" in TEST_NAME
    assert str(LEVEL) in TEST_NAME
    assert "Holm" in TEST_NAME
