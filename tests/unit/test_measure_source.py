"""Measuring an archive is reading it: what could be read, who is meant, and when it ends."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest
from archive_samples import (
    NOON,
    PACKINGS,
    REQUESTS,
    SETTINGS,
    SHOP,
    MemoryStore,
    envelope,
    fetch,
    invocation,
)
from measure_samples import compact, drain, measure

from slsloggrep.errors import SourceError
from slsloggrep.model import Gap, Query, Span
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Capability, Meter, Purpose, Unusable
from slsloggrep.sources.chosen import Chosen

TWO_FUNCTIONS = [
    envelope("pay", "a", invocation(1, NOON, REQUESTS[0])),
    envelope("shop", "b", invocation(9, NOON, REQUESTS[1])),
    # One group, two functions: the stream tells which.
    {
        **envelope("", "c", invocation(19, NOON, REQUESTS[2])),
        "logGroup": "/shared",
        "logStream": "2026/11/23/pay[$LATEST]" + "c" * 32,
    },
    {
        **envelope("", "d", invocation(29, NOON, REQUESTS[3])),
        "logGroup": "/shared",
        "logStream": "2026/11/23/shop[$LATEST]" + "d" * 32,
    },
]


def test_an_archive_measures() -> None:
    """It has the capability, and keeps it where it is narrowed."""
    source = ArchiveSource(MemoryStore({}), SETTINGS)
    assert Capability.AGGREGATE in source.capabilities
    assert isinstance(source, Meter)
    assert Capability.AGGREGATE in Chosen(source, [], ["pay"]).capabilities


def test_gaps_and_counts_are_those_of_a_search() -> None:
    """What is damaged or denied is said, and rows count as the events that they are."""
    whole = compact(*SHOP)
    objects: dict[str, bytes | OSError] = {
        "whole": whole,
        "cut": gzip.compress(whole)[:-40],
        "denied": PermissionError(13, "denied"),
        "nothing": b"",
        "cut text": whole[:-60],
    }
    measured = measure(objects, "figures")
    _, searched = fetch(objects, Query(literals=("REPORT",)))
    assert {*measured.coverage.gaps} == {*searched.gaps}
    assert Gap("denied", "denied") in measured.coverage.gaps
    assert measured.coverage.objects == 5
    assert measured.coverage.bytes == searched.bytes
    # Small objects with damage are decoded as a whole, and so is every REPORT in them.
    assert len(measured.durations) == 3
    assert measured.coverage.events == 3 + len(measured.events)


@pytest.mark.parametrize("purpose", ["figures", "ends"])
@pytest.mark.parametrize("large", [False, True])
def test_a_document_that_is_cut_off_takes_nothing_with_it(purpose: Purpose, large: bool) -> None:
    """What is whole in it is read as its own, not as its neighbour's; what is missing is said."""
    first, second, third = (compact(document) for document in TWO_FUNCTIONS[:3])
    data = first + second[:-250] + third
    measured = measure({"o": data}, purpose, Query(literals=(REQUESTS[1],)), large=large)
    (gap,) = measured.coverage.gaps
    assert gap.what == "o"
    assert {event.log_group for event in measured.events if REQUESTS[1] in event.message} == {
        "/aws/lambda/shop"
    }
    rows = {
        (batch.log_group, request) for batch in measured.batches for request in batch.request_ids
    }
    reports = {(e.log_group, e.message[18:54]) for e in measured.events if e.message[0] == "R"}
    if purpose == "figures":
        assert rows | reports == {("/aws/lambda/pay", REQUESTS[0]), ("/shared", REQUESTS[2])}


@pytest.mark.parametrize(
    ("groups", "functions", "requests"),
    [
        (["/aws/lambda/pay"], [], [0]),
        ([], ["pay"], [0, 2]),
        ([], ["sho*"], [1, 3]),
        (["/shared"], ["pay"], [0, 2, 3]),
        ([], ["nobody"], []),
    ],
)
def test_who_was_named_is_measured_and_nobody_else(
    groups: list[str], functions: list[str], requests: list[int]
) -> None:
    """Rows, ends and events of others are left out, also where a group holds several functions."""
    meant = {REQUESTS[number] for number in requests}
    data = compact(*TWO_FUNCTIONS)
    source = Chosen(ArchiveSource(MemoryStore({"o": data}), SETTINGS), groups, functions)
    figures = drain(source, Query(), "figures")
    assert {r for batch in figures.batches for r in batch.request_ids} == meant
    for batch in figures.batches:
        assert len(batch.request_ids) == len(batch.durations_ms) == len(batch.identities)
    events = drain(source, Query(literals=tuple(REQUESTS)), "figures").events
    assert {event.message[17:53] for event in events if event.message[0] == "S"} == meant
    starts = [each | {"logEvents": each["logEvents"][:1]} for each in TWO_FUNCTIONS]
    source = Chosen(
        ArchiveSource(MemoryStore({"o": compact(*starts)}), SETTINGS), groups, functions
    )
    assert {bound.request_id for bound in drain(source, Query(), "ends").started} == meant


def test_a_source_that_could_not_be_opened_says_why() -> None:
    """Asked to measure, it raises what opening raised."""
    source = Unusable("s3://nowhere", SourceError("s3://nowhere", "there is no such bucket"))
    with pytest.raises(SourceError, match="no such bucket"):
        drain(source, Query(), "figures")


def test_what_was_read_when_the_run_is_cancelled_is_handed_in() -> None:
    """Rows that wait to make a batch are no less found, and what is missing is said."""
    objects: dict[str, bytes | OSError] = {f"o{n}": PACKINGS["gzip"]() for n in range(50)}
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    settings = replace(SETTINGS, cancelled=cancelled)
    measured = measure(objects, "figures", settings=settings)
    assert any("interrupted" in gap.reason for gap in measured.coverage.gaps)
    read = measured.coverage.objects - len(measured.coverage.gaps) + 1
    assert 0 < len(measured.durations) <= 3 * 50
    assert len(measured.durations) >= 3 * max(read - 2, 0)


def test_a_later_pass_finds_what_measuring_has_seen() -> None:
    """A stream that an event was given of is read again wherever it lies, however late."""
    # Spelled otherwise than CloudWatch does, nothing of it is kept.
    store = MemoryStore({"o": compact(*SHOP).replace(b'{"messageType"', b'{ "messageType"')})
    source = ArchiveSource(store, SETTINGS)
    drain(source, Query(literals=("timeout",)), "ends")
    group, stream = SHOP[1]["logGroup"], SHOP[1]["logStream"]
    span = Span(group, stream, NOON + 200, NOON + 201)
    (start,) = source.fetch(Query(spans=(span,)), lambda _: None)
    assert (start.log_group, start.log_stream) == (group, stream)
    assert store.opened == ["o", "o"]
