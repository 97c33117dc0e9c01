"""Log streams in small: events of one environment, as Lambda writes them, and their parsing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from slsloggrep.model import Event, Invocation, Record
from slsloggrep.parse import Parser
from slsloggrep.stitch import Stitched, stitch

T0 = 1_795_431_600_000
A = "aaaaaaaa-0000-4000-8000-00000000000a"
B = "bbbbbbbb-0000-4000-8000-00000000000b"
C = "cccccccc-0000-4000-8000-00000000000c"
TRACE = "1-6b041cb0-0123456789abcdef01234567"
TRACE_2 = "1-6b041cb1-89abcdef0123456701234567"
GROUP = "/aws/lambda/pay"
STREAM = "2026/11/23/[$LATEST]00000000000000000000000000000001"


def start(request_id: str) -> str:
    return f"START RequestId: {request_id} Version: $LATEST\n"


def end(request_id: str) -> str:
    return f"END RequestId: {request_id}\n"


def report(
    request_id: str,
    *,
    duration: float = 10,
    memory: int = 128,
    used: int = 64,
    init: float | None = None,
    status: str = "",
    error_type: str = "",
    trace: str = "",
) -> str:
    line = (
        f"REPORT RequestId: {request_id}\tDuration: {duration:.2f} ms\tBilled Duration: 11 ms\t"
        f"Memory Size: {memory} MB\tMax Memory Used: {used} MB\t"
    )
    if init is not None:
        line += f"Init Duration: {init:.2f} ms\t"
    if status:
        line += f"Status: {status}"
    if error_type:
        line += f"\tError Type: {error_type}"
    if trace:
        line += f"\nXRAY TraceId: {trace}\tSegmentId: 0123456789abcdef\tSampled: true\t"
    return line + "\n"


def log(request_id: str, text: str, level: str = "INFO") -> str:
    """Return a line of Node.js."""
    return f"2026-11-23T11:00:00.000Z\t{request_id}\t{level}\t{text}\n"


def platform(kind: str, **record: Any) -> str:
    return json.dumps({"time": "x", "type": f"platform.{kind}", "record": record})


def document(**fields: Any) -> str:
    return json.dumps(fields)


INIT = "INIT_START Runtime Version: nodejs:20.v15\tRuntime Version ARN: arn:aws:lambda:x\n"
EXTENSION = "EXTENSION\tName: agent\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n"


def init_report(phase: str, status: str, error_type: str = "") -> str:
    tail = f"\tError Type: {error_type}" if error_type else ""
    return f"INIT_REPORT Init Duration: 206.72 ms\tPhase: {phase}\tStatus: {status}{tail}\n"


def events(
    lines: Iterable[tuple[int, str]],
    *,
    group: str = GROUP,
    stream: str = STREAM,
    ids: bool = True,
) -> list[Event]:
    """Return the events of one stream: offsets from T0 in ms, and messages, in order."""
    return [
        Event(
            T0 + offset,
            message,
            group,
            stream,
            f"{T0 + offset:044d}{position:012d}" if ids else "",
            "test",
            "object",
            position,
        )
        for position, (offset, message) in enumerate(lines)
    ]


def parse(found: Iterable[Event], *id_keys: str) -> list[Record]:
    parser = Parser(id_keys=id_keys)
    return [parser.parse(event) for event in found]


def join(lines: Iterable[tuple[int, str]], **place: Any) -> Stitched:
    """Return one stream stitched, after checking that every record is in exactly one place."""
    found = events(lines, **place)
    stitched = stitch(parse(found))
    check_whole(found, stitched)
    return stitched


def only(lines: Iterable[tuple[int, str]], **place: Any) -> Invocation:
    """Return the single invocation that the lines make, with nothing left over."""
    stitched = join(lines, **place)
    assert stitched.unattributed == ()
    (invocation,) = stitched.invocations
    return invocation


def check_whole(found: list[Event], stitched: Stitched) -> None:
    records = [r for i in stitched.invocations for r in i.records] + list(stitched.unattributed)
    assert sorted(r.event for r in records) == sorted(found)
    for invocation in stitched.invocations:
        times = [record.event.order for record in invocation.records]
        assert times == sorted(times)


def texts(invocation: Invocation) -> list[str]:
    return [record.event.message for record in invocation.records]


def left(stitched: Stitched) -> list[str]:
    return [record.event.message for record in stitched.unattributed]
