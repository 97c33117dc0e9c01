"""What changed from one window to another, and whether that is more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slsloggrep.model import Change
from slsloggrep.model.outlines import Cell, Column, Line, Paragraph, Section, Span, Table, Tone
from slsloggrep.outline.cells import number
from slsloggrep.outline.comparison import (
    FIGURES,
    Figure,
    delta_text,
    growth_text,
    probability_text,
    side_text,
    sides_of,
    verdicts_of,
)
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.figures import row_name
from slsloggrep.outline.tables import build_table
from slsloggrep.outline.words import UNKNOWN_FUNCTION
from slsloggrep.wording import count_text

_TOLD_TO_PEOPLE = 50
"""Figures of this weight and above have columns where people read: a dozen is enough."""
_NAMED = 4
"""Changes that are named in a sentence."""


def change_lines(draft: Draft, *, worse: bool = False) -> Iterator[Line]:
    """Yield what became slower, faster, or failed more or less often, by more than chance.

    With `worse` only what became worse.
    """
    changes = draft.report.changes
    if not changes:
        return
    alone = _alone(draft)
    if alone is not None:
        yield alone
        return
    told = [change for change in changes if (_is_worse(change) if worse else is_real(change))]
    if not told:
        what = "No function became slower or failed more often" if worse else "Nothing changed"
        yield line(f"{what} by more than chance{_since(draft)}.")
        return
    spans: list[Span | str] = []
    for change in told[:_NAMED]:
        spans += ["; "] if spans else []
        spans += _told(change)
    more = len(told) - _NAMED
    behind = f"; and {more} more." if more > 0 else "."
    yield line(f"By more than chance{_since(draft)}: ", *spans, behind)


def _alone(draft: Draft) -> Line | None:
    """Return the sentence that only one of both windows has anything to compare; None: both do."""
    for side in ("before", "after"):
        if all(getattr(change, side) is None for change in draft.report.changes):
            what = "no invocation ended" if draft.report.complete else "no invocation was read"
            return line(f"Nothing can be compared: {what} {_when(draft, side)}.")
    return None


def _when(draft: Draft, side: str) -> str:
    if side == "after":
        return "in the window"
    before = draft.report.before
    return f"from {_window(draft, before)}" if before else "before"


def _is_worse(change: Change) -> bool:
    return any(verdict.worse for verdict in verdicts_of(change))


def is_real(change: Change) -> bool:
    """Tell whether a change is more than chance."""
    return bool(change.larger_than_chance or change.errors_larger_than_chance)


def _since(draft: Draft) -> str:
    before = draft.report.before
    return f" compared with {_window(draft, before)}" if before else ""


def _window(draft: Draft, window: tuple[int, int]) -> str:
    return f"{draft.moment(window[0])} to {draft.moment(window[1])}"


def _told(change: Change) -> Iterator[Span | str]:
    yield Span(name_of_change(change), Tone.STRONG)
    for index, verdict in enumerate(verdicts_of(change)):
        yield " and " if index else " "
        yield Span(verdict.word, Tone.BAD if verdict.worse else Tone.GOOD)
        figure = FIGURES[0] if "error" not in verdict.word else _ERRORS
        before, after = sides_of(figure, change)
        yield f" ({figure.name} {side_text(figure, before)} to {side_text(figure, after)})"


_ERRORS = next(figure for figure in FIGURES if figure.name == "errors")


def name_of_change(change: Change) -> str:
    """Return what a change is of."""
    row = change.after or change.before
    return row_name(row) if row is not None else UNKNOWN_FUNCTION


def change_section(draft: Draft) -> Section | None:
    """Return the changes with what was tested; None: there are none."""
    report = draft.report
    if not report.changes:
        return None
    title, anchor = line("Before and during"), draft.anchor("changes")
    alone = _alone(draft)
    if alone is not None:
        return Section(title=title, anchor=anchor, blocks=(Paragraph(line=alone),))
    real = sum(map(is_real, report.changes))
    rows = count_text(len(report.changes), "row")
    test = f" ({report.change_test})" if report.change_test else ""
    verb = "differs" if 1 in (real, len(report.changes)) else "differ"
    told = f"{real} of {rows} {verb} by more than chance{test}."
    before = f" Before is from {_window(draft, report.before)}." if report.before else ""
    return Section(
        title=title,
        anchor=anchor,
        blocks=(Paragraph(line=line(told, before)), _table(draft, report.changes)),
    )


def _table(draft: Draft, changes: Sequence[Change]) -> Table:
    ordered = sorted(changes, key=lambda change: not is_real(change))
    least = 0 if draft.view.rows else _TOLD_TO_PEOPLE
    figures = [
        figure
        for figure in FIGURES
        if figure.weight >= least and any(any(sides_of(figure, change)) for change in ordered)
    ]
    columns = [Column("function", "function"), Column("verdict", "verdict")]
    for figure in figures:
        key = figure.name.replace(" ", "_") + (f"_{figure.unit}" if figure.unit else "")
        columns += [
            Column(f"{key}_before", f"{figure.name} before", numeric=True),
            Column(f"{key}_after", "during", numeric=True),
            Column(f"{key}_change", "change", numeric=True),
        ]

    def row(change: Change) -> tuple[Cell, ...]:
        name = name_of_change(change)
        cells = [Cell(name, name, Tone.STRONG), _verdict(change)]
        for figure in figures:
            before, after = sides_of(figure, change)
            cells += [
                number(before, side_text(figure, before)),
                number(after, side_text(figure, after)),
                _delta(figure, before, after),
            ]
        return tuple(cells)

    return build_table(draft, "changes", columns, ordered, row)


_ONE_SIDED = {"not before": "none before", "not after": "none during"}
"""Verdicts in the words of the columns."""


def _verdict(change: Change) -> Cell:
    verdicts = verdicts_of(change)
    words = []
    for verdict in verdicts:
        p_text = probability_text(verdict.p_value)
        word = _ONE_SIDED.get(verdict.word, verdict.word)
        words.append(word + (f" ({p_text})" if p_text else ""))
    tone = Tone.FAINT
    if any(verdict.worse for verdict in verdicts):
        tone = Tone.BAD
    elif any(verdict.worse is False for verdict in verdicts):
        tone = Tone.GOOD
    return Cell(", ".join(words), ", ".join(verdict.word for verdict in verdicts), tone)


def _delta(figure: Figure, before: float | None, after: float | None) -> Cell:
    text = delta_text(figure, before, after)
    growth = growth_text(before, after)
    value = None if before is None or after is None else after - before
    shown = f"{text} ({growth})" if growth and not text.startswith("0") else text
    return Cell(shown, value, Tone.PLAIN if value else Tone.FAINT)
