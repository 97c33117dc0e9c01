"""What a mapping and its analysers say of fields: what can be searched, and how."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.sources.opensearch.mapping import Analysers, Field, Schema, read_mapping


def read(properties: dict[str, Any], settings: dict[str, Any] | None = None, **more: Any) -> Schema:
    return read_mapping({"properties": properties, **more}, {} if settings is None else settings)


def test_fields_of_objects_have_paths_and_several_ways() -> None:
    """Objects nest, multi-fields are ways of the field above them, aliases are nobody's values."""
    schema = read(
        {
            "http": {"properties": {"path": {"type": "keyword"}}},
            "message": {
                "type": "text",
                "fields": {"keyword": {"type": "keyword", "ignore_above": 256}},
            },
            "items": {"type": "nested", "properties": {"id": {"type": "keyword"}}},
            "log": {"type": "alias", "path": "message"},
        }
    )
    assert schema.objects == ("http", "items")
    assert schema.fields == {
        "http.path": (Field("http.path", "keyword", whole=True),),
        "message": (
            Field("message", "text", whole=True, lowers=True, splits=True),
            Field("message.keyword", "keyword", whole=True, limit=256),
        ),
        "items.id": (Field("items.id", "keyword", whole=True, nested="items"),),
    }
    assert schema.has("http")
    assert not schema.has("log")
    assert (schema.kind("message"), schema.kind("http")) == ("text", "")


@pytest.mark.parametrize(
    ("mapping", "searched", "listed"),
    [
        ({"type": "keyword"}, True, True),
        ({"type": "keyword", "index": False}, False, True),
        ({"type": "keyword", "index": "false"}, False, True),
        ({"type": "keyword", "index": False, "doc_values": False}, False, False),
        ({"type": "keyword", "doc_values": False}, True, True),
        ({"type": "text"}, True, True),
        ({"type": "text", "index": False}, False, False),
        ({"type": "long", "index": False}, False, True),
    ],
)
def test_what_is_searched_and_what_is_listed(
    mapping: dict[str, Any], searched: bool, listed: bool
) -> None:
    """`index` decides whether values can be found, columns whether it is told who has any."""
    (way,) = read({"a": mapping}).fields["a"]
    assert (way.searched, way.listed) == (searched, listed)


@pytest.mark.parametrize(
    ("mapping", "hidden"),
    [
        ({"dynamic": False}, ("",)),
        ({"dynamic": "false"}, ("",)),
        ({"dynamic": "strict"}, ()),
        ({"dynamic": "true"}, ()),
        ({"dynamic": "runtime"}, ()),
    ],
)
def test_what_is_not_mapped_may_be_hidden(mapping: dict[str, Any], hidden: tuple[str]) -> None:
    """Where new fields are kept and not indexed, anything may stand that no query finds."""
    assert read({}, **mapping).hidden == hidden


def test_objects_may_be_hidden() -> None:
    """`enabled: false` hides an object, and so does `dynamic: false` within one."""
    schema = read(
        {
            "raw": {"type": "object", "enabled": False},
            "extra": {"dynamic": "false", "properties": {"a": {"type": "keyword"}}},
            "open": {"properties": {}},
        }
    )
    assert schema.hidden == ("raw", "extra")


def test_documents_may_not_be_kept() -> None:
    """Without `_source` there is nothing to read."""
    assert read({}).stored
    assert not read({}, _source={"enabled": False}).stored
    assert not read({}, _source={"enabled": "false"}).stored


def _analyser(name: str, **parts: Any) -> dict[str, Any]:
    return {f"index.analysis.analyzer.{name}.{key}": value for key, value in parts.items()}


