"""Page tokens that lead in circles: everything that reads pages ends, and says what it missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cloudwatch_tail import Tail, paced
from insights_reading import T0, Reading, quick
from logs_asking import asking
from logs_faults import Request
from logs_service import LogsService
from test_cloudwatch_reading import BEGIN, HOUR, NOW, WINDOW, Reader

from slsloggrep.model import Query, Span
from slsloggrep.sources.cloudwatch.refusals import Refused, Why

__all__ = ["quick"]

GROUP = "/aws/lambda/g0"
CYCLES = pytest.mark.parametrize("tokens", [["a"], ["a", "b"], ["a", "b", "c", "d", "e"]])


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


def after(tokens: list[str], token: object) -> str:
    """Return the token that follows another one, round and round."""
    return tokens[(tokens.index(str(token)) + 1) % len(tokens)] if token in tokens else tokens[0]


def circle(service: LogsService, operation: str, tokens: list[str], **fields: Any) -> None:
    """Let an operation answer the same few tokens for ever."""

    def answer(request: Request) -> dict[str, Any]:
        return fields | {"nextToken": after(tokens, request.given.get("nextToken"))}

    service.fault(operation, answer=answer)


def event(time: int, message: str, number: int = 1) -> dict[str, Any]:
    return {
        "logStreamName": "s",
        "timestamp": time,
        "message": message,
        "ingestionTime": time,
        "eventId": f"{number:056d}",
    }


def check_gap(gaps: tuple[Any, ...]) -> None:
    (gap,) = gaps
    assert gap.what == GROUP
    assert "in circles" in gap.reason


@CYCLES
@pytest.mark.parametrize("newest_first", [False, True])
def test_pages_in_circles_end_a_window_with_a_gap(
    cloudwatch: LogsService,
    reader: Callable[..., Reader],
    tokens: list[str],
    newest_first: bool,
) -> None:
    """What came before is shown; that the rest is missing is said, and soon."""
    cloudwatch.create_group(GROUP)
    events = [event(BEGIN + HOUR // 2 - n, f"m{n}", 9 - n) for n in range(3)]
    circle(cloudwatch, "FilterLogEvents", tokens, events=events, searchedLogStreams=[])
    one = reader(groups=(GROUP,))
    found = one.read(Query(since=BEGIN, until=NOW, newest_first=newest_first))
    assert {e.message for e in found} == {"m0", "m1", "m2"}
    check_gap(one.coverage.gaps)
    assert len(cloudwatch.calls("FilterLogEvents")) < 400


@CYCLES
def test_empty_pages_in_circles_end_a_window_with_a_gap(
    cloudwatch: LogsService, reader: Callable[..., Reader], tokens: list[str]
) -> None:
    """Empty pages are normal as long as they lead on."""
    cloudwatch.create_group(GROUP)
    circle(cloudwatch, "FilterLogEvents", tokens, events=[], searchedLogStreams=[])
    one = reader(groups=(GROUP,))
    assert one.read(WINDOW) == []
    check_gap(one.coverage.gaps)


def test_where_the_newest_are_not_served_circles_are_noticed_too(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """Windows that go back in time are read by tokens as well."""
    cloudwatch.world.newest_first = "refused"
    cloudwatch.create_group(GROUP)

    def answer(request: Request) -> dict[str, Any]:
        return {"events": [], "nextToken": after(["a", "b"], request.given.get("nextToken"))}

    cloudwatch.fault(
        "FilterLogEvents", answer=answer, matches=lambda r: "startFromHead" not in r.given
    )
    one = reader(groups=(GROUP,))
    assert one.read(Query(since=BEGIN, until=NOW, newest_first=True)) == []
    check_gap(one.coverage.gaps)


def test_get_log_events_may_repeat_a_token_but_not_go_in_circles(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """The same token is the normal end; two that lead to each other are a gap."""
    cloudwatch.put(GROUP, "s", [(BEGIN + 1, "text")])
    cloudwatch.deny("FilterLogEvents")
    only_spans = Query(spans=(Span(GROUP, "s", BEGIN, NOW),))
    one = reader(groups=(GROUP,))
    assert [e.message for e in one.read(only_spans)] == ["text"]
    assert one.coverage.complete

    def answer(request: Request) -> dict[str, Any]:
        token = after(["a", "b", "c"], request.given.get("nextToken"))
        return {"events": [], "nextForwardToken": token, "nextBackwardToken": "back"}

    cloudwatch.fault("GetLogEvents", answer=answer)
    other = reader(groups=(GROUP,))
    assert other.read(only_spans) == []
    check_gap(other.coverage.gaps)


@CYCLES
def test_groups_in_circles_are_read_as_far_as_they_are_known(
    cloudwatch: LogsService, tokens: list[str]
) -> None:
    """The groups that were listed are chosen; that there may be more is a gap."""
    listed = [{"logGroupName": GROUP, "creationTime": BEGIN, "storedBytes": 1}]
    circle(cloudwatch, "DescribeLogGroups", tokens, logGroups=listed)
    with asking() as asker:
        choice = asker.choose("/aws/*")
    assert [group.name for group in choice.groups] == [GROUP]
    (gap,) = choice.gaps
    assert gap.what == "/aws/*"
    assert "in circles" in gap.reason


@CYCLES
def test_empty_listings_in_circles_are_an_error(cloudwatch: LogsService, tokens: list[str]) -> None:
    """With no group at all there is nothing to read, and the reason is told."""
    circle(cloudwatch, "DescribeLogGroups", tokens, logGroups=[])
    with asking() as asker:
        assert "in circles" in str(asker.fail("/aws/*"))
        assert "in circles" in str(asker.fail("/aws/lambda/cart"))


def test_streams_and_functions_in_circles_are_refused(
    cloudwatch: LogsService, reader: Callable[..., Reader]
) -> None:
    """Whatever is listed page by page ends."""
    cloudwatch.create_group(GROUP)
    circle(cloudwatch, "DescribeLogStreams", ["a", "b"], logStreams=[])
    cloudwatch.fault("ListFunctions", answer=lambda _: {"Functions": [], "NextMarker": "more"})
    with asking() as asker:
        (group,) = asker.choose(GROUP).groups
        for listing in (group.logs.describe_streams(group), group.logs.list_functions()):
            with pytest.raises(Refused, match="in circles") as caught:
                list(listing)
            assert caught.value.why is Why.GARBLED


def test_rows_of_insights_in_circles_are_a_gap(cloudwatch: LogsService) -> None:
    """Pages of one query that lead to each other end it: what comes behind them is not known."""
    cloudwatch.put(GROUP, "s", [(T0 + n, f"m{n}") for n in range(5)])
    tokens = ["a", "b", "c"]

    def turn(request: Request) -> dict[str, Any]:
        token = after(tokens, request.given.get("nextToken"))
        return {"status": "Complete", "results": [], "nextToken": token}

    cloudwatch.fault("GetQueryResults", answer=turn)
    reading = Reading(Query(since=T0, until=T0 + HOUR))
    (gap,) = reading.coverage.gaps
    assert gap.what == GROUP
    assert "in circles" in gap.reason
    assert len(cloudwatch.calls("StartQuery")) == 1


def test_following_says_once_that_pages_go_in_circles(cloudwatch: LogsService) -> None:
    """Nobody polls for ever in silence; when the circle is broken, that is said as well."""
    cloudwatch.create_group(GROUP)
    time = cloudwatch.clock()
    tokens = ["a", "b"]
    circling = True

    def answer(request: Request) -> dict[str, Any]:
        page: dict[str, Any] = {"events": [event(time, "there")]}
        if circling:
            page["nextToken"] = after(tokens, request.given.get("nextToken"))
        return page

    def concerns(request: Request) -> bool:
        # who was given a token while there was a circle may come with it when there is none
        return circling or request.given.get("nextToken") in tokens

    cloudwatch.fault("FilterLogEvents", answer=answer, matches=concerns)
    # a busy machine's silence is no news here
    with Tail(cloudwatch.url, GROUP, since=time - 1_000, pace=paced(silence=30.0)) as tail:
        tail.wait_notice("in circles")
        before = len(cloudwatch.calls("FilterLogEvents"))
        tail.wait(lambda: len(cloudwatch.calls("FilterLogEvents")) > before + 12)
        assert len(tail.notices) == 1
        circling = False
        tail.wait_notice("can be read again")
        cloudwatch.put(GROUP, "s", [(cloudwatch.clock(), "new")])
        tail.wait_for("new")
    assert sorted(tail.messages) == ["new", "there"]
    assert [gap.what for gap in tail.gaps] == [GROUP]
