"""A report as a document: the values of the report, with the documents of the contract inside."""

from __future__ import annotations

import json
from typing import Any

from report_samples import incident_report
from shown_samples import COVERAGE, checkout

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.report import report_document
from slsloggrep.export.trace import trace_document
from slsloggrep.model import (
    BIN_EDGES_MS,
    Activity,
    Affected,
    Link,
    Onset,
    Redacted,
    Report,
    ReportKind,
    Status,
    link_key,
)

LISTS = (
    "notes redactions transactions crashes groups crash_reports activity affected functions slowest"
    " changes events links"
)


def report(**values: Any) -> Report:
    told = {"subject": "", "question": "", "made_at": 1_700_000_000_000, "program": "p 1"}
    return Report(**{"kind": ReportKind.INCIDENT, **told, **values})


def test_what_a_report_does_not_have_is_there_and_empty() -> None:
    """A consumer asks whether a list is empty, and never whether it is there."""
    document = report_document(report())
    assert document == {
        "schema": "slsloggrep.report/1",
        "coverage": {"complete": True, "sources": []},
        "kind": "incident",
        "subject": None,
        "question": None,
        "made_at": "2023-11-14T22:13:20.000Z",
        "program": "p 1",
        "since": None,
        "until": None,
        "searched": None,
        "onset": None,
        "bin_edges_ms": list(BIN_EDGES_MS),
        "total": None,
        "test": None,
        "before": None,
        **{name: [] for name in LISTS.split()},
    }


def test_what_is_the_reports_own_is_written_by_the_contract() -> None:
    """Times are RFC 3339, statuses words, what is absent is null, and zero is a time."""
    document = report_document(
        report(
            kind=ReportKind.TRACE,
            subject="ord-1",
            question="slsloggrep report trace ord-1",
            since=0,
            until=60_000,
            searched="because",
            coverage=COVERAGE,
            notes=("cut",),
            redacted=(Redacted("email", 2, 5),),
            onset=Onset(1, "f" * 16, None),
            activity=(Activity(0, 1000, None, 2), Activity(1000, 2000, 7, 0)),
            affected=(Affected("t", 5, "", Status.OOM, "a" * 16, None),),
            change_test="by chance",
            before=(0, 1000),
        )
    )
    assert {key: document[key] for key in ("kind", "subject", "question", "searched", "test")} == {
        "kind": "trace",
        "subject": "ord-1",
        "question": "slsloggrep report trace ord-1",
        "searched": "because",
        "test": "by chance",
    }
    epoch = "1970-01-01T00:00:0"
    assert (document["since"], document["until"]) == (f"{epoch}0.000Z", "1970-01-01T00:01:00.000Z")
    assert document["coverage"] == coverage_document(COVERAGE)
    assert document["notes"] == ["cut"]
    assert document["redactions"] == [{"kind": "email", "values": 2, "places": 5}]
    assert document["onset"] == {
        "time": f"{epoch}0.001Z",
        "fingerprint": "f" * 16,
        "calm_since": None,
    }
    assert document["activity"] == [
        {"start": f"{epoch}0.000Z", "until": f"{epoch}1.000Z", "invocations": None, "crashes": 2},
        {"start": f"{epoch}1.000Z", "until": f"{epoch}2.000Z", "invocations": 7, "crashes": 0},
    ]
    assert document["affected"] == [
        {
            "id": "t",
            "time": f"{epoch}0.005Z",
            "function": None,
            "kind": "oom",
            "fingerprint": "a" * 16,
            "recovered": None,
        }
    ]
    assert document["before"] == {"since": f"{epoch}0.000Z", "until": f"{epoch}1.000Z"}


def test_links_stand_beside_the_invocations_that_they_lead_to() -> None:
    """A row for each link names the invocation by what the transaction's document has of it."""
    transaction = checkout()
    invocation = transaction.members[0].invocation
    links = (Link("log stream", "https://a.example/"), Link("trace", "https://b.example/"))
    document = report_document(
        report(transactions=(transaction,), links={link_key(invocation): links})
    )
    assert document["transactions"] == [trace_document(transaction, ())["transaction"]]
    shown = document["transactions"][0]["invocations"][0]
    place = {key: shown[key] for key in ("log_group", "log_stream", "request_id", "start")}
    assert document["links"] == [
        {**place, "label": "log stream", "url": "https://a.example/"},
        {**place, "label": "trace", "url": "https://b.example/"},
    ]


def test_nothing_of_an_incident_is_left_out() -> None:
    """Every part of the report is there, as often as the report has it."""
    whole = incident_report()
    document = report_document(whole)
    counts = {
        "transactions": whole.transactions,
        "crashes": whole.crashes,
        "groups": whole.groups,
        "crash_reports": whole.crash_reports,
        "activity": whole.activity,
        "affected": whole.affected,
        "functions": whole.latency,
        "changes": whole.changes,
        "events": whole.records,
    }
    assert {key: len(document[key]) for key in counts} == {k: len(v) for k, v in counts.items()}
    assert all(document[key] for key in ("crashes", "groups", "activity", "functions"))
    json.dumps(document, allow_nan=False)
