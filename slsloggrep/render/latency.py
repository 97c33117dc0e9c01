"""Running times as a table: a row for each function, or for each of what it is told apart by.

The table and the list of the slowest; distributions are `slsloggrep.render.histogram`'s, two
windows side by side `slsloggrep.render.changes`'s. Rows come in the order that they are shown in.
On a terminal all fits the width, and what has no room is named under the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from slsloggrep.model import BIN_EDGES_MS, Change, Latency, Slow, Status
from slsloggrep.render.changes import Changes
from slsloggrep.render.figures import amounts, counts, milliseconds, percents
from slsloggrep.render.histogram import Histograms
from slsloggrep.render.hyperlinks import NOWHERE, Pages, link, linked
from slsloggrep.render.lines import fill, hang, pad, plain, shorten_middle, solid
from slsloggrep.render.sparkline import draw_sparkline, squeeze
from slsloggrep.render.tables import Column, draw_table
from slsloggrep.render.theme import FAINT, NOTABLE, STATUS_STYLE, TITLE, Glyphs, choose_glyphs
from slsloggrep.wording import ABSENT, duration_text, memory_text, share_text, timestamp_text

_NAME = (14, 20)
"""Cells that a function's name keeps where room is short: below a usual width, and from there."""
_USUAL = 80
_LEAST = 4
"""Cells that a value keeps by which rows are told apart."""
_MARKS = (8, 24)
"""Cells of a distribution: at least, at most."""
_NEAR = 0.9
"""From this share of a limit on, it is near."""
_ONE_LINE = 156
"""From this width on, each of the slowest has one line."""
_LISTED = 30
"""Cells of a name in such a line."""
_SORTED_BY = 99
"""More than any weight below."""
_IN_ALL = "in all"


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyView:
    """How the user wants to see running times."""

    tz: tzinfo = UTC
    terminal: bool = True
    """Fit the width; otherwise a fixed layout in which nothing is left out."""
    total: Latency | None = None
    """The last row, of all together; its function's name is not looked at. None: there is none."""
    sort: str | None = None
    """What the rows are in the order of: the columns of that name, or that begin with it, have
    their places before all others. None: no column is more than its weight."""
    pages: Pages = NOWHERE
    """Where requests lead to."""


def render_latency(rows: Sequence[Latency], view: LatencyView) -> RenderableType:
    """Return the table, with a last row of all together where the view has one."""
    return _Table(tuple(rows), view)


def render_slowest(rows: Sequence[Slow], view: LatencyView) -> RenderableType:
    """Return the slowest invocations, each with its request ID whole, for `trace` to take.

    An empty line comes before them: they stand under the table.
    """
    return _Slowest(tuple(rows), view)


def render_histogram(rows: Sequence[Latency], view: LatencyView) -> RenderableType:
    """Return the distribution of each row as bars, with its percentiles and its limit.

    An empty line comes before each: they stand under the table.
    """
    return Histograms(tuple(rows), view.terminal)


def render_changes(changes: Sequence[Change], view: LatencyView, test_name: str) -> RenderableType:
    """Return rows before and after; `test_name` is how chance was judged, in words."""
    return Changes(tuple(changes), test_name, view.terminal)


@dataclass(frozen=True, slots=True)
class _Table:
    rows: tuple[Latency, ...]
    view: LatencyView

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if self.view.terminal else None
        glyphs = choose_glyphs(options.encoding)
        rows, rule = self.rows, None
        if self.view.total is not None:
            rows, rule = (*rows, self.view.total), len(rows)
        name = _NAME[0] if width is not None and width < _USUAL else _NAME[1]
        columns = _columns(rows, rule, name, options.encoding, glyphs)
        columns = [_before_others(column, self.view.sort) for column in columns]
        yield from draw_table(console, columns, width, glyphs, rule_before=rule)
        error = max((row.relative_error or 0.0 for row in rows), default=0.0)
        if error:
            note = f"~ percentiles are within {share_text(error)} of their value"
            yield from hang(console, Text(), Text(note, FAINT), width)


def _columns(
    rows: Sequence[Latency], total: int | None, name: int, encoding: str, glyphs: Glyphs
) -> list[Column]:
    """Return the columns.

    `total` is the index of the row of all together, `name` what a function's name keeps at least.
    """
    names = [
        Text(_IN_ALL if index == total else plain(row.function or "-", encoding), TITLE)
        for index, row in enumerate(rows)
    ]
    of_function = Column(head="function", cells=names, right=False, least=name)
    columns = [
        of_function,
        *_told_apart(rows, encoding),
        *_ends(rows),
        *_times(rows),
        Column(head="of limit", short="limit", unit="%", cells=_nearness(rows), weight=60),
        *_inits(rows),
        _memory(rows),
        *_money(rows, total),
        *_distribution(rows, glyphs),
    ]
    return columns if total is None else [_without_dashes(c, total) for c in columns]