@pytest.mark.parametrize(
    ("settings", "name", "expected"),
    [
        ({}, "standard", (True, True, True)),
        ({}, "default", (True, True, True)),
        ({}, "whitespace", (True, False, True)),
        ({}, "keyword", (True, False, False)),
        ({}, "simple", (False, None, True)),
        ({}, "english", (False, None, True)),
        (_analyser("own", type="standard"), "own", (True, True, True)),
        (_analyser("own", type="standard", stopwords="_english_"), "own", (False, True, True)),
        (_analyser("own", type="standard", max_token_length="5"), "own", (False, True, True)),
        (
            _analyser("own", tokenizer="whitespace", filter=["lowercase"]),
            "own",
            (True, True, True),
        ),
        (_analyser("own", tokenizer="keyword"), "own", (True, False, False)),
        (_analyser("own", tokenizer="ngram"), "own", (False, False, True)),
        (_analyser("own", tokenizer="standard", filter=["stop"]), "own", (False, False, True)),
        (
            _analyser("own", tokenizer="standard", char_filter=["html_strip"]),
            "own",
            (False, False, True),
        ),
        # a filter of the index's own may be called like a harmless one
        (
            _analyser("own", tokenizer="standard", filter="lowercase")
            | {"index.analysis.filter.lowercase.type": "stemmer"},
            "own",
            (False, True, True),
        ),
        # flat settings may number a list
        (
            _analyser("own", tokenizer="standard") | {
                "index.analysis.analyzer.own.filter.0": "lowercase",
                "index.analysis.analyzer.own.filter.1": "stop",
            },
            "own",
            (False, True, True),
        ),
        # the default may be replaced
        (_analyser("default", tokenizer="ngram"), "default", (False, False, True)),
    ],
)  # fmt: skip
def test_analysers_that_leave_runs_whole(
    settings: dict[str, Any], name: str, expected: tuple[bool, bool | None, bool]
) -> None:
    """Whole runs, lower case, split behind 255: what is not known to be harmless is not trusted."""
    assert Analysers(settings).leaves_whole(name) == expected


def test_without_settings_no_text_is_trusted() -> None:
    """Who may not see analysers cannot know what they did."""
    schema = read_mapping({"properties": {"message": {"type": "text"}}}, None)
    assert not schema.fields["message"][0].whole


def test_another_analyser_for_queries_is_not_trusted() -> None:
    """What is asked for would be taken apart in another way than what is indexed."""
    (way,) = read({"a": {"type": "text", "search_analyzer": "keyword"}}).fields["a"]
    assert not way.whole


@pytest.mark.parametrize(
    ("settings", "mapping", "limit"),
    [
        ({}, {}, None),
        ({}, {"ignore_above": "256"}, 256),
        ({"index.mapping.ignore_above": "99"}, {}, 99),
        ({"index.mapping.ignore_above": "99"}, {"ignore_above": 5}, 5),
        ({"index.mode": "logsdb"}, {}, 8191),
    ],
)
def test_limits_of_keywords(
    settings: dict[str, Any], mapping: dict[str, Any], limit: int | None
) -> None:
    """The field's own, else the index's, else that of its mode."""
    (way,) = read({"a": {"type": "keyword", **mapping}}, settings).fields["a"]
    assert way.limit == limit


def test_normalisers_may_change_more_than_the_case() -> None:
    """`lowercase` is known; of any other nothing is."""
    lowers, other = (
        read({"a": {"type": "keyword", "normalizer": name}}).fields["a"][0]
        for name in ("lowercase", "folding")
    )
    assert (lowers.whole, lowers.lowers) == (True, True)
    assert (other.whole, other.lowers) == (False, None)


def test_dates_of_another_format_may_be_spelled_anyhow() -> None:
    """Only ISO times and numbers are known by their digits."""
    formats = {"": True, "strict_date_optional_time||epoch_millis": True, "dd MMM yyyy": False}
    for name, usual in formats.items():
        mapping = {"type": "date"} | ({"format": name} if name else {})
        assert read({"a": mapping}).fields["a"][0].usual_dates is usual


_KEYS = st.sampled_from(["type", "index", "fields", "properties", "dynamic", "enabled", "a", "b"])
_LEAVES = st.sampled_from(["text", "keyword", "object", "nested", "false", "long"]) | st.booleans()
_PROPERTIES = st.recursive(
    st.dictionaries(st.sampled_from(["type", "index", "enabled", "dynamic"]), _LEAVES, max_size=3),
    lambda inner: st.fixed_dictionaries(
        {"properties": st.dictionaries(st.sampled_from(["a", "b.c", "é"]), inner, max_size=3)},
        optional={"type": _LEAVES, "fields": st.dictionaries(_KEYS, inner, max_size=2)},
    ),
    max_leaves=12,
)


@given(_PROPERTIES, st.dictionaries(st.text(max_size=9), st.text(max_size=9), max_size=3))
def test_no_mapping_is_too_strange(mapping: dict[str, Any], settings: dict[str, Any]) -> None:
    """Whatever a server sends, fields come out, each under its own path."""
    schema = read_mapping(mapping, settings)
    assert all(path == ways[0].path for path, ways in schema.fields.items())
    assert not set(schema.objects) & set(schema.fields)
