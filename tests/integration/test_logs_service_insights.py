"""The stand-in for CloudWatch Logs: Insights queries, and live sessions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from logs_clients import pages, refusal
from logs_service import LogsService

START = 1_707_858_064_046
"""2024-02-13 21:01:04.046 UTC."""
SECOND = START // 1000
GROUP = "/aws/lambda/shop"
WINDOW = {"startTime": SECOND - 3600, "endTime": SECOND + 3600}
NO_POLLS = 0


@pytest.fixture
def asked(cloudwatch: LogsService) -> LogsService:
    """Give a service whose queries are complete at once."""
    cloudwatch.world.insights.polls = NO_POLLS
    return cloudwatch


def rows_of(service: LogsService, query: str, **given: Any) -> list[dict[str, str]]:
    client = service.client()
    given = {**WINDOW, **given}
    if not query.startswith("SOURCE") and "logGroupIdentifiers" not in given:
        given.setdefault("logGroupNames", [GROUP])
    started = client.start_query(queryString=query, **given)
    found = [
        {cell["field"]: cell["value"] for cell in row}
        for page in pages(client.get_query_results, queryId=started["queryId"])
        for row in page["results"]
    ]
    assert all("@ptr" in row for row in found)
    return found


def texts_of(service: LogsService, query: str, **given: Any) -> list[str]:
    return [row["@message"] for row in rows_of(service, query, **given)]


def test_fields_of_a_row(asked: LogsService) -> None:
    """A row holds the fields that were asked for, in Insights' own spelling, and @ptr."""
    asked.put(GROUP, "a", [(START, "text")], ingested=START + 954)
    names = "@timestamp, @message, @logStream, @log, @ingestionTime"
    (row,) = rows_of(asked, f"fields {names}")
    assert len(row.pop("@ptr")) > 20
    assert row == {
        "@timestamp": "2024-02-13 21:01:04.046",
        "@message": "text",
        "@logStream": "a",
        "@log": f"123456789012:{GROUP}",
        "@ingestionTime": "2024-02-13 21:01:05.000",
    }
    (row,) = rows_of(asked, "fields @message, level")
    assert row.keys() == {"@message", "@ptr"}


LAMBDA = "@type, @requestId, @duration, @billedDuration, @memorySize, @maxMemoryUsed, @initDuration"


