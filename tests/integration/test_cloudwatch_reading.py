"""Reading CloudWatch groups over the wire: a strict stand-in for the service, and moto."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice

import pytest
from conftest import FakeAws
from insights_reading import quick
from logs_service import LogsService
from logs_world import event_id

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.model import Coverage, Event, Query, Span
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.source import CloudWatchSource, open_cloudwatch
from slsloggrep.stitch import Collection

__all__ = ["quick"]

HOUR = 3_600_000
MINUTE = 60_000
NOW = time.time_ns() // 1_000_000
BEGIN = NOW - HOUR
WINDOW = Query(since=BEGIN, until=NOW)


class Reader:
    """A source, and what it reported."""

    def __init__(self, **options: object) -> None:
        given = {"now": NOW, "rate": 5000.0, "groups": ("*",), "commons": {}, **options}
        self.source: CloudWatchSource = open_cloudwatch("cloudwatch:", Settings(**given))  # type: ignore[arg-type]
        self.coverage = Coverage(source="cloudwatch:")
        self._thread = threading.current_thread()

    def read(self, query: Query = WINDOW) -> list[Event]:
        return list(self.fetch(query))

    def fetch(self, query: Query = WINDOW) -> Iterator[Event]:
        return self.source.fetch(query, self._report)

    def _report(self, increment: Coverage) -> None:
        assert threading.current_thread() is self._thread
        self.coverage += increment


@pytest.fixture
def reader() -> Iterator[Callable[..., Reader]]:
    """Give a function that opens a source, which is closed in the end."""
    readers: list[Reader] = []

    def open_reader(**options: object) -> Reader:
        readers.append(Reader(**options))
        return readers[-1]

    yield open_reader
    for one in readers:
        one.source.close()


def fill(service: LogsService, groups: int = 3, *, events: int = 600, streams: int = 4) -> set[str]:
    """Put events into groups, all over the window; return their IDs."""
    ids: set[str] = set()
    step = HOUR // events
    for group in range(groups):
        for stream in range(streams):
            ids.update(
                service.put(
                    f"/aws/lambda/g{group}",
                    f"s{stream}",
                    [
                        (BEGIN + n * step, f"line {n} of order ord-{n:05d}")
                        for n in range(stream, events, streams)
                    ],
                )
            )
    return ids


def ids_of(events: list[Event]) -> set[str]:
    return {event.event_id for event in events}


# Windows


@pytest.mark.parametrize(
    ("page", "empty", "scan"), [(10_000, 0, None), (25, 0, None), (25, 2, None), (10, 1, 20)]
)
def test_a_window_is_read_whole(
    cloudwatch: LogsService,
    reader: Callable[..., Reader],
    page: int,
    empty: int,
    scan: int | None,
) -> None:
    """Pages, empty pages and slices bring the window's events, with group, stream and ID."""
    put = fill(cloudwatch)
    fill(cloudwatch, 1, events=3)
    cloudwatch.put("/aws/lambda/g0", "s0", [(BEGIN - 1, "before"), (NOW, "after")])
    world = cloudwatch.world
    world.page_events, world.empty_pages, world.scan_events = page, empty, scan
    one = reader()
    events = one.read()
    assert ids_of(events) >= put
    assert {event.message for event in events}.isdisjoint({"before", "after"})
    assert one.coverage.complete
    assert one.coverage.events == len(events)
    assert one.coverage.objects == one.coverage.planned_objects == 3
    assert one.coverage.requests == len(cloudwatch.requests)
    assert one.coverage.bytes > sum(len(event.message) for event in events)
    first = min(events, key=lambda event: event.order)
    assert (first.log_group, first.log_stream) == ("/aws/lambda/g0", "s0")
    assert first.source == "cloudwatch:"
    assert first.has_global_id


