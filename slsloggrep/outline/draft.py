"""What is shared while an outline is made: the report, names of places in it, and what is left.

Anchors are made out of what they lead to, so that the same invocation has the same one in every
outline of a report. Records are allotted before they are worded: whoever is first takes no more
than the share that was set aside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from slsloggrep.model import Invocation, Millis, Report
from slsloggrep.model.outlines import Line, Span, Tone
from slsloggrep.outline.commands import command_text
from slsloggrep.outline.view import Limits, OutlineView
from slsloggrep.wording import moment_text, timestamp_text

_NO_ANCHOR = re.compile(r"[^a-z0-9]+")
_LONGEST_ANCHOR = 60
_BREAKS = re.compile(r"\s*[\r\n]\s*")


_ROOM: Millis = 60_000
"""So much earlier and later a command looks than what it shows: inits, late records."""


class Draft:
    """An outline in the making."""

    def __init__(self, report: Report, view: OutlineView) -> None:
        self.report = report
        self.view = view
        self.limits: Limits = view.limits
        self.records_left = self.limits.records
        self.volume_left = self.limits.volume
        self.runs_left = self.limits.runs
        self._anchors: dict[str, int] = {}
        self._tables: dict[str, int] = {}
        self._shown: dict[tuple[object, ...], str] = {}

    def time(self, timestamp: Millis) -> str:
        """Return a time with its date and its offset."""
        return timestamp_text(timestamp, self.view.tz)

    def moment(self, timestamp: Millis) -> str:
        """Return a time for a sentence: to the second, `2026-11-23 17:00:00Z`."""
        return moment_text(timestamp, self.view.tz)

    def anchor(self, *parts: str) -> str:
        """Return a new anchor: what it leads to in letters, digits and hyphens."""
        words = "-".join(parts).lower()
        name = _NO_ANCHOR.sub("-", words)[:_LONGEST_ANCHOR].strip("-") or "part"
        return _unlike(self._anchors, name, "-")

    def table(self, name: str) -> str:
        """Return a name that no other table of the outline has: `crashes`, `crashes_2`."""
        return _unlike(self._tables, name, "_")

    def anchor_run(self, invocation: Invocation, attempt: int = 1) -> str:
        """Return a new anchor for an invocation that is shown whole."""
        name = invocation.function or invocation.log_group or "unknown"
        parts = [name, (invocation.request_id or "")[:8], f"a{attempt}" if attempt > 1 else ""]
        anchor = self.anchor("run", *filter(None, parts))
        self._shown.setdefault(invocation.order, anchor)
        return anchor

    def run_of(self, invocation: Invocation) -> str:
        """Return the anchor of an invocation; empty: it is not shown whole."""
        return self._shown.get(invocation.order, "")

    def take_records(self, count: int) -> int:
        """Return how many of so many records may be shown, and count them as shown."""
        taken = min(count, self.limits.per_run, self.records_left)
        self.records_left -= taken
        return taken

    def clip(self, text: str) -> str:
        """Return a text of no more characters than one may have, and how many there were more."""
        most = self.limits.characters
        if len(text) <= most:
            return text
        return f"{text[:most]} [{len(text) - most} more characters: -o json]"

    def command(
        self,
        name: str,
        value: str | None = None,
        *options: str,
        since: Millis | None = None,
        until: Millis | None = None,
    ) -> str:
        """Return a command that reads the same as the report did; empty: it cannot be copied.

        With the window: without one, sources without an end are searched for the last hour alone.
        """
        window = []
        for option, time in (("-s", since), ("-u", until)):
            window += [option, timestamp_text(time)] if time is not None else []
        command = ("slsloggrep", *name.split())
        return command_text(command, value, (*options, *window, *self.report.arguments))

    def command_again(self, name: str, *options: str) -> str:
        """Return a command that looks at the report's window once more."""
        report = self.report
        return self.command(name, None, *options, since=report.since, until=report.until)

    def command_trace(self, value: str, start: Millis, end: Millis) -> str:
        """Return the command that shows everything of what ran from a start to an end."""
        options = ("--events", "all")
        return self.command("trace", value, *options, since=start - _ROOM, until=end + _ROOM)


def _unlike(taken: dict[str, int], name: str, separator: str) -> str:
    """Return a name that is not among those taken, with a number where it is, and take it."""
    chosen, number = name, taken.get(name, 1)
    while chosen in taken:
        number += 1
        chosen = f"{name}{separator}{number}"
    taken[name] = number
    taken.setdefault(chosen, 1)
    return chosen


def line(*spans: str | Span) -> Line:
    """Return running text, without line breaks; a string is a plain span."""
    return tuple(
        _flat(Span(span) if isinstance(span, str) else span)
        for span in spans
        if (span if isinstance(span, str) else span.text)
    )


def join(parts: Sequence[Span], separator: str = " · ") -> Line:
    """Return spans with a separator between them."""
    spans = list(parts[:1])
    for part in parts[1:]:
        spans += [Span(separator, Tone.FAINT), part]
    return line(*spans)


def _flat(span: Span) -> Span:
    return span if span.text.isprintable() else span._replace(text=_BREAKS.sub(" ", span.text))
