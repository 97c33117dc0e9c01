"""A window of time becomes list requests: the folders of a bucket are discovered by looking.

From the given prefix downward, level by level, only those folders are entered that may hold wanted
objects, and every folder whose name tells no time. What names tell is `layout`'s knowledge; how a
list request is sent, repeated and counted is the caller's.

A delivery stream may name its objects in a time zone other than UTC (Firehose's CustomTimeZone,
for folders and files alike), and folders may be named after something else than arrival, such as
log streams. Both would make a search skip what it should read, so before a tree of time folders is
pruned, one page of it is looked at: names are compared with the times of writing.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from slsloggrep.model import Millis
from slsloggrep.sources.layout import (
    BUFFER,
    ERROR_RETRIES,
    HOUR,
    MINUTE,
    arrival,
    may_hold,
    resume_after,
)
from slsloggrep.sources.store import StoredObject

LOOK_AHEAD = 16
"""List requests whose answers may wait to be taken; bounds memory where folders are many."""

MANY = 32
"""Folders without a time in one place from which on a flat listing of them all may be cheaper."""

_DIGITS = re.compile(r"\d+")
_DAY = 24 * HOUR
_CLOCK_ERROR = 5 * MINUTE
_EARLIEST_ZONE = 14 * HOUR
_LATEST_ZONE = 12 * HOUR
_SUMMER_TIME = HOUR


class Page(NamedTuple):
    """One answer to a list request."""

    objects: Sequence[StoredObject]
    """In the order of their names; `arrived` as the names tell it."""
    prefixes: Sequence[str] = ()
    """The folders, full names with the trailing slash; only of delimited requests."""
    following: str | None = None
    """The token of the next page; None: this is the last one."""


class Lister(Protocol):
    """Sends one list request; called from several threads."""

    def __call__(
        self, prefix: str, *, delimited: bool, token: str | None = None, after: str | None = None
    ) -> Page:
        """Return the page at `token`, or the first page of names that sort behind `after`."""
        ...


class Shift(NamedTuple):
    """What is added to the times in names to get the stretch of true arrival."""

    low: Millis
    high: Millis


NO_SHIFT = Shift(0, 0)


class Window(NamedTuple):
    """The wanted times, and how much later than its events an object may have been written."""

    since: Millis | None
    until: Millis | None
    late: Millis

    def admits(self, arrived: tuple[Millis, Millis] | None) -> bool:
        """Tell whether what arrived in a stretch may hold wanted events."""
        return may_hold(arrived, self.since, self.until, self.late)

    def covers(self, arrived: tuple[Millis, Millis]) -> bool:
        """Tell whether all of a stretch is wanted, so that nothing in it can be left out."""
        return (self.since is None or self.since <= arrived[0]) and (
            self.until is None or arrived[1] < self.until
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Something to list."""

    prefix: str
    delimited: bool
    shift: Shift | None = None
    """None: nobody has looked yet."""
    token: str | None = None
    after: str | None = None

    @property
    def is_first_page(self) -> bool:
        return self.token is None and self.after is None


def walk(ask: Lister, prefix: str, window: Window, *, threads: int = 8) -> Iterator[StoredObject]:
    """Yield the objects under a prefix that may hold events of the window.

    Answers come in a fixed order, whichever arrives first; requests are sent ahead, in parallel.
    Without a window there is nothing to choose, and one flat listing is cheapest. Raises what `ask`
    raises. When the iterator is closed, no further request is sent.
    """
    bounded = window.since is not None or window.until is not None
    first = _Place(prefix, delimited=bounded, shift=None if bounded else NO_SHIFT)
    explorer = _Explorer(ask, window)
    pool = ThreadPoolExecutor(threads, thread_name_prefix="list")
    waiting: deque[_Place] = deque([first])
    asked: deque[Future[_Found]] = deque()
    try:
        while waiting or asked:
            _ask_ahead(waiting, asked, pool, explorer)
            found = asked.popleft().result()
            waiting.extendleft(reversed(found.places))  # depth first: few places wait
            _ask_ahead(waiting, asked, pool, explorer)
            yield from found.objects
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


class _Found(NamedTuple):
    objects: list[StoredObject]
    places: list[_Place]


def _ask_ahead(
    waiting: deque[_Place],
    asked: deque[Future[_Found]],
    pool: ThreadPoolExecutor,
    explorer: _Explorer,
) -> None:
    while waiting and len(asked) < LOOK_AHEAD:
        asked.append(pool.submit(explorer.explore, waiting.popleft()))


