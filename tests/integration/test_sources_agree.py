"""One set of events in CloudWatch, in S3 and in files: the answers are the same, byte for byte."""

from __future__ import annotations

import gzip
import io
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import FakeAws

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.model import Event, Query
from slsloggrep.sources.base import Settings, open_source
from slsloggrep.sources.demo import story
from slsloggrep.stitch import Collection

BATCH = 500


class Loaded(NamedTuple):
    """Where the same events lie three times, and what there is to look for."""

    urls: dict[str, list[str]]
    now: int
    identifiers: list[str]


class Answer(NamedTuple):
    code: int
    document: dict[str, Any]
    stderr: str


@pytest.fixture
def loaded(aws: FakeAws, bucket: Callable[[dict[str, bytes]], str], tmp_path: Path) -> Loaded:
    """Load the demo's events into CloudWatch, and archive them as CloudWatch would."""
    now = time.time_ns() // 1_000_000
    put_events(aws, demo_events(now))
    objects = archive(aws)
    for name, data in objects.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return Loaded(
        {
            "cloudwatch": [
                *("-S", "cloudwatch:", "-g", "*", "--rate", "1000"),
                *("--region", "us-east-1", "--endpoint-url", aws.url),
            ],
            "s3": ["-S", bucket(objects), "--endpoint-url", aws.url],
            "files": ["-S", str(tmp_path)],
        },
        now,
        [lead.identifier for lead in story(now)],
    )


def demo_events(now: int) -> Collection:
    """Return the demo's events, each once, without those that lost their stream."""
    demo = open_source("demo:", Settings(now=now))
    events = demo.fetch(Query(), lambda _: None)
    return Collection(event for event in events if event.log_group and event.log_stream)


def put_events(aws: FakeAws, events: Collection) -> None:
    """Put events into log groups of their names, stream by stream."""
    client = aws.client("logs")
    streams: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        streams.setdefault((event.log_group, event.log_stream), []).append(event)
    for group in dict.fromkeys(group for group, _ in streams):
        client.create_log_group(logGroupName=group)
    for (group, stream), held in streams.items():
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        for start in range(0, len(held), BATCH):
            client.put_log_events(
                logGroupName=group,
                logStreamName=stream,
                logEvents=[
                    {"timestamp": event.timestamp, "message": event.message}
                    for event in held[start : start + BATCH]
                ],
            )


def archive(aws: FakeAws) -> dict[str, bytes]:
    """Return objects with subscription envelopes of all that CloudWatch holds, under its IDs."""
    client = aws.client("logs")
    objects = {}
    groups = client.get_paginator("describe_log_groups").paginate().build_full_result()
    for number, group in enumerate(groups["logGroups"]):
        name = group["logGroupName"]
        streams: dict[str, list[dict[str, Any]]] = {}
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=name)
        for page in pages:
            for event in page["events"]:
                streams.setdefault(event["logStreamName"], []).append(
                    {
                        "id": event["eventId"],
                        "timestamp": event["timestamp"],
                        "message": event["message"],
                    }
                )
        envelopes = [
            {
                "messageType": "DATA_MESSAGE",
                "owner": "123456789012",
                "logGroup": name,
                "logStream": stream,
                "subscriptionFilters": ["all"],
                "logEvents": events,
            }
            for stream, events in streams.items()
        ]
        body = b"".join(json.dumps(envelope).encode() for envelope in envelopes)
        objects[f"archive/{number:02}.gz"] = gzip.compress(body)
    return objects


def ask(arguments: list[str], now: int) -> Answer:
    """Run the program in this process and return what it answered."""
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=False,
        width=100,
        clock=lambda: now,
    )
    code = run(arguments, environment)
    return Answer(code, json.loads(stdout.getvalue() or "{}"), stderr.getvalue())


def without_source(value: Any) -> Any:
    """Return a document without what says where it came from."""
    if isinstance(value, dict):
        return {
            key: without_source(item)
            for key, item in value.items()
            if key not in {"source", "coverage"}
        }
    return [without_source(item) for item in value] if isinstance(value, list) else value


def test_the_answers_are_the_same(loaded: Loaded) -> None:
    """Source and coverage aside, nothing in an answer tells where the events were pulled from."""
    window = ["-s", "4h", "-o", "json"]
    commands = [["trace", identifier, *window] for identifier in loaded.identifiers]
    commands += [
        ["grep", "Task timed out", *window],
        ["grep", "--level", "error", "--invocations", *window],
        ["grep", "--where", "@duration_ms>2000", *window],
    ]
    for command in commands:
        answers = {
            name: ask([*command, *source], loaded.now) for name, source in loaded.urls.items()
        }
        documents = {
            name: json.dumps(without_source(answer.document), sort_keys=True)
            for name, answer in answers.items()
        }
        told = f"{command}\n" + "\n".join(answer.stderr for answer in answers.values())
        assert documents["s3"] == documents["files"], told
        assert documents["cloudwatch"] == documents["files"], told
        assert {answer.code for answer in answers.values()} == {0}, told
