from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from cloudwatch_tail import Tail, paced
from logs_service import LogsService

from slsloggrep.sources import aws as aws_module
from slsloggrep.sources.cloudwatch import live as live_module

SHOP = "/aws/lambda/shop"
CART = "/aws/lambda/cart"
MINUTE = 60_000


def now() -> int:
    return time.time_ns() // 1_000_000


def once(tail: Tail, expected: list[str]) -> None:
    """Check that exactly these messages came, each as often as it is there."""
    assert sorted(tail.messages) == sorted(expected)


def live_events(tail: Tail) -> int:
    """Return how many events a session brought: those have no ID."""
    return sum(not event.event_id for event in list(tail.events))


def eventually(what: Callable[[], bool]) -> bool:
    """Tell whether something becomes so within some seconds."""
    end = time.monotonic() + 10
    while not (so := what()) and time.monotonic() < end:
        time.sleep(0.02)
    return so


@pytest.fixture
def quick(cloudwatch: LogsService, monkeypatch: pytest.MonkeyPatch) -> LogsService:
    """Give a service whose sessions send ten updates a second, and a tail that restarts soon."""
    cloudwatch.world.live.interval = 0.1
    monkeypatch.setattr(live_module, "_PAUSE_S", 0.1)
    return cloudwatch


def live_tail(service: LogsService, *groups: str, **options: object) -> Tail:
    pace = options.pop("pace", paced(behind_live=0.5))
    return Tail(service.url, *groups, since=now() - MINUTE, live=True, pace=pace, **options)  # type: ignore[arg-type]


def put(service: LogsService, group: str, *texts: str) -> list[str]:
    service.put(group, "a", [(now(), text) for text in texts])
    return list(texts)


def test_events_come_from_the_session_and_once(quick: LogsService) -> None:
    """What is pushed is handed on before it is polled, and the polled copy is not a second one."""
    expected = put(quick, SHOP, "before")
    with live_tail(quick, SHOP) as tail:
        tail.wait_for("before")
        tail.wait(lambda: quick.world.live.open == 1)
        for number in range(30):
            expected += put(quick, SHOP, f"{number}", "the same", "the same")
            tail.wait_pulses(1)
        tail.wait_for(*expected)
        tail.wait(lambda: live_events(tail) >= 60, "the session brought too little")
        tail.wait_pulses(30)
    once(tail, expected)
    assert not tail.notices
    assert eventually(lambda: quick.world.live.open == 0), "the session was not closed"


def test_what_sampling_leaves_out_is_filled_in_by_polls(quick: LogsService) -> None:
    """The service admits that it samples: it is said once, and nothing is missing."""
    quick.world.live.drop = 0.5
    quick.put(SHOP, "a", [(now() - 10_000, "before")])
    with live_tail(quick, SHOP) as tail:
        tail.wait(lambda: quick.world.live.open == 1)
        expected = ["before"]
        for number in range(40):
            expected += put(quick, SHOP, *(f"{number}.{part}" for part in range(10)))
            tail.wait_pulses(1)
        tail.wait_for(*expected)
        tail.wait_pulses(20)
    once(tail, expected)
    assert 0 < live_events(tail) < len(expected)
    assert len([text for text in tail.notices if "leaves events out" in text]) == 1
    assert len(tail.notices) == 1


def test_what_is_left_out_in_silence_is_filled_in_too(quick: LogsService) -> None:
    """Completeness does not rest on what the service admits, nor on the order of an update."""
    quick.world.live.drop = 0.3
    quick.world.live.silent = True
    quick.world.live.shuffled = True
    quick.put(SHOP, "a", [(now() - 10_000, "before")])
    with live_tail(quick, SHOP) as tail:
        tail.wait(lambda: quick.world.live.open == 1)
        expected = ["before"]
        for number in range(30):
            expected += put(quick, SHOP, *(f"{number}.{part}" for part in range(10)))
            tail.wait_pulses(1)
        tail.wait_for(*expected)
        tail.wait_pulses(20)
    once(tail, expected)
    assert not tail.notices


def test_polls_that_are_faster_than_the_session_repeat_nothing(quick: LogsService) -> None:
    """A polled event may come before its live copy."""
    quick.world.live.interval = 0.7
    quick.put(SHOP, "a", [(now() - 10_000, "before")])
    with live_tail(quick, SHOP, pace=paced(behind_live=0.05, interval=0.05)) as tail:
        tail.wait(lambda: quick.world.live.open == 1)
        expected = ["before"]
        for number in range(60):
            expected += put(quick, SHOP, f"{number}", "the same")
            tail.wait_pulses(1)
        tail.wait_for(*expected)
        tail.wait_pulses(40)
    once(tail, expected)


