"""StartQuery, GetQueryResults and StopQuery of the stand-in.

A query sees what was ingested when it was started. What the documents leave open is answered so
that a client that guesses fails: equal sort keys come in any order, a running query shows a part of
its rows, and not the first ones.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from logs_queries import ROWS, Query, Row, malformed, parse_query, shown
from logs_world import Group, ServiceError, World, invalid, size_of

HOUR = 3_600_000
_EARLIEST_MILLIS = 100_000_000_000
"""A time in seconds beyond the year 5000 is one in milliseconds."""


@dataclass
class Run:
    """A query that was started."""

    identifier: str
    text: str
    groups: tuple[str, ...]
    start: int
    end: int
    fields: list[str]
    rows: list[Row]
    statistics: dict[str, float]
    polls: int
    """GetQueryResults calls until it ends."""
    ends: str
    polled: int = 0
    stopped: bool = False

    @property
    def status(self) -> str:
        if self.stopped:
            return "Cancelled"
        if self.polled >= self.polls:
            return self.ends
        return "Running" if self.polled else "Scheduled"


def start_query(world: World, given: dict[str, Any]) -> dict[str, Any]:
    if given.get("queryLanguage", "CWLI") != "CWLI":
        raise invalid("The stand-in knows Logs Insights QL only.", violation=True)
    start, end = given["startTime"], given["endTime"]
    if max(start, end) >= _EARLIEST_MILLIS:
        raise invalid("startTime and endTime are seconds.", violation=True)
    if end < start:
        raise malformed("End time should not be less than start time")
    query = parse_query(given["queryString"])
    groups = _groups(world, given, query)
    running = [run for run in world.insights.queries.values() if _runs(run)]
    if len(running) >= world.insights.concurrent:
        raise ServiceError(
            "LimitExceededException",
            f"Account maximum query concurrency limit of [{world.insights.concurrent}] reached.",
        )
    last = end * 1000 + (999 if world.insights.whole_last_second else 0)
    scanned = matched = size = 0
    rows = []
    for group in groups:
        for event in group.events[group.since(start * 1000) : group.until(last + 1)]:
            scanned += 1
            size += size_of(event.message) + 26
            row = Row(group, event)
            if all(test(row) for test in query.tests):
                matched += 1
                rows.append(row)
    _sort(rows, query, ties_kept=world.insights.ties_kept)
    limits = [limit for limit in (given.get("limit"), query.limit) if limit is not None]
    del rows[min(limits, default=ROWS) :]
    run = Run(
        identifier=str(uuid.uuid4()),
        text=given["queryString"],
        groups=tuple(group.name for group in groups),
        start=start,
        end=end,
        fields=query.fields or ["@timestamp", "@message"],
        rows=rows,
        statistics={
            "recordsMatched": float(matched),
            "recordsScanned": float(scanned),
            "bytesScanned": float(size),
            "estimatedRecordsSkipped": 0.0,
            "estimatedBytesSkipped": 0.0,
            "logGroupsScanned": float(len(groups)),
            "resultCount": float(len(rows)),
        },
        polls=world.insights.polls,
        ends=world.insights.ends.pop(0) if world.insights.ends else "Complete",
    )
    world.insights.queries[run.identifier] = run
    return {"queryId": run.identifier}


def _runs(run: Run) -> bool:
    return run.status in ("Scheduled", "Running")


def _groups(world: World, given: dict[str, Any], query: Query) -> list[Group]:
    names = [
        name for name in ("logGroupName", "logGroupNames", "logGroupIdentifiers") if name in given
    ]
    if len(names) + (query.source is not None) != 1:
        raise invalid(
            "Exactly one of logGroupName, logGroupNames, logGroupIdentifiers and SOURCE must "
            f"select the log groups, not {[*names, *(['SOURCE'] if query.source else [])]}.",
            violation=True,
        )
    if query.source is not None:
        return _selected(world, query.source)
    listed = [given[names[0]]] if names[0] == "logGroupName" else given[names[0]]
    if not 1 <= len(listed) <= 50 or len(set(listed)) < len(listed):
        raise invalid("1 to 50 different log groups can be queried.", violation=True)
    groups = [world.group_named(name) for name in listed]
    classes = {group.log_group_class for group in groups}
    if "DELIVERY" in classes:
        raise invalid("Log groups of the class DELIVERY cannot be queried.")
    if len(classes) > 1 and not world.insights.mixed_classes:
        raise invalid("Log groups of several classes cannot be queried together.")
    return groups


def _selected(world: World, source: dict[str, list[str]]) -> list[Group]:
    prefixes = tuple(source.get("namePrefix", ("",)))
    classes = source.get("class", ["STANDARD"])
    accounts = source.get("accountIdentifiers")
    groups = []
    for (account, name), group in sorted(world.groups.items()):
        if accounts is not None and account not in accounts:
            continue
        if name.startswith(prefixes) and group.log_group_class in classes:
            group.settle(world.clock())
            groups.append(group)
    return groups


def _sort(rows: list[Row], query: Query, *, ties_kept: bool) -> None:
    """Sort as told, by default newest first; what is equal comes in any order."""
    if not ties_kept:
        rows.sort(key=lambda row: row.pointer)
    for name, descending in reversed(query.sort or [("@timestamp", True)]):
        rows.sort(key=lambda row: _comparable(row.value(name)), reverse=descending)


def _comparable(value: str | float | None) -> tuple[int, float, str]:
    if value is None:
        return 0, 0.0, ""
    return (2, 0.0, value) if isinstance(value, str) else (1, float(value), "")


def get_query_results(world: World, given: dict[str, Any]) -> dict[str, Any]:
    run = _run(world, given)
    if not _runs(run):
        return _ended(world, given, run)
    if "nextToken" in given:
        raise invalid("The query has not ended.", violation=True)
    status = run.status
    run.polled += 1
    shown = run.rows[-len(run.rows) // 2 :][: world.insights.page_rows]
    return {
        "queryLanguage": "CWLI",
        "results": [_shown(row, run) for row in shown] if status == "Running" else [],
        "statistics": run.statistics if status == "Running" else dict.fromkeys(run.statistics, 0.0),
        "status": status,
    }


def _ended(world: World, given: dict[str, Any], run: Run) -> dict[str, Any]:
    key = ("GetQueryResults", run.identifier, 0)
    start = 0
    if "nextToken" in given:
        start = world.tokens.redeem(given["nextToken"], key, world.clock() - HOUR)
    stop = start + min(given.get("maxItems") or ROWS, world.insights.page_rows)
    rows = run.rows if run.status == "Complete" else run.rows[: len(run.rows) // 2]
    answer = {
        "queryLanguage": "CWLI",
        "results": [_shown(row, run) for row in rows[start:stop]],
        "statistics": run.statistics,
        "status": run.status,
    }
    if stop < len(rows):
        answer["nextToken"] = world.issue(key, stop)
    return answer


def _shown(row: Row, run: Run) -> list[dict[str, str]]:
    found = ((name, row.value(name)) for name in run.fields if name != "@ptr")
    cells = [{"field": name, "value": shown(value)} for name, value in found if value is not None]
    return [*cells, {"field": "@ptr", "value": row.pointer}]


def stop_query(world: World, given: dict[str, Any]) -> dict[str, Any]:
    run = _run(world, given)
    if not _runs(run):
        raise invalid("The specified query is not running.")
    run.stopped = True
    return {"success": True}


def _run(world: World, given: dict[str, Any]) -> Run:
    run: Run | None = world.insights.queries.get(given["queryId"])
    if run is None:
        raise ServiceError("ResourceNotFoundException", "The specified query does not exist.")
    return run


OPERATIONS = {
    "StartQuery": start_query,
    "GetQueryResults": get_query_results,
    "StopQuery": stop_query,
}
