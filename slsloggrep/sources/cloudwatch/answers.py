"""Answers that are none: a proxy's page, another server's JSON, half a document.

botocore takes a body that is no JSON for an answer without fields, and an answer without fields is
a listing without groups. An empty answer must be the service's own word; so each body is looked at
before botocore parses it (`before-parse`, botocore 1.36 and later).
"""

from __future__ import annotations

from typing import Any

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
    """Have a client raise GarbledError for what is no answer, and read events early."""
    service = client.meta.service_model.service_id.hyphenize()
    for operation, field in _FIELDS.items():
        client.meta.events.register(
            f"before-parse.{service}.{operation}", _checked(field), unique_id=f"checked.{operation}"
        )


def _checked(field: str) -> Any:
    wanted = f'"{field}"'.encode()

    def check(
        response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
    ) -> None:
        body = response_dict.get("body", b"")
        if response_dict.get("status_code", 500) >= 300 or not isinstance(body, bytes):
            return
        if not body.lstrip().startswith(b"{") or wanted not in body:
            raise GarbledError(error=_beginning(body))
        if field != "events":
            _check_whole(body)
            return
        try:
            read_early(
                response_dict=response_dict, customized_response_dict=customized_response_dict
            )
        except ValueError as error:
            raise GarbledError(error=_beginning(body)) from error

    return check


def _check_whole(body: bytes) -> None:
    if not body.rstrip().endswith(b"}"):
        raise GarbledError(error=_beginning(body))


def _beginning(body: bytes) -> str:
    text = body[: _SHOWN + 1].decode("utf-8", "replace")
    return repr(text if len(body) <= _SHOWN else f"{text[:_SHOWN]}...")
