"""What answers look like, as far as they are used here; what looks otherwise is no answer.

botocore hands on whatever JSON holds: a string where the service model has a list, a number where
it has a string, nothing where something always is. These types are checked instead, so that a proxy
or an emulator that answers nonsense is an error with a name, and not a defect further on.

Fields are required where no answer of the service lacks them, although its model requires none.
API Reference: CloudWatch Logs 2014-03-28, Lambda 2015-03-31, Resource Groups Tagging
2017-01-26.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeVar

import msgspec

from slsloggrep.sources.aws_errors import MisshapenError

_T = TypeVar("_T")

Timestamp = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
"""Ms since the epoch, up to the end of the year 9999; calendars know no later ones."""

_SHOWN = 60


class LogEvent(msgspec.Struct, frozen=True, gc=False):
    """One event of a page. Names are the service's own."""

    timestamp: Timestamp
    message: str
    ingestionTime: Timestamp = 0  # noqa: N815 - the service's name
    eventId: str = ""  # noqa: N815
    """56 digits; empty from GetLogEvents, which tells none."""
    logStreamName: str = ""  # noqa: N815
    """Empty from GetLogEvents: it is the one that was asked for."""


class FilterLogEvents(msgspec.Struct, gc=False):
    """A page of events of any streams."""

    events: list[LogEvent]
    nextToken: str | None = None  # noqa: N815


class GetLogEvents(msgspec.Struct, gc=False):
    """A page of events of one stream."""

    events: list[LogEvent]
    nextForwardToken: str  # noqa: N815
    nextBackwardToken: str  # noqa: N815


class _Group(msgspec.Struct):
    logGroupName: str  # noqa: N815
    arn: str | None = None
    logGroupArn: str | None = None  # noqa: N815
    logGroupClass: str | None = None  # noqa: N815
    storedBytes: int | None = None  # noqa: N815
    creationTime: Timestamp | None = None  # noqa: N815
    retentionInDays: int | None = None  # noqa: N815


class _Groups(msgspec.Struct):
    logGroups: list[_Group]  # noqa: N815
    nextToken: str | None = None  # noqa: N815


class _Stream(msgspec.Struct):
    logStreamName: str  # noqa: N815
    lastEventTimestamp: int | None = None  # noqa: N815
    lastIngestionTime: int | None = None  # noqa: N815


class _Streams(msgspec.Struct):
    logStreams: list[_Stream]  # noqa: N815
    nextToken: str | None = None  # noqa: N815


class _Query(msgspec.Struct):
    queryId: str  # noqa: N815


class _Cell(msgspec.Struct):
    field: str | None = None
    value: str | None = None


class _Statistics(msgspec.Struct):
    recordsMatched: float = 0  # noqa: N815
    recordsScanned: float = 0  # noqa: N815
    bytesScanned: float = 0  # noqa: N815


class _Results(msgspec.Struct):
    status: str
    results: list[list[_Cell]] = []
    statistics: _Statistics | None = None
    nextToken: str | None = None  # noqa: N815


class _Logging(msgspec.Struct):
    LogGroup: str | None = None
    LogFormat: str | None = None
    ApplicationLogLevel: str | None = None
    SystemLogLevel: str | None = None


class _Tracing(msgspec.Struct):
    Mode: str | None = None


class _Function(msgspec.Struct):
    FunctionName: str
    FunctionArn: str | None = None
    Runtime: str | None = None
    PackageType: str | None = None
    MemorySize: int | None = None
    Timeout: int | None = None
    LoggingConfig: _Logging | None = None
    TracingConfig: _Tracing | None = None


class _Functions(msgspec.Struct):
    Functions: list[_Function]
    NextMarker: str | None = None


class _Tagged(msgspec.Struct):
    ResourceARN: str


class _Resources(msgspec.Struct):
    ResourceTagMappingList: list[_Tagged]
    PaginationToken: str | None = None


class LiveEvent(msgspec.Struct, frozen=True, gc=False):
    """One event of a live session."""

    timestamp: Timestamp
    message: str
    logStreamName: str  # noqa: N815
    logGroupIdentifier: str  # noqa: N815
    ingestionTime: Timestamp | None = None  # noqa: N815


class _Metadata(msgspec.Struct):
    sampled: bool = False


class LiveUpdate(msgspec.Struct):
    """What a live session has to say."""

    sessionResults: list[LiveEvent] = []  # noqa: N815
    sessionMetadata: _Metadata | None = None  # noqa: N815


SHAPES: dict[str, type[msgspec.Struct]] = {
    "FilterLogEvents": FilterLogEvents,
    "GetLogEvents": GetLogEvents,
    "DescribeLogGroups": _Groups,
    "DescribeLogStreams": _Streams,
    "StartQuery": _Query,
    "GetQueryResults": _Results,
    "GetFunctionConfiguration": _Function,
    "ListFunctions": _Functions,
    "GetResources": _Resources,
}
"""By operation."""

_decoders = {operation: msgspec.json.Decoder(shape) for operation, shape in SHAPES.items()}


def decode(body: bytes, operation: str) -> Any:
    """Return an answer as the struct of its operation; raises MisshapenError."""
    try:
        return _decoders[operation].decode(body)
    except msgspec.ValidationError as error:
        raise MisshapenError(error=f"{beginning_of(body)} ({error})") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Perhaps only for lone surrogates, which JSON can spell and msgspec refuses.
        try:
            document = json.loads(body.decode("utf-8", "surrogatepass"))
        except ValueError as error:
            raise MisshapenError(error=f"{beginning_of(body)} ({error})") from error
        return convert(document, SHAPES[operation])


def convert(document: object, shape: type[_T]) -> _T:
    """Return a document that was parsed already as a struct; raises MisshapenError."""
    try:
        return msgspec.convert(document, shape)
    except msgspec.ValidationError as error:
        raise MisshapenError(error=str(error)) from error


def beginning_of(body: bytes) -> str:
    """Return what a body begins with, for the words of an error."""
    text = body[: _SHOWN + 1].decode("utf-8", "replace")
    return repr(text if len(body) <= _SHOWN else f"{text[:_SHOWN]}...")
