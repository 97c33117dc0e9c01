"""What an index says of its fields: which there are, and what can be searched in them.

Reads mappings and the analysers in settings. Which query follows from that is
`slsloggrep.sources.opensearch.asking`'s knowledge, how both are asked for that of `indices`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

TEXTS = frozenset({"text", "match_only_text", "annotated_text", "search_as_you_type"})
KEYWORDS = frozenset({"keyword", "constant_keyword", "wildcard"})
NUMBERS = frozenset(
    {
        "long",
        "integer",
        "short",
        "byte",
        "double",
        "float",
        "half_float",
        "scaled_float",
        "unsigned_long",
    }
)
DATES = frozenset({"date", "date_nanos"})
_USUAL_DATES = ("", "strict_date_optional_time||epoch_millis", "strict_date_optional_time_nanos")

_WHOLE_TOKENIZERS = frozenset({"standard", "whitespace", "keyword", "uax_url_email", "classic"})
"""They never cut between ASCII letters and digits, but behind 255 of them."""
_HARMLESS_FILTERS = frozenset({"lowercase", "asciifolding", "apostrophe", "trim", "unique"})
"""They change no run of ASCII letters and digits, but for its case."""
_WHOLE_ANALYSERS = {"standard": True, "whitespace": False, "keyword": False}
"""The built-in ones that leave such runs whole, and whether they change the case."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a mapping, or one more way in which a field is indexed."""

    path: str
    kind: str
    searched: bool = True
    """It can be searched, by an index of its values."""
    listed: bool = True
    """It can be told which documents have it."""
    whole: bool = False
    """Its terms hold every run of ASCII letters and digits of the text, whole."""
    lowers: bool | None = False
    """Its terms are in lower case; None: perhaps."""
    splits: bool = False
    """Runs of more than 255 letters and digits stand in several terms."""
    limit: int | None = None
    """Texts of more characters than that are not indexed (`ignore_above`)."""
    nested: str = ""
    """The path of the nested object that it lies in."""
    usual_dates: bool = True
    """Of a date: its values are ISO times or numbers."""


@dataclass(frozen=True, slots=True)
class Schema:
    """The fields of an index."""

    fields: dict[str, tuple[Field, ...]] = field(default_factory=dict)
    """The ways in which each field is indexed, by its path in documents."""
    objects: tuple[str, ...] = ()
    """Paths of the objects between."""
    hidden: tuple[str, ...] = ()
    """Objects in which anything may stand that is not indexed (`enabled: false`, `dynamic`)."""
    stored: bool = True
    """Documents are kept as they came (`_source`)."""

    def has(self, path: str) -> bool:
        """Tell whether a field or an object is mapped."""
        return path in self.fields or path in self.objects

    def kind(self, path: str) -> str:
        """Return the type of a field; empty where it is not mapped."""
        ways = self.fields.get(path)
        return ways[0].kind if ways else ""


def read_mapping(mapping: Mapping[str, Any], settings: Mapping[str, Any] | None) -> Schema:
    """Return the fields of an index, out of its mapping and its flat settings.

    Without settings nothing is known of analysers, and no text counts as searchable.
    """
    analysers = Analysers(settings)
    fields: dict[str, tuple[Field, ...]] = {}
    objects: list[str] = []
    hidden: list[str] = []
    if not _is_dynamic(mapping.get("dynamic", True)):
        hidden.append("")
    source = mapping.get("_source")
    stored = not (isinstance(source, dict) and source.get("enabled") in (False, "false"))
    for path, inner, nested in _walk(mapping, "", ""):
        kind = inner.get("type")
        if kind in (None, "object", "nested"):
            objects.append(path)
            if inner.get("enabled") in (False, "false") or not _is_dynamic(
                inner.get("dynamic", True)
            ):
                hidden.append(path)
            continue
        if kind == "alias":
            continue
        ways = [_field(path, inner, nested, analysers)]
        for name, way in (inner.get("fields") or {}).items():
            ways.append(_field(f"{path}.{name}", way, nested, analysers))
        fields[path] = tuple(ways)
    return Schema(fields, tuple(objects), tuple(hidden), stored)


