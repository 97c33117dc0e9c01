"""What is told of log groups that are not there, or that nobody may look up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from logs_asking import EAST, OTHER, WEST, Asker, arn, asking, fill, labels, names
from logs_service import LogsService


@pytest.fixture
def asker() -> Iterator[Asker]:
    with asking() as asker:
        yield asker


# What is missing


def test_what_is_missing_is_a_gap_beside_what_is_there(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """With near names, and without an error."""
    fill(cloudwatch, "/aws/lambda/checkout", "/aws/lambda/cart")
    choice = asker.choose("/aws/lambda/cart", "/aws/lambda/chekout")
    assert names(choice) == ["/aws/lambda/cart"]
    (gap,) = choice.gaps
    assert gap.what == "/aws/lambda/chekout"
    assert gap.reason.startswith("there is no log group '/aws/lambda/chekout' in us-east-1 (")
    assert "near names: /aws/lambda/checkout" in gap.reason


@pytest.mark.parametrize(
    ("spec", "near"),
    [
        ("/aws/lambda/chekout", "/aws/lambda/checkout"),
        ("/AWS/Lambda/Checkout", "/aws/lambda/checkout"),
        ("/aws/lamda/checkout", "/aws/lambda/checkout"),
        ("/aws/lambda/check", "/aws/lambda/checkout"),
        ("/aws/lambda/CHECK*", "/aws/lambda/checkout"),
        ("check*", "/aws/lambda/checkout"),
        ("/^/aws/lambda/Check/", "/aws/lambda/checkout"),
        ("/ECS/api-", "/ecs/api"),
    ],
)
def test_near_names(cloudwatch: LogsService, asker: Asker, spec: str, near: str) -> None:
    """Typos, other cases, other folders, parts of names, globs that lack their beginning."""
    fill(cloudwatch, "/aws/lambda/checkout", "/ecs/api", "/zzz")
    assert near in str(asker.fail(spec).hint)


def test_a_function_given_as_a_group(cloudwatch: LogsService, asker: Asker) -> None:
    """The hint is how to name a function."""
    fill(cloudwatch, "/aws/lambda/cart")
    error = asker.fail("cart")
    assert error.message == "cloudwatch: there is no log group 'cart' in us-east-1"
    assert "-F cart" in str(error.hint)


def test_near_functions(cloudwatch: LogsService, asker: Asker) -> None:
    """They are named as functions are."""
    fill(cloudwatch, "/aws/lambda/checkout")
    assert asker.fail(functions=("chekout",)).hint == "near names: checkout"


def test_a_name_of_another_region(cloudwatch: LogsService, asker: Asker) -> None:
    """All regions of the partition are looked through, and the flag is given."""
    fill(cloudwatch, "/aws/lambda/cart", region="ap-southeast-2")
    fill(cloudwatch, "/aws/lambda/cart", region="us-gov-west-1")
    error = asker.fail("/aws/lambda/cart")
    assert error.hint == "found in ap-southeast-2: --region ap-southeast-2"
    assert asker.fail(functions=("cart",)).hint == error.hint
    assert asker.fail("/aws/lambda/c*").hint == error.hint


def test_other_regions_that_refuse_are_passed_over(cloudwatch: LogsService, asker: Asker) -> None:
    """Regions that are not enabled, fail or are slow do not hide the one that has it."""
    fill(cloudwatch, "/a", region=WEST)
    cloudwatch.fault("*", code="UnrecognizedClientException", region="af-south-1")
    cloudwatch.fail("*", region="ap-east-1")
    cloudwatch.cut("*", region="ap-south-1")
    assert asker.fail("/a").hint == "found in eu-west-1: --region eu-west-1"


def test_everything_that_is_missing_is_told(cloudwatch: LogsService, asker: Asker) -> None:
    """Several names, one error; other regions are asked once for all of them."""
    fill(cloudwatch, "/zzz")
    error = asker.fail("/a", "/b")
    assert "no log group '/a' in us-east-1; there is no log group '/b'" in error.message
    others = [request for request in cloudwatch.requests if request.region != EAST]
    assert len(others) == 2 * len({request.region for request in others})


# What may not be asked


def test_names_need_no_listing(cloudwatch: LogsService, asker: Asker) -> None:
    """Who may read but not list: names are taken as they are, globs are gaps."""
    fill(cloudwatch, "/a", "/b")
    cloudwatch.deny("DescribeLogGroups")
    choice = asker.choose("/a", "/b*", functions=("cart",))
    assert names(choice) == ["/a", "/aws/lambda/cart"]
    (gap,) = choice.gaps
    assert gap.what == "/b*"
    assert gap.reason.startswith("access denied: logs:DescribeLogGroups on /b is missing")
    assert any(note.startswith("/a: read unseen, for access denied") for note in choice.notes)


def test_nothing_but_a_glob_and_no_listing(cloudwatch: LogsService, asker: Asker) -> None:
    """The error names the action, and the way around it."""
    cloudwatch.deny("DescribeLogGroups")
    error = asker.fail()
    assert "access denied: logs:DescribeLogGroups on /aws/lambda/ is missing" in error.message
    assert "or name the log groups one by one" in str(error.hint)
    assert len(cloudwatch.requests) == 1


def test_an_arn_needs_no_listing_either(cloudwatch: LogsService, asker: Asker) -> None:
    """By its ARN a group can be read whosoever it is."""
    cloudwatch.deny("DescribeLogGroups")
    (group,) = asker.choose(arn("/b", account=OTHER)).groups
    assert (group.linked, group.arn) == (True, arn("/b", account=OTHER))


def test_a_region_that_fails_is_a_gap_beside_others(cloudwatch: LogsService, asker: Asker) -> None:
    """Named by the region, with the reason and what to try."""
    fill(cloudwatch, "/aws/lambda/cart")
    cloudwatch.fault("*", code="UnrecognizedClientException", region=WEST)
    for choice in (
        asker.choose(regions=(EAST, WEST)),
        asker.choose("/aws/lambda/cart", regions=(EAST, WEST)),
    ):
        assert labels(choice) == ["us-east-1:/aws/lambda/cart"]
        (gap,) = choice.gaps
        assert gap.what == WEST
        assert "the AWS access key is not known there" in gap.reason
        assert "some regions must be enabled" in gap.reason


def test_where_every_region_fails_it_is_an_error(cloudwatch: LogsService, asker: Asker) -> None:
    """One sentence though both say the same."""
    cloudwatch.expired_keys.add("test")
    error = asker.fail(regions=(EAST, WEST))
    assert error.message == "cloudwatch: the AWS credentials have expired"
    assert "aws sso login --profile default" in str(error.hint)


def test_a_region_that_fails_and_one_without_the_group(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """It is not claimed to be missing where it could not be looked for."""
    cloudwatch.fault("*", code="UnrecognizedClientException", region=WEST)
    error = asker.fail("/a", regions=(EAST, WEST))
    assert "the AWS access key is not known there" in error.message
    assert "there is no log group" not in error.message


def test_throttled_lookups_take_longer_only(cloudwatch: LogsService, asker: Asker) -> None:
    """Every group is found, whatever the service objects to in between."""
    fill(cloudwatch, *(f"/aws/lambda/f{number:03}" for number in range(120)))
    cloudwatch.throttle("DescribeLogGroups", times=2)
    assert len(asker.choose().groups) == 120
