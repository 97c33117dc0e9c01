"""The search for crashes: what is asked for, what is read around it, and what lies at an edge."""

from __future__ import annotations

from typing import Any

import pytest
from followed_samples import NOW, Scripted, event
from stream_samples import GROUP, STREAM, A, B, C, end, log, report, start

from slsloggrep.investigate.crashes import CrashFinding, Pairing, find_crashes
from slsloggrep.model import Bound, Coverage, Ends, Event, Status
from slsloggrep.parse import Parser
from slsloggrep.sources.base import Capability

MINUTE = 60_000
OTHER = "2026/11/23/[$LATEST]00000000000000000000000000000002"


class Waiting:
    """One who never loses patience."""

    cancelled = False

    def progress(self, _coverage: Coverage) -> None:
        return


def search(*sources: Scripted, **options: Any) -> CrashFinding:
    settings: dict[str, Any] = {
        "since": None,
        "until": None,
        "now": NOW + 60 * MINUTE,
        "limit": None,
        "logged": False,
        "lines": False,
        "baseline": None,
    }
    settings.update(options)
    return find_crashes(sources, parser=Parser(), watch=Waiting(), **settings)


def archive(*events: Event) -> Scripted:
    return Scripted(held=events, capabilities=Capability.TEXT)


def failed(
    offset: int, request: str, *, stream: str = STREAM, status: str = "error"
) -> list[Event]:
    return [
        event(offset, start(request), stream=stream),
        event(offset + 10, log(request, "order ord-7 received"), stream=stream),
        event(offset + 20, end(request), stream=stream),
        event(offset + 20, report(request, duration=20, status=status), stream=stream),
    ]


def test_a_new_style_failure_is_found_by_its_report() -> None:
    """No line but REPORT says that it failed; the invocation comes whole."""
    (crash,) = search(archive(*failed(0, A))).crashes
    assert (crash.kind, crash.request_id, crash.time) == (Status.ERROR, A, NOW + 20)
    assert crash.invocation is not None
    assert len(crash.invocation.records) == 4


def test_an_error_that_was_caught_is_no_crash() -> None:
    """Its line is a sign, its REPORT is not; with --logged-errors it is shown, and marked."""
    caught = [
        event(0, start(A)),
        event(5, f"2026-11-23T11:00:00.005Z\t{A}\tERROR\tInvoke failed, trying again\n"),
        event(6, '{"level":"ERROR","message":"x","errorType":"E","errorMessage":"gone"}'),
        event(20, report(A, duration=20)),
    ]
    assert search(archive(*caught)).crashes == ()
    logged = search(archive(*caught), logged=True).crashes
    assert [(crash.logged, crash.kind) for crash in logged] == [(True, Status.ERROR)]


def test_a_long_invocation_is_read_whole() -> None:
    """REPORT tells how long ago it began; all in between is wanted, at once."""
    long = [
        event(0, start(A)),
        event(7 * MINUTE, log(A, "half way")),
        event(14 * MINUTE, report(A, duration=14 * MINUTE, status="timeout")),
    ]
    source = archive(*long)
    (crash,) = search(source).crashes
    assert crash.invocation is not None
    assert len(crash.invocation.records) == 3
    assert len([query for query in source.queries if query.spans]) == 1


def test_more_is_read_until_an_invocation_is_whole() -> None:
    """An error of the old style tells neither when it began nor how it ended."""
    text = "[ERROR] ValueError: no stock\nTraceback (most recent call last):\n"
    long = [
        event(0, start(A)),
        event(13 * MINUTE, text),
        event(14 * MINUTE, report(A, duration=14 * MINUTE)),
    ]
    source = archive(*long)
    (crash,) = search(source).crashes
    assert crash.invocation is not None
    assert len(crash.invocation.records) == 3
    looks = [query for query in source.queries if query.spans]
    assert [query.late for query in looks] == [False, False, True], "what may have come late, last"


def test_a_short_invocation_is_read_once() -> None:
    """What is whole at the first look is not read again."""
    source = archive(*failed(0, A))
    search(source)
    assert len([query for query in source.queries if query.spans]) == 1


