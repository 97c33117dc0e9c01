"""Makes the archive that the benchmarks read: a day of a busy system, as Firehose writes it.

    python tests/bench/make_archive.py .bench/archive [--objects 600] [--shape mixed]

Shapes, each as Firehose leaves it in S3 (`YYYY/MM/DD/HH/` in the names):

- `concatenated`: gzip of envelopes without a separator (decompression on, GZIP)
- `nested`: gzip of gzip members (decompression off, GZIP)
- `members`: gzip members, no extension (decompression off, uncompressed)
- `mixed`: a third of each

The content is the same for every shape, and the same every time. One transaction crosses six
functions at 12:00; its identifiers are printed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import uuid
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

DAY = datetime(2026, 11, 20, tzinfo=UTC)
OBJECT_BYTES = 2_560_000
FUNCTIONS = [f"shop-{name}-{stage}" for name in (
    "api", "cart", "pricing", "payment", "inventory", "shipping", "email", "search", "login",
    "profile", "invoice", "refund", "audit", "export", "image", "webhook", "report", "sync",
) for stage in ("prod", "canary")]  # fmt: skip
WORDS = [
    *("fetched", "stored", "retried", "validated", "computed", "cached", "connected", "published"),
    *("received", "queued", "rejected", "customer", "basket", "coupon", "stock", "price"),
    *("session", "token", "region", "table", "partition"),
]

ORDER = "order-7f3c9a52e1d84b06"
TRACE = "1-691e5ec0-3b7c1f0a9d2e4c5b6a798081"
MEMBERS = FUNCTIONS[0:12:2]


def _hex(rng: random.Random, digits: int) -> str:
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


class Writer:
    """Writes the events of one object."""

    def __init__(self, index: int, start: datetime) -> None:
        self.rng = random.Random(index)
        self.now = int(start.timestamp() * 1000)
        self.serial = index * 10_000_000

    def event(self, message: str, time: int) -> dict[str, object]:
        self.serial += 1
        return {
            "id": f"{39_000_000_000_000_000 + time:026d}{self.serial:030d}",
            "timestamp": time,
            "message": message,
        }

    def invocation(self, time: int, mention: str = "", trace: str = "") -> list[dict[str, object]]:
        rng = self.rng
        request = _uuid(rng)
        trace = trace or f"1-{time // 1000:08x}-{_hex(rng, 24)}"
        events = [self.event(f"START RequestId: {request} Version: $LATEST\n", time)]
        moment = time
        for number in range(rng.randint(2, 14)):
            moment += rng.randint(1, 90)
            stamp = datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
            stamp = stamp[:-3] + "Z"
            words = " ".join(rng.choices(WORDS, k=rng.randint(4, 12)))
            order = mention if mention and number == 0 else f"order-{_hex(rng, 16)}"
            if rng.random() < 0.5:
                etag = _hex(rng, 32)
                message = f"[INFO]\t{stamp}\t{request}\t{words} {order} etag={etag}\n"
            else:
                message = json.dumps(
                    {
                        "level": "INFO",
                        "timestamp": stamp,
                        "message": words,
                        "order_id": order,
                        "amount": rng.randint(100, 99_999),
                        "customer": _uuid(rng),
                        "function_request_id": request,
                    }
                )
            events.append(self.event(message, moment))
        duration = moment - time + rng.random()
        events.append(self.event(f"END RequestId: {request}\n", moment))
        report = (
            f"REPORT RequestId: {request}\tDuration: {duration:.2f} ms\tBilled Duration: "
            f"{int(duration) + 1} ms\tMemory Size: 512 MB\t"
            f"Max Memory Used: {rng.randint(80, 300)} MB\t\nXRAY TraceId: {trace}\t"
            f"SegmentId: {_hex(rng, 16)}\tSampled: true\t\n"
        )
        events.append(self.event(report, moment))
        return events

    def envelope(self, function: str, events: list[dict[str, object]]) -> bytes:
        envelope = {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": f"/aws/lambda/{function}",
            "logStream": f"{DAY:%Y/%m/%d}/[$LATEST]{_hex(self.rng, 32)}",
            "subscriptionFilters": ["to-firehose"],
            "logEvents": events,
        }
        return json.dumps(envelope, separators=(",", ":")).encode()


def envelopes(index: int, objects: int) -> list[bytes]:
    """Return the envelopes of one object."""
    start = DAY + timedelta(days=1) * index / objects
    writer = Writer(index, start)
    made: list[bytes] = []
    size = 0
    if index == objects // 2:
        for offset, function in enumerate(MEMBERS):
            time = writer.now + offset * 400
            made.append(writer.envelope(function, writer.invocation(time, ORDER, TRACE)))
    span = int(86_400_000 / objects)
    while size < OBJECT_BYTES:
        events: list[dict[str, object]] = []
        moment = writer.now + writer.rng.randint(0, span)
        for _ in range(writer.rng.randint(1, 5)):
            events += writer.invocation(moment)
            moment += 2000
        made.append(writer.envelope(writer.rng.choice(FUNCTIONS), events))
        size += len(made[-1])
    return made


def write(folder: Path, index: int, objects: int, shape: str) -> tuple[int, int]:
    """Write one object; return its plain and its stored size in bytes."""
    made = envelopes(index, objects)
    if shape == "mixed":
        shape = ("concatenated", "nested", "members")[index % 3]
    if shape == "concatenated":
        data = gzip.compress(b"".join(made), 6, mtime=0)
    else:
        data = b"".join(gzip.compress(envelope, 6, mtime=0) for envelope in made)
        if shape == "nested":
            data = gzip.compress(data, 6, mtime=0)
    start = DAY + timedelta(days=1) * index / objects
    name = f"shop-logs-1-{start:%Y-%m-%d-%H-%M-%S}-{uuid.UUID(int=index)}"
    path = folder / f"{start:%Y/%m/%d/%H}" / (name + ("" if shape == "members" else ".gz"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return sum(map(len, made)), len(data)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--objects", type=int, default=600)
    parser.add_argument(
        "--shape", choices=("mixed", "concatenated", "nested", "members"), default="mixed"
    )
    options = parser.parse_args()
    plain = stored = 0
    with ProcessPoolExecutor() as pool:
        jobs = [
            pool.submit(write, options.folder, index, options.objects, options.shape)
            for index in range(options.objects)
        ]
        for job in jobs:
            sizes = job.result()
            plain += sizes[0]
            stored += sizes[1]
    print(f"{options.objects} objects, {plain / 1e6:.0f} MB of JSON, {stored / 1e6:.0f} MB stored")
    print(f"transaction: {ORDER} (or {TRACE}), {len(MEMBERS)} invocations")


if __name__ == "__main__":
    main()
