"""What a source has to do that adds figures up at its far end, where sums are all that is wanted.

For answers that need no single invocation (`latency --approximate`): a search engine counts
millions of documents in the time in which it hands out some thousands. What failed, and whatever
else has to be read, is no part of the sums; it is measured and read before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from slsloggrep.model import Ends, Event, FigureBatch, Millis, Query
from slsloggrep.model.sums import FigureSum
from slsloggrep.sources.base import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Summing:
    """How figures are to be added up."""

    edges: Sequence[float]
    """Where durations are to be told apart, ascending."""
    slot: Millis | None
    """Stretches of so many ms, since the epoch, are to be told apart; None: no times are."""
    apart: Collection[str] | None
    """Requests that are read, and so must come as rows; None: all must."""


@runtime_checkable
class Summer(Protocol):
    """A source that adds up figures, too, where AGGREGATE is among its capabilities."""

    def measure_rest(self, query: Query, report: Report) -> Iterator[Event | FigureBatch | Ends]:
        """Yield what `Meter.measure` yields for figures, but for the rows that can be added up.

        What is handed on and may be added up all the same comes as an event, so that its request
        can be told to `add_up`.
        """
        ...

    def add_up(
        self, query: Query, summing: Summing, report: Report
    ) -> Iterator[FigureSum | FigureBatch | Event]:
        """Yield the rows that `measure_rest` left out, added up; their time in the window.

        Of what lies apart, and outside of the edges, rows are yielded instead. Where nothing can be
        added up, all are rows, or events that state them.
        """
        ...
