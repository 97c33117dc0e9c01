"""Measures how fast all documents of an index are read, beside opensearch-py's own helper.

    python tests/bench/search_cluster.py [--documents 1000000] [--shards 1] [--shape cwl]

The server is the tests' (`search_node`), on this machine, so server and readers share its cores;
`--url` names one that runs already (its index is kept, and loaded only where it has not as many
documents). Documents are those of `make_archive`, in the shape that AWS's function (`cwl`) or a
usual Firehose transformation (`firehose`) gives them. Times, places, IDs and messages are mapped,
and fields that come out of messages are not, for loading would take most of the time: to those who
read whole documents the mapping makes no difference.

Readers, each a process of its own, one after another in turn, after one uncounted round:

- `slsloggrep`: the source's `fetch` of everything, each event made and counted
- `scan`: `opensearchpy.helpers.scan` with its defaults, each document counted
- `scan, 10,000`: the same with the largest pages
- `server, ...`: what the server can give: pages over `http.client`, of which nothing is decoded but
  where the next begins. Points in time in one, two and four slices, pages of 1,000 and 10,000, and
  a scroll; the best one is the bound.

Documents a second from the first request to the last document, without start-up; medians of the
rounds. All look for garbage as rarely, and let threads in as soon, as the program does
(`slsloggrep.cli.main`). Peak memory is the largest resident set of the reader.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

from rounds import run  # noqa: E402 - beside this file

JSON = {"Content-Type": "application/json"}
KEEP = "5m"
MAPPINGS = {
    "dynamic": False,
    "properties": {
        name: {"type": kind}
        for kind, names in {
            "date": ("@timestamp", "timestamp"),
            "text": ("@message", "message"),
            "keyword": ("@id", "@log_group", "@log_stream", "id", "logGroup", "logStream"),
        }.items()
        for name in names
    },
}
BULK = 2_000
"""Documents of a bulk request."""


class Raw:
    """A connection that sends and takes bytes."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)

    def ask(self, method: str, path: str, body: Any = None) -> bytes:
        """Return the body of the answer, which must be a success."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        self._connection.request(method, path, data, JSON if body is not None else {})
        answer = self._connection.getresponse()
        told = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {told[:500]!r}")
        return told


# What reads


def read_with_slsloggrep(url: str, index: str) -> int:
    """Make events of all documents."""
    from slsloggrep.model import Coverage, Query
    from slsloggrep.sources.base import Settings, open_source

    gaps: list[Any] = []

    def report(coverage: Coverage) -> None:
        gaps.extend(coverage.gaps)

    source = open_source(f"opensearch+{url}/{index}", Settings(now=time.time_ns() // 1_000_000))
    count = _count(source.fetch(Query(), report))
    source.close()
    assert not gaps, gaps
    return count


def scan(url: str, index: str, size: int) -> int:
    """Read as opensearch-py's helper does."""
    from opensearchpy import OpenSearch, helpers

    return _count(helpers.scan(OpenSearch([url], timeout=60), index=index, size=size))


def take(url: str, index: str, slices: int, size: int) -> int:
    """Take pages from a point in time, in slices side by side, and throw them away."""
    opened = Raw(url).ask("POST", f"/{index}/_search/point_in_time?keep_alive={KEEP}")
    identifier = json.loads(opened)["pit_id"]

    def take_slice(number: int) -> int:
        raw, taken = Raw(url), 0
        body: dict[str, Any] = {
            "size": size,
            "query": {"match_all": {}},
            "sort": [{"_doc": "asc"}],
            "track_total_hits": False,
            "pit": {"id": identifier, "keep_alive": KEEP},
        }
        if slices > 1:
            body["slice"] = {"id": number, "max": slices}
        while True:
            page = raw.ask("POST", "/_search", body)
            last = page.rfind(b'"sort":[')
            if last < 0:
                return taken
            taken += page.count(b'"_index":')
            body["search_after"] = json.loads(page[last + 7 : page.index(b"]", last) + 1])

    with ThreadPoolExecutor(slices) as pool:
        taken = sum(pool.map(take_slice, range(slices)))
    Raw(url).ask("DELETE", "/_search/point_in_time", {"pit_id": [identifier]})
    return taken


