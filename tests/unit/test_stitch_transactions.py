"""Which invocations make a transaction, and why."""

import json
from dataclasses import replace

import pytest
from stream_samples import (
    STREAM,
    T0,
    TRACE,
    TRACE_2,
    A,
    B,
    C,
    document,
    events,
    log,
    parse,
    report,
    start,
)

from slsloggrep.model import Identifier, IdKind, Status
from slsloggrep.parse import recognise
from slsloggrep.stitch import assemble, stitch

D = "dddddddd-0000-4000-8000-00000000000d"


def served(request_id, *said, at=0, trace="", function="pay", stream=STREAM, **figures):
    """Return the events of one invocation that says some things."""
    lines = [
        (at, start(request_id)),
        *((at + 1 + n, text) for n, text in enumerate(said)),
        (at + 50, report(request_id, trace=trace, **figures)),
    ]
    return events(lines, group=f"/aws/lambda/{function}", stream=stream)


def trace_of(subject, *groups, max_hops=8, id_keys=()):
    found = [event for group in groups for event in group]
    return assemble(recognise(subject), stitch(parse(found, *id_keys)), max_hops=max_hops)


def members(assembly):
    return [(m.invocation.request_id, m.attempt) for m in assembly.transaction.members]


def check_evidence(assembly):
    for member in assembly.transaction.members:
        assert member.joined_by
        for evidence in member.joined_by:
            identifiers = parse([evidence.event])[0].identifiers
            keys = {i.join_key for i in identifiers}
            value = evidence.identifier.value.lower()
            assert evidence.identifier.join_key in keys or value in evidence.event.message.lower()


def test_whoever_mentions_the_subject_as_a_whole_token_is_a_member():
    """`ord-12` is not found in `ord-123`, and is found inside JSON and paths."""
    assembly = trace_of(
        "ord-12",
        served(A, log(A, "order ord-12 came")),
        served(B, log(B, "order ord-123 came"), at=100),
        served(C, document(level="INFO", path="/orders/ord-12/items"), at=200),
        served(D, log(D, "xord-12 ord-12-3"), at=300),
    )
    assert members(assembly) == [(A, 1), (C, 1)]
    check_evidence(assembly)
    first = assembly.transaction.members[0]
    assert first.mentions == {1}
    assert first.joined_by[0].event == first.invocation.records[1].event
    assert first.joined_by[0].identifier == Identifier(IdKind.TEXT, "ord-12")


def test_the_evidence_has_the_kind_of_its_key():
    """A correlation ID that the user typed is shown as what the log calls it."""
    assembly = trace_of("ord-12", served(A, document(level="INFO", correlation_id="ord-12")))
    (member,) = assembly.transaction.members
    assert member.joined_by[0].identifier == Identifier(IdKind.CORRELATION_ID, "ord-12")
    assert Identifier(IdKind.TEXT, "ord-12") in assembly.transaction.identifiers


@pytest.mark.parametrize("typed", [A, A.upper(), f'"{A}"', f"requestId: {A}"])
def test_a_request_id_finds_its_invocation(typed):
    """However it was pasted."""
    assembly = trace_of(typed, served(A), served(B, at=100))
    assert members(assembly) == [(A, 1)]
    (member,) = assembly.transaction.members
    assert member.joined_by[0].event == member.invocation.records[0].event
    assert member.joined_by[0].identifier == Identifier(IdKind.REQUEST_ID, A)


def test_every_attempt_belongs_and_is_numbered():
    """Only the second attempt mentions the subject; the retry may run in another environment."""
    other = STREAM[:-1] + "2"
    assembly = trace_of(
        "ord-12",
        served(A, "", at=0, status="timeout"),
        served(A, log(A, "ord-12"), at=60_000),
        served(A, "", at=180_000, stream=other),
        served(B, at=190_000),
    )
    assert members(assembly) == [(A, 1), (A, 2), (A, 3)]
    assert [m.joined_by[0].identifier.kind for m in assembly.transaction.members] == [
        IdKind.REQUEST_ID,
        IdKind.TEXT,
        IdKind.REQUEST_ID,
    ]
    assert assembly.transaction.status is Status.OK
    check_evidence(assembly)


def test_a_trace_that_a_member_reveals_is_followed():
    """REPORT's XRAY line of both joins them; the stranger stays outside."""
    assembly = trace_of(
        "ord-12",
        served(A, log(A, "ord-12"), trace=TRACE),
        served(B, at=100, trace=TRACE, function="mail"),
        served(C, at=200, trace=TRACE_2),
    )
    assert members(assembly) == [(A, 1), (B, 1)]
    joined = assembly.transaction.members[1]
    assert joined.joined_by[0].identifier == Identifier(IdKind.XRAY_TRACE_ID, TRACE)
    assert joined.joined_by[0].event == joined.invocation.records[-1].event
    assert joined.mentions == frozenset()
    assert not assembly.transaction.hops_cut
    assert set(assembly.follow) == {
        Identifier(IdKind.REQUEST_ID, A),
        Identifier(IdKind.REQUEST_ID, B),
        Identifier(IdKind.XRAY_TRACE_ID, TRACE),
    }
    check_evidence(assembly)


