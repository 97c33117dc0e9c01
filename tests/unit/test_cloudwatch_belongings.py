"""What belongs to stacks, tags, projects and APIs, asked of places that answer anything."""

from __future__ import annotations

from typing import Any, cast

import pytest

from slsloggrep.errors import SourceError
from slsloggrep.project import Deployment, FunctionName
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.api_names import parse_api
from slsloggrep.sources.cloudwatch.apis import ApiContents, contents_of_api
from slsloggrep.sources.cloudwatch.belongings import Found, gather
from slsloggrep.sources.cloudwatch.deployments import group_of_machine, near_stacks
from slsloggrep.sources.cloudwatch.groups import choose_groups
from slsloggrep.sources.cloudwatch.logs import Logs
from slsloggrep.sources.cloudwatch.places import Places
from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.sources.selected import settled

ID, OTHER = "a1b2c3d4e5", "b1b2c3d4e5"
FUNCTION = "arn:aws:lambda:eu-west-1:123456789012:function:"
PATH = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions"
STREAM = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/amazon-apigateway-x"
GONE = Refused(Why.NO_SUCH_GROUP, "NotFoundException: gone")
DENIED = Refused(Why.DENIED, "access denied: x is missing", "allow x")


class Answering:
    """In the place of an account: answers by operation and what is asked for."""

    label = ""

    def __init__(self, answers: dict[tuple[str, ...], Any], region: str = "eu-west-1") -> None:
        self.answers = answers
        self.region = region
        self.asked: list[str] = []

    def call(self, operation: str, _resource: str, given: dict[str, Any], *, service: str) -> Any:
        self.asked.append(operation)
        values = [v for v in given.values() if isinstance(v, str)]
        answer = self.answers.get((service, operation, *values), GONE)
        if isinstance(answer, Exception):
            raise answer
        return answer


def of_api(text: str, answers: dict[tuple[str, ...], Any], **given: Any) -> ApiContents:
    return contents_of_api(cast(Logs, Answering(answers)), parse_api(text), **given)


def uri(function: str) -> str:
    return f"{PATH}/{FUNCTION}{function}/invocations"


REST: dict[tuple[str, ...], Any] = {
    ("apigateway", "GetStages", ID): {
        "item": [
            {
                "stageName": "prod",
                "accessLogSettings": {
                    "destinationArn": "arn:aws:logs:eu-west-1:123456789012:log-group:/access"
                },
                "variables": {"fn": "by-stage:live"},
            },
            {
                "stageName": "dev",
                "accessLogSettings": {"destinationArn": STREAM},
            },
        ]
    },
    ("apigateway", "GetResources", ID): {
        "items": [
            {"id": "1", "path": "/"},
            {
                "id": "2",
                "resourceMethods": {
                    "GET": {"methodIntegration": {"type": "AWS_PROXY", "uri": uri("get")}},
                    "PUT": {"methodIntegration": {"uri": uri("${stageVariables.fn}")}},
                    "POST": {"methodIntegration": {"type": "MOCK"}},
                    "DELETE": {"methodIntegration": {"uri": "https://example.com"}},
                    "HEAD": {},
                },
            },
        ],
        "position": "next",
    },
    ("apigateway", "GetResources", ID, "next"): {
        "items": [{"resourceMethods": {"ANY": {"methodIntegration": {"uri": uri("any:7")}}}}]
    },
    ("apigateway", "GetAuthorizers", ID): {
        "items": [{"authorizerUri": uri("auth")}, {"type": "JWT"}]
    },
}


def test_a_rest_api() -> None:
    """Its stages' logs, and the functions of all integrations and authorizers, page by page."""
    found = of_api(ID, REST)
    assert found.groups == {
        f"API-Gateway-Execution-Logs_{ID}/prod",
        f"API-Gateway-Execution-Logs_{ID}/dev",
        "/access",
    }
    assert found.functions == {"get", "any", "auth", "by-stage"}
    assert found.notes == [f"{ID}: the access log of the stage dev goes to {STREAM}"]


def test_a_stage_is_one_of_its_own() -> None:
    """A stage that is named must be there; the first part of a path may be a route instead."""
    assert of_api(f"{ID}/prod", REST).groups == {
        f"API-Gateway-Execution-Logs_{ID}/prod",
        "/access",
    }
    dev = of_api(f"{ID}/dev", REST)
    assert dev.functions == {"get", "any", "auth"}
    assert f"{ID}: no stage says what the variable fn holds" in dev.notes
    with pytest.raises(Refused, match="has no stage 'test'") as caught:
        of_api(f"{ID}/test", REST)
    assert caught.value.hint == "its stages: prod, dev"
    url = f"https://{ID}.execute-api.eu-west-1.amazonaws.com/orders"
    assert len(of_api(url, REST).groups) == 3
    assert of_api(ID, REST, functions=False).functions == set()


