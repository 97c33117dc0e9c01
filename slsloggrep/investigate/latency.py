"""Reads what running times are made of: what every REPORT states, and what failed, whole.

A REPORT that states success is a row of figures as it stands. One that states a failure, or beside
which there is a sign of one, is part of an invocation that must be read whole to know how it ended.
So one pass takes in the figures and the signs of failure, and a second one reads the invocations
around the signs (`failures`). What becomes of the figures is decided by `analyse`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from slsloggrep.analyse.ledger import Ledger
from slsloggrep.analyse.summed import sum_edges
from slsloggrep.errors import UsageError
from slsloggrep.investigate.failures import Failures, around
from slsloggrep.investigate.windows import Window, default_window
from slsloggrep.model import (
    Coverage,
    Event,
    Fact,
    FigureBatch,
    Millis,
    Query,
    Record,
    Status,
    identity_of,
)
from slsloggrep.model.sums import FigureSum
from slsloggrep.parse import Parser, function_of
from slsloggrep.parse.signs import FAILURE_SIGNS, shows_failure
from slsloggrep.pull import Pull, Watch
from slsloggrep.sources.base import Source
from slsloggrep.sources.summing import Summing
from slsloggrep.stitch import Collection

REPORTS = ("REPORT ", "platform.report", "Executed ", "@duration", "record.metrics.durationMs")
"""What states the end of an invocation, for sources that do not read its figures themselves."""

_BATCH = 500

_APART = 10_000
"""Requests that a far end can leave out of its sums: where more failed, rows are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyFinding:
    """The figures of a window, and what could be read."""

    ledger: Ledger
    compared: Ledger | None
    """The figures of the other window, where one was given."""
    other: tuple[Millis, Millis] | None
    """That window."""
    is_swapped: bool
    """The other window is the later one."""
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
    other: tuple[Millis, Millis | None] | None,
    watch: Watch,
) -> LatencyFinding:
    """Fill a ledger with the invocations that ended in a window, and one of another window.

    `make_ledger` makes one for what ended from, inclusive, to, exclusive; of the `other` window,
    None is now. Raises UsageError where the windows overlap, SourceError where no source can be
    used at all.
    """
    pull = Pull(sources, watch)
    window = default_window(sources, since, until, now)
    compared_with = None if other is None else _beside(window, other, now)
    ledger = make_ledger(window.since, window.until)
    fill(ledger, pull, parser, window)
    compared = None
    if compared_with is not None:
        compared = make_ledger(*compared_with)
        beside = Window(
            since=compared_with[0], until=compared_with[1], reason="to compare with", given=True
        )
        fill(compared, pull, parser, beside)
    return LatencyFinding(
        ledger=ledger,
        compared=compared,
        other=compared_with,
        is_swapped=compared_with is not None
        and window.since is not None
        and compared_with[0] >= window.since,
        coverage=pull.coverage,
        window=window,
        interrupted=watch.cancelled,
    )


def _beside(
    window: Window, other: tuple[Millis, Millis | None], now: Millis
) -> tuple[Millis, Millis]:
    """Return the other window; raises UsageError where the two overlap: nothing could be told."""
    since, until = other[0], now if other[1] is None else other[1]
    starts_before = window.since is None or window.since < until
    if starts_before and (window.until is None or since < window.until):
        raise UsageError(
            "the two windows that are to be compared overlap",
            hint="--since and --until for the one, --compare for another one beside it",
        )
    return since, until


def fill(ledger: Ledger, pull: Pull, parser: Parser, window: Window) -> None:
    """Give a ledger what ended in a window."""
    since, until = around(window)
    query = Query(since=since, until=until, literals=FAILURE_SIGNS)
    failures = Failures(pull, parser, query)
    gathered = _Gathered(ledger, parser)
    adds_up = ledger.takes_sums and pull.adds_up
    apart: set[str] = set()
    """Requests that are read, and so must not be added up, too."""
    for item in pull.measured(query, "figures", REPORTS, rest=adds_up):
        if isinstance(item, FigureBatch):
            ledger.add(item)
        elif isinstance(item, Event):
            record = parser.parse(item)
            if adds_up and record.fact is Fact.REPORT and record.request_id:
                apart.add(record.request_id)
            if shows_failure(record) or not gathered.add(record):
                failures.add(record)
                gathered.expect(record)
    for record in gathered.flush():
        failures.add(record)
    for invocation in failures.read().invocations:
        if failures.holds_hit(invocation) and invocation.status is not Status.INCOMPLETE:
            ledger.add_invocation(invocation)
            apart.add(invocation.request_id or "")
    if adds_up:
        _add_up(ledger, pull, parser, window, apart)


def _add_up(
    ledger: Ledger, pull: Pull, parser: Parser, window: Window, apart: AbstractSet[str]
) -> None:
    """Give a ledger the sums of what ended well in a window, and the rows of what lies apart."""
    gathered = _Gathered(ledger, parser)
    query = Query(since=window.since, until=window.until)
    summing = Summing(
        edges=sum_edges(), slot=ledger.slot, apart=apart if len(apart) <= _APART else None
    )
    for item in pull.sums(query, summing):
        if isinstance(item, FigureSum):
            ledger.add_sum(item)
        elif isinstance(item, FigureBatch):
            ledger.add(item)
        else:
            gathered.add(parser.parse(item))
    for _ in gathered.flush():
        pass  # it yields what belongs to hits, of which there are none here


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
            identities=[identity_of(r.event, r.request_id or "") for r in self.records],
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

    def __init__(self, ledger: Ledger, parser: Parser) -> None:
        self._ledger = ledger
        self._parser = parser
        self._rows: dict[str, _Rows] = {}
        self._loose = Collection()
        """REPORTs of no log stream: only their request tells what they are the end of."""
        self._expected: set[str] = set()
        """Requests of hits that lie in no log stream."""

    def add(self, record: Record) -> bool:
        """Take in a record; False: it ends an invocation that is not told by its place alone.

        What is no REPORT is passed over.
        """
        if record.fact is not Fact.REPORT or record.platform is None:
            return True
        event = record.event
        if record.function and record.function != function_of(event.log_group, event.log_stream):
            return False
        if record.platform.duration_ms is None:
            return False
        if not event.log_stream:
            self._loose.add(event)
            return True
        self._take(record)
        return True

    def expect(self, hit: Record) -> None:
        """Note a hit: without a log stream the REPORT of its request is wanted with it."""
        if not hit.event.log_stream and hit.request_id:
            self._expected.add(hit.request_id)

    def flush(self) -> Iterator[Record]:
        """Hand on what is left; yield the REPORTs that belong to hits."""
        for event in self._loose:
            record = self._parser.parse(event)
            if record.request_id in self._expected:
                yield record
            else:
                self._take(record)
        for log_group, rows in self._rows.items():
            if rows.records:
                self._ledger.add(rows.batch(log_group))
        self._rows.clear()

    def _take(self, record: Record) -> None:
        log_group = record.event.log_group
        rows = self._rows.setdefault(log_group, _Rows())
        rows.records.append(record)
        if len(rows.records) >= _BATCH:
            self._ledger.add(rows.batch(log_group))
            rows.records.clear()
