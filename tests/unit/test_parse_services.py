"""Records of services beside Lambda: Step Functions, API Gateway, destinations, metrics."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slsloggrep.model import Event, Fact, Identifier, IdKind, Level, Record
from slsloggrep.parse import Parser

ID = "8ea123e4-1db7-4aca-ad10-d9ca1234c1fd"
ARN = "arn:aws:states:us-east-1:123456789012:execution:shop:bc9f281c-3daa-4e5a-9a60-471a3810bf44"


def parse(message: str | dict[str, Any] | list[Any], group: str = "") -> Record:
    text = message if isinstance(message, str) else json.dumps(message)
    return Parser().parse(Event(0, text, group, "", ""))


def test_a_failed_step_tells_the_lambda_request() -> None:
    """The cause of a failed task is Lambda's error payload as a text, request ID included."""
    cause = {"errorMessage": "no", "errorType": "Sold", "requestId": ID, "stackTrace": ["a"]}
    record = parse({
        "id": "5", "type": "LambdaFunctionFailed", "details": {"cause": json.dumps(cause),
        "error": "Sold"}, "previous_event_id": "4", "event_timestamp": "1668095539607",
        "execution_arn": ARN,
    })  # fmt: skip
    assert record.platform is not None
    assert (record.fact, record.platform.name) == (Fact.EXECUTION, "LambdaFunctionFailed")
    assert record.level is Level.ERROR
    assert record.error is not None
    assert (record.error.type, record.error.message, record.error.stack) == ("Sold", "no", ("a",))
    assert record.identifiers == (
        Identifier(IdKind.EXECUTION_ARN, ARN), Identifier(IdKind.REQUEST_ID, ID),
    )  # fmt: skip
    assert record.request_id is None
    assert record.text == "LambdaFunctionFailed Sold no"


@pytest.mark.parametrize(
    ("kind", "level"), [("ExecutionStarted", 20), ("TaskTimedOut", 40), ("ExecutionAborted", 40)]
)
def test_events_of_an_execution_have_levels(kind: str, level: int) -> None:
    """A level follows from the type's ending."""
    record = parse({"id": "1", "type": kind, "details": {}, "event_timestamp": "1",
                    "execution_arn": ARN})  # fmt: skip
    assert (record.fact, record.level) == (Fact.EXECUTION, level)


def test_a_status_change_of_a_durable_execution() -> None:
    """EventBridge tells how an execution ended."""
    arn = "arn:aws:lambda:us-east-1:1:function:f:1/durable-execution/n/0195"
    record = parse({"id": ID, "detail-type": "Durable Execution Status Change", "source": "lambda",
                    "detail": {"durableExecutionArn": arn, "status": "FAILED"}})  # fmt: skip
    assert (record.fact, record.level) == (Fact.EXECUTION, Level.ERROR)
    assert Identifier(IdKind.EXECUTION_ARN, arn) in record.identifiers


DESTINATION = {
    "version": "1.0", "timestamp": "2019-11-24T21:52:47.333Z",
    "requestContext": {"requestId": ID, "condition": "RetriesExhausted",
                       "functionArn": "arn:aws:lambda:sa-east-1:123456789012:function:pay:$LATEST",
                       "approximateInvokeCount": 3},
    "requestPayload": {"Success": False},
    "responseContext": {"statusCode": 200, "executedVersion": "$LATEST",
                        "functionError": "Unhandled"},
    "responsePayload": {"errorMessage": "no", "errorType": "Error", "stackTrace": ["a"]},
}  # fmt: skip


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_destination_record_is_about_a_request(wrapped: bool) -> None:
    """It names the request and its response, and belongs to none: a handler may have logged it."""
    document: dict[str, Any] = DESTINATION
    if wrapped:
        document = {"version": "0", "id": "1", "source": "lambda", "detail": DESTINATION,
                    "detail-type": "Lambda Function Invocation Result - Failure"}  # fmt: skip
    record = parse(document)
    assert record.platform is not None
    assert record.fact is Fact.DESTINATION
    assert record.platform.request_id == ID
    assert (record.platform.status, record.platform.name) == ("failure", "RetriesExhausted")
    assert record.request_id is None
    assert record.states_response
    assert record.response == DESTINATION["responsePayload"]
    assert record.error is not None
    assert (record.error.type, record.error.unhandled) == ("Error", True)
    assert Identifier(IdKind.REQUEST_ID, ID) in record.identifiers


def test_a_success_destination() -> None:
    """A success has a response and no error."""
    record = parse({
        "requestContext": {"requestId": ID, "condition": "Success"}, "requestPayload": {},
        "responseContext": {"statusCode": 200}, "responsePayload": None,
    })  # fmt: skip
    assert record.platform is not None
    assert (record.platform.status, record.level, record.error) == ("success", Level.INFO, None)
    assert (record.states_response, record.response) == (True, None)


