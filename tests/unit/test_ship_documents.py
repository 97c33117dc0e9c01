"""Documents of what is shipped: their IDs, their fields, and what the template says of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stream_samples import (
    GROUP,
    STREAM,
    T0,
    TRACE,
    A,
    B,
    end,
    events,
    log,
    only,
    parse,
    report,
    start,
)

from slsloggrep.analyse.crashes import crashes_of
from slsloggrep.analyse.prices import price_of
from slsloggrep.errors import UsageError
from slsloggrep.model import Event
from slsloggrep.ship.documents import (
    event_document,
    event_key,
    invocation_document,
    invocation_key,
    time_value,
)
from slsloggrep.ship.names import IndexNames
from slsloggrep.ship.template import FIELDS, LONGEST_KEYWORD, mappings, template

REAL = "35311576111948622874033876462979853992919938886093242368"
REAL_TIME = int(REAL) >> 144

FAILED = [
    (0, start(A)),
    (5, log(A, '{"correlationId":"order-17"}')),
    (20, end(A)),
    (20, report(A, duration=20, init=100, status="error", error_type="Boom", trace=TRACE)),
]


def flat(body: dict[str, object], path: str = "") -> dict[str, object]:
    """Return the leaves of a document by their paths."""
    found: dict[str, object] = {}
    for key, value in body.items():
        own = f"{path}{key}"
        if isinstance(value, dict):
            found |= flat(value, f"{own}.")
        else:
            found[own] = value
    return found


def test_an_event_of_cloudwatch_has_its_own_id() -> None:
    """An event ID that says when the event was is the document's ID."""
    event = Event(REAL_TIME, "m", GROUP, STREAM, REAL)
    assert event_key(event) == REAL


def test_an_id_that_was_made_up_does_not_make_two_events_one() -> None:
    """An ID of 56 digits that does not carry the event's time is no proof that two are one."""
    one = Event(REAL_TIME + 1, "m", GROUP, STREAM, REAL)
    other = one._replace(timestamp=REAL_TIME + 2)
    assert len({event_key(one), event_key(other), REAL}) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": T0 + 1},
        {"message": "n"},
        {"log_group": "/aws/lambda/b"},
        {"log_stream": "other"},
    ],
)
def test_without_an_id_what_an_event_says_is_its_id(change: dict[str, object]) -> None:
    """Group, stream, time and message tell events apart; source, place and a small ID do not."""
    event = Event(T0, "m", GROUP, STREAM, "", "here", "object", 5)
    assert event_key(event) != event_key(event._replace(**change))
    same = event._replace(source="there", container="other", position=9, event_id="1")
    assert event_key(event) == event_key(same)
    assert event_key(event, 1) != event_key(event)


@given(st.text(), st.text(), st.text(), st.integers(-(2**60), 2**60))
def test_every_event_has_an_id_that_a_server_takes(
    message: str, group: str, stream: str, time: int
) -> None:
    """Whatever an event holds, its ID is short ASCII (512 bytes are the servers' limit)."""
    key = event_key(Event(time, message + "\ud800", group, stream, ""))
    assert key.isascii()
    assert key.isalnum()
    assert len(key) <= 64


def test_an_invocation_is_known_by_its_start() -> None:
    """Its document stays the same one when its end is seen later, and when INIT lines are found."""
    running = only(FAILED[:2])
    ended = only(FAILED)
    later = only([(offset + 1, line) for offset, line in FAILED])
    assert invocation_key(running) == invocation_key(ended)
    assert invocation_document(running).time == invocation_document(ended).time == T0
    assert invocation_key(later) != invocation_key(ended)


def test_an_events_document_tells_what_its_line_does_not() -> None:
    """A line without a request ID gets its invocation's; the message stays as it was stored."""
    invocation = only([(0, start(A)), (5, "plain \x1b[0m text\n"), (9, end(A)), (9, report(A))])
    document = event_document(invocation.records[1], invocation=invocation)
    assert document.body == {
        "@timestamp": "2026-11-23T11:00:00.005Z",
        "doc_type": "event",
        "message": "plain \x1b[0m text\n",
        "function": "pay",
        "request_id": A,
        "log_group": GROUP,
        "log_stream": STREAM,
        "event_id": invocation.records[1].event.event_id,
        "source": "test",
        "slsloggrep": {"schema": 1, "sequence": 1},
    }
    assert not document.is_invocation


