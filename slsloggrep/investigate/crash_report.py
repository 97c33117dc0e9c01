"""Gathers all that the logs know of one crash: what led up to it, and what it left undone.

The container is gone, but its log stream is there: what the environment served before, and how its
memory grew. The request leads to the other attempts and to the transaction; other requests of the
same function, which ended well, tell what usually happens next. What it means in words is
`slsloggrep.analyse`'s affair.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from slsloggrep.analyse.crashes import crashes_of
from slsloggrep.analyse.explanation import explain
from slsloggrep.errors import UsageError
from slsloggrep.investigate.crashes import search_crashes
from slsloggrep.investigate.tracing import trace_within
from slsloggrep.investigate.windows import Window, default_window
from slsloggrep.model import (
    TRACE_KINDS,
    Coverage,
    Crash,
    CrashReport,
    Fact,
    Identifier,
    IdKind,
    Invocation,
    Millis,
    Query,
    Span,
    Status,
    Transaction,
    Undone,
)
from slsloggrep.parse import Mentions, Parser, function_of, recognise, subject_of
from slsloggrep.pull import LONGEST_INVOCATION, Pull, Watch
from slsloggrep.sources.base import Source
from slsloggrep.stitch import Collection, stitch

ENVIRONMENT_LIFE: Millis = 6 * 3_600_000
"""How far back the environment's log stream is read; most environments do not live longer."""

SHORTEST_PREFIX = 6
"""Characters of a fingerprint, or of a request ID, that are enough to name it."""
LONGEST_FINGERPRINT = 16

_COMPARED = 3
"""Invocations that ended well, of which it is looked what ran after them."""

_FEW_HOPS = 8
_HEX = frozenset("0123456789abcdef-")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashReportFinding:
    """The report of one crash, and what could be read for it."""

    report: CrashReport | None
    """None: no such crash was found."""
    coverage: tuple[Coverage, ...]
    window: Window
    interrupted: bool


def report_crash(
    sources: Sequence[Source],
    name: str,
    *,
    parser: Parser,
    since: Millis | None,
    until: Millis | None,
    now: Millis,
    reach: Millis,
    watch: Watch,
) -> CrashReportFinding:
    """Report the newest crash that a fingerprint or a request ID, or the beginning of one, names.

    A request ID that no crash of the window has is looked for as `trace` does. Raises UsageError
    where the beginning of a fingerprint names several, SourceError as `trace` does.
    """
    pull = Pull(sources, watch)
    window = default_window(sources, since, until, now)
    crashes = search_crashes(pull, parser, window, now=now, sources=sources)
    crash = _choose(crashes, name.strip())
    if crash is None and len(name.strip()) > LONGEST_FINGERPRINT:
        crash = _trace_crash(pull, parser, name, window, reach)
    report = None
    if crash is not None:
        alike = sum(other.fingerprint == crash.fingerprint for other in crashes)
        report = _Inquiry(pull, parser, crash, reach).report(max(alike, 1))
    return CrashReportFinding(
        report=report, coverage=pull.coverage, window=window, interrupted=watch.cancelled
    )


def _choose(crashes: Sequence[Crash], name: str) -> Crash | None:
    """Return the newest crash of a name; raises UsageError where it names several fingerprints."""
    word = name.lower()
    of_request = [crash for crash in crashes if crash.request_id in (name, word)]
    if of_request:
        return of_request[0]
    if not _is_beginning(word):
        return None
    # Lists and tails show the beginning of a request ID, too.
    alike = [
        crash
        for crash in crashes
        if crash.fingerprint.startswith(word) or (crash.request_id or "").startswith(word)
    ]
    meant = sorted(
        {
            crash.fingerprint if crash.fingerprint.startswith(word) else crash.request_id or ""
            for crash in alike
        }
    )
    if len(meant) > 1:
        raise UsageError(
            f"'{name}' is the beginning of {len(meant)} names", hint=" or ".join(meant[:4])
        )
    return alike[0] if alike else None


def _is_beginning(word: str) -> bool:
    return len(word) >= SHORTEST_PREFIX and _HEX.issuperset(word)


def _trace_crash(
    pull: Pull, parser: Parser, name: str, window: Window, reach: Millis
) -> Crash | None:
    """Return the crash of a request that the window does not hold, or that its signs hide."""
    subject = recognise(name)
    transaction = trace_within(pull, parser, subject, window, reach=reach, max_hops=0)
    found = crashes_of(
        [member.invocation for member in transaction.members], transaction.unattributed
    )
    return next((crash for crash in found if crash.request_id == subject.text), None)


