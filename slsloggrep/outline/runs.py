"""Invocations shown whole: a title, what is known of each, its log, and where consoles show it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from slsloggrep.harmless import json_text
from slsloggrep.model import Evidence, Invocation, Millis, Record
from slsloggrep.model.outlines import Facts, Line, Run, Span, Tone
from slsloggrep.outline.cells import is_memory_short
from slsloggrep.outline.draft import Draft, join, line
from slsloggrep.outline.logs import build_log
from slsloggrep.outline.tones import status_tone
from slsloggrep.outline.words import (
    attempt_of,
    birth_of,
    duration_of,
    error_of,
    evidence_name,
    name_of,
)
from slsloggrep.wording import bytes_text, duration_text, memory_text, offset_text

_WITNESSES = 3
"""Identifiers that are named as evidence for one invocation."""


def build_run(
    draft: Draft,
    invocation: Invocation,
    *,
    anchor: str,
    origin: Millis,
    allowed: int,
    attempt: int = 1,
    attempts: int = 1,
    evidence: Sequence[Evidence] = (),
    mentions: Collection[int] = (),
    batch: bool = False,
    note: str = "",
    is_open: bool = False,
) -> Run:
    """Return an invocation as a run with at most so many records as are `allowed`.

    Offsets count from `origin`; `note` is why it is shown, where that is worth a word.
    """
    facts = tuple(
        _facts(draft, invocation, attempt, attempts, evidence, origin, batch=batch, note=note)
    )
    request = invocation.request_id or ""
    hint = draft.command_trace(request, invocation.start, invocation.end)
    return Run(
        anchor=anchor,
        function=name_of(invocation),
        title=title_of(invocation, attempt, attempts),
        tone=status_tone(invocation.status),
        request_id=invocation.request_id or "",
        facts=Facts(rows=facts),
        log=build_log(
            draft,
            invocation.records,
            mentions=mentions,
            origin=origin,
            hint=hint,
            allowed=allowed,
        ),
        links=draft.report.links_of(invocation),
        open=is_open,
    )


def title_of(invocation: Invocation, attempt: int = 1, attempts: int = 1) -> Line:
    """Return an invocation on one line: function, attempt, status, duration."""
    parts = [Span(name_of(invocation), Tone.STRONG)]
    if attempts > 1:
        parts.append(Span(attempt_of(attempt, attempts)))
    parts.append(Span(invocation.status.value, status_tone(invocation.status)))
    parts.append(Span(duration_of(invocation)))
    return join(parts)


def _facts(
    draft: Draft,
    invocation: Invocation,
    attempt: int,
    attempts: int,
    evidence: Sequence[Evidence],
    origin: Millis,
    *,
    batch: bool,
    note: str,
) -> Iterator[tuple[str, Line]]:
    if note:
        yield "shown because", line(note)
    if invocation.request_id:
        yield "request", line(Span(invocation.request_id, Tone.CODE))
    if attempts > 1:
        yield "attempt", line(f"{attempt} of {attempts}")
    yield "started", line(_moment(draft, invocation.start, origin))
    yield "duration", line(", ".join(_durations(invocation)))
    if birth := birth_of(invocation):
        yield "init", line(birth)
    if memory := memory_text(invocation.max_memory_mb, invocation.memory_mb):
        near = is_memory_short(invocation.max_memory_mb, invocation.memory_mb)
        yield "memory", line(Span(memory, Tone.NOTABLE if near else Tone.PLAIN))
    if invocation.version:
        yield "version", line(Span(invocation.version, Tone.CODE))
    error = error_of(invocation)
    if error and invocation.status.failed:
        yield "error", line(Span(draft.clip(error), Tone.BAD))
    if invocation.states_response:
        yield "response", line(Span(draft.clip(json_text(invocation.response)), Tone.CODE))
    elif invocation.produced_bytes:
        yield "response", line(f"{bytes_text(invocation.produced_bytes)}, not logged")
    if invocation.log_group or invocation.log_stream:
        place = " ".join(filter(None, (invocation.log_group, invocation.log_stream)))
        yield "log", line(Span(place, Tone.CODE))
    for number, item in enumerate(evidence[:_WITNESSES]):
        yield "" if number else "joined by", _evidence(item, invocation.records, origin)
    if batch:
        yield "batch", line("it served other transactions too, which are not followed")
    if not invocation.complete:
        text = "its start or end was not among the events read"
        yield "not known", line(Span(text, Tone.NOTABLE))


def _moment(draft: Draft, timestamp: Millis, origin: Millis) -> str:
    time = draft.time(timestamp)
    return time if timestamp == origin else f"{time} ({offset_text(timestamp - origin)})"


def _durations(invocation: Invocation) -> Iterator[str]:
    yield duration_of(invocation)
    if invocation.billed_ms is not None:
        yield f"billed {duration_text(invocation.billed_ms)}"
    if invocation.timeout_s:
        yield f"limit {duration_text(invocation.timeout_s * 1000)}"


def _evidence(evidence: Evidence, records: Sequence[Record], origin: Millis) -> Line:
    value = evidence.identifier.value
    seen = f" at {offset_text(evidence.event.timestamp - origin)}"
    if not any(record.event == evidence.event for record in records):
        seen += f" in {evidence.event.log_group}" if evidence.event.log_group else " elsewhere"
    return line(f"{evidence_name(evidence)} ", Span(value, Tone.CODE), Span(seen, Tone.FAINT))
