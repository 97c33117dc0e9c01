"""What a server keeps for us while it is read: points in time and scrolls; all are given back.

A server has few of them (500 scrolls, 300 points in time on a node), and each holds back files that
were deleted. So each is closed when its reading ends, however that is. How they are read is
`slsloggrep.sources.opensearch.reading`'s knowledge.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Any, Literal

from slsloggrep.sources.opensearch.cluster import LENIENT, Cluster
from slsloggrep.sources.opensearch.failures import Abandoned, Trouble

KEEP = "5m"
"""How long a context lives that nobody asks; each page begins that anew."""

_FAREWELL_S = 3.0
"""Seconds for giving one back: nobody waits long for that."""


Sort = Literal["pit", "scroll"]


class Contexts:
    """All contexts that one reading has opened; safe to use from several threads."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._open: dict[object, tuple[Sort, str]] = {}
        self._lock = threading.Lock()
        self._closed = False

    def hold(self, owner: object, sort: Sort, identifier: str) -> None:
        """Note that an owner's context is open, under its latest ID."""
        with self._lock:
            if not self._closed:
                self._open[owner] = (sort, identifier)
                return
        self._give_back(sort, identifier)  # it was opened while the reading was ended

    def release(self, owner: object) -> None:
        """Give back an owner's context, if it has one."""
        with self._lock:
            held = self._open.pop(owner, None)
        if held is not None:
            self._give_back(*held)

    def close(self) -> None:
        """Give back all, and whatever is opened from now on."""
        with self._lock:
            self._closed = True
            held, self._open = list(self._open.values()), {}
        for sort, identifier in dict.fromkeys(held):
            self._give_back(sort, identifier)

    def _give_back(self, sort: Sort, identifier: str) -> None:
        path = "/_search/scroll"
        body: dict[str, Any] = {"scroll_id": [identifier]}
        if sort == "pit" and self._cluster.product.is_elastic:
            path, body = "/_pit", {"id": identifier}
        elif sort == "pit":
            path, body = "/_search/point_in_time", {"pit_id": [identifier]}
        # One that is lost already is as good as given back.
        with suppress(Trouble, Abandoned):
            self._cluster.ask("DELETE", path, body, timeout=_FAREWELL_S, patient=False)


class Snapshot:
    """A point in time of some indices, shared by the slices that read it."""

    def __init__(self, cluster: Cluster, contexts: Contexts, path: str) -> None:
        self._cluster = cluster
        self._contexts = contexts
        self._path = path
        self._lock = threading.Lock()
        self._id = ""
        self._readers = 0
        self.generation = 0
        """How often it was lost and opened anew."""

    def enter(self) -> None:
        """Be one more reader."""
        with self._lock:
            self._readers += 1

    def leave(self) -> None:
        """Be a reader no more; the last one closes it."""
        with self._lock:
            self._readers -= 1
            last = self._readers == 0
        if last:
            self._contexts.release(self)

    def get(self, cluster: Cluster) -> tuple[str, int]:
        """Return its ID, and which generation that is; opened where it is not. Raises Trouble."""
        with self._lock:
            if not self._id:
                self._id = self._open(cluster)
                self._contexts.hold(self, "pit", self._id)
            return self._id, self.generation

    def update(self, identifier: str, generation: int) -> None:
        """Hear of a newer ID in an answer."""
        with self._lock:
            if identifier and generation == self.generation and identifier != self._id:
                self._id = identifier
                self._contexts.hold(self, "pit", identifier)

    def lose(self, generation: int) -> None:
        """Hear that a generation is not there any more."""
        with self._lock:
            if generation == self.generation:
                self.generation += 1
                self._id = ""

    def _open(self, cluster: Cluster) -> str:
        params = {"keep_alive": KEEP, **LENIENT}
        if cluster.product.is_elastic:
            path = f"/{self._path}/_pit"
            params.pop("allow_no_indices")
        else:
            path = f"/{self._path}/_search/point_in_time"
        action = "indices:data/read/point_in_time"
        try:
            answer = cluster.read("POST", path, dict[str, Any], params=params, action=action)
        except Trouble as trouble:
            trouble.opening = True
            raise
        shards = answer.get("_shards") or {}
        identifier = answer.get("pit_id") or answer.get("id")
        if shards.get("failed") or not isinstance(identifier, str):
            if isinstance(identifier, str):
                self._contexts.hold(self, "pit", identifier)
                self._contexts.release(self)
            raise Trouble(f"{shards.get('failed')} shards cannot be read now", passes=True)
        return identifier
