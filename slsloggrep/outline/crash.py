"""The outline of one crash: what happened, what to try next, what led up to it, what it undid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slsloggrep.model import Crash, CrashReport, Invocation
from slsloggrep.model.outlines import (
    Block,
    Facts,
    Line,
    Outline,
    Paragraph,
    Points,
    Section,
    Span,
    Tone,
)
from slsloggrep.outline.coverage import how_read
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.frames import build_excerpt
from slsloggrep.outline.head import finish
from slsloggrep.outline.logs import build_log
from slsloggrep.outline.neighbours import build_neighbours, memory_growth
from slsloggrep.outline.runs import build_run
from slsloggrep.outline.tones import status_tone
from slsloggrep.outline.transactions import TransactionPart, place_of
from slsloggrep.outline.words import UNKNOWN_FUNCTION
from slsloggrep.wording import count_text, duration_text

_TOLD_FIRST = 2
"""Sentences of what happened that a reader in a hurry gets: how it ended, and where."""


def outline_crash(draft: Draft) -> Outline:
    """Return the outline of the report's crash; of several, one after the other."""
    report = draft.report
    pages = [CrashPage(draft, crash_report) for crash_report in report.crash_reports]
    lead: list[Line] = [told for page in pages for told in page.lead()]
    if not pages:
        subject = Span(report.subject, Tone.CODE)
        lead.append(line("No such crash was found: ", subject, f"; {how_read(report)}."))
    name = pages[0].name if pages else report.subject
    rows = [row for page in pages for row in page.facts()]
    return finish(
        draft,
        title=f"Crash of {name}" if pages else f"Crash {name}",
        lead=lead,
        tone=Tone.BAD if pages else Tone.NOTABLE,
        facts=rows,
        sections=(*(section for page in pages for section in page.sections()),),
    )


