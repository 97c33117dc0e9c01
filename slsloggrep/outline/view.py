"""How an outline is wanted: whose time of day, and how much of everything."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, tzinfo

_ALL = sys.maxsize


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is shown at most; what is left out is counted where it is missing."""

    records: int = _ALL
    """In all logs together."""
    per_run: int = _ALL
    """Records of one invocation, or of one log."""
    characters: int = _ALL
    """Of one record, one message or one cell."""
    volume: int = _ALL
    """Characters of all records together."""
    rows: int = _ALL
    """Of one table."""
    runs: int = _ALL
    """Invocations shown whole, in all."""
    bars: int = _ALL
    """Of one waterfall; also functions that have a distribution."""
    steps: int = _ALL
    """Of one sequence."""
    groups: int = _ALL
    """Of crashes that are told one by one."""


WHOLE = Limits()
"""Nothing is left out."""

TABLES = Limits(records=0, runs=0, bars=0, steps=0)
"""For programs: tables whole, and nothing of what only people look at."""

DOCUMENT = Limits(
    records=50_000,
    per_run=500,
    characters=20_000,
    volume=12_000_000,
    rows=1_000,
    runs=1_000,
    bars=200,
    steps=80,
    groups=100,
)
"""For a document that a browser has to open within two seconds."""

MESSAGE = Limits(
    records=150,
    per_run=25,
    characters=600,
    volume=24_000,
    rows=30,
    runs=20,
    bars=40,
    steps=30,
    groups=8,
)
"""For an issue or a chat: GitHub takes 65,536 characters in one message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlineView:
    """How the user wants an outline."""

    tz: tzinfo = UTC
    limits: Limits = DOCUMENT
    rows: bool = False
    """With the tables for programs alone: a row for each invocation and each record."""


def view_for(form: str, tz: tzinfo = UTC) -> OutlineView:
    """Return the view that a format wants: `html`, `md` or `csv`; raises KeyError for others."""
    limits, rows = _FORMS[form]
    return OutlineView(tz=tz, limits=limits, rows=rows)


_FORMS = {"html": (DOCUMENT, False), "md": (MESSAGE, False), "csv": (TABLES, True)}
