from __future__ import annotations

import threading
import time

import pytest
from cloudwatch_tail import FAST, Tail, paced
from logs_service import LogsService

from slsloggrep.errors import SourceError
from slsloggrep.model import Event
from slsloggrep.sources import aws as aws_module
from slsloggrep.sources.base import Notice, Pulse
from slsloggrep.sources.cloudwatch.schedule import Sweep

SHOP = "/aws/lambda/shop"
CART = "/aws/lambda/cart"
MINUTE = 60_000


def now() -> int:
    return time.time_ns() // 1_000_000


def once(tail: Tail, expected: list[str]) -> None:
    """Check that exactly these messages came, each once."""
    assert sorted(tail.messages) == sorted(expected)


# What comes


def test_what_was_there_and_what_comes_is_handed_on_once(cloudwatch: LogsService) -> None:
    """Whatever the pages are like: many, small, empty ones between them."""
    cloudwatch.world.page_events = 3
    cloudwatch.world.empty_pages = 1
    start = now()
    old = [f"old {n}" for n in range(20)]
    cloudwatch.put(SHOP, "a", [(start - 5_000 + n, text) for n, text in enumerate(old)])
    with Tail(cloudwatch.url, SHOP, since=start - MINUTE) as tail:
        tail.wait_for(*old)
        fresh = [f"new {n}" for n in range(20)]
        for number, text in enumerate(fresh):
            cloudwatch.put(SHOP, f"stream {number % 3}", [(now(), text)])
        tail.wait_for(*fresh)
        tail.wait_pulses(20)
    once(tail, old + fresh)
    assert not tail.notices
    assert tail.coverage.complete


def test_without_a_beginning_only_what_comes_is_wanted(cloudwatch: LogsService) -> None:
    """Following starts now, and at `since` to the millisecond where it is given."""
    start = now()
    cloudwatch.put(SHOP, "a", [(start - 2_000, "too old"), (start - 1_000, "just old enough")])
    with (
        Tail(cloudwatch.url, SHOP, since=start - 1_000) as given,
        Tail(cloudwatch.url, SHOP) as not_given,
    ):
        given.wait_for("just old enough")
        not_given.wait_pulses(5)
        cloudwatch.put(SHOP, "a", [(now(), "new")])
        given.wait_for("new")
        not_given.wait_for("new")
    once(given, ["just old enough", "new"])
    once(not_given, ["new"])


def test_the_default_pace_follows_moto(aws) -> None:  # type: ignore[no-untyped-def]
    """Another server, whose IDs are small numbers that are equal in no two streams."""
    client = aws.client("logs")
    for group in (SHOP, CART):
        client.create_log_group(logGroupName=group)
        client.create_log_stream(logGroupName=group, logStreamName="a")
    with Tail(
        aws.url, SHOP, CART, since=now() - 1_000, pace=None, rate=None, regions=("us-east-1",)
    ) as tail:
        for number in range(6):
            client.put_log_events(
                logGroupName=(SHOP, CART)[number % 2],
                logStreamName="a",
                logEvents=[
                    {"timestamp": now(), "message": f"{number}"},
                    {"timestamp": now(), "message": "the same"},
                ],
            )
            tail.wait(lambda want=2 * number + 2: len(tail.events) == want)
        tail.wait_pulses(15)
    once(tail, [str(number) for number in range(6)] + 6 * ["the same"])


def test_late_events_are_found_however_late(cloudwatch: LogsService) -> None:
    """Some arrive within the overlap, some long after it: each is found, and found once."""
    start = now()
    lateness = [0, 300, 2_500, 30_000, 8 * MINUTE]
    with Tail(cloudwatch.url, SHOP, "/aws/lambda/*", since=start - 10 * MINUTE) as tail:
        cloudwatch.put(SHOP, "a", [(now(), "first")])
        tail.wait_for("first")
        expected = ["first"]
        for turn in range(4):
            for late in lateness:
                text = f"{turn}: {late} ms late"
                cloudwatch.put(SHOP, f"stream {late}", [(now() - late, text)])
                expected.append(text)
            tail.wait_pulses(5)
        tail.wait_for(*expected)
        tail.wait_pulses(20)
    once(tail, expected)


