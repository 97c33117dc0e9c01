"""What is shown where there is too much, and that what is left out is counted."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outline_walk import blocks_of, lead, logs_of, text
from shown_samples import DECLINED, ORDER, invocation, member, record

from slsloggrep.model import Level, Record, Report, ReportKind, Status, Transaction
from slsloggrep.model.outlines import Outline, Paragraph, Run, Sequence, Table, Waterfall
from slsloggrep.outline import Limits, OutlineView, outline
from slsloggrep.outline.commands import command_text
from slsloggrep.outline.draft import Draft
from slsloggrep.outline.logs import choose
from slsloggrep.outline.records import is_key
from slsloggrep.outline.shares import share_out

TALKATIVE = 40
ALL = "--events all -S demo:"
WINDOW = re.compile(r"-s \S+ -u \S+ ")


def report(functions: int, records: int) -> Report:
    """Return a trace of as many functions, each with as many records; every third fails."""
    members = []
    for number in range(functions):
        inner = [
            record(number * 100 + 1, f"line {i}", f"f{number}", level=Level.INFO)
            for i in range(records)
        ]
        fails = number % 3 == 2
        call = invocation(
            f"f{number}",
            f"{number:08d}-0000-4000-8000-000000000000",
            number * 100,
            50,
            *inner,
            status=Status.ERROR if fails else Status.OK,
            error_type="Declined" if fails else None,
        )
        members.append(member(call, 1))
    return Report(
        kind=ReportKind.TRACE,
        subject="ord-8841",
        question="slsloggrep report trace ord-8841",
        made_at=0,
        program="test",
        arguments=("-S", "demo:"),
        transactions=(Transaction(id="ord-8841", identifiers=(ORDER,), members=tuple(members)),),
    )


def shown(limits: Limits, functions: int = 6, records: int = TALKATIVE) -> Outline:
    return outline(report(functions, records), OutlineView(limits=limits))


def test_records_left_out_are_counted_where_they_are_missing() -> None:
    """Of each invocation what is shown and what is left out make all, and a command shows it."""
    for run in blocks_of(shown(Limits(per_run=10)), Run):
        assert len(run.log.marks) == 10
        assert run.log.omitted == TALKATIVE + 2 - 10
        assert WINDOW.sub("", run.log.omitted_hint) == f"slsloggrep trace {run.request_id} {ALL}"
    first = blocks_of(shown(Limits(per_run=10)), Run)[0].log.omitted_hint
    assert "-s 2026-11-23T16:59:00.123Z -u 2026-11-23T17:01:00.173Z " in first
    for run in blocks_of(shown(Limits()), Run):
        assert len(run.log.marks) == TALKATIVE + 2
        assert (run.log.omitted, run.log.omitted_hint) == (0, "")


def test_no_more_records_than_in_all() -> None:
    """All logs together hold no more than the limit, and each gets its share of it."""
    logs = logs_of(shown(Limits(records=60)))
    assert [len(log.marks) for log in logs] == [10] * 6


def test_no_more_text_than_in_all() -> None:
    """Very long records use up the volume; the rest is counted."""
    long = replace(report(1, 0).transactions[0].members[0])
    inner = [record(i, "x" * 1000) for i in range(50)]
    call = replace(long.invocation, records=tuple(inner))
    transaction = Transaction(id="x", identifiers=(), members=(replace(long, invocation=call),))
    whole = replace(report(1, 0), transactions=(transaction,))
    (log,) = logs_of(outline(whole, OutlineView(limits=Limits(volume=10_000))))
    assert len(log.marks) == 10
    assert log.omitted == 40


def test_long_texts_are_cut_and_say_so() -> None:
    """A record is cut at the limit, and tells how much is missing."""
    marks = logs_of(shown(Limits(characters=4), 1))[0].marks
    assert marks[1].text == "line [2 more characters: -o json]"


def test_failed_invocations_are_shown_before_others() -> None:
    """Where not all are shown whole, those that failed are, and the others are counted."""
    made = shown(Limits(runs=2), 9, 1)
    assert [run.function for run in blocks_of(made, Run)] == ["f2", "f5"]
    told = [WINDOW.sub("", text(block.line)) for block in blocks_of(made, Paragraph)]
    assert f"7 further invocations not shown here: slsloggrep trace ord-8841 {ALL}" in told


def test_bars_rows_and_steps_are_limited_and_counted() -> None:
    """A waterfall keeps what failed; a table its first rows; a sequence its first steps."""
    made = shown(Limits(bars=3, rows=4, steps=2), 9, 1)
    (chart,) = blocks_of(made, Waterfall)
    assert [bar.label for bar in chart.bars] == ["f2", "f5", "f8"]
    assert chart.omitted == 6
    timeline = next(t for t in blocks_of(made, Table) if t.name == "timeline")
    assert (len(timeline.rows), timeline.omitted) == (4, 5)
    assert WINDOW.sub("", timeline.omitted_hint) == f"slsloggrep trace ord-8841 {ALL}"
    (sequence,) = blocks_of(made, Sequence)
    assert (len(sequence.steps), sequence.omitted) == (2, 7)
    assert sequence.participants == ("f0", "f1")


def test_many_failures_do_not_fill_the_answer() -> None:
    """A transaction with a hundred failed requests is still told in a few sentences."""
    assert len(lead(shown(Limits(), 300, 1))) < 10


@given(st.lists(st.integers(0, 50), max_size=12), st.integers(0, 200))
def test_shares_are_fair(wanted: list[int], total: int) -> None:
    """Nobody gets more than wanted, nothing is wasted, who wants more has no less than others."""
    granted = share_out(wanted, total)
    assert sum(granted) == min(sum(wanted), total)
    assert all(0 <= got <= want for got, want in zip(granted, wanted, strict=True))
    least = min((got for got, want in zip(granted, wanted, strict=True) if got < want), default=0)
    assert all(got <= least + 1 for got, want in zip(granted, wanted, strict=True) if got < want)


RECORDS = st.lists(st.sampled_from(["plain", "warning", "error"]), max_size=40)


def made_of(words: list[str]) -> list[Record]:
    looks = {
        "plain": {"level": Level.INFO},
        "warning": {"level": Level.WARN},
        "error": {"level": Level.ERROR, "error": DECLINED},
    }
    return [record(index, word, **looks[word]) for index, word in enumerate(words)]


@given(RECORDS, st.integers(0, 45))
def test_what_to_look_at_first_is_left_out_last(words: list[str], allowed: int) -> None:
    """As many as are allowed are chosen, in order, and others only where all keys are."""
    records = made_of(words)
    chosen = list(choose(records, (), allowed))
    assert len(chosen) == min(allowed, len(records))
    assert chosen == sorted(set(chosen))
    keys = {i for i, r in enumerate(records) if is_key(r, mentions=False)}
    assert set(chosen) <= keys or keys <= set(chosen)


@pytest.mark.parametrize(
    ("value", "command"),
    [
        ("ord-1", "slsloggrep trace ord-1 --events all -S 'my logs'"),
        ("-x", "slsloggrep trace --events all -S 'my logs' -- -x"),
        ("it's", "slsloggrep trace 'it'\"'\"'s' --events all -S 'my logs'"),
        ("\x1b[2J", ""),
        ("", ""),
        (None, "slsloggrep trace --events all -S 'my logs'"),
    ],
)
def test_commands_can_be_copied_or_are_not_there(value: str | None, command: str) -> None:
    """Quoted for a shell; nothing where the copy would be another thing than it looks."""
    arguments = ("--events", "all", "-S", "my logs")
    assert command_text(("slsloggrep", "trace"), value, arguments) == command


@given(st.lists(st.sampled_from(["a", "A", "a-2", "a-2-2", "", "é", "a b"]), max_size=30))
def test_anchors_never_meet(names: list[str]) -> None:
    """However alike names are, each has an anchor of its own."""
    draft = Draft(report(0, 0), OutlineView())
    anchors = [draft.anchor(name) for name in names]
    assert len(set(anchors)) == len(anchors)
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", anchor) for anchor in anchors)
