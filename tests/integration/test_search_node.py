"""The search servers that other tests rely on: started, shared, cleared, and gone afterwards."""

from __future__ import annotations

import base64
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import search_builds
from search_builds import ARCHIVES, BUILDS, PASSWORD, Missing, find_java
from search_fixtures import Search, call
from search_mappings import FEATURES, has
from search_node import Node, share
from search_proxy import Proxy

HERE = Path(__file__).parent


def _is_gone(url: str) -> bool:
    end = time.monotonic() + 5
    while time.monotonic() < end:
        try:
            call(url, "GET", "/")
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_a_document_is_found_under_the_prefix_of_the_test(search: Search) -> None:
    """A real server indexes and finds a document, in one shard, under a name of the test's own."""
    index = search.name("events")
    search.call("PUT", f"/{index}/_doc/1?refresh=true", {"message": "Task timed out"})
    found = search.call("POST", f"/{index}/_search", {"query": {"match": {"message": "timed"}}})
    assert found["hits"]["total"] == {"value": 1, "relation": "eq"}
    assert found["_shards"]["total"] == 1


@pytest.mark.parametrize("name", sorted(BUILDS))
def test_every_server_starts_and_says_what_it_is(
    name: str, search_on: Callable[[str], Search]
) -> None:
    """Each of the servers takes a document, and states product and version as installations do."""
    search = search_on(name)
    told = search.call("GET", "/")
    assert told["version"]["number"] == BUILDS[name].version == search.node.version
    assert told["version"].get("distribution", "elasticsearch") == BUILDS[name].product
    search.call("PUT", f"/{search.name('events')}/_doc/1?refresh=true", {"message": "ord-17"})
    found = search.call("POST", f"/{search.name('*')}/_search", {})
    assert [hit["_source"] for hit in found["hits"]["hits"]] == [{"message": "ord-17"}]


@pytest.mark.parametrize("name", sorted(BUILDS))
def test_features_are_as_stated(name: str, search_on: Callable[[str], Search]) -> None:
    """Data streams, points in time and field types are there exactly where `has` says so."""
    search = search_on(name)

    def works(path: str, body: Any, method: str = "PUT") -> bool:
        return bool(search.call(method, path, body, allow=(400, 404, 405, 500)))

    search.call("PUT", f"/{search.name('events')}/_doc/1?refresh=true", {"a": 1})
    found: dict[str, bool] = {}
    for it in ("flat_object", "flattened", "match_only_text", "wildcard"):
        feature = it if it in FEATURES else "flat"
        mapped = works(f"/{search.name(it)}", {"mappings": {"properties": {"a": {"type": it}}}})
        found[feature] = found.get(feature, False) or mapped
    for path in ("_search/point_in_time", "_pit"):
        pit = search.call(
            "POST", f"/{search.name('events')}/{path}?keep_alive=1s", allow=(400, 404, 405)
        )
        found["pit"] = found.get("pit", False) or bool(pit.get("pit_id") or pit.get("id"))
    stream = {"index_patterns": [search.name("stream")], "data_stream": {}}
    found["data_streams"] = works(f"/_index_template/{search.name('t')}", stream) and works(
        f"/{search.name('stream')}/_doc", {"@timestamp": "2026-11-23T10:00:00Z"}, "POST"
    )
    assert found == {feature: has(search.node, feature) for feature in FEATURES}


def test_a_secured_server_knows_who_may_do_what(search_on: Callable[[str], Search]) -> None:
    """Strangers are told 401, a reader reads what is open and is told 403 elsewhere."""
    search = search_on("elasticsearch8-secured")

    def status(user: str, path: str) -> int:
        who = "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
        for code in (200, 401, 403):
            allowed = [] if code == 200 else [code]
            with contextlib.suppress(AssertionError):
                call(search.url, "GET", path, allow=allowed, authorization=who)
                return code
        raise AssertionError(path)

    for name in ("open", "closed"):
        search.call("PUT", f"/{search.name(name)}/_doc/1?refresh=true", {"a": 1})
    opened, closed = f"/{search.name('open')}/_search", f"/{search.name('closed')}/_search"
    assert [status(user, "/") for user in ("admin", "reader", "stranger")] == [200, 403, 401]
    assert [status("reader", path) for path in (opened, closed)] == [200, 403]
    assert status("nobody", opened) == 403
    with Proxy(search.url) as proxy:
        assert call(proxy.url, "GET", opened, authorization=search.node.authorization)["hits"]


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


def test_a_server_of_a_tests_own_can_be_killed(
    mortal_search: Callable[..., Search], search: Search
) -> None:
    """Killing it ends it at once, and no other."""
    own = mortal_search()
    own.call("PUT", "/events/_doc/1", {"a": 1})
    os.kill(own.node.pid, signal.SIGKILL)
    assert _is_gone(own.url)
    assert search.call("GET", "/")["version"]["number"] == search.node.version


def test_a_server_ends_with_those_who_use_it_however_they_end(
    tmp_path: Path, search_servers: Callable[[str], Node]
) -> None:
    """Two processes share one server; when both were killed, it stops and its files are gone."""
    search_servers("opensearch")  # so that it is skipped where there can be none
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
    assert _is_gone(url)


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
