"""Rows of Insights, the well-formed and the others; and the text of queries."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from slsloggrep.model import Event, Query, Span
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.insights_pieces import halves_of
from slsloggrep.sources.cloudwatch.insights_query import Ask, divide, text_of
from slsloggrep.sources.cloudwatch.insights_rows import Rows
from slsloggrep.sources.cloudwatch.logs import Group, Logs

T0 = 1_707_858_064_046
"""2024-02-13 21:01:04.046 UTC"""
LOGS = cast(Logs, SimpleNamespace(label="eu-west-1", region="eu-west-1"))
ARN = "arn:aws:logs:eu-west-1:111111111111:log-group:"
GROUP = Group(name="g", arn=f"{ARN}g", logs=LOGS)
OTHER = Group(name="h", arn=f"{ARN}h", logs=LOGS)


def ask(**options: Any) -> Ask:
    return Ask(**{"logs": LOGS, "groups": (GROUP,), "since": 0, "until": 2 * T0, **options})


def row(**cells: str) -> dict[str, str]:
    known = {"timestamp": "2024-02-13 21:01:04.046", "message": "m", "log": "111111111111:g"}
    return {f"@{name}": value for name, value in {**known, "logStream": "s", **cells}.items()}


def taken(*given: dict[str, str], **options: Any) -> tuple[list[Event], Rows]:
    rows = Rows(ask(**options), "cloudwatch:", 1)
    return rows.take(given) + rows.held, rows


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-13 21:01:04.046", T0),
        ("2024-02-13 21:01:04", T0 - 46),
        ("2024-02-13 21:01:04.5", T0 + 454),
        ("2024-02-13T21:01:04.046Z", T0),
        (str(T0), T0),
        ("1970-01-01 00:00:00.001", 1),
    ],
)
def test_times_are_text_or_numbers(text: str, moment: int) -> None:
    """UTC to the millisecond, whoever writes it."""
    events, _ = taken(row(timestamp=text))
    assert [event.timestamp for event in events] == [moment]


def test_what_is_no_event_is_counted_and_told() -> None:
    """A row without time, message or a group that was asked for is a gap, never dropped."""
    silent = row()
    del silent["@message"]
    events, rows = taken(
        row(timestamp="yesterday"), row(timestamp=""), row(log="111111111111:x"), silent, silent
    )
    assert events == []
    assert rows.gaps == (
        ("eu-west-1:g", "rows of Insights came without a time that can be read: 2"),
        ("eu-west-1:g", "rows of Insights came of a log group that was not asked for: 1"),
        ("eu-west-1:g", "rows of Insights came without their message: 2"),
    )


def test_a_prefix_may_bring_groups_that_nobody_asked_for() -> None:
    """They are dropped, and nothing is missing."""
    events, rows = taken(row(log="111111111111:x"), row(), prefix="/")
    assert len(events) == 1
    assert rows.gaps == ()


@pytest.mark.parametrize("log", ["111111111111:g", "g", ""])
def test_the_group_is_found_by_what_the_row_tells(log: str) -> None:
    """With its account, without it (moto), and by itself where only one was asked for."""
    ((event,), _) = taken(row(log=log))
    assert event.log_group == "g"


def test_another_accounts_group_is_not_taken_for_ours() -> None:
    """The same name in a linked account is another group."""
    events, rows = taken(row(log="222222222222:g"), groups=(GROUP, OTHER))
    assert events == []
    assert rows.gaps


def test_the_query_says_what_is_wanted_and_in_which_order() -> None:
    """Fields, literals by what no encoder escapes, ascending, with a limit."""
    query = Query(since=T0, until=T0 + 5000, literals=("ord-2207", 'a"b22071', "x22071", "END "))
    (one,) = divide([GROUP, OTHER], query, Settings(now=T0))
    assert text_of(one, 100) == (
        "fields @timestamp, @message, @logStream, @log "
        r"| filter @message like /END\s|b22071|x22071|END\x1B|END\x5C|ord.*2207/ "
        "| sort @timestamp asc | limit 100"
    )
    assert one.plain == "@message like /2207|END/"


def test_of_plain_text_there_is_no_plainer_condition() -> None:
    """Nor where several asks are for the same events: there runs alone are told apart for sure."""
    query = Query(since=T0, until=T0 + 5000, literals=("ord2207", "8f5d3c1a-0123456789ab"))
    (one,) = divide([GROUP], query, Settings(now=T0))
    assert (one.condition, one.plain) == ("@message like /ord2207|0123456789ab/", "")
    span = Span("g", "s", T0, T0 + 1)
    both = Query(since=T0, until=T0 + 5000, literals=("ord-2207",), spans=(span,))
    first, _ = divide([GROUP], both, Settings(now=T0))
    assert (first.condition, first.plain) == ("@message like /2207/", "")
    assert one.seconds == (T0 // 1000, T0 // 1000 + 6)


def test_a_literal_without_letters_and_digits_asks_for_everything() -> None:
    """Anything else might be escaped: a sound superset is all there is."""
    (one,) = divide([GROUP], Query(since=0, until=9, literals=("--", "ord-1")), Settings(now=T0))
    assert one.condition == ""


def test_stretches_far_apart_are_not_scanned_together() -> None:
    """Every group is paid for over the whole window of a query: near ones share it, others not."""
    hour = 3_600_000
    spans = (
        Span("g", "a", 0, hour),
        Span("h", "b", hour // 2, hour + hour // 2),
        Span("g", "c", 50 * hour, 51 * hour),
        Span("h", "d", 70 * hour, 71 * hour),
    )
    asks = divide([GROUP, OTHER], Query(spans=spans), Settings(now=T0))
    assert [(len(one.groups), one.since, one.until) for one in asks] == [
        (2, 0, hour + hour // 2),
        (1, 50 * hour, 51 * hour),
        (1, 70 * hour, 71 * hour),
    ]
    assert asks[0].condition == '@logStream in ["a", "b"]'


def test_a_window_without_beginning_begins_before_its_groups() -> None:
    """Events may be 14 days older than their group; the end is in the near future."""
    made = Group(name="g", logs=LOGS, created=T0)
    (one,) = divide([made], Query(), Settings(now=T0 + 10))
    assert (one.since, one.until) == (T0 - 14 * 86_400_000, T0 + 10 + 7_200_000)
    (one,) = divide([GROUP], Query(), Settings(now=T0))
    assert one.since == 0


@pytest.mark.parametrize(("since", "until"), [(0, 2000), (1500, 9999), (T0, T0 + 86_400_000)])
def test_halves_meet_and_do_not_overlap(since: int, until: int) -> None:
    """The parts of a window are the window."""
    first, second = halves_of(ask(since=since, until=until))
    assert (first.since, second.until) == (since, until)
    assert first.until == second.since
    assert first.until % 1000 == 0
    assert halves_of(ask(since=1200, until=1900)) == []
