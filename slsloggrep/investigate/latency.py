"""Reads what running times are made of: what every REPORT states, and what failed, whole.

A REPORT that states success is a row of figures as it stands. One that states a failure, or beside
which there is a sign of one, is part of an invocation that must be read whole to know how it ended.
So one pass takes in the figures and the signs of failure, and a second one reads the invocations
around the signs (`failures`). What becomes of the figures is decided by `analyse`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from slsloggrep.analyse.ledger import Ledger
from slsloggrep.investigate.failures import Failures, around
from slsloggrep.investigate.windows import Window, default_window
from slsloggrep.model import (
    Coverage,
    Event,
    Fact,
    FigureBatch,
    Invocation,
    Millis,
    Query,
    Record,
    Status,
    identity_of,
)
from slsloggrep.parse import Parser, function_of
from slsloggrep.parse.signs import FAILURE_SIGNS, shows_failure
from slsloggrep.pull import Pull, Watch
from slsloggrep.sources.base import Source

REPORTS = ("REPORT ", "platform.report", "Executed ", "@duration", "record.metrics.durationMs")
"""What states the end of an invocation, for sources that do not read its figures themselves."""

_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyFinding:
    """The figures of a window, and what could be read."""

    ledger: Ledger
    compared: Ledger | None
    """The figures of the other window, where one was given."""
    coverage: tuple[Coverage, ...]
    window: Window
    interrupted: bool


def find_latency(
    sources: Sequence[Source],
    *,
    parser: Parser,
    since: Millis | None,
    until: Millis | None,
    now: Millis,
    make_ledger: Callable[[Millis | None, Millis | None], Ledger],
    other: tuple[Millis | None, Millis | None] | None,
    watch: Watch,
) -> LatencyFinding:
    """Fill a ledger with the invocations that ended in a window, and one of another window.

    `make_ledger` makes one for what ended from, inclusive, to, exclusive. Raises SourceError where
    no source can be used at all.
    """
    pull = Pull(sources, watch)
    window = default_window(sources, since, until, now)
    ledger = make_ledger(window.since, window.until)
    fill(ledger, pull, parser, window)
    compared = None
    if other is not None:
        compared = make_ledger(*other)
        before = Window(since=other[0], until=other[1], reason="to compare with", given=True)
        fill(compared, pull, parser, before)
    return LatencyFinding(
        ledger=ledger,
        compared=compared,
        coverage=pull.coverage,
        window=window,
        interrupted=watch.cancelled,
    )


def fill(ledger: Ledger, pull: Pull, parser: Parser, window: Window) -> None:
    """Give a ledger what ended in a window."""
    since, until = around(window)
    query = Query(since=since, until=until, literals=FAILURE_SIGNS)
    failures = Failures(pull, parser, query)
    gathered = _Gathered(ledger)
    for item in pull.measured(query, "figures", REPORTS):
        if isinstance(item, FigureBatch):
            ledger.add(item)
        elif isinstance(item, Event):
            record = parser.parse(item)
            if shows_failure(record) or not gathered.add(record):
                failures.add(item)
    gathered.flush()
    for invocation in failures.read().invocations:
        if failures.holds_hit(invocation) and not _is_unbounded(invocation):
            ledger.add_invocation(invocation)


def _is_unbounded(invocation: Invocation) -> bool:
    """Tell whether the platform was told not to log START and REPORT: nothing is missing there."""
    return invocation.status is Status.INCOMPLETE and not any(
        record.fact in (Fact.START, Fact.REPORT) for record in invocation.records
    )


@dataclass(slots=True)
class _Rows:
    """REPORTs of one log group that came as records."""

    records: list[Record] = field(default_factory=list)

    def batch(self, log_group: str) -> FigureBatch:
        """Return them as columns."""
        facts = [record.platform for record in self.records if record.platform is not None]
        events = [record.event for record in self.records]
        return FigureBatch(
            log_group=log_group,
            log_streams=[event.log_stream for event in events],
            request_ids=[record.request_id or "" for record in self.records],
            identities=[identity_of(event) for event in events],
            times=[event.timestamp for event in events],
            durations_ms=[fact.duration_ms or 0.0 for fact in facts],
            billed_ms=[fact.billed_ms for fact in facts],
            memory_mb=[fact.memory_mb for fact in facts],
            max_memory_mb=[fact.max_memory_mb for fact in facts],
            init_ms=[fact.init_ms for fact in facts],
            restore_ms=[fact.restore_ms for fact in facts],
        )


class _Gathered:
    """Gathers REPORTs that came as records into batches for a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._rows: dict[str, _Rows] = {}

    def add(self, record: Record) -> bool:
        """Take in a record; False: it ends an invocation that is not told by its place alone.

        What is no REPORT, or one without figures, is passed over.
        """
        if record.fact is not Fact.REPORT or record.platform is None:
            return True
        event = record.event
        if record.function and record.function != function_of(event.log_group, event.log_stream):
            return False
        if record.platform.duration_ms is None:
            return False
        rows = self._rows.setdefault(event.log_group, _Rows())
        rows.records.append(record)
        if len(rows.records) >= _BATCH:
            self._ledger.add(rows.batch(event.log_group))
            rows.records.clear()
        return True

    def flush(self) -> None:
        """Hand on what is left."""
        for log_group, rows in self._rows.items():
            if rows.records:
                self._ledger.add(rows.batch(log_group))
        self._rows.clear()
