"""The threads that ask: many calls side by side, and no more pages in hand than memory takes.

A task is one call. What follows from it (the next page, the same again in slices) goes to the end
of the queue: so all groups advance together, and how much is left of each is known early. Places
(accounts, regions) take turns, because one that is slow or throttled must not hold up the others.
Which calls are worth making is `reading`'s, `newest`'s and `streams`' knowledge; what is told of
it, the source's.
"""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from slsloggrep.errors import SourceError
from slsloggrep.model import Gap
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.arenas import share_arenas
from slsloggrep.sources.cloudwatch.logs import Group, Logs
from slsloggrep.sources.cloudwatch.refusals import Abandoned, Refused, UnreachableError
from slsloggrep.sources.cloudwatch.tasks import Answer, Done, GroupKey, Read, Task, key_of

SIZE = 32
"""Calls under way at once."""

_HELD = 8 * 1024 * 1024
"""Bytes of answers that may be under way or wait for the pipeline; with what decoding them takes,
some 50 MB."""

_FIRST_PAGE = 384 * 1024
"""What a page is taken for as long as none was seen."""

_UNKNOWN = 3.0
"""Calls that a task is thought to lead to, before its first page."""

_WORTH_CUTTING = 4.0
"""A window of fewer pages is read one after another: cutting it costs a page or two."""

_PATIENCE = 3
"""So many groups in a row that cannot be reached, and their place is not asked any more."""

_GLANCE_S = 0.1


@dataclass(slots=True)
class _Reading:
    """How far a group is."""

    group: Group
    outstanding: int = 0
    pages: int = 0
    gaps: dict[Gap, None] = field(default_factory=dict)
    """In order, each once: every slice of a window may have met the same."""
    closed: bool = False
    """It was refused: what is still queued of it is dropped."""


@dataclass(slots=True)
class _Place:
    """How an account in a region fares."""

    lent: Logs
    tasks: deque[Task] = field(default_factory=deque)
    running: int = 0
    failures: int = 0
    """Groups that could not be reached, since the last answer."""
    lost: str | None = None
    """Why nothing is asked there any more."""


