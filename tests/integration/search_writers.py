"""What each shipper makes of a log event: documents as its code writes them, one function each.

A function takes an `Event` and returns the documents for it, in order: none where the shipper drops
it, several where it cuts it. Written after the shippers' code: AWS's LogsToElasticsearch function,
the cloudwatch_logs input of Logstash, Logz.io's shipper, Data Prepper's OpenTelemetry codecs
behind the collector's CloudWatch receiver, and lambda-stash. Elastic's own shippers are in
`search_writers_elastic`.

Left out is what says nothing about events: versions, host names, tags of pipelines. Clocks of
shippers are an event's time and a fixed delay.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from slsloggrep.model import Event

__all__ = [
    "ACCOUNT",
    "DELAY",
    "END",
    "NODE",
    "REGION",
    "REPORT",
    "START",
    "Document",
    "cwl",
    "cwl_fields",
    "data_prepper",
    "data_prepper_standard",
    "firehose",
    "firehose_extracted",
    "iso",
    "lambda_stash",
    "logstash",
    "logz_io",
    "parsed_json",
    "ss4o",
]

Document = dict[str, Any]
ACCOUNT = "123456789012"
REGION = "eu-west-1"
DELAY = 70_000  # ms from an event to its shipper: over midnight for the last events of a day

_JSON = re.compile(r"\{.*\Z", re.DOTALL)
START = re.compile(r"START\s+RequestId:\s+(\S+)\s+Version:\s+(\S+)")
END = re.compile(r"END\s+RequestId:\s+(\S+)")
REPORT = re.compile(
    r"REPORT\s+RequestId:\s+(\S+)\s+Duration:\s+([\d.]+) ms\s+Billed Duration:\s+([\d.]+) ms\s+"
    r"Memory Size:\s+([\d.]+) MB\s+Max Memory Used:\s+([\d.]+) MB"
    r"(?:\s+Init Duration:\s+([\d.]+) ms)?"
)
NODE = re.compile(r"(\d{4}-\d\d-\d\dT[\d:.]+Z)\t(\S+)\t([A-Z]+)\t(.*)\Z", re.DOTALL)


def iso(millis: int) -> str:
    """Return a time as `2026-11-23T10:00:00.123Z`."""
    moment = datetime.fromtimestamp(millis // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{millis % 1000:03d}Z"


def _nanos(millis: int) -> str:
    return iso(millis)[:-1] + "000000Z"


def parsed_json(text: str) -> Any:
    """Return what the text is as JSON, None where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def cwl(event: Event) -> list[Document]:
    """Write as AWS's LogsToElasticsearch function: JSON from the first brace on, merged."""
    found = _JSON.search(event.message)
    merged = parsed_json(found[0]) if found else None
    return [{**(merged if isinstance(merged, dict) else {}), **_cwl_own(event)}]


def cwl_fields(event: Event) -> list[Document]:
    """Write as the same function, behind the filter pattern for Lambda logs.

    That is `[timestamp=*Z, request_id="*-*", event]`. What does not match is never delivered.
    Numeric fields become numbers, and a field with JSON gets a sibling `$field`.
    """
    words = event.message.rstrip("\n").split(None, 2)
    if len(words) < 3 or not words[0].endswith("Z") or "-" not in words[1]:
        return []
    document: Document = {}
    for name, value in zip(("timestamp", "request_id", "event"), words, strict=True):
        if re.fullmatch(r"-?\d+(\.\d+)?", value):
            document[name] = float(value)
            continue
        found = _JSON.search(value)
        if found and (inner := parsed_json(found[0])) is not None:
            document["$" + name] = inner
        document[name] = value
    return [document | _cwl_own(event)]


def _cwl_own(event: Event) -> Document:
    return {
        "@id": event.event_id,
        "@timestamp": iso(event.timestamp),
        "@message": event.message,
        "@owner": ACCOUNT,
        "@log_group": event.log_group,
        "@log_stream": event.log_stream,
    }


def firehose(event: Event) -> list[Document]:
    """Write as a usual transformation function: the envelope's own names, the time as a number."""
    return [
        {
            "id": event.event_id,
            "timestamp": event.timestamp,
            "message": event.message,
            "owner": ACCOUNT,
            "logGroup": event.log_group,
            "logStream": event.log_stream,
            "subscriptionFilters": ["to-opensearch"],
        }
    ]


def firehose_extracted(event: Event) -> list[Document]:
    """Write as Firehose's message extraction: the message alone, where it is a JSON object."""
    document = parsed_json(event.message)
    return [document] if isinstance(document, dict) else []


def logstash(event: Event) -> list[Document]:
    """Write as the cloudwatch_logs input with the plain codec."""
    return [
        {
            "@timestamp": iso(event.timestamp),
            "@version": "1",
            "message": event.message,
            "cloudwatch_logs": {
                "ingestion_time": iso(event.timestamp + DELAY),
                "log_group": event.log_group,
                "log_stream": event.log_stream,
                "event_id": event.event_id,
            },
        }
    ]


