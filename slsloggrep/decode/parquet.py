"""Reads events from Parquet files, the form into which Firehose can convert what it archives.

DuckDB reads the columns, in batches and in bounded memory, and hands over each row as JSON; what
its columns are is told by their names, as with any other document (`slsloggrep.decode.objects`):
rows may be events, envelopes with a nested list of events, or anything else. ORC is not read.
Format: Apache Parquet. DuckDB 1 and 2 are both served.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from slsloggrep.decode import objects
from slsloggrep.decode.documents import unwrapped
from slsloggrep.decode.reading import Origin, Reading
from slsloggrep.errors import MissingExtraError
from slsloggrep.model import Event

if TYPE_CHECKING:
    import duckdb

_MEMORY = "128MB"
"""What DuckDB may take; it reads one row group at a time."""

_BATCH = 1000
"""Rows per fetch."""

_SEARCHABLE = re.compile(r"[A-Za-z0-9 _.:=@#+,;$-]+")
"""Literals that JSON has no need to escape."""

_CARRIERS = frozenset(("rawdata", "data", "awslogs", "records"))
"""Columns that may hold base64, which no search sees through."""


def read_parquet(
    path: str,
    origin: Origin,
    problem: Callable[[str], None],
    literals: Sequence[str] = (),
) -> Iterator[Event]:
    """Yield the events in a Parquet file; its path must not hold `*`, `?` or `[`.

    With `literals`, rows that contain none of them may be left out (a row that holds an escape,
    behind which one could hide, is kept). Damage is given to `problem`; what came before it was
    yielded. Raises MissingExtraError where DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise MissingExtraError("reading Parquet", "parquet") from error
    reading = Reading(origin, problem)
    connection = duckdb.connect(
        config={
            "memory_limit": _MEMORY,
            "threads": "1",  # decoding has threads of its own, one to an object
            "autoinstall_known_extensions": "false",  # reading a file downloads nothing
        }
    )
    try:
        connection.execute("SET enable_progress_bar = false")
        for row in _rows(connection, path, literals):
            yield from unwrapped(objects.events_in(_value(row), row, reading, table=True), reading)
    except (duckdb.Error, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0].replace(path, origin.container)
        reading.damage(f"Parquet could not be read: {reason}")
    finally:
        connection.close()
    reading.finish()


def _rows(
    connection: duckdb.DuckDBPyConnection, path: str, literals: Sequence[str]
) -> Iterator[str]:
    """Yield each row as JSON text."""
    # Old writers leave strings without their annotation: bytes are text here.
    table = "read_parquet(?, binary_as_string = true)"
    columns = connection.execute(f"DESCRIBE SELECT * FROM {table}", [path]).fetchall()  # noqa: S608 - a constant
    query = f"SELECT to_json(r)::VARCHAR AS line FROM {table} AS r"  # noqa: S608 - a constant
    values = [path]
    carries = any(name.lower() in _CARRIERS for name, *_ in columns)
    if literals and not carries and all(map(_SEARCHABLE.fullmatch, literals)):
        wanted = [*literals, "\\u", "\\/"]
        tests = " OR ".join(["contains(line, ?)"] * len(wanted))
        query = f"SELECT line FROM ({query}) WHERE {tests}"  # noqa: S608 - only placeholders
        values += wanted
    result = connection.execute(query, values)
    while batch := result.fetchmany(_BATCH):
        for (line,) in batch:
            yield line


def _value(row: str) -> object:
    try:
        return msgspec.json.decode(row)
    except (msgspec.DecodeError, RecursionError):
        return json.loads(row, strict=False)  # DuckDB writes NaN as a bare word
