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
    assert record.text == f"destination pay RetriesExhausted Error, request {ID}"
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
    assert record.text == f"destination RetryAttemptsExhausted, request {ID}"
    assert {i.value for i in record.identifiers} == {
        ID, "shardId-000000000000:4951", "shardId-000000000000:4952",
    }  # fmt: skip


def attributes(kind: str, value: str) -> dict[str, Any]:
    return {
        "RequestID": {value: ID, kind: "String"},
        "ErrorCode": {value: "200", kind: "Number"},
        "ErrorMessage": {value: "no route", kind: "String"},
    }


@pytest.mark.parametrize(
    "document",
    [
        {"Records": [{"messageId": "m", "body": "{}", "messageAttributes":
                      attributes("dataType", "stringValue")}]},
        {"MessageId": "m", "Body": "{}", "MessageAttributes":
         attributes("DataType", "StringValue")},
        {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "{}", "MessageAttributes":
                                                        attributes("Type", "Value")}}]},
    ],
)  # fmt: skip
def test_a_dead_letter_says_why_in_its_attributes(document: dict[str, Any]) -> None:
    """A queue's message, a reader's event with one message, and a topic's: three attributes."""
    record = parse(document)
    assert record.platform is not None
    assert (record.fact, record.platform.name) == (Fact.DESTINATION, "DeadLetter")
    assert (record.platform.request_id, record.platform.status) == (ID, "failure")
    assert record.error is not None
    assert (record.error.type, record.error.message) == (None, "no route")
    assert record.text == f"dead letter no route, request {ID}"
    assert (record.request_id, record.level) == (None, Level.ERROR)


def test_other_messages_are_no_dead_letters() -> None:
    """Messages with other attributes, and batches of several, are what they are."""
    one = {
        "messageId": "m",
        "body": "{}",
        "messageAttributes": attributes("dataType", "stringValue"),
    }
    named = {"messageId": "m", "messageAttributes": {"RequestID": {"stringValue": ID}}}
    for records in ([one, one], [named], [], ["x"]):
        assert parse({"Records": records}).fact is None


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


LAMBDA = "0a9df60d-e2de-447d-ba3e-45f149eae6c9"
STRANGER = "5c7a2f11-0d1e-4c55-9f4e-9a2f6a5b0c3d"
ROOT = "1-5759e988-bd862e3fe1be46a994272793"


@pytest.mark.parametrize(
    "text",
    [
        f"Endpoint response headers: {{Date=Thu, x-amzn-RequestId={LAMBDA}, Connection=close}}",
        f"AWS Integration Endpoint RequestId : {LAMBDA}",
        f"Lambda execution failed: Lambda request id: {STRANGER}. Lambda request id: {LAMBDA}",
    ],
)
def test_where_an_execution_log_names_the_lambda_request(text: str) -> None:
    """Three lines are the gateway's own word; what a function's error text says is not."""
    record = parse(f"({ID}) {text}", GROUP)
    requests = [i.value for i in record.identifiers if i.kind is IdKind.REQUEST_ID]
    assert requests == [LAMBDA]
    assert record.platform is not None
    assert (record.fact, record.platform.name) == (Fact.GATEWAY, "execution")
    assert record.platform.request_id == LAMBDA
    assert record.run == Identifier(IdKind.API_REQUEST_ID, ID)


@pytest.mark.parametrize(
    "text",
    [
        f'Method request body before transformations: {{"requestId":"{STRANGER}","t":"{ROOT}"}}',
        f"Method request query string: {{requestId={STRANGER}, trace={ROOT}}}",
        f"Method request path: {{requestId={STRANGER}, trace={ROOT}}}",
        f'Endpoint request body after transformations: {{"requestContext":{{"requestId":"{ID}"}}}}',
        f"Endpoint response body before transformations: requestId={STRANGER} {ROOT}",
        f"Method request headers: {{x-amzn-RequestId={STRANGER}}}",
        f"Endpoint response headers: {{x-amzn-Remapped-x-amzn-RequestId={STRANGER}}}",
    ],
)
def test_what_was_sent_names_no_lambda_request_and_no_trace(text: str) -> None:
    """Bodies, paths, queries and a client's headers are data: they bridge to nothing."""
    record = parse(f"({ID}) {text}", GROUP)
    assert record.identifiers == (Identifier(IdKind.API_REQUEST_ID, ID),)


def test_the_last_lines_of_an_execution_log() -> None:
    """The status, and the trace under its own words."""
    done = parse(f"({ID}) Method completed with status: 502", GROUP)
    assert done.platform is not None
    assert done.platform.status == "502"
    traced = parse(f"({ID}) X-ray Tracing ID : {ROOT}", GROUP)
    assert Identifier(IdKind.XRAY_TRACE_ID, ROOT) in traced.identifiers


CLF = '1.2.3.4 - - [09/May/2025:12:00:00 +0000] "GET /x HTTP/1.1" 200 12 '


