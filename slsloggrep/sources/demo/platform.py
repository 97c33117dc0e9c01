"""What the platform writes around a handler: START, END, REPORT and their JSON counterparts.

Exact bytes of both log formats, tabs and trailing characters included. Sources: recorded streams
of the real service and the AWS Lambda Developer Guide (monitoring-cloudwatchlogs,
telemetry-schema-reference, lambda-runtime-environment). The handler's own lines are `runtimes`'.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import Any

from slsloggrep.sources.demo import spellings
from slsloggrep.sources.demo.runtimes import Request, compact
from slsloggrep.sources.demo.shop import REGION, Function


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """The figures with which an invocation ends."""

    duration_ms: float
    memory_used_mb: int
    init_ms: float | None = None
    """None for a warm start. A restore, where the function has SnapStart."""
    status: str | None = None
    """As REPORT writes it: `error` or `timeout`; None where the runtime lived on."""
    error_type: str | None = None
    failed: bool = False
    """The handler raised, and the runtime lived on: JSON says `failure`, text says nothing."""


def write_init(function: Function, stream: str, at: float) -> str:
    """Write the event that begins an environment: INIT_START, RESTORE_START or their JSON."""
    runtime_arn = (
        f"arn:aws:lambda:{REGION}::runtime:{hashlib.sha256(function.runtime.encode()).hexdigest()}"
    )
    if function.json_platform:
        return _event(
            at,
            "platform.initStart",
            {
                "initializationType": "on-demand",
                "phase": "init",
                "runtimeVersion": function.runtime,
                "runtimeVersionArn": runtime_arn,
                "functionName": function.name,
                "functionVersion": function.version,
                "instanceId": stream,
                "instanceMaxMemory": function.memory_mb * 1024 * 1024,
            },
        )
    word = "RESTORE_START" if function.snap_start else "INIT_START"
    return f"{word} Runtime Version: {function.runtime}\tRuntime Version ARN: {runtime_arn}\n"


def write_init_done(function: Function, at: float, init_ms: float) -> list[str]:
    """Write what follows a good init or restore: often nothing, it depends on the function."""
    if function.snap_start:
        return [f"RESTORE_REPORT Restore Duration: {init_ms:.2f} ms\n"]
    if function.debug_platform:
        common = {"initializationType": "on-demand", "phase": "init", "status": "success"}
        return [
            _event(at, "platform.initRuntimeDone", common),
            _event(
                at, "platform.initReport", {**common, "metrics": {"durationMs": round(init_ms, 3)}}
            ),
        ]
    return []


def write_init_failed(phase: str, init_ms: float, error_type: str) -> str:
    """Write the INIT_REPORT of a failed init; `phase` is `init`, or `invoke` for its repetition."""
    return (
        f"INIT_REPORT Init Duration: {init_ms:.2f} ms\tPhase: {phase}\t"
        f"Status: error\tError Type: {error_type}\n"
    )


def write_extension(name: str) -> str:
    """Write the line with which an extension reports for duty."""
    return f"EXTENSION\tName: {name}\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n"


def write_start(request: Request, at: float) -> str:
    """Write START or platform.start."""
    function = request.function
    if function.json_platform:
        record = {
            "requestId": request.request_id,
            "functionArn": function.arn,
            "version": function.version,
            **_tracing(request),
        }
        return _event(at, "platform.start", record)
    return f"START RequestId: {request.request_id} Version: {function.version}\n"


def write_end(request: Request, at: float, ending: Ending) -> list[str]:
    """Write END and REPORT, or the JSON events in their place."""
    return (
        _json_end(request, at, ending)
        if request.function.json_platform
        else _text_end(request, ending)
    )


def write_old_timeout(request: Request, at: float) -> str:
    """Write the line of the older style of timeout: spaces, and two newlines at its end."""
    seconds = f"{request.function.timeout_s:.2f}"
    return f"{spellings.iso(at)} {request.request_id} Task timed out after {seconds} seconds\n\n"


def _text_end(request: Request, ending: Ending) -> list[str]:
    function = request.function
    started = ending.init_ms or 0.0
    starting: list[str] = []
    if function.snap_start and started:
        billed_restore = math.ceil(started * 0.6)  # less than the restore took, and shown
        starting.append(f"Restore Duration: {started:.2f} ms")
        starting.append(f"Billed Restore Duration: {billed_restore} ms")
        billed = math.ceil(ending.duration_ms) + billed_restore
    else:
        billed = math.ceil(ending.duration_ms + started)  # an init is billed since 2025-08
        if started:
            starting.append(f"Init Duration: {started:.2f} ms")
    parts = [
        f"Duration: {ending.duration_ms:.2f} ms",
        f"Billed Duration: {billed} ms",
        f"Memory Size: {function.memory_mb} MB",
        f"Max Memory Used: {ending.memory_used_mb} MB",
        *starting,
    ]
    if ending.status is not None:
        parts.append(f"Status: {ending.status}")
    if ending.error_type is not None:
        parts.append(f"Error Type: {ending.error_type}")
    # the tab before the newline is there only where no status was written
    report = "\t".join(parts) + ("\n" if ending.status else "\t\n")
    if request.trace_id is not None:
        report += (
            f"XRAY TraceId: {request.trace_id}\tSegmentId: {request.span_id}\tSampled: true\t\n"
        )
    return [
        f"END RequestId: {request.request_id}\n",
        f"REPORT RequestId: {request.request_id}\t{report}",
    ]


def _json_end(request: Request, at: float, ending: Ending) -> list[str]:
    function = request.function
    status = ending.status or ("failure" if ending.failed else "success")
    outcome: dict[str, Any] = {"requestId": request.request_id, "status": status}
    if ending.error_type is not None:
        outcome["errorType"] = ending.error_type
    metrics: dict[str, Any] = {
        "durationMs": round(ending.duration_ms, 3),
        "billedDurationMs": math.ceil(ending.duration_ms + (ending.init_ms or 0.0)),
        "memorySizeMB": function.memory_mb,
        "maxMemoryUsedMB": ending.memory_used_mb,
    }
    if ending.init_ms is not None:
        metrics["initDurationMs"] = round(ending.init_ms, 3)
    events = []
    if function.debug_platform:
        done = {"durationMs": round(ending.duration_ms - 0.4, 3), "producedBytes": 176}
        events.append(
            _event(at, "platform.runtimeDone", {**outcome, "metrics": done, **_tracing(request)})
        )
    events.append(
        _event(at, "platform.report", {**outcome, "metrics": metrics, **_tracing(request)})
    )
    return events


def _tracing(request: Request) -> dict[str, Any]:
    if request.trace_id is None:
        return {}
    value = f"Root={request.trace_id};Parent={request.span_id};Sampled=1"
    return {
        "tracing": {"spanId": request.span_id, "type": "X-Amzn-Trace-Id", "value": value},
    }


def _event(at: float, kind: str, record: dict[str, Any]) -> str:
    return compact({"time": spellings.iso(at), "type": kind, "record": record})
