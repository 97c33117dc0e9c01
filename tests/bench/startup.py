"""Times how soon the program answers, against a bare interpreter.

    python tests/bench/startup.py

Whole processes in alternation, medians; the last column is how many bare interpreters it takes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from slsloggrep.cli.app import COMMANDS as PROGRAM_COMMANDS

ROUNDS = 15
COMMANDS = {
    "python -c pass": [sys.executable, "-c", "pass"],
    "--version": [sys.executable, "-m", "slsloggrep", "--version"],
    "--help": [sys.executable, "-m", "slsloggrep", "--help"],
    **{
        f"{command} --help": [sys.executable, "-m", "slsloggrep", *command.split(), "--help"]
        for command in (*PROGRAM_COMMANDS, "crashes show", "report trace", "config show")
    },
}


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(ROUNDS + 1):
        for name, command in COMMANDS.items():
            started = time.perf_counter()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
            if number:
                times[name].append(time.perf_counter() - started)
    bare = statistics.median(times["python -c pass"])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:20} {median * 1000:6.0f} ms   {median / bare:4.1f}")


if __name__ == "__main__":
    main()
