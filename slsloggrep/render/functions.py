"""Functions as a table: what they run on, how and where they log, and what is unhealthy of that.

What is judged to be unhealthy is given; where there is no room, columns go and the judgement stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from slsloggrep.model import Millis
from slsloggrep.model.inventory import DeployedFunction, Weakness
from slsloggrep.render.hyperlinks import NOWHERE, Pages, linked
from slsloggrep.render.lines import plain
from slsloggrep.render.tables import Column, draw_table
from slsloggrep.render.theme import FAINT, NOTABLE, choose_glyphs, function_style
from slsloggrep.wording import ABSENT

_LEAST_NAME = 16
_LEAST_WORDS = 44
"""Room for what is most often unhealthy, together; other columns are had from `-o json`."""
_USUAL_GROUP = "/aws/lambda/"
_STEPS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s"))
"""Of an age, in ms, and how each is written."""

Judged = tuple[DeployedFunction, tuple[Weakness, ...]]
"""A function with what is unhealthy of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionsView:
    """How the user wants to see functions."""

    now: Millis
    """What ages are counted from."""
    terminal: bool = True
    """Fit into the width; otherwise lines are as long as they are."""
    pages: Pages = NOWHERE
    """Where log groups lead to."""


def render_functions(functions: Sequence[Judged], view: FunctionsView) -> RenderableType:
    """Return a line for each function; heads alone for none."""
    return _Table(tuple(functions), view)


@dataclass(frozen=True, slots=True)
class _Table:
    functions: tuple[Judged, ...]
    view: FunctionsView

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if self.view.terminal else None
        columns = list(self._columns(options.encoding))
        yield from draw_table(console, columns, width, choose_glyphs(options.encoding))

    def _columns(self, encoding: str) -> Iterator[Column]:
        rows = [function for function, _ in self.functions]

        def cells(shown: Callable[[DeployedFunction], Text | str]) -> list[Text]:
            made = [shown(row) for row in rows]
            return [
                each if isinstance(each, Text) else Text(plain(each, encoding)) for each in made
            ]

        yield Column(
            head="function",
            cells=cells(
                lambda row: Text(
                    plain(row.name, encoding),
                    linked(function_style(row.name), self.view.pages.of_group(row)),
                )
            ),
            right=False,
            least=_LEAST_NAME,
        )
        if len({row.place for row in rows}) > 1:
            place = cells(lambda row: row.place)
            yield Column(head="place", cells=place, right=False, weight=90)
        runtime = cells(lambda row: row.runtime or ABSENT)
        yield Column(head="runtime", cells=runtime, right=False, weight=60)
        memory = cells(lambda row: _number(row.memory_mb))
        yield Column(head="memory", short="mem", unit="MB", cells=memory, weight=45)
        timeout = cells(lambda row: _number(row.timeout_s))
        yield Column(head="timeout", short="limit", unit="s", cells=timeout, weight=50)
        activity = cells(self._activity)
        yield Column(head="last activity", short="active", cells=activity, weight=80)
        retention = cells(_retention)
        yield Column(head="retention", short="kept", cells=retention, weight=70)
        form = cells(_format)
        yield Column(head="format", cells=form, right=False, weight=40)
        group = cells(lambda row: self._group(row, encoding))
        yield Column(head="log group", cells=group, right=False, weight=30, least=_LEAST_NAME)
        yield Column(
            head="unhealthy",
            cells=[
                Text(plain(", ".join(each.words for each in weaknesses), encoding), NOTABLE)
                for _, weaknesses in self.functions
            ],
            right=False,
            least=_LEAST_WORDS,
            prose=True,
        )

    def _activity(self, row: DeployedFunction) -> Text | str:
        if row.last_activity is not None:
            return f"{age_text(self.view.now - row.last_activity)} ago"
        return Text("never", FAINT) if row.activity_known else Text(ABSENT, FAINT)

    def _group(self, row: DeployedFunction, encoding: str) -> Text:
        usual = row.log_group == f"{_USUAL_GROUP}{row.name}"
        style = linked(FAINT if usual else "", self.view.pages.of_group(row))
        if usual and self.view.terminal:
            return Text("the usual", style)
        return Text(plain(row.log_group, encoding), style)


def age_text(age_ms: Millis) -> str:
    """Return how long ago something was, in one unit: `12 s`, `3 h`, `41 d`."""
    for length, unit in _STEPS:
        if age_ms >= length:
            return f"{age_ms // length} {unit}"
    return "0 s"


def _number(value: int | None) -> Text | str:
    return Text(ABSENT, FAINT) if value is None else str(value)


def _retention(row: DeployedFunction) -> Text | str:
    if not row.group_exists:
        return Text(ABSENT, FAINT)
    return Text("for ever", NOTABLE) if row.retention_days is None else f"{row.retention_days} d"


def _format(row: DeployedFunction) -> str:
    levels = [f"{row.application_level}/{row.system_level}"] if row.application_level else []
    return " ".join([row.log_format or ABSENT, *levels])
