"""Windows of log groups by FilterLogEvents: page by page, and in slices where that is faster.

A window that turns out to have many pages is cut into slices of time, which are read side by side.
Nothing is taken for granted about the order in which events come: the slices together are the
whole window again, and the page that led to them is read a second time. Who makes the calls is
`crew`'s work; newest first is `newest`'s, stretches of streams are `streams`'.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NoReturn

from slsloggrep.errors import UsageError
from slsloggrep.model import Event, Gap, Millis, Query
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.events import Stretches, events_of_page
from slsloggrep.sources.cloudwatch.logs import Group, Logs
from slsloggrep.sources.cloudwatch.pages import Page
from slsloggrep.sources.cloudwatch.patterns import patterns_for
from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.sources.cloudwatch.tasks import Advice, Answer, GroupKey, Task, key_of
from slsloggrep.sources.cloudwatch.trail import BEGINNING, Trail

EARLY: Millis = 14 * 86_400_000
"""PutLogEvents takes events this much older than the group (API Reference)."""
AHEAD: Millis = 2 * 3_600_000
"""PutLogEvents takes events this far in the future (API Reference)."""

_NARROWEST: Millis = 1000
"""A slice is at least so long."""
_DEPTH = 6
"""A slice of a slice, and so on: beyond that, the estimates have failed."""
RESTARTS = 3
"""A window whose tokens keep going stale is begun again so many times."""
_BLIND = 4
"""After so many pages without any event, it is thought that there are many more of them."""
_BLIND_PIECES = 8
_SPARSE = 100
"""With fewer events a page, the service was looking for them since the window's beginning."""


@dataclass(slots=True)
class Experience:
    """What earlier readings of a source have shown."""

    seen: dict[str, dict[str, set[GroupKey]]] = field(default_factory=dict)
    """By a group's name and a stream's: the groups in which events of it were found."""
    without_patterns: set[int] = field(default_factory=set)
    """Places that refuse the patterns that are made here."""
    without_direction: set[int] = field(default_factory=set)
    """Places that do not serve the newest first."""
    pages: dict[GroupKey, tuple[int, int]] = field(default_factory=dict)
    """Stretches of streams by FilterLogEvents: how many calls they took, and how many stretches."""
    with_ids: frozenset[GroupKey] = frozenset()
    """Groups of which events are recognised by their IDs, which GetLogEvents does not tell."""

    def note(self, group: Group, events: Sequence[Event]) -> None:
        """Remember in which group streams were found."""
        streams = self.seen.setdefault(group.name, {})
        for stream in {event.log_stream for event in events}:
            streams.setdefault(stream, set()).add(key_of(group))

    def groups_of(self, group: str, stream: str) -> set[GroupKey]:
        """Return the groups of a name in which a stream was found."""
        return self.seen.get(group, {}).get(stream, set())

    def pages_of(self, group: Group) -> float:
        """Return how many calls of FilterLogEvents a stretch of streams is likely to take."""
        calls, stretches = self.pages.get(key_of(group), (1, 1))
        return calls / stretches


class Reading:
    """One reading of groups: what is asked of all of them, and what was learned meanwhile.

    `patterns` are the server-side filters; `given`: the user wrote the pattern, it is not ours.
    """

    def __init__(
        self,
        source: str,
        experience: Experience,
        patterns: tuple[str, ...] = ("",),
        *,
        given: bool = False,
    ) -> None:
        self.source = source
        self.experience = experience
        self.patterns = patterns
        self.given = given
        self._lock = threading.Lock()
        self.unsupported: list[Group] = []
        """Groups that only Insights can read, as it turned out."""
        self._shortest: dict[GroupKey, int] = {}
        self._whole: set[tuple[GroupKey, Millis | None, Millis | None]] = set()

    @classmethod
    def of(cls, query: Query, source: str, experience: Experience) -> Reading:
        """Return the reading of a query's window."""
        if query.pattern:
            return cls(source, experience, (query.pattern,), given=True)
        return cls(source, experience, patterns_for(query.literals))

    def takes_patterns(self, logs: Logs) -> bool:
        """Tell whether a place is known to refuse the patterns that are made here."""
        return self.given or id(logs) not in self.experience.without_patterns

    def blame_pattern(self, refusal: Refused, logs: Logs, group: Group, window: Window) -> NoReturn:
        """Raise UsageError where the user's pattern is at fault, Refused where it is not."""
        since, until = window
        logs.filter_events(group, since=since, until=until, limit=1)
        raise UsageError(
            f"CloudWatch does not take the filter pattern '{self.patterns[0]}': {refusal.reason}",
            hint="its syntax: CloudWatch Logs User Guide, FilterAndPatternSyntax",
        )

    def is_first_whole(self, group: Group, window: Window) -> bool:
        """Tell, once for each window, that it is to be read whole in the place of all patterns."""
        with self._lock:
            key = (key_of(group), *window)
            if key in self._whole:
                return False
            self._whole.add(key)
            return True

    def finished(self, group: Group, calls: int) -> None:
        """Hear how many calls a stretch of streams took."""
        with self._lock:
            before, stretches = self.experience.pages.get(key_of(group), (0, 0))
            self.experience.pages[key_of(group)] = (before + calls, stretches + 1)

    def note_slice(self, group: Group, calls: int) -> None:
        """Hear that a slice was read to its end."""
        with self._lock:
            shortest = self._shortest.get(key_of(group), calls)
            self._shortest[key_of(group)] = min(shortest, calls)

    def slices_help(self, group: Group, calls: int) -> bool:
        """Tell whether some slice took much less than so many calls.

        Then slices tell apart where there is much to read from where there is little. But a
        service may send a chain of empty pages whatever the window is: each slice of a slice
        would bring the whole chain again.
        """
        shortest = self._shortest.get(key_of(group))
        return shortest is not None and 2 * shortest < calls

    def was_seen(self, group: Group, stream: str) -> bool:
        """Tell whether events of a stream were found in a group before."""
        return key_of(group) in self.experience.groups_of(group.name, stream)


