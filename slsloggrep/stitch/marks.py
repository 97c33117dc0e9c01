"""What an invocation reveals, beside its request ID, that leads to others: traces and runs.

A function logs the ID of the API request that it serves under many names, its own request ID's
among them; which of them is one, only the gateway's lines tell (`slsloggrep.stitch.services`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from slsloggrep.model import TRACE_KINDS, Event, Identifier, IdKind, Record

RUN_KINDS = frozenset({IdKind.API_REQUEST_ID, IdKind.EXECUTION_ARN})
"""What names the run of another service."""

_MARKS = TRACE_KINDS | RUN_KINDS

_API_WORDS = frozenset({IdKind.API_REQUEST_ID, IdKind.CORRELATION_ID, IdKind.REQUEST_ID})
"""As what functions log the ID of the API request that they serve."""

_EXTENDED = re.compile(r"[A-Za-z0-9_+/-]{8,32}=")
"""API Gateway's own kind of ID, which clients do not choose: `JKJaXmPLvHcESHA=`."""


def marks_of(records: Iterable[Record]) -> dict[Identifier, Event]:
    """Return what records reveal that leads on, or may be an API request's ID; and where first."""
    found: dict[Identifier, Event] = {}
    for record in records:
        for identifier in record.identifiers:
            if identifier.kind in _MARKS or identifier.kind in _API_WORDS:
                found.setdefault(identifier, record.event)
    api_ids = [i for i in found if i.kind is IdKind.API_REQUEST_ID]
    if len({_EXTENDED.fullmatch(i.value) is None for i in api_ids}) < len(api_ids):
        # Of several API requests: it calls APIs, or ships their logs.
        return {i: event for i, event in found.items() if i.kind not in _API_WORDS}
    return found


def leading(marks: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """Return what of the marks leads on; of an API request's two IDs one is enough."""
    found = [i for i in marks if i.kind in TRACE_KINDS or i.kind is IdKind.EXECUTION_ARN]
    api_ids = [
        i.value
        for i in marks
        if i.kind is IdKind.API_REQUEST_ID
        or (i.kind is IdKind.CORRELATION_ID and _EXTENDED.fullmatch(i.value))
    ]
    # The extended one is in fewer lines.
    api_ids.sort(key=lambda value: _EXTENDED.fullmatch(value) is not None)
    found += [Identifier(IdKind.API_REQUEST_ID, value) for value in api_ids[:1]]
    return tuple(found)


def mark_key(identifier: Identifier) -> tuple[str, str]:
    """Return what marks share that may mean the same: under any name, an API request's ID."""
    if identifier.kind in _API_WORDS:
        return IdKind.API_REQUEST_ID.value, identifier.value
    return identifier.join_key
