"""Blocks of an outline as Markdown: each whole, and in shorter forms for where room is short.

Text that runs is `slsloggrep.export.markdown.inline`'s affair; which form fits is
`slsloggrep.export.markdown.room`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from slsloggrep.export.markdown.charts import (
    chart_lines,
    distribution_lines,
    spark,
    waterfall_lines,
)
from slsloggrep.export.markdown.inline import (
    html_inline,
    inline,
    inline_text,
    link,
    longest_backticks,
)
from slsloggrep.export.markdown.mermaid import diagram
from slsloggrep.harmless import visible
from slsloggrep.model.outlines import (
    Block,
    Cell,
    Chart,
    Distribution,
    Excerpt,
    Facts,
    Line,
    Log,
    Mark,
    Paragraph,
    Points,
    Run,
    Sequence,
    Span,
    Table,
    Tone,
    Waterfall,
)
from slsloggrep.wording import count_text

FEW_ROWS = 20
"""Of a table's short form."""
_ALERTS = {Tone.NOTABLE: "WARNING", Tone.BAD: "CAUTION"}
"""GitHub's alerts: elsewhere they are quotes with a word in brackets before them."""


class Form(NamedTuple):
    """One of the forms that a block may take."""

    text: str
    """Without a line break at its end; empty: the block is left out."""
    missing: Mapping[str, int]
    """What is left out of it beside what the outline leaves out, counted by noun."""


def forms(block: Block) -> tuple[Form, ...]:
    """Return the forms of a block, the longest first; in the last it is left out."""
    match block:
        case Run():
            return tuple(_run_forms(block))
        case Log():
            return tuple(_log_forms(block))
        case Table():
            return tuple(_table_forms(block))
        case Waterfall():
            return (Form(_waterfall(block), {}), Form("", {"diagram": 1}))
        case Sequence():
            return (Form(_sequence(block), {}), Form("", {"diagram": 1}))
        case Chart():
            text = f"{_heading(block.title)}{_fence(chart_lines(block))}"
            return (Form(text, {}), Form("", {"chart": 1}))
        case Distribution():
            text = f"{_heading(block.title)}{_fence(distribution_lines(block))}"
            return (Form(text, {}), Form("", {"chart": 1}))
        case Excerpt():
            return (Form(_excerpt(block), {}), Form("", {"excerpt": 1}))
        case Facts():
            return (Form(facts_text(block), {}), Form("", {"list": 1}))
        case Points():
            return (Form(_points(block), {}), Form("", {"list": 1}))
        case Paragraph():
            return (Form(_paragraph(block), {}), Form("", {"paragraph": 1}))


def alert(line: Line, tone: Tone) -> str:
    """Return a paragraph that must not be overlooked."""
    return f"> [!{_ALERTS[tone]}]\n> {inline(line)}"


def facts_text(facts: Facts) -> str:
    """Return facts as a list; a row without a name goes on with what the one before it says."""
    lines: list[str] = []
    for name, line in facts.rows:
        text = inline(line)
        if not name and lines:
            lines[-1] += f", {text}"
        else:
            lines.append(f"- **{inline_text(name)}:** {text}" if name else f"- {text}")
    return "\n".join(lines)


def _paragraph(block: Paragraph) -> str:
    return alert(block.line, block.tone) if block.tone in _ALERTS else inline(block.line)


def _points(block: Points) -> str:
    # Another bullet than that of facts: two lists in a row would be one.
    return "\n".join(
        f"{f'{number}.' if block.ordered else '*'} {inline(line)}"
        for number, line in enumerate(block.lines, start=1)
    )


def _heading(title: str) -> str:
    text = inline_text(title)
    return f"{text}\n\n" if text else ""


def _table_forms(table: Table) -> Iterator[Form]:
    count = len(table.rows)
    yield Form(_table(table), {})
    if count > FEW_ROWS:
        left_out = count - FEW_ROWS
        cut = replace(table, rows=table.rows[:FEW_ROWS], omitted=table.omitted + left_out)
        yield Form(_table(cut), {"row": left_out})
    yield Form("", {"row": count} if count else {"table": 1})


def _table(table: Table) -> str:
    if not table.columns:
        return ""
    lines = [
        _row(inline_text(column.title, cell=True) for column in table.columns),
        _row("---:" if column.numeric else "---" for column in table.columns),
        *(_row(map(_cell, row)) for row in table.rows),
    ]
    return "\n".join(lines) + _omitted(table.omitted, "row", table.omitted_hint)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    if cell.bars:
        return f"`{spark(cell.bars)}`"
    return inline_text(cell.text, cell.tone, cell=True)


