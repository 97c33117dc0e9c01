"""Crashes, one crash, running times and incidents in outlines."""

from __future__ import annotations

from dataclasses import replace

import pytest
import report_samples as samples
from outline_walk import (
    anchors_of,
    blocks_of,
    facts,
    lead,
    lines_of,
    logs_of,
    sections_of,
    table,
    text,
    values,
)

from slsloggrep.model import Affected, Onset, Report, ReportKind, Status
from slsloggrep.model.outlines import Chart, Distribution, Excerpt, Facts, Points, Run, Tone
from slsloggrep.outline import Limits, OutlineView, outline, view_for
from slsloggrep.outline.changes import change_lines
from slsloggrep.outline.draft import Draft
from slsloggrep.outline.rows import build_rows

VIEW = OutlineView()
PROMISED_LATENCY = (
    *("function", "invocations", "errors", "timeouts", "cold_starts", "mean_ms", "p50_ms"),
    *("p90_ms", "p95_ms", "p99_ms", "max_ms", "init_p50_ms", "init_max_ms", "memory_mb"),
    *("max_memory_mb", "billed_ms", "gb_seconds", "cost_usd"),
)
"""Of a row of `latency`, by the output contract."""


def crashes() -> Report:
    return samples.crashes_report()


def test_crashes_are_counted_and_the_worst_is_named() -> None:
    """How many, in how many groups, since when, where most, and what is new."""
    told = lead(outline(crashes(), VIEW))
    assert told[0] == ("16 crashes in 8 groups, from 2026-11-23 15:16:38Z to 2026-11-23 16:32:27Z.")
    assert told[1] == "shop-shipping-label crashed most: 6 of 16, in 8 functions that did."
    assert told[2].startswith("Most frequent: TypeError: unsupported operand")
    assert ", 6 times in shop-shipping-label since " in told[2]
    assert told[3].startswith("6 of 8 groups are new: ")
    assert "No module named \N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}" in told[3]
    assert " in shop-recommend since " in told[3]


@pytest.mark.parametrize(
    ("is_new", "sentence"),
    [
        (None, "Whether any of them is new was not looked at."),
        (False, "None of them is new: all were seen before the window, too."),
    ],
)
def test_newness_is_not_made_up(is_new: bool | None, sentence: str) -> None:
    """What was not looked at is not said to be old."""
    groups = tuple(replace(group, is_new=is_new) for group in crashes().groups)
    assert sentence in lead(outline(replace(crashes(), groups=groups), VIEW))


def test_no_crash_is_an_answer() -> None:
    """It tells the window, and whether all of it was read."""
    none = replace(crashes(), crashes=(), groups=(), activity=())
    made = outline(none, VIEW)
    assert made.tone is Tone.GOOD
    assert lead(made) == [
        (
            "No crash was found, from 2026-11-23 15:00:00Z to 2026-11-23 17:00:00Z; "
            "everything that was asked for was read."
        )
    ]
    partial = outline(replace(none, coverage=(samples.GAPS,)), VIEW)
    assert partial.tone is Tone.NOTABLE
    assert lead(partial)[0].endswith("; not all was read.")


def test_a_single_group_is_named_in_the_answer() -> None:
    """Where there is but one kind of crash, it is the first thing to know."""
    report = crashes()
    (group, *_) = report.groups
    alike = tuple(c for c in report.crashes if c.fingerprint == group.fingerprint)
    told = lead(outline(replace(report, crashes=alike, groups=(group,)), VIEW))
    assert told[1] == "All of them in shop-shipping-label."
    assert told[2].startswith("All alike: TypeError: unsupported operand")
    assert ", 6 times in shop-shipping-label since " in told[2]
    single = replace(group, times=group.times[:1])
    told = lead(outline(replace(report, crashes=alike[:1], groups=(single,)), VIEW))
    assert told[0].startswith("1 crash in 1 group, at 2026-11-23 ")
    assert told[1] == "It was in shop-shipping-label."
    assert told[2].startswith("It is: TypeError: unsupported operand")
    assert " times" not in told[2]


