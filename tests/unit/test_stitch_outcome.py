"""How an invocation ended, and which error says so."""

import pytest
from stream_samples import (
    EXTENSION,
    INIT,
    A,
    B,
    document,
    end,
    init_report,
    log,
    only,
    platform,
    report,
    start,
)

from slsloggrep.model import Status


def ran(*between, **figures):
    """Return the invocation of START, the messages between, END and REPORT."""
    return only(
        [
            (0, start(A)),
            *((1 + n, text) for n, text in enumerate(between)),
            (90, end(A)),
            (90, report(A, **figures)),
        ]
    )


PYTHON = (
    "[ERROR] KeyError: 'x'\rTraceback (most recent call last):\r\xa0\xa0File \"/var/task/a.py\""
)
PYTHON_LOG = (
    f"[ERROR]\t2026-11-23T11:00:00.000Z\t{A}\tfailed\nTraceback (most recent call last):\n"
    '  File "a.py", line 1\nValueError: no\n'
)
TIMED_OUT = f"2026-11-23T11:00:03.000Z {A} Task timed out after 3.00 seconds\n\n"
EXITED = f"RequestId: {A} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n"
KILLED = f"RequestId: {A} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"
UNKNOWN = "Unknown application error occurred\nRuntime.Unknown\n"
NODE_JSON = document(
    timestamp="2026-11-23T11:00:00.000Z",
    level="ERROR",
    requestId=A,
    message={"errorType": "TypeError", "errorMessage": "x is not a function", "stackTrace": ["a"]},
)


@pytest.mark.parametrize(
    ("between", "figures", "status", "error_type"),
    [
        ((), {}, Status.OK, None),
        ((), {"status": "timeout"}, Status.TIMEOUT, None),
        ((), {"status": "error", "error_type": "Runtime.OutOfMemory"}, Status.OOM,
         "Runtime.OutOfMemory"),
        ((), {"status": "error", "error_type": "Runtime.ExitError"}, Status.EXIT,
         "Runtime.ExitError"),
        ((), {"status": "error", "error_type": "Extension.Crash"}, Status.EXTENSION,
         "Extension.Crash"),
        ((), {"status": "error", "error_type": "Function.ResponseSizeTooLarge"}, Status.ERROR,
         "Function.ResponseSizeTooLarge"),
        ((), {"status": "error", "error_type": "Sandbox.Timedout"}, Status.TIMEOUT,
         "Sandbox.Timedout"),
        ((), {"status": "error"}, Status.ERROR, None),
        ((PYTHON,), {}, Status.ERROR, "KeyError"),
        ((TIMED_OUT,), {}, Status.TIMEOUT, None),
        ((EXITED,), {"used": 127}, Status.EXIT, "Runtime.ExitError"),
        ((KILLED,), {"used": 127}, Status.EXIT, "Runtime.ExitError"),
        ((KILLED,), {"used": 128}, Status.OOM, "Runtime.ExitError"),
        ((EXITED,), {"used": 128}, Status.EXIT, "Runtime.ExitError"),
        ((UNKNOWN,), {}, Status.EXIT, "Runtime.Unknown"),
        ((PYTHON, EXITED), {}, Status.EXIT, "KeyError"),
    ],
)  # fmt: skip
def test_each_sign_of_failure_is_read(between, figures, status, error_type):
    """REPORT's status, an old-style line, or a runtime's report: any of them tells."""
    invocation = ran(*between, **figures)
    assert (invocation.status, invocation.error_type) == (status, error_type)


def test_memory_used_up_alone_is_no_failure():
    """A timeout, or a success, may have used all of its memory."""
    assert ran(used=128).status is Status.OK
    assert ran(used=128, status="timeout").status is Status.TIMEOUT


def test_an_old_kill_counts_beside_a_stated_exit():
    """Where REPORT says only that the runtime exited, signal and memory say why."""
    figures = {"used": 128, "status": "error", "error_type": "Runtime.ExitError"}
    assert ran(KILLED, **figures).status is Status.OOM
    assert ran(EXITED, **figures).status is Status.EXIT


