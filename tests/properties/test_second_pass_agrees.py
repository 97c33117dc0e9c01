"""Whatever a later pass spares itself, it gives the events that reading everything gives."""

from __future__ import annotations

import gzip
import json
from typing import Any
from unittest.mock import patch

from archive_samples import NOON, SETTINGS, MemoryStore
from hypothesis import given, settings
from hypothesis import strategies as st
from measure_samples import LargeStore, compact, drain

from slsloggrep.model import Event, Query, Span
from slsloggrep.sources import crew, scan, wanted
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.layout import HOUR

GROUPS = ["/aws/lambda/pay", "/aws/lambda/shop"]
STREAMS = [f"2026/11/23/[$LATEST]{digit * 32}" for digit in "abc"] + ["s", "a\\b"]
REQUEST = "aaaaaaaa-1111-4111-8111-111111111111"
FIGURES = "Duration: 1.00 ms\tBilled Duration: 1 ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t"
MESSAGES = [
    f"START RequestId: {REQUEST} Version: $LATEST\n",
    f"END RequestId: {REQUEST}\n",
    f"REPORT RequestId: {REQUEST}\t{FIGURES}\n",
    "boom\n",
    '{"message": "}{", "timestamp": 1}',
    "plain \u2026",
]
TIMES = st.integers(0, 4).map(lambda hour: NOON + hour * HOUR)


@st.composite
def envelopes(draw: st.DrawFn, time: int) -> bytes:
    """Draw an envelope of about one moment, as CloudWatch writes it, or another writer."""
    events: list[dict[str, Any]] = [
        {"id": f"{draw(st.integers(0, 9999)):056d}", "timestamp": time + offset, "message": message}
        for offset, message in draw(
            st.lists(
                st.tuples(st.integers(0, 90_000), st.sampled_from(MESSAGES)), min_size=1, max_size=5
            )
        )
    ]
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": draw(st.sampled_from(GROUPS)),
        "logStream": draw(st.sampled_from(STREAMS)),
        "subscriptionFilters": ["all"],
        "logEvents": events,
    }
    spelling = draw(st.sampled_from(["own", "own", "own", "own", "blanks", "texts"]))
    if spelling == "blanks":
        return json.dumps(document).encode()
    if spelling == "texts":
        for event in events:
            event["timestamp"] = str(event["timestamp"])
    return compact(document)


@st.composite
def archives(draw: st.DrawFn) -> dict[str, bytes | OSError]:
    """Draw objects, with and without a time in their names, and a few that were late."""
    objects: dict[str, bytes | OSError] = {}
    for number in range(draw(st.integers(1, 5))):
        time = draw(TIMES)
        parts = draw(st.lists(envelopes(time), min_size=1, max_size=5))
        hour = 12 + (time - NOON) // HOUR + draw(st.sampled_from([0, 0, 1]))
        name = draw(st.sampled_from([f"2026/11/23/{hour:02}/{number}", f"{number}"]))
        data = b"".join(parts)
        objects[name] = gzip.compress(data, 1) if draw(st.booleans()) else data
    return objects


@st.composite
def stretches(draw: st.DrawFn) -> Span:
    """Draw a stretch of a log stream."""
    since = draw(TIMES) + draw(st.sampled_from([-60_000, 0, 30_000]))
    length = draw(st.sampled_from([1, 1000, 60_000, HOUR]))
    return Span(
        draw(st.sampled_from(GROUPS)), draw(st.sampled_from(STREAMS)), since, since + length
    )


def content(event: Event) -> tuple[Any, ...]:
    """Return all but the place in the container, which depends on what is decoded with it."""
    return event[:7]


@settings(deadline=None)
@given(
    archives(),
    st.lists(st.lists(stretches(), min_size=1, max_size=5), min_size=1, max_size=2),
    st.sampled_from(["ends", "figures", "literal", None]),
    st.sampled_from([0, 2, 16]),
    st.booleans(),
    st.booleans(),
)
def test_stretches_are_those_of_all_events(
    objects: dict[str, bytes | OSError],
    asked: list[list[Span]],
    first: str | None,
    many: int,
    in_blocks: bool,
    large: bool,
) -> None:
    """Whatever was read before, in one pass or in several, in blocks, with few streams or many."""
    make = LargeStore if large else MemoryStore
    small = 600 if in_blocks else scan.BUFFER
    with (
        patch.object(crew, "CHUNK", small),
        patch.object(scan, "BUFFER", small),
        patch.object(wanted, "_MANY_STREAMS", many),
    ):
        every = list(ArchiveSource(make(objects), SETTINGS).fetch(Query(), lambda _: None))
        source = ArchiveSource(make(objects), SETTINGS)
        sign = Query(literals=("boom",))
        if first == "literal":
            list(source.fetch(sign, lambda _: None))
        elif first is not None:
            drain(source, sign, "ends" if first == "ends" else "figures")
        for spans in asked:
            query = Query(spans=tuple(spans))
            found = list(source.fetch(query, lambda _: None))
            within = [event for event in every if any(_lies_in(event, span) for span in spans)]
            assert sorted(map(content, found)) == sorted(map(content, within))
            afresh = list(ArchiveSource(make(objects), SETTINGS).fetch(query, lambda _: None))
            # Their places, too, are the same in every pass.
            assert sorted(found) == sorted(afresh)


def _lies_in(event: Event, span: Span) -> bool:
    place = (event.log_group, event.log_stream)
    return place == span[:2] and span.since <= event.timestamp < span.until
