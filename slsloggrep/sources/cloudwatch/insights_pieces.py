"""Smaller asks in the place of one whose answer was cut, took too long, or was refused.

Pieces of a window meet and never overlap, to the millisecond. When they are made, and how often, is
`slsloggrep.sources.cloudwatch.insights`' decision.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from slsloggrep.model import Millis
from slsloggrep.sources.cloudwatch.insights_query import GROUPS_AT_ONCE, SECOND, Ask

_MANY = 32
_FULL = 0.8
"""Pieces are made so that they should fill a query's rows to this share: time is not even."""


class Cut(NamedTuple):
    """What an answer shows of what it does not hold; its rows came by time."""

    last: Millis
    """The time of the last row: everything before is known."""
    held: int
    """Wanted rows of that time, which may not be all of them."""
    left: int | None
    """Rows that were not given; None: nobody knows."""
    pace: float
    """Milliseconds from row to row."""


def rest_of(ask: Ask, cut: Cut, limit: int) -> list[Ask]:
    """Return asks for what an answer of `limit` rows lacked; empty: it cannot be divided."""
    since = max(ask.since, cut.last)
    progress = since > ask.since
    rest = replace(ask, since=since, expected=cut.held if progress else ask.expected)
    if rest.within_second:
        if ask.exact and not progress:
            return _at(rest, [since + 1]) if ask.until - since > 1 else []
        return _at(replace(rest, exact=True), _edges_of(rest, cut, limit, 1))
    full = (ask.since // SECOND + 1) * SECOND
    if cut.last < full:  # the first second alone is more than an answer holds
        first, others = _at(rest, [full])
        return [replace(first, exact=True), others]
    return _at(rest, _edges_of(rest, cut, limit, SECOND))


def _edges_of(rest: Ask, cut: Cut, limit: int, unit: Millis) -> list[Millis]:
    """Return inner edges of pieces that should fill an answer each.

    As if the rows that are left were spread evenly, or came as fast as those that were seen: the
    shorter pieces of the two. The last one is as long as it happens to be.
    """
    full = max(round(limit * _FULL), 1)
    pieces = 2 if cut.left is None else -(-(cut.left + cut.held) // full)
    pieces = max(1, min(pieces, _MANY))
    step = (rest.until - rest.since) / pieces
    if cut.pace > 0:
        step = min(step, cut.pace * full)
    return _edges(rest, max(round(step), 1), unit)[: pieces - 1]


def halves_of(ask: Ask) -> list[Ask]:
    """Return the two halves of an ask's window; empty where it is within a second."""
    return (
        [] if ask.within_second else _at(ask, _edges(ask, (ask.until - ask.since) // 2, SECOND)[:1])
    )


def parts_of(ask: Ask) -> list[Ask]:
    """Return asks for fewer groups at a time; empty where there is one only."""
    groups = ask.groups
    if len(groups) < 2:
        return []
    size = GROUPS_AT_ONCE if ask.prefix else -(-len(groups) // 2)
    return [
        replace(ask, groups=groups[start : start + size], prefix="", expected=0, attempts=0)
        for start in range(0, len(groups), size)
    ]


def _edges(ask: Ask, step: Millis, unit: Millis) -> list[Millis]:
    """Return the inner edges of pieces of a length, at whole units, ascending."""
    step = -(-step // unit) * unit
    first = ask.since // unit * unit
    return list(range(first + step, ask.until, step))


def _at(ask: Ask, edges: Sequence[Millis]) -> list[Ask]:
    """Return an ask cut at some times; the pieces meet, and do not overlap."""
    bounds = [ask.since, *edges, ask.until]
    return [
        replace(
            ask,
            since=since,
            until=until,
            expected=ask.expected if since == ask.since else 0,
            attempts=0,
        )
        for since, until in itertools.pairwise(bounds)
    ]
