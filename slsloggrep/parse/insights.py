"""Rows that somebody saved of a CloudWatch Logs Insights query: REPORTs as fields, not as lines.

Such a row has what the query chose, of text logs under names that Insights gives (`@duration`), of
JSON logs under the paths of the fields (`record.metrics.durationMs`); a row with `@message` is read
by its message instead, and never comes here. Numbers are text, some of them like `1.28E8`. Fields:
CloudWatch Logs User Guide, CWL_AnalyzeLogData-discoverable-fields.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slsloggrep.model import Fact, Level, Platform
from slsloggrep.parse.draft import Draft
from slsloggrep.parse.figures import plausible
from slsloggrep.parse.identifiers import request_id_of
from slsloggrep.parse.levels import STATUS_LEVELS
from slsloggrep.parse.traces import trace_of

_MEGABYTE = 1_000_000
"""`@memorySize` and `@maxMemoryUsed` are REPORT's megabytes times this (1024 MB is 1024000000; the
guide's sample queries divide by 1000 twice), although Lambda's megabytes are those of 1,048,576."""


def read_insights_row(draft: Draft, document: Mapping[str, Any]) -> bool:
    """Fill the draft from a row that states the figures of a REPORT; False where it is none."""
    if "@duration" in document:
        return _read_text_row(draft, document)
    return "record.metrics.durationMs" in document and _read_json_row(draft, document)


def _read_text_row(draft: Draft, row: Mapping[str, Any]) -> bool:
    request_id = request_id_of(row.get("@requestId"))
    if not request_id or row.get("@type", "REPORT") != "REPORT":
        return False
    draft.claim(request_id)
    trace = row.get("@xrayTraceId")
    identifier = trace_of(trace) if isinstance(trace, str) else None
    if identifier:
        draft.reveal(*identifier)
    draft.level = Level.INFO
    draft.platform = Platform(
        fact=Fact.REPORT,
        request_id=request_id,
        duration_ms=_figure(row, "@duration"),
        billed_ms=_figure(row, "@billedDuration"),
        init_ms=_figure(row, "@initDuration"),
        memory_mb=_figure(row, "@memorySize", _MEGABYTE),
        max_memory_mb=_figure(row, "@maxMemoryUsed", _MEGABYTE),
    )
    return True


def _read_json_row(draft: Draft, row: Mapping[str, Any]) -> bool:
    request_id = request_id_of(row.get("record.requestId"))
    if not request_id or row.get("type", "platform.report") != "platform.report":
        return False
    draft.claim(request_id)
    status, error_type = row.get("record.status"), row.get("record.errorType")
    draft.level = STATUS_LEVELS.get(str(status), Level.INFO)
    draft.platform = Platform(
        fact=Fact.REPORT,
        request_id=request_id,
        status=status if isinstance(status, str) and status else None,
        error_type=error_type if isinstance(error_type, str) and error_type else None,
        duration_ms=_figure(row, "record.metrics.durationMs"),
        billed_ms=_figure(row, "record.metrics.billedDurationMs"),
        init_ms=_figure(row, "record.metrics.initDurationMs"),
        restore_ms=_figure(row, "record.metrics.restoreDurationMs"),
        memory_mb=_figure(row, "record.metrics.memorySizeMB"),
        max_memory_mb=_figure(row, "record.metrics.maxMemoryUsedMB"),
    )
    return True


def _figure(row: Mapping[str, Any], key: str, unit: int = 1) -> float | None:
    value = row.get(key)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return plausible(float(value) / unit)
    except (ValueError, OverflowError):
        return None
