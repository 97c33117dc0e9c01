"""Reading in processes gives what reading in threads gives, whatever befalls the processes."""

from __future__ import annotations

import io
import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import BinaryIO

import pytest
from archive_samples import NOON, REQUESTS, SETTINGS, SHOP, MemoryStore, envelope, invocation
from measure_samples import Measured, compact, drain

from slsloggrep.model import Coverage, Event, Query
from slsloggrep.sources import crew
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Purpose
from slsloggrep.sources.store import StoredObject

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="processes read on Linux only"
)

PARALLEL = replace(SETTINGS, processes=2)
ALL = Query()
OBJECTS = 40


class ForkableStore(MemoryStore):
    """A store whose objects a child can open too; what a child notes, its parent does not see."""

    opens_anywhere = True


@pytest.fixture(autouse=True)
def _fork_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crew, "_WORTH_FORKING", 1)


def objects() -> dict[str, bytes | OSError]:
    """Return an archive of a few functions, a failing invocation, a START without an end."""
    packed: dict[str, bytes | OSError] = {}
    for number in range(OBJECTS):
        streams = [
            envelope(name, f"{number}", invocation(100 * number + place, NOON + number, request))
            for place, (name, request) in enumerate(zip(("pay", "shop"), REQUESTS, strict=False))
        ]
        packed[f"{number:02}"] = compact(*SHOP, *streams)
    return packed


def measure(store: MemoryStore, purpose: Purpose, *, parallel: bool) -> Measured:
    """Return all that is measured, in threads or in processes."""
    settings = PARALLEL if parallel else SETTINGS
    return drain(ArchiveSource(store, settings), replace(ALL, literals=("Status: ",)), purpose)


def rows(measured: Measured) -> list[tuple[object, ...]]:
    """Return all rows in an order that does not depend on who read them."""
    return sorted(
        row
        for batch in measured.batches
        for row in zip(
            [batch.log_group] * len(batch.times),
            batch.log_streams,
            batch.request_ids,
            batch.identities,
            batch.times,
            batch.durations_ms,
            strict=True,
        )
    )


def read(store: MemoryStore, *, parallel: bool) -> tuple[list[Event], Coverage]:
    """Return all events of a store, in order, and the coverage."""
    total = [Coverage(source="memory")]

    def report(increment: Coverage) -> None:
        total[0] += increment

    source = ArchiveSource(store, PARALLEL if parallel else SETTINGS)
    events = sorted(source.fetch(ALL, report), key=lambda event: event.order)
    return events, total[0]


def children() -> set[int]:
    """Return the processes that this one has started and not yet taken leave of."""
    mine = os.getpid()
    found = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", encoding="ascii", errors="replace") as file:
                    parent = file.read().rpartition(")")[2].split()[1]
            except OSError:
                continue
            if int(parent) == mine:
                found.add(int(name))
    return found


def gone(before: set[int]) -> bool:
    """Tell whether there are soon no more children than before."""
    deadline = time.monotonic() + 10
    while children() - before:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@pytest.mark.parametrize("purpose", ["figures", "ends"])
def test_processes_measure_what_threads_measure(purpose: Purpose) -> None:
    """Rows, identities, events, ends without a partner and coverage are the same."""
    before = children()
    alone = measure(ForkableStore(objects()), purpose, parallel=False)
    together = measure(ForkableStore(objects()), purpose, parallel=True)
    assert rows(together) == rows(alone)
    assert (together.started, together.reported) == (alone.started, alone.reported)
    assert together.messages == alone.messages
    assert together.coverage == alone.coverage
    assert rows(alone) or alone.started or alone.reported
    assert gone(before)


def test_processes_read_and_the_parent_does_not() -> None:
    """The parent opens nothing itself while its children live: so this test tests them."""
    store = ForkableStore(objects())
    events, coverage = read(store, parallel=True)
    assert store.opened == []
    assert (events, coverage.objects) == (read(store, parallel=False)[0], OBJECTS)


