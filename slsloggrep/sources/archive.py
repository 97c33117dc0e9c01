"""The archive source: objects full of bytes, searched raw before anything is decoded.

Serves every place that holds objects (folders, S3 buckets, the demo, standard input) through the
`Store` protocol. It decides which objects a query needs, reads them in parallel with their
listing, and remembers which log streams each one holds, so that a second pass reopens only those.
How one object is read is `slsloggrep.sources.scan`'s work; what the events mean is nobody's here.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, NamedTuple, Protocol

from slsloggrep.decode.compression import CHUNK
from slsloggrep.decode.search import Haystack
from slsloggrep.errors import SourceError
from slsloggrep.model import Coverage, Event, Gap, Millis, Query
from slsloggrep.sources.base import Capability, Report, Settings
from slsloggrep.sources.layout import may_hold
from slsloggrep.sources.scan import BUFFER, Scan, Wanted

_WHOLE = 16 * 1024 * 1024
"""Objects up to this size are fetched whole before a decoder is taken for them."""

_IN_FLIGHT = 64 * 1024 * 1024
"""Fetched bytes that may wait for a decoder."""

_REMEMBERED = 200_000
"""Listings up to this length are kept for the second pass; longer ones are listed again."""

_LATEST: Millis = 24 * 3_600_000
"""CloudWatch Logs retries a delivery stream for up to 24 h (User Guide, Subscriptions)."""

_POLL_S = 0.1

_GRACE_S = 0.5
"""How long after Ctrl-C the threads may hand in what they have: a person waits for a second."""


class StoredObject(NamedTuple):
    """One object of an archive, as its listing shows it."""

    name: str
    """Unique within its store; gaps are reported under it."""
    size: int
    """Bytes as stored; -1 where nobody knows before the end (a pipe)."""
    modified: Millis | None = None
    arrived: tuple[Millis, Millis] | None = None
    """The stretch of time in which its first record arrived, as its name tells; None: no time."""


class Store(Protocol):
    """A place that holds objects."""

    name: str
    """The source's name, as the user wrote it."""
    concurrency: int
    """How many reads at once pay: 2 for a disk, more for a network."""
    requests: int
    """Requests sent so far, for the coverage; 0 for a local place."""
    notes: tuple[str, ...]
    """What the listing passed over on purpose, for the coverage."""

    def list(self, since: Millis | None, until: Millis | None) -> Iterator[StoredObject]:
        """Yield the objects that may hold events of the window, lateness allowed for.

        Raises SourceError where the place cannot be listed at all.
        """
        ...

    def open(self, stored: StoredObject) -> BinaryIO:
        """Return a reader at the object's first byte; called from several threads.

        Opening and reading raise OSError, with a reason fit for the coverage, for this object only,
        and SourceError where the whole source turns out to be unusable.
        """
        ...

    def close(self) -> None:
        """Give back connections and temporary files; reads that are under way may fail."""
        ...


class ArchiveSource:
    """Pulls events out of a store; the same object serves all passes of one investigation."""

    capabilities = Capability.TEXT | Capability.STREAM

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._known: dict[str, tuple[StoredObject, _Knowledge]] = {}
        self._listing: list[StoredObject] | None = []
        self._listed: tuple[Millis | None, Millis | None] | None = None
        self._requests = 0

    @property
    def name(self) -> str:
        """The source as the user wrote it."""
        return self._store.name

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        """Yield what the query wants, object by object as they are read; see Source.fetch."""
        crew = _Crew(self._store, self._settings, Wanted(query), self._choose(query))
        try:
            for message in crew.run():
                if isinstance(message, _Batch):
                    report(Coverage(source=self.name, events=len(message.events)))
                    yield from message.events
                else:
                    report(self._account(message))
        finally:
            crew.stop()

    def close(self) -> None:
        """Close the store."""
        self._store.close()

    def _choose(self, query: Query) -> Iterator[StoredObject]:
        """Yield the objects that the query needs, out of the listing or the memory of it."""
        since, until = query.bounds
        late = self._settings.late
        if query.late and until is not None:
            # What is late for a window is in time for a longer one.
            until += max(_LATEST - late, 0)
        hashes = Wanted(query).stream_hashes
        found = {name: o for name, (o, known) in self._known.items() if known.found & hashes}
        for stored in self._list(since, until):
            _, known = self._known.get(stored.name, (stored, _Knowledge()))
            if (query.literals or query.everything) and may_hold(
                stored.arrived, query.since, query.until, late
            ):
                pass
            elif known.streams is not None:
                if not known.streams & hashes:
                    continue
            elif not (query.spans and may_hold(stored.arrived, since, until, late)):
                continue
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

    def _account(self, message: _Planned | _Done) -> Coverage:
        requests = self._store.requests - self._requests
        self._requests += requests
        if isinstance(message, _Planned):
            new = message.stored.name not in self._known
            return Coverage(
                source=self.name,
                requests=requests,
                planned_objects=int(new),
                planned_bytes=max(message.stored.size, 0),
            )
        new = message.stored is not None and message.stored.name not in self._known
        if message.stored is not None:
            name = message.stored.name
            _, older = self._known.get(name, (None, None))
            self._known[name] = (message.stored, message.knowledge.with_older(older))
        return Coverage(
            source=self.name,
            requests=requests,
            objects=int(new),
            bytes=message.bytes,
            raw_bytes=message.raw_bytes,
            gaps=message.gaps,
            notes=self._store.notes,
        )


