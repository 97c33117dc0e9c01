"""Values as every document writes them: times, numbers, absent values.

The output contract's small print, in one place: RFC 3339 in UTC with milliseconds, numbers that
JSON has, null for what is absent.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from slsloggrep.model import Level, Millis

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def time_value(timestamp: Millis | None) -> str | None:
    """Return a time as `2026-11-23T17:00:00.123Z`; None where there is none.

    None as well for a number that is no time of the years 1 to 9999, the reach of RFC 3339.
    """
    if timestamp is None:
        return None
    try:
        moment = _EPOCH + timedelta(milliseconds=timestamp)
    except OverflowError:
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def number_value(number: float | None) -> float | None:
    """Return a number, or None where there is none or it is not finite, which JSON cannot say."""
    return number if number is not None and math.isfinite(number) else None


def text_value(text: str | None) -> str | None:
    """Return a text, or None where it is empty: the model's empty strings mean absence."""
    return text or None


def level_value(level: Level | None) -> str | None:
    """Return a level as its word in capitals (`WARN`), as Lambda's own JSON format writes it."""
    return level.name if level is not None else None
