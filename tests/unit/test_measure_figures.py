"""Figures are read out of bytes where they stand; what is spelled otherwise comes as an event."""

from __future__ import annotations

import json
from typing import Any

import pytest
from archive_samples import (
    NOON,
    PACKINGS,
    REQUESTS,
    SHOP,
    envelope,
    fetch,
    invocation,
    log_event,
)
from measure_samples import compact, measure

from slsloggrep.model import FigureBatch, Query, identity_of
from slsloggrep.sources import crew, meter, scan

REQUEST = REQUESTS[0]
STREAM = "2026/11/23/[$LATEST]" + "a" * 32
FIGURES = "Duration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB"
XRAY = "XRAY TraceId: 1-636d1462-33ef10600061cad86dab71c8\tSegmentId: 7ccb4860675ee485"


def one(message: str, **changes: Any) -> bytes:
    """Return an envelope of one event."""
    return compact(envelope("pay", "a", [log_event(7, NOON, message) | changes]))


def only_row(batches: list[FigureBatch]) -> tuple[Any, ...]:
    """Return the figures of the only row."""
    (batch,) = batches
    columns = (
        batch.durations_ms,
        batch.billed_ms,
        batch.memory_mb,
        batch.max_memory_mb,
        batch.init_ms,
        batch.restore_ms,
    )
    return tuple(figure for (figure,) in columns)


@pytest.mark.parametrize(
    ("end", "row"),
    [
        ("\t\n", (3.01, 4, 128, 36, None, None)),
        ("\tInit Duration: 110.10 ms\t\n", (3.01, 4, 128, 36, 110.1, None)),
        (f"\t\n{XRAY}\tSampled: true\t\n", (3.01, 4, 128, 36, None, None)),
        (f"\t\n{XRAY}\t", (3.01, 4, 128, 36, None, None)),
        (f"\tInit Duration: 1.5 ms\t\n{XRAY}", (3.01, 4, 128, 36, 1.5, None)),
        (
            "\tRestore Duration: 511.25 ms\tBilled Restore Duration: 303 ms\t\n",
            (3.01, 4, 128, 36, None, 511.25),
        ),
    ],
)
def test_the_platforms_own_report_is_a_row(end: str, row: tuple[Any, ...]) -> None:
    """Of CloudWatch's envelopes no event is made for it; the row is what the event would tell."""
    objects: dict[str, bytes | OSError] = {"o": one(f"REPORT RequestId: {REQUEST}\t{FIGURES}{end}")}
    measured = measure(objects, "figures")
    assert not measured.events
    assert only_row(measured.batches) == row
    ((event,), _) = fetch(objects, Query())
    (batch,) = measured.batches
    assert (batch.log_group, *batch.log_streams) == (event.log_group, event.log_stream)
    assert [*batch.request_ids, *batch.times] == [REQUEST, NOON]
    assert list(batch.identities) == [identity_of(event, REQUEST)]
    assert event.has_global_id


def test_a_copy_of_a_report_without_its_event_id_is_the_same_row() -> None:
    """Export tasks and Insights lose the IDs: a REPORT is told by who reported, where and when."""
    objects: dict[str, bytes | OSError] = {"o": one(f"REPORT RequestId: {REQUEST}\t{FIGURES}\t\n")}
    (batch,) = measure(objects, "figures").batches
    ((event,), _) = fetch(objects, Query())
    (identity,) = batch.identities
    assert identity == identity_of(event._replace(event_id=""), REQUEST)
    others = [
        (event._replace(timestamp=event.timestamp + 1), REQUEST),
        (event._replace(log_stream=event.log_stream + "b"), REQUEST),
        (event._replace(log_group=event.log_group + "b"), REQUEST),
        (event, REQUESTS[1]),
    ]
    assert identity not in [identity_of(*other) for other in others]


METRICS = {"durationMs": 26.843, "billedDurationMs": 27, "memorySizeMB": 128, "maxMemoryUsedMB": 77}


def platform(record: dict[str, Any], **changes: Any) -> str:
    event = {"time": "2025-05-05T04:01:29.912Z", "type": "platform.report", "record": record}
    return json.dumps(event | changes, separators=(",", ":"))


