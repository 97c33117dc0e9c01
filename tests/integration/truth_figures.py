"""What is true of running times, computed as naively as the definitions read, in fractions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any

from truth_model import FAILED, Run

EXACT = Fraction(1, 10**9)
"""Answers are doubles, the truth is fractions: so far apart may they be, in relation."""


def percentile(values: Sequence[Fraction], share: Fraction) -> Fraction:
    """Return SQL's PERCENTILE_CONT: linear between the two ranks around."""
    ordered = sorted(values)
    rank = share * (len(ordered) - 1)
    below = int(rank)
    if below + 1 == len(ordered):
        return ordered[below]
    return ordered[below] + (rank - below) * (ordered[below + 1] - ordered[below])


def describe(runs: Sequence[Run]) -> dict[str, Any]:
    """Return the figures of the output contract for invocations that ended."""
    durations = [run.duration_ms for run in runs if run.duration_ms is not None]
    inits = [run.init_ms for run in runs if run.init_ms is not None]
    sizes = Counter(run.memory_mb for run in runs if run.memory_mb is not None)
    billed = [(run.billed_ms, run.memory_mb) for run in runs if run.billed_ms is not None]
    used = [run.used_mb for run in runs if run.used_mb is not None]
    return {
        "invocations": len(runs),
        "errors": sum(run.status in FAILED for run in runs),
        "timeouts": sum(run.status == "timeout" for run in runs),
        "cold_starts": sum(run.cold for run in runs),
        "mean_ms": sum(durations) / len(durations) if durations else None,
        **{
            f"p{share}_ms": percentile(durations, Fraction(share, 100)) if durations else None
            for share in (50, 90, 95, 99)
        },
        "max_ms": max(durations, default=None),
        "init_p50_ms": percentile(inits, Fraction(1, 2)) if inits else None,
        "init_max_ms": max(inits, default=None),
        # the size that most have; of equals the largest
        "memory_mb": max(sizes, key=lambda size: (sizes[size], size)) if sizes else None,
        "max_memory_mb": max(used, default=None),
        "billed_ms": sum(ms for ms, _ in billed) if billed else None,
        "gb_seconds": sum(Fraction(ms * mb, 1000 * 1024) for ms, mb in billed) if billed else None,
    }


def tabulate(runs: Iterable[Run], key: Callable[[Run], Any]) -> dict[Any, dict[str, Any]]:
    """Return the figures for each value of a key."""
    held: dict[Any, list[Run]] = {}
    for run in runs:
        if run.counted:
            held.setdefault(key(run), []).append(run)
    return {value: describe(some) for value, some in held.items()}


def differences(row: dict[str, Any], truth: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return what differs between a row of an answer and the truth: what is said, what is true."""
    told = {}
    for name, true in truth.items():
        said = row[name]
        if said is None or true is None:
            same = said is None and true is None
        else:
            same = abs(Fraction(said) - true) <= EXACT * abs(true)
        if not same:
            told[name] = (said, None if true is None else float(true))
    return told
