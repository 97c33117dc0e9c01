"""Real log data from its bytes to the crash list: what crashed is what the documents say.

The expected lists were written by reading the documents, and each says why.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from slsloggrep.analyse.crashes import crashes_of
from slsloggrep.analyse.groups import group
from slsloggrep.decode.compression import unpack
from slsloggrep.decode.documents import Origin, decode
from slsloggrep.model import Crash, Event
from slsloggrep.parse import Parser
from slsloggrep.parse.signs import FAILURE_SIGNS, shows_failure
from slsloggrep.stitch import Collection, stitch

ARRIVAL = 1_700_000_000_000
LATER = 4_000_000_000_000
"""Nothing that began in the corpus can still run."""

URL = "http://httpbin.org/status/500"

UUID = "0f0e0d0c-1111-4111-8111-{:012x}"

Told = tuple[str, str | None, str, str | None]
"""Kind, error type, function, request ID."""


def events_in(path: Path) -> list[Event]:
    data, damage = unpack(path.read_bytes())
    assert damage is None
    return list(decode(data, Origin("corpus", path.name, time=ARRIVAL), lambda _: None))


def crashes_in(events: Iterable[Event], **options: Any) -> list[Crash]:
    stitched = stitch(map(Parser().parse, Collection(events)))
    return crashes_of(stitched.invocations, stitched.unattributed, read_until=LATER, **options)


def told(crashes: Iterable[Crash]) -> list[Told]:
    return [(c.kind.value, c.error_type, c.function, c.request_id) for c in crashes]


CRASHED: dict[str, list[Told]] = {
    # Its name says timeout, its last line "Task timed out after 3.00 seconds", REPORT 3003.16 ms.
    "cwl-envelope/datadog_cloudwatch_log_timeout.json": [
        ("timeout", None, "storms-cloudwatch-event", "7c9567b5-107b-4a6c-8798-0157ac21db52")
    ],
    # Condition RetriesExhausted and functionError Handled, though statusCode is 200; the function
    # is that of functionArn.
    "destinations/javalibs_lambda_destination_event.json": [
        ("error", "Error", "event-destinations", "8ea123e4-1db7-4aca-ad10-d9ca1234c1fd")
    ],
    # The sample of what is logged of an exception that nothing caught; it names no function.
    "app-json/powertoolspy_logging_uncaught_exceptions_output.json": [
        ("error", "HTTPError", "", None)
    ],
}
"""All other documents state none: cold starts and ordinary lines, `[ERROR]` lines of a sample that
were logged, an execution that only started, events, and answers of APIs kept as one text."""

LOGGED: dict[str, list[tuple[str | None, str]]] = {
    # The sample of an exception that the handler caught and logged.
    "app-json/powertoolspy_logging_stacktrace_output.json": [
        ("HTTPError", f"500 Server Error: INTERNAL SERVER ERROR for url: {URL}")
    ],
}  # fmt: skip


def documents(corpus: Path) -> Iterator[Path]:
    for path in sorted(corpus.rglob("*")):
        # What was recorded of API calls is read below; as a file it is no log.
        if path.is_file() and path.suffix != ".md" and ".snapshot." not in path.name:
            yield path


def test_the_corpus_has_the_crashes_that_its_documents_state(corpus: Path) -> None:
    """Each file by itself: those that tell of a crash have it, and no other has any."""
    found = {}
    for path in documents(corpus):
        crashes = crashes_in(events_in(path))
        if crashes:
            found[str(path.relative_to(corpus))] = told(crashes)
    assert found == CRASHED


def test_the_corpus_has_the_handled_errors_that_its_documents_state(corpus: Path) -> None:
    """An error that was caught and logged is given on demand only."""
    found = {}
    for path in documents(corpus):
        logged = [c for c in crashes_in(events_in(path), logged=True) if c.logged]
        if logged:
            found[str(path.relative_to(corpus))] = [(c.error_type, c.message) for c in logged]
    assert found == LOGGED


def test_every_crash_of_the_corpus_is_found_by_its_signs(corpus: Path) -> None:
    """Some event of each file with a crash shows it by itself, and holds a text to search for."""
    parser = Parser()
    for name in CRASHED:
        shown = [event for event in events_in(corpus / name) if shows_failure(parser.parse(event))]
        assert shown
        assert all(any(sign in event.message for sign in FAILURE_SIGNS) for event in shown)


def recorded(corpus: Path, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((corpus / name).read_text(encoding="utf-8"))
    return found


def test_an_asynchronous_request_that_failed_twice_is_two_crashes_of_one_group(
    corpus: Path,
) -> None:
    """Recorded on AWS: eight events, one request, two attempts, the same exception."""
    snapshots = recorded(corpus, "aws-recorded/localstack_test_lambda.snapshot.json")
    name = next(n for n in snapshots if n.endswith("test_invocation_type_event_error"))
    request_id = UUID.format(1)
    events = [
        Event(
            # Times are masked; the retry comes a minute later, as on AWS.
            ARRIVAL + number + (60_000 if number > 4 else 0),
            event["message"].replace("<request-id>", request_id),
            "/aws/lambda/handler",
            "2023/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
            "",
            "corpus",
            name,
            number,
        )
        for number, event in enumerate(snapshots[name]["recorded-content"]["log_events"])
    ]
    crashes = crashes_in(events)
    assert told(crashes) == [("error", "CustomException", "handler", request_id)] * 2
    (found,) = group(crashes)
    assert (found.count, found.title) == (2, "CustomException: some error occurred")
    assert [(f.function, f.file, f.line, f.own) for f in found.sample.frames] == [
        ("handler", "/var/task/handler.py", 6, True)
    ]


def failure_records(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the records of destinations that lie anywhere in a recording."""
    if isinstance(value, dict):
        if "requestContext" in value and "condition" in value["requestContext"]:
            yield value
        else:
            for child in value.values():
                yield from failure_records(child)
    elif isinstance(value, list):
        for child in value:
            yield from failure_records(child)


