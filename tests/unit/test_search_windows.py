"""Queries for times and places find every document that lies there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from search_evaluator import Evaluator

from slsloggrep.decode.search_shapes import SHAPES
from slsloggrep.model import Span
from slsloggrep.sources.cloudwatch.names import parse_function, parse_group
from slsloggrep.sources.opensearch.mapping import read_mapping
from slsloggrep.sources.opensearch.windows import SPANS, escape, of_names, of_spans, place, within

CWL = next(shape for shape in SHAPES if shape.name == "cwl")
FIREHOSE = next(shape for shape in SHAPES if shape.group == ("logGroup",) and shape.stream)
KEYWORD = {"type": "keyword"}
BOTH = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}


def schema(**properties: Any) -> Any:
    named = {f"@{name}": mapping for name, mapping in properties.items()}
    return read_mapping({"properties": named}, {})


@pytest.mark.parametrize(
    ("bounds", "unit", "expected"),
    [
        ((5, 9), "date", {"format": "epoch_millis", "gte": 5, "lt": 9}),
        ((None, 9), "date", {"format": "epoch_millis", "lt": 9}),
        ((5, None), "ms", {"gte": 5}),
        ((1_999, 2_001), "s", {"gte": 1, "lt": 3}),
    ],
)
def test_windows_are_half_open(bounds: Any, unit: str, expected: dict[str, Any]) -> None:
    """The end is not in it; of seconds, those that the window cuts are."""
    assert within("t", *bounds, unit) == {"range": {"t": expected}}


def test_no_window_asks_for_all() -> None:
    """Without bounds, or without a field to ask for them, nothing is left out."""
    assert within("t", None, None) is None
    assert within("", 5, 9) is None


def test_a_stream_is_told_by_its_name_and_its_groups() -> None:
    """Terms where there are keywords, and any ARN as a group: which it is, is looked at here."""
    arn = {"wildcard": {"@log_group": {"value": "arn:*"}}}
    group = {"bool": {"should": [{"term": {"@log_group": {"value": "g"}}}, arn]}}
    stream = {"term": {"@log_stream": {"value": "s"}}}
    both = schema(log_group=KEYWORD, log_stream=KEYWORD)
    assert place("g", "s", both, CWL) == {"bool": {"filter": [group, stream]}}
    assert place("g", "s", schema(log_stream=KEYWORD), CWL) == stream


def test_a_place_that_the_mapping_cannot_tell_asks_for_all() -> None:
    """Without fields for it, or with such as cannot be searched, no document is left out."""
    assert place("g", "s", schema(other=KEYWORD), CWL) is None
    hidden = {"type": "keyword", "index": False}
    assert place("g", "s", schema(log_group=hidden, log_stream=hidden), CWL) is None
    folded = {"type": "text", "analyzer": "simple"}
    assert place("g", "s", schema(log_stream=folded), CWL) is None


def test_stretches_are_asked_for_in_portions() -> None:
    """A server takes so many clauses at once."""
    spans = [Span("g", f"s{n}", n, n + 1) for n in range(2 * SPANS + 1)]
    fields = schema(timestamp={"type": "date"}, log_group=KEYWORD, log_stream=KEYWORD)
    portions = list(of_spans(spans, fields, CWL, ("@timestamp", "date")))
    assert [len(portion) for portion in portions] == [SPANS, SPANS, 1]


def test_a_stretch_of_which_nothing_can_be_told_is_everything() -> None:
    """Neither time nor place: all is read."""
    (clauses,) = of_spans([Span("g", "s", 1, 2)], schema(), CWL, ("", "date"))
    assert clauses == [{"bool": {"filter": [{"match_all": {}}]}}]


def test_names_stand_for_themselves_in_patterns() -> None:
    """Stars, question marks and backslashes of a name are no wildcards."""
    assert escape(r"a*b?c\d") == r"a\*b\?c\\d"


def test_groups_that_cannot_be_told_ask_for_all() -> None:
    """A pattern that begins with a wildcard, or a field that is no keyword, leaves nothing out."""
    fields = schema(log_group=KEYWORD, log_stream=KEYWORD)
    assert of_names([parse_group("*-prod")], fields, CWL) is None
    assert of_names([parse_group("/aws/lambda/f")], schema(log_group={"type": "text"}), CWL) is None
    assert of_names([], fields, CWL) is None


NAMES = st.sampled_from(
    ["/aws/lambda/shop", "/aws/lambda/shop-cart", "shop", "A.B", "a_b", "x" * 300]
)
STREAMS = st.sampled_from(["2026/11/23/[$LATEST]ab", "2026/11/23/[1]ab", "s", "s*", "S", "-", ""])
MAPPINGS = st.sampled_from(
    [
        KEYWORD,
        BOTH,
        {"type": "text"},
        {"type": "text", "analyzer": "simple"},
        {"type": "keyword", "ignore_above": 64},
        {"type": "keyword", "index": False},
        {"type": "keyword", "normalizer": "lowercase"},
        None,
    ]
)
SAMPLED = st.sampled_from([CWL, FIREHOSE])
ARN = "arn:aws:logs:eu-west-1:123456789012:log-group:{}:*"


@given(
    NAMES, STREAMS, st.booleans(), st.tuples(MAPPINGS, MAPPINGS), st.sampled_from([CWL, FIREHOSE])
)
def test_no_document_of_a_stream_is_left_out(
    group: str, stream: str, as_arn: bool, mappings: Any, shape: Any
) -> None:
    """Whatever the mapping, and whether the group is told as name or ARN."""
    paths = (shape.group[0], shape.stream[0])
    properties = {path: each for path, each in zip(paths, mappings, strict=True) if each}
    properties["time"] = {"type": "long"}
    mapping = {"properties": properties}
    document = {
        paths[0]: ARN.format(group) if as_arn else group,
        paths[1]: stream,
        "time": 1_500,
    }
    if not stream:
        del document[paths[1]]
    spans = [Span("other", "other", 1, 2), Span(group, stream, 1_000, 2_000)]
    (clauses,) = of_spans(spans, read_mapping(mapping, {}), shape, ("time", "ms"))
    evaluator = Evaluator(mapping)
    assert any(evaluator.finds(clause, document) for clause in clauses)
    late = document | {"time": 2_000}
    assert not any(evaluator.finds(clause, late) for clause in clauses)


@given(NAMES, st.booleans(), MAPPINGS, st.sampled_from(["whole", "prefix", "function"]))
def test_no_document_of_a_named_group_is_left_out(
    group: str, as_arn: bool, mapped: Any, how: str
) -> None:
    """Groups by name or by the beginning of it, functions by what their group is called."""
    spec = {
        "whole": lambda: parse_group(group),
        "prefix": lambda: parse_group(f"{group[:4]}*"),
        "function": lambda: parse_function(group.rpartition("/")[2]),
    }[how]()
    properties = {"@log_group": mapped} if mapped else {}
    mapping = {"properties": properties | {"@log_stream": KEYWORD}}
    document = {"@log_group": ARN.format(group) if as_arn else group, "@log_stream": "s"}
    clause = of_names([spec], read_mapping(mapping, {}), CWL)
    assert clause is None or Evaluator(mapping).finds(clause, document)
