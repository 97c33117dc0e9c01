"""The archive source: what it opens, what it hands on, and what it says it could not read."""

from __future__ import annotations

import gzip
import json
import random

import pytest
from archive_samples import (
    NOON,
    ORDER,
    PACKINGS,
    SHOP,
    MemoryStore,
    Patience,
    envelope,
    fetch,
    invocation,
    log_event,
)

from slsloggrep.errors import SourceError
from slsloggrep.investigate import trace
from slsloggrep.model import Coverage, Query, Span
from slsloggrep.parse import Parser
from slsloggrep.sources import archive, crew, scan
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Settings
from slsloggrep.sources.store import StoredObject

WORD = Query(literals=(ORDER,))
STREAM = SHOP[0]["logStream"]


def noise(seed: int, size: int) -> str:
    return random.Random(seed).randbytes(size // 2).hex()


def test_only_events_that_may_match_are_handed_on() -> None:
    """A literal's documents are decoded, and of their events those that may hold it."""
    events, coverage = fetch({"o": PACKINGS["gzip"]()}, WORD)
    assert [event.message for event in events] == [
        f'{{"order_id": "{ORDER}"}}\n',
        f"seen {ORDER}\n",
    ]
    assert (coverage.objects, coverage.events, coverage.complete) == (1, 2, True)
    assert coverage.raw_bytes == len(PACKINGS["plain, concatenated"]())
    assert coverage.bytes == len(PACKINGS["gzip"]())


def test_a_span_is_read_whole_and_alone() -> None:
    """All lines of the stretch are wanted, whatever they say; lines before and after are not."""
    span = Span("/aws/lambda/checkout", STREAM, NOON + 60_000, NOON + 60_101)
    events, _ = fetch({"o": PACKINGS["gzip"]()}, Query(spans=(span,)))
    assert len(events) == 4
    assert {event.log_stream for event in events} == {STREAM}


def test_the_second_pass_opens_only_objects_that_hold_the_stream() -> None:
    """Where names tell no time, which streams lie in which object is remembered."""
    store = MemoryStore(
        {
            f"synced/{index}": gzip.compress(json.dumps(document).encode())
            for index, document in enumerate(SHOP)
        }
    )
    source = ArchiveSource(store, Settings(now=NOON))
    list(source.fetch(WORD, lambda _: None))
    assert sorted(store.opened) == ["synced/0", "synced/1", "synced/2"]
    store.opened.clear()
    span = Span("/aws/lambda/checkout", STREAM, NOON - 1, NOON + 100_000)
    events = list(source.fetch(Query(spans=(span,)), lambda _: None))
    assert store.opened == ["synced/0"]
    assert len(events) == 8


def test_the_second_pass_opens_only_objects_of_the_time() -> None:
    """Where names tell the time, only objects near the wanted stretch are reopened."""
    data = {f"2026/11/23/{hour:02}/x": json.dumps(SHOP[0]).encode() for hour in range(24)}
    store = MemoryStore({**data, "2026/11/23/12/y": b"", "2026/11/23/02/y": b""})
    source = ArchiveSource(store, Settings(now=NOON))
    list(source.fetch(Query(literals=("nothing-like-it",)), lambda _: None))
    store.opened.clear()
    span = Span("/aws/lambda/checkout", STREAM, NOON - 1, NOON + 100_000)
    list(source.fetch(Query(spans=(span,)), lambda _: None))
    assert {name[11:13] for name in store.opened} == {"11", "12", "13"}


def test_a_stream_seen_in_a_late_object_is_read_there() -> None:
    """An object written hours after its events is reopened: a hit in the stream lay in it."""
    late_events = [log_event(900, NOON + 50, "late line\n"), log_event(901, NOON + 51, ORDER)]
    late = envelope("checkout", "a", late_events)
    store = MemoryStore(
        {
            "2026/11/23/12/a": json.dumps(SHOP[0]).encode(),
            "2026/11/23/20/late": json.dumps(late).encode(),
        }
    )
    source = ArchiveSource(store, Settings(now=NOON))
    list(source.fetch(WORD, lambda _: None))
    span = Span("/aws/lambda/checkout", STREAM, NOON, NOON + 101)
    events = list(source.fetch(Query(spans=(span,)), lambda _: None))
    assert "late line\n" in {event.message for event in events}


def test_a_window_opens_only_its_objects() -> None:
    """The hour of the window and the hour of lateness after it are opened, and no others."""
    hours = {f"2026/11/23/{hour:02}/x.gz": PACKINGS["gzip"]() for hour in range(24)}
    store = MemoryStore(hours)
    source = ArchiveSource(store, Settings(now=NOON))
    query = Query(since=NOON, until=NOON + 3_600_000, literals=(ORDER,))
    assert len(list(source.fetch(query, lambda _: None))) > 0
    assert {name[11:13] for name in store.opened} == {"11", "12", "13", "14"} - {
        hour for hour in ("11", "14") if f"2026/11/23/{hour}/x.gz" not in store.opened
    }
    assert {"12", "13"} <= {name[11:13] for name in store.opened}


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda data: data[:-20], "truncated"),
        (lambda data: data[: len(data) // 2], "truncated"),
        (lambda data: data + b"\x00\x01garbage after the end", "no gzip data"),
        (lambda data: data[:300] + b"\xff" * 8 + data[308:], "gzip"),
    ],
)
def test_damage_is_a_gap_with_what_could_be_read(damage: object, reason: str) -> None:
    """A damaged object is named with its reason; nothing is raised, and the rest is read."""
    members = PACKINGS["gzip members"]()
    events, coverage = fetch({"bad.gz": damage(members), "ok.gz": PACKINGS["gzip"]()}, Query())  # type: ignore[operator]
    assert not coverage.complete
    assert {gap.what for gap in coverage.gaps} == {"bad.gz"}
    assert any(reason in gap.reason for gap in coverage.gaps)
    whole, _ = fetch({"ok.gz": PACKINGS["gzip"]()}, Query())
    # What is left of an event that was cut in two is kept as text, without an ID.
    assert {e.event_id for e in events} - {""} == {e.event_id for e in whole}


