"""A crash in plain words, with its numbers, and what to try next."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from failure_samples import FAILING, ID, destination, execution
from stream_samples import (
    EXTENSION,
    INIT,
    T0,
    A,
    B,
    init_report,
    join,
    log,
    platform,
    report,
    start,
)

from slsloggrep.analyse.crashes import crashes_of
from slsloggrep.analyse.explanation import explain
from slsloggrep.analyse.remedies import EXITS, REMEDIES

Lines = list[tuple[int, str]]


def told(
    lines: Iterable[tuple[int, str]], *, attempts: bool = False, **options: Any
) -> tuple[str, str]:
    """Return what is said of the newest crash: what happened, and the advice, each as one text."""
    stitched = join(lines)
    crash = crashes_of(stitched.invocations, stitched.unattributed, **options)[0]
    begun = crash.invocation.start if crash.invocation else crash.time
    happened, advice = explain(
        crash,
        earlier=[i for i in stitched.invocations if i.start < begun],
        attempts=[i for i in stitched.invocations if i.request_id == crash.request_id]
        if attempts
        else (),
    )
    assert happened
    for sentence in (*happened, *advice):
        assert sentence[0].isupper()
        assert sentence.endswith((".", "!", "?"))
        assert "\n" not in sentence
    assert len(set(advice)) == len(advice)
    return " ".join(happened), " ".join(advice)


def ran(*between: str, begin: int = 0, request: str = A, length: int = 90, **figures: Any) -> Lines:
    return [
        (begin, start(request)),
        *((begin + 1 + n, text) for n, text in enumerate(between)),
        (begin + length, report(request, **figures)),
    ]


def served(count: int, *, used: int = 60, grows: int = 0, duration: float = 10) -> Lines:
    """Return invocations that ended well, before the crash."""
    lines: Lines = []
    for number in range(count):
        request = f"{number:08d}-0000-4000-8000-00000000000a"
        memory = used + grows * number
        begin = -100_000 + 1000 * number
        lines += ran(begin=begin, request=request, used=memory, duration=duration)
    return lines


def test_a_timeout_names_its_limit_and_how_long_it_was_silent() -> None:
    """Limit and duration, and the pause after the handler's last line."""
    lines = [(0, start(A)), (100, log(A, "calling the bank")),
             (3004, report(A, duration=3004, status="timeout"))]  # fmt: skip
    happened, advice = told(lines)
    assert "ran into its limit of 3 s: it was stopped after 3.00 s." in happened
    assert "last line came 2.90 s before" in happened
    assert "Give clients timeouts that are shorter" in advice
    assert "segmentation fault" not in advice


def test_a_timeout_whose_handler_said_nothing_may_be_a_segfault() -> None:
    """A native crash is reported as a timeout."""
    happened, advice = told(ran(duration=3004, status="timeout", length=3004))
    assert "The handler logged nothing before." in happened
    assert "segmentation fault" in advice


def test_earlier_durations_tell_a_limit_that_is_too_low_from_a_call_that_hangs() -> None:
    """Near the limit before, or far from it."""
    crash = ran(duration=3004, status="timeout", length=3004)
    _, near = told([*served(3, duration=2800), *crash])
    assert "took up to 2.80 s, near the limit of 3 s" in near
    _, far = told([*served(3, duration=120), *crash])
    assert "took 120 ms at most" in far
    assert "near the limit" not in far


def test_a_repeated_init_is_part_of_a_timeout_s_duration() -> None:
    """A duration far above the limit says so."""
    happened, _ = told(ran(duration=13_022, status="timeout", length=13_022), limits={"pay": 3.0})
    assert "limit of 3 s" in happened
    assert "A repeated init counts as part of that time." in happened


def test_out_of_memory_names_what_was_used_and_how_it_grew() -> None:
    """Over the invocations of the environment, or in one request."""
    crash = ran(used=128, status="error", error_type="Runtime.OutOfMemory")
    happened, advice = told([*served(13, used=61, grows=5), *crash])
    assert "it had used 128 of 128 MB." in happened
    assert "Memory grew from 61 to 128 MB over 14 invocations of this environment." in happened
    assert "kept between them" in advice
    assert "more memory than 128 MB" in advice
    happened, advice = told(crash)
    assert "grew" not in happened
    _, advice = told([*served(2, used=127), *crash])
    assert "process it piece by piece" in advice


def test_memory_of_a_process_before_is_no_growth() -> None:
    """Where the environment started over, memory begins anew, in the same log stream."""
    crash = ran(used=128, status="error", error_type="Runtime.OutOfMemory")
    again = [(-50_000, INIT), *ran(begin=-49_000, request=B, used=120, init=200)]
    happened, _ = told([*served(13, used=61, grows=5), *again, *crash])
    assert "grew" not in happened


