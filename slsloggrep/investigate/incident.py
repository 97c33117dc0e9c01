"""An incident: what broke, when it began, what it did to running times, and whom it hit.

Asks for crashes and for running times, both in a window and in the time before it; what is new or
slower is told from that. A few transactions that crashed are then traced whole. The words for it
are an outline's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from slsloggrep.analyse.activity import TimedLedger, activity_of
from slsloggrep.analyse.comparison import compare
from slsloggrep.investigate.crashes import CrashFinding, find_crashes
from slsloggrep.investigate.latency import LatencyFinding, find_latency
from slsloggrep.investigate.tracing import trace_within
from slsloggrep.investigate.windows import Window
from slsloggrep.model import (
    TRACE_KINDS,
    Activity,
    Affected,
    Change,
    Coverage,
    Crash,
    CrashGroup,
    IdKind,
    Millis,
    Onset,
    Status,
    Transaction,
)
from slsloggrep.parse import Parser, recognise
from slsloggrep.pull import Pull, Watch
from slsloggrep.sources.base import Source

LEAST_BASELINE: Millis = 3_600_000
"""Less than an hour before tells little of what is usual."""

WHOLE = 3
"""Transactions that are shown whole, unless another number is asked for."""

_FEW_HOPS = 8

_COPIES = "invocations over time may count copies: there are too many to tell them apart"

_PREFERRED = (
    {IdKind.KEY},
    {IdKind.CORRELATION_ID},
    TRACE_KINDS,
    {IdKind.EXECUTION_ARN},
    {IdKind.REQUEST_ID},
)
"""Kinds of identifiers by how much of a transaction they usually bring together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentFinding:
    """What is known of an incident, and what could be read."""

    crashes: CrashFinding
    latency: LatencyFinding
    changes: tuple[Change, ...]
    """Each function before and during; empty where the window has no beginning."""
    activity: tuple[Activity, ...]
    onset: Onset | None
    """None: nothing that crashed is new, or the window has no beginning."""
    affected: tuple[Affected, ...]
    """Each transaction once, by the time of its first crash."""
    transactions: tuple[Transaction, ...]
    notes: tuple[str, ...]
    coverage: tuple[Coverage, ...]
    window: Window
    interrupted: bool


def investigate_incident(
    sources: Sequence[Source],
    *,
    parser: Parser,
    since: Millis | None,
    until: Millis | None,
    now: Millis,
    baseline: Millis | None,
    make_ledger: Callable[[Millis | None, Millis | None], TimedLedger],
    reach: Millis,
    whole: int,
    watch: Watch,
) -> IncidentFinding:
    """Find what broke in a window, and all that belongs to it.

    `baseline` is how long before the window is read, too; None: as long as the window is, and an
    hour at least. `make_ledger` is as in `find_latency`. `whole` is how many transactions are
    traced, within `reach` of their crash. Raises SourceError where no source can be used at all.
    """
    if baseline is None and since is not None:
        baseline = max((until if until is not None else now) - since, LEAST_BASELINE)
    crashes = find_crashes(
        sources,
        parser=parser,
        since=since,
        until=until,
        now=now,
        limit=None,
        logged=False,
        lines=False,
        baseline=baseline,
        watch=watch,
    )
    window = crashes.window
    before = None
    if baseline is not None and window.since is not None:
        before = (window.since - baseline, window.since)
    ledgers: list[TimedLedger] = []

    def make_timed(first: Millis | None, last: Millis | None) -> TimedLedger:
        ledgers.append(make_ledger(first, last))
        return ledgers[-1]

    latency = find_latency(
        sources,
        parser=parser,
        since=window.since,
        until=window.until,
        now=now,
        make_ledger=make_timed,
        other=before,
        watch=watch,
    )
    pulse = ledgers[0].pulse
    pull = Pull(sources, watch)
    transactions = _trace_samples(pull, parser, crashes.groups, whole, reach)
    affected = _affected(crashes.crashes, transactions)
    return IncidentFinding(
        crashes=crashes,
        latency=latency,
        changes=compare(latency.compared, latency.ledger) if latency.compared else (),
        activity=activity_of(crashes.crashes, window.since, window.until, pulse, now=now),
        onset=_onset(crashes, before),
        affected=affected,
        transactions=transactions,
        notes=() if pulse.is_exact else (_COPIES,),
        coverage=_together(crashes.coverage, latency.coverage, pull.coverage),
        window=window,
        interrupted=watch.cancelled,
    )