def test_a_damaged_member_costs_itself_only() -> None:
    """Reading goes on at the next gzip member."""
    first, *rest = (gzip.compress(json.dumps(d).encode()) for d in SHOP)
    broken = first[:40] + bytes(8) + first[48:]
    events, coverage = fetch({"o": broken + b"".join(rest)}, Query())
    assert {e.log_group for e in events} >= {"/aws/lambda/payment", "/aws/lambda/audit"}
    assert not coverage.complete


def test_an_object_that_cannot_be_opened_is_a_gap() -> None:
    """One object of many that fails is named; the others are read."""
    objects: dict[str, bytes | OSError] = {
        "denied": OSError(13, "permission denied"),
        "ok": PACKINGS["gzip"](),
    }
    events, coverage = fetch(objects, WORD)
    assert [(gap.what, gap.reason) for gap in coverage.gaps] == [("denied", "permission denied")]
    assert len(events) == 2


class _Breaking(MemoryStore):
    def list(self, since: int | None, until: int | None):  # type: ignore[no-untyped-def]
        yield from super().list(since, until)
        raise SourceError("memory", "the token has expired")


def test_a_source_that_breaks_before_anything_is_read_is_an_error() -> None:
    """Nothing was read: the source cannot be used."""
    source = ArchiveSource(_Breaking({}), Settings(now=NOON))
    with pytest.raises(SourceError, match="expired"):
        list(source.fetch(WORD, lambda _: None))


@pytest.mark.parametrize("content", [b"\x7fELF" + bytes(range(256)) * 8, b"ORC" + bytes(64)])
def test_binary_content_is_a_gap(content: bytes) -> None:
    """A format that cannot be read is said, not skipped."""
    events, coverage = fetch({"program": content}, Query())
    assert events == []
    assert [gap.what for gap in coverage.gaps] == ["program"]


def test_a_large_object_is_read_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut into blocks, an object gives the same events, and the buffer stays small."""
    monkeypatch.setattr(scan, "BUFFER", 4096)
    documents = [
        envelope("f", "d", invocation(i * 10, NOON + i, f"{i:08}-1111-4111-8111-111111111111"))
        for i in range(200)
    ]
    for separator in (b"", b"\n"):
        data = separator.join(json.dumps(document).encode() for document in documents)
        events, coverage = fetch({"o": data}, Query())
        assert len(events) == 600
        assert coverage.complete
        found, _ = fetch({"o": data}, Query(literals=("00000150-1111-4111-8111-111111111111",)))
        assert len(found) == 3


def test_a_document_beyond_the_limit_is_refused_with_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded: an enormous document is passed over and said; its neighbours are read."""
    monkeypatch.setattr(scan, "BUFFER", 4096)
    monkeypatch.setattr(scan, "DOCUMENT_LIMIT", 300_000)
    huge = envelope("f", "e", [log_event(1, NOON, noise(1, 12_000_000))])
    data = b"".join(json.dumps(d).encode() for d in (SHOP[0], huge, SHOP[2]))
    events, coverage = fetch({"o": data}, Query())
    assert {"/aws/lambda/checkout", "/aws/lambda/audit"} <= {e.log_group for e in events}
    assert any("MB" in gap.reason for gap in coverage.gaps)


@pytest.mark.parametrize(("size", "passes"), [(20_000_000, True), (50_000_000, False)])
def test_a_very_long_line_passes_or_is_told(size: int, passes: bool) -> None:
    """It is held once, or passed over with a gap; the events beside it are found."""
    line = "x" * size
    data = f"needle12 before\n{line} needle12 {line[:10]}\nneedle12 after\n".encode()
    events, coverage = fetch({"2026/11/23/12/o": data}, Query(literals=("needle12",)))
    lengths = [len(event.message) for event in events]
    assert lengths == ([15, size + 20, 14] if passes else [15, 14])
    assert coverage.complete is passes


