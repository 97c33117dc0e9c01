"""Discover in Kibana and OpenSearch Dashboards: a query, a time and an index pattern, as a URL.

Forms and where they are attested:

- Kibana (from 7.8 on) and OpenSearch Dashboards before 2.10: `/app/discover#/?_g=...&_a=...`, the
  state being Rison: `_g` has the time, `_a` the query and the index pattern (`index`). Newer
  Kibanas call that `dataSource` and still read `index` (`discover`, cleanup_url_state).
- OpenSearch Dashboards from 2.10 on: `/app/data-explorer/discover#?_a=...&_g=...&_q=...`; the index
  pattern is `metadata.indexPattern` in `_a`, the query stands in `_q`. The older form is taken
  there, too, but loses the time before 2.15 (OpenSearch-Dashboards issue 6766).
- From 2.17 on the query has a `dataset`, which is the index pattern, too, and the one that counts
  where query enhancements are on (`discover`, use_index_pattern; opensearch-dashboards-functional-
  test, shared links). Both are written. The page of 3.x that is called Explore is not made.

They read their state with `url.parse(hash, true)` (`kibana_utils`, parse.ts), which takes every
escape off: quotes and brackets need not stand in the URL as they are.

An index pattern is named by the ID of its saved object, and nothing in the index tells that. What
`slsloggrep ship --dashboards` writes has an ID that is known; Beats and Logit give their patterns
the title as ID; all others have a random one, which the address of Discover holds: where the user
gives that whole, it is taken from there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

from slsloggrep.errors import UsageError
from slsloggrep.links.spellings import Value, is_day, iso, read_rison, rison
from slsloggrep.model import Millis

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~%-]+)*/?")
_APP = re.compile(r"(?P<base>.*?)/app/(?:(?P<app>data-explorer/discover|discover)(?:/|$))?")
_TENANT = re.compile(r"security_tenant=[A-Za-z0-9_.~%-]*")
_COLUMNS = ("function", "level", "message", "request_id")


class Form(Enum):
    """What Discover's URL looks like."""

    CLASSIC = "app/discover"
    """Kibana; OpenSearch Dashboards before 2.10."""
    EXPLORER = "app/data-explorer/discover"
    """OpenSearch Dashboards from 2.10 on."""
    DATASETS = "app/data-explorer/discover, with datasets"
    """From 2.17 on."""


class Index(NamedTuple):
    """What is looked at."""

    pattern: str
    """The ID of the index pattern (data view)."""
    title: str = ""
    """Names and patterns of indices; empty: as the ID."""
    time_field: str = "@timestamp"
    shipped: bool = False
    """The documents are those that `ship` writes, their fields are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboards:
    """Where an index is looked at."""

    url: str
    """What the pages stand under, without a slash at its end: `https://host/_dashboards`."""
    product: str
    """`Kibana` or `OpenSearch Dashboards`."""
    form: Form
    index: Index
    dataset: Mapping[str, Value] = field(default_factory=dict)
    """As the user's own address of Discover has it; empty: it has none."""
    tenant: str = ""
    """Of OpenSearch Dashboards: `?security_tenant=NAME`; empty: not told."""


def read_dashboards_url(url: str, *, product: str, form: Form, index: Index) -> Dashboards:
    """Return what an address says that the user copied from Discover, or the one it stands under.

    `form` and the ID in `index` count where the address does not tell which form Discover has, and
    which index pattern it shows. Raises UsageError for what is no `http:` or `https:` URL, or holds
    a user name.
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
    states = {
        name: _mapping(read_rison(values[0]))
        for name, values in parse_qs(parts.fragment.partition("?")[2]).items()
    }
    dataset = _dataset(states.get("_q", {}))
    if pattern := _text(dataset.get("id")) or _pattern(states.get("_a", {})):
        index = index._replace(pattern=pattern, title=_text(dataset.get("title")) or index.title)
    tenant = _TENANT.search(parts.query)
    return Dashboards(
        url=f"{parts.scheme}://{host}{base}",
        product=product,
        form=_form(found["app"] if found else None, form),
        index=index,
        dataset=dataset,
        tenant=f"?{tenant[0]}" if tenant else "",
    )


def _form(app: str | None, form: Form) -> Form:
    if app == "discover":
        return Form.CLASSIC
    return Form.EXPLORER if app is not None and form is Form.CLASSIC else form


def _dataset(asked: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return the dataset in a `_q`, which Explore writes without the query around it."""
    return _mapping(_mapping(asked.get("query")).get("dataset")) or _mapping(asked.get("dataset"))


def _pattern(shown: Mapping[str, Value]) -> str:
    """Return the ID of the index pattern in an `_a`; empty: it has none."""
    return (
        _text(_mapping(shown.get("dataSource")).get("dataViewId"))
        or _text(_mapping(shown.get("metadata")).get("indexPattern"))
        or _text(shown.get("index"))
    )


def _mapping(value: Value | None) -> Mapping[str, Value]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Value | None) -> str:
    return value if isinstance(value, str) else ""


def discover_url(dashboards: Dashboards, query: str, *, since: Millis, until: Millis) -> str | None:
    """Return Discover with a query in KQL (DQL), from `since` to `until`, both included.

    None for times beyond any calendar.
    """
    if not is_day(since) or not is_day(until):
        return None
    index = dashboards.index
    overall: Value = {
        "filters": [],
        "refreshInterval": {"pause": True, "value": 0},
        "time": {"from": iso(since), "to": iso(until)},
    }
    asked: dict[str, Value] = {"language": "kuery", "query": query}
    if dashboards.form is Form.CLASSIC:
        shown: Value = {
            "columns": _COLUMNS if index.shipped else (),
            "filters": [],
            "index": index.pattern,
            "interval": "auto",
            "query": asked,
            "sort": [],
        }
        states = {"_g": overall, "_a": shown}
        page = f"/app/discover{dashboards.tenant}#/?"
    else:
        columns: Sequence[str] = _COLUMNS if index.shipped else ("_source",)
        shown = {
            "discover": {"columns": columns, "isDirty": False, "sort": []},
            "metadata": {"indexPattern": index.pattern, "view": "discover"},
        }
        if dashboards.form is Form.DATASETS:
            asked = {
                "dataset": dashboards.dataset
                or {
                    "id": index.pattern,
                    "timeFieldName": index.time_field,
                    "title": index.title or index.pattern,
                    "type": "INDEX_PATTERN",
                },
                **asked,
            }
        states = {"_a": shown, "_g": overall, "_q": {"filters": [], "query": asked}}
        page = f"/app/data-explorer/discover{dashboards.tenant}#?"
    try:
        parts = [f"{name}={quote(rison(state), safe=':,!')}" for name, state in states.items()]
    except UnicodeEncodeError:  # a lone surrogate, which nothing can hold
        return None
    return f"{dashboards.url}{page}{'&'.join(parts)}"


def phrase(text: str) -> str | None:
    r"""Return a text as a phrase in KQL; None for what cannot be one.

    Kibana Query Language: `\` and `"` are escaped in quotes.
    """
    if not text or not text.isprintable():
        return None
    return '"' + re.sub(r'([\\"])', r"\\\1", text) + '"'
