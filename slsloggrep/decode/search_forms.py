"""The usual documents of the commonest shapes, read in C.

A form is a shape's fields with the kinds of values that its shipper writes there. What it reads is
what `slsloggrep.decode.search_documents.read` would say, at a third of the cost; a document that
has other fields, where these would belong to the message, or other values, is left to `read`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import msgspec

from slsloggrep.decode.boundaries import Buffer
from slsloggrep.decode.search_shapes import Shape
from slsloggrep.decode.timestamps import millis
from slsloggrep.model import Millis

Told = tuple[Millis, str, str, str, str, int]
"""Time, message, log group, log stream, event ID, and the event's place: -1 where none is stated.

A plain tuple, for one is made of every document.
"""

Form = Callable[[Buffer], Told | None]
"""Takes a document as it was written; None: it must be looked at closely."""


def form_of(shape: Shape, time_field: str) -> Form | None:
    """Return what reads the usual documents of a shape; None: there is nothing of the kind.

    `time_field` is the field that the user named, as for `read`.
    """
    form = _FORMS.get(shape.name)
    return form if time_field in ("", shape.time[0]) else None


def clock(text: str) -> Millis | None:
    """Return what `millis` returns, sooner for a time of this century's usual spelling.

    That is `2026-11-23T10:00:00.123Z`: the second is looked up, for neighbours share it.
    """
    if len(text) == 24 and text[19] == "." and text[23] == "Z" and text.isascii():
        fraction = text[20:23]
        second = _second(text[:19]) if fraction.isdecimal() else None
        if second is not None:
            return second + int(fraction)
    return millis(text)


@lru_cache(maxsize=4096)
def _second(text: str) -> Millis | None:
    return millis(text + "Z")


class _Cwl(msgspec.Struct, rename=lambda name: f"@{name}", gc=False):
    """What AWS's function writes, whatever else it took out of the message."""

    timestamp: str
    message: str
    log_group: str = ""
    log_stream: str = ""
    id: str = ""


class _Envelope(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What transformations for Firehose write: the envelope's own names."""

    timestamp: int | str
    message: str
    group: str = msgspec.field(name="logGroup", default="")
    stream: str = msgspec.field(name="logStream", default="")
    id: str = ""
    owner: str = ""
    message_type: str = msgspec.field(name="messageType", default="")
    filters: list[str] | str = msgspec.field(name="subscriptionFilters", default="")
    copied: int | str = msgspec.field(name="@timestamp", default="")


class _Place(msgspec.Struct, gc=False):
    log_group: str = ""
    log_stream: str = ""
    event_id: str = ""


class _Logstash(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What Logstash's input writes."""

    place: _Place = msgspec.field(name="cloudwatch_logs")
    timestamp: str = msgspec.field(name="@timestamp")
    message: str
    version: str = msgspec.field(name="@version", default="")
    tags: list[str] = []
    host: dict[str, str] = {}


class _Own(msgspec.Struct, gc=False):
    sequence: int


class _Shipped(msgspec.Struct, gc=False):
    """What `ship` writes for an event."""

    timestamp: str = msgspec.field(name="@timestamp")
    own: _Own = msgspec.field(name="slsloggrep")
    message: str
    log_group: str = ""
    log_stream: str = ""
    event_id: str = ""


_UNUSUAL = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

_decode_cwl = msgspec.json.Decoder(_Cwl).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_logstash = msgspec.json.Decoder(_Logstash).decode
_decode_shipped = msgspec.json.Decoder(_Shipped).decode


def _cwl(raw: Buffer) -> Told | None:
    try:
        told = _decode_cwl(raw)
    except _UNUSUAL:
        return None
    time, group = clock(told.timestamp), told.log_group
    if time is None or group[:4] == "arn:":
        return None
    return time, told.message, group, told.log_stream, told.id, -1


def _envelope(raw: Buffer) -> Told | None:
    try:
        told = _decode_envelope(raw)
    except _UNUSUAL:
        return None
    stated, group = told.timestamp, told.group
    time = clock(stated) if isinstance(stated, str) else millis(stated)
    if time is None or group[:4] == "arn:":
        return None
    return time, told.message, group, told.stream, told.id, -1


def _logstash(raw: Buffer) -> Told | None:
    try:
        told = _decode_logstash(raw)
    except _UNUSUAL:
        return None
    time, place = clock(told.timestamp), told.place
    if time is None or place.log_group[:4] == "arn:":
        return None
    return time, told.message, place.log_group, place.log_stream, place.event_id, -1


def _shipped(raw: Buffer) -> Told | None:
    try:
        told = _decode_shipped(raw)
    except _UNUSUAL:
        return None
    time, group, sequence = clock(told.timestamp), told.log_group, told.own.sequence
    if time is None or sequence < 0 or group[:4] == "arn:":
        return None
    return time, told.message, group, told.log_stream, told.event_id, sequence


_FORMS: dict[str, Form] = {
    "cwl": _cwl,
    "envelope": _envelope,
    "logstash": _logstash,
    "slsloggrep": _shipped,
}