class _Inquiry:
    """What is read for one crash."""

    def __init__(self, pull: Pull, parser: Parser, crash: Crash, reach: Millis) -> None:
        self._pull = pull
        self._parser = parser
        self._crash = crash
        self._reach = reach
        self._start = crash.invocation.start if crash.invocation else crash.time

    def report(self, alike: int) -> CrashReport:
        """Read, and return the report; `alike` is how many such crashes there are."""
        crash = self._crash
        born, earlier = self._environment()
        transaction = self._transaction()
        members = [member.invocation for member in transaction.members] if transaction else []
        attempts = [i for i in members if i.request_id == crash.request_id and i.request_id]
        others = [i for i in members if i.request_id != crash.request_id]
        happened, advice = explain(crash, earlier=earlier, attempts=attempts)
        return CrashReport(
            crash=crash,
            what_happened=tuple(happened),
            advice=tuple(advice),
            environment_start=born,
            earlier=tuple(earlier),
            attempts=tuple(attempts),
            transaction=transaction if others else None,
            upstream=tuple(i for i in others if i.start <= self._start),
            downstream=tuple(
                i for i in others if i.start > self._start and i.function != crash.function
            ),
            undone=self._undone(earlier, members),
            alike=alike,
        )

    def _environment(self) -> tuple[Millis | None, list[Invocation]]:
        """Return when the environment began, and what it served before the crash."""
        crash = self._crash
        if not crash.log_stream or crash.invocation is None:
            return None, []
        since, until = self._start - ENVIRONMENT_LIFE, crash.time + 1
        span = Span(crash.log_group, crash.log_stream, since, until)
        events = Collection(self._pull.events_of([span]))
        stitched = stitch(self._parser.parse(event) for event in events)
        before = [i for i in stitched.invocations if i.start < self._start and not self._is_it(i)]
        records = [r for i in stitched.invocations for r in i.records] + [*stitched.unattributed]
        births = [
            record.event.timestamp
            for record in records
            if record.fact in (Fact.INIT_START, Fact.RESTORE_START)
            and record.event.timestamp <= self._start
        ]
        return max(births, default=None), before

    def _is_it(self, invocation: Invocation) -> bool:
        return (
            invocation.request_id == self._crash.request_id and invocation.end >= self._crash.time
        )

    def _transaction(self) -> Transaction | None:
        """Return what the request, or the execution, was a part of."""
        crash = self._crash
        name = crash.request_id or _execution_of(crash)
        if not name:
            return None
        window = Window(
            since=self._start - self._reach,
            until=crash.time + self._reach,
            reason="around the crash",
        )
        subject = recognise(name)
        return trace_within(
            self._pull, self._parser, subject, window, reach=self._reach, max_hops=_FEW_HOPS
        )

    def _undone(
        self, earlier: Sequence[Invocation], members: Sequence[Invocation]
    ) -> tuple[Undone, ...]:
        """Return which functions ran after others of its kind, and not after the crashed one.

        By the trace IDs of a few invocations that the same environment served well.
        """
        crash = self._crash
        compared: list[tuple[Invocation, Identifier]] = []
        for invocation in reversed(earlier):
            trace = _trace_of(invocation)
            if invocation.status is Status.OK and trace and len(compared) < _COMPARED:
                compared.append((invocation, trace))
        if not compared:
            return ()
        ran = {invocation.function for invocation in members} | {crash.function}
        seen: Counter[str] = Counter()
        after = self._after(compared)
        for functions in after:
            seen.update(functions - ran)
        ordered = sorted(seen.items(), key=lambda item: (-item[1], item[0]))
        return tuple(Undone(function, count, len(compared)) for function, count in ordered)

    def _after(self, compared: Sequence[tuple[Invocation, Identifier]]) -> list[set[str]]:
        """Return for each invocation the functions that mention its trace after its beginning."""
        subjects = [subject_of(trace) for _, trace in compared]
        query = Query(
            since=min(invocation.start for invocation, _ in compared),
            until=max(invocation.end for invocation, _ in compared)
            + min(self._reach, LONGEST_INVOCATION),
            literals=tuple(dict.fromkeys(w for subject in subjects for w in subject.literals)),
        )
        mentions = [Mentions([subject]) for subject in subjects]
        after: list[set[str]] = [set() for _ in compared]
        for event in self._pull.events(query):
            for index, (invocation, _) in enumerate(compared):
                if event.timestamp >= invocation.start and mentions[index].anywhere_in(
                    event.message
                ):
                    function = function_of(event.log_group, event.log_stream)
                    if function:
                        after[index].add(function)
        return after


def _execution_of(crash: Crash) -> str | None:
    for record in crash.records:
        for identifier in record.identifiers:
            if identifier.kind is IdKind.EXECUTION_ARN:
                return identifier.value
    return None


def _trace_of(invocation: Invocation) -> Identifier | None:
    for record in invocation.records:
        for identifier in record.identifiers:
            if identifier.kind in TRACE_KINDS:
                return identifier
    return None
