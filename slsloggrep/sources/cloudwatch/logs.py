"""CloudWatch Logs of one account in one region: its calls, typed, patient and counted.

Every call waits for its turn at the limiter of its API, is repeated for as long as it is throttled
and for a while when it fails otherwise, and ends in an answer or in one of three exceptions:
`Refused` (this group, this pattern, this token: the others can go on), SourceError (nothing can be
read here at all: credentials, network) or `Abandoned` (nobody waits any more). Which calls are
worth making is decided by those who read.

API Reference: CloudWatch Logs 2014-03-28; limits: CloudWatch Logs User Guide.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from enum import Enum, auto
from fnmatch import fnmatchcase
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from botocore import exceptions as failures

from slsloggrep.errors import SourceError
from slsloggrep.model import Millis
from slsloggrep.parse.functions import function_of
from slsloggrep.sources.aws import AWS_DOMAINS, Account
from slsloggrep.sources.aws_errors import (
    AWS_ERRORS,
    code_of,
    concerns_account,
    is_denied,
    is_throttled,
    is_transient,
    words_of,
)
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.answers import watch_answers
from slsloggrep.sources.cloudwatch.limiter import Limiter, Limiters
from slsloggrep.sources.cloudwatch.pages import Page, events_of

STREAMS_AT_ONCE = 100
"""Stream names that one FilterLogEvents takes."""
PATTERN_LENGTH = 1024
"""Characters of a filter pattern."""
GROUPS_A_PAGE = 50

_GLANCE = 0.1
"""Seconds after which it is looked whether anybody still waits for a call."""
_CONCURRENCY = 64
"""Connections that a client keeps; how many are used at once, the readers decide."""


class Why(Enum):
    """What kind of refusal it was."""

    NO_SUCH_GROUP = auto()
    NO_SUCH_STREAM = auto()
    DENIED = auto()
    UNSUPPORTED = auto()
    """The group's class (Infrequent Access) or the service does not know the operation."""
    BAD_REQUEST = auto()
    """A parameter that the service does not take: a filter pattern, a stale token, a direction."""
    LIMIT = auto()
    """As much of it as is allowed runs already: queries, live sessions."""
    OTHER = auto()


class Refused(Exception):  # noqa: N818 - a fact about one request, not an error of the program
    """The service will not do this one thing, however often it is asked."""

    def __init__(self, why: Why, reason: str, hint: str | None = None) -> None:
        super().__init__(reason)
        self.why = why
        self.reason = reason
        """For a gap: what the service said, with the IAM action where that was missing."""
        self.hint = hint


class Abandoned(Exception):  # noqa: N818 - a fact about the asker
    """Nobody waits for the answer any more: Ctrl-C, or a reader that has enough."""


class UnreachableError(SourceError):
    """Nothing was heard from the service, or nothing sensible, for as long as patience lasts.

    Who follows a group tries again later; who reads an answer cannot.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A log group, as far as its region told of it."""

    name: str
    arn: str = ""
    """Without the `:*` that some APIs write behind it; empty where nothing told it."""
    logs: Logs = field(compare=False, repr=False)
    """Where it lies."""
    linked: bool = False
    """It belongs to another account and is read through this one: its ARN must name it."""
    infrequent: bool = False
    """Of the class Infrequent Access: only Insights reads it."""
    stored_bytes: int | None = None
    """What is stored in all; the service updates it now and then."""
    created: Millis | None = None
    retention_days: int | None = None
    functions: frozenset[str] = frozenset()
    """Names or globs of the functions that were asked for, others may log here, too; empty: all
    that is in the group."""

    def concerns(self, stream: str) -> bool:
        """Tell whether a log stream is wanted: it may belong to one of `functions`.

        Where several functions share a group, Lambda writes the function into the stream's name
        (`2024/05/06/cart[$LATEST]...`); a stream that tells no function may be anyone's.
        """
        if not self.functions:
            return True
        function = function_of("", stream)
        return not function or any(fnmatchcase(function, wanted) for wanted in self.functions)

    @property
    def label(self) -> str:
        """How gaps and notes name it: with its region where several are read."""
        return f"{self.logs.label}:{self.name}" if self.logs.label else self.name


class QueryState(NamedTuple):
    """How far an Insights query is, and a page of its rows."""

    status: str
    """Scheduled, Running, Complete, Failed, Cancelled, Timeout, Unknown."""
    rows: tuple[dict[str, str], ...]
    """Values by field name, `@ptr` included."""
    token: str | None
    matched: int
    scanned_records: int
    scanned_bytes: int


