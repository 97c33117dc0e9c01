"""Ends of invocations, as batches of figures and as invocations read whole, and what they come to.

`expected` is the table computed the slow way, from the definitions: every copy looked at, sums and
percentiles as fractions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from fractions import Fraction
from math import floor
from typing import Any

from slsloggrep.analyse.prices import Price, price_of
from slsloggrep.model import (
    BIN_EDGES_MS,
    Event,
    Fact,
    FigureBatch,
    Invocation,
    Latency,
    Platform,
    Record,
    Slow,
    Status,
    identity_of,
)

T0 = 1_795_431_600_000
"""2026-11-23T11:00:00Z."""
GROUP = "/aws/lambda/pay"
STREAM = "2026/11/23/[7]00000000000000000000000000000001"


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How an invocation ended; `status` None: it is a row of a batch."""

    number: int
    """Tells invocations apart."""
    log_group: str = GROUP
    log_stream: str = STREAM
    time: int = T0
    duration: float | None = 10.0
    billed: float | None = 11.0
    memory: float | None = 128.0
    used: float | None = 64.0
    init: float | None = None
    restore: float | None = None
    status: Status | None = None
    cold: bool = False
    """It began with an init of which REPORT says nothing."""
    timeout_s: float | None = None
    reported: bool = True

    @property
    def request_id(self) -> str:
        return f"{self.number:08x}-0000-4000-8000-00000000000a"

    def event(self, fact: str) -> Event:
        return Event(self.time, f"{fact} {self.request_id}", self.log_group, self.log_stream, "")

    @property
    def identity(self) -> int:
        return identity_of(self.event("REPORT"), self.request_id)

    @property
    def whole(self) -> Invocation:
        """It, read whole."""
        status = self.status or Status.OK
        facts = [(Fact.START, Platform(fact=Fact.START))]
        if self.reported:
            said = Platform(
                fact=Fact.REPORT,
                request_id=self.request_id,
                duration_ms=self.duration,
                billed_ms=self.billed,
                memory_mb=self.memory,
                max_memory_mb=self.used,
                init_ms=self.init,
                restore_ms=self.restore,
            )
            facts.append((Fact.REPORT, said))
        return Invocation(
            function=name_of(self),
            request_id=self.request_id,
            log_group=self.log_group,
            log_stream=self.log_stream,
            start=self.time - 1000,
            end=self.time,
            duration_ms=self.duration,
            billed_ms=self.billed,
            init_ms=self.init,
            restore_ms=self.restore,
            memory_mb=self.memory,
            max_memory_mb=self.used,
            cold_start=self.is_cold,
            status=status,
            timeout_s=self.timeout_s,
            records=tuple(
                Record(event=self.event(fact.name), request_id=self.request_id, platform=platform)
                for fact, platform in facts
            ),
        )

    @property
    def is_cold(self) -> bool:
        return self.cold or self.init is not None or self.restore is not None


def name_of(end: End) -> str:
    return end.log_group.rpartition("/")[2]


def batch(ends: Sequence[End], **changes: Any) -> FigureBatch:
    """Return rows of a batch; all have to be of one group."""
    (log_group,) = {end.log_group for end in ends} or {GROUP}
    columns: dict[str, Any] = {
        "log_streams": [end.log_stream for end in ends],
        "request_ids": [end.request_id for end in ends],
        "identities": [end.identity for end in ends],
        "times": [end.time for end in ends],
        "durations_ms": [end.duration for end in ends],
        "billed_ms": [end.billed for end in ends],
        "memory_mb": [end.memory for end in ends],
        "max_memory_mb": [end.used for end in ends],
        "init_ms": [end.init for end in ends],
        "restore_ms": [end.restore for end in ends],
    }
    return FigureBatch(log_group=log_group, **(columns | changes))


def many(durations: Iterable[float], first: int = 0, **figures: Any) -> list[End]:
    """Return an end for each duration."""
    return [
        End(number=number, duration=duration, **figures)
        for number, duration in enumerate(durations, first)
    ]


def counted(ends: Iterable[End]) -> list[End]:
    """Return each invocation once, as it was read whole if it was."""
    best: dict[int, End] = {}
    for end in ends:
        held = best.get(end.identity)
        if held is None or held.status is None:
            best[end.identity] = end
    return list(best.values())


def expected(
    ends: Iterable[End],
    by: Sequence[str] = (),
    zone: tzinfo = UTC,
    price: Price | None = None,
) -> dict[tuple[str, tuple[tuple[str, str], ...]], Latency]:
    """Return the rows of the table, by what they are of."""
    ends = counted(ends)
    rows: dict[Any, list[End]] = {}
    for end in ends:
        key = (name_of(end), tuple((name, value_of(end, name, zone)) for name in by))
        rows.setdefault(key, []).append(end)
    limits = _limits(ends, by, zone)
    result = {}
    for key, members in rows.items():
        limit = limits.get((key[0], dict(key[1]).get("version")))
        result[key] = _row(key, members, limit, price or price_of(None, None))
    return result


