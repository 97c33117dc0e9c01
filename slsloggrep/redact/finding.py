"""Where the secrets of a text are: all that shapes, names and the user's rules find, as one.

A text is looked at with its escapes undone, too. What the finds are replaced with is
`slsloggrep.redact.redactor`'s affair.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from slsloggrep.redact.apart import find_apart
from slsloggrep.redact.fields import Fields
from slsloggrep.redact.known import Known
from slsloggrep.redact.names import KINDS as NAMED_KINDS
from slsloggrep.redact.names import Named, find_named, is_plain, lowered, names_secrets
from slsloggrep.redact.rules import Rules
from slsloggrep.redact.shapes import KINDS as SHAPE_KINDS
from slsloggrep.redact.shapes import find_ids, find_ips, find_shapes
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


_UNSEEN = "\x1b\u00ad\u200b-\u200f\u2060\ufeff"
_ESCAPED = re.compile(rf"[\\%&{_UNSEEN}]|[$*][2-7]")
_HIDING = re.compile(
    rf"\\+[ux][0-9a-fA-F]{{2}}|%(?:25)*[2-7][0-9a-fA-F]|&(?:amp;)*#|[$*][2-7]|[{_UNSEEN}]"
    r"|(?:earer|EARER|\d{4})\\+t"
)
"""Escapes under which a sign can hide, or white space that is part of a shape; the others stand
for quotes and other white space."""


class Finder:
    """Finds what is to be redacted by one set of rules."""

    def __init__(self, rules: Rules, kept: Iterable[str] = ()) -> None:
        """Take the rules, and values that no name makes a secret: IDs that join."""
        self._rules = rules
        self._kept = frozenset(kept)
        self.with_ids = rules.ids
        self.has_patterns = bool(rules.patterns)
        self.known = Known()
        """Values that are secrets without a name; whoever walks through a report adds to them."""
        self.taken: set[str] = set()
        """Pseudonyms that stood in texts, for whatever they were given."""
        self.fields = Fields(rules.fields)
        named = (name for name, _ in rules.patterns)
        kinds = (*SHAPE_KINDS, *NAMED_KINDS, *("ip", "id"), *named, *self.fields.kinds)
        self._ranks = {kind: rank for rank, kind in enumerate(dict.fromkeys(kinds))}
        words = "|".join(map(re.escape, sorted(self._ranks, key=len, reverse=True)))
        self._pseudonym = re.compile(rf"<(?:{words})-[1-9][0-9]*>")
        """What is a pseudonym already, of this report or another, stays as it is."""
        self._always = bool(rules.patterns or rules.fields or rules.ips or rules.ids)

    def find(self, text: str, *, known: bool) -> Sequence[Region]:
        """Return the regions of a text, in order, apart from each other.

        `known` says whether values that were seen under a name elsewhere count.
        """
        base = View(text)
        if "<" in text:
            self.taken.update(self._pseudonym.findall(text))
        finds = self._find_in(base, known=known)
        views = [base]
        if _ESCAPED.search(text) and (finds or self._may_hide(text, known=known)):
            views = views_of(text)
            if len(views) > 1 and finds:
                finds = self._find_in(views[0], known=known)
            for view in views[1:]:
                for find in self._find_in(view, known=known):
                    # A map was read whole where its quotes are not undone; else it may reach too
                    # far.
                    if not (find.whole and any(f.start <= find.start < f.end for f in finds)):
                        finds.append(find)
        return self._cut(text, views, self._merge(finds)) if finds else ()

    def may_know(self, text: str) -> bool:
        """Tell quickly whether a text may hold a value that was seen under a name elsewhere."""
        if not self.known:
            return False
        if self.known.may_be_in(text):
            return True
        if _ESCAPED.search(text) is None:
            return False
        return any(self.known.may_be_in(view.text) for view in views_of(text)[1:])

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

    def _may_hide(self, text: str, *, known: bool) -> bool:
        """Tell whether escapes may hide what would be found without them."""
        return (
            known or self._always or names_secrets(text.lower()) or _HIDING.search(text) is not None
        )

    def _find_in(self, view: View, *, known: bool) -> list[_Find]:
        """Return what is found in one view, as it stands in the original text."""
        rules = self._rules
        text = view.text
        lower = lowered(text)
        found: list[tuple[int, int, str]] = [*find_shapes(text)]
        for kind, pattern in rules.patterns:
            found += ((*match.span(), kind) for match in pattern.finditer(text))
        if rules.ips:
            found += find_ips(text)
        if rules.ids:
            found += find_ids(text)
        if known and self.known.may_be_in(text):
            found += self.known.find(text)
        named: list[Named] = []
        if names_secrets(lower):
            named = [
                one
                for one in (*find_named(text, lower), *find_apart(text, lower))
                if text[one.start : one.end] not in self._kept
            ]
        if self.fields:
            named += self.fields.find(text, lower)
        if not found and not named:
            return []
        finds = [_Find(*view.place(start, end), kind) for start, end, kind in found]
        for start, end, kind, whole in named:
            finds.append(_Find(*view.place(start, end), kind, by_name=True, whole=whole))
        return [find for find in finds if find.start < find.end]

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
        taken = []
        for view in views:
            for found in self._pseudonym.finditer(view.text) if "<" in view.text else ():
                self.taken.add(found[0])
                taken.append(view.place(*found.span()))
        taken.sort()
        regions = []
        at = 0
        for find in finds:
            start = find.start
            while at < len(taken) and taken[at][1] <= start:
                at += 1
            following = at
            while start < find.end:
                nothing = (find.end, find.end)
                begun, ended = taken[following] if following < len(taken) else nothing
                piece = _trimmed(text, start, min(begun, find.end))
                whole = piece == (find.start, find.end)
                # Of what stood around a pseudonym, punctuation alone is no secret.
                if piece is not None and (whole or any(map(str.isalnum, text[slice(*piece)]))):
                    value = plain(text[piece[0] : piece[1]])
                    regions.append(Region(*piece, find.kind, value, find.by_name and whole))
                start = max(start, ended)
                following += 1
        return regions


class _Find(NamedTuple):
    start: int
    end: int
    kind: str
    by_name: bool = False
    whole: bool = False
    """It is a list or a map."""


_CORE = re.compile(r"\S(?:.*\S)?", re.DOTALL)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Return a stretch without the white space around it; None where there is nothing else."""
    core = _CORE.search(text, start, end)
    return None if core is None else core.span()
