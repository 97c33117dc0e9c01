"""The saved-objects file: what both products need to import it, and no field that is not there."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from slsloggrep.export.dashboards import dashboard_lines, dashboard_objects
from slsloggrep.ship.template import FIELDS, mappings

OBJECTS = dashboard_objects("slsloggrep-*")
OF_TYPE = {
    kind: [saved for saved in OBJECTS if saved["type"] == kind]
    for kind in ("index-pattern", "search", "visualization", "dashboard")
}
STATES = [json.loads(saved["attributes"]["visState"]) for saved in OF_TYPE["visualization"]]
AGGREGATABLE = {"keyword", "date", "double", "long", "integer", "boolean"}


def queries() -> list[str]:
    """Return the query of every object that has one."""
    found = []
    for saved in OBJECTS:
        meta = saved["attributes"].get("kibanaSavedObjectMeta")
        if meta:
            found.append(json.loads(meta["searchSourceJSON"])["query"])
    return [query["query"] for query in found if query["language"] == "kuery"]


def test_there_is_one_of_everything() -> None:
    """An index pattern, a discover view, a dashboard, and panels for what was asked for."""
    assert {kind: len(found) for kind, found in OF_TYPE.items()} == {
        "index-pattern": 1,
        "search": 1,
        "visualization": 6,
        "dashboard": 1,
    }
    assert len(OBJECTS) == sum(len(found) for found in OF_TYPE.values())
    titles = " ".join(state["title"] for state in STATES).lower()
    for word in ("invocations", "failed", "running time", "percentiles", "crashes", "fingerprint"):
        assert word in titles


def test_the_file_is_one_object_a_line() -> None:
    """NDJSON with a newline at the end of each line, what others refer to first."""
    lines = list(dashboard_lines("slsloggrep-*"))
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    assert [json.loads(line) for line in lines] == OBJECTS
    assert OBJECTS[0]["type"] == "index-pattern"
    assert OBJECTS[-1]["type"] == "dashboard"


def test_no_object_states_a_version_it_was_migrated_to() -> None:
    """Where none is stated both products migrate; one that is newer than theirs they refuse."""
    for saved in OBJECTS:
        assert set(saved) == {"id", "type", "attributes", "references"}


def test_ids_are_unique_and_depend_on_the_index_alone() -> None:
    """Import refuses a file with an ID twice; importing it again replaces, another index adds."""
    ids = [saved["id"] for saved in OBJECTS]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", one) for one in ids)
    assert [saved["id"] for saved in dashboard_objects("slsloggrep-*")] == ids
    assert not set(ids) & {saved["id"] for saved in dashboard_objects("other-*")}


def test_every_reference_resolves_and_every_name_is_referred_to() -> None:
    """Import checks that what is referred to is there; names and references are the same set."""
    known = {(saved["type"], saved["id"]) for saved in OBJECTS}
    for saved in OBJECTS:
        names = [reference["name"] for reference in saved["references"]]
        assert len(set(names)) == len(names)
        for reference in saved["references"]:
            assert set(reference) == {"name", "type", "id"}
            assert (reference["type"], reference["id"]) in known
        used = set()
        attributes = saved["attributes"]
        if "panelsJSON" in attributes:
            used = {panel["panelRefName"] for panel in json.loads(attributes["panelsJSON"])}
        elif "kibanaSavedObjectMeta" in attributes:
            source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
            used = {source["indexRefName"]}
        assert used == set(names)


def test_the_dashboard_has_all_panels_side_by_side() -> None:
    """Each visualisation and the lines are on it once; no two panels overlap on 48 columns."""
    (dashboard,) = OF_TYPE["dashboard"]
    shown = {reference["id"] for reference in dashboard["references"]}
    assert shown == {s["id"] for s in (*OF_TYPE["visualization"], *OF_TYPE["search"])}
    taken: set[tuple[int, int]] = set()
    for panel in json.loads(dashboard["attributes"]["panelsJSON"]):
        grid = panel["gridData"]
        assert grid["i"] == panel["panelIndex"]
        assert panel["version"] == "7.3.0"
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert not cells & taken
        assert grid["x"] + grid["w"] <= 48
        taken |= cells
    json.loads(dashboard["attributes"]["optionsJSON"])


@pytest.mark.parametrize("state", STATES, ids=lambda state: state["title"])
def test_a_visualisation_is_what_its_type_needs(state: dict[str, Any]) -> None:
    """Aggregations have IDs of their own; series, axes and orders name those that are there."""
    aggregations = {one["id"]: one for one in state["aggs"]}
    assert len(aggregations) == len(state["aggs"])
    metrics = {key for key, one in aggregations.items() if one["schema"] == "metric"}
    assert metrics
    for one in state["aggs"]:
        assert one["enabled"] is True
        assert one["schema"] in {"metric", "segment", "group", "bucket"}
        if one["type"] == "terms":
            assert one["params"]["orderBy"] in metrics
    if state["type"] != "table":
        axes = {axis["id"] for axis in state["params"]["valueAxes"]}
        for series in state["params"]["seriesParams"]:
            assert series["data"]["id"] in metrics
            assert series["valueAxis"] in axes
        assert state["params"]["type"] == state["type"]
    else:
        assert {one["schema"] for one in state["aggs"]} == {"metric", "bucket"}


def test_aggregations_are_over_fields_that_the_template_has() -> None:
    """Each field is mapped, as a type that can be aggregated; numbers are numbers."""
    used = {
        (one["type"], one["params"]["field"])
        for state in STATES
        for one in state["aggs"]
        if one["type"] != "count"
    }
    assert len(used) > 8
    for kind, field in used:
        mapped = FIELDS[field]["type"]
        assert mapped in AGGREGATABLE
        if kind in ("percentiles", "sum", "max", "min"):
            assert mapped in {"double", "long", "date"}
        if kind == "date_histogram":
            assert mapped == "date"


def test_queries_columns_and_the_time_are_of_the_template() -> None:
    """Every field that a query or a column names is there."""
    (pattern,), (search,) = OF_TYPE["index-pattern"], OF_TYPE["search"]
    assert pattern["attributes"] == {"title": "slsloggrep-*", "timeFieldName": "@timestamp"}
    assert FIELDS["@timestamp"]["type"] == "date"
    columns = search["attributes"]["columns"]
    assert columns == ["function", "level", "message", "request_id"]
    assert set(columns) <= set(mappings(wildcard=True)["properties"])
    assert search["attributes"]["sort"] == [["@timestamp", "desc"]]
    named = {name for query in queries() for name in re.findall(r"(\w+) ?(?::|>=)", query)}
    assert named == {"doc_type", "failed", "duration_ms"}
    assert named <= set(FIELDS)


def test_an_index_of_any_name_is_written_as_json() -> None:
    """Quotes and letters of any alphabet in an index's name break nothing."""
    for line in dashboard_lines("größe-'x'-*"):
        saved = json.loads(line)
        assert "größe-'x'-*" in saved["attributes"]["title"]
