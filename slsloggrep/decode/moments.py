"""Times in the commonest spelling, `2026-11-23T10:00:00.123Z`, sooner than by reading them.

Neighbours share their second, so each second is read once, by `slsloggrep.decode.timestamps`, and
then looked up. Whatever is spelled otherwise is read each time.
"""

from __future__ import annotations

from slsloggrep.decode.timestamps import millis
from slsloggrep.model import Millis

_KNOWN = 8192
"""Seconds that are kept, some hundred bytes each."""

SECONDS: dict[str, Millis] = {}
"""The times of seconds that were read, by `2026-11-23T10:00:00.`; `read_time` fills it."""

FRACTIONS = {f"{number:03}Z": number for number in range(1000)}
"""Milliseconds, by what stands behind the second: `123Z`."""


def time_of(text: str) -> Millis | None:
    """Return what `millis` returns for a text.

    Where time is short, `SECONDS[text[:20]] + FRACTIONS[text[20:]]` is the same in place, and
    `read_time` is for what these do not have.
    """
    second = SECONDS.get(text[:20])
    if second is None:
        return read_time(text)
    fraction = FRACTIONS.get(text[20:])
    if fraction is None:
        fraction = _fraction(text)
    return second + fraction if fraction is not None else millis(text)


def read_time(value: str | int) -> Millis | None:
    """Return what `millis` returns, and keep the second."""
    time = millis(value)
    if time is not None and isinstance(value, str):
        fraction = _fraction(value)
        if fraction is not None:
            if len(SECONDS) >= _KNOWN:
                SECONDS.clear()
            SECONDS[value[:20]] = time - fraction
    return time


def _fraction(text: str) -> int | None:
    """Return the milliseconds of `....:00.123Z`, with up to 12 digits; None: it is no such time."""
    digits = text[20:-1]
    if text[19:20] != "." or text[-1:] != "Z" or not 3 <= len(digits) <= 12:
        return None
    return int(digits[:3]) if digits.isascii() and digits.isdecimal() else None
