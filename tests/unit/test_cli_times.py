"""The grammar of times: what is understood, what is refused, and how."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.cli.times import (
    parse_duration,
    parse_range,
    parse_time,
    parse_window,
    parse_zone,
)
from slsloggrep.errors import ExitCode, UsageError

BERLIN = ZoneInfo("Europe/Berlin")
HAVANA = ZoneInfo("America/Havana")


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def utc(millis: int, *, naive: bool = False) -> datetime:
    moment = datetime.fromtimestamp(millis / 1000, UTC)
    return moment.replace(tzinfo=None) if naive else moment


NOW = at("2026-11-23T12:00:00+00:00")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now", "2026-11-23T12:00:00Z"),
        ("10m", "2026-11-23T11:50:00Z"),
        ("10m ago", "2026-11-23T11:50:00Z"),
        ("-10m", "2026-11-23T11:50:00Z"),
        ("1h30m", "2026-11-23T10:30:00Z"),
        ("1h 30 min ago", "2026-11-23T10:30:00Z"),
        ("2 hours ago", "2026-11-23T10:00:00Z"),
        ("1.5h", "2026-11-23T10:30:00Z"),
        ("1w2d", "2026-11-14T12:00:00Z"),
        ("500ms", "2026-11-23T11:59:59.500Z"),
        ("today", "2026-11-23T00:00:00Z"),
        ("Yesterday", "2026-11-22T00:00:00Z"),
        ("yesterday 14:00", "2026-11-22T14:00:00Z"),
        ("yesterday at 14:00", "2026-11-22T14:00:00Z"),
        ("today 14:05", "2026-11-23T14:05:00Z"),
        ("09:05", "2026-11-23T09:05:00Z"),
        ("09:05:07.25", "2026-11-23T09:05:07.250Z"),
        ("12:30+02:00", "2026-11-23T10:30:00Z"),
        ("2026-11-20", "2026-11-20T00:00:00Z"),
        ("2026/11/20", "2026-11-20T00:00:00Z"),
        ("2026-11-20T14:05", "2026-11-20T14:05:00Z"),
        ("2026-11-20 14:05:06", "2026-11-20T14:05:06Z"),
        ("2026-11-20T14:05:06.123456789Z", "2026-11-20T14:05:06.123Z"),
        ("2026-11-20T14:05:06,5+0530", "2026-11-20T08:35:06.500Z"),
        ("2026-11-20t14:05:06-08", "2026-11-20T22:05:06Z"),
        ("2026-11-20 14:05 UTC", "2026-11-20T14:05:00Z"),
        ("20261120T140506Z", "2026-11-20T14:05:06Z"),
        ("1763900000", "2025-11-23T12:13:20Z"),
        ("1763900000.5", "2025-11-23T12:13:20.500Z"),
        ("1763900000123", "2025-11-23T12:13:20.123Z"),
    ],
)
def test_what_people_write_is_understood(text: str, expected: str) -> None:
    """Each form of the grammar names the moment that a person would read in it."""
    assert parse_time(text, now=NOW, tz=UTC) == at(expected.replace("Z", "+00:00"))


@pytest.mark.parametrize(
    ("text", "meanings"),
    [
        ("03/04/2026", ["2026-03-04", "2026-04-03"]),
        ("13.04.2026", ["2026-04-13"]),
        ("04-05-26", ["2026-04-05", "2026-05-04"]),
        ("5", ["5m", "5h", "5d", "05:00"]),
        ("1405", ["14:05", "1405-01-01"]),
        ("20261120", ["2026-11-20", "epoch"]),
        ("176390000", ["9 digits", "10 digits", "13"]),
        ("1763900000123456", ["microseconds", "1763900000123"]),
        ("1763900000123456789", ["nanoseconds", "1763900000123"]),
        ("9:05", ["09:05", "21:05"]),
        ("10M", ["minutes", "months"]),
        ("14:05", ["yesterday 14:05", "today 14:05"]),
        ("+10m", ["10m"]),
        ("30m1h", ["1h30m"]),
        ("1h30", []),
        ("3 fortnights", ["fortnights"]),
        ("2026-02-30", ["calendar"]),
        ("2026-11-20T24:00", ["00:00"]),
        ("2026-11-20T14:05+25:00", ["+02:00"]),
        ("", ["empty"]),
        ("9999999h", ["1970"]),
        ("9" * 5000 + "h", []),
        ("tomorrow", ["yesterday"]),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused_with_the_ways(
    text: str, meanings: list[str]
) -> None:
    """A refusal is a usage error, and tells what the text could have meant."""
    with pytest.raises(UsageError) as refused:
        parse_time(text, now=NOW, tz=UTC)
    assert refused.value.exit_code == ExitCode.USAGE
    told = f"{refused.value.message} {refused.value.hint}"
    assert [meaning for meaning in meanings if meaning not in told] == []


def test_local_times_are_read_in_the_given_zone() -> None:
    """Times without an offset are the zone's, days begin at the zone's midnight."""
    assert parse_time("12:30", now=NOW, tz=BERLIN) == at("2026-11-23T12:30:00+01:00")
    assert parse_time("2026-07-01", now=NOW, tz=BERLIN) == at("2026-07-01T00:00:00+02:00")
    late = at("2026-11-23T23:30:00+00:00")
    assert parse_time("today", now=late, tz=BERLIN) == at("2026-11-24T00:00:00+01:00")


def test_a_time_that_the_clocks_skipped_is_refused() -> None:
    """A local time in the gap of spring names both moments that it could stand for."""
    with pytest.raises(UsageError) as refused:
        parse_time("2026-03-29T02:30", now=NOW, tz=BERLIN)
    assert "skipped" in refused.value.message
    assert refused.value.hint == "2026-03-29T01:30:00.000Z or 2026-03-29T00:30:00.000Z"


def test_a_time_that_came_twice_is_refused() -> None:
    """A local time in the fold of autumn names both offsets; with an offset it is clear."""
    with pytest.raises(UsageError) as refused:
        parse_time("2026-10-25T02:30", now=NOW, tz=BERLIN)
    assert "twice" in refused.value.message
    assert refused.value.hint
    for reading in ("2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"):
        assert reading in refused.value.hint
        assert parse_time(reading, now=NOW, tz=BERLIN) == at(reading)


def test_a_day_begins_also_where_midnight_is_skipped_or_repeated() -> None:
    """Havana skips midnight in spring and repeats it in autumn: the day is no less clear."""
    assert parse_time("2026-03-08", now=NOW, tz=HAVANA) == at("2026-03-08T05:00:00+00:00")
    assert parse_time("2026-11-01", now=NOW, tz=HAVANA) == at("2026-11-01T04:00:00+00:00")


def test_a_window_that_runs_backwards_or_is_empty_is_refused() -> None:
    """The start must lie before the end; the hint for a reversed window turns it round."""
    assert parse_window("2h", "1h", now=NOW, tz=UTC) == (NOW - 7_200_000, NOW - 3_600_000)
    assert parse_window(None, None, now=NOW, tz=UTC) == (None, None)
    with pytest.raises(UsageError) as refused:
        parse_window("1h", "2h", now=NOW, tz=UTC)
    assert refused.value.hint == "--since '2h' --until '1h'"
    with pytest.raises(UsageError):
        parse_window("1h", "60m", now=NOW, tz=UTC)


@pytest.mark.parametrize(
    ("text", "expected"), [("90s", 90_000), ("1h30m", 5_400_000), ("2 days", 172_800_000)]
)
def test_durations(text: str, expected: int) -> None:
    """A duration is the sum of its parts, in milliseconds."""
    assert parse_duration(text) == expected


def test_zones_have_names_and_offsets() -> None:
    """A zone is UTC, a name of the database or an offset; others are refused by name."""
    moment = datetime(2026, 7, 1, tzinfo=UTC)
    assert parse_zone("utc") is UTC
    assert moment.astimezone(parse_zone("Europe/Berlin")).utcoffset() == timedelta(hours=2)
    assert moment.astimezone(parse_zone("-0330")).utcoffset() == timedelta(hours=-3, minutes=-30)
    for name in ("Europe/Berlni", "../etc/passwd", "", "CESTX", "+25"):
        with pytest.raises(UsageError):
            parse_zone(name)


@given(st.integers(86_400_000, 7_000_000_000_000).map(utc))
def test_what_python_writes_as_iso_is_read_back(moment: datetime) -> None:
    """ISO 8601 to the millisecond comes back as the same moment; epoch numbers as well."""
    millis = round(moment.timestamp() * 1000)
    assert parse_time(moment.isoformat(), now=NOW, tz=BERLIN) == millis
    if len(str(millis)) == 13:
        assert parse_time(str(millis), now=NOW, tz=BERLIN) == millis
        assert parse_time(str(millis // 1000), now=NOW, tz=BERLIN) == millis // 1000 * 1000


@given(
    st.integers(631_152_000_000, 2_114_380_800_000).map(lambda millis: utc(millis, naive=True)),
    st.sampled_from([BERLIN, HAVANA]),
)
def test_a_local_time_is_the_moment_or_refused(local: datetime, zone: ZoneInfo) -> None:
    """Whatever local time is accepted, the clocks of the zone showed exactly once."""
    local = local.replace(microsecond=0)
    try:
        millis = parse_time(local.isoformat(sep=" "), now=NOW, tz=zone)
    except UsageError:
        return
    shown = datetime.fromtimestamp(millis / 1000, zone)
    assert shown.replace(tzinfo=None) == local
    assert shown.replace(fold=0).utcoffset() == shown.replace(fold=1).utcoffset()


@given(st.text() | st.text(alphabet="0123456789:-/+ .TZhmsdwago"))
def test_any_text_is_a_time_or_a_refusal_with_a_hint(text: str) -> None:
    """No text at all makes the grammar fail in another way."""
    try:
        moment, hint = parse_time(text, now=NOW, tz=BERLIN), ""
    except UsageError as refused:
        moment, hint = 0, refused.hint or ""
    assert moment > 0 or hint


def test_a_range_is_two_times() -> None:
    """A time of day at its end is of the day on which it begins."""
    now = parse_time("2026-11-23T20:00Z", now=0, tz=UTC)
    start, end = parse_range("yesterday 14:00..15:00", now=now, tz=UTC)
    assert start == parse_time("2026-11-22T14:00Z", now=0, tz=UTC)
    assert end == parse_time("2026-11-22T15:00Z", now=0, tz=UTC)
    assert parse_range("2h..1h", now=now, tz=UTC) == (now - 7_200_000, now - 3_600_000)
    assert parse_range("2h..", now=now, tz=UTC) == (now - 7_200_000, None)


@pytest.mark.parametrize("text", ["yesterday", "..15:00", "15:00..14:00", "1h..2h", "a..b"])
def test_what_is_no_range_is_refused(text: str) -> None:
    """One that is open at its beginning would be compared with everything."""
    now = parse_time("2026-11-23T20:00Z", now=0, tz=UTC)
    with pytest.raises(UsageError):
        parse_range(text, now=now, tz=UTC)
