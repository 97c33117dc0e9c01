"""What the stand-in for CloudWatch Logs knows: groups, streams, events, a clock, tokens.

One `World` is one account in one region. An event is there from the moment at which the clock
reaches its ingestion time, and not before. What is answered to whom is the other modules' business:
logs_reading, logs_listing, logs_insights, logs_live.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import threading
import time
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Any, Literal

import msgspec
from logs_knobs import Function, Insights, LiveTail

ACCOUNT = "123456789012"
REGION = "us-east-1"
DAY = 86_400_000

_numbers = itertools.count(1)


class ServiceError(Exception):
    """The service refuses; `violation`: no correct client would have asked so."""

    def __init__(
        self, code: str, message: str, *, status: int = 400, violation: bool = False
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.violation = violation


def invalid(message: str, *, violation: bool = False) -> ServiceError:
    return ServiceError("InvalidParameterException", message, violation=violation)


class LogEvent(msgspec.Struct, frozen=True, gc=False):
    """One event, with the service's own names, as FilterLogEvents shows it."""

    logStreamName: str  # noqa: N815
    timestamp: int
    message: str
    ingestionTime: int  # noqa: N815
    eventId: str  # noqa: N815
    """56 digits: timestamp, ingestion time, put, place in the put; ascends in that order."""


def event_id(timestamp: int, ingested: int = 0, put: int = 0, place: int = 0) -> str:
    return f"{timestamp << 144 | ingested << 96 | put << 48 | place:056d}"


def size_of(message: str) -> int:
    return len(message) if message.isascii() else len(message.encode("utf-8", "surrogatepass"))


by_id = attrgetter("eventId")


class Shelf:
    """Events in order of their IDs."""

    def __init__(self) -> None:
        self.events: list[LogEvent] = []

    def add(self, events: Sequence[LogEvent]) -> None:
        if len(events) > 64:
            self.events.extend(events)
            self.events.sort(key=by_id)
            return
        for event in events:
            if not self.events or self.events[-1].eventId < event.eventId:
                self.events.append(event)
            else:
                insort(self.events, event, key=by_id)

    def after(self, identifier: str) -> int:
        """Return how many events have an ID up to this one."""
        return bisect_right(self.events, identifier, key=by_id)

    def before(self, identifier: str) -> int:
        """Return how many events have an ID below this one."""
        return bisect_left(self.events, identifier, key=by_id)

    def since(self, timestamp: int | None) -> int:
        """Return the place of the first event at this time or later."""
        return 0 if timestamp is None else self.before(event_id(timestamp))

    def until(self, timestamp: int | None) -> int:
        """Return how many events are earlier than this time."""
        return len(self.events) if timestamp is None else self.before(event_id(timestamp))


class Stream(Shelf):
    def __init__(self, name: str, created: int) -> None:
        super().__init__()
        self.name = name
        self.created = created


class Group(Shelf):
    """A log group: all its events, and those of each stream."""

    def __init__(
        self, name: str, *, account: str, region: str, created: int, log_group_class: str
    ) -> None:
        super().__init__()
        self.name = name
        self.account = account
        self.region = region
        self.created = created
        self.log_group_class = log_group_class
        self.stored_bytes: int | None = None
        """What DescribeLogGroups says; None: what is really there."""
        self.retention_days: int | None = None
        self.number = next(_numbers)
        """Another one where the group was deleted and made again."""
        self.streams: dict[str, Stream] = {}
        self.arrived: list[LogEvent] = []
        """All events in the order in which they became visible: what a live session looks at."""
        self.bytes = 0
        self._coming: list[tuple[int, int, LogEvent]] = []
        self._numbers = itertools.count()

    @property
    def arn(self) -> str:
        return f"arn:aws:logs:{self.region}:{self.account}:log-group:{self.name}"

    def stream(self, name: str, created: int) -> Stream:
        stream = self.streams.get(name)
        if stream is None:
            stream = self.streams[name] = Stream(name, created)
        stream.created = min(stream.created, created)
        return stream

    def expect(self, events: Iterable[LogEvent]) -> None:
        for event in events:
            heapq.heappush(self._coming, (event.ingestionTime, next(self._numbers), event))

    def settle(self, now: int) -> None:
        """Make visible what is ingested by now."""
        if not self._coming or self._coming[0][0] > now:
            return
        came: list[LogEvent] = []
        while self._coming and self._coming[0][0] <= now:
            came.append(heapq.heappop(self._coming)[2])
        self.arrived.extend(came)
        self.bytes += sum(size_of(event.message) + 26 for event in came)
        self.add(came)
        by_stream: dict[str, list[LogEvent]] = {}
        for event in came:
            by_stream.setdefault(event.logStreamName, []).append(event)
        for name, events in by_stream.items():
            self.streams[name].add(events)


