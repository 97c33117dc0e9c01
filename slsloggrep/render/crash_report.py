"""One crash on a page: what happened, what led up to it, what it left undone, what to try next.

Reads from top to bottom in a minute; what to do stands at the end, where a terminal comes to rest.
The words are the analysis' own; frames are `slsloggrep.render.frames`'s, the invocations beside
the crash `slsloggrep.render.neighbours`'s.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from slsloggrep.model import CrashReport, Invocation, Millis, Record
from slsloggrep.outline.records import shown_level
from slsloggrep.outline.words import birth_of, duration_of, memory_of
from slsloggrep.render.commands import command_lines
from slsloggrep.render.crashes import kind_word
from slsloggrep.render.frames import frame_lines
from slsloggrep.render.hyperlinks import NOWHERE, Pages, linked
from slsloggrep.render.lines import fill, hang, plain, solid
from slsloggrep.render.neighbours import Neighbours
from slsloggrep.render.records import fact_text, limited, record_text, shown_text
from slsloggrep.render.sparkline import draw_sparkline
from slsloggrep.render.theme import (
    ERROR_TEXT,
    FAINT,
    STATUS_STYLE,
    TITLE,
    Glyphs,
    choose_glyphs,
    level_style,
)
from slsloggrep.wording import count_text, duration_text, offset_text, timestamp_text

_MARGIN = 13
"""Cells before a value: the longest name and two spaces."""
_HEAD, _TAIL = 40, 110
"""Records of the invocation that a terminal gets, from either end."""
_RECENT = 8
"""Earlier invocations that a terminal gets, beside the first."""
_NEAREST = 12
"""Invocations of the transaction that a terminal gets, of those before and of those after it."""
_MARKS = 40
"""Marks of the sparkline of memory at most."""
_LEADING = frozenset({"request", "log stream"})
"""Facts that lead to a console."""
_LONG = 3
"""A record of more lines than these is not repeated where its stack trace stands above."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashReportView:
    """How the user wants to see a crash."""

    tz: tzinfo = UTC
    terminal: bool = True
    """Fit the width and fold what is long; otherwise a fixed layout in which nothing is cut."""
    arguments: tuple[str, ...] = ()
    """What a further command needs to read the same: `-S`, `./logs`, `--profile`, `prod`."""
    pages: Pages = NOWHERE
    """Where requests and log streams lead to."""


def render_crash_report(report: CrashReport, view: CrashReportView) -> RenderableType:
    """Return the page of one crash; width, colour and encoding are the console's."""
    return _Report(report, view)


@dataclass(frozen=True, slots=True)
class _Report:
    report: CrashReport
    view: CrashReportView

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _Page(console, options, self.report, self.view).lines()


