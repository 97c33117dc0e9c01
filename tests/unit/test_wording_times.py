from datetime import UTC, timedelta, timezone, tzinfo

import pytest

from slsloggrep.wording import (
    bytes_text,
    count_text,
    duration_text,
    memory_text,
    moment_text,
    offset_text,
    timestamp_text,
)


def test_a_time_carries_its_offset() -> None:
    """A time can be given back to --since, in whatever zone it was shown."""
    assert timestamp_text(1_795_453_200_123, UTC) == "2026-11-23T17:00:00.123Z"
    zone = timezone(timedelta(hours=-3, minutes=-30))
    assert timestamp_text(1_795_453_200_123, zone) == "2026-11-23T13:30:00.123-03:30"


@pytest.mark.parametrize("timestamp", [10**17, -(10**17), 10**40])
def test_a_time_beyond_the_calendar_is_still_shown(timestamp: int) -> None:
    """A damaged timestamp neither fails nor disappears."""
    assert str(timestamp) in timestamp_text(timestamp, UTC)


@pytest.mark.parametrize(
    ("offset", "text"),
    [
        (0, "+0.000s"),
        (1204, "+1.204s"),
        (59_999, "+59.999s"),
        (123_204, "+2m03.204s"),
        (3_723_204, "+1h02m03.204s"),
        (-310, "-0.310s"),
    ],
)
def test_offsets_are_exact(offset: int, text: str) -> None:
    """An offset loses no millisecond."""
    assert offset_text(offset) == text


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0 ms"),
        (0.44, "0.4 ms"),
        (9.96, "10 ms"),
        (842.2, "842 ms"),
        (999.7, "1.00 s"),
        (1240, "1.24 s"),
        (9_999, "10.0 s"),
        (12_340, "12.3 s"),
        (59_990, "1 m 00 s"),
        (123_000, "2 m 03 s"),
        (3_599_900, "1 h 00 m"),
        (3_720_000, "1 h 02 m"),
        (86_399_999, "1 d 00 h"),
        (273_600_000, "3 d 04 h"),
        (float("nan"), "?"),
        (float("inf"), "?"),
        (-5.0, "-5 ms"),
    ],
)
def test_durations_never_round_over_their_unit(duration: float, text: str) -> None:
    """No `1000 ms`, no `60.0 s`, no `24 h`."""
    assert duration_text(duration) == text


def test_sizes_and_counts() -> None:
    """Units step at a thousand, one is singular."""
    assert [bytes_text(n) for n in (0, 999, 1200, 999_960, 3_400_000_000)] == [
        "0 B",
        "999 B",
        "1.2 kB",
        "1.0 MB",
        "3.4 GB",
    ]
    assert memory_text(91, 256) == "91 of 256 MB"
    assert memory_text(91, None) == "91 MB used"
    assert memory_text(None, 256) == "256 MB"
    assert memory_text(None, None) == ""
    assert count_text(1, "event") == "1 event"
    assert count_text(12345, "event") == "12 345 events"


@pytest.mark.parametrize(
    ("timestamp", "tz", "text"),
    [
        (1_795_453_200_123, UTC, "2026-11-23 17:00:00Z"),
        (1_795_453_200_999, timezone(timedelta(hours=1)), "2026-11-23 18:00:00+01:00"),
        (1_795_453_200_123, timezone(-timedelta(hours=3, minutes=30)), "2026-11-23 13:30:00-03:30"),
        (10**17, UTC, f"@{10**17} ms"),
    ],
)
def test_a_moment_has_its_whole_offset(timestamp: int, tz: tzinfo, text: str) -> None:
    """In a sentence a time is written as it is elsewhere, without the milliseconds."""
    assert moment_text(timestamp, tz) == text