def test_busy_groups_are_swept_by_windows_of_their_own(cloudwatch: LogsService) -> None:
    """Where a sweep reads many events, it ends where the polls begin, and finds what is late."""
    cloudwatch.world.page_events = 500
    start = now()
    crowd = [f"crowd {n}" for n in range(3_000)]
    cloudwatch.put(SHOP, "a", [(start - 3_000 + n, text) for n, text in enumerate(crowd)])
    with Tail(cloudwatch.url, SHOP, since=start - MINUTE, pace=paced(small=100)) as tail:
        tail.wait_for(crowd[-1])
        expected = list(crowd)
        for turn in range(8):
            for late in (0, 2_500, 30_000):
                expected.append(f"{turn}: {late} ms late")
                cloudwatch.put(SHOP, "b", [(now() - late, expected[-1])])
            tail.wait_pulses(5)
        tail.wait_for(*expected)
        tail.wait_pulses(20)
    once(tail, expected)
    ends = [request.given.get("endTime") for request in cloudwatch.calls("FilterLogEvents")]
    assert any(ends), "no sweep had a window of its own"


def test_clocks_may_be_ahead(cloudwatch: LogsService) -> None:
    """An event that is dated an hour from now comes at once, and once."""
    with Tail(cloudwatch.url, SHOP, "/aws/lambda/*", since=now() - MINUTE) as tail:
        cloudwatch.put(SHOP, "a", [(now() + 3_600_000, "from the future")])
        tail.wait_for("from the future")
        cloudwatch.put(SHOP, "a", [(now(), "from now")])
        tail.wait_for("from now")
        tail.wait_pulses(20)
    once(tail, ["from the future", "from now"])


@pytest.mark.parametrize("ahead", [3_600_000, -3_600_000])
def test_this_machines_clock_may_be_wrong(cloudwatch: LogsService, ahead: int) -> None:
    """What counts is the service's time of day, which its answers tell; so do the pulses."""
    cloudwatch.clock.advance(ahead)
    start = cloudwatch.clock()
    cloudwatch.put(SHOP, "a", [(start - 5_000, "old")])
    with Tail(cloudwatch.url, SHOP, since=start - MINUTE) as tail:
        tail.wait_for("old")
        for number in range(20):
            cloudwatch.put(SHOP, "a", [(cloudwatch.clock() - 200, f"new {number}")])
            tail.wait_pulses(1)
        tail.wait_for("new 19")
        tail.wait_pulses(10)
        assert abs(tail.pulses[-1] - cloudwatch.clock()) < 5_000
    once(tail, ["old", *(f"new {number}" for number in range(20))])


def test_the_filter_is_applied_at_the_far_end(cloudwatch: LogsService) -> None:
    """A pattern goes with every poll, and what it rejects is not handed on."""
    start = now()
    cloudwatch.put(SHOP, "a", [(start, "an ERROR here"), (start + 1, "nothing here")])
    with Tail(cloudwatch.url, SHOP, since=start, pattern="ERROR") as tail:
        tail.wait_for("an ERROR here")
        cloudwatch.put(SHOP, "a", [(now(), "fine"), (now(), "ERROR again")])
        tail.wait_for("ERROR again")
    once(tail, ["an ERROR here", "ERROR again"])


def test_an_end_that_is_past_ends_it(cloudwatch: LogsService) -> None:
    """What lies before `until` comes, late arrivals included; then it ends by itself."""
    start = now()
    cloudwatch.put(SHOP, "a", [(start - 5_000, "before"), (start - 1_000, "after")])
    cloudwatch.put(SHOP, "a", [(start - 4_000, "late")], ingested=start + 1_500)
    with Tail(cloudwatch.url, SHOP, since=start - MINUTE, until=start - 1_000) as tail:
        tail.join()
    once(tail, ["before", "late"])
    assert tail.coverage.complete


# Pulses and order


def test_pulses_come_all_the_time_and_never_go_back(cloudwatch: LogsService) -> None:
    """Whoever follows sees Ctrl-C at once, even while pages are slow."""
    cloudwatch.delay("FilterLogEvents", 0.4)
    cloudwatch.create_group(SHOP)
    began = time.monotonic()
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        tail.wait_pulses(30)
    elapsed = time.monotonic() - began
    assert len(cloudwatch.calls("FilterLogEvents")) <= 2 + elapsed / 0.4
    assert tail.pulses == sorted(tail.pulses)


