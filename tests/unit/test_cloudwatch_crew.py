"""How log groups are read: calls, cuts, refusals, memory, endings."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import pytest
from fake_logs import (
    NOW,
    SETTINGS,
    WINDOW,
    Call,
    FakeLogs,
    make_events,
    run_all,
)

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.model import Event, Gap, Query, Span
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.crew import Crew
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.newest import read_newest
from slsloggrep.sources.cloudwatch.reading import Experience, Reading, tasks_of
from slsloggrep.sources.cloudwatch.refusals import Abandoned, Refused, UnreachableError, Why
from slsloggrep.sources.cloudwatch.streams import groups_of_spans, tasks_of_spans
from slsloggrep.sources.cloudwatch.tasks import Done, Read, key_of
from slsloggrep.stitch import Collection

MINUTE = 60_000
HOUR = 3_600_000
EVENLY = range(NOW - HOUR, NOW, 1000)


def read(
    place: FakeLogs,
    query: Query = WINDOW,
    *,
    groups: list[Group] | None = None,
    settings: Settings = SETTINGS,
    experience: Experience | None = None,
    answered: bool = False,
) -> tuple[list[Event], list[Done]]:
    """Return what reading a window of all groups brings."""
    reading = Reading.of(query, "source", experience or Experience())
    crew = Crew("source", settings, answered=answered)
    crew.add(tasks_of(groups or place.all_groups(), query, settings, reading))
    return run_all(crew)


def read_spans(
    place: FakeLogs, spans: list[Span], experience: Experience | None = None
) -> tuple[list[Event], list[Done]]:
    experience = experience or Experience()
    groups = place.all_groups()
    crew = Crew("source", SETTINGS, answered=True)
    holding = groups_of_spans(groups, spans, experience)
    crew.add(tasks_of_spans(holding, Reading("source", experience)))
    return run_all(crew)


def gaps(endings: list[Done]) -> list[Gap]:
    return [gap for ending in endings for gap in ending.gaps]


def refuse(why: Why, words: str, when: Callable[[Call], bool]) -> Callable[[Call], None]:
    def before(call: Call) -> None:
        if when(call):
            raise Refused(why, words)

    return before


# Calls


def test_a_sparse_group_costs_one_call() -> None:
    """A group whose events fit into a page is asked once; so is an empty one."""
    place = FakeLogs({f"g{n}": make_events([NOW - n] if n % 2 else []) for n in range(1, 51)})
    events, endings = read(place)
    assert len(events) == 25
    assert Counter(call.group for call in place.calls) == dict.fromkeys(place.groups, 1)
    assert len(endings) == 50


def test_many_pages_are_read_in_slices_and_few_are_not() -> None:
    """From a few pages on a window is cut; the slices cost at most half as many calls again."""
    few = FakeLogs({"g": make_events(EVENLY)}, page=1000)
    read(few)
    assert [call.since for call in few.calls] == [WINDOW.since] * 4
    many = FakeLogs({"g": make_events(EVENLY)}, page=36)
    events, _ = read(many)
    assert len({call.since for call in many.calls}) > 8
    assert len(many.calls) <= 150
    assert len({event.event_id for event in events}) == 3600


def test_a_first_page_that_is_read_again_is_handed_on_once() -> None:
    """Where the first page leads to slices, its events come out of those only."""
    place = FakeLogs({"g": make_events(EVENLY)}, page=450, useful=2.0)
    events, _ = read(place)
    assert len({call.since for call in place.calls}) == 2
    assert len(events) == 3600


def test_a_rate_that_one_call_after_another_uses_up_is_not_cut_for() -> None:
    """Where the service takes no more calls side by side, slices would only cost calls."""
    place = FakeLogs({"g": make_events(EVENLY)}, page=36, useful=0.8)
    read(place)
    assert len(place.calls) == 100


def test_as_many_groups_as_there_are_threads_are_not_cut() -> None:
    """Where all threads are busy with groups of the same size, slices would only cost calls."""
    place = FakeLogs({f"g{n}": make_events(EVENLY) for n in range(64)}, page=600)
    events, _ = read(place)
    assert len({(event.log_group, event.event_id) for event in events}) == 64 * 3600
    assert len(place.calls) <= 64 * 6 * 1.3


def test_a_window_without_an_end_is_read_beyond_now() -> None:
    """Clocks run ahead: without `until`, events of the future come too, in slices or not."""
    place = FakeLogs({"g": make_events([*EVENLY, NOW + HOUR, NOW + 5 * HOUR])}, page=100)
    events, _ = read(place, Query(since=NOW - HOUR))
    assert max(event.timestamp for event in events) == NOW + 5 * HOUR
    assert len({event.event_id for event in events}) == 3602
    assert any(call.until is None and call.since != NOW - HOUR for call in place.calls)


def test_a_window_without_a_beginning_begins_before_the_group() -> None:
    """PutLogEvents takes events 14 days older than the group.

    A group of no known age is asked for everything.
    """
    place = FakeLogs({"g": make_events([NOW - 13 * 24 * HOUR])})
    events, _ = read(place, Query(), groups=[place.group("g", created=NOW)])
    assert len(events) == 1
    assert place.calls[-1].since == NOW - 14 * 24 * HOUR
    read(place, Query(), groups=[place.group("g")])
    assert place.calls[-1].since is None


def test_an_empty_window_is_not_asked_for() -> None:
    """A window that ends before it begins holds nothing."""
    place = FakeLogs({"g": make_events(EVENLY)})
    assert read(place, Query(since=NOW, until=NOW - 1)) == ([], [])
    assert not place.calls


def test_places_take_turns() -> None:
    """A place whose calls all hang does not keep another one from being read."""
    release = threading.Event()
    slow = FakeLogs({f"g{n}": [] for n in range(100)}, before=lambda _: release.wait(30))
    quick = FakeLogs({f"g{n}": make_events([NOW - 1]) for n in range(100)}, label="quick")
    reading = Reading.of(WINDOW, "source", Experience())
    crew = Crew("source", SETTINGS)
    groups = [*slow.all_groups(), *quick.all_groups()]
    crew.add(tasks_of(groups, WINDOW, SETTINGS, reading))
    messages = crew.run()
    arrived = 0
    while arrived < 100:
        arrived += isinstance(next(messages), Read)
    assert len(quick.calls) == 100
    release.set()
    assert sum(isinstance(message, Read) for message in messages) == 100


# Patterns


def test_literals_are_searched_at_the_far_end() -> None:
    """The pattern of the literals goes to the service; several patterns are several passes."""
    place = FakeLogs({"g": make_events([NOW - 2, NOW - 1], message="ord-71866")})
    query = replace(WINDOW, literals=("ord-71866",))
    events, _ = read(place, query)
    assert [call.pattern for call in place.calls] == ["%ord.*71866%"]
    assert len(events) == 2
    place.calls.clear()
    literals = tuple(f"8f5d3c1a-0b7e-4c9d-9a64-{n:012d}" for n in range(100))
    read(place, replace(WINDOW, literals=literals))
    assert len({call.pattern for call in place.calls}) == len(place.calls) == 2


def test_a_service_that_refuses_our_pattern_is_read_without_one() -> None:
    """A pattern of our making that is refused costs a call, once for each place, and no event."""
    place = FakeLogs(
        {f"g{n}": make_events([NOW - 1]) for n in range(3)},
        before=refuse(Why.BAD_REQUEST, "Invalid filter pattern", lambda call: bool(call.pattern)),
    )
    experience = Experience()
    literals = tuple(f"8f5d3c1a-0b7e-4c9d-9a64-{n:012d}" for n in range(100))
    for number in range(2):
        events, endings = read(place, replace(WINDOW, literals=literals), experience=experience)
        assert len(events) == 3
        assert not gaps(endings)
        assert sum(not call.pattern for call in place.calls) == 3 * (number + 1)
    assert sum(bool(call.pattern) for call in place.calls) <= 6


def test_what_else_is_wrong_with_a_group_is_no_fault_of_the_pattern() -> None:
    """A group that is refused with and without a pattern takes no patterns from the others."""
    place = FakeLogs(
        {"bad": [], "good": make_events([NOW - 1])},
        before=refuse(Why.BAD_REQUEST, "no such luck", lambda call: call.group == "bad"),
    )
    experience = Experience()
    _, endings = read(place, replace(WINDOW, literals=("abcdef",)), experience=experience)
    assert gaps(endings) == [Gap("bad", "no such luck")]
    assert not experience.without_patterns


def test_the_user_s_pattern_goes_as_it_is() -> None:
    """--filter-pattern is the service's language; literals are then left to the pipeline."""
    place = FakeLogs({"g": make_events([NOW - 1], message="ERROR")})
    events, _ = read(place, replace(WINDOW, pattern="ERROR", literals=("abcdef",)))
    assert [call.pattern for call in place.calls] == ["ERROR"]
    assert len(events) == 1


