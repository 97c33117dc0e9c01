"""Azure Functions: the host's lines, and the records of diagnostic settings and Log Analytics.

The host's `Executing 'F' (Reason=…, Id=…)` is what START is for Lambda, `Executed 'F' (Succeeded,
Id=…, Duration=…)` what REPORT is; their outcome is given in Lambda's words, `success` and
`failure`, so that nobody after the parser needs to know the cloud. The invocation ID takes the
place of the request ID. Azure WebJobs SDK and Azure Functions host sources; Azure Monitor
reference, FunctionAppLogs.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from slsloggrep.model import ErrorInfo, Fact, Level, Platform
from slsloggrep.parse.documents import read_document
from slsloggrep.parse.draft import Draft
from slsloggrep.parse.exceptions import error_of_fields
from slsloggrep.parse.failures import LINES, fail_unhandled
from slsloggrep.parse.figures import plausible
from slsloggrep.parse.identifiers import request_id_of, reveal_shapes
from slsloggrep.parse.levels import level_of_fields
from slsloggrep.parse.traces import trace_of

_ID = r"[0-9a-zA-Z-]{8,64}"

# The reason is a sentence with commas and a full stop: only `, Id=` ends it.
_EXECUTING = re.compile(
    rf"Executing '?(?P<name>[\w. -]+?)'? \((?:Reason='?.*?'?, )?Id=(?P<id>{_ID})\)", re.DOTALL
)
_EXECUTED = re.compile(
    rf"Executed '?(?P<name>[\w. -]+?)'? \((?P<outcome>Succeeded|Failed), Id=(?P<id>{_ID})"
    r"(?:, Duration=(?P<duration>\d+(?:\.\d+)?)ms)?\)"
)
_TIMEOUT = re.compile(
    r"Timeout value of (?P<limit>[\d:.]+) (?:was )?exceeded by function:? '?(?P<name>[\w. -]+?)'?"
    rf" \(Id: '?(?P<id>{_ID})'?\)"
)
_RESTART = re.compile(
    rf"A function timeout has occurred\.(?:.*invocationId '(?P<id>{_ID})')?", re.DOTALL
)
_EXCEPTION = re.compile(
    r"Exception while executing function: (?P<name>[\w.-]+)(?P<rest>.*)", re.DOTALL
)
_RESULT = re.compile(r"(?:^|[\r\n ])Exception: (?P<message>[^\r\n]*)")
_STACK = re.compile(r"(?:^|[\r\n ])Stack:\s*(?P<stack>.*)", re.DOTALL)
_TYPE = re.compile(r"(?P<type>[A-Za-z_][\w.]*): (?P<message>.*)")

_CONSOLE = re.compile(
    r"(?:\[\d{4}-\d\d-\d\dT[\d:.]+Z?\] |\d{4}-\d\d-\d\dT[\d:.]+Z? \[(?P<word>[A-Za-z]+)\] )"
)

_HOST_WORDS = ("Execut", "Exception while", "Timeout value", "A function timeout")


def strip_console(line: str) -> tuple[str, str]:
    """Return the line without the console's time, and the level word that stood there, if any."""
    found = _CONSOLE.match(line)
    return (line[found.end() :], found["word"] or "") if found else (line, "")


def read_host_line(draft: Draft, text: str) -> bool:
    """Fill the draft from a line of the Functions host; False where the text is none."""
    if not text.startswith(_HOST_WORDS):
        return False
    found = _EXECUTING.match(text)
    if found:
        _begin(draft, found, Platform(fact=Fact.START, request_id=found["id"]))
        return True
    found = _EXECUTED.match(text)
    if found:
        failed = found["outcome"] == "Failed"
        duration = found["duration"]
        _begin(
            draft,
            found,
            Platform(
                fact=Fact.REPORT,
                request_id=found["id"],
                status="failure" if failed else "success",
                duration_ms=plausible(float(duration)) if duration else None,
            ),
        )
        if failed:
            draft.level = Level.ERROR
        return True
    return _read_timeout(draft, text) or _read_exception(draft, text)


