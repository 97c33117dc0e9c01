"""Windows: which stretch of time is searched, and how it came about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from slsloggrep.model import Millis, Query
from slsloggrep.sources.base import Capability, Source

RECENT: Millis = 3_600_000
"""What is searched of sources that have no end, where nothing tells when it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time that was searched: `since` inclusive, `until` exclusive; None is unbounded."""

    since: Millis | None
    until: Millis | None
    reason: str
    """How the window came about, for the note that a person reads."""
    given: bool = False
    """The user set it, at least one end of it: nothing is looked for outside of it."""

    def holds(self, time: Millis) -> bool:
        """Tell whether a time lies in the window."""
        return (self.since is None or time >= self.since) and (
            self.until is None or time < self.until
        )


def default_window(
    sources: Sequence[Source], since: Millis | None, until: Millis | None, now: Millis
) -> Window:
    """Return the window that the flags name; without any, that of the sources.

    An archive is searched whole, what has no end for the last hour.
    """
    endless = any(Capability.FOLLOW in source.capabilities for source in sources)
    if since is None and until is None:
        if not endless:
            return Window(since=None, until=None, reason="everything")
        # To the end, not to now: clocks may be ahead of this one, and more may be arriving.
        return Window(since=now - RECENT, until=None, reason="the last hour; --since widens it")
    if since is None and until is not None and endless:
        reason = "the hour before --until; --since widens it"
        return Window(since=until - RECENT, until=until, reason=reason, given=True)
    return Window(since=since, until=until, reason="between --since and --until", given=True)


def clip(stretch: tuple[Millis, Millis], window: Window) -> tuple[Millis, Millis]:
    """Return a stretch kept inside of a window that the user set."""
    since, until = stretch
    if window.given:
        since = since if window.since is None else max(since, window.since)
        until = until if window.until is None else min(until, window.until)
    return since, until


def first_query(
    sources: Sequence[Source],
    literals: tuple[str, ...],
    *,
    since: Millis | None,
    until: Millis | None,
    now: Millis,
) -> Query:
    """Return what a search for literals asks for first."""
    window = default_window(sources, since, until, now)
    return Query(since=window.since, until=window.until, literals=literals)
