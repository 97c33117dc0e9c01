"""The archive source: objects full of bytes, searched raw before anything is decoded.

Serves every place that holds objects through the `Store` protocol. It decides which objects a
query needs, and remembers what the passes so far have shown of each one, so that a later pass
reopens only what can matter. How they are read side by side is `slsloggrep.sources.crew`'s work,
how a single one is read `slsloggrep.sources.scan`'s; what the events mean is nobody's here.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from typing import cast

from slsloggrep.model import Coverage, Ends, Event, FigureBatch, Gap, Millis, PlannedRead, Query
from slsloggrep.model.checks import Check
from slsloggrep.sources.base import Capability, Examined, Purpose, Report, Settings
from slsloggrep.sources.crew import Cache, Crew, Planned
from slsloggrep.sources.kept import Kept
from slsloggrep.sources.layout import may_hold
from slsloggrep.sources.meter import Measurement, rows_of
from slsloggrep.sources.reading import Batch, Done, Knowledge
from slsloggrep.sources.scan import Found, Scan
from slsloggrep.sources.store import Store, StoredObject
from slsloggrep.sources.wanted import Wanted

_REMEMBERED = 200_000
"""Listings up to this length are kept for the second pass; longer ones are listed again."""

_NOTED = 2_000_000
"""Log streams that are noted of objects whose names tell a time anyway: eight bytes each."""

_KEPT = 32 * 1024 * 1024
"""Bytes of packed envelopes that are kept for the next pass."""

_LATEST: Millis = 24 * 3_600_000
"""CloudWatch Logs retries a delivery stream for up to 24 h (User Guide, Subscriptions)."""


class ArchiveSource:
    """Pulls events out of a store; the same object serves all passes of one investigation."""

    capabilities = Capability.TEXT | Capability.STREAM | Capability.AGGREGATE

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._known: dict[str, tuple[StoredObject, Knowledge]] = {}
        self._listing: list[StoredObject] | None = []
        self._listed: tuple[Millis | None, Millis | None] | None = None
        self._requests = 0
        self._cache = Cache()
        self._noted = 0
        self._kept = 0

    @property
    def name(self) -> str:
        """The source as the user wrote it."""
        return self._store.name

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        """Yield what the query wants, object by object as they are read; see Source.fetch."""
        wanted = Wanted(query)

        def scan(stored: StoredObject) -> Scan:
            return Scan(self.name, stored, wanted)

        done: set[str] = set()
        for stored, kept in self._at_hand(wanted):
            if self._settings.cancelled():
                break
            done.add(stored.name)
            events = list(scan(stored).reread(kept))
            report(Coverage(source=self.name, events=len(events)))
            yield from events
        for items in self._read(query, scan, report, without=done):
            report(Coverage(source=self.name, events=len(items)))
            yield from cast("list[Event]", items)

    def measure(
        self, query: Query, purpose: Purpose, report: Report
    ) -> Iterator[Event | FigureBatch | Ends]:
        """Yield what the ends of invocations state; see Meter.measure."""
        measurement = Measurement(self.name, query, purpose)
        for items in self._read(query, measurement.scan, report):
            report(Coverage(source=self.name, events=sum(map(rows_of, items))))
            yield from items

    def _read(
        self,
        query: Query,
        scan: Callable[[StoredObject], Scan],
        report: Report,
        *,
        without: Container[str] = (),
    ) -> Iterator[list[Found]]:
        """Yield what is found in the objects that a query needs, and report what was read.

        Objects named in `without` are left out.
        """
        crew = Crew(
            self._store,
            self._settings,
            query,
            scan,
            (stored for stored in self._choose(query) if stored.name not in without),
            self._cache,
            answered=bool(self._known),
        )
        try:
            for message in crew.run():
                if isinstance(message, Batch):
                    yield message.items
                else:
                    report(self._account(message))
        finally:
            crew.stop()

    def examine(self, *, costly: bool) -> Iterator[Check]:
        """Yield what can be read of the store; see Examined.examine."""
        if isinstance(self._store, Examined):
            yield from self._store.examine(costly=costly)
            return
        from slsloggrep.sources.objects_examination import examine_store

        yield from examine_store(self._store)

    def plan(self, query: Query, report: Report) -> Iterator[PlannedRead]:
        """Yield the objects that would be read as one line, out of the listing; see Planner.plan.

        Their calls are one for each object: large ones in a bucket are read in several.
        """
        objects = size = 0
        known = True
        gaps: tuple[Gap, ...] = ()
        for stored in self._choose(query):
            if self._settings.cancelled():
                gaps = (Gap(self.name, f"interrupted: {objects} objects were listed"),)
                break
            objects += 1
            size += max(stored.size, 0)
            known = known and stored.size >= 0
        requests = self._store.requests - self._requests
        self._requests += requests
        report(Coverage(source=self.name, requests=requests, gaps=gaps, notes=self._store.notes))
        yield PlannedRead(
            what=self.name,
            engine="GetObject" if self.name.lower().startswith("s3:") else "read",
            calls=objects,
            bytes=size if known else None,
        )

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _at_hand(self, wanted: Wanted) -> Iterator[tuple[StoredObject, Kept]]:
        """Yield objects of which all that is wanted was kept by an earlier pass."""
        if not wanted.spans_only:
            return
        hashes = wanted.stream_hashes
        for stored, known in list(self._known.values()):
            if known.kept is None or known.streams is None:
                continue
            named = hashes.intersection(known.streams)
            if named and named <= known.kept.streams:
                yield stored, known.kept

    def _choose(self, query: Query) -> Iterator[StoredObject]:
        """Yield the objects that the query needs, out of the listing or the memory of it."""
        since, until = query.bounds
        late = lateness = self._settings.late
        if query.late:
            lateness = max(_LATEST, late)
            if until is not None:
                # What is late for a window is in time for a longer one.
                until += lateness - late
        wanted = Wanted(query)
        hashes = wanted.stream_hashes
        found = {name: o for name, (o, known) in self._known.items() if known.found & hashes}
        for stored in self._list(since, until):
            _, known = self._known.get(stored.name, (stored, Knowledge()))
            asked = query.literals or query.everything
            if (
                stored.name in found
                or (asked and may_hold(stored.arrived, query.since, query.until, late))
                or wanted.may_lie_in(stored.arrived, lateness, known.streams)
            ):
                found.pop(stored.name, None)
                yield stored
        # Wherever lines of a stream were found, there may be more of them, however late it is.
        yield from found.values()

    def _list(self, since: Millis | None, until: Millis | None) -> Iterator[StoredObject]:
        if self._listing is not None and self._listed and _covers(self._listed, (since, until)):
            yield from self._listing
            return
        listing: list[StoredObject] | None = []
        for stored in self._store.list(since, until):
            yield stored
            if listing is not None:
                listing.append(stored)
                if len(listing) > _REMEMBERED:
                    listing = None
        self._listing, self._listed = listing, (since, until)

    def _account(self, message: Planned | Done) -> Coverage:
        requests = self._store.requests - self._requests
        self._requests += requests
        if isinstance(message, Planned):
            new = message.stored.name not in self._known
            return Coverage(
                source=self.name,
                requests=requests,
                planned_objects=int(new),
                planned_bytes=max(message.stored.size, 0),
            )
        new = message.stored is not None and message.stored.name not in self._known
        if message.stored is not None:
            self._learn(message.stored, message.knowledge)
        return Coverage(
            source=self.name,
            requests=requests,
            objects=int(new),
            bytes=message.bytes,
            raw_bytes=message.raw_bytes,
            gaps=message.gaps,
            notes=self._store.notes,
        )

    def _learn(self, stored: StoredObject, knowledge: Knowledge) -> None:
        """Remember what is known of an object, without what would take too much memory."""
        _, older = self._known.get(stored.name, (stored, Knowledge()))
        knowledge = knowledge.with_older(older)
        noted, kept = _noted(stored, knowledge), _size(knowledge)
        self._noted -= _noted(stored, older)
        self._kept -= _size(older)
        if self._noted + noted > _NOTED:
            knowledge, noted, kept = knowledge._replace(streams=None, kept=None), 0, 0
        if self._kept + kept > _KEPT:
            knowledge, kept = knowledge._replace(kept=None), 0
        self._noted += noted
        self._kept += kept
        self._known[stored.name] = (stored, knowledge)


def _noted(stored: StoredObject, knowledge: Knowledge) -> int:
    """Return how many streams are noted that need not be: else nothing narrows."""
    return len(knowledge.streams or ()) if stored.arrived is not None else 0


def _size(knowledge: Knowledge) -> int:
    return len(knowledge.kept.packed) if knowledge.kept is not None else 0


def _covers(
    outer: tuple[Millis | None, Millis | None], inner: tuple[Millis | None, Millis | None]
) -> bool:
    return (outer[0] is None or (inner[0] is not None and outer[0] <= inner[0])) and (
        outer[1] is None or (inner[1] is not None and outer[1] >= inner[1])
    )
