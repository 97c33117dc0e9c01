"""Pages of the AWS console by their URL: what they show, in which region.

The log group's name stands behind `#`, escaped twice, with `$` in the place of `%`: `/` is
`$252F`. Older pages wrote `#logStream:group=/aws/lambda/x;streamFilter=...`. Logs Insights has the
groups of its query in JSURL, escaped as well or not. Traces stand behind `#xray:traces/` or
`#/traces/`, stacks behind `stackId=`, APIs in the path, or behind `#/apis/`. GovCloud, China and
the European Sovereign Cloud have consoles of their own, with the same pages.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from slsloggrep.errors import UsageError

_HOST = re.compile(
    r"(?:[^/]+\.)?console\."
    r"(?:aws\.amazon\.com|amazonaws-us-gov\.com|amazonaws\.cn|amazonaws-eusc\.eu|aws\.eu)"
)
_REGION = re.compile(r"(?:eusc-)?[a-z]{2}(?:-gov|-iso[a-z]?)?-[a-z]+-\d")
_NOW = re.compile(
    r"logsV2:log-groups/log-group/(?P<group>[^/?]+?)(?=/|\?|\$3F|%3F|$)"
    r"(?:/log-events/(?P<stream>[^/?]+?)(?=/|\?|\$3F|%3F|$))?"
)
_OLDER = re.compile(r"(?:logStream|logEventViewer|metricFilters?):(?P<given>.*)", re.DOTALL)
_TWICE = re.compile(r"(?:[A-Za-z0-9_.!~*'()-]|\$25[0-9A-Fa-f]{2})+")
"""As the console escapes names: whatever it escapes stands behind `$25`."""
_FUNCTION = re.compile(r"/functions/(?:[^/?]*function(?::|%3A))?(?P<name>[A-Za-z0-9_-]+)")
_INSIGHTS = re.compile(r"logsV2:logs-insights|logs-insights:")
_SOURCES = re.compile(r"source~(?:\((?:~'[^~')]*)*\)|'[^~')]*)")
_STRING = re.compile(r"'([^~')]*)")
_TRACE = re.compile(r"traces/(?P<id>1-[0-9a-f]{8}-[0-9a-f]{24})")
_STACK = re.compile(
    r"/stacks?/[^#]*[?&]stackId=(?P<id>[^&#]+)|#/applications/(?P<name>[A-Za-z0-9-]+)"
)
"""A page of CloudFormation, or of an application of Lambda's, which is a stack."""
_API = re.compile(r"(?:/apis/|[?&#]api=)(?P<id>[a-z0-9]{8,10})(?![A-Za-z0-9-])")
_STAGE = re.compile(r"/stages/(?P<name>[A-Za-z0-9_-]+)")


class Place(NamedTuple):
    """What a page shows."""

    region: str | None
    group: str = ""
    """A name, or the ARN of a group of a linked account."""
    stream: str | None = None
    function: str = ""
    groups: tuple[str, ...] = ()
    """The groups of a query, names or ARNs; perhaps none."""
    trace: str = ""
    """The ID of an X-Ray trace."""
    stack: str = ""
    """A name or an ARN."""
    api: str = ""
    """The ID of an API of API Gateway, with `/STAGE` where a stage is shown."""


def is_console_url(url: str) -> bool:
    """Tell whether a URL is one of the console's, whatever it shows."""
    return _HOST.fullmatch(split_url(url).hostname or "") is not None


def split_url(url: str) -> SplitResult:
    """Return the parts of a URL; empty ones of what is none, such as `https://[x`."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def read_console_url(url: str) -> Place:
    """Return which log group, function, query, trace, stack or API a page of the console shows.

    Raises UsageError where it shows none of them.
    """
    parts = split_url(url)
    host = parts.hostname or ""
    region = next(iter(parse_qs(parts.query).get("region", ())), None)
    if region is None:
        region = next((label for label in host.split(".") if _REGION.fullmatch(label)), None)
    if not _HOST.fullmatch(host):
        raise UsageError(
            f"'{url}' is no page of the AWS console", hint="--api takes URLs of API Gateway"
        )
    fragment = parts.fragment
    if found := _NOW.match(fragment):
        stream = found["stream"]
        return Place(
            region, _unescape(found["group"]), _unescape_stream(stream) if stream else None
        )
    if found := _OLDER.match(fragment):
        given = dict(part.split("=", 1) for part in re.split("[;&]", found["given"]) if "=" in part)
        if "group" in given:
            stream = given.get("stream")
            return Place(region, _unescape(given["group"]), _unescape(stream) if stream else None)
    if found := _FUNCTION.search(fragment):
        return Place(region, function=found["name"])
    if place := _read_others(region, parts.path, f"{parts.query}#{fragment}"):
        return place
    raise UsageError(
        f"'{url}' shows no log group",
        hint="the page of a log group or a log stream has its name in its URL",
    )


def _read_others(region: str | None, path: str, rest: str) -> Place | None:
    if _INSIGHTS.search(rest):
        plain = _unescape(rest)
        listed = _SOURCES.search(plain)
        names = _STRING.findall(listed[0]) if listed else []
        return Place(region, groups=tuple(map(_read_jsurl, names)))
    if found := _TRACE.search(rest):
        return Place(region, trace=found["id"])
    if found := _STACK.search(rest):
        return Place(region, stack=_unescape(found["id"] or found["name"]))
    if found := _API.search(f"{path}?{rest}"):
        stage = _STAGE.search(rest)
        return Place(region, api=found["id"] + (f"/{stage['name']}" if stage else ""))
    return None


def _read_jsurl(text: str) -> str:
    return re.sub(
        r"\*\*([0-9a-fA-F]{4})|\*([0-9a-fA-F]{2})",
        lambda found: chr(int(found[1] or found[2], 16)),
        text.replace("!", "$"),
    )


def _unescape(text: str) -> str:
    """Return a name without its escapes, however often they were put on.

    `$` is `%` where two hexadecimal digits follow; no log group's name holds one of them, so that
    the end is clear.
    """
    while (plain := unquote(re.sub(r"\$(?=[0-9A-Fa-f]{2})", "%", text))) != text:
        text = plain
    return text


def _unescape_stream(text: str) -> str:
    """Return a log stream's name without its escapes; it may hold a `%` or `$` of its own."""
    if not _TWICE.fullmatch(text):
        return _unescape(text)
    return unquote(unquote(text.replace("$", "%")))