def test_a_timeout_says_its_limit_and_its_message():
    """The old-style line states both; a segfault that Lambda reports as a timeout is one here."""
    invocation = ran("Fatal Python error: Segmentation fault\n", TIMED_OUT, duration=3004.9)
    assert (invocation.status, invocation.timeout_s) == (Status.TIMEOUT, 3.0)
    assert invocation.error_message == "Task timed out after 3.00 seconds"


@pytest.mark.parametrize(
    "handled",
    [
        log(A, "ReferenceError: x is not defined\n    at f (/var/task/a.js:1:2)", "ERROR"),
        PYTHON_LOG,
        NODE_JSON,
    ],
)
def test_a_handled_error_is_no_crash(handled):
    """What a handler logs and survives leaves the invocation ok, without an error."""
    for figures in ({}, {"status": "success"}):
        invocation = ran(handled, **figures)
        assert invocation.status is Status.OK
        assert (invocation.error_type, invocation.error_message) == (None, None)


def test_a_printed_payload_of_another_request_is_no_crash():
    """A caller that prints its callee's error payload did not fail itself."""
    payload = document(errorMessage="no", errorType="Declined", requestId=B, stackTrace=[])
    assert ran(payload).status is Status.OK


@pytest.mark.parametrize("status", ["failure", "error"])
def test_node_in_json_reports_through_the_ordinary_log(status):
    """Only the report's status tells that the last loud error was not handled."""
    first = document(level="ERROR", requestId=A, error={"name": "Early", "message": "handled"})
    invocation = only(
        [
            (0, platform("start", requestId=A)),
            (1, first),
            (2, NODE_JSON),
            (3, platform("report", requestId=A, status=status, errorType="TypeError",
                         metrics={"durationMs": 2})),
        ]
    )  # fmt: skip
    assert invocation.status is Status.ERROR
    assert (invocation.error_type, invocation.error_message) == (
        "TypeError",
        "x is not a function",
    )


@pytest.mark.parametrize(
    ("record", "status"),
    [
        ({"status": "success"}, Status.OK),
        ({"status": "failure"}, Status.ERROR),
        ({"status": "failure", "errorType": "Runtime.Unknown"}, Status.ERROR),
        ({"status": "error", "errorType": "Runtime.Unknown"}, Status.EXIT),
        ({"status": "error", "errorType": "Runtime.ExitError"}, Status.EXIT),
        ({"status": "error", "errorType": "Runtime.OutOfMemory"}, Status.OOM),
        ({"status": "timeout"}, Status.TIMEOUT),
        ({"status": "error", "errorType": "Extension.Crash"}, Status.EXTENSION),
        ({"status": "failure", "errorType": "Runtime.ImportModuleError"}, Status.INIT_ERROR),
    ],
)
@pytest.mark.parametrize("kind", ["report", "runtimeDone"])
def test_json_statuses(kind, record, status):
    """platform.report decides; without it, platform.runtimeDone."""
    begun = (0, platform("start", requestId=A))
    assert only([begun, (5, platform(kind, requestId=A, **record))]).status is status


def test_the_report_outweighs_the_runtime():
    """An extension that crashes fails the invocation although its handler succeeded."""
    invocation = only(
        [
            (0, platform("start", requestId=A)),
            (1, document(level="ERROR", requestId=A, error={"name": "X", "message": "handled"})),
            (5, platform("runtimeDone", requestId=A, status="success")),
            (6, platform("report", requestId=A, status="error", errorType="Extension.Crash")),
        ]
    )
    assert (invocation.status, invocation.error_type) == (Status.EXTENSION, "Extension.Crash")
    assert invocation.error_message is None


def test_a_fault_event_is_a_string():
    """platform.fault states the old-style line as text."""
    fault = platform("fault")
    fault = fault.replace("{}", f'"RequestId: {A} Process exited before completing request"')
    invocation = only([(0, platform("start", requestId=A)), (1, fault)])
    assert invocation.status is Status.EXIT


