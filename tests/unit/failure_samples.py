r"""What failures look like in logs, byte by byte, and what healthy logs look like.

Quoted from the reference of log formats, whose numbers of sections the names begin with; where it
gives a shape only, the shape is filled in. Tabs, line ends and no-break spaces are the real ones.
"""

from __future__ import annotations

import json
from typing import Any

ID = "8bbbfb91-a3ff-4502-b1b7-cb8f6658de64"
NODE = f"2019-06-05T22:11:27.082Z\t{ID}\tERROR\t"
TRACEBACK = "Traceback (most recent call last):"
WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. For "
    "functions using managed runtimes, runtime updates can be triggered by a function change, or "
    "can be applied automatically. To determine if the runtime has been updated, check the runtime "
    "version in the INIT_START log entry. If this error correlates with a change in the runtime "
    "version, you may be able to mitigate this error by temporarily rolling back to the previous "
    "runtime version. For more information, see "
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html"
)


def platform(kind: str, record: Any) -> str:
    """Return a platform event as Lambda writes it: without blanks."""
    return _json({"time": "2024-06-17T17:48:06.348Z", "type": f"platform.{kind}", "record": record})


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def execution(kind: str, details: Any, number: str = "7") -> str:
    """Return an event of an execution as Step Functions logs it."""
    return _json(
        {
            "id": number,
            "type": kind,
            "details": details,
            "previous_event_id": "6",
            "event_timestamp": "1668095539607",
            "execution_arn": "arn:aws:states:us-east-1:123456789012:execution:orders:run-1",
            "redrive_count": "0",
        }
    )


def destination(condition: str, **response: Any) -> str:
    """Return the record of an asynchronous destination."""
    return _json(
        {
            "version": "1.0",
            "timestamp": "2019-11-24T21:52:47.333Z",
            "requestContext": {
                "requestId": ID,
                "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:pay:$LATEST",
                "condition": condition,
                "approximateInvokeCount": 3,
            },
            "requestPayload": {"order": 1},
            **response,
        }
    )


def _azure(message: str, **more: Any) -> str:
    return _json(
        {
            "time": "2023-05-23T20:11:59Z",
            "resourceId": "/SUBSCRIPTIONS/X/SITES/TEST-FUNCTION",
            "category": "FunctionAppLogs",
            "operationName": "Microsoft.Web/sites/functions/log",
            "level": "Informational",
            "location": "East US",
            "properties": {
                "appName": "test-function",
                "message": message,
                "category": "Function.hello",
                "functionInvocationId": ID,
                "functionName": "Functions.hello",
                "level": "Information",
                "levelId": 2,
                **more,
            },
        }
    )


