"""What goes wrong while a search cluster is read: waited out, or said; never taken for nothing."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import search_shapes
from search_answers import ask, fetch, source_url
from search_faults import cut, drop, lose_context, refuse, shards_failed, timed_out
from search_fixtures import Search
from search_proxy import Proxy

from slsloggrep.errors import SourceError
from slsloggrep.model import Event, Query
from slsloggrep.sources.base import Settings
from slsloggrep.sources.opensearch.cluster import Patience
from slsloggrep.sources.opensearch.source import SearchSource
from slsloggrep.stitch import Collection

NOW = 1_795_428_000_000
COUNT = 3_500
QUICK = Patience(attempts=4, seconds=5.0, base=0.01, longest=0.05)

READS = "search|scroll-open|scroll-next"


def put(search: Search, count: int = COUNT, name: str = "cwl-2026.11.23") -> str:
    """Put events into an index, and return its name."""
    index = search.name(name)
    lines = []
    for number in range(count):
        lines.append(json.dumps({"index": {"_index": index, "_id": f"{number}"}}))
        document = {
            "@timestamp": NOW + number,
            "@message": f"message {number} of ord-{number % 7}",
            "@log_group": "/aws/lambda/f",
            "@log_stream": "2026/11/23/[$LATEST]aa",
        }
        lines.append(json.dumps(document))
    mappings = {"properties": {"@timestamp": {"type": "date"}}}
    search.call("PUT", f"/{index}", {"mappings": mappings})
    search.call("POST", "/_bulk?refresh=true", ("\n".join(lines) + "\n").encode())
    return index


def source_of(url: str, index: str, **settings: Any) -> SearchSource:
    """Return a source that does not wait long."""
    location = f"opensearch+{url}/{index}"
    return SearchSource(location, Settings(now=NOW, **settings), QUICK)


def messages(events: list[Event]) -> list[str]:
    """Return what events say, each once."""
    return [event.message for event in Collection(events)]


SPOILT_ONCE: dict[str, Callable[[], Any]] = {
    "429": lambda: refuse(429),
    "502": lambda: refuse(502, b"<html>Bad Gateway</html>"),
    "503": lambda: refuse(503),
    "504": lambda: refuse(504, b"<html>Gateway Timeout</html>"),
    "cut": lambda: cut(0.5),
    "drop": lambda: drop(),
    "drop-after": lambda: drop(reached=True),
    "timed_out": lambda: timed_out(),
    "shards": lambda: shards_failed(),
    "html": lambda: refuse(200, b"<html>please log in</html>"),
}


@pytest.mark.parametrize("after", [0, 1, 2])
@pytest.mark.parametrize("fault", SPOILT_ONCE)
def test_what_passes_is_waited_out(search: Search, spoilt: Proxy, fault: str, after: int) -> None:
    """A request that fails once, whichever, costs time and nothing else."""
    index = put(search)
    source = source_of(spoilt.url, index)
    spoilt.when(SPOILT_ONCE[fault](), kind=READS, after=after)
    found, coverage = fetch(source, Query())
    source.close()
    assert len(messages(found)) == COUNT
    assert not coverage.gaps
    assert spoilt.unclosed <= 0 or fault.startswith(("drop", "cut", "html"))


@pytest.mark.parametrize("fault", ["503", "timed_out", "shards", "drop", "cut"])
def test_what_does_not_pass_is_a_gap(search: Search, spoilt: Proxy, fault: str) -> None:
    """Where an answer never comes whole, what came is kept and the rest is said."""
    index = put(search)
    source = source_of(spoilt.url, index)
    # What tells the indices passes, and one page.
    list(source.fetch(Query(literals=("nothing",)), lambda _: None))
    spoilt.clear()
    spoilt.when(SPOILT_ONCE[fault](), kind=READS, after=1, times=None)
    found, coverage = fetch(source, Query())
    source.close()
    assert len(messages(found)) < COUNT
    assert [gap.what for gap in coverage.gaps] == [index]
    assert coverage.gaps[0].reason


def test_a_lost_context_is_begun_anew(search_on: Any) -> None:
    """A point in time or a scroll that is gone costs another reading, and no event."""
    for name in ("opensearch", "opensearch3"):
        search = search_on(name)
        index = put(search)
        with Proxy(search.url) as spoilt:
            source = source_of(spoilt.url, index)
            list(source.fetch(Query(literals=("nothing",)), lambda _: None))
            spoilt.clear()
            spoilt.when(
                lose_context(),
                kind="search|scroll-next",
                where=lambda asked: (
                    "search_after" in (asked.json() or {}) or "scroll" in asked.path
                ),
            )
            for newest in (False, True):
                found, coverage = fetch(source, Query(newest_first=newest))
                assert len(messages(found)) == COUNT
                assert not coverage.gaps
            source.close()


def test_a_server_that_is_killed_in_the_middle_is_a_gap(
    mortal_search: Callable[..., Search],
) -> None:
    """What was read before is the answer, and the program says that it is a part (exit code 3)."""
    search = mortal_search()
    index = put(search, 12_000)
    killed = threading.Event()
    source = source_of(search.url, index)
    totals: list[Any] = []
    found = []
    for event in source.fetch(Query(), totals.append):
        found.append(event)
        if not killed.is_set():
            killed.set()
            os.kill(search.node.pid, signal.SIGKILL)
    source.close()
    gaps = [gap for each in totals for gap in each.gaps]
    assert 0 < len(found) < 12_000
    assert gaps
    assert "cannot connect" in gaps[0].reason or "cut" in gaps[0].reason


def test_exit_code_of_a_partial_answer(search: Search, spoilt: Proxy) -> None:
    """Exit code 3 and the reason, where a part could not be read."""
    index = put(search)
    spoilt.when(refuse(404), kind=READS, where=_reads_pages, after=1, times=None)
    url = source_url(search, index, spoilt.url)
    answer = ask(["grep", "ord-3", "-s", "2026-11-23", "-o", "json", "-S", url], NOW + 60_000)
    assert answer.code == 3, answer
    assert index in answer.stderr


def _reads_pages(asked: Any) -> bool:
    body = asked.json() or {}
    return body.get("size", 0) >= 1_000 or "scroll" in asked.path


@pytest.mark.parametrize("name", ["opensearch", "opensearch3"])
def test_contexts_are_closed_when_nobody_reads_on(search_on: Any, name: str) -> None:
    """Whoever stops in the middle, or cancels, leaves nothing open at the server."""
    search = search_on(name)
    index = put(search)
    stopped = threading.Event()
    with Proxy(search.url) as spoilt:
        source = source_of(spoilt.url, index, cancelled=stopped.is_set)
        for query in (Query(), Query(newest_first=True), Query(literals=("ord",))):
            events = source.fetch(query, lambda _: None)
            next(events)
            events.close()
        totals: list[Any] = []
        for _ in source.fetch(Query(), totals.append):
            stopped.set()
        assert any("interrupted" in gap.reason for each in totals for gap in each.gaps)
        source.close()
        end = time.monotonic() + 5
        while spoilt.unclosed > 0 and time.monotonic() < end:
            time.sleep(0.05)
        assert spoilt.unclosed <= 0


def test_the_window_of_ten_thousand_is_never_asked_beyond(search: Search, spoilt: Proxy) -> None:
    """`from` is never used: what is behind the first 10,000 hits is read as well."""
    index = put(search, 11_000)
    source = source_of(spoilt.url, index)
    found, coverage = fetch(source, Query())
    source.close()
    assert len(messages(found)) == 11_000
    assert not coverage.gaps
    assert all(
        "from" not in (asked.json() or {}) for asked in spoilt.asked if asked.body[:1] == b"{"
    )


def test_refused_expensive_queries_are_done_without(search: Search, spoilt: Proxy) -> None:
    """Where the server takes no regex (`allow_expensive_queries`), all is read in the window."""
    index = put(search)
    told = "[regexp] queries cannot be executed when 'search.allow_expensive_queries' is false"
    body = {"error": {"type": "exception", "reason": told}, "status": 400}
    spoilt.when(refuse(400, body), kind=READS, where=lambda a: b"regexp" in a.body, times=None)
    source = source_of(spoilt.url, index)
    found, coverage = fetch(source, Query(literals=("ord-3",)))
    source.close()
    assert sum("ord-3" in message for message in messages(found)) == COUNT // 7
    assert not coverage.gaps
    assert any("allow_expensive_queries" in note for note in coverage.notes)


def test_scrolls_do_where_points_in_time_are_refused(search: Search, spoilt: Proxy) -> None:
    """Whoever may search, but not open a point in time, reads all the same."""
    index = put(search)
    body = {"error": {"type": "security_exception", "reason": "no permissions"}, "status": 403}
    spoilt.when(refuse(403, body), kind="pit-open", times=None)
    source = source_of(spoilt.url, index)
    found, coverage = fetch(source, Query())
    source.close()
    assert len(messages(found)) == COUNT
    assert not coverage.gaps
    assert "scroll-next" in spoilt.kinds()
    assert spoilt.unclosed == 0


def test_closed_and_missing_indices_are_told(search: Search) -> None:
    """An index that cannot be read is named, with those that are called alike."""
    index, closed = put(search), put(search, 3, "cwl-2026.11.22")
    search.call("POST", f"/{closed}/_close")
    source = source_of(search.url, f"{search.name('cwl-*')},{index[:-1]}4")
    found, coverage = fetch(source, Query())
    source.close()
    assert len(messages(found)) == COUNT
    gaps = {gap.what: gap.reason for gap in coverage.gaps}
    assert "closed" in gaps[closed]
    assert index in gaps[f"{index[:-1]}4"]
    for name, words in ((f"{index[:-1]}4", index), (closed, "closed")):
        source = source_of(search.url, name)
        with pytest.raises(SourceError, match=words):
            fetch(source, Query())
        source.close()


def test_indices_of_other_times_are_not_read(search: Search, spoilt: Proxy) -> None:
    """What an index's name rules out is left out, but not what it holds against its name."""
    index, other = put(search), put(search, 5, "cwl-2026.10.01")
    honest = search.name("cwl-2026.09.01")
    document = {"@timestamp": "2026-09-01T10:00:00Z", "@message": "old"}
    search.call("POST", f"/{honest}/_doc?refresh=true", document)
    source = source_of(spoilt.url, search.name("cwl-*"))
    found, coverage = fetch(source, Query(since=NOW, until=NOW + COUNT))
    source.close()
    assert len(messages(found)) == COUNT
    assert {event.container for event in found} == {index, other}
    assert not coverage.gaps
    assert any(honest in note for note in coverage.notes)
    assert not any(honest in asked.path for asked in spoilt.asked if asked.kind in READS.split("|")
                   and asked.json().get("size"))  # fmt: skip


