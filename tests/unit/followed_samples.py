"""Sources whose whole story is written down: what they say when followed, what they hold."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from stream_samples import GROUP, STREAM, T0

from slsloggrep.errors import SourceError
from slsloggrep.follow import Followed, Step, begin_after
from slsloggrep.model import Coverage, Event, Gap, Invocation, Query
from slsloggrep.parse import Parser
from slsloggrep.recent import Line, Recent, Selection, Shown, recent
from slsloggrep.sources.base import Capability, Following, Notice, Pulse, Report

NOW = T0
Said = Event | Pulse | Notice | Gap | Exception


def event(
    offset: int, text: str, *, stream: str = STREAM, group: str = GROUP, number: int | None = None
) -> Event:
    """Return an event so many ms after NOW; with a number, its ID is one of the service's."""
    event_id = f"{NOW + offset:044d}{number:012d}" if number is not None else ""
    return Event(NOW + offset, text, group, stream, event_id, "scripted:", "")


def pulse(offset: int) -> Pulse:
    return Pulse(NOW + offset)


class Scripted:
    """A source that can be followed, and says what it was told to; then it ends, or waits."""

    def __init__(
        self,
        said: Iterable[Said] = (),
        *,
        held: Iterable[Event] = (),
        name: str = "scripted:",
        waits: bool = False,
        capabilities: Capability = Capability.FOLLOW | Capability.NEWEST_FIRST | Capability.PATTERN,
    ) -> None:
        self.name = name
        self.capabilities = capabilities
        self.said = list(said)
        self.held = list(held)
        self.queries: list[Query] = []
        self.followings: list[Following] = []
        self.pulled = 0
        self.waits = waits
        self.closed = threading.Event()

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        self.queries.append(query)
        report(Coverage(source=self.name, requests=1))
        ordered = sorted(self.held, key=lambda e: e.order)
        for found in reversed(ordered) if query.newest_first else ordered:
            if query.in_window(found.timestamp):
                self.pulled += 1
                yield found

    def follow(
        self, query: Query, following: Following, report: Report
    ) -> Iterator[Event | Pulse | Notice]:
        self.queries.append(query)
        self.followings.append(following)
        for item in self.said:
            if isinstance(item, Exception):
                raise item
            if isinstance(item, Gap):
                report(Coverage(source=self.name, gaps=(item,)))
            else:
                yield item
        if self.waits:
            self.closed.wait(20)

    def close(self) -> None:
        self.closed.set()


class Patient:
    """One who waits and never gives up."""

    cancelled = False

    def progress(self, coverage: Coverage) -> None:
        """Hear nothing."""


def follow(
    *sources: Any,
    selection: Selection | None = None,
    since: int | None = -60_000,
    finding: Recent | None = None,
    reorder: int = 1000,
    late: int = 3_600_000,
    clock: Callable[[], int] = lambda: NOW,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Step]:
    """Follow sources to their end, and return the steps in which there was something."""
    selection = selection or Selection()
    start = None if since is None else NOW + since
    followed = Followed(
        sources,
        selection,
        parser=Parser(),
        beginning=begin_after(finding, selection, since=start, now=NOW, late=late),
        until=None,
        following=Following(late=late),
        reorder=reorder,
        clock=clock,
        cancelled=cancelled,
    )
    return [step for step in followed if any(step)]


def last(*sources: Any, limit: int | None = None, **options: Any) -> Recent:
    """Return what happened last in sources."""
    given = {"since": None, "until": None, "selection": Selection(), **options}
    selection = given.pop("selection")
    return recent(
        sources, selection, parser=Parser(), limit=limit, now=NOW, watch=Patient(), **given
    )


def messages(found: Iterable[Step] | Iterable[Shown]) -> list[str]:
    """Return the messages of what is shown, in order."""
    texts = []
    for item in found:
        for shown in item.shown if isinstance(item, Step) else (item,):
            if isinstance(shown, Invocation):
                texts += [record.event.message.rstrip() for record in shown.records]
            elif isinstance(shown, Line):
                texts.append(shown.record.event.message.rstrip())
    return texts


def lines(steps: Iterable[Step]) -> list[Line]:
    return [shown for step in steps for shown in step.shown if isinstance(shown, Line)]


def invocations(steps: Iterable[Step]) -> list[Invocation]:
    return [shown for step in steps for shown in step.shown if isinstance(shown, Invocation)]


def denied(name: str = "scripted:") -> SourceError:
    return SourceError(name, f"{name}: access denied", hint="allow it")
