"""Names of indices: the day's where a `*` stands for it, and the one index where none does."""

from __future__ import annotations

import re
from datetime import date

from slsloggrep.errors import UsageError
from slsloggrep.model import Millis

DEFAULT = "slsloggrep-*"
UNDATED = "undated"
"""Instead of the day, for times outside of the years 1 to 9999."""

_DAY: Millis = 86_400_000
_EPOCH = date(1970, 1, 1).toordinal()
_NAME = re.compile(r"[^\s\\/?\"<>|,#:A-Z*]*\*?[^\s\\/?\"<>|,#:A-Z*]*")
"""OpenSearch, Create index, index naming restrictions: lower case, and none of these."""

LONGEST = 255


class IndexNames:
    """The index of each time."""

    def __init__(self, pattern: str) -> None:
        """Take a name, in which a `*` stands for the day; raises UsageError for what is none."""
        longest = len(pattern.encode()) + len("YYYY.MM.DD")
        if (
            not _NAME.fullmatch(pattern)
            or pattern.strip("*") in ("", ".", "..")
            or pattern[0] in "-_+*."
            or longest > LONGEST
        ):
            raise UsageError(
                f"no index can be called '{pattern}'",
                hint="a name in lower case, in which a * may stand for the day: "
                f"{DEFAULT} makes slsloggrep-2026.11.23",
            )
        self.pattern = pattern
        self._days: dict[int, str] = {}

    @property
    def template(self) -> str:
        """The name of the template for these indices."""
        base = self.pattern.replace("*", "").strip("-_.")
        return base if base == "slsloggrep" else f"{base}-slsloggrep"

    def of(self, time: Millis) -> str:
        """Return the name of the index for documents of a time (the day in UTC)."""
        day = time // _DAY
        name = self._days.get(day)
        if name is None:
            name = self._days[day] = self.pattern.replace("*", _day_text(day))
        return name


def _day_text(day: int) -> str:
    try:
        found = date.fromordinal(_EPOCH + day)
    except (ValueError, OverflowError):
        return UNDATED
    return f"{found.year:04}.{found.month:02}.{found.day:02}"
