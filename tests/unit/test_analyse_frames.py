"""Stack traces to frames, and whose code each frame is."""

from __future__ import annotations

import pytest

from slsloggrep.analyse.frames import frames_of

Row = tuple[str, str, int | None, bool]


def rows(*stack: str) -> list[Row]:
    return [(f.function, f.file, f.line, f.own) for f in frames_of(stack)]


TASK = "/var/task"

TRACES: dict[str, tuple[tuple[str, ...], list[Row]]] = {
    "Python in text, with no-break spaces": (
        (
            '\xa0\xa0File "/var/task/handler.py", line 6, in handler',
            '\xa0\xa0\xa0\xa0raise CustomException("some error occurred")',
            '\xa0\xa0File "/var/lang/lib/python3.12/json/__init__.py", line 346, in loads',
            "\xa0\xa0\xa0\xa0return _default_decoder.decode(s)",
            "\xa0\xa0\xa0\xa0       ^^^^^^^^^^^^^^^^^^^^^^^^^^",
        ),
        [
            ("handler", "/var/task/handler.py", 6, True),
            ("loads", "/var/lang/lib/python3.12/json/__init__.py", 346, False),
        ],
    ),
    "Python with carriage returns, unsplit": (
        ('  File "/var/task/a.py", line 7, in f\r    g()\r  File "/opt/b.py", line 1, in g',),
        [("f", "/var/task/a.py", 7, True), ("g", "/opt/b.py", 1, False)],
    ),
    "Python's packages": (
        (
            'File "/var/task/requests/api.py", line 1, in get',
            'File "/var/task/shop/site-packages/x.py", line 2, in h',
            'File "<frozen importlib._bootstrap>", line 3, in _find',
            'File "/var/runtime/bootstrap.py", line 4, in main',
            'File "/home/site/wwwroot/app.py", line 5, in main',
            'File "<string>", line 1',
        ),
        [
            ("get", "/var/task/requests/api.py", 1, False),
            ("h", "/var/task/shop/site-packages/x.py", 2, False),
            ("_find", "<frozen importlib._bootstrap>", 3, False),
            ("main", "/var/runtime/bootstrap.py", 4, False),
            ("main", "/home/site/wwwroot/app.py", 5, True),
            ("", "<string>", 1, False),
        ],
    ),
    "Python's error after the trace": (
        ("Traceback (most recent call last):", '  File "/var/task/a.py", line 1, in f',
         "    raise KeyError('x')", "KeyError: 'x'"),
        [("f", "/var/task/a.py", 1, True)],
    ),
    "Node.js": (
        (
            "ReferenceError: x is not defined",
            "    at Runtime.exports.handler (/var/task/index.js:2:3)",
            "    at async Runtime.handler (file:///var/task/index.mjs:3:12)",
            "    at new Cart (/var/task/cart.js:1:2)",
            "    at Object.<anonymous> (/var/task/cart.js:9:2)",
            "    at /var/task/cart.js:10:2",
            "    at Timeout.flush [as _onTimeout] (file:///var/task/flush.mjs:9:2)",
            "    at async Command.run (/var/task/node_modules/redis/lib/command.js:7:3)",
            "    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
            "    at Runtime.handleOnceNonStreaming (file:///var/runtime/index.mjs:1173:29)",
            "    at Module._compile (module.js:3:4)",
            "    at Array.map (<anonymous>)",
            "    at async Promise.all (index 0)",
            "    at <anonymous>",
            "    at eval (eval at run (/var/task/a.js:1:2), <anonymous>:1:1)",
        ),
        [
            ("Runtime.exports.handler", "/var/task/index.js", 2, True),
            ("Runtime.handler", "file:///var/task/index.mjs", 3, True),
            ("new Cart", "/var/task/cart.js", 1, True),
            ("Object.<anonymous>", "/var/task/cart.js", 9, True),
            ("", "/var/task/cart.js", 10, True),
            ("Timeout.flush [as _onTimeout]", "file:///var/task/flush.mjs", 9, True),
            ("Command.run", "/var/task/node_modules/redis/lib/command.js", 7, False),
            ("process.processTicksAndRejections", "node:internal/process/task_queues", 95, False),
            ("Runtime.handleOnceNonStreaming", "file:///var/runtime/index.mjs", 1173, False),
            ("Module._compile", "module.js", 3, False),
            ("Array.map", "<anonymous>", None, False),
            ("Promise.all", "index 0", None, False),
            ("", "<anonymous>", None, False),
            ("eval", "", None, False),
        ],
    ),
    "Node.js 8": (
        ("exports.handler (/var/task/index.js:18:18)",),
        [("exports.handler", "/var/task/index.js", 18, True)],
    ),
    "Java": (
        (
            "java.lang.RuntimeException: boom",
            "\tat shop.Handler.handleRequest(Handler.java:10)",
            "\tat java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke(Unknown Source)",
            "\tat app//shop.Ledger.<init>(Ledger.kt:3) ~[task/:?]",
            "\tat shop.Pay.lambda$run$0(Pay.java)",
            "\tat software.amazon.awssdk.core.X.y(X.java:1)",
            "Caused by: java.io.IOException: no",
            "\tat java.base/java.lang.Thread.sleep(Native Method)",
            "\t... 4 more",
        ),
        [
            ("shop.Handler.handleRequest", "Handler.java", 10, True),
            ("java.base/jdk.internal.reflect.DirectMethodHandleAccessor.invoke", "", None, False),
            ("app//shop.Ledger.<init>", "Ledger.kt", 3, True),
            ("shop.Pay.lambda$run$0", "Pay.java", None, True),
            ("software.amazon.awssdk.core.X.y", "X.java", 1, False),
            ("java.base/java.lang.Thread.sleep", "", None, False),
        ],
    ),
    "Java's payload": (
        ("shop.Handler.handleRequest(Handler.java:10)",),
        [("shop.Handler.handleRequest", "Handler.java", 10, True)],
    ),
    ".NET": (
        (
            "System.ApplicationException: You caused a failure",
            " ---> System.ArgumentException: input",
            r"   at CustomRuntimeTest.Function.Throw(String input) in C:\src\Function.cs:line 45",
            "   --- End of inner exception stack trace ---",
            "   at Shop.F.<Run>d__3.MoveNext() in /src/F.cs:line 9",
            "--- End of stack trace from previous location ---",
            "   at System.Runtime.CompilerServices.TaskAwaiter.ThrowForNonSuccess(Task task)",
            "   at Amazon.Lambda.RuntimeSupport.HandlerWrapper.Handle(Stream s)",
            "   at Shop.Rates.Find[T](String country)",
            "   at lambda_method1(Closure , Stream , ILambdaContext , Stream )",
        ),
        [
            ("CustomRuntimeTest.Function.Throw", r"C:\src\Function.cs", 45, True),
            ("Shop.F.<Run>d__3.MoveNext", "/src/F.cs", 9, True),
            ("System.Runtime.CompilerServices.TaskAwaiter.ThrowForNonSuccess", "", None, False),
            ("Amazon.Lambda.RuntimeSupport.HandlerWrapper.Handle", "", None, False),
            ("Shop.Rates.Find[T]", "", None, True),
            ("lambda_method1", "", None, False),
        ],
    ),
    "Ruby": (
        (
            "/var/task/app.rb:3:in `handler'",
            "/var/task/image.rb:33:in 'Image#scale'",
            "from /var/lang/lib/ruby/gems/3.3.0/gems/x-1/lib/a.rb:3:in 'x'",
            "<internal:kernel>:187:in `loop'",
        ),
        [
            ("handler", "/var/task/app.rb", 3, True),
            ("Image#scale", "/var/task/image.rb", 33, True),
            ("x", "/var/lang/lib/ruby/gems/3.3.0/gems/x-1/lib/a.rb", 3, False),
            ("loop", "<internal:kernel>", 187, False),
        ],
    ),
    "Go's payload": (
        (
            "(*Function).Invoke (github.com/aws/aws-lambda-go@v1.13.3/lambda/function.go:35)",
            "gopanic (runtime/panic.go:679)",
            "Count (github.com/example/shop/stock/count.go:71)",
            "main (main.go:3)",
        ),
        [
            ("(*Function).Invoke", "github.com/aws/aws-lambda-go@v1.13.3/lambda/function.go", 35,
             False),
            ("gopanic", "runtime/panic.go", 679, False),
            ("Count", "github.com/example/shop/stock/count.go", 71, True),
            ("main", "main.go", 3, True),
        ],
    ),
    "Go's goroutines": (
        (
            "goroutine 34 [running]:",
            "main.(*shop).pay(0xc000012345, {0x1, 0x2})",
            "\t/src/shop/pay.go:17 +0x1d",
            "runtime.gopanic(0x1)",
            "\t/usr/local/go/src/runtime/panic.go:3 +0x1",
            "created by main.main in goroutine 1",
            "\t/src/shop/main.go:9 +0x55",
            "exit status 2",
        ),
        [
            ("main.(*shop).pay", "/src/shop/pay.go", 17, True),
            ("runtime.gopanic", "/usr/local/go/src/runtime/panic.go", 3, False),
            ("main.main", "/src/shop/main.go", 9, True),
        ],
    ),
    "Rust": (
        (
            "src/main.rs:8:1",
            "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
            "   0: rust_begin_unwind",
            "             at /rustc/abc/library/std/src/panicking.rs:645:5",
            "   1: core::panicking::panic_fmt",
            "   2: shop::pay::h0123456789abcdef",
            "             at ./src/pay.rs:3:4",
            "   3: 0x55d - shop::run",
        ),
        [
            ("", "src/main.rs", 8, True),
            ("rust_begin_unwind", "/rustc/abc/library/std/src/panicking.rs", 645, False),
            ("core::panicking::panic_fmt", "", None, False),
            ("shop::pay", "./src/pay.rs", 3, True),
            ("shop::run", "", None, True),
        ],
    ),
    "Powertools, log4j": (
        ("handler (/var/task/app.py:7)", "shop.Pay.run (Pay.java:3)", "java.lang.A.b (A.java:3)"),
        [
            ("handler", "/var/task/app.py", 7, True),
            ("shop.Pay.run", "Pay.java", 3, True),
            ("java.lang.A.b", "A.java", 3, False),
        ],
    ),
    "what is no frame": (
        ("hello (world)", "at noon", "… 3 more frames", "Order (no: 3.5)", "", "at  ", "x.go:3"),
        [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TRACES)
def test_frames_are_read_as_each_runtime_writes_them(name: str) -> None:
    """Function, file, line, and whether it is the user's own; what is no frame is left out."""
    stack, expected = TRACES[name]
    assert rows(*stack) == expected


def test_the_source_line_is_part_of_its_frame() -> None:
    """Python's source, and the place of a frame of Go, stand in the frame's text."""
    stack, _ = TRACES["Python in text, with no-break spaces"]
    first, second = frames_of(stack)
    assert first.text == (
        'File "/var/task/handler.py", line 6, in handler\nraise CustomException("some error '
        'occurred")'
    )
    assert "^" not in second.text
    assert frames_of(["main.pay(0x1)", "\t/src/pay.go:17 +0x1d"])[0].text == (
        "main.pay(0x1)\n/src/pay.go:17 +0x1d"
    )


def test_a_trace_is_read_to_a_bound() -> None:
    """A trace of a thousand lines is read; what comes after is left out, and long lines are cut."""
    stack = [f"at f{number} (/var/task/a.js:1:1)" for number in range(1500)]
    assert len(frames_of(stack)) == 1000
    assert frames_of(["at " + "x" * 10_000_000 + " (/var/task/a.js:1:1)"]) == ()
