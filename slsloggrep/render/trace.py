"""A transaction as a header, a waterfall, and under each bar the records that matter.

Arranges what `waterfall`, `records` and `header` draw; what was not read is `coverage`'s to show,
and what is a member is decided long before. On a terminal everything fits the width it is given;
elsewhere the layout is fixed and no line is cut or wrapped: print such a renderable with
`console.print(renderable, soft_wrap=True)`, or rich crops it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Literal

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from slsloggrep.harmless import encodable, json_text, visible
from slsloggrep.model import Coverage, Invocation, Member, Millis, Record, Transaction
from slsloggrep.outline.axis import Stretch, invocation_stretch
from slsloggrep.outline.records import is_key, shown_level
from slsloggrep.outline.services import count_runs, is_key_line, tell_runs
from slsloggrep.outline.words import birth_of, duration_of, evidence_name, memory_of
from slsloggrep.render.columns import Columns, label_of
from slsloggrep.render.header import header_lines
from slsloggrep.render.hyperlinks import NOWHERE, Pages, link, linked
from slsloggrep.render.lines import fill, hang, pad, shorten, shorten_middle, solid
from slsloggrep.render.records import emphasise, fact_text, record_text
from slsloggrep.render.theme import (
    ERROR_TEXT,
    FAINT,
    GAP,
    RESPONSE,
    STATUS_STYLE,
    TITLE,
    Glyphs,
    choose_glyphs,
    level_style,
)
from slsloggrep.render.waterfall import draw_axis, draw_bar
from slsloggrep.wording import (
    bytes_text,
    count_text,
    duration_text,
    offset_text,
)

Events = Literal["none", "key", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceView:
    """How the user wants to see a transaction."""

    events: Events = "key"
    """Records under each invocation: none, the key ones, all."""
    tz: tzinfo = UTC
    window: str = ""
    """What was searched, in words; empty: not worth a line."""
    terminal: bool = True
    """Fit the width; otherwise a fixed layout in which nothing is cut."""
    pages: Pages = NOWHERE
    """Where requests and traces lead to."""


def render_trace(
    transaction: Transaction, coverage: Sequence[Coverage], view: TraceView
) -> RenderableType:
    """Return a transaction for the console; width, colour and encoding are the console's.

    The coverage only marks the header where the answer is partial: `render_coverage` tells it.
    """
    partial = not all(source.complete for source in coverage)
    return _Trace(transaction, partial, view)


@dataclass(frozen=True, slots=True)
class _Trace:
    transaction: Transaction
    partial: bool
    view: TraceView

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from _Page(console, options, self).lines()


class _Page:
    """One rendering: the trace, and what the console it goes to can do."""

    def __init__(self, console: Console, options: ConsoleOptions, trace: _Trace) -> None:
        self.console = console
        self.transaction = trace.transaction
        self.partial = trace.partial
        self.view = trace.view
        self.width = options.max_width if trace.view.terminal else None
        self.encoding = options.encoding
        self.glyphs: Glyphs = choose_glyphs(options.encoding)
        self.start: Millis = trace.transaction.start or 0
        self.emphasis: re.Pattern[str] | None = emphasise(
            # What was asked for, as typed and in its canonical spelling; other identifiers
            # stand on nearly every line.
            [trace.transaction.id, *(i.value for i in trace.transaction.identifiers[:1])]
        )
        self.stretches = [invocation_stretch(m.invocation) for m in self.transaction.members]
        self.attempts: dict[tuple[str, str | int], int] = {}
        for member in self.transaction.members:
            key = _request(member)
            self.attempts[key] = max(self.attempts.get(key, 0), member.attempt)
        self.beside = tell_runs(self.transaction.unattributed)
        self.mentioning = {
            id(record)
            for index, record in enumerate(self.transaction.unattributed)
            if index in self.transaction.unattributed_mentions
        }
        self.columns = Columns.fit(
            self.transaction.members, self.stretches, self.width, self.encoding
        )
        self.offset_cells = max(
            (len(offset_text(r.event.timestamp - self.start)) for r in self._all_records()),
            default=7,
        )

    def lines(self) -> Iterator[Text]:
        """Yield the page from its first line to its last."""
        yield from header_lines(
            self.transaction,
            tz=self.view.tz,
            window=self.view.window,
            partial=self.partial,
            pages=self.view.pages,
            console=self.console,
            width=self.width,
            encoding=self.encoding,
        )
        hidden = 0
        members = self.transaction.members
        if members:
            yield Text()
            yield from self._axis()
        for member, stretch in zip(members, self.stretches, strict=True):
            shown = self._chosen(member)
            yield from self._row(member, stretch)
            yield from self._details(member)
            yield from self._outcome(member, shown)
            yield from self._records(shown)
            hidden += len(member.invocation.records) - len(shown)
            if self.view.events != "none":
                yield Text()
        yield from self._services()
        yield from self._unattributed()
        yield from self._left_out(hidden)

    def _all_records(self) -> Iterator[Record]:
        for member in self.transaction.members:
            yield from member.invocation.records
        yield from self.transaction.unattributed

    def _chosen(self, member: Member) -> list[Record]:
        records = member.invocation.records
        if self.view.events == "all":
            return list(records)
        if self.view.events == "none":
            return []
        return [r for i, r in enumerate(records) if is_key(r, mentions=i in member.mentions)]

    def _axis(self) -> Iterator[Text]:
        columns, axis = self.columns, self.columns.axis
        if not axis.cells:
            return
        first = min(stretch.since for stretch in self.stretches)
        last = max(stretch.until for stretch in self.stretches)
        left = offset_text(round(first) - self.start)
        right = offset_text(round(last) - self.start)
        if len(left) + len(right) < axis.cells:
            ends = left + right.rjust(axis.cells - len(left))
            yield solid(Text(" " * (columns.label + 2) + ends, FAINT))
        halves = self.glyphs.halves
        legend = f"{halves['ii']} init {halves['rr']} run"
        room = columns.label + 2
        line = Text().append(legend.ljust(room) if len(legend) < room else " " * room, FAINT)
        drawn, silent = draw_axis(axis, self.glyphs)
        yield solid(line.append_text(drawn))
        if silent:
            lengths = ", ".join(map(duration_text, silent))
            text = Text().append(f"{self.glyphs.cut} idle time cut out: {lengths}", FAINT)
            yield from hang(self.console, Text(), text, self.width)

    def _row(self, member: Member, stretch: Stretch) -> Iterator[Text]:
        invocation, columns, glyphs = member.invocation, self.columns, self.glyphs
        style = STATUS_STYLE[invocation.status]
        label = label_of(member, self.encoding)
        if self.width is not None:
            label = shorten_middle(label, columns.label, glyphs.ellipsis)
        row = Text().append(pad(label, columns.label), TITLE).append("  ")
        if columns.axis.cells:
            row.append_text(draw_bar(columns.axis, stretch, glyphs, style))
            row.append("  ")
        row.append(f"{glyphs.of(invocation.status)} ", style)
        row.append(invocation.status.value.ljust(columns.status), style)
        row.append("  " + duration_of(invocation).rjust(columns.duration))
        if columns.wide:
            row.append("  " + birth_of(invocation).ljust(columns.birth), FAINT)
            row.append("  " + memory_of(invocation).rjust(columns.memory), FAINT)
        if self.width is None or row.cell_len <= self.width:
            yield solid(row)
        else:
            yield from hang(self.console, Text(), row, self.width)

    def _details(self, member: Member) -> Iterator[Text]:
        invocation = member.invocation
        parts = []
        attempts = self.attempts[_request(member)]
        if attempts > 1:
            parts.append(f"attempt {member.attempt} of {attempts}")
        if not self.columns.wide:
            memory = memory_of(invocation)
            parts += filter(None, (birth_of(invocation), memory and f"memory {memory}"))
        if member.joined_by:
            parts.append(f"joined by {self._plain(evidence_name(member.joined_by[0]))}")
        if invocation.request_id:
            parts.append(f"request {self._plain(invocation.request_id)}")
        if member.batch:
            parts.append("batch: served other transactions too")
        if not invocation.complete:
            parts.append("its start or end was not among the events read")
        address = self.view.pages.of_invocation(invocation)
        request = self._plain(invocation.request_id or "")
        for line in fill(parts, f" {self.glyphs.dot} ", self.width and self.width - 2):
            body = link(Text(line, FAINT), request, address, behind="request ")
            yield from hang(self.console, Text("  "), body, self.width)

    def _outcome(self, member: Member, shown: Sequence[Record]) -> Iterator[Text]:
        invocation = member.invocation
        error = ": ".join(filter(None, (invocation.error_type, invocation.error_message)))
        told = any(_tells(record, invocation) for record in shown)
        if error and invocation.status.failed and not told:
            body = Text(encodable(visible(error), self.encoding), ERROR_TEXT)
            yield from hang(self.console, Text("  "), body, self.width)
        if invocation.states_response:
            yield self._response(json_text(invocation.response))
        elif invocation.produced_bytes:
            size = bytes_text(invocation.produced_bytes)
            yield solid(Text(f"  {self.glyphs.arrow} response of {size}, not logged", FAINT))

    def _response(self, response: str) -> Text:
        response = encodable(visible(response, newlines=False), self.encoding)
        line = Text().append(f"  {self.glyphs.arrow} response ", FAINT)
        if self.width is not None:
            room = max(self.width - line.cell_len, 8)
            response = shorten(response, room, self.glyphs.ellipsis)
        line.append(response, RESPONSE)
        return solid(line)

    def _records(self, records: Sequence[Record]) -> Iterator[Text]:
        # Facts of one moment (END and REPORT) share a line; trouble has a line of its own.
        waiting: tuple[Record, Text] | None = None
        for record in records:
            fact = fact_text(record) if self.view.events != "all" else None
            alike = fact is not None and shown_level(record) is None
            if alike and waiting and waiting[0].event.timestamp == record.event.timestamp:
                waiting[1].append(f" {self.glyphs.dot} ", FAINT).append_text(fact or Text())
                continue
            if waiting:
                yield from self._record(*waiting)
            waiting = (record, fact) if fact is not None and alike else None
            if waiting is None:
                yield from self._record(record, fact or self._text(record))
        if waiting:
            yield from self._record(*waiting)

    def _text(self, record: Record) -> Text:
        return record_text(
            record,
            terminal=self.view.terminal,
            encoding=self.encoding,
            emphasis=self.emphasis,
        )

    def _record(self, record: Record, body: Text) -> Iterator[Text]:
        offset = offset_text(record.event.timestamp - self.start)
        prefix = Text("  ")
        prefix.append(offset.rjust(self.offset_cells) + "  ", FAINT)
        level = shown_level(record)
        prefix.append((level.name if level else "").ljust(5) + "  ", level_style(level))
        yield from hang(self.console, prefix, body, self.width)

    def _services(self) -> Iterator[Text]:
        runs, _ = self.beside
        if not runs:
            return
        if self.view.events == "none":
            yield Text()
        count = sum(len(run.records) for run in runs)
        mentioning = sum(self._mentions(record) for run in runs for record in run.records)
        title = Text().append("Other services: ", TITLE)
        title.append(f"{count_runs(runs)}, {count_text(count, 'record')}")
        if mentioning:
            title.append(f" ({_mention_it(mentioning)} the transaction)")
        yield from hang(self.console, Text(), title, self.width)
        if self.view.events == "none":
            return
        for run in runs:
            yield from hang(self.console, Text(), Text(self._plain(run.title), TITLE), self.width)
            yield from self._placed([r for r in run.records if self._is_chosen(r)])
            yield Text()

    def _unattributed(self) -> Iterator[Text]:
        _, records = self.beside
        if not records:
            return
        if self.view.events == "none":
            yield Text()
        title = Text().append("Unattributed: ", GAP)
        mentioning = sum(map(self._mentions, records))
        if mentioning == len(records):
            told = f"{count_text(len(records), 'record')} {_mention_it(mentioning, count=False)}"
            told += " the transaction, but"
        else:
            told = f"{count_text(len(records), 'record')} may belong to the transaction"
            told += f" ({_mention_it(mentioning)} it), but" if mentioning else ", but"
        title.append(f"{told} no invocation could be told")
        yield from hang(self.console, Text(), title, self.width)
        if self.view.events == "none":
            return
        yield from self._placed([record for record in records if self._is_chosen(record)])
        yield Text()

    def _placed(self, records: Sequence[Record]) -> Iterator[Text]:
        """Yield records of no invocation under the places that they come from."""
        place = None
        for record in records:
            event = record.event
            if (event.log_group, event.log_stream) != place:
                place = (event.log_group, event.log_stream)
                name = " ".join(filter(None, place)) or event.container or event.source
                where = Text(self._plain(name), linked(FAINT, self.view.pages.of_record(record)))
                yield from hang(self.console, Text("  "), where, self.width)
            yield from self._record(record, self._text(record))

    def _mentions(self, record: Record) -> bool:
        return id(record) in self.mentioning

    def _is_chosen(self, record: Record) -> bool:
        """Tell whether a record of no invocation is shown."""
        if self.view.events != "key":
            return self.view.events == "all"
        mentions = self._mentions(record)
        if record.run is not None:
            return is_key_line(record, mentions=mentions)
        return bool(record.identifiers) or is_key(record, mentions=mentions)

    def _left_out(self, hidden: int) -> Iterator[Text]:
        unattributed = sum(not self._is_chosen(r) for r in self.transaction.unattributed)
        if not hidden + unattributed:
            return
        if self.view.events == "none":
            yield Text()
            how = "not shown: --events key or --events all"
        else:
            how = "not shown: --events all"
        text = Text(f"{count_text(hidden + unattributed, 'more record')} {how}", FAINT)
        yield from hang(self.console, Text(), text, self.width)

    def _plain(self, text: str) -> str:
        return encodable(visible(text, newlines=False), self.encoding)


def _request(member: Member) -> tuple[str, str | int]:
    """Return what attempts of one request share."""
    invocation = member.invocation
    return (invocation.function, invocation.request_id or id(invocation))


def _tells(record: Record, invocation: Invocation) -> bool:
    """Tell whether a record already says why its invocation failed."""
    message, kind = invocation.error_message, invocation.error_type
    if record.error is not None and (record.error.message, record.error.type) == (message, kind):
        return True
    if message is None and record.platform is not None:
        return record.platform.error_type == kind
    return bool(message) and str(message) in record.event.message


def _mention_it(number: int, *, count: bool = True) -> str:
    verb = "mentions" if number == 1 else "mention"
    return f"{number} {verb}" if count else verb
