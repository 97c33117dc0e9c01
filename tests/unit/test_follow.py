"""What is followed is shown once, in order, with its request; or invocation by invocation."""

from __future__ import annotations

import re
import threading
import time

import pytest
from followed_samples import (
    NOW,
    Scripted,
    denied,
    event,
    follow,
    invocations,
    last,
    lines,
    messages,
    pulse,
)
from stream_samples import A, B, end, log, report, start

from slsloggrep.errors import SourceError, UsageError
from slsloggrep.investigate import Match
from slsloggrep.listening import FarClock
from slsloggrep.model import Gap, Record, Status
from slsloggrep.recent import Selection
from slsloggrep.sources.base import Capability, Notice, Settings, Unusable, open_source


def grep(text: str, **options: object) -> Selection:
    def accept(record: Record) -> bool:
        return re.search(text, record.event.message) is not None

    return Selection(match=Match(literals=(), accept=accept), **options)  # type: ignore[arg-type]


def test_events_are_shown_in_order_once_their_time_has_come() -> None:
    """What comes within the time to reorder is sorted, across streams and groups."""
    source = Scripted(
        [
            pulse(400),
            event(300, "third"),
            event(100, "first", stream="b"),
            event(200, "second", group="/aws/lambda/other"),
            pulse(1150),
            pulse(1400),
        ]
    )
    steps = follow(source)
    assert [messages([step]) for step in steps if step.shown] == [["first"], ["second", "third"]]


def test_what_comes_later_is_marked_and_not_lost() -> None:
    """The mark says how far up the line belongs."""
    source = Scripted(
        [pulse(5000), event(5000, "young"), pulse(6100), event(1000, "old"), pulse(6200)]
    )
    found = lines(follow(source))
    assert [(line.record.event.message, line.late) for line in found] == [
        ("young", None),
        ("old", 4000),
    ]


def test_a_longer_time_to_reorder_makes_fewer_events_late() -> None:
    """The same events come in order where they are waited for."""
    said = [pulse(5000), event(5000, "young"), pulse(6100), event(1000, "old"), pulse(6200)]
    assert messages(follow(Scripted(said), reorder=2000)) == ["old", "young"]


def test_a_backlog_is_sorted_as_a_whole() -> None:
    """While a source is far behind, nothing is shown; groups that are read one by one are mixed."""
    source = Scripted(
        [
            pulse(-600_000),
            event(-500_000, "a1"),
            event(-100_000, "a2"),
            pulse(-500_000),
            event(-400_000, "b1", group="/aws/lambda/b"),
            event(-50, "b2", group="/aws/lambda/b"),
            pulse(0),
            pulse(1000),
        ]
    )
    steps = follow(source, since=-600_000)
    assert [messages([step]) for step in steps if step.shown] == [["a1", "b1", "a2"], ["b2"]]
    assert not any(line.late for line in lines(steps))


def test_a_wrong_clock_here_does_not_hold_a_backlog_for_ever() -> None:
    """Who stays equally far behind is not behind: that is what time it is there."""
    now = NOW
    clock = FarClock(lambda: now)
    seen = []
    for elapsed in (0, 500, 1000, 1500, 2000, 2500):
        now = NOW + elapsed
        clock.beat(NOW - 3_600_000 + elapsed)
        seen.append(clock.caught_up)
    assert seen == [False, False, False, False, True, True]
    assert clock.now() == NOW - 3_600_000 + 2500
    for elapsed in (4000, 7000):
        now = NOW + elapsed
        clock.beat(NOW - 3_600_000 + 2500)
    assert not clock.caught_up
    assert clock.now() == NOW - 3_600_000 + 7000


def test_after_an_interruption_what_is_caught_up_comes_in_order() -> None:
    """As long as pulses lag, younger events wait for older ones that are still being read."""
    source = Scripted(
        [
            pulse(0),
            event(500_000, "younger"),
            pulse(100_000),
            event(200_000, "older", group="/aws/lambda/b"),
            pulse(502_000),
        ]
    )
    found = lines(follow(source, clock=lambda: NOW + 502_000))
    assert [(line.record.event.message, line.late) for line in found] == [
        ("older", None),
        ("younger", None),
    ]


def test_lines_have_the_request_that_runs() -> None:
    """A print names none: from START to REPORT it is the one that runs."""
    said = [start(A), "print\n", report(A), "between\n", start(B), "other\n"]
    source = Scripted([pulse(0), *(event(n, text) for n, text in enumerate(said)), pulse(5000)])
    assert [line.request_id for line in lines(follow(source))] == [A, A, A, None, B, B]


def test_no_request_is_guessed_where_several_run() -> None:
    """Two STARTs without a REPORT between: whose a print is cannot be told, then nor later."""
    said = [start(A), start(B), "whose\n", log(A, "named"), report(A), "whose\n"]
    source = Scripted([pulse(0), *(event(n, text) for n, text in enumerate(said)), pulse(5000)])
    assert [line.request_id for line in lines(follow(source))] == [A, B, None, A, A, None]


