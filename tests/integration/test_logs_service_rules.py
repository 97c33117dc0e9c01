"""The stand-in for CloudWatch Logs: what it refuses, and what it holds against the client."""

from __future__ import annotations

import http.client
import json
import logging
from typing import Any

import pytest
from logs_clients import messages, pages, refusal
from logs_fixtures import running
from logs_service import LogsService

START = 1_750_000_000_000
GROUP = "/aws/lambda/shop"
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/logs/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)


def raw(service: LogsService, body: Any, **headers: str) -> tuple[int, str]:
    """Send what botocore would not, and return the status and the error's code."""
    connection = http.client.HTTPConnection(service.url.removeprefix("http://"))
    usual = {
        "authorization": SIGNED,
        "x-amz-date": "20260101T000000Z",
        "x-amz-target": "Logs_20140328.FilterLogEvents",
        "content-type": "application/x-amz-json-1.1",
    }
    given = usual | {name.replace("_", "-"): value for name, value in headers.items()}
    text = body if isinstance(body, str) else json.dumps(body)
    connection.request("POST", "/", text, {k: v for k, v in given.items() if v})
    answer = connection.getresponse()
    document = json.loads(answer.read())
    connection.close()
    return answer.status, document.get("__type", "")


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        ({}, {"authorization": ""}, "MissingAuthenticationTokenException"),
        ({}, {"authorization": "Bearer x"}, "IncompleteSignatureException"),
        ({}, {"authorization": SIGNED.replace("/logs/", "/s3/")}, "UnknownOperationException"),
        ({}, {"x_amz_date": ""}, "IncompleteSignatureException"),
        ({}, {"x_amz_target": ""}, "UnknownOperationException"),
        ({}, {"x_amz_target": "Logs_20140328.ReadAll"}, "UnknownOperationException"),
        ({}, {"x_amz_target": "Logs_20140328.PutLogEvents"}, "InvalidParameterException"),
        ({}, {"x_amz_target": "Logs_20140328.DescribeQueries"}, "UnknownOperationException"),
        ({}, {"content_type": "application/json"}, "SerializationException"),
        ("{", {}, "SerializationException"),
        ("[]", {}, "SerializationException"),
        ({"logGroup": GROUP}, {}, "InvalidParameterException"),
        ({"logGroupName": 5}, {}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "startTime": "1"}, {}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "startTime": True}, {}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "startTime": None}, {}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "startTime": -1}, {}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "startTime": 2**63}, {}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "logStreamNames": []}, {}, "InvalidParameterException"),
        ({"logGroupName": GROUP, "logStreamNames": ["a:b"]}, {}, "InvalidParameterException"),
    ],
)
def test_what_no_client_may_send(
    cloudwatch: LogsService, body: Any, headers: dict[str, str], code: str
) -> None:
    """A request that breaks the protocol or the model is refused, and is a violation."""
    cloudwatch.create_group(GROUP)
    with cloudwatch.expecting(code):
        assert raw(cloudwatch, body, **headers) == (400, code)


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("filter_log_events", {}),
        ("filter_log_events", {"logGroupName": GROUP, "logGroupIdentifier": GROUP}),
        ("filter_log_events", {"logGroupName": "with space"}),
        ("filter_log_events", {"logGroupName": GROUP, "logStreamNames": ["a"] * 101}),
        ("filter_log_events", {"logGroupName": GROUP, "filterPattern": "a" * 1025}),
        ("filter_log_events", {"logGroupName": GROUP, "limit": 10_001}),
        ("filter_log_events", {"logGroupName": GROUP, "filterPattern": "[a, b]"}),
        ("filter_log_events", {"logGroupIdentifier": "arn:aws:logs:us-east-1:1:log-group:g:*"}),
        ("describe_log_groups", {"limit": 51}),
        ("describe_log_groups", {"logGroupNamePrefix": "a", "logGroupNamePattern": "a"}),
        ("describe_log_groups", {"logGroupClass": "CHEAP"}),
        ("describe_log_groups", {"accountIdentifiers": ["123456789012"]}),
        ("list_log_groups", {"logGroupNamePattern": "shop-.*"}),
        (
            "describe_log_streams",
            {"logGroupName": GROUP, "orderBy": "LastEventTime", "logStreamNamePrefix": "a"},
        ),
    ],
)
def test_what_the_documents_forbid(
    cloudwatch: LogsService, operation: str, given: dict[str, Any]
) -> None:
    """What botocore does not check holds too: ranges, patterns, enumerations, exclusions."""
    cloudwatch.put(GROUP, "a", [(START, "x")])
    with cloudwatch.expecting("InvalidParameterException"):
        code = refusal(getattr(cloudwatch.client(), operation), **given)
    assert code.startswith("InvalidParameterException")


