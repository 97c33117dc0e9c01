"""What people have in hand leads to logs: stacks, tags, projects, APIs, whatever command it is."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from conftest import FakeAws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from program import Answer, _load_once, ask

LAMBDA = f"arn:aws:lambda:us-east-1:{DEFAULT_ACCOUNT_ID}:function:"
INVOKED = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"
ACCESS = "/aws/api-gateway/shop"
STREAM = "2026/09/21/[$LATEST]0123456789abcdef0123456789abcdef"


class World(NamedTuple):
    """An account with a stack, a nested one, another one, an API and a tag."""

    aws: FakeAws
    api: str
    now: int

    def ask(self, *argv: str, **given: Any) -> Answer:
        return ask(*argv, "--endpoint-url", self.aws.url, now=self.now + 60_000, **given)

    def found(self, *argv: str, code: int = 0) -> set[str]:
        """Return the log groups in which a word was found that is in all of them."""
        answer = self.ask("grep", "ord-7", "-o", "ndjson", *argv)
        assert answer.code == code, answer.stderr
        return {line["log_group"] for line in answer.lines}


@pytest.fixture
def world(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    # Reading the models of six services takes longer than all else.
    monkeypatch.setattr("botocore.session.create_loader", _load_once)
    role = aws.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")["Role"]

    def function(name: str) -> dict[str, Any]:
        code = {"ZipFile": "x"}
        given = {"Runtime": "python3.13", "Handler": "a.b", "Role": role["Arn"], "Code": code}
        return {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": name, **given}}

    aws.client("s3").create_bucket(Bucket="templates")
    inner = json.dumps({"Resources": {"Worker": function("shop-worker")}})
    s3_backends[DEFAULT_ACCOUNT_ID]["aws"].put_object("templates", "inner.json", inner.encode())
    url = "https://s3.amazonaws.com/templates/inner.json"
    resources = {
        "CheckoutLambdaFunction": function("shop-checkout"),
        "Idle": function("shop-idle"),
        "Nested": {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}},
        "Access": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": ACCESS}},
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "shop"}},
    }
    stacks = aws.client("cloudformation")
    stacks.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": resources}))
    other = {"Resources": {"Other": function("other")}}
    tags = [{"Key": "team", "Value": "others"}]
    stacks.create_stack(StackName="shop-2", TemplateBody=json.dumps(other), Tags=tags)
    aws.client("lambda").tag_resource(Resource=f"{LAMBDA}other", Tags={"team": "others"})
    summaries = stacks.list_stack_resources(StackName="shop")["StackResourceSummaries"]
    api = next(s["PhysicalResourceId"] for s in summaries if s["LogicalResourceId"] == "Api")
    _deploy_api(aws, api)
    logs = aws.client("logs")
    now = logs.create_log_group(logGroupName="/elsewhere")["ResponseMetadata"]
    time = _milliseconds(now["HTTPHeaders"]["date"])
    for group in (
        *(f"/aws/lambda/{name}" for name in ("shop-checkout", "shop-worker", "other")),
        f"API-Gateway-Execution-Logs_{api}/prod",
        ACCESS,
        "/elsewhere",
    ):
        if group not in (ACCESS, "/elsewhere"):
            logs.create_log_group(logGroupName=group)
        logs.create_log_stream(logGroupName=group, logStreamName=STREAM)
        event = {"timestamp": time - 1000, "message": f"ord-7 {group}"}
        logs.put_log_events(logGroupName=group, logStreamName=STREAM, logEvents=[event])
    aws.application.reset()
    return World(aws, api, time)


def _deploy_api(aws: FakeAws, api: str) -> None:
    gateway = aws.client("apigateway")
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    gateway.put_method(restApiId=api, resourceId=root, httpMethod="GET", authorizationType="NONE")
    gateway.put_integration(
        restApiId=api,
        resourceId=root,
        httpMethod="GET",
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=INVOKED.format(f"{LAMBDA}shop-checkout"),
    )
    gateway.create_deployment(restApiId=api, stageName="prod")
    arn = f"arn:aws:logs:us-east-1:{DEFAULT_ACCOUNT_ID}:log-group:{ACCESS}"
    change = {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": arn}
    gateway.update_stage(restApiId=api, stageName="prod", patchOperations=[change])


def _milliseconds(date: str) -> int:
    from email.utils import parsedate_to_datetime

    return round(parsedate_to_datetime(date).timestamp() * 1000)


def test_stacks_tags_and_apis_choose_log_groups(world: World) -> None:
    """A stack brings nested ones and its logs along; the rest narrows it, or comes beside it."""
    execution = f"API-Gateway-Execution-Logs_{world.api}/prod"
    checkout, worker = "/aws/lambda/shop-checkout", "/aws/lambda/shop-worker"
    assert world.found("--stack", "shop") == {checkout, worker, ACCESS, execution}
    assert world.found("--stack", "shop", "-F", "*worker") == {worker}
    assert world.found("--stack", "shop", "-F", "checkout", "-g", "/elsewhere") == {
        checkout,
        "/elsewhere",
    }
    assert world.found("--tag", "team=others") == {"/aws/lambda/other"}
    assert world.found("--stack", "shop-2", "--tag", "team") == {"/aws/lambda/other"}
    behind = {checkout, ACCESS, execution}
    assert world.found("--api", world.api) == behind
    assert world.found("-F", world.api) == behind  # a name that is nothing else
    url = f"https://{world.api}.execute-api.us-east-1.amazonaws.com/prod/orders"
    assert world.found("-F", url) == world.found("-g", url, "--region", "eu-west-1") == behind


def test_what_a_stack_means_is_told(world: World) -> None:
    """Before the answer how much it is, behind it what has no log yet; that is no gap."""
    answer = world.ask("tail", "--stack", "shop", "-n", "1", "-v")
    assert answer.code == 0
    assert "stack shop: 2 functions and 2 other log groups in us-east-1" in answer.stderr
    assert "no log group yet: shop-idle" in answer.stderr
    listed = world.ask("functions", "--api", world.api, "--no-activity", "-o", "ndjson")
    assert [each["function"] for each in listed.lines] == ["shop-checkout"]
    report = world.ask("crashes", "checkout", "--stack", "shop", "-o", "md")
    assert "of checkout of stack shop" in report.stdout.partition("\n")[0]
    within = world.ask("functions", "Checkout", "--stack", "shop", "--no-activity", "-o", "ndjson")
    assert [each["function"] for each in within.lines] == ["shop-checkout"]


ABSENT = (
    (("--stack", "shpo"), ("there is no stack 'shpo' in us-east-1", "shop, shop-2")),
    (
        ("--stack", "shop", "-F", "chekout"),
        ("no function of stack shop is called 'chekout'", "checkout"),
    ),
    (("--stack", "shop", "-F", "idle"), ("none has logged yet", "shop-idle")),
    (("--tag", "team=nobody"), ("no function and no log group belongs to tag team=nobody",)),
    (("--api", "zzzzzzzzzz"), ("there is no API 'zzzzzzzzzz' in us-east-1",)),
    (("--api", "https://api.example.com/x"), ("'api.example.com' leads to no API", "--api ID")),
)


def test_what_is_not_there(world: World) -> None:
    """Alone it is an error, with what there is; beside something else a gap."""
    for argv, said in ABSENT:
        answer = world.ask("grep", "ord-7", *argv)
        assert (answer.code, answer.stdout) == (4, "")
        for words in said:
            assert words in answer.stderr
    argv, said = ABSENT[0]
    beside = world.ask("grep", "ord-7", *argv, "-g", "/elsewhere")
    assert beside.code == 3
    assert "/elsewhere" in beside.stdout
    assert said[0] in beside.stderr


DENIED = (
    (("--stack", "shop"), "cloudformation", "cloudformation:ListStackResources"),
    (("--tag", "team"), "tagging", "tag:GetResources"),
    (("--api", "a1b2c3d4e5"), "apigateway", "apigateway:GET"),
)


def test_what_is_denied(aws: FakeAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the action; doctor tells the policy that mends it."""
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    nothing = World(aws, "", 1_790_000_000_000)
    for argv, path, action in DENIED:
        aws.application.inject(
            lambda seen, path=path: f"/{path}/" in seen.headers.get("authorization", ""),
            status="403 Forbidden",
            code="AccessDeniedException",
            headers=(("x-amzn-errortype", "AccessDeniedException"),),
        )
        answer = nothing.ask("trace", "ord-7", *argv)
        assert (answer.code, answer.stdout) == (4, "")
        assert f"access denied: {action}" in answer.stderr
        policy = nothing.ask("doctor", *argv, "--policy")
        assert policy.code == 3
        assert [each["Action"] for each in policy.json["Statement"]] == [[action]]


