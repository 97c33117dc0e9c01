"""What reading would take: calls, bytes, dollars; and which engine suits which log group.

FilterLogEvents is always right; Insights searches any number of groups at once, but costs money,
and lags a few minutes behind. How they read is `reading`'s and `insights`' work.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from slsloggrep.errors import UsageError
from slsloggrep.model import Millis, PlannedRead, Query, merge_stretches
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.insights_query import Ask, divide, window_of
from slsloggrep.sources.cloudwatch.limiter import published_rate
from slsloggrep.sources.cloudwatch.logs import STREAMS_AT_ONCE, Group
from slsloggrep.sources.cloudwatch.patterns import EVERYTHING, patterns_for

DOLLARS_PER_GB = 0.005
"""What Insights costs for a GB scanned in us-east-1; other regions differ (CloudWatch pricing)."""

LAG: Millis = 5 * 60_000
"""So long, at most, after their ingestion Insights begins to know of events, as users report."""

_BILL = "cloudwatch.insights.bill"
_GB = 1_000_000_000
_PAGE = 1_000_000
"""Bytes of events that a page of FilterLogEvents holds (API Reference: 1 MB)."""
_DAY: Millis = 86_400_000

_PATIENCE = 60.0
"""Seconds that FilterLogEvents may take before Insights is thought of."""
_POCKET_MONEY = 0.05
"""Dollars that are spent without being told to."""
_COMPRESSED = 0.15
"""Share that compression leaves of logs (AWS Pricing Calculator). Whether `storedBytes` counts
them before or after is documented nowhere: where it is the user's money, the dearer counts."""


class Engines(NamedTuple):
    """Which groups are read how."""

    filter: tuple[Group, ...]
    """By FilterLogEvents and GetLogEvents."""
    insights: tuple[Group, ...]
    notes: tuple[str, ...] = ()
    """Why, where the user did not say so."""


def choose_engines(groups: Sequence[Group], query: Query, settings: Settings) -> Engines:
    """Return which engine reads which groups; see `Settings.engine`.

    Groups of the class Infrequent Access always go through Insights: nothing else reads them. Of
    themselves others do so only where FilterLogEvents would take long, Insights costs next to
    nothing and knows all of the window already, and something is searched for.
    Raises UsageError for Insights with a filter pattern of the user's, which it cannot run.
    """
    if settings.engine == "insights":
        refuse_pattern(query)
        dark = bytes_of(groups, query, settings.now) is None
        price = f"Insights costs ${DOLLARS_PER_GB:g} per GB scanned: nothing tells how much it is"
        return Engines((), tuple(groups), (price,) if dark else ())
    infrequent = tuple(group for group in groups if group.infrequent)
    usual = tuple(group for group in groups if not group.infrequent)
    notes = []
    if infrequent:
        notes.append(
            f"{_groups_text(len(infrequent))} of the class Infrequent Access: read by Insights, "
            f"which alone can, at ${DOLLARS_PER_GB:g} per GB scanned"
        )
    if settings.engine == "auto" and (better := _better_by_insights(usual, query, settings)):
        size = bytes_of(better, query, settings.now) or 0
        notes.append(
            f"{_groups_text(len(better))}: read by Insights, {price_text(dollars_of(size))} for "
            f"about {size_text(size)} scanned, since FilterLogEvents would take "
            f"{_seconds(better, query, settings):.0f} s at least; --engine filter does without"
        )
        chosen = {id(group) for group in better}
        usual = tuple(group for group in usual if id(group) not in chosen)
        return Engines(usual, (*infrequent, *better), tuple(notes))
    return Engines(usual, infrequent, tuple(notes))


def refuse_pattern(query: Query) -> None:
    """Raise UsageError where a query has a filter pattern: Insights has a language of its own."""
    if query.pattern:
        raise UsageError(
            "--engine insights cannot run a --filter-pattern: that is FilterLogEvents' language",
            hint="--grep instead of --filter-pattern, or --engine filter",
        )


def _better_by_insights(
    groups: Sequence[Group], query: Query, settings: Settings
) -> tuple[Group, ...]:
    if not query.literals or query.spans or query.pattern:
        return ()
    if query.until is None or query.until > settings.now - LAG:
        return ()
    slow: list[Group] = []
    for alike in _by_place(groups):
        if _seconds(alike, query, settings) > _PATIENCE:
            slow.extend(alike)
    size = bytes_of(slow, query, settings.now)
    if not slow or size is None or dollars_of(size) / _COMPRESSED > _POCKET_MONEY:
        return ()
    return tuple(slow)


def _seconds(groups: Sequence[Group], query: Query, settings: Settings) -> float:
    """Return how long FilterLogEvents takes at least; places are asked side by side."""
    longest = 0.0
    for alike in _by_place(groups):
        published = published_rate("FilterLogEvents", alike[0].logs.region)
        calls = sum(calls_of(group, query, settings.now) for group in alike)
        longest = max(longest, calls / (settings.rate or published))
    return longest


def _by_place(groups: Sequence[Group]) -> Iterable[list[Group]]:
    places: dict[int, list[Group]] = {}
    for group in groups:
        places.setdefault(id(group.logs), []).append(group)
    return places.values()


# Figures


