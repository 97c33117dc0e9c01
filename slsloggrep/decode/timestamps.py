"""Reads times in the spellings that logs are met with, as milliseconds since the epoch, UTC.

Two questions are answered: what time a value states (a JSON number or string), and what time a
log line begins with. A time without a zone is taken as UTC: functions run in UTC unless they set
TZ, which no log tells. A time of day without a date is no time. What a user types on the command
line is not read here but by `slsloggrep.cli`.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from functools import lru_cache

from slsloggrep.model import Millis

_SECONDS_FROM = 10**8
_MILLIS_FROM = 10**11
_MICROS_FROM = 10**14
_NANOS_FROM = 10**17
_NANOS_UNTIL = 10**20
"""Units are told by magnitude: each range spans the years 1973 to 5138 in its unit."""

_EPOCH_DAY = dt.date(1970, 1, 1).toordinal()

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}

_CLOCK = (
    r"(\d\d):(\d\d):(\d\d)(?:[.,](\d{1,12}))?"
    r"(Z|[+-]\d\d(?::?\d\d)?(?!\d)| [+-]\d{4}(?!\d))?"
)
_ISO = re.compile(
    # 2023-11-02T16:18:57.123Z, 2021-05-03 11:47:12,494+0000, 2020/03/27 03:40:05, …
    r"(\d{4}(?:-\d\d-|/\d\d/)\d\d)[T ]" + _CLOCK,
    re.ASCII,
)
_DAY_FIRST = re.compile(
    # 12 May 2020 21:19:02,997 and 10/Oct/2000:13:55:36 -0700
    r"(\d{1,2})[ /]([A-Z][a-z]{2})[a-z]{0,6}[ /](\d{4})[ :]" + _CLOCK,
    re.ASCII,
)
_MONTH_FIRST = re.compile(
    # Feb 03, 2023 9:24:36 AM (java.util.logging)
    r"([A-Z][a-z]{2})[a-z]{0,6} (\d{1,2}), (\d{4}),? (\d{1,2}):(\d\d):(\d\d)[ \u202f]([AP]M)",
    re.ASCII,
)

_LEAD = re.compile(
    # What may stand before the time of a line: `[INFO]\t`, `WARN: `, `I, [` (Ruby), `[`.
    r"(?:\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL)\]?:?[ \t]{1,8}"
    r"|[DIWEFA], \[|\[)?(?=[0-9A-Z])",
    re.IGNORECASE,
)

LEAD_LENGTH = 64
"""Characters of a line that can hold the time it begins with."""


def millis(value: object) -> Millis | None:
    """Return the time that a JSON value states, or None where it states none.

    Numbers, and strings of digits, are seconds, milliseconds, microseconds or nanoseconds by
    their magnitude; NaN, infinities, negatives and what would lie before 1973 or after 5138 are
    no times. log4j's `instant` object is read too.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _from_number(value)
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, dict):
        return _from_instant(value)
    return None


def leading_time(line: str) -> Millis | None:
    """Return the time that a line begins with, after at most a level and a bracket."""
    lead = _LEAD.match(line)
    return _match(line, lead.end()) if lead else None


def _from_number(number: float) -> Millis | None:
    if isinstance(number, float) and not math.isfinite(number):
        return None
    if number < _SECONDS_FROM or number >= _NANOS_UNTIL:
        return None
    if number < _MILLIS_FROM:
        return round(number * 1000)
    if number < _MICROS_FROM:
        return round(number)
    if number < _NANOS_FROM:
        return int(number // 1000)
    return int(number // 1_000_000)


def _from_text(text: str) -> Millis | None:
    text = text[:LEAD_LENGTH].strip()
    found = _match(text, 0)
    if found is not None or not text[:1].isdigit():
        return found
    try:
        # Whole numbers stay whole: a float cannot hold nanoseconds.
        return _from_number(int(text) if text.isdecimal() else float(text))
    except ValueError:
        return None


def _from_instant(value: dict[str, object]) -> Millis | None:
    seconds = value.get("epochSecond")
    if isinstance(seconds, bool) or not isinstance(seconds, int):
        return None
    nanos = value.get("nanoOfSecond")
    start = _from_number(seconds)
    if start is None or start != seconds * 1000:
        return None
    fits = isinstance(nanos, int) and 0 <= nanos < 10**9
    return start + (nanos // 1_000_000 if fits and isinstance(nanos, int) else 0)


def _match(text: str, start: int) -> Millis | None:
    iso = _ISO.match(text, start)
    if iso:
        date, *clock = iso.groups()
        return _clocked(_day(date), *clock)
    named = _DAY_FIRST.match(text, start)
    if named:
        day, month, year, *clock = named.groups()
        return _clocked(_day(_dashed(year, month, day)), *clock)
    named = _MONTH_FIRST.match(text, start)
    if named:
        month, day, year, hour, minute, second, half = named.groups()
        if not 1 <= int(hour) <= 12:
            return None
        hour = str(int(hour) % 12 + (12 if half == "PM" else 0))
        return _clocked(_day(_dashed(year, month, day)), hour, minute, second, None, None)
    return None


def _dashed(year: str, month: str, day: str) -> str:
    return f"{year}-{_MONTHS.get(month.lower(), 0):02}-{day:>02}"


def _clocked(
    day: int | None, hour: str, minute: str, second: str, fraction: str | None, zone: str | None
) -> Millis | None:
    if day is None:
        return None
    offset = _offset(zone)
    # 60 is a leap second.
    if offset is None or (hour > "23" and len(hour) == 2) or minute > "59" or second > "60":
        return None
    total = ((day * 24 + int(hour)) * 60 + int(minute) - offset) * 60_000 + int(second) * 1000
    if fraction:
        total += int(fraction[:3].ljust(3, "0"))
    return total if total >= _SECONDS_FROM * 1000 else None


@lru_cache(maxsize=1024)
def _day(date: str) -> int | None:
    """Return days since the epoch; None where the calendar has no such day."""
    try:
        parts = (int(date[:4]), int(date[5:7]), int(date[8:]))
        return dt.date(*parts).toordinal() - _EPOCH_DAY
    except ValueError:
        return None


@lru_cache(maxsize=256)
def _offset(zone: str | None) -> int | None:
    """Return minutes east of UTC; None where there is no such zone on earth."""
    if zone is None or zone == "Z":
        return 0
    zone = zone.strip()
    digits = zone[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 18 or minutes > 59:
        return None
    east = hours * 60 + minutes
    return -east if zone[0] == "-" else east