def test_an_init_that_exits_again_inside_the_invocation_is_an_init_error():
    """The repeated init may go unreported: the same end, and a handler that said nothing."""
    failed = [(0, INIT), (1, init_report("init", "error", "Runtime.ExitError")), (5, start(A))]
    last = report(A, status="error", error_type="Runtime.ExitError")
    assert only([*failed, (9, last)]).status is Status.INIT_ERROR
    assert only([*failed, (8, "handling\n"), (9, last)]).status is Status.EXIT
    again = (2, init_report("invoke", "error", "Runtime.ExitError"))
    assert only([*failed[:2], again, failed[2], (9, last)]).status is Status.INIT_ERROR


def test_an_init_that_failed_once_and_then_served_is_no_crash():
    """After a slow or failed init the repeated one may succeed."""
    slow = [(0, INIT), (1, init_report("init", "timeout")), (5, start(A)), (7, "handling\n")]
    assert only([*slow, (9, report(A))]).status is Status.OK
    assert only(slow).status is Status.INCOMPLETE
    error = "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module\n"
    assert only([(0, INIT), (1, error), *slow[2:], (9, report(A))]).status is Status.OK
    assert only([(0, INIT), (1, error), slow[2], (9, report(A))]).status is Status.INIT_ERROR


@pytest.mark.parametrize(
    ("lines", "status", "error_type"),
    [
        ([init_report("init", "timeout")], Status.INIT_ERROR, None),
        ([EXTENSION, init_report("init", "error", "Extension.Crash")], Status.EXTENSION,
         "Extension.Crash"),
        ([platform("extension", name="x", state="LaunchError", errorType="Extension.LaunchError")],
         Status.EXTENSION, "Extension.LaunchError"),
        ([platform("initReport", status="error", errorType="Runtime.InitError",
                   metrics={"durationMs": 1})], Status.INIT_ERROR, "Runtime.InitError"),
        (["IMAGE\tLaunch error: exec format error\tEntrypoint: /x\tCmd: []\tWorkingDir: []"],
         Status.INIT_ERROR, None),
        (["[ERROR] Runtime.HandlerNotFound: Handler 'x' missing on module 'y'\n"],
         Status.INIT_ERROR, "Runtime.HandlerNotFound"),
    ],
)  # fmt: skip
def test_an_init_that_nothing_followed(lines, status, error_type):
    """No request, yet a crash: of the init, or of an extension in it."""
    invocation = only([(0, INIT), *((1 + n, line) for n, line in enumerate(lines))])
    assert (invocation.status, invocation.error_type) == (status, error_type)
    assert (invocation.request_id, invocation.cold_start) == (None, True)


def test_ruby_prints_its_report_in_pieces():
    """Of several pieces of one report, the one that says most is the error."""
    invocation = ran(
        "Error raised from handler method\n",
        "{\n",
        '  "errorType": "Function<TypeError>",\n',
        "}\n",
    )
    assert (invocation.status, invocation.error_type) == (Status.ERROR, "Function<TypeError>")


def test_dotnet_reports_the_same_error_more_than_once():
    """Three reports of one load error are one invocation with that error."""
    line = (
        f"2026-11-23T11:00:00.000Z\t{A}\tfail\tSystem.ApplicationException: You caused a failure\n"
        "   at Shop.Function.Run() in F.cs:line 45\n"
    )
    invocation = ran(line, line, line)
    assert (invocation.status, invocation.error_type) == (
        Status.ERROR,
        "System.ApplicationException",
    )


def test_figures_are_the_report_s():
    """Durations in ms, memory in MB; restore and init beside them; what is unsaid is None."""
    invocation = ran(duration=306.34, memory=3009, used=155, init=12.5)
    assert (invocation.duration_ms, invocation.billed_ms) == (306.34, 11)
    assert (invocation.memory_mb, invocation.max_memory_mb) == (3009, 155)
    assert (invocation.init_ms, invocation.restore_ms) == (12.5, None)
    assert (invocation.cold_start, invocation.version) == (True, "$LATEST")
    bare = only([(0, start(A))])
    assert (bare.duration_ms, bare.memory_mb, bare.init_ms) == (None, None, None)
    assert not bare.cold_start


