"""Errors whose report came in pieces, one event a line."""

from __future__ import annotations

import json

from stream_samples import A, document, events, log, parse, start

from slsloggrep.model import ErrorInfo, Fact
from slsloggrep.parse.pieces import Stated, errors_in


def read(*messages: str, step: int = 0) -> list[Stated]:
    """Return what the lines of one stream state."""
    lines = [(number * step, message) for number, message in enumerate(messages)]
    return list(errors_in(parse(events(lines))))


def only(*messages: str, step: int = 0) -> Stated:
    (stated,) = read(*messages, step=step)
    return stated


JAVA = (
    "boom: shop.Declined\n",
    "shop.Declined: boom\n",
    "\tat shop.Pay.run(Pay.java:7)\n",
    "Caused by: java.io.IOException: no\n",
    "\tat shop.Net.ask(Net.java:3)\n",
    "\t... 2 more\n",
)
RUBY = (
    "Error raised from handler method\n",
    *(
        line + "\n"
        for line in json.dumps(
            {
                "errorMessage": "undefined method 'x' for nil",
                "errorType": "Function<NoMethodError>",
                "stackTrace": ["/var/task/app.rb:3:in 'handler'"],
            },
            indent=2,
        ).split("\n")
    ),
)
GO = (
    "panic: boom\n",
    "\n",
    "goroutine 34 [running]:\n",
    "main.(*shop).pay(0xc000012345, {0x1, 0x2})\n",
    "\t/src/shop/pay.go:17 +0x1d\n",
    "created by main.main in goroutine 1\n",
    "\t/src/shop/main.go:9 +0x55\n",
    "exit status 2\n",
)


def test_java_names_the_class_first_and_the_trace_follows() -> None:
    """Two lines say the same in turned order: only the runtime does so."""
    stated = only(*JAVA)
    assert (stated.fact, len(stated.records)) == (Fact.UNHANDLED, 6)
    assert stated.error == ErrorInfo(
        type="shop.Declined",
        message="boom",
        stack=tuple(line.rstrip() for line in JAVA[1:]),
        unhandled=True,
    )


def test_java_without_a_message_says_null() -> None:
    """`Throwable.getMessage` of null is printed as the word."""
    stated = only("null: java.lang.NullPointerException\n", "java.lang.NullPointerException\n")
    assert stated.error.type == "java.lang.NullPointerException"
    assert (stated.error.message, stated.fact) == (None, Fact.UNHANDLED)


def test_a_trace_that_a_handler_printed_is_no_report() -> None:
    """A class and its frames, without the line before them, were printed by the handler."""
    for before in ((), ("could not pay: boom\n",), (log(A, "boom: shop.Declined", "ERROR"),)):
        stated = only(*before, *JAVA[1:3])
        assert (stated.fact, stated.error.unhandled) == (None, False)
        assert (stated.error.type, stated.error.stack) == ("shop.Declined", (JAVA[2].rstrip(),))


def test_lines_of_others_are_not_joined() -> None:
    """A line that comes later, names a request, or states a fact ends the report."""
    assert [s.fact for s in read(JAVA[0], JAVA[1], JAVA[2], step=2000)] == []
    assert read(JAVA[0], start(A), JAVA[1]) == []
    assert only(*JAVA[:3], log(A, "more"), JAVA[4]).error.stack == tuple(
        line.rstrip() for line in JAVA[1:3]
    )


def test_ruby_prints_its_payload_over_several_lines() -> None:
    """Message, type and stack are put together again, announced or not."""
    for lines in (RUBY, RUBY[1:]):
        stated = only(*lines, "more\n")
        assert (stated.fact, len(stated.records)) == (Fact.UNHANDLED, len(lines))
        assert stated.error == ErrorInfo(
            type="Function<NoMethodError>",
            message="undefined method 'x' for nil",
            stack=("/var/task/app.rb:3:in 'handler'",),
            unhandled=True,
        )


def test_half_a_report_of_ruby_states_what_is_there() -> None:
    """Where the rest was not read, each piece stands for itself."""
    assert [s.error.type for s in read(*RUBY[:4])] == [None, "Function<NoMethodError>"]
    assert [s.error.message for s in read(RUBY[0], "hello\n", "}\n")] == [RUBY[0].strip()]
    assert read("{\n", '  "order": 1\n', "}\n") == []


def test_a_panic_of_go_is_followed_by_its_goroutine() -> None:
    """Functions and places, line by line, as long as they look like it."""
    stated = only(*GO, "START of something else\n")
    assert len(stated.records) == len(GO)
    assert stated.error.stack == tuple(line.rstrip() for line in GO[2:])
    assert stated.error.message == "boom"


def test_a_panic_of_rust_may_have_its_message_on_the_next_line() -> None:
    """Since 1.73 the message has a line of its own."""
    stated = only("thread 'main' panicked at src/main.rs:8:1:\n", "no luck\n")
    assert (stated.error.message, stated.error.stack) == ("no luck", ("src/main.rs:8:1",))
    whole = only("thread 'main' panicked at src/main.rs:8:1:\nno luck\n", "other\n")
    assert (whole.error.message, len(whole.records)) == ("no luck", 1)


def test_frames_of_dotnet_are_events_of_their_own() -> None:
    """.NET 6 wrote each line as an event (aws-lambda-dotnet, issue 1265)."""
    stated = only(
        f"2021-12-10T08:20:59.274Z\t{A}\tfail\tSystem.ArgumentException: no\n",
        "   at Shop.F.Run() in /src/F.cs:line 45\n",
        "   at lambda_method1(Closure )\n",
        "done\n",
    )
    assert (stated.fact, len(stated.error.stack)) == (Fact.UNHANDLED, 2)


def test_what_stands_in_one_event_is_left_as_it_is() -> None:
    """A structured record, and a report with its own stack, take nothing in."""
    error = document(level="ERROR", message="x", error={"name": "E", "message": "no"})
    assert only(error, "\tat shop.Pay.run(Pay.java:7)\n").records[0].fields
    framed = "boom: shop.Declined\nshop.Declined: boom\n\tat shop.Pay.run(Pay.java:7)\n"
    assert len(only(framed, JAVA[2]).records) == 1


def test_each_error_is_stated_once() -> None:
    """Two reports, with other lines between, are two; no record is in both."""
    found = read(*JAVA, "hello\n", *RUBY)
    assert [len(stated.records) for stated in found] == [len(JAVA), len(RUBY)]
