"""A trace is a search that grows; this plans its passes and knows when to stop.

Pass 1 asks all sources for events that mention the identifier.
From then on, two kinds of passes alternate until nothing new turns up: the stretches of log
streams around what was found are read whole (text is never filtered before stitching: START,
REPORT and most of a traceback do not carry the identifier), and the request IDs and trace IDs of
the members are searched for, near in time. What is one, and what belongs together, is decided by
`stitch`; how bytes are searched, by the sources.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from slsloggrep.investigate.harvest import Harvest
from slsloggrep.investigate.windows import Window, clip, default_window
from slsloggrep.model import Coverage, Fact, Identifier, Millis, Query, Span, Transaction
from slsloggrep.parse import Mentions, Parser, Subject, recognise, subject_of
from slsloggrep.pull import LONGEST_INVOCATION, Pull, Spans, Watch
from slsloggrep.sources.base import Source
from slsloggrep.stitch import Assembly, assemble

_BOUNDS = frozenset({Fact.START, Fact.RUNTIME_DONE, Fact.END, Fact.REPORT})

BEFORE_ID: Millis = 5 * 60_000
"""How far the clock that made an identifier may be ahead of the log's."""

AFTER_ID: Millis = 6 * 3_600_000
"""Asynchronous events are kept and retried for up to 6 h (Developer Guide, invocation-async)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceFinding:
    """What a trace found, and what it could read."""

    transaction: Transaction
    coverage: tuple[Coverage, ...]
    """One for each source, in the order given."""
    window: Window
    interrupted: bool


def trace(
    sources: Sequence[Source],
    text: str,
    *,
    parser: Parser,
    since: Millis | None,
    until: Millis | None,
    reach: Millis,
    max_hops: int,
    watch: Watch,
    now: Millis,
) -> TraceFinding:
    """Find the transaction that an identifier names, in all sources together.

    Without `since` and `until` the window comes out of the identifier, where it carries its time;
    where nothing is found in that window, everything is searched, so that an empty answer can be
    trusted. Sources without an end (log groups) cannot be searched whole: where there is one, the
    last hour before `now` takes the place of everything, for all of them. `reach` is how far
    before and after the members found so far their request IDs and trace IDs are searched for.
    Raises SourceError where no source can be used at all.
    """
    subject = recognise(text)
    pull = Pull(sources, watch)
    default = default_window(sources, since, until, now)
    window = _window(subject, default)
    search = _TraceSearch(pull, parser, subject, reach=reach, max_hops=max_hops)
    search.begin(window)
    if search.found_nothing and window is not default and not watch.cancelled:
        window = replace(
            default, reason=f"{default.reason}, since nothing was found {window.reason}"
        )
        search.begin(window)
    assembly = search.complete(window)
    return TraceFinding(
        transaction=assembly.transaction,
        coverage=pull.coverage,
        window=window,
        interrupted=watch.cancelled,
    )


def trace_within(
    pull: Pull, parser: Parser, subject: Subject, window: Window, *, reach: Millis, max_hops: int
) -> Transaction:
    """Return the transaction of an identifier that is known to be mentioned in a window."""
    search = _TraceSearch(pull, parser, subject, reach=reach, max_hops=max_hops)
    search.begin(window)
    return search.complete(window).transaction


class _TraceSearch:
    """The passes of one trace, and what they brought."""

    def __init__(
        self, pull: Pull, parser: Parser, subject: Subject, *, reach: Millis, max_hops: int
    ) -> None:
        self._pull = pull
        self._subject = subject
        self._reach = reach
        self._max_hops = max_hops
        self._harvest = Harvest(pull, parser)
        self._spans = Spans()
        self._searched: dict[Identifier, tuple[Millis, Millis]] = {}
        self._cut: set[tuple[str, str, Millis]] = set()

    @property
    def found_nothing(self) -> bool:
        """Tell whether no event was found so far."""
        return not self._harvest

    def begin(self, window: Window) -> None:
        """Run pass 1: find who mentions the identifier."""
        self._search([self._subject], window.since, window.until)

    def complete(self, window: Window) -> Assembly:
        """Alternate between reading whole and searching near, to the fixed point."""
        while True:
            self._harvest.read(self._spans.take())
            assembly = self._assemble()
            near = self._near(assembly, window)
            if near is None or self._pull.cancelled:
                return assembly
            since, until = near
            wanted = [
                identifier
                for identifier in assembly.follow
                if not self._was_searched(identifier, since, until)
            ]
            if not wanted:
                cut = self._spans_of_cut(assembly)
                if not cut:
                    return assembly
                self._harvest.read(cut, late=True)
                continue
            # A little further than needed, so that a late member does not ask for it all again.
            slack = self._reach // 4
            since, until = clip((since - slack, until + slack), window)
            for identifier in wanted:
                self._searched[identifier] = (since, until)
            self._search([subject_of(i) for i in wanted], since, until, as_logged=True)

    def _spans_of_cut(self, assembly: Assembly) -> tuple[Span, ...]:
        """Return, once for each, where the rest of members must lie that were cut in two.

        Where neither START nor an end was seen, the platform was told not to log them: nothing is
        missing there.
        """
        cut: list[Span] = []
        for member in assembly.transaction.members:
            invocation = member.invocation
            place = (invocation.log_group, invocation.log_stream, invocation.start)
            if (
                invocation.complete
                or not invocation.log_stream
                or place in self._cut
                or not any(record.fact in _BOUNDS for record in invocation.records)
            ):
                continue
            self._cut.add(place)
            cut.append(
                Span(
                    invocation.log_group,
                    invocation.log_stream,
                    invocation.start - LONGEST_INVOCATION,
                    invocation.end + LONGEST_INVOCATION,
                )
            )
        return tuple(cut)

    def _assemble(self) -> Assembly:
        return assemble(self._subject, self._harvest.stitch(), max_hops=self._max_hops)

    def _search(
        self,
        subjects: Sequence[Subject],
        since: Millis | None,
        until: Millis | None,
        *,
        as_logged: bool = False,
    ) -> None:
        """Take in the events that mention any of the subjects.

        `as_logged`: they came out of logs, where the platform writes them in one way, in lower
        case; to look for a person's upper case too would double the searching.
        """
        literals = tuple(
            dict.fromkeys(
                literal
                for subject in subjects
                for literal in subject.literals
                if not as_logged or literal == subject.text or not literal.isupper()
            )
        )
        query = Query(since=since, until=until, literals=literals)
        mentioned = Mentions(subjects)
        for event in self._pull.events(query):
            wanted = query.in_window(event.timestamp) and mentioned.anywhere_in(event.message)
            if wanted and self._harvest.add(event):
                self._spans.want(event)

    def _near(self, assembly: Assembly, window: Window) -> tuple[Millis, Millis] | None:
        start, end = assembly.transaction.start, assembly.transaction.end
        if start is None or end is None:
            return None
        return clip((start - self._reach, end + self._reach), window)

    def _was_searched(self, identifier: Identifier, since: Millis, until: Millis) -> bool:
        known = self._searched.get(identifier)
        return known is not None and known[0] <= since and until <= known[1]


def _window(subject: Subject, default: Window) -> Window:
    """Return the window of the time inside an identifier, where the user named none."""
    if default.given or subject.time is None:
        return default
    return Window(
        since=subject.time - BEFORE_ID,
        until=subject.time + AFTER_ID,
        reason="around the time "
        + ("inside" if subject.certain else "that seems to be inside")
        + f" the {_TIMED.get(subject.time_kind or '', 'ID')}",
    )


_TIMED = {
    "xray": "X-Ray trace ID",
    "w3c": "W3C trace ID",
    "ulid": "ULID",
    "ksuid": "KSUID",
    **{f"uuid{version}": f"UUIDv{version}" for version in (1, 6, 7)},
}
"""What holds a time, in words; see slsloggrep.parse.moments.Moment."""


def trace_query(
    sources: Sequence[Source],
    subject: Subject,
    *,
    since: Millis | None,
    until: Millis | None,
    now: Millis,
) -> Query:
    """Return what a trace would ask for first."""
    window = _window(subject, default_window(sources, since, until, now))
    return Query(since=window.since, until=window.until, literals=subject.literals)
