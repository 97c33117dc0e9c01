"""However an archive packs the same events, an investigation gives the same answer."""

from __future__ import annotations

import re

import pytest
from archive_samples import NOON, ORDER, PACKINGS, REQUESTS, SETTINGS, TRACE, MemoryStore, Patience

from slsloggrep.decode.compression import unpack
from slsloggrep.export.trace import trace_document
from slsloggrep.investigate import Match, TraceFinding, grep, trace
from slsloggrep.parse import Parser
from slsloggrep.sources.archive import ArchiveSource


def investigate(objects: dict[str, bytes | OSError], text: str = ORDER) -> TraceFinding:
    return trace(
        [ArchiveSource(MemoryStore(objects), SETTINGS)],
        text,
        parser=Parser(),
        since=None,
        until=None,
        reach=3_600_000,
        max_hops=8,
        watch=Patience(),
        now=NOON,
    )


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_packing_gives_the_same_transaction(packing: str) -> None:
    """The order is found in two functions, payment by the trace; the other order stays out."""
    finding = investigate({"object": PACKINGS[packing]()})
    plain = investigate({"object": PACKINGS["plain, concatenated"]()})
    assert [gap for coverage in finding.coverage for gap in coverage.gaps] == []
    document = trace_document(finding.transaction, ())
    assert document == trace_document(plain.transaction, ())
    assert [m.invocation.request_id for m in finding.transaction.members] == [
        REQUESTS[0],
        REQUESTS[2],
        REQUESTS[3],
    ]
    assert finding.transaction.status == "timeout"


@pytest.mark.parametrize("packing", ["gzip", "gzip members", "single events", "zstd"])
def test_objects_delivered_twice_change_nothing(packing: str) -> None:
    """Firehose delivers at least once: the same events in two objects are the same events."""
    once = investigate({"a": PACKINGS[packing]()})
    twice = investigate({"a": PACKINGS[packing](), "b": PACKINGS["gzip within gzip"]()})
    assert trace_document(twice.transaction, ()) == trace_document(once.transaction, ())


@pytest.mark.parametrize(
    "spelling",
    [
        TRACE,
        f"Root={TRACE};Parent=0123456789abcdef;Sampled=1",
        TRACE[2:].replace("-", ""),
        TRACE.upper(),
        f"00-{TRACE[2:].replace('-', '')}-0123456789abcdef-01",
    ],
)
def test_a_trace_id_is_found_in_any_spelling(spelling: str) -> None:
    """X-Ray's form, the header pasted whole, W3C's 32 digits and traceparent are one."""
    finding = investigate({"object": PACKINGS["gzip"]()}, spelling)
    assert [m.invocation.function for m in finding.transaction.members] == ["checkout", "payment"]


def test_two_sources_with_the_same_events_are_one() -> None:
    """The same group archived in two places gives each invocation once."""
    sources = [
        ArchiveSource(MemoryStore({"x": PACKINGS[packing]()}, name), SETTINGS)
        for packing, name in (("gzip", "one"), ("newlines", "two"))
    ]
    finding = trace(
        sources,
        ORDER,
        parser=Parser(),
        since=None,
        until=None,
        reach=3_600_000,
        max_hops=8,
        watch=Patience(),
        now=NOON,
    )
    assert len(finding.transaction.members) == 3
    assert [coverage.source for coverage in finding.coverage] == ["one", "two"]


@pytest.mark.parametrize("regex", [False, True])
@pytest.mark.parametrize("packing", ["gzip", "single events", "newlines"])
def test_events_without_ids_are_shown_once(packing: str, regex: bool) -> None:
    """What several passes read is one event, even where nothing but its place tells it apart."""
    data = re.sub(rb'"id": ?"[0-9]{56}"', b'"id":""', unpack(PACKINGS[packing]())[0])
    source = ArchiveSource(MemoryStore({"object": data}), SETTINGS)
    finding = grep(
        [source],
        Match(
            literals=() if regex else (ORDER,),
            accept=lambda record: ORDER in record.event.message,
        ),
        parser=Parser(),
        since=None,
        until=None,
        limit=None,
        invocations=True,
        watch=Patience(),
        now=NOON,
    )
    assert [len(i.records) for i in finding.invocations] == [4, 4]
    traced = investigate({"object": data})
    assert [len(m.invocation.records) for m in traced.transaction.members] == [4, 4, 4]
