"""Reads all hits of one query, page by page, however many there are.

Points in time with `search_after`, in slices; where hits of several shards cannot be told apart
there (no `_shard_doc`: OpenSearch before 3.3, Elasticsearch before 7.12), shard by shard, for in
one shard `_doc` is unique; scrolls where there are no points in time. Never `from` and `size`,
which end at 10,000. An answer that is not whole (`timed_out`, failed shards) is asked for again,
and is no answer if it stays so. Which queries there are is the knowledge of `tasks`, who reads side
by side that of `crew`.

A page that was lost in a scroll cannot be asked for again, and a lost point in time knows other
document numbers: then all is read anew. Events have positions of their own, so what comes twice
counts once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import msgspec

from slsloggrep.decode.search_forms import Form, Usual
from slsloggrep.sources.opensearch.ahead import Ask, Chain, last_sort, pit_of, scroll_of
from slsloggrep.sources.opensearch.asking import Clause
from slsloggrep.sources.opensearch.cluster import Cluster, decode
from slsloggrep.sources.opensearch.contexts import KEEP, Contexts, Snapshot
from slsloggrep.sources.opensearch.failures import Trouble, shard_words

Mode = Literal["pit", "shards", "scroll"]

FIRST = 1_000
MOST = 10_000
"""Hits of a page: `index.max_result_window`."""
LEAST = 10
BYTES = 6 << 20
"""Characters that a page is to have: enough that asking costs little, and little to hold."""

_GROWTH = 4
_UNUSUAL = 3
"""Pages with unusual documents, after which these are nothing unusual."""

_RESTARTS = 3

_LENIENT = {"ignore_unavailable": "true", "allow_no_indices": "true", "expand_wildcards": "open"}
_READ = "indices:data/read/search (read)"


Document = TypeVar("Document", bound=Usual)
Found = TypeVar("Found")


class Hit(msgspec.Struct, gc=False):
    """One document that was found."""

    index: str = msgspec.field(name="_index")
    id: str = msgspec.field(name="_id", default="")
    source: msgspec.Raw = msgspec.field(name="_source", default_factory=msgspec.Raw)
    """The document as it was written; empty: it is not kept."""
    seq_no: int = msgspec.field(name="_seq_no", default=0)
    sort: list[Any] = []
    fields: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    """The columns that were asked for in place of the document; empty: none were."""


class UsualHit(msgspec.Struct, Generic[Document], kw_only=True, gc=False):
    """One document that was found, of a form that is known; in the order of answers."""

    index: str = msgspec.field(name="_index")
    id: str = msgspec.field(name="_id", default="")
    seq_no: int = msgspec.field(name="_seq_no", default=0)
    source: Document = msgspec.field(name="_source")


class _Hits(msgspec.Struct, Generic[Found]):
    hits: list[Found] = []


class _Shards(msgspec.Struct):
    failed: int = 0
    failures: list[Any] = []


class _Answer(msgspec.Struct, Generic[Found]):
    hits: _Hits[Found] = msgspec.field(default_factory=_Hits)
    timed_out: bool = False
    shards: _Shards = msgspec.field(name="_shards", default_factory=_Shards)
    pit_id: str = ""
    scroll_id: str = msgspec.field(name="_scroll_id", default="")


class Page(NamedTuple):
    """Some hits, and how long the answer was that brought them."""

    hits: list[Hit]
    """Empty where all are usual."""
    size: int
    last: list[Any]
    """The sort values of the last hit."""
    usual: Sequence[UsualHit[Usual]] = ()
    text: str = ""
    """The answer with the usual ones, for whoever must look closely (`decode_hits`)."""

    @property
    def found(self) -> int:
        """How many hits there are."""
        return len(self.hits) or len(self.usual)


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
    form: Form | None = None
    """What documents usually are; None: they are handed on as they were written."""
    unusual: int = field(default=0, init=False)
    """Pages that did not have that form."""
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
    params = {"scroll": KEEP, **_LENIENT}
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
                _check(answer)
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
    send = partial(_send, cluster, f"/{path}/_search", _LENIENT)
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
    send = partial(_send, cluster, f"/{path}/_search", _LENIENT)
    page = _ask(piece, cluster, send, body)[1]
    return page if len(page.hits) < body["size"] else None


def decode_hits(text: str) -> list[Hit]:
    """Return the hits of an answer, their documents as they were written."""
    return decode(text, _Answer[Hit]).hits.hits


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
) -> tuple[_Answer[Any], Page]:
    """Return a whole answer and its page; less is asked for where the server lacks memory."""
    attempt = 0
    while True:
        attempt += 1
        try:
            text = send(body, divisible=piece.size > LEAST)
            answer, page = _decode(text, piece)
            if contexts is not None and answer.scroll_id:
                contexts.hold(piece, "scroll", answer.scroll_id)
            _check(answer)
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


def _decode(text: str, piece: Piece) -> tuple[_Answer[Any], Page]:
    """Return an answer and its page, of usual hits where all are so. Raises Trouble."""
    last = last_sort(text) if piece.form is not None and piece.unusual < _UNUSUAL else None
    if last is not None:
        try:
            usual = msgspec.json.decode(text, type=_Answer[UsualHit[piece.form]])  # type: ignore[name-defined]
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            piece.unusual += 1
        else:
            return usual, Page([], len(text), last, usual.hits.hits, text)
    answer = decode(text, _Answer[Hit])
    hits = answer.hits.hits
    return answer, Page(hits, len(text), hits[-1].sort if hits else [])


def _check(answer: _Answer[Any]) -> None:
    """Raise Trouble where an answer is not whole: what is missing may be what was looked for."""
    if answer.shards.failed:
        kind, reason = shard_words(answer.shards.failures[0] if answer.shards.failures else {})
        words = f"{answer.shards.failed} shards failed: {reason or kind or 'no reason is given'}"
        lasting = kind in ("query_shard_exception", "parsing_exception")
        raise Trouble(words, kind=kind, passes=not lasting)
    if answer.timed_out:
        raise Trouble("the search timed out on the server", passes=True)


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
