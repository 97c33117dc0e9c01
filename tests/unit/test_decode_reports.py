"""What REPORTs and STARTs state, read out of messages: what the parser reads, or nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from failure_samples import FAILING, HEALTHY, ID, platform
from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.decode.reports import Stated, read_end, read_report
from slsloggrep.model import Event, Fact, Record
from slsloggrep.parse import Parser

FIGURES = "Duration: 26.73 ms\tBilled Duration: 27 ms\tMemory Size: 128 MB\tMax Memory Used: 75 MB"
XRAY = "XRAY TraceId: 1-636d1462-33ef10600061cad86dab71c8\tSegmentId: 7ccb4860675ee485"
METRICS = {"durationMs": 26.843, "billedDurationMs": 27, "memorySizeMB": 128, "maxMemoryUsedMB": 77}

PLAIN = [
    f"REPORT RequestId: {ID}\t{FIGURES}\t\n",
    f"REPORT RequestId: {ID}\t{FIGURES}\t",
    f"REPORT RequestId: {ID}\t{FIGURES}\tInit Duration: 110.10 ms\t\n",
    (
        f"REPORT RequestId: {ID}\t{FIGURES}\tRestore Duration: 511.25 ms\t"
        "Billed Restore Duration: 303 ms\t\n"
    ),
    f"REPORT RequestId: {ID}\t{FIGURES}\tInit Duration: 190.62 ms\t\n{XRAY}\tSampled: true\t\n",
    f"REPORT RequestId: {ID}\t{FIGURES}\t\n{XRAY}",
    platform("report", {"requestId": ID, "metrics": METRICS, "status": "success"}),
    platform("report", {"status": "success", "metrics": {"durationMs": 1.148}, "requestId": ID}),
    platform(
        "report",
        {
            "requestId": ID,
            "status": "success",
            "metrics": {**METRICS, "initDurationMs": 772.443, "restoreDurationMs": 5},
            "spans": [{"name": "responseLatency", "start": "x", "durationMs": 1}],
            "tracing": {"value": "Root=1-68183818-4eab0e4002398a2f375bd11a;Sampled=1"},
        },
    ),
]

STRANGE = [
    f"REPORT RequestId: {ID}\t{FIGURES}\tStatus: error\tError Type: Runtime.ExitError\n",
    f"REPORT RequestId: {ID}\t{FIGURES}\tStatus: timeout",
    f"REPORT RequestId: {ID}\t{FIGURES}\tSomething New: 1 ms\t\n",
    f"REPORT RequestId: {ID.upper()}\t{FIGURES}\t\n",
    f"REPORT RequestId: {ID}  {FIGURES}".replace("\t", "  "),
    f"REPORT RequestId: {ID}\t{FIGURES}\t\nRequestId: {ID} Error: late\n",
    f"REPORT RequestId: {ID}\t{FIGURES.replace('27 ms', '27 ms ')}\t\n",
    f"REPORT RequestId: {ID}\t{FIGURES.replace('26.73', '٢٦.٧٣')}\t\n",
    f"INIT_REPORT RequestId: {ID}\t{FIGURES}\t\n",
    "REPORT ",
    platform("report", {"requestId": ID, "metrics": METRICS, "status": "error"}),
    platform(
        "report", {"requestId": ID, "metrics": METRICS, "status": "success", "errorType": "x"}
    ),
    platform("report", {"requestId": ID, "metrics": METRICS}),
    platform("report", {"requestId": ID, "metrics": {}, "status": "success"}),
    platform(
        "report", {"requestId": ID, "metrics": {**METRICS, "durationMs": -1}, "status": "success"}
    ),
    platform("report", {"requestId": ID, "metrics": {"durationMs": "1"}, "status": "success"}),
    platform("report", {"requestId": ID, "metrics": {"durationMs": True}, "status": "success"}),
    platform("report", {"requestId": ID, "metrics": {"durationMs": 1e11}, "status": "success"}),
    platform("report", {"requestId": 7, "metrics": METRICS, "status": "success"}),
    platform(
        "report", {"requestId": ID, "metrics": METRICS, "status": "success", "functionName": "pay"}
    ),
    platform("initReport", {"requestId": ID, "metrics": METRICS, "status": "success"}),
    '{"type":"platform.report","record":',
    '{"note":"platform.report","type":"platform.report","record":{"requestId":1}}',
    json.dumps({"seen": platform("report", {"requestId": ID})}),
    (
        f'{{"type":"platform.report","deep":{"[" * 200}{"]" * 200},"record":{{"requestId":"{ID}",'
        '"metrics":{"durationMs":1},"status":"success"}}'
    ),
    '{"type":"platform.report","x":"\ud800"}',
]


def parse(message: str) -> Record:
    return Parser().parse(Event(0, message, "/aws/lambda/pay", "s", ""))


def stated_by(record: Record) -> Stated:
    """Return what the parser says that a REPORT states."""
    fact = record.platform
    assert fact is not None
    assert fact.fact is Fact.REPORT
    assert fact.status in (None, "success")
    assert fact.error_type is None
    assert record.function is None
    assert record.request_id is not None
    assert fact.duration_ms is not None
    return Stated(
        record.request_id,
        fact.duration_ms,
        fact.billed_ms,
        fact.memory_mb,
        fact.max_memory_mb,
        fact.init_ms,
        fact.restore_ms,
    )


@pytest.mark.parametrize("message", PLAIN)
def test_a_plain_report_is_read_as_the_parser_reads_it(message: str) -> None:
    """Every figure, in text and JSON, of managed instances too, is the parser's."""
    stated = read_report(message)
    assert stated is not None
    assert stated == stated_by(parse(message))


