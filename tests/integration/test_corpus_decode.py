"""Real log data runs through decode, with its facts asserted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slsloggrep.decode.compression import unpack
from slsloggrep.decode.documents import Origin, Shape, decode, sniff
from slsloggrep.model import Event

ARRIVAL = 1_700_000_000_000


def read(path: Path) -> tuple[Shape, list[Event]]:
    data, damage = unpack(path.read_bytes())
    assert damage is None
    problems: list[str] = []
    events = list(decode(data, Origin("corpus", path.name, time=ARRIVAL), problems.append))
    assert problems == []
    return sniff(data), events


ENVELOPES = {
    "datadog_cloudwatch_customized_log_group_lambda_invocation": (
        3, 1583425836114, "/aws/vendedlogs/states/anyLogGroupName",
        "2020/03/05/test-customized-loggroup[$LATEST]20bddfd5a2dc4c6b97ac02800eae90d0",
        "2020-03-05T16:30:36.113Z\tf08bb4c8-d6b2-4f05-ac17-af7e2ba005fb\tDEBUG\t",
    ),
    "datadog_cloudwatch_log_coldstart": (
        3, 1591284559098, "/aws/lambda/storms-cloudwatch-event",
        "2020/06/04/[$LATEST]af2b1e1843b84a2d80c67840ae3ffa72", "START RequestId: db275f87-",
    ),
    "datadog_cloudwatch_log_timeout": (
        4, 1591714943146, "/aws/lambda/storms-cloudwatch-event",
        "2020/06/09/[$LATEST]b249865adaaf4fad80f95f8ad09725b8", "START RequestId: 7c9567b5-",
    ),
    "datadog_step_functions_log": (
        1, 1668095539607, "/aws/vendedlogs/states/logs-to-traces-sequential-Logs",
        "states/logs-to-traces-sequential/2022-11-10-15-50/7851b2d9", '{"id":"1","type":',
    ),
    "dataprepper_cloudwatch-logs-sample": (
        3, 1432826855000, "CloudTrail/logs", "111111111111_CloudTrail/logs_us-east-1",
        '{"eventVersion":"1.01","userIdentity":{"type":"Root"}',
    ),
    "lambdastash_cloudwatch.data": (5, 1466263061409, "", "", "START RequestId: abcdef-1234-"),
    "newrelic_invoke_lambda": (
        1, 1569961215255, "/aws/lambda/HeathersBebeFunction3",
        "2019/10/01/[$LATEST]be209af3265a4fd7b2d0ca960c5689c7", '[1,"NR_LAMBDA_MONITORING",{',
    ),
    "powertoolspy_cloudWatchLogEvent": (
        2, 1440442987000, "testLogGroup", "testLogStream", "[ERROR] First test message",
    ),
    "powertoolspy_cloudWatchLogEventWithPolicyLevel": (
        2, 1440442987000, "testLogGroup", "testLogStream", "[ERROR] First test message",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENVELOPES)
def test_every_envelope_of_the_corpus_gives_its_events(corpus: Path, name: str) -> None:
    """Captured, documented and hand-made envelopes, gzip and zlib in base64 among them."""
    count, time, group, stream, text = ENVELOPES[name]
    shape, events = read(corpus / "cwl-envelope" / f"{name}.json")
    assert shape is (Shape.WRAPPED if name.startswith("powertools") else Shape.ENVELOPES)
    assert len(events) == count
    assert events[0][:1] + events[0][2:4] == (time, group, stream)
    assert events[0].message.startswith(text)
    assert all(event.event_id for event in events)


def test_no_envelope_of_the_corpus_is_left_out(corpus: Path) -> None:
    """A file that is added to the corpus gets its facts asserted above."""
    assert {path.stem for path in (corpus / "cwl-envelope").iterdir()} == set(ENVELOPES)


def test_firehose_events_of_the_corpus_are_opened(corpus: Path) -> None:
    """Records in base64 that are no envelopes are log lines, as old as their arrival."""
    shape, events = read(corpus / "archive" / "golang_kinesis-firehose-event.json")
    assert shape is Shape.WRAPPED
    assert [event[:2] for event in events] == [(1507217624302, "Hello World")] * 2
    shape, events = read(corpus / "archive" / "powertoolspy_kinesisFirehoseSQSEvent.json")
    assert shape is Shape.WRAPPED
    assert [event.timestamp for event in events] == [1684864917398]
    assert json.loads(events[0].message)["body"] == "Test message."


def test_cloudtrail_records_of_the_corpus_are_one_event_each(corpus: Path) -> None:
    """An archive of another service is read as what it is, through its gzip layer."""
    _, events = read(corpus / "archive" / "promtail_cloudtrail-log-file.json.gz")
    assert [json.loads(event.message)["eventName"] for event in events][:1] == ["AssumeRole"]
    assert events[0].timestamp == 1684482270000


def test_an_unknown_separator_of_the_corpus_leaves_one_event(corpus: Path) -> None:
    """A time of day without a date is no time: the arrival stands in."""
    _, events = read(corpus / "archive" / "coralogix_multiline.log")
    assert [(event.timestamp, event.message.count("<|>")) for event in events] == [(ARRIVAL, 1)]


LINES = {
    "app-json/powertoolspy_inject_lambda_context_output.json": (2, 1620042432494),
    "app-json/powertoolspy_logging_stacktrace_output.json": (1, 1696873670191),
    "app-json/powertoolspy_logging_uncaught_exceptions_output.json": (1, 1668606689198),
    "app-json/powertoolspy_set_correlation_id_output.json": (1, 1620042432494),
    "app-json/powertoolsts_logEventOutput.json": (1, 1723630086199),
    "destinations/javalibs_lambda_destination_event.json": (1, 1574632367333),
    "event-ids/ddext_eventbridge_event.json": (1, 1731140535000),
    "event-ids/ddext_api_gateway_rest_event.json": (1, ARRIVAL),
    "opensearch/lambdastash_cloudwatch.format.json": (5, 1466263061409),
}


@pytest.mark.parametrize("name", LINES)
def test_log_lines_of_the_corpus_stay_whole(corpus: Path, name: str) -> None:
    """JSON that is no document shape is one event, whose message is the JSON."""
    count, time = LINES[name]
    _, events = read(corpus / name)
    assert (len(events), events[0].timestamp) == (count, time)
    content = json.loads((corpus / name).read_text())
    wanted = content if isinstance(content, list) else [content]
    assert [json.loads(event.message) for event in events] == wanted


def test_every_file_of_the_corpus_decodes(corpus: Path) -> None:
    """Whatever real data are put there: events, no problem, no exception."""
    files = [path for path in corpus.rglob("*") if path.is_file() and path.suffix != ".md"]
    assert len(files) > 30
    for path in files:
        _, events = read(path)
        assert events, path.name
