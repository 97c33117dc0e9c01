"""Plain bytes to events, for every shape of document that an archive holds.

Tells the shape by content, never by name, and hands each document to the module that reads it:
envelopes, objects, carriers, lines, salvage. Compression is taken off before, by
`slsloggrep.decode.compression`; Parquet is read by `slsloggrep.decode.parquet`; what a message
means is `slsloggrep.parse`'s knowledge.

Nothing here raises on any bytes: what cannot be read is reported, and reading goes on behind it.
Bytes that are not UTF-8 become U+FFFD. Work is linear in the size of the data.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator
from enum import Enum, auto

import msgspec

from slsloggrep.decode import boundaries, envelopes, lines, objects, salvage
from slsloggrep.decode.boundaries import BOUNDARY, Buffer
from slsloggrep.decode.carriers import Carried
from slsloggrep.decode.compression import unpack
from slsloggrep.decode.reading import Origin, Reading
from slsloggrep.model import Event, Millis

__all__ = ["Origin", "Shape", "cut", "decode", "enclosing", "sniff"]

HEAD = 16 * 1024
"""Bytes that `sniff` should be given, where there are as many."""

MAX_DEPTH = 4
"""Carriers within carriers that are opened."""

CARRIED_LIMIT = 24 * 1024 * 1024
"""Bytes that one record in a carrier may expand to: Firehose takes records of at most 1 MB
compressed (Firehose Developer Guide, "Quota"), and JSON logs shrink thirty-fold at best."""

_BLANKS = b" \t\r\n,\0"
"""What may stand before the first document, padding included."""

_PROBE = b"Permission Check Successful"
"""What CreateExportTask writes to see whether it may write; nobody's log."""


class Shape(Enum):
    """What a container's bytes hold, as far as its beginning tells."""

    ENVELOPES = auto()
    """Subscription envelopes, one after another."""
    WRAPPED = auto()
    """Documents that carry others in base64, or text in UTF-16: no raw search sees through."""
    EVENTS = auto()
    """JSON documents that are single events, lists of events, or answers of an API."""
    EXPORT = auto()
    """Text of an export task: each event begins with a time."""
    SAVED = auto()
    """Saved output of a command line tool: each event begins with its stream."""
    MESSAGES = auto()
    """Messages without anything else, JSON log lines among them; any other text too."""
    BINARY = auto()
    """No text at all."""
    EMPTY = auto()
    """Nothing, or only the probe of an export task."""

    @property
    def is_json(self) -> bool:
        """Tell whether top-level JSON documents follow each other."""
        return self in (Shape.ENVELOPES, Shape.WRAPPED, Shape.EVENTS)


