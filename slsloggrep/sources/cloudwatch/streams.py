"""Stretches of log streams, wanted whole: FilterLogEvents or GetLogEvents, whichever takes less.

FilterLogEvents reads up to 100 streams at once over one window, but may need many (empty) pages for
it; GetLogEvents needs two calls at least for each stretch, because its end is a token that repeats,
and tells no event IDs. Who makes the calls is `crew`'s work; pages of FilterLogEvents are
`reading`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from slsloggrep.model import Millis, Span
from slsloggrep.sources.cloudwatch.events import Numbering, Stretches
from slsloggrep.sources.cloudwatch.logs import STREAMS_AT_ONCE, Group, Logs
from slsloggrep.sources.cloudwatch.reading import (
    RESTARTS,
    Experience,
    Reading,
    Slice,
    gap_of,
    gap_of_stream,
)
from slsloggrep.sources.cloudwatch.refusals import Refused, Why
from slsloggrep.sources.cloudwatch.tasks import Advice, Answer, Task, key_of
from slsloggrep.sources.cloudwatch.trail import BEGINNING, Trail

_CALLS_OF_GET = 2
"""The second one shows that the first one was the last."""

_LOOSE = 2
"""A window over several stretches is at most so many times as long as the longest of them."""


def groups_of_spans(
    groups: Sequence[Group], spans: Iterable[Span], experience: Experience
) -> list[tuple[Group, list[Span]]]:
    """Return the groups that may hold the spans, with those of each.

    A stream lies where events of it were found before, else wherever a group of that name is. A
    span of a group that was not chosen is not meant for this source.
    """
    named: dict[str, list[Group]] = {}
    for group in groups:
        named.setdefault(group.name, []).append(group)
    held: dict[int, list[Span]] = {}
    for span in spans:
        candidates = named.get(span.log_group, [])
        seen = experience.groups_of(span.log_group, span.log_stream)
        for group in [g for g in candidates if key_of(g) in seen] or candidates:
            held.setdefault(id(group), []).append(span)
    return [(group, held[id(group)]) for group in groups if id(group) in held]


def tasks_of_spans(
    holding: Iterable[tuple[Group, Sequence[Span]]], reading: Reading
) -> Iterator[Task]:
    """Yield what to ask first of groups in order to read the spans that they hold."""
    for group, spans in holding:
        pages = reading.experience.pages_of(group)
        with_ids = key_of(group) in reading.experience.with_ids
        for cluster in cluster_spans(spans):
            by_stream = _by_stream(cluster)
            names = sorted(by_stream)
            batches = [
                tuple(names[start : start + STREAMS_AT_ONCE])
                for start in range(0, len(names), STREAMS_AT_ONCE)
            ]
            if not with_ids and len(cluster) * _CALLS_OF_GET < len(batches) * pages:
                yield from _one_by_one(group, by_stream, reading)
                continue
            for batch in batches:
                stretches = [stretch for name in batch for stretch in by_stream[name]]
                since = max(min(since for since, _ in stretches), 0)
                until = max(until for _, until in stretches)
                if until > since:
                    yield Slice(
                        group=group,
                        since=since,
                        until=until,
                        end=until,
                        streams=batch,
                        wanted=by_stream,
                        fallback=_stretches_of,
                        reading=reading,
                    )


def cluster_spans(spans: Iterable[Span]) -> list[list[Span]]:
    """Return the spans of a group in clusters, each worth one window.

    Spans of a cluster overlap in time, and the window is not much longer than one of them: streams
    that write a lot would bring all that lies between.
    """
    clusters: list[list[Span]] = []
    since = until = longest = 0
    for span in sorted(_merged(spans), key=lambda span: (span.since, span.until)):
        longest = max(longest, span.until - span.since)
        last = max(until, span.until)
        if clusters and span.since < until and last - since <= longest * _LOOSE:
            clusters[-1].append(span)
            until = last
        else:
            clusters.append([span])
            since, until = span.since, span.until
            longest = until - since
    return clusters


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield spans of which none overlaps another one of the same stream."""
    last: Span | None = None
    for span in sorted(spans):
        if last is not None and span[:2] == last[:2] and span.since <= last.until:
            last = last._replace(until=max(last.until, span.until))
            continue
        if last is not None:
            yield last
        last = span
    if last is not None:
        yield last


def _by_stream(spans: Iterable[Span]) -> dict[str, list[tuple[Millis, Millis]]]:
    stretches: dict[str, list[tuple[Millis, Millis]]] = {}
    for span in spans:
        stretches.setdefault(span.log_stream, []).append((span.since, span.until))
    return stretches


def _one_by_one(group: Group, wanted: Stretches, reading: Reading) -> Iterator[Stretch]:
    for stream, stretches in wanted.items():
        for since, until in stretches:
            if until > max(since, 0):
                yield Stretch(
                    group=group, stream=stream, since=max(since, 0), until=until, reading=reading
                )


def _stretches_of(denied: Slice) -> tuple[Task, ...]:
    """Return what a slice would have read, to be read by GetLogEvents."""
    since, until = denied.since or 0, denied.end
    wanted = {
        stream: [
            (max(start, since), min(end, until))
            for start, end in (denied.wanted or {}).get(stream, ())
        ]
        for stream in denied.streams
    }
    return tuple(_one_by_one(denied.group, wanted, denied.reading))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """A stretch of one log stream by GetLogEvents, and how far it was read."""

    group: Group
    stream: str
    since: Millis
    until: Millis
    reading: Reading
    token: str | None = None
    trail: Trail = BEGINNING
    restarts: int = 0
    numbering: Numbering | None = field(default=None, compare=False)

    @property
    def left(self) -> float:
        """See Task.left."""
        return float(_CALLS_OF_GET)

    def ask(self, logs: Logs, _advice: Advice) -> Answer:
        """Read a page; see Task.ask."""
        try:
            page = logs.get_events(
                self.group, self.stream, since=self.since, until=self.until, token=self.token
            )
        except Refused as refusal:
            return self._refused(refusal)
        numbering = self.numbering or Numbering(self.group, self.stream, self.reading.source)
        events = numbering.events_of_page(page.events, since=self.since, until=self.until)
        if page.token is None or page.token == self.token:
            return Answer(events, page.size)
        try:
            trail = self.trail.after(page.token)
        except Refused as circle:
            return Answer(events, page.size, gaps=(gap_of(self.group, circle),))
        after = replace(self, token=page.token, trail=trail, numbering=numbering)
        return Answer(events, page.size, (after,))

    def _refused(self, refusal: Refused) -> Answer:
        if refusal.why is Why.UNSUPPORTED:
            self.reading.unsupported.append(self.group)
            return Answer([], read=False)
        if refusal.why is Why.NO_SUCH_STREAM:
            if not self.reading.was_seen(self.group, self.stream):
                return Answer([], read=False)
            return Answer([], gaps=(gap_of_stream(self.group, self.stream, refusal),), read=False)
        if refusal.why is Why.BAD_REQUEST and self.token is not None and self.restarts < RESTARTS:
            again = replace(
                self, token=None, trail=BEGINNING, restarts=self.restarts + 1, numbering=None
            )
            return Answer([], then=(again,), read=False)
        raise refusal
