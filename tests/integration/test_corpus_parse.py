"""Real log data through the parser, with the facts that its readers know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from slsloggrep.model import Event, Fact, IdKind, Level, Record
from slsloggrep.parse import Parser, function_of


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def parse(message: object, group: str = "", stream: str = "") -> Record:
    text = message if isinstance(message, str) else json.dumps(message)
    return Parser().parse(Event(0, text, group, stream, ""))


def records_of(envelope: dict[str, Any]) -> list[Record]:
    group, stream = envelope.get("logGroup", ""), envelope.get("logStream", "")
    return [parse(event["message"], group, stream) for event in envelope["logEvents"]]


def texts_in(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for child in value.values():
            yield from texts_in(child)
    elif isinstance(value, list):
        for child in value:
            yield from texts_in(child)
    elif isinstance(value, str):
        yield value


def find(value: object, key: str) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, child in value.items():
            if name == key:
                yield child
            yield from find(child, key)
    elif isinstance(value, list):
        for child in value:
            yield from find(child, key)


def test_an_asynchronous_retry_recorded_on_aws(corpus: Path) -> None:
    """Eight events, one request, two attempts, each with an unhandled CustomException."""
    snapshot = load(corpus / "aws-recorded" / "localstack_test_lambda.snapshot.json")
    name = next(n for n in snapshot if "test_invocation_type_event_error" in n)
    events = next(find(snapshot[name], "log_events"))
    records = [parse(event["message"].replace("<request-id>", "0" * 8)) for event in events]
    attempt = [Fact.START, Fact.UNHANDLED, Fact.END, Fact.REPORT]
    assert [record.fact for record in records if record.fact] == [
        Fact.INIT_START,
        *attempt,
        *attempt,
    ]
    errors = [record.error for record in records if record.error]
    assert [(e.type, e.message, e.unhandled, len(e.stack)) for e in errors] == [
        ("CustomException", "some error occurred", True, 2)
    ] * 2
    reports = [record.platform for record in records if record.fact is Fact.REPORT]
    assert [(r.duration_ms, r.billed_ms, r.init_ms) for r in reports if r] == [
        (3.01, 4, 110.10), (2.90, 3, None),
    ]  # fmt: skip


def test_a_cold_start_escaped_twice(corpus: Path) -> None:
    """The shipper's fixture holds backslash-t and backslash-n as two characters."""
    envelope = load(corpus / "cwl-envelope" / "datadog_cloudwatch_log_coldstart.json")
    records = records_of(envelope)
    assert [record.fact for record in records] == [Fact.START, Fact.END, Fact.REPORT]
    assert {record.request_id for record in records} == {"db275f87-a934-471a-8980-b63bf4dc1beb"}
    report = records[2].platform
    assert report is not None
    assert (report.duration_ms, report.billed_ms, report.memory_mb, report.init_ms) == (
        1.76, 100, 128, 120.96,
    )  # fmt: skip
    start = records[0].platform
    assert start is not None
    assert start.version == "$LATEST"


def test_an_old_timeout_after_its_report(corpus: Path) -> None:
    """The old timeout line comes last and names the request and the limit."""
    records = records_of(load(corpus / "cwl-envelope" / "datadog_cloudwatch_log_timeout.json"))
    assert [record.fact for record in records] == [Fact.START, Fact.END, Fact.REPORT, Fact.TIMEOUT]
    assert len({record.request_id for record in records}) == 1
    assert records[3].platform is not None
    assert records[3].platform.timeout_s == 3


def test_a_custom_group_names_the_function_in_its_stream(corpus: Path) -> None:
    """Node.js lines with Datadog's prefix, in a group that several functions share."""
    envelope = load(
        corpus / "cwl-envelope" / "datadog_cloudwatch_customized_log_group_lambda_invocation.json"
    )
    assert function_of(envelope["logGroup"], envelope["logStream"]) == "test-customized-loggroup"
    for record in records_of(envelope):
        assert record.level is Level.DEBUG
        assert record.request_id == "f08bb4c8-d6b2-4f05-ac17-af7e2ba005fb"
        kinds = {identifier.kind: identifier.value for identifier in record.identifiers}
        assert kinds[IdKind.DATADOG_TRACE_ID] == "3172564172058669914"
    assert kinds[IdKind.XRAY_TRACE_ID] == "1-5e61292c-cc1229a4dfbeae1043928548"


def test_a_step_functions_event_that_is_no_json(corpus: Path) -> None:
    """As stored its quotes are not escaped: the execution is found all the same."""
    envelope = load(corpus / "cwl-envelope" / "datadog_step_functions_log.json")
    (record,) = records_of(envelope)
    assert [identifier.kind for identifier in record.identifiers] == [IdKind.EXECUTION_ARN]
    assert record.identifiers[0].value.endswith(":7fa0cfbe-be28-4a20-9875-73c37f5dc39e")
    assert function_of(envelope["logGroup"], envelope["logStream"]) == "logs-to-traces-sequential"


def test_lines_without_a_level(corpus: Path) -> None:
    """An old Node.js line has a request and no level; a message may go on over lines."""
    records = records_of(load(corpus / "cwl-envelope" / "lambdastash_cloudwatch.data.json"))
    assert [record.fact for record in records] == [Fact.START, None, None, Fact.END, Fact.REPORT]
    assert {record.request_id for record in records} == {"abcdef-1234-5678-9012-abcdef"}
    assert records[2].text == "Example log message 2\nLine 2"


def test_a_message_that_is_an_array(corpus: Path) -> None:
    """New Relic's line is a metric and reveals the request it was made for."""
    (record, *_) = records_of(load(corpus / "cwl-envelope" / "newrelic_invoke_lambda.json"))
    assert record.fact is Fact.METRIC
    assert "57a9aa12-96bf-4065-99f7-f27a4e5fce52" in [i.value for i in record.identifiers]


