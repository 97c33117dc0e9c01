from dataclasses import replace

import pytest
from shown_samples import COVERAGE, GAPPED, T0, checkout, invocation, member, record

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.events import event_document, grep_document, invocation_events
from slsloggrep.export.trace import trace_document, trace_lines
from slsloggrep.export.values import time_value
from slsloggrep.model import Event, Level, Record, Transaction

TRANSACTION_FIELDS = [
    "id",
    "start",
    "end",
    "duration_ms",
    "status",
    "identifiers",
    "invocations",
    "unattributed",
]
INVOCATION_FIELDS = [
    "function",
    "request_id",
    "attempt",
    "log_group",
    "log_stream",
    "start",
    "end",
    "duration_ms",
    "billed_ms",
    "init_ms",
    "memory_mb",
    "max_memory_mb",
    "cold_start",
    "status",
    "error_type",
    "error_message",
    "response",
    "joined_by",
    "events",
]
EVENT_FIELDS = [
    "id",
    "timestamp",
    "level",
    "message",
    "mentions",
]
LINE_FIELDS = [
    "timestamp",
    "source",
    "log_group",
    "log_stream",
    "function",
    "request_id",
    "level",
    "message",
    "id",
]


def test_every_promised_field_is_there() -> None:
    """The output contract, field by field; more may be added, none may be missing."""
    document = trace_document(checkout(), COVERAGE)
    assert document["schema"] == "slsloggrep.trace/1"
    assert set(document["coverage"]) >= {"complete", "sources"}
    transaction = document["transaction"]
    assert set(transaction) >= set(TRANSACTION_FIELDS)
    for item in transaction["invocations"]:
        assert set(item) >= set(INVOCATION_FIELDS)
        assert all(set(joined) >= {"kind", "value", "event_id"} for joined in item["joined_by"])
        assert all(set(event) >= set(EVENT_FIELDS) for event in item["events"])
    assert all(set(event) >= set(EVENT_FIELDS) for event in transaction["unattributed"])


def test_values_are_as_promised() -> None:
    """RFC 3339 in UTC with milliseconds, durations in ms, statuses in their words."""
    transaction = trace_document(checkout(), COVERAGE)["transaction"]
    assert transaction["id"] == "ord-8841"
    assert transaction["start"] == "2026-11-23T17:00:00.123Z"
    assert transaction["end"] == "2026-11-23T17:02:05.123Z"
    assert transaction["duration_ms"] == 125_000
    assert transaction["status"] == "timeout"
    assert transaction["identifiers"][0] == {"kind": "correlation_id", "value": "ord-8841"}
    first, _, retry = transaction["invocations"]
    assert first["cold_start"] is True
    assert first["init_ms"] == 400
    assert first["response"] == {"statusCode": 202, "body": "pending"}
    assert (retry["attempt"], retry["status"]) == (2, "timeout")
    assert [event["mentions"] for event in first["events"]] == [False, True, False, False, False]
    joined = first["joined_by"][0]
    assert joined["event_id"] == first["events"][1]["id"]


def test_messages_are_as_stored() -> None:
    """Nothing is trimmed or made visible in the data: escaping is JSON's."""
    raw = "\x1b[31m a \r b\n"
    shown = Record(event=Event(T0, raw, "g", "s", ""), text="a")
    assert event_document(shown)["message"] == raw


def test_absent_values_are_null() -> None:
    """The model's empty strings and Nones are null, and no field disappears."""
    bare = Record(event=Event(T0, "x", "", "", ""))
    document = event_document(bare)
    assert list(document) == LINE_FIELDS
    assert {key for key, value in document.items() if value is not None} == {"timestamp", "message"}
    empty = Transaction(id="x", identifiers=(), members=())
    transaction = trace_document(empty, ())["transaction"]
    assert transaction["start"] is transaction["end"] is transaction["duration_ms"] is None
    assert transaction["invocations"] == transaction["unattributed"] == []


def test_a_stated_null_differs_from_nothing_stated() -> None:
    """`response` is null either way; `states_response` tells which."""
    for states in (True, False):
        only = member(invocation("f", "r", 0, 10, response=None, states_response=states))
        document = trace_document(Transaction(id="x", identifiers=(), members=(only,)), ())
        item = document["transaction"]["invocations"][0]
        assert (item["response"], item["states_response"]) == (None, states)


def test_numbers_that_are_none_are_null() -> None:
    """A figure that is no number never makes a reader that expects one fail."""
    odd = member(invocation("f", "r", 0, 10, billed_ms=float("nan"), init_ms=float("inf")))
    document = trace_document(Transaction(id="x", identifiers=(), members=(odd,)), ())
    item = document["transaction"]["invocations"][0]
    assert item["billed_ms"] is item["init_ms"] is None


@pytest.mark.parametrize("timestamp", [10**17, -(10**17), 10**40])
def test_times_beyond_the_calendar_are_null(timestamp: int) -> None:
    """RFC 3339 ends with the year 9999: what lies beyond is no time."""
    assert time_value(timestamp) is None
    assert time_value(0) == "1970-01-01T00:00:00.000Z"
    assert time_value(-1) == "1969-12-31T23:59:59.999Z"


def test_ndjson_lines_carry_the_same_as_the_document() -> None:
    """Head, one line an invocation, coverage: put together they are the document."""
    head, *middle, last = trace_lines(checkout(), COVERAGE)
    document = trace_document(checkout(), COVERAGE)
    assert head["schema"] == document["schema"]
    assert last == {"coverage": document["coverage"]}
    invocations = [line["invocation"] for line in middle]
    assert {**head["transaction"], "invocations": invocations} == document["transaction"]


def test_coverage_tells_what_was_not_read() -> None:
    """Complete only if every source is; gaps by name and reason."""
    document = coverage_document([*COVERAGE, *GAPPED])
    assert document["complete"] is False
    assert [source["complete"] for source in document["sources"]] == [True, False]
    fields = {"source", "complete", "events", "bytes", "requests", "objects", "gaps"}
    assert all(set(source) >= fields for source in document["sources"])
    assert document["sources"][1]["gaps"][0] == {"what": "a.gz", "reason": "truncated"}
    assert coverage_document([]) == {"complete": True, "sources": []}


def test_an_invocation_lends_its_events_what_they_lack() -> None:
    """A print() does not know its function or request; the invocation does."""
    first, *_ = invocation_events(checkout().members[0].invocation)
    assert first["function"] == "checkout"
    assert first["request_id"] == "11111111-1111-4111-8111-111111111111"
    own = replace(record(0, "x", level=Level.WARN), function="mine", request_id="q")
    document = event_document(own, function="other", request_id="other")
    assert (document["function"], document["request_id"], document["level"]) == (
        "mine",
        "q",
        "WARN",
    )


def test_grep_makes_one_document_of_its_events() -> None:
    """The schema, the coverage and the events, even if there are none."""
    assert grep_document([], COVERAGE)["events"] == []
    document = grep_document((event_document(record(0, "x")) for _ in range(2)), GAPPED)
    assert document["schema"] == "slsloggrep.grep/1"
    assert len(document["events"]) == 2
    assert document["coverage"]["complete"] is False
