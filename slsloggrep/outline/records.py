"""What is shown of one record: whether it is looked at first, its fields, its error, its figures.

The rules that the terminal and every document share, in raw text: making it harmless and giving it
a look is left to those who show it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from slsloggrep.harmless import json_text
from slsloggrep.model import Fact, Level, Platform, Record
from slsloggrep.wording import duration_text, memory_text

_MACHINE_LINES = (Fact.METRIC, Fact.SUBSCRIPTION)

_CRASHES = (Fact.UNHANDLED, Fact.TIMEOUT, Fact.FAULT)

_CONTEXT_KEYS = frozenset(
    {
        "@message",
        "@timestamp",
        "asctime",
        "aws_request_id",
        "awsrequestid",
        "body",
        "cold_start",
        "coldstart",
        "date",
        "exception",
        "faas.name",
        "function_arn",
        "function_memory_size",
        "function_name",
        "function_request_id",
        "function_version",
        "functionarn",
        "functionmemorysize",
        "functionname",
        "functionrequestid",
        "functionversion",
        "hostname",
        "level",
        "levelname",
        "location",
        "log.level",
        "loglevel",
        "message",
        "msg",
        "pid",
        "req_id",
        "request_id",
        "requestid",
        "sampling_rate",
        "service",
        "severity",
        "stack",
        "stack_trace",
        "stacktrace",
        "tenantid",
        "time",
        "timestamp",
        "trace",
        "traceback",
        "ts",
        "v",
        "xray_trace_id",
        "xraytraceid",
    }
)
"""Fields that a line shows already, or that say the same on every line (compared in lower case).

The names are those of the runtimes' JSON format, Powertools, pino, winston, bunyan and structlog.
"""


def is_key(record: Record, *, mentions: bool) -> bool:
    """Tell whether a record is one of those to look at first.

    These are warnings and errors, records that mention the transaction, and what the platform
    states, but not its lines for machines (metrics, telemetry subscriptions).
    """
    if mentions or record.error is not None:
        return True
    if record.level is not None and record.level >= Level.WARN:
        return True
    return record.platform is not None and record.fact not in _MACHINE_LINES


def shown_level(record: Record) -> Level | None:
    """Return the level worth a word beside a record that stands in its invocation.

    What the platform states is information by its nature, unless it is worse; a crash that the
    runtime reports is an error even where no level was written.
    """
    if record.level is None:
        return Level.ERROR if record.fact in _CRASHES else None
    return record.level if record.fact is None or record.level >= Level.WARN else None


class FactWords(NamedTuple):
    """A platform fact on one line."""

    figures: str
    """`REPORT 842 ms, billed 843 ms`."""
    trouble: str
    """Status and error type where it did not go well: `error Runtime.ExitError`; else empty."""


def fact_words(record: Record) -> FactWords | None:
    """Return the figures of a platform fact, or None where its own text says more."""
    platform = record.platform
    if platform is None:
        return None
    word = _FIGURED.get(platform.fact)
    if word is None:
        return None
    parts = _runtime(record) if platform.fact is Fact.INIT_START else _figures(platform)
    trouble = ""
    if platform.status not in (None, "success"):
        trouble = " ".join(filter(None, (platform.status, platform.error_type)))
    return FactWords(" ".join(filter(None, (word, ", ".join(parts)))), trouble)


_FIGURED = {
    Fact.INIT_START: "INIT_START",
    Fact.START: "START",
    Fact.END: "END",
    Fact.REPORT: "REPORT",
    Fact.RUNTIME_DONE: "RUNTIME_DONE",
    Fact.INIT_RUNTIME_DONE: "INIT_RUNTIME_DONE",
    Fact.INIT_REPORT: "INIT_REPORT",
    Fact.RESTORE_START: "RESTORE_START",
    Fact.RESTORE_RUNTIME_DONE: "RESTORE_RUNTIME_DONE",
    Fact.RESTORE_REPORT: "RESTORE_REPORT",
}


def _figures(platform: Platform) -> list[str]:
    parts = []
    if platform.fact is Fact.START and platform.version:
        parts.append(f"version {platform.version}")
    if platform.duration_ms is not None:
        parts.append(duration_text(platform.duration_ms))
    if platform.billed_ms is not None:
        parts.append(f"billed {duration_text(platform.billed_ms)}")
    if memory := memory_text(platform.max_memory_mb, platform.memory_mb):
        parts.append(f"memory {memory}")
    if platform.init_ms is not None and platform.init_ms != platform.duration_ms:
        parts.append(f"init {duration_text(platform.init_ms)}")
    if platform.restore_ms is not None and platform.restore_ms != platform.duration_ms:
        parts.append(f"restore {duration_text(platform.restore_ms)}")
    return parts


def _runtime(record: Record) -> list[str]:
    """Return what an INIT_START line says but for the ARN: `python:3.12.v36`."""
    _, found, rest = record.event.message.partition("Runtime Version: ")
    initialization = record.platform.initialization if record.platform else None
    parts = (re.split(r"\s", rest, maxsplit=1)[0] if found else None, initialization)
    return [part for part in parts if part]


def is_document(record: Record) -> bool:
    """Tell whether a record's text is its whole JSON document, since no field of it is a text."""
    text = record.text or record.event.message
    return text.lstrip().startswith("{") and record.event.message.rstrip().endswith(text.rstrip())


def is_context(key: str) -> bool:
    """Tell whether a field says what a line shows already, or the same on every line."""
    return key.lower() in _CONTEXT_KEYS


def field_text(value: Any) -> str:
    """Return a field's value: a word as it is, all else as JSON."""
    if isinstance(value, str) and value and not _QUOTED.search(value):
        return value
    return json_text(value)


_QUOTED = re.compile(r'[\s="]')


def added_fields(record: Record) -> Iterator[tuple[str, str]]:
    """Yield the fields, as names and values, that add something to a record's text.

    None of what the platform states, and none of a document that is shown as it is.
    """
    raw = record.text or record.event.message
    if record.platform is None and not raw.lstrip().startswith(("{", "[")):
        yield from _pairs(record.fields, raw)


def error_lines(record: Record) -> tuple[str, str]:
    """Return what an error adds to a record's text: its type and message, and its frames.

    Each empty where the text says it already.
    """
    error = record.error
    if error is None:
        return "", ""
    raw = record.text or record.event.message
    headline = ""
    if any(part and part not in raw for part in (error.type, error.message)):
        headline = ": ".join(filter(None, (error.type, error.message)))
    frames = [frame for frame in error.stack if frame.strip() and frame.strip() not in raw]
    return headline, _indented("\n".join(frame.rstrip() for frame in frames)) if frames else ""


def _indented(stack: str) -> str:
    lines = stack.splitlines()
    if all(line.startswith((" ", "\t")) for line in lines):
        return stack
    return "\n".join(f"  {line}" for line in lines)


def _pairs(fields: Mapping[str, Any], raw: str) -> Iterator[tuple[str, str]]:
    for key, value in fields.items():
        if is_context(key):
            continue
        text = field_text(value)
        if len(text) > 20 and text in raw:
            continue
        yield key, text