def second(kind: str) -> dict[tuple[str, ...], Any]:
    log = {"DestinationArn": "arn:aws:logs:eu-west-1:123456789012:log-group:/http:*"}
    return {
        ("apigatewayv2", "GetApi", ID): {"ProtocolType": kind},
        ("apigatewayv2", "GetStages", ID): {
            "Items": [{"StageName": "$default", "AccessLogSettings": log}, {"StageName": "beta"}]
        },
        ("apigatewayv2", "GetIntegrations", ID): {"Items": [{"IntegrationUri": f"{FUNCTION}web"}]},
        ("apigatewayv2", "GetAuthorizers", ID): {"Items": [{"AuthorizerUri": uri("auth")}]},
    }


def test_apis_of_the_second_kind() -> None:
    """HTTP APIs write no execution logs, WebSocket APIs do; a route is no stage."""
    http = of_api(f"https://{ID}.execute-api.eu-west-1.amazonaws.com/orders/7", second("HTTP"))
    assert (http.groups, http.functions) == ({"/http"}, {"web", "auth"})
    socket = of_api(f"wss://{ID}.execute-api.eu-west-1.amazonaws.com/beta", second("WEBSOCKET"))
    assert socket.groups == {f"/aws/apigateway/{ID}/beta"}


def test_a_custom_domain_leads_to_the_longest_mapping() -> None:
    """As API Gateway itself chooses; without one that fits, to all."""
    mappings = [
        {"ApiId": OTHER, "ApiMappingKey": "", "Stage": "$default"},
        {"ApiId": ID, "ApiMappingKey": "shop", "Stage": "prod"},
    ]
    answers = {("apigatewayv2", "GetApiMappings", "api.example.com"): {"Items": mappings}, **REST}
    found = of_api("https://api.example.com/shop/orders", answers)
    assert f"API-Gateway-Execution-Logs_{ID}/prod" in found.groups
    assert found.notes[0].endswith(f"api.example.com is mapped to the API {ID}")
    with pytest.raises(Refused, match=f"no API '{OTHER}'"):
        of_api("https://api.example.com/shopping", answers)
    with pytest.raises(Refused, match=r"no custom domain 'x\.example\.com'"):
        of_api("https://x.example.com/", answers)
    nowhere = {("apigatewayv2", "GetApiMappings", "api.example.com"): {"Items": []}}
    with pytest.raises(Refused, match="leads to no API"):
        of_api("https://api.example.com/", nowhere)


def test_what_of_an_api_is_denied() -> None:
    """All of it is a refusal; only what is behind it leaves its logs, and is told."""
    with pytest.raises(Refused) as caught:
        of_api(ID, {("apigateway", "GetStages", ID): DENIED})
    assert caught.value.why is Why.DENIED
    found = of_api(ID, {**REST, ("apigateway", "GetResources", ID): DENIED})
    assert (len(found.groups), found.functions, found.troubles) == (3, set(), [DENIED])


def test_what_a_state_machine_writes_to() -> None:
    """The group of its first destination; none where logging is off."""

    def machine(level: str) -> dict[tuple[str, ...], Any]:
        arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/vendedlogs/states/m:*"
        destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]
        logging = {"level": level, "destinations": destinations}
        return {("stepfunctions", "DescribeStateMachine", "m"): {"loggingConfiguration": logging}}

    assert (
        group_of_machine(cast(Logs, Answering(machine("ALL"))), "m") == "/aws/vendedlogs/states/m"
    )
    assert group_of_machine(cast(Logs, Answering(machine("OFF"))), "m") is None


def test_near_names_of_stacks() -> None:
    """What begins alike goes first; nested stacks and those that are gone are none."""
    stacks = [
        {"StackName": "checkout", "StackStatus": "CREATE_COMPLETE"},
        {"StackName": "shop-prod", "StackStatus": "UPDATE_COMPLETE"},
        {"StackName": "shop-dev", "StackStatus": "CREATE_COMPLETE"},
        {"StackName": "shop-old", "StackStatus": "DELETE_COMPLETE"},
        {"StackName": "shop-prod-Nested-1", "StackStatus": "CREATE_COMPLETE", "ParentId": "x"},
    ]
    place = cast(Logs, Answering({("cloudformation", "ListStacks"): {"StackSummaries": stacks}}))
    assert near_stacks(place, "shop")[:2] == ["shop-dev", "shop-prod"]
    assert near_stacks(place, "chekout")[0] == "checkout"
    assert near_stacks(cast(Logs, Answering({("cloudformation", "ListStacks"): DENIED})), "x") == []


