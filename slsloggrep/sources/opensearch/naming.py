"""Which indices an expression names: names, patterns, aliases and data streams.

The server resolves them; where it does not, or not for this user, the mappings that it shows tell.
What is closed or missing is a gap. What indices are like is the knowledge of `indices`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from slsloggrep.errors import SourceError
from slsloggrep.model import Gap
from slsloggrep.sources.opensearch.cluster import LENIENT, Cluster, quoted
from slsloggrep.sources.opensearch.failures import Trouble

PATH = 3_000
"""Characters of names in one request: a server takes a first line of 4,096."""

METADATA = "indices:admin/mappings/get (view_index_metadata)"
"""The privilege that names and mappings take."""


class Target(NamedTuple):
    """What is named in the path of a request: an index, an alias, a data stream."""

    name: str
    indices: tuple[str, ...]
    """The indices behind it."""


class Named(NamedTuple):
    """What an expression names."""

    targets: list[Target]
    gaps: tuple[Gap, ...] = ()
    """What is closed or missing."""
    mappings: Mapping[str, dict[str, Any]] = {}
    """Those that were asked for on the way, by index."""


def resolve(cluster: Cluster) -> Named:
    """Return what the cluster's URL names. Raises SourceError where that is nothing."""
    expression = cluster.location.index
    cluster.product  # noqa: B018 - a server that is none is told before anything else
    found, refusal = None, None
    try:
        found = _ask_names(cluster, expression)
    except Trouble as trouble:
        if not trouble.is_unsupported or trouble.kind == "index_not_found_exception":
            raise cluster.error(trouble) from trouble
        refusal = trouble
    if found is not None:
        return _named(cluster, expression, found)
    try:
        mappings = ask_mappings(cluster, expression)
    except Trouble as trouble:
        raise cluster.error(trouble) from trouble
    if not mappings and refusal is not None and refusal.status == 403:
        # What somebody may not see is left out of answers, as if it were not there.
        raise cluster.error(refusal) from refusal
    if not mappings:
        raise _nothing(cluster, expression, ())
    return Named([Target(name, (name,)) for name in sorted(mappings)], mappings=mappings)


def ask_mappings(cluster: Cluster, part: str) -> dict[str, dict[str, Any]]:
    """Return the mappings of indices by name; `part` may be quoted already. Raises Trouble."""
    answer = cluster.read(
        "GET",
        f"/{part if '%' in part else quoted(part)}/_mapping",
        dict[str, Any],
        params=LENIENT,
        action=METADATA,
    )
    return {name: each.get("mappings", {}) for name, each in answer.items()}


def in_paths(names: Iterable[str]) -> Iterator[str]:
    """Yield names, quoted and separated by commas, as many together as a request takes."""
    held: list[str] = []
    size = 0
    for name in map(quoted, names):
        if held and size + len(name) + 1 > PATH:
            yield ",".join(held)
            held, size = [], 0
        held.append(name)
        size += len(name) + 1
    if held:
        yield ",".join(held)


def _named(cluster: Cluster, expression: str, found: dict[str, Any]) -> Named:
    closed = {each["name"] for each in found["indices"] if "closed" in each.get("attributes", ())}
    targets = _targets(found, closed)
    known = {target.name for target in targets} | closed
    missing = [
        part
        for part in filter(None, expression.split(","))
        if "*" not in part and not part.startswith("-") and part not in known
    ]
    gaps = (
        *(Gap(name, "the index is closed: open it to read it") for name in sorted(closed)),
        *(Gap(part, f"no such index{_near(cluster, part)}") for part in missing),
    )
    if not targets:
        raise _nothing(cluster, expression, gaps)
    return Named(targets, gaps)


def _ask_names(cluster: Cluster, expression: str) -> dict[str, Any] | None:
    params = {"expand_wildcards": "open,closed"}
    path = f"/_resolve/index/{quoted(expression)}"
    try:
        found = cluster.read("GET", path, dict[str, Any], params=params, action=METADATA)
    except Trouble as trouble:
        if trouble.kind == "index_not_found_exception" and "," in expression:
            parts = [_ask_names(cluster, part) for part in expression.split(",") if part]
            merged: dict[str, Any] = {"indices": [], "aliases": [], "data_streams": []}
            for part in filter(None, parts):
                for key, values in merged.items():
                    values += [v for v in part.get(key, ()) if v not in values]
            return merged
        if trouble.kind == "index_not_found_exception":
            return {"indices": []}
        raise
    return found if isinstance(found.get("indices"), list) else None


def _targets(found: dict[str, Any], closed: set[str]) -> list[Target]:
    targets = [
        Target(each["name"], (each["name"],))
        for each in found["indices"]
        if each["name"] not in closed
    ]
    covered = {target.name for target in targets}
    for key, behind in (("data_streams", "backing_indices"), ("aliases", "indices")):
        for each in found.get(key, ()):
            indices = each.get(behind, ())
            indices = (indices,) if isinstance(indices, str) else tuple(indices)
            # What a pattern matches by itself and through an alias is read once.
            if not set(indices) <= covered:
                targets.append(Target(each["name"], indices))
                covered |= set(indices)
    return targets


def _nothing(cluster: Cluster, expression: str, gaps: Sequence[Gap]) -> SourceError:
    name = cluster.name
    closed = [gap.what for gap in gaps if "closed" in gap.reason]
    if closed:
        return SourceError(
            name, f"{name}: the index {closed[0]} is closed", hint=f"POST /{closed[0]}/_open"
        )
    near = _near(cluster, expression)
    return SourceError(name, f"{name}: no index matches '{expression}'{near}")


def _near(cluster: Cluster, name: str) -> str:
    """Return a question that names what is called alike; empty where nothing is."""
    try:
        found = _ask_names(cluster, "*")
    except Trouble:
        return ""
    there = [
        each["name"]
        for key in ("indices", "aliases", "data_streams")
        for each in (found or {}).get(key, ())
        if not each["name"].startswith(".")
    ]
    near = difflib.get_close_matches(name.replace("*", ""), there, n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(near)}?" if near else ""
