"""Events as their sources gave them, and what parsing makes of them: records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, NamedTuple

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
