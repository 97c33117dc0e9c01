"""Pages of log events, out of the bytes of an answer.

botocore's own parser walks every field of every event by its service model, which takes longer
than the network does; here typed structs are decoded in C and hooked in where botocore allows it
(`before-parse`, botocore 1.36 and later; an older one parses by itself, and is converted).
What a page is asked for with is `slsloggrep.sources.cloudwatch.logs`' knowledge.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from slsloggrep.model import Millis

OPERATIONS = ("FilterLogEvents", "GetLogEvents")
"""Their answers hold events on the top level, in a list `events`."""


class LogEvent(msgspec.Struct, frozen=True, gc=False):
    """One event of a page; times are ms since the epoch. Names are the service's own."""

    timestamp: Millis = 0
    message: str = ""
    ingestionTime: Millis = 0  # noqa: N815 - the service's name
    eventId: str = ""  # noqa: N815
    """56 digits; empty from GetLogEvents, which tells none."""
    logStreamName: str = ""  # noqa: N815
    """Empty from GetLogEvents: it is the one that was asked for."""


class _Answer(msgspec.Struct, gc=False):
    events: list[LogEvent] = []
    nextToken: str | None = None  # noqa: N815
    nextForwardToken: str | None = None  # noqa: N815
    nextBackwardToken: str | None = None  # noqa: N815


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


_decoder = msgspec.json.Decoder(_Answer)


def read_early(response_dict: dict[str, Any], customized_response_dict: dict[str, Any],
               **_: Any) -> None:  # fmt: skip
    """Decode the body before botocore does, and leave it nothing to do; a `before-parse` hook."""
    body = response_dict.get("body", b"")
    if response_dict.get("status_code", 500) >= 300 or not isinstance(body, bytes):
        return
    customized_response_dict["events"] = ()
    answer = _decode(body)
    customized_response_dict["events"] = tuple(answer.events)
    customized_response_dict["size"] = len(body)
    for name in ("nextToken", "nextForwardToken", "nextBackwardToken"):
        if (token := getattr(answer, name)) is not None:
            customized_response_dict[name] = token
    response_dict["body"] = b"{}"


def _decode(body: bytes) -> _Answer:
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Lone surrogates, which JSON can spell and msgspec refuses.
        document = json.loads(body.decode("utf-8", "surrogatepass"))
        return msgspec.convert(document, _Answer)


def events_of(found: Iterable[LogEvent | Mapping[str, Any]]) -> tuple[LogEvent, ...]:
    """Return events as structs, whoever parsed them."""
    return tuple(
        event if isinstance(event, LogEvent) else LogEvent(**{
            name: event[name] for name in LogEvent.__struct_fields__ if name in event
        })
        for event in found
    )  # fmt: skip