def test_fields_of_lambda_are_discovered(asked: LogsService) -> None:
    """Of START, END and REPORT in the text format; sizes in bytes, large numbers as Java has them.

    In other classes than Standard nothing is discovered, in JSON no `@type`.
    """
    report = (
        "REPORT RequestId: r1\tDuration: 26.73 ms\tBilled Duration: 27 ms\tMemory Size: 1024 MB\t"
        "Max Memory Used: 9 MB\tInit Duration: 110.10 ms\t\n"
    )
    document = json.dumps({"type": "platform.report", "record": {"metrics": {"durationMs": 1.5}}})
    asked.create_group("cold", log_group_class="INFREQUENT_ACCESS")
    for group in (GROUP, "cold"):
        asked.put(group, "s", [(START, "START RequestId: r1 Version: 1\n"), (START + 1, report)])
        asked.put(group, "s", [(START + 2, document)])
    query = f"fields {LAMBDA}, type, record.metrics.durationMs | sort @timestamp asc"
    rows = [{k: v for k, v in row.items() if k != "@ptr"} for row in rows_of(asked, query)]
    assert rows == [
        {"@type": "START", "@requestId": "r1"},
        {
            "@type": "REPORT",
            "@requestId": "r1",
            "@duration": "26.73",
            "@billedDuration": "27.0",
            "@memorySize": "1.024E9",
            "@maxMemoryUsed": "9000000.0",
            "@initDuration": "110.1",
        },
        {"type": "platform.report", "record.metrics.durationMs": "1.5"},
    ]
    assert [row.keys() for row in rows_of(asked, query, logGroupNames=["cold"])] == [{"@ptr"}] * 3


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("@message like /ord-1\\d/", "ab"),
        ('@message like "ord-1"', "ab"),
        ("@message like 'ORD'", ""),
        ("@message like /(?i)ORD-2/", "c"),
        ("@message =~ /^one/", "a"),
        ("@message not like /ord/", "d"),
        (f"toMillis(@timestamp) >= {START + 1} and toMillis(@timestamp) < {START + 3}", "bc"),
        ("@message like /two/ or @message like 'three'", "bc"),
        ("@message like /ord/ and @message like 'three'", "c"),
        ("@message like /a\\/b/", "d"),
        ("not (@message like /ord/)", "d"),
        ("(@message like /one/ or @message like /two/) and @logStream = 's1'", "a"),
        ("@logStream in ['s2', \"s3\"]", "bcd"),
        ("@logStream not in ['s2']", "ad"),
        ("@logStream != 's1'", "bcd"),
        ("level = 'WARN'", "d"),
        ("code >= 500", "d"),
        ("code < 500", ""),
        ("deep.er = 'x'", "d"),
        ("@message like /one/ | filter @message like /ord/", "a"),
    ],
)
def test_conditions(asked: LogsService, condition: str, found: str) -> None:
    """The conditions a client needs are run: like, in, comparisons, and, or, not, brackets."""
    lines = {
        "a": ("s1", "one ord-11"),
        "b": ("s2", "two ord-12"),
        "c": ("s2", "three ord-2"),
        "d": ("s3", json.dumps({"level": "WARN", "code": 500, "deep": {"er": "x"}, "p": "a/b"})),
    }
    for number, (stream, text) in enumerate(lines.values()):
        asked.put(GROUP, stream, [(START + number, text)])
    got = texts_of(asked, f"fields @message | filter {condition} | sort @timestamp asc")
    assert got == [lines[letter][1] for letter in found]


def test_order_and_limits(asked: LogsService) -> None:
    """Rows come newest first unless sorted; `limit` counts in the query and beside it."""
    asked.put(GROUP, "a", [(START + n, str(n)) for n in range(9)])
    assert texts_of(asked, "fields @message") == list("876543210")
    assert texts_of(asked, "fields @message | sort @timestamp asc") == list("012345678")
    assert texts_of(asked, "fields @message | sort @timestamp desc | limit 2") == ["8", "7"]
    assert texts_of(asked, "fields @message | limit 5", limit=1) == ["8"]
    for number in range(30):
        asked.put(GROUP, "b", [(START + 100, f"same {number:02d}")])
    same = texts_of(asked, "fields @message | filter @logStream = 'b' | sort @timestamp asc")
    assert same != sorted(same)


def test_ten_thousand_rows_a_page(asked: LogsService) -> None:
    """Results come in pages of 10,000, up to the limit, which is 10,000 unless given."""
    asked.put(GROUP, "a", [(START, "x")] * 10_050)
    client = asked.client()

    def sizes(text: str, **given: Any) -> list[int]:
        started = client.start_query(queryString=text, logGroupName=GROUP, **WINDOW, **given)
        found = pages(client.get_query_results, queryId=started["queryId"])
        return [len(page["results"]) for page in found]

    assert sizes("fields @timestamp") == [10_000]
    assert sizes("fields @timestamp | limit 10020") == [10_000, 20]
    assert sizes("fields @timestamp", limit=100_000) == [10_000, 50]


