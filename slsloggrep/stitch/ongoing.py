"""Joins records into invocations while more of them come.

Records of a log stream wait until an invocation has reported its end and a while has passed, since
lines may come after REPORT; then those at hand are stitched as `stitch` does, and what is certain
is given away. An invocation that never reports its end is given away when its stream has been
silent for longer than any invocation lasts, or at the end. Every record is given away exactly once.

The time here is the progress of the stream of records, in their own clock: how far everything was
added that can be expected to come.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from slsloggrep.model import Fact, Invocation, Millis, Record
from slsloggrep.stitch.environment import RETRY_AFTER
from slsloggrep.stitch.invocations import is_shared, join_by_request, place_of, stitch
from slsloggrep.stitch.outcome import conclude

SILENCE: Millis = 16 * 60_000
"""Lambda stops a function after 15 min (Developer Guide, gettingstarted-limits)."""

_GLANCE: Millis = 5_000
"""From one look for silent streams to the next."""

_FRAME = frozenset({Fact.START, Fact.RUNTIME_DONE, Fact.END, Fact.REPORT})
"""What is kept of an invocation that was given away, to know where later lines belong."""

_FOREIGN = 100
"""IDs of an application's own that are remembered with it."""

_Key = tuple[str, str]


class Lone(NamedTuple):
    """A record that is in no invocation that is still to be given away."""

    record: Record
    request_id: str | None
    """Of the invocation that it belongs to, which was given away before; None: of none."""


_Item = Invocation | Lone


@dataclass(slots=True)
class _Stream:
    touched: Millis
    """The progress when a record was added last."""
    shared: bool
    records: list[Record] = field(default_factory=list)
    frame: list[Record] = field(default_factory=list)
    """Of the invocation that was given away last."""
    running: dict[str, Millis] = field(default_factory=dict)
    """By requests that have no REPORT yet: the progress when a record of it was added last."""
    started: set[str] = field(default_factory=set)
    """Requests whose START was seen, and no REPORT."""
    strange: list[str] = field(default_factory=list)
    """Requests of REPORTs that came without a START while another ran, which may have printed
    them: that one's REPORT tells."""
    ended: dict[str, tuple[Millis, Millis]] = field(default_factory=dict)
    """By requests that were given away: when REPORT came, by its own time and by progress."""
    starts: bool = False
    """The platform writes START here."""


