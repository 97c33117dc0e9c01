"""Two windows side by side: each figure before and after, the change, and whether it is chance.

Few rows are shown one after the other with all of their figures, many as a table. How chance was
judged is the analysis' affair, and named by it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from slsloggrep.model import Change, Latency
from slsloggrep.render.figures import counts, milliseconds
from slsloggrep.render.lines import hang, plain, solid
from slsloggrep.render.tables import Column, draw_table
from slsloggrep.render.theme import FAINT, TITLE, Glyphs, choose_glyphs
from slsloggrep.wording import ABSENT, count_text, number_text

_ONE_BY_ONE = 4
"""Up to so many rows are shown one by one."""
_SHOWN_P = 0.0001
"""Smaller probabilities are shown as less than this."""
_SHORT = 9.95
"""Durations in ms below this have a tenth."""
_WORSE = "bold red"
_BETTER = "bold green"


class _Figure(NamedTuple):
    """A figure that is compared."""

    name: str
    of: Callable[[Latency], float | None]
    unit: Literal["", "ms"]
    weight: int


_FIGURES = (
    _Figure("p50", lambda row: row.p50_ms, "ms", 90),
    _Figure("p95", lambda row: row.p95_ms, "ms", 80),
    _Figure("p99", lambda row: row.p99_ms, "ms", 60),
    _Figure("max", lambda row: row.max_ms, "ms", 30),
    _Figure("mean", lambda row: row.mean_ms, "ms", 20),
    _Figure("init p50", lambda row: row.init_p50_ms, "ms", 25),
    _Figure("invocations", lambda row: row.invocations, "", 50),
    _Figure("errors", lambda row: row.errors, "", 70),
    _Figure("timeouts", lambda row: row.timeouts, "", 40),
    _Figure("cold starts", lambda row: row.cold_starts, "", 15),
)


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
        verb = "differs" if real == 1 else "differ"
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
            (figure, *_sides(figure, change))
            for figure in _FIGURES
            if any(side is not None for side in _sides(figure, change))
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
        for figure in _FIGURES:
            columns += self._group(figure)
        yield from draw_table(self._console, columns, self._width, self._glyphs)

    def _group(self, figure: _Figure) -> list[Column]:
        sides = [_sides(figure, change) for change in self._changes]
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
        before, after = change.before, change.after
        if before is None or after is None:
            word = "not before" if before is None else "not after"
            return Text(word if short else f"{word}: nothing to compare", FAINT)
        verdicts = (_of_times(before, after, change), _of_errors(before, after, change))
        real = [verdict for verdict in verdicts if verdict is not None]
        if real:
            told = [
                Text(word if short else f"{word}, more than chance{_probability(p)}", style)
                for word, style, p in real
            ]
            return Text(", " if short else "  ").join(told)
        if change.larger_than_chance is None:
            return Text("too few" if short else "too few to tell", FAINT)
        p_text = _probability(change.p_value)
        return Text("chance" if short else f"no more than chance{p_text}", FAINT)


_Verdict = tuple[str, str, float | None]
"""A word, its style, and the probability that it is chance."""


def _of_times(before: Latency, after: Latency, change: Change) -> _Verdict | None:
    if not change.larger_than_chance:
        return None
    # The test looks at ranks: the median says which way, and where it stands still, the mean.
    slower = (after.p50_ms or 0.0, after.mean_ms or 0.0) > (
        before.p50_ms or 0.0,
        before.mean_ms or 0.0,
    )
    word, style = ("slower", _WORSE) if slower else ("faster", _BETTER)
    return word, style, change.p_value


def _of_errors(before: Latency, after: Latency, change: Change) -> _Verdict | None:
    if not change.errors_larger_than_chance:
        return None
    # Shares are compared, without dividing by nothing.
    more = after.errors * before.invocations > before.errors * after.invocations
    return (
        *(("more errors", _WORSE) if more else ("fewer errors", _BETTER)),
        change.errors_p_value,
    )


def _sides(figure: _Figure, change: Change) -> tuple[float | None, float | None]:
    before, after = change.before, change.after
    return (figure.of(before) if before else None, figure.of(after) if after else None)


def _whole(numbers: Sequence[float | None]) -> list[Text]:
    return counts([None if number is None else int(number) for number in numbers])


def _shown(figure: _Figure, number: float | None) -> Text:
    if number is None or not math.isfinite(number):
        return Text(ABSENT, FAINT)
    tenths = 1 if figure.unit and 0 < abs(number) < _SHORT else 0
    return Text(number_text(number, tenths) + (f" {figure.unit}" if figure.unit else ""))


def _delta(
    figure: _Figure, before: float | None, after: float | None, *, unit: bool = True
) -> Text:
    """Return the difference of what is shown, so that it is the one that a reader computes."""
    if before is None or after is None or not math.isfinite(after - before):
        return Text(ABSENT, FAINT)
    decimals = 1 if figure.unit and min(before, after) < _SHORT else 0
    difference = round(after, decimals) - round(before, decimals)
    behind = f" {figure.unit}" if unit and figure.unit else ""
    if round(difference, decimals) == 0:
        return Text("0" + behind, FAINT)
    if abs(difference) >= _SHORT:
        decimals = 0
    return Text(f"{difference:+,.{decimals}f}".replace(",", " ") + behind)


def _percent(before: float | None, after: float | None) -> Text:
    if before is None or after is None or not before or not math.isfinite(after - before):
        return Text("")
    percent = (after - before) / before * 100
    if abs(percent) < 0.05:
        return Text("0 %", FAINT)
    decimals = 1 if abs(percent) < 9.95 else 0
    return Text(f"{percent:+,.{decimals}f} %".replace(",", " "))


def _probability(p: float | None) -> str:
    if p is None or not math.isfinite(p):
        return ""
    return f": p < {_SHOWN_P:.4f}" if p < _SHOWN_P else f": p = {p:.4f}".rstrip("0").rstrip(".")
