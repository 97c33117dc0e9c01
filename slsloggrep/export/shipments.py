"""A shipment as a document: `slsloggrep.ship/1`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.values import number_value, text_value
from slsloggrep.model import Coverage, Shipment

SHIP_SCHEMA = "slsloggrep.ship/1"


def shipment_document(
    shipment: Shipment, coverage: Sequence[Coverage], seconds: float
) -> dict[str, Any]:
    """Return `{schema, coverage, to, index, documents, rejections, ...}`.

    `documents` counts what is in the index now (`events`, `invocations`; of them `created`,
    `existing`, `replaced`), what is not (`rejected`, `unsent`), and what was `resent`.
    `rejections` are the first few; `failure` says why it ended early, null where it did not.
    """
    delivered = shipment.delivered
    return {
        "schema": SHIP_SCHEMA,
        "coverage": coverage_document(coverage),
        "to": shipment.to,
        "index": shipment.index,
        "documents": {
            "events": delivered.events,
            "invocations": delivered.invocations,
            "created": delivered.created,
            "existing": delivered.existing,
            "replaced": delivered.replaced,
            "rejected": delivered.rejected,
            "unsent": shipment.unsent,
            "resent": delivered.resent,
        },
        "bytes": delivered.bytes,
        "requests": delivered.requests,
        "seconds": number_value(round(seconds, 3)),
        "rejections": [
            {
                "index": rejection.index_name,
                "id": rejection.id,
                "kind": text_value(rejection.kind),
                "reason": rejection.reason,
            }
            for rejection in delivered.rejections
        ],
        "failure": shipment.failure,
    }
