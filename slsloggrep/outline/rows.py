"""Rows for programs: what people read as runs and logs, as tables of the output contract's names.

Every invocation and every record of a report once, whatever an outline's limits show of them. Cells
have values alone: nobody reads them here.
"""

from __future__ import annotations

from collections.abc import Iterator

from slsloggrep.harmless import json_text
from slsloggrep.model import Invocation, Member, Record, Report, Transaction
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
        make = _RecordRows()
        rows = tuple(make.row(*found) for found in records)
        tables.append(Table(name="records", columns=columns, rows=rows))
    return tuple(tables)


_Place = Member | Invocation


def _members(report: Report) -> Iterator[tuple[_Place, str]]:
    """Yield every invocation once, with the transaction that it is part of."""
    seen: set[tuple[object, ...]] = set()
    for transaction in _transactions(report):
        for member in transaction.members:
            if member.invocation.order not in seen:
                seen.add(member.invocation.order)
                yield member, transaction.id
    for invocation in _alone(report):
        if invocation.order not in seen:
            seen.add(invocation.order)
            yield invocation, ""


def _transactions(report: Report) -> Iterator[Transaction]:
    yield from report.transactions
    for crash_report in report.crash_reports:
        if crash_report.transaction is not None:
            yield crash_report.transaction


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
    for transaction in _transactions(report):
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
    response = json_text(invocation.response) if invocation.states_response else None
    return (
        _cell(transaction),
        _cell(invocation.function),
        _cell(invocation.request_id),
        _cell(member.attempt if member is not None else None),
        _cell(invocation.log_group),
        _cell(invocation.log_stream),
        _cell(iso(invocation.start)),
        _cell(iso(invocation.end)),
        _cell(invocation.duration_ms),
        _cell(invocation.billed_ms),
        _cell(invocation.init_ms),
        _cell(invocation.memory_mb),
        _cell(invocation.max_memory_mb),
        Cell("", invocation.cold_start),
        _cell(invocation.status.value),
        _cell(invocation.error_type),
        _cell(invocation.error_message),
        _cell(response),
        _cell(invocation.version),
        _cell(" ".join(joined)),
    )


class _RecordRows:
    """Makes rows of records, in which equal words share a cell: there may be very many of them."""

    def __init__(self) -> None:
        self._known: dict[str | None, Cell] = {}

    def row(
        self, record: Record, function: str, request: str | None, mentions: bool | None
    ) -> tuple[Cell, ...]:
        event = record.event
        return (
            Cell("", iso(event.timestamp)),
            self._shared(function),
            self._shared(request),
            self._shared(record.level.name if record.level is not None else None),
            Cell("", event.message.rstrip("\r\n")),
            _ABSENT if mentions is None else _YES if mentions else _NO,
            self._shared(event.log_group),
            self._shared(event.log_stream),
            _cell(event.event_id),
        )

    def _shared(self, word: str | None) -> Cell:
        cell = self._known.get(word)
        if cell is None:
            cell = self._known[word] = _cell(word)
        return cell


def _cell(value: str | float | None) -> Cell:
    return _ABSENT if value is None or value == "" else Cell("", value)


_ABSENT = Cell("")
_YES = Cell("", value=True)
_NO = Cell("", value=False)
