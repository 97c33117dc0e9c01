"""Activity: how many invocations ended, and how many crashed, in each stretch of a window.

Invocations are counted from what a ledger is given, each once, however often it was delivered. What
they came to is the ledger's affair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import compress, repeat
from math import inf
from operator import floordiv
from typing import Any

from slsloggrep.analyse.ledger import Ledger
from slsloggrep.analyse.starts import report_of
from slsloggrep.model import (
    Activity,
    Crash,
    FigureBatch,
    Invocation,
    Millis,
    Status,
    identity_of,
)

_GRAIN: Millis = 60_000
"""Counts are kept by the minute, and added up to longer stretches."""

_STEPS: tuple[Millis, ...] = tuple(
    minutes * _GRAIN for minutes in (1, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 10_080)
)
_MOST = 60
"""Stretches at most, unless weeks are too short."""

_TOLD_APART = 2_000_000
"""Invocations up to which copies are told apart: some 100 MB."""


class Pulse:
    """Counts the ends of invocations by the minute."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._counts: Counter[int] = Counter()
        self.is_exact = True
        """False: copies may have been counted, for there were too many to tell them apart."""

    def add(self, identities: Sequence[int], times: Sequence[Millis]) -> None:
        """Take in ends, told by identity; those that were seen before do not count again."""
        if len(self._seen) < _TOLD_APART:
            fresh = {
                identity: time
                for identity, time in zip(identities, times, strict=True)
                if identity not in self._seen
            }
            self._seen.update(fresh)
            times = list(fresh.values())
        else:
            self.is_exact = False
        self._counts.update(map(floordiv, times, repeat(_GRAIN)))

    @property
    def bounds(self) -> tuple[Millis, Millis] | None:
        """Return from when, to when (exclusive) something ended; None: nothing did."""
        if not self._counts:
            return None
        return min(self._counts) * _GRAIN, (max(self._counts) + 1) * _GRAIN

    def between(self, since: Millis, until: Millis) -> int:
        """Return how many ended in the minutes that begin in a stretch."""
        first, last = -(-since // _GRAIN), -(-until // _GRAIN)
        if last - first > len(self._counts):
            return sum(count for minute, count in self._counts.items() if first <= minute < last)
        return sum(self._counts[minute] for minute in range(first, last))


class TimedLedger(Ledger):
    """A ledger that also counts what ended when."""

    def __init__(
        self, *, since: Millis | None = None, until: Millis | None = None, **given: Any
    ) -> None:
        """Begin it; the parameters are those of every ledger."""
        super().__init__(since=since, until=until, **given)
        self.pulse = Pulse()
        self._from = -inf if since is None else since
        self._to = inf if until is None else until

    def add(self, batch: FigureBatch) -> None:
        """Add invocations that ended well."""
        super().add(batch)
        self._hear(batch.identities, batch.times)

    def add_invocation(self, invocation: Invocation) -> None:
        """Add an invocation that was read whole."""
        super().add_invocation(invocation)
        report = report_of(invocation)
        if report is not None:
            event = report.event
            self._hear([identity_of(event, report.request_id or "")], [event.timestamp])
        elif invocation.request_id is not None and invocation.status is not Status.INCOMPLETE:
            place = (invocation.log_group, invocation.log_stream, invocation.request_id)
            self._hear([hash((*place, invocation.start))], [invocation.end])

    def _hear(self, identities: Sequence[int], times: Sequence[Millis]) -> None:
        if len(times) and not self._from <= min(times) <= max(times) < self._to:
            held = [self._from <= time < self._to for time in times]
            identities = list(compress(identities, held))
            times = list(compress(times, held))
        self.pulse.add(identities, times)


def activity_of(
    crashes: Sequence[Crash],
    since: Millis | None,
    until: Millis | None,
    pulse: Pulse | None = None,
    *,
    now: Millis | None = None,
) -> tuple[Activity, ...]:
    """Return a window in stretches of equal length that begin at round times, without holes.

    Where the window has no beginning or no end, that of what happened takes its place. A window
    that has but a beginning goes on until `now`, if less than half of it is empty then: of what was
    archived long ago nothing would be seen. Empty where nothing happened. Without a pulse,
    invocations were not counted.
    """
    times = [crash.time for crash in crashes]
    seen = pulse.bounds if pulse is not None else None
    firsts = [*times, *([seen[0]] if seen else [])]
    if not firsts:
        return ()
    # Both bounds of what happened lie within the window, but for minutes that it cuts.
    start = min(firsts) if since is None else since
    end = max([*(time + 1 for time in times), *([seen[1]] if seen else [])])
    if until is not None:
        end = max(until, start + 1)
    elif now is not None and since is not None and 0 < now - end <= end - start:
        end = now
    step = next((s for s in _STEPS if (end - start) / s <= _MOST), _STEPS[-1])
    first = start // step * step
    crashed = Counter(time // step for time in times)
    return tuple(
        Activity(
            slot,
            slot + step,
            None if pulse is None else pulse.between(slot, slot + step),
            crashed[slot // step],
        )
        for slot in range(first, end, step)
    )
