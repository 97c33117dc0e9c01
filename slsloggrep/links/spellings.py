"""How consoles spell values in URLs: JSURL and Rison, and calendars.

Which values a page takes is told by `slsloggrep.links.console` and `slsloggrep.links.discover`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from slsloggrep.model import Millis

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_10000: Millis = 253_402_300_800_000

Value = str | int | bool | Mapping[str, "Value"] | Sequence["Value"]
"""What both spellings can write; a string is no sequence here."""


class _Escapes(dict[int, str]):
    """What a character is in JSURL, by its code; `str.translate` asks, many times a link."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isascii() and (character.isalnum() or character in "_.-"):
            return character
        units = character.encode("utf-16-be", "surrogatepass")
        codes = [units[i] << 8 | units[i + 1] for i in range(0, len(units), 2)]
        return "".join(f"*{code:02x}" if code < 0x100 else f"**{code:04x}" for code in codes)


_JSURL = _Escapes()
_JSURL.update({code: _JSURL[code] for code in range(0x100)})

_RISON_WORD = re.compile(r"[A-Za-z_./~][A-Za-z0-9_./~-]*")
"""Rison, ids: neither punctuation of Rison's own, nor a number's first character."""
_RISON_GLYPH = re.compile(
    r"'(?P<quoted>(?:[^'!]|![!'])*)'|(?P<mark>!\(|[(),:])|!(?P<literal>[tfn])"
    r"|(?P<number>-?[0-9]+(?![^'!:(),*@$ ]))|(?P<word>[^'!:(),*@$ ]+)",
    re.DOTALL,
)
_LITERALS: dict[str, Value] = {"t": True, "f": False, "n": ""}
_DEEPEST = 20
"""Brackets within brackets that are read; states of Discover have a handful."""


def is_day(time: Millis) -> bool:
    """Tell whether a calendar of four-digit years has a time, and the epoch was not after it."""
    return 0 <= time < _YEAR_10000


def iso(time: Millis) -> str:
    """Return a time as JavaScript's `toISOString` writes it: `2026-11-28T06:30:00.000Z`."""
    moment = _EPOCH + timedelta(milliseconds=time)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def jsurl(value: Value) -> str:
    """Return a value in JSURL: `~(end~'2020~source~(~'*2faws))`.

    Grammar: github.com/Sage/jsurl, lib/jsurl.js, in the first published form (`~true`, `~false`),
    with which Grafana, too, makes links to Logs Insights (`cloudwatch/aws_url.ts`). A `$` is `*24`
    here, and not `!`: both are read as `$`. What is beyond U+00FF is `**` and four digits for each
    UTF-16 unit. Keys must not be empty.
    """
    if isinstance(value, bool):
        return "~true" if value else "~false"
    if isinstance(value, int):
        return f"~{value}"
    if isinstance(value, str):
        return f"~'{value.translate(_JSURL)}"
    if isinstance(value, Mapping):
        pairs = (f"{k.translate(_JSURL)}{jsurl(v)}" for k, v in value.items())
        return f"~({'~'.join(pairs)})"
    return f"~({''.join(map(jsurl, value)) or '~'})"


def rison(value: Value) -> str:
    """Return a value in Rison: `(time:(from:'2020-01-01T00:00:00.000Z'))`, not yet escaped.

    Grammar: github.com/Nanonid/rison, js/rison.js; Kibana and OpenSearch Dashboards keep their
    state in it (`kibana_utils`, state_encoder).
    """
    if isinstance(value, bool):
        return "!t" if value else "!f"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        if _RISON_WORD.fullmatch(value):
            return value
        return "'" + re.sub(r"([!'])", r"!\1", value) + "'"
    if isinstance(value, Mapping):
        return "(" + ",".join(f"{rison(key)}:{rison(one)}" for key, one in value.items()) + ")"
    return "!(" + ",".join(map(rison, value)) + ")"


def read_rison(text: str) -> Value | None:
    """Return the value that a text in Rison states; None for what is none, or is too deep.

    `null` is an empty text here, and a number with a fraction is a text.
    """
    glyphs = list(_RISON_GLYPH.finditer(text))
    if "".join(glyph[0] for glyph in glyphs) != text:
        return None
    try:
        value, end = _read(glyphs, 0, 0)
    except (IndexError, ValueError):
        return None
    return value if end == len(glyphs) else None


def _read(glyphs: Sequence[re.Match[str]], at: int, depth: int) -> tuple[Value, int]:
    """Return the value that begins at a glyph, and where the next one begins."""
    glyph = glyphs[at]
    if glyph["quoted"] is not None:
        return re.sub(r"!([!'])", r"\1", glyph["quoted"]), at + 1
    if glyph["literal"]:
        return _LITERALS[glyph["literal"]], at + 1
    if glyph["number"]:
        return int(glyph["number"]), at + 1
    if glyph["word"]:
        return glyph["word"], at + 1
    if glyph[0] not in ("(", "!(") or depth > _DEEPEST:
        raise ValueError(glyph[0])
    items: list[Value] = []
    pairs: dict[str, Value] = {}
    at += 1
    while glyphs[at][0] != ")":
        if items or pairs:
            at = _expect(",", glyphs, at)
        value, at = _read(glyphs, at, depth + 1)
        if glyph[0] == "(":
            at = _expect(":", glyphs, at)
            pairs[str(value)], at = _read(glyphs, at, depth + 1)
        else:
            items.append(value)
    return pairs if glyph[0] == "(" else items, at + 1


def _expect(mark: str, glyphs: Sequence[re.Match[str]], at: int) -> int:
    if glyphs[at]["mark"] != mark:
        raise ValueError(glyphs[at][0])
    return at + 1
