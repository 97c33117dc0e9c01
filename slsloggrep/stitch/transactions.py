"""Joins invocations into the transaction that an identifier names, with the evidence for each.

A transaction takes in every invocation whose records mention the identifier as a whole token,
every attempt of their requests, and then whoever reveals the same trace ID as a member does, to a
fixed point. An invocation that serves several transactions at once (a batch) belongs to each, but
its own trace ID is not followed: that would weld strangers together.

Pulling more events for what turns out to be missing is `slsloggrep.investigate`'s work; for that,
an `Assembly` tells which identifiers it would follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from slsloggrep.model import (
    TRACE_KINDS,
    Event,
    Evidence,
    Identifier,
    IdKind,
    Invocation,
    Member,
    Record,
    Transaction,
)
from slsloggrep.parse import Subject, mentions
from slsloggrep.stitch.invocations import Stitched

_BRIDGING_KINDS = TRACE_KINDS | {IdKind.REQUEST_ID}
"""What a record outside of any invocation (an API Gateway line, a dead letter) leads on by."""

_SIBLING_KINDS = (IdKind.MESSAGE_ID, IdKind.CORRELATION_ID, IdKind.KEY, IdKind.EXECUTION_ARN)
"""Two different values of one of these in one invocation: it serves several transactions."""

_OPAQUE = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{27}|[0-9A-Fa-f]{16,}|1-[0-9a-f]{8}-[0-9a-f]{24}")


class Assembly(NamedTuple):
    """A transaction as far as the events at hand tell it."""

    transaction: Transaction
    follow: tuple[Identifier, ...]
    """Request IDs and trace IDs by which more members may be found, in order of finding."""


def assemble(subject: Subject, stitched: Stitched, *, max_hops: int) -> Assembly:
    """Return the transaction that the subject names among stitched invocations.

    `max_hops` bounds how many times a trace ID is followed from members to further members; 0
    keeps to those that mention the subject and the attempts of their requests.
    """
    joining = _Joining(subject, stitched)
    joining.take_mentions()
    hops = 0
    while True:
        joining.take_attempts()
        reachable = joining.reachable()
        if not reachable:
            break
        if hops == max_hops:
            break
        hops += 1
        joining.take(reachable)
    return joining.result(hops_cut=bool(reachable))


class _Joining:
    def __init__(self, subject: Subject, stitched: Stitched) -> None:
        self._subject = subject
        self._stitched = stitched
        self._by_request: dict[str, list[int]] = {}
        self._by_trace: dict[tuple[str, str], list[tuple[int, Identifier, Event]]] = {}
        self._evidence: dict[int, list[Evidence]] = {}
        self._mentions: dict[int, frozenset[int]] = {}
        self._batches: dict[int, bool] = {}
        self._strays: list[Record] = []
        self._shape = _shape_of(subject)
        for index, invocation in enumerate(stitched.invocations):
            if invocation.request_id:
                self._by_request.setdefault(invocation.request_id, []).append(index)
            for identifier, event in _traces(invocation.records):
                self._by_trace.setdefault(identifier.join_key, []).append(
                    (index, identifier, event)
                )

    def take_mentions(self) -> None:
        """Take in whoever mentions the subject itself."""
        for index, invocation in enumerate(self._stitched.invocations):
            mentioned = frozenset(
                position
                for position, record in enumerate(invocation.records)
                if mentions(record, self._subject)
            )
            if mentioned:
                first = invocation.records[min(mentioned)]
                self._mentions[index] = mentioned
                self._join(index, Evidence(_found_as(self._subject, first), first.event))
        self._strays = [r for r in self._stitched.unattributed if mentions(r, self._subject)]
        for stray in self._strays:
            for identifier in _bridges(stray):
                if identifier.kind is IdKind.REQUEST_ID:
                    for index in self._by_request.get(identifier.value, ()):
                        self._join(index, Evidence(identifier, stray.event))

    def take_attempts(self) -> None:
        """Take in every other attempt of the members' requests."""
        for index in list(self._evidence):
            request_id = self._invocation(index).request_id
            for other in self._by_request.get(request_id or "", ()):
                if other not in self._evidence and request_id:
                    event = _first_naming(self._invocation(other), request_id)
                    self._join(other, Evidence(Identifier(IdKind.REQUEST_ID, request_id), event))

    def reachable(self) -> dict[int, Evidence]:
        """Return the invocations, not yet members, that reveal a trace ID that a member reveals."""
        found: dict[int, Evidence] = {}
        for identifier in self._followed():
            if identifier.kind in TRACE_KINDS:
                for other, revealed, event in self._by_trace.get(identifier.join_key, ()):
                    if other not in self._evidence:
                        found.setdefault(other, Evidence(revealed, event))
        return found

    def take(self, found: dict[int, Evidence]) -> None:
        """Take in what was reachable."""
        for index, evidence in found.items():
            self._join(index, evidence)

    def result(self, *, hops_cut: bool) -> Assembly:
        """Return the transaction with its members in order."""
        indices = sorted(self._evidence)
        attempts = self._attempts()
        members = tuple(
            Member(
                invocation=self._invocation(index),
                attempt=attempts[index],
                joined_by=tuple(self._evidence[index]),
                mentions=self._mentions.get(index, frozenset()),
                batch=self._is_batch(index),
            )
            for index in indices
        )
        followed = self._followed()
        shown = dict.fromkeys(e.identifier for m in members for e in m.joined_by)
        shown.update(dict.fromkeys(i for i in followed if i.kind in TRACE_KINDS))
        own = [i for i in shown if i.join_key in _keys(self._subject.identifiers)]
        rest = [i for i in shown if i not in own and i.kind is not IdKind.REQUEST_ID]
        identifiers = _unique([*(own or _as_typed(self._subject)), *rest])
        transaction = Transaction(
            id=self._subject.text,
            identifiers=identifiers,
            members=members,
            unattributed=tuple(self._strays),
            hops_cut=hops_cut,
        )
        return Assembly(transaction, followed)

    def _invocation(self, index: int) -> Invocation:
        return self._stitched.invocations[index]

    def _join(self, index: int, evidence: Evidence) -> None:
        known = self._evidence.setdefault(index, [])
        if all(evidence.identifier != other.identifier for other in known):
            known.append(evidence)

    def _followed(self) -> tuple[Identifier, ...]:
        """Return what leads on from the members: their request IDs, and non-batches' trace IDs."""
        followed: dict[Identifier, None] = {}
        for index in sorted(self._evidence):
            invocation = self._invocation(index)
            if invocation.request_id:
                followed[Identifier(IdKind.REQUEST_ID, invocation.request_id)] = None
            if not self._is_batch(index):
                followed.update((identifier, None) for identifier, _ in _traces(invocation.records))
        for stray in self._strays:
            followed.update(dict.fromkeys(_bridges(stray)))
        return tuple(followed)

    def _is_batch(self, index: int) -> bool:
        known = self._batches.get(index)
        if known is None:
            known = self._batches[index] = self._serves_several(self._invocation(index))
        return known

    def _serves_several(self, invocation: Invocation) -> bool:
        values: dict[IdKind, set[str]] = {}
        for record in invocation.records:
            for identifier in record.identifiers:
                values.setdefault(identifier.kind, set()).add(identifier.value)
        if any(len(values.get(kind, ())) > 1 for kind in _SIBLING_KINDS):
            return True
        if self._shape is None:
            return False
        # Other values of the subject's own shape: orders beside this order.
        found = {
            match.group().lower()
            for record in invocation.records
            for match in self._shape.finditer(record.event.message)
        }
        return len(found | {self._subject.text.lower()}) > 1

    def _attempts(self) -> dict[int, int]:
        counts: dict[tuple[str, str], int] = {}
        attempts: dict[int, int] = {}
        for index, invocation in enumerate(self._stitched.invocations):
            if invocation.request_id is None:
                attempts[index] = 1
                continue
            key = (invocation.function, invocation.request_id)
            attempts[index] = counts[key] = counts.get(key, 0) + 1
        return attempts


