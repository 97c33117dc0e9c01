"""Which row of the table an invocation belongs to: its function, and what else rows are told by.

Rows are numbered as they appear; everything that is counted is counted by number. What is
unknown is a value of its own, `unknown`, so that no invocation is left out of a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from math import inf
from operator import itemgetter
from typing import Any

from slsloggrep.errors import UsageError
from slsloggrep.model import FigureBatch, Invocation, Millis, Status
from slsloggrep.parse import function_of

DIMENSIONS = ("version", "cold", "memory", "hour", "minute", "environment", "status")
"""What rows can be told apart by, beside the function. An environment is a log stream."""
LATEST = "$LATEST"
UNKNOWN = "unknown"

Key = tuple[str, tuple[tuple[str, str], ...]]
"""The function and what else the row is of: `("orders", (("cold", "yes"),))`."""

_VERSION = re.compile(r"\[(\$LATEST|\d+)\]")
_STATED = frozenset({"cold", "memory", "hour", "minute"})
"""What REPORT itself says, so that one batch may hold several values."""
_OF_SUMS = frozenset({"hour", "minute", "status"})
_MINUTE = 60_000
_SLOT = 900_000
"""A quarter of an hour in ms: the clocks of all time zones differ by multiples of it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FUNCTIONS = "/aws/lambda/"
_USUAL_STREAM = "2026/01/31/[$LATEST]0123456789abcdef0123456789abcdef"
_AFTER_DATE = itemgetter(slice(11, 12))
"""The function's name stands there, if a stream has one (as in a group that several share)."""
_KNOWN_STREAMS = 1 << 16
"""Streams whose row is remembered; a stream is an environment, and environments are many."""


def version_of(log_stream: str) -> str:
    """Return the version that a log stream's name states: `$LATEST`, a number, or `unknown`."""
    found = _VERSION.search(log_stream)
    return found[1] if found else UNKNOWN


