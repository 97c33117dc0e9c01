"""The memory of the program is bounded, whatever the archive holds: large, hostile or both."""

from __future__ import annotations

import base64
import gzip
import itertools
import json
import random
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from archive_samples import ORDER, PACKINGS
from case_builders import CHECKOUT, envelope, shop

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the peak is read from /proc, which only Linux has"
)

MB = 1 << 20
BOUND_MB = 300
ARCHIVE_MB = 300
DOCUMENT_MB = 50
BOMB_MB = 1024
START = 1_795_431_600_000
"""2026-11-23T11:00:00Z."""

_MEASURED = """
import pathlib, sys
report = pathlib.Path(sys.argv.pop(1))
from slsloggrep.cli.main import main
code = main()
report.write_bytes(pathlib.Path("/proc/self/status").read_bytes())
sys.exit(code)
"""
# Not what wait4 tells: that counts the memory of the process which started this one, too.


class Ended(NamedTuple):
    """How the program ended, and the most memory it had at once."""

    code: int
    answer: dict[str, Any]
    stderr: str
    peak_mb: float

    @property
    def gaps(self) -> list[dict[str, str]]:
        """What could not be read."""
        return [gap for source in self.answer["coverage"]["sources"] for gap in source["gaps"]]

    @property
    def raw_mb(self) -> float:
        """What went through the program, after decompression."""
        return sum(source["raw_bytes"] for source in self.answer["coverage"]["sources"]) / MB


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., Ended]:
    """Give a function that runs the program on the folder `logs`, and requires the bound."""

    def run_measured(*arguments: str) -> Ended:
        report = tmp_path / "status"
        source = ("-S", str(tmp_path / "logs"), "-o", "json")
        process = subprocess.run(
            [sys.executable, "-c", _MEASURED, str(report), *arguments, *source],
            capture_output=True,
            check=False,
            timeout=60,
        )
        stderr = process.stderr.decode()
        assert report.exists(), stderr
        peak = next(line for line in report.read_text().splitlines() if line.startswith("VmHWM"))
        ended = Ended(
            process.returncode, json.loads(process.stdout), stderr, int(peak.split()[1]) / 1024
        )
        assert ended.peak_mb < BOUND_MB
        return ended

    return run_measured


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """Give an empty folder for objects."""
    folder = tmp_path / "logs"
    folder.mkdir()
    return folder


def write_repeated(path: Path, piece: bytes, times: int, *, last: bytes = b"") -> None:
    """Write a file of equal pieces, and one more."""
    with path.open("wb") as file:
        for _ in range(times):
            file.write(piece)
        file.write(last)


def busy_member() -> tuple[bytes, int]:
    """Return a gzip member of some MB of envelopes, as a busy function's archive has them."""
    rng = random.Random(7)
    envelopes = [
        envelope(
            "/aws/lambda/busy",
            f"2026/11/23/[$LATEST]{stream:032x}",
            [
                [START + 10 * number, f"INFO item {rng.getrandbits(32):08x} was {'looked at ' * 9}"]
                for number in range(120)
            ],
        )
        for stream in range(60)
    ]
    plain = b"".join(envelopes)
    return gzip.compress(plain, mtime=0), len(plain)


def compressed(pieces: Iterable[bytes]) -> bytes:
    """Return pieces as one gzip member, made without holding what is compressed."""
    compressor = zlib.compressobj(6, wbits=31)
    return b"".join([*map(compressor.compress, pieces), compressor.flush()])


