"""Where the envelopes of a block lie that CloudWatch itself wrote, told without decoding them.

CloudWatch writes every envelope in the same way: the same keys in the same order, no blanks, events
of an ID, a time and a message. Of such an envelope it is known, from its head and its end alone,
which bytes are events and whose; what stands at an event's beginning can then be read in place.
Everything else in the block (other writers' envelopes, events with extracted fields, damage) is
left out of it as a stretch to be decoded. Format: CloudWatch Logs User Guide, "Real-time
processing of log data with subscriptions".

What the events say is read by `slsloggrep.decode.figures` and `slsloggrep.decode.ends`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple, Self

import msgspec

from slsloggrep.decode.haystack import Haystack

MESSAGE_OFFSET = len(',{"id":"') + 56 + len('","timestamp":') + 13 + len(',"message":')
"""Bytes from what stands before an ordinary event (it is an element of a list) to its message."""

_PRINTABLE = rb"[ !#-\[\]-~]"
"""ASCII that a JSON string holds as it is."""

_EVENTS = b'"logEvents"'
"""No document without this key is an envelope; in a message its quotes are escaped."""

_FIRST = b':[{"id":"'

_HEAD = re.compile(
    rb'[ \t\r\n]*+\{"messageType":"DATA_MESSAGE","owner":"' + _PRINTABLE + rb"*+"
    rb'","logGroup":"(' + _PRINTABLE + rb'++)","logStream":"(' + _PRINTABLE + rb'++)",'
    rb'"subscriptionFilters":\[[ -\[^-~]*+\],(?:"policyLevel":"[A-Z_]*+",)?+'
    + _EVENTS
    + re.escape(_FIRST)
)
"""An envelope up to its first event; `policyLevel` is there under a policy of the whole account."""

_END = b'"}]}'
"""The end of the last event's message, of the event, of the list, and of the envelope."""

_EVENTS_LEAD, _EVENTS_PROBE = _EVENTS[:4], _EVENTS[4:]
_END_LEAD, _END_PROBE = _END[:1], _END[1:]
WORDS = (_EVENTS_PROBE, _END_PROBE)
"""What has to be searched for to tell regions: the ends of the words that count, which begin less
commonly (the C library looks for a needle's first two letters, 64 bytes at a time)."""

_NEXT = re.compile(rb"[ \t\r\n]*+(?:\{|[ \t\r\n\0]*+\Z)")
"""What follows a document: another one, or nothing."""

_BACKSLASH = 0x5C
_BLANKS = b" \t\r\n\0"

_EVENT_START = b'{"id":"'
_EVENT = re.compile(
    rb'[\[,]\{"id":"([0-9]{56})","timestamp":([1-9][0-9]{12}),"message":("(?:[^"\\]++|\\.)*+")\}',
    re.DOTALL,
)


_STREAM = itemgetter(1)


class Excerpt(NamedTuple):
    """One event of such an envelope."""

    offset: int
    """In the block, of what stands before the event; no other event has it."""
    end: int
    """Offset behind the event."""
    ordinal: int
    """How many events of the envelope come before it."""
    event_id: str
    timestamp: int
    message: str


