"""What surrounds a crash, in figures: limits, memory, what the handler said last.

Read out of the records here, put into words in `explanation` and `advice`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from slsloggrep.model import Crash, Fact, Invocation, Record
from slsloggrep.parse.endings import is_failing

_GROWN = 0.1
"""Of its memory: growth of less is noise."""

_LIMIT = re.compile(r"(\d+(?:\.\d+)?) s(?:econds)?\b")


def limit_in(crash: Crash) -> float | None:
    """Return the limit in s that a timeout ran into, as far as it is known."""
    invocation = crash.invocation
    if invocation is not None and invocation.timeout_s is not None:
        return invocation.timeout_s
    found = _LIMIT.search(crash.message or "")
    return float(found.group(1)) if found else None


def handler_records(invocation: Invocation) -> list[Record]:
    """Return what the handler itself logged: what is neither the platform's nor of the init."""
    begun = [r.event.timestamp for r in invocation.records if r.fact is Fact.START]
    since = begun[0] if begun else invocation.start
    return [
        record
        for record in invocation.records
        if record.fact in (None, Fact.METRIC)
        and (record.request_id or record.event.timestamp >= since)
    ]


def extensions_in(invocation: Invocation) -> list[str]:
    """Return the names of extensions: those that failed, else all that were registered."""
    found = [r.platform for r in invocation.records if r.platform and r.fact is Fact.EXTENSION]
    failed = [p.name for p in found if p.name and is_failing(p.status)]
    return list(dict.fromkeys(failed or [p.name for p in found if p.name]))


def growth_over(
    invocation: Invocation, earlier: Sequence[Invocation]
) -> tuple[float, float, int] | None:
    """Return from what in MB to what memory grew, over so many invocations; None: it did not.

    REPORT states the most that the process has used so far; a process that started over, in the
    same log stream, begins anew.
    """
    used: list[float] = []
    for one in (*earlier, invocation):
        if one.cold_start:
            used.clear()
        if one.max_memory_mb is not None:
            used.append(one.max_memory_mb)
    size = invocation.memory_mb
    if len(used) < 3 or size is None or used[-1] - used[0] < _GROWN * size:
        return None
    return used[0], used[-1], len(used)
