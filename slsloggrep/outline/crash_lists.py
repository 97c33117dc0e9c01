"""Crashes as tables, and groups of those that are the same crash one by one.

What is said of all of them together is `slsloggrep.outline.crashes`'s and `.incident`'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from slsloggrep.model import Crash, CrashGroup, CrashReport, Invocation, Millis
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
from slsloggrep.outline.cells import iso, number, status_cell
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.frames import build_excerpt
from slsloggrep.outline.meanings import meaning_of
from slsloggrep.outline.runs import build_run
from slsloggrep.outline.shares import share_out
from slsloggrep.outline.spreading import spread_times
from slsloggrep.outline.tables import build_table
from slsloggrep.outline.words import (
    UNKNOWN_FUNCTION,
    crash_error,
    frame_place,
    list_names,
    sentence,
)
from slsloggrep.wording import number_text

_MARKS = 30
"""Marks of the small chart in a group's row."""
_REQUESTS = 10
"""Request IDs that are named of a group."""


class GroupParts:
    """The groups of a report on their way into an outline."""

    def __init__(self, draft: Draft) -> None:
        """Make an anchor for each group that is told by itself."""
        self.draft = draft
        groups = draft.report.groups
        self.told = groups[: draft.limits.groups]
        self.left_out = groups[draft.limits.groups :]
        self.anchors: Mapping[str, str] = {
            group.fingerprint: draft.anchor("group", group.fingerprint[:8]) for group in self.told
        }
        self._reports = {r.crash.fingerprint: r for r in reversed(draft.report.crash_reports)}
        self._since, self._until = _window(draft, groups)

    def table(self) -> Table:
        """Return a row for each group, the most frequent first."""
        hint = self.draft.command_again("crashes", "--groups")
        groups = self.draft.report.groups
        return build_table(self.draft, "crash_groups", _GROUP_COLUMNS, groups, self._row, hint=hint)

    def link(self, group: CrashGroup) -> Span:
        """Return what a group is called in a sentence, leading to where it is told."""
        anchor = self.anchors.get(group.fingerprint, "")
        return Span(sentence(group.title), Tone.STRONG, anchor)

    @property
    def restriction(self) -> str:
        """The end of their heading: that only the most frequent are told whole, if so."""
        return f", the {len(self.told)} most frequent told whole" if self.left_out else ""

    def sections(self) -> Iterator[Section]:
        """Yield a section for each group: its newest crash with frames, and what it means."""
        most = self.draft.limits.per_run
        samples = [group.sample.invocation for group in self.told]
        wanted = [
            0 if i is None or self.draft.run_of(i) else min(len(i.records), most) for i in samples
        ]
        granted = share_out(wanted, self.draft.records_left)
        self.draft.records_left -= sum(granted)
        for group, allowed in zip(self.told, granted, strict=True):
            yield Section(
                title=line(Span(f"{number_text(group.count)} × "), Span(group.title, Tone.STRONG)),  # noqa: RUF001
                anchor=self.anchors[group.fingerprint],
                blocks=tuple(self._blocks(group, allowed)),
            )

    def _row(self, group: CrashGroup) -> tuple[Cell, ...]:
        anchor = self.anchors.get(group.fingerprint, "")
        spread = spread_times(group.times, self._since, self._until, _MARKS)
        functions = [name or UNKNOWN_FUNCTION for name in group.functions]
        return (
            number(group.count),
            Cell("", " ".join(map(str, spread)), bars=tuple(spread)),
            Cell(self.draft.clip(group.title), group.title, Tone.STRONG, anchor),
            Cell(list_names(functions), ", ".join(functions)),
            status_cell(group.kind),
            _NEWNESS[group.is_new],
            Cell(self.draft.moment(group.first_seen), iso(group.first_seen)),
            Cell(self.draft.moment(group.last_seen), iso(group.last_seen)),
            Cell(group.fingerprint, group.fingerprint, Tone.CODE),
            Cell(group.error_type or "", group.error_type),
        )

    def _blocks(self, group: CrashGroup, allowed: int) -> Iterator[Block]:
        sample = group.sample
        told = self._reports.get(group.fingerprint)
        yield Points(lines=tuple(line(text) for text in _meaning(sample, told)))
        yield Facts(rows=tuple(self._facts(group)))
        excerpt = build_excerpt(self.draft, sample)
        if excerpt is not None:
            yield excerpt
        if told is not None and told.advice:
            yield Paragraph(line=line(Span("Try next", Tone.STRONG)))
            yield Points(lines=tuple(line(advice) for advice in told.advice), ordered=True)
        invocation = sample.invocation
        if invocation is not None:
            yield from self._sample(invocation, allowed)

    def _sample(self, invocation: Invocation, allowed: int) -> Iterator[Block]:
        known = self.draft.run_of(invocation)
        if known:
            yield Paragraph(line=line("The newest of them ", Span("is shown whole", anchor=known)))
        elif self.draft.runs_left > 0:
            self.draft.runs_left -= 1
            yield build_run(
                self.draft,
                invocation,
                anchor=self.draft.anchor_run(invocation),
                origin=invocation.start,
                allowed=allowed,
                note="the newest of those that tell most",
            )
        else:
            command = self.draft.command_trace(
                invocation.request_id or "", invocation.start, invocation.end
            )
            told = "The newest of them is not shown here" + (": " if command else ".")
            yield Paragraph(line=line(told, Span(command, Tone.CODE)))

    def _facts(self, group: CrashGroup) -> Iterator[tuple[str, Line]]:
        time = self.draft.time
        yield "fingerprint", line(Span(group.fingerprint, Tone.CODE))
        if group.count == 1:
            yield "seen", line(time(group.first_seen))
        else:
            yield "first", line(time(group.first_seen))
            yield "last", line(time(group.last_seen))
        if group.is_new is not None:
            words = "yes: not seen in the time before" if group.is_new else "no: seen before, too"
            yield "new", line(Span(words, Tone.NOTABLE if group.is_new else Tone.PLAIN))
        names = list_names([name or UNKNOWN_FUNCTION for name in group.functions])
        yield "function" if len(group.functions) == 1 else "functions", line(names)
        if group.versions:
            label = "version" if len(group.versions) == 1 else "versions"
            yield label, line(Span(list_names(group.versions), Tone.CODE))
        culprit = group.sample.culprit
        if culprit is not None:
            yield "where", line(Span(self.draft.clip(frame_place(culprit)), Tone.CODE))
        if group.request_ids:
            named = ", ".join(group.request_ids[:_REQUESTS])
            more = len(group.request_ids) - _REQUESTS
            behind = Span(f" and {more} more", Tone.FAINT) if more > 0 else ""
            label = "request" if len(group.request_ids) == 1 else "requests, newest first"
            yield label, line(Span(named, Tone.CODE), behind)


