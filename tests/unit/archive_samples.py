"""A store in memory, and one small system's events packed in every way an archive knows."""

from __future__ import annotations

import base64
import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import cramjam
from backports import zstd

from slsloggrep.model import Coverage, Event, Millis, Query
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Settings
from slsloggrep.sources.layout import arrival, may_hold
from slsloggrep.sources.store import StoredObject

NOON: Millis = 1_795_435_200_000
"""2026-11-23T12:00:00Z."""

SETTINGS = Settings(now=NOON)


class MemoryStore:
    """Holds objects in memory and notes which ones were opened."""

    concurrency = 2
    opens_anywhere = False
    requests = 0
    notes: tuple[str, ...] = ()

    def __init__(self, objects: dict[str, bytes | OSError], name: str = "memory") -> None:
        self.name = name
        self.objects = objects
        self.opened: list[str] = []

    def list(self, since: Millis | None, until: Millis | None) -> Iterator[StoredObject]:
        for name, data in self.objects.items():
            arrived = arrival(name)
            if may_hold(arrived, since, until, SETTINGS.late):
                size = len(data) if isinstance(data, bytes) else 0
                yield StoredObject(name, size, None, arrived)

    def open(self, stored: StoredObject) -> BinaryIO:
        self.opened.append(stored.name)
        data = self.objects[stored.name]
        if isinstance(data, OSError):
            raise data
        return io.BytesIO(data)

    def close(self) -> None:
        return


def fetch(
    objects: dict[str, bytes | OSError], query: Query, settings: Settings = SETTINGS
) -> tuple[list[Event], Coverage]:
    """Return what a fresh source gives for a query, in order, and its coverage."""
    total = [Coverage(source="memory")]

    def report(increment: Coverage) -> None:
        total[0] += increment

    source = ArchiveSource(MemoryStore(objects), settings)
    events = sorted(source.fetch(query, report), key=lambda event: event.order)
    return events, total[0]


class Patience:
    """Waits for ever."""

    cancelled = False

    def progress(self, coverage: Coverage) -> None:
        return


def log_event(number: int, time: Millis, message: str) -> dict[str, Any]:
    """Return an event as envelopes hold it, with an ID of 56 digits."""
    return {"id": f"{time:026d}{number:030d}", "timestamp": time, "message": message}


