"""Many names in one sentence: the first of them, and how many more there are."""

from __future__ import annotations

from collections.abc import Sequence

from slsloggrep.wording.numbers import number_text

_MOST = 10
"""Names that somebody reads; a stack can have thousands, which would fill screens."""


def names_text(names: Sequence[str]) -> str:
    """Return all of a few names, or the first of many: `a, b and 1 998 more`."""
    if len(names) <= _MOST:
        return ", ".join(names)
    shown = _MOST - 1
    return f"{', '.join(names[:shown])} and {number_text(len(names) - shown)} more"
