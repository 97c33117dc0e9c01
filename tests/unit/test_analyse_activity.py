"""Invocations and crashes over time: each once, in stretches without holes."""

from __future__ import annotations

import itertools
from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slsloggrep.analyse.activity import Pulse, TimedLedger, activity_of
from slsloggrep.analyse.dimensions import Numbering
from slsloggrep.model import Crash, FigureBatch, Status

MINUTE = 60_000
NOON = 1_795_435_200_000


def crash(time: int) -> Crash:
    return Crash(
        time=time,
        function="pay",
        request_id=None,
        log_group="/aws/lambda/pay",
        log_stream="s",
        kind=Status.ERROR,
        error_type=None,
        message=None,
        fingerprint="0" * 16,
        title="error",
    )


def batch(
    times: list[int], group: str = "/aws/lambda/pay", streams: list[str] | None = None
) -> FigureBatch:
    count = len(times)
    nothing = [None] * count
    return FigureBatch(
        log_group=group,
        log_streams=streams or ["2026/11/23/[$LATEST]" + "a" * 32] * count,
        request_ids=[str(index) for index in range(count)],
        identities=[hash((index, time)) for index, time in enumerate(times)],
        times=times,
        durations_ms=[1.0] * count,
        billed_ms=nothing,
        memory_mb=nothing,
        max_memory_mb=nothing,
        init_ms=nothing,
        restore_ms=nothing,
    )


@given(
    st.lists(st.integers(0, 5 * 60 * MINUTE), max_size=40),
    st.lists(st.integers(0, 5 * 60 * MINUTE), max_size=10),
    st.booleans(),
)
def test_every_end_and_every_crash_counts_once(
    ends: list[int], crashes: list[int], has_window: bool
) -> None:
    """Stretches follow each other without holes, and what is in them adds up to all there is."""
    pulse = Pulse()
    times = [NOON + end for end in ends]
    for _ in range(2):
        pulse.add(range(len(times)), times)
    window = (NOON, NOON + 5 * 60 * MINUTE + 1) if has_window else (None, None)
    activity = activity_of([crash(NOON + time) for time in crashes], *window, pulse)
    if not ends and not crashes and not has_window:
        assert activity == ()
        return
    assert sum(slot.invocations or 0 for slot in activity) == (len(ends) if ends or crashes else 0)
    assert sum(slot.crashes for slot in activity) == len(crashes)
    assert all(a.until == b.start for a, b in itertools.pairwise(activity))
    assert len({slot.until - slot.start for slot in activity}) <= 1
    assert len(activity) <= 62


def test_nothing_at_all_has_no_stretches() -> None:
    """Where nothing ended, there is no chart to draw."""
    assert activity_of([], None, None, Pulse()) == ()


def test_without_a_pulse_invocations_are_not_counted() -> None:
    """Not counted is not zero."""
    (slot,) = activity_of([crash(NOON + 1)], NOON, NOON + MINUTE)
    assert (slot.invocations, slot.crashes) == (None, 1)


def test_a_ledger_counts_what_its_window_holds() -> None:
    """What lies beside the window is neither in the table nor in the counts."""
    ledger = TimedLedger(since=NOON, until=NOON + MINUTE)
    given = batch([NOON - 1, NOON, NOON + MINUTE - 1, NOON + MINUTE])
    ledger.add(given)
    ledger.add(given)
    (row,) = ledger.rows()
    assert row.invocations == 2
    assert ledger.pulse.between(NOON, NOON + MINUTE) == 2
    assert ledger.pulse.bounds == (NOON, NOON + MINUTE)


STREAMS = st.sampled_from(
    [
        "2026/11/23/[$LATEST]" + "a" * 32,
        "2026/11/23/[7]" + "b" * 32,
        "2026/11/23/shop[$LATEST]" + "c" * 32,
        "states/abcd[x/1",
        "",
        "[",
        "2026/11/23/",
    ]
)
GROUPS = st.sampled_from(
    [
        "/aws/lambda/pay",
        "/aws/lambda/us-east-1.edge",
        "/aws/lambda/web/site",
        "/shared",
        "/aws/vendedlogs/states/flow-Logs",
        "",
    ]
)


@given(
    GROUPS,
    st.lists(STREAMS, min_size=1, max_size=6),
    st.sampled_from([(), ("cold",), ("memory",), ("version",), ("environment",), ("hour",)]),
)
def test_a_batch_is_numbered_as_its_streams_are(
    group: str, streams: list[str], by: tuple[str, ...]
) -> None:
    """That usual streams need not be looked at one by one changes no row."""
    times = [NOON + index for index in range(len(streams))]
    whole = Numbering(by, UTC)
    numbers = whole.of_batch(batch(times, group, streams))
    each = [numbers] * len(streams) if isinstance(numbers, int) else numbers
    apart = []
    for time, stream in zip(times, streams, strict=True):
        # A stream that is no usual one first, so that each is looked at by itself.
        single = Numbering(by, UTC)
        number = single.of_batch(batch([time, time], group, [stream, ""]))
        first = number if isinstance(number, int) else number[0]
        apart.append(single.keys[first])
    assert [whole.keys[number] for number in each] == apart


@pytest.mark.parametrize(
    ("since", "now", "last"),
    [
        (NOON, NOON + 19 * MINUTE, NOON + 19 * MINUTE),
        (NOON, NOON + 60 * 24 * MINUTE, NOON + 10 * MINUTE),
        (None, NOON + 19 * MINUTE, NOON + 10 * MINUTE),
    ],
)
def test_a_window_without_an_end_goes_on_until_now_if_that_is_near(
    since: int | None, now: int, last: int
) -> None:
    """That it became quiet is seen, and so is what an old archive holds."""
    crashes = [crash(NOON), crash(NOON + 10 * MINUTE - 1)]
    assert activity_of(crashes, since, None, now=now)[-1].until == last
