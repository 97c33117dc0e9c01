"""Puts what the generated system wrote where logs lie: archive objects, moto, a stand-in.

Archives are as Firehose makes them, and worse: delivered at least once, late, split anywhere, in
any order. CloudWatch has each event once.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from backports import zstd
from logs_service import LogsService
from moto.core import DEFAULT_ACCOUNT_ID
from moto.logs.models import logs_backends
from truth_model import System, hexadecimal

Envelope = dict[str, Any]

TWICE = 0.1
"""Of the events so many are delivered again."""
FLUSH = 5 * 60_000
"""An object holds what came within so many ms."""


def _compact(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _single(envelopes: list[Envelope]) -> Iterator[Envelope]:
    for envelope in envelopes:
        for event in envelope["logEvents"]:
            place = {"logGroup": envelope["logGroup"], "logStream": envelope["logStream"]}
            yield {**event, **place}


PACKINGS: dict[str, Callable[[list[Envelope]], bytes]] = {
    "gzip members": lambda held: b"".join(gzip.compress(_compact(e), 1) for e in held),
    "gzip": lambda held: gzip.compress(b"".join(map(_compact, held)), 1),
    "gzip within gzip": lambda held: gzip.compress(
        b"".join(gzip.compress(_compact(e), 1) for e in held), 1
    ),
    "plain": lambda held: b"".join(map(_compact, held)),
    "escaped and spaced": lambda held: b"\n".join(json.dumps(e).encode() for e in held),
    "zstd": lambda held: zstd.compress(b"".join(map(_compact, held))),
    "an event a line": lambda held: b"\n".join(map(_compact, _single(held))),
    "base64": lambda held: b"\n".join(
        _compact({"awslogs": {"data": base64.b64encode(gzip.compress(_compact(e), 1)).decode()}})
        for e in held
    ),
}


def pack(
    system: System, seed: int, *, packings: tuple[str, ...] = tuple(PACKINGS), twice: float = TWICE
) -> dict[str, bytes]:
    """Return archive objects by name; another seed splits, repeats and shuffles in another way."""
    rng = Random(seed)
    arrivals = list(_arrivals(system, rng, twice))
    rng.shuffle(arrivals)
    held: dict[int, list[Envelope]] = {}
    for time, envelope in arrivals:
        held.setdefault(time // FLUSH + 1, []).append(envelope)
    objects = {}
    for number, (flush, envelopes) in enumerate(held.items()):
        packing = packings[number % len(packings)]
        at = datetime.fromtimestamp(flush * FLUSH // 1000, UTC)
        name = f"{at:%Y/%m/%d/%H}/shop-1-{at:%Y-%m-%d-%H-%M-%S}-{hexadecimal(rng, 12)}"
        objects[name] = PACKINGS[packing](envelopes)
    return objects


def _arrivals(system: System, rng: Random, twice: float) -> Iterator[tuple[int, Envelope]]:
    """Yield envelopes, and when they come."""
    for ordinal, stream in enumerate(system.streams):
        events = [
            # ascending in the order of the stream, as CloudWatch's are, and unique among all
            {
                "id": f"{line.time:016d}{number:08d}{ordinal:032d}",
                "timestamp": line.time,
                "message": line.message,
            }
            for number, line in enumerate(stream.lines)
        ]
        repeated = [event for event in events if rng.random() < twice]
        for sequence in (events, repeated):
            place = 0
            while place < len(sequence):
                chunk = sequence[place : place + rng.randrange(1, 60)]
                place += len(chunk)
                last = max(event["timestamp"] for event in chunk)
                if rng.random() < 0.2:
                    rng.shuffle(chunk)
                yield (
                    last + rng.choice((2_000, 60_000, 400_000)),
                    {
                        "messageType": "DATA_MESSAGE",
                        "owner": "123456789012",
                        "logGroup": stream.group,
                        "logStream": stream.name,
                        "subscriptionFilters": ["all"],
                        "logEvents": chunk,
                    },
                )


def write(objects: dict[str, bytes], folder: Path) -> str:
    """Write objects as files, and return the folder as a source."""
    for name, data in objects.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return str(folder)


def put_into_moto(system: System) -> None:
    """Put everything into the log groups of moto's server in this process.

    Not through PutLogEvents, which refuses what is older than two weeks: the system's time is
    fixed, so that a failure can be seen again.
    """
    backend = logs_backends[DEFAULT_ACCOUNT_ID]["us-east-1"]
    for name in dict.fromkeys(stream.group for stream in system.streams):
        backend.create_log_group(name, {})
    for stream in system.streams:
        group = backend.groups[stream.group]
        group.create_log_stream(stream.name)
        group.put_log_events(
            stream.name,
            [{"timestamp": line.time, "message": line.message} for line in stream.lines],
        )
        born = datetime.fromtimestamp(stream.lines[0].time // 1000, UTC).replace(tzinfo=None)
        group.streams[stream.name].creation_time = born
        group.creation_time = min(group.creation_time, born)


def put_into_service(system: System, service: LogsService) -> None:
    """Put everything into the stand-in, which applies filter patterns as the service does."""
    service.clock.set(system.now)
    for name in dict.fromkeys(stream.group for stream in system.streams):
        service.create_group(name, created=system.now - 86_400_000)
    for stream in system.streams:
        events = [(line.time, line.message) for line in stream.lines]
        service.put(stream.group, stream.name, events, ingested=events[0][0])
