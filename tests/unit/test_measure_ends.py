"""Which STARTs and REPORTs find each other is told by bytes; those that do not are given."""

from __future__ import annotations

import json
from typing import Any

import pytest
from archive_samples import NOON, PACKINGS, REQUESTS, SHOP, envelope, invocation, log_event
from measure_samples import compact, measure

from slsloggrep.model import Bound, Query
from slsloggrep.sources import crew, scan

A, B = REQUESTS[:2]
PLACE = ("/aws/lambda/pay", "2026/11/23/[$LATEST]" + "a" * 32)
OTHER = "b"


def start(time: int, request: str = A) -> dict[str, Any]:
    return log_event(time, NOON + time, f"START RequestId: {request} Version: $LATEST\n")


def end(time: int, request: str = A, status: str = "") -> dict[str, Any]:
    figures = "\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB"
    return log_event(500 + time, NOON + time, f"REPORT RequestId: {request}{figures}\t{status}\n")


def platform(time: int, kind: str, request: str = A, **more: Any) -> dict[str, Any]:
    record = {"requestId": request, **more}
    event = {"time": "2026-11-23T12:00:00.000Z", "type": f"platform.{kind}", "record": record}
    return log_event(900 + time, NOON + time, json.dumps(event, separators=(",", ":")))


def pay(*events: dict[str, Any], stream: str = "a") -> dict[str, Any]:
    return envelope("pay", stream, [*events])


def bound(time: int, request: str = A, place: tuple[str, str] = PLACE) -> Bound:
    return Bound(*place, request, NOON + time)


@pytest.mark.parametrize(
    "documents",
    [
        [pay(start(0), end(9))],
        [pay(start(0)), pay(end(9))],
        [pay(end(9)), pay(start(0))],
        [pay(start(0), end(9), start(10, B), end(19, B))],
        [pay(start(0), start(1, B), end(8), end(9, B))],
        [pay(start(0), end(9)), pay(start(0), end(9))],
        [pay(start(0)), pay(end(9)), pay(start(0))],
        [pay(start(0), end(9), start(60), end(69))],
        [pay(start(0), end(0))],
        [pay(platform(0, "start", version="1"), platform(9, "report", status="success"))],
        [pay(start(0)), pay(platform(9, "report", status="success"))],
        [pay(start(0), end(9)), pay(start(0), end(9), stream=OTHER)],
    ],
)
def test_what_has_both_its_ends_is_not_given(documents: list[dict[str, Any]]) -> None:
    """In one stream and block: in order or not, once or several times, repeated or as JSON."""
    measured = measure({"o": compact(*documents)}, "ends")
    assert (measured.started, measured.reported, measured.events) == ([], [], [])


@pytest.mark.parametrize(
    ("documents", "started", "reported"),
    [
        ([pay(start(0))], [bound(0)], []),
        ([pay(end(9))], [], [bound(9)]),
        ([pay(start(0), end(9, B))], [bound(0)], [bound(9, B)]),
        ([pay(end(9), start(60))], [bound(60)], [bound(9)]),
        ([pay(start(0), end(9), start(60))], [bound(60)], []),
        ([pay(start(0), start(60), end(69))], [bound(0)], []),
        (
            [pay(start(0)), pay(end(9), stream=OTHER)],
            [bound(0)],
            [bound(9, A, (PLACE[0], "2026/11/23/[$LATEST]" + OTHER * 32))],
        ),
        ([pay(platform(0, "start")), pay(start(1, B), end(9, B))], [bound(0)], []),
        ([pay(platform(9, "report", status="success"))], [], [bound(9)]),
    ],
)
def test_what_has_no_partner_is_given(
    documents: list[dict[str, Any]], started: list[Bound], reported: list[Bound]
) -> None:
    """Another request, another stream, or an attempt whose end is missing is no partner."""
    measured = measure({"o": compact(*documents)}, "ends")
    assert (measured.started, measured.reported) == (started, reported)


def test_attempts_of_a_request_are_told_by_time_and_not_by_place() -> None:
    """Each START stands before a REPORT, and yet the last attempt has none: the other is older."""
    measured = measure({"o": compact(pay(start(0), end(5), start(10), end(3)))}, "ends")
    assert (measured.started, measured.reported) == ([bound(10)], [bound(5)])


