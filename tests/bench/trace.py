"""Times `slsloggrep trace` on the archive of make_archive.py, in alternation with its peers.

    python tests/bench/make_archive.py .bench/mixed
    python tests/bench/make_archive.py .bench/concatenated --shape concatenated
    python tests/bench/trace.py .bench/concatenated .bench/mixed

Whole processes, started one after another in turn (A B C A B C ...), after one uncounted round;
medians of the rounds, and the median of the ratios round by round. ripgrep reads one layer of
gzip by starting gzip, so it is compared where the name of the folder says `concatenated`. The
floor is tests/bench/floor.py. Peak memory is the largest resident set of the process itself.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from make_archive import DAY, MEMBERS, ORDER

HERE = Path(__file__).resolve().parent
PROGRAM = [sys.executable, "-m", "slsloggrep"]


class Run(NamedTuple):
    """One finished process."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    stdout: bytes
    stderr: bytes


def run(command: Sequence[str]) -> Run:
    """Run a command to its end; it must succeed."""
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        stdout.seek(0)
        stderr.seek(0)
        out, err = stdout.read(), stderr.read()
    code = os.waitstatus_to_exitcode(status)
    if code:
        raise SystemExit(f"{command} ended with {code}: {err.decode(errors='replace')}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out, err)


def compare(commands: dict[str, Sequence[str]], rounds: int) -> dict[str, list[Run]]:
    """Run the commands in turn, one uncounted round first."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            finished = run(command)
            if number:
                runs[name].append(finished)
    return runs


def check(finished: Run) -> None:
    """End the benchmark where the answer is wrong: how fast it came is then worth nothing."""
    document = json.loads(finished.stdout)
    functions = [i["function"] for i in document["transaction"]["invocations"]]
    if functions != MEMBERS or not document["coverage"]["complete"]:
        raise SystemExit(f"the trace is wrong: {functions}")


def show(folder: Path, runs: dict[str, list[Run]]) -> None:
    """Print medians, and ratios against the first command."""
    print(f"\n{folder}")
    for name, finished in runs.items():
        wall = statistics.median(r.wall_s for r in finished)
        cpu = statistics.median(r.cpu_s for r in finished)
        peak = max(r.peak_mb for r in finished)
        line = f"  {name:12} wall {wall:6.2f} s   cpu {cpu:6.2f} s   peak {peak:5.0f} MB"
        if name != "slsloggrep":
            pairs = zip(runs["slsloggrep"], finished, strict=True)
            ratio = statistics.median(ours.wall_s / theirs.wall_s for ours, theirs in pairs)
            line += f"   slsloggrep takes {ratio:.2f} of it"
        print(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for folder in options.folders:
        trace = [*PROGRAM, "trace", ORDER, "-S", str(folder), "-o", "json"]
        commands: dict[str, Sequence[str]] = {
            "slsloggrep": trace,
            "floor": [sys.executable, str(HERE / "floor.py"), str(folder)],
        }
        if "concatenated" in folder.name and shutil.which("rg"):
            commands["rg -z -c"] = ["rg", "-z", "-c", ORDER, str(folder)]
        runs = compare(commands, options.rounds)
        check(runs["slsloggrep"][0])
        show(folder, runs)
        hour = ["-s", f"{DAY:%Y-%m-%dT}11:30:00Z", "-u", f"{DAY:%Y-%m-%dT}12:30:00Z"]
        windowed = json.loads(run([*trace, *hour]).stdout)
        source = windowed["coverage"]["sources"][0]
        total = sum(1 for path in folder.rglob("*") if path.is_file())
        print(f"  a window of one hour: {source['objects']} of {total} objects read")


if __name__ == "__main__":
    main()
