"""Rows for programs: what people read as runs and logs, as tables of the output contract's names.

Every invocation and every record of a report once, whatever an outline's limits show of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from slsloggrep.harmless import json_text
from slsloggrep.model import Invocation, Member, Record, Report
from slsloggrep.model.outlines import Cell, Column, Table
from slsloggrep.outline.cells import iso


def build_rows(report: Report) -> tuple[Table, ...]:
    """Return a table of all invocations and one of all records; none that is empty."""
    members = list(_members(report))
    records = list(_records(report, [member for member, _ in members]))
    tables = []
    if members:
        columns = tuple(Column(key, key, key in _NUMERIC) for key in _INVOCATION)
        rows = tuple(_row(member, transaction) for member, transaction in members)
        tables.append(Table(name="invocations", columns=columns, rows=rows))
    if records:
        columns = tuple(Column(key, key) for key in _RECORD)
        rows = tuple(_record(*found) for found in records)
        tables.append(Table(name="records", columns=columns, rows=rows))
    return tuple(tables)


_Place = Member | Invocation


def _members(report: Report) -> Iterator[tuple[_Place, str]]:
    """Yield every invocation once, with the transaction that it is part of."""
    seen: set[tuple[object, ...]] = set()
    transactions = [*report.transactions]
    transactions += [r.transaction for r in report.crash_reports if r.transaction is not None]
    for transaction in transactions:
        for member in transaction.members:
            if member.invocation.order not in seen:
                seen.add(member.invocation.order)
                yield member, transaction.id
    for invocation in _alone(report):
        if invocation.order not in seen:
            seen.add(invocation.order)
            yield invocation, ""


def _alone(report: Report) -> Iterator[Invocation]:
    for crash_report in report.crash_reports:
        if crash_report.crash.invocation is not None:
            yield crash_report.crash.invocation
        yield from crash_report.attempts
        yield from crash_report.earlier
    for crash in report.crashes:
        if crash.invocation is not None:
            yield crash.invocation


def _records(
    report: Report, places: list[_Place]
) -> Iterator[tuple[Record, str, str | None, bool | None]]:
    """Yield records with their function, their request, and whether they mention the ID."""
    for place in places:
        invocation = place.invocation if isinstance(place, Member) else place
        mentions = place.mentions if isinstance(place, Member) else None
        for index, record in enumerate(invocation.records):
            mentioned = None if mentions is None else index in mentions
            request = record.request_id or invocation.request_id
            yield record, invocation.function, request, mentioned
    for transaction in report.transactions:
        for index, record in enumerate(transaction.unattributed):
            mentioned = index in transaction.unattributed_mentions
            yield record, record.function or "", record.request_id, mentioned
    for record in report.records:
        yield record, record.function or "", record.request_id, None


_INVOCATION = (
    *("transaction", "function", "request_id", "attempt", "log_group", "log_stream", "start"),
    *("end", "duration_ms", "billed_ms", "init_ms", "memory_mb", "max_memory_mb", "cold_start"),
    *("status", "error_type", "error_message", "response", "version", "joined_by"),
)
_NUMERIC = frozenset(
    {"attempt", "duration_ms", "billed_ms", "init_ms", "memory_mb", "max_memory_mb"}
)
_RECORD = (
    *("timestamp", "function", "request_id", "level", "message", "mentions"),
    *("log_group", "log_stream", "id"),
)


def _row(place: _Place, transaction: str) -> tuple[Cell, ...]:
    member = place if isinstance(place, Member) else None
    invocation = place.invocation if isinstance(place, Member) else place
    joined = [] if member is None else [evidence.identifier.value for evidence in member.joined_by]
    values: tuple[str | float | bool | None, ...] = (
        transaction or None,
        invocation.function or None,
        invocation.request_id,
        member.attempt if member is not None else None,
        invocation.log_group or None,
        invocation.log_stream or None,
        iso(invocation.start),
        iso(invocation.end),
        invocation.duration_ms,
        invocation.billed_ms,
        invocation.init_ms,
        invocation.memory_mb,
        invocation.max_memory_mb,
        invocation.cold_start,
        invocation.status.value,
        invocation.error_type,
        invocation.error_message,
        json_text(invocation.response) if invocation.states_response else None,
        invocation.version,
        " ".join(joined) or None,
    )
    return tuple(map(_cell, values))


def _record(
    record: Record, function: str, request: str | None, mentions: bool | None
) -> tuple[Cell, ...]:
    event = record.event
    values: tuple[str | float | bool | None, ...] = (
        iso(event.timestamp),
        function or None,
        request,
        record.level.name if record.level is not None else None,
        event.message.rstrip("\r\n"),
        mentions,
        event.log_group or None,
        event.log_stream or None,
        event.event_id or None,
    )
    return tuple(map(_cell, values))


def _cell(value: str | float | bool | None) -> Cell:
    return Cell("" if value is None else str(value), value)
