"""A transaction as a document, by the output contract: `slsloggrep.trace/1`.

Every promised field is there in every document, null where it is absent. How documents become
text is `slsloggrep.export.json`'s affair.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.events import event_document
from slsloggrep.export.values import level_value, number_value, text_value, time_value
from slsloggrep.model import Coverage, Evidence, Invocation, Member, Record, Transaction

TRACE_SCHEMA = "slsloggrep.trace/1"


def trace_document(transaction: Transaction, coverage: Sequence[Coverage]) -> dict[str, Any]:
    """Return `{schema, coverage, transaction: {..., invocations: [...], unattributed: [...]}}`.

    Invocations stand in order of their start. `response` is any JSON value: whether one was
    stated at all is in `states_response`, since a response of null is a response.
    """
    return {
        "schema": TRACE_SCHEMA,
        "coverage": coverage_document(coverage),
        "transaction": transaction_document(transaction),
    }


def transaction_document(transaction: Transaction) -> dict[str, Any]:
    """Return a transaction whole: what it is, its invocations, and what belongs to none."""
    return {
        **_head(transaction),
        "invocations": [_invocation(member) for member in transaction.members],
        "unattributed": _unattributed(transaction),
    }


def trace_lines(transaction: Transaction, coverage: Sequence[Coverage]) -> Iterator[dict[str, Any]]:
    """Yield a trace as documents of one line each, for `-o ndjson`.

    First `{"schema", "transaction": {...}}` with all but the invocations; then a line for each
    invocation, `{"invocation": {...}}`, in order of start; last `{"coverage": {...}}`, without
    which the output is cut off.
    """
    head = {**_head(transaction), "unattributed": _unattributed(transaction)}
    yield {"schema": TRACE_SCHEMA, "transaction": head}
    for member in transaction.members:
        yield {"invocation": _invocation(member)}
    yield {"coverage": coverage_document(coverage)}


def _head(transaction: Transaction) -> dict[str, Any]:
    start, end = transaction.start, transaction.end
    return {
        "id": transaction.id,
        "start": time_value(start),
        "end": time_value(end),
        "duration_ms": end - start if start is not None and end is not None else None,
        "status": transaction.status.value,
        "identifiers": [{"kind": i.kind.value, "value": i.value} for i in transaction.identifiers],
        "hops_cut": transaction.hops_cut,
    }


def invocation_figures(invocation: Invocation) -> dict[str, Any]:
    """Return what is known of an invocation but for its function, its request and its events."""
    return {
        "log_group": text_value(invocation.log_group),
        "log_stream": text_value(invocation.log_stream),
        "start": time_value(invocation.start),
        "end": time_value(invocation.end),
        "duration_ms": number_value(invocation.duration_ms),
        "billed_ms": number_value(invocation.billed_ms),
        "init_ms": number_value(invocation.init_ms),
        "restore_ms": number_value(invocation.restore_ms),
        "memory_mb": number_value(invocation.memory_mb),
        "max_memory_mb": number_value(invocation.max_memory_mb),
        "timeout_s": number_value(invocation.timeout_s),
        "cold_start": invocation.cold_start,
        "status": invocation.status.value,
        "error_type": invocation.error_type,
        "error_message": invocation.error_message,
        "response": invocation.response if invocation.states_response else None,
        "states_response": invocation.states_response,
        "produced_bytes": invocation.produced_bytes,
        "version": invocation.version,
        "complete": invocation.complete,
    }


def _invocation(member: Member) -> dict[str, Any]:
    invocation = member.invocation
    return {
        "function": text_value(invocation.function),
        "request_id": text_value(invocation.request_id),
        "attempt": member.attempt,
        **invocation_figures(invocation),
        "batch": member.batch,
        "joined_by": [_evidence(evidence) for evidence in member.joined_by],
        "events": [
            _event(record, mentions=index in member.mentions)
            for index, record in enumerate(invocation.records)
        ],
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "kind": evidence.identifier.kind.value,
        "value": evidence.identifier.value,
        "event_id": text_value(evidence.event.event_id),
        "field": text_value(evidence.field),
    }


def _event(record: Record, *, mentions: bool) -> dict[str, Any]:
    return {
        "id": text_value(record.event.event_id),
        "timestamp": time_value(record.event.timestamp),
        "level": level_value(record.level),
        "message": record.event.message,
        "mentions": mentions,
    }


def _unattributed(transaction: Transaction) -> list[dict[str, Any]]:
    mentions = transaction.unattributed_mentions
    return [
        {**event_document(record), "mentions": index in mentions, "run": _run(record)}
        for index, record in enumerate(transaction.unattributed)
    ]


def _run(record: Record) -> dict[str, Any] | None:
    """Return what another service's record is a line of: an API request, an execution."""
    run = record.run
    return {"kind": run.kind.value, "value": run.value} if run else None
