"""What `tail` holds at once does not grow with what there is to show."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from logs_service import LogsService

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the peak is read from /proc, which only Linux has"
)

EVENTS = 60_000
STREAMS = 30
BOUND_MB = 120  # 90 to 105 are usual; who holds all invocations at once needs 135 to 150
FIGURES = "Duration: 9.25 ms\tBilled Duration: 10 ms\tMemory Size: 128 MB\tMax Memory Used: 45 MB\t"
_MEASURED = """
import pathlib, sys
report = pathlib.Path(sys.argv.pop(1))
from slsloggrep.cli.main import main
code = main()
report.write_bytes(pathlib.Path("/proc/self/status").read_bytes())
sys.exit(code)
"""


def fill(service: LogsService) -> None:
    """Put invocations of ten lines into several environments of two functions, side by side."""
    begin = service.clock() - 3_600_000
    for stream in range(STREAMS):
        lines: list[tuple[int, str]] = []
        for number in range(EVENTS // STREAMS // 10):
            request = str(UUID(int=(stream << 80) | number))
            texts = [
                f"START RequestId: {request} Version: $LATEST\n",
                *(
                    f"2026-11-23T17:00:00.000Z\t{request}\tINFO\torder {number} line {line}\n"
                    for line in range(7)
                ),
                f"END RequestId: {request}\n",
                f"REPORT RequestId: {request}\t{FIGURES}\n",
            ]
            lines += [(begin + number * 6_000 + n, text) for n, text in enumerate(texts)]
        service.put(f"/aws/lambda/f{stream % 2}", f"s{stream:02}", lines)


@pytest.mark.parametrize(
    "wish",
    [
        ["-n", str(EVENTS)],
        ["-s", "2h", "--invocations"],
        ["-n", str(EVENTS // 20), "--invocations"],
        ["-s", "2h", "-f", "-u", "SOON"],
    ],
    ids=["last", "invocations", "last invocations", "backlog"],
)
def test_memory_is_bounded(cloudwatch: LogsService, tmp_path: Path, wish: list[str]) -> None:
    """Lines or invocations, all of a window or the last of it, at once or before what comes."""
    fill(cloudwatch)
    report = tmp_path / "status"
    wish = [str(cloudwatch.clock() + 4_000) if word == "SOON" else word for word in wish]
    command = ["tail", "-g", "/aws/lambda/*", "--rate", "1000", "-o", "ndjson", *wish]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(report), *command],
        capture_output=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    expected = EVENTS // 2 if wish[1] == str(EVENTS // 20) else EVENTS
    assert done.stdout.count(b"\n") == expected
    peak = next(line for line in report.read_text().splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) / 1024 < BOUND_MB
