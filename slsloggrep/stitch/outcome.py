"""Concludes from an invocation's records how it ended and what it cost.

Failure shows in at least five places, and none of them always exists: the status of REPORT, that
of platform.runtimeDone, an old-style fault or timeout line, a runtime's own report of an unhandled
error, and an init report. This module weighs them; which records belong to the invocation was
decided before. Facts that name another request (a callee's error payload that was printed) are
shown, but say nothing of this one.

Statuses and error types: AWS Lambda Developer Guide, lambda-runtime-environment (failures during
init and invoke); what each means by itself is `slsloggrep.parse.endings`' knowledge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from slsloggrep.model import ErrorInfo, Fact, Invocation, Level, Platform, Record, Status
from slsloggrep.parse import function_of
from slsloggrep.parse.endings import (
    BAD_STATUSES,
    INIT_ERRORS,
    TIMEOUT_ERRORS,
    is_failing,
    status_of,
)
from slsloggrep.parse.pieces import Stated, errors_in

_INIT_STARTS = frozenset({Fact.INIT_START, Fact.RESTORE_START})
_INIT_REPORTS = frozenset({Fact.INIT_REPORT, Fact.RESTORE_REPORT})
_INIT_ENDS = _INIT_REPORTS | {Fact.INIT_RUNTIME_DONE, Fact.RESTORE_RUNTIME_DONE}
_BELONGING = frozenset(
    {Fact.START, Fact.RUNTIME_DONE, Fact.END, Fact.REPORT, Fact.FAULT, Fact.TIMEOUT}
)
"""Facts whose request ID is beyond doubt."""
_ENDING = frozenset({Fact.FAULT, Fact.TIMEOUT, Fact.RUNTIME_NOTICE})


def conclude(records: Sequence[Record]) -> Invocation:
    """Return the invocation that a run of records makes; `records` is not empty and in order.

    Durations are ms, memory is MB (as REPORT gives it); what no record states is None.
    """
    request_id = _request_id(records)
    own = [record for record in records if record.request_id in (None, request_id)]
    facts = [record.platform for record in own if record.platform is not None]
    start = _time(own, Fact.START)
    report = _last(facts, lambda platform: platform.fact is Fact.REPORT)
    done = _last(facts, lambda platform: platform.fact is Fact.RUNTIME_DONE)
    end = _time(own, Fact.REPORT, Fact.RUNTIME_DONE, Fact.END)
    stated = tuple(errors_in(own))
    status = _status(own, stated, report, done)
    error = _error(own, stated, status)
    duration = _first_of(report, done, attribute="duration_ms")
    first, last = records[0].event.timestamp, records[-1].event.timestamp
    began = start
    if began is None:
        ended_at = end if end is not None else last
        began = min(first, round(ended_at - duration)) if duration is not None else first
    answer = _last(records, lambda r: r.states_response and r.fact is not Fact.DESTINATION)
    inits = [f for f in facts if f.fact is Fact.INIT_REPORT]
    restores = [f for f in facts if f.fact is Fact.RESTORE_REPORT]
    init_ms = _first_of(report, *reversed(inits), attribute="init_ms")
    restore_ms = _first_of(report, *reversed(restores), attribute="restore_ms")
    return Invocation(
        function=_function(records),
        request_id=request_id,
        log_group=records[0].event.log_group,
        log_stream=records[0].event.log_stream,
        start=began,
        end=max(began, end if end is not None else last),
        duration_ms=duration,
        billed_ms=report.billed_ms if report else None,
        init_ms=init_ms,
        restore_ms=restore_ms,
        memory_mb=report.memory_mb if report else None,
        max_memory_mb=report.max_memory_mb if report else None,
        cold_start=init_ms is not None
        or restore_ms is not None
        or any(f.fact in _INIT_STARTS or f.fact in _INIT_ENDS for f in facts),
        status=status,
        error_type=(error.type if error else None) or _stated_type(facts, report, done, status),
        error_message=error.message if error else None,
        response=answer.response if answer else None,
        states_response=answer is not None,
        version=next((f.version for f in facts if f.version), None),
        produced_bytes=_first_of(done, report, attribute="produced_bytes"),
        timeout_s=next((f.timeout_s for f in facts if f.timeout_s is not None), None),
        records=tuple(records),
        complete=start is not None and end is not None,
    )


def _status(
    records: list[Record],
    stated: Sequence[Stated],
    report: Platform | None,
    done: Platform | None,
) -> Status:
    facts = [record.platform for record in records if record.platform is not None]
    faults = [f for f in facts if f.fact is Fact.FAULT]
    for platform in (report, done):
        if platform is not None and platform.status is not None:
            status = status_of(platform.status, platform.error_type or "")
            if status is Status.EXIT and any(_was_killed(fault, report) for fault in faults):
                return Status.OOM
            if status is Status.ERROR and any(f.fact is Fact.TIMEOUT for f in facts):
                # Azure's host says only that it failed, and tells beside it that it took too long.
                return Status.TIMEOUT
            return _init_or(status, platform, records)
    if any(f.fact is Fact.TIMEOUT for f in facts):
        return Status.TIMEOUT
    if faults:
        return _init_or(_fault_status(faults[0], report), faults[0], records)
    for platform in _unhandled(records, stated):
        return _init_or(status_of("error", platform.error_type or ""), platform, records)
    if any(f.fact is Fact.RUNTIME_NOTICE and f.error_type for f in facts):
        return Status.EXIT
    if not any(record.request_id for record in records):
        return _init_status(facts)
    ended = any(f.fact in (Fact.REPORT, Fact.RUNTIME_DONE, Fact.END) for f in facts)
    return Status.OK if ended else Status.INCOMPLETE


def _unhandled(records: list[Record], stated: Sequence[Stated]) -> list[Platform]:
    """Return the runtime's reports of errors, the last first.

    Those of an init that failed do not count where the handler ran after all: the init was
    repeated, and the handler has logged something.
    """
    reports = [one for one in stated if one.fact is Fact.UNHANDLED]
    pieces = {id(record): one for one in reports for record in one.records}
    found: dict[int, Platform] = {}
    served = False
    for record in reversed(records):
        report = pieces.get(id(record))
        if report is not None:
            platform = report.records[0].platform
            found.setdefault(
                id(report),
                platform
                if platform is not None and platform.error_type
                else Platform(fact=Fact.UNHANDLED, error_type=report.error.type),
            )
        elif record.fact is Fact.START and served:
            break
        elif record.fact is None:
            served = True
    return list(found.values())


def _init_status(facts: list[Platform]) -> Status:
    """Return the status of an init that no request followed."""
    failed = [f for f in facts if f.fact in _INIT_ENDS and f.status in BAD_STATUSES]
    failed += [f for f in facts if f.fact is Fact.EXTENSION and is_failing(f.status)]
    if any((f.error_type or "").startswith("Extension.") for f in failed) or any(
        f.fact is Fact.EXTENSION for f in failed
    ):
        return Status.EXTENSION
    if failed or any(f.fact is Fact.IMAGE for f in facts):
        return Status.INIT_ERROR
    return Status.INCOMPLETE


def _init_or(status: Status, stated: Platform, records: list[Record]) -> Status:
    """Tell an end of the runtime while it initialised from one in the handler."""
    if status not in (Status.EXIT, Status.ERROR):
        return status
    facts = [record.platform for record in records if record.platform is not None]
    if not any(record.request_id for record in records):
        return Status.INIT_ERROR
    failed = [f for f in facts if f.fact in _INIT_REPORTS and f.status in BAD_STATUSES]
    if not failed or any(f.fact is Fact.RUNTIME_DONE and f.status == "success" for f in facts):
        return status
    # The init is repeated inside of the invocation, and fails again.
    if any(f.phase == "invoke" for f in failed):
        return Status.INIT_ERROR
    if any((f.error_type or "") in INIT_ERRORS for f in failed):
        return Status.INIT_ERROR
    # The repeated init is not always reported: the same end, and a handler that said nothing.
    if any(f.error_type == stated.error_type for f in failed) and not _handler_spoke(records):
        return Status.INIT_ERROR
    return status


def _handler_spoke(records: list[Record]) -> bool:
    started = False
    for record in records:
        if record.fact is Fact.START:
            started = True
        elif record.fact is None and (started or record.request_id):
            return True
    return False


def _fault_status(fault: Platform, report: Platform | None) -> Status:
    """Weigh an old-style fault line."""
    if fault.error_type in TIMEOUT_ERRORS or fault.status == "timeout":
        return Status.TIMEOUT
    if fault.error_type == "Runtime.OutOfMemory" or _was_killed(fault, report):
        return Status.OOM
    if (fault.error_type or "").startswith("Extension."):
        return Status.EXTENSION
    if fault.error_type in INIT_ERRORS:
        return Status.INIT_ERROR
    return Status.EXIT


def _was_killed(fault: Platform, report: Platform | None) -> bool:
    """Tell whether the runtime was killed by a signal with its memory used up."""
    return (
        fault.status == "killed"
        and report is not None
        and report.max_memory_mb is not None
        and report.memory_mb is not None
        and report.max_memory_mb >= report.memory_mb
    )


def _error(records: list[Record], stated: Sequence[Stated], status: Status) -> ErrorInfo | None:
    """Return the error that tells most about a failure, or None.

    What a runtime reports of the handler says more than the platform's line of the end; Azure's may
    carry the exception itself. In JSON
    format some runtimes report through the ordinary log: there it is the last loud error, if the
    platform states a failure of the handler; of an exit only if it was the last word.
    """
    if not status.failed:
        return None
    ended = [one for one in stated if one.fact in _ENDING]
    reported = [one for one in stated if one.fact in (Fact.UNHANDLED, Fact.IMAGE)]
    carried = [one for one in stated if one.fact is Fact.REPORT]
    loud = [
        one
        for one in stated
        if one.fact is None and (one.records[0].level or Level.INFO) >= Level.ERROR
    ]
    if status is Status.TIMEOUT:
        choices: list[list[Stated]] = [ended]
    elif status is Status.EXTENSION:
        choices = [[one for one in ended if one.fact is Fact.FAULT]]
    elif status in (Status.ERROR, Status.INIT_ERROR):
        choices = [reported, carried, loud, ended]
    elif status is Status.OOM:
        choices = [reported, ended]
    else:
        last = _last(records, lambda record: record.fact is None)
        final = loud if loud and any(record is last for record in loud[-1].records) else []
        choices = [reported, final, ended]
    for choice in choices:
        if choice:
            # A report may come twice, and once say little: the one that says most; of equals the
            # last.
            return max(
                reversed([one.error for one in choice]),
                key=lambda error: (
                    (error.type is not None) + bool(error.message) + bool(error.stack)
                ),
            )
    return None


def _stated_type(
    facts: list[Platform], report: Platform | None, done: Platform | None, status: Status
) -> str | None:
    """Return the error type that the platform states for a failure, or None."""
    if not status.failed:
        return None
    failed = [f for f in facts if f.fact in _INIT_ENDS and f.status in BAD_STATUSES]
    extensions = [f for f in facts if f.fact is Fact.EXTENSION and is_failing(f.status)]
    found: str | None = _first_of(
        report, done, *reversed(failed), *extensions, attribute="error_type"
    )
    return found


def _function(records: Sequence[Record]) -> str:
    first = records[0].event
    # A custom group's stream names its function; a record may name another one that it called.
    by_place = function_of("", first.log_stream)
    if not by_place and first.log_group.startswith("/aws/lambda/"):
        by_place = function_of(first.log_group, first.log_stream)
    named = next((record.function for record in records if record.function), None)
    return by_place or named or function_of(first.log_group, first.log_stream)


def _request_id(records: Sequence[Record]) -> str | None:
    for record in records:
        if record.fact in _BELONGING and record.request_id:
            return record.request_id
    return next((record.request_id for record in records if record.request_id), None)


def _time(records: list[Record], *facts: Fact) -> int | None:
    """Return the time of the first of these facts, tried in their order; of an end the last."""
    for fact in facts:
        times = [record.event.timestamp for record in records if record.fact is fact]
        if times:
            return times[0] if fact is Fact.START else times[-1]
    return None


def _last(items: Sequence[Any], accept: Callable[[Any], bool]) -> Any:
    return next((item for item in reversed(items) if accept(item)), None)


def _first_of(*platforms: Platform | None, attribute: str) -> Any:
    for platform in platforms:
        if platform is not None and getattr(platform, attribute) is not None:
            return getattr(platform, attribute)
    return None