def test_each_group_has_its_crash_with_frames() -> None:
    """Own frames are strong, those of libraries faint; its newest invocation is shown whole."""
    made = outline(crashes(), VIEW)
    excerpts = blocks_of(made, Excerpt)
    assert len(excerpts) == 8
    tones = {
        text(line).strip(): line[0].tone
        for excerpt in excerpts
        for line in excerpt.lines
        if "acquirer" in text(line).lower() or "java.base" in text(line)
    }
    own = "at com.example.shop.payment.AcquirerClient.authorise(AcquirerClient.java:118)"
    assert tones[own] is Tone.STRONG
    assert tones["at java.base/sun.nio.ch.NioSocketImpl.timedRead(Unknown Source)"] is Tone.FAINT
    assert len(blocks_of(made, Run)) == 8


def test_crashes_lead_to_their_group_and_their_invocation() -> None:
    """From the list to what is told of them."""
    made = outline(crashes(), VIEW)
    rows = table(made, "crashes").rows
    runs = {run.anchor: run.request_id for run in blocks_of(made, Run)}
    assert all(row[5].anchor == f"group-{str(row[5].value)[:8]}" for row in rows)
    linked = {row[4].anchor: row[4].value for row in rows if row[4].anchor}
    assert linked == runs


def test_crashes_over_time_are_charted_even_where_nobody_counted() -> None:
    """From the times of the crashes alone, all of them, over the window."""
    made = outline(replace(crashes(), activity=()), VIEW)
    (chart,) = blocks_of(made, Chart)
    assert sum(part.bad for part in chart.slices) == 16
    assert all(part.total is None for part in chart.slices)
    assert chart.title == "Crashes over time"
    assert 12 <= len(chart.slices) <= 96


def test_a_long_window_is_charted_in_parts_that_can_be_told_apart() -> None:
    """Very many slices are put together, and no crash is lost."""
    step = 1000
    many = tuple(
        samples.Activity(samples.SINCE + i * step, samples.SINCE + (i + 1) * step, 2, i % 2)
        for i in range(7200)
    )
    (chart,) = blocks_of(outline(replace(crashes(), activity=many), VIEW), Chart)
    assert len(chart.slices) <= 96
    assert sum(part.bad for part in chart.slices) == 3600
    assert sum(part.total or 0 for part in chart.slices) == 14_400


def test_groups_beyond_the_limit_stay_in_the_table() -> None:
    """Only the most frequent are told whole, which is said."""
    made = outline(crashes(), OutlineView(limits=Limits(groups=2)))
    (section,) = (s for s in sections_of(made) if s.anchor == "groups")
    assert text(section.title) == "Groups, the 2 most frequent told whole"
    assert len(section.sections) == 2
    assert len(table(made, "crash_groups").rows) == 8


def test_one_crash_is_told_from_its_end_to_what_it_undid() -> None:
    """What happened, what to try, the invocation whole, its environment, its transaction."""
    made = outline(samples.crash_report(), VIEW)
    assert made.title == "Crash of shop-shipping-label"
    told = lead(made)
    assert told[0].startswith("The handler failed after")
    assert "There are 6 crashes alike in the window." in told
    assert "shop-invoice-pdf and 1 further function did not run after it." in told
    assert told[-1].startswith("Try first: ")
    names = [section.anchor for section in made.sections]
    assert names == [
        *("happened", "next", "error", "invocation", "environment", "attempts", "undone"),
        *("transaction", "coverage"),
    ]
    run = blocks_of(made, Run)[0]
    assert run.open
    assert facts(run.facts)["attempt"] == "3 of 3"
    environment = table(made, "environment")
    assert len(environment.rows) == 24
    used = [value for value in values(environment, "max_memory_mb") if isinstance(value, float)]
    assert used == sorted(used)
    assert "Memory used grew from 78 to 173 of 256 MB." in map(text, lines_of(made))
    assert values(table(made, "attempts"), "attempt") == [1, 2, 3]


