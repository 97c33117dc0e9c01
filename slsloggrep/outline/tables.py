"""Tables out of values, a row for each, and no more rows than a table may have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from slsloggrep.model.outlines import Cell, Column, Table
from slsloggrep.outline.draft import Draft

_Item = TypeVar("_Item")


def build_table(
    draft: Draft,
    name: str,
    columns: Sequence[Column],
    items: Sequence[_Item],
    row_of: Callable[[_Item], tuple[Cell, ...]],
    *,
    hint: str = "",
    total: Sequence[_Item] = (),
) -> Table:
    """Return a table with a row for each item, the first ones where there are too many.

    `hint` is the command that shows them all. Rows of `total` stand at the end in any case.
    """
    shown = items[: draft.limits.rows]
    omitted = len(items) - len(shown)
    return Table(
        name=draft.table(name),
        columns=tuple(columns),
        rows=tuple(row_of(item) for item in (*shown, *total)),
        omitted=omitted,
        omitted_hint=hint if omitted else "",
    )
