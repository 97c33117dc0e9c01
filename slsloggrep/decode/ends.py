"""Finds STARTs and REPORTs that have no partner in their block, without decoding events.

Only in CloudWatch's own envelopes (`slsloggrep.decode.survey`), of text and of JSON logs. A START
or a REPORT that is spelled otherwise is named by its offset, for others to decode. One START and
one REPORT of a request make a pair; of a request with several attempts in one stream, the order of
time tells which belong together.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Sequence
from itertools import repeat
from operator import lt
from typing import NamedTuple

from slsloggrep.decode.figures import (
    HEXADECIMAL,
    PLATFORM,
    PLATFORM_HEAD,
    may_be_spelled_otherwise,
)
from slsloggrep.decode.survey import MESSAGE_OFFSET, Survey
from slsloggrep.model import Bound, Ends, Millis

_KEY = b',"message":"'
_ID = 36

WORDS = (b"START", b"REPORT", PLATFORM)
"""What has to be searched for: letters, which no encoder escapes."""

_TIME = re.compile(rb'[\[,]\{"id":"[0-9]{56}","timestamp":([1-9][0-9]{12}),"message":"')

_PLATFORM = re.compile(
    _KEY + rb'\{\\"time\\":\\".{24}\\",\\"type\\":\\"platform\.(start|report)\\",'
    rb'\\"record\\":\{\\"requestId\\":\\"([0-9a-f-]{36})\\"'
)


class Marks(NamedTuple):
    """STARTs or REPORTs of a block in the platform's own spelling, ascending."""

    offsets: list[int]
    """Of each message's opening quote."""
    requests: list[bytes]


class Found(NamedTuple):
    """What a block holds of STARTs and REPORTs."""

    starts: Marks
    reports: Marks
    unread: list[int]
    """Offsets of what may be a START or a REPORT, and must be decoded to know."""


def find_ends(
    buffer: bytes | bytearray, starts: list[int], reports: list[int], platforms: list[int]
) -> Found:
    """Return the STARTs and REPORTs of both formats, given where the `WORDS` stand."""
    texts, unread_starts = _find_text(buffer, starts, b"START", b" ")
    text_reports, unread_reports = _find_text(buffer, reports, b"REPORT", rb"\t")
    unread = unread_starts + unread_reports
    json_starts, json_reports = Marks([], []), Marks([], [])
    before = 1 + len(PLATFORM_HEAD)
    for hit in platforms:
        rest = bytes(buffer[hit + len(PLATFORM) : hit + len(PLATFORM) + 7])
        if not (rest.startswith((b".start", b".report")) or b"\\" in rest):
            continue
        offset = hit - before
        found = _PLATFORM.match(buffer, offset - len(_KEY) + 1) if offset >= len(_KEY) else None
        if found is None:
            unread.append(hit)
            continue
        kind, request = found.groups()
        marks = json_starts if kind == b"start" else json_reports
        marks.offsets.append(offset)
        marks.requests.append(request)
    return Found(_merge(texts, json_starts), _merge(text_reports, json_reports), sorted(unread))


def latest_of(found: Found, survey: Survey) -> Millis | None:
    """Return the time of the last START or REPORT of a block, or None.

    Archives are written in the order of time, more or less: one of them tells how far it reaches.
    """
    offsets = [marks.offsets[-1] for marks in (found.starts, found.reports) if marks.offsets]
    if not offsets or survey.owner(max(offsets)) is None:
        return None
    timed = _TIME.match(survey.buffer, max(max(offsets) - MESSAGE_OFFSET, 0))
    return int(timed.group(1)) if timed else None


def pair(found: Found, survey: Survey, without: Collection[int]) -> tuple[Ends, list[int]]:
    """Return the ends without a partner, and offsets of events that turn out to be unreadable.

    What lies in no region of the survey is left out, and so is an event that begins in `without`
    (the offset of what stands before it).
    """
    if survey.is_whole and not without and _are_pairs(found, survey):
        return Ends(started=(), reported=()), []
    starts = _placed(found.starts, survey, without)
    reports = _placed(found.reports, survey, without)
    first, last = dict(starts), dict(reports)
    if len(first) == len(starts) and len(last) == len(reports):
        # Within an envelope events are in order: what is there once, and in order, is a pair.
        starts = [(key, offset) for key, offset in starts if last.get(key, -1) < offset]
        reports = [(key, offset) for key, offset in reports if first.get(key, offset) >= offset]
    if not starts and not reports:
        return Ends(started=(), reported=()), []
    return _pair_closely(starts, reports, survey)


