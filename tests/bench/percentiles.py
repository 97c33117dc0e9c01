"""Percentiles of tens of millions of invocations: time, memory and disk that a ledger takes.

    python tests/bench/percentiles.py [INVOCATIONS] [--approximate] [--copies PERCENT]

50 million by default, of 40 functions, in batches of 60 rows that repeat one pool of figures under
identities of their own. Prints the time that making the batches took apart from the ledger's, the
peak of resident memory, and the bytes of temporary files.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import BinaryIO

from slsloggrep.analyse.ledger import Ledger
from slsloggrep.model import FigureBatch

ROWS = 60
POOL = 2_000
FUNCTIONS = 40
T0 = 1_795_431_600_000


def pool(rnd: random.Random) -> list[FigureBatch]:
    """Return batches whose figures look like those of functions; their identities are empty."""
    batches = []
    for number in range(POOL):
        function = number % FUNCTIONS
        streams = [f"2026/11/23/[$LATEST]{rnd.getrandbits(128):032x}" for _ in range(4)]
        durations = [round(rnd.lognormvariate(3 + function / 20, 0.9), 2) for _ in range(ROWS)]
        cold = [rnd.random() < 0.02 for _ in range(ROWS)]
        batches.append(
            FigureBatch(
                log_group=f"/aws/lambda/function-{function}",
                log_streams=[rnd.choice(streams) for _ in range(ROWS)],
                request_ids=["06e46194-0000-4000-8000-00000000000a"] * ROWS,
                identities=[],
                times=[T0 + rnd.randrange(86_400_000) for _ in range(ROWS)],
                durations_ms=durations,
                billed_ms=[float(int(duration) + 1) for duration in durations],
                memory_mb=[float(128 << function % 4)] * ROWS,
                max_memory_mb=[float(rnd.randrange(40, 128)) for _ in range(ROWS)],
                init_ms=[round(rnd.lognormvariate(5, 0.3), 2) if c else None for c in cold],
                restore_ms=[None] * ROWS,
            )
        )
    return batches


def batches(invocations: int, copies: float) -> Iterator[FigureBatch]:
    """Yield batches; a share of them comes again, much later."""
    made = pool(random.Random(1))
    seeds = random.Random(2)
    again: list[tuple[int, int]] = []
    for number in range(invocations // ROWS):
        identity = seeds.getrandbits(63) - (1 << 62)
        yield with_identities(made[number % POOL], identity)
        if seeds.random() < copies:
            again.append((number % POOL, identity))
    for place, identity in again:
        yield with_identities(made[place], identity)


def with_identities(batch: FigureBatch, seed: int) -> FigureBatch:
    """Return a batch whose rows have identities that are spread like hashes."""
    identities = [hash((seed, row)) for row in range(ROWS)]
    return FigureBatch(
        log_group=batch.log_group,
        log_streams=batch.log_streams,
        request_ids=batch.request_ids,
        identities=identities,
        times=batch.times,
        durations_ms=batch.durations_ms,
        billed_ms=batch.billed_ms,
        memory_mb=batch.memory_mb,
        max_memory_mb=batch.max_memory_mb,
        init_ms=batch.init_ms,
        restore_ms=batch.restore_ms,
    )


class Clock:
    """Time since it was made."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def passed(self) -> str:
        """Return the time that has passed, and the processor's."""
        wall, cpu = time.perf_counter() - self._wall, time.process_time() - self._cpu
        return f"{wall:.1f} s ({cpu:.1f} s CPU)"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("invocations", nargs="?", type=int, default=50_000_000)
    parser.add_argument("--approximate", action="store_true")
    parser.add_argument("--copies", type=float, default=1.0, help="percent")
    arguments = parser.parse_args()
    files: list[BinaryIO] = []

    def open_file() -> BinaryIO:
        files.append(tempfile.TemporaryFile())  # noqa: SIM115 - the ledger closes it
        return files[-1]

    began = Clock()
    made = sum(1 for _ in batches(arguments.invocations, arguments.copies / 100))
    making = began.passed()
    ledger = Ledger(approximate=arguments.approximate, open_file=open_file, slowest=10)
    began = Clock()
    for batch in batches(arguments.invocations, arguments.copies / 100):
        ledger.add(batch)
    adding = began.passed()
    began = Clock()
    spilled = sum(os.fstat(file.fileno()).st_size for file in files)
    table = ledger.table()
    counting = began.passed()
    sorted_bytes = sum(os.fstat(f.fileno()).st_size for f in files if not f.closed)
    counted = sum(row.invocations for row in table.rows())
    print(f"{made * ROWS:,} rows given, {counted:,} invocations, {len(table)} functions")
    print(f"making batches {making}; making and adding them {adding}; counting {counting}")
    print(f"peak of memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    print(f"temporary files {spilled / 1e6:,.0f} MB by identity", end=", ")
    print(f"{sorted_bytes / 1e6:,.0f} MB of durations")
    row = max(table.rows(), key=lambda row: row.invocations)
    print(f"{row.function}: p50 {row.p50_ms}, p99 {row.p99_ms}, max {row.max_ms}", file=sys.stderr)


if __name__ == "__main__":
    main()
