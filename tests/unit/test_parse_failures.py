"""Errors: what the runtimes report themselves, and what handlers log."""

from __future__ import annotations

import pytest

from slsloggrep.model import ErrorInfo, Event, Fact, Level, Record
from slsloggrep.parse import Parser

ID = "8bbbfb91-a3ff-4502-b1b7-cb8f6658de64"
NODE = f"2019-06-05T22:11:27.082Z\t{ID}\tERROR\t"
TRACE = "Traceback (most recent call last):"


def parse(message: str) -> Record:
    return Parser().parse(Event(0, message, "", "", ""))


def error_of(record: Record) -> ErrorInfo:
    assert record.error is not None
    return record.error


REPORTED = [
    ((f'[ERROR] CustomException: some error occurred\n{TRACE}\n\xa0\xa0File "/var/task/handler.py",'
     ' line 6, in handler\n\xa0\xa0\xa0\xa0raise CustomException("some error occurred")'),
     "CustomException", "some error occurred"),
    (f"[ERROR] CustomException\r{TRACE}\r\xa0\xa0File x", "CustomException", None),
    (f"[ERROR] shop.errors.Sold: out\n{TRACE}\n  File x", "shop.errors.Sold", "out"),
    ("[ERROR] KeyError: 'x'", "KeyError", "'x'"),
    ("[ERROR] Runtime.HandlerNotFound: Handler 'f' missing on module 'm'",
     "Runtime.HandlerNotFound", "Handler 'f' missing on module 'm'"),
    (NODE + 'Invoke Error \t{"errorType":"ReferenceError","errorMessage":"x is not defined",'
     '"stack":["ReferenceError: x is not defined","    at Runtime.handler (index.js:2:3)"]}',
     "ReferenceError", "x is not defined"),
    (("2019-06-05T22:11:27.082Z\tundefined\tERROR\tUncaught Exception \t{\"errorType\":"
     '"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module \'x\'","stack":[]}'),
     "Runtime.ImportModuleError", "Error: Cannot find module 'x'"),
    ("2021/12/08 12:33:00 {\"errorMessage\":\"error in CW test\",\"errorType\":\"errorString\"}",
     "errorString", "error in CW test"),
    ("panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()", "panic",
     "runtime error: index out of range"),
    ("fatal error: runtime: out of memory", "fatal error", "runtime: out of memory"),
    ("thread 'main' panicked at 'called `Result::unwrap()` on an `Err` value: x', src/l.rs:8:1",
     "panic", "called `Result::unwrap()` on an `Err` value: x"),
    ("thread 'main' panicked at src/main.rs:8:1:\nboom", "panic", "boom"),
    (f'ERROR Lambda runtime invoke{{requestId="{ID}"}}: user handler panicked error=Any {{ .. }}',
     "panic", "user handler panicked error=Any { .. }"),
    ("f47ac: java.lang.RuntimeException\njava.lang.RuntimeException: f47ac\n\tat a.B.c(B.java:1)\n",
     "java.lang.RuntimeException", "f47ac"),
    (("Class not found: shop.Handler: java.lang.ClassNotFoundException\njava.lang.ClassNotFound"
     "Exception: shop.Handler. Current classpath"), "java.lang.ClassNotFoundException",
     "Class not found: shop.Handler"),
    ((f"2021-12-10T08:20:59.274Z\t{ID}\tfail\tSystem.ApplicationException: You caused a failure\n"
     "---> System.ArgumentException: input\nat CustomRuntimeTest.Function.ThrowTest(String input)"),
     "System.ApplicationException", "You caused a failure"),
    (("two\nlines: shop.Declined\nshop.Declined: two\nlines\n\tat shop.Pay.run(Pay.java:7)\n"),
     "shop.Declined", "two\nlines"),
    (("[ERROR] [1583405456446] LAMBDA_RUNTIME Failed to post handler success response. Http "
     "response code: 413.\n"), "Function.ResponseSizeTooLarge",
     "Failed to post handler success response. Http response code: 413"),
    (("[ERROR] [1764102960370] LAMBDA_RUNTIME Failed to post handler success response. Http "
     'response code: 413.\n{\n    "errorMessage": "Exceeded maximum allowed payload size (6291556 '
     'bytes).",\n    "errorType": "RequestEntityTooLarge"\n}\n'), "Function.ResponseSizeTooLarge",
     "Exceeded maximum allowed payload size (6291556 bytes)."),
    ("Error raised from handler method\n", None, "Error raised from handler method"),
    ('  "errorType": "Function<TypeError>",\n', "Function<TypeError>", None),
    ('{\n  "errorMessage": "no",\n  "errorType": "Function<TypeError>",\n  "stackTrace": []\n}',
     "Function<TypeError>", "no"),
    (('{"timestamp":"t","log_level":"ERROR","errorMessage":"m","errorType":"ValueError",'
     '"requestId":"","stackTrace":["a"]}'), "ValueError", "m"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "error_type", "text"), REPORTED)
