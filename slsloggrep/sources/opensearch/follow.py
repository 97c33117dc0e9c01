"""A search cluster that is followed: documents as they come, each once, whatever interrupts it.

One thread looks, round after round (`rounds` says when and how far back), and hands over what was
not handed on before; the other tells what came, and that it lives. What was handed on is remembered
by `slsloggrep.sources.cloudwatch.seen`. Putting events in order is left to whoever follows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from queue import Empty, Full, Queue
from typing import Protocol

from slsloggrep.errors import SourceError
from slsloggrep.model import Coverage, Event, Gap, Millis, Query
from slsloggrep.sources.base import Following, Notice, Pulse, Report, Settings
from slsloggrep.sources.chosen import Meant
from slsloggrep.sources.cloudwatch.pollers import wall
from slsloggrep.sources.cloudwatch.seen import Seen
from slsloggrep.sources.opensearch.answers import Page
from slsloggrep.sources.opensearch.cluster import Cluster, Patience
from slsloggrep.sources.opensearch.contexts import Contexts
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble
from slsloggrep.sources.opensearch.hits import Reader
from slsloggrep.sources.opensearch.indices import Choice, Indices
from slsloggrep.sources.opensearch.reading import fetch_page, read_pages
from slsloggrep.sources.opensearch.rounds import DOUBT, Round, Rounds
from slsloggrep.sources.opensearch.tasks import Task, pieces_of, plan_window

_PULSE_S = 0.1
_REPORT_S = 1.0
_LISTING_S = 10.0
"""From one look for new indices to the next."""
_PATIENCE = Patience(attempts=2, seconds=5.0, first_contact=2)
"""A request is repeated once; then it counts as an interruption, which is said and waited out."""
_PAUSE_S = 5.0
"""Between two attempts where a cluster is out of reach, at most."""
_SILENT_S = 3.0
"""An interruption that is shorter is not worth a word."""
_WAITING = 64


class Followed(Protocol):
    """What is followed: the indices of a cluster, and how their documents are read."""

    name: str

    @property
    def cluster(self) -> Cluster:
        """The connection."""
        ...

    @property
    def indices(self) -> Indices:
        """The indices that are meant."""
        ...

    @property
    def meant(self) -> Meant | None:
        """Which log groups are meant; None: all."""
        ...

    def reader(self, choice: Choice) -> Reader:
        """Return what makes events of hits."""
        ...


class Follow:
    """One following of one source."""

    def __init__(
        self,
        source: Followed,
        settings: Settings,
        query: Query,
        following: Following,
        report: Report,
    ) -> None:
        self._source = source
        self._settings = settings
        self._query = query
        self._following = following
        self._report = report
        self._stopped = threading.Event()
        self._cluster: Cluster = source.cluster.lend(self._stopped, _PATIENCE)
        self._since = wall() if query.since is None else query.since
        self._arrivals: Queue[list[Event] | Notice | Coverage | SourceError | None] = Queue(
            _WAITING
        )
        self._time = self._since
        self._seen = Seen()
        self._memory = self._seen.memory()
        self._told_floor = False

    def run(self) -> Iterator[Event | Pulse | Notice]:
        """Yield until it ends. Raises SourceError where it never could begin."""
        choice = self._choose()
        for notice in self._unfollowed(choice):
            yield Notice(notice)
        self._report(self._so_far(gaps=choice.gaps, notes=choice.notes))
        thread = threading.Thread(target=self._look, args=(choice,), daemon=True)
        thread.start()
        events = 0
        reported = time.monotonic()
        pulsed = 0.0
        try:
            while not self._settings.cancelled():
                now = time.monotonic()
                if now - pulsed >= _PULSE_S:
                    pulsed = now
                    yield Pulse(self._time)
                if now - reported >= _REPORT_S:
                    reported = now
                    self._report(self._so_far(events=events))
                    events = 0
                try:
                    arrived = self._arrivals.get(timeout=_PULSE_S)
                except Empty:
                    continue
                if arrived is None:
                    yield Pulse(self._time)
                    break
                if isinstance(arrived, SourceError):
                    raise arrived
                if isinstance(arrived, Notice):
                    yield arrived
                elif isinstance(arrived, Coverage):
                    self._report(arrived)
                else:
                    events += len(arrived)
                    yield from arrived
        finally:
            self._stopped.set()
            self._report(self._so_far(events=events))

    # The thread that looks

    def _look(self, choice: Choice) -> None:
        try:
            self._look_on(choice)
        except Abandoned:
            pass
        except SourceError as error:
            self._hand_over(error)
        except BaseException as error:
            self._hand_over(SourceError(self._source.name, f"{self._source.name}: {error!r}"))
            raise
        finally:
            self._hand_over(None)

    def _look_on(self, choice: Choice) -> None:
        rounds = Rounds(self._following, self._since, choice.refresh, time.monotonic())
        listed = time.monotonic()
        lost: float | None = None
        attempt = 0
        said = False
        while not self._cluster.given_up():
            now = time.monotonic()
            try:
                if now - listed >= _LISTING_S:
                    listed = now
                    self._source.indices.forget()
                    choice = self._choose()
                due = rounds.due(now)
                if due is None:
                    self._stopped.wait(min(rounds.wait(now), _PULSE_S))
                    continue
                self._make(due, rounds, choice)
            except (Trouble, SourceError) as error:
                lost = now if lost is None else lost
                attempt += 1
                if not said and time.monotonic() - lost >= _SILENT_S:
                    said = True
                    self._say(f"{_reason(error)}; what comes meanwhile is read when it answers")
                self._stopped.wait(min(_PAUSE_S, 0.2 * 2 ** min(attempt, 10)))
                continue
            if said and lost is not None:
                away = round(time.monotonic() - lost)
                self._say(f"it answers again after {away} s; what came meanwhile was caught up")
            lost, attempt, said = None, 0, False
            if self._is_over(rounds):
                break
        if said:
            gap = Gap(self._source.name, "it could not be reached when the following ended")
            self._hand_over(self._so_far(gaps=(gap,)))

    def _make(self, due: Round, rounds: Rounds, choice: Choice) -> None:
        """Look once, as far back as a round reaches, and hand over what is new."""
        started, begun = time.monotonic(), wall()
        near = due is rounds.near
        start = max(rounds.start_of(due), self._memory.floor)
        end = self._query.until if near else rounds.start_of(rounds.near)
        found = 0
        if end is None or start < end:
            window = Query(since=start, until=end)
            reader = self._source.reader(choice)
            for page in self._pages(window, choice):
                found += self._take(reader.read(page).events)
                if not near and rounds.near.due <= time.monotonic():
                    self._make(rounds.near, rounds, choice)
        due.finish(begun, time.monotonic(), time.monotonic() - started, found)
        if near:
            due.due = started + self._following.interval
            self._time = max(self._time, begun - choice.refresh)
            self._memory.forget(rounds.horizon - DOUBT, begun)
            self._bound(begun, rounds)

    def _pages(self, window: Query, choice: Choice) -> Iterator[Page]:
        """Yield the hits of a window: usually one page tells them all."""
        specs = self._source.meant.specs if self._source.meant else ()
        timed = [replace(kind, untimed=0) for kind in choice.kinds if kind.time_field]
        plan = plan_window(window, replace(choice, kinds=timed), specs)
        for task in plan.tasks:
            page = fetch_page(self._cluster, task.path, task.clause)
            if page is not None:
                yield page
            else:
                yield from self._all_pages(task, choice)

    def _all_pages(self, task: Task, choice: Choice) -> Iterator[Page]:
        contexts = Contexts(self._source.cluster)
        try:
            for piece in pieces_of(task, self._cluster, contexts, choice):
                if piece.snapshot is not None:
                    piece.snapshot.enter()
                yield from read_pages(piece, self._cluster, contexts)
        finally:
            contexts.close()

    def _take(self, events: list[Event]) -> int:
        """Hand over those that were not handed on before; return how many these are."""
        new = [
            event
            for event in events
            if self._query.in_window(event.timestamp)
            and event.timestamp >= max(self._since, self._memory.floor)
            and self._memory.admit(event.timestamp, _identity(event))
        ]
        if new:
            self._hand_over(new)
        return len(new)

    def _bound(self, now: Millis, rounds: Rounds) -> None:
        """Keep the memory of what was handed on within its bound, and say what that costs."""
        if self._seen.shrink(now - 2 * rounds.near.reach) and not self._told_floor:
            self._told_floor = True
            minutes = max(1, round((now - self._memory.floor) / 60_000))
            text = f"so much is written that late events are looked for {minutes} min back only"
            self._say(text)
            self._hand_over(self._so_far(notes=(text,)))

    def _is_over(self, rounds: Rounds) -> bool:
        """Tell whether the query's end is past, and everything up to it was read."""
        until = self._query.until
        return until is not None and rounds.near.begun >= until + rounds.near.reach

    # Indices

    def _choose(self) -> Choice:
        choice = self._source.indices.choose(self._since, self._query.until)
        # An index that has no documents yet need not have fields.
        mapped = [kind for kind in choice.kinds if kind.schema.fields]
        if mapped and not any(kind.time_field for kind in mapped):
            raise SourceError(
                self._source.name,
                f"{self._source.name}: it cannot be followed, for no date is mapped in it",
                hint="?time_field=NAME names another field",
            )
        return choice

    def _unfollowed(self, choice: Choice) -> Iterator[str]:
        for kind in choice.kinds:
            if not kind.time_field and kind.schema.fields:
                what = ", ".join(kind.names[:3])
                gap = Gap(what, "no date is mapped, so it cannot be followed")
                self._report(self._so_far(gaps=(gap,)))
                yield f"{gap.what}: {gap.reason}"
        yield from self._source.cluster.notes

    # Telling

    def _say(self, text: str) -> None:
        self._hand_over(Notice(f"{self._source.name}: {text}"))

    def _hand_over(self, item: list[Event] | Notice | Coverage | SourceError | None) -> None:
        while not self._stopped.is_set():
            try:
                self._arrivals.put(item, timeout=_PULSE_S)
            except Full:
                continue
            return

    def _so_far(
        self, *, events: int = 0, gaps: tuple[Gap, ...] = (), notes: tuple[str, ...] = ()
    ) -> Coverage:
        return Coverage(
            source=self._source.name,
            events=events,
            requests=self._cluster.take_requests(),
            unit="index",
            gaps=gaps,
            notes=notes,
        )


def _identity(event: Event) -> int:
    """Return what tells an event from all others: CloudWatch's ID, else its document."""
    if event.has_global_id:
        return hash(event.event_id)
    return hash((event.container, event.position))


def _reason(error: Trouble | SourceError) -> str:
    return error.words
