"""What object names tell about time and origin."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from slsloggrep.sources.layout import (
    BUFFER,
    ERROR_RETRIES,
    HOUR,
    arrival,
    export_task_origin,
    is_error_prefix,
    may_hold,
    resume_after,
)

UUID = "e41f8376-f9ed-4797-b3e1-40eb785fc5a5"
STREAM = "[$LATEST]0123456789abcdef0123456789abcdef"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("name", "first", "end"),
    [
        (f"2024/01/02/03/s-1-2024-01-02-03-04-05-{UUID}", "2024-01-02T03:04:05", 1),
        (f"2024/01/02/03/s-1-2024-01-02-03-04-05-{UUID}.gz", "2024-01-02T03:04:05", 1),
        (f"s-12-2024-01-02-03-04-05-{UUID}.json.gz", "2024-01-02T03:04:05", 1),
        (
            f"2020-01-01-00-00-00-abcdefgh-1-2024-01-02-03-04-05-{UUID}",
            "2024-01-02T03:04:05",
            1,
        ),
        (f"2024/01/02/s-1-2024-13-02-03-04-05-{UUID}", "2024-01-02", 86400),
        ("2024/01/02/03/x", "2024-01-02T03", 3600),
        ("2024/01/02/03/04/05-part0.gz", "2024-01-02T03", 3600),
        ("a/b/2024/01/02/03/c/d", "2024-01-02T03", 3600),
        ("logs2024/01/02/03/x", "2024-01-02T03", 3600),
        ("2024/01/02/x", "2024-01-02", 86400),
        ("2024/02/x", "2024-02-01", 29 * 86400),
        ("2024/01/02/99/x", "2024-01-02", 86400),
        ("year=2024/month=01/day=02/hour=03/x", "2024-01-02T03", 3600),
        ("year=2024/month=1/day=2/hour=3/x", "2024-01-02T03", 3600),
        ("year=2024/region=eu/month=01/day=02/x", "2024-01-02", 86400),
        ("year=2024/x", "2024-01-01", 366 * 86400),
        ("yyyy=2023/mm=12/dd=31/hh=23/x", "2023-12-31T23", 3600),
        ("dt=2024-01-02/x", "2024-01-02", 86400),
        ("log_date=20240102/x", "2024-01-02", 86400),
        ("date=2024-01-02/hour=03/x", "2024-01-02T03", 3600),
        ("dt=2024-01-02-03/x", "2024-01-02T03", 3600),
        ("month=2024-01/x", "2024-01-01", 31 * 86400),
        ("resourceId=/SUBSCRIPTIONS/S/y=2023/m=05/d=23/h=20/m=00/PT1H.json", "2023-05-23T20", 3600),
        ("2024-01-02/03/x", "2024-01-02T03", 3600),
        ("app-2024_01_02/x", "2024-01-02", 86400),
        ("2024-01-02T03/x", "2024-01-02T03", 3600),
        ("2024-01-02T03:15:00Z/x", "2024-01-02T03", 3600),
        ("20240102/x", "2024-01-02", 86400),
        ("20240102T0304Z/x", "2024-01-02T03", 3600),
        ("2024010203/x", "2024-01-02T03", 3600),
        ("2024/01/02/dt=2024-01-02/x", "2024-01-02", 86400),
    ],
)
def test_names_tell_the_stretch_of_arrival(name: str, first: str, end: int) -> None:
    """Each layout tells its stretch, both ends included; the file's second wins over folders."""
    assert arrival(name) == (at(first), at(first) + end * 1000 - 1)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "x",
        "2024/x",
        "logs/2024/13/01/x",
        "dt=2024-02-30/x",
        "2024-02-30/03/x",
        "1999/01/01/00/x",
        "AWSLogs/202401023344/x",
        "part-2024-01-02.gz",
        "12/31/x",
        "month=01/day=02/x",
        f"{UUID}/x",
        "1b2c3d4e-2024-4111-8222-333344445555/x",
        "backup-2024-05-01/2024/01/02/03/x",
        f"fn/2024/01/02/{STREAM}.gz",
        f"fn/2024/01/02/my-fn{STREAM}/1.gz",
        f"exportedlogs/{UUID}/2024-02-13-{STREAM}/000000.gz",
        f"exportedlogs/2024-02-13/{UUID}/app-2024-02-13/000000.gz",
        "2024\n/01/02/x",
    ],
)
def test_other_names_tell_nothing(name: str) -> None:
    """Numbers, UUIDs, impossible dates, rival dates and days of log streams are no arrival."""
    assert arrival(name) is None