def _meaning(sample: Crash, told: CrashReport | None) -> Sequence[str]:
    return told.what_happened if told is not None else [meaning_of(sample)]


def _window(draft: Draft, groups: Sequence[CrashGroup]) -> tuple[Millis, Millis]:
    """Return the time over which crashes are spread: the window, or from first to last."""
    if not groups:
        return 0, 1
    since, until = draft.report.since, draft.report.until
    first = min(group.first_seen for group in groups)
    last = max(group.last_seen for group in groups)
    since = first if since is None else since
    return since, max(last + 1 if until is None else until, since + 1)


def build_crash_table(draft: Draft, anchors: Mapping[str, str]) -> Table:
    """Return a row for each crash, the newest first; `anchors` are those of the groups."""
    return build_table(
        draft,
        "crashes",
        _CRASH_COLUMNS,
        draft.report.crashes,
        lambda crash: _crash_row(draft, crash, anchors),
        hint=draft.command_again("crashes", "--list"),
    )


def _crash_row(draft: Draft, crash: Crash, anchors: Mapping[str, str]) -> tuple[Cell, ...]:
    run = draft.run_of(crash.invocation) if crash.invocation else ""
    return (
        Cell(draft.moment(crash.time), iso(crash.time)),
        Cell(crash.function or UNKNOWN_FUNCTION, crash.function or None, Tone.STRONG),
        Cell("logged", crash.kind.value, Tone.FAINT) if crash.logged else status_cell(crash.kind),
        Cell(draft.clip(crash_error(crash, short=True)), crash_error(crash, short=False) or None),
        Cell(crash.request_id or "-", crash.request_id, Tone.CODE, run),
        Cell(crash.fingerprint, crash.fingerprint, Tone.CODE, anchors.get(crash.fingerprint, "")),
        Cell(crash.log_group, crash.log_group or None, Tone.CODE),
        Cell(crash.log_stream, crash.log_stream or None, Tone.CODE),
    )


_NEWNESS = {
    True: Cell("new", value=True, tone=Tone.NOTABLE),
    False: Cell("", value=False),
    None: Cell("not looked at", tone=Tone.FAINT),
}
_CRASH_COLUMNS = (
    Column("time", "time"),
    Column("function", "function"),
    Column("kind", "kind"),
    Column("error", "error"),
    Column("request_id", "request"),
    Column("fingerprint", "fingerprint"),
    Column("log_group", "log group"),
    Column("log_stream", "log stream"),
)
_GROUP_COLUMNS = (
    Column("count", "count", numeric=True),
    Column("over_time", "over time"),
    Column("title", "crash"),
    Column("functions", "functions"),
    Column("kind", "kind"),
    Column("is_new", "new"),
    Column("first_seen", "first"),
    Column("last_seen", "last"),
    Column("fingerprint", "fingerprint"),
    Column("error_type", "error type"),
)


def count_crashes(count: int) -> str:
    """Return how many crashes there are."""
    return "1 crash" if count == 1 else f"{number_text(count)} crashes"