def _covers(
    outer: tuple[Millis | None, Millis | None], inner: tuple[Millis | None, Millis | None]
) -> bool:
    return (outer[0] is None or (inner[0] is not None and outer[0] <= inner[0])) and (
        outer[1] is None or (inner[1] is not None and outer[1] >= inner[1])
    )


class _Knowledge(NamedTuple):
    """What the passes so far have shown of an object, for the passes to come."""

    streams: frozenset[int] | None = None
    """Hashes of all log streams in it; None: not known."""
    found: frozenset[int] = frozenset()
    """Hashes of log streams that wanted events were found of."""

    def with_older(self, older: _Knowledge | None) -> _Knowledge:
        """Return this and what was known before."""
        return self if older is None else self._replace(found=self.found | older.found)


class _Planned(NamedTuple):
    stored: StoredObject


class _Batch(NamedTuple):
    events: list[Event]


class _Done(NamedTuple):
    stored: StoredObject | None
    """The object that is done; None: what the gaps tell is of no object."""
    bytes: int
    raw_bytes: int
    knowledge: _Knowledge
    gaps: tuple[Gap, ...]


class _Failed(NamedTuple):
    error: BaseException


class _Crew:
    """The threads of one pass: one lists, some fetch, and as many decode as there are cores."""

    def __init__(
        self, store: Store, settings: Settings, wanted: Wanted, chosen: Iterator[StoredObject]
    ) -> None:
        self._store = store
        self._settings = settings
        self._wanted = wanted
        self._chosen = chosen
        self._tasks: queue.Queue[StoredObject | None] = queue.Queue(maxsize=1024)
        self._results: queue.Queue[_Planned | _Batch | _Done | _Failed | None] = queue.Queue(
            maxsize=64
        )
        self._halting = threading.Event()
        """No further object, no further bytes; what is in hand is still handed in."""
        self._stopping = threading.Event()
        """Nothing is handed in any more."""
        self._readers = max(store.concurrency, settings.workers)
        self._decoders: queue.SimpleQueue[Haystack] = queue.SimpleQueue()
        for _ in range(settings.workers):
            self._decoders.put(Haystack(BUFFER))
        self._budget = _Budget(_IN_FLIGHT)

    def run(self) -> Iterator[_Planned | _Batch | _Done]:
        """Yield what the threads hand in, until all is read or the run is cancelled."""
        for target in [self._list] + [self._read] * self._readers:
            threading.Thread(target=target, daemon=True).start()
        running = 1 + self._readers
        read = planned = 0
        deadline: float | None = None
        while running:
            try:
                message = self._results.get(timeout=_POLL_S)
            except queue.Empty:
                message = _NOTHING
            if deadline is None and self._settings.cancelled():
                # What the threads have in hand is part of what was found: they may hand it in.
                deadline = time.monotonic() + _GRACE_S
                self._halting.set()
            if deadline is not None and (not running or time.monotonic() > deadline):
                break
            if message is None:
                running -= 1
            elif isinstance(message, _Failed):
                if not isinstance(message.error, SourceError) or not read:
                    raise message.error
                # Something was read before the source broke: the answer is partial, not void.
                yield _gap(self._store.name, message.error.message)
            elif message is not _NOTHING:
                planned += isinstance(message, _Planned)
                if isinstance(message, _Done):
                    read += not message.gaps or bool(message.bytes)
                yield message
        if deadline is not None:
            missing = f"{planned - read} of {planned} objects were not read"
            yield _gap(self._store.name, f"interrupted: {missing}")
            self.stop()

    def stop(self) -> None:
        """Let all threads end soon; what they still hand in is dropped."""
        self._halting.set()
        self._stopping.set()
        with suppress(queue.Empty):
            while True:
                self._results.get_nowait()

    def _hand_in(self, message: _Planned | _Batch | _Done | _Failed | None) -> None:
        while not self._stopping.is_set():
            try:
                self._results.put(message, timeout=_POLL_S)
            except queue.Full:
                continue
            return

    def _list(self) -> None:
        try:
            for stored in self._chosen:
                self._hand_in(_Planned(stored))
                self._assign(stored)
                if self._halting.is_set():
                    return
        except BaseException as error:
            self._hand_in(_Failed(error))
        finally:
            for _ in range(self._readers):
                self._assign(None)
            self._hand_in(None)

    def _assign(self, stored: StoredObject | None) -> None:
        while not self._halting.is_set():
            try:
                self._tasks.put(stored, timeout=_POLL_S)
            except queue.Full:
                continue
            return

    def _read(self) -> None:
        try:
            while not self._halting.is_set():
                try:
                    stored = self._tasks.get(timeout=_POLL_S)
                except queue.Empty:
                    continue
                if stored is None:
                    break
                self._read_object(stored)
        except BaseException as error:
            self._hand_in(_Failed(error))
        finally:
            self._hand_in(None)

    def _read_object(self, stored: StoredObject) -> None:
        scan = Scan(self._store.name, stored, self._wanted)
        read = 0
        gaps: list[Gap] = []
        size = stored.size if 0 <= stored.size <= _WHOLE else 0
        with self._budget.take(size):
            try:
                with self._store.open(stored) as reader:
                    whole = reader.read() if self._store.concurrency > 2 and size else b""
                    haystack = self._decoders.get()
                    try:
                        chunks = _pieces(whole) if whole else iter(lambda: reader.read(CHUNK), b"")
                        counted = _Counted(chunks, self._halting)
                        for events in scan.run(counted, haystack):
                            self._hand_in(_Batch(events))
                            if self._stopping.is_set():
                                return
                    finally:
                        read = counted.bytes
                        haystack.clear()
                        self._decoders.put(haystack)
            except OSError as error:
                gaps.append(Gap(stored.name, error.strerror or str(error)))
        gaps.extend(Gap(stored.name, reason) for reason in scan.problems)
        knowledge = _Knowledge(scan.streams, scan.found_streams)
        self._hand_in(_Done(stored, read, scan.raw_bytes, knowledge, tuple(gaps)))


_NOTHING = _Batch([])


def _gap(what: str, reason: str) -> _Done:
    return _Done(None, 0, 0, _Knowledge(), (Gap(what, reason),))


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), CHUNK):
        yield data[start : start + CHUNK]


class _Counted:
    """Counts the bytes of chunks that pass, and ends early where the run is to end."""

    def __init__(self, chunks: Iterator[bytes], halting: threading.Event) -> None:
        self._chunks = chunks
        self._halting = halting
        self.bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._halting.is_set():
            raise StopIteration
        chunk = next(self._chunks)
        self.bytes += len(chunk)
        return chunk


class _Budget:
    """A bound on bytes that are held at once; one holder is always let through."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._held = 0
        self._changed = threading.Condition()

    def take(self, size: int) -> _Share:
        with self._changed:
            self._changed.wait_for(lambda: not self._held or self._held + size <= self._size)
            self._held += size
        return _Share(self, size)

    def give_back(self, size: int) -> None:
        with self._changed:
            self._held -= size
            self._changed.notify_all()


class _Share:
    def __init__(self, budget: _Budget, size: int) -> None:
        self._budget = budget
        self._size = size

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._budget.give_back(self._size)