def test_a_stream_destination_holds_positions() -> None:
    """The failure record of an event source mapping names a stretch of a stream."""
    record = parse({
        "requestContext": {"requestId": ID, "functionArn": "arn:aws:lambda:x:1:function:f",
                           "condition": "RetryAttemptsExhausted", "approximateInvokeCount": 1},
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "KinesisBatchInfo": {"shardId": "shardId-000000000000", "startSequenceNumber": "4951",
                             "endSequenceNumber": "4952", "batchSize": 2},
    })  # fmt: skip
    assert record.fact is Fact.DESTINATION
    assert {i.value for i in record.identifiers} == {
        ID, "shardId-000000000000:4951", "shardId-000000000000:4952",
    }  # fmt: skip


GROUP = "API-Gateway-Execution-Logs_a1b2c3/prod"


def test_execution_log_lines_name_the_api_request() -> None:
    """`(<id>) text` of API Gateway's execution log."""
    record = parse(f"({ID}) Method completed with status: 200", GROUP)
    assert record.identifiers == (Identifier(IdKind.API_REQUEST_ID, ID),)
    assert (record.text, record.level) == ("Method completed with status: 200", Level.INFO)
    extended = parse(f"({ID}) Extended Request Id: JKJaXmPLvHcESHA=", GROUP)
    assert Identifier(IdKind.API_REQUEST_ID, "JKJaXmPLvHcESHA=") in extended.identifiers
    failed = parse(f"({ID}) Execution failed due to configuration error: x", GROUP)
    assert failed.level is Level.ERROR


def test_the_integrations_headers_bridge_to_lambda() -> None:
    """Endpoint response headers hold Lambda's request ID and the trace."""
    other = "0a9df60d-e2de-447d-ba3e-45f149eae6c9"
    record = parse(
        f"({ID}) Endpoint response headers: {{Date=Thu, x-amzn-RequestId={other}, "
        "X-Amzn-Trace-Id=root=1-5759e988-bd862e3fe1be46a994272793;sampled=0}", GROUP,
    )  # fmt: skip
    assert Identifier(IdKind.REQUEST_ID, other) in record.identifiers
    trace = Identifier(IdKind.XRAY_TRACE_ID, "1-5759e988-bd862e3fe1be46a994272793")
    assert trace in record.identifiers
    assert record.request_id is None


def test_brackets_elsewhere_are_text() -> None:
    """Brackets at the start of an application's line name no API request."""
    assert parse("(sometimes) it fails").identifiers == ()


@pytest.mark.parametrize(
    "line",
    [
        f'1.2.3.4 - - [09/May/2025:12:00:00 +0000] "GET /x HTTP/1.1" 502 12 {ID} JKJaXmPLvHc=',
        f"1.2.3.4,-,-,09/May/2025:12:00:00 +0000,GET,/x,HTTP/1.1,502,12,{ID},JKJaXmPLvHc=",
        json.dumps({"requestId": ID, "extendedRequestId": "JKJaXmPLvHc=", "ip": "1.2.3.4",
                    "requestTime": "09/May/2025:12:00:00 +0000", "httpMethod": "GET",
                    "resourcePath": "/x", "status": "502", "protocol": "HTTP/1.1",
                    "responseLength": "12"}),
    ],
)  # fmt: skip
def test_access_logs_in_three_formats(line: str) -> None:
    """An access log's requestId is the API's own, and no request of Lambda's."""
    record = parse(line)
    assert record.identifiers == (
        Identifier(IdKind.API_REQUEST_ID, ID), Identifier(IdKind.API_REQUEST_ID, "JKJaXmPLvHc="),
    )  # fmt: skip
    assert record.request_id is None
    assert record.level is Level.ERROR


def test_an_access_log_may_bridge_to_lambda() -> None:
    """`awsEndpointRequestId` is the Lambda request ID."""
    other = "0a9df60d-e2de-447d-ba3e-45f149eae6c9"
    record = parse({"requestId": ID, "requestTime": "x", "httpMethod": "GET", "status": "200",
                    "awsEndpointRequestId": other})  # fmt: skip
    assert Identifier(IdKind.REQUEST_ID, other) in record.identifiers
    assert record.request_id is None


@pytest.mark.parametrize(
    "message",
    [
        {"_aws": {"Timestamp": 1, "CloudWatchMetrics": []}, "function_request_id": ID, "n": 1},
        {"e": 1583425836.114, "m": "aws.lambda.enhanced.invocations", "t": [], "v": 1},
        {"traces": [[{"trace_id": "1"}]]},
        [1, "NR_LAMBDA_MONITORING", "H4sIAAAA"],
        "MONITORING|1583425836|1|count|invocations|#a:b",
    ],
)
def test_metric_lines_are_told_apart(message: Any) -> None:
    """EMF, Datadog and New Relic print for machines."""
    record = parse(message)
    assert record.fact is Fact.METRIC
    assert record.request_id in (None, ID)


def test_a_pretty_printed_metric_is_one_too() -> None:
    """Powertools for Java prints EMF over several lines."""
    assert parse(json.dumps({"_aws": {"CloudWatchMetrics": []}}, indent=2)).fact is Fact.METRIC
