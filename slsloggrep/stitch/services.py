"""Runs of other services: the lines of one API Gateway request, the events of one execution.

A run is no invocation, but it is one thing: if one of its lines shows where it belongs, all of them
belong there, and the Lambda requests that it names are its own. Every line says itself which run it
is of, so that position in the stream means nothing.

An API request's ID is the client's to choose (`x-amzn-requestid`), so it may come again: only where
all that is at hand can be one request does it stand for one (API Gateway Developer Guide,
api-gateway-mapping-template-reference). The extended request ID is unique. An execution's ARN is
unique; within one that serves several transactions (a map), events are told apart by the chain of
`previous_event_id`. Which runs take part in a transaction, `slsloggrep.stitch.involvement` tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slsloggrep.model import TRACE_KINDS, Identifier, IdKind, Millis, Record

LONGEST_REQUEST: Millis = 16 * 60_000
"""An integration answers within 29 s, or what the quota was raised to; a function's at the latest
when the function ends."""

PAUSE: Millis = 1000
"""Lines may come this long after the one that says that the request is completed."""

_OPENING = "Extended Request Id: "
_COMPLETED = "Method completed with status"
_ONCE = (
    _OPENING,
    "Starting execution for request",
    _COMPLETED,
    "AWS Integration Endpoint RequestId",
    "X-ray Tracing ID",
)
"""Lines that the execution log of one request has one of."""

_BEGUN = "ExecutionStarted"

_MAP_ENDS = ("MapStateSucceeded", "MapStateFailed", "MapStateAborted", "MapStateTimedOut")

Position = int
"""Where a record stands among those that lie in no invocation."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the events of an execution lie in: an iteration of a map, else the visit of a state."""

    event_id: str
    """Of the event that opened it."""
    iteration: bool = False
    outer: Scope | None = None
    """Of an iteration: what the map itself lies in."""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """All records at hand of one API request or one execution."""

    positions: tuple[Position, ...]
    """In order."""
    names: tuple[Identifier, ...]
    """What means this run and no other; empty where an API request's ID was used again."""
    made: Mapping[Position, tuple[Identifier, ...]]
    """What each record states that the run set going: Lambda requests, executions."""
    origins: Mapping[Position, Identifier] = field(default_factory=dict)
    """The Lambda request or the execution that started it, where a record states it."""
    traces: Mapping[Position, tuple[Identifier, ...]] = field(default_factory=dict)
    """Where all that the run names is one trace: who names it; empty otherwise."""
    scopes: Mapping[Position, Scope] = field(default_factory=dict)
    """Of an execution's records, each."""

    @property
    def iterates(self) -> bool:
        """Tell whether a map went over several items."""
        opened = {scope.event_id for scope in self.scopes.values() if scope.iteration}
        return len(opened) > 1


def find_runs(records: Sequence[Record]) -> tuple[Run, ...]:
    """Return the runs among records, each record in one at most, in order of the first record."""
    gateway: dict[str, list[Position]] = {}
    executions: dict[str, list[Position]] = {}
    for position, record in enumerate(records):
        run = record.run
        if run is not None:
            found = executions if run.kind is IdKind.EXECUTION_ARN else gateway
            found.setdefault(run.value, []).append(position)
    runs = [_execution(arn, positions, records) for arn, positions in executions.items()]
    runs += _requests(gateway, records)
    return tuple(sorted(runs, key=lambda run: run.positions[0]))


def _requests(found: Mapping[str, list[Position]], records: Sequence[Record]) -> Iterator[Run]:
    """Yield the API requests; lines that share an extended ID are of one, whatever else they say.

    An access log may state the extended ID alone.
    """
    parts: list[tuple[list[Position], list[str]]] = []
    for api_id, positions in found.items():
        lines = [records[position] for position in positions]
        if _is_one(lines):
            parts.append((positions, list(_unique(api_id, *_extended(lines)))))
            continue
        parts += (
            (part, _extended([records[position] for position in part]))
            for part in _told_apart(positions, records)
        )
    merged: dict[str, tuple[list[Position], list[str]]] = {}
    for positions, names in parts:
        known = list({id(merged[name]): merged[name] for name in names if name in merged}.values())
        whole = sorted([*positions, *(p for part, _ in known for p in part)])
        joined = (whole, list(_unique(*(n for _, part in known for n in part), *names)))
        if not joined[1]:
            yield _request(*joined, records)
        merged.update(dict.fromkeys(joined[1], joined))
    for positions, names in {id(part): part for part in merged.values()}.values():
        yield _request(positions, names, records)


def _request(positions: list[Position], names: list[str], records: Sequence[Record]) -> Run:
    # The ID that stands on every line is the name that a person looks for.
    shown = records[positions[0]].run
    names.sort(key=lambda name: shown is None or name != shown.value)
    return Run(
        positions=tuple(positions),
        names=tuple(Identifier(IdKind.API_REQUEST_ID, name) for name in names),
        made={
            position: tuple(
                i for i in records[position].identifiers
                if i.kind in (IdKind.REQUEST_ID, IdKind.EXECUTION_ARN)
            )
            for position in positions
        },
        traces=_one_trace(positions, records),
    )  # fmt: skip


