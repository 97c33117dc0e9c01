"""What the program writes is what `slsloggrep schema` prints, and what the contract promises."""

from __future__ import annotations

import io
import json
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
import report_samples as samples
import written_documents
from written_documents import assert_valid, is_valid, validators

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.export.checks import check_lines, checks_document
from slsloggrep.export.crashes import (
    crash_lines,
    crash_report_document,
    crashes_document,
    no_crash_document,
)
from slsloggrep.export.events import event_document, grep_document
from slsloggrep.export.functions import function_lines, functions_document
from slsloggrep.export.json import write_json, write_ndjson
from slsloggrep.export.latency import changes_document, latency_document, latency_lines
from slsloggrep.export.plan import plan_document, plan_lines
from slsloggrep.export.report import report_document
from slsloggrep.export.schemas import DIALECT, SCHEMAS, schema_document
from slsloggrep.export.shipments import shipment_document
from slsloggrep.export.tail import line_document, tail_document
from slsloggrep.export.trace import trace_document, trace_lines
from slsloggrep.model import Delivered, PlannedRead, Rejection, Report, Shipment
from slsloggrep.model.checks import Check, Permission, Verdict
from slsloggrep.model.inventory import DeployedFunction, Weakness

PROMISED = {
    "Transaction": "id start end duration_ms status identifiers invocations unattributed",
    "Identifier": "kind value",
    "Member": "function request_id attempt log_group log_stream start end duration_ms billed_ms"
    " init_ms memory_mb max_memory_mb cold_start status error_type error_message response"
    " joined_by events",
    "Evidence": "kind value event_id",
    "MemberEvent": "id timestamp level message mentions",
    "Crash": "time function request_id log_group log_stream kind error_type message fingerprint",
    "CrashGroup": "fingerprint function kind error_type title count first_seen last_seen"
    " request_ids",
    "LatencyRow": "function invocations errors timeouts cold_starts mean_ms p50_ms p90_ms p95_ms"
    " p99_ms max_ms init_p50_ms init_max_ms memory_mb max_memory_mb billed_ms gb_seconds cost_usd",
    "Event": "timestamp source log_group log_stream function request_id level message id",
    "Coverage": "complete sources",
    "SourceCoverage": "source complete events bytes requests objects gaps",
    "Gap": "what reason",
}
"""The design's output contract, by the objects that the schemas call so."""
OWN_KEYS = ("response", "by")
"""What lies in these is the user's."""

REPORTS = (
    samples.trace_report,
    samples.empty_report,
    samples.partial_report,
    samples.crashes_report,
    samples.crash_report,
    samples.latency_report,
    samples.incident_report,
    samples.events_report,
    samples.functions_report,
    samples.checks_report,
    samples.hostile_trace,
    samples.hostile_events,
)


@cache
def documents() -> dict[str, list[Any]]:
    """Return documents and lines that the program writes, by the names of their schemas."""
    coverage = [samples.GAPS]
    (transaction, *_) = samples.trace_report().transactions
    crashes, latency = samples.crashes_report(), samples.latency_report()
    crash = samples.crash_report()
    (record, *records) = samples.hostile_records()
    prices = {"region": "r", "architecture": "a", "gb_second_usd": 0.1, "request_usd": 0.2}
    head: dict[str, Any] = {"window": (0, None), "total": latency.total, "prices": prices}
    plans = {
        "a": (PlannedRead(what="w", engine="e", calls=1, bytes=2, dollars=0.5),),
        "b": None,
        "c": (PlannedRead(what="w", engine="e"),),
    }
    rejection = Rejection("index", "id", "", "reason")
    shipment = Shipment(to="t", index="i", delivered=Delivered(rejections=(rejection,)))
    function = DeployedFunction(name="f", region="r", log_group="g", last_activity=0)
    functions = [(function, (Weakness("no_json", "no JSON"),))]
    denied = (Permission("logs:FilterLogEvents"),)
    checks = {"s": [Check(what="w", verdict=Verdict.MISSING, permissions=denied, denied=True)]}
    line = line_document(record, function="f", request_id="r", late=7)
    made: dict[str, list[Any]] = {
        "trace": [trace_document(transaction, coverage)],
        "trace.ndjson": [*trace_lines(transaction, coverage)],
        "crashes": [crashes_document(crashes.crashes, crashes.groups, coverage)],
        "crashes.ndjson": [*crash_lines(crashes.crashes, crashes.groups, coverage)],
        "crash": [
            no_crash_document(coverage),
            *(crash_report_document(each, coverage) for each in crash.crash_reports),
        ],
        "latency": [latency_document(latency.latency, latency.slowest, coverage, **head)],
        "latency.ndjson": [*latency_lines(latency.latency, latency.slowest, coverage, **head)],
        "changes": [changes_document(latency.changes, coverage, latency.change_test)],
        "grep": [grep_document(map(event_document, (record, *records)), coverage)],
        "grep.ndjson": [event_document(record)],
        "tail": [tail_document([line], coverage)],
        "tail.ndjson": [line],
        "plan": [plan_document(plans, None, 0, coverage)],
        "plan.ndjson": [*plan_lines(plans)],
        "ship": [shipment_document(shipment, coverage, 1.5)],
        "report": [report_document(make()) for make in REPORTS],
        "functions": [functions_document(functions, coverage)],
        "functions.ndjson": [*function_lines(functions)],
        "doctor": [checks_document(checks, coverage)],
        "doctor.ndjson": [*check_lines(checks)],
    }
    return {name: [json.loads(json.dumps(each)) for each in some] for name, some in made.items()}


