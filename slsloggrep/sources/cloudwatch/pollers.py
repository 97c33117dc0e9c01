"""The threads that ask for pages of followed groups, a few for each account and region.

Gives calls out in a fair order and within a share of the quota: polls that are due, further pages,
and sweeps, which have a part of the share of their own. What an answer means, and what follows from
an error, is `slsloggrep.sources.cloudwatch.follow`'s knowledge.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from queue import SimpleQueue
from typing import NamedTuple

from slsloggrep.model import Millis
from slsloggrep.sources.cloudwatch.logs import Logs
from slsloggrep.sources.cloudwatch.pages import Page
from slsloggrep.sources.cloudwatch.schedule import Allowance, Pace, Turns
from slsloggrep.sources.cloudwatch.watch import Watch, Window


def wall() -> Millis:
    """Return this machine's time of day."""
    return time.time_ns() // 1_000_000


class Answer(NamedTuple):
    """What became of a call."""

    poller: Poller
    window: Window
    page: Page | None
    error: BaseException | None


class Caught(NamedTuple):
    """A stretch of time in which a group could not be read, and which was read since."""

    watch: Watch
    since: Millis
    until: Millis


class Trouble:
    """Why a place cannot be read at present."""

    def __init__(self, *, credentials: bool = False) -> None:
        self.credentials = credentials
        """They were refused, and are read anew before the next attempt."""
        self.attempts = 0


