"""One record as text: its message made harmless, its fields, its stack trace; a fact in figures.

What a person reads of a record, as a `rich` text without wrapping. What is told of it is
`slsloggrep.outline.records`'s rule; which records are shown, and in which column, belongs to
`slsloggrep.render.trace` and `slsloggrep.render.events`. Log text never passes through rich's
markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from rich.text import Text

from slsloggrep.harmless import encodable, visible
from slsloggrep.model import Level, Record
from slsloggrep.outline.records import added_fields, error_lines, fact_words, is_document
from slsloggrep.render.theme import ERROR_TEXT, FAINT, FIELD_KEY, FIELD_VALUE, MENTION

LONGEST = 20_000
"""Characters of one record that a terminal gets; the rest is counted, `-o json` has it whole."""


def record_text(
    record: Record,
    *,
    terminal: bool,
    encoding: str = "utf-8",
    emphasis: re.Pattern[str] | None,
    pairs: Iterable[tuple[str, str]] | None = None,
) -> Text:
    """Return what a record says: text, fields that it adds, the lines of its stack trace.

    `emphasis` marks what was searched for. Only a terminal is spared text beyond `LONGEST`
    characters, and is told how much that is. `pairs` of names and values take the place of the
    fields, and of a text that is nothing but a document.
    """
    raw = record.text or record.event.message
    told = "" if pairs is not None and is_document(record) else raw
    body = Text(shown_text(limited(told, terminal).rstrip("\r\n"), terminal, encoding))
    failing = record.error is not None or (record.level or 0) >= Level.ERROR
    if failing:
        body.stylize(ERROR_TEXT, 0, _first_line(body.plain))
    elif record.platform is not None or (record.level is not None and record.level < Level.INFO):
        body.stylize(FAINT)
    shown = added_fields(record) if pairs is None else pairs
    _append_pairs(body, shown, terminal, encoding)
    _append_error(body, record, terminal, encoding)
    if emphasis is not None:
        body.highlight_regex(emphasis, MENTION)
    return body


def fact_text(record: Record) -> Text | None:
    """Return the figures of a platform fact on one line, or None where its own text says more."""
    words = fact_words(record)
    if words is None:
        return None
    text = Text().append(visible(words.figures, newlines=False), FAINT)
    if words.trouble:
        text.append(", " if " " in words.figures else " ", FAINT)
        text.append(visible(words.trouble, newlines=False), ERROR_TEXT)
    return text


def emphasise(needles: Iterable[str]) -> re.Pattern[str] | None:
    """Return a pattern for any of the strings as whole tokens, as they look once made harmless."""
    shown = sorted({visible(needle) for needle in needles if needle}, key=len, reverse=True)
    if not shown:
        return None
    return re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, shown)) + r")(?!\w)")


def _append_pairs(
    body: Text, pairs: Iterable[tuple[str, str]], terminal: bool, encoding: str
) -> None:
    for key, text in pairs:
        if body:
            body.append(" ")
        body.append(encodable(visible(key, newlines=False), encoding) + "=", FIELD_KEY)
        value = encodable(visible(limited(text, terminal), newlines=False), encoding)
        body.append(value, FIELD_VALUE)


def _append_error(body: Text, record: Record, terminal: bool, encoding: str) -> None:
    headline, stack = error_lines(record)
    if headline:
        body.append("\n" + shown_text(limited(headline, terminal), terminal, encoding), ERROR_TEXT)
    if stack:
        body.append("\n" + shown_text(limited(stack, terminal), terminal, encoding), FAINT)


def shown_text(text: str, terminal: bool, encoding: str) -> str:
    """Return text of a log as harmless text over several lines, as the output can show it."""
    shown = encodable(visible(text), encoding)
    # A tab would jump to stops that the columns before the text know nothing of.
    return shown.expandtabs(4) if terminal else shown


def limited(text: str, terminal: bool, most: int = LONGEST) -> str:
    """Return a text of which a terminal gets no more than `most` characters, and a count."""
    if not terminal or len(text) <= most:
        return text
    return f"{text[:most]} [{len(text) - most} more characters: -o json]"


def _first_line(text: str) -> int:
    end = text.find("\n")
    return len(text) if end < 0 else end
