"""The redactor: texts and values of the model in, the same without secrets out.

What is a secret is found by `slsloggrep.redact.finding`, what takes its place is given by
`slsloggrep.redact.pseudonyms`, and `slsloggrep.redact.walk` knows what values are made of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

from slsloggrep.harmless import json_text
from slsloggrep.model import Record, Redacted
from slsloggrep.redact.finding import Finder, Region
from slsloggrep.redact.known import is_telling
from slsloggrep.redact.names import is_plain
from slsloggrep.redact.pseudonyms import Pseudonyms, canonical
from slsloggrep.redact.rules import Rules
from slsloggrep.redact.walk import Walk

_T = TypeVar("_T")

_MANY = 500_000
"""Texts whose regions are remembered: most come twice, and names of streams again and again."""

_ROUNDS = 5
"""A secret that another one was glued to may show only when that is gone: `a@b.deAKIA...`."""

_AROUND = " \t\r\n\"'"

_LONG = 100_000
"""Characters of a message in which its parts are not looked for: each of the thousands of frames
of a stack trace takes more time to be found in it than to be redacted."""

_SHORTEST = 4
"""Characters of what is worth knowing again."""

_QUOTED_NAME = re.compile(r"(\\*[\"'])\s{0,4}(?::|=>)\s{0,4}\Z")
"""Before a bare value in a document: a number, a map. Its pseudonym is a string there."""


class Redactor:
    """Redacts one report: the same secret has the same pseudonym in all that passes through it."""

    def __init__(self, rules: Rules | None = None, *, kept: Iterable[str] = ()) -> None:
        """Take the rules, and the IDs that were asked for, which are kept like all that join."""
        rules = rules or Rules()
        kept = tuple(kept)
        finder = Finder(rules, () if rules.ids else kept)
        for asked in kept if rules.ids else ():
            finder.known.learn("id", asked)
        self._search = _Search(finder)
        self._replacing = _Replacing(self._search)

    def text(self, text: str) -> str:
        """Return a text with pseudonyms in the place of secrets; what holds none, unchanged."""
        return self._replacing.visit_text(text, is_place=False)

    def value(self, value: _T) -> _T:
        """Return a value of the model, or a container of such, with every text in it redacted.

        Numbers and words of the model (`Enum`) stay, and so does the number of elements; whatever
        did not change is the same object. A secret that stands under its name anywhere in the value
        is known everywhere in it, names of functions and log groups aside, and in what is redacted
        later. Raises TypeError for what is made of something unknown.
        """
        Walk(_Learning(self._search)).walk(value)
        redacted = Walk(self._replacing).walk(value)
        self._search.forget()
        return cast("_T", redacted)

    @property
    def counts(self) -> tuple[Redacted, ...]:
        """How much was redacted so far, by kind, in the order of the kinds' names."""
        return self._replacing.pseudonyms.counts


class _Search:
    """Finds what is in texts, and remembers it: most texts are asked for twice at least."""

    def __init__(self, finder: Finder) -> None:
        self.finder = finder
        self._found: dict[str, Sequence[Region]] = {}
        self.documents: dict[str, str] = {}
        """Kinds of lists and maps that stood under telling names."""
        self.clean: set[int] = set()
        """Identities of records that hold no secret, and no text that is not in their message."""

    def regions(self, text: str) -> Sequence[Region]:
        """Return the regions of a text, whatever is known from elsewhere."""
        found = self._found.get(text)
        if found is None:
            if len(self._found) >= _MANY:
                self._found.clear()
            found = self._found[text] = self.finder.find(text, known=False)
        return found

    def is_part(self, text: str, clean: str | None) -> bool:
        """Tell whether a text stands in one that holds no secret, white space or quotes around it.

        Then it holds none either, unless a pattern of the user's has its own idea of beginnings.
        """
        if not text:
            return True
        if clean is None or self.finder.has_patterns:
            return False
        if len(clean) > _LONG:
            return text == clean
        start = clean.find(text)
        if start < 0:
            return False
        end = start + len(text)
        return (start == 0 or clean[start - 1] in _AROUND) and (
            end == len(clean) or clean[end] in _AROUND
        )

    def forget(self) -> None:
        """Forget what was found."""
        self._found.clear()
        self.clean.clear()


