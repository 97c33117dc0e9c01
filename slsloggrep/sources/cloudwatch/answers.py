"""Answers that are none: cut off in the middle, a proxy's page, another server's JSON.

botocore does not compare a body with the length that was announced, takes one that is no JSON for
an answer without fields, and an answer without fields is a listing without groups. But an empty
answer must be the service's own word; so each body is looked at before botocore parses it
(`before-parse`, botocore 1.36 and later).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import IncompleteReadError

from slsloggrep.sources.aws_errors import GarbledError
from slsloggrep.sources.cloudwatch.pages import read_early

_FIELDS = {
    "FilterLogEvents": "events",
    "GetLogEvents": "events",
    "DescribeLogGroups": "logGroups",
    "DescribeLogStreams": "logStreams",
    "StartQuery": "queryId",
    "GetQueryResults": "status",
    "GetFunctionConfiguration": "FunctionName",
    "ListFunctions": "Functions",
}
"""What no answer of these operations lacks."""
_SHOWN = 60


def watch_answers(client: Any) -> None:
    """Have a client raise for what is no answer, and read events early.

    Raises IncompleteReadError for what was cut off, GarbledError for what makes no sense; both may
    pass.
    """
    service = client.meta.service_model.service_id.hyphenize()
    for operation, field in _FIELDS.items():
        client.meta.events.register(f"before-parse.{service}.{operation}", _looking_for(field))


def _looking_for(field: str) -> Callable[..., None]:
    wanted = f'"{field}"'.encode()

    def look(
        response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
    ) -> None:
        body = response_dict.get("body", b"")
        if response_dict.get("status_code", 500) >= 300 or not isinstance(body, bytes):
            return
        _check_length(body, response_dict.get("headers", {}))
        if not (body.lstrip().startswith(b"{") and body.rstrip().endswith(b"}") and wanted in body):
            raise GarbledError(error=_beginning(body))
        if field != "events":
            return
        try:
            read_early(
                response_dict=response_dict, customized_response_dict=customized_response_dict
            )
        except ValueError as error:
            raise GarbledError(error=_beginning(body)) from error

    return look


def _check_length(body: bytes, headers: Mapping[str, str]) -> None:
    announced = headers.get("content-length", "")
    if "content-encoding" in headers or not announced.isdecimal():
        return  # the length is that of the compressed body, or none is told
    if len(body) != int(announced):
        raise IncompleteReadError(actual_bytes=len(body), expected_bytes=int(announced))


def _beginning(body: bytes) -> str:
    text = body[: _SHOWN + 1].decode("utf-8", "replace")
    return repr(text if len(body) <= _SHOWN else f"{text[:_SHOWN]}...")
