"""However a window is paged and cut, exactly its events come."""

from __future__ import annotations

import random
from collections import Counter

from fake_logs import NOW, SETTINGS, FakeLogs, LogEvent, event_id, run_all
from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.model import Event, Query, Span
from slsloggrep.sources.cloudwatch.crew import Crew
from slsloggrep.sources.cloudwatch.newest import in_windows, read_newest
from slsloggrep.sources.cloudwatch.reading import Experience, Reading, tasks_of
from slsloggrep.sources.cloudwatch.streams import (
    cluster_spans,
    groups_of_spans,
    tasks_of_spans,
)
from slsloggrep.stitch import Collection

HOUR = 3_600_000


def draw_times(dice: random.Random, count: int) -> list[int]:
    """Return times as logs have them: bursts, an even flow, lone events, many in one millisecond.

    Made from a seed: hypothesis by itself draws few and far between.
    """
    times: list[int] = []
    while len(times) < count:
        edge = NOW - 60_000 * (2 ** dice.randrange(1, 8) - 1) - 3  # where windows that double meet
        begin = dice.choice([NOW - HOUR, edge, NOW - dice.randrange(30 * 24 * HOUR)])
        length = dice.choice([1, 6, 900, 5_000, 60_000, HOUR])
        times += [begin + dice.randrange(length) for _ in range(dice.choice([1, 10, 100, 400]))]
    return times[:count]


times = st.builds(draw_times, st.randoms(use_true_random=False), st.integers(0, 600))


@st.composite
def places(draw: st.DrawFn, **fixed: object) -> FakeLogs:
    """Draw a place with groups of events, and with a service that has its own ways."""
    groups: dict[str, list[LogEvent]] = {}
    number = 0
    for name in ("/aws/lambda/a", "/aws/lambda/b")[: draw(st.integers(1, 2))]:
        events = []
        for time in draw(times):
            number += 1
            message = f"line {number} id{number % 5:04}x"
            events.append(LogEvent(timestamp=time, message=message, eventId=event_id(time, number),
                                   logStreamName=f"s{number * 7 % 3 + 1}"))  # fmt: skip
        groups[name] = events
    options: dict[str, object] = {
        "page": draw(st.sampled_from([1, 2, 3, 5, 10, 20, 50, 200])),
        "empties": draw(st.sampled_from([(0,), (1,), (0, 2), (3, 0, 0), (6,)])),
        "order": draw(st.sampled_from(["time", "stream", "reversed", "mixed"])),
        "useful": draw(st.sampled_from([1.0, 4.0, 32.0])),
        **fixed,
    }
    return FakeLogs(groups, **options)  # type: ignore[arg-type]


