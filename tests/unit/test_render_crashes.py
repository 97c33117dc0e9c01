import re
from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from figured_samples import (
    CRASHES,
    GROUPS,
    KEY_ERROR,
    KILLED,
    LOGGED,
    MINUTE,
    NO_MODULE,
    TIMEOUT,
    crash,
    group,
    request_id,
)
from hostile_samples import HOSTILE, SGR, harmful
from rich.cells import cell_len
from shown_samples import T0, show

from slsloggrep.model import Crash, CrashGroup, Frame, Status
from slsloggrep.render.crashes import CrashView, render_crashes, render_groups

LIST_AT_80 = """\
2026-11-23T17:02:05.123Z  ✗ timeout     charge-card                     11111111
  22222222-2222-4222-8222-000000000001  Task timed out after 3.00 seconds
2026-11-23T17:01:40.123Z  ✗ error       checkout-api-p…ntral-1-handler  22222222
  22222222-2222-4222-8222-000000000002  KeyError: 'items'
2026-11-23T17:01:30.123Z  ✗ oom         image-resize                    33333333
  22222222-2222-4222-8222-000000000003  Runtime.ExitError: Runtime exited with …
2026-11-23T16:58:40.123Z  ✗ init_error  nightly-report                  44444444
  22222222-2222-4222-8222-000000000004  Runtime.ImportModuleError: Unable to im…
2026-11-23T16:00:00.123Z  ◌ logged      send-receipt                    55555555
  22222222-2222-4222-8222-000000000005  ValueError: bad address
"""

GROUPS_AT_80 = """\
35 crashes in 3 groups, 1 new
from 2026-11-23T16:30:00.123Z to 2026-11-23T17:30:00.123Z, each mark 1 m 52 s

31 ×  ·····▆▆▃▆▆▆▆▆▆▆▃▆█▆▆▆···········  ✗ timeout  11111111
      charge-card  timed out after 3 s
      first 2026-11-23T16:40:00.123Z · last 2026-11-23T17:09:00.123Z
      in charge-card, charge-card-canary · versions 6, 7
      Task timed out after 3.00 seconds
      22222222-2222-4222-8222-000000000001

 3 ×  ················█···············  ✗ error  NEW  22222222
      checkout-api-prod-eu-central-1-handler
      KeyError: … in total_of (totals.py)
      first 2026-11-23T17:00:40.123Z · last 2026-11-23T17:01:40.123Z · version 7
      KeyError: 'items'
      22222222-2222-4222-8222-000000000002  at total_of (/var/task/totals.py:88)

 1 ×  ···············█················  ✗ init_error  44444444
      nightly-report  ImportModuleError: Unable to import module …: No module n…
      seen 2026-11-23T16:58:40.123Z
      Runtime.ImportModuleError: Unable to import module 'app': No module named…
      22222222-2222-4222-8222-000000000004
"""  # noqa: RUF001 - the multiplication sign is meant

VIEW = CrashView(since=T0 - 30 * MINUTE, until=T0 + 30 * MINUTE)
PIPE = replace(VIEW, terminal=False)
WIDTHS = [20, 33, 40, 60, 75, 76, 80, 120, 149, 150, 200]


def listed(crashes: tuple[Crash, ...] = CRASHES, width: int = 80, **parts: object) -> str:
    view = replace(VIEW, **parts)  # type: ignore[arg-type]
    return show(render_crashes(crashes, view), width, terminal=view.terminal)


def grouped(groups: tuple[CrashGroup, ...] = GROUPS, width: int = 80, **parts: object) -> str:
    view = replace(VIEW, **parts)  # type: ignore[arg-type]
    return show(render_groups(groups, view), width, terminal=view.terminal)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_a_list_reads_well_at_80_columns() -> None:
    """Two lines each: when, how, where and which; then what to copy, and why."""
    assert listed() == LIST_AT_80


