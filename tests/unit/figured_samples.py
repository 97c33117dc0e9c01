"""Values for the tests of crashes and running times: a shop whose card payments fail."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from shown_samples import T0, checkout, invocation, record

from slsloggrep.model import (
    BIN_EDGES_MS,
    Change,
    Crash,
    CrashGroup,
    CrashReport,
    ErrorInfo,
    Frame,
    Latency,
    Level,
    Slow,
    Status,
    Undone,
    bin_of,
)

MINUTE = 60_000
PYTHON_FRAMES = (
    Frame(
        'File "/var/task/app.py", line 12, in handler\nreturn process(event)',
        "handler",
        "/var/task/app.py",
        12,
    ),
    Frame(
        'File "/opt/python/powertools/logger.py", line 450, in decorate',
        "decorate",
        "/opt/python/powertools/logger.py",
        450,
        own=False,
    ),
    Frame(
        'File "/opt/python/powertools/tracer.py", line 312, in decorate',
        "decorate",
        "/opt/python/powertools/tracer.py",
        312,
        own=False,
    ),
    Frame(
        'File "/var/task/totals.py", line 88, in total_of\nreturn sum(order["items"])',
        "total_of",
        "/var/task/totals.py",
        88,
    ),
)


def request_id(number: int) -> str:
    """Return a request ID that ends with a number."""
    return f"22222222-2222-4222-8222-{number:012d}"


def crash(
    number: int,
    function: str,
    kind: Status,
    error_type: str | None,
    message: str | None,
    offset: int,
    **parts: Any,
) -> Crash:
    """Return a crash so many ms after T0, its fingerprint made of its number."""
    return Crash(
        **{
            "time": T0 + offset,
            "function": function,
            "request_id": request_id(number),
            "log_group": f"/aws/lambda/{function}",
            "log_stream": "2026/11/23/[$LATEST]aa11",
            "kind": kind,
            "error_type": error_type,
            "message": message,
            "fingerprint": f"{number:x}" * 8 + "00000000",
            "title": error_type or kind.value,
            "records": (record(offset, message or kind.value, function),),
            **parts,
        }
    )


TIMEOUT = crash(
    1,
    "charge-card",
    Status.TIMEOUT,
    None,
    "Task timed out after 3.00 seconds",
    125_000,
    title="timed out after 3 s",
)
KEY_ERROR = crash(
    2,
    "checkout-api-prod-eu-central-1-handler",
    Status.ERROR,
    "KeyError",
    "'items'",
    100_000,
    frames=PYTHON_FRAMES,
    version="7",
    title="KeyError: … in total_of (totals.py)",
)
KILLED = crash(
    3,
    "image-resize",
    Status.OOM,
    "Runtime.ExitError",
    f"RequestId: {request_id(3)} Error: Runtime exited with error: signal: killed",
    90_000,
)
NO_MODULE = crash(
    4,
    "nightly-report",
    Status.INIT_ERROR,
    "Runtime.ImportModuleError",
    "Unable to import module 'app': No module named 'pandas'",
    -80_000,
    title="ImportModuleError: Unable to import module …: No module named …",
)
LOGGED = crash(
    5, "send-receipt", Status.ERROR, "ValueError", "bad address", -3_600_000, logged=True
)
CRASHES = (TIMEOUT, KEY_ERROR, KILLED, NO_MODULE, LOGGED)


def group(sample: Crash, *offsets: int, **parts: Any) -> CrashGroup:
    """Return a group of crashes at the offsets from T0, and of the sample."""
    return CrashGroup(
        **{
            "fingerprint": sample.fingerprint,
            "kind": sample.kind,
            "error_type": sample.error_type,
            "title": sample.title,
            "functions": (sample.function,),
            "versions": (),
            "times": tuple(sorted([sample.time, *(T0 + offset for offset in offsets)])),
            "request_ids": (sample.request_id,),
            "sample": sample,
            **parts,
        }
    )


GROUPS = (
    group(
        TIMEOUT,
        *range(-20 * MINUTE, 10 * MINUTE, MINUTE),
        functions=("charge-card", "charge-card-canary"),
        versions=("6", "7"),
        is_new=False,
    ),
    group(KEY_ERROR, 40_000, 70_000, versions=("7",), is_new=True),
    group(NO_MODULE),
)


def served(number: int, offset: int, duration: int, **parts: Any) -> Any:
    """Return an invocation of charge-card."""
    inner = record(offset + 5, "charging order ord-8841", "charge-card", level=Level.INFO)
    return invocation("charge-card", request_id(number), offset, duration, inner, **parts)


_TRACEBACK = "KeyError: 'items'\n" + "\n".join(frame.text for frame in PYTHON_FRAMES)
CRASHED = invocation(
    "charge-card",
    request_id(2),
    1100,
    900,
    record(1110, "charging order ord-8841", "charge-card", level=Level.INFO),
    record(
        1900,
        _TRACEBACK,
        "charge-card",
        level=Level.ERROR,
        error=ErrorInfo(type="KeyError", message="'items'", unhandled=True),
    ),
    status=Status.ERROR,
    error_type="KeyError",
    error_message="'items'",
    memory_mb=128.0,
    max_memory_mb=128.0,
    timeout_s=3.0,
)
EARLIER = tuple(
    served(
        100 + number,
        -600_000 + number * 40_000,
        200 + number * 17,
        memory_mb=128.0,
        max_memory_mb=60.0 + number * 5,
        init_ms=None if number else 412.0,
    )
    for number in range(14)
)
_TRANSACTION = checkout()
REPORT = CrashReport(
    crash=crash(
        2,
        "charge-card",
        Status.ERROR,
        "KeyError",
        "'items'",
        2000,
        title="KeyError: … in total_of (totals.py)",
        frames=PYTHON_FRAMES,
        version="7",
        invocation=CRASHED,
        records=(CRASHED.records[2],),
    ),
    what_happened=(
        "charge-card ended with an error that its handler did not catch, 900 ms after it began.",
        "Its environment had served 14 invocations before, all of which ended well.",
    ),
    advice=("Look at total_of in totals.py, line 88.", "See what is kept between invocations."),
    environment_start=T0 - 601_000,
    earlier=EARLIER,
    attempts=(
        CRASHED,
        replace(CRASHED, start=T0 + 62_000, end=T0 + 63_000),
        served(2, 185_000, 400, memory_mb=128.0),
    ),
    transaction=_TRANSACTION,
    upstream=(_TRANSACTION.members[0].invocation,),
    downstream=(invocation("write-audit-log", request_id(9), 2100, 40),),
    undone=(Undone("send-receipt", 98, 100),),
    alike=29,
)


def latency(function: str, invocations: int, p50: float | None, **parts: Any) -> Latency:
    """Return a row whose percentiles are multiples of the median, and whose bins lie around it."""
    bins = [0] * (len(BIN_EDGES_MS) + 1)
    if p50 is not None:
        middle = bin_of(p50)
        for distance, share in ((-2, 0.1), (-1, 0.2), (0, 0.4), (1, 0.2), (2, 0.1)):
            bins[middle + distance] = round(invocations * share)
    known = p50 or 0.0
    return Latency(
        **{
            "function": function,
            "invocations": invocations,
            "errors": 0,
            "timeouts": 0,
            "cold_starts": 0,
            "mean_ms": p50 and known * 1.1,
            "p50_ms": p50,
            "p90_ms": p50 and known * 2,
            "p95_ms": p50 and known * 2.5,
            "p99_ms": p50 and known * 4,
            "max_ms": p50 and known * 5,
            "init_p50_ms": None,
            "init_max_ms": None,
            "memory_mb": 256.0,
            "max_memory_mb": 91.0,
            "billed_ms": known * invocations,
            "gb_seconds": known * invocations / 4000,
            "cost_usd": known * invocations / 4000 * 0.0000166667,
            "bins": tuple(bins),
            **parts,
        }
    )


ROWS = (
    latency(
        "charge-card",
        12_345,
        245.0,
        errors=48,
        timeouts=31,
        cold_starts=212,
        max_ms=3000.0,
        init_p50_ms=401.0,
        init_max_ms=818.0,
        max_memory_mb=250.0,
        timeout_s=3.0,
    ),
    latency("checkout-api-prod-eu-central-1-handler", 48_210, 25.0, errors=7, cold_starts=804),
    latency("send-receipt", 9_870, 3.3, cold_starts=9),
    latency("nightly-report", 2, 104_952.0, cold_starts=2, max_memory_mb=None, cost_usd=None),
)
TOTAL = latency(
    "",
    70_427,
    None,
    errors=55,
    timeouts=31,
    cold_starts=1027,
    max_ms=524_760.0,
    init_max_ms=818.0,
    memory_mb=None,
    max_memory_mb=None,
    billed_ms=sum(row.billed_ms or 0 for row in ROWS),
    gb_seconds=sum(row.gb_seconds or 0 for row in ROWS),
    cost_usd=sum(row.cost_usd or 0 for row in ROWS),
    bins=tuple(map(sum, zip(*(row.bins for row in ROWS), strict=True))),
)
"""Of all rows together, but for percentiles."""
SLOWEST = tuple(
    Slow(
        function=function,
        request_id=request_id(number),
        log_group=f"/aws/lambda/{function}",
        log_stream="2026/11/23/[$LATEST]aa11",
        end=T0 + number * 1000,
        duration_ms=duration_ms,
        init_ms=None if number else 400.0,
        max_memory_mb=91.0,
        memory_mb=128.0,
        status=status,
    )
    for number, (function, duration_ms, status) in enumerate(
        [
            ("nightly-report", 123_456.0, Status.OK),
            ("charge-card", 3000.0, Status.TIMEOUT),
            ("checkout-api-prod-eu-central-1-handler", 2104.2, Status.INIT_ERROR),
        ]
    )
)


def change(
    before: Latency | None, factor: float, p: float | None, *, real: bool | None = None
) -> Change:
    """Return a change of running times by a factor, and of errors by three."""
    after = before and replace(
        before,
        **{
            name: getattr(before, name) * factor
            for name in ("mean_ms", "p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms")
        },
        errors=before.errors + 3,
    )
    return Change(before=before, after=after, p_value=p, larger_than_chance=real)


CHANGES = (
    change(ROWS[0], 1.4, 0.00001, real=True),
    change(ROWS[1], 0.8, 0.003, real=True),
    change(ROWS[2], 1.01, 0.62, real=False),
    Change(before=None, after=ROWS[3], p_value=None, larger_than_chance=None),
    change(ROWS[0], 1.0, None),
)
