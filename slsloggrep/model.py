"""The nouns of the project as immutable values: what flows from a source to the screen.

event -> record -> invocation -> transaction, and beside them the coverage, which says what could
really be read. Nothing here reads, parses, joins or shows anything: values and their orders only.

Times are whole milliseconds since the epoch, UTC by definition (CloudWatch's own unit; a naive
local time cannot be expressed). Only `render` and `export` turn them into calendars.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple, TypeVar

_T = TypeVar("_T")

Millis = int
"""Milliseconds since 1970-01-01T00:00:00Z."""

EVENT_ID_DIGITS = 56
"""CloudWatch event IDs are 56 decimal digits, unique, and ascend with time and batch order."""


class Event(NamedTuple):
    """One log event as its source gave it."""

    timestamp: Millis
    message: str
    """As stored, trailing newline included; may hold `\\n`, `\\r` and any control character."""
    log_group: str
    """Empty where the archive lost it (message extraction, plain text)."""
    log_stream: str
    """Empty where the archive lost it."""
    event_id: str
    """Empty where there is none; 56 digits from CloudWatch."""
    source: str = ""
    """The source's name, as the user wrote it."""
    container: str = ""
    """What held the event inside its source: an object key, a file name. Orders ties."""
    position: int = 0
    """Ordinal within the container: the order of the stream where nothing else tells."""

    @property
    def has_global_id(self) -> bool:
        """Tell whether the event ID alone identifies the event (a real CloudWatch ID)."""
        return len(self.event_id) == EVENT_ID_DIGITS and self.event_id.isdecimal()

    @property
    def order(self) -> tuple[Millis, str, str, str, str, int]:
        """The key that sorts events: time, group, stream, then the order within the stream.

        A 56-digit event ID carries the order in which its stream received it; other IDs do not.
        """
        return (
            self.timestamp,
            self.log_group,
            self.log_stream,
            self.event_id if self.has_global_id else "",
            self.container,
            self.position,
        )


class Level(IntEnum):
    """Severity, comparable; `Level.WARN` and above are what an investigator looks at first."""

    TRACE = 5
    DEBUG = 10
    INFO = 20
    WARN = 30
    ERROR = 40
    FATAL = 50


class IdKind(StrEnum):
    """What sort of identifier a value is. The value is the word used in output."""

    REQUEST_ID = "request_id"
    """A Lambda request ID (or Azure invocation ID): one request, all of its attempts."""
    XRAY_TRACE_ID = "xray_trace_id"
    """`1-<8 hex epoch seconds>-<24 hex>`."""
    W3C_TRACE_ID = "w3c_trace_id"
    """32 lower-case hex digits."""
    DATADOG_TRACE_ID = "datadog_trace_id"
    """Decimal: the low 64 bits of the trace ID."""
    CORRELATION_ID = "correlation_id"
    API_REQUEST_ID = "api_request_id"
    """API Gateway's own request ID or extended request ID."""
    MESSAGE_ID = "message_id"
    """SQS message, SNS message, EventBridge event or stream record."""
    EXECUTION_ARN = "execution_arn"
    """A Step Functions or durable execution."""
    KEY = "key"
    """A business key named with `--id-key`."""
    TEXT = "text"
    """Any other token, as the user typed it."""


TRACE_KINDS = frozenset({IdKind.XRAY_TRACE_ID, IdKind.W3C_TRACE_ID})


class Identifier(NamedTuple):
    """A value that joins, in its canonical spelling."""

    kind: IdKind
    value: str

    @property
    def join_key(self) -> tuple[str, str]:
        """Equal for identifiers that mean the same: X-Ray and W3C spellings are one."""
        if self.kind in TRACE_KINDS:
            return ("trace", self.value.removeprefix("1-").replace("-", ""))
        return (self.kind.value, self.value)


