"""Under which key a record shows the subject: what a person calls the evidence.

`order_id` says more than "a text". Looks into structured fields, documents inside their texts
included, and at `key=value` in plain text. Whether a record mentions the subject at all is decided
elsewhere, by the whole message.
"""

from __future__ import annotations

import re
from typing import Any

from slsloggrep.model import Record
from slsloggrep.parse import Subject
from slsloggrep.parse.documents import read_document

_MAX_DEPTH = 12
_MAX_VALUES = 20_000
_MAX_LENGTH = 512
"""Characters of a value that is compared: what is longer is a text that mentions the subject."""

_KEY = r"(?<![\w.@-])([A-Za-z@_][\w.@-]{0,60})\\*[\"']?\s?(?:=>|[:=])\s?\\*[\"']?"


def field_of(record: Record, subject: Subject) -> str:
    """Return the key whose value is the subject, dotted where it lies deeper; empty: none is.

    Of several the first in the document counts. Positions in lists are left out.
    """
    if record.fields:
        return ".".join(_Search(subject).find(record.fields, (), 0) or ())
    if not subject.text:
        return ""
    found = re.search(
        _KEY + rf"{re.escape(subject.text)}(?![\w-])",
        record.event.message,
        re.IGNORECASE if subject.folded else re.NOFLAG,
    )
    return found[1] if found else ""


class _Search:
    """One bounded walk through a document."""

    def __init__(self, subject: Subject) -> None:
        self._wanted = {subject.text.lower() if subject.folded else subject.text}
        self._wanted.update(
            i.value.lower() if subject.folded else i.value for i in subject.identifiers
        )
        self._folded = subject.folded
        self._left = _MAX_VALUES

    def find(self, value: Any, path: tuple[str, ...], depth: int) -> tuple[str, ...] | None:
        self._left -= 1
        if self._left < 0 or depth > _MAX_DEPTH:
            return None
        children: list[tuple[tuple[str, ...], Any]] = []
        if isinstance(value, str):
            inner = read_document(value) if value[:1] in ("{", "[") else None
            if inner is None:
                return path if path and self._is_wanted(value) else None
            children = [(path, inner)]
        elif isinstance(value, dict):
            children = [((*path, key), child) for key, child in value.items()]
        elif isinstance(value, list):
            children = [(path, child) for child in value]
        elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
            return path if path and str(value) in self._wanted else None
        for inner_path, child in children:
            found = self.find(child, inner_path, depth + 1)
            if found:
                return found
        return None

    def _is_wanted(self, value: str) -> bool:
        if len(value) > _MAX_LENGTH:
            return False
        value = value.strip()
        return (value.lower() if self._folded else value) in self._wanted
