"""Documents that no CloudWatch would answer: a gap or an error with what to try, never a defect."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from cloudwatch_tail import Tail
from logs_asking import asking
from logs_service import LogsService
from test_cloudwatch_calls import Caller, caller
from test_cloudwatch_reading import BEGIN, NOW, Reader

from slsloggrep.sources.cloudwatch.logs import Group, Logs
from slsloggrep.sources.cloudwatch.refusals import Refused, UnreachableError

__all__ = ["caller"]

GROUP = "/aws/lambda/g0"
EVENT = {
    "logStreamName": "s",
    "timestamp": BEGIN + 1,
    "message": "m",
    "ingestionTime": BEGIN + 1,
    "eventId": f"{1:056d}",
}


def without(name: str, **others: Any) -> dict[str, Any]:
    return {key: value for key, value in (EVENT | others).items() if key != name}


def events(*found: Any, **others: Any) -> dict[str, Any]:
    return {"events": list(found), "searchedLogStreams": [], **others}


WRONG: dict[str, list[Any]] = {
    "FilterLogEvents": [
        events() | {"events": "x"},
        events() | {"events": None},
        events() | {"events": {"a": 1}},
        events("x"),
        events(7),
        events([]),
        events(EVENT | {"timestamp": "1"}),
        events(EVENT | {"timestamp": 10**30}),
        events(EVENT | {"timestamp": -1}),
        events(EVENT | {"message": 5}),
        events(EVENT | {"message": None}),
        events(EVENT | {"eventId": 5}),
        events(EVENT | {"logStreamName": []}),
        events(EVENT | {"ingestionTime": {}}),
        events(without("timestamp")),
        events(without("message")),
        events(without("logStreamName")),
        events(nextToken=7),
        events(nextToken=["a"]),
    ],
    "GetLogEvents": [
        events(),
        events(nextForwardToken=None, nextBackwardToken=None),
        events(nextForwardToken=1, nextBackwardToken=1),
        events("x", nextForwardToken="f", nextBackwardToken="b"),
    ],
    "DescribeLogGroups": [
        {"logGroups": "x"},
        {"logGroups": 1},
        {"logGroups": {}},
        {"logGroups": ["x"]},
        {"logGroups": [{}]},
        {"logGroups": [{"logGroupName": 5}]},
        {"logGroups": [{"logGroupName": GROUP, "creationTime": "x"}]},
        {"logGroups": [{"logGroupName": GROUP, "storedBytes": "x"}]},
        {"logGroups": [{"logGroupName": GROUP, "retentionInDays": []}]},
        {"logGroups": [{"logGroupName": GROUP, "arn": 5}]},
        {"logGroups": [], "nextToken": {}},
    ],
    "DescribeLogStreams": [{"logStreams": "x"}, {"logStreams": [5]}, {"logStreams": [{}]}],
    "GetQueryResults": [
        {"status": 5},
        {"status": "Complete", "results": "x"},
        {"status": "Complete", "results": ["x"]},
        {"status": "Complete", "results": [["x"]]},
        {"status": "Complete", "results": [[{"field": 5, "value": "x"}]]},
        {"status": "Complete", "results": [[{"field": "@ptr", "value": {}}]]},
        {"status": "Complete", "results": [], "statistics": "x"},
        {"status": "Complete", "results": [], "statistics": {"bytesScanned": "x"}},
        {"status": "Complete", "results": [], "nextToken": 5},
    ],
    "StartQuery": [{"queryId": 5}, {"queryId": None}],
    "GetFunctionConfiguration": [
        {"FunctionName": "f", "LoggingConfig": "x"},
        {"FunctionName": "f", "LoggingConfig": {"LogGroup": 5}},
    ],
    "ListFunctions": [
        {"Functions": "x"},
        {"Functions": ["x"]},
        {"Functions": [{}]},
        {"Functions": [{"FunctionName": 5}]},
        {"Functions": [], "NextMarker": 5},
    ],
}
CALLS: dict[str, Callable[[Logs, Group], object]] = {
    "FilterLogEvents": lambda logs, group: logs.filter_events(group, since=0, until=NOW),
    "GetLogEvents": lambda logs, group: logs.get_events(group, "s", since=0, until=NOW),
    "DescribeLogGroups": lambda logs, _group: list(logs.describe_groups()),
    "DescribeLogStreams": lambda logs, group: list(logs.describe_streams(group)),
    "GetQueryResults": lambda logs, _group: logs.query_results("id"),
    "StartQuery": lambda logs, group: logs.start_query("q", groups=[group], since_s=0, until_s=1),
    "GetFunctionConfiguration": lambda logs, _group: logs.group_of_function("f"),
    "ListFunctions": lambda logs, _group: list(logs.list_functions()),
}


@pytest.mark.parametrize(
    ("operation", "document"),
    [(operation, document) for operation, documents in WRONG.items() for document in documents],
)
def test_a_document_of_the_wrong_shape_is_no_answer(
    cloudwatch: LogsService, caller: Caller, operation: str, document: Any
) -> None:
    """It is refused at once, with its beginning, what is wrong, and what to try."""
    fault = cloudwatch.fault(operation, answer=lambda _: document)
    logs = caller.logs()
    with pytest.raises(UnreachableError, match="what it answers makes no sense") as caught:
        CALLS[operation](logs, Group(name=GROUP, logs=logs))
    assert "proxy" in str(caught.value.hint)
    assert fault.hits <= 3, "what is complete and wrong does not become right"


@pytest.mark.parametrize(
    "document",
    [
        [],
        5,
        "x",
        None,
        {"__type": 5, "message": []},
        {"__type": None, "code": {}},
        {"message": {"a": 1}},
        b"\xff\xfe",
        b"",
        b"<html>",
    ],
)
@pytest.mark.parametrize("status", [403, 404, 418])
def test_an_error_of_any_shape_is_an_error(
    cloudwatch: LogsService, caller: Caller, document: Any, status: int
) -> None:
    """What a proxy puts into the body of a refusal ends nothing but the call."""
    for operation in CALLS:
        cloudwatch.fault(operation, answer=lambda _: document, status=status)
    logs = caller.logs()
    for call in CALLS.values():
        with pytest.raises((Refused, UnreachableError)):
            call(logs, Group(name=GROUP, logs=logs))


def test_one_group_of_nonsense_costs_that_group(cloudwatch: LogsService) -> None:
    """The others are read, and the gap says whom to suspect."""
    cloudwatch.put("/aws/lambda/good", "s", [(BEGIN + 1, "text")])
    cloudwatch.create_group(GROUP)
    cloudwatch.fault("FilterLogEvents", group=GROUP, answer=lambda _: events("x"))
    one = Reader()
    assert [event.message for event in one.read()] == ["text"]
    (gap,) = one.coverage.gaps
    assert gap.what == GROUP
    assert "makes no sense" in gap.reason
    assert "proxy" in gap.reason
    one.source.close()


@pytest.mark.parametrize(
    ("operation", "document", "code"),
    [
        ("DescribeLogGroups", {"logGroups": "x"}, 4),
        ("FilterLogEvents", {"events": 5}, 4),
        ("FilterLogEvents", {"events": [{}]}, 4),
    ],
)
@pytest.mark.parametrize("follow", [[], ["-f"]])
def test_the_program_ends_as_for_a_source_that_cannot_be_used(
    cloudwatch: LogsService, operation: str, document: Any, code: int, follow: list[str]
) -> None:
    """Exit code 4 and one line of words; never a traceback."""
    cloudwatch.create_group(GROUP)
    cloudwatch.fault(operation, answer=lambda _: document)
    done = subprocess.run(
        [sys.executable, "-m", "slsloggrep", "tail", "g0", *follow],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    assert "makes no sense" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "update",
    [
        {"sessionMetadata": "x"},
        {"sessionResults": "x"},
        {"sessionResults": ["x"]},
        {"sessionResults": [{"timestamp": "x", "logGroupIdentifier": GROUP, "message": "m"}]},
        {"sessionResults": [{"timestamp": 1, "logGroupIdentifier": GROUP, "message": 7}]},
        {"sessionResults": [{"logGroupIdentifier": GROUP}]},
    ],
)
def test_a_live_session_of_nonsense_is_replaced_by_polls(
    cloudwatch: LogsService, update: dict[str, Any]
) -> None:
    """An update that cannot be is a session that broke off: it is said, and polls go on."""
    cloudwatch.create_group(GROUP)
    cloudwatch.world.live.update = update
    with Tail(cloudwatch.url, GROUP, since=cloudwatch.clock() - 1_000, live=True) as tail:
        tail.wait_notice("live tail")
        cloudwatch.put(GROUP, "s", [(cloudwatch.clock(), "new")])
        tail.wait_for("new")
    assert "makes no sense" in "".join(tail.notices)


def test_groups_that_make_no_sense_are_an_error_with_what_to_try(cloudwatch: LogsService) -> None:
    """Nothing is there to be read, and not because nothing is there."""
    cloudwatch.fault("DescribeLogGroups", answer=lambda _: {"logGroups": "x"})
    with asking() as asker:
        error = asker.fail("/aws/*")
    assert "makes no sense" in str(error)
    assert "--endpoint-url" in str(error.hint)
