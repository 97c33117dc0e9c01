"""Where links lead: what the user says of consoles, and what the sources know by themselves.

How links are made is `slsloggrep.links`' knowledge.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slsloggrep.cli.declarations import shared
from slsloggrep.errors import UsageError

if TYPE_CHECKING:  # loaded when links are made, not when help is shown
    from slsloggrep.links import Dashboards, Form, Index, Origins
    from slsloggrep.render.hyperlinks import Pages
    from slsloggrep.sources.base import Source
    from slsloggrep.sources.whereabouts import Whereabouts

_EXPLORER_SINCE = (2, 10)
"""The version of OpenSearch whose Dashboards have the new Discover; both have one version."""
_DATASETS_SINCE = (2, 17)

_TIME_FIELD = "@timestamp"
"""What shippers call it where nothing else is known."""

_INVENTED = "demo:"
"""A source whose events are in no console."""


@dataclass(frozen=True, slots=True)
class Consoles:
    """What the user says of links."""

    wanted: bool = True
    dashboards_url: str | None = None
    """Of Discover, or what it stands under; None: not told."""

    def check(self) -> None:
        """Raise UsageError for an address that cannot be one, before anything is read."""
        if self.dashboards_url is not None:
            from slsloggrep.links import Form, Index, read_dashboards_url

            read_dashboards_url(self.dashboards_url, product="", form=Form.CLASSIC, index=Index(""))

    def pages(self, sources: Sequence[Source], regions: Sequence[str]) -> Pages:
        """Return which pages show what was read, for hyperlinks.

        None where an address of Dashboards could be meant for several clusters: an answer is not
        withheld for want of links.
        """
        from slsloggrep.links import ConsolePages
        from slsloggrep.render.hyperlinks import NOWHERE

        try:
            return ConsolePages(self.origins(sources, regions), single=len(sources) == 1)
        except UsageError:
            return NOWHERE

    def origins(self, sources: Sequence[Source], regions: Sequence[str]) -> Origins:
        """Return where the consoles of sources are, once these were read; closed ones will do.

        `regions` are those that the user named. Nothing where no links are wanted. Raises
        UsageError where an address of Dashboards is given, and several clusters could be meant.
        """
        from slsloggrep.links import Origin, Origins

        if not self.wanted:
            return Origins()
        known = {
            source.name: _whereabouts(source)
            for source in sources
            if not source.name.lower().startswith(_INVENTED)
        }
        clusters = [name for name, known_of in known.items() if known_of.product]
        untold = [name for name in clusters if not known[name].dashboards]
        meant = clusters if len(clusters) == 1 else untold
        if self.dashboards_url is not None and len(meant) > 1:
            raise UsageError(
                f"--dashboards-url: which cluster's? there are {' and '.join(meant)}",
                hint="links to several need a report for each",
            )
        given = tuple(regions) if len(regions) == 1 else ()
        by_source = {}
        for name, where in known.items():
            address = self.dashboards_url if name in meant else None
            by_source[name] = Origin(
                regions=where.regions or given,
                labelled=bool(where.regions),
                dashboards=_dashboards(where, address or where.dashboards),
            )
        return Origins(by_source=by_source)


def console_options(function: Callable[..., int]) -> Callable[..., int]:
    """Give a command the options about links; it is called with `consoles`."""

    @functools.wraps(function)
    def resolve(*given: Any, no_links: bool, dashboards_url: str | None, **named: Any) -> int:
        consoles = Consoles(wanted=not no_links, dashboards_url=dashboards_url)
        consoles.check()
        return function(*given, consoles=consoles, **named)

    return no_links_option(_dashboards_url(resolve))


no_links_option = shared(
    "--no-links",
    is_flag=True,
    help="Leave out the links to CloudWatch, X-Ray and Discover, in a terminal too.",
)
_dashboards_url = shared(
    "--dashboards-url",
    metavar="URL",
    help="Kibana or OpenSearch Dashboards, for links: the address of Discover as the browser "
    "shows it, which names the index pattern too.",
)


def _whereabouts(source: Source) -> Whereabouts:
    from slsloggrep.sources.whereabouts import Located, Whereabouts

    return source.whereabouts() if isinstance(source, Located) else Whereabouts()


def _dashboards(where: Whereabouts, address: str) -> Dashboards | None:
    if not where.product or not address:
        return None
    from slsloggrep.links import read_dashboards_url

    elastic = where.product == "elasticsearch"
    return read_dashboards_url(
        address,
        product="Kibana" if elastic else "OpenSearch Dashboards",
        form=_form(where),
        index=_index(where),
    )


def _form(where: Whereabouts) -> Form:
    from slsloggrep.links import Form

    if where.product == "elasticsearch":
        return Form.CLASSIC
    if not where.version or where.version >= _DATASETS_SINCE:
        return Form.DATASETS
    return Form.EXPLORER if where.version >= _EXPLORER_SINCE else Form.CLASSIC


def _index(where: Whereabouts) -> Index:
    from slsloggrep.links import Index

    if not where.shipped:
        return Index(where.index, time_field=where.time_field or _TIME_FIELD)
    from slsloggrep.export.dashboards import pattern_id
    from slsloggrep.ship.names import DEFAULT

    # Who searches one day's index has imported the pattern of all.
    title = DEFAULT if where.index.startswith(DEFAULT.rstrip("*")) else where.index
    return Index(pattern_id(title), title, _TIME_FIELD, shipped=True)
