"""One log group that is followed: which stretch of time is read next, so that none is left out.

Events turn up late, out of order, and with times that are yet to come. So a group is read in
tiers: polls begin a few seconds before the last one was made and have no end; sweeps reach further
back, and end where the tier below them begins. Who asks, and when, is
`slsloggrep.sources.cloudwatch.follow`'s knowledge.

Why no event falls between two tiers: a tier that was last read at `complete` begins its next
window at `complete - lateness` or earlier, and so finds whatever arrives up to `lateness` after
its time. A sweep ends where the next window of the tier below will begin at the latest: it makes
that tier promise to begin no later, whatever the tier has learnt in the meantime.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from slsloggrep.model import Millis
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.schedule import Lateness, Pace
from slsloggrep.sources.cloudwatch.seen import Memory
from slsloggrep.sources.cloudwatch.trail import BEGINNING, Trail

DOUBT: Millis = 1_500
"""What is known of the service's time of day may be wrong by so much: see Logs.clock_ahead."""

_EARLY = 0.2
"""A sweep that is due within this part of its period joins a poll: it then costs nothing."""


@dataclass(eq=False, slots=True)
class Tier:
    """One way of looking back: polls, or sweeps of one reach."""

    lateness: Millis
    longest: Millis
    """What `lateness` may grow to."""
    least: Millis
    """What `lateness` may shrink to."""
    every: float
    complete: Millis
    """Everything up to `lateness` before this that had arrived by then was read."""
    due: float
    running: Window | None = None
    promise: Millis | None = None
    """The next window must begin here or earlier."""

    @property
    def start(self) -> Millis:
        """Where the next window begins."""
        start = self.complete - self.lateness
        return start if self.promise is None else min(start, self.promise)

    def hand_up(self) -> Millis:
        """Return where the next window begins at the latest, and keep to it from now on."""
        complete = self.complete if self.running is None else self.running.begun
        latest = complete - self.least
        self.promise = latest if self.promise is None else min(latest, self.promise)
        return self.promise


@dataclass(eq=False, slots=True)
class Window:
    """A stretch of time of one group that is being read, page after page."""

    watch: Watch
    tiers: tuple[Tier, ...]
    """Those that are complete when it is read to its end; the first one gave the occasion."""
    since: Millis
    until: Millis | None
    started: float
    """When it was begun, by the monotonic clock."""
    begun: Millis
    """When the first page was asked for, by the service's time of day as it was known then."""
    asked: Millis
    """The same, by this machine's clock."""
    unread: Millis | None
    """What is not older had never been read when it was begun; None: all of it had, once."""
    token: str | None = None
    trail: Trail = BEGINNING
    pages: int = 0
    reached: Millis = 0
    """The latest time of an event so far."""

    @property
    def is_poll(self) -> bool:
        """Tell whether this is a poll, perhaps with sweeps that joined it."""
        return self.tiers[0] is self.watch.tiers[0]


