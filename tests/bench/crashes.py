"""Times `slsloggrep crashes` on the archive of make_archive.py, in alternation with ripgrep.

    python tests/bench/make_archive.py .bench/concatenated --shape concatenated
    python tests/bench/make_archive.py .bench/failing --shape concatenated --failing 0.01
    python tests/bench/crashes.py .bench/concatenated .bench/failing --failing 0 N

ripgrep (`rg -z`) searches for the literals that crashes leave in lines of logs; it can count lines
with one of them, and nothing more. It reads one layer of gzip, by starting gzip, so the archives
are `concatenated` ones, in which every object is a single line.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from rounds import OURS, PROGRAM, Run, compare, show

LITERALS = (
    r"Task timed out after",
    r"Status: timeout",
    r"Status: error",
    r"Error Type: ",
    r"Runtime exited",
    r"Runtime\.ExitError",
    r"Runtime\.OutOfMemory",
    r"Process exited before completing request",
    r"\[ERROR\] ",
    r"Traceback",
    r"errorType",
    r"Invoke Error",
    r"signal: killed",
    r"panic: ",
    r"Unhandled",
)


def check(finished: Run, failing: int) -> None:
    """End the benchmark where the answer is wrong: how fast it came is then worth nothing."""
    document = json.loads(finished.stdout)
    found = sum(group["count"] for group in document["groups"])
    if found != failing or not document["coverage"]["complete"]:
        raise SystemExit(f"{found} crashes were found, and there are {failing}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument(
        "--failing",
        type=int,
        nargs="*",
        default=[0],
        metavar="N",
        help="how many fail in each folder, as make_archive.py printed",
    )
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    for folder, failing in zip(options.folders, options.failing, strict=True):
        search = [part for literal in LITERALS for part in ("-e", literal)]
        commands: dict[str, Sequence[str]] = {
            OURS: [*PROGRAM, "crashes", "-S", str(folder), "-o", "json"],
            "rg -z -c": ["rg", "-z", "-c", *search, str(folder)],
        }
        # Both say by 1 that there is nothing to find.
        runs = compare(commands, options.rounds, codes=(0, 1))
        check(runs[OURS][0], failing)
        print(f"\n{folder}")
        show(runs)


if __name__ == "__main__":
    main()