def _before_others(column: Column, sort: str | None) -> Column:
    """Return a column that stays where room is short, if it is what rows are sorted by."""
    of_sort = column.weight and sort and column.head.removeprefix("~").startswith(sort)
    return replace(column, weight=_SORTED_BY) if of_sort else column


def _without_dashes(column: Column, row: int) -> Column:
    """Return a column in which a row shows nothing where nothing can be told."""
    if column.cells[row].plain.strip() != ABSENT:
        return column
    return replace(column, cells=[*column.cells[:row], Text(), *column.cells[row + 1 :]])


def _told_apart(rows: Sequence[Latency], encoding: str) -> Iterator[Column]:
    keys = dict.fromkeys(key for row in rows for key, _ in row.by)
    for key in keys:
        values = [Text(plain(dict(row.by).get(key, ""), encoding)) for row in rows]
        head = plain(key, encoding)
        yield Column(head=head, cells=values, right=False, least=max(cell_len(head), _LEAST))


def _ends(rows: Sequence[Latency]) -> Iterator[Column]:
    invocations = counts([row.invocations for row in rows])
    yield Column(head="invocations", short="runs", cells=invocations)
    errors = counts([row.errors for row in rows], STATUS_STYLE[Status.ERROR])
    yield Column(head="errors", short="err", cells=errors, weight=92)
    timeouts = counts([row.timeouts for row in rows], STATUS_STYLE[Status.TIMEOUT])
    yield Column(head="timeouts", short="t/o", cells=timeouts, weight=70)
    cold = counts([row.cold_starts for row in rows])
    yield Column(head="cold starts", short="cold", cells=cold, weight=45)
    shares = percents(
        [row.cold_starts / row.invocations if row.invocations else None for row in rows]
    )
    yield Column(head="cold share", short="cold", unit="%", cells=shares, weight=66)
    if any(row.incomplete for row in rows):
        incomplete = counts([row.incomplete for row in rows], NOTABLE)
        yield Column(head="incomplete", short="open", cells=incomplete, weight=68)


def _times(rows: Sequence[Latency]) -> Iterator[Column]:
    figures: tuple[tuple[str, int, Callable[[Latency], float | None]], ...] = (
        ("mean", 30, lambda row: row.mean_ms),
        ("p50", 98, lambda row: row.p50_ms),
        ("p90", 40, lambda row: row.p90_ms),
        ("p95", 97, lambda row: row.p95_ms),
        ("p99", 80, lambda row: row.p99_ms),
        ("max", 95, lambda row: row.max_ms),
    )
    about = "~" if any(row.relative_error for row in rows) else ""
    for head, weight, figure in figures:
        cells = milliseconds([figure(row) for row in rows], TITLE if head == "p95" else "")
        near = about if head.startswith("p") else ""
        yield Column(head=near + head, unit="ms", cells=cells, weight=weight)


def _inits(rows: Sequence[Latency]) -> Iterator[Column]:
    halves = milliseconds([row.init_p50_ms for row in rows])
    yield Column(head="init p50", unit="ms", cells=halves, weight=50)
    longest = milliseconds([row.init_max_ms for row in rows])
    yield Column(head="init max", unit="ms", cells=longest, weight=35)


def _nearness(rows: Sequence[Latency]) -> list[Text]:
    shares = [
        row.max_ms / (row.timeout_s * 1000) if row.max_ms is not None and row.timeout_s else None
        for row in rows
    ]
    return percents(shares, notable=_NEAR)


def _memory(rows: Sequence[Latency]) -> Column:
    cells = []
    for row in rows:
        used, size = row.max_memory_mb, row.memory_mb
        text = "" if used is None else f"{used:.0f}"
        if size is not None:
            text = f"{text or '?'} of {size:.0f}"
        near = used is not None and size is not None and used >= size * _NEAR
        cells.append(Text(text or ABSENT, FAINT if not text else NOTABLE if near else ""))
    return Column(head="memory", unit="MB", cells=cells, weight=75)


