"""Invocations that are joined while more records come: the same as at once, each record once."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from stream_samples import (
    INIT,
    STREAM,
    A,
    B,
    C,
    end,
    events,
    init_report,
    log,
    parse,
    platform,
    report,
    start,
)

from slsloggrep.model import Fact, Invocation, Record, Status
from slsloggrep.stitch import stitch
from slsloggrep.stitch.ongoing import SILENCE, Lone, Ongoing

SETTLE = 2_000
Lines = list[tuple[int, str]]


def feed(ongoing: Ongoing, lines: Lines, **place: Any) -> list[Invocation | Lone]:
    """Add records of a stream as they happen, looking each time what is given away."""
    given: list[Invocation | Lone] = []
    for record in parse(events(lines, **place)):
        given += ongoing.take(record.event.timestamp)
        ongoing.add(record, record.event.timestamp)
    return given


def at(offset: int) -> int:
    return events([(offset, "")])[0].timestamp


def told(items: list[Invocation | Lone]) -> list[Any]:
    """Return invocations by request, status and number of records; lone ones by their text."""
    return [
        (item.request_id, item.status, len(item.records))
        if isinstance(item, Invocation)
        else (item.record.event.message, item.request_id)
        for item in items
    ]


CALL_A: Lines = [(0, start(A)), (5, "print\n"), (9, end(A)), (10, report(A))]


def test_an_invocation_comes_when_it_has_ended_and_settled() -> None:
    """Not before the time to settle has passed since REPORT; then whole, and once."""
    ongoing = Ongoing(SETTLE)
    assert feed(ongoing, CALL_A) == []
    assert told(list(ongoing.take(at(2009)))) == []
    assert told(list(ongoing.take(at(2010)))) == [(A, Status.OK, 4)]
    assert told(list(ongoing.take(at(9000)))) == []
    assert told(list(ongoing.finish())) == []


def test_lines_behind_the_report_belong_to_it() -> None:
    """An old-style timeout comes after REPORT: it tells how the invocation ended."""
    timeout = f"2026-11-23T11:00:03.000Z {A} Task timed out after 3.00 seconds\n"
    ongoing = Ongoing(SETTLE)
    feed(ongoing, [*CALL_A, (11, timeout), (12, "atexit\n")])
    assert told(list(ongoing.take(at(5000)))) == [(A, Status.TIMEOUT, 6)]


def test_lines_that_come_too_late_are_not_lost() -> None:
    """What names a request that was given away is told to belong to it; what names none, too."""
    ongoing = Ongoing(SETTLE)
    found = feed(ongoing, [*CALL_A, (4000, log(A, "late")), (4001, "unnamed\n")])
    assert told(found) == [(A, Status.OK, 4), (log(A, "late"), A)]
    found = feed(ongoing, [(5000, start(B)), (5010, report(B))])
    assert told([*found, *ongoing.take(at(9000))]) == [("unnamed\n", A), (B, Status.OK, 2)]


def test_the_next_invocation_is_not_touched() -> None:
    """While the next one runs, the one before is given away, and later the next is whole."""
    ongoing = Ongoing(SETTLE)
    found = feed(ongoing, [*CALL_A, (500, start(B)), (600, "of b\n"), (3000, "of b too\n")])
    assert told(found) == [(A, Status.OK, 4)]
    found = feed(ongoing, [(3100, report(B))])
    assert told([*found, *ongoing.take(at(9000))]) == [(B, Status.OK, 4)]


def test_an_init_belongs_to_what_follows() -> None:
    """Lines of an init wait for the invocation that they lead to."""
    ongoing = Ongoing(SETTLE)
    found = feed(ongoing, [*CALL_A, (2500, INIT), (2600, "loading\n"), (9000, start(B))])
    assert told(found) == [(A, Status.OK, 4)]
    feed(ongoing, [(9100, report(B, init=100.0))])
    (invocation,) = ongoing.take(at(20_000))
    assert isinstance(invocation, Invocation)
    assert invocation.cold_start
    assert len(invocation.records) == 4


def test_one_that_never_reports_comes_after_silence() -> None:
    """Longer than any invocation lasts nothing was written: what is there is given away."""
    ongoing = Ongoing(SETTLE)
    feed(ongoing, [(0, start(A)), (5, "last words\n")])
    assert list(ongoing.take(at(SILENCE - 10_000))) == []
    assert told(list(ongoing.take(at(SILENCE + 10_000)))) == [(A, Status.INCOMPLETE, 2)]


def test_one_that_never_reports_comes_with_the_next() -> None:
    """An environment that serves one at a time has left the first when the second ends."""
    ongoing = Ongoing(SETTLE)
    feed(ongoing, [(0, start(A)), (5, "x\n"), (100, start(B)), (200, report(B))])
    assert told(list(ongoing.take(at(5000)))) == [(A, Status.INCOMPLETE, 2), (B, Status.OK, 2)]


def test_an_init_that_fails_stands_alone_in_the_end() -> None:
    """Nothing followed: it is an invocation of its own, of no request."""
    ongoing = Ongoing(SETTLE)
    feed(ongoing, [(0, INIT), (9, init_report("init", "error", "Runtime.ExitError"))])
    assert told(list(ongoing.finish())) == [(None, Status.INIT_ERROR, 2)]


def test_what_is_served_at_once_is_told_apart_by_request() -> None:
    """One reports while another runs: only IDs count from then on, and nobody's lines are lone."""
    lines = [
        (0, start(A)),
        (10, start(B)),
        (20, log(A, "a")),
        (30, "whose\n"),
        (40, log(B, "b")),
        (50, report(A)),
    ]
    ongoing = Ongoing(SETTLE)
    feed(ongoing, lines)
    found = list(ongoing.take(at(2050)))
    assert len(found) == 2
    assert set(told(found)) == {("whose\n", None), (A, Status.OK, 3)}
    found = feed(ongoing, [(2100, "nobody's\n"), (2200, report(B)), (4300, log(B, "behind"))])
    assert told(found) == [("nobody's\n", None), (B, Status.OK, 3)]
    assert told(list(ongoing.take(at(9000)))) == [(log(B, "behind"), B)]