def printed(*arguments: str) -> tuple[int, str, str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=False,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=False,
        width=80,
    )
    return run(["schema", *arguments], environment), stdout.getvalue(), stderr.getvalue()


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_schema_is_one_of_the_dialect_that_it_states(name: str) -> None:
    """It is printed as JSON, is valid by its dialect's own schema, and has a name of its own."""
    code, text, _ = printed(name)
    schema = json.loads(text)
    assert code == 0
    assert schema == schema_document(name)
    assert schema["$schema"] == DIALECT
    assert schema["$id"] == f"urn:slsloggrep:{name}:1"
    validators().meta.validate(schema)


def test_without_a_name_those_that_there_are_are_listed() -> None:
    """One a line, with what it describes; an unknown one is refused with those that there are."""
    code, text, _ = printed()
    assert code == 0
    assert [line.split()[0] for line in text.splitlines()] == list(SCHEMAS)
    code, text, said = printed("trase")
    assert (code, text) == (2, "")
    assert "there is no schema 'trase'" in said
    assert "trace, trace.ndjson" in said


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_is_written_is_what_the_schema_says(name: str) -> None:
    """Documents of the demo, partial and hostile ones, and each kind of line."""
    assert documents()[name]
    for document in documents()[name]:
        assert_valid(name, document)


@pytest.mark.parametrize("name", SCHEMAS)
def test_no_document_passes_that_lacks_a_field_or_has_one_more(name: str) -> None:
    """Nor one in which a field is of no type that it may have, wherever in it that is."""
    tried = set()
    kinds = set()
    for document in documents()[name]:
        for path, shape in objects(document):
            kinds.add(frozenset(inner(document, path)))
            for key in inner(document, path):
                if (shape, key) in tried:
                    continue
                tried.add((shape, key))
                without = deepcopy(document)
                del inner(without, path)[key]
                assert not is_valid(name, without), f"without {shape}.{key}"
                if key in OWN_KEYS:
                    continue
                other = deepcopy(document)
                inner(other, path)[key] = [[]]
                assert not is_valid(name, other), f"with a list of lists as {shape}.{key}"
            if (shape, None) not in tried:
                tried.add((shape, None))
                more = deepcopy(document)
                inner(more, path)["not_promised"] = 1
                assert not is_valid(name, more), f"with one field more in {shape}"
    parts = schema_document(name)["$defs"]
    described = {
        p: frozenset(part["properties"]) for p, part in parts.items() if "properties" in part
    }
    assert {part for part, keys in described.items() if keys not in kinds} == set()


def objects(value: Any, path: tuple[Any, ...] = (), shape: str = "") -> Any:
    """Yield the objects of a document that the program owns: the way to each, and its kind."""
    if isinstance(value, dict):
        yield path, shape
        for key, item in value.items():
            if key not in OWN_KEYS:
                yield from objects(item, (*path, key), f"{shape}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from objects(item, (*path, index), f"{shape}[]")


def inner(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@pytest.mark.parametrize("shape", PROMISED)
def test_a_schema_requires_what_the_contract_promises(shape: str) -> None:
    """Wherever such an object is part of a document."""
    found = [parts[shape] for name in SCHEMAS if shape in (parts := schema_document(name)["$defs"])]
    assert found
    for part in found:
        assert set(PROMISED[shape].split()) <= set(part["required"])
        assert part["additionalProperties"] is False


def test_every_field_is_required_in_every_schema() -> None:
    """A consumer never has to ask whether a key is there."""
    for name in SCHEMAS:
        for part in schema_document(name)["$defs"].values():
            if part.get("type") == "object":
                assert set(part["required"]) == set(part["properties"])


def test_what_tests_write_is_checked() -> None:
    """The check behind all tests sees what is written, and lets nothing else pass."""
    before = written_documents.checked
    document = documents()["grep"][0]
    write_json(document, io.StringIO())
    write_ndjson(document["events"], io.StringIO())
    assert written_documents.checked == before + 1 + len(document["events"])
    with pytest.raises(AssertionError, match="not by the schema grep"):
        write_json({**document, "more": 1}, io.StringIO())
    with pytest.raises(AssertionError, match="no schema describes"):
        write_json({"events": []}, io.StringIO())
    with pytest.raises(AssertionError, match=r"not by the schema grep\.ndjson"):
        write_ndjson([{**document["events"][0], "level": "LOUD"}], io.StringIO())


def test_a_report_holds_what_the_commands_write() -> None:
    """The same documents, and none of its own making."""
    report: Report = samples.crashes_report()
    document = report_document(report)
    alone = crashes_document(report.crashes, report.groups, report.coverage)
    assert {key: document[key] for key in ("coverage", "crashes", "groups")} == {
        key: alone[key] for key in ("coverage", "crashes", "groups")
    }
    transaction = samples.trace_report().transactions[0]
    assert report_document(samples.trace_report())["transactions"] == [
        trace_document(transaction, ())["transaction"]
    ]
