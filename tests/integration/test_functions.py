"""`slsloggrep functions`: what is deployed, with what Lambda, Logs, stacks and tags tell of it."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import nullcontext
from typing import Any

import pytest
from conftest import FakeAws
from logs_service import LogsService
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from program import Answer, ask

from slsloggrep.cli.context import Cancellation, Environment
from slsloggrep.sources.cloudwatch import belongings
from slsloggrep.sources.cloudwatch.deployments import StackContents

NOW = 1_790_000_000_000
HOUR = 3_600_000
WARN = {"LogFormat": "JSON", "SystemLogLevel": "WARN", "ApplicationLogLevel": "INFO"}
HEALTHY = {"LogFormat": "JSON", "SystemLogLevel": "INFO", "ApplicationLogLevel": "INFO"}


def functions(*argv: str, **given: Any) -> Answer:
    return ask("functions", *argv, now=NOW, **given)


def deploy(service: LogsService) -> None:
    """Make functions in all states of health."""
    service.clock.set(NOW)
    world = service.world
    world.create_function("cart", MemorySize=256, Timeout=29, TracingConfig={"Mode": "PassThrough"})
    world.create_function("fine", LoggingConfig=HEALTHY, TracingConfig={"Mode": "Active"})
    world.create_function("quiet", LoggingConfig=WARN, TracingConfig={"Mode": "Active"})
    world.create_function("fresh", PackageType="Image", Runtime=None)
    for name in ("one", "two", "three"):
        world.create_function(name, log_group="/shared", LoggingConfig=HEALTHY)
    service.put(
        "/aws/lambda/cart",
        "2026/09/21/[$LATEST]a",
        [(NOW - 3 * HOUR, "x")],
        ingested=NOW - 3 * HOUR,
    )
    service.create_group("/aws/lambda/fine", retention_days=30)
    service.create_group("/aws/lambda/quiet", retention_days=7)
    service.create_group("/shared", retention_days=1)
    service.put(
        "/shared",
        f"2026/09/21/one[$LATEST]{'a' * 32}",
        [(NOW - 2 * HOUR, "x")],
        ingested=NOW - 2 * HOUR,
    )
    service.put(
        "/shared", f"2026/09/21/two[$LATEST]{'b' * 32}", [(NOW - HOUR, "x")], ingested=NOW - HOUR
    )


def test_what_is_told_of_each_function(cloudwatch: LogsService) -> None:
    """Configuration, log group, last activity, and what is unhealthy; nothing is made up."""
    deploy(cloudwatch)
    answer = functions("-o", "json")
    assert answer.code == 0
    found = {each["function"]: each for each in answer.json["functions"]}
    assert list(found) == ["cart", "fine", "fresh", "one", "quiet", "three", "two"]
    assert found["cart"] == {
        "function": "cart",
        "region": "us-east-1",
        "arn": "arn:aws:lambda:us-east-1:123456789012:function:cart",
        "runtime": "python3.13",
        "memory_mb": 256,
        "timeout_s": 29,
        "log_group": "/aws/lambda/cart",
        "log_group_exists": True,
        "log_format": "Text",
        "application_log_level": None,
        "system_log_level": None,
        "tracing": False,
        "retention_days": None,
        "never_expires": True,
        "infrequent_access": False,
        "last_activity": "2026-09-21T11:13:20.000Z",
        "unhealthy": [
            {"kind": "retention_never_expires", "words": "retention never expires"},
            {"kind": "no_json", "words": "no JSON"},
            {"kind": "no_tracing", "words": "no tracing"},
        ],
    }
    kinds = {name: [each["kind"] for each in one["unhealthy"]] for name, one in found.items()}
    assert kinds["fine"] == []
    assert kinds["quiet"] == ["system_log_level"]
    assert kinds["fresh"] == ["no_log_group", "no_json"]
    assert (found["fresh"]["runtime"], found["fresh"]["never_expires"]) == ("image", None)
    assert (found["fine"]["retention_days"], found["fine"]["never_expires"]) == (30, False)


def test_a_shared_group_tells_of_each_function_by_its_streams(cloudwatch: LogsService) -> None:
    """Another one's stream says nothing; the group is asked for once."""
    deploy(cloudwatch)
    found = {each["function"]: each["last_activity"] for each in functions("-o", "ndjson").lines}
    assert found["one"] == "2026-09-21T12:13:20.000Z"
    assert found["two"] == "2026-09-21T13:13:20.000Z"
    assert found["three"] is None
    asked = [r.given["logGroupName"] for r in cloudwatch.calls("DescribeLogStreams")]
    assert sorted(asked) == ["/aws/lambda/cart", "/aws/lambda/fine", "/aws/lambda/quiet", "/shared"]


