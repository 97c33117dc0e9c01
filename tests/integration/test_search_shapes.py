"""Every shape of documents in a real search server: the answers are those of files."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import search_shapes
from search_answers import archive, ask, demo_events, fetch, source_url
from search_fixtures import Search
from search_samples import NOW, commands, events_of, system
from search_writers import DELAY

from slsloggrep.model import Event, Query
from slsloggrep.parse import Parser
from slsloggrep.sources.base import Settings, open_source
from slsloggrep.sources.opensearch import tasks
from slsloggrep.stitch import Collection

FAITHFUL = [
    name
    for name, shape in search_shapes.SHAPES.items()
    if not shape.lost - {"milliseconds"} and name not in ("firehose-hour", "firehose-month")
]
TAKEN_APART = ["lambda_logs", "logz.io", "logz.io-json"]


def as_kept(event: Event, shape: search_shapes.Shape) -> Event:
    """Return an event with the losses that its shape's writer brings about."""
    if "milliseconds" in shape.lost:
        seconds = event.timestamp // 1000 * 1000
        # What the lambda_logs pipelines understand has a time of its own in the line.
        return event._replace(timestamp=seconds)
    return event


@pytest.mark.parametrize("name", [n for n in FAITHFUL if not n.startswith("lambda_logs")])
def test_answers_are_those_of_files(
    search: Search, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Source and coverage aside, nothing tells whether events came from documents or files.

    All is searched as if there were much of it; where a field cannot be, the answer is a part.
    """
    monkeypatch.setattr(tasks, "WHOLE", 0)
    shape, shop = search_shapes.SHAPES[name], system()
    events = events_of(shop)
    loaded = search_shapes.load(search, shape, events)
    url = source_url(search, loaded.pattern)
    source = open_source(url, Settings(now=NOW))
    there = {event.event_id for event in fetch(source, Query())[0]}
    source.close()
    kept = [as_kept(event, shape) for event in events if event.event_id in there]
    assert len(kept) == loaded.written > 300
    files = archive(kept, tmp_path / "files")
    for command in commands(shop):
        from_server, from_files = ask([*command, "-S", url], NOW), ask([*command, "-S", files], NOW)
        assert from_server.told == from_files.told, (command, from_server.stderr)
        assert from_files.code == 0
        # Beats' template has `event.original`, which is not indexed.
        blind = shape.template == "filebeat" and command[0] != "tail"
        assert from_server.code == (3 if blind else 0), (command, from_server.stderr)
        assert ("not searched: event.original;" in from_server.stderr) == blind


@pytest.mark.parametrize("name", [*TAKEN_APART, "lambda_logs-original"])
def test_lines_that_were_taken_apart_mean_the_same(search: Search, name: str) -> None:
    """A line that a shipper parted is put together so that it says what it said before."""
    shape = search_shapes.SHAPES[name]
    if not shape.fits(search.node):
        pytest.skip(f"the server lacks {shape.needs}")
    now = time.time_ns() // 1_000_000
    events = {event.event_id: event for event in demo_events(now)}
    loaded = search_shapes.load(search, shape, events.values())
    source = open_source(source_url(search, loaded.pattern), Settings(now=now))
    found, coverage = fetch(source, Query())
    source.close()
    assert len(found) == loaded.written
    assert not coverage.gaps
    parser = Parser()
    for event in found:
        original = events[event.event_id]
        record, expected = parser.parse(event), parser.parse(original)
        assert (event.log_group, event.log_stream) == (original.log_group, original.log_stream)
        if name != "lambda_logs-original" and original.message.startswith("{"):
            continue  # of documents, both keep parts only
        assert record.fact == expected.fact, (original.message, event.message)
        assert record.request_id == expected.request_id, (original.message, event.message)
        assert record.level == expected.level, (original.message, event.message)
        assert record.text.strip() == expected.text.strip(), (original.message, event.message)


def test_lines_of_one_event_are_joined(search: Search) -> None:
    """Elastic's forwarder writes a document a line; whichever is found, the event comes whole."""
    shape = search_shapes.SHAPES["forwarder"]
    now = time.time_ns() // 1_000_000
    events = {event.event_id: event for event in demo_events(now)}
    loaded = search_shapes.load(search, shape, events.values())
    source = open_source(source_url(search, loaded.pattern), Settings(now=now))
    found = {event.event_id: event for event in Collection(fetch(source, Query())[0])}
    assert found.keys() == events.keys()
    for event_id, event in found.items():
        assert event.message.rstrip("\n") == events[event_id].message.rstrip("\n")
        assert event.timestamp == events[event_id].timestamp + DELAY
    lines = [e for e in events.values() if e.message.rstrip("\n").count("\n") > 1]
    last = lines[0].message.rstrip("\n").splitlines()[-1]
    some, _ = fetch(source, Query(literals=(last,)))
    source.close()
    assert found[lines[0].event_id].message in {event.message for event in some}


def test_documents_written_twice_count_once(search: Search, tmp_path: Path) -> None:
    """Firehose delivers at least once, under random IDs: the event's own ID tells."""
    shape, shop = search_shapes.SHAPES["firehose-day"], system()
    events = events_of(shop)
    loaded = search_shapes.load(search, shape, events, twice=3)
    assert loaded.written > len(events)
    url, files = source_url(search, loaded.pattern), archive(events, tmp_path / "files")
    for command in commands(shop):
        assert ask([*command, "-S", url], NOW).told == ask([*command, "-S", files], NOW).told


def test_other_fields_are_not_lost(search: Search) -> None:
    """What a document says beside its message is in the message, as JSON."""
    index = search.name("rich")
    document = {
        "@timestamp": "2026-11-23T10:00:00.123Z",
        "message": "payment refused",
        "ecs.version": "8.11.0",
        "trace": {"id": "0af7651916cd43dd8448eb211c80319c"},
        "order": {"id": "ord-17", "total": 3.5},
        "labels": {"log_group": "/aws/lambda/pay", "log_stream": "2026/11/23/[$LATEST]aa"},
    }
    search.call("POST", f"/{index}/_doc?refresh=true", document)
    source = open_source(source_url(search, index), Settings(now=0))
    (event,), _ = fetch(source, Query(literals=("ord-17",)))
    source.close()
    assert event.message == (
        '{"message":"payment refused","ecs.version":"8.11.0",'
        '"trace":{"id":"0af7651916cd43dd8448eb211c80319c"},'
        '"order":{"id":"ord-17","total":3.5}}'
    )
    assert (event.log_group, event.log_stream) == ("/aws/lambda/pay", "2026/11/23/[$LATEST]aa")
    assert event.timestamp == 1795428000123