class _Explorer:
    """Lists one place, and decides where to go on."""

    def __init__(self, ask: Lister, window: Window) -> None:
        self._ask = ask
        self._window = window

    def explore(self, place: _Place) -> _Found:
        page = self._ask(
            place.prefix, delimited=place.delimited, token=place.token, after=place.after
        )
        shift = shift_of(page.objects) if place.shift is None else place.shift
        objects = [
            stored._replace(arrived=stored.arrived and _moved(stored.arrived, shift))
            for stored in page.objects
        ]
        wanted = [stored for stored in objects if self._window.admits(stored.arrived)]
        if place.delimited and place.is_first_page and self._is_cheaper_flat(place, page):
            return _Found([], [replace(place, delimited=False)])
        places = self._descend(place, page.prefixes)
        if page.following is not None:
            places.append(self._continue(place, page, shift))
        return _Found(wanted, places)

    def _continue(self, place: _Place, page: Page, shift: Shift) -> _Place:
        """Return the place of the next page: where nothing before it can matter, further on."""
        leap = None
        if page.objects and not place.delimited:
            since, until = self._window.since, self._window.until
            leap = resume_after(
                page.objects[-1].name,
                None if since is None else since - BUFFER - shift.high,
                None if until is None else until + self._window.late + ERROR_RETRIES - shift.low,
            )
        if leap is not None and leap.startswith(place.prefix):
            return replace(place, token=None, after=leap)
        return replace(place, token=page.following, after=None)

    def _descend(self, place: _Place, prefixes: Sequence[str]) -> list[_Place]:
        """Return the folders to enter."""
        shifts: dict[str, Shift | None] = {}
        if place.shift is None:
            # Folders of one pattern are one tree: its latest folder speaks for all of it.
            latest = {_DIGITS.sub("0", prefix): prefix for prefix in prefixes if arrival(prefix)}
            shifts = {pattern: self._look_into(prefix) for pattern, prefix in latest.items()}
        places = []
        for prefix in prefixes:
            shift = shifts.get(_DIGITS.sub("0", prefix), place.shift)
            stretch = arrival(prefix)
            if stretch is None:
                places.append(_Place(prefix, delimited=True))
            elif shift is None:
                places.append(_Place(prefix, delimited=False))
            elif self._window.admits(moved := _moved(stretch, shift)):
                length = stretch[1] - stretch[0]
                whole = length < _DAY and self._window.covers(moved)
                places.append(_Place(prefix, delimited=length >= HOUR and not whole, shift=shift))
        return places

    def _look_into(self, prefix: str) -> Shift | None:
        """Return the shift of the times under a time folder; None: its name is no arrival time.

        That is so where the names of what it holds contradict it, or belong to log streams.
        """
        stretch = arrival(prefix)
        page = self._ask(prefix, delimited=False)
        tolerance = self._window.late + BUFFER
        for stored in page.objects:
            if stretch is None or stored.arrived is None:
                return None
            if not (
                stretch[0] - tolerance <= stored.arrived[0]
                and stored.arrived[1] <= stretch[1] + tolerance
            ):
                return None
        return shift_of(page.objects)

    def _is_cheaper_flat(self, place: _Place, page: Page) -> bool:
        """Tell whether a place of many folders without times is better listed as one.

        So it is where an export task has written a folder per log stream: thousands of requests for
        an object or two each. Where the folders hold time folders, these are worth their requests.
        """
        if sum(arrival(prefix) is None for prefix in page.prefixes) <= MANY:
            return False
        sample = self._ask(place.prefix, delimited=False)
        return all(
            arrival(stored.name.rpartition("/")[0] + "/") is None or stored.arrived is None
            for stored in sample.objects
        )


def _moved(arrived: tuple[Millis, Millis], shift: Shift) -> tuple[Millis, Millis]:
    return arrived[0] + shift.low, arrived[1] + shift.high


def shift_of(objects: Sequence[StoredObject]) -> Shift:
    """Return how far the times in names may be from true arrival, judged by times of writing.

    An object is written within minutes of its first record's arrival. Names ahead of the writing
    can only be a zone east of UTC. Names hours behind may be a zone west of UTC or late deliveries,
    which widens the stretch; or copies, which are told by their having been written all at once.
    Zones reach from UTC-12 to UTC+14; an hour is added for summer time.
    """
    known = [
        (stored.arrived, stored.modified)
        for stored in objects
        if stored.arrived is not None and stored.modified is not None
    ]
    if not known:
        return NO_SHIFT
    ahead = max(first - modified for (first, _), modified in known)
    if ahead > _EARLIEST_ZONE:
        return NO_SHIFT  # no zone explains it: the names are not about this archive's writing
    if ahead > _CLOCK_ERROR:
        longest = max(last - first for (first, last), _ in known)
        if longest > MINUTE:
            return Shift(-_EARLIEST_ZONE - _SUMMER_TIME, 0)
        return Shift(-ahead - BUFFER - 2 * _SUMMER_TIME, min(0, _SUMMER_TIME - ahead))
    behind = min(modified - last for (_, last), modified in known)
    if not HOUR - BUFFER <= behind <= _LATEST_ZONE + HOUR:
        return NO_SHIFT
    named = _spread([first for (first, _), _ in known])
    written = _spread([modified for _, modified in known])
    if named and written < named / 2:
        return NO_SHIFT
    return Shift(0, behind + 2 * _SUMMER_TIME)


def _spread(times: list[Millis]) -> Millis:
    return max(times) - min(times)
