"""Dates in the names of indices: which stretch of time an index can hold.

A hint and nothing more: shippers stamp by the time of an event or by that of its arrival, in UTC
or not, and a name may mean something else. So there is a margin, and whoever leaves out an index
asks the server whether it really holds nothing (`slsloggrep.sources.opensearch.indices`).
"""

from __future__ import annotations

import datetime as dt
import re

from slsloggrep.model import Millis

DAY: Millis = 86_400_000

_STAMP = re.compile(
    # cwl-2026.11.28, app-2016-02-25-13, app-2016-02, app-2016-w08: at the end, or it may be the
    # day on which an index was begun that goes on.
    r"(?:^|[-_.])(?P<year>20\d\d)(?:[.-]?w(?P<week>\d\d)"
    r"|(?P<gap>[.-]?)(?P<month>\d\d)(?:(?P=gap)(?P<day>\d\d)(?:[.-]?(?P<hour>\d\d))?)?)$"
)


def stretch_of(name: str) -> tuple[Millis, Millis] | None:
    """Return from when to when the time in an index's name goes; None: there is none."""
    stamp = _STAMP.search(name)
    if stamp is None:
        return None
    year = int(stamp["year"])
    if stamp["week"]:
        # Countries differ in which week is the first: one more on both sides.
        first = _start(year, 1, 1)
        assert first is not None  # noqa: S101 - every year begins
        week = int(stamp["week"])
        return first + (week - 2) * 7 * DAY, first + (week + 1) * 7 * DAY
    month, day, hour = int(stamp["month"]), stamp["day"], stamp["hour"]
    if day is None:
        if not stamp["gap"]:
            return None  # 202611 might be any number
        start, end = _start(year, month, 1), _start(year + month // 12, month % 12 + 1, 1)
        return None if start is None or end is None else (start, end)
    start = _start(year, month, int(day))
    if start is None:
        return None
    if hour is None:
        return start, start + DAY
    if int(hour) > 23:
        return None
    begin = start + int(hour) * 3_600_000
    return begin, begin + 3_600_000


def may_hold(name: str, since: Millis | None, until: Millis | None, margin: Millis) -> bool:
    """Tell whether an index may hold events of a window, as far as its name tells."""
    stretch = stretch_of(name)
    if stretch is None:
        return True
    start, end = stretch
    # An event may have come later than it happened, and so stand in a younger index.
    return (until is None or start - margin < until) and (since is None or end + DAY > since)


def _start(year: int, month: int, day: int) -> Millis | None:
    try:
        moment = dt.datetime(year, month, day, tzinfo=dt.UTC)
    except ValueError:
        return None
    return int(moment.timestamp()) * 1000
