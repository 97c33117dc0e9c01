"""`slsloggrep doctor`: each thing that reading needs, tried over a real socket, good and bad."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from conftest import FakeAws
from logs_service import LogsService
from program import Answer, ask
from search_fixtures import Search

NOW = 1_790_000_000_000
ARN = "arn:aws:logs:us-east-1:123456789012:log-group"
CART = "/aws/lambda/cart"


def doctor(*argv: str, **given: Any) -> Answer:
    return ask("doctor", *argv, now=NOW, **given)


def verdicts(answer: Answer) -> dict[str, str]:
    """Return the verdicts by what was checked."""
    return {each["check"]: each["verdict"] for each in answer.lines}


def fill(service: LogsService) -> None:
    """Put one event into the group of one function; the clock is that of this machine."""
    service.world.create_function("cart")
    service.put(CART, "2026/09/21/[$LATEST]a", [(int(time.time() * 1000) - 5_000, "x")])


def test_where_all_is_well_nothing_is_missing(cloudwatch: LogsService) -> None:
    """Every permission is tried once, with the narrowest call that there is; nothing costs."""
    fill(cloudwatch)
    answer = doctor("-o", "ndjson")
    assert answer.code == 0
    assert verdicts(answer) == {
        "versions": "ok",
        "credentials": "ok",
        "region": "ok",
        "identity": "ok",
        "clock": "ok",
        "log groups": "ok",
        "read events": "ok",
        "log streams": "ok",
        "read a stream": "ok",
        "functions": "ok",
        "function settings": "ok",
        "Insights": "not checked",
        "live tail": "not checked",
    }
    asked = [request.operation for request in cloudwatch.requests]
    assert asked == [
        "GetCallerIdentity",
        "DescribeLogGroups",
        "FilterLogEvents",
        "DescribeLogStreams",
        "GetLogEvents",
        "ListFunctions",
        "GetFunctionConfiguration",
    ]
    given = {request.operation: request.given for request in cloudwatch.requests}
    assert given["DescribeLogGroups"]["limit"] == 1
    assert given["DescribeLogStreams"]["limit"] == 1
    assert given["ListFunctions"]["MaxItems"] == 1
    events = given["FilterLogEvents"]
    assert (events["limit"], events["endTime"] - events["startTime"]) == (1, 0)


def test_a_query_of_insights_is_tried_on_demand_only(cloudwatch: LogsService) -> None:
    """It costs money; it is stopped again, whatever came of it."""
    fill(cloudwatch)
    answer = doctor("--insights", "-o", "ndjson")
    assert verdicts(answer)["Insights"] == "ok"
    asked = [request.operation for request in cloudwatch.requests]
    assert asked[-3:] == ["StartQuery", "GetQueryResults", "StopQuery"]


LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function"


@pytest.mark.parametrize(
    "denied",
    [
        {
            ("read events", "logs:FilterLogEvents"): f"{ARN}:{CART}:*",
            ("read a stream", "logs:GetLogEvents"): f"{ARN}:{CART}:*",
            ("Insights", "logs:StartQuery"): f"{ARN}:{CART}:*",
        },
        {
            ("log groups", "logs:DescribeLogGroups"): f"{ARN}:*",
            ("log streams", "logs:DescribeLogStreams"): f"{ARN}:{CART}:*",
            ("function settings", "lambda:GetFunctionConfiguration"): f"{LAMBDA}:cart",
            ("Insights", "logs:GetQueryResults"): "*",
        },
    ],
)
def test_what_is_denied_is_what_the_policy_allows(
    cloudwatch: LogsService, denied: dict[tuple[str, str], str]
) -> None:
    """Just those actions, on what was named; a partial answer's code, and the rest is checked."""
    fill(cloudwatch)
    for _, action in denied:
        cloudwatch.deny(action.partition(":")[2])
    answer = doctor("-F", "cart", "--insights", "-o", "ndjson")
    assert answer.code == 3
    found = [each for each in answer.lines if each["actions"]]
    assert [(each["check"], *each["actions"]) for each in found] == list(denied)
    assert {each["verdict"] for each in found} == {"missing"}
    policy = doctor("-F", "cart", "--insights", "--policy")
    assert policy.code == 3
    allowed = {
        action: resource
        for statement in policy.json["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
    }
    assert allowed == {action: resource for (_, action), resource in denied.items()}


def test_the_policy_without_anything_denied_is_what_reading_needs(cloudwatch: LogsService) -> None:
    """As narrow as the names are: sets become `?`, which is the nearest that IAM has."""
    fill(cloudwatch)
    policy = doctor("-g", "/aws/lambda/c[ab]rt", "--policy").json
    by_resource = {tuple(each["Resource"]): each["Action"] for each in policy["Statement"]}
    assert by_resource == {
        (f"{ARN}:*",): ["logs:DescribeLogGroups"],
        (f"{ARN}:/aws/lambda/c?rt:*",): [
            "logs:DescribeLogStreams",
            "logs:FilterLogEvents",
            "logs:GetLogEvents",
        ],
    }


@pytest.mark.parametrize(
    ("named", "needed"),
    [
        ((), {"lambda:ListFunctions", "lambda:GetFunctionConfiguration"}),
        (("-g", CART), set()),
        (("-F", "cart"), {"lambda:GetFunctionConfiguration"}),
        (("-F", "c*"), {"lambda:ListFunctions", "lambda:GetFunctionConfiguration"}),
    ],
)
def test_lambda_is_asked_for_what_is_named(
    cloudwatch: LogsService, named: tuple[str, ...], needed: set[str]
) -> None:
    """Who reads a log group needs nothing of Lambda, who names a function no list of them."""
    fill(cloudwatch)
    policy = doctor(*named, "--policy").json
    actions = {action for each in policy["Statement"] for action in each["Action"]}
    assert {action for action in actions if action.startswith("lambda:")} == needed
    asked = {f"lambda:{request.operation}" for request in cloudwatch.requests}
    assert asked & {"lambda:ListFunctions", "lambda:GetFunctionConfiguration"} == needed


def test_people_see_the_policy_below_what_is_missing(cloudwatch: LogsService) -> None:
    """Each check has a line, a sign and a word; what could not be tried is said to be unknown."""
    cloudwatch.deny("DescribeLogGroups")
    answer = doctor(terminal=True, width=80, NO_COLOR="1")
    assert answer.code == 3
    assert max(map(len, answer.stdout.splitlines())) <= 80
    lines = answer.stdout.splitlines()
    assert "  ✗ missing      log groups         access denied: logs:DescribeLogGroups is" in lines
    assert "  ◌ not checked  read events        no log group is known to try it on" in lines
    assert '"logs:DescribeLogGroups"' in answer.stdout.partition("smallest IAM policy")[2]
    assert "missing: log groups" in answer.stderr
    assert "may lack more" in answer.stderr


@pytest.mark.parametrize(
    ("minutes", "verdict", "code"), [(10, "missing", 3), (-10, "missing", 3), (0.5, "note", 0)]
)
def test_the_clock_is_compared_with_the_answer(
    cloudwatch: LogsService, minutes: float, verdict: str, code: int
) -> None:
    """By the Date header; a few seconds are worth knowing, minutes are wrong."""
    fill(cloudwatch)
    cloudwatch.clock.set(int(time.time() * 1000 + minutes * 60_000))
    answer = doctor("-o", "ndjson")
    (clock,) = [each for each in answer.lines if each["check"] == "clock"]
    assert (clock["verdict"], answer.code) == (verdict, code)
    assert ("behind" if minutes > 0 else "ahead of") in clock["detail"]


def test_credentials_that_are_refused_end_it(
    cloudwatch: LogsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be asked with them, and nothing is; none at all are told before any call."""
    cloudwatch.expired_keys.add("test")
    answer = doctor("-o", "ndjson")
    assert answer.code == 4
    shown = verdicts(answer)
    assert (shown["identity"], list(shown)[-1]) == ("missing", "clock")
    (identity,) = [each for each in answer.lines if each["check"] == "identity"]
    assert identity["detail"] == "the AWS credentials have expired"
    asked = len(cloudwatch.requests)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    nobody = doctor("-o", "ndjson")
    assert nobody.code == 4
    assert verdicts(nobody) == {"versions": "ok", "credentials": "missing"}
    assert len(cloudwatch.requests) == asked
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.delenv("AWS_REGION")
    nowhere = doctor("-o", "json")
    assert nowhere.code == 4
    (gap,) = nowhere.json["coverage"]["sources"][0]["gaps"]
    assert gap == {"what": "source", "reason": "no AWS region is known"}


def test_each_region_is_checked_for_itself(cloudwatch: LogsService) -> None:
    """What is missing in one says nothing of the other."""
    fill(cloudwatch)
    cloudwatch.deny("ListFunctions", region="eu-west-1")
    answer = doctor("--region", "us-east-1", "--region", "eu-west-1", "-o", "ndjson")
    assert answer.code == 3
    found = {e["place"]: e["verdict"] for e in answer.lines if e["check"] == "functions"}
    assert found == {"us-east-1": "ok", "eu-west-1": "missing"}


def test_groups_that_are_not_there(cloudwatch: LogsService) -> None:
    """None of those that were named: nothing of the source can be used. One of two: partial."""
    fill(cloudwatch)
    assert doctor("-g", "/nope").code == 4
    answer = doctor("-g", "/nope", "-g", CART, "-o", "ndjson")
    assert answer.code == 3
    found = [each["verdict"] for each in answer.lines if each["check"] == "named groups"]
    assert found == ["missing", "ok"]
    both = doctor("-g", "/nope", "-g", CART, "--region", "us-east-1", "--region", "eu-west-1")
    assert both.stdout.count("there is no log group '/nope'") == 1
    assert "none of them is here" in both.stdout


def test_a_region_that_only_an_arn_names_is_the_one_to_check(cloudwatch: LogsService) -> None:
    """And not the region that happens to be the usual one."""
    cloudwatch.put("/west", "s", [(NOW, "x")], region="eu-west-1")
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/west"
    answer = doctor("-g", arn, "-o", "ndjson")
    assert answer.code == 0
    assert verdicts(answer)["read events"] == "ok"
    assert {request.region for request in cloudwatch.requests} == {"eu-west-1"}


# Buckets

Fill = Callable[[dict[str, bytes]], str]
NAMED = "prod/2026/11/23/17/shop-1-2026-11-23-17-00-00-437403cc-42c5-414b-907e-519d17a126ed.gz"


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")


@pytest.mark.usefixtures("region")
def test_a_bucket_is_listed_and_a_byte_is_read(aws: FakeAws, bucket: Fill) -> None:
    """One key, one byte; the mark that a console makes of a folder is passed over."""
    url = f"{bucket({'prod/': b'', NAMED: b'abc'})}/prod"
    answer = doctor("-S", url, "--endpoint-url", aws.url, "-o", "ndjson")
    assert answer.code == 0
    shown = verdicts(answer)
    assert (shown["list objects"], shown["read an object"], shown["layout"]) == ("ok", "ok", "ok")
    assert shown["clock"] == "ok"
    listings = [seen.query for seen in aws.application.requests if seen.lists]
    assert {query["max-keys"][0] for query in listings} == {"1"}
    (read,) = [seen.headers["range"] for seen in aws.application.requests if seen.gets]
    assert read == "bytes=0-0"
    plain = doctor(
        "-S", bucket({"x.log": b"abc"}, "other"), "--endpoint-url", aws.url, "-o", "ndjson"
    )  # type: ignore[call-arg]
    assert (plain.code, verdicts(plain)["layout"]) == (0, "note")


@pytest.mark.usefixtures("region")
@pytest.mark.parametrize(
    ("denied", "what", "statement"),
    [
        (
            "lists",
            "list objects",
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": ["arn:aws:s3:::logs"],
                "Condition": {"StringLike": {"s3:prefix": ["prod*"]}},
            },
        ),
        (
            "gets",
            "read an object",
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::logs/prod*"],
            },
        ),
    ],
)
def test_what_is_denied_of_a_bucket(
    aws: FakeAws, bucket: Fill, denied: str, what: str, statement: dict[str, Any]
) -> None:
    """The policy allows just that, below the prefix that was named."""
    url = f"{bucket({NAMED: b'abc'})}/prod"
    aws.application.inject(
        lambda seen: bool(getattr(seen, denied)), status="403 Forbidden", code="AccessDenied"
    )
    answer = doctor("-S", url, "--endpoint-url", aws.url, "-o", "ndjson")
    assert (answer.code, verdicts(answer)[what]) == (3, "missing")
    policy = doctor("-S", url, "--endpoint-url", aws.url, "--policy")
    assert policy.json["Statement"] == [statement]


@pytest.mark.usefixtures("region")
def test_a_key_that_may_not_be_used(aws: FakeAws, bucket: Fill) -> None:
    """The policy names the very key, which the refusal tells."""
    url = bucket({NAMED: b"abc"})
    key = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    aws.application.inject(
        lambda seen: seen.gets,
        status="403 Forbidden",
        code="AccessDenied",
        message=f"not authorized to perform: kms:Decrypt on resource: {key} because no policy",
    )
    policy = doctor("-S", url, "--endpoint-url", aws.url, "--policy")
    assert policy.json["Statement"] == [
        {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [key]}
    ]


@pytest.mark.usefixtures("region")
def test_a_bucket_that_is_not_there(aws: FakeAws) -> None:
    """It cannot be used at all; another source is checked all the same."""
    answer = doctor("-S", "s3://nope", "-S", "demo:", "--endpoint-url", aws.url, "-o", "ndjson")
    assert answer.code == 4
    found = {(e["source"], e["check"]): e["verdict"] for e in answer.lines}
    assert found["s3://nope", "list objects"] == "missing"
    assert found["demo:", "layout"] == "ok"


# Other sources


def test_a_cluster_is_asked_for_what_it_is_and_what_it_hides(quick_search: Search) -> None:
    """Its version, its indices, their mappings, and a point in time that is given back."""
    index = quick_search.name("cwl-2026.11.23")
    fields = {"@timestamp": {"type": "date"}, "@message": {"type": "text"}}
    quick_search.call("PUT", f"/{index}", {"mappings": {"properties": fields}})
    document = {"@timestamp": NOW, "@message": "x", "@log_group": "g", "@log_stream": "s"}
    quick_search.call("POST", f"/{index}/_doc/1?refresh=true", document)
    answer = doctor("-S", f"opensearch+{quick_search.url}/{index}", "-o", "ndjson")
    assert answer.code == 0
    shown = verdicts(answer)
    assert (shown["server"], shown["mapping"], shown["point in time"]) == ("ok", "ok", "ok")
    gone = doctor("-S", f"opensearch+{quick_search.url}/{index}x", "-o", "ndjson")
    assert (gone.code, verdicts(gone)["indices"]) == (4, "missing")
    needless = doctor("-S", f"opensearch+{quick_search.url}/{index}", "--policy")
    assert (needless.code, needless.stdout) == (0, "")


def test_files_that_are_not_there_and_what_is_unknown() -> None:
    """A missing path is a missing source; a pipe is not read to be looked at."""
    missing = doctor("-S", "/nonexistent/logs", "-o", "ndjson")
    assert (missing.code, verdicts(missing)["source"]) == (4, "missing")
    demo = doctor("-S", "demo:", "-o", "json")
    assert demo.code == 0
    assert demo.json["coverage"]["complete"]
