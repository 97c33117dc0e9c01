from __future__ import annotations

import json

import pytest

from slsloggrep.decode import boundaries
from slsloggrep.decode.documents import Origin, Shape, cut, decode, enclosing

TRAPS = ["}{", '}{"a":1', '"}{"a":"', "}\n{", "plain", "}{" * 50]
DOCUMENTS = [
    json.dumps({"logGroup": "g", "logEvents": [{"id": str(n), "timestamp": 1, "message": trap},
                                               {"id": "x", "message": {trap: [{"a": {}}, trap]}}]})
    for n, trap in enumerate(TRAPS)
]  # fmt: skip


@pytest.mark.parametrize("separator", ["", "\n", "\r\n  "])
def test_every_position_finds_its_document(separator: str) -> None:
    """From any byte, a search near it finds the ends of the document around it, and no others."""
    data = separator.join(DOCUMENTS).encode()
    start = 0
    for document in DOCUMENTS:
        for position in range(start, start + len(document)):
            assert enclosing(data, position) == (start, start + len(document))
        start += len(document) + len(separator)


def test_a_document_too_large_to_tell_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search is bounded in both directions; outside of the data there is no document."""
    monkeypatch.setattr(boundaries, "REACH", 1000)
    large = b'{"a":"' + b"x" * 5000 + b'"}'
    data = b'{"a":1}' + large + b'{"a":1}'
    assert enclosing(data, 2500) is None
    assert enclosing(data, 3) == (0, 7)
    assert enclosing(data, len(data) - 3) == (len(data) - 7, len(data))
    assert enclosing(data, len(data)) is None
    assert enclosing(data, -1) is None
    assert enclosing(large, 2500) is None


def blocks(data: bytes, shape: Shape, size: int) -> list[bytes]:
    """Cut data the way a caller does that holds a block at a time."""
    parts, held = [], b""
    for start in range(0, len(data), size):
        held += data[start : start + size]
        end = cut(held, shape)
        if end:
            parts.append(held[:end])
            held = held[end:]
    return [*parts, held]


TEXT = (
    "[INFO]\t2024-01-01T00:00:00.000Z\tr\tone\n\nTraceback (most recent call last):\n  File x\n"
    "2024-01-01T00:00:01.000Z\tr\tINFO\ttwo\nthree and more\n"
    '{\n  "a": 1\n}\nREPORT RequestId: x\n'
) * 9  # fmt: skip
EXPORTED = "2024-01-01T00:00:00.000Z START x\n\n2024-01-01T00:00:01.000Z a\n b\n\n" * 9
STREAM = "2024/01/01/[$LATEST]94fa867e5374431291a7fc14e2f56ae7"
SAVED = f"{STREAM} 2024-01-01T00:00:01.000000 a\n b\n\n" * 9


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("".join(DOCUMENTS), Shape.ENVELOPES),
        ("\n".join(DOCUMENTS), Shape.WRAPPED),
        ("\n".join(DOCUMENTS), Shape.EVENTS),
        (TEXT, Shape.MESSAGES),
        (EXPORTED, Shape.EXPORT),
        (SAVED, Shape.SAVED),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 64, 333, 100_000])
def test_blocks_give_the_same_events_as_the_whole(text: str, shape: Shape, size: int) -> None:
    """Wherever reads happen to end, cutting divides no event."""
    data = text.encode()
    origin = Origin("s", "c", time=1)
    whole = list(decode(data, origin, pytest.fail, shape=shape))
    parts = blocks(data, shape, size)
    assert b"".join(parts) == data
    assert size > 333 or len(parts) > 2
    events = []
    previous = None
    for part in parts:
        for event in decode(part, origin, pytest.fail, shape=shape, previous=previous):
            previous = event.timestamp
            events.append(event)
    assert [event[:5] for event in events] == [event[:5] for event in whole]


@pytest.mark.parametrize("shape", list(Shape))
def test_without_a_boundary_nothing_is_cut(shape: Shape) -> None:
    """0 tells the caller to read on; any buffer will do."""
    assert cut(b"", shape) == 0
    assert cut(memoryview(bytearray(b"x" * 300_000)), shape) == 0
