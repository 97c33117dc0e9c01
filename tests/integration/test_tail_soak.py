"""Fifty writers and a service that is hindered in every way it can be, for half a minute."""

from __future__ import annotations

import heapq
import random
import threading
import time
from collections import Counter, defaultdict
from typing import NamedTuple

from cloudwatch_tail import Tail, paced
from logs_service import LogsService

from slsloggrep.model import Event
from slsloggrep.sources.base import Pulse
from slsloggrep.sources.cloudwatch.schedule import Sweep

GROUPS = [f"/aws/lambda/soak-{number}" for number in range(5)]
STREAMS = 10
"""In each group."""
EVENTS = 204_000
SECONDS = 22.0
BATCH = 20
REORDER = 1_000
"""How long whoever follows waits for older events."""
PUNCTUAL = 300
"""What is visible so soon after its time can be put in order by waiting that long."""

PACE = paced(
    interval=0.25,
    overlap=1_000,
    shortest=500,
    longest=2_000,
    learning=1.0,
    sweeps=(Sweep(8_000, 2.0), Sweep(60_000, 5.0)),
    small=500,
    silence=1.0,
    behind=30.0,
    held=60_000,
    pulse=0.1,
)


class Writer(NamedTuple):
    """A stream and the clock of whoever writes to it."""

    group: str
    stream: str
    skew: int
    """How far its clock is ahead, in ms."""


def writers(dice: random.Random) -> list[Writer]:
    # Most clocks are good; some are behind, within the overlap and beyond it; some are ahead.
    skews = [0, 0, 0, -100, 50, -200, -4_000, 500, 5_000, 60_000]
    return [
        Writer(group, f"2026/11/23/[$LATEST]{number:032x}", skews[number] + dice.randrange(5))
        for group in GROUPS
        for number in range(STREAMS)
    ]


class Load:
    """Writes events on a thread, some of which become visible much later than they were written."""

    def __init__(self, service: LogsService) -> None:
        self.service = service
        self.written = 0
        self.late: set[str] = set()
        """What may be shown out of order."""
        self._dice = random.Random(7)
        self._writers = writers(self._dice)
        self._numbers: Counter[Writer] = Counter()
        self._last: dict[Writer, int] = {}
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        began = time.monotonic()
        while self.written < EVENTS:
            due = EVENTS * (time.monotonic() - began) / SECONDS
            while self.written < min(due, EVENTS):
                self._write(self._dice.choice(self._writers))
            time.sleep(0.02)

    def _write(self, writer: Writer) -> None:
        now = self.service.clock()
        # A stream's own clock does not go back.
        timestamp = max(now + writer.skew, self._last.get(writer, 0))
        events = []
        for _ in range(BATCH):
            self._numbers[writer] += 1
            events.append((timestamp, f"{writer.group} {writer.stream} {self._numbers[writer]}"))
            timestamp += self._dice.random() < 0.1
        self._last[writer] = timestamp
        ingested = now
        if self._dice.random() < 0.02:
            ending = self.written > 0.7 * EVENTS  # else the test would have to wait for them
            ingested += self._dice.choice([300, 1_000, 3_000] + [9_000, 15_000] * (not ending))
        self.service.put(writer.group, writer.stream, events, ingested=ingested)
        self.written += BATCH
        visible = max(ingested, self.service.clock())
        # Delayed at all: of equal times, the one that was ingested first comes first.
        self.late.update(
            text for time, text in events if ingested > now or visible - time > PUNCTUAL
        )


def hinder(service: LogsService, load: Load) -> None:
    """Throttle, cut, fail, restart: all the time, and all at once."""
    dice = random.Random(11)
    service.throttle("FilterLogEvents", probability=0.05)
    service.cut("FilterLogEvents", "before", probability=0.01)
    service.cut("FilterLogEvents", "headers", probability=0.01)
    service.cut("FilterLogEvents", "body", probability=0.02)
    service.fail("FilterLogEvents", status=503, probability=0.01)
    while load.thread.is_alive():
        time.sleep(dice.uniform(1.5, 4.0))
        what = dice.choice(["restart", "cut", "tokens", "limit"])
        if what == "restart":
            service.stop()
            time.sleep(dice.uniform(0.1, 2.0))
            service.start()
        elif what == "cut":
            service.cut_connections()
        elif what == "tokens":
            service.world.expire_tokens()
        else:
            service.limit("FilterLogEvents", 4.0)
            time.sleep(1.0)
            service.limit("FilterLogEvents", None)


def in_order(arrivals: list[object]) -> list[tuple[Event, bool]]:
    """Return events as someone shows them who waits for older ones, and which came too late."""
    waiting: list[tuple[object, int, Event]] = []
    shown: list[tuple[Event, bool]] = []
    released = 0
    for number, arrival in enumerate(arrivals):
        if isinstance(arrival, Pulse):
            released = arrival.time - REORDER
            while waiting and waiting[0][2].timestamp <= released:
                shown.append((heapq.heappop(waiting)[2], False))
        elif isinstance(arrival, Event):
            if arrival.timestamp <= released:
                shown.append((arrival, True))
            else:
                heapq.heappush(waiting, (arrival.order, number, arrival))
    shown.extend((heapq.heappop(waiting)[2], False) for _ in range(len(waiting)))
    return shown


def test_nothing_is_lost_repeated_or_disordered(cloudwatch: LogsService) -> None:
    """Of 200,000 events of 50 streams, each comes once, and those that are not late in order."""
    cloudwatch.world.page_events = 4_000
    cloudwatch.world.empty_pages = 0
    for group in GROUPS:
        cloudwatch.create_group(group)
    load = Load(cloudwatch)
    start = cloudwatch.clock()
    with Tail(
        cloudwatch.url, "/aws/lambda/soak-*", since=start - 60_000, pace=PACE, rate=100.0
    ) as tail:
        load.thread.start()
        hinder(cloudwatch, load)
        load.thread.join()
        cloudwatch.faults.clear()
        tail.wait(lambda: len(tail.events) >= load.written, "not all of it came")
        tail.wait_pulses(10)
    assert load.written >= 200_000
    counts = Counter(tail.messages)
    assert len(counts) == load.written, "some were lost"
    assert max(counts.values()) == 1, "some came twice"

    last: dict[tuple[str, str], int] = defaultdict(int)
    disordered, overtaken = [], []
    for event, late in in_order(tail.arrivals):  # type: ignore[arg-type]
        if event.message in load.late:
            continue
        if late:
            overtaken.append(event.message)
        number = int(event.message.rpartition(" ")[2])
        place = event.log_group, event.log_stream
        if number < last[place]:
            disordered.append(event.message)
        last[place] = max(last[place], number)
    assert not overtaken, f"{len(overtaken)} were not waited for, such as {overtaken[:5]}"
    assert not disordered, f"{len(disordered)} out of order, such as {disordered[:5]}"
    kinds = {request.answer for request in cloudwatch.requests}
    assert {"ok", "cut", "ThrottlingException"} <= kinds, "it was not hindered"
