"""Queries for times and places: windows, stretches of log streams, named log groups.

Each is a sound superset, as those for literals are (`slsloggrep.sources.opensearch.asking`): what
the mapping cannot answer is left out of the query, and the pipeline looks again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from slsloggrep.decode.search_shapes import Shape
from slsloggrep.model import Millis, Span
from slsloggrep.sources.cloudwatch.names import FunctionSpec, Kind, Spec
from slsloggrep.sources.opensearch.asking import Clause
from slsloggrep.sources.opensearch.mapping import KEYWORDS, NUMBERS, TEXTS, Field, Schema

SPANS = 100
"""Stretches in one query: each takes some clauses of the 1,024 that there may be."""

_ARN = 80
"""Characters of a log group's ARN beside its name."""

_NAME = 512 + _ARN
"""Characters of a group's or a stream's name, or of a group's ARN (CreateLogGroup)."""

_WORD = re.compile(r"[^\W_]")


def within(
    field: str, since: Millis | None, until: Millis | None, unit: str = "date"
) -> Clause | None:
    """Return what holds for documents of a window; None: for all.

    `unit` is `date`, or `ms` or `s` where the field is a number.
    """
    if not field or (since is None and until is None):
        return None
    bounds: dict[str, object] = {"format": "epoch_millis"} if unit == "date" else {}
    if since is not None:
        bounds["gte"] = since // 1000 if unit == "s" else since
    if until is not None:
        bounds["lt"] = -(-until // 1000) if unit == "s" else until
    return {"range": {field: bounds}}


def of_spans(
    spans: Sequence[Span], schema: Schema, shape: Shape, field: tuple[str, str]
) -> Iterator[list[Clause]]:
    """Yield lists of clauses of which one holds for every document in one of the stretches."""
    for start in range(0, len(spans), SPANS):
        clauses = []
        for span in spans[start : start + SPANS]:
            parts = [
                within(field[0], span.since, span.until, field[1]),
                place(span.log_group, span.log_stream, schema, shape),
            ]
            clauses.append({"bool": {"filter": [part for part in parts if part] or [_ALL]}})
        yield clauses


_ALL: Clause = {"match_all": {}}


def place(group: str, stream: str, schema: Schema, shape: Shape) -> Clause | None:
    """Return what holds for the documents of a log stream; None: nothing tells them."""
    ways: list[Clause | None] = []
    if any(path in schema.fields for path in (*shape.group, *shape.stream)):
        parts = [_group(shape.group, group, "", schema), _equal_any(shape.stream, stream, schema)]
        ways.append(_all_of([part for part in parts if part]))
    if any(path in schema.fields for path in shape.path):
        ways.append(_group(shape.path, group, f"/{stream}", schema))
    should = [way for way in ways if way]
    if not should or not all(ways):
        return None
    return {"bool": {"should": should, "minimum_should_match": 1}} if should[1:] else should[0]


def of_names(specs: Sequence[Spec], schema: Schema, shape: Shape) -> Clause | None:
    """Return what holds for the documents of the log groups and functions that were named.

    And for those that tell neither group nor stream. None: the mapping cannot tell.
    """
    places = [path for path in (*shape.group, *shape.stream, *shape.path) if schema.has(path)]
    if not specs or not places:
        return None
    should: list[Clause] = [
        {"bool": {"must_not": [{"exists": {"field": path}} for path in places]}}
    ]
    for spec in specs:
        clauses = _of_name(spec, schema, shape, places)
        if clauses is None:
            return None
        should += clauses
    return {"bool": {"should": should, "minimum_should_match": 1}}


def _of_name(
    spec: Spec, schema: Schema, shape: Shape, places: Sequence[str]
) -> list[Clause] | None:
    groups = [path for path in (*shape.group, *shape.path) if path in schema.fields]
    if not groups:
        return None  # documents may have it all the same, where new fields are not mapped
    if isinstance(spec, FunctionSpec):
        # The group or the stream names the function, somewhere within.
        return None if spec.is_glob else _each(places, f"*{escape(spec.name)}*", schema, _NAME)
    if spec.kind is Kind.EXACT:
        return _each(groups, f"*{escape(spec.pattern)}*", schema, _NAME)
    return _each(groups, f"*{escape(spec.prefix)}*", schema, _NAME) if spec.prefix else None


def _each(paths: Sequence[str], pattern: str, schema: Schema, longest: int) -> list[Clause] | None:
    clauses = [_wild(path, pattern, schema, longest) for path in paths]
    return [clause for clause in clauses if clause] if all(clauses) else None


def _wild(path: str, pattern: str, schema: Schema, longest: int) -> Clause | None:
    """Return what holds where a field matches a pattern; values are not longer than `longest`."""
    for way in schema.fields.get(path, ()):
        if way.kind in KEYWORDS and way.searched and way.lowers is False:
            clause: Clause = {"wildcard": {way.path: {"value": pattern}}}
            if way.limit is None or way.limit >= longest:
                return clause
            missing: Clause = {"bool": {"must_not": [{"exists": {"field": way.path}}]}}
            return {"bool": {"should": [clause, missing], "minimum_should_match": 1}}
    return None


def _equal_any(paths: Sequence[str], value: str, schema: Schema) -> Clause | None:
    """Return what holds where one of several fields has a value; None: that cannot be told."""
    mapped = [schema.fields[path] for path in paths if path in schema.fields]
    clauses = [_equal(ways, value) for ways in mapped]
    if not value or not clauses or not all(clauses):
        return None
    should = [clause for clause in clauses if clause]
    return should[0] if len(should) == 1 else {"bool": {"should": should}}


def _group(paths: Sequence[str], group: str, rest: str, schema: Schema) -> Clause | None:
    """Return what holds where one of several fields names a log group, or has its ARN.

    `rest` is what follows the name: a slash and the stream.
    """
    mapped = [path for path in paths if path in schema.fields]
    exact = _equal_any(mapped, group + rest, schema)
    if exact is None or not group:
        return None
    if "match" in exact:
        # In an ARN the name's first word is glued to the one before: `group:shop` is one term.
        return _equal_any(mapped, rest, schema) if rest else None
    # Where another field names the stream, any ARN will do: a pattern with a free beginning costs
    # the server more than all else here, once for each of a hundred stretches.
    pattern = f"*:log-group:{escape(group)}*{escape(rest)}" if rest else "arn:*"
    length = len(group) + len(rest) + _ARN
    arns = _each(mapped, pattern, schema, length)
    return None if arns is None else {"bool": {"should": [exact, *arns]}}


def escape(text: str) -> str:
    """Return a text that stands for itself in a wildcard query."""
    return re.sub(r"([*?\\])", r"\\\1", text)


def _equal(ways: tuple[Field, ...], value: str) -> Clause | None:
    """Return what holds where a field has this very value, and perhaps where it has another."""
    for way in ways:
        if way.nested or not way.searched:
            continue
        if way.kind in KEYWORDS and (way.limit is None or len(value) <= way.limit):
            return {"term": {way.path: {"value": value}}}
    for way in ways:
        if way.kind in TEXTS and way.searched and way.whole and _WORD.search(value):
            return {"match": {way.path: {"query": value, "operator": "and"}}}
        if way.kind in NUMBERS:
            return None
    return None


def _all_of(clauses: list[Clause]) -> Clause | None:
    if len(clauses) < 2:
        return clauses[0] if clauses else None
    return {"bool": {"filter": clauses}}
