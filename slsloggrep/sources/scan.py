"""Reads one object of an archive: layers off, raw search, and only what can matter decoded.

The object passes through a reusable buffer block by block, so that its size does not matter. In a
block, the bytes are searched for the query's literals and log streams; only the documents around
the hits are decoded. Where an object's name tells no time, the names of all its log streams are
noted on the way (as hashes), which lets the second pass of an investigation reopen only the objects
that hold the streams it wants. Where it does, the time narrows as well, and they are noted only if
they are at hand (`slsloggrep.sources.meter`): searching for them would cost more.

What a query wants is `slsloggrep.sources.wanted`'s knowledge. Threads are
`slsloggrep.sources.crew`'s work, listing and coverage `slsloggrep.sources.archive`'s.
"""

from __future__ import annotations

import itertools
import re
import tempfile
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

import msgspec

from slsloggrep.decode import envelopes
from slsloggrep.decode.compression import Format, expand
from slsloggrep.decode.documents import HEAD, Origin, Shape, cut, decode, enclosing, sniff
from slsloggrep.decode.figures import Figures
from slsloggrep.decode.haystack import Haystack
from slsloggrep.decode.survey import Survey
from slsloggrep.errors import MissingExtraError
from slsloggrep.model import Ends, Event, FigureBatch, Query
from slsloggrep.sources.kept import Kept
from slsloggrep.sources.layout import export_task_origin
from slsloggrep.sources.store import StoredObject
from slsloggrep.sources.wanted import Wanted, hash_of, holds

BUFFER = 8 * 1024 * 1024
"""Size that a decoder's buffer has between objects, and of a block of a large object."""

DOCUMENT_LIMIT = 24 * 1024 * 1024
"""A single document (an envelope, a line) of more bytes is refused with a gap: events are at most
1 MB in CloudWatch, envelopes a few MB, and memory is bounded."""

_CARRIER_KEYS = (b'"rawData"', b'"awslogs"', b'"kinesis"', b'"recordId"')
"""Keys of the documents that carry others in base64."""

_GZIP_MAGIC = b"\x1f\x8b\x08"
"""No text: a control that JSON escapes, and a byte that UTF-8 does not begin with."""

_DOUBTFUL = 256 * 1024
"""Stored size below which (pipes have none) an object is not taken for what it begins as."""

_UNREADABLE = 0
"""Stands for a stream's name that cannot be decoded."""

_BATCH = 1000
_STREAM_KEY = b'"logStream"'
_STREAM_VALUE = re.compile(rb'\s*:\s*("(?:[^"\\]|\\.)*")')


Found: TypeAlias = Event | FigureBatch | Ends
"""What reading an object brings; figures and ends only where they were asked for."""


class Desk:
    """What a decoder has before it: of one object, and then of the next."""

    def __init__(self, query: Query) -> None:
        self.haystack = Haystack(BUFFER)
        self.figures = Figures(query.since, query.until)
        """What was read, and not handed in yet: few rows of each object make one batch."""

    def clear(self) -> None:
        """Make room for the next object."""
        self.haystack.clear()

    def rest(self) -> list[Found]:
        """Return what waits to be handed in."""
        return list(self.figures.take())


