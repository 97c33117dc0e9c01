"""A stack trace as an excerpt: the user's own frames strong, those of libraries faint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from slsloggrep.model import Crash, Frame
from slsloggrep.model.outlines import Excerpt, Line, Span, Tone
from slsloggrep.outline.draft import Draft, line
from slsloggrep.outline.words import crash_error
from slsloggrep.wording import count_text

_HEAD, _TAIL = 20, 40
"""Lines that are shown of a long trace, from either end, after equal frames are counted."""


def build_excerpt(draft: Draft, crash: Crash) -> Excerpt | None:
    """Return a crash's error and its stack trace; None: neither was logged."""
    error = crash_error(crash, short=True)
    lines = [line(Span(part, Tone.BAD)) for part in draft.clip(error).splitlines() if part.strip()]
    lines += _frames(draft, crash.frames)
    return Excerpt(lines=tuple(lines)) if lines else None


def _frames(draft: Draft, frames: Sequence[Frame]) -> Iterator[Line]:
    lines = []
    for frame, same in groupby(frames):
        count = sum(1 for _ in same)
        tone = Tone.STRONG if frame.own else Tone.FAINT
        parts = draft.clip(frame.text).splitlines() or [""]
        again = [Span(f"  {count} times", Tone.FAINT)] if count > 1 else []
        lines.append(line(Span(f"  {parts[0]}", tone), *again))
        # What follows a frame's first line (Python's source line) belongs under it.
        lines += [line(Span(f"    {part.strip()}", tone)) for part in parts[1:] if part.strip()]
    left_out = len(lines) - _HEAD - _TAIL
    if left_out > 1:
        told = line(Span(f"  … {count_text(left_out, 'more line')}: -o json", Tone.FAINT))
        lines[_HEAD : _HEAD + left_out] = [told]
    yield from lines
