"""Errors that plain text states: what the runtimes print when a handler fails, and stack traces.

A runtime's own report (`[ERROR] KeyError: 'x'` with a space, `Invoke Error`, a Go panic, …) makes
the record a platform fact, `Fact.UNHANDLED`; the same error logged by a handler does not. Sources:
the runtime interface clients of Python, Node.js, Java, .NET, Ruby, Go and Rust.

Errors in structured records are read by `exceptions`; platform lines by `platform`.
"""

from __future__ import annotations

import re

from slsloggrep.model import ErrorInfo, Fact, Level, Platform
from slsloggrep.parse.draft import Draft

LINES = re.compile(r"\r\n|\r|\n")
"""Line ends inside one event: the stdout sinks write `\\r` where the framed ones write `\\n`."""

_TRACEBACK = "Traceback (most recent call last):"

_PYTHON = re.compile(r"\[ERROR\] (?P<type>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?", re.DOTALL)
_PYTHON_NAMED = re.compile(r"Runtime\.\w+|\w*(?:Error|Exception|Exit|Interrupt|Warning)")
_PYTHON_LAST = re.compile(r"(?P<type>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?")

_CLASS = r"(?:[A-Za-z_]\w*\.)*(?:[A-Z]\w*)?(?:Exception|Error|Throwable|Failure)(?:`\d+)?"
_JAVA_FIRST = re.compile(
    r"(?P<message>.*): (?P<type>(?:[A-Za-z_]\w*\.)+[A-Z][\w$]*)\s*[\r\n]+(?P=type)\b"
)
_JAVA_LINES = re.compile(
    r"(?P<message>.+?): (?P<type>(?:[A-Za-z_]\w*\.)+[A-Z][\w$]*)\n(?P=type): (?P=message)",
    re.DOTALL,
)
"""The same where the message has several lines: it comes twice."""

_JAVA_STARTUP = re.compile(
    r"(?:Error loading class |Class not found: |Error loading method |Invalid handler: `|"
    r"No public method named )"
)
TRACE_HEADER = re.compile(
    rf"^(?:Exception in thread \"[^\"]*\" |Caused by: |Unhandled exception\. |Uncaught )?"
    rf"(?P<type>{_CLASS}|[a-z]\w*(?:\.[a-z_]\w*)*\.[A-Z][\w$]*)(?:: (?P<message>.*))?$"
)
"""The line before a stack trace of Java, .NET or JavaScript: a class, and what it says."""

_DOTNET_HEADER = re.compile(
    r"(?P<type>(?:[A-Z]\w*\.)+[A-Z]\w*(?:`\d+)?)(?:: (?P<message>.*))?(?=[\r\n]+\s*(?:at|--->) )"
)
"""A class of any name is one where .NET's frames follow."""

TRACE_FRAME = re.compile(
    r"^\s*(?:at |\.\.\. \d+ |--- |---> |Caused by: |Suppressed: |File \"|from )"
)
"""A line of a stack trace that is none of its first."""

_RUBY = re.compile(
    r"(?:Error raised from handler method|Critical exception from handler"
    r"|Init error when loading handler \S+)\s*"
)
_RUBY_TYPE = re.compile(
    r"\s*\"errorType\":\s*\"(?P<type>(?:Function|Runtime|Init)<[^>\"]+>)\",?\s*"
)

_POSTED = re.compile(
    r"\[ERROR\] \[\d+\] LAMBDA_RUNTIME (?P<message>Failed to post handler success response\. "
    r"Http response code: 413)\.?\s*(?P<answer>\{.*)?",
    re.DOTALL,
)
"""What the native runtime client says where the response is too large (aws-lambda-cpp, runtime)."""
_TOO_LARGE = "Function.ResponseSizeTooLarge"
_SAID = re.compile(r"\"errorMessage\":\s*\"(?P<message>[^\"]*)\"")

_GO = re.compile(r"(?P<type>panic|fatal error): (?P<message>[^\r\n]*)")
_GO_NOTICE = "calling the handler function resulted in a panic, the process should exit"

_RUST_OLD = re.compile(
    r"thread '[^']*' panicked at '(?P<message>.*)', (?P<place>\S+:\d+:\d+)", re.S
)
_RUST_NEW = re.compile(
    r"thread '[^']*'(?: \(\d+\))? panicked at (?P<place>\S+:\d+:\d+):[\r\n]*(?P<message>[^\r\n]*)"
)
_RUST_CAUGHT = re.compile(r"user handler panicked\b")


def fail(draft: Draft, error: ErrorInfo) -> None:
    """Note an error; a record that states one is at least of level ERROR."""
    draft.error = error
    if draft.level is None or draft.level < Level.ERROR:
        draft.level = Level.ERROR


def fail_unhandled(draft: Draft, error: ErrorInfo, reported_type: str | None = None) -> None:
    """Note an error that the runtime itself reports.

    `reported_type` is the type that the runtime gives the failure where it differs from the
    cause's, such as `Runtime.UnhandledPromiseRejection`.
    """
    fail(draft, error)
    draft.platform = Platform(
        fact=Fact.UNHANDLED,
        request_id=draft.request_id,
        error_type=reported_type or error.type,
    )


