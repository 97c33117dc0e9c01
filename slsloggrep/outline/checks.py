"""The outline of what an investigation needs: what is missing and how it is mended, then all of it.

No logs are read for it, so it has no coverage: what could not be tried is told in its place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slsloggrep.model.checks import Check, Checked, Verdict
from slsloggrep.model.outlines import (
    Block,
    Cell,
    Column,
    Excerpt,
    Line,
    Outline,
    Paragraph,
    Points,
    Section,
    Span,
    Tone,
)
from slsloggrep.outline.cells import text_cell
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.head import TOLD_NOTES, build_facts, closing_sections
from slsloggrep.outline.tables import build_table
from slsloggrep.outline.words import list_names
from slsloggrep.wording import count_text, number_text

_TONES = {
    Verdict.OK: Tone.GOOD,
    Verdict.NOTE: Tone.NOTABLE,
    Verdict.MISSING: Tone.BAD,
    Verdict.UNCHECKED: Tone.FAINT,
}


def outline_checks(draft: Draft) -> Outline:
    """Return the outline of what was checked, and what is missing."""
    checks = draft.report.checks
    missing = [each for each in checks if each.check.verdict is Verdict.MISSING]
    notes = tuple(line(Span(note, Tone.NOTABLE)) for note in draft.report.notes[:TOLD_NOTES])
    return Outline(
        title="What an investigation needs",
        lead=(*_lead(checks, missing), *notes),
        tone=Tone.BAD if missing else Tone.NOTABLE if notes else Tone.GOOD,
        facts=build_facts(draft),
        sections=(*_sections(draft, missing), *closing_sections(draft)),
        main="checks",
    )


def _lead(checks: Sequence[Checked], missing: Sequence[Checked]) -> Iterator[Line]:
    told = count_text(len(checks), "check")
    if not missing:
        yield line(f"{told}: ", Span("nothing is missing", Tone.GOOD), ".")
    else:
        named = list_names([*dict.fromkeys(each.check.what for each in missing)])
        count = f"{number_text(len(missing))} of {told}"
        yield line(f"{count} found something ", Span("missing", Tone.BAD), f": {named}.")
    if any(each.check.fatal for each in missing):
        yield line(Span("A source cannot be used at all.", Tone.BAD))
    elif missing:
        yield line("An investigation would lack it.")


def _sections(draft: Draft, missing: Sequence[Checked]) -> Iterator[Section]:
    if missing:
        points = Points(lines=tuple(_point(each) for each in missing))
        anchor = draft.anchor("missing")
        yield Section(title=line("What is missing"), anchor=anchor, blocks=(points,))
    if draft.report.policy:
        text = Excerpt(lines=tuple(line(each) for each in draft.report.policy.splitlines()))
        title = line("The smallest IAM policy that mends it")
        yield Section(title=title, anchor=draft.anchor("policy"), blocks=(text,))
    yield Section(title=line("Checks"), anchor=draft.anchor("checks"), blocks=(_table(draft),))
    yield Section(
        title=line("What was not checked"),
        anchor=draft.anchor("coverage"),
        blocks=tuple(_untried(draft.report.checks)),
    )


def _point(each: Checked) -> Line:
    check = each.check
    return line(
        Span(check.what, Tone.STRONG),
        " (",
        Span(" ".join(filter(None, (each.source, check.place))), Tone.CODE),
        ")",
        f": {check.detail}" if check.detail else "",
        Span(f" · try: {check.hint}", Tone.NOTABLE) if check.hint else "",
    )


def _untried(checks: Sequence[Checked]) -> Iterator[Block]:
    untried = [each for each in checks if each.check.verdict is Verdict.UNCHECKED]
    if untried:
        yield Points(lines=tuple(_point(each) for each in untried))
    else:
        yield Paragraph(line=line("All that there is to check was checked."))
    yield Paragraph(line=line("No logs were read, and nothing was changed."), tone=Tone.FAINT)


def _table(draft: Draft) -> Block:
    checks = draft.report.checks
    placed = draft.view.rows or any(each.check.place for each in checks)
    columns = (
        Column("check", "check"),
        Column("verdict", "verdict"),
        Column("detail", "what was seen"),
        Column("hint", "try"),
        Column("source", "source"),
        *([Column("place", "place")] if placed else []),
        Column("actions", "denied"),
    )

    def row(each: Checked) -> tuple[Cell, ...]:
        check = each.check
        return (
            Cell(check.what, check.what, Tone.STRONG),
            Cell(check.verdict.value, check.verdict.value, _TONES[check.verdict]),
            text_cell(draft.clip(check.detail)),
            text_cell(draft.clip(check.hint or "")),
            Cell(each.source, each.source, Tone.CODE),
            *([text_cell(check.place)] if placed else []),
            text_cell(_denied(check), Tone.CODE),
        )

    question = draft.report.question
    hint = f"{question} -o json" if question else ""
    return build_table(draft, "checks", columns, checks, row, hint=hint)


def _denied(check: Check) -> str:
    return " ".join(each.action for each in check.permissions) if check.denied else ""
