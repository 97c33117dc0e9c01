"""The proxy that puts latency before every exchange, in front of the stand-in."""

from __future__ import annotations

import importlib.util
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from logs_clients import messages
from logs_service import LogsService

PROXY = Path(__file__).parents[1] / "bench" / "latency_proxy.py"
START = 1_750_000_000_000
GROUP = "/aws/lambda/shop"


@pytest.fixture
def proxied(cloudwatch: LogsService) -> Callable[[float], Any]:
    """Give a function that makes a proxy in front of the service, with a delay in ms."""
    spec = importlib.util.spec_from_file_location("latency_proxy", PROXY)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    cloudwatch.put(GROUP, "a", [(START + n, f"{n:04d} " + "x" * 3000) for n in range(900)])
    cloudwatch.world.page_bytes = 10_000_000
    return lambda ms: module.LatencyProxy(cloudwatch.url.removeprefix("http://"), ms)


def test_each_request_is_delayed_once(
    cloudwatch: LogsService, proxied: Callable[[float], Any]
) -> None:
    """On a connection that is kept each request is delayed, once, however large its parts."""
    with proxied(50) as proxy:
        client = cloudwatch.client(url=proxy.url)
        for _ in range(3):
            started = time.monotonic()
            assert len(messages(client.filter_log_events, logGroupName=GROUP)) == 900
            assert time.monotonic() - started >= 0.05
        names = [f"{'s' * 500}{number}" for number in range(100)]
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            client.filter_log_events(logGroupName=GROUP, logStreamNames=names)
        client.close()
        assert (proxy.requests, proxy.connections) == (4, 1)


def test_connections_do_not_wait_for_each_other(
    cloudwatch: LogsService, proxied: Callable[[float], Any]
) -> None:
    """A hundred connections are delayed side by side."""
    with proxied(100) as proxy:
        clients = [cloudwatch.client(url=proxy.url) for _ in range(4)]
        threads = [
            threading.Thread(target=client.describe_log_groups)
            for client in clients
            for _ in range(10)
        ]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # One after the other they would take 4 seconds in the proxy alone.
        assert time.monotonic() - started < 3.5
        assert proxy.requests == 40
        for client in clients:
            client.close()


def test_streams_pass_as_they_come(
    cloudwatch: LogsService, proxied: Callable[[float], Any]
) -> None:
    """An event stream goes through frame by frame, and ends when either side ends."""
    cloudwatch.world.live.interval = 0.05
    arn = cloudwatch.world.groups[cloudwatch.world.account, GROUP].arn
    with proxied(20) as proxy:
        client = cloudwatch.client(url=proxy.url, read_timeout=10)
        stream = client.start_live_tail(logGroupIdentifiers=[arn])["responseStream"]
        found = iter(stream)
        assert "sessionStart" in next(found)
        cloudwatch.put(GROUP, "a", [(START, "live")])
        update = next(
            event["sessionUpdate"] for event in found if event["sessionUpdate"]["sessionResults"]
        )
        assert update["sessionResults"][0]["message"] == "live"
        stream.close()
        for _ in range(100):
            if cloudwatch.world.live.open == 0:
                break
            time.sleep(0.05)
        assert cloudwatch.world.live.open == 0
