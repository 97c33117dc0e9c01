"""Memory that the C library keeps for threads."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress
from functools import cache

_M_ARENA_MAX = -8
"""mallopt(3)."""

_ARENAS = 2


@cache
def share_arenas() -> None:
    """Have threads share memory that was freed, where the C library is glibc.

    It gives each thread an arena of its own, and keeps there what was freed: with pages that
    pass through a dozen threads, that comes to more than all pages that are in hand.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
