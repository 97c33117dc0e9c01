"""Every other server that is supported, each by one test: read, interrupted and filled as the rest.

One test, for a server takes seconds to start and half a gigabyte: it is there for this test alone.
"""

from __future__ import annotations

import base64
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import search_shapes
from search_answers import Answer, archive, ask, fetch, source_url
from search_builds import BUILDS, PASSWORD
from search_fixtures import Search, call
from search_mappings import FEATURES, has
from search_proxy import Proxy
from search_samples import (
    NOW,
    commands,
    events_of,
    numbered,
    one_invocation,
    source_of,
    system,
)
from test_search_faults import begin_anew, interrupt

from slsloggrep.model import Query

OTHERS = sorted(BUILDS.keys() - {"opensearch"})


@pytest.mark.parametrize("name", OTHERS)
def test_a_server_is_read_and_filled_like_the_others(
    name: str, own_search: Callable[[str], Search], tmp_path: Path
) -> None:
    """OpenSearch 1 and 3, Elasticsearch 7 to 9: the same answers, nothing lost, nothing left."""
    search = own_search(name)
    assert search.node.version == BUILDS[name].version
    says_what_it_is(search)
    has_what_is_stated(search)
    takes_shapes(search)
    finds_what_the_mapping_cut(search)
    answers_as_files_do(search, tmp_path)
    begin_anew(search)
    with Proxy(search.url) as proxy:
        interrupt(search, proxy, numbered(search, name="long"), lambda: open_contexts(search))
    assert open_contexts(search) == 0
    takes_what_is_shipped(search, tmp_path / "files")
    if BUILDS[name].secured:
        tells_who_may_do_what(search)


def says_what_it_is(search: Search) -> None:
    """Prove that product and version are told as installations do, and documents are found."""
    told = search.call("GET", "/")["version"]
    assert told["number"] == search.node.version
    assert told.get("distribution", "elasticsearch") == search.node.product
    search.call("PUT", f"/{search.name('said')}/_doc/1?refresh=true", {"message": "ord-17"})
    found = search.call("POST", f"/{search.name('said')}/_search", {})
    assert [hit["_source"] for hit in found["hits"]["hits"]] == [{"message": "ord-17"}]


def has_what_is_stated(search: Search) -> None:
    """Prove that features are there exactly where `search_mappings.has` says so."""

    def works(path: str, body: Any, method: str = "PUT") -> bool:
        return bool(search.call(method, path, body, allow=(400, 404, 405, 500)))

    search.call("PUT", f"/{search.name('features')}/_doc/1?refresh=true", {"a": 1})
    found: dict[str, bool] = {}
    for it in ("flat_object", "flattened", "match_only_text", "wildcard"):
        feature = it if it in FEATURES else "flat"
        mapped = works(f"/{search.name(it)}", {"mappings": {"properties": {"a": {"type": it}}}})
        found[feature] = found.get(feature, False) or mapped
    for path in ("_search/point_in_time", "_pit"):
        pit = search.call(
            "POST", f"/{search.name('features')}/{path}?keep_alive=1s", allow=(400, 404, 405)
        )
        found["pit"] = found.get("pit", False) or bool(pit.get("pit_id") or pit.get("id"))
        if identifier := pit.get("pit_id"):
            search.call("DELETE", "/_search/point_in_time", {"pit_id": [identifier]})
        elif identifier := pit.get("id"):
            search.call("DELETE", "/_pit", {"id": identifier})
    stream = {"index_patterns": [search.name("stream")], "data_stream": {}}
    found["data_streams"] = works(f"/_index_template/{search.name('t')}", stream) and works(
        f"/{search.name('stream')}/_doc", {"@timestamp": "2026-11-23T10:00:00Z"}, "POST"
    )
    assert found == {feature: has(search.node, feature) for feature in FEATURES}


def takes_shapes(search: Search) -> None:
    """Prove that a shape which is said to fit is taken whole, a data stream among them."""
    for name in ("filebeat", "lambda_logs", "ss4o", "data-prepper"):
        shape = search_shapes.SHAPES[name]
        if shape.fits(search.node):
            assert search_shapes.load(search, shape, one_invocation()).rejected == []


