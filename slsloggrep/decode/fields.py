"""Reads message, time, group, stream and ID out of one JSON object, under any of their names.

Shippers and APIs spell the same concept in many ways (`logGroup`, `log_group`, `@log_group`,
`logGroupName`, …): keys are compared without case and punctuation. What kind of document an object
is, is told by `slsloggrep.decode.objects`.

Sources: CloudWatch Logs API reference; the documents that Filebeat, Logstash's and Elastic's
CloudWatch inputs, Fluent Bit, OpenTelemetry and AWS's own LogsToElasticsearch function write.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from slsloggrep.decode.timestamps import millis
from slsloggrep.model import EVENT_ID_DIGITS, Millis

_MESSAGE = ("message", "log", "body", "eventoriginal", "textpayload")
_TIME = (
    "timestamp",
    "time",
    "eventtimestamp",
    "timegenerated",
    "eventtime",
    "observedtimestamp",
    "timemillis",
    "instant",
    "datetime",
    "date",
    "ts",
    "t",
    "ingestiontime",
)
"""In order of trust; the last is when CloudWatch received the event."""

_GROUP = ("loggroup", "loggroupname")
_STREAM = ("logstream", "logstreamname")
_ID = ("eventid", "id", "logeventid")
_LOG_EVENTS = ("logevents",)

_ABOUT = frozenset(
    (
        *_TIME,
        *_GROUP,
        *_STREAM,
        *_ID,
        "messagetype",
        "owner",
        "subscriptionfilters",
        "policylevel",
        "extractedfields",
        "ptr",
        "account",
        "accountid",
        "region",
        "awsaccount",
        "awsregion",
        "loggroupidentifier",
        "version",
    )
)
"""What an event as its source gave it consists of, apart from the message itself; and keys that
shippers add and that say nothing about the event."""

_SHIPPERS = ("awscloudwatch", "cloudwatch_logs", "cloudwatch")
"""Objects, at the top or within `aws`, in which shippers keep group and stream."""


class Layout(NamedTuple):
    """Which keys of an object hold what, each in order of preference."""

    message: tuple[str, ...]
    time: tuple[str, ...]
    group: tuple[str, ...]
    stream: tuple[str, ...]
    event_id: tuple[str, ...]
    log_events: tuple[str, ...]
    others: frozenset[str]
    """Keys that no event needs: with any of them, an object is a log line of its own."""
    original: bool
    """The message is said to be as CloudWatch had it: whatever else there is, comes from it."""
    shipped: bool
    """A shipper keeps group and stream in an object of its own."""


def layout_of(value: Mapping[str, Any]) -> Layout:
    """Return which keys of an object hold what."""
    keys = tuple(value)
    # Log lines have few keys and few layouts; what has more must not fill the memory.
    usual = len(keys) <= 64 and sum(map(len, keys)) <= 2048
    return _layout(keys) if usual else _laid_out(keys)


def _laid_out(keys: Iterable[str]) -> Layout:
    names: dict[str, list[str]] = {}
    for key in keys:
        plain = key.lstrip("@").replace("_", "").replace(".", "").replace("-", "").lower()
        names.setdefault(plain, []).append(key)

    def spelled(concepts: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(key for concept in concepts for key in names.get(concept, ()))

    return Layout(
        message=spelled(_MESSAGE),
        time=spelled(_TIME),
        group=spelled(_GROUP),
        stream=spelled(_STREAM),
        event_id=spelled(_ID),
        log_events=spelled(_LOG_EVENTS),
        others=frozenset(
            key for plain, spellings in names.items() if plain not in _ABOUT for key in spellings
        ),
        original="@message" in keys or "ingestiontime" in names,
        shipped="aws" in keys or any(shipper in keys for shipper in _SHIPPERS),
    )


_layout = lru_cache(maxsize=256)(_laid_out)


def message_key(value: Mapping[str, Any], layout: Layout) -> str:
    """Return the key of the message; empty where there is none.

    `message` may be anything; under the other names only a string is a message.
    """
    for key in layout.message:
        found = value[key]
        if isinstance(found, str) or (found is not None and key in ("message", "@message")):
            return key
    return ""


def time_of(value: Mapping[str, Any], layout: Layout) -> Millis | None:
    """Return the time that an object states."""
    for key in layout.time:
        found = millis(value[key])
        if found is not None:
            return found
    metrics = value.get("_aws")  # CloudWatch's embedded metric format
    return millis(metrics.get("Timestamp")) if isinstance(metrics, dict) else None


def place_of(value: Mapping[str, Any], layout: Layout) -> tuple[str, str]:
    """Return log group and stream, each empty where nothing tells it."""
    group, stream = _text(value, layout.group), _text(value, layout.stream)
    if not group and isinstance(value.get("@log"), str):
        group = value["@log"].partition(":")[2]  # Insights: <account>:<group>
    if group or stream or not layout.shipped:
        return group, stream
    aws = value.get("aws")
    for holder in (value, aws if isinstance(aws, dict) else {}):
        for shipper in _SHIPPERS:
            inner = holder.get(shipper)
            if isinstance(inner, dict):
                within = layout_of(inner)
                return _text(inner, within.group), _text(inner, within.stream)
    return "", ""


def id_of(value: Mapping[str, Any], layout: Layout) -> str:
    """Return the event's ID as text; some emulators write numbers."""
    for key in layout.event_id:
        found = value[key]
        if isinstance(found, str) or (isinstance(found, int) and not isinstance(found, bool)):
            return str(found)
    return ""


def is_global_id(event_id: str) -> bool:
    """Tell whether an ID is one that CloudWatch gave."""
    return len(event_id) == EVENT_ID_DIGITS and event_id.isdecimal()


def is_event(value: Mapping[str, Any], layout: Layout, *, table: bool = False) -> bool:
    """Tell an event as its source gave it from a log line that is JSON itself.

    The first holds the message apart from group, stream, time and ID; what else stands in the
    second belongs to the message, and would be lost if only its `message` were taken. In a
    `table`, columns are chosen by whoever defined it: a message column is the message.
    """
    key = message_key(value, layout)
    if not key:
        return False
    if layout.original or table:
        return True
    event_id = id_of(value, layout)
    if is_global_id(event_id):
        return True
    if not layout.shipped and len(layout.others) > 1:
        return False
    placed = any(place_of(value, layout))
    if placed and layout.shipped:
        return True
    if any(other != key for other in layout.others):
        return False
    # Message and time alone are not enough: an application's own lines have those, but hardly a
    # time as a number under CloudWatch's name.
    number = value.get("timestamp")
    return (
        placed
        or event_id != ""
        or (isinstance(number, int | float) and not isinstance(number, bool))
    )


def _text(value: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((value[key] for key in keys if value[key] and isinstance(value[key], str)), "")
