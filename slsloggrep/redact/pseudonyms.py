"""Pseudonyms: what stands in the place of secrets, the same for the same, and a count of it.

They are numbered, not hashed: from `<email-1>` nobody finds out an address by hashing guesses.
What is a secret is found elsewhere.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection

from slsloggrep.model import Redacted
from slsloggrep.redact.shapes import address_of

_TRACE = re.compile(r"(?:1-)?[0-9a-fA-F]{8}-?[0-9a-fA-F]{24}")

_SCHEME = re.compile(
    r"\A(?:bearer|basic|token|digest|negotiate|apikey)[ \t+]+(?=\S)", re.IGNORECASE
)


class Pseudonyms:
    """The pseudonyms of one report, numbered in the order in which they were first needed."""

    def __init__(self, taken: Collection[str] = ()) -> None:
        """Take the pseudonyms that are not given: those that logs held before."""
        self._taken = taken
        self._numbers: Counter[str] = Counter()
        self._given: dict[str, tuple[str, str]] = {}
        self._values: Counter[str] = Counter()
        self._places: Counter[str] = Counter()

    def of(self, kind: str, value: str) -> str:
        """Return the pseudonym of a value, and count a place; the first kind of a value stays."""
        value = canonical(kind, value)
        given = self._given.get(value)
        if given is None:
            self._values[kind] += 1
            given = self._given[value] = (kind, self._next(kind))
        self._places[given[0]] += 1
        return given[1]

    def _next(self, kind: str) -> str:
        while True:
            self._numbers[kind] += 1
            pseudonym = f"<{kind}-{self._numbers[kind]}>"
            if pseudonym not in self._taken:
                return pseudonym

    @property
    def counts(self) -> tuple[Redacted, ...]:
        """How much was redacted, by kind, in the order of the kinds' names."""
        return tuple(
            Redacted(kind, self._values[kind], self._places[kind]) for kind in sorted(self._values)
        )


def canonical(kind: str, value: str) -> str:
    """Return the spelling of a value that all its spellings share."""
    value = value.strip()
    if kind == "authorization":
        # As a document's list of one, and with the scheme where an escape parted them.
        listed = _canonical_document(value) if value[:1] in ("{", "[") else value
        return _SCHEME.sub("", listed)
    if kind == "email":
        return value.lower()
    if kind == "card":
        return re.sub(r"\D", "", value) or value
    if kind == "ip":
        return str(address_of(value) or value)
    if kind == "id" and _TRACE.fullmatch(value):
        # X-Ray's spelling and W3C's.
        return value.removeprefix("1-").replace("-", "").lower()
    if value[:1] in ("{", "["):
        return _canonical_document(value)
    return value


def _canonical_document(text: str) -> str:
    try:
        document = json.loads(text)
        if isinstance(document, list) and len(document) == 1 and isinstance(document[0], str):
            return document[0]
        return json.dumps(document, sort_keys=True, separators=(",", ":"))
    except (ValueError, RecursionError):
        return text
