"""The links of an invocation and of a transaction: which pages show it, and by which queries.

How pages are addressed is the knowledge of `slsloggrep.links.console` and
`slsloggrep.links.discover`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from slsloggrep.links.console import insights_url, stream_url, trace_url
from slsloggrep.links.discover import Dashboards, discover_url, phrase
from slsloggrep.links.origins import Origins
from slsloggrep.model import (
    Fact,
    IdKind,
    Invocation,
    Link,
    LinkKey,
    Millis,
    Record,
    Transaction,
    link_key,
)

LONGEST_URL = 8_000
"""Characters: beyond that browsers, proxies and chats cut an address; there is no link then."""

_REQUESTS = 20
"""Request IDs that a query of a transaction names, so that it stays readable."""

_TRACES = 3
"""Traces of a transaction that are linked; those of its members are linked with these."""
_AROUND: Millis = 60_000
"""Before and after a record that Discover shows."""
_ROWS = 10_000
"""That a query asks for: what Insights gives where nothing is said was not always as many."""

_PLAIN = re.compile(r"[^\"'\\\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
"""What stands in quotes in a query of Insights: how a quote is escaped is documented nowhere."""

_OWN = frozenset({Fact.START, Fact.RUNTIME_DONE, Fact.END, Fact.REPORT, Fact.FAULT})
"""What Lambda says of an invocation: a trace that stands in it is the invocation's own."""
_UNSAMPLED = re.compile(r"\bSampled(?:: false|=0)\b")


def link_all(
    invocations: Iterable[Invocation], origins: Origins
) -> dict[LinkKey, tuple[Link, ...]]:
    """Return the links of invocations as a report files them; those without any are left out."""
    made: dict[LinkKey, tuple[Link, ...]] = {}
    for invocation in invocations:
        key = link_key(invocation)
        if key not in made and (links := links_for(invocation, origins)):
            made[key] = links
    return made


def links_for(invocation: Invocation, origins: Origins) -> tuple[Link, ...]:
    """Return where an invocation is found: in its log stream, by Insights, in X-Ray, in Discover.

    Empty where its records tell no source whose console is known.
    """
    since, until = _window([invocation])
    region = origins.region_of(invocation.records)
    made: list[tuple[str, str | None]] = []
    if region:
        first = _first(invocation)
        made.append(
            (
                "CloudWatch log stream",
                stream_url(
                    region,
                    invocation.log_group,
                    invocation.log_stream,
                    start=first.event.timestamp if first else since,
                    event_id=first.event.event_id if first else "",
                ),
            )
        )
        if condition := _condition(invocation):
            query = _insights_query(condition)
            groups = [invocation.log_group]
            url = insights_url(region, groups, query, since=since, until=until)
            made.append(("CloudWatch Logs Insights", url))
        if trace := _trace(invocation):
            made.append(("X-Ray trace", trace_url(region, trace)))
    for dashboards in _dashboards([invocation], origins):
        named = [("log_stream", invocation.log_stream), ("request_id", invocation.request_id or "")]
        if asked := _kql(dashboards, named):
            url = discover_url(dashboards, asked, since=since, until=until)
            made.append((f"Discover in {dashboards.product}", url))
    return tuple(_links(made))


def links_for_record(record: Record, origins: Origins) -> tuple[Link, ...]:
    """Return where a record is found: in its log stream, marked; in Discover, a minute either way.

    Empty where it tells no source whose console is known.
    """
    event = record.event
    made: list[tuple[str, str | None]] = []
    if region := origins.region_of([record]):
        url = stream_url(
            region,
            event.log_group,
            event.log_stream,
            start=event.timestamp,
            event_id=event.event_id,
        )
        made.append(("CloudWatch log stream", url))
    origin = origins.of(event)
    if origin is not None and origin.dashboards is not None:
        named = [("log_stream", event.log_stream), ("request_id", record.request_id or "")]
        if asked := _kql(origin.dashboards, named):
            since, until = event.timestamp - _AROUND, event.timestamp + _AROUND
            url = discover_url(origin.dashboards, asked, since=since, until=until)
            made.append((f"Discover in {origin.dashboards.product}", url))
    return tuple(_links(made))


