"""The second pass over an archive: which objects it opens again, and which events it makes."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import pytest
from archive_samples import NOON, SETTINGS, MemoryStore, envelope, invocation, log_event
from measure_samples import LargeStore, compact, drain

from slsloggrep.decode import envelopes
from slsloggrep.model import Coverage, Event, Millis, Query, Span
from slsloggrep.sources import archive, kept, scan
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Purpose
from slsloggrep.sources.layout import HOUR
from slsloggrep.sources.wanted import Wanted, holds

MINUTE: Millis = 60_000
SIGN = Query(literals=("boom",))
STREAMS = [f"2026/11/23/[$LATEST]{number:032x}" for number in range(40)]


def written(number: int, time: Millis, *lines: str) -> dict[str, Any]:
    """Return an envelope of one stream: an invocation that logs some lines."""
    request = f"{number:08x}-1111-4111-8111-111111111111"
    named = envelope("pay", "", invocation(number * 100, time, request, *lines))
    return named | {"logStream": STREAMS[number]}


def span(number: int, since: Millis, until: Millis) -> Span:
    return Span("/aws/lambda/pay", STREAMS[number], since, until)


def whole(number: int) -> Span:
    return span(number, NOON - HOUR, NOON + HOUR)


def ask(source: ArchiveSource, *spans: Span, late: bool = False) -> list[Event]:
    events = source.fetch(Query(spans=spans, late=late), lambda _: None)
    return sorted(events, key=lambda event: event.order)


def hours(*numbers: int) -> dict[str, bytes | OSError]:
    return {f"2026/11/23/{hour:02}/x": compact(written(hour, NOON)) for hour in numbers}


def test_nothing_is_opened_between_two_stretches() -> None:
    """Each object is chosen by itself: two hits hours apart want nothing in between."""
    store = MemoryStore(hours(*range(24)))
    source = ArchiveSource(store, SETTINGS)
    since = NOON - 12 * HOUR
    ask(
        source,
        span(1, since + 3 * HOUR, since + 3 * HOUR + 1),
        span(2, since + 20 * HOUR, since + 20 * HOUR + 1),
    )
    # A folder's hour, what Firehose gathers before it writes, and an hour of lateness.
    assert [name[11:13] for name in sorted(store.opened)] == ["02", "03", "04", "19", "20", "21"]


def test_late_deliveries_are_looked_for_after_each_stretch() -> None:
    """Where it is asked for what is late, a day after each stretch is read, and not before it."""
    store = MemoryStore({f"2026/11/2{n // 24 + 1}/{n % 24:02}/x": b"" for n in range(96)})
    source = ArchiveSource(store, SETTINGS)
    day = NOON - 60 * HOUR
    ask(source, span(1, day + HOUR, day + HOUR + 1), span(1, day + 60 * HOUR, day + 61 * HOUR))
    in_time = {*store.opened}
    store.opened.clear()
    late = [span(1, day + HOUR, day + HOUR + 1), span(1, day + 60 * HOUR, day + 61 * HOUR)]
    ask(source, *late, late=True)
    opened = sorted(store.opened)
    assert in_time < {*opened}
    assert [opened[0], opened[-1]] == ["2026/11/21/00/x", "2026/11/24/12/x"]
    assert not any("2026/11/22/02/x" < name < "2026/11/23/11/x" for name in opened)


def test_only_objects_that_hold_the_stream_are_opened() -> None:
    """What measuring has seen of streams narrows further, where names tell the time as well."""
    objects = {
        "2026/11/23/12/a": compact(written(1, NOON), written(2, NOON)),
        "2026/11/23/12/b": compact(written(3, NOON)),
    }
    store = MemoryStore(objects)
    source = ArchiveSource(store, SETTINGS)
    drain(source, SIGN, "ends")
    store.opened.clear()
    assert len(ask(source, whole(2))) == 3
    assert store.opened == ["2026/11/23/12/a"]


@pytest.mark.parametrize("other", [b'{"a":1}', b" " + compact(written(5, NOON))[1:]])
def test_where_not_all_streams_are_known_the_time_alone_narrows(other: bytes) -> None:
    """An object that holds anything else than CloudWatch's envelopes may hold any stream."""
    spelled = json.dumps(written(4, NOON)).encode()
    objects = {"2026/11/23/12/a": compact(written(1, NOON)) + other + spelled}
    store = LargeStore(objects)
    source = ArchiveSource(store, SETTINGS)
    drain(source, SIGN, "ends")
    store.opened.clear()
    assert len(ask(source, whole(4))) == 3
    assert store.opened == ["2026/11/23/12/a"]


