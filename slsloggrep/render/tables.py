"""Tables that fit a width: columns by their weight, heads in two lengths, what was left out told.

Where the width does not suffice, heads become short and names give way; then the columns of the
greatest weight have their places, and of the others those that still go in. Without a width
nothing is left out. What stands in the cells belongs to those who call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from slsloggrep.render.lines import hang, shorten, shorten_middle, solid
from slsloggrep.render.theme import FAINT, Glyphs

_BETWEEN = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its heads, a cell for each row, and how it behaves where room is short."""

    head: str
    short: str = ""
    """A shorter head for the same; empty: there is none."""
    unit: str = ""
    """Stands under the head."""
    group: str = ""
    """Stands over the heads of neighbours of the same group; they are left out together."""
    cells: Sequence[Text]
    right: bool = True
    """Numbers stand at the right."""
    weight: int = 0
    """Those of more weight have their places first; 0: it always stays."""
    least: int | None = None
    """Cells down to which its own may be cut; None: they are never cut."""
    prose: bool = False
    """Cut at its end; otherwise in the middle: names differ at their ends."""
    grow: Callable[[int], Sequence[Text]] | None = None
    """Draws the cells anew for a width: what is drawn takes what room there is."""
    most: int = 0
    """Cells up to which it is drawn; without a width it has as many."""


@dataclass(frozen=True, slots=True)
class _Fitted:
    column: Column
    head: str
    cells: int


def draw_table(
    console: Console,
    columns: Sequence[Column],
    width: int | None,
    glyphs: Glyphs,
    *,
    rule_before: int | None = None,
    told: bool = True,
) -> Iterator[Text]:
    """Yield head lines, rows, and a line that names what was left out.

    `rule_before` is the row over which a rule is drawn: sums begin there. Not `told`, what was
    left out goes without a word: it is told elsewhere.
    """
    fitted, left_out = _fit(columns, width)
    yield from _heads(fitted, width, glyphs)
    total = sum(each.cells for each in fitted) + _BETWEEN * (len(fitted) - 1)
    for row in range(max((len(each.column.cells) for each in fitted), default=0)):
        if row == rule_before:
            yield solid(Text(glyphs.axis[1] * total, FAINT))
        yield _line([_cut(each, each.column.cells[row], glyphs) for each in fitted], fitted)
    if left_out and told:
        names = ", ".join(dict.fromkeys(c.group or c.head for c in left_out))
        note = Text(f"no room for {names}: a wider terminal or -o json has them", FAINT)
        yield from hang(console, Text(), note, width)


def _fit(columns: Sequence[Column], width: int | None) -> tuple[list[_Fitted], list[Column]]:
    """Return the columns that stay, each with its head and width, and those that do not."""
    if width is None:
        return [_drawn(_natural(column, short=False), None) for column in columns], []
    whole = _shared(columns, width, short=False)
    if whole is not None:
        return whole, []
    kept = [column for column in columns if not column.weight]
    fitted = _shared(kept, width, short=True)
    if fitted is None:
        fitted = _squeezed(kept, width)
        return fitted, _others(columns, [each.column for each in fitted])
    # By weight, whatever still goes in: a narrow column need not go because a wide one must.
    for together in _by_weight(columns):
        more = [c for c in columns if any(c is each for each in (*kept, *together))]
        attempt = _shared(more, width, short=True)
        if attempt is not None:
            kept, fitted = more, attempt
    return fitted, _others(columns, kept)


def _others(columns: Sequence[Column], kept: Sequence[Column]) -> list[Column]:
    return [column for column in columns if not any(column is each for each in kept)]


def _by_weight(columns: Sequence[Column]) -> list[list[Column]]:
    """Return the columns that may be left out, in groups that go together, heaviest first."""
    groups: dict[str, list[Column]] = {}
    for index, column in enumerate(columns):
        if column.weight:
            groups.setdefault(column.group or f"#{index}", []).append(column)
    return sorted(groups.values(), key=lambda group: -group[0].weight)


def _natural(column: Column, *, short: bool) -> _Fitted:
    head = column.short if short and column.short else column.head
    cells = max((cell.cell_len for cell in column.cells), default=0)
    return _Fitted(column, head, max(cells, cell_len(head), cell_len(column.unit)))


def _shared(columns: Sequence[Column], width: int, *, short: bool) -> list[_Fitted] | None:
    """Return the columns within a width, or None where they do not go into it.

    Names give way only once heads are short: of the two they say more.
    """
    fitted = [_natural(column, short=short) for column in columns]
    spare = width - sum(each.cells for each in fitted) - _BETWEEN * (len(fitted) - 1)
    for index, each in enumerate(fitted):
        if short and spare < 0 and each.column.least is not None:
            cells = max(each.cells + spare, min(each.column.least, each.cells))
            spare += each.cells - cells
            fitted[index] = replace(each, cells=cells)
    if spare < 0:
        return None
    return [_drawn(each, spare) for each in fitted]


def _drawn(fitted: _Fitted, spare: int | None) -> _Fitted:
    column = fitted.column
    if column.grow is None:
        return fitted
    cells = column.most if spare is None else min(column.most, fitted.cells + spare)
    cells = max(cells, fitted.cells)
    return _Fitted(replace(column, cells=column.grow(cells)), fitted.head, cells)


def _squeezed(columns: Sequence[Column], width: int) -> list[_Fitted]:
    """Return what goes into a width that is too narrow for what should always stay."""
    fitted: list[_Fitted] = []
    left = width
    for column in columns:
        each = _natural(column, short=True)
        if left <= _BETWEEN:
            break
        if each.cells > left:
            each = replace(each, cells=left)
        fitted.append(each)
        left -= each.cells + _BETWEEN
    return fitted


def _heads(fitted: Sequence[_Fitted], width: int | None, glyphs: Glyphs) -> Iterator[Text]:
    if any(each.column.group for each in fitted):
        line = Text()
        for group, some in groupby(fitted, key=lambda each: each.column.group):
            members = list(some)
            cells = sum(each.cells for each in members) + _BETWEEN * (len(members) - 1)
            if line:
                line.append(" " * _BETWEEN)
            name = f" {group} " if group else ""
            name = shorten(name, cells, glyphs.ellipsis)
            ruled = name.center(cells, glyphs.axis[1] if group else " ")
            line.append(ruled, FAINT)
        yield solid(line)
    if any(each.head for each in fitted):
        yield _line([_cut(each, Text(each.head, FAINT), glyphs) for each in fitted], fitted)
    if any(each.column.unit for each in fitted):
        units = [_cut(each, Text(each.column.unit, FAINT), glyphs) for each in fitted]
        yield _line(units, fitted)


def _cut(fitted: _Fitted, cell: Text, glyphs: Glyphs) -> Text:
    if cell.cell_len <= fitted.cells:
        return cell
    cut = shorten if fitted.column.prose else shorten_middle
    return Text(cut(cell.plain, fitted.cells, glyphs.ellipsis), cell.style)


def _line(cells: Sequence[Text], fitted: Sequence[_Fitted]) -> Text:
    line = Text()
    for index, (cell, each) in enumerate(zip(cells, fitted, strict=True)):
        if index:
            line.append(" " * _BETWEEN)
        space = " " * (each.cells - cell.cell_len)
        if each.column.right:
            line.append(space).append_text(cell)
        else:
            line.append_text(cell).append(space)
    return solid(line)
