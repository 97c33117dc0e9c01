"""Events as the pipeline has them, out of what the service answers."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence

from slsloggrep.model import Event, Millis
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.pages import LogEvent

Stretches = Mapping[str, Sequence[tuple[Millis, Millis]]]
"""What is wanted of log streams, by name: `since` <= time < `until`."""

_WITHOUT_ID = "GetLogEvents"
"""Told apart by the container, a line that both operations gave is not counted as two lines."""

_SHORT = 18
"""Digits of an event ID that is a small number, as stand-ins for the service have them."""


def event_of(found: LogEvent, group: Group, source: str, *, stream: str = "") -> Event:
    """Return an event of a page; `stream` is the one that GetLogEvents was asked for.

    `source` is the source's name. The container is the region's label, so that the same stream
    name in two regions stays two streams' worth of positions.
    """
    return Event(
        timestamp=found.timestamp,
        message=found.message,
        log_group=group.name,
        log_stream=found.logStreamName or stream,
        event_id=found.eventId,
        source=source,
        container=group.logs.label,
        position=_position(found.eventId),
    )


def events_of_page(
    found: Iterable[LogEvent], group: Group, source: str, *, wanted: Stretches | None = None
) -> list[Event]:
    """Return the events of a page of FilterLogEvents that can be wanted.

    `wanted` are stretches of streams of which a page may hold more; without it, what the group's
    functions have not logged is left out.
    """
    found = tuple(found)
    label, name = group.logs.label, group.name
    if wanted is not None:
        found = tuple(
            event
            for event in found
            if _lies_in(event.timestamp, wanted.get(event.logStreamName, ()))
        )
    elif group.functions:
        others = _others({event.logStreamName for event in found}, group)
        found = tuple(event for event in found if event.logStreamName not in others)
    # One string for each stream, not for each event: there may be a million of these.
    streams: dict[str, str] = {}
    return [
        Event(
            event.timestamp,
            event.message,
            name,
            streams.setdefault(event.logStreamName, event.logStreamName),
            event.eventId,
            source,
            label,
            _position(event.eventId),
        )
        for event in found
    ]


class Numbering:
    """Turns pages of GetLogEvents into events; they have no IDs, and so need positions.

    The position is the place among the stream's events of one millisecond: however a stretch is
    cut, the same line gets the same one.
    """

    def __init__(self, group: Group, stream: str, source: str) -> None:
        self._group = group
        self._stream = stream
        self._source = source
        self._container = f"{group.logs.label}/{_WITHOUT_ID}"
        self._last: tuple[Millis, int] = (-1, 0)

    def events_of_page(
        self, found: Iterable[LogEvent], *, since: Millis, until: Millis
    ) -> list[Event]:
        """Return the events of the next page that lie between two times."""
        events = []
        for event in found:
            timestamp, ordinal = self._last
            ordinal = ordinal + 1 if event.timestamp == timestamp else 0
            self._last = (event.timestamp, ordinal)
            if since <= event.timestamp < until:
                events.append(
                    Event(
                        event.timestamp,
                        event.message,
                        self._group.name,
                        self._stream,
                        "",
                        self._source,
                        self._container,
                        ordinal,
                    )
                )
        return events


def _lies_in(timestamp: Millis, stretches: Iterable[tuple[Millis, Millis]]) -> bool:
    return any(since <= timestamp < until for since, until in stretches)


def _others(streams: Iterable[str], group: Group) -> Container[str]:
    return {stream for stream in streams if not group.concerns(stream)}


def _position(event_id: str) -> int:
    """Return a short event ID's number: where IDs are not unique by themselves, it tells order."""
    short = len(event_id) <= _SHORT and event_id.isascii() and event_id.isdecimal()
    return int(event_id) if short else 0