def test_an_access_line_may_go_on_with_variables_of_the_users_own() -> None:
    """Behind the documented format: the integration's request ID and the trace."""
    record = parse(f"{CLF}{ID} JKJaXmPLvHc= {LAMBDA} {ROOT}")
    assert record.fact is Fact.GATEWAY
    assert record.identifiers == (
        Identifier(IdKind.API_REQUEST_ID, ID), Identifier(IdKind.API_REQUEST_ID, "JKJaXmPLvHc="),
        Identifier(IdKind.REQUEST_ID, LAMBDA), Identifier(IdKind.XRAY_TRACE_ID, ROOT),
    )  # fmt: skip


@pytest.mark.parametrize("tail", ['"-" "curl/8.0"', '"-" "Mozilla/5.0 (X11)"', '"-"'])
def test_a_web_servers_line_is_none_of_the_gateway(tail: str) -> None:
    """The combined format ends in quoted texts where the gateway has its IDs."""
    record = parse(CLF + tail)
    assert (record.fact, record.identifiers) == (None, ())


def test_an_access_log_in_json_without_the_time() -> None:
    """Who names the integration's request writes an access log, whatever else is in there."""
    record = parse({"extra": 1, "integrationRequestId": LAMBDA, "authorizerRequestId": STRANGER,
                    "requestId": ID, "status": "200"})  # fmt: skip
    assert record.request_id is None
    assert record.run == Identifier(IdKind.API_REQUEST_ID, ID)
    assert [i.value for i in record.identifiers] == [ID, LAMBDA, STRANGER]
    assert record.platform is not None
    assert (record.platform.name, record.platform.status) == ("access", "200")


def test_the_requests_own_id_comes_before_the_extended_one() -> None:
    """Whatever order the user wrote the keys in: they differ in what they promise."""
    record = parse({"extendedRequestId": "JKJaXmPLvHc=", "requestId": ID, "status": "200"})
    assert [i.value for i in record.identifiers] == [ID, "JKJaXmPLvHc="]


def execution_event(kind: str, **details: Any) -> dict[str, Any]:
    return {"id": "5", "type": kind, "details": details, "previous_event_id": "4",
            "event_timestamp": "1668095539607", "execution_arn": ARN}  # fmt: skip


METADATA = {
    "SdkHttpMetadata": {"HttpHeaders": {"x-amzn-RequestId": LAMBDA}, "HttpStatusCode": 200},
    "SdkResponseMetadata": {"RequestId": LAMBDA},
}


@pytest.mark.parametrize(
    ("event", "request_id"),
    [
        (("TaskSucceeded", "lambda", {"Payload": {"requestId": STRANGER}, **METADATA}), LAMBDA),
        (("TaskSubmitted", "lambda", METADATA), LAMBDA),
        (
            ("TaskSucceeded", "lambda", {"SdkHttpMetadata": METADATA["SdkHttpMetadata"]}),
            LAMBDA,
        ),
        (("TaskSucceeded", "dynamodb", METADATA), None),
        (("TaskStateExited", "lambda", METADATA), None),
        (("TaskSucceeded", "lambda", {"Payload": {"requestId": STRANGER}}), None),
    ],
)
def test_the_lambda_request_in_a_tasks_output(event: Any, request_id: str | None) -> None:
    """Only the answer to a call of Lambda's names an invocation: other services have IDs too."""
    kind, resource, output = event
    record = parse(execution_event(kind, resourceType=resource, output=json.dumps(output)))
    assert record.platform is not None
    assert record.platform.request_id == request_id


@pytest.mark.parametrize(
    ("given", "request_id"),
    [
        ({"orderId": "1", "meta": {"awsRequestId": LAMBDA}}, LAMBDA),
        ({"failed": [{"requestId": LAMBDA}, {"requestId": STRANGER}]}, None),
        ({"orderId": "1"}, None),
        ("no document", None),
    ],
)
def test_an_executions_input_may_name_who_started_it(given: Any, request_id: str | None) -> None:
    """One request in the input is the starter's; several are data to work on."""
    record = parse(execution_event("ExecutionStarted", input=json.dumps(given)))
    assert record.platform is not None
    assert record.platform.request_id == request_id


def test_the_children_of_a_distributed_map_have_a_label_in_their_arn() -> None:
    """`execution:machine/label:id` is an execution like others."""
    arn = "arn:aws:states:us-east-1:123456789012:execution:shop/Each:7b1e"
    assert parse(f"started {arn}").identifiers == (Identifier(IdKind.EXECUTION_ARN, arn),)


def test_an_execution_event_that_was_unescaped_too_far() -> None:
    """A forwarder's broken JSON still tells type and execution (a captured event, shortened)."""
    record = parse(
        '{"id":"1","type":"ExecutionFailed","details":{"input":"{"Comment": "x"}"},'
        f'",previous_event_id":"0","event_timestamp":"1","execution_arn":"{ARN}"}}'
    )
    assert (record.fact, record.level) == (Fact.EXECUTION, Level.ERROR)
    assert record.run == Identifier(IdKind.EXECUTION_ARN, ARN)