def test_pages_belong_to_their_query(asked: LogsService) -> None:
    """A token leads on in its own query only, for an hour; maxItems makes pages smaller."""
    asked.clock.set(START + 10_000)
    asked.put(GROUP, "a", [(START + n, str(n)) for n in range(5)])
    client = asked.client()
    one, two = (
        client.start_query(queryString="fields @message", logGroupName=GROUP, **WINDOW)["queryId"]
        for _ in range(2)
    )
    page = client.get_query_results(queryId=one, maxItems=2)
    assert len(page["results"]) == 2
    token = page["nextToken"]
    assert len(client.get_query_results(queryId=one, nextToken=token)["results"]) == 3
    with asked.expecting("nextToken"):
        refusal(client.get_query_results, queryId=two, nextToken=token)
    asked.clock.advance(3_600_001)
    assert "expired" in refusal(client.get_query_results, queryId=one, nextToken=token)


def test_bounds_of_time_are_seconds(asked: LogsService) -> None:
    """Both bounds count; the end is an instant unless the whole last second is meant."""
    times = [START - 47, START - 46, START, START + 954]
    asked.put(GROUP, "a", [(time, str(time)) for time in times])
    query = "fields @message | sort @timestamp asc"
    window = {"startTime": SECOND, "endTime": SECOND + 1}
    assert texts_of(asked, query, **window) == [str(time) for time in times[1:]]
    window["endTime"] = SECOND
    assert texts_of(asked, query, **window) == [str(times[1])]
    asked.world.insights.whole_last_second = True
    assert texts_of(asked, query, **window) == [str(time) for time in times[1:3]]
    for wrong in ({"startTime": START, "endTime": START}, {"startTime": 2, "endTime": 1}):
        with asked.expecting("StartQuery"):
            refusal(asked.client().start_query, queryString="fields a", logGroupName="g", **wrong)


def test_sources(asked: LogsService) -> None:
    """SOURCE takes groups by prefix, class and account: the Standard ones unless told."""
    for name in ("/a/one", "/a/two", "/b/three"):
        asked.put(name, "s", [(START, name)])
    asked.create_group("/a/rare", log_group_class="INFREQUENT_ACCESS")
    asked.put("/a/rare", "s", [(START, "/a/rare")])
    asked.put("/a/far", "s", [(START, "/a/far")], account="210987654321")

    def names(arguments: str) -> list[str]:
        query = f"SOURCE logGroups({arguments}) | fields @message | sort @message asc"
        return texts_of(asked, query)

    assert names("namePrefix: ['/a/']") == ["/a/far", "/a/one", "/a/two"]
    assert names("namePrefix: ['/a/o', '/b']") == ["/a/one", "/b/three"]
    assert names("class: ['INFREQUENT_ACCESS']") == ["/a/rare"]
    assert names("namePrefix: ['/a'], accountIdentifiers: ['210987654321']") == ["/a/far"]
    assert len(names("")) == 4
    with asked.expecting("5 prefixes"):
        refusal(
            asked.client().start_query,
            queryString=f"SOURCE logGroups(namePrefix: {['x'] * 6})",
            **WINDOW,
        )


def test_groups_of_a_query(asked: LogsService) -> None:
    """A query names its groups in one way, 50 at most, of one class, each of them there."""
    arns = []
    for number in range(51):
        arns.append(asked.create_group(f"g{number}").arn)
        asked.put(f"g{number}", "s", [(START, str(number))])
    asked.create_group("rare", log_group_class="INFREQUENT_ACCESS")
    call = asked.client().start_query
    query = {"queryString": "fields @message", **WINDOW}
    assert len(texts_of(asked, "fields @message", logGroupIdentifiers=arns[:50])) == 50
    for wrong in (
        {},
        {"logGroupNames": []},
        {"logGroupNames": [f"g{number}" for number in range(51)]},
        {"logGroupName": "g1", "logGroupNames": ["g2"]},
        {"logGroupNames": ["g1", "g1"]},
        {"logGroupName": "g1", "queryString": "SOURCE logGroups()"},
    ):
        with asked.expecting("InvalidParameterException"):
            refusal(call, **{**query, **wrong})
    assert "NotFound" in refusal(call, **query, logGroupNames=["g1", "nope"])
    assert "classes" in refusal(call, **query, logGroupNames=["g1", "rare"])
    assert call(**query, logGroupNames=["rare"])["queryId"]