def bomb(filling: bytes) -> bytes:
    """Return gzip in gzip: a gigabyte of a filling in some kilobytes."""
    piece = filling * (MB // len(filling))
    member = compressed(itertools.repeat(piece, 64))
    return compressed(itertools.repeat(member, BOMB_MB // 64))


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("trace", ORDER), 0),
        (("grep", "charging 12.50"), 0),
        (("grep", "no such words"), 1),
    ],
    ids=["trace", "grep", "nothing"],
)
def test_a_large_object_is_read_in_little_memory(
    run: Callable[..., Ended], logs: Path, command: tuple[str, str], code: int
) -> None:
    """All its members are read, and what stands in the very last one is found."""
    member, size = busy_member()
    write_repeated(logs / "busy.gz", member, ARCHIVE_MB * MB // size + 1, last=PACKINGS["gzip"]())
    ended = run(*command)
    assert ended.code == code, ended.stderr
    assert ended.gaps == []
    assert ended.raw_mb > ARCHIVE_MB
    found = ended.answer.get("events") or ended.answer.get("transaction", {}).get("invocations")
    assert bool(found) == (code == 0)


FILLINGS = {
    "lines of text": b"nothing to see, order by order\n",
    "one endless line": b"a",
    "blanks": b" ",
    "open braces": b"{",
}


@pytest.mark.parametrize("filling", FILLINGS.values(), ids=FILLINGS)
def test_a_bomb_is_refused_and_the_rest_is_read(
    run: Callable[..., Ended], logs: Path, filling: bytes
) -> None:
    """A gigabyte in a few kilobytes is a gap with the reason; the object beside it is searched."""
    (logs / "bomb.gz").write_bytes(bomb(filling))
    (logs / "shop.gz").write_bytes(shop())
    ended = run("grep", "timed out")
    assert ended.code == 3, ended.stderr
    assert any("decompression bomb" in gap["reason"] for gap in ended.gaps)
    assert {Path(gap["what"]).name for gap in ended.gaps} == {"bomb.gz"}
    assert len(ended.answer["events"]) == 1


def test_a_bomb_in_a_record_is_refused(run: Callable[..., Ended], logs: Path) -> None:
    """What a record carries in base64 is bounded like an object; the next record is read."""
    carried = [bomb(b"timed out "), gzip.compress(shop())]
    records = [
        {"recordId": str(number), "data": base64.b64encode(data).decode()}
        for number, data in enumerate(carried)
    ]
    (logs / "records.json").write_text(json.dumps({"records": records}))
    ended = run("grep", "timed out after")
    assert ended.code == 3, ended.stderr
    assert any("expands" in gap["reason"] for gap in ended.gaps)
    assert len(ended.answer["events"]) == 1


def huge_message() -> bytes:
    """Return an envelope of one event that is far longer than CloudWatch lets one be."""
    return envelope("/aws/lambda/big", "big", [[START, "ord-7 " * (DOCUMENT_MB * MB // 6)]])


def huge_envelope() -> bytes:
    """Return an envelope of more events than any writer puts in one."""
    events = [[START + number, f"order ord-7 {'x' * 1000}"] for number in range(DOCUMENT_MB * 1000)]
    return envelope("/aws/lambda/big", "big", events)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("make", [huge_message, huge_envelope])
def test_a_huge_document_is_refused_and_the_rest_is_read(
    run: Callable[..., Ended],
    logs: Path,
    make: Callable[[], bytes],
    pack: Callable[[bytes], bytes],
) -> None:
    """A document that no writer makes is a gap with its size; other objects are traced."""
    (logs / "huge").write_bytes(pack(make()))
    (logs / "shop.gz").write_bytes(shop())
    ended = run("trace", CHECKOUT)
    assert ended.code == 3, ended.stderr
    assert {Path(gap["what"]).name for gap in ended.gaps} == {"huge"}
    assert any("a document of more than" in gap["reason"] for gap in ended.gaps)
    functions = [i["function"] for i in ended.answer["transaction"]["invocations"]]
    assert functions == ["checkout", "pay"]


def test_huge_documents_side_by_side_do_not_add_up(run: Callable[..., Ended], logs: Path) -> None:
    """However many objects are damaged, only as many as are read at once take memory."""
    data = gzip.compress(huge_message(), compresslevel=1)
    for number in range(6):
        (logs / f"huge{number}").write_bytes(data)
    (logs / "shop.gz").write_bytes(shop())
    ended = run("grep", "timed out after")
    assert ended.code == 3, ended.stderr
    assert {Path(gap["what"]).name for gap in ended.gaps} == {f"huge{n}" for n in range(6)}
    assert len(ended.answer["events"]) == 1


def test_bombs_side_by_side_do_not_add_up(run: Callable[..., Ended], logs: Path) -> None:
    """What one call of a decompressor returns is bounded, in each of the threads."""
    for number in range(4):
        (logs / f"{number}.gz").write_bytes(bomb(b"a"))
    ended = run("grep", "timed out")
    assert ended.code == 3, ended.stderr
    assert len({gap["what"] for gap in ended.gaps}) == 4