def read_azure_document(draft: Draft, document: dict[str, Any]) -> bool:
    """Fill the draft from a diagnostic setting's record or a row of a Log Analytics table."""
    properties = document.get("properties")
    if isinstance(properties, str):
        # Older exports write the properties as a text.
        properties = read_document(properties)
    if "category" in document and "operationName" in document and isinstance(properties, dict):
        inner = {key[:1].lower() + key[1:]: value for key, value in properties.items()}
    elif "FunctionInvocationId" in document or (
        "TimeGenerated" in document and ("Message" in document or "OperationId" in document)
    ):
        inner = {key[:1].lower() + key[1:]: value for key, value in document.items()}
    else:
        return False
    draft.fields = document
    request_id = request_id_of(inner.get("functionInvocationId") or inner.get("invocationId"))
    if request_id:
        draft.claim(request_id)
    operation = inner.get("operationId") or document.get("operationId")
    trace = trace_of(operation) if isinstance(operation, str) else None
    if trace:
        draft.reveal(*trace)
    draft.level = level_of_fields(inner) or level_of_fields(document)
    message = inner.get("message")
    draft.text = message.rstrip() if isinstance(message, str) else ""
    function = inner.get("functionName") or inner.get("appRoleName") or inner.get("appName")
    if isinstance(function, str) and function:
        draft.function = function.removeprefix("Functions.")
    stated = draft.level
    read_host_line(draft, draft.text)
    if stated is not None and (draft.level is None or stated > draft.level):
        draft.level = stated
    _read_error(draft, inner)
    return True


def _read_error(draft: Draft, inner: Mapping[str, Any]) -> None:
    error = error_of_fields(
        {key: inner.get(key) for key in ("exceptionType", "exceptionMessage", "exceptionDetails")}
    )
    if error and (draft.error is None or draft.error.type is None):
        draft.error = ErrorInfo(
            type=error.type,
            message=error.message,
            stack=error.stack or (draft.error.stack if draft.error else ()),
            unhandled=True,
        )
        if draft.level is None:
            draft.level = Level.ERROR
        if draft.platform is None:
            draft.platform = Platform(
                fact=Fact.UNHANDLED, request_id=draft.request_id, error_type=error.type
            )


def _begin(draft: Draft, found: re.Match[str], platform: Platform) -> None:
    draft.claim(found["id"])
    draft.platform = platform
    draft.function = found["name"].removeprefix("Functions.")
    draft.level = draft.level or Level.INFO
    draft.text = found.string.rstrip()


def _read_timeout(draft: Draft, text: str) -> bool:
    found = _TIMEOUT.match(text)
    restart = None if found else _RESTART.match(text)
    if not found and not restart:
        return False
    request_id = found["id"] if found else restart["id"] if restart else None
    if request_id:
        draft.claim(request_id)
    if found:
        draft.function = found["name"].removeprefix("Functions.")
    draft.text = text.rstrip()
    draft.level = Level.ERROR
    draft.platform = Platform(
        fact=Fact.TIMEOUT,
        request_id=request_id,
        status="timeout",
        timeout_s=_seconds(found["limit"]) if found else None,
    )
    draft.error = ErrorInfo(type=None, message=LINES.split(draft.text)[0], unhandled=True)
    return True


def _read_exception(draft: Draft, text: str) -> bool:
    """Read the host's exception, which wraps the language worker's own with its stack."""
    found = _EXCEPTION.match(text)
    if not found:
        return False
    draft.function = found["name"].removeprefix("Functions.")
    rest = found["rest"]
    result, stack = _RESULT.search(rest), _STACK.search(rest)
    cause = result["message"] if result else rest.rpartition("---> ")[2].strip()
    cause = LINES.split(cause)[0]
    named = _TYPE.match(cause)
    error = ErrorInfo(
        type=named["type"] if named else None,
        message=(named["message"] if named else cause) or None,
        stack=tuple(line for line in LINES.split(stack["stack"]) if line.strip()) if stack else (),
        unhandled=True,
    )
    fail_unhandled(draft, error)
    draft.text = text.rstrip()
    reveal_shapes(draft, text)
    return True


def _seconds(limit: str) -> float | None:
    """Return a .NET time span, `hh:mm:ss` with or without fraction, in seconds."""
    parts = limit.split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    return hours * 3600 + minutes * 60 + seconds
