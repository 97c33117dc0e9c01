"""What is asked of Insights: a query divided into asks that the service takes, and its text.

An ask is one StartQuery: up to 50 log groups of one class in one place, one window of time, one
condition. Asks never overlap: what one may yield, no other does, so that nothing is counted twice.
How they are run is `slsloggrep.sources.cloudwatch.insights`' work.

Syntax: CloudWatch Logs User Guide, CWL_QuerySyntax (commands filter, sort, limit, SOURCE;
`toMillis`); limits: API Reference, StartQuery.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from slsloggrep.model import Event, Millis, Query, Span
from slsloggrep.sources.base import Settings
from slsloggrep.sources.cloudwatch.logs import Group, Logs
from slsloggrep.sources.cloudwatch.patterns import expressions_for, runs_of, without_wider
from slsloggrep.sources.cloudwatch.reading import AHEAD, EARLY

GROUPS_AT_ONCE = 50
"""Log groups that one StartQuery takes by name."""
ROWS = 100_000
"""Rows that one query gives at most."""
PAGE = 10_000
"""Rows that one GetQueryResults gives at most; all that older services and botocores give."""

SECOND: Millis = 1000

_CONDITION = 8_000
"""Characters of a condition; a query string has 10,000 at most."""
_NEAR = 2
"""Stretches of several groups are asked for together while that makes none of them longer than so
many times: every group is scanned, and paid for, over the whole window."""

_PLAIN_NAME = re.compile(r"[^\"'\\\x00-\x1f]+")
"""Names of streams that can stand in quotes: how a quote is escaped is documented nowhere."""

Takes = Callable[[Event], bool]


def _any(_event: Event) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question to Insights, and which of its rows are the answer to it."""

    logs: Logs
    groups: tuple[Group, ...]
    since: Millis
    until: Millis
    """Exclusive. The service is asked for whole seconds; what lies outside is dropped here."""
    condition: str = ""
    """What a `filter` command says; empty: there is none."""
    plain: str = ""
    """A wider condition of letters and digits alone, where the service does not take the other."""
    takes: Takes = _any
    prefix: str = ""
    """The groups are all that begin with this, and are named by it; rows of others are dropped."""
    number: int = 0
    """Orders asks that differ by their conditions alone."""
    exact: bool = False
    """The window lies within a second: the query itself says the milliseconds."""
    expected: int = 0
    """So many rows were seen at `since` already: fewer than these are a loss."""
    timeouts: int = 0
    """How often a longer window was too much for the service."""
    attempts: int = 0

    @property
    def seconds(self) -> tuple[int, int]:
        """The window as StartQuery takes it.

        The last second is documented as included; of it, the service reads the first millisecond
        only (github.com/aws/aws-sdk/issues/280). One second more is right under both readings.
        """
        return self.since // SECOND, -(-self.until // SECOND)

    @property
    def within_second(self) -> bool:
        """Tell whether the window lies in one second."""
        return self.since // SECOND == (self.until - 1) // SECOND


def text_of(ask: Ask, limit: int) -> str:
    """Return the query string of an ask for at most `limit` rows, earliest first."""
    commands = [f"SOURCE logGroups(namePrefix: ['{ask.prefix}'])"] if ask.prefix else []
    commands.append("fields @timestamp, @message, @logStream, @log")
    if ask.condition:
        commands.append(f"filter {ask.condition}")
    if ask.exact:
        commands.append(f"filter toMillis(@timestamp) >= {ask.since}")
        commands.append(f"filter toMillis(@timestamp) < {ask.until}")
    commands += ["sort @timestamp asc", f"limit {limit}"]
    return " | ".join(commands)


# Dividing a query


def divide(
    groups: Sequence[Group], query: Query, settings: Settings, prefix: str = ""
) -> list[Ask]:
    """Return the asks that together yield what a query wants of some groups.

    `prefix` is one of which every group in every place was chosen, empty where there is none.
    The query's own pattern is not looked at: Insights cannot run it.
    """
    asks: list[Ask] = []
    windowed: Takes | None = None
    if query.literals or query.everything:
        conditions = _conditions(query.literals, alone=not query.spans)
        windowed = _in_window(query, _runs(query.literals))
        for batch in _batches(groups, prefix):
            since, until = window_of(query, batch, settings.now)
            if since >= until:
                continue
            for number, (condition, takes, plain) in enumerate(conditions):
                asks.append(
                    Ask(
                        logs=batch[0].logs,
                        groups=batch,
                        since=since,
                        until=until,
                        condition=condition,
                        plain=plain,
                        takes=takes,
                        prefix=prefix if len(batch) > GROUPS_AT_ONCE else "",
                        number=number,
                    )
                )
    asks.extend(_asks_of_spans(groups, query.spans, windowed))
    return asks


