"""Makes the archive that the benchmarks read: a day of a busy system, as Firehose writes it.

    python tests/bench/make_archive.py .bench/archive [--objects 600] [--shape mixed] [--failing 0]

Shapes, each as Firehose leaves it in S3 (`YYYY/MM/DD/HH/` in the names):

- `concatenated`: gzip of envelopes without a separator (decompression on, GZIP)
- `nested`: gzip of gzip members (decompression off, GZIP)
- `members`: gzip members, no extension (decompression off, uncompressed)
- `mixed`: a third of each

The content is the same for every shape, and the same every time. One transaction crosses six
functions at 12:00; its identifiers are printed. A share of the invocations may fail, in the styles
of `FAILURES`, and as many log an error that they handle; how many fail in which style is printed.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import uuid
from collections import Counter
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


FIGURES = (
    "Duration: {duration:.2f} ms\tBilled Duration: {billed} ms\tMemory Size: 512 MB\t"
    "Max Memory Used: {memory} MB\t"
)
PYTHON = """\
[ERROR] ValueError: no stock of sku-{number}
Traceback (most recent call last):
\u00a0\u00a0File "/var/task/app.py", line 31, in handler
\u00a0\u00a0\u00a0\u00a0return reserve(order)
\u00a0\u00a0File "/var/task/stock.py", line {line}, in reserve
\u00a0\u00a0\u00a0\u00a0raise ValueError(f"no stock of {{sku}}")
"""
NODE = """\
{stamp}\t{request}\tERROR\tInvoke Error \t{{"errorType":"TypeError","errorMessage":"Cannot read \
properties of undefined (reading '{number}')","stack":["TypeError: Cannot read properties of \
undefined (reading '{number}')","    at Runtime.handler (/var/task/index.js:{line}:11)"]}}
"""
EXIT = "RequestId: {request} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n"
FAILURES: dict[str, tuple[str, str]] = {
    # What is logged before END, and what REPORT states behind its figures.
    "timeout": ("", "Status: timeout"),
    "out of memory": ("", "Status: error\tError Type: Runtime.OutOfMemory"),
    "exit": (EXIT, ""),
    "old timeout": ("{stamp} {request} Task timed out after 3.00 seconds\n\n", ""),
    "python": (PYTHON, ""),
    "node": (NODE, ""),
    "json": ("", "error"),
}
HANDLED = "[ERROR]\t{stamp}\t{request}\tpayment was refused, trying again\n"


def _hex(rng: random.Random, digits: int) -> str:
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def _uuid(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _stamp(moment: int) -> str:
    stamp = datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return stamp[:-3] + "Z"


def _platform(stamp: str, kind: str, record: dict[str, object]) -> str:
    event = {"time": stamp, "type": f"platform.{kind}", "record": record}
    return json.dumps(event, separators=(",", ":"))


class Writer:
    """Writes the events of one object."""

    def __init__(self, index: int, start: datetime, failing: float = 0.0) -> None:
        self.rng = random.Random(index)
        self.fate = random.Random(f"fate {index}")
        self.failing = failing
        self.failures: Counter[str] = Counter()
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
            stamp = _stamp(moment)
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
        report = FIGURES.format(
            duration=duration, billed=int(duration) + 1, memory=rng.randint(80, 300)
        )
        xray = f"\nXRAY TraceId: {trace}\tSegmentId: {_hex(rng, 16)}\tSampled: true\t\n"
        if self.failing and self.fate.random() < self.failing:
            return self.failed(events, request, moment, report, xray)
        if self.failing and self.fate.random() < self.failing:
            line = HANDLED.format(stamp=_stamp(moment), request=request)
            events.append(self.event(line, moment))
        events.append(self.event(f"END RequestId: {request}\n", moment))
        events.append(self.event(f"REPORT RequestId: {request}\t{report}{xray}", moment))
        return events

    def failed(
        self,
        events: list[dict[str, object]],
        request: str,
        moment: int,
        report: str,
        xray: str,
    ) -> list[dict[str, object]]:
        """Return the events of an invocation that ended badly, given those before its end."""
        kind = self.fate.choice([*FAILURES])
        self.failures[kind] += 1
        line, status = FAILURES[kind]
        if kind == "json":
            stamp = _stamp(moment)
            start = {"requestId": request, "version": "$LATEST"}
            events[0] = {**events[0], "message": _platform(stamp, "start", start)}
            metrics = {"durationMs": 812.5, "billedDurationMs": 813, "memorySizeMB": 512}
            end = {"requestId": request, "metrics": metrics, "status": status}
            end["errorType"] = "Runtime.ExitError"
            return [*events, self.event(_platform(stamp, "report", end), moment)]
        if line:
            number, row = self.fate.randint(1, 999), self.fate.choice((12, 40))
            line = line.format(stamp=_stamp(moment), request=request, number=number, line=row)
            events.append(self.event(line, moment))
        events.append(self.event(f"END RequestId: {request}\n", moment))
        report = f"REPORT RequestId: {request}\t{report}"
        events.append(self.event(f"{report}{status}{xray}", moment))
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


def envelopes(index: int, objects: int, failing: float = 0.0) -> tuple[list[bytes], Counter[str]]:
    """Return the envelopes of one object, and how many invocations fail in which style."""
    start = DAY + timedelta(days=1) * index / objects
    writer = Writer(index, start, failing)
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
    return made, writer.failures


def write(
    folder: Path, index: int, objects: int, shape: str, failing: float
) -> tuple[int, int, Counter[str]]:
    """Write one object; return its plain and its stored size in bytes, and what fails."""
    made, failures = envelopes(index, objects, failing)
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
    return sum(map(len, made)), len(data), failures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--objects", type=int, default=600)
    parser.add_argument(
        "--shape", choices=("mixed", "concatenated", "nested", "members"), default="mixed"
    )
    parser.add_argument(
        "--failing", type=float, default=0.0, metavar="SHARE", help="of the invocations: 0 to 1"
    )
    options = parser.parse_args()
    plain = stored = 0
    failures: Counter[str] = Counter()
    with ProcessPoolExecutor() as pool:
        jobs = [
            pool.submit(
                write, options.folder, index, options.objects, options.shape, options.failing
            )
            for index in range(options.objects)
        ]
        for job in jobs:
            sizes = job.result()
            plain += sizes[0]
            stored += sizes[1]
            failures += sizes[2]
    print(f"{options.objects} objects, {plain / 1e6:.0f} MB of JSON, {stored / 1e6:.0f} MB stored")
    if failures:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(failures.items()))
        print(f"{failures.total()} invocations fail: {kinds}")
    print(f"transaction: {ORDER} (or {TRACE}), {len(MEMBERS)} invocations")


if __name__ == "__main__":
    main()
