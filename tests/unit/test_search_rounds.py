"""When a followed cluster is looked at, and how far back: nothing falls between two rounds."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from slsloggrep.sources.base import Following
from slsloggrep.sources.opensearch.rounds import DOUBT, Rounds

SINCE = 1_795_435_200_000


def rounds(late: int, refresh: int = 1_000, interval: float = 1.0) -> Rounds:
    return Rounds(Following(late=late, interval=interval), SINCE, refresh, 0.0)


def test_reaches_grow_from_seconds_to_the_longest_delay() -> None:
    """Ten seconds often, then a minute, ten, an hour, and what is allowed for; none beyond."""
    all_of_them = rounds(2 * 3_600_000)
    reaches = [each.reach for each in (all_of_them.near, *all_of_them.far)]
    assert reaches == [11_000, 60_000, 600_000, 3_600_000, 7_203_000]
    assert [each.every for each in all_of_them.far] == [5.0, 30.0, 300.0, 300.0]
    few = rounds(120_000)
    assert [each.reach for each in few.far] == [60_000, 123_000]
    assert few.longest == 123_000
    assert rounds(1_000).far == []
    assert rounds(1_000).near.reach == 1_000 + 1_000 + DOUBT


def test_the_first_round_begins_where_it_is_wanted() -> None:
    """Nothing before that is ever looked at."""
    first = rounds(120_000)
    assert first.due(0.0) is first.near
    assert first.horizon == SINCE
    assert [first.start_of(each) for each in (first.near, *first.far)] == [SINCE] * 3
    assert first.due(-1.0) is None
    assert first.wait(-1.0) == 1.0


def test_near_rounds_go_first() -> None:
    """What is due at the same time waits for the near one, but not for ever."""
    all_of_them = rounds(120_000)
    assert all_of_them.due(6.0) is all_of_them.near
    assert all_of_them.due(10.0) is all_of_them.far[0]
    all_of_them.near.due = 200.0
    assert all_of_them.due(6.0) is all_of_them.far[0]


def test_rounds_that_find_something_are_made_again_soon() -> None:
    """Two seconds later, for five rounds; and never so often that they take all the time."""
    far = rounds(3_600_000).far[-1]
    far.finish(SINCE, 100.0, 0.01, found=3)
    assert far.due == 102.0
    for _ in range(5):
        far.finish(SINCE, 100.0, 0.01, found=0)
    assert far.due == 100.0 + far.every
    far.finish(SINCE, 100.0, 60.0, found=1)
    assert far.due == 100.0 + 600.0


@pytest.mark.parametrize("late", [0, 1_000, 60_000, 599_000, 3_600_000, 40 * 3_600_000])
def test_the_longest_reach_allows_for_delay_refresh_and_doubt(late: int) -> None:
    """What comes as late as is allowed for is looked for."""
    assert rounds(late, refresh=5_000).longest >= late + 5_000 + DOUBT


@settings(max_examples=50)
@given(
    st.integers(0, 150_000),
    st.integers(0, 5_000),
    st.lists(st.tuples(st.integers(0, 99_000), st.integers(0, 155_000)), min_size=1, max_size=30),
    st.lists(st.floats(0.01, 9.0), min_size=1, max_size=20),
)
@example(10_002, 0, [(999, 10_002)], [1.0])
def test_every_document_is_in_a_round_that_begins_after_it_is_visible(
    late: int, refresh: int, documents: list[tuple[int, int]], durations: list[float]
) -> None:
    """Whatever is visible within the time allowed for is found, however long rounds take.

    Documents are told by when they were written and how long later they are visible, in ms; the
    rounds are made as `follow` makes them, on a clock of this test's own.
    """
    plan = rounds(late, refresh)
    allowed = late + refresh
    waiting = {
        (SINCE + time, SINCE + time + min(delay, allowed)) for time, delay in documents
    }  # fmt: skip
    end = max(visible for _, visible in waiting) + 600_000
    clock, made = SINCE, 0
    while waiting and clock < end:
        now = (clock - SINCE) / 1000
        due = plan.due(now)
        if due is None:
            clock += max(1, round(plan.wait(now) * 1000))
            continue
        near = due is plan.near
        start = plan.start_of(due)
        stop = None if near else plan.start_of(plan.near)
        found = {
            (time, visible)
            for time, visible in waiting
            if visible <= clock and start <= time and (stop is None or time < stop)
        }
        waiting -= found
        begun, took = clock, durations[made % len(durations)]
        made += 1
        clock += round(took * 1000)
        due.finish(begun, (clock - SINCE) / 1000, took, len(found))
        if near:
            due.due = now + 1.0
    assert not waiting
