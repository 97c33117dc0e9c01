"""Indices that are alike: their fields, the shape of their documents, and where times stand.

Told by mapping, settings and a few samples, which `slsloggrep.sources.opensearch.indices` asks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from slsloggrep.decode.document_paths import leaves, look_up
from slsloggrep.decode.search_shapes import Shape
from slsloggrep.sources.opensearch.asking import Samples
from slsloggrep.sources.opensearch.mapping import DATES, NUMBERS, Schema


@dataclass(frozen=True)
class Kind:
    """Indices that are alike: the same mapping, analysers and shape of documents."""

    schema: Schema
    shape: Shape
    samples: Samples
    time_field: str
    """Where windows are asked for; empty: no field can be asked."""
    time_unit: str = "date"
    """`date`; `ms` or `s` for numbers."""
    names: tuple[str, ...] = ()
    untimed: int = 0
    """Documents without that field."""


def time_of(
    schema: Schema, shape: Shape, named: str, documents: Sequence[dict[str, Any]]
) -> tuple[str, str]:
    """Return the field that windows are asked for in, and its unit; empty where there is none."""
    for path in (named, *shape.time) if named else shape.time:
        ways = schema.fields.get(path)
        if not ways or not ways[0].searched or ways[0].nested:
            continue
        if ways[0].kind in DATES:
            return path, "date"
        values = [look_up(document, path) for document in documents]
        numbers = [value for value in values if value is not None]
        if ways[0].kind in NUMBERS and numbers:
            for unit, low, high in (("ms", 10**11, 10**14), ("s", 10**8, 10**11)):
                if all(isinstance(n, int | float) and low <= n < high for n in numbers):
                    return path, unit
    return "", "date"


def samples_of(documents: Sequence[dict[str, Any]]) -> Samples:
    """Return what documents look like."""
    paths: set[str] = set()
    lists: set[str] = set()
    longest: dict[str, int] = {}
    for document in documents:
        seen: set[str] = set()
        for path, value in leaves(document):
            if value is None or value == "":
                continue
            if path in seen:
                lists.add(path)
            seen.add(path)
            if isinstance(value, str):
                longest[path] = max(longest.get(path, 0), len(value))
        paths |= seen
    return Samples(frozenset(paths), frozenset(lists), longest)


def notes_of(kind: Kind) -> Iterator[str]:
    """Yield what is worth knowing of how indices are read."""
    what = several(kind.names)
    yield f"{what}: documents are read as '{kind.shape.name}' (?map=NAME reads them otherwise)"
    if not kind.time_field:
        yield f"{what}: no date is mapped, so all is read, whatever the window"
    elif kind.untimed:
        yield f"{what}: {kind.untimed} documents without {kind.time_field} are looked at as well"


def names_of(kinds: Sequence[Kind]) -> tuple[str, ...]:
    """Return the names of all indices of some kinds."""
    return tuple(name for kind in kinds for name in kind.names)


def several(names: Sequence[str]) -> str:
    """Return names, or the first and how many more there are."""
    if len(names) == 1:
        return names[0]
    return f"{names[0]} and {len(names) - 1} more" if names else "no index"