class _Faltering(MemoryStore):
    """Ends the first reading of each object with an error, half way."""

    def open(self, stored: Any) -> Any:
        reader = super().open(stored)
        if self.opened.count(stored.name) == 1:
            data = reader.read()
            return _Cut(data[: data.index(b"}{") + 1])
        return reader


class _Cut:
    def __init__(self, data: bytes) -> None:
        self._left = [data]

    def read(self, _size: int = -1) -> bytes:
        if not self._left:
            raise OSError(5, "connection reset")
        return self._left.pop()

    def __enter__(self) -> _Cut:
        return self

    def __exit__(self, *_: object) -> None:
        return


@pytest.mark.parametrize("name", ["2026/11/23/12/a", "a"])
def test_what_could_not_be_read_whole_is_opened_again(name: str) -> None:
    """A reading that broke off tells nothing of what lies behind."""
    store = _Faltering({name: compact(written(1, NOON, "boom"), written(2, NOON))})
    source = ArchiveSource(store, SETTINGS)
    drain(source, SIGN, "ends")
    assert len(ask(source, whole(2))) == 3


@pytest.mark.parametrize("purpose", ["ends", "figures"])
@pytest.mark.parametrize("name", ["2026/11/23/12/a", "a"])
def test_envelopes_around_hits_are_kept(name: str, purpose: Purpose) -> None:
    """What the first pass has seen of a stream with a hit is not opened again: it is at hand."""
    data = compact(written(1, NOON, "boom"), written(2, NOON), written(1, NOON + 2000))
    store = MemoryStore({name: data})
    source = ArchiveSource(store, SETTINGS)
    drain(source, SIGN, purpose)
    store.opened.clear()
    afresh = ask(ArchiveSource(MemoryStore({name: data}), SETTINGS), whole(1))
    assert len(afresh) == 7
    assert ask(source, whole(1)) == afresh
    assert ask(source, span(1, NOON, NOON + 2001)) == afresh[:5]
    assert store.opened == []
    # Of another stream nothing was kept.
    assert len(ask(source, whole(1), whole(2))) == 10
    assert store.opened == [name]


def test_what_is_kept_counts_as_events_and_not_as_read() -> None:
    """Coverage tells what was read: no bytes, but the events."""
    source = ArchiveSource(MemoryStore({"a": compact(written(1, NOON, "boom"))}), SETTINGS)
    drain(source, SIGN, "ends")
    total = [Coverage(source="memory")]

    def report(increment: Coverage) -> None:
        total[0] += increment

    list(source.fetch(Query(spans=(whole(1),)), report))
    assert (total[0].events, total[0].bytes, total[0].objects) == (4, 0, 0)
    assert total[0].complete


def test_a_stream_of_which_not_all_is_kept_is_read_again() -> None:
    """Its first envelopes lie in a block before the first hit: the object is opened."""
    filler = [written(number, NOON) for number in range(2, 30)]
    data = compact(written(1, NOON), *filler, written(1, NOON + 2000, "boom"))
    store = MemoryStore({"a": data})
    with patch.object(scan, "BUFFER", 2000), patch("slsloggrep.sources.crew.CHUNK", 1000):
        source = ArchiveSource(store, SETTINGS)
        drain(source, SIGN, "ends")
        store.opened.clear()
        assert len(ask(source, whole(1))) == 7
    assert store.opened == ["a"]


