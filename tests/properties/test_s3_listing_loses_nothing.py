"""The pruned listing finds what a flat listing finds, over generated layouts."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from slsloggrep.sources.layout import HOUR, arrival, may_hold
from slsloggrep.sources.s3_listing import Page, Window, walk
from slsloggrep.sources.store import StoredObject

BASE = int(datetime(2023, 12, 30, tzinfo=UTC).timestamp()) * 1000
UUID = "e41f8376-f9ed-4797-b3e1-40eb785fc5a5"
DAYS = 5

LAYOUTS = (
    "%Y/%m/%d/%H/",
    "logs%Y/%m/%d/%H/",
    "%Y/%m/%d/",
    "%Y/%m/",
    "%Y/",
    "year=%Y/month=%m/day=%d/hour=%H/",
    "dt=%Y-%m-%d/",
    "dt=%Y-%m-%d/region=eu/hour=%H/",
    "%Y-%m-%d/%H/",
    "app-%Y%m%d%H/",
    "y=%Y/m=%m/d=%d/h=%H/m=00/",
    "",
)
PREFIXES = ("", "logs/", "a/b/", "fn-%d/", "errors/processing-failed/", "2024/", "x=1/")
FILES = ("s-1-%%Y-%%m-%%d-%%H-%%M-%%S-{uuid}{n}.gz", "part{n}.gz", "2024-notes{n}.txt")
ODD = (
    "readme.txt",
    "2023/notes.txt",
    "2023/12/notes.txt",
    "2024/01/01/oddments/x",
    "misc/2024/x",
    "2024/13/45/x",
    "logs/2023-12-31x/y",
    f"exportedlogs/{UUID}/2023-12-31-[$LATEST]0123456789abcdef0123456789abcdef/000000.gz",
    f"exportedlogs/{UUID}/app-2023-12-31/000000.gz",
    "fn/2023/12/31/[$LATEST]0123456789abcdef0123456789abcdef.gz",
    "backup-2024-05-01/2023/12/31/10/x",
    "aws-logs-write-test",
)


class FakeBucket:
    """Answers list requests from a sorted list of names, in small pages."""

    def __init__(self, names: list[str], page: int, modified: dict[str, int] | None = None) -> None:
        self.names = sorted(set(names))
        self.page = page
        self.modified = modified or {}
        self.requests = 0

    def __call__(
        self, prefix: str, *, delimited: bool, token: str | None = None, after: str | None = None
    ) -> Page:
        self.requests += 1
        objects: list[StoredObject] = []
        folders: list[str] = []
        behind = last = token or after or ""
        for name in self.names:
            rest = name.removeprefix(prefix)
            if not name.startswith(prefix) or name <= behind:
                continue
            if delimited and "/" in rest:
                folder = prefix + rest.partition("/")[0] + "/"
                if folder <= behind or (token and token.startswith(folder)):
                    continue
                if folder not in folders:
                    if len(objects) + len(folders) == self.page:
                        return Page(objects, folders, last)
                    folders.append(folder)
                last = name
                continue
            if len(objects) + len(folders) == self.page:
                return Page(objects, folders, last)
            objects.append(StoredObject(name, 1, self.modified.get(name), arrival(name)))
            last = name
        return Page(objects, folders, None)


@st.composite
def names(draw: st.DrawFn) -> list[str]:
    found: list[str] = list(draw(st.lists(st.sampled_from(ODD), max_size=4)))
    for tree in range(draw(st.integers(1, 3))):
        layout, file = draw(st.sampled_from(LAYOUTS)), draw(st.sampled_from(FILES))
        prefix = draw(st.sampled_from(PREFIXES)).replace("%d", str(tree))
        minutes = draw(st.lists(st.integers(0, DAYS * 24 * 60), min_size=1, max_size=25))
        for number, minute in enumerate(minutes):
            moment = datetime.fromtimestamp(BASE / 1000 + minute * 60, UTC)
            named = file.replace("%%", "%").format(uuid=UUID, n=number)
            found.append(prefix + moment.strftime(layout + named))
    if draw(st.booleans()):
        found += [f"many/{UUID}/{number:03}/000000.gz" for number in range(40)]
    return found


bounds = st.one_of(st.none(), st.integers(0, DAYS * 24).map(lambda hour: BASE + hour * HOUR))


@settings(max_examples=400, deadline=None)
@given(
    names(), bounds, bounds, st.sampled_from((0, HOUR, 26 * HOUR)), st.sampled_from((1, 3, 1000))
)
def test_the_pruned_listing_is_the_flat_one(
    keys: list[str], since: int | None, until: int | None, late: int, page: int
) -> None:
    """No object that may hold the window is skipped, none comes twice, none comes for nothing."""
    found = [stored.name for stored in walk(FakeBucket(keys, page), "", Window(since, until, late))]
    flat = [key for key in set(keys) if may_hold(arrival(key), since, until, late)]
    assert sorted(found) == sorted(flat)


@settings(max_examples=200, deadline=None)
@given(
    st.integers(-12 * 4, 14 * 4).filter(lambda quarter: not -4 < quarter < 0),  # no such zones
    st.lists(st.integers(0, DAYS * 24 * 60), min_size=2, max_size=40, unique=True),
    st.integers(0, 900),
    st.sampled_from(("%Y/%m/%d/%H/", "dt=%Y-%m-%d/", "%Y/", "")),
    st.integers(0, DAYS * 24 - 1),
)
def test_names_in_another_time_zone_hide_nothing(
    quarters: int, minutes: list[int], buffered: int, layout: str, hour: int
) -> None:
    """Where Firehose's CustomTimeZone names folders and files, the window still finds its own."""
    zone = quarters * 15 * 60
    arrived, modified = {}, {}
    for minute in minutes:
        second = BASE // 1000 + minute * 60
        local = datetime.fromtimestamp(second + zone, UTC)
        key = local.strftime(f"{layout}s-1-%Y-%m-%d-%H-%M-%S-{UUID}")
        arrived[key] = (second * 1000, second * 1000 + 999)
        modified[key] = (second + buffered) * 1000
    since, until = BASE + hour * HOUR, BASE + (hour + 1) * HOUR
    bucket = FakeBucket(list(arrived), 1000, modified)
    found = {stored.name for stored in walk(bucket, "", Window(since, until, HOUR))}
    needed = {key for key, when in arrived.items() if may_hold(when, since, until, HOUR)}
    assert needed <= found


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"[0-9/=\-a-z]{0,40}", fullmatch=True))
def test_any_name_is_a_name(name: str) -> None:
    """No name makes it fail, and what it tells is a stretch with its begin before its end."""
    told = arrival(name)
    assert told is None or told[0] <= told[1]