def test_a_report_tells_how_the_invocation_ended() -> None:
    """Status, figures and error; a timeout whose line comes right behind REPORT is one."""
    timeout = f"2026-11-23T11:00:03.000Z {B} Task timed out after 3.00 seconds\n"
    said = [
        start(A),
        "[ERROR] KeyError: 'x'\nTraceback (most recent call last):\n  File \"app.py\", line 1\n",
        report(A, init=120.0, duration=42.0),
        start(B),
        report(B, duration=3000.0),
        timeout,
    ]
    source = Scripted([pulse(0), *(event(n, text) for n, text in enumerate(said)), pulse(5000)])
    found = [line.outcome for line in lines(follow(source)) if line.outcome]
    assert [(o.status, o.duration_ms, o.cold_start, o.error_type) for o in found] == [
        (Status.ERROR, 42.0, True, "KeyError"),
        (Status.TIMEOUT, 3000.0, False, None),
    ]


def test_filters_take_events_whole() -> None:
    """A traceback of many lines is one event; what does not match is not shown."""
    said = ["quiet\n", "Traceback:\n  File a\nKeyError\n", "quiet too\n"]
    source = Scripted([pulse(0), *(event(n, text) for n, text in enumerate(said)), pulse(5000)])
    assert messages(follow(source, selection=grep("KeyError"))) == [said[1].rstrip()]


CALLS = [
    (0, start(A)),
    (5, "print a\n"),
    (10, report(A, duration=10)),
    (20, start(B)),
    (25, log(B, "needle")),
    (30, report(B, duration=4000, init=99.0, status="timeout")),
]


@pytest.mark.parametrize(
    ("selection", "requests"),
    [
        (Selection(invocations=True), [A, B]),
        (Selection(invocations=True, suits=lambda i: i.status.failed), [B]),
        (grep("needle", invocations=True), [B]),
        (grep("print", invocations=True, suits=lambda i: i.cold_start), []),
    ],
)
def test_invocations_are_chosen_whole(selection: Selection, requests: list[str]) -> None:
    """By what they hold, and by how they ended; all of their lines are shown."""
    source = Scripted([pulse(0), *(event(*call) for call in CALLS), pulse(9000)])
    found = invocations(follow(source, selection=selection))
    assert [invocation.request_id for invocation in found] == requests
    assert all(len(invocation.records) == 3 for invocation in found)


def test_an_invocation_is_shown_when_it_has_settled() -> None:
    """Not while lines may still come behind its REPORT, and not with the next invocation."""
    source = Scripted(
        [
            pulse(0),
            *(event(*call) for call in CALLS[:3]),
            pulse(1500),
            event(1600, "behind\n"),
            pulse(3100),
            event(4000, start(B)),
            pulse(6000),
        ]
    )
    steps = follow(source, selection=Selection(invocations=True))
    assert [[i.request_id for i in invocations([step])] for step in steps] == [[A], [B]]
    assert messages(steps[:1])[-1] == "behind"
    assert not invocations(steps)[1].complete


def test_among_invocations_nobodys_lines_are_shown_too() -> None:
    """Unless certain invocations are asked for: then they are none of them."""
    source = Scripted([pulse(0), event(0, "alone\n"), event(5, start(A)), event(9, report(A))])
    everything = follow(source, selection=Selection(invocations=True))
    assert sorted(messages(everything)) == sorted(["alone", start(A).strip(), report(A).strip()])
    failed = Selection(invocations=True, suits=lambda invocation: invocation.status.failed)
    assert follow(source, selection=failed) == []


HELD = [event(offset, f"held {offset}", number=offset + 9000) for offset in range(-9000, 0, 1000)]


def test_after_the_last_ones_come_the_new_ones() -> None:
    """What was shown first is not shown again, nor what is older; what came late meanwhile is."""
    late = event(-1500, "late", number=1)
    source = Scripted([*HELD, late, pulse(0), event(50, "new", number=2), pulse(5000)], held=HELD)
    finding = last(source, limit=2)
    assert messages(finding.shown) == ["held -2000", "held -1000"]
    assert messages(follow(source, finding=finding)) == ["late", "new"]
    assert source.queries[-1].since == NOW - 2000


def test_fewer_than_asked_for_are_everything_there_is() -> None:
    """Then what comes late may be older than all of it, up to the time that `--late` says."""
    source = Scripted([*HELD, event(-20_000, "late"), pulse(0), pulse(5000)], held=HELD)
    finding = last(source, limit=50)
    assert len(messages(finding.shown)) == 9
    assert messages(follow(source, finding=finding, late=30_000)) == ["late"]
    assert source.queries[-1].since == NOW - 30_000


def test_an_invocation_that_runs_at_the_beginning_is_shown_whole() -> None:
    """The last ones that had ended come first; who began before and ends now comes with all."""
    held = [event(-9_000, start(A)), event(-8_000, report(A)), event(-5_000, start(B))]
    source = Scripted(
        [*held, event(-4_000, "late\n"), pulse(0), event(10, report(B)), pulse(9000)], held=held
    )
    selection = Selection(invocations=True)
    finding = last(source, limit=1, selection=selection, ended_only=True)
    assert messages(finding.shown) == [start(A).strip(), report(A).strip()]
    steps = follow(source, selection=selection, finding=finding)
    assert messages(steps) == [start(B).strip(), "late", report(B).strip()]
    assert invocations(steps)[0].complete


