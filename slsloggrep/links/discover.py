"""Discover in Kibana and OpenSearch Dashboards: a query, a time and an index pattern, as a URL.

Forms and where they are attested:

- Kibana (from 7.8 on) and OpenSearch Dashboards before 2.10: `/app/discover#/?_g=...&_a=...`, the
  state being Rison: `_g` has the time, `_a` the query and the index pattern (`index`). Newer
  Kibanas call that `dataSource` and still read `index` (`discover`, cleanup_url_state).
- OpenSearch Dashboards from 2.10 on: `/app/data-explorer/discover#?_a=...&_g=...&_q=...`; the index
  pattern is `metadata.indexPattern` in `_a`, the query stands in `_q`. The older form is taken
  there, too, but loses the time before 2.15 (OpenSearch-Dashboards issue 6766).

Both read their state with `url.parse(hash, true)` (`kibana_utils`, parse.ts), which takes every
escape off: quotes and brackets need not stand in the URL as they are.

An index pattern is named by the ID of its saved object, and nothing in the index tells that. What
`slsloggrep ship --dashboards` writes has an ID that is known; Beats and Logit give their patterns
the title as ID; all others have a random one, which the address of Discover holds: where the user
gives that whole, it is taken from there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from slsloggrep.errors import UsageError
from slsloggrep.links.spellings import Value, is_day, iso, rison
from slsloggrep.model import Millis

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~%-]+)*/?")
_APP = re.compile(r"(?P<base>.*?)/app/(?:(?P<app>data-explorer/discover|discover)(?:/|$))?")
_PATTERN = re.compile(
    r"[(,](?:indexPattern|dataViewId|index):(?:'(?P<quoted>(?:[^'!]|![!'])*)'|(?P<plain>[^',()!:]+))"
)
_TENANT = re.compile(r"security_tenant=[A-Za-z0-9_.~%-]*")
_GLYPH = re.compile(r"'(?:[^'!]|!.)*'|!?\(|.", re.DOTALL)
_DEEP = 2
"""Brackets around the name of an index pattern in `_a`; that of a filter lies deeper."""
_COLUMNS = ("function", "level", "message", "request_id")


class Dashboards(NamedTuple):
    """Where an index is looked at."""

    url: str
    """What the pages stand under, without a slash at its end: `https://host/_dashboards`."""
    product: str
    """`Kibana` or `OpenSearch Dashboards`."""
    explorer: bool
    """Discover has the form of OpenSearch Dashboards 2.10."""
    pattern: str
    """The ID of the index pattern (data view)."""
    shipped: bool = False
    """The documents are those that `ship` writes, their fields are known."""
    tenant: str = ""
    """Of OpenSearch Dashboards: `?security_tenant=NAME`; empty: not told."""


def read_dashboards_url(
    url: str, *, elastic: bool, explorer: bool, pattern: str, shipped: bool = False
) -> Dashboards:
    """Return what an address says that the user copied from Discover, or the one it stands under.

    `elastic`: it is Kibana's. `explorer` and `pattern` count where the address does not tell which
    form Discover has, and which index pattern it shows. Raises UsageError for what is no `http:` or
    `https:` URL, or holds a user name.
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc
    except ValueError:
        host = ""
    if not host or parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        hidden = re.sub(r"//[^/?#]*@", "//...@", url)
        raise UsageError(
            f"'{hidden}' is no address of Kibana or OpenSearch Dashboards",
            hint="copy it from the browser while it shows Discover: https://HOST/app/discover#/...",
        )
    if not _PATH.fullmatch(parts.path):
        raise UsageError(f"'{url}' has a path that no address of Dashboards has")
    found = _APP.match(parts.path)
    base = found["base"] if found else parts.path.rstrip("/")
    app = found["app"] if found else None
    state = parse_qs(parts.fragment.partition("?")[2]).get("_a", [""])[0]
    if given := _PATTERN.search(_outer(state)):
        pattern = given["plain"] or re.sub(r"!([!'])", r"\1", given["quoted"] or "")
    tenant = _TENANT.search(parts.query)
    return Dashboards(
        url=f"{parts.scheme}://{host}{base}",
        product="Kibana" if elastic else "OpenSearch Dashboards",
        explorer=explorer if app is None else app == "data-explorer/discover",
        pattern=pattern,
        shipped=shipped,
        tenant=f"?{tenant[0]}" if tenant else "",
    )


def discover_url(dashboards: Dashboards, query: str, *, since: Millis, until: Millis) -> str | None:
    """Return Discover with a query in KQL (DQL), from `since` to `until`, both included."""
    if not is_day(since) or not is_day(until) or not dashboards.pattern.isprintable():
        return None
    columns: Sequence[str] = _COLUMNS if dashboards.shipped else ("_source",)
    time: Value = {"from": iso(since), "to": iso(until)}
    overall: Value = {
        "filters": [],
        "refreshInterval": {"pause": True, "value": 0},
        "time": time,
    }
    asked: Value = {"language": "kuery", "query": query}
    if dashboards.explorer:
        shown: Value = {
            "discover": {"columns": columns, "isDirty": False, "sort": []},
            "metadata": {"indexPattern": dashboards.pattern, "view": "discover"},
        }
        states = {"_a": shown, "_g": overall, "_q": {"filters": [], "query": asked}}
        page = f"/app/data-explorer/discover{dashboards.tenant}#?"
    else:
        shown = {
            "columns": columns if dashboards.shipped else [],
            "filters": [],
            "index": dashboards.pattern,
            "interval": "auto",
            "query": asked,
            "sort": [],
        }
        states = {"_g": overall, "_a": shown}
        page = f"/app/discover{dashboards.tenant}#/?"
    parts = (f"{name}={quote(rison(state), safe=':,!')}" for name, state in states.items())
    return f"{dashboards.url}{page}{'&'.join(parts)}"


def phrase(text: str) -> str | None:
    r"""Return a text as a phrase in KQL; None for what cannot be one.

    Kibana Query Language: `\` and `"` are escaped in quotes.
    """
    if not text or not text.isprintable():
        return None
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'


def _outer(state: str) -> str:
    """Return a value in Rison without what lies deep in it."""
    depth, kept = 0, []
    for glyph in _GLYPH.findall(state):
        depth += glyph.endswith("(")
        if depth <= _DEEP:
            kept.append(glyph)
        depth -= glyph == ")"
    return "".join(kept)
