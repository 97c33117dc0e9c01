"""How each runtime and logging library writes a line, and an error that nobody caught.

Exact bytes as the runtimes write them, separators and trailing newlines included. Sources: the
runtime interface clients of Python, Node.js, Java, .NET and Go, the loggers of Powertools and
pino, and the logging pages of the AWS Lambda Developer Guide. What the platform writes around a
handler is `platform`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from slsloggrep.model import Level
from slsloggrep.sources.demo import spellings
from slsloggrep.sources.demo.shop import Dialect, Function

_NBSP = "\xa0"
_PINO_LEVELS = {Level.DEBUG: 20, Level.INFO: 30, Level.WARN: 40, Level.ERROR: 50}
_PYTHON_LEVELS = {Level.WARN: "WARNING", Level.FATAL: "CRITICAL"}
_DOTNET_LEVELS = {
    Level.DEBUG: ("dbug", "Debug"),
    Level.INFO: ("info", "Information"),
    Level.WARN: ("warn", "Warning"),
    Level.ERROR: ("fail", "Error"),
}


def compact(value: object) -> str:
    """Write a value as JSON without spaces, the way every runtime here does."""
    return msgspec.json.encode(value).decode()


@dataclass(slots=True, kw_only=True)
class Request:
    """What a runtime knows of the request it serves."""

    function: Function
    request_id: str
    trace_id: str | None
    span_id: str
    correlation_id: str | None
    cold: bool


@dataclass(frozen=True, slots=True)
class Raised:
    """An error that the handler did not catch."""

    type: str
    message: str
    frames: tuple[str, ...]
    """Innermost where the language puts it, indented as the language prints them."""


@dataclass(frozen=True, slots=True)
class Line:
    """Something that the shop's own code logs."""

    at: float
    """Milliseconds UTC."""
    level: Level
    text: str
    fields: Mapping[str, Any]


def write_line(request: Request, line: Line) -> str:
    """Write a log line as the function's dialect does: one event's message."""
    return _LINES[request.function.dialect](request, line)


def write_raised(request: Request, at: float, raised: Raised) -> str:
    """Write the event in which the runtime reports an error that the handler did not catch."""
    return _RAISED[request.function.dialect](request, at, raised)


def python_traceback(raised: Raised) -> str:
    """Write an error as the Python runtime does in text format: indented with U+00A0."""
    frames = "\n".join(raised.frames)
    indented = "\n".join(
        _NBSP * (len(row) - len(row.lstrip(" "))) + row.lstrip(" ") for row in frames.split("\n")
    )
    return (
        f"[ERROR] {raised.type}: {raised.message}\nTraceback (most recent call last):\n{indented}"
    )


def _python_level(level: Level) -> str:
    return _PYTHON_LEVELS.get(level, level.name)


def _body(line: Line) -> str:
    """Write text and fields for a logger that knows only text: JSON where there are fields."""
    if not line.fields:
        return line.text
    return compact({"message": line.text, **line.fields} if line.text else line.fields)


def _python_text(request: Request, line: Line) -> str:
    level = _python_level(line.level)
    return f"[{level}]\t{spellings.iso(line.at)}\t{request.request_id}\t{_body(line)}\n"


def _python_json(request: Request, line: Line) -> str:
    record = {
        "timestamp": spellings.iso_seconds(line.at),
        "level": _python_level(line.level),
        "message": line.text,
        "logger": "shop",
        "requestId": request.request_id,
        **line.fields,
    }
    return compact(record) + "\n"


def _powertools(request: Request, line: Line) -> str:
    function = request.function
    record = {
        "level": _python_level(line.level),
        # each statement of the handler has its line, whichever that is
        "location": f"handler:{41 + len(line.text)}",
        "message": line.text,
        "timestamp": spellings.comma_millis(line.at),
        "service": "checkout",
        "cold_start": request.cold,
        "function_name": function.name,
        "function_memory_size": str(function.memory_mb),
        "function_arn": function.arn,
        "function_request_id": request.request_id,
        "correlation_id": request.correlation_id,
        **line.fields,
        "xray_trace_id": request.trace_id,
    }
    return compact(record) + "\n"


def _node_text(request: Request, line: Line) -> str:
    return f"{spellings.iso(line.at)}\t{request.request_id}\t{line.level.name}\t{_body(line)}\n"


def _node_json(request: Request, line: Line) -> str:
    return compact(
        {
            "timestamp": spellings.iso(line.at),
            "level": line.level.name,
            "requestId": request.request_id,
            "message": {"message": line.text, **line.fields} if line.fields else line.text,
        }
    )


def _pino(request: Request, line: Line) -> str:
    record = {
        "level": _PINO_LEVELS[line.level],
        "time": int(line.at),
        "awsRequestId": request.request_id,
        "x-correlation-id": request.correlation_id,
        **line.fields,
        "msg": line.text,
    }
    return compact(record) + "\n"