@pytest.mark.parametrize(
    ("record", "row"),
    [
        (
            {"requestId": REQUEST, "metrics": METRICS, "tracing": {"a": [{}]}, "status": "success"},
            (26.843, 27, 128, 77, None, None),
        ),
        (
            {"status": "success", "metrics": METRICS | {"initDurationMs": 9}, "requestId": REQUEST},
            (26.843, 27, 128, 77, 9, None),
        ),
        (
            {"requestId": REQUEST, "status": "success", "metrics": {"durationMs": 1.148}},
            (1.148, None, None, None, None, None),
        ),
    ],
)
def test_a_report_in_json_is_a_row_whatever_the_order_of_its_keys(
    record: dict[str, Any], row: tuple[Any, ...]
) -> None:
    """Managed instances state a duration and nothing else."""
    measured = measure({"o": one(platform(record) + "\n")}, "figures")
    assert not measured.events
    assert only_row(measured.batches) == row


@pytest.mark.parametrize(
    "message",
    [
        f"REPORT RequestId: {REQUEST}\t{FIGURES}\tStatus: timeout\n",
        f"REPORT RequestId: {REQUEST}\t{FIGURES}\tStatus: error\tError Type: Extension.Crash\n",
        f"REPORT RequestId: {REQUEST}\tDuration: 26.73 ms\tBilled Duration: 27 ms \t\n",
        f"REPORT RequestId: {REQUEST}  Init Duration: 3.71 ms  Duration: 39.46 ms",
        f"REPORT RequestId: {REQUEST.replace('a', 'x')}\t{FIGURES}\t\n",
        f"REPORT RequestId: {REQUEST}\t{FIGURES}\t\nand more\n",
        f"2026-11-23T12:00:00.000Z REPORT RequestId: {REQUEST}\t{FIGURES}\t\n",
        f"seen: REPORT RequestId: {REQUEST}\t{FIGURES}\t\n",
        f'{{"message":"REPORT RequestId: {REQUEST}\t{FIGURES}\t"}}',
        f"\x1b[1mREPORT\x1b[0m RequestId: {REQUEST}\t{FIGURES}\t\n",
        platform({"requestId": REQUEST, "metrics": METRICS, "status": "timeout"}),
        platform({"requestId": REQUEST, "metrics": METRICS, "status": "failure"}),
        platform({"requestId": REQUEST, "metrics": METRICS}),
        platform({"requestId": REQUEST, "metrics": METRICS, "status": "success"}) + "}",
        platform({"requestId": REQUEST, "metrics": METRICS, "status": "success", "errorType": "E"}),
        platform({"requestId": "f8ac1208", "metrics": METRICS, "status": "success"}),
        platform({"requestId": REQUEST, "metrics": {"durationMs": -1.0}, "status": "success"}),
        platform({"requestId": REQUEST, "metrics": {"durationMs": True}, "status": "success"}),
        platform(
            {"requestId": REQUEST, "metrics": METRICS, "status": "success", "functionArn": "a:b"}
        ),
        platform({"requestId": REQUEST, "metrics": METRICS, "status": "success"}, time="now"),
        "Executed 'Functions.F' (Succeeded, Id=" + REQUEST + ", Duration=12ms)",
    ],
)
def test_every_other_report_is_an_event(message: str) -> None:
    """What states a failure, or what is no REPORT of the platform, is for the parser to judge."""
    measured = measure({"o": one(message)}, "figures")
    assert measured.messages == [message]
    assert not measured.batches


@pytest.mark.parametrize(
    "message", ["INIT_REPORT Init Duration: 1.00 ms\n", "REPORTED", "a platform", "platform.start"]
)
def test_what_only_looks_like_a_report_is_nothing(message: str) -> None:
    """A word that cannot be read as a REPORT by any parser costs no event."""
    measured = measure({"o": one(message)}, "figures")
    assert not measured.messages
    assert not measured.batches