@pytest.mark.parametrize(
    "query",
    [
        "field @message",
        "fields @entity",
        "fields @message filter x",
        "filter @message likes 'x'",
        "filter @message like x",
        "filter @message like 'open",
        "filter @message like /(/",
        "filter @message = 'a' or",
        "filter (@message = 'a'",
        "limit 0",
        "limit 100001",
        "sort @timestamp downward",
        "stats count(*) by bin(5m)",
        "SOURCE '/a/one'",
        "SOURCE logGroups(name: ['a'])",
    ],
)
def test_queries_that_nobody_knows(asked: LogsService, query: str) -> None:
    """What the stand-in does not understand is malformed, and a violation."""
    asked.create_group(GROUP)
    with asked.expecting("MalformedQueryException"):
        refused = refusal(
            asked.client().start_query, queryString=query, logGroupName=GROUP, **WINDOW
        )
    assert refused.startswith("MalformedQueryException")


def test_a_query_takes_its_time(cloudwatch: LogsService) -> None:
    """A query is Scheduled, Running with a part of its rows, Complete; it is a snapshot."""
    cloudwatch.put(GROUP, "a", [(START + n, str(n)) for n in range(10)])
    cloudwatch.world.insights.polls = 3
    client = cloudwatch.client()
    given = {"queryString": "fields @message", "logGroupName": GROUP, **WINDOW}
    query = client.start_query(**given)["queryId"]
    cloudwatch.put(GROUP, "a", [(START, "later")])
    polls = [client.get_query_results(queryId=query) for _ in range(5)]
    assert [poll["status"] for poll in polls] == [
        "Scheduled", "Running", "Running", "Complete", "Complete",
    ]  # fmt: skip
    assert [len(poll["results"]) for poll in polls] == [0, 5, 5, 10, 10]
    statistics = polls[-1]["statistics"]
    assert statistics["recordsScanned"] == statistics["recordsMatched"] == 10.0
    assert isinstance(statistics["bytesScanned"], float)
    assert "NotFound" in refusal(client.get_query_results, queryId="no-such-query")


def test_queries_that_end_otherwise(cloudwatch: LogsService) -> None:
    """A query may fail, time out or be stopped; only a running one can be stopped."""
    cloudwatch.put(GROUP, "a", [(START + n, str(n)) for n in range(10)])
    insights = cloudwatch.world.insights
    insights.polls, insights.ends = 1, ["Failed", "Timeout"]
    client = cloudwatch.client()
    given = {"queryString": "fields @message", "logGroupName": GROUP, **WINDOW}
    queries = [client.start_query(**given)["queryId"] for _ in range(4)]
    for _ in range(2):
        found = [client.get_query_results(queryId=query) for query in queries[:3]]
    assert [poll["status"] for poll in found] == ["Failed", "Timeout", "Complete"]
    assert client.stop_query(queryId=queries[3])["success"] is True
    assert client.get_query_results(queryId=queries[3])["status"] == "Cancelled"
    assert "not running" in refusal(client.stop_query, queryId=queries[3])
    assert "NotFound" in refusal(client.stop_query, queryId="no-such-query")
    assert [run.status for run in insights.queries.values()][3] == "Cancelled"


def test_queries_at_once(cloudwatch: LogsService) -> None:
    """More queries at once than allowed meet LimitExceededException, until one has ended."""
    cloudwatch.create_group(GROUP)
    cloudwatch.world.insights.concurrent = 2
    client = cloudwatch.client()
    given = {"queryString": "fields @message", "logGroupName": GROUP, **WINDOW}
    queries = [client.start_query(**given)["queryId"] for _ in range(2)]
    assert refusal(client.start_query, **given).startswith("LimitExceededException")
    client.stop_query(queryId=queries[0])
    assert client.start_query(**given)["queryId"]
