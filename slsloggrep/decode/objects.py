"""Finds the events in one JSON value, whatever document shape it is.

Envelopes in every form, single events, lists of either, answers of CloudWatch's API, carriers.
The ordinary envelope is read faster by `slsloggrep.decode.envelopes`; text that is not valid JSON
by `slsloggrep.decode.salvage`. What a message means is left to `slsloggrep.parse`: a JSON object
that is itself a log line stays whole.

Sources: CloudWatch Logs API reference (FilterLogEvents, GetLogEvents, GetQueryResults,
StartLiveTail); Azure Monitor, "Resource logs" (`records`); CloudTrail User Guide (`Records`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slsloggrep.decode import carriers, fields
from slsloggrep.decode.carriers import Carried
from slsloggrep.decode.envelopes import CONTROL
from slsloggrep.decode.reading import Reading
from slsloggrep.decode.timestamps import millis
from slsloggrep.model import Event, Millis

_RECORDS = ("records", "Records")
"""Keys of lists of records that are documents themselves: Azure's diagnostics, CloudTrail."""

_ANSWERS = ("events", "sessionResults")
"""Keys of lists of events in answers of CloudWatch's API."""

_ANSWER_KEYS = frozenset(
    (
        *_ANSWERS,
        "nextToken",
        "nextForwardToken",
        "nextBackwardToken",
        "searchedLogStreams",
        "sessionMetadata",
        "ResponseMetadata",
    )
)


def events_in(
    value: object, text: str | None, reading: Reading, *, table: bool = False
) -> Iterator[Event | Carried]:
    """Yield the events of one top-level JSON value, and what it carries in base64.

    `text` is the value as it was written, where that is known: a value that is no shape of its
    own becomes one event with this message. `table` says that the value is a row of a table.
    """
    if isinstance(value, dict):
        yield from _document(value, text, reading, table=table)
    elif isinstance(value, list) and value and _are_objects(value):
        for item in value:
            yield from _document(item, None, reading)
    else:
        yield reading.event(None, reading.text(value) if text is None else text)


def log_event(item: object, group: str, stream: str, reading: Reading) -> Event | None:
    """Return one element of an envelope's `logEvents` as an event, None if it is nothing."""
    if item is None:
        return None
    if not isinstance(item, dict):
        return reading.event(None, reading.text(item), group, stream)
    event_id = item.get("id")
    message = item.get("message")
    return reading.event(
        millis(item.get("timestamp")),
        reading.text(item if message is None else message),
        group,
        stream,
        "" if event_id is None else reading.text(event_id),
    )


def is_shape(value: object, *, line: bool = False) -> bool:
    """Tell whether a JSON value is a document shape, rather than a log line that is JSON.

    As a `line` among log lines it has to be one beyond doubt: functions log the events that they
    were invoked with, and those are lists of records too.
    """
    if isinstance(value, list):
        return not line and bool(value) and _are_objects(value)
    if not isinstance(value, dict):
        return False
    layout = fields.layout_of(value)
    if _log_events(value, layout) is not None or fields.is_event(value, layout):
        return True
    if line:
        return "rawData" in value and carriers.opened(value) is not None
    return carriers.opened(value) is not None or _listed(value) is not None


def own_time(value: object) -> Millis | None:
    """Return the time that a JSON log line states under any of the usual keys."""
    return fields.time_of(value, fields.layout_of(value)) if isinstance(value, dict) else None


def _document(
    value: dict[str, Any], text: str | None, reading: Reading, *, table: bool = False
) -> Iterator[Event | Carried]:
    listed = None if table else _listed(value)
    if listed is None:
        yield from _single(value, text, reading, table=table)
        return
    for item in listed:
        yield from _single(item, None, reading)


def _single(
    value: dict[str, Any], text: str | None, reading: Reading, *, table: bool = False
) -> Iterator[Event | Carried]:
    """Yield from a document that is no list of documents: an envelope, a carrier, an event."""
    if CONTROL in (value.get("messageType"), value.get("messagetype")):
        return
    layout = fields.layout_of(value)
    items = _log_events(value, layout)
    if items is not None:
        yield from _envelope(value, layout, items, reading)
        return
    carried = carriers.opened(value)
    if carried is not None:
        yield from carried
        return
    event_id = fields.id_of(value, layout)
    if fields.is_event(value, layout, table=table):
        message = reading.text(value[fields.message_key(value, layout)])
    else:
        message = reading.text(value) if text is None else text
        if not fields.is_global_id(event_id):
            event_id = ""  # a log line's own `id` is whatever the application means by it
    group, stream = fields.place_of(value, layout)
    yield reading.event(fields.time_of(value, layout), message, group, stream, event_id)


def _envelope(
    value: Mapping[str, Any], layout: fields.Layout, items: list[Any], reading: Reading
) -> Iterator[Event]:
    group, stream = fields.place_of(value, layout)
    # An event without a time is as old as its neighbours, not as those of another stream.
    reading.previous = None
    for item in items:
        event = log_event(item, group, stream, reading)
        if event is not None:
            yield event


def _log_events(value: Mapping[str, Any], layout: fields.Layout) -> list[Any] | None:
    for key in layout.log_events:
        if isinstance(value[key], list):
            items: list[Any] = value[key]
            return items
    return None


def _listed(value: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the events of an API's answer, or of another document that is a list of them."""
    rows = value.get("results")
    if isinstance(rows, list) and rows and all(map(_is_row, rows)):
        return [{cell["field"]: cell.get("value") for cell in row} for row in rows]
    update = value.get("sessionUpdate")
    answer = update if isinstance(update, dict) else value
    for key in _ANSWERS:
        items = answer.get(key)
        if (
            isinstance(items, list)
            and answer.keys() <= _ANSWER_KEYS
            and _are_objects(items)
            and all("message" in item and "timestamp" in item for item in items)
        ):
            return items
    for key in _RECORDS:
        items = value.get(key)
        if len(value) == 1 and isinstance(items, list) and _are_objects(items):
            # Kinesis and Firehose records carry base64: the document is opened as a whole.
            return None if carriers.opened(value) is not None else items
    return None


def _are_objects(items: list[Any]) -> bool:
    return all(isinstance(item, dict) for item in items)


def _is_row(row: object) -> bool:
    """Tell a row of an Insights answer: a list of fields with values."""
    return (
        isinstance(row, list)
        and bool(row)
        and all(isinstance(cell, dict) and isinstance(cell.get("field"), str) for cell in row)
    )