def test_the_user_s_pattern_that_is_refused_is_named() -> None:
    """A filter pattern that the service does not take is the user's to mend, and no gap."""
    refusing = refuse(Why.BAD_REQUEST, "Invalid filter pattern", lambda call: bool(call.pattern))
    place = FakeLogs({"g": make_events(EVENLY)}, before=refusing)
    with pytest.raises(UsageError, match=r"filter pattern '\{ \$\.x'"):
        read(place, replace(WINDOW, pattern="{ $.x"))
    query = replace(WINDOW, pattern="{ $.x", newest_first=True)
    reading = Reading.of(query, "source", Experience())
    crew = Crew("source", SETTINGS)
    with pytest.raises(UsageError, match="filter pattern"):
        list(read_newest(place.all_groups(), query, SETTINGS, reading, crew, lambda _: None))


def test_a_refusal_that_is_not_the_pattern_s_fault_is_a_gap() -> None:
    """Where the same is refused without the user's pattern, the pattern is not blamed."""
    place = FakeLogs(
        {"bad": [], "good": make_events([NOW - 1], message="ERROR")},
        before=refuse(Why.BAD_REQUEST, "no such luck", lambda call: call.group == "bad"),
    )
    events, endings = read(place, replace(WINDOW, pattern="ERROR"))
    assert len(events) == 1
    assert gaps(endings) == [Gap("bad", "no such luck")]