def test_xray_and_w3c_spellings_are_one():
    """`1-<8>-<24>` and 32 digits mean the same trace, typed or revealed."""
    digits = TRACE[2:].replace("-", "")
    said = document(level="INFO", message="x", trace_id=digits)
    header = document(level="INFO", headers={"traceparent": f"00-{digits}-0123456789abcdef-01"})
    groups = (
        served(A, log(A, "ord-12"), trace=TRACE),
        served(B, said, at=100, function="mail"),
        served(C, header, at=200, function="ship"),
    )
    followed = trace_of("ord-12", *groups)
    assert members(followed) == [(A, 1), (B, 1), (C, 1)]
    spelled = followed.transaction.members[1].joined_by[0].identifier
    assert spelled == Identifier(IdKind.W3C_TRACE_ID, digits)
    for typed in (TRACE, digits, f"Root={TRACE};Parent=0123456789abcdef;Sampled=1"):
        assembly = trace_of(typed, *groups)
        assert members(assembly) == [(A, 1), (B, 1), (C, 1)]
        assert len(assembly.transaction.identifiers) == 1
        check_evidence(assembly)


def chain(length):
    """Return invocations each of which shares another trace with the next."""
    groups = []
    for n in range(length):
        request_id = f"{n:08x}-0000-4000-8000-000000000000"
        said = log(request_id, f"ord-12 Root=1-6b041cb0-{n:024x}" if n == 0 else "next")
        incoming = log(request_id, f"Root=1-6b041cb0-{n - 1:024x}") if n else "x\n"
        own = f"1-6b041cb0-{n:024x}"
        groups.append(served(request_id, said, incoming, at=n * 100, trace=own, function=f"f{n}"))
    return groups


@pytest.mark.parametrize(
    ("hops", "found", "cut"), [(0, 1, True), (1, 2, True), (3, 4, True), (5, 6, False)]
)
def test_hops_are_bounded_and_it_is_said(hops, found, cut):
    """A chain of traces is followed as far as the bound, and the cut is known."""
    transaction = trace_of("ord-12", *chain(6), max_hops=hops).transaction
    assert len(transaction.members) == found
    assert transaction.hops_cut is cut


def sqs(*messages):
    """Return an event of a queue as a function logs it: message IDs, bodies, trace headers."""
    records = [
        {"messageId": m, "body": body, "attributes": {"AWSTraceHeader": f"Root={trace}"}}
        for m, body, trace in messages
    ]
    return "EVENT " + json.dumps({"Records": records}) + "\n"


M1, M2 = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
T_OWN = "1-6b041cb2-0000000000000000000000ff"


@pytest.mark.parametrize(
    "said",
    [
        [sqs((M1, "ord-12", TRACE), (M2, "card", TRACE_2))],
        ["messageId=" + M1 + " ord-12\n", "messageId=" + M2 + "\n"],
        [
            document(level="INFO", correlation_id="ord-12"),
            document(level="INFO", correlation_id="shoe"),
        ],
        ["order ord-12\n", "order ord-13\n"],
        [sqs((M1, "order ord-12 paid", TRACE), (M2, "order ord-7 paid", TRACE_2))],
    ],
)
def test_a_batch_belongs_to_each_and_welds_none(said):
    """Members by mention, but the batch's own trace is not followed."""
    assembly = trace_of(
        "ord-12",
        served(A, *said, trace=T_OWN),
        served(B, at=100, trace=T_OWN, function="downstream"),
        served(C, at=200, trace=TRACE_2, function="stranger"),
    )
    assert members(assembly) == [(A, 1)]
    assert assembly.transaction.members[0].batch
    assert assembly.follow == (Identifier(IdKind.REQUEST_ID, A),)


def test_a_batch_reached_by_trace_leads_no_further():
    """It processes the member's message and a stranger's: it is shown, the stranger is not."""
    assembly = trace_of(
        "shoe",
        served(A, "shoe\n", trace=TRACE),
        served(B, sqs((M1, "a", TRACE), (M2, "b", TRACE_2)), at=100, trace=T_OWN, function="q"),
        served(C, at=200, trace=TRACE_2, function="stranger"),
        served(D, at=300, trace=T_OWN, function="later"),
    )
    assert members(assembly) == [(A, 1), (B, 1)]
    assert [m.batch for m in assembly.transaction.members] == [False, True]
    check_evidence(assembly)


@pytest.mark.parametrize(
    "said",
    [
        # A notification inside of a queue's message: one message, two message IDs.
        [sqs((M1, json.dumps({"Type": "Notification", "MessageId": M2, "Message": "x"}), TRACE))],
        # What the invocation sent is not what it served.
        [
            sqs((M1, "x", TRACE)),
            document(level="INFO", message={"MessageId": M2, "MD5OfMessageBody": "0"}),
        ],
        [
            sqs((M1, "x", TRACE)),
            "sent " + json.dumps({"MessageId": M2, "ResponseMetadata": {"HTTPStatusCode": 200}}),
        ],
        # The same message named again.
        [sqs((M1, "x", TRACE)), f"done messageId={M1}\n"],
        # A trace header as correlation ID: the parent changes, the trace does not.
        [
            document(level="INFO", correlation_id=f"Root={TRACE};Parent=0123456789abcdef"),
            document(level="INFO", correlation_id=f"Root={TRACE};Parent=fedcba9876543210"),
        ],
    ],
)
def test_one_message_is_no_batch(said):
    """Several IDs of one message, or of messages that go out, serve one transaction."""
    assembly = trace_of(
        "ord-12",
        served(A, *said, "ord-12\n", trace=T_OWN),
        served(B, at=100, trace=T_OWN, function="downstream"),
    )
    assert members(assembly) == [(A, 1), (B, 1)]
    assert not assembly.transaction.members[0].batch


