"""Cells of tables: as people read them, and for programs bare and in the column's unit."""

from __future__ import annotations

import math
from datetime import UTC

from slsloggrep.model import Invocation, Millis, Status
from slsloggrep.model.outlines import Cell, Tone
from slsloggrep.outline.tones import status_tone
from slsloggrep.wording import ABSENT, memory_text, number_text, timestamp_text

_NEAR = 0.9
"""From this share of its size on, memory is near its end."""


def number(count: float | None, text: str | None = None, *, tone: Tone = Tone.PLAIN) -> Cell:
    """Return a cell for a number; zero is faint, so that what is there stands out."""
    if count is None or not math.isfinite(count):
        return Cell(ABSENT, None, Tone.FAINT)
    return Cell(number_text(count) if text is None else text, count, tone if count else Tone.FAINT)


def text_cell(text: str, tone: Tone = Tone.PLAIN) -> Cell:
    """Return a cell for a text; an empty one is not known."""
    return Cell(text, text, tone) if text else Cell(ABSENT, None, Tone.FAINT)


def iso(timestamp: Millis) -> str:
    """Return a time as programs take it: RFC 3339 in UTC with milliseconds."""
    return timestamp_text(timestamp, UTC)


def memory_cell(invocation: Invocation) -> Cell:
    """Return a cell for memory used of what there was; what nearly used it up stands out."""
    used, size = invocation.max_memory_mb, invocation.memory_mb
    tone = Tone.NOTABLE if is_memory_short(used, size) else Tone.PLAIN
    return number(used, memory_text(used, size), tone=tone)


def is_memory_short(used_mb: float | None, size_mb: float | None) -> bool:
    """Tell whether nearly all of the memory was used."""
    return used_mb is not None and size_mb is not None and used_mb >= size_mb * _NEAR > 0


def status_cell(status: Status) -> Cell:
    """Return a cell for how an invocation ended."""
    return Cell(status.value, status.value, status_tone(status))
