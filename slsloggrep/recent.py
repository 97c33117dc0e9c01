"""What happened last: the end of the logs, read from there backwards where a source can do so.

A search like `slsloggrep.investigate`'s, but for the newest instead of the first. What is to be
shown, and in which form, is stated here too, for `slsloggrep.follow` shows the same of what comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from slsloggrep.descent import Descent, Last, Rest
from slsloggrep.errors import UsageError
from slsloggrep.investigate import Match, Window
from slsloggrep.model import Coverage, Event, Fact, Invocation, Millis, Query, Record, Span
from slsloggrep.parse import Parser, function_of
from slsloggrep.pull import LONGEST_INVOCATION, Pull, Watch
from slsloggrep.sources.base import Capability, Source, Unusable
from slsloggrep.stitch import Collection, Shelf
from slsloggrep.stitch.running import Running

RECENT: Millis = 10 * 60_000
"""How far back is looked where nothing tells since when."""

_FIRST_LOOK = 500
"""Events after which it is looked for the first time whether they hold enough invocations."""

_LINES = 3
"""An invocation has as many, mostly: START, END, REPORT."""

_BOUNDS = frozenset({Fact.START, Fact.RUNTIME_DONE, Fact.END, Fact.REPORT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What of the events is to be shown."""

    match: Match | None = None
    """Of lines, those that match; of invocations, those that hold a match. None: all."""
    pattern: str = ""
    """A filter of the far end's own, in its own language."""
    invocations: bool = False
    """Whole invocations instead of lines."""
    suits: Callable[[Invocation], bool] | None = None
    """Of invocations only these; then no other records either. None: all."""

    def takes(self, record: Record) -> bool:
        """Tell whether a single record is to be shown."""
        return self.match is None or self.match.accept(record)

    def takes_whole(self, invocation: Invocation) -> bool:
        """Tell whether an invocation is to be shown."""
        return (self.suits is None or self.suits(invocation)) and (
            self.match is None or any(map(self.match.accept, invocation.records))
        )

    def takes_lone(self, record: Record) -> bool:
        """Tell whether a record that is in no invocation is to be shown among invocations."""
        return self.suits is None and self.takes(record)


class Line(NamedTuple):
    """A record that is shown by itself, and what else is known of it."""

    record: Record
    function: str
    """Empty where nothing tells it."""
    request_id: str | None
    """That the record names, or that ran when it was written; None: nothing tells."""
    late: Millis | None = None
    """So much further up it belongs; None: it comes in order."""
    outcome: Invocation | None = None
    """Of a REPORT: how the invocation ended, and what it cost."""


Shown = Line | Invocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """What happened last."""

    shown: Iterable[Shown]
    """In order of time; to be iterated once, and may be long."""
    events: Iterable[Event]
    """All that was read and could have been shown, in order."""
    since: Millis | None
    """Nothing that is older was read; None: all was read."""
    coverage: tuple[Coverage, ...]
    window: Window
    interrupted: bool
    more: bool
    """There is more before what is shown, but for the limit."""


def check_pattern(sources: Sequence[Source], selection: Selection) -> None:
    """Raise UsageError where a source has no filter of its own, and one is asked for."""
    for source in sources:
        heeds = Capability.PATTERN in source.capabilities or isinstance(source, Unusable)
        if selection.pattern and not heeds:
            raise UsageError(
                f"{source.name} takes no filter pattern: CloudWatch alone does",
                hint="--grep REGEX filters what any source gives",
            )


def recent(
    sources: Sequence[Source],
    selection: Selection,
    *,
    parser: Parser,
    since: Millis | None,
    until: Millis | None,
    limit: int | None,
    now: Millis,
    watch: Watch,
    ended_only: bool = False,
) -> Recent:
    """Find the last `limit` lines or invocations, or all of a window: by default 10 minutes.

    `ended_only`: no invocation that may still be running. Raises SourceError where no source can
    be used at all, UsageError for a pattern that a source cannot heed.
    """
    check_pattern(sources, selection)
    window = _window(since, until, limit, now)
    pull = Pull(sources, watch)
    found = _Found(pull, selection, parser, window, limit)
    shown, more = found.invocations(ended_only) if selection.invocations else found.lines()
    return Recent(
        shown=shown,
        events=found.collection,
        since=found.since,
        coverage=pull.coverage,
        window=window,
        interrupted=watch.cancelled,
        more=more,
    )


