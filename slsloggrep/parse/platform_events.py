"""Lambda's platform events in the JSON format: `{"time": …, "type": "platform.…", "record": …}`.

AWS Lambda Developer Guide, telemetry-schema-reference (version 2025-01-29), managed instances, web
functions and durable executions included. A type that is not known yet is read as a notice:
whatever it is, its record's figures have the same names. Lambda gives these events no level: it is
derived from the status. The same facts in text are read by `platform`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slsloggrep.model import ErrorInfo, Fact, Level, Platform
from slsloggrep.parse.documents import write_document
from slsloggrep.parse.draft import Draft
from slsloggrep.parse.endings import is_failing
from slsloggrep.parse.figures import plausible
from slsloggrep.parse.functions import function_of_arn
from slsloggrep.parse.identifiers import request_id_of, reveal_shapes
from slsloggrep.parse.levels import STATUS_LEVELS
from slsloggrep.parse.platform import read_fault

_FACTS = {
    "platform.initStart": Fact.INIT_START,
    "platform.initRuntimeDone": Fact.INIT_RUNTIME_DONE,
    "platform.initReport": Fact.INIT_REPORT,
    "platform.start": Fact.START,
    "platform.runtimeDone": Fact.RUNTIME_DONE,
    "platform.report": Fact.REPORT,
    "platform.end": Fact.END,
    "platform.restoreStart": Fact.RESTORE_START,
    "platform.restoreRuntimeDone": Fact.RESTORE_RUNTIME_DONE,
    "platform.restoreReport": Fact.RESTORE_REPORT,
    "platform.extension": Fact.EXTENSION,
    "platform.telemetrySubscription": Fact.SUBSCRIPTION,
    "platform.logsSubscription": Fact.SUBSCRIPTION,
    "platform.logsDropped": Fact.LOGS_DROPPED,
    "platform.fault": Fact.FAULT,
    "platform.invokeStart": Fact.WEB,
    "platform.requestComplete": Fact.WEB,
    "platform.invokeSummary": Fact.WEB,
    "platform.invokeReport": Fact.WEB,
    "platform.spinDownStart": Fact.WEB,
    "platform.spinDownReport": Fact.WEB,
}

_NAMED_BY_TYPE = frozenset({Fact.WEB, Fact.RUNTIME_NOTICE})

_QUIET = frozenset({Fact.INIT_RUNTIME_DONE, Fact.RUNTIME_DONE, Fact.RESTORE_RUNTIME_DONE})
"""At system log level DEBUG when they report success (monitoring-cloudwatchlogs-log-level)."""


def read_platform_event(draft: Draft, document: Mapping[str, Any], raw: str) -> bool:
    """Fill the draft from a platform event; False where the document is none."""
    kind = document.get("type")
    if not isinstance(kind, str) or not kind.startswith("platform.") or "record" not in document:
        return False
    draft.fields = document
    record = document["record"]
    fact = _FACTS.get(kind, Fact.RUNTIME_NOTICE)
    if isinstance(record, str):
        _read_text(draft, fact, kind, record)
    elif isinstance(record, dict):
        _read_record(draft, fact, kind, record)
        draft.text = _describe(kind, record)
        reveal_shapes(draft, raw)
    else:
        draft.platform = Platform(fact=fact, name=kind)
        draft.text = kind
    return True


def _read_text(draft: Draft, fact: Fact, kind: str, record: str) -> None:
    draft.level = Level.INFO
    if fact is Fact.FAULT:
        draft.level = Level.ERROR
        if not read_fault(draft, record):
            draft.platform = Platform(fact=fact, status="error")
            draft.error = ErrorInfo(type=None, message=record.strip() or None, unhandled=True)
    else:
        draft.platform = Platform(fact=fact, name=kind)
    draft.text = f"{kind} {record.strip()}"


def _read_record(draft: Draft, fact: Fact, kind: str, record: dict[str, Any]) -> None:
    metrics = record.get("metrics")
    figures = metrics if isinstance(metrics, dict) else {}
    request_id = request_id_of(record.get("requestId"))
    if request_id:
        draft.claim(request_id)
    status = _word(record, "status")
    arn = _word(record, "functionArn")
    duration = _figure(figures, "durationMs")
    phase = fact in (Fact.INIT_REPORT, Fact.INIT_RUNTIME_DONE)
    restore = fact in (Fact.RESTORE_REPORT, Fact.RESTORE_RUNTIME_DONE)
    produced = _figure(figures, "producedBytes")
    draft.function = (function_of_arn(arn) if arn else None) or _word(record, "functionName")
    draft.platform = Platform(
        fact=fact,
        request_id=request_id,
        status=status or _word(record, "state"),
        error_type=_word(record, "errorType"),
        duration_ms=duration,
        billed_ms=_figure(figures, "billedDurationMs"),
        init_ms=duration if phase else _figure(figures, "initDurationMs"),
        restore_ms=duration if restore else _figure(figures, "restoreDurationMs"),
        memory_mb=_figure(figures, "memorySizeMB"),
        max_memory_mb=_figure(figures, "maxMemoryUsedMB"),
        produced_bytes=None if produced is None else int(produced),
        phase=_word(record, "phase"),
        initialization=_word(record, "initializationType"),
        version=_word(record, "version") or _word(record, "functionVersion"),
        function_arn=arn,
        name=_word(record, "name") or (kind if fact in _NAMED_BY_TYPE else None),
    )
    draft.level = _level(fact, status, record)


def _level(fact: Fact, status: str | None, record: dict[str, Any]) -> Level:
    if status in STATUS_LEVELS:
        return STATUS_LEVELS[status]
    if fact is Fact.LOGS_DROPPED:
        return Level.WARN
    if fact is Fact.FAULT:
        return Level.ERROR
    if record.get("errorType") or is_failing(str(record.get("state", ""))):
        return Level.ERROR
    return Level.DEBUG if fact in _QUIET else Level.INFO


def _describe(kind: str, record: dict[str, Any]) -> str:
    """Return a platform event as one readable line: its type and its plain values."""
    words = [kind]
    for key, value in record.items():
        if key == "metrics" and isinstance(value, dict):
            words += [f"{name}={_plain(item)}" for name, item in value.items()]
        elif isinstance(value, str | int | float | bool) or key in ("events", "types"):
            words.append(f"{key}={_plain(value)}")
    return " ".join(words)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else write_document(value)


def _word(record: Mapping[str, Any], key: str) -> str | None:
    value = record.get(key)
    return value if isinstance(value, str) and value else None


def _figure(figures: Mapping[str, Any], key: str) -> float | None:
    value = figures.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return plausible(float(value))
    except OverflowError:
        return None
