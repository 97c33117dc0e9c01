"""From a message on the wire to a request that fits the model, and to an answer that does.

Three protocols: JSON 1.1 (CloudWatch Logs), REST (one operation of Lambda), queries (two of STS).
Whatever no correct client would send is refused and noted as a violation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import logs_insights
import logs_listing
import logs_live
import logs_neighbours
import logs_reading
import msgspec
from logs_faults import Fault, Request
from logs_shapes import faults_of, service_model
from logs_world import ACCOUNT, ServiceError, World

if TYPE_CHECKING:
    from logs_service import LogsService

TARGET = "Logs_20140328."
JSON = "application/x-amz-json-1.1"
OPERATIONS: dict[str, Callable[[World, dict[str, Any]], dict[str, Any]]] = {
    **logs_reading.OPERATIONS,
    **logs_listing.OPERATIONS,
    **logs_insights.OPERATIONS,
    **logs_neighbours.OPERATIONS,
}
_SCOPE = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/,\s]+)/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=[0-9a-f]{64}"
)
_FUNCTION = re.compile(r"/2015-03-31/functions/([^/]+)/configuration")
_IN_XML = ("sts", "cloudformation")
_SAMPLE = 5
"""Items of an answer's list that are checked against the model, at its beginning and its end."""


class Message(NamedTuple):
    """A request as HTTP has it."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Answer:
    """What is sent back."""

    body: bytes = b""
    status: int = 200
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    stream: Generator[bytes, None, None] | None = None
    """Instead of a body: frames, as they come; an empty one stands for a cut connection."""


def wrong(code: str, message: str) -> ServiceError:
    return ServiceError(code, message, violation=True)


def parse_request(service: LogsService, message: Message, arrived: float) -> Request:
    """Return a request whose signature and encoding are as they must be."""
    header = message.headers.get("authorization")
    if header is None:
        raise wrong("MissingAuthenticationTokenException", "Missing Authentication Token")
    signed = _SCOPE.fullmatch(header)
    if signed is None or "host" not in signed[4].split(";") or "x-amz-date" not in message.headers:
        raise wrong("IncompleteSignatureException", f"no signature of version 4: {header}")
    key, region, called = signed[1], signed[2], signed[3]
    parse = _PARSERS.get(called)
    if parse is None:
        raise wrong("UnknownOperationException", f"the stand-in has no service '{called}'")
    operation, given = parse(message)
    account = service.accounts.get(key, ACCOUNT)
    return Request(operation, given, region, account, arrived, service=called, key=key)


def _parse_json(message: Message) -> tuple[str, dict[str, Any]]:
    target = message.headers.get("x-amz-target", "")
    if message.method != "POST" or message.path != "/" or not target.startswith(TARGET):
        raise wrong("UnknownOperationException", f"{message.method} {message.path} '{target}'")
    if message.headers.get("content-type") != JSON:
        raise wrong("SerializationException", f"the content type is not {JSON}")
    try:
        given = json.loads(message.body)
    except ValueError as error:
        raise wrong("SerializationException", str(error)) from error
    if not isinstance(given, dict):
        raise wrong("SerializationException", "no JSON object")
    return target.removeprefix(TARGET), given


def _parse_rest(message: Message) -> tuple[str, dict[str, Any]]:
    parts = urlsplit(message.path)
    query: dict[str, Any] = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if message.method == "GET" and parts.path.rstrip("/") == "/2015-03-31/functions":
        if "MaxItems" in query:
            query["MaxItems"] = int(query["MaxItems"])
        return "ListFunctions", query
    found = _FUNCTION.fullmatch(parts.path)
    if message.method != "GET" or found is None:
        raise wrong("UnknownOperationException", f"{message.method} {message.path}")
    return "GetFunctionConfiguration", {"FunctionName": unquote(found[1]), **query}


def _parse_query(message: Message) -> tuple[str, dict[str, Any]]:
    given: dict[str, Any] = {
        name: values[0] for name, values in parse_qs(message.body.decode()).items()
    }
    given.pop("Version", None)
    if "DurationSeconds" in given:
        given["DurationSeconds"] = int(given["DurationSeconds"])
    return given.pop("Action", ""), given


_PARSERS = {
    "logs": _parse_json,
    "lambda": _parse_rest,
    **dict.fromkeys(_IN_XML, _parse_query),
}


def refuse(service: LogsService, request: Request, fault: Fault | None) -> None:
    """Raise what a request is refused with before anyone looks at what it asks."""
    if request.key in service.expired_keys:
        raise ServiceError(
            "ExpiredTokenException", "The security token included in the request is expired"
        )
    if fault is not None and fault.code:
        message = fault.message
        if fault.code == "AccessDeniedException" and message == "injected":
            message = _denial(request)
        raise ServiceError(fault.code, message, status=fault.status)
    if service.faults.exceeds(request):
        raise ServiceError("ThrottlingException", "Rate exceeded")


def _denial(request: Request) -> str:
    """Return the words of a denied call, as IAM puts them."""
    group = request.groups[0] if request.groups else ""
    resource = f"log-group:{group}:log-stream:"
    if request.service == "lambda":
        resource = f"function:{request.given.get('FunctionName')}"
    action = f"{request.service}:{request.operation}"
    return (
        f"User: arn:aws:sts::{request.account}:assumed-role/reader/session is not authorized to "
        f"perform: {action} on resource: arn:aws:{request.service}:{request.region}:"
        f"{request.account}:{resource} because no identity-based policy allows the {action} action"
    )


def answer_to(service: LogsService, request: Request) -> Answer:
    """Return the answer to a request; raises ServiceError."""
    model = service_model(request.service)
    if request.operation not in model.operation_names:
        raise wrong("UnknownOperationException", "there is no such operation")
    operation = model.operation_model(request.operation)
    faults = list(faults_of(request.given, operation.input_shape))
    if faults:
        raise wrong(
            "InvalidParameterException",
            f"{len(faults)} validation error(s) detected: {'; '.join(faults)}",
        )
    world = service.region(request.region, request.account)
    if request.operation == "StartLiveTail":
        with world.lock:
            session = logs_live.Session(world, request.given, service.violate)
        return Answer(content_type="application/vnd.amazon.eventstream", stream=session.frames())
    serve = OPERATIONS.get(request.operation)
    if serve is None:
        raise wrong("UnknownOperationException", "the stand-in does not have it")
    with world.lock:
        answer = serve(world, request.given)
    if request.operation == "AssumeRole":
        service.accounts[answer["Credentials"]["AccessKeyId"]] = request.given["RoleArn"].split(
            ":"
        )[4]
    request.events = len(answer.get("events", ()))
    for fault in _faults_of_answer(answer, operation.output_shape):
        service.violate(f"the stand-in's own answer to {request.operation}: {fault}")
    if request.service in _IN_XML:
        return Answer(
            logs_neighbours.as_xml(request.operation, answer).encode(), content_type="text/xml"
        )
    try:
        return Answer(msgspec.json.encode(answer))
    except UnicodeEncodeError:
        return Answer(json.dumps(msgspec.to_builtins(answer)).encode())  # lone surrogates


def _faults_of_answer(answer: dict[str, Any], shape: Any) -> list[str]:
    sample = {
        name: value[:_SAMPLE] + value[-_SAMPLE:] if isinstance(value, list) else value
        for name, value in answer.items()
    }
    return list(faults_of(msgspec.to_builtins(sample), shape))


def made_up(document: Any, status: int) -> Answer:
    """Return a document as an answer, whatever it holds; 400 stands for no status of its own."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Answer(body, 200 if status == 400 else status)


def refusal_of(request: Request | None, error: ServiceError) -> Answer:
    """Return an error as the protocol of its request spells it."""
    called = request.service if request else "logs"
    if called == "lambda":
        status = {"ResourceNotFoundException": 404, "AccessDeniedException": 403}.get(
            error.code, error.status
        )
        body = {"Type": "User", "Message": error.message}
        return Answer(
            json.dumps(body).encode(),
            status,
            content_type="application/json",
            headers={"x-amzn-ErrorType": error.code},
        )
    if called in _IN_XML:
        code = error.code.removesuffix("Exception")
        return Answer(
            logs_neighbours.error_as_xml(code, error.message).encode(),
            403 if error.status == 400 else error.status,
            content_type="text/xml",
        )
    document = {"__type": error.code, "message": error.message}
    return Answer(json.dumps(document).encode(), error.status)
