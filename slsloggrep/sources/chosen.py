"""Narrows a source to the log groups and functions that the user named.

For sources that hold events of many groups and cannot be asked for one (archives, files): what
they yield is looked at here. Sources that are asked by log group choose by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from itertools import compress, repeat
from typing import Any

from slsloggrep.model import Bound, Coverage, Ends, Event, FigureBatch, Gap, PlannedRead, Query
from slsloggrep.model.checks import Check
from slsloggrep.parse import function_of
from slsloggrep.sources.base import Capability, Examined, Meter, Planner, Purpose, Report, Source
from slsloggrep.sources.cloudwatch.names import FunctionSpec, parse_function, parse_group

_COLUMNS = tuple(field.name for field in fields(FigureBatch) if field.name != "log_group")

_SHOWN = 5
"""Names that are told where none is near."""


class Meant:
    """Tells which log groups and streams are meant by the names that the user gave.

    What has neither a group nor a stream is meant: that it is not cannot be known.
    """

    def __init__(self, groups: Sequence[str], functions: Sequence[str]) -> None:
        """Raise UsageError for a name that cannot be one."""
        self.specs = [*map(parse_group, groups), *map(parse_function, functions)]
        self._known: dict[tuple[str, str], bool] = {}

    def takes(self, log_group: str, log_stream: str) -> bool:
        """Tell whether a log stream is meant."""
        place = (log_group, log_stream)
        meant = self._known.get(place)
        if meant is None:
            meant = self._known[place] = self._is_meant(*place)
        return meant

    def missing(self) -> tuple[str, ...]:
        """Return what to say where nothing of all that was looked at was meant: the near names."""
        if not self._known or any(self._known.values()):
            return ()
        seen = {name for place in self._known for name in (function_of(*place), place[0]) if name}
        wanted = [spec.text for spec in self.specs]
        near = [n for name in wanted for n in get_close_matches(name, seen, n=2, cutoff=0.6)]
        shown = " or ".join(dict.fromkeys(near)) or ", ".join(sorted(seen)[:_SHOWN])
        return (f"nothing that was found is of {' or '.join(wanted)}; there is {shown}",)

    def _is_meant(self, group: str, stream: str) -> bool:
        if not group and not stream:
            return True
        function = function_of(group, stream)
        return any(
            spec.matches(function if isinstance(spec, FunctionSpec) else group)
            for spec in self.specs
        )


class Chosen:
    """A source without the events of other groups.

    Events whose log group nothing tells (plain text, extracted messages) are kept: that they are
    not meant cannot be known.
    """

    def __init__(
        self,
        source: Source,
        groups: Sequence[str],
        functions: Sequence[str],
        gaps: tuple[Gap, ...] = (),
    ) -> None:
        """Raise UsageError for a name that cannot be one; `gaps` are what is not looked for."""
        self._source = source
        self._gaps = gaps
        self._meant = Meant(groups, functions)

    @property
    def name(self) -> str:
        """The source as the user wrote it."""
        return self._source.name

    @property
    def capabilities(self) -> Capability:
        """What the far end filters soundly."""
        return self._source.capabilities

    def fetch(self, query: Query, report: Report) -> Iterator[Event]:
        """Yield what the source yields and is meant; see Source.fetch."""
        for event in self._source.fetch(query, report):
            if self._meant.takes(event.log_group, event.log_stream):
                yield event
        self._tell_missing(report)

    def measure(
        self, query: Query, purpose: Purpose, report: Report
    ) -> Iterator[Event | FigureBatch | Ends]:
        """Yield what the source measures and is meant; see Meter.measure."""
        if not isinstance(self._source, Meter):
            raise TypeError(f"{self.name} cannot measure")
        for item in self._source.measure(query, purpose, report):
            if isinstance(item, FigureBatch):
                yield from self._meant_rows(item)
            elif isinstance(item, Ends):
                yield replace(
                    item,
                    started=self._meant_bounds(item.started),
                    reported=self._meant_bounds(item.reported),
                )
            elif self._meant.takes(item.log_group, item.log_stream):
                yield item
        self._tell_missing(report)

    def plan(self, query: Query, report: Report) -> Iterator[PlannedRead]:
        """Yield what the source would read: all of it, to find what is meant."""
        if isinstance(self._source, Planner):
            yield from self._source.plan(query, report)

    def examine(self, *, costly: bool) -> Iterator[Check]:
        """Yield what can be read of the source; see Examined.examine."""
        if isinstance(self._source, Examined):
            yield from self._source.examine(costly=costly)

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _tell_missing(self, report: Report) -> None:
        gaps, self._gaps = self._gaps, ()
        notes = self._meant.missing()
        if gaps or notes:
            report(Coverage(source=self.name, notes=notes, gaps=gaps))

    def _meant_rows(self, batch: FigureBatch) -> Iterator[FigureBatch]:
        # A group may hold several functions: then the stream tells which.
        meant = list(map(self._meant.takes, repeat(batch.log_group), batch.log_streams))
        if all(meant):
            yield batch
        elif any(meant):
            columns: dict[str, Any] = {
                name: list(compress(getattr(batch, name), meant)) for name in _COLUMNS
            }
            yield replace(batch, **columns)

    def _meant_bounds(self, bounds: Sequence[Bound]) -> list[Bound]:
        return [bound for bound in bounds if self._meant.takes(bound.log_group, bound.log_stream)]
