from __future__ import annotations

import pytest

from slsloggrep.decode.timestamps import leading_time, millis

NOON = 1_699_012_737_000  # 2023-11-03T11:58:57Z


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2023-11-03T11:58:57Z", NOON),
        ("2023-11-03T11:58:57.123Z", NOON + 123),
        ("2023-11-03T11:58:57.4602970Z", NOON + 460),
        ("2023-11-03 11:58:57,494+0000", NOON + 494),
        ("2023-11-03T11:58:57.079000", NOON + 79),
        ("2023-11-03T11:58:57.079000+00:00", NOON + 79),
        ("2023-11-03T13:58:57+02:00", NOON),
        ("2023-11-03T06:28:57-0530", NOON),
        ("2023-11-03 11:58:57+00", NOON),
        ("2023/11/03 11:58:57", NOON),
        ("03 Nov 2023 11:58:57,997", NOON + 997),
        ("3 November 2023 11:58:57", NOON),
        ("03/Nov/2023:11:58:57 +0000", NOON),
        ("Nov 03, 2023 11:58:57 AM", NOON),
        ("Nov 03, 2023 11:58:57 PM", NOON + 12 * 3_600_000),
        ("Nov 03, 2023 12:58:57 AM", NOON - 11 * 3_600_000),
        (NOON, NOON),
        (str(NOON), NOON),
        (NOON / 1000, NOON),
        (NOON // 1000, NOON),
        ("1699012737.5", NOON + 500),
        (NOON * 1000 + 7, NOON),
        (str(NOON * 1_000_000 + 999_999), NOON),
        ({"epochSecond": NOON // 1000, "nanoOfSecond": 21_000_000}, NOON + 21),
    ],
)
def test_every_spelling_is_the_same_moment(value: object, expected: int) -> None:
    """A time is read in every spelling that logs are met with; without a zone it is UTC."""
    assert millis(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        None, True, False, 0, 1, -1, -NOON, 5.0, float("nan"), float("inf"), 10**30, 10**400,
        "", "now", "12:30:00", "2023-13-01T00:00:00Z", "2023-02-30T00:00:00Z", "²",
        "2023-11-03T24:00:00Z", "2023-11-03T11:60:00Z", "0001-01-01T00:00:00Z", "nan", "1e999",
        "2023-11-03T11:58:57+99:00", "Foo 03, 2023 11:58:57 AM", "Nov 03, 2023 0:58:57 AM",
        "99 Nov 2023 11:58:57", [], {}, {"epochSecond": "1"}, {"epochSecond": 10**20}, b"x",
    ],
)  # fmt: skip
def test_what_is_no_time_is_none(value: object) -> None:
    """Numbers too small, too large or not finite, and dates that no calendar has, are no times."""
    assert millis(value) is None


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2023-11-03T11:58:57.000Z\tc793869b\tINFO\tx", NOON),
        ("[INFO]\t2023-11-03T11:58:57.000Z\t\tx", NOON),
        ("I, [2023-11-03T11:58:57.000001 #8]  INFO id -- : x", NOON),
        ("[2023-11-03T11:58:57.000] x", NOON),
        ("WARN: 2023/11/03 11:58:57 x", NOON),
        ("Nov 03, 2023 11:58:57 AM com.example.Main main", NOON),
        ("START RequestId: 405bb962-f57b-521d-81a1-e7272fbf6077 Version: $LATEST", None),
        ("09:24:37.294 [main] INFO x", None),
        ("order of 2023-11-03T11:58:57.000Z", None),
        ("1699012737 items", None),
        ("", None),
    ],
)
def test_a_line_begins_with_its_time_or_has_none(line: str, expected: int | None) -> None:
    """Only a time at the beginning, after a level at most, is the line's own."""
    assert leading_time(line) == expected
