"""A transaction shown whole: its bars, a table, every invocation, what ran after what.

Anchors and records are allotted when it is made, so that what stands before it on the page can
lead to it. What became of it in a few words is `slsloggrep.outline.stories`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slsloggrep.model import Invocation, Member, Millis, Record, Transaction
from slsloggrep.model.outlines import (
    Block,
    Cell,
    Column,
    Log,
    Paragraph,
    Points,
    Run,
    Section,
    Span,
    Table,
    Tone,
)
from slsloggrep.outline.bars import build_waterfall
from slsloggrep.outline.cells import iso, memory_cell, number, status_cell
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.logs import build_log
from slsloggrep.outline.runs import build_run
from slsloggrep.outline.sequence import HONESTLY, build_sequence
from slsloggrep.outline.services import count_runs, tell_runs
from slsloggrep.outline.shares import share_out
from slsloggrep.outline.tables import build_table
from slsloggrep.outline.words import duration_of, error_of, evidence_name, joins_of, name_of
from slsloggrep.wording import count_text, duration_text, offset_text

_JOINS = 20
"""Identifiers that are told with what they joined."""


class TransactionPart:
    """A transaction on its way into an outline."""

    def __init__(
        self,
        draft: Draft,
        transaction: Transaction,
        *,
        prefix: str = "",
        most: int | None = None,
    ) -> None:
        """Allot records and anchors.

        `prefix` tells the anchors of several transactions apart, `most` is how many records this
        one may have at most.
        """
        self.draft = draft
        self.transaction = transaction
        self.origin: Millis = transaction.start or 0
        self._prefix = prefix
        self.anchor = draft.anchor("transaction", transaction.id)
        self._attempts: dict[tuple[str, str | int], int] = {}
        for member in transaction.members:
            key = request_key(member.invocation)
            self._attempts[key] = max(self._attempts.get(key, 0), member.attempt)
        self.runs, self.others = tell_runs(transaction.unattributed)
        self._mentioning = {
            id(record)
            for index, record in enumerate(transaction.unattributed)
            if index in transaction.unattributed_mentions
        }
        self.shown = self._choose_members()
        logs = [
            *(member.invocation.records for member in self.shown),
            *(run.records for run in self.runs),
            self.others,
        ]
        wanted = [min(len(records), draft.limits.per_run) for records in logs]
        left = draft.records_left if most is None else min(most, draft.records_left)
        self._allowed = share_out(wanted, left)
        draft.records_left -= sum(self._allowed)
        draft.runs_left -= len(self.shown)
        self._anchors = [draft.anchor_run(m.invocation, m.attempt) for m in self.shown]

    def _choose_members(self) -> Sequence[Member]:
        """Return the members that are shown whole: those that failed before the others.

        What is shown somewhere else in the document is not shown again.
        """
        run_of = self.draft.run_of
        members = [m for m in self.transaction.members if not run_of(m.invocation)]
        if len(members) <= self.draft.runs_left:
            return members
        ranked = sorted(members, key=lambda m: (not m.invocation.status.failed, not m.mentions))
        kept = {id(member) for member in ranked[: self.draft.runs_left]}
        return [member for member in members if id(member) in kept]

    def attempts_of(self, member: Member) -> int:
        """Return how many attempts of a member's request there are."""
        return self._attempts[request_key(member.invocation)]

    def sections(self) -> Iterator[Section]:
        """Yield the sections in the order of reading; none that is empty."""
        for title, name, blocks in (
            ("Timeline", "timeline", self._timeline()),
            ("Invocations", "invocations", self._invocations()),
            ("Who worked after whom", "sequence", self._sequence()),
            ("Other services", "services", self._services()),
            ("Not told to any invocation", "unattributed", self._unattributed()),
            ("How it was found", "found", self._found()),
        ):
            if held := tuple(blocks):
                anchor = self.draft.anchor(*filter(None, (self._prefix, name)))
                yield Section(title=line(title), anchor=anchor, blocks=held)

    def _timeline(self) -> Iterator[Block]:
        members = self.transaction.members
        waterfall = build_waterfall(self.draft, members, self.origin)
        if waterfall is not None:
            yield waterfall
        if members:
            yield self._table()

    def _table(self) -> Table:
        members = self.transaction.members
        return build_table(self.draft, "timeline", _COLUMNS, members, self._row, hint=self._hint())

    def _row(self, member: Member) -> tuple[Cell, ...]:
        invocation = member.invocation
        anchor = self.draft.run_of(invocation)
        offset = invocation.start - self.origin
        return (
            Cell(offset_text(offset), iso(invocation.start)),
            Cell(name_of(invocation), invocation.function or None, Tone.STRONG, anchor),
            number(member.attempt),
            status_cell(invocation.status),
            Cell(duration_of(invocation), invocation.duration_ms),
            number(invocation.init_ms, duration_text(invocation.init_ms or 0)),
            memory_cell(invocation),
            Cell(self.draft.clip(error_of(invocation)), error_of(invocation) or None),
            Cell(invocation.request_id or "-", invocation.request_id, Tone.CODE),
        )

    def _hint(self) -> str:
        transaction = self.transaction
        end = transaction.end or self.origin
        return self.draft.command_trace(transaction.id, self.origin, end)

    def _invocations(self) -> Iterator[Block]:
        run_of = self.draft.run_of
        left_out = sum(not run_of(member.invocation) for member in self.transaction.members)
        if left_out:
            told = f"{count_text(left_out, 'further invocation')} not shown here"
            yield Paragraph(line=self._with_hint(told), tone=Tone.NOTABLE)
        yield from self._whole()

    def _whole(self) -> Iterator[Run]:
        opened = self._opened()
        for member, anchor, allowed in zip(self.shown, self._anchors, self._allowed, strict=False):
            yield build_run(
                self.draft,
                member.invocation,
                anchor=anchor,
                origin=self.origin,
                allowed=allowed,
                attempt=member.attempt,
                attempts=self.attempts_of(member),
                evidence=member.joined_by,
                mentions=member.mentions,
                batch=member.batch,
                is_open=member is opened,
            )

    def _opened(self) -> Member | None:
        """Return the member that a reader looks at first: what failed first, or the only one."""
        failed = failures_of(self.transaction)
        if failed:
            return failed[0]
        return self.shown[0] if len(self.shown) == 1 else None

    def _with_hint(self, told: str) -> tuple[Span, ...]:
        hint = self._hint()
        return line(told, ": " if hint else ".", Span(hint, Tone.CODE) if hint else "")

    def _sequence(self) -> Iterator[Block]:
        sequence = build_sequence(self.draft, self.transaction.members, self.origin)
        if sequence is not None:
            yield Paragraph(line=line(HONESTLY), tone=Tone.FAINT)
            yield sequence

    def _services(self) -> Iterator[Block]:
        shown = self.runs[: self.draft.limits.bars]
        for run, allowed in zip(shown, self._allowed[len(self.shown) :], strict=False):
            yield Paragraph(line=line(Span(run.title, Tone.STRONG)))
            yield self._log(run.records, allowed)
        left_out = self.runs[len(shown) :]
        if left_out:
            told = f"{count_runs(left_out)} not shown here"
            yield Paragraph(line=self._with_hint(told), tone=Tone.NOTABLE)

    def _unattributed(self) -> Iterator[Block]:
        if not self.others:
            return
        mentioning = sum(id(record) in self._mentioning for record in self.others)
        told = f"{count_text(len(self.others), 'record')} may belong to the transaction"
        if mentioning:
            told += f" ({mentioning} of them {'mentions' if mentioning == 1 else 'mention'} it)"
        yield Paragraph(line=line(f"{told}, but no invocation could be told."), tone=Tone.NOTABLE)
        yield self._log(self.others, self._allowed[-1])

    def _log(self, records: Sequence[Record], allowed: int) -> Log:
        mentions = {i for i, record in enumerate(records) if id(record) in self._mentioning}
        return build_log(
            self.draft,
            records,
            mentions=mentions,
            origin=self.origin,
            hint=self._hint(),
            place_of=place_of,
            allowed=allowed,
        )

    def _found(self) -> Iterator[Block]:
        lines = []
        for identifier, members in joins_of(self.transaction).items():
            member, evidence = members[0]
            where = evidence.event.log_group
            if any(record.event == evidence.event for record in member.invocation.records):
                where = name_of(member.invocation)
            offset = offset_text(evidence.event.timestamp - self.origin)
            seen = f" joined {count_text(len(members), 'invocation')}, first seen at {offset}"
            seen += f" in {where}" if where else ""
            name = evidence_name(evidence)
            lines.append(line(f"{name} ", Span(identifier.value, Tone.CODE), seen))
        if len(lines) > _JOINS:
            lines[_JOINS:] = [line(f"and {len(lines) - _JOINS} more identifiers")]
        if lines:
            yield Points(lines=tuple(lines))
        if self.transaction.hops_cut:
            told = "Trace IDs were followed to the bound on hops: there may be more invocations."
            yield Paragraph(line=line(told), tone=Tone.NOTABLE)