FAILING: dict[str, str] = {
    "1.3 E out of memory": (
        "REPORT RequestId: 276ff3b9-1609-4ee7-a288-db3752630767\tDuration: 10935.70 ms\tBilled "
        "Duration: 10936 ms\tMemory Size: 1024 MB\tMax Memory Used: 1024 MB\tStatus: error\tError "
        "Type: Runtime.OutOfMemory\nXRAY TraceId: 1-6ac7d556-032906e375c910cf42cb849e\tSegmentId: "
        "90cbc97f4ee64a7f\tSampled: true"
    ),
    "1.3 F timeout": (
        "REPORT RequestId: c4c2a78d-5976-4177-91ae-64e7418b9769\tDuration: 600000.00 ms\tBilled "
        "Duration: 600517 ms\tMemory Size: 1024 MB\tMax Memory Used: 1024 MB\tInit Duration: 516.31"
        " ms\tStatus: timeout\nXRAY TraceId: 1-6ac7d74a-019546e11f8bb3cd382c293c\tSegmentId: "
        "f8f17b1699891cfe\tSampled: true"
    ),
    "1.3 G out of memory after an init": (
        "REPORT RequestId: 3b9e07c5-5fa2-47ad-af06-e44d2b64ec8f\tDuration: 344356.22 ms\tBilled "
        "Duration: 344756 ms\tMemory Size: 1024 MB\tMax Memory Used: 1024 MB\tInit Duration: 399.33"
        " ms\tStatus: error\tError Type: Runtime.OutOfMemory\nXRAY TraceId: 1-6ac7d856-"
        "23c5b0d2790c4b5677597fc1\tSegmentId: 382f97d370ef6f64\t"
    ),
    "1.3 failure that names no error": (
        f"REPORT RequestId: {ID}\tDuration: 20.00 ms\tBilled Duration: 21 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 50 MB\tStatus: failure\n"
    ),
    "1.3 H exit, pasted": (
        "REPORT RequestId: 5b866fb1-7154-4af6-8078-6ef6ca4c2ddd Duration: 133.61 ms Billed "
        "Duration: 214 ms Memory Size: 128 MB Max Memory Used: 31 MB Init Duration: 80.00 ms "
        "Status: error Error Type: Runtime.ExitError"
    ),
    "1.3 I timeout, pasted": (
        "REPORT RequestId: 527cb862-4f5e-49a9-9ae4-a7edc90f0fda Duration: 3016.78 ms Billed "
        "Duration: 3101 ms Memory Size: 128 MB Max Memory Used: 31 MB Init Duration: 84.00 ms "
        "Status: timeout"
    ),
    "1.4 syntax error": (
        "INIT_REPORT Init Duration: 150.79 ms\tPhase: init\tStatus: error\tError Type: "
        "Runtime.UserCodeSyntaxError\n"
    ),
    "1.4 exit in init": (
        "INIT_REPORT Init Duration: 206.72 ms\tPhase: init\tStatus: error\tError Type: "
        "Runtime.ExitError"
    ),
    "1.4 exit in the repeated init": (
        "INIT_REPORT Init Duration: 1666.62 ms\tPhase: invoke\tStatus: error\tError Type: "
        "Runtime.ExitError"
    ),
    "1.4 init timeout": "INIT_REPORT Init Duration: 9999.79 ms\tPhase: init\tStatus: timeout",
    "1.4 extension crash in init": (
        "INIT_REPORT Init Duration: 1236.04 ms Phase: init Status: error Error Type: "
        "Extension.Crash"
    ),
    "1.4 restore timeout": "RESTORE_REPORT Restore Duration: 1236.04 ms Status: timeout",
    "1.4 restore exit": (
        "RESTORE_REPORT Restore Duration: 1236.04 ms Status: error Error Type: Runtime.ExitError"
    ),
    "1.4 extension crash": (
        f"REPORT RequestId: {ID}\tDuration: 12.04 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 75 MB\tStatus: error\tError Type: Extension.Crash\n"
    ),
    "1.5 extension that cannot be launched": (
        "EXTENSION\tName: agent\tState: LaunchError\tEvents: []\tError Type: PermissionDenied\n"
    ),
    "1.5 image": (
        "IMAGE\tLaunch error: fork/exec /app: exec format error\tEntrypoint: [/app]\tCmd: []\t"
        "WorkingDir: [/]"
    ),
    "1.6 old crash": (
        "RequestId: c3252230-c73d-49f6-8844-968c01d1e2e1 Error: Runtime exited without providing a "
        "reason\nRuntime.ExitError\n"
    ),
    "1.6 old timeout": (
        "2024-03-04T17:22:38.033Z b70435cc-261c-4438-b9b6-efe4c8f04b21 Task timed out after 3.00 "
        "seconds\n\n"
    ),
    "1.6 unknown": "Unknown application error occurred\nRuntime.Unknown\n",
    "1.6 exit status": (
        f"RequestId: {ID} Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n"
    ),
    "1.6 very old": f"RequestId: {ID} Process exited before completing request\n",
    "2.2 init timeout": platform(
        "initReport",
        {"initializationType": "on-demand", "phase": "init", "status": "timeout",
         "metrics": {"durationMs": 10000.487}},
    ),
    "2.2 init error": platform(
        "initReport",
        {"initializationType": "on-demand", "phase": "init", "status": "error",
         "errorType": "Runtime.ExitError", "metrics": {"durationMs": 206.7}},
    ),
    "2.2 init runtime": platform(
        "initRuntimeDone",
        {"initializationType": "on-demand", "phase": "init", "status": "error",
         "errorType": "Runtime.ImportModuleError"},
    ),
    "2.2 failure": platform(
        "report",
        {"requestId": ID, "status": "failure", "metrics": {"durationMs": 1.1}},
    ),
    "2.2 failure of the runtime": platform(
        "runtimeDone", {"requestId": ID, "status": "failure", "metrics": {"durationMs": 1.1}}
    ),
    "2.2 error": platform(
        "report",
        {"requestId": ID, "status": "error", "errorType": "Runtime.OutOfMemory",
         "metrics": {"durationMs": 1.1, "memorySizeMB": 128, "maxMemoryUsedMB": 128}},
    ),
    "2.2 timeout": platform(
        "report", {"requestId": ID, "status": "timeout", "metrics": {"durationMs": 3000}}
    ),
    "2.2 timeout of a managed instance": platform(
        "report",
        {"requestId": ID, "status": "timeout", "metrics": {"durationMs": 3000.1}, "spans": []},
    ),
    "2.2 restore": platform(
        "restoreReport",
        {"status": "error", "errorType": "Runtime.RestoreHookUserTimeout",
         "metrics": {"durationMs": 10000}},
    ),
    "2.2 restore runtime": platform(
        "restoreRuntimeDone", {"status": "error", "errorType": "Runtime.AfterRestoreError"}
    ),
    "2.2 extension": platform(
        "extension",
        {"name": "agent", "state": "LaunchError", "events": [],
         "errorType": "Extension.LaunchError"},
    ),
    "2.2 old fault": platform(
        "fault",
        f"RequestId: {ID}\tError: Runtime exited with error: exit status 255\nRuntime.ExitError",
    ),
    "2.2 new fault": platform(
        "fault", f"RequestId: {ID} Status: error\tErrorType: Runtime.ExitError"
    ),
    "2.2 oldest fault": platform(
        "fault", f"RequestId: {ID} Process exited before completing request"
    ),
    "2.4 Python": (
        WARNING + '\r{"timestamp":"2023-11-02T16:18:57Z","log_level":"ERROR","errorMessage":"no",'
        '"errorType":"Declined","requestId":"","stackTrace":["  File \\"/var/task/a.py\\", line 6, '
        'in handler\\n    raise Declined()\\n"]}'
    ),
    "2.4 Node.js": _json(
        {"timestamp": "2023-12-08T23:21:04.632Z", "level": "ERROR", "requestId": ID,
         "message": {"errorType": "Declined", "errorMessage": "no", "stackTrace": [
             "Declined: no", "    at Runtime.handler (file:///var/task/index.mjs:3:12)"]}}
    ),
    "2.4 Java": _json(
        {"timestamp": "2025-05-06T11:05:19.955Z", "level": "ERROR", "AWSRequestId": ID,
         "message": "boom: java.lang.RuntimeException\njava.lang.RuntimeException: boom\n"
         "\tat shop.Handler.handleRequest(Handler.java:10)\n"}
    ),
    "2.4 .NET": _json(
        {"timestamp": "2025-05-06T11:05:19.955Z", "level": "Error", "requestId": ID,
         "message": "Unhandled", "errorType": "System.ApplicationException", "errorMessage": "no",
         "stackTrace": ["   at Shop.Function.Run() in /src/F.cs:line 45"]}
    ),
    "2.4 Ruby": _json(
        {"timestamp": "2025-05-06T11:05:19Z", "level": "ERROR", "message": "no", "requestId": ID,
         "stackTrace": ["/var/task/app.rb:3:in `handler'"], "errorType": "Function<RuntimeError>",
         "errorMessage": "no", "location": "app.rb:3"}
    ),
    "4.2 Python": (
        f"[ERROR] CustomException: some error occurred\n{TRACEBACK}\n\xa0\xa0File "
        '"/var/task/handler.py", line 6, in handler\n\xa0\xa0\xa0\xa0raise CustomException("some '
        'error occurred")'
    ),
    "4.2 Python, other class": (
        f"[ERROR] Declined: no\r{TRACEBACK}\r\xa0\xa0File \"/var/task/a.py\", line 6, in handler"
    ),
    "4.2 import": (
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named "
        "'requests'\nTraceback (most recent call last):"
    ),
    "4.2 handler": "[ERROR] Runtime.HandlerNotFound: Handler 'f' missing on module 'app'",
    "4.2 marshal": (
        "[ERROR] Runtime.MarshalError: Unable to marshal response: Object of type set is not JSON "
        "serializable"
    ),
    "4.2 key": "[ERROR] KeyError: 'x'",
    "4.2 exit": "[ERROR] SystemExit: 3",
    "4.3 Node.js": (
        NODE + 'Invoke Error \t{"errorType":"ReferenceError","errorMessage":"x is not defined",'
        '"stack":["ReferenceError: x is not defined","    at Runtime.exports.handler '
        '(/var/task/index.js:2:3)"]}'
    ),
    "4.3 import": (
        "2019-06-05T22:11:27.082Z\tundefined\tERROR\tUncaught Exception \t{\"errorType\":"
        '"Runtime.ImportModuleError","errorMessage":"Error: Cannot find module \'x\'\\nRequire '
        'stack:\\n- /var/task/index.js","stack":["Runtime.ImportModuleError: Error: Cannot find '
        "module 'x'\"]}"
    ),
    "4.3 rejection": (
        NODE + 'Unhandled Promise Rejection \t{"errorType":"Runtime.UnhandledPromiseRejection",'
        '"errorMessage":"Declined: no","reason":{"errorType":"Declined","errorMessage":"no",'
        '"code":"ECONNREFUSED","stack":["Declined: no","    at f (/var/task/a.js:1:2)"]},'
        '"promise":{},"stack":["Runtime.UnhandledPromiseRejection: Declined: no"]}'
    ),
    "4.4 Java": (
        "boom: java.lang.RuntimeException\njava.lang.RuntimeException: boom\n\tat "
        "shop.Handler.handleRequest(Handler.java:10)\n\tat java.base/jdk.internal.reflect."
        "DirectMethodHandleAccessor.invoke(Unknown Source)\n"
    ),
    "4.4 Java, other class": (
        "no: shop.Declined\nshop.Declined: no\n\tat shop.Handler.handleRequest(Handler.java:10)\n"
    ),
    "4.4 Java, a line of it": "java.lang.RuntimeException: boom\n",
    "4.4 method": "No public method named run with appropriate method signature found on class\n",
    "4.4 invalid": "Invalid handler: `shop.Handler'\n",
    "4.4 class": (
        "Class not found: shop.Handler: java.lang.ClassNotFoundException\njava.lang."
        "ClassNotFoundException: shop.Handler. Current classpath: file:/var/task/\n"
    ),
    "4.4 loading": (
        "Error loading class shop.Handler: shop/Dep: java.lang.NoClassDefFoundError\n"
        "java.lang.NoClassDefFoundError: shop/Dep\n\tat java.base/java.lang.Class.forName0\n"
    ),
    "4.4 memory": (
        "Java heap space: java.lang.OutOfMemoryError\njava.lang.OutOfMemoryError: Java heap space\n"
    ),
    "4.5 .NET": (
        f"2021-12-10T08:20:59.274Z\t{ID}\tfail\tSystem.ApplicationException: You caused a failure\n"
        "---> System.ArgumentException: input\nat CustomRuntimeTest.Function.ThrowTest(String "
        "input) in C:\\src\\Function.cs:line 45\n--- End of inner exception stack trace ---\n"
    ),
    "4.5 .NET, other class": (
        f"2021-12-10T08:20:59.274Z\t{ID}\tfail\tShop.Declined: no\n   at Shop.F.Run()\n"
    ),
    "4.6 Ruby": "Error raised from handler method\n",
    "4.6 Ruby, a later piece": '  "errorType": "Function<Declined>",\n',
    "4.6 Ruby, critical": "Critical exception from handler\n",
    "4.6 Ruby, loading": "Init error when loading handler app.handler\n",
    "4.7 Go": (
        "2021/12/08 12:33:00 {\"errorMessage\":\"error in CW test\",\"errorType\":\"errorString\"}"
    ),
    "4.7 Go with a stack": (
        '2021/12/08 12:33:00 {"errorMessage":"runtime error: invalid memory address or nil pointer '
        'dereference","errorType":"errorString","stackTrace":[{"path":"github.com/aws/aws-lambda-go'
        '@v1.13.3/lambda/function.go","line":35,"label":"(*Function).Invoke.func1"}]}'
    ),
    "4.7 panic": "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:7 +0x1d\n",
    "4.7 fatal": "fatal error: runtime: out of memory\n",
    "4.8 Rust before 1.73": (
        "thread 'main' panicked at 'called `Result::unwrap()` on an `Err` value: \"no\"', "
        "src/bin/lambda.rs:8:1"
    ),
    "4.8 Rust": "thread 'main' panicked at src/main.rs:8:1:\nboom\n",
    "4.8 Rust, caught": (
        f'ERROR Lambda runtime invoke{{requestId="{ID}" xrayTraceId="x"}}: user handler panicked '
        "error=Any { .. }"
    ),
    "4.9 killed": (
        f"RequestId: {ID} Error: Runtime exited with error: signal: killed\nRuntime.ExitError\n"
    ),
    "4.9 no bootstrap": (
        f"RequestId: {ID} Error: Runtime exited with error: exit status 127\nRuntime.ExitError\n"
    ),
    "4.9 timeout as an error": f"RequestId: {ID} Error: Task timed out after 1.00 seconds\n",
    "4.9 response too large": (
        f"REPORT RequestId: {ID}\tDuration: 1.04 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 75 MB\tStatus: error\tError Type: Function.ResponseSizeTooLarge\n"
    ),
    "4.9 response too large, native client": (
        "[ERROR] [1583405456446] LAMBDA_RUNTIME Failed to post handler success response. Http "
        "response code: 413.\n"
    ),
    "4.9 disk": (
        "[ERROR] OSError: [Errno 28] No space left on device\n"
        f"{TRACEBACK}\n  File \"/var/task/a.py\", line 6, in handler"
    ),
    "4.9 socket": (
        NODE + 'Invoke Error \t{"errorType":"Error","errorMessage":"connect ECONNREFUSED '
        '127.0.0.1:5432","code":"ECONNREFUSED","errno":-111,"syscall":"connect","stack":[]}'
    ),
    "4.9 permissions": (
        "[ERROR] ClientError: An error occurred (AccessDeniedException) when calling the PutItem "
        "operation: User: arn:aws:sts::123456789012:assumed-role/r/f is not authorized to perform: "
        f"dynamodb:PutItem\n{TRACEBACK}\n  File \"/var/task/a.py\", line 6, in handler"
    ),
    "4.10 retries": destination(
        "RetriesExhausted",
        responseContext={"statusCode": 200, "executedVersion": "$LATEST",
                         "functionError": "Unhandled"},
        responsePayload={"errorMessage": "intentional", "errorType": "Declined", "requestId": ID},
    ),
    "4.10 retries, throttled": destination("RetriesExhausted"),
    "4.10 age": destination("EventAgeExceeded"),
    "4.10 stream": _json(
        {"requestContext": {"requestId": ID, "functionArn":
            "arn:aws:lambda:us-east-1:123456789012:function:pay", "condition":
            "RetryAttemptsExhausted", "approximateInvokeCount": 2},
         "responseContext": {"statusCode": 200, "executedVersion": "$LATEST",
                             "functionError": "Unhandled"},
         "version": "1.0", "timestamp": "2019-11-24T21:52:47.333Z",
         "KinesisBatchInfo": {"shardId": "shardId-000000000000", "startSequenceNumber": "1",
                              "endSequenceNumber": "2", "batchSize": 2}}
    ),
    "4.10 dead letter": _json(
        {"Records": [{"messageId": "m", "body": "{}", "eventSource": "aws:sqs",
                      "messageAttributes": {
                          "RequestID": {"stringValue": ID, "dataType": "String"},
                          "ErrorCode": {"stringValue": "200", "dataType": "Number"},
                          "ErrorMessage": {"stringValue": "no route", "dataType": "String"}}}]}
    ),
    "4.10 EventBridge": _json(
        {"version": "0", "detail-type": "Lambda Function Invocation Result - Failure",
         "source": "lambda", "detail": json.loads(destination("RetriesExhausted"))}
    ),
    "5.6 execution": execution(
        "ExecutionFailed", {"error": "Declined", "cause": '{"errorMessage":"no"}'}
    ),
    "5.6 execution, silent": execution("ExecutionFailed", {}),
    "5.6 execution timeout": execution("ExecutionTimedOut", {}),
    "5.6 execution aborted": execution("ExecutionAborted", {}),
    "5.6 function": execution(
        "LambdaFunctionFailed", {"error": "Declined", "cause": '{"errorMessage":"no"}'}
    ),
    "5.6 task": execution("TaskFailed", {"resourceType": "lambda", "error": "Declined"}),
    "2.7 durable execution": _json(
        {"version": "0", "detail-type": "Durable Execution Status Change", "source": "aws.lambda",
         "detail": {"durableExecutionArn": "arn:aws:lambda:us-east-1:123456789012:function:pay:1/"
                    "durable-execution/order/1", "status": "FAILED"}}
    ),
    "5.1 Powertools, uncaught": _json(
        {"level": "ERROR", "location": "log_uncaught_exception_hook:756", "message": "no",
         "service": "payment", "exception": f"{TRACEBACK}\n  File \"a.py\"\nDeclined: no",
         "exception_name": "Declined"}
    ),
    "8.1 failed": (
        "Executed 'Functions.HttpTrigger1' (Failed, Id=3a4b2e78-0549-4ebc-ba4c-ee9a6bc9a04e, "
        "Duration=16ms)"
    ),
    "8.1 failed, console": (
        "2020-04-06T09:56:12.450 [Error] Executed 'Functions.HttpTrigger1' (Failed, Id=3a4b2e78-"
        "0549-4ebc-ba4c-ee9a6bc9a04e, Duration=16ms)"
    ),
    "8.1 exception": (
        "Exception while executing function: Functions.x ---> Microsoft.Azure.WebJobs.Script."
        'Workers.Rpc.RpcException: Result: Failure\nException: ValueError: no\nStack:   File "'
        '/home/site/wwwroot/x/__init__.py", line 3, in main\n    raise ValueError("no")\n'
    ),
    "8.1 timeout": (
        f"Timeout value of 00:05:00 exceeded by function 'Functions.x' (Id: '{ID}'). Initiating "
        "cancellation."
    ),
    "8.1 worker timeout": (
        f"A function timeout has occurred. Restarting worker process executing invocationId '{ID}'."
    ),
    "8.1 host timeout": "A function timeout has occurred. Host is shutting down.",
    "8.2 failed": _azure(f"Executed Functions.hello (Failed, Id={ID}, Duration=16ms)"),
    "8.2 exception": _azure(
        "no", exceptionType="Shop.Declined", exceptionMessage="no",
        exceptionDetails="Shop.Declined : no\n   at Shop.F.Run()", level="Error", levelId=4,
    ),
    "8.2 failed, exception": _azure(
        f"Executed 'Functions.hello' (Failed, Id={ID}, Duration=16ms)", level="Error", levelId=4,
        exceptionType="Shop.Declined", exceptionMessage="no",
        exceptionDetails="Shop.Declined : no\n   at Shop.F.Run()",
    ),
    "5.4 gateway": (
        f"({ID}) Execution failed due to configuration error: Malformed Lambda proxy response"
    ),
}  # fmt: skip
"""Each is one record that by itself shows a failure."""

