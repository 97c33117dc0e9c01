"""Raw search: a literal is found in every spelling, in any buffer, at any offset."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.decode.search import Haystack, Needle, find_any, prepare


def positions(literal: str, data: bytes) -> list[int]:
    haystack = Haystack(64)
    haystack.append(data)
    return find_any([Needle(literal)], haystack)


@pytest.mark.parametrize(
    "data",
    [
        b'"id":"ord-1234/a"',
        rb'"id":"ord\u002d1234\/a"',
        rb'"message":"{\"id\":\"ord\\u002D1234\\/a\"}"',
        b"ord-1234/a",
    ],
)
def test_a_literal_is_found_in_every_escaped_spelling(data: bytes) -> None:
    """Punctuation may be escaped once or twice, in either case."""
    assert positions("ord-1234/a", data)


def test_the_rest_of_the_literal_must_stand_around_its_longest_run() -> None:
    """The run of letters and digits alone is no hit."""
    assert positions("ord-1234", b"abc-1234 1234 ord-123") == []


@pytest.mark.parametrize(
    ("literal", "data"),
    [("11-22", b"111-22"), ("abab.c", b"ababab.c"), ("x-77", b"7x-777"), ("-1212", b"-121212")],
)
def test_a_run_that_overlaps_itself_is_found_at_each_place(literal: str, data: bytes) -> None:
    """Where a run stands twice in the same bytes, the second place counts, too."""
    assert positions(literal, data)


@pytest.mark.parametrize(
    ("literal", "data", "place"),
    [
        ("timeout", b"eout timeout", 5),
        ("Task timed out", b"tasktimed Task timed out", 10),
        ("Task timed out", b"Task timed in", None),
        ("timed-out-x", b"xxed timed-out-x", 5),
        ("timed-out-x", b"omed-out-x", None),
    ],
)
def test_a_run_is_found_by_the_part_that_is_rare(
    literal: str, data: bytes, place: int | None
) -> None:
    """What is searched may be the middle of a word: its beginning is compared as well."""
    assert positions(literal, data) == ([] if place is None else [place])


def test_literals_around_one_word_are_found_by_one_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each where it stands itself, and no more: the word alone is neither."""
    needles = [Needle('"failure"'), Needle("Status: failure"), Needle("timeout")]
    data = rb"failure {\"failure\"} Status: failure, timeout"
    haystack = Haystack(len(data))
    haystack.append(data)
    probes: list[bytes] = []
    find_all_of = Haystack.find_all_of

    def count(self: Haystack, wanted: Sequence[bytes], steps: Sequence[int]) -> list[list[int]]:
        probes.extend(wanted)
        return find_all_of(self, wanted, steps)

    monkeypatch.setattr(Haystack, "find_all_of", count)
    assert find_any(needles, haystack) == [
        data.index(b'failure\\'), data.index(b"failure,"), data.index(b"timeout"),
    ]  # fmt: skip
    assert sorted(probes) == sorted({needle.probe for needle in needles})


def test_short_runs_are_searched_as_a_whole() -> None:
    """`a-b-1` has no long run; it is found by its pattern."""
    assert positions("a-b-1", b"xx a-b-1 yy") == [3]
    assert positions("\u65e5\u672c", json.dumps("x \u65e5\u672c").encode()) == [3]
    assert positions("\u65e5\u672c", "x \u65e5\u672c".encode()) == [2]


def test_json_punctuation_matches_across_white_space() -> None:
    """A literal copied from a compact spelling is found in a pretty-printed one."""
    assert positions('"orderId":"abc12345"', b'{\n  "orderId" : "abc12345"\n}')


@given(
    st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20),
    st.text(max_size=30),
    st.integers(0, 2),
    st.booleans(),
)
def test_no_json_encoding_hides_a_literal(
    literal: str, around: str, depth: int, ascii_only: bool
) -> None:
    """However often the text is encoded as JSON, the raw search finds what the text holds."""
    text = around + literal + around
    for _ in range(depth):
        text = json.dumps(text, ensure_ascii=ascii_only)
    assert positions(literal, text.encode("utf-8", "surrogatepass"))


def test_a_haystack_forgets_its_front() -> None:
    """Dropping keeps what follows, and offsets count from the new front."""
    haystack = Haystack(4)
    haystack.append(b"abcdef")
    haystack.append(b"ghi")
    haystack.drop(4)
    assert haystack.view() == b"efghi"
    assert haystack.find(b"gh") == 2
    assert haystack.find(b"abc") == -1
    haystack.clear()
    assert (haystack.view(), len(haystack.buffer)) == (b"", 4)


def test_adopted_bytes_are_searched_where_they_are() -> None:
    """What is all there is needs no copy; afterwards the haystack is its own again."""
    haystack = Haystack(4)
    data = b"xx needle1 yy"
    haystack.adopt(data)
    assert haystack.view() is data
    assert find_any([Needle("needle1")], haystack) == [3]
    haystack.clear()
    haystack.append(b"needle1")
    assert (find_any([Needle("needle1")], haystack), data) == ([0], b"xx needle1 yy")


def test_patterns_are_made_when_something_is_compared() -> None:
    """Most needles are never found: what their surroundings look like need not be known."""
    (needle,) = prepare(["Task timed out"])
    haystack = Haystack(64)
    haystack.append(b"nothing of the kind")
    assert find_any([needle], haystack) == []
    assert not {"_whole", "_before", "_after"} & needle.__dict__.keys()
    haystack.append(b" Task timed out")
    assert find_any([needle], haystack) == [20]
    assert "_after" in needle.__dict__ or "_before" in needle.__dict__


@pytest.mark.parametrize("count", [2, 150])
def test_needles_that_share_a_search_find_what_each_finds_alone(count: int) -> None:
    """One probe within another's run, runs that begin alike, and many at once change no hit."""
    literals = ["\tfail\t", "Status: failure", "ExecutionTimedOut", "ExecutionAborted"]
    literals += [f"order-{number:08x}" for number in range(count)]
    text = b"x failure \\tfail\\t Status: failure ExecutionAborted Executioner order-00000001 fai"
    haystack = Haystack(64)
    haystack.append(text)
    alone = {hit for literal in literals for hit in find_any(prepare([literal]), haystack)}
    assert find_any(prepare(literals), haystack) == sorted(alone)
    assert len(alone) == 4
