"""What a query becomes: requests for batches of indices, in pieces that are read side by side.

The clauses come from `asking` and `windows`, pieces are read by `reading`; who reads them when is
`crew`'s knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from slsloggrep.model import Query, Span
from slsloggrep.sources.cloudwatch.names import Spec
from slsloggrep.sources.opensearch.asking import Asked, Clause, ask_for
from slsloggrep.sources.opensearch.cluster import Cluster, quoted
from slsloggrep.sources.opensearch.contexts import Contexts, Snapshot
from slsloggrep.sources.opensearch.indices import Choice
from slsloggrep.sources.opensearch.kinds import Kind
from slsloggrep.sources.opensearch.naming import PATH, Target
from slsloggrep.sources.opensearch.reading import FIRST, Mode, Piece
from slsloggrep.sources.opensearch.windows import of_names, of_spans, within

PARTS = 4
"""Parts of what is read whole: groups of indices, or of an index's shards. Within a shard nothing
is cut: a server then hashes every document anew for each page, which takes longer than it saves."""

WHOLE = 20_000
"""Documents of a window, of which all are rather read than some fields not searched: that takes a
second, which a search with regexes may take as well."""

_FEW = 200
"""Hits of the first page, where whoever asks may want a few only."""

_EVERYTHING: Clause = {"match_all": {}}
_NOTHING: Clause = {"match_none": {}}


@dataclass(frozen=True)
class Task:
    """One query over one batch of indices."""

    label: str
    """What is read, for people."""
    path: str
    indices: tuple[str, ...]
    clause: Clause
    wider: Clause | None = None
    """What is asked for where the server refuses the clause; None: it has no text in it."""
    newest: str = ""
    """The field by which the newest come first."""
    unread: str = ""
    """What the clause may leave out though it is wanted, and what to do about it."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What else its requests say, unless the server refuses it and the wider clause is read."""