def test_a_violation_fails_the_test() -> None:
    """The fixture's end fails when a violation was not expected, and only then."""
    with running() as service, service.expecting("unknown"):
        raw(service, {"logGroup": GROUP})
    with pytest.raises(AssertionError, match="logGroup is unknown"), running() as service:
        raw(service, {"logGroup": GROUP})
    with (
        pytest.raises(AssertionError, match="no violation"),
        running() as service,
        service.expecting("x"),
    ):
        pass


def test_missing_groups(cloudwatch: LogsService) -> None:
    """A group that is not there is named as such: by name, by ARN, in another region."""
    group = cloudwatch.create_group(GROUP)
    call = cloudwatch.client().filter_log_events
    words = "ResourceNotFoundException: The specified log group does not exist."
    assert refusal(call, logGroupName="/aws/lambda/nope") == words
    assert messages(call, logGroupIdentifier=group.arn) == []
    assert messages(call, logGroupIdentifier=GROUP) == []
    assert refusal(call, logGroupIdentifier=group.arn + "s") == words
    elsewhere = cloudwatch.client(region="eu-west-1")
    assert refusal(elsewhere.filter_log_events, logGroupName=GROUP) == words
    assert refusal(elsewhere.filter_log_events, logGroupIdentifier=group.arn) == words


def test_infrequent_access(cloudwatch: LogsService) -> None:
    """Groups of the class Infrequent Access are refused by all that reads events directly."""
    group = cloudwatch.create_group(GROUP, log_group_class="INFREQUENT_ACCESS")
    cloudwatch.put(GROUP, "a", [(START, "x")])
    client = cloudwatch.client()
    refused = refusal(client.filter_log_events, logGroupName=GROUP)
    assert refused.startswith("InvalidParameterException")
    assert "INFREQUENT_ACCESS" in refused
    refused = refusal(client.get_log_events, logGroupName=GROUP, logStreamName="a")
    assert refused.startswith("InvalidParameterException")
    refused = refusal(client.start_live_tail, logGroupIdentifiers=[group.arn])
    assert refused.startswith("InvalidOperationException")


LINES = [
    "ERROR in ord-12 of eu_west",  # 0
    "xERRORx ord-123",  # 1
    "an error, WARN level",  # 2
    "[WARN] ERROR: both",  # 3
    '{"level": "ERROR", "code": 503, "user": {"ids": ["a", "b"]}, "ok": false, "none": null}',  # 4
    '{"level": "INFO", "code": 200, "path": "/shop/cart"}',  # 5
]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("  ", [0, 1, 2, 3, 4, 5]),
        ("ERROR", [0, 3, 4]),
        ("ERR", []),
        ("ERROR WARN", [3]),
        ("?ERROR ?WARN", [0, 2, 3, 4]),
        ("ERROR ?nothing", [0, 3, 4]),
        ("ERROR -WARN", [0, 4]),
        ("-ERROR", [1, 2, 5]),
        ('"ord-12"', [0]),
        ('"ERROR: both"', [3]),
        ('-"ERROR: both" WARN', [2]),
        ("west", [0]),
        ("%ERR%", [0, 1, 3, 4]),
        (r"%ord-\d{3}%", [1]),
        ("%^an|both$%", [2, 3]),
        ("%ERROR% %ord%", [0, 1]),
        ('{ $.level = "ERROR" }', [4]),
        ("{ $.level = ERROR }", [4]),
        ('{ $.level != "ERROR" }', [5]),
        ('{ $.level = "*R*" }', [4]),
        ("{ $.code > 200 }", [4]),
        ("{ $.code >= 200 && $.code < 503 }", [5]),
        ('{ $.code = 503 || $.path = "/shop/*" }', [4, 5]),
        ('{ ($.code = 1 || $.code = 503) && ($.level = "ERROR") }', [4]),
        ('{ $.user.ids[1] = "b" }', [4]),
        ("{ $.path = %cart$% }", [5]),
        ("{ $.ok IS FALSE }", [4]),
        ("{ $.none IS NULL }", [4]),
        ("{ $.path NOT EXISTS }", [4]),
    ],
)
def test_filter_patterns(cloudwatch: LogsService, pattern: str, found: list[int]) -> None:
    """Terms are whole tokens, case counts, regexes find substrings, selectors need JSON."""
    cloudwatch.put(GROUP, "a", [(START + n, line) for n, line in enumerate(LINES)])
    call = cloudwatch.client().filter_log_events
    got = messages(call, logGroupName=GROUP, filterPattern=pattern)
    assert [LINES.index(line) for line in got] == found


