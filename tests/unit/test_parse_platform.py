"""Lambda's own lines, in text and in JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slsloggrep.model import Event, Fact, Identifier, IdKind, Level, Record
from slsloggrep.parse import Parser

ID = "06e46194-f277-454e-88d3-1dd7e3860eaa"


def parse(message: str) -> Record:
    return Parser().parse(Event(0, message, "/aws/lambda/f", "2023/02/20/[$LATEST]4eaf", ""))


def figures(record: Record, *names: str) -> tuple[Any, ...]:
    assert record.platform is not None
    return tuple(getattr(record.platform, name) for name in names)


def test_start_and_end_name_the_request() -> None:
    """START gives request and version, END the request."""
    start = parse(f"START RequestId: {ID} Version: $LATEST\n")
    assert figures(start, "fact", "request_id", "version") == (Fact.START, ID, "$LATEST")
    assert start.request_id == ID
    assert start.identifiers == (Identifier(IdKind.REQUEST_ID, ID),)
    assert start.text == f"START RequestId: {ID} Version: $LATEST"
    end = parse(f"END RequestId: {ID}\n")
    assert figures(end, "fact", "request_id", "version") == (Fact.END, ID, None)
    assert figures(parse(f"START RequestId: {ID} Version: 56\n"), "version") == ("56",)


NAMES = ("duration_ms", "billed_ms", "memory_mb", "max_memory_mb", "init_ms", "restore_ms",
         "status", "error_type")  # fmt: skip

REPORTS = [
    (
        (
            f"REPORT RequestId: {ID}\tDuration: 3.01 ms\tBilled Duration: 4 "
            "ms\tMemory Size: 128 MB\t"
            "Max Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n"
        ),
        (3.01, 4, 128, 36, 110.10, None, None, None),
    ),
    (
        (
            f"REPORT RequestId: {ID}\tDuration: 26.73 ms\tBilled Duration: 27 "
            "ms \tMemory Size: 128 MB"
            "\tMax Memory Used: 75 MB\t\n"
        ),
        (26.73, 27, 128, 75, None, None, None, None),
    ),
    (
        (
            f"REPORT RequestId: {ID}  Init Duration: 3.71 ms  Duration: 39.46 ms      "
            "Billed Duration: 40 ms  Memory Size: 3008 MB    Max Memory Used: 3008 MB"
        ),
        (39.46, 40, 3008, 3008, 3.71, None, None, None),
    ),
    (
        (
            f"REPORT RequestId: {ID} Init Duration: 48.26 ms   Duration: 237.17 ms   "
            "Billed Duration: 300 ms   Memory Size: 128 MB   Max Memory Used: 26 MB"
        ),
        (237.17, 300, 128, 26, 48.26, None, None, None),
    ),
    (
        (
            f"REPORT RequestId: {ID}\tDuration: 306.34 ms\tBilled Duration: 610 ms\tMemory Size: "
            "3009 MB\tMax Memory Used: 155 MB\tBilled Restore Duration: 303 ms\tRestore Duration: "
            "511.25 ms\t\n"
        ),
        (306.34, 610, 3009, 155, None, 511.25, None, None),
    ),
    (
        (
            f"REPORT RequestId: {ID}\tDuration: 10935.70 ms\tBilled Duration: "
            "10936 ms\tMemory Size: "
            "1024 MB\tMax Memory Used: 1024 MB\tStatus: error\tError Type: Runtime.OutOfMemory\n"
            "XRAY TraceId: 1-6ac7d556-032906e375c910cf42cb849e\tSegmentId: 90cbc97f4ee64a7f\t"
            "Sampled: true"
        ),
        (10935.70, 10936, 1024, 1024, None, None, "error", "Runtime.OutOfMemory"),
    ),
    (
        (
            f"REPORT RequestId: {ID}\tDuration: 600000.00 ms\tBilled Duration: "
            "600517 ms\tMemory Size:"
            " 1024 MB\tMax Memory Used: 1024 MB\tInit Duration: 516.31 ms\tStatus: timeout\n"
            "XRAY TraceId: 1-6ac7d74a-019546e11f8bb3cd382c293c\tSegmentId: f8f17b1699891cfe\t"
        ),
        (600000, 600517, 1024, 1024, 516.31, None, "timeout", None),
    ),
    (
        (
            f"REPORT RequestId: {ID} Duration: 133.61 ms Billed Duration: 214 "
            "ms Memory Size: 128 MB "
            "Max Memory Used: 31 MB Init Duration: 80.00 ms Status: error Error Type: "
            "Runtime.ExitError"
        ),
        (133.61, 214, 128, 31, 80, None, "error", "Runtime.ExitError"),
    ),
    (
        (
            f"REPORT RequestId: {ID} Duration: 3016.78 ms Billed Duration: 3101 "
            "ms Memory Size: 128 MB"
            " Max Memory Used: 31 MB Init Duration: 84.00 ms Status: timeout"
        ),
        (3016.78, 3101, 128, 31, 84, None, "timeout", None),
    ),
    (
        (
            f"REPORT RequestId: {ID}\\tDuration: 1.76 ms\\tBilled Duration: 100 ms\\tMemory Size: "
            "128 MB\\tMax Memory Used: 48 MB\\tInit Duration: 120.96 ms\\t\\n"
        ),
        (1.76, 100, 128, 48, 120.96, None, None, None),
    ),
]


@pytest.mark.parametrize(("line", "expected"), REPORTS)
def test_report_is_read_by_whole_keys(line: str, expected: tuple[Any, ...]) -> None:
    """Every variant of REPORT gives its figures; `Duration` is no suffix of another key."""
    record = parse(line)
    assert figures(record, *NAMES) == expected
    assert record.request_id == ID
    assert record.fact is Fact.REPORT


@pytest.mark.parametrize("separator", ["\n", "\t", " "])
def test_the_trace_of_a_report_stands_on_its_line_or_the_next(separator: str) -> None:
    """XRAY TraceId is found on the second line, after a tab and after a space."""
    line = f"REPORT RequestId: {ID}\tDuration: 9.14 ms\tMax Memory Used: 36 MB{separator}"
    record = parse(line + "XRAY TraceId: 1-636D1462-33ef10600061cad86dab71c8\tSegmentId: 7ccb")
    trace = Identifier(IdKind.XRAY_TRACE_ID, "1-636d1462-33ef10600061cad86dab71c8")
    assert record.identifiers == (Identifier(IdKind.REQUEST_ID, ID), trace)
    assert figures(record, "duration_ms", "max_memory_mb") == (9.14, 36)


def test_the_level_of_a_report_follows_its_status() -> None:
    """A failed REPORT is an error for whoever filters by level, a good one is information."""
    assert parse(REPORTS[0][0]).level is Level.INFO
    assert parse(REPORTS[5][0]).level is Level.ERROR
    assert parse(REPORTS[6][0]).level is Level.ERROR


@pytest.mark.parametrize(
    ("line", "fact", "duration", "phase", "status", "error_type"),
    [
        (("INIT_START Runtime Version: python:3.10.v11\tRuntime Version ARN: arn:aws:lambda:us-eas"
         "t-1::runtime:ab\n"), Fact.INIT_START, None, None, None, None),
        (("INIT_REPORT Init Duration: 150.79 ms\tPhase: init\tStatus: error\tError Type: "
         "Runtime.UserCodeSyntaxError\n"), Fact.INIT_REPORT, 150.79, "init", "error",
         "Runtime.UserCodeSyntaxError"),
        (("INIT_REPORT Init Duration: 1666.62 ms\tPhase: invoke\tStatus: error\tError Type: "
         "Runtime.ExitError"), Fact.INIT_REPORT, 1666.62, "invoke", "error", "Runtime.ExitError"),
        ("INIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: timeout",
         Fact.INIT_REPORT, 9999.79, "init", "timeout", None),
        (("INIT_REPORT Init Duration: 1236.04 ms Phase: init Status: error Error Type: "
         "Extension.Crash"), Fact.INIT_REPORT, 1236.04, "init", "error", "Extension.Crash"),
        ("RESTORE_START Runtime Version: java:11.v21\tRuntime Version ARN: arn:aws:lambda:x",
         Fact.RESTORE_START, None, None, None, None),
        ("RESTORE_REPORT Restore Duration: 511.25 ms", Fact.RESTORE_REPORT, 511.25, None, None,
         None),
        (("RESTORE_REPORT Restore Duration: 1236.04 ms Status: error Error Type: "
         "Runtime.ExitError"), Fact.RESTORE_REPORT, 1236.04, None, "error", "Runtime.ExitError"),
    ],
)  # fmt: skip
def test_init_and_restore_lines(
    line: str,
    fact: Fact,
    duration: float | None,
    phase: str | None,
    status: str | None,
    error_type: str | None,
) -> None:
    """INIT and RESTORE lines give their figures, and no request."""
    record = parse(line)
    names = ("fact", "duration_ms", "phase", "status", "error_type")
    assert figures(record, *names) == (fact, duration, phase, status, error_type)
    assert record.request_id is None
    init, restore = figures(record, "init_ms", "restore_ms")
    assert (restore if fact is Fact.RESTORE_REPORT else init) == duration


@pytest.mark.parametrize(
    ("line", "fact", "name", "level"),
    [
        ("EXTENSION\tName: datadog-agent\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n",
         Fact.EXTENSION, "datadog-agent", Level.INFO),
        ("EXTENSION Name: web-adapter State: LaunchError Events: []", Fact.EXTENSION,
         "web-adapter", Level.ERROR),
        ("TELEMETRY\tName: datadog-agent\tState: Subscribed\tTypes: [Platform, Function]\n",
         Fact.SUBSCRIPTION, "datadog-agent", Level.INFO),
        ("LOGS\tName: cloudwatch_lambda_agent\tState: Subscribed\tTypes: [Platform]\n",
         Fact.SUBSCRIPTION, "cloudwatch_lambda_agent", Level.INFO),
        ("IMAGE\tLaunch error: no such file\tEntrypoint: /x\tCmd: []\tWorkingDir: []",
         Fact.IMAGE, None, Level.ERROR),
    ],
)  # fmt: skip
def test_lines_of_the_environment(line: str, fact: Fact, name: str | None, level: Level) -> None:
    """Extensions, subscriptions and images are facts of the environment, with a name."""
    record = parse(line)
    assert (record.fact, *figures(record, "name"), record.level) == (fact, name, level)


@pytest.mark.parametrize(
    ("line", "status", "error_type", "message"),
    [
        (f"RequestId: {ID} Error: Runtime exited without providing a reason\nRuntime.ExitError\n",
         "error", "Runtime.ExitError", "Runtime exited without providing a reason"),
        (f"RequestId: {ID} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n",
         "killed", "Runtime.ExitError", "Runtime exited with error: signal: killed"),
        (f"RequestId: {ID} Process exited before completing request\n\n",
         "error", None, "Process exited before completing request"),
        ((f'{{"time":"2020-08-20T12:31:32.123Z","type":"platform.fault","record":"RequestId: {ID} '
         'Process exited before completing request"}'),
         "error", None, "Process exited before completing request"),
        ((f'{{"time":"2020-08-20T12:31:32.123Z","type":"platform.fault","record":"RequestId: {ID}'
         '\\tError: Runtime exited with error: exit status 255\\nRuntime.ExitError"}'),
         "error", "Runtime.ExitError", "Runtime exited with error: exit status 255"),
        ((f'{{"time":"2020-08-20T12:31:32.123Z","type":"platform.fault","record":"RequestId: {ID} '
         'Status: error\\tErrorType: Runtime.ExitError"}'),
         "error", "Runtime.ExitError", None),
    ],
)  # fmt: skip
def test_faults_in_text_and_in_json(
    line: str, status: str, error_type: str | None, message: str | None
) -> None:
    """The old fault lines and platform.fault, whose record is a text, say the same."""
    record = parse(line)
    names = ("fact", "request_id", "status", "error_type")
    assert figures(record, *names) == (Fact.FAULT, ID, status, error_type)
    assert record.error is not None
    assert (record.error.type, record.error.message) == (error_type, message)
    assert record.error.unhandled
    assert record.level is Level.ERROR


@pytest.mark.parametrize("end", ["\n\n", "\\n\\n", ""])
def test_an_old_timeout_line_names_its_limit(end: str) -> None:
    """`<time> <id> Task timed out after N seconds` is a fact with the limit."""
    record = parse(f"2024-03-04T17:22:38.033Z {ID} Task timed out after 3.00 seconds{end}")
    names = ("fact", "request_id", "timeout_s", "status")
    assert figures(record, *names) == (Fact.TIMEOUT, ID, 3, "timeout")
    assert record.text == "Task timed out after 3.00 seconds"
    assert record.request_id == ID


@pytest.mark.parametrize("separator", ["\n", " "])
def test_an_unknown_application_error_is_a_notice(separator: str) -> None:
    """`Unknown application error occurred` is the platform's text, with its type."""
    record = parse(f"Unknown application error occurred{separator}Runtime.Unknown")
    assert figures(record, "fact", "error_type") == (Fact.RUNTIME_NOTICE, "Runtime.Unknown")