def test_different_configured_keys_are_no_batch():
    """An order and its customer are one transaction; two orders are two."""
    one = served(A, document(level="INFO", orderId="17", customerId="42"), trace=T_OWN)
    two = served(A, document(level="INFO", orders=[{"orderId": "17"}, {"orderId": "18"}]))
    keys = ("orderId", "customerId")
    assert not trace_of("17", one, id_keys=keys).transaction.members[0].batch
    assert trace_of("17", two, id_keys=keys).transaction.members[0].batch


def gateway(at, text):
    return events([(at, text)], group="API-Gateway-Execution-Logs_abc/prod", stream="gw")


def test_a_record_of_no_invocation_is_shown_and_leads_on():
    """An access log line mentions the subject and names the Lambda request that served it."""
    line = document(
        requestId="JKJaXmPLvHcESHA=",
        requestTime="09/May/2025:12:00:00 +0000",
        httpMethod="GET",
        path="/orders/ord-12",
        integrationRequestId=A,
        xrayTraceId=TRACE,
    )
    assembly = trace_of(
        "ord-12",
        gateway(0, line),
        served(A, at=10),
        served(B, at=20, trace=TRACE, function="mail"),
        served(C, at=30),
    )
    assert [r.event.message for r in assembly.transaction.unattributed] == [line]
    assert members(assembly) == [(A, 1), (B, 1)]
    assert assembly.transaction.members[0].joined_by[0].event.message == line
    assert assembly.transaction.start == T0
    check_evidence(assembly)


def test_what_leads_on_is_said_although_nothing_is_there_yet():
    """The next pass searches for it."""
    line = document(requestTime="x", httpMethod="GET", path="ord-12", integrationRequestId=A)
    assembly = trace_of("ord-12", gateway(0, line))
    assert assembly.follow == (Identifier(IdKind.REQUEST_ID, A),)
    assert assembly.transaction.status is Status.INCOMPLETE


def test_a_dead_letter_of_a_member_is_shown():
    """It names the member's request, not the subject."""
    letter = document(
        requestContext={"requestId": A, "functionArn": "x", "condition": "RetriesExhausted"},
        responseContext={"functionError": "Unhandled"},
        responsePayload={"errorMessage": "no", "errorType": "Declined", "requestId": A},
    )
    other = letter.replace(A, B)
    letters = events([(500, letter), (501, other)], group="/dead", stream="letters")
    assembly = trace_of("ord-12", served(A, "ord-12\n"), letters)
    assert [r.event.message for r in assembly.transaction.unattributed] == [letter]


def test_a_lone_record_of_several_transactions_leads_nowhere():
    """A summary that lists strangers is shown, and welds none."""
    line = f"ord-12 ord-13 requests {TRACE} {TRACE_2} integrationRequestId={A}\n"
    assembly = trace_of("ord-12", gateway(0, line), served(A, at=10), served(B, trace=TRACE, at=20))
    assert assembly.transaction.members == ()
    assert len(assembly.transaction.unattributed) == 1
    assert assembly.follow == ()


def test_extracted_messages_join_by_id():
    """Without group and stream there is still a transaction."""
    lines = [(0, start(A)), (1, log(A, "ord-12")), (2, "ord-12 again\n"), (3, report(A))]
    found = events(lines, group="", stream="", ids=False)
    assembly = trace_of("ord-12", found)
    assert members(assembly) == [(A, 1)]
    assert [r.event.message for r in assembly.transaction.unattributed] == ["ord-12 again\n"]


def test_nothing_mentions_the_subject():
    """An empty transaction, with nothing to follow."""
    assembly = trace_of("ord-99", served(A, "ord-12\n", trace=TRACE))
    assert assembly.transaction.members == ()
    assert assembly.transaction.unattributed == ()
    assert assembly.follow == ()
    assert assembly.transaction.identifiers == (Identifier(IdKind.TEXT, "ord-99"),)


def test_the_request_of_the_earliest_failure_gives_the_status():
    """A retry that succeeds heals; another request that failed does not vanish."""
    assembly = trace_of(
        "ord-12",
        served(A, "ord-12\n", status="timeout"),
        served(A, at=60_000),
        served(B, "ord-12\n", at=70_000, status="error", error_type="Runtime.ExitError"),
    )
    assert assembly.transaction.status is Status.EXIT
    healed = replace(assembly.transaction, members=assembly.transaction.members[:2])
    assert healed.status is Status.OK