def test_no_such_crash_is_an_answer() -> None:
    """It names what was asked for."""
    none = replace(samples.crash_report(), crash_reports=())
    first, *_ = lead(outline(none, VIEW))
    assert first.startswith("No such crash was found: ")


def test_an_invocation_is_shown_once() -> None:
    """The transaction around a crash leads to the invocation above, and does not repeat it."""
    made = outline(samples.crash_report(), VIEW)
    starts = [facts(run.facts)["started"].partition(" ")[0] for run in blocks_of(made, Run)]
    assert len(starts) == len(set(starts)) == 5


def test_running_times_have_every_promised_column() -> None:
    """By the names of the output contract, with values in their units."""
    made = outline(samples.latency_report(), VIEW)
    figures = table(made, "latency")
    keys = [column.key for column in figures.columns]
    assert set(PROMISED_LATENCY) <= set(keys)
    rows = samples.latency_report().latency
    assert values(figures, "p99_ms")[:-1] == [row.p99_ms for row in rows]
    assert values(figures, "cost_usd")[:-1] == [row.cost_usd for row in rows]
    assert figures.rows[-1][0].text == "in all"


def test_running_times_are_told() -> None:
    """How much failed, what is slow, what nears its limit, what changed."""
    told = lead(outline(samples.latency_report(), VIEW))
    assert told[0] == "685 invocations of 14 functions ended, 16 of them not well (2.3 %)."
    assert told[1].startswith("Slowest is shop-stock-sync: half within ")
    assert "shop-invoice-pdf came to 30.0 s of its limit of 30.0 s." in told
    assert told[-1].endswith("shop-search faster (p50 43 ms to 32 ms).")


def test_distributions_hold_every_invocation() -> None:
    """No bin is lost, and the limit lies on the axis."""
    made = outline(samples.latency_report(), VIEW)
    rows = {row.function: row for row in samples.latency_report().latency}
    charts = blocks_of(made, Distribution)
    assert {chart.title for chart in charts} == set(rows)
    for chart in charts:
        assert sum(chart.counts) == sum(rows[chart.title].bins)
    hung = next(chart for chart in charts if chart.title == "shop-invoice-pdf")
    assert [quantile.label for quantile in hung.quantiles] == ["p50", "p95", "p99", "limit"]


def test_changes_name_their_test() -> None:
    """What is more than chance stands first, and how that was judged is said."""
    made = outline(samples.latency_report(), VIEW)
    changes = table(made, "changes")
    assert changes.rows[0][0].text == "shop-search"
    assert changes.rows[0][1].tone is Tone.GOOD
    told = [text(line) for line in lines_of(made)]
    assert any("Mann-Whitney" in words for words in told)
    labels = {column.title.split()[-1] for column in changes.columns[2:]}
    assert labels == {"before", "during", "change"}
    first, *rest = samples.latency_report().changes
    gone = replace(samples.latency_report(), changes=(replace(first, after=None), *rest))
    words = {row[1].text for row in table(outline(gone, VIEW), "changes").rows}
    assert "none during" in words
    people = [column.key for column in changes.columns]
    programs = table(outline(samples.latency_report(), view_for("csv")), "changes")
    assert set(people) < {column.key for column in programs.columns}


def test_no_invocation_is_an_answer() -> None:
    """It tells the window."""
    none = replace(
        samples.latency_report(), latency=(), total=None, changes=(), slowest=(), before=None
    )
    assert lead(outline(none, VIEW))[0].startswith("No invocation ended, from 2026-11-23 15:00")


