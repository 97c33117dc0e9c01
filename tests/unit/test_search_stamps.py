"""Dates in names of indices."""

from __future__ import annotations

import datetime as dt

import pytest

from slsloggrep.sources.opensearch.stamps import DAY, may_hold, stretch_of


def at(text: str) -> int:
    return int(dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("cwl-2026.11.28", "2026-11-28", "2026-11-29"),
        ("app-2016-02-25-13", "2016-02-25T13:00", "2016-02-25T14:00"),
        ("app-2016-02", "2016-02-01", "2016-03-01"),
        ("app-2016-12", "2016-12-01", "2017-01-01"),
        ("logs_20261128", "2026-11-28", "2026-11-29"),
    ],
)
def test_the_stamp_at_the_end_is_read(name: str, since: str, until: str) -> None:
    """Days, hours and months, in the spellings of Logstash, AWS's function and Firehose."""
    assert stretch_of(name) == (at(since), at(until))


def test_a_week_is_wide() -> None:
    """Countries count weeks differently: a week more on both sides."""
    stretch = stretch_of("app-2016-w08")
    assert stretch is not None
    assert stretch[0] <= at("2016-02-21")
    assert at("2016-02-29") <= stretch[1]


@pytest.mark.parametrize(
    "name",
    ["logs-2026.11.28-000001", "cwl", "v2026.13.01x", "app-2026.02.30", "a-202611", "x2026.11.28"],
)
def test_anything_else_is_no_stamp(name: str) -> None:
    """What follows a date says that the index goes on; what is no date is none."""
    assert stretch_of(name) is None
    assert may_hold(name, at("2001-01-01"), at("2001-01-02"), DAY)


def test_late_events_stand_in_younger_indices() -> None:
    """Firehose stamps by arrival: an index may hold what happened before its day."""
    window = (at("2026-11-28T23:59"), at("2026-11-29"))
    assert may_hold("app-2026-11-28", *window, DAY)
    assert may_hold("app-2026-11-29", *window, DAY)
    assert not may_hold("app-2026-12-01", *window, DAY)
    assert not may_hold("app-2026-11-26", *window, DAY)
    assert may_hold("app-2026-11-26", None, None, DAY)
