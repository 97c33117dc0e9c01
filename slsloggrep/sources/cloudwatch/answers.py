"""Answers that are none: cut off in the middle, a proxy's page, another server's JSON.

botocore does not compare a body with the length that was announced, takes one that is no JSON for
an answer without fields, and an answer without fields is a listing without groups. But an empty
answer must be the service's own word; so each body is looked at before botocore parses it
(`before-parse`, botocore 1.36 and later). What a whole answer looks like is told by `shapes`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import IncompleteReadError

from slsloggrep.sources.aws_errors import GarbledError
from slsloggrep.sources.cloudwatch.pages import OPERATIONS, read_early
from slsloggrep.sources.cloudwatch.shapes import SHAPES, beginning_of, decode
from slsloggrep.sources.xml_answers import refuse_page

_FIELDS = {
    "FilterLogEvents": "events",
    "GetLogEvents": "events",
    "DescribeLogGroups": "logGroups",
    "DescribeLogStreams": "logStreams",
    "StartQuery": "queryId",
    "GetQueryResults": "status",
    "GetFunctionConfiguration": "FunctionName",
    "ListFunctions": "Functions",
    "GetResources": "ResourceTagMappingList",
}
"""What no answer of these operations lacks, so that half of one is told from a whole one of another
shape: the former may pass."""
_UNSHAPED = frozenset({"api-gateway", "apigatewayv2", "sfn"})
_WORDS = ("__type", "code", "Code", "message", "Message", "Type", "type")
"""What botocore reads of the body of an error; all are strings."""


def watch_answers(client: Any) -> None:
    """Have a client raise for what is no answer, and read events early.

    Only of services that answer in JSON; what STS and CloudFormation answer is looked at in
    `slsloggrep.sources.xml_answers`.
    Services of which little is asked have no shapes: their answers are looked at by who asks.

    Raises IncompleteReadError for what was cut off, GarbledError for what makes no sense; both may
    pass. MisshapenError, of the latter kind, is for what is whole and will hardly pass.
    """
    model = client.meta.service_model
    # A service may have several; a newer botocore chooses among them.
    protocol = getattr(model, "resolved_protocol", None) or model.metadata.get("protocol", "")
    if "json" not in protocol:
        return
    service = model.service_id.hyphenize()
    events = client.meta.events
    events.register_first(f"before-parse.{service}", _tame_error)
    if service in _UNSHAPED:
        events.register(f"before-parse.{service}", _look_at_any)
        return
    for operation in SHAPES:
        events.register(f"before-parse.{service}.{operation}", _looking_at(operation))


def _looking_at(operation: str) -> Callable[..., None]:
    wanted = f'"{_FIELDS[operation]}"'.encode()
    holds_events = operation in OPERATIONS

    def look(
        response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
    ) -> None:
        body = response_dict.get("body", b"")
        if response_dict.get("status_code", 500) >= 300 or not isinstance(body, bytes):
            return
        _check_length(body, response_dict.get("headers", {}))
        if not (body.lstrip().startswith(b"{") and body.rstrip().endswith(b"}") and wanted in body):
            raise GarbledError(error=beginning_of(body))
        if holds_events:
            read_early(body, operation, customized_response_dict)
            response_dict["body"] = b"{}"  # nothing is left to do for botocore
        else:
            decode(body, operation)

    return look


def _look_at_any(response_dict: dict[str, Any], **_: Any) -> None:
    body = response_dict.get("body", b"")
    if response_dict.get("status_code", 500) >= 300 or not isinstance(body, bytes):
        return
    _check_length(body, response_dict.get("headers", {}))
    if not (body.lstrip().startswith(b"{") and body.rstrip().endswith(b"}")):
        raise GarbledError(error=beginning_of(body))


def _tame_error(response_dict: dict[str, Any], **_: Any) -> None:
    """Have the body of an error hold what botocore takes for granted: an object, and strings.

    Raises GarbledError for a page.
    """
    refuse_page(response_dict)
    body = response_dict.get("body", b"")
    if response_dict.get("status_code", 200) < 300 or not isinstance(body, bytes):
        return
    try:
        document = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        document = None
    if isinstance(document, dict):
        if all(isinstance(document.get(word, ""), str) for word in _WORDS):
            return
        kept = {word: document[word] for word in _WORDS if isinstance(document.get(word), str)}
    else:
        kept = {"message": beginning_of(body)} if body else {}
    response_dict["body"] = json.dumps(kept).encode()


def _check_length(body: bytes, headers: Mapping[str, str]) -> None:
    announced = headers.get("content-length", "")
    if "content-encoding" in headers or not announced.isdecimal():
        return  # the length is that of the compressed body, or none is told
    if len(body) != int(announced):
        raise IncompleteReadError(actual_bytes=len(body), expected_bytes=int(announced))