class Fact(StrEnum):
    """What the platform (not the user's code) states with a record."""

    INIT_START = "init_start"
    INIT_RUNTIME_DONE = "init_runtime_done"
    INIT_REPORT = "init_report"
    RESTORE_START = "restore_start"
    RESTORE_RUNTIME_DONE = "restore_runtime_done"
    RESTORE_REPORT = "restore_report"
    START = "start"
    RUNTIME_DONE = "runtime_done"
    END = "end"
    REPORT = "report"
    FAULT = "fault"
    """`RequestId: … Error: …` / `Process exited before completing request` / platform.fault."""
    TIMEOUT = "timeout"
    """The old-style line `<time> <id> Task timed out after 3.00 seconds`."""
    UNHANDLED = "unhandled"
    """The runtime reports an error that the handler did not catch (sections 4.2 to 4.8)."""
    RUNTIME_NOTICE = "runtime_notice"
    """Platform text without a message of the user: `LAMBDA_WARNING`, `Unknown application …`."""
    EXTENSION = "extension"
    SUBSCRIPTION = "subscription"
    """TELEMETRY, LOGS, platform.telemetrySubscription, platform.logsSubscription."""
    LOGS_DROPPED = "logs_dropped"
    IMAGE = "image"
    METRIC = "metric"
    """A line for machines: EMF, Datadog, New Relic."""
    WEB = "web"
    """Lambda Web Functions: invokeStart, requestComplete, invokeSummary, …"""
    DESTINATION = "destination"
    """A record of an asynchronous destination or dead-letter queue."""
    EXECUTION = "execution"
    """A Step Functions (vended log) or durable-execution event."""
    GATEWAY = "gateway"
    """A line of API Gateway's execution log or access log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The platform fact of a record, with the figures it states. Absent figures are None."""

    fact: Fact
    request_id: str | None = None
    """Of another service's record: the Lambda request that it is about, as the service states it
    (one that it made, or that made it), and not as some payload in it says."""
    status: str | None = None
    """As written: `success`, `failure`, `error`, `timeout`, …"""
    error_type: str | None = None
    duration_ms: float | None = None
    billed_ms: float | None = None
    init_ms: float | None = None
    restore_ms: float | None = None
    memory_mb: float | None = None
    max_memory_mb: float | None = None
    timeout_s: float | None = None
    """The limit that a `Task timed out after N seconds` line names."""
    produced_bytes: int | None = None
    phase: str | None = None
    """`init`, `invoke`, `snap-start`."""
    initialization: str | None = None
    """`on-demand`, `provisioned-concurrency`, `snap-start`, `lambda-managed-instances`."""
    version: str | None = None
    """The function's version: `$LATEST` or a number."""
    function_arn: str | None = None
    name: str | None = None
    """An extension's name, a Step Functions event type, a web event's type; `execution` or
    `access`: which log of API Gateway's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorInfo:
    """An error that a record states."""

    type: str | None
    message: str | None
    stack: tuple[str, ...] = ()
    """Frames or lines of the stack trace, one string each, as written."""
    unhandled: bool = False
    """The runtime reported it: the handler did not catch it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An event after parsing. Parsing never fails: what is not understood stays as text."""

    event: Event
    level: Level | None = None
    text: str = ""
    """What a person reads: the message without its prefix (time, request ID, level)."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Top-level fields of a structured record, keys as written; empty for plain text."""
    request_id: str | None = None
    """The request that the record says it belongs to; None: it does not say."""
    identifiers: tuple[Identifier, ...] = ()
    """All that the record reveals, request ID included, without repeats, in order of finding."""
    platform: Platform | None = None
    error: ErrorInfo | None = None
    function: str | None = None
    """The function's name, where the record itself states it."""
    response: Any = None
    """The response value that the record states; None where it states none."""
    states_response: bool = False
    """A response of null is a response: this tells it from none."""

    @property
    def fact(self) -> Fact | None:
        """The platform fact, or None for an application's record."""
        return self.platform.fact if self.platform else None

    @property
    def run(self) -> Identifier | None:
        """What another service did for one request, where the record is a line of that.

        The API Gateway request or the execution; None for records of any other kind.
        """
        kind = _RUN_KINDS.get(self.platform.fact) if self.platform else None
        return next((i for i in self.identifiers if i.kind is kind), None) if kind else None


_RUN_KINDS = {Fact.GATEWAY: IdKind.API_REQUEST_ID, Fact.EXECUTION: IdKind.EXECUTION_ARN}