def test_groups_read_well_at_80_columns() -> None:
    """How often, when, how, new or not; then what, since when, where, why, and a sample."""
    assert grouped() == GROUPS_AT_80


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("wide", [False, True])
def test_no_line_exceeds_the_width_and_what_is_copied_is_whole(width: int, wide: bool) -> None:
    """On any terminal lines fit; from 60 columns on, every request ID stands on one line."""
    for page in (listed(width=width, wide=wide), grouped(width=width, wide=wide)):
        assert max(map(cell_len, page.splitlines())) <= width
    if width >= 60:
        for some in CRASHES:
            assert str(some.request_id) in listed(width=width, wide=wide)
        for several in GROUPS:
            assert several.request_ids[0] in grouped(width=width, wide=wide)


@pytest.mark.parametrize("width", WIDTHS)
def test_whatever_the_width_kinds_and_fingerprints_are_there(width: int) -> None:
    """Narrow terminals lose no fact of a crash but the end of long names and messages."""
    for page in (squeezed(listed(width=width)), squeezed(grouped(width=width))):
        assert "✗timeout" in page
        assert "✗init_error" in page
        assert "11111111" in page
    assert "2026-11-23T17:02:05.123Z" in squeezed(listed(width=width))


def test_in_a_pipe_each_crash_is_one_line_and_nothing_is_cut() -> None:
    """Time, kind, function, request, whole fingerprint, whole error, whatever the width."""
    lines = listed(terminal=False, width=40).splitlines()
    assert len(lines) == len(CRASHES)
    for some, line in zip(CRASHES, lines, strict=True):
        assert some.function in line
        assert some.fingerprint in line
        assert str(some.message) in line
        assert "…" not in line
    page = grouped(terminal=False, width=40)
    for several in GROUPS:
        assert several.title in page
        assert several.fingerprint in page


def test_wide_cuts_nothing_on_a_terminal_either() -> None:
    """Whole fingerprints and messages: what has no room wraps."""
    page = listed(wide=True)
    assert "3333333300000000" in page
    assert squeezed("Runtime exited with error: signal: killed") in squeezed(page)
    assert "totals.py)" in squeezed(grouped(wide=True))


def test_fingerprints_are_short_on_a_terminal() -> None:
    """Eight digits tell the crashes of one answer apart."""
    assert "1111111100000000" not in listed()
    assert "11111111" in listed()


def test_meaning_needs_neither_colour_nor_unicode() -> None:
    """Kinds, news and counts are words and signs that ASCII has."""
    view = replace(VIEW)
    for page in (
        show(render_crashes(CRASHES, view), 80, encoding="ascii"),
        show(render_groups(GROUPS, view), 80, encoding="ascii"),
    ):
        assert page.isascii()
        assert "x timeout" in page
        assert "x init_error" in page
    assert "NEW" in page
    assert re.search(r"^31 x  _+[.:=+*#-]+_+  x timeout", page, re.MULTILINE)


def test_an_error_that_was_only_logged_is_told_from_a_crash() -> None:
    """It has neither the sign nor the word of a crash."""
    line = listed((LOGGED,)).splitlines()[0]
    assert "logged" in line
    assert "✗" not in line
    assert "error" not in line


def test_crashes_shown_one_at_a_time_line_up() -> None:
    """While following, each crash is a list of its own: its columns are where the others' are."""
    assert "".join(listed((some,)) for some in CRASHES) == LIST_AT_80


def test_the_platforms_prefix_is_left_out_where_the_request_stands_beside_it() -> None:
    """`RequestId: … Error: ` says nothing new on a terminal; in a pipe nothing is left out."""
    assert "RequestId" not in listed((KILLED,))
    assert f"RequestId: {request_id(3)} Error: " in listed((KILLED,), terminal=False)
    foreign = replace(KILLED, message=f"RequestId: {request_id(9)} Error: gone")
    assert "RequestId" in listed((foreign,))


def test_times_are_in_the_zone_that_was_asked_for() -> None:
    """With its offset, as `--since` takes it back."""
    zone = timezone(timedelta(hours=2))
    assert "2026-11-23T19:02:05.123+02:00" in listed(tz=zone, width=90)
    assert "last 2026-11-23T19:09:00.123+02:00" in grouped(tz=zone)


def test_what_is_not_known_leaves_no_hole() -> None:
    """Neither function, request, error nor message: there still is a line, and its kind."""
    bare = crash(6, "", Status.EXIT, None, None, 0, request_id=None, log_group="", title="")
    for terminal in (True, False):
        page = listed((bare,), terminal=terminal)
        assert "✗ exit" in page
        assert "(function unknown)" in page
        assert "  -" in page
        assert "1 crash in 1 group" in grouped((group(bare, request_ids=()),), terminal=terminal)


