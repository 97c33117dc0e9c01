"""Measures indices: REPORTs become rows of figures, columns where documents have them as numbers.

What `slsloggrep ship` writes (`slsloggrep.ship.documents`) keeps beside the message of a REPORT
that states success what it states, in numbers of 64 bits. Such documents are asked for by columns,
and not for themselves: a server gives those in half the bytes and two thirds of the time, and
nothing has to be parsed. Each row is still told by group, stream, request and time, so that an
invocation that is read whole takes its place, and copies count once. Documents of invocations are
passed over: their REPORTs are there, too.

A composite aggregation would give the same rows, for a duration and its request are rarely shared,
and a server goes through all documents anew for each of its pages. What other shippers write has
numbers too (AWS's function and Logstash merge JSON into the document), but under mappings that were
guessed, as floats of 32 bits: 12.34 ms comes back as 12.34000015. Of those the message is measured,
by `slsloggrep.sources.cloudwatch.measuring`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import msgspec

from slsloggrep.decode.reports import read_end
from slsloggrep.decode.search_shapes import SHIPPED
from slsloggrep.model import Bound, Ends, Event, FigureBatch, Millis, Query, identities_of
from slsloggrep.sources.base import Purpose
from slsloggrep.sources.chosen import Meant
from slsloggrep.sources.cloudwatch.measuring import WORDS, Pairs, holds, measure_events
from slsloggrep.sources.cloudwatch.names import Spec
from slsloggrep.sources.opensearch.answers import Hit, Page
from slsloggrep.sources.opensearch.asking import Clause
from slsloggrep.sources.opensearch.hits import Read, Reader
from slsloggrep.sources.opensearch.indices import Choice
from slsloggrep.sources.opensearch.kinds import Kind, names_of, several
from slsloggrep.sources.opensearch.mapping import KEYWORDS
from slsloggrep.sources.opensearch.tasks import Plan, Task, plan_window

FIGURES = ("duration_ms", "billed_ms", "memory_mb", "max_memory_mb", "init_ms", "restore_ms")
"""What stands below `report` in the document of a REPORT that states success."""

_HOLDER = "report"
_PLACE = ("log_group", "log_stream", "request_id")
_TIME = "@timestamp"
_FACT = "fact"
_IS_EVENT = "slsloggrep.sequence"
_ENDS = ("start", "report")
"""The facts that bound an invocation, as `slsloggrep.model.Fact` spells them."""

_OTHERS: dict[Purpose, tuple[str, ...]] = {
    "figures": ("@duration", "record.metrics.durationMs"),
    "ends": (),
}
"""What REPORTs hold that Insights has put into fields, and somebody into an index."""


@dataclass
class Measures:
    """What is read so that a window is measured."""

    tasks: Plan = field(default_factory=Plan)
    columns: tuple[str, ...] = ()
    """The indices whose figures come as columns."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What is worth knowing."""
        found = list(dict.fromkeys(self.tasks.notes))
        if self.columns:
            what = several(self.columns)
            found.append(f"{what}: ends of invocations are read as columns, not as messages")
        return tuple(found)


def has_columns(kind: Kind, purpose: Purpose) -> bool:
    """Tell whether the documents of indices give what is measured in columns, to the last digit."""
    schema = kind.schema
    if kind.shape.name != SHIPPED or (kind.time_field, kind.time_unit) != (_TIME, "date"):
        return False
    keywords = _PLACE if purpose == "figures" else (*_PLACE, _FACT)
    return all(schema.kind(path) in KEYWORDS for path in keywords) and (
        purpose == "ends" or all(schema.kind(path) == "double" for path in _paths())
    )


def stated(purpose: Purpose) -> Clause:
    """Return what holds for the documents that have all columns; what lacks one is read."""
    has = [{"exists": {"field": path}} for path in (*_PLACE, _TIME, _IS_EVENT)]
    if purpose == "figures":
        return {"bool": {"filter": [*has, {"exists": {"field": f"{_HOLDER}.duration_ms"}}]}}
    return {"bool": {"filter": [*has, {"terms": {_FACT: list(_ENDS)}}]}}


def _of_other_facts(purpose: Purpose) -> Clause:
    """Return what holds for records of which it is known that they are no such end."""
    ends = list(_ENDS) if purpose == "ends" else ["report"]
    has: Clause = {"exists": {"field": _FACT}}
    return {"bool": {"filter": [has], "must_not": [{"terms": {_FACT: ends}}]}}