# What goes wrong


def test_a_refused_group_is_one_gap_and_the_others_go_on() -> None:
    """A denied group costs itself only, and one gap, however many slices and patterns it had."""
    place = FakeLogs(
        {"denied": [], "good": make_events([NOW - 1], message="abcdef")},
        before=refuse(Why.DENIED, "access denied", lambda call: call.group == "denied"),
    )
    literals = tuple(f"8f5d3c1a-0b7e-4c9d-9a64-{n:012d}" for n in range(100))
    events, endings = read(place, replace(WINDOW, literals=("abcdef", *literals)))
    assert len(events) == 1
    assert gaps(endings) == [Gap("denied", "access denied")]


def test_where_all_groups_are_refused_the_source_cannot_be_used() -> None:
    """With nothing read at all there is no partial answer; an earlier reading makes it one."""
    place = FakeLogs({"g": [], "h": []}, before=refuse(Why.DENIED, "access denied", lambda _: True))
    with pytest.raises(SourceError, match=r"source: [gh]: access denied \(and 1 more"):
        read(place)
    _, endings = read(place, answered=True)
    assert sorted(gaps(endings)) == [Gap("g", "access denied"), Gap("h", "access denied")]


def test_a_broken_account_is_an_error_unless_another_place_answers() -> None:
    """Credentials that have expired void the source, or make gaps where something else is read."""

    def expired(_call: Call) -> None:
        raise SourceError("source", "source: the AWS credentials have expired", hint="log in")

    broken = FakeLogs({f"g{n}": [] for n in range(100)}, before=expired, label="eu-west-1")
    with pytest.raises(SourceError, match="expired"):
        read(broken)
    assert len(broken.calls) <= 32
    good = FakeLogs({"g": make_events([NOW - 1])}, label="us-east-1")
    events, endings = read(good, groups=[*broken.all_groups(), *good.all_groups()])
    assert len(events) == 1
    assert len(gaps(endings)) == 100
    assert Gap("eu-west-1:g7", "the AWS credentials have expired; log in") in gaps(endings)


def test_a_place_that_falls_silent_is_given_up_after_a_few_groups() -> None:
    """Unreachable for one group means little, for several in a row that all others are, too."""
    broken = threading.Event()

    def before(call: Call) -> None:
        if call.group != "g000":
            broken.wait(30)
            raise UnreachableError("source", "source: the endpoint does not answer")
        broken.set()

    groups = {f"g{n:03}": make_events([NOW - 1]) for n in range(200)}
    place = FakeLogs(groups, before=before)
    events, endings = read(place)
    assert len(events) == 1
    assert len(gaps(endings)) == 199
    assert len(place.calls) < 80


