"""Runs whole processes in turn and compares how long they take.

One after another (A B C A B C ...), after one uncounted round; medians of the rounds, and the
median of the ratios round by round. Peak memory is the largest resident set of the process itself.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import NamedTuple

PROGRAM = [sys.executable, "-m", "slsloggrep"]
OURS = "slsloggrep"


class Run(NamedTuple):
    """One finished process."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    stdout: bytes
    stderr: bytes


def run(command: Sequence[str], codes: Sequence[int] = (0,)) -> Run:
    """Run a command to its end; it must end with one of the codes."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        stdout.seek(0)
        stderr.seek(0)
        out, err = stdout.read(), stderr.read()
    code = os.waitstatus_to_exitcode(status)
    if code not in codes:
        raise SystemExit(f"{command} ended with {code}: {err.decode(errors='replace')}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out, err)


def compare(
    commands: dict[str, Sequence[str]], rounds: int, codes: Sequence[int] = (0,)
) -> dict[str, list[Run]]:
    """Run the commands in turn, one uncounted round first."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            finished = run(command, codes)
            if number:
                runs[name].append(finished)
    return runs


def show(runs: dict[str, list[Run]]) -> None:
    """Print medians, and ratios of our command to the others."""
    for name, finished in runs.items():
        wall = statistics.median(r.wall_s for r in finished)
        cpu = statistics.median(r.cpu_s for r in finished)
        peak = max(r.peak_mb for r in finished)
        line = f"  {name:20} wall {wall:6.2f} s   cpu {cpu:6.2f} s   peak {peak:5.0f} MB"
        if name != OURS:
            pairs = zip(runs[OURS], finished, strict=True)
            ratio = statistics.median(ours.wall_s / theirs.wall_s for ours, theirs in pairs)
            line += f"   {OURS} takes {ratio:.2f} of it"
        print(line)
