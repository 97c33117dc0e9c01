"""A window opens only its own objects, with few requests, over a real socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from slsloggrep.sources.aws import Patience
from slsloggrep.sources.layout import HOUR
from slsloggrep.sources.s3 import S3Store

UUID = "0a1b2c3d-1111-2222-3333-444455556666"
DAY = datetime(2024, 5, 6, tzinfo=UTC)
SINCE = int(datetime(2024, 5, 6, 10, tzinfo=UTC).timestamp()) * 1000
QUICK = Patience(attempts=6, seconds=20, base=0.01, longest=0.05)


def archive(pattern: str, *, days: int = 2, minutes: int = 30) -> dict[str, bytes]:
    """Return the names of an archive that gets an object every so many minutes."""
    moments = (DAY + timedelta(minutes=step) for step in range(0, days * 24 * 60, minutes))
    return {moment.strftime(pattern): b"x" for moment in moments}


def listed(url: str, settings, since: int | None = SINCE, until: int | None = SINCE + HOUR):
    store = S3Store(url, settings, patience=QUICK)
    return sorted(stored.name for stored in store.list(since, until)), store.requests


FIREHOSE = f"s-1-%Y-%m-%d-%H-%M-%S-{UUID}.gz"


@pytest.mark.parametrize(
    ("folders", "requests"),
    [
        # Years, months with a look into them, days, hours, and the hours 9, 10 and 11.
        ("%Y/%m/%d/%H/", 8),
        ("logs%Y/%m/%d/%H/", 8),
        ("fn/%Y/%m/%d/%H/", 9),
        ("year=%Y/month=%m/day=%d/hour=%H/", 8),
        ("dt=%Y-%m-%d/", 3),
        ("dt=%Y-%m-%d/hour=%H/", 6),
        ("%Y/%m/%d/", 5),
    ],
)
def test_an_hour_opens_the_objects_of_that_hour_and_its_lateness(
    bucket, settings, folders, requests
) -> None:
    """10:00 to 11:00 with an hour's lateness: what began to arrive from 9:45 to 12:00."""
    names, used = listed(bucket(archive(folders + FIREHOSE, minutes=20)), settings)
    wanted = [DAY + timedelta(hours=10, minutes=minute) for minute in range(0, 120, 20)]
    assert names == sorted(moment.strftime(folders + FIREHOSE) for moment in wanted)
    assert used == requests


def test_without_a_window_one_flat_listing_finds_all(bucket, settings) -> None:
    """1,500 objects of every kind are two pages."""
    objects = archive("%Y/%m/%d/%H/%M-x", days=1, minutes=1) | {
        f"misc/{number}": b"" for number in range(60)
    }
    names, used = listed(bucket(objects), settings, None, None)
    assert names == sorted(objects)
    assert used == 2


def test_pages_are_followed_and_leapt_over(bucket, settings) -> None:
    """A folder of a day with more than 1,000 objects is entered where the window begins."""
    objects = archive(f"%Y/%m/%d/{FIREHOSE}", days=1, minutes=1)
    objects |= {name.replace("s-1-", "t-1-"): b"" for name in objects}
    names, used = listed(bucket(objects), settings, SINCE + 8 * HOUR, SINCE + 8 * HOUR + 60_000)
    assert len(names) == 2 * (15 + 61)
    assert used <= 9


def test_folders_without_time_are_all_entered(bucket, settings) -> None:
    """Delivery streams' folders, error prefixes, export tasks and odd names are looked at."""
    kept = {
        f"orders/2024/05/06/10/{DAY:s-1-%Y-%m-%d}-10-00-00-{UUID}": b"",
        f"err/processing-failed/2024/05/06/13/{DAY:s-1-%Y-%m-%d}-13-30-00-{UUID}": b"",
        f"exportedlogs/{UUID}/2024-02-13-[$LATEST]0123456789abcdef0123456789abcdef/000000.gz": b"",
        "2024/readme": b"",
        "notes.txt": b"",
    }
    left = {
        f"orders/2024/05/06/13/{DAY:s-1-%Y-%m-%d}-13-00-00-{UUID}": b"",
        "orders/2023/05/06/10/x": b"",
    }
    names, _ = listed(bucket(kept | left), settings)
    assert names == sorted(kept)


def test_thousands_of_streams_of_an_export_task_are_one_listing(bucket, settings) -> None:
    """A folder per log stream does not cost a request per log stream."""
    objects = {f"e/{UUID}/web-{number:04}/000000.gz": b"" for number in range(120)}
    names, used = listed(bucket(objects), settings)
    assert names == sorted(objects)
    assert used <= 5


def test_a_prefix_inside_the_tree_is_a_beginning_too(bucket, settings) -> None:
    """The user may have pasted a day, an hour, or half a name."""
    url = bucket(archive("logs/%Y/%m/%d/%H/" + FIREHOSE))
    expected, _ = listed(url, settings)
    for prefix in ("logs", "logs/", "logs/2024/05/06/", "logs/20", "logs/2024/05/06/1"):
        names, _ = listed(f"{url}/{prefix}", settings)
        assert names == expected
    names, _ = listed(f"{url}/logs/2024/05/06/11/", settings)
    assert names == expected[-2:]


def test_the_listing_stops_when_nobody_pulls(bucket, settings, aws) -> None:
    """Closing the iterator ends the asking: not all pages were fetched."""
    store = S3Store(bucket({f"{number:04}": b"" for number in range(3000)}), settings)
    found = store.list(None, None)
    next(found)
    found.close()
    assert store.requests <= 2


def test_markers_of_folders_are_no_objects(bucket, settings) -> None:
    """The empty objects by which consoles show folders are not logs."""
    names, _ = listed(bucket({"logs/": b"", "logs/a": b"1", "empty": b""}), settings)
    assert names == ["empty", "logs/a"]
