"""Which figures a cluster adds up, and what of them comes as rows instead.

Sums do not tell who was counted. So they are taken only where two indices cannot hold the same, and
not of requests that are read; what cannot be added up whole is read row by row. What has columns
takes part (`slsloggrep.sources.opensearch.measuring`); how a server is asked is the knowledge of
`slsloggrep.sources.opensearch.aggregations`.

What remains: a REPORT that was shipped twice into one index, with its event ID and without (out of
an export task), is two documents, and counts twice; it is said.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise
from queue import Empty, SimpleQueue
from typing import TypeVar

from slsloggrep.model import Millis, Query
from slsloggrep.model.sums import FigureSum
from slsloggrep.sources.chosen import Meant
from slsloggrep.sources.opensearch.aggregations import slots_of, stretches_of, summable, sums_of
from slsloggrep.sources.opensearch.asking import Clause
from slsloggrep.sources.opensearch.cluster import Cluster
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble
from slsloggrep.sources.opensearch.indices import Choice
from slsloggrep.sources.opensearch.kinds import Kind, names_of, several
from slsloggrep.sources.opensearch.mapping import KEYWORDS
from slsloggrep.sources.opensearch.measuring import both, has_columns, plan_columns, stated
from slsloggrep.sources.opensearch.tasks import Task
from slsloggrep.sources.opensearch.windows import within
from slsloggrep.sources.summing import Summing

_T = TypeVar("_T")

_POLL_S = 0.1

_SLOTS = 3_000
"""Stretches of time that are asked for one by one, at some 10 ms each: a month of quarter hours,
two days of minutes."""


def can_add_up(kind: Kind) -> bool:
    """Tell whether figures of indices can be added up for each function."""
    return has_columns(kind, "figures") and kind.schema.kind("function") in KEYWORDS


def added_up(
    query: Query, choice: Choice, meant: Meant | None, cluster: Cluster
) -> tuple[list[Kind], tuple[str, ...]]:
    """Return the indices whose figures in a window are added up, and what to say where none are.

    All or none: rows of one index and sums of another would count twice what both of them hold, and
    so would sums of two. That is impossible where their documents differ in time, as in indices of
    days. Raises Abandoned.
    """
    if not choice.kinds or not all(map(can_add_up, choice.kinds)):
        return [], ()
    names = names_of(choice.kinds)
    if len(names) == 1:
        return choice.kinds, ()
    specs = meant.specs if meant else ()
    tasks = plan_columns(query, "figures", choice, specs, stated("figures"))
    try:
        if _alongside(lambda: _are_apart(tasks, cluster), cluster):
            return choice.kinds, ()
        reason = "several hold the same times, and perhaps the same events"
    except Trouble as trouble:
        reason = trouble.words
    return [], (f"{several(names)}: figures are not added up there: {reason}",)


def _are_apart(tasks: Sequence[Task], cluster: Cluster) -> bool:
    """Tell whether the documents of each index are older, or younger, than all of another."""
    found = sorted(chain.from_iterable(stretches_of(task, cluster) for task in tasks))
    return all(before[1] < after[0] for before, after in pairwise(found))


class Sums:
    """What can be added up of a window, and what then is left for rows."""

    def __init__(
        self, query: Query, choice: Choice, meant: Meant | None, indices: Collection[str]
    ) -> None:
        """Take a window, and which of the indices there are to be added up."""
        self._query = query
        self._choice = replace(choice, kinds=list(_only(choice.kinds, indices)))
        self._meant = meant
        self._rest = stated("figures")
        self.notes: tuple[str, ...] = ()
        """What is worth knowing of how it went."""

    def fetch(self, cluster: Cluster, summing: Summing) -> list[FigureSum]:
        """Return all sums; empty where the server gives none, or not all.

        Raises Abandoned as soon as nobody waits any more, however long the server takes.
        """
        return _alongside(lambda: self._fetch(cluster, summing), cluster)

    def _fetch(self, cluster: Cluster, summing: Summing) -> list[FigureSum]:
        clause = summable(summing.edges, summing.apart or ())
        found: list[FigureSum] = []
        what = several(names_of(self._choice.kinds))
        try:
            for task in self._tasks(both(stated("figures"), clause)):
                for part, time in _slots(task, cluster, summing.slot):
                    sums = sums_of(part, cluster, summing.edges, self._meant)
                    found += (replace(each, time=time) for each in sums)
        except Trouble as trouble:
            # Rows take longer, and wait, and say what is missing.
            self.notes = (f"{what}: figures are not added up there: {trouble.words}",)
            return []
        self._rest = both(stated("figures"), unless=clause)
        if self._choice.kinds:
            how = "figures are added up there, in the bins of the sketch here"
            twice = "what was shipped both with and without its event ID counts twice"
            self.notes = (f"{what}: {how}; {twice}",)
        return found

    def rest(self) -> list[Task]:
        """Return the tasks that give rows of all that was not added up."""
        return self._tasks(self._rest)

    def _tasks(self, clause: Clause) -> list[Task]:
        specs = self._meant.specs if self._meant else ()
        return plan_columns(self._query, "figures", self._choice, specs, clause)


def _slots(
    task: Task, cluster: Cluster, slot: Millis | None
) -> Iterator[tuple[Task, Millis | None]]:
    """Yield parts of a task, and when they begin: one for each stretch that holds anything."""
    if slot is None:
        yield task, None
        return
    times = slots_of(task, cluster, slot)
    if len(times) > _SLOTS:
        raise Trouble(f"they are of {len(times)} stretches of {slot // 60_000} min")
    for time in times:
        moment = within("@timestamp", time, time + slot)
        yield replace(task, clause=both(task.clause, moment)), time


def _only(kinds: Iterable[Kind], names: Collection[str]) -> Iterator[Kind]:
    for kind in kinds:
        here = tuple(name for name in kind.names if name in names)
        if here:
            yield replace(kind, names=here)


def _alongside(call: Callable[[], _T], cluster: Cluster) -> _T:
    """Return what a call returns that may take long, or raise Abandoned when nobody waits."""
    told: SimpleQueue[tuple[_T] | BaseException] = SimpleQueue()

    def run() -> None:
        try:
            told.put((call(),))
        except BaseException as error:  # it is raised below, where somebody hears it
            told.put(error)

    threading.Thread(target=run, daemon=True).start()
    while True:
        try:
            answer = told.get(timeout=_POLL_S)
        except Empty:
            if cluster.given_up():
                raise Abandoned from None
            continue
        if isinstance(answer, BaseException):
            raise answer
        return answer[0]
