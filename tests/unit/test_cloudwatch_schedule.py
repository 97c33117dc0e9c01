from __future__ import annotations

import random
from dataclasses import replace

import pytest

from slsloggrep.sources.base import Following
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.schedule import Allowance, Lateness, Pace, Sweep, Turns
from slsloggrep.sources.cloudwatch.seen import Memory
from slsloggrep.sources.cloudwatch.watch import Watch, Window

NOW = 1_795_000_000_000
PACE = Pace()

# How often


def test_the_interval_grows_where_nothing_happens() -> None:
    """Half a second while events come; 1, 2 and 5 s after a minute, ten minutes and an hour."""
    waits = [PACE.interval_after(quiet) for quiet in (0, 59, 60, 599, 600, 3599, 3600, 90_000)]
    assert waits == [0.5, 0.5, 1, 1, 2, 2, 5, 5]


def test_an_interval_that_the_user_gave_is_never_shortened() -> None:
    """Whoever asks for 3 s gets no poll after 1 s."""
    pace = Pace.of(Following(interval=3.0))
    assert [pace.interval_after(quiet) for quiet in (0, 60, 3600)] == [3, 3, 5]


@pytest.mark.parametrize(
    ("late", "reach"),
    [
        (3_600_000, [60_000, 600_000, 3_600_000]),
        (86_400_000, [60_000, 600_000, 86_400_000]),
        (600_000, [60_000, 600_000]),
        (30_000, [30_000]),
        (0, []),
    ],
)
def test_sweeps_reach_as_far_back_as_is_asked(late: int, reach: list[int]) -> None:
    """The last sweep is good for exactly `late`, and polls reach no further than that."""
    pace = Pace.of(Following(late=late))
    assert [sweep.lateness for sweep in pace.sweeps] == reach
    assert pace.longest <= max(late, pace.shortest)


# How far back


def test_the_overlap_follows_the_lateness_that_was_seen() -> None:
    """10 s at first; then twice the largest lateness of the last minutes, but 3 to 60 s."""
    lateness = Lateness(PACE)
    assert lateness.overlap(NOW) == 10_000
    lateness.note(400, NOW)
    assert lateness.overlap(NOW + 1_000) == 10_000, "one look is not enough to shorten it"
    lateness.note(400, NOW + 61_000)
    assert lateness.overlap(NOW + 61_000) == 3_000
    lateness.note(9_000, NOW + 62_000)
    lateness.note(500, NOW + 63_000)
    assert lateness.overlap(NOW + 63_000) == 18_000
    lateness.note(30_000, NOW + 64_000)
    assert lateness.overlap(NOW + 64_000) == 60_000


def test_the_overlap_forgets() -> None:
    """Lateness counts for some minutes, and what only sweeps can find does not count at all."""
    lateness = Lateness(PACE)
    lateness.note(20_000, NOW)
    for minute in range(1, 8):
        lateness.note(100, NOW + minute * 60_000)
    lateness.note(50_000, NOW + 8 * 60_000)
    assert lateness.overlap(NOW + 8 * 60_000) == 3_000


# How much of a quota


def test_calls_stay_within_their_share_of_the_rate() -> None:
    """In a minute at 10 calls a second, half of it: 300 calls, whenever they are asked for."""
    allowance = Allowance(lambda: 10.0, PACE, 0.0)
    taken = sum(allowance.take(step / 1000) for step in range(60_000))
    assert 299 <= taken <= 303


def test_the_share_follows_the_limiter() -> None:
    """A limiter that was throttled down makes polls rarer."""
    rate = 10.0
    allowance = Allowance(lambda: rate, PACE, 0.0)
    while allowance.take(0.0):
        pass
    rate = 1.0
    assert allowance.wait(0.0) == pytest.approx(2.0)
    assert not allowance.take(1.9)
    assert allowance.take(2.1)


def test_what_was_not_used_does_not_pile_up() -> None:
    """After an hour of silence, no burst hits the quota that others share."""
    allowance = Allowance(lambda: 10.0, PACE, 0.0)
    assert sum(allowance.take(3600.0) for _ in range(100)) == 2


def test_sweeps_get_their_part_and_no_more_while_polls_wait() -> None:
    """Neither starves: 40 of 100 calls are sweeps', and all of them where no poll waits."""
    contested = Allowance(lambda: 10.0, PACE, 0.0)
    polls = sweeps = 0
    for step in range(60_000):
        if contested.take_sweep(step / 1000, contested=True):
            sweeps += 1
        elif contested.take(step / 1000):
            polls += 1
    assert 115 <= sweeps <= 123
    assert 178 <= polls <= 186
    alone = Allowance(lambda: 10.0, PACE, 0.0)
    assert sum(alone.take_sweep(step / 1000, contested=False) for step in range(60_000)) > 290


def test_turns_come_by_time_and_patience() -> None:
    """Who is due earlier comes first, an active one before a quiet one, nobody too early."""
    turns = Turns[str]()
    turns.put("quiet", 1.0, patience=5.0)
    turns.put("active", 2.0)
    turns.put("later", 3.0)
    assert turns.pop(0.5) is None
    assert turns.next_due() == 1.0
    assert [turns.pop(2.5), turns.pop(2.5), turns.pop(2.5)] == ["active", "quiet", None]
    assert turns.pop(3.0) == "later"
    assert turns.next_due() is None


