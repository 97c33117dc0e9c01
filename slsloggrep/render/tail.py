"""Lines as they come, for people: short, wide or raw, each event with what tells it from others.

Short, on a terminal: time of day, function, the last two characters of the log stream (the
environment), the first eight of the request ID, level, text; functions, environments and requests
have colours of their own, the same in every run. A REPORT shows how the invocation ended and what
it cost. In a pipe each line has the whole time, and is as `grep` prints it. Wide: everything whole.
Raw: messages as stored, made harmless. Which lines there are belongs to others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Literal

from rich.cells import cell_len
from rich.console import Console
from rich.style import Style
from rich.text import Text

from slsloggrep.harmless import encodable, visible
from slsloggrep.model import Fact, Invocation, Millis, Record
from slsloggrep.render.hyperlinks import NOWHERE, Pages, linked
from slsloggrep.render.lines import hang, pad, shorten_middle, solid
from slsloggrep.render.records import fact_text, record_text
from slsloggrep.render.theme import (
    ERROR_TEXT,
    FAINT,
    LATE,
    STATUS_STYLE,
    choose_glyphs,
    function_style,
    identity_style,
    level_style,
)
from slsloggrep.render.unfold import unfold
from slsloggrep.wording import (
    clock_text,
    day_text,
    duration_text,
    memory_text,
    timestamp_text,
)

Shape = Literal["short", "wide", "raw"]

_SHORT_ID = 8
"""Characters of a request ID: the first group of a UUID."""
_TAG = 2
_LEVEL = 5
_ROOMY = 50
"""Cells of text from which on further lines stand under the first one."""
_INDENT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TailView:
    """How the user wants to see lines."""

    shape: Shape = "short"
    tz: tzinfo = UTC
    times: bool = True
    fields: tuple[str, ...] | None = None
    """Of structured records only these fields, in this order; None: all that add something."""
    terminal: bool = True
    """Columns, wrapping, and the day on a line of its own; otherwise each line is whole."""
    plain: bool = False
    """Styles are not looked at: they need not be there."""
    encoding: str = "utf-8"
    """The output's encoding: what it lacks is shown as an escape."""
    emphasis: re.Pattern[str] | None = None
    """What was searched for."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """What fits in a width."""

    millis: bool
    function: int
    """Cells of a function's name at most."""
    tag: bool
    level: int
    """Characters of a level's word."""


def _layout(width: int) -> _Layout:
    if width >= 110:
        return _Layout(millis=True, function=28, tag=True, level=_LEVEL)
    if width >= 72:
        return _Layout(millis=True, function=14, tag=True, level=1)
    return _Layout(millis=False, function=10, tag=False, level=1)


_Part = tuple[str, str | Style]
"""Text and its style."""
_SPACE: _Part = (" ", "")


