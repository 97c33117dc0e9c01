"""How long invocations of one row took, as a distribution on a logarithmic axis."""

from __future__ import annotations

import math
from collections.abc import Iterator

from slsloggrep.model import BIN_EDGES_MS, Latency, bin_of
from slsloggrep.model.outlines import Distribution, Quantile
from slsloggrep.outline.figures import row_name
from slsloggrep.wording import duration_text

_DECIMALS = 4
_FACTOR = BIN_EDGES_MS[1] / BIN_EDGES_MS[0]
"""From one edge of a bin to the next."""


def build_distribution(row: Latency) -> Distribution:
    """Return the distribution of a row, from its first bin that is not empty to its last.

    The axis reaches as far as the limit where that is known. Raises ValueError where all bins are
    empty.
    """
    filled = [index for index, count in enumerate(row.bins) if count]
    if not filled:
        raise ValueError("nothing was counted")
    marks = list(_marks(row))
    places = [bin_of(figure) for _, figure in marks]
    first, last = min(filled + places), min(max(filled + places), len(row.bins) - 1)
    start, end = _begin(first), _begin(last + 1)
    return Distribution(
        title=row_name(row),
        start=duration_text(start),
        end=duration_text(end),
        counts=tuple(row.bins[first : last + 1]),
        bins=tuple(_name(index) for index in range(first, last + 1)),
        quantiles=tuple(
            Quantile(label, duration_text(figure), _position(figure, start, end))
            for label, figure in marks
        ),
    )


def _marks(row: Latency) -> Iterator[tuple[str, float]]:
    limit = None if row.timeout_s is None else row.timeout_s * 1000
    for label, figure in (
        ("p50", row.p50_ms),
        ("p95", row.p95_ms),
        ("p99", row.p99_ms),
        ("limit", limit),
    ):
        if figure is not None and math.isfinite(figure) and figure > 0:
            yield label, figure


def _begin(index: int) -> float:
    """Return where a bin begins; the first and the last are drawn as wide as all others."""
    if index <= 0:
        return BIN_EDGES_MS[0] / _FACTOR
    if index > len(BIN_EDGES_MS):
        return BIN_EDGES_MS[-1] * _FACTOR
    return BIN_EDGES_MS[index - 1]


def _name(index: int) -> str:
    if index == 0:
        return f"below {duration_text(BIN_EDGES_MS[0])}"
    if index >= len(BIN_EDGES_MS):
        return f"{duration_text(BIN_EDGES_MS[-1])} and more"
    return f"{duration_text(BIN_EDGES_MS[index - 1])} to {duration_text(BIN_EDGES_MS[index])}"


def _position(figure: float, start: float, end: float) -> float:
    share = math.log(figure / start) / math.log(end / start)
    return round(min(max(share, 0.0), 1.0), _DECIMALS)