def window_of(query: Query, groups: Iterable[Group], now: Millis) -> tuple[Millis, Millis]:
    """Return the query's window with its ends filled in, for some groups."""
    since, until = query.since, query.until
    if since is None:
        created = [group.created or 0 for group in groups]
        since = min(created, default=0) - EARLY
    return max(since, 0), now + AHEAD if until is None else until


def whole_prefix(settings: Settings, specs: Sequence[str]) -> str:
    """Return the prefix of which the settings choose every group, empty where there is none.

    `specs` are the groups that the source's own URL names. The default, every group of Lambda's,
    is such a choice; so is one glob with its only `*` at the end.
    """
    if settings.functions or settings.selects:
        return ""
    named = [*specs, *settings.groups]
    if not named:
        return "/aws/lambda/"
    glob = re.fullmatch(r"([A-Za-z0-9_./#-]+)\*", named[0])
    return glob[1] if glob and len(named) == 1 else ""


def _batches(groups: Sequence[Group], prefix: str) -> Iterator[tuple[Group, ...]]:
    """Yield groups that one StartQuery takes together: one place, one class, up to 50."""
    alike: dict[tuple[int, bool, bool], list[Group]] = {}
    for group in groups:
        alike.setdefault((id(group.logs), group.linked, group.infrequent), []).append(group)
    for (_, linked, infrequent), some in alike.items():
        # Linked groups are told by ARN only; the words for a class differ within the User Guide.
        fits = not linked and not infrequent and all(g.name.startswith(prefix) for g in some)
        size = len(some) if prefix and fits else GROUPS_AT_ONCE
        for start in range(0, len(some), size):
            yield tuple(some[start : start + size])


def _runs(literals: Iterable[str]) -> tuple[str, ...]:
    """Return the text of each literal that no encoder escapes, as few as find them all.

    Empty where one literal has no such text: then everything must be read.
    """
    runs = runs_of(literals)
    return () if "" in runs else tuple(sorted(without_wider(runs)))


def _conditions(literals: Sequence[str], *, alone: bool) -> list[tuple[str, Takes, str]]:
    """Return conditions that are short enough, each with the events that are its own.

    Beside an expression stands a plain condition: which expressions Insights understands is
    documented by examples only. Where there are several conditions, or other asks for the same
    events (not `alone`), whose an event is must be told here exactly as it is there: plain runs
    can, expressions with wildcards might not.
    """
    runs = _runs(literals)
    if not runs:
        return [("", _any, "")]
    expressions = expressions_for(literals)
    if alone and len("|".join(expressions)) <= _CONDITION:
        is_plain = set(expressions) == set(runs) or len("|".join(runs)) > _CONDITION
        plain = "" if is_plain else _like(runs)
        return [(_like(expressions), _holding(runs, but=()), plain)]
    parts: list[list[str]] = [[]]
    length = 0
    for run in runs:
        if length + len(run) > _CONDITION:
            parts.append([])
            length = 0
        parts[-1].append(run)
        length += len(run) + 1
    conditions: list[tuple[str, Takes, str]] = []
    earlier: tuple[str, ...] = ()
    for part in parts:
        takes = _holding(tuple(part), but=earlier)
        conditions.append((_like(part), takes, ""))
        earlier += tuple(part)
    return conditions


def _like(expressions: Iterable[str]) -> str:
    return f"@message like /{'|'.join(expressions)}/"


def _holding(runs: tuple[str, ...], *, but: tuple[str, ...]) -> Takes:
    def takes(event: Event) -> bool:
        message = event.message
        return any(run in message for run in runs) and not any(run in message for run in but)

    return takes


