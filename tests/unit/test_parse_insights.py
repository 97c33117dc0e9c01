"""Rows of a saved Insights query that state a REPORT's figures, and those that do not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slsloggrep.model import Event, Fact, IdKind, Platform, Record
from slsloggrep.parse import Parser
from slsloggrep.parse.signs import shows_failure

ID = "8bbbfb91-a3ff-4502-b1b7-cb8f6658de64"
ROW = {
    "@timestamp": "2025-08-15 13:34:52.212",
    "@requestId": ID,
    "@duration": "2894.13",
    "@billedDuration": "2895",
    "@maxMemoryUsed": "119000000",
    "@memorySize": "1024000000",
    "@initDuration": "944.22",
}
JSON_ROW = {
    "type": "platform.report",
    "record.requestId": ID,
    "record.status": "success",
    "record.metrics.durationMs": "26.843",
    "record.metrics.billedDurationMs": "27",
    "record.metrics.memorySizeMB": "128",
    "record.metrics.maxMemoryUsedMB": "77",
    "record.metrics.initDurationMs": "772.443",
}


def parse(row: dict[str, Any]) -> Record:
    return Parser().parse(Event(0, json.dumps(row), "/aws/lambda/pay", "s", ""))


def test_sizes_are_bytes_and_become_the_megabytes_of_report() -> None:
    """1,024,000,000 bytes are REPORT's 1024 MB: the unit is a million bytes."""
    record = parse(ROW)
    assert record.platform == Platform(
        fact=Fact.REPORT,
        request_id=ID,
        duration_ms=2894.13,
        billed_ms=2895.0,
        init_ms=944.22,
        memory_mb=1024.0,
        max_memory_mb=119.0,
    )
    assert record.request_id == ID


@pytest.mark.parametrize(
    ("written", "read"),
    [("1.28E8", 128.0), (1.28e8, 128.0), ("1.024E10", 10240.0), (128000000, 128.0), ("x", None)],
)
def test_numbers_may_be_text_in_any_spelling(written: Any, read: float | None) -> None:
    """Java's `1.28E8` as the API gives it, plain digits as the console saves them, or numbers.

    The largest function has 10,240 MB, which as bytes is more than any figure that is believed.
    """
    record = parse({**ROW, "@memorySize": written})
    assert record.platform is not None
    assert record.platform.memory_mb == read


@pytest.mark.parametrize("missing", [key for key in ROW if key not in ("@requestId", "@duration")])
def test_a_query_may_have_chosen_fewer_fields(missing: str) -> None:
    """What was not chosen, or a warm start does not have, is not known."""
    record = parse({key: value for key, value in ROW.items() if key != missing})
    assert record.fact is Fact.REPORT


def test_rows_of_json_logs_have_paths_and_megabytes() -> None:
    """Status included: one that failed shows it, as the event itself would."""
    record = parse(JSON_ROW)
    assert record.platform == Platform(
        fact=Fact.REPORT,
        request_id=ID,
        status="success",
        duration_ms=26.843,
        billed_ms=27.0,
        init_ms=772.443,
        memory_mb=128.0,
        max_memory_mb=77.0,
    )
    assert not shows_failure(record)
    failed = parse({**JSON_ROW, "record.status": "timeout"})
    assert shows_failure(failed)


def test_a_trace_joins() -> None:
    """`@xrayTraceId` is REPORT's."""
    record = parse({**ROW, "@xrayTraceId": "1-636d1462-33ef10600061cad86dab71c8"})
    kinds = {identifier.kind for identifier in record.identifiers}
    assert kinds == {IdKind.REQUEST_ID, IdKind.XRAY_TRACE_ID}


@pytest.mark.parametrize(
    "row",
    [
        {**ROW, "@type": "START"},
        {key: value for key, value in ROW.items() if key != "@requestId"},
        {key: value for key, value in ROW.items() if key != "@duration"},
        {**ROW, "@requestId": 7},
        {**JSON_ROW, "type": "platform.runtimeDone"},
        {key: value for key, value in JSON_ROW.items() if key != "record.requestId"},
        {"bin(5m)": "2026-11-23 10:00:00.000", "avg(@duration)": "12.5"},
    ],
)
def test_other_rows_are_no_reports(row: dict[str, Any]) -> None:
    """Other lines, rows without a request, averages: they state no invocation's figures."""
    assert parse(row).fact is not Fact.REPORT
