"""Crashes as documents, by the output contract: `slsloggrep.crashes/1` and `slsloggrep.crash/1`.

Every promised field is there in every document, null where it is absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.events import event_document, invocation_events
from slsloggrep.export.trace import invocation_figures
from slsloggrep.export.values import text_value, time_value
from slsloggrep.model import Coverage, Crash, CrashGroup, CrashReport, Frame, Invocation

CRASHES_SCHEMA = "slsloggrep.crashes/1"
CRASH_SCHEMA = "slsloggrep.crash/1"

_PARTS = (
    "crash",
    "alike",
    "what_happened",
    "advice",
    "invocation",
    "environment",
    "attempts",
    "transaction",
    "undone",
)
"""What a report consists of: null, each of them, where there is none."""


def crashes_document(
    crashes: Sequence[Crash], groups: Sequence[CrashGroup], coverage: Sequence[Coverage]
) -> dict[str, Any]:
    """Return `{schema, coverage, crashes: [...], groups: [...]}`, each in the order given.

    That is crashes newest first, groups most frequent first. `is_new` of a group is null where
    the time before was not looked at.
    """
    return {
        "schema": CRASHES_SCHEMA,
        "coverage": coverage_document(coverage),
        "crashes": [crash_document(crash) for crash in crashes],
        "groups": [group_document(group) for group in groups],
    }


def crash_lines(
    crashes: Sequence[Crash], groups: Sequence[CrashGroup], coverage: Sequence[Coverage]
) -> Iterator[dict[str, Any]]:
    """Yield crashes as documents of one line each, for `-o ndjson`.

    First `{"schema"}`; then `{"crash": {...}}` for each crash and `{"group": {...}}` for each
    group; last `{"coverage": {...}}`, without which the output is cut off.
    """
    yield {"schema": CRASHES_SCHEMA}
    for crash in crashes:
        yield crash_line(crash)
    for group in groups:
        yield {"group": group_document(group)}
    yield {"coverage": coverage_document(coverage)}


def crash_line(crash: Crash) -> dict[str, Any]:
    """Return one crash as the line that `crash_lines` has for it: `{"crash": {...}}`."""
    return {"crash": crash_document(crash)}


def no_crash_document(coverage: Sequence[Coverage]) -> dict[str, Any]:
    """Return what stands for `crash_report_document` where no such crash was found: all null."""
    return {
        "schema": CRASH_SCHEMA,
        "coverage": coverage_document(coverage),
        **dict.fromkeys(_PARTS),
    }


def crash_report_document(report: CrashReport, coverage: Sequence[Coverage]) -> dict[str, Any]:
    """Return `{schema: "slsloggrep.crash/1", coverage, crash: {...}, …}`: all of one crash.

    `crash` is as in `crashes_document` and has its `frames` and `events` too, `invocation` the
    figures and events of the invocation that failed, null where none did. `environment`,
    `attempts`, `transaction` (null where nothing joins it to others) and `undone` tell what was
    before, beside and after it; the invocations in them have no events, which `trace` gives.
    """
    return {
        "schema": CRASH_SCHEMA,
        "coverage": coverage_document(coverage),
        **crash_parts(report),
    }


def crash_parts(report: CrashReport) -> dict[str, Any]:
    """Return all of one crash but for schema and coverage, as `crash_report_document` has it."""
    crash = report.crash
    return {
        "crash": {
            **crash_document(crash),
            "frames": [_frame(frame) for frame in crash.frames],
            "events": [event_document(record) for record in crash.records],
        },
        "alike": report.alike,
        "what_happened": list(report.what_happened),
        "advice": list(report.advice),
        "invocation": _whole(crash.invocation) if crash.invocation else None,
        "environment": {
            "log_group": text_value(crash.log_group),
            "log_stream": text_value(crash.log_stream),
            "start": time_value(report.environment_start),
            "earlier": [_figures(invocation) for invocation in report.earlier],
        },
        "attempts": [_figures(invocation) for invocation in report.attempts],
        "transaction": _transaction(report),
        "undone": [undone._asdict() for undone in report.undone],
    }


def crash_document(crash: Crash) -> dict[str, Any]:
    """Return one crash, without its frames and its events."""
    return {
        "time": time_value(crash.time),
        "function": text_value(crash.function),
        "request_id": text_value(crash.request_id),
        "log_group": text_value(crash.log_group),
        "log_stream": text_value(crash.log_stream),
        "kind": crash.kind.value,
        "error_type": crash.error_type,
        "message": crash.message,
        "fingerprint": crash.fingerprint,
        "version": text_value(crash.version),
        "logged": crash.logged,
        "title": crash.title,
    }


def group_document(group: CrashGroup) -> dict[str, Any]:
    """Return all crashes of one fingerprint as a group."""
    return {
        "fingerprint": group.fingerprint,
        "function": text_value(group.function),
        "kind": group.kind.value,
        "error_type": group.error_type,
        "title": group.title,
        "count": group.count,
        "first_seen": time_value(group.first_seen),
        "last_seen": time_value(group.last_seen),
        "request_ids": list(group.request_ids),
        "functions": list(group.functions),
        "versions": list(group.versions),
        "is_new": group.is_new,
    }


def _frame(frame: Frame) -> dict[str, Any]:
    return {
        "text": frame.text,
        "function": text_value(frame.function),
        "file": text_value(frame.file),
        "line": frame.line,
        "own": frame.own,
    }


def _figures(invocation: Invocation) -> dict[str, Any]:
    return {
        "function": text_value(invocation.function),
        "request_id": text_value(invocation.request_id),
        **invocation_figures(invocation),
    }


def _whole(invocation: Invocation) -> dict[str, Any]:
    return {
        **_figures(invocation),
        "events": invocation_events(invocation),
    }


def _transaction(report: CrashReport) -> dict[str, Any] | None:
    transaction = report.transaction
    if transaction is None:
        return None
    return {
        "id": transaction.id,
        "start": time_value(transaction.start),
        "end": time_value(transaction.end),
        "status": transaction.status.value,
        "identifiers": [{"kind": i.kind.value, "value": i.value} for i in transaction.identifiers],
        "hops_cut": transaction.hops_cut,
        "upstream": [_figures(invocation) for invocation in report.upstream],
        "downstream": [_figures(invocation) for invocation in report.downstream],
    }
