"""What is unhealthy of functions: each weakness by itself, and none out of what is not known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from slsloggrep.analyse.health import find_weaknesses
from slsloggrep.model.inventory import DeployedFunction

WELL = DeployedFunction(
    name="f",
    region="r",
    log_format="JSON",
    application_level="INFO",
    system_level="INFO",
    traced=True,
    group_exists=True,
    retention_days=30,
    infrequent=False,
)


def kinds(function: DeployedFunction) -> list[str]:
    return [each.kind for each in find_weaknesses(function)]


def test_a_healthy_function_has_none() -> None:
    """JSON, levels that keep the platform's lines, tracing, an end to what is kept."""
    assert find_weaknesses(WELL) == ()


def test_what_is_not_known_is_no_weakness() -> None:
    """A function of which nothing but its name was to be had is not judged."""
    assert find_weaknesses(DeployedFunction(name="f", region="r")) == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"retention_days": None}, ["retention_never_expires"]),
        ({"retention_days": None, "group_exists": None}, []),
        ({"retention_days": None, "group_exists": False}, ["no_log_group"]),
        ({"log_format": "Text"}, ["no_json"]),
        ({"system_level": "WARN"}, ["system_log_level"]),
        ({"system_level": "DEBUG"}, []),
        ({"application_level": "FATAL"}, ["application_log_level"]),
        ({"application_level": "WARN"}, []),
        ({"traced": False}, ["no_tracing"]),
        ({"infrequent": True}, ["infrequent_access"]),
        # Levels count for JSON only (Developer Guide, monitoring-cloudwatchlogs-log-level).
        ({"log_format": "Text", "system_level": "WARN"}, ["no_json"]),
    ],
)
def test_each_weakness_by_itself(change: dict[str, Any], expected: list[str]) -> None:
    """One thing that is otherwise is one weakness."""
    assert kinds(replace(WELL, **change)) == expected


def test_what_hides_most_comes_first() -> None:
    """The order is that of how much a reader misses."""
    worst = replace(
        WELL, system_level="WARN", application_level="ERROR", retention_days=None, traced=False
    )
    assert kinds(worst) == [
        "system_log_level",
        "application_log_level",
        "retention_never_expires",
        "no_tracing",
    ]
