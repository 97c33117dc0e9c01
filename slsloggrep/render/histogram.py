"""Distributions of running times: a line for each stretch of a logarithmic scale, a bar in it.

Bars are as long as there are invocations; the percentiles and the limit stand where they lie.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from slsloggrep.model import BIN_EDGES_MS, Latency, bin_of
from slsloggrep.render.figures import number_text, share_text
from slsloggrep.render.lines import hang, plain, solid
from slsloggrep.render.sparkline import draw_bar_of
from slsloggrep.render.theme import FAINT, GAP, SPARK, TITLE, Glyphs, choose_glyphs
from slsloggrep.render.times import count_text, duration_text

_MOST_LINES = 24
"""Where more would be filled, two stretches share a line."""
_FIXED_BAR = 50
_LEAST_BAR = 8
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
        for index, row in enumerate(self.rows):
            if index:
                yield solid(Text())
            yield from hang(console, Text(), _title(row, options.encoding), width)
            yield from _bars(row, width, glyphs)


@dataclass(frozen=True, slots=True)
class _Line:
    """A stretch of the scale."""

    begin: float
    """In ms; 0 where it is open."""
    count: int
    marks: tuple[str, ...]
    limit: bool


def _title(row: Latency, encoding: str) -> Text:
    name = plain(row.function or "(function unknown)", encoding)
    title = Text(name, TITLE)
    for key, value in row.by:
        title.append(" " + plain(f"{key}={value}", encoding))
    counted = sum(row.bins)
    title.append("  " + count_text(counted, "invocation"))
    title.append(", a line is a stretch of time, each longer than the one before", FAINT)
    return title


def _bars(row: Latency, width: int | None, glyphs: Glyphs) -> Iterator[Text]:
    lines = _lines(row)
    if not lines:
        yield solid(Text("  nothing that tells how long it ran", FAINT))
        return
    whole = sum(line.count for line in lines)
    most = max(line.count for line in lines)
    labels = [duration_text(line.begin) for line in lines]
    label = max(map(len, labels))
    numbers = [number_text(line.count) for line in lines]
    number = max(map(len, numbers))
    notes = [_note(line, glyphs) for line in lines]
    note = max(text.cell_len for text in notes)
    bar = _FIXED_BAR
    shares = width is None or width >= 100
    if width is not None:
        bar = width - label - number - note - 8 - (8 if shares else 0)
    for index in _told(lines):
        if index is None:
            yield solid(Text(" " * label + f"  {glyphs.gap}", FAINT))
            continue
        line = lines[index]
        drawn = Text().append(labels[index].rjust(label), "" if line.count else FAINT)
        drawn.append("  ")
        if bar >= _LEAST_BAR:
            drawn_bar = draw_bar_of(line.count, most, bar, glyphs, SPARK)
            drawn.append_text(drawn_bar).append(" " * (bar - drawn_bar.cell_len + 1))
        drawn.append(numbers[index].rjust(number), "" if line.count else FAINT)
        if shares:
            drawn.append(share_text(line.count / whole).rjust(8), FAINT)
        drawn.append("  ").append_text(notes[index])
        yield solid(drawn)


def _told(lines: Sequence[_Line]) -> Iterator[int | None]:
    """Yield the indices of the lines, None for each run of many in which nothing is."""
    hollow: list[int] = []
    for index, line in enumerate(lines):
        if not (line.count or line.marks or line.limit):
            hollow.append(index)
            continue
        yield from [None] if len(hollow) >= _HOLLOW else hollow
        hollow = []
        yield index


def _lines(row: Latency) -> list[_Line]:
    filled = [index for index, count in enumerate(row.bins) if count]
    if not filled:
        return []
    first, last = filled[0], filled[-1]
    limit = None
    if row.timeout_s and math.isfinite(row.timeout_s):
        limit = bin_of(row.timeout_s * 1000)
        last = max(last, limit)
    step = 1 if filled[-1] - first < _MOST_LINES else 2
    marks: dict[int, list[str]] = {}
    for name, figure in (("p50", row.p50_ms), ("p95", row.p95_ms), ("p99", row.p99_ms)):
        if figure is not None and math.isfinite(figure):
            index = min(max(bin_of(figure), first), last)
            marks.setdefault((index - first) // step, []).append(f"{name} {duration_text(figure)}")
    lines = []
    for number, begin in enumerate(range(first, last + 1, step)):
        lines.append(
            _Line(
                BIN_EDGES_MS[begin - 1] if begin else 0.0,
                sum(row.bins[begin : begin + step]),
                tuple(marks.get(number, ())),
                limit is not None and begin <= limit < begin + step,
            )
        )
    return lines


def _note(line: _Line, glyphs: Glyphs) -> Text:
    note = Text(", ".join(line.marks))
    if line.limit:
        note.append(", " if note else "").append("limit", GAP)
    return note
