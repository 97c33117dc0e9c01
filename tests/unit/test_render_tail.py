"""Lines of `tail`: columns that fit, whole text, colours that mean the same in every run."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from stream_samples import T0, A, B, document, events, log, parse, report, start

from slsloggrep.model import Event, Invocation, Record
from slsloggrep.parse import Parser
from slsloggrep.recent import Line, lines_of
from slsloggrep.render.events import EventView, render_record
from slsloggrep.render.lines import written
from slsloggrep.render.tail import TailLines, TailView
from slsloggrep.render.unfold import unfold
from slsloggrep.stitch import stitch
from slsloggrep.stitch.running import Running
from slsloggrep.wording import clock_text, day_text

STREAM = "2026/11/23/[$LATEST]0000000000000000000000000000beef"
TRACEBACK = (
    f"[ERROR]\t2026-11-23T11:00:00.020Z\t{A}\tdeclined\nTraceback (most recent call last):\n"
    '  File "/var/task/app.py", line 42, in handler\n    charge(order)\nDeclined: expired\n'
)


def record(message: str, offset: int = 0, group: str = "/aws/lambda/pay") -> Record:
    (found,) = parse(events([(offset, message)], group=group, stream=STREAM))
    return found


def texts(
    *records: Record,
    width: int = 100,
    late: int | None = None,
    request_id: str | None = None,
    view: TailView | None = None,
    **how: Any,
) -> list[Text]:
    lines = TailLines(view or TailView(**how))
    found: list[Text] = []
    for line in lines_of(records, Running()):
        found += lines.lines(
            line.record,
            function=line.function,
            request_id=line.request_id or request_id,
            late=late,
            outcome=line.outcome,
            width=width,
        )
    return found


def shown(*records: Record, **how: Any) -> list[str]:
    return [text.plain for text in texts(*records, **how)]


def test_a_line_has_what_tells_it_from_others() -> None:
    """Time with offset, function, environment, request, level, text; the day stands before."""
    assert shown(record(log(A, "order ord-7")), width=120) == [
        "── 2026-11-23 ──────────",
        "11:00:00.000Z pay ef aaaaaaaa INFO  order ord-7",
    ]


def test_narrow_terminals_keep_what_matters() -> None:
    """At 80 columns the level is a letter; at 60 the time has no fraction and streams no column."""
    declined = record(TRACEBACK)
    assert shown(declined, width=80)[1] == "11:00:00.000Z pay ef aaaaaaaa E declined"
    assert shown(declined, width=60)[1] == "11:00:00Z pay aaaaaaaa E declined"


def test_functions_stand_in_a_column_that_grows() -> None:
    """As wide as the longest so far, within a bound; names are cut in their middle."""
    found = shown(
        record("a", group="/aws/lambda/f"),
        record("b", group="/aws/lambda/quite-a-long-name-of-a-function"),
        record("c", group="/aws/lambda/f"),
        width=80,
        times=False,
    )
    assert found == [
        "f ef -        - a",
        "quite-…unction ef -        - b",
        "f              ef -        - c",
    ]


def test_a_request_that_is_known_from_before_is_shown() -> None:
    """A print has none of its own: the one that runs stands in its place."""
    found = shown(record(start(A)), record("print"), record(report(A)), times=False, width=120)
    assert [line.split()[2] for line in found] == ["aaaaaaaa"] * 3


def test_a_report_is_a_line_of_figures() -> None:
    """Status, duration, memory and cold start; an error with its words."""
    failing = [record(start(A)), record(TRACEBACK), record(report(A, init=120, status="error"))]
    assert shown(*failing, times=False, width=200)[-1].endswith(
        " REPORT ✗ error 10 ms · 64 of 128 MB · cold start 120 ms Declined: expired"
    )
    fine = [record(start(B)), record(report(B))]
    assert shown(*fine, times=False)[-1].endswith("REPORT ✓ ok 10 ms · 64 of 128 MB")


def test_a_report_alone_does_not_say_that_all_was_well() -> None:
    """Without the lines before it nothing tells, unless it states a status itself."""
    assert "ok" not in shown(record(report(A)))[-1]
    stated = {"requestId": A, "status": "success", "metrics": {"durationMs": 5.0}}
    event = json.dumps({"time": "x", "type": "platform.report", "record": stated})
    assert "✓ ok 5 ms" in shown(record(event))[-1]
    assert "✗ timeout" in shown(record(report(A, status="timeout")))[-1]


def test_what_is_late_says_so() -> None:
    """How far up it belongs, before its text; the same in every shape but raw."""
    for shape in ("short", "wide"):
        line = shown(record(log(A, "x")), late=12_300, shape=shape, width=200)[-1]
        assert line.endswith("late +12s x")
    assert "late +0.3s" in shown(record("x"), late=300)[-1]
    assert "late +75m" not in shown(record("x"), late=4_500_000)[-1]
    assert "late +1h15m" in shown(record("x"), late=4_500_000)[-1]


def test_in_a_pipe_a_line_is_what_grep_prints() -> None:
    """With the whole time, and never wrapped or cut."""
    long = record(log(A, "word " * 100 + "end"))
    (line,) = shown(long, terminal=False, width=40)
    assert line == render_record(long, EventView(terminal=False), function="pay").plain
    assert line.startswith("2026-11-23T11:00:00.000Z pay aaaaaaaa INFO  word")
    assert shown(long, terminal=False, plain=True) == [line]


def test_wide_shows_everything_whole() -> None:
    """Date, log group, log stream and request ID, on a terminal and in a pipe."""
    (line,) = shown(record(log(A, "x")), shape="wide", width=250)
    assert line == f"2026-11-23T11:00:00.000Z /aws/lambda/pay {STREAM} {A} INFO  x"
    assert shown(record(log(A, "x")), shape="wide", terminal=False, plain=True) == [line]


def test_raw_is_the_message_as_stored_but_harmless() -> None:
    """Every line of it, tabs and all; a sequence that moves cursors is shown."""
    stored = "a\tb\x1b[2Jc\n  second\n\nfourth\n"
    assert shown(record(stored), shape="raw") == ["a\tb\\x1b[2Jc", "  second", "", "fourth"]


def test_times_can_be_left_out() -> None:
    """No time, and no day either."""
    assert shown(record("x"), times=False, width=120) == ["pay ef -        -     x"]
    assert shown(record("x"), times=False, terminal=False) == ["pay -        -     x"]


def test_a_new_day_is_told_once() -> None:
    """In the zone that times are shown in."""
    zone = timezone(timedelta(hours=-11))
    found = shown(record("a"), record("b", 3_600_000), record("c", 7_200_000), tz=zone, width=120)
    assert [line for line in found if line.startswith("──")] == ["── 2026-11-23 ──────────"]
    found = shown(record("a"), record("b", 90_000_000), width=120)
    assert [line.split()[1] for line in found if line.startswith("──")] == [
        "2026-11-23",
        "2026-11-24",
    ]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(0, "11:00:00.123Z"), (1, "12:00:00.123+01"), (-3.5, "07:30:00.123-03:30")],
)
def test_times_of_day_have_their_offset(hours: float, expected: str) -> None:
    """As short as it can be said."""
    zone = timezone(timedelta(hours=hours)) if hours else timezone.utc  # noqa: UP017
    assert clock_text(T0 + 123, zone) == expected
    assert clock_text(T0 + 123, zone, millis=False) == expected.replace(".123", "")
    assert day_text(T0, zone) == "2026-11-23"


def test_a_time_that_no_calendar_holds_is_shown_as_it_is() -> None:
    """A damaged timestamp must not end the following."""
    damaged = Parser().parse(Event(10**18, "x", "/aws/lambda/f", "s", ""))
    assert shown(damaged)[-1].startswith("@")


# JSON messages


def test_json_is_unfolded() -> None:
    """The message, then other fields by dotted name; what the line says already is left out."""
    message = document(
        level="WARN",
        message="stock is low",
        requestId=A,
        timestamp="2026-11-23T11:00:00Z",
        order={"id": "ord-7", "total": 12.5, "paid": True},
        tags=["a", "b c"],
        note="two words",
        empty={},
    )
    (line,) = shown(record(message), times=False, width=200)
    assert line == (
        "pay ef aaaaaaaa WARN  stock is low order.id=ord-7 order.total=12.5 order.paid=true "
        'tags=["a","b c"] note="two words" empty={}'
    )


def test_json_without_a_message_is_its_fields() -> None:
    """Not the document once more."""
    (line,) = shown(record('{"a":{"b":1},"c":"x"}'), times=False, terminal=False)
    assert line == "pay -        -     a.b=1 c=x"


def test_fields_are_chosen_in_order() -> None:
    """A name that has a dot itself comes before a path; what is absent is left out."""
    message = document(message="m", a=1, b={"c": 2, "d": 3}, **{"x.y": 4}, level="INFO")
    (line,) = shown(record(message), fields=("b.c", "x.y", "nope", "a", "b"), times=False)
    assert line.endswith(' m b.c=2 x.y=4 a=1 b={"c":2,"d":3}')
    assert shown(record(message), fields=(), times=False)[0].endswith(" m")
    assert shown(record("plain text"), fields=("a",), times=False)[0].endswith(" plain text")


def test_large_objects_stay_json() -> None:
    """Names would take up more room than values."""
    inner = {f"k{n}": n for n in range(30)}
    (line,) = shown(record(document(message="m", big=inner)), times=False, terminal=False)
    assert line.endswith("m big=" + json.dumps(inner, separators=(",", ":")))


def test_a_line_that_ends_with_its_document_shows_it_once() -> None:
    """`Received {...}` needs no unfolding."""
    assert unfold(record('Received {"a":1,"b":{"c":2}}')) in (None, [])
    (line,) = shown(record('Received {"a":1,"b":{"c":2}}'), times=False)
    assert line.endswith('Received {"a":1,"b":{"c":2}}')


def test_an_error_in_json_keeps_its_lines_and_is_said_once() -> None:
    """Type, message and stack are lines; their fields are not shown again."""
    message = document(
        level="ERROR",
        message="payment failed",
        error={"name": "Declined", "message": "expired", "stack": "Declined: expired\n    at a.js"},
        requestId=A,
    )
    found = shown(record(message), times=False, terminal=False)
    assert "payment failed" in found[0]
    assert "at a.js" not in found[0]
    assert [line.strip() for line in found].count("at a.js") == 1


def test_tracebacks_keep_their_lines() -> None:
    """Indented below the line, in the order and with the indents they have."""
    found = shown(record(TRACEBACK), times=False, width=80)
    assert found[1:] == [
        " " * 18 + "Traceback (most recent call last):",
        " " * 18 + '  File "/var/task/app.py", line 42, in handler',
        " " * 18 + "    charge(order)",
        " " * 18 + "Declined: expired",
    ]
    narrow = shown(record(TRACEBACK), width=60)
    assert narrow[2:4] == [
        "    Traceback (most recent call last):",
        '      File "/var/task/app.py", line 42, in handler',
    ]


# Colours


def styles(text: Text) -> dict[str, str]:
    return {text.plain[span.start : span.end].strip(): str(span.style) for span in text.spans}


def test_requests_and_environments_have_colours_that_last() -> None:
    """The same in every run, another for most others; no text in yellow, black or white."""
    line = texts(record(log(A, "x")), times=False, width=120)[0]
    assert styles(line)["aaaaaaaa"] == "green"
    seen = set()
    for number in range(200):
        request = f"{number:08x}-0000-4000-8000-000000000000"
        (line,) = texts(record(log(request, "x")), times=False, width=120)
        seen.add(styles(line)[request[:8]])
    assert len(seen) == 12
    assert not any(re.search("yellow|black|white|red| on ", style) for style in seen)


def test_what_a_terminal_gets_is_what_rich_would_write() -> None:
    """The short cut writes the same bytes as a console does for a line that fits."""
    found = texts(record(TRACEBACK), record(document(message="m", a=1)), width=100)
    stream = io.StringIO()
    console = Console(
        file=stream, width=120, force_terminal=True, color_system="standard", legacy_windows=False,
        _environ={},
    )  # fmt: skip
    for text in found:
        console.print(text)
    assert "".join(written(text, coloured=True) for text in found) == stream.getvalue()
    assert "\x1b" not in "".join(written(text, coloured=False) for text in found)


WORDS = st.text(alphabet=st.sampled_from("ab .,é漢🙂-"), min_size=1, max_size=300)


@given(WORDS, st.integers(40, 220), st.sampled_from(["short", "wide"]), st.booleans())
def test_lines_fit_and_nothing_is_cut(text: str, width: int, shape: Any, times: bool) -> None:
    """At every width: no line is wider than the terminal, and every character is there."""
    found = shown(record(f"X{text}X"), width=width, shape=shape, times=times)
    # What stands before the text in wide lines may be wider than any terminal.
    assert all(cell_len(line) <= width for line in found[shape == "wide" :])
    squeezed = "".join("".join(found).split())
    assert "".join(f"X{text}X".split()) in squeezed


def test_an_encoding_that_lacks_something_gets_it_escaped() -> None:
    """Signs are replaced, text is escaped."""
    lines = shown(record(start(A)), record(report(A)), record("grüße"), encoding="ascii")
    assert all(line.isascii() for line in lines)
    assert "REPORT + ok" in lines[-2]
    assert "gr\\xfc\\xdfe" in lines[-1]


def test_invocations_unfold_too() -> None:
    """What `tail --invocations` shows goes through the same choice of fields."""
    (invocation,) = stitch(
        parse(events([(0, start(A)), (1, document(message="m", a={"b": 1})), (2, report(A))]))
    ).invocations
    assert isinstance(invocation, Invocation)
    view = EventView(terminal=False, unfold=lambda record: unfold(record, ("a.b",)))
    assert render_record(invocation.records[1], view).plain.endswith("m a.b=1")
    assert Line(invocation.records[0], "f", None).late is None