def test_what_cannot_be_opened_or_is_damaged_is_a_gap() -> None:
    """Gaps are the same, whoever reads."""
    packed = objects()
    packed["denied"] = PermissionError(13, "Permission denied")
    whole = packed["00"]
    assert isinstance(whole, bytes)
    packed["cut"] = b"\x1f\x8b\x08" + whole[:50]
    _, alone = read(ForkableStore(packed), parallel=False)
    _, together = read(ForkableStore(packed), parallel=True)
    assert together == replace(alone, gaps=together.gaps)
    assert sorted(together.gaps) == sorted(alone.gaps)
    assert {gap.what for gap in together.gaps} == {"denied", "cut"}


class _Cut(ForkableStore):
    """A store one of whose objects is emptied, and one is cut, after they were listed."""

    def open(self, stored: StoredObject) -> BinaryIO:
        whole = super().open(stored).read()
        return io.BytesIO({"05": b"", "06": whole[:-1]}.get(stored.name, whole))


@pytest.mark.parametrize("parallel", [False, True])
def test_what_was_cut_meanwhile_is_a_gap(*, parallel: bool) -> None:
    """An emptied file gives no error: it would look like one without events."""
    _, coverage = read(_Cut(objects()), parallel=parallel)
    assert {gap.what for gap in coverage.gaps} == {"05", "06"}
    assert "it was cut while it was read: 0 of" in next(
        gap.reason for gap in coverage.gaps if gap.what == "05"
    )


class _Deadly(ForkableStore):
    """A store whose objects kill whoever opens them, but for the process that made it."""

    def __init__(self, packed: dict[str, bytes | OSError], deadly: set[str]) -> None:
        super().__init__(packed)
        self._maker = os.getpid()
        self._deadly = deadly

    def open(self, stored: StoredObject) -> BinaryIO:
        if stored.name in self._deadly and os.getpid() != self._maker:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().open(stored)


@pytest.mark.parametrize("deadly", [{"00"}, {"17"}, {"39"}, {f"{n:02}" for n in range(OBJECTS)}])
def test_what_a_killed_process_leaves_is_read_all_the_same(deadly: set[str]) -> None:
    """No object and no row is lost with it, be it the first, the last, or all of them."""
    before = children()
    alone = measure(ForkableStore(objects()), "figures", parallel=False)
    store = _Deadly(objects(), deadly)
    together = measure(store, "figures", parallel=True)
    # What it handed in before it died may come twice, and is told by its identity.
    assert sorted(set(rows(together))) == sorted(set(rows(alone)))
    assert set(together.messages) == set(alone.messages)
    assert together.coverage.objects == OBJECTS
    assert together.coverage.complete
    assert deadly <= set(store.opened)
    assert gone(before)


def test_where_no_process_can_be_made_threads_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit on processes is no reason to fail."""

    def refuse() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refuse)
    store = ForkableStore(objects())
    events, coverage = read(store, parallel=True)
    assert len(store.opened) == OBJECTS
    assert events
    assert coverage.complete


def test_little_is_read_by_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Below what pays, nothing is forked, and nothing that was listed is lost."""
    monkeypatch.setattr(crew, "_WORTH_FORKING", 1 << 40)
    store = ForkableStore(objects())
    _, coverage = read(store, parallel=True)
    assert len(store.opened) == coverage.objects == OBJECTS


def test_whoever_stops_asking_leaves_no_process_behind() -> None:
    """A reader that wants no more closes its source's generator: the children end."""
    before = children()
    source = ArchiveSource(ForkableStore(objects()), PARALLEL)
    events = source.fetch(ALL, lambda _: None)
    assert next(events)
    assert children() - before
    assert isinstance(events, Iterator)
    events.close()  # type: ignore[attr-defined]
    assert gone(before)


def test_an_interrupted_reading_says_so() -> None:
    """What was found until then is handed in, the rest is a gap, and the children end."""
    before = children()
    heard: list[Coverage] = []
    settings = replace(PARALLEL, cancelled=lambda: len(heard) > 3)
    source = ArchiveSource(ForkableStore(objects()), settings)
    events = list(source.fetch(ALL, heard.append))
    gaps = [gap for coverage in heard for gap in coverage.gaps]
    assert len(gaps) == 1
    assert "interrupted" in gaps[0].reason
    assert len(events) <= len(read(ForkableStore(objects()), parallel=False)[0])
    assert gone(before)
