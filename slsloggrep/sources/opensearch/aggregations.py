"""Asks a server to add figures up: counts in given ranges, sums and maxima, for each function.

A server's own percentiles are sketches, too, but without a bound on their error (t-digest), or with
one of their kind (HDR); they cannot be put together with those of other sources. Counts in ranges
can: they make the very sketch that would have been made here of every row, with the same stated
error. Whether that is asked for at all is decided by `slsloggrep.sources.opensearch.summing`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from slsloggrep.model import Millis
from slsloggrep.model.sums import FigureSum, Sized
from slsloggrep.sources.chosen import Meant
from slsloggrep.sources.cloudwatch.names import FunctionSpec
from slsloggrep.sources.opensearch.asking import Clause
from slsloggrep.sources.opensearch.cluster import LENIENT, Cluster
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble
from slsloggrep.sources.opensearch.measuring import (
    both,
)
from slsloggrep.sources.opensearch.tasks import Task

_BUCKETS = 60_000
"""Of one answer: `search.max_buckets` is 65,535."""

_SIZES = 500
"""Memory sizes of one function that are told apart: there are about as many steps as that."""

_INDICES = 1_000

_ATTEMPTS = 3
"""Then rows are read: they wait longer, and need less of the server at once."""

_UNKNOWN = -1.0
"""Stands for a memory size that is not stated."""

_COUNTS = "aggregations.all.buckets"
_PARAMS = {
    **LENIENT,
    # Of each range the count will do: the edges are known.
    "filter_path": ",".join(
        (
            "timed_out,_shards,aggregations.all.after_key",
            f"{_COUNTS}.key,{_COUNTS}.doc_count",
            f"{_COUNTS}.*.value",
            f"{_COUNTS}.durations.buckets.doc_count",
            f"{_COUNTS}.*.durations.buckets.doc_count",
            f"{_COUNTS}.*.longest.value",
            f"{_COUNTS}.sizes",
        )
    ),
}


def summable(edges: Sequence[float], apart: Collection[str]) -> Clause:
    """Return what holds for documents that are added up, out of those that have columns."""
    within = {"gte": edges[0], "lt": edges[-1]}
    clause: dict[str, Any] = {
        "filter": [{"range": {"report.duration_ms": within}}],
        "must_not": [_outside(f"report.{name}", within) for name in ("init_ms", "restore_ms")],
    }
    if apart:
        clause["must_not"].append({"terms": {"request_id": sorted(apart)}})
    return {"bool": clause}


def _outside(path: str, within: dict[str, float]) -> Clause:
    return both({"exists": {"field": path}}, unless={"range": {path: within}})


def stretches_of(task: Task, cluster: Cluster) -> list[tuple[float, float]]:
    """Return of each index of a task when the first and the last is of what it finds there, in ms.

    Raises Trouble where that cannot be told of all of them; Abandoned.
    """
    times = {name: {name: {"field": "@timestamp"}} for name in ("min", "max")}
    body = {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": [task.clause]}},
        "aggs": {"indices": {"terms": {"field": "_index", "size": _INDICES}, "aggs": times}},
    }
    told = _ask(task.path, cluster, body, LENIENT).aggregations.indices
    if told.sum_other_doc_count:
        raise Trouble(f"it is more than {_INDICES} indices")
    return [(each.min.value or 0.0, each.max.value or 0.0) for each in told.buckets]


def slots_of(task: Task, cluster: Cluster, slot: Millis) -> list[Millis]:
    """Return when the stretches of `slot` ms begin that hold anything of what a task finds.

    Raises Trouble where there are too many for the server; Abandoned.
    """
    histogram = {"field": "@timestamp", "fixed_interval": f"{slot}ms", "min_doc_count": 1}
    body = {
        "size": 0,
        "track_total_hits": False,
        "query": {"bool": {"filter": [task.clause]}},
        "aggs": {"slots": {"date_histogram": histogram}},
    }
    told = _ask(task.path, cluster, body, LENIENT).aggregations.slots
    return [int(each.key) for each in told.buckets]


def page_size(ranges: int) -> int:
    """Return of how many functions one answer is, where each has so many ranges."""
    return max(1, _BUCKETS // (3 * ranges + _SIZES))


def sums_of(
    task: Task, cluster: Cluster, edges: Sequence[float], meant: Meant | None
) -> Iterator[FigureSum]:
    """Yield the sums of what a task finds, function by function.

    Raises Trouble where the server does not add up, or not all of it; Abandoned.
    """
    ranges = [{"from": low, "to": high} for low, high in pairwise(edges)]
    request = _request(ranges)
    while True:
        body = {
            "size": 0,
            "track_total_hits": False,
            "query": {"bool": {"filter": [task.clause]}},
            "aggs": {"all": request},
        }
        found = _ask(task.path, cluster, body, _PARAMS).aggregations.all
        for bucket in found.buckets:
            group, function = bucket.key.group, bucket.key.function or ""
            if meant is None or _is_meant(meant, group, function):
                yield _sum(bucket, function)
        if found.after_key is None or len(found.buckets) < request["composite"]["size"]:
            return
        request["composite"]["after"] = found.after_key


def _ask(path: str, cluster: Cluster, body: dict[str, Any], params: dict[str, str]) -> _Answer:
    """Return a whole answer. Raises Trouble where there is none after a few attempts."""
    attempt = 0
    while True:
        attempt += 1
        try:
            answer = cluster.read(
                "POST",
                f"/{path}/_search",
                _Answer,
                body,
                params=params,
                action="indices:data/read/search (read)",
                patient=False,
            )
            if answer.timed_out or answer.shards.failed:
                raise Trouble("not all shards have added up in time", passes=True)
        except Trouble as trouble:
            # OpenSearch says 503 for too many buckets: as many as it will be the next time.
            lasting = trouble.kind == "too_many_buckets_exception" or not trouble.passes
            if lasting or attempt == _ATTEMPTS:
                raise
            if cluster.given_up():
                raise Abandoned from trouble
            cluster.pause(attempt)
        else:
            return answer


def _is_meant(meant: Meant, group: str, function: str) -> bool:
    return any(
        spec.matches(function if isinstance(spec, FunctionSpec) else group) for spec in meant.specs
    )


def _request(ranges: list[dict[str, float]]) -> dict[str, Any]:
    restored = both({"exists": {"field": "report.restore_ms"}}, unless=_exists("report.init_ms"))
    billed = "report.billed_ms"
    return {
        "composite": {
            "size": page_size(len(ranges)),
            "sources": [
                {"group": {"terms": {"field": "log_group"}}},
                {"function": {"terms": {"field": "function", "missing_bucket": True}}},
            ],
        },
        "aggs": {
            **_distribution("report.duration_ms", ranges),
            "total": {"sum": {"field": "report.duration_ms"}},
            "used": {"max": {"field": "report.max_memory_mb"}},
            "init": {
                "filter": _exists("report.init_ms"),
                "aggs": _distribution("report.init_ms", ranges),
            },
            "restore": {"filter": restored, "aggs": _distribution("report.restore_ms", ranges)},
            "sizes": {
                "terms": {"field": "report.memory_mb", "missing": _UNKNOWN, "size": _SIZES},
                "aggs": {
                    "billed": {"sum": {"field": billed}},
                    "counted": {"value_count": {"field": billed}},
                },
            },
        },
    }


def _exists(path: str) -> Clause:
    return {"exists": {"field": path}}


def _distribution(path: str, ranges: list[dict[str, float]]) -> dict[str, Any]:
    return {
        "durations": {"range": {"field": path, "ranges": ranges}},
        "longest": {"max": {"field": path}},
    }


class _Value(msgspec.Struct):
    value: float | None = None


class _Count(msgspec.Struct):
    doc_count: int


class _Ranges(msgspec.Struct):
    buckets: list[_Count]


class _Distribution(msgspec.Struct):
    durations: _Ranges
    longest: _Value = msgspec.field(default_factory=_Value)


class _Size(msgspec.Struct):
    key: float
    doc_count: int
    billed: _Value
    counted: _Value


class _Sizes(msgspec.Struct):
    buckets: list[_Size]
    sum_other_doc_count: int


class _Key(msgspec.Struct):
    group: str
    function: str | None


class _Bucket(msgspec.Struct):
    key: _Key
    doc_count: int
    durations: _Ranges
    longest: _Value
    total: _Value
    init: _Distribution
    restore: _Distribution
    sizes: _Sizes
    used: _Value = msgspec.field(default_factory=_Value)


class _All(msgspec.Struct):
    buckets: list[_Bucket] = []
    after_key: dict[str, Any] | None = None


class _Times(msgspec.Struct):
    min: _Value
    max: _Value


class _Indices(msgspec.Struct):
    buckets: list[_Times] = []
    sum_other_doc_count: int = 0


class _Slot(msgspec.Struct):
    key: float


class _Slots(msgspec.Struct):
    buckets: list[_Slot] = []


class _Aggregations(msgspec.Struct):
    all: _All = msgspec.field(default_factory=_All)
    slots: _Slots = msgspec.field(default_factory=_Slots)
    indices: _Indices = msgspec.field(default_factory=_Indices)


class _Shards(msgspec.Struct):
    failed: int = 0


class _Answer(msgspec.Struct):
    shards: _Shards = msgspec.field(name="_shards")
    timed_out: bool
    aggregations: _Aggregations = msgspec.field(default_factory=_Aggregations)


def _sum(bucket: _Bucket, function: str) -> FigureSum:
    """Return what a bucket says. Raises Trouble where it does not say all."""
    durations, sizes = _counts(bucket.durations), bucket.sizes
    if sizes.sum_other_doc_count or sum(durations) != bucket.doc_count:
        raise Trouble(f"not all of {function} was added up")
    inits = zip(_counts(bucket.init.durations), _counts(bucket.restore.durations), strict=True)
    longest = (bucket.init.longest.value, bucket.restore.longest.value)
    return FigureSum(
        function=function,
        invocations=bucket.doc_count,
        durations=durations,
        total_ms=bucket.total.value or 0.0,
        longest_ms=bucket.longest.value or 0.0,
        inits=[init + restore for init, restore in inits],
        init_longest_ms=max((each for each in longest if each is not None), default=None),
        max_memory_mb=bucket.used.value,
        sizes={
            None if size.key == _UNKNOWN else size.key: Sized(
                size.doc_count, int(size.counted.value or 0), size.billed.value or 0.0
            )
            for size in sizes.buckets
        },
    )


def _counts(ranges: _Ranges) -> list[int]:
    return [bucket.doc_count for bucket in ranges.buckets]
