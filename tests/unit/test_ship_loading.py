"""What is made of the events at hand: each once, invocations whole, windows side by side."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from stream_samples import GROUP, STREAM, T0, A, B, C, end, events, log, report, start

from slsloggrep.investigate import Window
from slsloggrep.model import Event
from slsloggrep.parse import Parser
from slsloggrep.ship.documents import Document
from slsloggrep.ship.loading import SETTLE, Stock, Wanted, documents, query_of
from slsloggrep.stitch import stitch

EVERYTHING = Window(since=None, until=None, reason="everything")


def window(since: int | None, until: int | None) -> Window:
    """Return a window of offsets from T0."""
    return Window(
        since=None if since is None else T0 + since,
        until=None if until is None else T0 + until,
        reason="",
    )


def shipped(
    found: Iterable[Event], within: Window = EVERYTHING, *, in_memory: int = 50_000, **wanted: Any
) -> list[Document]:
    stock = Stock(in_memory=in_memory)
    for event in found:
        stock.add(event)
    return list(documents(stock, Parser(), Wanted(window=within, **wanted)))


def invocations_of(found: Iterable[Document]) -> dict[str, dict[str, Any]]:
    return {
        document.body["request_id"]: document.body for document in found if document.is_invocation
    }


def run(request_id: str, offset: int, duration: int, *lines: str) -> list[tuple[int, str]]:
    """Return one invocation's lines."""
    inner = [(offset + 1 + number, line) for number, line in enumerate(lines)]
    last = offset + duration
    return [
        (offset, start(request_id)),
        *inner,
        (last, end(request_id)),
        (last, report(request_id, duration=duration)),
    ]


def test_each_event_is_a_document_and_so_is_each_invocation() -> None:
    """Events of all kinds, those in no invocation too, and one document for the invocation."""
    found = events([*run(A, 0, 20, "hello\n"), (30_000, "alone\n")])
    made = shipped(found)
    assert len(made) == len(found) + 1
    assert sorted(d.body["message"] for d in made if not d.is_invocation) == sorted(
        event.message for event in found
    )
    (invocation,) = invocations_of(made).values()
    assert invocation["duration_ms"] == 20.0
    lines = {d.body["message"]: d.body.get("request_id") for d in made if not d.is_invocation}
    assert lines["hello\n"] == A


def test_without_invocations_the_events_are_the_same() -> None:
    """Leaving out invocations changes no event's document."""
    found = events(run(A, 0, 20, "hello\n"))
    all_of_it = shipped(found)
    assert shipped(found, invocations=False) == [d for d in all_of_it if not d.is_invocation]


LINES = [
    *run(A, 0, 20, "x\n", "x\n"),
    *run(B, 100, 900, log(B, "took long"), "no ID here\n"),
    *run(C, SETTLE + 5_000, 50, '{"level":"ERROR","message":"no"}\n'),
    (2 * SETTLE, "alone\n"),
]
OTHER = "2026/11/23/[$LATEST]00000000000000000000000000000002"


@given(st.randoms(use_true_random=False), st.booleans(), st.integers(2, 9))
def test_neither_order_nor_repeats_nor_room_change_what_is_shipped(
    luck: random.Random, ids: bool, in_memory: int
) -> None:
    """Shuffled and doubled input gives the same documents, in the same order, on disk or not."""
    found = [*events(LINES, ids=ids), *events(LINES, ids=ids, stream=OTHER)]
    expected = shipped(found)
    again = [*found, *(event._replace(container="copy") for event in found)]
    luck.shuffle(again)
    assert shipped(again, in_memory=in_memory) == expected
    assert len({document.id for document in expected}) == len(expected)


def test_the_invocations_are_those_that_stitching_at_once_gives() -> None:
    """Streams that are given away piece by piece make the same invocations."""
    found = events(LINES)
    stitched = stitch(Parser().parse(event) for event in found).invocations
    made = invocations_of(shipped(found))
    assert {i.request_id: len(i.records) for i in stitched} == {
        request: body["events"] for request, body in made.items()
    }


