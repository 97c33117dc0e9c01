"""Times `slsloggrep trace` on the archive of make_archive.py, in alternation with its peers.

    python tests/bench/make_archive.py .bench/mixed
    python tests/bench/make_archive.py .bench/concatenated --shape concatenated
    python tests/bench/trace.py .bench/concatenated .bench/mixed

Whole processes in turn, as tests/bench/rounds.py runs them. ripgrep reads one layer of gzip by
starting gzip, so it is compared where the name of the folder says `concatenated`. The floor is
tests/bench/floor.py.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from make_archive import DAY, MEMBERS, ORDER
from rounds import OURS, PROGRAM, Run, compare, run, show

HERE = Path(__file__).resolve().parent


def check(finished: Run) -> None:
    """End the benchmark where the answer is wrong: how fast it came is then worth nothing."""
    document = json.loads(finished.stdout)
    functions = [i["function"] for i in document["transaction"]["invocations"]]
    if functions != MEMBERS or not document["coverage"]["complete"]:
        raise SystemExit(f"the trace is wrong: {functions}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for folder in options.folders:
        trace = [*PROGRAM, "trace", ORDER, "-S", str(folder), "-o", "json"]
        commands: dict[str, Sequence[str]] = {
            OURS: trace,
            "floor": [sys.executable, str(HERE / "floor.py"), str(folder)],
        }
        if "concatenated" in folder.name and shutil.which("rg"):
            commands["rg -z -c"] = ["rg", "-z", "-c", ORDER, str(folder)]
        runs = compare(commands, options.rounds)
        check(runs[OURS][0])
        print(f"\n{folder}")
        show(runs)
        hour = ["-s", f"{DAY:%Y-%m-%dT}11:30:00Z", "-u", f"{DAY:%Y-%m-%dT}12:30:00Z"]
        windowed = json.loads(run([*trace, *hour]).stdout)
        source = windowed["coverage"]["sources"][0]
        total = sum(1 for path in folder.rglob("*") if path.is_file())
        print(f"  a window of one hour: {source['objects']} of {total} objects read")


if __name__ == "__main__":
    main()
