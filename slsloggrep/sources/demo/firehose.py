"""The story's logs as a delivery stream archives them in S3.

CloudWatch Logs sends each log stream's events in compressed envelopes; Firehose buffers them for
five minutes and writes objects named by the arrival of the oldest record. The delivery stream was
reconfigured twice, hence three shapes of objects: many gzip members in a row without an
extension, the same compressed once more, and envelopes decompressed and put together without a
separator. Delivery is at least once, sometimes late, and what the transformation refused is kept
under `processing-failed/`. Sources: Amazon Data Firehose Developer Guide (basic-deliver,
writing-with-cloudwatch-logs), Amazon CloudWatch Logs User Guide (subscription filters).
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable
from random import Random
from typing import NamedTuple

from isal import igzip

from slsloggrep.model import Millis
from slsloggrep.sources.demo import spellings
from slsloggrep.sources.demo.fleet import Stream
from slsloggrep.sources.demo.runtimes import compact
from slsloggrep.sources.demo.shop import ACCOUNT, REGION

NAME = "shop-logs"
BUFFER_MS = 300_000
"""How long a buffer is filled before it is written."""
_BATCH_MS = 10_000
"""How long CloudWatch Logs collects a stream's events before it sends them."""
_BATCH_EVENTS = 60
_RECONFIGURED_MS = (60 * 60_000, 120 * 60_000)
"""When, after the origin, the delivery stream got its second and its third configuration."""
_LATE_SHARE = 0.008
_DUPLICATE_SHARE = 0.03
_COMPRESSION = 1
"""What a story is compressed for is its shape: the fastest level will do."""

Refused = Callable[[str, Millis], bool]
"""Tells whether the transformation failed for a log group's records at an arrival time."""


class _Record(NamedTuple):
    arrival: Millis
    envelope: bytes


def deliver(
    streams: Iterable[Stream], origin: Millis, rng: Random, refused: Refused
) -> dict[str, bytes]:
    """Return the objects by name, in order of their names' times; error objects last."""
    delivered: list[_Record] = []
    failed: list[_Record] = []
    streams = tuple(streams)
    newest = max(at for stream in streams for at, _ in stream.events)
    for stream in streams:
        for record in _send(stream, newest, rng):
            (failed if refused(stream.log_group, record.arrival) else delivered).append(record)
    delivered += [
        record._replace(arrival=record.arrival + 30_000 + rng.getrandbits(16))
        for record in delivered
        if rng.random() < _DUPLICATE_SHARE
    ]
    delivered += [_control_message(origin)]
    objects = {}
    for buffered in _buffer(delivered):
        arrival = buffered[0].arrival
        number = 1 + sum(arrival >= origin + after for after in _RECONFIGURED_MS)
        name = _object_name(arrival, number, rng) + ("" if number == 1 else ".gz")
        objects[name] = _SHAPES[number - 1]([record.envelope for record in buffered])
    for buffered in _buffer(failed):
        name = "processing-failed/" + _object_name(buffered[0].arrival, 3, rng)
        objects[name] = _error_object(buffered, rng)
    return objects


def _send(stream: Stream, newest: Millis, rng: Random) -> Iterable[_Record]:
    """Yield a log stream's events in envelopes, as its subscription sends them.

    A few are sent late, but none after the newest event of all: every object is written by then.
    """
    identity = rng.getrandbits(56) << 48
    # access logs are written as requests end, not in the order in which they are noted
    events = sorted(stream.events, key=lambda event: event[0])
    batch: list[dict[str, str | int]] = []
    begun = 0
    for number, (at, message) in enumerate(events):
        if batch and (at - begun > _BATCH_MS or len(batch) == _BATCH_EVENTS):
            yield _seal(stream, batch, newest, rng)
            batch = []
        if not batch:
            begun = at
        # 56 digits that ascend with time, and within a millisecond with the stream's order
        batch.append(
            {"id": f"{(at << 144) + identity + number:056d}", "timestamp": at, "message": message}
        )
    if batch:
        yield _seal(stream, batch, newest, rng)


def _seal(
    stream: Stream, batch: list[dict[str, str | int]], newest: Millis, rng: Random
) -> _Record:
    arrival = int(batch[-1]["timestamp"]) + 900 + rng.getrandbits(11)
    late = arrival + 900_000 + rng.getrandbits(19)
    if rng.random() < _LATE_SHARE and late < newest:
        arrival = late
    envelope = _envelope(
        "DATA_MESSAGE", ACCOUNT, stream.log_group, stream.name, ["to-archive"], batch
    )
    return _Record(arrival, envelope)


def _control_message(at: Millis) -> _Record:
    event: dict[str, str | int] = {
        "id": "",
        "timestamp": at,
        "message": "CWL CONTROL MESSAGE: Checking health of destination Firehose.",
    }
    return _Record(at, _envelope("CONTROL_MESSAGE", "CloudwatchLogs", "", "", [], [event]))


def _envelope(
    kind: str,
    owner: str,
    log_group: str,
    log_stream: str,
    filters: list[str],
    events: list[dict[str, str | int]],
) -> bytes:
    return compact(
        {
            "messageType": kind,
            "owner": owner,
            "logGroup": log_group,
            "logStream": log_stream,
            "subscriptionFilters": filters,
            "logEvents": events,
        }
    ).encode()


def _buffer(records: list[_Record]) -> Iterable[list[_Record]]:
    """Yield records in order of arrival, those that share an object together."""
    buffered: list[_Record] = []
    for record in sorted(records, key=lambda record: record.arrival):
        if buffered and record.arrival - buffered[0].arrival >= BUFFER_MS:
            yield buffered
            buffered = []
        buffered.append(record)
    if buffered:
        yield buffered


def _object_name(arrival: Millis, number: int, rng: Random) -> str:
    time, unique = spellings.dashed(arrival), spellings.uuid(rng)
    return f"{spellings.hour_path(arrival)}/{NAME}-{number}-{time}-{unique}"


def _members(envelopes: list[bytes]) -> bytes:
    """Write each envelope as its own gzip member, one after the other: no compression asked for."""
    return b"".join(_gzip(envelope) for envelope in envelopes)


def _members_compressed(envelopes: list[bytes]) -> bytes:
    """Write the same once more compressed: GZIP asked for."""
    return _gzip(_members(envelopes))


def _concatenated(envelopes: list[bytes]) -> bytes:
    """Write envelopes without a separator: decompression and GZIP asked for."""
    return _gzip(b"".join(envelopes))


_SHAPES = (_members, _members_compressed, _concatenated)


def _error_object(records: list[_Record], rng: Random) -> bytes:
    """Write what the transformation refused: a JSON line a record, with the record in base64."""
    lines = [
        compact(
            {
                "attemptsMade": 4,
                "arrivalTimestamp": record.arrival,
                "errorCode": "Lambda.FunctionError",
                "errorMessage": "The Lambda function was successfully invoked but it returned "
                "an error result.",
                "attemptEndingTimestamp": record.arrival + 138_000,
                "rawData": base64.b64encode(_gzip(record.envelope)).decode(),
                "lambdaArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:shop-logs-redact:$LATEST",
                "subsequenceNumber": 0,
                "dataId": f"496{rng.getrandbits(170):053d}",
            }
        )
        for record in records
    ]
    return "".join(line + "\n" for line in lines).encode()


def _gzip(data: bytes) -> bytes:
    return igzip.compress(data, _COMPRESSION, mtime=0)
