"""API requests and executions on the page, apart from what no invocation could be told for."""

from __future__ import annotations

import pytest
from shown_samples import show
from stream_samples import TRACE, A, B, document, events
from test_stitch_executions import ORDER, mapped, succeeded
from test_stitch_gateway import ACCESS, API, OTHER, execution_log, served
from test_stitch_transactions import trace_of

from slsloggrep.export.trace import trace_document
from slsloggrep.model import Event
from slsloggrep.outline.services import tell_runs
from slsloggrep.render import trace as page_of_trace
from slsloggrep.render.trace import TraceView, render_trace

LINES = execution_log(path="{order=ord-12}")


def page(
    subject: str,
    *groups: list[Event],
    shown: page_of_trace.Events = "key",
    width: int = 200,
    id_keys: tuple[str, ...] = (),
) -> str:
    transaction = trace_of(subject, *groups, id_keys=id_keys).transaction
    return show(render_trace(transaction, (), TraceView(events=shown)), width)


def test_an_api_request_is_a_section_of_its_own() -> None:
    """Its ID, how it ended and how long it took; of its lines those that say most."""
    text = page("ord-12", LINES, ACCESS, served(A, at=10))
    root = f"root={TRACE};sampled=1"
    assert (
        text[text.index("Other services") :]
        == f"""\
Other services: 1 API request, 16 records (1 mentions the transaction)
API request {API}, status 200, 60 ms
  API-Gateway-Execution-Logs_uwe3g5jm54/Prod e369853df766fa44e1ed0ff613f563bd
  +0.000s         Method request path: {{order=ord-12}}
  +0.060s         Endpoint response headers: {{x-amzn-RequestId={A}, X-Amzn-Trace-Id={root}}}
  +0.060s         Method completed with status: 200
  +0.060s         AWS Integration Endpoint RequestId : {A}
  api-access 0f5d0b1f
  +0.060s         {ACCESS[0].message}

11 more records not shown: --events all
"""
    )


def test_a_single_line_takes_no_time() -> None:
    """An access log's only line is not said to have taken none."""
    text = page(API, ACCESS)
    assert f"API request {API}, status 200\n" in text


def test_an_execution_is_a_section_of_its_own() -> None:
    """State machine and execution, its end, its failures, and the functions' requests."""
    text = page("ord-12", ORDER, served(A, at=2), served(B, at=6))
    section = text[text.index("execution shop:d0dbefd8") :].splitlines()
    assert section[0].endswith(", failed, 8 ms")
    assert section[2:] == [
        "  +0.000s         ExecutionStarted",
        f"  +0.003s         TaskSucceeded request {A}",
        "  +0.007s  ERROR  LambdaFunctionFailed Sold no",
        "  +0.008s  ERROR  ExecutionFailed Sold",
        "",
        "5 more records not shown: --events all",
    ]


def test_runs_stand_in_order_of_time_and_are_counted() -> None:
    """Several at once, whatever their log groups are called."""
    text = page("ord-12", LINES, ORDER, OTHER, served(A, at=2), served(B, at=6))
    assert "Other services: 2 API requests and 1 execution, 39 records" in text
    titles = [line for line in text.splitlines() if line.startswith(("API request", "execution "))]
    assert [title.split()[0] for title in titles] == ["API", "execution", "API"]
    assert "Unattributed" not in text


@pytest.mark.parametrize(("shown", "lines"), [("all", 15), ("none", 0)])
def test_all_or_none_of_their_records(shown: page_of_trace.Events, lines: int) -> None:
    """As of invocations; what is left out is counted."""
    text = page("ord-12", LINES, served(A, at=10), shown=shown)
    assert "Other services: 1 API request, 15 records" in text
    words = ("Extended Request", "Verifying", "Received", "X-ray Tracing", "Sending request")
    assert sum(word in text for word in words) == (5 if lines else 0)
    assert ("more records not shown" in text) is not bool(lines)


def test_what_no_invocation_could_be_told_for_stays_apart() -> None:
    """A dead letter is no run."""
    letter = events([(99, "ord-12 was lost\n")], group="/dead", stream="letters")
    text = page("ord-12", LINES, letter, served(A, at=10))
    assert "Unattributed: 1 record mentions the transaction, but no invocation" in text
    assert text.index("Other services") < text.index("Unattributed")


def test_the_page_fits_a_narrow_terminal() -> None:
    """Long IDs and header lines are wrapped, not cut."""
    text = page("ord-12", LINES, ORDER, served(A, at=10), width=60)
    assert all(len(line) <= 60 for line in text.splitlines())


def test_a_run_is_told_from_the_lines_of_others() -> None:
    """By what each line names; others stay in order."""
    transaction = trace_of("ord-12", LINES, ORDER, served(A, at=2)).transaction
    runs, others = tell_runs(transaction.unattributed)
    assert [len(run.records) for run in runs] == [15, 9]
    assert others == ()


def test_a_run_in_json() -> None:
    """Each record of no invocation says which run it is a line of; null: of none."""
    letter = events([(99, "ord-12 was lost\n")], group="/dead", stream="letters")
    transaction = trace_of("ord-12", LINES, letter).transaction
    found = trace_document(transaction, ())["transaction"]["unattributed"]
    runs = [record["run"] for record in found]
    assert runs == [None, *[{"kind": "api_request_id", "value": API}] * 15]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (document(level="INFO", order_id="ord-12"), "order_id"),
        (document(level="INFO", message={"order": {"id": "ord-12"}}), "message.order.id"),
        (
            document(level="INFO", message='{"detail":{"orderId":"ord-12"}}'),
            "message.detail.orderId",
        ),
        (document(level="INFO", items=[{"sku": 1}, {"ref": "ord-12"}]), "items.ref"),
        ("paying order_id=ord-12 now\n", "order_id"),
        ("orderId: 'ord-12'\n", "orderId"),
    ],
)
def test_evidence_is_called_by_its_key(said: str, field: str) -> None:
    """`joined by order_id` says more than `joined by text`; JSON has both."""
    text = page("ord-12", served(A, said))
    assert f"joined by {field} · request" in text
    assert f"joined by  {field} ord-12" in text
    transaction = trace_of("ord-12", served(A, said)).transaction
    (joined,) = trace_document(transaction, ())["transaction"]["invocations"][0]["joined_by"]
    assert (joined["kind"], joined["value"], joined["field"]) == ("text", "ord-12", field)


@pytest.mark.parametrize("said", ["paying ord-12 now\n", document(level="INFO", m="pay ord-12!")])
def test_evidence_without_a_key_is_a_text(said: str) -> None:
    """A token in a sentence has no name."""
    assert "joined by text · request" in page("ord-12", served(A, said))
    transaction = trace_of("ord-12", served(A, said)).transaction
    (joined,) = trace_document(transaction, ())["transaction"]["invocations"][0]["joined_by"]
    assert joined["field"] is None


def test_a_configured_key_is_called_by_its_name() -> None:
    """`--id-key orderId`: the kind is `key`, the page says which."""
    text = page("17", served(A, document(level="INFO", orderId="17")), id_keys=("orderId",))
    assert "joined by orderId · request" in text


def test_a_batch_shows_its_part_only() -> None:
    """What an execution did for others is not on the page."""
    batch = mapped([{"id": f"ord-{n}"} for n in (12, 13)], [succeeded(A), succeeded(B)])
    text = page("ord-12", batch, served(A), served(B), shown="all")
    assert A in text
    assert B not in text