def _money(rows: Sequence[Latency], total: int | None) -> Iterator[Column]:
    billed = [None if row.billed_ms is None else row.billed_ms / 1000 for row in rows]
    used = [row.gb_seconds for row in rows]
    cost = [row.cost_usd for row in rows]
    for head, unit, figures, decimals, weight in (
        ("billed", "s", billed, 1, 25),
        ("used", "GB-s", used, 2, 20),
        ("cost", "$", cost, 6, 55),
    ):
        cells = amounts(figures, decimals)
        if total is not None and figures[total] is not None and None in figures[:total]:
            cells = [cell.append("+" if i == total else " ") for i, cell in enumerate(cells)]
        yield Column(head=head, unit=unit, cells=cells, weight=weight)


def _distribution(rows: Sequence[Latency], glyphs: Glyphs) -> Iterator[Column]:
    bounds = shown_bins(rows)
    if bounds is None:
        return
    first, last = bounds

    def drawn(cells: int) -> list[Text]:
        lines = [draw_sparkline(squeeze(row.bins[first:last], cells), glyphs) for row in rows]
        return [line if row.bins else Text("") for line, row in zip(lines, rows, strict=True)]

    least, most = _MARKS
    cells = min(last - first, least)
    since, until = bin_ends(first)[0], bin_ends(last - 1)[1]
    scale = f"{_bare(since)}-{_bare(until)}"
    yield Column(
        head="times",
        unit=scale,
        cells=drawn(cells),
        right=False,
        weight=65,
        grow=drawn,
        most=min(last - first, most),
    )


def shown_bins(rows: Sequence[Latency]) -> tuple[int, int] | None:
    """Return the bins from the first to after the last in which anything is, None without any."""
    filled = [i for row in rows for i, count in enumerate(row.bins) if count]
    return (min(filled), max(filled) + 1) if filled else None


def bin_ends(index: int) -> tuple[float | None, float | None]:
    """Return where a bin begins and ends in ms; None: it is open there."""
    first = BIN_EDGES_MS[index - 1] if index else None
    return first, BIN_EDGES_MS[index] if index < len(BIN_EDGES_MS) else None


def _bare(duration_ms: float | None) -> str:
    return "" if duration_ms is None else duration_text(duration_ms).replace(" ", "")


@dataclass(frozen=True, slots=True)
class _Slowest:
    rows: tuple[Slow, ...]
    view: LatencyView

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if self.view.terminal else None
        encoding, glyphs = options.encoding, choose_glyphs(options.encoding)
        separator = f" {glyphs.dot} "
        durations = [duration_text(row.duration_ms) for row in self.rows]
        margin = max(map(len, durations), default=0) + 2
        statuses = max((len(row.status.value) for row in self.rows), default=0)
        names = [plain(row.function or row.log_group or "-", encoding) for row in self.rows]
        longest = max(map(cell_len, names), default=0)
        if self.rows:
            yield solid(Text())
        for row, duration, name in zip(self.rows, durations, names, strict=True):
            head = Text().append(pad(duration.rjust(margin - 2), margin), TITLE)
            word = f"{glyphs.of(row.status)} {row.status.value.ljust(statuses)}"
            head.append(word, STATUS_STYLE[row.status]).append("  ")
            request = plain(row.request_id or "-", encoding)
            time = timestamp_text(row.end, self.view.tz)
            if width is None or width >= _ONE_LINE:
                room = longest if width is None else min(longest, _LISTED)
                head.append(pad(shorten_middle(name, room, glyphs.ellipsis), room)).append("  ")
                style = linked("", self.view.pages.of_slow(row))
                head.append(time, FAINT).append("  ").append(request, style).append("  ")
                head.append(separator.join(_facts(row)), FAINT)
                yield from hang(console, Text(), head, width)
                continue
            beside = f"  {time}" if width >= _USUAL else ""
            room = max(width - head.cell_len - len(beside), 8)
            name = pad(shorten_middle(name, room, glyphs.ellipsis), min(room, longest))
            yield from hang(console, Text(), head.append(name).append(beside, FAINT), width)
            parts = [request, *([] if beside else [time]), *_facts(row)]
            for index, line in enumerate(fill(parts, separator, max(width - margin, 1))):
                body = Text(line)
                body.stylize(FAINT, 0 if index else len(request))  # what is copied is not faint
                if not index:
                    link(body, request, self.view.pages.of_slow(row))
                yield from hang(console, Text(" " * margin), body, width)


def _facts(row: Slow) -> list[str]:
    parts = []
    if memory := memory_text(row.max_memory_mb, row.memory_mb):
        parts.append(f"memory {memory}")
    if row.init_ms is not None:
        parts.append(f"init {duration_text(row.init_ms)}")
    return parts
