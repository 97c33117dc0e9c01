"""Invocations of the crashed function as tables: those of its environment, its attempts."""

from __future__ import annotations

from collections.abc import Sequence

from slsloggrep.model import Invocation, Millis
from slsloggrep.model.outlines import Cell, Column, Table, Tone
from slsloggrep.outline.cells import iso, memory_cell, status_cell
from slsloggrep.outline.draft import Draft
from slsloggrep.outline.words import birth_of, duration_of, error_of
from slsloggrep.wording import offset_text


def build_neighbours(
    draft: Draft,
    name: str,
    invocations: Sequence[Invocation],
    *,
    origin: Millis,
    crashed: Invocation | None,
    numbered: bool = False,
) -> Table:
    """Return a row for each invocation, by time; the last ones where there are too many.

    Offsets count from `origin`. The row of the one that `crashed` is told apart; `numbered` rows
    are attempts.
    """
    shown = invocations[-draft.limits.rows :]
    first = len(invocations) - len(shown)
    rows = []
    for index, invocation in enumerate(shown, first + 1):
        is_it = crashed is not None and invocation.order == crashed.order
        rows.append(
            (
                *((Cell(f"{index}", index),) if numbered else ()),
                Cell(
                    offset_text(invocation.start - origin),
                    iso(invocation.start),
                    Tone.STRONG if is_it else Tone.PLAIN,
                    draft.run_of(invocation),
                ),
                status_cell(invocation.status),
                Cell(duration_of(invocation), invocation.duration_ms),
                Cell(birth_of(invocation), invocation.init_ms),
                memory_cell(invocation),
                Cell(draft.clip(error_of(invocation)), error_of(invocation) or None),
                Cell(invocation.request_id or "-", invocation.request_id, Tone.CODE),
            )
        )
    columns = (*((_NUMBER,) if numbered else ()), *_COLUMNS)
    hint = _hint(draft, crashed) if first and crashed is not None else ""
    return Table(
        name=draft.table(name), columns=columns, rows=tuple(rows), omitted=first, omitted_hint=hint
    )


def _hint(draft: Draft, crashed: Invocation) -> str:
    request, report = crashed.request_id or "", draft.report
    return draft.command("crashes show", request, since=report.since, until=report.until)


def memory_growth(invocations: Sequence[Invocation]) -> str:
    """Return how memory used went from the first invocation to the last; empty: not known."""
    used = [mb for invocation in invocations if (mb := invocation.max_memory_mb)]
    sizes = [mb for invocation in invocations if (mb := invocation.memory_mb)]
    if len(used) < 2:
        return ""
    of = f" of {sizes[-1]:.0f}" if sizes else ""
    way = "grew" if used[-1] > used[0] else "went"
    return f"Memory used {way} from {used[0]:.0f} to {used[-1]:.0f}{of} MB."


_NUMBER = Column("attempt", "attempt", numeric=True)
_COLUMNS = (
    Column("start", "start", numeric=True),
    Column("status", "status"),
    Column("duration_ms", "duration", numeric=True),
    Column("init_ms", "init"),
    Column("max_memory_mb", "memory", numeric=True),
    Column("error", "error"),
    Column("request_id", "request"),
)
