"""Joins the records of each log stream into invocations.

In one log stream, in order, an invocation runs from START to REPORT. Where one environment serves
several invocations at once (managed instances, web functions), and where the stream is not known,
only request IDs count; what carries none is unattributed, never guessed. What an invocation's
figures and status are is told by `slsloggrep.stitch.outcome`; which invocations belong together,
by `slsloggrep.stitch.transactions`.

Sequence facts: AWS Lambda Developer Guide, lambda-runtime-environment, and recorded streams.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from slsloggrep.model import Fact, Invocation, Record
from slsloggrep.stitch.outcome import conclude

_INIT_FACTS = frozenset(
    {
        Fact.INIT_START,
        Fact.INIT_RUNTIME_DONE,
        Fact.INIT_REPORT,
        Fact.RESTORE_START,
        Fact.RESTORE_RUNTIME_DONE,
        Fact.RESTORE_REPORT,
    }
)
_ENVIRONMENT_FACTS = frozenset({Fact.EXTENSION, Fact.SUBSCRIPTION, Fact.IMAGE, Fact.LOGS_DROPPED})


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
    ordered = sorted(records, key=lambda record: _stream(record) + record.event.order)
    invocations: list[Invocation] = []
    unattributed: list[Record] = []
    for (_, stream), group in groupby(ordered, key=_stream):
        together = list(group)
        if not stream or _is_shared(together):
            pieces, rest = _by_request(together)
        else:
            pieces, rest = _Stream().run(together)
        invocations.extend(conclude(piece) for piece in pieces)
        unattributed.extend(rest)
    invocations.sort(key=lambda invocation: invocation.order)
    unattributed.sort(key=lambda record: record.event.order)
    return Stitched(tuple(invocations), tuple(unattributed))


def _stream(record: Record) -> tuple[str, str]:
    return record.event.log_group, record.event.log_stream


def _is_shared(records: list[Record]) -> bool:
    """Tell whether the environment served several invocations at once.

    Either it says so itself (managed instances, web functions), or an invocation reports its end
    later than another one started. In an environment that serves one at a time that cannot be.
    """
    running: dict[str, int] = {}
    for record in records:
        platform = record.platform
        if platform is None:
            continue
        if platform.fact is Fact.WEB or platform.initialization == "lambda-managed-instances":
            return True
        if platform.request_id is None:
            continue
        if platform.fact is Fact.START:
            running[platform.request_id] = record.event.timestamp
        elif platform.fact is Fact.REPORT:
            started = running.pop(platform.request_id, None)
            if started is not None and any(
                started < other < record.event.timestamp for other in running.values()
            ):
                return True
    return False


def _by_request(records: list[Record]) -> tuple[list[list[Record]], list[Record]]:
    """Join by request ID alone; another START of the same request is another attempt."""
    pieces: list[list[Record]] = []
    open_pieces: dict[str, list[Record]] = {}
    rest: list[Record] = []
    for record in records:
        request_id = record.request_id
        if request_id is None:
            rest.append(record)
            continue
        piece = open_pieces.get(request_id)
        if piece is None or (record.fact is Fact.START and _has(piece, Fact.START)):
            piece = open_pieces[request_id] = []
            pieces.append(piece)
        piece.append(record)
    return pieces, rest


def _has(piece: list[Record], *facts: Fact) -> bool:
    return any(record.fact in facts for record in piece)


class _Piece:
    """An invocation in the making."""

    def __init__(self, request_id: str | None, records: list[Record]) -> None:
        self.request_id = request_id
        self.records = records
        self.started = False
        self.reported = False


class _Stream:
    """Reads one stream of an environment that serves one invocation at a time."""

    def __init__(self) -> None:
        self._pieces: list[_Piece] = []
        self._current: _Piece | None = None
        self._latest: dict[str, _Piece] = {}
        self._waiting: list[Record] = []
        """Lines without a request ID that came outside of any invocation."""
        self._initialising = False
        """Whether the waiting lines include an init: they belong to what follows."""
        self._rest: list[Record] = []
        self._reports_ahead: dict[str, int] = {}

    def run(self, records: list[Record]) -> tuple[list[list[Record]], list[Record]]:
        """Return the records of each invocation, and those of none."""
        for record in records:
            if record.fact is Fact.REPORT and record.request_id:
                ahead = self._reports_ahead
                ahead[record.request_id] = ahead.get(record.request_id, 0) + 1
        for record in records:
            self._take(record)
        self._settle_waiting()
        return [piece.records for piece in self._pieces], self._rest

    def _take(self, record: Record) -> None:
        fact = record.fact
        request_id = record.request_id
        if fact is Fact.START:
            self._start(record)
        elif request_id is not None:
            piece = self._piece_for(request_id)
            piece.records.append(record)
            if fact is Fact.REPORT:
                piece.reported = True
                self._reports_ahead[request_id] -= 1
        elif fact in _INIT_FACTS:
            self._init(record)
        elif self._is_open():
            self._append_to_current(record)
        elif fact is None and self._current is not None and not self._initialising:
            # Between a REPORT and the next START: the tail of what ran before.
            self._append_to_current(record)
        else:
            self._waiting.append(record)

    def _is_open(self) -> bool:
        return self._current is not None and not self._current.reported

    def _append_to_current(self, record: Record) -> None:
        if self._current is not None:
            self._current.records.append(record)

    def _open(self, request_id: str | None, records: list[Record]) -> _Piece:
        piece = _Piece(request_id, records)
        self._pieces.append(piece)
        self._current = piece
        if request_id is not None:
            self._latest[request_id] = piece
        return piece

    def _start(self, record: Record) -> None:
        known = self._latest.get(record.request_id or "")
        if (
            known is not None
            and not known.started
            and not known.reported
            and known is self._current
        ):
            # A line of the invocation sorted before its START, within the same millisecond.
            known.records.append(record)
            known.started = True
            return
        waiting, self._waiting = self._waiting, []
        if not self._initialising and waiting:
            self._rest.extend(waiting)
            waiting = []
        self._initialising = False
        self._open(record.request_id, [*waiting, record]).started = True

    def _init(self, record: Record) -> None:
        current = self._current
        if current is not None and not current.reported:
            begins = record.fact in (Fact.INIT_START, Fact.RESTORE_START)
            same_moment = current.records[0].event.timestamp == record.event.timestamp
            if not begins or (same_moment and len(current.records) == 1):
                current.records.append(record)
                return
            # The environment started over: what ran before was cut off.
            self._current = None
        self._initialising = True
        self._waiting.append(record)

    def _piece_for(self, request_id: str) -> _Piece:
        current = self._current
        if current is not None and current.request_id == request_id:
            return current
        known = self._latest.get(request_id)
        if known is not None:
            return known
        inside = (
            current is not None
            and current.started
            and not current.reported
            and self._reports_ahead.get(current.request_id or "", 0) > 0
        )
        if current is not None and inside and not self._reports_ahead.get(request_id):
            # Between START and REPORT, an ID that no invocation here has: the application's own.
            return current
        waiting, self._waiting = self._waiting, []
        self._initialising = False
        return self._open(request_id, waiting)

    def _settle_waiting(self) -> None:
        """At the end of the stream: an init that no invocation followed is one that failed."""
        if not self._waiting:
            return
        if self._initialising:
            self._open(None, self._waiting)
        else:
            self._rest.extend(self._waiting)
        self._waiting = []
