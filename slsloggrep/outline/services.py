"""What other services did for a transaction, told apart: API requests and executions.

Their records lie in no invocation, but each says what it is a line of. Which of them belong to the
transaction was decided before; where they stand on a page belongs to those who show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from slsloggrep.model import Identifier, IdKind, Level, Record
from slsloggrep.wording import count_text, duration_text


class Run(NamedTuple):
    """The records of one API request or execution, in order of time."""

    identifier: Identifier
    records: tuple[Record, ...]

    @property
    def title(self) -> str:
        """What it is, how it ended as far as that was logged, and how long its lines go on."""
        words = [_name(self.identifier), *_ending(self.records)]
        # A single line, such as that of an access log, tells no time between two.
        if len(self.records) > 1:
            took = self.records[-1].event.timestamp - self.records[0].event.timestamp
            words.append(duration_text(took))
        return ", ".join(words)


def tell_runs(records: Iterable[Record]) -> tuple[tuple[Run, ...], tuple[Record, ...]]:
    """Return the runs among records, by their first moment, and the records of none, in order."""
    runs: dict[Identifier, list[Record]] = {}
    others: list[Record] = []
    for record in records:
        if record.run is None:
            others.append(record)
        else:
            runs.setdefault(record.run, []).append(record)
    found = [
        # Lines of one moment keep the order that they came in.
        Run(identifier, tuple(sorted(held, key=lambda record: record.event.timestamp)))
        for identifier, held in runs.items()
    ]
    found.sort(key=lambda run: run.records[0].event.timestamp)
    return tuple(found), tuple(others)


def count_runs(runs: Sequence[Run]) -> str:
    """Return how many of each kind there are, in words."""
    requests = sum(run.identifier.kind is IdKind.API_REQUEST_ID for run in runs)
    counts = ((requests, "API request"), (len(runs) - requests, "execution"))
    return " and ".join(count_text(count, noun) for count, noun in counts if count)


def is_key_line(record: Record, *, mentions: bool) -> bool:
    """Tell whether a run's record is one of those to look at first.

    A run writes a line for each of its steps: those that tell trouble, the outcome, or which Lambda
    request there was, and those that mention the transaction.
    """
    platform = record.platform
    if mentions or platform is None or record.error is not None:
        return True
    if record.level is not None and record.level >= Level.WARN:
        return True
    name = platform.name or ""
    return bool(
        platform.status or platform.request_id or name == "access" or name.startswith("Execution")
    )


def _name(identifier: Identifier) -> str:
    if identifier.kind is IdKind.API_REQUEST_ID:
        return f"API request {identifier.value}"
    # arn:aws:states:region:account:execution:machine:name
    return f"execution {':'.join(identifier.value.split(':')[6:]) or identifier.value}"


def _ending(records: Sequence[Record]) -> list[str]:
    for record in reversed(records):
        platform = record.platform
        if platform is None:
            continue
        name = platform.name or ""
        if name.startswith("Execution") and name != "ExecutionStarted":
            return [name.removeprefix("Execution").lower()]
        if record.run and record.run.kind is IdKind.API_REQUEST_ID and platform.status:
            return [f"status {platform.status}"]
    return []
