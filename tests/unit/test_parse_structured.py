"""Structured records: level, message, request, function, response, under many names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slsloggrep.model import Event, Fact, Level, Record
from slsloggrep.parse import Parser

ID = "52fdfc07-2182-154f-163f-5f0f9a621d72"


def parse(document: dict[str, Any] | str, *response_keys: str) -> Record:
    message = document if isinstance(document, str) else json.dumps(document)
    return Parser(response_keys=response_keys).parse(Event(0, message, "", "", ""))


@pytest.mark.parametrize(
    ("document", "level", "text"),
    [
        ({"timestamp": "t", "level": "WARNING", "message": "m", "logger": "root"}, 30, "m"),
        ({"timestamp": "t", "level": "CRITICAL", "message": "m"}, 50, "m"),
        ({"timestamp": "t", "level": "Information", "message": "m"}, 20, "m"),
        ({"timestamp": "t", "level": "UNDEFINED", "message": "m"}, None, "m"),
        ({"level": "debug", "message": "m", "timestamp": "t"}, 10, "m"),
        ({"level": 30, "time": 1531171074631, "pid": 657, "hostname": "h", "msg": "m"}, 20, "m"),
        ({"level": 50, "time": 1531171074631, "pid": 657, "hostname": "h", "msg": "m"}, 40, "m"),
        ({"level": 60, "name": "n", "hostname": "h", "pid": 1, "msg": "m", "v": 0}, 50, "m"),
        ({"level": 40, "sLevel": "WARN", "message": "m"}, 30, "m"),
        ({"level": 40, "levelno": 40, "message": "m"}, 40, "m"),
        ({"event": "m", "level": "warning", "timestamp": "t"}, 30, "m"),
        ({"@t": "t", "@m": "m", "@mt": "{x}", "@l": "Warning"}, 30, "m"),
        ({"@t": "t", "@mt": "m"}, 20, "m"),
        ({"Timestamp": "t", "Level": "Fatal", "MessageTemplate": "{x}", "RenderedMessage": "m"},
         50, "m"),
        ({"instant": {"epochSecond": 1}, "level": "WARN", "loggerName": "l", "message": "m"},
         30, "m"),
        ({"severityText": "WARN", "severityNumber": 13, "body": "m"}, 30, "m"),
        ({"severityNumber": 17, "body": {"stringValue": "m"}}, 40, "m"),
        ({"severityNumber": 2, "severityText": "odd", "body": "m"}, 5, "m"),
        ({"severity": {"number": 21, "text": "FATAL"}, "body": "m"}, 50, "m"),
        ({"level": "info", "ts": 1.5, "caller": "x.go:1", "msg": "m"}, 20, "m"),
        ({"time": "t", "level": "INFO", "msg": "m"}, 20, "m"),
        ({"log.level": "error", "message": "m"}, 40, "m"),
        ({"log": {"level": "error"}, "message": "m"}, 40, "m"),
        ({"version": "1.1", "short_message": "m", "level": 3}, 40, "m"),
        ({"status": "debug", "message": "m"}, 10, "m"),
        ({"status": 500, "message": "m"}, None, "m"),
        ({"level": "INFO", "fields": {"message": "m"}, "target": "t"}, 20, "m"),
        ({"level": "INFO", "message": {"a": 1}}, 20, '{"a":1}'),
        ({"level": "INFO", "message": 5}, 20, "5"),
        ({"level": "INFO", "message": '{"level":"Warning","message":"inner"}'}, 30, "inner"),
    ],
)  # fmt: skip
def test_level_and_message_of_loggers(
    document: dict[str, Any], level: int | None, text: str
) -> None:
    """Levels in words and numbers: the keys beside a number decide what it means."""
    record = parse(document)
    assert (record.level, record.text) == (level, text)
    assert record.fields == document


@pytest.mark.parametrize(
    "fields",
    [
        {"requestId": ID},
        {"AWSRequestId": ID},
        {"AWSrequestId": ID},
        {"aws_request_id": ID},
        {"awsRequestId": ID},
        {"function_request_id": ID},
        {"FunctionRequestId": ID},
        {"req_id": ID},
        {"faas.execution": ID},
        {"faas": {"execution": ID}},
        {"aws.lambda.request_id": ID},
        {"aws": {"lambda": {"request_id": ID}}},
        {"contextMap": {"AWSRequestId": ID}},
        {"Properties": {"AwsRequestId": ID}},
        {"span": {"requestId": ID, "name": "Lambda runtime invoke"}, "spans": []},
        {"spans": [{"requestId": ID, "name": "Lambda runtime invoke"}]},
        {"requestId": "other-business-id", "function_request_id": ID},
    ],
)
def test_the_request_a_record_belongs_to(fields: dict[str, Any]) -> None:
    """One concept, many keys; keys that can only mean Lambda's come before `requestId`."""
    assert parse({"level": "INFO", "message": "m", **fields}).request_id == ID


@pytest.mark.parametrize(
    "fields",
    [
        {"requestId": "undefined"},
        {"requestId": ""},
        {"requestId": None},
        {"reqId": 1},
        {"reqId": "req-1-of-a-framework"},
        {"x-amzn-RequestId": ID},
        {"response": {"requestId": ID}},
        {"event": {"requestContext": {"requestId": ID}}},
    ],
)
def test_keys_that_name_no_request_of_the_records_own(fields: dict[str, Any]) -> None:
    """No value, a framework's counter, a called function's request: none is the record's own."""
    assert parse({"level": "INFO", "message": "m", **fields}).request_id is None