@pytest.mark.parametrize(
    "data",
    [
        one(f"REPORT RequestId: {REQUEST}\t{FIGURES}\t\n", id="7"),
        one(f"REPORT RequestId: {REQUEST}\t{FIGURES}\t\n", timestamp=NOON - 10**12),
        one(f"REPORT RequestId: {REQUEST}\t{FIGURES}\t\n", timestamp=str(NOON)),
        one(f"REPORT RequestId: {REQUEST}\t{FIGURES}\t\n", extractedFields={"a": "b"}),
        one(f"REPORT RequestId: {REQUEST}\t{FIGURES}\t\n").replace(b'":', b'": '),
        one(f"REPORT RequestId: {REQUEST}\t{FIGURES}\t\n").replace(b"T Req", rb"T\u0020Req"),
        one(f"REPORT RequestId: {REQUEST}\t{FIGURES}\t\n").replace(b"3.01 ms", rb"3.01\u0020ms"),
    ],
)
def test_a_report_that_another_writer_wrote_is_an_event(data: bytes) -> None:
    """Short IDs, times as text, more fields, blanks and escapes are not CloudWatch's own."""
    measured = measure({"o": data}, "figures")
    assert measured.messages == [f"REPORT RequestId: {REQUEST}\t{FIGURES}\t\n"]
    assert not measured.batches


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_packing_has_the_same_figures(packing: str) -> None:
    """Rows and events together are the REPORTs that there are, each once."""
    measured = measure({"o": PACKINGS[packing]()}, "figures", Query(literals=("timeout",)))
    rows = [
        (batch.log_group, *row)
        for batch in measured.batches
        for row in zip(batch.request_ids, batch.times, batch.durations_ms, strict=True)
    ]
    reports = [event for event in measured.events if event.message.startswith("REPORT ")]
    rows += [(e.log_group, e.message[18:54], e.timestamp, 100.0) for e in reports]
    assert sorted(rows) == sorted(
        (envelope["logGroup"], event["message"][18:54], event["timestamp"], 100.0)
        for envelope in SHOP
        for event in envelope["logEvents"]
        if event["message"].startswith("REPORT ")
    )
    assert [e.log_group for e in reports if "Status" in e.message] == ["/aws/lambda/payment"]


def test_an_event_with_a_literal_is_an_event_and_no_row() -> None:
    """What was asked for comes whole, a REPORT too; its neighbours stay rows."""
    objects: dict[str, bytes | OSError] = {"o": compact(*SHOP)}
    query = Query(literals=(REQUESTS[1], "ord-4711"))
    measured = measure(objects, "figures", query)
    assert [[*batch.request_ids] for batch in measured.batches] == [[REQUESTS[0]], [REQUESTS[3]]]
    searched, _ = fetch(objects, query)
    wanted = {e for e in searched if any(text in e.message for text in query.literals)}
    assert len(wanted) == 5
    # As a search gives them, their places in the object included.
    (failed,) = {*measured.events} - wanted
    assert "Status: timeout" in failed.message


def test_a_window_narrows_rows_and_events() -> None:
    """From, inclusive, to, exclusive, by the time of the event."""
    reports = [
        log_event(n, NOON + n, f"REPORT RequestId: {REQUEST}\tDuration: {n}.00 ms\t{rest}\t\n")
        for n in range(1, 9)
        for rest in ["Billed Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB"]
    ]
    reports.append(log_event(9, NOON + 9, f"REPORT RequestId: {REQUEST} Duration: 9.00 ms\n"))
    objects: dict[str, bytes | OSError] = {"o": compact(envelope("pay", "a", reports))}
    inner = measure(objects, "figures", Query(since=NOON + 3, until=NOON + 6))
    assert (inner.durations, inner.messages) == ([3, 4, 5], [])
    later = measure(objects, "figures", Query(since=NOON + 8))
    assert (later.durations, len(later.messages)) == ([8], 1)
    earlier = measure(objects, "figures", Query(until=NOON + 2))
    assert (earlier.durations, earlier.messages) == ([1], [])


def test_rows_of_several_blocks_and_objects_make_few_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A batch for each log group, of all objects that one decoder read, and no row is lost."""
    monkeypatch.setattr(crew, "CHUNK", 1000)
    monkeypatch.setattr(scan, "BUFFER", 2000)
    objects: dict[str, bytes | OSError] = {}
    for number in range(6):
        events = [
            invocation(1000 * number + 10 * n, NOON + 1000 * number + n, REQUEST) for n in range(9)
        ]
        objects[f"o{number}"] = compact(
            *(envelope("pay" if n % 2 else "ship", "a", made) for n, made in enumerate(events))
        )
    measured = measure(objects, "figures")
    assert len(measured.durations) == 54
    assert len(measured.batches) <= 2 * 2
    assert {batch.log_group for batch in measured.batches} == {
        "/aws/lambda/pay",
        "/aws/lambda/ship",
    }
    assert measured.coverage.events == 54
    monkeypatch.setattr(meter, "_ENOUGH", 10)
    assert len(measure(objects, "figures").durations) == 54
