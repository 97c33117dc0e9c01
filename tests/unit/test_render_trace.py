import re
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from rich.cells import cell_len
from shown_samples import (
    COVERAGE,
    GAPPED,
    ORDER,
    T0,
    checkout,
    invocation,
    member,
    record,
    show,
)

from slsloggrep.model import ErrorInfo, Fact, Level, Platform, Record, Status, Transaction
from slsloggrep.render.trace import TraceView, render_trace

AT_80 = """\
✗ timeout  ord-8841  2 m 05 s
started    2026-11-23T17:00:00.123Z
ran        2 functions, 3 invocations, 1 retry, 2 failed, 1 cold start
joined by  correlation_id ord-8841  1 invocation, from +0.003s in checkout
           xray_trace_id 1-6ac7d556-032906e375c910cf42cb849e
           2 invocations, from +1.900s in charge-card

                -0.400s                            +2m05.000s
░ init █ run    ├───────────────╱╱2m00s╱╱───────────────────┤
checkout        ░░▒██████▌         ╱╱                          ✓ ok       1.00 s
  cold start 400 ms · memory 91 of 256 MB · joined by correlation_id
  request 11111111-1111-4111-8111-111111111111
  → response {"statusCode":202,"body":"pending"}
     +0.000s         START version $LATEST
     +0.003s  INFO   order ord-8841 received
     +0.050s  WARN   stock is low
     +1.000s         REPORT 1.00 s, memory 91 of 256 MB, init 400 ms

charge-card              ▐██████   ╱╱                          ✗ error    900 ms
  attempt 1 of 2 · memory 91 of 256 MB · joined by xray_trace_id
  request 22222222-2222-4222-8222-222222222222
     +1.100s         START version $LATEST
     +1.900s  ERROR  Declined: card expired
                     Traceback:
                       File "app.py", line 42
                         charge()
     +2.000s         REPORT 900 ms, memory 91 of 256 MB, error

charge-card #2                     ╱╱    ▐███████████████████  ✗ timeout  3.00 s
  attempt 2 of 2 · memory 91 of 256 MB · joined by xray_trace_id
  request 22222222-2222-4222-8222-222222222222
  Task timed out after 3.00 seconds
  +2m02.000s         START version $LATEST
  +2m05.000s         REPORT 3.00 s, memory 91 of 256 MB, timeout

Unattributed: 1 record mentions the transaction, but no invocation could be told
  /aws/lambda/proxy 2026/11/23/[$LATEST]aa11
     +1.950s         gateway: ord-8841 -> 402

2 more records not shown: --events all
"""  # noqa: RUF001 - the stroke is drawn, not a solidus


def trace(transaction: Transaction, width: int = 80, **view: object) -> str:
    shown_with = TraceView(**view)  # type: ignore[arg-type]
    return show(
        render_trace(transaction, COVERAGE, shown_with), width, terminal=shown_with.terminal
    )


def test_reads_well_at_80_columns() -> None:
    """The page that the README shows: head, axis, bar, details, response, key records."""
    assert trace(checkout()) == AT_80


@pytest.mark.parametrize("width", [20, 31, 40, 60, 80, 130, 200])
@pytest.mark.parametrize("events", ["none", "key", "all"])
def test_no_line_exceeds_the_width_and_nothing_is_lost(width: int, events: str) -> None:
    """Narrow terminals wrap; statuses, durations and messages are all still there."""
    page = trace(checkout(), width, events=events)
    assert max(map(cell_len, page.splitlines())) <= width
    squeezed = re.sub(r"\s+", "", page)
    for needle in ("timeout", "error", "ok", "1.00s", "900ms", "3.00s", "attempt2of2"):
        assert needle in squeezed
    assert "Tasktimedoutafter3.00seconds" in squeezed


def test_every_row_has_its_bar_on_the_common_axis() -> None:
    """The bars of all rows begin and end within the axis above them."""
    lines = trace(checkout(), 100, events="none").splitlines()
    axis = next(line for line in lines if "├" in line)
    left, right = axis.index("├"), axis.index("┤")
    rows = [line for line in lines if re.match(r"(checkout|charge-card)", line)]
    assert len(rows) == 3
    for row in rows:
        filled = [i for i, sign in enumerate(row) if sign in "░█▌▐"]
        assert filled
        assert left <= filled[0] <= filled[-1] <= right


def test_key_events_are_the_default_and_the_rest_is_counted() -> None:
    """Warnings, errors, mentions and platform facts are shown; what is not is said."""
    page = trace(checkout())
    assert "stock is low" in page
    assert "order ord-8841 received" in page
    assert "REPORT 1.00 s, memory 91 of 256 MB, init 400 ms" in page
    assert "cache miss" not in page
    assert "charging" not in page
    assert "2 more records not shown: --events all" in page