class TailLines:
    """Turns records into lines, one after another; remembers the columns and the day so far."""

    def __init__(self, view: TailView) -> None:
        self._view = view
        self._glyphs = choose_glyphs(view.encoding)
        # Only for the wrapping, which measures nothing.
        self._console = Console(width=80, color_system=None, legacy_windows=False)
        self._function_cells = 0
        self._day = ""

    def lines(
        self,
        record: Record,
        *,
        function: str,
        request_id: str | None,
        late: Millis | None,
        outcome: Invocation | None,
        width: int,
        pages: Pages = NOWHERE,
    ) -> Iterator[Text]:
        """Yield the lines of one record; each ends with a newline when printed.

        `function` and `request_id` are what is known of it, `outcome` tells how the invocation
        ended where it is a REPORT, `late` how far up it belongs. `width` counts on a terminal.
        `pages` tell where the log stream and the request lead to.
        """
        view = self._view
        if view.shape == "raw":
            yield from self._raw(record, width)
        elif view.shape == "wide":
            prefix = self._wide_prefix(record, function, request_id, pages.of_record(record))
            yield from self._hung(prefix, self._body(record, late, outcome), width, under=False)
        elif not view.terminal:
            prefix = self._piped_prefix(record, function, request_id)
            yield from self._hung(prefix, self._body(record, late, outcome), width, under=False)
        else:
            yield from self._day_line(record.event.timestamp, width)
            address = pages.of_record(record)
            prefix = self._prefix(record, function, request_id, _layout(width), address)
            under = width - prefix.cell_len >= _ROOMY
            yield from self._hung(prefix, self._body(record, late, outcome), width, under=under)

    # Prefixes

    def _prefix(
        self,
        record: Record,
        function: str,
        request_id: str | None,
        layout: _Layout,
        address: str,
    ) -> Text:
        event, view = record.event, self._view
        name = _name(record, function)
        shown = shorten_middle(self._plain(name), layout.function, self._glyphs.ellipsis)
        self._function_cells = min(max(self._function_cells, cell_len(shown)), layout.function)
        parts: list[_Part] = [(pad(shown, self._function_cells) + " ", function_style(name))]
        if view.times:
            clock = clock_text(event.timestamp, view.tz, millis=layout.millis)
            parts.insert(0, (clock + " ", FAINT))
        if layout.tag:
            tag = pad(self._plain(event.log_stream[-_TAG:]) or "-", _TAG)
            parts += [_identity(tag, event.log_stream, address), _SPACE]
        request = self._request(request_id, address)
        return _joined([*parts, *request, *_level(record, layout.level)])

    def _piped_prefix(self, record: Record, function: str, request_id: str | None) -> Text:
        name = _name(record, function)
        parts: list[_Part] = [
            *self._time(record.event.timestamp),
            (self._plain(name), function_style(name)),
            _SPACE,
            *self._request(request_id),
            *_level(record, _LEVEL),
        ]
        return Text("".join(part for part, _ in parts)) if self._view.plain else _joined(parts)

    def _wide_prefix(
        self, record: Record, function: str, request_id: str | None, address: str
    ) -> Text:
        event = record.event
        name = _name(record, function)
        return _joined(
            [
                *self._time(event.timestamp),
                (self._plain(event.log_group or name), function_style(name)),
                _SPACE,
                _identity(self._plain(event.log_stream) or "-", event.log_stream, address),
                _SPACE,
                _identity(self._plain(request_id or "-"), request_id, address),
                _SPACE,
                *_level(record, _LEVEL),
            ]
        )

    def _time(self, timestamp: Millis) -> list[_Part]:
        return [(timestamp_text(timestamp, self._view.tz) + " ", FAINT)] if self._view.times else []

    def _request(self, request_id: str | None, address: str = "") -> list[_Part]:
        shown = pad(self._plain(request_id[:_SHORT_ID]) if request_id else "-", _SHORT_ID)
        return [_identity(shown, request_id, address), _SPACE]

    def _day_line(self, timestamp: Millis, width: int) -> Iterator[Text]:
        """Yield the day where it is another one than that of the line before."""
        if not self._view.times:
            return
        day = day_text(timestamp, self._view.tz)
        if day != self._day:
            self._day = day
            rule = self._glyphs.axis[1]
            yield solid(Text(f"{rule * 2} {day} ".ljust(min(width, 24), rule), FAINT))

    # Bodies

    def _body(self, record: Record, late: Millis | None, outcome: Invocation | None) -> Text:
        view = self._view
        body = Text()
        if late is not None:
            body.append(f"late +{_lateness(late)}", LATE).append(" ")
        if record.fact is Fact.REPORT and outcome is not None:
            stated = record.platform is not None and record.platform.status is not None
            return body.append_text(self._outcome(outcome, certain=stated or outcome.complete))
        fact = fact_text(record)
        if fact is not None:
            return body.append_text(fact)
        return body.append_text(
            record_text(
                record,
                terminal=view.terminal,
                encoding=view.encoding,
                emphasis=view.emphasis,
                pairs=unfold(record, view.fields),
            )
        )

    def _outcome(self, outcome: Invocation, *, certain: bool) -> Text:
        """Return an invocation's figures: how it ended, how long it took, memory, cold start.

        Not `certain`: its lines were not seen, and a REPORT does not tell of every error.
        """
        status = outcome.status
        text = Text().append("REPORT ", FAINT)
        if certain or status.failed:
            text.append(f"{self._glyphs.of(status)} {status.value} ", STATUS_STYLE[status])
        parts = []
        if outcome.duration_ms is not None:
            parts.append(duration_text(outcome.duration_ms))
        parts.append(memory_text(outcome.max_memory_mb, outcome.memory_mb))
        if outcome.cold_start:
            initial = outcome.init_ms if outcome.init_ms is not None else outcome.restore_ms
            took = f" {duration_text(initial)}" if initial is not None else ""
            parts.append(f"cold start{took}")
        text.append(f" {self._glyphs.dot} ".join(filter(None, parts)), FAINT)
        error = ": ".join(filter(None, (outcome.error_type, outcome.error_message)))
        if status.failed and error:
            text.append(" " + self._plain(error), ERROR_TEXT)
        return text

    def _raw(self, record: Record, width: int) -> Iterator[Text]:
        message = record.event.message.removesuffix("\n").removesuffix("\r")
        body = Text(encodable(visible(message), self._view.encoding))
        if self._view.emphasis is not None:
            body.highlight_regex(self._view.emphasis, "bold underline")
        # Not wrapped: what is copied off the terminal is what was stored.
        for line in body.split("\n", allow_blank=True) or [body]:
            line.end = "\n"
            yield line

    def _hung(self, prefix: Text, body: Text, width: int, *, under: bool) -> Iterator[Text]:
        """Yield a body behind its prefix: under its first column, or at a small indent."""
        if not self._view.terminal:
            first, *rest = body.split("\n", allow_blank=True) or [body]
            yield solid(prefix.append_text(first))
            for line in rest:
                yield solid(Text(" " * _INDENT).append_text(line))
            return
        plain = body.plain
        if "\n" not in plain and cell_len(plain) <= width - prefix.cell_len:
            yield solid(prefix.append_text(body))
            return
        if under:
            yield from hang(self._console, prefix, body, width)
            return
        yield from _flow(self._console, prefix, body, width)

    def _plain(self, text: str) -> str:
        return encodable(visible(text, newlines=False), self._view.encoding)


