from __future__ import annotations

import tempfile
from array import array
from math import isclose
from typing import BinaryIO

import pytest

from slsloggrep.analyse.percentiles import Runs, Samples, percentile
from slsloggrep.analyse.sketch import RELATIVE_ERROR, Sketches


def of(*values: float) -> Runs:
    return Runs([array("d", sorted(values))])


class Files:
    """Opens temporary files, and remembers them."""

    def __init__(self) -> None:
        self.opened: list[BinaryIO] = []

    def __call__(self) -> BinaryIO:
        self.opened.append(tempfile.TemporaryFile())  # noqa: SIM115 - whoever opens it closes it
        return self.opened[-1]


def test_percentiles_lie_on_the_line_between_ranks() -> None:
    """PERCENTILE_CONT: of 1, 2, 3, 4 the median is 2.5, and p90 lies at rank 2.7."""
    values = of(4, 1, 3, 2)
    assert percentile(values, 50) == 2.5
    assert percentile(values, 90) == 3.7
    assert percentile(values, 0) == 1
    assert percentile(values, 100) == 4


def test_one_value_is_every_percentile() -> None:
    """With one value there is no line: it is the answer."""
    assert [percentile(of(7.25), p) for p in (0, 50, 99, 100)] == [7.25] * 4


def test_no_value_has_no_percentile() -> None:
    """Nothing is said about nothing."""
    assert percentile(of(), 50) is None


def test_interpolation_between_equal_values_is_that_value() -> None:
    """0.1 between 0.1 and 0.1 is 0.1, and not a float beside it."""
    assert percentile(of(*[0.1] * 7), 99) == 0.1


@pytest.mark.parametrize("budget", [0, 3, 10, 10_000])
def test_samples_answer_the_same_from_disk(budget: int) -> None:
    """However little fits into memory, every rank of every key is the same."""
    files = Files()
    samples = Samples(budget, files)
    numbers = [(n * 7919 % 1000) / 8 for n in range(1000)]
    for start in range(0, 1000, 10):
        samples.add(start % 3, sorted(numbers[start : start + 10]))
    for key in range(3):
        mine = sorted(
            value
            for start in range(0, 1000, 10)
            if start % 3 == key
            for value in numbers[start : start + 10]
        )
        ranked = samples.of(key)
        assert [ranked.at(rank) for rank in range(ranked.count)] == mine
        assert sum(ranked.fine().values()) == len(mine)
    together = samples.of(0, 1, 2)
    assert [together.at(rank) for rank in range(1000)] == sorted(numbers)
    assert bool(files.opened) == (budget < 1000)
    samples.close()
    assert all(file.closed for file in files.opened)


def test_samples_see_what_was_added_after_they_were_asked() -> None:
    """Reading from disk is no end of writing."""
    samples = Samples(2, Files())
    samples.add(1, [1.0, 2.0, 3.0])
    assert samples.of(1).count == 3
    samples.add(1, [0.5, 2.5, 9.0])
    ranked = samples.of(1)
    assert [ranked.at(rank) for rank in range(6)] == [0.5, 1.0, 2.0, 2.5, 3.0, 9.0]


def test_a_key_without_values_is_empty() -> None:
    """What was never added has no ranks, on disk or not."""
    samples = Samples(0, Files())
    samples.add(1, [1.0])
    samples.add(2, [])
    assert samples.of(2).count == 0
    assert samples.of(3).count == 0


def test_forgotten_samples_give_their_file_back() -> None:
    """A file whose owner is gone is closed, though nobody said so."""
    files = Files()
    samples = Samples(0, files)
    samples.add(1, [1.0])
    del samples
    assert files.opened[0].closed


def test_ranks_far_from_few_are_narrowed_down() -> None:
    """Over many long runs, a rank is found by the bits of its value, without sorting them all."""
    runs = [array("d", [float(n) for n in range(start, 20_000, 5)]) for start in range(5)]
    ranked = Runs(runs)
    assert [ranked.at(rank) for rank in (0, 1, 9_999, 10_000, 19_999)] == [
        0.0,
        1.0,
        9_999.0,
        10_000.0,
        19_999.0,
    ]


def test_ranks_among_equal_values() -> None:
    """Where all that is left is equal, there is nothing to sort, however much it is."""
    runs = [array("d", [1.0] * 10_000 + [2.0] * 10_000) for _ in range(2)]
    ranked = Runs(runs)
    assert [ranked.at(rank) for rank in (0, 19_999, 20_000, 39_999)] == [1.0, 1.0, 2.0, 2.0]


def test_fine_bins_tell_values_apart_that_differ_by_more_than_a_thousandth() -> None:
    """Values a thousandth apart share no bin; bins ascend with values."""
    fine = of(1.0, 1.001, 10.0, 10.01, 1000.0, 1001.0).fine()
    assert sorted(fine.values()) == [1] * 6
    assert len(of(1.0, 1.0001).fine()) == 1


def test_a_sketch_merges_without_loss() -> None:
    """Two keys together answer as if their values had been one key's."""
    sketches = Sketches()
    sketches.add(1, [1.0, 5.0, 9.0])
    sketches.add(2, [2.0, 1000.0])
    sketches.add(3, [1.0, 5.0, 9.0, 2.0, 1000.0])
    merged, one = sketches.of(1, 2), sketches.of(3)
    assert [merged.at(rank) for rank in range(5)] == [one.at(rank) for rank in range(5)]
    assert merged.fine() == one.fine()


def test_a_sketch_keeps_zero() -> None:
    """A duration of nothing is nothing, not the smallest float's neighbour."""
    sketches = Sketches()
    sketches.add(1, [0.0, 0.0])
    assert percentile(sketches.of(1), 50) == 0.0


def test_a_sketch_is_worst_at_the_ends_of_a_bin() -> None:
    """The stated error is reached at a power of two, and not passed."""
    sketches = Sketches()
    sketches.add(1, [1024.0])
    error = abs(sketches.of(1).at(0) - 1024.0) / 1024.0
    assert isclose(error, RELATIVE_ERROR, rel_tol=1e-9)
    assert RELATIVE_ERROR < 0.01


def test_what_is_taken_out_of_a_sketch_is_gone() -> None:
    """Taking out leaves what would be there had it never come."""
    sketches = Sketches()
    sketches.add(1, [1.0, 2.0, 3.0])
    sketches.remove(1, [3.0])
    assert sketches.of(1).count == 2
    assert sketches.of(1).at(1) < 2.1
