"""Running times and crashes over CloudWatch: what every engine answers, and what travels for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from insights_reading import few_rows, quick
from logs_fixtures import running
from logs_service import LogsService
from truth_asking import Answer, ask, ask_for
from truth_model import System
from truth_packing import pack, put_into_service, write
from truth_places import NOW, few  # noqa: F401 - a fixture

from slsloggrep.errors import SourceError
from slsloggrep.model import Coverage, Event, FigureBatch, Query, Span
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch import estimate
from slsloggrep.sources.cloudwatch.source import CloudWatchSource

__all__ = ["few_rows", "quick"]

HOUR = 3_600_000
CLOUDWATCH = ["-S", "cloudwatch:", "-g", "*", "--rate", "5000", "--region", "us-east-1"]
FILTER = [*CLOUDWATCH, "--engine", "filter"]
INSIGHTS = [*CLOUDWATCH, "--engine", "insights"]
ID = "8bbbfb91-a3ff-4502-b1b7-cb8f6658de64"


@pytest.fixture(scope="module")
def standard(few: System) -> Iterator[LogsService]:  # noqa: F811
    """Give a service that holds the generated system."""
    with running() as service:
        put_into_service(few, service)
        service.world.insights.ties_kept = True
        yield service


@pytest.fixture(scope="module")
def infrequent(few: System) -> Iterator[LogsService]:  # noqa: F811
    """Give the same with log groups that only Insights can read."""
    with running() as service:
        service.clock.set(few.now)
        for name in dict.fromkeys(stream.group for stream in few.streams):
            service.create_group(
                name, log_group_class="INFREQUENT_ACCESS", created=few.now - 24 * HOUR
            )
        for stream in few.streams:
            service.put(
                stream.group, stream.name, [(line.time, line.message) for line in stream.lines]
            )
        service.world.insights.ties_kept = True
        yield service


@pytest.fixture
def reach(cloudwatch: LogsService, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that lets the environment lead to a service."""

    def reach(service: LogsService) -> LogsService:
        monkeypatch.setenv("AWS_ENDPOINT_URL", service.url)
        service.requests.clear()
        service.world.insights.queries.clear()
        return service

    return reach


@pytest.fixture(scope="module")
def expected(
    few: System,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Answer]:
    """Give a function that asks files with the same events, each question once."""
    folder: Path = tmp_path_factory.mktemp("archive")
    files = ["-S", write(pack(few, 3, packings=("plain",)), folder), "--region", "us-east-1"]
    return cache(lambda *command: ask_for(command[0], few, files, *command[1:]))


def operations(service: LogsService) -> set[str]:
    return {request.operation for request in service.requests}


# The same answers


