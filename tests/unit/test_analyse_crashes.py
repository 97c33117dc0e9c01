"""What counts as a crash, once each, and what does not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from random import Random
from typing import Any

import pytest
from failure_samples import FAILING, HEALTHY, ID, destination, execution
from stream_samples import (
    EXTENSION,
    GROUP,
    INIT,
    T0,
    A,
    B,
    C,
    document,
    end,
    events,
    init_report,
    log,
    parse,
    platform,
    report,
    start,
)

from slsloggrep.analyse.crashes import crashes_of
from slsloggrep.analyse.silence import GRACE, LIVE_GRACE, LONGEST_S
from slsloggrep.model import Crash, Event, Status
from slsloggrep.stitch import Collection, stitch

PYTHON = FAILING["4.2 Python"]
LIMIT = round(LONGEST_S * 1000)


def found(
    *streams: Iterable[tuple[int, str]], groups: tuple[str, ...] = (), **options: Any
) -> list[Crash]:
    """Return the crashes of log streams, each of its own group if groups are given."""
    collected: list[Event] = []
    for number, lines in enumerate(streams):
        group = groups[number] if groups else GROUP
        collected += events(lines, group=group, stream=f"2026/11/23/[7]{number:032x}")
    stitched = stitch(parse(Collection(collected)))
    crashes = crashes_of(stitched.invocations, stitched.unattributed, **options)
    records = [*stitched.unattributed, *(r for i in stitched.invocations for r in i.records)]
    for crash in crashes:
        assert crash.records
        assert all(any(record is other for other in records) for record in crash.records)
        assert crash.kind.failed
        assert len(crash.fingerprint) == 16
        assert "\n" not in crash.title
        assert crash.title
    assert [c.time for c in crashes] == sorted((c.time for c in crashes), reverse=True)
    return crashes


def only(lines: Iterable[tuple[int, str]], **options: Any) -> Crash:
    (crash,) = found(lines, **options)
    return crash


def ran(*between: str, begin: int = 0, request: str = A, **figures: Any) -> list[tuple[int, str]]:
    """Return an invocation's lines: START, the messages between, END and REPORT."""
    return [
        (begin, start(request)),
        *((begin + 1 + n, text) for n, text in enumerate(between)),
        (begin + 90, end(request)),
        (begin + 90, report(request, **figures)),
    ]


def timed_out(request: str, limit: str = "3.00") -> str:
    return f"2026-11-23T11:00:03.000Z {request} Task timed out after {limit} seconds\n\n"


def test_a_failed_invocation_is_a_crash() -> None:
    """All that is known of it is told: when it ended, of what, where in the code, which version."""
    crash = only(ran(PYTHON))
    assert (crash.time, crash.function, crash.request_id) == (T0 + 90, "pay", A)
    assert (crash.kind, crash.error_type, crash.message) == (
        Status.ERROR,
        "CustomException",
        "some error occurred",
    )
    assert crash.title == "CustomException: some error occurred"
    assert [(f.function, f.line, f.own) for f in crash.frames] == [("handler", 6, True)]
    assert (crash.version, crash.logged) == ("$LATEST", False)
    assert crash.invocation is not None
    assert [r.event.message for r in crash.records] == [PYTHON]


def test_what_ended_well_is_no_crash() -> None:
    """Nor is an error that was logged and survived, nor memory that was used up."""
    handled = log(A, "ReferenceError: x\n    at f (/var/task/a.js:1:2)", "ERROR")
    assert found(ran(), ran(handled, begin=500, request=B), ran(used=128, begin=900)) == []
    assert found([(0, line) for line in HEALTHY.values()]) == []


