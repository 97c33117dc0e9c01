"""What decoders share while they read one container: its origin, the order, times, damage.

Knows nothing about any document shape.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple

from slsloggrep.model import Event, Millis

_SURROGATES = re.compile("[\ud800-\udfff]")


class Origin(NamedTuple):
    """Where a container lies, and what its place tells about events that do not say it."""

    source: str
    """The source's name."""
    container: str
    """The object's name."""
    log_group: str = ""
    """What the object's path tells (the folder of an export task), else empty."""
    log_stream: str = ""
    time: Millis | None = None
    """When it arrived, by name or modification time: for events with no time of their own."""


class Reading:
    """One container being read: makes events out of their parts, in order."""

    __slots__ = (
        "_position",
        "_problem",
        "_reported",
        "_untimed",
        "arrival",
        "depth",
        "origin",
        "previous",
        "repaired",
    )

    def __init__(
        self,
        origin: Origin,
        problem: Callable[[str], None],
        first_position: int = 0,
        previous: Millis | None = None,
    ) -> None:
        self.origin = origin
        self.previous = previous
        """The time of the event before, in whatever comes without times."""
        self.arrival = origin.time
        self.depth = 0
        """How many carriers (base64 within JSON) are being read inside each other."""
        self.repaired = False
        """The text was damaged or against the rules: its strings may hold half characters."""
        self._problem = problem
        self._reported: set[str] = set()
        self._position = first_position
        self._untimed = 0

    def event(
        self,
        time: Millis | None,
        message: str,
        log_group: str = "",
        log_stream: str = "",
        event_id: str = "",
    ) -> Event:
        """Return the next event; a missing time is the previous event's, else the arrival."""
        if time is None:
            time = self.arrival if self.previous is None else self.previous
            if time is None:
                self._untimed += 1
                time = 0
        else:
            self.previous = time
        if self.repaired:
            # Half a surrogate pair, as left by a cut at a byte limit, cannot be written out.
            message, log_group, log_stream, event_id = (
                _SURROGATES.sub("\ufffd", text)
                for text in (message, log_group, log_stream, event_id)
            )
        position = self._position
        self._position = position + 1
        return Event(
            time,
            message,
            log_group or self.origin.log_group,
            log_stream or self.origin.log_stream,
            event_id,
            self.origin.source,
            self.origin.container,
            position,
        )

    def text(self, value: object) -> str:
        """Return a JSON value as text: a string as it is, all else without white space."""
        if isinstance(value, str):
            return value
        try:
            return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        except RecursionError:
            self.damage("a message is nested too deeply to be read")
            return ""

    def damage(self, reason: str) -> None:
        """Report that something could not be read; the same reason is reported once."""
        if reason not in self._reported:
            self._reported.add(reason)
            self._problem(reason)

    def finish(self) -> None:
        """Report what is only known at the end."""
        if self._untimed:
            self.damage(
                f"events without any time: {self._untimed}; their container has none either"
            )