def _are_pairs(found: Found, survey: Survey) -> bool:
    """Tell whether each START is followed by its REPORT in the same region, as a rule they are.

    Of environments that serve one request at a time; else the marks must be looked at one by one.
    """
    starts, reports = found.starts, found.reports
    return (
        starts.requests == reports.requests
        and len(set(starts.requests)) == len(starts.requests)
        and all(map(lt, starts.offsets, reports.offsets))
        # Where a region ends, so have all that have started.
        and list(map(bisect_right, repeat(starts.offsets), survey.ends))
        == list(map(bisect_right, repeat(reports.offsets), survey.ends))
    )


_Placed = list[tuple[tuple[int, bytes], int]]
"""Region and request of each mark, and its offset."""


def _placed(marks: Marks, survey: Survey, without: Collection[int]) -> _Placed:
    bodies, ends = survey.bodies, survey.ends
    regions = map(bisect_right, repeat(bodies), marks.offsets)
    placed = list(zip(zip(regions, marks.requests, strict=True), marks.offsets, strict=True))
    if survey.is_whole and not without:
        return placed
    return [
        (key, offset)
        for key, offset in placed
        if key[0] and offset < ends[key[0] - 1] and offset - MESSAGE_OFFSET not in without
    ]


def _find_text(
    buffer: bytes | bytearray, hits: list[int], word: bytes, delimiter: bytes
) -> tuple[Marks, list[int]]:
    """Return marks that begin with a word, and hits that must be decoded."""
    head = _KEY + word + b" RequestId: "
    length = len(head) + _ID + len(delimiter)
    before, behind = len(_KEY), length - len(_KEY)
    pieces = b"".join([buffer[hit - before : hit + behind] for hit in hits])
    if len(pieces) == length * len(hits):
        ids = b"".join(pieces.split(head))
        requests = ids.split(delimiter)
        if (
            len(ids) == (_ID + len(delimiter)) * len(hits)
            and len(requests) == len(hits) + 1
            and ids.translate(None, HEXADECIMAL) == delimiter * len(hits)
            and set(map(len, requests[:-1])) <= {_ID}
        ):
            return Marks([hit - 1 for hit in hits], requests[:-1]), []
    pattern = re.compile(re.escape(head) + rb"([0-9a-f-]{36})" + re.escape(delimiter))
    marks, unread = Marks([], []), []
    for hit in hits:
        found = pattern.match(buffer, hit - len(_KEY)) if hit >= len(_KEY) else None
        if found is not None:
            marks.offsets.append(hit - 1)
            marks.requests.append(found.group(1))
        elif may_be_spelled_otherwise(bytes(buffer[hit + len(word) : hit + len(word) + 12])):
            unread.append(hit)
    return marks, unread


def _merge(one: Marks, other: Marks) -> Marks:
    if not other.offsets:
        return one
    both = [*zip(*one, strict=True), *zip(*other, strict=True)]
    both.sort()
    return Marks([offset for offset, _ in both], [request for _, request in both])


def _pair_closely(starts: _Placed, reports: _Placed, survey: Survey) -> tuple[Ends, list[int]]:
    marks: dict[tuple[str, str, bytes], list[tuple[int, bool]]] = {}
    for part in (starts, reports):
        for (region, request), offset in part:
            place = survey.log_groups[region - 1], survey.log_streams[region - 1]
            marks.setdefault((*place, request), []).append((offset, part is reports))
    started: list[Bound] = []
    reported: list[Bound] = []
    unread: list[int] = []
    for key, parts in marks.items():
        times: set[tuple[Millis, bool]] = set()
        for offset, is_report in parts:
            timed = _TIME.match(survey.buffer, max(offset - MESSAGE_OFFSET, 0))
            if timed is None or timed.end() != offset + 1:
                unread.append(offset)
            else:
                times.add((int(timed.group(1)), is_report))
        for time, is_report in _unpaired(sorted(times)):
            bound = Bound(key[0], key[1], key[2].decode(), time)
            (reported if is_report else started).append(bound)
    return Ends(started=started, reported=reported), unread


def _unpaired(times: Sequence[tuple[Millis, bool]]) -> list[tuple[Millis, bool]]:
    """Return the ends that remain where each REPORT ends the START before it."""
    open_starts: list[tuple[Millis, bool]] = []
    reports: list[tuple[Millis, bool]] = []
    for end in times:
        _, is_report = end
        if not is_report:
            open_starts.append(end)
        elif open_starts:
            open_starts.pop()
        else:
            reports.append(end)
    return open_starts + reports
