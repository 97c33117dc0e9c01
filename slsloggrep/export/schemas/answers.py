"""Documents of `trace`, `grep`, `tail`, `crashes`, `--dry-run`, `ship`, whole and by the line."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from slsloggrep.export.schemas.common import (
    Bytes,
    Count,
    Coverage,
    CrashKind,
    Dollars,
    Event,
    Figures,
    Fingerprint,
    Identifier,
    LevelName,
    Milliseconds,
    Seconds,
    Shape,
    TailEvent,
    Text,
    Time,
)
from slsloggrep.model import IdKind, Status


class Evidence(Shape):
    """Why an invocation is a member of a transaction."""

    kind: IdKind
    value: str
    event_id: Text | None
    field: Text | None


class MemberEvent(Shape):
    """An event of a transaction's member."""

    id: Text | None
    timestamp: Time | None
    level: LevelName | None
    message: Annotated[str, Meta(description="As stored.")]
    mentions: Annotated[bool, Meta(description="It mentions what was asked for.")]


class Member(Figures):
    """An invocation as part of a transaction."""

    attempt: Annotated[int, Meta(ge=1)]
    batch: Annotated[bool, Meta(description="It served other transactions, too.")]
    joined_by: Annotated[list[Evidence], Meta(min_length=1)]
    events: list[MemberEvent]


class UnattributedEvent(Event):
    """An event that may belong to the transaction, but to no invocation that could be told."""

    mentions: bool
    run: Identifier | None


class TransactionHead(Shape):
    """A transaction without its invocations, as the first line of `-o ndjson` has it."""

    id: str
    start: Time | None
    end: Time | None
    duration_ms: Milliseconds | None
    status: Status
    identifiers: list[Identifier]
    hops_cut: Annotated[bool, Meta(description="There may be more: the bound on hops stopped it.")]
    unattributed: list[UnattributedEvent]


class Transaction(TransactionHead):
    """All invocations that served one request of the outside world."""

    invocations: list[Member]


class TraceDocument(Shape):
    """A transaction."""

    schema: Literal["slsloggrep.trace/1"]
    coverage: Coverage
    transaction: Transaction


class TraceHead(Shape):
    """The first line."""

    schema: Literal["slsloggrep.trace/1"]
    transaction: TransactionHead


class InvocationLine(Shape):
    """An invocation, in order of start."""

    invocation: Member


class CoverageLine(Shape):
    """The last line, without which the output is cut off."""

    coverage: Coverage


class GrepDocument(Shape):
    """Events that match, in order."""

    schema: Literal["slsloggrep.grep/1"]
    coverage: Coverage
    events: list[Event]


class TailDocument(Shape):
    """Events of what happened last, in order."""

    schema: Literal["slsloggrep.tail/1"]
    coverage: Coverage
    events: list[TailEvent]


class Crash(Shape):
    """An invocation, an init or a run of another service that did not end well."""

    time: Time | None
    function: Text | None
    request_id: Text | None
    log_group: Text | None
    log_stream: Text | None
    kind: CrashKind
    error_type: str | None
    message: str | None
    fingerprint: Fingerprint
    version: Text | None
    logged: Annotated[bool, Meta(description="No crash: an error that was only logged.")]
    title: str


class CrashGroup(Shape):
    """All crashes of one fingerprint."""

    fingerprint: Fingerprint
    function: Text | None
    kind: CrashKind
    error_type: str | None
    title: str
    count: Annotated[int, Meta(ge=1)]
    first_seen: Time | None
    last_seen: Time | None
    request_ids: list[str]
    functions: list[str]
    versions: list[str]
    is_new: Annotated[bool, Meta(description="Null: the time before was not looked at.")] | None


class CrashesDocument(Shape):
    """Crashes, the newest first, and groups of them, the most frequent first."""

    schema: Literal["slsloggrep.crashes/1"]
    coverage: Coverage
    crashes: list[Crash]
    groups: list[CrashGroup]


class CrashesHead(Shape):
    """The first line, which `-f` does without."""

    schema: Literal["slsloggrep.crashes/1"]


class CrashLine(Shape):
    """A crash."""

    crash: Crash


class GroupLine(Shape):
    """A group of crashes."""

    group: CrashGroup


class Frame(Shape):
    """One frame of a stack trace."""

    text: str
    function: Text | None
    file: Text | None
    line: int | None
    own: Annotated[bool, Meta(description="The user's own code.")]


class ShownCrash(Crash):
    """A crash with its stack trace and the events that show it."""

    frames: list[Frame]
    events: list[Event]


class FailedInvocation(Figures):
    """The invocation that failed, with its events."""

    events: list[Event]


class CrashEnvironment(Shape):
    """The environment of a crash, and what ran in it before."""

    log_group: Text | None
    log_stream: Text | None
    start: Time | None
    earlier: list[Figures]


class CrashTransaction(Shape):
    """The transaction that a crash is part of; `trace` has the events."""

    id: str
    start: Time | None
    end: Time | None
    status: Status
    identifiers: list[Identifier]
    hops_cut: bool
    upstream: list[Figures]
    downstream: list[Figures]


class Undone(Shape):
    """What usually runs after a function, and did not run after it crashed."""

    function: str
    seen: Count
    compared: Count


class CrashParts(Shape):
    """All that the logs know of one crash."""

    crash: ShownCrash
    alike: Annotated[int, Meta(ge=1, description="Crashes of the same fingerprint, with this.")]
    what_happened: list[str]
    advice: list[str]
    invocation: FailedInvocation | None
    environment: CrashEnvironment
    attempts: list[Figures]
    transaction: CrashTransaction | None
    undone: list[Undone]


class CrashDocument(CrashParts):
    """One crash."""

    schema: Literal["slsloggrep.crash/1"]
    coverage: Coverage


class NoCrashDocument(Shape):
    """What stands for it where no such crash was found."""

    schema: Literal["slsloggrep.crash/1"]
    coverage: Coverage
    crash: None
    alike: None
    what_happened: None
    advice: None
    invocation: None
    environment: None
    attempts: None
    transaction: None
    undone: None


class PlannedRead(Shape):
    """What would be read of a source, null where nothing tells beforehand."""

    source: str
    what: str
    engine: str
    calls: Count | None
    bytes: Bytes | None
    dollars: Dollars | None


class PlanTotal(Shape):
    """Sums of what is known."""

    calls: Count | None
    bytes: Bytes | None
    dollars: Dollars | None


class PlanDocument(Shape):
    """What a command would read: `--dry-run`."""

    schema: Literal["slsloggrep.plan/1"]
    coverage: Coverage
    since: Time | None
    until: Time | None
    reads: list[PlannedRead]
    total: PlanTotal
    unknown: list[str]


class ShippedDocuments(Shape):
    """Documents by what became of them."""

    events: Count
    invocations: Count
    created: Count
    existing: Count
    replaced: Count
    rejected: Count
    unsent: Count
    resent: Count


class Rejection(Shape):
    """A document that the index did not take."""

    index: str
    id: str
    kind: Text | None
    reason: str


class ShipDocument(Shape):
    """What was put into an index."""

    schema: Literal["slsloggrep.ship/1"]
    coverage: Coverage
    to: str
    index: str
    documents: ShippedDocuments
    bytes: Bytes
    requests: Count
    seconds: Seconds | None
    rejections: list[Rejection]
    failure: str | None
