"""Which log groups are meant: names, globs, ARNs, functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from logs_asking import EAST, OTHER, OWN, WEST, Asker, arn, asking, fill, labels, names
from logs_service import LogsService


@pytest.fixture
def asker() -> Iterator[Asker]:
    with asking() as asker:
        yield asker


# Nothing named


def test_with_nothing_named_all_functions_are_meant(cloudwatch: LogsService, asker: Asker) -> None:
    """Every group below /aws/lambda/, after saying how many; others are not."""
    fill(cloudwatch, "/aws/lambda/cart", "/aws/lambda/pay", "/aws/lambdas", "/custom")
    assert names(asker.choose()) == ["/aws/lambda/cart", "/aws/lambda/pay"]
    assert asker.said == ["searching 2 log groups of /aws/lambda/ in us-east-1"]
    assert len(cloudwatch.requests) == 1


def test_the_count_is_told_region_by_region(cloudwatch: LogsService, asker: Asker) -> None:
    """Several regions are searched together, in the order in which they were named."""
    fill(cloudwatch, "/aws/lambda/cart", "/aws/lambda/pay")
    fill(cloudwatch, "/aws/lambda/cart", region=WEST)
    choice = asker.choose(regions=(WEST, EAST))
    assert labels(choice) == [
        "eu-west-1:/aws/lambda/cart",
        "us-east-1:/aws/lambda/cart",
        "us-east-1:/aws/lambda/pay",
    ]
    assert asker.said == [
        "searching 3 log groups of /aws/lambda/ in eu-west-1 (1) and us-east-1 (2)"
    ]


def test_without_a_single_function_the_error_says_where_there_are_some(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """An empty region is no answer; where nothing is found anywhere, -g is offered."""
    fill(cloudwatch, "/aws/lambda/cart", region=WEST)
    error = asker.fail()
    assert error.message == "cloudwatch: no log group matches '/aws/lambda/*' in us-east-1"
    assert error.hint == "found in eu-west-1: --region eu-west-1"
    cloudwatch.delete_group("/aws/lambda/cart", region=WEST)
    assert "-g" in str(asker.fail().hint)


# Names


def test_an_exact_name_costs_one_call(cloudwatch: LogsService, asker: Asker) -> None:
    """What else begins with it is not paged through, and what the listing tells is known."""
    cloudwatch.create_group(
        "/aws/lambda/cart",
        log_group_class="INFREQUENT_ACCESS",
        stored_bytes=5,
        retention_days=7,
        created=12,
    )
    fill(cloudwatch, *(f"/aws/lambda/cart-{number}" for number in range(120)))
    (group,) = asker.choose("/aws/lambda/cart").groups
    assert (group.name, group.infrequent, group.stored_bytes) == ("/aws/lambda/cart", True, 5)
    assert (group.retention_days, group.created) == (7, 12)
    assert group.arn == arn("/aws/lambda/cart", EAST)
    assert not group.linked
    assert group.label == "/aws/lambda/cart"
    assert len(cloudwatch.requests) == 1
    assert not asker.said


def test_names_of_one_folder_share_a_listing(cloudwatch: LogsService, asker: Asker) -> None:
    """Twenty names of a folder with sixty groups cost two calls."""
    fill(cloudwatch, *(f"/aws/lambda/f{number:02}" for number in range(60)))
    wanted = [f"/aws/lambda/f{number:02}" for number in range(0, 60, 3)]
    assert names(asker.choose(*wanted)) == wanted
    assert len(cloudwatch.requests) == 2


def test_a_large_folder_is_not_listed_for_a_few_names(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """The listing stops when asking one by one is cheaper, and no name is lost for it."""
    fill(cloudwatch, *(f"/aws/lambda/f{number:04}" for number in range(1000)))
    wanted = [f"/aws/lambda/f{number:04}" for number in range(10, 1000, 99)]
    assert names(asker.choose(*wanted)) == wanted
    assert len(cloudwatch.requests) <= len(wanted) * 3 // 2


def test_a_glob_is_listed_from_its_literal_beginning(cloudwatch: LogsService, asker: Asker) -> None:
    """Only what begins alike is paged through; matching is on the whole name."""
    fill(cloudwatch, *(f"/aws/lambda/f{number:03}" for number in range(120)), "/aws/lambda/cart")
    choice = asker.choose("/aws/lambda/f*5")
    assert len(choice.groups) == 12
    assert len(cloudwatch.requests) == 3
    assert {request.given["logGroupNamePrefix"] for request in cloudwatch.requests} == {
        "/aws/lambda/f"
    }
    assert asker.said == ["'/aws/lambda/f*5' means 12 log groups in us-east-1"]


def test_a_regex_is_searched_in_all_names(cloudwatch: LogsService, asker: Asker) -> None:
    """Anywhere in the name, unless it is anchored; then its beginning narrows the listing."""
    fill(cloudwatch, "/aws/lambda/cart", "/ecs/cart-api", "/ecs/pay")
    assert names(asker.choose("/(cart)/")) == ["/aws/lambda/cart", "/ecs/cart-api"]
    assert names(asker.choose("/^/ecs/(cart|pay)/")) == ["/ecs/cart-api", "/ecs/pay"]
    assert cloudwatch.requests[-1].given["logGroupNamePrefix"] == "/ecs/"


def test_specs_that_overlap_share_calls_and_groups(cloudwatch: LogsService, asker: Asker) -> None:
    """One listing serves a glob, a narrower one and a name; each group comes once."""
    fill(cloudwatch, "/aws/lambda/cart", "/aws/lambda/pay")
    choice = asker.choose("/aws/lambda/*", "/aws/lambda/ca*", "/aws/lambda/cart", "/(pay)$/")
    assert names(choice) == ["/aws/lambda/cart", "/aws/lambda/pay"]
    assert len(cloudwatch.requests) == 1


def test_the_url_names_groups_too(cloudwatch: LogsService, asker: Asker) -> None:
    """What the URL names and what -g names is read together; options of the URL win."""
    fill(cloudwatch, "/a", region=WEST)
    fill(cloudwatch, "/b", "/c", region=WEST)
    choice = asker.choose("/b", url="cloudwatch:/a?region=eu-west-1", regions=(EAST,))
    assert names(choice) == ["/a", "/b"]
    assert {request.region for request in cloudwatch.requests} == {WEST}


def test_a_name_in_one_of_several_regions_is_no_gap(cloudwatch: LogsService, asker: Asker) -> None:
    """It is missing only where no region has it."""
    fill(cloudwatch, "/a", "/b")
    fill(cloudwatch, "/b", region=WEST)
    choice = asker.choose("/a", "/b", regions=(EAST, WEST))
    assert labels(choice) == ["us-east-1:/a", "us-east-1:/b", "eu-west-1:/b"]
    assert not choice.gaps


# ARNs and URLs of the console


def test_an_arn_selects_its_region(cloudwatch: LogsService, asker: Asker) -> None:
    """Though it was not among those to be read; labels then tell the places apart."""
    fill(cloudwatch, "/a")
    fill(cloudwatch, "/a", "/b", region=WEST)
    choice = asker.choose("/a", f"{arn('/b')}:*")
    assert labels(choice) == ["us-east-1:/a", "eu-west-1:/b"]
    assert not any(group.linked for group in choice.groups)
    assert len(cloudwatch.requests) == 2


def test_an_arn_needs_no_region_beside_it(
    cloudwatch: LogsService, asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no region is configured anywhere, the ARN's own is enough."""
    monkeypatch.delenv("AWS_REGION")
    fill(cloudwatch, "/b", region=WEST)
    assert labels(asker.choose(arn("/b"))) == ["/b"]
    assert asker.opened[-1].all == asker.opened[-1].opened
    assert asker.fail("/b").message == "cloudwatch: no AWS region is known"


