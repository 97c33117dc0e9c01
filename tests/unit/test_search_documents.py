"""Documents of search clusters as events, to the byte."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.decode.search_documents import Parts, read, read_closely, shape_of, split_path
from slsloggrep.decode.search_shapes import SHAPES

ID = "3" * 56
CORPUS = Path(os.environ.get("SLSLOGGREP_CORPUS", "../shared/corpus"))


def read_one(document: dict[str, Any]) -> Parts:
    return read(document, json.dumps(document).encode(), shape_of([document]))


def test_awss_function_keeps_the_message_beside_what_it_merged() -> None:
    """JSON merged into the top level adds nothing: `@message` is what CloudWatch had."""
    parts = read_one(
        {
            "level": "ERROR",
            "orderId": "ord-17",
            "@id": ID,
            "@timestamp": "2019-03-13T23:05:48.220Z",
            "@message": '{"level":"ERROR","orderId":"ord-17"}\n',
            "@owner": "123456789012",
            "@log_group": "/aws/lambda/f",
            "@log_stream": "2019/03/13/[$LATEST]abc",
        }
    )
    message = '{"level":"ERROR","orderId":"ord-17"}\n'
    place = ("/aws/lambda/f", "2019/03/13/[$LATEST]abc")
    assert parts == (1552518348220, message, *place, ID)


def test_a_document_without_its_message_is_its_own_message() -> None:
    """Where the message was left out, the other fields are put together, always alike."""
    document = {
        "@timestamp": "2019-03-13T23:05:48.220Z",
        "@log_group": "/aws/lambda/f",
        "@log_stream": "s",
        "level": "ERROR",
        "order": {"id": "ord-17", "total": 1.5},
    }
    parts = read_one(document)
    assert parts.message == '{"level":"ERROR","order":{"id":"ord-17","total":1.5}}'
    assert parts.log_group == "/aws/lambda/f"


@pytest.mark.parametrize(
    ("extra", "stays"),
    [
        ({"tags": ["a"], "@version": "1", "cloud": {"region": "eu-west-1"}}, True),
        ({"level": "INFO"}, True),
        ({"trace": {"id": "6b0a53b636299d3a8627e97c08926891"}}, True),
        ({"order": {"id": "ord-9"}}, True),
        ({"order": {"id": "ord-99"}}, False),
        ({"http": {"status": 500}}, False),
    ],
)
def test_a_message_stays_alone_where_it_says_everything(
    extra: dict[str, Any], *, stays: bool
) -> None:
    """Shippers' fields, and values that stand in the message as words, need no document."""
    message = "2026-11-28T01:00:00Z\tid\tINFO\tord-9 at 1-6b0a53b6-36299d3a8627e97c08926891"
    document = {
        "@timestamp": "2026-11-28T01:00:00Z",
        "message": message,
        "cloudwatch_logs": {"log_group": "g", "log_stream": "s", "event_id": ID},
        **extra,
    }
    parts = read_one(document)
    assert (parts.message == message) is stays
    if not stays:
        assert json.loads(parts.message) == {"message": message, **extra}


def test_nested_and_dotted_keys_are_the_same() -> None:
    """`{"a": {"b": 1}}`, `{"a.b": 1}` and Data Prepper's `a@b` are read alike."""
    nested = {
        "body": "hello",
        "time": "2026-11-28T01:00:00.123456789Z",
        "observedTimestamp": "2026-11-28T01:01:00Z",
        "resource": {
            "attributes": {"cloudwatch.log.group.name": "g", "cloudwatch.log.stream": "s"}
        },
    }
    flat = {
        "body": "hello",
        "time": "2026-11-28T01:00:00.123456789Z",
        "observedTimestamp": "2026-11-28T01:01:00Z",
        "resource.attributes.cloudwatch@log@group@name": "g",
        "resource.attributes.cloudwatch@log@stream": "s",
    }
    assert read_one(nested) == read_one(flat) == (1795827600123, "hello", "g", "s", "")


