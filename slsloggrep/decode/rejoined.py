"""Lines that shippers took apart, put together again out of the fields they were made into.

Whoever reads the line afterwards (`slsloggrep.parse`) finds in it what stood there before, as far
as the fields tell. What a document's fields are is `slsloggrep.decode.search_documents`' knowledge.

Sources: lambda-stash (`lib/handlers/formatCloudwatch*`), Logz.io's `logzio_aws_serverless`, the
ingest pipelines of Elastic's lambda_logs integration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slsloggrep.decode.document_paths import look_up

Rejoin = Callable[[Mapping[str, Any], str], str | None]
"""Takes a document and the text of its message field; None: it cannot be told."""

CONSTANTS = (
    "START RequestId Version LATEST END REPORT Duration ms Billed Memory Size MB Max Used",
    "time type record requestId function_request_id functionRequestId AWSRequestId level message",
    "timestamp function_name function_arn cold_start correlation_id xray_trace_id logger service",
    "errorMessage errorType platform",
)
"""What may be written that stands in no field: no server can be asked for it."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


def text_of(value: object) -> str:
    """Return a JSON value without white space."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (RecursionError, ValueError):
        return str(value)


def stashed(document: Mapping[str, Any], message: str) -> str | None:
    """Return the line of a document of lambda-stash's."""
    return "".join(_stashed(document, message))


def _stashed(document: Mapping[str, Any], message: str) -> Iterator[str]:
    kind, request = document.get("logType"), str(document.get("requestId") or "")
    if kind == "start":
        yield f"START RequestId: {request} Version: {document.get('lambdaVersion', '$LATEST')}\n"
    elif kind == "end":
        yield f"END RequestId: {request}\n"
    elif kind == "report":
        yield f"REPORT RequestId: {request}"
        for name, key, unit in (
            ("Duration", "duration", "ms"),
            ("Billed Duration", "durationBilled", "ms"),
            ("Memory Size", "memConfigured", "MB"),
            ("Max Memory Used", "memUsed", "MB"),
        ):
            if document.get(key) is not None:
                yield f"\t{name}: {document[key]} {unit}"
        yield "\t\n"
    elif not request:
        yield message
    elif _TIME.fullmatch(request):
        yield f"{request}\t{message}"  # Python's `[INFO]\t<time>\t<request>\t...`, wrongly cut
    else:
        yield f"{document.get('date', '')}\t{request}\t{message}"


def shipped_by_logz(document: Mapping[str, Any], message: str) -> str | None:
    """Return the line of a document of Logz.io's: time, request, level and text were parted."""
    request, level = document.get("requestID"), document.get("log_level")
    time = document.get("@timestamp")
    if not isinstance(request, str) or not isinstance(time, str):
        return message
    parts = (time, request, level, message) if isinstance(level, str) else (time, request, message)
    return "\t".join(parts)


def integrated(document: Mapping[str, Any], message: str) -> str | None:
    """Return the line or the document that Elastic's lambda_logs pipelines took apart."""
    told = look_up(document, "aws.lambda")
    if not isinstance(told, dict):
        return message or None
    kind, record = told.get("event_type"), told.get("message")
    if isinstance(kind, str) and kind.startswith("platform.") and isinstance(record, dict):
        time = look_up(document, "@timestamp")
        return text_of({"time": time, "type": kind, "record": record})
    if isinstance(kind, str):
        return message or None
    request, level = told.get("request_id"), look_up(document, "log.level")
    if not isinstance(record, dict):
        if isinstance(request, str) and isinstance(level, str) and not told.keys() - {"request_id"}:
            return f"{look_up(document, '@timestamp')}\t{request}\t{level}\t{message}"
        return message if told.keys() <= {"request_id", "tracing"} and message else None
    if message.startswith("{"):
        return message  # nothing in it was known, so it was left as it came
    return text_of(_application(document, told, record, message))


def _application(
    document: Mapping[str, Any], told: Mapping[str, Any], rest: Mapping[str, Any], message: str
) -> dict[str, Any]:
    """Return an application's record; the integration renames what it knows."""
    joined: dict[str, Any] = {"timestamp": look_up(document, "@timestamp")}
    for key, path in (
        ("level", "log.level"),
        ("logger", "log.logger"),
        ("service", "service.name"),
    ):
        value = look_up(document, path)
        if value is not None:
            joined[key] = value
    if message:
        joined["message"] = message
    for key, own in (
        ("function_request_id", "request_id"),
        ("AWSRequestId", "aws_request_id"),
        ("function_name", "name"),
        ("function_arn", "arn"),
        ("cold_start", "cold_start"),
        ("correlation_id", "correlation_id"),
        ("xray_trace_id", "xray_trace_id"),
    ):
        if told.get(own) is not None:
            joined[key] = told[own]
    error = told.get("error")
    for key in ("message", "type"):
        if isinstance(error, dict) and key in error:
            joined["error" + key.capitalize()] = error[key]
    return joined | dict(rest)