def test_a_runtimes_own_report_is_unhandled(
    message: str, error_type: str | None, text: str | None
) -> None:
    """Each runtime's report of an error that the handler did not catch is a platform fact."""
    record = parse(message)
    error = error_of(record)
    assert record.fact is Fact.UNHANDLED
    assert (error.type, error.message, error.unhandled) == (error_type, text, True)
    assert record.level is Level.ERROR


LOGGED = [
    (f"[ERROR]\t2025-08-31T22:12:58.534Z\t{ID}\tfailed\n{TRACE}\n  File x, line 1\nKeyError: 'x'",
     "KeyError", "'x'"),
    ("[ERROR] java.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)",
     "java.lang.IllegalStateException", "no"),
    (("Payment failed\njava.net.SocketTimeoutException: Read timed out\n\tat java.base/x(Y.java:1)"
     "\n\t... 4 more"), "java.net.SocketTimeoutException", "Read timed out"),
    (NODE + "TypeError: x is not a function\n    at handler (/var/task/index.js:1:1)",
     "TypeError", "x is not a function"),
    (NODE + "Error: read ECONNRESET\n    at send (/var/task/mail.js:1:1) {\n  errno: -104\n}",
     "Error", "read ECONNRESET"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "error_type", "text"), LOGGED)
def test_a_logged_error_is_handled(message: str, error_type: str, text: str) -> None:
    """What a handler logs is an error, and no platform fact: `[ERROR]` with a tab is a logger's."""
    record = parse(message)
    error = error_of(record)
    assert (error.type, error.message, error.unhandled) == (error_type, text, False)
    assert record.platform is None
    assert error.stack


@pytest.mark.parametrize(
    "message",
    ["[ERROR] could not: reach", "[ERROR] Payment: declined",
     "[ERROR] [1583405456446] LAMBDA_RUNTIME Failed to get next invocation.",
     NODE + "nothing to see", "at noon", "two\nlines: shop.Declined\nshop.Declined: others\nlines"],
)  # fmt: skip
def test_an_error_level_alone_states_no_error(message: str) -> None:
    """A message of level ERROR is not made into an exception."""
    record = parse(message)
    assert record.error is None
    assert record.platform is None


def test_a_rejections_cause_is_its_reason() -> None:
    """Unhandled Promise Rejection wraps the error that was thrown."""
    record = parse(
        NODE + 'Unhandled Promise Rejection \t{"errorType":"Runtime.UnhandledPromiseRejection",'
        '"errorMessage":"TypeError: foo","reason":{"errorType":"TypeError","errorMessage":"foo",'
        '"stack":["TypeError: foo","    at x"]},"promise":{},"stack":["a"]}'
    )
    error = error_of(record)
    assert (error.type, error.message, len(error.stack)) == ("TypeError", "foo", 2)
    assert record.platform is not None
    assert record.platform.error_type == "Runtime.UnhandledPromiseRejection"
    assert record.request_id == ID


def test_the_nbsp_stack_of_python_is_kept_as_written() -> None:
    """Python's runtime indents by U+00A0."""
    error = error_of(parse(REPORTED[0][0]))
    assert error.stack == (
        '\xa0\xa0File "/var/task/handler.py", line 6, in handler',
        '\xa0\xa0\xa0\xa0raise CustomException("some error occurred")',
    )


