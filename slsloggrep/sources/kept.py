"""Envelopes around hits, kept between two passes so that no object is opened for them again.

Where something fails, the first pass finds hits in nearly every object, and the second one wants a
few envelopes of each: getting at them costs half of what the first pass did. So the envelopes of a
log stream with hits are kept, if *all* that the object holds of the stream can be. How much is kept
of all objects is bounded by whoever keeps it; an object of which too little was is read again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Set
from typing import NamedTuple

from isal import isal_zlib

from slsloggrep.decode.haystack import Haystack
from slsloggrep.decode.survey import Survey

_LIMIT = 4 * 1024 * 1024
"""Bytes that are kept of one object, before they are compressed."""


class _Place(NamedTuple):
    """One envelope."""

    stream: int
    """Hash of its log stream's name."""
    offset: int
    """In the plain object."""
    size: int


class Kept(NamedTuple):
    """Envelopes of one object, packed."""

    streams: frozenset[int]
    """Hashes of the log streams of which everything in the object is here."""
    places: tuple[_Place, ...]
    packed: bytes

    def documents(self, streams: Collection[int]) -> Iterator[tuple[int, bytes]]:
        """Yield the envelopes of these log streams, each with its offset in the plain object."""
        data = isal_zlib.decompress(self.packed)
        start = 0
        for place in self.places:
            if place.stream in streams:
                yield place.offset, data[start : start + place.size]
            start += place.size


class Keeper:
    """Gathers envelopes of one object while it is read, block by block."""

    def __init__(self) -> None:
        self._streams: set[int] = set()
        self._seen: set[int] = set()
        """Hashes of the log streams of all blocks so far."""
        self._places: list[_Place] = []
        self._documents: list[bytes] = []
        self._size = 0
        self._is_open = True

    def close(self) -> None:
        """Keep nothing: a block cannot be looked through."""
        self._is_open = False
        self._documents.clear()
        self._places.clear()

    def look(self, haystack: Haystack, survey: Survey, offset: int, found: Set[int]) -> None:
        """Keep of a block the envelopes of streams with hits.

        `offset` is the block's in the object; `found` are the hashes of the streams that had hits
        so far, those of this block included. A stream whose first envelope lies in an earlier
        block than its first hit is not kept.
        """
        if not self._is_open:
            return
        names = list(map(hash, survey.stream_names))
        self._streams |= found - self._streams - self._seen
        self._seen.update(names)
        if self._streams.isdisjoint(names):
            return
        for region, name in enumerate(names):
            if name in self._streams:
                start, end = survey.document(region)
                self._places.append(_Place(name, offset + start, end - start))
                self._documents.append(haystack.view(start, end))
                self._size += end - start
        if self._size > _LIMIT:
            self.close()

    def pack(self) -> Kept | None:
        """Return what was kept; None: nothing."""
        if not self._documents:
            return None
        packed = isal_zlib.compress(b"".join(self._documents), 1)
        return Kept(frozenset(self._streams), tuple(self._places), packed)
