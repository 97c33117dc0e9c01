"""The near name of one that is not there, as every error tells it."""

from __future__ import annotations

from collections.abc import Iterable

_ALIKE = 0.6
"""Of two names, as difflib measures it: `trac` and `trace` are 0.89, `tail` and `trace` 0.44."""


def suggestion(name: str, names: Iterable[str], *, alike: float = _ALIKE) -> str:
    """Return `; did you mean 'NAME'?` for the one of `names` that is most like; else nothing.

    Letters count in either case. `alike`, from 0 to 1: how much it has to be.
    """
    from difflib import get_close_matches

    by_spelling = {each.lower(): each for each in names}
    near = get_close_matches(name.lower(), by_spelling, n=1, cutoff=alike)
    return f"; did you mean '{by_spelling[near[0]]}'?" if near else ""
