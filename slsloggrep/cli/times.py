"""The user's grammar for times, durations and time zones: text in, milliseconds or refusal out.

Pure: the clock and the zone are given. What can be read in two ways is refused, with the ways it
could have been meant; a wrong window is the easiest way to an empty answer that nobody should
trust. How times are shown belongs to `slsloggrep.render`.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING

from slsloggrep.errors import UsageError
from slsloggrep.wording import suggestion

if TYPE_CHECKING:  # at run time the whole model would be loaded for the name of a number
    from slsloggrep.model import Millis

GRAMMAR = (
    "10m, 1h30m, '2h ago', now, today, 'yesterday 14:00', 14:05, 2026-11-23T14:05Z, "
    "'2026-11-23 14:05', or epoch seconds or milliseconds"
)
"""The grammar in one line, as help and hints quote it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_UNITS: dict[str, Millis] = {}
for _names, _length in (
    ("ms msec msecs millisecond milliseconds", 1),
    ("s sec secs second seconds", 1_000),
    ("m min mins minute minutes", 60_000),
    ("h hr hrs hour hours", 3_600_000),
    ("d day days", 86_400_000),
    ("w week weeks", 604_800_000),
):
    _UNITS.update(dict.fromkeys(_names.split(), _length))

_DURATION = re.compile(r"(?:\d{1,12}(?:\.\d{1,9})?\s*[A-Za-z]+\s*)+", re.ASCII)
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]+)", re.ASCII)
_CLOCK = r"(?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
_OFFSET = r"(?:\s*(?P<offset>Z|UTC|[+-]\d{2}(?::?\d{2})?))?"
_AT = re.compile(
    rf"(?:(?P<day>today|yesterday)(?:\s+(?:at\s+)?|T|$))?(?:{_CLOCK}{_OFFSET})?",
    re.I | re.ASCII,
)
_ISO = re.compile(
    r"(?P<year>\d{4})(?P<sep>[-/])(?P<month>\d{2})(?P=sep)(?P<mday>\d{2})"
    rf"(?:(?:T|\s+){_CLOCK}{_OFFSET})?",
    re.I | re.ASCII,
)
_BASIC = re.compile(
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<mday>\d{2})T"
    r"(?P<hour>\d{2})(?P<minute>\d{2})(?:(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    + _OFFSET,
    re.I | re.ASCII,
)
_NUMBER = re.compile(r"(\d+)(?:\.(\d+))?", re.ASCII)
_LOCAL_DATE = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?:[ T].*)?", re.ASCII)
_SHORT_CLOCK = re.compile(r"(\d):(\d{2})(?::\d{2})?", re.ASCII)

SECONDS_DIGITS = 10
"""Digits of epoch seconds from 2001 to 2286; other lengths are refused as slips of the hand."""
MILLIS_DIGITS = 13


def parse_duration(text: str) -> Millis:
    """Return the length of a duration such as `90s`, `1h30m` or `2 hours`, in milliseconds.

    A day has 24 hours. Raises UsageError for anything else, and for units that mean two things.
    """
    stripped = text.strip()
    if _NUMBER.fullmatch(stripped):
        raise UsageError(
            f"'{text}' has no unit", hint=f"{stripped}s, {stripped}m or {stripped}h is a duration"
        )
    if not _DURATION.fullmatch(stripped):
        raise UsageError(f"'{text}' is not a duration", hint="90s, 10m, 1h30m, 2d or 1w")
    total = 0.0
    previous = float("inf")
    for number, unit in _DURATION_PART.findall(stripped):
        length = _UNITS.get(unit.lower())
        if unit == "M":
            raise UsageError(
                f"the 'M' in '{text}' could mean minutes or months",
                hint=f"{number}m for minutes, {30 * int(float(number))}d for months",
            )
        if length is None:
            raise UsageError(
                f"'{unit}' in '{text}' is no unit of time", hint="ms, s, m (minutes), h, d or w"
            )
        if length >= previous:
            raise UsageError(
                f"the units of '{text}' do not descend", hint="write the largest first: 1h30m"
            )
        previous = length
        total += float(number) * length
    return round(total)


def parse_time(text: str, *, now: Millis, tz: tzinfo) -> Millis:
    """Return the moment that the user means, in milliseconds since the epoch.

    A duration counts back from `now`; a day means its beginning; times without an offset are read
    in `tz`. Raises UsageError for what cannot be read or can be read in two ways.
    """
    stripped = text.strip()
    if not stripped:
        raise _refusal(text, "is empty", GRAMMAR)
    # The calendar first: `20261120T140506Z` has the looks of a duration too.
    moment = _parse_calendar(stripped, tz)
    if moment is None:
        moment = _parse_relative(stripped, now)
    if moment is None:
        moment = _parse_number(stripped)
    if moment is None:
        moment = _parse_day_and_clock(stripped, now, tz)
    if moment is None:
        raise _unreadable(stripped)
    if moment < 0:
        raise _refusal(text, "lies before 1970", "a shorter time back, or a later date")
    return moment