def first_query(
    sources: Sequence[Source],
    selection: Selection,
    *,
    since: Millis | None,
    until: Millis | None,
    limit: int | None,
    now: Millis,
) -> Query:
    """Return what `recent` would ask for first; raises UsageError as it does."""
    check_pattern(sources, selection)
    return _query(selection, _window(since, until, limit, now), limit)


def lines_of(records: Iterable[Record], running: Running) -> Iterator[Line]:
    """Yield records with what is known of them; `running` holds what earlier ones have told."""
    for record, request_id, outcome in running.attribute(records):
        yield Line(record, function_of_record(record), request_id, outcome=outcome)


def function_of_record(record: Record) -> str:
    """Return the function that a record is of; empty where nothing tells it."""
    return record.function or _function_of(record.event.log_group, record.event.log_stream)


_function_of = lru_cache(maxsize=10_000)(function_of)


class _Found:
    """What was read so far, and when that is enough."""

    def __init__(
        self, pull: Pull, selection: Selection, parser: Parser, window: Window, limit: int | None
    ) -> None:
        self._pull = pull
        self._selection = selection
        self._parser = parser
        self._limit = limit
        self._query = _query(selection, window, limit)
        self.collection = Collection()
        self.since = window.since

    def lines(self) -> tuple[Iterator[Shown], bool]:
        """Return the lines to be shown, and whether there are more."""
        match = self._selection.match
        if self._limit is None:
            # All of the window: what a line belongs to, and how an invocation ended, is told by
            # the lines around it, be they shown or not.
            self._read(None, None)
            takes = self._selection.takes
            return (line for line in self._lines(self.collection) if takes(line.record)), False
        descent = Descent(self._enough_lines, self._limit + 1)
        self._read(match, descent)
        count = sum(1 for _ in self.collection)
        more = count > self._limit
        last = Rest(self.collection, max(0, count - self._limit))
        if more:
            self.since = next(iter(last)).timestamp
        return self._lines(last), more

    def invocations(self, ended_only: bool) -> tuple[Iterator[Shown], bool]:
        """Return the invocations to be shown, lone records between them; whether there are more."""
        descent = None
        if self._limit is not None:
            # Each look stitches all that is at hand.
            descent = Descent(self._enough_invocations, max(_FIRST_LOOK, _LINES * self._limit))
        self._read(None, descent)
        chosen = self._choose(ended_only)
        if chosen.cut and not self._query.pattern:
            for event in self._pull.events_of(chosen.cut):
                self.collection.add(event)
            chosen = self._choose(ended_only)
        if chosen.more:
            self.since = chosen.since
        return iter(chosen), chosen.more

    def _read(self, match: Match | None, descent: Descent | None) -> None:
        query, parse = self._query, self._parser.parse
        enough = None if descent is None else descent.enough
        for event in self._pull.events(query, enough=enough):
            if not query.in_window(event.timestamp):
                continue
            if descent is not None:
                descent.look(event)
            if match is None or (match.plausible(event.message) and match.accept(parse(event))):
                self.collection.add(event)
                if descent is not None:
                    descent.count += 1

    def _enough_lines(self) -> Millis | None:
        """Return what is older than the lines that are wanted, and one more."""
        wanted = (self._limit or 0) + 1
        count = sum(1 for _ in self.collection)
        if count < wanted:
            return None
        return next(iter(Rest(self.collection, count - wanted))).timestamp

    def _enough_invocations(self) -> Millis | None:
        last = Last((self._limit or 0) + 1)

        def hear(invocation: Invocation) -> bool:
            if invocation.complete and self._selection.takes_whole(invocation):
                last.add(invocation.start)
            return False

        Shelf(self.collection, self._parser.parse, wants=hear, wants_lone=lambda _record: False)
        return last.first

    def _choose(self, ended_only: bool) -> _Chosen:
        return _Chosen(
            self.collection,
            self._parser,
            self._query,
            self._selection,
            self._limit,
            ended_only=ended_only,
        )

    def _lines(self, events: Iterable[Event]) -> Iterator[Line]:
        narrowed = bool(self._query.pattern or (self._selection.match and self._limit is not None))
        return lines_of(map(self._parser.parse, events), Running(whole=not narrowed))