def test_one_of_many_that_never_reports_does_not_wait_for_the_others() -> None:
    """In a shared environment that is never silent, silence is counted by request."""
    ongoing = Ongoing(SETTLE)
    feed(ongoing, [(0, start(A)), (10, start(B)), (50, report(A))])
    found = feed(ongoing, [(SILENCE + offset, log(C, "busy")) for offset in (20, 6_000, 12_000)])
    assert (B, Status.INCOMPLETE, 1) in told(found)


def test_a_retry_is_another_invocation() -> None:
    """The same request starts again in the same environment: it is given away again."""
    ongoing = Ongoing(SETTLE)
    retry = [(offset + 60_000, text) for offset, text in CALL_A]
    found = feed(ongoing, [*CALL_A, *retry])
    found += ongoing.take(at(90_000))
    assert told(found) == [(A, Status.OK, 4), (A, Status.OK, 4)]


def test_a_retry_has_its_own_lines() -> None:
    """Those of the second attempt are its own, whenever the first one is given away."""
    timeout = f"2026-11-23T11:01:03.000Z {A} Task timed out after 3.00 seconds\n"
    retry = [
        (60_000, start(A)),
        (60_001, log(A, "again")),
        (60_009, end(A)),
        (60_010, report(A)),
        (60_010, timeout),
        (60_011, log(A, "at exit")),
    ]
    for given_at in (2_500, 60_000, 60_001, 60_010, 60_011):
        ongoing = Ongoing(SETTLE)
        found: list[Invocation | Lone] = []
        for record in parse(events([*CALL_A, *retry])):
            ongoing.add(record, record.event.timestamp)
            if record.event.timestamp >= at(given_at):
                found += ongoing.take(record.event.timestamp)
        found += ongoing.finish()
        assert told(found) == [(A, Status.OK, 4), (A, Status.TIMEOUT, 6)], given_at


def test_streams_are_apart() -> None:
    """What happens in one stream ends nothing in another."""
    ongoing = Ongoing(SETTLE)
    feed(ongoing, [(0, start(A))], stream="one")
    feed(ongoing, [(5, start(B)), (10, report(B))], stream="two")
    assert told(list(ongoing.take(at(5000)))) == [(B, Status.OK, 2)]
    assert told(list(ongoing.finish())) == [(A, Status.INCOMPLETE, 1)]


@st.composite
def streams(draw: st.DrawFn) -> Lines:
    """Draw what an environment writes that serves one request after the other."""
    lines: Lines = []
    time = 0
    for number in range(draw(st.integers(1, 5))):
        gap = draw(st.integers(1, 400_000))
        time += gap
        # Lambda's first retry comes after a minute.
        if not (number and gap >= 60_000 and draw(st.integers(0, 3)) == 0):
            request_id = f"{number:08x}-0000-4000-8000-00000000000a"
        cold = draw(st.booleans())
        if cold:
            lines.append((time, INIT))
            lines += [(time + n, f"loading {time} {n}\n") for n in range(draw(st.integers(0, 2)))]
            if draw(st.integers(0, 3)) == 0:
                lines.append((time + 3, init_report("init", "error", "Runtime.ExitError")))
            time += 5
        began = time
        reports = draw(st.integers(0, 7)) > 0
        # An ID of the application's own; in what never reports it might be anybody's.
        customer = "customer-7" if reports else f"customer-{number + 10}"
        lines.append((time, start(request_id)))
        for _ in range(draw(st.integers(0, 4))):
            time += draw(st.integers(0, 5_000))
            said = f"line {len(lines)}"
            own = json.dumps({"level": "INFO", "requestId": customer, "msg": said})
            lines.append((time, draw(st.sampled_from([log(request_id, said), said, own]))))
        time += 1
        if reports:
            lines.append((time, end(request_id)))
            status = draw(st.sampled_from(["", "timeout", "error"]))
            init = 5.0 if cold else None
            lines.append(
                (time, report(request_id, duration=time - began, init=init, status=status))
            )
            for n in range(draw(st.integers(0, 2))):
                behind = (
                    f"2026-11-23T11:00:03.000Z {request_id} Task timed out after 3.00 seconds\n"
                )
                text = draw(st.sampled_from([behind, log(request_id, "behind"), f"exit {time}\n"]))
                time += draw(st.integers(0, 500))
                lines.append((time, f"{text.rstrip()} {n}\n"))
        time += SETTLE
    return lines


