"""Many names in one sentence."""

from __future__ import annotations

import pytest

from slsloggrep.wording import names_text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, ""),
        (1, "n0"),
        (10, "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9"),
        (11, "n0, n1, n2, n3, n4, n5, n6, n7, n8 and 2 more"),
        (2010, "n0, n1, n2, n3, n4, n5, n6, n7, n8 and 2 001 more"),
    ],
)
def test_many_names_are_told_by_the_first(count: int, text: str) -> None:
    """And never by all of them: thousands of functions fill screens."""
    assert names_text([f"n{number}" for number in range(count)]) == text