def _onset(crashes: CrashFinding, before: tuple[Millis, Millis] | None) -> Onset | None:
    """Return when what is new began; None: nothing is new, or nobody looked at the time before."""
    new = {group.fingerprint for group in crashes.groups if group.is_new}
    fresh = [crash for crash in crashes.crashes if crash.fingerprint in new]
    if not fresh or before is None:
        return None
    first = min(fresh, key=lambda crash: (crash.time, crash.fingerprint))
    return Onset(first.time, first.fingerprint, before[0])


def _trace_samples(
    pull: Pull, parser: Parser, groups: Sequence[CrashGroup], whole: int, reach: Millis
) -> tuple[Transaction, ...]:
    """Return transactions that crashed, of different groups: those first that are new."""
    found: list[Transaction] = []
    known: set[tuple[str, str, str]] = set()
    for group in sorted(groups, key=lambda group: not group.is_new):
        if len(found) == whole or pull.cancelled:
            break
        crash = group.sample
        place = (crash.log_group, crash.log_stream, crash.request_id or "")
        name = _name_of(crash)
        if not name or place in known:
            continue
        start = crash.invocation.start if crash.invocation else crash.time
        around = Window(since=start - reach, until=crash.time + reach, reason="around the crash")
        transaction = trace_within(
            pull, parser, recognise(name), around, reach=reach, max_hops=_FEW_HOPS
        )
        wider = _wider_name(transaction)
        if wider is not None and not pull.cancelled:
            # The trace of an asynchronous part ends where that begins.
            whole_one = trace_within(
                pull, parser, recognise(wider), around, reach=reach, max_hops=_FEW_HOPS
            )
            if len(whole_one.members) > len(transaction.members):
                transaction = whole_one
        if transaction.members or transaction.unattributed:
            found.append(transaction)
            known.update(
                (m.invocation.log_group, m.invocation.log_stream, m.invocation.request_id or "")
                for m in transaction.members
            )
    return tuple(found)


def _name_of(crash: Crash) -> str | None:
    """Return the identifier that brings most of a crash's transaction together, if it has any."""
    records = crash.invocation.records if crash.invocation else crash.records
    identifiers = [identifier for record in records for identifier in record.identifiers]
    for kinds in _PREFERRED:
        named = [identifier.value for identifier in identifiers if identifier.kind in kinds]
        if len(set(named)) == 1 or (named and kinds == _PREFERRED[-1]):
            return crash.request_id if kinds == _PREFERRED[-1] and crash.request_id else named[0]
    return crash.request_id


def _wider_name(transaction: Transaction) -> str | None:
    """Return a key or correlation ID that all members have in common who show any; None: none is.

    A batch shows several: none of them is the transaction's.
    """
    members = [member for member in transaction.members if not member.batch]
    for kinds in _PREFERRED[:2]:
        shown = {
            identifier.value
            for member in members
            for record in member.invocation.records
            for identifier in record.identifiers
            if identifier.kind in kinds
        }
        if len(shown) == 1:
            name = shown.pop()
            return name if name != transaction.id else None
    return None


def _affected(
    crashes: Sequence[Crash], transactions: Sequence[Transaction]
) -> tuple[Affected, ...]:
    """Return the transactions that crashes are part of, by the time of their first crash."""
    healed: dict[tuple[str, str | None], bool] = {}
    for transaction in transactions:
        for member in transaction.members:
            invocation = member.invocation
            # Attempts are in order: the last one decides.
            healed[invocation.function, invocation.request_id] = invocation.status is Status.OK
    affected: dict[str, Affected] = {}
    for crash in sorted(crashes, key=lambda crash: crash.time):
        name = _name_of(crash)
        if name and name not in affected:
            affected[name] = Affected(
                name,
                crash.time,
                crash.function,
                crash.kind,
                crash.fingerprint,
                healed.get((crash.function, crash.request_id)),
            )
    return tuple(affected.values())


def _together(*coverages: Iterable[Coverage]) -> tuple[Coverage, ...]:
    """Return what each source could read in all, for every question that it was asked."""
    totals: list[Coverage] = []
    for parts in zip(*coverages, strict=True):
        total = parts[0]
        for part in parts[1:]:
            total = replace(total + part, objects=max(total.objects, part.objects))
        totals.append(total)
    return tuple(totals)
