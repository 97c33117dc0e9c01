"""Reports: what an investigation found, as one value that a colleague can be handed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from slsloggrep.model.checks import Checked
from slsloggrep.model.coverage import Coverage
from slsloggrep.model.crashes import Crash, CrashGroup, CrashReport
from slsloggrep.model.figures import Change, Latency, Slow
from slsloggrep.model.inventory import Inspected
from slsloggrep.model.invocations import Invocation, Status
from slsloggrep.model.links import Link
from slsloggrep.model.records import Millis, Record
from slsloggrep.model.redactions import Redacted
from slsloggrep.model.transactions import Transaction


class ReportKind(StrEnum):
    """What was asked; the words are promised in the output contract."""

    TRACE = "trace"
    CRASHES = "crashes"
    CRASH = "crash"
    LATENCY = "latency"
    INCIDENT = "incident"
    EVENTS = "events"
    """What `tail` and `grep` give."""
    FUNCTIONS = "functions"
    """What is deployed, and how it logs."""
    DOCTOR = "doctor"
    """What an investigation needs, and what of it is missing."""


class Activity(NamedTuple):
    """What ran in one stretch of time."""

    start: Millis
    until: Millis
    """Exclusive."""
    invocations: int | None
    """That ended in it, those that failed included; None: only crashes were counted."""
    crashes: int


class Affected(NamedTuple):
    """A transaction that a crash is part of."""

    id: str
    """The identifier to trace it by."""
    time: Millis
    """Of the crash."""
    function: str
    """That crashed."""
    kind: Status
    fingerprint: str
    recovered: bool | None
    """Whether a later attempt ended well; None: that was not looked at."""


class Onset(NamedTuple):
    """When an incident began, as far as the logs tell."""

    time: Millis
    """Of the first crash of the groups that are new or grew."""
    fingerprint: str
    """Of that crash."""
    calm_since: Millis | None
    """Since when none of these was seen before; None: not before the window, which is all that
    was read."""


LinkKey = tuple[str, str, str, Millis]
"""Log group, log stream, request ID (or nothing) and start of an invocation."""


def link_key(invocation: Invocation) -> LinkKey:
    """Return what an invocation's links are filed under in a report."""
    return (
        invocation.log_group,
        invocation.log_stream,
        invocation.request_id or "",
        invocation.start,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that a report says, in values; what a kind of report does not have is empty.

    How it is worded and arranged is the outline's affair, how it looks the formats'.
    """

    kind: ReportKind
    subject: str
    """What was asked for: the transaction's ID, the functions' names; empty: everything."""
    question: str
    """The command that gives it, to be typed again; empty: not told."""
    made_at: Millis
    program: str
    """Name and version of the program."""
    since: Millis | None = None
    """Of the window that was looked at; None: it has no beginning."""
    until: Millis | None = None
    searched: str = ""
    """Why this window, in words: `around the time inside the X-Ray trace ID`; empty: not told."""
    arguments: tuple[str, ...] = ()
    """What a further command needs to read the same: `-S`, `./logs`, `--profile`, `prod`."""
    transactions: tuple[Transaction, ...] = ()
    """Shown whole, the most telling first."""
    crashes: tuple[Crash, ...] = ()
    """The newest first."""
    groups: tuple[CrashGroup, ...] = ()
    """The most frequent first."""
    crash_reports: tuple[CrashReport, ...] = ()
    affected: tuple[Affected, ...] = ()
    """Transactions that crashes are part of, by time of the crash."""
    latency: tuple[Latency, ...] = ()
    total: Latency | None = None
    """Of all rows together."""
    changes: tuple[Change, ...] = ()
    """Before and during."""
    change_test: str = ""
    """How chance was judged in them, in words."""
    before: tuple[Millis, Millis] | None = None
    """The window that `changes` compare with."""
    slowest: tuple[Slow, ...] = ()
    activity: tuple[Activity, ...] = ()
    """Over the window, in order, without holes."""
    onset: Onset | None = None
    records: tuple[Record, ...] = ()
    """What `tail` and `grep` found, in order."""
    inventory: tuple[Inspected, ...] = ()
    """What `functions` lists; it and the checks have JSON documents of their own."""
    checks: tuple[Checked, ...] = ()
    """Of `doctor`, by source and in order."""
    policy: str = ""
    """The smallest IAM policy that mends what was denied, as JSON; empty: nothing was."""
    coverage: tuple[Coverage, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader has to know beside what was not read: what was cut, what was assumed."""
    redacted: tuple[Redacted, ...] = ()
    """How much of each kind was redacted; empty: nothing was, or it was not asked for."""
    links: Mapping[LinkKey, tuple[Link, ...]] = field(default_factory=dict)
    """Where invocations are found in consoles, by `link_key`."""

    @property
    def complete(self) -> bool:
        """Tell whether everything that was asked for was read."""
        return all(coverage.complete for coverage in self.coverage)

    def links_of(self, invocation: Invocation) -> tuple[Link, ...]:
        """Return where an invocation is found in consoles."""
        return self.links.get(link_key(invocation), ())
