"""The shapes of documents in search clusters: which fields each shipper writes.

Data and nothing else: how a document is read by its shape is `slsloggrep.decode.search_documents`'
knowledge, how lines are put together again that were taken apart `slsloggrep.decode.rejoined`'s.

Sources: AWS's LogsToElasticsearch function; Filebeat's aws-cloudwatch input, Functionbeat,
Elastic's serverless forwarder and lambda_logs integration; Logstash's cloudwatch_logs input;
Logz.io's shipper; Data Prepper, the OpenTelemetry collector's CloudWatch receiver, ss4o;
lambda-stash; and what `slsloggrep ship` puts there (`slsloggrep.ship.documents`), an index of
events and of the invocations that they make.
"""

from __future__ import annotations

from typing import NamedTuple

from slsloggrep.decode.rejoined import Rejoin, integrated, shipped_by_logz, stashed


class Shape(NamedTuple):
    """Where one kind of document keeps what; paths are dotted, in order of preference."""

    name: str
    signs: tuple[tuple[str, ...], ...]
    """A document that has values at all paths of one of these is of this kind."""
    message: tuple[str, ...]
    time: tuple[str, ...] = ("@timestamp",)
    group: tuple[str, ...] = ()
    stream: tuple[str, ...] = ()
    event_id: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    """Where group and stream stand as one, with a slash between."""
    original: bool = False
    """The message is as CloudWatch had it: all else comes from it."""
    rejoin: Rejoin | None = None
    """Puts together a line that was taken apart."""
    lines: str = ""
    """An event is several documents, one for each line: where the line's offset stands."""
    sequence: str = ""
    """Where an event's place among those of its moment stands; what has none there is no event."""


def _attributes(*names: str) -> tuple[str, ...]:
    """Return the paths of OpenTelemetry attributes, in the spellings that are in use."""
    return tuple(
        f"{holder}.{spelled}"
        for name in names
        for holder in ("resource.attributes", "log.attributes", "attributes", "resource")
        for spelled in dict.fromkeys((name, name.replace(".", "@")))
    )


SHIPPED = "slsloggrep"
"""The shape of what `slsloggrep ship` writes."""

_BEATS_GROUP = ("awscloudwatch.log_group", "aws.cloudwatch.log_group")
_BEATS_STREAM = ("awscloudwatch.log_stream", "aws.cloudwatch.log_stream")

SHAPES = (
    Shape(
        SHIPPED,
        (("slsloggrep.schema",),),
        ("message",),
        time=("@timestamp",),
        group=("log_group",),
        stream=("log_stream",),
        event_id=("event_id",),
        original=True,
        sequence="slsloggrep.sequence",
    ),
    Shape(
        "cwl",
        (("@message", "@timestamp"), ("@log_group",), ("@log_stream",)),
        ("@message",),
        group=("@log_group",),
        stream=("@log_stream",),
        event_id=("@id",),
        original=True,
    ),
    Shape(
        "lambda-stash",
        (("logType", "date"),),
        ("message",),
        time=("timestamp", "date"),
        group=("logGroup",),
        stream=("logStream",),
        event_id=("id",),
        rejoin=stashed,
    ),
    Shape(
        "lambda_logs",
        (("aws.lambda",),),
        ("event.original", "message"),
        event_id=("aws.cloudwatch.event_id", "event.id"),
        rejoin=integrated,
        group=_BEATS_GROUP,
        stream=_BEATS_STREAM,
        path=("log.file.path",),
    ),
    Shape(
        "forwarder",
        (("aws.cloudwatch.event_id", "log.offset"),),
        ("event.original", "message"),
        event_id=("aws.cloudwatch.event_id",),
        lines="log.offset",
        group=_BEATS_GROUP,
        stream=_BEATS_STREAM,
        path=("log.file.path",),
    ),
    Shape(
        "elastic",
        (("aws.cloudwatch",), ("awscloudwatch",)),
        ("event.original", "message"),
        event_id=("aws.cloudwatch.event_id", "event.id"),
        group=_BEATS_GROUP,
        stream=_BEATS_STREAM,
        path=("log.file.path",),
    ),
    Shape(
        "logstash",
        (("cloudwatch_logs",),),
        ("event.original", "message"),
        group=("cloudwatch_logs.log_group",),
        stream=("cloudwatch_logs.log_stream",),
        event_id=("cloudwatch_logs.event_id",),
    ),
    Shape(
        "otel",
        (
            ("body", "observedTimestamp"),
            ("body", "severityNumber"),
            ("body", "severity.number"),
            ("body", "instrumentationScope"),
            ("body", "resource"),
        ),
        ("body", "body.stringValue"),
        time=("time", "@timestamp", "observedTimestamp"),
        group=_attributes(
            "cloudwatch.log.group.name", "aws.log.group.names", "aws.log.group.name", "log_group"
        ),
        stream=_attributes(
            "cloudwatch.log.stream",
            "cloudwatch.log.stream.name",
            "aws.log.stream.names",
            "aws.log.stream.name",
            "log_stream",
        ),
        event_id=_attributes("id", "event.id", "event_id"),
    ),
    Shape(
        "logz.io",
        (("logGroup", "namespace"), ("logGroup", "invoked_function_arn")),
        ("message",),
        group=("logGroup",),
        stream=("logStream",),
        event_id=("id",),
        rejoin=shipped_by_logz,
    ),
    Shape(
        "envelope",
        (("logGroup", "message"), ("logStream", "message")),
        ("message",),
        time=("timestamp", "@timestamp"),
        group=("logGroup",),
        stream=("logStream",),
        event_id=("id", "eventId", "event_id"),
    ),
    Shape(
        "ecs",
        (("ecs.version",), ("faas.execution",), ("faas.id",), ("faas.name",), ("event.original",)),
        ("event.original", "message"),
        group=("aws.cloudwatch.log_group", "log_group", "labels.log_group", "log.group"),
        stream=("aws.cloudwatch.log_stream", "log_stream", "labels.log_stream", "log.stream"),
        event_id=("event.id", "id", "aws.cloudwatch.event_id"),
        path=("log.file.path",),
    ),
    Shape(
        "plain",
        (),
        ("message",),
        time=("@timestamp", "timestamp", "time", "eventTime", "date", "observedTimestamp"),
    ),
)
"""In the order in which they are tried; the last one fits every document, and is
read as it would be in a file, whatever its keys are called."""

NAMES = tuple(shape.name for shape in SHAPES)


def shape_named(name: str) -> Shape | None:
    """Return the shape of that name; None: there is none."""
    return next((shape for shape in SHAPES if shape.name == name), None)
