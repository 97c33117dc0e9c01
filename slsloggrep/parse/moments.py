"""The time that an identifier carries, for identifiers whose format holds one.

X-Ray trace IDs, UUIDs of versions 1, 6 and 7 (RFC 9562), ULIDs, KSUIDs. Some formats say so
themselves; of others a random value may look alike: `Moment.certain` tells them apart. Whether a
time makes sense against the clock is the caller's to judge; times before 2010 or after 2100 are no
times at all.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from slsloggrep.model import Millis

EARLIEST: Millis = int(datetime(2010, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST: Millis = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp() * 1000)

_GREGORIAN = 122_192_928_000_000_000
"""100 ns intervals from 1582-10-15, where UUID times begin, to 1970-01-01 (RFC 9562, 5.1)."""

_KSUID_EPOCH_S = 1_400_000_000
"""2014-05-13T16:53:20Z, where KSUID times begin (segmentio/ksuid)."""

_UUID = re.compile(
    r"(?P<a>[0-9a-f]{8})-(?P<b>[0-9a-f]{4})-(?P<version>[1-8])(?P<c>[0-9a-f]{3})"
    r"-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(f"[0-7][{_CROCKFORD}]{{25}}")
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_KSUID = re.compile(r"[0-9A-Za-z]{27}")


class Moment(NamedTuple):
    """A time out of an identifier."""

    time: Millis
    kind: str
    """The format that carries it: `xray`, `uuid7`, `ulid`, …"""
    certain: bool
    """The format says that it carries a time; else a random value may look the same."""


def moment_of_trace(digits: str, *, xray: bool) -> Moment | None:
    """Return the time in the first 8 of a trace ID's 32 hex digits, in seconds.

    X-Ray's spelling promises one; 32 bare digits hold one if the trace began at X-Ray.
    """
    return _moment(int(digits[:8], 16) * 1000, "xray" if xray else "w3c", certain=xray)


def moment_of(text: str) -> Moment | None:
    """Return the time that a UUID, ULID or KSUID carries; None for anything else."""
    found = _UUID.fullmatch(text.lower())
    if found:
        return _moment_of_uuid(found)
    if _ULID.fullmatch(text.upper()):
        value = 0
        for digit in text.upper()[:10]:
            value = value * 32 + _CROCKFORD.index(digit)
        return _moment(value, "ulid", certain=False)
    if _KSUID.fullmatch(text):
        value = 0
        for digit in text:
            value = value * 62 + _BASE62.index(digit)
        if value >> 160:
            return None
        return _moment(((value >> 128) + _KSUID_EPOCH_S) * 1000, "ksuid", certain=False)
    return None


def _moment_of_uuid(found: re.Match[str]) -> Moment | None:
    a, b, c = found["a"], found["b"], found["c"]
    version = found["version"]
    if version == "7":
        return _moment(int(a + b, 16), "uuid7", certain=True)
    if version == "1":
        ticks = int(c + b + a, 16)
    elif version == "6":
        ticks = int(a + b + c, 16)
    else:
        return None
    return _moment((ticks - _GREGORIAN) // 10_000, f"uuid{version}", certain=True)


def _moment(time: Millis, kind: str, *, certain: bool) -> Moment | None:
    return Moment(time, kind, certain) if EARLIEST <= time < LATEST else None
