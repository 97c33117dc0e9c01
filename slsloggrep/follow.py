"""Wires the stages for logs that are followed: listening, order, records, lines or invocations.

Every event that comes is given on exactly once, however late it is. How sources are followed, and
that nothing is left out, is their own affair; what happened before is `slsloggrep.recent`'s; what
a line looks like, that of `render`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.listening import Ended, FarClock, Heard, Listening
from slsloggrep.model import Coverage, Event, Fact, Gap, Invocation, Millis, Query
from slsloggrep.parse import Parser
from slsloggrep.pull import LONGEST_INVOCATION
from slsloggrep.recent import (
    RECENT,
    Line,
    Recent,
    Selection,
    Shown,
    check_pattern,
    function_of_record,
    lines_of,
)
from slsloggrep.sources.base import (
    Capability,
    Follower,
    Following,
    Notice,
    Pulse,
    Report,
    Source,
    Unusable,
)
from slsloggrep.stitch.ongoing import Lone, Ongoing
from slsloggrep.stitch.reordering import Arrival, Reordering
from slsloggrep.stitch.running import Running
from slsloggrep.wording import count_text

SETTLE: Millis = 2_000
"""After a REPORT, before its invocation is shown: lines may come behind it."""

_TICK = 0.25
"""Seconds after which it is given back to whoever follows, if nothing comes."""
_AT_ONCE = 1_000
"""Events that are given on together at most: each piece is shown before the next is made."""
_REMEMBERED = 500_000
"""Events that are held against copies from other sources: some 100 MB."""

_SAY_FIRST: Millis = 3_000
_SAY_AGAIN: Millis = 10_000
"""When, and how often, it is said that a source is still catching up at the beginning."""


class Step(NamedTuple):
    """What there is to show now; several come in a second, most of them empty."""

    shown: Sequence[Shown] = ()
    notices: Sequence[str] = ()
    gaps: Sequence[tuple[str, Gap]] = ()
    """What turned out not to be readable, with the source's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Where a following begins, when something was shown before."""

    since: Millis
    """Events are followed from here on."""
    before: Millis
    """What is older was shown, or is not wanted."""
    known: Counter[Identity] = field(default_factory=Counter)
    """What is younger, and yet was read already."""


Identity = tuple[str, ...]


