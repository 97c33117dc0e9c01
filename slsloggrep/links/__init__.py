"""Links back: where consoles show what an investigation found.

CloudWatch's console (a log stream at a time, Logs Insights), X-Ray, and Discover in Kibana and
OpenSearch Dashboards. What is made here is a value, and asks nothing of anybody: which sources were
used, and where their consoles are, is told by `Origins`, which the command line makes; where links
stand, and how they look, belongs to reports and formats.

No link is better than a wrong one: where nothing tells a region, an address or a name that can be,
there is none. All that comes out of logs is escaped for the place where it stands, so that a URL is
made of `A-Z a-z 0-9 - . _ ~ : / ? # = & % $ * , !` alone (and the brackets of an IPv6 address that
the user gave): it ends no attribute, no Markdown link and no sequence of a terminal.
"""

from __future__ import annotations

from slsloggrep.links.discover import Dashboards, Form, Index, read_dashboards_url
from slsloggrep.links.making import (
    link_all,
    links_for,
    links_for_record,
    links_for_transaction,
)
from slsloggrep.links.origins import Origin, Origins
from slsloggrep.links.pages import ConsolePages

__all__ = [
    "ConsolePages",
    "Dashboards",
    "Form",
    "Index",
    "Origin",
    "Origins",
    "link_all",
    "links_for",
    "links_for_record",
    "links_for_transaction",
    "read_dashboards_url",
]
