"""A report as a document: `slsloggrep.report/1`, with the documents of the output contract inside.

The values of the report, and not the words of its outline: what `trace`, `crashes`, `latency` and
`grep` promise of a transaction, a crash, a row or an event holds here as well. Every field is there
in every report; what a kind of report does not have is an empty list, or null.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.crashes import crash_document, crash_parts, group_document
from slsloggrep.export.events import event_document
from slsloggrep.export.latency import change_document, row_document, slow_document
from slsloggrep.export.trace import transaction_document
from slsloggrep.export.values import text_value, time_value
from slsloggrep.model import BIN_EDGES_MS, Report

REPORT_SCHEMA = "slsloggrep.report/1"


def report_document(report: Report) -> dict[str, Any]:
    """Return `{schema, coverage, kind, subject, question, made_at, …, transactions, crashes, …}`.

    `redactions` count what was taken out, by kind; `links` are places in consoles, a row for each,
    with the invocation that is found there.
    """
    return {
        "schema": REPORT_SCHEMA,
        "coverage": coverage_document(report.coverage),
        **_head(report),
        "transactions": [transaction_document(each) for each in report.transactions],
        "crashes": [crash_document(crash) for crash in report.crashes],
        "groups": [group_document(group) for group in report.groups],
        "crash_reports": [crash_parts(each) for each in report.crash_reports],
        **_incident(report),
        **_latency(report),
        "events": [event_document(record) for record in report.records],
        "links": list(_links(report)),
    }


def _head(report: Report) -> dict[str, Any]:
    return {
        "kind": report.kind.value,
        "subject": text_value(report.subject),
        "question": text_value(report.question),
        "made_at": time_value(report.made_at),
        "program": report.program,
        "since": time_value(report.since),
        "until": time_value(report.until),
        "searched": text_value(report.searched),
        "notes": list(report.notes),
        "redactions": [redacted._asdict() for redacted in report.redacted],
    }


def _incident(report: Report) -> dict[str, Any]:
    onset = report.onset
    return {
        "onset": {
            "time": time_value(onset.time),
            "fingerprint": onset.fingerprint,
            "calm_since": time_value(onset.calm_since),
        }
        if onset
        else None,
        "activity": [
            {
                "start": time_value(part.start),
                "until": time_value(part.until),
                "invocations": part.invocations,
                "crashes": part.crashes,
            }
            for part in report.activity
        ],
        "affected": [
            {
                "id": affected.id,
                "time": time_value(affected.time),
                "function": text_value(affected.function),
                "kind": affected.kind.value,
                "fingerprint": affected.fingerprint,
                "recovered": affected.recovered,
            }
            for affected in report.affected
        ],
    }


def _latency(report: Report) -> dict[str, Any]:
    before = report.before
    return {
        "bin_edges_ms": list(BIN_EDGES_MS),
        "total": row_document(report.total) if report.total else None,
        "functions": [row_document(row) for row in report.latency],
        "slowest": [slow_document(slow) for slow in report.slowest],
        "test": text_value(report.change_test),
        "before": {"since": time_value(before[0]), "until": time_value(before[1])}
        if before
        else None,
        "changes": [change_document(change) for change in report.changes],
    }


def _links(report: Report) -> Iterator[dict[str, Any]]:
    for (log_group, log_stream, request_id, start), links in report.links.items():
        for link in links:
            yield {
                "log_group": text_value(log_group),
                "log_stream": text_value(log_stream),
                "request_id": text_value(request_id),
                "start": time_value(start),
                "label": link.label,
                "url": link.url,
            }
