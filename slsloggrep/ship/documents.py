"""Documents of events and invocations, and the IDs that make shipping twice change nothing.

An event's document holds its message as stored, so that whoever reads it back has the event again;
all else in it is derived, for people and panels. Absent values are left out. Which fields are
searched, and how, is `slsloggrep.ship.template`'s knowledge.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from slsloggrep.analyse.prices import Price
from slsloggrep.model import (
    TRACE_KINDS,
    Crash,
    Event,
    Fact,
    Identifier,
    IdKind,
    Invocation,
    Millis,
    Record,
)
from slsloggrep.parse import function_of
from slsloggrep.parse.signs import shows_failure
from slsloggrep.ship.template import SCHEMA

EVENT = "event"
INVOCATION = "invocation"

_TRANSACTION_KINDS = frozenset({IdKind.CORRELATION_ID, IdKind.KEY})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_OF_ID = 144
"""Bits of an event ID below its time: CloudWatch's IDs begin with the event's time in ms (seen in
every recorded ID; promised is only that they ascend with it)."""


class Document(NamedTuple):
    """One document on its way into an index."""

    id: str
    time: Millis
    """Which index it belongs to."""
    body: dict[str, Any]

    @property
    def is_invocation(self) -> bool:
        """Tell whether it is an invocation's."""
        return bool(self.body["doc_type"] == INVOCATION)


def event_document(
    record: Record,
    *,
    invocation: Invocation | None = None,
    request_id: str | None = None,
    repeat: int = 0,
) -> Document:
    """Return the document of an event, whose position is its place among those of its moment.

    `invocation` is what it is a line of, or `request_id` names it. `repeat` counts the equal lines
    before it: same stream, time and message.
    """
    event = record.event
    function = record.function or (invocation.function if invocation else "")
    request = record.request_id or request_id or (invocation.request_id if invocation else None)
    body: dict[str, Any] = {
        "@timestamp": time_value(event.timestamp),
        "doc_type": EVENT,
        "message": event.message,
        "level": record.level.name if record.level is not None else None,
        "function": function or function_of(event.log_group, event.log_stream),
        "request_id": request,
        "log_group": event.log_group,
        "log_stream": event.log_stream,
        "event_id": event.event_id,
        "source": event.source,
        "fact": record.fact.value if record.fact is not None else None,
        **_identifiers(record.identifiers),
    }
    if record.error is not None:
        body["error_type"] = record.error.type
        body["error_message"] = record.error.message
    if body["function"] == function_of(event.log_group, event.log_stream):
        body["report"] = _stated(record)
    body["slsloggrep"] = {"schema": SCHEMA, "sequence": event.position}
    return Document(event_key(event, repeat), event.timestamp, _present(body))


def invocation_document(
    invocation: Invocation, *, price: Price | None = None, crash: Crash | None = None
) -> Document:
    """Return the document of an invocation; its time is that of its START, which never moves.

    `crash` is what it is as one, where it failed; `price` what it costs.
    """
    start = started(invocation)
    gb_seconds, cost = _cost(invocation, price)
    first = next((record.event for record in invocation.records), None)
    identifiers = dict.fromkeys(i for record in invocation.records for i in record.identifiers)
    failure = crash or invocation
    message = crash.message if crash else invocation.error_message
    body: dict[str, Any] = {
        "@timestamp": time_value(start),
        "doc_type": INVOCATION,
        "function": invocation.function,
        "request_id": invocation.request_id,
        "log_group": invocation.log_group,
        "log_stream": invocation.log_stream,
        "source": first.source if first else None,
        "version": invocation.version,
        "start": time_value(invocation.start),
        "end": time_value(invocation.end),
        "status": invocation.status.value,
        "failed": invocation.status.failed,
        "complete": invocation.complete,
        "cold_start": invocation.cold_start,
        "duration_ms": invocation.duration_ms,
        "billed_ms": invocation.billed_ms,
        "init_ms": invocation.init_ms,
        "restore_ms": invocation.restore_ms,
        "memory_mb": invocation.memory_mb,
        "max_memory_mb": invocation.max_memory_mb,
        "timeout_s": invocation.timeout_s,
        "produced_bytes": invocation.produced_bytes,
        "gb_seconds": gb_seconds,
        "cost_usd": cost,
        "error_type": failure.error_type,
        "error_message": message,
        "fingerprint": crash.fingerprint if crash else None,
        "crash_title": crash.title if crash else None,
        "events": len(invocation.records),
        **_identifiers(identifiers),
        "slsloggrep": {"schema": SCHEMA},
    }
    return Document(invocation_key(invocation), start, _present(body))