def _flow(console: Console, prefix: Text, body: Text, width: int) -> Iterator[Text]:
    """Yield a body that continues at a small indent: a narrow column would tear it to pieces."""
    indent = Text(" " * _INDENT)
    first, *rest = body.split("\n", allow_blank=True) or [body]
    room = width - prefix.cell_len
    if room < 2 * _INDENT:
        yield solid(prefix)
        yield from hang(console, indent, body, width)
        return
    head = first.wrap(console, room, overflow="fold", tab_size=_INDENT)[0]
    left = first[len(head.plain) :]
    yield solid(prefix.append_text(head))
    if left.plain.strip():
        blank = len(left.plain) - len(left.plain.lstrip(" "))
        yield from hang(console, indent, left[blank:], width)
    for line in rest:
        yield from hang(console, indent, line, width)


def _name(record: Record, function: str) -> str:
    return record.function or function or record.event.log_group or record.event.container or "-"


def _level(record: Record, cells: int) -> list[_Part]:
    word = record.level.name if record.level is not None else "-"
    return [(word[:cells].ljust(cells) + " ", level_style(record.level))]


def _identity(shown: str, identity: str | None, address: str) -> _Part:
    """Return what tells something apart, in its own style; what is not known leads nowhere."""
    return (shown, linked(identity_style(identity), address)) if identity else (shown, FAINT)


def _joined(parts: list[_Part]) -> Text:
    line = Text()
    for part, style in parts:
        line.append(part, style)
    return line


def _lateness(late: Millis) -> str:
    seconds = late / 1000
    if seconds < 10:
        return f"{seconds:.1f}s"
    if seconds < 600:
        return f"{seconds:.0f}s"
    minutes = round(seconds / 60)
    return f"{minutes // 60}h{minutes % 60:02d}m" if minutes >= 60 else f"{minutes}m"