def test_failures_now_and_then_do_not_add_up() -> None:
    """An answer between two failures shows that the place is not lost."""

    def before(call: Call) -> None:
        if int(call.group) % 20 == 19:
            raise UnreachableError("source", "source: the endpoint does not answer")

    place = FakeLogs({f"{n}": make_events([NOW - 1]) for n in range(200)}, before=before)
    reading = Reading.of(WINDOW, "source", Experience())
    crew = Crew("source", SETTINGS, size=1)
    crew.add(tasks_of(place.all_groups(), WINDOW, SETTINGS, reading))
    events, endings = run_all(crew)
    assert len(events) == 190
    assert len(gaps(endings)) == 10


def test_one_group_that_cannot_be_reached_costs_itself_only() -> None:
    """A request that fails for as long as patience lasts is one group's gap."""

    def before(call: Call) -> None:
        if call.group == "g3":
            raise UnreachableError("source", "source: the endpoint does not answer")

    place = FakeLogs({f"g{n}": make_events([NOW - 1]) for n in range(40)}, before=before)
    events, endings = read(place)
    assert len(events) == 39
    assert gaps(endings) == [Gap("g3", "the endpoint does not answer")]


def test_a_stale_token_begins_the_slice_again() -> None:
    """Tokens expire: the window is begun again, and all of its events come."""
    stale = iter([True, False, True])

    def before(call: Call) -> None:
        if call.token is not None and next(stale, False):
            raise Refused(Why.BAD_REQUEST, "The specified nextToken is invalid.")

    place = FakeLogs({"g": make_events(EVENLY)}, page=1300, before=before)
    events, endings = read(place)
    assert len({event.event_id for event in events}) == 3600
    assert not gaps(endings)


def test_tokens_that_always_go_stale_are_a_gap() -> None:
    """A window that cannot be read to its end is said to be incomplete, after a few attempts."""
    place = FakeLogs(
        {"g": make_events(EVENLY)},
        page=1300,
        before=refuse(Why.BAD_REQUEST, "invalid token", lambda call: call.token is not None),
    )
    _, endings = read(place)
    assert gaps(endings) == [Gap("g", "invalid token")]
    assert len(place.calls) <= 8


def test_a_defect_is_raised_and_not_swallowed() -> None:
    """What no call may raise ends the reading, in the thread that reads."""

    def before(_call: Call) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        read(FakeLogs({"g": []}, before=before))


# Memory and endings


def test_no_more_pages_are_in_hand_than_there_is_room_for() -> None:
    """Who does not take what was read stops the reading: calls end when enough bytes wait."""
    groups = {f"g{n}": make_events(range(NOW - 100, NOW)) for n in range(200)}
    place = FakeLogs(groups)
    reading = Reading.of(WINDOW, "source", Experience())
    size = 100 * 200
    crew = Crew("source", SETTINGS, held=8 * size)
    crew.add(tasks_of(place.all_groups(), WINDOW, SETTINGS, reading))
    messages = crew.run()
    next(messages)
    deadline = time.monotonic() + 0.3
    while time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(place.calls) <= 12
    assert sum(isinstance(message, Read) for message in messages) == 199


def test_a_page_larger_than_all_room_is_read_alone() -> None:
    """However large pages are, the reading goes on with one at a time."""
    place = FakeLogs({f"g{n}": make_events(range(NOW - 100, NOW)) for n in range(20)})
    reading = Reading.of(WINDOW, "source", Experience())
    crew = Crew("source", SETTINGS, held=10)
    crew.add(tasks_of(place.all_groups(), WINDOW, SETTINGS, reading))
    events, _ = run_all(crew)
    assert len(events) == 2000


def test_who_has_enough_stops_the_calls() -> None:
    """Closing ends the threads; what was queued is never asked."""
    place = FakeLogs(
        {f"g{n}": make_events([NOW - 1]) for n in range(500)}, before=lambda _: time.sleep(0.01)
    )
    reading = Reading.of(WINDOW, "source", Experience())
    crew = Crew("source", SETTINGS)
    before = set(threading.enumerate())
    crew.add(tasks_of(place.all_groups(), WINDOW, SETTINGS, reading))
    messages = crew.run()
    list(islice(messages, 3))
    messages.close()
    assert place.stopped is not None
    assert place.stopped.is_set()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()
    assert len(place.calls) < 200


