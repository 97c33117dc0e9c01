"""Records as the lines of a log: which of them are shown where there are too many, and how.

What is told of one record is `slsloggrep.outline.records`'s rule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from slsloggrep.model import Millis, Record
from slsloggrep.model.outlines import Log, Mark
from slsloggrep.outline.draft import Draft
from slsloggrep.outline.records import (
    added_fields,
    error_lines,
    fact_words,
    is_key,
    shown_level,
)
from slsloggrep.outline.tones import record_tone
from slsloggrep.wording import offset_text

_LAST = 3
"""Of what is shown of too many, so many parts stand at the end for one at the beginning."""


def build_log(
    draft: Draft,
    records: Sequence[Record],
    *,
    mentions: Collection[int] = (),
    origin: Millis | None = None,
    hint: str = "",
    place_of: Callable[[Record], str] | None = None,
    allowed: int | None = None,
) -> Log:
    """Return records as a log.

    `mentions` are indices of those that mention what was asked for. Times are offsets from
    `origin`, without one times of day. `allowed` is how many may be shown where that was decided
    before.
    """
    if allowed is None:
        allowed = draft.take_records(len(records))
    chosen = choose(records, mentions, allowed)
    marks = []
    for index in chosen:
        if draft.volume_left <= 0:
            break
        mark = _mark(draft, records[index], index in mentions, origin, place_of)
        draft.volume_left -= len(mark.text)
        marks.append(mark)
    omitted = len(records) - len(marks)
    return Log(marks=tuple(marks), omitted=omitted, omitted_hint=hint if omitted else "")


def choose(records: Sequence[Record], mentions: Collection[int], allowed: int) -> Sequence[int]:
    """Return the indices of at most so many records, in order: those to look at first, and more.

    Of those that are alike, most are taken from the end: that is what led up to it.
    """
    if len(records) <= allowed:
        return range(len(records))
    keys = [i for i, record in enumerate(records) if is_key(record, mentions=i in mentions)]
    if len(keys) >= allowed:
        return _ends(keys, allowed)
    known = set(keys)
    others = [index for index in range(len(records)) if index not in known]
    return sorted([*keys, *_ends(others, allowed - len(keys))])


def _ends(indices: list[int], count: int) -> list[int]:
    head = count // (_LAST + 1)
    tail = count - head
    return [*indices[:head], *indices[len(indices) - tail :]] if tail else indices[:head]


def _mark(
    draft: Draft,
    record: Record,
    mentions: bool,
    origin: Millis | None,
    place_of: Callable[[Record], str] | None,
) -> Mark:
    event = record.event
    level = record.level if origin is None else shown_level(record)
    return Mark(
        time=draft.time(event.timestamp)
        if origin is None
        else offset_text(event.timestamp - origin),
        timestamp=event.timestamp,
        level=level.name if level is not None else "",
        text=draft.clip(text_of(record)),
        tone=record_tone(record),
        mentions=mentions,
        key=is_key(record, mentions=mentions),
        place=place_of(record) if place_of is not None else "",
        log_group=event.log_group,
        log_stream=event.log_stream,
        request_id=record.request_id or "",
        event_id=event.event_id,
    )


def text_of(record: Record) -> str:
    """Return what a record says: its text, the fields that it adds, its error; or its figures."""
    words = fact_words(record)
    if words is not None:
        return ", ".join(filter(None, words))
    text = (record.text or record.event.message).rstrip("\r\n")
    fields = " ".join(f"{key}={value}" for key, value in added_fields(record))
    headline, stack = error_lines(record)
    return "\n".join(filter(None, (" ".join(filter(None, (text, fields))), headline, stack)))