def build_parts(draft: Draft, *, share: float = 1.0) -> list[TransactionPart]:
    """Return the report's transactions; together they have no more than a share of what is left."""
    transactions = draft.report.transactions
    several = len(transactions) > 1
    parts = []
    left = int(draft.records_left * share)
    for index, transaction in enumerate(transactions):
        most = left // (len(transactions) - index)
        prefix = f"t{index + 1}" if several else ""
        before = draft.records_left
        parts.append(TransactionPart(draft, transaction, prefix=prefix, most=most))
        left -= before - draft.records_left
    return parts


_COLUMNS = (
    Column("start", "start", numeric=True),
    Column("function", "function"),
    Column("attempt", "attempt", numeric=True),
    Column("status", "status"),
    Column("duration_ms", "duration", numeric=True),
    Column("init_ms", "init", numeric=True),
    Column("max_memory_mb", "memory", numeric=True),
    Column("error", "error"),
    Column("request_id", "request"),
)


def failures_of(transaction: Transaction) -> list[Member]:
    """Return the members that failed, what failed first before others.

    By their ends: who called fails after whom it called; of one moment who began last.
    """
    failed = [member for member in transaction.members if member.invocation.status.failed]
    failed.sort(key=lambda member: (member.invocation.end, -member.invocation.start))
    return failed


def request_key(invocation: Invocation) -> tuple[str, str | int]:
    """Return what the attempts of one request share."""
    return (invocation.function, invocation.request_id or id(invocation))


def place_of(record: Record) -> str:
    """Return where a record of no invocation stands."""
    event = record.event
    return record.function or event.log_group or event.container or event.source