def sniff(head: bytes) -> Shape:
    """Tell the shape of a container by its first bytes (`HEAD` of them are enough)."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Shape.WRAPPED
    head = head.removeprefix(codecs.BOM_UTF8).lstrip(_BLANKS)
    if not head or head.rstrip() == _PROBE:
        return Shape.EMPTY
    if head.startswith(_ENVELOPE):
        return Shape.ENVELOPES
    if _DOCUMENT.match(head):
        return _sniff_json(head)
    return _sniff_text(head)


def decode(
    data: bytes,
    origin: Origin,
    problem: Callable[[str], None],
    *,
    first_position: int = 0,
    shape: Shape | None = None,
    previous: Millis | None = None,
) -> Iterator[Event]:
    """Yield every event in the plain bytes of a container, or of a block of one.

    `problem` hears each kind of damage once, with a reason fit for the coverage, and is also told
    at the end if events have no time and neither has the origin.

    For a block (see `cut`), give the container's `shape`, a `first_position` that grows from
    block to block (the block's offset will do: every event takes a byte), and in `previous` the
    time of the last event before it, for text whose lines do not all state a time.
    """
    reading = Reading(origin, problem, first_position, previous)
    yield from _decode(data, shape, reading)
    reading.finish()


def cut(data: Buffer, shape: Shape) -> int:
    """Return the length of the longest prefix that ends between documents or events.

    0 if no boundary is seen: read on, and ask again with more (twice as much keeps it linear).
    """
    if shape.is_json:
        found = boundaries.last_match(BOUNDARY, data, 0, len(data))
    elif shape in _LINE_BREAKS:
        found = boundaries.last_match(_LINE_BREAKS[shape], data, 0, len(data))
    else:
        return 0
    return found.end() if found else 0


def enclosing(data: Buffer, position: int) -> tuple[int, int] | None:
    """Return start and end of the top-level document around a byte offset of JSON data.

    Found by searching near the offset only; None where it cannot be told that cheaply. Of
    documents separated by commas, or in a list, the whole run counts as one.
    """
    return boundaries.around(data, position)


_ENVELOPE = b'{"messageType":"DATA_MESSAGE",'
"""How CloudWatch begins every envelope: this needs no closer look."""

_DOCUMENT = re.compile(rb'\[?[ \t\r\n]*+\{[ \t\r\n]*+["}]')

_LINE_BREAKS = {
    Shape.EXPORT: re.compile(rb"\n(?=" + lines.EXPORT_PREFIX + rb")"),
    Shape.SAVED: re.compile(rb"\n(?=" + lines.SAVED_PREFIX + rb")"),
    Shape.MESSAGES: re.compile(
        rb"\n(?!\r?\n|" + lines.CONTINUES + rb")(?=[^\n]{16}|[^\n]{1,15}\n)"
    ),
}

_EXPORT = re.compile(lines.EXPORT_PREFIX)
_SAVED = re.compile(lines.SAVED_PREFIX)
_NOT_EXPORTED = re.compile(
    # Lines with a time of their own that are no export: the old timeout line, Spring Boot's.
    rb"\S+ (?:[0-9a-f]{8}-[0-9a-f-]{27} Task timed out|[A-Z]{4,5} +\d+ --- )"
)
_BARE_PLATFORM = re.compile(rb"^(?:(?:START|END|REPORT) RequestId: |INIT_START )", re.MULTILINE)
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r\x07\x08\x0b\x0c\x1b")


def _sniff_text(head: bytes) -> Shape:
    if len(head.translate(None, _CONTROLS)) < len(head) * 0.9:
        return Shape.BINARY
    if _SAVED.match(head):
        return Shape.SAVED
    exported = _EXPORT.match(head) and not _NOT_EXPORTED.match(head)
    return Shape.EXPORT if exported and not _BARE_PLATFORM.search(head) else Shape.MESSAGES


def _sniff_json(head: bytes) -> Shape:
    boundary = BOUNDARY.search(head)
    first = head[: boundary.start() + 1] if boundary else head
    keys = _keys(first)
    if "logEvents" in keys or "subscriptionFilters" in keys or "logevents" in keys:
        return Shape.ENVELOPES
    if {"awslogs", "rawData"} & keys or {"kinesis", "recordId"} & keys:
        return Shape.WRAPPED
    if head.startswith(b"["):
        return Shape.EVENTS
    try:
        value = json.JSONDecoder(strict=False).raw_decode(first.decode("utf-8", "replace"))[0]
    except (json.JSONDecodeError, RecursionError):
        # The head ends within the document, or it is damaged: a document that goes on over
        # several lines is read as one, a log line as a line.
        first_line = first.partition(b"\n")[0]
        known = {"messageType", "logGroup", "logStream", "owner", "events", "results"}
        return Shape.EVENTS if known & keys or len(first_line.strip()) < 2 else Shape.MESSAGES
    if objects.is_shape(value):
        return Shape.EVENTS
    return Shape.EVENTS if len(first.partition(b"\n")[0].strip()) < 2 else Shape.MESSAGES


_KEY_OR_BRACKET = re.compile(rb'"((?:[^"\\]++|\\.)*+)"?(\s*+:)?|[{}\[\]]', re.DOTALL)


def _keys(head: bytes) -> set[str]:
    """Return the keys that a document's beginning shows in its three outermost objects.

    `Records[].kinesis` is the deepest key that tells a shape.
    """
    keys: set[str] = set()
    depth = 0
    for token in _KEY_OR_BRACKET.finditer(head):
        mark = token.group(0)
        if mark in (b"{", b"["):
            depth += 1
        elif mark in (b"}", b"]"):
            depth -= 1
        elif token.group(2) and depth <= 3:
            keys.add(token.group(1).decode("utf-8", "replace"))
    return keys


def _decode(data: bytes, shape: Shape | None, reading: Reading) -> Iterator[Event]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        # PowerShell redirects into UTF-16.
        data = data.decode("utf-16", "replace").encode("utf-8", "replace")
        shape = None
    data = data.removeprefix(codecs.BOM_UTF8)
    shape = shape or sniff(data[:HEAD])
    if shape is Shape.EMPTY and len(data) > HEAD:
        # A head of nothing but blanks says nothing about what follows.
        data = data.lstrip(_BLANKS)
        shape = sniff(data[:HEAD])
    if shape.is_json:
        items = _documents(data, reading)
    elif shape is Shape.EXPORT:
        items = lines.exported(data, reading)
    elif shape is Shape.SAVED:
        items = lines.saved(data, reading)
    elif shape is Shape.MESSAGES:
        items = lines.messages(data, reading)
    else:
        if shape is Shape.BINARY:
            reading.damage("neither text nor any format that is known")
        return
    yield from unwrapped(items, reading)


def unwrapped(items: Iterator[Event | Carried], reading: Reading) -> Iterator[Event]:
    """Yield events, and those within whatever is carried among them."""
    for item in items:
        if isinstance(item, Carried):
            yield from _carried(item, reading)
        else:
            yield item


def _carried(carried: Carried, reading: Reading) -> Iterator[Event]:
    """Yield the events in bytes that a document carried."""
    if reading.depth == MAX_DEPTH:
        reading.damage(f"records are wrapped in each other more than {MAX_DEPTH} times")
        return
    data, reason = unpack(carried.data, CARRIED_LIMIT)
    for cause in (carried.damage, reason):
        if cause:
            reading.damage(f"within a record in base64: {cause}")
    arrival, previous = reading.arrival, reading.previous
    reading.arrival = carried.time if carried.time is not None else arrival
    reading.previous = None
    reading.depth += 1
    yield from _decode(data, None, reading)
    reading.depth -= 1
    reading.arrival, reading.previous = arrival, previous


def _documents(data: bytes, reading: Reading) -> Iterator[Event | Carried]:
    start = 0
    while start < len(data):
        boundary = BOUNDARY.search(data, start)
        end = boundary.start() + 1 if boundary else len(data)
        document = data if end - start == len(data) else data[start:end]
        yield from _document(document, reading)
        start = boundary.end() if boundary else end


def _document(document: bytes, reading: Reading) -> Iterator[Event | Carried]:
    """Yield the events of one document, by the fastest way that it allows."""
    try:
        envelope = envelopes.ordinary(document)
    except msgspec.ValidationError:
        yield from _unusual(document, reading)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield from salvage.events_in(document, reading)
    else:
        yield from envelopes.events_of(envelope, reading)


def _unusual(document: bytes, reading: Reading) -> Iterator[Event | Carried]:
    try:
        value = msgspec.json.decode(document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        yield from salvage.events_in(document, reading)
    else:
        yield from objects.events_in(value, document.strip().decode("utf-8", "replace"), reading)