def test_from_now_on_shows_no_invocation_that_had_ended() -> None:
    """Who ended before is not shown; who runs is, with its beginning."""
    source = Scripted(
        [
            event(-9_000, start(A)),
            event(-8_000, report(A)),
            event(-5_000, start(B)),
            pulse(0),
            event(10, report(B)),
            pulse(9000),
        ]
    )
    found = follow(source, selection=Selection(invocations=True), since=0)
    assert [i.request_id for i in invocations(found)] == [B]


def test_the_same_event_of_two_sources_is_one() -> None:
    """By its ID; without IDs nothing tells, and both are shown."""
    first = Scripted([pulse(0), event(10, "same", number=1), event(20, "a"), pulse(5000)])
    second = Scripted([pulse(0), event(10, "same", number=1), event(20, "b"), pulse(5000)])
    assert sorted(messages(follow(first, second))) == ["a", "b", "same"]


def test_a_source_that_ends_with_an_error_is_a_gap() -> None:
    """As long as another can be followed; it is said with its name, what to try included."""
    good = Scripted([pulse(0), event(10, "x"), pulse(5000)])
    steps = follow(good, Scripted([denied("bad:")], name="bad:"))
    assert messages(steps) == ["x"]
    gaps = [gap for step in steps for gap in step.gaps]
    assert gaps == [("bad:", Gap("bad:", "access denied; allow it"))]


def test_where_no_source_can_be_followed_there_is_an_error() -> None:
    """The first one's."""
    with pytest.raises(SourceError, match="access denied"):
        follow(Scripted([denied()]), Scripted([denied("other:")]))


def test_a_defect_of_a_source_is_not_hidden() -> None:
    """What is no SourceError ends the following as what it is."""
    with pytest.raises(ZeroDivisionError):
        follow(Scripted([pulse(0), ZeroDivisionError()]))


def test_gaps_and_notices_are_told_when_they_come() -> None:
    """Each once, and a gap is part of the coverage too."""
    gap = Gap("/aws/lambda/x", "denied")
    source = Scripted([pulse(0), gap, Notice("throttled"), pulse(100), event(0, "x"), pulse(2000)])
    steps = follow(source)
    assert [text for step in steps for text in step.notices] == ["throttled"]
    assert [told for step in steps for told in step.gaps] == [("scripted:", gap)]


def test_what_cannot_be_followed_is_refused_by_name() -> None:
    """A source that is read once, before anything is asked of the others."""
    archive = open_source(".", Settings(now=NOW))
    with pytest.raises(UsageError, match=r"^\. cannot be followed") as refused:
        follow(archive)
    assert refused.value.hint


def test_one_that_could_not_be_opened_says_why() -> None:
    """Among several it is a gap; what it would have been able to do is not known."""
    good = Scripted([pulse(0), event(10, "x"), pulse(5000)])
    steps = follow(good, Unusable("cloudwatch:", denied("cloudwatch:")))
    assert [name for step in steps for name, _ in step.gaps] == ["cloudwatch:"]


def test_a_pattern_needs_a_source_that_heeds_it() -> None:
    """It is asked for at the far end, or refused: nothing here can filter in its place."""
    source = Scripted([pulse(0)])
    follow(source, selection=Selection(pattern="ERROR"))
    assert source.queries[-1].pattern == "ERROR"
    without = Scripted([], capabilities=Capability.FOLLOW)
    with pytest.raises(UsageError, match="takes no filter pattern"):
        follow(without, selection=Selection(pattern="ERROR"))


def test_who_stops_gets_what_still_waits() -> None:
    """In order, although its time has not come; and soon, though the source says nothing."""
    source = Scripted([pulse(0), event(900, "b"), event(800, "a"), pulse(10)], waits=True)
    stopped = threading.Event()
    timer = threading.Timer(0.3, stopped.set)
    timer.start()
    began = time.monotonic()
    steps = follow(source, cancelled=stopped.is_set)
    assert time.monotonic() - began < 5
    assert messages(steps) == ["a", "b"]
    source.close()


def test_a_reader_that_is_slow_slows_the_source_down() -> None:
    """What waits is bounded, and nothing of it is lost."""
    said = [event(n, str(n), number=n) for n in range(50_000)]
    found = follow(Scripted([pulse(0), *said, pulse(60_000)]))
    assert messages(found) == [str(n) for n in range(50_000)]


def test_unfinished_invocations_come_in_the_end() -> None:
    """Marked as what they are; START alone is enough."""
    source = Scripted([pulse(0), event(0, start(A)), event(1, end(B)), pulse(100)])
    found = invocations(follow(source, selection=Selection(invocations=True)))
    assert {i.request_id: i.complete for i in found} == {A: False, B: False}
