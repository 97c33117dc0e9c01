"""The stand-in for CloudWatch Logs: live sessions, read with botocore's event streams."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from botocore.exceptions import EventStreamError
from logs_clients import refusal
from logs_service import LogsService
from urllib3.exceptions import ProtocolError

START = 1_750_000_000_000
GROUP = "/aws/lambda/shop"


@pytest.fixture
def live(cloudwatch: LogsService) -> LogsService:
    """Give a service with one group, whose sessions update every 50 ms."""
    cloudwatch.create_group(GROUP)
    cloudwatch.world.live.interval = 0.05
    return cloudwatch


def session(service: LogsService, groups: tuple[str, ...] = (GROUP,), **given: Any) -> Any:
    account = service.world.account
    arns = [service.world.groups[account, group].arn for group in groups]
    client = service.client(read_timeout=10)
    return client.start_live_tail(logGroupIdentifiers=arns, **given)["responseStream"]


def updates(stream: Any) -> Iterator[dict[str, Any]]:
    found = iter(stream)
    assert "sessionStart" in next(found)
    for event in found:
        yield event["sessionUpdate"]


def results(stream: Any, count: int) -> list[dict[str, Any]]:
    """Return so many results, and close the stream."""
    found: list[dict[str, Any]] = []
    for update in updates(stream):
        found.extend(update["sessionResults"])
        if len(found) >= count:
            break
    stream.close()
    return found


def test_a_session_shows_what_is_ingested(live: LogsService) -> None:
    """After sessionStart come updates, empty ones too, with the events ingested since the start."""
    live.put(GROUP, "a", [(START, "before")])
    stream = session(live)
    found = updates(stream)
    assert next(found)["sessionResults"] == []
    live.put(GROUP, "a", [(START, "old but new here")], ingested=START + 5)
    full = next(update for update in found if update["sessionResults"])
    assert full["sessionMetadata"] == {"sampled": False}
    assert full["sessionResults"] == [
        {
            "logStreamName": "a",
            "logGroupIdentifier": f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}",
            "message": "old but new here",
            "timestamp": START,
            "ingestionTime": START + 5,
        }
    ]
    stream.close()


def test_sessions_filter(live: LogsService) -> None:
    """A session shows the streams, and what matches the pattern, that were asked for."""
    live.create_group("other")
    streams = [
        session(live, logStreamNames=["a"]),
        session(live, logStreamNamePrefixes=["b"]),
        session(live, ("other", GROUP), logEventFilterPattern="yes"),
    ]
    for name, text in (("a", "no"), ("b", "yes"), ("b", "no")):
        live.put(GROUP, name, [(START, text)])
    live.put("other", "a", [(START, "yes")])
    found = [results(stream, count) for stream, count in zip(streams, (1, 2, 2), strict=True)]
    texts = [[(one["logStreamName"], one["message"]) for one in each] for each in found]
    assert texts == [[("a", "no")], [("b", "yes"), ("b", "no")], [("a", "yes"), ("b", "yes")]]


def test_sampling_is_admitted(live: LogsService) -> None:
    """Of more than 500 events in an update 500 are shown, and it says that it is sampled."""
    stream = session(live)
    live.put(GROUP, "a", [(START + n, str(n)) for n in range(600)])
    update = next(update for update in updates(stream) if update["sessionResults"])
    assert update["sessionMetadata"]["sampled"] is True
    times = [event["timestamp"] for event in update["sessionResults"]]
    assert len(times) == 500
    assert times == sorted(times)
    stream.close()


def test_events_may_be_dropped_silently_and_out_of_order(live: LogsService) -> None:
    """A share of the events can be missing without a word, and the rest in any order."""
    knobs = live.world.live
    knobs.drop, knobs.silent, knobs.shuffled = 0.5, True, True
    stream = session(live)
    live.put(GROUP, "a", [(START + n, str(n)) for n in range(200)])
    update = next(update for update in updates(stream) if update["sessionResults"])
    times = [event["timestamp"] for event in update["sessionResults"]]
    assert update["sessionMetadata"]["sampled"] is False
    assert 50 < len(times) < 150
    assert times != sorted(times)
    stream.close()


@pytest.mark.parametrize(
    ("knob", "name"),
    [("timeouts", "SessionTimeoutException"), ("failures", "SessionStreamingException")],
)
def test_sessions_end_with_an_exception(live: LogsService, knob: str, name: str) -> None:
    """A session can be made to end as the service ends it; the next one goes on."""
    setattr(live.world.live, knob, 1)
    with closing(session(live)) as stream, pytest.raises(EventStreamError, match=name):
        list(updates(stream))
    with closing(session(live)) as stream:
        assert len(list(itertools.islice(updates(stream), 2))) == 2


def test_a_session_has_a_length(live: LogsService) -> None:
    """After its time a session ends with SessionTimeoutException."""
    live.world.live.session_s = 0.1
    with (
        closing(session(live)) as stream,
        pytest.raises(EventStreamError, match="SessionTimeoutException"),
    ):
        list(updates(stream))


def test_sessions_break_off(live: LogsService) -> None:
    """A session may be cut in mid-stream, by itself or with all connections."""
    for cut in (live.world.cut_live_tails, live.cut_connections):
        with closing(session(live)) as stream:
            found = updates(stream)
            next(found)
            cut()
            with pytest.raises(ProtocolError):
                list(found)


def test_sessions_are_counted(live: LogsService) -> None:
    """A session that its client left is over, and makes room for another."""
    live.world.live.sessions = 1
    stream = session(live)
    assert refusal(session, service=live).startswith("LimitExceededException")
    stream.close()
    ended = threading.Event()
    for _ in range(100):
        if live.world.live.open == 0:
            break
        ended.wait(0.05)
    assert live.world.live.open == 0
    session(live).close()
    assert live.world.live.started == 2


def test_what_a_session_needs(live: LogsService) -> None:
    """Groups are named by ARN, 10 at most; streams for one group, by names or prefixes."""
    call = live.client().start_live_tail
    arn = live.world.groups[live.world.account, GROUP].arn
    for wrong in (
        {"logGroupIdentifiers": [GROUP]},
        {"logGroupIdentifiers": [f"{arn}:*"]},
        {"logGroupIdentifiers": [arn] * 11},
        {"logGroupIdentifiers": [arn, arn], "logStreamNames": ["a"]},
        {
            "logGroupIdentifiers": [arn],
            "logStreamNames": ["a"],
            "logStreamNamePrefixes": ["a"],
        },
    ):
        with live.expecting("StartLiveTail"):
            refusal(call, **wrong)
    assert "does not exist" in refusal(call, logGroupIdentifiers=[f"{arn}s"])
    assert "Invalid filter pattern" in refusal(
        call, logGroupIdentifiers=[arn], logEventFilterPattern="a-b"
    )
    live.deny("StartLiveTail")
    assert "AccessDenied" in refusal(call, logGroupIdentifiers=[arn])


def test_late_events_go_to_sessions_when_they_arrive(live: LogsService) -> None:
    """A live session shows an event when it is ingested, not when it happened."""
    live.clock.set(START)
    live.put(GROUP, "a", [(START, "late")], ingested=START + 1000)
    stream = session(live)
    found = updates(stream)
    assert next(found)["sessionResults"] == []
    started = time.monotonic()
    live.clock.advance(1000)
    full = next(update for update in found if update["sessionResults"])
    assert full["sessionResults"][0]["message"] == "late"
    assert time.monotonic() - started < 5
    stream.close()
