"""Errors whose report came in pieces: one event a line, as unframed standard output has it.

Ruby prints its report with `puts`, Go's panics and old Java and .NET runtimes write a trace line by
line, a panic of Rust may have its message on the next line. A record alone then says little, or
does not show a failure at all; this module looks at records that follow each other, and joins. It
is given the records of one invocation, or of one stream, in order. What stands in one event is read
by `failures` and `exceptions`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from slsloggrep.model import ErrorInfo, Fact, Millis, Record
from slsloggrep.parse.documents import read_document
from slsloggrep.parse.exceptions import error_of_fields, is_error_payload
from slsloggrep.parse.failures import TRACE_FRAME, TRACE_HEADER

APART: Millis = 1000
"""Lines of one report come within milliseconds; those that are further apart are not of one."""

_MOST = 500
"""Lines of one report that are joined at most."""

_GO_LINE = re.compile(
    r"goroutine \d+ |\[signal |\[recovered\]|created by |exit status \d+|\t\S+\.go:\d+|"
    r"\t\.\.\.|[\w./*()\[\]{}@~-]+\(.*\)$|$"
)
_RUBY_PIECE = re.compile(r"\s*[\"\]]")


class Stated(NamedTuple):
    """An error that one or several records state."""

    error: ErrorInfo
    records: tuple[Record, ...]
    """That state it, in order; never empty."""
    fact: Fact | None
    """What the platform states with it; `UNHANDLED` too where only all pieces together say so."""


def errors_in(records: Sequence[Record]) -> Iterator[Stated]:
    """Yield the errors that records in order state, each with all of its pieces."""
    position = 0
    while position < len(records):
        stated = _read_at(records, position)
        if stated is None:
            position += 1
        else:
            yield stated
            position += len(stated.records)


def _read_at(records: Sequence[Record], position: int) -> Stated | None:
    record = records[position]
    if record.error is not None:
        if record.fact is Fact.UNHANDLED and record.error.type is None:
            joined = _join_ruby(records, position)
            if joined:
                return joined
        return _follow(records, position, record.error, record.fact)
    if record.platform is not None or record.fields or not record.text:
        return None
    text = record.text
    if text == "{":
        return _join_ruby(records, position)
    return _join_java(records, position) or _join_trace(records, position)


def _follow(
    records: Sequence[Record], position: int, error: ErrorInfo, fact: Fact | None
) -> Stated:
    """Take in the lines of a trace that come after the record that states the error."""
    record = records[position]
    if record.fields or fact not in (None, Fact.UNHANDLED):
        return Stated(error, (record,), fact)
    if error.stack:
        message = next(_after(records, position), None)
        if error.type == "panic" and error.message is None and message and message.text:
            return Stated(replace(error, message=message.text), (record, message), fact)
        return Stated(error, (record,), fact)
    line = _GO_LINE if error.type in ("panic", "fatal error") else TRACE_FRAME
    found = [record]
    for later in _after(records, position):
        if not line.match(later.text):
            break
        found.append(later)
    while len(found) > 1 and not found[-1].text:
        found.pop()
    if len(found) == 1:
        return Stated(error, (record,), fact)
    trace = tuple(later.text for later in found[1:] if later.text)
    return Stated(replace(error, stack=trace), tuple(found), fact)


def _join_java(records: Sequence[Record], position: int) -> Stated | None:
    """Join what Java's runtime prints: `<message>: <class>`, then the trace.

    A handler that logs an error does not print both lines.
    """
    first = records[position]
    named = first.text.rpartition(": ")[2]
    if first.level is not None or "." not in named or " " in named:
        return None
    second = next(_after(records, position), None)
    if second is None or second.level is not None:
        return None
    header = TRACE_HEADER.match(second.text)
    if not header or first.text != f"{header['message'] or 'null'}: {header['type']}":
        return None
    error = ErrorInfo(type=header["type"], message=header["message"], unhandled=True)
    stated = _follow(records, position + 1, error, Fact.UNHANDLED)
    return Stated(
        replace(stated.error, stack=(second.text, *stated.error.stack)),
        (first, *stated.records),
        Fact.UNHANDLED,
    )


def _join_trace(records: Sequence[Record], position: int) -> Stated | None:
    """Join a trace that a handler printed: `<class>: <message>`, then frames."""
    header = TRACE_HEADER.match(records[position].text)
    following = next(_after(records, position), None)
    if not header or following is None or not TRACE_FRAME.match(following.text):
        return None
    error = ErrorInfo(type=header["type"], message=header["message"])
    return _follow(records, position, error, None)


def _join_ruby(records: Sequence[Record], position: int) -> Stated | None:
    """Join the payload that Ruby's runtime prints over several lines, with what announces it."""
    found = [records[position]]
    pieces: list[str] = [] if found[0].error is not None else ["{"]
    for later in _after(records, position, facts=(None, Fact.UNHANDLED)):
        text = later.text
        if not pieces and text != "{":
            return None
        if text == "}" and pieces:
            found.append(later)
            return _payload("\n".join((*pieces, text)), found)
        if pieces and not _RUBY_PIECE.match(text):
            return None
        found.append(later)
        pieces.append(text)
    return None


def _payload(text: str, records: Sequence[Record]) -> Stated | None:
    document = read_document(text)
    if not isinstance(document, dict) or not is_error_payload(document):
        return None
    error = error_of_fields(document, unhandled=True)
    return Stated(error, tuple(records), Fact.UNHANDLED) if error else None


def _after(
    records: Sequence[Record], position: int, facts: tuple[Fact | None, ...] = (None,)
) -> Iterator[Record]:
    """Yield the plain lines right after a record, as long as each comes soon after the last."""
    last = records[position]
    for record in records[position + 1 : position + 1 + _MOST]:
        event = record.event
        if (
            record.fact not in facts
            or record.fields
            or record.request_id not in (None, last.request_id)
            or event.timestamp - last.event.timestamp > APART
            or (event.log_group, event.log_stream) != (last.event.log_group, last.event.log_stream)
        ):
            return
        yield record
        last = record
