"""What makes two crashes the same crash, and what of a message varies."""

from __future__ import annotations

import hashlib
import json

import pytest

from slsloggrep.analyse.fingerprint import fingerprint_of, normal_type, own_frames
from slsloggrep.analyse.frames import frames_of
from slsloggrep.analyse.masks import MASK, mask
from slsloggrep.model import Status

X = MASK

MASKED = [
    ("unsupported operand type(s) for *: 'int' and 'NoneType'",
     f"unsupported operand type(s) for *: {X}"),
    ("Unable to import module 'app': No module named 'requests'",
     f"Unable to import module {X}: No module named {X}"),
    ("connect ECONNREFUSED 10.1.2.3:6379", f"connect ECONNREFUSED {X}"),
    ("connect ECONNREFUSED ::1:5432", f"connect ECONNREFUSED {X}"),
    ("could not reach db-3.example.com:5432 (10.0.0.1) within 88 ms",
     f"could not reach {X} ({X}) within {X} ms"),
    ("order ord-17 of 8bbbfb91-a3ff-4502-b1b7-cb8f6658de64 not in /tmp/abcd1234/9.json",
     f"order ord-{X} of {X} not in {X}"),
    ("User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: s3:GetObject",
     f"User: {X} is not authorized to perform: s3:GetObject"),
    ("Expecting value: line 1 column 23 (char 22)",
     f"Expecting value: line {X} column {X} (char {X})"),
    ("can't find the user's data", "can't find the user's data"),
    ("getaddrinfo ENOTFOUND db", f"getaddrinfo ENOTFOUND {X}"),
    ("index out of range [5] with length 3", f"index out of range [{X}] with length {X}"),
    ("called `Option::unwrap()` on a `None` value", f"called {X} on a {X} value"),
    ("undefined method `width' for nil", f"undefined method {X} for nil"),
    ("undefined method 'width' for nil", f"undefined method {X} for nil"),
    ("timeout of 3000ms exceeded", f"timeout of {X}ms exceeded"),
    ("GET https://api.example.com/v1/items/7?x=y gave 502", f"GET {X} gave {X}"),
    ("GET /orders/17 failed", f"GET {X} failed"),
    ("s3://bucket/key missing", f"{X} missing"),
    ("cannot read C:\\data\\x.csv now", f"cannot read {X} now"),
    ("cannot read data/2024/x.csv now", f"cannot read {X} now"),
    ("user john.doe@example.com unknown", f"user {X} unknown"),
    ("expired at 2024-02-13T21:01:04.046Z, now 12:00:01", f"expired at {X}, now {X}"),
    ("request a1b2c3d4e5f60718 failed", f"request {X} failed"),
    ("token eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9 refused", f"token {X} refused"),
    ("deadbeef gone, 12345678 gone", f"{X} gone, {X} gone"),
    ("missing: 'a', 'b' and 'c'", f"missing: {X}"),
    ('bad body {"a":{"b":1}} given', f"bad body {X} given"),
    ("pointer 0xc000012345 freed", f"pointer {X} freed"),
    ("utf8 in s3 by sha256 over ipv6", "utf8 in s3 by sha256 over ipv6"),
    ("and/or I/O of x.y is no std::fmt::Error", "and/or I/O of x.y is no std::fmt::Error"),
    ("java.lang.String cannot be cast", "java.lang.String cannot be cast"),
    ("\n  first\tline  \nsecond 'line'", "first line"),
    ("tabs\xa0and\xa0\xa0blanks", "tabs and blanks"),
    ("", ""),
]  # fmt: skip


@pytest.mark.parametrize(("message", "expected"), MASKED)
def test_what_varies_in_a_message_is_masked(message: str, expected: str) -> None:
    """IDs, numbers, quoted values, paths, hosts, times; words stay. Masking again changes none."""
    assert mask(message) == expected
    assert mask(expected) == expected


STACK = ('  File "/var/task/app.py", line 41, in handler', "    return work(event)",
         '  File "/var/task/pricing.py", line 12, in price')  # fmt: skip


def of(
    kind: str = "error",
    error_type: str | None = "KeyError",
    stack: tuple[str, ...] = STACK,
    message: str | None = "'sku-17'",
    function: str = "pay",
    **options: bool,
) -> str:
    return fingerprint_of(kind, error_type, frames_of(stack), message, function, **options)


def test_a_fingerprint_can_be_recomputed() -> None:
    """The digest of an array that the documentation spells out."""
    array = ["slsloggrep.crash/1", "error", "KeyError",
             [["handler", "app.py"], ["price", "pricing.py"]], MASK, ""]  # fmt: skip
    text = json.dumps(array, separators=(",", ":"))
    assert of() == hashlib.sha256(text.encode()).hexdigest()[:16]
    alone = ["slsloggrep.crash/1", "timeout", "", [], "", "pay"]
    text = json.dumps(alone, separators=(",", ":"))
    assert of("timeout") == hashlib.sha256(text.encode()).hexdigest()[:16]


def test_what_makes_a_crash_another_one() -> None:
    """Kind, type, message and own frames tell crashes apart; the function only without those."""
    others = [
        of("exit"),
        of("logged"),
        of(error_type="ValueError"),
        of(message="no such thing"),
        of(stack=STACK[:2]),
        of(stack=(*STACK[:2], '  File "/var/task/pricing.py", line 12, in total')),
        of(stack=(*STACK[:2], '  File "/var/task/stock.py", line 12, in price')),
    ]
    assert len({of(), *others}) == len(others) + 1
    assert of(function="ship") == of()
    assert of(stack=(), message=None) != of(stack=(), message=None, function="ship")
    assert of(stack=()) == of(stack=(), function="ship")


