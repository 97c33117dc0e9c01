"""Distributions of running times: a line for each stretch of a logarithmic scale, a bar in it.

Bars are as long as there are invocations; percentiles and the limit are named where they lie.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from slsloggrep.model import BIN_EDGES_MS, Latency, bin_of
from slsloggrep.render.lines import fill, hang, plain, solid
from slsloggrep.render.sparkline import draw_bar_of
from slsloggrep.render.theme import FAINT, NOTABLE, SPARK, TITLE, Glyphs, choose_glyphs
from slsloggrep.wording import count_text, duration_text, number_text, share_text

_MOST_LINES = 24
"""Where more would be filled, two stretches share a line."""
_FIXED_BAR = 50
"""Cells of a bar where there is no terminal."""
_LEAST_BAR = 8
"""A narrower bar says nothing: it is left out."""
_SHARES = 100
"""From this width on, counts are told as shares too."""
_HOLLOW = 3
"""So many empty lines or more become one."""


@dataclass(frozen=True, slots=True)
class Histograms:
    """The distributions of some rows on their way to a console."""

    rows: tuple[Latency, ...]
    terminal: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if self.terminal else None
        glyphs = choose_glyphs(options.encoding)
        for row in self.rows:
            yield solid(Text())
            lines = _lines(row)
            yield from _title(row, lines, console, width, options.encoding, glyphs)
            yield from _bars(lines, width, glyphs)


@dataclass(frozen=True, slots=True)
class _Line:
    """A stretch of the scale."""

    begin: float
    """In ms; 0: it has no beginning."""
    count: int
    percentiles: tuple[str, ...]
    """Names of those that lie in it."""
    limit: bool
    """Whether the function's limit lies in it."""

    @property
    def empty(self) -> bool:
        """Whether nothing is to be seen in it."""
        return not (self.count or self.percentiles or self.limit)


def _percentiles(row: Latency) -> Iterator[tuple[str, float]]:
    for name, figure in (("p50", row.p50_ms), ("p95", row.p95_ms), ("p99", row.p99_ms)):
        if figure is not None and math.isfinite(figure):
            yield name, figure


def _limit(row: Latency) -> float | None:
    """Return the limit in ms."""
    known = row.timeout_s is not None and math.isfinite(row.timeout_s) and row.timeout_s > 0
    return row.timeout_s * 1000 if row.timeout_s and known else None


def _lines(row: Latency) -> list[_Line]:
    filled = [index for index, count in enumerate(row.bins) if count]
    if not filled:
        return []
    first, last = filled[0], filled[-1]
    step = 1 if last - first < _MOST_LINES else 2
    limit = _limit(row)
    limit_bin = None if limit is None else max(bin_of(limit), first)
    last = max(last, limit_bin or last)
    marks: dict[int, list[str]] = {}
    for name, figure in _percentiles(row):
        marks.setdefault(min(max(bin_of(figure), first), last), []).append(name)
    lines = []
    for begin in range(first, last + 1, step):
        stretch = range(begin, begin + step)
        lines.append(
            _Line(
                BIN_EDGES_MS[begin - 1] if begin else 0.0,
                sum(row.bins[begin : begin + step]),
                tuple(name for index in stretch for name in marks.get(index, ())),
                limit_bin in stretch,
            )
        )
    return lines


def _title(
    row: Latency,
    lines: Sequence[_Line],
    console: Console,
    width: int | None,
    encoding: str,
    glyphs: Glyphs,
) -> Iterator[Text]:
    title = Text().append(plain(row.function or "(function unknown)", encoding), TITLE)
    for key, value in row.by:
        title.append("  " + plain(f"{key}={value}", encoding))
    yield from hang(console, Text(), title, width)
    facts = [count_text(sum(row.bins), "invocation")]
    facts += [f"{name} {duration_text(figure)}" for name, figure in _percentiles(row)]
    limit = _limit(row)
    if limit is not None:
        facts.append(f"limit {duration_text(limit)}")
    if len(lines) > 1 and lines[0].begin:
        factor = lines[1].begin / lines[0].begin
        facts.append(f"each line begins at {factor:.2g} times the one before")
    for line in fill(facts, f" {glyphs.dot} ", width):
        yield from hang(console, Text(), Text(line, FAINT), width)


def _bars(lines: Sequence[_Line], width: int | None, glyphs: Glyphs) -> Iterator[Text]:
    if not lines:
        return
    whole = sum(line.count for line in lines)
    most = max(line.count for line in lines)
    labels = [duration_text(line.begin) for line in lines]
    numbers = [number_text(line.count) for line in lines]
    notes = [_note(line) for line in lines]
    label, number = max(map(len, labels)), max(map(len, numbers))
    bar, shares = _FIXED_BAR, width is None or width >= _SHARES
    if width is not None:
        note = max(text.cell_len for text in notes)
        bar = width - label - number - note - 6 - (8 if shares else 0)
    for index in _shown(lines):
        if index is None:
            yield solid(Text(" " * label + f"  {glyphs.gap}", FAINT))
            continue
        line = lines[index]
        style = "" if line.count else FAINT
        drawn = Text().append(labels[index].rjust(label), style).append("  ")
        if bar >= _LEAST_BAR:
            filled = draw_bar_of(line.count, most, bar, glyphs, SPARK)
            drawn.append_text(filled).append(" " * (bar - filled.cell_len + 2))
        drawn.append(numbers[index].rjust(number), style)
        if shares:
            drawn.append(share_text(line.count / whole).rjust(8), FAINT)
        yield solid(drawn.append("  ").append_text(notes[index]))


def _shown(lines: Sequence[_Line]) -> Iterator[int | None]:
    """Yield the indices of the lines, None for each run of many in which nothing is."""
    hollow: list[int] = []
    for index, line in enumerate(lines):
        if line.empty:
            hollow.append(index)
            continue
        yield from [None] if len(hollow) >= _HOLLOW else hollow
        hollow = []
        yield index


def _note(line: _Line) -> Text:
    note = Text().append(" ".join(line.percentiles), TITLE)
    if line.limit:
        note.append(" " if line.percentiles else "").append("limit", NOTABLE)
    return note
