"""Azure Functions: host lines, diagnostic settings, Log Analytics rows."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slsloggrep.model import Event, Fact, Identifier, IdKind, Level, Record
from slsloggrep.parse import Parser

ID = "d878e365-b3d6-4796-9292-7500acd0c677"


def parse(message: str | dict[str, Any]) -> Record:
    text = message if isinstance(message, str) else json.dumps(message)
    return Parser().parse(Event(0, text, "", "", ""))


@pytest.mark.parametrize(
    "line",
    [
        (
            "Executing 'Functions.hello' (Reason='This function was "
            "programmatically called via the "
            f"host APIs.', Id={ID})"
        ),
        (
            "Executing Functions.hello (Reason=This function was "
            "programmatically called via the host "
            f"APIs., Id={ID})"
        ),
        f"[2020-11-01T23:57:43.099] Executing 'Functions.hello' (Reason='(null)', Id={ID})",
        f"2020-04-06T09:56:12.450 [Information] Executing 'Functions.hello' (Reason='x', Id={ID})",
    ],
)
def test_executing_is_the_start(line: str) -> None:
    """With or without quotes, behind a console's time: the invocation begins."""
    record = parse(line)
    assert record.platform is not None
    assert (record.fact, record.request_id, record.function) == (Fact.START, ID, "hello")
    assert record.level is Level.INFO


@pytest.mark.parametrize(
    ("outcome", "status", "level"),
    [("Succeeded", "success", Level.INFO), ("Failed", "failure", Level.ERROR)],
)
def test_executed_is_the_report(outcome: str, status: str, level: Level) -> None:
    """The end states outcome and duration, in Lambda's words."""
    record = parse(f"Executed 'Functions.hello' ({outcome}, Id={ID}, Duration=151ms)")
    assert record.platform is not None
    assert (record.fact, record.platform.status, record.platform.duration_ms, record.level) == (
        Fact.REPORT, status, 151, level,
    )  # fmt: skip
    assert record.identifiers == (Identifier(IdKind.REQUEST_ID, ID),)


def test_an_exception_holds_the_workers_own() -> None:
    """The language worker's exception and stack are inside the host's."""
    record = parse(
        "Exception while executing function: Functions.hello ---> Microsoft.Azure.WebJobs.Script."
        "Workers.Rpc.RpcException: Result: Failure\nException: ValueError: no\nStack:   File "
        '"/a.py", line 3, in f\n    raise'
    )
    assert record.fact is Fact.UNHANDLED
    assert record.error is not None
    assert (record.error.type, record.error.message) == ("ValueError", "no")
    assert record.error.stack == ('File "/a.py", line 3, in f', "    raise")
    assert record.function == "hello"


@pytest.mark.parametrize(
    ("line", "request_id", "limit"),
    [
        ((f"Timeout value of 00:05:00 exceeded by function 'Functions.x' (Id: '{ID}'). Initiating "
         "cancellation."), ID, 300),
        (("A function timeout has occurred. Restarting worker process executing invocationId "
         f"'{ID}'."), ID, None),
        ("A function timeout has occurred. Host is shutting down.", None, None),
    ],
)  # fmt: skip
def test_timeouts(line: str, request_id: str | None, limit: float | None) -> None:
    """The host says in three ways that a function took too long."""
    record = parse(line)
    assert record.platform is not None
    assert (record.fact, record.request_id, record.platform.timeout_s) == (
        Fact.TIMEOUT, request_id, limit,
    )  # fmt: skip


PROPERTIES = {
    "appName": "test-function", "message": f"Executed Functions.hello (Failed, Id={ID}, "
    "Duration=16ms)", "category": "Function.hello", "functionInvocationId": ID,
    "functionName": "Functions.hello", "level": "Error", "levelId": 4, "eventName":
    "FunctionCompleted", "exceptionType": "System.Exception", "exceptionMessage": "no",
    "exceptionDetails": "System.Exception: no\n at X",
}  # fmt: skip


@pytest.mark.parametrize("as_text", [False, True])
def test_a_diagnostic_settings_record(as_text: bool) -> None:
    """The properties are an object or, in older exports, a text; the inner level counts."""
    record = parse({
        "time": "2023-05-23T20:11:59Z", "resourceId": "/X", "category": "FunctionAppLogs",
        "operationName": "Microsoft.Web/sites/functions/log", "level": "Informational",
        "properties": json.dumps(PROPERTIES) if as_text else PROPERTIES,
    })  # fmt: skip
    assert (record.fact, record.request_id, record.function, record.level) == (
        Fact.REPORT, ID, "hello", Level.ERROR,
    )  # fmt: skip
    assert record.error is not None
    assert (record.error.type, record.error.message) == ("System.Exception", "no")


def test_a_row_of_log_analytics() -> None:
    """A row's columns are upper case; its operation is a W3C trace."""
    operation = "5759e988bd862e3fe1be46a994272793"
    record = parse({
        "TimeGenerated": "2023-05-23T20:11:59.1234567Z", "Message": "hi", "LevelId": 3,
        "FunctionName": "hello", "FunctionInvocationId": ID, "OperationId": operation,
        "TenantId": "0a9df60d-e2de-447d-ba3e-45f149eae6c9",
    })  # fmt: skip
    assert (record.request_id, record.function, record.level, record.text) == (
        ID, "hello", Level.WARN, "hi",
    )  # fmt: skip
    assert record.identifiers == (
        Identifier(IdKind.REQUEST_ID, ID), Identifier(IdKind.W3C_TRACE_ID, operation),
    )  # fmt: skip
