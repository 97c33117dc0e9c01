"""What many documents have in common: times, figures, coverage, events, invocations.

A field without a default is promised: it is there in every document, null where it is absent.
Nothing else is in a document of this version.
"""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct

from slsloggrep.model import IdKind, Level, Status

Time = Annotated[
    str,
    Meta(
        description="RFC 3339 in UTC, with milliseconds.",
        pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",
        extra_json_schema={"format": "date-time"},
    ),
]
Text = Annotated[str, Meta(min_length=1)]
"""What is empty is null."""
Count = Annotated[int, Meta(ge=0)]
Milliseconds = Annotated[float, Meta(description="Milliseconds.")]
Seconds = Annotated[float, Meta(description="Seconds.")]
Megabytes = Annotated[float, Meta(description="MB, as Lambda states them: 1,048,576 bytes each.")]
Bytes = Annotated[int, Meta(ge=0, description="Bytes.")]
Dollars = Annotated[float, Meta(description="US dollars.")]
Probability = Annotated[float, Meta(ge=0, le=1)]
LevelName = Annotated[str, Meta(extra_json_schema={"enum": [level.name for level in Level]})]
CrashKind = Annotated[
    str,
    Meta(
        description="How it ended: a status that is neither ok nor incomplete.",
        extra_json_schema={"enum": [status.value for status in Status if status.failed]},
    ),
]
Fingerprint = Annotated[
    str,
    Meta(
        description="Crashes with the same one are the same crash, in every run.",
        pattern="^[0-9a-f]{16}$",
    ),
]


class Shape(Struct, forbid_unknown_fields=True):
    """An object whose members are all known."""


class Gap(Shape):
    """Something that was asked for and could not be read."""

    what: str
    reason: str


class SourceCoverage(Shape):
    """What one source was asked for and what it could really read."""

    source: str
    complete: bool
    events: Count
    bytes: Annotated[Bytes, Meta(description="Bytes as transferred.")]
    raw_bytes: Annotated[Bytes, Meta(description="Bytes after decompression.")]
    requests: Count
    objects: Count
    gaps: list[Gap]
    notes: list[str]


class Coverage(Shape):
    """What the answer rests on."""

    complete: bool
    sources: list[SourceCoverage]


class Identifier(Shape):
    """A value that joins, in its canonical spelling."""

    kind: IdKind
    value: str


class Event(Shape):
    """One log event, as its source gave it."""

    timestamp: Time | None
    source: Text | None
    log_group: Text | None
    log_stream: Text | None
    function: Text | None
    request_id: Text | None
    level: LevelName | None
    message: Annotated[str, Meta(description="As stored.")]
    id: Text | None


class TailEvent(Event):
    """One log event that `tail` shows."""

    late_ms: (
        Annotated[int, Meta(description="It came late, and belongs so much further up.")] | None
    )


class Figures(Shape):
    """What is known of an invocation, one attempt of one function at one request."""

    function: Text | None
    request_id: Text | None
    log_group: Text | None
    log_stream: Text | None
    start: Time | None
    end: Time | None
    duration_ms: Milliseconds | None
    billed_ms: Milliseconds | None
    init_ms: Milliseconds | None
    restore_ms: Milliseconds | None
    memory_mb: Megabytes | None
    max_memory_mb: Megabytes | None
    timeout_s: Seconds | None
    cold_start: bool
    status: Status
    error_type: str | None
    error_message: str | None
    response: Annotated[Any, Meta(description="Any value; null may be one: states_response.")]
    states_response: bool
    produced_bytes: Bytes | None
    version: str | None
    complete: Annotated[
        bool, Meta(description="False: its start or its end was not among the events read.")
    ]