def test_nothing_is_nothing() -> None:
    """No crashes, no lines: that nothing was found is said elsewhere."""
    assert listed(()) == ""
    assert grouped(()) == ""


def test_only_what_is_known_to_be_new_is_marked() -> None:
    """Where the time before was not looked at, nothing is new and nothing is old."""
    for is_new, marks in ((True, 1), (False, 0), (None, 0)):
        page = grouped((group(TIMEOUT, is_new=is_new),))
        assert page.count("NEW") == marks
        assert ("1 new" in page) is bool(marks)


def test_the_sparkline_covers_the_window_and_not_only_the_crashes() -> None:
    """Three crashes at one time are one mark at its place in the window."""
    once = group(TIMEOUT, 125_000, 125_000)
    line = grouped((once,)).splitlines()[3]
    marks = line.split("  ")[1]
    assert marks.count("█") == 1
    assert set(marks) == {"·", "█"}
    where = (125_000 + 30 * MINUTE) / (60 * MINUTE)
    assert marks.index("█") == int(where * len(marks))


def test_without_a_window_the_sparkline_begins_and_ends_with_a_crash() -> None:
    """There is nothing else that it could be measured by."""
    page = grouped((group(TIMEOUT, -5 * MINUTE),), since=None, until=None)
    marks = page.splitlines()[3].split("  ")[1]
    assert marks[0] == marks[-1] == "█"


def test_the_sample_names_the_innermost_own_frame() -> None:
    """Python writes the innermost call last, all others first."""
    assert "at total_of (/var/task/totals.py:88)" in grouped((group(KEY_ERROR),))
    node = (
        Frame("at Object.emit (node:events:517:28)", "Object.emit", "node:events", 517, own=False),
        Frame("at charge (/var/task/pay.js:7:11)", "charge", "/var/task/pay.js", 7),
        Frame("at handler (/var/task/index.js:3:5)", "handler", "/var/task/index.js", 3),
    )
    assert "at charge (/var/task/pay.js:7)" in grouped((group(replace(KEY_ERROR, frames=node)),))


def test_an_error_that_the_title_tells_is_not_told_again() -> None:
    """A line that says nothing new is not there."""
    told = replace(NO_MODULE, title=f"nightly-report: {NO_MODULE.error_type}: {NO_MODULE.message}")
    page = grouped((group(told),), width=150)
    assert page.count("pandas") == 1


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    ("terminal", "encoding"), [(True, "utf-8"), (False, "utf-8"), (True, "ascii")]
)
@pytest.mark.parametrize("width", [60, 160])
def test_log_text_is_harmless(text: str, terminal: bool, encoding: str, width: int) -> None:
    """Nothing is obeyed, wherever the text stands, and a line is a line."""
    evil = crash(
        7,
        text,
        Status.ERROR,
        text,
        text + "!",
        0,
        request_id=text,
        title=text + "?",
        log_group=text,
        log_stream=text,
        version=text,
        frames=(Frame(text, text, text, 3),),
    )
    view = replace(VIEW, terminal=terminal)
    several = group(evil, functions=(text, text), versions=(text,))
    for renderable in (render_crashes([evil], view), render_groups([several], view)):
        written = show(renderable, width, terminal=terminal, colour=terminal, encoding=encoding)
        assert harmful(written) == set()
        if terminal:
            assert max(map(cell_len, SGR.sub("", written).splitlines())) <= width
    if not terminal:
        assert show(render_crashes([evil], view), terminal=False).count("\n") == 1


def test_a_message_of_a_megabyte_is_quick_on_a_terminal_and_whole_in_a_pipe() -> None:
    """A terminal gets its beginning."""
    long = replace(TIMEOUT, message="a b " * 250_000, title="t" * 1_000_000)
    assert len(listed((long,))) < 1000
    assert len(grouped((group(long),))) < 1000
    assert len(listed((long,), terminal=False)) > 1_000_000
    assert len(listed((long,), wide=True)) < 60_000
