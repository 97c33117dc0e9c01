"""API Gateway's lines in a transaction: what they lead to, and what leads to them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from typing import Any

import pytest
from stream_samples import STREAM, T0, TRACE, TRACE_2, A, B, C, document, events, log, report, start
from test_stitch_transactions import members, trace_of
from test_stitch_transactions import served as served_in

from slsloggrep.model import Event, Identifier, IdKind
from slsloggrep.stitch import Assembly

API = "286364ab-3a83-11e9-8dc8-db3cf4c83204"
API_2 = "515f1e99-39db-11e9-9e96-01e5c04505b9"
EXTENDED = "Vwc2MGFUrPEFV_g="
EXTENDED_2 = "Vts2pH6ArPEFcuQ="
GROUP = "API-Gateway-Execution-Logs_uwe3g5jm54/Prod"


def execution_log(
    api_id: str = API,
    *,
    at: int = 0,
    extended: str = EXTENDED,
    served_by: str = A,
    trace: str = TRACE,
    path: str = "{}",
    body: str = "{}",
    stream: str = "e369853df766fa44e1ed0ff613f563bd",
    group: str = GROUP,
    took: int = 60,
) -> list[Event]:
    """Return the lines of one request, worded as in a recorded log."""
    early = [
        f"Extended Request Id: {extended}",
        f"Verifying Usage Plan for request: {api_id}. API Key: API Stage: uwe3g5jm54/Prod",
        f"Starting execution for request: {api_id}",
        "HTTP Method: GET, Resource Path: /orders",
        f"Method request path: {path}",
        f"Method request headers: {{Accept=*/*, X-Amzn-Trace-Id=Root={trace}}}",
        f"Method request body before transformations: {body}",
        f"Endpoint request headers: {{x-amzn-lambda-integration-tag={api_id}, [TRUNCATED]}}",
        "Sending request to https://lambda.eu-west-2.amazonaws.com/2015-03-31/functions/x",
    ]
    root = f"root={trace};sampled=1"
    late = [
        "Received response. Status: 200, Integration latency: 50 ms",
        f"Endpoint response headers: {{x-amzn-RequestId={served_by}, X-Amzn-Trace-Id={root}}}",
        "Successfully completed execution",
        "Method completed with status: 200",
        f"AWS Integration Endpoint RequestId : {served_by}",
        f"X-ray Tracing ID : {trace}",
    ]
    lines = [(at, f"({api_id}) {text}") for text in early]
    lines += [(at + took, f"({api_id}) {text}") for text in late]
    return events(lines, group=group, stream=stream)


def access_log(at: int = 0, **fields: str) -> list[Event]:
    line = document(requestTime="09/May/2025:12:00:00 +0000", httpMethod="GET", **fields)
    return events([(at, line)], group="api-access", stream="0f5d0b1f")


def served(request_id: str, *said: str, **how: Any) -> list[Event]:
    """Return the events of an invocation in an environment of its own."""
    return served_in(request_id, *said, **{"function": f"f-{request_id[0]}"} | how)


def shown(assembly: Assembly) -> list[str]:
    return [record.event.message for record in assembly.transaction.unattributed]


def texts(*groups: Iterable[Event]) -> list[str]:
    return [event.message for event in itertools.chain(*groups)]


LOG = execution_log()
OTHER = execution_log(API_2, at=5, extended=EXTENDED_2, served_by=B, trace=TRACE_2)
ACCESS = access_log(60, requestId=API, extendedRequestId=EXTENDED, status="200")


@pytest.mark.parametrize("typed", [API, API.upper(), EXTENDED])
def test_an_api_request_leads_to_the_invocation_that_served_it(typed: str) -> None:
    """By its ID or the extended one: all of its lines in both logs, and the Lambda request."""
    assembly = trace_of(typed, LOG, OTHER, ACCESS, served(A, at=10), served(B, at=15))
    assert members(assembly) == [(A, 1)]
    assert shown(assembly) == texts(LOG, ACCESS)
    (evidence,) = assembly.transaction.members[0].joined_by
    assert evidence.identifier == Identifier(IdKind.REQUEST_ID, A)
    assert evidence.event in LOG
    assert not assembly.transaction.hops_cut


def test_one_line_that_mentions_the_subject_brings_all_lines_and_the_invocation() -> None:
    """The path names the order; other lines of the request name the Lambda request."""
    lines = execution_log(path="{order=ord-12}")
    assembly = trace_of("ord-12", lines, OTHER, served(A, at=10), served(B, at=15), max_hops=0)
    assert members(assembly) == [(A, 1)]
    assert shown(assembly) == texts(lines)
    assert len(assembly.transaction.unattributed_mentions) == 1


def test_what_is_not_at_hand_yet_is_searched_for() -> None:
    """One line is found: the rest of the request comes by the API request's ID, if it is one."""
    line = [event for event in execution_log(path="{order=ord-12}") if "ord-12" in event.message]
    assembly = trace_of("ord-12", line)
    assert assembly.follow == (Identifier(IdKind.API_REQUEST_ID, API),)
    assert Identifier(IdKind.API_REQUEST_ID, API) in assembly.transaction.identifiers
    found = trace_of("ord-12", execution_log(path="{order=ord-12}"))
    assert set(found.follow) == {
        Identifier(IdKind.REQUEST_ID, A), Identifier(IdKind.API_REQUEST_ID, API),
        Identifier(IdKind.XRAY_TRACE_ID, TRACE),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "said", "trace"),
    [(A, "x\n", ""), ("ord-12", "ord-12\n", ""), (TRACE, "x\n", TRACE)],
)
def test_a_member_brings_the_api_request_that_it_served(typed: str, said: str, trace: str) -> None:
    """By its Lambda request ID, by a business key that it logs, by the trace."""
    assembly = trace_of(
        typed, LOG, OTHER, ACCESS, served(A, said, at=10, trace=trace), served(B, at=15)
    )
    assert members(assembly) == [(A, 1)]
    assert shown(assembly) == texts(LOG, ACCESS)