def test_data_preppers_own_documents() -> None:
    """Both forms of Data Prepper's test data keep trace, span, severity and attributes."""
    folder = CORPUS / "opensearch"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    for name in ("dataprepper_test-log.json", "dataprepper_test-standard-log.json"):
        text = (folder / name).read_text().replace("%s", "2026-11-28T01:00:00Z")
        parts = read_one(json.loads(text))
        kept = json.loads(parts.message)
        assert parts.timestamp == 1795827600000
        assert kept["body"] == "Test body"
        assert kept["traceId"] == "7465737454726163654964"
        assert kept["severityText"] == "Test severity text"
        assert "testRegion" in parts.message


def test_lambda_stashs_own_documents() -> None:
    """The lines that lambda-stash took apart are those that it was given."""
    folder = CORPUS / "opensearch"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    documents = json.loads((folder / "lambdastash_cloudwatch.format.json").read_text())
    data = json.loads((CORPUS / "cwl-envelope/lambdastash_cloudwatch.data.json").read_text())
    for document, event in zip(documents, data["logEvents"], strict=True):
        parts = read_one(document)
        assert parts.message.rstrip() == event["message"].rstrip()
        assert (parts.timestamp, parts.event_id) == (event["timestamp"], event["id"])


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/aws/lambda/f/2026/11/28/[$LATEST]aa", ("/aws/lambda/f", "2026/11/28/[$LATEST]aa")),
        ("API-Gateway-Execution-Logs_x/prod/abc", ("API-Gateway-Execution-Logs_x/prod", "abc")),
        ("alone", ("alone", "")),
    ],
)
def test_a_path_is_group_and_stream(path: str, place: tuple[str, str]) -> None:
    """A stream of Lambda's begins with a date; of any other, the last part is the stream."""
    assert split_path(path) == place


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=12,
)
KEYS = sorted({p for s in SHAPES for p in (*s.message, *s.time, *s.group, *s.event_id)})


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), JSON, max_size=8))
def test_reading_never_raises(document: dict[str, Any]) -> None:
    """Whatever a document holds, every shape makes an event of it."""
    raw = json.dumps(document).encode()
    for shape in SHAPES:
        parts = read(document, raw, shape)
        assert isinstance(parts.message, str)
        assert parts == read(document, raw, shape)


PATHS = sorted({p for s in SHAPES for p in (*s.message, *s.time, *s.group, *s.stream, *s.event_id)})
FIELDS = st.sampled_from(
    [*PATHS, "tags", "level", "log.level", "order.id", "event.created", "traceId", "@version", ""]
)
LEAVES = (
    st.none()
    | st.integers(0, 2)
    | st.sampled_from(
        ["", "2026-11-28T01:00:00.123Z", "INFO", 'INFO ord-9 {"id":"ord-9"}', "ord-9"]
    )
)


@st.composite
def laid_out(draw: st.DrawFn) -> dict[str, Any]:
    """Give a document with paths that mean something, nested and dotted as it comes."""
    document: dict[str, Any] = {}
    value = LEAVES | st.lists(LEAVES | st.lists(LEAVES, max_size=1), max_size=2)
    value |= st.dictionaries(st.sampled_from(["id", "x.y", ""]), value, max_size=2)
    value |= st.lists(st.dictionaries(st.just("id"), LEAVES), max_size=1)
    for path in draw(st.lists(FIELDS, max_size=7)):
        words, holder = path.split("."), document
        while len(words) > 1 and draw(st.booleans()):
            inner = holder.setdefault(words.pop(0), {})
            if not isinstance(inner, dict):
                break
            holder = inner
        holder[".".join(words)] = draw(value)
    return document


@settings(max_examples=400)
@given(laid_out())
def test_layouts_tell_what_a_close_look_tells(document: dict[str, Any]) -> None:
    """What is known of a layout, once, holds for each document that has it."""
    raw = json.dumps(document).encode()
    for shape in SHAPES[:-1]:
        assert read(document, raw, shape) == read_closely(document, shape)
    named = read(document, raw, SHAPES[0], "order.id")
    assert named == read_closely(document, SHAPES[0], "order.id")