def value_of(end: End, name: str, zone: tzinfo) -> str:
    if name == "version":
        return end.log_stream.partition("[")[2].partition("]")[0] or "unknown"
    if name == "cold":
        return "yes" if end.is_cold else "no"
    if name == "memory":
        return "unknown" if end.memory is None else f"{end.memory:g}"
    if name == "environment":
        return end.log_stream or "unknown"
    if name == "status":
        return (end.status or Status.OK).value
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=end.time)
    local = moment.astimezone(zone).strftime("%Y-%m-%dT%H:%M%z")
    text = local[:-2] + ":" + local[-2:]
    if name == "hour":
        text = text[:14] + "00" + text[16:]
    return text.replace("+00:00", "Z")


def _limits(ends: Sequence[End], by: Sequence[str], zone: tzinfo) -> dict[Any, float]:
    limits: dict[Any, tuple[int, float]] = {}
    for end in ends:
        if end.timeout_s is not None and end.status is not None:
            version = value_of(end, "version", zone) if "version" in by else None
            key = (name_of(end), version)
            limits[key] = max(limits.get(key, (0, 0.0)), (end.time, end.timeout_s))
    return {key: limit for key, (_, limit) in limits.items()}


def _row(key: Any, members: Sequence[End], limit: float | None, price: Price) -> Latency:
    ended = [end for end in members if end.status is not Status.INCOMPLETE]
    failed = [end for end in ended if end.status is not None and end.status.failed]
    durations = sorted(end.duration for end in ended if end.duration is not None)
    inits = sorted(
        end.init if end.init is not None else end.restore
        for end in ended
        if end.init is not None or end.restore is not None
    )
    sizes = Counter(end.memory for end in ended if end.memory is not None)
    used = [end.used for end in ended if end.used is not None]
    billed = [Fraction(end.billed) for end in ended if end.billed is not None]
    paid = [
        Fraction(end.billed) / 1000 * Fraction(end.memory) / 1024
        for end in ended
        if end.billed is not None and end.memory is not None
    ]
    dollars = sum(paid) * Fraction(price.gb_second) + len(ended) * Fraction(price.request)
    bins = [0] * (len(BIN_EDGES_MS) + 1)
    for duration in durations:
        bins[sum(edge <= duration for edge in BIN_EDGES_MS)] += 1
    return Latency(
        function=key[0],
        by=key[1],
        invocations=len(ended),
        errors=len(failed),
        timeouts=sum(end.status is Status.TIMEOUT for end in ended),
        cold_starts=sum(end.is_cold for end in ended),
        mean_ms=float(sum(map(Fraction, durations)) / len(durations)) if durations else None,
        p50_ms=percentile_of(durations, 50),
        p90_ms=percentile_of(durations, 90),
        p95_ms=percentile_of(durations, 95),
        p99_ms=percentile_of(durations, 99),
        max_ms=max(durations, default=None),
        init_p50_ms=percentile_of(inits, 50),
        init_max_ms=max(inits, default=None),
        memory_mb=max(sizes, key=lambda size: (sizes[size], size)) if sizes else None,
        max_memory_mb=max(used, default=None),
        billed_ms=float(sum(billed)) if billed else None,
        gb_seconds=float(sum(paid)) if paid else None,
        cost_usd=float(dollars) if paid else None,
        timeout_s=limit,
        bins=tuple(bins) if durations else (),
        incomplete=len(members) - len(ended),
        notes=price.notes if paid else (),
    )


def percentile_of(ascending: Sequence[float], percent: int) -> float | None:
    """Return a percentile by its definition, rounded once."""
    if not ascending:
        return None
    rank = Fraction(len(ascending) - 1) * percent / 100
    low = Fraction(ascending[floor(rank)])
    high = Fraction(ascending[min(floor(rank) + 1, len(ascending) - 1)])
    return float(low + (high - low) * (rank - floor(rank)))


def expected_slowest(ends: Iterable[End], wanted: int) -> tuple[Slow, ...]:
    """Return the slowest, by duration and then by what they are."""
    slow = [
        Slow(
            function=name_of(end),
            request_id=end.request_id,
            log_group=end.log_group,
            log_stream=end.log_stream,
            end=end.time,
            duration_ms=end.duration,
            init_ms=end.init if end.init is not None else end.restore,
            max_memory_mb=end.used,
            memory_mb=end.memory,
            status=end.status or Status.OK,
        )
        for end in counted(ends)
        if end.duration is not None and end.status is not Status.INCOMPLETE
    ]
    slow.sort(key=lambda s: (-s.duration_ms, s.end, s.request_id))
    return tuple(slow[:wanted])


def in_batch(end: End) -> End:
    """Return the row of a batch that an invocation was, too."""
    return replace(end, status=None, cold=False, timeout_s=None)