@pytest.mark.parametrize(
    ("lines", "kind", "title"),
    [
        (ran(status="error", error_type="Runtime.OutOfMemory", used=128), "oom",
         "out of memory at 128 MB"),
        (ran(FAILING["4.9 killed"].replace(ID, A), used=128), "oom", "out of memory at 128 MB"),
        (ran(status="timeout", duration=3004.92), "timeout", "timed out after 3 s"),
        (ran(timed_out(A), duration=3004.92), "timeout", "timed out after 3 s"),
        (ran(status="error", error_type="Runtime.ExitError"), "exit", "the runtime exited"),
        (ran(FAILING["4.9 no bootstrap"].replace(ID, A)), "exit", "the runtime exited"),
        (ran(status="error", error_type="Extension.Crash"), "extension", "an extension crashed"),
        (ran(status="error", error_type="Function.ResponseSizeTooLarge"), "error",
         "response too large"),
        (ran(status="error", error_type="Sandbox.Failure"), "error", "failed (Failure)"),
        (ran(status="error"), "error", "failed"),
        (ran(FAILING["4.2 handler"]), "init_error",
         "HandlerNotFound: Handler \u2039\u2026\u203a missing on module \u2039\u2026\u203a"),
        ([(0, INIT), (1, init_report("init", "timeout"))], "init_error", "init timed out"),
        ([(0, "RESTORE_START x\n"), (1, FAILING["1.4 restore timeout"])], "init_error",
         "restore timed out"),
        ([(0, INIT), (1, init_report("init", "error", "Runtime.ExitError"))], "init_error",
         "init failed"),
        ([(0, INIT), (1, FAILING["1.5 image"])], "init_error",
         "fork/exec \u2039\u2026\u203a: exec format error"),
    ],
)  # fmt: skip
def test_each_kind_has_a_title_without_what_varies(
    lines: list[tuple[int, str]], kind: str, title: str
) -> None:
    """The limit, or the size of memory, stands in it; old style and new style agree."""
    crash = only(lines)
    assert (crash.kind, crash.title) == (kind, title)


def test_crashes_of_one_fingerprint_have_one_title() -> None:
    """Where a function ran into several limits, the title names the range."""
    crashes = found(
        ran(status="timeout", duration=3004),
        ran(status="timeout", duration=6001, request=B),
        ran(timed_out(C, "6.00"), request=C),
    )
    assert {(c.title, c.fingerprint) for c in crashes} == {
        ("timed out after 3 to 6 s", crashes[0].fingerprint)
    }


def test_the_limit_that_is_known_wins_over_the_duration() -> None:
    """A repeated init makes the duration longer than the limit."""
    crash = only(ran(status="timeout", duration=13_022), limits={"pay": 3.0})
    assert (crash.title, crash.message) == ("timed out after 3 s", "timed out after 3 s")
    assert only(ran(status="timeout", duration=2999.99)).title == "timed out after 3 s"


def test_each_attempt_that_failed_is_a_crash() -> None:
    """A retry has the same request ID, and may end well."""
    lines = [*ran(PYTHON), *ran(PYTHON, begin=60_000), *ran(begin=180_000)]
    crashes = found(lines)
    assert [(c.time - T0, c.request_id) for c in crashes] == [(60_090, A), (90, A)]
    assert len({c.fingerprint for c in crashes}) == 1


def test_a_failing_cold_start_is_one_crash() -> None:
    """Two INIT_REPORTs, the error printed twice, and the REPORT of the request tell one thing."""
    error = FAILING["4.2 import"]
    lines = [
        (0, INIT),
        (1, error),
        (2, init_report("init", "error", "Runtime.ImportModuleError")),
        (3, error),
        (4, init_report("invoke", "error", "Runtime.ImportModuleError")),
        (5, start(A)),
        (9, end(A)),
        (9, report(A, status="error", error_type="Runtime.ImportModuleError")),
    ]
    crash = only(lines)
    assert (crash.kind, crash.request_id) == (Status.INIT_ERROR, A)
    # Without a request that follows, the same init is the same crash.
    alone = only(lines[:3])
    assert (alone.kind, alone.request_id) == (Status.INIT_ERROR, None)
    assert alone.fingerprint == crash.fingerprint
    assert alone.version == "7"


def test_an_error_that_is_reported_three_times_is_one_crash() -> None:
    """As .NET does."""
    line = FAILING["4.5 .NET"].replace(ID, A)
    crash = only(ran(line, line, line))
    assert (crash.error_type, crash.message) == (
        "System.ApplicationException",
        "You caused a failure",
    )
    assert [f.function for f in crash.frames] == ["CustomRuntimeTest.Function.ThrowTest"]


