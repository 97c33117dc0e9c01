"""Hits as events: what `slsloggrep.decode.search_documents` reads, with a place of their own.

An event's position comes from the sequence number that the server gave its document, so events that
have nothing else keep the order in which they were written, and what is read twice is told. Events
that a shipper wrote line by line are put together again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple
from zlib import crc32

import msgspec

from slsloggrep.decode.document_paths import look_up
from slsloggrep.decode.fields import is_global_id
from slsloggrep.decode.moments import FRACTIONS, SECONDS, read_time
from slsloggrep.decode.search_documents import Parts, name_of, read
from slsloggrep.decode.search_forms import Shipped, Usual, form_of
from slsloggrep.model import EVENT_ID_DIGITS, Event, Millis
from slsloggrep.sources.chosen import Meant
from slsloggrep.sources.opensearch.answers import Expected, Hit, Page, UsualHit
from slsloggrep.sources.opensearch.kinds import Kind
from slsloggrep.sources.opensearch.mapping import KEYWORDS

_GROUPS = 10_000
"""Log groups whose names are kept."""

_HASH_BITS = 24
"""Below the sequence number (which has 39 bits left): shards count each for itself."""

_HASH = (1 << _HASH_BITS) - 1

_FIRST, _END = 10**11, 10**14
"""Numbers that are milliseconds as they stand (`slsloggrep.decode.timestamps`)."""

Fetch = Callable[[Kind, list[str]], Iterable[Hit]]
"""Gives all documents of events, by their IDs."""


class Read(NamedTuple):
    """What the hits of a page are."""

    events: list[Event]
    losses: dict[str, int]


class Reader:
    """Makes events of hits; safe to use from several threads."""

    def __init__(
        self,
        source: str,
        kinds: Iterable[Kind],
        meant: Meant | None,
        fetch: Fetch,
    ) -> None:
        self._source = source
        self._kinds: dict[str, Kind] = {name: kind for kind in kinds for name in kind.names}
        self._names = {name: name for name in self._kinds}
        """The same text for all that have it, as for groups."""
        self._groups: dict[str, str] = {}
        self._meant = meant
        self._fetch = fetch

    def read(self, page: Page) -> Read:
        """Return the events in a page's hits, and what these lacked."""
        if page.events is not None:
            return Read(page.events, {})
        events: list[Event] = []
        losses: dict[str, int] = {}
        lines: dict[str, tuple[Kind, dict[str, None]]] = {}
        for hit in page.hits:
            self._read_closely(hit, events, losses, lines)
        for kind, identifiers in lines.values():
            self._join(kind, list(identifiers), events, losses)
        return Read(events, losses)

    def expect(self, indices: Iterable[str]) -> Expected | None:
        """Return what documents of indices usually are; None: that is not the same for all."""
        kinds = {id(kind): kind for name in indices if (kind := self._kinds.get(name))}.values()
        forms = {form_of(kind.shape, kind.time_field) for kind in kinds}
        form = forms.pop() if len(forms) == 1 else None
        return Expected(form, self._read_usual) if form is not None else None

    def _read_usual(self, hits: Sequence[UsualHit[Usual]]) -> list[Event] | None:
        """Return the events in usual documents; None: one of them must be looked at closely."""
        events: list[Event] = []
        # This is done for every document, so every step counts: names that are local, lookups in
        # place of calls, and a tuple's own way of making one (half the cost of naming its parts).
        names, groups, meant = self._names, self._groups, self._meant
        source, seconds, fractions, checksum = self._source, SECONDS, FRACTIONS, crc32
        add, make, event = events.append, tuple.__new__, Event
        time: Millis | None
        for hit in hits:
            document = hit.source
            index = names.get(hit.index)
            if index is None:
                continue  # an index that came while this was read; it will be found next time
            position = hit.seq_no << _HASH_BITS | checksum(hit.id.encode()) & _HASH
            message, text = document.message, document.timestamp
            if type(document) is Shipped:
                place = document.own.sequence
                if place is None:
                    continue  # an invocation, which the events make once more
                position = place
            if isinstance(text, int):
                time = text if _FIRST <= text < _END else read_time(text)
            else:
                try:
                    time = seconds[text[:20]] + fractions[text[20:]]
                except KeyError:
                    time = read_time(text)
            if time is None or message is None:
                return None
            group, stream, event_id = document.group, document.stream, document.event_id
            group = groups.get(group) or self._group(group)
            if meant is not None and not meant.takes(group, stream):
                continue
            if not event_id and is_global_id(hit.id):
                event_id = hit.id
            add(make(event, (time, message, group, stream, event_id, source, index, position)))
        return events

    def _group(self, written: str) -> str:
        """Return a log group's name, the same text for all that have it."""
        if len(self._groups) >= _GROUPS:
            self._groups.clear()
        return self._groups.setdefault(written, name_of(written))

    def _read_closely(
        self,
        hit: Hit,
        events: list[Event],
        losses: dict[str, int],
        lines: dict[str, tuple[Kind, dict[str, None]]],
    ) -> None:
        """Add the event of a hit, or note in `lines` that it is one line of an event."""
        kind = self._kinds.get(hit.index)
        if kind is None:
            return  # an index that came while this was read; it will be found next time
        if not hit.source:
            _lose(losses, "documents are not kept (_source), so they cannot be read")
            return
        document = _decode(hit.source)
        if document is None:
            _lose(losses, "documents that are no JSON objects")
            return
        place = None
        if kind.shape.sequence:
            place = look_up(document, kind.shape.sequence)
            if not isinstance(place, int):
                return  # an invocation, which the events make once more
        parts = read(document, hit.source, kind.shape, kind.time_field)
        if kind.shape.lines and not id_field_of(kind):
            # Several lines have one ID: as an event's own it would make one of them.
            parts = parts._replace(event_id="")
        elif kind.shape.lines and parts.event_id:
            held = lines.setdefault(hit.index, (kind, {}))
            held[1][parts.event_id] = None
            return
        self._add(hit, parts, events, losses, place)

    def _add(
        self,
        hit: Hit,
        parts: Parts,
        events: list[Event],
        losses: dict[str, int],
        place: int | None = None,
    ) -> None:
        if self._meant is not None and not self._meant.takes(parts.log_group, parts.log_stream):
            return
        if parts.timestamp is None:
            _lose(losses, "documents without any time")
        event_id = parts.event_id
        if not event_id and is_global_id(hit.id):
            event_id = hit.id
        events.append(
            Event(
                timestamp=parts.timestamp or 0,
                message=parts.message,
                log_group=parts.log_group,
                log_stream=parts.log_stream,
                event_id=event_id,
                source=self._source,
                container=hit.index,
                position=position_of(hit) if place is None else place,
            )
        )

    def _join(
        self, kind: Kind, identifiers: list[str], events: list[Event], losses: dict[str, int]
    ) -> None:
        """Add events that were written line by line, whole whichever line was found."""
        found: dict[str, dict[int, tuple[Hit, Parts]]] = {}
        for hit in self._fetch(kind, identifiers):
            document = _decode(hit.source)
            if document is None:
                continue
            parts = read(document, hit.source, kind.shape, kind.time_field)
            offset = _offset(document, kind.shape.lines)
            found.setdefault(parts.event_id, {})[offset] = (hit, parts)
        for held in found.values():
            hit, first = held[min(held)]
            times = [parts.timestamp for _, parts in held.values() if parts.timestamp is not None]
            message = _joined({offset: parts.message for offset, (_, parts) in held.items()})
            whole = first._replace(timestamp=min(times, default=None), message=message)
            self._add(hit, whole, events, losses)