Window = tuple[Millis | None, Millis | None]


def window_of(query: Query, group: Group) -> Window:
    """Return the window of a group that is to be asked for; None: unbounded."""
    since = query.since
    if since is None and group.created is not None:
        since = max(group.created - EARLY, 0)
    return since if since is None else max(since, 0), query.until


def tasks_of(
    groups: Sequence[Group], query: Query, settings: Settings, reading: Reading
) -> Iterator[Task]:
    """Yield what to ask first of groups, in order to read a query's window in no order."""
    for group in groups:
        since, until = window_of(query, group)
        if until is not None and until <= (since or 0):
            continue
        for pattern in reading.patterns:
            yield Slice(
                group=group,
                since=since,
                until=until,
                end=settings.now + AHEAD if until is None else until,
                pattern=pattern,
                reading=reading,
            )


Fallback = Callable[["Slice"], tuple[Task, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A stretch of a group's time, and how far it was read."""

    group: Group
    since: Millis | None
    until: Millis | None
    end: Millis
    """Where `until` is, or may be."""
    reading: Reading
    pattern: str = ""
    streams: tuple[str, ...] = ()
    wanted: Stretches | None = None
    """What is wanted of the streams."""
    fallback: Fallback | None = None
    """What to ask where FilterLogEvents is denied."""
    left: float | None = None
    doubted: bool = False
    """A pattern was refused, and this is the same without it."""
    depth: int = 0
    restarts: int = 0
    token: str | None = None
    trail: Trail = BEGINNING
    spent: int = 0
    """Pages that were read so far."""
    found: int = 0
    first: Millis | None = None
    last: Millis | None = None

    def ask(self, logs: Logs, advice: Advice) -> Answer:
        """Read a page; see Task.ask."""
        if self.pattern and not self.reading.takes_patterns(self.group.logs):
            return self._read_whole(doubted=False)
        try:
            page = logs.filter_events(
                self.group,
                since=self.since,
                until=self.until,
                pattern=self.pattern,
                streams=self.streams,
                token=self.token,
            )
        except Refused as refusal:
            return self._refused(refusal, logs)
        if self.doubted:
            # It was the pattern, then, and not something else about this group.
            self.reading.experience.without_patterns.add(id(self.group.logs))
        if page.token is None:
            if self.depth:
                self.reading.note_slice(self.group, self.spent + 1)
            elif self.streams:
                self.reading.finished(self.group, self.spent + 1)
            return Answer(self._events(page), page.size)
        try:
            after = self._after(page, self.trail.after(page.token))
        except Refused as circle:
            return Answer(self._events(page), page.size, gaps=(gap_of(self.group, circle),))
        slices = after.cut(logs, advice, self.left)
        if slices:
            if self.streams and not self.depth:
                self.reading.finished(self.group, round(after.spent + (after.left or 0)))
            # They bring the events of this page, too.
            return Answer([], page.size, slices)
        return Answer(self._events(page), page.size, (after,))

    def cut(self, logs: Logs, advice: Advice, known: float | None) -> tuple[Slice, ...]:
        """Return the whole window in slices, where it is worth it; `known` as in Advice.pieces."""
        since = self.since if self.first is None else self.first
        if since is None or self.depth >= _DEPTH or self.left is None:
            return ()
        sparse = self.found < _SPARSE * self.spent
        if self.depth and sparse and not self.reading.slices_help(self.group, self.spent):
            return ()
        end = max(self.end, since + 1, (self.last or 0) + 1)
        useful = logs.limiter("FilterLogEvents").useful
        pieces = advice.pieces(useful, self.left, self.spent, known)
        if self.first is None:
            pieces = min(pieces, _BLIND_PIECES)
        pieces = min(pieces, (end - since) // _NARROWEST)
        if pieces < 2:
            return ()
        cuts = [since + (end - since) * number // pieces for number in range(1, pieces)]
        fresh = replace(
            self,
            left=(self.left + self.spent) / pieces,
            depth=self.depth + 1,
            token=None,
            trail=BEGINNING,
            spent=0,
            found=0,
            first=None,
            last=None,
        )
        bounds = zip([self.since, *cuts], [*cuts, self.until], [*cuts, end], strict=True)
        return tuple(
            replace(fresh, since=since, until=until, end=end) for since, until, end in bounds
        )

    def _events(self, page: Page) -> list[Event]:
        return events_of_page(page.events, self.group, self.reading.source, wanted=self.wanted)

    def _after(self, page: Page, trail: Trail) -> Slice:
        """Return what is left after a page."""
        times = [event.timestamp for event in page.events]
        known = [time for time in (self.first, self.last) if time is not None]
        first = min(times + known, default=None)
        last = max(times + known, default=None)
        spent, found = self.spent + 1, self.found + len(times)
        return replace(
            self,
            token=page.token,
            trail=trail,
            spent=spent,
            found=found,
            first=first,
            last=last,
            left=self._pages_left(spent, found, first, last),
        )

    def _pages_left(
        self, spent: int, found: int, first: Millis | None, last: Millis | None
    ) -> float | None:
        """Return how many more pages there may be, going by how much of the window is behind."""
        if first is None or last is None:
            # Of streams, GetLogEvents is the better way out of many empty pages, next time.
            return 4.0 * spent if spent >= _BLIND and not self.streams else None
        # Before the first of many events there was nothing that cost a page.
        sparse = found < _SPARSE * spent and self.since is not None
        beginning = min(self.since, first) if sparse and self.since is not None else first
        covered = max(last - beginning, 1)
        return spent * max(self.end - last, 0) / covered

    def _refused(self, refusal: Refused, logs: Logs) -> Answer:
        """Return another way; raises where there is none."""
        bad = refusal.why is Why.BAD_REQUEST
        if bad and self.token is not None and self.restarts < RESTARTS:
            # Stale: tokens live for 24 h, and only as long as the service likes.
            return _instead(replace(self._afresh(), restarts=self.restarts + 1))
        if bad and self.token is None and self.pattern:
            if self.reading.given:
                self.reading.blame_pattern(refusal, logs, self.group, (self.since, self.until))
            return self._read_whole(doubted=True)
        if self.streams and refusal.why is Why.NO_SUCH_STREAM:
            return self._without_missing(refusal)
        if refusal.why is Why.UNSUPPORTED:
            self.reading.unsupported.append(self.group)
            return Answer([], read=False)
        if self.fallback is not None and refusal.why is Why.DENIED:
            return _instead(*self.fallback(self))
        raise refusal

    def _read_whole(self, *, doubted: bool) -> Answer:
        if self.depth or self.reading.is_first_whole(self.group, (self.since, self.until)):
            return _instead(replace(self._afresh(), pattern="", doubted=doubted))
        return Answer([], read=False)  # another pattern's turn does it

    def _without_missing(self, refusal: Refused) -> Answer:
        """Halve the streams until the one that is gone stands alone."""
        if len(self.streams) > 1:
            middle = len(self.streams) // 2
            halves = self.streams[:middle], self.streams[middle:]
            return _instead(*(replace(self._afresh(), streams=half) for half in halves))
        stream = self.streams[0]
        if not self.reading.was_seen(self.group, stream):
            # Another source knows it, this one never did: nothing of it can be missing here.
            return Answer([], read=False)
        return Answer([], gaps=(gap_of_stream(self.group, stream, refusal),), read=False)

    def _afresh(self) -> Slice:
        return replace(
            self, token=None, trail=BEGINNING, spent=0, found=0, first=None, last=None, left=None
        )


def gap_of(group: Group, refusal: Refused) -> Gap:
    """Return the gap that a refusal leaves, with what to try."""
    reason = f"{refusal.reason} ({refusal.hint})" if refusal.hint else refusal.reason
    return Gap(group.label, reason)


def gap_of_stream(group: Group, stream: str, refusal: Refused) -> Gap:
    """Return the gap that a log stream leaves."""
    return Gap(f"{group.label}: {stream}", refusal.reason)


def _instead(*tasks: Task) -> Answer:
    return Answer([], then=tasks, read=False)
