"""Processes that read objects as a crew's threads do, each with an interpreter lock of its own.

Decompression and search release the lock, what Python does between them does not: two threads that
measure an archive use 1.4 of two cores, and more threads no more. A forked child has everything at
hand that its parent had, the secret of its hashes too, so that what it hands in cannot be told from
what a thread hands in. Only where forking is safe (Linux), and only for stores whose objects any
process can open. What a child leaves undone, because it was killed, its parent reads itself.
"""

from __future__ import annotations

import mmap
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, Pipe
from typing import NoReturn

from slsloggrep.decode.compression import CHUNK
from slsloggrep.decode.haystack import search_alone
from slsloggrep.model import Query
from slsloggrep.sources.reading import Batch, Counted, Done, conclude, look_through
from slsloggrep.sources.scan import Desk, Scan
from slsloggrep.sources.store import Store, StoredObject

_AHEAD = 3
"""Objects that a child has before it: it never waits for the next."""

_WAITING = 64
"""Objects whose rows may wait for more rows, which make larger batches."""


def can_fork() -> bool:
    """Tell whether children can be forked here.

    On macOS a fork may crash in the system's own libraries, and Windows has none.
    """
    return sys.platform.startswith("linux")


class ReaderProcess:
    """A child that reads the objects it is given, in their order, and hands in what it finds."""

    def __init__(
        self,
        store: Store,
        scan: Callable[[StoredObject], Scan],
        query: Query,
        siblings: Sequence[ReaderProcess],
    ) -> None:
        self._halted = mmap.mmap(-1, 1)
        self._unfinished: dict[str, StoredObject] = {}
        self._ahead = 0
        self.connection, theirs = Pipe()
        """The parent's end of the pipe."""
        with warnings.catch_warnings():
            # The child uses nothing that another thread of the parent may have locked: it opens
            # files, decompresses, searches, and writes to its own pipe.
            warnings.simplefilter("ignore", DeprecationWarning)
            try:
                self._pid = os.fork()
            except OSError:
                self.connection.close()
                theirs.close()
                raise
        if not self._pid:
            # Ends of pipes that a child holds open would never be seen closed by others.
            inherited = [self.connection, *(child.connection for child in siblings)]
            _serve(theirs, inherited, _Halted(self._halted), store, scan, query)
        theirs.close()

    @property
    def is_free(self) -> bool:
        """Tell whether it has room for another object."""
        return self._ahead < _AHEAD

    @property
    def is_idle(self) -> bool:
        """Tell whether it has no object before it."""
        return not self._ahead

    @property
    def unfinished(self) -> Sequence[StoredObject]:
        """Objects that were given to it, and of which it has not said that they are done."""
        return tuple(self._unfinished.values())

    def give(self, stored: StoredObject) -> None:
        """Give it an object to read; raises OSError where it is no more."""
        self._unfinished[stored.name] = stored
        self._ahead += 1
        self.connection.send(stored)

    def answer(self) -> Iterator[Batch | Done]:
        """Yield what it hands in until it has read one object more.

        Raises EOFError or OSError where it is no more.
        """
        while True:
            message = self.connection.recv()
            if message is None:
                self._ahead -= 1
                return
            if isinstance(message, Done) and message.stored is not None:
                del self._unfinished[message.stored.name]
            yield message

    def rest(self) -> Iterator[Batch | Done]:
        """Yield what it still has to hand in, and let it end."""
        self.connection.send(None)
        yield from self.answer()

    def halt(self) -> None:
        """Let it read no further; what it has found it still hands in."""
        self._halted[0] = 1

    def end(self) -> None:
        """Let it go: whatever it still has to say, nobody hears."""
        self.halt()
        self.connection.close()
        with suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


class _Halted:
    """The parent's word that reading is to end, as a byte of memory that both see."""

    def __init__(self, byte: mmap.mmap) -> None:
        self._byte = byte

    def is_set(self) -> bool:
        return self._byte[0] != 0


def _serve(
    connection: Connection,
    inherited: Sequence[Connection],
    halting: _Halted,
    store: Store,
    scan: Callable[[StoredObject], Scan],
    query: Query,
) -> NoReturn:
    """Be the child. It leaves without flushing what its parent has written, and not yet flushed."""
    try:
        # Ctrl-C is for the parent, which then tells what to do.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for other in inherited:
            other.close()
        search_alone()
        _work(connection, halting, store, scan, query)
    finally:
        os._exit(0)


def _work(
    connection: Connection,
    halting: _Halted,
    store: Store,
    make_scan: Callable[[StoredObject], Scan],
    query: Query,
) -> None:
    desk = Desk(query)
    waiting: list[Done] = []
    while (stored := connection.recv()) is not None:
        if not halting.is_set():
            for message in _read(store, make_scan(stored), stored, desk, halting):
                if isinstance(message, Batch):
                    connection.send(message)
                else:
                    waiting.append(message)
            # An object is done only when all of its rows have been handed in.
            if not desk.figures.count or len(waiting) == _WAITING:
                _hand_in(connection, desk, waiting)
        connection.send(None)
    _hand_in(connection, desk, waiting)
    connection.send(None)


def _read(
    store: Store, scan: Scan, stored: StoredObject, desk: Desk, halting: _Halted
) -> Iterator[Batch | Done]:
    counted = None
    failure = None
    try:
        with store.open(stored) as reader:
            counted = Counted(iter(lambda: reader.read(CHUNK), b""), halting)
            yield from look_through(scan, counted, desk)
    except OSError as error:
        failure = error
    yield conclude(stored, scan, counted, failure)


def _hand_in(connection: Connection, desk: Desk, waiting: list[Done]) -> None:
    rest = desk.rest()
    if rest:
        connection.send(Batch(rest))
    for done in waiting:
        connection.send(done)
    waiting.clear()
