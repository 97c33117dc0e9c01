"""The columns of the waterfall: what stands in them for an invocation, and how wide each is.

Bars are `slsloggrep.render.waterfall`'s to draw, rows `slsloggrep.render.trace`'s to put together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from slsloggrep.harmless import encodable, visible
from slsloggrep.model import Member
from slsloggrep.outline.axis import Axis, Stretch, build_axis
from slsloggrep.outline.words import birth_of, duration_of, memory_of

_FIXED_BAR = 40
"""Cells of a bar where there is no terminal."""
_LEAST_BAR = 8
"""A narrower bar says nothing: it is left out."""
_WIDE = 130
"""From this width on, init and memory have columns of their own."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Cells of each column of the waterfall."""

    label: int
    axis: Axis
    status: int
    duration: int
    wide: bool
    birth: int
    memory: int

    @classmethod
    def fit(
        cls,
        members: Sequence[Member],
        stretches: Sequence[Stretch],
        width: int | None,
        encoding: str,
    ) -> Columns:
        """Share the width out: what has words gets what they need, the bar all the rest.

        No width: the layout is fixed.
        """
        invocations = [member.invocation for member in members]
        label = max((cell_len(label_of(m, encoding)) for m in members), default=0)
        status = max((len(i.status.value) for i in invocations), default=0)
        duration = max((len(duration_of(i)) for i in invocations), default=0)
        birth = max((len(birth_of(i)) for i in invocations), default=0)
        memory = max((len(memory_of(i)) for i in invocations), default=0)
        wide = width is None or width >= _WIDE
        bar = _FIXED_BAR
        if width is not None:
            label = min(label, max(width // 4, 12))
            columns = [label, 2 + status, duration, *((birth, memory) if wide else ())]
            bar = width - sum(columns) - 2 * len(columns)
        axis = build_axis(stretches, bar if bar >= _LEAST_BAR else 0)
        return cls(label, axis, status, duration, wide, birth, memory)


def label_of(member: Member, encoding: str) -> str:
    """Return what a member is called: its function, and the attempt where it is another one."""
    invocation = member.invocation
    name = invocation.function or invocation.log_group or "(function unknown)"
    attempt = f" #{member.attempt}" if member.attempt > 1 else ""
    return encodable(visible(name, newlines=False), encoding) + attempt