def test_an_error_prefix_tells_an_earlier_arrival_too() -> None:
    """What lies under an error prefix may have been tried elsewhere for two hours."""
    name = "errors/processing-failed/2024/01/02/03/x"
    first, end = at("2024-01-02T03"), at("2024-01-02T03") + HOUR - 1
    assert arrival(name) == (first - ERROR_RETRIES, end)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("processing-failed/2024/01/02/03/x", True),
        ("a/http-endpoint-failed/x", True),
        ("logs/AmazonOpenSearchService_failed/x", True),
        ("AmazonOpenSearchService-failed/x", True),
        ("elasticsearch-failed/x", True),
        ("err-format-conversion-failed2024/01/x", True),
        ("splunk-failed", False),
        ("orders-failed/x", False),
        ("2024/01/02/03/x", False),
    ],
)
def test_error_prefixes_are_known(name: str, expected: bool) -> None:
    """Firehose's error output types are told in every spelling, other failures are not."""
    assert is_error_prefix(name) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            f"exportedlogs/{UUID}/2024-02-13-{STREAM}/000000.gz",
            ("", f"2024/02/13/{STREAM}"),
        ),
        (
            f"{UUID}/2024-02-13-my-fn[12]0123456789abcdef0123456789abcdef/000001.gz",
            ("", "2024/02/13/my-fn[12]0123456789abcdef0123456789abcdef"),
        ),
        (
            f"e/{UUID}/2015-06-30-0123456789abcdef0123456789abcdef/000000.gz",
            ("", "2015/06/30/0123456789abcdef0123456789abcdef"),
        ),
        (f"x/aws/lambda/cart/{UUID}/web-1/000000.gz", ("/aws/lambda/cart", "web-1")),
        ("exportedlogs/aws-logs-write-test", None),
        (f"exportedlogs/{UUID}/stream/0.gz", None),
        (f"exportedlogs/task/{STREAM}/000000.gz", None),
        ("000000.gz", None),
        ("", None),
    ],
)
def test_export_tasks_tell_their_origin(name: str, expected: tuple[str, str] | None) -> None:
    """A Lambda stream gets its slashes back; other streams stay; the group where it is spelt."""
    assert export_task_origin(name) == expected


def test_the_window_is_widened_by_lateness_and_buffer() -> None:
    """An event of 10:59 may arrive up to `late` later, and be written behind an older record."""
    since, until = at("2024-01-02T10"), at("2024-01-02T11")

    def holds(first: str) -> bool:
        return may_hold((at(first), at(first) + 999), since, until, HOUR)

    assert not holds("2024-01-02T09:44:58")
    assert holds("2024-01-02T09:45:00")
    assert holds("2024-01-02T11:59:59")
    assert not holds("2024-01-02T12:00:00")
    assert may_hold(None, since, until, HOUR)
    assert may_hold((0, 1), None, until, HOUR)
    assert may_hold((since * 2, since * 2), since, None, HOUR)
    assert BUFFER == 900_000


def test_a_sorted_listing_may_leap() -> None:
    """Before the window it leaps to its begin, behind the window past the delivery stream."""
    name = f"2024/01/s-1-2024-01-02-03-04-05-{UUID}.gz"
    second = at("2024-01-02T03:04:05")
    assert resume_after(name, second, second) is None
    assert resume_after(name, second + 2_000, None) == "2024/01/s-1-2024-01-02-03-04-07"
    assert resume_after(name, None, second - 1) == "2024/01/s-1-:"
    assert resume_after("2024/01/x", second + 2_000, second - 1) is None