def test_text_and_json_of_one_error_are_one_crash() -> None:
    """As far as both say the same: Python, Node.js (without its prefix), .NET, Java."""
    python = platform("report", requestId=B, status="failure", metrics={"durationMs": 1})
    text = (
        "[ERROR] Declined: no 17\nTraceback (most recent call last):\n\xa0\xa0File "
        '"/var/task/a.py", line 6, in handler\n\xa0\xa0\xa0\xa0raise Declined("no 17")'
    )
    structured = json.dumps(
        {"timestamp": "t", "log_level": "ERROR", "errorMessage": "no 18", "errorType": "Declined",
         "requestId": B, "stackTrace": ['  File "/var/task/a.py", line 9, in handler\n']}
    )  # fmt: skip
    begun = platform("start", requestId=B)
    node = {
        "errorType": "Runtime.ImportModuleError",
        "errorMessage": "Error: Cannot find module 'x'",
        "stack": ["Runtime.ImportModuleError: E", "    at f (file:///var/runtime/i.mjs:1:2)"],
    }
    structured_node = {
        "errorType": "ImportModuleError",
        "errorMessage": "Error: Cannot find module 'y'",
        "stackTrace": ["ImportModuleError: Error"],
    }
    java = "boom 1: shop.Declined\nshop.Declined: boom 1\n\tat shop.Pay.run(Pay.java:7)\n"
    pairs = [
        (ran(text), [(0, begun), (1, structured), (2, python)]),
        (
            ran(f"2026-11-23T11:00:00.000Z\t{A}\tERROR\tInvoke Error \t{json.dumps(node)}"),
            [(0, begun), (1, document(timestamp="t", level="ERROR", requestId=B,
                                      message=structured_node)),
             (2, python.replace('"failure"', '"error", "errorType": "Runtime.ImportModuleError"'))],
        ),
        (
            ran(java),
            [(0, begun), (1, document(timestamp="t", level="ERROR", AWSRequestId=B,
                                      message=java.replace("1", "2"))), (2, python)],
        ),
        (ran(java), ran(*java.splitlines(keepends=True))),
        (
            ran(f"2026-11-23T11:00:00.000Z\t{A}\tfail\tSystem.X.NoException: no\n   at "
                "Shop.F.Run() in /src/F.cs:line 45\n"),
            [(0, begun), (1, document(timestamp="t", level="Error", requestId=B, message="x",
                                      errorType="System.X.NoException", errorMessage="no",
                                      stackTrace=["   at Shop.F.Run() in /a/F.cs:line 4"])),
             (2, python)],
        ),
    ]  # fmt: skip
    for one, other in pairs:
        crashes = found(one, other)
        assert len(crashes) == 2
        assert len({(c.fingerprint, c.title) for c in crashes}) == 1, crashes


def test_an_end_that_the_platform_words_is_the_same_in_both_styles() -> None:
    """What the old style's line says of an exit is no part of what it was."""
    crashes = found(
        ran(FAILING["4.9 no bootstrap"].replace(ID, A)),
        ran(status="error", error_type="Runtime.ExitError"),
    )
    assert len({c.fingerprint for c in crashes}) == 1


def test_what_has_not_ended_is_no_crash() -> None:
    """A START without an end may run; a REPORT without a START, or lines alone, say nothing."""
    assert found([(0, start(A)), (5, log(A, "working"))]) == []
    assert found([(0, start(A))], read_until=T0 + 100_000) == []
    assert found([(0, log(A, "working"))], read_until=T0 + 10 * LIMIT) == []
    assert found([(0, report(A))], read_until=T0 + 10 * LIMIT) == []


@pytest.mark.parametrize(
    ("limits", "others", "after"),
    [
        ({"pay": 3.0}, [], 3000),
        ({}, [ran(status="timeout", duration=6003, request=B)], 6000),
        ({}, [ran(timed_out(B, "6.00"), request=B)], 6000),
        ({"pay": 3.0}, [ran(status="timeout", duration=6003, request=B)], 3000),
        ({}, [], LIMIT),
    ],
)
def test_what_never_ended_though_its_time_has_passed_timed_out(
    limits: dict[str, float], others: list[Any], after: int
) -> None:
    """By the limit that is given, or learned, or the longest that there is; after some grace."""
    lines = [(0, start(A)), (5, log(A, "working"))]

    def seen(until: int, **grace: int) -> list[Crash]:
        crashes = found(lines, *others, limits=limits, read_until=T0 + until, **grace)
        return [crash for crash in crashes if crash.request_id == A]

    assert seen(after + GRACE) == []
    assert seen(after + LIVE_GRACE, grace=LIVE_GRACE) == []
    assert len(seen(after + LIVE_GRACE + 1, grace=LIVE_GRACE)) == 1
    (crash,) = seen(after + GRACE + 1)
    assert (crash.kind, crash.time) == (Status.TIMEOUT, T0 + after)
    assert crash.invocation is not None
    assert crash.invocation.status is Status.INCOMPLETE
    assert [r.event.message for r in crash.records] == [line for _, line in lines]


