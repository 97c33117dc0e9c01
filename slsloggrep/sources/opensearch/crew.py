"""The threads that read pieces side by side, and hand in what they find.

What waits is bounded: a few pages. Which pieces there are is the knowledge of `tasks`, how one is
read that of `reading`, what its hits are as events that of `hits`.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from slsloggrep.model import Event
from slsloggrep.sources.base import Settings
from slsloggrep.sources.opensearch.answers import Expected, Page
from slsloggrep.sources.opensearch.cluster import Cluster
from slsloggrep.sources.opensearch.contexts import Contexts
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble
from slsloggrep.sources.opensearch.hits import Read
from slsloggrep.sources.opensearch.indices import Choice
from slsloggrep.sources.opensearch.reading import Piece, read_pages
from slsloggrep.sources.opensearch.tasks import Task, pieces_of

THREADS = 4
"""Searches at once: more would queue on a small server, and decode no faster here."""

_WAITING = 4
"""Pages that may wait to be taken."""

_POLL_S = 0.1
_GRACE_S = 0.5
"""How long after Ctrl-C the threads may hand in what they have."""


class Batch(NamedTuple):
    """Events of one page."""

    task: Task
    events: list[Event]
    size: int
    """Bytes of the answer."""
    losses: dict[str, int]
    """What the hits lacked, counted."""


class Done(NamedTuple):
    """A task was read, as far as it could be."""

    task: Task
    trouble: Trouble | None
    note: str = ""


class _Failed(NamedTuple):
    error: BaseException


class Crew:
    """Reads tasks, several pieces of them at once."""

    def __init__(
        self,
        cluster: Cluster,
        settings: Settings,
        choice: Choice,
        read: Callable[[Page], Read],
        expect: Callable[[Iterable[str]], Expected | None],
    ) -> None:
        """Take what makes events of pages, and what tells which documents it expects in indices."""
        self._stopping = threading.Event()
        self._cluster = cluster.lend(self._stopping)
        self._contexts = Contexts(cluster)
        self._settings = settings
        self._choice = choice
        self._read = read
        self._expect = expect
        self._results: queue.Queue[Batch | Done | _Failed | None] = queue.Queue(_WAITING)
        self.interrupted = False
        """The user has cancelled: not all was read."""

    def run(self, tasks: Sequence[Task]) -> Iterator[Batch | Done]:
        """Yield what the threads hand in, until all is read or the user cancels."""
        waiting: queue.SimpleQueue[tuple[_Progress, Piece]] = queue.SimpleQueue()
        for task in tasks:
            progress = _Progress(task)
            self._enter(progress, waiting, wider=False)
        running = min(THREADS, max(1, waiting.qsize()))
        for _ in range(running):
            threading.Thread(target=self._work, args=(waiting,), daemon=True).start()
        deadline: float | None = None
        while running:
            try:
                message = self._results.get(timeout=_POLL_S)
            except queue.Empty:
                message = _NOTHING
            if deadline is None and self._settings.cancelled():
                self.interrupted = True
                deadline = time.monotonic() + _GRACE_S
            if deadline is not None and time.monotonic() > deadline:
                return
            if message is None:
                running -= 1
            elif isinstance(message, _Failed):
                raise message.error
            elif message is not _NOTHING:
                yield message

    def stop(self) -> None:
        """End the threads, and give back what the server keeps for them."""
        self._stopping.set()
        self._contexts.close()

    def _enter(
        self,
        progress: _Progress,
        waiting: queue.SimpleQueue[tuple[_Progress, Piece]],
        *,
        wider: bool,
    ) -> None:
        pieces = pieces_of(progress.task, self._cluster, self._contexts, self._choice, wider=wider)
        progress.begin(len(pieces), wider=wider)
        for piece in pieces:
            if not piece.extra:  # else there are no documents
                piece.expected = self._expect(progress.task.indices)
            if piece.snapshot is not None:
                piece.snapshot.enter()
        for piece in pieces:
            waiting.put((progress, piece))

    def _work(self, waiting: queue.SimpleQueue[tuple[_Progress, Piece]]) -> None:
        try:
            while not self._cluster.given_up():
                try:
                    progress, piece = waiting.get_nowait()
                except queue.Empty:
                    break
                self._read_piece(progress, piece, waiting)
        except Abandoned:
            pass
        except BaseException as error:
            self._hand_in(_Failed(error))
        finally:
            self._hand_in(None)

    def _read_piece(
        self,
        progress: _Progress,
        piece: Piece,
        waiting: queue.SimpleQueue[tuple[_Progress, Piece]],
    ) -> None:
        trouble: Trouble | None = None
        try:
            for page in read_pages(piece, self._cluster, self._contexts):
                # Here and at once, while it is in the processor's cache.
                found = self._read(page)
                self._hand_in(Batch(progress.task, found.events, page.size, found.losses))
                if self._stopping.is_set():
                    return
        except Trouble as caught:
            trouble = caught
        finally:
            if piece.snapshot is not None:
                piece.snapshot.leave()
        if not progress.end(trouble):
            return
        trouble = progress.trouble
        if trouble is not None and self._has_other_way(trouble, piece):
            progress.trouble = None
            self._enter(progress, waiting, wider=not progress.may_widen)
            self._work_on(waiting)
            return
        if trouble is not None and progress.may_widen and trouble.is_unsupported:
            # No expensive queries, or none of this kind: then all is read, and looked at here.
            note = f"{progress.task.label}: all is read in the window: {trouble.words}"
            self._enter(progress, waiting, wider=True)
            self._hand_in(Done(progress.task, None, note))
            self._work_on(waiting)
            return
        self._hand_in(Done(progress.task, trouble))

    def _has_other_way(self, trouble: Trouble, piece: Piece) -> bool:
        """Tell whether the server refuses a way of reading, where there is another."""
        if trouble.opening and trouble.is_unsupported:
            self._cluster.refuse_points_in_time()
            return True
        if "[_shard_doc]" in trouble.words and piece.mode == "pit":
            self._cluster.refuse_tiebreaker()
            return True
        return False

    def _work_on(self, waiting: queue.SimpleQueue[tuple[_Progress, Piece]]) -> None:
        """Read what was added while other threads may have ended already."""
        while not self._cluster.given_up():
            try:
                progress, piece = waiting.get_nowait()
            except queue.Empty:
                return
            self._read_piece(progress, piece, waiting)

    def _hand_in(self, message: Batch | Done | _Failed | None) -> None:
        while not self._stopping.is_set():
            try:
                self._results.put(message, timeout=_POLL_S)
            except queue.Full:
                continue
            return


_NOTHING = Done(Task("", "", (), {}), None)


class _Progress:
    """How many pieces of a task are still to be read."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.trouble: Trouble | None = None
        self.may_widen = task.wider is not None
        self._lock = threading.Lock()
        self._left = 0

    def begin(self, pieces: int, *, wider: bool) -> None:
        with self._lock:
            self._left += pieces
            if wider:
                self.may_widen, self.trouble = False, None

    def end(self, trouble: Trouble | None) -> bool:
        """Hear that a piece has ended; tell whether it was the last one."""
        with self._lock:
            self.trouble = self.trouble or trouble
            self._left -= 1
            return self._left == 0
