"""Invocations beside a crash as tables: those of its environment, its attempts, its transaction.

Which they are was decided before. The time of each is told by its distance to the crash.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from slsloggrep.model import Invocation, Millis
from slsloggrep.outline.axis import build_axis, invocation_stretch
from slsloggrep.outline.words import birth_of, duration_of, memory_of
from slsloggrep.render.hyperlinks import NOWHERE, Pages, linked
from slsloggrep.render.lines import plain
from slsloggrep.render.records import limited
from slsloggrep.render.sparkline import draw_gauge
from slsloggrep.render.tables import Column, draw_table
from slsloggrep.render.theme import (
    FAINT,
    NOTABLE,
    SPARK,
    STATUS_STYLE,
    TITLE,
    Glyphs,
    function_style,
)
from slsloggrep.render.waterfall import draw_bar
from slsloggrep.wording import offset_text

_GAUGE = 10
_BAR = (12, 60)
"""Cells of the bars of a transaction: at least, at most."""
_NAME = (14, 24)
"""Cells that a function's name keeps where room is short: below a usual width, and from there."""
_USUAL = 80
_NEAR = 0.9
"""From this share of its size on, memory is near its end."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Where invocations beside a crash are drawn, and what the crash is."""

    console: Console
    width: int | None
    encoding: str
    glyphs: Glyphs
    origin: Millis
    """When the invocation that crashed began: offsets count from it."""
    crashed: Invocation | None
    pages: Pages = NOWHERE
    """Where requests lead to."""

    def environment(self, invocations: Sequence[Invocation | None]) -> Iterator[Text]:
        """Yield a row for each invocation of an environment; None stands for those left out."""
        yield from self._table(
            [
                self._marks(invocations),
                self._offsets(invocations),
                self._statuses(invocations),
                self._durations(invocations),
                self._memory(invocations),
                self._gauges(invocations),
                self._births(invocations),
                self._requests(invocations),
            ]
        )

    def attempts(self, invocations: Sequence[Invocation]) -> Iterator[Text]:
        """Yield a row for each attempt of one request."""
        numbers = [Text(f"#{number}") for number in range(1, len(invocations) + 1)]
        errors = [Text(self._error(i), FAINT) for i in invocations]
        yield from self._table(
            [
                self._marks(invocations),
                Column(head="", cells=numbers),
                self._offsets(invocations),
                self._statuses(invocations),
                self._durations(invocations),
                self._memory(invocations),
                Column(head="error", cells=errors, right=False, weight=5, least=16, prose=True),
            ]
        )

    def transaction(self, invocations: Sequence[Invocation]) -> Iterator[Text]:
        """Yield a row for each member of a transaction, with its bar on a common axis."""
        names = [
            Text(plain(i.function or i.log_group or "-", self.encoding), function_style(i.function))
            for i in invocations
        ]
        stretches = [invocation_stretch(invocation) for invocation in invocations]

        def bars(cells: int) -> list[Text]:
            axis = build_axis(stretches, cells)
            return [
                draw_bar(axis, stretch, self.glyphs, STATUS_STYLE[invocation.status])
                for stretch, invocation in zip(stretches, invocations, strict=True)
            ]

        least, most = _BAR
        name = _NAME[0] if self.width is not None and self.width < _USUAL else _NAME[1]
        yield from self._table(
            [
                self._marks(invocations),
                self._offsets(invocations),
                Column(head="function", cells=names, right=False, least=name),
                Column(head="", cells=bars(least), right=False, weight=10, grow=bars, most=most),
                self._statuses(invocations),
                self._durations(invocations),
                self._requests(invocations),
            ]
        )

    def _table(self, columns: Sequence[Column]) -> Iterator[Text]:
        kept = [column for column in columns if any(cell.plain for cell in column.cells)]
        yield from draw_table(self.console, kept, self.width, self.glyphs, told=False)

    def _marks(self, invocations: Sequence[Invocation | None]) -> Column:
        marks = [Text(self.glyphs.own if self._is_crash(i) else " ", TITLE) for i in invocations]
        return Column(head="", cells=marks)

    def _offsets(self, invocations: Sequence[Invocation | None]) -> Column:
        cells = [
            Text(self.glyphs.gap if i is None else offset_text(i.start - self.origin), FAINT)
            for i in invocations
        ]
        return Column(head="start", cells=cells)

    def _statuses(self, invocations: Sequence[Invocation | None]) -> Column:
        cells = [
            Text()
            if i is None
            else Text(f"{self.glyphs.of(i.status)} {i.status.value}", STATUS_STYLE[i.status])
            for i in invocations
        ]
        return Column(head="status", cells=cells, right=False)

    def _durations(self, invocations: Sequence[Invocation | None]) -> Column:
        cells = [Text("" if i is None else duration_of(i)) for i in invocations]
        return Column(head="time", cells=cells)

    def _memory(self, invocations: Sequence[Invocation | None]) -> Column:
        cells = [Text() if i is None else Text(memory_of(i), _memory_style(i)) for i in invocations]
        return Column(head="memory", cells=cells, weight=20)

    def _gauges(self, invocations: Sequence[Invocation | None]) -> Column:
        cells = []
        for i in invocations:
            share = None if i is None else _memory_share(i)
            style = _memory_style(i) or SPARK if i else SPARK
            drawn = Text() if share is None else draw_gauge(share, _GAUGE, self.glyphs, style)
            cells.append(drawn)
        return Column(head="", cells=cells, right=False, weight=15)

    def _births(self, invocations: Sequence[Invocation | None]) -> Column:
        cells = [Text("" if i is None else birth_of(i), FAINT) for i in invocations]
        return Column(head="", cells=cells, right=False, weight=10)

    def _requests(self, invocations: Sequence[Invocation | None]) -> Column:
        cells = [
            Text()
            if i is None
            else Text(
                plain(i.request_id or "", self.encoding),
                linked(FAINT, self.pages.of_invocation(i)),
            )
            for i in invocations
        ]
        return Column(head="request", cells=cells, right=False, weight=5)

    def _error(self, invocation: Invocation) -> str:
        error = invocation.error_message or invocation.error_type or ""
        return plain(limited(error, self.width is not None), self.encoding)

    def _is_crash(self, invocation: Invocation | None) -> bool:
        crashed = self.crashed
        return invocation is not None and crashed is not None and invocation.order == crashed.order


def _memory_share(invocation: Invocation) -> float | None:
    used, size = invocation.max_memory_mb, invocation.memory_mb
    share = used / size if used is not None and size else None
    return share if share is not None and math.isfinite(share) else None


def _memory_style(invocation: Invocation) -> str:
    share = _memory_share(invocation)
    return NOTABLE if share is not None and share >= _NEAR else ""