def test_a_long_chain_of_empty_pages_is_not_repeated_without_end(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """The service may send one for any window: what slices cannot shorten is sliced once."""
    cloudwatch.world.empty_pages = 100
    cloudwatch.put("/aws/lambda/g0", "s0", [(BEGIN + 1, "first"), (NOW - 1, "last")])
    one = reader()
    assert sorted(event.message for event in one.read()) == ["first", "last"]
    assert one.coverage.complete
    chains = len(cloudwatch.calls("FilterLogEvents")) / 100
    assert chains < 8 + 2 + 1, "8 slices, and two that go on behind an event"


def test_sparse_groups_cost_one_call_each(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """Sixty groups with little in them are sixty calls, and two for their names."""
    for number in range(60):
        cloudwatch.put(f"/aws/lambda/g{number:02}", "s", [(NOW - 5, "x")] if number % 3 else [])
    events = reader().read()
    assert len(events) == 40
    assert len(cloudwatch.calls("FilterLogEvents")) == 60
    assert len(cloudwatch.requests) <= 62


def test_slices_are_read_only_where_the_rate_allows_more_at_once(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """Ten pages at a rate that one caller uses up are ten calls; with the rate lifted, slices."""
    fill(cloudwatch, 1, events=1000)
    cloudwatch.world.page_events = 100
    reader(rate=20.0).read()
    assert len(cloudwatch.calls("FilterLogEvents")) == 10
    cloudwatch.requests.clear()
    cloudwatch.fault("FilterLogEvents", delay=0.02)
    reader().read()
    slices = {call.given["startTime"] for call in cloudwatch.calls("FilterLogEvents")}
    assert len(slices) > 3


def test_literals_are_found_however_they_are_escaped(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """What holds a literal in any spelling comes; what holds nothing like it stays there."""
    inside = json.dumps({"m": json.dumps({"order": "ord-71866/é"})}).replace("-", "\\u002d")
    cloudwatch.put("g", "s", [(NOW - 3, "ord-71866/é"), (NOW - 2, inside), (NOW - 1, "other")])
    events = reader().read(replace(WINDOW, literals=("ord-71866/é", "ord-99999")))
    assert [event.message for event in events] == ["ord-71866/é", inside]


def test_the_two_passes_of_a_trace(cloudwatch: LogsService, reader: Callable[..., Reader]) -> None:
    """Pass 1 finds lines by a literal, pass 2 reads their streams whole: 250 streams, few calls."""
    for number in range(250):
        lines = [(BEGIN + n * MINUTE, f"line {n}") for n in range(40)]
        lines.append((BEGIN + 20 * MINUTE, "for ord-71866"))
        cloudwatch.put("/aws/lambda/g", f"s{number}", lines)
    cloudwatch.put("/aws/lambda/g", "another", [(BEGIN + 20 * MINUTE, "line")])
    one = reader()
    found = one.read(replace(WINDOW, literals=("ord-71866",)))
    assert len(found) == 250
    spans = tuple(
        Span(e.log_group, e.log_stream, e.timestamp - 3 * MINUTE, e.timestamp + 3 * MINUTE)
        for e in found
    )
    before = len(cloudwatch.requests)
    whole = one.read(Query(spans=spans))
    assert Counter(event.log_stream for event in whole) == {f"s{n}": 7 for n in range(250)}
    calls = cloudwatch.requests[before:]
    assert sorted(len(call.given["logStreamNames"]) for call in calls) == [50, 100, 100]
    assert one.coverage.complete
    assert one.coverage.objects == 1


def test_groups_of_two_regions_with_one_name(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """Both are read, each is named with its region, and a stream is read where it was found."""
    cloudwatch.put("g", "s", [(NOW - 5, "here ord-71866")])
    cloudwatch.put("g", "s", [(NOW - 4, "there")], region="eu-west-1")
    cloudwatch.deny("FilterLogEvents", group="denied")
    cloudwatch.put("denied", "s", [], region="eu-west-1")
    one = reader(regions=("us-east-1", "eu-west-1"))
    assert sorted(event.message for event in one.read()) == ["here ord-71866", "there"]
    assert [gap.what for gap in one.coverage.gaps] == ["eu-west-1:denied"]
    again = reader(regions=("us-east-1", "eu-west-1"))
    (hit,) = again.read(replace(WINDOW, literals=("ord-71866",)))
    span = Span(hit.log_group, hit.log_stream, NOW - MINUTE, NOW)
    assert [event.message for event in again.read(Query(spans=(span,)))] == ["here ord-71866"]


def test_a_shared_group_gives_the_functions_that_were_asked_for(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """A stream of a custom group tells its function: those of others are left out."""
    tail = "[$LATEST]0123456789abcdef0123456789abcdef"
    for function in ("cart", "payment"):
        cloudwatch.world.create_function(function, log_group="/shared")
        cloudwatch.put("/shared", f"2026/11/23/{function}{tail}", [(NOW - 5, function)])
    one = reader(functions=("cart",), groups=())
    assert [event.message for event in one.read()] == ["cart"]


# What the service does to its callers


def test_throttling_slows_and_never_ends_a_reading(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """However often calls are refused for coming too fast, all events come, and it is noted."""
    put = fill(cloudwatch, 8, events=200)
    cloudwatch.world.page_events = 20
    cloudwatch.limit("FilterLogEvents", 100, burst=10)
    one = reader(rate=400.0)
    assert ids_of(one.read()) == put
    assert cloudwatch.calls("FilterLogEvents", "ThrottlingException")
    assert one.coverage.complete
    (note,) = [note for note in one.coverage.notes if "throttled" in note]
    assert "calls/s" in note


def test_faults_on_the_wire_are_waited_out(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """Server errors and cut connections cost time and no event."""
    put = fill(cloudwatch)
    cloudwatch.world.page_events = 50
    cloudwatch.fault("FilterLogEvents", code="InternalFailure", status=500, times=3)
    cloudwatch.cut("FilterLogEvents", "body", times=3)
    cloudwatch.cut("FilterLogEvents", "before", times=2)
    one = reader()
    assert ids_of(one.read()) == put
    assert one.coverage.complete


def test_tokens_that_expire_begin_a_window_again(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """A token that went stale while the pipeline was busy costs calls and no event."""
    put = fill(cloudwatch)
    cloudwatch.world.page_events = 60
    one = reader()
    events = []
    for event in one.fetch():
        events.append(event)
        if len(events) in (70, 400):
            cloudwatch.world.expire_tokens()
    assert ids_of(events) == put
    assert one.coverage.complete


def test_a_denied_group_is_a_gap_that_names_the_action(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """The other groups are read; denied altogether, the source cannot be used."""
    put = fill(cloudwatch)
    cloudwatch.put("denied", "s", [(NOW - 1, "x")])
    denial = cloudwatch.deny("FilterLogEvents", group="denied")
    one = reader()
    assert ids_of(one.read()) == put
    (gap,) = one.coverage.gaps
    assert gap.what == "denied"
    assert "logs:FilterLogEvents" in gap.reason
    assert one.coverage.objects == 3
    assert one.coverage.planned_objects == 4
    cloudwatch.faults.remove(denial)
    cloudwatch.deny("FilterLogEvents")
    with pytest.raises(SourceError, match="logs:FilterLogEvents") as raised:
        reader().read()
    assert raised.value.hint is not None


def test_a_group_that_is_deleted_meanwhile_is_a_gap(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """What was deleted between the listing and the reading is said to be missing."""
    put = fill(cloudwatch)
    one = reader()
    one.read()
    gone = {e.event_id for e in one.read() if e.log_group == "/aws/lambda/g1"}
    cloudwatch.delete_group("/aws/lambda/g1")
    assert ids_of(one.read()) == put - gone
    assert [gap.what for gap in one.coverage.gaps] == ["/aws/lambda/g1"]


def test_expired_credentials_end_a_reading_with_gaps_or_an_error(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """Nothing read: an error. Something read before: what is missing is a gap for each group."""
    fill(cloudwatch)
    one = reader()
    one.read()
    cloudwatch.expired_keys.add("test")
    one.read()
    assert {gap.what for gap in one.coverage.gaps} == {f"/aws/lambda/g{n}" for n in range(3)}
    other = reader()
    with pytest.raises(SourceError, match="expired"):
        other.read()


def test_a_filter_pattern_goes_to_the_service_and_a_bad_one_is_named(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """The user's pattern filters at the far end; one that makes no sense is a usage error."""
    cloudwatch.put("g", "s", [(NOW - 2, "ERROR one"), (NOW - 1, "INFO two")])
    assert [e.message for e in reader().read(replace(WINDOW, pattern="ERROR"))] == ["ERROR one"]
    with pytest.raises(UsageError, match=r"filter pattern 'a:b'"):
        reader().read(replace(WINDOW, pattern="a:b"))


# Stretches of streams


def test_streams_that_were_deleted_meanwhile_are_gaps(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """FilterLogEvents refuses all names for one that is gone: the others are read all the same."""
    for number in range(20):
        cloudwatch.put("g", f"s{number}", [(NOW - 10, "ord-71866"), (NOW - 9, "more")])
    one = reader()
    found = one.read(replace(WINDOW, literals=("ord-71866",)))
    cloudwatch.world.delete_stream("g", "s7")
    cloudwatch.world.delete_stream("g", "s8")
    spans = [Span("g", event.log_stream, NOW - MINUTE, NOW) for event in found]
    spans.append(Span("g", "of another source", NOW - MINUTE, NOW))
    whole = one.read(Query(spans=tuple(spans)))
    assert {event.log_stream for event in whole} == {f"s{n}" for n in range(20)} - {"s7", "s8"}
    assert len(ids_of(whole)) == 36
    assert {gap.what for gap in one.coverage.gaps} == {"g: s7", "g: s8"}


def test_who_may_only_get_log_events_reads_streams_with_it(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """Without FilterLogEvents stretches are read one by one; pages and ends are understood."""
    cloudwatch.put("g", "s", [(BEGIN + n, f"line {n % 2}") for n in range(100) for _ in range(2)])
    cloudwatch.world.page_events, cloudwatch.world.empty_pages = 30, 1
    cloudwatch.deny("FilterLogEvents")
    one = reader()
    events = one.read(Query(spans=(Span("g", "s", BEGIN + 10, BEGIN + 90),)))
    again = one.read(Query(spans=(Span("g", "s", BEGIN + 10, BEGIN + 20),)))
    assert len(events) == 160
    assert len(list(Collection([*events, *again]))) == 160
    assert one.coverage.complete


# The newest first


@pytest.mark.parametrize("service", ["served", "ignored", "refused"])
@pytest.mark.parametrize(("page", "empty"), [(10_000, 0), (40, 1)])
def test_the_newest_come_first_whatever_the_service_does(
    cloudwatch: LogsService,
    reader: Callable[..., Reader],
    service: str,
    page: int,
    empty: int,
) -> None:
    """All groups in one order, from the newest on, each event once."""
    put = fill(cloudwatch)
    world = cloudwatch.world
    world.newest_first = service  # type: ignore[assignment]
    world.page_events, world.empty_pages = page, empty
    one = reader()
    events = one.read(replace(WINDOW, newest_first=True))
    assert ids_of(events) == put
    assert len(events) == len(put) == one.coverage.events
    orders = [event.order for event in events]
    assert orders == sorted(orders, reverse=True)
    assert one.coverage.complete


def test_who_stops_early_asks_for_little(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """The newest ten of many pages cost a call for each group; the source can be asked again."""
    put = fill(cloudwatch, 5, events=3000)
    cloudwatch.world.page_events = 100
    one = reader()
    fetching = one.fetch(replace(WINDOW, newest_first=True, until=None))
    ten = list(islice(fetching, 10))
    fetching.close()  # type: ignore[attr-defined]
    assert [event.timestamp for event in ten] == sorted((int(i) >> 144 for i in put), reverse=True)[
        :10
    ]
    assert len(cloudwatch.calls("FilterLogEvents")) == 5
    assert ids_of(one.read()) == put


def test_who_closes_a_reading_can_begin_another(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """A reading that is closed in the middle ends its own calls, and no one else's."""
    put = fill(cloudwatch, 40, events=40)
    cloudwatch.fault("FilterLogEvents", delay=0.05, times=30)
    one = reader()
    fetching = one.fetch()
    next(fetching)
    fetching.close()  # type: ignore[attr-defined]
    assert ids_of(one.read()) == put
    assert one.coverage.complete


def test_ctrl_c_ends_a_reading_with_what_there_is(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """Groups that were not read to their end are gaps; what came is there."""
    fill(cloudwatch, 30, events=100)
    cloudwatch.world.page_events = 10
    cancelled = threading.Event()
    one = reader(cancelled=cancelled.is_set)
    cloudwatch.fault("FilterLogEvents", delay=0.02)
    events = []
    for event in one.fetch():
        events.append(event)
        if len(events) == 100:
            cancelled.set()
    assert 100 <= len(events) < 3000
    assert one.coverage.gaps
    assert {gap.reason for gap in one.coverage.gaps} <= {
        "interrupted: not read",
        "interrupted: read in part",
    }
    # A group that is no gap was read whole.
    missing = {gap.what for gap in one.coverage.gaps}
    counts = Counter(event.log_group for event in set(events))
    for number in range(30):
        name = f"/aws/lambda/g{number}"
        assert name in missing or counts[name] == 100


# Other engines


def test_infrequent_access_is_read_by_insights_in_both_passes(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """What FilterLogEvents refuses comes by Insights: windows and stretches of streams."""
    cloudwatch.create_group("ia", log_group_class="INFREQUENT_ACCESS")
    cloudwatch.put("ia", "s", [(NOW - 2 * HOUR, "START"), (NOW - HOUR // 2, "ord-71866")])
    cloudwatch.put("ia", "t", [(NOW - HOUR // 2, "other")])
    cloudwatch.put("g", "s", [(NOW - HOUR // 2, "ord-71866 too")])
    one = reader()
    found = one.read(replace(WINDOW, literals=("ord-71866",)))
    assert sorted(event.log_group for event in found) == ["g", "ia"]
    spans = tuple(Span(e.log_group, e.log_stream, NOW - 3 * HOUR, NOW) for e in found)
    whole = one.read(Query(spans=spans))
    assert sorted(event.message for event in Collection(whole)) == [
        "START",
        "ord-71866",
        "ord-71866 too",
    ]
    assert one.coverage.complete
    assert one.coverage.objects == 2
    ordered = one.read(replace(WINDOW, newest_first=True))
    assert [event.timestamp for event in ordered] == [NOW - HOUR // 2] * 3
    assert not cloudwatch.violations


def test_a_class_that_nobody_told_of_is_noticed(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """A group that turns out to be of a class that FilterLogEvents refuses goes to Insights."""
    cloudwatch.put("g", "s", [(NOW - 10, "ord-71866"), (NOW - 9, "more")])
    one = reader()
    one.read()
    cloudwatch.world.groups[cloudwatch.world.account, "g"].log_group_class = "INFREQUENT_ACCESS"
    assert len(one.read()) == 2
    assert len(one.read(Query(spans=(Span("g", "s", NOW - MINUTE, NOW),)))) == 2
    assert one.coverage.complete


def test_the_plan_reads_no_log(cloudwatch: LogsService, reader: Callable[..., Reader]) -> None:
    """A dry run names the groups and asks for none of their events."""
    fill(cloudwatch)
    one = reader()
    lines = list(one.source.plan(WINDOW, lambda _: None))
    assert [line.what for line in lines] == [f"/aws/lambda/g{n}" for n in range(3)]
    assert {call.operation for call in cloudwatch.requests} == {"DescribeLogGroups"}


# moto


@pytest.fixture
def moto(aws: FakeAws) -> FakeAws:
    """Give moto with two groups, of which the events of one come stream by stream."""
    client = aws.client("logs")
    for group in ("/aws/lambda/a", "/aws/lambda/b"):
        client.create_log_group(logGroupName=group)
        for stream in ("s1", "s2", "s3"):
            client.create_log_stream(logGroupName=group, logStreamName=stream)
            client.put_log_events(
                logGroupName=group,
                logStreamName=stream,
                logEvents=[
                    {"timestamp": BEGIN + n * 1000, "message": f"{stream} line {n}"}
                    for n in range(int(stream[1]), 3000, 3)
                ],
            )
    return aws


def test_moto_gives_the_same(moto: FakeAws, reader: Callable[..., Reader]) -> None:
    """Another server, other IDs, other orders: the same events, in every way of reading."""
    one = reader(endpoint_url=moto.url, regions=("us-east-1",))
    expected = [
        (BEGIN + n * 1000, f"s{n % 3 or 3} line {n}") for n in range(1, 3000) for _ in ("a", "b")
    ]
    events = one.read()
    assert sorted((event.timestamp, event.message) for event in events) == expected
    ordered = one.read(replace(WINDOW, newest_first=True))
    assert sorted(events) == sorted(ordered)
    assert [e.order for e in ordered] == sorted((e.order for e in events), reverse=True)
    span = Span("/aws/lambda/a", "s2", BEGIN + 2000, BEGIN + 62_000)
    part = one.read(Query(spans=(span,)))
    assert sorted(event.message for event in part) == sorted(
        f"s2 line {n}" for n in range(2, 62, 3)
    )
    assert len(list(Collection([*events, *ordered, *part]))) == len(events)
    assert one.coverage.complete


def test_events_of_one_moment_keep_the_order_of_their_stream(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """Lines of one millisecond come out as they went in, by their IDs."""
    lines = [(NOW - 5, f"line {n}") for n in range(50)]
    put = cloudwatch.put("g", "s", lines)
    cloudwatch.world.page_events = 7
    events = list(Collection(reader().read()))
    assert [event.event_id for event in events] == put
    assert [event.message for event in events] == [message for _, message in lines]
    assert put[0] > event_id(NOW - 5)
