"""Running times as documents, by the output contract: `slsloggrep.latency/1`, `.changes/1`.

Every promised field is there in every row, null where it is absent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from slsloggrep.export.coverage import coverage_document
from slsloggrep.export.values import number_value, text_value, time_value
from slsloggrep.model import BIN_EDGES_MS, Change, Coverage, Latency, Millis, Slow

LATENCY_SCHEMA = "slsloggrep.latency/1"
CHANGES_SCHEMA = "slsloggrep.changes/1"

Window = tuple[Millis | None, Millis | None]
"""From and until, None where it is open."""


def latency_document(
    rows: Sequence[Latency],
    slowest: Sequence[Slow],
    coverage: Sequence[Coverage],
    *,
    window: Window = (None, None),
    relative_error: float | None = None,
    prices: Mapping[str, Any] | None = None,
    total: Latency | None = None,
) -> dict[str, Any]:
    """Return `{schema, coverage, since, until, percentiles, prices, bin_edges_ms, functions, …}`.

    `functions` has a row for each function, or for each of what they are told apart `by`; its
    `bins` count invocations between the document's `bin_edges_ms`, one more than there are edges.
    `slowest` are invocations, `[]` where they were not asked for. `relative_error` is that of
    the percentiles, None where they are exact; `prices` are those that `cost_usd` was
    computed with; `total` is a row of all invocations together, also of those not listed.
    """
    return {
        "schema": LATENCY_SCHEMA,
        "coverage": coverage_document(coverage),
        **_head(window, relative_error, prices, total),
        "functions": [row_document(row) for row in rows],
        "slowest": [slow_document(row) for row in slowest],
    }


def latency_lines(
    rows: Sequence[Latency],
    slowest: Sequence[Slow],
    coverage: Sequence[Coverage],
    *,
    window: Window = (None, None),
    relative_error: float | None = None,
    prices: Mapping[str, Any] | None = None,
    total: Latency | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the same as documents of one line each, for `-o ndjson`.

    First `{"schema", "since", …}` with what is the same for all rows; then `{"function": {...}}`
    for each row and `{"slow": {...}}` for each of the slowest; last `{"coverage": {...}}`,
    without which the output is cut off.
    """
    yield {"schema": LATENCY_SCHEMA, **_head(window, relative_error, prices, total)}
    for row in rows:
        yield {"function": row_document(row)}
    for slow in slowest:
        yield {"slow": slow_document(slow)}
    yield {"coverage": coverage_document(coverage)}


def changes_document(
    changes: Sequence[Change],
    coverage: Sequence[Coverage],
    test_name: str,
    *,
    before: Window = (None, None),
    after: Window = (None, None),
) -> dict[str, Any]:
    """Return `{schema: "slsloggrep.changes/1", coverage, test, before, after, changes: [...]}`.

    Each change is `{function, by, before, after, p_value, larger_than_chance, …}`, with rows as in
    `latency_document`, null on a side where there is none; `test` names how chance was judged for
    running times, `errors_p_value` is that of the shares of errors.
    """
    return {
        "schema": CHANGES_SCHEMA,
        "coverage": coverage_document(coverage),
        "test": text_value(test_name),
        "before": {"since": time_value(before[0]), "until": time_value(before[1])},
        "after": {"since": time_value(after[0]), "until": time_value(after[1])},
        "bin_edges_ms": list(BIN_EDGES_MS),
        "changes": [change_document(change) for change in changes],
    }


def _head(
    window: Window,
    relative_error: float | None,
    prices: Mapping[str, Any] | None,
    total: Latency | None,
) -> dict[str, Any]:
    return {
        "since": time_value(window[0]),
        "until": time_value(window[1]),
        "percentiles": {
            "exact": relative_error is None,
            "relative_error": number_value(relative_error),
        },
        "prices": dict(prices) if prices is not None else None,
        "bin_edges_ms": list(BIN_EDGES_MS),
        "total": row_document(total) if total is not None else None,
    }


def row_document(row: Latency) -> dict[str, Any]:
    """Return one row of a table of running times."""
    return {
        "function": text_value(row.function),
        "by": dict(row.by),
        "invocations": row.invocations,
        "errors": row.errors,
        "timeouts": row.timeouts,
        "cold_starts": row.cold_starts,
        "mean_ms": number_value(row.mean_ms),
        "p50_ms": number_value(row.p50_ms),
        "p90_ms": number_value(row.p90_ms),
        "p95_ms": number_value(row.p95_ms),
        "p99_ms": number_value(row.p99_ms),
        "max_ms": number_value(row.max_ms),
        "init_p50_ms": number_value(row.init_p50_ms),
        "init_max_ms": number_value(row.init_max_ms),
        "memory_mb": number_value(row.memory_mb),
        "max_memory_mb": number_value(row.max_memory_mb),
        "billed_ms": number_value(row.billed_ms),
        "gb_seconds": number_value(row.gb_seconds),
        "cost_usd": number_value(row.cost_usd),
        "timeout_s": number_value(row.timeout_s),
        "bins": list(row.bins) if row.bins else None,
        "incomplete": row.incomplete,
        "relative_error": number_value(row.relative_error),
        "notes": list(row.notes),
    }


def slow_document(slow: Slow) -> dict[str, Any]:
    """Return one of the slowest invocations."""
    return {
        "function": text_value(slow.function),
        "request_id": text_value(slow.request_id),
        "log_group": text_value(slow.log_group),
        "log_stream": text_value(slow.log_stream),
        "end": time_value(slow.end),
        "duration_ms": number_value(slow.duration_ms),
        "init_ms": number_value(slow.init_ms),
        "memory_mb": number_value(slow.memory_mb),
        "max_memory_mb": number_value(slow.max_memory_mb),
        "status": slow.status.value,
    }


def change_document(change: Change) -> dict[str, Any]:
    """Return a row before and after."""
    known = change.after or change.before
    return {
        "function": text_value(known.function) if known else None,
        "by": dict(known.by) if known else {},
        "before": row_document(change.before) if change.before else None,
        "after": row_document(change.after) if change.after else None,
        "p_value": number_value(change.p_value),
        "larger_than_chance": change.larger_than_chance,
        "errors_p_value": number_value(change.errors_p_value),
        "errors_larger_than_chance": change.errors_larger_than_chance,
    }