def logz_io(event: Event, *, merged: bool = False) -> list[Document]:
    """Write as Logz.io's shipper: lines of loggers taken apart; `merged` is its FORMAT=json.

    The time is the epoch in ms as a string, or what the line itself says.
    """
    document: Document = {
        "id": event.event_id,
        "message": event.message,
        "@timestamp": str(event.timestamp),
    }
    start = 0
    if found := re.search(r"\[([A-Za-z]+)\]", event.message):
        document["log_level"], start = found[1].upper(), found.end() + 1
    parts = event.message[start:].split("\t")
    if len(parts) in (3, 4) and re.match(r"\d{4}-\d\d-\d\dT", parts[0]):
        document |= {"@timestamp": parts[0], "requestID": parts[1], "message": parts[-1]}
        if len(parts) == 4:
            document["log_level"] = parts[2]
    document |= {
        "logGroup": event.log_group,
        "logStream": event.log_stream,
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "namespace": "aws/lambda",
        "function_version": "$LATEST",
        "invoked_function_arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:logzio",
        "type": "logzio_cloudwatch_lambda",
    }
    inner = parsed_json(document["message"]) if merged else None
    return [document | inner if isinstance(inner, dict) else document]


def _attributes(event: Event) -> tuple[Document, Document]:
    """Return resource and log attributes as the collector's CloudWatch receiver states them."""
    return (
        {
            "aws.region": REGION,
            "cloudwatch.log.group.name": event.log_group,
            "cloudwatch.log.stream": event.log_stream,
        },
        {"id": event.event_id},
    )


def data_prepper(event: Event) -> list[Document]:
    """Write Data Prepper's flattened form: dots in attribute names become `@`."""
    resource, attributes = _attributes(event)
    document: Document = {
        "traceId": "",
        "spanId": "",
        "severityText": "",
        "flags": 0,
        "time": _nanos(event.timestamp),
        "severityNumber": 0,
        "droppedAttributesCount": 0,
        "serviceName": event.log_group.rpartition("/")[2],
        "body": event.message,
        "observedTimestamp": _nanos(event.timestamp + DELAY),
        "schemaUrl": "",
    }
    for prefix, own in (("resource.attributes.", resource), ("log.attributes.", attributes)):
        document |= {prefix + name.replace(".", "@"): value for name, value in own.items()}
    return [document]


def data_prepper_standard(event: Event) -> list[Document]:
    """Write Data Prepper's standard form: nested objects with dotted keys inside."""
    resource, attributes = _attributes(event)
    return [
        {
            "traceId": "",
            "spanId": "",
            "instrumentationScope": {"droppedAttributesCount": 0},
            "resource": {"attributes": resource, "droppedAttributesCount": 0},
            "flags": 0,
            "severityNumber": 0,
            "severityText": "",
            "body": event.message,
            "schemaUrl": "",
            "attributes": attributes,
            "time": _nanos(event.timestamp),
            "droppedAttributesCount": 0,
            "observedTimestamp": _nanos(event.timestamp + DELAY),
        }
    ]


def ss4o(event: Event) -> list[Document]:
    """Write the Simple Schema for Observability as the collector's OpenSearch exporter does."""
    resource, attributes = _attributes(event)
    stream = {"dataset": "default", "namespace": "namespace", "type": "record"}
    return [
        {
            "@timestamp": iso(event.timestamp),
            "observedTimestamp": iso(event.timestamp + DELAY),
            "body": event.message,
            "severity": {"text": "", "number": 0},
            "attributes": attributes | {"data_stream": stream},
            "resource": resource,
            "instrumentationScope": {},
        }
    ]


def lambda_stash(event: Event) -> list[Document]:
    """Write as lambda-stash: platform lines become fields, with no message left.

    Log lines lose what is before the last of the first three tab-separated parts; group and stream
    are not written.
    """
    document: Document = {"id": event.event_id, "timestamp": event.timestamp}
    if found := START.match(event.message):
        document |= {"logType": "start", "requestId": found[1], "lambdaVersion": found[2]}
    elif found := REPORT.match(event.message):
        names = ("requestId", "duration", "durationBilled", "memConfigured", "memUsed")
        document |= {"logType": "report"} | dict(zip(names, found.groups(), strict=False))
    elif found := END.match(event.message):
        document |= {"logType": "end", "requestId": found[1]}
    else:
        document |= {"logType": "message", "message": event.message}
        parts = event.message.split("\t", 2)
        if len(parts) == 3:
            document |= {"requestId": parts[1], "message": parts[2]}
    return [document | {"date": iso(event.timestamp)}]
