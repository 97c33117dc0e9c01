"""Pages of log events, out of the bytes of an answer.

botocore's own parser walks every field of every event by its service model, which takes longer
than the network does; here typed structs are decoded in C and hooked in where botocore allows it
(`before-parse`, botocore 1.36 and later; an older one parses by itself, and is converted).
What a page is asked for with is `slsloggrep.sources.cloudwatch.logs`' knowledge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from slsloggrep.model import Millis
from slsloggrep.sources.aws_errors import MisshapenError
from slsloggrep.sources.cloudwatch.shapes import FilterLogEvents, LogEvent, decode

__all__ = ["OPERATIONS", "LogEvent", "Page", "events_of", "read_early"]

OPERATIONS = ("FilterLogEvents", "GetLogEvents")
"""Their answers hold events on the top level, in a list `events`."""


class Page(NamedTuple):
    """One answer of FilterLogEvents or GetLogEvents."""

    events: tuple[LogEvent, ...]
    """Perhaps none, and yet not the last."""
    token: str | None
    """For the next page. FilterLogEvents: None, it was the last. GetLogEvents: there always is
    one, and it was the last where it equals the one that was asked with."""
    size: int
    """Bytes of the answer."""
    served: Millis | None
    """When the service answered, by its own clock; whole seconds."""


def read_early(body: bytes, operation: str, parsed: dict[str, Any]) -> None:
    """Decode a body before botocore does, and put what it holds into the answer.

    Raises MisshapenError.
    """
    answer = decode(body, operation)
    parsed["events"] = tuple(answer.events)
    parsed["size"] = len(body)
    if not isinstance(answer, FilterLogEvents):
        parsed["nextForwardToken"] = answer.nextForwardToken
        parsed["nextBackwardToken"] = answer.nextBackwardToken
        return
    if answer.nextToken is not None:
        parsed["nextToken"] = answer.nextToken
    if not all(event.logStreamName for event in answer.events):
        raise MisshapenError(error="an event without `logStreamName`")


def events_of(found: Iterable[LogEvent | Mapping[str, Any]]) -> tuple[LogEvent, ...]:
    """Return events as structs, whoever parsed them."""
    return tuple(
        event if isinstance(event, LogEvent) else LogEvent(**{
            name: event[name] for name in LogEvent.__struct_fields__ if name in event
        })
        for event in found
    )  # fmt: skip
