"""Log groups and functions that were named narrow every source."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from archive_samples import NOON, MemoryStore

from slsloggrep.errors import UsageError
from slsloggrep.model import Coverage, Event, Query
from slsloggrep.sources.archive import ArchiveSource
from slsloggrep.sources.base import Capability, Report, Settings
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


def test_a_typo_is_told_with_the_near_names() -> None:
    """Nothing that was found is meant: who trusts an empty answer has to know why it is empty."""
    events = [Event(1, "x", f"/aws/lambda/{name}", "s", "") for name in ("shop-pay", "shop-ship")]

    class Held:
        name = "held:"
        capabilities = Capability.NONE

        def fetch(self, _query: Query, _report: Report) -> Iterator[Event]:
            yield from events

        def close(self) -> None:
            return

    def notes(*functions: str) -> list[str]:
        said: list[Coverage] = []
        list(Chosen(Held(), (), functions).fetch(Query(), said.append))
        return [note for coverage in said for note in coverage.notes]

    (near,) = notes("shop-pay2")
    assert "there is shop-pay" in near
    (unlike,) = notes("zzz")
    assert unlike.endswith("shop-pay, shop-ship")
    assert notes("shop-pay") == notes("shop-*") == []
