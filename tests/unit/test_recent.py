"""What happened last: no more is read than is needed, and never less."""

from __future__ import annotations

import pytest
from followed_samples import NOW, Scripted, event, last, lines, messages
from stream_samples import A, B, C, log, report, start

from slsloggrep.errors import UsageError
from slsloggrep.follow import Step
from slsloggrep.investigate import Match
from slsloggrep.model import Invocation, Query
from slsloggrep.recent import Line, Selection
from slsloggrep.sources.base import Capability

MANY = [
    event(offset, f"line {offset}", number=offset + 100_000) for offset in range(-90_000, 0, 10)
]


def matching(text: str, **options: object) -> Selection:
    match = Match(literals=(text,), accept=lambda record: text in record.event.message)
    return Selection(match=match, **options)  # type: ignore[arg-type]


def test_without_anything_it_is_the_last_ten_minutes() -> None:
    """To the end, not to now: clocks may be ahead; and it is said how to see more."""
    source = Scripted(held=[event(-600_001, "old"), event(-600_000, "in"), event(9_000, "ahead")])
    finding = last(source)
    assert messages(finding.shown) == ["in", "ahead"]
    assert source.queries == [Query(since=NOW - 600_000)]
    assert "--since" in finding.window.reason
    assert not finding.more


def test_until_alone_is_the_ten_minutes_before() -> None:
    """The window moves, and keeps its length."""
    source = Scripted(held=[event(-700_001, "old"), event(-100_001, "in"), event(-100_000, "out")])
    assert messages(last(source, until=NOW - 100_000).shown) == ["in"]


def test_the_last_ones_are_read_from_the_end() -> None:
    """Ascending, exactly so many, whenever they were; nothing much older is asked for."""
    source = Scripted(held=MANY)
    finding = last(source, limit=3)
    assert messages(finding.shown) == ["line -30", "line -20", "line -10"]
    assert finding.more
    assert source.queries[0].newest_first
    assert source.queries[0].since is None
    assert source.pulled < 10


def test_whether_there_are_more_is_known() -> None:
    """As many as there are is not more than there are."""
    finding = last(Scripted(held=MANY[-3:]), limit=3)
    assert len(messages(finding.shown)) == 3
    assert not finding.more


def test_a_source_that_cannot_descend_gives_the_same_answer() -> None:
    """It is read to its end, in whatever order it yields."""

    class Ascending(Scripted):
        def fetch(self, query, report):  # type: ignore[no-untyped-def]
            return reversed(list(super().fetch(query, report)))

    for source in (Ascending(held=MANY), Scripted(held=MANY)):
        assert messages(last(source, limit=2).shown) == ["line -20", "line -10"]


def test_a_source_that_only_sometimes_descends_is_read_to_its_end() -> None:
    """One step up is enough to know that the newest may still come."""

    class Zigzag(Scripted):
        def fetch(self, query, report):  # type: ignore[no-untyped-def]
            found = {-e.timestamp + NOW: e for e in super().fetch(query, report)}
            return iter([found[n] for n in (50, 10, 90, 80, 70, 60, 5)])

    held = [event(-n, f"line {n}", number=n) for n in (90, 80, 70, 60, 50, 10, 5)]
    assert messages(last(Zigzag(held=held), limit=1).shown) == ["line 5"]


def test_several_sources_are_each_read_from_the_end() -> None:
    """The last ones of all together; none of them is read to its beginning."""
    first = Scripted(held=[e for e in MANY if e.timestamp % 20], name="one:")
    second = Scripted(held=[e for e in MANY if not e.timestamp % 20], name="two:")
    second.held = [e._replace(source="two:") for e in second.held]
    finding = last(first, second, limit=4)
    assert messages(finding.shown) == ["line -40", "line -30", "line -20", "line -10"]
    assert max(first.pulled, second.pulled) < 20


def test_a_window_bounds_the_last_ones() -> None:
    """With --since nothing older is shown, though fewer are left."""
    finding = last(Scripted(held=MANY), limit=9, since=NOW - 20)
    assert messages(finding.shown) == ["line -20", "line -10"]
    assert not finding.more


