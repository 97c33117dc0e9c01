"""The outline of a transaction: what became of it first, then how that is known."""

from __future__ import annotations

from slsloggrep.model import Member, Transaction
from slsloggrep.model.outlines import Line, Outline, Points, Section, Span, Tone
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.head import finish
from slsloggrep.outline.runs import title_of
from slsloggrep.outline.stories import tell_story
from slsloggrep.outline.tones import status_tone
from slsloggrep.outline.transactions import TransactionPart, build_parts, failures_of
from slsloggrep.outline.words import error_of, figures_of, sentence
from slsloggrep.wording import duration_text, offset_text


def outline_trace(draft: Draft) -> Outline:
    """Return the outline of the report's transactions, of which there usually is one."""
    report = draft.report
    several = len(report.transactions) > 1
    parts = build_parts(draft)
    lead: list[Line] = [story for part in parts for story in tell_story(part)]
    if not parts:
        lead.append(line("Nothing was found of ", Span(report.subject, Tone.CODE), "."))
    sections = [section for part in parts for section in _sections(part, several=several)]
    return finish(
        draft,
        title=f"Transaction {report.subject}",
        lead=lead,
        tone=_tone(draft, [part.transaction for part in parts]),
        facts=[row for part in parts for row in _facts(part)],
        sections=sections,
    )


def _tone(draft: Draft, transactions: list[Transaction]) -> Tone:
    tones = [status_tone(transaction.status) for transaction in transactions]
    if Tone.BAD in tones:
        return Tone.BAD
    whole = draft.report.complete and not any(t.hops_cut for t in transactions)
    return Tone.GOOD if tones and whole and Tone.NOTABLE not in tones else Tone.NOTABLE


def _facts(part: TransactionPart) -> list[tuple[str, Line]]:
    transaction = part.transaction
    if transaction.start is None or transaction.end is None:
        return []
    time = part.draft.time
    status = Span(transaction.status.value, status_tone(transaction.status))
    rows = [
        ("transaction", line(Span(transaction.id, Tone.CODE))),
        ("status", line(status)),
        ("started", line(time(transaction.start))),
        ("ended", line(time(transaction.end))),
        ("took", line(duration_text(transaction.end - transaction.start))),
    ]
    if transaction.members:
        rows.append(("ran", line(figures_of(transaction))))
    return rows


def _sections(part: TransactionPart, *, several: bool) -> list[Section]:
    sections = list(part.sections())
    failures = failure_points(part)
    if failures is not None:
        title = line("What failed")
        anchor = part.draft.anchor("failed")
        sections.insert(0, Section(title=title, anchor=anchor, blocks=(failures,)))
    if not several:
        return sections
    title = line(Span(part.transaction.id, Tone.CODE))
    return [Section(title=title, anchor=part.anchor, sections=tuple(sections))]


def failure_points(part: TransactionPart) -> Points | None:
    """Return the invocations that failed, by their ends; None: there are none."""
    failed = failures_of(part.transaction)
    lines = [_failure(part, member) for member in failed[: part.draft.limits.rows]]
    if len(failed) > len(lines):
        lines.append(line(f"and {len(failed) - len(lines)} more"))
    return Points(lines=tuple(lines), ordered=True) if lines else None


def _failure(part: TransactionPart, member: Member) -> Line:
    invocation = member.invocation
    offset = Span(f"{offset_text(invocation.end - part.origin)} ", Tone.FAINT)
    name, *rest = title_of(invocation, member.attempt, part.attempts_of(member))
    linked = name._replace(anchor=part.draft.run_of(invocation))
    error = sentence(error_of(invocation))
    return line(offset, linked, *rest, Span(f": {error}", Tone.BAD) if error else "")
