"""What a source is, and how a URL becomes one.

A source pulls events from one place and says what it could not read. It does not parse, join or
show them, and it never decides what an answer means. The registry maps URL schemes to modules,
which are imported only when their scheme is used.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Flag, auto
from typing import BinaryIO, Protocol

from slsloggrep.errors import UsageError
from slsloggrep.model import Coverage, Event, Millis, Query

Report = Callable[[Coverage], None]
"""Receives increments of coverage while a source reads; called from the pulling thread only."""


class Capability(Flag):
    """What a source can do at the far end. Each is a promise of a sound superset."""

    NONE = 0
    FUNCTION = auto()
    TEXT = auto()
    STREAM = auto()
    ORDERED = auto()
    NEWEST_FIRST = auto()
    FOLLOW = auto()
    AGGREGATE = auto()


class Source(Protocol):
    """A place that logs are pulled from."""

    @property
    def name(self) -> str:
        """The source as the user wrote it."""
        ...

    @property
    def capabilities(self) -> Capability:
        """What the far end filters soundly."""
        ...

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        """Yield every event that the query wants, and perhaps more; stop asking when closed.

        Events come in any order unless `ORDERED` is among the capabilities. Raises SourceError
        where nothing can be read at all; anything less is a gap given to `report`.
        """
        ...

    def close(self) -> None:
        """Give back connections and temporary files; nothing is fetched after it."""
        ...


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What sources need to know from outside: the clock, AWS settings, the standard input."""

    now: Millis
    late: Millis = 3_600_000
    """How much later than its events an archive object may have been written."""
    stdin: BinaryIO | None = None
    profile: str | None = None
    region: str | None = None
    role_arn: str | None = None
    endpoint_url: str | None = None
    workers: int = 2
    """Threads that decode."""
    cancelled: Callable[[], bool] = _never
    """Asked several times a second while a source reads; true: stop, and say what is missing."""


_SCHEMES = {
    "s3": ("slsloggrep.sources.s3", "open_s3"),
    "demo": ("slsloggrep.sources.demo", "open_demo"),
    "file": ("slsloggrep.sources.files", "open_files"),
}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")


def open_source(url: str, settings: Settings) -> Source:
    """Return the source that a URL names; a path, a glob or `-` is a `file` source.

    Raises UsageError for a scheme that nothing serves, SourceError where the place cannot be used.
    """
    matched = _SCHEME.match(url)
    scheme = matched.group(1).lower() if matched else "file"
    if scheme not in _SCHEMES:
        raise UsageError(
            f"no source is known for '{url}': the scheme '{scheme}:' is not one of "
            + ", ".join(f"{known}:" for known in sorted(_SCHEMES)),
            hint=f"for a file of that name write './{url}'",
        )
    module, function = _SCHEMES[scheme]
    opener = getattr(importlib.import_module(module), function)
    source: Source = opener(url, settings)
    return source