def parse_window(
    since: str | None, until: str | None, *, now: Millis, tz: tzinfo
) -> tuple[Millis | None, Millis | None]:
    """Return the window [since, until) that the user means; None: open on that side.

    Raises UsageError where the window is empty or runs backwards.
    """
    start = None if since is None else parse_time(since, now=now, tz=tz)
    end = None if until is None else parse_time(until, now=now, tz=tz)
    if start is not None and end is not None and start >= end:
        relation = "is" if start == end else "lies after"
        raise UsageError(
            f"the start {relation} the end: '{since}' is {_show(start)}, '{until}' is {_show(end)}",
            hint=f"--since '{until}' --until '{since}'" if start > end else "a later --until",
        )
    return start, end


def parse_range(text: str, *, now: Millis, tz: tzinfo) -> tuple[Millis, Millis | None]:
    """Return the window that `START..END` names; None: up to now, as `START..` means.

    An END that is a time of day alone is that of the day of START. Raises UsageError as
    `parse_window` does, and where there is no `..` in it.
    """
    left, dots, right = (part.strip() for part in text.partition(".."))
    if not dots or not left:
        raise UsageError(
            f"'{text}' is no window", hint="START..END, such as 'yesterday 14:00..15:00'"
        )
    start = parse_time(left, now=now, tz=tz)
    clock = _AT.fullmatch(right) if right else None
    if clock and clock["hour"] and not clock["day"]:
        zone = _offset(clock["offset"]) if clock["offset"] else tz
        day = datetime.fromtimestamp(start / 1000, zone).date()
        right = f"{day.isoformat()} {right}"
    parse_window(left, right or None, now=now, tz=tz)
    return start, parse_time(right, now=now, tz=tz) if right else None


def parse_zone(name: str) -> tzinfo:
    """Return the time zone of a name: `UTC`, an IANA name, or an offset such as `+02:00`.

    Raises UsageError for a name that the time zone database does not have.
    """
    if name.upper() in {"UTC", "Z"}:
        return UTC
    if re.fullmatch(r"[+-]\d{2}(?::?\d{2})?", name, re.ASCII):
        return _offset(name)
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(
            f"no time zone is called '{name}'{_near_zone(name)}",
            hint="an IANA name such as Europe/Berlin, UTC, or an offset such as +02:00",
        ) from None


def _near_zone(name: str) -> str:
    """Return the zone that is meant by a city, or by a slip."""
    from zoneinfo import available_timezones

    zones = sorted(available_timezones())
    cities = {zone.rpartition("/")[2].lower(): zone for zone in zones if "/" in zone}
    city = cities.get(name.strip().lower().replace(" ", "_"))
    return suggestion(name, zones) if city is None else f"; did you mean '{city}'?"


def _parse_relative(text: str, now: Millis) -> Millis | None:
    if text.lower() == "now":
        return now
    backwards = re.fullmatch(r"(?:-\s*(.+)|(.+?)\s+ago|(.+))", text, re.I | re.S)
    body = next((part for part in backwards.groups() if part), "") if backwards else ""
    if _DURATION.fullmatch(body):
        return now - parse_duration(body)
    if text.startswith("+") and _DURATION.fullmatch(text[1:]):
        raise _refusal(
            text, "lies in the future, where no logs are", f"'{text[1:]}' for that long ago"
        )
    return None


def _parse_number(text: str) -> Millis | None:
    matched = _NUMBER.fullmatch(text)
    if not matched:
        return None
    whole, fraction = matched.groups()
    if len(whole) == SECONDS_DIGITS:
        return int(whole) * 1000 + int(((fraction or "") + "000")[:3])
    if len(whole) == MILLIS_DIGITS:
        return int(whole)
    if len(whole) in (16, 19):
        unit = "microseconds" if len(whole) == 16 else "nanoseconds"
        raise _refusal(text, f"looks like {unit} since the epoch", whole[:MILLIS_DIGITS])
    if len(whole) == 8 and _is_date(int(whole[:4]), int(whole[4:6]), int(whole[6:])):
        iso = f"{whole[:4]}-{whole[4:6]}-{whole[6:]}"
        raise _refusal(text, "could be a date or part of an epoch time", f"{iso} for the date")
    if len(whole) == 4 and int(whole[:2]) < 24 and int(whole[2:]) < 60:
        meanings = f"{whole[:2]}:{whole[2:]} for the time, {whole}-01-01 for the year"
        raise _refusal(text, "could be a time of day or a year", meanings)
    if len(whole) <= 4:
        meanings = f"{text}m, {text}h or {text}d for that long ago"
        if len(whole) <= 2 and int(whole) < 24:
            meanings += f", {whole:0>2}:00 for the time"
        raise _refusal(text, "has no unit", meanings)
    raise _refusal(
        text,
        f"has {len(whole)} digits, which no epoch time of our days has",
        f"{SECONDS_DIGITS} digits for seconds, {MILLIS_DIGITS} for milliseconds",
    )


