"""Subscription envelopes, the shape that CloudWatch Logs delivers, in their ordinary form.

Typed decoding, for speed. An envelope that is anything but ordinary (times as strings, messages
that are objects, numbers as IDs) is refused here and read by `slsloggrep.decode.objects`.
Format: CloudWatch Logs User Guide, "Real-time processing of log data with subscriptions".
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from slsloggrep.decode.reading import Reading
from slsloggrep.model import Event

CONTROL = "CONTROL_MESSAGE"
"""The message type by which CloudWatch checks that a destination can be reached."""

_PLAIN_MILLIS = range(10**11, 10**14)
"""Times that are milliseconds beyond doubt: anything else is looked at by `timestamps`."""


class _LogEvent(msgspec.Struct, gc=False):
    timestamp: int
    message: str
    id: str = ""


class Envelope(msgspec.Struct, gc=False, rename="camel"):
    """An ordinary envelope; keys that say nothing about its events are not kept."""

    log_events: list[_LogEvent]
    message_type: str = ""
    log_group: str = ""
    log_stream: str = ""


_DECODER = msgspec.json.Decoder(Envelope)


def ordinary(document: bytes) -> Envelope:
    """Return the envelope that a document is.

    Raises msgspec.ValidationError for every other JSON document, and what msgspec raises for
    bytes that are no JSON: DecodeError, UnicodeDecodeError, RecursionError.
    """
    envelope = _DECODER.decode(document)
    for event in envelope.log_events:
        if event.timestamp not in _PLAIN_MILLIS:
            raise msgspec.ValidationError("a timestamp is not in milliseconds")
    return envelope


def events_of(envelope: Envelope, reading: Reading) -> Iterator[Event]:
    """Yield an envelope's events; none if it is a control message."""
    if envelope.message_type == CONTROL:
        return
    group, stream = envelope.log_group, envelope.log_stream
    for event in envelope.log_events:
        yield reading.event(event.timestamp, event.message, group, stream, event.id)
