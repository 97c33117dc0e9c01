"""Lines for machines: metrics and traces that libraries print instead of sending.

CloudWatch embedded metric format, Datadog, New Relic. They are told apart so that others can fold
them; their fields and identifiers are read like anybody's.
"""

from __future__ import annotations

from typing import Any

_PIPES = "MONITORING|"


def is_metric_document(document: dict[str, Any] | list[Any]) -> bool:
    """Tell whether a JSON document is a metric line."""
    if isinstance(document, list):
        return len(document) > 1 and document[1] == "NR_LAMBDA_MONITORING"
    embedded = document.get("_aws")
    if isinstance(embedded, dict) and "CloudWatchMetrics" in embedded:
        return True
    if "m" in document and "v" in document and "e" in document:
        return isinstance(document["m"], str)
    return isinstance(document.get("traces"), list) and len(document) == 1


def is_metric_line(text: str) -> bool:
    """Tell whether a text is a metric line of Datadog's old kind, fields between pipes."""
    return text.startswith(_PIPES) and text.count("|") >= 4
