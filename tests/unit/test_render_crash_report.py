import re
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from figured_samples import CRASHED, EARLIER, PYTHON_FRAMES, REPORT, crash, served
from hostile_samples import HOSTILE, SGR, harmful
from rich.cells import cell_len
from shown_samples import T0, checkout, invocation, record, show
from test_render_hostile import evil_transaction

from slsloggrep.model import CrashReport, ErrorInfo, Frame, Level, Status, Undone
from slsloggrep.render.crash_report import CrashReportView, render_crash_report

AT_80 = """\
✗ error  charge-card  KeyError: … in total_of (totals.py)
time         2026-11-23T17:00:02.123Z
version      7
request      22222222-2222-4222-8222-000000000002
log stream   /aws/lambda/charge-card 2026/11/23/[$LATEST]aa11
fingerprint  2222222200000000, 29 alike in the window

What happened
  charge-card ended with an error that its handler did not catch, 900 ms after
  it began.
  Its environment had served 14 invocations before, all of which ended well.

Error
  KeyError: 'items'
  ▸ File "/var/task/app.py", line 12, in handler
        return process(event)
    … 2 frames of libraries
  ▸ File "/var/task/totals.py", line 88, in total_of
        return sum(order["items"])

The invocation
  started 2026-11-23T17:00:01.223Z · ran 900 ms · limit 3.00 s
  memory 128 of 128 MB
  +0.000s         START version $LATEST
  +0.010s  INFO   charging order ord-8841
▸ +0.800s  ERROR  KeyError: 'items'  (stack trace above)
  +0.900s         REPORT 900 ms, memory 91 of 256 MB, error

Before it, in the same environment
  started 2026-11-23T16:49:59.123Z · 10 m 03 s old when it crashed
  14 invocations before
  memory 60 to 128 of 128 MB  ▄▅▅▅▅▆▆▆▇▇▇████
         start  status     time         memory
   -10m01.100s  ✓ ok     200 ms   60 of 128 MB  ━━━━╸─────  cold start 412 ms
             ⋮
    -5m21.100s  ✓ ok     319 ms   95 of 128 MB  ━━━━━━━╸──
    -4m41.100s  ✓ ok     336 ms  100 of 128 MB  ━━━━━━━━──
    -4m01.100s  ✓ ok     353 ms  105 of 128 MB  ━━━━━━━━──
    -3m21.100s  ✓ ok     370 ms  110 of 128 MB  ━━━━━━━━╸─
    -2m41.100s  ✓ ok     387 ms  115 of 128 MB  ━━━━━━━━━─
    -2m01.100s  ✓ ok     404 ms  120 of 128 MB  ━━━━━━━━━╸
    -1m21.100s  ✓ ok     421 ms  125 of 128 MB  ━━━━━━━━━━
▸      +0.000s  ✗ error  900 ms  128 of 128 MB  ━━━━━━━━━━
  ⋮ 6 more invocations: -o json has them

Attempts
            start  status     time         memory  error
▸  #1     +0.000s  ✗ error  900 ms  128 of 128 MB  'items'
   #2  +1m00.900s  ✗ error  900 ms  128 of 128 MB  'items'
   #3  +3m03.900s  ✓ ok     400 ms   91 of 128 MB

Transaction
  ✗ timeout  ord-8841  3 invocations
     start  function                                             status     time
   -1.100s  checkout         ░░░░░▒█████████████                 ✓ ok     1.00 s
▸  +0.000s  charge-card                          ████████████▌   ✗ error  900 ms
   +1.000s  write-audit-log                                   █  ✓ ok      40 ms

Left undone
  send-receipt  did not run; it ran after 98 of the 100 invocations that ended
  well

Try next
  1. Look at total_of in totals.py, line 88.
  2. See what is kept between invocations.

  slsloggrep trace ord-8841 -S './my logs'
"""

VIEW = CrashReportView(arguments=("-S", "./my logs"))
TITLES = (
    "What happened",
    "Error",
    "The invocation",
    "Before it, in the same environment",
    "Attempts",
    "Transaction",
    "Left undone",
    "Try next",
)


def page(report: CrashReport = REPORT, width: int = 80, **parts: object) -> str:
    view = replace(VIEW, **parts)  # type: ignore[arg-type]
    return show(render_crash_report(report, view), width, terminal=view.terminal)


