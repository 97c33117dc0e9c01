"""Crashes as a list, and as groups of those that are the same crash.

One crash alone, with all that led up to it, is `slsloggrep.render.crash_report`'s. Both come in
the order that they are shown in. On a terminal all fits the width and a message has one line;
elsewhere each crash is one line and nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from slsloggrep.model import Crash, CrashGroup, Millis, Status
from slsloggrep.outline.spreading import spread_times
from slsloggrep.outline.words import crash_error, frame_place
from slsloggrep.render.hyperlinks import NOWHERE, Pages, linked
from slsloggrep.render.lines import fill, hang, pad, plain, shorten, shorten_middle, solid
from slsloggrep.render.records import limited
from slsloggrep.render.sparkline import draw_sparkline
from slsloggrep.render.theme import (
    ERROR_TEXT,
    FAINT,
    NOTABLE,
    STATUS_STYLE,
    TITLE,
    Glyphs,
    choose_glyphs,
    function_style,
)
from slsloggrep.wording import count_text, duration_text, number_text, timestamp_text

SHORT_FINGERPRINT = 8
"""Hexadecimal digits that tell the crashes of one answer apart."""
_TITLE = 40
"""Cells that a title should have beside a function's name; else it has a line of its own."""
_ROOMY = 150
"""From this width on, a crash has one line."""
_NARROW = 76
"""Up to this width, a crash has three lines."""
_KIND = 2 + max(len(status.value) for status in Status if status.failed)
"""Cells of a sign and a word: lists that are shown one crash at a time line up."""
_FIXED_MARKS = 40
"""Marks of a sparkline where there is no terminal."""
_MARKS = (10, 60)
"""Marks of a sparkline on a terminal: at least, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrashView:
    """How the user wants to see crashes."""

    tz: tzinfo = UTC
    terminal: bool = True
    """Fit the width; otherwise a fixed layout in which nothing is cut."""
    wide: bool = False
    """Nothing is cut on a terminal either: what has no room wraps."""
    since: Millis | None = None
    """The window that was searched; None: it begins with the first crash."""
    until: Millis | None = None
    pages: Pages = NOWHERE
    """Where requests lead to."""


def render_crashes(crashes: Sequence[Crash], view: CrashView) -> RenderableType:
    """Return crashes one after the other; width, colour and encoding are the console's."""
    return _List(tuple(crashes), view)


def render_groups(groups: Sequence[CrashGroup], view: CrashView) -> RenderableType:
    """Return groups one after the other, each with its crashes over the time of the window."""
    return _Groups(tuple(groups), view)


def kind_word(crash: Crash, glyphs: Glyphs) -> tuple[str, str]:
    """Return how something ended, sign and word, and the style of it."""
    if crash.logged:
        return f"{glyphs.open} logged", FAINT
    return f"{glyphs.of(crash.kind)} {crash.kind.value}", STATUS_STYLE[crash.kind]


def error_line(crash: Crash, encoding: str, *, terminal: bool) -> str:
    """Return the type and the message of an error on one line.

    On a terminal without the request ID that the platform puts before it: it stands beside it.
    """
    return plain(limited(crash_error(crash, short=terminal), terminal), encoding)


