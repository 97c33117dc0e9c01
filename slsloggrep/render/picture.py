"""A picture of what a terminal shows, as SVG: for a chat, a slide, a page that describes a program.

It is one file that asks nothing of anybody: no font, no style sheet and no script from elsewhere,
the same bytes for the same text. It has a ground of its own, so that it reads well on light and on
dark pages. What is in it belongs to other renderers, where it goes to the command line.

Rich can export what its console has recorded, too. That names fonts by their addresses, squeezes
wide characters into one cell, draws the buttons of a window, and differs from version to version.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from io import StringIO

from rich.cells import cell_len
from rich.console import Console, RenderableType
from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from slsloggrep.harmless import visible
from slsloggrep.render.theme import FAINT, TITLE, UNICODE
from slsloggrep.wording import count_text

_Line = list[Segment]

MOST_LINES = 500
"""Of a picture: what is longer is nothing to be looked at, and makes viewers slow."""

_CELL = 8.4
"""Pixels: 0.6 of the height of letters, as in most fonts of one width."""
_LETTER = 14
_LINE = 20
_MARGIN = 16
_FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"

GROUND = "#0d1117"
INK = "#d3dae3"
_EDGE = "#444c56"
PALETTE = {
    "red": "#ff8a80",
    "green": "#4ac45b",
    "yellow": "#e3b341",
    "blue": "#79b8ff",
    "magenta": "#d2a8ff",
    "cyan": "#56d4dd",
}
"""Of the sixteen colours those that the theme asks for; each has 4.5 to 1 against the ground and
more, faint ones too (WCAG 2.2, success criterion 1.4.3)."""
FADED = 0.28
"""How much of the ground is mixed into what is faint."""

_OUTSIDE_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document can hold (XML 1.0, production 2)."""
_JOINER = "\N{ZERO WIDTH JOINER}"
_GAP = re.compile(r" {2,}")


class Picture:
    """Lines of a terminal of a width, gathered one renderable after the other."""

    def __init__(self, width: int, *, coloured: bool = True) -> None:
        """Begin a picture so many cells wide."""
        self._width = width
        self._console = Console(
            file=StringIO(),
            width=width,
            height=25,  # nothing depends on it; without it rich looks at the process's terminal
            force_terminal=True,
            color_system="standard",
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )
        self._coloured = coloured
        self._lines: list[_Line] = []
        self._left_out = 0
        self._notes: list[_Line] = []

    def add(self, renderable: RenderableType) -> None:
        """Add what a terminal would show of a renderable, as long as there is room."""
        for line in self._lines_of(renderable):
            if len(self._lines) < MOST_LINES:
                self._lines.append(line)
            else:
                self._left_out += 1

    def note(self, what: RenderableType) -> None:
        """Add what is to be known of the answer: it stands at the end, and is never left out."""
        shown = Text(visible(what, newlines=False), FAINT) if isinstance(what, str) else what
        self._notes += self._lines_of(shown)

    def svg(self, command: str) -> str:
        """Return the picture, with the command line that is answered behind a prompt.

        That is also what is read aloud, or shown where the picture cannot be.
        """
        command = visible(command, newlines=False)
        lines = [*self._lines_of(Text().append("$ ", FAINT).append(command, TITLE)), *self._lines]
        if self._left_out:
            told = f"{UNICODE.gap} {count_text(self._left_out, 'more line')}"
            lines += self._lines_of(Text(told, FAINT))
        if self._notes:
            lines += [[], *self._notes] if lines[-1] else self._notes
        return _document(lines, self._width, command, coloured=self._coloured)

    def _lines_of(self, renderable: RenderableType) -> Iterable[_Line]:
        return Segment.split_and_crop_lines(
            self._console.render(renderable), self._width, pad=False, include_new_lines=False
        )


def _document(lines: Sequence[_Line], width: int, title: str, *, coloured: bool) -> str:
    styles: dict[str, str] = {}
    rows = []
    for index, line in enumerate(lines):
        runs = "".join(_runs(line, index, styles, coloured=coloured))
        if runs:
            rows.append(f"{runs}\n")
    across, down = 2 * _MARGIN + width * _CELL, 2 * _MARGIN + len(lines) * _LINE
    size = f"{_number(across)} {_number(down)}"
    name = _text(title)
    rules = "".join(f".{name}{{{rule}}}\n" for rule, name in styles.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_number(across)}"'
        f' height="{_number(down)}" viewBox="0 0 {size}" role="img" aria-label="{name}">\n'
        f"<title>{name}</title>\n"
        f"<style>\ntext{{font:{_LETTER}px {_FONTS};white-space:pre}}\n{rules}</style>\n"
        f'<rect x="0.5" y="0.5" width="{_number(across - 1)}" height="{_number(down - 1)}"'
        f' rx="8" fill="{GROUND}" stroke="{_EDGE}"/>\n'
        f"{''.join(rows)}</svg>\n"
    )


def _runs(
    line: Iterable[Segment], index: int, styles: dict[str, str], *, coloured: bool
) -> Iterator[str]:
    """Yield the texts of a line, each put where its first cell is and as long as its cells are."""
    y = _MARGIN + index * _LINE + _LETTER
    cell = 0
    for segment in line:
        style = segment.style or Style.null()
        rule = _rule(style, coloured=coloured)
        end = cell + cell_len(segment.text)
        for text, cells in _pieces(segment.text):
            bare = text.strip(" ")
            if bare:
                name = styles.setdefault(rule, f"s{len(styles)}")
                x = _MARGIN + (cell + len(text) - len(text.lstrip(" "))) * _CELL
                length = max(cells - len(text) + len(bare), 1) * _CELL
                yield (
                    f'<text class="{name}" x="{_number(x)}" y="{y}"'
                    f' textLength="{_number(length)}" lengthAdjust="spacingAndGlyphs">'
                    f"{_text(bare)}</text>"
                )
            cell += cells
        cell = end


def _pieces(text: str) -> Iterator[tuple[str, int]]:
    """Yield pieces of a text with their cells; signs, wide letters and spaces part them.

    What one font has may come from another where the viewer lacks it, with other widths: so that
    columns stay columns, only what surely comes from one font is put as one.
    """
    for part in _GAP.sub(lambda gap: f"{gap[0]}\0", text).split("\0"):
        piece, kind = "", ""
        for character in part:
            width = cell_len(character)
            of = "plain" if character.isascii() else f"{width} cells"
            if piece and width and of != kind and not piece.endswith(_JOINER):
                yield piece, cell_len(piece)
                piece = ""
            if width or not piece:
                kind = of
            piece += character
        if piece:
            yield piece, cell_len(piece)  # of several joined signs less than those of each


def _rule(style: Style, *, coloured: bool) -> str:
    """Return a style as CSS."""
    ink = INK
    if coloured and style.color is not None:
        ink = PALETTE.get(style.color.name, INK)
    if style.dim:
        ink = _mixed(ink)
    rules = [f"fill:{ink}"]
    if style.bold:
        rules.append("font-weight:bold")
    if style.underline:
        rules.append("text-decoration:underline")
    return ";".join(rules)


def _mixed(colour: str) -> str:
    """Return a colour with some of the ground in it."""
    parts = zip(_channels(colour), _channels(GROUND), strict=True)
    return "#" + "".join(f"{round(own + (other - own) * FADED):02x}" for own, other in parts)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))


def _text(text: str) -> str:
    """Return text that XML shows and obeys nothing of."""
    return escape(_OUTSIDE_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