def with_crash(**parts: object) -> CrashReport:
    return replace(REPORT, crash=replace(REPORT.crash, **parts))  # type: ignore[arg-type]


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_a_crash_reads_well_at_80_columns() -> None:
    """From what happened to what to try next, each part under its own title."""
    assert page() == AT_80


@pytest.mark.parametrize("width", [20, 33, 40, 60, 80, 100, 130, 200])
def test_no_line_exceeds_the_width_and_no_part_is_lost(width: int) -> None:
    """Narrow terminals wrap, and leave out only what other lines tell."""
    shown = page(width=width)
    assert max(map(cell_len, shown.splitlines())) <= width
    for needle in (
        *TITLES,
        "✗ error",
        "2222222200000000",
        "22222222-2222-4222-8222-000000000002",
        'return sum(order["items"])',
        "2 frames of libraries",
        "10 m 03 s old when it crashed",
        "memory 60 to 128 of 128 MB",
        "send-receipt",
        "ord-8841",
        *REPORT.what_happened,
        *REPORT.advice,
    ):
        assert squeezed(needle) in squeezed(shown)


@pytest.mark.parametrize("width", [60, 80, 130])
def test_tables_keep_their_rows_from_60_columns_on(width: int) -> None:
    """When, how and how long: of the earlier ones, of each attempt, of each member."""
    shown = page(width=width)
    for row in (
        r"-10m01\.100s +✓ ok +200 ms +60 of 128 MB",
        r"▸ +\+0\.000s +✗ error +900 ms +128 of 128 MB",
        r"▸ +#1 +\+0\.000s +✗ error +900 ms",
        r"#3 +\+3m03\.900s +✓ ok +400 ms",
        r"-1\.100s +checkout .*✓ ok +1\.00 s",
        r"\+1\.000s +write-audit-log .*✓ ok +40 ms",
    ):
        assert re.search(row, shown), row


def test_what_to_do_stands_at_the_end() -> None:
    """A terminal comes to rest at the last line."""
    assert page().rstrip().endswith("slsloggrep trace ord-8841 -S './my logs'")


def test_in_a_pipe_nothing_is_cut_folded_or_left_out() -> None:
    """All frames, all records as they were written, all earlier invocations."""
    shown = page(terminal=False, width=40)
    for frame in PYTHON_FRAMES:
        for line in frame.text.splitlines():
            assert line in shown
    for earlier in EARLIER:
        assert str(earlier.request_id) in shown
    assert "frames of libraries" not in shown
    assert "START RequestId: 22222222-2222-4222-8222-000000000002" in shown
    assert "more invocations" not in shown
    assert "stack trace above" not in shown


def test_own_frames_are_bright_and_marked_and_others_faint() -> None:
    """What is the user's own is seen with and without colours."""
    alone = with_crash(frames=PYTHON_FRAMES[:2])
    coloured = show(render_crash_report(alone, VIEW), 100, colour=True)
    assert '\x1b[1mFile "/var/task/app.py", line 12' in coloured
    assert '\x1b[2mFile "/opt/python/powertools/logger.py", line 450' in coloured
    for glyph, encoding in (("▸", "utf-8"), (">", "ascii")):
        plain = show(render_crash_report(alone, VIEW), 100, encoding=encoding)
        assert f'  {glyph} File "/var/task/app.py"' in plain
        assert '    File "/opt/python/powertools/logger.py"' in plain


def test_a_very_deep_stack_stays_short_on_a_terminal() -> None:
    """Recursion is counted, runs of libraries are folded, the middle of the rest is counted."""
    own = Frame("at f (app.js:1)", "f", "app.js", 1)
    shown = page(with_crash(frames=(own,) * 10_000))
    assert shown.count("at f (app.js:1)") == 1
    assert "10000 ×" in shown  # noqa: RUF001 - the multiplication sign is meant
    different = tuple(Frame(f"at f{i} (app.js:{i})", f"f{i}", "app.js", i) for i in range(10_000))
    shown = page(with_crash(frames=different))
    assert shown.count("(app.js:") == 40
    assert "9 960 more frames" in shown
    assert "at f0 " in shown
    assert "at f9999 " in shown
    assert page(with_crash(frames=different), terminal=False).count("(app.js:") == 10_000
    library = Frame("at g (lib.js:1)", own=False)
    shown = page(with_crash(frames=(own, *(library,) * 9_998, own)))
    assert "9 998 frames of libraries" in shown


