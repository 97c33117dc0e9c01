"""Real log data through the whole program: bytes, events, records, invocations, the answer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ENVELOPES = "cwl-envelope"


def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "slsloggrep", *arguments],
        capture_output=True,
        check=False,
        timeout=60,
    )


def invocations(identifier: str, path: Path) -> list[dict[str, Any]]:
    done = run("trace", identifier, "-S", str(path), "-o", "json")
    assert done.returncode == 0, done.stderr.decode()
    found: list[dict[str, Any]] = json.loads(done.stdout)["transaction"]["invocations"]
    return found


def test_an_old_timeout_after_its_report_is_traced_as_a_timeout(corpus: Path) -> None:
    """The line `Task timed out` comes last, behind REPORT; the captured text is escaped twice."""
    (found,) = invocations(
        "7c9567b5-107b-4a6c-8798-0157ac21db52",
        corpus / ENVELOPES / "datadog_cloudwatch_log_timeout.json",
    )
    assert found["function"] == "storms-cloudwatch-event"
    assert (found["status"], found["duration_ms"], found["init_ms"]) == ("timeout", 3003.16, 127.02)
    assert (found["cold_start"], found["memory_mb"], found["max_memory_mb"]) == (True, 128, 48)
    assert len(found["events"]) == 4


def test_an_asynchronous_retry_is_traced_as_two_attempts(corpus: Path, tmp_path: Path) -> None:
    """Recorded on AWS: one request ID, two invocations, both ended by the same exception."""
    snapshots = json.loads(
        (corpus / "aws-recorded" / "localstack_test_lambda.snapshot.json").read_text()
    )
    name = next(n for n in snapshots if n.endswith("test_invocation_type_event_error"))
    events = snapshots[name]["recorded-content"]["log_events"]
    request_id = "0f0e0d0c-1111-4111-8111-111111111111"
    document = {
        "messageType": "DATA_MESSAGE",
        "logGroup": "/aws/lambda/handler",
        "logStream": "2023/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
        "logEvents": [
            # The snapshot masks times and IDs; the retry comes a minute later, as on AWS.
            {
                "id": str(number),
                "timestamp": 1_672_531_200_000 + number + (60_000 if number > 4 else 0),
                "message": event["message"].replace("<request-id>", request_id),
            }
            for number, event in enumerate(events)
        ],
    }
    (tmp_path / "o.json").write_text(json.dumps(document), encoding="utf-8")
    found = invocations(request_id, tmp_path)
    assert [(i["attempt"], i["status"], i["error_type"]) for i in found] == [
        (1, "error", "CustomException"),
        (2, "error", "CustomException"),
    ]
    assert [(i["duration_ms"], i["init_ms"], i["cold_start"]) for i in found] == [
        (3.01, 110.1, True),
        (2.9, None, False),
    ]


@pytest.mark.parametrize(
    ("file", "word", "count"),
    [
        (f"{ENVELOPES}/powertoolspy_cloudWatchLogEvent.json", "test message", 2),
        (f"{ENVELOPES}/powertoolspy_cloudWatchLogEventWithPolicyLevel.json", "test message", 2),
        (f"{ENVELOPES}/lambdastash_cloudwatch.data.json", "RequestId", 3),
        (f"{ENVELOPES}/newrelic_invoke_lambda.json", "NR_LAMBDA_MONITORING", 1),
        ("archive/golang_kinesis-firehose-event.json", "Hello World", 2),
    ],
)
def test_words_behind_base64_and_odd_messages_are_found(
    corpus: Path, file: str, word: str, count: int
) -> None:
    """What lies in base64, compressed or not, and messages that are arrays are seen through."""
    done = run("grep", word, "-S", str(corpus / file), "-o", "json")
    assert done.returncode == 0, done.stderr.decode()
    assert len(json.loads(done.stdout)["events"]) == count


def test_the_whole_corpus_is_searched_without_a_gap(corpus: Path) -> None:
    """Every file at once: a word that is nowhere gives the exit code that can be trusted."""
    done = run("grep", "a-word-that-is-nowhere-77", "-S", str(corpus))
    assert done.returncode == 1, done.stderr.decode()
    assert b"nothing found" in done.stderr
