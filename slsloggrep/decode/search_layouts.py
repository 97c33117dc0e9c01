"""Documents laid flat, and where their shape finds what in them: told once for each layout.

Documents of one index have few layouts, and what takes time (which of a shape's many paths are
there, which fields are only their shipper's) follows from the layout alone. What is said at those
places is `slsloggrep.decode.search_documents`' knowledge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from slsloggrep.decode.document_paths import MAX_DEPTH
from slsloggrep.decode.search_shapes import SHAPES, Shape


class Flat(NamedTuple):
    """The leaves of a document: no lists of objects or lists, no objects but empty ones."""

    paths: tuple[str, ...]
    values: list[Any]


class Layout(NamedTuple):
    """Where documents with the same paths have what: numbers of leaves, in order of preference."""

    time: tuple[int, ...]
    group: tuple[int, ...]
    stream: tuple[int, ...]
    event_id: tuple[int, ...]
    path: tuple[int, ...]
    message: tuple[tuple[int, str], ...]
    """With their paths."""
    told: tuple[tuple[int, str], ...]
    """What is neither the shipper's nor time, group, stream or ID, with its path."""

    def times(self, values: Sequence[Any]) -> Iterator[Any]:
        """Yield what may state the time."""
        return (values[number] for number in self.time)


def lay_flat(document: Mapping[str, Any]) -> Flat | None:
    """Return the leaves of a document; None where a path would not tell one (lists of objects)."""
    paths: list[str] = []
    values: list[Any] = []
    if not _lay(document, "", paths, values, 0):
        return None
    return Flat(tuple(paths), values)


def _lay(
    document: Mapping[str, Any], start: str, paths: list[str], values: list[Any], depth: int
) -> bool:
    for key, value in document.items():
        kind = type(value)
        if kind is dict and value:
            if not key or depth > MAX_DEPTH - 2:
                return False
            if not _lay(value, f"{start}{key}.", paths, values, depth + 1):
                return False
            continue
        if not key or (kind is list and any(type(each) in (dict, list) for each in value)):
            return False
        paths.append(start + key)
        values.append(value)
    return True


def layout_of(shape: Shape, time_field: str, paths: tuple[str, ...]) -> Layout | None:
    """Return where documents of a shape with these paths have what; None: that is not the same.

    Not where a path is there twice, nested and dotted, or leads to an object.
    """
    # Few layouts are met with; what is unusually large must not fill the memory.
    usual = len(paths) <= 128 and sum(map(len, paths)) <= 4096
    return (_layout if usual else _laid_out)(shape.name, time_field, paths)


def _laid_out(name: str, time_field: str, paths: tuple[str, ...]) -> Layout | None:
    shape = _SHAPES[name]
    numbers = {path: number for number, path in enumerate(paths)}
    if len(numbers) < len(paths):
        return None
    times = (time_field, *shape.time) if time_field else shape.time
    sought = {*times, *shape.group, *shape.stream, *shape.event_id, *shape.path, *shape.message}
    objects = {path[: dot.start()] for path in paths for dot in _DOT.finditer(path)}
    if not sought.isdisjoint(objects):
        return None

    def there(wanted: Iterable[str]) -> tuple[int, ...]:
        return tuple(numbers[path] for path in wanted if path in numbers)

    own = own_paths(shape)
    return Layout(
        there(times),
        there(shape.group),
        there(shape.stream),
        there(shape.event_id),
        there(shape.path),
        tuple((numbers[path], path) for path in shape.message if path in numbers),
        tuple(
            (number, path)
            for path, number in numbers.items()
            if path not in own and not is_shippers(path)
        ),
    )


_layout = lru_cache(maxsize=256)(_laid_out)
_SHAPES = {shape.name: shape for shape in SHAPES}
_DOT = re.compile(r"\.")


def own_paths(shape: Shape) -> frozenset[str]:
    """Return where a shape keeps time, group, stream and ID: never part of a message."""
    return _OWN[shape.name]


_OWN = {
    shape.name: frozenset(
        ()
        if shape.name == "plain"
        else (*shape.time, *shape.group, *shape.stream, *shape.event_id, *shape.path)
    )
    for shape in SHAPES
}

_SHIPPERS = re.compile(
    r"@(?:version|owner|timestamp)$|_|tags$|agent\.|elastic_agent\.|ecs\.|input\.|host\.|cloud\."
    r"|data_stream\.|meta\.|metadata\.|awscloudwatch\.|aws\.cloudwatch\.|cloudwatch_logs\."
    r"|aws\.(?:s3|kinesis)\.|log\.file\.|log\.offset$|faas\.(?!execution$)"
    r"|event\.(?:ingested|dataset|module|kind|id|created|category|outcome|type|original)"
    r"|attributes\.data_stream\.|resource\.|instrumentationScope\.|serviceName$|schemaUrl$|flags$"
    r"|droppedAttributesCount$|observedTimestamp$|observedTime$|severityNumber$|severity\.number$"
    r"|owner$|message_?[tT]ype$|subscription_?[fF]ilters|policyLevel$|type$|logType$"
    r"|(?:aws_?)?account(?:_?[iI]d)?$|(?:aws_?)?region$|namespace$|function_version$"
    r"|invoked_function_arn$"
)
"""What shippers add by themselves: it says where an event was and how it came, nothing of it."""


@lru_cache(maxsize=4096)
def is_shippers(path: str) -> bool:
    """Tell whether a shipper adds a field by itself."""
    return _SHIPPERS.match(path) is not None
