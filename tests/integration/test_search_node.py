"""The search servers that other tests rely on: started, shared, cleared, and gone afterwards."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
import search_builds
from search_builds import ARCHIVES, BUILDS, Missing, find_java
from search_fixtures import Search, call
from search_node import Node, share
from test_search_versions import (
    finds_what_the_mapping_cut,
    has_what_is_stated,
    says_what_it_is,
)

HERE = Path(__file__).parent


def test_a_document_is_found_under_the_prefix_of_the_test(search: Search) -> None:
    """A real server indexes and finds a document, in one shard, under a name of the test's own."""
    index = search.name("events")
    search.call("PUT", f"/{index}/_doc/1?refresh=true", {"message": "Task timed out"})
    found = search.call("POST", f"/{index}/_search", {"query": {"match": {"message": "timed"}}})
    assert found["hits"]["total"] == {"value": 1, "relation": "eq"}
    assert found["_shards"]["total"] == 1


def test_the_default_server_is_what_it_is_taken_for(search: Search) -> None:
    """Product, version and features are stated rightly; the others prove it in their own tests."""
    says_what_it_is(search)
    has_what_is_stated(search)
    finds_what_the_mapping_cut(search)


def test_a_test_leaves_nothing_behind(search: Search) -> None:
    """Indices, data streams, aliases and templates of a prefix are gone after clearing."""
    search.call("PUT", f"/{search.name('plain')}/_doc/1", {"a": 1})
    search.call("PUT", f"/{search.name('aliased')}", {"aliases": {search.name("alias"): {}}})
    pattern = {"index_patterns": [search.name("stream*")], "data_stream": {}}
    search.call("PUT", f"/_index_template/{search.name('template')}", pattern)
    search.call("POST", f"/{search.name('stream')}/_doc", {"@timestamp": "2026-11-23T10:00:00Z"})
    assert len(search.call("GET", f"/{search.prefix}*?expand_wildcards=all")) == 3
    search.clear()
    assert search.call("GET", f"/*{search.prefix}*?expand_wildcards=all") == {}
    search.call("GET", f"/_index_template/{search.prefix}*", allow=[404])


def test_open_points_in_time_and_scrolls_are_counted(search: Search) -> None:
    """A point in time and a scroll count until they are closed, and only over their own indices."""
    index = search.name("events")
    search.call("PUT", f"/{index}/_doc/1?refresh=true", {"a": 1})
    assert search.open_contexts() == 0
    pit = search.call("POST", f"/{index}/_search/point_in_time?keep_alive=1m")["pit_id"]
    scroll = search.call("POST", f"/{index}/_search?scroll=1m", {})["_scroll_id"]
    assert search.open_contexts() == 2
    search.call("DELETE", "/_search/point_in_time", {"pit_id": [pit]})
    search.call("DELETE", "/_search/scroll", {"scroll_id": [scroll]})
    assert search.open_contexts() == 0


def test_a_server_ends_with_those_who_use_it_however_they_end(
    tmp_path: Path, search_server: Node
) -> None:
    """Two processes share one server; when both were killed, it stops and its files are gone."""
    assert search_server.url  # it is skipped where there can be none
    script = (
        "import pathlib, sys, time; sys.path.insert(0, sys.argv[1])\n"
        "from search_node import share\n"
        "with share('opensearch', pathlib.Path(sys.argv[2])) as node:\n"
        "    print(node.url, node.output, flush=True)\n"
        "    time.sleep(600)\n"
    )
    users = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(HERE), str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        told = [user.stdout.readline().split() for user in users if user.stdout]
        assert told[0] == told[1]
        url, output = told[0]
        users[0].kill()
        users[0].wait()
        time.sleep(0.5)
        assert call(url, "GET", "/")["tagline"]
    finally:
        for user in users:
            user.kill()
            user.wait()
            if user.stdout:
                user.stdout.close()
    end = time.monotonic() + 30
    files = Path(output).parent
    while files.exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert not files.exists()
    assert not list(tmp_path.glob("*/node.json"))  # so that who comes next starts another
    with pytest.raises(OSError, match="refused"):
        call(url, "GET", "/")


def test_what_is_missing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Maven and an archive there is no server but a reason, for all who share it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(ARCHIVES, raising=False)
    for _ in range(2):
        with pytest.raises(Missing, match="Maven"), share("opensearch", tmp_path):
            pass
    monkeypatch.setattr(search_builds, "_javas", list)
    with pytest.raises(Missing, match=r"opensearch-2\..* needs Java 11 to 23"):
        find_java(BUILDS["opensearch"])


def test_the_emulator_answers_as_a_server(quick_search: Search) -> None:
    """It starts in an instant, and knows points in time."""
    quick_search.call("PUT", "/quick-a/_doc/1?refresh=true", {"message": "ord-17"})
    pit = quick_search.call("POST", "/quick-a/_search/point_in_time?keep_alive=1m")
    assert pit["pit_id"]
