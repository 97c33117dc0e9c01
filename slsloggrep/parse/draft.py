"""The record that is being written: what the parts of the parser fill in, one after another.

Holds what `model.Record` holds, but may change; `Draft.record` freezes it. It knows no format.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slsloggrep.model import ErrorInfo, Event, Identifier, IdKind, Level, Platform, Record


class Draft:
    """A record in the making; identifiers keep the order in which they were found."""

    __slots__ = (
        "closed",
        "error",
        "event",
        "fields",
        "function",
        "identifiers",
        "level",
        "platform",
        "request_id",
        "response",
        "states_response",
        "text",
    )

    def __init__(self, event: Event) -> None:
        self.event = event
        self.closed: frozenset[IdKind] = frozenset()
        self.level: Level | None = None
        self.text = ""
        self.fields: Mapping[str, Any] = {}
        self.request_id: str | None = None
        self.identifiers: dict[Identifier, None] = {}
        self.platform: Platform | None = None
        self.error: ErrorInfo | None = None
        self.function: str | None = None
        self.response: Any = None
        self.states_response = False

    def reveal(self, kind: IdKind, value: str) -> None:
        """Note an identifier; one that is known already changes nothing."""
        if kind not in self.closed:
            self.identifiers.setdefault(Identifier(kind, value))

    def close(self, *kinds: IdKind) -> None:
        """Take no more identifiers of some kinds: what else looks like one is somebody's data."""
        self.closed |= frozenset(kinds)

    def claim(self, request_id: str) -> None:
        """Note the request that the record says it belongs to; the first claim stands."""
        if self.request_id is None:
            self.request_id = request_id
        self.reveal(IdKind.REQUEST_ID, request_id)

    def answer(self, response: Any) -> None:
        """Note a response value that the record states; the first one stands."""
        if not self.states_response:
            self.response = response
            self.states_response = True

    def record(self) -> Record:
        """Return the finished record."""
        return Record(
            event=self.event,
            level=self.level,
            text=self.text,
            fields=self.fields,
            request_id=self.request_id,
            identifiers=tuple(self.identifiers),
            platform=self.platform,
            error=self.error,
            function=self.function,
            response=self.response,
            states_response=self.states_response,
        )
