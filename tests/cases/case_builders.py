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
