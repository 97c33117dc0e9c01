"""What runtimes write for a handler: its log lines, and an error that it did not catch.

Byte for byte as the runtime interface clients write them; each function returns the messages of
one or several events. What the platform adds is `truth_platform`'s.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import NamedTuple

from truth_model import Function, Request
from truth_platform import compact, iso, iso_seconds

NBSP = "\xa0"
WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. For "
    "functions using managed runtimes, runtime updates can be triggered by a function change, or "
    "can be applied automatically. To determine if the runtime has been updated, check the runtime "
    "version in the INIT_START log entry. If this error correlates with a change in the runtime "
    "version, you may be able to mitigate this error by temporarily rolling back to the previous "
    "runtime version. For more information, see "
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"
)
_PYTHON_LEVELS = {"WARN": "WARNING"}
_DOTNET_LEVELS = {
    "INFO": ("info", "Information"),
    "WARN": ("warn", "Warning"),
    "ERROR": ("fail", "Error"),
}


class Raised(NamedTuple):
    """An error as it was thrown once."""

    type: str
    message: str
    frames: tuple[str, ...]
    """As the language prints them, without indentation; of Go `path|line|label`, of Rust the one
    place."""


def say(function: Function, request: Request, time: int, level: str, text: str) -> str:
    """Spell a line that the handler logs."""
    match function.language, function.json:
        case "python", False:
            word = _PYTHON_LEVELS.get(level, level)
            return f"[{word}]\t{iso(time)}\t{request.id}\t{text}\n"
        case "python", True:
            record = {
                "timestamp": iso_seconds(time),
                "level": _PYTHON_LEVELS.get(level, level),
                "message": text,
                "logger": "shop",
                "requestId": request.id,
            }
            return compact(record) + "\n"
        case "nodejs", False:
            return f"{iso(time)}\t{request.id}\t{level}\t{text}\n"
        case "nodejs", True:
            return compact(
                {"timestamp": iso(time), "level": level, "requestId": request.id, "message": text}
            )
        case "java", False:
            at = datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")
            return f"{at} {request.id} {level:<5} Handler - {text}\n"
        case "java", True:
            return compact(
                {
                    "timestamp": iso(time),
                    "message": text,
                    "level": level,
                    "AWSRequestId": request.id,
                }
            )
        case "dotnet", False:
            return f"{iso(time)}\t{request.id}\t{_DOTNET_LEVELS[level][0]}\t{text}\n"
        case "dotnet", True:
            record = {
                "timestamp": iso(time),
                "level": _DOTNET_LEVELS[level][1],
                "requestId": request.id,
                "traceId": request.trace_id,
                "message": text,
            }
            return compact(record) + "\n"
        case "ruby", _:
            at = iso(time)[:-1] + "412"
            return f"{level[0]}, [{at} #8]  {level} {request.id} -- : {text}\n"
        case "go", False:
            return f"{_slashed(time)} {text}\n"
        case "go", True:
            record = {
                "timestamp": iso(time),
                "level": level,
                "message": text,
                "requestId": request.id,
            }
            return compact(record) + "\n"
        case "rust", _:
            return f"{level} {_span(request)}: {text}\n"
        case language:
            raise AssertionError(language)


def said_in_init(function: Function, time: int, text: str) -> str:
    """Spell a line that is logged before there is a request."""
    match function.language, function.json:
        case "python", False:
            return f"[INFO]\t{iso(time)}\t\t{text}\n"
        case "nodejs", False:
            return f"{iso(time)}\tundefined\tINFO\t{text}\n"
        case _:
            return f"{text}\n"


def report_raised(function: Function, request: Request, time: int, raised: Raised) -> list[str]:
    """Spell the runtime's report of an error that the handler did not catch."""
    match function.language, function.json:
        case "python", False:
            return [_python_text(function, raised)]
        case "python", True:
            return [_python_json(request.id, time, raised)]
        case "nodejs", False:
            return [_node_text(request.id, time, "Invoke Error", _node_error(raised, "stack"))]
        case "nodejs", True:
            return [_node_json(request, time, raised)]
        case "java", False:
            return [line + "\n" for line in _java_lines(raised)]
        case "java", True:
            text = "\n".join(_java_lines(raised)) + "\n"
            return [say(function, request, time, "ERROR", text)]
        case "dotnet", False:
            frames = "\n".join(f"   {frame}" for frame in raised.frames)
            text = f"{raised.type}: {raised.message}\n{frames}"
            return [say(function, request, time, "ERROR", text)] * 3
        case "dotnet", True:
            return [_dotnet_json(request, time, raised, f"{raised.type}: {raised.message}")]
        case "ruby", _:
            return ["Error raised from handler method\n", *_ruby_lines(raised)]
        case "go", _:
            return [f"{_slashed(time)} {compact(_go_error(raised))}\n"]
        case "rust", _:
            return [*_panicked(raised), _caught(request)]
        case language:
            raise AssertionError(language)