def test_nothing_answers() -> None:
    """An address at which nobody answers is an error by name, and soon."""
    begun = time.monotonic()
    source = SearchSource("opensearch+http://127.0.0.1:9/logs", Settings(now=NOW))
    with pytest.raises(SourceError, match="cannot connect") as caught:
        fetch(source, Query())
    assert caught.value.hint
    assert time.monotonic() - begun < 10
    source.close()


def test_something_else_answers(search: Search, spoilt: Proxy) -> None:
    """What is no search cluster, and one that is too old, is told as such."""
    for body, words in (
        ({"name": "kibana"}, "no search cluster"),
        ({"version": {"number": "6.8.0"}, "tagline": "You Know, for Search"}, "too old"),
    ):
        spoilt.clear()
        spoilt.when(refuse(200, body), path="^/$")
        source = source_of(spoilt.url, search.name("x"))
        with pytest.raises(SourceError, match=words):
            fetch(source, Query())
        source.close()


def test_shapes_are_told_and_can_be_set(search: Search) -> None:
    """`-v` tells how documents are read, and `?map=` changes it."""
    shape = search_shapes.SHAPES["logstash"]
    event = Event(NOW, "hello ord-1\n", "/aws/lambda/f", "s", "1" * 56)
    loaded = search_shapes.load(search, shape, [event])
    for options, name, text in (({}, "logstash", event.message), ({"map": "cwl"}, "cwl", "{")):
        url = source_url(search, loaded.pattern, **options)
        source = SearchSource(url, Settings(now=NOW))
        (found,), coverage = fetch(source, Query())
        source.close()
        assert found.message.startswith(text)
        assert any(f"'{name}'" in note for note in coverage.notes)


def test_a_plan_counts_and_reads_nothing(search: Search, spoilt: Proxy) -> None:
    """`--dry-run` tells hits as calls and bytes, and fetches no page."""
    index = put(search)
    source = source_of(spoilt.url, index)
    (planned,) = source.plan(Query(), lambda _: None)
    source.close()
    assert planned.what == index
    assert planned.calls == 2 + 4
    assert planned.bytes
    assert not any(_reads_pages(asked) for asked in spoilt.asked)