class Status(StrEnum):
    """How an invocation ended; the words are promised in the output contract."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    OOM = "oom"
    EXIT = "exit"
    INIT_ERROR = "init_error"
    EXTENSION = "extension"
    INCOMPLETE = "incomplete"

    @property
    def failed(self) -> bool:
        """Tell whether this is a crash: neither ok nor incomplete."""
        return self not in (Status.OK, Status.INCOMPLETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One attempt of one function at one request, in one log stream."""

    function: str
    """Empty where nothing tells it."""
    request_id: str | None
    log_group: str
    log_stream: str
    start: Millis
    end: Millis
    duration_ms: float | None = None
    billed_ms: float | None = None
    init_ms: float | None = None
    restore_ms: float | None = None
    memory_mb: float | None = None
    max_memory_mb: float | None = None
    cold_start: bool = False
    status: Status = Status.INCOMPLETE
    error_type: str | None = None
    error_message: str | None = None
    response: Any = None
    states_response: bool = False
    version: str | None = None
    produced_bytes: int | None = None
    timeout_s: float | None = None
    records: tuple[Record, ...] = ()
    """In order, from the INIT lines or START to the last line that belongs here."""
    complete: bool = True
    """False where START or the end was not among the events that were read."""

    @property
    def order(self) -> tuple[Any, ...]:
        """The key that sorts invocations: start, group, stream, first event."""
        first = self.records[0].event.order if self.records else ()
        return (self.start, self.log_group, self.log_stream, *first)


class Evidence(NamedTuple):
    """Why an invocation is a member of a transaction."""

    identifier: Identifier
    event: Event
    """The event that showed it."""
    field: str = ""
    """The key, dotted where it lies deeper, under which the event shows it; empty: none tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An invocation as part of a transaction."""

    invocation: Invocation
    attempt: int
    """1 for the first attempt of its request ID, 2 for the first retry, …"""
    joined_by: tuple[Evidence, ...]
    """Never empty; the first is the one that brought it in."""
    mentions: frozenset[int]
    """Indices into `invocation.records` of those that mention what the user asked for."""
    batch: bool = False
    """It served other transactions too: its trace ID was not followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """All invocations that served one request of the outside world, joined by identifiers."""

    id: str
    """What the user asked for, as typed."""
    identifiers: tuple[Identifier, ...]
    members: tuple[Member, ...]
    """By start time."""
    unattributed: tuple[Record, ...] = ()
    """Records that may belong here, but to no invocation that could be told: they mention the
    transaction, name a request or trace of it, or lie between the lines of a member."""
    unattributed_mentions: frozenset[int] = frozenset()
    """Indices into `unattributed` of those that mention what the user asked for."""
    hops_cut: bool = False
    """The bound on hops stopped the following of trace IDs: there may be more members."""

    @property
    def start(self) -> Millis | None:
        """The first moment of any member or unattributed record."""
        starts = [m.invocation.start for m in self.members]
        starts += [r.event.timestamp for r in self.unattributed]
        return min(starts, default=None)

    @property
    def end(self) -> Millis | None:
        """The last moment of any member or unattributed record."""
        ends = [m.invocation.end for m in self.members]
        ends += [r.event.timestamp for r in self.unattributed]
        return max(ends, default=None)

    @property
    def status(self) -> Status:
        """The status of the earliest request whose last attempt failed, else incomplete, else ok.

        A retry that succeeds heals the attempts before it: a request counts by its last attempt.
        """
        last: dict[tuple[str, str], Invocation] = {}
        for member in self.members:
            invocation = member.invocation
            key = (invocation.function, invocation.request_id or f"@{id(invocation)}")
            last[key] = invocation
        finals = sorted(last.values(), key=lambda invocation: invocation.order)
        failed = next((i.status for i in finals if i.status.failed), None)
        if failed:
            return failed
        if not finals or any(i.status is Status.INCOMPLETE for i in finals):
            return Status.INCOMPLETE
        return Status.OK


class Gap(NamedTuple):
    """Something that was asked for and could not be read."""

    what: str
    """An object, a log group, a line range."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a source was asked for and what it could really read.

    Sources report increments while they read; `+` adds them up. Counts are exact: an increment
    is never reported twice; what several passes read again is counted again where it says so.
    """

    source: str
    events: int = 0
    """Events that were decoded and handed on, those of repeated reads included."""
    bytes: int = 0
    """Bytes as stored (compressed), repeated reads included."""
    raw_bytes: int = 0
    """Bytes after decompression."""
    requests: int = 0
    objects: int = 0
    """Distinct objects: one that is read again for a second pass counts once."""
    unit: str = ""
    """What an object is here, for people: `log group`; empty: it is an object."""
    planned_objects: int = 0
    """Objects that the listing found to be read; progress is `objects` of these."""
    planned_bytes: int = 0
    """Bytes to be read, repeated reads included; progress is `bytes` of these."""
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    """What is worth knowing but hides nothing, such as times taken from object names."""

    @property
    def complete(self) -> bool:
        """Tell whether everything that was asked for was read."""
        return not self.gaps

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(
            source=self.source,
            events=self.events + other.events,
            bytes=self.bytes + other.bytes,
            raw_bytes=self.raw_bytes + other.raw_bytes,
            requests=self.requests + other.requests,
            objects=self.objects + other.objects,
            unit=self.unit or other.unit,
            planned_objects=self.planned_objects + other.planned_objects,
            planned_bytes=self.planned_bytes + other.planned_bytes,
            gaps=_union(self.gaps, other.gaps),
            notes=_union(self.notes, other.notes),
        )


def _union(left: tuple[_T, ...], right: tuple[_T, ...]) -> tuple[_T, ...]:
    return left + tuple(item for item in right if item not in left) if right else left


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRead:
    """One line of a plan: what would be read, and what that is thought to cost."""

    what: str
    """A log group, a bucket's prefix, an Insights query over so many groups."""
    engine: str
    """`FilterLogEvents`, `Insights`, `GetObject`, ...: how it would be read."""
    calls: int | None = None
    """Requests at least; pages that turn out to be needed come on top."""
    bytes: int | None = None
    """Bytes that would be read or scanned; None: nothing tells."""
    dollars: float | None = None
    """What the provider would charge for it; None: not known."""