@dataclass(eq=False)
class Watch:
    """A group, what was read of it, and what is to be read next."""

    group: Group
    memory: Memory
    pace: Pace
    since: Millis
    until: Millis | None
    started: float
    tiers: tuple[Tier, ...] = field(init=False)
    lateness: Lateness = field(init=False)
    live: bool = False
    """A live session brings its events first."""
    trouble: str = ""
    """Why it cannot be read at present."""
    missed: bool = False
    """Its place was out of reach since it was polled last."""
    absent: bool = False
    """It is not there, or was not until just now."""
    is_read: bool = field(default=False, init=False)
    """It was read to the end at least once."""
    excused: Millis = field(default=0, init=False)
    """Up to when it may go unread without anything being wrong: nobody listened."""
    spacing: Millis = field(default=0, init=False)
    """How far the last two polls were apart; 0: there was one at most."""
    _spacings: deque[Millis] = field(init=False)
    _tried: Millis = field(default=0, init=False)
    """What is older was read meanwhile: by a poll that broke off, or by a sweep."""
    heard: float = field(init=False)
    """When a page of a poll came last, by the monotonic clock."""
    active: float = field(init=False)
    """When there was a new event last, by the monotonic clock."""

    def __post_init__(self) -> None:
        pace = self.pace
        self.lateness = Lateness(pace)
        self._spacings = deque(maxlen=4)
        self.heard = self.active = self.started
        polls = Tier(pace.overlap, pace.longest, pace.shortest, 0.0, self.since, self.started)
        self.tiers = (
            polls,
            *(
                Tier(late, late, late, every, self.since, self.started + every)
                for late, every in pace.sweeps
            ),
        )

    @property
    def complete(self) -> Millis:
        """Up to when it was read, but for late events."""
        return self.tiers[0].complete

    @property
    def reached(self) -> Millis:
        """Up to when it was read, the pages of a window that is under way included."""
        window = self.tiers[0].running
        if window is None:
            return self.complete
        # Events that are dated ahead do not mean that it was read up to there.
        return max(self.complete, min(window.reached, window.begun - DOUBT))

    def interval(self, now: float) -> float:
        """Return how many seconds after one poll the next is due."""
        interval = self.pace.interval_after(now - self.active)
        return max(interval, self.pace.behind_live) if self.live else interval

    def lag_limit(self, now: float) -> Millis:
        """Return for how long it may go unread without anything being wrong."""
        seconds = max(self.pace.behind, 3 * self.interval(now))
        return max(round(seconds * 1000), 3 * self.spacing)

    def usual_spacing(self, now: float) -> Millis:
        """Return how long after one poll nobody needs to wait for the next.

        As long as it should take; where the quota is used up, as long as it takes, less what may
        be waited for the sake of order.
        """
        least = min(self._spacings, default=0) - self.pace.held
        return max(round(self.interval(now) * 1000), least)

    def poll(self, now: float, far: Millis, asked: Millis) -> Window:
        """Begin a poll; sweeps that are due and cost little join it.

        `now` is the monotonic clock's time, `far` the service's, `asked` this machine's.
        """
        polls = self.tiers[0]
        polls.lateness = self.lateness.overlap(far)
        start = self._bounded(polls.start)
        free = [tier for tier in self.tiers[1:] if tier.running is None]
        for tier in free:
            begin = self._bounded(tier.start)
            due = tier.due - _EARLY * tier.every <= now
            if due and begin < start and self.memory.count(begin) <= self.pace.small:
                start = begin
        covered = (polls, *(tier for tier in free if start <= self._bounded(tier.start)))
        unread = polls.complete
        return self._begin(covered, start, self.until, now, far, asked, unread=unread)

    def sweep(self, now: float, far: Millis, asked: Millis) -> Window | None:
        """Begin the sweep that is due; None: there is none, or one is under way."""
        if any(tier.running and not tier.running.is_poll for tier in self.tiers):
            return None
        for below, tier in zip(self.tiers, self.tiers[1:], strict=False):
            if tier.due > now or tier.running is not None:
                continue
            start = self._bounded(tier.start)
            end = below.hand_up()
            if self.until is not None:
                end = min(end, self.until)
            if start < end:
                return self._begin((tier,), start, end, now, far, asked, unread=None)
            # All that it could find was forgotten, or is found by the tier below.
            tier.complete, tier.promise = far - DOUBT, None
            tier.due = now + tier.every
        return None

    def wants_sweep(self, now: float) -> bool:
        """Tell whether a sweep is due."""
        return any(tier.due <= now and tier.running is None for tier in self.tiers[1:])

    def advance(self, window: Window, reached: Millis) -> None:
        """Hear that a page of a window was read, up to a time; pages ascend."""
        window.reached = max(window.reached, reached)
        if not window.is_poll:
            self._tried = max(self._tried, reached + 1)

    def unread(self, window: Window) -> Millis | None:
        """Return from when on the next page holds what no other window has; None: nowhere."""
        return None if window.unread is None else max(window.unread, self._tried)

    def finish(self, window: Window, now: float, ahead: Millis) -> None:
        """Hear that a window was read to its end; `ahead` is how far the service's clock is."""
        complete = window.asked + ahead - DOUBT
        if window.is_poll:
            self.spacing = complete - self.complete if self.is_read else 0
            self._spacings.append(self.spacing)
            self.is_read = True
            self._tried = 0
        for tier in window.tiers:
            tier.complete = complete
            tier.due = now + tier.every
            tier.running = None

    def give_up(self, window: Window) -> None:
        """Hear that a window was not read to its end: it is read again, from its beginning."""
        if window.is_poll and window.reached:
            self._tried = max(self._tried, window.reached + 1)
        for tier in window.tiers:
            tier.running = None
            tier.promise = min(window.since, window.since if tier.promise is None else tier.promise)

    def horizon(self) -> Millis:
        """Return the time before which nothing will be read any more."""
        times = [tier.complete - tier.longest for tier in self.tiers]
        times += [tier.promise for tier in self.tiers if tier.promise is not None]
        times += [tier.running.since for tier in self.tiers if tier.running is not None]
        return min(times)

    def _bounded(self, start: Millis) -> Millis:
        return max(start, self.since, self.memory.floor)

    def _begin(
        self,
        tiers: tuple[Tier, ...],
        since: Millis,
        until: Millis | None,
        now: float,
        far: Millis,
        asked: Millis,
        *,
        unread: Millis | None,
    ) -> Window:
        window = Window(self, tiers, since, until, now, far, asked, unread)
        for tier in tiers:
            tier.running, tier.promise = window, None
        return window
