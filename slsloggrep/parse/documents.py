"""JSON documents inside log messages: reading them, and finding where they begin.

Reads what loggers really write, which is a little more than JSON: `NaN` and `Infinity` (Python),
raw control characters, lone surrogates. Non-finite numbers become the words that stood there, so
that no value handed on is impossible to write as JSON again. What the documents mean is left to
the modules that use them.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import msgspec

MAX_DEPTH = 100
"""Documents nested deeper stay text: whoever shows or exports fields may walk them recursively."""

_DECODER = msgspec.json.Decoder()

_SURROGATES = re.compile(
    r"(\\[^u]|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)

_OPENING = re.compile(r"\{\s*\"")

_MAX_OPENINGS = 4


def _finite(word: str) -> float | str:
    number = float(word)
    return number if math.isfinite(number) else word


_LENIENT = json.JSONDecoder(strict=False, parse_constant=str, parse_float=_finite)


def read_document(text: str) -> dict[str, Any] | list[Any] | None:
    """Return the JSON object or array that the whole text is, or None.

    None too for a document nested deeper than `MAX_DEPTH`. Never raises.
    """
    text = text.strip()
    if not (text.startswith("{") and text.endswith("}")) and not (
        text.startswith("[") and text.endswith("]")
    ):
        return None
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        return None
    except (msgspec.DecodeError, UnicodeEncodeError):
        value = _read_leniently(text)
    if not isinstance(value, dict | list):
        return None
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_too_deep(value):
        return None
    return value


def find_document(text: str) -> tuple[str, dict[str, Any]] | None:
    """Split a text that ends with a JSON object into what stands before it and the object.

    Only the first few places where an object might begin are tried. None where there is none.
    """
    if not text.rstrip().endswith("}"):
        return None
    for count, opening in enumerate(_OPENING.finditer(text)):
        if count == _MAX_OPENINGS:
            break
        document = read_document(text[opening.start() :])
        if isinstance(document, dict):
            return text[: opening.start()], document
    return None


def write_document(value: Any) -> str:
    """Return a value that came out of a document as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _read_leniently(text: str) -> Any:
    mended = _SURROGATES.sub(lambda found: found.group(1) or "\\ufffd", text)
    try:
        return _LENIENT.decode(mended)
    except (ValueError, RecursionError):
        # ValueError covers malformed JSON and whole numbers of more digits than int() takes.
        return None


def _is_too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True