@pytest.mark.parametrize(
    "pattern",
    [
        "ord-12",
        "a.b",
        '""',
        '"open',
        "%(a|b)%",
        "%a!%",
        "%a b%",
        "%größe%",
        "%[%",
        r"%\bx%",
        "%a% %b% %c%",
        "%a% term",
        "?%a%",
        "{ $.a = 1",
        "{ a = 1 }",
        "{ $.a }",
        "{ $.a > x }",
        '{ $.a = "b" && }',
        "{ $.a = a-b }",
    ],
)
def test_filter_patterns_that_are_none(cloudwatch: LogsService, pattern: str) -> None:
    """A pattern outside of the documented syntax is refused: a user's mistake, no violation."""
    cloudwatch.put(GROUP, "a", [(START, "x")])
    refused = refusal(
        cloudwatch.client().filter_log_events, logGroupName=GROUP, filterPattern=pattern
    )
    assert refused.startswith("InvalidParameterException: ")
    assert "filter pattern" in refused


def test_log_groups(cloudwatch: LogsService) -> None:
    """Groups come by name, 50 a page; an ARN ends in `:*`, a group's ARN does not."""
    for number in range(120):
        cloudwatch.create_group(f"/aws/lambda/f{number:03d}", created=START, stored_bytes=7)
    cloudwatch.create_group("/aws/other", log_group_class="INFREQUENT_ACCESS", retention_days=3)
    call = cloudwatch.client().describe_log_groups
    found = list(pages(call, logGroupNamePrefix="/aws/lambda/"))
    assert [len(page["logGroups"]) for page in found] == [50, 50, 20]
    first = found[0]["logGroups"][0]
    arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/f000"
    assert (first["arn"], first["logGroupArn"]) == (f"{arn}:*", arn)
    assert (first["storedBytes"], first["creationTime"]) == (7, START)
    (other,) = call(logGroupNamePrefix="/aws/o")["logGroups"]
    assert (other["logGroupClass"], other["retentionInDays"]) == ("INFREQUENT_ACCESS", 3)
    assert call(logGroupClass="INFREQUENT_ACCESS")["logGroups"] == [other]
    (brief,) = call(logGroupNamePattern="a/f007")["logGroups"]
    assert brief.keys() == {"arn", "creationTime", "logGroupName"}
    named = cloudwatch.client().list_log_groups
    names = [
        group["logGroupName"] for group in named(logGroupNamePattern="f11|^/aws/o")["logGroups"]
    ]
    assert names == [*(f"/aws/lambda/f{n}" for n in range(110, 120)), "/aws/other"]
    assert [len(page["logGroups"]) for page in pages(named, limit=100)] == [100, 21]


def test_linked_accounts(cloudwatch: LogsService) -> None:
    """Groups of a linked account are shown when asked for, and read by ARN only."""
    linked = cloudwatch.create_group(GROUP, account="210987654321")
    cloudwatch.put(GROUP, "a", [(START, "far")], account="210987654321")
    client = cloudwatch.client()
    assert client.describe_log_groups()["logGroups"] == []
    (found,) = client.describe_log_groups(includeLinkedAccounts=True)["logGroups"]
    assert found["logGroupArn"] == linked.arn
    assert messages(client.filter_log_events, logGroupIdentifier=linked.arn) == ["far"]
    assert "does not exist" in refusal(client.filter_log_events, logGroupName=GROUP)
    given = {"includeLinkedAccounts": True, "accountIdentifiers": ["123456789012"]}
    assert client.list_log_groups(**given)["logGroups"] == []


def test_regions_and_accounts_are_apart(cloudwatch: LogsService) -> None:
    """The signature's region, and the account of its key, decide which groups there are."""
    cloudwatch.create_group("here")
    cloudwatch.create_group("there", region="eu-west-1")
    cloudwatch.accounts["other"] = "999999999999"
    cloudwatch.region("us-east-1", "999999999999").create_group("theirs")

    def names(**options: str) -> list[str]:
        groups = cloudwatch.client(**options).describe_log_groups()["logGroups"]
        return [group["logGroupName"] for group in groups]

    assert names() == ["here"]
    assert names(region="eu-west-1") == ["there"]
    assert names(key="other") == ["theirs"]