def test_a_quiet_one_does_not_wait_for_ever() -> None:
    """Active ones that are due again and again do not starve it."""
    turns = Turns[str]()
    turns.put("quiet", 0.0, patience=5.0)
    turns.put("active", 0.0)
    order = []
    for step in range(20):
        item = turns.pop(float(step))
        order.append(item)
        if item == "active":
            turns.put("active", step + 0.5)
    assert "quiet" in order[:8]


def test_a_turn_can_be_moved_and_taken_back() -> None:
    """Each item is due once: at the time that was given last."""
    turns = Turns[str]()
    turns.put("a", 1.0)
    turns.put("a", 5.0)
    turns.put("b", 1.0)
    turns.drop("b")
    assert not turns.is_due(4.0)
    assert turns.pop(5.0) == "a"
    assert turns.pop(99.0) is None


# What is read

SMALL_PACE = replace(
    PACE,
    overlap=2_000,
    shortest=1_000,
    longest=6_000,
    learning=3.0,
    sweeps=(Sweep(8_000, 3.0), Sweep(20_000, 7.0), Sweep(60_000, 20.0)),
)


class Simulation:
    """A group into which events arrive late and from the future, and a follower that is hindered.

    Time passes in steps; windows take several of them, break off, and are not begun for a while.
    """

    def __init__(self, dice: random.Random, small: int, *, bound: int | None = None) -> None:
        self.dice = dice
        self.now = NOW
        self.bound = bound
        self.memory = Memory(bucket=1_000)
        self.watch = Watch(
            group=Group(name="g", logs=None),  # type: ignore[arg-type]
            memory=self.memory,
            pace=replace(SMALL_PACE, small=small),
            since=NOW - 10_000,
            until=None,
            started=NOW / 1000,
        )
        late = [0, 500, 1_500, 4_000, 7_000, 12_000, 25_000, 50_000]
        self.events = [
            (arrival - dice.choice(late) + dice.choice([0, 0, 0, 300, 5_000]), arrival, number)
            for number, arrival in enumerate(
                sorted(NOW + dice.randrange(90_000) for _ in range(400))
            )
        ]
        self.found: list[int] = []
        self.open: list[tuple[Window, int]] = []

    def run(self, until: int) -> None:
        hindered_until = 0
        while self.now < until:
            self.now += self.dice.choice([50, 200, 700])
            if self.dice.random() < 0.004:
                hindered_until = self.now + self.dice.choice([3_000, 15_000, 40_000])
            for item in list(self.open):
                self.open.remove(item)
                self.advance(*item)
            if self.now < hindered_until:
                continue
            seconds = self.now / 1000
            if self.watch.tiers[0].running is None and self.dice.random() < 0.5:
                poll = self.watch.poll(seconds, self.now, self.now)
                assert poll.since >= self.memory.floor
                self.open.append((poll, 0))
            if self.dice.random() < 0.7:
                window = self.watch.sweep(seconds, self.now, self.now)
                if window is not None:
                    assert window.since >= self.memory.floor
                    self.open.append((window, window.since))

    def advance(self, window: Window, position: int) -> None:
        """Read the next page of a window, ascending, as the service shows it at this moment."""
        if self.dice.random() < 0.02:
            self.watch.give_up(window)
            return
        start = max(position, window.since)
        end = self.now + 10_000 if window.until is None else window.until
        page_end = start + self.dice.choice([3_000, 30_000, 100_000])
        last = page_end >= end
        page_end = end if last else page_end
        unread, floor = self.watch.unread(window), self.memory.floor
        lateness = -1
        reached = 0
        for timestamp, arrival, number in self.events:
            if arrival <= self.now and start <= timestamp < page_end:
                reached = max(reached, timestamp)
                if timestamp < floor and (unread is None or timestamp < unread):
                    continue
                if self.memory.admit(timestamp, number):
                    self.found.append(number)
                    lateness = max(lateness, arrival - timestamp)
        self.watch.advance(window, reached)
        if lateness >= 0:
            self.watch.lateness.note(lateness, self.now)
        if last:
            self.watch.finish(window, self.now / 1000, 0)
            self.memory.forget(self.watch.horizon(), self.now)
            while self.bound is not None and self.memory.size > self.bound:
                if (self.memory.oldest() or 0) + 1_000 > self.now - 12_000:
                    break
                self.memory.shorten()
        else:
            self.open.append((window, page_end))


@pytest.mark.parametrize("small", [0, 40, 10_000])
@pytest.mark.parametrize("seed", range(40))
def test_no_event_is_lost_and_none_comes_twice(seed: int, small: int) -> None:
    """Whatever is late by less than the last sweep is good for is found, exactly once.

    However polls and sweeps interlock, break off, take long or are not made for a while.
    """
    simulation = Simulation(random.Random(seed), small)
    simulation.run(NOW + 90_000 + 70_000)
    wanted = {number for timestamp, _, number in simulation.events if timestamp >= NOW - 10_000}
    assert set(simulation.found) == wanted
    assert len(simulation.found) == len(wanted)


