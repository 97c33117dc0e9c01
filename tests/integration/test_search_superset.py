"""What a server is asked for finds every document with a literal, however that is mapped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import search_shapes
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from search_answers import archive, ask, fetch, source_url
from search_fixtures import Search
from search_mappings import MESSAGES

from slsloggrep.model import Event, Query
from slsloggrep.sources.base import Settings
from slsloggrep.sources.opensearch import tasks
from slsloggrep.sources.opensearch.source import SearchSource

NOW = 1_795_428_000_000
LONG = "a1" * 150 + "needle77" + "b2" * 150

TEXTS = [
    "order ord-17 placed",
    "xxord-17yy and zord-170",
    r"line one\nord-17 after an escape",
    '{"id":"ord-17","deep":{"note":"ORD-17"}}',
    r'{"id":"ord-17","url":"https:\/\/shop.example\/cart"}',
    "START RequestId: 4a2d2067-e0e2-436a-befd-7f446bfbce44 Version: $LATEST\n",
    "id=4a2d2067-e0e2-436a-befd-7f446bfbce44,next",
    "snake_case_ord-17_more 1,000.50 a.b.c it's user@example.org",
    'quotes "ord 17" and \\ back\\slash',
    "wild * and ? and ~ and + - && || ! ( ) { } [ ] ^ : /",
    "the and of to is",
    "日本語のord-17ログ and \U0001d400ord-17",
    f"blob {LONG} end",
    "n" * 300 + "-ord-17",
    "x" * 9_000 + " ord-17 " + "y" * 9_000,
    "short",
    "",
]

HOSTILE = [
    'ord"17',
    "ord*17",
    "ord-17 OR *:*",
    "ord~1^2",
    "(ord AND 17)",
    r"ord\-17",
    "message:ord",
    "[a TO z]",
    "/.*/",
    "*",
    "?",
    "ord-17*",
    "a" * 10_000,
    "ord-17" * 1_700,
    "<script>",
    "$LATEST",
    "{{ord}}",
    "ord-17\x00",
    "é-ord-17",
]


def put(search: Search, name: str) -> str:
    """Put the texts into an index whose message is mapped in one way; return its name."""
    mapping = MESSAGES[name]
    index = search.name(name.replace("+", "-"))
    properties = {"@timestamp": {"type": "date"}, "@message": mapping.message}
    body = {"settings": mapping.settings, "mappings": {"properties": properties}}
    search.call("PUT", f"/{index}", body)
    lines = []
    for number, text in enumerate(TEXTS):
        lines.append(json.dumps({"index": {"_id": str(number)}}))
        lines.append(json.dumps({"@timestamp": NOW + number, "@message": text}))
    search.call("POST", f"/{index}/_bulk?refresh=true", ("\n".join(lines) + "\n").encode())
    return index


def source_of(search: Search, index: str) -> SearchSource:
    return SearchSource(f"opensearch+{search.url}/{index}", Settings(now=NOW))


@pytest.fixture(params=sorted(MESSAGES))
def asked(request: pytest.FixtureRequest, search: Search) -> Iterator[SearchSource]:
    """Give a source over an index in which the message is mapped in one way."""
    source = source_of(search, put(search, request.param))
    yield source
    source.close()


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_no_part_of_a_message_is_missed(asked: SearchSource, data: st.DataObject) -> None:
    """Any substring of any message finds that message: words are cut, cases lost, fields short."""
    number = data.draw(st.integers(0, len(TEXTS) - 2))
    text = TEXTS[number]
    start = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.one_of(st.integers(1, 40), st.integers(1, len(text))))
    literal = text[start : start + length]
    found, coverage = fetch(asked, Query(literals=(literal,)))
    assert not coverage.gaps
    wanted = {text for text in TEXTS if literal in text}
    assert wanted <= {event.message for event in found}


def test_many_literals_at_once(asked: SearchSource) -> None:
    """Hundreds of identifiers find what each of them finds."""
    literals = [f"{number:08x}-aaaa-bbbb" for number in range(700)]
    found, coverage = fetch(asked, Query(literals=(*literals, "ord-17", "436a-befd")))
    assert not coverage.gaps
    wanted = {text for text in TEXTS if "ord-17" in text or "436a-befd" in text}
    assert wanted <= {event.message for event in found}


def test_a_message_is_searched_where_it_can_be(search: Search) -> None:
    """Where terms hold whole words, few other documents travel; elsewhere it is said."""
    for name in ("text", "text+keyword", "keyword", "wildcard", "match-only", "whitespace"):
        source = source_of(search, put(search, name))
        found, coverage = fetch(source, Query(literals=("4a2d2067-e0e2-436a-befd-7f446bfbce44",)))
        source.close()
        assert len(found) <= 5, name  # two, those with the longest words, and an empty one
        assert not any("all is read" in note for note in coverage.notes)
    for name in ("letters", "stop-words", "cut-words", "unindexed", "disabled"):
        source = source_of(search, put(search, name))
        found, coverage = fetch(source, Query(literals=("4a2d2067-e0e2-436a-befd-7f446bfbce44",)))
        source.close()
        assert len(found) == len(TEXTS), name
        said = any("all is read in the window" in note for note in coverage.notes)
        assert said or name not in ("unindexed", "disabled")


UNINDEXED = {
    # how a field is mapped that no query finds -> what a document says in it, and what is told
    "field": ({"raw": {"type": "keyword", "index": False, "doc_values": False}}, "ord-17", "raw"),
    "object": ({"raw": {"type": "object", "enabled": False}}, {"id": "ord-17"}, "raw"),
}


@pytest.mark.parametrize("name", UNINDEXED)
def test_what_cannot_be_searched_is_read_or_said(
    search: Search, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A field in which nothing can be found is read where there is little; else it is a gap.

    No sample shows that there is anything in it: the one document that has it is the oldest.
    """
    more, value, told = UNINDEXED[name]
    index = search.name("unindexed")
    properties = {"@timestamp": {"type": "date"}, "message": {"type": "text"}, **more}
    search.call("PUT", f"/{index}", {"mappings": {"properties": properties}})
    documents: list[dict[str, object]] = [{"message": "first", "raw": value}]
    documents += [{"message": f"another {number}"} for number in range(60)]
    lines = []
    for number, document in enumerate(documents):
        lines += [{"index": {"_id": str(number)}}, {"@timestamp": NOW + number, **document}]
    body = "".join(json.dumps(line) + "\n" for line in lines).encode()
    search.call("POST", f"/{index}/_bulk?refresh=true", body)
    command = ["grep", "-s", "2026-11-23", "-o", "json", "ord-17", "-S"]

    def answer(whole: bool) -> tuple[int, int, bool, list[str]]:
        url = source_url(search, index, **({"whole": "1"} if whole else {}))
        found = ask([*command, url], NOW + 60_000)
        document = json.loads(found.stdout)
        coverage = document["coverage"]
        reasons = [gap["reason"] for gap in coverage["sources"][0]["gaps"]]
        return found.code, len(document["events"]), coverage["complete"], reasons

    assert answer(whole=False) == (0, 1, True, [])
    monkeypatch.setattr(tasks, "WHOLE", 30)
    code, events, complete, (reason,) = answer(whole=False)
    assert (code, events, complete) == (3, 0, False)
    assert reason.startswith(f"not indexed, so not searched: {told};")
    assert "?whole=1" in reason
    assert answer(whole=True) == (0, 1, True, [])