class Ongoing:
    """The streams that are followed, and what of them waits."""

    def __init__(self, settle: Millis, silence: Millis = SILENCE) -> None:
        """Wait `settle` after a REPORT, and `silence` for one that does not come; both in ms."""
        self._settle = settle
        self._silence = silence
        self._streams: dict[_Key, _Stream] = {}
        self._reported: deque[tuple[Millis, _Key, str]] = deque()
        """When which request of which stream may be given away, in the order of time."""
        self._lone: list[Lone] = []
        self._glance: Millis | None = None

    def add(self, record: Record, progress: Millis) -> None:
        """Take a record in; each stream's are best added in order."""
        event = record.event
        key = (event.log_group, event.log_stream)
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = _Stream(progress, shared=not event.log_stream)
        stream.touched = progress
        request_id = record.request_id
        if record.platform is not None:
            stream.starts = stream.starts or record.fact is Fact.START
            stream.shared = stream.shared or is_shared([record])
        if stream.shared and request_id is None:
            self._lone.append(Lone(record, None))
        elif request_id is not None and self._belongs_to_ended(stream, record, request_id):
            self._lone.append(Lone(record, request_id))
        else:
            stream.records.append(record)
            if record.fact is Fact.REPORT and request_id is not None:
                stream.running.pop(request_id, None)
                for reported in _settled(stream, request_id):
                    self._reported.append((progress + self._settle, key, reported))
            elif request_id is not None:
                stream.running[request_id] = progress
                if record.fact is Fact.START:
                    stream.started.add(request_id)
                    # A retry: what names the request from here on is no line of the one before.
                    stream.ended.pop(request_id, None)

    def take(self, progress: Millis) -> Iterator[_Item]:
        """Yield the invocations that have ended, and the records that belong to none."""
        ready: defaultdict[_Key, set[str]] = defaultdict(set)
        while self._reported and self._reported[0][0] <= progress:
            _, key, request_id = self._reported.popleft()
            ready[key].add(request_id)
        found: list[_Item] = []
        waiting = Counter((key, request_id) for _, key, request_id in self._reported)
        for key, requests in ready.items():
            stream = self._streams.get(key)
            if stream is not None:
                unsettled = {request_id: waiting[key, request_id] for request_id in requests}
                found += self._give(stream, unsettled, progress)
        if self._glance is None or progress >= self._glance + _GLANCE:
            self._glance = progress
            found += self._give_silent(progress)
        yield from self._with_lone(found)

    def finish(self) -> Iterator[_Item]:
        """Yield all that is left, invocations without an end included."""
        found: list[_Item] = []
        for stream in self._streams.values():
            found += _all_of(stream)
        self._streams.clear()
        self._reported.clear()
        yield from self._with_lone(found)

    def _with_lone(self, found: list[_Item]) -> list[_Item]:
        lone, self._lone = self._lone, []
        return [*lone, *sorted(found, key=_order)]

    def _belongs_to_ended(self, stream: _Stream, record: Record, request_id: str) -> bool:
        """Tell whether a record names a request that was given away, and of no new attempt."""
        ended = stream.ended.get(request_id)
        if ended is None or record.fact is Fact.START or request_id in stream.running:
            return False
        reported = ended[0]
        if record.fact is Fact.REPORT or not stream.starts:
            return record.event.timestamp - reported < RETRY_AFTER
        return True

    def _give(
        self,
        stream: _Stream,
        requests: Mapping[str, int],
        progress: Millis,
        *,
        silent: bool = False,
    ) -> list[_Item]:
        """Give away what is certain, now that these requests have reported or are given up.

        With each stands how many of its REPORTs, the last ones, have not settled: a retry's.
        """
        if not stream.shared:
            stream.shared = is_shared(sorted([*stream.frame, *stream.records], key=place_of))
        if stream.shared:
            found = _of_requests(stream.records, requests, silent=silent)
        else:
            found = _up_to(stream, requests)
        given: set[int] = set()
        for item in found:
            records = item.records if isinstance(item, Invocation) else (item.record,)
            given.update(map(id, records))
        stream.records = [record for record in stream.records if id(record) not in given]
        again = {record.request_id for record in stream.records if record.fact is Fact.START}
        for item in found:
            if isinstance(item, Invocation):
                self._note_end(stream, item, progress, again)
        return found

    def _note_end(
        self,
        stream: _Stream,
        invocation: Invocation,
        progress: Millis,
        again: Collection[str | None],
    ) -> None:
        """Note that an invocation was given away; requests in `again` have started once more."""
        if invocation.request_id is not None and invocation.request_id not in again:
            stream.ended[invocation.request_id] = (invocation.end, progress)
            stream.running.pop(invocation.request_id, None)
        stream.frame = [] if stream.shared else _frame_of(invocation)

    def _give_silent(self, progress: Millis) -> list[_Item]:
        found: list[_Item] = []
        for key, stream in list(self._streams.items()):
            if stream.touched + self._silence <= progress:
                del self._streams[key]
                found += _all_of(stream)
                continue
            silent = [
                request_id
                for request_id, touched in stream.running.items()
                if touched + self._silence <= progress
            ]
            for request_id in silent:
                del stream.running[request_id]
            if silent and stream.shared:
                found += self._give(stream, dict.fromkeys(silent, 0), progress, silent=True)
            for request_id, (_, noted) in list(stream.ended.items()):
                if noted + self._silence <= progress:
                    del stream.ended[request_id]
        return found


def _settled(stream: _Stream, request_id: str) -> list[str]:
    """Return the requests that a REPORT ends, now that it has come."""
    if stream.started and request_id not in stream.started and not stream.shared:
        stream.strange.append(request_id)
        return []
    stream.started.discard(request_id)
    strange, stream.strange = stream.strange, []
    return [*strange, request_id]


