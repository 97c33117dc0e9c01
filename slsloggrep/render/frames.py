"""Stack traces: the user's own frames bright and marked, those of libraries faint and folded.

What is the user's own was decided before. Frames keep the order in which they were written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from slsloggrep.model import Frame
from slsloggrep.render.lines import hang
from slsloggrep.render.records import limited, shown_text
from slsloggrep.render.theme import FAINT, TITLE, Glyphs
from slsloggrep.wording import count_text

_HEAD, _TAIL = 15, 25
"""Frames that a terminal gets of a stack, from either end, after folding."""
_UNDER = "\n    "
_LONGEST = 2_000
"""Characters of one frame that a terminal gets."""


def frame_lines(
    frames: Sequence[Frame],
    console: Console,
    width: int | None,
    encoding: str,
    glyphs: Glyphs,
) -> Iterator[Text]:
    """Yield the lines of a stack trace.

    On a terminal a run of library frames is counted, a frame that repeats (recursion) is shown
    once with its count, and the middle of a very long trace is counted. Without a width all
    frames are there.
    """
    pieces = list(_fold(frames) if width is not None else ((frame, 1) for frame in frames))
    middle = range(_HEAD, len(pieces) - _TAIL) if width is not None else range(0)
    for index, (frame, count) in enumerate(pieces):
        if index in middle:
            if index == middle.start:
                left = sum(pieces[i][1] for i in middle)
                told = f"{glyphs.gap} {count_text(left, 'more frame')}: -o json has them"
                yield from hang(console, Text("    "), Text(told, FAINT), width)
            continue
        if frame is None:
            folded = f"{glyphs.ellipsis} {count_text(count, 'frame')} of libraries"
            yield from hang(console, Text("    "), Text(folded, FAINT), width)
            continue
        terminal = width is not None
        text = shown_text(limited(frame.text, terminal, _LONGEST), terminal, encoding)
        # What follows a frame's first line (Python's source line) belongs under it.
        body = Text(text.replace("\n", _UNDER), TITLE if frame.own else FAINT)
        if count > 1:
            body.append(f"  {count} {glyphs.times}", FAINT)
        prefix = Text("  ").append(glyphs.own + " ", TITLE) if frame.own else Text("    ")
        yield from hang(console, prefix, body, width)


def _fold(frames: Sequence[Frame]) -> Iterator[tuple[Frame | None, int]]:
    """Yield frames with how often they come one after the other; None: a run of libraries."""
    for own, run in groupby(frames, key=lambda frame: frame.own):
        if own:
            for frame, same in groupby(run):
                yield frame, sum(1 for _ in same)
            continue
        library = list(run)
        if len(library) > 1:
            yield None, len(library)
        else:
            yield library[0], 1
