"""Bytes of files that cases name instead of spelling them out."""

from __future__ import annotations

import gzip
import json
from typing import Any


def envelope(group: str, stream: str, events: list[list[Any]]) -> bytes:
    """Return one subscription envelope as JSON; an event is a time in ms and a message.

    The shape is CloudWatch Logs User Guide, SubscriptionFilters. Event IDs are made of the time
    and the place, 56 digits as CloudWatch's are.
    """
    return json.dumps(
        {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": group,
            "logStream": stream,
            "subscriptionFilters": ["all"],
            "logEvents": [
                {"id": f"{timestamp:0>43}{position:0>13}", "timestamp": timestamp, "message": text}
                for position, (timestamp, text) in enumerate(events)
            ],
        }
    ).encode()


def firehose(envelopes: list[dict[str, Any]]) -> bytes:
    """Return an object as Firehose writes it: envelopes without a separator, in one gzip member."""
    return gzip.compress(b"".join(envelope(**each) for each in envelopes), mtime=0)


TRACE_ID = "1-6b041cb0-0123456789abcdef01234567"
"""Its first part is 2026-11-23T11:00:00Z."""
CHECKOUT = "11111111-1111-4111-8111-111111111111"
PAY = "22222222-2222-4222-8222-222222222222"
OTHER = "33333333-3333-4333-8333-333333333333"
START = 1_795_431_600_000
"""2026-11-23T11:00:00Z."""


def _report(
    request_id: str, duration: str, *, trace_id: str | None = None, status: str = ""
) -> str:
    line = (
        f"REPORT RequestId: {request_id}\tDuration: {duration} ms\tBilled Duration: 3000 ms\t"
        "Memory Size: 256 MB\tMax Memory Used: 91 MB\t"
    )
    if status:
        line += f"Status: {status}"
    if trace_id:
        line += f"\nXRAY TraceId: {trace_id}\tSegmentId: 0123456789abcdef\tSampled: true\t"
    return line + "\n"


def shop(keep: int | None = None) -> bytes:
    """Return a small archive object: an order of two functions, whose second times out; another.

    Order `ord-7` is named by checkout alone; pay is joined by the X-Ray trace ID that both reveal.
    Order `ord-71` is a stranger whose name begins alike. `keep` cuts the object after so many
    bytes.
    """
    checkout = [
        [START, f"START RequestId: {CHECKOUT} Version: $LATEST\n"],
        [START + 20, f"[INFO]\t2026-11-23T11:00:00.020Z\t{CHECKOUT}\torder ord-7 for grüße\n"],
        [
            START + 900,
            f"[WARNING]\t2026-11-23T11:00:00.900Z\t{CHECKOUT}\tpay is slow \x1b]0;title\x07\n",
        ],
        [START + 3100, f"END RequestId: {CHECKOUT}\n"],
        [START + 3100, _report(CHECKOUT, "3100.00", trace_id=TRACE_ID)],
    ]
    pay = [
        [START + 50, f"START RequestId: {PAY} Version: $LATEST\n"],
        [START + 60, json.dumps({"level": "INFO", "msg": "grüße", "total": 12.5})],
        [START + 3050, f"2026-11-23T11:00:03.050Z {PAY} Task timed out after 3.00 seconds\n\n"],
        [START + 3050, f"END RequestId: {PAY}\n"],
        [START + 3050, _report(PAY, "3000.00", trace_id=TRACE_ID, status="timeout")],
    ]
    other = [
        [START + 5000, f"START RequestId: {OTHER} Version: $LATEST\n"],
        [START + 5010, f"[INFO]\t2026-11-23T11:00:05.010Z\t{OTHER}\torder ord-71\n"],
        [START + 5100, f"END RequestId: {OTHER}\n"],
        [START + 5100, _report(OTHER, "100.00")],
    ]
    whole = firehose(
        [
            {"group": "/aws/lambda/checkout", "stream": "a", "events": checkout + other},
            {"group": "/aws/lambda/pay", "stream": "b", "events": pay},
        ]
    )
    return whole if keep is None else whole[:keep]


