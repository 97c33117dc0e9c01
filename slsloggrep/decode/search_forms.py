"""The usual documents of the commonest shapes, read in C.

A form is a shape's fields with the kinds of values that its shipper writes there. What it tells is
what `slsloggrep.decode.search_documents.read` would say, at a fifth of the cost. A document that
has other values, or other fields where these would belong to the message, does not decode as one,
and is left to `read`; so is one whose time makes no sense.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from slsloggrep.decode.search_shapes import SHIPPED, Shape


class Cwl(msgspec.Struct, kw_only=True, gc=False):
    """What AWS's function writes, in its order, whatever else it took out of the message."""

    event_id: str = msgspec.field(name="@id", default="")
    timestamp: str = msgspec.field(name="@timestamp")
    message: str = msgspec.field(name="@message")
    group: str = msgspec.field(name="@log_group", default="")
    stream: str = msgspec.field(name="@log_stream", default="")


class Envelope(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What transformations for Firehose write: the envelope's own names."""

    timestamp: int | str
    message: str
    group: str = msgspec.field(name="logGroup", default="")
    stream: str = msgspec.field(name="logStream", default="")
    event_id: str = msgspec.field(name="id", default="")
    owner: str = ""
    message_type: str = msgspec.field(name="messageType", default="")
    filters: list[str] | str = msgspec.field(name="subscriptionFilters", default="")
    copied: int | str = msgspec.field(name="@timestamp", default="")


class _Place(msgspec.Struct, gc=False):
    log_group: str = ""
    log_stream: str = ""
    event_id: str = ""


class Logstash(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """What Logstash's input writes."""

    place: _Place = msgspec.field(name="cloudwatch_logs")
    timestamp: str = msgspec.field(name="@timestamp")
    message: str
    version: str = msgspec.field(name="@version", default="")
    tags: list[str] = []
    host: dict[str, str] = {}

    @property
    def group(self) -> str:
        """The log group."""
        return self.place.log_group

    @property
    def stream(self) -> str:
        """The log stream."""
        return self.place.log_stream

    @property
    def event_id(self) -> str:
        """The event's ID."""
        return self.place.event_id


class _Own(msgspec.Struct, gc=False):
    sequence: int | None = None


class Shipped(msgspec.Struct, gc=False):
    """What `ship` writes: for an event, or for an invocation, which has no place in a sequence."""

    timestamp: str = msgspec.field(name="@timestamp")
    own: _Own = msgspec.field(name="slsloggrep")
    message: str | None = None
    group: str = msgspec.field(name="log_group", default="")
    stream: str = msgspec.field(name="log_stream", default="")
    event_id: str = ""


Usual: TypeAlias = Cwl | Envelope | Logstash | Shipped
Form: TypeAlias = type[Cwl] | type[Envelope] | type[Logstash] | type[Shipped]

_FORMS: dict[str, Form] = {
    "cwl": Cwl,
    "envelope": Envelope,
    "logstash": Logstash,
    SHIPPED: Shipped,
}


def form_of(shape: Shape, time_field: str) -> Form | None:
    """Return the form of a shape's usual documents; None: there is none.

    `time_field` is the field that the user named, as for `read`.
    """
    return _FORMS.get(shape.name) if time_field in ("", shape.time[0]) else None
