"""Events of START and REPORT become rows and ends; whatever else comes stays an event."""

from __future__ import annotations

from itertools import permutations
from typing import Any

from failure_samples import platform
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.model import Bound, Ends, Event, FigureBatch, Query, identity_of
from slsloggrep.sources.cloudwatch.estimate import Engines
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.measuring import Told, measure_events
from slsloggrep.sources.cloudwatch.tasks import key_of

IDS = [f"{digit * 8}-1111-4111-8111-111111111111" for digit in "abc"]
QUERY = Query(since=1000, until=2000, literals=("rror", "timeout"))


def event(
    time: int, message: str, *, group: str = "/g", stream: str = "s", number: int = 0
) -> Event:
    return Event(time, message, group, stream, f"{number:056d}" if number else "", "cloudwatch:")


def start(request: int = 0) -> str:
    return f"START RequestId: {IDS[request]} Version: $LATEST\n"


def report(request: int = 0, duration: str = "26.73", more: str = "") -> str:
    return (
        f"REPORT RequestId: {IDS[request]}\tDuration: {duration} ms\tBilled Duration: 27 ms\t"
        f"Memory Size: 128 MB\tMax Memory Used: 75 MB\t{more}\n"
    )


def measured(purpose: Any, *events: Event, query: Query = QUERY) -> list[Any]:
    return list(measure_events(events, query, purpose))


def test_reports_are_rows_by_log_group() -> None:
    """Columns of one length, recognised by request, place and time."""
    one = event(1000, report(0), number=7)
    two = event(1999, report(1, "2.00", "Init Duration: 9.50 ms\t"), stream="t")
    three = event(1500, report(2), group="/h")
    first, second = measured("figures", one, three, two)
    assert isinstance(first, FigureBatch)
    assert first == FigureBatch(
        log_group="/g",
        log_streams=["s", "t"],
        request_ids=(IDS[0], IDS[1]),
        identities=[identity_of(one, IDS[0]), identity_of(two, IDS[1])],
        times=[1000, 1999],
        durations_ms=(26.73, 2.0),
        billed_ms=(27.0, 27.0),
        memory_mb=(128.0, 128.0),
        max_memory_mb=(75.0, 75.0),
        init_ms=(None, 9.5),
        restore_ms=(None, None),
    )
    assert (second.log_group, second.times) == ("/h", [1500])


def test_rows_outside_of_the_window_are_none() -> None:
    """A source may have read more than it was asked for: `since` counts, `until` does not."""
    early, late = event(999, report()), event(2000, report())
    assert measured("figures", early, late) == []


def test_what_has_to_be_looked_at_stays_an_event() -> None:
    """Failures, other lines, and whatever holds a literal, or may hold one behind a backslash."""
    failed = event(1000, report(more="Status: error\tError Type: Runtime.ExitError"))
    other = event(1001, "an error? a timeout!")
    trace = {"value": "Root=1-68183818-4eab0e4002398a2f375bd11a", "spanId": "timeout"}
    record = {"requestId": IDS[0], "metrics": {"durationMs": 1}, "status": "success"}
    literal = event(1002, platform("report", {**record, "tracing": trace}))
    escaped = event(1003, platform("report", record).replace("success", "success\\u0020"))
    assert measured("figures", failed, other, literal, escaped) == [failed, other, literal, escaped]
    noted = event(1004, start().replace("\n", " timeout\n"))
    assert measured("ends", noted, other) == [noted, other]


def test_many_rows_come_in_several_batches() -> None:
    """A batch is handed on while more is read: memory holds a thousand rows of each group."""
    events = [event(1000, report(), stream=str(n)) for n in range(2001)]
    batches = measured("figures", *events)
    assert [len(batch.times) for batch in batches] == [1000, 1000, 1]


def test_pairs_of_ends_are_not_handed_on() -> None:
    """START and REPORT of a request in one stream find each other in any order of coming."""
    for events in permutations(
        [
            event(1000, start(0)),
            event(1100, report(0)),
            event(1200, start(1)),
            event(1300, report(1)),
        ]
    ):
        assert measured("ends", *events) == []
    assert measured("ends", event(1000, start()), event(1000, report())) == []


def test_what_did_not_find_a_partner_is() -> None:
    """In another stream, or before its START, a REPORT is no end of it; whatever its time."""
    items = measured(
        "ends",
        event(900, report(0)),
        event(1000, start(0)),
        event(1100, start(1)),
        event(1200, report(1), stream="t"),
        event(2500, start(2)),
    )
    assert items == [
        Ends(
            started=[
                Bound("/g", "s", IDS[0], 1000),
                Bound("/g", "s", IDS[1], 1100),
                Bound("/g", "s", IDS[2], 2500),
            ],
            reported=[Bound("/g", "s", IDS[0], 900), Bound("/g", "t", IDS[1], 1200)],
        )
    ]


def test_an_attempt_that_was_cut_off_is_the_one_without_a_report() -> None:
    """A request that started twice in a stream and ended once: the REPORT is the later START's."""
    first = Bound("/g", "s", IDS[0], 1000)
    events = [event(1000, start()), event(1300, start()), event(1400, report())]
    assert measured("ends", *events) == [Ends(started=[first], reported=[])]
    hour = 3_600_000
    for far in permutations([events[0], event(hour, start()), event(hour + 100, report())]):
        assert measured("ends", *far) == [Ends(started=[first], reported=[])]


@given(st.lists(st.tuples(st.integers(1000, 1009), st.booleans(), st.integers(0, 2)), max_size=12))
def test_ends_remain_as_they_are_paired_one_by_one(
    told: list[tuple[int, bool, int]],
) -> None:
    """Starts less reports remain, for each request, however they come; repeats count once."""
    events = [event(t, report(r) if is_end else start(r)) for t, is_end, r in dict.fromkeys(told)]
    started: list[Bound] = []
    reported: list[Bound] = []
    for item in measured("ends", *sorted(events, key=lambda e: (e.timestamp, e.message[0] == "R"))):
        started += item.started
        reported += item.reported
    for number, request_id in enumerate(IDS):
        own = [is_end for _, is_end, r in dict.fromkeys(told) if r == number]
        left = [
            len([b for b in bounds if b.request_id == request_id]) for bounds in (started, reported)
        ]
        assert left[0] - left[1] == own.count(False) - own.count(True)


def group(name: str) -> Group:
    return Group(name=name, logs=object())  # type: ignore[arg-type]


def test_what_insights_told_is_read_by_insights() -> None:
    """Else a REPORT would come with an ID that its row has not; the last measuring counts."""
    a, b, c = map(group, "abc")
    told = Told()
    told.note([a, b], by_insights=False)
    told.note([b], by_insights=True)
    assert told.apply(Engines((a, b), (c,))) == Engines((a,), (c, b))
    assert told.apply(Engines((a,), (c,), ("why",))) == Engines((a,), (c,), ("why",))
    assert told.with_ids == {key_of(a)}