def test_what_firehose_may_still_hold_is_no_timeout() -> None:
    """Objects of one group may be written 15 minutes after those of another (buffering hints)."""
    begun = [(0, start(A)), (5, log(A, "working"))]
    later = ran(begin=15 * 60_000, request=B)
    until = T0 + later[-1][0]
    groups = (GROUP, "/aws/lambda/other")
    assert found(begun, later, groups=groups, limits={"pay": 3.0}, read_until=until) == []


def test_a_timeout_that_nothing_tells_is_one_of_the_function_s() -> None:
    """It joins the timeouts that were told."""
    crashes = found(
        [(0, start(A))],
        ran(status="timeout", duration=3001, request=B),
        read_until=T0 + 2 * GRACE,
    )
    assert len(crashes) == 2
    assert len({(c.fingerprint, c.title) for c in crashes}) == 1


def test_no_limit_is_assumed_outside_of_lambda() -> None:
    """Functions of other clouds may run for hours."""
    begun = "Executing 'Functions.pay' (Reason='(null)', Id=" + A + ")"
    groups = ("azure/pay",)
    stream = [(0, begun)]
    collected = events(stream, group=groups[0], stream="host-1")
    stitched = stitch(parse(collected))
    until = T0 + 10 * LIMIT
    assert crashes_of(stitched.invocations, stitched.unattributed, read_until=until) == []
    limited = crashes_of(
        stitched.invocations, stitched.unattributed, read_until=until, limits={"pay": 300}
    )
    assert [c.kind for c in limited] == [Status.TIMEOUT]


@pytest.mark.parametrize(
    "after",
    [
        ran(begin=50, request=B),
        [(50, INIT)],
        [(50, "RESTORE_START x\n")],
        [(1500, start(A)), (1600, end(A)), (1600, report(A))],
    ],
)
def test_an_environment_that_started_over_lost_its_invocation(after: list[Any]) -> None:
    """An init, or another START, in the same stream proves that the process is gone."""
    served = ran(begin=-900, request=C)
    lines = [(-990, INIT), *served, (0, start(A)), (5, log(A, "working"))]
    crash = only([*lines, *after])
    assert (crash.kind, crash.request_id, crash.time) == (Status.EXIT, A, T0 + 5)
    assert crash.title == "no end, and the environment started over"
    assert only([*lines, *after], limits={"pay": 60.0}).kind is Status.EXIT
    assert only([*lines, *after], limits={"pay": 0.01}).kind is Status.TIMEOUT


def test_what_starts_elsewhere_proves_nothing() -> None:
    """Not another stream, nor an init that may be its own, nor a START where ends are filtered."""
    assert found([(0, start(A))], ran(begin=50, request=B)) == []
    assert found([(0, start(A)), (1, INIT), (2, log(A, "x"))]) == []
    assert found([(0, start(A)), (0, INIT)]) == []
    assert found([(0, start(A)), (5, start(B)), (9, start(C))]) == []
    shared = [
        (-1, platform("initStart", initializationType="lambda-managed-instances")),
        (0, platform("start", requestId=A)),
        (5, platform("start", requestId=B)),
        (9, platform("report", requestId=B, status="success", metrics={"durationMs": 4})),
    ]
    assert found(shared) == []
    overlapping = [(0, start(A)), (1, start(B)), (2, start(C)), (8, report(B)), (9, report(C))]
    assert found(overlapping) == []


