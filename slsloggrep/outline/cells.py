"""Cells of tables: as people read them, and for programs bare and in the column's unit."""

from __future__ import annotations

import math
from datetime import UTC

from slsloggrep.model import Millis, Status
from slsloggrep.model.outlines import Cell, Tone
from slsloggrep.outline.tones import status_tone
from slsloggrep.wording import ABSENT, number_text, timestamp_text


def number(count: float | None, text: str | None = None, *, tone: Tone = Tone.PLAIN) -> Cell:
    """Return a cell for a number; zero is faint, so that what is there stands out."""
    if count is None or not math.isfinite(count):
        return Cell(ABSENT, None, Tone.FAINT)
    return Cell(number_text(count) if text is None else text, count, tone if count else Tone.FAINT)


def iso(timestamp: Millis) -> str:
    """Return a time as programs take it: RFC 3339 in UTC with milliseconds."""
    return timestamp_text(timestamp, UTC)


def status_cell(status: Status) -> Cell:
    """Return a cell for how an invocation ended."""
    return Cell(status.value, status.value, status_tone(status))
