"""Who worked after whom, as a sequence: an order by time, for logs do not prove who called whom.

An arrow leads to what began from what was running then (of several from what began last), and
where nothing was running from what ended last. So a call and its answer look like a call, and a
queue like a hand-over; what ran at once by chance looks like a call as well, which is said.
"""

from __future__ import annotations

from collections.abc import Sequence as Items

from slsloggrep.model import Member, Millis
from slsloggrep.model.outlines import Sequence, Step
from slsloggrep.outline.axis import Stretch, invocation_stretch
from slsloggrep.outline.draft import Draft
from slsloggrep.outline.tones import status_tone
from slsloggrep.outline.words import duration_of, name_of
from slsloggrep.wording import offset_text

HONESTLY = (
    "By time: an arrow leads to what began from what was running at that moment, or ended last "
    "before it. Logs do not prove who called whom."
)
_LOOKED_BACK = 200
"""Earlier invocations among which the one before is looked for."""


def build_sequence(draft: Draft, members: Items[Member], origin: Millis) -> Sequence | None:
    """Return the sequence of a transaction's members; None: it would show nothing."""
    if len(members) < 2 or not draft.limits.steps:
        return None
    participants: dict[str, int] = {}
    steps: list[Step] = []
    stretches: list[Stretch] = []
    for member in members[: draft.limits.steps]:
        invocation = member.invocation
        target = participants.setdefault(name_of(invocation), len(participants))
        stretch = invocation_stretch(invocation)
        before = None if member.attempt > 1 else _before(stretches, stretch)
        source = target if before is None else participants[name_of(members[before].invocation)]
        stretches.append(stretch)
        words = [offset_text(invocation.start - origin)]
        if member.attempt > 1:
            words.append(f"attempt {member.attempt}")
        words += [duration_of(invocation), invocation.status.value]
        tone = status_tone(invocation.status)
        steps.append(Step(source, target, ", ".join(words), tone))
    return Sequence(
        participants=tuple(participants),
        steps=tuple(steps),
        omitted=len(members) - len(steps),
    )


def _before(earlier: Items[Stretch], stretch: Stretch) -> int | None:
    """Return the index of the invocation that an arrow comes from; None: it is the first."""
    first = max(len(earlier) - _LOOKED_BACK, 0)
    running: int | None = None
    ended: int | None = None
    for index in range(first, len(earlier)):
        other = earlier[index]
        if other.until > stretch.since:
            if running is None or other.run >= earlier[running].run:
                running = index
        elif ended is None or other.until >= earlier[ended].until:
            ended = index
    return ended if running is None else running