@pytest.mark.parametrize("ending", ["timeouts", "failures", "cuts"])
def test_a_session_that_ends_is_started_anew(quick: LogsService, ending: str) -> None:
    """After three hours, after a failure, after a cut: nothing is lost on the way."""
    quick.put(SHOP, "a", [(now() - 10_000, "before")])
    with live_tail(quick, SHOP) as tail:
        expected = ["before"]
        for turn in range(3):
            tail.wait(lambda turn=turn: quick.world.live.started > turn and quick.world.live.open)
            for number in range(5):
                expected += put(quick, SHOP, f"{turn}.{number}")
                tail.wait_pulses(2)
            setattr(quick.world.live, ending, 1)
            for number in range(5, 10):
                expected += put(quick, SHOP, f"{turn}.{number}")
                tail.wait_pulses(2)
        tail.wait(lambda: quick.world.live.started == 4)
        tail.wait_for(*expected)
        tail.wait_pulses(20)
    once(tail, expected)
    cut = [text for text in tail.notices if "was cut off" in text]
    assert len(cut) == (ending != "timeouts"), "a session's usual end is nothing to tell"
    assert len(tail.notices) == len(cut)


def test_many_groups_share_sessions_of_ten(quick: LogsService) -> None:
    """25 groups take three sessions; their copies are told apart."""
    groups = [f"/aws/lambda/f{number}" for number in range(25)]
    for group in groups:
        quick.put(group, "a", [(now() - 10_000, "before")])
    with live_tail(quick, "/aws/lambda/*") as tail:
        tail.wait(lambda: quick.world.live.open == 3)
        expected = ["before"] * 25
        for group in groups:
            expected += put(quick, group, "the same")
        tail.wait(lambda: len(tail.events) == 50)
        tail.wait_pulses(20)
    once(tail, expected)
    sizes = [len(request.groups) for request in quick.calls("StartLiveTail")]
    assert sorted(sizes) == [5, 10, 10]