def test_handled_errors_are_given_on_demand() -> None:
    """Each once in an invocation that ended well, or in none; not beside a crash."""
    handled = log(A, "TypeError: no 1\n    at f (/var/task/a.js:1:2)", "ERROR")
    again = handled.replace("no 1", "no 2")
    other = document(level="ERROR", requestId=A, message="x", error={"name": "E", "message": "y"})
    warned = document(level="WARN", requestId=A, message="x", error={"name": "W", "message": "y"})
    crashes = found(ran(handled, again, other, warned), logged=True)
    assert [(c.error_type, c.message, c.logged, c.kind) for c in crashes] == [
        ("E", "y", True, Status.ERROR),
        ("TypeError", "no 1", True, Status.ERROR),
    ]
    assert {c.request_id for c in crashes} == {A}
    assert found(ran(handled, again, other)) == []
    (crash,) = found(ran(handled, PYTHON), logged=True)
    assert not crash.logged
    loose = [(0, '{"level":"ERROR","message":"x","error":{"name":"E","message":"y"}}')]
    (crash,) = found(loose, logged=True)
    assert (crash.logged, crash.request_id, crash.invocation) == (True, None, None)
    assert found(loose) == []


def test_a_handled_error_is_never_in_the_group_of_a_crash() -> None:
    """The same error, once handled and once not, has two fingerprints."""
    text = PYTHON.removeprefix("[ERROR] ").partition("\n")
    handled = f"[ERROR]\t2026-11-23T11:00:00.000Z\t{A}\tx\n{text[2]}\n{text[0]}".replace(
        "\xa0", " "
    )
    crashes = found(ran(handled), ran(PYTHON, request=B), logged=True)
    assert [c.logged for c in crashes] == [False, True]
    assert crashes[0].title == crashes[1].title
    assert crashes[0].fingerprint != crashes[1].fingerprint


STATES = "/aws/vendedlogs/states/orders-Logs"
CAUSE = json.dumps({"errorMessage": "no", "errorType": "Declined", "requestId": A})


def test_an_execution_that_failed_is_one_crash() -> None:
    """What failed inside of it leads to its end only; a caught failure is none."""
    failed = [
        execution("LambdaFunctionFailed", {"error": "Declined", "cause": CAUSE}, "5"),
        execution("ExecutionFailed", {"error": "Declined", "cause": CAUSE}),
    ]
    lines = [(n, line) for n, line in enumerate(failed)]
    crash = found(lines, groups=(STATES,))[0]
    assert (crash.function, crash.request_id, crash.kind) == ("orders", None, Status.ERROR)
    assert (crash.error_type, crash.message) == ("Declined", "no")
    assert (crash.time, len(crash.records), crash.invocation) == (T0 + 1, 2, None)
    assert len(found(lines, groups=(STATES,))) == 1
    assert found(lines[:1], groups=(STATES,)) == []
    twice = [*lines, (2, execution("ExecutionFailed", {"error": "Again"}, "9"))]
    assert [c.error_type for c in found(twice, groups=(STATES,))] == ["Again"]


def test_an_execution_names_the_request_that_made_it_fail() -> None:
    """Both are crashes; the message says that one came of the other."""
    failed = [(95, execution("ExecutionFailed", {"error": "Declined", "cause": CAUSE}))]
    alone = found(failed, groups=(STATES,))
    crashes = found(failed, ran(PYTHON), groups=(STATES, GROUP))
    assert [c.function for c in crashes] == ["orders", "pay"]
    assert crashes[0].message == f"no (request {A} of pay crashed)"
    assert crashes[0].fingerprint == alone[0].fingerprint


@pytest.mark.parametrize(
    ("event", "kind", "title"),
    [
        (execution("ExecutionTimedOut", {}), Status.TIMEOUT, "timed out"),
        (execution("ExecutionAborted", {}), Status.EXIT, "aborted"),
        (execution("ExecutionFailed", {}), Status.ERROR, "failed"),
        (FAILING["2.7 durable execution"], Status.ERROR, "failed"),
        (FAILING["2.7 durable execution"].replace("FAILED", "TIMED_OUT"), Status.TIMEOUT,
         "timed out"),
        (FAILING["2.7 durable execution"].replace("FAILED", "STOPPED"), Status.EXIT, "aborted"),
    ],
)  # fmt: skip
def test_executions_end_in_several_ways(event: str, kind: Status, title: str) -> None:
    """Failed, timed out, aborted; of Step Functions and of durable functions."""
    crash = found([(0, event)], groups=(STATES,))[0]
    assert (crash.kind, crash.title) == (kind, title)
    assert crash.function == ("pay" if "urable" in event else "orders")


