"""Log text is untrusted: whatever it holds, the bytes that reach a terminal are harmless."""

import re
from dataclasses import replace

import pytest
from hostile_samples import HOSTILE, SGR, harmful
from rich.cells import cell_len
from shown_samples import COVERAGE, GAPPED, ORDER, invocation, member, record, show

from slsloggrep.model import ErrorInfo, Gap, Identifier, IdKind, Level, Transaction
from slsloggrep.render.coverage import render_coverage
from slsloggrep.render.events import EventView, render_invocation, render_record
from slsloggrep.render.records import emphasise
from slsloggrep.render.trace import TraceView, render_trace


def evil_transaction(text: str) -> Transaction:
    """Return a transaction that holds the text wherever a log can put it."""
    evil = record(
        5,
        text,
        level=Level.ERROR,
        fields={text: text, "inner": {text: [text]}},
        error=ErrorInfo(type=text, message=text + "!", stack=(text + "?", text)),
    )
    bad = invocation(
        text,
        text,
        0,
        10,
        evil,
        response={text: text},
        states_response=True,
        error_type=text,
        error_message=text,
        version=text,
    )
    identifier = Identifier(IdKind.KEY, text)
    loose = record(7, text)
    loose = replace(loose, event=loose.event._replace(log_group=text, log_stream=text))
    return Transaction(
        id=text,
        identifiers=(identifier, ORDER),
        members=(member(bad, 1, by=identifier),),
        unattributed=(loose,),
    )


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("events", ["none", "key", "all"])
@pytest.mark.parametrize(
    ("terminal", "encoding"), [(True, "utf-8"), (False, "utf-8"), (True, "ascii")]
)
def test_traces_are_harmless(text: str, events: str, terminal: bool, encoding: str) -> None:
    """Nothing is obeyed wherever the text stands: ID, function, field, error, response, stream."""
    view = TraceView(events=events, terminal=terminal, window=text)  # type: ignore[arg-type]
    written = show(
        render_trace(evil_transaction(text), COVERAGE, view),
        72,
        terminal=terminal,
        colour=terminal,
        encoding=encoding,
    )
    assert harmful(written) == set()
    if terminal:
        assert max(map(cell_len, SGR.sub("", written).splitlines())) <= 72


@pytest.mark.parametrize("text", HOSTILE)
def test_records_invocations_and_gaps_are_harmless(text: str) -> None:
    """What grep prints, and what is said of coverage, is made harmless as well."""
    transaction = evil_transaction(text)
    only = transaction.members[0].invocation
    view = EventView(emphasis=emphasise([text]))
    coverage = replace(
        GAPPED[0], source=text, gaps=(Gap(text, text), Gap("b", text)), notes=(text,)
    )
    for renderable in (
        render_record(only.records[1], view, function=text),
        render_record(only.records[1], replace(view, terminal=False)),
        render_invocation(only, view, matches=[1]),
        render_coverage([coverage]),
    ):
        assert harmful(show(renderable, 72, colour=True)) == set()


def test_markup_is_text() -> None:
    """Square brackets come out as they went in, and colour nothing."""
    text = "[red]alarm[/red] [link=x]y[/link]"
    line = show(render_record(record(0, text), EventView()), 200, colour=True)
    assert text in line
    assert "\x1b[31m" not in line
    assert "\x1b]8" not in line


def test_wide_characters_wrap_by_their_cells() -> None:
    """A character of two cells counts two: no terminal wraps what was wrapped already."""
    text = "日本語" * 200
    page = show(render_trace(evil_transaction(text), COVERAGE, TraceView()), 61)
    assert max(map(cell_len, page.splitlines())) <= 61
    assert re.sub(r"\s", "", page).count(text) >= 3


def test_a_line_of_a_megabyte_is_quick_and_whole_in_a_pipe() -> None:
    """A huge line neither hangs the wrapping nor is cut where no terminal is."""
    text = "\x1b" + "a b" * 400_000
    shown = show(render_record(record(0, text), EventView(terminal=False)), 80, terminal=False)
    assert shown.rstrip("\n").endswith("\\x1b" + "a b" * 400_000)
    on_terminal = show(render_record(record(0, text), EventView()), 80)
    assert "more characters" in re.sub(r"\s+", " ", on_terminal)