class _Learning:
    """Learns what stands under telling names, and changes nothing."""

    def __init__(self, search: _Search) -> None:
        self._search = search
        self._finder = search.finder
        self._clean: str | None = None
        self._is_clean = False

    def begin(self, record: Record) -> bool:
        message = record.event.message
        self._clean = None if self._search.regions(message) else message
        self._is_clean = self._clean is not None and not self._finder.with_ids
        return True

    def end(self, record: Record) -> None:
        if self._is_clean:
            self._search.clean.add(id(record))
        self._clean = None

    def visit_text(self, text: str, *, is_place: bool) -> str:
        if self._search.is_part(text, self._clean):
            return text
        regions = self._search.regions(text)
        if regions or not is_place:
            self._is_clean = False
        for region in regions:
            if region.by_name and not is_place:
                self._learn(region)
        return text

    def visit_id(self, text: str) -> str:
        if self._finder.with_ids and len(text) >= _SHORTEST:
            self._finder.known.learn("id", text)
            return text
        return self.visit_text(text, is_place=False)

    def visit_named(self, kind: str, value: Any) -> Any:
        self._is_clean = False
        if isinstance(value, str):
            for region in self._finder.named(kind, value):
                self._learn(region)
        elif isinstance(value, Mapping | list):
            self._search.documents[canonical("", json_text(value))] = kind
        else:
            self._learn(Region(0, 0, kind, json_text(value)))
        return value

    def kind_of_document(self, _value: Any) -> str | None:
        return None

    def kind_of_field(self, path: tuple[str, ...]) -> str | None:
        return self._finder.fields.kind_of(path)

    def _learn(self, region: Region) -> None:
        kind, value = region.kind, region.value
        if value[:1] in ("{", "[") or is_plain(kind, value):
            return
        if is_telling(value, is_users=kind in self._finder.fields.kinds):
            self._finder.known.learn(kind, value)


class _Replacing:
    """Puts pseudonyms in the place of what is found."""

    def __init__(self, search: _Search) -> None:
        self._search = search
        self._finder = search.finder
        self.pseudonyms = Pseudonyms(self._finder.taken)
        self._clean: str | None = None

    def begin(self, record: Record) -> bool:
        message = record.event.message
        if self._search.regions(message) or self._finder.may_know(message):
            return True
        if id(record) in self._search.clean:
            return False
        self._clean = message
        return True

    def end(self, record: Record) -> None:
        self._clean = None

    def visit_text(self, text: str, *, is_place: bool) -> str:
        if self._search.is_part(text, self._clean):
            return text
        known = not is_place and self._finder.may_know(text)
        regions = self._finder.find(text, known=True) if known else self._search.regions(text)
        for _ in range(_ROUNDS):
            if not regions:
                break
            text = self._replace(text, regions)
            regions = self._finder.find(text, known=known)
        return text

    def visit_id(self, text: str) -> str:
        if self._finder.with_ids and text:
            regions = self._finder.whole(text, "id")
            return self._replace(text, regions) if regions else text
        return self.visit_text(text, is_place=False)

    def visit_named(self, kind: str, value: Any) -> Any:
        if isinstance(value, str):
            regions = self._finder.named(kind, value)
            return (
                self._replace(value, regions) if regions else self.visit_text(value, is_place=False)
            )
        if isinstance(value, Mapping | list) and not value:
            return value
        written = json_text(value)
        if is_plain(kind, written) and kind not in self._finder.fields.kinds:
            return value
        return self.pseudonyms.of(kind, written)

    def kind_of_field(self, path: tuple[str, ...]) -> str | None:
        return self._finder.fields.kind_of(path)

    def kind_of_document(self, value: Any) -> str | None:
        documents = self._search.documents
        if not documents or not isinstance(value, Mapping | list) or not value:
            return None
        return documents.get(canonical("", json_text(value)))

    def _replace(self, text: str, regions: Iterable[Region]) -> str:
        pieces: list[str] = []
        end = 0
        for region in regions:
            pseudonym = self.pseudonyms.of(region.kind, region.value)
            name = _QUOTED_NAME.search(text, max(0, region.start - 24), region.start)
            quote = name[1] if name else ""
            pieces += (text[end : region.start], quote, pseudonym, quote)
            end = region.end
        return "".join((*pieces, text[end:]))