def plan_reads(
    groups: Sequence[Group],
    query: Query,
    settings: Settings,
    engines: Engines,
    prefix: str = "",
) -> Iterator[PlannedRead]:
    """Yield a line for each group read by FilterLogEvents, and for each query of Insights.

    `groups` gives the order. Bytes are estimates from what is stored; for FilterLogEvents they are
    what is scanned. What its calls cost, nothing that was read says: None. `prefix` as in `divide`.
    """
    by_filter = {id(group) for group in engines.filter}
    for group in groups:
        if id(group) in by_filter:
            yield PlannedRead(
                what=group.label,
                engine="FilterLogEvents",
                calls=calls_of(group, query, settings.now),
                bytes=bytes_of([group], query, settings.now),
            )
    for ask in divide(engines.insights, query, settings, prefix):
        size = bytes_of_ask(ask, settings.now)
        yield PlannedRead(
            what=_named(ask.groups),
            engine="Insights",
            calls=2,  # StartQuery, and GetQueryResults until it is complete
            bytes=size,
            dollars=None if size is None else dollars_of(size),
        )


def _named(groups: Sequence[Group]) -> str:
    if len(groups) == 1:
        return groups[0].label
    first, last = groups[0].label, groups[-1].name
    return f"{len(groups)} log groups, {first} to {last}"


def calls_of(group: Group, query: Query, now: Millis) -> int:
    """Return how many calls of FilterLogEvents a group takes at least."""
    calls = 0
    if query.literals or query.everything:
        patterns = (query.pattern,) if query.pattern else patterns_for(query.literals)
        calls = len(patterns)
        if patterns == EVERYTHING:
            size = bytes_of([group], replace(query, spans=()), now)
            calls = 1 if size is None else max(1, -(-size // _PAGE))
    streams = {span.log_stream for span in query.spans if span.log_group == group.name}
    return calls + -(-len(streams) // STREAMS_AT_ONCE)


def bytes_of(groups: Iterable[Group], query: Query, now: Millis) -> int | None:
    """Return about how many bytes of some groups lie in a query's window and spans.

    None where one of them does not tell what it holds.
    """
    total = 0
    for group in groups:
        stretches = []
        if query.literals or query.everything:
            stretches.append(window_of(query, [group], now))
        stretches += [(s.since, s.until) for s in query.spans if s.log_group == group.name]
        share = _bytes_within(group, merge_stretches(stretches), now)
        if share is None:
            return None
        total += share
    return total


def bytes_of_ask(ask: Ask, now: Millis) -> int | None:
    """Return about how many bytes a query of Insights scans; None where nothing tells."""
    shares = [_bytes_within(group, [(ask.since, ask.until)], now) for group in ask.groups]
    return None if None in shares else sum(share for share in shares if share is not None)


def _bytes_within(
    group: Group, stretches: Iterable[tuple[Millis, Millis]], now: Millis
) -> int | None:
    """Return the share of a group's bytes in some stretches, as if it had grown evenly."""
    if group.stored_bytes is None or group.created is None:
        return None
    age = now - group.created
    if group.retention_days:
        age = min(age, group.retention_days * _DAY)
    age = max(age, 60_000)
    if not group.stored_bytes and age < _DAY:
        return None  # the figure lags behind: nothing counted yet is not nothing there
    covered = sum(max(min(until, now) - max(since, now - age), 0) for since, until in stretches)
    return round(group.stored_bytes * min(covered / age, 1.0))


# Prices


@dataclass(slots=True)
class Bill:
    """What Insights has scanned for one command so far."""

    queries: int = 0
    scanned: int = 0
    told: int = 0
    """Queries that were told of already."""


def bill_of(settings: Settings) -> Bill:
    """Return the bill that all sources of a command share."""
    bill = settings.commons.setdefault(_BILL, Bill())
    assert isinstance(bill, Bill)  # noqa: S101 - tells the type checker what it is
    return bill


def take_bill(settings: Settings) -> tuple[str, ...]:
    """Return a note of what Insights has scanned, and its price, where that has grown."""
    bill = bill_of(settings)
    new = bill.queries - bill.told
    if not new:
        return ()
    first = not bill.told
    bill.told = bill.queries
    queries = "1 query" if new == 1 else f"{new} queries"
    more = f"in {queries}" if first else f"by now, in {queries} more"
    return (f"Insights scanned {scanned_text(bill.scanned)}, {more}",)


def dollars_of(scanned: int) -> float:
    """Return what it costs that Insights scans so many bytes."""
    return scanned / _GB * DOLLARS_PER_GB


def scanned_text(scanned: int) -> str:
    """Return a size and its price: `1.2 GB, about $0.01 at $0.005 per GB (...)`."""
    return (
        f"{size_text(scanned)}, {price_text(dollars_of(scanned))} at ${DOLLARS_PER_GB:g} per GB "
        "(us-east-1's price; other regions differ)"
    )


def price_text(dollars: float) -> str:
    """Return a price as people say it; what is less than a cent is said to be so."""
    return "less than $0.01" if dollars < 0.005 else f"about ${dollars:.2f}"


def size_text(size: int) -> str:
    """Return a size in decimal units: `842 B`, `1.2 MB`."""
    scaled, unit = float(size), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if scaled < 999.95:
            break
        scaled, unit = scaled / 1000, larger
    return f"{size} B" if unit == "B" else f"{scaled:.1f} {unit}"


def _groups_text(count: int) -> str:
    return "1 log group" if count == 1 else f"{count} log groups"