def test_all_events_are_all() -> None:
    """Nothing is left out, and platform lines are as they were written."""
    page = trace(checkout(), 120, events="all")
    for needle in ("cache miss", "charging", "START RequestId: 1111", "Duration: 1000.00 ms"):
        assert needle in page
    assert "not shown" not in page


def test_no_events_still_tell_why_it_failed() -> None:
    """Without records the error stands under the bar, and the count says what is missing."""
    page = trace(checkout(), events="none")
    assert "Declined: card expired" in page
    assert "order ord-8841 received" not in page
    assert "12 more records not shown: --events key or --events all" in page
    assert "Unattributed: 1 record" in page


def test_an_error_is_told_once() -> None:
    """Where a shown record states the error, the row does not repeat it."""
    assert trace(checkout()).count("card expired") == 1


def test_tracebacks_keep_their_lines() -> None:
    """Each frame stands on its own line, indented as it was, under the record's text."""
    lines = trace(checkout()).splitlines()
    first = next(i for i, line in enumerate(lines) if "Declined: card expired" in line)
    column = lines[first].index("Declined")
    assert [line[column:] for line in lines[first + 1 : first + 4]] == [
        "Traceback:",
        '  File "app.py", line 42',
        "    charge()",
    ]


def test_a_stack_that_the_text_lacks_is_added() -> None:
    """Structured errors carry their frames apart from the message."""
    error = ErrorInfo(type="Boom", message="went off", stack=("at a.js:1", "at b.js:2"))
    failed = record(5, "handler failed", level=Level.ERROR, error=error)
    page = trace(Transaction(id="x", identifiers=(), members=(member(
        invocation("f", "r", 0, 10, failed)),)))  # fmt: skip
    assert re.search(r"handler failed\n +Boom: went off\n +at a\.js:1\n +at b\.js:2\n", page)


def test_unattributed_records_have_their_own_section() -> None:
    """They are neither dropped nor guessed into an invocation."""
    page = trace(checkout())
    section = page[page.index("Unattributed: 1 record mentions the transaction") :]
    assert "/aws/lambda/proxy 2026/11/23/[$LATEST]aa11" in section
    assert "+1.950s         gateway: ord-8841 -> 402" in section


def test_the_response_is_shortened_only_on_a_terminal() -> None:
    """An ellipsis fits it to the width; a pipe gets all of it on one line."""
    long = {"body": "x" * 500 + "END"}
    on_terminal = next(x for x in trace(checkout(response=long)).splitlines() if "response" in x)
    assert on_terminal.endswith("…")
    assert cell_len(on_terminal) <= 80
    piped = trace(checkout(response=long), terminal=False)
    assert '→ response {"body":"' + "x" * 500 + 'END"}\n' in piped


def test_a_null_response_is_a_response() -> None:
    """Stated null differs from nothing stated."""
    stated = invocation("f", "r", 0, 10, response=None, states_response=True)
    silent = invocation("f", "r", 0, 10)
    only = Transaction(id="x", identifiers=(), members=(member(stated),))
    assert "response null" in trace(only)
    only = Transaction(id="x", identifiers=(), members=(member(silent),))
    assert "response" not in trace(only)


def test_not_a_terminal_nothing_is_cut_wrapped_or_coloured() -> None:
    """Lines are whole whatever the console's width, and the layout does not depend on it."""
    long = record(5, "word " * 400 + "end ord-8841", level=Level.WARN)
    wordy = Transaction(
        id="ord-8841",
        identifiers=(ORDER,),
        members=(member(invocation("f" * 90, "r", 0, 10, long)),),
    )
    page = trace(wordy, 40, terminal=False)
    assert page == trace(wordy, 200, terminal=False)
    assert "word " * 400 + "end ord-8841\n" in page
    assert "f" * 90 in page
    assert "\x1b" not in page


def test_a_terminal_is_told_how_much_of_a_huge_record_it_is_spared() -> None:
    """A record of megabytes does not scroll everything else away, and is not cut silently."""
    huge = Transaction(
        id="x",
        identifiers=(),
        members=(member(invocation("f", "r", 0, 10, record(5, "y" * 100_000, level=Level.WARN))),),
    )
    assert "[80000 more characters: -o json]" in re.sub(r"\n +", " ", trace(huge, 200))
    assert "y" * 100_000 in trace(huge, terminal=False)


def test_meaning_survives_without_colour_and_without_unicode() -> None:
    """An ASCII output gets other signs and escapes, and never fails to encode."""
    foreign = checkout(response={"größe": "日本"})
    page = show(render_trace(foreign, COVERAGE, TraceView()), 80, encoding="ascii")
    assert page.isascii()
    assert "x error" in page
    assert "+ ok" in page
    assert re.search(r"checkout +-+=+ +// +\+ ok", page)
    assert r"gr\xf6\xdfe" in page
    assert r"\u65e5\u672c" in page


def test_colour_adds_no_meaning() -> None:
    """With colour stripped the page is the page without colour."""
    renderable = render_trace(checkout(), COVERAGE, TraceView())
    coloured = show(renderable, 80, colour=True)
    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == show(renderable, 80)