@pytest.mark.parametrize(
    ("options", "region"),
    [
        (["-S", "cloudwatch:"], "eu-south-1"),
        (["-S", "cloudwatch:?region=sa-east-1"], "sa-east-1"),
        (["-S", "cloudwatch:", "--region", "us-west-2"], "us-west-2"),
    ],
)
def test_the_price_is_that_of_the_region_that_is_asked(
    reach: Any, monkeypatch: pytest.MonkeyPatch, options: list[str], region: str
) -> None:
    """CloudWatch's region is known without a flag: by its URL, or by AWS's own variables."""
    with running() as service:
        service.clock.set(NOW)
        service.create_group("/aws/lambda/pay", region=region, created=NOW - HOUR)
        report = (
            f"REPORT RequestId: {ID}\tDuration: 26.73 ms\tBilled Duration: 27 ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 77 MB\t\n"
        )
        service.put("/aws/lambda/pay", "s", [(NOW - HOUR // 2, report)], region=region)
        reach(service)
        monkeypatch.setenv("AWS_REGION", "eu-south-1")
        command = ("latency", "-o", "json", "-s", "6h", "-g", "*", "--rate", "5000")
        answer = ask(*command, *options, now=NOW, env={"AWS_REGION": "eu-south-1"})
    assert answer.code == 0, answer.stderr
    assert answer.document["prices"]["region"] == region


@pytest.mark.parametrize(
    "command",
    [
        ["latency", "--by", "cold", "--by", "hour", "--by", "version", "--slowest", "30"],
        ["latency", "--approximate", "--by", "memory"],
        ["crashes"],
    ],
)
def test_every_engine_tells_what_files_tell(
    reach: Any,
    standard: LogsService,
    few: System,  # noqa: F811
    expected: Callable[..., Answer],
    command: list[str],
) -> None:
    """FilterLogEvents, Insights and an archive: one document, byte for byte, but for coverage.

    The system has text and JSON, failures of the old style and the new, cold starts, restores,
    managed instances, attempts in one stream, functions that share a group.
    """
    service = reach(standard)
    by_filter = ask_for(command[0], few, FILTER, *command[1:])
    assert operations(service) == {"DescribeLogGroups", "FilterLogEvents"}
    assert by_filter.content == expected(*command).content
    service.requests.clear()
    by_insights = ask_for(command[0], few, INSIGHTS, *command[1:])
    assert operations(service) == {"DescribeLogGroups", "StartQuery", "GetQueryResults"}
    assert by_insights.content == expected(*command).content


def test_the_system_has_it_all(expected: Callable[..., Answer]) -> None:
    """The equality above is about something."""
    rows = expected("latency").document["functions"]
    assert sum(row["errors"] for row in rows) > 100
    assert sum(row["timeouts"] for row in rows) > 5
    assert sum(row["cold_starts"] for row in rows) > 50
    assert any(row["memory_mb"] is None and row["billed_ms"] is None for row in rows)


def test_infrequent_access_is_measured_by_insights(
    reach: Any,
    infrequent: LogsService,
    few: System,  # noqa: F811
    expected: Callable[..., Answer],
) -> None:
    """Of these groups Insights discovers no fields: figures come from messages all the same."""
    service = reach(infrequent)
    answer = ask_for("latency", few, CLOUDWATCH)
    assert operations(service) == {"DescribeLogGroups", "StartQuery", "GetQueryResults"}
    assert answer.content == expected("latency").content
    assert "of the class Infrequent Access: read by Insights" in answer.stderr
    assert "Insights scanned" in answer.stderr
    assert "$0.005 per GB" in answer.stderr


def test_lines_of_a_moment_may_come_in_no_order(
    reach: Any,
    standard: LogsService,
    few: System,  # noqa: F811
    expected: Callable[..., Answer],
) -> None:
    """Then an error of one event a line may not be known for one, which is said; no more."""
    service = reach(standard)
    service.world.insights.ties_kept = False
    try:
        answer = ask_for("latency", few, INSIGHTS)
    finally:
        service.world.insights.ties_kept = True
    true = expected("latency").document["functions"]
    rows = answer.document["functions"]
    for row, other in zip(rows, true, strict=True):
        assert {**row, "errors": 0} == {**other, "errors": 0}
        assert row["errors"] <= other["errors"]
    assert "Insights does not tell the order of lines within a millisecond" in answer.stderr


def test_answers_that_are_cut_are_asked_on(
    reach: Any,
    standard: LogsService,
    few: System,  # noqa: F811
    expected: Callable[..., Answer],
    few_rows: int,
) -> None:
    """Where a query gives fewer rows than there are REPORTs, none is lost, none counted twice."""
    service = reach(standard)
    answer = ask_for("latency", few, INSIGHTS)
    assert answer.content == expected("latency").content
    assert {call.given["limit"] for call in service.calls("StartQuery")} == {few_rows}
    assert any(len(run.rows) == few_rows for run in service.world.insights.queries.values())


def test_more_reports_than_older_services_give_are_all_counted(cloudwatch: LogsService) -> None:
    """10,500 REPORTs where a query gives 10,000 rows at most, and 100,000 are refused."""
    cloudwatch.clock.set(NOW)
    cloudwatch.create_group("/aws/lambda/busy", created=NOW - 24 * HOUR)
    reports = [(NOW - HOUR + n * 100, report(n)) for n in range(10_500)]
    cloudwatch.put("/aws/lambda/busy", "2026/11/23/[$LATEST]aa", reports)
    cloudwatch.fault(
        "StartQuery",
        code="InvalidParameterException",
        message="limit must be at most 10000",
        matches=lambda request: request.given["limit"] > 10_000,
    )
    answer = ask("latency", "-s", "2h", "-o", "json", *INSIGHTS, now=NOW)
    (row,) = answer.document["functions"]
    assert row["invocations"] == 10_500
    assert row["max_ms"] == 10_499.5
    assert row["p50_ms"] == 5250.0
    assert answer.document["coverage"]["complete"]


# Recognised when read whole


def test_an_old_failure_counts_once_whatever_reads_it(cloudwatch: LogsService) -> None:
    """Its REPORT states success. Read whole, it has to come with the ID by which it was told.

    FilterLogEvents needs many pages here, as the first window shows. For the second GetLogEvents
    would be the better plan, but it tells no IDs.
    """
    cloudwatch.clock.set(NOW)
    cloudwatch.world.empty_pages = 8
    for hour in (0, 3):
        put_old_failures(cloudwatch, "/aws/lambda/old", before=hour * HOUR)
    answer = ask("latency", *two_windows(), *FILTER, now=NOW)
    assert operations(cloudwatch) == {"DescribeLogGroups", "FilterLogEvents"}
    assert counts_of(answer) == [(6, 3, 3), (6, 3, 3)]


def test_what_insights_told_by_itself_is_read_by_insights(
    cloudwatch: LogsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a search of many groups goes through Insights, what failed is read by it as well."""
    cloudwatch.clock.set(NOW)
    monkeypatch.setattr(estimate, "_PATIENCE", 0.0)
    for name in ("old", "older"):
        cloudwatch.create_group(f"/aws/lambda/{name}", created=NOW - 24 * HOUR, stored_bytes=10_000)
        put_old_failures(cloudwatch, f"/aws/lambda/{name}")
    window = ["-s", str(NOW - HOUR), "-u", str(NOW - HOUR // 6)]
    answer = ask("latency", *window, "-o", "json", *CLOUDWATCH, now=NOW)
    assert operations(cloudwatch) == {"DescribeLogGroups", "StartQuery", "GetQueryResults"}
    rows = answer.document["functions"]
    assert [(r["invocations"], r["errors"], r["timeouts"]) for r in rows] == [(6, 3, 3)] * 2
    assert "2 log groups: read by Insights" in answer.stderr
    compared = ask("latency", *window, "-o", "json", *FILTER, now=NOW)
    assert compared.content == answer.content


def test_two_windows_may_be_told_by_two_engines(
    cloudwatch: LogsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each window's failures are read by what told of that window."""
    cloudwatch.clock.set(NOW)
    monkeypatch.setattr(estimate, "_PATIENCE", 0.0)
    cloudwatch.create_group("/aws/lambda/old", created=NOW - 24 * HOUR, stored_bytes=10_000)
    for hour in (0, 3):
        put_old_failures(cloudwatch, "/aws/lambda/old", before=hour * HOUR)
    answer = ask("latency", *two_windows(), *CLOUDWATCH, now=NOW)
    assert {"FilterLogEvents", "StartQuery"} <= operations(cloudwatch)
    assert counts_of(answer) == [(6, 3, 3), (6, 3, 3)]


# What travels, and what it costs


def test_only_what_is_needed_travels(
    reach: Any,
    standard: LogsService,
    few: System,  # noqa: F811
) -> None:
    """Of all lines a third or less, by either engine: platform lines and errors."""
    reach(standard)
    lines = sum(len(stream.lines) for stream in few.streams)
    query = Query(since=NOW - 6 * HOUR, until=NOW, literals=("rror", "timeout", '"failure"'))
    for engine in ("filter", "insights"):
        source = CloudWatchSource("cloudwatch:", settings_for(engine=engine))
        total = Coverage(source="")

        def report_(increment: Coverage) -> None:
            nonlocal total
            total += increment

        rows = events = 0
        for item in source.measure(query, "figures", report_):
            rows += len(item.times) if isinstance(item, FigureBatch) else 0
            events += isinstance(item, Event)
        source.close()
        assert rows > 300
        assert total.events == rows + events < lines / 2.5


def test_insights_is_asked_for_messages_that_matter(
    reach: Any,
    standard: LogsService,
    few: System,  # noqa: F811
) -> None:
    """One query over all groups; nothing in it rests on fields that not every group has."""
    service = reach(standard)
    ask_for("latency", few, INSIGHTS)
    first = next(iter(service.world.insights.queries.values()))
    assert len(first.groups) == len({stream.group for stream in few.streams})
    assert "@message like /" in first.text
    assert r"REPORT\s" in first.text
    assert "platform.*report" in first.text
    assert "@type" not in first.text


def test_ctrl_c_stops_queries_and_says_what_is_missing(cloudwatch: LogsService) -> None:
    """Cancelled while figures are awaited: StopQuery for each query, and a gap."""
    cloudwatch.put("/aws/lambda/f", "s", [(NOW, "x")])
    cloudwatch.world.insights.polls = 10**6
    stopped = lambda: len(cloudwatch.calls("GetQueryResults")) > 3  # noqa: E731 - read by settings
    source = CloudWatchSource("cloudwatch:", settings_for(engine="insights", cancelled=stopped))
    total = Coverage(source="")

    def hear(increment: Coverage) -> None:
        nonlocal total
        total += increment

    query = Query(since=NOW - HOUR, until=NOW + HOUR, literals=("rror",))
    assert list(source.measure(query, "figures", hear)) == []
    source.close()
    assert [run.stopped for run in cloudwatch.world.insights.queries.values()] == [True]
    assert [gap.reason[:33] for gap in total.gaps] == ["interrupted: not finished: 1 Insi"]


def test_closing_the_reading_stops_queries(cloudwatch: LogsService) -> None:
    """Whoever has enough leaves no query running, one that measures neither."""
    for number in range(60):
        cloudwatch.put(f"/aws/lambda/f{number:02}", "s", [(NOW, report(number)), (NOW, "an error")])

    def hold(_request: Any) -> bool:
        for run in list(cloudwatch.world.insights.queries.values())[1:]:
            run.polls = 10**6
        return False

    cloudwatch.fault("GetQueryResults", matches=hold)
    source = CloudWatchSource("cloudwatch:", settings_for(engine="insights", groups=("/aws/*",)))
    items = source.measure(Query(since=NOW - 1, literals=("rror",)), "ends", lambda _: None)
    assert isinstance(next(items), Event)
    items.close()  # type: ignore[attr-defined]
    source.close()
    runs = list(cloudwatch.world.insights.queries.values())
    assert [run.stopped for run in runs] == [False] + [True] * (len(runs) - 1)


def test_a_refusal_of_insights_is_a_failure_by_name(cloudwatch: LogsService) -> None:
    """Nothing measured is no empty table."""
    cloudwatch.put("/aws/lambda/f", "s", [(NOW, "x")])
    cloudwatch.deny("StartQuery")
    source = CloudWatchSource("cloudwatch:", settings_for(engine="insights"))
    with pytest.raises(SourceError, match="logs:StartQuery"):
        list(source.measure(Query(since=NOW - HOUR), "figures", lambda _: None))
    source.close()


def test_spans_and_pattern_of_a_query_are_not_looked_at(cloudwatch: LogsService) -> None:
    """A measuring is about a window; what is fetched of spans later is another matter."""
    cloudwatch.put("/aws/lambda/f", "s", [(NOW, report(1)), (NOW, "an error")])
    source = CloudWatchSource("cloudwatch:", settings_for(engine="filter"))
    span = Span("/aws/lambda/f", "s", NOW - 1, NOW + 1)
    query = Query(since=NOW - 1, until=NOW + 1, pattern="nothing", spans=(span,), newest_first=True)
    (batch,) = source.measure(query, "figures", lambda _: None)
    assert isinstance(batch, FigureBatch)
    assert batch.durations_ms == (1.5,)
    source.close()


# A plan


@pytest.mark.parametrize(
    ("command", "then"),
    [("latency", "signs of failure would be read whole"), ("crashes", "would be read whole")],
)
def test_a_dry_run_plans_both_engines(cloudwatch: LogsService, command: str, then: str) -> None:
    """A pass for each group by FilterLogEvents; a query for all by Insights, with its price."""
    cloudwatch.clock.set(NOW)
    for name in ("cart", "mail"):
        cloudwatch.create_group(
            f"/aws/lambda/{name}", created=NOW - 240 * HOUR, stored_bytes=24_000_000_000
        )
    window = ["-s", "2h", "-u", str(NOW - HOUR), "--dry-run", "-o", "json"]
    by_filter = ask(command, *window, *FILTER, now=NOW)
    assert plan_of(by_filter) == [
        ("/aws/lambda/cart", "FilterLogEvents", 1, 100_000_000, None),
        ("/aws/lambda/mail", "FilterLogEvents", 1, 100_000_000, None),
    ]
    by_insights = ask(command, *window, *INSIGHTS, now=NOW)
    assert plan_of(by_insights) == [
        ("2 log groups, /aws/lambda/cart to /aws/lambda/mail", "Insights", 2, 200_000_000, 0.001)
    ]
    assert {answer.code for answer in (by_filter, by_insights)} == {0}
    assert then in by_filter.stderr
    assert operations(cloudwatch) == {"DescribeLogGroups"}


def plan_of(answer: Answer) -> list[tuple[Any, ...]]:
    return [
        (r["what"], r["engine"], r["calls"], r["bytes"], r["dollars"])
        for r in json.loads(answer.stdout)["reads"]
    ]


# Material


def settings_for(**options: Any) -> Settings:
    given = {"now": NOW, "rate": 5000.0, "regions": ("us-east-1",), "groups": ("*",)}
    return Settings(**{**given, **options})  # type: ignore[arg-type]


def report(number: int) -> str:
    return (
        f"REPORT RequestId: {number:08x}-0000-4000-8000-00000000000a\tDuration: {number}.50 ms\t"
        f"Billed Duration: {number + 1} ms\tMemory Size: 128 MB\tMax Memory Used: 64 MB\t\n"
    )


def put_old_failures(service: LogsService, group: str, before: int = 0) -> None:
    """Put three invocations that timed out in the old style, and three that did not.

    They are spread over the hour before the service's time of day, or earlier by so much.
    """
    for n in range(6):
        request = f"{before:08x}-{n:04x}-4000-8000-00000000000a"
        begin = NOW - HOUR + 120_000 + n * 360_000 - before
        figures = (
            "Duration: 3004.92 ms\tBilled Duration: 3000 ms\tMemory Size: 128 MB\t"
            "Max Memory Used: 33 MB\t\n"
        )
        events = [(begin, f"START RequestId: {request} Version: $LATEST\n")]
        if n % 2:
            text = f"2026-11-23T11:00:00.000Z {request} Task timed out after 3.00 seconds\n\n"
            events.append((begin + 3000, text))
        events.append((begin + 3004, f"END RequestId: {request}\n"))
        events.append((begin + 3004, f"REPORT RequestId: {request}\t{figures}"))
        service.put(group, f"2026/11/23/[$LATEST]{n}", events, ingested=begin)


def two_windows() -> list[str]:
    """Return options that compare the last hour with one three hours before."""
    other = f"{NOW - 4 * HOUR}..{NOW - 3 * HOUR}"
    return ["-s", str(NOW - HOUR), "--compare", other, "-o", "json"]


def counts_of(answer: Answer) -> list[tuple[int, int, int]]:
    """Return invocations, errors and timeouts before and after, of the only row."""
    (change,) = answer.document["changes"]
    return [
        (row["invocations"], row["errors"], row["timeouts"])
        for row in (change["before"], change["after"])
    ]