@dataclass(frozen=True, slots=True)
class _List:
    crashes: tuple[Crash, ...]
    view: CrashView

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        encoding = options.encoding
        glyphs = choose_glyphs(encoding)
        words = [kind_word(crash, glyphs) for crash in self.crashes]
        names = [_name(crash.function or crash.log_group, encoding) for crash in self.crashes]
        longest = max(map(cell_len, names), default=0)
        width = options.max_width if self.view.terminal else None
        for crash, (word, style), name in zip(self.crashes, words, names, strict=True):
            row = _Row(crash, pad(word, _KIND), style, name, self._time(crash), encoding)
            if width is None or width >= _ROOMY:
                cells = longest if width is None else min(longest, 30)
                yield from self._line(console, row, cells, width, glyphs)
            else:
                yield from self._lines(console, row, width, glyphs)

    def _time(self, crash: Crash) -> str:
        return timestamp_text(crash.time, self.view.tz)

    def _line(
        self, console: Console, row: _Row, cells: int, width: int | None, glyphs: Glyphs
    ) -> Iterator[Text]:
        line = Text().append(row.time, FAINT).append("  ").append(row.word, row.style)
        name = row.name if width is None else shorten_middle(row.name, cells, glyphs.ellipsis)
        line.append("  ").append(pad(name, cells), function_style(row.name))
        line.append("  ").append_text(self._request(row)).append("  ")
        line.append(self._fingerprint(row.crash), FAINT).append("  ")
        yield from self._message(console, line, row, width, glyphs)

    def _lines(self, console: Console, row: _Row, width: int, glyphs: Glyphs) -> Iterator[Text]:
        narrow = width < _NARROW
        mark = Text() if narrow else Text("  " + self._fingerprint(row.crash), FAINT)
        line = Text().append(row.time, FAINT).append("  ").append(row.word, row.style).append("  ")
        room = max(width - line.cell_len - mark.cell_len, 8)
        name = shorten_middle(row.name, room, glyphs.ellipsis)
        line.append(pad(name, room), function_style(row.name)).append_text(mark)
        yield from hang(console, Text(), line, width)
        line = Text("  ").append_text(self._request(row)).append("  ")
        if narrow:
            line.append(self._fingerprint(row.crash), FAINT)
            yield from hang(console, Text(), line, width)
            line = Text("  ")
        yield from self._message(console, line, row, width, glyphs)

    def _message(
        self, console: Console, line: Text, row: _Row, width: int | None, glyphs: Glyphs
    ) -> Iterator[Text]:
        error = error_line(row.crash, row.encoding, terminal=width is not None)
        if width is not None and not self.view.wide:
            error = shorten(error, max(width - line.cell_len, 8), glyphs.ellipsis)
        yield from hang(console, line, Text(error, ERROR_TEXT), width)

    def _request(self, row: _Row) -> Text:
        if row.crash.request_id is None:
            return Text(row.request)
        return Text(row.request, linked("", self.view.pages.of_crash(row.crash)))

    def _fingerprint(self, crash: Crash) -> str:
        whole = self.view.wide or not self.view.terminal
        return crash.fingerprint if whole else crash.fingerprint[:SHORT_FINGERPRINT]


@dataclass(frozen=True, slots=True)
class _Row:
    """What a crash shows in a list, in words."""

    crash: Crash
    word: str
    style: str
    name: str
    time: str
    encoding: str

    @property
    def request(self) -> str:
        return plain(self.crash.request_id or "-", self.encoding)