def take_scroll(url: str, index: str, size: int) -> int:
    """Take pages from a scroll, and throw them away."""
    raw, taken = Raw(url), 0
    first = {"size": size, "sort": [{"_doc": "asc"}]}
    page = raw.ask("POST", f"/{index}/_search?scroll={KEEP}", first)
    identifier = page[:2000].partition(b'"_scroll_id":"')[2].partition(b'"')[0].decode()
    while count := page.count(b'"_index":'):
        taken += count
        page = raw.ask("POST", "/_search/scroll", {"scroll": KEEP, "scroll_id": identifier})
    raw.ask("DELETE", "/_search/scroll", {"scroll_id": [identifier]})
    return taken


def _count(things: Iterator[Any]) -> int:
    last = deque(enumerate(things, 1), maxlen=1)
    return last[0][0] if last else 0


READERS: dict[str, Callable[[str, str], int]] = {
    "slsloggrep": read_with_slsloggrep,
    "scan": lambda url, index: scan(url, index, 1_000),
    "scan, 10,000": lambda url, index: scan(url, index, 10_000),
    "server, scroll of 1,000": lambda url, index: take_scroll(url, index, 1_000),
    "server, scroll of 10,000": lambda url, index: take_scroll(url, index, 10_000),
    **{
        f"server, {slices} x {size:,}": lambda url, index, slices=slices, size=size: take(
            url, index, slices, size
        )
        for slices in (1, 2, 4)
        for size in (1_000, 10_000)
    },
}
"""Each takes the server's URL and an index, and returns how many documents it has read."""


def read_alone(reader: str, url: str, index: str) -> None:
    """Be the process that reads, and print how many documents it read in how many seconds."""
    read = READERS[reader]
    _import(reader)
    gc.set_threshold(50_000, 20, 50)  # both as the program does
    sys.setswitchinterval(0.0005)
    began = time.perf_counter()
    count = read(url, index)
    print(json.dumps({"documents": count, "seconds": time.perf_counter() - began}))


def _import(reader: str) -> None:
    """Import what a reader needs: start-up is not what is measured."""
    if reader == "slsloggrep":
        import slsloggrep.sources.opensearch.source  # noqa: F401
    elif reader.startswith("scan"):
        import opensearchpy.helpers  # noqa: F401


# What is read


def documents_of(count: int, shape: str) -> Iterator[bytes]:
    """Yield documents as JSON."""
    import search_writers
    from make_archive import DAY, FUNCTIONS, Writer

    from slsloggrep.model import Event

    write = {"cwl": search_writers.cwl, "firehose": search_writers.firehose}[shape]
    writer = Writer(1, DAY)
    start = int(DAY.timestamp() * 1000)
    made = 0
    for number in range(count):
        function = FUNCTIONS[number % len(FUNCTIONS)]
        stream = f"{DAY:%Y/%m/%d}/[$LATEST]{number % 500:032x}"
        for told in writer.invocation(start + number * 400):
            event = Event(
                timestamp=told["timestamp"],  # type: ignore[arg-type] # an untyped dictionary
                message=str(told["message"]),
                log_group=f"/aws/lambda/{function}",
                log_stream=stream,
                event_id=str(told["id"]),
            )
            yield json.dumps(write(event)[0]).encode()
            made += 1
            if made == count:
                return


