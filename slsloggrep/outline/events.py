"""The outline of what a search found: how much, where and when, and the records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from slsloggrep.model import Level, Record
from slsloggrep.model.outlines import Line, Outline, Section, Span, Tone
from slsloggrep.outline.coverage import how_read
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.head import finish, window_of
from slsloggrep.outline.logs import build_log
from slsloggrep.outline.transactions import place_of
from slsloggrep.wording import count_text, number_text

_NAMED = 4
_GROUP_OF_FUNCTIONS = "/aws/lambda/"
"""What Lambda puts before a function's name to name its log group."""


def outline_events(draft: Draft) -> Outline:
    """Return the outline of the records that were found."""
    report = draft.report
    lead = list(_lines(draft))
    sections = []
    if report.records:
        # There is nothing else that its share of records has to be left for.
        log = build_log(
            draft,
            report.records,
            place_of=function_of,
            hint=_hint(draft),
            allowed=draft.records_left,
        )
        title = line("Records")
        sections.append(Section(title=title, anchor=draft.anchor("records"), blocks=(log,)))
    bad = any((record.level or 0) >= Level.ERROR for record in report.records)
    return finish(
        draft,
        title=f"Records: {report.subject}" if report.subject else "Records",
        lead=lead,
        tone=Tone.BAD if bad else Tone.GOOD if report.complete else Tone.NOTABLE,
        sections=sections,
        main="records" if draft.view.rows else "",
    )


def _hint(draft: Draft) -> str:
    return f"{draft.report.question} -o ndjson" if draft.report.question else ""


def _lines(draft: Draft) -> Iterator[Line]:
    report = draft.report
    if not report.records:
        yield line(f"No record was found, {window_of(draft)}; {how_read(draft.report)}.")
        return
    times = [record.event.timestamp for record in report.records]
    places = Counter(map(function_of, report.records))
    most = sorted(places.items(), key=lambda item: (-item[1], item[0]))
    named = ", ".join(f"{place} {number_text(count)}" for place, count in most[:_NAMED])
    more = len(most) - _NAMED
    behind = f" and {more} more" if more > 0 else ""
    when = f"from {draft.moment(min(times))} to {draft.moment(max(times))}"
    yield line(Span(count_text(len(times), "record"), Tone.STRONG), f", {when}: {named}{behind}.")
    errors = sum((record.level or 0) >= Level.ERROR for record in report.records)
    warnings = sum(record.level is Level.WARN for record in report.records)
    if errors or warnings:
        told = Span(count_text(errors, "error"), Tone.BAD if errors else Tone.PLAIN)
        warned = Span(count_text(warnings, "warning"), Tone.NOTABLE if warnings else Tone.PLAIN)
        yield line(told, ", ", warned, ".")


def function_of(record: Record) -> str:
    """Return the function that wrote a record, without one where it stands."""
    return place_of(record).removeprefix(_GROUP_OF_FUNCTIONS)
