"""What was read and what was not, so that an empty answer can be trusted, and a partial one not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slsloggrep.model import Coverage, Gap, Report
from slsloggrep.model.outlines import (
    Block,
    Cell,
    Column,
    Line,
    Paragraph,
    Points,
    Section,
    Span,
    Table,
    Tone,
)
from slsloggrep.outline.cells import number
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.tables import build_table
from slsloggrep.outline.words import by_reason
from slsloggrep.wording import bytes_text, count_text

_NAMED = 8
"""Gaps of one reason that are named in a sentence; the table names more."""
_LISTED = 20
"""Reasons and notes that are listed: there may be one for each object."""


def gaps_of(coverage: Sequence[Coverage]) -> int:
    """Return how many things could not be read."""
    return sum(source.unread for source in coverage)


def how_read(report: Report) -> str:
    """Return whether everything was read, as the end of a sentence."""
    return "everything that was asked for was read" if report.complete else "not all was read"


def missing_line(draft: Draft, anchor: str) -> Line | None:
    """Return the sentence that an answer is partial, for the lead; None: all was read."""
    gaps = gaps_of(draft.report.coverage)
    if not gaps:
        return None
    return line(
        Span(f"{count_text(gaps, 'thing')} could not be read", Tone.NOTABLE, anchor),
        ": there may be more than is told here.",
    )


def coverage_section(draft: Draft, anchor: str, unknown: Sequence[Line] = ()) -> Section:
    """Return what was read, what was not and why, and what else is not known."""
    blocks = list(_blocks(draft))
    if unknown:
        blocks.append(Paragraph(line=line(Span("Beside that is not known:", Tone.STRONG))))
        blocks.append(Points(lines=tuple(unknown)))
    title = "What is not known" if unknown else "What was read, and what was not"
    return Section(title=line(title), anchor=anchor, blocks=tuple(blocks))


def _blocks(draft: Draft) -> Iterator[Block]:
    coverage = draft.report.coverage
    if not coverage:
        yield Paragraph(line=line("What was read was not told."), tone=Tone.NOTABLE)
        return
    gaps = gaps_of(coverage)
    if gaps:
        told = f"Not everything could be read: {count_text(gaps, 'thing')} of what was asked for."
        yield Paragraph(line=line(told), tone=Tone.NOTABLE)
        yield _points(list(_reasons(coverage)))
    else:
        yield Paragraph(line=line("Everything that was asked for was read."))
    yield _sources(draft)
    if gaps:
        yield _gaps(draft)
    if notes := [f"{source.source}: {note}" for source in coverage for note in source.notes]:
        yield _points([line(note) for note in dict.fromkeys(notes)])


def _points(lines: Sequence[Line]) -> Points:
    more = len(lines) - _LISTED
    beside = (line(f"and {more} more: -o json has them"),) if more > 0 else ()
    return Points(lines=(*lines[:_LISTED], *beside))


def _reasons(coverage: Sequence[Coverage]) -> Iterator[Line]:
    for source in coverage:
        for reason, whats in by_reason(source.gaps).items():
            named = ", ".join(whats[:_NAMED])
            more = f" and {len(whats) - _NAMED} more" if len(whats) > _NAMED else ""
            count = "" if len(whats) == 1 else f"{len(whats)} {source.unit or 'object'}s or parts: "
            where = Span(source.source, Tone.CODE)
            yield line(where, f": {count}{reason}", Span(f": {named}{more}", Tone.FAINT))


def _sources(draft: Draft) -> Table:
    columns = (
        Column("source", "source"),
        Column("complete", "complete"),
        Column("events", "events", numeric=True),
        Column("bytes", "bytes", numeric=True),
        Column("requests", "requests", numeric=True),
        Column("objects", "objects", numeric=True),
        Column("gaps", "not read", numeric=True),
    )

    def row(source: Coverage) -> tuple[Cell, ...]:
        tone = Tone.GOOD if source.complete else Tone.NOTABLE
        return (
            Cell(source.source, source.source, Tone.CODE),
            Cell("yes" if source.complete else "no", source.complete, tone),
            number(source.events),
            Cell(bytes_text(source.bytes), source.bytes),
            number(source.requests),
            Cell(count_text(source.objects, source.unit or "object"), source.objects),
            number(source.unread),
        )

    return build_table(draft, "sources", columns, draft.report.coverage, row)


def _gaps(draft: Draft) -> Table:
    columns = (Column("source", "source"), Column("what", "not read"), Column("reason", "why"))
    gaps = [(source.source, gap) for source in draft.report.coverage for gap in source.gaps]

    def row(found: tuple[str, Gap]) -> tuple[Cell, ...]:
        source, gap = found
        return (
            Cell(source, source, Tone.CODE),
            Cell(draft.clip(gap.what), gap.what, Tone.CODE),
            Cell(draft.clip(gap.reason), gap.reason),
        )

    question = draft.report.question
    return build_table(
        draft, "gaps", columns, gaps, row, hint=f"{question} -o json" if question else ""
    )