class _Page:
    """One rendering: the report, and what the console it goes to can do."""

    def __init__(
        self, console: Console, options: ConsoleOptions, report: CrashReport, view: CrashReportView
    ) -> None:
        self.console = console
        self.report = report
        self.crash = report.crash
        self.view = view
        self.width = options.max_width if view.terminal else None
        self.encoding = options.encoding
        self.glyphs: Glyphs = choose_glyphs(options.encoding)
        invocation = report.crash.invocation
        self.origin: Millis = report.crash.time if invocation is None else invocation.start
        self.neighbours = Neighbours(
            console, self.width, self.encoding, self.glyphs, self.origin, invocation, view.pages
        )

    def lines(self) -> Iterator[Text]:
        """Yield the page from its first line to its last."""
        yield from self._headline()
        sections = (
            ("What happened", self._words(self.report.what_happened)),
            ("Error", self._error()),
            (self._invocation_title(), self._records()),
            ("Before it, in the same environment", self._environment()),
            ("Attempts", self._attempts()),
            ("Transaction", self._transaction()),
            ("Left undone", self._undone()),
            ("Try next", self._advice()),
        )
        for title, body in sections:
            first = next(body, None)
            if first is None:
                continue
            yield solid(Text())
            yield from hang(self.console, Text(), Text(title, TITLE), self.width)
            yield first
            yield from body

    def _hang(self, prefix: str, body: Text) -> Iterator[Text]:
        style = FAINT if prefix.strip() else ""
        yield from hang(self.console, Text().append(prefix, style), body, self.width)

    def _plain(self, text: str) -> str:
        return plain(limited(text, self.view.terminal), self.encoding)

    def _time(self, timestamp: Millis) -> str:
        return timestamp_text(timestamp, self.view.tz)

    def _headline(self) -> Iterator[Text]:
        crash = self.crash
        line = Text().append(*kind_word(crash, self.glyphs)).append("  ")
        line.append(self._plain(crash.function or "(function unknown)"), TITLE).append("  ")
        line.append(self._plain(crash.title))
        yield from hang(self.console, Text(), line, self.width)
        alike = self.report.alike
        same = "the only one of its kind" if alike == 1 else f"{alike} alike in the window"
        facts = (
            ("time", self._time(crash.time)),
            ("version", crash.version or ""),
            ("request", crash.request_id or ""),
            ("log stream", " ".join(filter(None, (crash.log_group, crash.log_stream)))),
            ("fingerprint", f"{crash.fingerprint}, {same}"),
        )
        address = self.view.pages.of_crash(crash)
        for name, value in facts:
            if value:
                style = linked("", address if name in _LEADING else "")
                yield from self._hang(name.ljust(_MARGIN), Text(self._plain(value), style))

    def _words(self, sentences: Sequence[str]) -> Iterator[Text]:
        for sentence in sentences:
            yield from self._hang("  ", Text(self._plain(sentence)))

    def _error(self) -> Iterator[Text]:
        crash, terminal = self.crash, self.view.terminal
        error = ": ".join(filter(None, (crash.error_type, crash.message)))
        if error:
            shown = shown_text(limited(error, terminal), terminal, self.encoding)
            yield from self._hang("  ", Text(shown, ERROR_TEXT))
        yield from frame_lines(crash.frames, self.console, self.width, self.encoding, self.glyphs)

    def _invocation_title(self) -> str:
        return "Its records" if self.crash.invocation is None else "The invocation"

    def _records(self) -> Iterator[Text]:
        invocation = self.crash.invocation
        records = self.crash.records
        if invocation is not None:
            records = invocation.records
            yield from self._figures(invocation)
        showing = {record.event for record in self.crash.records}
        offsets = [offset_text(record.event.timestamp - self.origin) for record in records]
        cells = max(map(len, offsets), default=0)
        middle = range(_HEAD, len(records) - _TAIL) if self.view.terminal else range(0)
        for index, record in enumerate(records):
            if index in middle:
                if index == middle.start:
                    told = f"{self.glyphs.gap} {count_text(len(middle), 'more record')}"
                    yield from self._hang("  ", Text(f"{told}: -o json has them", FAINT))
                continue
            shows = record.event in showing
            prefix = Text().append(f"{self.glyphs.own} " if shows else "  ", TITLE)
            prefix.append(offsets[index].rjust(cells) + "  ", FAINT)
            level = shown_level(record)
            prefix.append((level.name if level else "").ljust(5) + "  ", level_style(level))
            yield from hang(self.console, prefix, self._record(record, shows), self.width)

    def _figures(self, invocation: Invocation) -> Iterator[Text]:
        parts = [
            f"started {self._time(invocation.start)}",
            f"ran {duration_of(invocation)}",
            f"limit {duration_text(invocation.timeout_s * 1000)}" if invocation.timeout_s else "",
            birth_of(invocation),
            f"memory {memory_of(invocation)}" if memory_of(invocation) else "",
            "" if invocation.complete else "its start or end was not among the events read",
        ]
        room = self.width and self.width - 2
        for line in fill(filter(None, parts), f" {self.glyphs.dot} ", room):
            yield from self._hang("  ", Text(line, FAINT))

    def _record(self, record: Record, shows: bool) -> Text:
        fact = fact_text(record) if self.view.terminal else None
        if fact is not None:
            return fact
        body = record_text(
            record, terminal=self.view.terminal, encoding=self.encoding, emphasis=None
        )
        lines = body.split("\n")
        if self.view.terminal and shows and self.crash.frames and len(lines) > _LONG:
            return lines[0].append("  (stack trace above)", FAINT)
        return body

    def _environment(self) -> Iterator[Text]:
        report = self.report
        parts = []
        if report.environment_start is not None:
            age = duration_text(max(self.crash.time - report.environment_start, 0))
            parts.append(f"started {self._time(report.environment_start)}")
            parts.append(f"{age} old when it crashed")
        if report.earlier:
            parts.append(f"{count_text(len(report.earlier), 'invocation')} before")
        room = self.width and self.width - 2
        for line in fill(parts, f" {self.glyphs.dot} ", room):
            yield from self._hang("  ", Text(line, FAINT))
        if not report.earlier:
            return
        yield from self._memory()
        crashed = [self.crash.invocation] if self.crash.invocation else []
        rows: list[Invocation | None] = [*report.earlier, *crashed]
        left_out = len(rows) - _RECENT - 1
        if self.view.terminal and left_out > 1:
            rows[1 : 1 + left_out] = [None]
        yield from self.neighbours.environment(rows)
        if None in rows:
            told = f"{self.glyphs.gap} {count_text(left_out, 'more invocation')}: -o json has them"
            yield from self._hang("  ", Text(told, FAINT))

    def _memory(self) -> Iterator[Text]:
        """Yield a line that shows whether memory grew from one invocation to the next."""
        crashed = [self.crash.invocation] if self.crash.invocation else []
        invocations = [*self.report.earlier, *crashed]
        used = [mb for i in invocations if (mb := i.max_memory_mb) and math.isfinite(mb)]
        sizes = [mb for i in invocations if (mb := i.memory_mb) and math.isfinite(mb)]
        if len(used) < 2:
            return
        size = f" of {sizes[-1]:.0f}" if sizes else ""
        line = Text(f"memory {used[0]:.0f} to {used[-1]:.0f}{size} MB  ")
        shown = used[-_MARKS:]
        line.append_text(draw_sparkline(shown, self.glyphs, most=sizes[-1] if sizes else 0))
        yield from self._hang("  ", line)

    def _attempts(self) -> Iterator[Text]:
        attempts = self.report.attempts
        if len(attempts) > 1:
            yield from self.neighbours.attempts(attempts)
        elif self.crash.request_id:
            yield from self._hang("  ", Text("this one only: no other was seen", FAINT))

    def _transaction(self) -> Iterator[Text]:
        report, transaction = self.report, self.report.transaction
        if transaction is None:
            return
        status = transaction.status
        word = f"{self.glyphs.of(status)} {status.value}"
        line = Text().append(word, STATUS_STYLE[status]).append("  ")
        line.append(self._plain(transaction.id), TITLE)
        invocations = count_text(len(transaction.members), "invocation")
        line.append(f"  {invocations}", FAINT)
        yield from self._hang("  ", line)
        crashed = [self.crash.invocation] if self.crash.invocation else []
        before, after = report.upstream, report.downstream
        if self.view.terminal:
            before, after = before[-_NEAREST:], after[:_NEAREST]
        if rows := [*before, *crashed, *after]:
            yield from self.neighbours.transaction(rows)
        left_out = len(report.upstream) + len(report.downstream) - len(before) - len(after)
        if left_out:
            told = f"{self.glyphs.gap} {count_text(left_out, 'more invocation')}: trace has them"
            yield from self._hang("  ", Text(told, FAINT))

    def _undone(self) -> Iterator[Text]:
        for undone in self.report.undone:
            line = Text().append(self._plain(undone.function), TITLE)
            line.append(
                f"  did not run; it ran after {undone.seen} of the"
                f" {count_text(undone.compared, 'invocation')} that ended well"
            )
            yield from self._hang("  ", line)

    def _advice(self) -> Iterator[Text]:
        for number, advice in enumerate(self.report.advice, 1):
            yield from self._hang(f"  {number}. ", Text(self._plain(advice)))
        transaction = self.report.transaction
        command = list(
            command_lines(
                ("slsloggrep", "trace"),
                transaction.id if transaction else self.crash.request_id or "",
                self.view.arguments,
                self.console,
                self.width,
                self.encoding,
            )
        )
        if command:
            yield solid(Text())
            yield from command
