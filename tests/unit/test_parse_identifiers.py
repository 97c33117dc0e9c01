"""Identifiers: their kinds, their spellings, and where they are found."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from slsloggrep.model import Event, IdKind
from slsloggrep.parse import Parser

ID = "52fdfc07-2182-154f-163f-5f0f9a621d72"
OTHER = "0a9df60d-e2de-447d-ba3e-45f149eae6c9"
XRAY = "1-5759e988-bd862e3fe1be46a994272793"
W3C = "5759e988bd862e3fe1be46a994272793"


def reveal(message: str | dict[str, Any], *id_keys: str) -> list[tuple[str, str]]:
    text = message if isinstance(message, str) else json.dumps(message)
    record = Parser(id_keys=id_keys).parse(Event(0, text, "", "", ""))
    return [(identifier.kind.value, identifier.value) for identifier in record.identifiers]


@pytest.mark.parametrize(
    "text",
    [
        f"Root={XRAY};Parent=53995c3f42cd8ad8;Sampled=1",
        f"Sampled=0;Root={XRAY};Lineage=25:a87bd80c:1",
        f"Self=1-67891234-12456789abcdef012345678a;Root={XRAY}",
        XRAY.upper(),
        f"({XRAY})",
        f'{{"header":"Root\\u003d{XRAY};Sampled=?"}}',
        f"first line\\n{XRAY}",
        json.dumps({"level": "INFO", "message": "m", "xray_trace_id": XRAY}),
        json.dumps({"Records": [{"attributes": {"AWSTraceHeader": f"Root={XRAY};Sampled=1"}}]}),
        json.dumps({"traceId": f"Root={XRAY};Parent=53995c3f42cd8ad8;Sampled=1"}),
    ],
)
def test_xray_in_all_spellings_is_one(text: str) -> None:
    """Alone, in a header with its parts in any order, in any case, behind JSON escapes."""
    assert reveal(text) == [("xray_trace_id", XRAY)]


@pytest.mark.parametrize(
    "text",
    [f"x{XRAY}", f"1{XRAY}", f"{XRAY}0", f"a-{XRAY}", "1-5759e988-bd862e3fe1be46a99427279", W3C],
)
def test_lookalikes_of_xray_are_none(text: str) -> None:
    """A longer token, a shorter one and bare hex digits reveal no trace."""
    assert reveal(text) == []


@pytest.mark.parametrize(
    "text",
    [
        f"traceparent: 00-{W3C}-00f067aa0ba902b7-01",
        json.dumps({"headers": {"traceparent": f"00-{W3C}-00f067aa0ba902b7-01"}}),
        json.dumps({"message": "m", "trace_id": W3C, "span_id": "00f067aa0ba902b7"}),
        json.dumps({"message": "m", "otelTraceID": W3C.upper()}),
        json.dumps({"body": "m", "severityNumber": 9, "traceId": W3C}),
        json.dumps({"@t": "t", "@m": "m", "@tr": W3C}),
        json.dumps({"message": "m", "trace": {"id": "x"}, "trace.id": W3C}),
        f"INFO trace_id={W3C} span_id=00f067aa0ba902b7 served",
    ],
)
def test_w3c_trace_ids(text: str) -> None:
    """32 hex digits under a trace's key, or in a traceparent."""
    assert reveal(text) == [("w3c_trace_id", W3C)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"message": "m", "trace_id": "0" * 32}),
        f"00-{'0' * 32}-{'0' * 16}-00",
        json.dumps({"message": "m", "checksum": W3C}),
        json.dumps({"message": "m", "trace_id": "7465737454726163654964"}),
    ],
)
def test_what_is_no_w3c_trace(text: str) -> None:
    """All zeros mean none; other keys and other lengths are no traces."""
    assert reveal(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "[dd.trace_id=3172564172058669914 dd.span_id=14292093692483532556] hi",
        json.dumps({"message": "m", "dd.trace_id": "3172564172058669914"}),
        json.dumps({"message": "m", "dd": {"trace_id": 3172564172058669914}}),
        json.dumps({"detail": {"_datadog": {"x-datadog-trace-id": "3172564172058669914"}}}),
    ],
)
def test_datadogs_trace_ids_are_decimal(text: str) -> None:
    """Datadog's tracers log the low 64 bits in decimal, in text and in documents."""
    assert reveal(text) == [("datadog_trace_id", "3172564172058669914")]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (json.dumps({"message": "m", "correlation_id": "correlation_id_value"}),
         "correlation_id_value"),
        (json.dumps({"message": "m", "CorrelationId": "JKJaXmPLvHcESHA="}), "JKJaXmPLvHcESHA="),
        (json.dumps({"message": "m", "x-correlation-id": ID}), ID),
        (json.dumps({"message": "m", "correlationId": 4711}), "4711"),
        ("charged correlation_id=abc-1, done", "abc-1"),
        ("{ correlationId: 'abc-1' }", "abc-1"),
        ('cut {"correlation-id": "abc-1", "x": "', "abc-1"),
        ('cut \\"correlation-id\\":\\"abc-1\\",', "abc-1"),
    ],
)  # fmt: skip
def test_correlation_ids(text: str, value: str) -> None:
    """Under the loggers' keys, in documents and as pairs in text, cut documents included."""
    assert reveal(text) == [("correlation_id", value)]


