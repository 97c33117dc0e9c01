"""Transactions: the invocations that served one request, and why each of them is a member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from slsloggrep.model.invocations import Invocation, Status
from slsloggrep.model.records import Event, Identifier, Millis, Record


class Evidence(NamedTuple):
    """Why an invocation is a member of a transaction."""

    identifier: Identifier
    event: Event
    """The event that showed it."""
    field: str = ""
    """The key, dotted where it lies deeper, under which the event shows it; empty: none tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An invocation as part of a transaction."""

    invocation: Invocation
    attempt: int
    """1 for the first attempt of its request ID, 2 for the first retry, …"""
    joined_by: tuple[Evidence, ...]
    """Never empty; the first is the one that brought it in."""
    mentions: frozenset[int]
    """Indices into `invocation.records` of those that mention what the user asked for."""
    batch: bool = False
    """It served other transactions too: its trace ID was not followed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """All invocations that served one request of the outside world, joined by identifiers."""

    id: str
    """What the user asked for, as typed."""
    identifiers: tuple[Identifier, ...]
    members: tuple[Member, ...]
    """By start time."""
    unattributed: tuple[Record, ...] = ()
    """Records that may belong here, but to no invocation that could be told: they mention the
    transaction, name a request or trace of it, or lie between the lines of a member."""
    unattributed_mentions: frozenset[int] = frozenset()
    """Indices into `unattributed` of those that mention what the user asked for."""
    hops_cut: bool = False
    """The bound on hops stopped the following of trace IDs: there may be more members."""

    @property
    def start(self) -> Millis | None:
        """The first moment of any member or unattributed record."""
        starts = [m.invocation.start for m in self.members]
        starts += [r.event.timestamp for r in self.unattributed]
        return min(starts, default=None)

    @property
    def end(self) -> Millis | None:
        """The last moment of any member or unattributed record."""
        ends = [m.invocation.end for m in self.members]
        ends += [r.event.timestamp for r in self.unattributed]
        return max(ends, default=None)

    @property
    def status(self) -> Status:
        """The status of the earliest request whose last attempt failed, else incomplete, else ok.

        A retry that succeeds heals the attempts before it: a request counts by its last attempt.
        """
        last: dict[tuple[str, str], Invocation] = {}
        for member in self.members:
            invocation = member.invocation
            key = (invocation.function, invocation.request_id or f"@{id(invocation)}")
            last[key] = invocation
        finals = sorted(last.values(), key=lambda invocation: invocation.order)
        failed = next((i.status for i in finals if i.status.failed), None)
        if failed:
            return failed
        if not finals or any(i.status is Status.INCOMPLETE for i in finals):
            return Status.INCOMPLETE
        return Status.OK
