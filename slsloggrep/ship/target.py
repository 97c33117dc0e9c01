"""Where documents go: a cluster, its indices, and the template that is there before the first one.

The connection, and who asks, is `slsloggrep.sources.opensearch.cluster`'s; what a template says
`slsloggrep.ship.template`'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from slsloggrep.errors import SourceError
from slsloggrep.ship.names import DEFAULT, IndexNames
from slsloggrep.ship.template import MAPPING, template
from slsloggrep.sources.base import Settings
from slsloggrep.sources.opensearch.cluster import Cluster, quoted
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble
from slsloggrep.sources.opensearch.location import parse_url

_PUT = "indices:admin/index_template/put"


class Target:
    """A cluster, and the indices in it."""

    def __init__(self, url: str, index: str | None, settings: Settings) -> None:
        """Connect to what a URL names; `index` goes before the one in the URL.

        Raises UsageError for a URL or an index that is none, SourceError where nothing can be put.
        """
        location = parse_url(complete(url))
        self.names = IndexNames(index or location.index)
        self.cluster = Cluster(location, settings)

    @property
    def name(self) -> str:
        """The cluster and the indices, for people; `-S` reads it."""
        head, question, options = complete(self.cluster.name).partition("?")
        return f"{head.rpartition('/')[0]}/{self.names.pattern}{question}{options}"

    def prepare(self) -> tuple[str, ...]:
        """Put the template, unless it is there; return what is worth knowing.

        Nothing where the user has cancelled meanwhile. Raises SourceError where the cluster cannot
        be reached, or takes no template.
        """
        try:
            _ = self.cluster.product
            self._put_template()
            return (*self.cluster.notes, *self._foreign())
        except Trouble as trouble:
            raise self.cluster.error(trouble) from trouble
        except Abandoned:
            return ()

    def close(self) -> None:
        """Close the connections."""
        self.cluster.close()

    def refresh(self) -> None:
        """Make what was put searchable at once; it will be so soon without it."""
        try:
            self.cluster.ask("POST", f"/{quoted(self.names.pattern)}/_refresh", patient=False)
        except Trouble:
            return  # forbidden, or not known there (Serverless)

    def _put_template(self) -> None:
        path = f"/_index_template/{quote(self.names.template, safe='')}"
        try:
            there = self._template(path)
        except Trouble as trouble:
            if not trouble.is_unsupported:
                raise
            there = None
        if there is not None:
            ours = there.get("_meta")
            own = ours.get("slsloggrep") if isinstance(ours, dict) else None
            if not isinstance(own, dict):
                raise SourceError(
                    self.cluster.name,
                    f"{self.cluster.name}: a template '{self.names.template}' is there that is "
                    "not slsloggrep's",
                    hint="another --index",
                )
            patterns = there.get("index_patterns")
            if own.get("mapping", 1) >= MAPPING and patterns == [self.names.pattern]:
                return  # perhaps with shards and replicas that somebody has set
        for wildcard in (True, False):
            body = template((self.names.pattern,), wildcard=wildcard)
            try:
                self.cluster.ask("PUT", path, body, action=_PUT)
            except Trouble as trouble:
                # A server without fields of that type says so in many ways.
                if not (wildcard and trouble.status == 400):
                    raise
            else:
                return

    def _template(self, path: str) -> dict[str, Any] | None:
        try:
            answer = self.cluster.read("GET", path, dict[str, Any], action=_PUT)
        except Trouble as trouble:
            if trouble.status == 404:
                return None
            raise
        for entry in answer.get("index_templates") or ():
            found = entry.get("index_template")
            if isinstance(found, dict):
                return found
        return None

    def _foreign(self) -> Iterator[str]:
        """Yield which indices were made without the template: their mapping is another one."""
        path = f"/{quoted(self.names.pattern)}/_mapping"
        try:
            answer = self.cluster.read(
                "GET", path, dict[str, Any], params={"filter_path": "*.mappings._meta,*.mappings"}
            )
        except Trouble as trouble:
            if trouble.is_unsupported:
                return  # there is none yet, or this is not to be known
            raise
        for index, told in sorted(answer.items()):
            inner = told.get("mappings") if isinstance(told, dict) else None
            meta = inner.get("_meta") if isinstance(inner, dict) else None
            if not isinstance(meta, dict) or "slsloggrep" not in meta:
                yield (
                    f"{index} was there before, with fields of its own: what they refuse is "
                    "counted, and panels may stay empty"
                )


def complete(url: str) -> str:
    """Return a URL with an index: the usual ones, where it names none."""
    head, question, options = url.partition("?")
    scheme, separator, rest = head.partition("://")
    if not separator:
        return url
    if "/" not in rest:
        rest += "/"
    if rest.endswith("/"):
        rest += DEFAULT
    return f"{scheme}{separator}{rest}{question}{options}"
