"""Decoding takes any bytes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.decode.documents import Origin, Shape, cut, decode, enclosing, sniff

JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            [
                "messageType", "logGroup", "logStream", "logEvents", "id", "timestamp", "message",
                "awslogs", "data", "Records", "records", "kinesis", "rawData", "errorCode",
                "results", "field", "value", "events", "@message", "@log", "aws", "cloudwatch",
                "time", "instant", "_aws", "sessionUpdate", "sessionResults", "recordId", "log",
            ]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=12,
)  # fmt: skip

FRAGMENTS = st.sampled_from(
    [
        b"{", b"}", b"[", b"]", b'"', b"\\", b",", b":", b"\n", b"\0", b" ", b"\xff", b"\xc2",
        b'{"logEvents":[', b'{"messageType":"DATA_MESSAGE",', b'"logGroup":"g",', b"\\ud800",
        b'{"id":"1","timestamp":1704067200000,"message":"x"}', b'}{"logGroup":"', b"NaN", b"1e999",
        b'{"awslogs":{"data":"H4sI', b'"rawData":"AAAA', b"2024-01-01T00:00:00.000Z ", b"\x1f\x8b",
        b"2024/01/01/[$LATEST]94fa867e5374431291a7fc14e2f56ae7 ", b"at ", b"START RequestId: x",
        b"\xff\xfe", b"\xef\xbb\xbf", b"Permission Check Successful", b"9" * 5000, b"[" * 2000,
    ]
)  # fmt: skip

HOSTILE = st.one_of(
    st.binary(max_size=300),
    st.lists(FRAGMENTS, max_size=20).map(b"".join),
    JSON.map(lambda value: json.dumps(value).encode()),
    st.lists(JSON.map(lambda value: json.dumps(value).encode()) | FRAGMENTS, max_size=6).map(
        b"".join
    ),
)

ENVELOPE = json.dumps(
    {
        "messageType": "DATA_MESSAGE",
        "logGroup": "g",
        "logStream": "s",
        "logEvents": [
            {"id": str(n), "timestamp": 1_704_067_200_000 + n, "message": f"message {n}"}
            for n in range(3)
        ],
    }
).encode()


def check(data: bytes, shape: Shape | None = None) -> None:
    problems: list[str] = []
    events = list(decode(data, Origin("s", "c"), problems.append, shape=shape))
    for event in events:
        assert isinstance(event.timestamp, int)
        assert 0 <= event.timestamp < 10**14
        for text in event[1:5]:
            text.encode()  # type: ignore[union-attr]  # the first item is the time
    assert [event.position for event in events] == list(range(len(events)))
    assert all(isinstance(problem, str) for problem in problems)


@given(data=HOSTILE, shape=st.none() | st.sampled_from(list(Shape)))
def test_any_bytes_under_any_shape_give_events_or_problems(
    data: bytes, shape: Shape | None
) -> None:
    """Never an exception, never a time out of range, never a text that cannot be written out."""
    sniff(data)
    check(data, shape)


@given(
    at=st.integers(0, len(ENVELOPE)),
    width=st.integers(0, 20),
    patch=st.binary(max_size=8),
    repeat=st.integers(1, 3),
)
def test_mutated_envelopes_leave_their_neighbours_whole(
    at: int, width: int, patch: bytes, repeat: int
) -> None:
    """Damage costs the document that it hits; those before are read whatever it is."""
    broken = ENVELOPE[:at] + patch + ENVELOPE[at + width :]
    data = ENVELOPE * repeat + broken
    check(data)
    events = list(decode(data, Origin("s", "c"), lambda _: None))
    if repeat > 1:
        assert [e.message for e in events[:3]] == [f"message {n}" for n in range(3)]


@given(data=HOSTILE, shape=st.sampled_from(list(Shape)), position=st.integers(-1, 400))
def test_cutting_and_enclosing_stay_within_the_data(
    data: bytes, shape: Shape, position: int
) -> None:
    """Offsets that are given out are offsets into what was given in."""
    assert 0 <= cut(data, shape) <= len(data)
    found = enclosing(data, position)
    if found:
        start, end = found
        assert 0 <= start <= end <= len(data)
        assert start <= position
