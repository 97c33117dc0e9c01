"""The index template of what is shipped: which fields documents have, and how they are searched.

Events and invocations share an index; `doc_type` tells them apart. What stands in the fields is
`slsloggrep.ship.documents`' knowledge, what panels make of them `slsloggrep.export.dashboards`'.

Identifiers are keywords, figures are numbers. `message` is analysed text for people, and once more
whole in `message.raw`: what an analyser splits or drops (the hyphens of an ID) is found there.
Other fields of a log line are not mapped: where two functions write a number and an object under
the same name, an index that maps both refuses one of them.
"""

from __future__ import annotations

from typing import Any

SCHEMA = 1
"""Of the documents; a part of their IDs."""

MAPPING = 2
"""Of the template; a higher number replaces one that is there."""

LONGEST_KEYWORD = 8_191
"""Characters: a longer value is not searchable as a keyword. Lucene refuses terms of more than
32,766 bytes, and with it the whole document; a character takes 4 bytes at most."""

_KEYWORD = {"type": "keyword", "ignore_above": LONGEST_KEYWORD}
_DATE = {"type": "date"}
_NUMBER = {"type": "double"}
_COUNT = {"type": "long"}
_FLAG = {"type": "boolean"}
_TEXT = {"type": "text", "norms": False}

RAW = "message.raw"
"""Where a message stands whole."""

REPORTED = (
    "duration_ms",
    "billed_ms",
    "memory_mb",
    "max_memory_mb",
    "init_ms",
    "restore_ms",
)
"""What a REPORT that states success states. Events have it apart from what invocations have under
the same names, so that nobody adds up both; 64 bits, so that they are the very numbers."""

_COMMON: dict[str, dict[str, Any]] = {
    "@timestamp": _DATE,
    "doc_type": _KEYWORD,
    "function": _KEYWORD,
    "request_id": _KEYWORD,
    "trace_id": _KEYWORD,
    "transaction_id": _KEYWORD,
    "identifiers": _KEYWORD,
    "log_group": _KEYWORD,
    "log_stream": _KEYWORD,
    "source": _KEYWORD,
    "error_type": _KEYWORD,
    "error_message": _TEXT,
}
_OF_EVENTS: dict[str, dict[str, Any]] = {
    "message": _TEXT,
    "level": _KEYWORD,
    "fact": _KEYWORD,
    "event_id": _KEYWORD,
    **{f"report.{name}": _NUMBER for name in REPORTED},
}
_OF_INVOCATIONS: dict[str, dict[str, Any]] = {
    "start": _DATE,
    "end": _DATE,
    "status": _KEYWORD,
    "failed": _FLAG,
    "complete": _FLAG,
    "cold_start": _FLAG,
    "version": _KEYWORD,
    "duration_ms": _NUMBER,
    "billed_ms": _NUMBER,
    "init_ms": _NUMBER,
    "restore_ms": _NUMBER,
    "memory_mb": _NUMBER,
    "max_memory_mb": _NUMBER,
    "timeout_s": _NUMBER,
    "produced_bytes": _COUNT,
    "gb_seconds": _NUMBER,
    "cost_usd": _NUMBER,
    "fingerprint": _KEYWORD,
    "crash_title": _KEYWORD,
    "events": _COUNT,
}

FIELDS: dict[str, dict[str, Any]] = {
    **_COMMON,
    **_OF_EVENTS,
    **_OF_INVOCATIONS,
    "slsloggrep.schema": {"type": "integer"},
    "slsloggrep.sequence": {"type": "integer"},
}
"""The mapping of each field, by its path."""


def template(patterns: tuple[str, ...], *, wildcard: bool) -> dict[str, Any]:
    """Return the body of an index template for indices that match one of the patterns.

    `wildcard`: the server has fields of that type (OpenSearch from 2.15 on, Elasticsearch from 7.9
    on, but not its open-source distribution); else long messages are found by their words only.
    """
    return {
        "index_patterns": list(patterns),
        # Above those that come with a server (100), and whatever is meant for everything (0).
        "priority": 300,
        "version": MAPPING,
        "_meta": {"slsloggrep": {"schema": SCHEMA, "mapping": MAPPING}},
        "template": {"mappings": mappings(wildcard=wildcard)},
    }


def mappings(*, wildcard: bool) -> dict[str, Any]:
    """Return the mappings; a field that is not among them is kept, and not indexed."""
    raw = {"type": "wildcard"} if wildcard else _KEYWORD
    properties: dict[str, Any] = {}
    for path, mapping in FIELDS.items():
        own = {**mapping, "fields": {"raw": raw}} if path == "message" else mapping
        holder, _, name = path.rpartition(".")
        place = properties
        if holder:
            place = properties.setdefault(holder, {"properties": {}})["properties"]
        place[name] = own
    return {
        "dynamic": False,
        "_meta": {"slsloggrep": {"schema": SCHEMA}},
        "properties": properties,
    }
