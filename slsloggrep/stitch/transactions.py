"""Joins invocations into the transaction that an identifier names, with the evidence for each.

A transaction takes in every invocation whose records mention the identifier as a whole token,
every attempt of their requests, and then whoever reveals the same trace ID as a member does, to a
fixed point. An invocation that serves several transactions at once (a batch) belongs to each, but
its own trace ID is not followed: that would weld strangers together.

What other services did for the transaction (an API Gateway request, an execution of a state
machine) is no invocation, but leads to some, and is shown with it: which of it takes part,
`slsloggrep.stitch.involvement` tells. An API request's ID in a function's own log leads to the API
request, and from there to whoever shows it; without the gateway's word that it was used but once,
it joins nothing, since clients may choose it.

Pulling more events for what turns out to be missing is `slsloggrep.investigate`'s work; for that,
an `Assembly` tells which identifiers it would follow. What a batch is, `slsloggrep.stitch.batches`
knows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
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
from slsloggrep.stitch.batches import serves_several, shape_of
from slsloggrep.stitch.fields import field_of
from slsloggrep.stitch.invocations import Stitched
from slsloggrep.stitch.involvement import Involvement, Requests
from slsloggrep.stitch.marks import RUN_KINDS, leading, mark_key, marks_of

_BRIDGING_KINDS = TRACE_KINDS | {IdKind.REQUEST_ID, IdKind.EXECUTION_ARN}
"""What a record outside of any invocation and any run (a dead letter) leads on by."""

_DURABLE = "/durable-execution/"


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
    joining = _Joining(subject, stitched, traced=max_hops > 0)
    joining.take_mentions()
    hops = 0
    while True:
        joining.take_closest()
        reachable = joining.reachable()
        if not reachable:
            break
        if hops == max_hops:
            break
        hops += 1
        joining.take(reachable)
    return joining.result(hops_cut=bool(reachable))


class _Reachable(NamedTuple):
    """What one more hop brings in."""

    invocations: dict[int, Evidence]
    runs: tuple[int, ...]

    def __bool__(self) -> bool:
        return bool(self.invocations or self.runs)


class _Joining:
    """The members of one transaction as they are found, and why each is one."""

    def __init__(self, subject: Subject, stitched: Stitched, *, traced: bool) -> None:
        self._subject = subject
        self._stitched = stitched
        self._traced = traced
        """Whether trace IDs are followed at all."""
        self._shape = shape_of(subject)
        self._runs = Involvement(stitched.unattributed, subject, self._shape)
        self._by_request: dict[str, list[int]] = {}
        self._by_mark: dict[tuple[str, str], list[tuple[int, Identifier, Event]]] = {}
        self._marks: list[tuple[Identifier, ...]] = []
        self._evidence: dict[int, list[Evidence]] = {}
        self._mentions: dict[int, frozenset[int]] = {}
        self._batches: dict[int, bool] = {}
        self._strays: list[Record] = []
        self._leads: dict[Identifier, Event] = {}
        """What the strays that are of no run lead on by, and the event of the stray."""
        for index, invocation in enumerate(stitched.invocations):
            if invocation.request_id:
                self._by_request.setdefault(invocation.request_id, []).append(index)
            marks = marks_of(invocation.records)
            self._marks.append(leading(marks))
            for identifier, event in marks.items():
                self._by_mark.setdefault(mark_key(identifier), []).append(
                    (index, identifier, event)
                )

    def take_mentions(self) -> None:
        """Take in whoever mentions the subject itself, and whom a lone record leads to."""
        for index, invocation in enumerate(self._stitched.invocations):
            mentioned = frozenset(
                position
                for position, record in enumerate(invocation.records)
                if mentions(record, self._subject)
            )
            if mentioned:
                self._mentions[index] = mentioned
                self._join(index, self._mention_in(invocation.records[min(mentioned)]))
        for position, record in enumerate(self._stitched.unattributed):
            if mentions(record, self._subject):
                self._strays.append(record)
                if not self._runs.mention(position):
                    for identifier in self._bridges(record):
                        self._leads.setdefault(identifier, record.event)
        for identifier, event in self._all_leads().items():
            if identifier.kind is IdKind.REQUEST_ID:
                for index in self._by_request.get(identifier.value, ()):
                    self._join(index, Evidence(identifier, event))

    def take_closest(self) -> None:
        """Take in every other attempt of the members' requests, and the runs beside members."""
        for index in list(self._evidence):
            request_id = self._invocation(index).request_id
            for other in self._by_request.get(request_id or "", ()):
                if other not in self._evidence and request_id:
                    event = _first_naming(self._invocation(other), request_id)
                    self._join(other, Evidence(Identifier(IdKind.REQUEST_ID, request_id), event))
        members = self._of_members(traced=self._traced)
        self._runs.take(self._runs.beside(members, self._requests()))

    def reachable(self) -> _Reachable:
        """Return who is no member yet, but is named or reveals what members and runs reveal."""
        found: dict[int, Evidence] = {}
        leads = self._all_leads()
        members = self._of_members(traced=True)
        for identifier in dict.fromkeys((*members, *self._runs.names, *leads)):
            if identifier.kind is IdKind.REQUEST_ID:
                if identifier in leads:
                    for other in self._by_request.get(identifier.value, ()):
                        if other not in self._evidence:
                            found.setdefault(other, Evidence(identifier, leads[identifier]))
            elif self._joins_by(identifier, leads):
                for other, revealed, event in self._by_mark.get(identifier.join_key, ()):
                    if other not in self._evidence:
                        found.setdefault(other, Evidence(revealed, event))
        requests = self._requests()
        runs = (*self._runs.beside(members, requests), *self._runs.beyond(requests))
        return _Reachable(found, runs)

    def take(self, found: _Reachable) -> None:
        """Take in what was reachable."""
        for index, evidence in found.invocations.items():
            self._join(index, evidence)
        self._runs.take(found.runs)

    def _joins_by(self, identifier: Identifier, leads: Collection[Identifier]) -> bool:
        """Tell whether invocations that reveal the same as a member or a run belong together.

        An execution may serve many transactions, and all of its functions may log its ARN; a
        durable execution's ARN is that of one function's one run. An API request's ID is a
        client's to choose: only an API request itself leads by it.
        """
        if identifier.kind is IdKind.EXECUTION_ARN:
            return _DURABLE in identifier.value or self._runs.is_whole(identifier, self._requests())
        return identifier.kind in TRACE_KINDS or identifier in leads

    def _requests(self) -> Requests:
        """Return the members' requests."""
        requests: dict[Identifier, bool] = {}
        for index in self._evidence:
            request_id = self._invocation(index).request_id
            if request_id:
                identifier = Identifier(IdKind.REQUEST_ID, request_id)
                requests[identifier] = requests.get(identifier, False) or self._is_batch(index)
        batches = frozenset(identifier for identifier, batch in requests.items() if batch)
        return Requests(frozenset(requests), batches)

    def _all_leads(self) -> dict[Identifier, Event]:
        return self._leads | self._runs.leads(self._requests())

    def _of_members(self, *, traced: bool) -> tuple[Identifier, ...]:
        """Return what the members lead on by: their request IDs, and if no batch what they reveal.

        `traced`: not only their request IDs.
        """
        found: dict[Identifier, None] = {}
        for index in sorted(self._evidence):
            request_id = self._invocation(index).request_id
            if request_id:
                found[Identifier(IdKind.REQUEST_ID, request_id)] = None
            if traced and not self._is_batch(index):
                found.update(dict.fromkeys(self._marks[index]))
        return tuple(found)

    def result(self, *, hops_cut: bool) -> Assembly:
        """Return the transaction with its members in order."""
        attempts = self._attempts()
        members = tuple(
            Member(
                invocation=self._invocation(index),
                attempt=attempts[index],
                joined_by=tuple(self._evidence[index]),
                mentions=self._mentions.get(index, frozenset()),
                batch=self._is_batch(index),
            )
            for index in sorted(self._evidence)
        )
        followed = self._followed()
        names = self._runs.names
        shown = dict.fromkeys(e.identifier for m in members for e in m.joined_by)
        shown.update(dict.fromkeys(i for i in followed if i.kind in TRACE_KINDS))
        shown.update(dict.fromkeys(names))
        own = [i for i in shown if i.join_key in _keys(self._subject.identifiers)]
        rest = [i for i in shown if i not in own and i.kind is not IdKind.REQUEST_ID]
        identifiers = _unique([*(own or [_as_typed(self._subject)]), *rest])
        lone = tuple(self._lone((*followed, *names), members))
        strays = {id(record) for record in self._strays}
        transaction = Transaction(
            id=self._subject.text,
            identifiers=identifiers,
            members=members,
            unattributed=lone,
            unattributed_mentions=frozenset(
                index for index, record in enumerate(lone) if id(record) in strays
            ),
            hops_cut=hops_cut,
        )
        return Assembly(transaction, followed)

    def _lone(self, followed: Iterable[Identifier], members: Sequence[Member]) -> list[Record]:
        """Return the records of no invocation that belong here all the same.

        They mention the subject, or are lines of a run that takes part, or name what members
        reveal. The last (a dead letter) lead no further: they are too far from what was asked for.
        Where several invocations share an environment, the lines without a request ID that came
        while a member ran may be the member's, and may be another's.
        """
        running: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for member in members:
            ran = member.invocation
            if ran.log_stream:
                place = (ran.log_group, ran.log_stream)
                running.setdefault(place, []).append((ran.start, ran.end))
        keys = {i.join_key for i in followed if self._traced or i.kind is IdKind.REQUEST_ID}
        of_runs = self._runs.shown(self._requests())
        strays = {id(record) for record in self._strays}
        return [
            record
            for position, record in enumerate(self._stitched.unattributed)
            if id(record) in strays
            or position in of_runs
            or any(
                identifier.join_key in keys
                for identifier in record.identifiers
                # A run's line names its run: whether it is shown was said already.
                if identifier.kind not in RUN_KINDS or not self._runs.of_run(position)
            )
            or (
                record.request_id is None
                and any(
                    start <= record.event.timestamp <= end
                    for start, end in running.get(
                        (record.event.log_group, record.event.log_stream), ()
                    )
                )
            )
        ]

    def _mention_in(self, record: Record) -> Evidence:
        found = _found_as(self._subject, record)
        return Evidence(found, record.event, field_of(record, self._subject))

    def _invocation(self, index: int) -> Invocation:
        return self._stitched.invocations[index]

    def _join(self, index: int, evidence: Evidence) -> None:
        known = self._evidence.setdefault(index, [])
        if all(evidence.identifier.join_key != other.identifier.join_key for other in known):
            known.append(evidence)

    def _followed(self) -> tuple[Identifier, ...]:
        """Return all by which more may be found, the runs that take part included."""
        leads = (i for i in self._all_leads() if i.kind is not IdKind.API_REQUEST_ID)
        followed = (*self._of_members(traced=True), *leads, *self._runs.callings)
        return tuple(dict.fromkeys(followed))

    def _is_batch(self, index: int) -> bool:
        known = self._batches.get(index)
        if known is None:
            known = serves_several(self._invocation(index).records, self._subject, self._shape)
            self._batches[index] = known
        return known

    def _bridges(self, record: Record) -> list[Identifier]:
        """Return what a lone record leads on by, unless it speaks of several transactions."""
        bridges = [i for i in record.identifiers if i.kind in _BRIDGING_KINDS]
        traces = {i.join_key for i in bridges if i.kind in TRACE_KINDS}
        if len(traces) > 1 or serves_several([record], self._subject, self._shape):
            return []
        return bridges

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


def _first_naming(invocation: Invocation, request_id: str) -> Event:
    for record in invocation.records:
        if record.request_id == request_id:
            return record.event
    return invocation.records[0].event


def _found_as(subject: Subject, record: Record) -> Identifier:
    """Return the identifier as the record shows it: by its key's kind, else as plain text."""
    keys = _keys(subject.identifiers)
    values = {identifier.value for identifier in subject.identifiers}
    if subject.folded:
        values = {value.lower() for value in values}
    for identifier in record.identifiers:
        value = identifier.value.lower() if subject.folded else identifier.value
        if identifier.join_key in keys or value in values:
            return identifier
    return _as_typed(subject)


def _as_typed(subject: Subject) -> Identifier:
    first = subject.identifiers[0]
    if first.kind in TRACE_KINDS:
        return first
    return Identifier(IdKind.TEXT, subject.identifiers[-1].value)


def _keys(identifiers: Sequence[Identifier]) -> set[tuple[str, str]]:
    return {identifier.join_key for identifier in identifiers}


def _unique(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """Return each identifier once, in the first of its spellings."""
    found: dict[tuple[str, str], Identifier] = {}
    for identifier in identifiers:
        found.setdefault(identifier.join_key, identifier)
    return tuple(found.values())
