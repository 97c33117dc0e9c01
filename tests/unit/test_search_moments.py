"""Times that are looked up are those that would be read."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from slsloggrep.decode.moments import FRACTIONS, SECONDS, read_time, time_of
from slsloggrep.decode.timestamps import millis

TEXTS = st.datetimes().map(lambda time: time.isoformat(timespec="milliseconds") + "Z") | st.text(
    max_size=26
)
ENDS = (
    "000Z",
    "999Z",
    "123456789Z",
    "9999999999999Z",
    "1\u0661\u0661Z",
    " 12Z",
    "1_2Z",
    "12Z",
    "123",
)


@given(TEXTS)
@example("2026-11-28T01:00:00.123Z")
@example("1973-03-03T09:46:40.000Z")
@example("1973-03-03T09:46:39.999Z")
@example("1 May 2020 21:19:02.997Z")
@example("2026-11-28 01:00:60,123Z")
@example("2026-11-28T01:00:00.123+01:00")
@example("1795827600123")
def test_what_is_looked_up_is_what_would_be_read(text: str) -> None:
    """Whatever stands behind a second that is known, the time is that of the whole text."""
    assert read_time(text) == millis(text)
    for end in (text[20:], *ENDS):
        other = text[:20] + end
        assert time_of(other) == millis(other)
        if other[:20] in SECONDS and other[20:] in FRACTIONS:
            assert SECONDS[other[:20]] + FRACTIONS[other[20:]] == millis(other)


def test_a_second_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neighbours are looked up, and what is kept is bounded."""
    assert time_of("2026-11-28T01:00:07.123Z") == 1795827607123
    monkeypatch.setattr("slsloggrep.decode.moments.millis", None)
    assert time_of("2026-11-28T01:00:07.999Z") == 1795827607999
    assert time_of("2026-11-28T01:00:07.500000001Z") == 1795827607500
    monkeypatch.undo()
    for number in range(20_000):
        time_of(f"2026-11-{number % 28 + 1:02}T{number // 28 % 24:02}:{number // 672:02}:00.000Z")
    assert 0 < len(SECONDS) <= 8192
