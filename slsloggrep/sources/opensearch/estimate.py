"""What reading a search cluster would take: hits counted, and their bytes guessed by the average.

Nothing is read of the documents; what the tasks are is `tasks`' knowledge.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from slsloggrep.model import PlannedRead
from slsloggrep.sources.opensearch.cluster import LENIENT, Cluster
from slsloggrep.sources.opensearch.failures import Trouble
from slsloggrep.sources.opensearch.reading import FIRST
from slsloggrep.sources.opensearch.tasks import Task


def plan_reads(cluster: Cluster, tasks: Sequence[Task]) -> Iterator[PlannedRead]:
    """Yield a line for each task. Raises Trouble where documents cannot be counted."""
    product = cluster.product
    engine = "point in time" if product.has_points_in_time else "scroll"
    for task in tasks:
        hits = _count(cluster, task)
        yield PlannedRead(
            what=task.label,
            engine=engine,
            calls=2 + -(-hits // FIRST),
            bytes=_bytes(cluster, task, hits),
        )


def _count(cluster: Cluster, task: Task) -> int:
    for clause in (task.clause, task.wider):
        if clause is None:
            continue
        try:
            answer = cluster.read(
                "POST",
                f"/{task.path}/_count",
                dict[str, Any],
                {"query": {"bool": {"filter": [clause]}}},
                params=LENIENT,
                action="indices:data/read/search (read)",
            )
        except Trouble as trouble:
            if clause is task.wider or task.wider is None or not trouble.is_unsupported:
                raise
            continue
        return int(answer.get("count", 0))
    return 0


def _bytes(cluster: Cluster, task: Task, hits: int) -> int | None:
    """Return about how many bytes so many hits have, as stored; None: nothing tells."""
    try:
        answer = cluster.read("GET", f"/{task.path}/_stats/store,docs", dict[str, Any])
        primaries = answer["_all"]["primaries"]
        size = int(primaries["store"]["size_in_bytes"])
        count = int(primaries["docs"]["count"])
    except (Trouble, KeyError, TypeError, ValueError):
        return None
    return size * hits // count if count else 0
