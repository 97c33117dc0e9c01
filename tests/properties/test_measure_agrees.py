"""What an archive measures in its bytes equals what parsing all of its events tells."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from archive_samples import NOON, SETTINGS, MemoryStore, log_event
from hypothesis import given, settings
from hypothesis import strategies as st
from measure_samples import compact, measure

from slsloggrep.model import Coverage, Event, Fact, FigureBatch, Millis, Query, Record, identity_of
from slsloggrep.parse import Parser
from slsloggrep.sources import crew, scan
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Purpose

SIGNS = ("rror", "timeout", '"failure"', "Task timed out")
REQUESTS = [f"{digit * 8}-1111-4111-8111-111111111111" for digit in "ab"]
STREAMS = ["2026/11/23/[$LATEST]" + "a" * 32, "2026/11/23/[7]" + "b" * 32]
GROUPS = ["/aws/lambda/pay", "/aws/lambda/rror-timeout"]
PARSER = Parser()

FIGURES = (
    "\tDuration: 12.50 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB"
)
XRAY = "\nXRAY TraceId: 1-636d1462-33ef10600061cad86dab71c8\tSegmentId: 7ccb4860675ee485"
TEXT_REPORTS = [
    "REPORT RequestId: {}" + FIGURES + "\t\n",
    "REPORT RequestId: {}" + FIGURES + "\tInit Duration: 110.10 ms\t\n",
    "REPORT RequestId: {}" + FIGURES + "\tInit Duration: 1.10 ms\t" + XRAY + "\tSampled: true\t\n",
    "REPORT RequestId: {}" + FIGURES + "\t" + XRAY,
    "REPORT RequestId: {}"
    + FIGURES
    + "\tRestore Duration: 511.25 ms\tBilled Restore Duration: 303 ms\t\n",
    "REPORT RequestId: {}" + FIGURES + "\tStatus: error\tError Type: Runtime.OutOfMemory" + XRAY,
    "REPORT RequestId: {}" + FIGURES + "\tStatus: timeout\n",
    "REPORT RequestId: {}\tDuration: 26.73 ms\tBilled Duration: 27 ms \tMemory Size: 128 MB\t\n",
    "REPORT RequestId: {}  Init Duration: 3.71 ms  Duration: 39.46 ms  Memory Size: 3008 MB",
    "REPORT RequestId: {}\\tDuration: 1.00 ms\\tBilled Duration: 1 ms\\t\\n",
    "REPORT RequestId: {}",
    "REPORT RequestId: ",
]
JSON_START = {"requestId": "{}", "functionArn": "arn:x", "version": "$LATEST"}
METRICS = {"durationMs": 26.843, "billedDurationMs": 27, "memorySizeMB": 128, "maxMemoryUsedMB": 77}
JSON_REPORTS: list[dict[str, Any]] = [
    {"requestId": "{}", "metrics": METRICS, "status": "success"},
    {"metrics": METRICS | {"initDurationMs": 7.5}, "status": "success", "requestId": "{}"},
    {"requestId": "{}", "status": "success", "metrics": {"durationMs": 1.148}, "spans": [{}]},
    {"requestId": "{}", "metrics": METRICS, "status": "timeout"},
    {"requestId": "{}", "metrics": METRICS, "status": "error", "errorType": "Runtime.ExitError"},
    {"requestId": "{}", "metrics": METRICS, "status": "failure"},
    {"requestId": "{}", "metrics": METRICS},
    {"requestId": "{}", "metrics": METRICS | {"durationMs": -1}, "status": "success"},
    {"requestId": "{}", "metrics": METRICS | {"durationMs": "1"}, "status": "success"},
    {"requestId": "{}", "metrics": METRICS, "status": "success", "functionArn": "arn:aws:x:f"},
    {"requestId": "short", "metrics": METRICS, "status": "success"},
    {"metrics": METRICS, "status": "success"},
]
LINES = [
    "[ERROR] ValueError: no\nTraceback (most recent call last):\n",
    "the word REPORT, and START too\n",
    "seen: REPORT RequestId: " + REQUESTS[0] + FIGURES + "\t\n",
    "2026-11-23T12:00:00.000Z REPORT RequestId: " + REQUESTS[0] + FIGURES + "\t\n",
    "2026-11-23T12:00:00.000Z " + REQUESTS[0] + " Task timed out after 3.00 seconds\n\n",
    '{"message":"START RequestId: ' + REQUESTS[1] + ' Version: 1","level":"INFO"}',
    '{"type":"platform.report","record":{"requestId":"' + REQUESTS[1] + '","status":"success"}}',
    '{"a":[{"b":"c"}]}{"messageType":"DATA_MESSAGE","logEvents":[]}',
    'ends with "}]}',
    "\\",
    "INIT_START Runtime Version: python:3.12.v1\tRuntime Version ARN: arn:x\n",
    "\x1b[31mREPORT\x1b[0m RequestId: " + REQUESTS[1] + FIGURES + "\t\n",
    "plain \u2026 \U0001f600\n",
]


def platform(kind: str, record: dict[str, Any], request: str, *, spaced: bool) -> str:
    document = {"time": "2026-11-23T12:00:00.000Z", "type": f"platform.{kind}", "record": record}
    text = json.dumps(document, separators=None if spaced else (",", ":"))
    return text.replace('"{}"', json.dumps(request))


@st.composite
def messages(draw: st.DrawFn) -> str:
    """Draw one message: mostly STARTs and REPORTs, in every spelling."""
    request = draw(st.sampled_from(REQUESTS))
    kind = draw(st.sampled_from(["start", "start", "report", "report", "report", "line"]))
    if kind == "line":
        return draw(st.sampled_from(LINES))
    if draw(st.booleans()):
        records = [JSON_START] if kind == "start" else JSON_REPORTS
        record = draw(st.sampled_from(records))
        return platform(kind, record, request, spaced=draw(st.integers(0, 3)) == 0)
    if kind == "start":
        return f"START RequestId: {request} Version: $LATEST\n"
    return draw(st.sampled_from(TEXT_REPORTS)).replace("{}", request)


def odd_id(event: dict[str, Any]) -> None:
    event["id"] = "12"


def text_time(event: dict[str, Any]) -> None:
    event["timestamp"] = str(event["timestamp"])


def more_fields(event: dict[str, Any]) -> None:
    event["extractedFields"] = {"message": "REPORT RequestId: x", "id": "{"}


def an_object(event: dict[str, Any]) -> None:
    event["message"] = {"level": "INFO", "text": event["message"]}


def an_envelope(event: dict[str, Any]) -> None:
    inner = log_event(999, NOON, event["message"])
    event["message"] = {"logGroup": "other", "logEvents": [inner, inner]}


ODD_EVENTS = [odd_id, text_time, more_fields, an_object, an_envelope]


def spaced(value: Any) -> bytes:
    return json.dumps(value).encode()


def escaped(value: Any) -> bytes:
    return compact(value).replace(b"REPORT RequestId: ", rb"REPORT\u0020RequestId:\u0020")


def turned(value: Any) -> bytes:
    return compact(dict(reversed(value.items())))


def cut(value: Any) -> bytes:
    return compact(value)[:-30]


def turned_events(value: Any) -> bytes:
    events = [dict(reversed(event.items())) for event in value["logEvents"]]
    return compact(value | {"logEvents": events})


def with_policy(value: Any) -> bytes:
    events = value.pop("logEvents")
    return compact(value | {"policyLevel": "ACCOUNT_LEVEL_POLICY", "logEvents": events})


ODD_WRITERS = [spaced, escaped, turned, cut, turned_events, with_policy]


@st.composite
def documents(draw: st.DrawFn, first: Millis) -> bytes:
    """Draw an envelope of events from a time on: one of CloudWatch's own, as a rule."""
    group = draw(st.integers(0, 1))
    events = []
    for number in range(draw(st.integers(1, 5))):
        # Within an envelope events are in order: so they were put.
        time = first + number
        events.append(log_event(draw(st.integers(0, 10**20)), time, draw(messages())))
    if draw(st.integers(0, 4)) == 0:
        draw(st.sampled_from(ODD_EVENTS))(draw(st.sampled_from(events)))
    envelope = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": GROUPS[group],
        "logStream": STREAMS[group],
        "subscriptionFilters": ["all"],
        "logEvents": events,
    }
    write = draw(st.sampled_from(ODD_WRITERS)) if draw(st.integers(0, 4)) == 0 else compact
    return write(envelope)