class Span(NamedTuple):
    """A stretch of one log stream, wanted whole: `since` <= time < `until`."""

    log_group: str
    log_stream: str
    since: Millis
    until: Millis


def merge_stretches(stretches: Iterable[tuple[Millis, Millis]]) -> list[tuple[Millis, Millis]]:
    """Return stretches of time (from, to) in order, those that touch or overlap as one."""
    merged: list[tuple[Millis, Millis]] = []
    for since, until in sorted(stretches):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        else:
            merged.append((since, until))
    return merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a source is asked for.

    An event is wanted if it lies in one of the spans, or if its time lies in the window and it
    contains one of the literals; with neither literals nor spans, every event in the window is
    wanted. A source may return more (the pipeline looks again), never less.
    """

    since: Millis | None = None
    """Inclusive; None: from the beginning."""
    until: Millis | None = None
    """Exclusive; None: to the end."""
    literals: tuple[str, ...] = ()
    """Substrings, case-sensitive. An escaped spelling inside JSON (`\\u002d`, `\\/`) counts."""
    spans: tuple[Span, ...] = ()
    """Wanted whole, inside the window or not: an invocation may begin before `since`."""
    late: bool = False
    """Look also where events of the spans would lie that were delivered much later than usual."""
    newest_first: bool = False
    """A source that can do so yields the newest first: whoever asks will stop when satisfied."""
    pattern: str = ""
    """A filter of the far end's own (CloudWatch's filter pattern): what it rejects is not wanted,
    spans excepted. The pipeline cannot look again here."""

    @property
    def everything(self) -> bool:
        """Tell whether no literal and no span narrows the window."""
        return not self.literals and not self.spans

    @property
    def bounds(self) -> tuple[Millis | None, Millis | None]:
        """The stretch of time outside of which nothing is wanted; None: unbounded."""
        if not self.spans:
            return self.since, self.until
        first = min(span.since for span in self.spans)
        last = max(span.until for span in self.spans)
        if not self.literals:
            return first, last
        return (
            None if self.since is None else min(first, self.since),
            None if self.until is None else max(last, self.until),
        )

    def in_window(self, timestamp: Millis) -> bool:
        """Tell whether a time lies in the query's window."""
        return (self.since is None or timestamp >= self.since) and (
            self.until is None or timestamp < self.until
        )
