"""`ship` into a real search server: everything once, whatever happens on the way."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from search_faults import drop, hang, refuse
from search_fixtures import Search
from search_proxy import Proxy

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.export.dashboards import dashboard_objects
from slsloggrep.ship import bulk
from slsloggrep.ship.template import FIELDS

NOW = 1_795_431_600_000


class Outcome:
    """What came of a run."""

    def __init__(self, code: int, stdout: str, stderr: str) -> None:
        self.code, self.stdout, self.stderr = code, stdout, stderr

    @property
    def documents(self) -> dict[str, int]:
        counts: dict[str, int] = json.loads(self.stdout)["documents"]
        return counts


def program(*args: str) -> Outcome:
    """Run a command line here, at a time of its own: the built-in demo is as old as the clock."""
    out, err = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=out,
        stdout_is_terminal=False,
        stderr=err,
        stderr_is_terminal=False,
        width=200,
        clock=lambda: NOW,
    )
    return Outcome(run(args, environment), out.getvalue(), err.getvalue())


def ship(url: str, index: str, *args: str, source: str = "demo:") -> Outcome:
    to = f"opensearch+{url}/{index}"
    return program("ship", "--to", to, "-S", source, "-o", "json", *args)


def count(search: Search, index: str, **terms: Any) -> int:
    search.call("POST", f"/{index}/_refresh")
    clauses = [{"term": {name: value}} for name, value in terms.items()]
    body = {"query": {"bool": {"filter": clauses}}}
    found: int = search.call("POST", f"/{index}/_count", body)["count"]
    return found


def lines(messages: list[str]) -> str:
    return "".join(
        json.dumps({"timestamp": NOW + number, "message": message}) + "\n"
        for number, message in enumerate(messages)
    )


@pytest.fixture(scope="module")
def expected() -> dict[str, int]:
    """Return how many distinct events the demo holds, and how many invocations ended in them."""
    found = program("grep", "-E", ".", "-S", "demo:", "-o", "ndjson")
    rows = json.loads(program("latency", "-S", "demo:", "-o", "json").stdout)["functions"]
    return {
        "events": len(found.stdout.splitlines()),
        "ended": sum(row["invocations"] for row in rows),
        "errors": sum(row["errors"] for row in rows),
    }


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make requests small, so that there are many of them."""
    monkeypatch.setattr(bulk, "FIRST", 100_000)
    monkeypatch.setattr(bulk, "LARGEST", 200_000)


def test_the_demo_is_there_once_however_often_it_is_shipped(
    search: Search, expected: dict[str, int]
) -> None:
    """Every event and every invocation is a document, and the same command changes nothing."""
    index = search.name("logs-*")
    first = ship(search.url, index)
    assert first.code == 0, first.stderr
    assert first.documents["events"] == expected["events"]
    assert first.documents["created"] == sum(
        first.documents[kind] for kind in ("events", "invocations")
    )
    assert count(search, index, doc_type="event") == expected["events"]
    assert count(search, index, doc_type="invocation") == first.documents["invocations"]
    assert count(search, index, doc_type="invocation", failed=True) == expected["errors"]
    again = ship(search.url, index)
    assert again.code == 0
    assert again.documents["existing"] == first.documents["events"]
    assert again.documents["created"] == 0
    assert count(search, index) == first.documents["created"]
    names = search.call("GET", f"/{index}/_settings")
    days = {name.removeprefix(search.name("logs-")) for name in names}
    assert days <= {"2026.11.22", "2026.11.23"}


@pytest.fixture
def little(tmp_path: Path) -> str:
    """Give a source of two lines, of two days."""
    file = tmp_path / "little.ndjson"
    days = ({"timestamp": NOW - n * 86_400_000, "message": "a line"} for n in range(2))
    file.write_text("".join(json.dumps(day) + "\n" for day in days))
    return str(file)


def test_the_template_is_there_before_the_first_document(search: Search, little: str) -> None:
    """Identifiers are keywords and figures are numbers in every index that comes to be."""
    index = search.name("logs-*")
    assert ship(search.url, index, source=little).code == 0
    assert len(search.call("GET", f"/{index}/_mapping")) == 2
    for told in search.call("GET", f"/{index}/_mapping").values():
        properties = told["mappings"]["properties"]
        for path, mapping in FIELDS.items():
            found: Any = {"properties": properties}
            for key in path.split("."):
                found = found["properties"][key]
            assert found["type"] == mapping["type"], path
        assert properties["message"]["fields"]["raw"]["type"] == "wildcard"