@pytest.mark.parametrize(
    ("name", "level", "function", "request_id"),
    [
        ("powertoolspy_set_correlation_id_output", Level.INFO, "test",
         "52fdfc07-2182-154f-163f-5f0f9a621d72"),
        ("powertoolsts_logEventOutput", Level.INFO, "LogEventFn",
         "0a9df60d-e2de-447d-ba3e-45f149eae6c9"),
        ("powertoolspy_logging_stacktrace_output", Level.ERROR, None, None),
        ("powertoolspy_logging_uncaught_exceptions_output", Level.ERROR, None, None),
    ],
)  # fmt: skip
def test_powertools(
    corpus: Path, name: str, level: Level, function: str | None, request_id: str | None
) -> None:
    """Powertools' records give level, function, request; an exception is the error."""
    record = parse(load(corpus / "app-json" / f"{name}.json"))
    assert (record.level, record.function, record.request_id) == (level, function, request_id)
    if level is Level.ERROR:
        assert record.error is not None
        assert record.error.type == "HTTPError"
        assert str(record.error.message).startswith("500 Server Error")
        assert record.error.stack


def test_powertools_identifiers(corpus: Path) -> None:
    """A correlation ID and an X-Ray ID stand under Powertools' keys."""
    folder = corpus / "app-json"
    correlated = parse(load(folder / "powertoolspy_set_correlation_id_output.json"))
    traced = parse(load(folder / "powertoolsts_logEventOutput.json"))
    found = [(*i,) for record in (correlated, traced) for i in record.identifiers]
    assert (IdKind.CORRELATION_ID, "correlation_id_value") in found
    assert (IdKind.XRAY_TRACE_ID, "1-66bc8205-21f8b5190da519d22b2b0533") in found


@pytest.mark.parametrize(
    ("name", "identifiers"),
    [
        ("ddext_api_gateway_rest_event", [("api_request_id", "request-id"),
                                          ("api_request_id", "id=")]),
        ("ddext_eventbridge_event", [("message_id", "bd3c8258-8d30-007c-2562-64715b2d0ea8"),
                                     ("datadog_trace_id", "5827606813695714842")]),
        ("ddext_sns_sqs_event", [("message_id", "64812b68-4d9b-4dca-b3fb-9b18f255ee51"),
                                 ("message_id", "0a0ab23e-4861-5447-82b7-e8094ff3e332"),
                                 ("datadog_trace_id", "2776434475358637757")]),
        ("ddext_step_function_event", [("execution_arn",
            ("arn:aws:states:us-east-1:123456789012:execution:agocsTestSF:"
            "bc9f281c-3daa-4e5a-9a60-471a3810bf44"))]),
    ],
)  # fmt: skip
def test_logged_events_reveal_their_ids(
    corpus: Path, name: str, identifiers: list[tuple[str, str]]
) -> None:
    """An event that a handler prints reveals what joins it, and claims no request."""
    record = parse(load(corpus / "event-ids" / f"{name}.json"))
    assert [(i.kind.value, i.value) for i in record.identifiers] == identifiers
    assert record.request_id is None


def test_destination_records(corpus: Path) -> None:
    """An asynchronous destination and an event source mapping's failure records."""
    folder = corpus / "destinations"
    record = parse(load(folder / "javalibs_lambda_destination_event.json"))
    assert record.platform is not None
    assert record.platform.fact is Fact.DESTINATION
    assert record.platform.request_id == "8ea123e4-1db7-4aca-ad10-d9ca1234c1fd"
    assert record.error is not None
    assert not record.error.unhandled
    assert record.response["errorType"] == "Error"
    snapshot = load(folder / "localstack_esm_kinesis.snapshot.json")
    failures = [
        body
        for key in ("Body", "Message")
        for body in find(snapshot, key)
        if isinstance(body, dict) and "KinesisBatchInfo" in body
    ]
    assert failures
    for body in failures:
        assert parse(body).fact is Fact.DESTINATION


def test_error_payloads_of_every_runtime(corpus: Path) -> None:
    """What each runtime hands to its caller is read as a runtime's error."""
    snapshot = load(corpus / "aws-recorded" / "localstack_test_lambda_common.snapshot.json")
    payloads = [value for value in _dicts(snapshot) if "errorMessage" in value]
    assert len(payloads) > 15
    for payload in payloads:
        record = parse(payload)
        assert record.error is not None
        assert (record.error.type, record.error.message) == (
            payload["errorType"], payload["errorMessage"],
        )  # fmt: skip


def _dicts(value: object) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for child in value.values():
            yield from _dicts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _dicts(child)


def test_documents_of_opentelemetry(corpus: Path) -> None:
    """Data Prepper's two forms give level and body."""
    for name in ("dataprepper_test-log", "dataprepper_test-standard-log"):
        record = parse(load(corpus / "opensearch" / f"{name}.json"))
        assert (record.level, record.text) == (Level.TRACE, "Test body")


def test_every_text_of_the_corpus_parses(corpus: Path) -> None:
    """Whatever stands anywhere in the corpus gives a record that holds it."""
    count = 0
    for path in sorted(corpus.rglob("*")):
        if path.suffix not in (".json", ".log"):
            continue
        raw = path.read_text(encoding="utf-8", errors="replace")
        texts = [raw, *raw.splitlines()]
        if path.suffix == ".json":
            texts += texts_in(json.loads(raw))
        for text in texts:
            assert parse(text).event.message == text
            count += 1
    assert count > 1000