def test_an_incident_tells_when_it_began_first() -> None:
    """Onset, crashes, who is affected, what changed, what could not be read."""
    made = outline(samples.incident_report(), VIEW)
    told = lead(made)
    began = "What is new began at 2026-11-23 15:16:38Z, with shop-pricing: TypeError"
    assert told[0].startswith(began)
    assert told[0].endswith("From 2026-11-23 14:00:00Z until then none of what is new was seen.")
    assert told[1].startswith("16 crashes in 8 groups")
    assert told[-1].startswith("3 things could not be read")
    (chart,) = blocks_of(made, Chart)
    assert chart.marked is not None
    assert chart.slices[chart.marked].label == "15:15:00Z"
    assert chart.slices[chart.marked].total == 41
    assert "What is not known" in {text(section.title) for section in made.sections}


def test_what_is_usual_is_not_said_to_have_begun() -> None:
    """Only where all of it is new, the incident began with it."""
    report = samples.incident_report()
    new = tuple(replace(group, is_new=True) for group in report.groups)
    first, *_ = lead(outline(replace(report, groups=new), VIEW))
    assert first.startswith("It began at ")
    assert first.endswith(" until then none of this was seen.")


def test_what_was_before_the_window_is_not_made_up() -> None:
    """Where nothing before was read, calm is not claimed."""
    onset = Onset(samples.SINCE + 1, crashes().groups[0].fingerprint, None)
    made = outline(replace(samples.incident_report(), onset=onset), VIEW)
    assert lead(made)[0].endswith(". What was before the window was not read.")


@pytest.mark.parametrize(
    ("is_new", "reason"),
    [(False, "nothing of it is new"), (None, "what was before was not read (--since)")],
)
def test_why_nobody_knows_when_it_began(is_new: bool | None, reason: str) -> None:
    """What was not looked at is not said to be old."""
    report = samples.incident_report()
    groups = tuple(replace(group, is_new=is_new) for group in report.groups)
    made = outline(replace(report, onset=None, groups=groups), VIEW)
    assert f"When it began is not known: {reason}." in map(text, lines_of(made))


@pytest.mark.parametrize(
    ("missing", "when"),
    [
        ("before", "from 2026-11-23 14:00:00Z to 2026-11-23 15:00:00Z"),
        ("after", "in the window"),
    ],
)
def test_what_ran_in_one_window_alone_is_not_said_to_be_unchanged(missing: str, when: str) -> None:
    """Where nothing can be compared, nothing is said of chance."""
    report = samples.latency_report()
    changes = tuple(replace(change, **{missing: None}) for change in report.changes)
    alone = replace(report, changes=changes, before=(samples.SINCE - 3_600_000, samples.SINCE))
    for worse in (False, True):
        told = [text(line) for line in change_lines(Draft(alone, VIEW), worse=worse)]
        assert told == [f"Nothing can be compared: no invocation ended {when}."]
    partial = Draft(replace(alone, coverage=(samples.GAPS,)), VIEW)
    assert [text(line) for line in change_lines(partial)] == [
        f"Nothing can be compared: no invocation was read {when}."
    ]
    made = outline(alone, VIEW)
    (section,) = (s for s in sections_of(made) if s.anchor == "changes")
    assert [text(line) for line in lines_of(made)].count(told[0]) == 2
    assert len(section.blocks) == 1


def test_an_incident_tells_how_much_ran_even_where_it_is_compared() -> None:
    """How bad it is depends on how much there was."""
    report = samples.incident_report()
    assert report.changes
    told = lead(outline(report, VIEW))
    assert any(line.startswith("685 invocations of 14 functions ended") for line in told)


