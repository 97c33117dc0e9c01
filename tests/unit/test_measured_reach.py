"""How far an archive was read is known, though no event of most is made."""

from __future__ import annotations

import json
from typing import Any

from archive_samples import CONTROL, NOON, SETTINGS, MemoryStore, envelope, invocation

from slsloggrep.model import Ends, Query
from slsloggrep.sources.archive import ArchiveSource

IDS = [f"{digit * 8}-1111-4111-8111-111111111111" for digit in "abcd"]


def measure(*documents: dict[str, Any]) -> list[Ends]:
    """Return the ends that an object of envelopes is found to have."""
    body = b"".join(json.dumps(each, separators=(",", ":")).encode() for each in documents)
    source = ArchiveSource(MemoryStore({"one": body}), SETTINGS)
    return [
        item
        for item in source.measure(Query(literals=("nothing",)), "ends", lambda _: None)
        if isinstance(item, Ends)
    ]


def test_ends_tell_how_late_they_reach_where_all_are_paired() -> None:
    """A REPORT that found its START is not given; its time is."""
    (ends,) = measure(
        envelope("f", "a", invocation(1, NOON, IDS[0])),
        envelope("f", "b", invocation(9, NOON + 60_000, IDS[1])),
    )
    assert (ends.started, ends.reported) == ((), ())
    assert ends.latest == NOON + 60_100


def test_a_start_without_an_end_is_given_beside_it() -> None:
    """What became of it is judged by how far the archive reaches."""
    cut = invocation(1, NOON, IDS[0])[:1]
    (ends,) = measure(
        envelope("f", "a", cut), envelope("f", "b", invocation(9, NOON + 60_000, IDS[1]))
    )
    assert [bound.request_id for bound in ends.started] == [IDS[0]]
    assert ends.latest == NOON + 60_100


def test_where_nothing_starts_or_ends_nothing_is_told() -> None:
    """A control message says nothing of the time."""
    assert measure(CONTROL) == []
