"""What a reading would take, and which engine is chosen for it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from slsloggrep.errors import UsageError
from slsloggrep.model import Query, Span
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.estimate import (
    bytes_of,
    calls_of,
    choose_engines,
    dollars_of,
    plan_reads,
    price_text,
    scanned_text,
    size_text,
)
from slsloggrep.sources.cloudwatch.insights_query import whole_prefix
from slsloggrep.sources.cloudwatch.logs import Group, Logs

DAY = 86_400_000
HOUR = 3_600_000
NOW = 1_795_453_200_000
GB = 1_000_000_000
US = cast(Logs, SimpleNamespace(label="", region="us-east-1"))
EU = cast(Logs, SimpleNamespace(label="eu-central-1", region="eu-central-1"))


def group(name: str = "g", logs: Logs = US, **options: Any) -> Group:
    return Group(
        **{
            "name": name,
            "logs": logs,
            "stored_bytes": 100 * GB,
            "created": NOW - 100 * DAY,
            **options,
        }
    )


def many(count: int, logs: Logs = US, **options: Any) -> list[Group]:
    return [group(f"g{n:04d}", logs, **{"stored_bytes": 1000, **options}) for n in range(count)]


def settings(**options: Any) -> Settings:
    return Settings(now=NOW, **options)


SEARCH = Query(since=NOW - 2 * HOUR, until=NOW - HOUR, literals=("ord-2207",))


def test_the_share_of_a_window_is_that_of_its_time() -> None:
    """A group is thought to have grown evenly over its age, or over what it keeps."""
    window = Query(since=NOW - 10 * DAY, until=NOW - 9 * DAY)
    assert bytes_of([group()], window, NOW) == 1 * GB
    assert bytes_of([group(retention_days=20)], window, NOW) == 5 * GB
    assert bytes_of([group(retention_days=5)], window, NOW) == 0
    assert bytes_of([group(), group(retention_days=20)], window, NOW) == 6 * GB
    assert bytes_of([group()], Query(), NOW) == 100 * GB
    assert bytes_of([group()], Query(since=NOW + HOUR, until=NOW + DAY), NOW) == 0


def test_overlapping_stretches_count_once() -> None:
    """Streams of one group are scanned together: only time counts."""
    spans = (
        Span("g", "a", NOW - 3 * DAY, NOW - DAY),
        Span("g", "b", NOW - 2 * DAY, NOW),
        Span("other", "c", NOW - 50 * DAY, NOW),
    )
    assert bytes_of([group()], Query(spans=spans), NOW) == 3 * GB


@pytest.mark.parametrize(
    "unknown",
    [
        {"stored_bytes": None},
        {"created": None},
        {"stored_bytes": 0, "created": NOW - HOUR},
    ],
)
def test_what_nothing_tells_is_not_guessed(unknown: dict[str, Any]) -> None:
    """Without figures, or with those of a group too new to have any, the size is unknown."""
    assert bytes_of([group(), group(**unknown)], SEARCH, NOW) is None


def test_an_old_group_without_bytes_is_empty() -> None:
    """Zero is a figure once the service had a day to count."""
    assert bytes_of([group(stored_bytes=0)], SEARCH, NOW) == 0


def test_calls_are_pages_where_nothing_is_searched_for() -> None:
    """A dump takes a call for each MB, a search one at least for each pattern."""
    everything = Query(since=NOW - DAY, until=NOW)
    assert calls_of(group(stored_bytes=1_234_567_890), everything, NOW) == 13
    assert calls_of(group(stored_bytes=None), everything, NOW) == 1
    assert calls_of(group(), SEARCH, NOW) == 1
    assert calls_of(group(), Query(since=NOW - DAY, until=NOW, pattern="ERROR"), NOW) == 1
    streams = tuple(Span("g", f"s{n}", NOW - DAY, NOW) for n in range(250))
    assert calls_of(group(), Query(spans=streams), NOW) == 3


def test_the_user_chooses_the_engine() -> None:
    """`filter` and `insights` are obeyed, but for what only Insights can read."""
    usual, cold = group("usual"), group("cold", infrequent=True)
    engines = choose_engines([usual, cold], SEARCH, settings(engine="filter"))
    assert engines[:2] == ((usual,), (cold,))
    (note,) = engines.notes
    assert note == (
        "1 log group of the class Infrequent Access: read by Insights, which alone can, at $0.005 "
        "per GB scanned"
    )
    assert choose_engines([usual, cold], SEARCH, settings(engine="insights")) == (
        (),
        (usual, cold),
        (),
    )


def test_a_price_that_cannot_be_told_is_told_so() -> None:
    """Insights, asked for over groups of unknown size: its price for each GB."""
    (note,) = choose_engines([group(created=None)], SEARCH, settings(engine="insights")).notes
    assert note.startswith("Insights costs $0.005 per GB scanned")


def test_a_filter_pattern_and_insights_exclude_each_other() -> None:
    """Both flags are named."""
    with pytest.raises(UsageError, match="--engine insights") as raised:
        choose_engines([group()], Query(pattern="ERROR"), settings(engine="insights"))
    assert "--filter-pattern" in raised.value.message
    assert choose_engines([group()], Query(pattern="ERROR"), settings()).filter


def test_hundreds_of_groups_are_searched_by_insights() -> None:
    """More than a minute of calls at the published rate, and pocket money: it is said, and done."""
    groups = many(1600)
    engines = choose_engines(groups, SEARCH, settings())
    assert engines.filter == ()
    assert engines.insights == tuple(groups)
    (note,) = engines.notes
    assert note.startswith("1600 log groups: read by Insights, less than $0.01 for about ")
    assert "FilterLogEvents would take 64 s at least; --engine filter does without" in note


@pytest.mark.parametrize(
    ("count", "rate", "slow"), [(301, None, True), (300, None, False), (301, 10.0, False)]
)
def test_the_rate_is_the_regions_or_the_users(count: int, rate: float | None, slow: bool) -> None:
    """eu-central-1 takes 5 calls a second; `--rate` says otherwise."""
    engines = choose_engines(many(count, EU), SEARCH, settings(rate=rate))
    assert bool(engines.insights) is slow


def test_a_slow_region_does_not_move_a_fast_one() -> None:
    """Each place is looked at by itself."""
    fast, slow = many(10), many(400, EU)
    engines = choose_engines([*fast, *slow], SEARCH, settings())
    assert (engines.filter, engines.insights) == (tuple(fast), tuple(slow))


@pytest.mark.parametrize(
    "query",
    [
        Query(since=NOW - HOUR, until=NOW, literals=("ord-2207",)),
        Query(since=NOW - HOUR, until=None, literals=("ord-2207",)),
        Query(since=NOW - 2 * HOUR, until=NOW - HOUR),
        Query(since=NOW - 2 * HOUR, until=NOW - HOUR, literals=("ord-2207",), pattern="x"),
        Query(spans=tuple(Span(f"g{n:04d}", "s", NOW - DAY, NOW - HOUR) for n in range(1600))),
    ],
)
def test_where_insights_might_be_wrong_or_wasteful_it_is_not_used(query: Query) -> None:
    """A window up to now, a dump, a pattern and stretches of streams stay with FilterLogEvents."""
    assert choose_engines(many(1600), query, settings()).insights == ()


def test_more_than_pocket_money_is_not_spent_unasked() -> None:
    """The dearer reading of the stored bytes is at most 5 cents, and it must be known."""
    cheap = many(1600, stored_bytes=2 * GB)  # 1.33 GB in the hour: 4.4 cents if it is compressed
    assert choose_engines(cheap, SEARCH, settings()).insights
    dear = many(1600, stored_bytes=3 * GB)
    assert not choose_engines(dear, SEARCH, settings()).insights
    dark = [*many(1600), group("dark", stored_bytes=None)]
    assert not choose_engines(dark, SEARCH, settings()).insights


def test_a_plan_has_a_line_for_each_group_and_each_query() -> None:
    """FilterLogEvents group by group, Insights by parts of fifty, with its price."""
    usual = [group("a"), group("b", stored_bytes=None)]
    cold = [group(f"c{n:02d}", infrequent=True, stored_bytes=GB) for n in range(60)]
    query = Query(since=NOW - 100 * DAY, until=NOW, literals=("ord-2207",))
    engines = choose_engines([*usual, *cold], query, settings())
    reads = list(plan_reads([*usual, *cold], query, settings(), engines))
    assert [(r.what, r.engine, r.calls, r.bytes, r.dollars) for r in reads] == [
        ("a", "FilterLogEvents", 1, 100 * GB, None),
        ("b", "FilterLogEvents", 1, None, None),
        ("50 log groups, c00 to c49", "Insights", 2, 50 * GB, pytest.approx(0.25)),
        ("10 log groups, c50 to c59", "Insights", 2, 10 * GB, pytest.approx(0.05)),
    ]


def test_a_single_cold_group_is_named_with_its_region() -> None:
    """A query over one group is that group."""
    cold = group("cold", EU, infrequent=True, stored_bytes=None)
    (read,) = plan_reads([cold], SEARCH, settings(), choose_engines([cold], SEARCH, settings()))
    assert (read.what, read.bytes, read.dollars) == ("eu-central-1:cold", None, None)


def test_prices_are_told_as_people_say_them() -> None:
    """Dollars for a GB scanned; less than a cent is no zero."""
    assert dollars_of(200 * GB) == pytest.approx(1.0)
    assert [price_text(dollars) for dollars in (0.0, 0.0049, 0.005, 1.234)] == [
        "less than $0.01",
        "less than $0.01",
        "about $0.01",
        "about $1.23",
    ]
    assert [size_text(size) for size in (999, 1000, 1_234_567, 12 * GB)] == [
        "999 B",
        "1.0 kB",
        "1.2 MB",
        "12.0 GB",
    ]
    assert scanned_text(GB).startswith("1.0 GB, about $0.01 at $0.005 per GB (us-east-1's price")


@pytest.mark.parametrize(
    ("groups", "functions", "specs", "prefix"),
    [
        ((), (), (), "/aws/lambda/"),
        (("/aws/lambda/prod-*",), (), (), "/aws/lambda/prod-"),
        ((), (), ("/shop/*",), "/shop/"),
        (("/a/*",), (), ("/b/*",), ""),
        (("/a/*", "/b/*"), (), (), ""),
        (("/a/*/c*",), (), (), ""),
        (("/a/?*",), (), (), ""),
        (("/a/[bc]*",), (), (), ""),
        (("/a",), (), (), ""),
        (("/^a/",), (), (), ""),
        ((), ("cart*",), (), ""),
        (("*",), (), (), ""),
    ],
)
def test_a_prefix_stands_for_groups_only_where_all_under_it_are_meant(
    groups: tuple[str, ...], functions: tuple[str, ...], specs: tuple[str, ...], prefix: str
) -> None:
    """The default and a single glob with its star at the end; nothing else."""
    assert whole_prefix(settings(groups=groups, functions=functions), specs) == prefix
