"""What was read and what was not, so that an empty answer can be trusted, and a partial one not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slsloggrep.model import Coverage, Gap
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
from slsloggrep.wording import bytes_text, count_text

_NAMED = 8
"""Gaps of one reason that are named in a sentence; the table names more."""


def gaps_of(coverage: Sequence[Coverage]) -> int:
    """Return how many things could not be read."""
    return sum(len(source.gaps) for source in coverage)


def missing_line(draft: Draft, anchor: str) -> Line | None:
    """Return the sentence that an answer is partial, for the lead; None: all was read."""
    gaps = gaps_of(draft.report.coverage)
    if not gaps:
        return None
    return line(
        Span(f"{count_text(gaps, 'thing')} could not be read", Tone.NOTABLE, anchor),
        ": there may be more than is told here.",
    )


def coverage_section(draft: Draft, anchor: str) -> Section:
    """Return what was read, what was not and why, and the notes of the sources."""
    return Section(
        title=line("What was read, and what was not"),
        anchor=anchor,
        blocks=tuple(_blocks(draft)),
    )


def _blocks(draft: Draft) -> Iterator[Block]:
    coverage = draft.report.coverage
    if not coverage:
        yield Paragraph(line=line("What was read was not told."), tone=Tone.NOTABLE)
        return
    gaps = gaps_of(coverage)
    if gaps:
        told = f"Not everything could be read: {count_text(gaps, 'thing')} of what was asked for."
        yield Paragraph(line=line(told), tone=Tone.NOTABLE)
        yield Points(lines=tuple(_reasons(coverage)))
    else:
        yield Paragraph(line=line("Everything that was asked for was read."))
    yield _sources(draft)
    if gaps:
        yield _gaps(draft)
    if notes := [f"{source.source}: {note}" for source in coverage for note in source.notes]:
        yield Points(lines=tuple(line(note) for note in dict.fromkeys(notes)))


def _reasons(coverage: Sequence[Coverage]) -> Iterator[Line]:
    for source in coverage:
        for reason, whats in by_reason(source.gaps).items():
            named = ", ".join(whats[:_NAMED])
            more = f" and {len(whats) - _NAMED} more" if len(whats) > _NAMED else ""
            count = "" if len(whats) == 1 else f"{len(whats)} {source.unit or 'object'}s or parts: "
            where = Span(f"{source.source} ", Tone.CODE)
            yield line(where, count, reason, Span(f": {named}{more}", Tone.FAINT))


def by_reason(gaps: Sequence[Gap]) -> dict[str, list[str]]:
    """Return what could not be read by the reason why."""
    reasons: dict[str, list[str]] = {}
    for gap in gaps:
        reasons.setdefault(gap.reason, []).append(gap.what)
    return reasons


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
    rows = []
    for source in draft.report.coverage:
        tone = Tone.GOOD if source.complete else Tone.NOTABLE
        rows.append(
            (
                Cell(source.source, source.source, Tone.CODE),
                Cell("yes" if source.complete else "no", source.complete, tone),
                number(source.events),
                Cell(bytes_text(source.bytes), source.bytes),
                number(source.requests),
                Cell(count_text(source.objects, source.unit or "object"), source.objects),
                number(len(source.gaps)),
            )
        )
    return Table(name="sources", columns=columns, rows=tuple(rows))


def _gaps(draft: Draft) -> Table:
    columns = (Column("source", "source"), Column("what", "not read"), Column("reason", "why"))
    rows = [
        (
            Cell(source.source, source.source, Tone.CODE),
            Cell(draft.clip(gap.what), gap.what, Tone.CODE),
            Cell(draft.clip(gap.reason), gap.reason),
        )
        for source in draft.report.coverage
        for gap in source.gaps
    ]
    shown = rows[: draft.limits.rows]
    omitted = len(rows) - len(shown)
    hint = f"{draft.report.question} -o json" if draft.report.question and omitted else ""
    return Table(
        name="gaps", columns=columns, rows=tuple(shown), omitted=omitted, omitted_hint=hint
    )