def test_a_members_request_id_brings_the_lines_even_without_hops() -> None:
    """They are of the same request; a trace ID is followed by a hop only."""
    quiet = execution_log(served_by="-", trace=TRACE)
    assembly = trace_of("ord-12", LOG, served(A, "ord-12\n", at=10), max_hops=0)
    assert shown(assembly) == texts(LOG)
    traced = (quiet, served(A, "ord-12\n", at=10, trace=TRACE))
    assert shown(trace_of("ord-12", *traced, max_hops=1)) == texts(quiet)
    cut = trace_of("ord-12", *traced, max_hops=0)
    assert shown(cut) == []
    assert cut.transaction.hops_cut


@pytest.mark.parametrize(
    "bridge",
    [
        {"awsEndpointRequestId": A},
        {"integrationRequestId": A},
        {"integration.requestId": A},
        {"xrayTraceId": TRACE},
    ],
)
@pytest.mark.parametrize("typed", ["JKJaXmPLvHcESHA=", A, "ord-12"])
def test_an_access_log_alone_is_enough(bridge: dict[str, str], typed: str) -> None:
    """HTTP APIs have no execution log."""
    lines = access_log(requestId="JKJaXmPLvHcESHA=", status="200", **bridge)
    other = access_log(1, requestId="JKJaXmPLvHcESHB=", integrationRequestId=B, status="200")
    assembly = trace_of(
        typed, lines, other, served(A, "ord-12\n", at=10, trace=TRACE), served(B, at=12)
    )
    assert members(assembly) == [(A, 1)]
    assert shown(assembly) == texts(lines)


LOGGED = [
    document(level="INFO", message="x", apiRequestId=API),
    document(level="INFO", message="x", correlation_id=API),
    document(level="INFO", event={"requestContext": {"requestId": API}}),
    document(level="INFO", event={"requestContext": {"extendedRequestId": EXTENDED}}),
]


@pytest.mark.parametrize("said", LOGGED)
def test_the_api_requests_id_in_a_functions_log(said: str) -> None:
    """The gateway names no Lambda request; the function logs the API request that it serves."""
    quiet = execution_log(served_by="-", trace=TRACE_2, path="{order=ord-12}")
    assembly = trace_of("ord-12", quiet, served(A, said, at=10), served(B, at=20))
    assert members(assembly) == [(A, 1)]
    (evidence,) = assembly.transaction.members[0].joined_by
    assert evidence.identifier.value in (API, EXTENDED)
    assert evidence.event in served(A, said, at=10)


@pytest.mark.parametrize("said", [LOGGED[0], LOGGED[2], LOGGED[3]])
def test_a_function_leads_to_the_api_request_that_it_logs(said: str) -> None:
    """The other way: and the ID is searched for, though nothing of the gateway is there yet."""
    quiet = execution_log(served_by="-")
    assembly = trace_of(A, quiet, OTHER, served(A, said, at=10))
    assert shown(assembly) == texts(quiet)
    alone = trace_of(A, served(A, said, at=10))
    assert {i.kind for i in alone.follow} == {IdKind.REQUEST_ID, IdKind.API_REQUEST_ID}


