"""The outline of crashes: how many, which, since when; then each group, then each crash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from slsloggrep.model import CrashGroup
from slsloggrep.model.outlines import Line, Outline, Section, Span, Tone
from slsloggrep.outline.chart import build_chart
from slsloggrep.outline.coverage import how_read
from slsloggrep.outline.crash_lists import GroupParts, build_crash_table, count_crashes
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.head import finish, window_of
from slsloggrep.outline.words import UNKNOWN_FUNCTION
from slsloggrep.wording import count_text, number_text

_NAMED = 3
"""Groups that are named in a sentence."""


def outline_crashes(draft: Draft) -> Outline:
    """Return the outline of what crashed in the window."""
    report = draft.report
    groups = GroupParts(draft)
    told = tuple(groups.sections())
    of = f" of {report.subject}" if report.subject else ""
    good = Tone.GOOD if report.complete else Tone.NOTABLE
    return finish(
        draft,
        title=f"Crashes{of}",
        lead=crash_lines(draft, groups),
        tone=Tone.BAD if report.crashes else good,
        sections=crash_sections(draft, groups, told),
        main="crashes",
    )


def crash_lines(draft: Draft, groups: GroupParts) -> Iterator[Line]:
    """Yield how many crashes there are, of what, which are new, and what failed most."""
    report = draft.report
    if not report.crashes:
        yield line(f"No crash was found, {window_of(draft)}; {how_read(draft.report)}.")
        return
    times = [crash.time for crash in report.crashes]
    count = Span(count_crashes(len(times)), Tone.BAD)
    first, last = draft.moment(min(times)), draft.moment(max(times))
    when = f"at {first}" if len(times) == 1 else f"from {first} to {last}"
    yield line(count, f" in {count_text(len(report.groups), 'group')}, {when}.")
    functions = Counter(crash.function or UNKNOWN_FUNCTION for crash in report.crashes)
    worst, most = min(functions.items(), key=lambda item: (-item[1], item[0]))
    if len(functions) == 1:
        them = "It was" if len(times) == 1 else "All of them"
        yield line(f"{them} in ", Span(worst, Tone.STRONG), ".")
    else:
        share = f": {number_text(most)} of {number_text(len(times))}, in "
        share += f"{number_text(len(functions))} functions that did."
        yield line(Span(worst, Tone.STRONG), " crashed most", share)
    frequent = report.groups[0] if report.groups else None
    if frequent is not None:
        often = "" if frequent.count == 1 else f", {number_text(frequent.count)} times"
        often += _where(frequent)
        since = f" since {draft.moment(frequent.first_seen)}."
        what = "Most frequent: " if len(report.groups) > 1 else "All alike: "
        yield line(what if len(times) > 1 else "It is: ", groups.link(frequent), often, since)
    yield _new(draft, groups)


def _where(group: CrashGroup) -> str:
    if len(group.functions) == 1:
        return f" in {group.functions[0] or UNKNOWN_FUNCTION}"
    return f" in {count_text(len(group.functions), 'function')}"


def _new(draft: Draft, groups: GroupParts) -> Line:
    known = [group for group in draft.report.groups if group.is_new is not None]
    new = [group for group in known if group.is_new]
    if not known:
        return line("Whether any of them is new was not looked at.")
    if not new:
        return line("None of them is new: all were seen before the window, too.")
    verb = "is" if len(new) == 1 else "are"
    told = f"{number_text(len(new))} of {count_text(len(known), 'group')} {verb} new"
    spans: list[Span | str] = [Span(told, Tone.NOTABLE), ": "]
    for index, group in enumerate(new[:_NAMED]):
        spans += ["; "] if index else []
        spans.append(groups.link(group))
        # Many have the same title: a timeout is one.
        spans.append(f"{_where(group)} since {draft.moment(group.first_seen)}")
    more = len(new) - _NAMED
    return line(*spans, f"; and {more} more." if more > 0 else ".")


def crash_sections(
    draft: Draft, groups: GroupParts, told: tuple[Section, ...]
) -> Iterator[Section]:
    """Yield crashes over time, the groups, each of them, and the list of all."""
    if not draft.report.crashes:
        return
    chart = build_chart(draft)
    if chart is not None:
        anchor = draft.anchor("over-time")
        yield Section(title=line("Over time"), anchor=anchor, blocks=(chart,))
    title = f"Groups{groups.restriction}"
    anchor = draft.anchor("groups")
    yield Section(title=line(title), anchor=anchor, blocks=(groups.table(),), sections=told)
    table = build_crash_table(draft, groups.anchors)
    yield Section(title=line("Each crash"), anchor=draft.anchor("crashes"), blocks=(table,))
