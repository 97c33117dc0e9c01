"""What a user's ID can be, and where a text mentions it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from slsloggrep.model import Event, Identifier, IdKind
from slsloggrep.parse import Parser, mentions, recognise, subject_of

UUID = "06e46194-f277-454e-88d3-1dd7e3860eaa"
XRAY = "1-5759e988-bd862e3fe1be46a994272793"
W3C = "5759e988bd862e3fe1be46a994272793"
DECIMAL = str(int(W3C[16:], 16))
ARN = "arn:aws:states:us-east-1:123456789012:execution:shop:bc9f281c"


@pytest.mark.parametrize(
    ("text", "kinds", "value"),
    [
        (UUID, ["request_id"], UUID),
        (f'  "{UUID}" ', ["request_id"], UUID),
        (f"RequestId: {UUID}", ["request_id"], UUID),
        ("6bc28136-xmpl-4365-b021-0ce6b2e64ab0", ["request_id"],
         "6bc28136-xmpl-4365-b021-0ce6b2e64ab0"),
        (XRAY, ["xray_trace_id"], XRAY),
        (XRAY.upper(), ["xray_trace_id"], XRAY),
        (f"Root={XRAY};Parent=53995c3f42cd8ad8;Sampled=1", ["xray_trace_id"], XRAY),
        (f"X-Amzn-Trace-Id: Self=1-67891234-12456789abcdef012345678a;Root={XRAY}",
         ["xray_trace_id"], XRAY),
        (W3C, ["w3c_trace_id"], W3C),
        (W3C.upper(), ["w3c_trace_id"], W3C),
        (f"00-{W3C}-00f067aa0ba902b7-01", ["w3c_trace_id"], W3C),
        (f"traceparent: 00-{W3C}-00f067aa0ba902b7-01", ["w3c_trace_id"], W3C),
        (ARN, ["execution_arn"], ARN),
        ("3172564172058669914", ["datadog_trace_id", "text"], "3172564172058669914"),
        ("NF5U6CMIUAWPER24GXDNDEZSVU", ["request_id", "text"], "NF5U6CMIUAWPER24GXDNDEZSVU"),
        ("ord-12", ["text"], "ord-12"),
        ("0" * 32, ["text"], "0" * 32),
        ("'JKJaXmPLvHcESHA='", ["text"], "JKJaXmPLvHcESHA="),
        ("orderId=7", ["text"], "orderId=7"),
    ],
)  # fmt: skip
def test_what_an_id_can_be(text: str, kinds: list[str], value: str) -> None:
    """Every spelling that people paste is recognised, quotes and headers included."""
    subject = recognise(text)
    assert [identifier.kind.value for identifier in subject.identifiers] == kinds
    assert {identifier.value for identifier in subject.identifiers} == {value}


def test_the_text_is_kept_as_typed() -> None:
    """The subject keeps what was typed, without quotes and blanks."""
    assert recognise(f" 'Root={XRAY};Sampled=1' ").text == f"Root={XRAY};Sampled=1"


@pytest.mark.parametrize("text", [XRAY, W3C, f"Root={XRAY}", f"00-{W3C}-00f067aa0ba902b7-01"])
def test_a_trace_is_looked_for_in_every_spelling(text: str) -> None:
    """X-Ray's, W3C's in both cases, and Datadog's decimal low half."""
    assert set(recognise(text).literals) == {XRAY, XRAY.upper(), W3C, W3C.upper(), DECIMAL}


def test_literals_of_other_ids() -> None:
    """A UUID in both cases; anything else as it is."""
    assert set(recognise(UUID).literals) == {UUID, UUID.upper()}
    assert recognise("Ord-12").literals == ("Ord-12",)


MENTIONED = [
    '"ord-12"', "ord-12.", "id=ord-12,", "(ord-12)", "/orders/ord-12/items", "ord-12", " ord-12\n",
    "line\\nord-12\\n", 'x\\"ord-12\\"', "ord\\u002d12", "ord\\u002D12", "\\u0022ord-12\\u0022",
    "{\\\"id\\\":\\\"ord\\\\u002d12\\\"}", "id:ord-12;x", "<ord-12>", "ord-12…", "#ord-12",
    "id%3Dord-12%26", "\x1b[31mord-12\x1b[0m", "\\u001b[31mord-12\\u001b[0m", "ord-123 ord-12",
    "ord-12\\u0020x", "\\u006frd-12", "C:\\temp\\ord-12",
]  # fmt: skip

UNMENTIONED = [
    "ord-123", "xord-12", "ord-12-3", "x-ord-12", "ord-12_x", "_ord-12", "Ord-12", "ord-1", "",
    "ord 12", "ord\\u002d123", "ord-12\\u0033", "\\u0078ord-12", "x\\u002dord-12", "ord-12é",
    "éord-12", "ord-12\\u002d3", "ord_12", "\\x\\y",
]  # fmt: skip


@pytest.mark.parametrize("text", MENTIONED)
def test_whole_tokens_are_mentions(text: str) -> None:
    """Punctuation, escapes, colours and paths bound a token; its characters may be escaped."""
    assert recognise("ord-12").mentioned_in(text)


