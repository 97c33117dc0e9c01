"""Choosing log groups as a command does, for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from logs_service import LogsService

from slsloggrep.errors import SourceError
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.groups import Choice, choose_groups
from slsloggrep.sources.cloudwatch.places import Places

EAST, WEST = "us-east-1", "eu-west-1"
OWN, OTHER = "123456789012", "999999999999"


class Asker:
    """Chooses groups, and remembers what was said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.opened: list[Places] = []

    def places(self, url: str = "cloudwatch:", **given: Any) -> tuple[Places, Settings]:
        settings = Settings(now=1_790_000_000_000, say=self.said.append, **given)
        places = Places(url, settings)
        self.opened.append(places)
        return places, settings

    def choose(self, *groups: str, url: str = "cloudwatch:", **given: Any) -> Choice:
        places, settings = self.places(url, groups=groups, **given)
        return choose_groups(places, settings)

    def fail(self, *groups: str, url: str = "cloudwatch:", **given: Any) -> SourceError:
        with pytest.raises(SourceError) as caught:
            self.choose(*groups, url=url, **given)
        return caught.value


@contextmanager
def asking() -> Iterator[Asker]:
    """Give someone who asks, and close what was opened."""
    asker = Asker()
    try:
        yield asker
    finally:
        for places in asker.opened:
            places.close()


def names(choice: Choice) -> list[str]:
    return [group.name for group in choice.groups]


def labels(choice: Choice) -> list[str]:
    return [group.label for group in choice.groups]


def fill(cloudwatch: LogsService, *groups: str, region: str = EAST) -> None:
    for group in groups:
        cloudwatch.create_group(group, region=region)


def arn(name: str, region: str = WEST, account: str = OWN) -> str:
    return f"arn:aws:logs:{region}:{account}:log-group:{name}"