def test_records_that_show_the_crash_are_marked() -> None:
    """The invocation is whole, and the eye finds the line that matters."""
    lines = page().splitlines()
    assert sum(line.startswith("▸ +") for line in lines) == 1
    assert any(line.startswith("▸ +0.800s  ERROR  KeyError") for line in lines)


def test_a_stack_trace_is_not_shown_twice_on_a_terminal() -> None:
    """The record that brought it says where it is; without frames it is shown there."""
    assert page().count("return process(event)") == 1
    assert page(with_crash(frames=())).count("return process(event)") == 1


def test_of_very_many_records_a_terminal_gets_the_first_and_the_last() -> None:
    """The rest is counted; a pipe gets all."""
    many = [record(1100 + i, f"step {i}.", "charge-card") for i in range(1000)]
    long = invocation("charge-card", "r", 1100, 2000, *many, status=Status.ERROR)
    report = with_crash(invocation=long, records=(long.records[-1],))
    shown = page(report)
    assert "step 0." in shown
    assert "step 999." in shown
    assert "852 more records" in shown
    assert len(re.findall(r"step \d+\.", shown)) == 148
    assert page(report, terminal=False).count("  step ") == 1000


def test_the_first_start_of_the_environment_is_kept_with_the_latest_invocations() -> None:
    """How it began and how it ended; those between are counted."""
    shown = page()
    assert "cold start 412 ms" in shown
    assert "⋮ 6 more invocations" in shown
    few = replace(REPORT, earlier=EARLIER[:9])
    assert "more invocations" not in page(few)


def test_memory_that_grows_is_seen_at_a_glance() -> None:
    """The sparkline's highest mark is the size of the memory."""
    line = next(line for line in page().splitlines() if line.startswith("  memory 60 to 128"))
    marks = line.split("  ")[-1]
    assert len(marks) == len(EARLIER) + 1
    assert marks[0] == "▄"
    assert marks[-1] == "█"
    assert list(marks) == sorted(marks)


def test_figures_that_are_no_numbers_break_nothing() -> None:
    """A damaged REPORT may state anything."""
    for figure in (float("nan"), float("inf"), float("-inf"), 0.0, -5.0):
        odd = replace(
            CRASHED, max_memory_mb=figure, memory_mb=figure, duration_ms=figure, timeout_s=figure
        )
        report = with_crash(invocation=odd)
        shown = page(replace(report, earlier=(odd, *EARLIER), attempts=(odd, CRASHED)))
        assert "Try next" in shown


def test_of_a_very_large_transaction_a_terminal_gets_what_is_nearest() -> None:
    """The rest is counted; a pipe gets all."""
    before = tuple(served(i, -1000 + i, 5) for i in range(50))
    after = tuple(served(100 + i, 3000 + i, 5) for i in range(50))
    report = replace(REPORT, upstream=before, downstream=after)
    shown = page(report, width=130)
    assert "⋮ 76 more invocations: trace has them" in shown
    for kept in (*before[-12:], *after[:12]):
        assert str(kept.request_id) in shown
    whole = page(report, terminal=False)
    assert "more invocations" not in whole
    assert all(str(i.request_id) in whole for i in (*before, *after))


def test_a_frame_of_a_megabyte_stays_short_on_a_terminal() -> None:
    """Its beginning, and how much more there is."""
    shown = page(with_crash(frames=(Frame("x" * 1_000_000),)))
    assert "998000 more characters" in re.sub(r"\s+", " ", shown)
    assert len(shown) < 10_000


def test_what_is_absent_has_no_title() -> None:
    """A crash of which nothing else is known is a short page."""
    bare = CrashReport(
        crash=crash(1, "f", Status.EXIT, None, None, 0, request_id=None),
        what_happened=(),
        advice=(),
        environment_start=None,
        earlier=(),
        attempts=(),
        transaction=None,
        upstream=(),
        downstream=(),
        undone=(),
        alike=1,
    )
    shown = page(bare)
    assert not any(title in shown for title in TITLES)
    assert "Its records" in shown
    assert "the only one of its kind" in shown
    assert "slsloggrep trace" not in shown


def test_that_nobody_tried_again_is_said() -> None:
    """An absence that was looked at is told from one that was not."""
    shown = page(replace(REPORT, attempts=(CRASHED,)))
    assert "this one only: no other was seen" in shown


def test_without_a_transaction_the_request_leads_on() -> None:
    """There is always something to ask next, as long as there is an ID."""
    shown = page(replace(REPORT, transaction=None))
    assert "slsloggrep trace 22222222-2222-4222-8222-000000000002 -S './my logs'" in shown