def test_a_function_that_prints_what_another_service_failed_at_tells_it() -> None:
    """A handler of EventBridge events logs the change of a status, and ends well itself."""
    crashes = found(ran(FAILING["2.7 durable execution"]), groups=("/aws/lambda/alarm",))
    assert [c.function for c in crashes] == ["pay"]


def failing(**payload: Any) -> dict[str, Any]:
    return {
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": payload,
    }


def test_a_destination_tells_of_an_invocation_that_is_not_at_hand() -> None:
    """By `functionError` or the condition, never by the status code of 200."""
    record = destination("RetriesExhausted", **failing(errorMessage="no 7", errorType="Declined"))
    crash = only([(0, record)])
    assert (crash.function, crash.request_id, crash.time) == ("pay", ID, T0)
    assert (crash.kind, crash.error_type, crash.message) == (Status.ERROR, "Declined", "no 7")
    assert only([(0, record), (5, record), (9, FAILING["4.10 EventBridge"])]).time == T0
    assert found([(0, HEALTHY["4.10 success"])]) == []


def test_a_destination_s_record_of_a_crash_at_hand_is_no_second_crash() -> None:
    """The request ID is the bridge; an invocation that did not fail by itself is told by it."""
    record = destination("RetriesExhausted", **failing(errorMessage="no", errorType="Declined"))
    crashed = ran(PYTHON, request=ID)
    assert [c.error_type for c in found(crashed, [(95, record)])] == ["CustomException"]
    assert [c.error_type for c in found(ran(request=ID), [(95, record)])] == ["Declined"]


def test_a_destination_s_error_is_the_invocation_s() -> None:
    """Its payload gives the fingerprint that the log of the invocation would."""
    record = destination(
        "RetriesExhausted",
        **failing(
            errorMessage="some error occurred",
            errorType="CustomException",
            stackTrace=['  File "/var/task/handler.py", line 99, in handler\n    raise X\n'],
        ),
    )
    crashes = found([(0, record)], ran(PYTHON))
    assert len({(c.fingerprint, c.title) for c in crashes}) == 1
    assert len(crashes) == 2


@pytest.mark.parametrize(
    ("record", "kind", "title"),
    [
        (destination("EventAgeExceeded"), Status.ERROR, "failed (EventAgeExceeded)"),
        (destination("RetriesExhausted"), Status.ERROR, "failed (RetriesExhausted)"),
        (FAILING["4.10 stream"], Status.ERROR, "failed (RetryAttemptsExhausted)"),
        (FAILING["4.10 dead letter"], Status.ERROR, "no route"),
        (destination("RetriesExhausted", **failing(
            errorMessage="2024-03-04T17:22:38.033Z x Task timed out after 3.00 seconds")),
         Status.TIMEOUT, "timed out after 3 s"),
        (destination("RetriesExhausted", **failing(
            errorType="Sandbox.Timedout",
            errorMessage="RequestId: x Error: Task timed out after 3.00 seconds")),
         Status.TIMEOUT, "timed out after 3 s"),
        (destination("RetriesExhausted", **failing(
            errorType="Runtime.ExitError",
            errorMessage="RequestId: x Error: Runtime exited with error: exit status 1")),
         Status.EXIT, "the runtime exited"),
    ],
)  # fmt: skip
def test_what_destinations_tell_has_its_kind(record: str, kind: Status, title: str) -> None:
    """Given up without a run, timed out, exited: as the payload or the condition says."""
    crash = only([(0, record)])
    assert (crash.kind, crash.title) == (kind, title)


AZURE = ("azure",)


