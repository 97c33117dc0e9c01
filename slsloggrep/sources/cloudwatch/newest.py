"""Log groups read from the end: the newest event of all groups first, and no more than is wanted.

Each group is asked for its newest events (`startFromHead=false`), and the groups are merged as
their pages come. Where the service refuses that (windows that begin before 2024, an older botocore)
or pays no heed to it, windows that go back in time take its place, each read whole and sorted. Who
makes the calls is `crew`'s work.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from slsloggrep.errors import SourceError
from slsloggrep.model import Event, Gap, Millis, Query
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.crew import Crew
from slsloggrep.sources.cloudwatch.estimate import Engines
from slsloggrep.sources.cloudwatch.events import events_of_page
from slsloggrep.sources.cloudwatch.logs import Group, Logs
from slsloggrep.sources.cloudwatch.reading import (
    AHEAD,
    RESTARTS,
    Reading,
    Window,
    gap_of,
    window_of,
)
from slsloggrep.sources.cloudwatch.refusals import Abandoned, Refused, Why
from slsloggrep.sources.cloudwatch.tasks import Advice, Answer, Done, Read, key_of
from slsloggrep.sources.cloudwatch.trail import BEGINNING

SERVED_SINCE: Millis = 1_704_067_200_000
"""2024-01-01T00:00:00Z: from then on the service gives the newest first (API Reference)."""

_IN_HAND = 50_000
"""Events of all groups together that first pages bring at most."""
_FEWEST = 100
_PAGE = 10_000
"""Events of a page (API Reference)."""

_WINDOW: Millis = 60_000
"""The first window; each further one is twice as long, as long as they hold few events."""
_FEW = 5_000
_MANY = 20_000
"""A window that holds more events is read in halves."""
_NARROWEST: Millis = 1000
_COARSE: Millis = 6 * 3_600_000
"""The first window where each costs a query, and seconds."""

Tell = Callable[[Read | Done], None]


def read_newest(
    groups: Sequence[Group],
    query: Query,
    settings: Settings,
    reading: Reading,
    crew: Crew,
    tell: Tell,
) -> Iterator[Event]:
    """Yield the events of groups in a query's window, from the newest to the oldest.

    `tell` hears what `crew` does, and of each page's events when they are about to be yielded.
    Stops asking when closed; raises as `Crew.run`.
    """
    descents = []
    for group in groups:
        since, until = window_of(query, group)
        if until is None or until > (since or 0):
            descents += [
                Descent(group, (since, until), pattern, settings, reading)
                for pattern in reading.patterns
            ]
    limit = max(_FEWEST, _IN_HAND // max(len(descents), 1))
    for descent in descents:
        descent.limit = limit if limit < _PAGE else None
    merging = _Merging(crew, descents, tell)
    try:
        yield from merging.run()
    finally:
        crew.stop()


def by_class(engines: Engines, settings: Settings) -> Engines:
    """Return the engines, with the groups that only Insights reads where they belong.

    The class of a group is not known where logs:DescribeLogGroups is denied. In any order that
    turns out on the way; where the newest is wanted first it has to be known before.
    """
    refused: list[Group] = []
    for group in engines.filter:
        if group.created is not None or group.infrequent:
            continue
        try:
            group.logs.filter_events(group, since=settings.now, until=settings.now + 1, limit=1)
        except Refused as refusal:
            if refusal.why is Why.UNSUPPORTED:
                refused.append(group)
            # Any other refusal is met again when the group is read, and told then.
        except (Abandoned, SourceError):
            break  # so is this
    if not refused:
        return engines
    others = tuple(group for group in engines.filter if group not in refused)
    return engines._replace(filter=others, insights=(*engines.insights, *refused))


class _Merging:
    """Puts the pages of all descents in one order, as they come."""

    def __init__(self, crew: Crew, descents: Sequence[Descent], tell: Tell) -> None:
        self._crew = crew
        self._descents = descents
        self._tell = tell
        self._messages = crew.run()
        self._ended = False

    def run(self) -> Iterator[Event]:
        for descent in self._descents:
            descent.pending = True
        self._crew.add(self._descents)
        streams = [self._events_of(descent) for descent in self._descents]
        last: Event | None = None
        for event in heapq.merge(*streams, key=lambda event: event.order, reverse=True):
            if event != last:  # two patterns of ours may have found it
                yield event
            last = event
        while not self._ended:
            self._hear()

    def _events_of(self, descent: Descent) -> Iterator[Event]:
        while True:
            while descent.pending and not self._ended:
                self._hear()
            if descent.pending:
                return
            page, descent.page = descent.page, []
            if page:
                self._tell(Read(descent, page, 0))
            half = len(page) // 2
            yield from page[:half]
            # Soon enough for the next page, late enough for those who want only a few events.
            self._ask(descent)
            yield from page[half:]
            if descent.done and not descent.pending and not descent.page:
                return

    def _ask(self, descent: Descent) -> None:
        if descent.done:
            return
        if self._ended:
            gap = Gap(descent.group.label, "interrupted: read in part")
            self._tell(Done(descent.group, read=True, gaps=(gap,), closed=True))
            descent.done = True
            return
        descent.pending = True
        self._crew.add([descent])

    def _hear(self) -> None:
        message = next(self._messages, None)
        if message is None:
            self._ended = True
            return
        self._tell(message)
        if isinstance(message, Read):
            assert isinstance(message.task, Descent)  # noqa: S101 - tells the type checker
            message.task.pending = False
        elif message.closed:
            for descent in self._descents:
                if descent.pending and key_of(descent.group) == key_of(message.group):
                    descent.pending = False
                    descent.done = True


class Descent:
    """A group's window on the way from its end to its beginning.

    `page` and `done` are what the last call has brought; they are not touched by the one who calls
    before `pending` is false again.
    """

    left: float | None = None

    def __init__(
        self, group: Group, window: Window, pattern: str, settings: Settings, reading: Reading
    ) -> None:
        self.group = group
        self.limit: int | None = None
        """Events of a page."""
        self.page: list[Event] = []
        """From the newest to the oldest; all that comes later is older."""
        self.done = False
        self.pending = False
        self._since, self._until = window
        self._pattern = pattern
        self._reading = reading
        self._now = settings.now
        self._served = id(group.logs) not in reading.experience.without_direction
        """The service gives the newest first, as far as it is known."""
        self._proven = False
        self._refused = False
        self._token: str | None = None
        self._trail = BEGINNING
        self._held: list[Event] = []
        """Of one millisecond, of which there may be more on the next page."""
        self._restarts = 0
        self._window = _WINDOW

    def ask(self, logs: Logs, _advice: Advice) -> Answer:
        """Read a page, or a window; see Task.ask."""
        low = max(self._since or 0, SERVED_SINCE)
        if self._served and (self._until is None or self._until > low):
            return self._ask_for_newest(logs, low)
        return self._ask_for_window(logs)

    def _ask_for_newest(self, logs: Logs, low: Millis) -> Answer:
        try:
            page = logs.filter_events(
                self.group,
                since=low,
                until=self._until,
                pattern=self._pattern,
                token=self._token,
                newest_first=True,
                limit=self.limit,
            )
        except Refused as refusal:
            if refusal.why is not Why.BAD_REQUEST or self._restarts >= RESTARTS:
                raise
            if self._token is None:
                self._served = False
                self._refused = True
                return self._ask_for_window(logs)
            # A stale token: what was held back comes again.
            self._restarts += 1
            self._until = self._held[0].timestamp + 1 if self._held else self._until
            self._token, self._trail, self._held = None, BEGINNING, []
            return Answer([], then=(self,), read=False)
        times = [event.timestamp for event in page.events]
        if self._held:
            times.insert(0, self._held[-1].timestamp)
        self._proven = self._proven or _descends(times)
        if not self._proven and page.token is not None and any(map(int.__lt__, times, times[1:])):
            self._served = False
            self._reading.experience.without_direction.add(id(self.group.logs))
            self._token, self._trail, self._held = None, BEGINNING, []
            return self._ask_for_window(logs)
        self._token = page.token
        events = events_of_page(page.events, self.group, self._reading.source)
        events = sorted(self._held + events, key=lambda event: event.order, reverse=True)
        self._held = []
        gaps: tuple[Gap, ...] = ()
        if page.token is not None:
            try:
                self._trail = self._trail.after(page.token)
            except Refused as circle:
                gaps, self.done = (gap_of(self.group, circle),), True
        if self.done:
            pass  # nothing is held back: there is no next page
        elif page.token is not None and events:
            oldest = events[-1].timestamp
            self._held = [event for event in events if event.timestamp == oldest]
            events = events[: len(events) - len(self._held)]
        elif page.token is None:
            self._until = low
            self.done = self._since is not None and self._since >= low
        self.page = events
        return Answer([], page.size, gaps=gaps)

    def _ask_for_window(self, logs: Logs) -> Answer:
        """Read the window that ends where the last one began, in halves where it holds much."""
        bottom = self._since or 0
        end = self._now + AHEAD if self._until is None else self._until
        # What lies in the future is usually nothing: the first window takes it in.
        start = self._now - self._window if self._until is None else end - self._window
        start = max(min(start, end - 1), bottom)
        size = 0
        gaps: list[Gap] = []
        while True:
            events, read, last = self._read_window(logs, (start, self._until), end, gaps)
            size += read
            if events is not None:
                break
            end = max(end, last + 1)
            start = end - (end - start) // 2
            self._window = end - start
        if len(events) < _FEW:
            self._window *= 2
        self._until = start
        self.done = start <= bottom
        self.page = sorted(events, key=lambda event: event.order, reverse=True)
        return Answer([], size, gaps=tuple(gaps))

    def _read_window(
        self, logs: Logs, window: tuple[Millis, Millis | None], end: Millis, gaps: list[Gap]
    ) -> tuple[list[Event] | None, int, Millis]:
        """Return a window's events, the bytes that came, and the latest time that was seen.

        No events: they are too many to be held, and the window is long enough to be halved. What
        the window lacks is added to `gaps`.
        """
        since, until = window
        events: list[Event] = []
        token: str | None = None
        trail = BEGINNING
        size = restarts = last = 0
        while True:
            try:
                page = logs.filter_events(
                    self.group, since=since, until=until, pattern=self._pattern, token=token
                )
            except Refused as refusal:
                if refusal.why is not Why.BAD_REQUEST:
                    raise
                if token is not None and restarts < RESTARTS:
                    restarts += 1
                    token, trail, events = None, BEGINNING, []
                elif token is None and self._pattern:
                    if self._reading.given:
                        self._reading.blame_pattern(refusal, logs, self.group, window)
                    self._pattern = ""
                    self._refused = False
                else:
                    raise
                continue
            if self._refused:
                # The same was taken without a direction: it was that.
                self._refused = False
                self._reading.experience.without_direction.add(id(self.group.logs))
            size += page.size
            events += events_of_page(page.events, self.group, self._reading.source)
            last = max((event.timestamp for event in page.events), default=last)
            token = page.token
            if token is None:
                return events, size, last
            try:
                trail = trail.after(token)
            except Refused as circle:
                gaps.append(gap_of(self.group, circle))
                return events, size, last
            if len(events) > _MANY and max(end, last + 1) - since > _NARROWEST:
                return None, size, last


def in_windows(
    groups: Sequence[Group],
    query: Query,
    settings: Settings,
    read: Callable[[Query], Iterable[Event]],
) -> Iterator[Event]:
    """Yield a query's window from the newest to the oldest, by reading parts of it whole.

    `read` yields the events of a part in any order; each further part is twice as long.
    """
    until, length = query.until, _COARSE
    sinces = [window_of(query, group)[0] or 0 for group in groups]
    bottom = min(sinces, default=0)
    since = (settings.now if until is None else until) - length
    while True:
        since = bottom if since - length < bottom else since
        part = replace(query, since=since, until=until)
        yield from sorted(read(part), key=lambda event: event.order, reverse=True)
        if since <= bottom:
            return
        # Who gives up is told in one go that the rest is missing.
        length = since - bottom if settings.cancelled() else length * 2
        since, until = since - length, since


def _descends(times: Sequence[Millis]) -> bool:
    """Tell whether times go down and never up."""
    return len(times) > 1 and times[0] > times[-1] and all(map(int.__ge__, times, times[1:]))