def links_for_transaction(transaction: Transaction, origins: Origins) -> tuple[Link, ...]:
    """Return where a transaction is found as a whole, as far as its members tell.

    By Insights in the members' log groups, one query for each region; in X-Ray, the first traces
    that members have as their own; in Discover.
    """
    invocations = [member.invocation for member in transaction.members]
    if not invocations:
        return ()
    since, until = _window(invocations)
    requests = list(dict.fromkeys(i.request_id for i in invocations if i.request_id))
    if len(requests) > _REQUESTS:
        requests = []
    groups: dict[str, dict[str, None]] = {}
    traces: dict[tuple[str, str], None] = {}
    for member in transaction.members:
        region = origins.region_of(member.invocation.records)
        if region is None:
            continue
        groups.setdefault(region, {})[member.invocation.log_group] = None
        if not member.batch and (trace := _trace(member.invocation)):
            traces[region, trace] = None
    made: list[tuple[str, str | None]] = []
    for region, names in groups.items():
        if condition := _condition_of_all(transaction.id, requests):
            query = _insights_query(condition)
            url = insights_url(region, list(names), query, since=since, until=until)
            made.append(("CloudWatch Logs Insights", url))
    made += [("X-Ray trace", trace_url(region, trace)) for region, trace in list(traces)[:_TRACES]]
    for dashboards in _dashboards(invocations, origins):
        named = [("", transaction.id), *(("request_id", request) for request in requests)]
        if asked := _kql(dashboards, named):
            url = discover_url(dashboards, asked, since=since, until=until)
            made.append((f"Discover in {dashboards.product}", url))
    return tuple(_links(made))


def _links(made: Iterable[tuple[str, str | None]]) -> Iterator[Link]:
    for label, url in made:
        if url is not None and len(url) <= LONGEST_URL:
            yield Link(label, url)


def _window(invocations: Sequence[Invocation]) -> tuple[Millis, Millis]:
    """Return the first and the last moment of invocations, their records' included.

    A document without a time has 0.
    """
    times = [record.event.timestamp for i in invocations for record in i.records]
    times += [time for i in invocations for time in (i.start, i.end)]
    known = [time for time in times if time > 0] or [0]
    return min(known), max(known)


def _first(invocation: Invocation) -> Record | None:
    """Return the first record in the invocation's own log stream."""
    place = (invocation.log_group, invocation.log_stream)
    lying = (r for r in invocation.records if (r.event.log_group, r.event.log_stream) == place)
    return next(lying, None)


def _trace(invocation: Invocation) -> str | None:
    """Return the X-Ray trace that an invocation has as its own; None: none, or not sampled.

    What Lambda says counts; without that, what its records show, if it is only one.
    """
    shown: dict[str, Record] = {}
    for record in invocation.records:
        for identifier in record.identifiers:
            if identifier.kind is IdKind.XRAY_TRACE_ID:
                if record.fact in _OWN:
                    return _sampled(identifier.value, record)
                shown.setdefault(identifier.value, record)
    if len(shown) != 1:
        return None
    ((trace, record),) = shown.items()
    return _sampled(trace, record)


def _sampled(trace: str, record: Record) -> str | None:
    return None if _UNSAMPLED.search(record.event.message) else trace


def _condition(invocation: Invocation) -> str | None:
    """Return what a query of Insights filters by to show one invocation, its bare lines included.

    Lines without a request ID of their own are those of the log stream at that time.
    """
    request = _quoted(invocation.request_id or "")
    stream = _quoted(invocation.log_stream)
    if stream and request:
        return f"@logStream = {stream} and (@requestId = {request} or not ispresent(@requestId))"
    if request:
        return f"@requestId = {request} or @message like {request}"
    return f"@logStream = {stream}" if stream else None


def _condition_of_all(identifier: str, requests: Sequence[str]) -> str | None:
    mentioned = _quoted(identifier)
    named = [quoted for quoted in map(_quoted, requests) if quoted]
    parts = [f"@message like {mentioned}"] if mentioned else []
    parts += [f"@requestId in [{', '.join(named)}]"] if named else []
    return " or ".join(parts) or None


def _insights_query(condition: str) -> str:
    return (
        f"fields @timestamp, @message\n| filter {condition}\n| sort @timestamp asc\n| limit 10000"
    )


def _quoted(text: str) -> str | None:
    return f"'{text}'" if _PLAIN.fullmatch(text) else None


def _dashboards(invocations: Iterable[Invocation], origins: Origins) -> tuple[Dashboards, ...]:
    """Return where the indices are looked at that records came from, each once."""
    sources = dict.fromkeys(record.event.source for i in invocations for record in i.records)
    found = (origins.by_source.get(source) for source in sources)
    made: list[Dashboards] = []
    for origin in found:
        if origin is not None and origin.dashboards and origin.dashboards not in made:
            made.append(origin.dashboards)
    return tuple(made)


def _kql(dashboards: Dashboards, named: Iterable[tuple[str, str]]) -> str | None:
    """Return a query for documents that show one of several values (field, text)."""
    parts = []
    for name, text in named:
        if quoted := phrase(text):
            parts.append(f"{name}:{quoted}" if name and dashboards.index.shipped else quoted)
    return " or ".join(parts) or None