class CrashPage:
    """One crash on its way into an outline."""

    def __init__(self, draft: Draft, report: CrashReport) -> None:
        """Allot records to the invocation that crashed, before those around it."""
        self.draft = draft
        self.report = report
        self.crash: Crash = report.crash
        self.name = report.crash.function or UNKNOWN_FUNCTION
        invocation = report.crash.invocation
        self.origin = report.crash.time if invocation is None else invocation.start
        records = report.crash.records if invocation is None else invocation.records
        self._allowed = draft.take_records(len(records))
        starts = [attempt.start for attempt in report.attempts]
        self._attempt = starts.index(self.origin) + 1 if self.origin in starts else 1
        self._anchor = ""
        if invocation is not None:
            self._anchor = draft.anchor_run(invocation, self._attempt)
        transaction = report.transaction
        self._part = None
        if transaction is not None and len(transaction.members) > 1:
            self._part = TransactionPart(draft, transaction, prefix="transaction")

    def lead(self) -> Iterator[Line]:
        """Yield what happened, in sentences, and the first thing to try."""
        for index, sentence in enumerate(self.report.what_happened[:_TOLD_FIRST]):
            yield line(Span(sentence, Tone.PLAIN if index else Tone.BAD))
        alike = self.report.alike
        if alike > 1:
            yield line(f"There are {alike} crashes alike in the window.")
        for undone in self.report.undone[:1]:
            others = len(self.report.undone) - 1
            more = f" and {count_text(others, 'further function')}" if others else ""
            yield line(Span(undone.function, Tone.STRONG), f"{more} did not run after it.")
        for advice in self.report.advice[:1]:
            yield line("Try first: ", advice)

    def facts(self) -> Iterator[tuple[str, Line]]:
        """Yield what is known of the crash, for the document's head."""
        crash = self.crash
        word = "logged" if crash.logged else crash.kind.value
        yield "function", line(Span(self.name, Tone.STRONG))
        yield "kind", line(Span(word, Tone.FAINT if crash.logged else status_tone(crash.kind)))
        yield "time", line(self.draft.time(crash.time))
        if crash.request_id:
            yield "request", line(Span(crash.request_id, Tone.CODE))
        if crash.version:
            yield "version", line(Span(crash.version, Tone.CODE))
        alike = self.report.alike
        same = "the only one of its kind" if alike == 1 else f"{alike} alike in the window"
        yield "fingerprint", line(Span(crash.fingerprint, Tone.CODE), f", {same}")

    def sections(self) -> Iterator[Section]:
        """Yield the sections in the order of reading; none that is empty."""
        for title, name, blocks in (
            ("What happened", "happened", self._happened()),
            ("Try next", "next", self._advice()),
            ("The error", "error", self._error()),
            ("The invocation", "invocation", self._invocation()),
            ("Before it, in the same environment", "environment", self._environment()),
            ("Attempts of the same request", "attempts", self._attempts()),
            ("Left undone", "undone", self._undone()),
        ):
            if held := tuple(blocks):
                yield Section(title=line(title), anchor=self.draft.anchor(name), blocks=held)
        transaction = self._transaction()
        if transaction is not None:
            yield transaction

    def _happened(self) -> Iterator[Block]:
        if self.report.what_happened:
            yield Points(lines=tuple(line(text) for text in self.report.what_happened))

    def _advice(self) -> Iterator[Block]:
        if self.report.advice:
            lines = tuple(line(advice) for advice in self.report.advice)
            yield Points(lines=lines, ordered=True)

    def _error(self) -> Iterator[Block]:
        excerpt = build_excerpt(self.draft, self.crash)
        if excerpt is not None:
            yield excerpt

    def _invocation(self) -> Iterator[Block]:
        invocation = self.crash.invocation
        if invocation is None:
            yield Paragraph(line=line("It is no invocation that failed: these records tell it."))
            yield build_log(
                self.draft,
                self.crash.records,
                origin=self.origin,
                place_of=place_of,
                allowed=self._allowed,
            )
            return
        showing = {record.event for record in self.crash.records}
        marked = {i for i, r in enumerate(invocation.records) if r.event in showing}
        yield build_run(
            self.draft,
            invocation,
            anchor=self._anchor,
            origin=self.origin,
            allowed=self._allowed,
            attempt=self._attempt,
            attempts=len(self.report.attempts),
            mentions=marked,
            is_open=True,
        )

    def _with_crash(self) -> Sequence[Invocation]:
        crashed = self.crash.invocation
        return [*self.report.earlier, *([crashed] if crashed is not None else [])]

    def _environment(self) -> Iterator[Block]:
        report = self.report
        rows: list[tuple[str, Line]] = []
        if report.environment_start is not None:
            age = duration_text(max(self.crash.time - report.environment_start, 0))
            rows.append(("started", line(self.draft.time(report.environment_start))))
            rows.append(("age when it crashed", line(age)))
        if report.earlier:
            rows.append(("before it", line(count_text(len(report.earlier), "invocation"))))
        if rows:
            yield Facts(rows=tuple(rows))
        if not report.earlier:
            return
        if growth := memory_growth(self._with_crash()):
            yield Paragraph(line=line(growth))
        yield self._table("environment", self._with_crash())

    def _attempts(self) -> Iterator[Block]:
        if len(self.report.attempts) > 1:
            yield self._table("attempts", self.report.attempts, numbered=True)
        elif self.crash.request_id:
            yield Paragraph(line=line("This one only: no other was seen."))

    def _table(self, name: str, rows: Sequence[Invocation], *, numbered: bool = False) -> Block:
        return build_neighbours(
            self.draft,
            name,
            rows,
            origin=self.origin,
            crashed=self.crash.invocation,
            numbered=numbered,
        )

    def _undone(self) -> Iterator[Block]:
        lines = []
        for undone in self.report.undone:
            after = f"{undone.seen} of the {count_text(undone.compared, 'invocation')}"
            told = f" did not run; it ran after {after} that ended well"
            lines.append(line(Span(undone.function, Tone.STRONG), told))
        if lines:
            yield Points(lines=tuple(lines))

    def _transaction(self) -> Section | None:
        part, report = self._part, self.report
        if part is None:
            return None
        status = part.transaction.status
        before, after = len(report.upstream), len(report.downstream)
        told = line(
            Span(part.transaction.id, Tone.CODE),
            ": ",
            Span(status.value, status_tone(status)),
            f"; {count_text(before, 'invocation')} began before it,"
            f" {count_text(after, 'invocation')} of other functions after it.",
        )
        return Section(
            title=line("The transaction that it is part of"),
            anchor=self.draft.anchor("transaction"),
            blocks=(Paragraph(line=told),),
            sections=tuple(part.sections()),
        )
