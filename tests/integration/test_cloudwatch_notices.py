"""Following says what was missed and caught up, and says nothing where nothing was wrong."""

from __future__ import annotations

import time

from cloudwatch_tail import FAST, Tail, paced
from logs_service import LogsService

SHOP = "/aws/lambda/shop"


def now() -> int:
    return time.time_ns() // 1_000_000


def test_a_slow_reader_is_no_outage(cloudwatch: LogsService) -> None:
    """While nobody takes the events nothing is heard of the service, and nothing is wrong."""
    cloudwatch.put(SHOP, "a", [(now() - 5_000 + n, f"{n}") for n in range(3_000)])
    slept: list[float] = []

    def sleep_once(tail: Tail) -> None:
        # In the middle of the events: that is where a full pipe holds up whoever follows.
        if len(tail.events) > 300 and not slept:
            slept.append(FAST.behind + 2)
            time.sleep(slept[0])

    with Tail(cloudwatch.url, SHOP, since=now() - 60_000, at_pulse=sleep_once) as tail:
        tail.wait_for("2999")
        cloudwatch.put(SHOP, "a", [(now(), "after")])
        tail.wait_for("after")
        tail.wait_pulses(20)
    assert slept
    assert tail.notices == []


def test_many_groups_under_a_small_rate_are_no_outage(cloudwatch: LogsService) -> None:
    """A round that takes long because the quota is shared is what it has to be."""
    names = [f"/aws/lambda/f{number:02}" for number in range(12)]
    for name in names:
        cloudwatch.put(name, "a", [(now() - 1_000, name)])
    # A round takes longer than a group may go unread where nothing is shared.
    pace = paced(share=0.5, behind=1.0)
    with Tail(cloudwatch.url, *names, since=now() - 60_000, rate=10.0, pace=pace) as tail:
        tail.wait_for(*names)
        # Three rounds: how long one takes is not known before the second.
        tail.wait(lambda: len(cloudwatch.calls("FilterLogEvents")) > 3 * len(names))
        tail.wait_pulses(5)
    assert tail.notices == []


def test_a_session_that_is_not_renewed_leaves_nothing_twice(cloudwatch: LogsService) -> None:
    """What live tail has shown is still paired with what polls bring, when it has ended."""
    cloudwatch.world.live.interval = 0.05
    cloudwatch.put(SHOP, "a", [(now(), "before")])
    pace = paced(behind_live=3.0)
    with Tail(cloudwatch.url, SHOP, since=now() - 60_000, live=True, pace=pace) as tail:
        tail.wait_for("before")
        tail.wait(lambda: cloudwatch.world.live.open == 1)
        polls = len(cloudwatch.calls("FilterLogEvents"))
        tail.wait(lambda: len(cloudwatch.calls("FilterLogEvents")) > polls)
        cloudwatch.deny("StartLiveTail")
        cloudwatch.delay("FilterLogEvents", 0.8)
        cloudwatch.put(SHOP, "a", [(now(), "x1"), (now(), "x2")])
        tail.wait_for("x1", "x2")
        cloudwatch.world.live.timeouts = 1
        tail.wait(lambda: cloudwatch.calls("StartLiveTail", "AccessDeniedException"))
        polls = len(cloudwatch.calls("FilterLogEvents"))
        tail.wait(lambda: len(cloudwatch.calls("FilterLogEvents")) > polls + 3)
        tail.wait_pulses(5)
    assert sorted(tail.messages) == ["before", "x1", "x2"]
