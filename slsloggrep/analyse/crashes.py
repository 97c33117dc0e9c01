"""What crashed: failed invocations, those that were never heard of again, failures of services.

Each attempt of a request that failed is a crash of its own; a cold start that failed is one,
however often it was told, and so is an invocation whose error was logged three times. An error that
was handled is none; those are given on demand, marked as `logged`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from slsloggrep.analyse.causes import cause_of, logged_errors, phase_timeout
from slsloggrep.analyse.failures import Failure, in_order, make_crashes, stated_version
from slsloggrep.analyse.services import claim_reports, failed_executions, given_up
from slsloggrep.analyse.silence import GRACE, Gone, Silence, learn_limits, limit_of
from slsloggrep.model import Crash, Fact, Invocation, Millis, Record, Status
from slsloggrep.parse import function_of
from slsloggrep.parse.pieces import Stated

_NO_LIMITS: Mapping[str, float] = MappingProxyType({})

_SERVICES = frozenset({Fact.EXECUTION, Fact.DESTINATION})


def crashes_of(
    invocations: Iterable[Invocation],
    unattributed: Iterable[Record],
    *,
    logged: bool = False,
    limits: Mapping[str, float] = _NO_LIMITS,
    read_until: Millis | None = None,
    grace: Millis = GRACE,
    lines: bool = False,
) -> list[Crash]:
    """Return what crashed, the newest first, in an order that the input's order does not change.

    `unattributed` are the records that belong to no invocation. `logged` adds errors that were
    handled, each once in an invocation. `limits` are the timeouts of functions in s, as far as they
    are known; others are learned. `read_until` is up to when the logs were read: without it, no
    invocation counts as one whose timeout has passed; `grace` is by how much it must have passed in
    ms: by default so much that an archive has all, `silence.LIVE_GRACE` is enough for what is read
    where it was written. `lines` tells crashes apart by the line
    numbers of the user's own frames, too.
    """
    whole = sorted(invocations, key=_order)
    loose = sorted(unattributed, key=lambda record: (record.event.order, record.event.message))
    known = {**learn_limits(whole), **limits}
    silence = Silence(whole, loose, known, read_until, grace)
    failed: list[Failure] = []
    fine: list[Invocation] = []
    for invocation in whole:
        gone = silence.became_of(invocation)
        if invocation.status.failed:
            failed.append(_failed(invocation, known))
        elif gone is not None:
            failed.append(_gone(invocation, gone))
        else:
            fine.append(invocation)
    failed = claim_reports(failed, loose)
    requests = {f.request_id: f.function for f in failed if f.request_id is not None}
    services = [r for i in whole for r in i.records if r.fact in _SERVICES]
    services += [record for record in loose if record.fact in _SERVICES]
    failed += failed_executions(services, requests)
    failed += given_up(services, requests)
    if logged:
        failed += _logged(fine)
        failed += _loose(loose)
    crashes = make_crashes(failed, lines=lines)
    return list(in_order(_distinct(crashes)))


def _order(invocation: Invocation) -> tuple[object, ...]:
    first = invocation.records[0].event.message if invocation.records else ""
    return (*invocation.order, invocation.request_id or "", first)


def _failed(invocation: Invocation, limits: Mapping[str, float]) -> Failure:
    cause = cause_of(invocation)
    kind = invocation.status
    amount: float | None = None
    message = invocation.error_message
    if kind is Status.TIMEOUT:
        amount = limit_of(invocation)
        known = limits.get(invocation.function)
        if known is not None and invocation.timeout_s is None:
            # A repeated init adds to the duration: the limit is what is known to be one.
            amount = known if amount is None else min(amount, known)
        message = message or (f"timed out after {amount:g} s" if amount else "timed out")
    elif kind is Status.OOM:
        amount = invocation.memory_mb
        message = message or (f"out of memory at {amount:g} MB" if amount else "out of memory")
    error = cause.error
    return Failure(
        time=invocation.end,
        function=invocation.function,
        request_id=invocation.request_id,
        log_group=invocation.log_group,
        log_stream=invocation.log_stream,
        kind=kind,
        records=cause.records,
        error_type=invocation.error_type,
        message=message,
        stack=error.stack if error and cause.own else (),
        said=error.message if error and cause.own else None,
        sort=phase_timeout(invocation),
        amount=amount,
        version=stated_version(invocation),
        invocation=invocation,
    )


def _gone(invocation: Invocation, gone: Gone) -> Failure:
    """Return the failure of an invocation that was never heard of again."""
    why = "its environment started over"
    if gone.kind is Status.TIMEOUT:
        limit = gone.limit_s
        why = (
            f"its timeout of {limit:g} s has passed"
            if limit
            else "the longest time that a function may run has passed"
        )
    start = next(record for record in invocation.records if record.fact is Fact.START)
    last = invocation.records[-1]
    return Failure(
        time=gone.time,
        function=invocation.function,
        request_id=invocation.request_id,
        log_group=invocation.log_group,
        log_stream=invocation.log_stream,
        kind=gone.kind,
        records=(start,) if start is last else (start, last),
        message=f"no end was logged, and {why}",
        sort="StartedOver",
        amount=gone.limit_s if gone.kind is Status.TIMEOUT else None,
        version=stated_version(invocation),
        invocation=invocation,
    )


def _logged(fine: Iterable[Invocation]) -> Iterator[Failure]:
    for invocation in fine:
        for stated in logged_errors(invocation.records):
            yield _handled(stated, invocation)


def _loose(records: Iterable[Record]) -> Iterator[Failure]:
    places: dict[tuple[str, str], list[Record]] = {}
    for record in records:
        places.setdefault((record.event.log_group, record.event.log_stream), []).append(record)
    for found in places.values():
        for stated in logged_errors(found):
            if stated.fact is None:
                yield _handled(stated, None)


def _handled(stated: Stated, invocation: Invocation | None) -> Failure:
    record, error = stated.records[0], stated.error
    event = record.event
    function = invocation.function if invocation else record.function
    return Failure(
        time=event.timestamp,
        function=function or function_of(event.log_group, event.log_stream),
        request_id=record.request_id or (invocation.request_id if invocation else None),
        log_group=event.log_group,
        log_stream=event.log_stream,
        kind=Status.ERROR,
        records=stated.records,
        error_type=error.type,
        message=error.message,
        stack=error.stack,
        said=error.message,
        version=stated_version(invocation) if invocation else None,
        logged=True,
        invocation=invocation,
    )


def _distinct(crashes: Iterable[Crash]) -> Iterator[Crash]:
    """Yield crashes; of errors that were logged, each once in an invocation."""
    known: set[tuple[int, str]] = set()
    for crash in crashes:
        if crash.logged and crash.invocation is not None:
            key = (id(crash.invocation), crash.fingerprint)
            if key in known:
                continue
            known.add(key)
        yield crash