def test_log_streams(cloudwatch: LogsService) -> None:
    """Streams come by name or by their last event, either way round, 50 a page."""
    cloudwatch.clock.set(START + 1000)
    for number in range(60):
        cloudwatch.put(GROUP, f"s{number:02d}", [(START + (number * 7) % 60, "x")])
    call = cloudwatch.client().describe_log_streams

    def names(**given: Any) -> list[str]:
        found = pages(call, logGroupName=GROUP, **given)
        return [stream["logStreamName"] for page in found for stream in page["logStreams"]]

    everything = [f"s{number:02d}" for number in range(60)]
    assert names() == everything
    assert names(descending=True) == everything[::-1]
    assert names(logStreamNamePrefix="s1") == everything[10:20]
    by_time = names(orderBy="LastEventTime", descending=True)
    assert by_time[:3] == ["s17", "s34", "s51"]
    assert len(call(logGroupName=GROUP)["logStreams"]) == 50


def test_what_streams_tell_may_be_old(cloudwatch: LogsService) -> None:
    """With `last_event_lag` the times of a stream know nothing of the latest events."""
    cloudwatch.clock.set(START)
    cloudwatch.put(GROUP, "a", [(START, "one")])
    cloudwatch.clock.advance(1000)
    cloudwatch.put(GROUP, "a", [(START + 1000, "two")])
    cloudwatch.world.last_event_lag = 500
    (stream,) = cloudwatch.client().describe_log_streams(logGroupName=GROUP)["logStreams"]
    assert (stream["lastEventTimestamp"], stream["lastIngestionTime"]) == (START, START)


def test_functions(cloudwatch: LogsService) -> None:
    """Lambda tells the log group of a function, by name, alias and ARN, or 404."""
    cloudwatch.world.create_function("shop", log_group="/custom/shop", aliases=("live",))
    cloudwatch.world.create_function("plain")
    client = cloudwatch.client("lambda")

    def group(name: str, **given: str) -> str:
        found = client.get_function_configuration(FunctionName=name, **given)
        return str(found["LoggingConfig"]["LogGroup"])

    arn = "arn:aws:lambda:us-east-1:123456789012:function:shop"
    for name in ("shop", "shop:live", "shop:$LATEST", arn, f"{arn}:live"):
        assert group(name) == "/custom/shop"
    assert group("shop", Qualifier="live") == "/custom/shop"
    assert group("plain") == "/aws/lambda/plain"
    for name in ("nope", "shop:old", arn.replace("us-east-1", "eu-west-1")):
        refused = refusal(client.get_function_configuration, FunctionName=name)
        assert refused.startswith("ResourceNotFoundException: Function not found: arn:aws:lambda:")
    cloudwatch.deny("GetFunctionConfiguration")
    refused = refusal(client.get_function_configuration, FunctionName="shop")
    assert refused.startswith("AccessDeniedException: User: ")
    assert "lambda:GetFunctionConfiguration" in refused


def test_identity(cloudwatch: LogsService) -> None:
    """STS tells the account of a key, and a role's credentials lead into the role's account."""
    client = cloudwatch.client("sts")
    assert client.get_caller_identity()["Account"] == "123456789012"
    role = "arn:aws:iam::999999999999:role/reader"
    key = client.assume_role(RoleArn=role, RoleSessionName="me")["Credentials"]["AccessKeyId"]
    assert cloudwatch.client("sts", key=key).get_caller_identity()["Account"] == "999999999999"
    cloudwatch.deny("AssumeRole")
    refused = refusal(client.assume_role, RoleArn=role, RoleSessionName="me")
    assert refused.startswith("AccessDenied: ")


def test_requests_are_kept(cloudwatch: LogsService, caplog: pytest.LogCaptureFixture) -> None:
    """Every request is listed with its operation, input, region, time and answer."""
    caplog.set_level(logging.CRITICAL)
    cloudwatch.put(GROUP, "a", [(START, "x")], region="eu-west-1")
    client = cloudwatch.client(region="eu-west-1")
    client.filter_log_events(logGroupName=GROUP, limit=5)
    refusal(client.filter_log_events, logGroupName="nope")
    first, second = cloudwatch.calls("FilterLogEvents")
    assert (first.given, first.region) == ({"logGroupName": GROUP, "limit": 5}, "eu-west-1")
    assert (first.answer, first.events, first.groups) == ("ok", 1, (GROUP,))
    assert second.answer == "ResourceNotFoundException"
    assert first.time <= second.time
    assert cloudwatch.calls("FilterLogEvents", "ok") == [first]
    assert cloudwatch.accepted == 1
