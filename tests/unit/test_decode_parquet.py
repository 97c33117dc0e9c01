from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pytest

from slsloggrep.decode.documents import Origin
from slsloggrep.decode.parquet import read_parquet
from slsloggrep.errors import MissingExtraError
from slsloggrep.model import Event

T = 1_704_067_200_123
GROUP, STREAM = "/aws/lambda/f", "2024/01/01/[$LATEST]9"
ORIGIN = Origin("s", "2024/object.parquet")


def write(path: Path, query: str) -> str:
    target = path / "object.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet)")
    return str(target)


def read(path: str) -> list[Event]:
    problems: list[str] = []
    events = list(read_parquet(path, ORIGIN, problems.append))
    assert problems == []
    return events


PLACE = f"'{GROUP}' AS log_group, '{STREAM}' AS \"logStreamName\""


@pytest.mark.parametrize(
    "columns",
    [
        f'{PLACE}, \'a"\n\' AS message, {T} AS "timestamp", 7 AS other',
        f'{PLACE}, \'a"\n\' AS "@message", make_timestamp_ms({T}) AS "@timestamp"',
        f"{PLACE}, 'a\"\n'::BLOB AS message, '{T}' AS time, NULL AS id",
        f"{PLACE}, 'a\"\n' AS log, TIMESTAMPTZ '2024-01-01 01:00:00.123+01' AS ts, 'nan'::DOUBLE x",
        (
            f"'{GROUP}' AS loggroup, '{STREAM}' AS logstream, 'DATA_MESSAGE' AS messagetype, "
            f"[{{'id': '', 'timestamp': {T}, 'message': 'a\"' || chr(10)}}] AS logevents"
        ),
    ],
)
def test_columns_are_told_by_their_names(tmp_path: Path, columns: str) -> None:
    """Rows may be events or envelopes, with the types that converters choose."""
    path = write(tmp_path, f"SELECT {columns}")
    assert read(path) == [Event(T, 'a"\n', GROUP, STREAM, "", "s", ORIGIN.container, 0)]


def test_rows_without_a_message_stay_whole(tmp_path: Path) -> None:
    """A table of something else is shown as what it is."""
    path = write(tmp_path, f"SELECT 'x' AS user, {T} AS \"timestamp\"")
    assert [event[:2] for event in read(path)] == [(T, f'{{"user":"x","timestamp":{T}}}')]


def test_columns_that_carry_base64_are_opened(tmp_path: Path) -> None:
    """Firehose error records in a table hold logs that exist nowhere else."""
    path = write(tmp_path, "SELECT 'x' AS errorCode, base64('hello'::BLOB) AS rawData")
    assert [event.message for event in read_parquet(path, ORIGIN, lambda _: None)] == ["hello"]


def test_order_and_positions_are_those_of_the_file(tmp_path: Path) -> None:
    """Rows come in batches, in the file's order, however many they are."""
    path = write(tmp_path, f"SELECT 'm' || i AS message, {T} AS ts FROM range(5000) r(i)")
    events = read(path)
    assert [event.message for event in events] == [f"m{n}" for n in range(5000)]
    assert [event.position for event in events] == list(range(5000))


def test_damage_is_a_problem_that_names_the_container(tmp_path: Path) -> None:
    """A file that is cut short has lost its directory: nothing can be read, and that is said."""
    path = Path(write(tmp_path, f"SELECT 'm' AS message, {T} AS ts"))
    path.write_bytes(path.read_bytes()[:-9])
    problems: list[str] = []
    assert list(read_parquet(str(path), ORIGIN, problems.append)) == []
    assert len(problems) == 1
    assert problems[0].startswith("Parquet could not be read")
    assert str(tmp_path) not in problems[0]


def test_without_duckdb_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to install."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(MissingExtraError, match="parquet"):
        list(read_parquet("x.parquet", ORIGIN, pytest.fail))
