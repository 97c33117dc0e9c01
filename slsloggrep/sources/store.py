"""What holds the objects of an archive: a folder, a bucket, a pipe, the demo.

A store lists and opens, and knows nothing of what the bytes mean; `slsloggrep.sources.archive`
makes a source of it.
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
    opens_anywhere: bool
    """Whether a child process may open its objects too: no connection, no position is shared."""
    requests: int
    """Requests sent so far, for the coverage; 0 for a local place."""
    notes: tuple[str, ...]
    """What the listing passed over on purpose, for the coverage."""

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

    def close(self) -> None:
        """Give back connections and temporary files; reads that are under way may fail."""
        ...
