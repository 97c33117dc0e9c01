"""Groups whose class nobody may ask for: it turns out when they are read."""

from __future__ import annotations

from logs_service import LogsService

from slsloggrep.model import Coverage, Query
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.source import CloudWatchSource

GROUP = "/aws/lambda/rarely"
STREAM = "2026/11/23/[$LATEST]0123456789abcdef0123456789abcdef"


def test_the_newest_of_a_group_of_unknown_class_is_read_by_insights(
    cloudwatch: LogsService,
) -> None:
    """Where DescribeLogGroups is denied, FilterLogEvents' refusal tells the class."""
    now = cloudwatch.clock()
    cloudwatch.create_group(GROUP, log_group_class="INFREQUENT_ACCESS")
    cloudwatch.put(GROUP, STREAM, [(now - 7_200_000 + n * 1000, f"line {n}") for n in range(5)])
    cloudwatch.deny("DescribeLogGroups")
    source = CloudWatchSource("cloudwatch:", Settings(now=now, groups=(GROUP,), rate=1000))
    coverage = Coverage(source=source.name)

    def report(increment: Coverage) -> None:
        nonlocal coverage
        coverage += increment

    query = Query(since=now - 9_000_000, until=now - 600_000, newest_first=True)
    events = list(source.fetch(query, report))
    source.close()
    assert [event.message for event in events] == [f"line {n}" for n in (4, 3, 2, 1, 0)]
    assert coverage.gaps == ()
