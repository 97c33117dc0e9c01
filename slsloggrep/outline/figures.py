"""Running times as tables: every promised figure of each row, and the slowest invocations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from slsloggrep.model import Latency, Slow
from slsloggrep.model.outlines import Cell, Column, Table, Tone
from slsloggrep.outline.cells import is_memory_short, iso, number, status_cell
from slsloggrep.outline.draft import Draft
from slsloggrep.outline.tables import build_table
from slsloggrep.outline.words import UNKNOWN_FUNCTION
from slsloggrep.wording import amount_text, decimals_for, duration_text, number_text

_IN_ALL = "in all"


def row_name(row: Latency) -> str:
    """Return what a row is of: the function, and what else it is told apart by."""
    return " ".join(
        [row.function or UNKNOWN_FUNCTION, *(f"{key}={value}" for key, value in row.by)]
    )


def build_latency_table(draft: Draft) -> Table:
    """Return a row for each function, and a last one of all together."""
    rows = draft.report.latency
    total = draft.report.total
    shape = _shape(rows if total is None else (*rows, total))
    by = tuple(Column(f"by_{key}", key) for key in shape.keys)
    columns = [column for column in _COLUMNS if shape.has_open or column.key != "incomplete"]
    return build_table(
        draft,
        "latency",
        (columns[0], *by, *columns[1:]),
        rows,
        lambda row: _row(row, shape, is_total=row is total),
        hint=draft.command_again("latency"),
        total=(total,) if total is not None and len(rows) > 1 else (),
    )


class _Shape(NamedTuple):
    """What the rows of a table have in common."""

    keys: tuple[str, ...]
    """What they are told apart by, beside the function."""
    first: int
    last: int
    """The bins from the first, inclusive, to the last, exclusive, in which anything is."""
    has_open: bool
    """Of some invocation no end was seen."""
    gb_decimals: int
    usd_decimals: int


def _shape(rows: Sequence[Latency]) -> _Shape:
    filled = [index for row in rows for index, count in enumerate(row.bins) if count]
    return _Shape(
        keys=tuple(dict.fromkeys(key for row in rows for key, _ in row.by)),
        first=min(filled, default=0),
        last=max(filled, default=-1) + 1,
        has_open=any(row.incomplete for row in rows),
        gb_decimals=decimals_for([row.gb_seconds for row in rows], 2),
        usd_decimals=decimals_for([row.cost_usd for row in rows], 6),
    )


def _row(row: Latency, shape: _Shape, *, is_total: bool = False) -> tuple[Cell, ...]:
    by = dict(row.by)
    name = row.function or UNKNOWN_FUNCTION
    head = Cell(_IN_ALL, _IN_ALL, Tone.STRONG)
    bins = row.bins[shape.first : shape.last]
    return (
        head if is_total else Cell(name, row.function or None, Tone.STRONG),
        *(Cell(by.get(key, ""), by.get(key)) for key in shape.keys),
        number(row.invocations),
        number(row.errors, tone=Tone.BAD),
        number(row.timeouts, tone=Tone.BAD),
        number(row.cold_starts),
        *((number(row.incomplete, tone=Tone.NOTABLE),) if shape.has_open else ()),
        time(row.mean_ms),
        time(row.p50_ms),
        time(row.p90_ms),
        time(row.p95_ms),
        time(row.p99_ms),
        time(row.max_ms),
        time(row.init_p50_ms),
        time(row.init_max_ms),
        number(row.memory_mb, _plain(row.memory_mb)),
        number(row.max_memory_mb, _plain(row.max_memory_mb), tone=_memory_tone(row)),
        time(row.billed_ms),
        _sum(row.gb_seconds, shape.gb_decimals),
        _sum(row.cost_usd, shape.usd_decimals),
        time(None if row.timeout_s is None else row.timeout_s * 1000, row.timeout_s),
        Cell("", " ".join(map(str, bins)) or None, bars=tuple(bins)),
    )


def time(duration_ms: float | None, value: float | None = None) -> Cell:
    """Return a cell for a duration in ms; `value` is what programs get in its place."""
    if duration_ms is None or not math.isfinite(duration_ms):
        return number(None)
    return Cell(duration_text(duration_ms), duration_ms if value is None else value)


def _plain(figure: float | None) -> str:
    return "" if figure is None or not math.isfinite(figure) else number_text(figure)


def _sum(figure: float | None, decimals: int) -> Cell:
    if figure is None or not math.isfinite(figure):
        return number(None)
    return number(figure, amount_text(figure, decimals))


def _memory_tone(row: Latency) -> Tone:
    short = is_memory_short(row.max_memory_mb, row.memory_mb)
    return Tone.NOTABLE if short else Tone.PLAIN


_COLUMNS = (
    Column("function", "function"),
    Column("invocations", "invocations", numeric=True),
    Column("errors", "errors", numeric=True),
    Column("timeouts", "timeouts", numeric=True),
    Column("cold_starts", "cold starts", numeric=True),
    Column("incomplete", "incomplete", numeric=True),
    Column("mean_ms", "mean", numeric=True),
    Column("p50_ms", "p50", numeric=True),
    Column("p90_ms", "p90", numeric=True),
    Column("p95_ms", "p95", numeric=True),
    Column("p99_ms", "p99", numeric=True),
    Column("max_ms", "max", numeric=True),
    Column("init_p50_ms", "init p50", numeric=True),
    Column("init_max_ms", "init max", numeric=True),
    Column("memory_mb", "memory MB", numeric=True),
    Column("max_memory_mb", "used MB", numeric=True),
    Column("billed_ms", "billed", numeric=True),
    Column("gb_seconds", "GB-s", numeric=True),
    Column("cost_usd", "cost $", numeric=True),
    Column("timeout_s", "limit", numeric=True),
    Column("bins", "times"),
)


def build_slowest_table(draft: Draft) -> Table:
    """Return a row for each of the slowest invocations, with its request ID for `trace`."""
    slowest = draft.report.slowest
    return build_table(
        draft,
        "slowest",
        _SLOW_COLUMNS,
        slowest,
        lambda slow: _slow(draft, slow),
        hint=draft.command_again("latency", "--slowest", f"{len(slowest)}"),
    )


def _slow(draft: Draft, slow: Slow) -> tuple[Cell, ...]:
    return (
        time(slow.duration_ms),
        Cell(slow.function or slow.log_group, slow.function or None, Tone.STRONG),
        status_cell(slow.status),
        Cell(draft.moment(slow.end), iso(slow.end)),
        time(slow.init_ms),
        number(slow.max_memory_mb, _plain(slow.max_memory_mb)),
        number(slow.memory_mb, _plain(slow.memory_mb)),
        Cell(slow.request_id or "-", slow.request_id or None, Tone.CODE),
        Cell(slow.log_group, slow.log_group or None, Tone.CODE),
        Cell(slow.log_stream, slow.log_stream or None, Tone.CODE),
    )


_SLOW_COLUMNS = (
    Column("duration_ms", "duration", numeric=True),
    Column("function", "function"),
    Column("status", "status"),
    Column("end", "ended"),
    Column("init_ms", "init", numeric=True),
    Column("max_memory_mb", "used MB", numeric=True),
    Column("memory_mb", "memory MB", numeric=True),
    Column("request_id", "request"),
    Column("log_group", "log group"),
    Column("log_stream", "log stream"),
)