def report_in_init(function: Function, time: int, raised: Raised) -> list[str]:
    """Spell the runtime's report of a handler that could not be loaded."""
    match function.language, function.json:
        case "python", False:
            # the notice and the error are one event, parted by a carriage return
            lines = f"[ERROR] {raised.type}: {raised.message}\rTraceback (most recent call last):"
            return [f"{WARNING}\r{lines}" if function.new_style else lines]
        case "python", True:
            return [_python_json("", time, raised)]
        case "nodejs", False:
            error = _node_error(raised, "stack")
            return [_node_text("undefined", time, "Uncaught Exception", error)]
        case "nodejs", True:
            error = _node_error(raised, "stackTrace")
            # JSON has the name of the class, without the prefix
            error["errorType"] = raised.type.removeprefix("Runtime.")
            return [compact({"timestamp": iso(time), "level": "ERROR", "message": error})]
        case "java", _:
            return [line + "\n" for line in _java_lines(raised)]
        case "ruby", _:
            return ["Init error when loading handler app.handler\n", *_ruby_lines(raised)]
        case language:
            raise AssertionError(language)


def report_rejected(function: Function, request: Request, time: int, raised: Raised) -> list[str]:
    """Spell Node's report of a promise that nobody handled, in text."""
    error = {
        "errorType": "Runtime.UnhandledPromiseRejection",
        "errorMessage": f"{raised.type}: {raised.message}",
        "reason": _node_error(raised, "stack"),
        "promise": {},
        "stack": [
            f"Runtime.UnhandledPromiseRejection: {raised.type}: {raised.message}",
            "    at process.<anonymous> (file:///var/runtime/index.mjs:1448:17)",
            "    at process.emit (node:events:519:28)",
        ],
    }
    return [_node_text(request.id, time, "Unhandled Promise Rejection", error)]


def report_uncaught(function: Function, request: Request, time: int, raised: Raised) -> list[str]:
    """Spell Node's report of an error outside of the handler's own call, in text."""
    return [_node_text(request.id, time, "Uncaught Exception", _node_error(raised, "stack"))]


def report_panic(function: Function, request: Request, time: int, raised: Raised) -> list[str]:
    """Spell a panic that the handler's library saw, and after which the process ends."""
    if function.language == "rust":
        return [line + "\n" for line in _panicked(raised)[0].rstrip("\n").split("\n")]
    return [
        f"{_slashed(time)} {compact(_go_error(raised))}\n",
        "calling the handler function resulted in a panic, the process should exit\n",
    ]


def report_native_panic(raised: Raised) -> list[str]:
    """Spell a panic of Go that nobody saw: it goes to stderr, line by line."""
    lines = [f"panic: {raised.message}", "", "goroutine 34 [running]:"]
    for frame in raised.frames:
        path, line, label = frame.split("|")
        lines += [f"{label}(0xc000012345)", f"\t/src/{path}:{line} +0x1d"]
    return [line + "\n" for line in lines]


def print_caught(function: Function, raised: Raised) -> list[str]:
    """Spell an error that the handler caught and printed with its stack: an event a line."""
    head = f"{raised.type}: {raised.message}"
    match function.language:
        case "python":
            frames = [f"  {line}" for frame in raised.frames for line in frame.split("\n")]
            lines = ["Traceback (most recent call last):", *frames, head]
        case "java":
            lines = _java_lines(raised)[1:]
        case "ruby":
            first, *others = raised.frames
            lines = [f"{first}: {raised.message} ({raised.type})", *(f"\tfrom {o}" for o in others)]
        case language:
            raise AssertionError(language)
    return [line + "\n" for line in lines]


