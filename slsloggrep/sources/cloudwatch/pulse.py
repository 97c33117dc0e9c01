"""The time that pulses tell: up to when everything that is not late has been handed on.

Whoever puts events in order lets go of those that are older than this time, less a little. So it
is the service's time of day while all groups are read as often as they should be; it waits for
groups of which older events are still being read (at the beginning, after a sleep, under
throttling), and for those that cannot be read it waits only where no other can.
"""

from __future__ import annotations

from collections.abc import Collection

from slsloggrep.model import Millis
from slsloggrep.sources.cloudwatch.pollers import Poller
from slsloggrep.sources.cloudwatch.watch import DOUBT, Watch

_USUAL: Millis = 400
"""A poll may take so long before anyone waits for it; with the interval, less than a second."""
_GRACE: Millis = 2_000
"""Where nothing can be read for long, time goes on by so much, so that the last events before the
interruption are not held back until its end."""


class PulseTime:
    """A time of day that never goes back."""

    def __init__(self, start: Millis, patience: float) -> None:
        self.time = start
        self._patience = patience
        """Seconds without a page after which a group does not hold up others."""
        self._left: set[Watch] = set()
        """Groups that others did not wait for, and that are behind still: what comes is late."""

    def advance(self, pollers: Collection[Poller], now: float) -> None:
        """Move on as far as groups were read."""
        if not pollers:
            return
        times = [poller.far for poller in pollers if poller.trouble is None]
        awaited: list[Millis] = []
        stuck: list[tuple[Millis, Watch]] = []
        for poller in pollers:
            for watch in poller.watches:
                usual = watch.complete + DOUBT + _USUAL + watch.usual_spacing(now)
                reached = max(watch.reached, usual)
                if watch.trouble or self._is_left(watch, reached):
                    self._left.add(watch)
                    continue
                silent = now - watch.heard > self._patience
                if poller.trouble is not None or (silent and watch.is_read):
                    stuck.append((reached + silent * _GRACE, watch))
                elif not watch.is_read or poller.far - watch.complete > watch.lag_limit(now):
                    awaited.append(watch.reached)
                else:
                    awaited.append(reached)
        if not awaited:
            awaited = [reached for reached, _ in stuck]
        time = min(times + awaited, default=self.time)
        self._left.update(watch for reached, watch in stuck if reached < time)
        self.time = max(self.time, time)

    def _is_left(self, watch: Watch, reached: Millis) -> bool:
        # One that is new among others, and begins with what is long past, keeps nobody waiting.
        joins = not watch.is_read and watch.reached < self.time
        if watch not in self._left and not joins:
            return False
        self._left.discard(watch)
        return reached < self.time
