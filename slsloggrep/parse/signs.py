"""Which single records show a failure, and the few texts of which each of them holds one.

Whoever looks for crashes in an archive cannot decode all of it: bytes are searched for
`FAILURE_SIGNS`, what lies around a hit is parsed, and `shows_failure` tells whether the record is
reason to read its stretch of the log stream whole. Both may take in too much; that every failed
invocation holds one record of which both are true is the promise:

- In the JSON format `platform.report` and `platform.initReport` state a status that is not
  `success`, at every system log level (Developer Guide, monitoring-cloudwatchlogs-log-level).
- In the text format REPORT states `Status:`, or there is an old-style line, or the handler failed
  and the runtime survived: then the runtime's own report is the only witness, in its own words.
- Step Functions, destinations and Azure's host name the outcome.

Two kinds of crash have no such record: a START that nothing followed, and an exception of a Java
runtime that writes one event a line (`parse.pieces`), where the class is not named `...Error` or
`...Exception`, as Java's conventions want it. Whether what was read is a crash is for
`slsloggrep.stitch` and `slsloggrep.analyse` to say.
"""

from __future__ import annotations

from slsloggrep.model import Fact, Level, Record
from slsloggrep.parse.endings import BAD_STATUSES, is_failing
from slsloggrep.parse.failures import TRACE_HEADER

FAILURE_SIGNS: tuple[str, ...] = (
    "rror",
    "xception",
    "[ERROR] ",
    "timeout",
    "Task timed out",
    '"failure"',
    "Status: failure",
    "panic",
    "Failed",
    "before completing request",
    "ExecutionTimedOut",
    "ExecutionAborted",
    "Status Change",
    "approximateInvokeCount",
    "\tfail\t",
    ".java:",
    "No public method named",
    "Invalid handler",
    "exceeded by function",
)
r"""Case-sensitive; a record for which `shows_failure` is true holds one of them in its message.

Each costs a search of all bytes, so they are common roots that healthy logs rarely hold: `rror`
stands in Error, error and errorType, `timeout` in REPORT's status, in that of platform events and
in what Azure's host says, `failure` in platform events and in REPORT (which may name no error type;
one search finds both), `[ERROR] ` (with a space) before the reports of Python's runtime, `Failed`
in outcomes of Azure and of Step Functions, `approximateInvokeCount` in every record of a
destination, `.java:` and `\tfail\t` in the reports of runtimes whose exceptions have any name.
"""

LOGGED_SIGNS: tuple[str, ...] = (
    *FAILURE_SIGNS,
    "Traceback",
    "tack",
    '"err"',
    '"@x"',
    '"trace"',
    "thrown",
    "exc_info",
)
"""The same for `logs_error`: errors that a handler logged, under the keys of logging libraries."""

_ENDS = frozenset({Fact.FAULT, Fact.TIMEOUT, Fact.UNHANDLED, Fact.IMAGE})
"""There is no healthy record of these."""

_STATING = frozenset(
    {
        Fact.REPORT,
        Fact.RUNTIME_DONE,
        Fact.INIT_REPORT,
        Fact.INIT_RUNTIME_DONE,
        Fact.RESTORE_REPORT,
        Fact.RESTORE_RUNTIME_DONE,
        Fact.RUNTIME_NOTICE,
        Fact.WEB,
    }
)
_BAD_RUNS = BAD_STATUSES | {"FAILED", "TIMED_OUT", "ABORTED", "STOPPED"}
"""Of executions, as `parse.services` gives them."""


def shows_failure(record: Record) -> bool:
    """Tell whether this record by itself is reason to read its stretch of the stream whole.

    True for many errors that were handled: a structured record of level ERROR may be how Node.js
    reports one that was not.
    """
    return _states_failure(record) and _holds(record, FAILURE_SIGNS)


def logs_error(record: Record) -> bool:
    """Tell whether a record is of level ERROR or above and states an error, handled or not."""
    return (
        record.error is not None
        and record.level is not None
        and record.level >= Level.ERROR
        and _holds(record, LOGGED_SIGNS)
    )


def _states_failure(record: Record) -> bool:
    platform = record.platform
    if platform is None:
        if record.fields:
            loud = record.level is not None and record.level >= Level.ERROR
            return loud and record.error is not None
        return record.level is None and _begins_trace(record.text)
    fact, status = platform.fact, platform.status or ""
    if fact in _ENDS:
        return True
    if fact in _STATING:
        return status in BAD_STATUSES or platform.error_type is not None
    if fact is Fact.EXTENSION:
        return is_failing(status) or platform.error_type is not None
    if fact is Fact.EXECUTION:
        return status in _BAD_RUNS
    if fact is Fact.DESTINATION:
        return status == "failure"
    if fact is Fact.GATEWAY:
        # A line of the execution log that says so; a status of an access log says too little.
        return platform.name == "execution" and record.level == Level.ERROR
    return False


def _begins_trace(text: str) -> bool:
    """Tell whether a line may be the second one of what old runtimes of Java report."""
    header = TRACE_HEADER.match(text)
    return header is not None and "." in header["type"]


def _holds(record: Record, signs: tuple[str, ...]) -> bool:
    """Tell whether the message holds a sign: what a search cannot find, nobody may rest on."""
    message = record.event.message
    return any(sign in message for sign in signs)
