"""Events out of documents of a search cluster, in every shape that shippers write them.

A document holds an event and what its shipper added: where it came from, when it was ingested, or
the message's own JSON once more, taken apart. The message is the original one wherever the document
has it, or can be put together again, so that the same events through files give the same records.
What else a document says and its message does not is not dropped: the message is then the document
itself, as JSON, without what became time, group, stream and ID. (One exception: a platform's line
stays a line, for nobody would know it within a document.)

Which fields a shape has is `slsloggrep.decode.search_shapes`' knowledge, which of them a document
has that of `search_layouts`; usual documents are read sooner by `search_forms`. Which query finds
a document is left to `slsloggrep.sources.opensearch`, what a message means to `slsloggrep.parse`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from slsloggrep.decode import fields
from slsloggrep.decode.boundaries import Buffer
from slsloggrep.decode.document_paths import leaves, look_up, without
from slsloggrep.decode.moments import time_of
from slsloggrep.decode.rejoined import CONSTANTS, text_of
from slsloggrep.decode.search_layouts import is_shippers, lay_flat, layout_of, own_paths
from slsloggrep.decode.search_shapes import SHAPES, Shape
from slsloggrep.decode.timestamps import millis
from slsloggrep.model import Millis


class Parts(NamedTuple):
    """What a document says of its event."""

    timestamp: Millis | None
    """None: it states no time that can be read."""
    message: str
    log_group: str
    log_stream: str
    event_id: str


def shape_of(documents: Iterable[Mapping[str, Any]]) -> Shape:
    """Return the shape of documents of one index: the first that one of them shows."""
    shown = {_shape_of(document) for document in documents}
    return next((shape for shape in SHAPES if shape.name in shown), SHAPES[-1])


def _shape_of(document: Mapping[str, Any]) -> str:
    for shape in SHAPES[:-1]:
        for sign in shape.signs:
            if all(look_up(document, path) is not None for path in sign):
                return shape.name
    return SHAPES[-1].name


def spells(shape: Shape, run: str) -> bool:
    """Tell whether `read` may write a run into a message that stands in no field of a document."""
    if shape.original:
        return False
    words = (*_WORDS, *CONSTANTS) if shape.rejoin else _WORDS
    return any(run in text for text in words)


_WORDS = ("true", "false", "null")


def read(document: dict[str, Any], raw: Buffer, shape: Shape, time_field: str = "") -> Parts:
    """Return what a document says of its event, as its shape keeps it; never raises.

    `raw` is the document as it was written. `time_field` is the field that the user named; where it
    holds no time, the shape's own fields are looked at.
    """
    if shape.name == "plain":
        time = _time(document, (time_field, *shape.time) if time_field else shape.time)
        return _plain(document, raw, time)
    flat = lay_flat(document)
    layout = layout_of(shape, time_field, flat.paths) if flat is not None else None
    if flat is None or layout is None:
        return read_closely(document, shape, time_field)
    values = flat.values
    time = next(filter(None, map(_moment, layout.times(values))), None)
    if time is None:
        time = fields.time_of(document, fields.layout_of(document))
    group, stream = _text(values, layout.group), _text(values, layout.stream)
    if not group and not stream:
        path = _text(values, layout.path)
        group, stream = split_path(path) if path else ("", "")
    event_id = _text(values, layout.event_id)
    message, message_path = "", ""
    for number, path in layout.message:
        value = values[number]
        if isinstance(value, str):
            message, message_path = value, path
            break
        if value is not None and path in _ANY_MESSAGE:
            message, message_path = text_of(value), path
            break

    def tells_all(whole: str) -> bool:
        told = ((path, values[number]) for number, path in layout.told if path != message_path)
        return _states(whole, ((path, each) for path, value in told for each in _each(value)))

    message = _whole(document, shape, message, message_path, tells_all)
    return Parts(time, message, name_of(group), stream, _own_id(shape, event_id))


def read_closely(document: dict[str, Any], shape: Shape, time_field: str = "") -> Parts:
    """Return what a document says of its event, whatever it is laid out like; never raises.

    The same as `read`, but for documents that no shipper made, and at several times the cost.
    """
    time = _time(document, (time_field, *shape.time) if time_field else shape.time)
    group, stream = _place(document, shape)
    event_id = _first_text(document, shape.event_id)
    message, message_path = _message(document, shape)

    def tells_all(whole: str) -> bool:
        own = own_paths(shape)
        return _states(
            whole,
            (
                (path, value)
                for path, value in leaves(document)
                if path != message_path and path not in own and not is_shippers(path)
            ),
        )

    message = _whole(document, shape, message, message_path, tells_all)
    return Parts(time, message, group, stream, _own_id(shape, event_id))


def _own_id(shape: Shape, event_id: str) -> str:
    # In ECS any that is not CloudWatch's is random, or the application's.
    return "" if shape.name == "ecs" and not fields.is_global_id(event_id) else event_id


def _whole(
    document: dict[str, Any],
    shape: Shape,
    message: str,
    message_path: str,
    tells_all: Callable[[str], bool],
) -> str:
    """Return the message of a document, or the document where that says more."""
    whole: str | None = message if message_path else None
    if shape.rejoin is not None and message_path != "event.original":
        whole = shape.rejoin(document, message)
    if whole is None or not (
        shape.original
        or message_path == "event.original"
        or _PLATFORM.match(whole)
        or tells_all(whole)
    ):
        return text_of(without(document, own_paths(shape)))
    return whole


def _plain(document: dict[str, Any], raw: Buffer, time: Millis | None) -> Parts:
    """Return what a document says that no shipper made: as it would be read out of a file."""
    layout = fields.layout_of(document)
    event_id = fields.id_of(document, layout)
    if fields.is_event(document, layout):
        value = document[fields.message_key(document, layout)]
        message = value if isinstance(value, str) else text_of(value)
    else:
        message = bytes(raw).decode("utf-8", "replace")
        event_id = event_id if fields.is_global_id(event_id) else ""
    return Parts(time, message, *fields.place_of(document, layout), event_id)


def _message(document: Mapping[str, Any], shape: Shape) -> tuple[str, str]:
    for path in shape.message:
        value = look_up(document, path)
        if isinstance(value, str):
            return value, path
        if value is not None and path in _ANY_MESSAGE:
            return text_of(value), path
    return "", ""


_ANY_MESSAGE = ("message", "@message", "body")
"""Where anything is a message, not only a text."""


def _states(message: str, told: Iterable[tuple[str, Any]]) -> bool:
    """Tell whether a message says all that its document's own fields do."""
    inner: set[tuple[str, str]] | None = None
    for path, value in told:
        text = _leaf(value)
        if not text or _stands_in(text, message):
            continue
        if path.endswith("level") and _stands_in(text.upper(), message):
            continue
        if path in ("trace.id", "traceId") and text in message.replace("-", ""):
            continue
        if inner is None:
            inner = _pairs(message)
        if (path.rpartition(".")[2], text) not in inner:
            return False
    return True


