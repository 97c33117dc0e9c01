"""The generated system is what its tests take it for."""

from __future__ import annotations

import json
import re
from collections import Counter

from truth_fleet import FLEET, MANAGED
from truth_model import FAILED, System
from truth_packing import pack
from truth_places import NOW, whole  # noqa: F401 - a fixture
from truth_system import generate

_END = re.compile(r'REPORT RequestId|\{"time":"[^"]*","type":"platform\.report"')
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def test_the_same_seed_gives_the_same_system(whole: System) -> None:  # noqa: F811
    """Nothing but seed and time decides, so that a failure can be seen again."""
    assert generate(NOW) == whole
    assert generate(NOW, seed=1) != whole


def test_everything_happens(whole: System) -> None:  # noqa: F811
    """There are all kinds of ends, attempts up to the third, warm and cold starts, many streams."""
    runs = whole.runs
    assert len(whole.counted) >= 5_000
    assert {run.status for run in runs} == FAILED | {"ok", "incomplete"}
    assert {run.function for run in runs} == {plan.function.name for plan in (*FLEET, MANAGED)}
    attempts = Counter((run.function, run.request_id) for run in runs if run.request_id)
    assert set(attempts.values()) == {1, 2, 3}
    streams = Counter(run.stream for run in runs)
    assert len(streams) > 100
    assert max(streams.values()) > 20
    assert 0.03 < sum(run.cold for run in runs) / len(runs) < 0.3
    assert sum(not run.told for run in runs) > 100


def test_nothing_is_cut_but_what_still_runs(whole: System) -> None:  # noqa: F811
    """Every end that is true was written; only what is incomplete, or vanished, has none."""
    ends = Counter(
        (stream.name, found[0])
        for stream in whole.streams
        for line in stream.lines
        if _END.match(line.message)
        for found in [_UUID.search(line.message)]
        if found
    )
    true = Counter(
        (run.stream, run.request_id) for run in whole.runs if run.told and run.end is not None
    )
    assert ends == true
    for run in whole.runs:
        assert run.end is None or run.start <= run.end <= NOW
        assert run.end is not None or run.status != "ok"


def test_streams_are_in_order(whole: System) -> None:  # noqa: F811
    """CloudWatch keeps the order in which a stream was written, and nothing is of the future."""
    for stream in whole.streams:
        times = [line.time for line in stream.lines]
        assert times == sorted(times)
        assert times[-1] <= NOW


def test_archives_hold_everything_and_a_tenth_twice(whole: System) -> None:  # noqa: F811
    """Each event is delivered at least once, some again, none too much."""
    objects = pack(whole, 1, packings=("an event a line",))
    delivered = Counter(
        json.loads(line)["id"] for body in objects.values() for line in body.split(b"\n")
    )
    total = sum(len(stream.lines) for stream in whole.streams)
    assert len(delivered) == total
    assert 0.08 < delivered.total() / total - 1 < 0.12
