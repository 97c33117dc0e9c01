"""Queries: what a source is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from slsloggrep.model.records import Millis


class Span(NamedTuple):
    """A stretch of one log stream, wanted whole: `since` <= time < `until`."""

    log_group: str
    log_stream: str
    since: Millis
    until: Millis


def merge_stretches(stretches: Iterable[tuple[Millis, Millis]]) -> list[tuple[Millis, Millis]]:
    """Return stretches of time (from, to) in order, those that touch or overlap as one."""
    merged: list[tuple[Millis, Millis]] = []
    for since, until in sorted(stretches):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], until))
        else:
            merged.append((since, until))
    return merged


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What a source is asked for.

    An event is wanted if it lies in one of the spans, or if its time lies in the window and it
    contains one of the literals; with neither literals nor spans, every event in the window is
    wanted. A source may return more (the pipeline looks again), never less.
    """

    since: Millis | None = None
    """Inclusive; None: from the beginning."""
    until: Millis | None = None
    """Exclusive; None: to the end."""
    literals: tuple[str, ...] = ()
    """Substrings, case-sensitive. An escaped spelling inside JSON (`\\u002d`, `\\/`) counts."""
    spans: tuple[Span, ...] = ()
    """Wanted whole, inside the window or not: an invocation may begin before `since`."""
    late: bool = False
    """Look also where events of the spans would lie that were delivered much later than usual."""
    newest_first: bool = False
    """A source that can do so yields the newest first: whoever asks will stop when satisfied."""
    pattern: str = ""
    """A filter of the far end's own (CloudWatch's filter pattern): what it rejects is not wanted,
    spans excepted. The pipeline cannot look again here."""

    @property
    def everything(self) -> bool:
        """Tell whether no literal and no span narrows the window."""
        return not self.literals and not self.spans

    @property
    def bounds(self) -> tuple[Millis | None, Millis | None]:
        """The stretch of time outside of which nothing is wanted; None: unbounded."""
        if not self.spans:
            return self.since, self.until
        first = min(span.since for span in self.spans)
        last = max(span.until for span in self.spans)
        if not self.literals:
            return first, last
        return (
            None if self.since is None else min(first, self.since),
            None if self.until is None else max(last, self.until),
        )

    def in_window(self, timestamp: Millis) -> bool:
        """Tell whether a time lies in the query's window."""
        return (self.since is None or timestamp >= self.since) and (
            self.until is None or timestamp < self.until
        )
