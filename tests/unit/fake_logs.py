"""A place that serves log events from memory, in every way that the API leaves open."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from slsloggrep.model import Coverage, Event, Query
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.crew import Crew
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.pages import LogEvent, Page
from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.sources.cloudwatch.tasks import Done, Read

NOW = 1_780_000_000_000
SETTINGS = Settings(now=NOW)

Order = Literal["time", "stream", "reversed", "mixed"]


@dataclass
class Call:
    operation: str
    group: str
    since: int | None
    until: int | None
    pattern: str = ""
    streams: tuple[str, ...] = ()
    token: str | None = None
    newest_first: bool = False
    limit: int | None = None


@dataclass(eq=False)
class FakeLogs:
    """Groups of one place, by name; page sizes, empty pages, orders and refusals as told."""

    groups: dict[str, list[LogEvent]]
    page: int = 10_000
    empties: Sequence[int] = (0,)
    """How many empty pages come before each page, in turn."""
    order: Order = "time"
    direction: Literal["served", "ignored", "refused"] = "served"
    useful: float = 32.0
    label: str = ""
    region: str = "us-east-1"
    before: Callable[[Call], None] = lambda _call: None
    """Called before each answer; may raise."""
    calls: list[Call] = field(default_factory=list)
    stopped: threading.Event | None = None

    def lend(self, stopped: threading.Event) -> FakeLogs:
        self.stopped = stopped
        return self

    def limiter(self, _operation: str) -> FakeLogs:
        return self

    def group(self, name: str, **options: Any) -> Group:
        return Group(name=name, logs=self, **options)  # type: ignore[arg-type]

    def all_groups(self, **options: Any) -> list[Group]:
        return [self.group(name, **options) for name in self.groups]

    def filter_events(
        self,
        group: Group,
        *,
        since: int | None,
        until: int | None,
        pattern: str = "",
        streams: Sequence[str] = (),
        token: str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Page:
        call = Call("filter", group.name, since, until, pattern, tuple(streams), token,
                    newest_first, limit)  # fmt: skip
        self._called(call)
        if newest_first and token is None and self.direction == "refused":
            raise Refused(Why.BAD_REQUEST, "startFromHead is not supported")
        known = {event.logStreamName for event in self.groups[group.name]}
        if set(streams) - known:
            raise Refused(Why.NO_SUCH_STREAM, "The specified log stream does not exist.")
        found = [
            event
            for event in self.groups[group.name]
            if _within(event.timestamp, since, until)
            and (not streams or event.logStreamName in streams)
            and matches(pattern, event.message)
        ]
        # The direction is the first call's: its token carries it.
        newest = token.endswith("-") if token else newest_first and self.direction == "served"
        self._sort(found, "reversed" if newest else self.order)
        page, following = self._page(found, token.rstrip("-") if token else None, limit)
        if following and newest:
            following += "-"
        return Page(page, following, sum(len(e.message) + 200 for e in page), None)

    def get_events(
        self,
        group: Group,
        stream: str,
        *,
        since: int | None,
        until: int | None,
        token: str | None = None,
        newest_first: bool = False,
    ) -> Page:
        call = Call("get", group.name, since, until, "", (stream,), token, newest_first)
        self._called(call)
        of_stream = [e for e in self.groups[group.name] if e.logStreamName == stream]
        if not of_stream:
            raise Refused(Why.NO_SUCH_STREAM, "The specified log stream does not exist.")
        found = [e for e in of_stream if _within(e.timestamp, since, until)]
        self._sort(found, "time")
        bare = [LogEvent(timestamp=e.timestamp, message=e.message) for e in found]
        page, following = self._page(bare, token, None)
        # The end is a token that repeats.
        end = f"{len(bare)}:0"
        return Page(page, following or end, sum(len(e.message) + 60 for e in page), None)

    def _called(self, call: Call) -> None:
        self.calls.append(call)
        self.before(call)

    def _sort(self, events: list[LogEvent], order: Order) -> None:
        if order == "time":
            events.sort(key=lambda e: (e.timestamp, e.eventId))
        elif order == "stream":
            events.sort(key=lambda e: (e.logStreamName, e.timestamp, e.eventId))
        elif order == "reversed":
            events.sort(key=lambda e: (e.timestamp, e.eventId), reverse=True)
        else:
            events.sort(key=lambda e: hash((e.timestamp * 2654435761) % 1000003))

    def _page(
        self, found: list[LogEvent], token: str | None, limit: int | None
    ) -> tuple[tuple[LogEvent, ...], str | None]:
        number = 0
        if token is None:
            left = self.empties[0]
        else:
            number, left = map(int, token.split(":"))
        if left:
            return (), f"{number}:{left - 1}"
        size = min(self.page, limit or self.page)
        page = tuple(found[number : number + size])
        after = number + len(page)
        if after >= len(found):
            return page, None
        return page, f"{after}:{self.empties[(after // size) % len(self.empties)]}"


def _within(time: int, since: int | None, until: int | None) -> bool:
    return (since is None or time >= since) and (until is None or time < until)


def matches(pattern: str, message: str) -> bool:
    """Tell whether a pattern of one regex matches anywhere in a message."""
    return not pattern or re.search(pattern.strip("%"), message) is not None


def event_id(timestamp: int, number: int) -> str:
    return f"{timestamp << 64 | number:056d}"


def make_events(
    times: Iterable[int], *, stream: str = "s", message: str = "m", start: int = 0
) -> list[LogEvent]:
    """Return events at these times, each with its own number in its message and ID."""
    return [
        LogEvent(
            timestamp=time,
            message=f"{message} {number}",
            eventId=event_id(time, number),
            logStreamName=stream,
        )
        for number, time in enumerate(times, start)
    ]


def run_all(crew: Crew) -> tuple[list[Event], list[Done]]:
    """Return what a crew brings, events and endings."""
    events: list[Event] = []
    endings: list[Done] = []
    for message in crew.run():
        if isinstance(message, Read):
            events += message.events
        else:
            endings.append(message)
    return events, endings


class Reports:
    """Adds up what a source reports."""

    def __init__(self) -> None:
        self.total = Coverage(source="test")

    def __call__(self, increment: Coverage) -> None:
        self.total += increment


WINDOW = Query(since=NOW - 3_600_000, until=NOW)
