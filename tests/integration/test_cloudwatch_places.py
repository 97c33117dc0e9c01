"""Regions, profiles and roles, and what is shared between them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from logs_asking import EAST, OTHER, OWN, WEST, Asker, arn, asking, fill, labels, names
from logs_service import LogsService

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.sources.cloudwatch.groups import Choice, choose_groups


@pytest.fixture
def asker() -> Iterator[Asker]:
    with asking() as asker:
        yield asker


# Regions and profiles


@pytest.mark.parametrize("region", ["us-east1", "useast-1", "eu-west", "frankfurt", "EU-WEST-1"])
def test_what_is_no_region_is_refused(cloudwatch: LogsService, asker: Asker, region: str) -> None:
    """Before anything is asked, and with those that are like it."""
    for given in ({"regions": (region,)}, {"url": f"cloudwatch:?region={region}"}):
        with pytest.raises(UsageError, match=f"there is no AWS region '{region}'") as caught:
            asker.places(**given)
        assert caught.value.hint
    assert not cloudwatch.requests


def test_the_near_region_is_named(asker: Asker) -> None:
    """A typo's hint is the region that was meant."""
    with pytest.raises(UsageError) as caught:
        asker.places(regions=("us-east1",))
    assert "us-east-1" in str(caught.value.hint)


def test_a_region_that_is_new_is_believed(cloudwatch: LogsService, asker: Asker) -> None:
    """What looks like a region is asked, though botocore has never heard of it."""
    fill(cloudwatch, "/aws/lambda/cart", region="mx-west-7")
    assert names(asker.choose(regions=("mx-west-7",))) == ["/aws/lambda/cart"]


def test_an_unknown_region_that_fails_is_doubted(cloudwatch: LogsService, asker: Asker) -> None:
    """The hint asks whether another one was meant."""
    fill(cloudwatch, "/aws/lambda/cart")
    cloudwatch.fault("*", code="UnrecognizedClientException", region="eu-wset-1")
    (gap,) = asker.choose(regions=(EAST, "eu-wset-1")).gaps
    assert "is 'eu-wset-1' a region? did you mean eu-west-1" in gap.reason


