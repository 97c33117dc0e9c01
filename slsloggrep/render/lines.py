"""Lines within a width: text that wraps under its own first column, and text cut to fit.

Widths are terminal cells, not characters. Where there is no width (a file, a pipe), nothing is
wrapped and nothing cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.console import Console
from rich.text import Text

from slsloggrep.harmless import encodable, visible
from slsloggrep.render.hyperlinks import settled

_NARROWEST = 16
"""Where less than this is left of a line, its text continues at a small indent instead."""


def hang(console: Console, prefix: Text, body: Text, width: int | None) -> Iterator[Text]:
    """Yield the lines of a body behind a prefix; further lines stand under the first.

    Without a width, lines are as long as they are.
    """
    room = None if width is None else width - prefix.cell_len
    if width is not None and room is not None and room < _NARROWEST:
        yield solid(prefix)
        prefix = Text(" " * min(4, max(width - 1, 0)))
        room = max(width - prefix.cell_len, 1)
    for line in body.split("\n", allow_blank=True) or [body]:
        for piece in [line] if room is None else _wrap(console, line, room):
            yield solid(prefix + piece)
            prefix = Text(" " * prefix.cell_len)


def _wrap(console: Console, line: Text, room: int) -> Iterator[Text]:
    """Yield the pieces of a line, each indented as the line is, where that leaves enough room."""
    plain = line.plain
    if line.cell_len <= room and "\t" not in plain:
        yield line  # most lines do: to wrap them takes ten times as long
        return
    lead = len(plain) - len(plain.lstrip(" "))
    if lead > room - _NARROWEST or lead == len(plain):
        lead = 0
    for piece in line[lead:].wrap(console, room - lead, overflow="fold", tab_size=4):
        yield Text(" " * lead) + piece


def plain(text: str, encoding: str) -> str:
    """Return text of a log as harmless text on one line, in characters that the output has."""
    return encodable(visible(text, newlines=False), encoding)


def solid(line: Text) -> Text:
    """Return a line that rich prints as it is: neither wrapped nor cut, without spaces behind."""
    line.rstrip()
    line.no_wrap = True
    line.overflow = "ignore"
    line.end = "\n"
    return line


def written(line: Text, *, coloured: bool, links: bool = False) -> str:
    """Return a line as a terminal takes it, newline included; `links`: it may have some.

    What rich's console would write for a line that fits, in a fourth of the time.
    """
    if not coloured and not links:
        return line.plain + "\n"
    if line.spans:
        segments = [(text, style) for text, style, _ in line.render(_CONSOLE)]
    else:
        segments = [(line.plain, _CONSOLE.get_style(line.style))]
    shown = "".join(
        style.render(text, color_system=ColorSystem.STANDARD) if style else text
        for text, style in segments
    )
    return (settled(shown, coloured=coloured) if links else shown) + "\n"


_CONSOLE = Console(width=80, color_system="standard", legacy_windows=False, _environ={})
"""Tells what the names of styles mean, and nothing else."""


def fill(parts: Iterable[str], separator: str, width: int | None) -> list[str]:
    """Return parts joined to lines of at most a width; no part is broken."""
    lines: list[str] = []
    for part in parts:
        if lines and (width is None or cell_len(lines[-1] + separator + part) <= width):
            lines[-1] += separator + part
        else:
            lines.append(part)
    return lines


def shorten(text: str, cells: int, ellipsis: str) -> str:
    """Return a text cut at its end to at most so many cells, the ellipsis included."""
    if cell_len(text) <= cells:
        return text
    return _head(text, max(cells - cell_len(ellipsis), 0)) + ellipsis


def shorten_middle(text: str, cells: int, ellipsis: str) -> str:
    """Return a text cut in its middle: names of functions differ at their ends."""
    if cell_len(text) <= cells:
        return text
    room = max(cells - cell_len(ellipsis), 0)
    head = _head(text, room // 2)
    tail = _head(text[::-1], room - cell_len(head))[::-1]
    return head + ellipsis + tail


def pad(text: str, cells: int) -> str:
    """Return a text with spaces behind it up to so many cells."""
    return text + " " * max(cells - cell_len(text), 0)


def _head(text: str, cells: int) -> str:
    # A cell holds at least one character but for marks and joiners: enough of them suffice.
    low, high = 0, min(len(text), 4 * cells)
    while low < high:
        middle = (low + high + 1) // 2
        if cell_len(text[:middle]) <= cells:
            low = middle
        else:
            high = middle - 1
    return text[:low]