@dataclass
class Plan:
    """The tasks of a query, and what is to be said of them."""

    tasks: list[Task] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plan_window(query: Query, choice: Choice, specs: Sequence[Spec]) -> Plan:
    """Return the tasks that find what lies in the query's window and has one of its literals."""
    plan = Plan()
    wide: dict[int, Clause] = {}
    narrow: dict[int, Clause] = {}
    unread: dict[int, str] = {}
    for kind in choice.kinds:
        parts = [_in_time(kind, query), of_names(specs, kind.schema, kind.shape)]
        wide[id(kind)] = narrow[id(kind)] = _all_of(parts)
        if not query.literals:
            continue
        asked = ask_for(query.literals, kind.schema, kind.shape, kind.samples)
        reason = asked.reason or _worth_reading(asked, kind, wide[id(kind)], choice)
        if asked.clause is None or reason:
            plan.notes.append(f"{_label(kind.names)}: all is read in the window: {reason}")
            continue
        narrow[id(kind)] = _all_of([*parts, asked.clause])
        if asked.unlikely:
            plan.notes.append(f"{_label(kind.names)}: not searched: " + _few(asked.unlikely))
        if asked.unsearched:
            unread[id(kind)] = (
                f"not indexed, so not searched: {_few(asked.unsearched)}; a window of less than "
                f"{WHOLE} documents is read whole, with ?whole=1 any window"
            )
    for field_name, kinds in _by_time(choice.kinds, newest=query.newest_first).items():
        most = 0 if query.literals or query.newest_first else -(-len(choice.targets) // PARTS)
        for batch in _batches(choice.targets, {n for kind in kinds for n in kind.names}, most):
            here = [kind for kind in kinds if set(kind.names) & set(batch.indices)]
            plan.tasks.append(
                Task(
                    label=batch.label,
                    path=batch.path,
                    indices=batch.indices,
                    clause=_each_its_own(here, narrow, choice, batch),
                    wider=_each_its_own(here, wide, choice, batch) if query.literals else None,
                    newest=field_name,
                    unread="; ".join(
                        dict.fromkeys(unread[id(kind)] for kind in here if id(kind) in unread)
                    ),
                )
            )
    return plan


def _worth_reading(asked: Asked, kind: Kind, wide: Clause, choice: Choice) -> str:
    """Return why all of a window is read, though most of it could be searched; empty: it is not.

    What cannot be searched is read where that takes little; else it is said.
    """
    if choice.whole:
        return "?whole=1 wants it"
    unsearched = (*asked.unsearched, *asked.unlikely)
    if not unsearched:
        return ""
    count = choice.count(kind.names, wide)
    if count is None or count >= WHOLE:
        return ""
    return f"there is little, and not everything is indexed ({_few(unsearched)})"


def plan_spans(spans: Sequence[Span], choice: Choice) -> Plan:
    """Return the tasks that find stretches of log streams."""
    plan = Plan()
    for kind in choice.kinds:
        for batch in _batches(choice.targets, set(kind.names)):
            for clauses in of_spans(spans, kind.schema, kind.shape, _asked_field(kind)):
                clause: Clause = {"bool": {"should": clauses, "minimum_should_match": 1}}
                if kind.untimed:
                    clause["bool"]["should"].append(_untimed(kind))
                plan.tasks.append(
                    Task(
                        label=batch.label,
                        path=batch.path,
                        indices=batch.indices,
                        clause=_only(kind.names, clause, batch),
                        wider=None,
                    )
                )
    return plan


def pieces_of(
    task: Task, cluster: Cluster, contexts: Contexts, choice: Choice, *, wider: bool = False
) -> list[Piece]:
    """Return the parts of a task that can be read at the same time."""
    product = cluster.product
    clause = task.wider if wider and task.wider is not None else task.clause
    filtered = clause is not task.wider and task.wider is not None
    extra = {} if wider else task.extra
    slices = 1 if filtered or task.newest or product.is_elastic else _slices(task, choice)
    if not product.has_points_in_time or (not product.has_tiebreaker and task.newest):
        return _sliced(task, clause, "scroll", None, slices, extra)
    snapshot = Snapshot(cluster, contexts, task.path)
    if product.has_tiebreaker:
        return _sliced(task, clause, "pit", snapshot, slices, extra)
    pieces = []
    for index in task.indices:
        shards = choice.shards.get(index, 0)
        if not shards:
            # How many shards there are is not to be seen: hits cannot be told apart.
            return _sliced(task, clause, "scroll", None, slices, extra)
        # With as many slices as shards, each slice is one shard (SliceBuilder).
        total = shards
        own: Clause = {"bool": {"filter": [clause, {"term": {"_index": index}}]}}
        pieces += [
            Piece(
                task.path,
                own,
                "shards",
                snapshot,
                (number, total) if total > 1 else None,
                extra=extra,
            )
            for number in range(total)
        ]
    return pieces


def _slices(task: Task, choice: Choice) -> int:
    """Return into how many slices of whole shards the indices of a task fall."""
    shards = {choice.shards.get(index, 1) for index in task.indices}
    return min(PARTS, *shards, PARTS) if len(shards) == 1 else 1


def _sliced(
    task: Task,
    clause: Clause,
    mode: Mode,
    snapshot: Snapshot | None,
    slices: int,
    extra: Mapping[str, Any],
) -> list[Piece]:
    return [
        Piece(
            task.path,
            clause,
            mode,
            snapshot,
            (number, slices) if slices > 1 else None,
            task.newest,
            _FEW if task.newest else FIRST,
            extra,
        )
        for number in range(slices)
    ]


@dataclass(frozen=True)
class _Batch:
    label: str
    path: str
    indices: tuple[str, ...]


def _batches(targets: Sequence[Target], names: set[str], most: int = 0) -> Iterator[_Batch]:
    """Yield the targets behind which some indices are, as many together as a request takes.

    Or as many as `most` says, where it is not 0.
    """
    held: list[Target] = []
    size = 0
    for target in targets:
        if not names & set(target.indices):
            continue
        length = len(quoted(target.name)) + 1
        if held and (size + length > PATH or len(held) == most):
            yield _batch(held, names)
            held, size = [], 0
        held.append(target)
        size += length
    if held:
        yield _batch(held, names)


def _batch(targets: Sequence[Target], names: set[str]) -> _Batch:
    indices = [name for target in targets for name in target.indices if name in names]
    return _Batch(
        _label([target.name for target in targets]),
        ",".join(quoted(target.name) for target in targets),
        tuple(dict.fromkeys(indices)),
    )


def _by_time(kinds: Iterable[Kind], *, newest: bool) -> dict[str, list[Kind]]:
    """Return kinds together that can be asked together: by one field, where order matters."""
    fields: dict[str, list[Kind]] = {}
    for kind in kinds:
        name = kind.time_field if newest else ""
        fields.setdefault(name, []).append(kind)
    return fields


def _each_its_own(
    kinds: Sequence[Kind], clauses: dict[int, Clause], choice: Choice, batch: _Batch
) -> Clause:
    """Return a clause that holds for the documents of each kind as its own clause does."""
    there = {name for target in choice.targets for name in target.indices}
    mine = {name for kind in kinds for name in kind.names}
    if len(kinds) == 1 and not (set(batch.indices) | (there - mine)) - mine:
        return clauses[id(kinds[0])]
    should = [_only(kind.names, clauses[id(kind)], batch) for kind in kinds]
    return {"bool": {"should": should, "minimum_should_match": 1}}


def _only(names: Sequence[str], clause: Clause, batch: _Batch) -> Clause:
    """Return a clause that holds in some of a batch's indices only."""
    here = [name for name in names if name in set(batch.indices)]
    return {"bool": {"filter": [{"terms": {"_index": here}}, clause]}} if here else _NOTHING


def _in_time(kind: Kind, query: Query) -> Clause | None:
    window = within(kind.time_field, query.since, query.until, kind.time_unit)
    if window is None or not kind.untimed:
        return window
    return {"bool": {"should": [window, _untimed(kind)], "minimum_should_match": 1}}


def _untimed(kind: Kind) -> Clause:
    return {"bool": {"must_not": [{"exists": {"field": kind.time_field}}]}}


def _asked_field(kind: Kind) -> tuple[str, str]:
    return kind.time_field, kind.time_unit


def _all_of(parts: Iterable[Clause | None]) -> Clause:
    clauses = [part for part in parts if part is not None]
    if len(clauses) < 2:
        return clauses[0] if clauses else _EVERYTHING
    return {"bool": {"filter": clauses}}


def _label(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more
