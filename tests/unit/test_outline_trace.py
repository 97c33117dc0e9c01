"""A transaction in an outline: what became of it, what each invocation was, what ran after what."""

from __future__ import annotations

from dataclasses import replace

import pytest
import report_samples as samples
from outline_walk import (
    anchors_of,
    blocks_of,
    facts,
    lead,
    logs_of,
    sections_of,
    table,
    text,
    values,
)
from shown_samples import ORDER, T0, checkout, invocation, member, record

from slsloggrep.model import (
    ErrorInfo,
    Level,
    Member,
    Record,
    Report,
    ReportKind,
    Status,
    Transaction,
)
from slsloggrep.model.outlines import (
    Cut,
    Outline,
    Paragraph,
    Points,
    Run,
    Sequence,
    Tone,
    Waterfall,
)
from slsloggrep.outline import OutlineView, outline
from slsloggrep.outline.logs import text_of

CARD = "22222222-2222-4222-8222-222222222222"


def report(transaction: Transaction) -> Report:
    return Report(
        kind=ReportKind.TRACE,
        subject=transaction.id,
        question="slsloggrep report trace ord-8841",
        made_at=T0,
        program="test",
        transactions=(transaction,),
        coverage=samples.trace_report().coverage,
    )


def shown(transaction: Transaction) -> Outline:
    return outline(report(transaction), OutlineView())


def of(*members: Member) -> Transaction:
    return Transaction(id="ord-8841", identifiers=(ORDER,), members=members)


def call(function: str, offset: int, duration: int, *inner: Record, attempt: int = 1) -> Member:
    request = f"{function}-1111-4111-8111-111111111111"
    return member(invocation(function, request, offset, duration, *inner), attempt=attempt)


def failing(function: str, offset: int, attempt: int = 1, status: Status = Status.ERROR) -> Member:
    request = f"{function}-1111-4111-8111-111111111111"
    ok = status is Status.OK
    made = invocation(
        function,
        request,
        offset,
        100,
        status=status,
        error_type=None if ok else "Declined",
        error_message=None if ok else "card expired",
    )
    return member(made, attempt=attempt)


def test_what_failed_first_is_told_with_when_and_why() -> None:
    """Function, time from the beginning, error; and a link to the invocation."""
    made = shown(checkout())
    assert made.tone is Tone.BAD
    assert lead(made)[:2] == [
        (
            "Transaction ord-8841 failed (timeout): 2 m 05 s from first to last, "
            "3 invocations of 2 functions, 1 retry among them."
        ),
        "First charge-card failed with an error, +2.000s: Declined: card expired.",
    ]
    (link,) = (span.anchor for span in made.lead[1] if span.anchor)
    (run,) = (run for run in blocks_of(made, Run) if run.anchor == link)
    assert (run.function, run.request_id) == ("charge-card", CARD)
    assert run.open


def test_the_warning_before_is_told() -> None:
    """What another invocation warned of before often tells why."""
    told = lead(shown(checkout()))
    assert "Before that checkout had warned, +0.050s: stock is low" in told


@pytest.mark.parametrize(
    ("last", "sentence", "tone"),
    [
        (Status.OK, "pay was tried 2 times: the last attempt ended well.", Tone.GOOD),
        (Status.TIMEOUT, "pay was tried 2 times: every attempt failed.", Tone.BAD),
        (
            Status.INCOMPLETE,
            "pay was tried 2 times: no end of the last attempt was seen.",
            Tone.NOTABLE,
        ),
    ],
)
def test_it_is_told_whether_a_retry_healed_it(last: Status, sentence: str, tone: Tone) -> None:
    """A failure that a later attempt healed is no failure of the whole."""
    made = shown(of(failing("pay", 0), failing("pay", 5000, 2, last)))
    assert sentence in lead(made)
    assert made.tone is tone


def test_a_failure_without_a_retry_is_told() -> None:
    """Nobody has to look for an attempt that there was not."""
    told = lead(shown(of(failing("pay", 0))))
    assert "pay was not tried again, as far as the logs tell." in told