class _Chosen:
    """The invocations that are to be shown, and the lone records between them, by time."""

    def __init__(
        self,
        collection: Collection,
        parser: Parser,
        query: Query,
        selection: Selection,
        limit: int | None,
        *,
        ended_only: bool,
    ) -> None:
        self._query = query
        self._selection = selection
        self._limit = limit
        self._ended_only = ended_only
        self._count = 0
        self._last = Last(limit or 1)
        self._cut: list[Span] = []
        self._shelf = Shelf(
            collection, parser.parse, wants=self._wants, wants_lone=self._wants_lone
        )
        self.cut = tuple(self._cut)
        """Where the rest must lie of invocations that the window cuts in two."""

    @property
    def more(self) -> bool:
        """Tell whether there are more invocations than are wanted."""
        return self._limit is not None and self._count > self._limit

    @property
    def since(self) -> Millis | None:
        """When the first of them began; None: there are not as many as are wanted."""
        return self._last.first

    def __iter__(self) -> Iterator[Shown]:
        skipped = self._count - self._limit if self.more and self._limit is not None else 0
        for item in self._shelf:
            if isinstance(item, Invocation):
                skipped -= 1
                if skipped < 0:
                    yield item
            elif not self.more or item.event.timestamp >= (self.since or 0):
                yield Line(item, function_of_record(item), item.request_id)

    def _wants(self, invocation: Invocation) -> bool:
        self._cut.extend(_spans_of_cut([invocation]))
        wanted = (
            any(self._query.in_window(r.event.timestamp) for r in invocation.records)
            and self._selection.takes_whole(invocation)
            and (not self._ended_only or _has_ended(invocation))
        )
        if wanted:
            self._count += 1
            self._last.add(invocation.start)
        return wanted

    def _wants_lone(self, record: Record) -> bool:
        return self._query.in_window(record.event.timestamp) and self._selection.takes_lone(record)


def _query(selection: Selection, window: Window, limit: int | None) -> Query:
    match = selection.match
    return Query(
        since=window.since,
        until=window.until,
        # A match is a part of its invocation, and the other parts are wanted too.
        literals=match.literals
        if match and limit is not None and not selection.invocations
        else (),
        pattern=selection.pattern,
        newest_first=limit is not None,
    )


def _window(since: Millis | None, until: Millis | None, limit: int | None, now: Millis) -> Window:
    if since is not None:
        return Window(since=since, until=until, reason="between --since and --until", given=True)
    if limit is not None:
        reason = "from the end backwards; --since bounds it"
        return Window(since=None, until=until, reason=reason, given=until is not None)
    if until is not None:
        reason = "the 10 minutes before --until; --since widens it"
        return Window(since=until - RECENT, until=until, reason=reason, given=True)
    # To the end, not to now: clocks may be ahead of this one.
    return Window(since=now - RECENT, until=None, reason="the last 10 minutes; --since widens it")


def _spans_of_cut(invocations: Sequence[Invocation]) -> tuple[Span, ...]:
    """Return where the rest must lie of invocations that the window cuts in two."""
    return tuple(
        Span(
            invocation.log_group,
            invocation.log_stream,
            invocation.start - LONGEST_INVOCATION,
            invocation.end + LONGEST_INVOCATION,
        )
        for invocation in invocations
        if not invocation.complete
        and invocation.log_stream
        and any(record.fact in _BOUNDS for record in invocation.records)
    )


def _has_ended(invocation: Invocation) -> bool:
    return any(record.fact is Fact.REPORT for record in invocation.records)
