"""The threads that read an archive: one lists, some fetch, some decode.

Where there is much to read in files of this machine, each of them has a process decode for it
(`slsloggrep.sources.processes`). What is fetched, what waits and what is kept are bounded, whatever
the archive's size. Which objects are wanted was decided by `slsloggrep.sources.archive`; what is
found in one, by `slsloggrep.sources.scan`.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from slsloggrep.decode.compression import CHUNK
from slsloggrep.errors import SourceError
from slsloggrep.model import Gap, Query
from slsloggrep.sources.base import Settings
from slsloggrep.sources.reading import Batch, Counted, Done, Knowledge, conclude, look_through
from slsloggrep.sources.scan import Desk, Scan
from slsloggrep.sources.store import Store, StoredObject

if TYPE_CHECKING:
    from slsloggrep.sources.processes import ReaderProcess

_WHOLE = 16 * 1024 * 1024
"""Objects up to this size are fetched whole before a decoder is taken for them."""

_IN_FLIGHT = 64 * 1024 * 1024
"""Fetched bytes that may wait for a decoder."""

_KEPT = 48 * 1024 * 1024
"""Fetched bytes that are kept for the next pass: passes after the first read near each other."""

_LOCAL = 2
"""A store that gains nothing from more reads at once is near: fetching whole gains nothing."""

_LEAST_PROCESSES = 2
"""One process would do no more than the threads do."""

_WORTH_FORKING = 8 * 1024 * 1024
"""Stored bytes from which on children pay: they cost some 20 ms in all."""

_LOOKED_AT = 4096
"""Objects that are looked at to tell how much there is to read."""

_POLL_S = 0.1

_GRACE_S = 0.5
"""How long after Ctrl-C the threads may hand in what they have: a person waits for a second."""


class Planned(NamedTuple):
    """An object is going to be read."""

    stored: StoredObject


class _Failed(NamedTuple):
    error: BaseException


class Crew:
    """The threads of one pass over a store."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        query: Query,
        scan: Callable[[StoredObject], Scan],
        chosen: Iterator[StoredObject],
        cache: Cache,
        *,
        answered: bool,
    ) -> None:
        self._cache = cache
        self._answered = answered
        """Whether earlier passes have read something: then the source is not void any more."""
        self._store = store
        self._settings = settings
        self._query = query
        self._make_scan = scan
        self._chosen = chosen
        self._tasks: queue.Queue[StoredObject | None] = queue.Queue(maxsize=1024)
        self._results: queue.Queue[Planned | Batch | Done | _Failed | None] = queue.Queue(
            maxsize=64
        )
        self._halting = threading.Event()
        """No further object, no further bytes; what is in hand is still handed in."""
        self._listed = threading.Event()
        self._stopping = threading.Event()
        """Nothing is handed in any more."""
        self._readers = max(store.concurrency, settings.workers)
        self._desks: queue.SimpleQueue[Desk] = queue.SimpleQueue()
        self._budget = _Budget(_IN_FLIGHT)

    def run(self) -> Iterator[Planned | Batch | Done]:
        """Yield what the threads hand in, until all is read or the run is cancelled."""
        children = self._fork()
        if children:
            self._readers = len(children)
            readers: list[Callable[[], None]]
            readers = [partial(self._read_by, child) for child in children]
        else:
            readers = [self._read] * self._readers
            for _ in range(self._settings.workers):
                self._desks.put(Desk(self._query))
        for target in [self._list, *readers]:
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
                if not isinstance(message.error, SourceError) or not (read or self._answered):
                    raise message.error
                # Something was read before the source broke: the answer is partial, not void.
                yield _gap(self._store.name, message.error.message)
            elif message is not _NOTHING:
                planned += isinstance(message, Planned)
                if isinstance(message, Done):
                    read += not message.gaps or bool(message.bytes)
                yield message
        yield from self._rests()
        if deadline is not None:
            more = "" if self._listed.is_set() else " or more"
            missing = f"{planned - read} of {planned}{more} objects were not read"
            yield _gap(self._store.name, f"interrupted: {missing}")
            self.stop()

    def _fork(self) -> list[ReaderProcess]:
        """Return children that read, where there is so much to read that they pay; else none."""
        if self._settings.processes < _LEAST_PROCESSES or not self._store.opens_anywhere:
            return []
        ahead: list[StoredObject] = []
        size = 0
        try:
            for stored in self._chosen:
                ahead.append(stored)
                size += stored.size
                if size >= _WORTH_FORKING or len(ahead) == _LOOKED_AT:
                    break
        except Exception as error:
            # What hinders the listing is said where it is listed.
            self._chosen = _until(ahead, error)
            return []
        self._chosen = chain(ahead, self._chosen)
        if size < _WORTH_FORKING:
            return []
        # Loaded only here: it costs as much as reading a small archive does.
        from slsloggrep.sources.processes import ReaderProcess, can_fork

        children: list[ReaderProcess] = []
        while can_fork() and len(children) < self._settings.processes:
            try:
                children.append(ReaderProcess(self._store, self._make_scan, self._query, children))
            except OSError:
                # Too many processes: those that there are will do, or the threads alone.
                break
        return children

    def _rests(self) -> Iterator[Batch]:
        """Yield what lies on the desks that nobody sits at any more."""
        with suppress(queue.Empty):
            while True:
                yield Batch(self._desks.get_nowait().rest())

    def stop(self) -> None:
        """Let all threads end soon; what they still hand in is dropped."""
        self._halting.set()
        self._stopping.set()
        with suppress(queue.Empty):
            while True:
                self._results.get_nowait()

    def _hand_in(self, message: Planned | Batch | Done | _Failed | None) -> None:
        while not self._stopping.is_set():
            try:
                self._results.put(message, timeout=_POLL_S)
            except queue.Full:
                continue
            return

    def _list(self) -> None:
        try:
            for stored in self._chosen:
                self._hand_in(Planned(stored))
                self._assign(stored)
                if self._halting.is_set():
                    return
            self._listed.set()
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

    def _read_by(self, child: ReaderProcess) -> None:
        """Let a child read, as long as there is something to read and it lives."""
        try:
            try:
                self._hand_over(child)
            finally:
                child.end()
        except (EOFError, OSError):
            self._desks.put(Desk(self._query))
            for stored in child.unfinished:
                if not self._halting.is_set():
                    self._read_object(stored)
            self._read()
        except BaseException as error:
            self._hand_in(_Failed(error))
            self._hand_in(None)
        else:
            self._hand_in(None)

    def _hand_over(self, child: ReaderProcess) -> None:
        more = True
        while not self._halting.is_set():
            while more and child.is_free:
                try:
                    stored = self._tasks.get(timeout=_POLL_S if child.is_idle else 0)
                except queue.Empty:
                    break
                if stored is None:
                    # It stays for whoever takes over, should the child be killed.
                    self._tasks.put(None)
                    more = False
                else:
                    child.give(stored)
            if child.is_idle and not more:
                break
            if not child.is_idle:
                self._hand_in_all(child.answer())
        if self._halting.is_set():
            child.halt()
            while not child.is_idle:
                self._hand_in_all(child.answer())
        self._hand_in_all(child.rest())

    def _hand_in_all(self, messages: Iterator[Batch | Done]) -> None:
        for message in messages:
            self._hand_in(message)

    def _read_object(self, stored: StoredObject) -> None:
        scan = self._make_scan(stored)
        read: Counted | None = None
        failure: OSError | None = None
        far = self._store.concurrency > _LOCAL
        size = stored.size if far and 0 < stored.size <= _WHOLE else 0
        with self._budget.take(size):
            try:
                kept = self._cache.get(stored)
                if kept is not None:
                    read = self._scan(scan, _pieces(kept))
                else:
                    with self._store.open(stored) as reader:
                        if size:
                            whole = reader.read()
                            self._cache.put(stored, whole)
                            read = self._scan(scan, _pieces(whole))
                        else:
                            read = self._scan(scan, iter(lambda: reader.read(CHUNK), b""))
            except OSError as error:
                failure = error
        self._hand_in(conclude(stored, scan, read, failure))

    def _scan(self, scan: Scan, chunks: Iterator[bytes]) -> Counted:
        """Hand in what the object holds of what is wanted; return what was read."""
        counted = Counted(chunks, self._halting)
        desk = self._desks.get()
        try:
            for batch in look_through(scan, counted, desk):
                self._hand_in(batch)
                if self._stopping.is_set():
                    break
            if self._halting.is_set() and not self._stopping.is_set():
                self._hand_in(Batch(desk.rest()))
        finally:
            self._desks.put(desk)
        return counted


_NOTHING = Batch([])


def _until(ahead: Sequence[StoredObject], error: Exception) -> Iterator[StoredObject]:
    yield from ahead
    raise error


def _gap(what: str, reason: str) -> Done:
    return Done(None, 0, 0, Knowledge(), (Gap(what, reason),))


def _pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), CHUNK):
        yield data[start : start + CHUNK]


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


class Cache:
    """The objects that were fetched last, up to a bound, for passes that read near each other."""

    def __init__(self) -> None:
        self._objects: OrderedDict[StoredObject, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, stored: StoredObject) -> bytes | None:
        """Return an object's bytes, if they are still here."""
        with self._lock:
            data = self._objects.get(stored)
            if data is not None:
                self._objects.move_to_end(stored)
            return data

    def put(self, stored: StoredObject, data: bytes) -> None:
        """Keep an object's bytes; what was used longest ago makes room."""
        with self._lock:
            self._size += len(data) - len(self._objects.pop(stored, b""))
            self._objects[stored] = data
            while self._size > _KEPT:
                _, dropped = self._objects.popitem(last=False)
                self._size -= len(dropped)
