r"""Log text made harmless: what would move a cursor, reorder or hide text is shown instead.

Everything that leaves the program as text goes through `visible` (for people) or `json_text` (for
programs). Both are a leaf: they know characters, nothing of events. Where text goes on a line and
in which colour belongs to `slsloggrep.render`, which shape a document has to `slsloggrep.export`.

What is shown as an escape, and why:

- C0, DEL and C1 controls: ECMA-48 control functions; `U+009B` is CSI in one character
- bidirectional controls: they reorder what is read ("Trojan Source", CVE-2021-42574)
- default-ignorable and other invisible characters (Unicode 16, DerivedCoreProperties), tag
  characters and stray variation selectors: text that nobody sees
- line and paragraph separators, lone surrogates, noncharacters
- combining marks that pile up or stand first on a line: they paint over neighbouring text

A joiner between two emoji and a presentation selector after one stay: they hide nothing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

_EMOJI = "\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff"
_MARKS = (
    "\u0300-\u034e\u0350-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
)
_MARKS_PILED = 4
"""Combining marks on one base that living orthographies do not exceed."""

_INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200c\u200e\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufdd0-\ufdef\ufe00-\ufe0e\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

_BEYOND_CONTROLS = (
    rf"[{_INVISIBLE}\ud800-\udfff]"
    rf"|(?<![{_EMOJI}#*0-9])\ufe0f"
    rf"|(?<![{_EMOJI}\ufe0f])\u200d|\u200d(?![{_EMOJI}])"
    rf"|(?<=[{_MARKS}]{{{_MARKS_PILED}}})[{_MARKS}]"
)

_HARMFUL = re.compile(rf"[\x00-\x1f\x7f-\x9f]|{_BEYOND_CONTROLS}|^[{_MARKS}]", re.MULTILINE)
_HARMFUL_IN_LINES = re.compile(
    rf"[\x00-\x08\x0b-\x1f\x7f-\x9f]|{_BEYOND_CONTROLS}|^[{_MARKS}]", re.MULTILINE
)
_HARMFUL_IN_JSON = re.compile(rf"[\x7f-\x9f]|{_BEYOND_CONTROLS}|(?<=[\"\n])[{_MARKS}]")

_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def visible(text: str, *, newlines: bool = True) -> str:
    r"""Return text in which nothing is obeyed, reordered or hidden: escapes such as `\x1b` show it.

    With `newlines` the result is for display over several lines: `\n` and tabs stay; `\r\n` and
    `\r` become newlines and `U+00A0` a space, since runtimes write them for these (Node's stdout
    sink and Python put `\r` within one event). Without, the result is one line: all are escapes.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\u00a0", " ")
    if not newlines:
        return _HARMFUL.sub(_escape, text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _HARMFUL_IN_LINES.sub(_escape, text)


def encodable(text: str, encoding: str) -> str:
    r"""Return text that an output of this encoding can write; what it lacks shows as `\u20ac`."""
    if text.isascii():
        return text
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return text.encode("ascii", "backslashreplace").decode("ascii")
    return text


def json_text(value: Any, *, ascii_only: bool = False) -> str:
    r"""Return a value as JSON on one line that stays harmless when printed raw to a terminal.

    Characters that `visible` would show are written as `\uXXXX`, so a reader gets the text as it
    was, with these exceptions, since strict readers refuse the whole document otherwise: a lone
    surrogate becomes the six characters that name it; NaN and the infinities become the strings
    `"NaN"`, `"Infinity"` and `"-Infinity"`. Any depth of nesting passes. `ascii_only` is for
    outputs whose encoding is not Unicode.
    """
    try:
        text = json.dumps(
            value,
            ensure_ascii=False,
            allow_nan=False,
            separators=(",", ":"),
            check_circular=False,
            default=_plain,
        )
    except (RecursionError, ValueError, TypeError):
        # Too deep, a number JSON lacks, or a key that is no string.
        text = "".join(_pieces(value))
    if text.isascii() and "\x7f" not in text:
        return text
    text = _HARMFUL_IN_JSON.sub(_escape_in_json, text)
    return text if text.isascii() or not ascii_only else _NOT_ASCII.sub(_escape_in_json, text)


_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _escape_in_json(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xD800 <= code <= 0xDFFF:
        return f"\\\\u{code:04x}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _plain(value: object) -> Any:
    """Return a value of a type that JSON lacks as the nearest that it has."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable) and not isinstance(value, (str, bytes, bytearray)):
        return list(value)
    return str(value)


def _pieces(value: Any) -> Iterator[str]:
    """Yield JSON text of a value of any depth; the stack is a list and not the interpreter's."""
    stack: list[tuple[Iterator[Any], str]] = []
    yield from _open(value, stack)
    while stack:
        items, closing = stack[-1]
        item = next(items, _END)
        if item is _END:
            stack.pop()
            yield closing
        elif closing == "}":
            separator, (key, inner) = item
            yield f"{separator}{json.dumps(str(key), ensure_ascii=False)}:"
            yield from _open(inner, stack)
        else:
            separator, inner = item
            yield separator
            yield from _open(inner, stack)


_END: Any = object()


def _open(value: Any, stack: list[tuple[Iterator[Any], str]]) -> Iterator[str]:
    if not isinstance(value, (str, int, float, dict, list, tuple, type(None))):
        value = _plain(value)
    if isinstance(value, dict):
        stack.append((_separated(value.items()), "}"))
        yield "{"
    elif isinstance(value, (list, tuple)):
        stack.append((_separated(value), "]"))
        yield "["
    else:
        yield _scalar(value)


def _separated(items: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    separator = ""
    for item in items:
        yield separator, item
        separator = ","


def _scalar(value: str | float | None) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        name = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return f'"{name}"'
    try:
        return json.dumps(value, ensure_ascii=False)
    except ValueError:
        # CPython refuses to write integers of more than 4300 digits in decimal.
        return f'"{value:#x}"'
