from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slsloggrep.wording import amount_text, count_text, decimals_for


@pytest.mark.parametrize(
    ("numbers", "most", "decimals"),
    [
        ([], 6, 2),
        ([0.0, None], 6, 2),
        ([123.4, 0.001], 6, 0),
        ([1.5], 6, 2),
        ([0.00015, 0.00002], 6, 6),
        ([0.0123, None, float("nan")], 6, 4),
    ],
)
def test_a_column_shows_three_digits_of_its_largest(
    numbers: list[float | None], most: int, decimals: int
) -> None:
    """The largest number decides for all; none has more decimals than allowed."""
    assert decimals_for(numbers, most) == decimals


@example(0.5, 0)
@example(0.05, 1)
@given(st.floats(0, 1e9, exclude_min=True), st.integers(0, 6))
def test_some_is_never_shown_as_nothing(number: float, decimals: int) -> None:
    """What rounds to zero is told as less than the least."""
    text = amount_text(number, decimals)
    assert text.startswith("<") or float(text.replace(" ", "")) > 0


def test_a_count_has_its_noun() -> None:
    """One, or several; groups of three from a thousand on."""
    assert [count_text(count, "row") for count in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
    assert [count_text(count, "index") for count in (0, 1)] == ["0 indices", "1 index"]
    assert count_text(12_345, "record") == "12 345 records"
