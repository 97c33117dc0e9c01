"""Paths into JSON documents whose keys may be nested, dotted, or both.

`a.b.c` is found in `{"a": {"b": {"c": 1}}}`, `{"a.b": {"c": 1}}` and `{"a.b.c": 1}` alike: search
clusters take them for the same field. What stands at a path is `search_documents`' knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 30
"""Search clusters take 20 levels (`index.mapping.depth.limit`)."""


def look_up(document: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path; None where nothing does."""
    found = document.get(path)
    if found is not None:
        return found
    dot = path.find(".")
    while dot >= 0:
        inner = document.get(path[:dot])
        if isinstance(inner, dict):
            found = look_up(inner, path[dot + 1 :])
            if found is not None:
                return found
        dot = path.find(".", dot + 1)
    return None


def leaves(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of all that is no object; of lists, each element."""
    if isinstance(value, dict) and depth < MAX_DEPTH:
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list) and depth < MAX_DEPTH:
        for inner in value:
            yield from leaves(inner, path, depth + 1)
    else:
        yield path, value


def without(document: Mapping[str, Any], paths: frozenset[str], path: str = "") -> dict[str, Any]:
    """Return a document without what stands at the paths, nor objects that are empty for it."""
    kept: dict[str, Any] = {}
    for key, value in document.items():
        own = f"{path}.{key}" if path else key
        if own in paths:
            continue
        if isinstance(value, dict) and any(p.startswith(own + ".") for p in paths):
            value = without(value, paths, own)
            if not value:
                continue
        kept[key] = value
    return kept