def plan_measures(
    query: Query,
    purpose: Purpose,
    choice: Choice,
    specs: Sequence[Spec],
    *,
    added_up: Sequence[Kind] = (),
) -> Measures:
    """Return what gives rows for a window, and events of all that has no row or needs a look.

    Rows are left out of what somebody adds up.
    """
    query = replace(query, spans=(), newest_first=False)
    words = (*WORDS[purpose], *_OTHERS[purpose])
    apart = [kind for kind in choice.kinds if has_columns(kind, purpose)]
    others = [kind for kind in choice.kinds if not has_columns(kind, purpose)]
    plan = Plan()
    if others:
        wide = replace(query, literals=(*query.literals, *words))
        _add(plan, plan_window(wide, replace(choice, kinds=others), specs))
    if not apart:
        return Measures(plan)
    here = replace(choice, kinds=apart)
    clause = stated(purpose)
    settled = {"bool": {"should": [clause, _of_other_facts(purpose)], "minimum_should_match": 1}}
    if query.literals:
        _add(plan, plan_window(query, here, specs))
    worded = plan_window(replace(query, literals=words), here, specs)
    plan.notes += worded.notes
    for task in worded.tasks:
        wider = None if task.wider is None else both(task.wider, unless=settled)
        plan.tasks.append(replace(task, clause=both(task.clause, unless=settled), wider=wider))
    rows = [kind for kind in apart if kind not in added_up]
    plan.tasks += plan_columns(query, purpose, replace(choice, kinds=rows), specs, clause)
    return Measures(plan, names_of(rows))


def plan_columns(
    query: Query, purpose: Purpose, choice: Choice, specs: Sequence[Spec], clause: Clause
) -> list[Task]:
    """Return the tasks that give columns of the documents in a window that a clause holds for."""
    tasks = []
    for task in plan_window(replace(query, literals=()), choice, specs).tasks:
        found = both(task.clause, clause)
        # A server that refuses the columns is asked for the documents.
        tasks.append(replace(task, clause=found, wider=found, extra=_request(purpose)))
    return tasks


def _add(plan: Plan, more: Plan) -> None:
    plan.tasks += more.tasks
    plan.notes += more.notes


def both(clause: Clause, other: Clause | None = None, *, unless: Clause | None = None) -> Clause:
    """Return what holds where both do, and what is excepted does not."""
    both: dict[str, Any] = {"filter": [clause, other] if other else [clause]}
    if unless is not None:
        both["must_not"] = [unless]
    return {"bool": both}


def _paths() -> tuple[str, ...]:
    return tuple(f"{_HOLDER}.{name}" for name in FIGURES)


def _request(purpose: Purpose) -> dict[str, Any]:
    """Return what asks for columns, and for nothing that is kept document by document."""
    more = _paths() if purpose == "figures" else (_FACT,)
    return {
        "_source": False,
        "stored_fields": "_none_",
        "seq_no_primary_term": False,
        "docvalue_fields": [*_PLACE, {"field": _TIME, "format": "epoch_millis"}, *more],
    }


class _Fields(msgspec.Struct, gc=False):
    """The columns of one hit; each is a list of values."""

    group: tuple[str] = msgspec.field(name="log_group")
    stream: tuple[str] = msgspec.field(name="log_stream")
    request: tuple[str] = msgspec.field(name="request_id")
    time: tuple[str] = msgspec.field(name="@timestamp")
    duration: tuple[float] | None = msgspec.field(name="report.duration_ms", default=None)
    billed: tuple[float] | None = msgspec.field(name="report.billed_ms", default=None)
    memory: tuple[float] | None = msgspec.field(name="report.memory_mb", default=None)
    used: tuple[float] | None = msgspec.field(name="report.max_memory_mb", default=None)
    init: tuple[float] | None = msgspec.field(name="report.init_ms", default=None)
    restore: tuple[float] | None = msgspec.field(name="report.restore_ms", default=None)
    fact: tuple[str] | None = None


_FIELDS = msgspec.json.Decoder(_Fields)


class _Row(NamedTuple):
    group: str
    stream: str
    request: str
    time: Millis
    fields: _Fields