def test_message_attributes_carry_ids() -> None:
    """SQS and SNS wrap an attribute's value; a dead letter's RequestID is Lambda's."""
    attributes = {
        "x-correlation-id": {"stringValue": "abc-1", "dataType": "String"},
        "RequestID": {"stringValue": ID, "dataType": "String"},
    }
    assert reveal({"Records": [{"messageAttributes": attributes}]}) == [
        ("correlation_id", "abc-1"), ("request_id", ID),
    ]  # fmt: skip


def test_a_correlation_id_that_is_a_trace_header_is_both() -> None:
    """Powertools' correlation paths may take the X-Ray header."""
    header = f"Root={XRAY};Parent=53995c3f42cd8ad8;Sampled=1"
    assert reveal({"message": "m", "correlation_id": header}) == [
        ("correlation_id", header), ("xray_trace_id", XRAY),
    ]  # fmt: skip


def test_a_logged_event_of_api_gateway() -> None:
    """The requestContext holds the API's own request IDs, and no request of Lambda's."""
    event = {"requestContext": {"requestId": OTHER, "extendedRequestId": "JKJaXmPLvHcESHA="}}
    assert reveal({"level": "INFO", "message": "m", "function_request_id": ID, "event": event}) == [
        ("request_id", ID), ("api_request_id", OTHER), ("api_request_id", "JKJaXmPLvHcESHA="),
    ]  # fmt: skip


def test_a_logged_batch_reveals_every_message() -> None:
    """One invocation may serve many messages: each one's ID is revealed."""
    records = [{"messageId": f"64812b68-4d9b-4dca-b3fb-{i:012d}", "body": "{}"} for i in range(10)]
    found = reveal(
        f"2024-01-01T00:00:00.000Z\t{ID}\tINFO\tEVENT {json.dumps({'Records': records})}"
    )
    assert found[0] == ("request_id", ID)
    assert found[1:] == [("message_id", str(record["messageId"])) for record in records]


def test_documents_inside_texts_are_searched() -> None:
    """An SNS message in the body of an SQS message has an ID of its own."""
    body = json.dumps({"Type": "Notification", "MessageId": OTHER, "Message": "{}"})
    assert reveal({"Records": [{"messageId": ID, "body": body}]}) == [
        ("message_id", ID), ("message_id", OTHER),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ({"Records": [{"eventID": "shardId-000000000000:49545115", "kinesis": {}}]},
         "shardId-000000000000:49545115"),
        ({"Records": [{"eventID": W3C, "dynamodb": {}}]}, W3C),
        ({"Records": [{"Sns": {"MessageId": OTHER}}]}, OTHER),
        ({"version": "0", "id": OTHER, "detail-type": "UserSignUp", "source": "my.event",
          "detail": {}}, OTHER),
        ({"Records": [{"s3": {}, "responseElements": {"x-amz-request-id": "C3D13FE58DE4C810"}}]},
         "C3D13FE58DE4C810"),
        ({"message": "sent", "MessageId": OTHER, "MD5OfMessageBody": "x"}, OTHER),
        ({"ShardId": "shardId-000000000000", "SequenceNumber": "49545115"},
         "shardId-000000000000:49545115"),
        ({"batchItemFailures": [{"itemIdentifier": OTHER}]}, OTHER),
    ],
)  # fmt: skip
def test_message_ids(document: dict[str, Any], value: str) -> None:
    """SQS, SNS, Kinesis, DynamoDB, S3, EventBridge, and what senders log."""
    assert reveal(document) == [("message_id", value)]


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:states:us-east-1:123456789012:execution:sm:bc9f281c-3daa-4e5a-9a60-471a3810bf44",
        "arn:aws:states:sa-east-1:123456789012:express:sm:d0dbefd8-a0f6:7fa0cfbe-be28",
        "arn:aws:lambda:us-east-1:123456789012:function:pay:$LATEST/durable-execution/n/0195-ab",
    ],
)
def test_execution_arns(arn: str) -> None:
    """Executions of Step Functions and of durable functions, in text and in documents."""
    assert reveal(f"started {arn}, waiting") == [("execution_arn", arn)]
    assert ("execution_arn", arn) in reveal({"message": "m", "executionArn": arn})


