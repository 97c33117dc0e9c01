"""Running text as Markdown that says what it says and does nothing.

Two dangers. What Markdown itself would obey (emphasis, links, images, HTML, tables) is escaped with
backslashes. What GitHub, GitLab and chats make of finished text (mentions, references to issues and
commits, addresses, emoji, mathematics) takes no notice of a backslash, because it is done to the
page and not to its source; it leaves code alone. So a word that would set one of these off is set
as code.

Blocks, and what may stand where, belong to `slsloggrep.export.markdown.blocks`.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator
from itertools import groupby

from slsloggrep.harmless import visible
from slsloggrep.model.links import Link
from slsloggrep.model.outlines import Line, Span, Tone

_ACTIVE_WORD = re.compile(
    r"""
      @ | \# \w | ://  | (?i:\bwww\. | \b (?: mailto | xmpp | javascript | data ) : )
    | (?i: \bGH- ) \d
    | : (?: (?= [0-9_+-]{,50} [a-z] ) [a-z0-9_+-]{1,60} | [+-]1 | 100 | 1234 ) : # an emoji's name
    | \b (?= [0-9a-f]* [0-9] ) (?= [0-9a-f]* [a-f] ) [0-9a-f]{7,40} \b # a commit
    | [!~%&^] \w                                                      # GitLab's references
    | \$
    """,
    re.VERBOSE,
)
_MONEY = re.compile(r"\(?\$\d[\d.,\u202f]*\)?")
"""The one use of a dollar sign that no one takes for mathematics: it opens and never closes."""

_OBEYED = re.compile(r"[\\`*\[\]<>|~&#]|(?<![^\W_])_|_(?![^\W_])")
_OPENS_BLOCK = re.compile(
    r"^(?: ([-+]) (?= \s | $ | [-\s]+ $) | (=) (?= [=\s]* $) | (\d{1,9}) ([.)]) (?= \s | $) )",
    re.VERBOSE,
)
"""List items, a line below, which makes headings and breaks."""
_WORDS = re.compile(r"(\s+|(?<![,.])[,.]++(?=\s|$))")
"""What parts words: space, and the stop or comma after one."""

_BACKTICKS = re.compile(r"`+")

_STRONG = frozenset({Tone.STRONG, Tone.NOTABLE, Tone.BAD})
_PLAIN, _BOLD, _CODE = "plain", "bold", "code"


def inline(line: Line, *, cell: bool = False) -> str:
    """Return running text on one line; `cell`: for a table's cell, where no bare pipe may be."""
    written = ""
    stretches = list(_stretches(line))
    for index, (kind, text) in enumerate(stretches):
        if kind == _CODE:
            piece = _code(text, cell=cell)
        elif kind == _BOLD:
            following = "".join(after for _, after in stretches[index + 1 : index + 2])
            piece = _bold(text, written[-1:], following[:1], cell=cell)
        else:
            piece = _plain(text, cell=cell)
        # Two fences of code that meet would be one.
        between = " " if written.endswith("`") and piece.startswith("`") else ""
        written += between + piece
    written = written.strip()
    return written if cell else _OPENS_BLOCK.sub(_opening, written)


def inline_text(text: str, tone: Tone = Tone.PLAIN, *, cell: bool = False) -> str:
    """Return a text of one tone as `inline` does."""
    return inline((Span(text, tone),), cell=cell)


def html_inline(line: Line) -> str:
    """Return running text as HTML: for the places that Markdown does not reach."""
    pieces = []
    for kind, text in _stretches(line):
        if kind == _CODE:
            pieces.append(f"<code>{_html(text)}</code>")
            continue
        words = "".join(
            f"<code>{_html(word)}</code>" if active else _html(word)
            for word, active in _words(text)
        )
        pieces.append(f"<strong>{words}</strong>" if kind == _BOLD else words)
    return "".join(pieces).strip()


def link(to: Link) -> str:
    """Return a link; where its URL is none of the web's, its label alone."""
    label = inline_text(to.label)
    if not to.url.lower().startswith(("https://", "http://")):
        return label
    url = "".join(_url_character(character) for character in to.url)
    return f"[{label}]({url})"


def longest_backticks(text: str) -> int:
    """Return the length of the longest run of backticks in a text."""
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def _stretches(line: Line) -> Iterator[tuple[str, str]]:
    """Yield what is written alike together: a reference must not be put together of two spans."""
    told = (span for span in line if span.text)
    for kind, spans in groupby(told, key=lambda span: _kind(span.tone)):
        yield kind, "".join(visible(span.text, newlines=False) for span in spans)


def _kind(tone: Tone) -> str:
    return _CODE if tone is Tone.CODE else _BOLD if tone in _STRONG else _PLAIN


def _words(text: str) -> Iterator[tuple[str, bool]]:
    """Yield words and the space between them, and whether a page would make something of it."""
    for word in _WORDS.split(text):
        if word:
            yield word, bool(_ACTIVE_WORD.search(word)) and not _MONEY.fullmatch(word)


def _plain(text: str, *, cell: bool) -> str:
    return "".join(
        _code(word, cell=cell) if active else _escaped(word, cell=cell)
        for word, active in _words(text)
    )


def _escaped(text: str, *, cell: bool) -> str:
    escaped = _OBEYED.sub(r"\\\g<0>", text)
    # Parsers of tables differ in what they make of backslashes before a pipe.
    return escaped.replace(r"\|", "&#124;") if cell else escaped


def _opening(match: re.Match[str]) -> str:
    sign = match[1] or match[2]
    return f"\\{sign}" if sign else f"{match[3]}\\{match[4]}"


def _code(text: str, *, cell: bool) -> str:
    """Return a code span; where a table would cut it at a pipe, HTML that says the same."""
    if cell and "|" in text:
        entities = (f"&#{ord(c)};" if c in string.punctuation else c for c in text)
        return f"<code>{''.join(entities)}</code>"
    fence = "`" * (longest_backticks(text) + 1)
    edges = text[:1] + text[-1:]
    padding = " " if "`" in edges or (edges == "  " and not text.isspace()) else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _bold(text: str, before: str, after: str, *, cell: bool) -> str:
    """Return text in bold, by asterisks where every parser takes them for emphasis.

    Those that stand beside punctuation inside need space or punctuation outside (CommonMark 6.2).
    """
    # What joins it to the text before needs no emphasis.
    rest = text.lstrip().lstrip(" :,.;·").lstrip()
    inner = rest.rstrip()
    lead, trail = text[: len(text) - len(rest)], rest[len(inner) :]
    if inner:
        inner = _plain(inner, cell=cell)
        opens = inner[0].isalnum() or _is_border((lead or before)[-1:])
        closes = inner[-1].isalnum() or _is_border((trail or after)[:1])
        inner = f"**{inner}**" if opens and closes else f"<strong>{inner}</strong>"
    return f"{_plain(lead, cell=cell)}{inner}{_plain(trail, cell=cell)}"


def _is_border(character: str) -> bool:
    return not character or character.isspace() or character in string.punctuation


def _html(text: str) -> str:
    return "".join(_ENTITIES.get(character, character) for character in text)


_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


def _url_character(character: str) -> str:
    if character in "\\()<>[]*_`~|$":
        return f"\\{character}"
    if character == "&":
        return "&amp;"
    if character.isascii() and character.isprintable() and character != " ":
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
