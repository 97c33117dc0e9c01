"""Times `slsloggrep latency` on the archive of make_archive.py, in alternation with DuckDB.

    python tests/bench/make_archive.py .bench/concatenated --shape concatenated
    python tests/bench/latency.py .bench/concatenated

DuckDB (`pip install duckdb`) reads the same objects with read_json, its columns given: inference
would cost it more. It does not take off two layers of gzip, so the archive is a `concatenated` one.
Compared are the bare percentiles of running times, for which it parses nothing else, and the table
with all figures of REPORT, copies of events removed, which is what `latency` computes (besides
failures, which no query finds). The answers must be equal.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rounds import OURS, PROGRAM, Run, compare, show

COLUMNS = (
    "invocations",
    "max_ms",
    "p50_ms",
    "p90_ms",
    "p95_ms",
    "p99_ms",
    "mean_ms",
    "cold_starts",
    "init_p50_ms",
    "init_max_ms",
    "memory_mb",
    "max_memory_mb",
    "billed_ms",
    "gb_seconds",
)
READ = """
read_json('{folder}/**/*', format = 'unstructured', compression = 'gzip',
    maximum_object_size = 33554432,
    columns = {{logGroup: 'VARCHAR', logEvents: 'STRUCT({fields})[]'}})
"""
PERCENTILES = """
with
    events as (
        select logGroup, unnest(logEvents).message as message from {read}),
    figures as (
        select logGroup,
            regexp_extract(message, '\tDuration: ([0-9.]+) ms', 1)::double as duration
        from events where starts_with(message, 'REPORT RequestId: '))
select logGroup, count(*), max(duration),
    unnest(quantile_cont(duration, [0.5, 0.9, 0.95, 0.99]))
from figures group by all
"""
TABLE = """
with
    events as (
        select logGroup, unnest(logEvents) as event from {read}),
    reports as (
        select distinct on (event.id) logGroup, event.message as message
        from events where starts_with(event.message, 'REPORT RequestId: ')),
    figures as (
        select logGroup,
            regexp_extract(message, '\tDuration: ([0-9.]+) ms', 1)::double as duration,
            regexp_extract(message, '\tBilled Duration: ([0-9.]+) ms', 1)::double as billed,
            regexp_extract(message, '\tMemory Size: ([0-9]+) MB', 1)::double as memory,
            regexp_extract(message, '\tMax Memory Used: ([0-9]+) MB', 1)::double as used,
            try_cast(regexp_extract(message, '\tInit Duration: ([0-9.]+) ms', 1) as double) as init
        from reports)
select logGroup, count(*), max(duration), {quantiles}, avg(duration), count(init),
    quantile_cont(init, 0.5), max(init), mode(memory), max(used), sum(billed),
    sum(billed * memory) / 1024 / 1000
from figures group by all
"""
QUANTILES = ", ".join(f"quantile_cont(duration, {q})" for q in (0.5, 0.9, 0.95, 0.99))
QUERIES = {
    "percentiles": PERCENTILES.replace(
        "unnest(quantile_cont(duration, [0.5, 0.9, 0.95, 0.99]))", QUANTILES
    ).replace("{read}", READ.replace("{fields}", "message VARCHAR")),
    "table": TABLE.replace("{quantiles}", QUANTILES).replace(
        "{read}", READ.replace("{fields}", "id VARCHAR, message VARCHAR")
    ),
}


def ask_duckdb(folder: str, query: str) -> None:
    """Print DuckDB's answer as JSON: a row for each log group."""
    import duckdb

    rows = duckdb.sql(QUERIES[query].format(folder=folder)).fetchall()
    json.dump({group.rpartition("/")[2]: row for group, *row in rows}, sys.stdout)


def check(ours: Run, theirs: Run) -> None:
    """End the benchmark where the answers differ: how fast they came is then worth nothing."""
    document = json.loads(ours.stdout)
    functions = {row["function"]: row for row in document["functions"]}
    answer: dict[str, list[Any]] = json.loads(theirs.stdout)
    if functions.keys() != answer.keys() or not document["coverage"]["complete"]:
        raise SystemExit(f"other functions: {sorted(functions)}, {sorted(answer)}")
    for function, row in answer.items():
        for column, value in zip(COLUMNS, row, strict=False):
            mine = functions[function][column]
            if value != mine and not (value and mine and math.isclose(value, mine, rel_tol=1e-9)):
                raise SystemExit(f"{column} of {function}: {mine}, and by DuckDB {value}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--ask", choices=QUERIES, help="only have DuckDB answer")
    options = parser.parse_args()
    if options.ask:
        ask_duckdb(str(options.folders[0]), options.ask)
        return
    for folder in options.folders:
        commands: dict[str, Sequence[str]] = {
            OURS: [*PROGRAM, "latency", "-S", str(folder), "-o", "json"]
        }
        for query in QUERIES:
            commands[f"DuckDB {query}"] = [sys.executable, __file__, str(folder), "--ask", query]
        runs = compare(commands, options.rounds)
        for query in QUERIES:
            check(runs[OURS][0], runs[f"DuckDB {query}"][0])
        print(f"\n{folder}")
        show(runs)


if __name__ == "__main__":
    main()
