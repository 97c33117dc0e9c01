"""What of a followed log group was handed on already, in little memory and without end.

Two kinds of copies are told: the same event in several polls (by its ID), and the same event once
from a live session, which tells no ID, and once from a poll (by what it says, counted). What no
poll can return any more is forgotten; where that is not enough to stay within the bound, the oldest
is forgotten by force, and `floor` says from when on polls may still look. When polls are made is
`slsloggrep.sources.cloudwatch.watch`'s knowledge.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable

from slsloggrep.model import EVENT_ID_DIGITS, Millis
from slsloggrep.sources.cloudwatch.pages import LogEvent

BOUND = 1_000_000
"""IDs that are remembered at once, of all groups together."""

BUCKET: Millis = 10_000
"""Times are remembered and forgotten in stretches of this length."""

_WARM = 6
"""So many of the latest stretches are kept as sets, which are fast and large; older ones as sorted
arrays of 8 bytes an ID (a set takes about 80)."""

_PARTNER_MS = 30_000
"""A live copy comes within seconds of the polled one; so long after it nobody waits for it."""


def identity_of(found: LogEvent) -> int:
    """Return what tells an event from all others of its group, as a signed 64-bit hash.

    Two of a million events are taken for one with a probability of 10^-7.
    """
    if len(found.eventId) == EVENT_ID_DIGITS:
        return hash(found.eventId)
    # An emulator's small numbers begin anew with a group that is made again.
    return hash((found.logStreamName, found.eventId, found.timestamp, found.message))


def content_of(stream: str, timestamp: Millis, message: str) -> int:
    """Return what tells copies of an event without an ID, as a signed 64-bit hash."""
    return hash((stream, timestamp, message.rstrip()))


class Memory:
    """What was handed on of one group."""

    def __init__(self, bucket: Millis = BUCKET) -> None:
        self._bucket = bucket
        self._warm: dict[int, set[int]] = {}
        self._cold: dict[int, array[int]] = {}
        self._unpolled: dict[int, dict[int, int]] = {}
        """Handed on from a live session and not yet polled: how many, by time and content."""
        self._polled: dict[int, int] = {}
        """Handed on from a poll, the live copy not yet seen: how many, by content."""
        self._polled_before: dict[int, int] = {}
        """The same, of the stretch of time before."""
        self._turned: Millis | None = None
        self.size = 0
        """How much is remembered; what `Seen` bounds."""
        self.floor: Millis = 0
        """What is older was forgotten: whoever looked there again would take it for new."""

    def admit(self, timestamp: Millis, identity: int) -> bool:
        """Tell whether an event is new, and remember it."""
        number = timestamp // self._bucket
        warm = self._warm.get(number)
        if warm is not None:
            if identity in warm:
                return False
            warm.add(identity)
        else:
            cold = self._cold.get(number)
            if cold is None:
                self._warm[number] = {identity}
                if len(self._warm) > 2 * _WARM:
                    # A backlog is read, or clocks are ahead: of what is older, little comes.
                    self._pack(sorted(self._warm)[:-_WARM])
            else:
                place = bisect_left(cold, identity)
                if place < len(cold) and cold[place] == identity:
                    return False
                insort(cold, identity)
        self.size += 1
        return True

    def count(self, since: Millis) -> int:
        """Return about how many events are remembered from a time on."""
        first = since // self._bucket
        return sum(len(warm) for number, warm in self._warm.items() if number >= first) + sum(
            len(cold) for number, cold in self._cold.items() if number >= first
        )

    # Copies of polls and live sessions

    @property
    def awaits_polls(self) -> bool:
        """Tell whether live sessions have shown what no poll has shown yet."""
        return any(self._unpolled.values())

    def pair_polled(self, timestamp: Millis, content: int) -> bool:
        """Tell whether an event that a poll shows for the first time is new to live sessions, too.

        Of n equal events, the first so many are not new that live sessions have shown.
        """
        live = self._unpolled.get(timestamp // self._bucket)
        if live is not None and content in live:
            live[content] -= 1
            if not live[content]:
                del live[content]
            self.size -= 1
            return False
        self._polled[content] = self._polled.get(content, 0) + 1
        return True

    def pair_live(self, timestamp: Millis, content: int) -> bool:
        """Tell whether an event that a live session shows was not yet shown by a poll."""
        for polled in (self._polled_before, self._polled):
            if content in polled:
                polled[content] -= 1
                if not polled[content]:
                    del polled[content]
                return False
        live = self._unpolled.setdefault(timestamp // self._bucket, {})
        live[content] = live.get(content, 0) + 1
        self.size += 1
        return True

    # Forgetting

    def forget(self, before: Millis, now: Millis) -> None:
        """Forget what is older than anything that polls can still return, and pack the rest."""
        if self._turned is None or now - self._turned > _PARTNER_MS:
            self._turned = now
            self._polled_before, self._polled = self._polled, {}
        self._drop(before // self._bucket)
        warmest = now // self._bucket - _WARM
        self._pack([number for number in self._warm if number < warmest])

    def oldest(self) -> Millis | None:
        """Return the beginning of the oldest stretch that is remembered; None: there is none."""
        numbers = [*self._warm, *self._cold, *(n for n, live in self._unpolled.items() if live)]
        return min(numbers) * self._bucket if numbers else None

    def shorten(self) -> None:
        """Forget the oldest stretch by force."""
        oldest = self.oldest()
        if oldest is not None:
            self._drop(oldest // self._bucket + 1)

    def _pack(self, numbers: Iterable[int]) -> None:
        for number in numbers:
            self._cold[number] = array("q", sorted(self._warm.pop(number)))

    def _drop(self, end: int) -> None:
        for shelf in (self._warm, self._cold, self._unpolled):
            for number in [number for number in shelf if number < end]:
                kept = shelf.pop(number)
                self.size -= sum(kept.values()) if isinstance(kept, dict) else len(kept)
        self.floor = max(self.floor, end * self._bucket)


class Seen:
    """What was handed on of all groups that are followed, within one bound."""

    def __init__(self, bound: int = BOUND, bucket: Millis = BUCKET) -> None:
        self._bound = bound
        self._bucket = bucket
        self._memories: list[Memory] = []

    def memory(self) -> Memory:
        """Return the empty memory of another group."""
        memory = Memory(self._bucket)
        self._memories.append(memory)
        return memory

    def shrink(self, keep: Millis) -> list[Memory]:
        """Forget the oldest of the fullest until the bound holds; return those that had to.

        Nothing that reaches beyond `keep` is forgotten: the next polls look there anyway.
        """
        shortened: dict[int, Memory] = {}
        left = sum(memory.size for memory in self._memories) - self._bound
        while left > 0:
            old = [m for m in self._memories if (m.oldest() or keep) + self._bucket <= keep]
            if not old:
                break
            fullest = max(old, key=lambda memory: memory.size)
            left += -fullest.size
            fullest.shorten()
            left += fullest.size
            shortened[id(fullest)] = fullest
        return list(shortened.values())