def test_the_command_wraps_so_that_a_shell_takes_it_whole() -> None:
    """Lines end with a backslash; an option keeps its value; an ID is no option."""
    shown = page(width=60, arguments=("-S", "s3://my-logs/prod", "-s", "2026-11-23T16:00:00Z"))
    assert shown.endswith(
        "\n  slsloggrep trace ord-8841 -S s3://my-logs/prod \\\n    -s 2026-11-23T16:00:00Z\n"
    )
    dashed = replace(checkout(), id="-x")
    shown = page(replace(REPORT, transaction=dashed), arguments=("-S", "logs"))
    assert shown.endswith("slsloggrep trace -S logs -- -x\n")


def test_what_would_not_be_found_is_not_offered() -> None:
    """An ID with characters that are shown as escapes cannot be copied."""
    evil = replace(checkout(), id="ord\x1b[2J")
    assert "slsloggrep trace" not in page(replace(REPORT, transaction=evil))


def test_times_are_in_the_zone_that_was_asked_for() -> None:
    """With its offset, as `--since` takes it back."""
    shown = page(tz=timezone(timedelta(hours=2)))
    assert "time         2026-11-23T19:00:02.123+02:00" in shown
    assert "started 2026-11-23T18:49:59.123+02:00" in shown


def test_meaning_needs_neither_colour_nor_unicode() -> None:
    """Signs, gauges and bars have spellings in ASCII."""
    shown = show(render_crash_report(REPORT, VIEW), 100, encoding="ascii")
    assert shown.isascii()
    for needle in ("x error", "+ ok", "====-.....", "> +0.800s", "... 2 frames of libraries"):
        assert needle in shown


def test_styles_of_one_part_do_not_run_into_the_next() -> None:
    """What is said in plain words is neither faint nor bold."""
    coloured = show(render_crash_report(REPORT, VIEW), 100, colour=True)
    plain_lines = [
        f"  {REPORT.what_happened[0]}",
        "  memory 60 to 128 of 128 MB  ",
        "  slsloggrep trace ord-8841 -S './my logs'",
    ]
    for line in plain_lines:
        assert f"\n{line}" in coloured
    assert "\x1b[1msend-receipt\x1b[0m  did not run" in coloured


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    ("terminal", "encoding"), [(True, "utf-8"), (False, "utf-8"), (True, "ascii")]
)
@pytest.mark.parametrize("width", [60, 140])
def test_log_text_is_harmless(text: str, terminal: bool, encoding: str, width: int) -> None:
    """Nothing is obeyed, wherever the text stands."""
    transaction = evil_transaction(text)
    evil = transaction.members[0].invocation
    report = CrashReport(
        crash=crash(
            1,
            text,
            Status.ERROR,
            text,
            text,
            10,
            title=text,
            version=text,
            request_id=text,
            log_group=text,
            log_stream=text,
            frames=(Frame(text, text, text, 1), Frame(text + "!", own=False)),
            invocation=evil,
            records=(evil.records[1],),
        ),
        what_happened=(text,),
        advice=(text,),
        environment_start=T0 - 5,
        earlier=(evil, served(1, -500, 100)),
        attempts=(evil, evil),
        transaction=transaction,
        upstream=(evil,),
        downstream=(evil,),
        undone=(Undone(text, 1, 2),),
        alike=2,
    )
    view = replace(VIEW, terminal=terminal, arguments=("-S", text))
    written = show(
        render_crash_report(report, view),
        width,
        terminal=terminal,
        colour=terminal,
        encoding=encoding,
    )
    assert harmful(written) == set()
    if terminal:
        assert max(map(cell_len, SGR.sub("", written).splitlines())) <= width


def test_a_message_of_a_megabyte_is_quick_on_a_terminal() -> None:
    """A terminal gets its beginning, wherever it is told."""
    long = "a b " * 250_000
    loud = invocation(
        "f",
        "r",
        0,
        10,
        record(5, long, level=Level.ERROR, error=ErrorInfo(type="E", message=long)),
        status=Status.ERROR,
        error_message=long,
    )
    parts = {"message": long, "title": long, "invocation": loud, "records": (loud.records[1],)}
    report = replace(with_crash(**parts), attempts=(loud, loud))
    assert len(page(report)) < 150_000
    assert len(page(report, terminal=False)) > 1_000_000