def _traces(records: Iterable[Record]) -> list[tuple[Identifier, Event]]:
    found: dict[Identifier, Event] = {}
    for record in records:
        for identifier in record.identifiers:
            if identifier.kind in TRACE_KINDS:
                found.setdefault(identifier, record.event)
    return list(found.items())


def _bridges(record: Record) -> list[Identifier]:
    """Return what a lone record leads on by, unless it speaks of several transactions."""
    bridges = [i for i in record.identifiers if i.kind in _BRIDGING_KINDS]
    traces = {i.join_key for i in bridges if i.kind in TRACE_KINDS}
    return bridges if len(traces) <= 1 else []


def _first_naming(invocation: Invocation, request_id: str) -> Event:
    for record in invocation.records:
        if record.request_id == request_id:
            return record.event
    return invocation.records[0].event


def _found_as(subject: Subject, record: Record) -> Identifier:
    """Return the identifier as the record shows it: by its key's kind, else as plain text."""
    keys = _keys(subject.identifiers)
    for identifier in record.identifiers:
        if identifier.join_key in keys or identifier.value == subject.text:
            return identifier
    return _as_typed(subject)[0]


def _as_typed(subject: Subject) -> list[Identifier]:
    certain = [i for i in subject.identifiers if i.kind in TRACE_KINDS]
    return certain or [Identifier(IdKind.TEXT, subject.text)]


def _keys(identifiers: Sequence[Identifier]) -> set[tuple[str, str]]:
    return {identifier.join_key for identifier in identifiers}


def _unique(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    return tuple(dict.fromkeys(identifiers))


def _shape_of(subject: Subject) -> re.Pattern[str] | None:
    """Return a pattern for values that look like the subject but for their digits.

    None where the subject is opaque (UUIDs, hex, trace IDs): those are everywhere, and only the
    keys they stand under tell what they mean; or where it has no letters or no digits.
    """
    text = subject.text
    if _OPAQUE.fullmatch(text) or not re.search("[A-Za-z]", text) or not re.search("[0-9]", text):
        return None
    pieces = re.split("([0-9]+)", text)
    if any(len(piece) > 1 and i % 2 == 0 for i, piece in enumerate(pieces)) is False:
        return None
    shape = "".join("[0-9]+" if i % 2 else re.escape(piece) for i, piece in enumerate(pieces))
    return re.compile(rf"(?<![A-Za-z0-9_-]){shape}(?![A-Za-z0-9_-])", re.IGNORECASE)