def test_a_crash_belongs_to_the_window_in_which_it_ends() -> None:
    """Its error line may lie before the window, and its REPORT behind it: it is in one of two."""
    text = "[ERROR] ValueError: no stock\nTraceback (most recent call last):\n"
    old_style = [
        event(0, start(A)),
        event(100, text),
        event(900, end(A)),
        event(900, report(A, duration=900)),
    ]
    source = archive(*old_style)
    before = search(source, since=NOW - MINUTE, until=NOW + 500)
    after = search(source, since=NOW + 500, until=NOW + MINUTE)
    assert before.crashes == ()
    assert [crash.time for crash in after.crashes] == [NOW + 900]


def test_invocations_at_the_edge_of_what_was_read_are_no_crashes() -> None:
    """Around a hit others are read in part: a START whose REPORT was not read says nothing."""
    slow = [event(MINUTE + 5_000, start(B)), event(3 * MINUTE, report(B, duration=115_000))]
    later = [event(4 * MINUTE, start(C)), event(4 * MINUTE + 10, report(C))]
    finding = search(archive(*failed(0, A), *slow, *later))
    assert [crash.request_id for crash in finding.crashes] == [A]


def test_a_start_without_an_end_is_a_crash_only_if_its_environment_started_over() -> None:
    """Else it may still run."""
    begun = [event(0, start(A)), event(10, log(A, "begun"))]
    assert search(archive(*begun)).crashes == ()
    over = [
        event(5_000, "INIT_START Runtime Version: python:3.12.v1\n"),
        event(5_300, start(B)),
        event(5_400, report(B, init=200.0)),
    ]
    (crash,) = search(archive(*begun, *over)).crashes
    assert (crash.request_id, crash.kind) == (A, Status.EXIT)


def test_the_limit_keeps_the_newest_and_tells_how_many_there_are() -> None:
    """Of an archive all is read; the groups are of what is shown."""
    events = [*failed(0, A), *failed(1_000, B), *failed(2_000, C)]
    finding = search(archive(*events), limit=2)
    assert [crash.request_id for crash in finding.crashes] == [C, B]
    assert finding.found == 3
    assert finding.groups[0].count == 2
    assert finding.since is None


def test_what_has_no_end_is_read_backwards_no_further_than_needed() -> None:
    """With a limit, days of a log group are not read for the newest crash."""
    day = 24 * 60 * MINUTE
    source = Scripted(held=[*failed(0, A), *failed(-day, B)])
    finding = search(source, since=NOW - 7 * day, limit=1)
    assert [crash.request_id for crash in finding.crashes] == [A]
    first = min(query.since or 0 for query in source.queries if query.literals)
    assert first > NOW - day
    assert finding.since is not None
    assert finding.since > NOW - day


def test_reading_backwards_finds_what_reading_at_once_finds() -> None:
    """The parts of the window are the window: nothing falls between them, nothing comes twice."""
    requests = [f"{n:08x}-0000-4000-8000-000000000000" for n in range(40)]
    events = [e for n, request in enumerate(requests) for e in failed(-n * 7 * MINUTE, request)]
    source = Scripted(held=events)
    whole = search(source, since=NOW - 400 * MINUTE)
    parts = search(source, since=NOW - 400 * MINUTE, limit=1_000)
    assert len(whole.crashes) == 40
    assert parts.crashes == whole.crashes


def test_what_the_time_before_holds_is_not_new() -> None:
    """The same error of another request is known; another one is new."""
    old = failed(-30 * MINUTE, A)
    new = [*failed(0, B), *failed(100, C, stream=OTHER, status="timeout")]
    finding = search(archive(*old, *new), since=NOW - MINUTE, baseline=60 * MINUTE)
    assert {group.kind: group.is_new for group in finding.groups} == {
        Status.ERROR: False,
        Status.TIMEOUT: True,
    }
    assert all(g.is_new is None for g in search(archive(*new), since=NOW - MINUTE).groups)