def test_azure_s_failed_lines_are_crashes() -> None:
    """`Executed ... (Failed`, with the exception that the host or the diagnostic log gives."""
    failed = FAILING["8.1 failed"].replace("3a4b2e78-0549-4ebc-ba4c-ee9a6bc9a04e", A)
    begun = f"Executing 'Functions.HttpTrigger1' (Reason='(null)', Id={A})"
    crash = only([(0, begun), (5, failed)], groups=AZURE)
    assert (crash.function, crash.kind, crash.title) == ("HttpTrigger1", Status.ERROR, "failed")
    told = FAILING["8.1 exception"].replace("Functions.x", "Functions.HttpTrigger1")
    for lines in ([(0, begun), (4, told), (5, failed)], [(0, begun), (5, failed), (6, told)]):
        crash = only(lines, groups=AZURE)
        assert (crash.error_type, crash.message) == ("ValueError", "no")
        assert crash.request_id == A
    assert only([(0, FAILING["8.2 exception"])], groups=AZURE).error_type == "Shop.Declined"
    assert only([(0, FAILING["8.1 host timeout"])], groups=AZURE).kind is Status.TIMEOUT


def test_azure_s_end_may_carry_the_exception() -> None:
    """Where the diagnostic log puts it on the end itself, that is the error; a worker's goes first.

    It says more than what was logged at level Error beside it.
    """
    carried = FAILING["8.2 failed, exception"]
    logged = FAILING["8.2 failed"].replace(f"Executed Functions.hello (Failed, Id={ID}", "(gone")
    crash = only([(0, logged.replace('Information"', 'Error"')), (5, carried)], groups=AZURE)
    assert (crash.kind, crash.function, crash.request_id) == (Status.ERROR, "hello", ID)
    assert (crash.error_type, crash.message) == ("Shop.Declined", "no")
    assert crash.fingerprint != only([(0, FAILING["8.2 failed"])], groups=AZURE).fingerprint
    told = FAILING["8.2 exception"].replace("Shop.Declined", "Shop.Inner")
    assert only([(4, told), (5, carried)], groups=AZURE).error_type == "Shop.Inner"


def test_what_a_runtime_reports_where_no_request_can_be_told() -> None:
    """Archives may have lost the streams: the report itself is the crash, of an unknown request."""
    collected = [
        Event(T0 + n, message, "", "", "", "test", "object", n)
        for n, message in enumerate([start(A), PYTHON, start(B), report(B), report(A)])
    ]
    stitched = stitch(parse(collected))
    (crash,) = crashes_of(stitched.invocations, stitched.unattributed)
    assert (crash.request_id, crash.error_type, crash.invocation) == (None, "CustomException", None)
    # A failed invocation that nothing explains takes it: that is one crash.
    collected[-1] = collected[-1]._replace(
        message=report(A, status="error", error_type="Runtime.Unknown")
    )
    stitched = stitch(parse(collected))
    (crash,) = crashes_of(stitched.invocations, stitched.unattributed)
    assert crash.request_id == A


def test_each_failed_invocation_takes_one_report_of_its_time() -> None:
    """Where streams are lost: two that failed without a word, and three reports."""
    lines = [
        (0, start(A)), (1, start(B)), (2, PYTHON), (3, FAILING["4.2 key"]),
        (9, report(A, status="error", error_type="Runtime.Unknown")),
        (9, report(B, status="error", error_type="Runtime.Unknown")),
        (10, FAILING["4.2 exit"]), (5000, FAILING["4.2 key"]),
    ]  # fmt: skip
    collected = [Event(T0 + n, text, "", "", "", "t", "o", p) for p, (n, text) in enumerate(lines)]
    stitched = stitch(parse(collected))
    crashes = crashes_of(stitched.invocations, stitched.unattributed)
    assert [(c.time - T0, c.request_id) for c in crashes] == [
        (5000, None), (10, None), (9, A), (9, B),
    ]  # fmt: skip


def test_a_timeout_takes_no_other_request_s_error() -> None:
    """What ran out of time or memory did not report an error of the handler: another request did.

    An error of memory is what ran out of memory may report.
    """
    lines = [
        (0, start(A)), (10_000, start(B)), (10_025, FAILING["4.2 key"]),
        (10_050, end(B)), (10_051, report(B)), (30_000, report(A, status="timeout")),
    ]  # fmt: skip
    collected = [Event(T0 + n, text, "", "", "", "t", "o", p) for p, (n, text) in enumerate(lines)]
    stitched = stitch(parse(collected))
    crashes = crashes_of(stitched.invocations, stitched.unattributed)
    assert [(c.request_id, c.kind) for c in crashes] == [(A, Status.TIMEOUT), (None, Status.ERROR)]
    memory = report(A, status="error", error_type="Runtime.OutOfMemory")
    collected[-1] = collected[-1]._replace(message=memory)
    stitched = stitch(parse(collected))
    crashes = crashes_of(stitched.invocations, stitched.unattributed)
    assert [(c.request_id, c.kind) for c in crashes] == [(A, Status.OOM), (None, Status.ERROR)]
    told = FAILING["4.2 key"].replace("KeyError", "MemoryError")
    assert told != FAILING["4.2 key"]
    collected[2] = collected[2]._replace(message=told)
    stitched = stitch(parse(collected))
    (crash,) = crashes_of(stitched.invocations, stitched.unattributed)
    assert (crash.request_id, crash.kind) == (A, Status.OOM)