def _parse_day_and_clock(text: str, now: Millis, tz: tzinfo) -> Millis | None:
    matched = _AT.fullmatch(text)
    if not matched or not (matched["day"] or matched["hour"]):
        return None
    zone = _offset(matched["offset"]) if matched["offset"] else tz
    today = datetime.fromtimestamp(now / 1000, zone).date()
    yesterday = today - timedelta(days=1)
    day = yesterday if (matched["day"] or "").lower() == "yesterday" else today
    if not matched["hour"]:
        return _beginning(day, zone)
    moment = _resolve(text, datetime.combine(day, _clock(text, matched)), zone)
    if not matched["day"] and moment > now:
        raise _refusal(text, "is still to come today", f"'yesterday {text}' or 'today {text}'")
    return moment


def _parse_calendar(text: str, tz: tzinfo) -> Millis | None:
    matched = _ISO.fullmatch(text) or _BASIC.fullmatch(text)
    if not matched:
        return None
    year, month, mday = int(matched["year"]), int(matched["month"]), int(matched["mday"])
    if not _is_date(year, month, mday):
        raise _refusal(text, "is not in the calendar", "year-month-day, such as 2026-11-23")
    zone = _offset(matched["offset"]) if matched["offset"] else tz
    day = date(year, month, mday)
    if not matched["hour"]:
        return _beginning(day, zone)
    return _resolve(text, datetime.combine(day, _clock(text, matched)), zone)


def _clock(text: str, matched: re.Match[str]) -> time:
    micros = int(((matched["fraction"] or "") + "000000")[:6])
    try:
        return time(
            int(matched["hour"]), int(matched["minute"]), int(matched["second"] or 0), micros
        )
    except ValueError:
        raise UsageError(
            f"the time '{text}' has no such hour, minute or second",
            hint="00:00 to 23:59:59; the end of a day is the next day's 00:00",
        ) from None


def _resolve(text: str, local: datetime, zone: tzinfo) -> Millis:
    """Place a wall-clock time in its zone; one that the clocks skipped or repeated is refused."""
    first = local.replace(tzinfo=zone, fold=0)
    second = local.replace(tzinfo=zone, fold=1)
    try:
        if first.utcoffset() == second.utcoffset():
            return (first - _EPOCH) // _MILLISECOND
        if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local:
            raise _refusal(
                text,
                f"does not exist in {zone}: the clocks skipped it",
                f"{_show(first)} or {_show(second)}",
            )
    except OverflowError:
        raise UsageError(f"'{text}' lies outside the calendar", hint=GRAMMAR) from None
    raise _refusal(
        text,
        f"came twice in {zone}, when the clocks were set back",
        f"{first.isoformat()} for the first, {second.isoformat()} for the second",
    )


def _beginning(day: date, zone: tzinfo) -> Millis:
    """Return the first moment of a day.

    Where the clocks repeat midnight it is the first of the two; where they skip it, midnight as
    read with the offset before the jump (fold=0, PEP 495) is the moment of the jump.
    """
    return (datetime.combine(day, time()).replace(tzinfo=zone, fold=0) - _EPOCH) // _MILLISECOND


def _offset(text: str) -> tzinfo:
    if text.upper() in {"Z", "UTC"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 23 or minutes > 59:
        raise UsageError(
            f"'{text}' is no offset from UTC", hint="from -23:59 to +23:59, such as +02:00"
        )
    length = timedelta(hours=hours, minutes=minutes)
    return timezone(-length if text[0] == "-" else length)


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _show(moment: Millis | datetime) -> str:
    if not isinstance(moment, datetime):
        moment = _EPOCH + moment * _MILLISECOND
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _unreadable(text: str) -> UsageError:
    if matched := _LOCAL_DATE.fullmatch(text):
        first, second = int(matched[1]), int(matched[3])
        year = int(matched[4]) + (2000 if len(matched[4]) == 2 else 0)
        readings = [
            f"{year:04}-{month:02}-{day:02}"
            for month, day in dict.fromkeys([(first, second), (second, first)])
            if _is_date(year, month, day)
        ]
        if readings:
            return UsageError(
                f"the time '{text}' could mean " + " or ".join(readings),
                hint="the date as year-month-day: " + " or ".join(readings),
            )
    matched = _SHORT_CLOCK.fullmatch(text)
    if matched and int(matched[2]) < 60:
        morning, evening = f"0{text}", f"{int(matched[1]) + 12}{text[1:]}"
        return UsageError(
            f"the time '{text}' could mean {morning} or {evening}", hint=f"{morning} or {evening}"
        )
    return UsageError(f"'{text}' is not a time that can be understood", hint=GRAMMAR)


def _refusal(text: str, why: str, hint: str) -> UsageError:
    return UsageError(f"the time '{text}' {why}", hint=hint)
