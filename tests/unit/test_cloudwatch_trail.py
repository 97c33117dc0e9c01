"""Chains of page tokens: what leads on, and what is a circle."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.sources.cloudwatch.trail import BEGINNING, Trail


def walk(trail: Trail, before: int, round_: int, most: int) -> int:
    """Follow a chain of tokens into a circle; return how many pages that took."""
    for number in range(most):
        token = number if number < before else before + (number - before) % round_
        try:
            trail = trail.after(str(token))
        except Refused as refused:
            return number if refused.why is Why.GARBLED else -1
    raise AssertionError("the circle was not noticed")


@given(before=st.integers(0, 200), round_=st.integers(1, 100))
def test_every_circle_is_noticed_soon(before: int, round_: int) -> None:
    """However long the way into it and the round: within a few times both."""
    pages = walk(BEGINNING, before, round_, 5_000)
    assert before + round_ <= pages <= 4 * (before + round_) + 1


def test_what_leads_on_is_followed_for_ever() -> None:
    """Any number of different tokens is no circle, and one of them is remembered."""
    trail = BEGINNING
    for number in range(20_000):
        trail = trail.after(str(number))
    assert trail.marked is not None
    assert len(trail) == 3
