"""Progress: one line of stderr, in time, within the width, gone at the end."""

from __future__ import annotations

import io
import time
from datetime import UTC
from typing import Any

import pytest

from slsloggrep.cli.context import Cancellation, Environment
from slsloggrep.cli.options import Inputs
from slsloggrep.cli.progress import Progress
from slsloggrep.model import Coverage
from slsloggrep.sources import base
from slsloggrep.sources.base import Settings


def environment(**attributes: Any) -> Environment:
    defaults: dict[str, Any] = {
        "stdin": None,
        "stdin_is_terminal": False,
        "stdout": io.StringIO(),
        "stdout_is_terminal": False,
        "stderr": io.StringIO(),
        "stderr_is_terminal": True,
        "width": 80,
    }
    return Environment(**{**defaults, **attributes})


HALF = Coverage(
    source="s3://b", bytes=200_000_000, objects=300, planned_objects=600, planned_bytes=400_000_000
)


def line_after(
    seconds: float, *totals: Coverage, columns: int = 200, cancelled: bool = False
) -> str:
    times = iter([0.0, seconds])
    cancellation = Cancellation()
    if cancelled:
        cancellation.set()
    progress = Progress(environment(stopwatch=lambda: next(times)), cancellation)
    for total in totals:
        progress.progress(total)
    return progress.line(columns)


def test_the_line_tells_objects_bytes_rate_and_what_is_left() -> None:
    """Done of all, the rate, and the time left at that rate."""
    assert line_after(2.0, HALF) == (
        "read 300 of 600 objects, 200.0 MB of 400.0 MB, 100.0 MB/s, 2.00 s left"
    )


def test_totals_replace_each_other_and_sources_add_up() -> None:
    """What arrives is a running total of one source."""
    other = Coverage(source="demo:", bytes=1, objects=1, planned_objects=1, planned_bytes=1)
    assert line_after(2.0, HALF, HALF, other).startswith("read 301 of 601 objects")


def test_a_pipe_has_no_end_to_tell() -> None:
    """Where nobody knows how much there is, nothing is promised."""
    assert line_after(2.0, Coverage(source="-", bytes=4_000_000)) == "read 4.0 MB, 2.0 MB/s"


def test_requests_move_the_line_where_no_bytes_do() -> None:
    """A service may answer thousands of empty pages on its way to the first event."""
    waiting = Coverage(source="cloudwatch:", requests=1234, planned_objects=2, unit="log group")
    assert line_after(2.0, waiting).startswith("read 0 of 2 log groups, 0 B, 1 234 requests")


def test_before_anything_is_known_the_line_says_so() -> None:
    """Listing takes time too."""
    assert line_after(3.0) == "looking for what to read, 3.00 s"


def test_a_narrow_terminal_gets_the_first_parts_whole() -> None:
    """The line never wraps: parts go from its end."""
    assert line_after(2.0, HALF, columns=40) == "read 300 of 600 objects"
    assert line_after(2.0, HALF, columns=10) == "read 300 o"


def test_an_interrupt_shows_at_once() -> None:
    """Who pressed Ctrl-C sees that it was heard, and what a second one does."""
    assert line_after(2.0, HALF, cancelled=True).startswith("stopping (Ctrl-C again ends at once)")


def test_nothing_is_shown_in_the_first_half_second() -> None:
    """What is quick stays quiet."""
    stderr = io.StringIO()
    with Progress(environment(stderr=stderr), Cancellation()):
        pass
    assert stderr.getvalue() == ""


def test_the_line_moves_while_nothing_arrives_and_is_gone_at_the_end() -> None:
    """A thread of its own writes the line; the last thing written clears it."""
    stderr = io.StringIO()
    with Progress(environment(stderr=stderr), Cancellation()):
        time.sleep(0.8)
    assert "looking for what to read" in stderr.getvalue()
    assert stderr.getvalue().endswith("\r\x1b[K")


def test_without_a_terminal_nothing_is_ever_shown() -> None:
    """Logs of other programs are no place for a moving line."""
    for attributes in ({"stderr_is_terminal": False}, {"env": {"TERM": "dumb"}}):
        stderr = io.StringIO()
        with Progress(environment(stderr=stderr, **attributes), Cancellation()):
            time.sleep(0.6)
        assert stderr.getvalue() == ""


def test_what_is_done_with_what_was_read_stands_instead_of_it() -> None:
    """Once something else goes on, the line tells that, and still that it is being stopped."""
    progress = Progress(environment(stopwatch=lambda: 0.0), Cancellation())
    progress.progress(HALF)
    progress.show(lambda: "sent 5 of 10 documents")
    assert progress.line(80) == "sent 5 of 10 documents"
    cancellation = Cancellation()
    cancellation.set()
    stopping = Progress(environment(stopwatch=lambda: 0.0), cancellation)
    stopping.show(lambda: "sent 5 of 10 documents")
    assert stopping.line(80) == "stopping (Ctrl-C again ends at once), sent 5 of 10 documents"


def test_what_is_said_meanwhile_takes_the_line_away_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else both would stand in one line; each thing is said once, and a pipe gets no escapes."""
    settings: list[Settings] = []
    monkeypatch.setattr(base, "open_source", lambda _url, given: settings.append(given))
    monkeypatch.setattr(Inputs, "_open", lambda _self, url, given, one: one(url, given))
    for terminal, written in ((True, "\r\x1b[Kslsloggrep: x\n"), (False, "slsloggrep: x\n")):
        where = environment(stderr_is_terminal=terminal)
        inputs = Inputs(
            urls=("demo:",),
            since=None,
            until=None,
            late=0,
            zone=UTC,
            now=0,
            id_keys=(),
            response_keys=(),
            groups=(),
            functions=(),
            profiles=(),
            regions=(),
            role_arn=None,
            endpoint_url=None,
            engine="auto",
            rate=None,
            dry_run=False,
        )
        inputs.open_sources(where, lambda: False)
        settings[-1].say("x")
        settings[-1].say("x")
        assert isinstance(where.stderr, io.StringIO)
        assert where.stderr.getvalue() == written