def test_what_was_there_can_be_put_in_order_by_the_pulses(cloudwatch: LogsService) -> None:
    """While older events are read, time is no further than what came of every group."""
    cloudwatch.world.page_events = 10
    start = now()
    for group in (SHOP, CART, "/aws/lambda/mail"):
        cloudwatch.put(group, "a", [(start - 50_000 + n * 100, f"{group} {n}") for n in range(300)])
    with Tail(cloudwatch.url, "/aws/lambda/*", since=start - MINUTE) as tail:
        tail.wait(lambda: len(tail.events) == 900)
        tail.wait(lambda: tail.pulses[-1] >= start, "time stands still")
    time_of_day = 0
    for arrival in tail.arrivals:
        if isinstance(arrival, Pulse):
            time_of_day = arrival.time
        elif isinstance(arrival, Event):
            assert arrival.timestamp >= time_of_day, "time was ahead of what was still to come"


# What goes wrong


def test_throttling_makes_it_slower_and_loses_nothing(cloudwatch: LogsService) -> None:
    """However often the service refuses, every event comes in the end."""
    cloudwatch.throttle("FilterLogEvents", probability=0.3)
    cloudwatch.put(SHOP, "a", [(now(), "0")])
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        for number in range(1, 20):
            cloudwatch.put(SHOP, "a", [(now(), f"{number}")])
            tail.wait_pulses(3)
        tail.wait_for(*(str(number) for number in range(20)))
    once(tail, [str(number) for number in range(20)])
    assert cloudwatch.calls("FilterLogEvents", "ThrottlingException")


def test_polls_stay_within_their_share_of_the_quota(cloudwatch: LogsService) -> None:
    """Many groups share the rate: half of it is left to others."""
    groups = [f"/aws/lambda/f{number}" for number in range(30)]
    for group in groups:
        cloudwatch.create_group(group)
    with Tail(
        cloudwatch.url, "/aws/lambda/*", since=now() - MINUTE, rate=20.0, pace=paced(share=0.5)
    ) as tail:
        tail.wait(lambda: len(cloudwatch.calls("FilterLogEvents")) >= 60)
    calls = cloudwatch.calls("FilterLogEvents")
    elapsed = calls[-1].time - calls[0].time
    assert len(calls) <= 7 + 10 * elapsed
    asked = {request.groups[0] for request in calls}
    assert asked == set(groups), "every group has its turn"


def test_what_goes_on_while_the_server_is_away_is_caught_up(cloudwatch: LogsService) -> None:
    """That it cannot be reached is said once; so is, when it is back, what was caught up."""
    cloudwatch.put(SHOP, "a", [(now(), "before")])
    cloudwatch.put(CART, "a", [(now(), "before")])
    with Tail(cloudwatch.url, "/aws/lambda/*", since=now() - MINUTE) as tail:
        tail.wait(lambda: len(tail.events) == 2)
        cloudwatch.stop()
        tail.wait_notice("cannot reach us-east-1")
        cloudwatch.put(SHOP, "a", [(now(), "meanwhile")])
        tail.wait_pulses(20)
        cloudwatch.start()
        tail.wait_for("meanwhile")
        tail.wait_notice("caught up: nothing could be read from")
        cloudwatch.put(CART, "a", [(now(), "after")])
        tail.wait_for("after")
    once(tail, ["before", "before", "meanwhile", "after"])
    assert len(tail.notices) == 2
    assert tail.coverage.complete, "nothing is missing"