@st.composite
def archives(draw: st.DrawFn, *, repeats: bool = True) -> dict[str, bytes | OSError]:
    """Draw objects, in which documents are repeated or have times of their own."""
    apart = draw(st.integers(0, 5)) if repeats else 5
    size = draw(st.integers(1, 8))
    pool = [draw(documents(NOON + number * apart)) for number in range(size)]
    if repeats:
        chosen = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=12))
    else:
        chosen = draw(st.permutations(pool))
    half = draw(st.integers(0, len(chosen)))
    objects: dict[str, bytes | OSError] = {}
    for number, part in enumerate((chosen[:half], chosen[half:])):
        data = draw(st.sampled_from([b"", b"", b"", b"\n", b", "])).join(part)
        pack = draw(st.sampled_from(["plain", "gzip", "members"]))
        if pack == "gzip":
            data = gzip.compress(data, 1)
        elif pack == "members":
            data = b"".join(gzip.compress(each, 1) for each in part)
        if part:
            objects[f"2026/11/23/12/shop-1-2026-11-23-12-0{number}-00-x"] = data
    return objects


def fetch(objects: dict[str, bytes | OSError], query: Query) -> tuple[list[Record], Coverage]:
    """Return all records of a window, and the coverage."""
    total = [Coverage(source="memory")]

    def report(increment: Coverage) -> None:
        total[0] += increment

    source = ArchiveSource(MemoryStore(objects), SETTINGS)
    window = Query(since=query.since, until=query.until)
    records = [PARSER.parse(event) for event in source.fetch(window, report)]
    return records, total[0]