def test_large_counts_are_written_alike() -> None:
    """In groups of three, wherever they stand in the answer."""
    report = crashes()
    many = tuple(replace(report.crashes[0], time=samples.SINCE + i) for i in range(1_234))
    groups = (replace(report.groups[0], times=tuple(range(1_200))), *report.groups[1:])
    others = report.crashes[1:]
    made = outline(replace(report, crashes=many + others, groups=groups), VIEW)
    told = " ".join(lead(made))
    assert " of 1 249, in " in told
    assert ", 1 200 times in shop-shipping-label since" in told
    (first, *_) = next(s for s in sections_of(made) if s.anchor == "groups").sections
    assert text(first.title).startswith("1 200 \N{MULTIPLICATION SIGN} ")


def test_notes_on_figures_stand_beneath_them_alone() -> None:
    """What a price was taken from is no answer to what broke; every other note is."""
    report = samples.incident_report()
    priced = tuple(replace(row, notes=("a published price",)) for row in report.latency)
    made = outline(replace(report, latency=priced, notes=("a published price", "cut")), VIEW)
    assert "a published price" not in lead(made)
    assert "cut" in lead(made)
    assert "a published price" in map(text, lines_of(made))
    (change, *_) = report.changes
    assert change.after is not None
    compared = replace(change, after=replace(change.after, notes=("a price",)))
    made = outline(replace(report, latency=(), changes=(compared,), notes=("a price",)), VIEW)
    assert "a price" not in lead(made)
    assert "a price" in map(text, lines_of(made))


@pytest.mark.parametrize(
    ("ends", "sentence"),
    [
        ((False,), "1 transaction is affected: 1 did not recover."),
        (
            (True, False, None),
            (
                "3 transactions are affected: 1 did not recover, 1 recovered by a later attempt, "
                "of the others nothing is known."
            ),
        ),
        ((None,), "1 transaction is affected: whether it recovered was not looked at."),
    ],
)
def test_affected_transactions_are_counted(ends: tuple[bool | None, ...], sentence: str) -> None:
    """Each once, by its last crash."""
    affected = tuple(
        Affected(f"req-{index}", samples.SINCE + number, "f", Status.ERROR, "00", end)
        for number in range(2)
        for index, end in enumerate(ends)
    )
    made = outline(replace(samples.incident_report(), affected=affected), VIEW)
    assert sentence in lead(made)
    assert len(table(made, "affected").rows) == 2 * len(ends)


def test_transactions_of_an_incident_are_shown_whole() -> None:
    """With their story, and the list of those affected leads to them."""
    report = samples.incident_report()
    (lamp,) = report.transactions
    affected = (Affected(lamp.id, samples.NOW, "f", Status.ERROR, "00", recovered=False),)
    made = outline(replace(report, affected=affected), VIEW)
    (row,) = table(made, "affected").rows
    assert row[0].anchor == f"transaction-{lamp.id}"
    assert row[0].anchor in anchors_of(made)
    story = next(b for b in blocks_of(made, Points) if text(b.lines[0]).startswith("Transaction"))
    assert "failed (error)" in text(story.lines[0])


def test_a_crash_that_is_shown_in_a_transaction_is_not_repeated() -> None:
    """Its group leads to it."""
    made = outline(samples.incident_report(), VIEW)
    requests = [
        (run.request_id, facts(run.facts)["started"].partition(" ")[0])
        for run in blocks_of(made, Run)
    ]
    assert len(requests) == len(set(requests))
    assert any("is shown whole" in text(line) for line in lines_of(made))


def test_records_are_told_and_listed() -> None:
    """How many, when, where from; a line for each with its time and its function."""
    report = samples.events_report()
    made = outline(report, VIEW)
    assert lead(made) == [
        (
            "215 records, from 2026-11-23 16:20:00Z to 2026-11-23 16:23:40Z: "
            "shop-search 143, /aws/apigateway/shop-prod-access 72."
        ),
        "1 error, 142 warnings.",
    ]
    (log,) = logs_of(made)
    assert [mark.timestamp for mark in log.marks] == [r.event.timestamp for r in report.records]
    assert {mark.place for mark in log.marks} == {
        *("shop-search", "/aws/apigateway/shop-prod-access"),
    }
    whole = outline(report, OutlineView(limits=Limits(per_run=10)))
    assert logs_of(whole)[0].omitted == 0, "what an invocation may have is no limit here"
    few = outline(report, OutlineView(limits=Limits(records=10)))
    (log,) = logs_of(few)
    assert (len(log.marks), log.omitted) == (10, 205)
    assert log.omitted_hint == f"{report.question} -o ndjson"