def failing(keep: int | None = None) -> bytes:
    """Return an archive object of two functions with crashes of four kinds, and what is well.

    `cart` fails three times for the same reason, in two versions, and times out once; `mail` runs
    out of memory, cannot be loaded (one cold start, two INIT_REPORTs), logs an error that it
    handled, and has a START without an end. `keep` cuts the object after so many bytes.
    """
    memory = "error\tError Type: Runtime.OutOfMemory"
    events = {
        ("cart", "7"): [*_served(1, 0, 250, init=310), *_raised(2, 60_000, line=31)],
        ("cart", "8"): [
            *_raised(3, 1_200_000, line=38),
            *_raised(4, 1_800_000, line=38),
            *_served(5, 2_000_000, 3000, status="timeout"),
        ],
        ("mail", "$LATEST"): [
            *_served(6, 100_000, 40),
            *_handled(7, 200_000),
            *_served(8, 900_000, 900, status=memory, used=128),
            [START + 2_100_000, f"START RequestId: {_id(10)} Version: $LATEST\n"],
        ],
        ("mail", "1"): _unloadable(9, 1_500_000),
    }
    whole = firehose(
        [
            {
                "group": f"/aws/lambda/{function}",
                "stream": f"2026/11/23/[{version}]0123456789abcdef",
                "events": [[time, text.replace("VERSION", version)] for time, text in written],
            }
            for (function, version), written in events.items()
        ]
    )
    return whole if keep is None else whole[:keep]


def _id(number: int) -> str:
    return f"{number:08d}-aaaa-4aaa-8aaa-aaaaaaaaaaaa"


def _served(
    number: int,
    after: int,
    duration: int,
    *lines: str,
    init: int | None = None,
    status: str = "",
    used: int = 70,
) -> list[list[Any]]:
    """Return the events of an invocation that began so many ms after START; durations are ms."""
    begin, end = START + after, START + after + duration
    report = (
        f"REPORT RequestId: {_id(number)}\tDuration: {duration}.00 ms\t"
        f"Billed Duration: {duration} ms\tMemory Size: 128 MB\tMax Memory Used: {used} MB\t"
    )
    report += f"Init Duration: {init}.00 ms\t" if init else ""
    report += f"Status: {status}" if status else ""
    return [
        *([[begin, "INIT_START Runtime Version: nodejs:22.v1\n"]] if init else []),
        [begin, f"START RequestId: {_id(number)} Version: VERSION\n"],
        *([begin + 5, line] for line in lines),
        [end, f"END RequestId: {_id(number)}\n"],
        [end, report + "\n"],
    ]


def _raised(number: int, after: int, *, line: int) -> list[list[Any]]:
    message = f"Cannot price order ord-{number}77"
    error = {
        "errorType": "TypeError",
        "errorMessage": message,
        "stack": [
            f"TypeError: {message}",
            f"    at price (file:///var/task/price.mjs:{line}:9)",
            "    at Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:1173:29)",
        ],
    }
    return _served(number, after, 20, _logged(_id(number), f"Invoke Error \t{json.dumps(error)}"))


def _handled(number: int, after: int) -> list[list[Any]]:
    text = "Error: the relay refused\n    at send (file:///var/task/mail.mjs:3:1)"
    return _served(number, after, 60, _logged(_id(number), text))


def _unloadable(number: int, after: int) -> list[list[Any]]:
    error = {
        "errorType": "Runtime.ImportModuleError",
        "errorMessage": "Error: Cannot find module 'left-pad'",
    }
    told = _logged("undefined", f"Uncaught Exception \t{json.dumps(error)}")
    status = "error\tError Type: Runtime.ImportModuleError"
    tail = f"Status: {status}\n"
    return [
        [START + after - 400, "INIT_START Runtime Version: nodejs:22.v1\n"],
        [START + after - 300, told],
        [START + after - 300, f"INIT_REPORT Init Duration: 100.00 ms\tPhase: init\t{tail}"],
        [START + after - 150, told],
        [START + after - 150, f"INIT_REPORT Init Duration: 150.00 ms\tPhase: invoke\t{tail}"],
        *_served(number, after, 2, status=status),
    ]


def _logged(request_id: str, text: str) -> str:
    return f"2026-11-23T11:00:00.000Z\t{request_id}\tERROR\t{text}\n"
