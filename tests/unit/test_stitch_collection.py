"""A collection holds each event once, in order, on disk as in memory."""

import random
import tempfile

import pytest

from slsloggrep.model import Event
from slsloggrep.stitch import Collection


def event(time, message, *, event_id="", container="one", position=0, source="s", stream="x"):
    return Event(time, message, "/g", stream, event_id, source, container, position)


def real(number):
    return f"{number:056d}"


@pytest.fixture(params=[2, 3, 7, 200_000])
def in_memory(request):
    return request.param


def test_events_with_a_real_id_are_one_by_it(in_memory):
    """Firehose delivers at least once: the same ID in another object, or source, is the same."""
    copies = [
        event(1, "m", event_id=real(1), container=c, source=s, position=p)
        for c in "abc"
        for s in "st"
        for p in range(3)
    ]
    collection = Collection(copies, in_memory=in_memory)
    assert list(collection) == [event(1, "m", event_id=real(1), container="a", source="s")]


def test_equal_lines_with_different_real_ids_are_both_true(in_memory):
    """A program may print a line twice within a millisecond."""
    lines = [event(1, "m", event_id=real(n)) for n in (1, 2)]
    assert list(Collection(lines * 3, in_memory=in_memory)) == lines


def test_lines_without_ids_are_counted_within_their_container(in_memory):
    """The copy with the most repeats wins: duplicated objects change nothing, doubles survive."""
    once = [event(1, "m", container="a")]
    twice = [event(1, "m", container="b", position=n) for n in (4, 9)]
    assert list(Collection([*once, *twice, *once, *twice], in_memory=in_memory)) == twice


def test_short_ids_tell_nothing(in_memory):
    """Synthetic data counts 1, 2, … in every envelope; a search index makes its IDs up."""
    same = [event(1, "m", event_id="1"), event(1, "m", event_id="7f", container="two")]
    assert len(list(Collection(same, in_memory=in_memory))) == 1
    different = [event(1, "m", event_id="1"), event(1, "n", event_id="1", position=1)]
    assert len(list(Collection(different, in_memory=in_memory))) == 2


def test_the_same_line_with_and_without_an_id_is_one(in_memory):
    """One source keeps the IDs of a group, another loses them: the lines are the same."""
    known = event(1, "m", event_id=real(1))
    assert list(Collection([event(1, "m", container="z"), known], in_memory=in_memory)) == [known]
    doubled = [event(1, "m", container="z", position=n) for n in (1, 2)]
    assert len(list(Collection([known, *doubled], in_memory=in_memory))) == 2


def test_nothing_is_forgotten_between_iterations(in_memory):
    """Copies that come after a look at the collection still count with those before it."""
    collection = Collection([event(1, "m", container=c) for c in "ab"], in_memory=in_memory)
    assert len(list(collection)) == 1
    collection.add(event(1, "m", container="b", position=1))
    assert len(list(collection)) == 2
    collection.add(event(1, "m", container="b", position=2))
    assert len(list(collection)) == 3


def test_order_of_arrival_tells_nothing(in_memory):
    """Ties in time, place and position are broken by content, never by who came first."""
    lines = [event(1, m, source=s, container=c) for m in "pq" for s in "st" for c in "ab"]
    lines += [event(t, "m", event_id=real(t)) for t in range(20)]
    expected = list(Collection(lines))
    for seed in range(20):
        shuffled = lines * 2
        random.Random(seed).shuffle(shuffled)
        assert list(Collection(shuffled, in_memory=in_memory)) == expected


def test_other_streams_and_times_are_other_events(in_memory):
    """Place and time are part of what an event without an ID is."""
    lines = [event(t, "m", stream=s) for t in (1, 2) for s in "xy"]
    assert list(Collection(lines, in_memory=in_memory)) == sorted(lines, key=lambda e: e.order)


def test_any_text_survives_the_disk():
    """Lone surrogates, zeros, long lines, negative times: what was added comes back."""
    lines = [
        event(-5, "\ud800 lone \udfff", container="\udcff"),
        event(1, "\0\r\n\x1b[31m", stream=""),
        event(2, "x" * 300_000),
        event(3, ""),
        *(event(4 + n, "y" * n, position=n) for n in range(500)),
    ]
    assert list(Collection(lines, in_memory=2)) == lines


def test_iterations_may_nest_and_repeat():
    """Each iteration keeps its own place in the file."""
    lines = [event(n, "m" * (n % 50)) for n in range(300)]
    collection = Collection(lines, in_memory=16)
    pairs = [(a, b) for a in collection for b in collection if a.timestamp % 100 == 0]
    assert len(pairs) == 3 * 300
    left, right = iter(collection), iter(collection)
    assert list(zip(left, right, strict=True)) == [(e, e) for e in lines]


def test_what_is_added_during_an_iteration_shows_in_the_next():
    """An iteration is of what was there when it began."""
    for limit in (4, 1000):
        collection = Collection([event(n, "m") for n in range(10)], in_memory=limit)
        seen = []
        for found in collection:
            seen.append(found)
            collection.add(event(found.timestamp + 100, "later"))
        assert len(seen) == 10
        assert len(list(collection)) == 20


def test_emptiness_and_closing():
    """A new collection is empty; one that is given up leaves no file open."""
    assert not Collection()
    assert list(Collection()) == []
    assert Collection([event(1, "m")])
    collection = Collection([event(n, "m") for n in range(100)], in_memory=2)
    assert collection
    under_way = iter(collection)
    collection.close()
    assert not collection
    assert len(list(under_way)) == 100
    assert len(list(Collection([event(n, "m") for n in range(100)], in_memory=2))) == 100


def test_memory_is_bounded_by_one_file(monkeypatch):
    """However many runs there are, one temporary file holds them."""
    opened = []
    original = tempfile.TemporaryFile

    def count(*arguments, **keywords):
        opened.append(1)
        return original(*arguments, **keywords)

    monkeypatch.setattr(tempfile, "TemporaryFile", count)
    collection = Collection([event(n, "m") for n in range(5000)], in_memory=10)
    assert len(list(collection)) == 5000
    assert len(opened) == 1