def finds_what_the_mapping_cut(search: Search) -> None:
    """Prove that a text is found in a value that was not indexed because it is no number.

    But not by asking for every message that is longer than its keyword may be.
    """
    index = search.name("cut")
    keyword = {"type": "keyword", "ignore_above": 9}
    properties = {
        "@timestamp": {"type": "date"},
        "message": {"type": "text", "fields": {"keyword": keyword}},
        "number": {"type": "integer", "ignore_malformed": True},
    }
    search.call("PUT", f"/{index}", {"mappings": {"properties": properties}})
    for number, more in enumerate(({"number": "ord-abcdefgh"}, {"number": 17}, {})):
        document = {"@timestamp": NOW, "message": "longer than its keyword", **more}
        search.call("PUT", f"/{index}/_doc/{number}?refresh=true", document)
    source = source_of(search.url, index, env=search.env)
    (found,), coverage = fetch(source, Query(literals=("ord-abcdefgh",)))
    source.close()
    assert "ord-abcdefgh" in found.message
    assert not coverage.gaps


def answers_as_files_do(search: Search, folder: Path) -> None:
    """Prove that all is read, in both orders, and that answers are those of files."""
    shop = system()
    events = events_of(shop)
    loaded = search_shapes.load(search, search_shapes.SHAPES["cwl"], events, shards=2)
    source = source_of(search.url, loaded.pattern, env=search.env)
    for newest in (False, True):
        found, coverage = fetch(source, Query(newest_first=newest))
        assert not coverage.gaps
        assert len(found) == loaded.written == len({event.event_id for event in found})
        times = [event.timestamp for event in found]
        assert not newest or times == sorted(times, reverse=True)
    source.close()
    there = {event.event_id for event in found}
    files = archive([event for event in events if event.event_id in there], folder / "files")
    url = source_url(search, loaded.pattern)
    for command in commands(shop)[::2]:  # the others ask the server for nothing else
        from_server = ask([*command, "-S", url], NOW, search.env)
        from_files = ask([*command, "-S", files], NOW)
        assert from_server.told == from_files.told, (command, from_server.stderr)
        assert from_server.code == from_files.code == 0, (command, from_server.stderr)


def takes_what_is_shipped(search: Search, files: Path) -> None:
    """Prove that every document of `ship` is taken, and once.

    A server that lacks a type of field gets a template without it.
    """
    index = search.name("shipped-*")
    ship = ["ship", "-S", str(files), "-o", "json", "--to", source_url(search, index)]
    outcome = ask(ship, NOW, search.env)
    assert outcome.code == 0, outcome.stderr
    counts = _documents(outcome)
    assert counts["rejected"] == 0
    search.call("POST", f"/{index}/_refresh")
    assert search.call("POST", f"/{index}/_count", {})["count"] == counts["created"] > 0
    assert _documents(ask(ship, NOW, search.env))["created"] == 0


def _documents(outcome: Answer) -> dict[str, int]:
    counts: dict[str, int] = json.loads(outcome.stdout)["documents"]
    return counts


def tells_who_may_do_what(search: Search) -> None:
    """Prove that strangers are told 401, and that a reader reads what is open and nothing else."""

    def status(user: str, path: str) -> int:
        who = "Basic " + base64.b64encode(f"{user}:{PASSWORD}".encode()).decode()
        for code in (200, 401, 403):
            allowed = [] if code == 200 else [code]
            with contextlib.suppress(AssertionError):
                call(search.url, "GET", path, allow=allowed, authorization=who)
                return code
        raise AssertionError(path)

    opened, closed = (numbered(search, 10, name) for name in ("open", "closed"))
    users = ("admin", "reader", "stranger")
    assert [status(user, "/") for user in users] == [200, 403, 401]
    assert [status("reader", f"/{index}/_search") for index in (opened, closed)] == [200, 403]
    for user, index, words in (
        ("reader", opened, ""),
        ("reader", closed, "view_index_metadata"),
        ("nobody", opened, "view_index_metadata"),
        ("stranger", opened, "does not accept"),
    ):
        url = source_url(search, index).replace("opensearch+", "elasticsearch+")
        env = search.env | {"SLSLOGGREP_OPENSEARCH_USER": user}
        answer = ask(["grep", "ord-3", "-s", "2026-11-23", "-S", url], NOW + 60_000, env)
        assert answer.code == (4 if words else 0), (user, answer.stderr)
        assert words in answer.stderr


def open_contexts(search: Search) -> int:
    """Return how many points in time and scrolls are open at the server, whoever opened them."""
    (node,) = search.call("GET", "/_nodes/stats/indices/search")["nodes"].values()
    return int(node["indices"]["search"]["open_contexts"])
