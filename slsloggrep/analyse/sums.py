"""Sums of floats without any rounding, so that no order and no cutting into parts can change them.

Figures come in any order and in any pieces; a sum that rounds would tell which. Here a sum is an
integer, in units of the smallest float there is; rounding happens once, where it is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from math import fsum

SCALE = 1074
"""Sums count in units of 2**-1074: every finite float is a whole number of those."""


def exact_sum(values: Sequence[float]) -> int:
    """Return the sum of finite floats in units of `2**-SCALE`.

    `fsum` rounds an exact sum once. So what a guess missed is the sum with the guess taken away,
    and after one or two turns nothing is missed any more.
    """
    guess = sum(values)
    total = scaled(guess)
    taken = [-guess]
    while rest := fsum(chain(values, taken)):
        total += scaled(rest)
        taken.append(-rest)
    return total


def scaled(value: float) -> int:
    """Return a finite float in units of `2**-SCALE`."""
    numerator, denominator = value.as_integer_ratio()
    return numerator << (SCALE + 1 - denominator.bit_length())


def unscaled(total: int, divisor: int = 1) -> float:
    """Return a sum as a float, divided first and rounded once."""
    # Python divides integers of any size with one rounding.
    return total / (divisor << SCALE)
