"""A small index in memory: which documents a query finds, by what their mapping puts into terms.

It knows the clauses that are asked for, and the analysers `standard`, `whitespace` and `keyword`
(UAX #29 as far as ASCII goes; terms are split behind 255 characters). Where servers differ it does
what finds less. Scores, order and everything else are left out; real servers prove the rest
(`tests/integration/test_search_superset.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
Clause = Mapping[str, Any]

_WORD = re.compile(r"\w(?:\w|(?<=[^\W\d_])['.:](?=[^\W\d_])|(?<=\d)[.,;](?=\d))*")
_LONGEST = 255
_SPLIT = ".{255}|.{128,254}&.*[\U00010000-\U0010ffff].*"


class Evaluator:
    """Tells whether a query finds a document under a mapping."""

    def __init__(self, mapping: Mapping[str, Any]) -> None:
        self._mapping = mapping

    def finds(self, clause: Clause, document: Document) -> bool:
        """Tell whether a clause holds for a document."""
        ((kind, body),) = clause.items()
        return bool(getattr(self, f"_{kind}")(body, document))

    def _match_all(self, _body: Any, _document: Document) -> bool:
        return True

    def _match_none(self, _body: Any, _document: Document) -> bool:
        return False

    def _bool(self, body: Any, document: Document) -> bool:
        should = body.get("should", [])
        held = sum(self.finds(clause, document) for clause in should)
        least = body.get("minimum_should_match", 0 if "filter" in body or not should else 1)
        return (
            all(self.finds(clause, document) for clause in body.get("filter", []))
            and not any(self.finds(clause, document) for clause in body.get("must_not", []))
            and held >= least
        )

    def _nested(self, body: Any, document: Document) -> bool:
        return self.finds(body["query"], document)

    def _exists(self, body: Any, document: Document) -> bool:
        path = body["field"]
        paths = [path]
        if self._field(path) is None:
            paths = [p for p in self._names(self._mapping, "") if p.startswith(f"{path}.")]
        return any(self._is_listed(each, document) for each in paths)

    def _is_listed(self, path: str, document: Document) -> bool:
        if (self._field(path) or {}).get("type") == "text":  # without any term, too: by its norm
            return self._searched(path) and any(True for _ in values_of(document, path))
        return bool(self._terms(path, document))

    def _term(self, body: Any, document: Document) -> bool:
        ((path, value),) = body.items()
        # A normaliser is applied to what is asked for, too.
        wanted = _analysed(str(value["value"]), self._field(path) or {"type": ""})
        return self._searched(path) and set(wanted) <= set(self._terms(path, document))

    def _match(self, body: Any, document: Document) -> bool:
        ((path, how),) = body.items()
        assert how["operator"] == "and"
        wanted = _analysed(how["query"], self._field(path) or {})
        return self._searched(path) and set(wanted) <= set(self._terms(path, document))

    def _regexp(self, body: Any, document: Document) -> bool:
        ((path, how),) = body.items()
        if path == "_ignored":  # most servers note nothing there
            return False
        terms = self._terms(path, document) if self._searched(path) else []
        if how["value"] == _SPLIT:
            return any(len(t) == 255 or (len(t) > 127 and max(t) > "\uffff") for t in terms)
        assert re.fullmatch(r"\.\*\([A-Za-z0-9|]+\)\.\*", how["value"]), how
        return any(re.fullmatch(how["value"], term, re.DOTALL) for term in terms)

    def _wildcard(self, body: Any, document: Document) -> bool:
        ((path, how),) = body.items()
        parts = re.split(r"(\\.|[*?])", how["value"], flags=re.DOTALL)
        special = {"*": ".*", "?": "."}
        pattern = "".join(special.get(p) or re.escape(p[1:] if p[:1] == "\\" else p) for p in parts)
        terms = self._terms(path, document) if self._searched(path) else []
        return any(re.fullmatch(pattern, term, re.DOTALL) for term in terms)

    def _range(self, body: Any, document: Document) -> bool:
        ((path, how),) = body.items()
        values = [value for value in values_of(document, path) if isinstance(value, int | float)]
        low, high = how.get("gte", float("-inf")), how.get("lt", float("inf"))
        return any(low <= value < high for value in values)

    def _names(self, mapping: Mapping[str, Any], start: str) -> Iterator[str]:
        for name, inner in (mapping.get("properties") or {}).items():
            yield start + name
            yield from self._names(inner, f"{start}{name}.")

    def _field(self, path: str) -> Mapping[str, Any] | None:
        """Return the mapping of a field, or of one more way in which a field is indexed."""
        found: Mapping[str, Any] = self._mapping
        for key in path.split("."):
            inner = (found.get("properties") or {}).get(key) or (found.get("fields") or {}).get(key)
            if inner is None:
                return None
            found = inner
        return found if "type" in found and found["type"] not in ("object", "nested") else None

    def _searched(self, path: str) -> bool:
        return (self._field(path) or {}).get("index", True) is not False

    def _terms(self, path: str, document: Document) -> list[str]:
        """Return the terms of a field; where it is not indexed, what its columns have."""
        field = self._field(path)
        if field is None:
            return []
        text = field["type"] == "text"
        if field.get("index", True) is False and (text or field.get("doc_values", True) is False):
            return []
        above = path
        while above and not (values := list(values_of(document, above))):
            above = above.rpartition(".")[0]
            if not (self._field(above) or {}).get("fields"):
                values = []
                break
        return [term for value in values for term in _analysed(value, field)]


def values_of(document: Any, path: str) -> Iterator[Any]:
    """Yield the values at a path, however it is spelled: nested objects, dots in keys, lists."""
    if isinstance(document, list):
        for each in document:
            yield from values_of(each, path)
    elif not path:
        if document is not None and not isinstance(document, dict):
            yield document
    elif isinstance(document, dict):
        for key, value in document.items():
            if key == path:
                yield from values_of(value, "")
            elif path.startswith(f"{key}."):
                yield from values_of(value, path[len(key) + 1 :])


def _analysed(value: Any, field: Mapping[str, Any]) -> list[str]:
    text = value if isinstance(value, str) else str(value).lower()
    if field["type"] == "keyword":
        if len(text) > field.get("ignore_above", 1 << 30):
            return []
        return [text.lower() if field.get("normalizer") else text]
    if field["type"] != "text":
        return [text]
    analyser = field.get("analyzer", "standard")
    if analyser == "keyword":
        return [text]
    words = text.split() if analyser == "whitespace" else _WORD.findall(text.lower())
    return [word[n : n + _LONGEST] for word in words for n in range(0, len(word), _LONGEST)]
