"""Reads what REPORTs state out of bytes, without decoding the events that hold them.

Only out of CloudWatch's own envelopes (`slsloggrep.decode.survey`), and only REPORTs that state
success in the platform's own spelling, in text or in JSON. Whatever else may be a REPORT is named
by its offset, for others to decode. Formats: Lambda Developer Guide, "Logging" and
telemetry-schema-reference.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import compress, repeat
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec

from slsloggrep.decode.reports import read_json_report
from slsloggrep.decode.survey import MESSAGE_OFFSET, Survey
from slsloggrep.model import FigureBatch, Millis, identities_of

_REPORT_WORD = b"REPORT"
PLATFORM = b"platform"
WORDS = (_REPORT_WORD, PLATFORM)
"""What has to be searched for: letters, which no encoder escapes."""

_REST = b" RequestId: "
_REST_END = len(_REPORT_WORD) + len(_REST)
_ESCAPING = (b"\\", b"\x1b")
"""What another spelling has where this one has its blanks and colons: escapes, colours."""

_EVENT = rb'[\[,]\{"id":".{56}","timestamp":(.{13}),"message":'
"""Wildcards jump over a known number of bytes; those that count are looked at later, at once."""

_REPORT = re.compile(
    _EVENT + rb'"REPORT RequestId: (.{36})\\tDuration: ([0-9]{1,8}+\.[0-9]{1,3}+) ms'
    rb"\\tBilled Duration: ([0-9]{1,8}+) ms\\tMemory Size: ([0-9]{1,8}+) MB"
    rb"\\tMax Memory Used: ([0-9]{1,8}+) MB\\t"
    rb"(?:Init Duration: ([0-9]{1,8}+\.[0-9]{1,3}+) ms\\t)?+"
    rb"(?:Restore Duration: ([0-9]{1,8}+\.[0-9]{1,3}+) ms"
    rb"\\tBilled Restore Duration: [0-9]{1,8}+ ms\\t)?+\\n"
    rb"(?:XRAY TraceId: [^\\]{35}\\tSegmentId: [^\\]{16}(?:\\tSampled: [a-z]++)?+"
    rb'(?:\\t)?+(?:\\n)?+)?+"\}',
    re.DOTALL,
)

PLATFORM_HEAD = rb"{\"time\":\"" + b"." * 24 + rb"\",\"type\":\""
_PLATFORM_REPORT = re.compile(
    _EVENT
    + rb'("\{\\"time\\":\\".{24}\\",\\"type\\":\\"platform\.report\\",\\"record\\":'
    + rb'(?:[^"\\]++|\\.)*+")\}',
    re.DOTALL,
)

_DIGITS = b"0123456789"
HEXADECIMAL = b"0123456789abcdef-"

_EARLIEST: Millis = 10**12
"""Of times with thirteen digits."""

Row = tuple[Any, ...]
"""Time, request ID, duration, billed, memory, memory used, init, restore: as bytes, or as figures
where they were read from JSON."""


class Reports(NamedTuple):
    """REPORTs of one spelling in a block."""

    offsets: list[int]
    """Of what stands before each event, ascending."""
    rows: list[Row]
    unread: list[int]
    """Offsets of what may be REPORTs, and must be decoded to know."""


def read_text(buffer: bytes | bytearray, hits: list[int]) -> Reports:
    """Return the REPORTs of the text format, given where `REPORT` stands."""
    reports = _read(hits, MESSAGE_OFFSET + 1, _REPORT, buffer, _rows_of_text)
    unread = [
        hit
        for hit in reports.unread
        if may_be_spelled_otherwise(bytes(buffer[hit + len(_REPORT_WORD) : hit + _REST_END]))
    ]
    return reports._replace(unread=unread)


def read_json(buffer: bytes | bytearray, hits: list[int]) -> Reports:
    """Return the REPORTs of the JSON format, given where `platform` stands."""
    hits = [
        hit
        for hit in hits
        if _may_be_platform_report(buffer[hit + len(PLATFORM) : hit + len(PLATFORM) + 7])
    ]
    before = MESSAGE_OFFSET + 1 + len(PLATFORM_HEAD)
    return _read(hits, before, _PLATFORM_REPORT, buffer, _rows_of_json)


def _read(
    hits: list[int],
    before: int,
    pattern: re.Pattern[bytes],
    buffer: bytes | bytearray,
    read_rows: Callable[[list[Row]], tuple[list[Row], list[bool] | None]],
) -> Reports:
    """Read what stands at hits that lie so many bytes behind what stands before their events."""
    offsets = [hit - before for hit in hits]
    found = list(map(pattern.match, repeat(buffer), offsets))
    unread: list[int] = []
    if None in found:
        known = [match is not None for match in found]
        unread = [hit for hit, is_known in zip(hits, known, strict=True) if not is_known]
        hits, offsets = list(compress(hits, known)), list(compress(offsets, known))
    rows, good = read_rows([match.groups() for match in found if match is not None])
    if good is not None:
        unread += [hit for hit, is_good in zip(hits, good, strict=True) if not is_good]
        rows, offsets = list(compress(rows, good)), list(compress(offsets, good))
        unread.sort()
    return Reports(offsets, rows, unread)


def may_be_spelled_otherwise(rest: bytes) -> bool:
    """Tell whether what follows the word of a platform line may be ` RequestId: `."""
    return rest == _REST or any(mark in rest for mark in _ESCAPING)


def _may_be_platform_report(rest: bytes | bytearray) -> bool:
    return rest == b".report" or b"\\" in rest


def _rows_of_text(rows: list[Row]) -> tuple[list[Row], list[bool] | None]:
    if not rows or _are_plain(rows):
        return rows, None
    return rows, [_are_plain([row]) for row in rows]


def _are_plain(rows: list[Row]) -> bool:
    """Tell whether what the wildcards took in is what has to stand there."""
    times = list(map(_TIME, rows))
    return not (
        b"".join(times).translate(None, _DIGITS)
        or b"".join(map(_REQUEST, rows)).translate(None, HEXADECIMAL)
        or int(min(times)) < _EARLIEST
    )


_TIME, _REQUEST = itemgetter(0), itemgetter(1)


_TEXT_DECODER = msgspec.json.Decoder(str)


def _rows_of_json(rows: list[Row]) -> tuple[list[Row], list[bool] | None]:
    read = [_row_of_json(*row) for row in rows]
    if None not in read:
        return [row for row in read if row is not None], None
    return [row or () for row in read], [row is not None for row in read]


def _row_of_json(time: bytes, message: bytes) -> Row | None:
    try:
        stated = read_json_report(_TEXT_DECODER.decode(message))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if stated is None or not time.isdigit() or int(time) < _EARLIEST:
        return None
    return time, stated.request_id.encode(), *stated[1:]


class Figures:
    """Gathers rows by log group, until they are taken as batches.

    Columns of numbers are arrays, so that a process that reads hands them on as they lie in memory.
    """

    def __init__(self, since: Millis | None, until: Millis | None) -> None:
        """Keep what is of a time between, `since` inclusive, `until` exclusive."""
        # Times of as many digits compare as the texts do.
        self._since = b"%013d" % min(max(since or 0, 0), 10**13 - 1)
        self._until = b"~" if until is None or until >= 10**13 else b"%013d" % max(until, 0)
        self._gathered: dict[str, tuple[list[str], list[Row]]] = {}
        self.count = 0
        """Rows that wait to be taken."""

    def add(self, reports: Reports, survey: Survey, without: Collection[int]) -> None:
        """Take in the REPORTs of a block; those whose events begin in `without` are left out."""
        offsets, rows, _ = reports
        if not rows:
            return
        times = list(map(_TIME, rows))
        if without or min(times) < self._since or max(times) >= self._until:
            since, until = self._since, self._until
            kept = [
                since <= time < until and offset not in without
                for offset, time in zip(offsets, times, strict=True)
            ]
            offsets, rows = list(compress(offsets, kept)), list(compress(rows, kept))
        gathered, groups, streams = self._gathered, survey.log_groups, survey.log_streams
        for region, low, high in survey.shares(offsets):
            group = gathered.get(groups[region])
            if group is None:
                group = gathered[groups[region]] = ([], [])
            self.count += high - low
            group[0].extend([streams[region]] * (high - low))
            group[1].extend(rows[low:high])

    def take(self) -> Iterator[FigureBatch]:
        """Yield what was gathered, a batch for each log group, and begin anew."""
        gathered, self._gathered, self.count = self._gathered, {}, 0
        for log_group, (streams, rows) in gathered.items():
            yield _batch(log_group, streams, rows)


def _batch(log_group: str, streams: list[str], rows: list[Row]) -> FigureBatch:
    times, requests, durations, billed, memory, used, init, restore = zip(*rows, strict=True)
    request_ids = b" ".join(requests).decode().split(" ")
    moments = _TIMES.decode(_listed(times))
    return FigureBatch(
        log_group=log_group,
        log_streams=streams,
        request_ids=request_ids,
        identities=array("q", identities_of(log_group, streams, request_ids, moments)),
        times=array("q", moments),
        durations_ms=array("d", _floats(durations)),
        billed_ms=_figures(billed),
        memory_mb=_figures(memory),
        max_memory_mb=_figures(used),
        init_ms=_figures(init),
        restore_ms=_figures(restore),
    )


_TIMES = msgspec.json.Decoder(list[int])
_FLOATS = msgspec.json.Decoder(list[float])


def _listed(column: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(column) + b"]"


def _floats(column: Sequence[bytes | float]) -> list[float]:
    try:
        # Read as a list of JSON, half the time that `float` takes for each.
        return _FLOATS.decode(_listed(column))  # type: ignore[arg-type]
    except (TypeError, msgspec.DecodeError):
        # Figures from JSON among them, or leading zeros.
        return list(map(float, column))


def _figures(column: Sequence[bytes | float | None]) -> Sequence[float | None]:
    absent = column.count(None)
    if absent == len(column):
        return [None] * absent
    if absent:
        return [None if figure is None else float(figure) for figure in column]
    return array("d", _floats(column))  # type: ignore[arg-type]
