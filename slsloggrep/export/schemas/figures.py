"""Documents of `latency`, whole and by the line, and of `report`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from slsloggrep.export.schemas.answers import Crash, CrashGroup, CrashParts, Transaction
from slsloggrep.export.schemas.common import (
    Count,
    Coverage,
    CrashKind,
    Dollars,
    Event,
    Fingerprint,
    Megabytes,
    Milliseconds,
    Probability,
    Seconds,
    Shape,
    Text,
    Time,
)
from slsloggrep.model import ReportKind, Status


class LatencyRow(Shape):
    """Running times of a function, or of what functions are told apart by."""

    function: Text | None
    by: dict[str, str]
    invocations: Count
    errors: Count
    timeouts: Count
    cold_starts: Count
    mean_ms: Milliseconds | None
    p50_ms: Milliseconds | None
    p90_ms: Milliseconds | None
    p95_ms: Milliseconds | None
    p99_ms: Milliseconds | None
    max_ms: Milliseconds | None
    init_p50_ms: Milliseconds | None
    init_max_ms: Milliseconds | None
    memory_mb: Megabytes | None
    max_memory_mb: Megabytes | None
    billed_ms: Milliseconds | None
    gb_seconds: float | None
    cost_usd: Dollars | None
    timeout_s: Seconds | None
    bins: (
        Annotated[
            list[Count], Meta(description="Invocations between bin_edges_ms, one more than edges.")
        ]
        | None
    )
    incomplete: Count
    relative_error: (
        Annotated[float, Meta(description="Of the percentiles; null: they are exact.")] | None
    )
    notes: list[str]


class Percentiles(Shape):
    """How exact percentiles are."""

    exact: bool
    relative_error: float | None


class Prices(Shape):
    """What `cost_usd` was computed with."""

    region: str
    architecture: str
    gb_second_usd: Dollars
    request_usd: Dollars


class SlowInvocation(Shape):
    """One of the slowest invocations."""

    function: Text | None
    request_id: Text | None
    log_group: Text | None
    log_stream: Text | None
    end: Time | None
    duration_ms: Milliseconds | None
    init_ms: Milliseconds | None
    memory_mb: Megabytes | None
    max_memory_mb: Megabytes | None
    status: Status


class LatencyHead(Shape):
    """The first line: what is the same for all rows."""

    schema: Literal["slsloggrep.latency/1"]
    since: Time | None
    until: Time | None
    percentiles: Percentiles
    prices: Prices | None
    bin_edges_ms: list[Milliseconds]
    total: LatencyRow | None


class LatencyDocument(LatencyHead):
    """Running times, cold starts, memory, errors and cost by function."""

    coverage: Coverage
    functions: list[LatencyRow]
    slowest: list[SlowInvocation]


class FunctionLine(Shape):
    """A row."""

    function: LatencyRow


class SlowLine(Shape):
    """One of the slowest invocations."""

    slow: SlowInvocation


class Window(Shape):
    """A stretch of time, null where it is open."""

    since: Time | None
    until: Time | None


class LatencyChange(Shape):
    """A row before and after, and whether the difference is more than chance."""

    function: Text | None
    by: dict[str, str]
    before: LatencyRow | None
    after: LatencyRow | None
    p_value: Probability | None
    larger_than_chance: bool | None
    errors_p_value: Probability | None
    errors_larger_than_chance: bool | None


class ChangesDocument(Shape):
    """Running times before and after."""

    schema: Literal["slsloggrep.changes/1"]
    coverage: Coverage
    test: Annotated[str, Meta(description="How chance was judged.")] | None
    before: Window
    after: Window
    bin_edges_ms: list[Milliseconds]
    changes: list[LatencyChange]


class Redaction(Shape):
    """How much of one kind was taken out."""

    kind: str
    values: Count
    places: Count


class Onset(Shape):
    """When an incident began, as far as the logs tell."""

    time: Time | None
    fingerprint: Fingerprint
    calm_since: Time | None


class Activity(Shape):
    """What ran in one stretch of time."""

    start: Time | None
    until: Time | None
    invocations: Annotated[Count, Meta(description="Null: only crashes were counted.")] | None
    crashes: Count


class Affected(Shape):
    """A transaction that a crash is part of."""

    id: str
    time: Time | None
    function: Text | None
    kind: CrashKind
    fingerprint: Fingerprint
    recovered: Annotated[bool, Meta(description="Null: that was not looked at.")] | None


class ConsoleLink(Shape):
    """Where a console shows an invocation."""

    log_group: Text | None
    log_stream: Text | None
    request_id: Text | None
    start: Time | None
    label: str
    url: Annotated[str, Meta(pattern="^https?://", extra_json_schema={"format": "uri"})]


class ReportDocument(Shape):
    """An investigation; what a kind of report does not have is an empty list, or null."""

    schema: Literal["slsloggrep.report/1"]
    coverage: Coverage
    kind: ReportKind
    subject: Text | None
    question: Annotated[Text, Meta(description="The command that gives it.")] | None
    made_at: Time | None
    program: str
    since: Time | None
    until: Time | None
    searched: Annotated[Text, Meta(description="Why this window.")] | None
    notes: list[str]
    redactions: list[Redaction]
    transactions: list[Transaction]
    crashes: list[Crash]
    groups: list[CrashGroup]
    crash_reports: list[CrashParts]
    onset: Onset | None
    activity: list[Activity]
    affected: list[Affected]
    bin_edges_ms: list[Milliseconds]
    total: LatencyRow | None
    functions: list[LatencyRow]
    slowest: list[SlowInvocation]
    test: Annotated[str, Meta(description="How chance was judged in changes.")] | None
    before: Window | None
    changes: list[LatencyChange]
    events: list[Event]
    links: list[ConsoleLink]
