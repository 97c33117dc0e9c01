"""Secrets that were seen under their name once, and are known again where no name stands.

A customer's name under a field that the user wants redacted stands in other lines, too, and a
password in the error that it led to. Values that are ordinary words are not known again: from
`token=expired`, every `expired` would be lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_WORD = re.compile(r"\w+")

_LONGEST = 1_000
"""Characters of a value that is known again."""

_ALIKE = 100
"""Values with the same rarest word that are known again: more are made to cost time, not seen."""

_FEW = 30
"""Words that are looked for one by one in less time than a text takes to be split into its own."""


class KnownValue(NamedTuple):
    """Where a known value stands."""

    start: int
    end: int
    kind: str


class Known:
    """Values by one of their words, the rarest, so that a text's words alone rule out most."""

    def __init__(self) -> None:
        self._by_word: dict[str, list[tuple[str, int, str]]] = {}
        self._values: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._values)

    def learn(self, kind: str, value: str) -> None:
        """Know a value from now on."""
        value = value.strip()
        if value in self._values or not 3 <= len(value) <= _LONGEST:
            return
        words = list(_WORD.finditer(value))
        if not words:
            return
        rarest = max(words, key=lambda word: (any(map(str.isdigit, word[0])), len(word[0])))
        alike = self._by_word.setdefault(rarest[0], [])
        if len(alike) < _ALIKE:
            self._values.add(value)
            alike.append((value, rarest.start(), kind))

    def may_be_in(self, text: str) -> bool:
        """Tell quickly whether a text may hold one of them."""
        if len(self._by_word) <= _FEW:
            return any(word in text for word in self._by_word)
        return not self._by_word.keys().isdisjoint(_WORD.findall(text))

    def find(self, text: str) -> Iterator[KnownValue]:
        """Yield where known values stand as words of their own."""
        for word in _WORD.finditer(text):
            for value, offset, kind in self._by_word.get(word[0], ()):
                start = word.start() - offset
                end = start + len(value)
                if start >= 0 and text.startswith(value, start) and _stands_apart(text, start, end):
                    yield KnownValue(start, end, kind)


def is_telling(value: str, *, is_users: bool) -> bool:
    """Tell whether a value is worth knowing again: no ordinary word, no small number.

    `is_users` says that it is the value of a field that the user named.
    """
    value = value.strip()
    if value.isdecimal():
        return len(value) >= 5
    if is_users:
        return len(value) >= 3
    has_digit = any(map(str.isdigit, value))
    return len(value) >= 8 and (has_digit or len(value) >= 16 or value.lower() != value)


def _stands_apart(text: str, start: int, end: int) -> bool:
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (
        (start > 0 and _is_word(before) and _is_word(text[start]))
        or (_is_word(after) and _is_word(text[end - 1]))
    )


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
