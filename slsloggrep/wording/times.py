"""Times as people read them: calendar times, times of day, offsets, durations.

The one place where milliseconds become a calendar in the user's time zone. Styles and places on
the line belong to the modules that call it.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, tzinfo

Millis = int
"""Milliseconds since 1970-01-01T00:00:00Z, as `slsloggrep.model.Millis`, which lies above this."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def timestamp_text(timestamp: Millis, tz: tzinfo = UTC) -> str:
    """Return a time as ISO 8601 with milliseconds and offset: what `--since` takes back.

    `2026-11-23T17:00:00.123Z`, or with `+01:00` in other zones. A time that no calendar holds
    (a damaged timestamp) is shown as the number that it is.
    """
    try:
        moment = (_EPOCH + timedelta(milliseconds=timestamp)).astimezone(tz)
    except OverflowError:
        return f"@{timestamp} ms"
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock_text(timestamp: Millis, tz: tzinfo = UTC, *, millis: bool = True) -> str:
    """Return the time of day with its offset, short: `17:00:00.123Z`, `18:00:00.123+01`.

    Without `millis` the fraction is cut off. Which day it is, is told elsewhere.
    """
    day, _, clock = timestamp_text(timestamp, tz).partition("T")
    if not clock:
        return day
    clock = clock.removesuffix(":00") if clock[-6] in "+-" else clock
    return clock if millis else clock[:8] + clock[12:]


def moment_text(timestamp: Millis, tz: tzinfo = UTC) -> str:
    """Return a time for a sentence, to the second: `2026-11-23 17:00:00Z`, or with `+01:00`."""
    day, _, clock = timestamp_text(timestamp, tz).partition("T")
    return f"{day} {clock[:8]}{clock[12:]}" if clock else day


def day_text(timestamp: Millis, tz: tzinfo = UTC) -> str:
    """Return the day: `2026-11-23`; empty for a time that no calendar holds."""
    day, _, clock = timestamp_text(timestamp, tz).partition("T")
    return day if clock else ""


def offset_text(offset: Millis) -> str:
    """Return the distance from a start: `+1.204s`, `+2m03.204s`, `+1h02m03.204s`, `-0.310s`."""
    sign = "-" if offset < 0 else "+"
    seconds, millis = divmod(abs(offset), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours}h{minutes:02d}m{seconds:02d}.{millis:03d}s"
    if minutes:
        return f"{sign}{minutes}m{seconds:02d}.{millis:03d}s"
    return f"{sign}{seconds}.{millis:03d}s"


def duration_text(duration_ms: float) -> str:
    """Return a duration: `0.4 ms`, `842 ms`, `1.24 s`, `12.3 s`, `2 m 03 s`, `1 h 02 m`.

    A duration that is no number shows as `?`.
    """
    if not math.isfinite(duration_ms):
        return "?"
    sign, ms = ("-" if duration_ms < 0 else ""), abs(duration_ms)
    if ms < 9.95:
        return f"{sign}{ms:.1f}".removesuffix(".0") + " ms"
    if ms < 999.5:
        return f"{sign}{ms:.0f} ms"
    if ms < 9_995:
        return f"{sign}{ms / 1000:.2f} s"
    if ms < 59_950:
        return f"{sign}{ms / 1000:.1f} s"
    seconds = round(ms / 1000)
    if seconds < 3600:
        return f"{sign}{seconds // 60} m {seconds % 60:02d} s"
    minutes = round(ms / 60_000)
    if minutes < 1440:
        return f"{sign}{minutes // 60} h {minutes % 60:02d} m"
    hours = round(ms / 3_600_000)
    return f"{sign}{hours // 24} d {hours % 24:02d} h"