def _joined(lines: Mapping[int, str]) -> str:
    """Return a text out of its lines and their offsets in bytes; empty lines are not written."""
    text = b""
    for offset in sorted(lines):
        text += b"\n" * (offset - len(text)) + lines[offset].encode("utf-8", "surrogatepass")
    return text.decode("utf-8", "replace")


def id_field_of(kind: Kind) -> str:
    """Return the field by which all lines of an event are found; empty: they cannot be."""
    for path in kind.shape.event_id:
        for way in kind.schema.fields.get(path, ()):
            fits = way.limit is None or way.limit >= EVENT_ID_DIGITS
            if way.kind in KEYWORDS and way.searched and not way.nested and fits:
                return way.path
    return ""


def position_of(hit: Hit) -> int:
    """Return a number that tells a hit in its index, in the order of writing."""
    return hit.seq_no << _HASH_BITS | crc32(hit.id.encode()) & _HASH


def _decode(source: msgspec.Raw) -> dict[str, Any] | None:
    try:
        value = msgspec.json.decode(source)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _offset(document: Mapping[str, Any], path: str) -> int:
    value = look_up(document, path)
    return value if isinstance(value, int) else 0


def _lose(losses: dict[str, int], what: str) -> None:
    losses[what] = losses.get(what, 0) + 1
