"""Measures how fast documents go into a search server, beside opensearch-py's own bulk helper.

    python tests/bench/ship.py [--documents 30000] [--turns 2]

The server is the tests' (`search_node`), on this machine; what it takes is the limit. The same
documents, made beforehand, are sent by `ship`'s loader and by `opensearchpy.helpers.parallel_bulk`
with four threads and its usual chunks, turn by turn, each into an index of the same mapping that is
made anew. Then the loader sends them a second time, and last it is measured how fast documents are
made at all, with nobody to send them to.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "integration")]

import make_archive  # noqa: E402 - beside this file
from search_node import share  # noqa: E402 - a folder of the tests

from slsloggrep.investigate import Window  # noqa: E402
from slsloggrep.parse import Parser  # noqa: E402
from slsloggrep.pull import Watch  # noqa: E402
from slsloggrep.ship.bulk import Loader, pack  # noqa: E402
from slsloggrep.ship.documents import Document  # noqa: E402
from slsloggrep.ship.loading import Stock, Wanted, documents  # noqa: E402
from slsloggrep.ship.target import Target  # noqa: E402
from slsloggrep.ship.template import mappings  # noqa: E402
from slsloggrep.sources.base import Settings, open_source  # noqa: E402

INDEX = "bench-ship"


class Patient:
    """Waits until all is read."""

    cancelled = False

    def progress(self, _coverage: Any) -> None:
        """Not look."""


def make_documents(folder: Path, count: int, settings: Settings) -> tuple[list[Document], float]:
    """Return documents of the benchmarks' archive, and how many of them are made in a second."""
    objects = max(1, count // 7_000)
    sys.argv = ["make_archive", str(folder), "--objects", str(objects), "--shape", "concatenated"]
    make_archive.main()
    everything = Window(since=None, until=None, reason="everything")
    stock = Stock()
    watch: Watch = Patient()
    stock.read([open_source(str(folder), settings)], everything, watch)
    began = time.perf_counter()
    made = list(itertools.islice(documents(stock, Parser(), Wanted(window=everything)), count))
    return made, len(made) / (time.perf_counter() - began)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that something took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def send(target: Target, made: list[Document]) -> None:
    """Send documents as `ship` does."""
    loader = Loader(target.cluster)
    for document in made:
        loader.add(pack(document, INDEX))
    loader.finish()
    assert loader.failure is None
    assert loader.delivered.documents == len(made)


def send_by_helper(url: str, made: list[Document]) -> None:
    """Send documents as opensearch-py does."""
    from opensearchpy import OpenSearch
    from opensearchpy.helpers import parallel_bulk

    actions = (
        {"_op_type": "create", "_index": INDEX, "_id": one.id, "_source": one.body} for one in made
    )
    client = OpenSearch([url], timeout=120)
    sent = sum(ok for ok, _ in parallel_bulk(client, actions, thread_count=4, queue_size=4))
    assert sent == len(made)


def main() -> None:
    """Print documents per second."""
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--documents", type=int, default=30_000)
    options.add_argument("--turns", type=int, default=2)
    given = options.parse_args()
    settings = Settings(now=time.time_ns() // 1_000_000)
    with tempfile.TemporaryDirectory() as folder, share("opensearch", Path(folder)) as node:
        made, rate = make_documents(Path(folder) / "archive", given.documents, settings)
        size = sum(len(pack(one, INDEX).lines) for one in made)
        print(f"{len(made)} documents, {size / 1e6:.1f} MB; made: {rate:,.0f}/s")
        target = Target(f"opensearch+{node.url}/{INDEX}", None, settings)

        def anew() -> None:
            target.cluster.ask("DELETE", f"/{INDEX}", params={"ignore_unavailable": "true"})
            target.cluster.ask("PUT", f"/{INDEX}", {"mappings": mappings(wildcard=True)})

        anew()
        send(target, made)  # the server's code is compiled while it runs
        for _ in range(given.turns):
            anew()
            by_helper = timed(lambda: send_by_helper(node.url, made))
            anew()
            by_ship = timed(lambda: send(target, made))
            again = timed(lambda: send(target, made))
            print(
                f"parallel_bulk {len(made) / by_helper:,.0f}/s, ship {len(made) / by_ship:,.0f}/s "
                f"({by_helper / by_ship:.2f} times as fast), again {len(made) / again:,.0f}/s"
            )


if __name__ == "__main__":
    main()