@pytest.mark.parametrize("seed", range(60))
def test_where_memory_is_short_late_events_may_be_lost_but_none_comes_twice(seed: int) -> None:
    """Windows do not reach below what was forgotten; whatever is not late is still found."""
    simulation = Simulation(random.Random(seed), 0, bound=50)
    simulation.run(NOW + 90_000 + 70_000)
    assert simulation.memory.floor > NOW
    assert len(simulation.found) == len(set(simulation.found))
    punctual = {
        number
        for timestamp, arrival, number in simulation.events
        if timestamp >= NOW - 10_000 and arrival - timestamp <= 500
    }
    assert punctual <= set(simulation.found)


def small_watch(memory: Memory | None = None) -> Watch:
    return Watch(
        group=Group(name="g", logs=None),  # type: ignore[arg-type]
        memory=memory or Memory(),
        pace=PACE,
        since=NOW - 7_200_000,
        until=None,
        started=0.0,
    )


def test_a_poll_has_no_end() -> None:
    """Clocks may be ahead: what is dated two hours from now is read like anything else."""
    window = small_watch().poll(0.0, NOW, NOW)
    assert window.until is None
    assert window.since == NOW - 7_200_000


def test_sweeps_of_a_quiet_group_cost_no_calls() -> None:
    """Where little was written, a poll simply reaches further back when a sweep is due."""
    watch = small_watch()
    watch.finish(watch.poll(0.0, NOW, NOW), 0.0, 0)
    watch.finish(watch.poll(1.0, NOW + 1_000, NOW + 1_000), 1.0, 0)
    window = watch.poll(11.0, NOW + 11_000, NOW + 11_000)
    assert len(window.tiers) == 2
    watch.finish(window, 11.0, 0)
    assert not watch.wants_sweep(11.0)


def test_sweeps_of_a_busy_group_do_not_hold_up_its_polls() -> None:
    """Where much was written, a sweep is a window of its own, which ends where polls begin."""
    memory = Memory()
    watch = small_watch(memory)
    watch.finish(watch.poll(0.0, NOW, NOW), 0.0, 0)
    for number in range(PACE.small + 1):
        memory.admit(NOW - 1_000, number)
    poll = watch.poll(11.0, NOW + 11_000, NOW + 11_000)
    assert len(poll.tiers) == 1
    sweep = watch.sweep(11.0, NOW + 11_000, NOW + 11_000)
    assert sweep is not None
    assert sweep.until is not None
    watch.finish(poll, 12.0, 0)
    assert watch.poll(12.0, NOW + 12_000, NOW + 12_000).since <= sweep.until


def test_time_that_went_unread_is_in_the_next_window() -> None:
    """After a night's sleep, the poll begins where the last one was complete, minus the overlap."""
    watch = small_watch()
    watch.finish(watch.poll(0.0, NOW, NOW), 0.0, 0)
    night = 8 * 3_600_000
    window = watch.poll(1.0, NOW + night, NOW + night)
    assert window.since <= NOW - PACE.overlap
    watch.finish(window, 2.0, 0)
    later = watch.poll(700.0, NOW + night + 700_000, NOW + night + 700_000)
    assert later.since <= NOW - 3_600_000, "so do the sweeps: what came late in the night counts"


def test_a_wrong_clock_is_put_right_by_the_answer() -> None:
    """What is complete is told by the service's time, known only when it answered."""
    watch = small_watch()
    hour = 3_600_000
    watch.finish(watch.poll(0.0, NOW + hour, NOW + hour), 0.0, -hour)
    assert watch.complete <= NOW


def test_a_poll_keeps_to_what_a_sweep_was_promised() -> None:
    """The service turns out to be ahead: the next poll still begins where the sweep ended."""
    memory = Memory()
    watch = small_watch(memory)
    watch.finish(watch.poll(0.0, NOW, NOW), 0.0, 0)
    for number in range(PACE.small + 1):
        memory.admit(NOW - 1_000, number)
    poll = watch.poll(11.0, NOW + 11_000, NOW + 11_000)
    sweep = watch.sweep(11.0, NOW + 11_000, NOW + 11_000)
    assert sweep is not None
    watch.finish(poll, 12.0, 20_000)
    assert sweep.until is not None
    assert watch.poll(12.0, NOW + 32_000, NOW + 12_000).since <= sweep.until


def test_a_window_that_broke_off_is_read_again_from_its_beginning() -> None:
    """Nothing of it counts as read, the sweeps that had joined it included."""
    watch = small_watch()
    watch.finish(watch.poll(0.0, NOW, NOW), 0.0, 0)
    window = watch.poll(11.0, NOW + 11_000, NOW + 11_000)
    watch.advance(window, NOW + 10_000)
    watch.give_up(window)
    assert watch.complete <= NOW
    again = watch.poll(12.0, NOW + 12_000, NOW + 12_000)
    assert again.since <= window.since
    assert set(again.tiers) == set(window.tiers)
    assert watch.unread(again) == NOW + 10_001, "what it did read is known to have been read"
