"""Values for the tests of what is shown: a checkout whose payment fails, and is tried again."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console, RenderableType

from slsloggrep.model import (
    Coverage,
    ErrorInfo,
    Event,
    Evidence,
    Fact,
    Gap,
    Identifier,
    IdKind,
    Invocation,
    Level,
    Member,
    Platform,
    Record,
    Status,
    Transaction,
)

T0 = 1_795_453_200_123
ORDER = Identifier(IdKind.CORRELATION_ID, "ord-8841")
TRACE = Identifier(IdKind.XRAY_TRACE_ID, "1-6ac7d556-032906e375c910cf42cb849e")
DECLINED = ErrorInfo(type="Declined", message="card expired", unhandled=True)
TRACEBACK = 'Declined: card expired\nTraceback:\n  File "app.py", line 42\n    charge()'


def event(offset: int, message: str, function: str = "checkout", ordinal: int = 0) -> Event:
    """Return an event so many ms after T0, with an ID of 56 digits."""
    event_id = f"{T0 + offset:052d}{ordinal:04d}"
    group = f"/aws/lambda/{function}"
    return Event(T0 + offset, message, group, "2026/11/23/[$LATEST]aa11", event_id, "demo:")


def record(offset: int, message: str, function: str = "checkout", **parts: Any) -> Record:
    """Return a record so many ms after T0 whose text is its message, unless said otherwise."""
    parts.setdefault("text", message)
    return Record(event=event(offset, message + "\n", function), **parts)


def fact(offset: int, fact_: Fact, message: str, function: str, **figures: Any) -> Record:
    """Return a record of the platform."""
    return record(offset, message, function, platform=Platform(fact=fact_, **figures))


def invocation(
    function: str, request_id: str, offset: int, duration: int, *inner: Record, **parts: Any
) -> Invocation:
    """Return an invocation with START, the given records and a REPORT."""
    init, status = parts.get("init_ms"), parts.get("status", Status.OK)
    figures = {"duration_ms": float(duration), "memory_mb": 256.0, "max_memory_mb": 91.0}
    records = (
        fact(offset, Fact.START, f"START RequestId: {request_id}", function, version="$LATEST"),
        *inner,
        fact(
            offset + duration,
            Fact.REPORT,
            f"REPORT RequestId: {request_id}\tDuration: {duration}.00 ms\t",
            function,
            init_ms=init,
            status=None if status is Status.OK else status.value,
            **figures,
        ),
    )
    return Invocation(
        function=function,
        request_id=request_id,
        log_group=f"/aws/lambda/{function}",
        log_stream="2026/11/23/[$LATEST]aa11",
        start=T0 + offset,
        end=T0 + offset + duration,
        records=records,
        **{**figures, "status": Status.OK, "cold_start": init is not None, **parts},
    )


def member(
    invocation_: Invocation, *mentions: int, attempt: int = 1, by: Identifier = ORDER, **parts: Any
) -> Member:
    """Return a member that its second record joined."""
    evidence = Evidence(by, invocation_.records[1].event)
    return Member(
        invocation=invocation_,
        attempt=attempt,
        joined_by=(evidence,),
        mentions=frozenset(mentions),
        **parts,
    )


def checkout(*, response: Any = None) -> Transaction:
    """Return a transaction of two functions; the second fails and is tried again after 2 min."""
    answer = {"statusCode": 202, "body": "pending"} if response is None else response
    return Transaction(
        id="ord-8841",
        identifiers=(ORDER, TRACE),
        members=(
            member(
                invocation(
                    "checkout",
                    "11111111-1111-4111-8111-111111111111",
                    0,
                    1000,
                    record(3, "order ord-8841 received", level=Level.INFO),
                    record(40, "cache miss", level=Level.DEBUG),
                    record(50, "stock is low", level=Level.WARN),
                    init_ms=400.0,
                    response=answer,
                    states_response=True,
                ),
                1,
            ),
            member(
                invocation(
                    "charge-card",
                    "22222222-2222-4222-8222-222222222222",
                    1100,
                    900,
                    record(1900, TRACEBACK, "charge-card", level=Level.ERROR, error=DECLINED),
                    status=Status.ERROR,
                    error_type="Declined",
                    error_message="card expired",
                ),
                by=TRACE,
            ),
            member(
                invocation(
                    "charge-card",
                    "22222222-2222-4222-8222-222222222222",
                    122_000,
                    3000,
                    record(122_010, "charging", "charge-card", level=Level.INFO),
                    status=Status.TIMEOUT,
                    error_message="Task timed out after 3.00 seconds",
                ),
                attempt=2,
                by=TRACE,
            ),
        ),
        unattributed=(record(1950, "gateway: ord-8841 -> 402", "proxy"),),
        unattributed_mentions=frozenset({0}),
    )


COVERAGE = (
    Coverage(source="s3://b/logs", events=9, bytes=1000, raw_bytes=9000, requests=4, objects=3),
)
GAPPED = (
    Coverage(
        source="s3://b/logs",
        gaps=(
            Gap("a.gz", "truncated"),
            Gap("b.gz", "denied"),
            Gap("c.gz", "truncated"),
            Gap("d.gz", "truncated"),
            Gap("e.gz", "truncated"),
        ),
        notes=("times were taken from object names",),
    ),
)


def show(
    renderable: RenderableType,
    width: int = 80,
    *,
    terminal: bool = True,
    colour: bool = False,
    encoding: str = "utf-8",
) -> str:
    """Return what a console of these properties writes, bytes decoded again."""
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    console = Console(
        file=stream,
        width=width,
        force_terminal=terminal,
        color_system="standard" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        _environ={},
    )
    console.print(renderable, soft_wrap=not terminal)
    stream.flush()
    return raw.getvalue().decode(encoding)