def test_a_restored_environment_is_a_cold_start():
    """SnapStart restores instead of initialising."""
    lines = [
        (0, "RESTORE_START Runtime Version: java:11.v21\tRuntime Version ARN: arn:x\n"),
        (1, "RESTORE_REPORT Restore Duration: 511.25 ms\n"),
        (2, start(A)),
        (3, report(A)),
    ]
    invocation = only(lines)
    assert (invocation.restore_ms, invocation.cold_start) == (511.25, True)


@pytest.mark.parametrize(
    ("lines", "states", "value"),
    [
        ([log(A, "hello")], False, None),
        ([document(level="INFO", requestId=A, message="x", response={"ok": True})], True,
         {"ok": True}),
        ([document(level="INFO", requestId=A, message="x", response=None)], True, None),
        ([document(level="INFO", requestId=A, message="a", response=1),
          document(level="INFO", requestId=A, message="b", response=2)], True, 2),
    ],
)  # fmt: skip
def test_the_last_stated_response_is_the_response(lines, states, value):
    """A response of null is one; none stated is none."""
    invocation = ran(*lines)
    assert (invocation.states_response, invocation.response) == (states, value)


def test_java_reports_line_by_line():
    """One event a line: the class after the message, then the trace that begins with the class."""
    lines = ("boom: shop.Declined\n", "shop.Declined: boom\n", "\tat shop.Pay.run(Pay.java:7)\n")
    invocation = ran(*lines)
    assert (invocation.status, invocation.error_type) == (Status.ERROR, "shop.Declined")
    assert invocation.error_message == "boom"
    assert ran(*lines[1:]).status is Status.OK
    # In an init that was repeated, and then served, it is none either.
    slow = [(0, INIT), *((1, line) for line in lines), (5, start(A)), (7, "handling\n")]
    assert only([*slow, (9, report(A))]).status is Status.OK


def test_the_report_that_says_most_is_the_error():
    """Rust reports a panic twice, once where it happened; Ruby in pieces that make a whole."""
    panic = "thread 'main' panicked at src/main.rs:8:1:\nno luck\n"
    caught = f'ERROR Lambda runtime invoke{{requestId="{A}"}}: user handler panicked error=Any\n'
    assert ran(panic, caught).error_message == "no luck"
    pieces = ("{\n", '  "errorMessage": "no",\n', '  "errorType": "Function<TypeError>",\n',
              '  "stackTrace": []\n', "}\n")  # fmt: skip
    invocation = ran("Error raised from handler method\n", *pieces)
    assert (invocation.error_type, invocation.error_message) == ("Function<TypeError>", "no")


def test_a_response_that_was_too_large_for_the_native_client():
    """Where REPORT says nothing, the runtime client's complaint is the only witness."""
    line = (
        "[ERROR] [1583405456446] LAMBDA_RUNTIME Failed to post handler success response. Http "
        "response code: 413.\n"
    )
    invocation = ran(line)
    assert (invocation.status, invocation.error_type) == (
        Status.ERROR,
        "Function.ResponseSizeTooLarge",
    )


def test_a_timeout_of_azure_is_told_beside_the_outcome():
    """`Executed` knows succeeded and failed only; the host's other line names the limit."""
    invocation = only(
        [
            (0, f"Executing 'Functions.pay' (Reason='(null)', Id={A})"),
            (5, f"Timeout value of 00:05:00 exceeded by function 'Functions.pay' (Id: '{A}')."),
            (6, f"Executed 'Functions.pay' (Failed, Id={A}, Duration=300010ms)"),
        ]
    )
    assert (invocation.status, invocation.timeout_s) == (Status.TIMEOUT, 300.0)
