"""Filter patterns for literals: what the service may leave out, without losing a match.

A term of a filter pattern is no substring search, but a regex between percent signs is: it matches
anywhere in the text. Punctuation may be escaped inside JSON (inside JSON), a run of ASCII letters
and digits may not; so the longest such run of each literal is asked for, and the pipeline looks
again. What the user wrote as a filter pattern is not looked at here.

CloudWatch Logs User Guide, FilterAndPatternSyntax: in a regex, letters, digits and `_#=@/;,-` stand
for themselves, `|` separates alternatives, there are no parentheses, and at most two regexes in a
pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from slsloggrep.sources.cloudwatch.logs import PATTERN_LENGTH

EVERYTHING: tuple[str, ...] = ("",)
"""One pass without a pattern."""

_RUN = re.compile("[A-Za-z0-9]+")

_SHORTEST = 3
"""A shorter run stands in so many events that looking for it saves nothing."""

_TELLING = 12
"""So much of a run is rare enough, where whole ones do not fit: the last part of a UUID has it."""

_PASSES = 3
"""Each further pattern reads the whole window once more; beyond that, everything is read."""

_MOST = _PASSES * PATTERN_LENGTH // (_SHORTEST + 1)
"""More runs than this do not fit, however short they are."""


def patterns_for(literals: Sequence[str]) -> tuple[str, ...]:
    """Return the patterns that together match every event which contains one of the literals.

    Each is for a pass of its own over the window. `EVERYTHING` where no pattern would be sound, or
    where reading without one takes fewer calls.
    """
    runs = runs_of(literals)
    if not 0 < len(runs) <= _MOST or any(len(run) < _SHORTEST for run in runs):
        return EVERYTHING
    packed = _pack(without_wider(runs))
    if len(packed) > 1:
        # The end of an identifier tells more than its beginning, which may be a time.
        packed = _pack(without_wider(run[-_TELLING:] for run in runs))
    return tuple(packed) if len(packed) <= _PASSES else EVERYTHING


def runs_of(literals: Iterable[str]) -> set[str]:
    """Return the text of each literal that no encoder escapes; empty text where one has none."""
    return {max(_RUN.findall(literal), key=len, default="") for literal in literals}


def without_wider(runs: Iterable[str]) -> list[str]:
    """Return the runs without those that contain another one: what it finds, they find."""
    kept: list[str] = []
    for run in sorted(set(runs), key=lambda run: (len(run), run)):
        if not any(narrow in run for narrow in kept):
            kept.append(run)
    return kept


def _pack(runs: Iterable[str]) -> list[str]:
    packed: list[str] = []
    for run in runs:
        if packed and len(packed[-1]) + len(run) + 1 <= PATTERN_LENGTH:
            packed[-1] = f"{packed[-1][:-1]}|{run}%"
        elif len(run) + 2 <= PATTERN_LENGTH:
            packed.append(f"%{run}%")
        else:
            packed.append(f"%{run[: PATTERN_LENGTH - 2]}%")
    return packed
