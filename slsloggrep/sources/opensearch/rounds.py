"""When a followed cluster is looked at again, and how far back: rounds of several reaches.

Documents turn up late: a refresh makes them visible seconds after they were written, and shippers
buffer for minutes. So each round looks back as far as its reach; near ones are made often, far ones
rarely, and oftener while they find something. Numbers only: nothing is asked here, and no clock is
read.

Why nothing falls between: a round that was begun last at `begun` saw all that was visible then.
What became visible since, and is no later than the round's reach, has a time after `begun - reach`:
there the next one begins. Far rounds end where the next near one begins, which is made after them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slsloggrep.model import Millis
from slsloggrep.sources.base import Following

DOUBT: Millis = 2_000
"""Clocks of writers, of the server and of this machine differ by so much."""

_NEAR: Millis = 10_000
_REACHES: tuple[tuple[Millis, float], ...] = ((60_000, 5.0), (600_000, 30.0), (3_600_000, 300.0))
"""How far back, and how often, in seconds."""

_SHARE = 10
"""A far round that took a second is made again ten seconds later at the earliest."""

_EAGER = 5
"""So many rounds after the last find, rounds are as frequent as can be."""


@dataclass(eq=False, slots=True)
class Round:
    """One reach, and when it was looked at."""

    reach: Millis
    every: float
    """Seconds from one to the next."""
    begun: Millis
    """When the last one that was read to its end was begun, by this machine's clock."""
    due: float
    """By the monotonic clock."""
    eager: int = 0

    @property
    def start(self) -> Millis:
        """Where the next one begins."""
        return self.begun - self.reach

    def finish(self, begun: Millis, now: float, took: float, found: int) -> None:
        """Hear that one was read to its end, which took so many seconds and found so many."""
        self.begun = begun
        self.eager = _EAGER if found else max(0, self.eager - 1)
        every = min(self.every, 2.0) if self.eager else self.every
        self.due = now + max(every, took * _SHARE)


class Rounds:
    """All rounds of one following."""

    def __init__(self, following: Following, since: Millis, refresh: Millis, now: float) -> None:
        late = following.late + refresh + DOUBT
        near = min(_NEAR + refresh, late)
        self.near = Round(near, following.interval, since + near, now)
        far = [(reach, every) for reach, every in _REACHES if near < reach < late]
        if late > near:
            far.append((late, max(5.0, min(300.0, late / 12_000))))
        self.far = [Round(reach, every, since + reach, now + every) for reach, every in far]
        self._since = since

    @property
    def longest(self) -> Millis:
        """How far back any of them looks."""
        return max([self.near.reach, *(each.reach for each in self.far)])

    @property
    def horizon(self) -> Millis:
        """The time before which nothing will be looked at any more."""
        return min(self.start_of(each) for each in [self.near, *self.far])

    def start_of(self, each: Round) -> Millis:
        """Return where a round begins next: never before what was wanted from the beginning."""
        return max(each.start, self._since)

    def due(self, now: float) -> Round | None:
        """Return the round whose turn it is: near ones go first, and none waits for ever.

        Where a near one takes longer than the pause before the next, it is always due.
        """
        starved = (each for each in self.far if each.due + each.every <= now)
        waiting = (each for each in self._all() if each.due <= now)
        return next(starved, None) or next(waiting, None)

    def wait(self, now: float) -> float:
        """Return in how many seconds the next is due."""
        return max(0.0, min(each.due for each in self._all()) - now)

    def _all(self) -> Sequence[Round]:
        return (self.near, *self.far)
