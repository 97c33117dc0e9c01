"""Which of the events that polls and live sessions bring are new and wanted.

What is known of copies is `seen`'s knowledge; when pages are asked for, and what follows from them,
that of `follow`.
"""

from __future__ import annotations

from slsloggrep.model import Event, Query
from slsloggrep.sources.cloudwatch.events import event_of
from slsloggrep.sources.cloudwatch.live import LiveEvent, LiveTail
from slsloggrep.sources.cloudwatch.pages import Page
from slsloggrep.sources.cloudwatch.pollers import Poller, wall
from slsloggrep.sources.cloudwatch.seen import content_of, identity_of
from slsloggrep.sources.cloudwatch.watch import Window


class Intake:
    """Lets each event through once; used by the pulling thread alone."""

    def __init__(self, source: str, query: Query, live: LiveTail) -> None:
        self._source = source
        self._query = query
        self._live = live
        self._position = 0

    def events_of_poll(self, poller: Poller, window: Window, page: Page, now: float) -> list[Event]:
        """Return the events of a page that were not handed on yet, and note what they tell."""
        watch = window.watch
        group, memory, query = watch.group, watch.memory, self._query
        # What a session has shown is still to come from polls when there is no session any more.
        paired = self._live.covers(poller) or memory.awaits_polls
        unread, floor = watch.unread(window), memory.floor
        lateness = -1
        events: list[Event] = []
        others: set[str] = set()
        if group.functions:  # asked once for each stream: it is not cheap
            streams = {found.logStreamName for found in page.events}
            others = {stream for stream in streams if not group.concerns(stream)}
        for found in page.events:
            timestamp = found.timestamp
            if not query.in_window(timestamp) or found.logStreamName in others:
                continue
            if timestamp < floor:
                if unread is None or timestamp < unread:
                    continue  # whether it was handed on is forgotten
            elif not memory.admit(timestamp, identity_of(found)):
                continue
            lateness = max(lateness, found.ingestionTime - timestamp)
            if paired and not memory.pair_polled(
                timestamp, content_of(found.logStreamName, timestamp, found.message)
            ):
                continue
            events.append(event_of(found, group, self._source))
        if page.events:
            watch.advance(window, max(found.timestamp for found in page.events))
        if events:
            watch.active = now
        if lateness >= 0:
            watch.lateness.note(lateness, poller.far)
        return events

    def event_of_session(self, found: LiveEvent, now: float) -> Event | None:
        """Return an event that a session shows; None: it is not wanted, or a poll brought it."""
        watch = found.watch
        group = watch.group
        if not self._query.in_window(found.timestamp) or not group.concerns(found.stream):
            return None
        content = content_of(found.stream, found.timestamp, found.message)
        if not watch.memory.pair_live(found.timestamp, content):
            return None
        watch.active = now
        watch.lateness.note(max(0, found.ingested - found.timestamp), wall())
        self._position += 1
        return Event(
            timestamp=found.timestamp,
            message=found.message,
            log_group=group.name,
            log_stream=found.stream,
            event_id="",
            source=self._source,
            container=group.logs.label,
            position=self._position,
        )
