"""Single records and single invocations as lines: what `grep` prints.

One record after the other, each with its time, function, request and level, so that a line makes
sense out of its context. Stitched transactions are `slsloggrep.render.trace`'s.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from slsloggrep.harmless import encodable, visible
from slsloggrep.model import Invocation, Record
from slsloggrep.outline.records import shown_level
from slsloggrep.render.hyperlinks import NOWHERE, Pages, link
from slsloggrep.render.lines import hang, solid
from slsloggrep.render.records import record_text
from slsloggrep.render.theme import (
    ERROR_TEXT,
    FAINT,
    STATUS_STYLE,
    TITLE,
    choose_glyphs,
    function_style,
    level_style,
)
from slsloggrep.wording import duration_text, memory_text, offset_text, timestamp_text

_SHORT_ID = 8
"""Characters of a request ID on a record's line: the first group of a UUID."""
_LEVEL = 5
_GROUP_OF_FUNCTIONS = "/aws/lambda/"
"""What Lambda puts before a function's name to name its log group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """How the user wants to see records."""

    tz: tzinfo = UTC
    terminal: bool = True
    """Wrap to the width; otherwise lines are as long as they are."""
    encoding: str = "utf-8"
    """The output's encoding: what it lacks is shown as an escape."""
    emphasis: re.Pattern[str] | None = None
    """What was searched for."""
    unfold: Callable[[Record], Sequence[tuple[str, str]] | None] | None = None
    """Chooses the fields that are shown of a record; None: those that add something."""
    pages: Pages = NOWHERE
    """Where requests lead to."""


def render_record(record: Record, view: EventView, *, function: str | None = None) -> Text:
    """Return a record as text: time, function, short request ID, level, message.

    Further lines of the message follow, indented by four spaces, and no line is cut. `function`
    is what the caller knows of it where the record itself does not say.
    """
    event = record.event
    line = Text(no_wrap=not view.terminal, overflow="fold" if view.terminal else "ignore")
    line.append(timestamp_text(event.timestamp, view.tz), FAINT).append(" ")
    group = event.log_group.removeprefix(_GROUP_OF_FUNCTIONS)
    name = record.function or function or group or event.container or "-"
    line.append(_plain(name, view), function_style(name)).append(" ")
    request = record.request_id or "-"
    shown = _plain(request[:_SHORT_ID], view)
    column = link(Text(shown.ljust(_SHORT_ID), FAINT), shown, view.pages.of_record(record))
    line.append_text(column).append(" ")
    level = record.level.name if record.level is not None else "-"
    line.append(level.ljust(_LEVEL), level_style(record.level)).append(" ")
    body = _body(record, view)
    first, *rest = body.split("\n", allow_blank=True) or [body]
    line.append_text(first)
    for further in rest:
        line.append("\n    ").append_text(further)
    return line


def render_invocation(
    invocation: Invocation, view: EventView, *, matches: Collection[int] = ()
) -> RenderableType:
    """Return an invocation whole: a head with its outcome, then all of its records.

    `matches` are indices into `invocation.records` of those that made it be shown: they are
    marked. Offsets are relative to the invocation's start.
    """
    return _Invocation(invocation, view, frozenset(matches))


@dataclass(frozen=True, slots=True)
class _Invocation:
    invocation: Invocation
    view: EventView
    matches: frozenset[int]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if self.view.terminal else None
        yield from hang(console, Text(), self._head(), width)
        yield from self._outcome(console, width)
        start = self.invocation.start
        offsets = [offset_text(r.event.timestamp - start) for r in self.invocation.records]
        cells = max(map(len, offsets), default=0)
        for index, record in enumerate(self.invocation.records):
            prefix = Text()
            prefix.append("> " if index in self.matches else "  ", TITLE)
            prefix.append(offsets[index].rjust(cells) + "  ", FAINT)
            level = shown_level(record)
            prefix.append((level.name if level else "").ljust(_LEVEL) + "  ", level_style(level))
            yield from hang(console, prefix, _body(record, self.view), width)
        yield solid(Text())

    def _head(self) -> Text:
        invocation, glyphs = self.invocation, choose_glyphs(self.view.encoding)
        name = invocation.function or invocation.log_group or "(function unknown)"
        head = Text().append(_plain(name, self.view), TITLE).append("  ")
        status = invocation.status
        head.append(f"{glyphs.of(status)} {status.value}", STATUS_STYLE[status])
        parts = [timestamp_text(invocation.start, self.view.tz)]
        if invocation.duration_ms is not None:
            parts.append(duration_text(invocation.duration_ms))
        if invocation.cold_start:
            parts.append("cold start")
        parts.append(memory_text(invocation.max_memory_mb, invocation.memory_mb))
        if invocation.request_id:
            parts.append(f"request {_plain(invocation.request_id, self.view)}")
        if not invocation.complete:
            parts.append("its start or end was not among the events read")
        head.append("  " + f" {glyphs.dot} ".join(filter(None, parts)), FAINT)
        request = _plain(invocation.request_id or "", self.view)
        return link(head, request, self.view.pages.of_invocation(invocation), behind="request ")

    def _outcome(self, console: Console, width: int | None) -> Iterator[Text]:
        invocation = self.invocation
        error = ": ".join(filter(None, (invocation.error_type, invocation.error_message)))
        if invocation.status.failed and error:
            shown = encodable(visible(error), self.view.encoding)
            yield from hang(console, Text("  "), Text(shown, ERROR_TEXT), width)


def _body(record: Record, view: EventView) -> Text:
    return record_text(
        record,
        terminal=view.terminal,
        encoding=view.encoding,
        emphasis=view.emphasis,
        pairs=view.unfold(record) if view.unfold else None,
    )


def _plain(text: str, view: EventView) -> str:
    return encodable(visible(text, newlines=False), view.encoding)