def in_pieces(records: list[Record], cuts: set[int]) -> list[Invocation | Lone]:
    """Join records that come in pieces; between pieces it is looked what has ended."""
    ongoing = Ongoing(SETTLE)
    given: list[Invocation | Lone] = []
    for index, record in enumerate(records):
        if index in cuts:
            # All that is older has come: an event's time minus one is the last that is known.
            given += ongoing.take(record.event.timestamp - 1)
        ongoing.add(record, record.event.timestamp)
    return [*given, *ongoing.finish()]


def check_once(records: list[Record], given: list[Invocation | Lone]) -> None:
    found = [
        record.event
        for item in given
        for record in (item.records if isinstance(item, Invocation) else (item.record,))
    ]
    assert sorted(found) == sorted(record.event for record in records)


@given(st.lists(streams(), min_size=1, max_size=3), st.sets(st.integers(0, 80)))
@settings(max_examples=150, deadline=None)
def test_in_any_pieces_the_invocations_are_those_of_stitching_at_once(
    environments: list[Lines], cuts: set[int]
) -> None:
    """Where lines come within the time to settle, it does not matter when it is looked."""
    records = parse(
        event
        for number, lines in enumerate(environments)
        for event in events(lines, stream=f"{STREAM}{number}")
    )
    records.sort(key=lambda record: record.event.order)
    given = in_pieces(records, cuts)
    check_once(records, given)
    at_once = stitch(records)
    invocations = [item for item in given if isinstance(item, Invocation)]
    assert sorted(invocations, key=lambda i: i.order) == list(at_once.invocations)


def test_a_report_that_was_printed_ends_nothing() -> None:
    """A REPORT of a stranger waits for that of the one that runs, which tells whose it is."""
    printed = report(C, status="timeout")
    lines = [(0, start(A)), (5, printed), (20_000, "x\n"), (40_000, report(A))]
    records = parse(events(lines))
    given = in_pieces([*records, *parse(events([(60_000, start(B))]))], {1, 2, 3, 4})
    assert [i.request_id for i in given if isinstance(i, Invocation)] == [A, B]
    assert given[0].records == tuple(records)
    shared = platform("report", requestId=A, status="success", metrics={"durationMs": 9.0})
    records = parse(events([*lines[:-1], (40_000, shared), (60_000, start(B))]))
    given = in_pieces(records, {1, 2, 3, 4})
    assert [i.request_id for i in given if isinstance(i, Invocation)] == [A, C, B]


PIECES = st.one_of(
    *(
        st.sampled_from([A, B, C]).map(make)
        for make in (start, end, report, lambda i: log(i, "x"), lambda i: report(i, init=3.0))
    ),
    st.sampled_from(
        [
            INIT,
            "print\n",
            init_report("invoke", "error"),
            '{"type":"platform.initStart","record":{"initializationType":"lambda-managed-instances"}}',
            json.dumps({"requestId": "other", "msg": "x"}),
        ]
    ),
)


@given(
    st.lists(
        st.tuples(st.integers(0, 40_000), PIECES, st.sampled_from(["x", "y", ""])), max_size=40
    ),
    st.sets(st.integers(0, 40)),
)
@settings(max_examples=150, deadline=None)
def test_any_lines_at_all_are_given_away_once(
    lines: list[tuple[int, str, str]], cuts: set[int]
) -> None:
    """However damaged and however late: every record leaves exactly once."""
    records = [
        record
        for index, (offset, text, stream) in enumerate(lines)
        for record in parse(
            event._replace(position=index)
            for event in events([(offset, text)], stream=stream, ids=False)
        )
    ]
    ongoing = Ongoing(SETTLE)
    given: list[Invocation | Lone] = []
    progress = 0
    for index, record in enumerate(records):
        progress = max(progress, record.event.timestamp)
        ongoing.add(record, progress)
        if index in cuts:
            given += ongoing.take(progress)
    given += ongoing.finish()
    check_once(records, given)
    for invocation in (item for item in given if isinstance(item, Invocation)):
        assert all(a.event.order <= b.event.order for a, b in pairwise(invocation.records))
        own = [r for r in invocation.records if r.request_id == invocation.request_id]
        assert sum(record.fact is Fact.REPORT for record in own) <= 1
