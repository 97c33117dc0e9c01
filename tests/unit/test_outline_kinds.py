"""What holds for the outline of every kind of report."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import report_samples as samples
from outline_walk import (
    anchors_of,
    blocks_of,
    cells_of,
    facts,
    lead,
    lines_of,
    links_of,
    sections_of,
    table,
    text,
    values,
)

from slsloggrep.model import Report, ReportKind
from slsloggrep.model.outlines import Bar, Chart, Distribution, Run, Table, Tone, Waterfall
from slsloggrep.outline import MESSAGE, TABLES, OutlineView, outline, view_for

SAMPLES = [
    samples.trace_report,
    samples.empty_report,
    samples.partial_report,
    samples.crashes_report,
    samples.crash_report,
    samples.latency_report,
    samples.incident_report,
    samples.events_report,
    samples.functions_report,
    samples.healthy_report,
    samples.no_functions_report,
    samples.checks_report,
    samples.hostile_setup,
    samples.hostile_checks,
    samples.hostile_trace,
    samples.hostile_events,
]
VIEWS = [view_for(form) for form in ("html", "md", "csv")]
ALL = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.__name__)
ANCHOR = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

Sample = Callable[[], Report]


def test_every_kind_has_a_sample() -> None:
    """A new kind of report is looked at here, too."""
    assert {sample().kind for sample in SAMPLES} == set(ReportKind)


@ALL
def test_links_within_lead_somewhere(sample: Sample) -> None:
    """Anchors are unique and plain, and every link has a place that it leads to."""
    for view in VIEWS:
        made = outline(sample(), view)
        anchors = anchors_of(made)
        assert len(anchors) == len(set(anchors))
        assert all(ANCHOR.fullmatch(anchor) for anchor in anchors)
        assert links_of(made) <= set(anchors)


@ALL
def test_tables_are_whole(sample: Sample) -> None:
    """Names are unique, keys are unique in their table, and every row has a cell for each."""
    for view in VIEWS:
        made = outline(sample(), view)
        tables = [*blocks_of(made, Table), *made.rows]
        names = [table_.name for table_ in tables]
        assert len(names) == len(set(names))
        assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
        for table_ in tables:
            keys = [column.key for column in table_.columns]
            assert len(keys) == len(set(keys))
            assert all(len(row) == len(keys) for row in table_.rows)
        assert not made.main or made.main in names


@ALL
def test_charts_lie_on_their_axes(sample: Sample) -> None:
    """Positions are from 0 to 1, in order; a distribution names each of its bins."""
    made = outline(sample(), VIEWS[0])
    for chart in blocks_of(made, Waterfall):
        assert all(0 <= b.since <= b.run <= b.until <= 1 for b in chart.bars)
        assert all(0 <= cut.left < cut.right <= 1 for cut in chart.cuts)
    for spread in blocks_of(made, Distribution):
        assert len(spread.counts) == len(spread.bins)
        positions = [quantile.position for quantile in spread.quantiles[:3]]
        assert positions == sorted(positions)
        assert all(0 <= position <= 1 for position in positions)
    for chart_ in blocks_of(made, Chart):
        assert chart_.marked is None or chart_.marked < len(chart_.slices)


@ALL
def test_the_answer_stands_first(sample: Sample) -> None:
    """Every outline has a title, an answer of a few sentences, and says what was not read."""
    for view in VIEWS:
        made = outline(sample(), view)
        assert made.title
        assert 1 <= len(made.lead) <= 14
        assert all(text(line).strip() for line in made.lead)
        assert [s for s in sections_of(made) if s.anchor == "coverage"]
        if not sample().complete:
            assert any("could not be read" in sentence for sentence in lead(made))
            assert facts(made.facts)["complete"].startswith("no: ")
            assert made.tone is not Tone.GOOD


@ALL
def test_the_same_report_gives_the_same_outline(sample: Sample) -> None:
    """Nothing depends on anything but the report and the view."""
    for view in VIEWS:
        assert outline(sample(), view) == outline(sample(), view)


@ALL
def test_lines_are_single_lines_of_some_text(sample: Sample) -> None:
    """No span is empty, and none breaks a line: no format has to look for those."""
    for line in lines_of(outline(sample(), VIEWS[0])):
        assert all(span.text and not set(span.text) & {"\n", "\r"} for span in line)


@ALL
def test_cells_have_what_programs_take(sample: Sample) -> None:
    """Numbers are bare, and absent values are None and not a dash."""
    for cell in cells_of(outline(sample(), VIEWS[2])):
        assert cell.value not in ("-", "")


def test_bars_lead_to_their_invocations() -> None:
    """Each bar leads to the invocation that it stands for."""
    made = outline(samples.trace_report(), OutlineView())
    runs = {run.anchor: run for run in blocks_of(made, Run)}
    (chart,) = blocks_of(made, Waterfall)
    assert len(chart.bars) == len(runs) == 8

    def is_of(bar: Bar) -> bool:
        return bar.label.partition(" ")[0] == runs[bar.anchor].function

    assert all(map(is_of, chart.bars))


def test_anchors_do_not_depend_on_how_much_is_shown() -> None:
    """A link into a document leads to the same invocation in a shorter one."""
    short = outline(samples.trace_report(), OutlineView(limits=MESSAGE))
    whole = outline(samples.trace_report(), OutlineView())
    pairs = zip(blocks_of(short, Run), blocks_of(whole, Run), strict=True)
    assert all(a.anchor == b.anchor and a.request_id == b.request_id for a, b in pairs)


def test_what_was_redacted_is_counted_by_kind() -> None:
    """Kinds and counts stand in a table, and the kinds at the head."""
    made = outline(samples.partial_report(), OutlineView())
    assert facts(made.facts)["redacted"] == "3 values: email, aws_key"
    counts = table(made, "redacted")
    assert values(counts, "kind") == ["email", "aws_key"]
    assert values(counts, "values") == [2, 1]
    assert values(counts, "places") == [31, 1]


def test_gaps_are_named_with_their_reasons() -> None:
    """What was not read, and why, grouped in words and one by one."""
    made = outline(samples.partial_report(), OutlineView())
    gaps = table(made, "gaps")
    assert values(gaps, "reason") == [
        "the gzip stream is cut off",
        "access denied",
        "access denied",
    ]
    assert all(str(what).startswith("prod/2026") for what in values(gaps, "what"))
    words = [text(line) for line in lines_of(made)]
    assert any("2 objects or parts: access denied" in word for word in words)
    spans = [line[0].text for line in lines_of(made) if "access denied" in text(line)]
    assert all(span == span.strip() for span in spans)


def test_notes_stand_in_the_answer_and_at_the_end() -> None:
    """What was assumed or cut is not to be overlooked."""
    made = outline(samples.partial_report(), OutlineView())
    assert lead(made)[-1] == "times are those of the log stream"
    assert "notes" in anchors_of(made)


def test_what_was_asked_stands_at_the_head() -> None:
    """Window, sources, command, program and time."""
    head = facts(outline(samples.crashes_report(), OutlineView()).facts)
    since, until = "2026-11-23 15:00:00Z", "2026-11-23 17:00:00Z"
    assert head["searched"].startswith(f"from {since} to {until}")
    assert head["source"] == samples.DEMO
    assert head["command"].startswith("slsloggrep report crashes -s 2h")
    assert head["made"] == "2026-11-23 17:05:00Z by slsloggrep 0.0-test"
    assert head["complete"] == "yes"


def test_programs_get_nothing_that_only_people_look_at() -> None:
    """A view for a spreadsheet has tables, whole, and neither runs nor charts."""
    made = outline(samples.trace_report(), OutlineView(limits=TABLES, rows=True))
    assert not blocks_of(made, Run)
    assert not blocks_of(made, Waterfall)
    assert len(table(made, "timeline").rows) == 8
    assert len(table(made, "invocations").rows) == 8
