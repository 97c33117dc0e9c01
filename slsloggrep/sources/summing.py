"""What a source has to do that adds figures up at its far end, where sums are all that is wanted.

For answers that need no single invocation (`latency --approximate`): a search engine counts
millions of documents in the time in which it hands out some thousands. What failed, and whatever
else has to be read, is no part of the sums; it is measured and read before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Protocol, runtime_checkable

from slsloggrep.model import Ends, Event, FigureBatch, Query
from slsloggrep.model.sums import FigureSum
from slsloggrep.sources.base import Report


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
        self, query: Query, edges: Sequence[float], apart: Collection[str] | None, report: Report
    ) -> Iterator[FigureSum | FigureBatch | Event]:
        """Yield the rows that `measure_rest` left out, added up; their time in the window.

        `edges` are where durations are to be told apart, ascending. Of the requests in `apart`, and
        of what lies outside of the edges, rows are yielded instead; None: of all. Where nothing can
        be added up, all are rows, or events that state them.
        """
        ...