def test_an_arn_of_a_linked_account_is_read_by_its_arn(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """The listing of linked accounts tells of it; the own group of that name is another one."""
    fill(cloudwatch, "/b", region=WEST)
    cloudwatch.create_group("/b", region=WEST, account=OTHER, log_group_class="INFREQUENT_ACCESS")
    (group,) = asker.choose(arn("/b", account=OTHER)).groups
    assert group.linked
    assert group.arn == arn("/b", account=OTHER)
    assert group.infrequent
    both = asker.choose("/b", arn("/b", account=OTHER), regions=(WEST,))
    assert [(group.name, group.linked) for group in both.groups] == [("/b", False), ("/b", True)]


def test_a_linked_group_that_nothing_lists_is_taken_as_it_is(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """Sharing may allow to read what is not listed; that it is unseen is said."""
    fill(cloudwatch, "/a", region=WEST)
    choice = asker.choose(arn("/b", account=OTHER))
    (group,) = choice.groups
    assert (group.linked, group.arn) == (True, arn("/b", account=OTHER))
    assert choice.notes == (f"{group.arn}: read unseen, for it is not listed",)


def test_an_arn_of_the_own_account_must_exist(cloudwatch: LogsService, asker: Asker) -> None:
    """It is missing like a name, whatever else the account has."""
    fill(cloudwatch, "/else", region=WEST)
    assert "there is no log group '/b' in eu-west-1" in asker.fail(arn("/b")).message


def test_a_glob_in_an_arn_matches_in_that_account(cloudwatch: LogsService, asker: Asker) -> None:
    """As policies write them; the own groups of such names are not meant."""
    fill(cloudwatch, "/b1", region=WEST)
    for name in ("/b2", "/b3"):
        cloudwatch.create_group(name, region=WEST, account=OTHER)
    choice = asker.choose(arn("/b*:*", account=OTHER))
    assert [group.arn for group in choice.groups] == [
        arn("/b2", account=OTHER),
        arn("/b3", account=OTHER),
    ]


def test_a_stream_in_an_arn_is_noted(cloudwatch: LogsService, asker: Asker) -> None:
    """The whole group is read, which is said."""
    fill(cloudwatch, "/b", region=WEST)
    choice = asker.choose(f"{arn('/b')}:log-stream:x")
    assert names(choice) == ["/b"]
    assert "not that log stream alone" in choice.notes[0]


def test_a_page_of_the_console(cloudwatch: LogsService, asker: Asker) -> None:
    """The group that it shows, in the region that it shows."""
    fill(cloudwatch, "/aws/lambda/checkout", region=WEST)
    url = (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fcheckout/log-events"
    )
    (group,) = asker.choose(url).groups
    assert (group.name, group.logs.region) == ("/aws/lambda/checkout", WEST)


# Functions


def test_a_function_means_the_group_it_is_configured_with(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """Not the usual one, though there is one, too; events of other functions are not wanted."""
    fill(cloudwatch, "/aws/lambda/cart", "/shop")
    cloudwatch.world.create_function("cart", log_group="/shop")
    choice = asker.choose(functions=("cart",))
    (group,) = choice.groups
    assert (group.name, group.functions) == ("/shop", frozenset({"cart"}))
    assert choice.notes == ("cart is configured to log to /shop",)
    assert group.concerns("2024/05/06/cart[$LATEST]0123456789abcdef0123456789abcdef")
    assert not group.concerns("2024/05/06/pay[$LATEST]0123456789abcdef0123456789abcdef")
    assert group.concerns("anything else")


def test_a_group_that_is_wanted_as_such_is_wanted_whole(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """Functions that share a group are wanted together; -g wants everyone's."""
    fill(cloudwatch, "/shop")
    for name in ("cart", "pay"):
        cloudwatch.world.create_function(name, log_group="/shop")
    (group,) = asker.choose(functions=("cart", "pay")).groups
    assert group.functions == frozenset({"cart", "pay"})
    for given in ({"functions": ("cart",)}, {"functions": ("cart", "pay")}):
        (group,) = asker.choose("/shop", **given).groups
        assert group.functions == frozenset()


@pytest.mark.parametrize(
    "name",
    ["cart", "cart:prod", "cart:$LATEST", f"arn:aws:lambda:us-east-1:{OWN}:function:cart:prod"],
)
def test_every_spelling_of_a_function_leads_to_its_group(
    cloudwatch: LogsService, asker: Asker, name: str
) -> None:
    """Name, alias, version, ARN; that an alias narrows nothing is said."""
    fill(cloudwatch, "/shop")
    cloudwatch.world.create_function("cart", log_group="/shop", aliases=("prod",))
    choice = asker.choose(functions=(name,))
    assert names(choice) == ["/shop"]
    shared = [note for note in choice.notes if "versions and aliases" in note]
    assert len(shared) == (1 if ":prod" in name or "$" in name else 0)


def test_an_arn_of_a_function_selects_its_region(cloudwatch: LogsService, asker: Asker) -> None:
    """Also where it is given as a group."""
    fill(cloudwatch, "/shop", region=WEST)
    cloudwatch.region(WEST).create_function("cart", log_group="/shop")
    name = f"arn:aws:lambda:eu-west-1:{OWN}:function:cart"
    for choice in (asker.choose(functions=(name,)), asker.choose(name)):
        assert [(group.name, group.logs.region) for group in choice.groups] == [("/shop", WEST)]


def test_replicas_at_the_edge_log_in_every_region(cloudwatch: LogsService, asker: Asker) -> None:
    """Lambda@Edge: us-east-1.NAME, in whichever region a replica ran; elsewhere none is missed."""
    fill(cloudwatch, "/aws/lambda/auth")
    fill(cloudwatch, "/aws/lambda/us-east-1.auth", region=WEST)
    choice = asker.choose(functions=("auth",), regions=(EAST, WEST))
    assert labels(choice) == [
        "us-east-1:/aws/lambda/auth",
        "eu-west-1:/aws/lambda/us-east-1.auth",
    ]
    assert not choice.gaps
    globbed = asker.choose(functions=("au*",), regions=(EAST, WEST))
    assert labels(globbed) == labels(choice)


def test_a_denied_configuration_falls_back_and_says_so(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """The usual groups are taken; one note names the action and all functions."""
    fill(cloudwatch, "/aws/lambda/cart", "/aws/lambda/pay")
    cloudwatch.deny("GetFunctionConfiguration")
    choice = asker.choose(functions=("cart", "pay"))
    assert names(choice) == ["/aws/lambda/cart", "/aws/lambda/pay"]
    assert " ".join(choice.notes) == (
        "cart, pay: taken to log to /aws/lambda/NAME, "
        "for access denied: lambda:GetFunctionConfiguration is missing"
    )
    assert not choice.gaps


def test_a_failing_lambda_falls_back_and_says_so(cloudwatch: LogsService, asker: Asker) -> None:
    """CloudWatch may be reachable where Lambda is not."""
    fill(cloudwatch, "/aws/lambda/cart")
    cloudwatch.fault("GetFunctionConfiguration", code="WeirdException")
    (note,) = asker.choose(functions=("cart",)).notes
    assert "lambda:GetFunctionConfiguration failed: WeirdException" in note


def test_a_function_that_is_gone_has_left_its_log(cloudwatch: LogsService, asker: Asker) -> None:
    """What was deleted can still be investigated."""
    fill(cloudwatch, "/aws/lambda/cart")
    choice = asker.choose(functions=("cart",))
    assert names(choice) == ["/aws/lambda/cart"]
    assert not choice.notes


def test_a_function_that_never_ran_is_told_from_one_that_is_not_there(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """The hint is another one."""
    cloudwatch.world.create_function("cart", log_group="/shop")
    error = asker.fail(functions=("cart",))
    assert "the log group '/shop' of the function 'cart' is not there" in error.message
    assert "has not run yet" in str(error.hint)
    error = asker.fail(functions=("pay",))
    assert "there is no function 'pay' and no log group '/aws/lambda/pay'" in error.message


def test_a_glob_of_functions_finds_their_own_groups(cloudwatch: LogsService, asker: Asker) -> None:
    """Functions are listed, page by page, for the groups that their names do not tell."""
    fill(cloudwatch, "/aws/lambda/cart-a", "/aws/lambda/pay", "/shop")
    for number in range(60):
        cloudwatch.world.create_function(f"f{number}")
    cloudwatch.world.create_function("cart-a")
    cloudwatch.world.create_function("cart-z", log_group="/shop")
    cloudwatch.world.create_function("zoo", log_group="/zoo")
    choice = asker.choose(functions=("cart-*",))
    assert names(choice) == ["/aws/lambda/cart-a", "/shop"]
    shop = choice.groups[1]
    assert shop.concerns("2024/05/06/cart-z[$LATEST]0123456789abcdef0123456789abcdef")
    assert not shop.concerns("2024/05/06/pay[$LATEST]0123456789abcdef0123456789abcdef")
    assert len(cloudwatch.calls("ListFunctions")) == 2
    assert asker.said == ["'cart-*' means 2 log groups in us-east-1"]


def test_many_functions_are_listed_rather_than_asked_for(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """A page of a listing holds 50; what it does not hold is asked for, and so is all if denied."""
    fill(cloudwatch, "/shop", "/aws/lambda/gone")
    wanted = tuple(f"f{number}" for number in range(60))
    for name in wanted:
        cloudwatch.world.create_function(name, log_group="/shop")
    choice = asker.choose(functions=(*wanted, "gone"))
    assert names(choice) == ["/aws/lambda/gone", "/shop"]
    assert choice.groups[1].functions == frozenset(wanted)
    first = ", ".join(wanted[:9])
    assert choice.notes == (f"{first} and 51 more are configured to log to /shop",)
    assert len(cloudwatch.calls("ListFunctions")) == 2
    asked = [each.given["FunctionName"] for each in cloudwatch.calls("GetFunctionConfiguration")]
    assert asked == ["gone"]
    cloudwatch.deny("ListFunctions")
    assert names(asker.choose(functions=wanted)) == ["/shop"]


def test_a_glob_of_functions_without_the_right_to_list_them(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """The groups below /aws/lambda/ are found; that others are not is said."""
    fill(cloudwatch, "/aws/lambda/cart-a")
    cloudwatch.deny("ListFunctions")
    choice = asker.choose(functions=("cart-*",))
    assert names(choice) == ["/aws/lambda/cart-a"]
    assert " ".join(choice.notes) == (
        "functions that log elsewhere than to /aws/lambda/NAME are not found, "
        "for access denied: lambda:ListFunctions is missing"
    )


# The same from moto


def test_moto_agrees(aws: Any, asker: Asker) -> None:
    """Regions, prefixes, paging and functions, asked of a server that others have written."""
    for region, groups in {
        EAST: ["/custom", *(f"/aws/lambda/f{number:02}" for number in range(60))],
        WEST: ["/aws/lambda/pay", "/aws/lambda/us-east-1.f01"],
    }.items():
        client = botocore.session.Session().create_client(
            "logs",
            region_name=region,
            endpoint_url=aws.url,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        for group in groups:
            client.create_log_group(logGroupName=group)
    given: dict[str, Any] = {"endpoint_url": aws.url, "regions": (EAST, WEST)}
    assert len(asker.choose(**given).groups) == 62
    assert labels(asker.choose("/custom", functions=("f01", "pay"), **given)) == [
        "us-east-1:/aws/lambda/f01",
        "us-east-1:/custom",
        "eu-west-1:/aws/lambda/pay",
        "eu-west-1:/aws/lambda/us-east-1.f01",
    ]
    error = asker.fail("/aws/lambda/pay", endpoint_url=aws.url, regions=("us-west-2",))
    assert error.hint == "found in eu-west-1: --region eu-west-1"
