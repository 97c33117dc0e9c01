"""Live sessions: the service pushes new events of up to 10 groups, and leaves some out.

Starts sessions, renews them when they end, and says when there is none: then the groups are polled
as if there were no live tail. What a session leaves out (sampling, a cut, the time between two
sessions) is found by polls, and what comes twice is told by `slsloggrep.sources.cloudwatch.seen`.

API Reference: StartLiveTail, an update a second with at most 500 events; 10 groups by ARN, 3 hours,
15 sessions at once in an account's region.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Any, NamedTuple

from botocore.eventstream import ParserError
from urllib3.exceptions import HTTPError

from slsloggrep.errors import SourceError
from slsloggrep.model import Millis
from slsloggrep.sources.aws_errors import AWS_ERRORS, MisshapenError, code_of, words_of
from slsloggrep.sources.cloudwatch import shapes
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.pollers import Poller
from slsloggrep.sources.cloudwatch.refusals import Abandoned, Refused, UnreachableError, Why
from slsloggrep.sources.cloudwatch.shapes import LiveUpdate, convert
from slsloggrep.sources.cloudwatch.watch import Watch

GROUPS = 10
"""Of one session."""
SESSIONS = 15
"""At once, in one account and region."""

_WAITING = 16
"""Updates that may wait for the consumer; the service keeps some more, then drops the oldest."""
_GLANCE_S = 0.2
_BRIEF_S = 5.0
"""A session that ends by itself so soon brings nothing; emulators do that."""
_FRUITLESS = 2
"""So many of them in a row, and there is no live tail."""
_PAUSE_S = 1.0
"""Before the next session, where one did not last; twice as long each time."""
_LONGEST_PAUSE_S = 30.0
_FULL_PAUSE_S = 60.0
"""Until it is tried again where too many sessions are open."""
_UNREACHED_S = 5.0
"""For so long no session could be begun, though polls go on, before that is told."""
_TELL_S = 60.0
"""The same notice comes once in this time."""

BROKEN = (*AWS_ERRORS, HTTPError, ParserError, OSError)
"""How an event stream ends that does not end well."""


class LiveEvent(NamedTuple):
    """An event as a session shows it: without an ID."""

    watch: Watch
    timestamp: Millis
    message: str
    stream: str
    ingested: Millis


class Message(NamedTuple):
    """What a session has to say."""

    session: Session
    began: bool = False
    update: LiveUpdate | None = None
    ended: bool = False
    error: BaseException | None = None


@dataclass(eq=False)
class Session:
    """One session, and the thread that reads it."""

    poller: Poller
    watches: list[Watch]
    pattern: str
    messages: SimpleQueue[object]
    wanted: float
    """Since when it is to begin."""
    began: float | None = None
    fruitful: bool = False
    """It brought an event, or lasted."""
    _stopping: threading.Event = field(default_factory=threading.Event)
    _room: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(_WAITING))
    _stream: Any = None
    by_name: dict[str, Watch] = field(default_factory=dict)
    """The groups by all that the service may call them."""

    def start(self) -> None:
        """Begin to read."""
        threading.Thread(target=self._run, name="live tail", daemon=True).start()

    def take(self, message: Message) -> None:
        """Hear that an update was taken: another one may come."""
        if message.update is not None:
            self._room.release()

    def stop(self) -> None:
        """End the thread, wherever it waits."""
        self._stopping.set()
        # A read that blocks is ended by urllib3 2.3 and later; with an older one, the update that
        # comes every second ends it.
        shutdown = getattr(getattr(self._stream, "_raw_stream", None), "shutdown", None)
        if shutdown is not None:
            with suppress(OSError, ValueError, AttributeError):  # it ended at the same moment
                shutdown()

    def _run(self) -> None:
        try:
            self._read()
            self._post(Message(self, ended=True))
        except (*BROKEN, Refused, SourceError, Abandoned) as error:
            self._post(Message(self, ended=True, error=error))
        except BaseException as error:
            # A stream that is torn from under its reader may raise anything.
            if not self._stopping.is_set():
                self._post(Message(self, ended=True, error=error))

    def _read(self) -> None:
        groups = [(watch, _with_arn(watch.group)) for watch in self.watches]
        self.by_name = {name: watch for watch, group in groups for name in _names_of(group)}
        arns = [group.arn for _, group in groups]
        self._stream = self.poller.logs.start_live_tail(arns, pattern=self.pattern)
        try:
            self._post(Message(self, began=True))
            messages = iter(self._stream)
            while (message := _next_of(messages)) is not None:
                if self._stopping.is_set():
                    return
                update = message.get("sessionUpdate")
                if update is not None:
                    self._post(Message(self, update=convert(update, LiveUpdate)))
        finally:
            self._stream.close()

    def _post(self, message: Message) -> None:
        if message.update is not None:
            while not self._room.acquire(timeout=_GLANCE_S):
                if self._stopping.is_set():
                    return
        self.messages.put(message)


@dataclass
class _Place:
    """The sessions of one account and region."""

    poller: Poller
    idle: list[Watch] = field(default_factory=list)
    """Groups without a session."""
    sessions: list[Session] = field(default_factory=list)
    again: float = 0.0
    """When the next session may be started."""
    pause: float = 0.0
    fruitless: int = 0
    void: bool = False
    """There is no live tail here."""
    said_full: bool = False
    lost: float | None = None
    """Since when its host has not been reached."""
    said_lost: bool = False


class LiveTail:
    """All live sessions of one following; used by the pulling thread alone."""

    def __init__(
        self, pattern: str, messages: SimpleQueue[object], say: Callable[[str], None]
    ) -> None:
        self._pattern = pattern
        self._messages = messages
        self._say = say
        self._places: dict[Poller, _Place] = {}
        self._told: dict[str, float] = {}

    def add(self, poller: Poller, watch: Watch) -> None:
        """Let another group come live."""
        self._places.setdefault(poller, _Place(poller)).idle.append(watch)

    def covers(self, poller: Poller) -> bool:
        """Tell whether live copies of what polls bring have to be reckoned with."""
        return poller in self._places and not self._places[poller].void

    def tick(self, now: float) -> None:
        """Start the sessions that are wanted and may be."""
        for place in self._places.values():
            while not place.void and now >= place.again and not place.poller.trouble:
                ready = [watch for watch in place.idle if not watch.trouble]
                if not ready:
                    break
                if len(place.sessions) >= SESSIONS:
                    if not place.said_full:
                        place.said_full = True
                        self._say(
                            f"live tail takes {SESSIONS * GROUPS} log groups at once in "
                            f"{place.poller.name}: the other {len(ready)} are polled"
                        )
                    break
                session = Session(place.poller, ready[:GROUPS], self._pattern, self._messages, now)
                place.idle = [watch for watch in place.idle if watch not in session.watches]
                place.sessions.append(session)
                session.start()

    def take(self, message: Message, now: float) -> Iterator[LiveEvent]:
        """Yield the events of a message, and do what else it calls for."""
        session = message.session
        session.take(message)
        place = self._places[session.poller]
        if message.began:
            session.began = now
            place.lost, place.said_lost = None, False
            for watch in session.watches:
                watch.live = True
        elif message.update is not None:
            metadata, results = message.update.sessionMetadata, message.update.sessionResults
            if metadata is not None and metadata.sampled:
                self._tell(
                    "live tail leaves events out (more than 500 a second): "
                    "they are filled in by polling",
                    now,
                )
            session.fruitful = session.fruitful or bool(results)
            yield from _events_of(results, session)
        elif message.ended:
            self._end(place, session, message.error, now)

    def close(self) -> None:
        """End all sessions."""
        for place in self._places.values():
            for session in place.sessions:
                session.stop()

    def _end(
        self, place: _Place, session: Session, error: BaseException | None, now: float
    ) -> None:
        place.sessions.remove(session)
        place.idle.extend(session.watches)
        for watch in session.watches:
            watch.live = False
            # What the session did not bring any more should not wait for a slow poll.
            place.poller.next_poll(watch, now)
        lasted = session.began is not None and now - session.began >= _BRIEF_S
        if session.fruitful or lasted:
            place.fruitless, place.pause = 0, 0.0
        place.again = now if lasted else now + _PAUSE_S
        where = f"in {place.poller.name}"
        if isinstance(error, Refused):
            if error.why is Why.LIMIT:
                place.again = now + _FULL_PAUSE_S
                if not place.said_full:
                    place.said_full = True
                    self._say(f"no more live sessions are allowed {where}: polling instead")
            elif error.why is Why.NO_SUCH_GROUP:
                place.again = now + _BRIEF_S
            else:
                place.void = True
                self._say(f"there is no live tail {where}: {error.reason}: polling instead")
        elif error is None:
            place.fruitless += not (session.fruitful or lasted)
            if place.fruitless >= _FRUITLESS:
                place.void = True
                self._say(f"live tail {where} ends as soon as it begins: polling instead")
        elif isinstance(error, SourceError | Abandoned):
            self._slow_down(place, now)
            if isinstance(error, UnreachableError):
                self._lose(place, session, error, now)
        elif isinstance(error, BROKEN):
            if code_of(error) == "SessionTimeoutException":
                return  # three hours are over
            self._slow_down(place, now)
            self._tell(
                f"live tail {where} was cut off ({words_of(error)}): "
                "what it missed is filled in by polling",
                now,
            )
        else:
            raise error

    def _lose(self, place: _Place, session: Session, error: UnreachableError, now: float) -> None:
        """Say once that the host of live tail is out of reach, where only that is."""
        place.lost = session.wanted if place.lost is None else place.lost
        # Where polls do not come through either, that is told elsewhere.
        alone = place.poller.trouble is None
        if alone and not place.said_lost and now - place.lost >= _UNREACHED_S:
            place.said_lost = True
            self._say(
                f"live tail in {place.poller.name} is out of reach ({error.words}): "
                "polling instead, and trying again"
            )

    def _slow_down(self, place: _Place, now: float) -> None:
        place.pause = min(_LONGEST_PAUSE_S, max(_PAUSE_S, 2 * place.pause))
        place.again = now + place.pause

    def _tell(self, text: str, now: float) -> None:
        kind = text.partition("(")[0]
        if now - self._told.get(kind, -_TELL_S) >= _TELL_S:
            self._told[kind] = now
            self._say(text)


def _next_of(messages: Iterator[dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return next(messages, None)
    except (AttributeError, TypeError) as error:
        # botocore's words for JSON of another shape than its model has.
        raise MisshapenError(error=str(error)) from error


def _events_of(results: Iterable[shapes.LiveEvent], session: Session) -> Iterator[LiveEvent]:
    for result in results:
        name = result.logGroupIdentifier.removesuffix(":*")
        watch = session.by_name.get(name) or session.by_name.get(name.rpartition(":")[2])
        if watch is not None:  # else it is no group that was asked for
            ingested = result.timestamp if result.ingestionTime is None else result.ingestionTime
            yield LiveEvent(watch, result.timestamp, result.message, result.logStreamName, ingested)


def _with_arn(group: Group) -> Group:
    """Return a group with its ARN; Refused where nothing tells it."""
    if group.arn:
        return group
    for found in group.logs.describe_groups(group.name):
        if found.name == group.name:
            return found
    raise Refused(Why.NO_SUCH_GROUP, f"{group.label} is not there")


def _names_of(group: Group) -> tuple[str, ...]:
    parts = group.arn.split(":")
    account = parts[4] if len(parts) > 4 else ""  # arn:aws:logs:REGION:ACCOUNT:
    return group.arn, f"{account}:{group.name}", group.name
