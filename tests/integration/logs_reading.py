"""FilterLogEvents and GetLogEvents of the stand-in.

Orders, bounds, pages and tokens are those of botocore's documentation of the two operations. What
it leaves open is answered so that a client that guesses fails: a token is bound to every parameter
of its query but `limit` and `startFromHead` (which the documentation frees).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from logs_patterns import compile_pattern
from logs_world import Group, LogEvent, Shelf, World, event_id, invalid, size_of

NEWEST_FIRST_SINCE = 1_704_067_200_000
"""2024-01-01T00:00:00Z: startFromHead=false is served from then on."""


class ReadEvent(msgspec.Struct, frozen=True, gc=False):
    """One event as GetLogEvents shows it."""

    timestamp: int
    message: str
    ingestionTime: int  # noqa: N815


def filter_log_events(world: World, given: dict[str, Any]) -> dict[str, Any]:
    group = world.group_of(given)
    _refuse_class(group)
    names, prefix = given.get("logStreamNames"), given.get("logStreamNamePrefix")
    if names is not None and prefix is not None:
        raise invalid(
            "logStreamNames and logStreamNamePrefix cannot both be given.", violation=True
        )
    matches = compile_pattern(given.get("filterPattern", ""))
    for name in names or ():
        world.stream_of(group, name)
    since, until = given.get("startTime"), given.get("endTime")
    newest = _is_newest_first(world, given)
    key = _key("FilterLogEvents", given, group, free=("nextToken", "limit", "startFromHead"))
    position, empties = "", world.empty_pages
    if "nextToken" in given:
        newest, position, empties = world.redeem(given["nextToken"], key)
    if empties:
        token = world.issue(key, (newest, position, empties - 1))
        return {"events": [], "searchedLogStreams": [], "nextToken": token}
    low = group.since(since)
    high = group.until(None if until is None else until + 1)
    if position and newest:
        high = min(high, group.before(position))
    elif position:
        low = max(low, group.after(position))
    chosen = set(names) if names is not None else None

    def wanted(event: LogEvent) -> bool:
        if chosen is not None and event.logStreamName not in chosen:
            return False
        if prefix is not None and not event.logStreamName.startswith(prefix):
            return False
        return matches is None or matches(event.message)

    filtered = chosen is not None or prefix is not None or matches is not None
    places = range(high - 1, low - 1, -1) if newest else range(low, high)
    page, seen = _take(world, group, places, given.get("limit"), wanted if filtered else None)
    answer: dict[str, Any] = {"events": page, "searchedLogStreams": []}
    if seen < len(places) or (page and world.empty_pages):
        if seen:
            position = group.events[places[seen - 1]].eventId
        answer["nextToken"] = world.issue(key, (newest, position, world.empty_pages))
    return answer


def _is_newest_first(world: World, given: dict[str, Any]) -> bool:
    if given.get("startFromHead", True):
        return False
    if world.newest_first == "refused":
        raise invalid("startFromHead=false is not supported.")
    if given.get("startTime", 0) < NEWEST_FIRST_SINCE:
        raise invalid(
            "startFromHead=false is only supported with a startTime on or after 2024-01-01."
        )
    return world.newest_first == "served"


def get_log_events(world: World, given: dict[str, Any]) -> dict[str, Any]:
    group = world.group_of(given)
    _refuse_class(group)
    stream = world.stream_of(group, given["logStreamName"])
    key = _key("GetLogEvents", given, group, free=("nextToken", "limit", "startFromHead"))
    low, high = stream.since(given.get("startTime")), stream.until(given.get("endTime"))
    token = given.get("nextToken")
    if token is None:
        forward = given.get("startFromHead", False)
        position, empties = "", world.empty_pages
    else:
        forward, position, empties = world.redeem(token, key)
        if forward and not given.get("startFromHead", False):
            raise invalid(
                "startFromHead must be true with a nextForwardToken.",
                violation=True,
            )
    if empties:
        moved = world.issue(key, (forward, position, empties - 1))
        other = world.issue(key, (not forward, position, 0))
        return _two_tokens([], forward, moved, other)
    # A position stands between two events: before the event of this ID.
    if not position:
        position = event_id(given.get("startTime", 0)) if forward else _end_of(given)
    if forward:
        low = max(low, min(stream.before(position), high))
        places = range(low, high)
    else:
        high = min(high, max(stream.before(position), low))
        places = range(high - 1, low - 1, -1)
    page, seen = _take(world, stream, places, given.get("limit"), None)
    if not forward:
        page.reverse()
    shown = [ReadEvent(event.timestamp, event.message, event.ingestionTime) for event in page]
    if not seen and token is not None:
        other = world.issue(key, (not forward, position, world.empty_pages))
        return _two_tokens([], forward, token, other)
    first = page[0].eventId if page else position
    last = _next_id(page[-1].eventId) if page else position
    states = {
        True: (True, last, world.empty_pages if page else 0),
        False: (False, first, world.empty_pages if page else 0),
    }
    return _two_tokens(
        shown, forward, world.issue(key, states[forward]), world.issue(key, states[not forward])
    )


def _end_of(given: dict[str, Any]) -> str:
    return event_id(given["endTime"]) if "endTime" in given else "9" * 56


def _next_id(identifier: str) -> str:
    return f"{int(identifier) + 1:056d}"


def _two_tokens(events: list[Any], forward: bool, ahead: str, back: str) -> dict[str, Any]:
    return {
        "events": events,
        "nextForwardToken": ahead if forward else back,
        "nextBackwardToken": back if forward else ahead,
    }


def _take(
    world: World,
    shelf: Shelf,
    places: range,
    limit: int | None,
    wanted: Callable[[LogEvent], bool] | None,
) -> tuple[list[LogEvent], int]:
    """Return a page, and how many of the places were looked at for it."""
    most = min(limit or 10_000, world.page_events, 10_000)
    left = world.page_bytes
    looked = places if world.scan_events is None or wanted is None else places[: world.scan_events]
    page: list[LogEvent] = []
    events = shelf.events
    for seen, place in enumerate(looked):
        event = events[place]
        if wanted is not None and not wanted(event):
            continue
        left -= size_of(event.message)
        if len(page) == most or (left < 0 and page):
            return page, seen
        page.append(event)
    return page, len(looked)


def _key(operation: str, given: dict[str, Any], group: Group, *, free: Iterable[str]) -> Any:
    bound = {name: value for name, value in given.items() if name not in free}
    return (operation, repr(sorted(bound.items())), group.number)


def _refuse_class(group: Group) -> None:
    if group.log_group_class != "STANDARD":
        raise invalid(
            f"The operation is not supported for log groups of the class {group.log_group_class}."
        )


OPERATIONS = {"FilterLogEvents": filter_log_events, "GetLogEvents": get_log_events}