def test_ids_of_web_functions_are_no_uuids() -> None:
    """Lambda Web Functions use 26 characters."""
    record = parse(
        '{"timestamp":"2026-09-16T23:48:17.188Z","level":"INFO","message":"GET /","requestId":'
        '"NF5U6CMIUAWPER24GXDNDEZSVU","endpointName":"default","region":"us-east-1"}'
    )
    assert record.request_id == "NF5U6CMIUAWPER24GXDNDEZSVU"


@pytest.mark.parametrize(
    ("fields", "function"),
    [
        ({"function_name": "pay"}, "pay"),
        ({"function_arn": "arn:aws:lambda:eu-west-1:123456789012:function:pay:live"}, "pay"),
        ({"invokedFunctionArn": "arn:aws-cn:lambda:cn-north-1:1:function:pay"}, "pay"),
        ({"faas.name": "pay"}, "pay"),
        ({"FunctionName": "pay", "InvocationType": "Event", "Payload": "{}"}, None),
        ({"service": "pay"}, None),
    ],
)
def test_the_function_a_record_states(fields: dict[str, Any], function: str | None) -> None:
    """Powertools and others state the function; a call's parameters name another one."""
    assert parse({"level": "INFO", "message": "m", **fields}).function == function


@pytest.mark.parametrize(
    ("fields", "response"),
    [
        ({"response": {"ok": True}}, {"ok": True}),
        ({"result": None}, None),
        ({"statusCode": 200}, 200),
        ({"statusCode": "404"}, "404"),
        ({"statusCode": 200, "body": "x", "other": 1}, {"statusCode": 200, "body": "x"}),
        ({"message": {"statusCode": 201, "body": "{}"}}, {"statusCode": 201, "body": "{}"}),
        ({"message": '{"statusCode":201}'}, 201),
        ({"response": 1, "result": 2, "statusCode": 3}, 1),
    ],
)
def test_responses_that_records_state(fields: dict[str, Any], response: object) -> None:
    """`response`, `result`, a status code alone, or with its body the integration's object."""
    record = parse({"level": "INFO", "message": "m", **fields})
    assert record.states_response
    assert record.response == response


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"statusCode": True},
        {"statusCode": "many"},
        {"statusCode": 500, "errorType": "E", "errorMessage": "upstream"},
        {"nested": {"response": 1}},
    ],
)
def test_records_that_state_no_response(fields: dict[str, Any]) -> None:
    """The status of an error, odd values and nested fields are no response."""
    record = parse({"level": "INFO", "message": "m", **fields})
    assert not record.states_response
    assert record.response is None


def test_keys_for_responses_come_first() -> None:
    """Configured keys, dotted paths too, win over the usual names."""
    document = {"level": "INFO", "message": "m", "response": 1, "out": {"value": 7}}
    assert parse(document, "missing", "out.value").response == 7


@pytest.mark.parametrize("label", ["Response: ", "Lambda response:", "returning ", "RESULT = "])
def test_a_labelled_document_is_a_response(label: str) -> None:
    """Text that says so makes the document after it the response."""
    assert parse(f'{label}{{"a":1}}').response == {"a": 1}


@pytest.mark.parametrize("label", ["Received response: ", "EVENT ", "Response of payment: "])
def test_other_labels_make_no_response(label: str) -> None:
    """An event, or somebody else's response, is not the invocation's."""
    assert not parse(f'{label}{{"a":1}}').states_response


def test_documents_beyond_json_are_read() -> None:
    """NaN and Infinity (Python), lone surrogates and raw controls are read, and harmless after."""
    record = parse(
        '{"level":"INFO","message":"m\ttab","a":NaN,"b":-Infinity,"c":1e999,"d":"\\ud800x"}'
    )
    assert record.level is Level.INFO
    assert record.text == "m\ttab"
    assert (record.fields["a"], record.fields["b"], record.fields["c"]) == (
        "NaN", "-Infinity", "1e999",
    )  # fmt: skip
    assert record.fields["d"] == "\ufffdx"
    json.dumps(dict(record.fields), allow_nan=False).encode()


@pytest.mark.parametrize("depth", [101, 2000, 100_000])
def test_very_deep_documents_stay_text(depth: int) -> None:
    """A document nested too deeply for those after the parser is no structured record."""
    for text in ('{"a":' * depth + "1" + "}" * depth, "[" * depth + "]" * depth):
        record = parse(text)
        assert record.fields == {}
        assert record.text == text


def test_fields_of_twenty_levels_are_kept() -> None:
    """Nesting that people really log is read."""
    assert parse('{"a":' * 20 + "1" + "}" * 20).fields != {}


def test_a_cut_document_stays_text() -> None:
    """CloudWatch cuts long events: what is left is no JSON, and is kept as text."""
    text = '{"level":"ERROR","message":"m","data":"aaaa'
    assert (parse(text).text, parse(text).fields) == (text, {})


def test_what_ends_the_program_is_unhandled() -> None:
    """Powertools for Python logs it from a hook of its own; its other errors are handled."""
    trace = (
        'Traceback (most recent call last):\n  File "/var/task/a.py", line 1, in f\nDeclined: no'
    )
    error = {"level": "ERROR", "message": "no", "exception": trace, "exception_name": "Declined"}
    uncaught = parse({**error, "location": "log_uncaught_exception_hook:756"})
    assert (uncaught.fact, uncaught.level) == (Fact.UNHANDLED, Level.ERROR)
    assert uncaught.error is not None
    assert (uncaught.error.type, uncaught.error.unhandled) == ("Declined", True)
    assert parse({**error, "location": "handler:12"}).fact is None