class Survey:
    """The regions of a block, each one envelope, and the stretches between them to be decoded.

    Regions are numbered in order; the events of one lie at `bodies[i]` <= offset < `ends[i]`.
    """

    def __init__(self, buffer: bytes | bytearray, size: int, found: Sequence[list[int]]) -> None:
        """Look at the first `size` bytes, which end where a document ends.

        `found` are the offsets of `WORDS` in all of the buffer.
        """
        self.buffer = buffer
        self._starts: list[int] = []
        self.bodies: list[int] = []
        self.ends: list[int] = []
        self._places: list[tuple[bytes, bytes]] = []
        """Group and stream of each region, as they stand: ASCII without an escape."""
        self.others: list[tuple[int, int]] = []
        self.is_whole = True
        """Whether the regions are all there is."""
        lists, ends = (below(offsets, size) for offsets in found)
        self._look(self._whole(lists, _EVENTS_LEAD), self._whole(ends, _END_LEAD), size)

    @classmethod
    def of(cls, haystack: Haystack, size: int) -> Self:
        """Return the survey of the first `size` bytes, searching for what it needs."""
        return cls(haystack.buffer, size, haystack.find_all_of(WORDS, list(map(len, WORDS))))

    @cached_property
    def log_groups(self) -> list[str]:
        """The log group of each region."""
        return [group.decode() for group, _ in self._places]

    @cached_property
    def log_streams(self) -> list[str]:
        """The log stream of each region."""
        return [stream.decode() for _, stream in self._places]

    @property
    def stream_names(self) -> Iterator[bytes]:
        """Yield the name of each region's log stream, as it stands."""
        return map(_STREAM, self._places)

    def _whole(self, hits: list[int], lead: bytes) -> list[int]:
        """Return where the words begin whose ends stand at hits."""
        buffer, length = self.buffer, len(lead)
        return [hit - length for hit in hits if buffer[hit - length : hit] == lead]

    def owner(self, position: int) -> int | None:
        """Return the region in whose events an offset lies; None: in no region, or in a head."""
        index = bisect_right(self.bodies, position) - 1
        return index if index >= 0 and position < self.ends[index] else None

    def document(self, region: int) -> tuple[int, int]:
        """Return the offsets from, to (exclusive) of a region's envelope."""
        return self.buffer.index(b"{", self._starts[region]), self.ends[region]

    def forget(self, region: int) -> None:
        """Take a region for one without events: its envelope is decoded as a whole."""
        self.ends[region] = self.bodies[region]
        self.is_whole = False

    def shares(self, positions: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """Yield which of the sorted positions lie in which region: its number, from, to (excl.).

        Regions without any are left out.
        """
        lows = map(bisect_left, repeat(positions), self.bodies)
        highs = map(bisect_left, repeat(positions), self.ends)
        for index, (low, high) in enumerate(zip(lows, highs, strict=True)):
            if low < high:
                yield index, low, high

    def excerpt(self, region: int, position: int) -> Excerpt | None:
        """Return the event of a region that an offset lies in; None: it is not an ordinary one."""
        buffer, body, end = self.buffer, self.bodies[region], self.ends[region]
        start = buffer.rfind(_EVENT_START, body, position)
        found = _EVENT.match(buffer, start - 1, end) if start >= 0 else None
        if found is None or found.end() <= position:
            return None
        event_id, timestamp, message = found.groups()
        try:
            text = msgspec.json.decode(message, type=str)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        ordinal = buffer.count(_EVENT_START, body, start)
        return Excerpt(start - 1, found.end(), ordinal, event_id.decode(), int(timestamp), text)

    def _look(self, lists: list[int], found_ends: list[int], size: int) -> None:
        buffer = self.buffer
        ends = [end + len(_END) for end in found_ends if buffer[end - 1] != _BACKSLASH]
        # As a rule there is nothing else: all heads are then read at once. Each holds a list, and
        # where there are no more lists than heads, each stretch is one envelope.
        heads = list(map(_HEAD.match, repeat(buffer), [0, *ends[:-1]]))
        if (
            len(lists) == len(ends)
            and None not in heads
            and not buffer[ends[-1] : size].strip(_BLANKS)
        ):
            self._add([head for head in heads if head is not None], ends)
            return
        self._look_closely(lists, ends, size)

    def _look_closely(self, lists: list[int], ends: list[int], size: int) -> None:
        """Take for regions what has one list, a head before it, and a document behind it."""
        buffer = self.buffer
        index = start = other = 0
        for end in ends:
            first = index
            while index < len(lists) and lists[index] < end:
                index += 1
            head = _HEAD.match(buffer, start, end) if index == first + 1 else None
            start = end
            if (
                head is None
                or head.end() != lists[first] + _HEAD_END
                or not _NEXT.match(buffer, end, size)
            ):
                continue
            if buffer[other : head.start()].strip(_BLANKS):
                self.others.append((other, head.start()))
            self._add([head], [end])
            other = end
        if buffer[other:size].strip(_BLANKS):
            self.others.append((other, size))
        self.is_whole = not self.others

    def _add(self, heads: list[re.Match[bytes]], ends: list[int]) -> None:
        self._places += [(head[1], head[2]) for head in heads]
        self._starts += [head.start() for head in heads]
        self.bodies += [head.end() - len(_FIRST) for head in heads]
        self.ends += ends


_HEAD_END = len(_EVENTS) + len(_FIRST)


def below(positions: list[int], size: int) -> list[int]:
    """Return the positions that lie in the block, without what comes behind it."""
    if positions and positions[-1] >= size:
        return positions[: bisect_left(positions, size)]
    return positions
