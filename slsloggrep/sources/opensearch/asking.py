r"""Queries for literals: what the server may leave out, without losing a match.

A literal is a substring; what is indexed are terms. What no encoder escapes and no analyser cuts is
a run of ASCII letters and digits (`standard` breaks at hyphens, dots between a letter and a digit
and the like, and lowers the case; it joins letters and digits, and what stands around them). So
every document that holds a literal has a term that holds each of its runs, whatever is glued to it:
`\nord-17` has the term `nord`. The longest run is asked for with a regex over the terms
(`.*run.*`), several short ones together. `match_phrase` on `ord-17` would be faster, and would miss
that one, and every ID of which only a part was typed. (What begins in the middle of an escape of
JSON is not found: nobody means that.)

What it costs: a regex with a free beginning looks at every term of the field, some millions a
second and shard, and at no document that lacks it. The pipeline looks again at what comes.

Not sound by itself, and so added: terms of 255 characters, where longer runs are split
(`max_token_length`); documents without the keyword, where `ignore_above` may have left it out;
whatever has a value in a field that cannot be searched but may hold the text. Where none of that
can be asked, everything in the window is read. Fields of which no sample shows that they hold
anything are told apart: whoever plans decides what they are worth (`tasks`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from slsloggrep.decode.search_documents import spells
from slsloggrep.decode.search_layouts import own_paths
from slsloggrep.decode.search_shapes import Shape
from slsloggrep.sources.cloudwatch.patterns import without_wider
from slsloggrep.sources.opensearch.mapping import DATES, KEYWORDS, NUMBERS, TEXTS, Field, Schema

Clause = dict[str, Any]

_RUN = re.compile("[A-Za-z0-9]+")
_ESCAPE = re.compile(r"\\(?:[bfnrt]|u[0-9A-Fa-f]{0,4})")
"""In a message that is JSON, a line feed may be two characters, and the index has one. What follows
is a part of both: of `ord` behind the line feed, and of `nord` behind a backslash."""

_SHORTEST = 2
"""A run of one character stands in nearly every text."""
_TELLING = 8
"""A run of this length is rare enough by itself."""
_COMMON = frozenset(
    {
        *("default", "duration", "exception", "function", "functions", "invocation", "lambda"),
        *("message", "messages", "request", "requestid", "requests", "response", "service"),
        *("timestamp", "version"),
    }
)
"""Longer words that healthy logs are full of, in their keys above all; in lower case."""
_LONGEST = 64
"""So much of a longer run tells as much."""
_MOST_RUNS = 4
_EXPRESSION = 900
"""Characters of one regex: `index.max_regex_length` is 1,000."""
_CLAUSES = 600
"""Clauses of one query: `indices.query.bool.max_clause_count` is 1,024."""

_SPLIT: Clause = {"value": ".{255}|.{128,254}&.*[\U00010000-\U0010ffff].*"}
"""Terms where `standard` has split a longer run: 255 UTF-16 units, a few of which may be pairs."""

_NUMERIC = re.compile(r"[0-9]*[eE]?[0-9]*|Infinity|NaN")
_DATED = re.compile(r"[0-9]*[TZ]?[0-9]*Z?")
_ADDRESS = re.compile(r"[0-9a-fA-F]+")


@dataclass(frozen=True, slots=True)
class Samples:
    """What some documents of an index look like: a mapping tells what may be, not what is."""

    paths: frozenset[str] = frozenset()
    """Where they have values."""
    lists: frozenset[str] = frozenset()
    """Where they have several."""
    longest: Mapping[str, int] = field(default_factory=dict)
    """How many characters the longest text has in each."""


class Asked(NamedTuple):
    """What the server is asked for."""

    clause: Clause | None
    """None: everything; no query would find all that is wanted."""
    reason: str = ""
    """Why not less."""
    unsearched: tuple[str, ...] = ()
    """Fields that may hold the text and cannot be searched; no sample has a value in them."""
    unlikely: tuple[str, ...] = ()
    """Texts that are not searched, of which samples show nothing like it: longer than a keyword
    may be, where those that were seen are not half as long."""


@dataclass
class _Search:
    """The fields in which a literal may stand, and what is found out about them."""

    schema: Schema
    shape: Shape
    samples: Samples
    unsearched: dict[str, None] = field(default_factory=dict)
    unlikely: dict[str, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        mapped = [path for path in self.shape.message if path in self.schema.fields]
        self.message = mapped[0] if self.shape.original and mapped else ""
        """The only field that is looked at, where the message is in there alone."""
        own = own_paths(self.shape)
        paths = [self.message] if self.message else [p for p in self.schema.fields if p not in own]
        self.holders = {path: self.schema.fields[path] for path in paths}
        self.keys = [p for p in (*self.schema.fields, *self.schema.objects) if p not in own]

    def may_be_cut(self, path: str, limit: int) -> bool:
        """Tell whether a text of a field may be longer than what is indexed of it.

        The message may always be. Of other fields, only where samples come near it: to ask for all
        documents that lack a field would be to ask for nearly all documents.
        """
        return path in self.shape.message or self.samples.longest.get(path, 0) > limit // 2


def ask_for(literals: Sequence[str], schema: Schema, shape: Shape, samples: Samples) -> Asked:
    """Return what to ask for, so that every document comes which holds one of the literals."""
    search = _Search(schema, shape, samples)
    hidden = _hidden(search)
    if hidden:
        return Asked(None, f"{hidden} is not indexed")
    alone: list[str] = []
    together: list[tuple[str, ...]] = []
    for literal in dict.fromkeys(literals):
        runs = _runs(literal, search)
        if not runs:
            return Asked(None, f"{_shown(literal)} holds no word that could be searched")
        if len(runs) == 1:
            alone.append(runs[0])
        else:
            together.append(runs)
    kept = without_wider(alone)
    together = [runs for runs in together if not any(a in run for a in kept for run in runs)]
    try:
        should = [*_any_of(kept, search)] if kept else []
        for runs in dict.fromkeys(together):
            must = [_one(list(_any_of([run], search))) for run in runs]
            should.append({"bool": {"filter": must}})
            if _count(should) > _CLAUSES:
                break
    except _Unsearchable as unsearchable:
        return Asked(None, f"{unsearchable} cannot be searched")
    if _count(should) > _CLAUSES:
        best = without_wider([*alone, *(max(runs, key=len) for runs in together)])
        should = [*_any_of(best, search)]
        if _count(should) > _CLAUSES:
            return Asked(None, "it would take too many clauses")
    if search.message:
        # A document that lacks the message is its own message, whatever its fields are.
        should.append(_lacking(search.message))
    should.append(_ignored(search))
    return Asked(_one(should), "", tuple(search.unsearched), tuple(search.unlikely))


class _Unsearchable(Exception):  # noqa: N818 - it ends a search for clauses, nothing failed
    """A field may hold the text, and no query finds out."""


def _runs(literal: str, search: _Search) -> tuple[str, ...]:
    """Return runs that a document must hold, as few as tell it; empty where there are none."""
    literal = _ESCAPE.sub(" ", literal)
    runs = [run[:_LONGEST] for run in _RUN.findall(literal) if len(run) >= _SHORTEST]
    runs = [run for run in dict.fromkeys(runs) if not spells(search.shape, run)]
    if not runs:
        return ()
    # What stands in keys or may be a number is in many documents.
    runs.sort(
        key=lambda run: (not _is_wide(run, search), run.lower() not in _COMMON, len(run), run),
        reverse=True,
    )
    tells = len(runs[0]) >= _TELLING and runs[0].lower() not in _COMMON
    return tuple(runs[:1] if tells else runs[:_MOST_RUNS])


def _is_wide(run: str, search: _Search) -> bool:
    if search.message:
        return False
    return _NUMERIC.fullmatch(run) is not None or any(run in key for key in search.keys)


def _any_of(runs: Sequence[str], search: _Search) -> Iterator[Clause]:
    """Yield clauses of which one holds for every document that has one of the runs."""
    for path, ways in search.holders.items():
        yield from _within(path, ways, runs, search)
    if search.message:
        return
    for path in search.keys:
        if any(run in path for run in runs):
            yield _exists(path, search)


def _within(
    path: str, ways: tuple[Field, ...], runs: Sequence[str], search: _Search
) -> Iterator[Clause]:
    way = _best_way(path, ways, search)
    if way is None:
        kind = ways[0].kind
        if kind in TEXTS or kind in KEYWORDS or any(_may_hold(ways[0], run) for run in runs):
            yield from _listed(path, ways, search)
        return
    for text in _expressions(runs, way):
        yield _nested(way, {"regexp": {way.path: {"value": text}}})
    if way.splits:
        yield _nested(way, {"regexp": {way.path: _SPLIT}})
    if way.limit is not None:
        if search.may_be_cut(path, way.limit):
            yield _nested(way, _lacking(way.path))
        else:
            search.unlikely[f"texts of more than {way.limit} characters in keyword fields"] = None


def _best_way(path: str, ways: tuple[Field, ...], search: _Search) -> Field | None:
    """Return the way to search a field that misses nothing; None: there is none."""
    sound = [way for way in ways if way.searched and way.whole]
    # One of several values may be cut while another is there: then nothing tells.
    lists = search.samples.lists
    sound = [
        way
        for way in sound
        if way.limit is None or path not in lists or not search.may_be_cut(path, way.limit)
    ]
    order = ("wildcard", *sorted(TEXTS), "constant_keyword", "keyword")
    return min(
        sound,
        key=lambda way: (way.limit is not None, order.index(way.kind)),
        default=None,
    )


def _listed(path: str, ways: tuple[Field, ...], search: _Search) -> Iterator[Clause]:
    """Yield what finds the documents that have any value in a field that cannot be searched."""
    for way in ways:
        if way.listed and way.limit is None:
            yield _nested(way, {"exists": {"field": way.path}})
            return
    if path in search.samples.paths or path == search.message:
        raise _Unsearchable(path)
    search.unsearched[path] = None


def _ignored(search: _Search) -> Clause:
    """Return what finds the documents of which the mapping could not take something.

    From Elasticsearch 8 on that is also every message for which its keyword is too short: those are
    left out where the field is searched in another way.
    """
    spared = []
    for path, ways in search.schema.fields.items():
        best = _best_way(path, ways, search)
        if best is not None and best.limit is None:
            spared += [way.path for way in ways if way.limit is not None]
    names = "|".join(re.sub(r"([^A-Za-z0-9])", r"\\\1", path) for path in spared)
    if not spared or len(names) > _EXPRESSION or not names.isascii():
        return {"exists": {"field": "_ignored"}}
    return {"regexp": {"_ignored": {"value": f"~({names})", "flags": "COMPLEMENT"}}}


def _exists(path: str, search: _Search) -> Clause:
    ways = search.schema.fields.get(path)
    if ways and not ways[0].listed:
        if path in search.samples.paths:
            raise _Unsearchable(path)
        search.unsearched[path] = None
    return {"exists": {"field": path}}


def _may_hold(way: Field, run: str) -> bool:
    """Tell whether a run may stand in a value of a field that is no text."""
    if way.kind in NUMBERS:
        return _NUMERIC.fullmatch(run) is not None
    if way.kind in DATES:
        return not way.usual_dates or _DATED.fullmatch(run) is not None
    if way.kind == "boolean":
        return run.lower() in "true false"
    if way.kind == "ip":
        return _ADDRESS.fullmatch(run) is not None
    return True


def _expressions(runs: Sequence[str], way: Field) -> Iterator[str]:
    """Yield regexes of which one matches every term that holds one of the runs."""
    spellings: dict[str, None] = {}
    for run in runs:
        if way.lowers is not True:
            spellings[run] = None
        if way.lowers is not False:
            spellings[run.lower()] = None
    held: list[str] = []
    size = 0
    for spelling in spellings:
        if held and size + len(spelling) + 1 > _EXPRESSION:
            yield f".*({'|'.join(held)}).*"
            held, size = [], 0
        held.append(spelling)
        size += len(spelling) + 1
    yield f".*({'|'.join(held)}).*"


def _hidden(search: _Search) -> str:
    """Return an object that is not indexed and in which samples have values; empty: none."""
    if search.message:
        return ""
    for path in search.schema.hidden:
        start = f"{path}." if path else ""
        unmapped = [
            seen
            for seen in search.samples.paths
            if (seen.startswith(start) or seen == path) and seen not in search.schema.fields
        ]
        if unmapped:
            return min(unmapped)
        search.unsearched[path or "fields that are not mapped"] = None
    return ""


def _lacking(path: str) -> Clause:
    return {"bool": {"must_not": [{"exists": {"field": path}}]}}


def _nested(way: Field, clause: Clause) -> Clause:
    if not way.nested:
        return clause
    return {"nested": {"path": way.nested, "query": clause, "ignore_unmapped": True}}


def _one(should: list[Clause]) -> Clause:
    if len(should) == 1:
        return should[0]
    return {"bool": {"should": should, "minimum_should_match": 1}}


def _count(clauses: Iterable[Clause]) -> int:
    """Return how many clauses there are, those within others included."""
    total = 0
    for clause in clauses:
        inner = clause.get("bool")
        if inner is None:
            total += 1
        else:
            total += 1 + sum(_count(v) for v in inner.values() if isinstance(v, list))
    return total


def _shown(literal: str) -> str:
    return f"'{literal}'" if len(literal) <= 40 else f"'{literal[:37]}...'"
