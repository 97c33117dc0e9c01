"""Reads all hits of one query, page by page, however many there are.

Points in time with `search_after`, in slices; where hits of several shards cannot be told apart
there (no `_shard_doc`: OpenSearch before 3.3, Elasticsearch before 7.12), shard by shard, for in
one shard `_doc` is unique; scrolls where there are no points in time. Never `from` and `size`,
which end at 10,000. An answer that is not whole (`timed_out`, failed shards) is asked for again,
and is no answer if it stays so. Which queries there are is the knowledge of `tasks`, who reads side
by side that of `crew`, what is decoded of an answer that of `answers`.

A page that was lost in a scroll cannot be asked for again, and a lost point in time knows other
document numbers: then all is read anew. Events have positions of their own, so what comes twice
counts once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from slsloggrep.sources.opensearch.ahead import Ask, Chain, last_sort, pit_of, scroll_of
from slsloggrep.sources.opensearch.answers import (
    Answer,
    Expected,
    Hit,
    Page,
    check,
    decode_expected,
    decode_page,
)
from slsloggrep.sources.opensearch.asking import Clause
from slsloggrep.sources.opensearch.cluster import LENIENT, Cluster
from slsloggrep.sources.opensearch.contexts import KEEP, Contexts, Snapshot
from slsloggrep.sources.opensearch.failures import Trouble

Mode = Literal["pit", "shards", "scroll"]

FIRST = 1_000
MOST = 10_000
"""Hits of a page: `index.max_result_window`."""
LEAST = 10
BYTES = 6 << 20
"""Characters that a page is to have: enough that asking costs little, and little to hold."""

_GROWTH = 4
_RESTARTS = 3
_UNUSUAL = 3
"""Pages with unusual documents, after which these are nothing unusual."""

_READ = "indices:data/read/search (read)"


@dataclass(eq=False)
class Piece:
    """A part of a query that one thread reads: a slice, or a shard of an index."""

    path: str
    """Names of indices, aliases and data streams, as a part of a path."""
    clause: Clause
    mode: Mode
    snapshot: Snapshot | None = None
    slice: tuple[int, int] | None = None
    """Which of how many slices; None: there is one only."""
    newest: str = ""
    """The field by which the newest come first; empty: in any order."""
    size: int = FIRST
    extra: Mapping[str, Any] = field(default_factory=dict)
    """What else the request says: that columns are wanted."""
    expected: Expected | None = None
    """None: documents are handed on as they were written."""
    unusual: int = field(default=0, init=False)
    """Pages that were not as expected."""
    reached: Any = field(default=None, init=False)
    """With `newest`: the sort value of the last hit."""


def read_pages(piece: Piece, cluster: Cluster, contexts: Contexts) -> Iterator[Page]:
    """Yield all hits of a piece. Raises Trouble where they cannot be had, Abandoned."""
    attempt = 0
    while True:
        try:
            if piece.mode == "scroll":
                yield from _scroll(piece, cluster, contexts)
            else:
                yield from _search_after(piece, cluster)
        except _Lost as lost:
            attempt += 1
            if attempt > _RESTARTS:
                raise lost.trouble from lost
            cluster.pause(attempt + 2)
        else:
            return


class _Lost(Exception):  # noqa: N818 - what is lost can be begun anew
    """What was read from is not there any more."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.words)
        self.trouble = trouble


def _search_after(piece: Piece, cluster: Cluster) -> Iterator[Page]:
    snapshot = piece.snapshot
    assert snapshot is not None  # noqa: S101 - tasks gives these modes one
    after: list[Any] | None = None
    resumed = piece.reached
    generation = -1
    chain = Chain(partial(_send, cluster, "/_search", {}), _next_after, cluster.given_up)
    with closing(chain):
        while True:
            identifier, current = snapshot.get(cluster)
            if generation >= 0 and current != generation:
                raise _Lost(Trouble("another slice lost the point in time"))
            generation = current
            body = _body(piece, resumed)
            body["pit"] = {"id": identifier, "keep_alive": KEEP}
            if after is not None:
                body["search_after"] = after
            try:
                answer, page = _ask(piece, cluster, chain.send, body)
            except Trouble as trouble:
                if trouble.is_lost_context:
                    snapshot.lose(generation)
                    raise _Lost(trouble) from trouble
                raise
            snapshot.update(answer.pit_id, generation)
            if not page.found:
                return
            after = page.last
            yield _noted(piece, page)
            if page.found < body["size"]:
                return  # behind a page that is not full there is none


