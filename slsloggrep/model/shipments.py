"""Shipments: what was put into an index, and what it did not take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Rejection(NamedTuple):
    """A document that the index did not take."""

    index_name: str
    id: str
    kind: str
    """The server's name of the error: `mapper_parsing_exception`."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of the documents that were sent; `+` adds up."""

    events: int = 0
    """Of events that are in the index now, new or there before."""
    invocations: int = 0
    created: int = 0
    existing: int = 0
    """Were there before, and were left as they are."""
    replaced: int = 0
    """Were there before, and were written again."""
    rejected: int = 0
    rejections: tuple[Rejection, ...] = ()
    """The first few of them."""
    bytes: int = 0
    """Of documents that were sent; what was sent again counts again."""
    requests: int = 0
    resent: int = 0
    """Documents that were sent once more, because the cluster was busy or out of reach."""

    @property
    def documents(self) -> int:
        """How many of the documents are in the index now."""
        return self.events + self.invocations

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(
            events=self.events + other.events,
            invocations=self.invocations + other.invocations,
            created=self.created + other.created,
            existing=self.existing + other.existing,
            replaced=self.replaced + other.replaced,
            rejected=self.rejected + other.rejected,
            rejections=(*self.rejections, *other.rejections)[:SHOWN],
            bytes=self.bytes + other.bytes,
            requests=self.requests + other.requests,
            resent=self.resent + other.resent,
        )


SHOWN = 5
"""Rejected documents that are shown: usually all have the same reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """What was put into an index."""

    to: str
    """The cluster, as the user wrote it, with the index."""
    index: str
    """The index; a `*` stands for the day."""
    delivered: Delivered
    unsent: int = 0
    """Documents that were ready and are not known to be in the index."""
    failure: str | None = None
    """Why it ended early; None: it did not."""
    notes: tuple[str, ...] = ()
