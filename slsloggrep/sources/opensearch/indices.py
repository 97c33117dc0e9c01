"""Which of the indices that a URL names are meant in a window, and what they are like.

Mappings, settings and a few samples tell fields and shape. What is left out (closed, missing,
outside of the window) is said. Which names there are is the knowledge of `naming`, which queries
follow that of `asking` and `windows`, and how they are read that of `reading`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from slsloggrep.decode.search_documents import shape_of
from slsloggrep.decode.search_shapes import shape_named
from slsloggrep.model import Gap, Millis
from slsloggrep.sources.opensearch.asking import Clause
from slsloggrep.sources.opensearch.cluster import LENIENT, Cluster
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble
from slsloggrep.sources.opensearch.kinds import Kind, notes_of, samples_of, several, time_of
from slsloggrep.sources.opensearch.mapping import read_mapping
from slsloggrep.sources.opensearch.naming import Target, ask_mappings, in_paths, resolve
from slsloggrep.sources.opensearch.stamps import DAY, may_hold

SAMPLES = 40
"""Documents that are looked at to tell a shape."""

_SETTINGS = "indices:monitor/settings/get (view_index_metadata)"
_SEARCH = "indices:data/read/search (read)"


@dataclass
class Choice:
    """What an expression means."""

    targets: list[Target]
    kinds: list[Kind] = field(default_factory=list)
    shards: dict[str, int] = field(default_factory=dict)
    """Of each index; empty where the settings are not to be seen."""
    refresh: Millis = 1_000
    """How long after it was written a document is found."""
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    count: Callable[[Sequence[str], Clause], int | None] = lambda _names, _clause: None
    """How many documents of indices there are for which a clause holds; None: not known."""
    whole: bool = False
    """All is read in a window, whatever could be searched: the user wants it."""


class Indices:
    """The indices that a URL names, resolved as seldom as can be."""

    def __init__(self, cluster: Cluster, late: Millis) -> None:
        self._cluster = cluster
        self._margin = max(25 * 3_600_000, late + DAY)
        self._targets: list[Target] | None = None
        self._gaps: tuple[Gap, ...] = ()
        self._mappings: dict[str, dict[str, Any]] = {}
        self._settings: dict[str, dict[str, Any]] = {}
        self._blind = False
        """The settings are not to be seen."""
        self._kinds: dict[str, Kind] = {}
        self._untimed: dict[tuple[str, ...], int] = {}
        self._holding: dict[tuple[Millis | None, Millis | None], set[str]] = {}

    def forget(self) -> None:
        """Resolve anew the next time: indices come and go."""
        self._targets = None
        self._holding.clear()
        self._untimed.clear()

    def choose(self, since: Millis | None, until: Millis | None) -> Choice:
        """Return what a window needs. Raises SourceError where nothing can be read at all."""
        if self._targets is None:
            named = resolve(self._cluster)
            self._targets, self._gaps = named.targets, named.gaps
            self._mappings |= named.mappings
        targets, left_out = self._prune(self._targets, since, until)
        names = [name for target in targets for name in target.indices]
        try:
            self._look_at(targets, names)
        except Trouble as trouble:
            raise self._cluster.error(trouble) from trouble
        choice = Choice(targets, self._kinds_of(names), gaps=self._gaps)
        choice.count = self._count_or_not
        choice.whole = self._cluster.location.whole
        notes: list[str] = []
        if left_out:
            notes.append(f"{several(left_out)} named for other times, not read")
        if self._blind:
            notes.append(
                "settings are not to be seen, so analysers are unknown and all is read in the "
                f"window: {_SETTINGS} is missing"
            )
        else:
            shards = {n: self._settings[n].get("index.number_of_shards", "1") for n in names}
            choice.shards = {name: int(number) for name, number in shards.items()}
            choice.refresh = max([_refresh(self._settings[name]) for name in names], default=1_000)
        for kind in choice.kinds:
            notes += notes_of(kind)
        choice.notes = tuple(dict.fromkeys((*self._cluster.notes, *notes)))
        return choice

    # Times

    def _prune(
        self, targets: Sequence[Target], since: Millis | None, until: Millis | None
    ) -> tuple[list[Target], list[str]]:
        """Return the targets that a window needs, and the names of the others.

        What a name rules out is asked for all the same: whether it holds anything in the window.
        """
        kept: list[Target] = []
        others: list[Target] = []
        for target in targets:
            # Behind an alias or in a data stream, names tell little.
            sure = len(target.indices) > 1 or target.name not in target.indices
            holds = sure or may_hold(target.name, since, until, self._margin)
            (kept if holds else others).append(target)
        if others:
            holding = self._ask_holding([target.name for target in others], since, until)
            kept += [target for target in others if target.name in holding]
            others = [target for target in others if target.name not in holding]
        return kept, [target.name for target in others]

    def _ask_holding(
        self, names: Sequence[str], since: Millis | None, until: Millis | None
    ) -> set[str]:
        """Return which indices hold documents of a window; where that fails, all of them."""
        if (since, until) in self._holding:
            return self._holding[since, until]
        bounds: dict[str, Any] = {"format": "epoch_millis"}
        bounds |= {} if since is None else {"gte": since}
        bounds |= {} if until is None else {"lt": until}
        named = self._cluster.location.time_field
        paths = dict.fromkeys(filter(None, (named, "@timestamp", "timestamp", "time")))
        query = {
            "bool": {
                "should": [{"range": {path: bounds}} for path in paths],
                "minimum_should_match": 1,
            }
        }
        body = {
            "size": 0,
            "query": query,
            "aggs": {"indices": {"terms": {"field": "_index", "size": len(names)}}},
        }
        holding: set[str] = set()
        for part in in_paths(names):
            try:
                answer = self._cluster.read(
                    "POST", f"/{part}/_search", dict[str, Any], body, params=LENIENT
                )
                found = answer["aggregations"]["indices"]["buckets"]
                partial = answer.get("timed_out") or answer["_shards"]["failed"]
            except (Trouble, KeyError, TypeError):
                return set(names)
            if partial:
                return set(names)
            holding |= {bucket["key"] for bucket in found}
        self._holding[since, until] = holding
        return holding

    # Fields and shapes

    def _look_at(self, targets: Sequence[Target], names: Sequence[str]) -> None:
        """Ask for the mappings and settings that are not known yet."""
        new = [t.name for t in targets if not self._mappings.keys() >= set(t.indices)]
        for part in in_paths(new):
            self._mappings |= ask_mappings(self._cluster, part)
        for name in names:
            self._mappings.setdefault(name, {})
        new = [t.name for t in targets if not self._settings.keys() >= set(t.indices)]
        for part in in_paths(new):
            try:
                self._settings |= self._ask_settings(part)
            except Trouble as trouble:
                if not trouble.is_unsupported:
                    raise
                self._blind = True
        for name in names:
            self._settings.setdefault(name, {})

    def _ask_settings(self, part: str) -> dict[str, dict[str, Any]]:
        params = {**LENIENT, "flat_settings": "true"}
        answer = self._cluster.read(
            "GET", f"/{part}/_settings", dict[str, Any], params=params, action=_SETTINGS
        )
        return {name: each.get("settings", {}) for name, each in answer.items()}

    def _kinds_of(self, names: Sequence[str]) -> list[Kind]:
        """Return indices together that are alike."""
        alike: dict[str, list[str]] = {}
        for name in names:
            settings = self._settings[name]
            analysis = {k: v for k, v in settings.items() if "analysis" in k or "ignore_above" in k}
            key = json.dumps([self._mappings[name], analysis, settings.get("index.mode")])
            alike.setdefault(key, []).append(name)
        return [self._kind(key, own) for key, own in alike.items()]

    def _kind(self, key: str, names: list[str]) -> Kind:
        known = self._kinds.get(key)
        if known is None or not known.samples.paths:
            settings = None if self._blind else self._settings[names[0]]
            schema = read_mapping(self._mappings[names[0]], settings)
            documents = self._sample(names[-3:]) or self._sample(names[:3])
            shape = shape_named(self._cluster.location.shape) or shape_of(documents)
            named = self._cluster.location.time_field
            time_field, unit = time_of(schema, shape, named, documents)
            known = Kind(schema, shape, samples_of(documents), time_field, unit)
            if documents:
                self._kinds[key] = known
        own = tuple(names)
        if own not in self._untimed:
            lacking = {"bool": {"must_not": [{"exists": {"field": known.time_field}}]}}
            self._untimed[own] = self._count(names, lacking) if known.time_field else 0
        return replace(known, names=own, untimed=self._untimed[own])

    def _sample(self, names: Sequence[str]) -> list[dict[str, Any]]:
        """Return a few documents, the newest where that can be asked."""
        body: dict[str, Any] = {"size": SAMPLES, "sort": [{"_doc": "desc"}]}
        documents = []
        for part in in_paths(names):
            answer = self._cluster.read(
                "POST", f"/{part}/_search", _Sampled, body, params=LENIENT, action=_SEARCH
            )
            documents += [hit.source for hit in answer.hits.hits if hit.source]
        return documents

    def _count_or_not(self, names: Sequence[str], clause: Clause) -> int | None:
        try:
            return self._count(names, clause)
        except (Trouble, Abandoned):
            return None

    def _count(self, names: Sequence[str], clause: Clause) -> int:
        """Return for how many documents a clause holds."""
        body = {"query": {"bool": {"filter": [clause]}}}
        count = 0
        for part in in_paths(names):
            answer = self._cluster.read(
                "POST", f"/{part}/_count", dict[str, Any], body, params=LENIENT, action=_SEARCH
            )
            count += int(answer.get("count", 0))
        return count


class _Sample(msgspec.Struct):
    source: dict[str, Any] | None = msgspec.field(name="_source", default=None)


class _SampleHits(msgspec.Struct):
    hits: list[_Sample] = []


class _Sampled(msgspec.Struct):
    hits: _SampleHits = msgspec.field(default_factory=_SampleHits)


def _refresh(settings: dict[str, Any]) -> Millis:
    text = str(settings.get("index.refresh_interval", "1s"))
    for unit, factor in (("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)):
        number = text.removesuffix(unit)
        if number != text and number.isdigit():
            return int(number) * factor
    return 0 if text.startswith("-") or text == "0" else 1_000
