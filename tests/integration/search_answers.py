"""What the program answers from a search server, and from files that hold the same events."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from search_fixtures import Search

from slsloggrep.cli.context import Environment
from slsloggrep.cli.main import run
from slsloggrep.model import Coverage, Event, Query
from slsloggrep.sources.base import Settings, Source, open_source
from slsloggrep.sources.demo import story
from slsloggrep.stitch import Collection


class Answer(NamedTuple):
    """What a run of the program left."""

    code: int
    stdout: str
    stderr: str

    @property
    def told(self) -> str:
        """What was printed, without what says where it came from."""
        decoder, text, documents = json.JSONDecoder(), self.stdout.strip(), []
        while text:  # one document, or one a line
            document, end = decoder.raw_decode(text)
            documents.append(json.dumps(_without_source(document), sort_keys=True))
            text = text[end:].lstrip()
        return "\n".join(documents)


def ask(arguments: Iterable[str], now: int, env: Mapping[str, str] | None = None) -> Answer:
    """Run the program in this process."""
    stdout, stderr = io.StringIO(), io.StringIO()
    environment = Environment(
        stdin=None,
        stdin_is_terminal=True,
        stdout=stdout,
        stdout_is_terminal=False,
        stderr=stderr,
        stderr_is_terminal=False,
        width=100,
        clock=lambda: now,
        env=dict(env or {}),
    )
    code = run(list(arguments), environment)
    return Answer(code, stdout.getvalue(), stderr.getvalue())


def demo_events(now: int) -> list[Event]:
    """Return the demo's events, each once, without those that lost their stream."""
    demo = open_source("demo:", Settings(now=now))
    events = Collection(demo.fetch(Query(), lambda _: None))
    return [event for event in events if event.log_group and event.log_stream]


def identifiers(now: int) -> list[str]:
    """Return what there is to look for in the demo's events."""
    return [lead.identifier for lead in story(now)]


def archive(events: Iterable[Event], folder: Path) -> str:
    """Write events as an archive of CloudWatch's envelopes; return the folder."""
    streams: dict[tuple[str, str], list[Event]] = {}
    for event in events:
        streams.setdefault((event.log_group, event.log_stream), []).append(event)
    folder.mkdir(parents=True)
    with gzip.open(folder / "archive.gz", "wb") as out:
        for (group, stream), held in streams.items():
            envelope = {
                "messageType": "DATA_MESSAGE",
                "owner": "123456789012",
                "logGroup": group,
                "logStream": stream,
                "subscriptionFilters": ["all"],
                "logEvents": [
                    {"id": e.event_id, "timestamp": e.timestamp, "message": e.message} for e in held
                ],
            }
            out.write(json.dumps(envelope).encode())
    return str(folder)


def source_url(search: Search, pattern: str, url: str = "", **options: str) -> str:
    """Return the URL by which the program reads indices of the server (or of a proxy's URL)."""
    behind = "&".join(f"{name}={value}" for name, value in options.items())
    return f"opensearch+{url or search.url}/{pattern}{'?' + behind if behind else ''}"


def fetch(source: Source, query: Query) -> tuple[list[Event], Coverage]:
    """Return the events of a query, and what could be read."""
    totals = [Coverage(source=source.name)]

    def add(increment: Coverage) -> None:
        totals[0] += increment

    return list(source.fetch(query, add)), totals[0]


def _without_source(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _without_source(item)
            for key, item in value.items()
            if key not in {"source", "coverage"}
        }
    return [_without_source(item) for item in value] if isinstance(value, list) else value
