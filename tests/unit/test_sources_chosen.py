"""Log groups and functions that were named narrow every source."""

from __future__ import annotations

import json

import pytest
from archive_samples import NOON, MemoryStore

from slsloggrep.errors import UsageError
from slsloggrep.model import Query
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Settings
from slsloggrep.sources.chosen import Chosen

STREAMS = {
    "/aws/lambda/checkout": "2026/11/23/[$LATEST]0123456789abcdef",
    "/aws/lambda/pay": "2026/11/23/[7]0123456789abcdef",
    "/shared/shop": "2026/11/23/label[$LATEST]0123456789abcdef",
}


def names(groups: list[str], functions: list[str]) -> list[str]:
    objects: dict[str, bytes | OSError] = {"text": b"a line of nobody's\n"}
    for number, (group, stream) in enumerate(STREAMS.items()):
        event = {"id": f"{number:056}", "timestamp": NOON, "message": group}
        envelope = {
            "messageType": "DATA_MESSAGE",
            "logGroup": group,
            "logStream": stream,
            "logEvents": [event],
        }
        objects[group] = json.dumps(envelope).encode()
    source = Chosen(ArchiveSource(MemoryStore(objects), Settings(now=NOON)), groups, functions)
    return sorted(event.log_group for event in source.fetch(Query(), lambda _: None))


@pytest.mark.parametrize(
    ("groups", "functions", "found"),
    [
        (["/aws/lambda/pay"], [], ["/aws/lambda/pay"]),
        (["/aws/*"], [], ["/aws/lambda/checkout", "/aws/lambda/pay"]),
        (["/(pay|shop)$/"], [], ["/aws/lambda/pay", "/shared/shop"]),
        ([], ["label"], ["/shared/shop"]),
        ([], ["pay:prod"], ["/aws/lambda/pay"]),
        (["/shared/shop"], ["check*"], ["/aws/lambda/checkout", "/shared/shop"]),
    ],
)
def test_only_what_was_named_is_handed_on(
    groups: list[str], functions: list[str], found: list[str]
) -> None:
    """By name, glob, regex or function; what has no log group at all is kept."""
    assert names(groups, functions) == ["", *found]


def test_a_name_that_cannot_be_one_is_told() -> None:
    """A wrong name would be an empty answer."""
    with pytest.raises(UsageError):
        names(["/aws/lambda/é"], [])
