"""The stand-in for CloudWatch Logs, asked by botocore's own client: groups, streams, events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from logs_service import LogsService

START = 1_750_000_000_000
GROUP = "/aws/lambda/shop"


def refusal(call: Any, **given: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**given)
    error = caught.value.response["Error"]
    return f"{error['Code']}: {error['Message']}"


def pages(call: Any, **given: Any) -> Iterator[dict[str, Any]]:
    while True:
        page = call(**given)
        yield page
        if "nextToken" not in page:
            return
        given["nextToken"] = page["nextToken"]


def messages(call: Any, **given: Any) -> list[str]:
    return [event["message"] for page in pages(call, **given) for event in page["events"]]


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