def test_of_those_that_failed_without_a_word_the_next_to_end_reported() -> None:
    """A runtime reports right before the end, whoever began first and however long it still ran."""
    lines = [
        (0, platform("initStart", initializationType="lambda-managed-instances")),
        (1, platform("start", requestId=A)), (2, platform("start", requestId=B)),
        (3, platform("start", requestId=C)), (500, FAILING["4.2 key"]),
        (510, platform("report", requestId=B, status="failure", errorType="Runtime.Unknown",
                       metrics={"durationMs": 508.0})),
        (900, platform("report", requestId=A, status="failure", errorType="Runtime.Unknown",
                       metrics={"durationMs": 899.0})),
        (3003, platform("report", requestId=C, status="timeout", metrics={"durationMs": 3000.0})),
    ]  # fmt: skip
    crashes = found(lines)
    assert [(c.request_id, c.kind, c.error_type) for c in crashes] == [
        (C, Status.TIMEOUT, None), (A, Status.ERROR, "Runtime.Unknown"),
        (B, Status.ERROR, "KeyError"),
    ]  # fmt: skip


def test_an_init_that_failed_where_several_are_served_at_once() -> None:
    """It belongs to no request, and is a crash; with its error, one."""
    lines = [
        (0, platform("initStart", initializationType="lambda-managed-instances")),
        (1, FAILING["2.4 Python"]),
        (2, platform("initReport", status="error", errorType="Runtime.ImportModuleError",
                     phase="init", initializationType="lambda-managed-instances")),
    ]  # fmt: skip
    crash = only(lines)
    assert (crash.kind, crash.error_type, crash.message) == (Status.INIT_ERROR, "Declined", "no")
    late = [(0, lines[0][1]), (1, platform("initReport", status="timeout", phase="init"))]
    assert only(late).title == "init timed out"


def test_a_gateway_s_failure_is_no_crash() -> None:
    """5xx of API Gateway has its cause elsewhere."""
    lines = [(0, FAILING["5.4 gateway"]), (1, HEALTHY["5.4 gateway"])]
    assert found(lines, groups=("API-Gateway-Execution-Logs_a1b2c3/prod",)) == []


def test_an_extension_that_cannot_be_launched() -> None:
    """No request came: the init's failure is the extension's."""
    crash = only([(0, INIT), (1, EXTENSION), (2, FAILING["1.5 extension that cannot be launched"])])
    assert (crash.kind, crash.error_type) == (Status.EXTENSION, "PermissionDenied")


def test_the_newest_come_first_in_an_order_that_depends_on_nothing() -> None:
    """Crashes of one moment are in the order of their function, place and request."""
    streams = [ran(PYTHON, request=request) for request in (B, A, C)]
    groups = ("/aws/lambda/b", "/aws/lambda/a", "/aws/lambda/b")
    crashes = found(*streams, ran(PYTHON, begin=500), groups=(*groups, GROUP))
    assert [(c.time - T0, c.function) for c in crashes] == [
        (590, "pay"), (90, "a"), (90, "b"), (90, "b"),
    ]  # fmt: skip
    collected = [
        event
        for number, lines in enumerate(streams)
        for event in events(lines, group=groups[number], stream=f"2026/11/23/[7]{number:032x}")
    ]
    stitched = stitch(parse(collected))
    invocations = list(stitched.invocations)
    expected = crashes_of(invocations, stitched.unattributed)
    for seed in range(5):
        Random(seed).shuffle(invocations)
        assert crashes_of(invocations, stitched.unattributed) == expected


def test_nothing_gives_nothing() -> None:
    """No input, no crash."""
    assert crashes_of([], []) == []
