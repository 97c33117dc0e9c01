"""Concludes from an invocation's records how it ended and what it cost.

Failure shows in at least five places, and none of them always exists: the status of REPORT, that
of platform.runtimeDone, an old-style fault or timeout line, a runtime's own report of an unhandled
error, and an init report. This module weighs them; which records belong to the invocation was
decided before.

Statuses and error types: AWS Lambda Developer Guide, lambda-runtime-environment (failures during
init and invoke) and telemetry-schema-reference; the vocabulary of error types is open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from slsloggrep.model import ErrorInfo, Fact, Invocation, Level, Platform, Record, Status
from slsloggrep.parse import function_of

_INIT_ERRORS = frozenset(
    {
        "Runtime.ImportModuleError",
        "Runtime.HandlerNotFound",
        "Runtime.MalformedHandlerName",
        "Runtime.UserCodeSyntaxError",
        "Runtime.InitError",
        "Runtime.InvalidEntrypoint",
        "Runtime.InvalidWorkingDir",
        "Runtime.InvalidTaskConfig",
        "Runtime.BuiltInModuleConflict",
        "Runtime.RestoreHookUserTimeout",
        "Runtime.BeforeSnapshotError",
        "Runtime.AfterRestoreError",
    }
)
_TIMEOUT_ERRORS = frozenset({"Sandbox.Timedout", "Sandbox.Timeout", "Runtime.InvokeTimeout"})
_EXIT_ERRORS = frozenset({"Runtime.ExitError", "Runtime.NodeJsExit", "Runtime.Unknown"})
_INIT_REPORTS = frozenset({Fact.INIT_REPORT, Fact.RESTORE_REPORT})
_INIT_STARTS = frozenset({Fact.INIT_START, Fact.RESTORE_START, *_INIT_REPORTS})


def conclude(records: list[Record]) -> Invocation:
    """Return the invocation that a run of records makes; `records` is not empty and in order.

    Durations are ms, memory is MB (as REPORT gives it); what no record states is None.
    """
    facts = [record.platform for record in records if record.platform is not None]
    start = _time(records, Fact.START)
    report = _last(facts, lambda platform: platform.fact is Fact.REPORT)
    done = _last(facts, lambda platform: platform.fact is Fact.RUNTIME_DONE)
    end = _time(records, Fact.REPORT, Fact.RUNTIME_DONE, Fact.END)
    status = _status(facts, report, done, ended=end is not None)
    error = _error(records, status)
    duration = _first_of(report, done, attribute="duration_ms")
    first, last = records[0].event.timestamp, records[-1].event.timestamp
    if start is None:
        ended_at = end if end is not None else last
        start = min(first, round(ended_at - duration)) if duration is not None else first
    stated = _last(records, lambda record: record.states_response)
    init_reports = [f.duration_ms for f in facts if f.fact is Fact.INIT_REPORT and f.duration_ms]
    init_ms = report.init_ms if report and report.init_ms is not None else None
    return Invocation(
        function=_function(records),
        request_id=_request_id(records),
        log_group=records[0].event.log_group,
        log_stream=records[0].event.log_stream,
        start=start,
        end=max(start, end if end is not None else last),
        duration_ms=duration,
        billed_ms=report.billed_ms if report else None,
        init_ms=init_ms if init_ms is not None else (init_reports[-1] if init_reports else None),
        restore_ms=report.restore_ms if report else None,
        memory_mb=report.memory_mb if report else None,
        max_memory_mb=report.max_memory_mb if report else None,
        cold_start=init_ms is not None
        or bool(report and report.restore_ms is not None)
        or any(f.fact in _INIT_STARTS for f in facts),
        status=status,
        error_type=(error.type if error else None)
        or (_first_of(report, done, attribute="error_type") if status.failed else None),
        error_message=error.message if error else None,
        response=stated.response if stated else None,
        states_response=stated is not None,
        version=next((f.version for f in facts if f.version), None),
        produced_bytes=_first_of(done, report, attribute="produced_bytes"),
        timeout_s=next((f.timeout_s for f in facts if f.timeout_s is not None), None),
        records=tuple(records),
        complete=_time(records, Fact.START) is not None and end is not None,
    )


def _status(
    facts: list[Platform], report: Platform | None, done: Platform | None, *, ended: bool
) -> Status:
    for platform in (report, done):
        if platform is not None and platform.status is not None:
            status = _stated_status(platform.status, platform.error_type or "")
            if status is Status.OK:
                return status
            return _init_or(status, facts)
    for platform in facts:
        if platform.fact is Fact.TIMEOUT:
            return Status.TIMEOUT
    for platform in facts:
        if platform.fact is Fact.FAULT:
            return _init_or(_fault_status(platform, report), facts)
    for platform in facts:
        if platform.fact is Fact.UNHANDLED:
            return _init_or(_stated_status("error", platform.error_type or ""), facts)
    if report is None and any(
        f.fact in _INIT_REPORTS and f.status in ("error", "timeout", "failure") for f in facts
    ):
        extension = any((f.error_type or "").startswith("Extension.") for f in facts)
        return Status.EXTENSION if extension else Status.INIT_ERROR
    return Status.OK if ended else Status.INCOMPLETE


def _stated_status(status: str, error_type: str) -> Status:
    if status == "success":
        return Status.OK
    if status == "timeout" or error_type in _TIMEOUT_ERRORS:
        return Status.TIMEOUT
    if error_type == "Runtime.OutOfMemory":
        return Status.OOM
    if error_type.startswith("Extension."):
        return Status.EXTENSION
    if error_type in _INIT_ERRORS:
        return Status.INIT_ERROR
    if error_type in _EXIT_ERRORS:
        return Status.EXIT
    return Status.ERROR


def _init_or(status: Status, facts: list[Platform]) -> Status:
    """Tell an exit of the runtime while it initialised from one in the handler."""
    if status in (Status.EXIT, Status.ERROR) and any(
        f.fact in _INIT_REPORTS and f.phase == "invoke" and f.status not in (None, "success")
        for f in facts
    ):
        return Status.INIT_ERROR
    if status in (Status.EXIT, Status.ERROR):
        failed = [f for f in facts if f.fact in _INIT_REPORTS and f.status not in (None, "success")]
        handled = any(f.fact is Fact.RUNTIME_DONE and f.status == "success" for f in facts)
        if failed and not handled and any((f.error_type or "") in _INIT_ERRORS for f in failed):
            return Status.INIT_ERROR
    return status


def _fault_status(fault: Platform, report: Platform | None) -> Status:
    """Weigh an old-style fault line: killed with its memory used up is out of memory."""
    if fault.error_type in _TIMEOUT_ERRORS:
        return Status.TIMEOUT
    if fault.error_type == "Runtime.OutOfMemory":
        return Status.OOM
    if (
        fault.status == "killed"
        and report is not None
        and report.max_memory_mb is not None
        and report.memory_mb is not None
        and report.max_memory_mb >= report.memory_mb
    ):
        return Status.OOM
    if (fault.error_type or "").startswith("Extension."):
        return Status.EXTENSION
    return Status.EXIT


def _error(records: list[Record], status: Status) -> ErrorInfo | None:
    """Return the error that tells most about a failure: the runtime's own report, else the last."""
    if not status.failed:
        return None
    errors = [record for record in records if record.error is not None]
    unhandled = [record for record in errors if record.error and record.error.unhandled]
    loud = [r for r in errors if r.level is not None and r.level >= Level.ERROR]
    candidates = unhandled or (loud if status in (Status.ERROR, Status.INIT_ERROR) else [])
    if not candidates:
        candidates = [r for r in errors if r.fact in (Fact.FAULT, Fact.TIMEOUT)]
    return candidates[-1].error if candidates else None


def _function(records: list[Record]) -> str:
    first = records[0].event
    named = next((record.function for record in records if record.function), None)
    if first.log_group.startswith("/aws/lambda/") or not named:
        return function_of(first.log_group, first.log_stream) or named or ""
    return named


def _request_id(records: list[Record]) -> str | None:
    for record in records:
        if record.platform is not None and record.platform.request_id:
            return record.platform.request_id
    return next((record.request_id for record in records if record.request_id), None)


def _time(records: list[Record], *facts: Fact) -> int | None:
    """Return the time of the first of these facts, tried in their order; of REPORT the last."""
    for fact in facts:
        times = [record.event.timestamp for record in records if record.fact is fact]
        if times:
            return times[0] if fact is Fact.START else times[-1]
    return None


def _last(items: Iterable[Any], accept: Callable[[Any], bool]) -> Any:
    return next((item for item in reversed(list(items)) if accept(item)), None)


def _first_of(*platforms: Platform | None, attribute: str) -> Any:
    for platform in platforms:
        if platform is not None and getattr(platform, attribute) is not None:
            return getattr(platform, attribute)
    return None