def test_an_invocations_document_has_its_figures_as_numbers() -> None:
    """Function, IDs, figures, cost and the crash, by the names that the template maps."""
    invocation = only(FAILED)
    price = price_of("us-east-1", "x86_64")
    (crash,) = crashes_of([invocation], ())
    document = invocation_document(invocation, price=price, crash=crash)
    assert document.is_invocation
    body = document.body
    cost = body.pop("cost_usd")
    assert cost == pytest.approx(0.011 * 0.125 * 0.0000166667 + 0.0000002)
    assert body == {
        "@timestamp": "2026-11-23T11:00:00.000Z",
        "doc_type": "invocation",
        "function": "pay",
        "request_id": A,
        "log_group": GROUP,
        "log_stream": STREAM,
        "source": "test",
        "version": "$LATEST",
        "start": "2026-11-23T11:00:00.000Z",
        "end": "2026-11-23T11:00:00.020Z",
        "status": "error",
        "failed": True,
        "complete": True,
        "cold_start": True,
        "duration_ms": 20.0,
        "billed_ms": 11.0,
        "init_ms": 100.0,
        "memory_mb": 128.0,
        "max_memory_mb": 64.0,
        "gb_seconds": 0.001375,
        "error_type": "Boom",
        "fingerprint": crash.fingerprint,
        "crash_title": crash.title,
        "events": 4,
        "trace_id": TRACE,
        "transaction_id": "order-17",
        "identifiers": [A, "order-17", TRACE],
        "slsloggrep": {"schema": 1},
    }


def test_the_template_maps_every_field_that_documents_have() -> None:
    """What is not mapped cannot be searched: there is no such field."""
    invocation = only(FAILED)
    (crash,) = crashes_of([invocation], ())
    bodies = [invocation_document(invocation, price=price_of(None, None), crash=crash).body]
    bodies += [event_document(record, invocation=invocation).body for record in invocation.records]
    used = {path for body in bodies for path in flat(body)}
    assert used <= set(FIELDS)
    assert len(used) > 30


def test_identifiers_are_keywords_figures_numbers_and_the_message_text() -> None:
    """The template says how each field is searched, and keeps what it does not know unindexed."""
    assert {FIELDS[name]["type"] for name in ("request_id", "trace_id", "identifiers")} == {
        "keyword"
    }
    assert {FIELDS[name]["type"] for name in FIELDS if name.endswith(("_ms", "_mb"))} == {"double"}
    properties = mappings(wildcard=True)["properties"]
    assert properties["message"]["type"] == "text"
    assert properties["message"]["fields"] == {"raw": {"type": "wildcard"}}
    assert properties["slsloggrep"]["properties"]["sequence"] == {"type": "integer"}
    plain = mappings(wildcard=False)["properties"]["message"]["fields"]["raw"]
    assert plain == {"type": "keyword", "ignore_above": LONGEST_KEYWORD}
    assert mappings(wildcard=True)["dynamic"] is False
    assert template(("a-*",), wildcard=True)["index_patterns"] == ["a-*"]


def test_the_longest_keyword_is_one_that_lucene_takes() -> None:
    """A keyword of the greatest length fits into a term, whatever its characters are."""
    assert len(("\U0001f600" * LONGEST_KEYWORD).encode()) <= 32_766


def test_no_number_is_written_that_json_lacks() -> None:
    """What is not finite or not known is left out; an empty message is not."""
    (record,) = parse(events([(0, "")]))
    body = event_document(record).body
    assert body["message"] == ""
    assert None not in body.values()
    json.dumps(body, allow_nan=False)


@pytest.mark.parametrize(
    ("time", "value"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (T0 + 7, "2026-11-23T11:00:00.007Z"),
        (10**15, 10**15),
    ],
)
def test_a_time_beyond_the_calendar_stays_a_number(time: int, value: object) -> None:
    """RFC 3339 ends with the year 9999; a date field takes milliseconds, too."""
    assert time_value(time) == value


def test_an_index_is_named_for_the_day_of_the_document() -> None:
    """The `*` stands for the day in UTC; without it there is one index."""
    daily = IndexNames("slsloggrep-*")
    assert daily.of(T0) == "slsloggrep-2026.11.23"
    assert daily.of(-1) == "slsloggrep-1969.12.31"
    assert daily.of(10**15) == "slsloggrep-undated"
    assert IndexNames("incident-42").of(T0) == "incident-42"
    assert daily.template == "slsloggrep"
    assert IndexNames("incident-42").template == "incident-42-slsloggrep"


@pytest.mark.parametrize(
    "name",
    ["", "*", "A-*", "a b", "a,b", "a/b", "-a", "_a", ".a", "..", "a-*-*", "a" * 250, "a#", 'a"'],
)
def test_what_no_index_can_be_called_is_refused(name: str) -> None:
    """A name that the server would refuse for every document is refused before the first."""
    with pytest.raises(UsageError):
        IndexNames(name)


def test_two_attempts_of_a_request_are_two_documents() -> None:
    """A retry has the same request ID and another START."""
    first = only([(0, start(B)), (9, end(B)), (9, report(B))])
    again = only([(60_000, start(B)), (60_009, end(B)), (60_009, report(B))])
    assert invocation_key(first) != invocation_key(again)
