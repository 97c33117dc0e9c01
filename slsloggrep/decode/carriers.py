"""Opens documents that carry other data in base64, and gives out the bytes they carry.

Which documents: Lambda's `awslogs` event, Kinesis events, Firehose transformation events (and
their answers), Firehose error objects for every destination. Sources: Lambda Developer Guide,
"Using Lambda with CloudWatch Logs" and "with Kinesis"; Firehose Developer Guide, "Transform source
data" and "Handle delivery failures". What the bytes turn out to be is read by
`slsloggrep.decode.documents`, as an object of its own.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from slsloggrep.decode.timestamps import millis
from slsloggrep.model import Millis


class Carried(NamedTuple):
    """Bytes that a document carried, compressed or not."""

    data: bytes
    time: Millis | None
    """When the record arrived, if the carrier says so."""
    damage: str | None = None
    """Why the bytes are not all of them."""


_PAYLOAD = re.compile(r'"(?:rawData|data)"\s*:\s*"([A-Za-z0-9+/=_\\-]{16,})')
"""The beginning of a payload in a document that is cut short."""

_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=_\s-]")


def opened(value: Mapping[str, Any]) -> Iterator[Carried] | None:
    """Return what a document carries, or None if it is no carrier.

    A document is only taken for a carrier if everything that has to be base64 is.
    """
    payloads = _payloads(value)
    if payloads is None:
        return None
    decoded = [(_decoded(text), time) for text, time in payloads]
    if any(data is None for data, _ in decoded):
        return None
    return (Carried(data, time) for data, time in decoded if data is not None)


def opened_remains(text: str) -> Iterator[Carried]:
    """Yield what can be had of the payloads in a carrier that is cut short or damaged."""
    for found in _PAYLOAD.finditer(text):
        payload = found.group(1).replace("\\/", "/")
        whole = text.startswith('"', found.end())
        data = _decoded(payload if whole else payload[: len(payload) // 4 * 4])
        if data is not None:
            yield Carried(data, None, None if whole else "a record is cut short")


def _payloads(value: Mapping[str, Any]) -> list[tuple[str, Millis | None]] | None:
    awslogs = value.get("awslogs")
    if isinstance(awslogs, dict) and isinstance(awslogs.get("data"), str):
        return [(awslogs["data"], None)]
    raw = value.get("rawData")
    if isinstance(raw, str) and ("errorCode" in value or "attemptsMade" in value):
        return [(raw, millis(value.get("arrivalTimestamp")))]
    records = value.get("Records", value.get("records"))
    if not isinstance(records, list) or not records:
        return None
    payloads = []
    for record in records:
        if not isinstance(record, dict):
            return None
        inner = record.get("kinesis")
        holder = inner if isinstance(inner, dict) else record
        data = holder.get("data")
        if data is None and "recordId" in record:
            continue  # a record that the transformation dropped
        if not isinstance(data, str):
            return None
        payloads.append((data, millis(holder.get("approximateArrivalTimestamp"))))
    return payloads


def _decoded(text: str) -> bytes | None:
    if _NOT_BASE64.search(text):
        return None
    try:
        padded = "".join(text.split()).rstrip("=")
        padded += "=" * (-len(padded) % 4)
        return base64.b64decode(padded.replace("-", "+").replace("_", "/"), validate=True)
    except binascii.Error:
        return None
