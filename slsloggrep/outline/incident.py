"""The outline of an incident: what broke, since when, who is affected; then all that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from slsloggrep.model import Affected, Crash
from slsloggrep.model.outlines import (
    Block,
    Cell,
    Column,
    Line,
    Outline,
    Points,
    Section,
    Span,
    Table,
    Tone,
)
from slsloggrep.outline.cells import iso, number, status_cell
from slsloggrep.outline.changes import change_lines, change_section
from slsloggrep.outline.chart import build_chart
from slsloggrep.outline.crash_lists import GroupParts, build_crash_table, count_crashes
from slsloggrep.outline.crashes import crash_lines
from slsloggrep.outline.draft import Draft, join, line
from slsloggrep.outline.head import finish
from slsloggrep.outline.latency import latency_lines, latency_sections
from slsloggrep.outline.stories import tell_story
from slsloggrep.outline.tables import build_table
from slsloggrep.outline.tracing import failure_points
from slsloggrep.outline.transactions import TransactionPart, build_parts
from slsloggrep.outline.words import UNKNOWN_FUNCTION
from slsloggrep.wording import count_text, number_text


def outline_incident(draft: Draft) -> Outline:
    """Return the outline of an incident as a whole."""
    report = draft.report
    parts = build_parts(draft, share=0.5)
    groups = GroupParts(draft)
    told = tuple(groups.sections())
    lead = [*_onset_lines(draft, groups), *crash_lines(draft, groups), *_affected_lines(draft)]
    lead += [*latency_lines(report.latency, report.total)][:1]
    lead += change_lines(draft, worse=True)
    quiet = Tone.GOOD if report.complete else Tone.NOTABLE
    return finish(
        draft,
        title=f"Incident: {report.subject}" if report.subject else "Incident",
        lead=lead,
        tone=Tone.BAD if report.crashes or report.groups else quiet,
        sections=(
            *_overview(draft, groups, told),
            *_during(draft),
            *_affected(draft, parts),
            *_whole(parts),
            *_rest(draft, groups),
        ),
        unknown=tuple(_unknown(draft, parts)),
        main="crashes",
    )


def _onset_lines(draft: Draft, groups: GroupParts) -> Iterator[Line]:
    """Yield when it began and since when nothing of it was seen before."""
    onset = draft.report.onset
    if onset is None:
        return
    group = next((g for g in draft.report.groups if g.fingerprint == onset.fingerprint), None)
    usual = any(group.is_new is False for group in draft.report.groups)
    what, none = ("What is new", "of what is new") if usual else ("It", "of this")
    began = Span(f"{what} began at {draft.moment(onset.time)}", Tone.BAD)
    spans: list[Span | str] = [began]
    if group is not None:
        function = Span(group.function or UNKNOWN_FUNCTION, Tone.STRONG)
        spans += [", with ", function, ": ", groups.link(group)]
    if onset.calm_since is None:
        yield line(*spans, ". What was before the window was not read.")
    else:
        calm = draft.moment(onset.calm_since)
        yield line(*spans, f". From {calm} until then none {none} was seen.")


def _affected_lines(draft: Draft) -> Iterator[Line]:
    affected = draft.report.affected
    if not affected:
        return
    transactions: dict[str, list[Affected]] = {}
    for crash in affected:
        transactions.setdefault(crash.id, []).append(crash)
    last = [crashes[-1] for crashes in transactions.values()]
    counts = Counter(crash.recovered for crash in last)
    count = Span(count_text(len(transactions), "transaction"), Tone.STRONG)
    verb = "is" if len(transactions) == 1 else "are"
    told: list[Span] = []
    if counts[False]:
        told.append(Span(f"{number_text(counts[False])} did not recover", Tone.BAD))
    if counts[True]:
        told.append(Span(f"{number_text(counts[True])} recovered by a later attempt", Tone.GOOD))
    if counts[None]:
        they = "it" if len(transactions) == 1 else "they"
        alone = f"whether {they} recovered was not looked at"
        told.append(Span("of the others nothing is known" if told else alone))
    yield line(count, f" {verb} affected: ", *join(told, ", "), ".")


def _overview(draft: Draft, groups: GroupParts, told: Sequence[Section]) -> Iterator[Section]:
    """Yield when it began, in which functions, and of what it consists."""
    onset = draft.report.onset
    chart = build_chart(draft, began=onset.time if onset is not None else None)
    blocks: list[Block] = [chart] if chart is not None else []
    if functions := _functions(draft):
        blocks.append(functions)
    if blocks:
        title = line("When and where")
        yield Section(title=title, anchor=draft.anchor("over-time"), blocks=tuple(blocks))
    if draft.report.groups:
        yield Section(
            title=line(f"What broke{groups.restriction}"),
            anchor=draft.anchor("groups"),
            blocks=(groups.table(),),
            sections=tuple(told),
        )


def _functions(draft: Draft) -> Table | None:
    """Return a row for each function that crashed: how often, in how many ways, since when."""
    crashes = draft.report.crashes
    if not crashes:
        return None
    ended = {row.function: row.invocations for row in draft.report.latency if not row.by}
    by_function: dict[str, list[Crash]] = {}
    for crash in crashes:
        by_function.setdefault(crash.function, []).append(crash)

    def row(found: tuple[str, list[Crash]]) -> tuple[Cell, ...]:
        function, own = found
        first, last = min(crash.time for crash in own), max(crash.time for crash in own)
        return (
            Cell(function or UNKNOWN_FUNCTION, function or None, Tone.STRONG),
            number(len(own), tone=Tone.BAD),
            number(ended.get(function)),
            number(len({crash.fingerprint for crash in own})),
            Cell(draft.moment(first), iso(first)),
            Cell(draft.moment(last), iso(last)),
        )

    columns = (
        Column("function", "function"),
        Column("crashes", "crashes", numeric=True),
        Column("invocations", "of invocations", numeric=True),
        Column("groups", "groups", numeric=True),
        Column("first_seen", "first"),
        Column("last_seen", "last"),
    )
    ordered = sorted(by_function.items(), key=lambda item: (-len(item[1]), item[0]))
    return build_table(draft, "functions", columns, ordered, row)


def _during(draft: Draft) -> Iterator[Section]:
    changes = change_section(draft)
    if changes is not None:
        yield changes


def _affected(draft: Draft, parts: Sequence[TransactionPart]) -> Iterator[Section]:
    affected = draft.report.affected
    if not affected:
        return
    whole = {part.transaction.id: part.anchor for part in parts}
    recovered = {
        True: Cell("yes", value=True, tone=Tone.GOOD),
        False: Cell("no", value=False, tone=Tone.BAD),
        None: Cell("not looked at", tone=Tone.FAINT),
    }

    def row(crash: Affected) -> tuple[Cell, ...]:
        return (
            Cell(crash.id, crash.id, Tone.CODE, whole.get(crash.id, "")),
            Cell(draft.moment(crash.time), iso(crash.time)),
            Cell(crash.function or UNKNOWN_FUNCTION, crash.function or None, Tone.STRONG),
            status_cell(crash.kind),
            Cell(crash.fingerprint, crash.fingerprint, Tone.CODE),
            recovered[crash.recovered],
        )

    columns = (
        Column("id", "transaction"),
        Column("time", "crashed"),
        Column("function", "function"),
        Column("kind", "kind"),
        Column("fingerprint", "fingerprint"),
        Column("recovered", "recovered"),
    )
    hint = draft.command_again("crashes", "--list")
    table = build_table(draft, "affected", columns, affected, row, hint=hint)
    anchor = draft.anchor("affected")
    yield Section(title=line("Affected transactions"), anchor=anchor, blocks=(table,))


def _whole(parts: Sequence[TransactionPart]) -> Iterator[Section]:
    """Yield the transactions that are shown whole, each with its story."""
    for part in parts:
        story = Points(lines=tuple(tell_story(part)))
        failures = failure_points(part)
        yield Section(
            title=line("A transaction whole: ", Span(part.transaction.id, Tone.CODE)),
            anchor=part.anchor,
            blocks=(story, failures) if failures is not None else (story,),
            sections=tuple(part.sections()),
        )


def _rest(draft: Draft, groups: GroupParts) -> Iterator[Section]:
    """Yield the figures, and the list of all crashes."""
    yield from latency_sections(draft, changes=False)
    if draft.report.crashes:
        table = build_crash_table(draft, groups.anchors)
        yield Section(title=line("Each crash"), anchor=draft.anchor("crashes"), blocks=(table,))


def _unknown(draft: Draft, parts: Sequence[TransactionPart]) -> Iterator[Line]:
    """Yield what is not known, beside what could not be read: what was not looked at."""
    report = draft.report
    if report.crashes and report.onset is None:
        looked = any(group.is_new is not None for group in report.groups)
        why = "nothing of it is new" if looked else "what was before was not read (--since)"
        yield line(f"When it began is not known: {why}.")
    if any(group.is_new is None for group in report.groups):
        yield line("Whether each of the groups is new was not looked at.")
    unsure = sum(crash.recovered is None for crash in report.affected)
    if unsure:
        yield line(f"Of {count_crashes(unsure)} it was not looked at whether a retry ended well.")
    for part in parts:
        if part.transaction.hops_cut:
            name = Span(part.transaction.id, Tone.CODE)
            yield line(name, " may have more invocations than were followed.")
