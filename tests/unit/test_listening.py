"""Several sources are heard side by side; nobody waits for one that is silent."""

from __future__ import annotations

import threading

from followed_samples import NOW, Scripted, denied, event, pulse

from slsloggrep.listening import ROOM, Ended, Listening
from slsloggrep.model import Gap, Query
from slsloggrep.sources.base import Following


def listen(*sources: Scripted) -> Listening:
    return Listening(sources, [source.name for source in sources], Query(since=NOW), Following())


def hear_all(listening: Listening, count: int) -> list[tuple[int, object]]:
    ended = 0
    heard: list[tuple[int, object]] = []
    while ended < count:
        said = listening.hear(5)
        assert said, "nobody says anything any more"
        heard += said
        ended += sum(isinstance(item, Ended) for _, item in said)
    return heard


def test_each_source_is_heard_in_its_own_order() -> None:
    """Whatever the others do; with its place in the row, and its end."""
    first = [event(n, f"a{n}") for n in range(5)]
    second = [pulse(0), event(9, "b")]
    with listen(Scripted(first), Scripted(second)) as listening:
        heard = hear_all(listening, 2)
    assert [item for index, item in heard if index == 0] == [*first, Ended(None)]
    assert [item for index, item in heard if index == 1] == [*second, Ended(None)]


def test_what_waits_is_bounded() -> None:
    """A source that is faster than who listens has to wait; nothing is lost."""
    said = [event(n, str(n)) for n in range(2 * ROOM + 100)]
    source = Scripted(said)
    with listen(source) as listening:
        while len(listening._box) < ROOM:
            threading.Event().wait(0.01)
        first = listening.hear(1)
        assert ROOM <= len(first) <= ROOM + 1
        heard = [*first, *hear_all(listening, 1)]
    assert [item for _, item in heard] == [*said, Ended(None)]


def test_who_stops_listening_does_not_wait() -> None:
    """Neither for a source that says nothing, nor for one that wants to say more."""
    silent = Scripted([pulse(0)], waits=True)
    talking = Scripted([event(n, "x") for n in range(3 * ROOM)])
    with listen(silent, talking) as listening:
        listening.hear(5)
    # The silent one is a daemon; the talking one was told, and has ended.
    assert [thread.is_alive() for thread in listening._threads] == [True, False]
    silent.close()


def test_errors_are_carried_over_and_gaps_added_up() -> None:
    """Who listens decides what an error means; gaps are part of the coverage at once."""
    error = denied()
    gap = Gap("x", "denied")
    with listen(Scripted([gap, error])) as listening:
        ((_, ended),) = hear_all(listening, 1)
        assert ended == Ended(error)
        listening.note(0, Gap("y", "gone"))
        assert listening.coverage[0].gaps == (gap, Gap("y", "gone"))
    assert error.reason == "access denied; allow it"
