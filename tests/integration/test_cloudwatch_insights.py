"""Insights as an engine, against the strict stand-in and moto, over real sockets."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from insights_reading import HOUR, NAME, T0, Reading, few_rows, quick, settings_for, window
from logs_service import LogsService

from slsloggrep.model import Query, Span
from slsloggrep.sources.cloudwatch import insights
from slsloggrep.sources.cloudwatch.estimate import take_bill
from slsloggrep.sources.cloudwatch.insights_query import text_of
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.places import Places

__all__ = ["few_rows", "quick"]


def test_the_far_end_searches_and_this_one_gets_whole_events(cloudwatch: LogsService) -> None:
    """Rows become events as they were stored, with group and stream; others are not sent."""
    cloudwatch.put("/aws/lambda/a", "2026/11/23/[$LATEST]aa11", [(T0 + 7, "order ord-12 in\n")])
    cloudwatch.put("/aws/lambda/b", "s", [(T0 + 9, '{"id":"ord\\u002d12"}'), (T0, "else")])
    reading = Reading(window(literals=("ord-12",)))
    assert [(e.timestamp, e.message, e.log_group, e.log_stream) for e in reading.events] == [
        (T0 + 7, "order ord-12 in\n", "/aws/lambda/a", "2026/11/23/[$LATEST]aa11"),
        (T0 + 9, '{"id":"ord\\u002d12"}', "/aws/lambda/b", "s"),
    ]
    assert {(event.event_id, event.source) for event in reading.events} == {("", NAME)}
    assert reading.coverage.complete
    assert reading.coverage.events == 2
    (run,) = cloudwatch.world.insights.queries.values()
    assert len(run.rows) == 2


@pytest.mark.parametrize("whole_last_second", [True, False])
def test_a_window_is_exact_to_the_millisecond(
    cloudwatch: LogsService, whole_last_second: bool
) -> None:
    """StartQuery takes seconds, and reads the last of them in one of two ways: no matter."""
    cloudwatch.world.insights.whole_last_second = whole_last_second
    times = [T0 + 1499, T0 + 1500, T0 + 1999, T0 + 2000, T0 + 3500, T0 + 3501]
    cloudwatch.put("g", "s", [(time, str(time - T0)) for time in times])
    reading = Reading(window(T0 + 1500, T0 + 3501))
    assert reading.messages == ["1500", "1999", "2000", "3500"]


@pytest.mark.parametrize("whole_last_second", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_an_answer_that_was_cut_is_completed_without_a_row_twice(
    cloudwatch: LogsService, few_rows: int, seed: int, whole_last_second: bool
) -> None:
    """However unevenly events lie in time, each comes once, and each row limit is noticed."""
    dice = random.Random(seed)
    cloudwatch.world.insights.whole_last_second = whole_last_second
    cloudwatch.world.insights.polls = dice.choice([0, 2])
    cloudwatch.world.insights.page_rows = dice.choice([7, 40, 10_000])
    put: Counter[tuple[str, str]] = Counter()
    for group in ("/aws/lambda/a", "/aws/lambda/b", "/aws/lambda/c"):
        times = [T0 + dice.randrange(HOUR) for _ in range(200)]
        burst = T0 + dice.randrange(HOUR - 5000)
        times += [burst + dice.randrange(3000) for _ in range(400)]  # seconds of more than a page
        times += [burst] * 60  # and a millisecond of nearly one, in each group
        events = [(time, f"line {number}") for number, time in enumerate(sorted(times))]
        put.update((group, message) for _, message in events)
        cloudwatch.put(group, "s", events)
    reading = Reading(window())
    assert Counter((event.log_group, event.message) for event in reading.events) == put
    assert reading.coverage.gaps == ()
    assert reading.coverage.events == sum(put.values())
    assert all(len(run.rows) <= few_rows for run in cloudwatch.world.insights.queries.values())


def test_what_cannot_be_divided_is_told(cloudwatch: LogsService, few_rows: int) -> None:
    """More rows in one millisecond of one group than an answer holds: a gap, and what there is."""
    cloudwatch.put("a", "s", [(T0 + 5, f"x{number}") for number in range(few_rows + 1)])
    cloudwatch.put("b", "s", [(T0 + 5, f"y{number}") for number in range(few_rows)])
    cloudwatch.put("b", "s", [(T0 + 6, "later")])
    reading = Reading(window())
    found = Counter(event.message[0] for event in reading.events)
    assert found == {"x": few_rows, "y": few_rows, "l": 1}
    (gap,) = reading.coverage.gaps
    assert gap.what == "a"
    assert "more rows than 100, which Insights gives (2026-11-23T17:00:00.005Z to" in gap.reason


def test_a_service_that_heeds_no_milliseconds_is_not_asked_for_ever(
    cloudwatch: LogsService, few_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a second cannot be divided, its groups are, and what is left is told."""
    monkeypatch.setattr(
        insights, "text_of", lambda ask, limit: text_of(replace(ask, exact=False), limit)
    )
    cloudwatch.put("a", "s", [(T0 + n % 900, f"x{n}") for n in range(2 * few_rows)])
    cloudwatch.put("b", "s", [(T0 + n % 900, f"y{n}") for n in range(few_rows)])
    reading = Reading(window())
    found = Counter(event.message[0] for event in reading.events)
    assert found["y"] == few_rows
    assert few_rows <= found["x"] < 2 * few_rows
    assert max(Counter(reading.messages).values()) == 1
    assert {gap.what for gap in reading.coverage.gaps} == {"a"}
    assert len(cloudwatch.world.insights.queries) < 20


