"""Which runs of other services take part in a transaction, what they lead to, what is shown.

A run takes part if a line of it mentions the subject, if it made the Lambda request of a member or
was started by one, or if a member names it; and, as members' trace IDs are followed, if its one
trace is theirs. It leads on by the requests that it made, by the executions that it started or that
started it, by its name and its trace.

A run that serves several transactions takes part, but must not weld them. An execution that maps
over many items leads on, and is shown, only where the transaction is (in the iterations that
mention it). An API request that speaks of several, or was served by an invocation that did, leads
to that invocation and no further. What a run is, `slsloggrep.stitch.services` knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from slsloggrep.model import Event, Identifier, IdKind, Record
from slsloggrep.parse import Subject
from slsloggrep.stitch.batches import is_one_of_many, serves_several
from slsloggrep.stitch.services import Position, Run, Scope, find_runs

JoinKey = tuple[str, str]

_FRAME = "Execution"
"""How an execution began and ended belongs to whatever it served."""

_SIBLINGS = frozenset({IdKind.CORRELATION_ID, IdKind.KEY})
"""Of these a run that serves one transaction has one. Executions start others as they should."""


class Requests(NamedTuple):
    """The members' Lambda requests."""

    all: frozenset[Identifier]
    batches: frozenset[Identifier]
    """Those whose invocations serve other transactions too."""