def test_ctrl_c_leaves_a_gap_for_every_group_that_was_not_finished() -> None:
    """What was read is handed on; what was not is said, group by group."""
    cancelled = threading.Event()
    settings = replace(SETTINGS, cancelled=cancelled.is_set)

    def before(call: Call) -> None:
        if call.group != "g0" and not cancelled.wait(30):
            raise AssertionError
        if cancelled.is_set():
            raise Abandoned

    place = FakeLogs({f"g{n}": make_events([NOW - 1]) for n in range(100)}, before=before)
    reading = Reading.of(WINDOW, "source", Experience())
    crew = Crew("source", settings)
    crew.add(tasks_of(place.all_groups(), WINDOW, settings, reading))
    messages = crew.run()
    first = next(messages)
    assert isinstance(first, Read)
    cancelled.set()
    endings = [message for message in messages if isinstance(message, Done) and message.gaps]
    assert sorted(gaps(endings)) == sorted(
        Gap(f"g{n}", "interrupted: not read") for n in range(1, 100)
    )


# The newest first


def newest(
    place: FakeLogs, query: Query = WINDOW, experience: Experience | None = None
) -> Iterator[Event]:
    query = replace(query, newest_first=True)
    reading = Reading.of(query, "source", experience or Experience())
    crew = Crew("source", SETTINGS)
    return read_newest(place.all_groups(), query, SETTINGS, reading, crew, lambda _: None)


def test_the_newest_events_of_many_groups_take_one_call_each() -> None:
    """Fifty events out of forty groups: one page of each group, and pages are small."""
    place = FakeLogs(
        {f"g{n}": make_events(range(NOW - HOUR + n, NOW, 400), start=10_000 * n) for n in range(40)}
    )
    events = list(islice(newest(place), 50))
    assert [e.timestamp for e in events] == sorted(
        (e.timestamp for held in place.groups.values() for e in held), reverse=True
    )[:50]
    assert len(place.calls) == 40
    assert all(call.newest_first and call.limit == 1250 for call in place.calls)


@pytest.mark.parametrize("direction", ["ignored", "refused"])
def test_without_direction_windows_go_back_only_as_far_as_needed(direction: str) -> None:
    """Where the service does not give the newest first, ten events cost a few small windows."""
    place = FakeLogs(
        {"g": make_events(range(NOW - 100 * HOUR, NOW, 1000))}, page=1000, direction=direction
    )
    experience = Experience()
    query = Query(since=NOW - 100 * HOUR, until=NOW)
    got = list(islice(newest(place, query, experience), 10))
    assert [event.timestamp for event in got] == list(range(NOW - 1000, NOW - 11_000, -1000))
    assert len(place.calls) == 2
    # It is remembered: the next reading does not try again.
    list(islice(newest(place, query, experience), 10))
    assert len(place.calls) == 3


def test_the_newest_of_before_2024_come_out_of_windows() -> None:
    """The service serves no direction before 2024: what lies there comes behind the rest."""
    old = 1_704_067_200_000 - 1
    place = FakeLogs({"g": make_events([old - HOUR, old, NOW - 1])})
    got = list(newest(place, Query(until=NOW)))
    assert [event.timestamp for event in got] == [NOW - 1, old, old - HOUR]
    assert all((call.since or 0) > old for call in place.calls if call.newest_first)


def test_a_window_with_too_many_events_is_halved() -> None:
    """Windows that go back in time are held in memory: a dense one is not read whole."""
    moments = sorted(NOW - 60_000 + n for n in range(60_000))
    place = FakeLogs({"g": make_events(moments)}, page=5000, direction="ignored")
    read_at_once = 0

    def tell(message: Read | Done) -> None:
        nonlocal read_at_once
        if isinstance(message, Read):
            read_at_once = max(read_at_once, len(message.events))

    query = replace(WINDOW, newest_first=True)
    reading = Reading.of(query, "source", Experience())
    crew = Crew("source", SETTINGS)
    got = list(read_newest(place.all_groups(), query, SETTINGS, reading, crew, tell))
    assert [event.timestamp for event in got] == moments[::-1]
    assert read_at_once <= 25_000


