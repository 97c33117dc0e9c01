"""Errors that structured records state, in the shapes of the runtimes and of logging libraries.

Lambda's payload (`errorType`, `errorMessage`, `stackTrace` / `stack` / `trace`), Powertools in its
four languages, pino and bunyan (`err`), DAZN (`errorName`), Serilog (`@x`), log4j (`thrown`),
OpenTelemetry (`exception.type`), ECS (`error.type`), zap, structlog. Errors in plain text are left
to `failures`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slsloggrep.model import ErrorInfo
from slsloggrep.parse.failures import LINES

_TYPE_KEYS = (
    "errorType",
    "error_type",
    "exception.type",
    "error.type",
    "exceptionType",
    "ExceptionType",
    "errorName",
    "exception_name",
)
_MESSAGE_KEYS = (
    "errorMessage",
    "error_message",
    "exception.message",
    "error.message",
    "exceptionMessage",
    "ExceptionMessage",
)
_STACK_KEYS = (
    "stackTrace",
    "stack_trace",
    "stacktrace",
    "stack",
    "trace",
    "exception.stacktrace",
    "error.stack_trace",
    "exceptionDetails",
    "ExceptionDetails",
    "exception",
    "Exception",
    "@x",
    "extendedStackTrace",
)
_ONE_LINE_STACK_KEYS = ("stackTrace", "stack_trace", "stacktrace")
"""Under the other keys one line is a message or a name (`"stack": "production"`)."""

_OBJECT_KEYS = ("error", "err", "exception", "Exception", "thrown", "exc_info", "stack_trace")

_HEADER = re.compile(
    r"(?P<type>[A-Za-z_][\w.$`]*): (?P<message>.*)|(?P<bare>[A-Za-z_][\w.$`]*(?:Error|Exception))"
)

_ERROR_KEYS = frozenset(
    {
        key.partition(".")[0]
        for keys in (_TYPE_KEYS, _MESSAGE_KEYS, _STACK_KEYS, _OBJECT_KEYS)
        for key in keys
    }
) | {key for keys in (_TYPE_KEYS, _MESSAGE_KEYS, _STACK_KEYS) for key in keys}

_MAX_FRAMES = 1000


def error_of_fields(fields: Mapping[str, Any], *, unhandled: bool = False) -> ErrorInfo | None:
    """Return the error that a structured record's top level states, or None."""
    if _ERROR_KEYS.isdisjoint(fields):
        return None
    error_type = _text(fields, _TYPE_KEYS)
    message = _text(fields, _MESSAGE_KEYS)
    stack = _stack_of_fields(fields)
    if error_type is None or message is None or not stack:
        for key in _OBJECT_KEYS:
            inner = _error_of_object(fields.get(key))
            if inner is None:
                continue
            error_type = error_type or inner.type
            message = inner.message if message is None else message
            stack = stack or inner.stack
    if stack and (error_type is None or message is None):
        named, said = _header_of_stack(stack)
        if error_type is None or (named and named.endswith(error_type)):
            error_type = error_type or named
            message = said if message is None else message
    if error_type is None and message is None and not stack:
        return None
    if error_type is None and message is None:
        message = _text(fields, ("message", "msg", "event", "@m", "RenderedMessage"))
    return ErrorInfo(type=error_type, message=message, stack=stack, unhandled=unhandled)


def is_error_payload(value: Any) -> bool:
    """Tell whether a value is an error as Lambda's runtimes hand it to the caller."""
    return isinstance(value, dict) and "errorMessage" in value and "errorType" in value


def _error_of_object(value: Any) -> ErrorInfo | None:
    """Return the error in the object, or in the one-line text, under an error's key."""
    if isinstance(value, str):
        text = value.strip()
        if not text or LINES.search(text):
            return None
        return ErrorInfo(type=None, message=text)
    if not isinstance(value, dict):
        return None
    lowered = {key.lower(): child for key, child in value.items()}
    error_type = _text(lowered, ("errortype", "type", "name", "class", "code"))
    message = _text(lowered, ("errormessage", "message", "value", "localizedmessage"))
    stack = _stack_of_fields(value) or _frames(
        lowered.get("stacktrace") or lowered.get("stack_trace") or lowered.get("frames")
    )
    if error_type is None and message is None and not stack:
        return None
    return ErrorInfo(type=error_type, message=message, stack=stack)


def _text(fields: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = fields.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    for key in keys:
        if "." in key:
            value = _descend(fields, key)
            if isinstance(value, str) and value.strip():
                return value.strip()
    return None


def _descend(fields: Mapping[str, Any], dotted: str) -> Any:
    outer, _, inner = dotted.partition(".")
    holder = fields.get(outer)
    return holder.get(inner) if isinstance(holder, dict) else None


def _stack_of_fields(fields: Mapping[str, Any]) -> tuple[str, ...]:
    for key in _STACK_KEYS:
        value = fields.get(key)
        if (
            isinstance(value, str)
            and key not in _ONE_LINE_STACK_KEYS
            and not LINES.search(value.strip())
        ):
            continue
        frames = _frames(value)
        if frames:
            return frames
    for key in _STACK_KEYS:
        if "." in key:
            frames = _frames(_descend(fields, key))
            if frames:
                return frames
    return ()


def _frames(value: Any) -> tuple[str, ...]:
    """Return a stack as lines: a text, a list of texts, or a list of objects that name places."""
    if isinstance(value, str):
        return tuple(line for line in LINES.split(value) if line.strip())
    if isinstance(value, dict):
        return _frames(value.get("frames"))
    if not isinstance(value, list):
        return ()
    frames: list[str] = []
    for item in value[:_MAX_FRAMES]:
        if isinstance(item, str):
            frames.extend(line for line in LINES.split(item) if line.strip())
        elif isinstance(item, dict):
            frame = _frame(item)
            if frame:
                frames.append(frame)
    if len(value) > _MAX_FRAMES:
        frames.append(f"… {len(value) - _MAX_FRAMES} more frames")
    return tuple(frames)


def _frame(item: dict[str, Any]) -> str:
    """Return one frame: Go `{path, line, label}`, Powertools `{file, line, function}`, log4j."""
    place = item.get("path") or item.get("file")
    name = item.get("label") or item.get("function") or item.get("method")
    if item.get("class"):
        name = f"{item['class']}.{name}"
    line = item.get("line")
    parts = [str(name)] if name else []
    if place:
        parts.append(f"({place}:{line})" if line is not None else f"({place})")
    return " ".join(parts)


def _header_of_stack(stack: tuple[str, ...]) -> tuple[str | None, str | None]:
    """Return type and message from a stack's first line, or its last where Python wrote it."""
    line = stack[-1] if stack[0].startswith("Traceback (most recent") else stack[0]
    found = _HEADER.fullmatch(line.strip())
    if not found or line.startswith((" ", "\t")):
        return None, None
    return found["type"] or found["bare"], found["message"]
