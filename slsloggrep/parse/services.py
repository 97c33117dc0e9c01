"""Records that services beside Lambda write: Step Functions, asynchronous destinations.

AWS Step Functions Developer Guide, cw-logs and connect-lambda; AWS Lambda Developer Guide,
invocation-async-retain-records. Such records mention Lambda requests (that is what bridges them to
the functions' logs) without belonging to one, so none of them claims a request ID of its own:
`Platform.request_id` names the request that the record is about. API Gateway's lines are read in
`slsloggrep.parse.gateway`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slsloggrep.model import ErrorInfo, Fact, IdKind, Level, Platform
from slsloggrep.parse.documents import read_document
from slsloggrep.parse.draft import Draft
from slsloggrep.parse.exceptions import error_of_fields
from slsloggrep.parse.functions import function_of_arn
from slsloggrep.parse.identifiers import UUID, IdKeys, request_id_of, reveal_document

_BAD_ENDS = ("Failed", "TimedOut", "Aborted")

_EVENT_KEYS = re.compile(
    r'\{\s*"id"\s*:\s*"(?P<id>\d+)"\s*,\s*"type"\s*:\s*"(?P<type>[A-Z]\w+)"'
    r'.*"execution_arn"\s*:\s*"(?P<arn>arn:[^"\s]+)"',
    re.DOTALL,
)


def read_service_document(draft: Draft, document: dict[str, Any]) -> bool:
    """Fill the draft from a service's record in JSON; False where it is none of theirs."""
    return (
        _read_execution_event(draft, document)
        or _read_status_change(draft, document)
        or _read_stream_destination(draft, document)
        or _read_destination(draft, document)
        or _read_dead_letter(draft, document)
    )


def read_execution_text(draft: Draft, line: str) -> bool:
    """Fill the draft from an event of an execution that is no JSON any more; False: it is none.

    Forwarders that unescape too much leave such events behind; what they hold is shown as it is.
    """
    found = _EVENT_KEYS.match(line)
    if not found:
        return False
    failed = found["type"].endswith(_BAD_ENDS)
    draft.reveal(IdKind.EXECUTION_ARN, found["arn"])
    draft.text = line.rstrip()
    draft.level = Level.ERROR if failed else Level.INFO
    draft.platform = Platform(
        fact=Fact.EXECUTION, name=found["type"], status="error" if failed else None
    )
    return True


def _read_execution_event(draft: Draft, document: dict[str, Any]) -> bool:
    """Read an event of a Step Functions execution; its details hold JSON as texts."""
    arn, kind = document.get("execution_arn"), document.get("type")
    if not isinstance(arn, str) or not isinstance(kind, str) or "event_timestamp" not in document:
        return False
    draft.fields = document
    draft.reveal(IdKind.EXECUTION_ARN, arn)
    details = document.get("details")
    details = details if isinstance(details, dict) else {}
    failed = kind.endswith(_BAD_ENDS)
    draft.level = Level.ERROR if failed else Level.INFO
    words = [kind]
    name = details.get("name")
    if isinstance(name, str):
        words.append(name)
    if failed:
        draft.error = _error_of_cause(details)
        if draft.error:
            words += [word for word in (draft.error.type, draft.error.message) if word]
    request_id = _request_of_event(draft, kind, details)
    if request_id and not failed:
        words.append(f"request {request_id}")
    draft.text = " ".join(words)
    draft.platform = Platform(
        fact=Fact.EXECUTION,
        name=kind,
        request_id=request_id,
        status="error" if failed else None,
        error_type=draft.error.type if draft.error else None,
    )
    return True