def test_memory_that_is_nearly_used_up_is_worth_a_word() -> None:
    """With a timeout, more of it may help."""
    happened, advice = told(ran(used=126, duration=3000, status="timeout", length=3000))
    assert "It used 126 of 128 MB." in happened
    assert "126 of 128 MB" in advice
    happened, _ = told(ran(used=64, duration=3000, status="timeout", length=3000))
    assert "of 128 MB" not in happened


def test_an_unhandled_error_is_named_with_its_place() -> None:
    """Type, message, and the innermost frame of the user's own."""
    happened, advice = told(ran(FAILING["4.2 Python"], duration=12))
    assert (
        "failed after 12 ms with an error that it did not catch: CustomException: some" in happened
    )
    assert "It came out of handler (/var/task/handler.py, line 6)." in happened
    assert "Begin reading at /var/task/handler.py:6" in advice


def test_an_error_that_the_logs_do_not_name() -> None:
    """Honest where nothing is known."""
    happened, _ = told(ran(status="error"))
    assert "the logs do not say why." in happened


def test_a_response_too_large_names_both_sizes() -> None:
    """What it had, as far as it is known, and what Lambda takes."""
    done = platform(
        "runtimeDone", requestId=A, status="error", errorType="Function.ResponseSizeTooLarge",
        metrics={"durationMs": 3, "producedBytes": 7_000_000},
    )  # fmt: skip
    figures = {"status": "error", "error_type": "Function.ResponseSizeTooLarge"}
    happened, advice = told(ran(done, **figures))
    assert "its response of 7 000 000 bytes is larger than Lambda takes." in happened
    assert "A response may have 6 291 556 bytes" in advice
    happened, _ = told(ran(**figures))
    assert "its response is larger" in happened


@pytest.mark.parametrize(
    ("said", "how", "advice"),
    [
        ("Runtime exited with error: exit status 127", "(exit status 127)", "wrapper or bootstrap"),
        ("Runtime exited with error: exit status 126", "(exit status 126)", "may be executed"),
        ("Runtime exited with error: exit status 101", "(exit status 101)", "Rust"),
        ("Runtime exited with error: exit status 2", "(exit status 2)", "Go program"),
        ("Runtime exited with error: signal: segmentation fault", "(signal: segmentation fault)",
         "Native code"),
        ("Runtime exited with error: signal: killed", "(signal: killed)", "may have been for"),
        ("Runtime exited without providing a reason", "without giving a reason", "on purpose"),
    ],
)  # fmt: skip
def test_an_exit_says_how_as_far_as_the_line_does(said: str, how: str, advice: str) -> None:
    """Status and signal mean something."""
    fault = f"RequestId: {A} Error: {said}\nRuntime.ExitError\n"
    happened, advised = told(ran(fault))
    assert (
        f"ended in the middle of the invocation{' ' if how[0] == '(' else ', '}{how}." in happened
    )
    assert advice in advised


def test_an_exit_without_a_word() -> None:
    """The new style has none; memory may be the reason."""
    figures = {"status": "error", "error_type": "Runtime.ExitError"}
    happened, advice = told(ran(**figures))
    assert "do not say why the process ended" in advice
    assert "(" not in happened
    _, advice = told(ran(used=127, **figures))
    assert "had used 127 of 128 MB: it may have been killed" in advice
    happened, advice = told(ran(FAILING["4.3 Node.js"].replace(ID, A), **figures))
    assert "Before, an error was reported that nothing caught: ReferenceError" in happened
    assert "do not say why" not in advice


def test_what_never_ended() -> None:
    """Its time has passed, or its environment started over."""
    lines: Lines = [(0, start(A)), (5, log(A, "working"))]
    happened, _ = told(lines, limits={"pay": 3.0}, read_until=T0 + 1_000_000)
    assert "No end of it was logged, although its limit of 3 s has passed." in happened
    happened, _ = told(lines, read_until=T0 + 2_000_000)
    assert "although the longest time a function may run has passed." in happened
    happened, _ = told([*lines, *ran(begin=50, request=B)])
    assert "its environment has started over: its process is gone." in happened