@pytest.mark.parametrize("text", UNMENTIONED)
def test_parts_of_longer_tokens_are_no_mentions(text: str) -> None:
    """Letters, digits, `_` and `-` go on with a token, escaped ones too."""
    assert not recognise("ord-12").mentioned_in(text)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("a/b", '{"k":"a\\/b"}'),
        ("müller-7", '{"k":"m\\u00fcller-7"}'),
        ("🧾7", '{"k":"\\ud83e\\uddfe7"}'),
        ('say "x"', json.dumps({"k": 'say "x"'})),
        ("back\\slash", json.dumps({"k": "back\\slash"})),
        ("JKJaXmPLvHcESHA=", "(JKJaXmPLvHcESHA=) Method"),
        (UUID, UUID.upper()),
        (UUID.upper(), f"RequestId: {UUID}\t"),
        (XRAY, f"Root={XRAY.upper()};Parent=1"),
        (XRAY, f"00-{W3C}-00f067aa0ba902b7-01"),
        (XRAY, f'"trace_id":"{W3C}"'),
        (XRAY, f"[dd.trace_id={DECIMAL} dd.span_id=1]"),
        (XRAY, f"Root\\u003d{XRAY}"),
        (W3C, f"TraceId: {XRAY}\tSegmentId"),
        (ARN, json.dumps({"execution_arn": ARN}).replace("/", "\\/")),
    ],
)
def test_mentions_in_other_spellings(subject: str, text: str) -> None:
    """Escapes of any character, hex in any case, a trace in any spelling."""
    assert recognise(subject).mentioned_in(text)


@pytest.mark.parametrize(
    ("subject", "text"),
    [(W3C, f"x{W3C}"), (W3C, f"{W3C}0"), (W3C, f"ab-{W3C}-cd"), (XRAY, f"{XRAY}a"), ("", "any")],
)
def test_no_mentions_of_traces_in_longer_tokens(subject: str, text: str) -> None:
    """A trace inside a longer run of digits is another one; an empty subject is nowhere."""
    assert not recognise(subject).mentioned_in(text)


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("text", "time", "kind", "certain"),
    [
        (XRAY, 0x5759E988 * 1000, "xray", True),
        (W3C, 0x5759E988 * 1000, "w3c", False),
        ("017f22e2-79b0-7cc3-98c4-dc0c0c07398f", at(2022, 2, 22, 19, 22, 22), "uuid7", True),
        ("1ec9414c-232a-6b00-b3c8-9f6bdeced846", at(2022, 2, 22, 19, 22, 22), "uuid6", True),
        ("c232ab00-9414-11ec-b3c8-9f6bdeced846", at(2022, 2, 22, 19, 22, 22), "uuid1", True),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", 1469922850259, "ulid", False),
        ("0ujtsYcgvSTl8PAuAdqWYSMnLOv", at(2017, 10, 10, 4, 0, 47), "ksuid", False),
        (UUID, None, None, False),
        ("ffffffffffffffffffffffffffffffff", None, None, False),
        ("00000001bd862e3fe1be46a994272793", None, None, False),
        ("c793869b-ee49-115b-a5b6-4fd21e8dedac", None, None, False),
        ("zzzzzzzzzzzzzzzzzzzzzzzzzzz", None, None, False),
        ("ord-12", None, None, False),
    ],
)
def test_times_inside_ids(text: str, time: int | None, kind: str | None, certain: bool) -> None:
    """Formats with a time give it; samples are those of RFC 9562, the ULID and KSUID projects."""
    subject = recognise(text)
    assert (subject.time, subject.time_kind, subject.certain) == (time, kind, certain)


@pytest.mark.parametrize(
    "identifier",
    [
        Identifier(IdKind.REQUEST_ID, UUID),
        Identifier(IdKind.XRAY_TRACE_ID, XRAY),
        Identifier(IdKind.W3C_TRACE_ID, W3C),
        Identifier(IdKind.CORRELATION_ID, "abc/1"),
        Identifier(IdKind.MESSAGE_ID, "shardId-000000000000:4951"),
    ],
)
def test_an_identifier_becomes_a_subject(identifier: Identifier) -> None:
    """Following a join looks for the identifier as a user's subject would."""
    subject = subject_of(identifier)
    assert subject.identifiers == (identifier,)
    assert subject.mentioned_in(f'"{identifier.value}"')
    assert identifier.value in subject.literals


def test_a_record_mentions_by_identifier_or_by_text() -> None:
    """Canonical identifiers are compared, and the message is searched as it is stored."""
    parser = Parser()

    def record(message: str) -> bool:
        return mentions(parser.parse(Event(0, message, "", "", "")), recognise(XRAY))

    assert record(f"REPORT RequestId: {UUID}\tDuration: 1 ms\nXRAY TraceId: {XRAY}\t")
    assert record(json.dumps({"message": "m", "trace_id": W3C.upper()}))
    assert record(f"order paid, see {XRAY}")
    assert not record(f"REPORT RequestId: {UUID}\tDuration: 1 ms\t")
