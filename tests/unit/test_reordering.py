"""Events that come as they are found leave in the order of their times, each once."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.model import Event
from slsloggrep.stitch.reordering import Arrival, Reordering

NOW = 1_795_431_600_000


def event(offset: int, text: str = "x", stream: str = "a", number: int | None = None) -> Event:
    event_id = "" if number is None else f"{NOW + offset:044d}{number:012d}"
    return Event(NOW + offset, text, "/aws/lambda/f", stream, event_id)


def begun(hold: int = 1000) -> Reordering:
    order = Reordering(hold)
    assert list(order.begin(NOW, NOW)) == []
    return order


def shown(arrivals: Any) -> list[tuple[str, int | None]]:
    return [(arrival.event.message, arrival.late) for arrival in arrivals]


def test_an_event_waits_for_older_ones() -> None:
    """Nothing leaves before its time plus the hold was read; then all leaves in order of time."""
    order = begun()
    order.add(event(200, "second"), NOW + 300)
    order.add(event(100, "first", "b"), NOW + 400)
    assert shown(order.due(NOW + 1099)) == []
    assert shown(order.due(NOW + 1100)) == [("first", None)]
    assert shown(order.due(NOW + 1200)) == [("second", None)]


def test_what_comes_later_than_the_hold_is_marked_and_given_away_at_once() -> None:
    """Late is measured by what left before: so far up it belongs."""
    order = begun()
    order.add(event(5000, "young"), NOW + 5000)
    assert shown(order.due(NOW + 6000)) == [("young", None)]
    order.add(event(1000, "old", "b"), NOW + 6100)
    order.add(event(5500, "next"), NOW + 6100)
    assert shown(order.due(NOW + 6100)) == [("old", 4000)]
    assert shown(order.due(NOW + 6500)) == [("next", None)]


def test_after_silence_an_old_event_is_not_late() -> None:
    """What delivers slowly, while nothing younger left, comes in order."""
    order = begun()
    order.add(event(1000, "a"), NOW + 60_000)
    order.add(event(2000, "b", "b"), NOW + 61_000)
    assert shown(order.due(NOW + 61_000)) == [("a", None), ("b", None)]


def test_a_clock_that_is_ahead_blocks_nobody() -> None:
    """An event from the future stands where it came, and leaves after the hold."""
    order = begun()
    order.add(event(3_600_000, "ahead"), NOW + 100)
    order.add(event(150, "right", "b"), NOW + 200)
    assert shown(order.due(NOW + 1150)) == [("ahead", None), ("right", None)]


def test_the_order_of_a_stream_holds_whatever_its_clock_says() -> None:
    """Two polls may bring a stream's events in any order; while they wait, they are sorted."""
    order = begun()
    order.add(event(60_500, "b"), NOW + 100)
    order.add(event(60_400, "a"), NOW + 300)
    assert shown(order.due(NOW + 1300)) == [("a", None), ("b", None)]
    order.add(event(60_450, "c"), NOW + 1400)
    assert shown(order.due(NOW + 2400)) == [("c", 50)]


def test_equal_times_keep_the_order_of_the_stream() -> None:
    """By event ID where there is one, else in the order of their coming; copies are no concern."""
    order = begun()
    for number in (2, 1, 3):
        order.add(event(0, f"id {number}", number=number), NOW)
    for text in ("z", "a", "a"):
        order.add(event(1, text, "b"), NOW)
    texts = [text for text, _ in shown(order.drain(NOW))]
    assert texts == ["id 1", "id 2", "id 3", "z", "a", "a"]


def test_the_backlog_is_sorted_as_a_whole() -> None:
    """Before the following begins nothing leaves; then everything in order, but the very last."""
    order = Reordering(1000)
    for offset, stream in ((-50_000, "b"), (-90_000, "a"), (-100, "a"), (-60_000, "a")):
        order.add(event(offset, str(offset), stream), NOW)
    assert shown(order.due(NOW)) == []
    assert shown(order.begin(NOW, NOW)) == [("-90000", None), ("-60000", None), ("-50000", None)]
    assert shown(order.due(NOW + 1000)) == [("-100", None)]


def test_equal_lines_of_a_backlog_are_all_there() -> None:
    """A program may print the same twice within a millisecond; each came once."""
    order = Reordering(0)
    for _ in range(3):
        order.add(event(0, "same"), NOW)
    assert len(list(order.drain(NOW))) == 3


MOVES = st.lists(
    st.tuples(
        st.integers(-5_000, 5_000),  # how far the event's time is from when it comes
        st.integers(0, 900),  # how much later than the one before it comes
        st.sampled_from("abc"),
        st.booleans(),  # it is looked what is due
    ),
    max_size=60,
)


@given(MOVES, st.sampled_from([0, 500, 2000]), st.integers(0, 60))
def test_each_event_leaves_once_and_unmarked_ones_in_order(
    moves: list[tuple[int, int, str, bool]], hold: int, backlog: int
) -> None:
    """Whatever comes in whatever order: nothing is lost, and what is not marked is in order."""
    order = Reordering(hold)
    now = NOW
    came: list[Event] = []
    left: list[Arrival] = []
    for number, (skew, step, stream, looks) in enumerate(moves):
        now += step
        came.append(event(now - NOW + skew, str(number), stream))
        if number == backlog:
            left += order.begin(now, now)
        order.add(came[-1], now)
        if looks:
            left += order.due(now)
    left += order.drain(now)
    assert sorted(a.event.message for a in left) == sorted(e.message for e in came)
    newest: dict[str, int] = {}
    place = 0
    for arrival in left:
        stream = arrival.event.log_stream
        if arrival.late is None:
            assert arrival.place >= place
            assert arrival.event.timestamp >= newest.get(stream, 0)
        else:
            assert arrival.late > 0
        place = max(place, arrival.place)
        newest[stream] = arrival.event.timestamp
