"""A search cluster without a server: it gives pages of what it holds, as servers word them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

from slsloggrep.sources.opensearch.cluster import Cluster
from slsloggrep.sources.opensearch.contexts import Contexts, Snapshot
from slsloggrep.sources.opensearch.failures import Trouble

__all__ = ["INDEX", "Paged"]

INDEX = "cwl-2026.11.28"


class Paged:
    """Holds documents (JSON, as written); stands for the cluster and all that is asked of it."""

    attempts = 3
    generation = 0

    def __init__(self, documents: Sequence[str], index: str = INDEX) -> None:
        self.hits = [
            f'{{"_index":{json.dumps(index)},"_id":"d{number}","_seq_no":{number},'
            f'"_primary_term":1,"_score":null,"_source":{document},"sort":[{number}]}}'
            for number, document in enumerate(documents)
        ]
        self.asked: list[dict[str, Any]] = []
        self.spoil: Callable[[dict[str, Any], str], str] = lambda _body, text: text
        """Takes a request and its right answer, and returns what is answered."""
        self._lock = threading.Lock()

    def ask(self, _method: str, _path: str, body: dict[str, Any], **_how: Any) -> str:
        """Answer a search."""
        with self._lock:
            self.asked.append(body)
        start = body.get("search_after", [-1])[0] + 1
        return self.spoil(body, self.page(start, body["size"]))

    def page(self, start: int, size: int) -> str:
        """Return an answer with some of the hits."""
        hits = ",".join(self.hits[start : start + size])
        shards = '{"total":1,"successful":1,"skipped":0,"failed":0}'
        return (
            f'{{"pit_id":"pit","took":1,"timed_out":false,"_shards":{shards},'
            f'"hits":{{"max_score":null,"hits":[{hits}]}}}}'
        )

    def pause(self, _attempt: int) -> None:
        """Lose no time."""

    def given_up(self) -> bool:
        """Wait for ever."""
        return False

    def get(self, _cluster: Cluster) -> tuple[str, int]:
        """Be the point in time as well."""
        return "pit", self.generation

    def update(self, identifier: str, _generation: int) -> None:
        """Hear of an ID, which is always the same."""
        assert identifier == "pit"

    def lose(self, _generation: int) -> None:
        """Be lost."""
        self.generation += 1

    @property
    def cluster(self) -> Cluster:
        """The same, as who reads takes it."""
        return cast(Cluster, self)

    @property
    def snapshot(self) -> Snapshot:
        """The same, as a piece has it."""
        return cast(Snapshot, self)

    @property
    def contexts(self) -> Contexts:
        """None is needed for a point in time."""
        return cast(Contexts, None)


def lost() -> Trouble:
    """Return what a server says that has forgotten the point in time."""
    return Trouble("no such context", status=404, kind="search_context_missing_exception")
