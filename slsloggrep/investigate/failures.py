"""Reads whole what may have failed: hits, the lines around them, and more where that is not enough.

A sign of failure alone is no failure: a handler may have caught the error, and what the runtime
reports may say little. Around each hit the lines of some seconds are read; around those whose
invocation is not whole then, more, up to the longest possible invocation. What was read is stitched
one log stream after another, and what says nothing of a hit is let go, so that memory grows with
what failed. What is a hit, and what the invocations are needed for, is decided by who asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from slsloggrep.investigate.harvest import Harvest, content_of
from slsloggrep.investigate.windows import Window
from slsloggrep.model import (
    Bound,
    Event,
    Fact,
    Invocation,
    Millis,
    Platform,
    Query,
    Record,
    Status,
)
from slsloggrep.parse import Parser
from slsloggrep.pull import LONGEST_INVOCATION, ROOM, Pull, Spans
from slsloggrep.stitch import Stitched
from slsloggrep.stitch.invocations import join

_LOOKS: tuple[tuple[Millis, Millis], ...] = (
    (3_000, 1_000),
    (30_000, 10_000),
    (LONGEST_INVOCATION, ROOM),
)
"""How far is read around a hit, and beyond that to serve its neighbours, too: most invocations are
over within seconds; around those that are not, more is read."""

_AFTER_END: Millis = 60_000
"""A sign of failure comes at most so long after the end of its invocation."""

_PATIENCE = 20_000
"""Records that are still stitched when the one who waits has lost patience: a second's work."""

_BOUNDS = frozenset({Fact.START, Fact.RUNTIME_DONE, Fact.END, Fact.REPORT})
_TELLING = _BOUNDS | {Fact.INIT_START, Fact.INIT_REPORT, Fact.RESTORE_START, Fact.RESTORE_REPORT}
"""What of other invocations tells what became of one that has no end."""


def around(window: Window) -> tuple[Millis | None, Millis | None]:
    """Return where signs lie of the failures whose invocations end in a window.

    An invocation may have begun, and shown a failure, long before its end.
    """
    since, until = window.since, window.until
    return (
        None if since is None else since - LONGEST_INVOCATION,
        None if until is None else until + _AFTER_END,
    )


class Failures:
    """Hits in a window, and the invocations that they lie in."""

    def __init__(self, pull: Pull, parser: Parser, query: Query) -> None:
        self._pull = pull
        self._query = query
        self._harvest = Harvest(pull, parser)
        self._looks = [Spans(reach, room) for reach, room in _LOOKS]
        self._hits: set[int] = set()
        """Of each hit what `content_of` gives: an invocation without one was not looked for."""
        self._open: set[tuple[str, str, str]] = set()
        """Requests of which no end is known: group, stream, request ID."""
        self.latest: Millis | None = None
        """The time of the youngest event that was read; None: none was."""

    def add(self, hit: Record) -> None:
        """Add a hit; one outside of the window is none."""
        event = hit.event
        if not self._query.in_window(event.timestamp):
            return
        self._hits.add(content_of(event))
        if self._harvest.add(event):
            # A REPORT tells its beginning as well, and that of the init before it.
            lasted = min(_duration(hit.platform), LONGEST_INVOCATION)
            begun = round(event.timestamp - lasted)
            self._looks[0].want_around(event.log_group, event.log_stream, begun, event.timestamp)

    def add_open(self, start: Bound) -> None:
        """Add a START of which no end is known; one outside of the window is none."""
        if self._query.in_window(start.time):
            self._open.add(start[:3])
            self._looks[-1].want_around(start.log_group, start.log_stream, start.time)

    def read(self) -> Stitched:
        """Read what is needed; return the invocations with a hit or without an end.

        Beside an invocation without an end stand the others of its log stream, with no more of
        their records than tell what became of it. Of the unattributed records those are returned
        that are hits, and what the platform states there.
        """
        stitched = Stitched((), ())
        for look, spans in enumerate(self._looks):
            wanted = spans.take()
            if look and not wanted:
                continue
            # What is still missing may have been delivered late.
            self._harvest.read(wanted, late=look == len(self._looks) - 1)
            stitched = self._stitch()
            if look < len(self._looks) - 1:
                for event in self._unsettled(stitched):
                    self._looks[look + 1].want(event)
        return stitched

    def holds_hit(self, invocation: Invocation) -> bool:
        """Tell whether an invocation holds a hit, and so was looked for and read whole."""
        return self._is_hit(invocation.records)

    def is_open(self, invocation: Invocation) -> bool:
        """Tell whether an invocation is one of which no end is known."""
        key = (invocation.log_group, invocation.log_stream, invocation.request_id or "")
        return key in self._open

    def _stitch(self) -> Stitched:
        invocations: list[Invocation] = []
        unattributed: list[Record] = []
        patience = _PATIENCE
        for records in self._harvest.streams():
            if self._pull.cancelled:
                patience -= len(records)
                if patience < 0:
                    break
            newest = max(record.event.timestamp for record in records)
            self.latest = max(newest, newest if self.latest is None else self.latest)
            stitched = join(records)
            kept = [i for i in stitched.invocations if self.holds_hit(i) or self.is_open(i)]
            never_ended = any(invocation.status is Status.INCOMPLETE for invocation in kept)
            if never_ended:
                known = set(map(id, kept))
                kept += [_bare(i) for i in stitched.invocations if id(i) not in known]
            invocations += kept
            unattributed += (
                record
                for record in stitched.unattributed
                if self._is_hit([record]) or (never_ended and record.fact in _TELLING)
            )
        return Stitched(tuple(invocations), tuple(unattributed))

    def _unsettled(self, stitched: Stitched) -> Iterator[Event]:
        """Yield events around which more must be read to know what became of a hit."""
        for invocation in stitched.invocations:
            if not invocation.complete and self.holds_hit(invocation):
                yield from (record.event for record in invocation.records)
        for record in stitched.unattributed:
            if record.run is None and self._is_hit([record]):
                yield record.event

    def _is_hit(self, records: Iterable[Record]) -> bool:
        return any(content_of(record.event) in self._hits for record in records)


def _duration(platform: Platform | None) -> float:
    if platform is None:
        return 0.0
    return sum(filter(None, (platform.duration_ms, platform.init_ms, platform.restore_ms)))


def _bare(invocation: Invocation) -> Invocation:
    """Return an invocation without the records that tell nothing of others."""
    return replace(invocation, records=tuple(r for r in invocation.records if r.fact in _TELLING))
