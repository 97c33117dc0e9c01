"""The next step under a result: a command to copy, which reads the same and looks closer.

How a command is quoted is `slsloggrep.outline.commands`' knowledge; whether it is told, and where,
`slsloggrep.cli.reply`'s.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from slsloggrep.wording import timestamp_text

if TYPE_CHECKING:  # loaded when a command runs
    from slsloggrep.cli.options import Inputs
    from slsloggrep.investigate import Window
    from slsloggrep.model import Change, Crash, Latency, Record, Slow, Transaction
    from slsloggrep.model.inventory import DeployedFunction

_GROUP = "-g"
"""The flag before each log group, as inputs have what was typed."""
SHORT_FINGERPRINT = 8
"""Characters that name a crash among all that one is likely to see."""


class Step(NamedTuple):
    """A command that looks closer, without what it needs to read the same."""

    words: tuple[str, ...]
    value: str | None = None
    options: tuple[str, ...] = ()
    elsewhere: bool = False
    """It leads out of the log groups that were chosen."""


class Trail:
    """Which request is worth a trace among those that are shown: the last that failed."""

    def __init__(self) -> None:
        self._first: Step | None = None
        self._failed: Step | None = None

    def add(self, request_id: str | None, *, failed: bool = False) -> None:
        """Take note of a request that is shown."""
        self._note(_trace(request_id), failed=failed)

    def add_record(self, record: Record) -> None:
        """Take note of the request that a record is of; another service's is about one of Lambda's.

        That one logs to a group of its own.
        """
        about = record.platform.request_id if record.platform is not None else None
        if record.request_id is None and about:
            self._note(Step(("trace",), about, elsewhere=True))
        else:
            self._note(_trace(about or record.request_id))

    def _note(self, step: Step | None, *, failed: bool = False) -> None:
        if failed:
            self._failed = step or self._failed
        else:
            self._first = self._first or step

    @property
    def step(self) -> Step | None:
        """The trace of it; None where nothing that is shown has a request ID."""
        return self._failed or self._first


def after_trace(transaction: Transaction) -> Step | None:
    """Return all of the last crash, where there is one; else a page of the transaction."""
    failed = [
        member.invocation.request_id
        for member in transaction.members
        if member.invocation.status.failed and member.invocation.request_id
    ]
    if failed:
        return Step(("crashes", "show"), failed[-1])
    if transaction.members:
        return Step(("report", "trace"), transaction.id, ("-O", "trace.html"))
    return None


def after_crashes(crashes: Iterable[Crash]) -> Step | None:
    """Return all of the first of crashes."""
    first = next(iter(crashes), None)
    if first is None:
        return None
    return Step(("crashes", "show"), first.fingerprint[:SHORT_FINGERPRINT])


def after_latency(
    rows: Iterable[Latency], slowest: Iterable[Slow], functions: Iterable[str] = ()
) -> Step | None:
    """Return the trace of the slowest, the crashes of who failed most, or which were slowest.

    `functions` are those that were chosen, as they were named.
    """
    first = next(iter(slowest), None)
    if first is not None:
        return _trace(first.request_id)
    worst = max(rows, key=lambda row: row.errors, default=None)  # of equals the one that is on top
    if worst is None:
        return None
    if worst.errors:
        return Step(("crashes",), worst.function or None)
    chosen = [word for function in functions for word in ("-F", function)]
    return Step(("latency",), None, (*chosen, "--slowest", "5"))


def after_functions(functions: Iterable[DeployedFunction]) -> Step | None:
    """Return what the function that was active last has logged; None where none was, or is known.

    The last lines, whenever they were: it may have been long ago.
    """
    active = [each for each in functions if each.last_activity is not None]
    last = max(active, key=lambda each: each.last_activity or 0, default=None)
    return None if last is None else Step(("tail",), last.name, ("-n", "20"))


def after_changes(changes: Iterable[Change]) -> Step | None:
    """Return which were slowest of the function that changed most."""
    row = next((change.after for change in changes if change.after is not None), None)
    return None if row is None else Step(("latency",), row.function or None, ("--slowest", "5"))


def _trace(request_id: str | None) -> Step | None:
    return Step(("trace",), request_id) if request_id else None


def step_text(step: Step, inputs: Inputs, window: Window) -> str:
    """Return a step as a command line that reads what was read; empty where it cannot be copied.

    A window that came of the ID is named: without that ID it would be another one. One that ends
    now is not: what comes next has its own, and may have to look further back. A value that was
    redacted leads nowhere.
    """
    from slsloggrep.outline.commands import command_text

    value = step.value
    if value is not None and value.startswith("<") and value.endswith(">"):
        return ""
    arguments = list(inputs.typed)
    while step.elsewhere and _GROUP in arguments:
        place = arguments.index(_GROUP)
        del arguments[place : place + 2]
    if not window.given and window.until is not None:
        for flag, time in (("-s", window.since), ("-u", window.until)):
            if time is not None and flag not in arguments:
                arguments += [flag, timestamp_text(time, inputs.zone)]
    return command_text(("slsloggrep", *step.words), value, [*arguments, *step.options])