def _request_of_event(draft: Draft, kind: str, details: Mapping[str, Any]) -> str | None:
    """Return the Lambda request that an event of an execution is about, or None.

    A failed function's error payload names it (`cause`), the answer to an optimised integration's
    call has it in its metadata (`output`), and the input of an execution may name who started it.
    All other request IDs in there are those of other services, or data.
    """
    if kind.endswith(_BAD_ENDS):
        cause = _document_in(details, "cause")
        return _uuid(cause.get("requestId")) if "errorMessage" in cause else None
    if kind in ("TaskSucceeded", "TaskSubmitted") and details.get("resourceType") == "lambda":
        output = _document_in(details, "output")
        metadata = _document_in(output, "SdkResponseMetadata")
        headers = _document_in(_document_in(output, "SdkHttpMetadata"), "HttpHeaders")
        return _uuid(metadata.get("RequestId")) or _uuid(headers.get("x-amzn-RequestId"))
    if kind == "ExecutionStarted":
        inner = Draft(draft.event)
        reveal_document(inner, _document_in(details, "input"), IdKeys(()))
        named = [i.value for i in inner.identifiers if i.kind is IdKind.REQUEST_ID]
        return named[0] if len(named) == 1 else None
    return None


def _document_in(holder: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the JSON object under a key, or in the text there; empty where there is none."""
    value = holder.get(key)
    if isinstance(value, str):
        value = read_document(value)
    return value if isinstance(value, dict) else {}


def _uuid(value: Any) -> str | None:
    request_id = request_id_of(value)
    return request_id if request_id and UUID.fullmatch(request_id) else None


def _error_of_cause(details: Mapping[str, Any]) -> ErrorInfo | None:
    """Return the error in `error` and `cause`; the cause is a Lambda error payload or a text."""
    error, cause = details.get("error"), details.get("cause")
    error_type = error if isinstance(error, str) and error else None
    message = cause if isinstance(cause, str) and cause else None
    payload = read_document(message) if message else None
    if isinstance(payload, dict):
        inner = error_of_fields(payload)
        if inner:
            return ErrorInfo(
                type=error_type or inner.type, message=inner.message, stack=inner.stack
            )
    if error_type is None and message is None:
        return None
    return ErrorInfo(type=error_type, message=message)


def _read_status_change(draft: Draft, document: dict[str, Any]) -> bool:
    """Read EventBridge's `Durable Execution Status Change` and its Step Functions likeness."""
    kind, detail = document.get("detail-type"), document.get("detail")
    if not isinstance(detail, dict) or kind not in (
        "Durable Execution Status Change",
        "Step Functions Execution Status Change",
    ):
        return False
    status = detail.get("status")
    status = status if isinstance(status, str) else None
    draft.fields = document
    arn = detail.get("executionArn") or detail.get("durableExecutionArn")
    if isinstance(arn, str):
        draft.reveal(IdKind.EXECUTION_ARN, arn)
    failed = status in ("FAILED", "TIMED_OUT", "ABORTED")
    draft.level = Level.ERROR if failed else Level.INFO
    draft.text = f"{kind} {status or ''}".rstrip()
    draft.platform = Platform(fact=Fact.EXECUTION, name=str(kind), status=status)
    return True


def _read_destination(draft: Draft, document: dict[str, Any]) -> bool:
    """Read the record of an asynchronous destination, also inside an EventBridge event."""
    record = document
    if str(document.get("detail-type", "")).startswith("Lambda Function Invocation Result"):
        detail = document.get("detail")
        record = detail if isinstance(detail, dict) else document
    context = record.get("requestContext")
    if (
        not isinstance(context, dict)
        or "condition" not in context
        or not ("responseContext" in record or "requestPayload" in record)
    ):
        return False
    draft.fields = document
    request_id = request_id_of(context.get("requestId"))
    if request_id:
        draft.reveal(IdKind.REQUEST_ID, request_id)
    condition = context.get("condition")
    condition = condition if isinstance(condition, str) else None
    response = record.get("responseContext")
    function_error = response.get("functionError") if isinstance(response, dict) else None
    arn = context.get("functionArn")
    arn = arn if isinstance(arn, str) else None
    failed = bool(function_error) or condition != "Success"
    payload = record.get("responsePayload")
    if "responsePayload" in record:
        draft.answer(payload)
    if failed and isinstance(payload, dict):
        # Handled or not, the statusCode is 200: functionError alone tells (Lambda Developer Guide).
        draft.error = error_of_fields(payload, unhandled=function_error == "Unhandled")
    draft.level = Level.ERROR if failed else Level.INFO
    name = function_of_arn(arn) if arn else None
    error_type = draft.error.type if draft.error else None
    draft.text = _about(request_id, "destination", name, condition, error_type)
    draft.platform = Platform(
        fact=Fact.DESTINATION,
        request_id=request_id,
        status="failure" if failed else "success",
        error_type=error_type,
        function_arn=arn,
        name=condition,
    )
    return True


def _about(request_id: str | None, *words: str | None) -> str:
    """Return words on a request of which the record is, with its ID: it leads to the attempts."""
    text = " ".join(word for word in words if word)
    return f"{text}, request {request_id}" if request_id else text


def _read_stream_destination(draft: Draft, document: dict[str, Any]) -> bool:
    """Read the failure record of an event source mapping: positions in a stream, no payload."""
    batch = document.get("KinesisBatchInfo") or document.get("DDBStreamBatchInfo")
    context = document.get("requestContext")
    if not isinstance(batch, dict) or not isinstance(context, dict):
        return False
    draft.fields = document
    request_id = request_id_of(context.get("requestId"))
    if request_id:
        draft.reveal(IdKind.REQUEST_ID, request_id)
    shard = batch.get("shardId")
    for key in ("startSequenceNumber", "endSequenceNumber"):
        sequence = batch.get(key)
        if isinstance(shard, str) and isinstance(sequence, str):
            draft.reveal(IdKind.MESSAGE_ID, f"{shard}:{sequence}")
    condition = context.get("condition")
    condition = condition if isinstance(condition, str) else None
    arn = context.get("functionArn")
    draft.level = Level.ERROR
    draft.text = _about(request_id, "destination", condition)
    draft.platform = Platform(
        fact=Fact.DESTINATION,
        request_id=request_id,
        status="failure",
        function_arn=arn if isinstance(arn, str) else None,
        name=condition,
    )
    return True


def _read_dead_letter(draft: Draft, document: dict[str, Any]) -> bool:
    """Read a message of a dead-letter queue or topic: the event itself, and why it is there.

    Three attributes tell: `RequestID`, `ErrorCode` and `ErrorMessage` (Developer Guide,
    invocation-async-retain-records). The event of the function that reads the queue is read, too,
    if it holds one message.
    """
    records = document.get("Records")
    message = records[0] if isinstance(records, list) and len(records) == 1 else document
    if not isinstance(message, dict):
        return False
    topic = message.get("Sns")
    message = topic if isinstance(topic, dict) else message
    attributes = message.get("messageAttributes", message.get("MessageAttributes"))
    if not isinstance(attributes, dict):
        return False
    request_id = request_id_of(_attribute(attributes, "RequestID"))
    said = _attribute(attributes, "ErrorMessage")
    if request_id is None or said is None or _attribute(attributes, "ErrorCode") is None:
        return False
    draft.fields = document
    draft.reveal(IdKind.REQUEST_ID, request_id)
    draft.level = Level.ERROR
    draft.error = ErrorInfo(type=None, message=said, unhandled=True)
    draft.text = _about(request_id, "dead letter", said)
    draft.platform = Platform(
        fact=Fact.DESTINATION, request_id=request_id, status="failure", name="DeadLetter"
    )
    return True


def _attribute(attributes: Mapping[str, Any], name: str) -> str | None:
    """Return an attribute's value as SQS's API, its events, or SNS spell it."""
    holder = attributes.get(name)
    if not isinstance(holder, dict):
        return None
    value = next(
        (holder[key] for key in ("stringValue", "StringValue", "Value") if key in holder), None
    )
    return value if isinstance(value, str) else None
