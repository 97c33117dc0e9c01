"""Walks through outlines: their blocks, anchors, links, texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from slsloggrep.model.outlines import (
    Block,
    Cell,
    Excerpt,
    Facts,
    Line,
    Log,
    Outline,
    Paragraph,
    Points,
    Run,
    Section,
    Span,
    Table,
    Waterfall,
)

_B = TypeVar("_B")


def sections_of(outline: Outline) -> Iterator[Section]:
    """Yield all sections, each before its parts."""
    stack = list(reversed(outline.sections))
    while stack:
        section = stack.pop()
        yield section
        stack.extend(reversed(section.sections))


def blocks_of(outline: Outline, kind: type[_B]) -> list[_B]:
    """Return all blocks of a kind, in order; logs of runs are not among them."""
    blocks: list[Block] = [block for section in sections_of(outline) for block in section.blocks]
    return [block for block in blocks if isinstance(block, kind)]


def logs_of(outline: Outline) -> list[Log]:
    """Return all logs, those of runs included."""
    return [*blocks_of(outline, Log), *(run.log for run in blocks_of(outline, Run))]


def table(outline: Outline, name: str) -> Table:
    """Return the table of a name."""
    return next(t for t in (*blocks_of(outline, Table), *outline.rows) if t.name == name)


def values(table_: Table, key: str) -> list[object]:
    """Return what programs get of a column."""
    index = [column.key for column in table_.columns].index(key)
    return [row[index].value for row in table_.rows]


def anchors_of(outline: Outline) -> list[str]:
    """Return the anchors of sections and runs."""
    return [
        *(section.anchor for section in sections_of(outline)),
        *(run.anchor for run in blocks_of(outline, Run)),
    ]


def links_of(outline: Outline) -> set[str]:
    """Return where spans, cells and bars lead to, in the same document."""
    found = {span.anchor for line in lines_of(outline) for span in line}
    found |= {cell.anchor for cell in cells_of(outline)}
    found |= {bar.anchor for chart in blocks_of(outline, Waterfall) for bar in chart.bars}
    return found - {""}


def cells_of(outline: Outline) -> Iterator[Cell]:
    """Yield all cells of all tables."""
    for table_ in (*blocks_of(outline, Table), *outline.rows):
        for row in table_.rows:
            yield from row


def lines_of(outline: Outline) -> Iterator[Line]:
    """Yield all running text."""
    yield from outline.lead
    yield from (line for _, line in outline.facts.rows)
    for section in sections_of(outline):
        yield section.title
        for block in section.blocks:
            yield from _lines(block)


def _lines(block: Block) -> Iterator[Line]:
    if isinstance(block, Paragraph):
        yield block.line
    elif isinstance(block, Points | Excerpt):
        yield from block.lines
    elif isinstance(block, Facts):
        yield from (line for _, line in block.rows)
    elif isinstance(block, Run):
        yield block.title
        yield from _lines(block.facts)


def text(line: tuple[Span, ...]) -> str:
    """Return a line's text."""
    return "".join(span.text for span in line)


def lead(outline: Outline) -> list[str]:
    """Return the answer's sentences."""
    return [text(line) for line in outline.lead]


def facts(holder: Facts) -> dict[str, str]:
    """Return facts by name; what has no name of its own belongs to the one before."""
    found: dict[str, str] = {}
    last = ""
    for name, line in holder.rows:
        last = name or last
        found[last] = f"{found[last]}\n{text(line)}" if last in found else text(line)
    return found
