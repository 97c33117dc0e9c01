"""Rows of Insights as events: times, messages, and the log group that each belongs to.

Which rows are wanted is `slsloggrep.sources.cloudwatch.insights_query`'s knowledge.

Fields: CloudWatch Logs User Guide, CWL_AnalyzeLogData-discoverable-fields. There is no event ID,
and rows of the same millisecond come in any order. Of the platform's lines it is known which comes
first, so that much is put right; the others keep the order in which they came.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from slsloggrep.model import Event, Gap, Millis
from slsloggrep.parse.failures import TRACE_FRAME
from slsloggrep.sources.cloudwatch.insights_query import ROWS, Ask
from slsloggrep.sources.cloudwatch.logs import Group

_PLACES = {
    "INIT_START ": 0,
    "START RequestId: ": 1,
    "END RequestId: ": 3,
    "REPORT RequestId: ": 4,
}
_JSON_PLACES = {
    "initStart": 0,
    "initRuntimeDone": 0,
    "initReport": 0,
    "start": 1,
    "runtimeDone": 3,
    "report": 4,
}
"""Where a line of the platform stands among those of its millisecond; other lines: 2."""
_TYPE = re.compile(r'"type"\s*:\s*"platform\.(\w+)"')
_FAR = 1_000_000_000
"""More than all rows of one fetch."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS = len("2024-02-13 21:01:04")


class Rows:
    """Makes events of the rows of one ask, and counts what it can make nothing of.

    `fetch` is a number: what two fetches bring of the same millisecond may come in two orders, and
    is told apart by its container, so that no line is counted twice.
    """

    def __init__(self, ask: Ask, source: str, fetch: int) -> None:
        self._ask = ask
        self._source = source
        self._fetch = fetch
        self._groups = _Groups(ask.groups)
        self.read = 0
        """How many rows were given, wanted or not."""
        self.first: Millis | None = None
        """The time of the first row."""
        self.last: Millis | None = None
        """The time of the last row."""
        self.held: list[Event] = []
        """Events of the last millisecond: what was given may be a part of it only."""
        self.ordered = True
        """The rows came by time."""
        self.astray = False
        """Rows came that do not lie between the milliseconds that were asked for."""
        self.at_start = 0
        """Events at the very beginning of the window."""
        self.torn = False
        """Frames of a stack trace share a stream's millisecond with other lines, in no order."""
        self._second: tuple[str, Millis] = ("", 0)
        self._concerned: dict[tuple[int, str], bool] = {}
        self._lost: dict[tuple[str, str], int] = {}

    def take(self, rows: Iterable[Mapping[str, str]]) -> list[Event]:
        """Return the wanted events of a page of rows; those of the last millisecond are held."""
        ready: list[Event] = []
        for row in rows:
            self.read += 1
            moment = self._time_of(row.get("@timestamp", ""))
            if moment is None:
                self._lose("", "without a time that can be read")
                continue
            wanted = self._ask.since <= moment < self._ask.until
            self.astray = self.astray or (self._ask.exact and not wanted)
            if self.last is None or moment > self.last:
                self.torn = self.torn or _may_be_torn(self.held)
                ready.extend(self.held)
                self.held.clear()
                self.first = moment if self.last is None else self.first
                self.last = moment
            elif moment < self.last:
                self.ordered = False
            event = self._event_of(row, moment) if wanted else None
            if event is not None:
                self.at_start += moment == self._ask.since
                (self.held if moment == self.last else ready).append(event)
        self.torn = self.torn or _may_be_torn(self.held)
        return ready

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be made events of."""
        everything = ", ".join(group.label for group in self._ask.groups[:3])
        return tuple(
            Gap(label or everything, f"rows of Insights came {what}: {count}")
            for (label, what), count in self._lost.items()
        )

    def _event_of(self, row: Mapping[str, str], moment: Millis) -> Event | None:
        log = row.get("@log", "")
        group = self._groups.of(log)
        if group is None:
            if not self._ask.prefix:  # a prefix may name groups that nobody asked for
                self._lose("", "of a log group that was not asked for")
            return None
        stream = row.get("@logStream", "")
        if group.functions and not self._concerns(group, stream):
            return None
        message = row.get("@message")
        if message is None:
            self._lose(group.label, "without their message")
            return None
        event = Event(
            timestamp=moment,
            message=message,
            log_group=group.name,
            log_stream=stream,
            event_id="",
            source=self._source,
            container=f"{group.logs.label}/Insights {self._fetch:04d}",
            position=_place_of(message) * _FAR + self._ask.number * ROWS + self.read,
        )
        return event if self._ask.takes(event) else None

    def _concerns(self, group: Group, stream: str) -> bool:
        key = (id(group), stream)
        if key not in self._concerned:
            self._concerned[key] = group.concerns(stream)
        return self._concerned[key]

    def _time_of(self, text: str) -> Millis | None:
        """Return a time written as `2024-02-13 21:01:04.046` (UTC), or as epoch milliseconds."""
        if text.isdecimal():
            return int(text)
        second, known = self._second
        if not second or text[:_SECONDS] != second:
            try:
                moment = datetime.fromisoformat(text[:_SECONDS]).replace(tzinfo=UTC)
            except ValueError:
                return None
            known = int((moment - _EPOCH).total_seconds()) * 1000
            self._second = (text[:_SECONDS], known)
        fraction = text[_SECONDS:].removeprefix(".").removesuffix("Z")
        if not fraction:
            return known
        return known + int(fraction[:3].ljust(3, "0")) if fraction.isdecimal() else None

    def _lose(self, label: str, what: str) -> None:
        self._lost[label, what] = self._lost.get((label, what), 0) + 1


def _may_be_torn(held: Sequence[Event]) -> bool:
    """Tell whether events of one millisecond may be a trace of one event a line, in no order."""
    if len(held) < 2:
        return False
    streams = Counter((event.log_group, event.log_stream) for event in held)
    return any(
        streams[event.log_group, event.log_stream] > 1 and TRACE_FRAME.match(event.message)
        for event in held
    )


def _place_of(message: str) -> int:
    if message[:1] == "{":
        found = _TYPE.search(message, 0, 300)
        return _JSON_PLACES.get(found[1], 2) if found else 2
    for beginning, place in _PLACES.items():
        if message.startswith(beginning):
            return place
    return 2


class _Groups:
    """Groups by the field `@log`: `account:name`."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self._only = groups[0] if len(groups) == 1 else None
        self._known = {(_account_of(group), group.name): group for group in groups}
        self._named: dict[str, Group | None] = {}
        """By name alone; None where several accounts have a group of that name."""
        for group in groups:
            self._named[group.name] = None if group.name in self._named else group

    def of(self, log: str) -> Group | None:
        account, parted, name = log.rpartition(":")
        if not parted:
            return self._named.get(name) if name else self._only
        return self._known.get((account, name)) or self._known.get(("", name))


def _account_of(group: Group) -> str:
    parts = group.arn.split(":")
    return parts[4] if len(parts) > 5 else ""
