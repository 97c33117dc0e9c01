"""The same events as documents of every shape that shippers write, put into a real server.

`SHAPES` are all of them by name: who writes, into which indices, under which IDs and mapping, and
what is lost on the way. `load` writes events in one shape under a test's prefix. Documents are made
by `search_writers` and `search_writers_elastic`, mappings are in `search_mappings`.

What differs from reality: one shard and no replicas; no index lifecycle, so an alias or a data
stream has its first index only; ingest pipelines have run before.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

import search_writers as plain
import search_writers_elastic as elastic
from search_fixtures import Search
from search_mappings import TEMPLATES, MessageMapping, adapt, has
from search_node import Node

from slsloggrep.model import Event

__all__ = ["SHAPES", "Loaded", "Shape", "load"]

Document = dict[str, Any]
Loss = Literal["time", "milliseconds", "group", "stream", "id", "message", "lines", "events"]
BATCH = 2_000  # documents a bulk request: 1 to 3 MB


def _from_document(path: str) -> Callable[[Event, Document], str | None]:
    return lambda _event, document: document[path]


def _own_id(event: Event, _document: Document) -> str | None:
    return event.event_id or None


def _random(_event: Event, _document: Document) -> str | None:
    return None  # the server makes one, so that what is written twice is there twice


@dataclass(frozen=True)
class Shape:
    """One kind of document and where it goes.

    `index` is the index of an event, as a format for its time (`cwl-%Y.%m.%d`), or of the time
    `delay` ms later. `pattern` is what somebody would name to search it. Both come after a test's
    prefix. `message` is the path of the field with the text. `lost` tells what cannot be got back
    from the documents: `time` (there is another), `milliseconds`, `group`, `stream`, `id`, parts of
    `message`, `lines` (one event is several documents), `events` (some are not delivered).
    """

    name: str
    write: Callable[[Event], list[Document]]
    index: str
    pattern: str
    message: str = "message"
    identify: Callable[[Event, Document], str | None] = _random
    template: str = ""
    layout: Literal["indices", "alias", "stream"] = "indices"
    delay: int = 0
    lost: frozenset[Loss] = frozenset()
    needs: tuple[str, ...] = ()

    def fits(self, node: Node) -> bool:
        """Tell whether the server can take it."""
        stream = ("data_streams",) if self.layout == "stream" else ()
        return all(has(node, feature) for feature in (*self.needs, *stream))

    def index_of(self, event: Event) -> str:
        """Return where the documents of an event go, without the test's prefix."""
        moment = datetime.fromtimestamp((event.timestamp + self.delay) / 1000, UTC)
        return moment.strftime(self.index)


def _firehose(rotation: str, suffix: str) -> Shape:
    # The week is counted as in the service's example: 2016-02-25 is in 2016-w08.
    return Shape(
        f"firehose-{rotation}",
        plain.firehose,
        f"app{suffix}",
        "app*" if suffix else "app",
        delay=plain.DELAY,
    )


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("cwl", plain.cwl, "cwl-%Y.%m.%d", "cwl-*", "@message", _from_document("@id")),
        Shape(
            "cwl-fields",
            plain.cwl_fields,
            "cwl-%Y.%m.%d",
            "cwl-*",
            "@message",
            _from_document("@id"),
            lost=frozenset({"events"}),
        ),
        _firehose("never", ""),
        _firehose("hour", "-%Y-%m-%d-%H"),
        _firehose("day", "-%Y-%m-%d"),
        _firehose("week", "-%Y-w%U"),
        _firehose("month", "-%Y-%m"),
        Shape(
            "firehose-extracted",
            plain.firehose_extracted,
            "app-json",
            "app-json",
            lost=frozenset({"time", "group", "stream", "id", "message", "events"}),
        ),
        Shape("logstash", plain.logstash, "logstash-%Y.%m.%d", "logstash-*", template="logstash"),
        Shape(
            "filebeat",
            elastic.filebeat,
            "filebeat-8.18.0",
            "filebeat-*",
            identify=_own_id,
            template="filebeat",
            layout="alias",
            lost=frozenset({"milliseconds"}),
        ),
        Shape(
            "functionbeat",
            elastic.functionbeat,
            "functionbeat-7.17.0",
            "functionbeat-*",
            template="filebeat",
            layout="alias",
        ),
        Shape(
            "forwarder",
            elastic.forwarder,
            "logs-generic-default",
            "logs-*",
            identify=elastic.forwarder_id,
            template="filebeat",
            layout="stream",
            lost=frozenset({"time", "lines"}),
        ),
        Shape(
            "lambda_logs",
            elastic.lambda_logs,
            "logs-aws.lambda_logs-default",
            "logs-aws.lambda_logs-*",
            identify=_own_id,
            template="lambda_logs",
            layout="stream",
            lost=frozenset({"milliseconds", "message"}),
            needs=("flat",),
        ),
        Shape(
            "lambda_logs-original",
            functools.partial(elastic.lambda_logs, original=True),
            "logs-aws.lambda_logs-default",
            "logs-aws.lambda_logs-*",
            identify=_own_id,
            template="lambda_logs",
            layout="stream",
            lost=frozenset({"milliseconds"}),
            needs=("flat",),
        ),
        Shape("ecs", elastic.ecs_nested, "app-logs-%Y.%m.%d", "app-logs-*", template="filebeat"),
        Shape("ecs-dotted", elastic.ecs_dotted, "app-logs-%Y.%m.%d", "app-logs-*"),
        Shape(
            "logz.io",
            plain.logz_io,
            "logziocustomerindex%y%m%d_v1",
            "logziocustomerindex*",
            lost=frozenset({"message"}),
        ),
        Shape(
            "logz.io-json",
            functools.partial(plain.logz_io, merged=True),
            "logziocustomerindex%y%m%d_v1",
            "logziocustomerindex*",
            lost=frozenset({"message"}),
        ),
        Shape(
            "data-prepper",
            plain.data_prepper,
            "logs-otel-v1",
            "logs-otel-v1",
            "body",
            template="data_prepper",
            layout="alias",
        ),
        Shape(
            "data-prepper-standard",
            plain.data_prepper_standard,
            "logs-otel-v1",
            "logs-otel-v1-*",
            "body",
            template="data_prepper_standard",
            layout="alias",
        ),
        Shape(
            "ss4o",
            plain.ss4o,
            "ss4o_logs-default-namespace",
            "ss4o_logs-*-*",
            "body",
            template="ss4o",
            layout="stream",
        ),
        Shape(
            "lambda-stash",
            plain.lambda_stash,
            "logs",
            "logs",
            lost=frozenset({"group", "stream", "message"}),
        ),
    )
}