def log_caught(function: Function, request: Request, time: int, raised: Raised) -> list[str]:
    """Spell an error that the handler caught, and logged with its stack."""
    told = f"could not finish, will do without: {raised.message}"
    match function.language, function.json:
        case "python", False:
            frames = "\n".join(f"  {frame}" for frame in raised.frames)
            trace = f"Traceback (most recent call last):\n{frames}\n{raised.type}: {raised.message}"
            return [say(function, request, time, "ERROR", f"{told}\n{trace}")]
        case "python", True:
            record = {
                "timestamp": iso_seconds(time),
                "level": "ERROR",
                "message": told,
                "logger": "shop",
                "stackTrace": [f"  {frame}\n" for frame in raised.frames],
                "errorType": raised.type,
                "errorMessage": raised.message,
                "requestId": request.id,
                "location": "/var/task/app.py:handler:17",
            }
            return [compact(record) + "\n"]
        case "nodejs", False:
            frames = "\n".join(f"    {frame}" for frame in raised.frames)
            text = f"{raised.type}: {raised.message}\n{frames} {{\n  code: 'ECONNRESET'\n}}"
            return [say(function, request, time, "ERROR", text)]
        case "nodejs", True:
            # the very line that the runtime writes of an error that nobody caught
            return [_node_json(request, time, raised)]
        case "java", False:
            first = say(function, request, time, "ERROR", told)
            return [first, *(line + "\n" for line in _java_lines(raised)[1:])]
        case "java", True:
            text = "\n".join([told, *_java_lines(raised)[1:]])
            return [say(function, request, time, "ERROR", text)]
        case "dotnet", False:
            frames = "\n".join(f"   {frame}" for frame in raised.frames)
            text = f"{told}\n{raised.type}: {raised.message}\n{frames}"
            return [say(function, request, time, "ERROR", text)]
        case "dotnet", True:
            return [_dotnet_json(request, time, raised, told)]
        case _:
            return [say(function, request, time, "ERROR", told)]


def _slashed(time: int) -> str:
    return datetime.fromtimestamp(time // 1000, UTC).strftime("%Y/%m/%d %H:%M:%S")


def _span(request: Request) -> str:
    trace = f"Root={request.trace_id};Parent={request.span_id};Sampled=1;Lineage=1:d556a4a8:0"
    return f'Lambda runtime invoke{{requestId="{request.id}" xrayTraceId="{trace}"}}'


def _python_text(function: Function, raised: Raised) -> str:
    lines = [f"[ERROR] {raised.type}: {raised.message}", "Traceback (most recent call last):"]
    for frame in raised.frames:
        lines += [f"  {line}" for line in frame.split("\n")]
    spaced = [NBSP * (len(line) - len(line.lstrip())) + line.lstrip() for line in lines]
    return "\r".join(spaced) + "\n" if function.returns else "\n".join(spaced)


def _python_json(request_id: str, time: int, raised: Raised) -> str:
    record = {
        "timestamp": iso_seconds(time),
        "log_level": "ERROR",
        "errorMessage": raised.message,
        "errorType": raised.type,
        "requestId": request_id,
        "stackTrace": [f"  {frame}\n" for frame in raised.frames],
    }
    # real events have the notice, a carriage return and then the JSON
    return f"{WARNING}\r{compact(record)}\n"


def _node_error(raised: Raised, stack: str) -> dict[str, object]:
    error: dict[str, object] = {"errorType": raised.type, "errorMessage": raised.message}
    if "ECONN" in raised.message:
        error |= {"code": "ECONNREFUSED", "errno": -111, "syscall": "connect"}
    error[stack] = [
        f"{raised.type}: {raised.message}",
        *(f"    {frame}" for frame in raised.frames),
    ]
    return error


def _node_text(request_id: str, time: int, words: str, error: dict[str, object]) -> str:
    return f"{iso(time)}\t{request_id}\tERROR\t{words} \t{compact(error)}\n"


def _node_json(request: Request, time: int, raised: Raised) -> str:
    return compact(
        {
            "timestamp": iso(time),
            "level": "ERROR",
            "requestId": request.id,
            "message": _node_error(raised, "stackTrace"),
        }
    )


def _java_lines(raised: Raised) -> list[str]:
    return [
        f"{raised.message}: {raised.type}",
        f"{raised.type}: {raised.message}",
        *(frame if frame.startswith("Caused by") else f"\t{frame}" for frame in raised.frames),
    ]


def _dotnet_json(request: Request, time: int, raised: Raised, text: str) -> str:
    record = {
        "timestamp": iso(time),
        "level": "Error",
        "requestId": request.id,
        "traceId": request.trace_id,
        "message": text,
        "errorType": raised.type,
        "errorMessage": raised.message,
        "stackTrace": [f"   {frame}" for frame in raised.frames],
    }
    return compact(record) + "\n"


def _ruby_lines(raised: Raised) -> list[str]:
    error = {
        "errorMessage": raised.message,
        "errorType": raised.type,
        "stackTrace": list(raised.frames),
    }
    return [line + "\n" for line in json.dumps(error, indent=2).split("\n")]


def _go_error(raised: Raised) -> dict[str, object]:
    error: dict[str, object] = {"errorMessage": raised.message, "errorType": raised.type}
    if raised.frames:
        pieces = [frame.split("|") for frame in raised.frames]
        error["stackTrace"] = [
            {"path": path, "line": int(line), "label": label} for path, line, label in pieces
        ]
    return error


def _panicked(raised: Raised) -> list[str]:
    return [f"thread 'main' panicked at {raised.frames[0]}:\n{raised.message}\n"]


def _caught(request: Request) -> str:
    return f"ERROR {_span(request)}: user handler panicked error=Any {{ .. }}\n"
