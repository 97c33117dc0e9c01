"""What Elastic's shippers make of a log event: Beats, the forwarder, lambda_logs, plain ECS.

A function takes an `Event` and returns its documents, as in `search_writers`. Written after the
code of Filebeat's aws-cloudwatch input, Functionbeat, the serverless forwarder, and the ingest
pipelines of the lambda_logs integration. Those pipelines run inside Elasticsearch in reality; here
they are done for START, END, REPORT and XRAY lines, for text that begins as Node's or Python's
loggers write it, for JSON of Powertools' shape, and for Lambda's own JSON lines.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from search_writers import (
    ACCOUNT,
    DELAY,
    END,
    NODE,
    REGION,
    REPORT,
    START,
    Document,
    iso,
    parsed_json,
)

from slsloggrep.model import Event

__all__ = [
    "ecs_dotted",
    "ecs_nested",
    "filebeat",
    "forwarder",
    "forwarder_id",
    "functionbeat",
    "lambda_logs",
]

_XRAY = re.compile(r"XRAY\s+TraceId:\s+(\S+)\s+SegmentId:\s+(\S+)(?:\s+Sampled:\s+(\S+))?")
_PYTHON = re.compile(r"\[([A-Z]+)\]\t(\d{4}-\d\d-\d\dT[\d:.]+Z)\t(\S+)\t(.*)\Z", re.DOTALL)


def filebeat(event: Event) -> list[Document]:
    """Write as the aws-cloudwatch input: whole seconds only, and two literal dotted keys."""
    second = event.timestamp // 1000 * 1000
    place = {
        "log_group": event.log_group,
        "log_stream": event.log_stream,
        "ingestion_time": iso((event.timestamp + DELAY) // 1000 * 1000),
    }
    return [
        {
            "@timestamp": iso(second),
            "message": event.message,
            "log.file.path": f"{event.log_group}/{event.log_stream}",
            "event": {"id": event.event_id, "ingested": iso(event.timestamp + DELAY)},
            "awscloudwatch": place,
            "aws.cloudwatch": place,
            "cloud": {"provider": "aws", "region": REGION},
            "input": {"type": "aws-cloudwatch"},
            "ecs": {"version": "8.0.0"},
        }
    ]


def functionbeat(event: Event) -> list[Document]:
    """Write as Functionbeat's trigger for CloudWatch Logs: names of its own, not ECS's."""
    return [
        {
            "@timestamp": iso(event.timestamp),
            "message": event.message,
            "id": event.event_id,
            "owner": ACCOUNT,
            "log_group": event.log_group,
            "log_stream": event.log_stream,
            "message_type": "DATA_MESSAGE",
            "subscription_filters": ["functionbeat"],
            "event": {"kind": "event"},
            "cloud": {"provider": "aws"},
            "ecs": {"version": "1.12.0"},
        }
    ]


def forwarder(event: Event) -> list[Document]:
    """Write as Elastic's serverless forwarder: a document for each line.

    The time is that of forwarding; the event's own is in no field.
    """
    documents: list[Document] = []
    offset = 0
    for line in event.message.encode().split(b"\n"):
        if line:
            documents.append(
                {
                    "@timestamp": iso(event.timestamp + DELAY)[:-1] + "000Z",
                    "message": line.decode(),
                    "log": {
                        "offset": offset,
                        "file": {"path": f"{event.log_group}/{event.log_stream}"},
                    },
                    "aws": {
                        "cloudwatch": {
                            "log_group": event.log_group,
                            "log_stream": event.log_stream,
                            "event_id": event.event_id,
                        }
                    },
                    "cloud": {"provider": "aws", "region": REGION, "account": {"id": ACCOUNT}},
                    "tags": ["forwarded", "generic"],
                }
            )
        offset += len(line) + 1
    return documents


def forwarder_id(event: Event, document: Document) -> str:
    """Return the `_id` that the forwarder gives: of group, stream, event, and offset."""
    named = f"{event.log_group}-{event.log_stream}-{event.event_id}"
    return f"{hashlib.sha256(named.encode()).hexdigest()[:10]}-{document['log']['offset']:012d}"


def lambda_logs(event: Event, *, original: bool = False) -> list[Document]:
    """Write as the lambda_logs integration, behind Filebeat's input with the log group's ARN.

    `original` keeps the message in `event.original`, which its mapping does not index; that is off
    unless the user asked for it. Text in JSON that is not one string under `message` is then in
    `aws.lambda.message` alone.
    """
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{event.log_group}"
    document: Document = {
        "@timestamp": iso(event.timestamp // 1000 * 1000),
        "aws.cloudwatch": {
            "log_group": arn,
            "log_stream": event.log_stream,
            "ingestion_time": iso(event.timestamp + DELAY),
        },
        "cloud": {"provider": "aws", "region": REGION, "service": {"name": "aws_lambda"}},
        "data_stream": {"dataset": "aws.lambda_logs", "namespace": "default", "type": "logs"},
        "ecs": {"version": "8.11.0"},
        "event": {"dataset": "aws.lambda_logs", "id": event.event_id},
        "log": {"file": {"path": f"{arn}/{event.log_stream}"}},
        "tags": ["forwarded", "aws-lambda-logs"],
    }
    if original:
        document["event"]["original"] = event.message
    structured = parsed_json(event.message)
    if isinstance(structured, dict):
        _structured(document, dict(structured), event.message)
    else:
        _plain(document, event.message)
    return [document]


def _plain(document: Document, message: str) -> None:
    told: Document = {}
    if found := START.match(message):
        told = {"event_type": "START", "request_id": found[1], "version": found[2]}
    elif found := END.match(message):
        told = {"event_type": "END", "request_id": found[1]}
    elif found := REPORT.match(message):
        names = ("duration_ms", "billed_duration_ms", "memory_size_mb", "max_memory_used_mb",
                 "init_duration_ms")  # fmt: skip
        told = {
            "event_type": "REPORT",
            "request_id": found[1],
            "metrics": {
                name: float(value)
                for name, value in zip(names, found.groups()[1:], strict=True)
                if value
            },
        }
    elif found := _XRAY.match(message):
        parts = ("xray_trace_id", "segment_id", "sampled")
        traced = dict(zip(parts, found.groups(), strict=True))
        told = {"event_type": "XRAY", "tracing": traced}
    elif found := NODE.match(message):
        document["@timestamp"], told["request_id"] = found[1], found[2]
        document["log"]["level"], message = found[3], found[4]
    elif found := _PYTHON.match(message):
        document["log"]["level"], document["@timestamp"] = found[1], found[2]
        told["request_id"], message = found[3], found[4]
    document["message"] = message
    if told:
        document["aws"] = {"lambda": told}


def _structured(document: Document, parsed: Document, message: str) -> None:
    told: Document = {}
    renamed = {
        "requestId": "request_id", "function_request_id": "request_id", "type": "event_type",
        "function_name": "name", "function_arn": "arn", "cold_start": "cold_start",
        "correlation_id": "correlation_id", "xray_trace_id": "xray_trace_id",
        "AWSRequestId": "aws_request_id",
    }  # fmt: skip
    record = parsed.get("record")
    if isinstance(record, dict):
        told["message"] = record
        for name in ("requestId", "version", "status", "phase", "errorType"):
            if name in record:
                told[{"requestId": "request_id", "errorType": "error_type"}.get(name, name)] = (
                    record[name]
                )
        if isinstance(record.get("metrics"), dict):
            told["metrics"] = {
                re.sub(r"([a-z])([A-Z]+)", r"\1_\2", name).lower(): value
                for name, value in record["metrics"].items()
            }
    for name, own in renamed.items():
        if name in parsed:
            told[own] = parsed.pop(name)
    for name, own in (("level", "level"), ("logger", "logger")):
        if name in parsed:
            document["log"][own] = parsed.pop(name)
    if "service" in parsed:
        document["service"] = {"name": parsed.pop("service")}
    timed = str(parsed.get("timestamp") or parsed.get("time") or "")
    if re.match(r"\d{4}-\d\d-\d\dT[\d:.]+Z\Z", timed):
        document["@timestamp"] = timed
    for name in ("errorMessage", "errorType"):
        if name in parsed:
            told.setdefault("error", {})[name[5:].lower()] = parsed.pop(name)
    text = parsed.get("message")
    if isinstance(text, dict):
        told["message"] = parsed.pop("message")
    elif text is not None:
        document["message"] = text
    if "message" not in document and "message" not in told:
        document["message"] = message
    if not {"record", "_aws", "time"} & parsed.keys():
        told["message"] = parsed
    document["aws"] = {"lambda": told}


def ecs_nested(event: Event) -> list[Document]:
    """Write ECS's fields as nested objects: faas, trace, labels; the message is CloudWatch's."""
    return [_ecs(event)]


def ecs_dotted(event: Event) -> list[Document]:
    """Write the same fields under dotted keys at the top level, as ECS loggers do."""
    flat: Document = {}

    def spread(value: Any, path: str) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                spread(inner, f"{path}.{name}" if path else name)
        else:
            flat[path] = value

    spread(_ecs(event), "")
    return [flat]


def _ecs(event: Event) -> Document:
    document: Document = {
        "@timestamp": iso(event.timestamp),
        "message": event.message,
        "ecs": {"version": "8.11.0"},
        "event": {"id": event.event_id},
        "faas": {"name": event.log_group.rpartition("/")[2], "trigger": {"type": "http"}},
        "log": {"file": {"path": f"{event.log_group}/{event.log_stream}"}},
        "labels": {"log_group": event.log_group, "log_stream": event.log_stream},
    }
    if found := START.match(event.message) or END.match(event.message):
        document["faas"]["execution"] = found[1]
    elif found := NODE.match(event.message):
        document["faas"]["execution"], document["log"]["level"] = found[2], found[3].lower()
    if found := re.search(r"1-([0-9a-f]{8})-([0-9a-f]{24})", event.message):
        document["trace"] = {"id": found[1] + found[2]}
    return document