class Columns:
    """Takes pages of hits, columns or documents, and makes rows of what states them plainly."""

    def __init__(
        self,
        query: Query,
        purpose: Purpose,
        reader: Reader,
        meant: Meant | None,
        choice: Choice,
        added_up: Sequence[str] = (),
    ) -> None:
        """Take what a page is read for; `added_up` are indices whose REPORTs somebody adds up.

        What comes of those stays an event, so that who adds up can leave it out.
        """
        self._query = query
        self._purpose = purpose
        self._words = (*WORDS[purpose], *_OTHERS[purpose], *query.literals)
        self._reader = reader
        self._meant = meant
        self._indices = set(names_of(choice.kinds))
        self._waiting: deque[list[_Row]] = deque()
        """Rows that were read and not yet taken; pages may be read by several threads."""
        self._pairs = Pairs()
        self._added_up = frozenset(added_up)
        self.rows = 0
        """How many came as columns, so far."""

    def read(self, page: Page) -> Read:
        """Return the events in a page's hits; its columns wait to be taken."""
        # Columns that are there are no documents; a document that is not kept has neither.
        columns = [hit for hit in page.hits if bytes(hit.fields)]
        if not columns:
            return self._reader.read(page)
        # An index that came while this was read will be found next time.
        rows = [_row(hit) for hit in columns if hit.index in self._indices]
        losses: dict[str, int] = {}
        if senseless := rows.count(None):
            losses["documents whose columns make no sense"] = senseless
        self._waiting.append([row for row in rows if row is not None and self._takes(row)])
        return Read([], losses)

    def measure(self, events: Sequence[Event]) -> Iterator[Event | FigureBatch | Ends]:
        """Yield what events state, and the columns that wait."""
        events = [event for event in events if self._counts(event)]
        if self._purpose == "figures":
            if self._added_up:
                yield from (e for e in events if e.container in self._added_up)
                events = [e for e in events if e.container not in self._added_up]
            yield from measure_events(events, self._query, self._purpose)
        else:
            yield from self._pair(events)
        while self._waiting:
            rows = self._waiting.popleft()
            self.rows += len(rows)
            if self._purpose == "figures":
                yield from self._batches(rows)
            else:
                for row in rows:
                    bound = Bound(row.group, row.stream, row.request, row.time)
                    self._pairs.add(bound, is_report=row.fields.fact == ("report",))

    def finish(self) -> Iterator[Ends]:
        """Yield the ends that did not find each other, and how late the last one was."""
        if self._purpose == "ends":
            yield from self._pairs.ends()
            yield Ends(started=(), reported=(), latest=self._pairs.latest)

    def _counts(self, event: Event) -> bool:
        """Tell whether an event may be an end, or hold what is looked for.

        An index finds words; most of what it finds for `REPORT ` holds `reported`.
        """
        return "\x1b" in event.message or holds(event, self._words)

    def _takes(self, row: _Row) -> bool:
        return self._meant is None or self._meant.takes(row.group, row.stream)

    def _batches(self, rows: Sequence[_Row]) -> Iterator[FigureBatch]:
        groups: dict[str, list[_Row]] = {}
        for row in rows:
            if self._query.in_window(row.time):
                groups.setdefault(row.group, []).append(row)
        for log_group, held in groups.items():
            yield _batch(log_group, held)

    def _pair(self, events: Sequence[Event]) -> Iterator[Event]:
        for event in events:
            end = read_end(event.message)
            if end is None or holds(event, self._query.literals):
                yield event
            else:
                bound = Bound(event.log_group, event.log_stream, end[0], event.timestamp)
                self._pairs.add(bound, is_report=end[1])


def _row(hit: Hit) -> _Row | None:
    """Return the row of a hit; None: it has no such columns."""
    try:
        fields = _FIELDS.decode(hit.fields)
        time = int(fields.time[0])
    except (msgspec.DecodeError, ValueError):
        return None
    return _Row(fields.group[0], fields.stream[0], fields.request[0], time, fields)


def _batch(log_group: str, rows: Sequence[_Row]) -> FigureBatch:
    streams = [row.stream for row in rows]
    requests = [row.request for row in rows]
    times = [row.time for row in rows]
    fields = [row.fields for row in rows]
    return FigureBatch(
        log_group=log_group,
        log_streams=streams,
        request_ids=requests,
        identities=identities_of(log_group, streams, requests, times),
        times=times,
        durations_ms=[each.duration[0] if each.duration else 0.0 for each in fields],
        billed_ms=_column(each.billed for each in fields),
        memory_mb=_column(each.memory for each in fields),
        max_memory_mb=_column(each.used for each in fields),
        init_ms=_column(each.init for each in fields),
        restore_ms=_column(each.restore for each in fields),
    )


def _column(values: Iterator[tuple[float] | None]) -> list[float | None]:
    return [value[0] if value else None for value in values]