ends = st.sampled_from([None, NOW - HOUR, NOW - HOUR + 150, NOW - HOUR // 2, NOW, NOW + 2 * HOUR])
windows = st.tuples(ends, ends)


def wanted(place: FakeLogs, query: Query) -> Counter[str]:
    return Counter(
        event.eventId
        for events in place.groups.values()
        for event in events
        if query.in_window(event.timestamp)
        and (not query.literals or any(literal in event.message for literal in query.literals))
    )


def ids(events: list[Event]) -> Counter[str]:
    return Counter(event.event_id for event in Collection(events))


@settings(max_examples=150, deadline=None)
@given(places(), windows, st.sampled_from([None, NOW - 40 * 24 * HOUR]))
def test_a_window_is_read_whole(
    place: FakeLogs, window: tuple[int | None, int | None], created: int | None
) -> None:
    """Page sizes, empty pages, densities, equal times, orders and cuts change nothing."""
    query = Query(since=window[0], until=window[1])
    reading = Reading.of(query, "source", Experience())
    crew = Crew("source", SETTINGS, size=6)
    crew.add(tasks_of(place.all_groups(created=created), query, SETTINGS, reading))
    events, endings = run_all(crew)
    assert ids(events) == wanted(place, query)
    assert not any(ending.gaps for ending in endings)


@settings(max_examples=50, deadline=None)
@given(places(), windows)
def test_literals_lose_nothing(place: FakeLogs, window: tuple[int | None, int | None]) -> None:
    """With patterns at the far end, every event that holds a literal comes."""
    query = Query(since=window[0], until=window[1], literals=("id0003x", "no-such-thing"))
    reading = Reading.of(query, "source", Experience())
    crew = Crew("source", SETTINGS, size=6)
    crew.add(tasks_of(place.all_groups(), query, SETTINGS, reading))
    events, _ = run_all(crew)
    assert ids(events) == wanted(place, query)


@settings(max_examples=100, deadline=None)
@given(
    places(order="time"),
    st.sampled_from(["served", "ignored", "refused"]),
    windows,
    st.sampled_from([None, NOW - 20 * 24 * HOUR]),
)
def test_newest_first_is_in_order_and_whole(
    place: FakeLogs,
    direction: str,
    window: tuple[int | None, int | None],
    created: int | None,
) -> None:
    """Whether the service gives the newest first or not: all events come, each after younger ones.

    Without repeats: whoever takes the first ten must have ten.
    """
    place.direction = direction  # type: ignore[assignment]
    query = Query(since=window[0], until=window[1], newest_first=True)
    reading = Reading.of(query, "source", Experience())
    crew = Crew("source", SETTINGS, size=6)
    groups = place.all_groups(created=created)
    events = list(read_newest(groups, query, SETTINGS, reading, crew, lambda _: None))
    assert [event.order for event in events] == sorted(
        (event.order for event in events), reverse=True
    )
    inside = Query(since=query.since or (created and created - 14 * 24 * HOUR), until=query.until)
    assert Counter(event.event_id for event in events) == wanted(place, inside)


@settings(max_examples=50, deadline=None)
@given(times, windows)
def test_windows_back_in_time_are_in_order_and_whole(
    moments: list[int], window: tuple[int | None, int | None]
) -> None:
    """Parts that are read whole, each before the last one, are the window."""
    query = Query(since=window[0], until=window[1], newest_first=True)
    place = FakeLogs({"g": []})
    events = [Event(time, "m", "g", "s", event_id(time, n)) for n, time in enumerate(moments)]
    got = list(
        in_windows(
            place.all_groups(),
            query,
            SETTINGS,
            lambda part: (event for event in events if part.in_window(event.timestamp)),
        )
    )
    assert got == sorted(
        (event for event in events if query.in_window(event.timestamp)),
        key=lambda event: event.order,
        reverse=True,
    )


@st.composite
def some_spans(draw: st.DrawFn) -> tuple[Span, ...]:
    spans = []
    for _ in range(draw(st.integers(1, 12))):
        since = (
            NOW
            - HOUR
            + draw(st.sampled_from([-5000, 0, 1, 300, 40_000, *range(0, HOUR, HOUR // 4)]))
        )
        until = since + draw(st.sampled_from([0, 1, 50, 3000, 60_000, 35 * 60_000]))
        group = draw(st.sampled_from(["/aws/lambda/a", "/aws/lambda/b", "/elsewhere"]))
        spans.append(Span(group, draw(st.sampled_from(["s1", "s2", "s3", "gone"])), since, until))
    return tuple(spans)


@settings(max_examples=150, deadline=None)
@given(places(), some_spans(), st.sampled_from([(1, 1), (7, 1), (50, 1)]))
def test_spans_are_read_whole(
    place: FakeLogs, spans: tuple[Span, ...], pages: tuple[int, int]
) -> None:
    """Whichever operation reads them: the events of the spans come, all of them and no others."""
    groups = place.all_groups()
    experience = Experience()
    for group in groups:
        experience.pages[id(place), group.name] = pages
    reading = Reading("source", experience)
    crew = Crew("source", SETTINGS, size=6)
    crew.add(tasks_of_spans(groups_of_spans(groups, spans, experience), reading))
    events, endings = run_all(crew)
    expected = Counter(
        event.message
        for group, held in place.groups.items()
        for event in held
        if any(
            (span.log_group, span.log_stream) == (group, event.logStreamName)
            and span.since <= event.timestamp < span.until
            for span in spans
        )
    )
    assert Counter(event.message for event in Collection(events)) == expected
    assert not any(ending.gaps for ending in endings)


@given(some_spans())
def test_clusters_cover_their_spans_and_little_else(spans: tuple[Span, ...]) -> None:
    """Each span lies in a cluster, and no cluster's window is longer than two of its spans."""
    clusters = cluster_spans(spans)
    for span in spans:
        assert any(
            part.since <= span.since and span.until <= part.until and part[:2] == span[:2]
            for cluster in clusters
            for part in cluster
        )
    for cluster in clusters:
        window = max(s.until for s in cluster) - min(s.since for s in cluster)
        assert window <= 2 * max(span.until - span.since for span in cluster)
