"""Saved objects for OpenSearch Dashboards and Kibana: what was shipped, as a dashboard.

A file of one JSON object a line, as both products import it (Saved objects, Import): an index
pattern, a saved search for Discover, visualisations and a dashboard of them. The fields are those
of the index template that `ship` puts.

Where an object states no version it was written for, both products take it for the oldest and
bring it up to date when they import it (OpenSearch Dashboards and Kibana, `collect_saved_objects`:
"ensure migrations execute on every saved object"). So none is stated, and the form is that of
version 7.3, from which on references stand beside the attributes; the migrations after it leave
such objects as they are, or know how to carry them on.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

TIME = "@timestamp"
COLUMNS = ("function", "level", "message", "request_id")
PERCENTS = (50, 90, 99)

_EVENTS = "doc_type:event"
_INVOCATIONS = "doc_type:invocation"
_FAILED = f"{_INVOCATIONS} and failed:true"
_COMPLETED = f"{_INVOCATIONS} and duration_ms >= 0"

_INDEX_REFERENCE = "kibanaSavedObjectMeta.searchSourceJSON.index"
_PANEL_VERSION = "7.3.0"
"""Of panels: from here on the grid is as wide as it is today."""

_PATTERN = "pattern"

_Object = dict[str, Any]


def dashboard_objects(index: str) -> list[_Object]:
    """Return the saved objects for an index pattern, those that others refer to first.

    Their IDs depend on the pattern alone: who imports the file again replaces them.
    """
    pattern = _object(index, "index-pattern", _PATTERN, {"title": index, "timeFieldName": TIME}, ())
    search = _search(index, pattern)
    panels = [_visualisation(index, pattern, *one) for one in _visualisations()]
    return [pattern, search, *panels, _dashboard(index, search, panels)]


def pattern_id(index: str) -> str:
    """Return the ID that the index pattern of an index has where its dashboards were imported."""
    return _id_of(index, _PATTERN)


def dashboard_lines(index: str) -> Iterator[str]:
    """Yield the file's lines, newline included."""
    for saved in dashboard_objects(index):
        yield _json(saved) + "\n"


def _visualisations() -> Iterator[tuple[str, str, str, _Object]]:
    """Yield a key, a title, a query and a visualisation's state, in the order of the panels."""
    yield (
        "invocations",
        "Invocations by function",
        _INVOCATIONS,
        _bars("Invocations", [_count(), _over_time(), _terms("function", "group", 10)]),
    )
    yield (
        "errors",
        "Failed invocations by kind",
        _FAILED,
        _bars("Failed", [_count(), _over_time(), _terms("status", "group", 10)]),
    )
    yield (
        "latency",
        "Running time over time, percentiles (ms)",
        _COMPLETED,
        _lines("ms", [_percentiles("duration_ms"), _over_time()]),
    )
    yield (
        "latency-table",
        "Running time by function, percentiles (ms)",
        _COMPLETED,
        _table(
            [
                _count("Invocations"),
                _metric(2, "percentiles", "duration_ms", percents=list(PERCENTS)),
                _metric(3, "max", "duration_ms", customLabel="Slowest (ms)"),
                _metric(4, "max", "max_memory_mb", customLabel="Most memory (MB)"),
                _metric(5, "sum", "cost_usd", customLabel="Cost ($)"),
                _terms("function", "bucket", 50, number=6),
            ]
        ),
    )
    yield (
        "crashes",
        "Crashes by fingerprint",
        _FAILED,
        _table(
            [
                _count("Crashes"),
                _metric(2, "min", TIME, customLabel="First seen"),
                _metric(3, "max", TIME, customLabel="Last seen"),
                _terms("fingerprint", "bucket", 50, number=4),
                _terms("crash_title", "bucket", 1, number=5),
                _terms("function", "bucket", 5, number=6),
            ]
        ),
    )
    yield (
        "levels",
        "Lines by level",
        _EVENTS,
        _bars("Lines", [_count(), _over_time(), _terms("level", "group", 6)]),
    )


def _search(index: str, pattern: _Object) -> _Object:
    attributes = {
        "title": f"Log lines ({index})",
        "description": "Every line of the logs, the newest first.",
        "columns": list(COLUMNS),
        "sort": [[TIME, "desc"]],
        "version": 1,
        "hits": 0,
        "kibanaSavedObjectMeta": _source(_EVENTS),
    }
    return _object(index, "search", "lines", attributes, (_reference(_INDEX_REFERENCE, pattern),))


def _visualisation(
    index: str, pattern: _Object, key: str, title: str, query: str, state: _Object
) -> _Object:
    title = f"{title} ({index})"
    attributes = {
        "title": title,
        "description": "",
        "visState": _json({"title": title, **state}),
        "uiStateJSON": "{}",
        "version": 1,
        "kibanaSavedObjectMeta": _source(query),
    }
    return _object(
        index, "visualization", key, attributes, (_reference(_INDEX_REFERENCE, pattern),)
    )


