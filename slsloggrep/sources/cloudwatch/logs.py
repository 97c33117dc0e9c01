"""What CloudWatch Logs (and Lambda, about its functions) can be asked, typed.

How a call is made, and how it ends where it brings no answer, is told in
`slsloggrep.sources.cloudwatch.connection`. Which calls are worth making is decided by those who
read.

API Reference: CloudWatch Logs 2014-03-28; limits: CloudWatch Logs User Guide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from slsloggrep.model import Millis
from slsloggrep.parse.functions import function_of
from slsloggrep.sources.aws_errors import AWS_ERRORS
from slsloggrep.sources.cloudwatch.connection import Connection, served_at
from slsloggrep.sources.cloudwatch.pages import Page, events_of
from slsloggrep.sources.cloudwatch.trail import BEGINNING

STREAMS_AT_ONCE = 100
"""Stream names that one FilterLogEvents takes."""
PATTERN_LENGTH = 1024
"""Characters of a filter pattern."""
GROUPS_A_PAGE = 50


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


class Logs(Connection):
    """CloudWatch Logs of one account in one region."""

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
        answer = self.call("FilterLogEvents", _resource(group), given)
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
        answer = self.call("GetLogEvents", _resource(group), given)
        return _page(answer, answer["nextBackwardToken" if newest_first else "nextForwardToken"])

    # Finding groups and streams

    def describe_groups(
        self, prefix: str = "", *, linked: bool = False, page: int = GROUPS_A_PAGE
    ) -> Iterator[Group]:
        """Yield the log groups whose names begin with a prefix, page by page, by name.

        `linked`: those of the accounts that this one may watch, too; they are told by their ARNs.
        """
        token: str | None = None
        trail = BEGINNING
        while True:
            given = {
                "logGroupNamePrefix": prefix or None,
                "nextToken": token,
                "limit": page,
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
            trail = trail.after(token)

    def describe_streams(self, group: Group, *, newest: bool = True) -> Iterator[dict[str, Any]]:
        """Yield the streams of a group as the service describes them, latest event first.

        `lastEventTimestamp` may lag by an hour (API Reference, LogStream).
        """
        token: str | None = None
        trail = BEGINNING
        while True:
            given = {
                **self._named(group),
                "orderBy": "LastEventTime" if newest else "LogStreamName",
                "descending": newest,
                "nextToken": token,
            }
            answer = self.call("DescribeLogStreams", _resource(group), given)
            yield from answer.get("logStreams", ())
            token = answer.get("nextToken")
            if not token:
                return
            trail = trail.after(token)

    def newest_streams(self, group: Group, limit: int) -> list[dict[str, Any]]:
        """Return at most so many streams (50), those with the latest events, in one call."""
        given = {
            **self._named(group),
            "orderBy": "LastEventTime",
            "descending": True,
            "limit": limit,
        }
        answer = self.call("DescribeLogStreams", _resource(group), given)
        return list(answer.get("logStreams", ()))

    def group_of_function(self, function: str) -> str | None:
        """Return the log group that a function is configured with; None: the default one.

        `function` is a name, `name:alias` or ARN. Raises Refused where there is no such function
        (NO_SUCH_GROUP) or lambda:GetFunctionConfiguration is denied.
        """
        answer = self.describe_function(function)
        group: str | None = (answer.get("LoggingConfig") or {}).get("LogGroup")
        return group

    def describe_function(self, function: str) -> dict[str, Any]:
        """Return a function's configuration, as Lambda states it; raises as `group_of_function`."""
        answer: dict[str, Any] = self.call(
            "GetFunctionConfiguration", function, {"FunctionName": function}, service="lambda"
        )
        return answer

    def list_functions(self) -> Iterator[tuple[str, str | None]]:
        """Yield every function's name with its log group; None: the default one.

        Raises Refused where lambda:ListFunctions is denied.
        """
        for found in self.describe_functions():
            yield found["FunctionName"], (found.get("LoggingConfig") or {}).get("LogGroup")

    def describe_functions(self) -> Iterator[dict[str, Any]]:
        """Yield every function's configuration, as Lambda states it, 50 a call.

        Raises Refused where lambda:ListFunctions is denied.
        """
        marker: str | None = None
        trail = BEGINNING
        while True:
            answer = self.call("ListFunctions", "*", {"Marker": marker}, service="lambda")
            yield from answer.get("Functions", ())
            marker = answer.get("NextMarker")
            if not marker:
                return
            trail = trail.after(marker)

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
        what = _resource(groups[0]) if groups else "*"
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

    def _named(self, group: Group) -> dict[str, str]:
        if group.linked:
            return {"logGroupIdentifier": group.arn}
        return {"logGroupName": group.name}


def _resource(group: Group) -> str:
    return group.arn or group.name


def _not_negative(time: Millis | None) -> Millis | None:
    """Return a time as the service takes it: it has none before 1970."""
    return None if time is None else max(time, 0)


def _page(answer: Any, token: str | None) -> Page:
    events = events_of(answer.get("events", ()))
    size = answer.get("size")
    if size is None:
        size = sum(len(event.message) for event in events)
    return Page(events, token, size, served_at(answer))