@pytest.mark.parametrize(
    "text",
    [
        "STARTING the engine",
        "REPORT on sales: Duration: 3 days",
        "END of file",
        "Unknown host",
        "IMAGE resized",
        "LOGS were read",
        "RequestId: 12",
        "Task timed out after 3.00 seconds, says a colleague",
    ],
)
def test_lookalikes_are_no_platform_lines(text: str) -> None:
    """An application's text that begins with a platform word stays an application's text."""
    record = parse(text)
    assert record.platform is None
    assert record.text == text


PLATFORM_START = (
    '{"time":"2025-05-05T04:01:29.886Z","type":"platform.start","record":{"requestId":"' + ID +
    '","functionArn":"arn:aws:lambda:ap-south-1:112121212121:function:sam-app:7","version":"7",'
    '"tracing":{"spanId":"4a16401155d9ea8d","type":"X-Amzn-Trace-Id","value":"Root=1-68183818-'
    '4eab0e4002398a2f375bd11a;Parent=03c383535c3c289b;Sampled=1"}}}'
)  # fmt: skip


def test_platform_start_names_function_and_trace() -> None:
    """platform.start states request, version, function and trace."""
    record = parse(PLATFORM_START)
    names = ("fact", "request_id", "version", "function_arn")
    assert figures(record, *names) == (
        Fact.START, ID, "7", "arn:aws:lambda:ap-south-1:112121212121:function:sam-app:7",
    )  # fmt: skip
    assert record.function == "sam-app"
    assert record.identifiers == (
        Identifier(IdKind.REQUEST_ID, ID),
        Identifier(IdKind.XRAY_TRACE_ID, "1-68183818-4eab0e4002398a2f375bd11a"),
    )
    assert record.fields["type"] == "platform.start"


