r"""Filter patterns for literals: what the service may leave out, without losing a match.

A term of a filter pattern is no substring search, but a regex between percent signs is: it matches
anywhere in the text. What the user wrote as a filter pattern is not looked at here, and the
pipeline looks again at what comes.

Punctuation may be escaped inside JSON (inside JSON), like `\u002d` or `\"`; colours may stand
before it, and blanks around what is JSON's own. A run of ASCII letters and digits is never escaped.
So a long run, which is rare enough, is asked for alone. Of a literal that has only short ones
("Status Change") all are asked for, in their order and whatever lies between, and behind a single
one ("START ") what may follow it in any spelling: `Status` or `START` alone stand in ordinary
lines.

CloudWatch Logs User Guide, FilterAndPatternSyntax: in a regex, letters, digits and `_#=@/;,-` stand
for themselves, `.` for any character, `\s` for white space, `\xhh` for what is not supported
otherwise, `|` separates alternatives, there are no parentheses, and at most two regexes in a
pattern. Insights understands the same expressions between slashes.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from slsloggrep.sources.cloudwatch.logs import PATTERN_LENGTH

EVERYTHING: tuple[str, ...] = ("",)
"""One pass without a pattern."""

_RUN = re.compile("[A-Za-z0-9]+")

_SHORTEST = 3
"""A shorter run stands in so many events that looking for it saves nothing."""

_TELLING = 12
"""A run of this length is rare enough by itself: the last part of a UUID has it. Of longer ones so
much is asked for, where whole ones do not fit."""

_LONG = 120
"""A longer expression is not worth its place: its longest run is asked for alone."""

_PASSES = 3
"""Each further pattern reads the whole window once more; beyond that, everything is read."""

_MOST = _PASSES * PATTERN_LENGTH // (_SHORTEST + 1)
"""More runs than this do not fit, however short they are."""

_JSON_PUNCTUATION = frozenset('{}[]:,"')
"""Around these, blanks and line ends may stand where a message is laid out for people."""

_BLANKS = frozenset(" \t\r\n")

_BACKSLASH, _ESCAPE = r"\x5C", r"\x1B"
"""What a character in any other spelling, and a colour before it, begin with."""

_PLAIN = frozenset("_=,:-")
"""Stand for themselves in a regex of either service; others are written by their code."""


def patterns_for(literals: Sequence[str]) -> tuple[str, ...]:
    """Return the patterns that together match every event which contains one of the literals.

    Each is for a pass of its own over the window. `EVERYTHING` where no pattern would be sound, or
    where reading without one takes fewer calls.
    """
    runs = runs_of(literals)
    if not 0 < len(runs) <= _MOST or any(len(run) < _SHORTEST for run in runs):
        return EVERYTHING
    packed = _pack(expressions_for(literals))
    if len(packed) > 1:
        packed = _pack(without_wider(runs))
    if len(packed) > 1:
        # The end of an identifier tells more than its beginning, which may be a time.
        packed = _pack(without_wider(run[-_TELLING:] for run in runs))
    return tuple(packed) if len(packed) <= _PASSES else EVERYTHING


def expressions_for(literals: Iterable[str]) -> list[str]:
    """Return regexes of which one is found wherever one of the literals stands, in any spelling.

    Raises ValueError where a literal has no run of letters and digits at all.
    """
    asked = [_expressions_of(literal) for literal in dict.fromkeys(literals)]
    alone = {runs[0] for runs, texts in asked if texts == runs}
    kept = {
        text
        for runs, texts in asked
        if not any(run in own and (run,) != texts for run in alone for own in runs)
        for text in texts
    }
    return sorted(kept, key=lambda text: (len(text), text))


def runs_of(literals: Iterable[str]) -> set[str]:
    """Return the text of each literal that no encoder escapes; empty text where one has none."""
    return {max(_RUN.findall(literal), key=_weight, default="") for literal in literals}


def without_wider(runs: Iterable[str]) -> list[str]:
    """Return the runs without those that contain another one: what it finds, they find."""
    kept: list[str] = []
    for run in sorted(set(runs), key=lambda run: (len(run), run)):
        if not any(narrow in run for narrow in kept):
            kept.append(run)
    return kept


def _expressions_of(literal: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the runs that an event must hold which contains a literal, and regexes for it.

    Of the regexes one is found in each such event; a single run may be its own regex.
    """
    found = list(_RUN.finditer(literal))
    if not found:
        raise ValueError(literal)
    longest = max(found, key=lambda run: _weight(run[0]))
    alone = (longest[0],)
    if len(longest[0]) >= _TELLING or len(literal) > _LONG:
        return alone, alone
    if len(found) == 1:
        behind = tuple(longest[0] + end for end in _ends(literal[longest.end() :]))
        return alone, behind or alone
    gaps = (literal[a.end() : b.start()] for a, b in itertools.pairwise(found))
    if not all(map(_is_within_line, gaps)):
        return alone, alone
    runs = tuple(run[0] for run in found)
    return runs, (".*".join(runs),)


def _weight(run: str) -> tuple[int, int]:
    """Return what the longest run is told by; of `order` and `71866` digits are the rarer ones."""
    return len(run), sum(map(str.isdigit, run))


def _is_within_line(gap: str) -> bool:
    """Tell whether no spelling of a text has a line end in it, or what `.` may not match."""
    return gap.isascii() and gap.isprintable() and not _JSON_PUNCTUATION.intersection(gap)


def _ends(rest: str) -> Iterator[str]:
    """Yield regexes for what may follow a run behind which a text stands; none: anything."""
    following = rest[:1]
    blank = following in _BLANKS
    if not following or not following.isascii() or not (following.isprintable() or blank):
        return
    if blank or following in _JSON_PUNCTUATION:
        yield r"\s"
    if not blank and following != "\\":
        yield following if following in _PLAIN else f"\\x{ord(following):02X}"
    yield _BACKSLASH
    yield _ESCAPE


def _pack(expressions: Iterable[str]) -> list[str]:
    packed: list[str] = []
    for expression in expressions:
        if packed and len(packed[-1]) + len(expression) + 1 <= PATTERN_LENGTH:
            packed[-1] = f"{packed[-1][:-1]}|{expression}%"
        elif len(expression) + 2 <= PATTERN_LENGTH:
            packed.append(f"%{expression}%")
        else:  # a run, then, for others are shorter
            packed.append(f"%{expression[: PATTERN_LENGTH - 2]}%")
    return packed
