r"""Finds where one top-level JSON document ends and the next begins, without parsing any.

Archives hold documents one after another with nothing between them. `}{` alone does not tell a
boundary: messages contain it. But `}`, white space, `{"`, a key and `":` does: inside a string the
quote would be escaped, and where a string *ends* in `}{`, its closing quote is followed by white
space, `,`, `:`, `]` or `}`, with which no key is taken to begin here. Inside a document, two
objects always have a comma between them. So in valid JSON this is exact, and it can be searched
from any place in either direction.

What lies between the boundaries is for others to decode.
"""

from __future__ import annotations

import re
from typing import TypeAlias

Buffer: TypeAlias = bytes | bytearray | memoryview

KEY = r'\{[ \t\r\n]*+"[^"\\\s,:\]}][^"\\]{0,200}+"[ \t\r\n]*+:'
"""An object's beginning, up to the colon after its first key."""

BOUNDARY = re.compile(rb"\}[ \t\r\n]*+(?=" + KEY.encode() + rb")")
"""From the brace that ends one document to just before the one that begins the next."""

REACH = 8 * 1024 * 1024
"""Bytes that are searched in either direction for the ends of one document. A subscription
envelope is at most 1 MB compressed; a document beyond this is not told cheaply."""

_WINDOW = 64 * 1024
_LOOK_AHEAD = 512
"""Bytes after a boundary that the pattern may have to see."""


def last_match(
    pattern: re.Pattern[bytes], data: Buffer, low: int, high: int
) -> re.Match[bytes] | None:
    """Return the last match that ends at or before `high`, looking at growing tails only.

    Costs at most a small multiple of the distance between the match (or `low`) and `high`.
    """
    limit = min(len(data), high + _LOOK_AHEAD)
    size = _WINDOW
    while True:
        start = max(low, high - size)
        last = None
        for found in pattern.finditer(data, start, limit):
            if found.end() > high:
                break
            last = found
        if last is not None or start == low:
            return last
        size *= 4


def around(data: Buffer, position: int) -> tuple[int, int] | None:
    """Return start and end of the top-level document that a position lies in.

    None where no boundary is found within `REACH` and the data do not end there either.
    """
    if not 0 <= position < len(data):
        return None
    low = max(0, position - REACH)
    before = last_match(BOUNDARY, data, low, position)
    if before is None and low > 0:
        return None
    high = min(len(data), position + REACH)
    after = BOUNDARY.search(data, position, high)
    if after is None and high < len(data):
        return None
    return (before.end() if before else 0, after.start() + 1 if after else len(data))
