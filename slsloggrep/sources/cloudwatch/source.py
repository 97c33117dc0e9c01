"""The CloudWatch source: which engine reads which groups, and what the passes so far have shown.

Which groups there are is `groups`' knowledge; how they are read `reading`'s, `streams`' and
`insights`'; how they are followed `follow`'s; what it would cost `estimate`'s.
"""

from __future__ import annotations

from collections.abc import Iterator

from slsloggrep.model import Coverage, Event, PlannedRead, Query
from slsloggrep.sources.base import (
    Capability,
    Following,
    Notice,
    Pulse,
    Report,
    Settings,
)
from slsloggrep.sources.cloudwatch.groups import Choice, choose_groups
from slsloggrep.sources.cloudwatch.places import Places


def open_cloudwatch(url: str, settings: Settings) -> CloudWatchSource:
    """Return the source that a `cloudwatch:` URL names; nothing is asked yet.

    Raises UsageError for a URL that makes no sense, SourceError for a profile or region that
    cannot be.
    """
    return CloudWatchSource(url, settings)


class CloudWatchSource:
    """Log groups of one or several accounts and regions, read or followed together."""

    capabilities = (
        Capability.FUNCTION
        | Capability.TEXT
        | Capability.STREAM
        | Capability.NEWEST_FIRST
        | Capability.FOLLOW
    )

    def __init__(self, url: str, settings: Settings) -> None:
        self.name = url
        self._settings = settings
        self._places = Places(url, settings)
        self._choice: Choice | None = None

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        """Yield what the query wants; see Source.fetch."""
        raise NotImplementedError

    def plan(self, query: Query, report: Report) -> Iterator[PlannedRead]:
        """Yield what would be read; see Planner.plan."""
        raise NotImplementedError

    def follow(
        self, query: Query, following: Following, report: Report
    ) -> Iterator[Event | Pulse | Notice]:
        """Yield events as they come; see Follower.follow."""
        raise NotImplementedError

    def close(self) -> None:
        """Give back the connections; nothing is fetched after it."""
        self._places.close()

    def _groups(self, report: Report) -> Choice:
        if self._choice is None:
            self._choice = choose_groups(self._places, self._settings)
            report(
                Coverage(
                    source=self.name,
                    requests=self._places.take_requests(),
                    gaps=self._choice.gaps,
                    notes=self._choice.notes,
                )
            )
        return self._choice
