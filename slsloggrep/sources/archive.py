"""The archive source: objects full of bytes, searched raw before anything is decoded.

Serves every place that holds objects (folders, S3 buckets, the demo, standard input) through the
`Store` protocol. Which shapes the bytes have is `slsloggrep.decode`'s knowledge; what the events
mean is nobody's here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple, Protocol

from slsloggrep.model import Millis


class StoredObject(NamedTuple):
    """One object of an archive, as its listing shows it."""

    name: str
    """Unique within its store; gaps are reported under it."""
    size: int
    """Bytes as stored; -1 where nobody knows before the end (a pipe)."""
    modified: Millis | None = None
    arrived: tuple[Millis, Millis] | None = None
    """The stretch of time in which its first record arrived, as its name tells; None: no time."""


class Store(Protocol):
    """A place that holds objects."""

    name: str
    """The source's name, as the user wrote it."""
    concurrency: int
    """How many reads at once pay: 2 for a disk, more for a network."""
    requests: int
    """Requests sent so far, for the coverage; 0 for a local place."""

    def list(self, since: Millis | None, until: Millis | None) -> Iterator[StoredObject]:
        """Yield the objects that may hold events of the window, lateness allowed for.

        Raises SourceError where the place cannot be listed at all.
        """
        ...

    def open(self, stored: StoredObject) -> BinaryIO:
        """Return a reader at the object's first byte; called from several threads.

        Opening and reading raise OSError, with a reason fit for the coverage, for this object only,
        and SourceError where the whole source turns out to be unusable.
        """
        ...
