"""Pages of single things: for a word of an answer on a terminal, the one that shows it best.

Reports list all links of an invocation; a word can lead to one place only. Which words there are,
and how a terminal is told, belongs to those who show them.
"""

from __future__ import annotations

from collections.abc import Iterable

from slsloggrep.links.console import group_url, is_served, stream_url
from slsloggrep.links.making import links_for, links_for_record
from slsloggrep.links.origins import Origins
from slsloggrep.model import Crash, Invocation, Link, Record, Slow
from slsloggrep.model.inventory import DeployedFunction

LONGEST_URL = 2_083
"""Bytes: VTE and others ignore hyperlinks that are longer (Hyperlinks in Terminal Emulators)."""


class ConsolePages:
    """Addresses of pages in consoles, the nearest to each thing; empty where none is known."""

    def __init__(self, origins: Origins, *, single: bool) -> None:
        """`single`: all that is asked for is of one source, even if it does not say so."""
        self._origins = origins
        self._single = single

    def of_invocation(self, invocation: Invocation) -> str:
        """Return its log stream from its first record on; else what links to it next."""
        return _first(links_for(invocation, self._origins))

    def of_record(self, record: Record) -> str:
        """Return its log stream, the record marked; else Discover around it."""
        return _first(links_for_record(record, self._origins))

    def of_crash(self, crash: Crash) -> str:
        """Return the invocation that crashed, else the first record that shows it."""
        if crash.invocation is not None:
            return self.of_invocation(crash.invocation)
        return self.of_record(crash.records[0]) if crash.records else ""

    def of_slow(self, slow: Slow) -> str:
        """Return its log stream from its start on, where everything is from one region."""
        origins = list(self._origins.by_source.values())
        if not self._single or len(origins) != 1 or len(origins[0].regions) != 1:
            return ""
        (region,) = origins[0].regions
        if not is_served(region):
            return ""
        start = slow.end - round(slow.duration_ms)
        return _short(stream_url(region, slow.log_group, slow.log_stream, start=start))

    def of_trace(self, trace: str, invocation: Invocation) -> str:
        """Return the trace in X-Ray, if the invocation has it as its own and it was sampled."""
        found = links_for(invocation, self._origins)
        return _first(link for link in found if link.url.endswith(f"#/traces/{trace}"))

    def of_group(self, function: DeployedFunction) -> str:
        """Return the log group of a function, in its own region."""
        regions = {region for o in self._origins.by_source.values() for region in o.regions}
        if function.region not in regions:
            return ""
        return _short(group_url(function.region, function.log_group))


def _first(links: Iterable[Link]) -> str:
    return next((link.url for link in links if _short(link.url)), "")


def _short(url: str | None) -> str:
    return url if url is not None and len(url) <= LONGEST_URL else ""