def test_an_opaque_correlation_id_may_be_an_http_apis_request() -> None:
    """Powertools takes `requestContext.requestId` for the correlation ID; HTTP APIs have `…=`."""
    said = document(level="INFO", correlation_id="JKJaXmPLvHcESHA=")
    lines = access_log(requestId="JKJaXmPLvHcESHA=", status="200")
    assert shown(trace_of(A, lines, served(A, said, at=10))) == texts(lines)
    plain = trace_of(A, served(A, document(level="INFO", correlation_id=API)))
    assert plain.follow == (Identifier(IdKind.REQUEST_ID, A),)


def test_functions_that_log_the_same_api_request_are_joined_by_the_gateways_word_only() -> None:
    """Clients may choose the ID: without a log that shows one request, it says too little."""
    said = document(level="INFO", apiRequestId=API)
    pair = (served(A, said, "ord-12\n", at=10), served(B, said, at=20, function="authorise"))
    assert members(trace_of("ord-12", *pair)) == [(A, 1)]
    assert members(trace_of("ord-12", LOG, *pair)) == [(A, 1), (B, 1)]


def test_who_ships_the_gateways_logs_is_no_part_of_what_it_ships() -> None:
    """It shows many API requests' IDs."""
    said = [document(level="INFO", message="x", apiRequestId=each) for each in (API, API_2)]
    assembly = trace_of("ord-12", execution_log(path="{o=ord-12}"), served(C, *said, at=90))
    assert members(assembly) == []


# An ID that the client chose, used for two requests.
TWICE = (
    execution_log(path="{order=ord-12}"),
    execution_log(at=2000, extended=EXTENDED_2, served_by=B, trace=TRACE_2),
)


def test_a_reused_id_welds_no_strangers() -> None:
    """One request after the other in a stream: each has its own extended ID and lines."""
    invocations = (served(A, at=10), served(B, at=2010))
    for typed, request, lines in (("ord-12", A, TWICE[0]), (B, B, TWICE[1])):
        assembly = trace_of(typed, *TWICE, *invocations)
        assert members(assembly) == [(request, 1)]
        assert shown(assembly) == texts(lines)
        assert API not in {i.value for i in assembly.follow}


def test_a_reused_id_needs_a_pause_between_its_requests() -> None:
    """The last lines of one may come after the first of the next."""
    close = (TWICE[0], execution_log(at=100, extended=EXTENDED_2, served_by=B, trace=TRACE_2))
    assembly = trace_of("ord-12", *close, served(A, at=10), served(B, at=110))
    assert members(assembly) == []


def test_a_reused_id_typed_finds_all_that_used_it() -> None:
    """Whoever types it means it."""
    assembly = trace_of(API, *TWICE, served(A, at=10), served(B, at=2010))
    assert members(assembly) == [(A, 1), (B, 1)]
    assert shown(assembly) == texts(*TWICE)


def test_requests_that_reuse_an_id_at_the_same_time_are_not_guessed_at() -> None:
    """Their lines run into each other: only what a line says itself counts."""
    mixed = (TWICE[0], execution_log(at=20, extended=EXTENDED_2, served_by=B, trace=TRACE_2))
    assembly = trace_of("ord-12", *mixed, served(A, at=10), served(B, at=30))
    assert members(assembly) == []
    assert shown(assembly) == [m for m in texts(*mixed) if "ord-12" in m]
    member = trace_of(A, *mixed, served(A, at=10), served(B, at=30))
    assert members(member) == [(A, 1)]
    assert shown(member) == [m for m in texts(*mixed) if A in m or TRACE in m]


def test_a_reused_id_in_two_streams_two_groups_or_two_access_lines() -> None:
    """Each is a sign that more than one request had it; the extended ID still joins."""
    for other in (
        {"stream": "another"},
        {"group": "API-Gateway-Execution-Logs_other/Prod"},
        {"at": 30 * 60_000},
    ):
        late = execution_log(
            **{"at": 2000, "extended": EXTENDED_2, "served_by": B, "trace": TRACE_2} | other
        )  # type: ignore[arg-type]
        assembly = trace_of("ord-12", TWICE[0], late, ACCESS, served(A, at=10), served(B, at=2010))
        assert members(assembly) == [(A, 1)]
        assert shown(assembly) == texts(TWICE[0], ACCESS)
    again = access_log(70, requestId=API, extendedRequestId=EXTENDED_2, status="200")
    assembly = trace_of("ord-12", TWICE[0], ACCESS, again, served(A, at=10))
    assert shown(assembly) == texts(TWICE[0], ACCESS)


