r"""Reads text: export tasks, saved output of command line tools, extracted messages, any lines.

A log event is not a line. In text that gives each event a prefix, an event goes on to the next
prefix. In text without, the lines that cannot begin an event (indented, `at …`, `Caused by: …`,
blank) are taken to belong to the one before. The newline that ends an event's last line is the
writer's; any before it is the message's own: `START …\n\n` is the message `START …\n`.

JSON documents in their own right belong to `slsloggrep.decode.objects`. Sources of the formats:
CloudWatch Logs User Guide, "Exporting log data to Amazon S3"; Firehose Developer Guide, "Message
extraction"; AWS CLI reference, `logs tail`; AWS SAM CLI reference, `sam logs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from slsloggrep.decode import boundaries, objects
from slsloggrep.decode.carriers import Carried
from slsloggrep.decode.reading import Reading
from slsloggrep.decode.timestamps import LEAD_LENGTH, leading_time, millis
from slsloggrep.model import Event, Millis

EXPORT_PREFIX = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z "
"""What an export task writes before each event."""

_STREAM = rb"(?P<stream>\d{4}/\d\d/\d\d/[^\s\[]{0,256}\[[^\]\s]{1,128}\][0-9A-Za-z]{8,64})"
_TIME = rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"

SAVED_PREFIX = (
    # `aws logs tail`: time, stream. awslogs: group, stream. `sam logs`: stream, time; where one of
    # the others stood first, a time after the stream is the message's own.
    rb"(?:(?P<first>"
    + _TIME
    + rb") )?(?:(?P<group>[/\w]\S{0,511}) )?"
    + _STREAM
    + rb"(?(first)|(?(group)|(?: (?P<second>"
    + _TIME
    + rb"))?))(?: |(?=\n|\Z))"
)
"""What command line tools write before each event."""

CONTINUES = (
    rb"[ \t]|\xc2\xa0|at |Caused by:|\.\.\. \d+ (?:more|common)|---> |Traceback \(|File \""
    rb"|\}|\]|XRAY TraceId:"
)
"""How a line begins that belongs to the event before it, unless that is complete in itself."""

_EXPORTED = re.compile(rb"^(?P<first>" + EXPORT_PREFIX[:-1] + rb") ", re.MULTILINE)
_SAVED = re.compile(rb"^" + SAVED_PREFIX, re.MULTILINE)
_CONTINUES = re.compile(CONTINUES)
_BLANK = re.compile(rb"\r?\Z")
_XRAY = b"XRAY TraceId:"
_PLATFORM = re.compile(
    rb"(?:START|END|REPORT) RequestId: |(?:INIT|RESTORE)_(?:START|REPORT)\b|EXTENSION\t"
)
_ONE_LINE = re.compile(rb'\{[ \t]*+"|\[[ \t]*+[\[{"\d]')
_JSON = re.compile(rb'\{|\[\s*+[\[{"\d]')
_STATED_TIME = re.compile(rb'"@?(?:timestamp|time)"\s*+:\s*+(?:"([^"\\]{1,64})"|(\d{9,20}))')

_WAITING = 10_000
"""Events without a time that wait for the first time in the text."""


def exported(data: bytes, reading: Reading) -> Iterator[Event | Carried]:
    """Yield the events of an export task's file: a time, a space, the message, a newline.

    Log group and stream stand only in the path. A line within a message that begins like an event
    cannot be told from one.
    """
    return _prefixed(data, _EXPORTED, reading)


def saved(data: bytes, reading: Reading) -> Iterator[Event | Carried]:
    """Yield the events of saved output of `aws logs tail`, `sam logs` or awslogs."""
    return _prefixed(data, _SAVED, reading)


def messages(data: bytes, reading: Reading) -> Iterator[Event | Carried]:
    """Yield the events of text that holds messages only, one after another.

    The time is the one that the message itself begins with or, being JSON, states; else that of
    the event before it, else (at the beginning) of the first event after it that has one.
    Bytes that are not UTF-8 become U+FFFD.
    """
    waiting: list[str] = []
    for start, end in _extents(data):
        for part in _parts(data[start:end]):
            value, time, message = _line(part)
            if value is not None:
                yield from _released(waiting, None, reading)
                yield from objects.events_in(value, None, reading)
            elif time is None and reading.previous is None and len(waiting) < _WAITING:
                waiting.append(message)
            else:
                yield from _released(waiting, time, reading)
                yield reading.event(time, message)
    yield from _released(waiting, None, reading)


def _prefixed(
    data: bytes, prefix: re.Pattern[bytes], reading: Reading
) -> Iterator[Event | Carried]:
    found = prefix.search(data)
    if found is None or found.start():
        yield from messages(data[: found.start()] if found else data, reading)
    while found:
        following = prefix.search(data, found.end())
        end = following.start() if following else len(data)
        text = data[found.end() : end].removesuffix(b"\n").decode("utf-8", "replace")
        time, group, stream = _prefix_of(found)
        yield reading.event(
            leading_time(text[:LEAD_LENGTH]) if time is None else time, text, group, stream
        )
        found = following


def _prefix_of(found: re.Match[bytes]) -> tuple[Millis | None, str, str]:
    if found.re is _EXPORTED:
        return millis(found[1].decode("ascii")), "", ""
    parts = {key: value.decode("utf-8", "replace") for key, value in found.groupdict(b"").items()}
    return millis(parts["first"] or parts["second"]), parts["group"], parts["stream"]


def _released(waiting: list[str], time: Millis | None, reading: Reading) -> Iterator[Event]:
    for message in waiting:
        yield reading.event(time, message)
    waiting.clear()


def _extents(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each event begins and ends, the newline of its last line left out."""
    start = end = -1
    alone = platform = False
    position = 0
    while position < len(data):
        newline = data.find(b"\n", position)
        line_end = newline if newline >= 0 else len(data)
        if _BLANK.match(data, position, line_end) or (
            start >= 0
            and not alone
            and _CONTINUES.match(data, position)
            and (not platform or data.startswith(_XRAY, position))
        ):
            end = line_end
        else:
            if start >= 0:
                yield start, end
            start, end = position, line_end
            # A document on one line is complete; one that begins on a line of its own goes on.
            alone = bool(_ONE_LINE.match(data, start)) and data[line_end - 1] in b"}]\r\t "
            platform = bool(_PLATFORM.match(data, start))
        position = line_end + 1
    if start >= 0:
        yield start, end


def _parts(raw: bytes) -> Iterator[bytes]:
    """Yield the JSON documents that stand on one line without anything between them."""
    if not raw.startswith(b"{"):
        yield raw
        return
    start = 0
    for found in boundaries.BOUNDARY.finditer(raw):
        yield raw[start : found.start() + 1]
        start = found.end()
    yield raw[start:]


def _line(raw: bytes) -> tuple[object | None, Millis | None, str]:
    """Return the document shape that an event turns out to be, or else its time and text."""
    message = raw.decode("utf-8", "replace")
    if not _JSON.match(raw):
        return None, leading_time(message[:LEAD_LENGTH]), message
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        stated = _STATED_TIME.search(raw, 0, 4096)
        time = millis((stated[1] or stated[2]).decode("ascii", "replace")) if stated else None
        return None, time or leading_time(message[:LEAD_LENGTH]), message
    if objects.is_shape(value, line=True):
        return value, None, message
    return None, objects.own_time(value), message