def test_a_cut_answer_is_not_read_all_over_again(cloudwatch: LogsService, few_rows: int) -> None:
    """What an answer held is kept: only the rest is asked for, so nothing is scanned in vain."""
    cloudwatch.put("g", "s", [(T0 + n * 1000, f"{n}") for n in range(4 * few_rows)])
    reading = Reading(window())
    assert len(reading.events) == 4 * few_rows
    runs = list(cloudwatch.world.insights.queries.values())
    assert sum(run.statistics["recordsScanned"] for run in runs) < 8 * few_rows
    assert sorted(run.start for run in runs)[1] >= T0 // 1000 + few_rows - 1


def test_pages_are_followed_by_their_tokens(cloudwatch: LogsService) -> None:
    """All pages of an answer are read, though botocore has no paginator for them."""
    cloudwatch.world.insights.page_rows = 10
    cloudwatch.put("g", "s", [(T0 + n // 3, f"{n:03d}") for n in range(95)])
    reading = Reading(window())
    assert reading.messages == [f"{n:03d}" for n in range(95)]
    assert len(cloudwatch.world.insights.queries) == 1
    assert len(cloudwatch.calls("GetQueryResults")) >= 10


def test_stretches_of_streams_come_whole_and_alone(cloudwatch: LogsService) -> None:
    """Spans are read by their streams, whatever their names, within their times only."""
    odd = 'we"ird\\name $1'
    for stream in ("2026/11/23/[$LATEST]aa", "other", odd):
        cloudwatch.put("g", stream, [(T0 + n * 1000, f"{stream} {n}") for n in range(10)])
    cloudwatch.put("h", "other", [(T0 + 1000, "another group")])
    spans = (
        Span("g", "2026/11/23/[$LATEST]aa", T0 + 2000, T0 + 4000),
        Span("g", "2026/11/23/[$LATEST]aa", T0 + 3000, T0 + 4001),
        Span("g", odd, T0 + 8000, T0 + 9000),
        Span("nowhere", "s", T0, T0 + 9000),
    )
    reading = Reading(Query(spans=spans))
    assert reading.messages == sorted(
        [f"2026/11/23/[$LATEST]aa {n}" for n in (2, 3, 4)] + [f"{odd} 8"]
    )
    assert reading.coverage.complete


def test_what_window_and_stretches_both_want_comes_once(cloudwatch: LogsService) -> None:
    """A query with literals and spans yields each event once."""
    cloudwatch.put("g", "s", [(T0 + n, "ord-1" if n % 2 else "start") for n in range(10)])
    span = Span("g", "s", T0 + 4, T0 + 8)
    reading = Reading(window(literals=("ord-1",), spans=(span,)))
    times = [event.timestamp - T0 for event in reading.events]
    assert sorted(times) == [1, 3, 4, 5, 6, 7, 9]


def test_many_literals_go_in_several_queries_and_count_once(cloudwatch: LogsService) -> None:
    """A query string has a length; an event with literals of two of them is one event."""
    words = [f"request{number:04d}word" for number in range(1000)]
    cloudwatch.put("g", "s", [(T0, f"{words[0]} and {words[-1]}"), (T0, words[500]), (T0, "no")])
    reading = Reading(window(literals=tuple(words)))
    assert reading.messages == sorted([f"{words[0]} and {words[-1]}", words[500]])
    assert len(cloudwatch.world.insights.queries) > 1


def test_the_same_line_twice_in_a_millisecond_stays_two_lines(cloudwatch: LogsService) -> None:
    """Positions keep rows without IDs apart, and put the platform's lines where they belong."""
    lines = [
        "START RequestId: 1\n",
        "tick\n",
        "tick\n",
        "END RequestId: 1\n",
        "REPORT RequestId: 1",
    ]
    cloudwatch.put("g", "s", [(T0, line) for line in lines])
    reading = Reading(window())
    ordered = sorted(reading.events, key=lambda event: event.order)
    assert [event.message for event in ordered] == lines
    assert len({(event.container, event.position) for event in reading.events}) == 5


def test_classes_are_asked_apart(cloudwatch: LogsService) -> None:
    """One query never mixes log classes."""
    cloudwatch.create_group("cold", log_group_class="INFREQUENT_ACCESS")
    for group in ("cold", "warm"):
        cloudwatch.put(group, "s", [(T0, group)])
    assert Reading(window()).messages == ["cold", "warm"]


def test_a_whole_prefix_is_named_by_source(cloudwatch: LogsService) -> None:
    """Where all groups under a prefix are meant and are many, one query names the prefix."""
    for number in range(60):
        cloudwatch.put(f"/aws/lambda/f{number:02d}", "s", [(T0, f"{number:02d}")])
    reading = Reading(window(), prefix="/aws/lambda/")
    assert len(reading.messages) == 60
    assert reading.coverage.complete
    (call,) = cloudwatch.calls("StartQuery")
    assert call.given["queryString"].startswith(
        "SOURCE logGroups(namePrefix: ['/aws/lambda/']) | fields @timestamp"
    )
    cloudwatch.put("/aws/lambda/new", "s", [(T0, "not asked for")])
    reading = Reading(window(), groups=reading.groups, prefix="/aws/lambda/")
    assert len(reading.messages) == 60
    assert reading.coverage.complete


def test_what_was_scanned_is_told_with_its_price(cloudwatch: LogsService) -> None:
    """A note for what was scanned since the last one, with what it comes to by now."""
    message = "x" * 1_000_000
    cloudwatch.put("g", "s", [(T0 + n, message) for n in range(3)])
    settings = settings_for()
    assert take_bill(settings) == ()
    Reading(window(literals=("y",)), settings)
    (note,) = take_bill(settings)
    assert note == (
        "Insights scanned 3.0 MB, less than $0.01 at $0.005 per GB (us-east-1's price; other "
        "regions differ), in 1 query"
    )
    assert take_bill(settings) == ()
    Reading(window(literals=("y",)), settings)
    (note,) = take_bill(settings)
    assert note.startswith("Insights scanned 6.0 MB, ")
    assert note.endswith(" by now, in 1 query more")


def test_a_window_up_to_now_says_that_insights_lags(cloudwatch: LogsService) -> None:
    """An empty answer about the last minutes cannot be trusted without a word."""
    cloudwatch.create_group("g")
    late = settings_for(now=T0 + HOUR + 60_000)
    assert any("last few minutes" in note for note in Reading(window(), late).coverage.notes)
    assert not any("last few" in note for note in Reading(window()).coverage.notes)


def test_a_large_price_is_told_before_it_is_spent(cloudwatch: LogsService) -> None:
    """More than some cents are announced at once, not in the notes at the end."""
    cloudwatch.create_group("g", created=T0 - 24 * HOUR, stored_bytes=1_000_000_000_000)
    said: list[str] = []
    Reading(window(T0 - 24 * HOUR, T0), settings_for(say=said.append))
    (announcement,) = said
    assert announcement.startswith(
        "Insights is about to scan about 500.0 GB, about $2.50 at $0.005"
    )


def test_linked_groups_of_the_same_name_are_told_apart(cloudwatch: LogsService) -> None:
    """Groups of other accounts are named by their ARNs, and rows are matched by account."""
    other = "222222222222"
    cloudwatch.put("g", "mine", [(T0, "mine")])
    cloudwatch.world.create_group("g", account=other)
    cloudwatch.put("g", "theirs", [(T0, "theirs")], account=other)
    settings = settings_for()
    logs = Places(NAME, settings).all[0]
    linked = [
        Group(name=g.name, arn=g.arn, logs=logs, linked=True)
        for g in logs.describe_groups(linked=True)
    ]
    assert len(linked) == 2
    assert Reading(window(), settings, groups=linked).messages == ["mine", "theirs"]
    only = [group for group in linked if f":{other}:" in group.arn]
    assert Reading(window(), settings, groups=only).messages == ["theirs"]


def test_functions_that_share_a_group_are_told_by_their_streams(cloudwatch: LogsService) -> None:
    """Of a shared group, the streams of other functions are left out."""
    for function in ("cart", "mail"):
        cloudwatch.put("shared", f"2026/11/23/{function}[$LATEST]{'a' * 32}", [(T0, function)])
    settings = settings_for()
    logs = Places(NAME, settings).all[0]
    group = Group(name="shared", logs=logs, functions=frozenset({"cart"}))
    assert Reading(window(), settings, groups=[group]).messages == ["cart"]


def test_moto_gives_the_same(aws: Any) -> None:
    """A service that runs no filter and writes times as numbers is read right, too."""
    client = aws.client("logs")
    now = 1000 * (time.time_ns() // 10**9)
    for group in ("a", "b"):
        client.create_log_group(logGroupName=group)
        client.create_log_stream(logGroupName=group, logStreamName="s")
        client.put_log_events(
            logGroupName=group,
            logStreamName="s",
            logEvents=[
                {"timestamp": now - 5000 + n * 100, "message": f"{group}{n % 7}"} for n in range(40)
            ],
        )
    settings = settings_for(now=now, endpoint_url=aws.url, regions=("us-east-1",))
    reading = Reading(window(now - 4950, now - 2000, literals=("a3",)), settings)
    assert [(e.timestamp - now, e.message, e.log_group) for e in reading.events] == [
        (-4700, "a3", "a"),
        (-4000, "a3", "a"),
        (-3300, "a3", "a"),
        (-2600, "a3", "a"),
    ]
    assert reading.coverage.complete