# All of it together


class FakePlaces:
    """In the place of accounts and regions."""

    specs = ()
    shown = "cloudwatch:"

    def __init__(self, *places: Answering) -> None:
        self.all = self.opened = places

    def of_region(self, region: str) -> tuple[Answering, ...]:
        return tuple(place for place in self.all if place.region == region)


def stack(name: str, *resources: tuple[str, str, str]) -> dict[tuple[str, ...], Any]:
    summaries = [
        {"ResourceType": kind, "LogicalResourceId": key, "PhysicalResourceId": physical}
        for kind, key, physical in resources
    ]
    return {("cloudformation", "ListStackResources", name): {"StackResourceSummaries": summaries}}


NO_STACK = Refused(Why.NO_SUCH_GROUP, "there is no stack")
LAMBDA = "AWS::Lambda::Function"
SHOP = stack(
    "shop",
    (LAMBDA, "CheckoutLambdaFunction", "shop-dev-checkout"),
    (LAMBDA, "CartDashv2LambdaFunction", "shop-dev-cart-v2"),
    ("AWS::Logs::LogGroup", "Own", "/own"),
    ("AWS::ApiGateway::RestApi", "Api", ID),
    ("AWS::ApiGatewayV2::Api", "Denied", OTHER),
    ("AWS::StepFunctions::StateMachine", "M", "arn:aws:states:eu-west-1:1:stateMachine:m"),
)


def gathered(*places: Answering, **given: Any) -> Found:
    return gather(cast(Places, FakePlaces(*places)), Settings(now=0, **given))


def test_a_stack_brings_its_logs_along() -> None:
    """What surely is there, and what may be; where an API cannot be asked, by its usual names."""
    place = Answering({**SHOP, **REST, ("apigateway", "GetStages", OTHER): DENIED})
    found = gathered(place, stacks=("shop",))
    assert found.functions == ["shop-dev-cart-v2", "shop-dev-checkout"]
    (own,) = found.places.values()
    assert own.groups == {
        "/own": True,
        "/access": False,
        f"API-Gateway-Execution-Logs_{ID}/prod": False,
        f"API-Gateway-Execution-Logs_{ID}/dev": False,
        f"API-Gateway-Execution-Logs_{OTHER}/*": False,
        f"/aws/apigateway/{OTHER}/*": False,
    }
    assert f"the access log of {OTHER} is not known: access denied: x is missing" in found.notes
    assert not found.troubles
    assert not found.missing


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("shop-dev-checkout", ["shop-dev-checkout"]),
        ("CheckoutLambdaFunction", ["shop-dev-checkout"]),
        ("Checkout", ["shop-dev-checkout"]),
        ("cart-v2", ["shop-dev-cart-v2"]),
        ("*cart*", ["shop-dev-cart-v2"]),
    ],
)
def test_functions_are_named_within_a_stack(name: str, meant: list[str]) -> None:
    """By name, by logical ID, by their key in serverless.yml; log groups do not come along."""
    found = gathered(Answering({**SHOP, **REST}), stacks=("shop",), functions=(name,))
    assert (found.narrowed, found.functions, found.groups) == (True, meant, [])


def test_a_function_that_is_not_in_the_stack_is_missing() -> None:
    """With the near names; others are read all the same."""
    place = Answering({**SHOP, **REST})
    found = gathered(place, stacks=("shop",), functions=("chekout", "cart-v2"))
    assert found.functions == ["shop-dev-cart-v2"]
    ((message, hint),) = found.missing
    assert message == "no function of stack shop is called 'chekout'"
    assert "checkout" in str(hint)


def test_a_stack_in_one_of_two_regions() -> None:
    """It need not be in the other; what is nowhere is missing, with near names if those are had."""
    here, there = Answering(SHOP), Answering({}, region="us-east-1")
    found = gathered(here, there, stacks=("shop",))
    assert [place.region for place in found.places] == ["eu-west-1"]
    assert not found.missing
    lost = gathered(Answering({}), there, stacks=("shop",))
    assert lost.missing[0][0] == "there is no stack 'shop' in eu-west-1, us-east-1"
    denied = gathered(
        here,
        Answering({("cloudformation", "ListStackResources", "shop"): DENIED}),
        stacks=("shop",),
    )
    assert [(what, why) for _, what, why in denied.troubles] == [("stack shop", DENIED)]


PROJECT = Deployment(
    origin="template.yaml",
    stack="shop",
    functions=(
        FunctionName("Checkout", "shop-dev-checkout"),
        FunctionName("Cart", "shop-dev-Cart-*"),
        FunctionName("Secret"),
    ),
)


