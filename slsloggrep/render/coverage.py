"""Coverage as lines: what could not be read, grouped by reason, and what is worth knowing.

Meant for stderr, beside whatever answer there is. Whether a gap changes the exit code is the
command line's to decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from slsloggrep.harmless import encodable, visible
from slsloggrep.model import Coverage
from slsloggrep.outline.words import by_reason
from slsloggrep.render.lines import hang
from slsloggrep.render.theme import FAINT, GAP
from slsloggrep.wording import bytes_text, count_text

_NAMED = 3
"""Gaps of one reason that are named; the others are counted, and `-o json` names all."""


def render_coverage(coverage: Sequence[Coverage]) -> RenderableType:
    """Return one line for each reason why something was not read, with counts, then the notes.

    Nothing where all was read and nothing is worth noting. Lines wrap only on a terminal.
    """
    return _Gaps(tuple(coverage))


def render_statistics(coverage: Sequence[Coverage], elapsed_s: float) -> RenderableType:
    """Return a line for each source with what it read, and one with the time and the rate.

    `elapsed_s` is the wall time of the whole, in seconds.
    """
    lines = []
    for source in coverage:
        parts = [count_text(source.objects, source.unit or "object")] if source.objects else []
        parts.append(f"{bytes_text(source.bytes)} read")
        if source.raw_bytes:
            parts.append(f"{bytes_text(source.raw_bytes)} decompressed")
        parts.append(count_text(source.events, "event"))
        if source.requests:
            parts.append(count_text(source.requests, "request"))
        lines.append((source.source.removesuffix(":"), ", ".join(parts)))
    raw = sum(source.raw_bytes or source.bytes for source in coverage)
    rate = f", {bytes_text(round(raw / elapsed_s))}/s" if elapsed_s > 0 else ""
    lines.append(("time", f"{elapsed_s:.2f} s{rate}"))
    return _Statistics(tuple(lines))


@dataclass(frozen=True, slots=True)
class _Gaps:
    coverage: tuple[Coverage, ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if console.is_terminal else None
        for source in self.coverage:
            for word, style, text in _statements(source):
                prefix = Text().append(f"{word}: ", style)
                body = Text(encodable(visible(text, newlines=False), options.encoding))
                yield from hang(console, prefix, body, width)


@dataclass(frozen=True, slots=True)
class _Statistics:
    lines: tuple[tuple[str, str], ...]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width if console.is_terminal else None
        for name, text in self.lines:
            shown = encodable(visible(name, newlines=False), options.encoding)
            yield from hang(console, Text().append(f"{shown}: ", FAINT), Text(text), width)


def _statements(source: Coverage) -> Iterator[tuple[str, str, str]]:
    name = source.source.removesuffix(":")
    for reason, whats in by_reason(source.gaps).items():
        named = ", ".join(whats[:_NAMED])
        if len(whats) == 1:
            text = f"{name}: {named}: {reason}"
        else:
            more = f" and {len(whats) - _NAMED} more" if len(whats) > _NAMED else ""
            unit = source.unit or "object"
            text = f"{name}: {len(whats)} {unit}s or parts: {reason}: {named}{more}"
        yield "not read", GAP, text
    for note in source.notes:
        yield "note", FAINT, f"{name}: {note}"