def _is_one(lines: Sequence[Record]) -> bool:
    """Tell whether all lines that name an API request can be of one request."""
    executed = [line for line in lines if _kind(line) == "execution"]
    times = [line.event.timestamp for line in lines]
    return (
        max(times) - min(times) <= LONGEST_REQUEST
        and len(lines) - len(executed) <= 1
        and len({line.event.log_group for line in executed}) <= 1
        and len(set(_extended(lines))) <= 1
        and all(sum(line.text.startswith(words) for line in executed) <= 1 for words in _ONCE)
    )


def _told_apart(positions: list[Position], records: Sequence[Record]) -> Iterator[list[Position]]:
    """Yield the lines of an API request ID that was used again, those together that are certain.

    In one stream, from an opening line to the next, if each stretch holds one request from its
    opening to its completion, and then a pause: then none of them ran into another. Else every line
    stands alone.
    """
    streams: dict[tuple[str, str], list[Position]] = {}
    for position in positions:
        record = records[position]
        if _kind(record) == "execution":
            place = (record.event.log_group, record.event.log_stream)
            streams.setdefault(place, []).append(position)
        else:
            yield [position]
    for lines in streams.values():
        stretches: list[list[Position]] = []
        for position in lines:
            if records[position].text.startswith(_OPENING) or not stretches:
                stretches.append([])
            stretches[-1].append(position)
        told = [[records[position] for position in stretch] for stretch in stretches]
        if all(map(_is_whole, told)) and all(map(_is_apart, told, told[1:])):
            yield from stretches
        else:
            yield from ([position] for position in lines)


def _is_whole(lines: Sequence[Record]) -> bool:
    completed = sum(line.text.startswith(_COMPLETED) for line in lines)
    return lines[0].text.startswith(_OPENING) and completed == 1 and _is_one(lines)


def _is_apart(lines: Sequence[Record], later: Sequence[Record]) -> bool:
    return later[0].event.timestamp - lines[-1].event.timestamp >= PAUSE


def _extended(lines: Iterable[Record]) -> list[str]:
    """Return the extended IDs: what lines name beside the ID that they begin with."""
    return [
        identifier.value
        for line in lines
        for identifier in line.identifiers
        if identifier.kind is IdKind.API_REQUEST_ID and identifier != line.run
    ]


def _execution(arn: str, positions: list[Position], records: Sequence[Record]) -> Run:
    name = Identifier(IdKind.EXECUTION_ARN, arn)
    stated = {position: _stated(records[position], name) for position in positions}
    begun = [position for position in positions if _kind(records[position]) == _BEGUN]
    return Run(
        positions=tuple(positions),
        names=(name,),
        made={position: () if position in begun else stated[position] for position in positions},
        origins={position: stated[position][0] for position in begun if stated[position]},
        traces=_one_trace(positions, records),
        scopes=_scopes(positions, records),
    )


def _stated(record: Record, name: Identifier) -> tuple[Identifier, ...]:
    """Return what an event states of others: a Lambda request, or an execution.

    Its start may name who started it: one execution in the input is the parent by convention (Step
    Functions Developer Guide, concepts-nested-workflows), and more to the point than a request.
    """
    platform, details = record.platform, record.fields.get("details")
    if platform is None:
        return ()
    nested = isinstance(details, dict) and details.get("resourceType") == "states"
    if nested or platform.name == _BEGUN:
        others = [i for i in record.identifiers if i.kind is IdKind.EXECUTION_ARN and i != name]
        if len(others) == 1:
            return (others[0],)
    if platform.request_id is None:
        return ()
    return (Identifier(IdKind.REQUEST_ID, platform.request_id),)


def _scopes(positions: list[Position], records: Sequence[Record]) -> dict[Position, Scope]:
    """Return what each event of an execution lies in; events follow those that caused them.

    Where the cause was not logged (log level ERROR) and there is a map, an event may be of any
    iteration: it then lies in one of its own.
    """
    numbered = sorted(positions, key=lambda position: _event_number(records[position]))
    maps = any(_kind(records[position]).startswith("Map") for position in positions)
    of_event: dict[str, Scope] = {}
    scopes: dict[Position, Scope] = {}
    for position in numbered:
        record = records[position]
        event_id = str(record.fields.get("id", f"@{position}"))
        cause = str(record.fields.get("previous_event_id", "0"))
        kind = _kind(record)
        around = of_event.get(cause)
        if kind.startswith("Execution") or (around is None and cause == "0"):
            scope = Scope(event_id)
        elif kind == "MapIterationStarted":
            scope = Scope(event_id, iteration=True, outer=around)
        elif around is None:
            scope = Scope(event_id, iteration=maps)
        elif around.iteration:
            scope = around.outer or Scope(event_id) if kind in _MAP_ENDS else around
        else:
            scope = Scope(event_id) if kind.endswith("StateEntered") else around
        scopes[position] = of_event[event_id] = scope
    return scopes


def _kind(record: Record) -> str:
    return (record.platform.name or "") if record.platform else ""


def _event_number(record: Record) -> int:
    number = record.fields.get("id")
    return int(number) if isinstance(number, str) and number.isdecimal() else 0


def _one_trace(
    positions: Iterable[Position], records: Sequence[Record]
) -> dict[Position, tuple[Identifier, ...]]:
    named = {
        position: tuple(i for i in records[position].identifiers if i.kind in TRACE_KINDS)
        for position in positions
    }
    keys = {identifier.join_key for found in named.values() for identifier in found}
    return named if len(keys) == 1 else {}


def _unique(*values: Any) -> Iterator[Any]:
    return iter(dict.fromkeys(values))