def test_a_line_that_was_printed_twice_is_two_documents() -> None:
    """Equal lines of one moment are told apart by their count, whatever else is there."""
    found = events([(0, "same\n"), (0, "same\n"), (0, "other\n"), (1, "same\n")], ids=False)
    made = shipped(found)
    assert Counter(d.body["message"] for d in made) == {"same\n": 3, "other\n": 1}
    assert len({d.id for d in made}) == 4
    # Without the line between them they are the same two documents.
    fewer = shipped([found[0], found[1]])
    assert {d.id for d in fewer} <= {d.id for d in made}


def test_the_order_within_a_moment_is_kept() -> None:
    """Who reads the documents back has the lines of a moment in the order of their stream."""
    found = events([(0, f"line {number}\n") for number in range(12)], ids=False)
    made = sorted(shipped(found), key=lambda d: d.body["slsloggrep"]["sequence"])
    assert [d.body["message"] for d in made] == [event.message for event in found]


def test_a_window_has_its_own_events_and_the_invocations_that_end_in_it() -> None:
    """What is read around it makes invocations whole, and is not shipped itself."""
    found = events([*run(A, 0, 20), *run(B, 90, 20), *run(C, 200, 10)])
    made = shipped(found, window(100, 205))
    assert [d.time - T0 for d in made if not d.is_invocation] == [110, 110, 200]
    assert {r: b["complete"] for r, b in invocations_of(made).items()} == {B: True}


@given(st.integers(1, 2 * SETTLE))
def test_windows_side_by_side_ship_everything_once(cut: int) -> None:
    """Wherever a day is cut in two, both parts together are the whole, and nothing comes twice."""
    found = events(LINES)
    before = shipped(found, window(None, cut))
    after = shipped(found, window(cut, None))
    key = lambda document: document.id  # noqa: E731 - a key, used three times
    assert sorted([*before, *after], key=key) == sorted(shipped(found), key=key)


def test_a_window_is_read_with_the_longest_invocation_around_it() -> None:
    """Lambda runs a function for 15 minutes at most, which either edge may lie in."""
    query = query_of(window(0, 1_000))
    assert query.since is not None
    assert query.until is not None
    assert query.since <= T0 - 15 * 60_000
    assert query.until >= T0 + 1_000 + 15 * 60_000
    assert query_of(EVERYTHING).bounds == (None, None)


def test_a_failed_invocation_has_its_fingerprint() -> None:
    """It is that of `crashes`, so that what is found in one is found in the other."""
    from slsloggrep.analyse.crashes import crashes_of

    lines = [(0, start(A)), (9, end(A)), (9, report(A, status="timeout"))]
    (crash,) = crashes_of(stitch(Parser().parse(e) for e in events(lines)).invocations, ())
    (body,) = invocations_of(shipped(events(lines))).values()
    assert body["fingerprint"] == crash.fingerprint
    assert body["crash_title"] == crash.title
    assert body["status"] == "timeout"


def test_lines_without_a_stream_are_joined_by_their_request() -> None:
    """Where the archive lost the place, only request IDs count; every line is shipped."""
    found = events(run(A, 0, 20, "nobody's\n"), group="", stream="")
    made = shipped(found)
    lines = {d.body["message"]: d.body.get("request_id") for d in made if not d.is_invocation}
    assert lines["nobody's\n"] is None
    assert invocations_of(made)[A]["duration_ms"] == 20.0


def test_streams_share_nothing() -> None:
    """An invocation that never ended does not take the lines of the next stream."""
    found = [*events([(0, start(A))]), *events([(5, "x\n")], stream=OTHER)]
    made = {
        d.body["message"]: d.body.get("request_id") for d in shipped(found) if not d.is_invocation
    }
    assert made == {start(A): A, "x\n": None}
    assert {d.body["log_stream"] for d in shipped(found)} == {STREAM, OTHER}
    assert {d.body["log_group"] for d in shipped(found)} == {GROUP}
