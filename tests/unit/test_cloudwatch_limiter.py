"""How often the service is asked, and how that adapts to what it answers."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

import pytest

from slsloggrep.errors import UsageError
from slsloggrep.sources.cloudwatch.limiter import Limiter, Limiters, published_rate


class Hours:
    """A clock that goes on only while someone sleeps; something may happen meanwhile."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept = 0
        self.events: list[tuple[float, Callable[[], None]]] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        self.slept += 1
        for at, event in list(self.events):
            if at <= self.now:
                self.events.remove((at, event))
                event()


def never() -> bool:
    return False


def limiter_at(hours: Hours, rate: float, ceiling: float | None = None) -> Limiter:
    return Limiter(rate, ceiling=ceiling, clock=hours.clock, sleep=hours.sleep)


def calls_in(hours: Hours, limiter: Limiter, seconds: float) -> int:
    """Return how many calls one asker makes in a stretch of time."""
    end = hours.now + seconds
    for count in itertools.count():
        assert limiter.wait(never)
        if hours.now >= end:
            return count
    raise AssertionError


def test_calls_come_at_the_published_rate() -> None:
    """However fast the asker, no more than the rate goes through; a small burst at the start."""
    hours = Hours()
    limiter = limiter_at(hours, 10)
    assert 100 <= calls_in(hours, limiter, 10) <= 104


def test_an_idle_limiter_saves_up_a_quarter_of_a_second_only() -> None:
    """Who has not asked for an hour may not ask an hour's worth at once."""
    hours = Hours()
    limiter = limiter_at(hours, 20)
    hours.now += 3600
    at_once = 0
    while hours.slept == 0:
        limiter.wait(never)
        at_once += 1
    assert at_once <= 20 * 0.25 + 2


def test_a_throttled_call_halves_the_rate_and_pauses() -> None:
    """After it nobody asks for a quarter of a second, then at half the rate."""
    hours = Hours()
    limiter = limiter_at(hours, 10)
    limiter.wait(never)
    limiter.throttled()
    assert limiter.rate == 5
    began = hours.now
    assert limiter.wait(never)
    assert hours.now - began == pytest.approx(0.25)
    assert 49 <= calls_in(hours, limiter, 10) <= 51


def test_calls_under_way_when_one_is_throttled_lower_the_rate_once() -> None:
    """Sixty-four refusals of one moment are one piece of news; each is counted."""
    limiter = limiter_at(Hours(), 64)
    for _ in range(64):
        limiter.throttled()
    assert limiter.rate == 32
    assert limiter.throttles == 64


def test_a_call_that_began_before_the_rate_was_lowered_does_not_lower_it_again() -> None:
    """However late its refusal comes: it tells nothing of the rate that holds since."""
    hours = Hours()
    limiter = limiter_at(hours, 64)
    limiter.throttled()
    hours.now += 3
    limiter.throttled(took=3.1)
    assert limiter.rate == 32
    assert limiter.throttles == 2
    limiter.throttled(took=0.1)
    assert limiter.rate == 16


@pytest.mark.parametrize(("chance", "least"), [(0.05, 4.0), (0.1, 2.5), (0.2, 1.0)])
def test_refusals_by_chance_leave_a_rate_that_is_of_use(chance: float, least: float) -> None:
    """What does not come of the rate is not mended by lowering it: it comes back in seconds."""
    hours = Hours()
    limiter = limiter_at(hours, 10, ceiling=10)
    dice = random.Random(7)
    done = 0
    while hours.now < 1600:
        assert limiter.wait(never)
        hours.now += 0.02
        if dice.random() < chance:
            limiter.throttled(took=0.02)
        else:
            limiter.passed(0.02)
            done += 1
    assert done / 600 >= least


def test_a_real_limit_is_found_and_kept_to() -> None:
    """Behind a token bucket nearly all of it is used, and few calls are refused."""
    hours = Hours()
    limiter = limiter_at(hours, 25, ceiling=50)
    tokens, at, done, refused = 5.0, hours.now, 0, 0
    while hours.now < 1600:
        assert limiter.wait(never)
        hours.now += 0.01
        tokens, at = min(5.0, tokens + (hours.now - at) * 5), hours.now
        if tokens < 1:
            refused += 1
            limiter.throttled(took=0.01)
        else:
            tokens -= 1
            done += 1
            limiter.passed(0.01)
    assert done / 600 >= 3.5
    assert refused <= done / 5