def test_groups_beyond_the_limit_are_polled(
    quick: LogsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than the sessions hold: said, and nothing is missing."""
    monkeypatch.setattr(live_module, "SESSIONS", 1)
    groups = [f"/aws/lambda/f{number:02}" for number in range(12)]
    for group in groups:
        quick.put(group, "a", [(now() - 10_000, "before")])
    with live_tail(quick, "/aws/lambda/*") as tail:
        tail.wait_notice(
            "live tail takes 10 log groups at once in us-east-1: the other 2 are polled"
        )
        expected = ["before"] * 12
        for group in groups:
            expected += put(quick, group, group)
        tail.wait_for(*groups)
        tail.wait_pulses(20)
    once(tail, expected)
    assert quick.world.live.started == 1


def test_a_group_that_appears_comes_live_too(quick: LogsService) -> None:
    """It gets a session of its own."""
    expected = put(quick, SHOP, "shop")
    with live_tail(quick, "/aws/lambda/*") as tail:
        tail.wait(lambda: quick.world.live.open == 1)
        expected += put(quick, CART, "cart")
        tail.wait(lambda: quick.world.live.open == 2)
        for number in range(10):
            expected += put(quick, CART, f"{number}")
            tail.wait_pulses(2)
        tail.wait_for(*expected)
        tail.wait(lambda: live_events(tail) > 0)
    once(tail, expected)


@pytest.mark.parametrize(
    ("code", "notice"),
    [
        ("AccessDeniedException", "there is no live tail in us-east-1: access denied"),
        ("LimitExceededException", "no more live sessions are allowed in us-east-1"),
        ("InvalidOperationException", "there is no live tail in us-east-1"),
    ],
)
def test_where_there_is_no_live_tail_polls_do_it_alone(
    quick: LogsService, code: str, notice: str
) -> None:
    """It is said why, and polls are as fast as without it."""
    quick.fault("StartLiveTail", code=code)
    expected = put(quick, SHOP, "before")
    with live_tail(quick, SHOP, pace=paced(behind_live=60.0)) as tail:
        tail.wait_notice(notice)
        for number in range(10):
            expected += put(quick, SHOP, f"{number}")
            tail.wait_for(f"{number}")
    once(tail, expected)
    assert len(tail.notices) == 1
    assert len(quick.calls("StartLiveTail")) == 1


def test_moto_has_none(aws, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    """Its sessions end as soon as they begin: polls do it alone."""
    monkeypatch.setattr(live_module, "_PAUSE_S", 0.1)
    client = aws.client("logs")
    client.create_log_group(logGroupName=SHOP)
    client.create_log_stream(logGroupName=SHOP, logStreamName="a")
    with Tail(
        aws.url, SHOP, since=now() - MINUTE, live=True, pace=None, regions=("us-east-1",)
    ) as tail:
        tail.wait_notice("live tail in us-east-1 ends as soon as it begins: polling instead")
        client.put_log_events(
            logGroupName=SHOP,
            logStreamName="a",
            logEvents=[{"timestamp": now(), "message": "there"}],
        )
        tail.wait_for("there")
    once(tail, ["there"])


def test_a_silent_session_does_not_keep_ctrl_c_waiting(quick: LogsService) -> None:
    """A thread that blocks in a read is woken."""
    quick.world.live.interval = 600.0
    quick.create_group(SHOP)
    with live_tail(quick, SHOP) as tail:
        tail.wait(lambda: quick.world.live.open == 1)
        tail.wait_pulses(5)
        assert any(thread.name == "live tail" for thread in threading.enumerate())
        tail.stop()
    assert eventually(lambda: all(t.name != "live tail" for t in threading.enumerate()))


def test_the_server_is_away_and_comes_back(quick: LogsService) -> None:
    """Session and polls fail together; both begin again, and what was missed is caught up."""
    expected = put(quick, SHOP, "before")
    with live_tail(quick, SHOP) as tail:
        tail.wait_for("before")
        tail.wait(lambda: quick.world.live.open == 1)
        quick.stop()
        expected += put(quick, SHOP, "meanwhile")
        tail.wait_notice("cannot reach us-east-1")
        quick.start()
        tail.wait_for("meanwhile")
        tail.wait(lambda: quick.world.live.started >= 2)
        for number in range(5):
            expected += put(quick, SHOP, f"after {number}")
            tail.wait_pulses(3)
        tail.wait_for(*expected)
        tail.wait_pulses(20)
    once(tail, expected)


def test_the_filter_and_the_window_hold_for_sessions(quick: LogsService) -> None:
    """The pattern goes with the session; what is dated before `since` is not handed on."""
    quick.create_group(SHOP)
    with live_tail(quick, SHOP, pattern="ERROR") as tail:
        tail.wait(lambda: quick.world.live.open == 1)
        quick.put(SHOP, "a", [(now() - 10 * MINUTE, "ERROR of old"), (now(), "fine")])
        put(quick, SHOP, "ERROR of now")
        tail.wait_for("ERROR of now")
        tail.wait_pulses(20)
    once(tail, ["ERROR of now"])


def test_a_denied_session_names_the_group(cloudwatch: LogsService) -> None:
    """Whoever has to ask for the permission needs the action and what it is for."""
    cloudwatch.create_group(SHOP)
    cloudwatch.deny("StartLiveTail")
    with Tail(cloudwatch.url, SHOP, live=True) as tail:
        tail.wait_notice("logs:StartLiveTail on arn:aws:logs:")
        assert any(f"log-group:{SHOP}" in notice for notice in tail.notices)


def test_a_host_out_of_reach_is_said_once(
    quick: LogsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Live tail has a host of its own: where that does not answer, polls do it, and it is said."""
    monkeypatch.setattr(live_module, "_UNREACHED_S", 0.5)
    monkeypatch.setattr(live_module, "_LONGEST_PAUSE_S", 0.2)
    patience = aws_module.Patience(attempts=2, base=0.05)
    monkeypatch.setattr(aws_module, "Patience", lambda: patience)
    quick.create_group(SHOP)
    fault = quick.cut("StartLiveTail", "before")
    with live_tail(quick, SHOP) as tail:
        tail.wait_notice("live tail in us-east-1 is out of reach")
        assert "polling instead" in tail.notices[0]
        before = fault.hits
        quick.put(SHOP, "a", [(now(), "polled")])
        tail.wait_for("polled")
        tail.wait(lambda: fault.hits > before + 3, "it is tried again")
        assert len(tail.notices) == 1, "it is said once"
        quick.faults.remove(fault)
        tail.wait(lambda: quick.world.live.open == 1)
        quick.put(SHOP, "a", [(now(), "live")])
        tail.wait_for("live")
    once(tail, ["polled", "live"])