def test_doctor_asks_for_no_more_than_is_named(world: World) -> None:
    """Without stacks, tags and APIs none of their permissions; with a stack, its functions'."""
    plain = world.ask("doctor", "--policy").stdout
    assert "cloudformation" not in plain
    assert "apigateway" not in plain
    answer = world.ask("doctor", "--stack", "shop", "-o", "json")
    checks = {each["check"]: each for each in answer.json["checks"]}
    assert checks["stack shop"]["detail"] == "3 functions"
    assert checks[f"API {world.api}"]["verdict"] == "ok"
    policy = world.ask("doctor", "--stack", "shop", "--policy").json
    wanted = {a: each["Resource"] for each in policy["Statement"] for a in each["Action"]}
    start = f"arn:aws:cloudformation:us-east-1:{DEFAULT_ACCOUNT_ID}:stack/shop"
    assert wanted["cloudformation:ListStackResources"] == [f"{start}-*/*", f"{start}/*"]
    assert len(wanted["logs:FilterLogEvents"]) == 5


@pytest.fixture
def archive(tmp_path: Path) -> str:
    """Give a folder with the same log groups, as a subscription delivers them."""
    with gzip.open(tmp_path / "a.gz", "wb") as file:
        for number, name in enumerate(("shop-checkout", "shop-worker", "other")):
            event = {"id": f"{number:056}", "timestamp": 1_790_000_000_000, "message": "ord-7"}
            envelope = {
                "messageType": "DATA_MESSAGE",
                "owner": DEFAULT_ACCOUNT_ID,
                "logGroup": f"/aws/lambda/{name}",
                "logStream": STREAM,
                "subscriptionFilters": ["all"],
                "logEvents": [event],
            }
            file.write(json.dumps(envelope).encode())
    return str(tmp_path / "a.gz")


