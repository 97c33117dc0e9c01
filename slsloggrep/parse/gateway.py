"""Lines of API Gateway: its execution log, and its access log in the documented formats.

API Gateway Developer Guide, set-up-logging and api-gateway-mapping-template-reference; the
execution log's wording is that of recorded logs. A line names API Gateway's own request, by an ID
that a client may have chosen and one (`extended`) that is unique, and some name the Lambda request
that served it. None claims a request ID: an API request is no invocation. Bodies, paths and query
strings are what somebody sent: IDs in them say nothing of how the request was served.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slsloggrep.model import TRACE_KINDS, Fact, IdKind, Level, Platform
from slsloggrep.parse.draft import Draft
from slsloggrep.parse.identifiers import UUID, Role, plain_id, request_id_of, role_of

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
    "X-ray Tracing ID",
    "Authorizer",
    "Usage Plan",
    "Key throttle",
    "User ",
    "Unauthorized",
)
_EXTENDED = re.compile(r"Extended Request Id: (?P<id>\S+)")
_COMPLETED = re.compile(r"Method completed with status: (?P<status>\d{3})")

_HEADERS = ("Method request headers: ", "Endpoint request headers: ", "Method response headers: ")
_ANSWER = "Endpoint response headers: "
_TRACED = (*_HEADERS, _ANSWER, "X-ray Tracing ID")
"""Lines whose trace ID is the request's own: headers that go along with it."""

_SERVED = re.compile(
    rf"(?:AWS Integration Endpoint RequestId ?: ?|Lambda .*\bLambda request id: )"
    rf"(?P<id>{UUID.pattern})\s*",
    re.DOTALL,
)
_ANSWERED = re.compile(
    rf"(?<![\w-])x-amzn-RequestId=(?P<id>{UUID.pattern})(?![\w-])", re.IGNORECASE
)

_ID = rf"(?:{UUID.pattern}|[\w+/-]{{8,32}}=)"
_CLF = (
    r"\S+ \S+ \S+ \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \"[^\"]*\" (?P<status>\d{3}|-)"
    r" (?:\d+|-) "
)
_ACCESS = re.compile(_CLF + r"(?P<id>[^\s\"]+)(?: (?P<extended>[^\s\"]+))?(?P<more>)\s*")
_ACCESS_MORE = re.compile(_CLF + rf"(?P<id>{_ID}) (?P<extended>{_ID}|-)(?P<more>(?: [^\s\"]+)+)\s*")
"""With variables of the user's own behind those of the documented format."""
_ACCESS_CSV = re.compile(
    r"[^,]*,[^,]*,[^,]*,\d\d/\w{3}/\d{4}:[\d:]+ [+-]\d{4},[A-Z]+,[^,]*,[^,]*,(?P<status>\d{3}|-),"
    r"(?:\d+|-),(?P<id>[^,\s]+)(?:,(?P<extended>[^,\s]+))?(?P<more>)\s*"
)
_ACCESS_XML = re.compile(r"<request id=\"(?P<id>[^\"\s]+)\"(?P<status>)(?P<extended>)(?P<more>)>")


def read_gateway_line(draft: Draft, line: str, log_group: str) -> bool:
    """Fill the draft from a text line of API Gateway's execution or access log; False: it is none.

    The caller may reveal what else the line holds: the kinds that would mislead are closed.
    """
    if line.startswith("("):
        return _read_execution_line(draft, line, log_group)
    found = (
        _ACCESS.fullmatch(line)
        or _ACCESS_MORE.fullmatch(line)
        or _ACCESS_CSV.fullmatch(line)
        or _ACCESS_XML.match(line)
    )
    if not found:
        return False
    for group in ("id", "extended"):
        _reveal_api_id(draft, found[group])
    served = next((word for word in found["more"].split() if UUID.fullmatch(word)), None)
    draft.text = line.strip()
    draft.level = level_of_http_status(found["status"])
    _settle(draft, "access", found["status"], [served] if served else [])
    return True


def read_access_document(draft: Draft, document: Mapping[str, Any]) -> None:
    """Fill the draft from an access log's line in JSON (`identifiers.is_access_log`).

    The user chose the keys; those that name a Lambda request are the documented variables' names.
    """
    for key in ("requestId", "extendedRequestId"):
        _reveal_api_id(draft, document.get(key))
    status = document.get("status")
    served = [
        request_id
        for key, value in document.items()
        if role_of(key) is Role.OWN_REQUEST and (request_id := request_id_of(value))
    ]
    draft.level = level_of_http_status(status)
    _settle(draft, "access", status, served)


def level_of_http_status(status: object) -> Level:
    """Return the level that an access log's status stands for: 5xx are errors, 4xx warnings."""
    text = str(status)
    if text.startswith("5") and len(text) == 3:
        return Level.ERROR
    return Level.WARN if text.startswith("4") and len(text) == 3 else Level.INFO


def _read_execution_line(draft: Draft, line: str, log_group: str) -> bool:
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
    served = _SERVED.fullmatch(text)
    if served is None and text.startswith(_ANSWER):
        served = _ANSWERED.search(text)
    if not text.startswith(_TRACED):
        draft.close(*TRACE_KINDS)
    completed = _COMPLETED.match(text)
    draft.text = text.rstrip()
    failed = text.startswith(("Execution failed", "Lambda execution failed"))
    draft.level = Level.ERROR if failed else Level.INFO
    status = completed["status"] if completed else None
    _settle(draft, "execution", status, [served["id"]] if served else [])
    return True


def _reveal_api_id(draft: Draft, value: Any) -> None:
    identifier = plain_id(value)
    if identifier and " " not in identifier:
        draft.reveal(IdKind.API_REQUEST_ID, identifier)


def _settle(draft: Draft, log: str, status: object, served: list[str]) -> None:
    """State the fact and the Lambda requests, and take no other request ID."""
    for request_id in served:
        draft.reveal(IdKind.REQUEST_ID, request_id)
    draft.close(IdKind.REQUEST_ID)
    draft.platform = Platform(
        fact=Fact.GATEWAY,
        name=log,
        request_id=served[0] if served else None,
        status=str(status) if status not in (None, "", "-") else None,
    )
