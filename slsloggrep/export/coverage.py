"""Coverage as a document: what every answer carries, so that an empty one can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slsloggrep.model import Coverage


def coverage_document(coverage: Sequence[Coverage]) -> dict[str, Any]:
    """Return `{complete, sources: [{source, complete, events, bytes, requests, objects, gaps}]}`.

    `bytes` are as transferred, `raw_bytes` after decompression; `notes` are what is worth knowing
    but hides nothing.
    """
    return {
        "complete": all(source.complete for source in coverage),
        "sources": [
            {
                "source": source.source,
                "complete": source.complete,
                "events": source.events,
                "bytes": source.bytes,
                "raw_bytes": source.raw_bytes,
                "requests": source.requests,
                "objects": source.objects,
                "gaps": [{"what": gap.what, "reason": gap.reason} for gap in source.gaps],
                "notes": list(source.notes),
            }
            for source in coverage
        ],
    }