def content(event: Event) -> tuple[Any, ...]:
    return event.timestamp, event.message, event.log_group, event.log_stream, event.event_id


Row = tuple[Any, ...]


def row_of(record: Record) -> Row:
    fact, event = record.platform, record.event
    assert fact is not None
    return (
        event.log_group,
        event.log_stream,
        record.request_id,
        identity_of(event, record.request_id or ""),
        event.timestamp,
        fact.duration_ms,
        fact.billed_ms,
        fact.memory_mb,
        fact.max_memory_mb,
        fact.init_ms,
        fact.restore_ms,
    )


def rows_of(batch: FigureBatch) -> Iterator[Row]:
    columns = (
        batch.log_streams,
        batch.request_ids,
        batch.identities,
        batch.times,
        batch.durations_ms,
        batch.billed_ms,
        batch.memory_mb,
        batch.max_memory_mb,
        batch.init_ms,
        batch.restore_ms,
    )
    for row in zip(*columns, strict=True):
        yield (batch.log_group, *row)


WINDOWS = st.one_of(
    st.just((None, None)),
    st.tuples(st.integers(NOON, NOON + 30), st.none()),
    st.tuples(st.none(), st.integers(NOON, NOON + 30)),
    st.tuples(st.integers(NOON, NOON + 15), st.integers(NOON + 15, NOON + 30)),
)


