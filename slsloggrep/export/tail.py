"""What `tail` shows as documents: the events of `grep`, with how late each of them came."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.events import event_document, invocation_events
from slsloggrep.model import Coverage, Invocation, Millis, Record

TAIL_SCHEMA = "slsloggrep.tail/1"


def line_document(
    record: Record, *, function: str | None, request_id: str | None, late: Millis | None
) -> dict[str, Any]:
    """Return one event as `grep` promises it, and `late_ms`: so much further up it belongs.

    `late_ms` is null where it comes in order. `function` and `request_id` are what is known of it
    where the record itself does not say.
    """
    document = event_document(record, function=function, request_id=request_id)
    return {**document, "late_ms": late}


def invocation_documents(invocation: Invocation) -> list[dict[str, Any]]:
    """Return the events of an invocation, in order."""
    return [{**document, "late_ms": None} for document in invocation_events(invocation)]


def tail_document(events: Iterable[dict[str, Any]], coverage: Sequence[Coverage]) -> dict[str, Any]:
    """Return `{schema: "slsloggrep.tail/1", coverage, events: [...]}` of event documents."""
    return {
        "schema": TAIL_SCHEMA,
        "coverage": coverage_document(coverage),
        "events": list(events),
    }
