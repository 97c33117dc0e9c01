"""What was found as a report: which values of a finding belong into it.

How reports leave the program is `slsloggrep.cli.publication`'s affair, how they are worded
`slsloggrep.outline`'s.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from slsloggrep import __version__
from slsloggrep.cli.app import PROGRAM
from slsloggrep.cli.context import Environment
from slsloggrep.cli.options import Inputs
from slsloggrep.model import Coverage, Invocation, Record, Report, ReportKind
from slsloggrep.recent import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from slsloggrep.cli.measure import Shown
    from slsloggrep.investigate import TraceFinding, Window
    from slsloggrep.investigate.crash_report import CrashReportFinding
    from slsloggrep.investigate.crashes import CrashFinding
    from slsloggrep.investigate.incident import IncidentFinding
    from slsloggrep.model.checks import Checked
    from slsloggrep.model.inventory import Inspected
    from slsloggrep.recent import Shown as ShownLast

_WITH_VALUE = frozenset({"-O", "--output-file", "--sse", "--sse-kms-key-id"})
_FLAGS = frozenset({"--force", "--open"})
"""Where a document went is nobody's business who reads it."""


def trace_report(head: Report, finding: TraceFinding) -> Report:
    """Return the report of a transaction."""
    return replace(
        _searched(head, finding.window, finding.coverage, interrupted=finding.interrupted),
        kind=ReportKind.TRACE,
        transactions=(finding.transaction,),
    )


def crashes_report(head: Report, finding: CrashFinding) -> Report:
    """Return the report of what crashed."""
    from slsloggrep.analyse.activity import activity_of

    window = finding.window
    notes = []
    if finding.since != window.since:
        notes.append("only the newest crashes are told; what is older was not read")
    elif len(finding.crashes) < finding.found:
        notes.append(f"only the newest {len(finding.crashes)} of {finding.found} crashes are told")
    return replace(
        _searched(head, window, finding.coverage, notes, interrupted=finding.interrupted),
        kind=ReportKind.CRASHES,
        since=finding.since,
        crashes=finding.crashes,
        groups=finding.groups,
        activity=activity_of(finding.crashes, finding.since, window.until),
    )


def crash_report(head: Report, finding: CrashReportFinding) -> Report:
    """Return the report of one crash."""
    return replace(
        _searched(head, finding.window, finding.coverage, interrupted=finding.interrupted),
        kind=ReportKind.CRASH,
        crash_reports=(finding.report,) if finding.report is not None else (),
    )


def latency_report(head: Report, shown: Shown) -> Report:
    """Return the report of running times."""
    finding = shown.finding
    notes = [*shown.notes]
    if shown.left_out:
        notes.append(f"{shown.left_out} more rows are left out (--top)")
    return replace(
        _searched(head, finding.window, finding.coverage, notes, interrupted=finding.interrupted),
        kind=ReportKind.LATENCY,
        latency=shown.rows,
        total=shown.total,
        slowest=shown.slowest,
        changes=tuple(shown.changes),
        change_test=shown.test if shown.changes else "",
        before=finding.other,
    )


def incident_report(
    head: Report, finding: IncidentFinding, told: CrashReportFinding | None
) -> Report:
    """Return the report of an incident; `told` is all that is known of one of its crashes."""
    from slsloggrep.analyse.comparison import TESTS

    ledger = finding.latency.ledger
    rows = ledger.rows(sort="errors")
    notes = dict.fromkeys(note for row in rows for note in row.notes)
    searched = _searched(
        head,
        finding.window,
        finding.coverage,
        [*finding.notes, *notes],
        interrupted=finding.interrupted,
    )
    return replace(
        searched,
        kind=ReportKind.INCIDENT,
        crashes=finding.crashes.crashes,
        groups=finding.crashes.groups,
        crash_reports=(told.report,) if told is not None and told.report is not None else (),
        latency=rows,
        total=ledger.total(),
        slowest=ledger.slowest(),
        changes=finding.changes,
        change_test=TESTS if finding.changes else "",
        before=finding.latency.other,
        activity=finding.activity,
        onset=finding.onset,
        affected=finding.affected,
        transactions=finding.transactions,
    )


