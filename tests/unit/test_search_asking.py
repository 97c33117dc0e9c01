"""What a server is asked for finds every document whose message has the text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from search_evaluator import Evaluator

from slsloggrep.decode.search_documents import read, shape_of
from slsloggrep.decode.search_shapes import SHAPES
from slsloggrep.sources.opensearch.asking import Asked, Samples, ask_for
from slsloggrep.sources.opensearch.kinds import samples_of
from slsloggrep.sources.opensearch.mapping import read_mapping

CWL = next(shape for shape in SHAPES if shape.name == "cwl")
PLAIN = SHAPES[-1]
IGNORED = {"exists": {"field": "_ignored"}}


def ask(properties: dict[str, Any], *literals: str, shape: Any = CWL, **more: Any) -> Asked:
    schema = read_mapping({"properties": properties, **more}, {})
    return ask_for(literals, schema, shape, Samples())


def regexp(path: str, value: str) -> dict[str, Any]:
    return {"regexp": {path: {"value": value}}}


SPLIT = {"value": ".{255}|.{128,254}&.*[\U00010000-\U0010ffff].*"}


def test_the_longest_run_is_looked_for_within_terms() -> None:
    """An ID is asked for by its longest run, in lower case, whatever is glued to it in a term."""
    text = {"@message": {"type": "text"}}
    asked = ask(text, "4A2D2067-e0e2-befd7f446bfbce44")
    assert asked.clause == {
        "bool": {
            "should": [
                regexp("@message", ".*(befd7f446bfbce44).*"),
                {"regexp": {"@message": SPLIT}},
                {"bool": {"must_not": [{"exists": {"field": "@message"}}]}},
                IGNORED,
            ],
            "minimum_should_match": 1,
        }
    }
    assert asked.unsearched == asked.unlikely == ()


def test_short_runs_are_all_asked_for() -> None:
    """Where no run tells much by itself, a document must have all of them."""
    asked = ask({"@message": {"type": "text"}}, "ord-17")
    assert asked.clause is not None
    both, *_ = asked.clause["bool"]["should"]
    run = [
        {"bool": {"should": [regexp("@message", f".*({r}).*"), {"regexp": {"@message": SPLIT}}],
                  "minimum_should_match": 1}}
        for r in ("ord", "17")
    ]  # fmt: skip
    assert both == {"bool": {"filter": run}}


def test_a_long_word_that_all_logs_hold_is_not_asked_for_alone() -> None:
    """`function` stands in a key of every healthy line, `exceeded` does not."""
    asked = ask({"@message": {"type": "text"}}, "exceeded by function")
    assert asked.clause is not None
    assert asked.clause["bool"]["should"][0] == regexp("@message", ".*(exceeded).*")
    asked = ask({"@message": {"type": "text"}}, "by function")
    assert asked.clause is not None
    both, *_ = asked.clause["bool"]["should"]
    assert [each["bool"]["should"][0] for each in both["bool"]["filter"]] == [
        regexp("@message", ".*(by).*"),
        regexp("@message", ".*(function).*"),
    ]


def test_a_keyword_is_searched_in_its_own_case_and_where_it_may_be_cut() -> None:
    """Without an analyser the case stays; what is longer than the limit lacks the field."""
    asked = ask({"@message": {"type": "keyword", "ignore_above": 256}}, "Payment1234")
    assert asked.clause is not None
    lacking = {"bool": {"must_not": [{"exists": {"field": "@message"}}]}}
    assert asked.clause["bool"]["should"] == [
        regexp("@message", ".*(Payment1234).*"),
        lacking,
        lacking,
        IGNORED,
    ]


@pytest.mark.parametrize(
    "literal",
    ['ord"17', "ord*17", "(ord OR 17)", "/.*/ord 17", "ord~17^2", "[ord TO 17}", "é-ord.17"],
)
def test_operators_never_reach_the_server(literal: str) -> None:
    """Only letters and digits do, so that no literal can be anything but text."""
    asked = ask({"@message": {"type": "text"}}, literal)
    values = set(_values(asked.clause)) - {SPLIT["value"]}
    assert ".*(ord).*" in values
    assert all(re.fullmatch(r"\.\*\([A-Za-z0-9|]+\)\.\*", value) for value in values)


def _values(clause: Any) -> Iterator[str]:
    """Yield all texts under the key `value`."""
    for key, inner in clause.items() if isinstance(clause, dict) else ():
        for each in inner if isinstance(inner, list) else [inner]:
            yield from [each] if key == "value" else _values(each)


@pytest.mark.parametrize("literal", [r"\nord12345678", r"\u000aord12345678", r"\tord12345678\u00"])
def test_what_follows_an_escape_is_looked_for_without_it(literal: str) -> None:
    r"""A message that is JSON shows a line feed as `\n`, which is no part of the word behind it."""
    asked = ask({"message": {"type": "text"}}, literal, shape=PLAIN)
    assert ".*(ord12345678).*" in set(_values(asked.clause))


@pytest.mark.parametrize("literal", ["*", "?", "-", "é", "a", "日本", ""])
def test_what_has_no_run_is_read_whole(literal: str) -> None:
    """Without two letters or digits in a row nothing can be asked for, and that is said."""
    asked = ask({"@message": {"type": "text"}}, literal)
    assert asked.clause is None
    assert "no word" in asked.reason


@pytest.mark.parametrize(
    "mapping",
    [
        {"type": "text", "index": False},
        {"type": "keyword", "index": False, "doc_values": False},
        {"type": "text", "analyzer": "somebody's", "index": False},
    ],
)
def test_a_message_that_cannot_be_searched_is_read_whole(mapping: dict[str, Any]) -> None:
    """The message itself is never merely said to be unsearched."""
    asked = ask({"@message": mapping}, "ord-12345678")
    assert asked.clause is None
    assert "@message" in asked.reason


def test_fields_without_an_index_are_told() -> None:
    """Beside the message they may hold the text: no sample shows it, and no query could find it."""
    text, hidden = {"type": "text"}, {"type": "keyword", "index": False, "doc_values": False}
    asked = ask(
        {"message": text, "raw": hidden, "n": {"type": "long"}}, "ord-12345678", shape=PLAIN
    )
    assert asked.unsearched == ("raw",)
    objects = {"message": text, "raw": {"type": "object", "enabled": False}}
    assert ask(objects, "ord-12345678", shape=PLAIN).unsearched == ("raw",)
    dynamic = ask({"message": text}, "ord-12345678", shape=PLAIN, dynamic=False)
    assert dynamic.unsearched == ("fields that are not mapped",)


def test_a_sampled_value_without_an_index_is_read_whole() -> None:
    """What samples show to be there is not left to a note."""
    hidden = {"type": "keyword", "index": False, "doc_values": False}
    schema = read_mapping({"properties": {"message": {"type": "text"}, "raw": hidden}}, {})
    samples = samples_of([{"message": "m", "raw": "r"}])
    asked = ask_for(["ord-12345678"], schema, PLAIN, samples)
    assert (asked.clause, asked.reason) == (None, "raw cannot be searched")


def test_documents_that_the_mapping_cut_are_asked_for_where_that_matters() -> None:
    """Not for a keyword that is too short beside a text that is whole: most messages are longer."""
    keyword = {"type": "keyword", "ignore_above": 256}
    both = {"@message": {"type": "text", "fields": {"keyword": keyword}}, "host": keyword}
    asked = ask(both, "ord-12345678")
    assert asked.clause is not None
    assert asked.clause["bool"]["should"][-1] == {
        "regexp": {"_ignored": {"value": r"~(\@message\.keyword)", "flags": "COMPLEMENT"}}
    }
    many = {f"f{n}": both["@message"] for n in range(99)}
    asked = ask(many, "ord-12345678", shape=PLAIN)
    assert asked.clause is not None
    assert asked.clause["bool"]["should"][-1] == IGNORED


def test_long_keywords_are_unlikely_until_samples_come_near() -> None:
    """A field of short values is believed to be one, and that is told; a long one is asked for."""
    mapping = {"message": {"type": "text"}, "host": {"type": "keyword", "ignore_above": 100}}
    schema = read_mapping({"properties": mapping}, {})
    short = ask_for(["abcdefgh"], schema, PLAIN, samples_of([{"message": "m", "host": "h"}]))
    assert short.unlikely == ("texts of more than 100 characters in keyword fields",)
    lacking = {"bool": {"must_not": [{"exists": {"field": "host"}}]}}
    assert short.clause is not None
    assert lacking not in short.clause["bool"]["should"]
    long = ask_for(["abcdefgh"], schema, PLAIN, samples_of([{"message": "m", "host": "h" * 60}]))
    assert long.unlikely == ()
    assert long.clause is not None
    assert lacking in long.clause["bool"]["should"]


def test_hundreds_of_literals_stay_within_a_servers_bounds() -> None:
    """Regexes of less than 1,000 characters, and less than 1,024 clauses."""
    literals = [f"{n:08x}-{n * 7:04x}-aaaa" for n in range(2_000)]
    asked = ask({f"f{n}": {"type": "text"} for n in range(9)}, *literals, shape=PLAIN)
    text = json.dumps(asked.clause)
    assert asked.clause is None or text.count('"regexp"') + text.count('"exists"') < 1_024
    few = ask({"@message": {"type": "text"}}, *literals)
    values = [
        c["regexp"]["@message"]["value"] for c in few.clause["bool"]["should"] if "regexp" in c
    ]  # type: ignore[index]
    assert max(map(len, values)) < 1_000
    assert all(any(literal[:8] in value for value in values) for literal in literals)


TEXTS: dict[str, dict[str, Any]] = {
    "text": {"type": "text"},
    "text and keyword": {
        "type": "text",
        "fields": {"keyword": {"type": "keyword", "ignore_above": 30}},
    },
    "whitespace": {"type": "text", "analyzer": "whitespace"},
    "one term": {"type": "text", "analyzer": "keyword"},
    "keyword": {"type": "keyword"},
    "short keyword": {"type": "keyword", "ignore_above": 20},
    "lowered": {"type": "keyword", "normalizer": "lowercase"},
    "letters": {"type": "text", "analyzer": "simple"},
    "columns": {"type": "keyword", "index": False},
    "nothing": {"type": "keyword", "index": False, "doc_values": False},
}
WORDS = st.sampled_from(
    ["ord", "17", "ORD", "a1b2c3d4e5", "_x_", "it's", "1,000.5", "e" * 260, "true", "née", "日本",
     "\U0001d400" * 130 + "z9", "\\n", '"', "*", "-", ".", " ", "\t", "/", ":"]
)  # fmt: skip
TEXT = st.lists(WORDS, min_size=1, max_size=8).map("".join).filter(str.strip)
VALUES = TEXT | st.integers(-10, 10**12) | st.booleans() | st.lists(TEXT, min_size=1, max_size=2)


@st.composite
def indices(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Draw a mapping and documents under it, in one of three shapes."""
    message = draw(st.sampled_from(["message", "@message", "body"]))
    kinds = {name: draw(st.sampled_from(sorted(TEXTS))) for name in (message, "note", "deep")}
    properties: dict[str, Any] = {name: dict(TEXTS[kind]) for name, kind in kinds.items()}
    properties["context"] = {"properties": {"deep": properties.pop("deep")}}
    properties["@timestamp"] = {"type": "date"}
    documents = []
    for _ in range(draw(st.integers(1, 3))):
        document: dict[str, Any] = {"@timestamp": 1_795_435_200_000}
        if message == "@message":
            document |= {"@log_group": "/aws/lambda/f", "@log_stream": "s", "@owner": "1"}
        document[message] = draw(TEXT)
        if draw(st.booleans()):
            document["note"] = draw(VALUES)
        if draw(st.booleans()):
            document["context"] = {"deep": draw(VALUES)}
        documents.append(document)
    return {"properties": properties}, documents


@given(indices(), st.data())
@example(({"properties": {"message": TEXTS["text"]}}, [{"message": r"a\nord-17"}]), None)
def test_no_document_with_the_text_is_left_out(
    index: tuple[dict[str, Any], list[dict[str, Any]]], data: st.DataObject | None
) -> None:
    """Any part of what is read as a message finds its document, or the answer says what it lacks.

    Whatever the mapping, whichever shape, whether the samples know the document or not.
    """
    mapping, documents = index
    schema, shape = read_mapping(mapping, {}), shape_of(documents)
    document = documents[-1]
    samples = samples_of(documents if data is None or data.draw(st.booleans()) else documents[:1])
    message = read(document, json.dumps(document, ensure_ascii=False).encode(), shape).message
    literal = "ord-17"
    if data is not None:
        start = data.draw(st.integers(0, len(message) - 1))
        assume(not re.search(r"\\u?[0-9A-Fa-f]{0,3}\Z", message[:start]))  # within an escape
        literal = message[start : start + data.draw(st.integers(1, 40))]
    asked = ask_for([literal], schema, shape, samples)
    if asked.clause is None:
        assert asked.reason
        return
    found = Evaluator(mapping).finds(asked.clause, document)
    assert found or asked.unsearched or asked.unlikely