def test_every_batch_that_was_given_up_is_a_crash(corpus: Path) -> None:
    """Recorded on AWS: thirteen records of stream mappings, by condition, whatever functionError.

    Ten batches were tried as often as configured, three had become too old; in six of the ten the
    function reported items that it could not process, and did not fail itself.
    """
    snapshots = recorded(corpus, "destinations/localstack_esm_kinesis.snapshot.json")
    records = list(failure_records(snapshots))
    silent = [r for r in records if r.get("responseContext", {}).get("functionError", "") is None]
    assert len(silent) == 6
    events = []
    for number, record in enumerate(records):
        # IDs and ARNs are masked in the recording.
        text = json.dumps(record).replace("<uuid:2>", UUID.format(number))
        text = re.sub(r"arn:<partition>:lambda:<region>:(\d+):function:<resource:\d>",
                      r"arn:aws:lambda:us-east-1:\1:function:worker", text)  # fmt: skip
        events.append(Event(ARRIVAL + number, text, "", "", "", "corpus", "esm", number))
    crashes = crashes_in(events)
    assert [c.request_id for c in crashes] == [UUID.format(n) for n in reversed(range(13))]
    assert {(c.kind.value, c.function) for c in crashes} == {("error", "worker")}
    assert {g.title: g.count for g in group(crashes)} == {
        "failed (RetryAttemptsExhausted)": 10,
        "failed (RecordAgeExceeded)": 3,
    }


PAYLOADS = {
    # Payloads of functions that were made to fail on AWS, by the name of the recording's test.
    "test_lambda_invoke_with_timeout": ("timeout", "timed out after 1 s"),
    "test_lambda_invoke_timed_out_environment_reuse": ("timeout", "timed out after 1 s"),
    "test_lambda_runtime_wrapper_not_found": ("exit", "the runtime exited"),
    "test_lambda_runtime_exit": ("exit", "the runtime exited"),
    "test_lambda_handler_exit": ("exit", "the runtime exited"),
    # A segmentation fault poses as a timeout: nothing in the recording contradicts it.
    "test_lambda_runtime_exit_segfault": ("timeout", "timed out after 30 s"),
    "test_lambda_too_large_response": ("error", "response too large"),
    "test_lambda_handler_error": ("error", "Exception: Handler fails"),
}


def payloads(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("FunctionError") and isinstance(value.get("Payload"), dict):
            yield value["Payload"]
        for child in value.values():
            yield from payloads(child)


def destination_of(payload: dict[str, Any]) -> Event:
    """Return the record that a destination would have got of a failed invocation."""
    record = {
        "version": "1.0",
        "requestContext": {
            "requestId": UUID.format(7),
            "functionArn": "arn:aws:lambda:us-east-1:123456789012:function:worker:$LATEST",
            "condition": "RetriesExhausted",
            "approximateInvokeCount": 3,
        },
        "requestPayload": {},
        "responseContext": {"statusCode": 200, "functionError": "Unhandled"},
        "responsePayload": payload,
    }
    return Event(ARRIVAL, json.dumps(record), "", "", "", "corpus", "destination", 0)


@pytest.mark.parametrize("test", PAYLOADS)
def test_recorded_payloads_have_their_kind(corpus: Path, test: str) -> None:
    """Timed out, exited, too large, failed: as Lambda told the caller, so a destination tells."""
    snapshots = recorded(corpus, "aws-recorded/localstack_test_lambda.snapshot.json")
    name = next(n for n in snapshots if n.split("[")[0].endswith("::" + test))
    payload = next(payloads(snapshots[name]["recorded-content"]))
    (crash,) = crashes_in([destination_of(payload)])
    assert (crash.kind.value, crash.title) == PAYLOADS[test]


def test_every_runtime_s_uncaught_exception_is_one_of_few(corpus: Path) -> None:
    """Recorded on AWS: the same handler in 25 runtimes; each language has one fingerprint."""
    snapshots = recorded(corpus, "aws-recorded/localstack_test_lambda_common.snapshot.json")
    titles: dict[str, set[tuple[str, str]]] = {}
    count = 0
    for name, snapshot in snapshots.items():
        runtime = re.search(r"test_uncaught_exception_invoke\[([a-z]+)", name)
        if not runtime:
            continue
        payload = next(payloads(snapshot["recorded-content"]))
        # The stack is masked.
        payload = {key: value for key, value in payload.items() if value != "<stack-trace>"}
        (crash,) = crashes_in([destination_of(payload)])
        titles.setdefault(runtime.group(1), set()).add((crash.fingerprint, crash.title))
        count += 1
    assert count == 25
    assert {language: [title for _, title in found] for language, found in titles.items()} == {
        "python": ["Exception: Failed: some_error_msg"],
        "nodejs": ["Error: Error: some_error_msg"],
        "java": ["RuntimeException: Error: some_error_msg"],
        "dotnet": ["Exception: Error: some_error_msg"],
        "ruby": ["RuntimeError: Error: some_error_msg"],
        "provided": ["Box: Error: \u2039\u2026\u203a"],
    }
