"""Names of fields that runs have seen: which are kept, of what, how many, and for whom."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from slsloggrep.cli.context import Environment
from slsloggrep.cli.field_notes import FieldNotes
from slsloggrep.cli.known_fields import LONGEST, MOST, FieldFile, Place, is_field_name
from slsloggrep.cli.known_names import KEPT_S
from slsloggrep.cli.main import run
from slsloggrep.model import Event, Record

KEY = "AKIAIOSFODNN7EXAMPLE"
"""An access key ID as AWS's documents have it: letters, and a single digit."""


@pytest.mark.parametrize(
    "name",
    [
        *("order_id", "orderId", "x-correlation-id", "http.status", "_aws", "s3", "p95_ms"),
        *("xray_trace_id", "requestContext.approximateInvokeCount", "XMLHttpRequest"),
    ],
)
def test_what_looks_like_a_field_is_one(name: str) -> None:
    """Whatever people's loggers call them."""
    assert is_field_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "7", "customer-83721", "2026-11-28", "ada@example.com", "Ada Lovelace", "+4930123"),
        *(KEY, KEY.lower(), "a" * 19, "9f86d081884c7d65", "eyJhbGciOiJIUzI", "gXbRtYwQpLmNvKs"),
        *(
            "x" + "_ab" * 20,
            "$(x)",
            "a;b",
            "a\nb",
            "a\x1b[2J",
            "ключ",
            "@level",
            "-x",
            "a..b",
            "a.-",
        ),
        None,
        7,
        ["x"],
    ],
)
def test_what_may_be_data_is_none(name: object) -> None:
    """Numbers, addresses, keys, hashes, tokens, and whatever a shell or a terminal would obey."""
    assert not is_field_name(name)


def record(fields: dict[str, Any], *, group: str = "/g", source: str = "s3://logs") -> Record:
    return Record(event=Event(0, "", group, "", "", source), fields=fields)


class Sources:
    """A cache, and notes of a run over one source."""

    def __init__(self, folder: Path) -> None:
        self.file = FieldFile(folder, Place("s3://logs"), {})

    def note(self, *records: Record) -> tuple[str, ...]:
        """Return what is known after a run over some records."""
        notes = FieldNotes({"s3://logs": self.file})
        for one in records:
            notes.take(one)
        notes.keep()
        return self.file.read()


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path / "cache")


def test_names_are_kept_and_no_value_is(sources: Sources, tmp_path: Path) -> None:
    """With the names above them, through lists; the most frequent first."""
    fields = {"order": {"id": "secret-1", "lines": [{"sku": "secret-2"}]}, "at": 7}
    assert sources.note(record(fields), record(fields), record({"at": 8})) == (
        *("at", "order", "order.id", "order.lines", "order.lines.sku"),
    )
    (path,) = tmp_path.rglob("fields-*")
    assert "secret" not in path.read_text(encoding="utf-8")
    assert "logs" not in path.name
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_is_data_is_not_kept(sources: Sources) -> None:
    """It does not recur, has many neighbours, or does not look like a name; nor what is in it."""
    table = {f"key_{chr(97 + n // 26)}{chr(97 + n % 26)}": n for n in range(80)}
    fields = {"level": "INFO", "by_customer": table, KEY: 1, "ada@example.com": {"balance": 1}}
    assert sources.note(record({**fields, "Ada": 1}), record({**fields, "Grace": 1})) == (
        *("by_customer", "level"),
    )


def test_the_sample_is_bounded(sources: Sources) -> None:
    """A few of each log group and a few hundred in all, whatever the run reads."""
    late = [record({"early": 1})] * 10 + [record({"late": 1})] * 1000
    assert sources.note(*late) == ("early",)
    many = [record({f"g{chr(97 + n % 26)}": 1}, group=f"/{n}") for n in range(300)]
    other = [record({"last": 1}, group="/last")] * 2
    assert "last" not in sources.note(*many, *other)
    deep: dict[str, Any] = {"leaf": 1}
    for name in ("d", "c", "b", "a"):
        deep = {name: deep}
    assert sources.note(record(deep), record(deep))[:3] == ("a", "a.b", "a.b.c")
    assert "a.b.c.d" not in sources.file.read()


