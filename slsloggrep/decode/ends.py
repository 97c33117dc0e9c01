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
from typing import NamedTuple

from slsloggrep.decode.figures import (
    HEXADECIMAL,
    PLATFORM,
    PLATFORM_HEAD,
    may_be_spelled_otherwise,
)
from slsloggrep.decode.haystack import Haystack
from slsloggrep.decode.survey import MESSAGE_OFFSET, Survey, below
from slsloggrep.model import Bound, Ends, Millis

_KEY = b',"message":"'
_ID = 36

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


def find_ends(haystack: Haystack, size: int) -> Found:
    """Return the STARTs and REPORTs among the first `size` bytes, of both formats."""
    starts, unread_starts = _find_text(haystack, size, b"START", b" ")
    reports, unread_reports = _find_text(haystack, size, b"REPORT", rb"\t")
    unread = unread_starts + unread_reports
    json_starts, json_reports = Marks([], []), Marks([], [])
    buffer = haystack.buffer
    before = 1 + len(PLATFORM_HEAD)
    for hit in below(haystack.find_all(PLATFORM), size):
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
    return Found(_merge(starts, json_starts), _merge(reports, json_reports), sorted(unread))


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
    starts, reports = found.starts, found.reports
    if not without and survey.is_whole:
        regions = [
            list(map(bisect_right, repeat(survey.bodies), marks.offsets))
            for marks in (starts, reports)
        ]
        if (
            starts.requests == reports.requests
            and regions[0] == regions[1]
            and len(set(starts.requests)) == len(starts.requests)
            and all(map(int.__lt__, starts.offsets, reports.offsets))
        ):
            return Ends(started=(), reported=()), []
    return _pair_closely(found, survey, without)


def _find_text(
    haystack: Haystack, size: int, word: bytes, delimiter: bytes
) -> tuple[Marks, list[int]]:
    """Return marks that begin with a word, and hits that must be decoded."""
    hits = below(haystack.find_all(word), size)
    buffer = haystack.buffer
    head = _KEY + word + b" RequestId: "
    length = len(head) + _ID + len(delimiter)
    pieces = b"".join([buffer[hit - len(_KEY) : hit - len(_KEY) + length] for hit in hits])
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


class _Mark(NamedTuple):
    region: int
    offset: int
    is_report: bool


def _pair_closely(found: Found, survey: Survey, without: Collection[int]) -> tuple[Ends, list[int]]:
    groups, streams = survey.log_groups, survey.log_streams
    marks: dict[tuple[str, str, bytes], list[_Mark]] = {}
    for part in (found.starts, found.reports):
        for region, low, high in survey.shares(part.offsets):
            group, stream, is_report = groups[region], streams[region], part is found.reports
            for index in range(low, high):
                offset = part.offsets[index]
                if offset - MESSAGE_OFFSET not in without:
                    key = (group, stream, part.requests[index])
                    marks.setdefault(key, []).append(_Mark(region, offset, is_report))
    started: list[Bound] = []
    reported: list[Bound] = []
    unread: list[int] = []
    for key, parts in marks.items():
        if len(parts) == 2:
            start, report = parts
            if (
                report.is_report
                and not start.is_report
                and start.region == report.region
                and start.offset < report.offset
            ):
                continue
        times: set[tuple[Millis, bool]] = set()
        for mark in parts:
            timed = _TIME.match(survey.buffer, max(mark.offset - MESSAGE_OFFSET, 0))
            if timed is None or timed.end() != mark.offset + 1:
                unread.append(mark.offset)
            else:
                times.add((int(timed.group(1)), mark.is_report))
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
