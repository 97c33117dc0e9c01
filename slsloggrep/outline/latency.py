"""The outline of running times: what is slow, fails or nears a limit; all figures; the slowest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slsloggrep.model import Latency
from slsloggrep.model.outlines import Block, Line, Outline, Paragraph, Points, Section, Span, Tone
from slsloggrep.outline.changes import change_lines, change_section
from slsloggrep.outline.coverage import how_read
from slsloggrep.outline.distributions import build_distribution
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.figures import build_latency_table, build_slowest_table, row_name
from slsloggrep.outline.head import finish, window_of
from slsloggrep.wording import count_text, duration_text, number_text, share_text

_NEAR = 0.9
"""From this share of a limit on, it is near."""
_NAMED = 3


def outline_latency(draft: Draft) -> Outline:
    """Return the outline of running times."""
    report = draft.report
    lead = [*latency_lines(report.latency, report.total), *change_lines(draft)]
    if not lead:
        lead = [line(f"No invocation ended, {window_of(draft)}; {how_read(draft.report)}.")]
    bad = any(row.errors for row in report.latency)
    found = Tone.BAD if bad else Tone.GOOD if report.complete else Tone.NOTABLE
    of = f" of {report.subject}" if report.subject else ""
    return finish(
        draft,
        title=f"Running times{of}",
        lead=lead,
        tone=found,
        sections=(*latency_sections(draft),),
        main="latency" if report.latency else "changes",
    )


def latency_lines(rows: Sequence[Latency], total: Latency | None) -> Iterator[Line]:
    """Yield how much ran and failed, what is slowest, and what comes near its limit."""
    if not rows:
        return
    invocations = total.invocations if total else sum(row.invocations for row in rows)
    errors = total.errors if total else sum(row.errors for row in rows)
    functions = len({row.function for row in rows})
    told = f"{count_text(invocations, 'invocation')} of {count_text(functions, 'function')} ended"
    if errors and invocations:
        failed = f"{number_text(errors)} of them not well ({share_text(errors / invocations)})"
        yield line(f"{told}, ", Span(failed, Tone.BAD), ".")
    else:
        yield line(f"{told}, ", Span("all of them well", Tone.GOOD), ".")
    timed = [row for row in rows if row.p95_ms is not None]
    if timed:
        slowest = max(timed, key=lambda row: row.p95_ms or 0)
        half, most = (duration_text(figure or 0) for figure in (slowest.p50_ms, slowest.p95_ms))
        name = Span(row_name(slowest), Tone.STRONG)
        yield line("Slowest is ", name, f": half within {half}, 95 % within {most}.")
    yield from _failing(rows)
    yield from _near(rows)


def _failing(rows: Sequence[Latency]) -> Iterator[Line]:
    failing = sorted(
        (row for row in rows if row.errors),
        key=lambda row: (-row.errors / max(row.invocations, 1), row_name(row)),
    )
    spans: list[Span | str] = []
    for row in failing[:_NAMED]:
        share = share_text(row.errors / max(row.invocations, 1))
        spans += ["; "] if spans else []
        spans += [
            Span(row_name(row), Tone.STRONG),
            f" {number_text(row.errors)} of {number_text(row.invocations)} ({share})",
        ]
    if spans:
        more = len(failing) - _NAMED
        yield line("Most often failed: ", *spans, f"; and {more} more." if more > 0 else ".")


def _near(rows: Sequence[Latency]) -> Iterator[Line]:
    for row in rows:
        if row.max_ms is not None and row.timeout_s and row.max_ms >= row.timeout_s * 1000 * _NEAR:
            limit = duration_text(row.timeout_s * 1000)
            longest = duration_text(row.max_ms)
            told = Span(f"came to {longest} of its limit of {limit}", Tone.NOTABLE)
            yield line(Span(row_name(row), Tone.STRONG), " ", told, ".")


def latency_sections(draft: Draft, *, changes: bool = True) -> Iterator[Section]:
    """Yield the table, with `changes` those, the distributions and the slowest; none is empty."""
    report = draft.report
    if report.latency:
        blocks = tuple(_table(draft))
        yield Section(title=line("Figures"), anchor=draft.anchor("figures"), blocks=blocks)
    compared = change_section(draft) if changes else None
    if compared is not None:
        yield compared
    spread = [row for row in report.latency if any(row.bins)]
    if spread:
        anchor = draft.anchor("distributions")
        shown = tuple(build_distribution(row) for row in spread[: draft.limits.bars])
        left_out = len(spread) - len(shown)
        told = f"{count_text(left_out, 'further row')} not shown here."
        beside = (Paragraph(line=line(told), tone=Tone.NOTABLE),) if left_out else ()
        yield Section(title=line("How the times are spread"), anchor=anchor, blocks=shown + beside)
    if report.slowest:
        table = build_slowest_table(draft)
        title = line("The slowest invocations")
        yield Section(title=title, anchor=draft.anchor("slowest"), blocks=(table,))


def _table(draft: Draft) -> Iterator[Block]:
    report = draft.report
    yield build_latency_table(draft)
    error = max((row.relative_error or 0.0 for row in report.latency), default=0.0)
    if error:
        told = f"Percentiles are within {share_text(error)} of their value."
        yield Paragraph(line=line(told), tone=Tone.FAINT)
    notes = dict.fromkeys(note for row in report.latency for note in row.notes)
    if notes:
        yield Points(lines=tuple(line(note) for note in notes))