@pytest.mark.parametrize("filling", [b"\0", b" ", b"x", b"\n", b'{"a":', b"xxxxxxx\n"])
def test_a_decompression_bomb_is_refused(filling: bytes) -> None:
    """Nothing by the gigabyte out of a small object: stopped, and said."""
    inner = gzip.compress((filling * (1 << 20))[: 1 << 20]) * 600
    events, coverage = fetch({"bomb.gz": gzip.compress(inner)}, Query(literals=("needle12",)))
    assert events == []
    assert {gap.what for gap in coverage.gaps} == {"bomb.gz"}


def test_a_cancelled_run_stops_soon_and_says_what_is_missing() -> None:
    """Asked to stop, the source ends with a gap that counts what was not read."""
    asked = iter([False] * 3 + [True] * 1000)
    settings = Settings(now=NOON, cancelled=lambda: next(asked))
    objects = {f"{index}": PACKINGS["gzip"]() for index in range(500)}
    _, coverage = fetch(objects, Query(), settings)  # type: ignore[arg-type]
    assert coverage.objects < 500
    assert any("interrupted" in gap.reason for gap in coverage.gaps)


def test_a_reader_that_stops_pulling_stops_the_reading() -> None:
    """`fetch` is lazy: closed early, it does not open everything."""
    store = MemoryStore({f"{index}": PACKINGS["gzip"]() for index in range(2000)})
    stream = ArchiveSource(store, Settings(now=NOON)).fetch(Query(), lambda _: None)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert len(store.opened) < 1500


def test_objects_are_counted_once_over_all_passes() -> None:
    """A second pass reads bytes again, but no new object."""
    total = Coverage(source="memory")

    def report(increment: Coverage) -> None:
        nonlocal total
        total += increment

    source = ArchiveSource(MemoryStore({"o": PACKINGS["gzip"]()}), Settings(now=NOON))
    for _ in range(2):
        list(source.fetch(WORD, report))
    assert (total.objects, total.planned_objects) == (1, 1)
    assert total.bytes == total.planned_bytes == 2 * len(PACKINGS["gzip"]())


def test_long_listings_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a bound the store is listed again rather than remembered."""
    monkeypatch.setattr(archive, "_REMEMBERED", 1)
    store = MemoryStore({"a": PACKINGS["gzip"](), "b": PACKINGS["gzip"]()})
    source = ArchiveSource(store, Settings(now=NOON))
    first = list(source.fetch(WORD, lambda _: None))
    assert len(list(source.fetch(WORD, lambda _: None))) == len(first)


def test_an_export_folder_names_the_stream() -> None:
    """Inside an export task's file nothing tells group and stream; the folder does."""
    task = "exportedlogs/e41f8376-f9ed-4797-b3e1-40eb785fc5a5"
    name = f"{task}/2024-02-13-[$LATEST]{'9' * 32}/000000.gz"
    text = "2026-11-23T12:00:00.000Z START RequestId: x Version: 1\n\n"
    events, _ = fetch({name: gzip.compress(text.encode())}, Query())
    assert [event.log_stream for event in events] == [f"2024/02/13/[$LATEST]{'9' * 32}"]
    assert StoredObject(name, 1).arrived is None


def test_the_rest_of_a_cut_invocation_is_looked_for_in_late_objects() -> None:
    """REPORT came hours late: it is found, since a START without an end asks for it."""
    head, tail = SHOP[0]["logEvents"][:2], SHOP[0]["logEvents"][2:4]
    store = MemoryStore(
        {
            "2026/11/23/12/a": json.dumps({**SHOP[0], "logEvents": head}).encode(),
            "2026/11/23/20/late": json.dumps({**SHOP[0], "logEvents": tail}).encode(),
            "2026/11/25/01/never": json.dumps(SHOP[2]).encode(),
        }
    )
    finding = trace(
        [ArchiveSource(store, Settings(now=NOON))],
        ORDER,
        parser=Parser(),
        since=NOON,
        until=NOON + 1000,
        reach=3_600_000,
        max_hops=8,
        watch=Patience(),
        now=NOON,
    )
    (member,) = finding.transaction.members
    assert member.invocation.complete
    assert store.opened.count("2026/11/23/20/late") == 1
    assert "2026/11/25/01/never" not in store.opened


class _Far(MemoryStore):
    """A store behind a network."""

    concurrency = 8
    opens_anywhere = False


def test_what_was_fetched_last_is_not_fetched_again() -> None:
    """Passes after the first read near each other: a far store is asked once for each object."""
    store = _Far({f"{index}": PACKINGS["gzip"]() for index in range(5)})
    source = ArchiveSource(store, Settings(now=NOON))
    first = [event.message for event in source.fetch(WORD, lambda _: None)]
    again = [event.message for event in source.fetch(WORD, lambda _: None)]
    assert sorted(first) == sorted(again)
    assert sorted(store.opened) == ["0", "1", "2", "3", "4"]


def test_the_kept_bytes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was used longest ago makes room."""
    monkeypatch.setattr(crew, "_KEPT", 10)
    cache = crew.Cache()
    objects = [StoredObject(str(index), 6) for index in range(3)]
    for stored in objects:
        cache.put(stored, b"123456")
    assert [cache.get(stored) for stored in objects] == [None, None, b"123456"]