def test_a_template_that_somebody_tuned_stays(search: Search, little: str) -> None:
    """Shards and replicas are whoever runs the cluster's affair."""
    index = search.name("logs-*")
    name = search.name("logs") + "-slsloggrep"
    assert ship(search.url, index, source=little).code == 0
    own = search.call("GET", f"/_index_template/{name}")["index_templates"][0]["index_template"]
    own["template"]["settings"] = {"index": {"number_of_replicas": "0"}}
    search.call("PUT", f"/_index_template/{name}", own)
    assert ship(search.url, index, source=little).code == 0
    kept = search.call("GET", f"/_index_template/{name}")["index_templates"][0]["index_template"]
    assert kept["template"]["settings"] == own["template"]["settings"]


def test_a_template_of_somebody_else_is_not_replaced(search: Search) -> None:
    """A name that is taken is said, and nothing is put."""
    name = search.name("logs") + "-slsloggrep"
    search.call("PUT", f"/_index_template/{name}", {"index_patterns": [search.name("other-*")]})
    outcome = ship(search.url, search.name("logs-*"))
    assert outcome.code == 4
    assert "not slsloggrep's" in outcome.stderr
    assert count(search, search.name("logs-*")) == 0


@pytest.mark.usefixtures("_small")
def test_a_busy_cluster_gets_everything_in_the_end(search: Search, spoilt: Proxy) -> None:
    """429 and 503 of whole requests are waited out; it is complete, and the exit code is 0."""
    index = search.name("logs-*")
    spoilt.when(refuse(429), kind="bulk", after=2, times=4)
    spoilt.when(refuse(503), kind="bulk", after=6, times=2)
    outcome = ship(spoilt.url, index)
    assert outcome.code == 0, outcome.stderr
    assert outcome.documents["resent"] > 0
    assert count(search, index) == outcome.documents["created"]
    assert outcome.documents["unsent"] == 0


@pytest.mark.usefixtures("_small")
def test_an_answer_that_was_lost_makes_no_document_twice(search: Search, spoilt: Proxy) -> None:
    """The server had taken what was sent again: it is there once."""
    index = search.name("logs-*")
    spoilt.when(drop(reached=True), kind="bulk", after=1, times=3)
    outcome = ship(spoilt.url, index)
    assert outcome.code == 0, outcome.stderr
    documents = outcome.documents
    assert documents["existing"] > 0
    assert count(search, index) == documents["events"] + documents["invocations"]


