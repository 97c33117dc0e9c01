"""What an outline's texts become before they are escaped: harmless, and sorted into classes.

Log text reaches the page as text and in no other way: never as a name, a class, a part of the
style or of the script. Classes come from tones and levels that are known here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from slsloggrep.harmless import visible
from slsloggrep.model.outlines import Mark, Tone
from slsloggrep.wording.numbers import count_text

if TYPE_CHECKING:
    from markupsafe import Markup

_RANKS = {
    "TRACE": 1,
    "DEBUG": 2,
    "INFO": 3,
    "NOTICE": 3,
    "WARN": 4,
    "WARNING": 4,
    "ERROR": 5,
    "FATAL": 6,
    "CRITICAL": 6,
}
_RANK_OF_TONE = {Tone.BAD: 5, Tone.NOTABLE: 4}
_RANK_UNSTATED = 3
"""What states no level counts as INFO, which the page takes for granted."""

_LONG_LINES = 40
_LONG_CHARACTERS = 6_000
_SHOWN_LINES = 12
_SHOWN_CHARACTERS = 2_000


def harmless(value: object) -> object:
    """Return a value that may be escaped and shown on one line; markup made here passes as it is.

    For `jinja2.Environment(finalize=...)`, which calls it for every expression.
    """
    if type(value) is str:
        return visible(value, newlines=False)
    return value


def in_lines(text: str) -> Markup:
    """Return text whose line breaks and tabs stay; all else is harmless and escaped."""
    from markupsafe import escape

    return escape(visible(text))


def own(text: str) -> Markup:
    """Return a part of the program itself as markup: never call it with an outline's text."""
    from markupsafe import Markup

    return Markup(text)  # noqa: S704 - style.css and script.js, as installed


def tone_class(tone: Tone) -> str:
    """Return the class of a tone; empty for PLAIN."""
    return "" if tone is Tone.PLAIN else tone.value


def record_class(mark: Mark) -> str:
    """Return the classes of a record: `r`, its rank `l1` to `l6` but for 3, and what it is."""
    rank = _RANKS.get(mark.level.upper())
    if rank is None:
        rank = _RANK_OF_TONE.get(mark.tone, _RANK_UNSTATED)
    names = "r" if rank == _RANK_UNSTATED else f"r l{rank}"
    if mark.key:
        names += " k"
    if mark.mentions:
        names += " m"
    if mark.tone is not Tone.PLAIN:
        names += f" {mark.tone.value}"
    return names


def folded(text: str) -> tuple[str, str, str]:
    """Return a record's text to be shown, what is folded away, and how much that is.

    Most of a very long text would hide what comes after it. Nothing is left out: the two parts
    joined are the text.
    """
    if len(text) <= _LONG_CHARACTERS and text.count("\n") <= _LONG_LINES:
        return text, "", ""
    end, breaks = 0, 0
    while breaks < _SHOWN_LINES and (at := text.find("\n", end, _SHOWN_CHARACTERS)) >= 0:
        end, breaks = at + 1, breaks + 1
    if breaks < _SHOWN_LINES:
        end = _SHOWN_CHARACTERS
    rest = text[end:]
    lines = rest.count("\n") + (not rest.endswith("\n"))
    more = count_text(lines, "more line") if lines > 1 else count_text(len(rest), "more character")
    return text[:end], rest, more


def is_web_address(url: Any) -> bool:
    """Tell whether a link may be followed: `http(s):`, in characters that URLs are made of."""
    return (
        isinstance(url, str)
        and url.startswith(("https://", "http://"))
        and url.isascii()
        and url.isprintable()
        and " " not in url
    )