def test_an_init_that_failed_says_which_module() -> None:
    """Tried twice, one crash; the module by its name."""
    failed = [
        (1, FAILING["4.2 import"]),
        (2, init_report("init", "error", "Runtime.ImportModuleError")),
        (3, init_report("invoke", "error", "Runtime.ImportModuleError")),
    ]
    figures = {"status": "error", "error_type": "Runtime.ImportModuleError"}
    happened, advice = told([(0, INIT), *failed, *ran(begin=5, **figures)])
    assert "could not be initialised: Runtime.ImportModuleError: Unable to import" in happened
    assert "The init was tried 2 times, and failed each time: that is one crash." in happened
    assert "Is requests in the package or in a layer?" in advice
    happened, _ = told([(0, INIT), *failed[:2]])
    assert "No request was being served." in happened
    assert "tried" not in happened


def test_an_init_or_a_restore_that_took_too_long() -> None:
    """Each has its own limit."""
    happened, advice = told([(0, INIT), (1, FAILING["1.4 init timeout"])])
    assert "init took too long: it was stopped after 10.0 s." in happened
    assert "An init may take 10 s" in advice
    happened, advice = told([(0, "RESTORE_START x\n"), (1, FAILING["1.4 restore timeout"])])
    assert "snapshot took too long to restore." in happened
    assert "hooks that run after a restore" in advice
    happened, _ = told([(0, "RESTORE_START x\n"), (1, FAILING["1.4 restore exit"])])
    assert "snapshot could not be restored: Runtime.ExitError." in happened


def test_other_inits() -> None:
    """The image's configuration; a process that ended while it started."""
    for error_type, words in (("Runtime.InvalidEntrypoint", "ENTRYPOINT"),
                              ("Runtime.ExitError", "ended while it started")):  # fmt: skip
        _, advice = told([(0, INIT), (1, init_report("init", "error", error_type))])
        assert words in advice


def test_an_extension_is_named_and_the_handler_cleared() -> None:
    """What the handler logged is not what failed."""
    figures = {"status": "error", "error_type": "Extension.Crash"}
    lines = [(0, INIT), (1, EXTENSION), *ran(log(A, "fine"), begin=5, **figures)]
    happened, advice = told(lines)
    assert "The extension agent failed (Extension.Crash)" in happened
    assert "What the handler logged may be fine" in happened
    assert "Look at what agent logged" in advice
    both = [*lines[:2], (2, EXTENSION.replace("agent", "tracer")), *lines[2:]]
    happened, _ = told(both)
    assert "There are several in it: agent, tracer." in happened


def test_executions_and_events_that_were_given_up() -> None:
    """In the words of their service."""
    happened, advice = told([(0, execution("ExecutionFailed", {"error": "Declined"}))])
    assert "The execution of orders failed: Declined." in happened
    assert "Trace the execution's ARN" in advice
    happened, _ = told([(0, execution("ExecutionTimedOut", {}))])
    assert "The execution of orders timed out" in happened
    happened, advice = told([(0, execution("ExecutionAborted", {}))])
    assert happened == "The execution of orders was aborted."
    assert "StopExecution" in advice
    happened, advice = told([(0, destination("EventAgeExceeded"))])
    assert "An event for pay was given up: EventAgeExceeded. It had been tried 3 times." in happened
    assert "may never have run" in advice
    assert "sent again" in advice
    happened, _ = told([(0, FAILING["4.10 retries"])])
    assert "was given up: Declined: intentional." in happened
    happened, _ = told([(0, FAILING["8.1 host timeout"])])
    assert "belongs to no invocation that was read" in happened


def test_attempts_before_and_after_are_told() -> None:
    """A retry that ended well heals; where all failed, the event may be lost."""
    lines = ran(FAILING["4.2 Python"])
    happened, advice = told([*lines, *ran(begin=60_000)], attempts=True)
    assert "It was attempt 1 of 2; the last one ended well." in happened
    assert "done twice" in advice
    happened, advice = told([*lines, *ran(FAILING["4.2 Python"], begin=60_000)], attempts=True)
    assert "It was attempt 2 of 2; the last one failed, too (error)." in happened
    assert "dead-letter queue" in advice
    happened, _ = told([*lines, (60_000, start(A))], attempts=True)
    assert "the last one has not ended." in happened


def test_the_environment_before_the_crash() -> None:
    """Its first invocation, or one that came after another failure."""
    happened, _ = told([(-1, INIT), *ran(FAILING["4.2 Python"], init=812)])
    assert "It was the first invocation of its environment (init 812 ms)." in happened
    failed = ran(FAILING["4.2 Python"], begin=-500, request=B)
    happened, _ = told([*failed, *ran(FAILING["4.2 Python"])])
    assert "The invocation before it in the same environment failed, too: error." in happened


def test_a_logged_error_was_survived() -> None:
    """It is said that the handler went on."""
    handled = log(A, "TypeError: no\n    at f (/var/task/a.js:1:2)", "ERROR")
    happened, _ = told(ran(handled), logged=True)
    assert "The handler logged an error and went on: TypeError: no." in happened


