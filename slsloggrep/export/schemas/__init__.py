"""JSON Schemas (draft 2020-12) of every document that the program writes.

They are made of types with promised fields (`common`, `answers`, `figures`, `setup`), and say what
the modules of `slsloggrep.export` write: the tests hold every document against them. Strict on
purpose, so that a slip is found: a later version of the program may add fields, and prints the
schemas that have them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

from slsloggrep.export.schemas.answers import (
    CoverageLine,
    CrashDocument,
    CrashesDocument,
    CrashesHead,
    CrashLine,
    GrepDocument,
    GroupLine,
    InvocationLine,
    NoCrashDocument,
    PlanDocument,
    PlannedRead,
    ShipDocument,
    TailDocument,
    TraceDocument,
    TraceHead,
)
from slsloggrep.export.schemas.common import Event, TailEvent
from slsloggrep.export.schemas.figures import (
    ChangesDocument,
    FunctionLine,
    LatencyDocument,
    LatencyHead,
    ReportDocument,
    SlowLine,
)
from slsloggrep.export.schemas.setup import (
    Check,
    DeployedFunction,
    DoctorDocument,
    FunctionsDocument,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Schema(NamedTuple):
    """What a document, or a line of NDJSON, looks like."""

    summary: str
    """What is written so, for people."""
    shapes: tuple[type, ...]
    """It has one of these."""


SCHEMAS = {
    "trace": Schema("trace -o json", (TraceDocument,)),
    "trace.ndjson": Schema("a line of trace -o ndjson", (TraceHead, InvocationLine, CoverageLine)),
    "crashes": Schema("crashes -o json", (CrashesDocument,)),
    "crashes.ndjson": Schema(
        "a line of crashes -o ndjson", (CrashesHead, CrashLine, GroupLine, CoverageLine)
    ),
    "crash": Schema("crashes show -o json, -o ndjson", (CrashDocument, NoCrashDocument)),
    "latency": Schema("latency -o json", (LatencyDocument,)),
    "latency.ndjson": Schema(
        "a line of latency -o ndjson", (LatencyHead, FunctionLine, SlowLine, CoverageLine)
    ),
    "changes": Schema("latency --compare -o json, -o ndjson", (ChangesDocument,)),
    "grep": Schema("grep -o json", (GrepDocument,)),
    "grep.ndjson": Schema("a line of grep -o ndjson", (Event,)),
    "tail": Schema("tail -o json", (TailDocument,)),
    "tail.ndjson": Schema("a line of tail -o ndjson", (TailEvent,)),
    "plan": Schema("--dry-run -o json", (PlanDocument,)),
    "plan.ndjson": Schema("a line of --dry-run -o ndjson", (PlannedRead,)),
    "ship": Schema("ship -o json, -o ndjson", (ShipDocument,)),
    "report": Schema("report -o json", (ReportDocument,)),
    "functions": Schema("functions -o json", (FunctionsDocument,)),
    "functions.ndjson": Schema("a line of functions -o ndjson", (DeployedFunction,)),
    "doctor": Schema("doctor -o json", (DoctorDocument,)),
    "doctor.ndjson": Schema("a line of doctor -o ndjson", (Check,)),
}
"""By name; with `.ndjson` it is a line's."""


def schema_document(name: str) -> dict[str, Any]:
    """Return a JSON Schema. Raises KeyError for a name that is none of `SCHEMAS`."""
    summary, shapes = SCHEMAS[name]
    shown, parts = msgspec.json.schema_components(shapes, ref_template="#/$defs/{name}")
    body = shown[0] if len(shown) == 1 else {"anyOf": list(shown)}
    return {
        "$schema": DIALECT,
        "$id": f"urn:slsloggrep:{name}:1",
        "title": f"slsloggrep {summary}",
        **body,
        "$defs": {part: _shortened(parts[part]) for part in sorted(parts)},
    }


def _shortened(schema: Any) -> Any:
    """Return the same schema, with what is a value of one type or null said in one."""
    if isinstance(schema, list):
        return [_shortened(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    schema = {key: _shortened(value) for key, value in schema.items()}
    value, *others = schema.get("anyOf", [None])
    if others != [{"type": "null"}] or value.get("type") not in _SCALARS:
        return schema
    either = {**value, "type": [value["type"], "null"]}
    return {**either, "enum": [*value["enum"], None]} if "enum" in value else either


_SCALARS = ("string", "integer", "number", "boolean")
