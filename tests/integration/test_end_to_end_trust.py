"""An empty answer can be trusted: what mentions an ID is found, or a gap says what was not read."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest
from archive_samples import (
    CONTROL,
    NOON,
    ORDER,
    PACKINGS,
    SETTINGS,
    SHOP,
    MemoryStore,
    Patience,
    envelope,
    invocation,
)

from slsloggrep.cli.matching import make_criteria
from slsloggrep.investigate import GrepFinding, Match, TraceFinding, grep, trace
from slsloggrep.parse import Parser
from slsloggrep.sources import scan
from slsloggrep.sources.archive import ArchiveSource, StoredObject

HIDDEN = "deadbee5-1111-4111-8111-111111111111"
TARGET = envelope("hidden", "d", invocation(900, NOON + 900, HIDDEN, "hello\n"))


def packed(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def in_base64(document: object) -> str:
    return base64.b64encode(gzip.compress(packed(document))).decode()


def investigate(store: MemoryStore, text: str = HIDDEN) -> TraceFinding:
    return trace(
        [ArchiveSource(store, SETTINGS)],
        text,
        parser=Parser(),
        since=None,
        until=None,
        reach=3_600_000,
        max_hops=8,
        watch=Patience(),
        now=NOON,
    )


def search(data: bytes, text: str = HIDDEN) -> GrepFinding:
    criteria = make_criteria(text)
    return grep(
        [ArchiveSource(MemoryStore({"o": data}), SETTINGS)],
        Match(literals=criteria.literals, accept=criteria.accept, plausible=criteria.plausible),
        parser=Parser(),
        since=None,
        until=None,
        limit=None,
        invocations=False,
        watch=Patience(),
        now=NOON,
    )


def complete(finding: TraceFinding | GrepFinding) -> bool:
    return all(coverage.complete for coverage in finding.coverage)


FIRST = {
    "a control message": packed(CONTROL),
    "an envelope": packed(SHOP[0]),
    "an empty envelope": packed({"messageType": "DATA_MESSAGE", "logEvents": []}),
    "an envelope without a stream": packed({"logEvents": SHOP[1]["logEvents"]}),
    "an event": packed({**SHOP[0]["logEvents"][0], "logGroup": "/aws/lambda/f", "logStream": "s"}),
    "blanks": b" " * 20_000,
    "a byte order mark": b"\xef\xbb\xbf",
}
"""What an object may begin with; none of it mentions the ID."""

LATER = {
    "an envelope": packed(TARGET),
    "a pretty envelope": json.dumps(TARGET, indent=2).encode(),
    "single events": b"\n".join(
        packed({**event, "logGroup": TARGET["logGroup"], "logStream": TARGET["logStream"]})
        for event in TARGET["logEvents"]
    ),
    "an answer of the API": packed(
        {
            "events": [
                {
                    "logStreamName": TARGET["logStream"],
                    "timestamp": event["timestamp"],
                    "message": event["message"],
                    "eventId": event["id"],
                }
                for event in TARGET["logEvents"]
            ]
        }
    ),
}
CARRIERS = {
    "Lambda's event": packed({"awslogs": {"data": in_base64(TARGET)}}),
    "a Firehose error": packed(
        {
            "attemptsMade": 4,
            "arrivalTimestamp": NOON,
            "errorCode": "x",
            "errorMessage": "e",
            "rawData": in_base64(TARGET),
        }
    ),
    "a Kinesis event": packed({"Records": [{"kinesis": {"data": in_base64(TARGET)}}]}),
}


@pytest.mark.parametrize("separator", [b"", b"\n"])
@pytest.mark.parametrize("later", LATER)
@pytest.mark.parametrize("first", FIRST)
def test_an_object_of_several_shapes_hides_nothing(
    first: str, later: str, separator: bytes
) -> None:
    """What an object begins with does not decide what is found further on."""
    data = gzip.compress(FIRST[first] + separator + LATER[later])
    assert search(data).matched == 3
    transaction = investigate(MemoryStore({"o": data})).transaction
    shown = {r.event.message for m in transaction.members for r in m.invocation.records}
    shown |= {r.event.message for r in transaction.unattributed}
    assert {
        event["message"] for event in TARGET["logEvents"] if HIDDEN in event["message"]
    } <= shown


@pytest.mark.parametrize("later", CARRIERS)
@pytest.mark.parametrize("first", ["a control message", "an envelope", "an event"])
def test_a_carrier_further_on_is_opened_or_told(first: str, later: str) -> None:
    """Base64 behind an envelope is searched too, or a gap says that it was not."""
    finding = search(FIRST[first] + b"\n" + CARRIERS[later])
    assert finding.matched == 3 or not complete(finding)


@pytest.mark.parametrize(
    "first",
    [
        packed(SHOP[0]),
        b"2026-11-23T12:00:00.000Z a line of an export task\n" * 3,
        b'{"level":"info","msg":"a line of an application"}\n' * 3,
    ],
)
def test_compressed_data_behind_plain_text_are_read_or_told(first: bytes) -> None:
    """`cat plain.json compressed.gz |` is a pipe that people write."""
    finding = search(first + gzip.compress(packed(TARGET)))
    assert finding.matched == 3 or not complete(finding)


class _Fading(MemoryStore):
    """Gives each object once; later it is empty, as a named pipe is."""

    def open(self, stored: StoredObject) -> BinaryIO:
        again = stored.name in self.opened
        reader = super().open(stored)
        return io.BytesIO(b"") if again else reader


class _Vanishing(MemoryStore):
    """Gives each object once; later it is gone, as when a lifecycle rule took it."""

    def open(self, stored: StoredObject) -> BinaryIO:
        if stored.name in self.opened:
            raise OSError(2, "no such object")
        return super().open(stored)


@pytest.mark.parametrize("store", [_Fading, _Vanishing])
def test_what_was_found_once_is_shown(store: type[MemoryStore]) -> None:
    """An object that cannot be read a second time takes nothing back of the first."""
    finding = investigate(store({"o": PACKINGS["gzip"]()}), ORDER)
    transaction = finding.transaction
    found = [r.event for r in transaction.unattributed]
    found += [r.event for m in transaction.members for r in m.invocation.records]
    assert {event.message for event in found} >= {
        f'{{"order_id": "{ORDER}"}}\n',
        f"seen {ORDER}\n",
    }


@pytest.mark.parametrize("pattern", ["status:500", "user@example"])
def test_a_pattern_is_found_whatever_was_coloured(pattern: str) -> None:
    """A logger colours the value and not the key: people read them as one."""
    key, sign, value = pattern.partition(":" if ":" in pattern else "@")
    line = f"\x1b[32m{key}{sign}\x1b[0m{value} done\n"
    assert search(line.encode(), pattern).matched == 1


def test_an_id_across_the_edge_of_a_block_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever a block ends, an ID on its edge is found."""
    monkeypatch.setattr(scan, "BUFFER", 512)
    for fill in range(0, 600, 37):
        noise = packed(envelope("f", "e", invocation(1, NOON, "0" * 8, "y" * fill)))
        assert search(noise + packed(TARGET) + noise).matched == 3
        text = b"y" * fill + b"\n" + f"order {ORDER} came\n".encode() + b"z" * 700 + b"\n"
        assert search(text, ORDER).matched == 1


