"""Running times out of what somebody saved of an Insights query: fields count as lines do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from logs_service import LogsService
from truth_asking import ask

NOW = 1_795_435_200_000
"""2026-11-23T12:00:00Z."""
GROUP, STREAM = "/aws/lambda/pay", "2026/11/23/[7]00000000000000000000000000000001"
TEXT = (
    'filter @type = "REPORT" | fields @timestamp, @requestId, @duration, @billedDuration, '
    "@memorySize, @maxMemoryUsed, @initDuration, @log, @logStream | limit 10000"
)
JSON = (
    'filter type = "platform.report" | fields @timestamp, record.requestId, record.status, '
    "record.metrics.durationMs, record.metrics.billedDurationMs, record.metrics.memorySizeMB, "
    "record.metrics.maxMemoryUsedMB, record.metrics.initDurationMs, @log, @logStream | limit 10000"
)
LINES = (
    "filter @message like /REPORT|platform.report/ | fields @timestamp, @message, @log, @logStream"
)


def text_report(n: int) -> str:
    init = f"Init Duration: {n}.25 ms\t" if n % 7 == 0 else ""
    return (
        f"REPORT RequestId: {n:08x}-0000-4000-8000-00000000000a\tDuration: {n}.50 ms\t"
        f"Billed Duration: {n + 1} ms\tMemory Size: 1536 MB\tMax Memory Used: {40 + n} MB\t{init}\n"
    )


def json_report(n: int) -> str:
    metrics = {
        "durationMs": n + 0.5,
        "billedDurationMs": n + 1,
        "memorySizeMB": 1536,
        "maxMemoryUsedMB": 40 + n,
        **({"initDurationMs": n + 0.25} if n % 7 == 0 else {}),
    }
    request = f"{n:08x}-0000-4000-8000-00000000000a"
    record = {"requestId": request, "metrics": metrics, "status": "success"}
    return json.dumps({"time": "x", "type": "platform.report", "record": record})


def saved(service: LogsService, query: str) -> dict[str, Any]:
    """Return what GetQueryResults answers to a query."""
    client = service.client()
    service.world.insights.polls = 0
    begin, end = NOW // 1000 - 3600, NOW // 1000
    started = client.start_query(
        queryString=query, logGroupNames=[GROUP], startTime=begin, endTime=end
    )
    answer: dict[str, Any] = client.get_query_results(queryId=started["queryId"])
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def rows_of(folder: Path, name: str, document: Any) -> list[dict[str, Any]]:
    path = folder / name
    path.write_text(json.dumps(document))
    answer = ask("latency", "-o", "json", "-S", str(path), now=NOW)
    assert answer.code == 0, answer.stderr
    rows: list[dict[str, Any]] = answer.document["functions"]
    return rows


@pytest.mark.parametrize(("report", "query"), [(text_report, TEXT), (json_report, JSON)])
def test_saved_fields_give_the_table_that_lines_give(
    cloudwatch: LogsService, tmp_path: Path, report: Any, query: str
) -> None:
    """Times, sizes in bytes, inits: as the API answers, and as the console saves a list of rows."""
    cloudwatch.clock.set(NOW)
    cloudwatch.put(GROUP, STREAM, [(NOW - 3_000_000 + n * 100, report(n)) for n in range(50)])
    lines = rows_of(tmp_path, "lines.json", saved(cloudwatch, LINES))
    fields = saved(cloudwatch, query)
    assert not any(cell["field"] == "@message" for row in fields["results"] for cell in row)
    assert rows_of(tmp_path, "fields.json", fields) == lines
    listed = [{cell["field"]: cell["value"] for cell in row} for row in fields["results"]]
    assert rows_of(tmp_path, "listed.json", listed) == lines
    (row,) = lines
    assert (row["function"], row["invocations"], row["cold_starts"]) == ("pay", 50, 8)
    assert (row["memory_mb"], row["max_memory_mb"], row["max_ms"]) == (1536.0, 89.0, 49.5)
    assert row["init_max_ms"] == 49.25
