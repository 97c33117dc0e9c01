from __future__ import annotations

import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.sources.cloudwatch.pages import LogEvent
from slsloggrep.sources.cloudwatch.seen import Memory, Seen, content_of, identity_of

NOW = 1_795_000_000_000
MINUTE = 60_000


def log_event(event_id: str, *, stream: str = "s", timestamp: int = NOW, message: str = "m"):
    return LogEvent(timestamp, message, timestamp, event_id, stream)


def test_a_real_id_is_the_event_whatever_else_is_said_of_it() -> None:
    """56 digits identify an event by themselves; two of them are two events."""
    one, other = f"{1:056}", f"{2:056}"
    assert identity_of(log_event(one)) == identity_of(log_event(one, message="redacted"))
    assert identity_of(log_event(one)) != identity_of(log_event(other))


@pytest.mark.parametrize(
    "other",
    [
        log_event("0", stream="t"),
        log_event("0", timestamp=NOW + 1),
        log_event("0", message="n"),
        log_event("1"),
    ],
)
def test_a_short_id_tells_nothing_alone(other: LogEvent) -> None:
    """An emulator's `0` comes in every stream, and again where a group is made anew."""
    assert identity_of(log_event("0")) != identity_of(other)


def test_an_event_is_new_once_however_old_it_is_by_then() -> None:
    """Neither time nor packing makes a remembered event new, nor hides another one."""
    memory = Memory()
    assert memory.admit(NOW, 1)
    for later in range(0, 30 * MINUTE, MINUTE):
        memory.forget(NOW - MINUTE, NOW + later)
        assert not memory.admit(NOW, 1)
        assert memory.admit(NOW, 100 + later)
        assert not memory.admit(NOW, 100 + later)
    assert memory.size == 31


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(-5, 5)), max_size=200))
def test_memory_is_a_set(events: list[tuple[int, int]]) -> None:
    """Warm or packed, in order or not, it answers like a plain set of what was given to it."""
    memory = Memory(bucket=1_000)
    known: set[tuple[int, int]] = set()
    for step, (second, identity) in enumerate(events):
        timestamp = NOW + second * 1_000
        if step % 7 == 0:
            memory.forget(NOW - MINUTE, NOW + step * 1_000)
        assert memory.admit(timestamp, identity) == ((second, identity) not in known)
        known.add((second, identity))
        assert memory.size == len(known)
        assert memory.count(NOW + 10_000) == sum(second >= 10 for second, _ in known)


def test_what_no_poll_returns_any_more_is_forgotten_and_said_so() -> None:
    """Memory is given back, and the floor says from when on everything is still known."""
    memory = Memory(bucket=1_000)
    for second in range(100):
        memory.admit(NOW + second * 1_000, second)
        memory.pair_live(NOW + second * 1_000, second)
    memory.forget(NOW + 90_500, NOW + 100_000)
    assert memory.size == 20
    assert memory.floor == NOW + 90_000
    assert not memory.admit(NOW + 90_000, 90), "what lies at the floor is known"


def test_the_fullest_memory_makes_room_from_its_oldest_end() -> None:
    """A talkative group shortens its own memory, not that of the quiet ones."""
    seen = Seen(bound=100, bucket=1_000)
    loud, quiet = seen.memory(), seen.memory()
    for second in range(90):
        loud.admit(NOW + second * 1_000, second)
    for second in range(20):
        quiet.admit(NOW + second * 1_000, second)
    assert seen.shrink(keep=NOW + 50_000) == [loud]
    assert (loud.size, quiet.size) == (80, 20)
    assert (loud.floor, quiet.floor) == (NOW + 10_000, 0)
    assert seen.shrink(keep=NOW + 50_000) == []


def test_what_the_next_polls_read_again_is_kept_beyond_the_bound() -> None:
    """Forgetting it would repeat events at once: the bound gives way."""
    seen = Seen(bound=10, bucket=1_000)
    memory = seen.memory()
    for second in range(100):
        memory.admit(NOW + second * 1_000, second)
    seen.shrink(keep=NOW + 50_000)
    assert memory.floor == NOW + 50_000
    assert memory.size == 50


def test_a_million_ids_take_little_memory() -> None:
    """Packed, an ID takes 8 bytes; only those of the last minute take more."""
    dice = random.Random(1)
    memory = Memory()
    tracemalloc.start()
    try:
        for minute in range(50):
            for _ in range(2_000):
                timestamp = NOW + minute * MINUTE + dice.randrange(MINUTE)
                memory.admit(timestamp, dice.getrandbits(63))
            memory.forget(NOW - MINUTE, NOW + (minute + 1) * MINUTE)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert memory.size == 100_000
    assert used < 20 * memory.size, f"{used / memory.size:.0f} bytes an ID"


def test_a_backlog_is_packed_while_it_is_read() -> None:
    """Not only when a poll is complete: a poll of what happened before may bring a million."""
    dice = random.Random(1)
    memory = Memory()
    tracemalloc.start()
    try:
        for number in range(100_000):
            memory.admit(NOW + number * 36, dice.getrandbits(63))
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert memory.size == 100_000
    assert used < 30 * memory.size, f"{used / memory.size:.0f} bytes an ID"


# Live copies

COPIES = st.lists(st.booleans(), max_size=12)


@given(COPIES)
def test_equal_lines_come_as_often_as_either_way_shows_them(arrivals: list[bool]) -> None:
    """Of n polled and m live copies, in any order, as many are handed on as the more of them."""
    memory = Memory()
    content = content_of("s", NOW, "again")
    handed_on = sum(
        memory.pair_live(NOW, content) if live else memory.pair_polled(NOW, content)
        for live in arrivals
    )
    assert handed_on == max(arrivals.count(True), arrivals.count(False))


def test_copies_differ_by_stream_time_and_text_but_not_by_the_end_of_the_line() -> None:
    """The newline that a runtime ends a message with may be there in one copy only."""
    content = content_of("s", NOW, "line")
    assert content == content_of("s", NOW, "line\n")
    others = [content_of("t", NOW, "line"), content_of("s", NOW + 1, "line")]
    assert content not in [*others, content_of("s", NOW, " line")]


def test_a_polled_event_waits_for_its_live_copy_for_a_while_only() -> None:
    """Live copies come within seconds: what sampling left out is not remembered for ever."""
    memory = Memory()
    memory.forget(0, NOW)
    assert memory.pair_polled(NOW, 1)
    memory.forget(0, NOW + 31_000)
    assert not memory.pair_live(NOW, 1), "half a minute later it is still a copy"
    assert memory.pair_polled(NOW, 2)
    memory.forget(0, NOW + 62_000)
    memory.forget(0, NOW + 93_000)
    assert memory.pair_live(NOW, 2)


def test_a_live_event_waits_for_its_polled_copy_as_long_as_polls_reach_back() -> None:
    """Polls may be interrupted for an hour, and then return what was handed on live."""
    memory = Memory()
    assert memory.pair_live(NOW, 1)
    memory.forget(NOW - MINUTE, NOW + 60 * MINUTE)
    assert not memory.pair_polled(NOW, 1)
    assert memory.size == 0
