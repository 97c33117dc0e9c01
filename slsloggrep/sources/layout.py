"""What the names of archived objects tell about time, and about where a log came from.

Names only: no listing, no bytes. What is recognised narrows a search; whatever is not recognised
tells nothing (None), so that it is read. How a window of time becomes requests belongs to
`slsloggrep.sources.s3_listing`; what an object holds belongs to `slsloggrep.decode`.

Times in names are taken as UTC, which is Firehose's default; an archive whose delivery stream
has another time zone is recognised by its listing, not here.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime
from functools import lru_cache

from slsloggrep.model import Millis

MINUTE: Millis = 60_000
HOUR: Millis = 60 * MINUTE

BUFFER: Millis = 15 * MINUTE
"""The longest that Firehose gathers records before it writes an object: 900 s (Amazon Data
Firehose Developer Guide, basic-deliver)."""

ERROR_RETRIES: Millis = 2 * HOUR
"""The longest that Firehose retries another destination before it writes the records to the error
prefix: 7,200 s (Amazon Data Firehose API, RetryOptions)."""

_FIREHOSE = re.compile(
    r"(?P<stem>(?:.*[^0-9])?)"
    r"(?P<stamp>20\d\d-\d\d-\d\d-\d\d-\d\d-\d\d)-[0-9A-Za-z][0-9A-Za-z-]{7,}(?:\.[\w.]+)?"
)

_STREAM_IN_PATH = re.compile(r"(?:^|/)\d{4}/\d\d/\d\d/[^/]*\[(?:\$LATEST|\d+)\]")
_STREAM_FOLDER = re.compile(r"(\d{4})-(\d\d)-(\d\d)-((?:.*\[(?:\$LATEST|\d+)\])?[0-9a-f]{32})")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EXPORT_FILE = re.compile(r"\d{6}\.gz")
_GROUP_IN_PREFIX = re.compile(r"(?:^|/)(aws/[a-z][\w-]*/.+)")

_ERROR_FOLDER = re.compile(
    r"(?:processing|format-conversion|splunk|http-endpoint|iceberg|snowflake"
    r"|elasticsearch|AmazonOpenSearch\w*?)[-_]failed"
)

_YEAR, _MONTH, _DAY, _HOUR = range(4)
_KEYS = {
    **dict.fromkeys(("year", "yyyy", "yr", "y"), _YEAR),
    **dict.fromkeys(("month", "mon", "mm", "m"), _MONTH),
    **dict.fromkeys(("day", "dd", "d"), _DAY),
    **dict.fromkeys(("hour", "hh", "hr", "h"), _HOUR),
}
_DATE_KEY = re.compile(r"(?:.*[_-])?(?:dt|date|ds|day|hour|month|datetime|datehour)")

_PAIR = re.compile(r"([A-Za-z][\w-]*)=(.*)")
_DIGITS = re.compile(r"\d{1,2}|20\d\d")
_TWO_DIGITS = re.compile(r"\d\d")

# Text may lead, but not follow: "logs2024" and "app-2024-01-02" are times, the folder that an
# export task names after a log stream ("2024-01-02-[$LATEST]…") is not.
_LEAD = r"(?:.*?[^0-9])??"
_DATE = (
    re.compile(
        _LEAD + r"(20\d\d)([-_.])(\d\d)\2(\d\d)(?:[-_.T ]([01]\d|2[0-3])(?:[-_.:]\d\d){0,2}Z?)?"
    ),
    # 12 digits and more could be an account ID: minutes need a sign before the hour.
    re.compile(_LEAD + r"(20\d\d)()(\d\d)(\d\d)([01]\d|2[0-3])?"),
    re.compile(_LEAD + r"(20\d\d)()(\d\d)(\d\d)[-_.T]([01]\d|2[0-3])(?:\d\d){0,2}Z?"),
)
_DASHED_MONTH = re.compile(_LEAD + r"(20\d\d)[-_.](\d\d)")
_PLAIN_MONTH = re.compile(_LEAD + r"(20\d\d)(\d\d)")
_PLAIN_YEAR = re.compile(_LEAD + r"(20\d\d)")


def arrival(name: str) -> tuple[Millis, Millis] | None:
    """Return the stretch in which an object's first record arrived, as its name tells; else None.

    Both ends are inclusive. A Firehose file name (`…-YYYY-MM-DD-HH-MM-SS-<uuid>`) tells the second
    and wins; else the folders tell the hour, day, month or (Hive style only) year: `YYYY/MM/dd/HH`,
    `year=2024/month=01/day=02/hour=03`, `dt=2024-01-02/hour=03`, `y=2023/m=05/d=23/h=20/m=00`
    (Azure), `2024-01-02/03`, with anything before and behind. Folders finer than an hour count as
    their hour, because the width of such bins is not known; digits that are no date add nothing.
    A name that ends in a slash is a prefix, and tells what holds for all names under it.

    Under an error prefix the stretch begins earlier, by the time another destination was tried.
    Log streams are named after the day on which their environment began, not after their records:
    export tasks and folders named like streams tell nothing. Layouts: Amazon Data Firehose
    Developer Guide, s3-object-name and s3-prefixes.
    """
    folders, _, file = name.rpartition("/")
    second = _file_second(file)
    if second is not None:
        arrived: tuple[Millis, Millis] | None = (second, second + 999)
    elif _STREAM_IN_PATH.search(name) or export_task_origin(name) is not None:
        arrived = None
    else:
        arrived = _folder_time(folders)
    if arrived is not None and is_error_prefix(name):
        return arrived[0] - ERROR_RETRIES, arrived[1]
    return arrived


def may_hold(
    arrived: tuple[Millis, Millis] | None,
    since: Millis | None,
    until: Millis | None,
    late: Millis,
    buffer: Millis = BUFFER,
) -> bool:
    """Tell whether an object may hold events of the window `since` <= time < `until`.

    Its first record arrived within `arrived`, perhaps `late` after its event; its last one up to
    `buffer` after the first. None for `arrived`: nothing is known, it may.
    """
    if arrived is None:
        return True
    first, last = arrived
    return (until is None or first - late < until) and (since is None or last + buffer >= since)


def is_error_prefix(name: str) -> bool:
    """Tell whether an object lies under one of Firehose's error prefixes (`processing-failed`, …).

    What was not delivered elsewhere exists only there. Amazon Data Firehose Developer Guide,
    s3-prefixes, `firehose:error-output-type`.
    """
    return any(_ERROR_FOLDER.search(folder) for folder in name.split("/")[:-1])


def export_task_origin(name: str) -> tuple[str, str] | None:
    """Return the log group and stream of an object written by an export task, else None.

    The layout is `<prefix>/<task ID>/<stream, "/" as "-">/000000.gz` (CloudWatch Logs API,
    CreateExportTask). The stream is restored where its name is one that Lambda gives, else it stays
    as it is. The group is empty, unless the prefix spells it (`…/aws/lambda/<function>`).
    """
    prefix, task, stream, file = ("", "", "", *name.rsplit("/", 3))[-4:]
    if not (_UUID.fullmatch(task) and stream and _EXPORT_FILE.fullmatch(file)):
        return None
    named = _STREAM_FOLDER.fullmatch(stream)
    group = _GROUP_IN_PREFIX.search(prefix)
    return (
        f"/{group.group(1)}" if group else "",
        "/".join(named.groups()) if named else stream,
    )


def resume_after(name: str, earliest: Millis | None, latest: Millis | None) -> str | None:
    """Return the name after which a sorted listing may go on once it has come to `name`.

    Firehose's file names sort by time within one delivery stream (and one version of its
    settings). Where `name` arrived before `earliest`, the listing may leap to that time; where it
    arrived after `latest`, past the delivery stream. None: there is nothing to leap over.
    """
    folders, slash, file = name.rpartition("/")
    matched = _FIREHOSE.fullmatch(file)
    second = _file_second(file)
    if matched is None or second is None:
        return None
    stem = folders + slash + matched.group("stem")
    if earliest is not None and second + 999 < earliest:
        goal = stem + datetime.fromtimestamp(earliest // 1000, UTC).strftime("%Y-%m-%d-%H-%M-%S")
        return goal if goal > name else None
    if latest is not None and second > latest:
        return stem + ":"  # the character behind "9": past all of this stem's stamps
    return None


def _file_second(file: str) -> Millis | None:
    matched = _FIREHOSE.fullmatch(file)
    if matched is None:
        return None
    try:
        year, month, day, hour, minute, second = map(int, matched.group("stamp").split("-"))
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return int(moment.timestamp()) * 1000


@lru_cache(maxsize=1024)  # a listing asks again and again for the same folder
def _folder_time(folders: str) -> tuple[Millis, Millis] | None:
    reader = _FolderReader()
    for folder in folders.split("/"):
        reader.read(folder)
    return reader.stretch()


class _FolderReader:
    """Gathers a time from folder to folder.

    A path may name more than one time (a backup's date, then the partition's): where a later one
    does not lie within the earlier ones nobody can tell which counts, and the path tells nothing.
    """

    def __init__(self) -> None:
        self._parts: list[int] = []
        """Year, month, day and hour, as far as they are known."""
        self._hive = False
        self._bare_may_follow = False
        self._earlier: list[tuple[Millis, Millis]] = []

    def read(self, folder: str) -> None:
        """Take in the next folder's name."""
        bare_may_follow, self._bare_may_follow = self._bare_may_follow, False
        pair = _PAIR.fullmatch(folder)
        if pair:
            self._read_pair(pair.group(1).lower(), pair.group(2))
        elif bare_may_follow and _TWO_DIGITS.fullmatch(folder):
            self._extend(len(self._parts), int(folder))
        else:
            self._read_date(folder, hive=False)

    def stretch(self) -> tuple[Millis, Millis] | None:
        """Return the stretch that the folders name, both ends inclusive; None: they name none."""
        last = self._stretch_of_parts()
        stretches = [*self._earlier, last] if last else self._earlier
        if not stretches:
            return None
        narrowest = stretches[-1]
        nested = all(first <= narrowest[0] and narrowest[1] <= end for first, end in stretches)
        return narrowest if nested else None

    def _read_pair(self, key: str, value: str) -> None:
        part = _KEYS.get(key)
        if part is not None and _DIGITS.fullmatch(value):
            if part == _YEAR:
                self._begin([int(value)], hive=True)
            else:  # Azure's second "m" is minutes, and always 00: no month any more
                self._extend(part, int(value))
        elif _DATE_KEY.fullmatch(key):
            self._read_date(value, hive=True)

    def _read_date(self, text: str, *, hive: bool) -> None:
        for pattern in _DATE:
            found = pattern.fullmatch(text)
            if found:
                year, _, month, day, hour = found.groups()
                self._begin([int(part) for part in (year, month, day, hour) if part], hive=hive)
                return
        month_found = _DASHED_MONTH.fullmatch(text) or (hive and _PLAIN_MONTH.fullmatch(text))
        if month_found:
            self._begin([int(part) for part in month_found.groups()], hive=hive)
            return
        year_found = _PLAIN_YEAR.fullmatch(text)
        if year_found:
            self._begin([int(year_found.group(1))], hive=hive)

    def _begin(self, parts: list[int], *, hive: bool) -> None:
        if _stretch(parts) is None:
            return  # digits that are no date
        gathered = self._stretch_of_parts()
        if gathered:
            self._earlier.append(gathered)
        self._parts = parts
        self._hive = hive
        self._bare_may_follow = len(parts) <= _HOUR

    def _extend(self, part: int, number: int) -> None:
        """Add the part that comes next; anything else is a number that tells no time."""
        if part == len(self._parts) > 0 and _stretch([*self._parts, number]):
            self._parts = [*self._parts, number]
            self._bare_may_follow = part < _HOUR

    def _stretch_of_parts(self) -> tuple[Millis, Millis] | None:
        if len(self._parts) == 1 and not self._hive:
            return None  # "2024" alone may be any number
        return _stretch(self._parts)


def _stretch(parts: list[int]) -> tuple[Millis, Millis] | None:
    """Return the first and last millisecond of a year, month, day or hour; None: no such time."""
    if not parts:
        return None
    year, month, day, hour = (*parts, *(1, 1, 0)[len(parts) - 1 :])
    try:
        start = datetime(year, month, day, hour, tzinfo=UTC)
    except ValueError:
        return None
    days = 365 + calendar.isleap(year) if len(parts) == 1 else calendar.monthrange(year, month)[1]
    length = (days * 24 * HOUR, days * 24 * HOUR, 24 * HOUR, HOUR)[len(parts) - 1]
    first = int(start.timestamp()) * 1000
    return first, first + length - 1