@pytest.mark.parametrize("why", [NO_STACK, DENIED])
def test_where_a_stack_is_not_to_be_had_its_files_are_believed(why: Refused) -> None:
    """What they do not tell is a gap; a stack that is there is believed before them."""
    place = Answering({("cloudformation", "ListStackResources", "shop"): why})
    found = gathered(place, projects=(PROJECT,))
    assert found.functions == ["shop-dev-Cart-*", "shop-dev-checkout"]
    assert [(gap.what, gap.reason) for gap in found.gaps] == [
        ("template.yaml", "what Secret is called only its stack tells (--stack)")
    ]
    assert bool(found.doubts) == (why is NO_STACK)
    narrow = gathered(place, projects=(PROJECT,), functions=("shop-dev-Cart-X1", "checkout"))
    assert narrow.functions == ["shop-dev-Cart-X1", "shop-dev-checkout"]
    deployed = gathered(Answering(SHOP), projects=(PROJECT,))
    assert deployed.functions == ["shop-dev-cart-v2", "shop-dev-checkout"]
    assert not deployed.gaps


def test_a_project_is_looked_for_where_its_files_say() -> None:
    """Unless the user names a region; without a stack its names are looked for as they are."""
    west, east = Answering(SHOP), Answering(SHOP, region="us-east-1")
    project = Deployment(origin="serverless.yml", stack="shop", region="us-east-1")
    assert [p.region for p in gathered(west, east, projects=(project,)).places] == ["us-east-1"]
    both = gathered(west, east, projects=(project,), regions=("eu-west-1", "us-east-1"))
    assert len(both.places) == 2
    alone = Deployment(origin="t", functions=(FunctionName("A", "alone"),))
    assert gathered(west, projects=(alone,)).functions == ["alone"]
    nothing = gathered(west, projects=(Deployment(origin="t", functions=(FunctionName("A"),)),))
    assert nothing.missing == [
        ("t tells no name of a stack or of a function", "--stack NAME, or -F NAME")
    ]


def test_tags_narrow_stacks_and_apis_come_beside() -> None:
    """A glob of a project's becomes the names that have the tag."""
    tagged = {
        ("resourcegroupstaggingapi", "GetResources"): {
            "ResourceTagMappingList": [
                {"ResourceARN": f"{FUNCTION}shop-dev-checkout"},
                {"ResourceARN": f"{FUNCTION}shop-dev-Cart-X1"},
                {"ResourceARN": f"{FUNCTION}stranger"},
            ]
        }
    }
    place = Answering({**SHOP, **REST, **tagged})
    assert gathered(place, tags=("team",)).functions == [
        "shop-dev-Cart-X1",
        "shop-dev-checkout",
        "stranger",
    ]
    both = gathered(place, stacks=("shop",), tags=("team",))
    assert (both.functions, both.groups) == (["shop-dev-checkout"], [])
    project = gathered(Answering(tagged), projects=(PROJECT,), tags=("team",))
    assert project.functions == ["shop-dev-Cart-X1", "shop-dev-checkout"]
    beside = gathered(place, stacks=("shop",), functions=("cart-v2",), apis=(f"{ID}/prod",))
    assert beside.functions == ["any", "auth", "by-stage", "get", "shop-dev-cart-v2"]
    assert beside.groups == ["/access", f"API-Gateway-Execution-Logs_{ID}/prod"]
    lost = gathered(place, apis=(OTHER,))
    assert lost.missing == [(f"there is no API '{OTHER}' in eu-west-1", None)]


class Denying(Answering):
    """An account in which functions and log groups may be read, and not listed."""

    def list_functions(self, *_asked: str) -> Any:
        raise DENIED

    group_of_function = describe_groups = list_functions


def test_a_large_stack_is_told_of_in_a_few_words() -> None:
    """Who may not list is told of each doubt once, and not of each of a thousand functions."""
    functions = [(LAMBDA, f"F{number}", f"shop-{number}") for number in range(1000)]
    places = FakePlaces(Denying(stack("shop", *functions)))
    choice = choose_groups(cast(Places, places), Settings(now=0, stacks=("shop",)))
    assert len(choice.groups) == 1000
    assert len(choice.notes) == 2
    assert all("and 991 more: " in note and len(note) < 400 for note in choice.notes)


def test_who_gives_up_is_told_so_and_no_source_is_to_blame() -> None:
    """An archive cannot be opened before it is known what a stack holds."""
    given_up = Settings(now=0, stacks=("shop",), regions=("eu-west-1",), cancelled=lambda: True)
    with pytest.raises(SourceError, match="interrupted before it was known") as caught:
        settled("demo:", given_up)
    assert caught.value.exit_code == 130