def test_an_archive_is_narrowed_by_what_the_account_tells(world: World, archive: str) -> None:
    """By names alone; what an account does not know is an error there, too."""
    of = ("-S", archive)
    assert world.found(*of, "--stack", "shop") == {
        "/aws/lambda/shop-checkout",
        "/aws/lambda/shop-worker",
    }
    assert world.found(*of, "--stack", "shop", "-F", "checkout") == {"/aws/lambda/shop-checkout"}
    assert world.found(*of, "--api", world.api) == {"/aws/lambda/shop-checkout"}
    assert world.found(*of, "--tag", "team") == {"/aws/lambda/other"}
    assert world.found(*of, "--stack", "shop-2", "--stack", "shpo", code=3) == {"/aws/lambda/other"}
    assert world.found(*of, "--stack", "shop", "-F", "checkout", "-F", "/aws/lambda/other") == {
        "/aws/lambda/shop-checkout",
        "/aws/lambda/other",
    }
    lost = world.ask("grep", "ord-7", *of, "--stack", "shpo")
    assert lost.code == 4
    assert "there is no stack 'shpo' in us-east-1" in lost.stderr


SERVERLESS = """\
service: shop
provider: {name: aws, stackName: shop, region: us-east-1}
functions:
  checkout: {handler: a.b, name: shop-checkout}
  vague: {handler: a.b, name: "${file(x.yml):name}"}
"""


def without_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def test_several_archives_ask_once(world: World, archive: str) -> None:
    """What a stack holds is the same for all of them."""
    copy = str(Path(archive).rename(Path(archive).with_name("b.gz")))
    Path(archive).write_bytes(Path(copy).read_bytes())
    world.aws.application.reset()
    world.found("-S", archive, "-S", copy, "--stack", "shop")
    asked = [seen.headers.get("authorization", "") for seen in world.aws.application.requests]
    assert sum("/cloudformation/" in each for each in asked) == 2  # the stack, and the nested one


