"""Invocations as the bars of a waterfall."""

from __future__ import annotations

from collections.abc import Sequence

from slsloggrep.model import Member, Millis
from slsloggrep.model.outlines import Bar, Cut, Waterfall
from slsloggrep.outline.axis import Axis, build_axis, invocation_stretch
from slsloggrep.outline.draft import Draft
from slsloggrep.outline.tones import status_tone
from slsloggrep.outline.words import duration_of, name_of
from slsloggrep.wording import duration_text, offset_text

_UNITS = 100
"""Cells of the axis: a cut has at least a few of them, for its length."""
_DECIMALS = 4


def build_waterfall(draft: Draft, members: Sequence[Member], origin: Millis) -> Waterfall | None:
    """Return the bars of a transaction's members, by time; None: none is to be shown.

    Where there are too many, those that failed stay, and of the others the earliest.
    """
    shown = members
    if len(members) > draft.limits.bars:
        ranked = sorted(members, key=lambda m: (not m.invocation.status.failed, m.invocation.start))
        kept = {id(member) for member in ranked[: draft.limits.bars]}
        shown = [member for member in members if id(member) in kept]
    if not shown:
        return None
    stretches = [invocation_stretch(member.invocation) for member in shown]
    axis = build_axis(stretches, _UNITS)
    bars = []
    for member, stretch in zip(shown, stretches, strict=True):
        invocation = member.invocation
        label = name_of(invocation) + (f" #{member.attempt}" if member.attempt > 1 else "")
        bars.append(
            Bar(
                label=label,
                since=_place(axis, stretch.since),
                run=_place(axis, stretch.run),
                until=_place(axis, stretch.until),
                duration=duration_of(invocation),
                status=invocation.status.value,
                tone=status_tone(invocation.status),
                anchor=draft.run_of(invocation),
            )
        )
    first = min(stretch.since for stretch in stretches)
    last = max(stretch.until for stretch in stretches)
    return Waterfall(
        start=offset_text(round(first) - origin),
        end=offset_text(round(last) - origin),
        bars=tuple(bars),
        cuts=tuple(
            Cut(
                round(piece.left / axis.cells, _DECIMALS),
                round(piece.right / axis.cells, _DECIMALS),
                duration_text(piece.until - piece.since),
            )
            for piece in axis.pieces
            if piece.cut
        ),
        omitted=len(members) - len(bars),
    )


def _place(axis: Axis, time: float) -> float:
    return round(axis.position(time) / axis.cells, _DECIMALS)