def _log4j(request: Request, line: Line) -> str:
    return (
        f"{spellings.plain_seconds(line.at)} {request.request_id} {line.level.name:<5} "
        f"PaymentHandler - {_body(line)}\n"
    )


def _dotnet_text(request: Request, line: Line) -> str:
    level = _DOTNET_LEVELS[line.level][0]
    return f"{spellings.iso(line.at)}\t{request.request_id}\t{level}\t{_body(line)}\n"


def _dotnet_json(request: Request, line: Line) -> str:
    record = {
        "timestamp": spellings.iso(line.at),
        "level": _DOTNET_LEVELS[line.level][1],
        "requestId": request.request_id,
        "traceId": request.trace_id,
        "message": line.text,
        **line.fields,
    }
    return compact(record) + "\n"


def _slog(request: Request, line: Line) -> str:
    record = {
        "time": spellings.iso_nanos(line.at),
        "level": line.level.name,
        "msg": line.text,
        "requestId": request.request_id,
        **line.fields,
    }
    return compact(record) + "\n"


def _go_log(request: Request, line: Line) -> str:
    del request  # Go's log package does not know it
    return f"{spellings.slashed(line.at)} {_body(line)}\n"


def _raised_python_text(request: Request, at: float, raised: Raised) -> str:
    del request, at  # the runtime prints neither here
    return python_traceback(raised)


def _raised_python_json(request: Request, at: float, raised: Raised) -> str:
    record = {
        "timestamp": spellings.iso_seconds(at),
        "log_level": "ERROR",
        "errorMessage": raised.message,
        "errorType": raised.type,
        "requestId": request.request_id,
        "stackTrace": [frame + "\n" for frame in raised.frames],
    }
    return compact(record) + "\n"


def _raised_node_text(request: Request, at: float, raised: Raised) -> str:
    error = {
        "errorType": raised.type,
        "errorMessage": raised.message,
        "stack": [f"{raised.type}: {raised.message}", *raised.frames],
    }
    return f"{spellings.iso(at)}\t{request.request_id}\tERROR\tInvoke Error \t{compact(error)}\n"


def _raised_node_json(request: Request, at: float, raised: Raised) -> str:
    error = {
        "errorType": raised.type,
        "errorMessage": raised.message,
        "stackTrace": [f"{raised.type}: {raised.message}", *raised.frames],
    }
    return compact(
        {
            "timestamp": spellings.iso(at),
            "level": "ERROR",
            "requestId": request.request_id,
            "message": error,
        }
    )


def _raised_java(request: Request, at: float, raised: Raised) -> str:
    del request, at  # UserFault prints neither
    frames = "\n".join(raised.frames)
    return f"{raised.message}: {raised.type}\n{raised.type}: {raised.message}\n{frames}\n\n"


def _raised_dotnet_text(request: Request, at: float, raised: Raised) -> str:
    frames = "\n".join(raised.frames)
    head = f"{spellings.iso(at)}\t{request.request_id}\tfail\t"
    return f"{head}{raised.type}: {raised.message}\n{frames}\n"


def _raised_dotnet_json(request: Request, at: float, raised: Raised) -> str:
    record = {
        "timestamp": spellings.iso(at),
        "level": "Error",
        "requestId": request.request_id,
        "traceId": request.trace_id,
        "message": f"{raised.type}: {raised.message}",
        "errorType": raised.type,
        "errorMessage": raised.message,
        "stackTrace": list(raised.frames),
    }
    return compact(record) + "\n"


def _raised_go(request: Request, at: float, raised: Raised) -> str:
    del request  # the library prints none
    error = {"errorMessage": raised.message, "errorType": raised.type}
    return f"{spellings.slashed(at)} {compact(error)}\n"


_LINES: Mapping[Dialect, Callable[[Request, Line], str]] = {
    Dialect.PYTHON_TEXT: _python_text,
    Dialect.PYTHON_JSON: _python_json,
    Dialect.POWERTOOLS: _powertools,
    Dialect.NODE_TEXT: _node_text,
    Dialect.NODE_JSON: _node_json,
    Dialect.PINO: _pino,
    Dialect.LOG4J: _log4j,
    Dialect.DOTNET_TEXT: _dotnet_text,
    Dialect.DOTNET_JSON: _dotnet_json,
    Dialect.SLOG: _slog,
    Dialect.GO_LOG: _go_log,
}

_RAISED: Mapping[Dialect, Callable[[Request, float, Raised], str]] = {
    Dialect.PYTHON_TEXT: _raised_python_text,
    Dialect.PYTHON_JSON: _raised_python_json,
    Dialect.POWERTOOLS: _raised_python_text,
    Dialect.NODE_TEXT: _raised_node_text,
    Dialect.NODE_JSON: _raised_node_json,
    Dialect.PINO: _raised_node_text,
    Dialect.LOG4J: _raised_java,
    Dialect.DOTNET_TEXT: _raised_dotnet_text,
    Dialect.DOTNET_JSON: _raised_dotnet_json,
    Dialect.SLOG: _raised_go,
    Dialect.GO_LOG: _raised_go,
}
