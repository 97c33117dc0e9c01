"""Where Kibana or OpenSearch Dashboards stand, if the address of the cluster tells it.

Amazon OpenSearch Service puts them under the domain's own address: `/_dashboards`, with legacy
Elasticsearch `/_plugin/kibana` (Developer Guide, Using OpenSearch Dashboards); collections of
Serverless under theirs (API Reference, BatchGetCollection, `dashboardEndpoint`). An Elastic cloud
ID has the host of Kibana behind that of Elasticsearch (Beats, Configure the output for Elastic
Cloud).
Everywhere else nothing tells it.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qs

from slsloggrep.sources.opensearch.location import Location, is_amazon

_PORT = "443"
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def dashboards_of(location: Location, *, elastic: bool) -> str:
    """Return the address of Dashboards or Kibana, without a slash at its end; empty: not told.

    `elastic`: the server itself says that it is Elasticsearch.
    """
    if not location.secure:
        return ""
    if is_amazon(location):
        path = "/_plugin/kibana" if elastic else "/_dashboards"
        return f"https://{location.hosts[0].name}{path}"
    given = parse_qs(location.url.partition("?")[2]).get("cloud_id")
    return _kibana_of(given[0]) if given else ""


def _kibana_of(cloud_id: str) -> str:
    coded = cloud_id.rpartition(":")[2]
    try:
        domain, _, kibana, *_ = base64.b64decode(coded, validate=True).decode().split("$")
    except (binascii.Error, ValueError):
        return ""
    domain, _, port = domain.partition(":")
    name, _, own_port = kibana.partition(":")
    port = own_port or port or _PORT
    if not _NAME.fullmatch(name) or not _NAME.fullmatch(domain) or not port.isdigit():
        return ""
    return f"https://{name}.{domain}" + ("" if port == _PORT else f":{port}")
