"""The table of running times: its rows in the order wanted, and the slowest invocations.

It is what a ledger comes to. The counting is done; here rows are ordered and cut, and their
durations stay at hand for `slsloggrep.analyse.comparison`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import fsum
from typing import TYPE_CHECKING

from slsloggrep.analyse.dimensions import Key, natural
from slsloggrep.analyse.tally import Basis, Tally, conclude
from slsloggrep.errors import UsageError
from slsloggrep.model import Latency, Slow

if TYPE_CHECKING:
    from slsloggrep.analyse.accounts import Accounts

_FIGURES: dict[str, Callable[[Latency], float | None]] = {
    "invocations": lambda row: row.invocations,
    "errors": lambda row: row.errors,
    "timeouts": lambda row: row.timeouts,
    "cold": lambda row: row.cold_starts,
    "mean": lambda row: row.mean_ms,
    "p50": lambda row: row.p50_ms,
    "p90": lambda row: row.p90_ms,
    "p95": lambda row: row.p95_ms,
    "p99": lambda row: row.p99_ms,
    "max": lambda row: row.max_ms,
    "init": lambda row: row.init_p50_ms,
    "memory": lambda row: row.max_memory_mb,
    "billed": lambda row: row.billed_ms,
    "cost": lambda row: row.cost_usd,
}
SORTS = (*_FIGURES, "function")
"""What rows can be in the order of."""


class Table:
    """Rows of running times by what they are of."""

    def __init__(
        self,
        rows: Mapping[Key, tuple[Latency, int]],
        accounts: Accounts,
        slowest: tuple[Slow, ...],
        by: tuple[str, ...],
    ) -> None:
        self._rows = rows
        self._accounts = accounts
        self.slowest = slowest
        """The slowest invocations over all functions, the slowest first."""
        self.by = by
        """What rows are told apart by, beside the function."""
        self.relative_error = accounts.relative_error
        """How far percentiles may be off, as a share of their value; None: they are exact."""

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def keys(self) -> list[Key]:
        """What the rows are of, in natural order."""
        return sorted(self._rows, key=natural)

    def rows(self, *, sort: str = "function", top: int | None = None) -> tuple[Latency, ...]:
        """Return the rows by a figure, the largest first and absent ones last, or by function.

        Equal ones follow each other by function, version, size and time. Only the first `top` are
        returned, where it is given. Raises UsageError for what is no column.
        """
        keys = self.keys
        if sort in _FIGURES:
            figure = _FIGURES[sort]

            def order(key: Key) -> tuple[bool, float]:
                value = figure(self._rows[key][0])
                return (value is None, -(value or 0.0))

            keys.sort(key=order)
        elif sort != "function":
            raise UsageError(f"rows have no {sort!r} to sort by", hint=f"one of {', '.join(SORTS)}")
        return tuple(self._rows[key][0] for key in keys[:top])

    def total(self) -> Latency | None:
        """Return the row of all rows together; None where there is but one row, or none.

        Sizes of memory mean nothing for several functions, and are left out.
        """
        if len(self._rows) < 2:
            return None
        numbers = [number for _, number in self._rows.values()]
        tally = Tally()
        for number in numbers:
            tally.merge(self._accounts.tallies[number])
        durations, inits = self._accounts.durations(*numbers), self._accounts.inits(*numbers)
        rows = [row for row, _ in self._rows.values()]
        return replace(
            conclude("", (), tally, durations, inits, Basis(relative_error=self.relative_error)),
            billed_ms=_sum([row.billed_ms for row in rows]),
            gb_seconds=_sum([row.gb_seconds for row in rows]),
            cost_usd=_sum([row.cost_usd for row in rows]),
            notes=tuple(dict.fromkeys(note for row in self.rows() for note in row.notes)),
        )

    def row(self, key: Key) -> Latency | None:
        """Return the row of a key."""
        return self._rows[key][0] if key in self._rows else None

    def fine(self, key: Key) -> Counter[int]:
        """Count the durations of a row by their leading bits, ascending with the duration."""
        return self._accounts.durations(self._rows[key][1]).fine()


def _sum(figures: list[float | None]) -> float | None:
    """Return a sum that no order changes; None where nothing is known."""
    known = [figure for figure in figures if figure is not None]
    return fsum(known) if known else None