# STARTs and REPORTs


def bound(request: str, offset: int = 0, stream: str = STREAM) -> Bound:
    return Bound(GROUP, stream, request, NOW + offset)


def test_bounds_find_each_other_in_any_order() -> None:
    """Slices are read side by side: a REPORT may come first."""
    pairing = Pairing()
    pairing.take(Ends(started=[], reported=[bound(A, 10)]))
    pairing.take(Ends(started=[bound(A), bound(B)], reported=[bound(C)]))
    assert [start.request_id for start in pairing.started] == [B]


def test_a_request_is_paired_in_its_own_stream() -> None:
    """A retry runs in another environment; that it ended says nothing of the first attempt."""
    pairing = Pairing()
    pairing.take(Ends(started=[bound(A)], reported=[bound(A, 9, OTHER)]))
    assert [start.log_stream for start in pairing.started] == [STREAM]


def test_a_request_that_starts_again_had_no_end() -> None:
    """The REPORT is that of the second attempt."""
    pairing = Pairing()
    pairing.take(Ends(started=[bound(A), bound(A, 90_000)], reported=[bound(A, 90_100)]))
    assert [start.time for start in pairing.started] == [NOW]


def test_a_report_that_came_twice_ends_no_later_attempt() -> None:
    """Deliveries repeat: the copy is older than the START that it would swallow."""
    pairing = Pairing()
    pairing.take(Ends(started=[bound(A)], reported=[bound(A, 100), bound(A, 100)]))
    pairing.take(Ends(started=[bound(A, 90_000)], reported=[]))
    assert [start.time for start in pairing.started] == [NOW + 90_000]


@pytest.mark.parametrize("limit", [None, 5])
def test_a_silent_end_belongs_to_the_window_in_which_it_was_due(limit: int | None) -> None:
    """Its START may lie before the window, and before the part of it that is read first."""
    limits = failed(-3_600_000, B, stream=OTHER, status="timeout")
    silent = [event(-20 * MINUTE, start(A)), event(-20 * MINUTE + 5, log(A, "begun"))]
    ends = [event(0, start(C), stream=OTHER), event(10, report(C), stream=OTHER)]
    source = Scripted(held=[*limits, *silent, *ends])
    since = NOW - 10 * MINUTE
    finding = search(source, since=since, now=NOW + 30 * MINUTE, limit=limit)
    assert [(c.request_id, c.kind) for c in finding.crashes] == [(A, Status.TIMEOUT)]
    earlier = search(source, since=since - 60 * MINUTE, until=since, now=NOW + 30 * MINUTE)
    assert A not in [crash.request_id for crash in earlier.crashes]


def test_an_archive_is_read_to_its_end_and_not_to_the_windows() -> None:
    """What runs at the end of an archive has not ended there, whatever --until says."""
    begun = [event(0, start(A)), event(3_000, log(A, "begun"))]
    finding = search(archive(*begun), since=NOW - MINUTE, until=NOW + 40 * MINUTE)
    assert finding.crashes == ()


class Impatient(Waiting):
    """One who loses patience when the first pass is over."""

    def __init__(self) -> None:
        self.heard = 0

    @property
    def cancelled(self) -> bool:  # type: ignore[override]
        return self.heard > 0


def test_what_was_found_is_shown_where_more_could_not_be_read() -> None:
    """REPORT alone says that it failed; what lies around it was not read any more."""
    watch = Impatient()

    class Slow(Scripted):
        def fetch(self, query: Any, report: Any) -> Any:
            if query.spans:
                return
            yield from super().fetch(query, report)
            watch.heard += 1

    source = Slow(held=failed(0, A), capabilities=Capability.TEXT)
    finding = find_crashes(
        [source],
        parser=Parser(),
        since=None,
        until=None,
        now=NOW,
        limit=None,
        logged=False,
        lines=False,
        baseline=None,
        watch=watch,
    )
    assert finding.interrupted
    assert [crash.request_id for crash in finding.crashes] == [A]
