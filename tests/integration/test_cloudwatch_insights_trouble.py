"""What goes wrong with Insights: limits, refusals, timeouts, interruptions."""

from __future__ import annotations

from typing import Any

import pytest
from insights_reading import NAME, T0, Reading, quick, settings_for, window
from logs_service import LogsService

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.model import Coverage
from slsloggrep.sources.cloudwatch.insights import read_by_insights

__all__ = ["quick"]


def test_a_stale_token_costs_only_what_it_led_to(cloudwatch: LogsService) -> None:
    """Where a token is refused, the rest of the window is asked for again, no row twice."""
    cloudwatch.world.insights.page_rows = 10
    cloudwatch.put("g", "s", [(T0 + n // 3, f"{n:03d}") for n in range(95)])
    pages = iter(range(100))
    cloudwatch.fault(
        "GetQueryResults",
        code="InvalidParameterException",
        message="The specified nextToken has expired.",
        times=1,
        matches=lambda request: "nextToken" in request.given and next(pages) == 3,
    )
    reading = Reading(window())
    assert reading.messages == [f"{n:03d}" for n in range(95)]
    assert reading.coverage.complete
    assert len(cloudwatch.world.insights.queries) <= 3


def test_many_groups_go_in_parts_of_fifty_and_wait_for_room(cloudwatch: LogsService) -> None:
    """The account's queries are all taken: ours wait, and never give up."""
    for number in range(120):
        cloudwatch.put(f"/aws/lambda/f{number:03d}", "s", [(T0, f"{number:03d}")])
    cloudwatch.world.insights.concurrent = 1
    reading = Reading(window())
    assert len(reading.messages) == 120
    assert reading.coverage.complete
    assert [len(run.groups) for run in cloudwatch.world.insights.queries.values()] == [50, 50, 20]
    assert cloudwatch.calls("StartQuery", "LimitExceededException")


def test_throttling_and_broken_connections_are_waited_out(cloudwatch: LogsService) -> None:
    """Throttled and cut calls are repeated; a query is not started twice for it."""
    cloudwatch.put("g", "s", [(T0, "x")])
    cloudwatch.throttle("StartQuery", times=2)
    cloudwatch.throttle("GetQueryResults", times=2)
    cloudwatch.cut("GetQueryResults", "body", times=1)
    reading = Reading(window())
    assert reading.messages == ["x"]
    assert len(cloudwatch.world.insights.queries) == 1


def second_never_ends(cloudwatch: LogsService) -> None:
    """Let the first query end, and the second go on running."""
    queries = cloudwatch.world.insights.queries

    def hold(_request: Any) -> bool:
        for run in list(queries.values())[1:]:
            run.polls = 10**6
        return False

    cloudwatch.fault("GetQueryResults", matches=hold)


def test_running_queries_are_stopped_when_the_reader_has_enough(cloudwatch: LogsService) -> None:
    """Closing the generator stops every query that still runs, and no other."""
    for number in range(60):
        cloudwatch.put(f"g{number:02d}", "s", [(T0, "x")])
    reading = Reading(window(T0, T0))
    second_never_ends(cloudwatch)
    events = reading.iterate(window())
    next(events)
    assert not cloudwatch.calls("StopQuery")
    events.close()
    first, second = cloudwatch.world.insights.queries.values()
    assert (first.stopped, second.stopped) == (False, True)
    assert [call.answer for call in cloudwatch.calls("StopQuery")] == ["ok"]


def test_ctrl_c_stops_the_queries_and_says_what_is_missing(cloudwatch: LogsService) -> None:
    """Cancelled while queries run: StopQuery for each of them, and a gap."""
    cloudwatch.put("g", "s", [(T0, "x")])
    cloudwatch.world.insights.polls = 10**6

    def cancelled() -> bool:
        return len(cloudwatch.calls("GetQueryResults")) > 3

    reading = Reading(window(), settings_for(cancelled=cancelled))
    assert reading.events == []
    (run,) = cloudwatch.world.insights.queries.values()
    assert run.stopped
    assert len(cloudwatch.calls("StopQuery", "ok")) == 1
    (gap,) = reading.coverage.gaps
    assert gap.reason.startswith("interrupted: not finished: 1 Insights query")


def test_an_error_in_the_pipeline_stops_the_queries(cloudwatch: LogsService) -> None:
    """An exception that passes through leaves no query running."""
    for number in range(60):
        cloudwatch.put(f"g{number:02d}", "s", [(T0, "x")])

    def report(coverage: Coverage) -> None:
        if coverage.events:
            raise KeyError("a defect")

    reading = Reading(window(T0, T0))
    second_never_ends(cloudwatch)
    with pytest.raises(KeyError):
        list(read_by_insights(reading.groups, window(), reading.settings, NAME, report))
    assert [run.stopped for run in cloudwatch.world.insights.queries.values()] == [False, True]


def test_a_refused_expression_is_asked_for_plainly(cloudwatch: LogsService) -> None:
    """Which expressions Insights takes is documented by examples; letters and digits are safe."""
    cloudwatch.put("g", "s", [(T0, "START a"), (T0 + 1, "RESTARTED"), (T0 + 2, "Status Change")])
    cloudwatch.fault(
        "StartQuery",
        code="MalformedQueryException",
        message="unexpected symbol found",
        matches=lambda request: "\\" in request.given["queryString"],
    )
    reading = Reading(window(literals=("START ", "Status Change")))
    assert reading.messages == ["RESTARTED", "START a", "Status Change"]
    texts = [call.given["queryString"] for call in cloudwatch.calls("StartQuery")]
    assert [r"START\s" in text for text in texts] == [True, False]
    assert "@message like /START|Status/" in texts[1]
    assert reading.coverage.complete


def test_a_refused_prefix_is_asked_for_by_names(cloudwatch: LogsService) -> None:
    """A service that does not take SOURCE is asked in parts of fifty."""
    for number in range(60):
        cloudwatch.put(f"/aws/lambda/f{number:02d}", "s", [(T0, f"{number:02d}")])
    cloudwatch.fault(
        "StartQuery",
        code="MalformedQueryException",
        message="unexpected symbol found SOURCE",
        matches=lambda request: request.given["queryString"].startswith("SOURCE"),
    )
    reading = Reading(window(), prefix="/aws/lambda/")
    assert len(reading.messages) == 60
    assert reading.coverage.complete


def test_a_group_that_is_gone_or_denied_costs_itself_only(cloudwatch: LogsService) -> None:
    """Of fifty groups in one query, those that cannot be read are told, the others are read."""
    for number in range(12):
        cloudwatch.put(f"g{number:02d}", "s", [(T0, f"{number:02d}")])
    reading = Reading(window(T0, T0))
    cloudwatch.delete_group("g03")
    cloudwatch.deny("StartQuery", group="g07")
    reading = Reading(window(), groups=reading.groups)
    assert reading.messages == [f"{n:02d}" for n in range(12) if n not in (3, 7)]
    gaps = {gap.what: gap.reason for gap in reading.coverage.gaps}
    assert gaps.keys() == {"g03", "g07"}
    assert "ResourceNotFoundException" in gaps["g03"]
    assert gaps["g07"].startswith("access denied: logs:StartQuery on arn:aws:logs:us-east-1:")


def test_denied_everywhere_is_an_error_and_found_out_soon(cloudwatch: LogsService) -> None:
    """Nothing at all can be read: the source is void, and not every group was asked for."""
    for number in range(100):
        cloudwatch.create_group(f"g{number:02d}")
    cloudwatch.deny("StartQuery")
    with pytest.raises(SourceError, match=r"access denied: logs:StartQuery on .*g00") as raised:
        Reading(window())
    assert raised.value.hint is not None
    assert len(cloudwatch.calls("StartQuery")) < 20
    reading = Reading(window(), answered=True)
    assert len(reading.coverage.gaps) == 100


def test_results_that_are_denied_start_no_more_queries(cloudwatch: LogsService) -> None:
    """Without logs:GetQueryResults every query would cost, and bring nothing."""
    for number in range(600):
        cloudwatch.create_group(f"g{number:03d}")
    cloudwatch.deny("GetQueryResults")
    reading = Reading(window())
    assert len(reading.coverage.gaps) == 600
    assert all("logs:GetQueryResults" in gap.reason for gap in reading.coverage.gaps)
    assert len(cloudwatch.calls("StartQuery")) == 8


def test_one_region_that_is_denied_leaves_the_other(cloudwatch: LogsService) -> None:
    """Places stand for themselves, and gaps name them."""
    for region in ("us-east-1", "eu-west-1"):
        cloudwatch.put("g", "s", [(T0, region)], region=region)
    settings = settings_for(regions=("us-east-1", "eu-west-1"))
    groups = Reading(window(T0, T0), settings).groups
    cloudwatch.deny("StartQuery", region="eu-west-1")
    reading = Reading(window(), settings, groups=groups)
    assert reading.messages == ["us-east-1"]
    assert [gap.what for gap in reading.coverage.gaps] == ["eu-west-1:g"]


def test_a_window_that_takes_too_long_is_halved(cloudwatch: LogsService) -> None:
    """After a timeout, two halves are asked for."""
    cloudwatch.put("g", "s", [(T0 + n * 60_000, f"{n:02d}") for n in range(60)])
    cloudwatch.world.insights.ends = ["Timeout", "Timeout"]
    reading = Reading(window())
    assert reading.messages == [f"{n:02d}" for n in range(60)]
    assert reading.coverage.complete
    assert len(cloudwatch.world.insights.queries) == 5


def test_a_query_that_fails_is_run_again_and_then_told(cloudwatch: LogsService) -> None:
    """A failure that passes costs nothing; one that stays is a gap with the service's word."""
    cloudwatch.put("g", "s", [(T0, "x")])
    cloudwatch.world.insights.ends = ["Failed"]
    assert Reading(window()).coverage.complete
    cloudwatch.world.insights.ends = ["Failed", "Cancelled"]
    reading = Reading(window())
    assert reading.events == []
    (gap,) = reading.coverage.gaps
    assert gap.what == "g"
    assert gap.reason.startswith("Insights ended the query: Cancelled (2026-11-23T17:00:00.000Z")


def test_a_window_without_end_ends(cloudwatch: LogsService) -> None:
    """Whatever always times out is told, not halved for ever."""
    cloudwatch.put("g", "s", [(T0, "x")])
    cloudwatch.world.insights.ends = ["Timeout"] * 1000
    reading = Reading(window())
    assert {gap.what for gap in reading.coverage.gaps} == {"g"}
    assert len(cloudwatch.world.insights.queries) < 40


def test_a_window_before_the_group_was_made_is_no_gap(cloudwatch: LogsService) -> None:
    """Insights refuses windows in which a group did not exist: noted, for nothing is missing."""
    cloudwatch.put("old", "s", [(T0, "x")])
    cloudwatch.create_group("new")
    cloudwatch.fault(
        "StartQuery",
        code="MalformedQueryException",
        message="Query's end date and time is either before the log groups creation time or "
        "exceeds the log groups log retention settings ([0,79])",
        group="new",
    )
    reading = Reading(window())
    assert reading.messages == ["x"]
    assert reading.coverage.complete
    assert any(note.startswith("new: the window ends before") for note in reading.coverage.notes)


def test_a_service_that_gives_ten_thousand_rows_is_asked_for_them(cloudwatch: LogsService) -> None:
    """Where 100,000 rows are refused, the older limit is used."""
    cloudwatch.put("g", "s", [(T0, "x")])
    cloudwatch.fault(
        "StartQuery",
        code="InvalidParameterException",
        message="limit must be at most 10000",
        matches=lambda request: request.given["limit"] > 10_000,
    )
    assert Reading(window()).messages == ["x"]


def test_a_filter_pattern_is_not_run_by_insights(cloudwatch: LogsService) -> None:
    """Asked for both, the user is told; where a group leaves no choice, it is a gap."""
    cloudwatch.create_group("g", log_group_class="INFREQUENT_ACCESS")
    with pytest.raises(UsageError, match=r"--engine insights.*--filter-pattern"):
        Reading(window(pattern="ERROR"), settings_for(engine="insights"))
    reading = Reading(window(pattern="ERROR"))
    assert [gap.what for gap in reading.coverage.gaps] == ["g"]
    assert "--filter-pattern" in reading.coverage.gaps[0].reason
    assert not cloudwatch.calls("StartQuery")