def test_a_reused_id_in_functions_logs_joins_nothing() -> None:
    """The gateway's lines tell that it was used twice."""
    said = document(level="INFO", apiRequestId=API)
    assembly = trace_of(
        "ord-12", *TWICE, served(A, at=10), served(B, said, at=2010), served(C, said, at=3000)
    )
    assert members(assembly) == [(A, 1)]


def test_ids_in_what_was_sent_lead_nowhere() -> None:
    """A body that names another request and another trace is data."""
    lines = execution_log(path="{o=ord-12}", body=f'{{"requestId":"{B}","t":"{TRACE_2}"}}')
    assembly = trace_of(
        "ord-12", lines, served(A, at=10), served(B, at=20), served(C, at=30, trace=TRACE_2)
    )
    assert members(assembly) == [(A, 1)]
    other = trace_of(B, lines, served(A, at=10), served(B, at=20))
    assert members(other) == [(A, 1), (B, 1)]


def test_a_request_that_speaks_of_several_still_had_one_invocation() -> None:
    """Two orders in a body: the invocation belongs, the trace of it is not followed."""
    lines = execution_log(body='["ord-12","ord-13"]')
    assembly = trace_of("ord-12", lines, served(A, at=10), served(B, at=20, trace=TRACE))
    assert members(assembly) == [(A, 1)]


def test_what_the_gateway_leads_to_costs_hops() -> None:
    """From the member to its API request no hop; from there along its trace, one."""
    groups = (LOG, served(A, "ord-12\n", at=10), served(B, at=20, trace=TRACE))
    assert members(trace_of("ord-12", *groups, max_hops=1)) == [(A, 1), (B, 1)]
    cut = trace_of("ord-12", *groups, max_hops=0)
    assert (members(cut), cut.transaction.hops_cut) == ([(A, 1)], True)


def test_a_lambda_that_calls_an_api_leads_to_its_lines() -> None:
    """The caller logs the API request's ID out of the response's headers."""
    said = log(A, f"the API answered 200 apigw_request_id={API}")
    inner = execution_log(served_by=B, trace=TRACE_2)
    assembly = trace_of("ord-12", served(A, "ord-12\n", said), inner, served(B, at=20))
    assert members(assembly) == [(A, 1), (B, 1)]


def test_an_edge_function_is_a_function_in_whatever_region_it_ran() -> None:
    """`us-east-1.NAME`: attempts are counted across streams; the function's name is plain."""
    group = "/aws/lambda/us-east-1.viewer"
    cf = "MRVMF7KydIvxMWfJIglgwHQwZsbG2IhRJ07sn9AkKUFSHS9EXAMPLE=="
    event = document(Records=[{"cf": {"config": {"requestId": cf}}}])
    near = [(0, start(A)), (1, event + "\n"), (5, report(A))]
    far = [(20, start(A)), (25, report(A))]
    other = [(7, start(B)), (8, event.replace("MRVM", "NRVM") + "\n"), (9, report(B))]
    groups = (
        events(near, group=group, stream=STREAM),
        events(far, group=group, stream=STREAM[:-1] + "7"),
        events(other, group=group, stream=STREAM[:-1] + "8"),
    )
    for typed in (cf, A):
        assembly = trace_of(typed, *groups)
        assert members(assembly) == [(A, 1), (A, 2)]
        assert {m.invocation.function for m in assembly.transaction.members} == {"viewer"}


def test_shuffled_events_give_the_same_transaction() -> None:
    """Requests that reuse an ID included."""
    found = [
        event
        for group in (*TWICE, OTHER, ACCESS, served(A, LOGGED[0], at=10), served(B, at=2010))
        for event in group
    ]
    expected = trace_of("ord-12", found)
    for seed in range(5):
        random.Random(seed).shuffle(found)
        assert trace_of("ord-12", found) == expected


def test_the_times_of_the_gateways_lines_are_the_transactions() -> None:
    """A search nearby starts from them."""
    transaction = trace_of(A, LOG, served(A, at=10)).transaction
    assert (transaction.start, transaction.end) == (T0, T0 + 60)


def test_an_api_request_that_a_batch_served_leads_no_further() -> None:
    """The gateway logs no bodies: that the request was of two orders, the function tells."""
    batch = served(A, "order ord-12\n", "order ord-13\n", at=10, trace=TRACE)
    along = served(B, LOGGED[1], at=20, trace=TRACE)
    assembly = trace_of("ord-12", LOG, batch, along)
    assert members(assembly) == [(A, 1)]
    assert shown(assembly) == texts(LOG)
