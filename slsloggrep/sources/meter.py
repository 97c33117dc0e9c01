"""Reads figures and ends of invocations out of one object of an archive, with no event of most.

In CloudWatch's own envelopes START and REPORT are read where they stand; an event is made only of
those that are spelled otherwise and of what holds one of the query's literals. Every document is
read in one of two ways: so, or decoded like any other by `slsloggrep.sources.scan`, which then
looks for STARTs and REPORTs by their words. How REPORTs and envelopes are told is knowledge of
`slsloggrep.decode`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from slsloggrep.decode import ends, figures
from slsloggrep.decode.documents import Shape
from slsloggrep.decode.search import find_with, prepare
from slsloggrep.decode.survey import WORDS as ENVELOPES
from slsloggrep.decode.survey import Excerpt, Survey, below
from slsloggrep.model import Ends, Event, FigureBatch, Query
from slsloggrep.sources.base import Purpose
from slsloggrep.sources.kept import Keeper, Kept
from slsloggrep.sources.scan import Desk, Found, Scan
from slsloggrep.sources.store import StoredObject
from slsloggrep.sources.wanted import Wanted, hash_of

_WORDS = {
    "figures": ("REPORT", "platform.report", "@duration", "record.metrics.durationMs"),
    "ends": ("START", "REPORT", "platform.start", "platform.report"),
}
"""What events hold that are measured, in every spelling."""

_HOSTS = {"figures": ("Executed ",), "ends": ()}
"""What Azure's host writes at the end of an invocation: always decoded."""

_ENOUGH = 8192
"""Rows that make batches: one of each of so many objects would cost more than the rows do."""


class Measurement:
    """A query and the purpose that it is asked for."""

    def __init__(self, source: str, query: Query, purpose: Purpose) -> None:
        self._source = source
        literals = (*query.literals, *_HOSTS[purpose])
        self.purpose = purpose
        self.needles = prepare(literals)
        self.words = figures.WORDS if purpose == "figures" else ends.WORDS
        self.wanted = Wanted(replace(query, literals=(*literals, *_WORDS[purpose]), spans=()))

    def scan(self, stored: StoredObject) -> Scan:
        """Return a reading of an object."""
        return _Measuring(self._source, stored, self)


def rows_of(item: Found) -> int:
    """Return how many events an item stands for."""
    if isinstance(item, FigureBatch):
        return len(item.times)
    return len(item.started) + len(item.reported) if isinstance(item, Ends) else 1


class _Measuring(Scan):
    """One reading of one object."""

    def __init__(self, source: str, stored: StoredObject, measurement: Measurement) -> None:
        super().__init__(source, stored, measurement.wanted)
        self._measurement = measurement
        # What a survey tells of streams costs nothing, whether or not the name tells a time.
        self._streams_known = True
        self._is_timed = stored.arrived is not None
        self._keeper = Keeper()

    @property
    def kept(self) -> Kept | None:
        """Envelopes that the next pass will want."""
        return self._keeper.pack()

    def _block(self, desk: Desk, size: int) -> Iterator[Found]:
        haystack = desk.haystack
        shape = self._shape_of(haystack)
        survey = None
        hits: list[int] = []
        places: list[list[int]] = []
        if shape is Shape.ENVELOPES and self._is_searchable(haystack):
            words = (*ENVELOPES, *self._measurement.words)
            hits, places = find_with(self._measurement.needles, words, haystack)
            survey = Survey(haystack.buffer, size, places[: len(ENVELOPES)])
        if survey is None or not survey.is_whole:
            self._keeper.close()
            self._streams_known = self._streams_known and not self._is_timed
        if survey is None or not survey.bodies or (self._doubtful and survey.others):
            yield from super()._block(desk, size)
            return
        if survey.is_whole:
            self._check(haystack, size)
            self._hashes.update(map(hash, survey.stream_names))
        else:
            self._note(haystack, size, shape)
        for start, end in survey.others:
            yield from self._decode(haystack.view(start, end), self._offset + start)
        hits = below(hits, size)
        places = [below(offsets, size) for offsets in places[len(ENVELOPES) :]]
        if self._measurement.purpose == "figures":
            yield from self._figures(desk, survey, hits, places)
        else:
            yield from self._ends(desk, survey, hits, places)
        if survey.is_whole:
            self._keeper.look(haystack, survey, self._offset, self._found)
        else:
            self._keeper.close()

    def _figures(
        self, desk: Desk, survey: Survey, hits: list[int], places: list[list[int]]
    ) -> Iterator[Found]:
        reports, platforms = places
        text = figures.read_text(survey.buffer, reports)
        json = figures.read_json(survey.buffer, platforms)
        given: set[int] = set()
        yield from self._events_at([*hits, *text.unread, *json.unread], desk, survey, given)
        desk.figures.add(text, survey, given)
        desk.figures.add(json, survey, given)
        if desk.figures.count >= _ENOUGH:
            yield from desk.figures.take()

    def _ends(
        self, desk: Desk, survey: Survey, hits: list[int], places: list[list[int]]
    ) -> Iterator[Found]:
        found = ends.find_ends(survey.buffer, *places)
        given: set[int] = set()
        yield from self._events_at([*hits, *found.unread], desk, survey, given)
        unpaired, unread = ends.pair(found, survey, given)
        latest = ends.latest_of(found, survey)
        if unpaired.started or unpaired.reported or latest is not None:
            yield replace(unpaired, latest=latest)
        yield from self._events_at(unread, desk, survey, given)

    def _events_at(
        self, positions: list[int], desk: Desk, survey: Survey, given: set[int]
    ) -> Iterator[Event]:
        """Yield the wanted events in which offsets lie, and add to `given` where they begin.

        An envelope with an event that is not as CloudWatch writes it is decoded as a whole.
        """
        for region, within in groupby(sorted(positions), survey.owner):
            if region is None:
                continue
            start, end = survey.document(region)
            excerpts = self._excerpts(region, within, survey)
            if excerpts is None:
                survey.forget(region)
                yield from self._decode(desk.haystack.view(start, end), self._offset + start)
                continue
            for excerpt in excerpts:
                event = Event(
                    excerpt.timestamp,
                    excerpt.message,
                    survey.log_groups[region],
                    survey.log_streams[region],
                    excerpt.event_id,
                    self._origin.source,
                    self._origin.container,
                    self._offset + start + excerpt.ordinal,
                )
                if self._wanted.takes(event):
                    given.add(excerpt.offset)
                    self._found.add(hash_of(event.log_stream))
                    yield event

    def _excerpts(
        self, region: int, positions: Iterator[int], survey: Survey
    ) -> list[Excerpt] | None:
        """Return the events in which offsets lie; None: one of them is not an ordinary one."""
        excerpts: list[Excerpt] = []
        for position in positions:
            if excerpts and position < excerpts[-1].end:
                continue
            excerpt = survey.excerpt(region, position)
            if excerpt is None:
                return None
            excerpts.append(excerpt)
        return excerpts
