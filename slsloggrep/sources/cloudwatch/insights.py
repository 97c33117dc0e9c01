"""Runs queries of CloudWatch Logs Insights until nothing of their answers is cut.

Several run at once in each place, all from one loop in the pulling thread: they are started,
looked at now and then, and their rows are handed on page by page. An answer that holds as many rows
as a query gives was cut: rows come by time, so what comes before the last one's millisecond is
complete, and only the rest is asked for again, in smaller asks. Whatever ends the reading, queries
that still run are stopped: they cost money.

What is asked is divided by `insights_query` and `insights_pieces`; what it may cost, and for which
groups it is worth while, is `estimate`'s knowledge.

Coverage counts in `bytes` the messages that came. What was scanned goes on the bill.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from slsloggrep.errors import SourceError
from slsloggrep.model import Coverage, Event, Gap, Millis, Query
from slsloggrep.sources.base import Report, Settings
from slsloggrep.sources.cloudwatch.crew import reason_of
from slsloggrep.sources.cloudwatch.estimate import (
    LAG,
    bill_of,
    bytes_of_ask,
    dollars_of,
    refuse_pattern,
    scanned_text,
)
from slsloggrep.sources.cloudwatch.insights_lane import Lane, Run, pause, stop
from slsloggrep.sources.cloudwatch.insights_pieces import Cut, halves_of, parts_of, rest_of
from slsloggrep.sources.cloudwatch.insights_query import PAGE, Ask, divide, text_of
from slsloggrep.sources.cloudwatch.insights_rows import Rows
from slsloggrep.sources.cloudwatch.logs import Group, QueryState
from slsloggrep.sources.cloudwatch.refusals import Abandoned, Refused, Why
from slsloggrep.sources.cloudwatch.trail import BEGINNING

_TIMEOUTS = 3
"""A window that times out is halved so many times."""
_ATTEMPTS = 2
"""A query that fails for no reason of ours is run so many times."""
_UNKNOWN = 30
"""So many looks at a query of which the service knows no status."""
_DENIED = 3
"""Where access to so many groups is denied and to none is given, the others are not asked for."""
_LARGE = 0.10
"""Dollars from which on it is said before they are spent."""
_OUTSIDE = ("before the log groups creation time", "log retention settings")
"""How StartQuery refuses a window that ends before a group was made, or is past its retention."""
_TORN = (
    "Insights does not tell the order of lines within a millisecond: an error that came as one "
    "event a line may be missed or misread"
)
_FETCHES = "cloudwatch.insights.fetches"


def read_by_insights(
    groups: Sequence[Group],
    query: Query,
    settings: Settings,
    source_name: str,
    report: Report,
    prefix: str = "",
    *,
    answered: bool = False,
) -> Iterator[Event]:
    """Yield what a query wants of some log groups; stops its queries when closed.

    They come in no order, even where the newest are wanted first. `prefix` is one of which every
    group in every place is among `groups`; see `whole_prefix`. What could not be read is a gap for
    each group. Raises SourceError where nothing can be read at all, unless the source has
    `answered` otherwise; UsageError where the engine was asked for with a filter pattern.
    """
    if settings.engine == "insights":
        refuse_pattern(query)
    if query.pattern:
        reason = "only Insights reads this group, and it cannot run a --filter-pattern"
        gaps = tuple(Gap(group.label, reason) for group in groups)
        report(Coverage(source=source_name, gaps=gaps))
        if not query.spans:
            return
        query = replace(query, pattern="", literals=())
    reading = _Reading(settings, source_name, report, answered=answered)
    try:
        yield from reading.run(divide(groups, query, settings, prefix))
    finally:
        reading.stop()
    reading.conclude(query)


class _Reading:
    """All queries of one fetch."""

    def __init__(self, settings: Settings, source: str, report: Report, *, answered: bool) -> None:
        self._settings = settings
        self._source = source
        self._report = report
        self._lanes: dict[int, Lane] = {}
        self._bill = bill_of(settings)
        self._answered = answered
        """Something was read: what fails from now on makes gaps, and does not void the source."""
        self._withheld: list[Gap] = []
        """What failed before anything was read: perhaps all will."""
        self._failure: SourceError | None = None
        self._hint: str | None = None
        self._number = _next_number(settings)
        self._torn = False
        """Lines of a stack trace came in no order."""
        self.is_over = False
        """Nobody waits any more."""

    def run(self, asks: Sequence[Ask]) -> Iterator[Event]:
        """Yield events until every ask is answered, or nobody waits any more."""
        self._announce(asks)
        for ask in asks:
            self._lanes.setdefault(id(ask.logs), Lane(ask.logs)).waiting.append(ask)
        lanes = self._lanes.values()
        while busy := [lane for lane in lanes if lane.busy]:
            for lane in busy:
                try:
                    yield from self._work(lane)
                except Abandoned:
                    self._abandon()
                    return
                except SourceError as error:
                    lane.failure = error
                    self._failure = self._failure or error
                    reason = reason_of(error, self._source)
                    self._tell(Gap(lane.logs.label or self._source, reason))
            pause(busy)

    def _work(self, lane: Lane) -> Iterator[Event]:
        """Do what can be done in one place at once; yield events where a query is complete."""
        if lane.logs.account.given_up():
            raise Abandoned
        while lane.has_room:
            self._start(lane, lane.waiting.popleft())
        for run in list(lane.running):
            if run.is_due:
                yield from self._look(lane, run)

    def stop(self) -> None:
        """Stop every query that runs."""
        stop(self._lanes.values())

    def conclude(self, query: Query) -> None:
        """Report what failed, and what may be too new to be known.

        Raises SourceError where everything failed.
        """
        if self._withheld and not self.is_over and not self._answered:
            if self._failure is not None:
                raise self._failure
            first, others = self._withheld[0], len(self._withheld) - 1
            more = f" (and {others} more could not be read)" if others else ""
            raise SourceError(
                self._source, f"{self._source}: {first.what}: {first.reason}{more}", hint=self._hint
            )
        self._report(Coverage(source=self._source, gaps=tuple(self._withheld)))
        until = query.bounds[1]
        if self._bill.queries and (until is None or until > self._settings.now - LAG):
            note = "Insights may not know the events of the last few minutes yet"
            self._report(Coverage(source=self._source, notes=(note,)))
        if self._torn and query.spans:
            self._report(Coverage(source=self._source, notes=(_TORN,)))

    def _announce(self, asks: Sequence[Ask]) -> None:
        known = [bytes_of_ask(ask, self._settings.now) for ask in asks]
        size = sum(size for size in known if size is not None)
        if dollars_of(size) >= _LARGE:
            self._settings.say(f"Insights is about to scan about {scanned_text(size)}")

    # One query

    def _start(self, lane: Lane, ask: Ask) -> None:
        since, until = ask.seconds
        try:
            query_id = lane.logs.start_query(
                text_of(ask, lane.limit),
                groups=() if ask.prefix else ask.groups,
                since_s=since,
                until_s=until,
                limit=lane.limit,
            )
        except Refused as refused:
            self._refused(lane, ask, refused)
        else:
            self._bill.queries += 1
            self._answered = True
            lane.add(ask, query_id)

    def _refused(self, lane: Lane, ask: Ask, refused: Refused) -> None:
        """Put something smaller in the place of an ask that the service does not take."""
        outside = any(words in refused.reason for words in _OUTSIDE)
        if refused.why is Why.LIMIT:
            lane.put_first([ask])
            if lane.wait_for_room():
                self._settings.say("as many Insights queries run as are allowed: waiting for room")
        elif refused.why is Why.BAD_REQUEST and ask.plain and not outside:
            lane.put_first([replace(ask, condition=ask.plain, plain="")])
        elif refused.why is Why.BAD_REQUEST and lane.limit > PAGE and not outside:
            lane.limit = PAGE
            lane.put_first([ask])
        elif parts := parts_of(ask):
            lane.put_first(parts)
        elif outside:
            note = "the window ends before the group was made, or before what it still holds"
            self._report(Coverage(source=self._source, notes=(f"{ask.groups[0].label}: {note}",)))
        else:
            self._hint = self._hint or refused.hint
            self._give_up(ask, refused.reason)
            lane.denied += refused.why is Why.DENIED
            if lane.denied >= _DENIED and not lane.accepted:
                self._give_up_all(lane, "access denied: logs:StartQuery is missing")

    def _look(self, lane: Lane, run: Run) -> Iterator[Event]:
        """Look at a query; yield its events where it is complete."""
        try:
            state = lane.logs.query_results(run.id)
        except Refused as refused:
            lane.running.remove(run)
            if refused.why is Why.DENIED:
                self._give_up(run.ask, refused.reason)
                self._give_up_all(lane, refused.reason)
            else:
                self._again(lane, run.ask, refused.reason)
            return
        if state.status in ("Scheduled", "Running"):
            run.look_later()
        elif state.status == "Unknown" and run.unknown < _UNKNOWN:
            run.unknown += 1
            run.look_later()
        else:
            lane.running.remove(run)
            self._bill.scanned += state.scanned_bytes
            if state.status == "Complete":
                yield from self._drain(lane, run, state)
            elif state.status == "Timeout":
                self._timed_out(lane, replace(run.ask, timeouts=run.ask.timeouts + 1))
            else:
                self._again(lane, run.ask, f"Insights ended the query: {state.status}")

    def _timed_out(self, lane: Lane, ask: Ask) -> None:
        pieces = halves_of(ask) or parts_of(ask)
        if pieces and ask.timeouts <= _TIMEOUTS:
            lane.put_first(pieces)
        else:
            self._give_up(ask, "Insights timed out")

    def _again(self, lane: Lane, ask: Ask, reason: str) -> None:
        if ask.attempts + 1 < _ATTEMPTS:
            lane.put_first([replace(ask, attempts=ask.attempts + 1)])
        else:
            self._give_up(ask, reason)

    def _drain(self, lane: Lane, run: Run, state: QueryState) -> Iterator[Event]:
        """Yield the events of a complete query, page by page, and ask for what was cut."""
        ask, matched = run.ask, state.matched
        rows = Rows(ask, self._source, self._number)
        broken = False
        trail = BEGINNING
        while True:
            yield from self._hand_on(rows.take(state.rows))
            if state.token is None:
                break
            try:
                trail = trail.after(state.token)
                following = lane.logs.query_results(run.id, state.token)
            except Refused as refused:
                if refused.why is Why.GARBLED:
                    yield from self._hand_on(rows.held)
                    self._give_up(ask, refused.reason)
                    return
                # The token is stale: what it led to is asked for again.
                broken = True
                break
            state = following if following.token != state.token else following._replace(token=None)
        self._torn = self._torn or rows.torn
        for gap in rows.gaps:
            self._tell(gap)
        left = matched - rows.read if matched else None
        cut = broken or (rows.read > 0 and rows.read % PAGE == 0 if left is None else left > 0)
        beyond = rows.ordered and rows.last is not None and rows.last >= ask.until
        smaller: list[Ask] = []
        if cut and not beyond:
            smaller = self._smaller(ask, rows, left, lane.limit)
        lane.put_first(smaller)
        if not smaller:
            yield from self._hand_on(rows.held)
        # What was seen at the beginning is still expected, if the beginning is asked for again.
        if rows.at_start < ask.expected and not (smaller and smaller[0].since == ask.since):
            lost = ask.expected - rows.at_start
            self._give_up(ask, f"Insights did not give {lost} rows again that it gave before")

    def _smaller(self, ask: Ask, rows: Rows, left: int | None, limit: int) -> list[Ask]:
        """Return asks for what was cut off; none, and a gap, where there are no smaller ones."""
        if not rows.ordered:
            self._give_up(ask, f"Insights gave {rows.read} rows, not all, and in no order")
            return []
        since = ask.since if rows.last is None else max(rows.last, ask.since)
        smaller: list[Ask] = []
        if not rows.astray:  # else milliseconds are not heeded, and cannot divide anything
            pace = (since - rows.first) / rows.read if rows.first is not None else 0.0
            smaller = rest_of(ask, Cut(since, len(rows.held), left, pace), limit)
        rest = replace(ask, since=since)
        smaller = smaller or parts_of(rest)
        if not smaller:
            self._give_up(rest, f"there are more rows than {rows.read}, which Insights gives")
        return smaller

    def _hand_on(self, events: list[Event]) -> Iterator[Event]:
        if events:
            size = sum(len(event.message) for event in events)
            self._report(Coverage(source=self._source, events=len(events), bytes=size))
            yield from events

    # What is not read

    def _give_up(self, ask: Ask, reason: str) -> None:
        window = f"{_time_text(ask.since)} to {_time_text(ask.until)}"
        self._tell(*(Gap(group.label, f"{reason} ({window})") for group in ask.groups))

    def _give_up_all(self, lane: Lane, reason: str) -> None:
        """Give up what is not started yet in a place; what runs goes on."""
        for ask in lane.waiting:
            self._give_up(ask, reason)
        lane.waiting.clear()

    def _abandon(self) -> None:
        self.is_over = True
        count = max(sum(len(k.waiting) + len(k.running) for k in self._lanes.values()), 1)
        queries = "1 Insights query" if count == 1 else f"{count} Insights queries"
        self._tell(Gap(self._source, f"interrupted: not finished: {queries}, or more"))

    def _tell(self, *gaps: Gap) -> None:
        if not self._answered:
            self._withheld.extend(gaps)
            return
        self._report(Coverage(source=self._source, gaps=(*self._withheld, *gaps)))
        self._withheld.clear()


def _next_number(settings: Settings) -> int:
    before = settings.commons.get(_FETCHES, 0)
    number = before + 1 if isinstance(before, int) else 1
    settings.commons[_FETCHES] = number
    return number


def _time_text(moment: Millis) -> str:
    try:
        text = datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):
        return f"@{moment} ms"
    return text.replace("+00:00", "Z")
