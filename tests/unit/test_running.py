"""Which request runs in a stream, told line by line; nothing is guessed, nothing grows for ever."""

from __future__ import annotations

from stream_samples import A, B, C, end, events, log, parse, report, start

from slsloggrep.model import Record, Status
from slsloggrep.stitch.running import Running


def requests(running: Running, *messages: str, begin: int = 0, **place: str) -> list[str | None]:
    """Return the requests of lines that are a millisecond apart."""
    lines = [(begin + offset, message) for offset, message in enumerate(messages)]
    return [told.request_id for told in running.attribute(parse(events(lines, **place)))]


def test_lines_between_start_and_report_are_of_the_request() -> None:
    """Before and behind nothing tells; a line that names another request is of that."""
    assert requests(
        Running(), "x", start(A), "x", log(B, "x"), "x", end(A), report(A), "x"
    ) == [None, A, A, B, A, A, A, None]  # fmt: skip


def test_it_goes_on_from_one_piece_to_the_next() -> None:
    """What earlier pieces have told is remembered, by stream."""
    running = Running()
    requests(running, start(A), stream="one")
    requests(running, start(B), stream="two")
    assert requests(running, "x", begin=5, stream="one") == [A]
    assert requests(running, "x", begin=5, stream="two") == [B]
    assert requests(running, "x", begin=5, stream="three") == [None]
    assert requests(running, start(C), "x", stream="") == [C, None]


def test_an_invocation_without_a_report_is_left_behind() -> None:
    """Where the next one reports and the first never does, the environment serves one at a time."""
    running = Running()
    assert requests(running, start(A), start(B), "whose", report(B)) == [A, B, None, B]
    assert requests(running, start(C), "x", begin=100) == [C, C]


def test_an_environment_that_serves_several_stays_one() -> None:
    """Once it has shown that, lines without a request are never attributed."""
    running = Running()
    requests(running, start(A), start(B), report(A), report(B))
    assert requests(running, start(C), "x", begin=100) == [C, None]
    managed = (
        '{"type":"platform.initStart","record":{"initializationType":"lambda-managed-instances"}}'
    )
    assert requests(Running(), managed, start(A), "x") == [None, A, None]


def test_a_late_start_changes_nothing() -> None:
    """Its invocation went by already."""
    running = Running()
    requests(running, start(A), report(A), begin=1000)
    assert requests(running, start(B), "x", begin=10) == [B, None]
    assert requests(running, "x", begin=2000) == [None]


def outcomes(*messages: str) -> list[tuple[Status, bool]]:
    found: list[Record] = parse(events(list(enumerate(messages))))
    told = Running().attribute(found)
    return [(t.outcome.status, t.outcome.complete) for t in told if t.outcome]


def test_a_report_knows_what_its_lines_have_told() -> None:
    """Errors of the handler, faults before, and the timeout that comes right behind."""
    error = "[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  File \"a.py\", line 1\n"
    timeout = f"2026-11-23T11:00:03.000Z {B} Task timed out after 3.00 seconds\n"
    noise = ["x"] * 300
    assert outcomes(start(A), error, *noise, report(A)) == [(Status.ERROR, True)]
    assert outcomes(start(B), report(B), timeout) == [(Status.TIMEOUT, True)]
    assert outcomes(start(A), report(A), timeout) == [(Status.OK, True)]
    assert outcomes(report(A)) == [(Status.OK, False)]


def test_streams_that_are_long_silent_are_forgotten() -> None:
    """However many there are: what is remembered is bounded, and the latest are kept."""
    running = Running()
    for number in range(6_000):
        requests(running, start(A), begin=number, stream=f"s{number}")
    assert len(running._streams) <= 5_000
    assert requests(running, "x", begin=9_000, stream="s5999") == [A]
