"""Fields that the user wants redacted: their values in structured records and in text.

How far a value reaches is `slsloggrep.redact.stretches`'s knowledge; which names are telling by
themselves, `slsloggrep.redact.names`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from slsloggrep.redact.names import SEPARATOR, Named
from slsloggrep.redact.stretches import read_value, read_words

_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W_A-Z]+|[^\w-]+")
_NOTHING = re.compile(r"\W*|(?i:null|none|nil|undefined)")
_NOT_IN_KIND = re.compile(r"[^A-Za-z0-9_.-]+")


class Fields:
    """The user's fields; case, `_` and `-` do not count: `customer_name` is `customerName`."""

    def __init__(self, names: Sequence[str]) -> None:
        self._fields = [_Field(name) for name in names]
        self.kinds = tuple(field.kind for field in self._fields)

    def __bool__(self) -> bool:
        return bool(self._fields)

    def kind_of(self, path: tuple[str, ...]) -> str | None:
        """Return what a value under a path of keys is, or None where it is none of the fields."""
        return next((field.kind for field in self._fields if field.is_at(path)), None)

    def find(self, text: str, lower: str) -> Iterator[Named]:
        """Yield the values of the fields in a text, in no order; `lower` is it in lower case."""
        for field in self._fields:
            if all(part in lower for part in field.signs):
                yield from field.find(text, lower)


class _Field:
    def __init__(self, name: str) -> None:
        parts = name.split(".")
        self.kind = _NOT_IN_KIND.sub("-", name).strip("-") or "field"
        self._path = tuple(map(_folded, parts))
        words = [_HUMPS.findall(part) for part in parts]
        self.signs = tuple(word.lower() for part in words for word in part)
        # In text the keys around a key are not looked at: the last one is enough, if the others
        # are there at all.
        last = r"[_-]?".join(re.escape(word.lower()) for word in words[-1])
        self._regex = re.compile(last + SEPARATOR)

    def is_at(self, path: tuple[str, ...]) -> bool:
        last = _folded(path[-1])
        if last != self._path[-1]:
            return ".".join(self._path) == last
        return tuple(map(_folded, path[-len(self._path) :])) == self._path

    def find(self, text: str, lower: str) -> Iterator[Named]:
        end = 0
        for found in self._regex.finditer(lower):
            start = found.start()
            if start < end:
                continue
            if start and (text[start - 1].isalnum() or text[start - 1] in "_-"):
                continue  # another field, whose name ends alike
            quoted = bool(found["close"])
            value = read_value(text, found.end(), quoted=quoted)
            if not quoted and text[value.start - 1 : value.start] not in _QUOTES:
                value = read_words(text, value)
            if not _NOTHING.fullmatch(text[value.start : value.end]):
                end = value.end
                yield Named(value.start, value.end, self.kind, whole=value.whole)


_QUOTES = ("'", '"', "`")


@lru_cache(maxsize=8192)
def _folded(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
