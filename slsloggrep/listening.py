"""Listens to several sources that are followed, side by side.

Each source is followed in a thread of its own, since it waits for its far end in its own time. What
comes is handed over in the order of its coming, through a box that is bounded: where nobody takes
anything out, the sources wait. What their pulses tell of time is understood here too; what becomes
of the events is `slsloggrep.follow`'s work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import NamedTuple

from slsloggrep.model import Coverage, Event, Gap, Millis, Query
from slsloggrep.sources.base import Follower, Following, Notice, Pulse

ROOM = 5_000
"""What may wait to be taken out."""

_PATIENCE = 0.5
"""Seconds that a source has to end, when nobody listens any more."""

_NEAR: Millis = 5_000
"""What a source has read up to less than this before now, it is thought to have caught up."""
_STEADY: Millis = 2_000
"""A source whose time stays equally far behind for so long has another idea of what now is."""
_JITTER: Millis = 500


class Ended(NamedTuple):
    """A source will not say anything any more."""

    error: BaseException | None
    """Why, where it is not its regular end."""


Heard = tuple[int, Event | Pulse | Notice | Ended]
"""What a source said, with the place of the source in the row."""


class Listening:
    """The sources that are listened to; a context, at whose end nobody listens any more."""

    def __init__(
        self, sources: Sequence[Follower], names: Sequence[str], query: Query, following: Following
    ) -> None:
        self._query = query
        self._following = following
        self._totals = [Coverage(source=name) for name in names]
        self._box: list[Heard] = []
        self._changed = threading.Condition()
        self._over = False
        self._threads = [
            threading.Thread(target=self._follow, args=(index, source), daemon=True)
            for index, source in enumerate(sources)
        ]

    def __enter__(self) -> Listening:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()
        for thread in self._threads:
            # One that waits for its network ends by itself; it is a daemon, nobody has to wait.
            thread.join(_PATIENCE / len(self._threads))

    @property
    def coverage(self) -> tuple[Coverage, ...]:
        """What each source could read so far."""
        return tuple(self._totals)

    def hear(self, timeout: float) -> list[Heard]:
        """Return what came since the last time, after at most so many seconds; perhaps nothing."""
        with self._changed:
            if not self._box:
                self._changed.wait(timeout)
            heard, self._box = self._box, []
            self._changed.notify_all()
        return heard

    def note(self, index: int, gap: Gap) -> None:
        """Add a gap to the coverage of a source."""
        self._report(index, Coverage(source=self._totals[index].source, gaps=(gap,)))

    def _follow(self, index: int, source: Follower) -> None:
        error: BaseException | None = None
        try:
            for item in source.follow(
                self._query, self._following, lambda increment: self._report(index, increment)
            ):
                if not self._put((index, item)):
                    return
        except BaseException as caught:
            # Carried over to the thread that listens, which knows what it means, or raises it.
            error = caught
        self._put((index, Ended(error)))

    def _put(self, heard: Heard) -> bool:
        """Hand something over; false where nobody listens any more."""
        with self._changed:
            while len(self._box) >= ROOM and not self._over:
                self._changed.wait()
            if self._over:
                return False
            self._box.append(heard)
            if len(self._box) == 1:
                self._changed.notify_all()
        return True

    def _report(self, index: int, increment: Coverage) -> None:
        with self._changed:
            self._totals[index] += increment


class FarClock:
    """What a source's pulses tell of its time of day, and of how far it has caught up."""

    def __init__(self, clock: Callable[[], Millis]) -> None:
        self._clock = clock
        self._ahead: Millis = 0
        """Of this machine's clock, when the source had caught up last."""
        self._steady: tuple[Millis, Millis] | None = None
        """How far the source was behind, and since when it has been so."""
        self.caught_up = False
        self.read: Millis | None = None
        """Up to when it has read; None: it has not said so yet."""

    def beat(self, time: Millis) -> None:
        """Hear a pulse."""
        local = self._clock()
        self.read = time
        behind = local - time
        if behind <= _NEAR:
            self.caught_up, self._ahead = True, -behind
            return
        if self._steady is None or abs(behind - self._steady[0]) > _JITTER:
            self._steady = (behind, local)
        self.caught_up = local - self._steady[1] >= _STEADY
        if self.caught_up:
            self._ahead = -behind

    def now(self) -> Millis:
        """Return the far end's time of day."""
        return self._clock() + self._ahead
