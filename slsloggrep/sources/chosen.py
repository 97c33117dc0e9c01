"""Narrows a source to the log groups and functions that the user named.

For sources that hold events of many groups and cannot be asked for one (archives, files): what
they yield is looked at here. Sources that are asked by log group choose by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from slsloggrep.model import Event, PlannedRead, Query
from slsloggrep.parse import function_of
from slsloggrep.sources.base import Capability, Planner, Report, Source
from slsloggrep.sources.cloudwatch.names import FunctionSpec, parse_function, parse_group


class Chosen:
    """A source without the events of other groups.

    Events whose log group nothing tells (plain text, extracted messages) are kept: that they are
    not meant cannot be known.
    """

    def __init__(self, source: Source, groups: Sequence[str], functions: Sequence[str]) -> None:
        """Raise UsageError for a name that cannot be one."""
        self._source = source
        self._specs = [*map(parse_group, groups), *map(parse_function, functions)]
        self._known: dict[tuple[str, str], bool] = {}

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
            place = (event.log_group, event.log_stream)
            meant = self._known.get(place)
            if meant is None:
                meant = self._known[place] = self._is_meant(*place)
            if meant:
                yield event

    def plan(self, query: Query, report: Report) -> Iterator[PlannedRead]:
        """Yield what the source would read: all of it, to find what is meant."""
        if isinstance(self._source, Planner):
            yield from self._source.plan(query, report)

    def close(self) -> None:
        """Close the source."""
        self._source.close()

    def _is_meant(self, group: str, stream: str) -> bool:
        if not group and not stream:
            return True
        function = function_of(group, stream)
        return any(
            spec.matches(function if isinstance(spec, FunctionSpec) else group)
            for spec in self._specs
        )
