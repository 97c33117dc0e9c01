"""Two windows side by side: each figure before and after, the change, and whether it is chance.

Few rows are shown one after the other with all of their figures, many as a table. What is compared
and what it means is `slsloggrep.outline.comparison`'s rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from slsloggrep.model import Change
from slsloggrep.outline.comparison import (
    FIGURES,
    Figure,
    Verdict,
    delta_text,
    growth_text,
    probability_text,
    side_text,
    sides_of,
    verdicts_of,
)
from slsloggrep.render.figures import counts, milliseconds
from slsloggrep.render.lines import hang, plain, solid
from slsloggrep.render.tables import Column, draw_table
from slsloggrep.render.theme import FAINT, TITLE, Glyphs, choose_glyphs
from slsloggrep.wording import ABSENT, count_text

_ONE_BY_ONE = 4
"""Up to so many rows are shown one by one."""
_WORSE = "bold red"
_BETTER = "bold green"


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes on their way to a console."""

    changes: tuple[Change, ...]
    test_name: str
    terminal: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if self.terminal else None
        page = _Page(console, width, options.encoding, self.changes)
        yield from page.summary(self.test_name)
        if len(self.changes) > _ONE_BY_ONE:
            yield solid(Text())
            yield from page.table()
            return
        for change in self.changes:
            yield solid(Text())
            yield from page.block(change)


class _Page:
    def __init__(
        self, console: Console, width: int | None, encoding: str, changes: Sequence[Change]
    ) -> None:
        self._console = console
        self._width = width
        self._encoding = encoding
        self._changes = changes
        self._glyphs: Glyphs = choose_glyphs(encoding)

    def summary(self, test_name: str) -> Iterator[Text]:
        """Yield how many changes are more than chance, and by which test."""
        real = sum(
            bool(change.larger_than_chance or change.errors_larger_than_chance)
            for change in self._changes
        )
        verb = "differs" if 1 in (real, len(self._changes)) else "differ"
        line = Text().append(f"{real} of {count_text(len(self._changes), 'row')} {verb}", TITLE)
        line.append(" by more than chance")
        if test_name:
            line.append(f" ({plain(test_name, self._encoding)})", FAINT)
        yield from hang(self._console, Text(), line, self._width)

    def block(self, change: Change) -> Iterator[Text]:
        """Yield one change with all of its figures."""
        head = Text().append(self._name(change), TITLE).append("  ")
        head.append_text(self._verdict(change))
        yield from hang(self._console, Text(), head, self._width)
        lines = [
            (figure, *sides_of(figure, change))
            for figure in FIGURES
            if any(side is not None for side in sides_of(figure, change))
        ]
        names = [f"  {figure.name}" for figure, _, _ in lines]
        columns = [
            Column(head="", cells=[Text(name) for name in names], right=False),
            Column(head="before", cells=[_shown(f, b) for f, b, _ in lines]),
            Column(head="after", cells=[_shown(f, a) for f, _, a in lines]),
            Column(head="change", cells=[_delta(f, b, a) for f, b, a in lines]),
            Column(head="", cells=[_percent(b, a) for _, b, a in lines]),
        ]
        yield from draw_table(self._console, columns, self._width, self._glyphs)

    def table(self) -> Iterator[Text]:
        """Yield all changes, a line for each."""
        names = [Text(self._name(change), TITLE) for change in self._changes]
        verdicts = [self._verdict(change, short=True) for change in self._changes]
        columns = [
            Column(head="function", cells=names, right=False, least=12),
            Column(head="", cells=verdicts, right=False),
        ]
        for figure in FIGURES:
            columns += self._group(figure)
        yield from draw_table(self._console, columns, self._width, self._glyphs)

    def _group(self, figure: Figure) -> list[Column]:
        sides = [sides_of(figure, change) for change in self._changes]
        shown = milliseconds if figure.unit else _whole
        name = f"{figure.name} {figure.unit}".rstrip()
        cells = (
            ("before", shown([before for before, _ in sides])),
            ("after", shown([after for _, after in sides])),
            ("change", [_delta(figure, *side, unit=False) for side in sides]),
            ("", [_percent(*side) for side in sides]),
        )
        return [
            Column(head=head, group=name, cells=column, weight=figure.weight)
            for head, column in cells
        ]

    def _name(self, change: Change) -> str:
        row = change.after or change.before
        if row is None:
            return ABSENT
        told = [plain(row.function or "(function unknown)", self._encoding)]
        for key, value in row.by:
            before = dict(change.before.by).get(key, value) if change.before else value
            text = plain(f"{key}={before}", self._encoding)
            if before != value:
                text += self._glyphs.arrow + plain(value, self._encoding)
            told.append(text)
        return " ".join(told)

    def _verdict(self, change: Change, *, short: bool = False) -> Text:
        told = [self._words(verdict, short=short) for verdict in verdicts_of(change)]
        return Text(", " if short else "  ").join(told)

    def _words(self, verdict: Verdict, *, short: bool) -> Text:
        if verdict.worse is not None:
            words = verdict.word if short else f"{verdict.word}, more than chance"
            style = _WORSE if verdict.worse else _BETTER
        else:
            words, style = verdict.word if short else _WHY[verdict.word], FAINT
        p_text = "" if short else probability_text(verdict.p_value)
        return Text(words + (f": {p_text}" if p_text else ""), style)


_WHY = {
    "not before": "not before: nothing to compare",
    "not after": "not after: nothing to compare",
    "too few": "too few to tell",
    "chance": "no more than chance",
}


def _whole(numbers: Sequence[float | None]) -> list[Text]:
    return counts([None if number is None else int(number) for number in numbers])


def _shown(figure: Figure, number: float | None) -> Text:
    text = side_text(figure, number)
    return Text(text, FAINT if text == ABSENT else "")


def _delta(figure: Figure, before: float | None, after: float | None, *, unit: bool = True) -> Text:
    text = delta_text(figure, before, after, unit=unit)
    return Text(text, FAINT if text == ABSENT or text.startswith("0") else "")


def _percent(before: float | None, after: float | None) -> Text:
    text = growth_text(before, after)
    return Text(text, FAINT if text == "0 %" else "")
