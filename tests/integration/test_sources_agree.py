"""One set of events in CloudWatch, S3, files and a search cluster: the answers are the same."""

from __future__ import annotations

import gzip
import io
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import search_shapes
from conftest import FakeAws
from search_answers import archive as write_archive
from search_answers import ask as ask_for_lines
from search_answers import fetch, source_url
from search_fixtures import Search
from truth_fleet import FLEET
from truth_model import System
from truth_packing import put_into_moto
from truth_places import CLOUDWATCH, NOW
from truth_system import generate

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.model import Event, Query
from slsloggrep.sources.base import Settings, open_source
from slsloggrep.sources.demo import story
from slsloggrep.stitch import Collection

BATCH = 500
REGION = ("--region", "us-east-1")


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
        # a business key, a trace, a request, and the address of a caller
        [story(now)[number].identifier for number in (0, 1, 2, -1)],
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


def events_in(objects: dict[str, bytes]) -> list[Event]:
    """Return the events that archive objects hold, with IDs as long as CloudWatch's.

    moto's are short, and would not tell in which order a stream had its events.
    """
    decoder, events = json.JSONDecoder(), []
    for body in objects.values():
        text, place = gzip.decompress(body).decode(), 0
        while place < len(text):
            envelope, place = decoder.raw_decode(text, place)
            events += [
                Event(
                    e["timestamp"],
                    e["message"],
                    envelope["logGroup"],
                    envelope["logStream"],
                    e["id"].zfill(56),
                )
                for e in envelope["logEvents"]
            ]
    return events


def short(told: str) -> str:
    """Return an answer in which IDs of events are as moto gave them."""
    return re.sub(r'"((?:event_)?id)": "0+([0-9]+)"', r'"\1": "\2"', told)


def questions(system: System) -> list[list[str]]:
    """Return what is asked of a system: every command, with what narrows and what widens it."""
    requests = [run.request_id for run in system.runs if run.request_id]
    text = "".join(line.message for stream in system.streams for line in stream.lines)
    trace_id = re.search(r"1-[0-9a-f]{8}-[0-9a-f]{24}", text)
    assert trace_id
    crashed = next(run.request_id for run in system.crashes if run.status == "oom")
    window = ["-s", "6h", "-o", "json"]
    return [
        # a request that was tried three times, one that ran out of memory, and a trace
        *(["trace", it, *window] for it in (max(requests, key=requests.count), crashed)),
        ["trace", trace_id[0], *window],
        ["grep", "Task timed out", *window],
        ["grep", "--level", "error", "--invocations", *window],
        ["grep", "--where", "@duration_ms>2000", *window],
        ["crashes", *window],
        ["latency", *window],
        ["tail", "-n", "60", "-o", "ndjson"],
        ["tail", "-n", "20", "--level", "error", "-s", "3h", "-o", "ndjson"],
    ]


def test_a_system_looks_the_same_from_everywhere(
    aws: FakeAws, search: Search, tmp_path: Path
) -> None:
    """Files, CloudWatch and a search cluster, in several shapes of documents: equal answers."""
    happens_once = (
        plan._replace(served=len(plan.happen) + 2, happen=dict.fromkeys(plan.happen, 1))
        for plan in FLEET[::2]
    )
    system = generate(NOW, 11, tuple(happens_once))
    put_into_moto(system)
    events = events_in(archive(aws))
    assert len(events) == sum(len(stream.lines) for stream in system.streams) > 600
    everything = write_archive(events, tmp_path / "all")
    sources = {"cloudwatch": ([*CLOUDWATCH, "--endpoint-url", aws.url], everything)}
    for name in ("cwl", "firehose-day"):
        loaded = search_shapes.load(search, search_shapes.SHAPES[name], events, shards=2)
        url, files = source_url(search, loaded.pattern), everything
        if loaded.rejected:
            # AWS's function merges JSON into the top level, where one runtime's `message` is
            # another's text: what the server rejects is nowhere.
            assert name == "cwl"
            assert len(loaded.rejected) < 20
            there = {
                event.event_id for event in fetch(open_source(url, Settings(now=NOW)), Query())[0]
            }
            assert len(there) == len(events) - len(loaded.rejected)
            files = write_archive([e for e in events if e.event_id in there], tmp_path / name)
        sources[name] = (["-S", url, *REGION], files)
    for question in questions(system):
        # only of CloudWatch itself it is known whose prices they are
        of_files = {
            files: ask_for_lines([*question, "-S", files, *REGION], NOW)
            for _, files in sources.values()
        }
        for name, (source, files) in sources.items():
            expected, answer = of_files[files], ask_for_lines([*question, *source], NOW)
            assert short(answer.told) == short(expected.told), (name, question, answer.stderr)
            assert answer.code == expected.code == 0, (name, question, answer.stderr)
