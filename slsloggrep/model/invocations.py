"""Invocations: one attempt of one function at one request, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from slsloggrep.model.records import Millis, Record


class Status(StrEnum):
    """How an invocation ended; the words are promised in the output contract."""

    OK = "ok"
    ERROR = "error"
    TIMEOUT = "timeout"
    OOM = "oom"
    EXIT = "exit"
    INIT_ERROR = "init_error"
    EXTENSION = "extension"
    INCOMPLETE = "incomplete"

    @property
    def failed(self) -> bool:
        """Tell whether this is a crash: neither ok nor incomplete."""
        return self not in (Status.OK, Status.INCOMPLETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """One attempt of one function at one request, in one log stream."""

    function: str
    """Empty where nothing tells it."""
    request_id: str | None
    log_group: str
    log_stream: str
    start: Millis
    end: Millis
    duration_ms: float | None = None
    billed_ms: float | None = None
    init_ms: float | None = None
    restore_ms: float | None = None
    memory_mb: float | None = None
    max_memory_mb: float | None = None
    cold_start: bool = False
    status: Status = Status.INCOMPLETE
    error_type: str | None = None
    error_message: str | None = None
    response: Any = None
    states_response: bool = False
    version: str | None = None
    produced_bytes: int | None = None
    timeout_s: float | None = None
    records: tuple[Record, ...] = ()
    """In order, from the INIT lines or START to the last line that belongs here."""
    complete: bool = True
    """False where START or the end was not among the events that were read."""

    @property
    def order(self) -> tuple[Any, ...]:
        """The key that sorts invocations: start, group, stream, first event."""
        first = self.records[0].event.order if self.records else ()
        return (self.start, self.log_group, self.log_stream, *first)