def test_called_functions_are_revealed_not_claimed() -> None:
    """A called function's request ID in its response's header leads to its log."""
    record = Parser().parse(
        Event(0, json.dumps({"level": "INFO", "message": "m", "awsRequestId": ID, "response": {
            "ResponseMetadata": {"RequestId": OTHER}}}), "", "", "")
    )  # fmt: skip
    assert record.request_id == ID
    assert [i.value for i in record.identifiers] == [ID, OTHER]


@pytest.mark.parametrize(
    ("message", "values"),
    [
        ({"message": "m", "orderId": "ord-12"}, ["ord-12"]),
        ({"message": "m", "a": {"b": [{"orderId": "ord-12"}, {"orderId": 13}]}}, ["ord-12", "13"]),
        ({"message": "m", "order_id": "ord-12"}, []),
        ({"message": "m", "orderId": None}, []),
        ({"message": "m", "orderId": True}, []),
        ({"message": '{"orderId":"ord-12"}'}, ["ord-12"]),
        ({"message": "placed orderId=ord-12."}, ["ord-12"]),
        ("placed orderId: ord-12, thanks", ["ord-12"]),
        ("placed { orderId: 'ord-12' }", ["ord-12"]),
        ("placed myorderId=ord-12", []),
    ],
)
def test_the_users_keys(message: str | dict[str, Any], values: list[str]) -> None:
    """`--id-key` matches the exact key at any depth, in documents and in text."""
    assert reveal(message, "orderId") == [("key", value) for value in values]


def test_a_dotted_key_is_a_path_or_a_name() -> None:
    """`detail.order.id` is found as nested objects, deeper down too, and as a literal key."""
    nested = {"message": "m", "x": {"detail": {"order": {"id": "7"}}, "order": {"id": "8"}}}
    assert reveal(nested, "detail.order.id") == [("key", "7")]
    assert reveal({"message": "m", "detail.order.id": "7"}, "detail.order.id") == [("key", "7")]


def test_identifiers_are_listed_once() -> None:
    """What is revealed twice is one identifier."""
    assert reveal({"message": ID, "requestId": ID, "awsRequestId": ID}) == [("request_id", ID)]


@pytest.mark.parametrize("word", ["", "-", "undefined", "null", "None", "N/A"])
def test_words_for_nothing_are_no_identifiers(word: str) -> None:
    """Loggers write words where they have no identifier."""
    keys = ("requestId", "correlation_id", "messageId", "extendedRequestId")
    assert reveal({"message": "m", **dict.fromkeys(keys, word)}) == []


def test_a_huge_document_stays_cheap() -> None:
    """The search for identifiers is bounded in depth and number."""
    wide = json.dumps(
        {"message": "m", "items": [{"messageId": f"m-{i:08}"} for i in range(50_000)]}
    )
    deep = '{"a":' * 90 + '{"messageId":"m-00000000"}' + "}" * 90
    started = time.perf_counter()
    assert 5_000 < len(reveal(wide)) <= 20_000
    assert reveal(deep) == []
    assert time.perf_counter() - started < 5


def test_kinds_cover_the_model() -> None:
    """Every kind but the user's own text is revealed by some record above."""
    assert {kind.value for kind in IdKind} - {"text"} == {
        "request_id", "xray_trace_id", "w3c_trace_id", "datadog_trace_id", "correlation_id",
        "api_request_id", "message_id", "execution_arn", "key",
    }  # fmt: skip