def test_what_was_seen_last_goes_first_and_what_is_too_much_goes(sources: Sources) -> None:
    """Names of a file are bounded in number and length, whatever stands in it."""
    sources.file.add([f"a{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(MOST)])
    sources.file.add(["new", "ab", "x" * 200])
    known = sources.file.read()
    assert known[:2] == ("new", "ab")
    assert len(known) == MOST
    assert all(len(name) <= LONGEST for name in known)


def test_what_is_known_is_not_written_again(sources: Sources, tmp_path: Path) -> None:
    """A run that sees nothing new costs no writing, but keeps the file from being removed."""
    sources.file.add(["order_id", "level"])
    (path,) = tmp_path.rglob("fields-*")
    os.utime(path, (time.time() - 100, time.time() - 100))
    before = path.stat().st_mtime_ns
    sources.file.add(["level"])
    assert path.stat().st_mtime_ns == before
    os.utime(path, (time.time() - KEPT_S, time.time() - KEPT_S))
    sources.file.add(["level"])
    assert path.stat().st_mtime > time.time() - 100


@pytest.mark.parametrize("content", [b"", b"{}", b'{"a": 1}', b"[1, null]", b"\xff", b"[" * 99999])
def test_a_file_without_sense_says_nothing(
    sources: Sources, tmp_path: Path, content: bytes
) -> None:
    """The cache is a file that anything may have happened to."""
    sources.file.add(["level"])
    (path,) = tmp_path.rglob("fields-*")
    path.write_bytes(content)
    assert sources.file.read() == ()
    sources.file.add(["level"])
    assert sources.file.read() == ("level",)


LINE = json.dumps({"order_id": "ord-7", "level": "INFO", "message": "here"}) + "\n"


class Home:
    """Somebody's home with a file of logs."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.env = {"HOME": str(path), "SLSLOGGREP_PROJECT_FILE": os.devnull}
        (path / "logs.txt").write_text(LINE * 3, encoding="utf-8")

    def run(self, *argv: str, stdin: BinaryIO | None = None) -> int:
        environment = Environment(
            stdin=stdin,
            stdin_is_terminal=stdin is None,
            stdout=io.StringIO(),
            stdout_is_terminal=False,
            stderr=io.StringIO(),
            stderr_is_terminal=False,
            width=80,
            env=self.env,
        )
        return run(argv, environment)

    def known(self) -> dict[str, list[str]]:
        return {
            path.name: json.loads(path.read_bytes())
            for path in self.path.joinpath(".cache").rglob("*")
            if path.is_file()
        }


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.chdir(tmp_path)
    return Home(tmp_path)


def test_a_run_keeps_what_it_has_seen(home: Home) -> None:
    """Once for a source, under whatever path it is named."""
    assert home.run("grep", "ord-7", "-S", "logs.txt") == 0
    assert list(home.known().values()) == [["level", "message", "order_id"]]
    assert home.run("tail", "-S", str(home.path / "logs.txt")) == 0
    assert len(home.known()) == 1


def test_two_sources_of_a_run_have_their_own_fields(home: Home) -> None:
    """What one of them logs is not offered for the other."""
    (home.path / "more.txt").write_text('{"sku": 1, "message": "x"}\n' * 3, encoding="utf-8")
    assert home.run("tail", "-S", "logs.txt", "-S", "more.txt") == 0
    known = sorted(home.known().values())
    assert known == [["level", "message", "order_id"], ["message", "sku"]]


@pytest.mark.parametrize(
    "argv",
    [
        ("grep", "ord-7", "-S", "logs.txt", "--redact"),
        ("grep", "ord-7", "-S", "logs.txt", "--redact-field", "order_id"),
        ("grep", "ord-7", "-S", "logs.txt", "--dry-run"),
        ("crashes", "-S", "logs.txt", "--help"),
    ],
)
def test_nothing_is_kept_of_what_is_redacted_or_not_read(home: Home, argv: tuple[str, ...]) -> None:
    """Who hides values does not want a file with names; where no log is read, there are none."""
    assert home.run(*argv) == 0
    assert home.known() == {}


def test_nothing_is_kept_of_a_pipe(home: Home) -> None:
    """It is another one each time."""
    with Path("logs.txt").open("rb", buffering=0) as stdin:
        assert home.run("grep", "ord-7", "-S", "-", stdin=stdin) == 3  # it has no time
    assert home.known() == {}


def test_a_cache_that_cannot_be_written_is_nobody_s_concern(home: Home) -> None:
    """A run answers, and says nothing of it."""
    (home.path / ".cache").write_text("", encoding="utf-8")
    assert home.run("grep", "ord-7", "-S", "logs.txt") == 0