class Poller:
    """The groups of one place, whose turn it is, and the calls that are under way."""

    def __init__(
        self, logs: Logs, pattern: str, pace: Pace, answers: SimpleQueue[object], now: float
    ) -> None:
        self.logs = logs
        self.watches: list[Watch] = []
        self.trouble: Trouble | None = None
        self.paused_until = now
        self.caught: list[Caught] = []
        """What is still to be told."""
        self._pattern = pattern
        self._pace = pace
        self._answers = answers
        self._limiter = logs.limiter("FilterLogEvents")
        self._allowance = Allowance(lambda: self._limiter.rate, pace, now)
        self._turns = Turns[Watch]()
        self._pages: deque[tuple[float, Window]] = deque()
        self._sweeps: deque[Window] = deque()
        self._wanting: deque[Watch] = deque()
        self._tasks: SimpleQueue[tuple[Window, bool] | None] = SimpleQueue()
        self._threads = 0
        self._asked: dict[Window, float] = {}
        """Calls under way, and when they were given out."""
        self._heard = now
        self._answered = now
        self._throttled = -math.inf
        """When a call was refused last for coming too fast."""
        self._throttles = 0

    @property
    def far(self) -> Millis:
        """The service's time of day."""
        return wall() + self.logs.clock_ahead

    @property
    def name(self) -> str:
        """How notices call the place."""
        return self.logs.label or self.logs.region

    @property
    def round(self) -> Millis:
        """How long it takes to ask every group once, at the rate that is published or given."""
        return round(len(self.watches) / (self._limiter.published * self._pace.share) * 1000)

    # Who is asked

    def add(self, watch: Watch, now: float) -> None:
        """Follow another group."""
        self.watches.append(watch)
        self._turns.put(watch, now)

    def next_poll(self, watch: Watch, due: float, *, patience: float = 0.0) -> None:
        """Let a group be polled at a time, instead of when it would have been."""
        if watch.tiers[0].running is None:
            self._turns.put(watch, due, patience=patience)

    def want_sweep(self, watch: Watch) -> None:
        """Let a group be swept when there is room for it."""
        if watch not in self._wanting:
            self._wanting.append(watch)

    def proceed(self, window: Window, now: float) -> None:
        """Ask for the next page of a window."""
        if window.is_poll:
            self._pages.append((now, window))
        else:
            self._sweeps.append(window)

    def assign(self, now: float) -> None:
        """Give out as many calls as may be under way."""
        if now < self.paused_until:
            return
        while len(self._asked) < self._most and (window := self._next(now)) is not None:
            self._asked[window] = now
            if len(self._asked) > self._threads:
                self._threads += 1
                threading.Thread(target=self._work, name="poller", daemon=True).start()
            renew = self.trouble is not None and self.trouble.credentials
            self._tasks.put((window, renew))

    def wait(self, now: float) -> float:
        """Return in how many seconds there may be something to give out again, at most 1."""
        if now < self.paused_until:
            return min(1.0, self.paused_until - now)
        if len(self._asked) >= self._most:
            return 1.0  # an answer comes before
        if self._pages or self._sweeps or self._wanting or self._turns.is_due(now):
            return self._allowance.wait(now)
        due = self._turns.next_due()
        return 1.0 if due is None else min(1.0, max(0.0, due - now))

    @property
    def _most(self) -> int:
        # Where a place is out of reach, one call finds out whether it still is.
        return 1 if self.trouble else self._pace.threads

    def _next(self, now: float) -> Window | None:
        waiting = self._turns.first(now)
        while not self._sweeps and self._wanting:
            swept = self._wanting.popleft()
            window = None if swept.trouble else swept.sweep(now, self.far, wall())
            if window is not None:
                self._sweeps.append(window)
        if self._sweeps:
            contested = waiting is not None or bool(self._pages)
            if self._allowance.take_sweep(now, contested=contested):
                return self._sweeps.popleft()
        if (waiting is None and not self._pages) or not self._allowance.take(now):
            return None
        if self._pages and (waiting is None or self._pages[0][0] <= waiting):
            # The one that is furthest behind: so all groups catch up side by side, and what they
            # yield can be put in order in little memory.
            furthest = min(self._pages, key=lambda page: page[1].reached)
            self._pages.remove(furthest)
            return furthest[1]
        watch = self._turns.pop(now)
        return None if watch is None else watch.poll(now, self.far, wall())

    # What comes back

    def hear(self, window: Window, now: float) -> None:
        """Hear that a call is not under way any more."""
        self._asked.pop(window, None)
        self._heard = self._answered = now

    def excuse(self, now: float) -> None:
        """Hear that nobody listened for a while: what was not heard is nobody's fault."""
        self._heard = now
        for watch in self.watches:
            watch.excused = self.far

    def is_throttled(self, now: float) -> bool:
        """Tell whether nothing but refusals for coming too fast was heard for long."""
        silence = 2 * self._pace.silence
        return now - self._throttled < silence and now - self._answered > silence

    def is_silent(self, now: float) -> bool:
        """Tell whether a call is under way and nothing was heard for too long.

        A throttled call waits, too, but has been answered.
        """
        if self._limiter.throttles != self._throttles:
            self._throttles = self._limiter.throttles
            self._heard = self._throttled = now
        if not self._asked:
            return False
        return now - max(self._heard, min(self._asked.values())) > self._pace.silence

    def lose(self, now: float, *, credentials: bool) -> None:
        """Let the place be asked again after a pause that grows."""
        if self.trouble is None:
            self.trouble = Trouble()
        self.trouble.credentials = credentials
        self.trouble.attempts += 1
        longest = self._pace.pause
        pause = longest if credentials else min(longest, 2.0 ** (self.trouble.attempts - 2))
        self.paused_until = now + pause

    def drop_windows(self) -> None:
        """Forget the pages that were still to be asked for: their windows begin anew."""
        for window in (*(window for _, window in self._pages), *self._sweeps):
            window.watch.give_up(window)
            if window.is_poll:
                self._turns.put(window.watch, window.started)
        self._pages.clear()
        self._sweeps.clear()

    def close(self) -> None:
        """Let the threads end when their calls do."""
        for _ in range(self._threads):
            self._tasks.put(None)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not None:
            window, renew = task
            try:
                if renew:
                    self.logs.renew()
                page = self.logs.filter_events(
                    window.watch.group,
                    since=window.since,
                    until=window.until,
                    pattern=self._pattern,
                    token=window.token,
                )
            except BaseException as error:
                # Handed to the pulling thread, which knows what it means, or raises it.
                self._answers.put(Answer(self, window, None, error))
            else:
                self._answers.put(Answer(self, window, page, None))