def test_no_record_is_an_answer() -> None:
    """It tells the window."""
    none = replace(samples.events_report(), records=())
    assert lead(outline(none, VIEW))[0].startswith("No record was found, from 2026-11-23 16:00")


def test_rows_hold_every_invocation_and_every_record_once() -> None:
    """By the names of the output contract, whatever a document shows."""
    for sample in (samples.trace_report(), samples.incident_report()):
        invocations, records = build_rows(sample)
        streams, starts = values(invocations, "log_stream"), values(invocations, "start")
        keys = list(zip(streams, starts, strict=True))
        assert len(keys) == len(set(keys))
        ids = values(records, "id")
        assert len(ids) == len(set(ids))
    invocations, records = build_rows(samples.trace_report())
    (transaction,) = samples.trace_report().transactions
    assert values(invocations, "status") == [m.invocation.status.value for m in transaction.members]
    inner = sum(len(member.invocation.records) for member in transaction.members)
    assert len(records.rows) == inner + len(transaction.unattributed)
    assert values(records, "mentions").count(True) >= 8


def test_only_programs_get_rows() -> None:
    """A document has them as runs and logs already."""
    for form, has in (("html", False), ("md", False), ("csv", True)):
        assert bool(outline(samples.trace_report(), view_for(form)).rows) is has


def test_facts_of_a_crash_stand_at_the_head() -> None:
    """What it is, when, and its fingerprint, whole."""
    report = samples.crash_report()
    head = facts(outline(report, VIEW).facts)
    assert head["kind"] == "error"
    assert head["fingerprint"] == f"{report.subject}, 6 alike in the window"
    assert isinstance(outline(report, VIEW).facts, Facts)
    assert report.kind is ReportKind.CRASH


def test_an_incident_tells_what_became_worse_alone() -> None:
    """That something became faster is no news for who looks for what broke."""
    report = samples.incident_report()
    none = "No function became slower or failed more often by more than chance compared with"
    assert any(told.startswith(none) for told in lead(outline(report, VIEW)))
    slower = tuple(replace(c, before=c.after, after=c.before) for c in report.changes)
    told = lead(outline(replace(report, changes=slower), VIEW))
    assert any(words.endswith("shop-search slower (p50 32 ms to 43 ms).") for words in told)


def test_what_is_near_its_end_stands_out() -> None:
    """Memory nearly used up, in a row of figures and in an invocation's facts."""
    made = outline(samples.latency_report(), VIEW)
    figures = table(made, "latency")
    index = [column.key for column in figures.columns].index("max_memory_mb")
    tones = {row[0].text: row[index].tone for row in figures.rows}
    assert tones["shop-image-resize"] is Tone.NOTABLE
    assert tones["shop-login"] is Tone.PLAIN
    runs = {run.function: run for run in blocks_of(outline(crashes(), VIEW), Run)}
    memory = dict(runs["shop-image-resize"].facts.rows)["memory"]
    assert [(span.text, span.tone) for span in memory] == [("512 of 512 MB", Tone.NOTABLE)]


def test_what_has_not_ended_has_a_column_where_there_is_any() -> None:
    """A column of zeros says nothing; a row's cells stay under their heads."""
    report = samples.latency_report()
    assert "incomplete" not in [c.key for c in table(outline(report, VIEW), "latency").columns]
    first, *others = report.latency
    open_ = replace(report, latency=(replace(first, incomplete=3), *others))
    assert values(table(outline(open_, VIEW), "latency"), "incomplete")[0] == 3