def test_gos_notice_after_a_panic_is_no_second_error() -> None:
    """The line that follows a panic is the platform's notice."""
    record = parse("calling the handler function resulted in a panic, the process should exit")
    assert (record.fact, record.error) == (Fact.RUNTIME_NOTICE, None)


STRUCTURED = [
    (('{"timestamp":"t","level":"INFO","requestId":"405a4537-9226-4216-ac59-64381ec8654a",'
     '"message":{"errorType":"ReferenceError","errorMessage":"some","stackTrace":["a","b"]}}'),
     "ReferenceError", "some", ("a", "b")),
    (('{"timestamp":"t","level":"ERROR","message":"msg","errorType":"Exception","errorMessage":'
     '"exception","stackTrace":["  File \\"x\\"\\n    raise\\n"]}'), "Exception", "exception",
     ('  File "x"', "    raise")),
    (('{"level":"ERROR","message":"pay","error":{"name":"Declined","location":"x","message":"no",'
     '"stack":"Declined: no\\n  at x"}}'), "Declined", "no", ("Declined: no", "  at x")),
    (('{"level":"Error","message":"pay","exception":{"type":"System.Exception","message":"no",'
     '"source":"f","stack_trace":"at x\\nat y"}}'), "System.Exception", "no", ("at x", "at y")),
    (('{"level":50,"time":1,"pid":1,"msg":"pay","err":{"type":"Error","message":"no","stack":'
     '"Error: no\\n  at x"}}'), "Error", "no", ("Error: no", "  at x")),
    (('{"level":50,"sLevel":"ERROR","message":"x","errorName":"E1","errorMessage":"no",'
     '"stackTrace":"E1: no"}'), "E1", "no", ("E1: no",)),
    ('{"@t":"t","@mt":"m","@l":"Error","@x":"System.Exception: no\\n at X"}',
     "System.Exception", "no", ("System.Exception: no", " at X")),
    (('{"instant":{"epochSecond":1},"level":"ERROR","message":"m","thrown":{"name":"a.B","message":'
     '"no","extendedStackTrace":[{"class":"a.C","method":"m","file":"C.java","line":3}]}}'),
     "a.B", "no", ("a.C.m (C.java:3)",)),
    (('{"severityText":"ERROR","body":"m","attributes":{},"exception.type":"E","exception.message":'
     '"no","exception.stacktrace":"a\\nb"}'), "E", "no", ("a", "b")),
    ('{"log.level":"error","message":"m","error":{"type":"E","message":"no","stack_trace":"a\\nb"}}',
     "E", "no", ("a", "b")),
    ('{"level":"error","ts":1.5,"msg":"m","error":"no route","stacktrace":"main.f\\n\\tx.go:1"}',
     None, "no route", ("main.f", "\tx.go:1")),
    (('{"event":"m","level":"error","exception":"Traceback (most recent call last):\\n  File x\\n'
     'ValueError: no"}'), "ValueError", "no",
     ("Traceback (most recent call last):", "  File x", "ValueError: no")),
    ('{"level":"ERROR","message":"a.B: no\\n\\tat a.B.c(B.java:1)"}', "a.B", "no",
     ("\tat a.B.c(B.java:1)",)),
]  # fmt: skip


@pytest.mark.parametrize(("message", "error_type", "text", "stack"), STRUCTURED)
def test_errors_of_structured_records(
    message: str, error_type: str | None, text: str, stack: tuple[str, ...]
) -> None:
    """Runtimes and logging libraries each have their shape of an error; none is unhandled."""
    record = parse(message)
    assert record.error == ErrorInfo(type=error_type, message=text, stack=stack)
    assert record.platform is None


@pytest.mark.parametrize(
    "message",
    ['{"level":"INFO","message":"ok","stack":"production"}', '{"level":"INFO","error":null}',
     '{"level":"INFO","message":"x","error":"","stackTrace":[]}', '{"level":"INFO","err":false}'],
)  # fmt: skip
def test_keys_of_errors_without_one_state_none(message: str) -> None:
    """A key that could hold an error, and holds none, states none."""
    assert parse(message).error is None