def raised(error_type: str, message: str) -> str:
    """Return Node.js's report of an error."""
    error = json.dumps({"errorType": error_type, "errorMessage": message, "stack": []})
    return f"2026-11-23T11:00:00.000Z\t{A}\tERROR\tInvoke Error \t{error}"


ERRORS = [
    ("Error", "connect ECONNREFUSED 127.0.0.1:5432", "called itself (127.0.0.1:5432)"),
    ("Error", "connect ECONNREFUSED 10.0.0.7:6379", "Nothing listens at 10.0.0.7:6379"),
    ("ConnectionRefusedError", "[Errno 111] Connection refused", "Nothing listens at the address"),
    ("Error", "getaddrinfo ENOTFOUND db.internal", "The name db.internal could not be resolved"),
    ("gaierror", "[Errno -2] Name or service not known", "could not be resolved"),
    ("Error", "connect ETIMEDOUT 10.0.0.7:443", "did not answer in time"),
    ("ConnectTimeoutError", "Connect timeout on endpoint URL: x", "did not answer in time"),
    ("Error", "read ECONNRESET", "closed by the other side"),
    ("Error", "EMFILE: too many open files, open 'x'", "1,024 files"),
    ("OSError", "[Errno 28] No space left on device", "The disk (/tmp) is full"),
    ("OSError", "[Errno 30] Read-only file system: '/var/task/x'", "Only /tmp can be written to."),
    ("Runtime.MarshalError", ("Unable to marshal response: Object of type set is not JSON "
     "serializable"), "return plain objects"),
    ("ClientError", "An error occurred (ThrottlingException) when calling X: Rate exceeded",
     "was throttled"),
    ("OperationalError", "FATAL: remaining connection slots are reserved", "no connection left"),
    ("MemoryError", "", "no memory left"),
    ("RecursionError", "maximum recursion depth exceeded", "calls itself without end"),
    ("SyntaxError", "Unexpected token u in JSON at position 0", "given what is no JSON"),
    ("Runtime.UserCodeSyntaxError", "SyntaxError: Unexpected end of input", "runtime's version"),
    ("ClientError", "An error occurred (ExpiredToken) when calling X", "Credentials were kept"),
    ("ClientError", "An error occurred (ConditionalCheckFailedException) when calling X",
     "Somebody else had changed"),
    ("ClientError", "An error occurred (ResourceNotFoundException) when calling X",
     "does not exist"),
    ("Runtime.ImportModuleError", "Error: Cannot find module 'left-pad'\nRequire stack:",
     "Is left-pad in the package"),
    ("Runtime.ImportModuleError", ("Unable to import module 'app': /lib64/libc.so.6: version "
     "`GLIBC_2.28' not found"), "built for another system"),
    ("Runtime.HandlerNotFound", "Handler 'f' missing on module 'app'", "configured as app.f"),
    ("AccessDeniedException", ("User: arn:aws:sts::1:assumed-role/shop-role/pay is not authorized "
     "to perform: dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:1:table/orders because "
     "no identity-based policy allows it"),
     "Allow the role shop-role dynamodb:PutItem on arn:aws:dynamodb:us-east-1:1:table/orders."),
    ("AccessDenied", "Access Denied", "what the function's role allows"),
    ("AccessDeniedException", ("User: x is not authorized to perform: s3:GetObject with an "
     "explicit deny"), "An explicit deny forbids it."),
    ("States.DataLimitExceeded", "too much", "256 KB"),
    ("States.Runtime", "no path", "definition does not fit"),
]  # fmt: skip


@pytest.mark.parametrize(("error_type", "message", "words"), ERRORS)
def test_what_an_error_usually_means(error_type: str, message: str, words: str) -> None:
    """The advice names what stands in the error."""
    _, advice = told(ran(raised(error_type, message)))
    assert words in advice


def test_every_remedy_is_proved() -> None:
    """No pattern stands in the table that no error here finds."""
    proved = {
        next(n for n, remedy in enumerate(REMEDIES) if remedy.fit(f"{error_type}: {message}"))
        for error_type, message, _ in ERRORS
    }
    also = ("Bad handler 'x'", "Function.ResponseSizeTooLarge")
    proved |= {next(n for n, r in enumerate(REMEDIES) if r.fit(text)) for text in also}
    assert proved == set(range(len(REMEDIES)))
    assert len(EXITS) == 7


def test_an_unknown_error_gets_no_invented_advice() -> None:
    """Where nothing is known of it, and no frame is, there is none."""
    _, advice = told(ran(raised("Declined", "no luck")))
    assert advice == ""
