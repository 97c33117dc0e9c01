"""The documents that other tests search: written as shippers write them, into a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from search_fixtures import Search
from search_mappings import MESSAGES, TEMPLATES
from search_samples import GROUP, REQUEST, STREAM, one_invocation
from search_shapes import SHAPES, load
from search_writers import ACCOUNT, cwl, cwl_fields, data_prepper, lambda_stash, logz_io
from search_writers_elastic import ecs_dotted, ecs_nested, forwarder, lambda_logs

from slsloggrep.model import Event

events = one_invocation


def found(search: Search, pattern: str, query: Any = None) -> list[dict[str, Any]]:
    body = {"size": 100, "query": query or {"match_all": {}}}
    hits = search.call("POST", f"/{pattern}/_search", body)["hits"]["hits"]
    return [hit["_source"] for hit in hits]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_shape_is_searchable_under_its_pattern(search: Search, shape: Any) -> None:
    """What a shape writes is what its pattern finds, under its own mapping, with none rejected."""
    written = [document for event in events() for document in shape.write(event)]
    loaded = load(search, shape, events())
    assert loaded.rejected == []
    assert loaded.written == len(written) > 0
    documents = found(search, loaded.pattern)
    assert sorted(map(json.dumps, documents)) == sorted(map(json.dumps, written))
    mapping = search.call("GET", f"/{loaded.pattern}/_mapping")
    properties = [index["mappings"]["properties"] for index in mapping.values()]
    assert any(shape.message.split(".")[0] in each for each in properties)


def test_what_is_lost_is_lost() -> None:
    """Each loss that a shape states can be seen in its documents, and no other one."""
    for shape in SHAPES.values():
        delivered = [event for event in events() if shape.write(event)]
        told = json.dumps([shape.write(event) for event in delivered])
        assert (STREAM in told) == ("stream" not in shape.lost), shape.name
        assert (GROUP in told) == ("group" not in shape.lost), shape.name
        assert (delivered[0].event_id in told) == ("id" not in shape.lost), shape.name
        assert (len(delivered) < len(events())) == ("events" in shape.lost), shape.name
        cut = any(len(shape.write(event)) > 1 for event in delivered)
        assert cut == ("lines" in shape.lost), shape.name
        whole = all(event.message in _texts(shape.write(event)) for event in delivered)
        assert whole == (not {"message", "lines"} & shape.lost), shape.name


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return [text for each in inner for text in _texts(each)]
    return [value] if isinstance(value, str) else []


def test_indices_follow_the_time_of_the_event_or_of_its_arrival(search: Search) -> None:
    """Dated by the event in UTC, or for Firehose by when it arrived; the rest has one index."""
    late = events()[:1]

    def index(name: str) -> list[str]:
        loaded = load(search, SHAPES[name], late)
        return [each.removeprefix(search.prefix) for each in loaded.indices]

    assert index("cwl") == ["cwl-2026.11.23"]
    assert index("firehose-day") == ["app-2026-11-24"]
    assert index("firehose-hour") == ["app-2026-11-24-00"]
    assert index("firehose-month") == ["app-2026-11"]
    assert index("filebeat") == ["filebeat-8.18.0-000001"]


def test_the_week_of_an_index_is_that_of_the_documents_example() -> None:
    """An arrival at 2016-02-25T13:00:00Z is in the index `-2016-w08`."""
    arrival = Event(1_456_405_200_000 - SHAPES["firehose-week"].delay, "", "", "", "")
    assert SHAPES["firehose-week"].index_of(arrival) == "app-2016-w08"


def test_the_cwl_function_merges_json_and_keeps_its_own_fields() -> None:
    """JSON from the first brace to the end goes to the top level, and cannot hide what is `@`."""
    (event,) = events('INFO {"@message": "no", "level": "warn", "user": {"id": 7}}\n')
    (document,) = cwl(event)
    assert document["level"] == "warn"
    assert document["user"] == {"id": 7}
    assert document["@message"] == event.message
    assert document["@owner"] == ACCOUNT
    assert cwl(events("{broken")[0])[0].keys() == {
        "@id", "@timestamp", "@message", "@owner", "@log_group", "@log_stream"
    }  # fmt: skip


def test_fields_of_a_filter_pattern_become_columns() -> None:
    """What the pattern for Lambda does not match is not delivered; JSON gets a `$` sibling."""
    line = f'2026-11-23T10:00:00.000Z {REQUEST} {{"a": 1}}\n'
    (document,) = cwl_fields(events(line)[0])
    assert document["$event"] == {"a": 1}
    assert document["request_id"] == REQUEST
    assert cwl_fields(events("START RequestId: x-y Version: 1\n")[0]) == []


def test_shapes_can_stand_beside_each_other(search: Search) -> None:
    """Several shapes of one test keep their own indices and mappings, and can be added to."""
    for _ in range(2):
        patterns = [load(search, shape, events()).pattern for shape in SHAPES.values()]
    assert len(found(search, search.name("filebeat-*"))) == 6
    assert len(found(search, search.name("cwl-*"))) == 6
    assert all(found(search, pattern) for pattern in patterns)
    streams = search.call("GET", f"/_data_stream/{search.prefix}*")["data_streams"]
    assert len(streams) == len({s.index for s in SHAPES.values() if s.layout == "stream"})


def test_documents_that_contradict_the_mapping_are_rejected_and_counted(search: Search) -> None:
    """The first `error` decides whether it is an object; the other document is never there."""
    messages = ('{"error": {"code": 1}}', '{"error": "text"}', '{"error": {"code": 2}}')
    loaded = load(search, SHAPES["cwl"], events(*messages))
    assert loaded.written == 2
    assert len(loaded.rejected) == 1
    assert "mapper_parsing_exception" in loaded.rejected[0]


def test_documents_without_ids_of_their_own_come_twice(search: Search) -> None:
    """Written a second time, they are doubled under random IDs, and the same under given ones."""
    assert len(found(search, load(search, SHAPES["logstash"], events(), twice=2).pattern)) == 9
    assert len(found(search, load(search, SHAPES["cwl"], events(), twice=2).pattern)) == 6


@pytest.mark.parametrize("mapping", MESSAGES.values(), ids=MESSAGES)
def test_mappings_of_messages_are_as_stated(search: Search, mapping: Any) -> None:
    """A mapping that is said to be searchable is so by some query, and any other by none."""
    loaded = load(search, SHAPES["firehose-never"], events("only word\n"), message=mapping)
    assert loaded.rejected == []
    queries = (
        {"match_phrase": {"message": "only word"}},
        {"match": {"message": "word"}},
        {"wildcard": {"message": "*word*"}},
    )
    hits = 0
    for query in queries:
        answer = search.call("POST", f"/{loaded.pattern}/_search", {"query": query}, allow=[400])
        hits += answer["hits"]["total"]["value"] if "hits" in answer else 0
    assert (hits > 0) == mapping.searchable


def test_long_messages_are_in_no_keyword_index(search: Search) -> None:
    """Beyond `ignore_above` a document is there and its text is not found."""
    long = events("x" * 300 + " ord-17")
    loaded = load(search, SHAPES["firehose-never"], long, message=MESSAGES["keyword-256"])
    assert found(search, loaded.pattern, {"wildcard": {"message": "*ord-17*"}}) == []
    assert len(found(search, loaded.pattern)) == 1


def test_lambda_stash_writes_what_its_own_test_expects(corpus: Path) -> None:
    """The documents of its fixture come out of its fixture, but for numbers of a REPORT.

    (Its expression for those wants a space that the fixture's REPORT has not; ours takes both.)
    """
    told = json.loads((corpus / "cwl-envelope" / "lambdastash_cloudwatch.data.json").read_text())
    expected = json.loads(
        (corpus / "opensearch" / "lambdastash_cloudwatch.format.json").read_text()
    )
    written = [
        document
        for event in told["logEvents"]
        for document in lambda_stash(
            Event(event["timestamp"], event["message"], "", "", event["id"])
        )
    ]
    assert written == expected


def test_data_prepper_writes_the_fields_of_its_own_test(corpus: Path) -> None:
    """Names are those of its fixture, and the mapping says of them what its template says."""
    fixture = json.loads((corpus / "opensearch" / "dataprepper_test-log.json").read_text())
    (document,) = data_prepper(events()[0])
    assert {name for name in document if "attributes" not in name} <= fixture.keys()
    assert document["resource.attributes.cloudwatch@log@stream"] == STREAM
    template = json.loads(
        (corpus / "opensearch" / "dataprepper_logs-otel-v1-index-template.json").read_text()
    )
    theirs = template["template"]["mappings"]
    ours = TEMPLATES["data_prepper"]["mappings"]
    assert ours["properties"].items() <= theirs["properties"].items()
    assert len(ours["dynamic_templates"]) == len(theirs["dynamic_templates"])
    assert all(rule in theirs["dynamic_templates"] for rule in ours["dynamic_templates"])


def test_the_forwarder_cuts_lines_and_forgets_the_time() -> None:
    """A traceback is three documents with offsets, and none has the event's own time."""
    traceback = events()[3]
    documents = forwarder(traceback)
    assert [document["log"]["offset"] for document in documents] == [0, 35, 61]
    assert "23:59:59.9" not in json.dumps(documents)


def test_lambda_logs_takes_messages_apart_as_its_pipelines_do() -> None:
    """Known lines become fields, and the whole message is there only where it is kept."""
    documents = [lambda_logs(event)[0] for event in events()]
    start, line, structured, traceback, _, report = documents
    assert start["aws"]["lambda"] == {
        "event_type": "START", "request_id": REQUEST, "version": "$LATEST"
    }  # fmt: skip
    assert (line["message"], line["log"]["level"]) == ("charging ord-17\n", "INFO")
    assert line["@timestamp"] == "2026-11-23T23:59:59.700Z"
    assert structured["message"] == "ord-17 failed"
    assert structured["aws"]["lambda"]["request_id"] == REQUEST
    assert traceback["message"] == events()[3].message
    assert report["aws"]["lambda"]["metrics"] == {
        "duration_ms": 3.1, "billed_duration_ms": 4.0, "memory_size_mb": 128.0,
        "max_memory_used_mb": 70.0, "init_duration_ms": 100.5,
    }  # fmt: skip
    assert "original" not in start["event"]
    assert lambda_logs(events()[0], original=True)[0]["event"]["original"] == events()[0].message


def test_dotted_keys_say_what_nested_objects_say() -> None:
    """Spreading the nested document gives the dotted one."""
    (nested,), (dotted,) = ecs_nested(events()[1]), ecs_dotted(events()[1])
    assert dotted["faas.execution"] == nested["faas"]["execution"] == REQUEST
    assert not any(isinstance(value, dict) for value in dotted.values())


def test_logz_io_takes_logger_lines_apart() -> None:
    """A line of Node's logger leaves its last part as message; times are strings."""
    _, line, structured, *_ = events()
    assert logz_io(line)[0]["message"] == "charging ord-17\n"
    assert logz_io(line)[0]["@timestamp"] == "2026-11-23T23:59:59.700Z"
    assert logz_io(structured)[0]["@timestamp"] == str(structured.timestamp)
    assert logz_io(structured, merged=True)[0]["level"] == "ERROR"
