"""What was shipped is measured as the logs that it came from: rows, columns, sums, and crashes."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from search_faults import refuse, timed_out
from search_fixtures import Search
from search_node import Node
from search_proxy import Asked, Fault, Proxy
from truth_asking import Answer, ask, ask_for
from truth_fleet import FLEET, MANAGED
from truth_model import System
from truth_packing import pack, write
from truth_places import NOW
from truth_system import generate

from slsloggrep.ship.target import Target
from slsloggrep.ship.template import mappings, template
from slsloggrep.sources.base import Capability, Settings
from slsloggrep.sources.opensearch import aggregations
from slsloggrep.sources.opensearch.source import SearchSource

FUNCTIONS = ("shop-orders", "shop-worker", "shop-legacy", "shop-payment")


class Shipped(NamedTuple):
    """A system's logs in files, and in an index that they were shipped into."""

    system: System
    files: list[str]
    search: Search
    name: str

    @property
    def cluster(self) -> list[str]:
        return self.at(self.search.url)

    def at(self, url: str) -> list[str]:
        return ["-S", f"opensearch+{url}/{self.name}"]

    def by_files(self, command: str, *options: str) -> Answer:
        return ask_for(command, self.system, self.files, *options)

    def by_cluster(self, command: str, *options: str) -> Answer:
        return ask_for(command, self.system, self.cluster, *options)


def send(there: Shipped) -> None:
    """Ship the files into the index."""
    to = f"opensearch+{there.search.url}/{there.name}"
    sent = ask("ship", "--to", to, *there.files, "-o", "json", now=there.system.now)
    assert sent.code == 0, sent.stderr
    there.search.call("POST", f"/{there.name}/_refresh")


@pytest.fixture(scope="module")
def _shipments(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Node], Shipped]]:
    """Give a function that ships a system into a server, once.

    Its functions write old and new lines, text and JSON, inits and restores, and are tried again.
    """
    plans = [
        plan._replace(served=len(plan.happen) + 12, happen=dict.fromkeys(plan.happen, 1))
        for plan in FLEET
        if plan.function.name in FUNCTIONS
    ]
    system = generate(NOW, 11, (*plans, MANAGED._replace(served=20)))
    folder = write(pack(system, 1), tmp_path_factory.mktemp("figures"))
    known: dict[str, Shipped] = {}

    def of(node: Node) -> Shipped:
        if node.url not in known:
            search = Search(node, f"figures{os.getpid()}-")
            known[node.url] = Shipped(system, ["-S", folder], search, search.name("logs-*"))
            send(known[node.url])
        return known[node.url]

    yield of
    for shipped in known.values():
        shipped.search.clear()


@pytest.fixture
def shipped(_shipments: Callable[[Node], Shipped], search_server: Node) -> Shipped:
    """Give that system, in files and shipped."""
    return _shipments(search_server)


@pytest.fixture
def between(shipped: Shipped) -> Iterator[Proxy]:
    """Give a proxy in front of the server."""
    with Proxy(shipped.search.url) as proxy:
        yield proxy


def searches(proxy: Proxy, key: str) -> list[Asked]:
    """Return the searches so far whose body has a key."""
    return [asked for asked in proxy.asked if asked.kind == "search" and key in asked.json()]


@pytest.fixture
def _paged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sums come in several answers, of two functions each."""
    monkeypatch.setattr(aggregations, "_BUCKETS", 12_000)


def notes_of(answer: Answer) -> str:
    (told,) = answer.document["coverage"]["sources"]
    return "; ".join(told["notes"])


@pytest.mark.parametrize("options", [("--slowest", "9"), ("--by", "status", "--by", "hour")])
def test_latency_is_that_of_the_original_logs(shipped: Shipped, options: tuple[str, ...]) -> None:
    """Failures, cold starts, memory, billed time and cost: the same document, to the byte."""
    assert shipped.by_cluster("latency", *options).content == (
        shipped.by_files("latency", *options).content
    )


def test_rows_come_as_columns_and_say_so(shipped: Shipped, between: Proxy) -> None:
    """Of what ended well the server gives figures and no documents; what failed is read."""
    answer = ask_for("latency", shipped.system, shipped.at(between.url))
    assert searches(between, "docvalue_fields")
    assert "read as columns" in notes_of(answer)
    assert answer.content == shipped.by_files("latency").content


def test_without_pushing_down_it_is_the_same(
    shipped: Shipped, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source's capabilities change how long it takes, and nothing else."""
    pushed = [shipped.by_cluster(command).content for command in ("latency", "crashes")]
    assert pushed[1] == shipped.by_files("crashes").content
    less = SearchSource.capabilities & ~Capability.AGGREGATE
    monkeypatch.setattr(SearchSource, "capabilities", less)
    assert [shipped.by_cluster(command).content for command in ("latency", "crashes")] == pushed


def test_a_server_that_refuses_columns_gives_documents(shipped: Shipped, between: Proxy) -> None:
    """Where a field has no values in columns, the messages are measured: the same, and said."""
    no_values = {"error": {"type": "illegal_argument_exception", "reason": "no doc values"}}
    between.when(
        refuse(400, no_values),
        kind="search",
        where=lambda asked: "docvalue_fields" in asked.json(),
        times=None,
    )
    answer = ask_for("latency", shipped.system, shipped.at(between.url))
    assert answer.content == shipped.by_files("latency").content
    assert "no doc values" in notes_of(answer)