def test_what_leaves_a_crash_the_same() -> None:
    """Lines of code, library frames, places of installation, IDs and numbers, indentation."""
    moved = (
        '\xa0\xa0File "/var/task/app.py", line 48, in handler',
        "\xa0\xa0\xa0\xa0return work( event )",
        '\xa0\xa0File "/var/task/pricing.py", line 19, in price',
        '  File "/var/lang/lib/python3.12/json/__init__.py", line 346, in loads',
    )
    assert of(stack=moved, message="'sku-99'") == of()
    assert of(stack=(*STACK, STACK[2], STACK[2])) == of()
    azure = tuple(line.replace("/var/task/", "/home/site/wwwroot/") for line in STACK)
    assert of(stack=azure) == of()


def test_line_numbers_count_on_demand() -> None:
    """Then a crash in another line is another one."""
    moved = (STACK[0].replace("41", "48"), *STACK[1:])
    assert of(stack=moved, lines=True) != of(lines=True)
    assert of(stack=moved) == of()
    assert of(lines=True) != of()


@pytest.mark.parametrize("kind", [Status.TIMEOUT, Status.OOM])
def test_limits_are_told_by_kind_and_function_alone(kind: Status) -> None:
    """Old style and new style agree, whatever was said, and other functions have their own."""
    old = of(kind, None, (), "Task timed out after 3.00 seconds")
    assert old == of(kind, "Sandbox.Timedout", STACK, None) == of(kind, None, (), None)
    assert old != of(kind, function="ship")


@pytest.mark.parametrize(
    ("error_type", "expected"),
    [
        ("Runtime.ImportModuleError", "ImportModuleError"),
        ("ImportModuleError", "ImportModuleError"),
        ("System.ApplicationException", "ApplicationException"),
        ("java.lang.RuntimeException", "RuntimeException"),
        ("shop.Pay$Declined", "Declined"),
        ("Function<KeyError>", "KeyError"),
        ("Init<Shop::LoadError>", "LoadError"),
        ("Shop.Failure`1[System.String]", "Failure"),
        ("&alloc::boxed::Box<dyn core::error::Error + core::marker::Send>", "Box"),
        ("errorString", "errorString"),
        ("", ""),
        (None, ""),
    ],
)
def test_types_are_named_alike_by_all_formats(error_type: str | None, expected: str) -> None:
    """The last part of the name, without what a runtime puts around it."""
    assert normal_type(error_type) == expected


def test_a_rejection_is_what_it_was_rejected_with() -> None:
    """In JSON Node.js names the error within the message of the rejection."""
    assert of("error", "UnhandledPromiseRejection", (), "Declined: no luck") == of(
        "error", "Declined", (), "no luck"
    )
    assert of("error", "Runtime.UnhandledPromiseRejection", (), "no luck") != of(
        "error", "Declined", (), "no luck"
    )


def test_a_response_too_large_is_one_crash_whoever_words_it() -> None:
    """The runtime's client, the payload and the bare status say it in their own words."""
    kind = "Function.ResponseSizeTooLarge"
    worded = {of("error", kind, (), message) for message in ("Exceeded maximum", "Failed", None)}
    assert len(worded) == 1
    assert of("error", kind, (), None) != of("error", kind, (), None, function="ship")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("at async Runtime.handler (file:///var/task/dist/index.mjs:3:12)",
         ["Runtime.handler", "dist/index.mjs"]),
        ("at Timeout.flush [as _on] (/var/task/flush.js:9:2)", ["Timeout.flush", "flush.js"]),
        ("at new Cart (/var/task/cart.js:1:2)", ["Cart", "cart.js"]),
        ("at f (/var/task/index-4f3a2b1c.mjs:1:2)", ["f", "index-.mjs"]),
        ("at f (/var/task/order-processing.mjs:1:2)", ["f", "order-processing.mjs"]),
        ("at f (webpack://shop/./src/pay.ts:1:2)", ["f", "src/pay.ts"]),
        (r"at Shop.F.Run(String s) in C:\Users\me\src\F.cs:line 45", ["Shop.F.Run", "F.cs"]),
        ("at Shop.F.<Run>d__3.MoveNext() in /home/ci/work/F.cs:line 9", ["Shop.F.Run", "F.cs"]),
        ("at Shop.F.<>c__DisplayClass3_0.<Run>b__0() in /src/F.cs:line 9", ["Shop.F.Run", "F.cs"]),
        ("at app//shop.Pay.lambda$run$0(Pay.java:7)", ["shop.Pay.run", "Pay.java"]),
        ("at shop.Pay$$EnhancerByCGLIB$$1a2b3c.run(Pay.java:7)", ["shop.Pay.run", "Pay.java"]),
        ("/var/task/lib/app.rb:3:in 'Object#handler'", ["Object#handler", "lib/app.rb"]),
        ("Count (github.com/example/shop/stock/count.go:71)",
         ["Count", "github.com/example/shop/stock/count.go"]),
    ],
)  # fmt: skip
def test_frames_lose_what_depends_on_the_machine(line: str, expected: list[str]) -> None:
    """Folders of installation and of compilers, aliases, and what compilers add to names."""
    assert own_frames(frames_of([line])) == [expected]


def test_lone_surrogates_have_a_fingerprint() -> None:
    """JSON can spell what UTF-8 cannot; it is no reason to fail."""
    assert len(of(message="\ud800", error_type="\udfff", stack=("at \ud800 (/var/task/a.js:1:2)",)))