def test_names_globs_and_groups_choose(cloudwatch: LogsService) -> None:
    """Names are asked for one by one; a glob lists; a log group narrows either."""
    deploy(cloudwatch)
    assert [f["function"] for f in functions("cart", "fine", "-o", "ndjson").lines] == [
        "cart",
        "fine",
    ]
    assert not cloudwatch.calls("ListFunctions")
    assert [f["function"] for f in functions("t*", "-o", "ndjson").lines] == ["three", "two"]
    found = functions("-g", "/shared", "--no-activity", "-o", "ndjson").lines
    assert [f["function"] for f in found] == ["one", "three", "two"]
    assert {f["last_activity"] for f in found} == {None}


def test_a_function_that_is_named_twice_is_listed_once(cloudwatch: LogsService) -> None:
    """By its name and its ARN it is the same function; an alias that it has not is a gap."""
    deploy(cloudwatch)
    arn = "arn:aws:lambda:us-east-1:123456789012:function:cart"
    answer = functions("cart", arn, "-o", "ndjson")
    assert (answer.code, [each["function"] for each in answer.lines]) == (0, ["cart"])
    alias = functions("cart", "cart:nope", "-o", "ndjson")
    assert (alias.code, [each["function"] for each in alias.lines]) == (3, ["cart"])
    west = cloudwatch.region("eu-west-1")
    west.create_function("west")
    both = functions("cart", "--region", "us-east-1", "--region", "eu-west-1", "-o", "ndjson")
    assert (both.code, [each["function"] for each in both.lines]) == (0, ["cart"])


