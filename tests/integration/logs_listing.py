"""DescribeLogGroups, ListLogGroups and DescribeLogStreams of the stand-in."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from logs_world import Group, Stream, World, invalid

PAGE = 50


def describe_log_groups(world: World, given: dict[str, Any]) -> dict[str, Any]:
    prefix, pattern = given.get("logGroupNamePrefix"), given.get("logGroupNamePattern")
    if prefix is not None and pattern is not None:
        raise invalid(
            "logGroupNamePrefix and logGroupNamePattern cannot both be given.", violation=True
        )
    identifiers = given.get("logGroupIdentifiers")
    others = {"logGroupNamePrefix", "logGroupNamePattern", "logGroupClass", "accountIdentifiers"}
    if identifiers is not None and others & given.keys():
        raise invalid(
            "With logGroupIdentifiers only includeLinkedAccounts may be given.", violation=True
        )
    groups = _groups(world, given)
    if identifiers is not None:
        groups = [group for group in groups if {group.name, group.arn} & set(identifiers)]
    groups = [
        group
        for group in groups
        if group.name.startswith(prefix or "") and (pattern or "") in group.name
    ]
    shown, token = _page(world, "DescribeLogGroups", given, groups, PAGE)
    answer = {"logGroups": [_described(group, brief=pattern is not None) for group in shown]}
    return answer | token


def _described(group: Group, *, brief: bool) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "logGroupName": group.name,
        "creationTime": group.created,
        "arn": f"{group.arn}:*",
    }
    if brief:
        return answer  # "only arn, creationTime, and logGroupName are included in the response"
    answer |= {
        "metricFilterCount": 0,
        "storedBytes": group.bytes if group.stored_bytes is None else group.stored_bytes,
        "logGroupClass": group.log_group_class,
        "logGroupArn": group.arn,
    }
    if group.retention_days is not None:
        answer["retentionInDays"] = group.retention_days
    return answer


def list_log_groups(world: World, given: dict[str, Any]) -> dict[str, Any]:
    unknown = {"dataSources", "fieldIndexNames", "logGroupTags"} & given.keys()
    if unknown:
        raise invalid(f"The stand-in does not know {', '.join(unknown)}.", violation=True)
    pattern = re.compile(given.get("logGroupNamePattern", ""))
    groups = [group for group in _groups(world, given) if pattern.search(group.name)]
    shown, token = _page(world, "ListLogGroups", given, groups, PAGE)
    return {
        "logGroups": [
            {
                "logGroupName": group.name,
                "logGroupArn": group.arn,
                "logGroupClass": group.log_group_class,
            }
            for group in shown
        ]
    } | token


def _groups(world: World, given: dict[str, Any]) -> list[Group]:
    """Return the groups of the accounts and the class that are asked for, sorted by name."""
    linked = given.get("includeLinkedAccounts", False)
    accounts = set(given.get("accountIdentifiers") or ())
    if accounts and not linked:
        raise invalid("accountIdentifiers needs includeLinkedAccounts.", violation=True)
    classes = {given["logGroupClass"]} if "logGroupClass" in given else None
    found = []
    for (account, _), group in sorted(world.groups.items(), key=lambda item: item[0][::-1]):
        if not linked and account != world.account:
            continue
        if accounts and account not in accounts:
            continue
        if classes is None or group.log_group_class in classes:
            group.settle(world.clock())
            found.append(group)
    return found


def describe_log_streams(world: World, given: dict[str, Any]) -> dict[str, Any]:
    group = world.group_of(given)
    prefix = given.get("logStreamNamePrefix")
    by_time = given.get("orderBy", "LogStreamName") == "LastEventTime"
    if by_time and prefix is not None:
        raise invalid("Cannot order by LastEventTime with a logStreamNamePrefix.", violation=True)
    now = world.clock()
    known = now - world.last_event_lag
    streams = [
        stream
        for stream in group.streams.values()
        if stream.created <= now and stream.name.startswith(prefix or "")
    ]
    order: Callable[[Stream], Any] = lambda stream: (  # noqa: E731
        (_last(stream, known) if by_time else 0, stream.name)
    )
    streams.sort(key=order, reverse=given.get("descending", False))
    shown, token = _page(world, "DescribeLogStreams", given, streams, PAGE, group=group)
    return {"logStreams": [_shown(group, stream, known) for stream in shown]} | token


def _last(stream: Stream, known: int) -> int:
    for event in reversed(stream.events):
        if event.ingestionTime <= known:
            return event.timestamp
    return 0


def _shown(group: Group, stream: Stream, known: int) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "logStreamName": stream.name,
        "creationTime": stream.created,
        "arn": f"{group.arn}:log-stream:{stream.name}",
        "storedBytes": 0,
        "uploadSequenceToken": "4" * 56,
    }
    if last := _last(stream, known):
        ingested = (event.ingestionTime for event in stream.events)
        answer |= {
            "firstEventTimestamp": stream.events[0].timestamp,
            "lastEventTimestamp": last,
            "lastIngestionTime": max(time for time in ingested if time <= known),
        }
    return answer


def _page(
    world: World,
    operation: str,
    given: dict[str, Any],
    found: list[Any],
    most: int,
    *,
    group: Group | None = None,
) -> tuple[list[Any], dict[str, str]]:
    bound = {name: value for name, value in given.items() if name not in ("nextToken", "limit")}
    key = (operation, repr(sorted(bound.items())), group.number if group else 0)
    start = world.redeem(given["nextToken"], key) if "nextToken" in given else 0
    stop = start + given.get("limit", most)
    if stop >= len(found):
        return found[start:], {}
    return found[start:stop], {"nextToken": world.issue(key, stop)}


OPERATIONS = {
    "DescribeLogGroups": describe_log_groups,
    "ListLogGroups": list_log_groups,
    "DescribeLogStreams": describe_log_streams,
}
