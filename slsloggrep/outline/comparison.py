"""Two windows side by side, in words: which figures are compared, what changed, if it is chance.

How chance was judged is the analysis' affair. How it looks is left to those who show it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from slsloggrep.model import Change, Latency
from slsloggrep.wording import ABSENT, number_text

_SHOWN_P = 0.0001
"""Smaller probabilities are shown as less than this."""
_SHORT = 9.95
"""Durations in ms below this have a tenth."""


class Figure(NamedTuple):
    """A figure that is compared."""

    name: str
    of: Callable[[Latency], float | None]
    unit: Literal["", "ms"]
    weight: int
    """The figure of the smallest is left out first where there is no room."""


FIGURES = (
    Figure("p50", lambda row: row.p50_ms, "ms", 90),
    Figure("p95", lambda row: row.p95_ms, "ms", 80),
    Figure("p99", lambda row: row.p99_ms, "ms", 60),
    Figure("max", lambda row: row.max_ms, "ms", 30),
    Figure("mean", lambda row: row.mean_ms, "ms", 20),
    Figure("init p50", lambda row: row.init_p50_ms, "ms", 25),
    Figure("invocations", lambda row: row.invocations, "", 50),
    Figure("errors", lambda row: row.errors, "", 70),
    Figure("timeouts", lambda row: row.timeouts, "", 40),
    Figure("cold starts", lambda row: row.cold_starts, "", 15),
)


class Verdict(NamedTuple):
    """What can be said of a change."""

    word: str
    """`slower`, `more errors`; or why nothing can be said: `too few`, `chance`, `not before`."""
    worse: bool | None
    """Whether it became worse or better by more than chance; None: neither can be said."""
    p_value: float | None
    """That it is chance."""


def verdicts_of(change: Change) -> Sequence[Verdict]:
    """Return what a change means: what is more than chance, without that why it is not."""
    before, after = change.before, change.after
    if before is None or after is None:
        return [Verdict("not before" if before is None else "not after", None, None)]
    verdicts = (_of_times(before, after, change), _of_errors(before, after, change))
    real = [verdict for verdict in verdicts if verdict is not None]
    if real:
        return real
    if change.larger_than_chance is None:
        return [Verdict("too few", None, None)]
    return [Verdict("chance", None, change.p_value)]


def _of_times(before: Latency, after: Latency, change: Change) -> Verdict | None:
    if not change.larger_than_chance:
        return None
    # The test looks at ranks: the median says which way, and where it stands still, the mean.
    slower = (after.p50_ms or 0.0, after.mean_ms or 0.0) > (
        before.p50_ms or 0.0,
        before.mean_ms or 0.0,
    )
    return Verdict("slower" if slower else "faster", slower, change.p_value)


def _of_errors(before: Latency, after: Latency, change: Change) -> Verdict | None:
    if not change.errors_larger_than_chance:
        return None
    # Shares are compared, without dividing by nothing.
    more = after.errors * before.invocations > before.errors * after.invocations
    return Verdict("more errors" if more else "fewer errors", more, change.errors_p_value)


def sides_of(figure: Figure, change: Change) -> tuple[float | None, float | None]:
    """Return a figure before and after."""
    before, after = change.before, change.after
    return (figure.of(before) if before else None, figure.of(after) if after else None)


def side_text(figure: Figure, number: float | None) -> str:
    """Return a figure with its unit."""
    if number is None or not math.isfinite(number):
        return ABSENT
    tenths = 1 if figure.unit and 0 < abs(number) < _SHORT else 0
    return number_text(number, tenths) + (f" {figure.unit}" if figure.unit else "")


def delta_text(
    figure: Figure, before: float | None, after: float | None, *, unit: bool = True
) -> str:
    """Return the difference of what is shown, so that it is the one that a reader computes.

    `0`, with its unit, where nothing is to be seen of it.
    """
    if before is None or after is None or not math.isfinite(after - before):
        return ABSENT
    decimals = 1 if figure.unit and min(before, after) < _SHORT else 0
    difference = round(after, decimals) - round(before, decimals)
    behind = f" {figure.unit}" if unit and figure.unit else ""
    if round(difference, decimals) == 0:
        return "0" + behind
    if abs(difference) >= _SHORT:
        decimals = 0
    return f"{difference:+,.{decimals}f}".replace(",", " ") + behind


def growth_text(before: float | None, after: float | None) -> str:
    """Return by how much a figure grew, in percent; empty where it was nothing before."""
    if before is None or after is None or not before or not math.isfinite(after - before):
        return ""
    percent = (after - before) / before * 100
    if abs(percent) < 0.05:
        return "0 %"
    decimals = 1 if abs(percent) < 9.95 else 0
    return f"{percent:+,.{decimals}f} %".replace(",", " ")


def probability_text(p: float | None) -> str:
    """Return a probability: `p < 0.0001`, `p = 0.02`; empty where there is none."""
    if p is None or not math.isfinite(p):
        return ""
    return f"p < {_SHOWN_P:.4f}" if p < _SHOWN_P else f"p = {p:.4f}".rstrip("0").rstrip(".")
