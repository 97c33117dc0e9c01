"""The built-in demo: a small shop's archive, made in memory, with a story worth finding.

`demo:` tells the last three hours up to now; `demo:2026-11-23T10:05Z` tells the three hours up to
that minute, so that identifiers that carry a time stay valid. The archive has the shape that
Firehose writes, and is read by the same code as any other (`slsloggrep.sources.archive`). What is
in it is the story's business: `shop` is deployed, `fleet` runs it, `orders`, `browsing` and
`hostile` happen, `platform` and `runtimes` write the logs, `firehose` archives them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from slsloggrep.errors import UsageError
from slsloggrep.model import Millis
from slsloggrep.sources import layout
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Settings, Source
from slsloggrep.sources.demo.fleet import Served
from slsloggrep.sources.demo.story import MINUTE_MS, Lead, deliver, leads, tell
from slsloggrep.sources.store import StoredObject

__all__ = ["DemoStore", "Lead", "Served", "build", "open_demo", "story", "truth"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DemoStore:
    """The demo's objects, as a store of the archive source."""

    concurrency = 2
    opens_anywhere = False
    requests = 0
    notes: tuple[str, ...] = ()

    def __init__(self, name: str, objects: Mapping[str, bytes], late: Millis) -> None:
        self.name = name
        self._objects = objects
        self._late = late

    def list(self, since: Millis | None, until: Millis | None) -> Iterator[StoredObject]:
        """Yield the objects that may hold events of the window, lateness allowed for."""
        for name, data in self._objects.items():
            arrived = layout.arrival(name)
            if layout.may_hold(arrived, since, until, self._late):
                yield StoredObject(name, len(data), arrived=arrived)

    def open(self, stored: StoredObject) -> BinaryIO:
        """Return a reader at the object's first byte."""
        return io.BytesIO(self._objects[stored.name])

    def close(self) -> None:
        """Do nothing: the objects are only memory."""


def open_demo(url: str, settings: Settings) -> Source:
    """Open `demo:` or `demo:<ISO time>`; raises UsageError where the time is none."""
    end = _end(url, settings.now)
    return ArchiveSource(DemoStore(url, build(end), settings.late), settings)


def build(now: Millis) -> Mapping[str, bytes]:
    """Return the demo's objects by name: the same bytes for the same minute."""
    return deliver(_whole_minute(now))


def story(now: Millis) -> tuple[Lead, ...]:
    """Return what there is to try in the demo of this minute, most telling first."""
    return leads(_whole_minute(now))


def truth(now: Millis) -> tuple[Served, ...]:
    """Return every invocation that took place, by start time: what tracing has to find."""
    return tuple(sorted(tell(_whole_minute(now)).served, key=lambda served: served.start))


def _whole_minute(now: Millis) -> Millis:
    return now - now % MINUTE_MS


def _end(url: str, now: Millis) -> Millis:
    _, _, wanted = url.partition(":")
    if not wanted:
        return now
    try:
        end = datetime.fromisoformat(wanted)
        if not 2000 <= end.year < 2100:  # Firehose's names are told by their century
            raise ValueError(wanted)
    except ValueError:
        raise UsageError(
            f"'{wanted}' is no time at which the demo could end",
            hint="write demo: alone, or an ISO time: demo:2026-11-23T10:05Z",
        ) from None
    if end.tzinfo is None:
        end = end.replace(tzinfo=UTC)
    return (end - _EPOCH) // timedelta(milliseconds=1)