@settings(deadline=None)
@given(archives(), WINDOWS, st.booleans(), st.booleans())
def test_figures_are_those_of_all_reports(
    objects: dict[str, bytes | OSError],
    window: tuple[Millis | None, Millis | None],
    in_blocks: bool,
    large: bool,
) -> None:
    """Batches and the REPORTs among the events are all REPORTs; batches are of success only."""
    query = Query(since=window[0], until=window[1], literals=SIGNS)
    small = 600 if in_blocks else scan.BUFFER
    with patch.object(crew, "CHUNK", small), patch.object(scan, "BUFFER", small):
        measured = measure(objects, "figures", query, large=large)
        records, _ = fetch(objects, query)
    reports = [record for record in records if record.fact is Fact.REPORT]
    rows = [row for batch in measured.batches for row in rows_of(batch)]
    states = [PARSER.parse(event) for event in measured.events]
    others = [row_of(record) for record in states if record.fact is Fact.REPORT]
    assert {*rows, *others} == {row_of(record) for record in reports}
    well = {
        row_of(record)
        for record in reports
        if record.platform is not None and record.platform.status in (None, "success")
    }
    assert set(rows) <= well


@settings(deadline=None)
@given(archives(), WINDOWS, st.sampled_from(["figures", "ends"]), st.booleans())
def test_every_event_with_a_literal_is_given(
    objects: dict[str, bytes | OSError],
    window: tuple[Millis | None, Millis | None],
    purpose: Purpose,
    large: bool,
) -> None:
    """What holds a literal comes as an event, in the window and as it is; nothing else is made."""
    query = Query(since=window[0], until=window[1], literals=SIGNS)
    given_events = measure(objects, purpose, query, large=large).events
    records, _ = fetch(objects, query)
    signs = {
        content(record.event)
        for record in records
        if any(sign in record.event.message for sign in SIGNS)
    }
    everything = {content(record.event) for record in records}
    assert signs <= {content(event) for event in given_events} <= everything


@settings(deadline=None)
@given(archives(repeats=False), st.booleans(), st.booleans())
def test_no_start_without_a_report_is_left_out(
    objects: dict[str, bytes | OSError], in_blocks: bool, large: bool
) -> None:
    """Of a request that a START is open of, a START is given; what is given was there."""
    small = 600 if in_blocks else scan.BUFFER
    with patch.object(crew, "CHUNK", small), patch.object(scan, "BUFFER", small):
        measured = measure(objects, "ends", Query(literals=SIGNS), large=large)
        records, _ = fetch(objects, Query())
    facts = (Fact.START, Fact.REPORT)
    found = {bound_of(PARSER.parse(event)) for event in measured.events}
    found |= {(*bound, Fact.START) for bound in measured.started}
    found |= {(*bound, Fact.REPORT) for bound in measured.reported}
    found = {bound for bound in found if bound[-1] in facts}
    every = {bound_of(record) for record in records if record.fact in facts}
    assert found <= every
    assert opened(every) <= opened(found)


def opened(bounds: set[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
    """Return group, stream and request of STARTs that remain where REPORTs end what is open."""
    running: Counter[tuple[Any, ...]] = Counter()
    # Of the same time, a START is first.
    for *place, _, fact in sorted(bounds, key=lambda bound: (bound[3], bound[4] is Fact.REPORT)):
        key = tuple(place)
        if fact is Fact.START:
            running[key] += 1
        elif running[key]:
            running[key] -= 1
    return {*+running}


def bound_of(record: Record) -> tuple[Any, ...]:
    event = record.event
    return event.log_group, event.log_stream, record.request_id, event.timestamp, record.fact


@settings(deadline=None)
@given(archives())
def test_coverage_counts_every_row_as_an_event(objects: dict[str, bytes | OSError]) -> None:
    """Objects, bytes and gaps are those of a search for the same; rows count as events."""
    measured = measure(objects, "figures", Query(literals=SIGNS))
    rows = sum(len(batch.times) for batch in measured.batches)
    assert measured.coverage.events == rows + len(measured.events)
    _, searched = fetch(objects, Query(literals=SIGNS))
    for figure in ("objects", "planned_objects", "planned_bytes", "bytes", "raw_bytes"):
        assert getattr(measured.coverage, figure) == getattr(searched, figure)
