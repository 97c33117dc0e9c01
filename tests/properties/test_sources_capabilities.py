"""What a source can do at the far end makes an answer cheaper, never different."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from archive_samples import Patience

from slsloggrep.export.trace import trace_document
from slsloggrep.investigate import trace
from slsloggrep.model import Event, Query
from slsloggrep.parse import Parser
from slsloggrep.sources.base import Capability, Report, Settings, Source, open_source
from slsloggrep.sources.demo import story

NOW = int(datetime.fromisoformat("2026-11-23T11:06Z").timestamp() * 1000)
SETTINGS = Settings(now=NOW)
LEADS = [lead for lead in story(NOW) if " trace " in lead.command][:5]


class Incapable:
    """Filters nothing at the far end: whatever is asked, it gives all that it has."""

    capabilities = Capability.NONE

    def __init__(self, inner: Source) -> None:
        self._inner = inner
        self.given = 0

    @property
    def name(self) -> str:
        return self._inner.name

    def fetch(self, _query: Query, report: Report) -> Iterator[Event]:
        for event in self._inner.fetch(Query(), report):
            self.given += 1
            yield event

    def close(self) -> None:
        self._inner.close()


class Windowed(Incapable):
    """Knows only of time: neither what to look for nor in which streams."""

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        since, until = query.bounds
        for event in self._inner.fetch(Query(since=since, until=until), report):
            self.given += 1
            yield event


class Textual(Incapable):
    """Looks for text, but gives whole streams where streams are asked for."""

    capabilities = Capability.TEXT

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        wanted = Query(literals=query.literals) if query.literals else Query()
        for event in self._inner.fetch(wanted, report):
            self.given += 1
            yield event


def transaction_of(identifier: str, source: Source) -> dict[str, Any]:
    """Return the transaction as promised in the output, without what was read for it."""
    finding = trace(
        [source],
        identifier,
        parser=Parser(),
        since=None,
        until=None,
        reach=3_600_000,
        max_hops=8,
        watch=Patience(),
        now=NOW,
    )
    assert all(coverage.complete for coverage in finding.coverage)
    return trace_document(finding.transaction, finding.coverage)["transaction"]


@pytest.mark.parametrize("lead", LEADS, ids=lambda lead: lead.title)
@pytest.mark.parametrize("wrapped", [Incapable, Windowed, Textual])
def test_a_source_that_can_do_less_gives_the_same_answer(
    wrapped: type[Incapable], lead: Any
) -> None:
    """Any subset of a source's capabilities: the same transaction, field for field."""
    plain = transaction_of(lead.identifier, open_source("demo:", SETTINGS))
    assert plain["invocations"]
    source = wrapped(open_source("demo:", SETTINGS))
    assert transaction_of(lead.identifier, source) == plain
    assert source.given > sum(len(i["events"]) for i in plain["invocations"])
