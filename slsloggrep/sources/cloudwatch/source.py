"""The CloudWatch source: which engine reads which groups, and what the passes so far have shown.

Which groups there are is `groups`' knowledge; how they are read `reading`'s, `streams`' and
`insights`'; how they are followed `follow`'s; what it would cost `estimate`'s.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from slsloggrep.errors import SourceError
from slsloggrep.model import Coverage, Ends, Event, FigureBatch, Gap, PlannedRead, Query
from slsloggrep.sources.aws import AWS_DOMAINS
from slsloggrep.sources.base import (
    Capability,
    Following,
    Notice,
    Pulse,
    Purpose,
    Report,
    Selection,
    Settings,
)
from slsloggrep.sources.cloudwatch.crew import Crew, reason_of
from slsloggrep.sources.cloudwatch.groups import Choice, choose_groups
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.reading import Experience, Reading, tasks_of
from slsloggrep.sources.cloudwatch.streams import groups_of_spans, tasks_of_spans
from slsloggrep.sources.cloudwatch.tasks import Done, Read, Task, key_of
from slsloggrep.sources.whereabouts import Whereabouts

if TYPE_CHECKING:
    from slsloggrep.model.checks import Check
    from slsloggrep.model.inventory import DeployedFunction
    from slsloggrep.sources.cloudwatch.estimate import Engines
    from slsloggrep.sources.cloudwatch.measuring import Told


def open_cloudwatch(url: str, settings: Settings) -> CloudWatchSource:
    """Return the source that a `cloudwatch:` URL names; nothing is asked yet.

    Raises UsageError for a URL that makes no sense, SourceError for a profile or region that
    cannot be.
    """
    return CloudWatchSource(url, settings)


class CloudWatchSource:
    """Log groups of one or several accounts and regions, read or followed together."""

    capabilities = (
        Capability.FUNCTION
        | Capability.TEXT
        | Capability.STREAM
        | Capability.NEWEST_FIRST
        | Capability.FOLLOW
        | Capability.PATTERN
        | Capability.AGGREGATE
    )

    def __init__(self, url: str, settings: Settings) -> None:
        self.name = url
        self._settings = settings
        self._places = Places(url, settings)
        self._choice: Choice | None = None
        self._experience = Experience()
        self._answered = False
        """Something was read: what fails from now on makes the answer partial, not void."""
        self._planned: set[object] = set()
        self._read: set[object] = set()
        self._throttling_told = False
        self._told: Told | None = None
        """By what REPORTs were told, where they were measured."""

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        """Yield what the query wants; see Source.fetch.

        With `newest_first` what lies in its window comes from the newest to the oldest, whatever
        the group; spans come behind that, in no order. An event may come twice where a window was
        begun again.
        """
        yield from self._fetch(query, report, None)

    def measure(
        self, query: Query, purpose: Purpose, report: Report
    ) -> Iterator[Event | FigureBatch | Ends]:
        """Yield what REPORTs state, or ends without a partner; see Meter.measure.

        What is fetched of spans from then on is recognised by what figures were told by.
        """
        from slsloggrep.sources.cloudwatch.measuring import WORDS, Told, measure_events

        told = Told() if purpose == "figures" else None
        self._told = told
        self._experience.with_ids = frozenset()
        words = (*query.literals, *WORDS[purpose])
        wanted = replace(query, literals=words, spans=(), pattern="", newest_first=False)
        yield from measure_events(self._fetch(wanted, report, told), query, purpose)

    def _fetch(self, query: Query, report: Report, told: Told | None) -> Iterator[Event]:
        groups = self._groups(report).groups
        try:
            if query.literals or query.everything:
                yield from self._read_window(groups, replace(query, spans=()), report, told)
            if query.spans:
                yield from self._read_spans(groups, query, report)
        finally:
            report(self._so_far(notes=(*self._throttling(), *self._bill())))

    def plan(self, query: Query, report: Report) -> Iterator[PlannedRead]:
        """Yield what would be read; see Planner.plan."""
        from slsloggrep.sources.cloudwatch.estimate import plan_reads

        groups = self._groups(report).groups
        engines = self._engines(groups, query, report)
        prefix = self._prefix(engines.insights)
        yield from plan_reads(groups, query, self._settings, engines, prefix)

    def follow(
        self, query: Query, following: Following, report: Report
    ) -> Iterator[Event | Pulse | Notice]:
        """Yield events as they come; see Follower.follow."""
        from slsloggrep.sources.cloudwatch.follow import follow_groups

        yield from follow_groups(self._places, self._settings, self.name, query, following, report)

    def list_functions(self, selection: Selection, report: Report) -> Iterator[DeployedFunction]:
        """Yield the functions of the accounts and regions; see Lister.list_functions."""
        from slsloggrep.sources.cloudwatch.inventory import take_inventory

        inventory = take_inventory(self._places, self._settings, selection)
        increment = self._so_far(
            objects=len(inventory.functions),
            gaps=tuple(inventory.gaps),
            notes=(*inventory.notes, *self._throttling()),
        )
        report(replace(increment, unit="function"))
        yield from inventory.functions

    def examine(self, *, costly: bool) -> Iterator[Check]:
        """Yield what can be read, and what is missing for it; see Examined.examine."""
        from slsloggrep.sources.cloudwatch.examination import examine_places

        yield from examine_places(self._places, self._settings, costly=costly)

    def close(self) -> None:
        """Give back the connections; nothing is fetched after it."""
        self._places.close()

    def whereabouts(self) -> Whereabouts:
        """Return the regions that were asked; see Located.whereabouts.

        None where an endpoint stands for AWS: the console would show something else.
        """
        asked = [logs for logs in self._places.opened if logs.host]
        if not all(logs.host.endswith(AWS_DOMAINS) for logs in asked):
            return Whereabouts()
        return Whereabouts(regions=tuple(dict.fromkeys(logs.region for logs in asked)))

    def _groups(self, report: Report) -> Choice:
        if self._choice is None:
            self._choice = choose_groups(self._places, self._settings)
            report(self._so_far(gaps=self._choice.gaps, notes=self._choice.notes))
        return self._choice

    # A window

    def _read_window(
        self, groups: Sequence[Group], query: Query, report: Report, told: Told | None
    ) -> Iterator[Event]:
        engines = self._engines(groups, query, report)
        reading = Reading.of(query, self.name, self._experience)
        if query.newest_first:
            yield from self._read_newest(engines, query, reading, report)
            return
        if told is not None:
            told.note(engines.filter, by_insights=False)
        tasks = tasks_of(engines.filter, query, self._settings, reading)
        failure: SourceError | None = None
        try:
            yield from self._ask(engines.filter, tasks, report)
        except SourceError as error:
            failure = error
            if not engines.insights:
                raise
        others = (*engines.insights, *_once(reading.unsupported))
        if told is not None:
            told.note(others, by_insights=True)
        try:
            yield from self._ask_insights(others, query, report)
        except SourceError as error:
            raise failure or error from error
        if failure is not None:
            reason = reason_of(failure, self._places.shown)
            gaps = tuple(Gap(group.label, reason) for group in engines.filter)
            report(self._so_far(gaps=gaps))

    def _read_newest(
        self, engines: Engines, query: Query, reading: Reading, report: Report
    ) -> Iterator[Event]:
        from slsloggrep.sources.cloudwatch.newest import by_class, in_windows, read_newest

        engines = by_class(engines, self._settings)
        streams: list[Iterator[Event]] = []
        if engines.filter:
            self._plan_objects(engines.filter, report)
            streams.append(
                read_newest(
                    engines.filter,
                    query,
                    self._settings,
                    reading,
                    Crew(self._places.shown, self._settings, answered=self._answered),
                    lambda message: self._account(message, report),
                )
            )
        if engines.insights:
            streams.append(
                in_windows(
                    engines.insights,
                    query,
                    self._settings,
                    lambda part: self._ask_insights(engines.insights, part, report),
                )
            )
        yield from heapq.merge(*streams, key=lambda event: event.order, reverse=True)

    # Stretches of streams

    def _read_spans(self, groups: Sequence[Group], query: Query, report: Report) -> Iterator[Event]:
        holding = groups_of_spans(groups, query.spans, self._experience)
        wanted = Query(spans=query.spans, late=query.late)
        engines = self._engines([group for group, _ in holding], wanted, report)
        if self._told is not None:
            engines = self._told.apply(engines)
            self._experience.with_ids = self._told.with_ids
        by_filter = {key_of(group) for group in engines.filter}
        reading = Reading(self.name, self._experience)
        tasks = tasks_of_spans([held for held in holding if key_of(held[0]) in by_filter], reading)
        yield from self._ask(engines.filter, tasks, report)
        by_insights = (*engines.insights, *_once(reading.unsupported))
        others = {key_of(group) for group in by_insights}
        spans = {s for group, spans in holding if key_of(group) in others for s in spans}
        part = replace(wanted, spans=tuple(sorted(spans)))
        yield from self._ask_insights(by_insights, part, report)

    # Asking

    def _engines(self, groups: Sequence[Group], query: Query, report: Report) -> Engines:
        from slsloggrep.sources.cloudwatch.estimate import choose_engines

        engines = choose_engines(groups, query, self._settings)
        report(self._so_far(notes=engines.notes))
        return engines

    def _ask(
        self, groups: Sequence[Group], tasks: Iterable[Task], report: Report
    ) -> Iterator[Event]:
        """Yield what tasks of FilterLogEvents and GetLogEvents bring."""
        self._plan_objects(groups, report)
        crew = Crew(self._places.shown, self._settings, answered=self._answered)
        try:
            crew.add(tasks)
            for message in crew.run():
                self._account(message, report)
                if isinstance(message, Read):
                    yield from message.events
        finally:
            crew.stop()

    def _ask_insights(
        self, groups: Sequence[Group], query: Query, report: Report
    ) -> Iterator[Event]:
        if not groups:
            return
        from slsloggrep.sources.cloudwatch.insights import read_by_insights

        self._plan_objects(groups, report)
        yield from read_by_insights(
            groups,
            query,
            self._settings,
            self.name,
            report,
            self._prefix(groups),
            answered=self._answered,
        )
        self._answered = True
        new = {key_of(group) for group in groups} - self._read
        self._read |= new
        report(self._so_far(objects=len(new)))

    def _prefix(self, groups: Sequence[Group]) -> str:
        """Return the prefix that stands for groups which are all that were chosen."""
        from slsloggrep.sources.cloudwatch.insights_query import whole_prefix

        if self._choice is None or self._choice.gaps or len(groups) < len(self._choice.groups):
            return ""
        return whole_prefix(self._settings, self._places.specs)

    # Accounting

    def _plan_objects(self, groups: Iterable[Group], report: Report) -> None:
        new = {key_of(group) for group in groups} - self._planned
        self._planned |= new
        report(self._so_far(planned_objects=len(new)))

    def _account(self, message: Read | Done, report: Report) -> None:
        if isinstance(message, Read):
            self._answered = True
            self._experience.note(message.task.group, message.events)
            report(self._so_far(events=len(message.events), bytes=message.size))
            return
        key = key_of(message.group)
        new = message.read and key not in self._read
        if new:
            self._read.add(key)
        report(self._so_far(objects=int(new), gaps=message.gaps))

    def _so_far(
        self,
        *,
        events: int = 0,
        bytes: int = 0,  # noqa: A002 - as Coverage has it
        objects: int = 0,
        planned_objects: int = 0,
        gaps: tuple[Gap, ...] = (),
        notes: tuple[str, ...] = (),
    ) -> Coverage:
        """Return an increment of coverage, with the requests since the last one."""
        return Coverage(
            source=self.name,
            events=events,
            bytes=bytes,
            requests=self._places.take_requests(),
            objects=objects,
            unit="log group",
            planned_objects=planned_objects,
            gaps=gaps,
            notes=notes,
        )

    def _throttling(self) -> tuple[str, ...]:
        """Return a note, once, if the service has slowed the reading down."""
        limiters = self._places.limiters
        if self._throttling_told or not limiters.throttles:
            return ()
        self._throttling_told = True
        times = "once" if limiters.throttles == 1 else f"{limiters.throttles} times"
        return (f"throttled {times}: slowed down to {limiters.slowest:.3g} calls/s",)

    def _bill(self) -> tuple[str, ...]:
        """Return a note of what Insights has scanned, and its price, where that has grown."""
        from slsloggrep.sources.cloudwatch.estimate import take_bill

        return take_bill(self._settings)


def _once(groups: Iterable[Group]) -> list[Group]:
    return list({key_of(group): group for group in groups}.values())