def test_a_place_that_stays_away_is_tried_again_and_again(
    cloudwatch: LogsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the patience of a single call, too."""
    patience = aws_module.Patience(attempts=2, base=0.05)
    monkeypatch.setattr(aws_module, "Patience", lambda: patience)
    cloudwatch.put(SHOP, "a", [(now(), "before")])
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        tail.wait_for("before")
        cloudwatch.stop()
        cloudwatch.put(SHOP, "a", [(now(), "meanwhile")])
        tail.wait_notice("cannot reach us-east-1: the endpoint does not answer")
        tail.wait_pulses(30)
        cloudwatch.start()
        tail.wait_for("meanwhile")
        tail.wait_notice("caught up")
    assert len(tail.notices) == 2


@pytest.mark.parametrize("where", ["before", "headers", "body"])
def test_cut_connections_lose_nothing(cloudwatch: LogsService, where: str) -> None:
    """Wherever an answer breaks off, it is asked for again, and nothing of it comes twice."""
    cloudwatch.world.page_events = 4
    cloudwatch.cut("FilterLogEvents", where, probability=0.2)  # type: ignore[arg-type]
    start = now()
    cloudwatch.put(SHOP, "a", [(start, f"{number}") for number in range(40)])
    with Tail(cloudwatch.url, SHOP, since=start) as tail:
        for number in range(40, 60):
            cloudwatch.put(SHOP, "a", [(now(), f"{number}")])
            tail.wait_pulses(1)
        tail.wait_for(*(str(number) for number in range(60)))
    once(tail, [str(number) for number in range(60)])


def test_failures_of_the_service_are_waited_out(cloudwatch: LogsService) -> None:
    """5xx pass."""
    fault = cloudwatch.fail("FilterLogEvents", status=503, times=3)
    cloudwatch.put(SHOP, "a", [(now(), "there")])
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        tail.wait_for("there")
    assert fault.hits == 3


def test_a_chain_of_pages_that_breaks_begins_again(cloudwatch: LogsService) -> None:
    """A token that the service does not know any more costs no event, and repeats none."""
    cloudwatch.world.page_events = 5
    start = now()
    texts = [f"{number}" for number in range(100)]
    cloudwatch.put(SHOP, "a", [(start + n, text) for n, text in enumerate(texts)])
    seen = 0

    def expire(request) -> bool:  # type: ignore[no-untyped-def]
        nonlocal seen
        seen += "nextToken" in request.given
        if seen in (3, 9):
            seen += 1
            cloudwatch.world.expire_tokens()
        return False

    cloudwatch.fault("FilterLogEvents", matches=expire)
    with Tail(cloudwatch.url, SHOP, since=start) as tail:
        tail.wait_for(*texts)
        tail.wait_pulses(10)
    once(tail, texts)
    assert cloudwatch.calls("FilterLogEvents", "InvalidParameterException")


def test_a_laptop_that_slept_catches_up(cloudwatch: LogsService) -> None:
    """Half an hour went by at once: what came in it is read from where reading stopped."""
    cloudwatch.put(SHOP, "a", [(cloudwatch.clock(), "before")])
    with Tail(cloudwatch.url, SHOP, since=cloudwatch.clock() - MINUTE) as tail:
        tail.wait_for("before")
        tail.wait_pulses(10)
        asleep = cloudwatch.clock()
        with cloudwatch.world.lock:  # no poll is answered meanwhile
            cloudwatch.clock.advance(30 * MINUTE)
            for minute in range(30):
                cloudwatch.put(SHOP, "a", [(asleep + minute * MINUTE, f"minute {minute}")])
        tail.wait_for(*(f"minute {minute}" for minute in range(30)))
        tail.wait_notice("caught up: nothing could be read from")
    once(tail, ["before", *(f"minute {minute}" for minute in range(30))])


def test_a_region_that_is_away_keeps_no_other_waiting(cloudwatch: LogsService) -> None:
    """Events of the other one come, and time goes on; when it is back, it is caught up."""
    regions = ("us-east-1", "eu-west-1")
    for region in regions:
        cloudwatch.put(SHOP, "a", [(now(), f"before {region}")], region=region)
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE, regions=regions) as tail:
        tail.wait_for(*(f"before {region}" for region in regions))
        fault = cloudwatch.cut("FilterLogEvents", region="eu-west-1")
        tail.wait_notice("cannot reach eu-west-1")
        cloudwatch.put(SHOP, "a", [(now(), "meanwhile there")], region="eu-west-1")
        gone = now()
        cloudwatch.put(SHOP, "a", [(gone, "meanwhile here")])
        tail.wait_for("meanwhile here")
        tail.wait(lambda: tail.pulses[-1] > gone + 1_000, "time stands still")
        assert "meanwhile there" not in tail.messages
        cloudwatch.faults.remove(fault)
        tail.wait_for("meanwhile there")
        tail.wait_notice("eu-west-1: caught up: nothing could be read from")
    assert len(tail.notices) == 2
    assert len(tail.events) == 4


# Groups that come, go, and are denied


def test_new_groups_are_picked_up(cloudwatch: LogsService) -> None:
    """Where a glob was given, a group that appears is followed from its first event, and said."""
    cloudwatch.put(SHOP, "a", [(now(), "shop")])
    with Tail(cloudwatch.url, "/aws/lambda/*", since=now() - MINUTE) as tail:
        tail.wait_for("shop")
        cloudwatch.put(CART, "a", [(now(), "cart")])
        cloudwatch.put("/other/group", "a", [(now(), "other")])
        tail.wait_for("cart")
        tail.wait_notice(f"a new log group is followed as well: {CART}")
        tail.wait_pulses(10)
    once(tail, ["shop", "cart"])
    assert len(tail.notices) == 1
    assert len(tail.said) == 1, "how many there are is said once"
    assert tail.coverage.objects == 2


def test_groups_that_were_named_are_not_looked_for_again(cloudwatch: LogsService) -> None:
    """Listing costs calls: where nothing can be added, none are made."""
    cloudwatch.put(SHOP, "a", [(now(), "shop")])
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        tail.wait_for("shop")
        calls = len(cloudwatch.calls("DescribeLogGroups"))
        tail.wait_pulses(20)
    assert len(cloudwatch.calls("DescribeLogGroups")) == calls


def test_a_group_that_is_made_again_goes_on(cloudwatch: LogsService) -> None:
    """It is missed once, looked for, and what comes in it then is new, even the same lines."""
    cloudwatch.put(SHOP, "a", [(now(), "the same")])
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        tail.wait_for("the same")
        cloudwatch.delete_group(SHOP)
        tail.wait_notice(f"{SHOP} is not there any more")
        tail.wait_pulses(20)
        cloudwatch.put(SHOP, "a", [(now(), "the same"), (now(), "more")])
        tail.wait_for("more")
        tail.wait_notice(f"{SHOP} is there again")
    once(tail, ["the same", "the same", "more"])
    assert len(tail.notices) == 2


def test_a_group_that_is_denied_is_a_gap_and_no_hindrance(cloudwatch: LogsService) -> None:
    """The others go on; the missing permission is named; once it is there, all is read."""
    fault = cloudwatch.deny("FilterLogEvents", group=CART)
    cloudwatch.put(SHOP, "a", [(now(), "shop")])
    cloudwatch.put(CART, "a", [(now(), "cart")])
    with Tail(cloudwatch.url, "/aws/lambda/*", since=now() - MINUTE) as tail:
        tail.wait_for("shop")
        tail.wait_notice(f"{CART}: access denied: logs:FilterLogEvents on ")
        cloudwatch.put(SHOP, "a", [(now(), "shop again")])
        tail.wait_for("shop again")
        assert "cart" not in tail.messages
        cloudwatch.faults.remove(fault)
        tail.wait_for("cart")
        tail.wait_notice(f"{CART} can be read again")
    once(tail, ["shop", "shop again", "cart"])
    (gap,) = tail.gaps
    assert gap.what == CART
    assert "logs:FilterLogEvents" in gap.reason


def test_what_is_still_denied_at_the_end_is_told_with_its_time(cloudwatch: LogsService) -> None:
    """The coverage says from when on a group was not read."""
    cloudwatch.put(SHOP, "a", [(now(), "shop")])
    cloudwatch.put(CART, "a", [(now(), "cart")])
    with Tail(cloudwatch.url, "/aws/lambda/*", since=now() - MINUTE) as tail:
        tail.wait_for("shop", "cart")
        cloudwatch.deny("FilterLogEvents", group=CART)
        tail.wait_notice("access denied")
    reasons = [gap.reason for gap in tail.gaps if gap.what == CART]
    assert any("not everything was read from" in reason for reason in reasons)


def test_a_class_that_cannot_be_followed_is_said(cloudwatch: LogsService) -> None:
    """Groups of the class Infrequent Access are a gap among others, and an error alone."""
    cloudwatch.create_group(CART, log_group_class="INFREQUENT_ACCESS")
    with Tail(cloudwatch.url, CART) as alone:
        alone.join()
        assert isinstance(alone.error, SourceError)
        assert "Infrequent Access" in alone.error.message
        alone.error = None
    cloudwatch.put(SHOP, "a", [(now(), "shop")])
    with Tail(cloudwatch.url, SHOP, CART, since=now() - MINUTE) as tail:
        tail.wait_for("shop")
        tail.wait_notice(f"{CART}: the class Infrequent Access cannot be followed")
    assert [gap.what for gap in tail.gaps] == [CART]


# Credentials


def test_credentials_that_expire_are_read_anew(
    cloudwatch: LogsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says what to do, waits for it to be done elsewhere, and catches up."""
    cloudwatch.put(SHOP, "a", [(now(), "before")])
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        tail.wait_for("before")
        cloudwatch.expired_keys.add("test")
        tail.wait_notice("cannot read us-east-1: the AWS credentials have expired: trying again")
        assert "aws sso login" in tail.notices[-1]
        cloudwatch.put(SHOP, "a", [(now(), "meanwhile")])
        tail.wait_pulses(20)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "renewed")
        tail.wait_for("meanwhile")
        tail.wait_notice("caught up")
    once(tail, ["before", "meanwhile"])
    assert len(tail.notices) == 2


