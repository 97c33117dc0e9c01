"""Joins the records of each log stream into invocations.

In one log stream, in order, an invocation runs from START to REPORT. Where one environment serves
several invocations at once (managed instances, web functions), and where the stream is not known,
only request IDs count; what carries none is unattributed, never guessed. How an environment's
lines are told apart that serves one invocation at a time is `slsloggrep.stitch.environment`'s
work; what an invocation's figures and status are, `slsloggrep.stitch.outcome`'s; which
invocations belong together, `slsloggrep.stitch.transactions`'.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import Any, NamedTuple

from slsloggrep.model import Fact, Invocation, Millis, Record
from slsloggrep.stitch.environment import Environment, Piece
from slsloggrep.stitch.outcome import conclude

_WEB_EVENTS = frozenset(
    "platform." + name
    for name in (
        "invokeStart",
        "requestComplete",
        "invokeSummary",
        "invokeReport",
        "spinDownStart",
        "spinDownReport",
    )
)
"""What only Lambda Web Functions write (Developer Guide, web-functions-logging-system-log-schema);
a platform event of another unknown type says nothing of how many are served at once."""


class Stitched(NamedTuple):
    """All records again, each exactly once."""

    invocations: tuple[Invocation, ...]
    """By start time."""
    unattributed: tuple[Record, ...]
    """In order; those that no invocation can be told for."""


def stitch(records: Iterable[Record]) -> Stitched:
    """Join records into invocations; every record given is in exactly one place of the result.

    Records may come in any order and are sorted here. Repeats must have been removed before
    (`Collection`).
    """
    ordered = sorted(records, key=place_of)
    found = join(ordered)
    return found._replace(invocations=_answered(list(found.invocations), ordered))


def join(ordered: Iterable[Record]) -> Stitched:
    """Return what `stitch` does of records that are in the order of `place_of`.

    But for what records of one log stream tell of invocations in others: their responses.
    """
    invocations: list[Invocation] = []
    unattributed: list[Record] = []
    for (_, stream), group in groupby(ordered, key=_stream):
        together = list(group)
        if not stream or is_shared(together):
            pieces, rest = join_by_request(together)
        else:
            pieces, rest = Environment().run(together)
        invocations.extend(conclude(piece) for piece in pieces)
        unattributed.extend(rest)
    invocations.sort(key=lambda invocation: invocation.order)
    unattributed.sort(key=place_of)
    return Stitched(tuple(invocations), tuple(unattributed))


def _stream(record: Record) -> tuple[str, str]:
    return record.event.log_group, record.event.log_stream


def place_of(record: Record) -> tuple[Any, ...]:
    """Return a key by group and stream, then time; no two different events share one."""
    event = record.event
    return (*_stream(record), *event.order, event.message, event.event_id, event.source)


def is_shared(records: list[Record]) -> bool:
    """Tell whether the environment served several invocations at once.

    Either it says so itself (managed instances, web functions), or an invocation reports its end
    later than another one started. In an environment that serves one at a time that cannot be.
    """
    if records[0].event.log_group.startswith("/aws/lambda/web/"):
        return True
    started: dict[str, Millis] = {}
    # The times of the last START, and of the last one that was earlier than that.
    last: Millis | None = None
    before: Millis | None = None
    for record in records:
        platform = record.platform
        if platform is None:
            continue
        if platform.initialization == "lambda-managed-instances":
            return True
        if platform.fact is Fact.WEB and platform.name in _WEB_EVENTS:
            return True
        if platform.request_id is None:
            continue
        time = record.event.timestamp
        if platform.fact is Fact.START:
            started[platform.request_id] = time
            if last is None or last < time:
                last, before = time, last
        elif platform.fact is Fact.REPORT:
            own = started.pop(platform.request_id, None)
            other = before if last == time else last
            if own is not None and other is not None and own < other < time:
                return True
    return False


def join_by_request(records: list[Record]) -> tuple[list[list[Record]], list[Record]]:
    """Join by request ID alone; another START of the same request is another attempt."""
    pieces: list[Piece] = []
    latest: dict[str, Piece] = {}
    rest: list[Record] = []
    ahead = Counter(r.request_id for r in records if r.fact is Fact.REPORT)
    for record in records:
        request_id = record.request_id
        if request_id is None:
            rest.append(record)
            continue
        piece = latest.get(request_id)
        if piece is None or not piece.takes(record, later=ahead[request_id] > 0):
            piece = latest[request_id] = Piece(request_id)
            pieces.append(piece)
        piece.add(record)
        if record.fact is Fact.REPORT:
            ahead[request_id] -= 1
    return [piece.records for piece in pieces], rest


def destination_of(record: Record) -> str | None:
    """Return the request whose response a destination record states; None: it is no such record."""
    platform = record.platform
    if platform is None or platform.fact is not Fact.DESTINATION or not record.states_response:
        return None
    return platform.request_id or None


def _answered(invocations: list[Invocation], records: list[Record]) -> tuple[Invocation, ...]:
    """Return the invocations with the responses that destination records state for them.

    A destination is told once, after the last attempt (Developer Guide,
    invocation-async-retain-records).
    """
    destinations = {
        request_id: record for record in records if (request_id := destination_of(record))
    }
    if not destinations:
        return tuple(invocations)
    last = {invocation.request_id: index for index, invocation in enumerate(invocations)}
    for request_id, record in destinations.items():
        index = last.get(request_id)
        if index is not None and not invocations[index].states_response:
            invocations[index] = replace(
                invocations[index], response=record.response, states_response=True
            )
    return tuple(invocations)