def test_a_custom_endpoint_may_have_regions_of_its_own(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """Emulators call their region what they like."""
    fill(cloudwatch, "/aws/lambda/cart", region="local")
    choice = asker.choose(regions=("local",), endpoint_url=cloudwatch.url)
    assert names(choice) == ["/aws/lambda/cart"]


@pytest.fixture
def profiles(tmp_path: Path, cloudwatch: LogsService, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the profiles `prod` and `dev`, of two accounts, with regions of their own."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.delenv(name)
    (tmp_path / "config").write_text(
        "[profile prod]\nregion = us-east-1\n[profile dev]\nregion = eu-west-1\n"
    )
    (tmp_path / "credentials").write_text(
        "".join(
            f"[{name}]\naws_access_key_id = {name}\naws_secret_access_key = x\n"
            for name in ("prod", "dev")
        )
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    cloudwatch.accounts.update(prod=OWN, dev=OTHER)


@pytest.mark.usefixtures("profiles")
def test_several_profiles_in_one_command(cloudwatch: LogsService, asker: Asker) -> None:
    """Each in its own region, or all in all regions that are named."""
    fill(cloudwatch, "/a")
    cloudwatch.region(WEST, OTHER).create_group("/a")
    choice = asker.choose("/a", profiles=("prod", "dev"))
    assert labels(choice) == ["prod@us-east-1:/a", "dev@eu-west-1:/a"]
    cloudwatch.region(EAST, OTHER).create_group("/a")
    choice = asker.choose("/a", profiles=("prod", "dev"), regions=(EAST, WEST))
    assert labels(choice) == ["prod@us-east-1:/a", "dev@us-east-1:/a", "dev@eu-west-1:/a"]
    choice = asker.choose("/a", url="cloudwatch:?profile=dev", profiles=("prod",))
    assert [group.arn for group in choice.groups] == [arn("/a", WEST, OTHER)]


def test_two_profiles_of_one_account_are_one_place(
    cloudwatch: LogsService, asker: Asker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group is read once, whoever may read it: else every event would be there twice."""
    config = tmp_path / "config"
    section = "aws_access_key_id = test\naws_secret_access_key = test\nregion = us-east-1\n"
    config.write_text(f"[profile a]\n{section}[profile b]\n{section}")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    cloudwatch.create_group("/a")
    choice = asker.choose("/a", profiles=("a", "b"))
    assert names(choice) == ["/a"]
    assert choice.gaps == ()


@pytest.mark.usefixtures("profiles")
def test_an_arn_goes_to_the_profile_whose_account_it_is(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """It is read once, and as one's own rather than as a linked one."""
    fill(cloudwatch, "/x")
    cloudwatch.create_group("/a", account=OTHER)
    cloudwatch.region(EAST, OTHER).create_group("/a")
    choice = asker.choose(arn("/a", EAST, OTHER), profiles=("prod", "dev"), regions=(EAST,))
    (group,) = choice.groups
    assert not group.linked
    assert group.logs.account.profile == "dev"
    assert not choice.gaps
    assert not choice.notes


@pytest.mark.usefixtures("profiles")
def test_a_profile_that_may_not_is_a_gap(cloudwatch: LogsService, asker: Asker) -> None:
    """Its name is in the gap, with its region."""
    cloudwatch.region(WEST, OTHER).create_group("/aws/lambda/cart")
    cloudwatch.expired_keys.add("prod")
    choice = asker.choose(profiles=("prod", "dev"))
    assert labels(choice) == ["dev@eu-west-1:/aws/lambda/cart"]
    (gap,) = choice.gaps
    assert gap.what == "prod@us-east-1"
    assert "aws sso login --profile prod" in gap.reason


def test_no_such_profile(cloudwatch: LogsService, asker: Asker) -> None:
    """Known before anything is asked."""
    with pytest.raises(SourceError, match="the profile 'nobody' is not configured"):
        asker.places(profiles=("nobody",))
    assert not cloudwatch.requests


def test_a_role_is_assumed_once_for_all_regions(cloudwatch: LogsService, asker: Asker) -> None:
    """The URL names it; its account's groups are read, its credentials fetched once."""
    for region in (EAST, WEST):
        cloudwatch.region(region, OTHER).create_group("/aws/lambda/cart")
    role = f"arn:aws:iam::{OTHER}:role/reader"
    choice = asker.choose(url=f"cloudwatch:?role={role}&region={EAST}&region={WEST}")
    assert [group.arn for group in choice.groups] == [
        arn("/aws/lambda/cart", EAST, OTHER),
        arn("/aws/lambda/cart", WEST, OTHER),
    ]
    assert len(cloudwatch.calls("AssumeRole")) == 1


# What places are to the rest


def test_requests_are_counted_to_the_last_one(cloudwatch: LogsService, asker: Asker) -> None:
    """Those of Lambda, of other regions and repeated ones included; each is told once."""
    fill(cloudwatch, "/aws/lambda/cart", region=WEST)
    cloudwatch.throttle("DescribeLogGroups", times=1)
    asker.fail("/nowhere", functions=("cart",))
    assert asker.opened[0].take_requests() == len(cloudwatch.requests)
    assert asker.opened[0].take_requests() == 0


def test_sources_of_one_command_share_limiters(cloudwatch: LogsService, asker: Asker) -> None:
    """Two sources of one account ask together as often as one may."""
    commons: dict[str, object] = {}
    fill(cloudwatch, "/a", "/b")
    first, _ = asker.places("cloudwatch:/a", commons=commons)
    second, _ = asker.places("cloudwatch:/b", commons=commons)
    other, _ = asker.places("cloudwatch:/b")
    shared = [places.all[0].limiter("FilterLogEvents") for places in (first, second, other)]
    assert shared[0] is shared[1]
    assert shared[0] is not shared[2]


def test_a_place_of_a_region_is_opened_once(cloudwatch: LogsService, asker: Asker) -> None:
    """A region that was named is not opened anew for an ARN."""
    places, _ = asker.places(regions=(EAST, WEST))
    assert places.of_region(WEST) == (places.all[1],)
    (far,) = places.of_region("ap-south-1")
    assert places.of_region("ap-south-1") == (far,)
    assert far not in places.all
    assert far.label == "ap-south-1"


def test_who_has_lost_patience_is_told_what_was_not_done(
    cloudwatch: LogsService, asker: Asker
) -> None:
    """Ctrl-C while groups are looked for: a gap, no error, and no further calls."""
    cancelled = threading.Event()
    cloudwatch.throttle("*", matches=lambda _request: cancelled.set() or True)
    choice = asker.choose(cancelled=cancelled.is_set)
    (gap,) = choice.gaps
    assert "interrupted before its log groups were found" in gap.reason
    assert not choice.groups


def test_closing_ends_calls_that_wait(cloudwatch: LogsService, asker: Asker) -> None:
    """However long the service throttles, who waits for it comes back."""
    cloudwatch.throttle("*")
    places, settings = asker.places()
    choices: list[Choice] = []
    thread = threading.Thread(target=lambda: choices.append(choose_groups(places, settings)))
    thread.start()
    places.close()
    thread.join(30)
    assert not thread.is_alive()
    assert choices[0].gaps