class Tokens:
    """Opaque tokens, each good for one query and for a time."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[Any, Any, int]] = {}

    def issue(self, key: Any, state: Any, now: int) -> str:
        """Return the token that leads on from `state`; the same state gives the same token."""
        token = hashlib.sha256(repr((key, state)).encode()).hexdigest()
        self._known[token] = (key, state, now)
        return token

    def redeem(self, token: str, key: Any, oldest: int) -> Any:
        if token not in self._known:
            raise invalid("The specified nextToken is invalid.", violation=True)
        known_key, state, issued = self._known[token]
        if issued < oldest:
            raise invalid("The specified nextToken has expired.")
        if known_key[:-1] != key[:-1]:
            raise invalid("The specified nextToken is invalid for this query.", violation=True)
        if known_key[-1] != key[-1]:
            raise invalid("The specified nextToken is invalid.")  # the group was made again
        return state

    def expire(self) -> None:
        """Make every token that was given out so far stale."""
        self._known = {token: (key, state, -1) for token, (key, state, _) in self._known.items()}


class World:
    """CloudWatch Logs of one account in one region; safe to use from many threads."""

    def __init__(self, region: str, account: str, clock: Callable[[], int]) -> None:
        self.region = region
        self.account = account
        self.clock = clock
        self.lock = threading.RLock()
        self.groups: dict[tuple[str, str], Group] = {}
        """By account (linked ones too) and name."""
        self.functions: dict[str, Function] = {}
        """By name."""
        self.stacks: list[str] = []
        self.tokens = Tokens()
        self.live = LiveTail()
        self.insights = Insights()
        self.empty_pages = 0
        """So many empty pages with a token come before each page, and before the end."""
        self.page_events = 10_000
        """A page holds so many events at most."""
        self.page_bytes = 1_048_576
        self.scan_events: int | None = None
        """A page of FilterLogEvents ends after so many events were looked at, found or not."""
        self.token_life = DAY
        self.newest_first: Literal["served", "refused", "ignored"] = "served"
        """What becomes of FilterLogEvents with startFromHead=false."""
        self.last_event_lag = 0
        """DescribeLogStreams knows nothing of what was ingested in the last so many ms."""
        self._puts = itertools.count(1)

    # What a test puts in

    def create_group(
        self,
        name: str,
        *,
        account: str | None = None,
        log_group_class: str = "STANDARD",
        created: int | None = None,
        stored_bytes: int | None = None,
        retention_days: int | None = None,
    ) -> Group:
        """Make a log group; with another `account` it is one that is linked to this account."""
        with self.lock:
            account = account or self.account
            if (account, name) in self.groups:
                raise ValueError(f"the group {name} is there already")
            group = Group(
                name,
                account=account,
                region=self.region,
                created=self.clock() if created is None else created,
                log_group_class=log_group_class,
            )
            group.stored_bytes = stored_bytes
            group.retention_days = retention_days
            self.groups[account, name] = group
            return group

    def delete_group(self, name: str, *, account: str | None = None) -> None:
        with self.lock:
            del self.groups[account or self.account, name]

    def create_stream(self, group: str, name: str, *, account: str | None = None) -> None:
        with self.lock:
            self.groups[account or self.account, group].stream(name, self.clock())

    def delete_stream(self, group: str, name: str, *, account: str | None = None) -> None:
        with self.lock:
            found = self.groups[account or self.account, group]
            found.settle(self.clock())
            gone = {event.eventId for event in found.streams.pop(name).events}
            found.events = [event for event in found.events if event.eventId not in gone]

    def put(
        self,
        group: str,
        stream: str,
        events: Iterable[tuple[int, str]],
        *,
        ingested: int | None = None,
        account: str | None = None,
    ) -> list[str]:
        """Put a batch of (timestamp, message), and return the IDs of its events, in its order.

        `ingested` is the ingestion time, by default now; one that is to come keeps the events
        unseen until then. A group that is not there is made; so is the stream.
        """
        with self.lock:
            now = self.clock()
            ingested = now if ingested is None else ingested
            owner = account or self.account
            found = self.groups.get((owner, group)) or self.create_group(group, account=account)
            found.stream(stream, ingested)
            put = next(self._puts)
            batch = [
                LogEvent(
                    stream, timestamp, message, ingested, event_id(timestamp, ingested, put, n)
                )
                for n, (timestamp, message) in enumerate(events)
            ]
            found.expect(batch)
            found.settle(now)
            return [event.eventId for event in batch]

    def create_function(
        self,
        name: str,
        *,
        log_group: str | None = None,
        aliases: tuple[str, ...] = (),
        **stated: Any,
    ) -> None:
        """Make a Lambda function; without a group it is configured with the usual one.

        `stated` are further fields of its configuration, or others than the usual ones.
        """
        self.functions[name] = Function(log_group or f"/aws/lambda/{name}", aliases, stated)

    def expire_tokens(self) -> None:
        """Make every token that was given out so far stale."""
        with self.lock:
            self.tokens.expire()

    def cut_live_tails(self) -> None:
        """Break off all live sessions that are open, without a word."""
        with self.lock:
            self.live.cuts = self.live.open

    # What the operations ask

    def group_named(self, name: str) -> Group:
        """Return the group of a name or ARN, with all that is ingested by now."""
        key = (self.account, name)
        if name.startswith("arn:"):
            parts = name.split(":", 6)
            if len(parts) < 7 or parts[5] != "log-group" or parts[2] != "logs":
                raise invalid(f"'{name}' is no ARN of a log group.", violation=True)
            key = (parts[4], parts[6]) if parts[3] == self.region else ("", "")
        group = self.groups.get(key)
        if group is None:
            raise ServiceError(
                "ResourceNotFoundException", "The specified log group does not exist."
            )
        group.settle(self.clock())
        return group

    def group_of(self, given: dict[str, Any]) -> Group:
        """Return the group that logGroupName or logGroupIdentifier names."""
        name, identifier = given.get("logGroupName"), given.get("logGroupIdentifier")
        if (name is None) == (identifier is None):
            raise invalid(
                "Exactly one of logGroupName and logGroupIdentifier must be given.",
                violation=True,
            )
        return self.group_named(str(identifier if name is None else name))

    def stream_of(self, group: Group, name: str) -> Stream:
        stream = group.streams.get(name)
        if stream is None or stream.created > self.clock():
            raise ServiceError(
                "ResourceNotFoundException", "The specified log stream does not exist."
            )
        return stream

    def issue(self, key: Any, state: Any) -> str:
        return self.tokens.issue(key, state, self.clock())

    def redeem(self, token: str, key: Any) -> Any:
        return self.tokens.redeem(token, key, self.clock() - self.token_life)


class Clock:
    """The service's time of day in ms: the machine's, until it is set."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: int | None = None
        self._ahead = 0

    def __call__(self) -> int:
        with self._lock:
            if self._set is not None:
                return self._set
            return time.time_ns() // 1_000_000 + self._ahead

    def set(self, now: int) -> None:
        """Stand still at a time; it may not go back."""
        if self._set is not None and now < self._set:
            raise ValueError("the clock does not go back")
        with self._lock:
            self._set = now

    def advance(self, by: int) -> None:
        """Go on by so many ms, whether the clock stands still or runs."""
        with self._lock:
            if self._set is not None:
                self._set += by
            else:
                self._ahead += by

    def run(self) -> None:
        """Run like the machine's clock again, from where it is."""
        now = self()
        with self._lock:
            self._set = None
            self._ahead = now - time.time_ns() // 1_000_000
