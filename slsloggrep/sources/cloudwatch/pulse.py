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

_GRACE: Millis = 3_000
"""Where nothing can be read, time goes on for so long beyond the last events. Who was further
behind than that when others went on is late anyway."""
_USUAL: Millis = 1_000
"""A poll may come so much later than it should before anyone waits for it."""


class PulseTime:
    """A time of day that never goes back."""

    def __init__(self, start: Millis, patience: float) -> None:
        self.time = start
        self._patience = patience
        """Seconds without a page after which a group does not hold up others."""

    def advance(self, pollers: Collection[Poller], now: float) -> None:
        """Move on as far as groups were read."""
        if pollers:
            self.time = max(self.time, self._reached(pollers, now))

    def _reached(self, pollers: Collection[Poller], now: float) -> Millis:
        working = [poller for poller in pollers if poller.trouble is None]
        if not working:
            return max(watch.complete for poller in pollers for watch in poller.watches) + _GRACE
        awaited: list[Millis] = []
        stuck: list[Millis] = []
        times: list[Millis] = []
        for poller in working:
            far = poller.far
            times.append(far)
            for watch in poller.watches:
                usual = DOUBT + _USUAL + max(round(watch.interval(now) * 1000), watch.spacing)
                if watch.trouble or watch.reached + usual < self.time - _GRACE:
                    continue
                reached = watch.reached if _is_behind(watch, far, now) else watch.reached + usual
                if now - watch.heard > self._patience and watch.is_read:
                    stuck.append(reached)
                else:
                    awaited.append(reached)
        return min(times + (awaited or stuck))


def _is_behind(watch: Watch, far: Millis, now: float) -> bool:
    return not watch.is_read or far - watch.complete > watch.lag_limit(now)