def test_platform_report_gives_its_metrics_whatever_their_order() -> None:
    """platform.report has its status last and its figures under metrics."""
    record = parse(
        '{"time":"2025-05-05T04:01:29.912Z","type":"platform.report","record":{"requestId":"' + ID +
        '","metrics":{"durationMs":26.843,"billedDurationMs":27,"memorySizeMB":128,'
        '"maxMemoryUsedMB":77,"initDurationMs":772.443},"status":"success"}}'
    )  # fmt: skip
    assert figures(record, *NAMES) == (26.843, 27, 128, 77, 772.443, None, "success", None)
    assert record.level is Level.INFO
    assert "durationMs=26.843" in record.text


def test_a_report_of_managed_instances_has_a_duration_only() -> None:
    """What a report does not state is None, and no zero."""
    record = parse(
        '{"time":"2025-09-19T19:36:50.881Z","type":"platform.report","record":{"requestId":"' + ID +
        '","status":"success","metrics":{"durationMs":1.148},"spans":[]}}'
    )  # fmt: skip
    assert figures(record, *NAMES) == (1.148, None, None, None, None, None, "success", None)


@pytest.mark.parametrize(
    ("kind", "record", "fact", "level"),
    [
        ("initStart", {"initializationType": "on-demand", "phase": "init"}, Fact.INIT_START, 20),
        ("initRuntimeDone", {"status": "success"}, Fact.INIT_RUNTIME_DONE, 10),
        (
            "initReport",
            {"status": "timeout", "metrics": {"durationMs": 10.5}},
            Fact.INIT_REPORT,
            40,
        ),
        ("runtimeDone", {"status": "failure"}, Fact.RUNTIME_DONE, 40),
        ("runtimeDone", {"status": "success"}, Fact.RUNTIME_DONE, 10),
        ("report", {"status": "error", "errorType": "Runtime.ExitError"}, Fact.REPORT, 40),
        ("restoreStart", {}, Fact.RESTORE_START, 20),
        ("restoreRuntimeDone", {"status": "success"}, Fact.RESTORE_RUNTIME_DONE, 10),
        ("restoreReport", {"metrics": {"durationMs": 5}}, Fact.RESTORE_REPORT, 20),
        ("extension", {"name": "x", "state": "Ready", "events": []}, Fact.EXTENSION, 20),
        ("telemetrySubscription", {"name": "x", "types": []}, Fact.SUBSCRIPTION, 20),
        ("logsSubscription", {"name": "x", "types": []}, Fact.SUBSCRIPTION, 20),
        ("logsDropped", {"reason": "slow", "droppedRecords": 1}, Fact.LOGS_DROPPED, 30),
        ("end", {"requestId": ID}, Fact.END, 20),
        ("invokeSummary", {"anything": 1}, Fact.WEB, 20),
        ("fromTheFuture", {"anything": 1}, Fact.RUNTIME_NOTICE, 20),
    ],
)
def test_every_platform_event_has_its_fact_and_level(
    kind: str, record: dict[str, Any], fact: Fact, level: int
) -> None:
    """Platform events carry no level; it follows from the status."""
    parsed = parse(json.dumps({"time": "t", "type": f"platform.{kind}", "record": record}))
    assert (parsed.fact, parsed.level) == (fact, level)