def read_failure(draft: Draft, text: str, *, dotnet: bool = False) -> bool:
    """Fill the draft with the error that a plain text states; False where it states none.

    `dotnet` tells that the text followed .NET's level word `fail`, under which its runtime
    reports what a handler threw.
    """
    return (
        _read_posted(draft, text)
        or _read_python(draft, text)
        or _read_java(draft, text)
        or _read_ruby(draft, text)
        or _read_go(draft, text)
        or _read_rust(draft, text)
        or _read_trace(draft, text, unhandled=dotnet)
    )


def _read_posted(draft: Draft, text: str) -> bool:
    found = _POSTED.match(text) if text.startswith("[ERROR] [") else None
    if not found:
        return False
    said = _SAID.search(found["answer"] or "")
    message = said["message"] if said else found["message"]
    fail_unhandled(draft, ErrorInfo(type=_TOO_LARGE, message=message, unhandled=True))
    draft.text = text.removeprefix("[ERROR] ").rstrip()
    return True


def _read_python(draft: Draft, text: str) -> bool:
    traced = _TRACEBACK in text
    if text.startswith("[ERROR] "):
        # The runtime's own report has a space here; a logger's line has a tab.
        head, _, trace = text.partition(_TRACEBACK)
        found = _PYTHON.fullmatch(head.strip())
        if found and (traced or _PYTHON_NAMED.fullmatch(found["type"])):
            message = found["message"]
            error = ErrorInfo(
                type=found["type"],
                message=message.strip() if message is not None else None,
                stack=_lines(trace),
                unhandled=True,
            )
            fail_unhandled(draft, error)
            draft.text = text.removeprefix("[ERROR] ").rstrip()
            return True
    if not traced:
        return False
    stack = _lines(text.rpartition(_TRACEBACK)[2])
    for line in reversed(stack):
        found = _PYTHON_LAST.fullmatch(line)
        if found:
            fail(draft, ErrorInfo(type=found["type"], message=found["message"], stack=stack))
            return True
    first = LINES.split(text.partition(_TRACEBACK)[0].strip())[0]
    fail(draft, ErrorInfo(type=None, message=first or None, stack=stack))
    return True


def _read_java(draft: Draft, text: str) -> bool:
    found = _JAVA_FIRST.match(text)
    if not found and "\n" in text[:-1]:
        found = _JAVA_LINES.match(text)
    if found:
        stack = _lines(text[found.end("type") :])
        error = ErrorInfo(
            type=found["type"], message=found["message"] or None, stack=stack, unhandled=True
        )
        fail_unhandled(draft, error)
        return True
    if _JAVA_STARTUP.match(text):
        lines = _lines(text)
        fail_unhandled(
            draft, ErrorInfo(type=None, message=lines[0], stack=lines[1:], unhandled=True)
        )
        return True
    return False


def _read_ruby(draft: Draft, text: str) -> bool:
    if _RUBY.fullmatch(text):
        fail_unhandled(draft, ErrorInfo(type=None, message=text.strip(), unhandled=True))
        return True
    # puts is not framed: the report's JSON arrives as an event a line.
    found = _RUBY_TYPE.fullmatch(text)
    if found:
        fail_unhandled(draft, ErrorInfo(type=found["type"], message=None, unhandled=True))
        return True
    return False


def _read_go(draft: Draft, text: str) -> bool:
    if text.startswith(_GO_NOTICE):
        draft.platform = Platform(fact=Fact.RUNTIME_NOTICE)
        draft.level = Level.ERROR
        return True
    found = _GO.match(text)
    if not found:
        return False
    error = ErrorInfo(
        type=found["type"], message=found["message"], stack=_lines(text)[1:], unhandled=True
    )
    fail_unhandled(draft, error)
    return True


def _read_rust(draft: Draft, text: str) -> bool:
    if text.startswith("thread '"):
        found = _RUST_OLD.match(text) or _RUST_NEW.match(text)
        if found:
            stack = (found["place"], *_lines(text[found.end() :]))
            message = found["message"] or None
            fail_unhandled(
                draft, ErrorInfo(type="panic", message=message, stack=stack, unhandled=True)
            )
            return True
    if _RUST_CAUGHT.match(text):
        fail_unhandled(draft, ErrorInfo(type="panic", message=text.strip(), unhandled=True))
        return True
    return False


def _read_trace(draft: Draft, text: str, *, unhandled: bool) -> bool:
    """Read a stack trace of Java, .NET or JavaScript in text: a header, then frames."""
    lines = _lines(text)
    for index, line in enumerate(lines[:50]):
        found = TRACE_HEADER.match(line.strip())
        if not found and unhandled:
            found = _DOTNET_HEADER.match(text)
        if not found:
            if index == 0 and unhandled:
                return False
            continue
        framed = any(TRACE_FRAME.match(later) for later in lines[index + 1 : index + 4])
        if not framed and not unhandled:
            continue
        error = ErrorInfo(
            type=found["type"],
            message=found["message"],
            stack=lines[index + 1 :],
            unhandled=unhandled,
        )
        if unhandled:
            fail_unhandled(draft, error)
        else:
            fail(draft, error)
        return True
    return False


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line for line in LINES.split(text) if line.strip())
