"""How what may be shown is shared out, so that one talkative invocation leaves room for others."""

from __future__ import annotations

from collections.abc import Sequence


def share_out(wanted: Sequence[int], total: int) -> list[int]:
    """Return how much each gets of a total: all that it wants, or as much as any other that waits.

    What cannot be shared evenly goes to those that come first.
    """
    if sum(wanted) <= total:
        return list(wanted)
    left, granted = max(total, 0), [0] * len(wanted)
    waiting = sorted(range(len(wanted)), key=lambda index: wanted[index])
    for place, index in enumerate(waiting):
        share = left // (len(waiting) - place)
        if wanted[index] > share:
            over = left - share * (len(waiting) - place)
            for number, late in enumerate(sorted(waiting[place:])):
                granted[late] = share + (number < over)
            break
        granted[index] = wanted[index]
        left -= wanted[index]
    return granted