def _in_window(query: Query, runs: tuple[str, ...]) -> Takes:
    def takes(event: Event) -> bool:
        return query.in_window(event.timestamp) and (
            not runs or any(run in event.message for run in runs)
        )

    return takes


@dataclass(slots=True)
class _Stretch:
    """A stretch of time in which streams of one group are wanted."""

    group: Group
    since: Millis
    until: Millis
    streams: dict[str, list[tuple[Millis, Millis]]]


def _asks_of_spans(
    groups: Sequence[Group], spans: Sequence[Span], windowed: Takes | None
) -> Iterator[Ask]:
    """Yield asks for stretches of streams; what the window's asks yield is left to them."""
    by_name: dict[str, list[Span]] = {}
    for span in sorted(spans, key=lambda span: span.since):
        if span.since < span.until:
            by_name.setdefault(span.log_group, []).append(span)
    by_place: dict[tuple[int, bool, bool], list[_Stretch]] = {}
    for group in groups:
        place = (id(group.logs), group.linked, group.infrequent)
        by_place.setdefault(place, []).extend(_stretches(group, by_name.get(group.name, ())))
    for stretches in by_place.values():
        for together in _near_each_other(stretches):
            yield from _asks_of_streams(together, windowed)


def _stretches(group: Group, spans: Iterable[Span]) -> list[_Stretch]:
    """Return disjoint stretches of a group; spans come by their beginning."""
    found: list[_Stretch] = []
    for span in spans:
        if not found or found[-1].until < span.since:
            found.append(_Stretch(group, span.since, span.until, {}))
        found[-1].until = max(found[-1].until, span.until)
        wanted = found[-1].streams.setdefault(span.log_stream, [])
        wanted.append((span.since, span.until))
    return found


def _near_each_other(stretches: list[_Stretch]) -> Iterator[list[_Stretch]]:
    """Yield stretches, at most one of a group, that lie so near that one ask is for all."""
    together: list[_Stretch] = []
    for stretch in sorted(stretches, key=lambda s: (s.since, s.until, s.group.name)):
        both = [*together, stretch]
        length = max(s.until for s in both) - both[0].since
        if together and (
            len(together) == GROUPS_AT_ONCE
            or any(s.group is stretch.group for s in together)
            or length > _NEAR * min(s.until - s.since for s in both)
        ):
            yield together
            together = []
        together.append(stretch)
    if together:
        yield together


def _asks_of_streams(together: list[_Stretch], windowed: Takes | None) -> Iterator[Ask]:
    names = sorted({name for stretch in together for name in stretch.streams})
    for number, some in enumerate(_in_parts(names)):
        wanted = {
            (stretch.group.name, name): stretch.streams[name]
            for stretch in together
            for name in some
            if name in stretch.streams
        }
        yield Ask(
            logs=together[0].group.logs,
            groups=tuple(stretch.group for stretch in together),
            since=max(min(stretch.since for stretch in together), 0),
            until=max(stretch.until for stretch in together),
            condition=_condition_on_streams(some),
            takes=_in_stretches(wanted, windowed),
            number=number,
        )


def _in_parts(names: Sequence[str]) -> Iterator[list[str]]:
    part: list[str] = []
    length = 0
    for name in names:
        if part and length + len(name) > _CONDITION:
            yield part
            part, length = [], 0
        part.append(name)
        length += len(name) + 4
    if part:
        yield part


def _condition_on_streams(names: Sequence[str]) -> str:
    """Return a condition that holds for these streams, and perhaps for others."""
    plain = [name for name in names if _PLAIN_NAME.fullmatch(name)]
    others = [_runs([name]) for name in names if not _PLAIN_NAME.fullmatch(name)]
    if not all(others):
        return ""
    parts = ["@logStream in [" + ", ".join(f'"{name}"' for name in plain) + "]"] if plain else []
    if others:
        parts.append(f"@logStream like /{'|'.join(run for runs in others for run in runs)}/")
    return " or ".join(parts)


def _in_stretches(
    wanted: dict[tuple[str, str], list[tuple[Millis, Millis]]],
    windowed: Takes | None,
) -> Takes:
    def takes(event: Event) -> bool:
        stretches = wanted.get((event.log_group, event.log_stream), ())
        return any(since <= event.timestamp < until for since, until in stretches) and not (
            windowed is not None and windowed(event)
        )

    return takes