def test_only_the_terminals_own_colours_are_used() -> None:
    """No 256 colours, no RGB, neither black nor white: light and dark palettes both work."""
    coloured = show(render_trace(checkout(), GAPPED, TraceView()), 80, colour=True)
    codes = {c for found in re.findall(r"\x1b\[([0-9;]*)m", coloured) for c in found.split(";")}
    assert codes <= {"0", "1", "2", "4", "31", "32", "33", "34", "35", "36"}


def test_times_are_shown_in_the_users_zone() -> None:
    """The start carries the offset of the zone that was asked for."""
    zone = timezone(timedelta(hours=9))
    assert "2026-11-24T02:00:00.123+09:00" in trace(checkout(), tz=zone)


def test_a_partial_answer_is_marked() -> None:
    """The head says that something could not be read; the gaps themselves are told elsewhere."""
    page = show(render_trace(checkout(), GAPPED, TraceView(window="the whole archive")))
    assert "partial    something could not be read" in page
    assert "searched   the whole archive" in page
    assert "a.gz" not in page
    assert "partial" not in trace(checkout())


def test_what_qualifies_a_member_is_said() -> None:
    """Batches, cut ends and the bound on hops are told in words."""
    odd = invocation("f", "r", 0, 10, complete=False, status=Status.INCOMPLETE, duration_ms=None)
    page = trace(
        Transaction(id="x", identifiers=(), members=(member(odd, batch=True),), hops_cut=True)
    )
    assert "◌ incomplete" in page
    assert "batch: served other transactions too" in page
    assert "start or end was not among the events read" in page
    assert "bound on hops" in page


def test_a_transaction_without_members_shows_what_there_is() -> None:
    """Unattributed records alone make a page; nothing at all makes a head."""
    lonely = replace(checkout(), members=())
    assert "gateway: ord-8841 -> 402" in trace(lonely)
    assert trace(replace(lonely, unattributed=())) == "◌ incomplete  ord-8841\n"


def test_fields_follow_the_text_without_the_context_that_repeats() -> None:
    """Of a structured record the fields that add something are shown as key=value."""
    fields = {"level": "WARN", "message": "declined", "reason": "no funds", "cold_start": True,
              "amount": {"value": 3}}  # fmt: skip
    structured = Record(
        event=record(1, '{"level":"WARN"}').event,
        level=Level.WARN,
        text="declined",
        fields=fields,
    )
    page = trace(
        Transaction(
            id="x", identifiers=(), members=(member(invocation("f", "r", 0, 9, structured)),)
        ),
        120,
    )
    assert 'declined reason="no funds" amount={"value":3}\n' in page


def test_records_before_the_start_have_negative_offsets() -> None:
    """An INIT line lies before START and says so."""
    init = record(-400, "INIT_START Runtime Version: python:3.12.v36\tRuntime Version ARN: arn:x",
                  platform=Platform(fact=Fact.INIT_START))  # fmt: skip
    born = invocation("f", "r", 0, 10)
    born = replace(born, records=(init, *born.records))
    page = trace(Transaction(id="x", identifiers=(), members=(member(born),)))
    assert "-0.400s         INIT_START python:3.12.v36\n" in page
    assert born.start == T0


def test_a_crash_reported_by_the_runtime_is_an_error() -> None:
    """Platform facts carry no level word, unless they are warnings or worse."""
    crash = record(5, "boom", platform=Platform(fact=Fact.UNHANDLED))
    page = trace(
        Transaction(id="x", identifiers=(), members=(member(invocation("f", "r", 0, 9, crash)),))
    )
    assert "+0.005s  ERROR  boom" in page
    assert "+0.000s         START" in page


def test_only_what_was_asked_for_is_emphasised() -> None:
    """The trace ID that came along stands on every line and would drown the ID that was typed."""
    coloured = show(render_trace(checkout(), COVERAGE, TraceView(events="all")), 100, colour=True)
    emphasised = set(re.findall(r"\x1b\[1;4m([^\x1b]*)", coloured))
    assert emphasised == {"ord-8841"}


def test_facts_of_one_moment_share_a_line_and_trouble_has_its_own() -> None:
    """END and REPORT are one line; a failed init is not buried in front of START."""
    failed = Platform(fact=Fact.INIT_REPORT, init_ms=5.0, duration_ms=5.0, status="error")
    init = record(0, "INIT_REPORT", platform=failed, level=Level.ERROR)
    end = record(10, "END", platform=Platform(fact=Fact.END))
    whole = invocation("f", "r", 0, 10)
    whole = replace(whole, records=(init, whole.records[0], end, whole.records[1]))
    page = trace(Transaction(id="x", identifiers=(), members=(member(whole),)))
    assert "+0.000s  ERROR  INIT_REPORT 5 ms, error\n" in page
    assert "+0.000s         START version $LATEST\n" in page
    assert "+0.010s         END · REPORT 10 ms" in page
