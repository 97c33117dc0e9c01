"""How times and identifiers are spelled in the demo's logs.

Times are milliseconds UTC and may carry a fraction; each function gives one of the spellings that
runtimes and services print. Identifiers are drawn from the caller's generator, so that the same
seed gives the same values. Who prints which spelling is `runtimes`' and `platform`'s knowledge.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from functools import lru_cache
from random import Random


def _moment(ms: float) -> datetime:
    return datetime.fromtimestamp(int(ms) // 1000, UTC)


@lru_cache(maxsize=256)  # lines come in bursts: most share their second with the one before
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


def iso(ms: float) -> str:
    """Spell `2026-11-23T08:14:05.123Z`: the platform's and Node.js's way."""
    return f"{_second(int(ms) // 1000)}.{int(ms) % 1000:03d}Z"


def iso_seconds(ms: float) -> str:
    """Spell `2026-11-23T08:14:05Z`: Python's JSON log format."""
    return f"{_second(int(ms) // 1000)}Z"


def iso_nanos(ms: float) -> str:
    """Spell `2026-11-23T08:14:05.123456789Z`: Go's slog; what a millisecond leaves open is made."""
    return f"{_second(int(ms) // 1000)}.{int(ms) % 1000:03d}{int(ms) * 7919 % 1000000:06d}Z"


def comma_millis(ms: float) -> str:
    """Spell `2026-11-23 08:14:05,123+0000`: Powertools for Python."""
    return f"{_moment(ms):%Y-%m-%d %H:%M:%S},{int(ms) % 1000:03d}+0000"


def plain_seconds(ms: float) -> str:
    """Spell `2026-11-23 08:14:05`: the log4j2 pattern of the Developer Guide."""
    return f"{_moment(ms):%Y-%m-%d %H:%M:%S}"


def slashed(ms: float) -> str:
    """Spell `2026/11/23 08:14:05`: Go's log package."""
    return f"{_moment(ms):%Y/%m/%d %H:%M:%S}"


def common_log(ms: float) -> str:
    """Spell `23/Nov/2026:08:14:05 +0000`: API Gateway's $context.requestTime."""
    moment = _moment(ms)
    # not %b: month names must not follow the locale of whoever looks at the demo
    month = "JanFebMarAprMayJunJulAugSepOctNovDec"[moment.month * 3 - 3 : moment.month * 3]
    return f"{moment:%d}/{month}/{moment:%Y:%H:%M:%S} +0000"


def date_path(ms: float) -> str:
    """Spell `2026/11/23`, with which log streams begin."""
    return f"{_moment(ms):%Y/%m/%d}"


def hour_path(ms: float) -> str:
    """Spell `2026/11/23/08`, Firehose's default prefix."""
    return f"{_moment(ms):%Y/%m/%d/%H}"


def dashed(ms: float) -> str:
    """Spell `2026-11-23-08-14-05`, as in the names of Firehose's objects."""
    return f"{_moment(ms):%Y-%m-%d-%H-%M-%S}"


def minute(ms: float) -> str:
    """Spell `2026-11-23T08:14Z`, the time that a pinned demo's URL carries."""
    return f"{_moment(ms):%Y-%m-%dT%H:%MZ}"


def hexadecimal(rng: Random, digits: int) -> str:
    """Draw lower-case hexadecimal digits."""
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def uuid(rng: Random) -> str:
    """Draw a version 4 UUID."""
    bits = rng.getrandbits(128) & ~(0xF << 76 | 0x3 << 62) | 0x4 << 76 | 0x2 << 62
    digits = f"{bits:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def trace_id(rng: Random, ms: float) -> str:
    """Draw an X-Ray trace ID that began at `ms`: `1-<8 hex epoch seconds>-<24 hex>`."""
    return f"1-{int(ms) // 1000:08x}-{hexadecimal(rng, 24)}"


def extended_request_id(rng: Random) -> str:
    """Draw an API Gateway extended request ID, such as `JKJaXmPLvHcESHA=`."""
    return base64.b64encode(rng.getrandbits(88).to_bytes(11, "big")).decode()
