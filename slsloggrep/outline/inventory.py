"""The outline of deployed functions: how many log badly and why, what of them, then all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from slsloggrep.model.inventory import DeployedFunction, Inspected
from slsloggrep.model.outlines import Cell, Column, Line, Outline, Points, Section, Span, Tone
from slsloggrep.outline.cells import iso, number, text_cell
from slsloggrep.outline.coverage import how_read
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.head import finish
from slsloggrep.outline.tables import build_table
from slsloggrep.outline.words import list_names
from slsloggrep.wording import ABSENT, count_text, number_text

_MEANINGS: Mapping[str, str] = {
    "no_log_group": "nothing was ever logged, or the function's role may not write",
    "system_log_level": (
        "an invocation that ends well leaves no line of the platform: no START, no running time"
    ),
    "application_log_level": "what led up to an error is dropped, where it is below that level",
    "infrequent_access": "only Logs Insights reads it, which costs money",
    "retention_never_expires": "events are kept, and paid for, without end",
    "no_json": "levels and fields are not stated, but read out of the text",
    "no_tracing": "without X-Ray, only IDs in the logs lead from one function to the next",
}
"""What follows for an investigation, by kind of weakness."""


def outline_functions(draft: Draft) -> Outline:
    """Return the outline of what is deployed, and how it logs."""
    report = draft.report
    of = f": {report.subject}" if report.subject else ""
    unhealthy = sum(1 for each in report.inventory if each.weaknesses)
    tone = Tone.NOTABLE if unhealthy or not report.complete or not report.inventory else Tone.GOOD
    return finish(
        draft,
        title=f"Functions{of}",
        lead=list(_lead(draft, unhealthy)),
        tone=tone,
        sections=list(_sections(draft)),
        main="functions" if report.inventory or draft.view.rows else "",
    )


def _lead(draft: Draft, unhealthy: int) -> Iterator[Line]:
    functions = draft.report.inventory
    if not functions:
        yield line(f"There is no such function; {how_read(draft.report)}.")
        return
    places = len({each.function.place or each.function.region for each in functions})
    among = f" in {count_text(places, 'place')}" if places > 1 else ""
    told = f"{count_text(len(functions), 'function')}{among}: "
    if not unhealthy:
        yield line(told, Span("nothing is unhealthy for logging", Tone.GOOD), ".")
        return
    count = "all of them" if unhealthy == len(functions) else number_text(unhealthy)
    yield line(told, Span(f"{count} unhealthy for logging", Tone.NOTABLE), ".")


def _sections(draft: Draft) -> Iterator[Section]:
    functions = draft.report.inventory
    if any(each.weaknesses for each in functions):
        points = Points(lines=tuple(_weaknesses(functions)))
        title = line("What is unhealthy, and what follows from it")
        yield Section(title=title, anchor=draft.anchor("unhealthy"), blocks=(points,))
    if not functions and not draft.view.rows:
        return
    several = len({each.function.place for each in functions}) > 1
    columns = [c for c in _COLUMNS if _is_shown(c, whole=draft.view.rows, several=several)]
    question = draft.report.question
    table = build_table(
        draft,
        "functions",
        [each.column for each in columns],
        functions,
        lambda each: tuple(column.cell(each, draft) for column in columns),
        hint=f"{question} -o json" if question else "",
    )
    yield Section(title=line("Functions"), anchor=draft.anchor("functions"), blocks=(table,))


def _weaknesses(functions: Sequence[Inspected]) -> Iterator[Line]:
    """Yield each weakness with what follows from it and whom it is of, the most frequent first."""
    named: dict[tuple[str, str], list[str]] = {}
    for each in functions:
        for weakness in each.weaknesses:
            names = named.setdefault((weakness.kind, weakness.words), [])
            names.append(each.function.name)
    for (kind, words), names in sorted(named.items(), key=lambda pair: -len(pair[1])):
        meaning = _MEANINGS.get(kind, "")
        yield line(
            Span(words, Tone.NOTABLE),
            f" ({number_text(len(names))})" + (f": {meaning}" if meaning else ""),
            Span(f": {list_names(names)}", Tone.FAINT),
        )


class _Shown(NamedTuple):
    """A column, and what of a function stands in it."""

    column: Column
    cell: Callable[[Inspected, Draft], Cell]
    is_wide: bool = False
    """For programs alone."""


def _is_shown(shown: _Shown, *, whole: bool, several: bool) -> bool:
    if shown.column.key == "place":
        return several
    return whole or not shown.is_wide


def _of(read: Callable[[DeployedFunction], Cell]) -> Callable[[Inspected, Draft], Cell]:
    return lambda each, _draft: read(each.function)


def _known(value: bool | None) -> Cell:
    if value is None:
        return Cell(ABSENT, None, Tone.FAINT)
    return Cell("yes" if value else "no", value)


def _activity(each: Inspected, draft: Draft) -> Cell:
    function = each.function
    if function.last_activity is not None:
        return Cell(draft.moment(function.last_activity), iso(function.last_activity))
    return Cell("never" if function.activity_known else ABSENT, None, Tone.FAINT)


def _retention(function: DeployedFunction) -> Cell:
    if not function.group_exists:
        return Cell(ABSENT, None, Tone.FAINT)
    days = function.retention_days
    if days is None:
        return Cell("for ever", None, Tone.NOTABLE)
    return Cell(count_text(days, "day"), days)


def _never_expires(function: DeployedFunction) -> Cell:
    return _known(function.retention_days is None if function.group_exists else None)


def _format(function: DeployedFunction) -> Cell:
    return text_cell(function.log_format)


def _levels(function: DeployedFunction) -> Cell:
    if not function.application_level:
        return Cell(ABSENT, None, Tone.FAINT)
    both = f"{function.application_level}/{function.system_level}"
    return Cell(both, both)


def _unhealthy(each: Inspected, _draft: Draft) -> Cell:
    words = ", ".join(weakness.words for weakness in each.weaknesses)
    return Cell(words, words, Tone.NOTABLE) if words else Cell("nothing", None, Tone.FAINT)


_COLUMNS = (
    _Shown(Column("function", "function"), _of(lambda f: text_cell(f.name, Tone.STRONG))),
    _Shown(Column("place", "place"), _of(lambda f: text_cell(f.place))),
    _Shown(Column("region", "region"), _of(lambda f: text_cell(f.region)), is_wide=True),
    _Shown(Column("arn", "ARN"), _of(lambda f: text_cell(f.arn)), is_wide=True),
    _Shown(Column("unhealthy", "unhealthy"), _unhealthy),
    _Shown(Column("runtime", "runtime"), _of(lambda f: text_cell(f.runtime))),
    _Shown(Column("memory_mb", "memory MB", numeric=True), _of(lambda f: number(f.memory_mb))),
    _Shown(Column("timeout_s", "limit s", numeric=True), _of(lambda f: number(f.timeout_s))),
    _Shown(Column("last_activity", "last activity"), _activity),
    _Shown(Column("retention_days", "retention", numeric=True), _of(_retention)),
    _Shown(Column("never_expires", "never expires"), _of(_never_expires), is_wide=True),
    _Shown(Column("log_format", "format"), _of(_format)),
    _Shown(Column("log_levels", "levels"), _of(_levels)),
    _Shown(Column("tracing", "tracing"), _of(lambda f: _known(f.traced))),
    _Shown(
        Column("infrequent_access", "Infrequent Access"),
        _of(lambda f: _known(f.infrequent)),
        is_wide=True,
    ),
    _Shown(Column("log_group", "log group"), _of(lambda f: text_cell(f.log_group, Tone.CODE))),
    _Shown(
        Column("log_group_exists", "group exists"),
        _of(lambda f: _known(f.group_exists)),
        is_wide=True,
    ),
)
