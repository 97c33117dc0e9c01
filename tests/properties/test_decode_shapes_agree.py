"""Every decode shape of the same events gives the same events."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.decode.documents import Origin, decode
from slsloggrep.model import Event

GROUP = "/aws/lambda/orders"
STREAM = "2024/01/01/[$LATEST]94fa867e5374431291a7fc14e2f56ae7"
START = 1_704_067_200_000

MESSAGES = st.one_of(
    st.sampled_from(
        [
            "START RequestId: 6bc28136-d2a7-4c8b-9b1d-0ce6b2e64ab0 Version: $LATEST\n",
            "REPORT RequestId: 6bc28136\tDuration: 46.84 ms\t\nXRAY TraceId: 1-5e34a614-10bd\t\n",
            '{"level":"INFO","message":"}{","id":"1","timestamp":"2024-01-01T00:00:00.000Z"}\n',
            '{"messageType":"DATA_MESSAGE","logEvents":[]}',
            '}{"messageType":"DATA_MESSAGE","logEvents":[]}',
            "[ERROR] ValueError: \u00a0bad\nTraceback (most recent call last):\n  File x\n\n",
            "a\r\tb\\u002d\\/ \u2028 \U0001f600 \x1b[31m",
            "}\n{",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)
EVENTS = st.lists(
    st.tuples(st.integers(START, START + 10**10), MESSAGES, st.integers(10**55, 10**56 - 1)),
    min_size=1,
    max_size=6,
).map(lambda items: [Event(time, text, GROUP, STREAM, str(n)) for time, text, n in items])


def dump(value: Any, **options: Any) -> bytes:
    return json.dumps(value, **options).encode()


def envelope(events: list[Event], **changes: Any) -> dict[str, Any]:
    document = {
        "messageType": "DATA_MESSAGE", "owner": "1", "logGroup": GROUP, "logStream": STREAM,
        "subscriptionFilters": ["f"],
        "logEvents": [{"id": e.event_id, "timestamp": e.timestamp, "message": e.message}
                      for e in events],
    }  # fmt: skip
    return document | changes


def flat(event: Event) -> dict[str, Any]:
    return {"logGroup": GROUP, "logStream": STREAM, "id": event.event_id,
            "timestamp": event.timestamp, "message": event.message}  # fmt: skip


def iso(millis: int, *, space: bool = False) -> str:
    text = datetime.fromtimestamp(millis / 1000, UTC).isoformat(timespec="milliseconds")
    text = text.replace("+00:00", "Z")
    return text.replace("T", " ").removesuffix("Z") if space else text


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def each(events: list[Event]) -> list[dict[str, Any]]:
    return [envelope([event]) for event in events]


SHAPES: dict[str, Callable[[list[Event]], bytes]] = {
    "one envelope": lambda es: dump(envelope(es)),
    "envelopes without a separator": lambda es: b"".join(map(dump, each(es))),
    "envelopes in lines": lambda es: b"\n".join(map(dump, each(es))) + b"\n",
    "envelopes with commas": lambda es: b",".join(map(dump, each(es))),
    "envelopes pretty-printed": lambda es: b"".join(dump(e, indent=2) for e in each(es)),
    "envelopes not escaped": lambda es: b"".join(dump(e, ensure_ascii=False) for e in each(es)),
    "a list of envelopes": lambda es: dump(each(es), indent=1),
    "envelopes with control messages": lambda es: dump(
        {"messageType": "CONTROL_MESSAGE", "logEvents": [{"id": "", "message": "CWL"}]}
    ).join([dump(e) for e in each(es)]),
    "envelopes without a type": lambda es: dump(
        {k: v for k, v in envelope(es).items() if k != "messageType"}
    ),
    "times as strings": lambda es: dump(
        envelope(es, logEvents=[{"id": e.event_id, "timestamp": str(e.timestamp),
                                 "message": e.message} for e in es])
    ),
    "times as ISO": lambda es: dump(
        envelope(es, logEvents=[{"id": e.event_id, "timestamp": iso(e.timestamp),
                                 "message": e.message} for e in es])
    ),
    "IDs as numbers": lambda es: dump(
        envelope(es, logEvents=[{"id": int(e.event_id), "timestamp": e.timestamp,
                                 "message": e.message} for e in es])
    ),
    "events in lines": lambda es: b"\n".join(dump(flat(e)) for e in es),
    "events without a separator": lambda es: b"".join(dump(flat(e)) for e in es),
    "a list of events": lambda es: dump([flat(e) for e in es], indent=4),
    "search documents": lambda es: b"\n".join(
        dump({"@id": e.event_id, "@timestamp": iso(e.timestamp), "@message": e.message,
              "@owner": "1", "@log_group": GROUP, "@log_stream": STREAM, "level": "x"})
        for e in es
    ),
    "awslogs, gzip": lambda es: b"\n".join(
        dump({"awslogs": {"data": b64(gzip.compress(dump(e)))}}) for e in each(es)
    ),
    "awslogs, zlib": lambda es: dump({"awslogs": {"data": b64(zlib.compress(dump(envelope(es))))}}),
    "awslogs, plain": lambda es: dump({"awslogs": {"data": b64(dump(envelope(es)))}}),
    "Kinesis": lambda es: dump(
        {"Records": [{"kinesis": {"data": b64(gzip.compress(dump(e)))}} for e in each(es)]}
    ),
    "Firehose": lambda es: dump(
        {"records": [{"recordId": "r", "data": b64(gzip.compress(dump(e)))} for e in each(es)]},
        indent=3,
    ),
    "Firehose errors": lambda es: b"\n".join(
        dump({"attemptsMade": 4, "errorCode": "x", "rawData": b64(gzip.compress(dump(e)))})
        for e in each(es)
    ),
}  # fmt: skip

NAMELESS: dict[str, Callable[[list[Event]], bytes]] = {
    "FilterLogEvents": lambda es: dump(
        {"events": [{"logStreamName": STREAM, "timestamp": e.timestamp, "message": e.message,
                     "ingestionTime": e.timestamp, "eventId": e.event_id} for e in es]}
    ),
    "GetLogEvents": lambda es: dump(
        {"events": [{"timestamp": e.timestamp, "message": e.message,
                     "ingestionTime": e.timestamp} for e in es], "nextForwardToken": "f"}
    ),
    "GetQueryResults": lambda es: dump(
        {"results": [[{"field": "@timestamp", "value": iso(e.timestamp, space=True)},
                      {"field": "@message", "value": e.message}] for e in es]}
    ),
    "export task": lambda es: b"".join(
        f"{iso(e.timestamp)} {e.message}\n".encode() for e in es
    ),
}  # fmt: skip


def read(data: bytes) -> list[Event]:
    problems: list[str] = []
    origin = Origin("s", "c", GROUP, STREAM, START)
    events = list(decode(data, origin, problems.append))
    assert problems == []
    assert [event.position for event in events] == list(range(len(events)))
    return events


@pytest.mark.parametrize("shape", SHAPES)
@given(events=EVENTS)
def test_every_shape_gives_the_same_events(shape: str, events: list[Event]) -> None:
    """Whatever carried them: the same times, messages, groups, streams and IDs, in order."""
    assert [event[:5] for event in read(SHAPES[shape](events))] == [e[:5] for e in events]


@pytest.mark.parametrize("shape", NAMELESS)
@given(events=EVENTS)
def test_shapes_that_leave_something_out_take_it_from_the_origin(
    shape: str, events: list[Event]
) -> None:
    """Answers and exports lack group, stream or ID: the path tells the first two."""
    data = NAMELESS[shape](events)
    got = [(e.timestamp, e.message, e.log_group, e.log_stream) for e in read(data)]
    assert got == [event[:4] for event in events]


SINGLE_LINES = st.lists(
    st.tuples(
        st.integers(START, START + 10**10),
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
        st.sampled_from(["", "\n"]),
    ),
    min_size=1,
    max_size=6,
)


@given(items=SINGLE_LINES)
def test_extracted_messages_are_the_messages_with_their_own_times(
    items: list[tuple[int, str, str]],
) -> None:
    """Message extraction loses all but the message: the runtime's own prefix tells the time."""
    messages = [f"{iso(time)}\trequest\tINFO\t{text}{end}" for time, text, end in items]
    events = read(("\n".join(messages) + "\n").encode())
    assert [(e.timestamp, e.message) for e in events] == [
        (time, message) for (time, *_), message in zip(items, messages, strict=True)
    ]
