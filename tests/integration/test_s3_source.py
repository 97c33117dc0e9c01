"""The S3 source as the pipeline pulls it: events, coverage, gaps."""

from __future__ import annotations

import gzip
import json

import pytest

from slsloggrep.errors import SourceError
from slsloggrep.model import Coverage, Event, Query
from slsloggrep.sources.base import Settings, open_source

UUID = "0a1b2c3d-1111-2222-3333-444455556666"
SINCE = 1_714_989_600_000  # 2024-05-06T10:00Z
HOUR = 3_600_000


def envelope(timestamp: int, message: str) -> bytes:
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/lambda/cart",
        "logStream": "2024/05/06/[$LATEST]0123456789abcdef0123456789abcdef",
        "subscriptionFilters": ["all"],
        "logEvents": [{"id": f"{timestamp:056d}", "timestamp": timestamp, "message": message}],
    }
    return gzip.compress(json.dumps(document).encode())


def name(hour: int, minute: int) -> str:
    return f"2024/05/06/{hour:02}/s-1-2024-05-06-{hour:02}-{minute:02}-00-{UUID}"


def pull(url: str, settings: Settings, query: Query) -> tuple[list[Event], Coverage]:
    coverage = Coverage(source=url)

    def report(increment: Coverage) -> None:
        nonlocal coverage
        coverage += increment

    events = list(open_source(url, settings).fetch(query, report))
    return events, coverage


def day_of_events() -> dict[str, bytes]:
    return {
        name(hour, minute): envelope(
            SINCE + (hour - 10) * HOUR + minute * 60_000 - 30_000, f"order {hour}:{minute}"
        )
        for hour in range(24)
        for minute in (1, 31)
    }


def test_an_hour_of_a_day_reads_its_objects_only(bucket, settings, aws) -> None:
    """The events of the hour come, the coverage counts every request, the rest is not opened."""
    events, coverage = pull(
        bucket(day_of_events()), settings, Query(since=SINCE, until=SINCE + HOUR)
    )
    wanted = {event.message for event in events if SINCE <= event.timestamp < SINCE + HOUR}
    assert wanted == {"order 10:1", "order 10:31"}
    opened = {seen.key for seen in aws.application.requests if seen.gets}
    assert opened == {name(hour, minute) for hour in (10, 11) for minute in (1, 31)}
    assert coverage.complete
    assert coverage.objects == coverage.planned_objects == 4
    assert coverage.requests == len(aws.application.requests)


def test_one_object_that_cannot_be_read_is_one_gap(bucket, settings, aws) -> None:
    """The others are read, and the coverage names the object with the reason."""
    aws_url = bucket(day_of_events())
    aws.application.inject(
        lambda seen: seen.gets and seen.key == name(10, 1),
        status="403 Forbidden",
        code="AccessDenied",
    )
    events, coverage = pull(aws_url, settings, Query(literals=("order",)))
    assert len(events) == 47
    (gap,) = coverage.gaps
    assert gap.what == name(10, 1)
    assert "s3:GetObject" in gap.reason


def test_throttling_changes_nothing_but_the_count(bucket, settings, aws) -> None:
    """Every seventh request is throttled, every fifth body is cut: the same events come."""
    url = bucket(day_of_events())
    plain, _ = pull(url, settings, Query(literals=("order",)))
    seen_so_far = 0

    def every(count: int):
        def matches(seen) -> bool:
            nonlocal seen_so_far
            seen_so_far += 1
            return seen_so_far % count == 0

        return matches

    aws.application.inject(every(7), status="503 Slow Down", code="SlowDown")
    aws.application.inject(every(5), cut_after=100)
    faulty, coverage = pull(url, settings, Query(literals=("order",)))
    assert sorted(event.event_id for event in faulty) == sorted(event.event_id for event in plain)
    assert coverage.complete


def test_a_bucket_where_nothing_may_be_read_is_unusable(bucket, settings, aws) -> None:
    """All objects denied: an error with the permission, not an empty answer."""
    url = bucket(day_of_events())
    aws.application.inject(lambda seen: seen.gets, status="403 Forbidden", code="AccessDenied")
    with pytest.raises(SourceError, match="s3:GetObject on arn:aws:s3:::logs/"):
        pull(url, settings, Query(literals=("order",)))