@dataclass
class Loaded:
    """What was written: the pattern to search, and the server's reasons for what it rejected."""

    pattern: str
    written: int = 0
    indices: set[str] = field(default_factory=set)
    rejected: list[str] = field(default_factory=list)


def load(
    search: Search,
    shape: Shape,
    events: Iterable[Event],
    *,
    message: MessageMapping | None = None,
    twice: int = 0,
    shards: int = 1,
) -> Loaded:
    """Write events in one shape under the test's prefix, and make them searchable.

    `message` lays a mapping over the message's own, `twice=n` writes every n-th document a second
    time. Documents that the server rejects are in the answer and not an error, for that is how
    shippers lose them. May be called again, for more events or in another shape.
    """
    loaded = Loaded(search.name(shape.pattern))
    _prepare(search, shape, message, shards)
    actions = _actions(search, shape, events, twice)
    while batch := list(islice(actions, BATCH)):
        body = b"\n".join(line for action in batch for line in action) + b"\n"
        answer = search.call("POST", "/_bulk", body)
        for item in answer["items"]:
            (done,) = item.values()
            loaded.indices.add(done["_index"])
            if error := done.get("error"):
                cause = error.get("caused_by", {}).get("reason", "")
                loaded.rejected.append(f"{error['type']}: {error['reason']} {cause}".strip())
            else:
                loaded.written += 1
    search.call("POST", f"/{search.name('*')}/_refresh")
    return loaded


def _actions(
    search: Search, shape: Shape, events: Iterable[Event], twice: int
) -> Iterator[tuple[bytes, bytes]]:
    operation = "create" if shape.layout == "stream" else "index"
    count = 0
    for event in events:
        index = search.name(shape.index_of(event))
        for document in shape.write(event):
            action: Document = {"_index": index}
            if (identity := shape.identify(event, document)) is not None:
                action["_id"] = identity
            lines = (
                json.dumps({operation: action}).encode(),
                json.dumps(document, ensure_ascii=False).encode("utf-8", "replace"),
            )
            yield lines
            count += 1
            if twice and count % twice == 0:
                yield lines


def _prepare(search: Search, shape: Shape, message: MessageMapping | None, shards: int) -> None:
    template = json.loads(json.dumps(TEMPLATES.get(shape.template, {})))  # a copy of its own
    settings = template.setdefault("settings", {})
    settings |= {"index.number_of_shards": shards, "index.number_of_replicas": 0}
    mappings = template.setdefault("mappings", {})
    if message:
        settings |= message.settings
        properties = mappings
        *parents, last = shape.message.split(".")
        for parent in parents:
            properties = properties.setdefault("properties", {}).setdefault(parent, {})
        properties.setdefault("properties", {})[last] = message.message
    adapt(mappings, search.node)
    stem = search.name(shape.index.partition("%")[0].rstrip("-"))
    body: Document = {
        "index_patterns": [stem + "*"],
        "priority": 500 + len(stem),  # of several shapes in one test, each has its own indices
        "template": template,
    }
    if shape.layout == "stream":
        body["data_stream"] = {}
    search.call("PUT", f"/_index_template/{stem}", body)
    if shape.layout == "alias":
        aliases = {stem: {"is_write_index": True}}
        search.call("PUT", f"/{stem}-000001", {"aliases": aliases}, allow=[400])  # 400: it exists