class Numbering:
    """The rows of a table by number, and the numbers of invocations."""

    def __init__(self, by: Sequence[str], zone: tzinfo) -> None:
        strange = [name for name in by if name not in DIMENSIONS]
        if strange:
            raise UsageError(
                f"{strange[0]!r} is nothing that rows can be told apart by",
                hint=f"one of {', '.join(DIMENSIONS)}",
            )
        self.by = tuple(dict.fromkeys(by))
        self.keys: list[Key] = []
        """What each number stands for."""
        self._zone = zone
        self._numbers: dict[Key, int] = {}
        self._stated = [name for name in self.by if name in _STATED]
        self._place_counts_not = not {"version", "environment"} & set(self.by)
        self._groups: dict[str, _Streams] = {}
        self._known = 0
        self._combined = _Combined(self)

    def of_batch(self, batch: FigureBatch) -> int | list[int]:
        """Return the number of all rows of a batch, or one for each if they differ."""
        streams = self._groups.get(batch.log_group)
        if streams is None:
            streams = self._groups[batch.log_group] = _Streams(self, batch.log_group)
        numbers: list[Any]
        if self._place_is_usual(batch):
            # What is true of one stream is true of all; to remember each takes half a second for
            # an archive of a hundred thousand.
            numbers = [streams[_USUAL_STREAM]]
            if self._stated:
                numbers *= len(batch.log_streams)
        else:
            numbers = list(map(streams.__getitem__, batch.log_streams))
        if self._stated:
            numbers = list(map(self._combined.__getitem__, self._stated_by(batch, numbers)))
        if self._known > _KNOWN_STREAMS:
            self._forget()
        return numbers[0] if len(set(numbers)) == 1 else numbers

    def _place_is_usual(self, batch: FigureBatch) -> bool:
        """Tell whether the group alone decides: it is a function's, its streams name no other."""
        return (
            self._place_counts_not
            and batch.log_group.startswith(_FUNCTIONS)
            and set(map(_AFTER_DATE, batch.log_streams)) == {"["}
        )

    def of_invocation(self, invocation: Invocation, time: Millis, *, cold: bool) -> int:
        """Return the number of an invocation that was read whole and ended at a time."""
        log_group, log_stream = invocation.log_group, invocation.log_stream
        values = _of_place(invocation.version or version_of(log_stream), log_stream or UNKNOWN)
        values["status"] = invocation.status.value
        for name in self._stated:
            if name == "cold":
                values[name] = _cold(cold=cold)
            elif name == "memory":
                values[name] = _memory(invocation.memory_mb)
            else:
                values[name] = self._moment(time, whole_hour=name == "hour")
        return self.number(invocation.function or function_of(log_group, log_stream), values)

    @property
    def is_of_sums(self) -> bool:
        """Tell whether rows are told apart by nothing that a sum of several streams hides."""
        return _OF_SUMS.issuperset(self.by)

    @property
    def slot(self) -> Millis | None:
        """The stretch of time that lies within one row, whatever the zone; None: any does."""
        if "minute" in self.by:
            return _MINUTE
        return _SLOT if "hour" in self.by else None

    def of_sum(self, function: str, time: Millis | None) -> int:
        """Return the number of invocations of a function that ended well, around a time."""
        values = {"status": Status.OK.value}
        for name in {"hour", "minute"}.intersection(self.by) if time is not None else ():
            values[name] = self._moment(time or 0, whole_hour=name == "hour")
        return self.number(function, values)

    def number(self, function: str, values: dict[str, str]) -> int:
        """Return the number of a row; a new one gets the next."""
        key = (function, tuple((name, values[name]) for name in self.by))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.keys)
            self.keys.append(key)
        return number

    def of_stream(self, log_group: str, log_stream: str) -> Any:
        """Return the number of a stream's rows or, where REPORT decides, what is known of it."""
        self._known += 1
        function = function_of(log_group, log_stream)
        version = version_of(log_stream) if "version" in self.by else ""
        environment = (log_stream or UNKNOWN) if "environment" in self.by else ""
        if self._stated:
            return (function, version, environment)
        return self.number(function, _of_place(version, environment))

    def of_figures(self, figures: tuple[Any, ...]) -> int:
        """Return the number of what `_stated_by` put together."""
        function, version, environment = figures[0]
        values = _of_place(version, environment)
        for name, figure in zip(self._stated, figures[1:], strict=True):
            if name == "cold":
                values[name] = _cold(cold=figure)
            elif name == "memory":
                values[name] = _memory(figure)
            else:
                hour = name == "hour"
                values[name] = self._moment(figure * (_SLOT if hour else 60_000), whole_hour=hour)
        return self.number(function, values)

    def _stated_by(self, batch: FigureBatch, places: list[Any]) -> Any:
        columns: list[Sequence[Any]] = [places]
        for name in self._stated:
            if name == "cold":
                inits = zip(batch.init_ms, batch.restore_ms, strict=True)
                columns.append([i is not None or r is not None for i, r in inits])
            elif name == "memory":
                columns.append(batch.memory_mb)
            else:
                slot = _SLOT if name == "hour" else 60_000
                columns.append([time // slot for time in batch.times])
        return zip(*columns, strict=True)

    def _moment(self, time: Millis, *, whole_hour: bool) -> str:
        try:
            local = (_EPOCH + timedelta(milliseconds=time)).astimezone(self._zone)
        except OverflowError:
            return UNKNOWN
        minute = 0 if whole_hour else local.minute
        text = local.replace(minute=minute, second=0, microsecond=0).isoformat(timespec="minutes")
        return text.replace("+00:00", "Z")

    def _forget(self) -> None:
        self._groups.clear()
        self._combined.clear()
        self._known = 0


class _Streams(dict[str, Any]):
    """What is known of each stream of a group."""

    def __init__(self, numbering: Numbering, log_group: str) -> None:
        super().__init__()
        self._numbering = numbering
        self._log_group = log_group

    def __missing__(self, log_stream: str) -> Any:
        found = self[log_stream] = self._numbering.of_stream(self._log_group, log_stream)
        return found


class _Combined(dict[tuple[Any, ...], int]):
    """The numbers of what streams and REPORTs say together."""

    def __init__(self, numbering: Numbering) -> None:
        super().__init__()
        self._numbering = numbering

    def __missing__(self, figures: tuple[Any, ...]) -> int:
        number = self[figures] = self._numbering.of_figures(figures)
        return number


def natural(key: Key) -> tuple[Any, ...]:
    """Return what keys sort by: versions and sizes as numbers, moments in time, unknown last."""
    return (key[0], *(_natural(name, value) for name, value in key[1]))


def _natural(name: str, value: str) -> tuple[float, str]:
    if value == UNKNOWN:
        return (inf, value)
    if name == "version":
        return (version_order(value), value)
    if name == "memory":
        return (float(value), value)
    if name in ("hour", "minute"):
        # An hour occurs twice where clocks are set back: the offset tells which comes first.
        return (datetime.fromisoformat(value).timestamp(), value)
    return (0, value)


def version_order(version: str) -> float:
    """Return a number that ascends with the age of versions; `$LATEST` is the newest."""
    if version.isdecimal():
        return int(version)
    return 1e18 if version == LATEST else -1


def _of_place(version: str, environment: str) -> dict[str, str]:
    # A batch holds nothing that failed.
    return {"version": version, "environment": environment, "status": Status.OK.value}


def _cold(*, cold: bool) -> str:
    return "yes" if cold else "no"


def _memory(size_mb: float | None) -> str:
    if size_mb is None:
        return UNKNOWN
    return str(int(size_mb)) if size_mb == int(size_mb) else repr(size_mb)
