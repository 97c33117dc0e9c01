"""Reads events from Parquet files, the form into which Firehose can convert what it archives.

DuckDB reads the columns, in batches and in bounded memory, and hands over each row as JSON; what
its columns are is told by their names, as with any other document (`slsloggrep.decode.objects`):
rows may be events, envelopes with a nested list of events, or anything else. ORC is not read.
Format: Apache Parquet. DuckDB 1 and 2 are both served.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
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


def read_parquet(
    path: str,
    origin: Origin,
    problem: Callable[[str], None],
) -> Iterator[Event]:
    """Yield the events in a Parquet file; its path must not hold `*`, `?` or `[`.

    Damage is given to `problem`; what came before it was yielded. Raises MissingExtraError where
    DuckDB is not installed.
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
        for row in _rows(connection, path):
            yield from unwrapped(objects.events_in(_value(row), row, reading, table=True), reading)
    except (duckdb.Error, ValueError, RecursionError) as error:
        reason = str(error).partition("\n")[0].replace(path, origin.container)
        reading.damage(f"Parquet could not be read: {reason}")
    finally:
        connection.close()
    reading.finish()


def _rows(connection: duckdb.DuckDBPyConnection, path: str) -> Iterator[str]:
    """Yield each row as JSON text."""
    # Old writers leave strings without their annotation: bytes are text here.
    query = "SELECT to_json(r)::VARCHAR FROM read_parquet(?, binary_as_string = true) AS r"
    result = connection.execute(query, [path])
    while batch := result.fetchmany(_BATCH):
        for (line,) in batch:
            yield line


def _value(row: str) -> object:
    try:
        return msgspec.json.decode(row)
    except (msgspec.DecodeError, RecursionError):
        return json.loads(row, strict=False)  # DuckDB writes NaN as a bare word
