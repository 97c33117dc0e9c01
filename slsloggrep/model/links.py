"""Links: where a console shows what a report tells."""

from __future__ import annotations

from typing import NamedTuple


class Link(NamedTuple):
    """A place in a console."""

    label: str
    """What is there, for people: `CloudWatch log stream`."""
    url: str
    """`https:` or `http:`, made here, and free of anything that could end an attribute."""
