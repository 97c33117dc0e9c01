"""Streams that this project did not write, stitched: the facts that their sources state."""

import json

from slsloggrep.model import Event, Status
from slsloggrep.parse import Parser
from slsloggrep.stitch import Collection, stitch


def stitched(envelope):
    found = Collection(
        Event(
            int(entry["timestamp"]),
            entry["message"],
            envelope["logGroup"],
            envelope["logStream"],
            str(entry["id"]),
            "corpus",
            "file",
            position,
        )
        for position, entry in enumerate(envelope["logEvents"])
    )
    return stitch(map(Parser().parse, found))


def envelope_of(corpus, name):
    return json.loads((corpus / "cwl-envelope" / name).read_text())


def test_an_old_timeout_after_report_is_a_timeout(corpus):
    """The line comes last, after END and REPORT of the same millisecond."""
    (invocation,) = stitched(envelope_of(corpus, "datadog_cloudwatch_log_timeout.json")).invocations
    assert (invocation.status, invocation.timeout_s) == (Status.TIMEOUT, 3.0)
    assert (invocation.duration_ms, invocation.cold_start) == (3003.16, True)
    assert len(invocation.records) == 4


def test_a_cold_start(corpus):
    """START, END and a REPORT with its init."""
    (invocation,) = stitched(
        envelope_of(corpus, "datadog_cloudwatch_log_coldstart.json")
    ).invocations
    assert (invocation.status, invocation.cold_start) == (Status.OK, True)


def test_an_asynchronous_retry_is_two_invocations_of_one_request(corpus):
    """Eight recorded events, one request ID, an init before the first attempt only."""
    recorded = json.loads(
        (corpus / "aws-recorded" / "localstack_test_lambda.snapshot.json").read_text()
    )
    (name,) = (name for name in recorded if "invocation_type_event_error" in name)
    entries = recorded[name]["recorded-content"]["log_events"]
    # Times are masked in the recording; its order is kept.
    for position, entry in enumerate(entries):
        entry |= {"timestamp": position, "id": ""}
    found = stitched({"logGroup": "/aws/lambda/f", "logStream": "s", "logEvents": entries})
    assert found.unattributed == ()
    first, second = found.invocations
    assert first.request_id == second.request_id
    assert (first.status, second.status) == (Status.ERROR, Status.ERROR)
    assert {first.error_type, second.error_type} == {"CustomException"}
    assert {first.error_message, second.error_message} == {"some error occurred"}
    assert (first.cold_start, second.cold_start) == (True, False)
    assert (len(first.records), len(second.records)) == (5, 4)
    assert (first.duration_ms, first.init_ms, second.duration_ms) == (3.01, 110.10, 2.90)
