"""Hyperlinks on words: which page of a console shows what a word names, as OSC 8.

Pages are told by those who know them (`Pages`), and no word of a log is ever one. Whether a
terminal has hyperlinks is decided by the command line; where it has none, no page is known.
"""

from __future__ import annotations

import re
from typing import Protocol

from rich.style import Style
from rich.text import Text

from slsloggrep.model import Crash, Invocation, Record, Slow
from slsloggrep.model.inventory import DeployedFunction

_SEQUENCE = re.compile(r"\x1b\]8;[^\x1b]*\x1b\\")
_NUMBERED = re.compile(r"\x1b\]8;id=[^;\x1b]*;")
_STYLED = re.compile(r"\x1b\[[0-9;]*m")


class Pages(Protocol):
    """Addresses of pages that show single things of an answer; empty: none is known."""

    def of_invocation(self, invocation: Invocation) -> str:
        """Return where an invocation is shown."""
        ...

    def of_record(self, record: Record) -> str:
        """Return where a record is shown, with what lies around it."""
        ...

    def of_crash(self, crash: Crash) -> str:
        """Return where what crashed is shown."""
        ...

    def of_slow(self, slow: Slow) -> str:
        """Return where one of the slowest invocations is shown."""
        ...

    def of_trace(self, trace: str, invocation: Invocation) -> str:
        """Return where a trace is shown that an invocation has as its own."""
        ...

    def of_group(self, function: DeployedFunction) -> str:
        """Return where the log group of a function is shown."""
        ...


class _Nowhere:
    """Knows no page."""

    def of_invocation(self, _invocation: Invocation) -> str:
        return ""

    def of_record(self, _record: Record) -> str:
        return ""

    def of_crash(self, _crash: Crash) -> str:
        return ""

    def of_slow(self, _slow: Slow) -> str:
        return ""

    def of_trace(self, _trace: str, _invocation: Invocation) -> str:
        return ""

    def of_group(self, _function: DeployedFunction) -> str:
        return ""


NOWHERE: Pages = _Nowhere()
"""What a view has where there are no hyperlinks."""


def link(text: Text, word: str, address: str, *, behind: str = "") -> Text:
    """Let a word of a text lead to an address, if both are there; the text is returned.

    The first such word counts that stands behind another text.
    """
    at = text.plain.find(behind + word) if address and word else -1
    if at >= 0:
        at += len(behind)
        text.stylize(Style(link=address), at, at + len(word))
    return text


def linked(style: str, address: str) -> str | Style:
    """Return a style that leads to an address, too, if there is one."""
    return Style.parse(style) + Style(link=address) if address else style


def settled(written: str, *, coloured: bool) -> str:
    """Return what rich wrote, as it would be in every run: it numbers links by lot.

    Not `coloured`: without styles, which rich cannot leave out and keep the links.
    """
    if "\x1b]8;" in written:
        written = _NUMBERED.sub("\x1b]8;;", written)
    return written if coloured or "\x1b[" not in written else _STYLED.sub("", written)


def without_links(written: str) -> str:
    """Return text for a terminal without its hyperlinks; nothing else of it is changed."""
    return _SEQUENCE.sub("", written)