def test_however_often_it_is_throttled_a_reader_goes_on() -> None:
    """The rate has a bottom: one call in five seconds."""
    hours = Hours()
    limiter = limiter_at(hours, 25)
    for _ in range(50):
        assert limiter.wait(never)
        limiter.throttled()
    assert limiter.rate == pytest.approx(0.2)
    began = hours.now
    limiter.wait(never)
    limiter.wait(never)
    assert hours.now - began <= 0.5 + 5.1


def test_calls_that_go_through_raise_the_rate_again() -> None:
    """A tenth a second, back to the published rate and on to twice of it, and no further."""
    hours = Hours()
    limiter = limiter_at(hours, 10)
    limiter.throttled()
    hours.now += 0.25  # the pause
    for _ in range(50):
        hours.now += 0.1
        limiter.passed()
    assert limiter.rate == pytest.approx(10)
    hours.now += 3600
    limiter.passed()
    assert limiter.rate == pytest.approx(11), "an hour without calls proves nothing"
    for _ in range(30):
        hours.now += 1
        limiter.passed()
    assert limiter.rate == 20


def test_a_rate_that_the_user_gave_is_never_exceeded() -> None:
    """Neither by what goes through, nor by what is throttled below the usual bottom."""
    for rate in (5.0, 0.1):
        hours = Hours()
        limiter = limiter_at(hours, rate, ceiling=rate)
        for _ in range(200):
            hours.now += 1
            limiter.passed()
        assert limiter.rate == rate
        limiter.throttled()
        assert limiter.rate <= rate


def test_turns_given_out_before_a_throttle_are_given_out_anew() -> None:
    """Who waits already keeps the pause and the new rate, too: nobody goes by the old turns."""
    hours = Hours()
    limiter = limiter_at(hours, 10)
    for _ in range(40):
        limiter._take_turn()  # others, who wait: the last of them for about four seconds
    hours.events.append((hours.now + 1, limiter.throttled))
    began = hours.now
    assert limiter.wait(never)
    assert hours.now - began == pytest.approx(1.25), "the pause was kept, the queue is a new one"
    assert limiter.wait(never)
    assert hours.now - began == pytest.approx(1.45), "which moves at the new rate"


def test_who_gives_up_waits_no_longer() -> None:
    """It is looked five times a second; the answer is that no call may be made."""
    hours = Hours()
    limiter = limiter_at(hours, 0.2)
    limiter.wait(never)
    until = hours.now + 1
    began = hours.now
    assert not limiter.wait(lambda: hours.now >= until)
    assert hours.now - began <= 1.3
    assert not limiter.wait(lambda: True), "not even a turn that has come is taken"


def test_each_account_region_and_api_has_its_own() -> None:
    """One account's throttling slows nobody else; asking again gives the same limiter."""
    limiters = Limiters()
    mine = limiters.of("a", "us-east-1", "FilterLogEvents")
    assert limiters.of("a", "us-east-1", "FilterLogEvents") is mine
    others = [
        limiters.of("b", "us-east-1", "FilterLogEvents"),
        limiters.of("a", "eu-west-1", "FilterLogEvents"),
        limiters.of("a", "us-east-1", "GetLogEvents"),
    ]
    mine.throttled()
    assert mine.rate == 12.5
    assert [other.rate for other in others] == [25, 10, 25]
    assert limiters.throttles == 1


def test_rates_are_the_published_ones() -> None:
    """CloudWatch Logs User Guide, by API and region; what is not listed there starts low."""
    assert published_rate("FilterLogEvents", "us-east-1") == 25
    assert published_rate("FilterLogEvents", "eu-central-1") == 5
    assert published_rate("FilterLogEvents", "eu-north-1") == 10
    assert published_rate("GetLogEvents", "eu-west-3") == 30
    assert published_rate("GetLogEvents", "us-west-2") == 10
    assert published_rate("GetLogEvents", "us-east-1") == 25
    assert published_rate("DescribeLogGroups", "us-east-1") == 10
    assert published_rate("NewApi", "us-east-1") <= 5


def test_a_rate_bounds_every_api() -> None:
    """`--rate` is the start and the ceiling of all of them."""
    limiter = Limiters(3).of("a", "us-east-1", "FilterLogEvents")
    for _ in range(100):
        limiter.passed()
    assert limiter.rate == 3


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan")])
def test_a_rate_of_nothing_is_refused(rate: float) -> None:
    """It is a usage error, for nothing would ever be read."""
    with pytest.raises(UsageError, match="reads nothing"):
        Limiters(rate)
