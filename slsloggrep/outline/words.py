"""What things are called, in words that the terminal and every document share.

Raw text: making it harmless, and giving it a look, is left to those who show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from slsloggrep.model import (
    Crash,
    Evidence,
    Frame,
    Gap,
    Identifier,
    IdKind,
    Invocation,
    Member,
    Transaction,
)
from slsloggrep.wording import count_text, duration_text, memory_text

_SENTENCE = 200
"""Characters of a log's text within a sentence; all of it stands in the log."""
_NAMES = 6
"""Names that are listed; the others are counted."""

UNKNOWN_FUNCTION = "(function unknown)"


def name_of(invocation: Invocation) -> str:
    """Return what an invocation is called: its function, without one its log group."""
    return invocation.function or invocation.log_group or UNKNOWN_FUNCTION


def attempt_of(attempt: int, attempts: int) -> str:
    """Return which attempt of how many it was."""
    return f"attempt {attempt} of {attempts}"


def error_of(invocation: Invocation) -> str:
    """Return the type and the message of an invocation's error; empty: none was stated."""
    return ": ".join(filter(None, (invocation.error_type, invocation.error_message)))


def duration_of(invocation: Invocation) -> str:
    """Return how long it ran, as reported, else as its records tell."""
    if invocation.duration_ms is not None:
        return duration_text(invocation.duration_ms)
    return duration_text(invocation.end - invocation.start)


def birth_of(invocation: Invocation) -> str:
    """Return how its environment began for it, empty for one that was warm."""
    if invocation.restore_ms is not None:
        return f"restored in {duration_text(invocation.restore_ms)}"
    if not invocation.cold_start:
        return ""
    if invocation.init_ms is not None:
        return f"cold start {duration_text(invocation.init_ms)}"
    return "cold start"


def memory_of(invocation: Invocation) -> str:
    """Return the memory used of what there was."""
    return memory_text(invocation.max_memory_mb, invocation.memory_mb)


def figures_of(transaction: Transaction) -> str:
    """Return how many functions, invocations, retries, failures and cold starts there are."""
    members = transaction.members
    functions = {m.invocation.function or m.invocation.log_group for m in members}
    parts = [count_text(len(functions), "function"), count_text(len(members), "invocation")]
    retries = sum(member.attempt > 1 for member in members)
    failed = sum(member.invocation.status.failed for member in members)
    cold = sum(member.invocation.cold_start for member in members)
    if retries:
        parts.append("1 retry" if retries == 1 else f"{retries} retries")
    if failed:
        parts.append(f"{failed} failed")
    if cold:
        parts.append(count_text(cold, "cold start"))
    return ", ".join(parts)


def joins_of(transaction: Transaction) -> dict[Identifier, list[tuple[Member, Evidence]]]:
    """Return the identifiers that brought members in, in order of their first member."""
    joins: dict[Identifier, list[tuple[Member, Evidence]]] = {}
    for member in transaction.members:
        for evidence in member.joined_by[:1]:
            joins.setdefault(evidence.identifier, []).append((member, evidence))
    return joins


def evidence_name(evidence: Evidence) -> str:
    """Return what evidence is called: the kind of identifier, or its key where that says more."""
    kind = evidence.identifier.kind
    if evidence.field and kind in (IdKind.TEXT, IdKind.KEY):
        return evidence.field
    return kind.value


def crash_error(crash: Crash, *, short: bool) -> str:
    """Return the type and the message of a crash's error; empty: none was stated.

    `short` is without the request ID that the platform puts before it: it stands beside it.
    """
    message = crash.message
    if short and message and crash.request_id:
        message = message.removeprefix(f"RequestId: {crash.request_id} ").removeprefix("Error: ")
    return ": ".join(filter(None, (crash.error_type, message)))


def frame_place(frame: Frame) -> str:
    """Return where a frame is, short: `charge (app.py:42)`; as written where nothing tells it."""
    if not frame.file:
        return frame.text.partition("\n")[0]
    place = frame.file if frame.line is None else f"{frame.file}:{frame.line}"
    return f"{frame.function} ({place})" if frame.function else place


def by_reason(gaps: Iterable[Gap]) -> dict[str, list[str]]:
    """Return what could not be read by the reason why."""
    reasons: dict[str, list[str]] = {}
    for gap in gaps:
        reasons.setdefault(gap.reason, []).append(gap.what)
    return reasons


def sentence(text: str) -> str:
    """Return a text of a log as a part of a sentence: its first line, and not too much of it."""
    first = text.strip().partition("\n")[0].strip()
    return first if len(first) <= _SENTENCE else first[:_SENTENCE].rstrip() + " …"


def list_names(names: Sequence[str]) -> str:
    """Return names with commas between them, of many the first ones and how many more."""
    more = len(names) - _NAMES
    listed = ", ".join(names[:_NAMES])
    return f"{listed} and {more} more" if more > 0 else listed
