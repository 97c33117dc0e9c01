"""Reads one object of a store for a crew: what is handed in of it, by a thread or by a process.

What is looked for in the object, and how, is `slsloggrep.sources.scan`'s; who reads which object
when, `slsloggrep.sources.crew`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from slsloggrep.model import Gap
from slsloggrep.sources.kept import Kept
from slsloggrep.sources.scan import Desk, Found, Scan
from slsloggrep.sources.store import StoredObject


class Knowledge(NamedTuple):
    """What the passes so far have shown of an object, for the passes to come."""

    streams: Sequence[int] | None = None
    """Hashes of all log streams in it; None: not known."""
    found: frozenset[int] = frozenset()
    """Hashes of log streams that wanted events were found of."""
    kept: Kept | None = None
    """What need not be read again."""

    def with_older(self, older: Knowledge) -> Knowledge:
        """Return this and what was known before."""
        streams = older.streams if self.streams is None else self.streams
        return Knowledge(streams, self.found | older.found, self.kept or older.kept)


class Batch(NamedTuple):
    """Events were found, or figures or ends where they were asked for."""

    items: list[Found]


class Done(NamedTuple):
    """An object was read, as far as it could be."""

    stored: StoredObject | None
    """The object that is done; None: what the gaps tell is of no object."""
    bytes: int
    raw_bytes: int
    knowledge: Knowledge
    gaps: tuple[Gap, ...]


class Flag(Protocol):
    """Says whether reading is to end."""

    def is_set(self) -> bool:
        """Tell whether it is."""
        ...


class Counted:
    """Counts the bytes of chunks that pass, and ends early where the run is to end."""

    def __init__(self, chunks: Iterator[bytes], halting: Flag) -> None:
        self._chunks = chunks
        self._halting = halting
        self.bytes = 0
        self.are_all = False
        """Whether there are no more: the end was seen, and not only reached for."""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._halting.is_set():
            raise StopIteration
        for chunk in self._chunks:
            self.bytes += len(chunk)
            return chunk
        self.are_all = True
        raise StopIteration


def look_through(scan: Scan, chunks: Iterator[bytes], desk: Desk) -> Iterator[Batch]:
    """Yield what an object's bytes hold of what is wanted; the desk is cleared in the end."""
    try:
        for items in scan.run(chunks, desk):
            yield Batch(items)
    finally:
        desk.clear()


def conclude(
    stored: StoredObject, scan: Scan, read: Counted | None, error: OSError | None = None
) -> Done:
    """Return what became known of an object; None was read of it where it could not be opened.

    With an error, reading it ended before the object did. So it did where the object was cut
    meanwhile: a file that is emptied gives no error, and looks like one without events.
    """
    knowledge = Knowledge(scan.streams, scan.found_streams, scan.kept)
    gaps: list[Gap] = []
    size = read.bytes if read is not None else 0
    if error is not None:
        gaps.append(Gap(stored.name, error.strerror or str(error)))
    elif read is not None and read.are_all and size < stored.size:
        lost = f"it was cut while it was read: {size} of {stored.size} bytes were there"
        gaps.append(Gap(stored.name, lost))
    if gaps:
        # What the rest of it holds, another attempt may tell.
        knowledge = Knowledge(found=scan.found_streams)
    gaps.extend(Gap(stored.name, reason) for reason in scan.problems)
    return Done(stored, size, scan.raw_bytes, knowledge, tuple(gaps))
