"""JSON Schemas as they are printed: exact text of a small one, and how null is said."""

from __future__ import annotations

import pytest

from slsloggrep.export.schemas import SCHEMAS, schema_document
from slsloggrep.model import IdKind, Level, ReportKind, Status


def test_a_schema_is_strict_and_says_null_beside_the_type() -> None:
    """All fields are required, others are refused, and each says what it is."""
    assert schema_document("plan.ndjson") == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:slsloggrep:plan.ndjson:1",
        "title": "slsloggrep a line of --dry-run -o ndjson",
        "$ref": "#/$defs/PlannedRead",
        "$defs": {
            "PlannedRead": {
                "title": "PlannedRead",
                "description": "What would be read of a source, null where nothing tells"
                " beforehand.",
                "type": "object",
                "properties": {
                    "source": {"type": "string"},
                    "what": {"type": "string"},
                    "engine": {"type": "string"},
                    "calls": {"type": ["integer", "null"], "minimum": 0},
                    "bytes": {
                        "type": ["integer", "null"],
                        "minimum": 0,
                        "description": "Bytes.",
                    },
                    "dollars": {"type": ["number", "null"], "description": "US dollars."},
                },
                "required": ["source", "what", "engine", "calls", "bytes", "dollars"],
                "additionalProperties": False,
            }
        },
    }


def test_a_line_is_one_of_several_kinds() -> None:
    """NDJSON mixes lines; each kind has a definition of its own."""
    assert schema_document("crashes.ndjson")["anyOf"] == [
        {"$ref": "#/$defs/CrashesHead"},
        {"$ref": "#/$defs/CrashLine"},
        {"$ref": "#/$defs/GroupLine"},
        {"$ref": "#/$defs/CoverageLine"},
    ]


def test_words_are_those_of_the_model() -> None:
    """Statuses, levels and kinds are listed; where a value may be null, null is one of them."""
    trace, crashes = schema_document("trace")["$defs"], schema_document("crashes")["$defs"]
    assert set(trace["Status"]["enum"]) == set(Status)
    assert set(trace["IdKind"]["enum"]) == set(IdKind)
    assert set(schema_document("report")["$defs"]["ReportKind"]["enum"]) == set(ReportKind)
    assert trace["MemberEvent"]["properties"]["level"] == {
        "type": ["string", "null"],
        "enum": [*(level.name for level in Level), None],
    }
    assert crashes["Crash"]["properties"]["kind"]["enum"] == [s for s in Status if s.failed]


def test_every_schema_has_a_name_of_its_own() -> None:
    """Names, summaries and identifiers tell them apart."""
    assert len({schema_document(name)["$id"] for name in SCHEMAS}) == len(SCHEMAS)
    assert len({schema.summary for schema in SCHEMAS.values()}) == len(SCHEMAS)
    with pytest.raises(KeyError):
        schema_document("trase")
