"""Commands to be copied: what to type next, quoted for a shell, on lines that a shell joins again.

Which command it is belongs to those who call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from slsloggrep.outline.commands import command_parts
from slsloggrep.render.lines import fill, hang, plain

_MARGIN = 4
_MORE = " \\"
"""Ends a line that the next one continues."""


def command_lines(
    command: Sequence[str],
    value: str,
    arguments: Sequence[str],
    console: Console,
    width: int | None,
    encoding: str,
    *,
    style: str = "",
) -> Iterator[Text]:
    """Yield the lines of a command that takes a value, and options as somebody typed them.

    Nothing where a word is such that it would be shown otherwise than it is: to copy it would
    find nothing, or another thing.
    """
    parts = command_parts(command, value, arguments, show=lambda word: plain(word, encoding))
    if not parts:
        return
    room = None if width is None else max(width - _MARGIN - len(_MORE), 1)
    lines = fill(parts, " ", room)
    for index, line in enumerate(lines):
        margin = Text(" " * (_MARGIN if index else _MARGIN // 2))
        body = Text(line + (_MORE if index < len(lines) - 1 else ""), style)
        yield from hang(console, margin, body, width)