def test_an_archive_without_an_account(
    archive: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stack is not known, and what to do is told; a project's certain names do, with a gap."""
    without_account(monkeypatch)
    now = 1_790_000_060_000
    answer = ask("grep", "ord-7", "-S", archive, "--stack", "shop", now=now)
    assert answer.code == 4
    assert "which functions stack shop has is not known" in answer.stderr
    assert "or name the functions: -F NAME, or --project" in answer.stderr
    (tmp_path / "serverless.yml").write_text(SERVERLESS)
    project = ("grep", "ord-7", "-S", archive, "--project", str(tmp_path), "-o", "ndjson")
    known = ask(*project, now=now)
    assert known.code == 3
    assert [line["function"] for line in known.lines] == ["shop-checkout"]
    assert "stack shop in us-east-1 (serverless.yml)" in known.stderr
    assert "what vague is called only its stack tells" in known.stderr
    checked = ask("doctor", "--project", str(tmp_path), now=now)
    assert "no AWS credentials" in checked.stdout
    assert "no AWS region" not in checked.stdout  # the file has one
    # With and without a region the account is asked at another place.
    for region in ("us-east-1", ""):
        monkeypatch.setenv("AWS_REGION", region)
        (tmp_path / "serverless.yml").write_text(SERVERLESS.replace(", region: us-east-1", ""))
        lost = ask(*project, "-F", "chekout", now=now)
        assert lost.code == 4
        assert "no function of stack shop is called 'chekout'" in lost.stderr
        one = ask(*project, "-F", "chekout", "-F", "Checkout", now=now)
        assert [line["function"] for line in one.lines] == ["shop-checkout"]
        assert one.code == 3
        assert "no function of stack shop is called 'chekout'" in one.stderr


def test_a_project_of_the_account(world: World, tmp_path: Path) -> None:
    """Its stack is asked for, in its region; a stage that was never deployed says so."""
    (tmp_path / "serverless.yml").write_text(SERVERLESS)
    place = ("--project", str(tmp_path))
    assert "/aws/lambda/shop-worker" in world.found(*place)
    (tmp_path / "serverless.yml").write_text(SERVERLESS.replace("stackName: shop,", ""))
    answer = world.ask("latency", *place, "--stage", "tset")
    assert "stack shop-tset in us-east-1 (serverless.yml)" in answer.stderr
    listed = world.ask("functions", *place, "--no-activity", "-o", "ndjson")
    assert [each["function"] for each in listed.lines] == ["shop-checkout"]


def test_a_stage_without_a_project_is_a_mistake() -> None:
    """It would change nothing."""
    answer = ask("grep", "x", "-S", "demo:", "--stage", "prod", now=0)
    assert answer.code == 2
    assert "--stage is a stage of what --project names" in answer.stderr


TRACE = "1-67e1b5c0-3f2a9d1c4b5e6f7a8b9c0d1e"
CONSOLE = "https://eu-central-1.console.aws.amazon.com"


def test_a_page_of_a_trace_is_its_id_and_its_region(world: World) -> None:
    """A region that is named goes before the page's."""
    page = f"{CONSOLE}/cloudwatch/home?region=eu-central-1#xray:traces/{TRACE}"
    answer = world.ask("trace", page)
    assert f"{TRACE} in eu-central-1, as the page says" in answer.stderr
    assert "no log group matches '/aws/lambda/*' in eu-central-1" in answer.stderr
    assert world.ask("trace", page, "--region", "us-east-1").code == 1


@pytest.mark.parametrize(
    ("text", "option"),
    [
        (f"{CONSOLE}/cloudwatch/home?region=x#logsV2:log-groups/log-group/$252Fa", "-g"),
        (f"{LAMBDA}cart", "-g"),
        (f"arn:aws:cloudformation:us-east-1:{DEFAULT_ACCOUNT_ID}:stack/shop/1", "--stack"),
        ("https://a1b2c3d4e5.execute-api.us-east-1.amazonaws.com/prod", "--api"),
    ],
)
def test_what_is_no_id_says_which_command_takes_it(text: str, option: str) -> None:
    """A group, a function, a stack or an API is nothing to trace."""
    answer = ask("trace", text, "-S", "demo:", now=0)
    assert answer.code == 2
    assert "and trace takes an ID" in answer.stderr
    assert f"slsloggrep tail {option} " in answer.stderr
