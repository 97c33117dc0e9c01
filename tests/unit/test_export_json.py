import io
import json

import msgspec
import pytest
from shown_samples import COVERAGE, checkout

from slsloggrep.export.json import ndjson_lines, write_json, write_ndjson
from slsloggrep.export.trace import trace_document
from slsloggrep.harmless import visible

pytestmark = pytest.mark.any_json


def written(document: object, encoding: str = "utf-8") -> str:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding, newline="")
    write_json(document, stream)
    stream.flush()
    return raw.getvalue().decode(encoding)


def test_a_document_is_indented_json_that_ends_in_a_newline() -> None:
    """People page through it, programs read it: both get the same."""
    text = written(trace_document(checkout(), COVERAGE))
    assert text.startswith('{\n  "schema": "slsloggrep.trace/1",\n')
    assert text.endswith("}\n")
    assert json.loads(text) == trace_document(checkout(), COVERAGE)


def test_hostile_responses_stay_harmless_and_valid() -> None:
    """Escapes, NaN, lone surrogates and deep nesting in a response spoil nothing."""
    hostile = {"\x1b[2J": ["\x9b\u202e\ud800", float("nan")], "deep": None}
    text = written(trace_document(checkout(response=hostile), COVERAGE))
    assert visible(text) == text
    document = msgspec.json.decode(text)
    response = document["transaction"]["invocations"][0]["response"]
    assert response["\x1b[2J"] == ["\x9b\u202e\\ud800", "NaN"]


@pytest.mark.parametrize("depth", [20, 100_000])
def test_depth_is_no_matter(depth: int) -> None:
    """A response nested beyond any formatter is still written whole."""
    value: object = 1
    for _ in range(depth):
        value = [value]
    text = written({"response": value})
    assert text.count("[") == text.count("]") == depth


def test_an_output_without_unicode_gets_the_same_document() -> None:
    """On an ASCII or a legacy output everything else is escaped, not refused."""
    for encoding in ("ascii", "cp1252"):
        assert json.loads(written({"é": "日本 👍"}, encoding)) == {"é": "日本 👍"}


def test_ndjson_is_one_document_a_line() -> None:
    """A newline in a value never breaks the line, and documents are written as they come."""
    documents = [{"message": "a\nb\r\u2028c\x85"}, {"message": "d"}]
    lines = list(ndjson_lines(iter(documents)))
    assert [len(line.splitlines()) for line in lines] == [1, 1]
    assert [json.loads(line) for line in lines] == documents
    stream = io.StringIO()
    assert write_ndjson(documents, stream) == 2
    assert stream.getvalue() == "".join(lines)