def spelled_with_blanks(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()


def timed_by_texts(document: dict[str, Any]) -> bytes:
    events = [event | {"timestamp": str(event["timestamp"])} for event in document["logEvents"]]
    return compact(document | {"logEvents": events})


@pytest.mark.parametrize("spell", [spelled_with_blanks, timed_by_texts])
def test_a_stream_is_not_kept_without_its_unusual_envelopes(
    spell: Callable[[dict[str, Any]], bytes],
) -> None:
    """One that CloudWatch would spell otherwise lies in a block of its own."""
    filler = [written(number, NOON) for number in range(2, 30)]
    odd = spell(written(1, NOON, "boom"))
    store = MemoryStore({"a": odd + compact(*filler, written(1, NOON + 2000, "boom"))})
    with patch.object(scan, "BUFFER", 2000), patch("slsloggrep.sources.crew.CHUNK", 1000):
        source = ArchiveSource(store, SETTINGS)
        drain(source, SIGN, "ends")
        store.opened.clear()
        assert len(ask(source, whole(1))) == 8
    assert store.opened == ["a"]


def test_streams_behind_base64_are_not_known() -> None:
    """A small file may be concatenated of anything: what it carries may hold any stream."""
    carried = base64.b64encode(gzip.compress(compact(written(2, NOON)))).decode()
    data = compact(written(1, NOON)) + compact({"awslogs": {"data": carried}})
    source = ArchiveSource(MemoryStore({"a": data}), SETTINGS)
    list(source.fetch(SIGN, lambda _: None))
    assert len(ask(source, whole(2))) == 3


@pytest.mark.parametrize("bound", [(kept, "_LIMIT"), (archive, "_KEPT")])
def test_what_is_kept_is_bounded(bound: tuple[Any, str]) -> None:
    """Where it would be too much, the object is opened again."""
    store = MemoryStore({"a": compact(written(1, NOON, "boom"))})
    source = ArchiveSource(store, SETTINGS)
    with patch.object(*bound, 10):
        drain(source, SIGN, "ends")
        store.opened.clear()
        assert len(ask(source, whole(1))) == 4
    assert store.opened == ["a"]


def test_noted_streams_are_bounded_where_time_narrows_anyway() -> None:
    """Without them, objects of the time are opened; nothing is lost."""
    objects = {f"2026/11/23/12/{n}": compact(written(n, NOON, "boom")) for n in range(1, 4)}
    store = MemoryStore(objects)
    with patch.object(archive, "_NOTED", 2):
        source = ArchiveSource(store, SETTINGS)
        drain(source, SIGN, "ends")
        # Asked again, what was known of an object makes room for what is known now.
        drain(source, SIGN, "ends")
        store.opened.clear()
        assert len(ask(source, whole(1), whole(2), whole(3))) == 12
    assert len(store.opened) == 1


@pytest.mark.parametrize("few", [True, False])
def test_only_envelopes_of_wanted_streams_are_decoded(few: bool) -> None:
    """Of forty envelopes, those that are asked for; and of those, the events of the stretches."""
    data = compact(*(written(number, NOON + number) for number in range(40)))
    wanted = range(3, 6) if few else range(3, 23)
    with patch.object(envelopes, "ordinary", wraps=envelopes.ordinary) as decoded:
        spans = [span(number, NOON + number, NOON + number + 1) for number in wanted]
        events = ask(ArchiveSource(MemoryStore({"a": data}), SETTINGS), *spans)
    assert decoded.call_count == len(wanted)
    assert [event.timestamp for event in events] == [NOON + number for number in wanted]
    assert all(event.message.startswith("START") for event in events)


def test_a_stream_of_another_group_is_not_the_wanted_one() -> None:
    """Streams of two groups may have the same name."""
    other = written(1, NOON) | {"logGroup": "/aws/lambda/other"}
    spans = [whole(number) for number in range(20)]
    store = MemoryStore({"a": compact(other, written(2, NOON))})
    events = ask(ArchiveSource(store, SETTINGS), *spans)
    assert {event.log_group for event in events} == {"/aws/lambda/pay"}
    assert len(events) == 3


def test_events_in_no_order_are_all_found() -> None:
    """That an envelope's events are in order of time is nowhere promised."""
    times = [NOON + 5000, NOON, NOON + 9000, NOON + 100]
    events = [log_event(number, time, "x") for number, time in enumerate(times)]
    mixed = envelope("pay", "", events) | {"logStream": STREAMS[1]}
    source = ArchiveSource(MemoryStore({"a": compact(mixed)}), SETTINGS)
    found = ask(source, span(1, NOON, NOON + 101), *(whole(number) for number in range(2, 30)))
    assert [event.timestamp for event in found] == [NOON, NOON + 100]


def test_stretches_end_before_their_end() -> None:
    """From, inclusive, to, exclusive; those that touch are one."""
    stretches = Wanted(Query(spans=(span(1, 5, 7), span(1, 7, 9), span(1, 20, 21)))).stretches_of(
        "/aws/lambda/pay", STREAMS[1]
    )
    assert [time for time in range(25) if holds(stretches, time)] == [5, 6, 7, 8, 20]