def test_an_index_without_numbers_is_measured_by_its_messages(shipped: Shipped) -> None:
    """What was shipped under an older template has them in documents, and not in columns."""
    index = shipped.search.name("older")
    old = mappings(wildcard=True)
    del old["properties"]["report"]
    shipped.search.call("PUT", f"/{index}", {"mappings": old})
    older = shipped._replace(name=index)
    send(older)
    answer = older.by_cluster("latency")
    assert answer.content == shipped.by_files("latency").content
    assert "read as columns" not in notes_of(answer)


def test_a_template_without_numbers_is_replaced(search: Search) -> None:
    """What is shipped from now on has them as columns; a template that has them stays."""
    pattern = search.name("logs-*")
    path = f"/_index_template/{search.name('logs')}-slsloggrep"
    old = template((pattern,), wildcard=True)
    del old["_meta"]["slsloggrep"]["mapping"]
    del old["template"]["mappings"]["properties"]["report"]
    search.call("PUT", path, old)
    target = Target(f"opensearch+{search.url}/{pattern}", None, Settings(now=NOW))
    for _ in range(2):
        target.prepare()
        (found,) = search.call("GET", path)["index_templates"]
        properties = found["index_template"]["template"]["mappings"]["properties"]
        assert properties["report"]["properties"]["duration_ms"] == {"type": "double"}
    target.close()


@pytest.mark.usefixtures("_paged")
@pytest.mark.parametrize(
    "options",
    [(), ("-u", "100m", "shop-[op]*"), ("--by", "hour", "--by", "status", "--tz", "Asia/Kolkata")],
)
def test_sums_are_those_of_the_rows(
    shipped: Shipped, between: Proxy, options: tuple[str, ...]
) -> None:
    """Counts, percentiles, sizes and maxima are equal, for both count in the same bins."""
    options = ("--approximate", "--histogram", *options)
    added = ask_for("latency", shipped.system, shipped.at(between.url), *options)
    assert len(searches(between, "aggs")) > 1
    assert "added up there" in notes_of(added)
    rows = shipped.by_files("latency", *options)
    assert added.document["functions"]
    assert alike(added) == alike(rows)


def alike(answer: Answer) -> str:
    """Return the figures, and the last digits of a sum as any order of adding gives them."""
    document = json.loads(answer.content)
    for row in (*document["functions"], document["total"]):
        for name in ("mean_ms", "billed_ms", "gb_seconds", "cost_usd"):
            row[name] = row[name] and f"{row[name]:.12g}"
    return json.dumps(document)


@pytest.mark.usefixtures("_paged")
@pytest.mark.parametrize(
    "fault",
    [
        refuse(503, {"error": {"type": "too_many_buckets_exception", "reason": "too many"}}),
        timed_out(),
    ],
)
def test_what_is_not_added_up_whole_is_read_row_by_row(
    shipped: Shipped, between: Proxy, fault: Fault
) -> None:
    """A part of a sum is no sum: then every row comes, and the answer is that of the rows."""
    between.when(
        fault, kind="search", where=lambda asked: "aggs" in asked.json(), after=1, times=None
    )
    answer = ask_for("latency", shipped.system, shipped.at(between.url), "--approximate")
    assert searches(between, "docvalue_fields")
    assert "not added up" in notes_of(answer)
    assert answer.content == shipped.by_files("latency", "--approximate").content


def test_what_two_sources_hold_counts_once(shipped: Shipped) -> None:
    """Sums would count it twice: with another source beside it, every row comes."""
    both = ask_for("latency", shipped.system, [*shipped.cluster, *shipped.files], "--approximate")
    assert both.content == shipped.by_files("latency", "--approximate").content


def test_copies_in_two_indices_count_once(shipped: Shipped) -> None:
    """Both hold the same hours, and nobody knows what else they share: every row comes."""
    copy = shipped._replace(name=shipped.search.name("copy"))
    send(copy)
    both = copy._replace(name=f"{copy.name},{shipped.name}").by_cluster("latency", "--approximate")
    assert "not added up" in notes_of(both)
    assert both.content == shipped.by_files("latency", "--approximate").content


def test_crashes_of_the_panels_are_those_that_are_told(shipped: Shipped) -> None:
    """Invocations that failed, counted by fingerprint over there, are the groups of `crashes`.

    But for those that wrote no end: that their silence is a crash is found out when it is asked.
    """
    body = {
        "size": 0,
        "query": {"bool": {"filter": [{"term": {"failed": True}}]}},
        "aggs": {"by": {"terms": {"field": "fingerprint", "size": 1000}}},
    }
    found = shipped.search.call("POST", f"/{shipped.name}/_search", body)["aggregations"]["by"]
    silent = {(run.stream, run.request_id) for run in shipped.system.crashes if run.vanished}
    told = Counter(
        crash["fingerprint"]
        for crash in shipped.by_files("crashes").document["crashes"]
        if (crash["log_stream"], crash["request_id"]) not in silent
    )
    assert {bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]} == told


def test_traces_and_tails_are_those_of_the_original_logs(shipped: Shipped) -> None:
    """One request followed, and the newest lines: what differs is where they were found."""
    crash = shipped.by_files("crashes").document["crashes"][0]
    traced = shipped.by_cluster("trace", crash["request_id"])
    assert traced.content == shipped.by_files("trace", crash["request_id"]).content
    lines = []
    for source in (shipped.cluster, shipped.files):
        options = ("-n", "200", "-s", "6h", "-o", "ndjson", *source)
        newest = map(json.loads, ask("tail", *options, now=shipped.system.now).stdout.splitlines())
        lines.append([line | {"source": ""} for line in newest])
    assert len(lines[0]) == 200
    assert lines[0] == lines[1]