class Crew:
    """The threads of one reading.

    `answered`: earlier readings of the same source brought something; then what fails now makes
    gaps, and does not void the source.
    """

    def __init__(
        self,
        source: str,
        settings: Settings,
        *,
        answered: bool = False,
        size: int = SIZE,
        held: int = _HELD,
    ) -> None:
        share_arenas()
        self._source = source
        self._settings = settings
        self._answered = answered
        self._size = size
        self._room = held
        self._stopped = threading.Event()
        """Nobody waits for any answer any more."""
        self._changed = threading.Condition()
        # All below is shared, and only touched with `_changed`.
        self._places: dict[int, _Place] = {}
        self._readings: dict[GroupKey, _Reading] = {}
        self._messages: deque[Read | Done] = deque()
        self._withheld: list[Done] = []
        """What was refused before anything was read: perhaps all will be."""
        self._threads = 0
        self._idle = 0
        self._queued = 0
        self._running = 0
        self._load = 0.0
        self._held = 0
        self._page = float(min(_FIRST_PAGE, held))
        self._halting = False
        """No more calls; what was read is still handed on."""
        self._read_any = answered
        self._errors: list[SourceError] = []
        self._refusals: list[Refused] = []
        self._defect: BaseException | None = None

    # For whoever reads

    def add(self, tasks: Iterable[Task]) -> None:
        """Queue tasks; threads begin at once."""
        with self._changed:
            for task in tasks:
                self._queue(task)
            self._changed.notify_all()

    def run(self) -> Iterator[Read | Done]:
        """Yield what comes, until nothing is queued and nothing under way.

        Whoever adds tasks before asking for the next message goes on. When the settings say that
        the run is cancelled, what is unfinished ends with gaps. Raises SourceError where nothing
        at all could be read, and whatever a task raised that is no answer of the service.
        """
        try:
            while (message := self._take()) is not None:
                yield message
                if isinstance(message, Read):
                    with self._changed:
                        self._held -= message.size
                        self._hire()
                        self._changed.notify_all()
                    del message  # a page less, while the next one is waited for
        finally:
            self.stop()

    def stop(self) -> None:
        """End all calls soon; what they still bring is dropped."""
        self._stopped.set()
        with self._changed:
            self._halting = True
            self._messages.clear()
            for place in self._places.values():
                place.tasks.clear()
            self._changed.notify_all()

    # For tasks

    def pieces(self, useful: float, left: float, spent: int, known: float | None) -> int:
        """Return into how many parts a window is worth cutting; 1: it is not.

        `useful` calls side by side are all that its place takes; `left` pages are thought to be
        left of it, `spent` were read and would be read again, `known` is what the task is counted
        with so far. It is worth it where the window alone would take longer than everything at
        hand, side by side.
        """
        size = max(min(self._size, useful), 1)
        with self._changed:
            others = self._load - (_UNKNOWN if known is None else known)
        share = max((others + left) / size, 2.0)
        if left < _WORTH_CUTTING or spent * 2 > left or left <= share * 1.3:
            return 1
        return min(math.ceil(size), math.ceil((left + spent) / share))

    # Threads

    def _queue(self, task: Task) -> None:
        logs = task.group.logs
        place = self._places.get(id(logs))
        if place is None:
            place = self._places[id(logs)] = _Place(logs.lend(self._stopped))
        key = key_of(task.group)
        reading = self._readings.setdefault(key, _Reading(task.group))
        reading.outstanding += 1
        place.tasks.append(task)
        self._queued += 1
        self._load += _weight(task)
        self._hire()

    def _hire(self) -> None:
        """Begin one more thread, where there is a task and room for it, and nobody else is free.

        No more than needed: what a thread has freed, the C library keeps for that thread.
        """
        if (
            self._idle < self._queued
            and self._has_room(self._idle)
            and self._threads < self._size
            and not self._halting
        ):
            self._threads += 1
            self._idle += 1
            threading.Thread(target=self._work, daemon=True, name="cloudwatch").start()

    def _work(self) -> None:
        while (taken := self._next()) is not None:
            place, task = taken
            answer: Answer | None = None
            error: BaseException | None = None
            try:
                answer = task.ask(place.lent, self)
            except BaseException as raised:  # the reading thread raises it
                error = raised
            with self._changed:
                place.running -= 1
                self._running -= 1
                self._idle += 1
                if not self._stopped.is_set():
                    if answer is not None:
                        self._answer(place, task, answer)
                    else:
                        self._fail(place, task, error)
                    self._finish(task)
                self._changed.notify_all()
            # Or the page would be held until the next one is there.
            del taken, task, answer

    def _next(self) -> tuple[_Place, Task] | None:
        """Wait for a task, and for room for its page; None: there is nothing more to do."""
        with self._changed:
            while not self._halting:
                taken = self._pick() if self._has_room() else None
                if taken is not None:
                    taken[0].running += 1
                    self._running += 1
                    self._idle -= 1
                    self._hire()
                    return taken
                self._changed.wait()
            self._threads -= 1
            self._idle -= 1
            return None

    def _has_room(self, more: int = 0) -> bool:
        """Tell whether another page may be asked for, those that are under way and more aside."""
        return self._held + (self._running + more) * self._page < self._room

    def _pick(self) -> tuple[_Place, Task] | None:
        while True:
            waiting = [place for place in self._places.values() if place.tasks]
            if not waiting:
                return None
            place = min(waiting, key=lambda place: place.running)
            task = place.tasks.popleft()
            self._queued -= 1
            reading = self._readings[key_of(task.group)]
            if not reading.closed and place.lost is None:
                return place, task
            if not reading.closed:
                self._close(reading, place.lost or "")
            self._finish(task)
            self._changed.notify_all()

    # What becomes of tasks; all with `_changed` held

    def _answer(self, place: _Place, task: Task, answer: Answer) -> None:
        place.failures = 0
        reading = self._readings[key_of(task.group)]
        reading.gaps.update(dict.fromkeys(answer.gaps))
        for following in answer.then:
            self._queue(following)
        if not answer.read:
            return
        reading.pages += 1
        # Quick to grow and slow to shrink: after empty pages, full ones come as a surprise.
        self._page = max(min(answer.size, self._room), self._page * 3 / 4 + answer.size / 4)
        self._held += answer.size
        self._messages.append(Read(task, answer.events, answer.size))
        if not self._read_any:
            self._read_any = True
            self._messages.extend(self._withheld)
            self._withheld.clear()

    def _fail(self, place: _Place, task: Task, error: BaseException | None) -> None:
        reading = self._readings[key_of(task.group)]
        if isinstance(error, Abandoned):
            # Someone closed the source, or cancelled: the others are not finished, either.
            self._halting = True
            if not reading.closed:
                self._close(reading, _how_far(reading))
        elif isinstance(error, Refused):
            if not reading.closed:
                self._refusals.append(error)
                self._close(reading, error.reason)
        elif isinstance(error, SourceError):
            self._errors.append(error)
            reason = reason_of(error, self._source)
            if not reading.closed:
                self._close(reading, reason)
            place.failures += 1
            if not isinstance(error, UnreachableError) or place.failures >= _PATIENCE:
                place.lost = place.lost or reason
        else:
            self._defect = self._defect or error
            self._halting = True

    def _close(self, reading: _Reading, reason: str) -> None:
        reading.closed = True
        reading.gaps[Gap(reading.group.label, reason)] = None

    def _finish(self, task: Task) -> None:
        self._load -= _weight(task)
        reading = self._readings[key_of(task.group)]
        reading.outstanding -= 1
        if reading.outstanding:
            return
        done = Done(reading.group, bool(reading.pages), tuple(reading.gaps), reading.closed)
        reading.gaps.clear()
        if done.gaps and not self._read_any:
            self._withheld.append(done)
        else:
            self._messages.append(done)

    # The reading thread

    def _take(self) -> Read | Done | None:
        with self._changed:
            while True:
                if self._defect is not None:
                    raise self._defect
                if not self._halting and self._settings.cancelled():
                    self._halting = True
                    self._changed.notify_all()
                if self._messages:
                    return self._messages.popleft()
                busy = bool(self._queued or self._running)
                if busy and not self._halting:
                    self._changed.wait(_GLANCE_S)
                    continue
                if busy:
                    unfinished = [r for r in self._readings.values() if r.outstanding > 0]
                    self._messages.extend(map(self._interrupted, unfinished))
                elif not self._halting:
                    self._raise_if_void()
                self._messages.extend(self._withheld)
                self._withheld.clear()
                if not self._messages:
                    return None

    def _interrupted(self, reading: _Reading) -> Done:
        reading.outstanding = 0
        if not reading.closed:
            self._close(reading, _how_far(reading))
        return Done(reading.group, bool(reading.pages), tuple(reading.gaps), closed=True)

    def _raise_if_void(self) -> None:
        """Raise where not a single page came; what was withheld is told otherwise."""
        if self._read_any or not self._withheld:
            return
        if self._errors:
            raise self._errors[0]
        if not self._refusals:
            return
        first = self._refusals[0]
        group, others = self._withheld[0].group, len(self._withheld) - 1
        more = f" (and {others} more could not be read)" if others else ""
        message = f"{self._source}: {group.label}: {first.reason}{more}"
        raise SourceError(self._source, message, hint=first.hint)


def _how_far(reading: _Reading) -> str:
    return "interrupted: read in part" if reading.pages else "interrupted: not read"


def _weight(task: Task) -> float:
    return _UNKNOWN if task.left is None else task.left


def reason_of(error: SourceError, source: str) -> str:
    """Return an error as the reason of a gap."""
    reason = error.message.removeprefix(f"{source}: ").removeprefix(f"{error.source}: ")
    return "; ".join(filter(None, (reason, error.hint)))
