"""One record as text: its message made harmless, its fields, its stack trace; a fact in figures.

What a person reads of a record, as a `rich` text without wrapping. Which records are shown, and
in which column, belongs to `slsloggrep.render.trace` and `slsloggrep.render.events`. Log text
never passes through rich's markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.text import Text

from slsloggrep.harmless import encodable, json_text, visible
from slsloggrep.model import Fact, Level, Platform, Record
from slsloggrep.render.theme import ERROR_TEXT, FAINT, FIELD_KEY, FIELD_VALUE, MENTION
from slsloggrep.render.times import duration_text, memory_text

LONGEST = 20_000
"""Characters of one record that a terminal gets; the rest is counted, `-o json` has it whole."""

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


def record_text(
    record: Record,
    *,
    terminal: bool,
    encoding: str = "utf-8",
    emphasis: re.Pattern[str] | None,
    pairs: Iterable[tuple[str, str]] | None = None,
) -> Text:
    """Return what a record says: text, fields that it adds, the lines of its stack trace.

    `emphasis` marks what was searched for. Only a terminal is spared text beyond `LONGEST`
    characters, and is told how much that is. `pairs` of names and values take the place of the
    fields, and of a text that is nothing but a document.
    """
    raw = record.text or record.event.message
    told = "" if pairs is not None and is_document(record) else raw
    body = Text(shown_text(limited(told, terminal).rstrip("\r\n"), terminal, encoding))
    failing = record.error is not None or (record.level or 0) >= Level.ERROR
    if failing:
        body.stylize(ERROR_TEXT, 0, _first_line(body.plain))
    elif record.platform is not None or (record.level is not None and record.level < Level.INFO):
        body.stylize(FAINT)
    if pairs is not None:
        _append_pairs(body, pairs, terminal, encoding)
    elif record.platform is None and not raw.lstrip().startswith(("{", "[")):
        _append_pairs(body, _pairs(record.fields, raw), terminal, encoding)
    _append_error(body, record, raw, terminal, encoding)
    if emphasis is not None:
        body.highlight_regex(emphasis, MENTION)
    return body


def fact_text(record: Record) -> Text | None:
    """Return the figures of a platform fact on one line, or None where its own text says more."""
    platform = record.platform
    if platform is None:
        return None
    word = _FIGURED.get(platform.fact)
    if word is None:
        return None
    parts = _figures(platform)
    if platform.fact is Fact.INIT_START:
        parts = _runtime(record)
    text = Text().append(word + (" " + ", ".join(parts) if parts else ""), FAINT)
    if platform.status not in (None, "success"):
        trouble = " ".join(filter(None, (platform.status, platform.error_type)))
        text.append(", " if parts else " ", FAINT)
        text.append(visible(trouble, newlines=False), ERROR_TEXT)
    return text


def emphasise(needles: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern for any of the strings as whole tokens, as they look once made harmless."""
    shown = sorted({visible(needle) for needle in needles if needle}, key=len, reverse=True)
    if not shown:
        return None
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, shown)) + r")(?!\w)")


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
        parts.append(f"version {visible(platform.version, newlines=False)}")
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
    return [visible(part, newlines=False) for part in parts if part]


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


def _pairs(fields: Mapping[str, Any], raw: str) -> Iterator[tuple[str, str]]:
    for key, value in fields.items():
        if is_context(key):
            continue
        text = field_text(value)
        if len(text) > 20 and text in raw:
            continue
        yield key, text


def _append_pairs(
    body: Text, pairs: Iterable[tuple[str, str]], terminal: bool, encoding: str
) -> None:
    for key, text in pairs:
        if body:
            body.append(" ")
        body.append(encodable(visible(key, newlines=False), encoding) + "=", FIELD_KEY)
        value = encodable(visible(limited(text, terminal), newlines=False), encoding)
        body.append(value, FIELD_VALUE)


def _append_error(body: Text, record: Record, raw: str, terminal: bool, encoding: str) -> None:
    error = record.error
    if error is None:
        return
    headline = ": ".join(filter(None, (error.type, error.message)))
    missing = [part for part in (error.type, error.message) if part and part not in raw]
    if missing:
        body.append("\n" + shown_text(limited(headline, terminal), terminal, encoding), ERROR_TEXT)
    frames = [frame for frame in error.stack if frame.strip() and frame.strip() not in raw]
    if frames:
        stack = limited("\n".join(frame.rstrip() for frame in frames), terminal)
        body.append("\n" + shown_text(_indented(stack), terminal, encoding), FAINT)


def _indented(stack: str) -> str:
    lines = stack.splitlines()
    if all(line.startswith((" ", "\t")) for line in lines):
        return stack
    return "\n".join(f"  {line}" for line in lines)


def shown_text(text: str, terminal: bool, encoding: str) -> str:
    """Return text of a log as harmless text over several lines, as the output can show it."""
    shown = encodable(visible(text), encoding)
    # A tab would jump to stops that the columns before the text know nothing of.
    return shown.expandtabs(4) if terminal else shown


def limited(text: str, terminal: bool, most: int = LONGEST) -> str:
    """Return a text of which a terminal gets no more than `most` characters, and a count."""
    if not terminal or len(text) <= most:
        return text
    return f"{text[:most]} [{len(text) - most} more characters: -o json]"


def _first_line(text: str) -> int:
    end = text.find("\n")
    return len(text) if end < 0 else end
