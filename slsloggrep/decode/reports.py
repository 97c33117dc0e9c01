r"""Reads what a START or a REPORT states out of its message, in the platform's own spelling only.

What they state in bytes that are not decoded yet is read by `slsloggrep.decode.figures`. Several
times cheaper than a record of it; whatever is spelled otherwise is left to `slsloggrep.parse`, with
which this agrees to the last digit (it is tested against it). Formats: Lambda Developer Guide,
"Logging" and telemetry-schema-reference.

Figures come from the message also where Insights could give them as fields of its own, and not only
because the message tells the event's identity. Fields are discovered in groups of the class
Standard alone (CloudWatch Logs User Guide, CWL_AnalyzeLogData-discoverable-fields); JSON logs have
no `@type`; and `@memorySize` and `@maxMemoryUsed` are megabytes of REPORT times 1,000,000 (1024 MB
is 1024000000, as queries of users show; the guide's examples divide by 1000 twice), although a
megabyte of Lambda's has 1,048,576 bytes: dividing by that would be wrong by 5 %.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import msgspec

_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_MS = r"([0-9]{1,8}\.[0-9]{1,3}) ms"
_WHOLE = r"([0-9]{1,8})"

_REPORT = re.compile(
    rf"REPORT RequestId: ({_ID})\tDuration: {_MS}\tBilled Duration: {_WHOLE} ms"
    rf"\tMemory Size: {_WHOLE} MB\tMax Memory Used: {_WHOLE} MB"
    rf"(?:\tInit Duration: {_MS})?"
    rf"(?:\tRestore Duration: {_MS}\tBilled Restore Duration: [0-9]{{1,8}} ms)?"
    r"\t?\n?(?:XRAY TraceId: [0-9a-f-]{35}\tSegmentId: [0-9a-f]{16}"
    r"(?:\tSampled: (?:true|false))?\t?\n?)?"
)

_END = re.compile(
    rf"(?:(START|REPORT) RequestId: ({_ID})[ \t]"
    r'|\{"time":"[^"\\]{24}","type":"platform\.(start|report)",'
    rf'"record":\{{"requestId":"({_ID})"[,}}])'
)

_PLATFORM = '"platform.report"'

_LARGEST = 1e10
"""As for `slsloggrep.parse`: of a figure beyond it nothing is believed."""

_MAX_BRACKETS = 100
"""A document with more of them may be nested too deeply for `slsloggrep.parse`."""

_REQUEST_ID = re.compile(_ID)


class Stated(NamedTuple):
    """What a REPORT states whose invocation ended well. Durations are ms, sizes MB."""

    request_id: str
    duration: float
    billed: float | None
    memory: float | None
    max_memory: float | None
    init: float | None
    restore: float | None


class _Metrics(msgspec.Struct, gc=False, rename="camel"):
    duration_ms: float
    billed_duration_ms: float | None = None
    memory_size: float | None = msgspec.field(default=None, name="memorySizeMB")
    max_memory_used: float | None = msgspec.field(default=None, name="maxMemoryUsedMB")
    init_duration_ms: float | None = None
    restore_duration_ms: float | None = None


class _Record(msgspec.Struct, gc=False, rename="camel"):
    request_id: str
    metrics: _Metrics
    status: str
    error_type: object = None
    function_arn: object = None
    function_name: object = None


class _Document(msgspec.Struct, gc=False):
    type: str
    record: _Record


_decoder = msgspec.json.Decoder(_Document)


def read_report(message: str) -> Stated | None:
    """Return what a REPORT of the text or the JSON format states; None: it is not a plain one.

    Plain is what states success and nothing of the function: one that failed is for others, too.
    """
    if message.startswith("REPORT "):
        return _read_text(message)
    if message.startswith("{") and _PLATFORM in message:
        return read_json_report(message)
    return None


def read_json_report(message: str) -> Stated | None:
    """Return what a REPORT of the JSON format states; None: it is not a plain one."""
    try:
        document = _decoder.decode(message)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    record, metrics = document.record, document.record.metrics
    figures = (
        metrics.duration_ms,
        metrics.billed_duration_ms,
        metrics.memory_size,
        metrics.max_memory_used,
        metrics.init_duration_ms,
        metrics.restore_duration_ms,
    )
    if (
        document.type != "platform.report"
        or record.status != "success"
        or record.error_type is not None
        or record.function_arn is not None
        or record.function_name is not None
        or not _REQUEST_ID.fullmatch(record.request_id)
        or message.count("{") + message.count("[") > _MAX_BRACKETS
        or not all(figure is None or 0 <= figure <= _LARGEST for figure in figures)
    ):
        return None
    return Stated(record.request_id, *figures)


def read_end(message: str) -> tuple[str, bool] | None:
    """Return the request ID of a START or a REPORT, and whether it is a REPORT; None: neither."""
    found = _END.match(message)
    if found is None:
        return None
    word, request_id, kind, json_id = found.groups()
    return request_id or json_id, word == "REPORT" or kind == "report"


def _read_text(message: str) -> Stated | None:
    found = _REPORT.fullmatch(message)
    if found is None:
        return None
    request_id, duration, billed, memory, used, init, restore = found.groups()
    return Stated(
        request_id,
        float(duration),
        float(billed),
        float(memory),
        float(used),
        None if init is None else float(init),
        None if restore is None else float(restore),
    )
