"""Styles by meaning and the signs that carry the same meaning without colour.

Only the sixteen colours that a terminal's own palette defines, and never black, white, yellow on
its own for text, or a background: the same output must read well on light and on dark. Which
value gets which style is decided where it is shown.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from slsloggrep.model import Level, Status

TITLE = "bold"
FAINT = "dim"
MENTION = "bold underline"
ERROR_TEXT = "red"
GAP = "magenta"
FIELD_KEY = "dim cyan"
FIELD_VALUE = "dim"
RESPONSE = "cyan"

STATUS_STYLE = {
    Status.OK: "green",
    Status.ERROR: "bold red",
    Status.TIMEOUT: "bold magenta",
    Status.OOM: "bold red",
    Status.EXIT: "bold red",
    Status.INIT_ERROR: "bold red",
    Status.EXTENSION: "bold red",
    Status.INCOMPLETE: "bold yellow",
}

NOTABLE = "bold yellow"
"""On a word or figure to stop at: a crash not seen before, a limit that is near."""
SPARK = "cyan"

LATE = "magenta"
"""On the word that marks what comes late, never on log text."""

_FUNCTION_PALETTE = ("cyan", "magenta", "blue", "green", "bold cyan", "bold magenta", "bold blue")
_IDENTITY_PALETTE = (
    "cyan",
    "magenta",
    "blue",
    "green",
    "bold cyan",
    "bold magenta",
    "bold blue",
    "bold green",
    "underline cyan",
    "underline magenta",
    "underline blue",
    "underline green",
)


def level_style(level: Level | None) -> str:
    """Return the style of a level's word; none for INFO and for what has no level."""
    if level is None:
        return ""
    if level >= Level.ERROR:
        return "bold red"
    if level >= Level.WARN:
        return "bold yellow"
    return "" if level >= Level.INFO else FAINT


def function_style(function: str) -> str:
    """Return a function's style, the same in every run."""
    return _pick(_FUNCTION_PALETTE, function)


def identity_style(identity: str) -> str:
    """Return a style that tells requests, or environments, apart; the same in every run."""
    return _pick(_IDENTITY_PALETTE, identity)


def _pick(palette: tuple[str, ...], text: str) -> str:
    # A checksum: `hash` is salted.
    return palette[zlib.crc32(text.encode("utf-8", "surrogatepass")) % len(palette)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glyphs:
    """The signs of one output encoding."""

    good: str
    bad: str
    open: str
    """The end was not seen."""
    ellipsis: str
    arrow: str
    dot: str
    """Parts items of one line."""
    cut: str
    """One cell of an axis where idle time was left out."""
    axis: tuple[str, str, str]
    """Left end, line, right end."""
    halves: dict[str, str]
    """A cell by its two halves: `i` init, `r` running, space nothing."""
    heights: str
    """Marks of a sparkline: for nothing, then from the least to the most."""
    gauge: tuple[str, str, str]
    """A cell that is full, one that is half full, one that is empty."""
    gap: str
    """Stands for lines that are left out because nothing is in them."""
    own: str
    """Before a frame of the user's own code, or the row that a page is about."""
    times: str
    """After a count of crashes."""

    def of(self, status: Status) -> str:
        """Return the sign of a status."""
        if status is Status.OK:
            return self.good
        return self.open if status is Status.INCOMPLETE else self.bad


UNICODE = Glyphs(
    good="✓",
    bad="✗",
    open="◌",
    ellipsis="…",
    arrow="→",
    dot="·",
    cut="╱",  # noqa: RUF001 - drawn, not a solidus
    axis=("├", "─", "┤"),
    halves={
        "  ": " ",
        "ii": "░",
        "i ": "░",
        " i": "░",
        "rr": "█",
        "r ": "▌",
        " r": "▐",
        "ir": "▒",
        "ri": "▌",
    },
    heights="·▁▂▃▄▅▆▇█",
    gauge=("━", "╸", "─"),
    gap="⋮",
    own="▸",
    times="×",  # noqa: RUF001 - the multiplication sign, not a letter
)

ASCII = Glyphs(
    good="+",
    bad="x",
    open="?",
    ellipsis="...",
    arrow="->",
    dot="|",
    cut="/",
    axis=("|", "-", "|"),
    halves={
        "  ": " ",
        "ii": "-",
        "i ": "-",
        " i": "-",
        "rr": "=",
        "r ": "=",
        " r": "=",
        "ir": "=",
        "ri": "=",
    },
    heights="_.:-=+*#",
    gauge=("=", "-", "."),
    gap=":",
    own=">",
    times="x",
)


def choose_glyphs(encoding: str) -> Glyphs:
    """Return the signs that an output of this encoding can show."""
    return UNICODE if encoding.lower().replace("_", "-").startswith("utf") else ASCII