class Involvement:
    """The runs that take part in one transaction, as they are found."""

    def __init__(
        self, records: Sequence[Record], subject: Subject, shape: re.Pattern[str] | None
    ) -> None:
        self._records = records
        self._subject = subject
        self._shape = shape
        self._runs = find_runs(records)
        self._run_of = {p: index for index, run in enumerate(self._runs) for p in run.positions}
        self._named: dict[JoinKey, list[int]] = {}
        self._makers: dict[JoinKey, list[int]] = {}
        """By what they made, and by the trace that they passed on."""
        self._started: dict[JoinKey, list[int]] = {}
        """By who started them."""
        self._taken: dict[int, None] = {}
        self._mentions: set[Position] = set()
        self._several: dict[int, bool] = {}
        self._several_at: dict[Position, bool] = {}
        for index, run in enumerate(self._runs):
            _note(self._named, run.names, index)
            made = (*run.made.values(), *run.traces.values())
            _note(self._makers, (i for identifiers in made for i in identifiers), index)
            _note(self._started, run.origins.values(), index)

    def mention(self, position: Position) -> bool:
        """Take in the run of a record that mentions the subject; False: it is of none."""
        index = self._run_of.get(position)
        if index is None:
            return False
        self._mentions.add(position)
        self._taken[index] = None
        return True

    def beside(self, identifiers: Iterable[Identifier], requests: Requests) -> list[int]:
        """Return the runs, not taken in yet, to which identifiers of members lead.

        A batch may have started runs for each of what it served: its request leads to the run that
        made it only.
        """
        identifiers = tuple(identifiers)
        origins = (i for i in identifiers if i in requests.all - requests.batches)
        return self._new((self._named, identifiers), (self._makers, identifiers),
                         (self._started, origins))  # fmt: skip

    def beyond(self, requests: Requests) -> list[int]:
        """Return the runs, not taken in yet, to which those lead that take part.

        What started a run may have started others for strangers: the way down is by its own word,
        or if it serves nothing but the transaction.
        """
        leads = tuple(self.leads(requests))
        names = [name for index in self._taken for name in self._runs[index].names]
        origins = [name for name in names if self.is_whole(name, requests)]
        return self._new((self._named, leads), (self._makers, (*leads, *names)),
                         (self._started, origins))  # fmt: skip

    def take(self, runs: Iterable[int]) -> None:
        """Take runs in."""
        self._taken.update(dict.fromkeys(runs))

    @property
    def names(self) -> tuple[Identifier, ...]:
        """What the runs that take part are called, in order."""
        return tuple(name for index in sorted(self._taken) for name in self._runs[index].names)

    @property
    def callings(self) -> tuple[Identifier, ...]:
        """One name of each run that takes part: to find all of its lines."""
        return tuple(self._runs[i].names[0] for i in sorted(self._taken) if self._runs[i].names)

    def is_whole(self, name: Identifier, requests: Requests) -> bool:
        """Tell whether a run of this name takes part, and serves nothing but the transaction."""
        return any(
            index in self._taken
            and self._parts(index, requests) is None
            and not self._serves_several(index, requests)
            for index in self._named.get(name.join_key, ())
        )

    def leads(self, requests: Requests) -> dict[Identifier, Event]:
        """Return what the runs lead on by, and the event that states it."""
        leads: dict[Identifier, Event] = {}
        for index in sorted(self._taken):
            run = self._runs[index]
            parts = self._parts(index, requests)
            alone = parts is None and not self._serves_several(index, requests)
            for position in run.positions:
                if parts is not None and run.scopes[position] not in parts:
                    continue
                stated = [*run.made[position]]
                if alone:
                    stated += run.traces.get(position, ())
                    stated += [run.origins[position]] if position in run.origins else []
                    stated += () if run.scopes else run.names
                for identifier in stated:
                    leads.setdefault(identifier, self._records[position].event)
        return leads

    def shown(self, requests: Requests) -> set[Position]:
        """Return the records to show of the runs that take part."""
        shown: set[Position] = set()
        for index in self._taken:
            run = self._runs[index]
            parts = self._parts(index, requests)
            if parts is None:
                shown.update(run.positions)
                continue
            anchors = set(self._anchors(run, requests))
            shown.update(
                position
                for position in run.positions
                if run.scopes[position] in parts
                or position in anchors
                or self._kind(position).startswith(_FRAME)
            )
        return shown

    def of_run(self, position: Position) -> bool:
        """Tell whether a record is a line of a run, taking part or not."""
        return position in self._run_of

    def _new(self, *lookups: tuple[dict[JoinKey, list[int]], Iterable[Identifier]]) -> list[int]:
        found: dict[int, None] = {}
        for table, identifiers in lookups:
            for identifier in identifiers:
                for index in table.get(identifier.join_key, ()):
                    if index not in self._taken:
                        found[index] = None
        return list(found)

    def _parts(self, index: int, requests: Requests) -> set[Scope] | None:
        """Return the only parts of an execution in which the transaction is; None: all of it."""
        run = self._runs[index]
        if not run.scopes:
            return None
        anchors = self._anchors(run, requests)
        outside = any(not run.scopes[position].iteration for position in anchors)
        if not self._serves_several(index, requests) and (outside or not run.iterates):
            return None
        return {run.scopes[p] for p in anchors if not self._is_several_itself(p)}

    def _anchors(self, run: Run, requests: Requests) -> list[Position]:
        """Return the records that show where in a run the transaction is."""
        known = requests.all | frozenset(self.names)
        starters = requests.all - requests.batches
        return [
            position
            for position in run.positions
            if position in self._mentions
            or not known.isdisjoint(run.made[position])
            or run.origins.get(position) in starters
        ]

    def _serves_several(self, index: int, requests: Requests) -> bool:
        """Tell whether a run speaks of several transactions, or made a request that did."""
        run = self._runs[index]
        if any(not requests.batches.isdisjoint(made) for made in run.made.values()):
            return True
        known = self._several.get(index)
        if known is None:
            records = [self._records[position] for position in run.positions]
            known = self._several[index] = self._speaks_of_several(records)
        return known

    def _is_several_itself(self, position: Position) -> bool:
        known = self._several_at.get(position)
        if known is None:
            known = self._speaks_of_several([self._records[position]])
            self._several_at[position] = known
        return known

    def _speaks_of_several(self, records: Sequence[Record]) -> bool:
        if serves_several(records, self._subject, self._shape, kinds=_SIBLINGS):
            return True
        return any(is_one_of_many(record, self._subject) for record in records)

    def _kind(self, position: Position) -> str:
        platform = self._records[position].platform
        return (platform.name or "") if platform else ""


def _note(table: dict[JoinKey, list[int]], identifiers: Iterable[Identifier], index: int) -> None:
    for key in dict.fromkeys(identifier.join_key for identifier in identifiers):
        table.setdefault(key, []).append(index)
