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


def cut(envelopes: list[dict[str, Any]], keep: int) -> bytes:
    """Return the first bytes of such an object: what a broken upload leaves."""
    return firehose(envelopes)[:keep]
