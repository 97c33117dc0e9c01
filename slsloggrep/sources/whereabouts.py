"""What sources tell of themselves, once they were read, for links to consoles.

Links are made elsewhere (`slsloggrep.links`); a source tells what it alone has learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where a source is looked at, as far as it knows."""

    regions: tuple[str, ...] = ()
    """Of AWS, from which its events are; CloudWatch's alone knows."""
    product: str = ""
    """`opensearch` or `elasticsearch`, where it is a search cluster; else empty."""
    version: tuple[int, ...] = ()
    """Of the cluster; empty: it does not say."""
    dashboards: str = ""
    """The address of Kibana or OpenSearch Dashboards, where the cluster's own tells it."""
    index: str = ""
    """Names and patterns of indices, as the user wrote them."""
    time_field: str = ""
    """Where the time of documents stands; empty: not known, or in several places."""
    shipped: bool = False
    """All that was read was written by `slsloggrep ship`."""


@runtime_checkable
class Located(Protocol):
    """A source that knows where it is."""

    def whereabouts(self) -> Whereabouts:
        """Return what is known by now; asks nothing of anybody, after `close` too."""
        ...
