"""Reads JSON that is not quite JSON: bad UTF-8, raw control characters, cut ends, damaged middles.

Slower than the ordinary way and only taken where that failed. Everything that can be read is
given out; what cannot is reported. Work is linear in the size of the text, whatever it holds:
each piece of it is parsed once and given up at the next landmark.
"""

from __future__ import annotations

import json
import re
from collections.abc import Generator, Iterator
from typing import Any

from slsloggrep.decode import boundaries, carriers, lines, objects
from slsloggrep.decode.carriers import Carried
from slsloggrep.decode.envelopes import CONTROL
from slsloggrep.decode.reading import Reading
from slsloggrep.model import Event

_SCANNER = json.JSONDecoder(strict=False)
"""Raw control characters inside strings are allowed: hand-made transformations write them."""

_LANDMARK = re.compile(
    # Where a document begins for certain, or almost: at an envelope's key, or on its own line.
    r'\{\s*+"(?:messageType|owner|logGroup|logStream|subscriptionFilters|logEvents)"\s*+:'
    r"|(?<=\n)" + boundaries.KEY
)
_EVENT_START = re.compile(r'\{\s*+"(?:id|timestamp|message|eventId|logStreamName)"\s*+:')
_LIST_START = re.compile(r'"(?:logEvents|events)"\s*+:\s*+\[')
_HEADER = re.compile(r'"(messageType|logGroup|logStream)"\s*+:\s*+("(?:[^"\\]|\\.){0,1024}+")')
_FAILURES = 64
"""Damaged places in one list after which it is given up: each costs a walk over the document (an
error of the scanner counts its lines), and a list with more of them is not what it seems."""

_BETWEEN = re.compile(r"[\s,\0\ufeff]*+")
_LEFTOVER = re.compile(r"[\s,\]}\0]*+")
_NEXT_LINE = re.compile(r"\n(?=[\[{])")
_BINARY = re.compile("[\x00-\x06\x0e-\x1a\ufffd]")


def events_in(document: bytes, reading: Reading) -> Iterator[Event | Carried]:
    """Yield what can be read of bytes that hold one or more documents.

    Bytes that are not UTF-8 become U+FFFD.
    """
    reading.repaired = True
    text = document.decode("utf-8", "replace")
    read = yield from _whole(text, reading)
    if read == len(text):
        return
    # A document's own landmark lies at its beginning: the next one is where it can be cut off.
    cuts = [found.start() for found in _LANDMARK.finditer(text, read + 1)]
    for start, end in zip([read, *cuts], [*cuts, len(text)], strict=True):
        piece = text[start:end]
        done = yield from _whole(piece, reading)
        if done < len(piece):
            yield from _remains(piece[done:], reading)


def _whole(text: str, reading: Reading) -> Generator[Event | Carried, None, int]:
    """Yield from documents and the text between them; return where a document is broken."""
    index = _BETWEEN.match(text).end()  # type: ignore[union-attr]  # it matches nothing, too
    while index < len(text):
        if text[index] not in "{[":
            index = yield from _stray(text, index, reading)
        else:
            try:
                value, end = _SCANNER.raw_decode(text, index)
            except (ValueError, RecursionError):
                return index
            yield from objects.events_in(value, text[index:end], reading)
            index = end
        index = _BETWEEN.match(text, index).end()  # type: ignore[union-attr]
    return index


def _stray(text: str, start: int, reading: Reading) -> Generator[Event | Carried, None, int]:
    """Yield the log lines that stand between documents; return where the next may begin."""
    found = (_NEXT_LINE.search(text, start), _LANDMARK.search(text, start))
    end = min((hit.start() for hit in found if hit), default=len(text))
    stray = text[start:end]
    if _BINARY.search(stray):
        reading.damage("there are bytes between documents that are no text")
    elif not _LEFTOVER.fullmatch(stray):
        yield from lines.messages(stray.encode("utf-8", "replace"), reading)
    return end


def _remains(text: str, reading: Reading) -> Iterator[Event | Carried]:
    """Yield what can be read of one broken document, and report the rest of it."""
    opening = _LIST_START.search(text)
    if opening is None and not text.startswith("["):
        payloads = list(carriers.opened_remains(text))
        if payloads:
            yield from payloads
            reading.damage("a document is cut short or damaged, and may have held more records")
        else:
            yield reading.event(None, text)
            reading.damage(
                "a document is cut short or damaged: what is left of it is shown as text"
            )
        return
    envelope = opening is not None and opening.group().startswith('"logEvents"')
    header = _header(text, opening.start() if opening else 0) if envelope else {}
    if header.get("messageType") == CONTROL:
        return
    count = 0
    for value, written in _elements(text, opening.end() if opening else 1):
        count += 1
        if envelope:
            group, stream = header.get("logGroup", ""), header.get("logStream", "")
            event = objects.log_event(value, group, stream, reading)
            if event is not None:
                yield event
        else:
            yield from objects.events_in(value, written, reading)
    reading.damage(f"a document is cut short or damaged: {count} events of it could be read")


def _elements(text: str, index: int) -> Iterator[tuple[Any, str]]:
    """Yield the complete objects of a list, and those after each damaged place in it."""
    failures = 0
    while failures < _FAILURES:
        index = _LEFTOVER.match(text, index).end()  # type: ignore[union-attr]  # see above
        if not text.startswith("{", index):
            found = _EVENT_START.search(text, index)
            if found is None:
                return
            index = found.start()
        try:
            value, end = _SCANNER.raw_decode(text, index)
        except json.JSONDecodeError as error:
            # The scanner has looked no further than to `pos`, or found no more quotes after it:
            # going on from there reads nothing twice.
            index = max(error.pos, index + 1)
            failures += 1
        except (ValueError, RecursionError):
            # Too deep, or a number of more digits than Python converts.
            index = _after(text, index)
            failures += 1
        else:
            yield value, text[index:end]
            index = end


_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[{}\[\]]', re.DOTALL)


def _after(text: str, start: int) -> int:
    """Return where the object that begins at `start` ends, however deep it is."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        mark = token.group()
        if mark in "{[":
            depth += 1
        elif mark in "}]":
            depth -= 1
            if depth == 0:
                return token.end()
    return len(text)


def _header(text: str, end: int) -> dict[str, str]:
    """Return an envelope's own fields, which may stand before or after its events."""
    found: dict[str, str] = {}
    for key, quoted in [*_HEADER.findall(text[:end]), *_HEADER.findall(text[-4096:])]:
        try:
            found.setdefault(key, json.loads(quoted, strict=False))
        except json.JSONDecodeError:
            continue
    return found
