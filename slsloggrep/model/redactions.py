"""Redactions: what was taken out of an answer before it left the machine."""

from __future__ import annotations

from typing import NamedTuple


class Redacted(NamedTuple):
    """How much of one kind was taken out."""

    kind: str
    """`email`, `jwt`, or the name that the user gave a pattern or a field."""
    values: int
    """Distinct values, each with a pseudonym of its own."""
    places: int
    """How often they stood somewhere."""