@dataclass(frozen=True, slots=True)
class _Groups:
    groups: tuple[CrashGroup, ...]
    view: CrashView

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if not self.groups:
            return
        width = options.max_width if self.view.terminal else None
        glyphs, encoding = choose_glyphs(options.encoding), options.encoding
        since, until = self._window()
        numbers = [f"{group.count} {glyphs.times}" for group in self.groups]
        cells = max(map(len, numbers))
        marks = _FIXED_MARKS
        if width is not None:
            least, most = _MARKS
            marks = min(max(width - cells - 44, least), most)
        for part in self._title(since, until, marks, width):
            yield from hang(console, Text(), part, width)
        for group, number in zip(self.groups, numbers, strict=True):
            yield solid(Text())
            line = Text().append(number.rjust(cells), TITLE).append("  ")
            counts = spread_times(group.times, since, until, marks)
            line.append_text(draw_sparkline(counts, glyphs)).append("  ")
            line.append(*kind_word(group.sample, glyphs))
            if group.is_new:
                line.append("  ").append("NEW", NOTABLE)
            line.append("  " + self._fingerprint(group), FAINT)
            yield from hang(console, Text(), line, width)
            margin = Text(" " * (cells + 2))
            for body in self._body(group, width and width - cells - 2, glyphs, encoding):
                yield from hang(console, margin, body, width)

    def _window(self) -> tuple[Millis, Millis]:
        first = min(group.first_seen for group in self.groups)
        last = max(group.last_seen for group in self.groups)
        since = first if self.view.since is None else self.view.since
        until = last + 1 if self.view.until is None else self.view.until
        return since, max(until, since + 1)

    def _title(self, since: Millis, until: Millis, marks: int, width: int | None) -> Iterator[Text]:
        count = sum(group.count for group in self.groups)
        crashes = "1 crash" if count == 1 else f"{number_text(count)} crashes"
        title = Text().append(f"{crashes} in {count_text(len(self.groups), 'group')}", TITLE)
        new = sum(bool(group.is_new) for group in self.groups)
        if new:
            title.append(", ").append(f"{new} new", NOTABLE)
        each = duration_text((until - since) / marks)
        first, last = (_second_text(time, self.view.tz) for time in (since, until))
        scale = Text().append(f"from {first} to {last}, each mark {each}", FAINT)
        if width is None or title.cell_len + 2 + scale.cell_len <= width:
            yield title.append("  ").append_text(scale)
        else:
            yield title
            yield scale

    def _body(
        self, group: CrashGroup, width: int | None, glyphs: Glyphs, encoding: str
    ) -> Iterator[Text]:
        terminal, sample = width is not None, group.sample
        cut = None if width is None or self.view.wide else max(width, 8)
        title = plain(limited(group.title, terminal), encoding)
        yield from self._headline(group, title, cut, glyphs, encoding)
        for line in fill(self._facts(group, encoding), f" {glyphs.dot} ", width):
            yield Text(line, FAINT)
        error = error_line(sample, encoding, terminal=terminal)
        if error and error not in title:
            error = error if cut is None else shorten(error, cut, glyphs.ellipsis)
            yield Text(error, ERROR_TEXT)
        yield from self._sample(sample, width, encoding)

    def _sample(self, sample: Crash, width: int | None, encoding: str) -> Iterator[Text]:
        """Yield which request it was and where in the code, on one line if they go into one."""
        address = self.view.pages.of_crash(sample) if sample.request_id else ""
        request = Text(plain(sample.request_id or "", encoding), linked("", address))
        place, frame = Text(), sample.culprit
        if frame is not None:
            where = plain(limited(frame_place(frame), width is not None), encoding)
            place = Text(f"at {where}", "" if frame.own else FAINT)
        parts = [part for part in (request, place) if part]
        whole = Text("  ").join(parts)
        yield from [whole] if width is None or whole.cell_len <= width else parts

    def _headline(
        self, group: CrashGroup, title: str, cut: int | None, glyphs: Glyphs, encoding: str
    ) -> Iterator[Text]:
        """Yield where it was seen most often and what it is, on one line or on two."""
        name = _name(group.function, encoding)
        style = function_style(name)
        if cut is not None:
            name = shorten_middle(name, cut, glyphs.ellipsis)
            if cell_len(name) + 2 + min(cell_len(title), _TITLE) > cut:
                yield Text(name, style)
                yield Text(shorten(title, cut, glyphs.ellipsis), TITLE)
                return
            title = shorten(title, cut - cell_len(name) - 2, glyphs.ellipsis)
        yield Text().append(name, style).append("  ").append(title, TITLE)

    def _facts(self, group: CrashGroup, encoding: str) -> Iterator[str]:
        first = timestamp_text(group.first_seen, self.view.tz)
        if group.count == 1:
            yield f"seen {first}"
        else:
            yield f"first {first}"
            yield f"last {timestamp_text(group.last_seen, self.view.tz)}"
        if len(group.functions) > 1:
            yield "in " + ", ".join(_name(name, encoding) for name in group.functions)
        if group.versions:
            noun = "version " if len(group.versions) == 1 else "versions "
            yield noun + ", ".join(plain(version, encoding) for version in group.versions)

    def _fingerprint(self, group: CrashGroup) -> str:
        whole = self.view.wide or not self.view.terminal
        return group.fingerprint if whole else group.fingerprint[:SHORT_FINGERPRINT]


def _second_text(timestamp: Millis, tz: tzinfo) -> str:
    """Return a time without its milliseconds, where nothing is lost with them."""
    return timestamp_text(timestamp, tz).replace(".000", "")


def _name(function: str, encoding: str) -> str:
    return plain(function or "(function unknown)", encoding)
