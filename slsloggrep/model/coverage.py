"""Coverage: what a source was asked for and what it could really read, and plans of that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeVar

_T = TypeVar("_T")


class Gap(NamedTuple):
    """Something that was asked for and could not be read."""

    what: str
    """An object, a log group, a line range."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What a source was asked for and what it could really read.

    Sources report increments while they read; `+` adds them up. Counts are exact: an increment
    is never reported twice; what several passes read again is counted again where it says so.
    """

    source: str
    events: int = 0
    """Events that were decoded and handed on, those of repeated reads included."""
    bytes: int = 0
    """Bytes as stored (compressed), repeated reads included."""
    raw_bytes: int = 0
    """Bytes after decompression."""
    requests: int = 0
    objects: int = 0
    """Distinct objects: one that is read again for a second pass counts once."""
    unit: str = ""
    """What an object is here, for people: `log group`; empty: it is an object."""
    planned_objects: int = 0
    """Objects that the listing found to be read; progress is `objects` of these."""
    planned_bytes: int = 0
    """Bytes to be read, repeated reads included; progress is `bytes` of these."""
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    """What is worth knowing but hides nothing, such as times taken from object names."""

    @property
    def complete(self) -> bool:
        """Tell whether everything that was asked for was read."""
        return not self.gaps

    @property
    def unread(self) -> int:
        """How many things could not be read: one that has several reasons is one."""
        return len({gap.what for gap in self.gaps})

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(
            source=self.source,
            events=self.events + other.events,
            bytes=self.bytes + other.bytes,
            raw_bytes=self.raw_bytes + other.raw_bytes,
            requests=self.requests + other.requests,
            objects=self.objects + other.objects,
            unit=self.unit or other.unit,
            planned_objects=self.planned_objects + other.planned_objects,
            planned_bytes=self.planned_bytes + other.planned_bytes,
            gaps=_union(self.gaps, other.gaps),
            notes=_union(self.notes, other.notes),
        )


def _union(left: tuple[_T, ...], right: tuple[_T, ...]) -> tuple[_T, ...]:
    return left + tuple(item for item in right if item not in left) if right else left


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRead:
    """One line of a plan: what would be read, and what that is thought to cost."""

    what: str
    """A log group, a bucket's prefix, an Insights query over so many groups."""
    engine: str
    """`FilterLogEvents`, `Insights`, `GetObject`, ...: how it would be read."""
    calls: int | None = None
    """Requests at least; pages that turn out to be needed come on top."""
    bytes: int | None = None
    """Bytes that would be read or scanned; None: nothing tells."""
    dollars: float | None = None
    """What the provider would charge for it; None: not known."""
