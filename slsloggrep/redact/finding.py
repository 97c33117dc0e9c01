"""Where the secrets of a text are: all that shapes, names and the user's rules find, as one.

A text is looked at with its escapes undone, too. What the finds are replaced with is
`slsloggrep.redact.redactor`'s affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from slsloggrep.redact.cards import may_hold_card
from slsloggrep.redact.fields import Fields
from slsloggrep.redact.known import Known
from slsloggrep.redact.names import KINDS as NAMED_KINDS
from slsloggrep.redact.names import SIGNS as NAMED_SIGNS
from slsloggrep.redact.names import find_named, is_plain, lowered
from slsloggrep.redact.rules import Rules
from slsloggrep.redact.shapes import KINDS as SHAPE_KINDS
from slsloggrep.redact.shapes import SIGNS as SHAPE_SIGNS
from slsloggrep.redact.shapes import find_ids, find_ips, find_key_lines, find_shapes
from slsloggrep.redact.stretches import Stretch, read_header
from slsloggrep.redact.views import View, plain, views_of


class Region(NamedTuple):
    """A stretch of a text that is to be replaced."""

    start: int
    end: int
    kind: str
    value: str
    """What stands there, its escapes undone."""
    by_name: bool = False
    """It is the name before it that makes it a secret."""


_ESCAPED = re.compile(r"[\\%&$*]")
_HIDING = re.compile(r"\\+[ux][0-9a-fA-F]{2}|%(?:25)*[2-7][0-9a-fA-F]|&(?:amp;)*#|\$25|\*[2-7]")
"""Escapes under which a sign can hide; the others stand for quotes and white space."""


class Finder:
    """Finds what is to be redacted by one set of rules."""

    def __init__(self, rules: Rules, kept: Iterable[str] = ()) -> None:
        """Take the rules, and values that no name makes a secret: IDs that join."""
        self._rules = rules
        self._kept = frozenset(kept)
        self.with_ids = rules.ids
        self.known = Known()
        """Values that are secrets without a name; whoever walks through a report adds to them."""
        self.fields = Fields(rules.fields)
        named = (name for name, _ in rules.patterns)
        kinds = (*SHAPE_KINDS, *NAMED_KINDS, *("ip", "id"), *named, *self.fields.kinds)
        self._ranks = {kind: rank for rank, kind in enumerate(dict.fromkeys(kinds))}
        words = "|".join(map(re.escape, sorted(self._ranks, key=len, reverse=True)))
        self._pseudonym = re.compile(rf"<(?:{words})-[1-9][0-9]*>")
        """What is a pseudonym already, of this report or another, stays as it is."""
        self._always = bool(rules.patterns or rules.fields or rules.ips or rules.ids)

    def find(self, text: str, *, known: bool = True) -> list[Region]:
        """Return the regions of a text, in order, apart from each other.

        `known` says whether values that were seen under a name elsewhere count.
        """
        known = known and bool(self.known) and self._may_know(text)
        if not known and not self._always and not self._may_hold(text):
            return []
        views = views_of(text) if _ESCAPED.search(text) else [View(text)]
        finds: list[_Find] = []
        for view in views:
            for kind, by_name, whole, start, end in self._find_in(view.text, known=known):
                start, end = view.place(start, end)
                # A map was read whole where its quotes are not undone; else it may reach too far.
                inner = whole and any(find.start <= start < find.end for find in finds)
                if start < end and not inner:
                    finds.append(_Find(start, end, kind, by_name))
        return self._cut(text, views, self._merge(finds)) if finds else []

    def whole(self, text: str, kind: str) -> list[Region]:
        """Return the regions of a text that is a secret as a whole: all but its pseudonyms."""
        return self._within(text, 0, len(text), kind)

    def named(self, kind: str, text: str) -> list[Region]:
        """Return the regions of a text that stands under a telling name in a document."""
        start, end = 0, len(text)
        if kind not in self.fields.kinds:
            if text in self._kept or is_plain(kind, text):
                return []
            if kind == "authorization":
                # As in text: what follows the scheme.
                start, end, _ = read_header(f'"{text}"', Stretch(1, 1 + len(text)))
                start, end = start - 1, end - 1
        return self._within(text, start, end, kind)

    def _within(self, text: str, start: int, end: int, kind: str) -> list[Region]:
        views = views_of(text) if _ESCAPED.search(text) else [View(text)]
        return self._cut(text, views, [_Find(start, end, kind, by_name=True)])

    def _may_hold(self, text: str) -> bool:
        if _is_suspicious(text):
            return True
        if _HIDING.search(text) is None:
            return False
        return any(_is_suspicious(view.text) for view in views_of(text)[1:])

    def _may_know(self, text: str) -> bool:
        if self.known.may_be_in(text):
            return True
        if _ESCAPED.search(text) is None:
            return False
        return any(self.known.may_be_in(view.text) for view in views_of(text)[1:])

    def _find_in(self, text: str, *, known: bool) -> Iterator[tuple[str, bool, bool, int, int]]:
        """Yield kind, whether by name, whether a map or list, and where."""
        rules = self._rules
        lower = lowered(text)
        for start, end, kind in find_shapes(text):
            yield kind, False, False, start, end
        for start, end, kind, whole in find_named(text, lower):
            if text[start:end] not in self._kept:
                yield kind, True, whole, start, end
        if self.fields:
            for start, end, kind, whole in self.fields.find(text, lower):
                yield kind, True, whole, start, end
        for kind, pattern in rules.patterns:
            for match in pattern.finditer(text):
                yield kind, False, False, *match.span()
        for asked, look in ((rules.ips, find_ips), (rules.ids, find_ids)):
            for start, end, kind in look(text) if asked else ():
                yield kind, False, False, start, end
        if known:
            for start, end, kind in self.known.find(text):
                yield kind, False, False, start, end

    def _merge(self, finds: list[_Find]) -> list[_Find]:
        """Return finds that overlap as one, of the longest's kind."""
        merged: list[_Find] = []
        finds.sort(key=lambda find: (find.start, -find.end, self._ranks[find.kind]))
        longest = 0
        for find in finds:
            length = find.end - find.start
            if not merged or find.start >= merged[-1].end:
                merged.append(find)
                longest = length
                continue
            last = merged[-1]
            if length > longest:
                last, longest = last._replace(kind=find.kind, by_name=find.by_name), length
            merged[-1] = last._replace(end=max(last.end, find.end))
        return merged

    def _cut(self, text: str, views: list[View], finds: list[_Find]) -> list[Region]:
        """Return what is left of finds without the pseudonyms that stand in them."""
        taken = sorted(
            view.place(*found.span())
            for view in views
            if "<" in view.text
            for found in self._pseudonym.finditer(view.text)
        )
        regions = []
        for find in finds:
            start = find.start
            for begun, ended in (*taken, (find.end, find.end)):
                stop = min(begun, find.end)
                if start < stop and (piece := _trimmed(text, start, stop)) is not None:
                    whole = piece == (find.start, find.end)
                    value = plain(text[piece[0] : piece[1]])
                    regions.append(Region(*piece, find.kind, value, find.by_name and whole))
                start = max(start, min(ended, find.end))
        return regions


class _Find(NamedTuple):
    start: int
    end: int
    kind: str
    by_name: bool


_CORE = re.compile(r"\S(?:.*\S)?", re.DOTALL)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return a stretch without the white space around it; None where it holds no word at all."""
    core = _CORE.search(text, start, end)
    if core is None or not any(map(str.isalnum, core[0])):
        return None
    return core.span()


def _is_suspicious(text: str) -> bool:
    for sign in SHAPE_SIGNS:
        if sign in text:
            return True
    lower = text.lower()
    for sign in NAMED_SIGNS:
        if sign in lower:
            return True
    return may_hold_card(text) or (len(text) >= 64 and any(find_key_lines(text)))
