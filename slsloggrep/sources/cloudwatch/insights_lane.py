"""The queries of Insights in one place: those that run, those that wait, and when to look again.

What becomes of their answers is `slsloggrep.sources.cloudwatch.insights`' work.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from slsloggrep.errors import SourceError
from slsloggrep.sources.cloudwatch.insights_query import ROWS, Ask
from slsloggrep.sources.cloudwatch.logs import Logs

AT_ONCE = 8
"""Queries of ours in one place. All users of an account share 100 (older documents: 30)."""

_FIRST_LOOK = 0.2
_LONGEST_PAUSE = 2.0
_SLOWER = 1.5
_CROWDED = (0.5, 15.0)
"""Seconds to wait where the account runs as many queries as it may: at first, and at most."""
_GLANCE = 0.1
_FAREWELL = 3.0
"""Seconds that stopping all queries may take."""


@dataclass(slots=True)
class Run:
    """A query under way."""

    ask: Ask
    id: str
    due: float
    """When to look at it, by time.monotonic()."""
    pause: float
    unknown: int = 0
    """Looks at which the service did not know its status."""

    @property
    def is_due(self) -> bool:
        """Tell whether it is time to look at it."""
        return time.monotonic() >= self.due

    def look_later(self) -> None:
        """Put off the next look, each time for longer."""
        self.due = time.monotonic() + self.pause
        self.pause = min(self.pause * _SLOWER, _LONGEST_PAUSE)


class Lane:
    """The queries of one place."""

    def __init__(self, logs: Logs) -> None:
        self.logs = logs
        self.waiting: deque[Ask] = deque()
        self.running: list[Run] = []
        self.limit = ROWS
        """Rows to ask for."""
        self.accepted = False
        """Whether any query was ever started."""
        self.denied = 0
        """Groups to which access was denied."""
        self.failure: SourceError | None = None
        """Why nothing more can be asked here."""
        self.crowded_until = 0.0
        self._crowded_for = _CROWDED[0]

    @property
    def busy(self) -> bool:
        """Tell whether there is something left to ask, or to wait for."""
        return self.failure is None and bool(self.waiting or self.running)

    @property
    def has_room(self) -> bool:
        """Tell whether a query that waits can be started."""
        return (
            bool(self.waiting)
            and len(self.running) < AT_ONCE
            and time.monotonic() >= self.crowded_until
        )

    def put_first(self, asks: list[Ask]) -> None:
        """Let asks wait before all others, in their order."""
        self.waiting.extendleft(reversed(asks))

    def add(self, ask: Ask, query_id: str) -> None:
        """Take note of a query that was started."""
        self.accepted = True
        self._crowded_for = _CROWDED[0]
        run = Run(ask, query_id, 0.0, _FIRST_LOOK)
        run.look_later()
        self.running.append(run)

    def wait_for_room(self) -> bool:
        """Start nothing for a while: the account has no room. True the first time."""
        first = self._crowded_for == _CROWDED[0]
        self.crowded_until = time.monotonic() + self._crowded_for
        self._crowded_for = min(self._crowded_for * 2, _CROWDED[1])
        return first


def pause(lanes: Iterable[Lane]) -> None:
    """Wait until something is due, or for a glance at whether anybody still waits."""
    due = []
    for lane in lanes:
        due += [run.due for run in lane.running]
        if lane.waiting and len(lane.running) < AT_ONCE:
            due.append(lane.crowded_until)
    if due and (left := min(due) - time.monotonic()) > 0:
        time.sleep(min(left, _GLANCE))


def stop(lanes: Iterable[Lane]) -> None:
    """Stop every query that runs: side by side, and not for long."""
    lanes = list(lanes)
    threads = [
        threading.Thread(target=lane.logs.stop_query, args=(run.id,), daemon=True)
        for lane in lanes
        for run in lane.running
    ]
    for lane in lanes:
        lane.running.clear()
    for thread in threads:
        thread.start()
    end = time.monotonic() + _FAREWELL
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0))
