"""Invocations of which no end was seen: which of them are gone for certain.

A START without an end is no crash: it may run, or its end was not read. It is one

- where the function's timeout has passed: START, the timeout and some grace lie before the moment
  up to which the logs were read. The timeout is given, or learned from other invocations of the
  function, or, of a Lambda function, the longest that there is;
- where its environment has started over: an init, or the START of another invocation, comes later
  in its log stream. The latter counts only where the environment serves one at a time, and where
  its log group holds ends of invocations at all (a filter may have taken them out).

Where both are so, it is the timeout if that had passed when the environment started over.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from slsloggrep.model import Fact, Invocation, Millis, Record, Status
from slsloggrep.parse import is_environment

GRACE: Millis = 16 * 60_000
"""REPORT comes within a second of the end; but what one stream wrote may reach an archive so much
later than what another did: Firehose buffers for up to 15 minutes (Amazon Data Firehose Developer
Guide, "Configure buffering hints"), and subscription filters hold back for less than one."""

LIVE_GRACE: Millis = 60_000
"""The same where the log streams themselves were read, and not what was made of them."""

SKEW: Millis = 1000
"""Clocks of platform and runtime may be so far apart."""

_SHORT = 20.0
"""A duration may be a few ms less than the limit: both are measured."""

LONGEST_S = 900.0
"""Lambda's longest timeout (Developer Guide, gettingstarted-limits)."""

_INIT_STARTS = frozenset({Fact.INIT_START, Fact.RESTORE_START})
_ENDS = frozenset({Fact.REPORT, Fact.RUNTIME_DONE, Fact.END})
_SHARED_GROUP = "/aws/lambda/web/"

Place = tuple[str, str]


class Gone(NamedTuple):
    """How an invocation ended that never said so."""

    kind: Status
    """Timeout or exit."""
    time: Millis
    """When its timeout passed, or its last sign of life."""
    limit_s: float | None
    """The timeout, where it is known."""


def learn_limits(invocations: Iterable[Invocation]) -> dict[str, float]:
    """Return the timeouts of functions in s, from invocations that ran into them.

    Of several the longest: it may have been changed, and only what is certain counts. The new style
    has no limit in words, but the duration is the limit and a little more, and limits are whole
    seconds.
    """
    limits: dict[str, float] = {}
    for invocation in invocations:
        limit = limit_of(invocation)
        if limit is not None and invocation.function:
            limits[invocation.function] = max(limit, limits.get(invocation.function, 0))
    return limits


def limit_of(invocation: Invocation) -> float | None:
    """Return the timeout in s that an invocation ran into, or None."""
    if invocation.timeout_s is not None:
        return invocation.timeout_s
    if invocation.status is not Status.TIMEOUT or invocation.duration_ms is None:
        return None
    return float(math.floor((invocation.duration_ms + _SHORT) / 1000)) or None


class Silence:
    """Tells what became of invocations without an end."""

    def __init__(
        self,
        invocations: Sequence[Invocation],
        unattributed: Sequence[Record],
        limits: Mapping[str, float],
        read_until: Millis | None,
        grace: Millis,
    ) -> None:
        self._limits = limits
        self._read_until = read_until
        self._grace = grace
        self._starts: dict[Place, list[Record]] = defaultdict(list)
        self._inits: dict[Place, list[Record]] = defaultdict(list)
        self._shared: set[Place] = set()
        self._ending: set[str] = set()
        """Log groups that hold ends of invocations."""
        if any(invocation.status is Status.INCOMPLETE for invocation in invocations):
            for record in _records(invocations, unattributed):
                self._look(record)
            self._shared.update(_overlapping(invocations))

    def became_of(self, invocation: Invocation) -> Gone | None:
        """Return how an incomplete invocation ended, or None where it may still run."""
        start = next(
            (
                record
                for record in invocation.records
                if record.fact is Fact.START and record.request_id == invocation.request_id
            ),
            None,
        )
        if invocation.status is not Status.INCOMPLETE or start is None:
            return None
        began = start.event.timestamp
        known = self._limits.get(invocation.function)
        over = self._started_over(invocation, start)
        due = None if known is None else began + round(known * 1000)
        if over is not None and (due is None or over < due):
            return Gone(Status.EXIT, max(r.event.timestamp for r in invocation.records), known)
        if over is not None and due is not None:
            return Gone(Status.TIMEOUT, due, known)
        if due is None and is_environment(invocation.log_group, invocation.log_stream):
            due = began + round(LONGEST_S * 1000)
        if due is None or self._read_until is None or due + self._grace >= self._read_until:
            return None
        return Gone(Status.TIMEOUT, due, known)

    def _look(self, record: Record) -> None:
        event, platform = record.event, record.platform
        if platform is None:
            return
        place = (event.log_group, event.log_stream)
        if platform.fact is Fact.START:
            self._starts[place].append(record)
        elif platform.fact in _INIT_STARTS:
            self._inits[place].append(record)
        elif platform.fact in _ENDS:
            self._ending.add(event.log_group)
        if platform.initialization == "lambda-managed-instances" or platform.fact is Fact.WEB:
            self._shared.add(place)

    def _started_over(self, invocation: Invocation, start: Record) -> Millis | None:
        """Return when the environment of an invocation was first seen to have started over."""
        place = (invocation.log_group, invocation.log_stream)
        if not invocation.log_stream:
            return None
        inits = self._inits[place]
        later = [record for record in inits if _is_after(record, start)]
        if len(later) == len(inits):
            # The first init that was read may be its own, told a little late.
            later = [record for record in later if _is_after(record, start, SKEW)]
        one_at_a_time = place not in self._shared and not place[0].startswith(_SHARED_GROUP)
        if one_at_a_time and invocation.log_group in self._ending:
            later += [record for record in self._starts[place] if _is_after(record, start)]
        return min((record.event.timestamp for record in later), default=None)


def _is_after(record: Record, start: Record, least: Millis = 0) -> bool:
    """Tell whether a record comes later than the START of an invocation, by more than so much."""
    return record.event.timestamp - start.event.timestamp > least


def _records(invocations: Iterable[Invocation], unattributed: Iterable[Record]) -> Iterator[Record]:
    for invocation in invocations:
        yield from invocation.records
    yield from unattributed


def _overlapping(invocations: Sequence[Invocation]) -> Iterator[Place]:
    """Yield the streams in which an invocation ended after another had begun."""
    last: dict[Place, Millis] = {}
    for invocation in sorted(invocations, key=lambda invocation: invocation.start):
        place = (invocation.log_group, invocation.log_stream)
        if not invocation.complete:
            continue
        if invocation.start < last.get(place, invocation.start):
            yield place
        last[place] = max(invocation.end, last.get(place, invocation.end))
