"""Events as the pipeline has them, out of what the service answers."""

from __future__ import annotations

from slsloggrep.model import Event
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.pages import LogEvent


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
    )
