"""When a followed log group is asked again: the pace, whose turn it is, what it takes of a quota.

Numbers and orders only: nothing is asked here, and no clock is read. Which window a poll has is
`slsloggrep.sources.cloudwatch.watch`'s knowledge; the rates that the service takes are
`slsloggrep.sources.cloudwatch.limiter`'s.
"""

from __future__ import annotations

import heapq
import itertools
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from slsloggrep.model import Millis
from slsloggrep.sources.base import Following

_T = TypeVar("_T", bound=Hashable)


class Sweep(NamedTuple):
    """A slower look further back, for events that arrive late."""

    lateness: Millis
    """Events that arrive up to so long after their time are found."""
    every: float
    """Seconds from one to the next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often what is looked at; seconds, where no Millis are told."""

    interval: float = 0.5
    """From one poll of a group to the next, where something happens."""
    slowing: tuple[tuple[float, float], ...] = ((60, 1.0), (600, 2.0), (3600, 5.0))
    """After so long without an event, polls are that far apart."""
    behind_live: float = 5.0
    """From one poll to the next, where a live session brings the events first."""
    overlap: Millis = 10_000
    """How far polls reach back, until it is known how late events are."""
    shortest: Millis = 3_000
    longest: Millis = 60_000
    """Events that are later than half of this are left to the sweeps."""
    learning: float = 60.0
    """How long events are looked at before the overlap may become shorter than at first."""
    sweeps: tuple[Sweep, ...] = (
        Sweep(60_000, 10.0),
        Sweep(600_000, 60.0),
        Sweep(3_600_000, 600.0),
    )
    small: int = 2_000
    """A sweep over so few events is part of a poll, and costs no call of its own."""
    share: float = 0.5
    """Of the rate that the service takes; the rest is left to others of the same account."""
    sweeping: float = 0.4
    """Of that share, for sweeps, while polls wait."""
    threads: int = 3
    """Calls at once, for each account and region."""
    listing: float = 30.0
    """From one look for new groups to the next."""
    silence: float = 5.0
    """A place that has not answered for so long counts as out of reach."""
    pause: float = 10.0
    """Between two attempts where a place is out of reach, at most."""
    missing: float = 3.0
    """Between two looks for a group that is not there any more."""
    refused: float = 60.0
    """Between two attempts at a group that is denied."""
    behind: float = 10.0
    """What could not be read for so long is told."""
    held: Millis = 5_000
    """Events may be held back for so long, so that those of a group that is read rarely fit in."""
    pulse: float = 0.1
    """From one sign of life to the next."""
    remembered: int = 1_000_000
    """Events that are remembered, so as not to hand them on again."""

    @classmethod
    def of(cls, following: Following) -> Pace:
        """Return the pace that the user wants."""
        usual = cls()
        late = max(following.late, usual.shortest)
        sweeps = [sweep for sweep in usual.sweeps[:-1] if sweep.lateness < late]
        if late > usual.shortest:
            # The last one comes six times while an event may still turn up.
            sweeps.append(Sweep(late, min(600.0, max(usual.sweeps[0].every, late / 6_000))))
        return cls(
            interval=following.interval,
            sweeps=tuple(sweeps),
            overlap=min(usual.overlap, late),
            longest=min(usual.longest, late),
        )

    def interval_after(self, quiet: float) -> float:
        """Return how far polls are apart where nothing happened for so many seconds."""
        steps = [step for after, step in self.slowing if quiet >= after]
        return max([self.interval, *steps])


