"""A search cluster that is followed: every document once, late ones too, whatever interrupts it."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from typing import Any

import pytest
from search_faults import drop, refuse, shards_failed
from search_fixtures import Search
from search_proxy import Proxy
from search_samples import QUICK

from slsloggrep.errors import SourceError
from slsloggrep.model import Coverage, Event, Query
from slsloggrep.sources.base import Following, Notice, Pulse, Settings
from slsloggrep.sources.opensearch import follow, rounds
from slsloggrep.sources.opensearch.source import SearchSource


class Followed:
    """A source that is followed in a thread, and what it gave."""

    def __init__(self, url: str, index: str, *, since: int, late: int = 120_000) -> None:
        self.events: list[Event] = []
        self.notices: list[str] = []
        self.pulses: list[int] = []
        self.coverage = Coverage(source="")
        self.error: BaseException | None = None
        self._stopped = threading.Event()
        settings = Settings(now=since, cancelled=self._stopped.is_set)
        self._source = SearchSource(f"opensearch+{url}/{index}", settings, QUICK)
        self._thread = threading.Thread(target=self._run, args=(since, late), daemon=True)

    def __enter__(self) -> Followed:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(10)
        self._source.close()

    def wait_for(self, messages: set[str], seconds: float = 30) -> set[str]:
        """Return which of the messages did not come in time."""
        end = time.monotonic() + seconds
        missing = messages
        while missing and self.error is None and time.monotonic() < end:
            time.sleep(0.05)
            missing = messages - {event.message for event in list(self.events)}
        return missing

    def hear(self, words: str, seconds: float = 30) -> bool:
        """Tell whether a notice with these words came in time."""
        end = time.monotonic() + seconds
        while not any(words in text for text in list(self.notices)):
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True

    def _run(self, since: int, late: int) -> None:
        following = Following(late=late, interval=0.2)
        try:
            for item in self._source.follow(Query(since=since), following, self._add):
                if isinstance(item, Event):
                    self.events.append(item)
                elif isinstance(item, Notice):
                    self.notices.append(item.text)
                elif isinstance(item, Pulse):
                    self.pulses.append(item.time)
        except SourceError as error:
            self.error = error

    def _add(self, increment: Coverage) -> None:
        self.coverage += increment


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let happen within a second what takes a user patience: pauses, looks for new indices."""
    monkeypatch.setattr(follow, "_LISTING_S", 1.0)
    monkeypatch.setattr(follow, "_PAUSE_S", 0.5)
    monkeypatch.setattr(follow, "_SILENT_S", 0.5)
    monkeypatch.setattr(follow, "_PATIENCE", QUICK._replace(attempts=2))
    monkeypatch.setattr(rounds, "_REACHES", ((60_000, 1.0), (600_000, 30.0)))


def wall() -> int:
    return time.time_ns() // 1_000_000


def make(search: Search, name: str) -> str:
    index = search.name(name)
    body = {
        "settings": {"index.refresh_interval": "200ms"},
        "mappings": {"properties": {"@timestamp": {"type": "date"}}},
    }
    search.call("PUT", f"/{index}", body)
    return index


def write(search: Search, index: str, documents: list[tuple[int, str]]) -> set[str]:
    lines = []
    for moment, message in documents:
        lines.append(json.dumps({"index": {"_index": index}}))
        lines.append(json.dumps({"@timestamp": moment, "@message": message}))
    search.call("POST", "/_bulk", ("\n".join(lines) + "\n").encode())
    return {message for _, message in documents}


def test_every_document_comes_once(search: Search) -> None:
    """Old, new and late documents, and those of a new index; pulses never go back."""
    index = make(search, "app-1")
    begun = wall()
    sent = write(search, index, [(begun - 60_000 + n, f"old {n}") for n in range(2_500)])
    time.sleep(0.5)
    with Followed(search.url, search.name("app-*"), since=begun - 60_000) as followed:
        for number in range(30):
            now = wall()
            batch = [(now - late, f"{number} {late}") for late in (0, 0, 900, 20_000, 50_000)]
            sent |= write(search, index, batch[1:])
            time.sleep(0.05)
        other = make(search, "app-2")
        sent |= write(search, other, [(wall(), "in a new index")])
        assert not followed.wait_for(sent)
        time.sleep(1)
    assert followed.error is None
    assert set(Counter(event.message for event in followed.events).values()) == {1}
    assert len(followed.events) == len(sent)
    assert followed.pulses == sorted(followed.pulses)
    assert len(followed.pulses) > 20
    assert abs(wall() - followed.pulses[-1]) < 5_000
    assert not followed.coverage.gaps


@pytest.mark.parametrize("fault", [refuse(503), drop(), shards_failed(), refuse(429)])
def test_interruptions_are_caught_up_and_said(search: Search, spoilt: Proxy, fault: Any) -> None:
    """What is written while the cluster does not answer comes when it does, once."""
    index = make(search, "app-1")
    begun = wall()
    sent = write(search, index, [(begun, "before")])
    with Followed(spoilt.url, index, since=begun - 1_000) as followed:
        assert not followed.wait_for(sent)
        spoilt.when(fault, times=None)
        sent |= write(search, index, [(wall(), "meanwhile")])
        assert followed.hear("read when it answers")
        spoilt.clear()
        sent |= write(search, index, [(wall(), "after")])
        assert not followed.wait_for(sent)
        time.sleep(0.5)
    assert followed.error is None
    assert Counter(event.message for event in followed.events) == Counter(sent)
    assert any("read when it answers" in text for text in followed.notices)
    assert any("caught up" in text for text in followed.notices)


def test_what_never_could_begin_is_an_error(search: Search) -> None:
    """No index, or none with a date, cannot be followed."""
    undated = search.name("undated")
    search.call("POST", f"/{undated}/_doc?refresh=true", {"message": "no time"})
    for index, words in ((undated, "no date is mapped"), (search.name("none-*"), "no index")):
        with Followed(search.url, index, since=wall()) as followed:
            followed.wait_for({"nothing"}, 10)
        assert words in str(followed.error)
