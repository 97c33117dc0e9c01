"""Failures that are no invocation's: executions, events that were given up, errors of nobody.

- One execution of Step Functions, or durable one, is one failure at most: by `ExecutionFailed`,
  `ExecutionTimedOut`, `ExecutionAborted`, or the change of its status. What failed inside of it
  (`TaskFailed`, `LambdaFunctionFailed`) may have been caught.
- The record of a destination tells of an invocation. It counts where that is not at hand as a
  failed one; what it holds is the same error, and so has the same fingerprint.
- What a runtime reports, and an init that failed, in lines that belong to no invocation that could
  be told, is a failure of an unknown request, unless a failed invocation that nothing explains ran
  in the same place at that time.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from slsloggrep.analyse.causes import INIT_ENDS, RESTORE_ENDS, shows_end
from slsloggrep.analyse.failures import Failure
from slsloggrep.model import ErrorInfo, Fact, IdKind, Record, Status
from slsloggrep.parse import function_of
from slsloggrep.parse.endings import status_of
from slsloggrep.parse.functions import function_of_arn
from slsloggrep.parse.pieces import APART, Stated, errors_in

_ENDED = {
    "ExecutionFailed": Status.ERROR,
    "ExecutionTimedOut": Status.TIMEOUT,
    "ExecutionAborted": Status.EXIT,
    "FAILED": Status.ERROR,
    "TIMED_OUT": Status.TIMEOUT,
    "ABORTED": Status.EXIT,
    "STOPPED": Status.EXIT,
}
"""Of an execution, by the type of its event or its new status."""

_EXECUTION = re.compile(r"arn:[\w-]+:states:[^:]*:[^:]*:(?:execution|express):(?P<name>[^:]+):")

_PLATFORM_TEXT = re.compile(
    r"(?:RequestId: \S+ Error: |\S+ \S+ )?"
    r"(?:Task timed out after (?P<limit>\d+(?:\.\d+)?) seconds|Runtime exited .*)"
)
_INIT_FACTS = INIT_ENDS | RESTORE_ENDS
_REPORTED = frozenset({Fact.UNHANDLED, Fact.TIMEOUT, Fact.IMAGE})


def failed_executions(
    records: Iterable[Record], failed_requests: Mapping[str, str]
) -> Iterator[Failure]:
    """Yield the executions that failed.

    `failed_requests` are the Lambda requests that crashed, with their functions: one that made the
    execution fail is named in the message.
    """
    events: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        run = record.run
        if run is not None and run.kind is IdKind.EXECUTION_ARN:
            events[run.value].append(record)
    for arn, found in events.items():
        found.sort(key=lambda record: (record.event.order, record.event.message))
        ends = [record for record in found if _end_of(record)]
        if ends:
            yield _execution(arn, found, ends[-1], failed_requests)


def _execution(
    arn: str, events: Sequence[Record], end: Record, failed_requests: Mapping[str, str]
) -> Failure:
    kind = _end_of(end) or Status.ERROR
    failing = [r for r in events if r.platform is not None and _failed(r) and _before(r, end)]
    # The end may name no error: then it is the last one inside.
    error = end.error or next((r.error for r in reversed(failing) if r.error), None)
    message = error.message if error else None
    said = message
    causes = [r.platform.request_id for r in failing if r.platform and r.platform.request_id]
    request_id = next((i for i in reversed(causes) if i in failed_requests), None)
    if request_id is not None:
        function = failed_requests[request_id]
        why = f"request {request_id}{f' of {function}' if function else ''} crashed"
        message = f"{message} ({why})" if message else why
    if kind is Status.EXIT:
        message = message or "the execution was aborted"
    return Failure(
        time=end.event.timestamp,
        function=_machine(arn, end),
        request_id=None,
        log_group=end.event.log_group,
        log_stream=end.event.log_stream,
        kind=kind,
        records=tuple(failing) or (end,),
        error_type=error.type if error else None,
        message=message,
        stack=error.stack if error else (),
        said=said,
        sort="Aborted" if kind is Status.EXIT and error is None else None,
    )


def _end_of(record: Record) -> Status | None:
    platform = record.platform
    if platform is None:
        return None
    return _ENDED.get(platform.name or "") or _ENDED.get(platform.status or "")


def _failed(record: Record) -> bool:
    return _end_of(record) is not None or (
        record.platform is not None and record.platform.status == "error"
    )


def _before(record: Record, end: Record) -> bool:
    return record.event.timestamp <= end.event.timestamp


def _machine(arn: str, record: Record) -> str:
    found = _EXECUTION.match(arn)
    if found:
        return found["name"]
    event = record.event
    return function_of_arn(arn) or function_of(event.log_group, event.log_stream)


def given_up(records: Iterable[Record], failed_requests: Collection[str]) -> Iterator[Failure]:
    """Yield what destinations tell of invocations that are not at hand as failed ones."""
    told: dict[str, Record] = {}
    for record in sorted(records, key=lambda record: (record.event.order, record.event.message)):
        platform = record.platform
        if platform is None or platform.fact is not Fact.DESTINATION:
            continue
        request_id = platform.request_id
        if platform.status != "failure" or request_id in failed_requests:
            continue
        # The same record may be delivered twice, and by several destinations.
        told.setdefault(request_id or f"@{len(told)}", record)
    for record in told.values():
        yield _destination(record)


def _destination(record: Record) -> Failure:
    platform, error = record.platform, record.error
    condition = platform.name if platform else None
    arn = platform.function_arn if platform else None
    text = _PLATFORM_TEXT.fullmatch(error.message or "") if error else None
    limit = text["limit"] if text else None
    status = "timeout" if limit else "error" if text else "failure"
    kind = status_of(status, (error.type or "") if error else "")
    if text and kind is Status.ERROR:
        kind = Status.EXIT
    why = f"the event was given up: {condition}" if condition else "the event was given up"
    message = error.message if error else None
    return Failure(
        time=record.event.timestamp,
        function=(function_of_arn(arn) if arn else None) or "",
        request_id=platform.request_id if platform else None,
        log_group=record.event.log_group,
        log_stream=record.event.log_stream,
        kind=kind,
        records=(record,),
        error_type=error.type if error else None,
        message=message or why,
        stack=error.stack if error else (),
        said=None if text else message,
        sort=None if error else condition,
        amount=float(limit) if limit else None,
    )


def claim_reports(failures: Sequence[Failure], unattributed: Sequence[Record]) -> list[Failure]:
    """Return the failures of invocations, and those of nobody that lines beside them report.

    A failed invocation that nothing explains takes what its place reports while it runs, once; in
    a log stream that is its error, and where the stream is not known the two count as one. What ran
    out of time or memory says so itself: an error beside it is another request's.
    """
    found = list(failures)
    silent: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, failure in enumerate(found):
        if failure.invocation is not None and failure.said is None and not failure.stack:
            silent[failure.log_group, failure.log_stream].append(index)
    for place, records in _by_place(unattributed):
        waiting = _Waiting([(index, found[index]) for index in silent.get(place, ())])
        for stated in _merged(_reported(place, records)):
            taker = waiting.take(stated)
            if taker is None:
                found.append(_unclaimed(place, stated))
            else:
                found[taker] = _explained(found[taker], stated)
    return found


class _Waiting:
    """Failed invocations of one place that nothing explains, for reports that come by time."""

    def __init__(self, failures: Iterable[tuple[int, Failure]]) -> None:
        self._waiting = [
            (failure.invocation.end, failure.invocation.start, index, failure)
            for index, failure in failures
            if failure.invocation is not None
        ]
        self._waiting.sort(key=lambda item: item[:3])

    def take(self, stated: Stated) -> int | None:
        """Return the number of the one that most likely reported this, and let it go.

        A runtime reports right before the end: of those that ran, it is the one that ended next.
        """
        time = stated.records[0].event.timestamp
        named = next((record.function for record in stated.records if record.function), None)
        while self._waiting and self._waiting[0][0] + APART < time:
            del self._waiting[0]
        fitting = [
            place
            for place, (end, start, _, failure) in enumerate(self._waiting)
            if start - APART <= time <= end + APART
            and named in (None, failure.function)
            and _may_report(failure.kind, stated)
        ]
        if not fitting:
            return None
        # Clocks may differ, so the last that ended before is better than none.
        later = [place for place in fitting if self._waiting[place][0] >= time]
        return self._waiting.pop(later[0] if later else fitting[-1])[2]


def _may_report(kind: Status, stated: Stated) -> bool:
    """Tell whether an invocation that ended so may be what a report is of."""
    if kind is Status.TIMEOUT:
        return stated.fact is Fact.TIMEOUT
    if kind is Status.OOM:
        return "emory" in f"{stated.error.type} {stated.error.message}"
    return True


def _explained(failure: Failure, stated: Stated) -> Failure:
    error, told = stated.error, stated.records[0].platform
    if not failure.log_stream or stated.fact not in _REPORTED:
        return failure
    records = sorted(
        (*failure.records, *stated.records), key=lambda r: (r.event.order, r.event.message)
    )
    if stated.fact is Fact.TIMEOUT:
        return replace(
            failure,
            kind=Status.TIMEOUT,
            message=error.message,
            amount=told.timeout_s if told else None,
            records=tuple(records),
        )
    return replace(
        failure,
        error_type=error.type or failure.error_type,
        message=error.message or failure.message,
        said=error.message,
        stack=error.stack,
        records=tuple(records),
    )


def _by_place(records: Iterable[Record]) -> Iterator[tuple[tuple[str, str], list[Record]]]:
    places: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in records:
        places[record.event.log_group, record.event.log_stream].append(record)
    for place, found in sorted(places.items()):
        yield place, sorted(found, key=lambda record: (record.event.order, record.event.message))


def _reported(place: tuple[str, str], records: Sequence[Record]) -> Iterator[Stated]:
    """Yield reports of errors, and inits that failed, in order."""
    reports = {id(s.records[0]): s for s in errors_in(records) if s.fact in _REPORTED}
    for record in records:
        report = reports.get(id(record))
        if report is not None:
            yield report
        elif record.fact in _INIT_FACTS and shows_end(record) and place[1]:
            # Where the stream is not known, whose init it was is not either.
            named = record.platform.error_type if record.platform else None
            yield Stated(ErrorInfo(type=named, message=None), (record,), record.fact)


def _merged(reports: Iterable[Stated]) -> Iterator[Stated]:
    """Join what is told more than once: an init that failed, with its error; an exact repeat."""
    waiting: Stated | None = None
    for report in reports:
        if waiting is None:
            waiting = report
        elif _is_again(waiting, report):
            best = max(waiting, report, key=_tells)
            waiting = Stated(best.error, (*waiting.records, *report.records), best.fact)
        else:
            yield waiting
            waiting = report
    if waiting is not None:
        yield waiting


def _is_again(one: Stated, other: Stated) -> bool:
    if not other.records[0].event.log_stream:
        return False
    first, last = one.records[-1].event, other.records[0].event
    if last.timestamp - first.timestamp > APART:
        return False
    inits = one.fact in _INIT_FACTS or other.fact in _INIT_FACTS
    return inits or (one.error.type, one.error.message) == (other.error.type, other.error.message)


def _tells(stated: Stated) -> tuple[bool, bool]:
    return stated.fact not in _INIT_FACTS, bool(stated.error.message)


def _unclaimed(place: tuple[str, str], stated: Stated) -> Failure:
    record = stated.records[0]
    platform = record.platform
    init = any(r.fact in _INIT_FACTS for r in stated.records)
    kind = status_of("error", stated.error.type or "")
    if stated.fact is Fact.TIMEOUT:
        kind = Status.TIMEOUT
    elif (init or stated.fact is Fact.IMAGE) and kind in (Status.ERROR, Status.EXIT):
        kind = Status.INIT_ERROR
    named = next((r.function for r in stated.records if r.function), None)
    late = init and any(r.platform and r.platform.status == "timeout" for r in stated.records)
    phase = (
        "RestoreTimeout" if any(r.fact in RESTORE_ENDS for r in stated.records) else "InitTimeout"
    )
    return Failure(
        time=stated.records[-1].event.timestamp,
        function=named or function_of(*place),
        request_id=next((r.request_id for r in stated.records if r.request_id), None),
        log_group=place[0],
        log_stream=place[1],
        kind=Status.INIT_ERROR if late else kind,
        records=stated.records,
        error_type=stated.error.type,
        message=stated.error.message,
        stack=stated.error.stack,
        said=None if stated.fact in _INIT_FACTS else stated.error.message,
        sort=phase if late and stated.error.type is None else None,
        amount=platform.timeout_s if platform else None,
    )
