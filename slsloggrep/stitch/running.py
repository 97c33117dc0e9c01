"""Tells, line by line, which request runs in a log stream, and how it ended.

For lines that are shown as they come: a line that names no request belongs to the invocation that
runs, from START to REPORT. Where two seem to run at once nothing is guessed. Whole invocations,
with lines that come after REPORT or belong to an init, are made by `slsloggrep.stitch.ongoing` and
`slsloggrep.stitch.invocations`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from slsloggrep.model import Fact, Invocation, Level, Millis, Record
from slsloggrep.stitch.outcome import conclude

_AHEAD = 12
"""Records looked at beyond a REPORT: the line of an old-style timeout comes right after it."""
_TELLING = 100
"""Records of one invocation that are kept to tell how it ended; of more, the last ones."""
_AT_ONCE = 1_000
"""Requests that one environment serves at once at most, as far as anybody knows."""
_STREAMS = 5_000
"""Log streams that are remembered; of more, the half that was silent longest is forgotten."""

_ENDINGS = frozenset({Fact.TIMEOUT, Fact.FAULT, Fact.UNHANDLED})


class Attributed(NamedTuple):
    """A record, and what the lines before it tell of it."""

    record: Record
    request_id: str | None
    """The request that the record names, else the one that runs; None: nothing tells."""
    outcome: Invocation | None
    """Of a REPORT: the invocation's figures and status; its records are only those that tell."""


@dataclass(slots=True)
class _Stream:
    running: dict[str, deque[Record]] = field(default_factory=dict)
    """By request, from START to REPORT: the records that tell how it ends."""
    shared: bool = False
    """Several requests are served at once."""
    changed: Millis = 0
    """The time of the last START or REPORT."""


class Running:
    """Follows the log streams of any number of environments."""

    def __init__(self, *, whole: bool = True) -> None:
        """Take streams whole, or only what a filter has left of them: then nothing is concluded.

        Of a part of its lines it cannot be told what an invocation holds, nor that it went well.
        """
        self._whole = whole
        self._streams: dict[tuple[str, str], _Stream] = {}

    def attribute(self, records: Iterable[Record]) -> Iterator[Attributed]:
        """Yield the records with their requests; each stream's must come in order.

        Looks a few records ahead, as far as there are any, and holds none back at the end.
        """
        ahead: deque[Record] = deque()
        for record in records:
            ahead.append(record)
            if len(ahead) > _AHEAD:
                yield self._next(ahead.popleft(), ahead)
        while ahead:
            yield self._next(ahead.popleft(), ahead)

    def _next(self, record: Record, ahead: deque[Record]) -> Attributed:
        stream = self._stream_of(record)
        platform = record.platform
        request_id = record.request_id
        if stream is None:
            return Attributed(record, request_id, None)
        if not self._whole:
            reports = record.fact is Fact.REPORT
            return Attributed(record, request_id, conclude([record]) if reports else None)
        if platform is not None and platform.initialization == "lambda-managed-instances":
            stream.shared = True
        if request_id is not None and record.fact is Fact.START:
            self._start(stream, record, request_id)
        elif request_id is not None and record.fact is Fact.REPORT:
            return Attributed(record, request_id, self._report(stream, record, request_id, ahead))
        else:
            if request_id is None and len(stream.running) == 1 and not stream.shared:
                request_id = next(iter(stream.running))
            if request_id in stream.running and _tells(record):
                stream.running[request_id].append(record)
        return Attributed(record, request_id, None)

    def _start(self, stream: _Stream, record: Record, request_id: str) -> None:
        if record.event.timestamp < stream.changed:
            return  # it comes late: that invocation's lines went by already
        stream.changed = record.event.timestamp
        # Those that were left without a REPORT have ended somehow.
        most = _AT_ONCE if stream.shared else 1
        for other in list(stream.running)[:-most]:
            del stream.running[other]
        stream.running[request_id] = deque([record], maxlen=_TELLING)

    def _report(
        self, stream: _Stream, record: Record, request_id: str, ahead: deque[Record]
    ) -> Invocation:
        stream.changed = max(stream.changed, record.event.timestamp)
        known = stream.running.pop(request_id, None)
        if known is not None and stream.running:
            # Another one began before this one ended, or never reported its own end.
            if any(other[0].event.timestamp >= known[0].event.timestamp
                   for other in stream.running.values()):  # fmt: skip
                stream.shared = True
            elif not stream.shared:
                stream.running.clear()
        place = (record.event.log_group, record.event.log_stream)
        after = [
            later
            for later in islice(ahead, _AHEAD)
            if later.request_id == request_id
            and later.fact in _ENDINGS
            and (later.event.log_group, later.event.log_stream) == place
        ]
        return conclude([*(known or ()), record, *after])

    def _stream_of(self, record: Record) -> _Stream | None:
        event = record.event
        if not event.log_stream:
            return None
        key = (event.log_group, event.log_stream)
        stream = self._streams.get(key)
        if stream is None:
            stream = self._streams[key] = _Stream()
            stream.changed = event.timestamp if record.fact is not Fact.START else 0
            if len(self._streams) > _STREAMS:
                self._forget()
        return stream

    def _forget(self) -> None:
        kept = sorted(self._streams.items(), key=lambda item: item[1].changed)[_STREAMS // 2 :]
        self._streams = dict(kept)


def _tells(record: Record) -> bool:
    """Tell whether a record says something of how its invocation ends."""
    return (
        record.platform is not None
        or record.error is not None
        or (record.level is not None and record.level >= Level.ERROR)
    )