def test_a_cut_object_gives_the_hit_before_the_cut_and_a_gap() -> None:
    """Half an object is half an answer, and said to be."""
    data = gzip.compress(packed(TARGET) + b"".join(map(packed, SHOP)))
    finding = search(data[:-40])
    assert finding.matched >= 1
    assert not complete(finding)


@pytest.mark.skipif(os.name == "nt", reason="named pipes of POSIX")
def test_a_process_substitution_is_a_pipe(tmp_path: Path) -> None:
    """`-S <(zcat ...)` gives the same answer as the file."""
    file = tmp_path / "o.json"
    file.write_bytes(PACKINGS["plain, concatenated"]())
    done = subprocess.run(
        [
            "bash",
            "-c",
            f"exec {sys.executable} -m slsloggrep trace {ORDER} -S <(cat {file}) -o json",
        ],
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0
    assert len(json.loads(done.stdout)["transaction"]["invocations"]) == 3


@pytest.mark.skipif(os.name == "nt", reason="named pipes of POSIX")
def test_a_named_pipe_in_a_folder_is_passed_over(tmp_path: Path) -> None:
    """Nobody writes into it: the folder's files are read, and the answer comes."""
    (tmp_path / "o.json").write_bytes(PACKINGS["plain, concatenated"]())
    os.mkfifo(tmp_path / "pipe")
    done = subprocess.run(
        [sys.executable, "-m", "slsloggrep", "grep", ORDER, "-S", str(tmp_path)],
        capture_output=True,
        check=False,
        timeout=8,
    )
    assert done.stdout.count(ORDER.encode()) == 2