HEALTHY: dict[str, str] = {
    "1.1 init": (
        "INIT_START Runtime Version: python:3.10.v11\tRuntime Version ARN: arn:aws:lambda:us-east-"
        f"1::runtime:{'0' * 64}\n"
    ),
    "1.1 start": f"START RequestId: {ID} Version: $LATEST\n",
    "1.1 end": f"END RequestId: {ID}\n",
    "1.1 report": (
        f"REPORT RequestId: {ID}\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 36 MB\tInit Duration: 110.10 ms\t\n"
    ),
    "1.2 report": (
        f"REPORT RequestId: {ID}\tDuration: 9.14 ms\tBilled Duration: 10 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 36 MB\tInit Duration: 190.62 ms\t\nXRAY TraceId: 1-636d1462-33ef1060006"
        "1cad86dab71c8\tSegmentId: 7ccb4860675ee485\tSampled: true\t\n"
    ),
    "1.3 D restored": (
        f"REPORT RequestId: {ID}\tDuration: 306.34 ms\tBilled Duration: 610 ms\tMemory Size: 3009 "
        "MB\tMax Memory Used: 155 MB\tRestore Duration: 511.25 ms\tBilled Restore Duration: 303 "
        "ms\t\n"
    ),
    "1.4 restore": "RESTORE_REPORT Restore Duration: 511.25 ms\n",
    "1.5 extension": "EXTENSION\tName: agent\tState: Ready\tEvents: [INVOKE,SHUTDOWN]\n",
    "1.5 telemetry": "TELEMETRY\tName: agent\tState: Subscribed\tTypes: [Platform, Function]\n",
    "2.2 start": platform("start", {"requestId": ID, "version": "$LATEST"}),
    "2.2 report": platform(
        "report",
        {"requestId": ID, "metrics": {"durationMs": 26.843, "billedDurationMs": 27,
         "memorySizeMB": 128, "maxMemoryUsedMB": 77, "initDurationMs": 772.443},
         "status": "success"},
    ),
    "2.2 runtime": platform("runtimeDone", {"requestId": ID, "status": "success", "spans": []}),
    "2.2 init": platform(
        "initReport", {"phase": "init", "status": "success", "metrics": {"durationMs": 1}}
    ),
    "2.2 dropped": platform(
        "logsDropped", {"reason": "slow", "droppedRecords": 1, "droppedBytes": 2}
    ),
    "2.4 Java": _json(
        {"timestamp": "2025-05-06T11:05:19.955Z", "message": "INFO: Lambda invoked", "level":
         "UNDEFINED", "AWSRequestId": ID}
    ),
    "2.4 a mention": _json(
        {"timestamp": "2025-05-06T11:05:19Z", "level": "INFO", "message": "0 errors, no timeout",
         "requestId": ID}
    ),
    "3 Node.js": f"2019-06-07T19:11:20.564Z\t{ID}\tWARN\tEvent not processed.\n",
    "3 Node.js, a mention": f"2019-06-07T19:11:20.564Z\t{ID}\tINFO\tno Error, no timeout\n",
    "3 Node.js, init": "2019-06-07T19:11:20.564Z\tundefined\tINFO\tmessage\n",
    "3 Python": f"[INFO]\t2025-08-31T22:12:58.534Z\t{ID}\tFailed orders: 0, error rate 0\n",
    "3 Python, handled": f"[ERROR]\t2025-08-31T22:12:58.534Z\t{ID}\tno route, trying again\n",
    "3 Java": "[INFO] message",
    "3 log4j": f"2020-03-18 08:52:43 {ID} INFO  Handler - ENVIRONMENT VARIABLES: errors=0",
    "3 Spring": (
        "2024-09-05T09:24:54.417Z INFO 9 --- [ main] c.a.s.p.internal.LambdaContainerHandler : up"
    ),
    "3 Ruby": f"I, [2019-10-26T10:04:01.689856 #8]  INFO {ID} -- : ## EVENT\n",
    "3 Go": "2020/03/27 03:40:05 EVENT: {\n",
    "3 Rust": f'INFO Lambda runtime invoke{{requestId="{ID}" xrayTraceId="x"}}: message',
    "3 PowerShell": "[Information] - message",
    "3 a trace's later line": "\tat shop.Handler.handleRequest(Handler.java:10)\n",
    "4.9 printed": "0 errors, panic button off, timeout 30, Failed: none",
    "4.10 success": destination(
        "Success", responseContext={"statusCode": 200, "executedVersion": "$LATEST"},
        responsePayload={"ok": True},
    ),
    "5.4 gateway": f"({ID}) Method completed with status: 502",
    "5.6 started": execution("ExecutionStarted", {"input": "{}"}),
    "5.6 succeeded": execution("ExecutionSucceeded", {"output": "{}"}),
    "2.7 durable execution": _json(
        {"version": "0", "detail-type": "Durable Execution Status Change", "source": "aws.lambda",
         "detail": {"durableExecutionArn": "arn:aws:lambda:us-east-1:123456789012:function:pay:1/"
                    "durable-execution/order/1", "status": "SUCCEEDED"}}
    ),
    "8.1 executing": (
        "Executing 'Functions.HttpTrigger1' (Reason='This function was programmatically called via "
        f"the host APIs.', Id={ID})"
    ),
    "8.1 executed": f"Executed 'Functions.HttpTrigger1' (Succeeded, Id={ID}, Duration=151ms)",
    "8.2 executed": _azure(f"Executed Functions.hello (Succeeded, Id={ID}, Duration=16ms)"),
}  # fmt: skip
"""None of them shows a failure, though some speak of errors."""
