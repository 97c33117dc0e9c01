"""Answers in XML that are none: a proxy's page, another server's words, half an answer.

botocore fails on what is no XML in a way that nobody can catch by name, and takes the page of a
proxy that is well-formed for a bucket without objects. But an empty answer must be the service's
own word; so each body is looked at before botocore parses it (`before-parse`). STS, CloudFormation
(the protocol `query`) and listings of S3 answer so; what answers in JSON is looked at in
`slsloggrep.sources.cloudwatch.answers`.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

from botocore.exceptions import IncompleteReadError

from slsloggrep.sources.aws_errors import GarbledError

_ROOTS = {"ListObjectsV2": "ListBucketResult"}
"""Of operations whose protocol is `rest-xml`; others tell by their headers, or are not asked."""
_SUCCESS, _TOO_MANY, _SERVER = 300, 429, 500
_SHOWN = 80
_PAGE = (b"<!doctype html", b"<html")


def watch_xml(client: Any) -> None:
    """Have a client raise IncompleteReadError for half an answer, GarbledError for what is none.

    An error without words of the service's own becomes one with those that there are.
    """
    model = client.meta.service_model
    # A service may have several; a newer botocore chooses among them.
    protocol = getattr(model, "resolved_protocol", None) or model.metadata.get("protocol")
    event = f"before-parse.{model.service_id.hyphenize()}"
    if protocol == "query":
        client.meta.events.register_first(event, _tame_error)
        client.meta.events.register(event, _look_at_query)
    elif protocol == "rest-xml":
        client.meta.events.register_first(event, refuse_page)
        for operation, root in _ROOTS.items():
            client.meta.events.register(f"{event}.{operation}", _looking_for(root))


def refuse_page(response_dict: dict[str, Any], **_: Any) -> None:
    """Raise GarbledError for a page in the place of an error: it is no word of the service's.

    What a proxy forbids would else be taken for a permission that is missing. Pages of the statuses
    that may pass, 429 and 5xx, stay errors.
    """
    body = response_dict.get("body", b"")
    status = response_dict.get("status_code", 200)
    is_final = _SUCCESS <= status < _SERVER and status != _TOO_MANY
    if is_final and isinstance(body, bytes) and body[:200].lstrip().lower().startswith(_PAGE):
        raise GarbledError(error=_beginning_of(body))


def _look_at_query(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    _look(f"{operation_model.name}Response", response_dict)


def _looking_for(root: str) -> Any:
    return lambda response_dict, **_: _look(root, response_dict)


def _look(root: str, response_dict: dict[str, Any]) -> None:
    body = response_dict.get("body", b"")
    if response_dict.get("status_code", 500) >= _SUCCESS or not isinstance(body, bytes):
        return  # botocore makes an error of S3's out of what is no XML, which is asked for again
    if body.rstrip().endswith((f"{root}>".encode(), b"Error>")):
        return  # S3 tells errors under a status of success, too
    headers = response_dict.get("headers", {})
    announced = headers.get("content-length", "")
    is_told = "content-encoding" not in headers and announced.isdecimal()
    if is_told and len(body) != int(announced):
        raise IncompleteReadError(actual_bytes=len(body), expected_bytes=int(announced))
    if f"<{root}".encode() not in body or not body.rstrip().endswith(b"/>"):  # an empty element
        raise GarbledError(error=_beginning_of(body))


def _tame_error(response_dict: dict[str, Any], **_: Any) -> None:
    body = response_dict.get("body", b"")
    status = response_dict.get("status_code", 200)
    refuse_page(response_dict)
    if status < _SUCCESS or not isinstance(body, bytes) or body.rstrip().endswith(b"Response>"):
        return
    said = escape(_beginning_of(body)) if body else "no reason was given"
    error = f"<Error><Code>{status}</Code><Message>{said}</Message></Error>"
    response_dict["body"] = f"<ErrorResponse>{error}</ErrorResponse>".encode()


def _beginning_of(body: bytes) -> str:
    text = body[: _SHOWN + 1].decode("utf-8", "replace")
    return ascii(text if len(body) <= _SHOWN else f"{text[:_SHOWN]}...")
