"""Which bytes are CloudWatch's own envelopes is told without decoding any."""

from __future__ import annotations

from typing import Any

import pytest
from archive_samples import CONTROL, NOON, REQUESTS, envelope, invocation, log_event
from measure_samples import compact

from slsloggrep.decode.haystack import Haystack
from slsloggrep.decode.survey import Survey

ONE = envelope("one", "a", invocation(1, NOON, REQUESTS[0]))
TWO = envelope("two", "b", invocation(9, NOON, REQUESTS[1]))
A, B = compact(ONE), compact(TWO)
EVENT = log_event(7, NOON, "timeout")
POLICY = {key: value for key, value in ONE.items() if key != "logEvents"}
POLICY |= {"policyLevel": "ACCOUNT_LEVEL_POLICY", "logEvents": ONE["logEvents"]}


def survey(data: bytes, size: int | None = None) -> Survey:
    haystack = Haystack(8)
    haystack.adopt(data)
    return Survey.of(haystack, len(data) if size is None else size)


def regions(found: Survey) -> list[tuple[int, int]]:
    return [found.document(region) for region in range(len(found.bodies))]


@pytest.mark.parametrize("between", [b"", b"\n", b" \r\n\t"])
@pytest.mark.parametrize("after", [b"", b"\n", b"\0\0\0"])
def test_every_envelope_is_a_region(between: bytes, after: bytes) -> None:
    """Whether or not there is white space between them; each has its group and its stream."""
    second = len(A) + len(between)
    found = survey(A + between + B + after)
    assert regions(found) == [(0, len(A)), (second, second + len(B))]
    assert found.log_groups == ["/aws/lambda/one", "/aws/lambda/two"]
    assert found.log_streams == [ONE["logStream"], TWO["logStream"]]
    assert (found.others, found.is_whole) == ([], True)


def test_the_policy_of_an_account_is_part_of_a_head() -> None:
    """Account-wide filters write one more key."""
    assert survey(compact(POLICY)).is_whole


NO_REGIONS: list[bytes] = [
    compact(CONTROL),
    A.replace(b'":', b'": '),
    A.replace(b'{"messageType":"DATA_MESSAGE",', b"{"),
    A.replace(b'"owner"', b'"Owner"'),
    A.replace(b'"/aws/lambda/one"', b'""'),
    A.replace(b'"/aws/lambda/one"', rb'"\/aws\/lambda\/one"'),
    A.replace(b'"/aws/lambda/one"', '"/aws/lambda/\u00e9"'.encode()),
    A[:-30],
    A[:-1],
    compact(ONE | {"logEvents": []}),
    compact(ONE | {"logEvents": [EVENT | {"extractedFields": {"a": "b"}}]}),
    compact(ONE | {"logEvents": [dict(reversed(EVENT.items()))]}),
    compact(ONE | {"logEvents": [EVENT | {"x": [{"y": "z"}]}, EVENT]}),
    compact(ONE | {"logEvents": [EVENT | {"message": {"logEvents": [EVENT]}}, EVENT]}),
    compact(EVENT),
    compact({"events": [EVENT]}),
    b"text\n",
]


@pytest.mark.parametrize("other", NO_REGIONS)
def test_everything_else_is_left_over(other: bytes) -> None:
    """Other writers' documents and damage lie between the regions, and in none of them."""
    data = A + other + B + other + A
    found = survey(data)
    covered = [*regions(found), *found.others]
    # Every byte is a region's or left over, once.
    assert sorted(covered)[0][0] == 0
    assert [end for _, end in sorted(covered)] == [
        *(start for start, _ in sorted(covered)[1:]),
        len(data),
    ]
    assert not found.is_whole
    for start, end in regions(found):
        assert data[start:end] in (A, B)
    assert regions(survey(other)) == []


def test_a_document_without_a_list_after_the_last_one_is_left_over() -> None:
    """An event of its own belongs to no envelope before it."""
    found = survey(A + compact(EVENT))
    assert (regions(found), found.others) == ([(0, len(A))], [(len(A), len(A + compact(EVENT)))])


def test_what_lies_behind_the_block_is_not_looked_at() -> None:
    """A block ends where a document ends; the next one is the next block's."""
    found = survey(A + B, len(A))
    assert (regions(found), found.is_whole) == ([(0, len(A))], True)


def test_an_offset_belongs_to_the_events_it_lies_in() -> None:
    """Neither in a head nor between regions is there any event."""
    left = compact(CONTROL)
    found = survey(A + left + B)
    assert found.owner(A.index(b"START")) == 0
    assert found.owner(A.index(b"/aws/lambda/one")) is None
    assert found.owner(len(A) + 5) is None
    assert found.owner(len(A) + len(left) + B.index(b"REPORT")) == 1
    hits = [3, A.index(b"START"), len(A) + 5, len(A + left) + B.index(b"REPORT"), len(A + left + B)]
    assert [*found.shares(hits)] == [(0, 1, 2), (1, 3, 4)]
    found.forget(0)
    assert [*found.shares(hits)] == [(1, 3, 4)]
    assert found.owner(A.index(b"START")) is None


def test_an_excerpt_is_the_event_around_an_offset() -> None:
    """With its place among the events, and its message as it was before it was written as JSON."""
    text = '\u00fc "}]} \\ \t{"id":"x"} hit\n'
    events = [log_event(n, NOON + n, f"{n} {text}") for n in range(3)]
    data = compact(ONE | {"logEvents": events})
    found = survey(data)
    at = data.index(b"hit", data.index(b"hit") + 3)
    excerpt = found.excerpt(0, at)
    assert excerpt is not None
    assert excerpt[2:] == (1, events[1]["id"], NOON + 1, events[1]["message"])
    assert data[excerpt.offset + 1 : excerpt.end] == compact(events[1])


ODD: list[dict[str, Any]] = [
    EVENT | {"id": "7"},
    EVENT | {"timestamp": 7},
    EVENT | {"extractedFields": {"a": "b"}},
    dict(reversed(EVENT.items())),
]


@pytest.mark.parametrize("odd", ODD)
def test_what_is_no_ordinary_event_has_no_excerpt(odd: dict[str, Any]) -> None:
    """It is not its neighbour either: the envelope must be decoded."""
    data = compact(ONE | {"logEvents": [log_event(1, NOON, "a"), odd, log_event(2, NOON, "b")]})
    found = survey(data)
    assert regions(found) == [(0, len(data))]
    assert found.excerpt(0, data.index(b"timeout")) is None