class Logs:
    """CloudWatch Logs of one account in one region."""

    def __init__(
        self,
        account: Account,
        settings: Settings,
        *,
        label: str = "",
        limiters: Limiters,
        region: str | None = None,
        on_wait: Callable[[], None] | None = None,
    ) -> None:
        self.label = label
        """`eu-west-1` or `prod@eu-west-1` where several are read, else empty."""
        self.account = account
        self.settings = settings
        self._lent = False
        region = region or account.region
        if region is None:
            raise account.explain(failures.NoRegionError())
        self.region: str = region
        """Need not be the account's own: one set of credentials serves several regions."""
        self._limiters = limiters
        self._place = f"{account.profile}|{settings.role_arn}|{settings.endpoint_url}"
        self._on_wait = on_wait
        self._lock = threading.RLock()
        self._clients: dict[tuple[str, bool], Any] = {}
        self.clock_ahead: Millis = 0
        """How far the service's clock is ahead of this machine's, to a second or so."""

    # Reading events

    def filter_events(
        self,
        group: Group,
        *,
        since: Millis | None,
        until: Millis | None,
        pattern: str = "",
        streams: Sequence[str] = (),
        token: str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Page:
        """Return a page of FilterLogEvents for `since` <= time < `until`; at most 100 streams.

        Ascending by time unless `newest_first`. Empty pages with a token are normal.
        """
        given = {
            **self._named(group),
            "startTime": _not_negative(since),
            # The service's endTime is the last millisecond that counts.
            "endTime": _not_negative(None if until is None else until - 1),
            "filterPattern": pattern or None,
            "logStreamNames": list(streams) or None,
            "nextToken": token,
            "startFromHead": False if newest_first and token is None else None,
            "limit": limit,
        }
        answer = self.call("FilterLogEvents", group, given)
        return _page(answer, answer.get("nextToken"))

    def get_events(
        self,
        group: Group,
        stream: str,
        *,
        since: Millis | None,
        until: Millis | None,
        token: str | None = None,
        newest_first: bool = False,
    ) -> Page:
        """Return a page of GetLogEvents for `since` <= time < `until`.

        The end is reached where the page's token is the one that was given.
        """
        given = {
            **self._named(group),
            "logStreamName": stream,
            "startTime": _not_negative(since),
            "endTime": _not_negative(until),
            "nextToken": token,
            "startFromHead": not newest_first,
        }
        answer = self.call("GetLogEvents", group, given)
        return _page(answer, answer["nextBackwardToken" if newest_first else "nextForwardToken"])

    # Finding groups and streams

    def describe_groups(self, prefix: str = "", *, linked: bool = False) -> Iterator[Group]:
        """Yield the log groups whose names begin with a prefix, page by page, by name.

        `linked`: those of the accounts that this one may watch, too; they are told by their ARNs.
        """
        token: str | None = None
        while True:
            given = {
                "logGroupNamePrefix": prefix or None,
                "nextToken": token,
                "limit": GROUPS_A_PAGE,
                "includeLinkedAccounts": True if linked else None,
            }
            answer = self.call("DescribeLogGroups", prefix or "*", given)
            for found in answer.get("logGroups", ()):
                yield Group(
                    name=found["logGroupName"],
                    arn=str(found.get("logGroupArn") or found.get("arn", "")).removesuffix(":*"),
                    logs=self,
                    infrequent=found.get("logGroupClass") == "INFREQUENT_ACCESS",
                    stored_bytes=found.get("storedBytes"),
                    created=found.get("creationTime"),
                    retention_days=found.get("retentionInDays"),
                )
            token = answer.get("nextToken")
            if not token:
                return

    def describe_streams(self, group: Group, *, newest: bool = True) -> Iterator[dict[str, Any]]:
        """Yield the streams of a group as the service describes them, latest event first.

        `lastEventTimestamp` may lag by an hour (API Reference, LogStream).
        """
        token: str | None = None
        while True:
            given = {
                **self._named(group),
                "orderBy": "LastEventTime" if newest else "LogStreamName",
                "descending": newest,
                "nextToken": token,
            }
            answer = self.call("DescribeLogStreams", group, given)
            yield from answer.get("logStreams", ())
            token = answer.get("nextToken")
            if not token:
                return

    def group_of_function(self, function: str) -> str | None:
        """Return the log group that a function is configured with; None: the default one.

        `function` is a name, `name:alias` or ARN. Raises Refused where there is no such function
        (NO_SUCH_GROUP) or lambda:GetFunctionConfiguration is denied.
        """
        answer = self.call(
            "GetFunctionConfiguration", function, {"FunctionName": function}, service="lambda"
        )
        group: str | None = (answer.get("LoggingConfig") or {}).get("LogGroup")
        return group

    def list_functions(self) -> Iterator[tuple[str, str | None]]:
        """Yield every function's name with its log group; None: the default one.

        Raises Refused where lambda:ListFunctions is denied.
        """
        marker: str | None = None
        while True:
            answer = self.call("ListFunctions", "*", {"Marker": marker}, service="lambda")
            for found in answer.get("Functions", ()):
                group = (found.get("LoggingConfig") or {}).get("LogGroup")
                yield found["FunctionName"], group
            marker = answer.get("NextMarker")
            if not marker:
                return

    # Insights

    def start_query(
        self,
        query: str,
        *,
        groups: Sequence[Group],
        since_s: int,
        until_s: int,
        limit: int | None = None,
    ) -> str:
        """Start an Insights query and return its ID; times are epoch seconds, both inclusive.

        At most 50 groups; none where the query itself begins with SOURCE.
        """
        named: dict[str, Any] = {}
        if any(group.linked for group in groups):
            named["logGroupIdentifiers"] = [group.arn for group in groups]
        elif groups:
            named["logGroupNames"] = [group.name for group in groups]
        given = {
            **named,
            "queryString": query,
            "startTime": since_s,
            "endTime": until_s,
            "limit": limit,
        }
        what = groups[0] if groups else "*"
        return str(self.call("StartQuery", what, given)["queryId"])

    def query_results(self, query_id: str, token: str | None = None) -> QueryState:
        """Return how far a query is, and the rows that it has so far, up to 10,000 a page."""
        answer = self.call("GetQueryResults", "*", {"queryId": query_id, "nextToken": token})
        statistics = answer.get("statistics") or {}
        return QueryState(
            status=str(answer.get("status", "Unknown")),
            rows=tuple(
                {cell.get("field", ""): cell.get("value", "") for cell in row}
                for row in answer.get("results", ())
            ),
            token=answer.get("nextToken"),
            matched=round(statistics.get("recordsMatched", 0)),
            scanned_records=round(statistics.get("recordsScanned", 0)),
            scanned_bytes=round(statistics.get("bytesScanned", 0)),
        )

    def stop_query(self, query_id: str) -> None:
        """Stop a query, once and without patience; that it ended meanwhile is no matter."""
        try:
            self._client("logs").stop_query(queryId=query_id)
        except AWS_ERRORS:
            return

    # Live tail

    def start_live_tail(
        self, arns: Sequence[str], *, pattern: str = "", streams: Sequence[str] = ()
    ) -> Any:
        """Return botocore's event stream of a live session over at most 10 groups.

        Iterating it yields dicts with `sessionStart` or `sessionUpdate`; it raises botocore's
        EventStreamError, or whatever a cut connection raises, and must be closed.
        """
        given = {
            "logGroupIdentifiers": list(arns),
            "logEventFilterPattern": pattern or None,
            "logStreamNames": list(streams) or None,
        }
        return self.call("StartLiveTail", ", ".join(arns), given)["responseStream"]

    def close(self) -> None:
        """Close the connections; whoever waits for an answer is ended by the account."""
        with self._lock:
            for client in self._clients.values():
                client.close()

    def lend(self, stopped: threading.Event) -> Logs:
        """Return the same place for one of several readers: setting `stopped` ends its calls."""
        lent = copy(self)
        lent._lent = True  # noqa: SLF001 - a copy of this very class
        lent.account = self.account.lend(stopped)
        return lent

    def renew(self) -> None:
        """Read the credentials anew: those in use were refused. Raises SourceError."""
        self.account.renew()
        with self._lock:
            self._clients.clear()

    def limiter(self, operation: str) -> Limiter:
        """Return what lets the calls of an operation through."""
        return self._limiters.of(self._place, self.region, operation)

    # The call itself

    def call(
        self,
        operation: str,
        what: Group | str,
        given: dict[str, Any],
        *,
        service: str = "logs",
    ) -> Any:
        """Return the answer of one operation; absent (None) parameters are left out.

        `what` is what the call is about, for the words of an error. Raises Refused, SourceError
        (UnreachableError where it may work later) or Abandoned.
        """
        client = self._client(service, live=operation == "StartLiveTail")
        method = getattr(client, _METHODS[operation])
        parameters = {name: value for name, value in given.items() if value is not None}
        limiter = self.limiter(operation)
        while True:
            if not limiter.wait(self.account.given_up):
                raise Abandoned
            began = time.monotonic()
            try:
                answer = self._attend(
                    lambda: self.account.persist(
                        lambda: method(**parameters),
                        transient=lambda error: is_transient(error) and not is_throttled(error),
                        endpoint=f"{service}.{self.region}",
                    )
                )
            except AWS_ERRORS as error:
                if self.account.given_up():
                    raise Abandoned from error
                if is_throttled(error) and code_of(error) != "LimitExceededException":
                    limiter.throttled()
                    if self._on_wait is not None:
                        self._on_wait()
                    continue
                raise self._meant(error, operation, what, service) from error
            limiter.passed(time.monotonic() - began)
            self._compare_clocks(answer)
            return answer

    def _attend(self, call: Callable[[], Any]) -> Any:
        """Return what a call returns, unless nobody waits for it any more.

        A read of a socket heeds nobody. Readers that were lent a place have threads that may be
        left alone with it; others wait here.
        """
        if self._lent:
            return call()
        outcome: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()

        def work() -> None:
            try:
                outcome.put((call(), None))
            except BaseException as error:
                outcome.put((None, error))

        threading.Thread(target=work, name="call", daemon=True).start()
        while True:
            try:
                answer, error = outcome.get(timeout=_GLANCE)
            except Empty:
                if self.account.given_up():
                    raise Abandoned from None
                continue
            if error is not None:
                raise error
            return answer

    def _client(self, service: str, *, live: bool = False) -> Any:
        with self._lock:  # re-entrant: a live client looks at the ordinary one
            key = (service, live)
            if key not in self._clients:
                config: dict[str, Any] = {}
                if live:
                    # A session sends an update every second, an empty one where nothing happens.
                    config["read_timeout"] = 30
                    # The host's prefix is AWS's own; whoever names an endpoint means that one,
                    # be it by a flag, by a variable or in the profile.
                    host = urlsplit(self._client("logs").meta.endpoint_url).hostname or ""
                    config["inject_host_prefix"] = host.endswith(AWS_DOMAINS)
                client = self.account.client(
                    service, concurrency=_CONCURRENCY, region=self.region, **config
                )
                watch_answers(client)
                self._clients[key] = client
            return self._clients[key]

    def _named(self, group: Group) -> dict[str, str]:
        if group.linked:
            return {"logGroupIdentifier": group.arn}
        return {"logGroupName": group.name}

    def _compare_clocks(self, answer: Any) -> None:
        served = _served(answer)
        if served is not None:
            ahead = served - time.time_ns() // 1_000_000
            # The header has whole seconds, cut off: less than one says nothing.
            self.clock_ahead = ahead if not -1500 < ahead < 500 else 0

    def _meant(
        self, error: Exception, operation: str, what: Group | str, service: str
    ) -> Exception:
        action = f"{service}:{operation}"
        resource = (what.arn or what.name) if isinstance(what, Group) else what
        code = code_of(error)
        if isinstance(error, failures.ParamValidationError):
            return Refused(Why.BAD_REQUEST, words_of(error))
        if is_denied(error):
            return Refused(
                Why.DENIED,
                f"access denied: {action} on {resource} is missing",
                f"allow {action} on {resource} to these credentials",
            )
        if code == "LimitExceededException":  # before what is transient: the asker waits for room
            return Refused(Why.LIMIT, words_of(error))
        if concerns_account(error) or is_transient(error):
            explained = self.account.explain(error, action=action, resource=resource)
            if is_transient(error):
                return UnreachableError(explained.source, explained.message, hint=explained.hint)
            return explained
        words = words_of(error)
        if code == "ResourceNotFoundException":
            # A function's name may hold any word.
            stream = service == "logs" and "stream" in words and "group" not in words
            return Refused(Why.NO_SUCH_STREAM if stream else Why.NO_SUCH_GROUP, words)
        if code in ("InvalidOperationException", "UnknownOperationException") or (
            "infrequent" in words.lower()
        ):
            return Refused(Why.UNSUPPORTED, words)
        if code in ("InvalidParameterException", "MalformedQueryException", "ValidationException"):
            return Refused(Why.BAD_REQUEST, words)
        return Refused(Why.OTHER, words)


_METHODS = {
    "FilterLogEvents": "filter_log_events",
    "GetLogEvents": "get_log_events",
    "DescribeLogGroups": "describe_log_groups",
    "DescribeLogStreams": "describe_log_streams",
    "GetFunctionConfiguration": "get_function_configuration",
    "ListFunctions": "list_functions",
    "StartQuery": "start_query",
    "GetQueryResults": "get_query_results",
    "StartLiveTail": "start_live_tail",
}


def _not_negative(time: Millis | None) -> Millis | None:
    """Return a time as the service takes it: it has none before 1970."""
    return None if time is None else max(time, 0)


def _page(answer: Any, token: str | None) -> Page:
    events = events_of(answer.get("events", ()))
    size = answer.get("size")
    if size is None:
        size = sum(len(event.message) for event in events)
    return Page(events, token, size, _served(answer))


def _served(answer: Any) -> Millis | None:
    date = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        return round(parsedate_to_datetime(date).timestamp() * 1000) if date else None
    except (TypeError, ValueError):
        return None
