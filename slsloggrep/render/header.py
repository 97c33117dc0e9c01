"""The head of a trace: what became of the transaction, when, where, and what joined it.

Figures over all members and the evidence for each identifier that brought some in. The bars and
records below it are `slsloggrep.render.trace`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from rich.console import Console
from rich.text import Text

from slsloggrep.harmless import encodable, visible
from slsloggrep.model import Evidence, Identifier, IdKind, Member, Transaction
from slsloggrep.outline.words import evidence_name, figures_of, joins_of
from slsloggrep.render.hyperlinks import Pages, linked
from slsloggrep.render.lines import hang
from slsloggrep.render.theme import FAINT, GAP, STATUS_STYLE, TITLE, Glyphs, choose_glyphs
from slsloggrep.wording import count_text, duration_text, offset_text, timestamp_text

_MARGIN = 11
"""Cells before a value: the longest name and two spaces."""


def header_lines(
    transaction: Transaction,
    *,
    tz: tzinfo,
    window: str,
    partial: bool,
    pages: Pages,
    console: Console,
    width: int | None,
    encoding: str,
) -> Iterator[Text]:
    """Yield the header's lines; `partial` marks an answer that misses something."""
    glyphs = choose_glyphs(encoding)
    yield from hang(console, Text(), _title(transaction, glyphs, encoding), width)
    for name, values in _entries(transaction, tz, window, partial, pages, encoding):
        prefix = Text().append(name.ljust(_MARGIN), FAINT)
        body = Text("\n").join(_fill(values, None if width is None else width - _MARGIN))
        yield from hang(console, prefix, body, width)


def _fill(values: list[Text], room: int | None) -> list[Text]:
    """Return values joined to lines that keep each value whole where the room allows."""
    lines: list[Text] = []
    for value in values:
        if lines and (room is None or lines[-1].cell_len + 2 + value.cell_len <= room):
            lines[-1] = Text("  ").join([lines[-1], value])
        else:
            lines.append(value)
    return lines


def _entries(
    transaction: Transaction, tz: tzinfo, window: str, partial: bool, pages: Pages, encoding: str
) -> Iterator[tuple[str, list[Text]]]:
    if partial:
        yield "partial", [Text("something could not be read: there may be more", GAP)]
    if transaction.start is not None:
        yield "started", [Text(timestamp_text(transaction.start, tz))]
    if window:
        yield "searched", [Text(encodable(visible(window, newlines=False), encoding))]
    if transaction.members:
        yield "ran", [Text(figures_of(transaction))]
    name = "joined by"
    for identifier, members in joins_of(transaction).items():
        yield name, _join(transaction, identifier, members, pages, encoding)
        name = ""
    if transaction.hops_cut:
        text = "trace IDs were followed to the bound on hops: there may be more invocations"
        yield "", [Text(text, GAP)]


def _title(transaction: Transaction, glyphs: Glyphs, encoding: str) -> Text:
    status = transaction.status
    style = STATUS_STYLE[status]
    title = Text().append(f"{glyphs.of(status)} {status.value}", style).append("  ")
    title.append(encodable(visible(transaction.id, newlines=False), encoding), TITLE)
    if transaction.start is not None and transaction.end is not None:
        wall = duration_text(transaction.end - transaction.start)
        title.append(f"  {wall}")
    return title


def _join(
    transaction: Transaction,
    identifier: Identifier,
    members: list[tuple[Member, Evidence]],
    pages: Pages,
    encoding: str,
) -> list[Text]:
    member, evidence = members[0]
    name = visible(evidence_name(evidence), newlines=False)
    text = Text(encodable(f"{name} ", encoding))
    address = ""
    if identifier.kind is IdKind.XRAY_TRACE_ID:
        address = pages.of_trace(identifier.value, member.invocation)
    value = encodable(visible(identifier.value, newlines=False), encoding)
    text.append(value, linked(TITLE, address))
    offset = offset_text(evidence.event.timestamp - (transaction.start or 0))
    where = evidence.event.log_group
    if any(record.event == evidence.event for record in member.invocation.records):
        where = member.invocation.function or where
    seen = f"{count_text(len(members), 'invocation')}, from {offset}"
    if where:
        seen += f" in {visible(where, newlines=False)}"
    return [text, Text(encodable(seen, encoding), FAINT)]
