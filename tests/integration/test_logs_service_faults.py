"""The stand-in for CloudWatch Logs: what goes wrong on purpose."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
)
from logs_clients import messages, refusal
from logs_faults import Cut
from logs_service import LogsService

START = 1_750_000_000_000
GROUP = "/aws/lambda/shop"


@pytest.fixture
def filled(cloudwatch: LogsService) -> LogsService:
    """Give a service with one event."""
    cloudwatch.put(GROUP, "a", [(START, "x")])
    return cloudwatch


def test_throttling_by_count(filled: LogsService) -> None:
    """So many calls of one operation are throttled, with HTTP 400; others are not."""
    client = filled.client()
    fault = filled.throttle("FilterLogEvents", times=2)
    with pytest.raises(ClientError) as caught:
        client.filter_log_events(logGroupName=GROUP)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert client.describe_log_groups()["logGroups"]
    call = client.filter_log_events
    assert refusal(call, logGroupName=GROUP) == "ThrottlingException: Rate exceeded"
    assert messages(call, logGroupName=GROUP) == ["x"]
    assert fault.hits == 2
    assert len(filled.calls("FilterLogEvents", "ThrottlingException")) == 2


def test_throttling_by_rate(filled: LogsService) -> None:
    """A limit holds for each account, region and operation, and fills up again with time."""
    filled.limit("FilterLogEvents", per_second=20, burst=2)
    client = filled.client()
    call = client.filter_log_events
    for _ in range(2):
        call(logGroupName=GROUP)
    assert "Throttling" in refusal(call, logGroupName=GROUP)
    assert client.describe_log_groups()["logGroups"]
    elsewhere = filled.client(region="eu-west-1")
    assert "NotFound" in refusal(elsewhere.filter_log_events, logGroupName=GROUP)
    time.sleep(0.06)
    call(logGroupName=GROUP)
    filled.limit("FilterLogEvents", None)
    for _ in range(5):
        call(logGroupName=GROUP)


def test_throttling_by_chance(filled: LogsService) -> None:
    """With a probability some calls are throttled and some are not."""
    fault = filled.throttle("*", probability=0.5)
    client = filled.client()
    for _ in range(60):
        with contextlib.suppress(ClientError):
            client.describe_log_groups()
    throttled = filled.calls("DescribeLogGroups", "ThrottlingException")
    assert len(throttled) == fault.hits
    assert 10 < fault.hits < 50


def test_failures_of_the_service(filled: LogsService) -> None:
    """Errors of 5xx come with their status."""
    client = filled.client()
    for status in (500, 503):
        filled.fail("FilterLogEvents", status, times=1)
        with pytest.raises(ClientError) as caught:
            client.filter_log_events(logGroupName=GROUP)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_denied_group(filled: LogsService) -> None:
    """One group can be denied: the answer names the action and the group."""
    filled.create_group("open")
    filled.deny("FilterLogEvents", group=GROUP)
    call = filled.client().filter_log_events
    refused = refusal(call, logGroupName=GROUP)
    assert refused.startswith("AccessDeniedException: User: ")
    assert (
        f"logs:FilterLogEvents on resource: arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"
        in (refused)
    )
    arn = filled.world.groups[filled.world.account, GROUP].arn
    assert "AccessDenied" in refusal(call, logGroupIdentifier=arn)
    assert messages(call, logGroupName="open") == []


def test_expired_credentials(filled: LogsService) -> None:
    """An access key can expire: every call with it says so, others go on."""
    filled.expired_keys.add("old")
    call = filled.client(key="old").filter_log_events
    assert refusal(call, logGroupName=GROUP).startswith("ExpiredTokenException: ")
    assert messages(filled.client().filter_log_events, logGroupName=GROUP) == ["x"]


def test_cut_connections(filled: LogsService) -> None:
    """A connection that is closed before the answer is an error that botocore knows."""
    filled.cut("FilterLogEvents", times=1)
    call = filled.client().filter_log_events
    with pytest.raises(ConnectionClosedError):
        call(logGroupName=GROUP)
    assert messages(call, logGroupName=GROUP) == ["x"]
    assert [request.answer for request in filled.calls("FilterLogEvents")] == ["cut", "ok"]


@pytest.mark.parametrize("where", ["headers", "body"])
def test_cut_answers(filled: LogsService, where: Cut) -> None:
    """An answer can be cut short; botocore makes an empty one of it, and nothing tells."""
    fault = filled.cut("FilterLogEvents", where, times=1)
    call = filled.client().filter_log_events
    answer = call(logGroupName=GROUP)
    assert "events" not in answer
    assert int(answer["ResponseMetadata"]["HTTPHeaders"]["content-length"]) > 0
    assert fault.hits == 1
    assert messages(call, logGroupName=GROUP) == ["x"]


def test_delays_do_not_hold_others_up(filled: LogsService) -> None:
    """A delayed answer keeps its own connection waiting, and no other."""
    filled.delay("FilterLogEvents", 0.3, times=10)
    client = filled.client()
    started = time.monotonic()
    threads = [
        threading.Thread(target=client.filter_log_events, kwargs={"logGroupName": GROUP})
        for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    client.describe_log_groups()
    for thread in threads:
        thread.join()
    # One after the other they would take 3 seconds.
    assert 0.3 <= time.monotonic() - started < 3
    assert all(request.took >= 0.3 for request in filled.calls("FilterLogEvents"))


def test_stopped_and_started(filled: LogsService) -> None:
    """While it is stopped connections are refused; started again it is where it was."""
    client = filled.client()
    url = filled.url
    assert messages(client.filter_log_events, logGroupName=GROUP) == ["x"]
    filled.stop()
    with pytest.raises(EndpointConnectionError):
        client.filter_log_events(logGroupName=GROUP)
    filled.start()
    assert filled.url == url
    assert messages(client.filter_log_events, logGroupName=GROUP) == ["x"]


def test_connections_are_kept(filled: LogsService) -> None:
    """A connection serves call after call until it is cut."""
    client = filled.client()
    for _ in range(5):
        client.filter_log_events(logGroupName=GROUP)
    assert filled.accepted == 1
    filled.cut_connections()
    client.filter_log_events(logGroupName=GROUP)
    assert filled.accepted == 2