def _run_forms(run: Run) -> Iterator[Form]:
    count = len(run.log.marks)
    yield Form(_run(run), {})
    keys = _only_keys(run.log)
    if 0 < len(keys.marks) < count:
        yield Form(_run(replace(run, log=keys)), {"record": count - len(keys.marks)})
    if count:
        none = Log(marks=(), omitted=run.log.omitted + count, omitted_hint=run.log.omitted_hint)
        yield Form(_run(replace(run, log=none)), {"record": count})
    yield Form("", {"invocation": 1, "record": count} if count else {"invocation": 1})


def _run(run: Run) -> str:
    """Return an invocation folded up: GitHub draws `details`, and Markdown goes on after a blank.

    The summary is HTML on a line of its own, where no blank line can be; the log is fenced, and
    so no text of it ends the element.
    """
    sign = {Tone.GOOD: "✓", Tone.BAD: "✗"}.get(run.tone, "◌")
    opening = f"<details{' open' if run.open else ''}>"
    parts = [
        f"{opening}\n<summary>{sign} {html_inline(run.title)}</summary>",
        facts_text(_with_request(run)),
        _log(run.log),
        " · ".join(link(each) for each in run.links),
        "</details>",
    ]
    return "\n\n".join(filter(None, parts))


def _with_request(run: Run) -> Facts:
    told = any(run.request_id in span.text for _, line in run.facts.rows for span in line)
    if told or not run.request_id:
        return run.facts
    return Facts(rows=(("request", (Span(run.request_id, Tone.CODE),)), *run.facts.rows))


def _log_forms(log: Log) -> Iterator[Form]:
    count = len(log.marks)
    yield Form(_log(log), {})
    keys = _only_keys(log)
    if 0 < len(keys.marks) < count:
        yield Form(_log(keys), {"record": count - len(keys.marks)})
    yield Form("", {"record": count} if count else {})


def _only_keys(log: Log) -> Log:
    marks = tuple(mark for mark in log.marks if mark.key)
    return replace(log, marks=marks, omitted=log.omitted + len(log.marks) - len(marks))


def _log(log: Log) -> str:
    text = _fence(_log_lines(log)) if log.marks else ""
    return text + _omitted(log.omitted, "record", log.omitted_hint)


def _log_lines(log: Log) -> Iterator[str]:
    """Yield records as lines; `>` marks those that mention what was asked for."""
    marked = any(mark.mentions for mark in log.marks)
    times = max(len(mark.time) for mark in log.marks)
    levels = max(len(mark.level) for mark in log.marks)
    for place, marks in groupby(log.marks, key=lambda mark: mark.place):
        if place:
            yield f"-- {visible(place, newlines=False)}"
        for mark in marks:
            yield from _mark_lines(mark, times, levels, marked=marked)


def _mark_lines(mark: Mark, times: int, levels: int, *, marked: bool) -> Iterator[str]:
    sign = ("> " if mark.mentions else "  ") if marked else ""
    time = f"{visible(mark.time, newlines=False):{times}}  " if times else ""
    level = f"{visible(mark.level, newlines=False):{levels}}  " if levels else ""
    head = f"{sign}{time}{level}"
    first, *others = visible(mark.text).rstrip("\n").split("\n")
    yield f"{head}{first}"
    for other in others:
        yield f"{'':{len(head)}}{other}" if other else ""


def _waterfall(waterfall: Waterfall) -> str:
    omitted = _omitted(waterfall.omitted, "invocation", "")
    return f"{_fence(waterfall_lines(waterfall))}{omitted}"


def _sequence(sequence: Sequence) -> str:
    if not sequence.participants:
        return ""
    lines, omitted = diagram(sequence)
    return f"{_fence(lines, 'mermaid')}{_omitted(omitted, 'step', '')}"


def _excerpt(excerpt: Excerpt) -> str:
    return _fence(
        "".join(visible(span.text, newlines=False) for span in line) for line in excerpt.lines
    )


def _fence(lines: Iterable[str], language: str = "text") -> str:
    """Return lines fenced by more backticks than any run of them inside."""
    text = "\n".join(line.rstrip() for line in lines)
    fence = "`" * max(longest_backticks(text) + 1, 3)
    return f"{fence}{language}\n{text}\n{fence}"


def _omitted(count: int, noun: str, hint: str) -> str:
    if not count:
        return ""
    shows = f": {inline_text(hint, Tone.CODE)}" if hint else ""
    return f"\n\n{count_text(count, f'more {noun}')}, not shown here{shows}"