@pytest.mark.parametrize("denied", [False, True])
def test_what_never_could_begin_is_an_error(cloudwatch: LogsService, denied: bool) -> None:
    """Where nothing was ever read, and nothing can be, trying again helps nobody."""
    cloudwatch.put(SHOP, "a", [(now(), "there")])
    if denied:
        cloudwatch.deny("FilterLogEvents")
    else:
        cloudwatch.fault("FilterLogEvents", code="ExpiredTokenException")
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        tail.join()
        error, tail.error = tail.error, None
    assert isinstance(error, SourceError)
    assert ("logs:FilterLogEvents" if denied else "expired") in error.message
    assert error.hint
    assert not tail.events


# Ends and accounts


def test_cancelling_ends_it_wherever_it_waits(cloudwatch: LogsService) -> None:
    """A call that would take a minute does not keep Ctrl-C waiting."""
    cloudwatch.create_group(SHOP)
    cloudwatch.delay("FilterLogEvents", 60)
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        tail.wait(lambda: cloudwatch.calls("FilterLogEvents"))
        began = time.monotonic()
        tail.stop()
        assert time.monotonic() - began < 20
    assert tail.gaps, "what was not read is told"


def test_the_coverage_counts_what_was_done(cloudwatch: LogsService) -> None:
    """Events handed on, requests as the server saw them, groups."""
    cloudwatch.put(SHOP, "a", [(now(), f"{number}") for number in range(10)])
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        tail.wait_for("9")
        tail.wait_pulses(5)
    assert tail.coverage.events == 10
    assert tail.coverage.requests == len(cloudwatch.requests)
    assert tail.coverage.objects == tail.coverage.planned_objects == 1
    assert tail.coverage.bytes > 0


