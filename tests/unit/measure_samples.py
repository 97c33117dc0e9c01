"""Archives that are measured, and what they came to."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from archive_samples import SETTINGS, MemoryStore

from slsloggrep.model import Bound, Coverage, Ends, Event, FigureBatch, Query
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Meter, Purpose, Settings


class LargeStore(MemoryStore):
    """Has its objects padded to be large: then they are taken for what they begin as."""

    def __init__(self, objects: dict[str, bytes | OSError], name: str = "memory") -> None:
        padded = {
            key: data.ljust(1 << 20, b"\0") if isinstance(data, bytes) else data
            for key, data in objects.items()
        }
        super().__init__(padded, name)


class Measured(NamedTuple):
    """Everything that a source measured."""

    batches: list[FigureBatch]
    ends: list[Ends]
    events: list[Event]
    coverage: Coverage

    @property
    def durations(self) -> list[float]:
        """Of all rows, the shortest first."""
        return sorted(figure for batch in self.batches for figure in batch.durations_ms)

    @property
    def started(self) -> list[Bound]:
        """All STARTs that were given, by time."""
        bounds = [bound for ends in self.ends for bound in ends.started]
        return sorted(bounds, key=lambda bound: bound.time)

    @property
    def reported(self) -> list[Bound]:
        """All REPORTs that were given, by time."""
        bounds = [bound for ends in self.ends for bound in ends.reported]
        return sorted(bounds, key=lambda bound: bound.time)

    @property
    def messages(self) -> list[str]:
        """Of all events, in order."""
        return [event.message for event in sorted(self.events, key=lambda event: event.order)]


def drain(source: Meter, query: Query, purpose: Purpose) -> Measured:
    """Return all that a source measures."""
    total = [Coverage(source="memory")]

    def report(increment: Coverage) -> None:
        total[0] += increment

    measured = Measured([], [], [], total[0])
    for item in source.measure(query, purpose, report):
        if isinstance(item, FigureBatch):
            measured.batches.append(item)
        elif isinstance(item, Ends):
            measured.ends.append(item)
        else:
            measured.events.append(item)
    return measured._replace(coverage=total[0])


def measure(
    objects: dict[str, bytes | OSError],
    purpose: Purpose,
    query: Query | None = None,
    *,
    settings: Settings = SETTINGS,
    large: bool = False,
) -> Measured:
    """Return all that a fresh source measures; `large` objects are not suspected of anything."""
    store = LargeStore(objects) if large else MemoryStore(objects)
    return drain(ArchiveSource(store, settings), query or Query(), purpose)


def compact(*documents: Any) -> bytes:
    """Return documents one after another, as CloudWatch writes them."""
    return b"".join(
        json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        for document in documents
    )