def test_of_a_filter_the_last_matches_are_shown() -> None:
    """Far back as they may be; the source hears what they contain."""
    source = Scripted(held=MANY)
    finding = last(source, limit=1, selection=matching("line -81230"))
    assert messages(finding.shown) == ["line -81230"]
    assert source.queries[0].literals == ("line -81230",)


def calls(*spans: tuple[str, int, int]) -> list[object]:
    held = []
    for request_id, begin, end in spans:
        held += [event(begin, start(request_id), stream=request_id)]
        held += [event(begin + 1, log(request_id, f"in {request_id[0]}"), stream=request_id)]
        if end:
            held += [event(end, report(request_id, duration=end - begin), stream=request_id)]
    return held


CALLS = calls((A, -50_000, -40_000), (B, -45_000, -5_000), (C, -4_000, 0))


def test_the_last_invocations_are_whole() -> None:
    """By their beginnings; one that runs is shown as far as it has come."""
    finding = last(Scripted(held=CALLS), limit=2, selection=Selection(invocations=True))
    shown = [item for item in finding.shown if isinstance(item, Invocation)]
    assert [(i.request_id, i.complete, len(i.records)) for i in shown] == [
        (B, True, 3),
        (C, False, 2),
    ]
    assert finding.more


def test_those_that_may_still_run_can_be_left_out() -> None:
    """Who goes on following will show them when they have ended."""
    selection = Selection(invocations=True)
    finding = last(Scripted(held=CALLS), limit=2, selection=selection, ended_only=True)
    assert [i.request_id for i in finding.shown if isinstance(i, Invocation)] == [A, B]


def test_an_invocation_that_the_window_cuts_is_read_whole() -> None:
    """Its stream is asked for what lies before."""
    source = Scripted(held=CALLS)
    finding = last(source, since=NOW - 10_000, selection=Selection(invocations=True))
    shown = [item for item in finding.shown if isinstance(item, Invocation)]
    assert [(i.request_id, i.complete) for i in shown] == [(B, True), (C, False)]
    assert any(query.spans for query in source.queries)


def test_of_invocations_those_that_hold_a_match_are_shown() -> None:
    """The source is not asked for the match alone: the other lines are wanted too."""
    source = Scripted(held=CALLS)
    finding = last(source, selection=matching("in b", invocations=True))
    assert [i.request_id for i in finding.shown if isinstance(i, Invocation)] == [B]
    assert source.queries[0].literals == ()


def test_the_last_slow_one_is_found_however_many_fast_ones_came_after() -> None:
    """It is read on until enough of those are there that suit."""
    fast = [f"{n:08x}-0000-4000-8000-00000000000f" for n in range(900)]
    held = calls(
        (A, -900_000, -880_000),
        *((r, -800_000 + n * 100, -799_990 + n * 100) for n, r in enumerate(fast)),
    )
    held += calls((B, -999_000, -970_000), (C, -2_000_000, -1_970_000))
    source = Scripted(held=held)
    slow = Selection(invocations=True, suits=lambda i: (i.duration_ms or 0) > 10_000)
    finding = last(source, limit=1, selection=slow)
    assert [i.request_id for i in finding.shown if isinstance(i, Invocation)] == [A]
    assert finding.more


def test_lines_have_their_requests() -> None:
    """A print between START and REPORT is of the request that runs."""
    held = [event(-30, start(A)), event(-20, "print\n"), event(-10, report(A)), event(-5, "idle\n")]
    shown = [item for item in last(Scripted(held=held)).shown if isinstance(item, Line)]
    assert [line.request_id for line in shown] == [A, A, A, None]
    assert lines([Step(shown=shown)])[2].outcome is not None


def test_a_pattern_needs_a_source_that_heeds_it() -> None:
    """Of others nothing is shown that did not pass the filter."""
    with pytest.raises(UsageError, match="takes no filter pattern"):
        last(Scripted(capabilities=Capability.NONE), selection=Selection(pattern="x"))