def test_memory_is_bounded_and_what_it_costs_is_said(cloudwatch: LogsService) -> None:
    """Beyond so many events, late ones are looked for less far back; still none comes twice."""
    cloudwatch.world.page_events = 400
    pace = paced(
        remembered=1_000,
        longest=1_000,
        sweeps=(Sweep(600_000, 0.3),),
        small=0,
    )
    start = now()
    texts = [f"{number}" for number in range(4_000)]
    cloudwatch.put(SHOP, "a", [(start - 400_000 + 100 * n, text) for n, text in enumerate(texts)])
    with Tail(cloudwatch.url, SHOP, since=start - 10 * MINUTE, pace=pace) as tail:
        tail.wait_for(*texts)
        for turn in range(20):
            batch = [f"turn {turn}: {number}" for number in range(100)]
            texts += batch
            cloudwatch.put(SHOP, "a", [(now(), text) for text in batch])
            tail.wait_pulses(5)
        tail.wait_notice("so much is written that late events are looked for")
        tail.wait_for(*texts)
    once(tail, texts)
    assert any("late events" in note for note in tail.coverage.notes)


def test_only_signs_of_life_come_where_nothing_happens(cloudwatch: LogsService) -> None:
    """Nothing to say is nothing said; and at the end nothing is left behind."""
    cloudwatch.create_group(SHOP)
    with Tail(cloudwatch.url, SHOP, pace=FAST) as tail:
        tail.wait_pulses(20)
        assert any(thread.name == "poller" for thread in threading.enumerate())
    end = time.monotonic() + 10
    while any(thread.name == "poller" for thread in threading.enumerate()):
        assert time.monotonic() < end, "a thread was left behind"
        time.sleep(0.02)
    assert not [arrival for arrival in tail.arrivals if isinstance(arrival, Event | Notice)]