def events_report(
    head: Report,
    records: Iterable[Record],
    window: Window,
    coverage: Sequence[Coverage],
    notes: Sequence[str] = (),
    *,
    interrupted: bool,
) -> Report:
    """Return the report of single records."""
    return replace(
        _searched(head, window, coverage, notes, interrupted=interrupted),
        kind=ReportKind.EVENTS,
        records=tuple(records),
    )


def functions_report(
    head: Report,
    functions: Iterable[Inspected],
    coverage: Sequence[Coverage],
    *,
    interrupted: bool,
) -> Report:
    """Return the report of what is deployed."""
    return replace(
        head,
        kind=ReportKind.FUNCTIONS,
        searched="what Lambda and CloudWatch Logs tell of functions; no logs were read",
        inventory=tuple(functions),
        coverage=tuple(coverage),
        notes=_interrupted(interrupted),
    )


def checks_report(
    head: Report, checks: Iterable[Checked], policy: str, *, interrupted: bool
) -> Report:
    """Return the report of what was checked; `policy` mends what was denied."""
    return replace(
        head,
        kind=ReportKind.DOCTOR,
        searched="no logs: what reading them needs was tried",
        checks=tuple(checks),
        policy=policy,
        notes=_interrupted(interrupted),
    )


def records_of(shown: Iterable[ShownLast]) -> Iterator[Record]:
    """Yield the records of what `tail` shows, each with its function."""
    for piece in shown:
        if isinstance(piece, Line):
            yield replace(piece.record, function=piece.record.function or piece.function)
        else:
            yield from (replace(r, function=r.function or piece.function) for r in piece.records)


def invocations_of(report: Report) -> Iterator[Invocation]:
    """Yield every invocation that a report may show."""
    for transaction in report.transactions:
        yield from (member.invocation for member in transaction.members)
    yield from (crash.invocation for crash in report.crashes if crash.invocation)
    yield from (group.sample.invocation for group in report.groups if group.sample.invocation)
    for whole in report.crash_reports:
        if whole.crash.invocation:
            yield whole.crash.invocation
        yield from (*whole.earlier, *whole.attempts, *whole.upstream, *whole.downstream)


def head_of(environment: Environment, inputs: Inputs, subject: str = "") -> Report:
    """Return what every report says of how it came about, and nothing of what was found."""
    return Report(
        kind=ReportKind.EVENTS,
        subject=subject,
        question=question_of(environment.argv),
        made_at=environment.clock(),
        program=f"{PROGRAM} {__version__}",
        arguments=inputs.typed,
    )


def question_of(argv: Sequence[str], without: Collection[str] = ()) -> str:
    """Return a command line to be typed again, on one line; empty where there was none.

    `without` are further options that take a value: a short one may have it behind it, as `-ojson`.
    """
    left_out = {*_WITH_VALUE, *without}
    short = tuple(name for name in left_out if not name.startswith("--"))
    kept: list[str] = []
    words = iter(argv)
    for word in words:
        name, _, value = word.partition("=")
        if word == "--":
            kept += [word, *words]
        elif name in left_out:
            if not value:
                next(words, "")
        elif word not in _FLAGS and not word.startswith(short):
            kept.append(word)
    return shlex.join([PROGRAM, *kept]) if kept else ""


def _searched(
    head: Report,
    window: Window,
    coverage: Sequence[Coverage],
    notes: Sequence[str] = (),
    *,
    interrupted: bool,
) -> Report:
    cut = _interrupted(interrupted)
    return replace(
        head,
        since=window.since,
        until=window.until,
        searched=window.reason,
        coverage=tuple(coverage),
        notes=(*notes, *cut),
    )


def _interrupted(interrupted: bool) -> tuple[str, ...]:
    return ("it was interrupted: it holds what was found until then",) if interrupted else ()
