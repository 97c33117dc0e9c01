"""Pages of hits and the events in them, usual documents and others, without a server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from paged_samples import INDEX, Paged, lost

from slsloggrep.decode.search_forms import form_of
from slsloggrep.decode.search_shapes import shape_named
from slsloggrep.model import Event
from slsloggrep.sources.chosen import Meant
from slsloggrep.sources.opensearch.answers import Page
from slsloggrep.sources.opensearch.asking import Samples
from slsloggrep.sources.opensearch.failures import Trouble
from slsloggrep.sources.opensearch.hits import Read, Reader
from slsloggrep.sources.opensearch.kinds import Kind
from slsloggrep.sources.opensearch.mapping import Schema
from slsloggrep.sources.opensearch.reading import BYTES, Piece, read_pages

FORMS = ("cwl", "envelope", "logstash", "slsloggrep")


def kind_of(name: str, time_field: str = "", indices: tuple[str, ...] = (INDEX,)) -> Kind:
    shape = shape_named(name)
    assert shape is not None
    return Kind(Schema(), shape, Samples(), time_field, names=indices)


def reader_of(name: str, meant: Meant | None = None) -> Reader:
    return Reader("src", [kind_of(name)], meant, lambda *_: [])


def pages_of(
    paged: Paged,
    name: str,
    *,
    usual: bool = True,
    size: int = 1000,
    reader: Reader | None = None,
) -> list[Page]:
    expected = (reader or reader_of(name)).expect([INDEX]) if usual else None
    piece = Piece("x", {"match_all": {}}, "shards", paged.snapshot, size=size, expected=expected)
    return [*read_pages(piece, paged.cluster, paged.contexts)]


def read(
    documents: Sequence[str], name: str, *, usual: bool = True, meant: Meant | None = None
) -> Read:
    reader = reader_of(name, meant)
    events: list[Event] = []
    losses: dict[str, int] = {}
    for page in pages_of(Paged(documents), name, usual=usual, reader=reader):
        found = reader.read(page)
        events += found.events
        losses |= found.losses
    return Read(events, losses)


CWL = {
    "@id": "3" * 56,
    "@timestamp": "2026-11-28T01:00:00.123Z",
    "@message": "a\n",
    "@owner": "1",
    "@log_group": "/aws/lambda/f",
    "@log_stream": "s",
}


def test_usual_documents_to_the_byte() -> None:
    """Time, message, place, ID, index, and a position out of number and ID."""
    first, second = read([json.dumps(CWL)] * 2, "cwl").events
    position = (1 << 24) | (crc32(b"d1") & 0xFFFFFF)
    assert second == Event(
        1795827600123, "a\n", "/aws/lambda/f", "s", "3" * 56, "src", INDEX, position
    )
    assert first == second._replace(position=crc32(b"d0") & 0xFFFFFF)
    assert type(second) is Event


TEXTS = st.sampled_from(
    [
        "2026-11-28T01:00:00.123Z",
        "2026-11-28T01:00:00Z",
        "2026-11-28 01:00:00,5",
        "1970-01-01T00:00:00.000Z",
        "1795827600123",
        "START RequestId: 6b0a53b6-3629-4d3a-8627-e97c08926891 Version: $LATEST\n",
        '{"level":"ERROR","orderId":"ord-17"}',
        "arn:aws:logs:eu-west-1:1:log-group:/aws/lambda/f:*",
        "3" * 56,
        "\U0001f600 \\u0041\u2028",
        "cut \ud83d",
        "",
    ]
) | st.text(max_size=6)
VALUES = st.recursive(
    TEXTS | st.none() | st.booleans() | st.integers() | st.just(1795827600123) | st.just(17.5),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["log_group", "event_id", "sequence", "x"]), inner)
    ),
    max_leaves=4,
)
USUAL: dict[str, dict[str, Any]] = {
    "cwl": CWL,
    "envelope": {
        "id": "3" * 56,
        "timestamp": 1795827600123,
        "message": "a",
        "owner": "1",
        "messageType": "DATA_MESSAGE",
        "logGroup": "g",
        "logStream": "s",
        "subscriptionFilters": ["f"],
    },
    "logstash": {
        "@timestamp": "2026-11-28T01:00:00.123Z",
        "@version": "1",
        "message": "a",
        "cloudwatch_logs": {"log_group": "g", "log_stream": "s", "event_id": "e", "more": 1},
    },
    "slsloggrep": {
        "@timestamp": "2026-11-28T01:00:00.123Z",
        "doc_type": "event",
        "message": "a",
        "log_group": "g",
        "log_stream": "s",
        "event_id": "3" * 56,
        "slsloggrep": {"schema": 1, "sequence": 5},
    },
}
OTHERS = ("level", "@timestamp", "tags", "host", "event", "order.id", "slsloggrep", "eventId")


@st.composite
def documents(draw: st.DrawFn) -> tuple[str, list[str]]:
    """Give a shape, and documents of it in which some fields are missing or hold something else."""
    name = draw(st.sampled_from(FORMS))
    keys = st.sampled_from([*USUAL[name], *OTHERS])
    made = []
    for _ in range(draw(st.integers(1, 3))):
        document = dict(USUAL[name])
        for key in draw(st.lists(keys, max_size=2)):
            if draw(st.booleans()):
                document[key] = draw(VALUES)
            else:
                document.pop(key, None)
        made.append(json.dumps(document, ensure_ascii=draw(st.booleans())))
    return name, made


@settings(max_examples=300)
@given(documents())
def test_usual_documents_are_read_as_any_other(made: tuple[str, list[str]]) -> None:
    """Whatever a form takes for usual, a close look gives the same events, and the same losses."""
    name, told = made
    assert read(told, name) == read(told, name, usual=False)


@pytest.mark.parametrize("name", FORMS)
def test_forms_take_what_shippers_write(name: str) -> None:
    """The documents that each form is made for do not go the slow way."""
    (page,) = pages_of(Paged([json.dumps(USUAL[name])]), name)
    assert page.events is not None
    assert len(page.events) == page.found == 1
    assert page.hits == []


def test_a_form_is_for_one_field_of_time() -> None:
    """Where the user named another, or indices differ, documents are handed on as written."""
    kinds = [kind_of("cwl", indices=("a",)), kind_of("logstash", "when", indices=("b",))]
    reader = Reader("src", kinds, None, lambda *_: [])
    expected = reader.expect(["a"])
    assert expected is not None
    assert expected.form is form_of(kinds[0].shape, "@timestamp")
    for others in (["b"], ["a", "b"], ["c"], []):
        assert reader.expect(others) is None


def test_only_what_is_meant_is_read() -> None:
    """Groups that the user did not name are left out of usual documents, too."""
    others = [json.dumps(CWL | {"@log_group": group}) for group in ("/aws/lambda/g", "x", "")]
    found = read([json.dumps(CWL), *others], "cwl", meant=Meant((), ("f",)))
    assert [event.log_group for event in found.events] == ["/aws/lambda/f"]


def test_other_indices_are_passed_over() -> None:
    """An index that came while it was read is found next time."""
    reader = Reader("src", [kind_of("cwl", indices=("other",))], None, lambda *_: [])
    expected = reader.expect(["other"])
    paged = Paged([json.dumps(CWL)])
    for each in (expected, None):
        piece = Piece("x", {}, "shards", paged.snapshot, expected=each)
        (page,) = read_pages(piece, paged.cluster, paged.contexts)
        assert reader.read(page) == Read([], {})


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (r'"cut \ud83d"', "cut \ufffd"),
        (r'"\uDE00\ud83d"', "\ufffd\ufffd"),
        (r'"\ud83d\ude00 \\ud83d \u00e9"', "\U0001f600 \\ud83d \u00e9"),
        ('"\ud83d"', "\ufffd"),
    ],
)
def test_half_a_character_makes_no_answer_senseless(written: str, text: str) -> None:
    """Servers give back what programs cut in two; all around it is read, and it is U+FFFD."""
    told = [json.dumps(CWL), json.dumps(CWL).replace(r'"a\n"', written)]
    for usual in (True, False):
        found = read(told, "cwl", usual=usual)
        assert [event.message for event in found.events] == ["a\n", text]


def numbered(count: int) -> list[str]:
    return [json.dumps(CWL | {"@message": f"{number}"}) for number in range(count)]


def numbers(pages: Sequence[Page]) -> list[int]:
    reader = reader_of("cwl")
    return [int(event.message) for page in pages for event in reader.read(page).events]


@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 500])
def test_all_pages_are_read_once(count: int) -> None:
    """Full or not, each page is asked for once, behind the one before."""
    paged = Paged(numbered(count))
    assert numbers(pages_of(paged, "cwl", size=50)) == [*range(count)]
    starts = [json.dumps(body.get("search_after")) for body in paged.asked]
    assert len(set(starts)) == len(starts)


def test_an_answer_that_is_not_whole_is_asked_for_again() -> None:
    """Although the page behind it was asked for already: nothing is passed over."""
    paged = Paged(numbered(500))
    spoilt: list[int] = []

    def spoil(body: dict[str, Any], text: str) -> str:
        start = body.get("search_after", [-1])[0] + 1
        if start < 50 or start in spoilt or len(spoilt) > 2:
            return text
        spoilt.append(start)
        part = paged.page(start, body["size"] // 2)
        return part.replace('"timed_out":false', '"timed_out":true')

    paged.spoil = spoil
    assert numbers(pages_of(paged, "cwl", size=50)) == [*range(500)]
    assert spoilt


def test_an_answer_that_stays_in_part_is_none() -> None:
    """Whoever reads hears of it; what came before it was right."""
    paged = Paged(numbered(500))
    failing = '"failed":1,"failures":[{"reason":{"type":"x","reason":"a disk is full"}}]'
    paged.spoil = lambda body, text: (
        text if "search_after" not in body else text.replace('"failed":0', failing)
    )
    expected = reader_of("cwl").expect([INDEX])
    piece = Piece("x", {}, "shards", paged.snapshot, size=50, expected=expected)
    pages = read_pages(piece, paged.cluster, paged.contexts)
    assert numbers([next(pages)]) == [*range(50)]
    with pytest.raises(Trouble, match="1 shards failed: a disk is full"):
        next(pages)


def test_a_lost_point_in_time_is_begun_anew() -> None:
    """All is read again, for positions are other ones; what comes twice is told by its place."""
    paged = Paged(numbered(300))
    told: list[bool] = []

    def spoil(body: dict[str, Any], text: str) -> str:
        if body.get("search_after", [0])[0] > 100 and not told:
            told.append(True)
            raise lost()
        return text

    paged.spoil = spoil
    found = numbers(pages_of(paged, "cwl", size=50))
    assert sorted(set(found)) == [*range(300)]
    assert paged.generation == 1


def test_unusual_documents_are_looked_at_closely_and_soon_at_once() -> None:
    """Pages with one are decoded as any other; after a few of them, nothing is tried first."""
    told = numbered(1000)
    for number in range(0, 1000, 50):
        told[number] = json.dumps(CWL | {"@message": None, "message": "x"})
    pages = pages_of(Paged(told), "cwl", size=50)
    assert not any(page.events for page in pages)
    told[100:] = numbered(900)
    pages = pages_of(Paged(told), "cwl", size=50)
    assert [bool(page.events) for page in pages[:2]] == [False, False]
    assert all(page.events for page in pages[2:-1])


def test_pages_have_as_many_hits_as_fit() -> None:
    """By the length of those so far: what waits is bounded in bytes, not in documents."""
    paged = Paged([json.dumps(CWL | {"@message": "x" * 20_000})] * 2_000)
    pages = pages_of(paged, "cwl")
    assert sum(page.found for page in pages) == 2_000
    assert max(page.size for page in pages[1:]) <= BYTES
    assert len(pages) < 12


NESTED = '{"a":[{"x":1},{"_index":"i","_id":"","_source":{"@message":"no","@timestamp":"no"}}]}'


def test_an_answer_is_cut_between_hits_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever documents hold what hits begin with, each is read once, and nothing else is."""
    monkeypatch.setattr("slsloggrep.sources.opensearch.answers._PART", 1)
    usual = [json.dumps(CWL | {"@message": f'{number}\n}},{{"_index":"'}) for number in range(9)]
    for told in (usual, [*usual[:4], usual[4][:-1] + f',"more":{NESTED}}}', *usual[5:]]):
        found = read(told, "cwl").events
        assert found == read(told, "cwl", usual=False).events
        assert [event.message[0] for event in found] == [*"012345678"]


@pytest.mark.parametrize("other", ["[]", "{}", '"', "", "}"])
def test_answers_that_are_no_json_are_none(other: str) -> None:
    """What stands between hits and is none spoils the answer, read closely or not."""
    for usual in (True, False):
        paged = Paged([json.dumps(CWL)] * 3)
        paged.hits[1] = other
        with pytest.raises(Trouble, match="makes no sense"):
            pages_of(paged, "cwl", usual=usual)
