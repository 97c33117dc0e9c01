"""Both engines over the same log groups: the answers are the same."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from insights_reading import quick
from logs_fixtures import running
from logs_service import LogsService

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.model import Event, Query
from slsloggrep.sources.base import Settings, open_source
from slsloggrep.sources.demo import story
from slsloggrep.stitch import Collection

__all__ = ["quick"]

NOW = 1_795_453_200_000


@pytest.fixture(scope="module")
def shop() -> Iterator[LogsService]:
    """Give a service that holds the demo's events."""
    with running() as service:
        service.clock.set(NOW)
        streams: dict[tuple[str, str], list[Event]] = {}
        demo = open_source("demo:", Settings(now=NOW))
        for event in Collection(demo.fetch(Query(), lambda _: None)):
            if event.log_group and event.log_stream:
                streams.setdefault((event.log_group, event.log_stream), []).append(event)
        for (group, stream), events in streams.items():
            service.put(group, stream, [(event.timestamp, event.message) for event in events])
        yield service


@pytest.fixture
def reached(shop: LogsService, monkeypatch: pytest.MonkeyPatch) -> LogsService:
    """Give the service and an environment that leads to it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_LOGS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", shop.url)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent/config")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    shop.requests.clear()
    return shop


def ask(*arguments: str) -> tuple[int, dict[str, Any], str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=False,
        width=100,
        clock=lambda: NOW,
    )
    options = ["-S", "cloudwatch:", "-g", "*", "--rate", "5000", "-s", "4h", "-o", "json"]
    code = run([*arguments, *options], environment)
    return code, json.loads(stdout.getvalue() or "{}"), stderr.getvalue()


def without_ids(value: Any) -> Any:
    """Return a document without what only FilterLogEvents tells, the ID of an event."""
    if isinstance(value, dict):
        return {
            key: without_ids(item)
            for key, item in value.items()
            if key not in ("id", "event_id", "coverage")
        }
    return [without_ids(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("lead", range(len(story(NOW))))
def test_a_trace_is_the_same_by_both_engines(reached: LogsService, lead: int) -> None:
    """Members, times, outcomes, responses and evidence: Insights misses nothing of a trace."""
    identifier = story(NOW)[lead].identifier
    by_filter = ask("trace", identifier, "--engine", "filter")
    assert not reached.calls("StartQuery")
    reached.requests.clear()
    by_insights = ask("trace", identifier, "--engine", "insights")
    assert not reached.calls("FilterLogEvents")
    assert not reached.calls("GetLogEvents")
    assert by_insights[0] == by_filter[0] == 0
    assert outline(by_insights[1]) == outline(by_filter[1])
    assert "Insights scanned" in by_insights[2]


def outline(document: dict[str, Any]) -> Any:
    """Return a trace with the lines of one millisecond in an order of their own.

    Insights gives them in any order, and nothing tells the right one.
    """
    document = without_ids(document)
    for invocation in document["transaction"]["invocations"]:
        invocation["events"].sort(key=lambda event: (event["timestamp"], event["message"]))
    document["transaction"]["unattributed"].sort(key=json.dumps)
    return document


def test_a_search_is_the_same_by_both_engines(reached: LogsService) -> None:
    """The same events match."""
    by_filter = ask("grep", "order", "--engine", "filter")
    by_insights = ask("grep", "order", "--engine", "insights")
    assert by_insights[0] == by_filter[0] == 0
    events = [
        sorted(without_ids(answer[1])["events"], key=json.dumps)
        for answer in (by_filter, by_insights)
    ]
    assert len(events[0]) > 100
    assert events[0] == events[1]
