"""Structured records of applications: JSON lines of the runtimes and of logging libraries.

Level, message, request, function, error and response, under the keys of Lambda's own JSON formats,
Powertools, pino, winston, bunyan, structlog, Serilog, log4j, OpenTelemetry, DAZN, zap, slog, ECS.
Any key can be renamed by its user: what is not there stays unknown. Identifiers that join are found
by `identifiers`; documents of other services are read in `services` and `azure`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from slsloggrep.model import Fact, Level, Platform
from slsloggrep.parse.documents import read_document, write_document
from slsloggrep.parse.draft import Draft
from slsloggrep.parse.exceptions import error_of_fields, is_error_payload
from slsloggrep.parse.failures import fail_unhandled, read_failure
from slsloggrep.parse.functions import function_of_arn
from slsloggrep.parse.gateway import read_access_document
from slsloggrep.parse.identifiers import (
    UUID,
    Role,
    is_access_log,
    request_id_of,
    role_of,
)
from slsloggrep.parse.levels import level_of_fields
from slsloggrep.parse.metrics import is_metric_document
from slsloggrep.parse.responses import read_response

_MESSAGE_KEYS = (
    "message",
    "msg",
    "@m",
    "RenderedMessage",
    "renderedMessage",
    "Message",
    "event",
    "short_message",
    "@mt",
    "MessageTemplate",
    "body",
    "Body",
    "log",
    "textPayload",
)

_CONTEXTS = (
    "span",
    "contextMap",
    "mdc",
    "Properties",
    "properties",
    "attributes",
    "Attributes",
    "context",
    "lambda",
    "lambda_context",
    "lambdaContext",
    "lambda_request_context",
    "extra",
    "fields",
    "faas",
)
"""Objects in which loggers keep what belongs to every record of an invocation."""

_FUNCTION_NAME_KEYS = (
    "function_name",
    "functionName",
    "FunctionName",
    "faas.name",
    "aws.lambda.name",
)
_FUNCTION_ARN_KEYS = (
    "function_arn",
    "functionArn",
    "FunctionArn",
    "invoked_function_arn",
    "invokedFunctionArn",
    "faas.id",
    "cloud.resource_id",
)

_PAYLOAD_KEYS = frozenset({"errorMessage", "errorType", "stackTrace", "trace", "requestId"})
"""All that an error payload holds: a document with nothing else was written by a runtime."""

_UNCAUGHT = "log_uncaught_exception_hook"
"""Powertools for Python logs from there what ends the program (`log_uncaught_exceptions`)."""


def read_application(draft: Draft, document: dict[str, Any], response_keys: Sequence[str]) -> None:
    """Fill the draft from an application's structured record."""
    draft.fields = document
    _read_belonging(draft, document)
    _read_function(draft, document)
    if is_metric_document(document):
        draft.platform = Platform(fact=Fact.METRIC, request_id=draft.request_id)
        return
    draft.level = level_of_fields(document) or draft.level
    if is_access_log(document):
        read_access_document(draft, document)
    inner = _read_message(draft, document)
    _read_error(draft, document, inner)
    read_response(draft, document, response_keys)
    if inner is not None and isinstance(document.get("message"), str):
        # A document inside the message's text (.NET) states a response as one in its place would.
        read_response(draft, inner, response_keys)


def own_request_id(document: Mapping[str, Any]) -> str | None:
    """Return the request that a structured record says it belongs to, or None.

    Keys that can only mean Lambda's request come before `requestId`, which an access log uses for
    API Gateway's, and before `req_id`, under which web frameworks count.
    """
    if is_access_log(document):
        return None
    best: str | None = None
    for key, value in document.items():
        role = role_of(key)
        if role is Role.OWN_REQUEST and key.lower() not in _FOREIGN:
            request_id = request_id_of(value)
            if request_id:
                return request_id
        elif role is Role.REQUEST and best is None:
            request_id = request_id_of(value)
            if request_id and (key.lower().startswith("request") or UUID.fullmatch(request_id)):
                best = request_id
    if best:
        return best
    for holder in _holders(document):
        for key, value in holder.items():
            role = role_of(key)
            if role is Role.OWN_REQUEST or (role is Role.REQUEST and "span" in document):
                request_id = request_id_of(value)
                if request_id:
                    return request_id
    return None


