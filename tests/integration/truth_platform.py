"""What the platform writes around a handler, in text and in JSON.

Byte for byte as recorded streams and the AWS Lambda Developer Guide show them
(lambda-runtime-environment, telemetry-schema-reference): tabs between fields, a tab before the
newline only where no status was written, the X-Ray tail inside of the REPORT event.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from truth_model import Function, Request

EXTENSION = "audit-agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What REPORT states."""

    duration_us: int
    billed_ms: int
    used_mb: int
    init_us: int | None = None
    status: str | None = None
    """`error`, `timeout`, or JSON's `failure`, which text does not show; None: success."""
    error_type: str | None = None


def iso(time: int) -> str:
    """Spell a time with milliseconds."""
    return f"{iso_seconds(time)[:-1]}.{time % 1000:03}Z"


def iso_seconds(time: int) -> str:
    """Spell a time with seconds only."""
    return datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def compact(value: object) -> str:
    """Spell a value as JSON without spaces."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def millis(us: int) -> str:
    """Spell a duration as REPORT does."""
    assert us % 10 == 0, "text holds hundredths of a millisecond"
    return f"{us // 1000}.{us % 1000 // 10:02} ms"


def event(time: int, kind: str, record: dict[str, Any]) -> str:
    """Spell a platform event."""
    return compact({"time": iso(time), "type": f"platform.{kind}", "record": record})


def init_start(function: Function, stream: str, time: int) -> str:
    """Spell the beginning of an init, or of a restore."""
    arn = f"arn:aws:lambda:us-east-1::runtime:{hashlib.sha256(b'runtime').hexdigest()}"
    if function.json:
        record = {
            "initializationType": function.mode,
            "phase": "init",
            "runtimeVersion": f"{function.runtime}.v11",
            "runtimeVersionArn": arn,
            "functionName": function.name,
            "functionVersion": function.version,
            "instanceId": stream,
            "instanceMaxMemory": function.memory_mb * 1024 * 1024,
        }
        return event(time, "initStart", record)
    word = "RESTORE_START" if function.mode == "snap-start" else "INIT_START"
    return f"{word} Runtime Version: {function.runtime}.v11\tRuntime Version ARN: {arn}\n"


def init_report(
    function: Function,
    time: int,
    us: int,
    *,
    phase: str = "init",
    status: str | None = None,
    error_type: str | None = None,
) -> str:
    """Spell the report of an init; `status` None: it went well."""
    if function.json:
        record: dict[str, Any] = {
            "initializationType": function.mode,
            "phase": phase,
            "status": status or "success",
            "metrics": {"durationMs": us / 1000},
        }
        if error_type:
            record["errorType"] = error_type
        return event(time, "initReport", record)
    pieces = [f"INIT_REPORT Init Duration: {millis(us)}"]
    if status:
        pieces += [f"Phase: {phase}", f"Status: {status}"]
    if error_type:
        pieces.append(f"Error Type: {error_type}")
    return "\t".join(pieces) + "\n"


def restore_report(us: int, status: str | None = None, error_type: str | None = None) -> str:
    """Spell the report of a restore, as text."""
    pieces = [f"RESTORE_REPORT Restore Duration: {millis(us)}"]
    if status:
        pieces.append(f"Status: {status}")
    if error_type:
        pieces.append(f"Error Type: {error_type}")
    return "\t".join(pieces) + "\n"


def extension(function: Function, time: int) -> str:
    """Spell how an extension reports for duty."""
    if function.json:
        record = {"name": EXTENSION, "state": "Ready", "events": ["INVOKE", "SHUTDOWN"]}
        return event(time, "extension", record)
    return f"EXTENSION\tName: {EXTENSION}\tState: Ready\tEvents: [INVOKE, SHUTDOWN]\n"


def image(error: str) -> str:
    """Spell that a container's image could not be started."""
    return f"IMAGE\tLaunch error: {error}\tEntrypoint: [/main]\tCmd: [handler]\tWorkingDir: [/]\n"