def _next_after(body: dict[str, Any], text: str) -> dict[str, Any] | None:
    """Return what follows a page of a point in time, told by its ends."""
    after = last_sort(text)
    if after is None or (len(text) < BYTES // 2 and text.count('"_index":') < body["size"]):
        return None  # there is no next page, behind one that is not full
    pit = {"id": pit_of(text) or body["pit"]["id"], "keep_alive": KEEP}
    return {**body, "size": _next_size(body["size"], len(text)), "pit": pit, "search_after": after}


def _scroll(piece: Piece, cluster: Cluster, contexts: Contexts) -> Iterator[Page]:
    params = {"scroll": KEEP, **LENIENT}
    begin = partial(_send, cluster, f"/{piece.path}/_search", params)
    # Asked twice, it would answer with the page after.
    go_on = partial(_send, cluster, "/_search/scroll", {}, patient=False)
    chain = Chain(go_on, _next_of_scroll, cluster.given_up)
    try:
        body = _body(piece, piece.reached)
        answer, page = _ask(piece, cluster, begin, body, contexts)
        identifier = answer.scroll_id
        while True:
            contexts.hold(piece, "scroll", identifier)
            if cluster.given_up() or not page.found:
                return
            yield _noted(piece, page)
            if page.found < body["size"]:
                return
            try:
                text = chain.send({"scroll": KEEP, "scroll_id": identifier}, divisible=False)
                answer, page = _decode(text, piece)
                check(answer)
            except Trouble as trouble:
                raise _Lost(trouble) from trouble
            identifier = answer.scroll_id or identifier
    finally:
        chain.close()
        contexts.release(piece)


def _next_of_scroll(body: dict[str, Any], text: str) -> dict[str, Any] | None:
    """Return what follows a page of a scroll, told by its beginning; None behind the last."""
    return body | {"scroll_id": scroll_of(text) or body["scroll_id"]} if last_sort(text) else None


def fetch_hits(cluster: Cluster, path: str, body: dict[str, Any]) -> list[Hit]:
    """Return the hits of one request that is not read on. Raises Trouble, also where it is part."""
    piece = Piece(path, {}, "scroll", size=body["size"])
    send = partial(_send, cluster, f"/{path}/_search", LENIENT)
    return _ask(piece, cluster, send, body)[1].hits


def fetch_page(cluster: Cluster, path: str, clause: Clause) -> Page | None:
    """Return the hits of a query that fit into one page; None: there are more."""
    body: dict[str, Any] = {
        "size": FIRST,
        "query": {"bool": {"filter": [clause]}},
        "sort": [{"_doc": "asc"}],
        "track_total_hits": False,
        "seq_no_primary_term": True,
    }
    piece = Piece(path, clause, "scroll", size=FIRST)
    send = partial(_send, cluster, f"/{path}/_search", LENIENT)
    page = _ask(piece, cluster, send, body)[1]
    return page if len(page.hits) < body["size"] else None


def _body(piece: Piece, resumed: Any) -> dict[str, Any]:
    clause = piece.clause
    if piece.newest and resumed is not None:
        # What was at that moment may not have come whole.
        bound: Clause = {"range": {piece.newest: {"lte": resumed}}}
        if isinstance(resumed, int):
            bound["range"][piece.newest]["format"] = "epoch_millis"
        clause = {"bool": {"filter": [clause, bound]}}
    body: dict[str, Any] = {
        "size": piece.size,
        "query": {"bool": {"filter": [clause]}},
        "sort": _sort(piece),
        "seq_no_primary_term": True,
    }
    if piece.mode != "scroll":  # where it must be left alone
        body["track_total_hits"] = False
    body.update(piece.extra)
    if piece.slice is not None:
        body["slice"] = {"id": piece.slice[0], "max": piece.slice[1]}
    return body


def _sort(piece: Piece) -> list[Any]:
    order: list[Any] = []
    if piece.newest:
        order.append({piece.newest: {"order": "desc", "unmapped_type": "date"}})
    else:
        order.append({"_doc": "asc"})
    if piece.mode == "pit":
        order.append({"_shard_doc": "asc"})
    elif piece.newest and piece.mode == "shards":
        order.append({"_doc": "asc"})
    return order


def _send(
    cluster: Cluster,
    path: str,
    params: dict[str, str],
    body: dict[str, Any],
    *,
    divisible: bool,
    patient: bool = True,
) -> str:
    return cluster.ask(
        "POST",
        path,
        body,
        params=params,
        action=_READ,
        patient=patient,
        divisible=divisible,
    )


def _ask(
    piece: Piece,
    cluster: Cluster,
    send: Ask,
    body: dict[str, Any],
    contexts: Contexts | None = None,
) -> tuple[Answer[Any], Page]:
    """Return a whole answer and its page; less is asked for where the server lacks memory."""
    attempt = 0
    while True:
        attempt += 1
        try:
            text = send(body, divisible=piece.size > LEAST)
            answer, page = _decode(text, piece)
            if contexts is not None and answer.scroll_id:
                contexts.hold(piece, "scroll", answer.scroll_id)
            check(answer)
        except Trouble as trouble:
            if trouble.is_too_much and piece.size > LEAST:
                piece.size = body["size"] = max(LEAST, piece.size // 4)
            elif trouble.status or not (trouble.passes and trouble.spoke):
                raise  # `ask` has waited already
            if attempt >= cluster.attempts:
                raise
            if contexts is not None:
                contexts.release(piece)
            cluster.pause(attempt)
        else:
            return answer, page


def _decode(text: str, piece: Piece) -> tuple[Answer[Any], Page]:
    """Return an answer and its page, with events where all hits are as expected. Raises Trouble."""
    if piece.expected is not None and piece.unusual < _UNUSUAL:
        made = decode_expected(text, piece.expected)
        if made is not None:
            return made
        piece.unusual += text.count('"_index":', 0, BYTES // 100) > 0  # an empty page is usual
    return decode_page(text)


def _noted(piece: Piece, page: Page) -> Page:
    """Return a page that a piece goes on behind."""
    piece.size = _next_size(piece.size, page.size)
    if piece.newest and page.last:
        piece.reached = page.last[0]
    return page


def _next_size(current: int, size: int) -> int:
    """Return how many hits the next page is to have, by the length of the current one."""
    fitting = BYTES * current // max(size, 1)
    return max(LEAST, min(MOST, fitting, current * _GROWTH))
