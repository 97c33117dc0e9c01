"""Severity levels in words and numbers, whoever wrote them.

A number alone is ambiguous (30 is WARN for pino-like loggers and WARNING for Python, 50 is ERROR
for the one and CRITICAL for the other; OpenTelemetry counts to 24, Azure to 5, syslog down to 0):
the keys beside it decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slsloggrep.model import Level

_WORDS = {
    Level.TRACE: "trace trce verbose finest finer silly all",
    Level.DEBUG: "debug dbug dbg fine",
    Level.INFO: "info information informational notice log config http",
    Level.WARN: "warn warning wrn",
    Level.ERROR: "error err fail severe",
    Level.FATAL: "fatal critical crit panic dpanic emergency emerg alert",
}

LEVELS: dict[str, Level] = {
    word: level for level, words in _WORDS.items() for word in words.split()
}
"""Level by lower-case word: Python, Node.js, .NET (`trce` to `crit`), Java, Rust, syslog, zap."""

STATUS_LEVELS = {
    "failure": Level.ERROR,
    "error": Level.ERROR,
    "timeout": Level.ERROR,
}
"""Level of a platform event by its status; anything else is no failure."""

_WORD_KEYS = (
    "level",
    "severity",
    "levelname",
    "log_level",
    "sLevel",
    "@l",
    "Level",
    "LogLevel",
    "log.level",
    "severityText",
    "severity_text",
    "SeverityText",
    "loglevel",
    "lvl",
    "status",
)

_AZURE_IDS = (Level.TRACE, Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR, Level.FATAL)
_AZURE_SEVERITIES = (Level.DEBUG, Level.INFO, Level.WARN, Level.ERROR, Level.FATAL)
_SYSLOG = (
    Level.FATAL,
    Level.FATAL,
    Level.FATAL,
    Level.ERROR,
    Level.WARN,
    Level.INFO,
    Level.INFO,
    Level.DEBUG,
)


def level_of_word(word: str) -> Level | None:
    """Return the level that a word names, whatever its case, or None."""
    return LEVELS.get(word.strip().lower())


def level_of_fields(fields: Mapping[str, Any]) -> Level | None:
    """Return the level that a structured record states, or None.

    Serilog's compact format leaves `@l` out for Information (Serilog.Formatting.Compact).
    """
    for key in _WORD_KEYS:
        value = fields.get(key)
        if isinstance(value, str):
            level = level_of_word(value)
            if level is not None:
                return level
            value = int(value) if value.isdecimal() and len(value) < 4 else None
        elif isinstance(value, dict):
            # OpenTelemetry's standard form as Data Prepper writes it: severity{number, text}.
            level = level_of_fields({"severityText": value.get("text"), **value})
            if level is None:
                level = _level_of_otel(value.get("number"))
            if level is not None:
                return level
        if isinstance(value, int | float) and not isinstance(value, bool) and key != "status":
            level = _level_of_number(value, fields)
            if level is not None:
                return level
    for key in ("severityNumber", "severity_number", "SeverityNumber"):
        level = _level_of_otel(fields.get(key))
        if level is not None:
            return level
    for key, scale in (
        ("levelId", _AZURE_IDS),
        ("LevelId", _AZURE_IDS),
        ("severityLevel", _AZURE_SEVERITIES),
        ("SeverityLevel", _AZURE_SEVERITIES),
    ):
        value = fields.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(scale):
            return scale[value]
    if "@t" in fields and ("@m" in fields or "@mt" in fields):
        return Level.INFO
    log = fields.get("log")
    if isinstance(log, dict) and isinstance(log.get("level"), str):
        return level_of_word(log["level"])
    return None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _level_of_number(value: float, fields: Mapping[str, Any]) -> Level | None:
    if "short_message" in fields:
        return _SYSLOG[int(value)] if 0 <= value < len(_SYSLOG) else None
    if "levelno" in fields or "pathname" in fields or "lineno" in fields:
        return _highest(value, (10, Level.DEBUG), (20, Level.INFO), (30, Level.WARN),
                        (40, Level.ERROR), (50, Level.FATAL))  # fmt: skip
    if 10 <= value <= 60:
        return _highest(value, (10, Level.TRACE), (20, Level.DEBUG), (30, Level.INFO),
                        (40, Level.WARN), (50, Level.ERROR), (60, Level.FATAL))  # fmt: skip
    return None


def _level_of_otel(value: Any) -> Level | None:
    """Return the level of an OpenTelemetry severity number, 1 to 24, four to a level."""
    if not _is_number(value) or not 1 <= value <= 24:
        return None
    return _AZURE_IDS[int(value - 1) // 4]


def _highest(value: float, *steps: tuple[int, Level]) -> Level | None:
    reached = [level for step, level in steps if value >= step]
    return reached[-1] if reached else None
