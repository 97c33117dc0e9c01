"""What a search server says it is, and what follows from that.

OpenSearch and Elasticsearch have the same searches but for the names and the versions of a few;
what a server refuses all the same is noted here too. Asking is the knowledge of `cluster`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from slsloggrep.errors import SourceError


class Product(NamedTuple):
    """What the server says it is."""

    name: str
    """`OpenSearch`, `Elasticsearch`, or `OpenSearch Serverless`."""
    version: tuple[int, ...]
    """Empty: it does not say."""
    lacks_tiebreaker: bool = False
    """It has refused one."""
    lacks_points_in_time: bool = False
    """It has refused one."""

    @property
    def is_elastic(self) -> bool:
        """Tell whether points in time are opened as Elasticsearch does it."""
        return self.name == "Elasticsearch"

    @property
    def has_points_in_time(self) -> bool:
        """Tell whether there are points in time: in OpenSearch from 2.4 on.

        In Elasticsearch from 7.10 on, but its free build of 7.10 has none: from 7.12 on it is sure.
        """
        if self.lacks_points_in_time or not self.version:
            return not self.lacks_points_in_time
        return self.version >= ((7, 12) if self.is_elastic else (2, 4))

    @property
    def has_tiebreaker(self) -> bool:
        """Tell whether hits of several shards can be told apart in a point in time.

        `_shard_doc`: elastic/elasticsearch#68833 (7.12), opensearch-project/OpenSearch#18924 (3.3).
        """
        if self.lacks_tiebreaker or not self.version:
            return not self.lacks_tiebreaker
        return self.version >= ((7, 12) if self.is_elastic else (3, 3))

    @property
    def words(self) -> str:
        """The product as people name it."""
        return " ".join(filter(None, (self.name, ".".join(map(str, self.version)))))


def product_of(answer: Mapping[str, Any], source: str, host: str) -> Product:
    """Return what a server is by its answer at `/`; raises SourceError for what cannot be read."""
    version = answer.get("version")
    number = version.get("number") if isinstance(version, dict) else None
    if not isinstance(version, dict) or not isinstance(number, str):
        raise SourceError(
            source,
            f"{source}: {host} is no search cluster: it answers without a version",
            hint="is it Dashboards or Kibana? The cluster itself listens elsewhere",
        )
    numbers = tuple(int(part) for part in number.split("-")[0].split(".") if part.isdigit())
    own = version.get("distribution") == "opensearch" or "OpenSearch" in str(answer.get("tagline"))
    product = Product("OpenSearch" if own else "Elasticsearch", numbers)
    if not own and numbers and numbers[0] < 7:
        raise SourceError(
            source,
            f"{source}: {product.words} is too old",
            hint="Elasticsearch from 7 on and OpenSearch are read",
        )
    return product
