"""Answers to searches: what is decoded of them, and the pages of hits in them.

Hits are handed on with their documents as they were written, or, where documents are as expected,
as events at once. What makes events is `hits`' knowledge, how one answer follows from another that
of `reading`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from slsloggrep.decode.search_forms import Form, Usual
from slsloggrep.model import Event
from slsloggrep.sources.opensearch.ahead import last_sort
from slsloggrep.sources.opensearch.cluster import decode
from slsloggrep.sources.opensearch.failures import Trouble, shard_words

_PART = 256 << 10
"""Characters that are decoded at once: with what becomes of them, part of a second-level cache."""

_HITS = '"hits":['
_FIRST_HIT = '"hits":[{"_index":"'
_NEXT_HIT = '},{"_index":"'

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


class Answer(msgspec.Struct, Generic[Found]):
    """What an answer says: hits, and whether they are all that were asked for."""

    hits: _Hits[Found] = msgspec.field(default_factory=_Hits)
    timed_out: bool = False
    shards: _Shards = msgspec.field(name="_shards", default_factory=_Shards)
    pit_id: str = ""
    scroll_id: str = msgspec.field(name="_scroll_id", default="")


class Page(NamedTuple):
    """Some hits, or the events in them, and how long the answer was that brought them."""

    hits: list[Hit]
    """Empty where all were as expected."""
    size: int
    last: list[Any]
    """The sort values of the last hit."""
    found: int
    """How many hits there are."""
    events: list[Event] | None = None
    """What was made of hits that are as expected."""


class Expected(NamedTuple):
    """What documents usually are, and what makes events of those that are so."""

    form: Form
    read: Callable[[Sequence[UsualHit[Usual]]], list[Event] | None]
    """None: one of them is not so."""


def decode_page(text: str) -> tuple[Answer[Hit], Page]:
    """Return an answer and its page, documents as they were written. Raises Trouble."""
    answer = decode(text, Answer[Hit])
    hits = answer.hits.hits
    return answer, Page(hits, len(text), hits[-1].sort if hits else [], len(hits))


def decode_expected(text: str, expected: Expected) -> tuple[Answer[Any], Page] | None:
    """Return an answer and its page, if all hits are as expected.

    Hits are decoded and read a part at a time, for what stays in the processor's cache meanwhile is
    read sooner. Where an answer is cut need not be between two hits (a document may hold
    the same words): then neither part is JSON, and nothing is returned.
    """
    start, end, last = text.find(_FIRST_HIT) + len(_HITS), text.rfind("]}}"), last_sort(text)
    if last is None or start < len(_HITS):
        return None
    events: list[Event] = []
    found = 0
    part_type = _part_type(expected.form)
    try:
        answer = msgspec.json.decode(text[:start] + text[end:], type=Answer[Hit])
        while start < end:
            cut = text.find(_NEXT_HIT, start + _PART, end) + 1 or end
            hits = msgspec.json.decode(f"[{text[start:cut]}]", type=part_type)
            made = expected.read(hits)
            if made is None:
                return None
            events += made
            found += len(hits)
            start = cut + 1
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return answer, Page([], len(text), last, found, events)


@lru_cache(maxsize=16)
def _part_type(form: Form) -> Any:
    return list[UsualHit[form]]  # type: ignore[valid-type]


def check(answer: Answer[Any]) -> None:
    """Raise Trouble where an answer is not whole: what is missing may be what was looked for."""
    if answer.shards.failed:
        kind, reason = shard_words(answer.shards.failures[0] if answer.shards.failures else {})
        words = f"{answer.shards.failed} shards failed: {reason or kind or 'no reason is given'}"
        lasting = kind in ("query_shard_exception", "parsing_exception")
        raise Trouble(words, kind=kind, passes=not lasting)
    if answer.timed_out:
        raise Trouble("the search timed out on the server", passes=True)
