"""Checks for people: a line for each, with a sign and a word, and what to try under it.

Lines are made one by one, as checks are made: some take seconds. A heading tells the source, and
the account and region of several, wherever one of them changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from slsloggrep.model.checks import Check, Verdict
from slsloggrep.render.lines import hang, pad, plain
from slsloggrep.render.theme import FAINT, TITLE, Glyphs, choose_glyphs

_STYLES = {
    Verdict.OK: "green",
    Verdict.NOTE: "bold yellow",
    Verdict.MISSING: "bold red",
    Verdict.UNCHECKED: FAINT,
}
_WORDS = max(len(verdict.value) for verdict in Verdict)
_NAMES = 17
"""Cells for what was checked; longer names push the rest of their line."""


def render_heading(source: str, place: str, *, terminal: bool) -> RenderableType:
    """Return a line that names the source, and the place in it."""
    return _Heading(source, place, terminal)


def render_check(check: Check, *, terminal: bool) -> RenderableType:
    """Return what was checked, what came of it, and what to try."""
    return _Line(check, terminal)


@dataclass(frozen=True, slots=True)
class _Heading:
    source: str
    place: str
    terminal: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if self.terminal else None
        words = " ".join(filter(None, (self.source, self.place)))
        yield from hang(console, Text(), Text(plain(words, options.encoding), TITLE), width)


@dataclass(frozen=True, slots=True)
class _Line:
    check: Check
    terminal: bool

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if self.terminal else None
        yield from self._lines(console, width, options.encoding)

    def _lines(self, console: Console, width: int | None, encoding: str) -> Iterator[Text]:
        check, glyphs = self.check, choose_glyphs(encoding)
        style = _STYLES[check.verdict]
        head = Text("  ").append(f"{_sign(check.verdict, glyphs)} ", style)
        head.append(pad(check.verdict.value, _WORDS), style).append("  ")
        head.append(pad(check.what, _NAMES)).append("  ")
        yield from hang(console, head, Text(plain(check.detail, encoding)), width)
        if check.hint:
            prefix = Text(" " * head.cell_len).append("try: ", FAINT)
            yield from hang(console, prefix, Text(plain(check.hint, encoding)), width)


def _sign(verdict: Verdict, glyphs: Glyphs) -> str:
    if verdict is Verdict.OK:
        return glyphs.good
    if verdict is Verdict.MISSING:
        return glyphs.bad
    return glyphs.dot if verdict is Verdict.NOTE else glyphs.open