def _stated(record: Record) -> dict[str, float] | None:
    """Return the figures of a REPORT that states success, as numbers; None: of anything else.

    Whoever measures takes them in place of the message. So what shows a failure has none, and
    neither has what ends an invocation of another function than its place tells: that has to be
    read.
    """
    platform = record.platform
    if (
        record.fact is not Fact.REPORT
        or platform is None
        or platform.duration_ms is None
        or not record.request_id
        or not record.event.log_stream
        or shows_failure(record)
    ):
        return None
    figures = {
        "duration_ms": platform.duration_ms,
        "billed_ms": platform.billed_ms,
        "memory_mb": platform.memory_mb,
        "max_memory_mb": platform.max_memory_mb,
        "init_ms": platform.init_ms,
        "restore_ms": platform.restore_ms,
    }
    return {name: float(figure) for name, figure in figures.items() if figure is not None}


def event_key(event: Event, repeat: int = 0) -> str:
    """Return the ID of an event's document.

    CloudWatch's ID, which says when the event was. One that does not was made up, and may stand in
    many events: then it is a hash of it and of where it was seen, as for events without an ID of
    group, stream, time, message and `repeat`.
    """
    if not event.has_global_id:
        own = (event.message, repeat)
    elif int(event.event_id) >> _TIME_OF_ID == event.timestamp:
        return event.event_id
    else:
        own = (event.event_id, -1)
    return _digest(EVENT, event.log_group, event.log_stream, event.timestamp, *own)


def invocation_key(invocation: Invocation) -> str:
    """Return the ID of an invocation's document: by stream, request ID and START."""
    return _digest(
        INVOCATION,
        invocation.log_group,
        invocation.log_stream,
        started(invocation),
        invocation.request_id or "",
        0,
    )


def started(invocation: Invocation) -> Millis:
    """Return when START was written; without one, the first line that there is."""
    records = invocation.records
    found = next((r.event.timestamp for r in records if r.fact is Fact.START), None)
    if found is not None:
        return found
    return records[0].event.timestamp if records else invocation.start


def time_value(time: Millis) -> str | int:
    """Return a time as RFC 3339 has it; as a number outside of its years, which dates take too."""
    try:
        moment = _EPOCH + timedelta(milliseconds=time)
    except OverflowError:
        return time
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _digest(kind: str, *parts: str | int) -> str:
    text = "\0".join((f"slsloggrep.{kind}/{SCHEMA}", *map(str, parts)))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


def _identifiers(identifiers: Iterable[Identifier]) -> dict[str, Any]:
    """Return the values that join: all of them, and those of traces and of transactions."""
    found = tuple(identifiers)
    if not found:
        return {}
    return {
        "trace_id": _values(i.value for i in found if i.kind in TRACE_KINDS),
        "transaction_id": _values(i.value for i in found if i.kind in _TRANSACTION_KINDS),
        "identifiers": _values(i.value for i in found),
    }


def _values(values: Iterable[str]) -> list[str] | str | None:
    found = list(dict.fromkeys(values))
    if len(found) == 1:
        return found[0]
    return found or None


def _cost(invocation: Invocation, price: Price | None) -> tuple[float | None, float | None]:
    """Return GB-seconds and dollars, where what is billed and the size are known."""
    if invocation.billed_ms is None or invocation.memory_mb is None:
        return None, None
    used = invocation.billed_ms / 1000 * invocation.memory_mb / 1024
    return used, None if price is None else used * price.gb_second + price.request


def _present(body: dict[str, Any]) -> dict[str, Any]:
    """Return what is there: not None, not empty but for the message, and a number that JSON has."""
    return {
        key: value
        for key, value in body.items()
        if value is not None
        and (value != "" or key == "message")
        and not (isinstance(value, float) and not math.isfinite(value))
    }
