r"""Views of a text: as it stands, and with its escapes undone, layer by layer.

A secret may be written as `alice\u0040example.com`, `alice%40example.com` or `\\\"token\\\":`;
looked for in the views, it is found in any spelling, and a view tells where it stands in the text.
What is a secret, other modules know.

Undone are the escapes of JSON (RFC 8259, section 7) and of the languages that borrowed them, of
URLs (RFC 3986, section 2.1), of CloudWatch's console in the fragments of its URLs (`$40`, `*40`),
and of HTML (character references). Colours of a terminal (ECMA-48, CSI) and characters that nobody
sees are left out.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

MAX_LAYERS = 8
"""Layers of escapes that are undone. Logs are seen with four: JSON in a URL in JSON in JSON."""

_H = "[0-9A-Fa-f]"
_CONTINUED = "%[89ABab]" + _H
_ESCAPE = re.compile(
    rf"\\(?:u{_H}{{4}}|x{_H}{{2}}|[\"'\\/bfnrt])"
    rf"|%(?:[0-7]{_H}|[CDcd]{_H}{_CONTINUED}|[Ee]{_H}(?:{_CONTINUED}){{2}}"
    rf"|[Ff][0-4](?:{_CONTINUED}){{3}})"
    rf"|[$*][2-7]{_H}"
    rf"|&(?:\#[0-9]{{1,7}}|\#[xX]{_H}{{1,6}}|quot|apos|amp|lt|gt);"
    "|\x1b\\[[0-?]*[ -/]*[@-~]|[\u00ad\u200b-\u200f\u2060\ufeff]"
)
_NAMED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_REFERENCES = {"quot": '"', "apos": "'", "amp": "&", "lt": "<", "gt": ">"}
_HIGHEST = 0x10FFFF


class View:
    """A text, and where each of its characters stands in the original one."""

    __slots__ = ("_escapes", "_pieces", "_starts", "_under", "text")

    def __init__(
        self,
        text: str,
        under: View | None = None,
        starts: Sequence[int] = (),
        pieces: Sequence[int] = (),
    ) -> None:
        """Make a view over another one: piece `i` begins at `starts[i]`, there at `pieces[i]`."""
        self.text = text
        self._under = under
        self._starts = starts
        self._pieces = pieces
        self._escapes: list[tuple[int, int]] = []

    def undo(self) -> View | None:
        """Return the view with one layer of escapes undone; None where there is none."""
        text = self.text
        out: list[str] = []
        starts: list[int] = []
        pieces: list[int] = []
        length = end = 0
        for found in _ESCAPE.finditer(text):
            start = found.start()
            if start > end:
                out.append(text[end:start])
                starts.append(length)
                pieces.append(end)
                length += start - end
            end = found.end()
            character = _character(found[0])
            out.append(character)
            starts.append(length)
            pieces.append(start)
            length += len(character)
            self._escapes.append((start, end))
        if not out:
            return None
        if end < len(text):
            out.append(text[end:])
            starts.append(length)
            pieces.append(end)
        return View("".join(out), self, starts, pieces)

    def place(self, start: int, end: int) -> tuple[int, int]:
        r"""Return where a stretch of this view stands in the original text.

        What begins within an escape begins behind it: in `\nalice@example.com` the `n` belongs to
        nobody's address. What ends within one ends behind it.
        """
        start = self._behind(start)
        end = max(self._behind(end), start)
        if self._under is None:
            return start, end
        return self._under.place(self._below(start), self._below(end))

    def _below(self, position: int) -> int:
        if position >= len(self.text):
            assert self._under is not None  # noqa: S101 - for the type checker
            return len(self._under.text)
        piece = bisect_right(self._starts, position) - 1
        return self._pieces[piece] + position - self._starts[piece]

    def _behind(self, position: int) -> int:
        at = bisect_right(self._escapes, (position, 0)) - 1
        if at >= 0 and self._escapes[at][0] < position < self._escapes[at][1]:
            return self._escapes[at][1]
        return position


def views_of(text: str) -> list[View]:
    """Return a text's views, the text itself first."""
    views = [View(text)]
    while len(views) <= MAX_LAYERS and (undone := views[-1].undo()) is not None:
        views.append(undone)
    return views


def plain(text: str) -> str:
    """Return a text with all its escapes undone."""
    return views_of(text)[-1].text


def _character(escape: str) -> str:
    kind = escape[0]
    if kind not in "\\%$*&":
        return ""
    if kind == "%":
        return bytes.fromhex(escape.replace("%", "")).decode("utf-8", "replace")[:1]
    if kind in "$*":
        return chr(int(escape[-2:], 16))
    if kind == "&":
        name = escape[1:-1]
        if not name.startswith("#"):
            return _REFERENCES[name]
        code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
        return chr(code) if code <= _HIGHEST else "\ufffd"
    if escape[1] in "ux":
        return chr(int(escape[2:], 16))
    return _NAMED.get(escape[1], escape[1])
