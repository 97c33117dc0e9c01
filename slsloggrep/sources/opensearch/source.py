"""The source that reads a search cluster: which indices a query needs, and what was read of them.

What a URL names is `location`'s knowledge, which indices there are `indices`', what they are asked
for `tasks`', how they are read `crew`'s; how they are followed is `follow`'s.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, TypedDict, Unpack

from slsloggrep.decode.search_shapes import SHIPPED
from slsloggrep.model import Coverage, Ends, Event, FigureBatch, Gap, PlannedRead, Query
from slsloggrep.model.checks import Check
from slsloggrep.model.sums import FigureSum
from slsloggrep.sources.base import (
    Capability,
    Following,
    Notice,
    Pulse,
    Purpose,
    Report,
    Settings,
)
from slsloggrep.sources.chosen import Meant
from slsloggrep.sources.cloudwatch.names import Spec
from slsloggrep.sources.opensearch.answers import Hit, Page
from slsloggrep.sources.opensearch.cluster import Cluster, Patience
from slsloggrep.sources.opensearch.crew import Batch, Crew, Done
from slsloggrep.sources.opensearch.dashboards import dashboards_of
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble
from slsloggrep.sources.opensearch.hits import Read, Reader, id_field_of
from slsloggrep.sources.opensearch.indices import Choice, Indices
from slsloggrep.sources.opensearch.kinds import Kind, names_of
from slsloggrep.sources.opensearch.location import parse_url
from slsloggrep.sources.opensearch.naming import in_paths
from slsloggrep.sources.opensearch.reading import MOST, fetch_hits
from slsloggrep.sources.opensearch.tasks import Plan, Task, plan_spans, plan_window
from slsloggrep.sources.summing import Summing
from slsloggrep.sources.whereabouts import Whereabouts

_IDS = 200
"""Events of which all lines are asked for at once."""

_DENIED = (401, 403)


class _Told(TypedDict, total=False):
    """What an increment of coverage may tell; see Coverage."""

    events: int
    bytes: int
    objects: int
    planned_objects: int
    gaps: tuple[Gap, ...]
    notes: tuple[str, ...]


def open_search(url: str, settings: Settings) -> SearchSource:
    """Return the source that reads `opensearch+https://host/index`; nothing is asked yet.

    Raises UsageError for a URL that makes no sense or holds a secret, SourceError where
    credentials cannot be had, MissingExtraError without opensearch-py.
    """
    return SearchSource(url, settings)


class SearchSource:
    """Indices of one search cluster, read or followed."""

    capabilities = (
        Capability.FUNCTION
        | Capability.TEXT
        | Capability.STREAM
        | Capability.NEWEST_FIRST
        | Capability.FOLLOW
        | Capability.AGGREGATE
    )

    def __init__(self, url: str, settings: Settings, patience: Patience | None = None) -> None:
        self.name = url
        self._settings = settings
        self._location = parse_url(url)
        self._meant = (
            Meant(settings.groups, settings.functions)
            if settings.groups or settings.functions
            else None
        )
        self._cluster = Cluster(self._location, settings, patience)
        self._indices = Indices(self._cluster, settings.late)
        self._counted: set[str] = set()
        self._added_up: tuple[str, ...] = ()
        """The indices whose figures were left out when the rest was measured."""
        self._widened: set[str] = set()
        """What is read whole, for the server refuses to search it."""
        self._seen: set[tuple[str, str]] = set()
        """Shape of documents and where their time stands, of the indices that were chosen so far:
        the cluster is known then."""
        self._answered = False
        """Something was read: what fails from now on makes the answer partial, not void."""

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        """Yield what the query wants, and more; see Source.fetch.

        With `newest_first` what lies in its window comes from the newest to the oldest, where all
        indices have a date to sort by; spans come behind that.
        """
        if query.literals or query.everything:
            choice = self._choose(query.since, query.until, report)
            plan = plan_window(query, choice, self._specs)
            report(self._so_far(notes=tuple(plan.notes)))
            if query.newest_first:
                yield from self._read_newest(plan, choice, report)
            else:
                yield from self._read(plan.tasks, choice, report)
        if query.spans:
            since, until = Query(spans=query.spans).bounds
            choice = self._choose(since, until, report)
            yield from self._read(plan_spans(query.spans, choice).tasks, choice, report)

    def measure(
        self, query: Query, purpose: Purpose, report: Report
    ) -> Iterator[Event | FigureBatch | Ends]:
        """Yield what the ends of invocations state, and what needs a look; see Meter.measure."""
        from slsloggrep.sources.opensearch.measuring import plan_measures

        choice = self._choose(query.since, query.until, report)
        measures = plan_measures(query, purpose, choice, self._specs)
        report(self._so_far(notes=measures.notes))
        yield from self._measure(measures.tasks.tasks, query, purpose, choice, report)

    def measure_rest(self, query: Query, report: Report) -> Iterator[Event | FigureBatch | Ends]:
        """Yield what cannot be added up; see Summer.measure_rest."""
        from slsloggrep.sources.opensearch.measuring import plan_measures
        from slsloggrep.sources.opensearch.summing import added_up

        choice = self._choose(query.since, query.until, report)
        try:
            kinds, notes = added_up(query, choice, self._meant, self._cluster)
        except Abandoned:
            kinds, notes = [], ()  # as for all that is read now, it will be said
        self._added_up = names_of(kinds)
        measures = plan_measures(query, "figures", choice, self._specs, added_up=kinds)
        report(self._so_far(notes=(*notes, *measures.notes)))
        tasks = measures.tasks.tasks
        yield from self._measure(tasks, query, "figures", choice, report, self._added_up)

    def add_up(
        self, query: Query, summing: Summing, report: Report
    ) -> Iterator[FigureSum | FigureBatch | Event]:
        """Yield figures that the cluster has added up, and rows of others; see Summer.add_up."""
        from slsloggrep.sources.opensearch.summing import Sums

        choice = self._choose(query.since, query.until, report)
        sums = Sums(query, choice, self._meant, self._added_up)
        if summing.apart is not None:
            try:
                found = sums.fetch(self._cluster, summing)
            except Abandoned:
                report(self._so_far(gaps=(Gap(self.name, "interrupted: nothing was added up"),)))
                return
            report(self._so_far(events=sum(each.invocations for each in found), notes=sums.notes))
            yield from found
        for item in self._measure(sums.rest(), query, "figures", choice, report):
            if not isinstance(item, Ends):
                yield item

    def _measure(
        self,
        tasks: Sequence[Task],
        query: Query,
        purpose: Purpose,
        choice: Choice,
        report: Report,
        added_up: Sequence[str] = (),
    ) -> Iterator[Event | FigureBatch | Ends]:
        from slsloggrep.sources.opensearch.measuring import Columns

        columns = Columns(query, purpose, self.reader(choice), self._meant, choice, added_up)
        counted = 0
        for events in self._pages(tasks, choice, report, columns.read):
            yield from columns.measure(events)
            report(self._so_far(events=columns.rows - counted))
            counted = columns.rows
        yield from columns.finish()

    def plan(self, query: Query, report: Report) -> Iterator[PlannedRead]:
        """Yield what would be read, index by index; see Planner.plan."""
        from slsloggrep.sources.opensearch.estimate import plan_reads

        choice = self._choose(*query.bounds, report)
        plan = Plan()
        if query.literals or query.everything:
            plan = plan_window(query, choice, self._specs)
        if query.spans:
            plan.tasks += plan_spans(query.spans, choice).tasks
        report(self._so_far(notes=tuple(plan.notes)))
        try:
            yield from plan_reads(self._cluster, plan.tasks)
        except Trouble as trouble:
            raise self._cluster.error(trouble) from trouble
        except Abandoned:
            pass
        report(self._so_far())

    def follow(
        self, query: Query, following: Following, report: Report
    ) -> Iterator[Event | Pulse | Notice]:
        """Yield events as they come; see Follower.follow."""
        from slsloggrep.sources.opensearch.follow import Follow

        yield from Follow(self, self._settings, query, following, report).run()

    def examine(self, *, costly: bool) -> Iterator[Check]:
        """Yield what can be read of the cluster; see Examined.examine. Nothing of it costs."""
        from slsloggrep.sources.opensearch.examination import examine_cluster

        yield from examine_cluster(self._cluster, self._indices)

    def close(self) -> None:
        """Give back the connections; nothing is fetched after it."""
        self._cluster.stopped.set()
        self._cluster.close()

    def whereabouts(self) -> Whereabouts:
        """Return what the cluster and its documents are; see Located.whereabouts."""
        product = self._cluster.product if self._seen else None
        times = {field for _, field in self._seen}
        elastic = product.is_elastic if product else self._location.product == "elasticsearch"
        return Whereabouts(
            product="elasticsearch" if elastic else "opensearch",
            version=product.version if product else (),
            dashboards=dashboards_of(self._location, elastic=elastic),
            index=self._location.index,
            time_field=times.pop() if len(times) == 1 else "",
            shipped={shape for shape, _ in self._seen} == {SHIPPED},
        )

    # For following

    @property
    def cluster(self) -> Cluster:
        """The connection."""
        return self._cluster

    @property
    def indices(self) -> Indices:
        """The indices that the URL names."""
        return self._indices

    @property
    def meant(self) -> Meant | None:
        """Which log groups are meant; None: all."""
        return self._meant

    @property
    def _specs(self) -> Sequence[Spec]:
        """The names that the user gave."""
        return self._meant.specs if self._meant else ()

    def reader(self, choice: Choice) -> Reader:
        """Return what makes events of hits."""
        return Reader(self.name, choice.kinds, self._meant, self._fetch_lines)

    # Reading

    def _choose(self, since: int | None, until: int | None, report: Report) -> Choice:
        try:
            choice = self._indices.choose(since, until)
        except Abandoned:
            gap = Gap(self.name, "interrupted before its indices were known")
            report(self._so_far(gaps=(gap,)))
            return Choice([])
        self._seen |= {(kind.shape.name, kind.time_field) for kind in choice.kinds}
        gaps = (*self._settings.gaps, *choice.gaps)
        report(self._so_far(gaps=gaps, notes=choice.notes))
        return choice

    def _read(self, tasks: Sequence[Task], choice: Choice, report: Report) -> Iterator[Event]:
        """Yield what tasks bring, in any order."""
        for events in self._pages(tasks, choice, report, self.reader(choice).read):
            yield from events

    def _pages(
        self,
        tasks: Sequence[Task],
        choice: Choice,
        report: Report,
        read: Callable[[Page], Read],
    ) -> Iterator[list[Event]]:
        """Yield what `read` makes of each page that tasks bring, in any order."""
        new = {name for task in tasks for name in task.indices} - self._counted
        report(self._so_far(planned_objects=len(new)))
        expect = self.reader(choice).expect
        crew = Crew(self._cluster, self._settings, choice, read, expect)
        left = {id(task) for task in tasks}
        try:
            for message in crew.run(tasks):
                if isinstance(message, Batch):
                    self._answered = True
                    report(self._account(message))
                    yield message.events
                else:
                    if not message.note:
                        left.discard(id(message.task))
                    report(self._finish(message))
        finally:
            crew.stop()
            report(self._so_far())
        if crew.interrupted and left:
            parts = [task.label for task in tasks if id(task) in left]
            gaps = tuple(Gap(part, "interrupted: not all of it was read") for part in parts)
            report(self._so_far(gaps=gaps))

    def _read_newest(self, plan: Plan, choice: Choice, report: Report) -> Iterator[Event]:
        """Yield what tasks bring, the newest first where each has a date to sort by."""
        if any(not task.newest for task in plan.tasks) or any(k.untimed for k in choice.kinds):
            # What has no value to sort by would be skipped between two pages.
            tasks = [replace(task, newest="") for task in plan.tasks]
            yield from _unordered(self._read(tasks, choice, report))
            return
        streams = [self._read([task], choice, report) for task in plan.tasks]
        yield from heapq.merge(*streams, key=lambda event: -event.timestamp)

    def _fetch_lines(self, kind: Kind, identifiers: list[str]) -> Iterator[Hit]:
        """Yield all documents of events that were written line by line."""
        field = id_field_of(kind)
        for path in in_paths(kind.names):
            for start in range(0, len(identifiers), _IDS):
                yield from self._fetch_some(path, field, identifiers[start : start + _IDS])

    def _fetch_some(self, path: str, field: str, identifiers: list[str]) -> Iterator[Hit]:
        body: dict[str, Any] = {
            "size": MOST,
            "query": {"bool": {"filter": [{"terms": {field: identifiers}}]}},
            "seq_no_primary_term": True,
        }
        hits = fetch_hits(self._cluster, path, body)
        if len(hits) >= MOST and len(identifiers) > 1:
            middle = len(identifiers) // 2
            yield from self._fetch_some(path, field, identifiers[:middle])
            yield from self._fetch_some(path, field, identifiers[middle:])
        else:
            yield from hits

    # Accounting

    def _account(self, batch: Batch) -> Coverage:
        gaps = tuple(Gap(batch.task.label, what) for what in batch.losses)
        return self._so_far(events=len(batch.events), bytes=batch.size, gaps=gaps)

    def _finish(self, done: Done) -> Coverage:
        notes = (done.note,) if done.note else ()
        trouble = done.trouble
        if trouble is not None:
            if trouble.status in _DENIED and not self._answered:
                raise self._cluster.error(trouble)
            return self._so_far(gaps=(Gap(done.task.label, trouble.reason),), notes=notes)
        if done.note:
            self._widened.add(done.task.label)
        unread = done.task.unread if done.task.label not in self._widened else ""
        gaps = (Gap(done.task.label, unread),) if unread else ()
        new = set(done.task.indices) - self._counted if not done.note else set()
        self._counted |= new
        return self._so_far(objects=len(new), gaps=gaps, notes=notes)

    def _so_far(self, **told: Unpack[_Told]) -> Coverage:
        """Return an increment of coverage, with the requests since the last one."""
        requests = self._cluster.take_requests()
        return Coverage(source=self.name, unit="index", requests=requests, **told)


def _unordered(events: Iterable[Event]) -> Iterator[Event]:
    """Yield events so that nobody takes them for descending in time: that would be chance."""
    held: list[Event] = []
    known = False
    for event in events:
        if known:
            yield event
        elif held and event.timestamp != held[0].timestamp:
            known = True
            yield from sorted((*held, event), key=lambda each: each.timestamp)
        else:
            held.append(event)
    if not known:
        yield from held
