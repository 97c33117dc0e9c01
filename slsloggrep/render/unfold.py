"""Structured records unfolded: the fields of a JSON message as names and values on a line.

Which fields are shown and in which order; how they look belongs to `slsloggrep.render.records`.
What is inside an object is named as `--where` takes it: `order.id`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slsloggrep.model import ErrorInfo, Fact, Record
from slsloggrep.outline.records import field_text, is_context, is_document

Pairs = list[tuple[str, str]]

_LEAVES = 12
"""An object of more values than these is shown as JSON: names would take up more than values."""
_DEPTH = 4
_TOLD = 20
"""Characters of a value from which on it is left out where the text says it already."""


def unfold(record: Record, chosen: Sequence[str] | None = None) -> Pairs | None:
    """Return the fields to be shown beside a record's text; None: it has none to unfold.

    `chosen` are names or dotted paths, in the order in which they are shown; without it, all that
    the line does not say otherwise.
    """
    if not record.fields or record.fact is Fact.METRIC:
        return None
    if chosen is not None:
        return [(path, field_text(value)) for path in chosen for value in _reach(record, path)]
    text = record.text or record.event.message
    whole = is_document(record)
    if not whole and text.endswith("}") and record.event.message.rstrip().endswith(text):
        return []  # a line that ends with the document shows it
    pairs = []
    for name, value in _leaves(record):
        shown = field_text(value)
        if not _is_of_error(value, record.error) and (
            whole or len(shown) <= _TOLD or shown not in text
        ):
            pairs.append((name, shown))
    return pairs if pairs or not whole else None


def _reach(record: Record, path: str) -> Iterator[Any]:
    """Yield the value at a path, if there is one; a name that has dots itself comes first."""
    value: Any = record.fields
    rest = path
    while isinstance(value, Mapping):
        if rest in value:
            yield value[rest]
            return
        head, dot, rest = rest.partition(".")
        if not dot or head not in value:
            return
        value = value[head]


def _leaves(record: Record) -> Iterator[tuple[str, Any]]:
    for key, value in record.fields.items():
        # A service's request ID is not that of the function, which the line shows.
        foreign = record.platform is not None and "request" in key.lower()
        if is_context(key) and not (foreign and value != record.request_id):
            continue
        inside = list(_inside(key, value, _DEPTH)) if isinstance(value, Mapping) else []
        if 0 < len(inside) <= _LEAVES:
            yield from inside
        else:
            yield key, value


def _inside(name: str, value: Any, depth: int) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping) or not value or not depth:
        yield name, value
        return
    for key, inner in value.items():
        yield from _inside(f"{name}.{key}", inner, depth - 1)


def _is_of_error(value: Any, error: ErrorInfo | None) -> bool:
    """Tell whether a value is a part of the error that is shown with its lines."""
    if error is None:
        return False
    frames = {frame.strip() for frame in error.stack}
    if isinstance(value, str):
        told = value in (error.type, error.message)
        return told or ("\n" in value and any(frame and frame in value for frame in frames))
    return isinstance(value, (list, tuple)) and bool(value) and all(
        isinstance(item, str) and item.strip() in frames for item in value
    )  # fmt: skip