@pytest.mark.usefixtures("_small")
def test_a_lost_cluster_is_said_and_the_same_command_goes_on(
    search: Search, spoilt: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle nobody answers any more: exit code 3, how far it is, and then the rest."""
    monkeypatch.setattr(bulk, "PATIENCE", 1.0)
    index = search.name("logs-*")
    spoilt.when(drop(), kind="bulk", after=8, times=None)
    outcome = ship(spoilt.url, index)
    assert outcome.code == 3
    there = count(search, index)
    documents = outcome.documents
    assert documents["events"] + documents["invocations"] == there
    assert f"{there:,}".replace(",", " ") in outcome.stderr
    assert "the same command again goes on" in outcome.stderr
    assert json.loads(outcome.stdout)["failure"]
    spoilt.clear()
    rest = ship(spoilt.url, index)
    assert rest.code == 0
    assert rest.documents["existing"] > 0
    assert rest.documents["created"] > 0
    whole = ship(search.url, search.name("whole-*"))
    assert count(search, index) == count(search, search.name("whole-*"))
    assert whole.documents["created"] == count(search, index)


def test_nothing_could_be_sent_at_all(search: Search, spoilt: Proxy) -> None:
    """A cluster that takes no document is as good as none: exit code 4, and why."""
    spoilt.when(
        refuse(403, {"error": {"type": "security_exception", "reason": "no permissions"}}),
        kind="bulk",
        times=None,
    )
    outcome = ship(spoilt.url, search.name("logs-*"))
    assert outcome.code == 4
    assert "indices:data/write/bulk" in outcome.stderr
    assert outcome.stdout == ""


def test_what_the_index_refuses_is_told_and_counted(search: Search, tmp_path: Path) -> None:
    """An index with a mapping of its own refuses some documents: exit code 3, the reasons shown."""
    index = search.name("theirs")
    search.call("PUT", f"/{index}", {"mappings": {"properties": {"message": {"type": "integer"}}}})
    file = tmp_path / "logs.ndjson"
    file.write_text(lines(["12", "no number", "13", *["words"] * 9]))
    outcome = ship(search.url, index, source=str(file))
    assert outcome.code == 3
    assert outcome.documents["rejected"] == 10
    assert outcome.documents["events"] == count(search, index) == 2
    (first, *_rest) = rejections = json.loads(outcome.stdout)["rejections"]
    assert len(rejections) == 5
    assert first["index"] == index
    assert "message" in first["reason"]
    assert "10 documents rejected" in outcome.stderr
    assert "was there before" in outcome.stderr
    text = program("ship", "--to", f"opensearch+{search.url}/{index}", "-S", str(file))
    assert "rejected 10" in text.stdout
    assert "and 5 more" in text.stdout


def test_text_of_any_kind_is_kept_as_it_is(search: Search, tmp_path: Path) -> None:
    """Controls, quotes, long lines and letters of any alphabet come back as they were."""
    index = search.name("one")
    messages = [
        'quote " and \\ and \u2028',
        "\x00\x1b[31m",
        "x" * 40_000,
        "ü\U0001f600",
    ]
    file = tmp_path / "logs.ndjson"
    file.write_text(lines(messages))
    outcome = ship(search.url, index, source=str(file))
    assert outcome.code == 0, outcome.stderr
    search.call("POST", f"/{index}/_refresh")
    hits = search.call("POST", f"/{index}/_search", {"sort": ["@timestamp"]})["hits"]["hits"]
    assert [hit["_source"]["message"] for hit in hits] == messages


def test_an_id_within_a_message_is_found_whole(search: Search, tmp_path: Path) -> None:
    """What the analyser splits is found as it is, far into a long message, too, and not nearly."""
    index = search.name("one")
    file = tmp_path / "logs.ndjson"
    file.write_text(lines(["y" * 20_000 + " ord-17-abc end", "ord-17-ab", "17 ord abc"]))
    assert ship(search.url, index, source=str(file)).code == 0
    search.call("POST", f"/{index}/_refresh")
    body = {"query": {"wildcard": {"message.raw": "*ord-17-abc*"}}}
    assert search.call("POST", f"/{index}/_count", body)["count"] == 1


def test_nothing_to_ship_is_exit_code_1(search: Search) -> None:
    """A window without events: nothing was there, and everything was read."""
    outcome = ship(search.url, search.name("logs-*"), "-s", "2001-01-01", "-u", "2001-01-02")
    assert outcome.code == 1
    assert outcome.documents["created"] == 0


def test_an_interruption_is_told_and_the_rest_is_shipped_later(
    search: Search, spoilt: Proxy, tmp_path: Path
) -> None:
    """Ctrl-C in the middle: exit code 130, what is there is counted, and then all is there."""
    index = search.name("logs-*")
    file = tmp_path / "logs.ndjson"
    file.write_text(lines([f"line {number} " + "x" * 400 for number in range(20_000)]))
    released = threading.Event()
    spoilt.when(hang(released), kind="bulk", after=2, times=None)
    command = [
        *(sys.executable, "-m", "slsloggrep", "ship", "-S", str(file), "-o", "json"),
        *("--to", f"opensearch+{spoilt.url}/{index}"),
    ]
    running = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ}
    )
    try:
        end = time.monotonic() + 60
        while spoilt.kinds().count("bulk") < 4 and time.monotonic() < end:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        time.sleep(0.5)
        released.set()
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130, err
    told = json.loads(out)["documents"]
    there = count(search, index)
    assert told["events"] == there
    assert 0 < there < 20_000
    assert "the same command again goes on" in err
    spoilt.clear()
    rest = ship(search.url, index, source=str(file))
    assert rest.code == 0
    assert rest.documents["existing"] == there
    assert count(search, index) == 20_000


def _searches(state: dict[str, Any], query: str) -> dict[str, Any]:
    """Return the search that a visualisation's state makes: buckets in buckets, then metrics."""
    metrics: dict[str, Any] = {}
    buckets: list[tuple[str, dict[str, Any]]] = []
    for one in state["aggs"]:
        params = one["params"]
        if one["type"] == "terms":
            order = {params["orderBy"]: params["order"]}
            if any(a["id"] == params["orderBy"] and a["type"] == "count" for a in state["aggs"]):
                order = {"_count": params["order"]}
            terms = {"field": params["field"], "size": params["size"], "order": order}
            buckets.append((one["id"], {"terms": terms}))
        elif one["type"] == "date_histogram":
            histogram = {"field": params["field"], "fixed_interval": "1h", "min_doc_count": 1}
            buckets.append((one["id"], {"date_histogram": histogram}))
        elif one["type"] != "count":
            own = {key: params[key] for key in ("field", "percents") if key in params}
            metrics[one["id"]] = {one["type"]: own}
    aggregations = metrics
    for key, bucket in reversed(buckets):
        aggregations = {key: {**bucket, "aggs": aggregations}}
    text = query.replace(" and ", " AND ").replace(" >= 0", ":>=0")
    return {"size": 0, "query": {"query_string": {"query": text}}, "aggs": aggregations}


def test_every_panel_shows_something(search: Search) -> None:
    """The searches that the dashboard's panels make find buckets and numbers in what is shipped."""
    index = search.name("logs-*")
    assert ship(search.url, index).code == 0
    panels = [saved for saved in dashboard_objects(index) if saved["type"] == "visualization"]
    for panel in panels:
        attributes = panel["attributes"]
        state = json.loads(attributes["visState"])
        source = json.loads(attributes["kibanaSavedObjectMeta"]["searchSourceJSON"])
        body = _searches(state, source["query"]["query"])
        found = search.call("POST", f"/{index}/_search", body)
        assert found["_shards"]["failed"] == 0
        assert found["hits"]["total"]["value"] > 0, state["title"]
        level = found["aggregations"]
        while any("buckets" in one for one in level.values()):
            (key,) = (key for key, one in level.items() if "buckets" in one)
            assert level[key]["buckets"], state["title"]
            level = {k: v for k, v in level[key]["buckets"][0].items() if isinstance(v, dict)}
        for metric in level.values():
            values = metric.get("values", {"value": metric.get("value")})
            assert all(value is not None for value in values.values()), state["title"]
        json.dumps(found)


def test_the_dashboards_need_neither_source_nor_cluster(tmp_path: Path) -> None:
    """`--dashboards FILE` alone writes the file, for the index that is named."""
    file = tmp_path / "panels.ndjson"
    outcome = program("ship", "--dashboards", str(file), "--index", "shop-*")
    assert outcome.code == 0
    assert outcome.stdout == ""
    saved = [json.loads(line) for line in file.read_text().splitlines()]
    assert saved == dashboard_objects("shop-*")
    nowhere = program("ship", "--dashboards", str(tmp_path / "no" / "such"))
    assert nowhere.code == 2
    assert "cannot be written" in nowhere.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ((), "--to"),
        (("--to", "opensearch+http://me:secret@localhost/x"), "password"),
        (("--to", "opensearch+http://localhost/Upper"), "Upper"),
        (("--to", "opensearch+http://localhost", "--index", "a,b"), "a,b"),
        (("--to", "s3://bucket"), "s3://bucket"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_asked(
    args: tuple[str, ...], words: str
) -> None:
    """Exit code 2, with what is wrong; a secret in the URL is not repeated."""
    outcome = program("ship", "-S", "demo:", *args)
    assert outcome.code == 2
    assert words in outcome.stderr
    assert "secret" not in outcome.stderr


def test_a_dry_run_says_what_and_where(search: Search) -> None:
    """Nothing is read, nothing is put: neither documents nor a template."""
    index = search.name("logs-*")
    outcome = ship(search.url, index, "--dry-run")
    assert outcome.code == 0
    assert f"would be put into {index}" in outcome.stderr
    assert count(search, index) == 0
    name = search.name("logs") + "-slsloggrep"
    assert search.call("GET", f"/_index_template/{name}", allow=(404,)) == {}


def _events(*args: str) -> list[dict[str, Any]]:
    """Return what `grep` prints, but for the name of the source."""
    found = program("grep", "-E", ".", "-s", "3d", "-o", "ndjson", *args)
    assert found.code == 0, found.stderr
    return [{**json.loads(line), "source": None} for line in found.stdout.splitlines()]


def test_lines_without_ids_keep_their_order_and_their_repeats(
    search: Search, tmp_path: Path
) -> None:
    """Files have lines of one moment, equal ones too, and small IDs: all come back as they were."""
    index = search.name("one")
    events = [{"id": str(n), "timestamp": NOW, "message": f"line {n % 7}"} for n in range(40)]
    envelope = {
        "messageType": "DATA_MESSAGE",
        "owner": "1",
        "logGroup": "/aws/lambda/pay",
        "logStream": "s",
        "subscriptionFilters": ["f"],
        "logEvents": events,
    }
    file = tmp_path / "logs.json"
    file.write_text(json.dumps(envelope))
    outcome = ship(search.url, index, source=str(file))
    assert outcome.code == 0, outcome.stderr
    read = _events("-S", str(file))
    assert len(read) == outcome.documents["events"] == 40
    assert _events("-S", f"opensearch+{search.url}/{index}") == read


def test_answers_over_what_was_shipped_are_those_over_the_archive(search: Search) -> None:
    """Events, their order, transactions, crashes and running times come back as they were."""
    index = search.name("logs-*")
    assert ship(search.url, index).code == 0
    assert _events("-S", f"opensearch+{search.url}/{index}") == _events("-S", "demo:")
    for question in ("trace ord-71866", "crashes", "latency"):
        args = (*question.split(), "-s", "3d", "-o", "json")
        here = program(*args, "-S", "demo:")
        there = program(*args, "-S", f"opensearch+{search.url}/{index}")
        assert (here.code, there.code) == (0, 0), there.stderr
        assert _without_source(here) == _without_source(there), question


def _without_source(outcome: Outcome) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(outcome.stdout)
    del answer["coverage"]
    answer.pop("window", None)
    for record in answer.get("transaction", {}).get("unattributed", ()):
        record["source"] = None
    return answer
