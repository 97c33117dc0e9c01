"""Invocations stitched one log stream after another: the same as at once, whatever the memory."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_samples import STREAM, A, B, C, end, events, log, parse, report, start
from test_stitch_ongoing import PIECES, Lines, streams

from slsloggrep.model import Event, Invocation, Record
from slsloggrep.parse import Parser
from slsloggrep.stitch import Shelf, stitch

Wants = Callable[[Invocation], bool]


def destination(request_id: str, payload: object) -> str:
    context = {"requestId": request_id, "condition": "Success", "approximateInvokeCount": 1}
    context["functionArn"] = "arn:aws:lambda:us-east-1:123456789012:function:pay:$LATEST"
    return json.dumps(
        {
            "version": "1.0",
            "timestamp": "2019-11-24T21:52:47.333Z",
            "requestContext": context,
            "requestPayload": {},
            "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
            "responsePayload": payload,
        }
    )


def at_once(found: list[Event], wants: Wants) -> list[Invocation | Record]:
    """Return what `stitch` gives, by time."""
    stitched = stitch(map(Parser().parse, found))
    keyed: list[tuple[tuple[object, ...], Invocation | Record]] = [
        ((i.start, i.records[0].event.order), i) for i in stitched.invocations if wants(i)
    ]
    keyed += [((r.event.timestamp, r.event.order), r) for r in stitched.unattributed]
    return [item for _, item in sorted(keyed, key=lambda pair: pair[0])]


def shelved(found: list[Event], wants: Wants, room: int) -> list[Invocation | Record]:
    shelf = Shelf(
        found,
        Parser().parse,
        wants=wants,
        wants_lone=lambda _record: True,
        room=room,
        in_memory=room,
    )
    assert list(shelf) == list(shelf)
    return list(shelf)


WANTS: list[Wants] = [
    lambda _invocation: True,
    lambda invocation: invocation.request_id == A,
    lambda invocation: len(invocation.records) % 2 == 0,
]


@given(
    st.lists(streams(), min_size=1, max_size=3),
    st.sampled_from(WANTS),
    st.sampled_from([1, 3, 1000]),
)
@settings(max_examples=100, deadline=None)
def test_environments_give_the_same_as_at_once(
    environments: list[Lines], wants: Wants, room: int
) -> None:
    """In memory or on disk, and whatever of it is wanted."""
    found = [
        event
        for number, lines in enumerate(environments)
        for event in events(lines, stream=f"{STREAM}{number}")
    ]
    assert shelved(found, wants, room) == at_once(found, wants)


ANSWERS = st.builds(destination, st.sampled_from([A, B, C]), st.sampled_from([1, None, "ok"]))


@given(
    st.lists(
        st.tuples(st.integers(0, 40_000), PIECES | ANSWERS, st.sampled_from(["x", "y", "z", ""])),
        max_size=40,
    ),
    st.sampled_from(WANTS),
    st.sampled_from([1, 3, 1000]),
)
@settings(max_examples=150, deadline=None)
def test_any_lines_at_all_give_the_same_as_at_once(
    lines: list[tuple[int, str, str]], wants: Wants, room: int
) -> None:
    """Damaged, shared, without a stream; with destinations that tell of other streams."""
    found = [
        event._replace(position=index)
        for index, (offset, text, stream) in enumerate(lines)
        for event in events([(offset, text)], stream=stream, ids=False)
    ]
    assert shelved(found, wants, room) == at_once(found, wants)


@pytest.mark.parametrize("room", [1, 1000])
def test_a_destination_answers_for_the_last_attempt_wherever_that_lies(room: int) -> None:
    """Also where it comes in an earlier stream, and where the last attempt is not wanted."""
    found = [
        *events([(50, destination(A, "done"))], stream="a destination"),
        *events([(0, start(A)), (1, end(A)), (2, report(A))], stream="b"),
        *events([(90, start(A)), (91, log(A, "x")), (92, report(A))], stream="c"),
    ]
    both = [i for i in shelved(found, WANTS[0], room) if isinstance(i, Invocation)]
    assert [i.response for i in both] == [None, "done"]
    first = shelved(found, lambda i: i.log_stream == "b", room)
    assert [i.response for i in first if isinstance(i, Invocation)] == [None]


@pytest.mark.parametrize("room", [1, 1000])
def test_each_invocation_is_heard_once_and_text_survives_the_disk(room: int) -> None:
    """Lone surrogates included; `wants` may count what it hears."""
    lines = [(0, start(A)), (1, log(A, "\ud800 \U0001f600 \x00")), (2, report(A))]
    heard: list[str | None] = []

    def hear(invocation: Invocation) -> bool:
        heard.append(invocation.request_id)
        return True

    (invocation,) = shelved(events(lines), hear, room)
    assert isinstance(invocation, Invocation)
    assert invocation.records == tuple(parse(events(lines)))
    assert heard == [A]
