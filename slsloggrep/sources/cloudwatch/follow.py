"""Log groups that are followed: events as they come, each once, whatever interrupts the reading.

Puts the parts together: which windows are read says `watch`, who is asked when `pollers` and
`schedule`, what was handed on already `seen`, and what is pushed `live`. Here is decided what an
answer or an error leads to, and what is told of it. Putting events in order is left to whoever
follows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from queue import Empty, SimpleQueue

from slsloggrep.errors import SourceError
from slsloggrep.model import Event, Gap, Millis, Query
from slsloggrep.sources.base import Following, Notice, Pulse, Report, Settings
from slsloggrep.sources.cloudwatch.intake import Intake
from slsloggrep.sources.cloudwatch.live import LiveTail, Message
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.pollers import Answer, Poller, wall
from slsloggrep.sources.cloudwatch.pulse import PulseTime
from slsloggrep.sources.cloudwatch.refusals import Abandoned, Refused
from slsloggrep.sources.cloudwatch.roll import Listed, Roll
from slsloggrep.sources.cloudwatch.schedule import Pace
from slsloggrep.sources.cloudwatch.seen import Seen
from slsloggrep.sources.cloudwatch.troubles import Tally, Troubles
from slsloggrep.sources.cloudwatch.watch import Watch, Window

_INFREQUENT = "the class Infrequent Access cannot be followed: only Insights reads it"
_REPORT_S = 1.0
_MARGIN: Millis = 2_000
"""Beyond the overlap, before a following that has an end ends."""
_HELD_UP_S = 2.0
"""Seconds that whoever follows may take before it counts as slow."""
_SKEW: Millis = 3_000
"""Clocks that differ by more are told; answers tell whole seconds."""
_GLANCE_EVENTS = 256
"""So many events are handed on before the clock is looked at again."""


def follow_groups(
    places: Places,
    settings: Settings,
    source_name: str,
    query: Query,
    following: Following,
    report: Report,
    *,
    pace: Pace | None = None,
) -> Iterator[Event | Pulse | Notice]:
    """Yield the events of the groups that the settings name, as they come; see Follower.follow.

    From `query.since` on, or from now. A pulse tells up to when has been read, as long as older
    events are being caught up, and else the service's time of day; it never goes back. `pace` is
    for tests. Raises SourceError where no group can be read from the beginning.
    """
    follow = _Follow(
        places, settings, source_name, query, following, report, pace or Pace.of(following)
    )
    try:
        for piece in follow.run():
            given = time.monotonic()
            yield piece
            follow.note_reader(time.monotonic() - given)
    finally:
        follow.close()


class _Follow:
    def __init__(
        self,
        places: Places,
        settings: Settings,
        source: str,
        query: Query,
        following: Following,
        report: Report,
        pace: Pace,
    ) -> None:
        self._places = places
        self._settings = settings
        self._source = source
        self._query = query
        self._following = following
        self._pace = pace
        self._stopped = threading.Event()
        self._arrivals: SimpleQueue[object] = SimpleQueue()
        self._notices: list[str] = []
        self._tally = Tally(source, places, report)
        self._troubles = Troubles(source, pace, self._tally, self._notices.append)
        self._seen = Seen(pace.remembered)
        self._live = LiveTail(query.pattern, self._arrivals, self._notices.append)
        self._intake = Intake(source, query, self._live)
        self._pollers: dict[int, Poller] = {}
        self._watches: dict[tuple[int, str, str], Watch] = {}
        self._refused: set[tuple[int, str, str]] = set()
        self._since = wall() if query.since is None else query.since
        self._roll = Roll(
            places, settings, pace.listing, pace.missing, self._arrivals, self._notices.append
        )
        self._ended = False
        self._pulsed_at = 0.0
        self._told_skew = False
        self._held_up = 0.0
        """Seconds that the reader has taken since all that had come was handed on."""
        self._time = PulseTime(self._since, pace.behind)
        self._reported_at = time.monotonic()
        self._told_horizon: dict[int, Millis] = {}

    # The loop

    def run(self) -> Iterator[Event | Pulse | Notice]:
        """Yield until it ends."""
        while not self._ended:
            now = time.monotonic()
            if self._settings.cancelled():
                break
            if now - self._pulsed_at >= self._pace.pulse:
                yield from self._pulse(now)
            self._live.tick(now)
            for poller in self._pollers.values():
                poller.assign(now)
            yield from self._receive(self._wait(now))
            yield from self._tell()
            self._ended = self._ended or self._is_over()
        self._give_account()
        yield from self._tell()

    def note_reader(self, seconds: float) -> None:
        """Hear how long whoever follows took for a piece."""
        self._held_up += seconds
        if self._held_up > _HELD_UP_S:
            # The service has nothing to do with what was not heard of it meanwhile.
            for poller in self._pollers.values():
                poller.excuse(time.monotonic())

    def close(self) -> None:
        """End the threads, and the calls that are under way."""
        self._stopped.set()
        self._live.close()
        for poller in self._pollers.values():
            poller.close()

    def _wait(self, now: float) -> float:
        waits = [self._pulsed_at + self._pace.pulse - now]
        waits += [poller.wait(now) for poller in self._pollers.values()]
        return max(0.0, min(waits))

    def _receive(self, timeout: float) -> Iterator[Event | Pulse | Notice]:
        """Yield what comes of the next arrival, and of those that are there already."""
        try:
            arrival = self._arrivals.get(timeout=timeout) if timeout > 0 else self._next()
            while True:
                yield from self._hand_on(self._take(arrival))
                if time.monotonic() - self._pulsed_at >= self._pace.pulse:
                    return
                arrival = self._next()
        except Empty:
            self._held_up = 0.0
            return

    def _next(self) -> object:
        return self._arrivals.get_nowait()

    def _hand_on(self, events: Iterable[Event]) -> Iterator[Event | Pulse | Notice]:
        yield from self._tell()
        for count, event in enumerate(events):
            if count % _GLANCE_EVENTS == 0:
                now = time.monotonic()
                if now - self._pulsed_at >= self._pace.pulse:
                    if self._settings.cancelled():
                        self._ended = True
                        return
                    yield from self._pulse(now, handing_on=True)
            self._tally.events += 1
            yield event

    def _take(self, arrival: object) -> list[Event]:
        now = time.monotonic()
        if isinstance(arrival, Answer):
            return self._take_answer(arrival, now)
        if isinstance(arrival, Message):
            events = [
                event
                for found in self._live.take(arrival, now)
                if (event := self._intake.event_of_session(found, now)) is not None
            ]
            self._tally.bytes += sum(len(event.message) for event in events)
            return events
        if isinstance(arrival, Listed):
            self._take_listing(arrival, now)
        return []

    def _tell(self) -> Iterator[Notice]:
        notices = [Notice(text) for text in self._notices]
        self._notices.clear()
        yield from notices

    # Groups

    def _take_listing(self, listed: Listed, now: float) -> None:
        first = not self._roll.looked
        choice = self._roll.take(listed, now)
        if choice is None:
            return
        if first:
            self._tally.give(gaps=choice.gaps, notes=choice.notes)
        for group in choice.groups:
            self._add(group, now, told=not first)
        if first and not self._watches:
            self._ended = True  # the gaps say why: the user has given up meanwhile
            if choice.groups:
                raise SourceError(self._source, f"{choice.groups[0].label}: {_INFREQUENT}")

    def _add(self, group: Group, now: float, *, told: bool) -> None:
        key = (id(group.logs), group.name, group.arn if group.linked else "")
        if key in self._watches:
            self._watches[key].group = group
            return
        if group.infrequent:
            if key not in self._refused:
                self._refused.add(key)
                self._troubles.lack(group.label, _INFREQUENT)
            return
        poller = self._pollers.get(id(group.logs))
        if poller is None:
            poller = Poller(
                group.logs.lend(self._stopped),
                self._query.pattern,
                self._pace,
                self._arrivals,
                now,
            )
            self._pollers[id(group.logs)] = poller
        watch = Watch(group, self._seen.memory(), self._pace, self._since, self._query.until, now)
        self._watches[key] = watch
        poller.add(watch, now)
        self._tally.give(objects=1)
        if self._following.live:
            self._live.add(poller, watch)
        if told:
            self._notices.append(f"a new log group is followed as well: {group.label}")

    # Pages

    def _take_answer(self, answer: Answer, now: float) -> list[Event]:
        poller, window = answer.poller, answer.window
        poller.hear(window, now)
        if answer.page is None:
            self._take_error(poller, window, answer.error, now)
            return []
        self._tally.bytes += answer.page.size
        if abs(poller.logs.clock_ahead) > _SKEW and not self._told_skew:
            self._told_skew = True
            seconds = abs(poller.logs.clock_ahead) // 1000
            side = "behind" if poller.logs.clock_ahead > 0 else "ahead of"
            self._notices.append(
                f"this machine's clock is {seconds} s {side} the service's: what happens now may "
                "be taken for older or younger than it is; set the clock"
            )
        watch = window.watch
        if window.is_poll:
            watch.heard = now
        self._troubles.answered(poller, watch)
        events = self._intake.events_of_poll(poller, window, answer.page, now)
        window.pages += 1
        window.token = answer.page.token
        if window.token is None:
            self._finish(poller, window, now)
        else:
            try:
                window.trail = window.trail.after(window.token)
            except Refused as circle:
                self._take_error(poller, window, circle, now)
            else:
                poller.proceed(window, now)
        # The next calls go out before these events are looked at by whoever wants them.
        poller.assign(now)
        return events

    def _finish(self, poller: Poller, window: Window, now: float) -> None:
        watch = window.watch
        before = watch.complete
        limit = max(watch.lag_limit(now), 3 * poller.round)
        watch.finish(window, now, poller.logs.clock_ahead)
        if window.is_poll:
            self._troubles.finished(poller, watch, before, limit)
            interval = watch.interval(now)
            # Where all cannot be asked as often as they should be, those come first in which
            # something happens.
            patience = 0.0 if interval <= self._pace.interval else interval
            poller.next_poll(watch, max(now, window.started + interval), patience=patience)
        if watch.wants_sweep(now):
            poller.want_sweep(watch)
        watch.memory.forget(watch.horizon(), poller.far)

    def _take_error(
        self, poller: Poller, window: Window, error: BaseException | None, now: float
    ) -> None:
        watch = window.watch
        watch.give_up(window)
        if isinstance(error, Abandoned):
            self._ended = True
        elif isinstance(error, Refused):
            self._troubles.refused(poller, window, error, now)
            self._troubles.give_up_perhaps(self._pollers.values(), watch, error)
        elif isinstance(error, SourceError):
            self._troubles.lost(poller, error, now)
            poller.next_poll(watch, now)
            self._troubles.give_up_perhaps(self._pollers.values(), watch, error)
        elif error is not None:
            raise error

    # From time to time

    def _pulse(self, now: float, *, handing_on: bool = False) -> Iterator[Pulse | Notice]:
        self._pulsed_at = now
        for poller in self._pollers.values():
            self._troubles.look(poller, now)
        self._bound()
        self._roll.look(now)
        if now - self._reported_at >= _REPORT_S:
            self._reported_at = now
            self._tally.give()
        yield from self._tell()
        if not handing_on:  # else time would be ahead of the rest of the page
            self._time.advance(self._pollers.values(), now)
        yield Pulse(self._time.time)

    def _bound(self) -> None:
        """Keep the memory of what was handed on within its bound, and say what that costs."""
        if not self._pollers:
            return
        far = min(poller.far for poller in self._pollers.values())
        shortened = self._seen.shrink(far - 2 * self._pace.longest)
        for memory in shortened:
            watch = next(w for w in self._watches.values() if w.memory is memory)
            left = far - memory.floor
            told = self._told_horizon.get(id(memory))
            if watch.is_read and left < self._following.late and (told is None or left < told / 2):
                self._told_horizon[id(memory)] = left
                text = (
                    f"so much is written that late events are looked for "
                    f"{max(1, round(left / 60_000))} min back only"
                )
                self._notices.append(f"{watch.group.label}: {text}")
                self._tally.give(notes=(f"{watch.group.label}: {text}",))

    def _is_over(self) -> bool:
        """Tell whether the query's end is past, and everything up to it was read."""
        until = self._query.until
        if until is None:
            return False
        if not self._watches:
            return self._roll.absent is not None and wall() > until + _MARGIN
        for poller in self._pollers.values():
            for watch in poller.watches:
                if watch.trouble:
                    continue
                if watch.complete < until + watch.tiers[0].lateness + _MARGIN:
                    return False
        return True

    def _give_account(self) -> None:
        """Report the rest, and what had not been read when it ended."""
        now = time.monotonic()
        if self._roll.absent is not None:
            self._tally.give(gaps=(Gap(self._source, self._roll.absent.words),))
        for poller in self._pollers.values():
            self._tally.give(gaps=self._troubles.rest(poller, now))
        self._tally.give()
