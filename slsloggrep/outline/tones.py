"""What statuses and records mean to a reader: good, notable, bad."""

from __future__ import annotations

from slsloggrep.model import Level, Record, Status
from slsloggrep.model.outlines import Tone
from slsloggrep.outline.records import shown_level


def status_tone(status: Status) -> Tone:
    """Return what an invocation's end means."""
    if status is Status.OK:
        return Tone.GOOD
    return Tone.NOTABLE if status is Status.INCOMPLETE else Tone.BAD


def record_tone(record: Record) -> Tone:
    """Return what a record means, by its level and by who wrote it."""
    level = shown_level(record)
    if record.error is not None or (level is not None and level >= Level.ERROR):
        return Tone.BAD
    if level is not None and level >= Level.WARN:
        return Tone.NOTABLE
    if record.platform is not None or (record.level is not None and record.level < Level.INFO):
        return Tone.FAINT
    return Tone.PLAIN