class Followed:
    """A following under way; iterate it once."""

    def __init__(
        self,
        sources: Sequence[Source],
        selection: Selection,
        *,
        parser: Parser,
        beginning: Beginning,
        until: Millis | None,
        following: Following,
        reorder: Millis,
        clock: Callable[[], Millis],
        cancelled: Callable[[], bool],
    ) -> None:
        """Check that all sources can be followed; raises UsageError for one that cannot.

        `clock` is this machine's time of day, `reorder` how long an event waits for older ones.
        """
        check_pattern(sources, selection)
        self._sources = [_as_follower(source) for source in sources]
        self._names = [source.name for source in sources]
        self._query = Query(since=beginning.since, until=until, pattern=selection.pattern)
        self._following = following
        self._clock = clock
        self._cancelled = cancelled
        self._clocks = [FarClock(clock) for _ in sources]
        self._listeners = set(range(len(sources)))
        """Sources that have not ended."""
        self._failed: dict[int, SourceError] = {}
        self._order = Reordering(reorder)
        self._filter = _Filter(beginning, selection, several=len(sources) > 1)
        stage = _Invocations if selection.invocations else _Lines
        self._stage: _Lines | _Invocations = stage(selection, parser, self._filter)
        self._listening = Listening(self._sources, self._names, self._query, following)
        self._notices: list[str] = []
        self._told_gaps: set[tuple[int, Gap]] = set()
        self._said = clock() + _SAY_FIRST
        self._waiting = 0

    @property
    def coverage(self) -> tuple[Coverage, ...]:
        """What each source could read so far."""
        return self._listening.coverage

    def __iter__(self) -> Generator[Step, None, None]:
        """Yield what there is to show, until all sources have ended or it is cancelled.

        Then what still waited is shown, too. Raises SourceError where no source can be followed.
        """
        with self._listening as listening:
            over = False
            while not over:
                cancelled = self._cancelled()
                for said in listening.hear(0 if cancelled else _TICK):
                    self._take(said)
                    if isinstance(said[1], Pulse):
                        # Each time, not when all was heard: what is late must not depend on luck.
                        yield from self._show(over=False)
                over = cancelled or not self._listeners
                yield from self._show(over=over)

    def _take(self, heard: Heard) -> None:
        index, item = heard
        if isinstance(item, Event):
            if self._filter.is_new(item, index):
                self._order.add(item, self._now())
                self._waiting += self._order.in_backlog
        elif isinstance(item, Pulse):
            self._clocks[index].beat(item.time)
        elif isinstance(item, Notice):
            self._notices.append(item.text)
        else:
            self._end(index, item)

    def _end(self, index: int, ended: Ended) -> None:
        self._listeners.discard(index)
        error = ended.error
        if error is None:
            return
        if not isinstance(error, SourceError):
            raise error
        self._failed[index] = error
        if len(self._failed) == len(self._sources):
            raise self._failed[min(self._failed)] from error
        name = self._names[index]
        self._listening.note(index, Gap(name, error.reason))

    def _show(self, *, over: bool) -> Iterator[Step]:
        now = self._now()
        read = now if over else self._read()
        for arrivals in self._arrivals(now, read, over=over):
            yield Step(shown=self._stage.take(arrivals))
        end = self._stage.finish() if over else self._stage.settle(read)
        self._filter.forget(now - self._following.late)
        yield Step(shown=end, notices=self._take_notices(now), gaps=self._new_gaps())

    def _arrivals(self, now: Millis, read: Millis, *, over: bool) -> Iterator[list[Arrival]]:
        if over:
            yield from _pieces(self._order.drain(now))
            return
        if self._order.in_backlog:
            if not all(self._clocks[index].caught_up for index in self._listeners):
                return
            yield from _pieces(self._order.begin(now, read))
        yield from _pieces(self._order.due(read))

    def _now(self) -> Millis:
        """Return the time of day at the sources, as well as it is known."""
        return max(clock.now() for clock in self._clocks)

    def _read(self) -> Millis:
        """Return up to when everything has come that can be expected."""
        times = [self._clocks[index].read for index in self._listeners]
        return min((time for time in times if time is not None), default=self._query.since or 0)

    def _take_notices(self, now: Millis) -> list[str]:
        notices, self._notices = self._notices, []
        if self._order.in_backlog and self._clock() >= self._said:
            self._said = self._clock() + _SAY_AGAIN
            notices.append(
                f"still reading what happened before: {count_text(self._waiting, 'event')} so far"
            )
        return notices

    def _new_gaps(self) -> list[tuple[str, Gap]]:
        gaps = []
        for index, total in enumerate(self._listening.coverage):
            for gap in total.gaps:
                if (index, gap) not in self._told_gaps:
                    self._told_gaps.add((index, gap))
                    gaps.append((total.source, gap))
        return gaps


def begin_after(
    recent: Recent | None, selection: Selection, *, since: Millis | None, now: Millis, late: Millis
) -> Beginning:
    """Return where to follow from: behind what was shown, else from `since`, else 10 minutes ago.

    Behind what was shown, what comes late is looked for, too: up to `late` back, and with a filter,
    for which much would be read again in vain, up to 10 minutes. An invocation that runs at the
    beginning is wanted whole.
    """
    if recent is None:
        before = now - RECENT if since is None else since
    else:
        before = max(recent.since or 0, now - (RECENT if selection.match else late))
    # Those that run then have begun up to so long before.
    start = before - LONGEST_INVOCATION if selection.invocations else before
    known: Counter[Identity] = Counter()
    for event in recent.events if recent else ():
        if event.timestamp >= start:
            known.update(_identities(event))
    return Beginning(since=start, before=before, known=known)


class _Filter:
    """Tells events that were shown before from new ones."""

    def __init__(self, beginning: Beginning, selection: Selection, *, several: bool) -> None:
        self._before = beginning.before
        self._known = beginning.known
        self._invocations = selection.invocations
        self._several = several
        self._given: dict[int, tuple[int, Millis]] = {}
        """By hashes of IDs, where several sources may hold the same group: who gave it, when."""

    def is_new(self, event: Event, index: int) -> bool:
        """Tell whether an event is to be taken in."""
        if self._several and event.has_global_id:
            given = self._given.setdefault(hash(event.event_id), (index, event.timestamp))
            if given[0] != index:
                return False
        # Of an invocation that goes on, all is wanted, though it was read before.
        return self._invocations or not self.was_shown(event)

    def was_shown(self, event: Event) -> bool:
        """Tell whether an event was shown before, or is older than what is wanted."""
        if event.timestamp < self._before:
            return True
        if not self._known:
            return False
        identity = _identities(event)[0]
        if not self._known.get(identity):
            return False
        self._known[identity] -= 1
        return True

    def forget(self, before: Millis) -> None:
        """Forget what no source can give again."""
        while self._given:
            oldest = next(iter(self._given))
            if self._given[oldest][1] >= before and len(self._given) <= _REMEMBERED:
                return
            del self._given[oldest]


