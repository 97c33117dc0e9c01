"""One reading by Insights, for the tests: its events, in their order, and its coverage."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from slsloggrep.model import Coverage, Event, Query
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch import insights_lane
from slsloggrep.sources.cloudwatch.insights import read_by_insights
from slsloggrep.sources.cloudwatch.logs import Group
from slsloggrep.sources.cloudwatch.places import Places

HOUR = 3_600_000
T0 = 1_795_453_200_000
"""2026-11-23T17:00:00Z"""
NAME = "cloudwatch:"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at queries more often than a real service would like."""
    monkeypatch.setattr(insights_lane, "_FIRST_LOOK", 0.005)
    monkeypatch.setattr(insights_lane, "_LONGEST_PAUSE", 0.02)
    monkeypatch.setattr(insights_lane, "_CROWDED", (0.01, 0.05))


@pytest.fixture
def few_rows(monkeypatch: pytest.MonkeyPatch) -> int:
    """Ask for few rows at a time, as if a query gave no more."""
    monkeypatch.setattr(insights_lane, "ROWS", 100)
    return 100


def settings_for(**options: Any) -> Settings:
    return Settings(**{"now": T0 + 24 * HOUR, "rate": 5000.0, "commons": {}, **options})


class Reading:
    """One fetch: its events, in the order in which they came, and its coverage."""

    def __init__(
        self,
        query: Query,
        settings: Settings | None = None,
        *,
        groups: Sequence[Group] | None = None,
        **options: Any,
    ) -> None:
        self.settings = settings or settings_for()
        self.places = Places(NAME, self.settings)
        self.thread = threading.current_thread()
        self.coverage = Coverage(source=NAME)
        self.groups = (
            [group for logs in self.places.all for group in logs.describe_groups()]
            if groups is None
            else list(groups)
        )
        self.events = list(self.iterate(query, **options))

    def iterate(self, query: Query, **options: Any) -> Iterator[Event]:
        return read_by_insights(self.groups, query, self.settings, NAME, self.report, **options)

    def report(self, coverage: Coverage) -> None:
        assert threading.current_thread() is self.thread
        self.coverage += coverage

    @property
    def messages(self) -> list[str]:
        return sorted(event.message for event in self.events)


def window(since: int = T0, until: int = T0 + HOUR, **wanted: Any) -> Query:
    return Query(since=since, until=until, **wanted)