def test_a_transaction_that_ended_well_says_so() -> None:
    """And nothing else: no failure, no warning, nothing open."""
    made = shown(of(call("a", 0, 100), call("b", 20, 50)))
    assert made.tone is Tone.GOOD
    assert lead(made) == [
        "Transaction ord-8841 ended well: 100 ms from first to last, 2 invocations of 2 functions."
    ]
    assert "failed" not in anchors_of(made)


def test_nothing_found_is_an_answer_that_can_be_trusted() -> None:
    """It says whether everything was read."""
    whole = samples.empty_report()
    assert lead(outline(whole, OutlineView())) == [
        "Nothing was found of ord-99999; everything that was asked for was read."
    ]
    partial = replace(whole, coverage=(samples.GAPS,))
    first, *_ = lead(outline(partial, OutlineView()))
    assert first == "Nothing was found of ord-99999; not all was read."


def test_records_of_no_invocation_are_shown_and_told() -> None:
    """They stand in a log of their own, with their place, and the answer counts them."""
    made = shown(checkout())
    told = "1 record may belong to it, but to no invocation that could be told."
    assert told in lead(made)
    log = next(log for log in logs_of(made) if log.marks[0].place)
    assert [(m.place, m.text, m.mentions) for m in log.marks] == [
        ("/aws/lambda/proxy", "gateway: ord-8841 -> 402", True)
    ]


def test_hops_that_were_not_followed_are_told() -> None:
    """There may be more: that stands in the answer."""
    told = lead(shown(replace(checkout(), hops_cut=True)))
    assert any("Trace IDs lead further" in sentence for sentence in told)


def test_an_invocation_has_its_facts() -> None:
    """All that is known of it: figures, response, place, and the evidence that joined it."""
    runs = blocks_of(shown(checkout()), Run)
    assert text(runs[0].title) == "checkout · ok · 1.00 s"
    assert facts(runs[0].facts) == {
        "request": "11111111-1111-4111-8111-111111111111",
        "started": "2026-11-23T17:00:00.123Z",
        "duration": "1.00 s",
        "init": "cold start 400 ms",
        "memory": "91 of 256 MB",
        "response": '{"statusCode":202,"body":"pending"}',
        "log": "/aws/lambda/checkout 2026/11/23/[$LATEST]aa11",
        "joined by": "correlation_id ord-8841 at +0.003s",
    }
    assert text(runs[2].title) == "charge-card · attempt 2 of 2 · timeout · 3.00 s"
    last = facts(runs[2].facts)
    assert last["attempt"] == "2 of 2"
    assert last["started"] == "2026-11-23T17:02:02.123Z (+2m02.000s)"
    assert last["error"] == "Task timed out after 3.00 seconds"


def test_key_records_are_marked() -> None:
    """Warnings, what the platform states, what mentions the ID; each with its tone."""
    log = blocks_of(shown(checkout()), Run)[0].log
    assert [(m.text, m.level, m.key, m.mentions, m.tone) for m in log.marks] == [
        ("START version $LATEST", "", True, False, Tone.FAINT),
        ("order ord-8841 received", "INFO", True, True, Tone.PLAIN),
        ("cache miss", "DEBUG", False, False, Tone.FAINT),
        ("stock is low", "WARN", True, False, Tone.NOTABLE),
        ("REPORT 1.00 s, memory 91 of 256 MB, init 400 ms", "", True, False, Tone.FAINT),
    ]
    assert [m.time for m in log.marks[:2]] == ["+0.000s", "+0.003s"]


def test_a_record_says_its_fields_and_its_error() -> None:
    """What the text does not say already."""
    error = ErrorInfo(type="E", message="broken", stack=("at f (a.js:1)",))
    made = record(0, "oh no", fields={"sku": "A 1", "level": "x"}, error=error, level=Level.ERROR)
    assert text_of(made) == 'oh no sku="A 1"\nE: broken\n  at f (a.js:1)'