def _of_requests(
    records: list[Record], requests: Mapping[str, int], *, silent: bool
) -> list[_Item]:
    """Return what certain requests have left in a shared environment; nobody's lines with it.

    `silent`: their REPORTs are not waited for any longer.
    """
    found: list[_Item] = [Lone(r, None) for r in records if r.request_id is None]
    mine = sorted((r for r in records if r.request_id in requests), key=place_of)
    pieces, _ = join_by_request(mine)
    settled = set(map(id, _settled_reports(mine, requests)))
    found += [
        conclude(piece)
        for piece in pieces
        if silent or any(id(record) in settled for record in piece)
    ]
    return found


def _settled_reports(ordered: Iterable[Record], requests: Mapping[str, int]) -> Iterator[Record]:
    """Yield the REPORTs of requests but for the last ones, as many as stand with each."""
    reports: defaultdict[str, list[Record]] = defaultdict(list)
    for record in ordered:
        request_id = record.request_id
        if record.fact is Fact.REPORT and request_id is not None and request_id in requests:
            reports[request_id].append(record)
    for request_id, found in reports.items():
        yield from found[: len(found) - requests[request_id]]


def _up_to(stream: _Stream, requests: Mapping[str, int]) -> list[_Item]:
    """Return what lies up to the last of the invocations that have reported, and that itself.

    What follows is not looked at, but for lines that name one of them: how it is to be read
    depends on REPORTs that are still to come.
    """
    ordered = sorted([*stream.frame, *stream.records], key=place_of)
    framed = {id(record) for record in stream.frame}
    new = (record for record in ordered if id(record) not in framed)
    settled = set(map(id, _settled_reports(new, requests)))
    reports = {id(record): index for index, record in enumerate(ordered) if id(record) in settled}
    if not reports:
        return []
    cut = max(reports.values()) + 1
    while cut < len(ordered) and ordered[cut].fact is not Fact.START:
        cut += 1
    again = {record.request_id for record in ordered[cut:] if record.fact is Fact.START}
    behind = [r for r in ordered[cut:] if r.request_id in requests and r.request_id not in again]
    stitched = stitch([*ordered[:cut], *behind])
    index = {id(record): position for position, record in enumerate(ordered)}
    ended = [i for i in stitched.invocations if any(id(r) in reports for r in i.records)]
    horizon = max(index[id(invocation.records[0])] for invocation in ended)
    found: list[_Item] = []
    for invocation in stitched.invocations:
        fresh = [record for record in invocation.records if id(record) not in framed]
        before = [record for record in fresh if index[id(record)] < horizon]
        if len(fresh) < len(invocation.records):
            found += [Lone(record, invocation.request_id) for record in before]
        elif len(before) == len(fresh) or any(id(record) in reports for record in fresh):
            found.append(invocation)
    found += [Lone(r, None) for r in stitched.unattributed if index[id(r)] < horizon]
    # The last one that ended comes last: it is the one whose frame is kept.
    return sorted(found, key=lambda item: index[id(_first(item))])


def _all_of(stream: _Stream) -> list[_Item]:
    """Return all that is left of a stream."""
    framed = {id(record) for record in stream.frame}
    ordered = sorted([*stream.frame, *stream.records], key=place_of)
    if stream.shared:
        pieces, rest = join_by_request([r for r in ordered if id(r) not in framed])
        return [*map(conclude, pieces), *(Lone(record, None) for record in rest)]
    stitched = stitch(ordered)
    found: list[_Item] = [Lone(r, None) for r in stitched.unattributed if id(r) not in framed]
    for invocation in stitched.invocations:
        fresh = [record for record in invocation.records if id(record) not in framed]
        if len(fresh) < len(invocation.records):
            found += [Lone(record, invocation.request_id) for record in fresh]
        else:
            found.append(invocation)
    return found


def _frame_of(invocation: Invocation) -> list[Record]:
    """Return the records that tell where later lines of the stream belong."""
    foreign: dict[str, Record] = {}
    for record in invocation.records:
        if record.request_id not in (None, invocation.request_id) and len(foreign) < _FOREIGN:
            foreign.setdefault(str(record.request_id), record)
    kept = {id(record) for record in foreign.values()}
    return [r for r in invocation.records if r.fact in _FRAME or id(r) in kept]


def _first(item: _Item) -> Record:
    return item.records[0] if isinstance(item, Invocation) else item.record


def _order(item: _Item) -> tuple[Any, ...]:
    return _first(item).event.order