FIGURES = "Duration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 70 MB"


def _holding(texts: list[str]) -> list[Event]:
    return [
        Event(NOW + number, text, "/aws/lambda/f", "2026/11/23/[$LATEST]aa", f"{number:056d}")
        for number, text in enumerate(texts)
    ]


def test_hostile_text_is_text(search: Search, tmp_path: Path) -> None:
    """Quotes, wildcards, operators and 10,000 characters find what holds them, and nothing else."""
    texts = list(filter(None, TEXTS))
    texts += [text for literal in HOSTILE for text in (f"this holds {literal} itself", literal)]
    events = _holding(texts)
    loaded = search_shapes.load(search, search_shapes.SHAPES["cwl"], events)
    url = source_url(search, loaded.pattern)
    files = archive(events, tmp_path / "files")
    source = SearchSource(url, Settings(now=NOW))
    for literal in HOSTILE:
        found, coverage = fetch(source, Query(literals=(literal,)))
        assert not coverage.gaps
        holding = [text for text in texts if literal in text]
        assert set(holding) <= {event.message for event in found}
        if "\0" in literal:
            continue  # no program's argument can hold it
        command = ["grep", "-s", "2026-11-23", "-o", "json"]
        from_server = ask([*command, "-S", url, "--", literal], NOW + 60_000)
        from_files = ask([*command, "-S", files, "--", literal], NOW + 60_000)
        assert from_server.told == from_files.told
        assert (from_server.code, from_files.code) == (0, 0)
        told = [event["message"] for event in json.loads(from_server.stdout)["events"]]
        assert sorted(told) == sorted(holding), literal
    source.close()


def test_a_hostile_identifier_traces_its_own_invocation(search: Search) -> None:
    """A transaction of any spelling is found whole, and joins nobody else's invocation."""
    ids = ['pay"17"', "ord*17", "ord?17", "a OR b", "ord~1^2", r"ord\17", "x" * 10_000, "[a TO z]"]
    texts, requests = [], []
    for number, identifier in enumerate(ids):
        request = f"8f507cfc-1f5c-4697-b07a-{number:012d}"
        requests.append(request)
        texts += [
            f"START RequestId: {request} Version: $LATEST\n",
            f"charging <{identifier}> now\n",
            f"END RequestId: {request}\n",
            f"REPORT RequestId: {request}\t{FIGURES}\t\n",
        ]
    loaded = search_shapes.load(search, search_shapes.SHAPES["firehose-never"], _holding(texts))
    url = source_url(search, loaded.pattern)
    for request, identifier in zip(requests, ids, strict=True):
        command = ["trace", "-s", "2026-11-23", "-o", "json", "-S", url, "--", identifier]
        answer = ask(command, NOW + 60_000)
        assert answer.code == 0, (identifier, answer.stderr)
        (found,) = json.loads(answer.stdout)["transaction"]["invocations"]
        assert found["request_id"] == request
    nobody = ask(["trace", "-s", "2026-11-23", "-S", url, "--", "ord.17"], NOW + 60_000)
    assert nobody.code == 1
