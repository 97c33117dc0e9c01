"""The time axis of a waterfall: cut where nothing ran, so that every invocation has its place.

An axis maps milliseconds to cells. Time in which something runs is linear; of the pauses between,
the longest are cut out until at most half of the axis is idle. So a retry two minutes later does
not flatten everything else to one cell. How axes and bars are drawn is left to those who show them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from slsloggrep.model import Fact, Invocation

_CUT_CELLS = 10
"""Room for a cut's length between two strokes."""
_CELLS_PER_CUT = 2
"""Room that a cut needs: of very many pauses, the longest are cut out, as many as can be seen."""
_CUT_SHARE = 0.5
"""All cuts together take at most this share of the axis."""
_INIT_AHEAD_MS = 1_000
"""An init that ended this much before START was not made for its request."""
_RESTORED_OR_BORN = (Fact.INIT_START, Fact.RESTORE_START)


class Stretch(NamedTuple):
    """When an invocation took time, in ms since the epoch: init until `run`, then its work."""

    since: float
    run: float
    until: float


class Piece(NamedTuple):
    """A part of the axis: times and the cells that they take."""

    since: float
    until: float
    left: float
    right: float
    cut: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """Times mapped to cells, piece by piece."""

    cells: int
    pieces: tuple[Piece, ...]

    def position(self, time: float) -> float:
        """Return the cell (a fraction) at which a time lies; times outside lie at the ends."""
        for piece in self.pieces:
            if time <= piece.until:
                length = piece.until - piece.since
                share = max(time - piece.since, 0) / length if length > 0 else 0.0
                return piece.left + share * (piece.right - piece.left)
        return float(self.cells)


def invocation_stretch(invocation: Invocation) -> Stretch:
    """Return when an invocation initialised and ran, from its records and its figures.

    The init ends where the handler starts: at START, or without one where the invocation starts.
    An init well before the request (provisioned concurrency) kept nobody waiting: it has no bar.
    """
    init_ms = max(_known(invocation.init_ms), _known(invocation.restore_ms))
    started = _first_time(invocation, (Fact.START,))
    born = _first_time(invocation, _RESTORED_OR_BORN)
    if started is not None:
        run = started
    elif born is not None and born == invocation.start:
        run = born + init_ms
    else:
        run = float(invocation.start)
    if born is not None and run - (born + init_ms) > _INIT_AHEAD_MS:
        init_ms = 0.0
    since = run - init_ms if init_ms else run
    if invocation.duration_ms is not None and math.isfinite(invocation.duration_ms):
        until = run + max(invocation.duration_ms, 0.0)
    else:
        until = max(float(invocation.end), run)
    return Stretch(since, run, until)


def build_axis(stretches: Iterable[Stretch], cells: int) -> Axis:
    """Return the axis on which all stretches have their place, `cells` wide."""
    busy = _merge(stretches)
    if not busy:
        return Axis(cells, ())
    pauses = [(busy[i][1], busy[i + 1][0]) for i in range(len(busy) - 1)]
    running = sum(until - since for since, until in busy)
    cuts: set[int] = set()
    idle = sum(until - since for since, until in pauses)
    most = max(cells // _CELLS_PER_CUT, 1)
    for index in sorted(range(len(pauses)), key=lambda i: pauses[i][0] - pauses[i][1]):
        if idle <= running or len(cuts) == most:
            break
        cuts.add(index)
        idle -= pauses[index][1] - pauses[index][0]
    cut_cells = min(float(_CUT_CELLS), cells * _CUT_SHARE / len(cuts)) if cuts else 0.0
    shown = running + idle
    scale = (cells - cut_cells * len(cuts)) / shown if shown > 0 else 0.0
    pieces = []
    left = 0.0
    since = busy[0][0]
    for index, (pause_since, pause_until) in enumerate(pauses):
        if index in cuts:
            right = left + (pause_since - since) * scale
            pieces.append(Piece(since, pause_since, left, right, cut=False))
            pieces.append(Piece(pause_since, pause_until, right, right + cut_cells, cut=True))
            left, since = right + cut_cells, pause_until
    pieces.append(Piece(since, busy[-1][1], left, float(cells), cut=False))
    return Axis(cells, tuple(pieces))


def _merge(stretches: Iterable[Stretch]) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for since, _, until in sorted(stretches):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        else:
            merged.append((since, until))
    return merged


def _known(figure: float | None) -> float:
    return figure if figure is not None and math.isfinite(figure) and figure > 0 else 0.0


def _first_time(invocation: Invocation, facts: Sequence[Fact]) -> float | None:
    times = (float(r.event.timestamp) for r in invocation.records if r.fact in facts)
    return next(times, None)
