import re

from shown_samples import checkout, invocation, record, show

from slsloggrep.model import Level, Status
from slsloggrep.render.events import EventView, render_invocation, render_record
from slsloggrep.render.records import emphasise

PIPED = EventView(terminal=False)


def test_a_record_is_one_line_with_its_context() -> None:
    """Time with offset, function, short request ID, level and text stand on the line."""
    shown = record(5, "hello", level=Level.WARN, request_id="0f4e2a11-9d6b-4e0e-8f0e-000000000000")
    line = show(render_record(shown, PIPED, function="checkout"), terminal=False)
    assert line == "2026-11-23T17:00:00.128Z checkout 0f4e2a11 WARN  hello\n"


def test_what_is_absent_keeps_its_column() -> None:
    """A dash stands for an absent request or level: columns can be counted on."""
    line = show(render_record(record(5, "hello"), PIPED), terminal=False)
    assert line.split() == ["2026-11-23T17:00:00.128Z", "checkout", "-", "-", "hello"]


def test_multi_line_messages_keep_their_lines() -> None:
    """Lines after the first follow, indented, whether a newline or a carriage return parts them."""
    lines = show(render_record(record(0, "a\n  b\rc"), PIPED), terminal=False).splitlines()
    assert lines[0].endswith(" a")
    assert lines[1:] == ["      b", "    c"]


def test_a_pipe_gets_whole_lines() -> None:
    """Not a terminal: nothing is wrapped or cut."""
    line = show(render_record(record(0, "w " * 500 + "end"), PIPED), 40, terminal=False)
    assert line.count("\n") == 1
    assert line.endswith("w end\n")


def test_what_was_searched_is_emphasised_as_a_whole_token() -> None:
    """`ord-12` is marked, `ord-123` is not."""
    view = EventView(emphasis=emphasise(["ord-12"]))
    line = show(render_record(record(0, "ord-123 then ord-12"), view), 200, colour=True)
    assert re.search(r"ord-123 then \x1b\[1;4mord-12\x1b\[0m", line)


def test_emphasis_of_nothing_is_none() -> None:
    """An empty search marks nothing instead of everything."""
    assert emphasise(["", ""]) is None


def test_an_invocation_is_shown_whole_with_its_matches_marked() -> None:
    """Context in invocations: head, outcome, all records, and a sign at those that matched."""
    failed = checkout().members[1].invocation
    page = show(render_invocation(failed, EventView(), matches=[1]), 120)
    lines = page.splitlines()
    assert lines[0].startswith("charge-card  ✗ error  2026-11-23T17:00:01.223Z · 900 ms")
    assert "request 22222222-2222-4222-8222-222222222222" in lines[0]
    assert lines[1] == "  Declined: card expired"
    assert [line for line in lines if line.startswith("> ")] == [
        "> +0.800s  ERROR  Declined: card expired"
    ]
    assert "START RequestId" in page
    assert "REPORT RequestId" in page


def test_an_invocation_says_when_it_is_cut() -> None:
    """An unfinished invocation is no finished one."""
    cut = invocation("f", None, 0, 10, complete=False, status=Status.INCOMPLETE)  # type: ignore[arg-type]
    page = show(render_invocation(cut, EventView()), 200)
    assert "incomplete" in page
    assert "its start or end was not among the events read" in page
