"""Pages of the AWS console: a log stream at a time, a Logs Insights query, an X-Ray trace.

Forms and where they are attested:

- Hosts. `https://REGION.console.aws.amazon.com` (AWS General Reference, AWS Management Console
  endpoints); of GovCloud, China and the European Sovereign Cloud `console.amazonaws-us-gov.com`,
  `console.amazonaws.cn`, `console.amazonaws-eusc.eu`, with the region before them. The consoles of
  isolated partitions are published nowhere: there is no link to them.
- A log stream. `#logsV2:log-groups/log-group/NAME/log-events/NAME$3Fstart$3DMILLIS`, and
  `$26refEventId$3DID` for the event that is marked: names are escaped twice, as by
  `encodeURIComponent`, with `$` for `%`; what follows them once. Documented nowhere; addresses that
  people copied out of the console stand in public repositories, and several programs make them.
- Logs Insights. `#logsV2:logs-insights$3FqueryDetail$3D` and a JSURL (`spellings`) that is escaped
  twice as well: `$257E$2528end$257E...`, as the console itself has written it since 2020. Programs
  that leave `~`, `'`, `(` and `)` as they are work, too, but such a URL ends an attribute, or a
  link in Markdown. The console's newer `#log-analytics` is not made.
- X-Ray. `xray/home?region=REGION#/traces/ID` is documented (X-Ray Developer Guide, Console deep
  linking).

No console was at hand: that these pages open was not tried.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from urllib.parse import quote

from slsloggrep.links.spellings import is_day, iso, jsurl
from slsloggrep.model import EVENT_ID_DIGITS, Millis

_REGION = re.compile(r"(?P<partition>eusc-|cn-|us-gov-)?[a-z]{2,}(?:-[a-z]+)*-[0-9]{1,2}")
_ISOLATED = re.compile(r"(?:us|eu)-iso")
_HOSTS = {
    "cn-": "console.amazonaws.cn",
    "us-gov-": "console.amazonaws-us-gov.com",
    "eusc-": "console.amazonaws-eusc.eu",
}
_HOST = "console.aws.amazon.com"

_GROUP = re.compile(r"[.\-_/#A-Za-z0-9]{1,512}")
_STREAM = re.compile(r"[^:*]{1,512}")
"""CloudWatch Logs API, CreateLogGroup and CreateLogStream: what names are made of."""
_EVENT_ID = re.compile(rf"[0-9]{{{EVENT_ID_DIGITS}}}")
_TRACE = re.compile(r"1-[0-9a-f]{8}-[0-9a-f]{24}")

_GROUPS_AT_ONCE = 50
"""CloudWatch Logs API, StartQuery: log groups of one query."""
_SECOND: Millis = 1000

_TWICE = str.maketrans({"~": "$257E", "'": "$2527", "(": "$2528", ")": "$2529"})


def is_served(region: str) -> bool:
    """Tell whether a region's console has an address that is known."""
    return bool(_REGION.fullmatch(region)) and not _ISOLATED.match(region)


def stream_url(
    region: str, group: str, stream: str, *, start: Millis, event_id: str = ""
) -> str | None:
    """Return the page of a log stream from a time on, an event marked if its ID is a real one.

    None for names that no log group or stream can have, and for times out of any calendar.
    """
    if not _GROUP.fullmatch(group) or not _STREAM.fullmatch(stream) or not is_day(start):
        return None
    try:
        names = f"{_twice(group)}/log-events/{_twice(stream)}"
    except UnicodeEncodeError:  # a lone surrogate, which no name can hold
        return None
    marked = f"$26refEventId$3D{event_id}" if _EVENT_ID.fullmatch(event_id) else ""
    return f"{_cloudwatch(region)}#logsV2:log-groups/log-group/{names}$3Fstart$3D{start}{marked}"


def group_url(region: str, group: str) -> str | None:
    """Return the page of a log group, which lists its streams; None for what is no name of one."""
    if not _GROUP.fullmatch(group) or not is_served(region):
        return None
    return f"{_cloudwatch(region)}#logsV2:log-groups/log-group/{_twice(group)}"


def insights_url(
    region: str, groups: Sequence[str], query: str, *, since: Millis, until: Millis
) -> str | None:
    """Return the page of Logs Insights with a query, ready to be run.

    From `since` to `until`, both included: seconds count, so the window is widened to whole ones.
    None for log groups that cannot be, or are too many for one query.
    """
    if not 0 < len(groups) <= _GROUPS_AT_ONCE or not all(map(_GROUP.fullmatch, groups)):
        return None
    begin = since // _SECOND * _SECOND
    end = until // _SECOND * _SECOND + _SECOND
    if not is_day(begin) or not is_day(end):
        return None
    detail = jsurl(
        {
            "end": iso(end),
            "start": iso(begin),
            "timeType": "ABSOLUTE",
            "tz": "UTC",
            "editorString": query,
            "isLiveTail": False,
            "source": list(groups),
        }
    )
    return f"{_cloudwatch(region)}#logsV2:logs-insights$3FqueryDetail$3D{detail.translate(_TWICE)}"


def trace_url(region: str, trace: str) -> str | None:
    """Return the page of an X-Ray trace; None for what is no ID of one."""
    if not _TRACE.fullmatch(trace):
        return None
    return f"{_host(region)}/xray/home?region={region}#/traces/{trace}"


def _cloudwatch(region: str) -> str:
    return f"{_host(region)}/cloudwatch/home?region={region}"


def _host(region: str) -> str:
    found = _REGION.fullmatch(region)
    return f"https://{region}.{_HOSTS.get((found and found['partition']) or '', _HOST)}"


@functools.lru_cache(maxsize=256)  # each line of a log stream has the same two
def _twice(name: str) -> str:
    return quote(quote(name, safe=""), safe="").replace("%", "$")