def test_chance_throttling_does_not_make_what_happens_late(cloudwatch: LogsService) -> None:
    """Where refusals do not come of the rate, it stays one at which a tail is in time."""
    cloudwatch.throttle("FilterLogEvents", probability=0.15)
    cloudwatch.create_group(SHOP)
    put: dict[str, float] = {}
    came: dict[str, float] = {}

    def note(tail: Tail) -> None:
        for message in tail.messages[len(came) :]:
            came[message] = time.monotonic()

    with Tail(cloudwatch.url, SHOP, pace=None, rate=10.0, at_pulse=note) as tail:
        tail.wait_pulses(3)
        for number in range(60):
            put[str(number)] = time.monotonic()
            cloudwatch.put(SHOP, "a", [(now(), str(number))])
            time.sleep(0.25)
        tail.wait(lambda: len(came) == len(put))
    lags = sorted(came[message] - put[message] for message in put)
    assert lags[len(lags) // 2] < 2.0
    assert lags[-1] < 6.0


# What is not there yet


@pytest.mark.parametrize("spec", [SHOP, "/aws/lambda/sh*", "/^.aws.lambda.shop$/"])
def test_what_is_not_there_yet_is_waited_for(cloudwatch: LogsService, spec: str) -> None:
    """A name or a pattern that means nothing may do so before the first invocation."""
    with Tail(cloudwatch.url, spec, since=now() - MINUTE) as tail:
        tail.wait_notice("waiting for it to appear")
        tail.wait_pulses(20)
        assert len(tail.notices) == 1, "it is said once"
        cloudwatch.put(SHOP, "a", [(now(), "first")])
        tail.wait_for("first")
        cloudwatch.put(SHOP, "a", [(now(), "second")])
        tail.wait_for("second")
    once(tail, ["first", "second"])
    assert tail.coverage.complete, "nothing was missed"


def test_waiting_outlasts_an_outage(cloudwatch: LogsService) -> None:
    """That it could not be looked for meanwhile is said, and it is looked for again."""
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        tail.wait_notice("waiting for it to appear")
        fault = cloudwatch.fault("DescribeLogGroups", code="UnrecognizedClientException")
        tail.wait_notice("cannot look for new log groups at present")
        cloudwatch.faults.remove(fault)
        cloudwatch.put(SHOP, "a", [(now(), "first")])
        tail.wait_for("first")
    once(tail, ["first"])


def test_near_names_are_told_while_it_is_waited(cloudwatch: LogsService) -> None:
    """A name that was mistyped is waited for as well: so it is told what it may have meant."""
    cloudwatch.create_group(SHOP)
    with Tail(cloudwatch.url, functions=("shp",)) as tail:
        tail.wait_notice("waiting for it to appear")
    assert "there is no function 'shp' and no log group '/aws/lambda/shp'" in tail.notices[0]
    assert "near names: shop" in tail.notices[0]
    listings = len(cloudwatch.calls("DescribeLogGroups"))
    assert listings < 200, "it is not looked around each time"


def test_what_never_appears_is_a_gap_in_the_end(cloudwatch: LogsService) -> None:
    """Who waits until a time is told what did not come."""
    with Tail(cloudwatch.url, SHOP, until=now() + 500) as tail:
        tail.wait_notice("waiting for it to appear")
        tail.join()
    (gap,) = tail.gaps
    assert "there is no log group '/aws/lambda/shop'" in gap.reason


def test_what_cannot_be_looked_for_is_not_waited_for(cloudwatch: LogsService) -> None:
    """Denied, or out of reach, is another matter than not there."""
    cloudwatch.deny("DescribeLogGroups")
    with (
        pytest.raises(SourceError, match="access denied"),
        Tail(cloudwatch.url, "/aws/lambda/sh*") as tail,
    ):
        tail.join()


def test_who_may_not_list_waits_as_well(cloudwatch: LogsService) -> None:
    """A group is read unseen where listing is denied, and may appear all the same."""
    cloudwatch.deny("DescribeLogGroups")
    with Tail(cloudwatch.url, SHOP, since=now() - MINUTE) as tail:
        tail.wait_notice("waiting for it to appear")
        cloudwatch.put(SHOP, "a", [(now(), "first")])
        tail.wait_for("first")
        tail.wait_notice("is there now")
    once(tail, ["first"])
