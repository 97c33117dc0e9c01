"""Events as documents: the lines of `grep -o ndjson` and the list of `grep -o json`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.values import level_value, text_value, time_value
from slsloggrep.model import Coverage, Invocation, Record

GREP_SCHEMA = "slsloggrep.grep/1"


def event_document(
    record: Record, *, function: str | None = None, request_id: str | None = None
) -> dict[str, Any]:
    """Return one event as `grep` and `tail` promise it, nine fields, null where absent.

    `{timestamp, source, log_group, log_stream, function, request_id, level, message, id}`;
    `message` is the event's message as stored. `function` and `request_id` are what the caller
    knows (from the invocation or the log group) where the record itself does not say.
    """
    event = record.event
    return {
        "timestamp": time_value(event.timestamp),
        "source": text_value(event.source),
        "log_group": text_value(event.log_group),
        "log_stream": text_value(event.log_stream),
        "function": text_value(record.function or function),
        "request_id": text_value(record.request_id or request_id),
        "level": level_value(record.level),
        "message": event.message,
        "id": text_value(event.event_id),
    }


def invocation_events(invocation: Invocation) -> list[dict[str, Any]]:
    """Return the events of an invocation, which knows function and request where they do not."""
    return [
        event_document(record, function=invocation.function, request_id=invocation.request_id)
        for record in invocation.records
    ]


def grep_document(events: Iterable[dict[str, Any]], coverage: Sequence[Coverage]) -> dict[str, Any]:
    """Return `{schema: "slsloggrep.grep/1", coverage, events: [...]}` of event documents."""
    return {
        "schema": GREP_SCHEMA,
        "coverage": coverage_document(coverage),
        "events": list(events),
    }
