"""Records that services beside Lambda write: Step Functions, API Gateway, destinations.

AWS Step Functions Developer Guide, cw-logs; API Gateway Developer Guide, set-up-logging; AWS
Lambda Developer Guide, invocation-async-retain-records. Such records mention Lambda requests (that
is what bridges them to the functions' logs) without belonging to one, so none of them claims a
request ID of its own: `Platform.request_id` names the request a destination record is about.
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
from slsloggrep.parse.identifiers import UUID, plain_id, request_id_of

_EXECUTION = re.compile(rf"\((?P<id>{UUID.pattern}|[\w=-]{{8,64}})\) (?P<text>.*)", re.DOTALL)
_EXECUTION_WORDS = (
    "Extended Request Id",
    "Verifying Usage Plan",
    "API Key",
    "Starting execution",
    "HTTP Method",
    "Method ",
    "Endpoint ",
    "Sending request to",
    "Received response",
    "Successfully completed execution",
    "Execution failed",
    "Lambda ",
    "Gateway response",
    "AWS Integration",
    "Authorizer",
    "Usage Plan",
    "Key throttle",
    "User ",
    "Unauthorized",
)
_EXTENDED = re.compile(r"Extended Request Id: (?P<id>\S+)")

_ACCESS = re.compile(
    r"\S+ \S+ \S+ \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \"[^\"]*\" (?P<status>\d{3}|-)"
    r" (?:\d+|-) (?P<id>\S+)(?: (?P<extended>\S+))?\s*"
)
_ACCESS_CSV = re.compile(
    r"[^,]*,[^,]*,[^,]*,\d\d/\w{3}/\d{4}:[\d:]+ [+-]\d{4},[A-Z]+,[^,]*,[^,]*,(?P<status>\d{3}|-),"
    r"(?:\d+|-),(?P<id>[^,\s]+)(?:,(?P<extended>[^,\s]+))?\s*"
)
_ACCESS_XML = re.compile(r"<request id=\"(?P<id>[^\"\s]+)\"(?P<status>)(?P<extended>)>")

_BAD_ENDS = ("Failed", "TimedOut", "Aborted")


def read_service_document(draft: Draft, document: dict[str, Any]) -> bool:
    """Fill the draft from a service's record in JSON; False where it is none of theirs."""
    return (
        _read_execution_event(draft, document)
        or _read_status_change(draft, document)
        or _read_stream_destination(draft, document)
        or _read_destination(draft, document)
    )


def read_gateway_line(draft: Draft, line: str, log_group: str) -> bool:
    """Fill the draft from a text line of API Gateway's execution or access log."""
    if line.startswith("("):
        found = _EXECUTION.match(line)
        if not found:
            return False
        text = found["text"]
        if not log_group.startswith("API-Gateway-") and not (
            text.startswith(_EXECUTION_WORDS) and UUID.fullmatch(found["id"])
        ):
            return False
        draft.reveal(IdKind.API_REQUEST_ID, found["id"])
        extended = _EXTENDED.match(text)
        if extended:
            draft.reveal(IdKind.API_REQUEST_ID, extended["id"])
        draft.text = text.rstrip()
        failed = text.startswith(("Execution failed", "Lambda execution failed"))
        draft.level = Level.ERROR if failed else Level.INFO
        return True
    found = _ACCESS.fullmatch(line) or _ACCESS_CSV.fullmatch(line) or _ACCESS_XML.match(line)
    if not found:
        return False
    for group in ("id", "extended"):
        identifier = plain_id(found[group] or "")
        if identifier:
            draft.reveal(IdKind.API_REQUEST_ID, identifier)
    draft.text = line.strip()
    draft.level = level_of_http_status(found["status"])
    return True


def level_of_http_status(status: object) -> Level:
    """Return the level that an access log's status stands for: 5xx are errors, 4xx warnings."""
    text = str(status)
    if text.startswith("5") and len(text) == 3:
        return Level.ERROR
    return Level.WARN if text.startswith("4") and len(text) == 3 else Level.INFO


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
    draft.text = " ".join(words)
    draft.platform = Platform(
        fact=Fact.EXECUTION,
        name=kind,
        status="error" if failed else None,
        error_type=draft.error.type if draft.error else None,
    )
    return True


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
    draft.text = " ".join(
        word
        for word in ("destination", name, condition, draft.error.type if draft.error else None)
        if word
    )
    draft.platform = Platform(
        fact=Fact.DESTINATION,
        request_id=request_id,
        status="failure" if failed else "success",
        error_type=draft.error.type if draft.error else None,
        function_arn=arn,
        name=condition,
    )
    return True


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
    draft.text = f"destination {condition or ''}".rstrip()
    draft.platform = Platform(
        fact=Fact.DESTINATION,
        request_id=request_id,
        status="failure",
        function_arn=arn if isinstance(arn, str) else None,
        name=condition,
    )
    return True
