"""The stand-in for CloudWatch Logs, asked by botocore's own client: groups, streams, events."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from logs_clients import messages, pages, refusal
from logs_service import LogsService

START = 1_750_000_000_000
GROUP = "/aws/lambda/shop"


def test_orders_by_time_then_ingestion_then_put(cloudwatch: LogsService) -> None:
    """FilterLogEvents sorts by timestamp, then ingestion time, then put and place in the put."""
    cloudwatch.clock.set(START + 1000)
    cloudwatch.put(GROUP, "b", [(START + 5, "third"), (START + 5, "fourth")])
    cloudwatch.put(GROUP, "a", [(START + 5, "fifth"), (START, "first")])
    cloudwatch.put(GROUP, "a", [(START + 5, "second")], ingested=START + 900)
    client = cloudwatch.client()
    found = client.filter_log_events(logGroupName=GROUP)["events"]
    assert [event["message"] for event in found] == ["first", "second", "third", "fourth", "fifth"]
    ids = [event["eventId"] for event in found]
    assert ids == sorted(ids)
    assert {len(identifier) for identifier in ids} == {56}
    assert found[1]["ingestionTime"] == START + 900


def test_bounds_of_time(cloudwatch: LogsService) -> None:
    """FilterLogEvents includes both bounds, GetLogEvents excludes the end."""
    cloudwatch.put(GROUP, "a", [(START + n, str(n)) for n in range(5)])
    client = cloudwatch.client()
    window = {"startTime": START + 1, "endTime": START + 3}
    assert messages(client.filter_log_events, logGroupName=GROUP, **window) == ["1", "2", "3"]
    got = client.get_log_events(logGroupName=GROUP, logStreamName="a", **window)
    assert [event["message"] for event in got["events"]] == ["1", "2"]
    assert "eventId" not in got["events"][0]


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("empty", [0, 2])
def test_pages(cloudwatch: LogsService, empty: int, newest_first: bool) -> None:
    """Short and empty pages have tokens, and together they hold every event once, in order."""
    cloudwatch.put(GROUP, "a", [(START + n // 3, str(n)) for n in range(25)])
    cloudwatch.world.page_events = 10
    cloudwatch.world.empty_pages = empty
    given = {"logGroupName": GROUP, "startTime": START, "startFromHead": not newest_first}
    found = list(pages(cloudwatch.client().filter_log_events, **given))
    sizes = [len(page["events"]) for page in found]
    assert sizes == ([0, 0, 10, 0, 0, 10, 0, 0, 5, 0, 0, 0] if empty else [10, 10, 5])
    texts = [event["message"] for page in found for event in page["events"]]
    expected = [str(n) for n in range(25)]
    assert texts == (expected[::-1] if newest_first else expected)


def test_late_events_are_seen_when_they_are_ingested(cloudwatch: LogsService) -> None:
    """An event is there once the clock reaches its ingestion time; so is its stream."""
    cloudwatch.clock.set(START)
    cloudwatch.create_group(GROUP)
    cloudwatch.put(GROUP, "a", [(START - 500, "late")], ingested=START + 2000)
    client = cloudwatch.client()
    assert messages(client.filter_log_events, logGroupName=GROUP) == []
    assert client.describe_log_streams(logGroupName=GROUP)["logStreams"] == []
    cloudwatch.clock.advance(2000)
    assert messages(client.filter_log_events, logGroupName=GROUP) == ["late"]
    (stream,) = client.describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert stream["lastIngestionTime"] == START + 2000


def test_forward_and_backward_tokens(cloudwatch: LogsService) -> None:
    """GetLogEvents goes both ways; at either end the token repeats, until something new comes."""
    cloudwatch.put(GROUP, "a", [(START + n, str(n)) for n in range(7)])
    cloudwatch.world.page_events = 3
    client = cloudwatch.client()

    def get(**given: Any) -> tuple[str, str, str]:
        page = client.get_log_events(logGroupName=GROUP, logStreamName="a", **given)
        text = "".join(event["message"] for event in page["events"])
        return text, page["nextForwardToken"], page["nextBackwardToken"]

    text, ahead, back = get()
    assert text == "456"
    assert get(nextToken=ahead, startFromHead=True)[:2] == ("", ahead)
    text, again, back = get(nextToken=back)
    assert text == "123"
    assert get(nextToken=again, startFromHead=True)[0] == "456"
    text, _, back = get(nextToken=back)
    assert text == "0"
    assert get(nextToken=back)[::2] == ("", back)
    cloudwatch.put(GROUP, "a", [(START + 7, "7")])
    assert get(nextToken=ahead, startFromHead=True)[0] == "7"
    text, ahead, _ = get(startFromHead=True)
    assert text == "012"
    with cloudwatch.expecting("startFromHead must be true"):
        assert "InvalidParameter" in refusal(
            client.get_log_events, logGroupName=GROUP, logStreamName="a", nextToken=ahead
        )


def test_empty_pages_of_a_stream(cloudwatch: LogsService) -> None:
    """GetLogEvents may give empty pages with another token: only a repeated one is the end."""
    cloudwatch.put(GROUP, "a", [(START + n, str(n)) for n in range(4)])
    cloudwatch.world.page_events = 2
    cloudwatch.world.empty_pages = 1
    client = cloudwatch.client()
    for forward, name in ((True, "nextForwardToken"), (False, "nextBackwardToken")):
        given = {"logGroupName": GROUP, "logStreamName": "a", "startFromHead": forward}
        sizes = []
        while True:
            page = client.get_log_events(**given)
            sizes.append(len(page["events"]))
            if page[name] == given.get("nextToken"):
                break
            given["nextToken"] = page[name]
        assert sizes == [0, 2, 0, 2, 0, 0]


def test_a_page_holds_a_megabyte(cloudwatch: LogsService) -> None:
    """A page ends before 1 MB of messages, though not before its first event."""
    cloudwatch.put(GROUP, "a", [(START + n, "x" * 250_000) for n in range(10)])
    sizes = [
        len(page["events"])
        for page in pages(cloudwatch.client().filter_log_events, logGroupName=GROUP)
    ]
    assert sizes == [4, 4, 2]


def test_ten_thousand_events_a_page(cloudwatch: LogsService) -> None:
    """A page holds 10,000 events at most, or as many as `limit` says."""
    cloudwatch.put(GROUP, "a", [(START + n, "x") for n in range(10_001)])
    client = cloudwatch.client()
    assert len(client.filter_log_events(logGroupName=GROUP)["events"]) == 10_000
    assert len(client.filter_log_events(logGroupName=GROUP, limit=3)["events"]) == 3
    got = client.get_log_events(logGroupName=GROUP, logStreamName="a", limit=3)
    assert [event["timestamp"] - START for event in got["events"]] == [9998, 9999, 10_000]


def test_a_scan_that_finds_nothing_goes_on(cloudwatch: LogsService) -> None:
    """With `scan_events` a page may be empty because nothing matched so far."""
    cloudwatch.put(GROUP, "a", [(START + n, "needle" if n == 25 else "hay") for n in range(30)])
    cloudwatch.world.scan_events = 10
    found = list(
        pages(cloudwatch.client().filter_log_events, logGroupName=GROUP, filterPattern="needle")
    )
    assert [len(page["events"]) for page in found] == [0, 0, 1]


def test_tokens_belong_to_their_query(cloudwatch: LogsService) -> None:
    """A token is refused with other parameters, when it is unknown, and when it is too old."""
    cloudwatch.clock.set(START + 100)
    cloudwatch.put(GROUP, "a", [(START + n, str(n)) for n in range(5)])
    call = cloudwatch.client().filter_log_events
    given = {"logGroupName": GROUP, "startTime": START, "limit": 2}
    token = call(**given)["nextToken"]
    assert [event["message"] for event in call(**given, nextToken=token)["events"]] == ["2", "3"]
    # The documents leave direction and limit to each request.
    assert len(call(**{**given, "limit": 1}, startFromHead=True, nextToken=token)["events"]) == 1
    with cloudwatch.expecting("invalid for this query"):
        refusal(call, **{**given, "startTime": START + 1}, nextToken=token)
    with cloudwatch.expecting("nextToken is invalid"):
        refusal(call, **given, nextToken="made-up")
    cloudwatch.clock.advance(cloudwatch.world.token_life + 1)
    assert "expired" in refusal(call, **given, nextToken=token)
    fresh = call(**given)["nextToken"]
    cloudwatch.world.expire_tokens()
    assert "InvalidParameterException" in refusal(call, **given, nextToken=fresh)
    fresh = call(**given)["nextToken"]
    cloudwatch.delete_group(GROUP)
    cloudwatch.put(GROUP, "a", [(START, "again")])
    assert "InvalidParameterException" in refusal(call, **given, nextToken=fresh)


def test_newest_first_has_conditions(cloudwatch: LogsService) -> None:
    """Descending order needs a startTime in 2024 or later, and may be refused or ignored."""
    cloudwatch.put(GROUP, "a", [(START, "old"), (START + 1, "new")])
    call = cloudwatch.client().filter_log_events
    given = {"logGroupName": GROUP, "startFromHead": False}
    assert "InvalidParameterException" in refusal(call, **given)
    assert "2024-01-01" in refusal(call, **given, startTime=1_704_067_199_999)
    assert messages(call, **given, startTime=1_704_067_200_000) == ["new", "old"]
    cloudwatch.world.newest_first = "ignored"
    assert messages(call, **given, startTime=START) == ["old", "new"]
    cloudwatch.world.newest_first = "refused"
    assert "InvalidParameterException" in refusal(call, **given, startTime=START)


def test_streams_of_a_group(cloudwatch: LogsService) -> None:
    """Streams are picked by names, which must exist, or by a prefix; never by both."""
    for name in ("a1", "a2", "b1"):
        cloudwatch.put(GROUP, name, [(START, name)])
    call = cloudwatch.client().filter_log_events
    assert messages(call, logGroupName=GROUP, logStreamNames=["a2", "b1"]) == ["a2", "b1"]
    assert messages(call, logGroupName=GROUP, logStreamNamePrefix="a") == ["a1", "a2"]
    missing = refusal(call, logGroupName=GROUP, logStreamNames=["a1", "zz"])
    assert missing == "ResourceNotFoundException: The specified log stream does not exist."
    with cloudwatch.expecting("cannot both"):
        refusal(call, logGroupName=GROUP, logStreamNames=["a1"], logStreamNamePrefix="a")


def test_lone_surrogates_survive(cloudwatch: LogsService) -> None:
    """A message that JSON can spell and UTF-8 cannot is answered as it was put."""
    cloudwatch.put(GROUP, "a", [(START, "half \ud83d of it")])
    assert messages(cloudwatch.client().filter_log_events, logGroupName=GROUP) == [
        "half \ud83d of it"
    ]


def test_many_writers_and_readers(cloudwatch: LogsService) -> None:
    """With many threads at once nothing is lost, doubled or seen before its ingestion time."""
    cloudwatch.create_group(GROUP)
    put: list[str] = []

    def write(number: int) -> None:
        for turn in range(100):
            now = cloudwatch.clock()
            events = [(now - 50 * number, f"{number}/{turn}/{place}") for place in range(3)]
            put.extend(cloudwatch.put(GROUP, f"s{number}", events, ingested=now + turn % 30))

    def read() -> list[str]:
        found = []
        for page in pages(cloudwatch.client().filter_log_events, logGroupName=GROUP, limit=500):
            now = cloudwatch.clock()
            assert all(event["ingestionTime"] <= now for event in page["events"])
            found.extend(event["eventId"] for event in page["events"])
        return found

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write, number) for number in range(6)]
        while not all(writer.done() for writer in writers):
            found = read()
            assert found == sorted(set(found))
        for writer in writers:
            writer.result()
    cloudwatch.clock.advance(30)
    assert read() == sorted(put)
    assert len(put) == 1800
