"""Reads whole what may have failed: hits, the lines around them, and more where that is not enough.

A sign of failure alone is no failure: a handler may have caught the error, and what the runtime
reports may say little. Around each hit the lines of a minute either way are read; around those
whose invocation is not whole then, the longest possible invocation. What is a hit, and what the
invocations are needed for, is decided by who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from slsloggrep.investigate.harvest import Harvest
from slsloggrep.investigate.windows import Window
from slsloggrep.model import Bound, Event, Invocation, Millis, Query, Record
from slsloggrep.parse import Parser
from slsloggrep.pull import Pull, Spans
from slsloggrep.stitch import Stitched

_NEAR: Millis = 60_000
"""Most invocations are over within a minute; around those that are not, more is read."""
_ROOM: Millis = 15_000

_BEFORE_END: Millis = 60_000
"""A sign of failure comes at most so long before, or after, the end of its invocation."""


def around(window: Window) -> tuple[Millis | None, Millis | None]:
    """Return where signs lie of the failures whose invocations end in a window."""
    since, until = window.since, window.until
    return (
        None if since is None else since - _BEFORE_END,
        None if until is None else until + _BEFORE_END,
    )


class Failures:
    """Hits in a window, and the invocations that they lie in."""

    def __init__(self, pull: Pull, parser: Parser, query: Query) -> None:
        self._query = query
        self._harvest = Harvest(pull, parser)
        self._near = Spans(_NEAR, _ROOM)
        self._wide = Spans()
        self._hits: set[int] = set()
        """Of each hit what `_content` gives: an invocation without one was not looked for."""

    def add(self, hit: Event) -> None:
        """Add a hit; one outside of the window is none."""
        if self._query.in_window(hit.timestamp):
            self._hits.add(_content(hit))
            if self._harvest.add(hit):
                self._near.want(hit)

    def add_open(self, start: Bound) -> None:
        """Add a START of which no end is known; one outside of the window is none."""
        if self._query.in_window(start.time):
            self._wide.want_around(start.log_group, start.log_stream, start.time)

    def read(self) -> Stitched:
        """Read what is needed, and return all invocations of it: some lie at its edge, cut."""
        self._harvest.read(self._near.take())
        stitched = self._harvest.stitch()
        for event in self._unsettled(stitched):
            self._wide.want(event)
        spans = self._wide.take()
        self._harvest.read(spans)
        self._harvest.keep_hits()
        return self._harvest.stitch() if spans else stitched

    def holds_hit(self, invocation: Invocation) -> bool:
        """Tell whether an invocation holds a hit, and so was looked for and read whole."""
        return self._is_hit(invocation.records)

    @property
    def latest(self) -> Millis | None:
        """The time of the youngest event that was read; None: none was."""
        return max((event.timestamp for event in self._harvest), default=None)

    def _unsettled(self, stitched: Stitched) -> Iterator[Event]:
        """Yield events around which more must be read to know what became of a hit."""
        for invocation in stitched.invocations:
            if not invocation.complete and self._is_hit(invocation.records):
                yield from (record.event for record in invocation.records)
        for record in stitched.unattributed:
            if record.run is None and self._is_hit([record]):
                yield record.event

    def _is_hit(self, records: Iterable[Record]) -> bool:
        return any(_content(record.event) in self._hits for record in records)


def _content(event: Event) -> int:
    return hash((event.timestamp, event.log_group, event.log_stream, event.message))