def test_failures_are_listed_first() -> None:
    """In order of time, each with its attempt, its status and its error."""
    made = shown(checkout())
    assert next(sections_of(made)).anchor == "failed"
    points = blocks_of(made, Points)[0]
    assert [text(line) for line in points.lines] == [
        "+2.000s charge-card · attempt 1 of 2 · error · 900 ms: Declined: card expired",
        (
            "+2m05.000s charge-card · attempt 2 of 2 · timeout · 3.00 s: "
            "Task timed out after 3.00 seconds"
        ),
    ]


def test_pauses_are_cut_out_of_the_axis_and_stated() -> None:
    """A retry two minutes later leaves the first attempts their shape."""
    (chart,) = blocks_of(shown(checkout()), Waterfall)
    assert [bar.label for bar in chart.bars] == ["checkout", "charge-card", "charge-card #2"]
    assert (chart.start, chart.end) == ("-0.400s", "+2m05.000s")
    assert chart.bars[0].since == 0
    assert chart.bars[0].run > 0
    assert chart.bars[2].until == 1
    (cut,) = chart.cuts
    assert isinstance(cut, Cut)
    assert cut.length == "2 m 00 s"
    assert chart.bars[1].until == cut.left
    assert chart.bars[2].run == cut.right


def test_the_order_of_work_is_by_time() -> None:
    """From what was running, without that from what ended last; another attempt by itself."""
    members = (
        call("api", 0, 1000),
        call("price", 100, 50),
        call("pay", 200, 500),
        call("mail", 2000, 50),
        call("mail", 9000, 50, attempt=2),
    )
    made = shown(of(*members))
    (sequence,) = blocks_of(made, Sequence)
    assert sequence.participants == ("api", "price", "pay", "mail")
    arrows = [(step.source, step.target) for step in sequence.steps]
    assert arrows == [(0, 0), (0, 1), (0, 2), (0, 3), (3, 3)]
    assert sequence.steps[4].text == "+9.000s, attempt 2, 50 ms, ok"


def test_one_invocation_is_no_sequence() -> None:
    """A diagram of one participant says nothing."""
    assert not blocks_of(shown(of(call("api", 0, 10))), Sequence)


def test_the_demo_is_understood() -> None:
    """The order that is never shipped: what failed, why, and that every retry failed, too."""
    made = outline(samples.trace_report(), OutlineView())
    told = lead(made)
    assert "failed (error)" in told[0]
    assert "shop-shipping-label failed with an error" in told[1]
    assert "shop-inventory-reserve had warned" in told[2]
    assert "No dimensions on file for LMP-0417" in told[2]
    assert told[3] == "shop-shipping-label was tried 3 times: every attempt failed."
    assert any(text(p.line).startswith("API request") for p in blocks_of(made, Paragraph))
    assert all(len(run.links) == 2 for run in blocks_of(made, Run))
    assert sum(values(table(made, "timeline"), "status").count(s) for s in ("ok", "error")) == 8


def test_several_transactions_are_sections_of_their_own() -> None:
    """Each has its story, and nothing of one leads into the other."""
    other = replace(checkout(), id="ord-2")
    whole = replace(report(checkout()), transactions=(checkout(), other))
    made = outline(whole, OutlineView())
    names = [text(section.title) for section in made.sections]
    assert names[:2] == ["ord-8841", "ord-2"]
    assert {"t1-timeline", "transaction-ord-8841"} <= set(anchors_of(made))


def test_who_was_called_fails_before_who_called() -> None:
    """What failed first is told by its end: the caller began earlier and failed later."""
    caller = member(
        invocation("api", "api-1", 0, 1000, status=Status.ERROR, error_message="502 from pay")
    )
    called = member(
        invocation("pay", "pay-1", 100, 500, status=Status.ERROR, error_message="card expired")
    )
    made = shown(of(caller, called))
    assert lead(made)[1] == "First pay failed with an error, +0.600s: card expired."
    points = blocks_of(made, Points)[0]
    assert [text(line).split()[1] for line in points.lines] == ["pay", "api"]
    assert [run.function for run in blocks_of(made, Run) if run.open] == ["pay"]
