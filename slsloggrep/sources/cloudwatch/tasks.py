"""What can be asked of a place as one call, and what may become of it.

Who carries tasks out, side by side, is `crew`; which there are, `reading`'s, `newest`'s and
`streams`' knowledge.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from slsloggrep.model import Event, Gap
from slsloggrep.sources.cloudwatch.logs import Group, Logs

GroupKey = tuple[int, str]


def key_of(group: Group) -> GroupKey:
    """Return what tells a group from those of the same name in other places."""
    return id(group.logs), group.arn or group.name


class Answer(NamedTuple):
    """What became of a task."""

    events: list[Event]
    size: int = 0
    """Bytes of the answer."""
    then: tuple[Task, ...] = ()
    """What is to be asked in its place."""
    gaps: tuple[Gap, ...] = ()
    read: bool = True
    """False: the service refused, and `then` is another way."""


class Task(Protocol):
    """Something to ask of a place."""

    @property
    def group(self) -> Group:
        """Whom it concerns: its place is asked, its gaps bear its name."""
        ...

    @property
    def left(self) -> float | None:
        """Calls that it is thought to lead to, itself included; None: not known yet."""
        ...

    def ask(self, logs: Logs, advice: Advice) -> Answer:
        """Make the call; runs on any thread. Raises as the calls of `Logs` do."""
        ...


class Advice(Protocol):
    """What a task may ask of those who carry it out."""

    def pieces(self, useful: float, left: float, spent: int, known: float | None) -> int:
        """Return into how many parts a window is worth cutting; see Crew.pieces."""
        ...


class Read(NamedTuple):
    """A page was read; it counts against what is held until the next message is asked for."""

    task: Task
    events: list[Event]
    size: int


class Done(NamedTuple):
    """Of a group nothing more is asked, for now."""

    group: Group
    read: bool
    """At least one page came."""
    gaps: tuple[Gap, ...]
    closed: bool = False
    """It was refused: whatever was asked of it and did not come, will not."""