def test_two_patterns_that_find_the_same_event_give_it_once() -> None:
    """Newest first, an event that several passes find comes once."""
    literals = tuple(f"8f5d3c1a-0b7e-4c9d-9a64-{n:012d}" for n in range(100))
    message = " ".join(literals)
    place = FakeLogs({"g": make_events([NOW - 2, NOW - 1], message=message)})
    got = list(newest(place, replace(WINDOW, literals=literals)))
    assert [event.timestamp for event in got] == [NOW - 1, NOW - 2]
    assert len({call.pattern for call in place.calls}) == 2


def test_newest_first_too_a_refused_group_is_a_gap() -> None:
    """A group that is denied does not hold up the others, nor the end."""
    place = FakeLogs(
        {"denied": [], "good": make_events(EVENLY)},
        page=100,
        before=refuse(Why.DENIED, "access denied", lambda call: call.group == "denied"),
    )
    told: list[Read | Done] = []
    query = replace(WINDOW, newest_first=True)
    reading = Reading.of(query, "source", Experience())
    crew = Crew("source", SETTINGS)
    got = list(read_newest(place.all_groups(), query, SETTINGS, reading, crew, told.append))
    assert len(got) == 3600
    found = {gap for message in told if isinstance(message, Done) for gap in message.gaps}
    assert found == {Gap("denied", "access denied")}


def test_newest_first_is_interrupted_with_gaps() -> None:
    """Ctrl-C ends the descent of every group that was not at its end, and says so."""
    cancelled = threading.Event()
    settings = replace(SETTINGS, cancelled=cancelled.is_set)
    place = FakeLogs({f"g{n}": make_events(EVENLY, start=10_000 * n) for n in range(3)}, page=100)
    told: list[Read | Done] = []
    query = replace(WINDOW, newest_first=True)
    reading = Reading.of(query, "source", Experience())
    crew = Crew("source", settings)
    got = []
    for event in read_newest(place.all_groups(), query, settings, reading, crew, told.append):
        got.append(event)
        if len(got) == 200:
            cancelled.set()
    assert len(got) < 3 * 3600
    assert [e.order for e in got] == sorted((e.order for e in got), reverse=True)
    found = {gap.what for message in told if isinstance(message, Done) for gap in message.gaps}
    assert found == {"g0", "g1", "g2"}


# Stretches of streams


def spans_of(count: int, *, length: int = MINUTE, apart: int = 0) -> list[Span]:
    return [
        Span("g", f"s{n:03}", NOW - HOUR + n * apart, NOW - HOUR + n * apart + length)
        for n in range(count)
    ]


def place_of(count: int) -> FakeLogs:
    return FakeLogs(
        {
            "g": [
                event
                for n in range(count)
                for event in make_events(
                    range(NOW - HOUR, NOW, 20_000), stream=f"s{n:03}", start=1000 * n
                )
            ]
        }
    )


def test_streams_of_one_time_are_read_by_the_hundred() -> None:
    """250 streams of one minute are three calls of FilterLogEvents, without any pattern."""
    place = place_of(250)
    events, _ = read_spans(place, spans_of(250))
    assert len(events) == 250 * 3
    assert [len(call.streams) for call in place.calls] == [100, 100, 50]
    assert {call.operation for call in place.calls} == {"filter"}


def test_stretches_far_apart_are_not_joined() -> None:
    """Two stretches of a stream an hour apart are two small windows, not one large one."""
    place = place_of(1)
    spans = [
        Span("g", "s000", NOW - HOUR, NOW - HOUR + MINUTE),
        Span("g", "s000", NOW - MINUTE, NOW),
    ]
    events, _ = read_spans(place, spans)
    assert len(events) == 6
    assert sorted((c.since, c.until) for c in place.calls) == [s[2:] for s in spans]


def test_where_a_group_needs_many_pages_streams_are_read_one_by_one() -> None:
    """After pages of empty answers, GetLogEvents' two calls for a stretch are fewer."""
    place = place_of(3)
    place.empties = (9,)
    experience = Experience()
    read_spans(place, spans_of(1), experience)
    assert experience.pages_of(place.group("g")) == 10
    place.calls.clear()
    place.empties = (0,)
    events, _ = read_spans(place, spans_of(3), experience)
    assert {call.operation for call in place.calls} == {"get"}
    assert len(place.calls) == 6
    assert len(events) == 9
    assert not any(event.event_id for event in events)