def _dashboard(index: str, search: _Object, panels: Sequence[_Object]) -> _Object:
    """Return the dashboard: two panels in a row, and the lines below them."""
    half, height, below = 24, 14, 20
    rows = -(-len(panels) // 2)
    shown = [
        (panel, {"x": half * (place % 2), "y": height * (place // 2), "w": half, "h": height})
        for place, panel in enumerate(panels)
    ]
    shown.append((search, {"x": 0, "y": height * rows, "w": 2 * half, "h": below}))
    attributes = {
        "title": f"slsloggrep ({index})",
        "description": "Invocations, errors, running times and crashes of serverless functions.",
        "panelsJSON": _json(
            [
                {
                    "version": _PANEL_VERSION,
                    "gridData": {**place, "i": str(number)},
                    "panelIndex": str(number),
                    "embeddableConfig": {},
                    "panelRefName": f"panel_{number}",
                }
                for number, (_, place) in enumerate(shown)
            ]
        ),
        "optionsJSON": _json({"useMargins": True, "hidePanelTitles": False}),
        "timeRestore": False,
        "version": 1,
        "hits": 0,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _json({"query": _query(""), "filter": []})},
    }
    references = [_reference(f"panel_{n}", saved) for n, (saved, _) in enumerate(shown)]
    return _object(index, "dashboard", "dashboard", attributes, references)


def _object(
    index: str, kind: str, key: str, attributes: _Object, references: Sequence[_Object]
) -> _Object:
    return {
        "id": _id_of(index, key),
        "type": kind,
        "attributes": attributes,
        "references": list(references),
    }


def _id_of(index: str, key: str) -> str:
    digest = hashlib.sha256(f"slsloggrep.dashboards/1\0{index}\0{key}".encode()).hexdigest()
    # In the form of a UUID: Kibana makes it part of addresses.
    parts = (digest[:8], digest[8:12], f"5{digest[13:16]}", f"a{digest[17:20]}", digest[20:32])
    return "-".join(parts)


def _reference(name: str, saved: _Object) -> _Object:
    return {"name": name, "type": saved["type"], "id": saved["id"]}


def _source(query: str) -> _Object:
    searched = {"query": _query(query), "filter": [], "indexRefName": _INDEX_REFERENCE}
    return {"searchSourceJSON": _json(searched)}


def _query(text: str) -> _Object:
    return {"query": text, "language": "kuery"}


def _aggregation(number: int, kind: str, schema: str, params: _Object) -> _Object:
    return {
        "id": str(number),
        "enabled": True,
        "type": kind,
        "schema": schema,
        "params": params,
    }


def _count(label: str = "") -> _Object:
    return _aggregation(1, "count", "metric", {"customLabel": label} if label else {})


def _metric(number: int, kind: str, field: str, **params: Any) -> _Object:
    return _aggregation(number, kind, "metric", {"field": field, **params})


def _percentiles(field: str) -> _Object:
    return _metric(1, "percentiles", field, percents=list(PERCENTS))


def _over_time(number: int = 2) -> _Object:
    params = {
        "field": TIME,
        "useNormalizedEsInterval": True,
        "interval": "auto",
        "drop_partials": False,
        "min_doc_count": 1,
        "extended_bounds": {},
    }
    return _aggregation(number, "date_histogram", "segment", params)


def _terms(field: str, schema: str, size: int, *, number: int = 3) -> _Object:
    params = {
        "field": field,
        "orderBy": "1",
        "order": "desc",
        "size": size,
        "otherBucket": size > 1 and schema == "group",
        "otherBucketLabel": "Other",
        "missingBucket": False,
        "missingBucketLabel": "Missing",
    }
    return _aggregation(number, "terms", schema, params)


def _bars(label: str, aggregations: list[_Object]) -> _Object:
    return _chart("histogram", label, aggregations, mode="stacked")


def _lines(label: str, aggregations: list[_Object]) -> _Object:
    return _chart("line", label, aggregations, mode="normal")


def _chart(kind: str, label: str, aggregations: list[_Object], *, mode: str) -> _Object:
    labels = {"show": True, "filter": True, "truncate": 100}
    series = {
        "show": True,
        "type": kind,
        "mode": mode,
        "data": {"label": label, "id": "1"},
        "valueAxis": "ValueAxis-1",
        "drawLinesBetweenPoints": True,
        "lineWidth": 2,
        "interpolate": "linear",
        "showCircles": True,
    }
    params = {
        "type": kind,
        "grid": {"categoryLines": False},
        "categoryAxes": [
            {
                "id": "CategoryAxis-1",
                "type": "category",
                "position": "bottom",
                "show": True,
                "style": {},
                "scale": {"type": "linear"},
                "labels": labels,
                "title": {},
            }
        ],
        "valueAxes": [
            {
                "id": "ValueAxis-1",
                "name": "LeftAxis-1",
                "type": "value",
                "position": "left",
                "show": True,
                "style": {},
                "scale": {"type": "linear", "mode": "normal"},
                "labels": {**labels, "rotate": 0, "filter": False},
                "title": {"text": label},
            }
        ],
        "seriesParams": [series],
        "addTooltip": True,
        "addLegend": True,
        "legendPosition": "right",
        "times": [],
        "addTimeMarker": False,
        "labels": {"show": False},
        "thresholdLine": {
            "show": False,
            "value": 10,
            "width": 1,
            "style": "full",
            "color": "#E7664C",
        },
    }
    return {"type": kind, "params": params, "aggs": aggregations}


def _table(aggregations: list[_Object]) -> _Object:
    params = {
        "perPage": 10,
        "showPartialRows": False,
        "showMetricsAtAllLevels": False,
        "sort": {"columnIndex": None, "direction": None},
        "showTotal": False,
        "totalFunc": "sum",
        "percentageCol": "",
    }
    return {"type": "table", "params": params, "aggs": aggregations}


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
