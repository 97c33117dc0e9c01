"""A plan as a document: what `--dry-run -o json` and `-o ndjson` write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.values import number_value, time_value
from slsloggrep.model import Coverage, Millis, PlannedRead

PLAN_SCHEMA = "slsloggrep.plan/1"

Plans = Mapping[str, Sequence[PlannedRead] | None]
"""By source, in the order of the sources; None: the source cannot tell beforehand."""


def plan_document(
    plans: Plans, since: Millis | None, until: Millis | None, coverage: Sequence[Coverage]
) -> dict[str, Any]:
    """Return `{schema: "slsloggrep.plan/1", coverage, since, until, reads, total, unknown}`.

    `reads` are as `plan_lines` gives them; `total` is `{calls, bytes, dollars}`, sums of what is
    known, null where nothing is; `unknown` names the sources that cannot tell beforehand. `since`
    and `until` are null where the window is open.
    """
    reads = [read for some in plans.values() for read in some or ()]
    return {
        "schema": PLAN_SCHEMA,
        "coverage": coverage_document(coverage),
        "since": time_value(since),
        "until": time_value(until),
        "reads": list(plan_lines(plans)),
        "total": {
            "calls": _sum([read.calls for read in reads]),
            "bytes": _sum([read.bytes for read in reads]),
            "dollars": number_value(_sum([read.dollars for read in reads])),
        },
        "unknown": [source for source, some in plans.items() if some is None],
    }


def plan_lines(plans: Plans) -> Iterator[dict[str, Any]]:
    """Yield `{source, what, engine, calls, bytes, dollars}` for each read, null where unknown."""
    for source, some in plans.items():
        for read in some or ():
            yield {
                "source": source,
                "what": read.what,
                "engine": read.engine,
                "calls": read.calls,
                "bytes": read.bytes,
                "dollars": number_value(read.dollars),
            }


def _sum(figures: Sequence[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) if known else None