def test_equal_lines_of_one_millisecond_stay_apart_without_ids() -> None:
    """GetLogEvents tells no IDs: a line printed twice stays two lines, read twice it does, too."""
    twice = [
        replaced
        for event in make_events([NOW - HOUR + 5] * 2 + [NOW - HOUR + 6], stream="s000")
        for replaced in [type(event)(event.timestamp, "same", 0, event.eventId, "s000")]
    ]
    place = FakeLogs({"g": twice}, page=1)
    experience = Experience()
    experience.pages[key_of(place.group("g"))] = (50, 1)
    first, _ = read_spans(place, spans_of(1), experience)
    second, _ = read_spans(place, [Span("g", "s000", NOW - HOUR + 5, NOW - HOUR + 6)], experience)
    assert {call.operation for call in place.calls} == {"get"}
    assert len(list(Collection([*first, *second]))) == 3


def test_the_same_line_with_and_without_id_is_one() -> None:
    """What pass 1 found by FilterLogEvents and pass 2 by GetLogEvents is one event."""
    place = place_of(1)
    found, _ = read(place)
    experience = Experience()
    experience.pages[key_of(place.group("g"))] = (50, 1)
    again, _ = read_spans(place, spans_of(1, length=HOUR), experience)
    assert {call.operation for call in place.calls} == {"filter", "get"}
    assert len(list(Collection([*found, *again]))) == len(found) == len(again)


def test_denied_filter_log_events_is_made_up_for_by_get_log_events() -> None:
    """Whoever may only GetLogEvents reads the stretches with that."""
    place = place_of(150)
    place.before = refuse(Why.DENIED, "denied", lambda call: call.operation == "filter")
    events, endings = read_spans(place, spans_of(150))
    assert len(events) == 450
    assert not gaps(endings)


def test_streams_that_are_gone_cost_no_other() -> None:
    """A stream that was seen and is gone is a gap; one that this source never saw is none."""
    place = place_of(40)
    experience = Experience()
    seen = [Event(0, "", "g", "gone-1", ""), Event(0, "", "g", "gone-2", "")]
    experience.note(place.group("g"), seen)
    spans = spans_of(40) + [
        Span("g", name, NOW - HOUR, NOW - HOUR + MINUTE) for name in ("gone-1", "alien", "gone-2")
    ]
    events, endings = read_spans(place, spans, experience)
    assert len({event.event_id for event in events}) == 120
    words = "The specified log stream does not exist."
    assert sorted(gaps(endings)) == [Gap("g: gone-1", words), Gap("g: gone-2", words)]


def test_spans_of_other_sources_are_not_asked_for() -> None:
    """A group that was not chosen is another source's."""
    place = place_of(1)
    assert read_spans(place, [Span("other", "s000", 0, NOW)]) == ([], [])
    assert not place.calls


def test_a_stream_is_read_where_it_was_found() -> None:
    """Of groups with one name in two regions, the one that had the stream before is asked."""
    here, there = place_of(2), place_of(2)
    experience = Experience()
    groups = [*here.all_groups(), *there.all_groups()]
    experience.note(groups[1], [Event(0, "", "g", "s000", "")])
    held = groups_of_spans(groups, spans_of(2), experience)
    assert [(group.logs, [s.log_stream for s in spans]) for group, spans in held] == [
        (here, ["s001"]),
        (there, ["s000", "s001"]),
    ]


def test_other_functions_of_a_shared_group_are_left_out() -> None:
    """In a group of several functions, streams that name another function are not handed on."""
    tail = "[$LATEST]0123456789abcdef0123456789abcdef"
    place = FakeLogs(
        {
            "/shared": [
                *make_events([NOW - 3], stream=f"2026/05/28/cart{tail}"),
                *make_events([NOW - 2], stream=f"2026/05/28/payment{tail}"),
                *make_events([NOW - 1], stream="anything"),
            ]
        }
    )
    groups = [place.group("/shared", functions=frozenset({"cart"}))]
    events, _ = read(place, groups=groups)
    assert [event.timestamp for event in events] == [NOW - 3, NOW - 1]