def test_produced_bytes_and_initialization() -> None:
    """A runtimeDone tells the response's size, initStart how the environment began."""
    done = parse(
        '{"time":"t","type":"platform.runtimeDone","record":{"requestId":"' + ID +
        '","status":"success","metrics":{"durationMs":2347.027,"producedBytes":176}}}'
    )  # fmt: skip
    assert figures(done, "produced_bytes", "duration_ms") == (176, 2347.027)
    begun = parse(
        '{"time":"t","type":"platform.initStart","record":{"initializationType":"snap-start",'
        '"phase":"init","functionName":"pay","functionVersion":"3"}}'
    )
    assert figures(begun, "initialization", "phase", "version") == ("snap-start", "init", "3")
    assert begun.function == "pay"


def test_a_warning_without_more_is_a_notice() -> None:
    """LAMBDA_WARNING alone is the platform's noise, and no message of the user."""
    record = parse("LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue")
    assert (record.fact, record.level) == (Fact.RUNTIME_NOTICE, Level.WARN)


def test_a_warning_introduces_the_runtimes_report() -> None:
    """What follows LAMBDA_WARNING after a carriage return is read as the record."""
    warning = "LAMBDA_WARNING: Unhandled exception. See https://docs.aws.amazon.com/x.html\r"
    json_mode = parse(
        warning + '{"timestamp":"t","log_level":"ERROR","errorMessage":"no \'x\'","errorType":'
        '"KeyError","requestId":"","stackTrace":["  File \\"a.py\\""]}'
    )
    assert json_mode.fact is Fact.UNHANDLED
    assert json_mode.request_id is None
    assert json_mode.error is not None
    assert (json_mode.error.type, json_mode.error.message) == ("KeyError", "no 'x'")
    text_mode = parse(
        warning + "[ERROR] Runtime.ImportModuleError: Unable to import module 'm': No module\r"
        "Traceback (most recent call last):"
    )
    assert figures(text_mode, "fact", "error_type") == (
        Fact.UNHANDLED, "Runtime.ImportModuleError",
    )  # fmt: skip


def test_an_image_s_launch_error_may_hold_colons() -> None:
    """The operating system's words end where the next key begins."""
    record = parse(
        "IMAGE\tLaunch error: fork/exec /app: exec format error\tEntrypoint: [/app]\tCmd: []"
    )
    assert record.error is not None
    assert record.error.message == "fork/exec /app: exec format error"
