"""How far a value reaches in text: quoted, bare, a header's, a list or a map."""

from __future__ import annotations

import json
import re
from typing import NamedTuple


class Stretch(NamedTuple):
    """Where a value stands, quotes excluded."""

    start: int
    end: int
    whole: bool = False
    """It is a list or a map, brackets included."""


_QUOTED = {quote: re.compile(rf"(?:[^{quote}\\]|\\.)*+", re.DOTALL) for quote in ('"', "`")}
# In SQL and YAML two quotes are one within a value.
_QUOTED["'"] = re.compile(r"(?:[^'\\]|\\.|''(?=[^\s'\",;:)}\]]))*+", re.DOTALL)
_OPENING = re.compile(r"[bBuUrRfF]?([\"'`])")
_IN_JSON = re.compile(r"[^\s,}\]]+")
_BARE = re.compile(
    # A comma is part of it, unless something of its own follows: `a=1,b=2`.
    r"(?:[^\s&;\"'<>|,\\]|\\(?![nrt\"'])|,(?!\s|[\w.-]+[=:]|\Z)|<[\w.-]{1,60}-[1-9]\d*>)+"
)
_TRAILING = ").]}:"

_BRACKETS = re.compile(r"\"(?:[^\"\\]|\\.)*+(?:\"|\Z)|[\[\]{}]", re.DOTALL)
_DECODER = json.JSONDecoder(strict=False)

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,30})[ \t]+(?=\S)")
_WITH_PARAMETERS = re.compile(
    r"(?:[\w-]+=(?:\"[^\"]*\"|[^\s,\"]*)(?:,[ \t]*|[ \t]+(?=[\w-]+=)|(?!\S)))+"
)
_COOKIES = re.compile(
    # With the dates of Set-Cookie (RFC 6265, section 4.1.1), after which further ones may follow.
    r"[^\s;,\"']+(?:[;,]\s*[^\s;,\"']+|[ -][A-Z][a-z]{2}[ -]\d{2,4} [\d:]{8} GMT)*"
)


def read_value(text: str, at: int, *, quoted: bool) -> Stretch:
    """Return where the value that begins at a place stands; `quoted` is what its name was.

    What lacks its closing quote or bracket, for a log cut it off, reaches to the end.
    """
    opening = _OPENING.match(text, at)
    if opening:
        inside = _QUOTED[opening[1]].match(text, opening.end())
        assert inside is not None  # noqa: S101 - it matches the empty text, too
        return Stretch(*inside.span())
    if text[at : at + 1] in ("{", "["):
        return Stretch(at, _end_of_brackets(text, at), whole=True)
    bare = (_IN_JSON if quoted else _BARE).match(text, at)
    if bare is None:
        return Stretch(at, at)
    start, end = bare.span()
    while end > start and text[end - 1] in _TRAILING:
        end -= 1
    return Stretch(start, end)


def read_header(text: str, value: Stretch, *, pairs: bool = False) -> Stretch:
    """Return where the secret of a header stands whose value begins there.

    Of an authorization it is what follows the scheme (RFC 9110, section 11.6.2); of cookies all
    `pairs` (RFC 6265).
    """
    start, end, whole = value
    if whole or start == end:
        return value
    is_quoted = text[start - 1 : start] in ('"', "'", "`") and start > 0
    if pairs:
        cookies = _COOKIES.match(text, start)
        return value if is_quoted or cookies is None else Stretch(*cookies.span())
    limit = end if is_quoted else len(text)
    scheme = _SCHEME.match(text, start, limit)
    if scheme is None:
        return value
    start = scheme.end()
    if is_quoted:
        return Stretch(start, end)
    parameters = _WITH_PARAMETERS.match(text, start, limit)
    if parameters:
        return Stretch(start, start + len(parameters[0].rstrip(" ,")))
    return read_value(text, start, quoted=False)


def read_words(text: str, value: Stretch) -> Stretch:
    """Return a bare value with the capitalised words behind it: it may be a person's name.

    Words in capitals are none, `ERROR` for one, unless the value is in capitals, too.
    """
    start, end, whole = value
    if whole or start == end:
        return value
    shouted = text[start:end].isupper()
    while (word := _NEXT_WORD.match(text, end)) is not None and word[1][0].isupper():
        if len(word[1]) > _INITIAL and word[1].isupper() and not shouted:
            break
        end = word.end()
    return Stretch(start, end)


_INITIAL = 2
"""Characters of an initial with its dot."""

_NEXT_WORD = re.compile(r"[ ]([^\W\d_][^\W\d_A-Z]*[.'\u2019-]?(?:[^\W\d_]+)?)(?![\w=:])")


def _end_of_brackets(text: str, at: int) -> int:
    try:
        return _DECODER.raw_decode(text, at)[1]
    except (ValueError, RecursionError):
        depth = 0
    for found in _BRACKETS.finditer(text, at):
        if found[0] in "[{":
            depth += 1
        elif found[0] in "]}":
            depth -= 1
            if depth == 0:
                return found.end()
    return len(text)
