"""A search for records that match, and for the invocations that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from slsloggrep.investigate.windows import Window, default_window
from slsloggrep.model import Coverage, Event, Invocation, Millis, Query, Record
from slsloggrep.parse import Parser
from slsloggrep.pull import Pull, Spans, Watch
from slsloggrep.sources.base import Source
from slsloggrep.stitch import Collection, stitch


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A predicate on records, and what can be searched for it in raw bytes."""

    literals: tuple[str, ...]
    """Every match contains one of these; empty: nothing is known, all must be read."""
    accept: Callable[[Record], bool]
    plausible: Callable[[str], bool] = bool
    """Tells from a message alone whether its record may match: what cannot is not even parsed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrepFinding:
    """What a search found, and what it could read."""

    records: Iterable[Record]
    """Matching records in order; may be iterated once or many times, and may be long."""
    invocations: tuple[Invocation, ...]
    """The whole invocations that hold a match, where they were asked for."""
    unattributed: tuple[Record, ...]
    """Where invocations were asked for: matches that lie in none that could be told."""
    coverage: tuple[Coverage, ...]
    window: Window
    interrupted: bool
    matched: int
    """How many records matched; with a limit, `records` may be fewer."""


def grep(
    sources: Sequence[Source],
    match: Match,
    *,
    parser: Parser,
    since: Millis | None,
    until: Millis | None,
    limit: int | None,
    invocations: bool,
    watch: Watch,
    now: Millis,
) -> GrepFinding:
    """Find the records that match, in order of time; with `invocations`, what they lie in, whole.

    `limit` keeps the first matches (or invocations). Raises SourceError as `trace` does.
    """
    pull = Pull(sources, watch)
    window = default_window(sources, since, until, now)
    collection = Collection()
    matched = Collection()
    spans = Spans()
    query = Query(since=window.since, until=window.until, literals=match.literals)
    for event in pull.events(query):
        if (
            query.in_window(event.timestamp)
            and match.plausible(event.message)
            and match.accept(parser.parse(event))
        ):
            matched.add(event)
            if invocations:
                spans.want(event)
    found: tuple[Invocation, ...] = ()
    lone: tuple[Record, ...] = ()

    def wanted(record: Record) -> bool:
        return query.in_window(record.event.timestamp) and match.accept(record)

    if invocations:
        for event in matched:
            if not event.log_stream or watch.cancelled:
                collection.add(event)
        for event in pull.events_of(spans.take()):
            collection.add(event)
        stitched = stitch(parser.parse(event) for event in collection)
        found = tuple(
            invocation
            for invocation in stitched.invocations
            if any(map(wanted, invocation.records))
        )
        lone = tuple(filter(wanted, stitched.unattributed))
    return GrepFinding(
        records=_Limited(matched, parser, limit),
        invocations=found[:limit],
        unattributed=lone if limit is None else lone[: max(limit - len(found), 0)],
        coverage=pull.coverage,
        window=window,
        interrupted=watch.cancelled,
        matched=len(found) + len(lone) if invocations else sum(1 for _ in matched),
    )


class _Limited:
    """Parses the events of a collection again each time it is iterated, up to a limit."""

    def __init__(self, events: Iterable[Event], parser: Parser, limit: int | None) -> None:
        self._events = events
        self._parser = parser
        self._limit = limit

    def __iter__(self) -> Iterator[Record]:
        for count, event in enumerate(self._events):
            if self._limit is not None and count >= self._limit:
                return
            yield self._parser.parse(event)