class Lateness:
    """How late the events of a group are of late, and how far back polls must reach for it."""

    _STRETCH_MS = 60_000
    _STRETCHES = 5

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._first: Millis | None = None
        self._largest: deque[tuple[int, Millis]] = deque(maxlen=self._STRETCHES)
        """The largest lateness in each of the last stretches in which there was one."""

    def note(self, lateness: Millis, now: Millis) -> None:
        """Hear how long after its time an event was ingested."""
        if self._first is None:
            self._first = now
        if lateness > self._pace.longest // 2:
            return  # what the sweeps find need not burden every poll
        stretch = now // self._STRETCH_MS
        if self._largest and self._largest[-1][0] == stretch:
            lateness = max(lateness, self._largest.pop()[1])
        self._largest.append((stretch, lateness))

    def overlap(self, now: Millis) -> Millis:
        """Return how far the next poll reaches back: twice the largest lateness, within bounds."""
        pace = self._pace
        oldest = now // self._STRETCH_MS - self._STRETCHES
        recent = [lateness for stretch, lateness in self._largest if stretch > oldest]
        learnt = self._first is not None and now - self._first >= pace.learning * 1000
        least = pace.shortest if learnt and recent else pace.overlap
        return min(pace.longest, max([least, *(2 * lateness for lateness in recent)]))


class Allowance:
    """The share of a limiter's rate that polls and sweeps of its place may use."""

    def __init__(self, rate: Callable[[], float], pace: Pace, now: float) -> None:
        self._rate = rate
        self._pace = pace
        self._at = now
        self._polls = self._sweeps = 1.0

    def take(self, now: float) -> bool:
        """Take one call for a poll, if there is one left."""
        self._fill(now)
        if self._polls < 1:
            return False
        self._polls -= 1
        return True

    def take_sweep(self, now: float, *, contested: bool) -> bool:
        """Take one call for a sweep; `contested`: polls wait as well, and sweeps get their part."""
        self._fill(now)
        if self._polls < 1 or (contested and self._sweeps < 1):
            return False
        self._polls -= 1
        self._sweeps = max(0.0, self._sweeps - 1)
        return True

    def wait(self, now: float) -> float:
        """Return in how many seconds the next call may be made."""
        self._fill(now)
        return max(0.0, (1 - self._polls) / (self._rate() * self._pace.share))

    def _fill(self, now: float) -> None:
        calls = max(0.0, now - self._at) * self._rate() * self._pace.share
        self._at = now
        # What was not used does not pile up: half a second's worth may be made at once.
        most = max(1.0, self._rate() * self._pace.share / 2)
        self._polls = min(most, self._polls + calls)
        self._sweeps = min(most, self._sweeps + calls * self._pace.sweeping)


class Turns(Generic[_T]):
    """Who is due, and in which order; each at most once."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, _T]] = []
        self._ready: list[tuple[float, int, _T]] = []
        self._stamps: dict[_T, tuple[int, float]] = {}
        self._numbers = itertools.count()

    def put(self, item: _T, due: float, *, patience: float = 0.0) -> None:
        """Let an item be due at a time, instead of when it was due before.

        Among those that are due, it comes as if it were due `patience` seconds later.
        """
        number = next(self._numbers)
        self._stamps[item] = number, due + patience
        heapq.heappush(self._waiting, (due, number, item))

    def drop(self, item: _T) -> None:
        """Let an item not be due any more."""
        self._stamps.pop(item, None)

    def pop(self, now: float) -> _T | None:
        """Return the next that is due, and forget it; None: nothing is."""
        if not self.is_due(now):
            return None
        item = heapq.heappop(self._ready)[2]
        del self._stamps[item]
        return item

    def first(self, now: float) -> float | None:
        """Return since when the next that is due has waited, patience added; None: nothing is."""
        return self._ready[0][0] if self.is_due(now) else None

    def is_due(self, now: float) -> bool:
        """Tell whether anything is due."""
        while self._waiting and self._waiting[0][0] <= now:
            _, number, item = heapq.heappop(self._waiting)
            stamp = self._stamps.get(item)
            if stamp is not None and stamp[0] == number:
                heapq.heappush(self._ready, (stamp[1], number, item))
        while self._ready and not self._is_current(self._ready[0]):
            heapq.heappop(self._ready)
        return bool(self._ready)

    def next_due(self) -> float | None:
        """Return when the next becomes due that is not yet; None: nothing waits."""
        while self._waiting and not self._is_current(self._waiting[0]):
            heapq.heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None

    def _is_current(self, entry: tuple[float, int, _T]) -> bool:
        stamp = self._stamps.get(entry[2])
        return stamp is not None and stamp[0] == entry[1]
