"""What every outline begins with: what was asked, of what and when, and who answered.

And what it ends with where something was redacted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from slsloggrep.model import Millis
from slsloggrep.model.outlines import (
    Block,
    Cell,
    Column,
    Facts,
    Line,
    Outline,
    Paragraph,
    Points,
    Section,
    Span,
    Table,
    Tone,
)
from slsloggrep.outline.cells import number
from slsloggrep.outline.coverage import coverage_section, gaps_of, missing_line
from slsloggrep.outline.draft import Draft, line
from slsloggrep.wording import count_text

TOLD_NOTES = 3
"""Notes that stand in the answer itself; all of them stand at the end."""


def finish(
    draft: Draft,
    *,
    title: str,
    lead: Iterable[Line],
    tone: Tone,
    sections: Iterable[Section],
    facts: Iterable[tuple[str, Line]] = (),
    unknown: Sequence[Line] = (),
    main: str = "",
) -> Outline:
    """Return an outline with what all kinds have: what was asked, what was not read, the notes.

    `unknown` is what is not known, beside what could not be read.
    """
    unread = draft.anchor("coverage")
    missing = missing_line(draft, unread)
    notes = [line(Span(note, Tone.NOTABLE)) for note in _notes(draft)[:TOLD_NOTES]]
    return Outline(
        title=title,
        lead=(*lead, *([missing] if missing else []), *notes),
        tone=tone,
        facts=build_facts(draft, *facts),
        sections=(*sections, coverage_section(draft, unread, unknown), *closing_sections(draft)),
        main=main,
    )


def _notes(draft: Draft) -> list[str]:
    """Return the notes on the answer: not those on a row of figures, which stand beneath it."""
    report = draft.report
    compared = [row for change in report.changes for row in (change.before, change.after)]
    rows = (*report.latency, report.total, *compared)
    beneath = {note for row in rows if row is not None for note in row.notes}
    return [note for note in report.notes if note not in beneath]


def build_facts(draft: Draft, *more: tuple[str, Line]) -> Facts:
    """Return what was asked and who answered, after the facts of a kind of report."""
    return Facts(rows=(*more, *_asked(draft)))


def _asked(draft: Draft) -> Iterator[tuple[str, Line]]:
    report = draft.report
    whole = report.since is None and report.until is None
    because = f", {report.searched}" if report.searched else ""
    yield "searched", line(report.searched if whole and because else window_of(draft) + because)
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
    yield "made", line(f"{draft.moment(report.made_at)} by {report.program}")
    if report.redacted:
        values = sum(kind.values for kind in report.redacted)
        kinds = ", ".join(kind.kind for kind in report.redacted)
        yield "redacted", line(f"{count_text(values, 'value')}: {kinds}")


def window_of(draft: Draft) -> str:
    """Return the window that was looked at, in words."""
    since, until = draft.report.since, draft.report.until
    if since is None and until is None:
        return "everything"
    first = "the beginning" if since is None else _edge(draft, since)
    last = "the end" if until is None else _edge(draft, until)
    return f"from {first} to {last}"


def _edge(draft: Draft, timestamp: Millis) -> str:
    """Return a time without its milliseconds, where nothing is lost with them."""
    return draft.moment(timestamp) if timestamp % 1000 == 0 else draft.time(timestamp)


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
    yield Table(name=draft.table("redacted"), columns=columns, rows=rows)