class Scan:
    """One reading of one object; after `run` is exhausted its attributes are complete."""

    def __init__(self, source: str, stored: StoredObject, wanted: Wanted) -> None:
        group, stream = export_task_origin(stored.name) or ("", "")
        time = stored.arrived[0] if stored.arrived else stored.modified
        self._origin = Origin(source, stored.name, group, stream, time)
        self._wanted = wanted
        self._doubtful = stored.size < _DOUBTFUL
        self._shape: Shape | None = None
        self._amid = False
        """Within a line that was too long; what is left of one in JSON is salvaged by decoding."""
        self._hashes: set[int] = set()
        self._found: set[int] = set()
        self._streams_known = stored.arrived is None
        self._offset = 0
        self.raw_bytes = 0
        self.problems: list[str] = []

    @property
    def streams(self) -> Sequence[int] | None:
        """Hashes of the names of all log streams in the object; None: it cannot be told."""
        return array("q", self._hashes) if self._streams_known else None

    @property
    def found_streams(self) -> frozenset[int]:
        """Hashes of the names of the log streams whose events were handed on."""
        return frozenset(self._found)

    @property
    def kept(self) -> Kept | None:
        """Envelopes that the next pass will want; None: it has to read the object again."""
        return None

    def reread(self, kept: Kept) -> Iterator[Event]:
        """Yield what is wanted of the envelopes that an earlier reading kept; reads no more."""
        self._shape = Shape.ENVELOPES
        for offset, document in kept.documents(self._wanted.stream_hashes):
            yield from self._read_document(document, offset)

    def run(self, chunks: Iterator[bytes], desk: Desk) -> Iterator[list[Found]]:
        """Yield batches of what may be wanted."""
        content = expand(chunks, self._problem)
        if content.format is Format.TEXT:
            yield from _batches(self._text(content.chunks, desk))
        elif content.format is Format.PARQUET:
            yield from _batches(self._parquet(content.chunks))
        elif content.format is not Format.EMPTY:
            self._problem(_UNREAD[content.format])
            self._streams_known = False

    def _problem(self, reason: str) -> None:
        if reason not in self.problems:
            self.problems.append(reason)

    def _text(self, chunks: Iterator[bytes], desk: Desk) -> Iterator[Found]:
        haystack = desk.haystack
        first, second = next(chunks, b""), next(chunks, b"")
        if not second:
            haystack.adopt(first)
            self.raw_bytes = len(first)
            yield from self._block(desk, len(first))
            return
        block = BUFFER
        for chunk in itertools.chain((first, second), chunks):
            haystack.append(chunk)
            self.raw_bytes += len(chunk)
            if self._amid and not self._leave_line(haystack):
                continue
            if haystack.filled < block:
                continue
            size = cut(haystack.view(), self._shape_of(haystack))
            if size:
                yield from self._block(desk, size)
                haystack.drop(size)
                self._offset += size
                block = min(max(BUFFER, 2 * haystack.filled), DOCUMENT_LIMIT)
            elif haystack.filled < DOCUMENT_LIMIT:
                block = min(2 * haystack.filled, DOCUMENT_LIMIT)
            else:
                self._problem(
                    f"a document of more than {DOCUMENT_LIMIT >> 20} MB at byte {self._offset} "
                    "was passed over"
                )
                self._offset += haystack.filled
                haystack.clear()
                block = BUFFER
                self._amid = not self._shape_of(haystack).is_json
        if haystack.filled:
            yield from self._block(desk, haystack.filled)

    def _leave_line(self, haystack: Haystack) -> bool:
        """Drop the rest of a line that was passed over; tell whether its end was seen."""
        end = haystack.find(b"\n")
        size = end + 1 if end >= 0 else haystack.filled
        haystack.drop(size)
        self._offset += size
        self._amid = end < 0
        return not self._amid

    def _shape_of(self, haystack: Haystack) -> Shape:
        """Return the object's shape, as its beginning tells; blank space is no beginning."""
        if self._shape is None or self._shape is Shape.EMPTY:
            self._shape = sniff(haystack.view(0, min(HEAD, haystack.filled)))
            if self._shape is Shape.EMPTY and haystack.filled > HEAD:
                self._shape = sniff(haystack.view().lstrip(b" \t\r\n,\0")[:HEAD])
        return self._shape

    def _block(self, desk: Desk, size: int) -> Iterator[Found]:
        """Yield the wanted events of the first `size` bytes, which end where a document ends."""
        haystack, wanted = desk.haystack, self._wanted
        shape = self._shape_of(haystack)
        self._note(haystack, size, shape)
        if wanted.everything or not self._is_searchable(haystack):
            yield from self._decode(haystack.view(0, size), self._offset)
            return
        if wanted.many_streams and shape is not Shape.ENVELOPES:
            yield from self._decode(haystack.view(0, size), self._offset)
            return
        if wanted.many_streams and wanted.spans_only:
            survey = Survey.of(haystack, size)
            if survey.bodies and survey.is_whole:
                yield from self._stretches(haystack, survey)
                return
        hits = [position for position in wanted.positions(haystack) if position < size]
        if wanted.many_streams:
            named = self._streams_in(haystack, size)
            hits = sorted({*hits, *(at for at, name in named if name in wanted.stream_hashes)})
        if not hits:
            if not shape.is_json and wanted.holds_stream(self._origin.log_stream):
                yield from self._decode(haystack.view(0, size), self._offset)
            return
        data = haystack.view(0, size)
        if not shape.is_json:
            yield from self._decode(data, self._offset)
            return
        end = 0
        for position in hits:
            if position < end:
                continue
            document = enclosing(data, position)
            if document is None:
                yield from self._decode(data[end:], self._offset + end)
                return
            start, end = document
            yield from self._read_document(data[start:end], self._offset + start)

    def _stretches(self, haystack: Haystack, survey: Survey) -> Iterator[Event]:
        """Yield the wanted events of a block of CloudWatch's own envelopes."""
        places = zip(survey.log_groups, survey.log_streams, strict=True)
        for region, (group, stream) in enumerate(places):
            if self._wanted.stretches_of(group, stream):
                start, end = survey.document(region)
                yield from self._read_document(haystack.view(start, end), self._offset + start)

    def _read_document(self, document: bytes, offset: int) -> Iterator[Event]:
        """Yield the wanted events of a document, and of an ordinary envelope make no others.

        `slsloggrep.decode.documents` would number and name them in the same way.
        """
        wanted = self._wanted
        envelope = None
        if wanted.spans_only and self._shape is Shape.ENVELOPES:
            with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                envelope = envelopes.ordinary(document)
        if envelope is None or not (envelope.log_group and envelope.log_stream):
            yield from self._decode(document, offset)
            return
        group, stream = envelope.log_group, envelope.log_stream
        stretches = wanted.stretches_of(group, stream)
        if not stretches or envelope.message_type == envelopes.CONTROL:
            return
        source, container = self._origin.source, self._origin.container
        for number, event in enumerate(envelope.log_events, offset):
            time = event.timestamp
            if holds(stretches, time):
                self._found.add(hash_of(stream))
                yield Event(time, event.message, group, stream, event.id, source, container, number)

    def _note(self, haystack: Haystack, size: int, shape: Shape) -> None:
        """Note a block's log streams, and what about it must be said."""
        self._check(haystack, size)
        if not self._streams_known:
            pass
        elif shape is Shape.ENVELOPES and self._is_searchable(haystack):
            self._hashes.update(name for _, name in self._streams_in(haystack, size))
        elif shape is Shape.EXPORT:
            self._hashes.add(hash_of(self._origin.log_stream))
        else:
            self._streams_known = False

    def _check(self, haystack: Haystack, size: int) -> None:
        if self._doubtful and 0 <= haystack.find(_GZIP_MAGIC) < size:
            self._problem("compressed data begin in the middle of plain text: they were not read")

    def _is_searchable(self, haystack: Haystack) -> bool:
        """Tell whether what the bytes hold can be seen in them, rather than behind base64.

        A large object of an archive was written by one writer: its beginning tells. A pipe or a
        small file may be anything that somebody concatenated, and to look closer costs little.
        """
        if self._shape in (Shape.WRAPPED, Shape.BINARY):
            return False
        return not self._doubtful or all(haystack.find(key) < 0 for key in _CARRIER_KEYS)

    def _decode(self, data: bytes, offset: int) -> Iterator[Event]:
        # No time of an earlier block is handed on: which blocks are decoded depends on the query,
        # and an event must look the same in every pass.
        takes = self._wanted.takes
        for event in decode(
            data, self._origin, self._problem, first_position=offset, shape=self._shape
        ):
            if takes(event):
                self._found.add(hash_of(event.log_stream))
                yield event

    def _streams_in(self, haystack: Haystack, size: int) -> Iterator[tuple[int, int]]:
        """Yield where each envelope names its log stream, and the hash of the name."""
        # Runs once for every envelope of the archive: it is written for speed.
        buffer, find = haystack.buffer, haystack.find
        position = find(_STREAM_KEY)
        while 0 <= position < size:
            start = position + len(_STREAM_KEY)
            end = buffer.find(b'"', start + 2, size)
            name = bytes(buffer[start + 2 : end])
            if buffer[start : start + 2] == b':"' and end > 0 and b"\\" not in name:
                yield position, hash(name)
            else:
                value = _STREAM_VALUE.match(buffer, start, size)
                if value is not None:
                    yield position, self._hash_of_odd(value.group(1))
            position = find(_STREAM_KEY, start)

    def _hash_of_odd(self, quoted: bytes) -> int:
        try:
            return hash_of(msgspec.json.decode(quoted, type=str))
        except msgspec.DecodeError:
            self._streams_known = False
            return _UNREADABLE

    def _parquet(self, chunks: Iterator[bytes]) -> Iterator[Event]:
        # Parquet keeps its directory at the end: it must lie in a file before it can be read.
        from slsloggrep.decode.parquet import read_parquet

        self._streams_known = False
        with tempfile.TemporaryDirectory() as folder:
            spool = Path(folder, "object.parquet")
            with spool.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                    self.raw_bytes += len(chunk)
            # Not narrowed by the literals: rows are numbered, and the numbers must be the same in
            # every pass.
            try:
                for event in read_parquet(str(spool), self._origin, self._problem):
                    if self._wanted.takes(event):
                        self._found.add(hash_of(event.log_stream))
                        yield event
            except MissingExtraError as error:
                # The other objects of the archive can be read all the same.
                self._problem(f"{error.message}: {error.hint}")


_UNREAD = {
    Format.ORC: "ORC files are not read; let Firehose convert to Parquet",
    Format.BINARY: "a binary format that is not known",
}


def _batches(items: Iterator[Found]) -> Iterator[list[Found]]:
    batch: list[Found] = []
    for item in items:
        batch.append(item)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