def envelope(function: str, stream: str, events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a subscription envelope."""
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": f"/aws/lambda/{function}",
        "logStream": f"2026/11/23/[$LATEST]{stream * 32}",
        "subscriptionFilters": ["all"],
        "logEvents": events,
    }


def invocation(
    number: int, time: Millis, request_id: str, *lines: str, trace: str = "", end: str = ""
) -> list[dict[str, Any]]:
    """Return the events of one invocation that ran for 100 ms."""
    xray = f"\nXRAY TraceId: {trace}\tSegmentId: 0123456789abcdef\tSampled: true\t" if trace else ""
    messages = [
        f"START RequestId: {request_id} Version: $LATEST\n",
        *lines,
        f"END RequestId: {request_id}\n",
        (
            f"REPORT RequestId: {request_id}\tDuration: 100.00 ms\tBilled Duration: 100 ms\t"
            f"Memory Size: 128 MB\tMax Memory Used: 64 MB\t{end}{xray}\n"
        ),
    ]
    step = 100 // (len(messages) - 1)
    return [
        log_event(number + index, time + step * index, message)
        for index, message in enumerate(messages)
    ]


REQUESTS = [f"{digit * 8}-1111-4111-8111-111111111111" for digit in "abcd"]
TRACE = "1-6b042ac0-00112233445566778899aabb"
ORDER = "ord-4711/a"

SHOP = [
    envelope(
        "checkout",
        "a",
        invocation(100, NOON, REQUESTS[0], f'{{"order_id": "{ORDER}"}}\n', trace=TRACE)
        + invocation(200, NOON + 60_000, REQUESTS[1], "order ord-4712/a came in\n"),
    ),
    envelope(
        "payment",
        "b",
        invocation(
            300,
            NOON + 200,
            REQUESTS[2],
            "charging 12.50 EUR \u2026\n",
            trace=TRACE,
            end="Status: timeout",
        ),
    ),
    envelope("audit", "c", invocation(400, NOON + 400, REQUESTS[3], f"seen {ORDER}\n")),
]
CONTROL = {
    "messageType": "CONTROL_MESSAGE",
    "owner": "CloudwatchLogs",
    "logGroup": "",
    "logStream": "",
    "subscriptionFilters": [],
    "logEvents": [
        {
            "id": "",
            "timestamp": NOON,
            "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose.",
        }
    ],
}


def _each() -> list[bytes]:
    return [json.dumps(document, separators=(",", ":")).encode() for document in SHOP]


def _joined() -> bytes:
    return b"".join(_each())


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _zip(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("logs", data)
    return buffer.getvalue()


def _hadoop(data: bytes) -> bytes:
    compressed = bytes(cramjam.snappy.compress_raw(data))
    return struct.pack(">II", len(data), len(compressed)) + compressed


def _escaped(data: bytes) -> bytes:
    return data.replace(b"ord-4711/a", rb"ord\u002d4711\/a")


PACKINGS: dict[str, Callable[[], bytes]] = {
    "plain, concatenated": _joined,
    "newlines": lambda: b"\n".join(_each()) + b"\n",
    "pretty-printed": lambda: b"\n".join(json.dumps(d, indent=2).encode() for d in SHOP),
    "with control messages": lambda: json.dumps(CONTROL).encode().join([b"", *_each(), b""]),
    "escaped": lambda: _escaped(_joined()),
    "without messageType": lambda: b"".join(
        json.dumps({k: v for k, v in d.items() if k != "messageType"}).encode() for d in SHOP
    ),
    "timestamps as strings": lambda: b"".join(
        json.dumps(
            {**d, "logEvents": [{**e, "timestamp": str(e["timestamp"])} for e in d["logEvents"]]}
        ).encode()
        for d in SHOP
    ),
    "gzip": lambda: gzip.compress(_joined()),
    "gzip members": lambda: b"".join(map(gzip.compress, _each())),
    "gzip within gzip": lambda: gzip.compress(b"".join(map(gzip.compress, _each()))),
    "gzip with zero padding": lambda: gzip.compress(_joined()) + bytes(512),
    "zlib": lambda: zlib.compress(_joined()),
    "zip": lambda: _zip(_joined()),
    "snappy frames": lambda: bytes(cramjam.snappy.compress(_joined())),
    "raw snappy": lambda: bytes(cramjam.snappy.compress_raw(_joined())),
    "hadoop snappy": lambda: b"".join(map(_hadoop, _each())),
    "zstd": lambda: zstd.compress(_joined()),
    "zstd frames": lambda: b"".join(map(zstd.compress, _each())),
    "lambda events": lambda: b"\n".join(
        json.dumps({"awslogs": {"data": _base64(gzip.compress(each))}}).encode() for each in _each()
    ),
    "kinesis records": lambda: json.dumps(
        {"Records": [{"kinesis": {"data": _base64(gzip.compress(each))}} for each in _each()]}
    ).encode(),
    "firehose records": lambda: json.dumps(
        {
            "invocationId": "i",
            "records": [
                {"recordId": str(i), "data": _base64(gzip.compress(each))}
                for i, each in enumerate(_each())
            ],
        }
    ).encode(),
    "firehose error records": lambda: b"\n".join(
        json.dumps(
            {
                "attemptsMade": 4,
                "arrivalTimestamp": NOON,
                "errorCode": "Lambda.FunctionError",
                "errorMessage": "e",
                "rawData": _base64(gzip.compress(each)),
            }
        ).encode()
        for each in _each()
    ),
    "single events": lambda: b"\n".join(
        json.dumps({**event, "logGroup": d["logGroup"], "logStream": d["logStream"]}).encode()
        for d in SHOP
        for event in d["logEvents"]
    ),
}
"""The same events in every packing that keeps group, stream and ID."""
