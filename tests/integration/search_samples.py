"""What tests put into search servers, and what they ask of it.

`numbered` documents tell whether all were read; the events of a small `system` (see `truth_system`)
tell whether answers are right: `archive` them, `search_shapes.load` them, and ask both `commands`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from search_fixtures import Search
from truth_fleet import FLEET
from truth_model import System
from truth_places import NOW
from truth_system import generate

from slsloggrep.model import Event
from slsloggrep.sources.base import Settings
from slsloggrep.sources.opensearch.cluster import Patience
from slsloggrep.sources.opensearch.source import SearchSource
from slsloggrep.stitch import Collection

__all__ = [
    "COUNT",
    "GROUP",
    "NOW",
    "QUICK",
    "READS",
    "REQUEST",
    "STREAM",
    "commands",
    "events_of",
    "messages",
    "numbered",
    "one_invocation",
    "source_of",
    "system",
]

COUNT = 3_500
"""More than the two first pages hold."""
QUICK = Patience(attempts=4, seconds=5.0, base=0.01, longest=0.05)
READS = "search|scroll-open|scroll-next"
"""Kinds of requests (search_proxy.Asked.kind) that read pages."""

GROUP, STREAM = "/aws/lambda/pay", "2026/11/23/[$LATEST]3893f0ba7fac4485b47bb75b671a283c"
REQUEST = "8f507cfc-1f5c-4697-b07a-ac58fc914c95"
MIDNIGHT = 1_795_478_400_000  # 2026-11-24T00:00:00Z
_FIGURES = (
    "Duration: 3.10 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 70 MB\t"
    "Init Duration: 100.50 ms"
)
_MESSAGES = (
    f"START RequestId: {REQUEST} Version: $LATEST\n",
    f"2026-11-23T23:59:59.700Z\t{REQUEST}\tINFO\tcharging ord-17\n",
    json.dumps({"level": "ERROR", "message": "ord-17 failed", "requestId": REQUEST, "n": 1}) + "\n",
    "Traceback (most recent call last):\n  File \"/var/task/app.py\"\nKeyError: 'ord-17'\n",
    f"END RequestId: {REQUEST}\n",
    f"REPORT RequestId: {REQUEST}\t{_FIGURES}\t\n",
)


def one_invocation(*messages: str) -> list[Event]:
    """Return the events of an invocation, or of other messages, that end 200 ms after midnight."""
    messages = messages or _MESSAGES
    first = MIDNIGHT - 100 * len(messages) + 300
    return [
        Event(first + 100 * n, message, GROUP, STREAM, f"{n:056d}")
        for n, message in enumerate(messages)
    ]


def numbered(search: Search, count: int = COUNT, name: str = "cwl-2026.11.23", **more: Any) -> str:
    """Put numbered messages of one stream into an index, a ms apart; return its name.

    `more` are settings of the index.
    """
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
    search.call("PUT", f"/{index}", {"settings": more, "mappings": mappings})
    search.call("POST", "/_bulk?refresh=true", ("\n".join(lines) + "\n").encode())
    return index


def source_of(url: str, index: str, **settings: Any) -> SearchSource:
    """Return a source that does not wait long, over an index behind a URL."""
    location = f"opensearch+{url}/{index}"
    return SearchSource(location, Settings(now=NOW, **settings), QUICK)


def messages(events: Iterable[Event]) -> list[str]:
    """Return what events say, each once."""
    return [event.message for event in Collection(events)]


def system() -> System:
    """Return a system of some functions to which everything happens once: 300 events."""
    plans = [
        plan._replace(served=len(plan.happen) + 2, happen=dict.fromkeys(plan.happen, 1))
        for plan in FLEET[::4]
    ]
    return generate(NOW, 11, tuple(plans))


def events_of(system: System) -> list[Event]:
    """Return all events of a system, with IDs that ascend as CloudWatch's do."""
    return [
        Event(
            line.time,
            line.message,
            stream.group,
            stream.name,
            f"{line.time:016d}{number:08d}{ordinal:032d}",
        )
        for ordinal, stream in enumerate(system.streams)
        for number, line in enumerate(stream.lines)
    ]


def commands(system: System) -> list[list[str]]:
    """Return what is asked: a trace, a search, crashes, running times, the end of the logs.

    What is traced is a request that was tried three times.
    """
    window = ["-s", "6h"]
    requests = [run.request_id for run in system.runs if run.request_id]
    tried = max(requests, key=requests.count)
    assert requests.count(tried) == 3
    return [
        ["trace", tried, *window, "-o", "json"],
        ["grep", "Task timed out", *window, "-o", "json"],
        ["crashes", *window, "-o", "json"],
        ["latency", *window, "-o", "json"],
        ["tail", "-n", "40", "-o", "ndjson"],
    ]