class Analysers:
    """What the analysers of an index do to runs of ASCII letters and digits."""

    def __init__(self, settings: Mapping[str, Any] | None) -> None:
        self._known = settings is not None
        mode = (settings or {}).get("index.mode")
        # Elasticsearch, ignore_above: 8191 where the index mode is logsdb.
        self.usual_limit = (settings or {}).get(
            "index.mapping.ignore_above", 8191 if mode == "logsdb" else None
        )
        """The limit of keywords that state none."""
        self._parts: dict[str, dict[str, dict[str, Any]]] = {}
        for key, value in (settings or {}).items():
            words = key.removeprefix("index.analysis.").split(".")
            if key.startswith("index.analysis.") and len(words) >= 3:
                own = self._parts.setdefault(words[0], {}).setdefault(words[1], {})
                # In flat settings a list may also be spelled `filter.0`, `filter.1`.
                if len(words) > 3 and words[3].isdigit():
                    own.setdefault(words[2], []).append(value)
                else:
                    own[words[2]] = value

    def leaves_whole(self, name: str) -> tuple[bool, bool | None, bool]:
        """Tell of an analyser whether runs stay whole, whether it lowers, whether it may split."""
        if not self._known:
            return False, None, True
        own = self._parts.get("analyzer", {}).get(name)
        if own is None and name == "default":
            name, own = "standard", None
        if own is None:
            return name in _WHOLE_ANALYSERS, _WHOLE_ANALYSERS.get(name), name != "keyword"
        kind = own.get("type", "custom")
        if kind in _WHOLE_ANALYSERS:
            others = own.keys() - {"type"}
            return not others, _WHOLE_ANALYSERS[kind], kind != "keyword"
        filters = own.get("filter") or []
        filters = [filters] if isinstance(filters, str) else filters
        tokenizer = str(own.get("tokenizer", ""))
        known = self._parts.get("tokenizer", {}).keys() | self._parts.get("filter", {}).keys()
        whole = (
            kind == "custom"
            and tokenizer in _WHOLE_TOKENIZERS
            and not own.get("char_filter")
            and all(f in _HARMLESS_FILTERS for f in filters)
            and not known & {tokenizer, *filters}
        )
        return whole, "lowercase" in filters, tokenizer != "keyword"

    def normaliser_lowers(self, name: str) -> bool | None:
        """Tell whether a keyword's normaliser lowers; None: perhaps, or more than that."""
        if not name:
            return False
        return True if name == "lowercase" else None


def _walk(
    mapping: Mapping[str, Any], path: str, nested: str
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for name, inner in (mapping.get("properties") or {}).items():
        own = f"{path}.{name}" if path else name
        yield own, inner, nested
        within = own if inner.get("type") == "nested" else nested
        yield from _walk(inner, own, within)


def _field(path: str, inner: Mapping[str, Any], nested: str, analysers: Analysers) -> Field:
    kind = str(inner.get("type", ""))
    searched = inner.get("index") not in (False, "false", "no")
    doc_values = inner.get("doc_values", kind not in TEXTS) not in (False, "false")
    listed = searched or doc_values
    if kind in TEXTS:
        whole, lowers, splits = analysers.leaves_whole(str(inner.get("analyzer", "default")))
        # What is asked for would be taken apart in another way than what is indexed.
        whole = whole and not inner.keys() & {"search_analyzer", "search_quote_analyzer"}
        return Field(path, kind, searched, listed, whole, lowers, splits, nested=nested)
    if kind in KEYWORDS:
        normaliser = str(inner.get("normalizer", ""))
        lowers = analysers.normaliser_lowers(normaliser)
        limit = inner.get("ignore_above", analysers.usual_limit)
        return Field(
            path,
            kind,
            searched,
            listed,
            whole=normaliser in ("", "lowercase"),
            lowers=lowers,
            limit=int(limit) if limit is not None else None,
            nested=nested,
        )
    usual = str(inner.get("format", "")) in _USUAL_DATES
    return Field(path, kind, searched, listed, nested=nested, usual_dates=usual)


def _is_dynamic(value: object) -> bool:
    return str(value).lower() in ("true", "strict", "runtime", "strict_allow_templates")
