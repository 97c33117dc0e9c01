"""Origins: where the consoles of the sources that were used are.

Made by the command line out of what the user gave and what sources tell of themselves; asked here
for each event.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from slsloggrep.links.console import is_served
from slsloggrep.links.discover import Dashboards
from slsloggrep.model import Event, Fact, Record

_READER = re.compile(r"/(?:GetLogEvents|Insights \d+)$")
"""How an event was read, behind the label of its place (`slsloggrep.sources.cloudwatch`)."""

_TELLING = frozenset({Fact.INIT_START, Fact.RESTORE_START, Fact.START})
_ARN = re.compile(
    r"\barn:aws(?:-[a-z]+)*:lambda:(?P<region>[a-z0-9-]+):[0-9]*:(?:runtime|function):"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What is known of one source."""

    regions: tuple[str, ...] = ()
    """Of AWS, from which its events can be. One: they all are from there."""
    labelled: bool = False
    """Its events say in their container from which of several regions they are: CloudWatch's."""
    dashboards: Dashboards | None = None
    """Where its index is looked at."""

    def region_of(self, event: Event) -> str | None:
        """Return the region of an event of this source; None: nothing tells."""
        if len(self.regions) == 1:
            return self.regions[0]
        if not self.labelled:
            return None
        region = _READER.sub("", event.container).rpartition("@")[2]
        return region if region in self.regions else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """What is known of the sources, by their names as events carry them."""

    by_source: Mapping[str, Origin] = field(default_factory=dict)

    def of(self, event: Event) -> Origin | None:
        """Return what is known of an event's source."""
        return self.by_source.get(event.source)

    def region_of(self, records: Iterable[Record]) -> str | None:
        """Return the region that records of one log stream are from; None: nothing tells.

        CloudWatch knows it. Of what lies elsewhere Lambda's own words tell it (the ARN of the
        function in a START, of the runtime in an INIT_START), before what the user said. A bucket's
        region tells nothing: archives cross regions. None as well where the region's console has no
        address that is known.
        """
        region: str | None = None
        for record in records:
            origin = self.of(record.event)
            if origin is None:
                continue
            region = region or origin.region_of(record.event)
            if region and origin.labelled:
                break
            if told := _told_region(record):
                region = told
                break
        return region if region and is_served(region) else None


def _told_region(record: Record) -> str | None:
    if record.fact not in _TELLING:
        return None
    found = _ARN.search(record.event.message)
    return found["region"] if found else None