def test_ends_in_different_blocks_are_both_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block knows nothing of the next one: whoever asks pairs them."""
    monkeypatch.setattr(crew, "CHUNK", 400)
    monkeypatch.setattr(scan, "BUFFER", 500)
    measured = measure({"o": compact(pay(start(0)), pay(end(9)), pay(start(60)))}, "ends")
    assert measured.started == [bound(0), bound(60)]
    assert measured.reported == [bound(9)]


def test_a_report_that_comes_as_an_event_leaves_its_start() -> None:
    """Whoever gets the REPORT as an event needs the START to pair them."""
    data = compact(pay(start(0), end(9, status="Status: timeout"), start(20, B), end(29, B)))
    measured = measure({"o": data}, "ends", Query(literals=("timeout",)))
    assert (measured.started, measured.reported) == ([bound(0)], [])
    assert ["Status: timeout" in message for message in measured.messages] == [True]


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "12"},
        {"timestamp": str(NOON)},
        {"extractedFields": {"x": "y"}},
        {"message": f"START  RequestId: {A} Version: $LATEST\n".replace("  ", "\u0020")},
    ],
)
def test_a_start_of_another_writer_is_never_lost(odd: dict[str, Any]) -> None:
    """It is given, as an event or as a START, or it is paired."""
    lonely = measure({"o": compact(pay(start(0) | odd))}, "ends")
    assert [*lonely.started, *(event.message for event in lonely.events)]
    whole = measure({"o": compact(pay(start(0) | odd, end(9)))}, "ends")
    given = [*whole.started, *(m for m in whole.messages if m.startswith("START"))]
    ends = [*whole.reported, *(m for m in whole.messages if m.startswith("REPORT"))]
    assert len(given) == len(ends)


@pytest.mark.parametrize(
    "message",
    [
        f"2026-11-23T12:00:00.000Z START RequestId: {A} Version: 1\n",
        f"START RequestId: {A.replace('a', 'x')} Version: 1\n",
        f"START RequestId: {A}\n",
        json.dumps({"type": "platform.start", "record": {"requestId": A}}),
        json.dumps({"type": "platform.report", "record": {"status": "success"}}),
    ],
)
def test_what_may_be_an_end_is_an_event(message: str) -> None:
    """Another spelling is for the parser to judge."""
    assert measure({"o": compact(pay(log_event(1, NOON, message)))}, "ends").messages == [message]


def test_request_ids_of_other_lengths_are_not_put_together() -> None:
    """One that is shorter and one that is longer are no two of the right length."""
    short, long = A[:-1], A + "a"
    starts = [
        log_event(1, NOON, f"START RequestId: {short}  Version: 1\n"),
        log_event(2, NOON, f"START RequestId: {long} Version: 1\n"),
    ]
    measured = measure({"o": compact(pay(*starts))}, "ends")
    assert (measured.started, len(measured.messages)) == ([], 2)


@pytest.mark.parametrize("events", [[start(0)], [start(0), end(9)]])
def test_an_envelope_that_is_decoded_gives_its_ends_once(events: list[dict[str, Any]]) -> None:
    """Where one event is not as CloudWatch writes it, all STARTs and REPORTs come as events."""
    odd = log_event(100, NOON + 100, "ERROR") | {"extractedFields": {"a": "b"}}
    data = compact(pay(*events, odd, start(101, B)))
    measured = measure({"o": data}, "ends", Query(literals=("ERROR",)), large=True)
    assert (measured.started, measured.reported) == ([], [])
    assert measured.messages == [event["message"] for event in [*events, odd, start(101, B)]]


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_packing_has_the_same_ends(packing: str) -> None:
    """As many STARTs as REPORTs are given of each request, whether as ends or as events."""
    measured = measure({"o": PACKINGS[packing]()}, "ends", Query(literals=("timeout",)))
    started = [bound.request_id for bound in measured.started]
    reported = [bound.request_id for bound in measured.reported]
    for message in measured.messages:
        if message.startswith("START"):
            started.append(message[17:53])
        elif message.startswith("REPORT"):
            reported.append(message[18:54])
    assert sorted(started) == sorted(reported)
    assert SHOP[1]["logEvents"][0]["message"][17:53] in started


def test_blocks_outside_of_the_window_are_given_too() -> None:
    """A START before the window may have its REPORT within: whoever asks narrows."""
    data = compact(pay(start(0)), pay(*invocation(700, NOON + 50, B)))
    query = Query(since=NOON + 1000, until=NOON + 2000)
    assert measure({"o": data}, "ends", query).started == [bound(0)]