@pytest.mark.parametrize("command", ["functions", "doctor"])
def test_whoever_stops_gets_what_there_is(
    cloudwatch: LogsService, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """The code is that of an interruption, and nothing more is asked."""
    deploy(cloudwatch)
    cancellation = Cancellation()
    cancellation.set()
    monkeypatch.setattr(Environment, "interrupts", lambda _: nullcontext(cancellation))
    answer = ask(command, now=NOW)
    assert answer.code == 130
    assert "interrupted" in answer.stderr
    assert not cloudwatch.requests


def test_what_is_not_there_is_told(cloudwatch: LogsService) -> None:
    """Beside others it is a gap, alone an error; a glob that matches nothing is an answer."""
    deploy(cloudwatch)
    answer = functions("cart", "nope")
    assert answer.code == 3
    assert "nope: there is no function 'nope' in us-east-1" in answer.stderr
    alone = functions("nope")
    assert (alone.code, alone.stdout) == (4, "")
    assert "there is no function 'nope' in us-east-1" in alone.stderr
    assert functions("nope*").code == 1
    beside = functions("c*", "nope", "-o", "ndjson")
    assert (beside.code, [each["function"] for each in beside.lines]) == (3, ["cart"])


def test_an_arn_is_looked_for_in_its_own_region_and_a_name_in_yours(
    cloudwatch: LogsService,
) -> None:
    """A function of the same name in the other region is not meant."""
    for region in ("us-east-1", "eu-west-1"):
        cloudwatch.region(region).create_function("cart")
        cloudwatch.region(region).create_function("shop")
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:shop"
    answer = functions("cart", arn, "--no-activity", "-o", "ndjson")
    assert answer.code == 0
    found = [(each["region"], each["function"]) for each in answer.lines]
    assert found == [("us-east-1", "cart"), ("eu-west-1", "shop")]


@pytest.mark.parametrize(
    ("operation", "field"),
    [("DescribeLogGroups", "log_group_exists"), ("DescribeLogStreams", "last_activity")],
)
def test_what_is_denied_is_a_gap_that_names_the_action(
    cloudwatch: LogsService, operation: str, field: str
) -> None:
    """All functions are listed; what was not to be had is null, and judged to be nothing."""
    deploy(cloudwatch)
    cloudwatch.deny(operation)
    answer = functions("cart", "-o", "json")
    assert answer.code == 3
    (found,) = answer.json["functions"]
    assert found[field] is None
    (gap,) = answer.json["coverage"]["sources"][0]["gaps"]
    assert gap == {
        "what": "/aws/lambda/cart",
        "reason": f"access denied: logs:{operation} is missing",
    }
    if operation == "DescribeLogGroups":
        assert [each["kind"] for each in found["unhealthy"]] == ["no_json", "no_tracing"]


def test_where_nothing_can_be_listed_that_is_an_error(cloudwatch: LogsService) -> None:
    """With the action that is missing; in one of two regions it is a gap."""
    deploy(cloudwatch)
    cloudwatch.deny("ListFunctions", region="us-east-1")
    answer = functions()
    assert (answer.code, answer.stdout) == (4, "")
    assert "access denied: lambda:ListFunctions is missing" in answer.stderr
    assert "allow lambda:ListFunctions" in answer.stderr
    cloudwatch.region("eu-west-1").create_function("west")
    both = functions("--region", "us-east-1", "--region", "eu-west-1")
    assert both.code == 3
    assert "west" in both.stdout
    assert "us-east-1: access denied: lambda:ListFunctions is missing" in both.stderr


def test_the_function_that_ran_last_is_the_next_step(cloudwatch: LogsService) -> None:
    """Pasted, the command shows what it logged, however long ago that was."""
    deploy(cloudwatch)
    (step,) = [line for line in functions(aside=True).stderr.splitlines() if "next:" in line]
    assert step == "next: slsloggrep tail two -n 20"
    pasted = ask(*step.split()[2:], now=NOW + 100 * HOUR)
    assert pasted.code == 0
    assert "two" in pasted.stdout
    for argv in (("--no-next",), ("--no-activity",), ("-o", "json")):
        assert "next:" not in functions(*argv, aside=True).stderr


def test_the_table_keeps_the_judgement_at_every_width(cloudwatch: LogsService) -> None:
    """At 80 columns what is left out is named; at 200, and in a pipe, all is there."""
    deploy(cloudwatch)
    narrow = functions(terminal=True, width=80, NO_COLOR="1").stdout.splitlines()
    assert max(map(len, narrow)) <= 80
    (cart,) = [line for line in narrow if line.startswith("cart")]
    assert cart.endswith("retention never expires, no JSON, no tracing")
    assert "no room for" in " ".join(narrow)
    wide = functions(terminal=True, width=200, NO_COLOR="1").stdout
    assert max(map(len, wide.splitlines())) <= 200
    piped = functions().stdout
    for word in ("last activity", "3 h ago", "for ever", "30 d", "JSON INFO/WARN", "256", "29"):
        assert word in wide
        assert word in piped
    assert "/aws/lambda/cart" in piped


def test_many_functions_of_a_stack_are_listed_rather_than_asked_for(
    cloudwatch: LogsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page of a listing holds as many as are worth asking for; one that is gone is told."""
    for number in range(60):
        cloudwatch.world.create_function(f"f{number:02}")
    names = {f"f{number:02}" for number in range(5, 61)}
    contents = StackContents(functions=dict.fromkeys(names, ""))
    monkeypatch.setattr(belongings, "contents_of_stack", lambda _logs, _stack: contents)
    answer = functions("--stack", "shop", "--no-activity", "-o", "json")
    assert answer.code == 3
    assert [each["function"] for each in answer.json["functions"]] == sorted(names - {"f60"})
    (gap,) = answer.json["coverage"]["sources"][0]["gaps"]
    assert gap["reason"] == "there is no function 'f60' in us-east-1"
    assert len(cloudwatch.calls("ListFunctions")) == 2
    assert not cloudwatch.calls("GetFunctionConfiguration")


# What only moto's server knows


def deploy_stack(aws: FakeAws) -> None:
    """Make a stack with a function, and one in a stack nested in it; and another with a tag."""
    role = aws.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")
    arn = role["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "")

    def function(name: str) -> dict[str, Any]:
        code = {"ZipFile": "x"}
        properties = {"Runtime": "python3.13", "Handler": "app.x", "Role": arn, "Code": code}
        return {
            "Type": "AWS::Lambda::Function",
            "Properties": {"FunctionName": name, **properties},
        }

    inner = {"Resources": {"Inner": function("inner")}}
    aws.client("s3").create_bucket(Bucket="templates")
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    backend.put_object("templates", "inner.json", json.dumps(inner).encode())
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": "https://s3.amazonaws.com/templates/inner.json"},
    }
    outer = {"Resources": {"Outer": function("outer"), "Nested": nested}}
    aws.client("cloudformation").create_stack(StackName="shop", TemplateBody=json.dumps(outer))
    aws.client("lambda").create_function(
        FunctionName="tagged",
        Runtime="python3.13",
        Handler="app.x",
        Role=arn,
        Code={"ZipFile": archive.getvalue()},
        Tags={"team": "checkout"},
    )


def test_stacks_and_tags_choose(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nested stacks count; stacks and tags narrow each other; one that is missing is told."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    deploy_stack(aws)

    def names(*argv: str) -> tuple[int, list[str]]:
        answer = functions(*argv, "-o", "ndjson", "--endpoint-url", aws.url)
        return answer.code, [each["function"] for each in answer.lines]

    assert names("--stack", "shop") == (0, ["inner", "outer"])
    assert names("--stack", "shop", "o*") == (0, ["outer"])
    assert names("--tag", "team=checkout") == (0, ["tagged"])
    assert names("--stack", "shop", "--tag", "team") == (1, [])
    both = functions("--stack", "shop", "--stack", "shoop", "--endpoint-url", aws.url)
    assert both.code == 3
    assert "shoop: there is no stack 'shoop' in us-east-1" in both.stderr
    assert functions("--tag", "=x", "--endpoint-url", aws.url).code == 2


@pytest.mark.parametrize(
    ("argv", "path", "action"),
    [
        (("--stack", "shop"), "cloudformation", "cloudformation:ListStackResources"),
        (("--tag", "team"), "tagging", "tag:GetResources"),
    ],
)
def test_stacks_and_tags_that_are_denied(
    aws: FakeAws,
    monkeypatch: pytest.MonkeyPatch,
    argv: tuple[str, str],
    path: str,
    action: str,
) -> None:
    """Nothing is listed in their place: the error names the action."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    aws.application.inject(
        lambda seen: f"/{path}/" in seen.headers.get("authorization", ""),
        status="403 Forbidden",
        code="AccessDenied",
    )
    answer = functions(*argv, "--endpoint-url", aws.url)
    assert (answer.code, answer.stdout) == (4, "")
    assert f"access denied: {action} is missing" in answer.stderr


def test_only_an_account_knows_its_functions() -> None:
    """A source of another kind is a mistake, said as one."""
    answer = functions("-S", "demo:")
    assert answer.code == 2
    assert "does not know which functions there are" in answer.stderr
