"""What is unhealthy of functions for logging: what an investigation will miss, or pay for.

Judges what is known, and nothing else: what was not to be had is no weakness. How functions are
listed is `slsloggrep.sources.cloudwatch.inventory`'s knowledge.

Lambda Developer Guide, monitoring-cloudwatchlogs-log-level; CloudWatch Logs User Guide,
CloudWatch_Logs_Log_Classes.
"""

from __future__ import annotations

from collections.abc import Iterator

from slsloggrep.model.inventory import DeployedFunction, Weakness

_JSON = "JSON"
_FEW_LINES = ("ERROR", "FATAL")
"""Application log levels that drop what leads up to an error."""


def find_weaknesses(function: DeployedFunction) -> tuple[Weakness, ...]:
    """Return what is unhealthy, what hides most first; nothing where all is well or unknown."""
    return tuple(_weaknesses(function))


def _weaknesses(function: DeployedFunction) -> Iterator[Weakness]:
    if function.group_exists is False:  # it never logged, or its role may not
        yield Weakness("no_log_group", "no log group")
    if function.log_format == _JSON and function.system_level == "WARN":
        # At WARN, an invocation that succeeds leaves no line of the platform at all.
        yield Weakness("system_log_level", "system log level WARN")
    if function.log_format == _JSON and function.application_level in _FEW_LINES:
        yield Weakness(
            "application_log_level", f"application log level {function.application_level}"
        )
    if function.infrequent:  # only Insights reads it, for money
        yield Weakness("infrequent_access", "Infrequent Access")
    if function.group_exists and function.retention_days is None:
        yield Weakness("retention_never_expires", "retention never expires")
    if function.log_format and function.log_format != _JSON:
        yield Weakness("no_json", "no JSON")
    if function.traced is False:
        yield Weakness("no_tracing", "no tracing")