_PLATFORM = re.compile(
    r"(?:START|END|REPORT) RequestId: |(?:INIT_START|INIT_REPORT|RESTORE_START|RESTORE_REPORT"
    r"|EXTENSION|TELEMETRY|LOGS|IMAGE|XRAY)\s|RequestId: \S+ "
    r"|\S+ [0-9a-f]{8}-[0-9a-f-]{27} Task timed out"
    r"|\{\"time\":\"[^\"]*\",\"type\":\"platform\."
)


def _stands_in(text: str, message: str) -> bool:
    """Tell whether a text stands in a message as a word, not as part of another one."""
    start = message.find(text)
    while start >= 0:
        end = start + len(text)
        before, after = message[start - 1 : start] if start else "", message[end : end + 1]
        if not before.isalnum() and not after.isalnum():
            return True
        start = message.find(text, start + 1)
    return False


def _leaf(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return "" if value is None else json.dumps(value)


def _pairs(message: str) -> set[tuple[str, str]]:
    """Return the keys and values of the JSON that a message is, or ends with."""
    start = message.find("{")
    if start < 0:
        return set()
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(message[start:])
    except (json.JSONDecodeError, RecursionError):
        return set()
    return {(path.rpartition(".")[2], _leaf(leaf)) for path, leaf in leaves(value)}


def _time(document: Mapping[str, Any], paths: tuple[str, ...]) -> Millis | None:
    for path in paths:
        time = _moment(look_up(document, path))
        if time is not None:
            return time
    return fields.time_of(document, fields.layout_of(document))


def _moment(value: Any) -> Millis | None:
    if isinstance(value, list) and value:
        value = value[0]
    return time_of(value) if isinstance(value, str) else millis(value)


def _each(value: Any) -> Iterable[Any]:
    """Yield what `leaves` yields of a leaf of a flat document: of an empty object, nothing."""
    return value if isinstance(value, list | dict) else (value,)


def _text(values: Sequence[Any], numbers: tuple[int, ...]) -> str:
    """Return the first text, alone or in a list; see `_first_text`."""
    for number in numbers:
        value = values[number]
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str) and value:
            return value
    return ""


def _place(document: Mapping[str, Any], shape: Shape) -> tuple[str, str]:
    group, stream = _first_text(document, shape.group), _first_text(document, shape.stream)
    if not group and not stream:
        path = _first_text(document, shape.path)
        group, stream = split_path(path) if path else ("", "")
    return name_of(group), stream


def name_of(group: str) -> str:
    """Return a log group's name; some shippers write its ARN."""
    if group.startswith("arn:"):
        return (group.partition(":log-group:")[2] or group).removesuffix(":*")
    return group


_DATED = re.compile(r"/(?=\d{4}/\d\d/\d\d/)")


def split_path(path: str) -> tuple[str, str]:
    """Return group and stream of `<group>/<stream>`; a stream of Lambda's begins with a date."""
    dated = _DATED.search(path)
    if dated:
        return path[: dated.start()], path[dated.end() :]
    group, _, stream = path.rpartition("/")
    return (group, stream) if group else (path, "")


def _first_text(document: Mapping[str, Any], paths: tuple[str, ...]) -> str:
    for path in paths:
        value = look_up(document, path)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, str) and value:
            return value
    return ""
