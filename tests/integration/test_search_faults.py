"""What goes wrong while a search cluster is read: waited out, or said; never taken for nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import search_shapes
from search_answers import ask, fetch, source_url
from search_faults import cut, drop, hang, lose_context, refuse, shards_failed, timed_out
from search_fixtures import Search
from search_proxy import Asked, Proxy
from search_samples import COUNT, NOW, QUICK, READS, messages, numbered, source_of

from slsloggrep.errors import SourceError
from slsloggrep.model import Event, Query
from slsloggrep.sources.base import Settings
from slsloggrep.sources.opensearch import cluster
from slsloggrep.sources.opensearch.source import SearchSource

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
    index = numbered(search)
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
    index = numbered(search)
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


def test_a_lost_context_is_begun_anew(search: Search) -> None:
    """A point in time or a scroll that is gone costs another reading, and no event."""
    begin_anew(search)


def begin_anew(search: Search) -> None:
    """Prove that what was read from may be lost in the middle, in whichever order is read."""
    index = numbered(search, name="lost")
    with Proxy(search.url) as spoilt:
        source = source_of(spoilt.url, index, env=search.env)
        for newest in (False, True):
            spoilt.clear()
            spoilt.when(lose_context(), kind="search|scroll-next", where=_reads_on)
            found, coverage = fetch(source, Query(newest_first=newest))
            assert len(messages(found)) == COUNT
            assert not coverage.gaps
            assert len(found) > COUNT  # read twice, some of it
        source.close()


def _reads_on(asked: Asked) -> bool:
    return "scroll" in asked.path or "search_after" in (asked.json() or {})


def test_killing_the_server_in_the_middle_is_a_gap_and_exit_code_3(
    own_search: Callable[..., Search], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read before is the answer, and it says that it is a part, and of what, and why."""
    search = own_search()
    index = numbered(search, 6_000)
    send = cluster.Cluster.ask
    killed = threading.Event()

    def kill_and_send(self: Any, method: str, path: str, body: Any = None, **how: Any) -> str:
        if "search_after" in (body or {}) and not killed.is_set():
            killed.set()
            os.kill(search.node.pid, signal.SIGKILL)
        return send(self, method, path, body, **how)

    monkeypatch.setattr(cluster.Cluster, "ask", kill_and_send)
    monkeypatch.setattr(cluster, "Patience", lambda: QUICK)
    url = source_url(search, index)
    answer = ask(["grep", "message", "-s", "2026-11-23", "-o", "json", "-S", url], NOW + 60_000)
    assert killed.is_set()
    assert answer.code == 3, answer.stderr
    told = json.loads(answer.stdout)
    assert 0 < len(told["events"]) < 6_000
    assert told["coverage"]["complete"] is False
    (gap,) = told["coverage"]["sources"][0]["gaps"]
    assert gap["what"] == index
    assert "cannot connect" in gap["reason"] or "cut" in gap["reason"]
    assert gap["reason"] in answer.stderr.replace("\n", " ")


def test_exit_code_of_a_partial_answer(search: Search, spoilt: Proxy) -> None:
    """Exit code 3 and the reason, where a part could not be read."""
    index = numbered(search)
    spoilt.when(refuse(404), kind=READS, where=_reads_pages, after=1, times=None)
    url = source_url(search, index, spoilt.url)
    answer = ask(["grep", "ord-3", "-s", "2026-11-23", "-o", "json", "-S", url], NOW + 60_000)
    assert answer.code == 3, answer
    assert index in answer.stderr


def _reads_pages(asked: Any) -> bool:
    body = asked.json() or {}
    return body.get("size", 0) >= 1_000 or "scroll" in asked.path


def test_contexts_are_closed_when_nobody_reads_on(search: Search, spoilt: Proxy) -> None:
    """Whoever stops in the middle, or cancels, leaves nothing open at the server."""
    index = numbered(search, 12_000)
    stopped = threading.Event()
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
    _wait_until_closed(search.open_contexts)


@pytest.mark.parametrize("way", ["shards", "scroll"])
def test_ctrl_c_leaves_nothing_open(search: Search, spoilt: Proxy, way: str) -> None:
    """SIGINT while a page is waited for: exit code 130, and nothing is open at the server."""
    if way == "scroll":
        body = {"error": {"type": "security_exception", "reason": "no permissions"}, "status": 403}
        spoilt.when(refuse(403, body), kind="pit-open", times=None)
    interrupt(search, spoilt, numbered(search), search.open_contexts)


def interrupt(search: Search, proxy: Proxy, index: str, count: Callable[[], int]) -> None:
    """Prove that Ctrl-C in the middle of reading an index through the proxy closes everything."""
    released = threading.Event()
    proxy.when(hang(released), kind="search|scroll-next", where=_reads_on, times=None)
    url = source_url(search, index, proxy.url)
    running = subprocess.Popen(
        [sys.executable, "-m", "slsloggrep", "grep", "message", "-s", "2026-11-23", "-S", url],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | search.env,
    )
    try:
        end = time.monotonic() + 60
        while not any(map(_reads_on, list(proxy.asked))) and time.monotonic() < end:
            time.sleep(0.02)
        assert count() > 0
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=30)
    finally:
        released.set()
        running.kill()
        running.wait()
    assert running.returncode == 130, err
    _wait_until_closed(count)


def _wait_until_closed(count: Callable[[], int]) -> None:
    """Wait until nothing is open; a server may count what it has closed a moment longer."""
    end = time.monotonic() + 5
    while count() and time.monotonic() < end:
        time.sleep(0.05)
    assert count() == 0


def test_what_fits_into_a_page_takes_one_request(search: Search, spoilt: Proxy) -> None:
    """Behind a page that is not full nothing is asked for: a search may cost the server much."""
    index = numbered(search, 50)
    source = source_of(spoilt.url, index)
    for newest in (False, True):
        list(source.fetch(Query(literals=("nothing",)), lambda _: None))
        spoilt.clear()
        found, _ = fetch(source, Query(newest_first=newest))
        assert len(messages(found)) == 50
        assert len([kind for kind in spoilt.kinds() if kind in READS.split("|")]) == 1
    source.close()


def test_the_window_of_ten_thousand_is_never_asked_beyond(search: Search, spoilt: Proxy) -> None:
    """`from` is never used: what is behind the first 10,000 hits is read as well."""
    index = numbered(search, 11_000)
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
    index = numbered(search)
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
    index = numbered(search)
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
    index, closed = numbered(search), numbered(search, 3, "cwl-2026.11.22")
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
    index, other = numbered(search), numbered(search, 5, "cwl-2026.10.01")
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
    index = numbered(search)
    source = source_of(spoilt.url, index)
    (planned,) = source.plan(Query(), lambda _: None)
    source.close()
    assert planned.what == index
    assert planned.calls == 2 + 4
    assert planned.bytes
    assert not any(_reads_pages(asked) for asked in spoilt.asked)
