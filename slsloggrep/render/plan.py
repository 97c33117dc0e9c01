"""A plan as a table: what would be read, how, in how many calls, and what that is thought to cost.

Figures stand in columns at the right; a name that does not fit beside them has lines of its own,
since nothing is cut. What a plan is made of is the sources' knowledge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from slsloggrep.harmless import encodable, visible
from slsloggrep.model import Millis, PlannedRead
from slsloggrep.render.lines import hang, pad, solid
from slsloggrep.render.theme import FAINT, GAP, TITLE
from slsloggrep.wording import bytes_text, timestamp_text

_HEADS = ("engine", "calls", "size", "cost")
_BETWEEN = 2
"""Cells between two columns."""
_NARROWEST = 16
"""Where less than this is left beside the figures, every name has a line of its own."""

Plans = Mapping[str, Sequence[PlannedRead] | None]
"""By source, in the order of the sources; None: the source cannot tell beforehand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanView:
    """How the user wants to see a plan."""

    tz: tzinfo = UTC
    terminal: bool = True
    """Fit into the width; otherwise lines are as long as they are."""
    encoding: str = "utf-8"


def render_plan(
    plans: Plans, since: Millis | None, until: Millis | None, view: PlanView
) -> RenderableType:
    """Return the window, a line for each read, and the totals.

    Sources are named where there are several. `since` and `until` are the window that would be
    read, None where it is open.
    """
    return _Plan(plans, since, until, view)


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    cells: tuple[str, ...] = ()
    """As many as there are heads; none: the name alone."""
    style: str = ""


@dataclass(frozen=True, slots=True)
class _Plan:
    plans: Plans
    since: Millis | None
    until: Millis | None
    view: PlanView

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if self.view.terminal else None
        yield from hang(console, Text(), self._title(), width)
        yield solid(Text())
        rows = list(self._rows())
        columns = [
            max((cell_len(row.cells[index]) for row in rows if row.cells), default=0)
            for index in range(len(_HEADS))
        ]
        lead = max((cell_len(row.name) for row in rows if row.cells), default=0)
        room = lead
        if width is not None:
            room = width - sum(columns) - _BETWEEN * len(columns)
            lead = 0 if room < min(lead, _NARROWEST) else min(lead, room)
        for row in rows:
            if room < 0:
                yield from _words(console, row, width)
            else:
                yield from _lines(console, row, lead, columns, width)

    def _title(self) -> Text:
        since = "the beginning" if self.since is None else timestamp_text(self.since, self.view.tz)
        until = "the end" if self.until is None else timestamp_text(self.until, self.view.tz)
        title = Text(f"would be read from {since} to {until}", TITLE)
        return title.append(": at least so many calls, about so much", FAINT)

    def _rows(self) -> Iterator[_Row]:
        reads = [read for some in self.plans.values() for read in some or ()]
        if reads:
            yield _Row("", _HEADS, FAINT)
        for source, some in self.plans.items():
            name = self._shown(source.removesuffix(":"))
            if some is None:
                yield _Row(f"{name}: cannot tell beforehand", style=GAP)
            elif not some:
                yield _Row(f"{name}: nothing to read", style=FAINT)
            elif len(self.plans) > 1 and [read.what for read in some] != [source]:
                yield _Row(name, style=TITLE)
            for read in some or ():
                yield _Row(self._shown(read.what), self._cells(read))
        if len(reads) > 1:
            yield _Row("in all", _totals(reads), TITLE)

    def _cells(self, read: PlannedRead) -> tuple[str, ...]:
        return (
            self._shown(read.engine),
            "?" if read.calls is None else _number(read.calls),
            "?" if read.bytes is None else bytes_text(read.bytes),
            "" if read.dollars is None else _price(read.dollars),
        )

    def _shown(self, text: str) -> str:
        return encodable(visible(text, newlines=False), self.view.encoding)


def _lines(
    console: Console, row: _Row, lead: int, columns: Sequence[int], width: int | None
) -> Iterator[Text]:
    line = Text()
    if row.cells and cell_len(row.name) <= lead:
        line.append(pad(row.name, lead), row.style)
    else:
        if row.name:
            yield from hang(console, Text(), Text(row.name, row.style), width)
        if not row.cells:
            return
        line.append(" " * lead)
    engine, *figures = row.cells
    line.append(" " * _BETWEEN).append(pad(engine, columns[0]), row.style or FAINT)
    for cell, cells in zip(figures, columns[1:], strict=True):
        line.append(" " * (_BETWEEN + cells - cell_len(cell))).append(cell, row.style)
    yield solid(line)


def _words(console: Console, row: _Row, width: int | None) -> Iterator[Text]:
    """Yield a row where not even the figures fit beside each other."""
    if row.name:
        yield from hang(console, Text(), Text(row.name, row.style), width)
    if row.cells and row.cells != _HEADS:
        engine, calls, size, cost = row.cells
        parts = (engine, "1 call" if calls == "1" else f"{calls} calls", size, cost)
        yield from hang(console, Text("  "), Text(", ".join(filter(None, parts))), width)


def _totals(reads: Sequence[PlannedRead]) -> tuple[str, ...]:
    """Return the sums of what is known; a plus says that something is not."""
    priced = {read.engine for read in reads if read.dollars is not None}
    dollars = [read.dollars for read in reads if read.engine in priced]
    return (
        "",
        _sum([read.calls for read in reads], lambda total: _number(int(total))),
        _sum([read.bytes for read in reads], lambda total: bytes_text(int(total))),
        _sum(dollars, _price) if dollars else "",
    )


def _sum(figures: Sequence[float | None], shown: Callable[[float], str]) -> str:
    known = [figure for figure in figures if figure is not None]
    if not known:
        return "?"
    return shown(sum(known)) + ("" if len(known) == len(figures) else "+")


def _number(count: int) -> str:
    return f"{count:,}".replace(",", " ")


def _price(dollars: float) -> str:
    return "<$0.01" if dollars < 0.005 else f"${dollars:,.2f}"
