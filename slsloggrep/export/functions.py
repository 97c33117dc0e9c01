"""Deployed functions as documents: `slsloggrep.functions/1`, and one a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.values import text_value, time_value
from slsloggrep.model import Coverage
from slsloggrep.model.inventory import DeployedFunction, Weakness

FUNCTIONS_SCHEMA = "slsloggrep.functions/1"

Judged = tuple[DeployedFunction, tuple[Weakness, ...]]
"""A function with what is unhealthy of it."""


def functions_document(functions: Sequence[Judged], coverage: Sequence[Coverage]) -> dict[str, Any]:
    """Return `{schema: "slsloggrep.functions/1", coverage, functions: [...]}`."""
    return {
        "schema": FUNCTIONS_SCHEMA,
        "coverage": coverage_document(coverage),
        "functions": list(function_lines(functions)),
    }


def function_lines(functions: Iterable[Judged]) -> Iterator[dict[str, Any]]:
    """Yield each function with `unhealthy: [{kind, words}]`; null is what is not known.

    `never_expires` is that of the log group's events: null where it is not there, or not known.
    """
    for function, weaknesses in functions:
        exists = function.group_exists
        yield {
            "function": function.name,
            "region": function.region,
            "arn": text_value(function.arn),
            "runtime": text_value(function.runtime),
            "memory_mb": function.memory_mb,
            "timeout_s": function.timeout_s,
            "log_group": text_value(function.log_group),
            "log_group_exists": exists,
            "log_format": text_value(function.log_format),
            "application_log_level": text_value(function.application_level),
            "system_log_level": text_value(function.system_level),
            "tracing": function.traced,
            "retention_days": function.retention_days,
            "never_expires": function.retention_days is None if exists else None,
            "infrequent_access": function.infrequent,
            "last_activity": time_value(function.last_activity),
            "unhealthy": [{"kind": each.kind, "words": each.words} for each in weaknesses],
        }