def load(url: str, index: str, count: int, shape: str, shards: int) -> None:
    """Put documents into a new index: the IDs are the server's, as with Firehose."""
    raw = Raw(url)
    raw.ask("DELETE", f"/{index}?ignore_unavailable=true")
    settings = {"number_of_shards": shards, "number_of_replicas": 0, "refresh_interval": "-1"}
    raw.ask("PUT", f"/{index}", {"settings": settings, "mappings": MAPPINGS})
    own = threading.local()

    def send(lines: bytes) -> None:
        if not hasattr(own, "raw"):
            own.raw = Raw(url)
        told = own.raw.ask("POST", f"/{index}/_bulk?filter_path=errors", lines)
        assert not json.loads(told)["errors"]

    with ThreadPoolExecutor(2) as pool:
        waiting: deque[Any] = deque()
        held: list[bytes] = []
        for document in documents_of(count, shape):
            held.append(b'{"index":{}}\n' + document + b"\n")
            if len(held) == BULK:
                waiting.append(pool.submit(send, b"".join(held)))
                held = []
            while len(waiting) > 4:
                waiting.popleft().result()
        if held:
            waiting.append(pool.submit(send, b"".join(held)))
        for left in waiting:
            left.result()
    raw.ask("POST", f"/{index}/_refresh")


def _holds(url: str, index: str) -> int:
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
    connection.request("GET", f"/{index}/_count")
    answer = connection.getresponse()
    told = json.loads(answer.read())
    return int(told["count"]) if answer.status == 200 else -1


@contextlib.contextmanager
def server(name: str, url: str) -> Iterator[str]:
    """Give the URL of a server: the one that is named, or one of the tests'."""
    if url:
        yield url
        return
    from search_node import share

    os.environ["SLSLOGGREP_TEST_SEARCH_FULL"] = "1"
    with tempfile.TemporaryDirectory() as folder, share(name, Path(folder)) as node:
        yield node.url


# The comparison


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--shape", choices=("cwl", "firehose"), default="cwl")
    parser.add_argument("--shards", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", default="opensearch", help="a name among search_builds.BUILDS")
    parser.add_argument("--url", default="", help="a server that runs already")
    parser.add_argument("--only", default="", help="readers whose names begin with this")
    parser.add_argument("--index", default="")
    parser.add_argument("--alone", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        read_alone(options.alone, options.url, options.index)
        return
    index = options.index or f"bench-{options.shape}-{options.shards}-{options.documents}"
    with server(options.server, options.url) as url:
        if _holds(url, index) != options.documents:
            began = time.perf_counter()
            load(url, index, options.documents, options.shape, options.shards)
            print(f"loaded at {options.documents / (time.perf_counter() - began):,.0f}/s")
        compare(url, index, options.documents, options.rounds, options.only)


def compare(url: str, index: str, documents: int, rounds: int, only: str) -> None:
    """Let the readers read in turn, and print their medians and ratios."""
    rates: dict[str, list[float]] = {}
    peaks: dict[str, float] = {}
    for number in range(rounds + 1):
        for name in READERS:
            if not name.startswith(tuple(only.split(";"))):
                continue
            finished = run(
                [sys.executable, __file__, "--alone", name, "--url", url, "--index", index]
            )
            told = json.loads(finished.stdout)
            if told["documents"] != documents:
                raise SystemExit(f"{name} has read {told['documents']:,} of {documents:,}")
            if number or not rounds:
                rates.setdefault(name, []).append(documents / told["seconds"])
                peaks[name] = max(peaks.get(name, 0.0), finished.peak_mb)
    medians = {name: statistics.median(measured) for name, measured in rates.items()}
    for name, rate in medians.items():
        print(f"  {name:26} {rate:9,.0f}/s   peak {peaks[name]:5.0f} MB")
    bound = max((rate for name, rate in medians.items() if name.startswith("server")), default=0.0)
    if "slsloggrep" in medians and "scan" in medians:
        print(f"slsloggrep / scan: {medians['slsloggrep'] / medians['scan']:.2f}")
    if "slsloggrep" in medians and bound:
        print(f"server / slsloggrep: {bound / medians['slsloggrep']:.2f}")


if __name__ == "__main__":
    main()