@pytest.mark.parametrize("message", STRANGE)
def test_what_is_spelled_otherwise_is_left_to_others(message: str) -> None:
    """A failure, other keys, pastes, damage, values that cannot be: none of it is a row."""
    assert read_report(message) is None


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([*PLAIN, *STRANGE, *FAILING.values(), *HEALTHY.values()]), st.data())
def test_whatever_is_read_is_what_the_parser_reads(message: str, data: st.DataObject) -> None:
    """Damaged at any place, a message gives what the parser reads out of it, or nothing."""
    at = data.draw(st.integers(0, len(message)))
    length = data.draw(st.integers(0, 3))
    piece = data.draw(
        st.sampled_from(["", "0", "9", ".", "\t", "\n", " ", '"', "Status: error", "e"])
    )
    message = message[:at] + piece + message[at + length :]
    stated = read_report(message)
    if stated is not None:
        assert stated == stated_by(parse(message))
    end = read_end(message)
    if end is not None and not message.startswith("{"):
        record = parse(message)
        assert end == (record.request_id, record.fact is Fact.REPORT)


ENDS: list[tuple[str, Any]] = [
    (f"START RequestId: {ID} Version: $LATEST\n", (ID, False)),
    (f"REPORT RequestId: {ID}\t{FIGURES}\tStatus: error\n", (ID, True)),
    (platform("start", {"requestId": ID, "version": "$LATEST"}), (ID, False)),
    (platform("start", {"requestId": ID}), (ID, False)),
    (platform("report", {"requestId": ID, "metrics": {}}), (ID, True)),
    (f"RESTART RequestId: {ID} x", None),
    (f"START RequestId: {ID}", None),
    ("START RequestId: some-id Version: 1", None),
    (f"seen START RequestId: {ID} Version: 1", None),
    (platform("start", {"version": "1", "requestId": ID}), None),
    (platform("initStart", {"requestId": ID}), None),
    (json.dumps({"m": platform("start", {"requestId": ID})}), None),
]


@pytest.mark.parametrize(("message", "end"), ENDS)
def test_ends_are_told_by_their_request(message: str, end: tuple[str, bool] | None) -> None:
    """START and REPORT of both formats in the platform's own spelling, and nothing like it."""
    assert read_end(message) == end
    if end is not None:
        record = parse(message)
        assert (record.request_id, record.fact is Fact.REPORT) == end
        assert record.fact in (Fact.START, Fact.REPORT)