def _identities(event: Event) -> list[Identity]:
    """Return what an event is recognised by: its ID, and what it says, for copies without an ID."""
    content = (event.log_group, event.log_stream, str(event.timestamp), event.message)
    if not event.event_id:
        return [content]
    return [(event.log_group, event.log_stream, event.event_id), content]


class _Lines:
    """Records one by one, with the request that runs."""

    def __init__(self, selection: Selection, parser: Parser, _filter: _Filter) -> None:
        self._selection = selection
        self._parse = parser.parse
        self._running = Running(whole=not selection.pattern)

    def take(self, arrivals: Sequence[Arrival]) -> list[Shown]:
        """Return the lines that arrivals make."""
        records = [self._parse(arrival.event) for arrival in arrivals]
        return [
            line if arrival.late is None else line._replace(late=arrival.late)
            for arrival, line in zip(arrivals, lines_of(records, self._running), strict=True)
            if self._selection.takes(line.record)
        ]

    def settle(self, _read: Millis) -> list[Shown]:
        """Return nothing: no line waits."""
        return []

    def finish(self) -> list[Shown]:
        """Return nothing: no line waits."""
        return []


class _Invocations:
    """Invocations, each whole, when they have ended."""

    def __init__(self, selection: Selection, parser: Parser, filter_: _Filter) -> None:
        self._selection = selection
        self._parse = parser.parse
        self._filter = filter_
        self._ongoing = Ongoing(SETTLE)
        self._progress: Millis = 0
        self._late: dict[int, Millis] = {}

    def take(self, arrivals: Sequence[Arrival]) -> list[Shown]:
        """Return the invocations that have ended with these arrivals."""
        for arrival in arrivals:
            self._progress = max(self._progress, arrival.place)
            self._ongoing.add(self._parse(arrival.event), self._progress)
        return self._shown(self._ongoing.take(self._progress))

    def settle(self, read: Millis) -> list[Shown]:
        """Return the invocations that nothing can be added to any more."""
        self._progress = max(self._progress, read)
        return self._shown(self._ongoing.take(self._progress))

    def finish(self) -> list[Shown]:
        """Return all that is left."""
        return self._shown(self._ongoing.finish())

    def _shown(self, items: Iterable[Invocation | Lone]) -> list[Shown]:
        shown: list[Shown] = []
        for item in items:
            if isinstance(item, Lone):
                record = item.record
                if self._selection.takes_lone(record) and not self._filter.was_shown(record.event):
                    shown.append(Line(record, function_of_record(record), item.request_id))
            elif self._selection.takes_whole(item) and not self._was_shown(item):
                shown.append(item)
        return shown

    def _was_shown(self, invocation: Invocation) -> bool:
        """Tell whether an invocation had ended before: it was shown, or it was not wanted."""
        last = invocation.records[-1]
        end = next((r for r in reversed(invocation.records) if r.fact is Fact.REPORT), last)
        return self._filter.was_shown(end.event)


class _Void:
    """A source that could not be opened: followed, it says why."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def follow(
        self, query: Query, _following: Following, report: Report
    ) -> Iterator[Event | Pulse | Notice]:
        """Raise the error that opening the source raised."""
        yield from self._source.fetch(query, report)


def _as_follower(source: Source) -> Follower:
    if isinstance(source, Unusable):
        return _Void(source)
    if Capability.FOLLOW in source.capabilities and isinstance(source, Follower):
        return source
    raise UsageError(
        f"{source.name} cannot be followed: it does not tell of what is new",
        hint="without --follow it is read once; log groups (cloudwatch:) can be followed",
    )


def _pieces(arrivals: Iterator[Arrival]) -> Iterator[list[Arrival]]:
    while piece := list(islice(arrivals, _AT_ONCE)):
        yield piece