_FOREIGN = frozenset(
    {
        "x-amzn-requestid",
        "awsendpointrequestid",
        "integrationrequestid",
        "integration.requestid",
        "authorizerrequestid",
        "authorizer.requestid",
    }
)
"""Requests of a function that was called, as its caller notes them."""


def _holders(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    holders = [document[key] for key in _CONTEXTS if isinstance(document.get(key), dict)]
    spans = document.get("spans")
    if isinstance(spans, list):
        holders += [span for span in spans if isinstance(span, dict)]
    if "faas" in document and isinstance(document["faas"], dict):
        holders.append({"faas.execution": document["faas"].get("execution")})
    aws = document.get("aws")
    if isinstance(aws, dict) and isinstance(aws.get("lambda"), dict):
        holders.append({f"aws.lambda.{key}": value for key, value in aws["lambda"].items()})
    return holders


def _read_belonging(draft: Draft, document: Mapping[str, Any]) -> None:
    if draft.request_id is None:
        request_id = own_request_id(document)
        if request_id is None:
            spans = document.get("spans")
            for span in spans if isinstance(spans, list) else ():
                # Rust's tracing layer nests the invocation's span (lambda-runtime, layers/trace).
                if isinstance(span, dict) and request_id is None:
                    request_id = request_id_of(span.get("requestId"))
        if request_id:
            draft.claim(request_id)


def _read_function(draft: Draft, document: Mapping[str, Any]) -> None:
    """Note the function that the record names as its own; a call's parameters name another."""
    if "Payload" in document or "InvocationType" in document:
        return
    for key in _FUNCTION_ARN_KEYS:
        value = document.get(key)
        name = function_of_arn(value) if isinstance(value, str) else None
        if name:
            draft.function = name
            return
    for key in _FUNCTION_NAME_KEYS:
        value = document.get(key)
        if isinstance(value, str) and value and " " not in value:
            draft.function = value
            return


def _read_message(draft: Draft, document: Mapping[str, Any]) -> dict[str, Any] | None:
    """Set the text from the message; return the document that the message is, if it is one."""
    fields = document.get("fields")
    message = fields.get("message") if isinstance(fields, dict) else None
    for key in _MESSAGE_KEYS:
        if message is not None:
            break
        message = document.get(key)
        if key == "body" and isinstance(message, dict) and "stringValue" in message:
            message = message["stringValue"]
    if isinstance(message, str):
        draft.text = message.rstrip()
        inner = read_document(message) if message[:1] == "{" else None
        if not isinstance(inner, dict):
            return None
        # .NET wraps what a program prints as JSON; the inner level and message are the real ones.
        draft.level = level_of_fields(inner) or draft.level
        own = next((inner[key] for key in _MESSAGE_KEYS if isinstance(inner.get(key), str)), None)
        draft.text = own.rstrip() if own else draft.text
        return inner
    if isinstance(message, dict | list):
        if is_error_payload(message) and isinstance(message, dict):
            draft.text = f"{message['errorType']}: {message['errorMessage']}"
        else:
            draft.text = write_document(message)
        return message if isinstance(message, dict) else None
    if message is not None:
        draft.text = str(message)
    elif is_error_payload(document):
        draft.text = f"{document['errorType']}: {document['errorMessage']}"
    return None


def _read_error(draft: Draft, document: Mapping[str, Any], inner: Mapping[str, Any] | None) -> None:
    # Python's runtime writes log_level and no message (bootstrap, log_error); Go's and Ruby's
    # write the bare payload.
    runtime = (
        is_error_payload(document)
        and (
            ("log_level" in document and "level" not in document and "message" not in document)
            or document.keys() <= _PAYLOAD_KEYS
        )
    ) or str(document.get("location", "")).startswith(_UNCAUGHT)
    error = error_of_fields(document, unhandled=runtime)
    if (error is None or error.type is None) and inner is not None:
        error = error_of_fields(inner) or error
    if error is None and "fields" in document and isinstance(document["fields"], dict):
        error = error_of_fields(document["fields"])
    if error is None:
        stated = draft.level
        if stated is None or stated >= Level.ERROR:
            read_failure(draft, draft.text)
            draft.level = stated or draft.level
        return
    if runtime:
        fail_unhandled(draft, error)
        return
    draft.error = error
    if draft.level is None:
        draft.level = Level.ERROR
