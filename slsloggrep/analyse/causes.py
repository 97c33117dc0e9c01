"""What a failed invocation died of: the error that says most, its frames, the records that show it.

How it ended was concluded before, and the error's type and message with it. Here they are found
again in the records, with all that a crash needs beside: the stack, which may have come in pieces,
and whether the message is the code's own or only the platform's, which old and new style word
differently.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from slsloggrep.model import ErrorInfo, Fact, Invocation, Level, Record, Status
from slsloggrep.parse.endings import BAD_STATUSES, is_failing
from slsloggrep.parse.pieces import Stated, errors_in

_PLATFORM = frozenset({Fact.FAULT, Fact.TIMEOUT, Fact.RUNTIME_NOTICE})
"""Facts whose message is the platform's, not the code's."""

INIT_ENDS = frozenset({Fact.INIT_REPORT, Fact.INIT_RUNTIME_DONE})
RESTORE_ENDS = frozenset({Fact.RESTORE_REPORT, Fact.RESTORE_RUNTIME_DONE})
_TELLING = frozenset({Fact.FAULT, Fact.TIMEOUT, Fact.UNHANDLED, Fact.IMAGE})


class Cause(NamedTuple):
    """Why an invocation failed, as far as its records tell."""

    error: ErrorInfo | None
    records: tuple[Record, ...]
    """Those that show the failure, in order; never empty."""
    own: bool = False
    """The error is what the code, or the runtime of it, said."""


def cause_of(invocation: Invocation) -> Cause:
    """Return what a failed invocation died of."""
    stated = _stated(invocation)
    told = {id(record) for record in stated.records} if stated else set()
    own = [r for r in invocation.records if r.request_id in (None, invocation.request_id)]
    records = tuple(record for record in own if id(record) in told or shows_end(record))
    return Cause(
        error=stated.error if stated else None,
        records=records or invocation.records[-1:],
        own=stated is not None and stated.fact not in _PLATFORM,
    )


def logged_errors(records: Sequence[Record]) -> list[Stated]:
    """Return the errors that records state, and that say of no invocation how it ended."""
    return [stated for stated in errors_in(records) if _is_logged(stated)]


def shows_end(record: Record) -> bool:
    """Tell whether the platform states with a record that something did not end well."""
    platform = record.platform
    if platform is None:
        return False
    if platform.fact in _TELLING:
        return True
    if platform.fact is Fact.EXTENSION:
        return is_failing(platform.status)
    return platform.status in BAD_STATUSES or (
        platform.fact is Fact.RUNTIME_NOTICE and platform.error_type is not None
    )


def phase_timeout(invocation: Invocation) -> str | None:
    """Return `InitTimeout` or `RestoreTimeout` where that took too long, else None."""
    if invocation.status is not Status.INIT_ERROR or invocation.error_type is not None:
        return None
    late = {r.fact for r in invocation.records if r.platform and r.platform.status == "timeout"}
    if late & RESTORE_ENDS:
        return "RestoreTimeout"
    return "InitTimeout" if late & INIT_ENDS else None


def _stated(invocation: Invocation) -> Stated | None:
    """Return what states the invocation's error, with its stack if any place has it."""
    if invocation.error_type is None and invocation.error_message is None:
        return None
    own = [r for r in invocation.records if r.request_id in (None, invocation.request_id)]
    named = (invocation.error_type, None) if invocation.error_message else (invocation.error_type,)
    found = [
        stated
        for stated in errors_in(own)
        if stated.error.message == invocation.error_message and stated.error.type in named
    ]
    return max(
        reversed(found),
        key=lambda s: (s.fact is Fact.UNHANDLED, bool(s.error.stack), s.error.type is not None),
        default=None,
    )


def _is_logged(stated: Stated) -> bool:
    record = stated.records[0]
    if stated.fact not in (None, Fact.UNHANDLED):
        return False
    return record.level is None or record.level >= Level.ERROR