def subscriptions(function: Function, time: int) -> list[str]:
    """Spell what extensions subscribe to, and that some logs were lost."""
    if not function.json:
        return [
            f"TELEMETRY\tName: {EXTENSION}\tState: Subscribed\tTypes: [Platform, Function]\n",
            f"LOGS\tName: {EXTENSION}\tState: Subscribed\tTypes: [Platform]\n",
        ]
    lost = {"reason": "the downstream consumer is slow", "droppedRecords": 3, "droppedBytes": 99}
    subscribed = {"name": EXTENSION, "state": "Subscribed", "types": ["platform", "function"]}
    return [event(time, "telemetrySubscription", subscribed), event(time, "logsDropped", lost)]


def start(function: Function, request: Request, time: int) -> str:
    """Spell the beginning of an invocation."""
    if not function.json:
        return f"START RequestId: {request.id} Version: {function.version}\n"
    record = {
        "requestId": request.id,
        "functionArn": function.arn,
        "version": function.version,
        **_tracing(function, request),
    }
    return event(time, "start", record)


def end(function: Function, request: Request, time: int, ending: Ending) -> list[str]:
    """Spell the end of an invocation: what precedes REPORT, and REPORT."""
    if function.json:
        return _json_end(function, request, time, ending)
    pieces = [
        f"REPORT RequestId: {request.id}",
        f"Duration: {millis(ending.duration_us)}",
        f"Billed Duration: {ending.billed_ms} ms",
        f"Memory Size: {function.memory_mb} MB",
        f"Max Memory Used: {ending.used_mb} MB",
    ]
    if ending.init_us is not None:
        word = "Restore" if function.mode == "snap-start" else "Init"
        pieces.append(f"{word} Duration: {millis(ending.init_us)}")
        if word == "Restore":
            pieces.append(f"Billed Restore Duration: {ending.init_us * 3 // 5000} ms")
    shown = ending.status if ending.status in ("error", "timeout") else None
    if shown:
        pieces.append(f"Status: {shown}")
        if ending.error_type:
            pieces.append(f"Error Type: {ending.error_type}")
    report = "\t".join(pieces) + ("\n" if shown else "\t\n")
    if function.xray:
        report += (
            f"XRAY TraceId: {request.trace_id}\tSegmentId: {request.span_id}\tSampled: true\t\n"
        )
    return [f"END RequestId: {request.id}\n", report]


def timeout_line(function: Function, request: Request, time: int) -> str:
    """Spell the old style's line of a timeout: parted by spaces, ended by two newlines."""
    seconds = f"{function.limit_ms // 1000}.{function.limit_ms % 1000 // 10:02}"
    return f"{iso(time)} {request.id} Task timed out after {seconds} seconds\n\n"


def fault_line(request: Request, reason: str) -> str:
    """Spell the old style's line of a runtime that ended."""
    return f"RequestId: {request.id} Error: {reason}\nRuntime.ExitError\n"


def _json_end(function: Function, request: Request, time: int, ending: Ending) -> list[str]:
    status = ending.status or "success"
    stated: dict[str, Any] = {"requestId": request.id}
    if ending.error_type:
        stated["errorType"] = ending.error_type
    metrics: dict[str, Any] = {"durationMs": ending.duration_us / 1000}
    if function.mode != "lambda-managed-instances":
        metrics |= {
            "billedDurationMs": ending.billed_ms,
            "memorySizeMB": function.memory_mb,
            "maxMemoryUsedMB": ending.used_mb,
        }
    if ending.init_us is not None:
        metrics["initDurationMs"] = ending.init_us / 1000
    tracing = _tracing(function, request)
    done = {
        **stated,
        "status": status,
        # the runtime was done before the platform was
        "metrics": {"durationMs": max(0, ending.duration_us - 417) / 1000, "producedBytes": 176},
    }
    # real reports hold the status last
    report = {**stated, "metrics": metrics, **tracing, "status": status}
    events = [event(time, "report", report)]
    if function.level == "DEBUG":
        events.insert(0, event(time, "runtimeDone", {**done, **tracing}))
    return events


def _tracing(function: Function, request: Request) -> dict[str, Any]:
    if not function.xray:
        return {}
    value = f"Root={request.trace_id};Parent={request.span_id};Sampled=1"
    return {"tracing": {"spanId": request.span_id, "type": "X-Amzn-Trace-Id", "value": value}}
