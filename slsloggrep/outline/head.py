"""What every outline begins with: what was asked, of what and when, and who answered.

And what it ends with where something was redacted.
"""

from __future__ import annotations

from collections.abc import Iterator

from slsloggrep.model.outlines import (
    Block,
    Cell,
    Column,
    Facts,
    Line,
    Paragraph,
    Points,
    Section,
    Span,
    Table,
    Tone,
)
from slsloggrep.outline.cells import number
from slsloggrep.outline.coverage import gaps_of
from slsloggrep.outline.draft import Draft, line
from slsloggrep.wording import count_text


def build_facts(draft: Draft, *more: tuple[str, Line]) -> Facts:
    """Return what was asked and who answered, after the facts of a kind of report."""
    return Facts(rows=(*more, *_asked(draft)))


def _asked(draft: Draft) -> Iterator[tuple[str, Line]]:
    report = draft.report
    yield "searched", line(window_of(draft) + (f", {report.searched}" if report.searched else ""))
    if report.coverage:
        sources = [Span(source.source, Tone.CODE) for source in report.coverage]
        spans: list[Span | str] = []
        for number_, span in enumerate(sources):
            spans += [", ", span] if number_ else [span]
        yield "source" if len(sources) == 1 else "sources", line(*spans)
        gaps = gaps_of(report.coverage)
        told = f"no: {count_text(gaps, 'thing')} could not be read" if gaps else "yes"
        yield "complete", line(Span(told, Tone.NOTABLE if gaps else Tone.PLAIN))
    if report.question:
        yield "command", line(Span(report.question, Tone.CODE))
    yield "made", line(f"{draft.time(report.made_at)} by {report.program}")
    if report.redacted:
        values = sum(kind.values for kind in report.redacted)
        kinds = ", ".join(kind.kind for kind in report.redacted)
        yield "redacted", line(f"{count_text(values, 'value')}: {kinds}")


def window_of(draft: Draft) -> str:
    """Return the window that was looked at, in words."""
    since, until = draft.report.since, draft.report.until
    if since is None and until is None:
        return "everything"
    first = "the beginning" if since is None else draft.time(since)
    last = "the end" if until is None else draft.time(until)
    return f"from {first} to {last}"


def closing_sections(draft: Draft) -> Iterator[Section]:
    """Yield what a reader has to know beside the answer: notes, and what was redacted."""
    if draft.report.notes:
        notes = Points(lines=tuple(line(note) for note in draft.report.notes))
        yield Section(title=line("Notes"), anchor=draft.anchor("notes"), blocks=(notes,))
    if draft.report.redacted:
        blocks = tuple(_redacted(draft))
        yield Section(title=line("Redacted"), anchor=draft.anchor("redacted"), blocks=blocks)


def _redacted(draft: Draft) -> Iterator[Block]:
    yield Paragraph(line=line("The same value has the same pseudonym throughout this report."))
    rows = tuple(
        (Cell(kind.kind, kind.kind), number(kind.values), number(kind.places))
        for kind in draft.report.redacted
    )
    columns = (
        Column("kind", "kind"),
        Column("values", "values", numeric=True),
        Column("places", "places", numeric=True),
    )
    yield Table(name="redacted", columns=columns, rows=rows)
